"""The rows of a database of `reader` (reader.readthedocs.io): what its columns mean.

Its guid is feedparser's id, resolved against the feed's address where the feed's is relative, or the link; its instants
are UTC without a zone; authors, contents and enclosures are JSON. What the user added by hand is kept like the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.counting import counted
from aggregator.markup import clean_text
from aggregator.models import Keepsake, KeptEntry, Subscription
from aggregator.moving.moments import instant_of
from aggregator.parse.jsonvalues import list_of, loaded, mapping_of, text_of
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def keepsake_of_reader(
    feeds: Sequence[Mapping[str, object]], entries: Iterable[Mapping[str, object]], count: int
) -> Keepsake:
    """Return what the database holds; feeds whose updates are off there are not followed here."""
    followed = [feed for feed in feeds if feed["updates_enabled"] and is_http(text_of(feed["url"]))]
    stopped = len(feeds) - len(followed)
    said = (
        (f"{counted(stopped, 'feed')} not updated there, or without an http(s) address",) if stopped else ()
    )
    return Keepsake("reader", tuple(map(_subscription, followed)), _kept(entries), count, said)


def _subscription(feed: Mapping[str, object]) -> Subscription:
    site = text_of(feed["link"])
    title = text_of(feed["user_title"]) or text_of(feed["title"])
    return Subscription(text_of(feed["url"]), clean_text(title), site_url=site if is_http(site) else "")


def _kept(entries: Iterable[Mapping[str, object]]) -> Iterator[KeptEntry]:
    for row in entries:
        feed = text_of(row["feed"])
        if is_http(feed):
            yield _entry(row, feed)


def _entry(row: Mapping[str, object], feed: str) -> KeptEntry:
    content = max(_json_list(row["content"]), key=lambda one: len(text_of(one.get("value"))), default={})
    return KeptEntry(
        feed_url=feed,
        guid=text_of(row["id"]),
        link=text_of(row["link"]),
        title=text_of(row["title"]),
        author=_authors(row["author"]),
        published_at=instant_of(row["published"]) or instant_of(row["updated"]),
        updated_at=instant_of(row["updated"]),
        kept_at=instant_of(row["first_updated"]),
        summary=text_of(row["summary"]),
        content=text_of(content.get("value")),
        is_text=text_of(content.get("type")) == "text/plain",
        language=text_of(content.get("language")),
        enclosures=tuple(
            (one.get("href"), one.get("type"), one.get("length")) for one in _json_list(row["enclosures"])
        ),
    )


def _authors(value: object) -> str:
    """Return the names of the authors; before reader 3.20 the column was plain text."""
    if not text_of(value).startswith("["):
        return text_of(value)
    names = (text_of(one.get("name")) or text_of(one.get("email")) for one in _json_list(value))
    return ", ".join(filter(None, names))


def _json_list(value: object) -> list[Mapping[str, object]]:
    try:
        return [mapping_of(one) for one in list_of(loaded(text_of(value) or "[]"))]
    except ValueError:
        return []
