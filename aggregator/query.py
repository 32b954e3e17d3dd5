r"""What a person typed into the search box, understood: text in, `Query` out. It never fails.

The language: words (all must occur), "a phrase", `a OR b`, `-word`, `prefix*`, `title:word`, `author:word`.
Everything else is words. Three steps, each one small: split into terms, join the terms into a tree, write
the tree in the archive's index language (SQLite FTS5, https://sqlite.org/fts5.html, section 3).
Every term is written as a quoted FTS5 string, so nothing that is typed can be an operator there, and
FTS5 splits it as it split the articles: `don't` becomes the phrase don + t.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.models import Query, queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

MOST_TERMS = 64  # words that a search can have: each one costs a look-up in the index
_LONGEST = 10_000  # characters that are looked at: 64 words are never longer, and a paste may be

# Names that a person uses for the columns of the index.
_COLUMNS = {"title": "title", "author": "byline"}

# Finds nothing, whatever the archive holds. FTS5 has no word for "nothing" that is documented as one.
NOTHING = '"0nothing0" NOT "0nothing0"'

# ------------------------------------------------------------------------------------------------ the tree


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase, perhaps in one column only; `prefix`: its last word may go on."""

    text: str
    column: str = ""
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    wanted: Node
    unwanted: Node


Node = Term | AllOf | AnyOf | Without


@dataclass(frozen=True, slots=True)
class _Typed:
    """A term as it stands in what was typed."""

    term: Term
    negated: bool = False
    bare: bool = False  # without quotes, column or star: could be an operator


# -------------------------------------------------------------------------------------------------- typed


def parse_query(
    typed: str,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    feed: str = "",
    limit: int = 20,
) -> Query:
    """Return what `typed` asks for. Any text is a query; its `hint` says where the reading may surprise."""
    everything = Query(match="", since=since, before=before, feed=feed, limit=limit)
    if not typed.strip():
        return everything
    terms, cut = _cut(_terms(typed[:_LONGEST]), MOST_TERMS)
    hints = _hints(typed, terms, cut=cut or len(typed) > _LONGEST)
    hint = "; ".join(hints)
    terms = _without_idle(terms)
    contained, terms = _contained(terms)
    if contained and not terms:
        return replace(everything, contains=contained, hint=hint)
    if terms and all(each.negated for each in terms):
        unwanted = AnyOf(tuple(each.term for each in terms))
        return replace(everything, contains=contained, without=compile_match(unwanted), hint=hint)
    tree = _tree(terms)
    match = NOTHING if tree is None else compile_match(tree)
    return replace(everything, match=match, contains=contained, hint=hint)


def asked(
    typed: str,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    feed: str = "",
    limit: int = 20,
) -> queries.Query:
    """Return what `typed` asks the archive for."""
    terms = _without_idle(_cut(_terms(typed[:_LONGEST]), MOST_TERMS)[0])
    nodes: list[queries.Node] = [queries.Not(_node(each.term)) for each in terms if each.negated]
    nodes += [_node(each) for each in _alternatives([each for each in terms if not each.negated])]
    if feed:
        nodes.append(queries.Filter(queries.Facet.FEED, feed))
    if since or before:
        nodes.append(queries.Period(since, before))
    if typed.strip() and not terms:
        nodes.append(queries.AnyOf(()))
    hint = parse_query(typed).hint
    return queries.Query(queries.AllOf(tuple(nodes)) if nodes else None, limit=limit, hint=hint)


def _node(node: Node) -> queries.Node:
    match node:
        case Term(text, column, prefix):
            field = queries.Field(column) if column else queries.Field.ANY
            return queries.Words(text, field, prefix=prefix and not _is_unspaced(text))
        case AnyOf(nodes):
            return queries.AnyOf(tuple(_node(each) for each in nodes))
        case AllOf(nodes):
            return queries.AllOf(tuple(_node(each) for each in nodes))
        case Without(wanted, unwanted):
            return queries.AllOf((_node(wanted), queries.Not(_node(unwanted))))


# What cannot be in a term: controls end a C string or drive a terminal, surrogates cannot be encoded.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))

# An opening bracket before a term and anything between terms is skipped.
_TERM = re.compile(
    r"""
    (?P<minus> (?<![^\s(]) - (?![\s-]) )?
    (?: (?P<column> title | author ) : (?=\S) )?
    (?: " (?P<phrase> [^"]* ) " (?P<star> \* )?
      | (?P<word> [^\s"(] [^\s"]* ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# What the index keeps: letters, numbers and the private use areas; all else only separates
# (tokenizer unicode61: categories L*, N* and Co).
_RUN = re.compile("(?:[^\\W_]|[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd])+")

# Scripts in which words are not set apart, or carry their particles with them (Hangul): Thai, Lao, Burmese,
# Khmer, kana, Han. The index holds a whole run of them as one word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


def _terms(typed: str) -> Iterator[_Typed]:
    """Split into terms, in their order, leaving out those in which there is nothing that the index keeps."""
    text = _UNUSABLE.sub(" ", typed).translate(_QUOTES)
    if text.count('"') % 2:  # the last quote opens nothing
        text = " ".join(text.rsplit('"', 1))
    for found in _TERM.finditer(text):
        if _RUN.search(found["word"] or found["phrase"] or ""):
            yield _typed(found)


def _typed(found: re.Match[str]) -> _Typed:
    column = _COLUMNS.get((found["column"] or "").lower(), "")
    negated = found["minus"] is not None
    if found["word"] is None:
        return _Typed(_new_term(found["phrase"], column, prefix=found["star"] is not None), negated)
    word = found["word"].rstrip(")")
    text = word.rstrip("*")
    bare = not column and not negated and text == word
    return _Typed(_new_term(text, column, prefix=text != word), negated, bare)


def _new_term(text: str, column: str, *, prefix: bool) -> Term:
    """Build a term; one in unspaced script is always a prefix, or it would find next to nothing."""
    return Term(text, column, prefix=prefix or _is_unspaced(text))


def _is_unspaced(text: str) -> bool:
    return _UNSPACED.search(_RUN.findall(text)[-1]) is not None


def _cut(terms: Iterable[_Typed], most: int) -> tuple[list[_Typed], bool]:
    """Keep the first terms, of `most` words together, and say whether that left any out."""
    kept: list[_Typed] = []
    left = most
    for typed in terms:
        runs = list(_RUN.finditer(typed.term.text))
        if len(runs) > left:
            if left:
                short = typed.term.text[: runs[left - 1].end()]
                kept.append(replace(typed, term=replace(typed.term, text=short)))
            return kept, True
        kept.append(typed)
        left -= len(runs)
    return kept, False


# --------------------------------------------------------------------------------------------------- tree


def _contained(terms: list[_Typed]) -> tuple[tuple[str, ...], list[_Typed]]:
    """Take out the words in unspaced script that must occur: the index would find them only where a run begins."""
    beside_or = {
        at
        for at, typed in enumerate(terms)
        if any(0 <= near < len(terms) and _is_operator(terms[near], "OR") for near in (at - 1, at + 1))
    }
    taken = [
        at
        for at, typed in enumerate(terms)
        if not typed.negated
        and not typed.term.column
        and at not in beside_or
        and _is_unspaced(typed.term.text)
    ]
    rest = [typed for at, typed in enumerate(terms) if at not in taken]
    return tuple(terms[at].term.text.strip() for at in taken), rest


def _without_idle(terms: list[_Typed]) -> list[_Typed]:
    """Leave out the operators beside a -word: FTS5 cannot say "a or not b"."""
    idle = set(_idle(terms))
    return [typed for at, typed in enumerate(terms) if at not in idle]


def _idle(terms: list[_Typed]) -> Iterator[int]:
    for at in range(1, len(terms) - 1):
        if (terms[at - 1].negated or terms[at + 1].negated) and _is_operator(terms[at], "OR", "AND"):
            yield at


def _tree(terms: list[_Typed]) -> Node | None:
    """Join the terms; None if there is none to look for. OR binds closer than standing side by side."""
    unwanted = tuple(typed.term for typed in terms if typed.negated)
    wanted = tuple(_alternatives([typed for typed in terms if not typed.negated]))
    if not wanted:
        return None
    node = wanted[0] if len(wanted) == 1 else AllOf(wanted)
    if not unwanted:
        return node
    return Without(node, unwanted[0] if len(unwanted) == 1 else AnyOf(unwanted))


def _alternatives(terms: list[_Typed]) -> Iterator[Node]:
    """Group `a OR b OR c`; an operator counts as one only between two terms, elsewhere it is a word."""
    at = 0
    while at < len(terms):
        options: list[Node] = [terms[at].term]
        while at + 2 < len(terms) and _is_operator(terms[at + 1], "OR"):
            at += 2
            options.append(terms[at].term)
        yield options[0] if len(options) == 1 else AnyOf(tuple(options))
        at += 1
        if at + 1 < len(terms) and _is_operator(terms[at], "AND"):  # says what holds anyway
            at += 1


def _is_operator(typed: _Typed, *names: str) -> bool:
    return typed.bare and typed.term.text in names


# -------------------------------------------------------------------------------------------------- match


def compile_match(node: Node) -> str:
    """Write a tree as an FTS5 query."""
    match node:
        case Term():
            return _match_of(node)
        case AllOf(nodes):
            return " AND ".join(_operand(each) for each in nodes)
        case AnyOf(nodes):
            return " OR ".join(_operand(each) for each in nodes)
        case Without(wanted, unwanted):
            return f"{_operand(wanted)} NOT {_operand(unwanted)}"


def _match_of(term: Term) -> str:
    column = f"{term.column} : " if term.column else ""
    quoted = term.text.replace('"', '""')
    return f'{column}"{quoted}"{"*" if term.prefix else ""}'


def _operand(node: Node) -> str:
    return compile_match(node) if isinstance(node, Term) else f"({compile_match(node)})"


# -------------------------------------------------------------------------------------------------- hints

_SHOWN = 40  # characters of what was typed that a hint repeats
_GROUP = re.compile(r"(?<!\S)(?:-|title:|author:)\(", re.IGNORECASE)


def _hints(typed: str, terms: list[_Typed], *, cut: bool) -> Iterator[str]:
    """Say, one by one, where the reading may surprise."""
    if not terms:
        yield f"nothing to search for in {_shown(typed)}: it has no letters and no digits"
    elif all(each.negated for each in terms):
        yield f"{_shown(typed)} only leaves out: everything else is listed, newest first"
    if cut:
        yield f"only the first {MOST_TERMS} words were used"
    if any(_is_operator(terms[at], "OR") for at in _idle(terms)):
        yield "OR beside a -word was not used: a -word is left out of all results"
    if any(_is_operator(each, "NOT") for each in terms[1:-1]):
        yield "NOT was read as a word: write -word to leave a word out"
    if any(each.term.text.startswith("NEAR(") for each in terms):
        yield "NEAR was read as a word"
    if _GROUP.search(typed) or ("(" in typed and any(_is_operator(each, "OR") for each in terms)):
        yield "brackets were read as spaces: OR joins the two terms beside it, - and title: go before each"
    contained, rest = _contained(_without_idle(terms))
    if contained:
        yield f"{_shown(contained[0])} is looked for letter by letter, which takes longer in a large archive"
    unspaced = [each.term.text for each in rest if _is_unspaced(each.term.text)]
    if unspaced:
        yield f"{_shown(unspaced[0])} is found where a run of letters starts with it"


def _shown(text: str) -> str:
    short = _UNUSABLE.sub(" ", text).strip()
    return f"“{short[:_SHOWN]}…”" if len(short) > _SHOWN else f"“{short}”"
