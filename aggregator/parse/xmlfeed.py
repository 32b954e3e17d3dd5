"""RSS 0.90 to 2.0, Atom 0.3 and 1.0, CDF → ParsedFeed, by way of feedparser.

feedparser is given a stream (it opens bytes that look like a path or an address) and no address of the
document: it would resolve a bare guid against that, and an entry's identity would move with its feed
(`<guid>1</guid>` at https://a/feed becomes https://a/1). Without one, links stay as relative as they are
written, or come resolved against the document's own xml:base, and are made absolute here.
Its sanitising and resolving of HTML are off: nine tenths of its time, and ours is the one that counts.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain, islice
from typing import Any

import feedparser

from aggregator.dates import looks_numeric, parse_date, within
from aggregator.errors import ParseError
from aggregator.markup import clean_text
from aggregator.models import ParsedEntry, ParsedFeed
from aggregator.parse.document import Document
from aggregator.parse.fields import (
    MAX_ENTRIES,
    base_of,
    enclosures_of,
    first_link,
    html_of,
    html_of_text,
    language_of,
    names_of,
    title_of,
    title_of_html,
    ttl_of,
)
from aggregator.parse.hints import is_complete, link_of, skips_of, update_minutes_of
from aggregator.parse.identity import with_guids
from aggregator.urls import is_http

_Fields = Mapping[str, Any]  # feedparser's dictionaries

_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:([\w.-]+):)?(?:item|entry)[\s>]", re.IGNORECASE)
_WRAPPED = re.compile(r"<((?:[\w.-]+:)?(?:feed|rss|rdf))\s[^<>]{0,2000}(?:xmlns|version)\b", re.IGNORECASE)
_ROOTS = frozenset(("rss", "feed", "rdf", "channel"))
_HTML = frozenset(
    ("html", "head", "body", "script", "meta", "div", "p", "br", "b", "a", "h1", "center", "table")
)
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
# RSS does not say whether a title is text or HTML. feedparser asks for a closing tag or an entity; these
# elements are beyond doubt without one.
_INLINE = re.compile(r"<(?:br|wbr|hr|b|i|u|em|strong|sup|sub|span|small|font)(?:\s[^<>]*)?/?>", re.IGNORECASE)

# "a@b.example (Name)" of RSS 2.0 and "Name <a@b.example>" of everywhere: feedparser cuts them apart wrongly
# where the last label of the domain has more than four letters.
_NAMED = re.compile(r"^\s*\S+@\S+\s*\(\s*(.*?)\s*\)\s*$|^\s*\"?(.+?)\"?\s*[<(]\S+@\S+[>)]\s*$", re.DOTALL)


def parse_xml(document: Document, url: str) -> ParsedFeed:
    """Read an RSS, Atom or CDF document; raise ParseError when it is none."""
    text, whole = _whole_entries(_unwrapped(document))
    text = _declared(text)
    result = _read(text)
    if not result.entries:
        _refuse_if_unread(result, document, text)
    feed = result.feed
    site_url = first_link(url, chain((feed.get("link"),), _alternates(feed)))
    captions = "media" in result.namespaces and ":encoded" not in text
    reader = _Reader(url, result.version, captions=captions, feed=feed)
    skip_hours, skip_days = skips_of(text)
    return ParsedFeed(
        format=result.version or "cdf",
        title=reader.title(feed),
        site_url=site_url,
        language=language_of(feed.get("language")),
        ttl_minutes=ttl_of(feed.get("ttl")),
        whole=whole,
        entries=with_guids(
            filter(_says_something, map(reader.entry, result.entries[:MAX_ENTRIES])), site_url
        ),
        skip_hours=skip_hours,
        skip_days=skip_days,
        update_minutes=update_minutes_of(feed),
        self_url=link_of(feed, "self", url),
        next_url=link_of(feed, "next", url),
        prev_archive_url=link_of(feed, "prev-archive", url),
        hub_url=link_of(feed, "hub", url),
        complete=is_complete(feed, result.namespaces),
    )


# ------------------------------------------------------------------------------------------ the document


def _unwrapped(document: Document) -> Document:
    """Return the feed that an HTML page is wrapped around, as some servers do; raise ParseError if there is none."""
    if document.root.lower() not in _HTML:
        return document
    found = _WRAPPED.search(document.text)
    if found is None:
        raise ParseError("an HTML page, not a feed")
    return Document(document.text[found.start() :], found[1])


def _whole_entries(document: Document) -> tuple[str, bool]:
    """Return the document up to its end, or to its last complete entry, and whether it had an end.

    Behind the root's end tag only caches and scripts sign. What was cut off is closed again, so that it can
    be read strictly; so is a document with more entries than we take.
    """
    text, root = document.text, document.root
    ends = [match.end() for match in islice(_ENTRY_END.finditer(text), MAX_ENTRIES + 1)]
    end = re.compile(rf"</{re.escape(root)}\s*>", re.IGNORECASE).search(text, ends[-1] if ends else 0)
    if len(ends) > MAX_ENTRIES:
        last = ends[MAX_ENTRIES - 1]
    elif end:
        return text[: end.end()], True
    elif ends:
        last = ends[-1]
    elif _ENTRY_START.search(text):
        raise ParseError("not well-formed: cut off before the end of its first entry")
    else:
        return text, False
    closing = ("</channel>" if root.lower() == "rss" else "") + f"</{root}>"
    return text[:last] + closing, len(ends) > MAX_ENTRIES


def _declared(text: str) -> str:
    """Return the text without the prefix of its entries' elements if nothing declares that prefix."""
    entry = _ENTRY_START.search(text)
    prefix = entry[1] if entry else None
    if not prefix or f"xmlns:{prefix}" in text:
        return text
    return re.sub(rf"(</?){re.escape(prefix)}:", r"\1", text)


def _read(text: str) -> Any:
    stream = BytesIO(text.encode("utf-8"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        # Hostile documents make it raise nearly anything, and its bugs are not ours: no feed, and why.
        raise ParseError(f"not well-formed: {type(error).__name__} while reading") from error


def _refuse_if_unread(result: Any, document: Document, text: str) -> None:
    """Raise ParseError unless a document without entries is a feed that is merely empty."""
    root = document.root.lower()
    if root == "opml":
        raise ParseError("a list of feeds (OPML), not a feed")
    known = root.rpartition(":")[2] in _ROOTS
    if known and result.bozo and (_ENTRY_START.search(text) or not result.feed):
        reason = result.bozo_exception
        message = reason.getMessage() if hasattr(reason, "getMessage") else str(reason)
        raise ParseError(f"not well-formed: {clean_text(message)[:200]}")
    if not result.version and not (root == "channel" and result.feed):  # CDF has no version
        raise ParseError(f"not a feed: its root element is <{clean_text(document.root)[:40]}>")


# ---------------------------------------------------------------------------------------------- an entry


class _Reader:
    """Reads the entries of one document; knows what they inherit from it."""

    def __init__(self, url: str, version: str, *, captions: bool, feed: _Fields) -> None:
        self.url = url
        self.atom = version.startswith("atom")
        self.captions = captions  # a second description is an image's caption (Media RSS), not content
        self.feed = feed

    def entry(self, entry: _Fields) -> ParsedEntry:
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

    def title(self, fields: _Fields) -> str:
        """Return a title by its declared type; in RSS, which declares none, by its look."""
        value = fields.get("title") or ""
        detail = fields.get("title_detail") or {}
        marked_up = detail.get("type") in _HTML_TYPES or (not self.atom and _INLINE.search(value))
        return title_of_html(value) if marked_up else title_of(value)

    def _link(self, entry: _Fields) -> str:
        """Return the entry's page: FeedBurner's original link, the link, any other alternate one."""
        guid, link = entry.get("id"), entry.get("link")
        if link and link == guid and not (is_http(link) or link.startswith("/")):
            link = ""  # feedparser takes a bare guid for a permalink
        return first_link(self.url, chain((entry.get("feedburner_origlink"), link), _alternates(entry)))

    def _author(self, entry: _Fields) -> str:
        """Return the authors; an Atom entry inherits its source's or its feed's (RFC 4287, 4.2.1)."""
        source = entry.get("source") or {}
        inherited = (_people(source) or _people(self.feed)) if self.atom else ()
        # A feed that names itself as its author names nobody.
        titles = {self.title(self.feed).casefold(), self.title(source).casefold()}
        names = _people(entry) or tuple(name for name in inherited if name.casefold() not in titles)
        return ", ".join(names)

    def _dates(self, entry: _Fields) -> tuple[datetime | None, datetime | None]:
        """Return when it was published and updated. RSS has only one date, pubDate or dc:date: the first."""
        published = _date(entry, "published") or _date(entry, "created")
        updated = _date(entry, "updated")
        if published is None and not self.atom:
            return updated, None
        return published, updated

    def _bodies(self, entry: _Fields) -> tuple[str, str]:
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

    def _is_content(self, content: _Fields, *, has_summary: bool) -> bool:
        if not content.get("value") or (self.captions and has_summary and not self.atom):
            return False
        # In RSS only content:encoded and its likes are HTML; plain text is another module's second summary.
        return content.get("type") in _HTML_TYPES or (
            content.get("type") == "text/plain" and (self.atom or not has_summary)
        )

    def _html(self, value: str, detail: _Fields) -> str:
        if self.atom and detail.get("type") == "text/plain":
            return html_of_text(value)
        return html_of(value, base_of(self.url, detail.get("base")))

    def _language(self, entry: _Fields) -> str:
        details = chain(entry.get("content", ()), (entry.get("title_detail"), entry.get("summary_detail")))
        return language_of(
            *(detail.get("language") for detail in details if detail), self.feed.get("language")
        )


def _says_something(entry: ParsedEntry) -> bool:
    return bool(
        entry.guid
        or entry.link
        or entry.title
        or entry.summary_html
        or entry.content_html
        or entry.enclosures
    )


def _alternates(fields: _Fields) -> Iterator[object]:
    return (link.get("href") for link in fields.get("links", ()) if link.get("rel") == "alternate")


def _people(fields: _Fields) -> tuple[str, ...]:
    """Return the names of the authors; an address only where there is no name."""
    authors: list[_Fields] = fields.get("authors", [])
    whole = fields.get("author")
    if (
        isinstance(whole, str)
        and "@" in whole
        and len(authors) <= 1
        and not (authors and authors[0].get("href"))
    ):
        return names_of((_NAMED.sub(lambda found: found[1] or found[2], whole[:200]),))
    return names_of(a.get("name") or a.get("email") for a in authors) or names_of((whole,))


def _enclosures(entry: _Fields) -> Iterator[tuple[object, object, object]]:
    """Yield RSS and Atom enclosures, then what Media RSS calls audio or video."""
    for link in entry.get("links", ()):
        if link.get("rel") == "enclosure":
            yield link.get("href"), link.get("type"), link.get("length")
    for media in entry.get("media_content", ()):
        kind = str(media.get("type") or media.get("medium") or "").lower()
        if kind.startswith(("audio", "video")):
            yield media.get("url"), media.get("type"), media.get("filesize")


def _date(entry: _Fields, name: str) -> datetime | None:
    """Return a date that the entry really has: asked for one that is missing, feedparser gives another."""
    if name not in entry:
        return None
    text = entry[name]
    if not isinstance(text, str) or not text.strip():
        return None
    return parse_date(text) or (None if looks_numeric(text) else _exotic(entry.get(f"{name}_parsed")))


def _exotic(parsed: tuple[int, ...] | None) -> datetime | None:
    """Return what feedparser read: asctime, and Greek, Hungarian and Korean dates."""
    if parsed is None:
        return None
    try:
        return within(datetime.fromtimestamp(calendar.timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError):
        return None
