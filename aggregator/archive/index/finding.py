"""Finding: the best or the newest texts that match, without looking at all of them.

Up to EXACT matches are all looked at. Of more, the best are found by the levels of their words (see `weights`), the
highest first, until there are several times as many as were asked for; these are scored exactly. The newest are found
month by month.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from aggregator.archive.index import marks
from aggregator.archive.index.facts import dates, moment
from aggregator.archive.index.matching import EVERYTHING, Match
from aggregator.archive.index.scoring import Found, Ranked, Score, ranked
from aggregator.archive.index.weights import HIGHEST, LOWEST, idf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.archive.db import Database
    from aggregator.archive.index.matching import Lead, Scored

EXACT = 600  # matches that are all looked at
CANDIDATES = 200  # that are scored, when there are more matches than that
_TIMES = 5  # candidates for each hit that is asked for
_COUNTED = 1_000  # matches from which the number of all is estimated
_LED_BY = 3  # words that lead to candidates: the rarest
FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the index that a query looks at. Without what came later, pages stay what they are."""

    low: int = 1  # ids; below 1: earlier texts
    high: int = FAR
    since: int | None = None  # Unix seconds
    before: int | None = None
    as_of: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether texts of all times are looked at."""
        return self.since is self.before is self.as_of is None


class Finder:
    def __init__(self, db: Database, scope: Scope, mean: int) -> None:
        self._db = db
        self._scope = scope
        self._mean = mean

    # -------------------------------------------------------------------------------------- any matches

    def rows(self, expression: str, limit: int, within: Iterable[int] | None = None) -> list[Found]:
        """Return matches, newest come first; limit -1: all."""
        inside = "" if within is None else _WITHIN
        return [
            Found(*row)
            for row in self._db.rows(
                _MATCHES.format(columns=_COLUMNS, inside=inside, order="DESC"),
                self._params(expression, limit, within),
            )
        ]

    def ids(self, expression: str, within: Iterable[int] | None = None) -> set[int]:
        inside = "" if within is None else _WITHIN
        sql = _MATCHES.format(columns="i.id", inside=inside, order="DESC")
        return {row[0] for row in self._db.rows(sql, self._params(expression, -1, within))}

    def articles(self, expression: str) -> list[int]:
        """Return the articles of all matches, each once."""
        if self._scope.is_whole and self._scope.low > 0:  # then rows are articles
            sql = """
                SELECT json_group_array(rowid) FROM (
                    SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?
                    ORDER BY rowid DESC
                )
            """  # one value: thousands of rows would cost ten times as much
            found: list[int] = json.loads(
                self._db.value(sql, (expression, self._scope.low, self._scope.high))
            )
            return found
        sql = _MATCHES.format(columns="i.article", inside="", order="DESC")
        return list(dict.fromkeys(row[0] for row in self._db.rows(sql, self._params(expression, -1))))

    def _params(self, expression: str, limit: int, within: Iterable[int] | None = None) -> dict[str, object]:
        scope = self._scope
        return {
            "match": expression,
            "limit": limit,
            "low": scope.low,
            "high": scope.high,
            "since": scope.since,
            "before": scope.before,
            "as_of": scope.as_of,
            "within": None if within is None else json.dumps(list(within)),
        }

    def count(self, expression: str) -> int:
        """Return how many match."""
        scope = self._scope
        if scope.is_whole:
            sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?"
            return int(self._db.value(sql, (expression, scope.low, scope.high)))
        sql = _MATCHES.format(columns="i.id", inside="", order="DESC")
        return int(self._db.value(f"SELECT count(*) FROM ({sql})", self._params(expression, -1)))

    def in_order(self, expression: str, size: int) -> Iterator[list[Found]]:
        """Yield all matches by their ids, so many at once."""
        scope = self._scope
        low = scope.low
        while True:
            finder = Finder(self._db, replace(scope, low=low), self._mean)
            sql = _MATCHES.format(columns=_COLUMNS, inside="", order="ASC")
            rows = [Found(*row) for row in self._db.rows(sql, finder._params(expression, size))]
            if rows:
                yield rows
            if len(rows) < size:
                return
            low = rows[-1].id + 1

    def are_more(self, expression: str, than: int) -> bool:
        """Whether there are more matches than so many, whatever their dates."""
        sql = """
            SELECT count(*) FROM (
                SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN ? AND ?
                ORDER BY rowid DESC LIMIT ?
            )
        """
        having = self._db.value(sql, (expression, self._scope.low, self._scope.high, than + 1))
        return bool(having > than)

    # ----------------------------------------------------------------------------------------- the best

    def best(self, match: Match, want: int) -> tuple[list[Ranked], bool]:
        """Return the best matches, best first, and whether these are all."""
        goal = max(CANDIDATES, _TIMES * want)
        idfs = self._idfs(match.scored)
        rows: list[Found] = []
        if (
            match.one_is_enough and want >= 0
        ):  # to look whether there are more can cost more than all the rest
            rows = self._candidates(match, goal, idfs)
        are_all = len(rows) < goal and (want < 0 or not self.are_more(match.expression, EXACT))
        if are_all:
            rows = self.rows(match.expression, -1)
        elif len(rows) < goal:
            rows = self._candidates(match, goal, idfs)
            known = {row.id for row in rows}
            if len(rows) < goal:  # words that are strong nowhere
                rows += [row for row in self.rows(match.expression, goal) if row.id not in known]
        may_be_missing = match.has_choice and len(idfs) > 1
        scores = [
            Score(scored, each, self._mean, may_be_missing=may_be_missing)
            for scored, each in zip(match.scored, idfs, strict=True)
        ]
        return ranked(self._db, rows, scores, len(rows) if want < 0 else want), are_all

    def _idfs(self, scored: tuple[Scored, ...]) -> list[float]:
        if len(scored) < 2:  # noqa: PLR2004  one word: its rarity changes no order
            return [1.0 * len(scored)] * len(scored)
        articles = self.newest_id()
        return [idf(min(self.about(word.expression, articles), articles), articles) for word in scored]

    def about(self, expression: str, articles: int) -> float:
        """Return how many match, whatever their dates; estimated from the newest ones, when these are many."""
        row = self._db.row(
            f"""
            SELECT count(*), min(id) FROM (
                SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH ? AND rowid BETWEEN 1 AND ?
                ORDER BY rowid DESC LIMIT {_COUNTED}
            )
            """,
            (expression, self._scope.high),
        )
        counted, oldest = row if row is not None else (0, 0)
        if counted < _COUNTED:
            return float(counted)
        return float(counted * articles / max(1, articles - oldest + 1))

    def newest_id(self) -> int:
        return min(self._scope.high, self._db.value("SELECT max(id) FROM indexed") or 1)

    # ---------------------------------------------------------------------------- candidates for the best

    def _candidates(self, match: Match, goal: int, idfs: list[float]) -> list[Found]:
        by_idf = sorted(range(len(match.scored)), key=lambda at: (-idfs[at], at))
        leading = [lead for at in by_idf for lead in match.scored[at].leads][:_LED_BY]
        found: dict[int, Found] = {}
        if len(leading) > 1:
            self._strong_in_all(match, leading, goal, found)
        # an article that is strong in one of them alone is seldom better
        if len(found) >= goal and not match.has_choice:
            return list(found.values())
        for word in leading:
            self._strongest(match, word, goal, found)
        return list(found.values())

    def _strongest(self, match: Match, word: Lead, goal: int, found: dict[int, Found]) -> None:
        """Gather the articles in which one word is strongest."""
        gathered = 0
        for low, high in zip(_BANDS[1:], _BANDS, strict=False):
            rows = self._in_band(match, word, range(low, high), goal)
            if len(rows) > goal:  # so many that only the strongest of them count
                rows = self._level_by_level(match, word, range(low, high), goal - gathered)
            found.update((row.id, row) for row in rows)
            gathered += len(rows)
            if gathered >= goal:
                return

    def _in_band(self, match: Match, word: Lead, levels: range, goal: int) -> list[Found]:
        leveled = " OR ".join(map(word.at, levels))
        expression = leveled if match.one_is_enough else f"({match.expression}) AND ({leveled})"
        return self.rows(expression, goal + 1)

    def _level_by_level(self, match: Match, word: Lead, levels: range, goal: int) -> list[Found]:
        rows: list[Found] = []
        for level in reversed(levels):
            rows += self._in_band(match, word, range(level, level + 1), 3 * goal)
            if len(rows) >= goal:
                break
        return rows

    def _strong_in_all(self, match: Match, words: list[Lead], goal: int, found: dict[int, Found]) -> None:
        """Gather the articles in which each of the words is strong."""
        for lowest in _CUTS:
            parts = [" OR ".join(map(word.at, range(lowest, HIGHEST + 1))) for word in words]
            if not match.one_is_enough and not (match.all_are_enough and len(words) == len(match.scored)):
                parts.append(match.expression)
            expression = " AND ".join(f"({part})" for part in parts)
            rows = self.rows(expression, goal)
            found.update((row.id, row) for row in rows)
            if len(rows) >= goal:
                return

    # --------------------------------------------------------------------------------------- the newest

    def by_date(self, match: Match, want: int, *, newest: bool) -> tuple[list[Ranked], bool]:
        """Return the newest (or oldest) matches in their order, and whether these are all."""
        if match.expression == EVERYTHING:
            rows = self._of_everything(want, newest=newest)
            return [_dated(row, newest=newest) for row in rows], len(rows) < want or want < 0
        are_all = want < 0 or not self.are_more(match.expression, EXACT)
        if are_all:
            rows = self.rows(match.expression, -1)
        else:
            rows = self._month_by_month(match.expression, want, newest=newest)
        return sorted((_dated(row, newest=newest) for row in rows), key=attrgetter("key")), are_all

    def _of_everything(self, want: int, *, newest: bool) -> list[Found]:
        order = "DESC" if newest else "ASC"
        return [
            Found(*row)
            for row in self._db.rows(
                f"""
                SELECT {_COLUMNS} FROM indexed i WHERE i.id BETWEEN :low AND :high AND {_STANDS}
                ORDER BY i.dated {order}, i.id {order} LIMIT :limit
                """,
                self._params("", want),
            )
        ]

    def _month_by_month(self, expression: str, want: int, *, newest: bool) -> list[Found]:
        found: list[Found] = []
        for month in self._months(newest=newest):
            rows = self.rows(f'({expression}) AND "{month}"', EXACT + 1)
            if len(rows) > EXACT:
                rows = self._day_by_day(expression, month, want - len(found), newest=newest)
            found += rows
            if len(found) >= want:
                break
        return found

    def _day_by_day(self, expression: str, month: str, want: int, *, newest: bool) -> list[Found]:
        found: list[Found] = []
        for day in sorted((f"{month}{day:02}" for day in range(1, 32)), reverse=newest):
            found += self.rows(f'({expression}) AND "{day}"', -1)
            if len(found) >= want:
                break
        return found

    def _months(self, *, newest: bool) -> Iterator[str]:
        first, last = dates(self._db)
        first = max(first, moment(self._scope.since)) if self._scope.since is not None else first
        last = min(last, moment(self._scope.before)) if self._scope.before is not None else last
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        for month in reversed(months) if newest else months:
            yield f"{marks.TAG}t{month // 12:04}{month % 12 + 1:02}"


def _dated(row: Found, *, newest: bool) -> Ranked:
    sign = -1 if newest else 1
    return Ranked((sign * row.dated, sign * row.id), row)


_BANDS = (HIGHEST + 1, 20, 17, 14, 11, 8, LOWEST)  # levels that are looked at together
_CUTS = (15, 11, 8, LOWEST)  # levels that all words have at least
_COLUMNS = "i.id, i.article, i.family, i.dated, i.length, i.strong"
_STANDS = """
    (:since IS NULL OR i.dated >= :since) AND (:before IS NULL OR i.dated < :before)
    AND (:as_of IS NULL OR (i.since <= :as_of AND (i.until IS NULL OR i.until > :as_of)))
"""
_WITHIN = "AND articles_fts.rowid IN (SELECT value FROM json_each(:within))"
_MATCHES = f"""
    SELECT {{columns}} FROM articles_fts CROSS JOIN indexed i ON i.id = articles_fts.rowid
    WHERE articles_fts MATCH :match AND articles_fts.rowid BETWEEN :low AND :high {{inside}} AND {_STANDS}
    ORDER BY articles_fts.rowid {{order}} LIMIT :limit
"""
