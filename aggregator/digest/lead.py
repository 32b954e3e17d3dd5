"""The first sentences of a text, and how long the whole takes to read.

A sentence ends where readers of the world's larger scripts expect it to; where that is in doubt (an
abbreviation, an initial, a number before a month) it goes on, because a lead that is one sentence longer
reads better than one that stops at "Mr.". It knows no dictionary and guesses no language.
"""

# ruff: noqa: RUF001 - stops and quotes of many scripts look alike, and are what this file is about

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aggregator.digest.clean import cut, one_line, width, without_long_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAD: Final = 320  # columns, three to five lines on a telephone
_ENOUGH: Final = 100  # columns: a shorter lead says too little, another sentence may join it
_SENTENCES: Final = 3
_WINDOW: Final = 6000  # characters at the head of a text that are looked at
_CAPTION: Final = 80  # columns: a line this short without a full stop is a byline, a caption, a heading
_WORDS_PER_MINUTE: Final = 230  # silent reading of prose: 238 in Brysbaert's review of 190 studies (2019)
_CHARACTERS_PER_MINUTE: Final = 500

_STOPS = ".!?…؟۔।॥։።။។"
_WIDE_STOPS = "。！？｡"  # need no space after them
_CLOSERS = "\"'”’»›)]」』）】》"
_OPENERS = "\"'“”„‘’‚«»‹›([「『（-–—"
_END = re.compile(f"[{_STOPS}{_WIDE_STOPS}]+[{re.escape(_CLOSERS)}]*")
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_HIRAGANA = re.compile("[\u3041-\u309f]")

_ABBREVIATIONS: Final = frozenset(
    """
    mr mrs ms dr prof rev hon st jr sr gen col maj capt cmdr lt sgt sen rep gov pres supt messrs
    inc ltd co corp bros dept est approx fig vol ed eds pp no nos vs etc al cf ave blvd
    jan feb mar apr jun jul aug sept sep oct nov dec
    bzw ca nr usw usf vgl ggf evtl inkl exkl mio mrd str abs art bd dipl ing geb gest hl sog tel
    mme mlle mm mgr av env ex chap hab
    sra srta dra ee uu ud uds pág núm aprox avda dña
    sig dott dott.ssa avv ecc pag
    dhr mevr bijv enz blz ir drs
    bl.a f.eks kl mln tys ul проф акад гг др тыс млн млрд руб ул им
    """.split()
)
# Languages that write "3. Oktober"; where the language is not known the number is given the same doubt.
_ORDINAL_DOT: Final = frozenset("de da nb nn no fi cs sk pl hu hr sr bs sl et lv lt is tr eu".split()) | {""}


def first_sentences(text: str, title: str, language: str = "") -> str:
    """Return the first two or three sentences within `LEAD`; what merely repeats the title is left out."""
    taken = ""
    for number, sentence in enumerate(_that_fit(_sentences_to_lead(text, title, language)), start=1):
        longer = _joined(taken, sentence)
        if width(longer) > LEAD:
            return taken if width(taken) >= _ENOUGH else cut(longer, LEAD)
        taken = longer
        if number >= _SENTENCES and width(taken) >= _ENOUGH:
            break
    return taken


def _that_fit(found: Iterator[str]) -> Iterator[str]:
    """Yield the sentences without a first one that is longer than any lead: it is a list of labels, or says little.

    If nothing but that comes, it is yielded all the same.
    """
    first = next(found, "")
    second = next(found, "") if width(first) > LEAD else ""
    yield from (one for one in ((first,) if not second else (second,)) if one)
    yield from found


def reading_minutes(text: str) -> int:
    """Return how many minutes a text takes to read, at least 1; scripts without spaces count by character."""
    characters = 0
    if not text.isascii() and _SPACELESS.search(text):
        text, characters = _SPACELESS.subn(" ", text)
    words = len(text.split())
    return max(1, int(words / _WORDS_PER_MINUTE + characters / _CHARACTERS_PER_MINUTE + 0.5))


def sentences(paragraph: str, language: str = "") -> Iterator[str]:
    """Part a paragraph on one line into its sentences."""
    start = 0
    for mark in _END.finditer(paragraph):
        if _ends_sentence(paragraph, mark, language):
            yield paragraph[start : mark.end()].strip()
            start = mark.end()
    if rest := paragraph[start:].strip():
        yield rest


def _sentences_to_lead(text: str, title: str, language: str) -> Iterator[str]:
    key, first = _key(title), True
    for paragraph in _paragraphs(text, language):
        if first and _repeats(key, _key(paragraph)):
            continue
        for sentence in sentences(paragraph, language):
            if not (first and _repeats(key, _key(sentence))):
                yield sentence
                first = False


def _paragraphs(text: str, language: str) -> list[str]:
    """Return the paragraphs at the head of the text, without captions and headings if there is prose."""
    blocks = [block for block in re.split(r"\n\s*\n", text[:_WINDOW]) if block.strip()]
    prose = [block for block in blocks if _is_prose(block, language)]
    return [without_long_runs(one_line(block)) for block in prose or blocks]


def _is_prose(block: str, language: str) -> bool:
    if any(width(line) > _CAPTION for line in block.splitlines()):
        return True
    line = one_line(block)
    return any(_ends_sentence(line, mark, language) for mark in _END.finditer(line))


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _repeats(title: str, key: str) -> bool:
    """Tell whether `key` says nothing but the title, which may bear the site's name beside it."""
    return not key or (key in title and len(key) >= 0.6 * len(title))


def _joined(taken: str, sentence: str) -> str:
    last = taken.rstrip(_CLOSERS)[-1:]
    if not last or last in _WIDE_STOPS:
        return taken + sentence
    return f"{taken} – {sentence}" if last.isalnum() else f"{taken} {sentence}"  # a standfirst has no stop


def _ends_sentence(paragraph: str, mark: re.Match[str], language: str) -> bool:
    rest = paragraph[mark.end() : mark.end() + 8]
    if mark.group()[0] in _WIDE_STOPS:
        return not (mark.group()[-1] in _CLOSERS and _HIRAGANA.match(rest))  # 「…。」と goes on
    if rest and not rest[0].isspace():
        return False
    if rest.lstrip(" " + _OPENERS)[:1].islower():
        return False
    return mark.group()[:2].rstrip(_CLOSERS) != "." or not _is_abbreviated(paragraph, mark.start(), language)


def _is_abbreviated(paragraph: str, end: int, language: str) -> bool:
    """Tell whether the word before a full stop at `end` would have one inside a sentence too."""
    words = paragraph[max(0, end - 24) : end].split()
    word = words[-1].lstrip(_OPENERS).casefold() if words else ""
    if word.isdecimal():
        return len(word) <= 2 and language.partition("-")[0] in _ORDINAL_DOT  # noqa: PLR2004 - a day
    if "." in word:
        return all(part.isalpha() and len(part) <= 3 for part in word.split("."))  # noqa: PLR2004 - "u.s", "ph.d", "z.b"
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
