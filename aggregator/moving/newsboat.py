"""newsboat: its `urls` file and the rows of its `cache.db` (newsboat.org/releases/2.38/docs/newsboat.html).

A line of `urls` is an address, then tags; `"~title"` is how the feed is to be called and `!` hides it. Of several tags
the first becomes the category. `exec:` and `filter:` run a program, `query:` is a search of newsboat's own, `file:` is
a file of this machine: none of them is an address.

A guid is the feed's own; without one newsboat takes the link with the date behind it (`RssParser::get_guid`), which
is taken apart again here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.counting import counted
from aggregator.dates import parse_date
from aggregator.markup import clean_text
from aggregator.models import Keepsake, KeptEntry, Subscription
from aggregator.moving.moments import seconds_of
from aggregator.opml import ParsedOpml
from aggregator.parse.jsonvalues import text_of
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# A word, or one in double quotes in which \" is a quote.
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_NOT_ADDRESSES = {
    "exec": "runs a program",
    "filter": "runs a program over a feed",
    "query": "is a search of newsboat's own",
    "file": "is a file of this machine",
}


def parse_urls(text: bytes, name: str = "urls") -> ParsedOpml:
    """Read newsboat's list of feeds; what cannot be followed is said, line by line."""
    found: dict[str, Subscription] = {}
    problems = []
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        words = _words(line)
        if not words:
            continue
        url, tags = words[0], words[1:]
        if not is_http(url):
            kind = url.partition(":")[0].lower()
            why = _NOT_ADDRESSES.get(kind, "has no http(s) address")
            problems.append(f"{name}, line {number}: {clean_text(url)[:80]!r} {why}")
        else:
            found.setdefault(url, Subscription(url, _title(tags), _category(tags)))
    return ParsedOpml(tuple(found.values()), tuple(problems))


def _words(line: str) -> list[str]:
    if line.lstrip().startswith("#"):
        return []
    return [
        re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        for quoted, bare in _TOKEN.findall(line)
    ]


def _title(tags: Sequence[str]) -> str:
    return next((clean_text(tag[1:]) for tag in tags if tag.startswith("~")), "")


def _category(tags: Sequence[str]) -> str:
    """Return the first tag that is one, with "/" parting folders as everywhere."""
    tag = next((tag for tag in tags if tag and tag[0] not in "~!"), "")
    return "/".join(filter(None, (part.strip() for part in clean_text(tag).split("/"))))


def keepsake_of_newsboat(
    feeds: Sequence[Mapping[str, object]], entries: Iterable[Mapping[str, object]], count: int
) -> Keepsake:
    """Return what a cache.db holds. It forgets nothing of feeds that `urls` no longer names."""
    subscriptions = tuple(
        Subscription(url, clean_text(text_of(feed["title"])), site_url=_site(feed))
        for feed in feeds
        if is_http(url := text_of(feed["rssurl"]))
    )
    left = [text_of(feed["rssurl"]) for feed in feeds if not is_http(text_of(feed["rssurl"]))]
    said = (f"entries of {counted(len(left), 'feed')} without an http(s) address",) if left else ()
    return Keepsake("newsboat", subscriptions, _kept(entries), count, said)


def _site(feed: Mapping[str, object]) -> str:
    site = text_of(feed["url"])
    return site if is_http(site) else ""


def _kept(entries: Iterable[Mapping[str, object]]) -> Iterator[KeptEntry]:
    """Yield the entries of real feeds; what the user deleted there is not brought back."""
    for row in entries:
        feed = text_of(row["feedurl"])
        if is_http(feed) and not row["deleted"]:
            yield _entry(row, feed)


def _entry(row: Mapping[str, object], feed: str) -> KeptEntry:
    link = text_of(row["url"])
    return KeptEntry(
        feed_url=feed,
        guid=_guid(text_of(row["guid"]), link, text_of(row["title"])),
        link=link,
        title=text_of(row["title"]),
        author=text_of(row["author"]),
        published_at=seconds_of(row["pubDate"]),
        content=text_of(row["content"]),
        is_text=text_of(row["content_mime_type"]) == "text/plain",
        enclosures=((row["enclosure_url"], row["enclosure_type"], None),),
    )


def _guid(guid: str, link: str, title: str) -> str:
    """Return the feed's own guid, or "" where newsboat made one of link and date, or of the title."""
    behind = guid.removeprefix(link) if link and guid.startswith(link) else ""
    return "" if parse_date(behind) or (not link and guid == title) else guid
