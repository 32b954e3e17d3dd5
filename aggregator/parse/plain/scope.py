"""What is known of a feed or an entry while its elements are read one after the other, in feedparser's order and way.

Fields have feedparser's names, but only those that our records are made of. Depths are counted as there, because they
decide which of several titles or summaries stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aggregator.parse.plain.values import (
    HTML_TYPES,
    LANG,
    attributes_of,
    base_at,
    language_at,
    looks_like_html,
    repaired,
    save_author,
    sync_author,
    text_of,
    type_of,
    uri_of,
)
from aggregator.parse.plain.words import BASE, Unusual

if TYPE_CHECKING:
    from aggregator.parse.plain.words import Words

_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_OF_LINK = frozenset(("rel", "type", "href", "hreflang", "title", "length"))
_OF_CATEGORY = frozenset(("term", "scheme", "domain", "label"))
_OF_ENCLOSURE = frozenset(("url", "type", "length"))
_OF_MEDIA = frozenset(
    "url type medium filesize width height duration isdefault expression bitrate framerate lang".split()
)
_OF_TEXT = frozenset(("type", BASE, LANG))


class Scope:
    """A feed or an entry."""

    def __init__(
        self, words: Words, language: str | None, base: str, *, atom: bool, in_feed: bool = False
    ) -> None:
        self.fields: dict[str, Any] = {}
        self.words = words
        self.language = language
        self._base = base
        self.atom = atom
        self.in_feed = in_feed
        self.has_content = False
        self._title_depth = -1
        self._depths: dict[str, int] = {}

    @property
    def base(self) -> str:
        """What addresses stand against; where the root declares nothing, a base holds for all that follows."""
        return self._base or self.words.carried

    def _base_at(self, element: Any) -> str:
        found = base_at(element, self.base)
        if not self._base:
            self.words.carried = found
        return found

    def read(self, element: Any, depth: int) -> None:
        """Read one element; raise Unusual if it is not on the list."""
        name = self.words.name_of(element)
        method = (_IN_FEED if self.in_feed else _IN_ENTRY).get(name)
        if method:
            method(self, element, depth)
        elif not self.words.is_quiet(element, name, in_feed=self.in_feed):
            raise Unusual

    def _keep(self, name: str, value: str, depth: int) -> None:
        """Store a value unless one from less deep is there (`pop`, property_depth_map)."""
        old = self._depths.get(name)
        if self.in_feed or old is None or depth <= old:
            self._depths[name] = depth
            self.fields[name] = value

    def _text(self, element: Any, usual: str) -> tuple[str, dict[str, Any]]:
        """Return a text and what is said about it (`push_content`, `pop`)."""
        given = element.get("type")
        kind = type_of(given.lower() if given is not None else None, usual)
        text = text_of(element, _OF_TEXT)
        if not self.atom and kind == "text/plain" and looks_like_html(text):
            kind = "text/html"
        base, language = self._base_at(element), language_at(element, self.language)
        return text, {"type": kind, "language": language, "base": base, "value": text}

    # ------------------------------------------------------------------------------ elements, one method each

    def title(self, element: Any, depth: int) -> None:
        text, detail = self._text(element, "text/plain")
        if not -1 < self._title_depth <= depth:
            self._keep("title", text, depth)
            self.fields["title_detail"] = detail
        if text:
            self._title_depth = depth

    def media_title(self, element: Any, depth: int) -> None:
        before = self._title_depth
        self.title(element, depth)
        self._title_depth = before

    def link(self, element: Any, depth: int) -> None:  # noqa: ARG002  every method has it
        links = self.fields.setdefault("links", [])
        if element.keys():
            attributes = attributes_of(element, _OF_LINK)
            attributes.setdefault("rel", "alternate")
            is_self = attributes["rel"] == "self"
            attributes.setdefault("type", "application/atom+xml" if is_self else "text/html")
            if not attributes.get("href") or len(element):
                raise Unusual
            attributes["href"] = uri_of(self.base, attributes["href"])
            links.append(attributes)
            kind = attributes["type"]
            if attributes["rel"] == "alternate" and (kind in HTML_TYPES or kind in {"html", "xhtml"}):
                self.fields["link"] = attributes["href"]
            return
        text = uri_of(self.base, text_of(element))
        text = _REFERENCE.sub(r"&\1", text if self.in_feed else text.replace("&amp;", "&"))
        self.fields["link"] = text
        links.append({"rel": "alternate", "type": "text/html"} | ({"href": text} if text else {}))

    def guid(self, element: Any, depth: int) -> None:
        attributes = attributes_of(element, frozenset(("ispermalink",)))
        text = text_of(element, frozenset(element.keys()))
        if attributes.get("ispermalink", "true") == "true":
            text = uri_of(self.base, text)
            self._keep("id", text, depth)
            self.fields.setdefault("link", text)
        else:
            self._keep("id", text, depth)

    def published(self, element: Any, depth: int) -> None:
        self._keep("published", text_of(element), depth)

    def updated(self, element: Any, depth: int) -> None:
        self._keep("updated", text_of(element), depth)

    def created(self, element: Any, depth: int) -> None:
        self._keep("created", text_of(element), depth)

    def author(self, element: Any, depth: int) -> None:
        if element.keys():
            raise Unusual
        authors = self.fields.setdefault("authors", [])
        authors.append({})
        if not len(element):
            self._keep("author", text_of(element), depth)
        else:
            self._person(element)
            self._keep("author", repaired((element.text or "").strip()), depth)
        sync_author(self.fields)

    def _person(self, element: Any) -> None:
        """Read name, uri and email; text beside them is unusual, for it would be the author's name."""
        for part in element:
            name = self.words.name_of(part)
            if name not in {"name", "uri", "url", "email"} or len(part) or part.keys():
                if self.words.is_quiet(part, name, in_feed=False):
                    continue
                raise Unusual
            text = (part.text or "").strip()
            if name in {"name", "email"}:
                save_author(self.fields, name, text)
            else:
                save_author(self.fields, "href", repaired(uri_of(self.base, text)))
            if (part.tail or "").strip():
                raise Unusual

    def category(self, element: Any, depth: int) -> None:  # noqa: ARG002
        given = attributes_of(element, _OF_CATEGORY)
        self._tag(given.get("term"), given.get("scheme", given.get("domain")), given.get("label"))
        text = text_of(element, frozenset(element.keys()))
        tags = self.fields["tags"]
        if text and tags and not tags[-1]["term"]:
            tags[-1]["term"] = text
        elif text:
            self._tag(text, None, None)

    def media_category(self, element: Any, depth: int) -> None:
        if element.get("scheme") is None:
            element.set("scheme", "http://search.yahoo.com/mrss/category_schema")
        self.category(element, depth)

    def itunes_category(self, element: Any, depth: int) -> None:  # noqa: ARG002
        self._tag(element.get("text"), "http://www.itunes.com/", None)
        if element.keys() != ["text"] or text_of(element, frozenset(element.keys())):
            raise Unusual

    def _tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self.fields.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)

    def media_keywords(self, element: Any, depth: int) -> None:  # noqa: ARG002
        self._keywords(text_of(element), None)

    def itunes_keywords(self, element: Any, depth: int) -> None:  # noqa: ARG002
        self._keywords(text_of(element), "http://www.itunes.com/")

    def _keywords(self, text: str, scheme: str | None) -> None:
        for term in filter(None, map(str.strip, text.split(","))):
            self._tag(term, scheme, None)

    def description(self, element: Any, depth: int) -> None:
        if "summary" in self.fields and not self.has_content:
            self.content(element, depth)
        else:
            self._summary(*self._text(element, "text/html"), depth)

    def summary(self, element: Any, depth: int) -> None:
        if "summary" in self.fields and not self.has_content:
            self.content(element, depth)
        else:
            self._summary(*self._text(element, "text/plain"), depth)

    def _summary(self, text: str, detail: dict[str, Any], depth: int) -> None:
        self._keep("summary", text, depth)
        self.fields["summary_detail"] = detail

    def content(self, element: Any, depth: int) -> None:  # noqa: ARG002
        self._content(*self._text(element, "text/plain"))

    def content_encoded(self, element: Any, depth: int) -> None:  # noqa: ARG002
        self._content(*self._text(element, "text/html"))

    def _content(self, text: str, detail: dict[str, Any]) -> None:
        self.has_content = True
        self.fields.setdefault("content", []).append(detail)
        self.fields.setdefault("summary", text)

    def enclosure(self, element: Any, depth: int) -> None:  # noqa: ARG002
        attributes = attributes_of(element, _OF_ENCLOSURE)
        if len(element):
            raise Unusual
        if attributes.get("url"):
            attributes["href"] = attributes.pop("url")
        self.fields.setdefault("links", []).append(attributes | {"rel": "enclosure"})

    def source(self, element: Any, depth: int) -> None:  # noqa: ARG002
        """Pass over where an RSS entry is from; an Atom one inherits its authors from there."""
        if self.atom or len(element):
            raise Unusual
        self._title_depth = -1  # as `_start_source` has it: a title behind it counts

    def media_content(self, element: Any, depth: int) -> None:
        self.fields.setdefault("media_content", []).append(attributes_of(element, _OF_MEDIA))
        self.media_group(element, depth)

    def media_group(self, element: Any, depth: int) -> None:
        for inner in element:
            self.read(inner, depth + 1)

    def original_link(self, element: Any, depth: int) -> None:
        self._keep("feedburner_origlink", text_of(element), depth)

    # ------------------------------------------------------------------------------------------ of a feed only

    def only_title(self, element: Any, depth: int) -> None:
        if "title" in self.fields:
            raise Unusual
        self.title(element, depth)

    def described(self, element: Any, depth: int) -> None:  # noqa: ARG002
        """Note that after a second summary of the feed no summary of its next entry is taken for a content."""
        if len(element):
            raise Unusual
        self.has_content = self.has_content or "summary" in self.fields

    def summarised(self, element: Any, depth: int) -> None:
        self.described(element, depth)
        self.fields.setdefault("summary", "")

    def plain(self, element: Any, depth: int) -> None:
        self._keep(self.words.name_of(element).replace(":", "_"), text_of(element), depth)

    def feed_language(self, element: Any, depth: int) -> None:
        self._keep("language", text_of(element), depth)

    def feed_author(self, element: Any, depth: int) -> None:
        """Read an author, whom only Atom's entries inherit."""
        if self.atom:
            self.author(element, depth)
        elif any(
            self.words.name_of(part) not in {"name", "uri", "email"}
            for part in element.iter("*")
            if part is not element
        ):
            raise Unusual


_Method = Callable[[Scope, Any, int], None]


def _by_name(*named: tuple[_Method, str]) -> dict[str, _Method]:
    return {name: method for method, names in named for name in names.split()}


_BOTH = _by_name((Scope.link, "link"), (Scope.guid, "id guid"))
_IN_FEED = _BOTH | _by_name(
    (Scope.only_title, "title"),
    (Scope.described, "description"),
    (Scope.summarised, "itunes:summary"),
    (Scope.feed_language, "language dc:language"),
    (Scope.plain, "ttl sy:updateperiod sy:updatefrequency"),
    (Scope.feed_author, "author dc:creator itunes:author"),
)
_IN_ENTRY = _BOTH | _by_name(
    (Scope.title, "title dc:title"),
    (Scope.media_title, "media:title"),
    (Scope.published, "pubdate published issued dcterms:issued"),
    (Scope.updated, "updated modified lastbuilddate dc:date dcterms:modified"),
    (Scope.created, "dcterms:created"),
    (Scope.author, "author dc:creator dc:author itunes:author"),
    (Scope.category, "category dc:subject"),
    (Scope.media_category, "media:category"),
    (Scope.media_keywords, "media:keywords"),
    (Scope.itunes_keywords, "itunes:keywords"),
    (Scope.itunes_category, "itunes:category"),
    (Scope.description, "description dc:description media:description"),
    (Scope.summary, "summary itunes:summary"),
    (Scope.content, "content"),
    (Scope.content_encoded, "content:encoded"),
    (Scope.enclosure, "enclosure"),
    (Scope.source, "source"),
    (Scope.media_content, "media:content"),
    (Scope.media_group, "media:group"),
    (Scope.original_link, "feedburner:origlink"),
)
