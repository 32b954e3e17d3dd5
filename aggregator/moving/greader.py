"""FreshRSS: its export of articles, in the format of Google Reader (FreshRSS, `Entry::toGReader`).

Each item says which feed it is from (`origin.feedUrl` in exports, not in the API's answers; there only the site) and
what guid the feed gave. Categories that begin with `user/-/` are states and labels of FreshRSS; labels are kept as
categories, states have no counterpart here.
"""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from aggregator.markup import clean_text
from aggregator.models import Keepsake, KeptEntry, Subscription
from aggregator.moving.moments import instant_of, seconds_of
from aggregator.parse.jsonvalues import list_of, mapping_of, text_of
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LABEL = "user/-/label/"


def is_greader(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON document is a list of articles in Google Reader's format."""
    items = [mapping_of(item) for item in list_of(document.get("items"))[:1]]
    of_user = text_of(document.get("id")).startswith(("user/", "feed/"))
    return of_user or any("origin" in item or "crawlTimeMsec" in item for item in items)


def keepsake_of_greader(document: Mapping[str, object]) -> Keepsake:
    entries = [_entry(mapping_of(item)) for item in list_of(document.get("items")) if item]
    entries.sort(key=lambda entry: entry.feed_url)
    return Keepsake("FreshRSS", _subscriptions(document), entries, len(entries))


def _subscriptions(document: Mapping[str, object]) -> tuple[Subscription, ...]:
    """Return the feeds that the articles name; in which folders they stood only FreshRSS's OPML says."""
    found: dict[str, Subscription] = {}
    for item in list_of(document.get("items")):
        origin = mapping_of(mapping_of(item).get("origin"))
        url, site = text_of(origin.get("feedUrl")), text_of(origin.get("htmlUrl"))
        if is_http(url):
            title = clean_text(unescape(text_of(origin.get("title"))))
            found.setdefault(url, Subscription(url, title, site_url=site if is_http(site) else ""))
    return tuple(found.values())


def _entry(item: Mapping[str, object]) -> KeptEntry:
    origin = mapping_of(item.get("origin"))
    return KeptEntry(
        feed_url=text_of(origin.get("feedUrl")),
        guid=text_of(item.get("guid")),
        link=_address(item, "alternate") or _address(item, "canonical"),
        title=text_of(item.get("title")),
        author=text_of(item.get("author")).replace("; ", ", "),
        published_at=seconds_of(item.get("published")) or instant_of(item.get("published")),
        kept_at=_crawled(item),
        content=_body(item, "content") or _body(item, "summary"),
        categories=_categories(item),
        enclosures=tuple(
            (one.get("href"), one.get("type"), one.get("length"))
            for one in map(mapping_of, list_of(item.get("enclosure")))
        ),
        site_url=text_of(origin.get("htmlUrl")),
    )


def _address(item: Mapping[str, object], name: str) -> str:
    return next((text_of(mapping_of(one).get("href")) for one in list_of(item.get(name))), "")


def _body(item: Mapping[str, object], name: str) -> str:
    return text_of(mapping_of(item.get(name)).get("content"))


def _crawled(item: Mapping[str, object]) -> datetime | None:
    milliseconds = item.get("crawlTimeMsec")
    digits = str(milliseconds) if isinstance(milliseconds, int | str) else ""
    return seconds_of(digits[:-3]) if digits.isdigit() else None


def _categories(item: Mapping[str, object]) -> tuple[str, ...]:
    names = [text_of(name) for name in list_of(item.get("categories"))]
    labels = [name.removeprefix(_LABEL) for name in names if name.startswith(_LABEL)]
    return tuple(labels + [name for name in names if name and not name.startswith("user/")])
