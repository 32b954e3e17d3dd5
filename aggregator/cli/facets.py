"""How hits are spread: over feeds, sites, authors, languages, verdicts, and over time."""

from __future__ import annotations

import difflib
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aggregator.cli.terminal import Line, Span, Style, draws, one_line, out, table
from aggregator.errors import UsageError
from aggregator.models import Facet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aggregator.models import FacetCounts

MOST_VALUES = 10  # of each facet
MOST_ROWS = 31  # of a histogram: a month of days; longer times are counted by weeks, months or years
_BAR = 30  # cells of the longest bar
_BLOCKS = " ▏▎▍▌▋▊▉█"
_PLURALS = {"feed": "feeds", "site": "sites", "author": "authors", "lang": "languages", "verdict": "verdicts",
            "category": "categories", "is": "originals and copies"}  # fmt: skip


def read_facets(typed: str) -> tuple[Facet, ...]:
    """Read the names of --facets; raise UsageError that names the one that is none."""
    known = [facet.value for facet in Facet]
    names = [
        name.strip().removesuffix("s") if name.strip() not in known else name.strip()
        for name in typed.split(",")
    ]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            cure = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            raise UsageError(f"--facets: {name[:40]!r} is not a facet; {cure}")
    return tuple(dict.fromkeys(Facet(name) for name in names))


def is_facets(typed: str) -> bool:
    """Tell whether the value of --facets was meant as one, or is the first word of the query behind it."""
    try:
        read_facets(typed)
    except UsageError:
        return "," in typed
    return True


def show_facets(counted: Mapping[Facet, FacetCounts]) -> None:
    """Show the counts: bars on a terminal, a table for a pipe."""
    if not draws(sys.stdout):
        rows = [(facet.value, value, n) for facet, counts in counted.items() for value, n in counts.values]
        table(rows, ("facet", "value", "hits"))
        return
    for facet, counts in counted.items():
        if counts.values:
            unit, drawn = over_time(counts.values) if facet is Facet.DAY else ("", counts.values)
            about = "" if counts.exact else " (estimated)"
            out(Line((Span(f"{f'{unit}s' if unit else _PLURALS[facet.value]}{about}", Style.STRONG),)))
            for line in bars(drawn):
                out(line)


def bars(rows: Sequence[tuple[str, int]]) -> Iterator[Line]:
    """Draw each count as a bar, the largest over the whole width."""
    most = max((count for _, count in rows), default=1) or 1
    digits = len(str(most))
    for name, count in rows:
        eighths = round(count * _BAR * 8 / most) if count else 0
        bar = "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()
        yield Line(
            (Span(f"{count:>{digits}} "), Span(f"{bar:<{_BAR}} ", Style.FAINT), Span(one_line(name))),
            indent=2,
        )


def over_time(days: Sequence[tuple[str, int]]) -> tuple[str, list[tuple[str, int]]]:
    """Join counts of days to few enough rows, those without hits included; return what a row is, and the rows.

    `days` are ISO dates; the rows go from the first to the last.
    """
    if not days:
        return "day", []
    first, last = date.fromisoformat(days[0][0]), date.fromisoformat(days[-1][0])
    unit = next((unit for unit in _UNITS if len(_starts(first, last, unit)) <= MOST_ROWS), "year")
    counted = dict.fromkeys(_starts(first, last, unit), 0)
    for day, count in days:
        counted[_start(date.fromisoformat(day), unit)] += count
    return unit, [(_named(start, unit), count) for start, count in counted.items()]


_UNITS = ("day", "week", "month", "year")


def _start(day: date, unit: str) -> date:
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day.replace(month=1, day=1)


def _starts(first: date, last: date, unit: str) -> list[date]:
    """Return where the rows from `first` to `last` begin; one more than fit are enough to know."""
    at, found = _start(first, unit), list[date]()
    while at <= last and (len(found) <= MOST_ROWS or unit == "year"):
        found.append(at)
        try:
            at = _start(at + timedelta(days={"day": 1, "week": 7, "month": 31, "year": 366}[unit]), unit)
        except OverflowError:  # the year 9999
            break
    return found


def _named(start: date, unit: str) -> str:
    return start.isoformat()[: {"month": 7, "year": 4}.get(unit, 10)]
