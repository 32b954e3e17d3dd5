"""Names of elements: which namespace means what, and which elements are known to change nothing that we read.

Namespaces are feedparser's own table, since an address that it does not know means something else to it than one
that it does. Names are given as `prefix:name` with feedparser's prefix, core elements as bare names, all lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedparser.mixin import _FeedParserMixin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN = "?"  # an element of a namespace that nobody reads
ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BASE = "{http://www.w3.org/XML/1998/namespace}base"
RSS_1 = "http://purl.org/rss/1.0/"

_PREFIXES: Mapping[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
_OWN = frozenset(prefix.lower() for prefix in _PREFIXES.values())
_LOUD = frozenset(("xhtml", "psc", "xml", "gml", "soap", "xlink", ""))  # must be named one by one

# Elements that change nothing that we read, with the children that they may have.
_PEOPLE = frozenset(("name", "uri", "url", "email"))
_QUIET: Mapping[str, frozenset[str]] = {
    "contributor": _PEOPLE,
    "itunes:owner": frozenset(("itunes:name", "itunes:email")),
} | dict.fromkeys("comments rights copyright subtitle expirationdate post-id".split(), frozenset[str]())
_QUIET_IN_FEED: Mapping[str, frozenset[str]] = {
    "image": frozenset(("title", "link", "url", "width", "height", "description")),
    "textinput": frozenset(("title", "link", "description", "name")),
    "skiphours": frozenset(("hour",)),
    "skipdays": frozenset(("day",)),
    "items": frozenset(("rdf:seq", "rdf:li")),
    "itunes:category": frozenset(("itunes:category",)),
} | dict.fromkeys(
    (
        "tagline docs generator managingeditor webmaster rating cloud category logo icon site itunes:link"
        " pubdate published updated lastbuilddate media:category media:keywords dc:subject dc:date"
        " dcterms:modified itunes:keywords"
    ).split(),
    frozenset[str](),
)
# In known namespaces: what feedparser has a method for, and what therefore is on no list but the reader's.
_SPOKEN = frozenset(
    (
        "content:encoded dc:title dc:description dc:creator dc:author dc:date dc:language dc:subject dcterms:created"
        " dcterms:issued dcterms:modified dcterms:valid itunes:author itunes:summary itunes:keywords itunes:category"
        " itunes:link itunes:owner media:category media:keywords media:title media:group media:description"
        " media:content feedburner:browserfriendly feedburner:origlink georss:where geo:where"
    ).split()
)


class Unusual(Exception):  # noqa: N818  no error: a document that feedparser is to read
    """What is being read is not of the usual kind."""


class Words:
    """The names of one document's elements."""

    def __init__(self, root: Any) -> None:
        """Take the namespaces that the root element declares; raise Unusual if they are played with."""
        self._declared: Mapping[str | None, str] = root.nsmap
        self.prefixes = {_PREFIXES.get(uri.lower()) for uri in self._declared.values()}
        for prefix, uri in self._declared.items():
            meant = _PREFIXES.get(uri.lower())
            if prefix and prefix.lower() in _OWN and meant is not None and meant.lower() != prefix.lower():
                raise Unusual
        self._known: dict[str, str] = {}
        self.carried = ""  # base of addresses that feedparser goes on with, see `Scope.base`

    def name_of(self, element: Any) -> str:
        """Return an element's name; UNKNOWN in a namespace that means nothing to feedparser."""
        name = self._known.get(element.tag)
        if name is None:
            name = self._known[element.tag] = self._look_up(element)
        return name

    def _look_up(self, element: Any) -> str:
        uri, _, local = element.tag.rpartition("}")
        uri, local = uri[1:], local.lower()
        if "backend.userland.com/rss" in uri.lower():  # any of them, as feedparser has it
            return str(local)
        prefix = _PREFIXES.get(uri.lower())
        if prefix is None:
            given = element.prefix
            if given is None:  # then feedparser goes by the name alone
                return str(local)
            if self._declared.get(given) != uri:
                raise Unusual
            return f"{given.lower()}:{local}" if given.lower() in _OWN else UNKNOWN
        return f"{prefix.lower()}:{local}" if prefix else str(local)

    def is_quiet(self, element: Any, name: str, *, in_feed: bool) -> bool:
        """Tell whether an element, with all that is in it, changes nothing that we read."""
        if element.get(BASE) or any(inner.get(BASE) for inner in _inside(element)):
            return False
        allowed = _QUIET.get(name)
        if allowed is None and in_feed:
            allowed = _QUIET_IN_FEED.get(name)
        if allowed is not None:
            return all(self.name_of(inner) in allowed for inner in _inside(element))
        return self._is_silent(name) and all(self._is_silent(self.name_of(e)) for e in _inside(element))

    def _is_silent(self, name: str) -> bool:
        """Tell whether feedparser keeps such an element under a key of its own, which nobody asks for."""
        if name == UNKNOWN:
            return True
        prefix, colon, _ = name.partition(":")
        return bool(colon) and prefix not in _LOUD and name not in _SPOKEN


def _inside(element: Any) -> Iterator[Any]:
    if len(element):
        inside = element.iter()
        next(inside)
        yield from inside
