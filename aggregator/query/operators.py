"""Which of the words in capitals are operators: OR, AND, NOT, NEAR and NEAR/5, where terms stand beside them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.query.scanning import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.query.scanning import Token


class Op(StrEnum):
    OR = "OR"
    AND = "AND"
    NOT = "NOT"
    NEAR = "NEAR"


_OPERATOR = re.compile(r"(OR|AND|NOT|NEAR)(?:(?<=NEAR)/\d{1,9})?", re.ASCII)


def operator_of(token: Token) -> Op | None:
    """Return the operator that a token would be at the right place."""
    found = _OPERATOR.fullmatch(token.text) if token.bare else None
    return Op(found[1]) if found else None


def operators(tokens: list[Token]) -> dict[int, Op]:
    """Return the operators by where they stand. Signs that could only be operators, and are none, are taken out."""
    found = _found(tokens)
    if idle := [at for at, token in enumerate(tokens) if at not in found and token.typed in {"|", "||"}]:
        for at in reversed(idle):
            del tokens[at]
        found = _found(tokens)
    if all(operator_of(token) for token in tokens if token.kind is Kind.TERM):
        return {}  # nothing that they could join
    return found


def _found(tokens: Sequence[Token]) -> dict[int, Op]:
    found: dict[int, Op] = {}
    for at, token in enumerate(tokens):
        op = operator_of(token)
        if op and (op is Op.NOT or _ends_a_term(tokens, at - 1, found)) and _begins_a_term(tokens, at + 1):
            found[at] = op
    return found


def _ends_a_term(tokens: Sequence[Token], at: int, found: dict[int, Op]) -> bool:
    return at >= 0 and tokens[at].kind is not Kind.OPEN and at not in found


def _begins_a_term(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a term begins here; a NOT begins one when a term follows it."""
    while at < len(tokens) and operator_of(tokens[at]) is Op.NOT:
        at += 1
    return at < len(tokens) and tokens[at].kind is not Kind.CLOSE
