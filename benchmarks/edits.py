"""What newsrooms do to a text that they take over, and what makes different texts look alike.

Each edit takes the paragraphs of an article and those of another one, draws from the chance that it is given, and
returns the new text. Those of `COPIES` leave the same text in other dress; those of `STRANGERS` make a text that
shares much with the article and is not it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    Edit = Callable[[Sequence[str], Sequence[str], random.Random], str]

FURNITURE = (
    "Sign up for our morning newsletter and get the stories that matter delivered to your inbox every weekday.",
    "We rely on our readers. If you value independent reporting, consider taking out a subscription from one a week.",
    "Follow us on social media and join the conversation below; comments are moderated and close after three days.",
    "Nachdruck und Weiterverbreitung nur mit Genehmigung der Redaktion. Alle Angaben ohne Gewähr; Irrtum vorbehalten.",
    "You can contact our newsdesk by telephone, by post or by using the form on this page; we welcome your pictures.",
    "This website uses cookies to measure its audience. You can withdraw your consent at any time in the settings.",
)  # fmt: skip
_AGENCIES = ("Reuters", "AP", "AFP", "dpa", "EFE", "ANSA")
_TOWNS = ("LONDON", "WASHINGTON", "BERLIN", "PARIS", "TOKYO", "GENEVA")
_STYLE = (
    ("percent", "per cent"), ("organization", "organisation"), ("color", "colour"), ("center", "centre"),
    ("said", "told reporters"), ("%", " per cent"), ("program", "programme"), ("Mr. ", "Mr "), ("toward", "towards"),
    ("about", "around"), ("until", "till"), ("ß", "ss"), ("dass", "daß"), (" sagte", " erklärte"),
)  # fmt: skip


def paragraphs_of(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n|\n", text) if part.strip()]


def _joined(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(paragraphs)


def _sentences(paragraphs: Sequence[str]) -> list[str]:
    return [
        sentence for part in paragraphs for sentence in re.split(r"(?<=[.!?。])\s+", part) if sentence.strip()
    ]


def agency_frame(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """A dateline before, credits and a disclaimer after."""
    agency, town = chance.choice(_AGENCIES), chance.choice(_TOWNS)
    head = f"{town}, {chance.randint(1, 28)} ({agency}) - {own[0]}"
    tail = f"({agency}; reporting by our correspondents; editing by the night desk) © {agency}. All rights reserved."
    return _joined([head, *own[1:], tail])


def new_lead(own: Sequence[str], other: Sequence[str], chance: random.Random) -> str:
    """The first fifth is written anew."""
    cut = max(1, len(own) // 5)
    return _joined([*chance.sample(list(other), min(cut, len(other))), *own[cut:]])


def house_style(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """Spelling and favourite words of another house; a sentence goes here and there."""
    text = _joined(own)
    for ours, theirs in _STYLE:
        text = text.replace(ours, theirs)
    return " ".join(sentence for sentence in _sentences([text]) if chance.random() > 0.04)


def dressed(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """A third of the paragraphs is cut, the site's furniture stands before and after."""
    kept = [part for part in own if chance.random() > 0.3] or list(own)
    furniture = chance.sample(FURNITURE, 4)
    return _joined([*furniture[:2], *kept, *furniture[2:]])


def _cut(own: Sequence[str], share: float) -> str:
    sentences = _sentences(own)
    return " ".join(sentences[: max(2, round(len(sentences) * share))])


def cut_to_fifth(own: Sequence[str], _: Sequence[str], __: random.Random) -> str:
    return _cut(own, 0.2)


def cut_to_two_fifths(own: Sequence[str], _: Sequence[str], __: random.Random) -> str:
    return _cut(own, 0.4)


def cut_and_dressed(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """The first third, with a call to go on reading and the site's furniture."""
    return _joined(
        [_cut(own, 0.33), "Read the full story on the publisher's site.", *chance.sample(FURNITURE, 2)]
    )


def shuffled(own: Sequence[str], other: Sequence[str], chance: random.Random) -> str:
    """Paragraphs in another order, two of another text among them."""
    mixed = [*own, *chance.sample(list(other), min(2, len(other)))]
    chance.shuffle(mixed)
    return _joined(mixed)


def reworded(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """Every tenth word is another one, from elsewhere in the text: related at least, a copy or not."""
    words = _joined(own).split(" ")
    return " ".join(chance.choice(words) if chance.random() < 0.1 else word for word in words)


def shares_furniture(_: Sequence[str], other: Sequence[str], __: random.Random) -> str:
    """Another article with the furniture that the first may have as well."""
    return _joined([*other, *FURNITURE])


def shares_ending(own: Sequence[str], other: Sequence[str], _: random.Random) -> str:
    """Another article that ends with the background that `own` ends with."""
    return _joined([*other, *own[-max(1, len(own) // 5) :]])


def quotes_passage(own: Sequence[str], other: Sequence[str], chance: random.Random) -> str:
    """Another article that quotes a paragraph out of the middle."""
    middle = len(other) // 2
    return _joined([*other[:middle], chance.choice(list(own)), *other[middle:]])


def figures_changed(own: Sequence[str], _: Sequence[str], chance: random.Random) -> str:
    """The same words with other figures: next year's report."""
    return re.sub(r"\d+", lambda found: str(chance.randint(1, 10 ** len(found.group()))), _joined(own))


COPIES: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (agency_frame, new_lead, house_style, dressed, cut_to_fifth, cut_to_two_fifths, cut_and_dressed,
                 shuffled, reworded)
}  # fmt: skip
STRANGERS: dict[str, Edit] = {
    edit.__name__: edit for edit in (shares_furniture, shares_ending, quotes_passage)
}
