"""What letters are the same to a search, and where words begin and end.

Rules of this file: compatibility forms are one (NFKC, https://unicode.org/reports/tr15/), so are capitals and small
letters. Marks fall where people leave them out when they type: on Latin and Greek letters, stress and ё in
Cyrillic, vowel signs in Arabic and Hebrew. They stay where they make another word: in the scripts of South and
Southeast Asia, on й and ї, and in Vietnamese, where a query with marks finds only its own and one without finds all.
"""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _late(pattern: str) -> Callable[[], re.Pattern[str]]:
    """Return what compiles a pattern when it is first asked for it."""
    return cache(partial(re.compile, pattern))


LONGEST = 64  # letters of a word that are looked at: longer ones are addresses of machines and binary waste

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Katakana writes names and loanwords: letters of a foreign word, no words of their own. ヵ and ヶ stand between Han.
_KATAKANA = "\u30a1-\u30f4\u30f7-\u30fa\u30fd-\u30ff\u31f0-\u31ff"
_LONG = "\u30fc"  # ー goes on with what it stands behind
# Scripts in which words are not set apart: Thai, Lao, Burmese, Khmer, hiragana, Han. Without their digits and signs.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\uaa60-\uaa7f"
    f"\u1780-\u17d3\u17d7\u17dc\u17dd\u3041-\u309f\u30f5\u30f6{_LONG}{_HAN}"
)
# What is part of a word and no letter to Python: combining marks and joiners. The danda and its like end sentences.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0903\u093a-\u094f\u0951-\u0957"
    "\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u09e2\u09e3\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a75"
    "\u0a81-\u0a83\u0abc-\u0acd\u0ae2\u0ae3\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04"
    "\u0c3c-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d81-\u0d83\u0dca-\u0df3"
    "\u0f18\u0f19\u0f35\u0f37\u0f39\u0f71-\u0f84\u0f8d-\u0fbc\u135d-\u135f\u1712-\u1734\u180b-\u180d"
    "\u1dc0-\u1dff\u200c\u200d\u20d0-\u20f0\ufe20-\ufe2f"
)
# Classes of so many letters take a tenth of a search's time to compile: done when a text first needs them.
_has_marks = _late(f"[{_MARKS}{_UNSPACED}{_KATAKANA}]")
# No letters, and common in texts that else keep to Latin-1: quotes, dashes, currencies, arrows, signs, emoji.
_SETTING = (
    "\u2010-\u205e\u20a0-\u20c0\u2190-\u23ff\u2500-\u2775\u2794-\u2bff\ufe00-\ufe0f\U0001f300-\U0001faff"
)
_BEYOND_LATIN_1 = re.compile(f"[^\0-\u00ff{_SETTING}]")
# Latin-1 → the same with a space for all that is in no word
_WORDS_OF_LATIN_1 = bytes(code if chr(code).isalnum() else ord(" ") for code in range(256))
_PLAIN_WORD = re.compile("[^\\W_]+")
_word = _late(
    f"[{_UNSPACED}]+|[{_KATAKANA}][{_KATAKANA}{_LONG}]*|(?:[^\\W_{_UNSPACED}{_KATAKANA}]|[{_MARKS}])+"
)
_run = _late(f"[{_UNSPACED}{_KATAKANA}]+")
_has_unspaced = _late(f"[{_UNSPACED}{_KATAKANA}]")
_unspaced_run = _late(f"[{_UNSPACED}]+")
_KATAKANA_LETTER = re.compile(f"[{_KATAKANA}]")
_kana_letter = _late(f"[\u3041-\u309f{_KATAKANA}]")
_han_pair = _late(f"[{_HAN}]{{2}}")
_FALLS = {ord(letter): None for letter in "\u0640\u200c\u200d\u00ad"}  # tatweel, joiners, soft hyphen
_SAME = str.maketrans(
    "ıøłđħŧæœðþəёأإآٱىةؤئیکےۀۃ",
    "iolđhtæœdþeеاااايهويیکےهه",
) | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th", "đ": "d", "ی": "ي", "ک": "ك", "ے": "ي"})
_DOTLESS = frozenset(("tr", "az"))  # capital I is a dotless i there
_DOTLESS_CAPITALS = str.maketrans("Iİ", "ıi")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_FALLING = re.compile("[\0-\u03ff\u0590-\u077f\u1e00-\u1fff]")  # Latin, Greek, Hebrew, Arabic
_LATIN_MARK = re.compile("[\u0300-\u036f]")
_NUKTA = "\u093c"  # फ़सल is written फसल as often
_STRESS = re.compile("[\u0300\u0301]")
_FIRST_MARK = 0xE020  # private use: Vietnamese marks are written so, and the index keeps them as letters


def plain(text: str, language: str = "") -> str:
    """Return the text with compatibility forms, capitals and small letters made one, as its language has them."""
    if language in _DOTLESS:
        text = text.translate(_DOTLESS_CAPITALS)
    if text.isascii():
        return text.lower()
    if "\u00ad" in text:
        text = text.replace("\u00ad", "")
    text = unicodedata.normalize("NFKC", text).casefold()
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def words_of(text: str) -> list[str]:
    """Split plain text (see `plain`) into words and into runs of unspaced script."""
    if is_latin_1(text):  # a fourth of what a pattern takes, for most texts
        return text.encode("latin-1", "replace").translate(_WORDS_OF_LATIN_1).decode("latin-1").split()
    return (_word() if _has_marks().search(text) else _PLAIN_WORD).findall(text)


def is_latin_1(text: str) -> bool:
    """Tell whether all letters of a text are of Latin-1; other signs may be anywhere."""
    return text.isascii() or _BEYOND_LATIN_1.search(text) is None


def word_pattern(text: str) -> re.Pattern[str]:
    """Return what finds the same words in a text as it was written."""
    return _word() if not is_latin_1(text) and _has_marks().search(text) else _PLAIN_WORD


def has_unspaced(text: str) -> bool:
    return not is_latin_1(text) and _has_unspaced().search(text) is not None


def runs_of(text: str) -> list[str]:
    """Return the runs of plain text in which words are not set apart."""
    return _run().findall(text)


def is_katakana(word: str) -> bool:
    return _KATAKANA_LETTER.match(word) is not None


def has_kana(run: str) -> bool:
    return _kana_letter().search(run) is not None


def is_han_pair(pair: str) -> bool:
    return _han_pair().fullmatch(pair) is not None


def is_unspaced(word: str) -> bool:
    return not word.isascii() and _unspaced_run().match(word) is not None


def folded(word: str, *, vietnamese: bool = False) -> str:
    """Return a word of `words_of` as the index holds it."""
    word = word[:LONGEST]
    if word.isascii():
        return word
    if vietnamese:
        return _vietnamese(word)
    if not is_latin_1(word) and _has_marks().search(word):
        return "".join(map(_kept, _fold_marks(word.translate(_FALLS)).translate(_SAME)))
    return "".join(map(_folded_letter, word))


@lru_cache(maxsize=10_000)
def _folded_letter(letter: str) -> str:
    return "".join(map(_kept, _fold_marks(letter.translate(_FALLS)).translate(_SAME)))


def _fold_marks(word: str) -> str:
    kept: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if unicodedata.combining(letter) and _falls_after(kept[-1] if kept else "", letter):
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def _falls_after(before: str, mark: str) -> bool:
    """Tell whether a combining mark is left out after this letter."""
    if not before or mark == _NUKTA:
        return True
    if _CYRILLIC.match(before):  # й, ї and ў are letters of their own
        return _STRESS.match(mark) is not None
    return _FALLING.match(before) is not None


def _vietnamese(word: str) -> str:
    """Write marks as letters of the private use area, so that words that differ by them stay apart."""
    letters = unicodedata.normalize("NFD", word.replace("đ", "d\u0335"))
    return _LATIN_MARK.sub(lambda mark: chr(_FIRST_MARK + ord(mark[0]) - ord("\u0300")), letters)


def _kept(letter: str) -> str:
    """Write a letter that SQLite's tables (Unicode 6.1) may not know in letters that they know."""
    if unicodedata.ucd_3_2_0.category(letter) != "Cn":
        return letter
    return "\ue090" + "".join(chr(0xE0A0 + int(digit, 16)) for digit in f"{ord(letter):x}")
