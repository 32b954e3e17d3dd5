"""What was typed, cut into tokens: terms with what stands before them, brackets, operators.

It knows punctuation and no meaning. Quotes, brackets, colons and minus signs of every keyboard are taken as such:
“” „“ «» 「」, full-width forms, the en dash that an editor makes of a hyphen. A mark inside a word is part of the
word: C++, AT&T, don't, node.js, f(x).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_TERMS = 64  # words that a search can have: each one costs a look-up in the index
LONGEST = 10_000  # characters that are looked at: 64 words are never longer, and a paste may be


class Kind(Enum):
    TERM = auto()
    OPEN = auto()
    CLOSE = auto()
    NEAR = auto()  # NEAR(…, 5), whole


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of what was typed; `typed` is it as it stood there."""

    kind: Kind
    typed: str
    text: str = ""  # of a term: without quotes, star and the punctuation around it
    field: str = ""  # what stands before its colon, in small letters; "" if that is no field
    quoted: bool = False
    prefix: bool = False
    minus: bool = False

    @property
    def bare(self) -> bool:
        """Whether it has neither quotes nor a field, a star or a minus: it could be an operator."""
        return self.kind is Kind.TERM and not (self.quoted or self.field or self.prefix or self.minus)

    @property
    def whole(self) -> str:
        """All of it as words, its field among them, for when the field makes no sense."""
        return f"{self.field}:{self.text}" if self.field else self.text


@dataclass(frozen=True, slots=True)
class Scanned:
    tokens: tuple[Token, ...]
    cut: bool = False  # more was typed than is looked at
    unclosed: bool = False  # a quote without its partner
    stray: tuple[str, ...] = ()  # fields with nothing behind their colon


# What cannot be in a term: controls end a C string or drive a terminal, surrogates cannot be encoded.
UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ALIKE = str.maketrans(
    {**dict.fromkeys("“”„‟«»「」『』＂〝〞〟", '"'), "（": "(", "）": ")", "＊": "*"}  # noqa: RUF001  full-width
)
_MINUS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
# Punctuation around a word that is none of it. A dot inside belongs to it: U.S.; so does one before: .NET
_AROUND = ",;:!?…、。，；：！？'‘’‚‹›¿¡[]{}<>|·" + _MINUS  # noqa: RUF001  as people type them

_COMMAS_OF_CJK = "、，；。！？"  # noqa: RUF001  no blank stands behind them

# Letters, numbers and the private use areas; all else only separates.
RUN = re.compile("(?:[^\\W_]|[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd])+")

_DASH = re.escape(_MINUS)
_BEFORE = re.compile(f"[{_DASH}](?![\\s{_DASH}]|\\Z)")
_EMPTY = re.compile(r'"\s*"')
_NOTHING_FOLLOWS = re.compile(r'\s|\Z|\)|"\s*"')
_FIELD = re.compile(r"(?P<name>[^\W\d_]{2,})[:：]")  # noqa: RUF001  full-width
_NEAR = re.compile(r"NEAR\s?\((?P<inside>[^()]*)\)")
_PHRASE = re.compile(r'"(?P<phrase>[^"]*)"(?P<star>\*)?')
_DATE_OF_WORDS = re.compile(
    r"(?:last|past|this|previous) +(?:\d+ +)?"
    r"(?:minute|hour|day|week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b"
    r"|\d+ +(?:minute|hour|day|week|month|year)s?(?: +ago)?\b"
    r"|\d{1,2} +(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?: +\d{4})?\b"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* +\d{4}\b",
    re.IGNORECASE,
)


def scan(typed: str, fields: frozenset[str], dates: frozenset[str]) -> Scanned:
    """Cut into tokens; `fields` are the names before a colon, `dates` those whose value may be several words."""
    text = UNUSABLE.sub(" ", typed[:LONGEST]).translate(_ALIKE)
    unclosed = bool(text.count('"') % 2)
    if unclosed:  # the last quote opens nothing
        text = " ".join(text.rsplit('"', 1))
    scanner = _Scanner(text, fields, dates)
    tokens, cut = _cut(scanner.tokens(), MOST_TERMS)
    return Scanned(tuple(tokens), cut or len(typed) > LONGEST, unclosed, tuple(scanner.stray))


class _Scanner:
    def __init__(self, text: str, fields: frozenset[str], dates: frozenset[str]) -> None:
        self._text = text
        self._fields = fields
        self._dates = dates
        self._at = 0
        self._open = 0  # brackets
        self.stray: list[str] = []

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens, without terms in which there is nothing to look for."""
        while self._skip_blanks():
            start = self._at
            minus = self._minus()
            name = self._field()
            if name and not self._is_followed():
                self.stray.append(name)
                yield Token(Kind.TERM, self._text[start : self._at], name, minus=minus)
                continue
            token = self._term(name)
            if token.kind is not Kind.TERM or RUN.search(token.text):
                yield replace(token, typed=self._text[start : self._at], field=name, minus=minus)

    def _skip_blanks(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _minus(self) -> bool:
        """Take a minus sign where one can mean "not": before a term, behind a blank or an opening bracket."""
        behind = self._text[self._at - 1 : self._at]
        return (not behind or behind.isspace() or behind == "(") and self._take(_BEFORE) is not None

    def _field(self) -> str:
        found = _FIELD.match(self._text, self._at)
        if not found or found["name"].lower() not in self._fields:
            return ""
        self._at = found.end()
        return found["name"].lower()

    def _is_followed(self) -> bool:
        """Tell whether a value stands behind the colon: not a blank, the end or empty quotes."""
        if _NOTHING_FOLLOWS.match(self._text, self._at):
            self._take(_EMPTY)
            return False
        return True

    def _term(self, name: str) -> Token:
        here = self._text[self._at]
        if here == ")":
            self._at += 1
            self._open = max(0, self._open - 1)
            return Token(Kind.CLOSE, ")")
        if here == "(":
            self._at += 1
            self._open += 1
            return Token(Kind.OPEN, "(")
        if near := self._take(_NEAR):
            return Token(Kind.NEAR, near.group(), near["inside"])
        if phrase := self._take(_PHRASE):
            text = " ".join(phrase["phrase"].split())
            return Token(Kind.TERM, phrase.group(), text, quoted=True, prefix=phrase["star"] is not None)
        if name in self._dates and (date := self._take(_DATE_OF_WORDS)):
            return Token(Kind.TERM, date.group(), date.group(), quoted=True)
        return self._word(is_value=bool(name))

    def _word(self, *, is_value: bool) -> Token:
        """Take a word up to a blank, a quote, a comma, or a bracket that closes one opened before it."""
        start, inner = self._at, list[int]()
        while self._at < len(self._text):
            here = self._text[self._at]
            if here.isspace() or here == '"' or (here == ")" and not inner and self._open):
                break
            if here == "(":
                inner.append(self._at)
            elif here == ")" and inner:
                inner.pop()
            self._at += 1
            if not inner and not is_value and self._parts(start):
                break
        self._at = max(self._at, start + 1)  # a quote that NEAR( has left without its partner
        if inner and inner[0] > start:  # a group begins behind the word
            self._at = inner[0]
        return _word(self._text[start : self._at])

    def _parts(self, start: int) -> bool:
        """Tell whether what was taken last parts two words: a comma does, but not in 1,000 nor in an address."""
        here, behind = self._text[self._at - 1], self._text[self._at : self._at + 1]
        if here in _COMMAS_OF_CJK:
            return True
        before = self._text[start : self._at - 1]
        return here in ",;" and "/" not in before and not (before[-1:].isdigit() and behind.isdigit())


def _word(typed: str) -> Token:
    if typed in {"|", "||"}:
        return Token(Kind.TERM, typed, "OR")
    bare = typed.strip(_AROUND).lstrip("(")
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1].rstrip(_AROUND)
    text = bare.rstrip("*").lstrip("*^")
    if text.endswith(".") and "." not in text[:-1]:  # the end of a sentence
        text = text.rstrip(".")
    if text[:1] == "+" and text[1:2].isalpha():
        text = text.lstrip("+")
    return Token(Kind.TERM, typed, text or bare, prefix=bare.endswith("*") and bool(text))


def scan_near(inside: str) -> tuple[list[Token], int | None]:
    """Cut what stands in the brackets of NEAR(a b, 5) into its terms and the number, None if there is none."""
    number = re.search(r",\s*(\d{1,9})\s*$", inside, re.ASCII)
    words = inside[: number.start()] if number else inside
    found = _Scanner(words, frozenset(), frozenset()).tokens()
    return [token for token in found if token.kind is Kind.TERM], int(number[1]) if number else None


def _cut(tokens: Iterator[Token], most: int) -> tuple[list[Token], bool]:
    """Keep the first tokens, of `most` words together, and say whether that left any out."""
    kept: list[Token] = []
    left = most
    for token in tokens:
        runs = list(RUN.finditer(token.text))
        if len(runs) > left:
            if left and token.kind is Kind.TERM:
                kept.append(replace(token, text=token.text[: runs[left - 1].end()]))
            return kept, True
        kept.append(token)
        left -= len(runs)
    return kept, False
