"""A text as stories see it: the words of its title and of its first paragraphs, folded so that wordings meet.

Pure. Case, accents and endings go; Cyrillic and Greek are written in Latin letters, so that names meet across
scripts; where words are not set apart, two characters in a row are a word. A word is kept as its CRC-32: the same on
every machine and in every version, and kept in the archive.
"""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAD = 120  # words of the text that are looked at: what happened stands there, background comes later
LEAD_CHARACTERS = 1_400
TITLE_CHARACTERS = 400
STEM = 6  # letters of a word that count: endings go without a stemmer for each language

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(
    rf"""
    (?P<word> (?: [^\W\d_{_UNSPACED}]+ | (?![\d_{_UNSPACED}]) [{_MARKS}] )+ )
    | (?P<score> (?=\d) (?<![\d.,:–-]) \d{{1,2}} [:–-] \d{{1,2}} (?![\d:–-]) )
    | (?P<number> \d+ (?: [.,] \d+ )* )
    | (?P<run> [{_UNSPACED}]+ )
    | (?P<stop> [.!?…:\n\r"“„«»] )
    """,
    re.VERBOSE,
)
_FOLDED_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_LATIN = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdezijklmnoprstufye", strict=True)),
        "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
        "ё": "e", "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj",
        **dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstifo", strict=True)),
        "θ": "th", "χ": "h", "ψ": "ps", "ς": "s",
        "ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
        "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه",
    }
)  # fmt: skip
_ARTICLES = (
    "وال",
    "بال",
    "كال",
    "فال",
    "لل",
    "ال",
)  # Arabic: "the", "and the", "in the" are written as one word
_LEAST_ARABIC = 3
_GROUP = 3  # digits, in every country that groups them by points or commas


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Return a word as it is compared: no case, accents, script or ending."""
    folded = word.casefold()
    if not folded.isascii():
        folded = _FOLDED_MARKS.sub("", unicodedata.normalize("NFD", folded)).translate(_LATIN)
        folded = unicodedata.normalize("NFC", folded)
        for article in _ARTICLES:
            if folded.startswith(article) and len(folded) >= len(article) + _LEAST_ARABIC:
                folded = folded[len(article) :]
                break
    return folded[:STEM] or word


@lru_cache(maxsize=1 << 16)
def mark_of(folded: str) -> int:
    return crc32(folded.encode("utf-8", "replace"))


def tokens_of(text: str, most: int) -> Iterator[tuple[str, bool]]:
    """Yield the first words of a text, folded, each with whether it is a name: written large inside a sentence."""
    left = most
    begins = True  # of a sentence, where every word is written large
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    for found in _TOKEN.finditer(plain):
        kind, token = found.lastgroup, found.group()
        if kind == "stop":
            begins = True
            continue
        if left <= 0:
            return
        if kind == "run":
            left -= max(1, len(token) // 2)
            yield from ((pair, False) for pair in _pairs(token))
        else:
            left -= 1
            if kind == "word":
                yield fold(token), not begins and token[0].isupper()
            else:
                yield (_number(token) if kind == "number" else re.sub(r"\D", ":", token)), True
        begins = False


def _number(token: str) -> str:
    """Return a number without what groups its digits, which differs by country; decimals by a point."""
    whole, point, tail = token.replace(",", ".").rpartition(".")
    if not point:
        digits = tail
    elif len(tail) == _GROUP:
        digits = whole.replace(".", "") + tail
    else:
        digits = f"{whole.replace('.', '')}.{tail}"
    return digits if digits.isascii() else "".join(_digit(each) for each in digits)


def _digit(character: str) -> str:
    return character if character == "." else str(unicodedata.digit(character, 0))


def _pairs(run: str) -> Iterator[str]:
    """Yield two characters each of a run without spaces; one that stands alone by itself."""
    if len(run) == 1:
        yield run
    else:
        yield from map("".join, pairwise(run))
