"""The plan of our own web: which papers there are, what they print and which feeds announce it from when on.

Rules of this file: facts alone, with true addresses. Everything is fictional; hosts end in `.example`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.newsroom.pressroom import Item, Paper, atom, json_feed, rdf, rss20
from tests.newsroom.prose import Plot, Story, story_in, story_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GAZETTE = Paper("The Harbour Gazette", "https://www.harbour-gazette.example/", "en")
NORDLICHT = Paper("Nordlicht-Zeitung", "https://nordlicht-zeitung.example/", "de")
LETTERS = Paper("World Letters", "https://letters.world.example/", "mul")
FIELDNOTES = Paper("Field Notes", "https://fieldnotes.example/", "en", "blog")
MIRROR = Paper("The Mirror Herald", "http://mirror-herald.example/", "en", "blog")
PLANET = Paper("Planet Everything", "https://planet.example/", "en")
NOTES = Paper("Small Notes", "https://small-notes.example/", "en", "blog")

GAZETTE_FEED = f"{GAZETTE.home}rss.xml"
NORDLICHT_FEED = f"{NORDLICHT.home}atom.xml"
LETTERS_FEED = f"{LETTERS.home}feed.json"
FIELDNOTES_FEED = f"{FIELDNOTES.home}index.rdf"
LONGFORM_FEED = f"{FIELDNOTES.home}longform/rss.xml"  # gives the whole text of every article
PLANET_FEED = f"{PLANET.home}atom.xml"
MOVED_FEED = f"{NOTES.home}moved.xml"
MISSING_FEED = f"{NOTES.home}missing.xml"
HTML_FEED = f"{NOTES.home}html.xml"
EMPTY_FEED = f"{NOTES.home}empty.xml"
CUT_FEED = f"{NOTES.home}cut.xml"
MOVED_TO = f"{NOTES.home}new/moved.xml"
TROUBLED_FEEDS = (MOVED_FEED, MISSING_FEED, HTML_FEED, EMPTY_FEED, CUT_FEED)


@dataclass(frozen=True, slots=True)
class FailingPage:
    """A link behind which there is no article: the feed's words are all there is."""

    url: str
    status: int
    title: str
    word: str  # stands in the feed's summary alone


@dataclass(frozen=True, slots=True)
class Planned:
    paper: Paper
    slug: str
    story: Story
    hours_old: int  # when its first step begins
    first_step: int = 0

    @property
    def url(self) -> str:
        return f"{self.paper.home}{self.slug}"


def _plot(title: str, word: str, place: str, thing: str, people: str) -> Story:
    return story_of(Plot(title, word, place, thing, people))


_BRIDGE = _plot(
    "Footbridge carried home in pieces", "Quillfeather", "Wexcombe", "the old footbridge", "dockers"
)
# fmt: off
PLAN: dict[str, Planned] = {
    "clock": Planned(GAZETTE, "2026/03/harbour-clock", _plot(
        "Harbour clock to ring again", "Tidebrass", "Port Ellery", "the harbour clock", "the lock keepers"), 20),
    "bridge": Planned(GAZETTE, "2026/03/footbridge", _BRIDGE, 12),
    "lamps": Planned(GAZETTE, "2026/03/street-lamps?page=1", _plot(
        "Street lamps go amber for the owls", "Glimmerwatch", "Saltmarsh Row", "amber light", "bird counters"), 4),
    "choir": Planned(GAZETTE, "2026/03/ferry-choir", _plot(
        "Ferry choir rehearses below deck", "Larkhold", "the Nine Piers", "part singing", "commuters"), 1, 1),
    "kiln": Planned(GAZETTE, "2026/03/brick-kiln", _plot(
        "Village rebuilds its brick kiln", "Emberwright", "Clay Hollow", "the kiln", "three families"), 1, 1),
    "leuchtturm": Planned(NORDLICHT, "kueste/leuchtturm-1041.html", story_in("de-leuchtturm"), 5),
    "bibliothek": Planned(NORDLICHT, "stadt/nachtbibliothek-1057.html", story_in("de-bibliothek"), 1, 2),
    "tram": Planned(LETTERS, "ru/tramvai", story_in("ru-tram"), 30),
    "paper": Planned(LETTERS, "ja/washi", story_in("ja-paper"), 28),
    "boats": Planned(LETTERS, "ar/qawarib", story_in("ar-boats"), 26),
    "orchard": Planned(LETTERS, "ru/sad", story_in("ru-orchard"), 1, 1),
    "kingfisher": Planned(LETTERS, "ja/kawasemi", story_in("ja-kingfisher"), 1, 1),
    "well": Planned(LETTERS, "ar/bir", story_in("ar-well"), 1, 2),
    "moss": Planned(FIELDNOTES, "moss/", _plot(
        "What moss remembers about rain", "Spongeline", "Upper Fernley", "cushion moss", "two botanists"), 50),
    "eels": Planned(FIELDNOTES, "eels/", _plot(
        "Counting eels by moonlight", "Silverlatch", "the Mill Race", "the eel ladder", "volunteers"), 9),
    "stones": Planned(FIELDNOTES, "stones/", _plot(
        "Standing stones that lean south", "Gnomonry", "Harrow Down", "the leaning stones", "surveyors"), 1, 1),
    "loom": Planned(FIELDNOTES, "longform/loom", _plot(
        "A loom for unruly wool", "Heddlecraft", "Thornby", "the great loom", "the spinners"), 40),
    "ice": Planned(FIELDNOTES, "longform/ice-house", _plot(
        "Reopening the ice house", "Frostkeep", "Lower Manor", "the ice house", "cheese makers"), 16),
    "maps": Planned(FIELDNOTES, "longform/paper-maps", _plot(
        "The last maker of paper maps", "Contourist", "Inkpen Street", "folded maps", "walkers"), 1, 2),
    "copy": Planned(MIRROR, "news/4711", _BRIDGE, 11),
    "slow": Planned(MIRROR, "news/4712", _plot(
        "Snail race ends in a draw", "Shellometer", "Gardenhurst", "the snail derby", "the judges"), 1, 1),
    "kites": Planned(NOTES, "kites.html", _plot(
        "Kites against the silence", "Windloft", "Barrow Point", "box kites", "the twins"), 33),
    "soup": Planned(NOTES, "soup.html", _plot(
        "Soup that travels well", "Ladlework", "the Moor Road", "barley soup", "lorry drivers"), 31),
    "radio": Planned(NOTES, "radio.html", _plot(
        "A radio station in a phone box", "Staticwell", "Crossways", "the phone box", "pupils"), 1, 2),
}
# fmt: on


def url_of(key: str) -> str:
    return PLAN[key].url


SLOW = url_of("slow")
TRACKED = (
    f"{url_of('clock')}?utm_source=planet&utm_medium=feed"  # the same article, as the planet links to it
)
DETOUR = f"{PLANET.home}go/1"  # redirects to an article of the Field Notes
FAILING = {
    "lost": FailingPage(f"{GAZETTE.home}2026/02/lost-page", 404, "The page that was taken down", "Vanishery"),
    "closed": FailingPage(
        f"{FIELDNOTES.home}closed/", 503, "The laboratory that is never in", "Shutterstone"
    ),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One feed: what it announces from when on, how it is written and which validators it sends."""

    url: str
    paper: Paper
    category: str
    write: Callable[[Paper, str, tuple[Item, ...]], bytes]
    kind: str  # Content-Type
    brings: Mapping[str, int]  # article, failing page or link -> first step
    validators: str = ""  # of "e" ETag, "w" weak ETag, "m" Last-Modified


def _own(paper: Paper, folder: str = "") -> dict[str, int]:
    """Return a paper's articles whose address begins with its home and `folder`, and their first steps."""
    return {
        key: planned.first_step
        for key, planned in PLAN.items()
        if planned.paper == paper and planned.slug.startswith("longform/") == (folder == "longform/")
    }


RSS, ATOM = "application/rss+xml", "application/atom+xml"
_ON_THEPLANET = {"clock": 0, "copy": 0, "lost": 0, "moss": 0, "closed": 1, "slow": 1}
ISSUES = (
    Issue(GAZETTE_FEED, GAZETTE, "News", rss20, f"{RSS}; charset=utf-8", _own(GAZETTE), "em"),
    Issue(NORDLICHT_FEED, NORDLICHT, "News/Auf Deutsch", atom, ATOM, _own(NORDLICHT), "w"),
    Issue(LETTERS_FEED, LETTERS, "World", json_feed, "application/feed+json", _own(LETTERS)),
    Issue(FIELDNOTES_FEED, FIELDNOTES, "Science", rdf, "application/rdf+xml", _own(FIELDNOTES), "m"),
    Issue(
        LONGFORM_FEED,
        FIELDNOTES,
        "Science",
        partial(rss20, full=True),
        "text/xml",
        _own(FIELDNOTES, "longform/"),
        "e",
    ),
    Issue(PLANET_FEED, PLANET, "", atom, ATOM, _ON_THEPLANET, "e"),
    *(Issue(url, NOTES, "Trouble", rss20, RSS, _own(NOTES), "e") for url in TROUBLED_FEEDS),
)
