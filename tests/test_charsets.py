"""Labels of charsets: what is meant by each, and that no label whatever leads to a codec that is none of documents."""

from __future__ import annotations

import codecs
from contextlib import suppress
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.charsets import codec_of, label_in_header, label_in_page, marked
from aggregator.discover import find_feed_links
from aggregator.extract.tree.charset import decode
from aggregator.parse.document import read_document


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf-8"), ("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"),
        ("iso-8859-1", "cp1252"), ("Latin1", "cp1252"), ("us-ascii", "cp1252"), ("windows-1252", "cp1252"),
        ("latin2", "iso8859-2"), ("iso-8859-9", "cp1254"), ("tis-620", "cp874"), ("gb2312", "gb18030"),
        ("x-gbk", "gb18030"), ("x-sjis", "cp932"), ("ks_c_5601-1987", "cp949"), ("big5", "big5hkscs"),
        ("koi8-r", "koi8-r"), ("macintosh", "mac-roman"), ("x-mac-cyrillic", "mac-cyrillic"),
    ],
)  # fmt: skip
def test_a_label_means_what_browsers_take_it_for(label: str, codec: str) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    "label", ["", "bogus", "hex", "zlib", "rot13", "idna", "unicode_escape", "undefined", "charmap", "utf-7", "utf-32"]
)  # fmt: skip
def test_what_is_no_charset_of_documents_is_never_used(label: str) -> None:
    assert codec_of(label) == ""


@given(st.sampled_from(sorted({*aliases, *aliases.values()})) | st.text(max_size=40), st.binary(max_size=40))
def test_a_label_gives_a_codec_of_text_or_none(label: str, body: bytes) -> None:
    """It decodes, or says that it cannot; with the bad bytes replaced it always decodes."""
    codec = codec_of(label)
    if codec:
        assert codecs.lookup(codec).name == codec
        body.decode(codec, "replace")
        with suppress(UnicodeError):
            body.decode(codec)


def test_labels_are_found_where_documents_have_them() -> None:
    """In the header and at the beginning of a page, quoted or not; a script's charset is not the page's."""
    assert label_in_header('text/html; Charset = "koi8-r"') == "koi8-r"
    assert label_in_page(b'<script charset=utf-8></script><meta charset="koi8-r">') == "koi8-r"
    assert label_in_page(b"<?xml version='1.0' encoding='koi8-r'?><html>") == "koi8-r"
    assert not label_in_header("text/html")
    assert not label_in_page(b" " * 5000 + b"<meta charset=koi8-r>")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_tells_the_codec(codec: str) -> None:
    assert marked("\ufeff<p>".encode(codec)) == codec
    assert not marked("<p>".encode(codec))


@pytest.mark.parametrize("label", ["windows-1251", "x-mac-cyrillic", "cyrillic", "koi8_r"])
def test_page_feed_and_list_of_links_read_one_label_alike(label: str) -> None:
    """Whoever reads the bytes: a label means one codec."""
    codec = codec_of(label)
    page = (
        f'<meta charset="{label}"><link rel=alternate type=application/rss+xml title="Паром" href=/f>'.encode(
            codec
        )
    )
    feed = f'<?xml version="1.0" encoding="{label}"?><rss>Паром</rss>'.encode(codec)
    assert "Паром" in decode(page)
    assert find_feed_links(page, "https://site.example/")[0].title == "Паром"
    assert "Паром" in read_document(feed).text
