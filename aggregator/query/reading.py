"""Tokens joined into the tree that the archive answers.

Standing side by side means "and". OR joins the two terms beside it; a written AND joins closer still, as in logic:
`a b OR c` is a and (b or c), `a AND b OR c` is (a and b) or c. An operator is one only in capitals and between two
terms; anywhere else it is a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.models import AllOf, AnyOf, Facet, Field, Filter, Near, Node, Not, Period, Query, Sort, Words
from aggregator.query.fields import DATES, FIELDS, IN_WORDS, Misread, Whole, meaning
from aggregator.query.hints import hints
from aggregator.query.operators import Op, operators
from aggregator.query.scanning import Kind, Token, scan, scan_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

DEEPEST = 20  # brackets in brackets; nobody reads deeper
FARTHEST = 500  # words between two that are near each other
_NEAR = Near(()).distance


def parse_query(
    typed: str, now: datetime, *, since: datetime | None = None, before: datetime | None = None, feed: str = "",
    limit: int = 20,
) -> Query:  # fmt: skip
    """Return what `typed` asks for, seen from `now` and its time zone. Any text is a query.

    `since`, `before` and `feed` narrow it further. The query's `hint` says where the reading may surprise.
    """
    scanned = scan(typed, FIELDS, DATES)
    tokens, unmatched = _balanced(scanned.tokens)
    reader = _Reader(tokens, now)
    tree = reader.read()
    if tree is None and not reader.understood and typed.strip():
        tree = AnyOf(())
    whole, hint = reader.whole, "; ".join(hints(typed, scanned, tree, reader.remarks, unmatched=unmatched))
    return Query(
        tree=narrowed(tree, since=since, before=before, feed=feed),
        sort=whole.sort or Sort.RELEVANCE,
        limit=limit,
        in_revisions=whole.in_revisions,
        as_of=whole.as_of,
        hint=hint,
    )


def narrowed(
    tree: Node | None, *, since: datetime | None = None, before: datetime | None = None, feed: str = ""
) -> Node | None:
    """Return the tree with these conditions added."""
    nodes = [] if tree is None else [tree]
    if since or before:
        nodes.append(Period(since, before))
    if feed:
        nodes.append(Filter(Facet.FEED, feed))
    return _all_of(nodes)


def _balanced(tokens: Sequence[Token]) -> tuple[list[Token], bool]:
    """Leave out brackets without a partner, and those too deep; say whether there were any."""
    open_at: list[int] = []
    idle: set[int] = set()
    for at, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            open_at.append(at)
            if len(open_at) > DEEPEST and not token.minus:
                idle.add(at)
        elif token.kind is Kind.CLOSE and (not open_at or open_at.pop() in idle):
            idle.add(at)
    idle.update(open_at)
    deepest = _depth(token for at, token in enumerate(tokens) if at not in idle)
    if deepest > DEEPEST:  # nothing but -( in -( …
        idle.update(at for at, token in enumerate(tokens) if token.kind in {Kind.OPEN, Kind.CLOSE})
    return [token for at, token in enumerate(tokens) if at not in idle], bool(idle)


def _depth(tokens: Iterable[Token]) -> int:
    deep = deepest = 0
    for token in tokens:
        deep += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
        deepest = max(deep, deepest)
    return deepest


@dataclass
class _Reader:
    """Reads balanced tokens from left to right, one rule of the grammar a method."""

    tokens: list[Token]
    now: datetime
    whole: Whole = field(default_factory=Whole)
    understood: bool = False  # something was asked for, even if it is no condition (sort:new)
    remarks: list[str] = field(default_factory=list)
    _at: int = 0
    _ops: dict[int, Op] = field(default_factory=dict)

    def read(self) -> Node | None:
        self._ops = operators(self.tokens)
        return self._side_by_side("")

    def _peek(self) -> Token | None:
        return self.tokens[self._at] if self._at < len(self.tokens) else None

    def _is(self, *ops: Op) -> bool:
        return self._ops.get(self._at) in ops

    def _side_by_side(self, name: str) -> Node | None:
        """Read up to the closing bracket or the end; `name` is the field that stands before the bracket."""
        nodes: list[Node] = []
        while (token := self._peek()) and token.kind is not Kind.CLOSE:
            node = self._alternatives(name)
            if node is not None:
                nodes.append(node)
        self._at += 1
        return _all_of(nodes)

    def _alternatives(self, name: str) -> Node | None:
        nodes = [self._all(name)]
        while self._is(Op.OR):
            self._at += 1
            nodes.append(self._all(name))
        return _any_of([node for node in nodes if node is not None])

    def _all(self, name: str) -> Node | None:
        nodes = [self._unary(name)]
        while self._is(Op.AND):
            self._at += 1
            nodes.append(self._unary(name))
        return _all_of([node for node in nodes if node is not None])

    def _unary(self, name: str) -> Node | None:
        negations = 0
        while self._is(Op.NOT):
            self._at += 1
            negations += 1
        node = self._nearby(name)
        return _not(node) if negations % 2 else node

    def _nearby(self, name: str) -> Node | None:
        nodes = [self._atom(name)]
        distance = _NEAR
        while self._is(Op.NEAR):
            distance = _distance(self.tokens[self._at].text, distance)
            self._at += 1
            nodes.append(self._atom(name))
        if len(nodes) == 1:
            return nodes[0]
        words = [node for node in nodes if isinstance(node, Words)]
        if len(words) == len(nodes):
            return Near(tuple(words), distance)
        self.remarks.append("NEAR stands between words only, so both sides of it must match anywhere")
        return _all_of([node for node in nodes if node is not None])

    def _atom(self, name: str) -> Node | None:
        token = self.tokens[self._at]
        self._at += 1
        match token.kind:
            case Kind.OPEN:
                inner = token.field or name
                node = self._side_by_side(inner)
            case Kind.NEAR:
                node = self._near(token, token.field or name)
            case _:
                node = self._term(token, token.field or name)
        return _not(node) if token.minus else node

    def _near(self, token: Token, name: str) -> Node | None:
        terms, distance = scan_near(token.text)
        self.understood = self.understood or bool(terms)
        words = tuple(_words(term, _in(name)) for term in terms)
        if len(words) > 1:
            return Near(words, max(0, min(_NEAR if distance is None else distance, FARTHEST)))
        return words[0] if words else None

    def _term(self, token: Token, name: str) -> Node | None:
        self.understood = True
        if not name or name in IN_WORDS:
            return _words(token, _in(name))
        found = meaning(name, token.text, self.now)
        if isinstance(found, Whole) and token.minus:
            found = Misread(f"{name}: cannot be left out")
        match found:
            case Whole():
                self.whole = Whole(
                    found.sort or self.whole.sort,
                    found.in_revisions or self.whole.in_revisions,
                    found.as_of or self.whole.as_of,
                )
                return None
            case Misread(why):
                self.remarks.append(f"{token.whole} was searched as words: {why}")
                return _words(replace(token, text=token.whole, quoted=False), Field.ANY)
            case _:
                return found


def _in(name: str) -> Field:
    return IN_WORDS.get(name, Field.ANY)


def _words(token: Token, where: Field) -> Words:
    return Words(token.text, where, exact=token.quoted, prefix=token.prefix)


def _distance(operator: str, default: int) -> int:
    found = re.fullmatch(r"NEAR/(\d{1,9})", operator, re.ASCII)
    return min(int(found[1]), FARTHEST) if found else default


# ------------------------------------------------------------------------------------------------ the tree


def _all_of(nodes: Sequence[Node]) -> Node | None:
    """Join what must all hold: no nest in a nest, one period of several."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, AllOf) else (node,))
    periods = [node for node in flat if isinstance(node, Period)]
    if len(periods) > 1:
        at = flat.index(periods[0])
        flat = [node for node in flat if not isinstance(node, Period)]
        flat.insert(at, _overlap(periods))
    return _joined(AllOf, flat)


def _any_of(nodes: Sequence[Node]) -> Node | None:
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, AnyOf) else (node,))
    return _joined(AnyOf, flat)


def _joined(kind: type[AllOf | AnyOf], nodes: Sequence[Node]) -> Node | None:
    once = tuple(dict.fromkeys(nodes))
    if not once:
        return None
    return once[0] if len(once) == 1 else kind(once)


def _overlap(periods: Sequence[Period]) -> Period:
    since = [each.since for each in periods if each.since]
    before = [each.before for each in periods if each.before]
    return Period(max(since, default=None), min(before, default=None))


def _not(node: Node | None) -> Node | None:
    if node is None:
        return None
    return node.node if isinstance(node, Not) else Not(node)
