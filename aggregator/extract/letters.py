"""Texts reduced to what two printings of them have in common: their letters and digits, or their letters in one case.

Asked for each block and line of a page several times over, so texts in ASCII take a way of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import is_normalized, normalize

_NOT_LETTERS = re.compile(r"[\W_]+")
_NOT_LETTERS_OF_ASCII = bytes(code for code in range(128) if not chr(code).isalnum())
_LONGEST_KEPT = 2000  # characters of a text that is remembered
_DOTLESS = "\u0131"  # Turkish has an I with a dot and one without, which lose their difference in capitals
_ONE_I = str.maketrans({_DOTLESS: "i", "\u0307": None})


def squeeze(text: str) -> str:
    """Return letters and digits only, case folded: what two printings of one line have in common."""
    return _squeezed(text) if len(text) <= _LONGEST_KEPT else _squeezed.__wrapped__(text)


@lru_cache(maxsize=2048)  # rules one after the other ask for the same lines, and so do pages of one site
def _squeezed(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _NOT_LETTERS_OF_ASCII).decode().lower()
    text = text if is_normalized("NFC", text) else normalize("NFC", text)
    return _NOT_LETTERS.sub("", "".join(text.split())).casefold()


def folded(text: str) -> str:
    """Return the text in small letters with plain apostrophes and single spaces: what `phrases` are looked for in."""
    text = " ".join(text.replace("\u2019", "'").split()).lower()
    return text if text.isascii() else text.translate(_ONE_I)


def phrases(lines: str) -> tuple[re.Pattern[str], ...]:
    """Return regular expressions, one a line in small letters, for `folded` text: four times as quick as IGNORECASE."""
    return tuple(re.compile(line.translate(_ONE_I)) for line in lines.strip().splitlines())
