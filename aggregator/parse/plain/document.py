"""A document as text → its feed and its entries, in feedparser's words; None for a document of no usual kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.parse.plain.scope import Scope
from aggregator.parse.plain.values import LANG, base_at, language_at
from aggregator.parse.plain.words import ATOM, BASE, RDF, RSS_1, Unusual, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # Tells of a document's feed, and of its entries' elements, which of these are known as they stand.
    Known = Callable[[str, Mapping[str, Any], Sequence[Any]], Sequence[bool]]

_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_OTHER = frozenset((ATOM.lower(), RSS_1, "http://my.netscape.com/rdf/simple/0.9/"))
_MEDIA = "search.yahoo.com/mrss"
_HISTORY = "purl.org/syndication/history"
_OF_ENTRY = frozenset((f"{{{RDF}}}about", LANG, BASE))


@dataclass(frozen=True, slots=True)
class PlainEntry:
    """What is said of an entry."""

    fields: dict[str, Any]
    known: bool = False  # only what it is called and where it leads was read


@dataclass(frozen=True, slots=True)
class Plain:
    """What feedparser's result has under the same names."""

    version: str
    feed: dict[str, Any]
    entries: Sequence[PlainEntry]
    has_media: bool  # the namespace of Media RSS is in use


def read_plainly(text: str, limit: int, known: Known | None = None) -> Plain | None:
    """Read at most `limit` entries of a document; None if it is not of the usual kind or has no entry."""
    # The history's words hang on the prefix; a type definition may define anything.
    if text.startswith("<!DOCTYPE") or _HISTORY in text:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
        plain = _Reading(root, limit).result(known)
    except (etree.XMLSyntaxError, Unusual, UnicodeEncodeError):
        return None
    return plain if plain.entries and plain.has_media == (_MEDIA in text) else None


class _Reading:
    """Reads the feed first, then its entries: which of them are known depends on what they inherit."""

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
        self._elements: list[tuple[Any, bool]] = []  # of the entries; has_content of the feed before each
        self._tail = False  # there are elements of the feed behind an entry

    def result(self, known: Known | None) -> Plain:
        if self._atom:
            self._read_children(self._root, depth=2)
        elif self._version == "rss10":
            self._read_rdf()
        else:
            (channel,) = self._root if len(self._root) == 1 else (None,)
            self._read_channel(channel, depth=3)
        elements = [element for element, _ in self._elements[: self._limit]]
        fields = self._feed.fields
        standing = known(self._version, fields, elements) if known else [False] * len(elements)
        entries = [
            self._entry(element, is_known, has_content)
            for (element, has_content), is_known in zip(self._elements, standing, strict=False)
        ]
        if self._tail and self._words.carried:  # a base would have been carried into the feed's own elements
            raise Unusual
        return Plain(self._version, fields, entries, "media" in self._words.prefixes)

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
                self._note(element)
            elif not self._words.is_quiet(element, name, in_feed=True):
                raise Unusual

    def _read_children(self, parent: Any, depth: int) -> None:
        entry = "entry" if self._atom else "item"
        for element in parent:
            if self._words.name_of(element) == entry:
                self._note(element)
            else:
                self._tail = self._tail or bool(self._elements)
                self._feed.read(element, depth)

    def _note(self, element: Any) -> None:
        self._elements.append((element, self._feed.has_content))
        self._feed.has_content = False

    def _entry(self, element: Any, is_known: bool, has_content: bool) -> PlainEntry:
        base = base_at(element, self._base or self._words.carried)
        if not self._base:
            self._words.carried, base = base, ""
        scope = Scope(self._words, language_at(element, self._language), base, atom=self._atom)
        scope.has_content = has_content
        if not _OF_ENTRY.issuperset(element.keys()):
            raise Unusual
        if about := element.get(f"{{{RDF}}}about"):
            scope.fields["id"] = about
        read = scope.read_name if is_known else scope.read
        for inner in element:
            read(inner, 3 if self._atom else 4)
        return PlainEntry(scope.fields, is_known)


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
