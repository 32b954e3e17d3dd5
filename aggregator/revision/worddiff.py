"""What an edit changed, word by word, with as much around it as a person needs to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from aggregator.revision.cosmetic import words_of
from aggregator.revision.matching import Range, gaps, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = 12  # words on either side
BREAK = "\n"  # stands between paragraphs as a word of its own
Kind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    """Words that stand in both texts, or in one only; paragraphs are parted by a line break."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the text in which something changed."""

    pieces: tuple[Piece, ...]
    skips_before: bool = False  # there is unchanged text before it that is not shown
    skips_after: bool = False


class _Word(NamedTuple):
    kind: Kind
    word: str


def word_diff(old: str, new: str, context: int = CONTEXT) -> list[Passage]:
    """Return the passages that differ, in order; none when only typography and blanks do."""
    before, after = _lines(old), _lines(new)
    words: list[_Word] = []
    at = 0
    for gap in gaps(len(before), len(after), matches(_keys(before), _keys(after))):
        words += _same(_words(after[at : gap.b]))
        words += _compared(_words(before[gap.a : gap.a_end]), _words(after[gap.b : gap.b_end]))
        at = gap.b_end
    words += _same(_words(after[at:]))
    return list(_passages(words, context))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _keys(words: list[str]) -> list[str]:
    """Return what makes two words or lines the same: what they say, typography aside."""
    return [" ".join(words_of(word)) if word != BREAK else BREAK for word in words]


def _words(lines: list[str]) -> list[str]:
    return [word for line in lines for word in (*line.split(), BREAK)]


def _same(words: list[str]) -> Iterator[_Word]:
    return (_Word("same", word) for word in words)


def _compared(old: list[str], new: list[str]) -> Iterator[_Word]:
    """Yield the words of both, what is gone before what came; of equal ones those of the newer text."""
    at = 0
    keys_old, keys_new = _keys(old), _keys(new)
    for gap in gaps(len(old), len(new), matches(keys_old, keys_new)):
        yield from _same(new[at : gap.b])
        gone, came = _parted(old, new, gap)
        if _say_the_same(gone, came):
            yield from _same(came)
        else:
            yield from (_Word("removed", word) for word in gone)
            yield from (_Word("added", word) for word in came)
        at = gap.b_end
    yield from _same(new[at:])


def _parted(old: list[str], new: list[str], gap: Range) -> tuple[list[str], list[str]]:
    return old[gap.a : gap.a_end], new[gap.b : gap.b_end]


def _say_the_same(gone: list[str], came: list[str]) -> bool:
    """Tell whether two runs differ in blanks and breaks only ("e mail", a paragraph that was split)."""
    return words_of(" ".join(gone)) == words_of(" ".join(came))


def _passages(words: list[_Word], context: int) -> Iterator[Passage]:
    for start, end in _shown(words, context):
        pieces = tuple(
            Piece(kind, _text(group)) for kind, group in groupby(words[start:end], key=lambda word: word.kind)
        )
        yield Passage(pieces, skips_before=start > 0, skips_after=end < len(words))


def _shown(words: list[_Word], context: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of the text that lie within `context` words of a change."""
    start = end = -1
    for at, word in enumerate(words):
        if word.kind == "same":
            continue
        if start >= 0 and at - context > end:
            yield start, end
            start = -1
        start = max(at - context, 0) if start < 0 else start
        end = min(at + context + 1, len(words))
    if start >= 0:
        yield start, end


def _text(words: Iterator[_Word]) -> str:
    return " ".join(word.word for word in words).replace(f" {BREAK} ", BREAK).replace(f" {BREAK}", BREAK)
