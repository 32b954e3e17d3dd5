"""From an article to its vector: what it makes much of and what is rare weighs most.

Pure. TF-IDF (Spärck Jones 1972) with what news needs: what the headline says and the text repeats counts
threefold, names and numbers a little
more than other words, and how rare a word is is told by the archive's own articles in the article's language. While
the archive is young, a few articles that nobody wrote stand for those that it does not have yet.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from aggregator.languages import STOPS, likely_language
from aggregator.models.stories import Frequencies, Terms, Vector
from aggregator.stories.words import (
    LEAD,
    LEAD_CHARACTERS,
    TITLE_CHARACTERS,
    fold,
    mark_of,
    tokens_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPEATED = 2  # times more that a word counts when the headline has it, too
UNREPEATED = 0.5  # times that a word of the headline counts when the text is LONG and has it not
LONG = 60  # words
TITLE_WORDS = 60
SPOKEN = 500  # characters of the text that tell its language
NAMED = 1.4  # times as much as other words; more loses wordings of one language that share few names
PRIOR = 100  # articles that nobody wrote …
_EVERYWHERE = 0.5  # … half of which have each function word …
_HARDLY = 0.5  # … and hardly any a word that we know nothing about
STRONGEST = 2  # shared words: a name is often two
DOUBTED = 0.5  # of what they say
STAYS = 0.5  # of the words of an article before and after a change
_FUNCTION = frozenset(mark_of(fold(word)) for words in STOPS.values() for word in words)


def terms_of(title: str, text: str, language: str = "") -> Terms:
    """Return the words of an article that tell its story. Bounded: a long text is not read beyond its beginning."""
    title, text = title[:TITLE_CHARACTERS], text[:LEAD_CHARACTERS]
    lead = list(tokens_of(text, LEAD))
    counts: dict[str, float] = dict(Counter(word for word, _ in lead))
    names = {word for word, is_name in lead if is_name}
    _add_title(counts, [word for word, _ in tokens_of(title, TITLE_WORDS)], backed=len(lead) >= LONG)
    spoken = likely_language(language, f"{title}\n{text[:SPOKEN]}")
    return Terms(spoken, {mark_of(word): _emphasis(word, count, names) for word, count in counts.items()})


def _add_title(counts: dict[str, float], title: Sequence[str], *, backed: bool) -> None:
    """Count the words of a headline, those more that the text repeats.

    What stands in the headline and nowhere in a long text under it is decoration, or the headline is another's.
    """
    for word in dict.fromkeys(title):
        if word in counts:
            counts[word] += REPEATED
        else:
            counts[word] = UNREPEATED if backed else 1


def _emphasis(word: str, count: float, names: set[str]) -> float:
    is_telling = (word in names or word[0].isdigit()) and len(word) > 1
    made_of_it = 1.0 if count == 1 else 1 + math.log(count)
    return made_of_it * NAMED if is_telling else made_of_it


def tells_another(before: Terms, after: Terms) -> bool:
    """Tell whether an article changed so much that its story may be another: it has lost half of its words."""
    words, others = set(before.emphasis), set(after.emphasis)
    return len(words & others) < STAYS * len(words | others)


def weigh(terms: Terms, known: Frequencies) -> Vector:
    """Return the vector of an article, given how common its words are in articles of its language: rare ones weigh."""
    articles, having = known.articles + PRIOR, known.having
    weights: dict[int, float] = {}
    for word, emphasis in terms.emphasis.items():
        prior = _EVERYWHERE * PRIOR if word in _FUNCTION else _HARDLY
        rarity = math.log(articles / (having.get(word, 0) + prior))
        if rarity > 0:
            weights[word] = emphasis * rarity
    return Vector(terms.language, to_unit(weights))


def to_unit(weights: Mapping[int, float]) -> dict[int, float]:
    """Return the weights scaled to length 1; nothing stays nothing."""
    length = math.sqrt(math.fsum([weight * weight for weight in weights.values()]))
    return {word: weight / length for word, weight in weights.items()} if length else {}


def likeness(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return how alike two sets of weights are: their inner product, half of the strongest two words left out.

    Two texts that share a company's name and nothing else tell two stories of the company; those that tell one story
    share many words.
    """
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    shared = [weight * longer[word] for word, weight in shorter.items() if word in longer]
    shared.sort()
    return sum(shared) - DOUBTED * sum(shared[-STRONGEST:])
