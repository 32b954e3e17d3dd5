"""The passage of a text that shows best why it was found: all its words close together, not the first of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from aggregator.models import MARK_END, MARK_START
from aggregator.terms import places

if TYPE_CHECKING:
    from aggregator.archive.index.matching import Match

LONGEST = 240  # characters: about two lines of a terminal
_LOOKED_AT = 40_000  # characters of a text
_BEFORE = 60  # characters shown before the first hit of a passage
_SPACES = re.compile(r"\s+")
_UNMARKABLE = re.compile(f"[{MARK_START}{MARK_END}]")
Place = tuple[int, int, str]  # start, end, form


def passage(text: str, language: str, match: Match) -> str:
    """Return a passage of plain text, the words that were found between MARK_START and MARK_END."""
    text = _UNMARKABLE.sub(" ", text[:_LOOKED_AT])
    hits = places(text, language, lambda form: form in match.forms or form.startswith(match.beginnings))
    start, end = _window(text, hits)
    shown = _marked(text, start, end, hits)
    shown = _SPACES.sub(" ", shown).strip()
    return f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}"


def _window(text: str, hits: list[Place]) -> tuple[int, int]:
    """Return where the shown passage begins and ends: at words, around the most different hits."""
    if len(text) <= LONGEST:
        return 0, len(text)
    anchor, reach = _densest(hits)
    spare = max(0, LONGEST - (reach - anchor))
    start = max(0, anchor - min(_BEFORE, spare // 2))
    start = _sentence_or_word(text, start, anchor)
    end = min(len(text), start + LONGEST)
    return start, end if end == len(text) else _last_space(text, start, end)


def _densest(hits: list[Place]) -> tuple[int, int]:
    best, best_worth = (hits[0][0], hits[0][1]) if hits else (0, 0), 0
    starts = [hit[0] for hit in hits]
    for at, (start, _, _) in enumerate(hits):
        inside = hits[at : bisect_left(starts, start + LONGEST - _BEFORE)]
        worth = 100 * len({form for _, _, form in inside}) + min(len(inside), 99)
        if worth > best_worth:
            best, best_worth = (start, inside[-1][1]), worth
    return best


def _sentence_or_word(text: str, start: int, anchor: int) -> int:
    if not start:
        return 0
    sentence = max(text.rfind(sign, start, anchor) for sign in (". ", "! ", "? ", "\n", "。", "؟ "))
    if sentence >= 0:
        return sentence + 1
    space = text.find(" ", start, anchor)
    return space + 1 if space >= 0 else start


def _last_space(text: str, start: int, end: int) -> int:
    space = text.rfind(" ", start + LONGEST // 2, end)
    return space if space > 0 else end


def _marked(text: str, start: int, end: int, hits: list[Place]) -> str:
    parts: list[str] = []
    at = start
    for first, last in _joined(hits):
        if first < at or last > end:
            continue
        parts += [text[at:first], MARK_START, text[first:last], MARK_END]
        at = last
    return "".join(parts) + text[at:end]


def _joined(hits: list[Place]) -> list[tuple[int, int]]:
    """Join places that overlap, as pairs of letters do."""
    joined: list[tuple[int, int]] = []
    for start, end, _ in hits:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
