"""A bug that one entry, feed or article brings to light: it is seen, set aside and tried again; all others go on.

The bug is a text with half a letter in it (U+D800), which no worker of today returns and no database takes.
"""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.archive import open_archive
from aggregator.archive.lives import LifeShelf
from aggregator.cli.why import events_of
from aggregator.decide import Gain
from aggregator.editions import Slot, make_edition, post_letters
from aggregator.errors import SET_ASIDE, ArchiveError, is_bug, told_of_bug
from aggregator.extract import VERSION
from aggregator.models import (
    Archived,
    EntryState,
    Keepsake,
    KeptEntry,
    MovedIn,
    Outcome,
    ParsedFeed,
    Request,
    Visit,
    Watch,
)
from aggregator.pipeline import (
    MovingIn,
    Rereading,
    archive_entries,
    check_watches,
    deliver_reports,
    move_in,
    poll_feeds,
    reread_articles,
)
from aggregator.pipeline.duplicates import link_back_catalogue
from aggregator.reading import Reading
from aggregator.schedule import RETRIES, Rechecks
from aggregator.service.pulse import BugCount, Pulse
from tests.fakes import Clock, FakeWeb, OneByOne, tools
from tests.kept import kept, story
from tests.makers import plan
from tests.test_editions import MORNING, Desk, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.editions import Press
    from aggregator.models import Failure, Report, Response

FEED, OTHER, THIRD = (f"https://{site}.example/feed" for site in "abc")
HALF = "\ud800"
NAMES = ("bell", "anchor", "lantern")


class AllAtOnce(OneByOne):
    """A crew whose results come together, and are recorded together."""

    def keep_busy(
        self,
        func: Callable[[Any], Any],
        more: Callable[[int], Sequence[Any]],
        key: Callable[[Any], str],
        capacity: int,
    ) -> Iterator[list[Any]]:
        while items := more(capacity):
            yield [func(item) for item in items]


class World:
    """An archive of three feeds with an article each, and the loops; `poison` names pages and feeds."""

    def __init__(self, archive: Archive) -> None:
        self.kept = archive
        self.web = FakeWeb()
        self.clock = Clock()
        self.poison: set[str] = set()
        self.textless = False  # a poisoned page has no text at all, which is met when it is decided about
        self.broken: set[str] = set()  # addresses that bring a bug to light when they are asked for
        for feed, name in zip((FEED, OTHER, THIRD), NAMES, strict=True):
            self.web.feed(feed, f"{name}|The {name} of Nordhaven")
            self.web.page(self.page(feed, name), story(name), title=f"The {name} of Nordhaven")
        archive.feeds.apply_plan(plan(FEED, OTHER, THIRD), self.clock())

    @staticmethod
    def page(feed: str, name: str) -> str:
        return feed.replace("feed", name)

    def work(self, func: Callable[..., Any], *args: Any) -> Any:
        read = func(*args)
        if isinstance(read, Reading) and args[0].guid in self.poison:
            text: Any = None if self.textless else f"{read.extracted.text} {HALF}"
            return replace(read, extracted=replace(read.extracted, text=text))
        if isinstance(read, ParsedFeed) and args[1] in self.poison:
            return replace(read, entries=tuple(replace(each, title=HALF) for each in read.entries))
        return read

    def fetch(self, request: Request) -> Response | Failure:
        if request.url in self.broken:
            raise ZeroDivisionError
        return self.web.fetch(request)

    def poll(self) -> dict[str, Visit]:
        return {visit.feed.url: visit for visit in poll_feeds(self._tools())}

    def archive(self, rechecks: Rechecks | None = None) -> list[Archived]:
        return list(archive_entries(replace(self._tools(), rechecks=rechecks or Rechecks())))

    def _tools(self) -> Any:
        made = tools(self.kept, self.web, self.clock, self.work)
        return replace(made, fetch=self.fetch, crew=AllAtOnce())

    def states(self) -> dict[str, EntryState]:
        return {entry.guid: entry.state for entry in self.kept.entries.announced()}

    def entry(self, guid: str) -> Any:
        return next(entry for entry in self.kept.entries.announced() if entry.guid == guid)

    def reread(self, *, applies: bool) -> dict[int, Gain]:
        self.kept.db.execute("UPDATE articles SET extractor = 1")
        with ThreadPoolExecutor(2) as threads:
            how = Rereading(self.kept, self.work, threads, self.clock, applies=applies)
            read = list(reread_articles(how, self.kept.rereads.to_read(VERSION)))
        return {one.id: one.gain for one in read}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        yield World(archive)


def traces(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


# ---------------------------------------------------------------------------------------------- loop 2


@pytest.mark.parametrize("at", ["recording", "asking"])
def test_one_entry_does_not_keep_the_others_from_being_archived(
    world: World, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    """Whether the bug is met while its page is asked for or while it is recorded: one trace, with its name."""
    world.poll()
    if at == "recording":
        world.poison.add("anchor")
    else:
        world.broken.add("https://b.example/anchor")
    assert {one.entry.parsed.guid for one in world.archive()} == {"bell", "lantern"}
    assert world.states() == {
        "bell": EntryState.ARCHIVED,
        "anchor": EntryState.SET_ASIDE,
        "lantern": EntryState.ARCHIVED,
    }
    [said] = traces(caplog)
    assert "url=https://b.example/anchor" in said
    assert world.kept.status(world.clock()).entries == {"archived": 2, "set-aside": 1}
    assert world.archive() == []


def test_what_is_set_aside_is_tried_again_at_growing_distances_and_for_ever(world: World) -> None:
    """Once a week in the end: only a newer program helps, and nobody knows when it comes."""
    world.poll()
    world.poison.add("anchor")
    waits = []
    for _ in range(len(RETRIES) + 2):
        world.archive()
        again_at = world.entry("anchor").next_try_at
        waits.append(again_at - world.clock())
        world.clock.at = again_at
    assert waits == [*RETRIES, RETRIES[-1], RETRIES[-1]]


def test_a_newer_program_archives_what_was_set_aside(world: World) -> None:
    """And nothing of the trouble is left."""
    world.poll()
    world.poison.add("anchor")
    world.archive()
    world.poison.clear()
    world.clock.forward(minutes=15)
    assert [one.entry.parsed.guid for one in world.archive()] == ["anchor"]
    assert (world.entry("anchor").state, world.entry("anchor").last_error) == (EntryState.ARCHIVED, "")
    assert world.kept.vitals.set_aside().example == ""


def test_a_sighting_that_brings_a_bug_to_light_is_set_aside(world: World) -> None:
    """Nor does it keep those from being claimed that were to be claimed with it."""
    world.web.feed(OTHER, "bell|The bell of Nordhaven")
    world.web.relink(OTHER, "https://a.example/bell")
    world.web.page("https://c.example/lantern", "Nobody has read a word like these anywhere. " * 40)
    world.kept.feeds.apply_plan(plan(FEED), world.clock())
    for url in (FEED, OTHER, THIRD):
        list(poll_feeds(world._tools(), [url]))
        if url == FEED:
            world.archive()
    world.kept.db.execute("UPDATE articles SET verdict = 'odd' WHERE id = 1")
    assert [one.entry.parsed.guid for one in world.archive()] == ["lantern"]
    assert [entry.state for entry in world.kept.entries.announced(feed=OTHER)] == [EntryState.SET_ASIDE]


def test_a_look_for_edits_that_a_bug_strikes_leaves_the_article_as_it_is(world: World) -> None:
    """It counts as a look, and the next one comes in its time."""
    world.poll()
    world.archive(Rechecks(on=True))
    world.web.page("https://b.example/anchor", story("anchor") + "\n\nIt hangs again.", title="The anchor")
    world.poison.add("anchor")
    world.clock.forward(hours=1.2)
    world.archive(Rechecks(on=True))
    entry = world.entry("anchor")
    assert (entry.state, entry.looks, entry.last_error[: len(SET_ASIDE)]) == (
        EntryState.ARCHIVED,
        1,
        SET_ASIDE,
    )
    assert entry.next_try_at > world.clock() + timedelta(hours=2)
    assert world.kept.vitals.set_aside().entries == 0, "its state is archived"


def test_a_full_disk_is_no_bug(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It stops the batch, in which it would strike one after the other, and nothing is set aside."""
    numbers = " ".join(str(number) for number in range(20_000))
    world.web.page("https://b.example/anchor", f"{story('anchor')}\n\n{numbers}", title="The anchor")
    world.poll()
    db = world.kept.db
    db.connection.execute(f"PRAGMA max_page_count = {db.value('PRAGMA page_count')}")
    with pytest.raises(ArchiveError, match="the disk is full"):
        world.archive()
    assert traces(caplog) == []
    db.connection.execute("PRAGMA max_page_count = 1000000")
    world.kept.entries.release_leases()
    assert len(world.archive()) == 3


def test_a_full_disk_is_told_as_such_within_a_step(world: World) -> None:
    """A story that cannot be written for want of room must not be given up as a bug."""
    db = world.kept.db
    db.connection.execute(f"PRAGMA max_page_count = {db.value('PRAGMA page_count')}")

    def step() -> None:
        with world.kept.attempt():
            db.execute("INSERT INTO holds VALUES (?, '')", ("x" * 1_000_000,))

    def batch() -> None:
        with world.kept.transaction():
            with pytest.raises(ArchiveError, match="the disk is full"):
                step()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch()


def test_why_tells_what_was_set_aside_and_when_it_is_tried_again(world: World) -> None:
    """In words that name the bug."""
    world.poll()
    world.poison.add("anchor")
    world.archive()
    life = LifeShelf(world.kept.db).at("https://b.example/anchor")
    assert life is not None
    said = {event.what: event.said for event in events_of(life)}
    assert "a bug of ours: UnicodeEncodeError" in said["set aside"]
    assert said["next look"] == "is planned"


# ---------------------------------------------------------------------------------------------- loop 1


@pytest.mark.parametrize("at", ["recording", "asking"])
def test_one_feed_does_not_keep_the_others_from_being_recorded(
    world: World, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    """It counts as a visit that failed, is asked less and less often, and recovers with a newer program."""
    (world.poison if at == "recording" else world.broken).add(OTHER)
    visits = world.poll()
    assert {url: visit.outcome for url, visit in visits.items()} == {
        FEED: Outcome.NEW,
        OTHER: Outcome.CRASHED,
        THIRD: Outcome.NEW,
    }
    [said] = traces(caplog)
    assert f"feed={OTHER}" in said
    assert set(world.states()) == {"bell", "lantern"}
    first = visits[OTHER].feed.next_check_at
    assert first is not None
    world.clock.at = first
    again = world.poll()[OTHER].feed
    assert (again.failures, again.last_error[: len(SET_ASIDE)]) == (2, SET_ASIDE)
    assert again.next_check_at is not None
    assert again.next_check_at - first > first - Clock().at
    world.poison.clear()
    world.broken.clear()
    world.clock.at = again.next_check_at
    assert world.poll()[OTHER].outcome is Outcome.NEW


def test_older_entries_that_bring_a_bug_to_light_keep_no_feed_from_being_visited(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """They are asked for again with the next visits, for a newer program may read them."""
    older = "https://a.example/older"
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", older=older)
    world.web.feed(older, "5")
    world.broken.add(older)
    assert set(world.poll()) == {FEED, OTHER, THIRD}
    assert [f"page={older}" in said for said in traces(caplog)] == [True]
    world.broken.clear()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "9", "8", older=older)
    world.poll()
    assert "5" in world.states()


# ------------------------------------------------------------------------------ what is there already


@pytest.mark.parametrize(("applies", "textless"), [(True, False), (True, True), (False, True)])
def test_one_article_does_not_keep_the_others_from_being_read_again(
    world: World, caplog: pytest.LogCaptureFixture, *, applies: bool, textless: bool
) -> None:
    """It is told as unreadable, and stays as it is."""
    world.poll()
    world.archive()
    ids = {guid: world.entry(guid).article_id for guid in NAMES}
    world.poison.add("anchor")
    world.textless = textless
    gains = world.reread(applies=applies)
    assert gains == {ids["bell"]: Gain.SAME, ids["anchor"]: Gain.UNREADABLE, ids["lantern"]: Gain.SAME}
    [said] = traces(caplog)
    assert "url=https://b.example/anchor" in said
    left = [ids["anchor"]] if applies else sorted(ids.values())
    assert sorted(world.kept.rereads.to_read(VERSION)) == left


def test_one_article_of_an_older_program_does_not_keep_the_others_from_being_compared(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays by itself, the doctor knows of it, and a program that is started anew compares it again."""
    world.poll()
    world.archive()
    world.kept.db.execute("UPDATE articles SET compared = 0")
    world.kept.db.execute("UPDATE articles SET verdict = 'odd' WHERE id = 2")
    assert link_back_catalogue(world.kept, world.clock()) == 3
    assert link_back_catalogue(world.kept, world.clock()) == 0
    assert ["article=2" in said for said in traces(caplog)] == [True]
    found = world.kept.vitals.set_aside()
    assert (found.articles, found.example) == (1, "article 2")
    world.kept.db.execute("UPDATE articles SET verdict = 'full' WHERE id = 2")
    world.kept.links.retry_struck()
    assert link_back_catalogue(world.kept, world.clock()) == 1
    assert world.kept.vitals.set_aside().articles == 0


def test_one_entry_does_not_keep_the_others_from_being_moved_in(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told among those that could not be read."""
    world.poison.add("anchor")
    entries = [KeptEntry(FEED, name, f"https://a.example/{name}", content=story(name)) for name in NAMES]
    [moved] = move_in(MovingIn(world.kept, world.work, world.clock), Keepsake("reader", entries=entries))
    assert moved == MovedIn(new=2, unreadable=1)
    assert set(world.states()) == {"bell", "lantern"}
    assert ["url=https://a.example/anchor" in said for said in traces(caplog)] == [True]


def test_entries_that_share_a_link_share_it_one_by_one_too(world: World) -> None:
    """The link names none of them, in whatever order a bug has them recorded."""
    world.poison.add("anchor")
    links = {
        "bell": "https://a.example/both",
        "lantern": "https://a.example/both",
        "anchor": "https://a.example/1",
    }
    entries = [KeptEntry(FEED, name, link, content=story(name)) for name, link in links.items()]
    list(move_in(MovingIn(world.kept, world.work, world.clock), Keepsake("reader", entries=entries)))
    rows = world.kept.db.rows("SELECT canonical_url FROM articles")
    assert [row[0].startswith("entry:") for row in rows] == [True, True]


# ------------------------------------------------------------------------------------ what is told


class Unreadable(Desk):
    """Has a bug in reading templates."""

    @property
    def press(self) -> Press:
        return replace(super().press, read=lambda _: "x" * (1 // 0))


def test_a_digest_that_brings_a_bug_to_light_holds_no_other_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor the letters that wait."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        bad = digest(name="bad", template="own.j2", output="bad.html")
        desk = Unreadable(tmp_path, archive, bad, digest(output="good.html"))
        service = desk.service
        desk.tick(service)
        desk.clock.at = MORNING + timedelta(minutes=1)
        desk.tick(service)
        desk.tick(service)
    assert (tmp_path / "good.html").exists()
    assert ["name=bad" in said for said in traces(caplog)] == [True]


def test_a_letter_that_brings_a_bug_to_light_holds_no_other_back(tmp_path: Path) -> None:
    """It waits as if its place were away."""
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output="x.html"))
        make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
        archive.db.execute("UPDATE outbox SET place = 'command', target = '{' WHERE place = 'smtp'")
        archive.db.execute("UPDATE outbox SET id = id + 10 WHERE place = 'file'")  # behind the letter
        struck, sent = post_letters(desk.press, "morning")
    assert (type(struck.bug), struck.given_up, struck.error[: len(SET_ASIDE)]) == (
        json.JSONDecodeError,
        False,
        SET_ASIDE,
    )
    assert (sent.letter.place, sent.error, sent.bug) == ("file", "", None)


def test_a_watch_that_brings_a_bug_to_light_holds_no_other_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it is met while hits are looked for or while they are told."""
    world.poll()
    world.archive()
    odd: Any = None
    names = {"odd": odd, "bell": "bell", "lantern": "lantern"}
    watches = [Watch(name, query, file="/nowhere", past=True) for name, query in names.items()]
    told = []

    def deliver(watch: Watch, report: Report, _: object) -> None:
        if watch.name == "bell":
            raise ZeroDivisionError
        told.append(report.watch)

    assert check_watches(world.kept, watches, world.clock()) >= 2
    assert deliver_reports(world.kept, watches, deliver, world.clock()) == 1
    assert told == ["lantern"]
    assert len(traces(caplog)) == 2


# ------------------------------------------------------------------------------------------ to be seen


def test_the_doctor_names_what_is_set_aside(tmp_path: Path) -> None:
    """With an example, what the bug said, and what to do."""
    program = kept(tmp_path, 3)
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><body/></opml>", "utf-8")
    with open_archive(program.path, writable=True) as archive:
        archive.db.execute(
            "UPDATE entries SET next_try_at = '2030-01-01T00:00:00Z', last_error = ? WHERE id = 2",
            (told_of_bug(KeyError("x")),),
        )
    code, out, _ = program.run("doctor", "--json")
    [finding] = [one for one in json.loads(out) if not one["ok"]]
    assert (code, finding["what"]) == (2, "bugs")
    assert finding["said"].startswith("1 entry set aside, such as https://")
    assert finding["said"].endswith("KeyError('x')")
    assert "newer version" in finding["cure"]


def test_every_bug_is_counted() -> None:
    """Whatever is logged with its trace; a full disk is told in a line, and is none."""
    pulse, log = Pulse(tick=15), logging.getLogger("tests.bugs")
    log.addHandler(BugCount(pulse))
    log.error("stopped for now error=%r", "the disk is full")
    assert pulse.counts() == {("bugs", "seen"): 0}
    log.error("a bug", exc_info=KeyError("x"))
    assert pulse.counts() == {("bugs", "seen"): 1}


@pytest.mark.parametrize(
    ("error", "bug"),
    [(KeyError("x"), True), (RecursionError(), True), (UnicodeError(), True), (ArchiveError("full"), False),
     (OSError(28, "no room"), False), (MemoryError(), False), (KeyboardInterrupt(), False)],
)  # fmt: skip
def test_what_strikes_whatever_comes_is_no_bug(error: BaseException, *, bug: bool) -> None:
    """A disk, a lock, memory, the wish to stop."""
    assert is_bug(error) == bug


def test_what_is_said_of_a_bug_is_one_short_line() -> None:
    """Some libraries put the whole document into what they raise, letters that no file takes among it."""

    class Talkative(Exception):  # noqa: N818  as wild as they come
        def __repr__(self) -> str:
            return f"line\nline {HALF} " + "x" * 10_000

    said = told_of_bug(Talkative())
    assert said.startswith(f"{SET_ASIDE}line line \\ud800 xx")
    assert len(said) < 300
