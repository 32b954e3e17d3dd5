"""A document as text → its feed and its entries, in feedparser's words; None for a document of no usual kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.parse.plain.scope import Scope
from aggregator.parse.plain.values import LANG, base_at, language_at
from aggregator.parse.plain.words import ATOM, BASE, RDF, RSS_1, Unusual, Words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_OTHER = frozenset((ATOM.lower(), RSS_1, "http://my.netscape.com/rdf/simple/0.9/"))
_MEDIA = b"search.yahoo.com/mrss"
_HISTORY = b"purl.org/syndication/history"
_OF_ENTRY = frozenset((f"{{{RDF}}}about", LANG, BASE))


@dataclass(frozen=True, slots=True)
class Plain:
    """What feedparser's result has under the same names."""

    version: str
    feed: dict[str, Any]
    entries: Sequence[dict[str, Any]]  # that were read
    has_media: bool  # the namespace of Media RSS is in use
    found: int  # entries in the document, read or not
    # What an entry means depends on nothing else in the document; None: it depends on its place there too.
    inherited: object


def read_plainly(document: bytes, limit: int, passed: Collection[int] = ()) -> Plain | None:
    """Read at most `limit` entries of a document in UTF-8; None if it is not of the usual kind or has no entry.

    Entries whose numbers are in `passed` are passed over.
    """
    # The history's words hang on the prefix; a type definition may define anything.
    if document.startswith(b"<!DOCTYPE") or _HISTORY in document:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        plain = _Reading(etree.fromstring(document, parser), limit).result(passed)
    except (etree.XMLSyntaxError, Unusual):
        return None
    return plain if plain.found and plain.has_media == (_MEDIA in document) else None


class _Reading:
    """Reads the feed first, then its entries, which inherit from it."""

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

    def result(self, passed: Collection[int]) -> Plain:
        if self._atom:
            self._read_children(self._root, depth=2)
        elif self._version == "rss10":
            self._read_rdf()
        else:
            (channel,) = self._root if len(self._root) == 1 else (None,)
            self._read_channel(channel, depth=3)
        elements = self._elements[: self._limit]
        if any(_says_anything(element) for element, _ in (elements[n] for n in passed if n < len(elements))):
            raise Unusual  # what was cut out was something else: in a comment before the root, say
        entries = [
            self._entry(element, has_content)
            for number, (element, has_content) in enumerate(elements)
            if number not in passed
        ]
        if self._tail and self._words.carried:  # a base would have been carried into the feed's own elements
            raise Unusual
        has_media = "media" in self._words.prefixes
        return Plain(
            self._version, self._feed.fields, entries, has_media, len(elements), self._inherited(elements)
        )

    def _inherited(self, elements: Sequence[tuple[Any, bool]]) -> object:
        """Return what entries have from the elements around them, and from the feed, as far as our records go."""
        if any(has_content or element.prefix for element, has_content in elements):
            return None
        if self._words.carried:  # from one entry to the next
            return None
        said = self._feed.fields
        of_feed = [said.get(name) for name in ("title", "title_detail", "language")]
        people = [said.get(name) for name in ("author", "authors")] if self._atom else []
        around = list(elements[0][0].iterancestors()) if elements else []
        names = [(e.tag, sorted(e.items()), sorted((k or "", v) for k, v in e.nsmap.items())) for e in around]
        return self._version, of_feed, people, names

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

    def _entry(self, element: Any, has_content: bool) -> dict[str, Any]:
        base = base_at(element, self._base or self._words.carried)
        if not self._base:
            self._words.carried, base = base, ""
        scope = Scope(self._words, language_at(element, self._language), base, atom=self._atom)
        scope.has_content = has_content
        if not _OF_ENTRY.issuperset(element.keys()):
            raise Unusual
        if about := element.get(f"{{{RDF}}}about"):
            scope.fields["id"] = about
        for inner in element:
            scope.read(inner, 3 if self._atom else 4)
        return scope.fields


def _says_anything(element: Any) -> bool:
    return bool(len(element) or element.text or element.keys())


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
