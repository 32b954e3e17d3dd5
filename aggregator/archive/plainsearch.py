"""A query's tree answered straight from the tables: each word a look into the index, each filter a condition.

Correct and linear in the number of matches.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.archive.db import stamp
from aggregator.models import (
    MARK_END,
    MARK_START,
    AllOf,
    AnyOf,
    Facet,
    FacetCounts,
    Field,
    Filter,
    Near,
    Not,
    Period,
    Sort,
    Words,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.archive.db import Database
    from aggregator.models import Node, Query

# A hit in the title says more about an article than one in its text (weights of title, byline, text).
_BM25 = "bm25(articles_fts, 10.0, 4.0, 1.0)"
SNIPPET_TOKENS = 28  # about two lines of a terminal
SNIPPET_CHARACTERS = 240  # the same, where there are no tokens

# Scripts in which words are not set apart: the index holds a whole run of them as one word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_INDEXED = re.compile("(?:[^\\W_]|[\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class Fold:
    """A hit with the copies behind it."""

    shown: int
    score: float
    cursor: str
    others: tuple[int, ...] = ()


def page(db: Database, query: Query) -> list[Fold]:
    """Return one page of hits."""
    folds = folded(db, query)
    if query.after:
        after = _read_cursor(query.after)
        folds = [fold for fold in folds if _read_cursor(fold.cursor) > after]
    return folds if query.limit < 0 else folds[: query.limit]


def folded(db: Database, query: Query) -> list[Fold]:
    """Return all hits in their order, each family once if the query folds."""
    families: dict[int, list[int]] = {}
    best: dict[int, tuple[float, str]] = {}
    for row in db.rows(*_sql(query)):
        key = row["original"] if query.folds else row["id"]
        families.setdefault(key, []).append(row["id"])
        best.setdefault(key, (-row["rank"], _cursor(query, row["rank"], row["dated_at"], row["id"])))
    found = []
    for key, members in families.items():
        shown = key if key in members else members[0]
        found.append(Fold(shown, *best[key], tuple(sorted(set(members) - {shown}))))
    return found


def among(db: Database, query: Query, ids: Sequence[int]) -> list[int]:
    """Return those of these articles that match."""
    params: list[object] = []
    where = _condition(query.tree, query, params) if query.tree is not None else "1"
    params.append(json.dumps(list(ids)))
    rows = db.rows(
        f"SELECT a.id FROM articles a WHERE {where} AND a.id IN (SELECT value FROM json_each(?))", params
    )
    return [row["id"] for row in rows]


def _cursor(query: Query, rank: float, dated_at: str, id_: int) -> str:
    when = int(re.sub(r"\D", "", dated_at))
    newest = when if query.sort is Sort.OLD else -when
    key = json.dumps([round(rank, 9), newest, id_ if query.sort is Sort.OLD else -id_])
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> list[float]:
    try:
        read = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [float(each) for each in read]
    except (ValueError, TypeError):
        return []


def _sql(query: Query) -> tuple[str, list[object]]:
    ranking = " OR ".join(_matches(query.tree)) if query.sort is Sort.RELEVANCE and query.tree else ""
    params: list[object] = [ranking] if ranking else []
    rank = f"LEFT JOIN (SELECT rowid, {_BM25} AS rank FROM articles_fts WHERE articles_fts MATCH ?) r ON r.rowid = a.id"
    where = _condition(query.tree, query, params) if query.tree is not None else "1"
    order = "a.dated_at, a.id" if query.sort is Sort.OLD else "rank, a.dated_at DESC, a.id DESC"
    sql = f"""
        SELECT a.id, a.dated_at, coalesce(a.duplicate_of, a.id) AS original,
            {"round(coalesce(r.rank, 0.0), 9)" if ranking else "0.0"} AS rank
        FROM articles a {rank if ranking else ""} WHERE {where} ORDER BY {order}
    """
    return sql, params


def _matches(node: Node) -> Iterator[str]:
    """Yield the words that count for the rank, in the index language."""
    match node:
        case AllOf(nodes) | AnyOf(nodes):
            for each in nodes:
                yield from _matches(each)
        case Words() if _INDEXED.search(node.text):
            yield _match(node)
        case Near():
            yield _near(node)


def _match(words: Words) -> str:
    column = {Field.TITLE: "title : ", Field.BYLINE: "byline : ", Field.TEXT: "text : "}.get(words.field, "")
    return f"{column}{_quoted(words)}"


def _quoted(words: Words) -> str:
    doubled = words.text.replace('"', '""')
    return f'"{doubled}"{" *" if words.prefix else ""}'


def _near(node: Near) -> str:
    return f"NEAR({' '.join(_quoted(each) for each in node.words)}, {node.distance})"


def _condition(node: Node, query: Query, params: list[object]) -> str:  # noqa: PLR0911  one a kind of node
    """Write a node as a condition on `a`, its values put at the end of `params`."""
    match node:
        case AllOf(nodes):
            return f"({' AND '.join(_condition(each, query, params) for each in nodes) or '1'})"
        case AnyOf(nodes):
            return f"({' OR '.join(_condition(each, query, params) for each in nodes) or '0'})"
        case Not(inner):
            return f"NOT {_condition(inner, query, params)}"
        case Period(since, before):
            params += [stamp(since), stamp(since), stamp(before), stamp(before)]
            return "((? IS NULL OR a.dated_at >= ?) AND (? IS NULL OR a.dated_at < ?))"
        case Filter():
            return _filter(node, params)
        case Near():
            params.append(_near(node))
            return _FTS
        case Words():
            return _words(node, query, params)


_FTS = "a.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)"
_REVISED = "EXISTS (SELECT 1 FROM revisions v WHERE v.article_id = a.id AND instr(lower(v.title || ' ' || v.text), ?))"
_AS_OF = """instr(lower(coalesce(
    (SELECT v.title || ' ' || v.text FROM revisions v
        WHERE v.article_id = a.id AND v.seen_at <= ? AND v.replaced_at > ?),
    a.title || ' ' || a.text)), ?) AND a.archived_at <= ?"""


def _words(words: Words, query: Query, params: list[object]) -> str:
    if not _INDEXED.search(words.text):
        return "0"
    if query.as_of:
        then = stamp(query.as_of)
        params += [then, then, words.text.lower(), then]
        return f"({_AS_OF})"
    if _UNSPACED.search(words.text):
        columns = {Field.ANY: ("title", "text"), Field.BYLINE: ("byline",)}.get(
            words.field, (words.field.value,)
        )
        params += [words.text] * len(columns)
        found = f"({' OR '.join(f'instr(a.{column}, ?)' for column in columns)})"
    else:
        params.append(_match(words))
        found = _FTS
    if query.in_revisions:
        params.append(words.text.lower())
        found = f"({found} OR {_REVISED})"
    return found


_ENTRIES = (
    "EXISTS (SELECT 1 FROM entries e JOIN feeds f ON f.id = e.feed_id WHERE e.article_id = a.id AND ({}))"
)
_FEED = "instr(lower(f.url), ?) OR instr(lower(f.title), ?) OR instr(lower(f.own_title), ?)"
_CATEGORY = "instr(lower(f.category), ?) OR instr(lower(e.categories), ?)"
_IS = {
    "duplicate": "(a.duplicate_of IS NOT NULL OR EXISTS (SELECT 1 FROM articles c WHERE c.duplicate_of = a.id))",
    "copy": "a.duplicate_of IS NOT NULL",
    "original": "a.duplicate_of IS NULL",
    "revised": "EXISTS (SELECT 1 FROM revisions v WHERE v.article_id = a.id AND v.kind <> 'reread')",
    "gone": "(a.gone_at IS NOT NULL OR a.verdict = 'gone')",
}


def _filter(node: Filter, params: list[object]) -> str:
    value = node.value.lower()
    match node.facet:
        case Facet.FEED:
            params += [value] * 3
            return _ENTRIES.format(_FEED)
        case Facet.SITE:
            params += [value, f"%://{value}/%", f"%.{value}/%"]
            return "(instr(lower(a.site), ?) OR a.url || '/' LIKE ? OR a.url || '/' LIKE ?)"
        case Facet.CATEGORY:
            params += [value] * 4
            return f"({_ENTRIES.format(_CATEGORY)} OR lower(a.section) = ? OR instr(lower(a.tags), ?))"
        case Facet.LANGUAGE:
            params += [value, f"{value}-%"]
            return "(lower(a.language) = ? OR lower(a.language) LIKE ?)"
        case Facet.VERDICT:
            params.append(value)
            return "a.verdict = ?"
        case _:
            return _IS.get(value, "0")


# ----------------------------------------------------------------------------------------------- snippets


def snippets(db: Database, ids: list[int], query: Query) -> dict[int, str]:
    """Make snippets of the hits that are shown: the words of the text around what was searched for."""
    starts = db.rows(
        "SELECT id, substr(text, 1, ?) AS text FROM articles WHERE id IN (SELECT value FROM json_each(?))",
        (SNIPPET_CHARACTERS, json.dumps(ids)),
    )
    found = {row["id"]: row["text"] for row in starts}
    matches = list(_matches(query.tree)) if query.tree is not None else []
    if matches:
        rows = db.rows(
            """
            SELECT rowid AS id, snippet(articles_fts, 2, ?, ?, '…', ?) AS snippet FROM articles_fts
            WHERE articles_fts MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
            """,
            (MARK_START, MARK_END, SNIPPET_TOKENS, " OR ".join(matches), json.dumps(ids)),
        )
        found.update((row["id"], row["snippet"]) for row in rows)
    for match in matches:  # what the index cannot find inside a run of letters
        word = match.strip('"* ')
        marked = f"{MARK_START}{word}{MARK_END}"
        found = {
            id_: text if MARK_START in text else text.replace(word, marked) for id_, text in found.items()
        }
    return found


# ------------------------------------------------------------------------------------------------- counts

_COUNTED = {
    Facet.SITE: "SELECT coalesce(nullif(a.site, ''), a.url) AS value, a.id FROM articles a",
    Facet.AUTHOR: "SELECT a.byline AS value, a.id FROM articles a",
    Facet.LANGUAGE: "SELECT a.language AS value, a.id FROM articles a",
    Facet.VERDICT: "SELECT a.verdict AS value, a.id FROM articles a",
    Facet.DAY: "SELECT substr(a.dated_at, 1, 10) AS value, a.id FROM articles a",
    Facet.FEED: """
        SELECT DISTINCT coalesce(nullif(f.title, ''), nullif(f.own_title, ''), f.url) AS value, e.article_id AS id
        FROM entries e JOIN feeds f ON f.id = e.feed_id""",
    Facet.CATEGORY: """SELECT DISTINCT f.category AS value, e.article_id AS id
        FROM entries e JOIN feeds f ON f.id = e.feed_id""",
    Facet.IS: "SELECT iif(a.duplicate_of IS NULL, 'original', 'copy') AS value, a.id FROM articles a",
}


def counts(db: Database, ids: list[int], facet: Facet, limit: int) -> FacetCounts:
    order = "value" if facet is Facet.DAY else "count DESC, value"
    rows = db.rows(
        f"""
        SELECT value, count(*) AS count FROM ({_COUNTED[facet]})
        WHERE value <> '' AND id IN (SELECT value FROM json_each(?)) GROUP BY value ORDER BY {order} LIMIT ?
        """,
        (json.dumps(ids), -1 if facet is Facet.DAY else limit),
    )
    return FacetCounts(tuple((row["value"], row["count"]) for row in rows), exact=True)
