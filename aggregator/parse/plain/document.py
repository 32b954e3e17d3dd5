"""A document as text → its feed and its entries, in feedparser's words; None for a document of no usual kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.parse.plain.scope import Scope
from aggregator.parse.plain.values import LANG, base_at, language_at
from aggregator.parse.plain.words import ATOM, BASE, RDF, RSS_1, Unusual, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_OTHER = frozenset((ATOM.lower(), RSS_1, "http://my.netscape.com/rdf/simple/0.9/"))
_MEDIA = "search.yahoo.com/mrss"
_HISTORY = "purl.org/syndication/history"
_OF_ENTRY = frozenset((f"{{{RDF}}}about", LANG, BASE))


@dataclass(frozen=True, slots=True)
class PlainEntry:
    """What is said of an entry, and its element."""

    fields: dict[str, Any]
    element: Any


@dataclass(frozen=True, slots=True)
class Plain:
    """What feedparser's result has under the same names."""

    version: str
    feed: dict[str, Any]
    entries: Sequence[PlainEntry]
    has_media: bool  # the namespace of Media RSS is in use


def read_plainly(text: str, limit: int) -> Plain | None:
    """Read at most `limit` entries of a document; None if it is not of the usual kind or has no entry."""
    # The history's words hang on the prefix; a type definition may define anything.
    if text.startswith("<!DOCTYPE") or _HISTORY in text:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
        plain = _Reading(root, limit).result()
    except (etree.XMLSyntaxError, Unusual, UnicodeEncodeError):
        return None
    return plain if plain.entries and plain.has_media == (_MEDIA in text) else None


class _Reading:
    def __init__(self, root: Any, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._words = Words(root)
        self._version = _version_of(root)
        self._language = language_at(root, None)
        self._base = base_at(root, "")
        self._atom = self._version == "atom10"
        self._feed = Scope(self._words, self._language, self._base, atom=self._atom, in_feed=True)
        if (
            self._language and self._version != "rss10"
        ):  # feedparser looks for it under a name that RDF has not
            self._feed.fields["language"] = self._language
        self._entries: list[PlainEntry] = []

    def result(self) -> Plain:
        if self._atom:
            self._read_children(self._root, depth=2)
        elif self._version == "rss10":
            self._read_rdf()
        else:
            (channel,) = self._root if len(self._root) == 1 else (None,)
            self._read_channel(channel, depth=3)
        return Plain(self._version, self._feed.fields, self._entries, "media" in self._words.prefixes)

    def _read_channel(self, channel: Any, depth: int) -> None:
        if channel is None or self._words.name_of(channel) != "channel":
            raise Unusual
        if not {f"{{{RDF}}}about"}.issuperset(channel.keys()):
            raise Unusual
        self._read_children(channel, depth)

    def _read_rdf(self) -> None:
        """Read a channel and, beside it, its entries (RSS 1.0, 5.2)."""
        for number, element in enumerate(self._root):
            name = self._words.name_of(element)
            if (number == 0) != (name == "channel"):
                raise Unusual
            if name == "channel":
                self._read_channel(element, depth=3)
            elif name == "item":
                self._read_entry(element, depth=3)
            elif not self._words.is_quiet(element, name, in_feed=True):
                raise Unusual

    def _read_children(self, parent: Any, depth: int) -> None:
        entry = "entry" if self._atom else "item"
        for element in parent:
            if self._words.name_of(element) == entry:
                self._read_entry(element, depth + 1)
            else:
                self._feed.read(element, depth)

    def _read_entry(self, element: Any, depth: int) -> None:
        base = base_at(element, self._base or self._words.carried)
        if not self._base:
            self._words.carried, base = base, ""
        scope = Scope(self._words, language_at(element, self._language), base, atom=self._atom)
        scope.has_content, self._feed.has_content = self._feed.has_content, False
        if not _OF_ENTRY.issuperset(element.keys()):
            raise Unusual
        if about := element.get(f"{{{RDF}}}about"):
            scope.fields["id"] = about
        for inner in element:
            scope.read(inner, depth)
        if len(self._entries) < self._limit:
            self._entries.append(PlainEntry(scope.fields, element))


def _version_of(root: Any) -> str:
    """Return feedparser's name of the format (`track_namespace`, `_start_rss`); raise Unusual for others than ours."""
    uris = {uri.lower() for uri in root.nsmap.values()}
    if any(name.lower() in {"base", "lang"} for name in root.attrib):
        raise Unusual
    if root.tag == f"{{{ATOM}}}feed" and uris & _OTHER == {ATOM.lower()}:
        return "atom10"
    if root.tag == f"{{{RDF}}}RDF" and uris & _OTHER == {RSS_1}:
        return "rss10"
    if root.tag != "rss" or uris & _OTHER - {ATOM.lower()}:
        raise Unusual
    version = root.get("version", "")
    return _VERSIONS.get(version) or ("rss20" if version.startswith("2.") else "rss")
