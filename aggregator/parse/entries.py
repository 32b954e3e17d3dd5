"""One entry in feedparser's words → ParsedEntry: which of several dates, links, authors and bodies it is."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from feedparser.datetimes import _parse_date

from aggregator.dates import looks_numeric, parse_date, within
from aggregator.markup import clean_text
from aggregator.models import ParsedEntry
from aggregator.parse.fields import (
    base_of,
    enclosures_of,
    first_link,
    html_of,
    html_of_text,
    language_of,
    names_of,
    title_of,
    title_of_html,
)
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Fields = Mapping[str, Any]  # feedparser's dictionaries

_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
# RSS does not say whether a title is text or HTML. feedparser asks for a closing tag or an entity; these
# elements are beyond doubt without one.
_INLINE = re.compile(r"<(?:br|wbr|hr|b|i|u|em|strong|sup|sub|span|small|font)(?:\s[^<>]*)?/?>", re.IGNORECASE)

# "a@b.example (Name)" of RSS 2.0 and "Name <a@b.example>" of everywhere: feedparser cuts them apart wrongly
# where the last label of the domain has more than four letters.
_NAMED = re.compile(r"^\s*\S+@\S+\s*\(\s*(.*?)\s*\)\s*$|^\s*\"?(.+?)\"?\s*[<(]\S+@\S+[>)]\s*$", re.DOTALL)


class EntryReader:
    """Reads the entries of one document; knows what they inherit from it."""

    def __init__(self, url: str, version: str, *, captions: bool, feed: Fields) -> None:
        self.url = url
        self.atom = version.startswith("atom")
        self.captions = captions  # a second description is an image's caption (Media RSS), not content
        self.feed = feed

    def entry(self, entry: Fields) -> ParsedEntry:
        published, updated = self._dates(entry)
        summary, content = self._bodies(entry)
        return ParsedEntry(
            guid=clean_text(entry.get("id") or ""),
            link=self._link(entry),
            title=self.title(entry),
            author=self._author(entry),
            published_at=published,
            updated_at=updated,
            summary_html=summary,
            content_html=content,
            language=self._language(entry),
            categories=names_of(tag.get("label") or tag.get("term") for tag in entry.get("tags", ())),
            enclosures=enclosures_of(self.url, _enclosures(entry)),
        )

    def title(self, fields: Fields) -> str:
        """Return a title by its declared type; in RSS, which declares none, by its look."""
        value = fields.get("title") or ""
        detail = fields.get("title_detail") or {}
        marked_up = detail.get("type") in _HTML_TYPES or (not self.atom and _INLINE.search(value))
        return title_of_html(value) if marked_up else title_of(value)

    def _link(self, entry: Fields) -> str:
        """Return the entry's page: FeedBurner's original link, the link, any other alternate one."""
        guid, link = entry.get("id"), entry.get("link")
        if link and link == guid and not (is_http(link) or link.startswith("/")):
            link = ""  # feedparser takes a bare guid for a permalink
        return first_link(self.url, chain((entry.get("feedburner_origlink"), link), alternates(entry)))

    def _author(self, entry: Fields) -> str:
        """Return the authors; an Atom entry inherits its source's or its feed's (RFC 4287, 4.2.1)."""
        source = entry.get("source") or {}
        inherited = (_people(source) or _people(self.feed)) if self.atom else ()
        # A feed that names itself as its author names nobody.
        titles = {self.title(self.feed).casefold(), self.title(source).casefold()}
        names = _people(entry) or tuple(name for name in inherited if name.casefold() not in titles)
        return ", ".join(names)

    def _dates(self, entry: Fields) -> tuple[datetime | None, datetime | None]:
        """Return when it was published and updated. RSS has only one date, pubDate or dc:date: the first."""
        published = _date(entry, "published") or _date(entry, "created")
        updated = _date(entry, "updated")
        if published is None and not self.atom:
            return updated, None
        return published, updated

    def _bodies(self, entry: Fields) -> tuple[str, str]:
        """Return summary and content; a summary that merely repeats the content is none."""
        summary = entry.get("summary") or ""
        detail = entry.get("summary_detail") or {}
        bodies = [c for c in entry.get("content", ()) if self._is_content(c, has_summary=bool(summary))]
        longest = max(bodies, key=lambda c: len(c["value"]), default=None)
        if longest is None:
            return self._html(summary, detail), ""
        content = self._html(longest["value"], longest)
        if summary == longest["value"]:  # feedparser copies a content into a summary that is missing
            return "", content
        summary = self._html(summary, detail)
        return ("" if summary == content else summary), content

    def _is_content(self, content: Fields, *, has_summary: bool) -> bool:
        if not content.get("value") or (self.captions and has_summary and not self.atom):
            return False
        # In RSS only content:encoded and its likes are HTML; plain text is another module's second summary.
        return content.get("type") in _HTML_TYPES or (
            content.get("type") == "text/plain" and (self.atom or not has_summary)
        )

    def _html(self, value: str, detail: Fields) -> str:
        if self.atom and detail.get("type") == "text/plain":
            return html_of_text(value)
        return html_of(value, base_of(self.url, detail.get("base")))

    def _language(self, entry: Fields) -> str:
        details = chain(entry.get("content", ()), (entry.get("title_detail"), entry.get("summary_detail")))
        return language_of(
            *(detail.get("language") for detail in details if detail), self.feed.get("language")
        )


def says_something(entry: ParsedEntry) -> bool:
    return bool(
        entry.guid
        or entry.link
        or entry.title
        or entry.summary_html
        or entry.content_html
        or entry.enclosures
    )


def alternates(fields: Fields) -> Iterator[object]:
    return (link.get("href") for link in fields.get("links", ()) if link.get("rel") == "alternate")


def _people(fields: Fields) -> tuple[str, ...]:
    """Return the names of the authors; an address only where there is no name."""
    authors: list[Fields] = fields.get("authors", [])
    whole = fields.get("author")
    if (
        isinstance(whole, str)
        and "@" in whole
        and len(authors) <= 1
        and not (authors and authors[0].get("href"))
    ):
        return names_of((_NAMED.sub(lambda found: found[1] or found[2], whole[:200]),))
    return names_of(a.get("name") or a.get("email") for a in authors) or names_of((whole,))


def _enclosures(entry: Fields) -> Iterator[tuple[object, object, object]]:
    """Yield RSS and Atom enclosures, then what Media RSS calls audio or video."""
    for link in entry.get("links", ()):
        if link.get("rel") == "enclosure":
            yield link.get("href"), link.get("type"), link.get("length")
    for media in entry.get("media_content", ()):
        kind = str(media.get("type") or media.get("medium") or "").lower()
        if kind.startswith(("audio", "video")):
            yield media.get("url"), media.get("type"), media.get("filesize")


def _date(entry: Fields, name: str) -> datetime | None:
    """Return a date that the entry really has: asked for one that is missing, feedparser gives another."""
    if name not in entry:
        return None
    text = entry[name]
    if not isinstance(text, str) or not text.strip():
        return None
    return parse_date(text) or (None if looks_numeric(text) else _exotic(text))


def _exotic(text: str) -> datetime | None:
    """Return what feedparser reads: asctime, and Greek, Hungarian and Korean dates."""
    parsed = _parse_date(text)
    if parsed is None:
        return None
    try:
        return within(datetime.fromtimestamp(calendar.timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError):
        return None
