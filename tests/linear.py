"""A search that reads every text: slow, and by the rules of docs/search.md alone, so that the index can be compared.

Nothing of the index or of its room for words is used here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import Stemmer

from aggregator.archive.instants import stamp
from aggregator.models.queries import AllOf, AnyOf, Facet, Field, Filter, Near, Not, Period, Words
from tests.makers import NOW
from tests.shelving import shelve

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from aggregator.archive import Archive
    from aggregator.models.queries import Node

STEMMERS = {"en": Stemmer.Stemmer("english"), "fr": Stemmer.Stemmer("french")}
WORDS = (
    "harbour harbours bell bells rings ringing rang élection élections élève maître café news Über run running runs "
    "node.js C++ don't covid-19 U.S. 42 $5 #tag city cities university universe 東京都の天気 日本政府 naïve Straße tea "
    "ship ships sailed sailing nation national nations vote votes voting voted ministre ministres loi lois one two"
).split()
ACROSS = {"京都"}  # a word, but not in 東京都
SHORT = 4
ENDS = "abcdefghij"


def letters(text: str) -> str:
    """Fold as the rules say: compatibility forms, case, and marks on Latin letters."""
    text = unicodedata.normalize("NFKC", text).casefold()
    bare = (letter for letter in unicodedata.normalize("NFD", text) if not "\u0300" <= letter < "\u0370")
    return unicodedata.normalize("NFC", "".join(bare))


def tokens(text: str) -> list[str]:
    found: list[str] = []
    for run in re.findall(r"[一-鿿ぁ-ん]+|[^\W_一-鿿ぁ-ん]+", letters(text)):
        if re.match("[一-鿿ぁ-ん]", run):
            found += [run[at : at + 2] for at in range(len(run))]
        else:
            found.append(run)
    return found


def plain_tokens(text: str) -> list[str]:
    """Split into words without folding their marks, as stems want them."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(r"[^\W_一-鿿ぁ-ん]+", text)


def signed(text: str) -> set[str]:
    return set(re.findall(r"(?<!\S)[#$]\w+|\w+\+\+(?!\w)", letters(text)))


@dataclass
class Shelf:
    """What the archive should hold, as plain records."""

    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    dated: dict[int, datetime] = field(default_factory=dict)
    feeds: dict[int, set[int]] = field(default_factory=dict)
    forms: dict[tuple[str, str], set[str]] = field(
        default_factory=dict
    )  # (language, stem) → what a transaction ever left
    words: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)  # of title and text
    _changed: set[int] = field(default_factory=set)

    def remember(self, id_: int) -> None:
        text = self.texts[id_]
        self.words[id_] = (tokens(text["title"]), tokens(text["text"]))
        self._changed.add(id_)

    def settle(self) -> None:
        """Learn the forms of what has changed: to be called when a transaction has ended."""
        for id_ in self._changed & self.texts.keys():
            self._learn(id_)
        self._changed.clear()

    def _learn(self, id_: int) -> None:
        text = self.texts[id_]
        for word in {word for part in ("title", "text") for word in plain_tokens(text[part])}:
            if not re.search(r"\d", word):
                language = text["language"]
                stem = letters(STEMMERS[language].stemWord(word))
                self.forms.setdefault((language, stem), set()).add(letters(word))

    # ------------------------------------------------------------------------------------------ answers

    def matching(self, tree: Node) -> set[int]:
        holds = self._test(tree)
        return {id_ for id_ in self.texts if holds(id_)}

    def _test(self, node: Node) -> Callable[[int], bool]:  # noqa: PLR0911  one for each kind of node
        """Return what tells of an article whether it matches."""
        match node:
            case AllOf(nodes):
                tests = [self._test(each) for each in nodes]
                return lambda id_: all(test(id_) for test in tests)
            case AnyOf(nodes):
                tests = [self._test(each) for each in nodes]
                return lambda id_: any(test(id_) for test in tests)
            case Not(unwanted):
                test = self._test(unwanted)
                return lambda id_: not test(id_)
            case Period(since, before):
                return lambda id_: (
                    (since is None or self.dated[id_] >= since)
                    and (before is None or self.dated[id_] < before)
                )
            case Filter(Facet.FEED, value):
                return lambda id_: any(value in f"https://feed{feed}.example/" for feed in self.feeds[id_])
            case Filter(Facet.LANGUAGE, value):
                return lambda id_: self.texts[id_]["language"] == value
            case Words():
                return self._test_words(node)
            case Near() | Filter():
                raise NotImplementedError

    def _test_words(self, words: Words) -> Callable[[int], bool]:
        wanted = tokens(words.text)
        is_run = re.search("[一-鿿ぁ-ん]$", words.text) is not None
        starts = words.prefix or (is_run and len(wanted[-1]) == 1 and len(wanted) == 1)
        if is_run and len(wanted) > 1:
            wanted = wanted[:-1]
        if not words.exact and wanted[0] in ACROSS and len(wanted) == 1:
            return lambda _: False
        signs = signed(words.text)
        forms = self._forms(words.text) if len(wanted) == 1 and not words.exact and not starts else set()
        stop = 1 if words.field is Field.TITLE else 2  # of the parts: title and text

        def test(id_: int) -> bool:
            text = self.texts[id_]
            if signs and signs - signed(f"{text['title']} {text['text']}"):
                return False
            return any(_stands(wanted, part, starts=starts, forms=forms) for part in self.words[id_][:stop])

        return test

    def _forms(self, text: str) -> set[str]:
        words = plain_tokens(text)
        if not words or re.search(r"\d", text):
            return set()
        asked = {
            (language, letters(stemmer.stemWord(each)))
            for language, stemmer in STEMMERS.items()
            for each in (words[0], letters(words[0]))
        } | {(language, letters(words[0])) for language in STEMMERS}
        typed = letters(words[0])
        at_home = {each[0] for each in asked if typed in self.forms.get(each, ())}
        asked = {each for each in asked if not at_home or each[0] in at_home or each[1] == typed}
        return {
            form
            for each in asked
            for form in self.forms.get(each, ())
            if form == typed
            or each[0] != "fr"
            or not (_is_feminine_of(form, typed) or _is_feminine_of(typed, form))
        }


def _is_feminine_of(one: str, other: str) -> bool:
    """Tell whether short words of one French stem differ by the ending of a gender, as porte and port do."""
    bases = {other, other.removesuffix("s")} & {one.removesuffix("s").removesuffix("e")} - {
        one,
        one.removesuffix("s"),
    }
    return any(len(base) <= SHORT and base[-1:] not in "aeiou" for base in bases)


def _stands(wanted: list[str], have: list[str], *, starts: bool, forms: set[str]) -> bool:
    *first, last = wanted
    size = len(first)
    if first and first[0] not in have:
        return False
    return any(
        (form == last or (starts and form.startswith(last)) or form in forms)
        and have[at - size : at] == first
        for at, form in enumerate(have[size:], size)
    )


# ------------------------------------------------------------------------------------------------ chance


def change(archive: Archive, shelf: Shelf, chance: random.Random) -> None:
    """Insert, edit or delete one article, in the archive and on the shelf."""
    roll = chance.random()
    if not shelf.texts or roll < 0.6:
        title, text, language = _sentence(chance, 5), _sentence(chance, 40), chance.choice(("en", "fr"))
        at = NOW - timedelta(minutes=chance.randrange(100_000))
        feeds = {chance.randrange(1, 9) for _ in range(chance.randrange(1, 3))}
        id_ = shelve(archive, text, title=title, language=language, dated_at=at, feeds=tuple(feeds))
        shelf.texts[id_] = {"title": title, "text": text, "language": language}
        shelf.dated[id_], shelf.feeds[id_] = at, feeds
        shelf.remember(id_)
    elif roll < 0.85:
        id_ = chance.choice(list(shelf.texts)[-500:])
        column = chance.choice(("title", "text"))
        shelf.texts[id_][column] = _sentence(chance, 20)
        archive.db.execute(f"UPDATE articles SET {column} = ? WHERE id = ?", (shelf.texts[id_][column], id_))
        shelf.remember(id_)
    elif roll < 0.9:
        id_ = chance.choice(list(shelf.texts)[-500:])
        shelf.dated[id_] = NOW - timedelta(minutes=chance.randrange(100_000))
        archive.db.execute("UPDATE articles SET dated_at = ? WHERE id = ?", (stamp(shelf.dated[id_]), id_))
    else:
        id_ = chance.choice(list(shelf.texts)[-500:])
        with archive.transaction():
            archive.db.execute("DELETE FROM entries WHERE article_id = ?", (id_,))
            archive.db.execute("DELETE FROM articles WHERE id = ?", (id_,))
        del shelf.texts[id_], shelf.dated[id_], shelf.feeds[id_]


def _sentence(chance: random.Random, most: int) -> str:
    return " ".join(_word(chance) for _ in range(chance.randrange(1, most)))


def _word(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return "".join(chance.choices(ENDS, k=chance.randrange(2, 6)))
    return WORDS[int(len(WORDS) * chance.random() ** 1.5)]


def queries(chance: random.Random, count: int) -> Iterator[Node]:
    for _ in range(count):
        yield _tree(chance, 2)


def _tree(chance: random.Random, depth: int) -> Node:
    roll = chance.random()
    if not depth or roll < 0.4:
        return _leaf(chance)
    if roll < 0.6:
        return AllOf((_tree(chance, depth - 1), _tree(chance, depth - 1)))
    if roll < 0.75:
        return AnyOf((_tree(chance, depth - 1), _tree(chance, depth - 1)))
    if roll < 0.85:
        return AllOf((_tree(chance, depth - 1), Not(_tree(chance, depth - 1))))
    since = NOW - timedelta(minutes=chance.randrange(100_000))
    return (
        AllOf((_leaf(chance), Period(since, since + timedelta(minutes=chance.randrange(50_000)))))
        if depth == 2
        else Not(_leaf(chance))
    )


def _leaf(chance: random.Random) -> Node:
    roll = chance.random()
    if roll < 0.1:
        return Filter(Facet.FEED, f"feed{chance.randrange(1, 9)}.example")
    if roll < 0.15:
        return Filter(Facet.LANGUAGE, chance.choice(("en", "fr")))
    where = chance.choice((Field.ANY, Field.ANY, Field.TITLE))
    if roll < 0.3:
        return Words(f"{_word(chance)} {_word(chance)}", where, exact=True)
    word = _word(chance)
    if roll < 0.4:
        return Words(chance.choice(("ha", "vot", "natio", "éle", "ab", "sail")), where, prefix=True)
    if "東" in word or "日" in word:
        start = chance.randrange(len(word) - 2)
        return Words(word[start : start + chance.randrange(1, 4)], where)
    return Words(word, where, exact=chance.random() < 0.4)
