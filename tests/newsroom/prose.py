"""The texts of our own web: English articles composed from patterns, others read from `texts/*.txt`.

Rules of this file: all of it was written for these tests and tells of nothing real. The same story always comes
out the same; two different ones share hardly a phrase, so that nothing but a copy looks like a copy.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

_TEXTS = Path(__file__).parent / "texts"
_PARAGRAPHS = 5
_SENTENCES = 3  # in a paragraph


@dataclass(frozen=True, slots=True)
class Story:
    """What an article tells, wherever it is published."""

    title: str
    byline: str
    language: str
    word: str  # stands in this story alone, never in its first paragraph
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Plot:
    """What an English story is about."""

    title: str
    word: str  # the invented name of a group, a tool, a rule
    place: str
    thing: str
    people: str


def story_of(plot: Plot) -> Story:
    """Compose an English article of about 250 words."""
    dice = random.Random(plot.title)
    patterns = dice.sample(_PATTERNS, _PARAGRAPHS * _SENTENCES - 2)
    told = [_filled(pattern, plot, dice) for pattern in patterns]
    told.insert(0, _filled(dice.choice(_OPENINGS), plot, dice))
    told.insert(_SENTENCES, _filled(dice.choice(_WITH_WORD), plot, dice))
    paragraphs = [" ".join(told[n : n + _SENTENCES]) for n in range(0, len(told), _SENTENCES)]
    byline = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
    return Story(plot.title, byline, "en", plot.word, tuple(paragraphs))


def story_in(name: str) -> Story:
    """Read one of the stories that are not English."""
    head, *paragraphs = (_TEXTS / f"{name}.txt").read_text("utf-8").strip().split("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Story(fields["title"], fields["byline"], fields["language"], fields["word"], tuple(paragraphs))


def _filled(pattern: str, plot: Plot, dice: random.Random) -> str:
    chosen = {slot: dice.choice(words) for slot, words in _SLOTS.items()}
    number = str(dice.randrange(3, 90))
    return pattern.format(
        place=plot.place, thing=plot.thing, people=plot.people, word=plot.word, number=number, **chosen
    )


_FIRST = ("Agnes", "Bram", "Clara", "Dougal", "Edith", "Fergus", "Greta", "Hollis", "Imogen", "Jonas")
_LAST = ("Ashdown", "Brackwell", "Corrigan", "Dunmore", "Eastlake", "Farrow", "Gillespie", "Harcastle")
_SLOTS = {
    "who": ("a retired schoolteacher", "the ferry captain", "a clockmaker", "the night nurse", "a beekeeper"),
    "name": (
        "Marlow Quint",
        "Odile Farrier",
        "Tobias Wren",
        "Petra Lindqvist",
        "Ivo Castellan",
        "Nell Abara",
    ),
    "when": (
        "last Thursday",
        "early in spring",
        "after the first frost",
        "on market day",
        "before the flood",
    ),
    "long": ("eleven weeks", "the better part of a year", "two slow winters", "barely a fortnight"),
    "mood": ("patient", "stubborn", "cheerful", "sceptical", "unhurried", "curious"),
    "stuff": ("copper wire", "salvaged oak", "wet sand", "old ledgers", "borrowed ladders", "blue paint"),
    "room": (
        "the town hall",
        "a draughty barn",
        "the back of the bakery",
        "the boathouse",
        "a spare classroom",
    ),
    "sound": (
        "a low hum",
        "the smell of resin",
        "a single bell",
        "the scrape of gravel",
        "a burst of applause",
    ),
    "sum": ("four thousand pounds", "the price of a used van", "less than a school trip", "a modest grant"),
}
_OPENINGS = (
    "Nobody in {place} expected {thing} to matter again, yet {when} it was all that {people} talked about.",
    "When {people} met in {room} {when}, the only question on the table was {thing}.",
    "{place} has found an unlikely use for {thing}, and {people} are rather proud of it.",
    "It took {long} and a good deal of {stuff} before {people} in {place} could show {thing} to visitors.",
)
_WITH_WORD = (
    "They call the arrangement {word}, a name that {who} suggested half in jest and that has stuck ever since.",
    "At the heart of it is {word}, which {name} explains with a pencil sketch and three coins.",
    "A small circle known as {word} keeps the keys, the accounts and most of the secrets.",
    "Much depends on {word}: without it, says {name}, the whole plan would fold within days.",
)
_PATTERNS = (
    "The idea came from {who}, who had kept notes about {thing} for {long}.",
    "Inside {room} one hears {sound}, then a pause, then everyone speaking at once.",
    "{name} remembers a {mood} crowd and a kettle that would not boil.",
    "The first attempt failed because the {stuff} swelled overnight and jammed every hinge.",
    "Costs were kept to {sum}, mostly by asking neighbours for {stuff}.",
    "By noon {number} visitors had signed the book, some of them twice.",
    "“You learn to be {mood},” says {name}, wiping both hands on a faded apron.",
    "Critics point out that {place} has {number} more urgent repairs waiting.",
    "A surveyor measured the site {when} and found it four inches shorter than on paper.",
    "Children were put in charge of the labels, which explains the spelling.",
    "For {long} the council neither agreed nor refused, and letters went unanswered.",
    "Rain delayed the opening, although {who} insisted on cutting the ribbon regardless.",
    "There are plans to lend {thing} to a museum two valleys away.",
    "What surprised {people} most was how quickly strangers began to help.",
    "A drawer full of {stuff} turned out to be worth more than the furniture around it.",
    "{name} and {who} disagree about nearly everything except the need for better lamps.",
    "An engineer from the coast checked the load and allowed {number} persons at a time.",
    "The oldest photograph shows the same corner with a goat standing where the door is now.",
    "Every evening somebody walks the boundary and writes down what has changed.",
    "Insurance proved harder than carpentry and took {long} to settle.",
    "In {room} hangs a chart with {number} coloured pins, one for each promise made.",
    "Local radio came {when}, recorded {sound}, and left without asking a question.",
    "Some donors prefer to stay unnamed; one left an envelope under a flowerpot.",
    "The rules fit on a postcard and the last of them forbids speeches.",
    "Winter will be the real test, because frost gets into {stuff} and stays there.",
    "Two apprentices start in autumn, both recommended by {who}.",
    "Prices in the tea room have not moved, despite {number} requests from the treasurer.",
    "A rival proposal from across the river was withdrawn after {long} of polite silence.",
    "Most of the tools are shared, apart from a plane that {name} guards like a passport.",
    "On quiet days the loudest thing in {place} is {sound}.",
    "The figures were read aloud, corrected, and read aloud once more in a {mood} voice.",
    "Nothing had been thrown away: even the crates were sorted, stacked and numbered.",
    "A film crew wanted to move the bench, and {people} voted unanimously to leave it.",
    "Experts differ on the date, but a coin found beneath the floor narrows it down.",
    "Half of the work is done sitting, sorting {stuff} by weight and then by colour.",
    "“We never meant to be {mood}, it simply saved time,” {name} adds.",
    "Buses stop nearby on weekdays, provided that one waves with conviction.",
    "The second phase needs {sum}, and a raffle has been announced for {number} prizes.",
    "Visitors are asked to bring their own cups and to return the borrowed umbrellas.",
    "A ledger in {room} lists every repair since the bridge was widened.",
    "Somebody painted the door {when}; so far nobody has confessed.",
    "The neighbours complained only once, about a trumpet, and later joined the band.",
    "Those who stay past sunset are rewarded with soup and a long story about eels.",
    "Next year the whole undertaking may move, brick by brick, to higher ground.",
    "To reach it, follow the canal, ignore the signpost and knock on the green gate.",
    "Plans drawn by {who} hang upside down, which apparently makes them easier to follow.",
    "Three cats inspect the premises daily and have yet to file an objection.",
    "The warranty, handwritten, covers everything save lightning and enthusiasm.",
    "A spokesman for the county called it irregular, then asked for a tour.",
    "By the end of the month {number} further towns had written to ask how it was done.",
)
