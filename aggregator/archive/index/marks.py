"""Marks: what an article is filtered by, written as terms of the index, so that the index itself joins them.

A mark begins with a letter of the private use area, which no text that is indexed can begin a word with; so a word
never finds a mark. Names are hashed, since they are long and hold any letter.
"""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.terms import known_language
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TAG = "\ue001"
ALL = f"{TAG}a"  # on every article
BUCKETS = 256  # parts of the archive that samples are drawn from
_LEVEL = 0xE100  # private use: what begins the terms of each level, see `weights`


@lru_cache(maxsize=20_000)
def named(kind: str, name: str) -> str:
    """Return the mark of a name; case is ignored."""
    hashed = blake2b(name.strip().casefold().encode(), digest_size=5).digest()
    return f"{TAG}{kind}{base64.b32encode(hashed).decode().lower()}"


def feed(feed_id: int) -> str:
    return f"{TAG}f{feed_id}"


def host(name: str) -> str:
    return named("h", name)


def site(name: str) -> str:
    return named("s", name)


def category(name: str) -> str:
    return named("c", name)


def language(code: str) -> str:
    return f"{TAG}l{code.partition('-')[0].casefold()}"


def verdict(name: str) -> str:
    return f"{TAG}v{name.replace('-', '').casefold()}"


def state(name: str) -> str:
    return f"{TAG}i{name}"


def bucket(article_id: int) -> str:
    # neighbours come into different buckets, in an order that no feed has
    return f"{TAG}b{article_id * 0x9E3779B1 >> 16 & BUCKETS - 1}"


def buckets(count: int) -> list[str]:
    return [f"{TAG}b{at}" for at in range(count)]


def tag_of(level: int) -> str:
    """Return what the terms of a level begin with; "" for none."""
    return chr(_LEVEL + level) if level else ""


def level(number: int, stem: str) -> str:
    return tag_of(number) + stem


def hosts(url: str) -> Iterator[str]:
    """Yield the host of an address and what is left of it at each dot."""
    parts = host_of(url).split(".")
    for at in range(len(parts)):
        if parts[at:]:
            yield ".".join(parts[at:])


# -------------------------------------------------------------------------------------------------- time


def moments(instant: datetime) -> tuple[str, str, str]:
    """Return the marks of an instant's day, month and year (UTC)."""
    stamp = f"{instant.astimezone(UTC):%Y%m%d}"
    return f"{TAG}t{stamp}", f"{TAG}t{stamp[:6]}", f"{TAG}t{stamp[:4]}"


def days(since: date, until: date) -> list[str]:
    """Return the marks of all days from `since` to `until`, both included, with whole months and years as one."""
    found: list[str] = []
    while since <= until:
        year_end, month_end = date(since.year, 12, 31), _month_end(since)
        if since.month == since.day == 1 and year_end <= until:
            found.append(f"{TAG}t{since:%Y}")
            since = year_end
        elif since.day == 1 and month_end <= until:
            found.append(f"{TAG}t{since:%Y%m}")
            since = month_end
        else:
            found.append(f"{TAG}t{since:%Y%m%d}")
        if since == date.max:
            break
        since += timedelta(days=1)
    return found


def _month_end(day: date) -> date:
    if day.month == 12:  # noqa: PLR2004  December
        return date(day.year, 12, 31)
    return date(day.year, day.month + 1, 1) - timedelta(days=1)


# ----------------------------------------------------------------------------------------------- articles


def marks_of(
    *,
    article_id: int,
    feeds: Iterable[int],
    url: str,
    site_name: str,
    categories: Iterable[str],
    language_code: str,
    verdict_name: str,
    states: Iterable[str],
    dated_at: datetime,
) -> str:
    """Return all marks of an article, always in the same order."""
    found = [ALL, bucket(article_id), *moments(dated_at), verdict(verdict_name)]
    found += sorted({feed(each) for each in feeds})
    found += [host(each) for each in hosts(url)]
    found += [site(site_name)] if site_name.strip() else []
    found += sorted({category(each) for each in categories if each.strip()})
    found += [language(known_language(language_code))] if language_code else []
    found += [state(each) for each in states]
    return " ".join(dict.fromkeys(found))
