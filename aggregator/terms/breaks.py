"""Where words begin in scripts that do not set them apart, by the dictionaries of ICU (Unicode UAX #29, section 4.1).

Pairs of letters find every word of Han, wherever it stands, and also what is none: 京都 stands in 東京都 (東京, 都).
So a text says which pairs are words elsewhere and only neighbours here. Katakana is cut into words altogether.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.terms.letters import has_kana, has_unspaced, is_han_pair, plain, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCALE = "ja"  # ICU has one dictionary for all that is written in Han
_SHORTEST = 3  # letters of a run in which a pair can stand across two words
ACROSS = "\ue004"  # private use: begins the mark of such a pair


def _broken(run: str) -> Iterable[str]:
    from icu4py.breakers import WordBreaker  # noqa: PLC0415  40 ms, and few archives hold such texts

    return WordBreaker(run, _LOCALE)


@lru_cache(maxsize=60_000)
def words_in(run: str) -> tuple[str, ...]:
    """Return the words of a run of letters."""
    return tuple(_broken(run))


def is_word(pair: str) -> bool:
    """Whether two letters of Han are one word when they stand alone."""
    return is_han_pair(pair) and len(words_in(pair)) == 1


def across_in(*texts: str) -> set[str]:
    """Return the pairs that are words elsewhere, and in these texts stand across two words each time."""
    across: set[str] = set()
    inside: set[str] = set()
    for run in (run for text in texts if has_unspaced(text) for run in runs_of(plain(text))):
        if len(run) >= _SHORTEST:
            _sort(run, across, inside)
        else:
            inside.add(run)
    return {pair for pair in across - inside if is_word(pair)}


def _sort(run: str, across: set[str], inside: set[str]) -> None:
    at, last = 0, ""
    has_prefixes = has_kana(run)  # in Japanese, one letter before a word may as well belong to it: 会|社員
    for word in _broken(run):
        if at:
            (inside if has_prefixes and len(last) == 1 else across).add(run[at - 1 : at + 1])
        last = word
        inside.update(word[start : start + 2] for start in range(len(word) - 1))
        at += len(word)
