"""Wire copy as outlets print it: one story in up to 46 hands, each of which edits, cuts and frames it in its own way.

An outlet has its own furniture around every text, its own house style and its own way with datelines and headlines.
It cuts from the end, as one does with wire copy, drops a paragraph here and there, writes a local lead, or puts a line
of its own in between. The families are true by construction; other stories that an outlet writes itself stand in the
same furniture and belong to nobody. Everything is drawn from a seed.
"""

# ruff: noqa: RUF001  agencies sign with dashes of every length

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.edits import FURNITURE, paragraphs_of
from benchmarks.matcher import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OUTLETS = 60
MOST = 46  # outlets that carry one story
HOURS = 60  # until the last of them has printed it
_TOWNS = (
    "WASHINGTON",
    "LONDON",
    "BERLIN",
    "Paris",
    "Brussels",
    "ROME",
    "Tokyo",
    "NAIROBI",
    "Delhi",
    "OTTAWA",
)
_SIGNS = ("(AP) — ", "(Reuters) - ", "(AFP) – ", "(dpa) - ", "", "")
_CREDITS = (
    "Copyright {year} The agency. All rights reserved. It may not be published or rewritten without permission.",
    "Reporting by our correspondents; additional reporting by the night desk; editing by the slot.",
    "This story was produced by a news agency and has been edited for style.",
    "",
    "",
)
_PAPERS = ("Courier", "Herald", "Post", "Anzeiger", "Ledger", "Sun")
_CALLS = (
    "Have a story to share? Write to the newsroom of the {name} or call our tip line at any hour of the day.",
    "More from the {name}: the week in pictures, the crossword, and everything that happened in the county.",
    "Support local journalism. A subscription to the {name} costs less than a coffee a week and keeps us going.",
    "The {name} is delivered by carriers in the city and by mail elsewhere; call circulation before nine o'clock.",
    "Comments are open for subscribers of the {name} for three days and are moderated by people, not machines.",
    "Get the {name} on your phone: breaking news, high school scores and weather from a team that lives here.",
    "Letters to the editor of the {name} should be no longer than 250 words and carry a name and a town.",
    "Find obituaries, legal notices and the classified section of the {name} at the foot of this page every day.",
)
_STYLES = (
    (("percent", "per cent"), ("organization", "organisation"), ("toward ", "towards ")),
    (("said", "told reporters"), ("United States", "U.S."), ("about", "around")),
    (("%", " percent"), ("Mr. ", ""), ("World War II", "Second World War")),
    (("\u201c", '"'), ("\u201d", '"'), ("\u2019", "'")),
    (("Dr. ", "Dr "), ("U.S.", "US"), ("e-mail", "email")),
    (),
)
_LOCAL = (
    "{name} readers will remember that the matter was raised at the county board two winters ago, without result.",
    "Officials in our area said on request that they were following the events and saw no need to act for now.",
    "A spokeswoman for the regional council told the {name} that nobody from here was known to be concerned.",
)


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    site: str
    before: tuple[str, ...]  # its furniture, the same around every text
    after: tuple[str, ...]
    style: tuple[tuple[str, str], ...]
    sign: str
    credit: str


def wires(articles: Sequence[tuple[str, str]], families: int, seed: int = 7) -> Iterator[tuple[Text, object]]:
    """Yield texts in the order in which they are printed, each with the story that it carries."""
    chance = random.Random(seed)
    outlets = [_outlet(number, chance) for number in range(OUTLETS)]
    chosen = chance.sample(list(articles), min(len(articles), 2 * families))
    printed: list[tuple[float, Outlet, str, str, int]] = []
    for story, (title, text) in enumerate(chosen):
        # every other story is one outlet's own
        carriers = 1 if story % 2 else min(MOST, 2 + int(chance.expovariate(1 / 9)))
        begins = chance.uniform(0, 30)
        for at, outlet in enumerate(chance.sample(outlets, carriers)):
            day = begins + (chance.uniform(0, HOURS) / 24 if at else 0)
            printed.append((day, outlet, *_printed(outlet, title, paragraphs_of(text), chance), story))
    printed.sort(key=lambda one: one[0])
    for number, (day, outlet, headline, body, story) in enumerate(printed):
        yield Text(number, body, headline, outlet.site, day), story


def _outlet(number: int, chance: random.Random) -> Outlet:
    name = f"{_TOWNS[number % len(_TOWNS)].title()} {_PAPERS[number // len(_TOWNS)]}"
    calls = [call.format(name=name) for call in chance.sample(_CALLS, chance.randint(0, 4))]
    shared = chance.sample(FURNITURE, chance.randint(0, 2))  # of the chain that it belongs to
    cut = chance.randint(0, len(calls))
    return Outlet(
        name,
        f"outlet-{number}.example",
        tuple(calls[:cut]),
        (*calls[cut:], *shared),
        chance.choice(_STYLES),
        chance.choice(_SIGNS),
        chance.choice(_CREDITS),
    )


def _printed(outlet: Outlet, title: str, paragraphs: Sequence[str], chance: random.Random) -> tuple[str, str]:
    """Return headline and text as an outlet prints a story."""
    own = list(paragraphs)
    if chance.random() < 0.4:  # cut from the end
        own = own[: max(2, round(len(own) * chance.uniform(0.4, 0.9)))]
    if chance.random() < 0.3 and len(own) > 4:  # a paragraph goes
        del own[chance.randrange(2, len(own))]
    if chance.random() < 0.15:  # a local lead
        own[0] = chance.choice(_LOCAL).format(name=outlet.name)
    elif chance.random() < 0.2:  # a line of one's own
        own.insert(chance.randrange(1, len(own)), chance.choice(_LOCAL).format(name=outlet.name))
    if chance.random() < 0.3:  # sentences of their own lines, as on a telephone
        own = [part for one in own for part in re.split(r"(?<=[.!?])\s+(?=[A-Z\u201c\"])", one)]
    dateline = f"{chance.choice(_TOWNS)} {outlet.sign}" if outlet.sign else ""
    body = "\n\n".join([*outlet.before, dateline + own[0], *own[1:]])
    for ours, theirs in outlet.style:
        body = body.replace(ours, theirs)
    tail = [outlet.credit.format(year=2026)] if outlet.credit else []
    return _headline(title, outlet, chance), "\n\n".join([body, *tail, *outlet.after])


def _headline(title: str, outlet: Outlet, chance: random.Random) -> str:
    words = title.split()
    how = chance.random()
    if how < 0.4 or len(words) < 4:
        return title
    if how < 0.6:
        return f"{title} | {outlet.name}"
    if how < 0.8:
        return " ".join(words[: max(3, len(words) * 2 // 3)])
    return " ".join(chance.sample(words, max(3, len(words) // 2)))  # written anew from the same words
