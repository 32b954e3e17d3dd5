"""What stands before a colon: which names there are, and what their values mean.

A value that makes no sense is not an error: it is told, with the values that there are, and read as words.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.errors import UsageError
from aggregator.models import Facet, Field, Filter, Period, Sort, Verdict
from aggregator.query.tongues import CODES, code_of
from aggregator.times import parse_moment, parse_period

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

IN_WORDS = {
    "title": Field.TITLE, "headline": Field.TITLE, "author": Field.BYLINE, "byline": Field.BYLINE,
    "text": Field.TEXT, "body": Field.TEXT,
}  # fmt: skip
_FACETS = {
    "feed": Facet.FEED, "site": Facet.SITE, "host": Facet.SITE, "domain": Facet.SITE, "category": Facet.CATEGORY,
    "tag": Facet.CATEGORY, "lang": Facet.LANGUAGE, "language": Facet.LANGUAGE, "verdict": Facet.VERDICT,
    "is": Facet.IS,
}  # fmt: skip
DATES = frozenset({"since", "after", "before", "until", "on", "date", "asof"})
OF_THE_WHOLE = frozenset({"sort", "in", "asof"})  # they change the search, not which articles match
FIELDS = frozenset({*IN_WORDS, *_FACETS, *DATES, *OF_THE_WHOLE})
MAIN = ("title", "author", "text", "feed", "site", "category", "lang", "verdict", "is", "since", "before", "on",
        "sort", "in", "asof")  # fmt: skip
# what else calls such a thing so, in other programs
_ELSEWHERE = {
    "intitle": "title", "subject": "title", "by": "author", "from": "author", "source": "feed", "url": "site",
    "label": "category", "older": "before", "newer": "since", "published": "on", "order": "sort", "state": "is",
}  # fmt: skip

_STATES = {
    "duplicate": "copy", "duplicates": "copy", "copy": "copy", "copies": "copy", "original": "original",
    "originals": "original", "revised": "revised", "edited": "revised", "changed": "revised", "gone": "gone",
    "deleted": "gone",
}  # fmt: skip
_SORTS = {
    "relevance": Sort.RELEVANCE, "rank": Sort.RELEVANCE, "best": Sort.RELEVANCE, "new": Sort.NEW, "newest": Sort.NEW,
    "date": Sort.NEW, "old": Sort.OLD, "oldest": Sort.OLD,
}  # fmt: skip
_TIMES = "2026-11-12, 2026-11, 7d, yesterday, last week or 12 nov 2026"
_REVISIONS = {"revisions", "revision", "history", "versions"}
_VERDICTS = {
    **{each.value: each for each in Verdict}, **{each.value.replace("-", ""): each for each in Verdict},
    "feed": Verdict.FEED_ONLY, "paywall": Verdict.PAYWALLED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Misread:
    """A value that says nothing: why, and what could be written instead."""

    why: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What holds for the whole search."""

    sort: Sort | None = None
    in_revisions: bool = False
    as_of: datetime | None = None


def meaning(field: str, value: str, now: datetime) -> Filter | Period | Whole | Misread:
    """Return what `field:value` asks for; `field` is one of `FIELDS` and none of `IN_WORDS`."""
    if field in OF_THE_WHOLE:
        return _of_the_whole(field, value, now)
    if field in DATES:
        return _period(field, value, now)
    facet = _FACETS[field]
    match facet:
        case Facet.LANGUAGE:
            code = code_of(value)
            return (
                Filter(facet, code)
                if code
                else _misread(value, field, CODES, "a language", "de, german, deutsch")
            )
        case Facet.VERDICT:
            verdict = _VERDICTS.get(_plain(value))
            names = [each.value for each in Verdict]
            return Filter(facet, verdict.value) if verdict else _misread(value, field, names, "a verdict")
        case Facet.IS:
            state = _STATES.get(_plain(value))
            names = list(dict.fromkeys(_STATES.values()))
            return Filter(facet, state) if state else _misread(value, field, names, "a state")
        case _:
            return Filter(facet, value)


def _plain(value: str) -> str:
    return value.casefold().replace(" ", "-").replace("_", "-")


def _of_the_whole(field: str, value: str, now: datetime) -> Whole | Misread:
    if field == "asof":
        try:
            return Whole(as_of=parse_moment(value, now, end=True))
        except UsageError:
            return Misread(f"{value} is not a time; write {_TIMES}")
    if field == "in":
        if _plain(value) in _REVISIONS:
            return Whole(in_revisions=True)
        return _misread(value, field, ["revisions"], "where one can look")
    sort = _SORTS.get(_plain(value))
    return Whole(sort=sort) if sort else _misread(value, field, [each.value for each in Sort], "an order")


def _period(field: str, value: str, now: datetime) -> Period | Misread:
    try:
        if field in {"since", "after"}:
            return Period(since=parse_moment(value, now))
        if field in {"before", "until"}:
            return Period(before=parse_moment(value, now, end=field == "until"))
        first, _, last = value.partition("..")
        return Period(parse_period(first, now)[0], parse_period(last or first, now)[1])
    except UsageError:
        return Misread(f"{value} is not a time; write {_TIMES}")


def _misread(value: str, field: str, known: Iterable[str], what: str, examples: str = "") -> Misread:
    """Say that a value is none, with the nearest that is one."""
    known = list(known)
    close = difflib.get_close_matches(_plain(value), known, n=1)
    cure = f"did you mean {field}:{close[0]}?" if close else f"there are {examples or ', '.join(known)}"
    return Misread(f"{value} is not {what}; {cure}")


def meant_field(name: str) -> str:
    """Return the field that somebody may have meant by a name that is none; "" if there is none like it."""
    name = name.lower()
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    close = difflib.get_close_matches(name, sorted(FIELDS), n=1, cutoff=0.72)
    return close[0] if close else ""
