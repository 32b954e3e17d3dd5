"""Charsets of documents: the labels that name them, the codec that a label means, and what is never one to use.

Ground: pages, feeds and lists of links are all read from bytes; which evidence comes first is for each of them to say.
A label means what browsers take it for (https://encoding.spec.whatwg.org/#names-and-labels). Nothing here raises.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_IN_PAGE = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE
)
_SNIFFED = 4096  # bytes; the standard says 1024; pages that come late with it are still read by browsers

_UNKNOWN_TO_PYTHON = {"x-gbk": "gbk", "x-sjis": "shift_jis", "x-mac-cyrillic": "mac-cyrillic"}
_MEANT = {  # a codec, and the larger one that is meant in practice
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
    "utf-16": "utf-16-le", "utf-8-sig": "utf-8",
}  # fmt: skip
# Codecs of Python that are no charsets, run away, warn, or accept anything; and those that no browser knows: UTF-7
# hides markup, UTF-32 shows itself by its mark or not at all.
_NEVER = frozenset(
    """
    base64 bz2 charmap hex idna mbcs oem punycode quopri raw_unicode_escape rot_13 undefined unicode_escape
    utf_7 utf_32 utf_32_be utf_32_le uu zlib
    """.split()
)


def marked(body: bytes) -> str:
    """Return the codec that a byte order mark tells, "" without one; the mark is the first character it decodes."""
    return next((codec for mark, codec in _MARKS if body.startswith(mark)), "")


def label_in_header(content_type: str) -> str:
    found = _IN_HEADER.search(content_type)
    return found[1] if found else ""


def label_in_page(body: bytes) -> str:
    """Return what the beginning of a page, HTML or XHTML, says of itself."""
    found = _IN_PAGE.search(body[:_SNIFFED])
    return found[1].decode("ascii") if found else ""


def codec_of(label: str) -> str:
    """Return Python's name for the charset that a label means; "" for an unknown one and for none of documents."""
    label = label.lower()
    try:
        codec = codecs.lookup(_UNKNOWN_TO_PYTHON.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    return "" if codec.replace("-", "_") in _NEVER else _MEANT.get(codec, codec)
