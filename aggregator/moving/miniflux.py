"""Miniflux: what `/v1/entries` answers (miniflux.app/docs/api.html, "Get Entries").

Miniflux keeps no guid, only the SHA-256 of it, or of the link, or of title and content (its `rss/adapter.go`): the
hash is kept in its place, and the next visit of the feed knows the entry by it. An entry without a link of its own
has that of the site.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from aggregator.markup import clean_text
from aggregator.models import Keepsake, KeptEntry, Subscription
from aggregator.moving.moments import instant_of
from aggregator.parse.identity import HASHED
from aggregator.parse.jsonvalues import list_of, mapping_of, text_of
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_miniflux(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON document is an answer of Miniflux with entries."""
    entries = list_of(document.get("entries"))
    return "entries" in document and (
        "total" in document or bool(entries and "feed" in mapping_of(entries[0]))
    )


def keepsake_of_miniflux(document: Mapping[str, object]) -> Keepsake:
    raw = [mapping_of(entry) for entry in list_of(document.get("entries"))]
    feeds = [mapping_of(entry.get("feed")) for entry in raw]
    entries = [_entry(entry, feed) for entry, feed in zip(raw, feeds, strict=True) if entry]
    entries.sort(key=lambda entry: entry.feed_url)
    followed = {
        text_of(feed.get("feed_url")): _subscription(feed) for feed in feeds if not feed.get("disabled")
    }
    subscriptions = tuple(each for url, each in followed.items() if is_http(url))
    total, there = document.get("total"), len(raw)
    less = isinstance(total, int) and total > there
    said = (f"{total} entries are announced and {there} are here: ask with a higher limit, or in parts",)
    return Keepsake("Miniflux", subscriptions, entries, len(entries), said if less else ())


def _subscription(feed: Mapping[str, object]) -> Subscription:
    site = text_of(feed.get("site_url"))
    category = clean_text(text_of(mapping_of(feed.get("category")).get("title")))
    return Subscription(
        url=text_of(feed.get("feed_url")),
        title=clean_text(text_of(feed.get("title"))),
        category="" if category == "All" else category,  # Miniflux's own name for none
        site_url=site if is_http(site) else "",
    )


def _entry(entry: Mapping[str, object], feed: Mapping[str, object]) -> KeptEntry:
    link = text_of(entry.get("url"))
    return KeptEntry(
        feed_url=text_of(feed.get("feed_url")),
        guid=_guid(text_of(entry.get("hash")), link),
        link=link,
        title=text_of(entry.get("title")),
        author=text_of(entry.get("author")),
        published_at=instant_of(entry.get("published_at")),
        kept_at=instant_of(entry.get("created_at")),
        content=text_of(entry.get("content")),
        categories=tuple(text_of(tag) for tag in list_of(entry.get("tags"))),
        enclosures=tuple(
            (one.get("url"), one.get("mime_type"), one.get("size"))
            for one in map(mapping_of, list_of(entry.get("enclosures")))
        ),
        site_url=text_of(feed.get("site_url")),
    )


def _guid(digest: str, link: str) -> str:
    """Return what is known of the feed's guid: it is the link, or all that we have is its hash."""
    if not _DIGEST.fullmatch(digest):
        return ""
    is_link = digest == sha256(link.encode("utf-8", "replace")).hexdigest()
    return link if is_link else f"{HASHED}{digest}"
