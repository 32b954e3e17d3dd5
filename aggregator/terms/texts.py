"""Texts and words as the index holds them: forms in their order, each with the stem that stands for its word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from aggregator.terms.breaks import words_in
from aggregator.terms.letters import (
    LONGEST,
    folded,
    has_unspaced,
    is_katakana,
    is_unspaced,
    plain,
    word_pattern,
    words_of,
)
from aggregator.terms.stems import known_language, languages_of, stem, stems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST_KEPT = 60_000  # words of a language whose form and stem are remembered: 97 % of what a text repeats


class Term(NamedTuple):
    form: str  # as it stands in the index
    stem: str  # what all forms of the word share
    word: str  # plain, before it was folded


# a fourth of what the maker of a NamedTuple takes
_new_term: Callable[[Iterable[str]], Term] = partial(tuple.__new__, Term)


class _Lexicon(dict[str, Term]):
    """The words of one language, worked out when they are first met."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def meet(self, words: Iterable[str]) -> None:
        """Work out those of different words that were not met before, at half of what one by one costs."""
        fresh = [word for word in words if word not in self and len(word) <= LONGEST]
        if len(self) + len(fresh) > MOST_KEPT:
            return
        by_language: dict[str, list[str]] = defaultdict(list)
        for word in fresh:
            by_language[self._language_of(word)].append(word)
        for language, some in by_language.items():
            is_vietnamese = language == "vi"
            forms = [word if word.isascii() else folded(word, vietnamese=is_vietnamese) for word in some]
            terms = map(_new_term, zip(forms, stems_of(some, language), some, strict=True))
            self.update(zip(some, terms, strict=True))

    def _language_of(self, word: str) -> str:
        return self._language if word.isascii() else known_language(self._language, word)

    def __missing__(self, word: str) -> Term:
        if len(self) >= MOST_KEPT:
            self.clear()
        language = self._language_of(word)
        bare = word[:LONGEST]
        term = Term(folded(bare, vietnamese=language == "vi"), stem(bare, language), bare)
        self[word] = term
        return term


@lru_cache(maxsize=16)
def _lexicon(language: str) -> _Lexicon:
    return _Lexicon(language)


class Counted(NamedTuple):
    """A text as the index holds it."""

    forms: str  # in the order in which they stand there
    length: int  # terms
    times: list[tuple[Term, int]]  # how often each stands there, in the order of their first places
    has_runs: bool  # of letters in which words are not set apart


def counted(text: str, language: str) -> Counted:
    """Return the terms of a text, each worked out once."""
    language = known_language(language)
    text = plain(text, language)
    lexicon = _lexicon(language)
    words = words_of(text)
    if has_unspaced(text):
        terms = _terms_of_runs(words, lexicon)
        return Counted(" ".join([term.form for term in terms]), len(terms), [*Counter(terms).items()], True)
    times = Counter(words)
    lexicon.meet(times)
    forms = " ".join([lexicon[word][0] for word in words])
    return Counted(forms, len(words), [(lexicon[word], number) for word, number in times.items()], False)


def _terms_of_runs(words: Iterable[str], lexicon: _Lexicon) -> list[Term]:
    """Return the terms of words that may be runs of several."""
    found: list[Term] = []
    for word in words:
        if is_unspaced(word):
            found += map(_pair, pairs_of(word))
        elif is_katakana(word):
            found += [lexicon[part] for part in words_in(word)]
        else:
            found.append(lexicon[word])
    return found


def forms_of(text: str, language: str) -> list[str]:
    """Return the forms of a text's terms, in their order: what `counted` gives, at less cost."""
    language = known_language(language)
    text = plain(text, language)
    words = words_of(text)
    if text.isascii() and len(max(words, key=len, default="")) <= LONGEST:
        return words
    is_vietnamese = language == "vi"
    if not has_unspaced(text):
        return [_form(word, is_vietnamese) for word in words]
    found: list[str] = []
    for word in words:
        if is_unspaced(word):
            found += pairs_of(word)
        elif is_katakana(word):
            found += [_form(part, is_vietnamese) for part in words_in(word)]
        else:
            found.append(_form(word, is_vietnamese))
    return found


@lru_cache(maxsize=MOST_KEPT)
def _form(word: str, is_vietnamese: bool) -> str:
    return folded(word[:LONGEST], vietnamese=is_vietnamese)


@lru_cache(maxsize=MOST_KEPT)
def _pair(pair: str) -> Term:
    return Term(pair, pair, "")


def pairs_of(run: str) -> list[str]:
    """Return the pairs of neighbouring letters of a run, and its last letter.

    So two letters are found wherever they stand side by side, and a single one as the beginning of a pair.
    """
    return [run[at : at + 2] for at in range(len(run))]


def asked_terms(text: str) -> tuple[list[Term], bool]:
    """Return the terms of what was typed as one, and whether the last one may go on.

    Their stems mean nothing: a query has no language. The last letter of an unspaced run is no term of its own.
    """
    text = plain(text)
    words = words_of(text)
    found: list[Term] = []
    for word in words:
        if is_unspaced(word):
            found += map(_pair, pairs_of(word))
            continue
        for part in words_in(word) if is_katakana(word) else (word,):
            if form := folded(part):
                found.append(Term(form, form, part[:LONGEST]))
    if words and is_unspaced(words[-1]):
        return (found, True) if len(words[-1]) == 1 else (found[:-1], False)
    return found, False


def spellings(word: str) -> tuple[str, ...]:
    """Return the forms that a plain word has itself in some article, whatever its language."""
    if word.isascii() or languages_of(word)[-1] != "vi":
        return (folded(word),)
    own = folded(word, vietnamese=True)
    return (own,) if _is_vietnamese(word) else (folded(word), own)


# horn, hook above, dot below; or two marks on one letter
_VIETNAMESE = re.compile("[\u031b\u0309\u0323]|[\u0302\u0306][\u0300\u0301\u0303]")


def _is_vietnamese(word: str) -> bool:
    return _VIETNAMESE.search(unicodedata.normalize("NFD", word)) is not None


def places(text: str, language: str, is_wanted: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """Return (start, end, form) of the terms of a text as it was written that are wanted; pairs of letters overlap."""
    language = known_language(language)
    found: list[tuple[int, int, str]] = []
    known: dict[str, str] = {}  # words as written → their form if it is wanted, else ""
    for each in word_pattern(text).finditer(text):
        written = each[0]
        form = known.get(written)
        if form is None:
            form = _form_as_written(written, language)
            if not form:
                place = _words_placed if is_katakana(word := plain(written)) else _pairs_placed
                found += place(word, *each.span(), is_wanted)
                continue
            form = known[written] = form if is_wanted(form) else ""
        if form:
            found.append((*each.span(), form))
    return found


@lru_cache(maxsize=MOST_KEPT)
def _form_as_written(written: str, language: str) -> str:
    """Return the form of a word as it was written; "" for a run of several."""
    word = plain(written, language)
    return "" if is_unspaced(word) or is_katakana(word) else _form(word, language == "vi")


def _pairs_placed(
    run: str, start: int, end: int, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[int, int, str]]:
    is_as_written = (
        len(run) == end - start
    )  # half-width letters may be two for one: then the run is one place
    for at, pair in enumerate(pairs_of(run)):
        if is_wanted(pair):
            yield (start + at, min(start + at + 2, end), pair) if is_as_written else (start, end, pair)


def _words_placed(
    run: str, start: int, end: int, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[int, int, str]]:
    is_as_written, at = len(run) == end - start, start
    for word in words_in(run):
        if is_wanted(form := folded(word)):
            yield (at, at + len(word), form) if is_as_written else (start, end, form)
        at += len(word)
