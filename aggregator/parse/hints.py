"""What a feed says about itself beside its entries: when not to come, how often to, where the rest of it is.

RSS 2.0 skipHours and skipDays, the RSS 1.0 syndication module (sy:*), RFC 5005 (paged, archived and complete
feeds). feedparser keeps only the last hour and day of their lists, so those are read from the document's own text,
outside of its entries. Advice that cannot be followed is none: an unknown word, no hour left in the day, a frequency of
nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aggregator.parse.fields import first_link, ttl_of, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HOURS, _DAYS_OF_WEEK = 24, 7
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}  # minutes
_HISTORY = "http://purl.org/syndication/history/1.0"
_LISTS = 4  # of each kind that are read; honest feeds have one
_LONGEST_LIST = 20_000  # characters: all hours of a day with their tags are a fiftieth of that

_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_QUOTED = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_HOUR = re.compile(r"<hour\s*>\s*(\d{1,2})\s*</hour\s*>", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"<day\s*>\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*</day\s*>", re.IGNORECASE)


def skips_of(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the hours (0 to 23, UTC) and days (Monday is 0) in which an RSS document asks to be left alone."""
    around = _without_entries(text)
    if "<skip" not in around.lower():
        return frozenset(), frozenset()
    around = _QUOTED.sub("", around)
    hours = {int(hour) for hour in _listed(around, "hours", _HOUR)}
    days = {_DAYS.index(day.lower()) for day in _listed(around, "days", _DAY)}
    # Early RSS counts to 24 and means midnight (RSS 0.92, skipHours).
    return _some({hour % _HOURS for hour in hours if hour <= _HOURS}, _HOURS), _some(days, _DAYS_OF_WEEK)


def _without_entries(text: str) -> str:
    """Return what stands before the first entry and behind the last."""
    first = _ENTRY.search(text)
    if first is None:
        return text
    return text[: first.start()] + text[max(last_entry(text), first.end()) :]


def last_entry(text: str) -> int:
    """Return where the last end tag of an entry begins, as most feeds write it; -1 if there is none.

    The kind that stands nearer to the end is looked for from there: a search in vain goes through all of it.
    """
    usual, other = ("</entry", "</item") if text.endswith("</feed>") else ("</item", "</entry")
    last = text.rfind(usual)
    return max(last, text.rfind(other, max(last, 0)))


def _listed(text: str, kind: str, member: re.Pattern[str]) -> Iterator[str]:
    """Yield what the first few lists of a kind hold; element names in any case."""
    plain, at = text.lower(), 0
    for _ in range(_LISTS):
        at = plain.find(f"<skip{kind}", at)
        if at < 0:
            return
        end = plain.find(f"</skip{kind}", at)
        yield from member.findall(text[at : min(end, at + _LONGEST_LIST)] if end > 0 else "")
        at += 1


def _some(skipped: set[int], all_there_are: int) -> frozenset[int]:
    """Return what is skipped, unless that is everything: then nobody could ever come."""
    return frozenset(skipped) if len(skipped) < all_there_are else frozenset()


def update_minutes_of(feed: Mapping[str, Any]) -> int | None:
    """Return sy:updatePeriod divided by sy:updateFrequency; the module's defaults are daily and once."""
    period, frequency = feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")
    if not isinstance(period, str):
        period = "daily" if isinstance(frequency, str) and whole_number(frequency) else ""
    minutes = _PERIODS.get(period.strip().lower())
    if minutes is None:
        return None
    return ttl_of(max(minutes // (whole_number(frequency) or 1), 1))


def is_complete(feed: Mapping[str, Any], namespaces: Mapping[str, str]) -> bool:
    """Tell whether the feed is marked as one that holds all its entries (RFC 5005, 2)."""
    return any(f"{prefix}_complete" in feed for prefix, uri in namespaces.items() if uri == _HISTORY)


def link_of(feed: Mapping[str, Any], relation: str, url: str) -> str:
    """Return the address that an atom:link of the feed names for a relation (RFC 4287, 4.2.7.2), or ""."""
    named = (link.get("href") for link in feed.get("links", ()) if relation in _relations(link.get("rel")))
    return first_link(url, named)


def _relations(rel: object) -> Iterable[str]:
    """Return the relations of a link; IANA's may be written as whole addresses."""
    words = rel.lower().split() if isinstance(rel, str) else []
    return [word.removeprefix("http://www.iana.org/assignments/relation/") for word in words]
