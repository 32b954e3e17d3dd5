"""Bytes to text, whatever the server claims.

Order: byte order mark; valid UTF-8 (other encodings are next to never valid UTF-8 by chance); UTF-8 with a few
broken characters; what the Content-Type header claims; what the page claims; what the bytes look like. ISO-8859-1
is believed last, because servers claim it by default.
"""

from __future__ import annotations

from aggregator.charsets import codec_of, label_in_header, label_in_page, marked


def decode(body: bytes, content_type: str = "") -> str:
    """Return the page's text; undecodable bytes become U+FFFD."""
    if encoding := marked(body):
        return body.decode(encoding, "replace").removeprefix("\ufeff")
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
    """Return the codecs that are claimed; not UTF-8, which it is not."""
    claimed = map(codec_of, (label_in_header(content_type), label_in_page(body)))
    return [codec for codec in claimed if codec not in {"", "utf-8"}]


def _detected(body: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - one page in thousands needs it

    best = from_bytes(body[:20_000]).best()
    return best.encoding if best else "cp1252"
