"""What is wrong with a setting, in words for the person who wrote it; msgspec's are for programmers."""

from __future__ import annotations

import difflib
import re


def nearest(key: str, known: list[str], cutoff: float = 0.6) -> str:
    """Return the name that is most like `key`, "" if none is; `cutoff` is 0 to 1, as difflib has it."""
    return next(iter(difflib.get_close_matches(key, known, n=1, cutoff=cutoff)), "")


def meant(key: str, known: list[str]) -> str:
    close = nearest(key, known)
    return f"; did you mean {close}?" if close else f"; there are {', '.join(known)}"


_WORDS = {
    "Expected `int` >= ": "must be a whole number of at least ",
    "Expected `int` <= ": "must be a whole number of at most ",
    "Expected `float` >= ": "must be a number of at least ",
    "Expected `float` > ": "must be a number above ",
    "Expected `str` matching regex ": "must match ",
    "Expected `str`, got ": "must be text in quotes, not ",
    "Expected `int`, got ": "must be a whole number, not ",
    "Expected `float`, got ": "must be a number, not ",
    "Expected `bool`, got ": "must be true or false, not ",
    "Expected `array`, got ": "must be a list in [ ], not ",
    "Expected `object`, got ": "must be a table in { }, not ",
}
_KINDS = {"`str`": "text", "`int`": "a number", "`float`": "a number", "`bool`": "true or false", "`array`": "a list",
          "`object`": "a table"}  # fmt: skip


def in_words(message: str) -> str:
    message = message.partition(" - at ")[0]
    for said, words in _WORDS.items():
        if message.startswith(said):
            rest = message.removeprefix(said)
            choice = re.fullmatch(r"'\^\(([\w|-]+)\)\$'", rest)
            if choice:
                return f"must be one of {choice[1].replace('|', ', ')}"
            return words + _KINDS.get(rest, rest)
    return message.replace("Expected", "must be", 1).replace("`", "")
