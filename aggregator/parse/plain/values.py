"""Texts and attributes of elements, with what feedparser does to every one of them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri

from aggregator.parse.plain.words import BASE, Unusual

HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_TYPES = {
    "": "", "text": "text/plain", "plain": "text/plain", "text/plain": "text/plain", "html": "text/html",
    "text/html": "text/html",
}  # fmt: skip
_LOWERED = frozenset(("rel", "type"))  # whose values are lowered (_StrictFeedParser._normalize_attributes)
_XML = "{http://www.w3.org/XML/1998/namespace}"
LANG = _XML + "lang"
_WHOLE = re.compile("https?://[^/]")
# C1 controls are meant as windows-1252 (feedparser.html)
_C1 = re.compile("[\x80-\x9f]")
_WINDOWS = {n: ord(c) for n in range(0x80, 0xA0) if (c := bytes((n,)).decode("cp1252", "ignore"))}

looks_like_html = _FeedParserMixin.looks_like_html


def attributes_of(element: Any, allowed: frozenset[str]) -> dict[str, str]:
    """Return the attributes, names in lower case; raise Unusual if there is one that is not allowed."""
    found = {}
    for name, value in element.items():
        lower = name.lower()
        if lower not in allowed:
            if name.startswith("{") and not name.startswith(_XML):  # of a module; kept under a key of its own
                continue
            raise Unusual
        found[lower] = value.lower() if lower in _LOWERED else value
    return found


_NONE = frozenset[str]()


def text_of(element: Any, allowed: frozenset[str] = _NONE) -> str:
    """Return the text of an element without children and with no attributes but these, as `pop` returns it."""
    if len(element) or (element.keys() and not allowed.issuperset(element.keys())):
        raise Unusual
    text = (element.text or "").strip()
    return text if text.isascii() else repaired(text)


def repaired(text: str) -> str:
    """Undo UTF-8 that was taken for Latin-1, and read C1 controls as windows-1252 (`pop`)."""
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_WINDOWS) if _C1.search(text) else text


def type_of(given: str | None, usual: str) -> str:
    """Return the media type of a text (`map_content_type`); raise Unusual for any but text and HTML."""
    kind = _TYPES.get(usual if given is None else given)
    if not kind:
        raise Unusual
    return kind


def uri_of(base: str, text: str) -> str:
    """Return an address as `resolve_uri` leaves it."""
    if not text or (not base and "///" not in text):
        return text
    joined: str = _urljoin(base, text)
    return joined


def base_at(element: Any, base: str) -> str:
    """Return what addresses in an element stand against; raise Unusual for a base that is not whole itself."""
    given = element.get(BASE)
    if not given:
        return base
    found: str = make_safe_absolute_uri(base, given) or base
    if not _WHOLE.match(found):  # feedparser resolves it against itself at every element
        raise Unusual
    return found


def language_at(element: Any, language: str | None) -> str | None:
    """Return the language of an element: its own, "" for none, or the one around it."""
    given = element.get(LANG)
    return language if given is None else given.replace("_", "-") or None


class _Context:
    """What `_sync_author_detail` works on."""

    _sync = _FeedParserMixin._sync_author_detail  # noqa: SLF001  its own reading of names and addresses

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _get_context(self) -> dict[str, Any]:
        return self._fields

    def sync(self) -> None:
        self._sync()


def save_author(fields: dict[str, Any], key: str, value: str) -> None:
    """Note a part of the last author (`_save_author`, which looks back before it does)."""
    fields.setdefault("author_detail", {})[key] = value
    sync_author(fields)
    fields["authors"][-1][key] = value


def sync_author(fields: dict[str, Any]) -> None:
    """Make `author` and the last of `authors` say the same (`_sync_author_detail`)."""
    detail = fields["authors"][-1]
    author = fields.get("author")
    if not detail and author and "@" not in author:  # nothing is to be taken apart
        fields.setdefault("author_detail", detail)
        detail["name"] = author
        return
    _Context(fields).sync()
