"""Kept pages as WARC/1.1 (ISO 28500:2017), the format of web archives: pywb, ReplayWeb.page and others read it.

An edge: it knows pages and a stream to write to. One record follows the other, each a gzip member of its own, so
that an archive of any size takes the memory of one page, and tools can jump to any record. Bodies are kept as they
were after the transfer, so headers that speak of the transfer are left out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.models import Page

CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_OF_THE_TRANSFER = frozenset(
    {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive", "trailer"}
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_IN_A_URI = "%/:@!$&'()*+,;=-._~?[]#|"


def write_warc(
    stream: IO[bytes], pages: Iterable[Page], software: str, name: str = "", *, gzip: bool = True
) -> int:
    """Write pages to `stream`, a description of the file before them; return how many pages there were."""
    writer = WARCWriter(stream, gzip=gzip, warc_version="WARC/1.1")
    about = {"software": software, "format": "WARC File Format 1.1", "conformsTo": CONFORMS_TO}
    writer.write_record(writer.create_warcinfo_record(name, about))
    count = 0
    for page in pages:
        _write_page(writer, page)
        count += 1
    return count


def _write_page(writer: WARCWriter, page: Page) -> None:
    uri, asked = _uri(page.final_url), _uri(page.url)
    at = {"WARC-Date": _date(page.fetched_at)}
    response = writer.create_warc_record(
        uri,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(_status_line(page.status), _headers(page), protocol="HTTP/1.1"),
        warc_headers_dict=at,
    )
    writer.write_record(response)
    if asked != uri:  # which link led there: the redirects between are not kept
        concurrent = {"WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
        via = f"via: {asked}\r\n".encode()
        writer.write_record(
            writer.create_warc_record(
                uri, "metadata", payload=BytesIO(via), length=len(via), warc_headers_dict=at | concurrent
            )
        )


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:  # a number of the server's own
        return f"{status} Unknown"


def _headers(page: Page) -> list[tuple[str, str]]:
    """Return the kept headers as far as they are true of the kept body, each fit for one line of ASCII."""
    kept = [
        (name, quote(value, safe=_PRINTABLE, errors="replace"))
        for name, value in page.headers.items()
        if name.lower() not in _OF_THE_TRANSFER and _TOKEN.fullmatch(name)
    ]
    return [*kept, ("content-length", str(len(page.body)))]


def _uri(url: str) -> str:
    return quote(url, safe=_IN_A_URI, errors="replace")


def _date(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
