"""Words with a sign that is part of them: C++, C#, #tag, @name, $5, 5%, .NET. Found as typed, and by the word alone."""

# ruff: noqa: RUF001  signs of other scripts

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.terms.letters import LONGEST, folded, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE = "#@$€£¥₹₽₩₺₫฿₴."
_AFTER = "+#%‰"
_SIGNS = tuple(dict.fromkeys(_BEFORE[:-1] + _AFTER))
# a pattern that begins with one letter is searched for at many times the pace
_DOT = re.compile(r"\.(?<!\S\.)(?=[^\W_])")
_WORD_AFTER = re.compile(r"[^\W_]\w*")
_WORD_BEFORE = re.compile(r"[^\W_]+\Z")
_SIGN_AFTER = re.compile(rf"(?:\+\+|[{re.escape(_AFTER)}])(?![\w+])")
_GLUED = frozenset("#@&/+.")  # a sign behind one of these is part of an address, not of a word
_WIDE = dict(zip("＃＠＄％＋．￥", "#@$%+.¥", strict=True))
TAG = "\ue003"  # private use: begins such a word in the index, which keeps letters alone
_LETTERS = {sign: chr(0xE060 + at) for at, sign in enumerate(dict.fromkeys(_BEFORE + _AFTER))}


def signs_in(text: str) -> set[str]:
    """Return the signed words of a text as the index holds them."""
    if not text.isascii():
        for wide, narrow in _WIDE.items():
            text = text.replace(wide, narrow)  # finds nothing at a hundredth of the cost of `translate`
    found = set()
    for at in _places_of_signs(text):
        before, after = _word_before(text, at), _word_after(text, at)
        if after and not before and (not at or text[at - 1] not in _GLUED):
            found.add(f"{TAG}{_LETTERS[text[at]]}{after}")
        elif before and text[at] in _AFTER and (sign := _SIGN_AFTER.match(text, at)):
            written = "".join(_LETTERS[letter] for letter in sign.group())
            found.add(f"{TAG}{before}{written}")
    return found


def _places_of_signs(text: str) -> Iterator[int]:
    for sign in _SIGNS:
        at = text.find(sign)
        while at >= 0:
            yield at
            at = text.find(sign, at + 1)
    for dot in _DOT.finditer(text):
        yield dot.start()


def _word_after(text: str, at: int) -> str:
    """Return the folded word behind a sign. A part of a price stands for it: $5.50 is $5 and 50."""
    if text[at] not in _BEFORE:
        return ""
    found = _WORD_AFTER.match(text, at + 1)
    return folded(plain(found.group()[:LONGEST])) if found else ""


def _word_before(text: str, at: int) -> str:
    found = _WORD_BEFORE.search(text[max(0, at - LONGEST) : at])
    return folded(plain(found.group())) if found else ""
