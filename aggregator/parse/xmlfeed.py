"""RSS 0.90 to 2.0, Atom 0.3 and 1.0, CDF → ParsedFeed, by way of feedparser.

feedparser is given a stream (it opens bytes that look like a path or an address) and no address of the
document: it would resolve a bare guid against that, and an entry's identity would move with its feed
(`<guid>1</guid>` at https://a/feed becomes https://a/1). Without one, links stay as relative as they are
written, or come resolved against the document's own xml:base, and are made absolute here.
Its sanitising and resolving of HTML are off: nine tenths of its time, and ours is the one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import feedparser

from aggregator.errors import ParseError
from aggregator.markup import clean_text
from aggregator.models import ParsedFeed
from aggregator.parse.document import Document, read_document
from aggregator.parse.entries import EntryReader, alternates, says_something
from aggregator.parse.fields import MAX_ENTRIES, first_link, language_of, ttl_of
from aggregator.parse.hints import is_complete, last_entry, link_of, skips_of, update_minutes_of
from aggregator.parse.identity import with_guids
from aggregator.parse.plain import read_plainly
from aggregator.parse.prints import NONE, Recognised, print_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aggregator.models import ParsedEntry
    from aggregator.parse.entries import Fields

READ_BY = 1  # raised with every change of what is read from an entry: prints of a former reading hold no more
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:([\w.-]+):)?(?:item|entry)[\s>]", re.IGNORECASE)
_WRAPPED = re.compile(r"<((?:[\w.-]+:)?(?:feed|rss|rdf))\s[^<>]{0,2000}(?:xmlns|version)\b", re.IGNORECASE)
_ROOTS = frozenset(("rss", "feed", "rdf", "channel"))
_HTML = frozenset(
    ("html", "head", "body", "script", "meta", "div", "p", "br", "b", "a", "h1", "center", "table")
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a document says, under feedparser's names."""

    version: str
    feed: Fields
    entries: Sequence[Fields]  # that were read
    has_media: bool = False  # Media RSS is in use
    complete: bool = False
    found: int = 0  # entries in the document, read or not
    inherited: object = None  # see `Plain`


Say = Callable[[Document, str], Said]  # the document, and its text as far as it is whole


def parse_xml(document: Document, url: str, prints: Recognised = NONE, say: Say | None = None) -> ParsedFeed:
    """Read every entry of an RSS, Atom or CDF document; raise ParseError when it is none.

    `prints` recognise nothing here, but are kept for the next document. `say` chooses one way of reading, for tests.
    """
    text, whole = _whole(document)
    read = _read((say or _say)(document, text), text, url, prints)
    kept = prints.of_all(_around(read.said, document, url, prints)).kept(read.entries, read.site_url)
    return _feed(read, text, url, whole=whole, prints=kept or b"")


def parse_rest(url: str, content_type: str, prints: Recognised) -> ParsedFeed | None:
    """Read what of a document does not stand as it stood; None if it must be read whole."""
    try:
        document = read_document(prints.rest, content_type)
        text, whole = _whole(document)
    except ParseError:
        return None
    said = say_plainly(text, prints.rows)
    if said is None or prints.around != _around(said, document, url, prints):
        return None
    read = _read(said, text, url, prints)
    kept = prints.kept(read.entries, read.site_url)
    if kept is None:
        return None
    return replace(_feed(read, text, url, whole=whole, prints=kept), standing=prints.standing)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was said, made ours; each entry as it is called by itself."""

    said: Said
    reader: EntryReader
    site_url: str
    entries: Sequence[ParsedEntry]


def _read(said: Said, text: str, url: str, prints: Recognised) -> _Read:
    site_url = first_link(url, chain((said.feed.get("link"),), alternates(said.feed)))
    captions = said.has_media and not (prints.encoded or ":encoded" in text)
    reader = EntryReader(url, said.version, captions=captions, feed=said.feed)
    return _Read(said, reader, site_url, [reader.entry(fields) for fields in said.entries[:MAX_ENTRIES]])


def _around(said: Said, document: Document, url: str, prints: Recognised) -> bytes:
    """Return a print of all that entries have from what is around them; b"" where that cannot be told."""
    if said.inherited is None or said.found != len(prints.marks):
        return b""
    return print_of(repr((READ_BY, url, document.encoding, prints.encoded, said.inherited)))


def _feed(read: _Read, text: str, url: str, *, whole: bool, prints: bytes) -> ParsedFeed:
    said, feed = read.said, read.said.feed
    skip_hours, skip_days = skips_of(text)
    return ParsedFeed(
        format=said.version or "cdf",
        title=read.reader.title(feed),
        site_url=read.site_url,
        language=language_of(feed.get("language")),
        ttl_minutes=ttl_of(feed.get("ttl")),
        whole=whole,
        entries=with_guids(filter(says_something, read.entries), read.site_url),
        prints=prints,
        skip_hours=skip_hours,
        skip_days=skip_days,
        update_minutes=update_minutes_of(feed),
        next_url=link_of(feed, "next", url),
        prev_archive_url=link_of(feed, "prev-archive", url),
        complete=said.complete,
    )


# ------------------------------------------------------------------------------------------ the document


def _whole(document: Document) -> tuple[str, bool]:
    """Return the text of a document as far as it is whole, and whether that is all of it."""
    text, whole = _whole_entries(_unwrapped(document))
    return _declared(text), whole


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
    root_end = re.compile(rf"</{re.escape(root)}\s*>", re.IGNORECASE)
    if (
        max(text.count("item>"), text.count("entry>")) <= MAX_ENTRIES
    ):  # the usual case, without a look at each entry
        end = root_end.search(text, max(last_entry(text), 0))
        if end and end.end() == len(text):
            return text, True
    ends = [match.end() for match in islice(_ENTRY_END.finditer(text), MAX_ENTRIES + 1)]
    end = root_end.search(text, ends[-1] if ends else 0)
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


def _say(document: Document, text: str) -> Said:
    return say_plainly(text) or say_by_feedparser(document, text)


def say_plainly(text: str, passed: Collection[int] = ()) -> Said | None:
    """Read a document of the usual kind, but for the entries of these numbers; None if it is of another."""
    plain = read_plainly(text.encode("utf-8", "replace"), MAX_ENTRIES, passed)
    if plain is None:
        return None
    return Said(
        plain.version,
        plain.feed,
        plain.entries,
        plain.has_media,
        found=plain.found,
        inherited=plain.inherited,
    )


def say_by_feedparser(document: Document, text: str) -> Said:
    """Read any document; raise ParseError if it is no feed."""
    stream = BytesIO(text.encode("utf-8"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        result = feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        # Hostile documents make it raise nearly anything, and its bugs are not ours: no feed, and why.
        raise ParseError(f"not well-formed: {type(error).__name__} while reading") from error
    if not result.entries:
        _refuse_if_unread(result, document, text)
    complete = is_complete(result.feed, result.namespaces)
    return Said(result.version, result.feed, result.entries, "media" in result.namespaces, complete)


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
