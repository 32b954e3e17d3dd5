"""Bytes to text, whatever the server claims.

Order: byte order mark; valid UTF-8 (other encodings are next to never valid UTF-8 by chance); UTF-8 with a few
broken characters; what the Content-Type header claims; what the page claims; what the bytes look like. ISO-8859-1
is believed last, because servers claim it by default. Labels are widened as in the WHATWG Encoding standard.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Encodings as they are claimed, and the larger ones that are meant (https://encoding.spec.whatwg.org/#names-and-labels).
_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "utf-16": "utf-16-le",
}
# Python knows codecs that are no charsets (zip, rot13, idna, …): only these may be asked for.
_CHARSET = re.compile(
    r"utf-?8|utf-16(-?[lb]e)?|iso-?8859-\d+|windows-\d+|cp\d+|koi8-[rut]|gbk?\d*|gb18030|big5\w*|euc-(jp|kr)|"
    r"iso-2022-jp|shift_jis\w*|mac-\w+",
    re.ASCII,
)
_CLAIM = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE
)
_HEADER_CLAIM = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_CLAIM_BYTES = 4096  # the standard says 1024; pages that come late with it are still read by browsers


def decode(body: bytes, content_type: str = "") -> str:
    """Return the page's text; undecodable bytes become U+FFFD."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, content_type)


def _decode_other(body: bytes, content_type: str) -> str:
    if _is_almost_utf8(body):
        return body.decode("utf-8", "replace")
    claims = sorted(_claims(body, content_type), key=lambda claim: claim == "cp1252")
    for encoding in claims:
        if encoding != "cp1252":
            try:
                return body.decode(encoding)
            except UnicodeDecodeError:
                continue
    return body.decode(claims[-1] if claims else _detected(body), "replace")


def _is_almost_utf8(body: bytes) -> bool:
    """Tell whether the non-ASCII characters of `body` are nearly all valid UTF-8: a cut or spliced page."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 4 < sum(1 for char in text if char > "\x7f") - broken


def _claims(body: bytes, content_type: str) -> list[str]:
    header = _HEADER_CLAIM.search(content_type)
    page = _CLAIM.search(body[:_CLAIM_BYTES])
    labels = ([header[1]] if header else []) + ([page[1].decode("ascii")] if page else [])
    return [encoding for label in labels if (encoding := _known(label))]


def _known(label: str) -> str:
    """Return the name of the charset meant by `label`; "" for UTF-8, which it is not, and for what is unknown."""
    name = _MEANT.get(label.lower(), label.lower())
    if not _CHARSET.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    return "" if found == "utf-8" else found


def _detected(body: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - one page in thousands needs it

    best = from_bytes(body[:20_000]).best()
    return best.encoding if best else "cp1252"
