"""A million articles of about 3 KB in six languages, from a seed: for benchmarks of searching.

Words are as skewed as a language's (Zipf), made of syllables of the language with its commonest endings, so that
they have forms. An article is about something: one word in six is one of a dozen that it repeats. One in a hundred
is a name or a number that hardly comes again. Lengths are spread as those of news are.
"""

# ruff: noqa: RUF001  letters of other scripts

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = {"en": 50, "de": 15, "fr": 10, "es": 10, "ru": 8, "ja": 7}  # articles of a hundred
SYLLABLES = {
    "en": "ba con der el fin gra han int ker lo man nor pre qui ro sta ter un ver win ast ble cro dis".split(),
    "de": "ab ber den ein fahr ge hau ing kra len mit nach ord pfe rei sch tung ung ver wis zei stra bun".split(),
    "fr": "au bou cha des en foi gran hon inté jou lé mon nou ou pé qua ré sou tra vou eur ance".split(),
    "es": "al bue ca de es fue gra ho in je la ma no or pa que ra se ta ver ción dad año".split(),
    "ru": "ба во го да ер жи за ин ка ло ма но об пра ро ста те ун вер хо цен чи шко".split(),
    "ja": list(
        "日本国会人年大十二月中東京都政府電車天気新聞社会学校経済市場水木火土金曜私彼女男子川山海空花"
    ),
}
ENDINGS = {
    "en": ("", "", "s", "ed", "ing"), "de": ("", "", "en", "er", "e"), "fr": ("", "", "s", "e", "es"),
    "es": ("", "", "s", "o", "as"), "ru": ("", "", "а", "ов", "ы"), "ja": ("",),
}  # fmt: skip
HAVE_FORMS = 30  # words of a hundred that are made with all endings; the others have one form
VOCABULARY = 120_000  # words of a language
DRAWN = 1 << 20  # ranks that are drawn from: the rarest word is one of them
COMMON, MID, RARE = (8, 300), (1_500, 6_000), (30_000, 100_000)  # ranks of words that are asked for
FEEDS = 500
PER_DAY = 900  # articles: a million are three years
START = datetime(2023, 1, 1, tzinfo=UTC)


class Text(NamedTuple):
    number: int  # from 1 on
    title: str
    byline: str
    text: str
    language: str
    feed: int
    dated_at: datetime
    host: str


class Library:
    """Articles without end; the same number is the same article."""

    def __init__(self, seed: int = 0) -> None:
        chance = random.Random(seed)
        self.single: set[str] = set()  # words that were made without forms
        self.words = {language: self._vocabulary(language, chance) for language in LANGUAGES}
        self._ranks = _ranks()
        self._shares = list(accumulate(LANGUAGES.values()))

    def _vocabulary(self, language: str, chance: random.Random) -> list[str]:
        words: dict[str, None] = {}
        formed: set[str] = set()
        while len(words) < VOCABULARY:
            syllables = (
                1 + (len(words) > 12) * chance.randrange(2) + (len(words) > 400) * chance.randrange(1, 3)
            )
            stem = "".join(chance.choices(SYLLABLES[language], k=syllables))
            if crc32(stem.encode()) % 100 < HAVE_FORMS:
                formed.update(stem + ending for ending in ENDINGS[language])
                words.update(dict.fromkeys(stem + ending for ending in ENDINGS[language]))
            else:
                words[stem] = None
                self.single.add(stem)
        self.single -= formed
        return list(words)[:VOCABULARY]

    def articles(self, first: int, last: int) -> Iterator[Text]:
        for number in range(first, last + 1):
            yield self.article(number)

    def article(self, number: int) -> Text:
        chance = random.Random(number)
        language = chance.choices(list(LANGUAGES), cum_weights=self._shares)[0]
        words = self.words[language]
        length = min(2500, max(40, int(chance.lognormvariate(5.72, 0.55))))
        places = memoryview(chance.randbytes(4 * length)).cast("I")
        drawn = [words[self._ranks[place & DRAWN - 1]] for place in places]
        about = [words[int(60 * 1200 ** chance.random())] for _ in range(12)]
        for at in range(0, length, 6):
            drawn[at] = about[int(12 * chance.random() ** 2)]
        for at in range(50, length, 100):
            drawn[at] = f"{words[at]}{chance.randrange(10**6)}"
        feed = int(FEEDS * chance.random() ** 2)
        return Text(
            number=number,
            title=_joined(about[: 3 + number % 4] + drawn[:4], language),
            byline=f"{words[feed].title()} {words[feed + 500].title()}",
            text=_sentences(drawn, language),
            language=language,
            feed=feed + 1,
            # most are archived in the order in which they are dated; some are found late
            dated_at=START
            + timedelta(days=number / PER_DAY)
            - timedelta(days=chance.choice((0,) * 19 + (200,)) * chance.random()),
            host=f"www.site{feed}.example",
        )


def _ranks() -> array[int]:
    """Return ranks of words, each as often as Zipf's law has it: to draw one of these is to draw a word."""
    weights = list(accumulate(1 / (rank + 3.7) for rank in range(VOCABULARY)))
    return array("I", (bisect_right(weights, weights[-1] * (at + 0.5) / DRAWN) for at in range(DRAWN)))


def _sentences(words: list[str], language: str) -> str:
    stop = "。" if language == "ja" else ". "
    return stop.join(_joined(words[at : at + 14], language).capitalize() for at in range(0, len(words), 14))


def _joined(words: list[str], language: str) -> str:
    return ("" if language == "ja" else " ").join(words)
