"""Edits of published pages: is every real one kept, is noise left out, is anything lost when a page breaks?

    [AGGREGATOR_CORPUS=…] python -m benchmarks.revisions [--json FILE] [--verbose]

Pages are announced, archived and looked at again by the program's own loops, over a web without sockets and a clock
that is told what time it is. With the corpus: the history of a blog, each step marked by hand-made rules as an edit
of the text or of the template only. Always: scripted edits of pages of our own, in two layouts and four languages.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.archive import open_archive
from aggregator.archive.instants import stamp
from aggregator.models import Change, ParsedEntry, Response
from aggregator.pipeline import archive_entries
from aggregator.reading import read_entry
from aggregator.schedule import Rechecks
from aggregator.schedule.rechecks import LOOKS
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import HOUR, LEASE, NOW, plan, said, visit
from tests.newsroom.pressroom import Paper, article_page
from tests.newsroom.prose import Plot, Story, story_in, story_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.archive import Archive

FEED = "https://feed.example/all"
NOISE_LIMIT = 0.02


@dataclass(frozen=True, slots=True)
class Press:
    """One article on the web, with what its page becomes at each look."""

    url: str
    title: str
    states: tuple[bytes | int, ...]  # the page, or the status of an answer without one


@dataclass(frozen=True, slots=True)
class Seen:
    """What the archive made of one state."""

    kinds: tuple[str, ...]  # of the revisions that it brought
    title: str
    text: str
    gone: bool


def follow(pages: Sequence[Press]) -> list[list[Seen]]:
    """Announce all pages, archive them, look at every later state; return what the archive had after each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(Path(folder) / "a.db", writable=True) as archive,
    ):
        web, clock = FakeWeb(), Clock()
        archive.feeds.apply_plan(plan(FEED), NOW)
        feed = archive.feeds.claim(NOW, limit=1, lease=LEASE)[0]
        entries = [replace(said(page.url, page.url, page.title), published_at=NOW) for page in pages]
        archive.visits.record([visit(feed, *entries)])
        ids: dict[str, int] = {}
        seen: list[list[Seen]] = [[] for _ in pages]
        for turn in range(max(len(page.states) for page in pages)):
            _serve(web, pages, turn)
            _work(archive, web, clock, turn)
            ids = ids or {
                e.link: e.article_id for e in archive.entries.announced() if e.article_id is not None
            }
            for page, states in zip(pages, seen, strict=True):
                if turn < len(page.states):
                    states.append(_state(archive, ids[page.url], states))
        return seen


def _serve(web: FakeWeb, pages: Sequence[Press], turn: int) -> None:
    for page in pages:
        state = page.states[min(turn, len(page.states) - 1)]
        headers = {"content-type": "text/html; charset=utf-8"}
        status, body = (state, b"") if isinstance(state, int) else (200, state)
        web.answers[page.url] = Response(page.url, page.url, status, headers, body)


def _work(archive: Archive, web: FakeWeb, clock: Clock, turn: int) -> None:
    """Let the loop run when the next look is due, and on until all that is allowed in each hour was done."""
    if turn:
        clock.at = max(clock.at, NOW + LOOKS[turn - 1] * 1.1 + HOUR / 60)
    while True:
        list(archive_entries(replace(tools(archive, web, clock), rechecks=Rechecks(on=True))))
        if not archive.db.value("SELECT count(*) FROM entries WHERE next_try_at <= ?", (stamp(clock()),)):
            return
        clock.forward(minutes=61)


def _state(archive: Archive, article_id: int, before: Sequence[Seen]) -> Seen:
    article = archive.articles.get(article_id)
    assert article is not None
    kinds = tuple(str(past.kind) for past in archive.articles.revisions(article_id))
    return Seen(
        kinds[sum(len(one.kinds) for one in before) :],
        article.title,
        article.text,
        article.gone_at is not None,
    )


# ---------------------------------------------------------------------------------------- a blog's history


@dataclass(frozen=True, slots=True)
class Step:
    page: str
    version: int
    is_edit: bool  # as the corpus has it
    reaches_us: bool  # the text that we extract is another one
    kinds: tuple[str, ...]


def blog_steps(folder: Path) -> list[Step]:
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    pages = [_press(folder, row) for row in rows]
    steps = []
    for row, page, seen in zip(rows, pages, follow(pages), strict=True):
        texts = [_extracted(page, state) for state in page.states]
        for number, version in enumerate(row["versions"][1:], 1):
            differs = texts[number].split() != texts[number - 1].split()
            steps.append(Step(page.url, number, bool(version["text_changed"]), differs, seen[number].kinds))
    return steps


def _press(folder: Path, row: dict[str, Any]) -> Press:
    states = tuple(gzip.decompress((folder / version["html"]).read_bytes()) for version in row["versions"])
    found = read_entry(ParsedEntry("0", link=row["url"]), _answer(row["url"], states[0])).extracted
    return Press(row["url"], found.title, states)


def _extracted(page: Press, state: bytes | int) -> str:
    assert isinstance(state, bytes)
    return read_entry(
        ParsedEntry("0", link=page.url, title=page.title), _answer(page.url, state)
    ).extracted.text


def _answer(url: str, body: bytes) -> Response:
    return Response(url, url, 200, {"content-type": "text/html; charset=utf-8"}, body)


def blog_figures(folder: Path, *, verbose: bool) -> Iterator[Figure]:
    steps = blog_steps(folder)
    edits = [step for step in steps if step.is_edit]
    reaching = [step for step in edits if step.reaches_us]
    noise = [step for step in steps if not step.is_edit]
    for step in steps:
        if verbose and (step.is_edit or step.kinds):
            print(f"{step.page} v{step.version} edit={step.is_edit} reaches={step.reaches_us} {step.kinds}")
    print(f"blog: kinds of the edits kept: {dict(Counter(kind for step in edits for kind in step.kinds))}")
    print(f"blog: {len(edits) - len(reaching)} of {len(edits)} edits lie outside the text that is extracted")
    yield Figure(
        "blog.edits_kept", _share(bool(s.kinds) for s in reaching), "of edits of the text", ">=", 1.0
    )
    yield Figure("blog.all_edits_kept", _share(bool(s.kinds) for s in edits), "of edits of the page")
    yield Figure("blog.noise", _share(bool(s.kinds) for s in noise), "of template changes", "<", NOISE_LIMIT)


def _share(flags: Iterator[bool]) -> float:
    kept = list(flags)
    return sum(kept) / len(kept) if kept else 0.0


# ------------------------------------------------------------------------------------------ scripted edits


@dataclass(frozen=True, slots=True)
class Script:
    """One article of our own: what happens to its page, and what kind of revision that ought to be."""

    name: str
    press: Press
    expected: tuple[tuple[str, ...], ...]  # for each state after the first
    breaks: tuple[bool, ...]  # the page is broken in that state: the text must stay what it was


Edit = tuple[str, "Callable[[Story], Story]", Change]
PAPERS = (
    Paper("Tidewater Post", "https://tidewater.example/", "en"),
    Paper("Notes from the Quay", "https://quay.example/", "en", "blog"),
)
EDITS: tuple[Edit, ...] = (
    ("number", lambda s: _reworded(s, 1, lambda words: _with_number(words, "517")), Change.CORRECTION),
    (
        "name",
        lambda s: _reworded(s, 2, lambda words: [*words[:4], "Marguerite", *words[5:]]),
        Change.CORRECTION,
    ),
    ("few words gone", lambda s: _reworded(s, 1, lambda words: [*words[:6], *words[9:]]), Change.CORRECTION),
    ("paragraph added", lambda s: replace(s, paragraphs=(*s.paragraphs, NEWS)), Change.SUBSTANCE),
    ("paragraph rewritten", lambda s: replace(s, paragraphs=(*s.paragraphs[:-1], NEWS)), Change.SUBSTANCE),
    (
        "paragraph removed",
        lambda s: replace(s, paragraphs=(s.paragraphs[0], *s.paragraphs[2:])),
        Change.REMOVAL,
    ),
    ("correction note", lambda s: replace(s, paragraphs=(*s.paragraphs, NOTE)), Change.CORRECTION),
    ("headline", lambda s: replace(s, title=f"{s.title}, and what came of it"), Change.HEADLINE),
)
NEWS = (
    "Late on Thursday the council of the town met behind closed doors, heard two engineers and a pilot, and voted by"
    " nine to four to pay for the repairs out of the money that had been put aside for the new market hall."
)
NOTE = "Correction: an earlier version of this article gave the wrong year for the founding of the ferry company."
WALLS: dict[str, bytes | int] = {
    "gone for a day (404)": 404,
    "server in trouble (503)": 503,
    "refused (403)": 403,
    "empty": b"<html><body></body></html>",
    "consent wall": b"<html><head><title>Before you continue</title></head><body><h1>We value your privacy</h1>"
    b"<p>We and our 812 partners store and access information on a device, such as cookies.</p>"
    b"<button>Accept all</button><button>Reject all</button></body></html>",
    "bot wall": b"<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>"
    b"<p>Please enable JavaScript and cookies to continue.</p></body></html>",
}


def _reworded(story: Story, at: int, change: Callable[[list[str]], list[str]]) -> Story:
    told = list(story.paragraphs)
    told[at] = " ".join(change(told[at].split()))
    return replace(story, paragraphs=tuple(told))


def _with_number(words: list[str], number: str) -> list[str]:
    places = [at for at, word in enumerate(words) if word.strip(",.").isdigit()] or [3]
    return [*words[: places[0]], number, *words[places[0] + 1 :]]


def _stories() -> Iterator[Story]:
    yield story_of(Plot("The ferry that came back", "Corvane", "Nordhaven", "ferry", "fishers"))
    yield story_of(Plot("A bridge for the marsh", "Tessaly", "Ostmere", "bridge", "farmers"))
    yield story_in("de-leuchtturm")
    yield story_in("ru-tram")
    yield story_in("ja-paper")


def _page(paper: Paper, url: str, story: Story, around: str = "") -> bytes:
    """Print a page, with what counts and ticks around the text of a live site."""
    body = article_page(paper, url, story, NOW).decode()
    first = f"<p>{story.paragraphs[0][:20]}"
    return body.replace(first, f"{around}{first}", 1).encode()


def _ticking(number: int) -> str:
    """Return what is another thing at every look, and never news."""
    return (
        f'<div class="meta"><p>Updated {number * 7 + 2} minutes ago</p><p>{number * 13} comments</p>'
        f"<p>{number + 3} min read</p><p>Share {number * 5}</p></div>"
    )


def scripts() -> Iterator[Script]:
    """Yield every edit in every layout and language, alone, under ticking counters, and with a page that breaks."""
    for paper in PAPERS:
        for number, story in enumerate(_stories()):
            for name, edit, kind in EDITS:
                if not (story.language == "ja" and name in {"number", "name", "few words gone"}):
                    yield _edited(paper, f"{number}-{name.replace(' ', '-')}", story, edit(story), name, kind)
            yield _noise(paper, f"{number}-noise", story)
            for wall, state in WALLS.items():
                slug = "".join(letter for letter in wall if letter.isalnum())
                yield _broken(paper, f"{number}-{slug}", story, wall, state)
            yield _vanished(paper, f"{number}-vanished", story)


def _edited(paper: Paper, slug: str, story: Story, new: Story, name: str, kind: Change) -> Script:
    url = f"{paper.home}{slug}"
    states = (
        _page(paper, url, story, _ticking(1)),
        _page(paper, url, story, _ticking(2)),
        _page(paper, url, new, _ticking(3)),
        _page(paper, url, new, _ticking(4)),
    )
    return Script(name, Press(url, story.title, states), ((), (str(kind),), ()), (False, False, False))


def _noise(paper: Paper, slug: str, story: Story) -> Script:
    url = f"{paper.home}{slug}"
    typeset = replace(
        story,
        paragraphs=tuple(
            line.replace("'", "\u2019").replace(" - ", " \u2013 ").replace('"', "\u201d")
            for line in story.paragraphs
        ),
    )
    states = [_page(paper, url, story, _ticking(turn)) for turn in range(4)]
    states += [_page(paper, url, typeset, _ticking(9)), _page(paper, url, story)]
    return Script("noise", Press(url, story.title, tuple(states)), ((),) * 5, (False,) * 5)


def _broken(paper: Paper, slug: str, story: Story, wall: str, state: bytes | int) -> Script:
    """Break the page, mend it, edit it: the break costs nothing, the edit is seen."""
    url = f"{paper.home}{slug}"
    edited = replace(story, paragraphs=(*story.paragraphs, NEWS))
    states = (_page(paper, url, story), state, _page(paper, url, story), _page(paper, url, edited))
    return Script(
        wall, Press(url, story.title, states), ((), (), (str(Change.SUBSTANCE),)), (True, False, False)
    )


def _vanished(paper: Paper, slug: str, story: Story) -> Script:
    url = f"{paper.home}{slug}"
    states = (_page(paper, url, story), 404, 404, 404)
    return Script("gone for good", Press(url, story.title, states), ((), (), ()), (True, True, True))


def script_figures(*, verbose: bool) -> Iterator[Figure]:
    plays = list(scripts())
    seen = follow([play.press for play in plays])
    real = kept = right = quiet = noisy = broken = lost = 0
    for play, states in zip(plays, seen, strict=True):
        for at, (expected, breaks) in enumerate(zip(play.expected, play.breaks, strict=True), 1):
            kinds = states[at].kinds
            real += len(expected)
            kept += bool(expected and kinds)
            right += bool(expected and kinds == expected)
            quiet += not expected
            noisy += bool(not expected and kinds)
            broken += breaks
            lost += breaks and (states[at].text, states[at].title) != (
                states[at - 1].text,
                states[at - 1].title,
            )
            if verbose and kinds != expected:
                print(f"{play.press.url} state {at} ({play.name}): expected {expected}, is {kinds}")
    gone = [states[-1].gone for play, states in zip(plays, seen, strict=True) if play.name == "gone for good"]
    yield Figure("scripts.edits_kept", kept / real, f"of {real} edits", ">=", 1.0)
    yield Figure("scripts.kind_right", right / real, f"of {real} edits", ">=", 0.95)
    yield Figure("scripts.noise", noisy / quiet, f"of {quiet} looks without an edit", "<", NOISE_LIMIT)
    yield Figure("scripts.lost", lost, f"texts of {broken} broken pages", "==", 0)
    yield Figure("scripts.gone_seen", sum(gone) / len(gone), "of pages that are gone for good", ">=", 1.0)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--verbose", action="store_true", help="show each step that is not as expected")
    asked = parser.parse_args()
    figures = list(script_figures(verbose=asked.verbose))
    if corpus := os.environ.get("AGGREGATOR_CORPUS"):
        figures += blog_figures(Path(corpus) / "revisions" / "rust-blog", verbose=asked.verbose)
    else:
        print("set AGGREGATOR_CORPUS to measure the blog's history, too", file=sys.stderr)
    return report(figures, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
