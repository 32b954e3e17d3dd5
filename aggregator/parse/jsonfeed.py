"""JSON Feed 1.0 and 1.1 (jsonfeed.org) → ParsedFeed.

Every value may be of any type: a value of the wrong one is not there. Titles are plain text by the standard
and are left as they are, markup and all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.dates import parse_date
from aggregator.errors import ParseError
from aggregator.markup import clean_text
from aggregator.models import ParsedEntry, ParsedFeed
from aggregator.parse.fields import (
    MAX_ENTRIES,
    enclosures_of,
    first_link,
    html_of,
    html_of_text,
    language_of,
    names_of,
    title_of,
)
from aggregator.parse.identity import with_guids
from aggregator.parse.jsonvalues import list_of, loaded, text_of

if TYPE_CHECKING:
    from datetime import datetime

_MARK = "jsonfeed.org/version/"

_Json = Mapping[str, object]


def parse_json(text: str, url: str) -> ParsedFeed:
    """Read a JSON Feed; raise ParseError when it is none."""
    feed = _loaded(text)
    items = feed.get("items")
    version = text_of(feed.get("version"))
    if not isinstance(items, list) or (version and _MARK not in version):
        raise ParseError("JSON, but not a JSON Feed")
    site_url = first_link(url, (feed.get("home_page_url"),))
    language = language_of(feed.get("language"))
    authors = _authors(feed)
    entries = [
        _entry(item, url, language, authors)
        for item in islice(items, MAX_ENTRIES)
        if isinstance(item, dict) and item
    ]
    return ParsedFeed(
        format={"1": "json10", "1.0": "json10", "1.1": "json11"}.get(
            version.rpartition("/")[2].strip(), "json"
        ),
        title=title_of(text_of(feed.get("title"))),
        site_url=site_url,
        language=language,
        entries=with_guids(entries, site_url),
        next_url=first_link(url, (feed.get("next_url"),)),
        complete=feed.get("expired") is True,
    )


def _loaded(text: str) -> _Json:
    try:
        document = loaded(text)
    except ValueError as error:
        raise ParseError(f"not well-formed: {clean_text(str(error))}") from None
    if not isinstance(document, dict):
        raise ParseError("JSON, but not a JSON Feed")
    return document


def _entry(item: _Json, url: str, language: str, feed_authors: tuple[str, ...]) -> ParsedEntry:
    content_text = text_of(item.get("content_text"))
    content_html = text_of(item.get("content_html"))
    # `external_url` is where a link blog's entry points to; the entry's own page, if it has one, is `url`.
    return ParsedEntry(
        guid=_identifier(item),
        link=first_link(url, (item.get("url"), item.get("external_url"))),
        title=title_of(text_of(item.get("title"))),
        author=", ".join(_authors(item) or feed_authors),
        published_at=_date(item, "date_published"),
        updated_at=_date(item, "date_modified"),
        summary_html=html_of_text(text_of(item.get("summary"))),
        content_html=html_of(content_html, url) or html_of_text(content_text),
        language=language_of(item.get("language"), language),
        categories=names_of(list_of(item.get("tags"))),
        enclosures=enclosures_of(url, _attachments(item)),
    )


def _identifier(item: _Json) -> str:
    """Return the id; numbers are to be taken as text (version 1.1, items, id)."""
    value = item.get("id")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return clean_text(value) if isinstance(value, str) else ""


def _authors(item: _Json) -> tuple[str, ...]:
    """Return the names of 1.1's `authors`, else of 1.0's `author`."""
    people = [*list_of(item.get("authors")), item.get("author")]
    return names_of(person.get("name") for person in people if isinstance(person, dict))


def _attachments(item: _Json) -> Iterator[tuple[object, object, object]]:
    for attachment in list_of(item.get("attachments")):
        if isinstance(attachment, dict):
            yield attachment.get("url"), attachment.get("mime_type"), attachment.get("size_in_bytes")


def _date(item: _Json, name: str) -> datetime | None:
    return parse_date(text_of(item.get(name)))
