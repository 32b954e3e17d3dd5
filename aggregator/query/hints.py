"""Where the reading of a query may surprise, said in a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.models import AllOf, AnyOf, Not
from aggregator.query.explaining import has_words
from aggregator.query.fields import FIELDS, IN_WORDS, meant_field
from aggregator.query.operators import Op, operator_of, operators
from aggregator.query.scanning import MOST_TERMS, UNUSABLE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.models import Node
    from aggregator.query.scanning import Scanned, Token

_SHOWN = 40  # characters of what was typed that a hint repeats
_LIKE_A_FIELD = re.compile(r"([A-Za-z]{2,20})[:：](?![/\s:]|\Z)")  # noqa: RUF001  full-width
_MINUS_INSIDE = re.compile(r"(?<!\S)(?P<name>[a-z]{2,})[:：][-−](?P<word>[^\W\d_]\w*)", re.IGNORECASE)  # noqa: RUF001
_MOST = 4  # hints that help; more only hide each other


def hints(
    typed: str, scanned: Scanned, tree: Node | None, remarks: Sequence[str], *, unmatched: bool
) -> Iterator[str]:
    """Say, one by one, how the query was read; the first few that there are."""
    found = list(dict.fromkeys(_all_hints(typed, scanned, tree, remarks, unmatched=unmatched)))
    yield from found[:_MOST]


def _all_hints(
    typed: str, scanned: Scanned, tree: Node | None, remarks: Sequence[str], *, unmatched: bool
) -> Iterator[str]:
    if tree == AnyOf(()):
        yield f"nothing to search for in {shown(typed)}: it has no letters and no digits"
    elif _only_leaves_out(tree):
        yield f"{shown(typed)} only leaves out: everything else is listed, newest first"
    if scanned.cut:
        yield f"only the first {MOST_TERMS} words were used"
    for name in dict.fromkeys(scanned.stray):
        yield f"{name}: stands alone and was searched as a word; write {name}:something, without a space"
    yield from _minus_inside(typed)
    yield from map(_short, remarks)
    yield from _unknown_fields(scanned.tokens)
    if scanned.unclosed:
        yield "a quote is not closed: what follows it was read as words"
    if unmatched:
        yield "unmatched brackets, and brackets nested too deep, were left out"
    yield from _about_operators(list(scanned.tokens))


def _minus_inside(typed: str) -> Iterator[str]:
    for found in _MINUS_INSIDE.finditer(typed):
        name, word = found["name"].lower(), found["word"][:_SHOWN]
        if name in IN_WORDS:
            yield f"{name}:-{word} was read as {name}:{word}; -{name}:{word} leaves it out"


def _only_leaves_out(tree: Node | None) -> bool:
    """Tell whether there are words, and only such as must not occur; with filters that is nothing special."""
    nodes = tree.nodes if isinstance(tree, AllOf) else (tree,)
    left_out = [node.node for node in nodes if isinstance(node, Not)]
    return len(left_out) == len(nodes) and any(has_words(node) for node in left_out)


def _unknown_fields(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        found = _LIKE_A_FIELD.match(token.text) if token.kind is Kind.TERM and not token.quoted else None
        if found and found[1].lower() not in FIELDS:
            meant = meant_field(found[1])
            cure = f"; did you mean {meant}:?" if meant else ""
            yield f"{found[1][:_SHOWN]}: is not a field, so {shown(token.text)} was searched as words{cure}"


def _about_operators(tokens: list[Token]) -> Iterator[str]:
    terms = [token for token in tokens if token.kind is Kind.TERM]
    used = operators(tokens)
    idle = {operator_of(token) for at, token in enumerate(tokens) if at not in used} - {None}
    if idle and any(not operator_of(token) for token in terms):
        for op in sorted(each for each in idle if each):
            yield f"{op} was searched as a word: it needs a term beside it"
    words = "".join(token.text for token in terms if not operator_of(token))
    if used and words.isupper() and Op.NOT in used.values():
        yield "NOT was read as an operator; write it in small letters to search for the word"


def _short(remark: str) -> str:
    plain = UNUSABLE.sub(" ", remark)
    return f"{plain[:300]}…" if len(plain) > 300 else plain  # noqa: PLR2004  a few lines


def shown(text: str) -> str:
    """Quote what was typed, shortened."""
    short = UNUSABLE.sub(" ", text).strip()
    return f"“{short[:_SHOWN]}…”" if len(short) > _SHOWN else f"“{short}”"
