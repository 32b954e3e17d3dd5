"""Is it a page at all? What the content type claims (RFC 9110, 8.3) and, because it lies, what the first bytes say.

The first bytes follow https://mimesniff.spec.whatwg.org as far as feeds lead to such things.
"""

from __future__ import annotations

import re

# Possessive: comments by the thousand must not be tried in all combinations.
_PROLOGUE = rb"(?>\s*(?:<!--.*?-->|<\?xml.*?\?>))*+\s*"
_HTML = re.compile(_PROLOGUE + rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_FEED = re.compile(_PROLOGUE + rb"<(?:rss|feed|rdf:RDF)\b", re.DOTALL)

_BEGINNINGS = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"RIFF", "an image or a sound"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"PK\x03\x04", "a file to download"),
    (b"\x1f\x8b", "a file to download"),
)
_TYPES = (
    (re.compile(r"application/pdf"), "a PDF document"),
    (re.compile(r"image/(?!svg)"), "an image"),
    (re.compile(r"image/svg"), "a drawing"),
    (re.compile(r"audio/"), "a sound"),
    (re.compile(r"video/|application/(?:vnd\.apple\.mpegurl|x-mpegurl)"), "a video"),
    (re.compile(r"application/(?:rss|atom|rdf)\+xml|application/feed\+json"), "a feed"),
    (re.compile(r"application/(?:\w+\+)?json"), "a JSON document"),
    (re.compile(r"text/(?:css|javascript|csv|calendar|vcard)|application/(?:x-)?javascript"), "not a document to read"),
    (re.compile(r"application/(?!xhtml\+xml|xml|octet-stream)"), "a file to download"),
    (re.compile(r"font/|model/|multipart/|message/"), "a file to download"),
)  # fmt: skip


def not_a_page(body: bytes, content_type: str) -> str:
    """Return what the body is instead of a page ("a PDF document"); "" if it may be one."""
    if _HTML.match(body):
        return ""
    if _FEED.match(body):
        return "a feed"
    begins = (what for beginning, what in _BEGINNINGS if body.startswith(beginning))
    claimed = (what for pattern, what in _TYPES if pattern.match(_essence(content_type)))
    return next(begins, "") or next(claimed, "")


def is_plain_text(body: bytes, content_type: str) -> bool:
    return _essence(content_type) in {"text/plain", "text/markdown"} and not _HTML.match(body)


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
