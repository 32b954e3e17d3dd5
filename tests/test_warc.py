"""WARC: what is written is read back by warcio whole, with digests that are right, whatever a server sent."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from aggregator.models import Page
from aggregator.warc import write_warc
from tests.makers import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

URL = "https://site.example/1"


def page(url: str = URL, body: bytes = b"<p>A bell.</p>", status: int = 200, final_url: str = "",
         headers: Mapping[str, str] | None = None) -> Page:  # fmt: skip
    return Page(url, final_url or url, status, headers or {"content-type": "text/html"}, body, NOW)


def written(*pages: Page, compress: bool = True) -> bytes:
    stream = BytesIO()
    write_warc(stream, pages, "aggregator/test", "test.warc.gz", gzip=compress)
    return stream.getvalue()


class Read(NamedTuple):
    """A record as warcio reads it."""

    kind: str
    headers: dict[str, str]
    status: str
    http: dict[str, str]
    body: bytes


def read(content: bytes) -> list[Read]:
    records = []
    for record in ArchiveIterator(BytesIO(content), check_digests="raise"):
        http = record.http_headers
        records.append(
            Read(
                record.rec_type,
                {name.lower(): value for name, value in record.rec_headers.headers},
                f"{http.protocol} {http.statusline}" if http else "",
                {name.lower(): value for name, value in http.headers} if http else {},
                record.raw_stream.read(),
            )
        )
    return records


def test_a_page_is_read_back_as_it_came() -> None:
    info, response = read(written(page(body=b"\x00<p>\xff")))
    assert info.kind == "warcinfo"
    assert b"software: aggregator/test" in info.body
    assert (response.kind, response.status, response.body) == ("response", "HTTP/1.1 200 OK", b"\x00<p>\xff")
    assert response.http == {"content-type": "text/html", "content-length": "5"}
    assert response.headers["warc-target-uri"] == URL
    assert response.headers["warc-date"] == "2026-03-01T12:00:00Z"
    assert response.headers["warc-payload-digest"].startswith("sha1:")


def test_headers_of_the_transfer_are_left_out() -> None:
    """The body is kept unpacked: a reader that unpacked it again would fail."""
    sent = {"content-encoding": "gzip", "transfer-encoding": "chunked", "content-length": "9", "etag": '"x"'}
    assert read(written(page(headers=sent)))[1].http == {"etag": '"x"', "content-length": "14"}


def test_every_record_is_a_member_of_its_own() -> None:
    """So that a tool can jump to any record by its offset."""
    content = written(page(), page(URL + "2"))
    records = ArchiveIterator(BytesIO(content))
    offsets = [records.get_record_offset() for _ in records]
    assert len(offsets) == 3
    assert all(content[offset : offset + 2] == b"\x1f\x8b" for offset in offsets)
    assert gzip.decompress(content).count(b"WARC/1.1\r\n") == 3


def test_where_a_link_led_from_stands_beside_the_page() -> None:
    _, response, metadata = read(written(page("https://t.example/x", final_url=URL)))
    assert response.headers["warc-target-uri"] == URL
    assert metadata.kind == "metadata"
    assert metadata.headers["warc-concurrent-to"] == response.headers["warc-record-id"]
    assert metadata.body == b"via: https://t.example/x\r\n"


def test_a_file_without_compression_can_be_had() -> None:
    assert written(page(), compress=False).startswith(b"WARC/1.1\r\n")
    assert len(read(written(page(), compress=False))) == 2


def test_warcios_own_checker_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "test.warc.gz"
    file.write_bytes(written(page(), page("https://t.example/ü", final_url=URL), page(URL + "2", b"")))
    assert not Checker(type("Options", (), {"inputs": [str(file)], "verbose": True})).process_all()
    assert "digest pass" in capsys.readouterr().out


HEADERS = st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=5)


@given(st.binary(max_size=200), HEADERS, st.integers(100, 999), st.text(max_size=30))
def test_whatever_a_server_sent_is_one_whole_record(
    body: bytes, headers: dict[str, str], status: int, path: str
) -> None:
    """No header, status, address or body can break out of its record."""
    url = f"https://site.example/{path}"
    records = read(written(page(url, body, status, headers=headers), page()))
    assert [record.kind for record in records] == ["warcinfo", "response", "response"]
    assert (records[1].body, records[2].body) == (body, b"<p>A bell.</p>")
    assert records[1].headers["warc-target-uri"].isascii()


def test_memory_does_not_grow_with_the_number_of_pages() -> None:
    def pages(count: int) -> Iterator[Page]:
        for number in range(count):
            yield Page(
                f"{URL}{number}", f"{URL}{number}", 200, {}, b"x" * 50_000, NOW + timedelta(seconds=number)
            )

    def peak(count: int) -> int:
        tracemalloc.start()
        with open("/dev/null", "wb") as nowhere:  # noqa: PTH123  a stream, not a file
            assert write_warc(nowhere, pages(count), "test") == count
        peaked = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peaked

    peak(2)  # what is imported and cached once
    assert peak(200) < peak(20) + 500_000
