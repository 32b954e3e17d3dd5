"""The full-text index: what matches, the best first, in every language; and the proof that it agrees with the archive.

schema       its tables and the triggers that note what changes
writing      indexes what has changed, in the transaction that changed it
vocabulary   which forms belong to one word
marks        what is filtered by; weights: what is ranked by
matching     a query's tree → an expression of the index
finding      the best, the newest; scoring: how good they are
passages     what is shown of a hit; counting: facets
making       making the index anew while the old one serves; checking
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aggregator.archive.articles import COLUMNS, ArticleShelf
from aggregator.archive.index import marks
from aggregator.archive.index.checking import trouble_with
from aggregator.archive.index.counting import facet_counts
from aggregator.archive.index.cursors import Cursor, read_cursor
from aggregator.archive.index.facts import dates, mean_length
from aggregator.archive.index.finding import FAR, Finder, Scope
from aggregator.archive.index.making import Maker, Progress
from aggregator.archive.index.matching import Matcher
from aggregator.archive.index.passages import passage
from aggregator.archive.index.schema import SERVING
from aggregator.archive.index.state import State
from aggregator.archive.index.vocabulary import Vocabulary
from aggregator.archive.index.writing import Writer
from aggregator.archive.instants import instant
from aggregator.models import FoldedCopy, Hit
from aggregator.models.answers import FoundIn
from aggregator.models.queries import Sort

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from aggregator.archive.db import Database
    from aggregator.archive.index.matching import Match
    from aggregator.archive.index.scoring import Found, Ranked
    from aggregator.models import Article
    from aggregator.models.answers import FacetCounts
    from aggregator.models.queries import Facet, Query

_COPY = marks.state("copy")
_SPARE = 10  # texts that are asked for beyond twice what is shown, since some fold
_ALL = 1_000_000_000  # hits: no archive has as many
_STREAMED = 5_000  # texts that are held at once when all are wanted


class _Family(NamedTuple):
    """One hit: the best of a family stands for its place, the original is shown if it matches."""

    best: Ranked
    shown: Found
    copies: tuple[int, ...]


class Index:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._vocabulary = Vocabulary(db, SERVING)
        self.writer = Writer(db)
        self.maker = Maker(db, self.writer)

    # ---------------------------------------------------------------------------------------------- asking

    def search(self, query: Query) -> list[Hit]:
        """Return the hits in the order that is asked for, `limit` at most, from after the cursor on.

        Copies of one text are one hit, if the query folds: the original, or the best of the copies when the
        original does not match. It stands where the best of them stands.
        """
        match, finder, cursor = self._prepared(query)
        families = self._page(query, match, finder, cursor)
        rows = self._rows([family.shown.article for family in families])
        articles = {each.id: each for each in ArticleShelf(self._db).with_sightings(list(rows.values()))}
        copies = self._copies([id_ for family in families for id_ in family.copies])
        earlier = self._earlier([family.shown.id for family in families])
        hits = []
        for number, family in enumerate(families, 1):
            row, shown = rows[family.shown.article], family.shown
            text = earlier[shown.id]["text"] if shown.id < 0 else row["text"]
            hits.append(
                Hit(
                    _without_text(articles[shown.article]),
                    -family.best.key[0] if query.sort is Sort.RELEVANCE and match.scored else 0.0,
                    passage(text, row["language"], match),
                    tuple(copies[id_] for id_ in family.copies if id_ in copies),
                    str(replace(cursor, shown=cursor.shown + number, key=family.best.key)),
                    _found_in(earlier[shown.id]) if shown.id < 0 else None,
                )
            )
        return hits

    def ids(self, query: Query) -> list[int]:
        """Return the ids of the articles that are hits, in the order that is asked for."""
        match, finder, cursor = self._prepared(query)
        return [family.shown.article for family in self._page(query, match, finder, cursor)]

    def count(self, query: Query) -> int:
        """Return how many hits there are, families of copies counted as the list shows them."""
        match, finder, _ = self._prepared(query)
        if query.in_revisions or query.as_of is not None:
            return sum(1 for _ in self._streamed(query, match, finder))
        total = finder.count(match.expression)
        if not query.folds or not total:
            return total
        return total - self._hidden(match, finder)

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 10) -> dict[Facet, FacetCounts]:
        """Return how many matching articles have each value of these facets; copies count as articles."""
        match, finder, _ = self._prepared(query)
        return facet_counts(self._db, finder, match, facets, limit)

    def among(self, query: Query, ids: Sequence[int]) -> list[int]:
        """Return those of these articles that match, copies too; the query's limit and page do not count."""
        match, finder, _ = self._prepared(query)
        return [row.article for row in finder.rows(match.expression, -1, ids)]

    def stream(self, query: Query) -> Iterator[int]:
        """Yield the ids of all articles that are hits, in the order in which they came; few are held at once."""
        match, finder, _ = self._prepared(query)
        yield from self._streamed(query, match, finder)

    # ------------------------------------------------------------------------------------------------ upkeep

    def check(self, *, every: bool = False) -> str:
        """Return where the index and the articles disagree, or ""; of many articles a sample is compared."""
        return trouble_with(self._db, every=every)

    @property
    def is_due(self) -> bool:
        """Whether the index must be made anew: its rules are not this program's, or articles are not what they were."""
        return State.of(self._db).is_due or self.maker.has_drifted()

    def reindex(self) -> Progress | None:
        """Do one step of making the index anew, if that has begun or is due; None when nothing is to be done."""
        if State.of(self._db).is_idle and self.is_due:
            self.maker.restart()
        return self.maker.step()

    def restart(self) -> None:
        """Begin to make the index anew, unless that has begun: `reindex` goes on with it."""
        if State.of(self._db).is_idle:
            self.maker.restart()

    def rebuild(self) -> None:
        """Make the index anew from the articles, at once."""
        self.maker.restart()
        while self.maker.step() is not None:
            pass

    def tidy(self) -> bool:
        """Merge the index a little, so that a search looks in fewer places; tell whether more would help."""
        return self.maker.tidy()

    def size(self) -> int:
        """Return how many articles are indexed."""
        return int(self._db.value("SELECT count(*) FROM indexed WHERE id > 0"))

    # ---------------------------------------------------------------------------------------------- inside

    def _prepared(self, query: Query) -> tuple[Match, Finder, Cursor]:
        first, last = dates(self._db)
        match = Matcher(self._db, self._vocabulary, first, last).match(query.tree)
        cursor = read_cursor(query.after) or self._start()
        reads_earlier = query.in_revisions or query.as_of is not None
        scope = Scope(
            low=cursor.low if reads_earlier else 1,
            high=cursor.high,
            since=_seconds(match.since),
            before=_seconds(match.before),
            as_of=_seconds(query.as_of),
        )
        return match, Finder(self._db, scope, cursor.mean), cursor

    def _start(self) -> Cursor:
        row = self._db.row("SELECT (SELECT min(id) FROM indexed), (SELECT max(id) FROM indexed)")
        low, high = row if row is not None and row[0] is not None else (1, FAR)
        return Cursor(low, high, mean_length(self._db), 0, ())

    def _page(self, query: Query, match: Match, finder: Finder, cursor: Cursor) -> list[_Family]:
        """Return the families of the page; the list is made from its start, or copies would come again."""
        if not query.limit:
            return []
        wanted = cursor.shown + query.limit if 0 <= query.limit < _ALL else -1
        asked = 2 * wanted + _SPARE if wanted >= 0 else -1
        while True:
            ranked, are_all = self._ranked(query, match, finder, asked)
            families = self._families(query, ranked)
            if wanted < 0 or are_all or len(families) >= wanted:
                break
            if len(ranked) < asked and query.sort is Sort.RELEVANCE and match.scored:
                break
            asked *= 4
        if cursor.key:
            families = [each for each in families if each[0].key > cursor.key]
        page = families[: query.limit if query.limit >= 0 else None]
        return [self._shown(query, match, finder, best, members) for best, members in page]

    def _ranked(self, query: Query, match: Match, finder: Finder, want: int) -> tuple[list[Ranked], bool]:
        if query.sort is Sort.RELEVANCE and match.scored:
            return finder.best(match, want)
        return finder.by_date(match, want, newest=query.sort is not Sort.OLD)

    def _families(self, query: Query, ranked: list[Ranked]) -> list[tuple[Ranked, list[Found]]]:
        families: dict[int, tuple[Ranked, list[Found]]] = {}
        for each in ranked:
            key = each.found.family if query.folds else each.found.article
            families.setdefault(key, (each, []))[1].append(each.found)
        return list(families.values())

    def _shown(
        self, query: Query, match: Match, finder: Finder, best: Ranked, members: list[Found]
    ) -> _Family:
        """Complete a family: its other members may match as well, without being among the best."""
        if not query.folds:
            return _Family(best, best.found, ())
        relatives = self._relatives(best.found.family)
        if len(relatives) > 1:
            ids = {row.id for row in members}
            members = members + [
                row for row in finder.rows(match.expression, -1, relatives) if row.id not in ids
            ]
        original = next((row for row in members if row.article == row.family), members[0])
        others = {row.article for row in members} - {original.article}
        return _Family(best, original, tuple(sorted(others)))

    def _relatives(self, family: int) -> list[int]:
        rows = self._db.rows("SELECT ?1 UNION SELECT id FROM articles WHERE duplicate_of = ?1", (family,))
        return [row[0] for row in rows]

    def _hidden(self, match: Match, finder: Finder) -> int:
        """Return how many matches are folded behind others: copies, but for one of each family without original."""
        copies = finder.rows(f'({match.expression}) AND "{_COPY}"', -1)
        families = {row.family for row in copies}
        with_original = finder.ids(match.expression, families) if families else set()
        return len(copies) - len(families - with_original)

    def _streamed(self, query: Query, match: Match, finder: Finder) -> Iterator[int]:
        seen: set[int] = (
            set()
        )  # families and articles that may come again: copies, and what has earlier texts
        for rows in finder.in_order(match.expression, _STREAMED):
            behind = {row.family for row in rows if row.is_copy} if query.folds else set()
            found = finder.ids(match.expression, behind) if behind else set()
            for row in rows:
                if row.is_copy and row.family in found:
                    continue  # its original is a hit, too, and comes in its own place
                key = row.family if query.folds else row.article
                may_repeat = row.id < 0 or query.in_revisions or query.as_of is not None or row.is_copy
                if key in seen:
                    continue
                if may_repeat or query.folds:
                    seen.add(key)
                yield row.article

    def _rows(self, ids: list[int]) -> dict[int, sqlite3.Row]:
        rows = self._db.rows(
            f"""
            SELECT {COLUMNS}, a.text FROM articles a WHERE a.id IN (SELECT value FROM json_each(?))
            """,
            (json.dumps(ids),),
        )
        return {row["id"]: row for row in rows}

    def _copies(self, ids: list[int]) -> dict[int, FoldedCopy]:
        rows = self._db.rows(
            "SELECT id, url, site, title FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(ids),),
        )
        return {row["id"]: FoldedCopy(row["id"], row["url"], row["site"], row["title"]) for row in rows}

    def _earlier(self, ids: list[int]) -> dict[int, sqlite3.Row]:
        rows = self._db.rows(
            "SELECT id, title, text, seen_at, replaced_at FROM revisions WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([-id_ for id_ in ids if id_ < 0]),),
        )
        return {-row["id"]: row for row in rows}


def _without_text(article: Article) -> Article:
    return replace(article, text="")


def _found_in(row: sqlite3.Row) -> FoundIn:
    return FoundIn(row["id"], row["title"], instant(row["seen_at"]), instant(row["replaced_at"]))


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else math.ceil(moment.timestamp())
