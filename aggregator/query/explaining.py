"""A query written out for a person: what must hold, as a small tree of plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.models import AllOf, AnyOf, Field, Filter, Near, Not, Period, Sort, Words
from aggregator.times import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from aggregator.models import Node, Query

_WHERE = {Field.TITLE: "title: ", Field.BYLINE: "author: ", Field.TEXT: "text: ", Field.ANY: ""}
_SORTS = {
    Sort.RELEVANCE: "best first", Sort.NEW: "newest first", Sort.OLD: "oldest first",
}  # fmt: skip


def explain_query(query: Query, zone: tzinfo | None = None) -> list[str]:
    """Return how a query was read, line by line; instants are shown in `zone`, else in UTC."""
    lines = ["every article"] if query.tree is None else list(_lines(query.tree, zone))
    if query.in_revisions:
        lines.append("earlier texts are searched as well")
    if query.as_of:
        lines.append(f"the texts are those of {_moment(query.as_of, zone)}")
    lines.append(_SORTS[query.sort] if has_words(query.tree) or query.sort is Sort.OLD else "newest first")
    return lines


def has_words(tree: Node | None) -> bool:
    """Tell whether a query asks for words, so that hits can be ranked."""
    match tree:
        case AllOf(nodes) | AnyOf(nodes):
            return any(has_words(node) for node in nodes)
        case Words() | Near():
            return True
        case _:
            return False


def _lines(node: Node, zone: tzinfo | None) -> Iterator[str]:
    match node:
        case AllOf(nodes):
            yield "all of"
            yield from _branches(nodes, zone)
        case AnyOf(()):
            yield "nothing"
        case AnyOf(nodes):
            yield "any of"
            yield from _branches(nodes, zone)
        case Not(AllOf() | AnyOf() as inner):
            yield "not"
            yield from _branches((inner,), zone)
        case Not(inner):
            yield f"not {next(_lines(inner, zone))}"
        case _:
            yield _leaf(node, zone)


def _branches(nodes: Sequence[Node], zone: tzinfo | None) -> Iterator[str]:
    for at, node in enumerate(nodes):
        last = at == len(nodes) - 1
        for number, line in enumerate(_lines(node, zone)):
            if number:
                yield f"{'   ' if last else '│  '}{line}"
            else:
                yield f"{'└─ ' if last else '├─ '}{line}"


def _leaf(node: Node, zone: tzinfo | None) -> str:
    match node:
        case Words():
            return _words(node)
        case Near(words, distance):
            where = _WHERE[words[0].field] if len({each.field for each in words}) == 1 else ""
            return f"{where}{', '.join(_bare(each) for each in words)} within {distance} words of each other"
        case Filter(facet, value):
            return f"{facet}: {value}"
        case Period(since, before):
            return _period(since, before, zone)
        case _:
            raise TypeError(node)


def _words(words: Words) -> str:
    return f"{_WHERE[words.field]}{_bare(words)}"


def _bare(words: Words) -> str:
    text = f"“{words.text}”" if words.exact else words.text
    return f"{text}…" if words.prefix else text


def _period(since: datetime | None, before: datetime | None, zone: tzinfo | None) -> str:
    parts = []
    if since:
        parts.append(f"from {_moment(since, zone)}")
    if before:
        parts.append(f"before {_moment(before, zone)}")
    return f"dated {' and '.join(parts)}"


def _moment(moment: datetime, zone: tzinfo | None) -> str:
    if zone is None:
        return to_text(moment)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}".strip()
