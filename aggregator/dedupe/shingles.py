"""A text as it is compared: its words, the hashes of every three words in a row, and a sketch of those.

Pure. Three words in a row (a shingle) are rarely the same by chance; the share of them that two texts have in common
tells how much of one stands in the other. The sketch is the smallest hashes (bottom-k, Broder 1997): the same few
wherever the text appears, so that copies meet in an index without being compared to everything. Hashes are CRC-32
of UTF-8: the same on every machine and in every version, and kept in the archive.
"""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

SIZE = 3  # words in a shingle: 5 lose a text that was edited throughout, 1 finds only the language
SKETCH = 32  # hashes; a text cut to a fifth still has six of them in common with the whole
MOST = 200_000  # characters that are compared, about 30,000 words: whoever sends more does not hold us up
LEAST = 24  # distinct shingles; shorter texts are equal by chance or by template, and have no sketch

# Scripts without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han, Hangul): each character is a word.
# Hangul has spaces, but its particles cling to the words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
# What separates words, beyond ASCII; what NFKC makes ASCII of (full-width forms, the ellipsis) is not here.
_SEPARATORS = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb\u2010\u2012\u2013\u2014\u2015\u2212\u2022\u00b7\u30fb"
    "\u00bf\u00a1\u00a7\u00a9\u00ae\u00b0\u2020\u20ac\u00a3\u3001\u3002\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011"
    "\u060c\u061b\u061f\u06d4\u0589\u05be\u0964\u0965\u2028\u2029"
)
_HASHES = 1 << 32
_UNSEEN = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)  # hyphens and joints that are not printed
_ASCII = bytes(range(128))
_TO_SPACES = bytes.maketrans(string.punctuation.encode(), b" " * len(string.punctuation))


@dataclass(frozen=True)
class Shingles:
    """A text as it is compared.

    A text is laid beside one after another, so what is worked out of it is kept with it; most are never asked for
    more than their hashes.
    """

    given: str  # MOST characters at most
    is_whole: bool  # False: the text goes on, and is not compared to its end
    known: list[int] | None = None  # the hashes, if they were worked out elsewhere

    @cached_property
    def text(self) -> str:
        """The text, normalised, not folded."""
        return _normal(self.given)[: 3 * MOST]  # a single character may stand for eighteen

    @cached_property
    def hashes(self) -> list[int]:
        """32 bits each, unsigned; `hashes[i]` is of the words i, i + 1 and i + 2."""
        return self.known or _hashes(self.text)

    @property
    def length(self) -> int:
        """Words; 0 if there are not enough for a shingle."""
        return len(self.hashes) + SIZE - 1 if self.hashes else 0

    @cached_property
    def distinct(self) -> frozenset[int]:
        return frozenset(self.hashes)

    @cached_property
    def written(self) -> list[bytes]:
        """The words as they are written, in UTF-8, as many as were hashed."""
        return _split(self.text)

    def words(self, where: slice = slice(None)) -> list[str]:
        """Return words as they are written; most texts are only asked for a few."""
        return [word.decode() for word in self.written[where]]

    @cached_property
    def place(self) -> dict[int, int]:
        """Where each shingle stands: hash → its last index."""
        return dict(zip(self.hashes, range(len(self.hashes)), strict=True))

    @cached_property
    def folded(self) -> bytes:
        """The words, folded, in UTF-8, a space before and after each."""
        return b" %b " % b" ".join(_split(self.text.casefold()))


def shingles_of(text: str, known: list[int] | None = None) -> Shingles:
    """Return the text as it is compared. Linear in the text up to MOST characters, constant from there.

    `known`: the hashes of this very text, if somebody has worked them out.
    """
    return Shingles(text[:MOST], len(text) <= MOST, known)


def _hashes(text: str) -> list[int]:
    words = _split(text.casefold())
    return list(map(crc32, map(b" ".join, zip(words, words[1:], words[2:], strict=False))))


def _normal(text: str) -> str:
    """Return the text in one spelling, its words apart from each other and from all that is no word."""
    if text.isascii():
        return text
    text = unicodedata.normalize(
        "NFKC", text.encode("utf-8", "replace").decode()
    )  # a lone surrogate cannot be hashed
    there = beyond_ascii(text)
    for mark in there & _UNSEEN:
        text = text.replace(mark, "")
    for mark in there & _SEPARATORS:
        text = text.replace(mark, " ")
    return _UNSPACED.sub(r" \g<0> ", text) if _UNSPACED.search("".join(there)) else text


def beyond_ascii(text: str) -> set[str]:
    """Return the characters of a text that are not ASCII; they are few, and to look among them saves many looks."""
    return set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are written."""
    return [word.decode() for word in _split(_normal(text[:MOST]))]


def _split(text: str) -> list[bytes]:
    return text.encode().translate(_TO_SPACES).split()


def sketch_of(shingles: Shingles) -> tuple[int, ...]:
    """Return the SKETCH smallest hashes in ascending order, fewer for a short text; () if it is too short to tell."""
    # below the bound there are about twice as many as are wanted, unless the text repeats itself
    bound = 2 * SKETCH * _HASHES // max(1, len(shingles.hashes))
    few = {mark for mark in shingles.hashes if mark < bound}
    if len(few) < SKETCH and len(shingles.distinct) < LEAST:
        return ()
    return tuple(sorted(few if len(few) >= SKETCH else shingles.distinct)[:SKETCH])
