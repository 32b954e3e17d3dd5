"""Words with a sign that is part of them: C++, C#, #tag, @name, $5, 5%, .NET. Found as typed, and by the word alone."""

# ruff: noqa: RUF001  signs of other scripts

from __future__ import annotations

import re

from aggregator.terms.letters import LONGEST, folded, plain

_BEFORE = "#@$€£¥₹₽₩₺₫฿₴."
_AFTER = "+#%‰"
_ANY = re.compile(f"[{_BEFORE}{_AFTER}]")
_SIGNED = re.compile(
    rf"""
    (?<![\w.#@&/+]) (?P<before> [{re.escape(_BEFORE)}] ) (?P<word> [^\W_]\w* )
    | (?P<stem> [^\W_]+ ) (?P<after> \+\+ | [{re.escape(_AFTER)}] ) (?! [\w+] )
    """,
    re.VERBOSE,
)
_WIDE = str.maketrans("＃＠＄％＋．￥", "#@$%+.¥")
TAG = "\ue003"  # private use: begins such a word in the index, which keeps letters alone
_LETTERS = {sign: chr(0xE060 + at) for at, sign in enumerate(dict.fromkeys(_BEFORE + _AFTER))}


def signs_in(text: str) -> set[str]:
    """Return the signed words of a text as the index holds them."""
    if not _ANY.search(text) and text.isascii():
        return set()
    found = set()
    for each in _SIGNED.finditer(text.translate(_WIDE)):
        sign = each["before"] or each["after"]
        word = folded(plain(each["word"] or each["stem"])[:LONGEST])
        written = "".join(_LETTERS[letter] for letter in sign)
        # a part of a price or a version stands for it: $5.50 is $5 and 50
        found.add(f"{TAG}{written}{word}" if each["before"] else f"{TAG}{word}{written}")
    return found
