"""Editions: made once for their moment, whatever ends the program, and brought to every place."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from aggregator.app import press_of
from aggregator.archive import open_archive
from aggregator.config import DigestSettings, digests, parse_config
from aggregator.deliver import MailServer, put_in_maildir
from aggregator.digest import FORMATS
from aggregator.editions import (
    Press,
    Slot,
    compile_wanted,
    due_slot,
    make_edition,
    period_of,
    post_letters,
    wanted_edition,
)
from aggregator.errors import AggregatorError, ConfigError
from aggregator.models import Change, Edition, FeedState
from aggregator.service.jobs import Service
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import plan
from tests.postoffice import PostOffice
from tests.program import Program
from tests.screen import plain, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive
    from aggregator.config import Config

FEED = "https://a.example/feed"
MORNING = datetime(2026, 5, 13, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
OLD = "It is older than the town, said the mayor."


def prose(title: str) -> str:
    """Return a text of its own for every title, or they would be copies of each other."""
    chance = random.Random(title)
    words = ["".join(chance.choice(part) for part in ("bdglmnprst", "aeiou") * 3) for _ in range(180)]
    return OLD + " " + " ".join(f"{' '.join(words[at : at + 9]).capitalize()}." for at in range(0, 180, 9))


def digest(**how: object) -> DigestSettings:
    return DigestSettings(**{"name": "morning", "zone": "UTC", **how})  # type: ignore[arg-type]


class Desk:
    """An archive that articles come into, a clock, and the means to make editions of it."""

    def __init__(self, folder: Path, archive: Archive, *settings: DigestSettings) -> None:
        self.folder, self.archive, self.clock, self.web = (
            folder,
            archive,
            Clock(MORNING - timedelta(hours=23)),
            FakeWeb(),
        )
        self.server = MailServer("127.0.0.1", 9, "off", seconds=5)
        self.settings = settings or (digest(),)
        self.tools = tools(archive, self.web, self.clock)
        self.items: list[str] = []
        archive.feeds.apply_plan(plan(FEED), self.clock())

    @property
    def press(self) -> Press:
        return Press(
            archive=self.archive,
            clock=self.clock,
            zone=UTC,
            folder=self.folder,
            digests={one.name: one for one in self.settings},
            read=lambda path: path.read_text(encoding="utf-8"),
            server=lambda: self.server,
            sender="The Press <press@news.example>",
        )

    def publish(self, *titles: str) -> None:
        """Let articles come in now."""
        for title in titles:
            guid = f"g{len(self.items)}"
            self.items.append(f"{guid}|{title}|{prose(title)}")
            self.web.page(f"https://a.example/{guid}", prose(title), title=title)
        self.web.feed(FEED, *self.items)
        self.archive.feeds.make_due(self.clock())
        service = self.service
        service.poll()
        service.archive()

    @property
    def service(self) -> Service:
        config = parse_config("", name="config.toml", folder=self.folder, environ={})
        return Service(
            msgspec.structs.replace(config, digest=self.settings), self.archive, self.tools, self.press
        )

    def tick(self, service: Service | None = None) -> None:
        (service or self.service).editions()

    def made(self, name: str = "morning") -> list[Edition]:
        return self.archive.editions.recent(name)[::-1]

    def states(self) -> list[tuple[int, str]]:
        return [(one.number, one.state) for one in self.archive.editions.letters()][::-1]

    def files(self) -> dict[str, str]:
        folder = self.folder / "digests"
        return (
            {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*"))}
            if folder.exists()
            else {}
        )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        yield archive


@pytest.fixture
def desk(tmp_path: Path, archive: Archive) -> Desk:
    return Desk(tmp_path, archive)


# --------------------------------------------------------------------------------------------------- when due


def edition(slot: datetime, number: int = 1, last_article: int = 0) -> Edition:
    return Edition("morning", number, slot, slot - DAY, slot, "Morning", last_article)


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (MORNING - timedelta(seconds=1), edition(MORNING - DAY), None),
        (MORNING, edition(MORNING - DAY), MORNING),
        (MORNING + timedelta(minutes=5), edition(MORNING - DAY), MORNING),
        (MORNING + timedelta(minutes=5), edition(MORNING), None),
        (MORNING + timedelta(hours=9), edition(MORNING - 5 * DAY), MORNING),
        (MORNING, edition(MORNING + timedelta(minutes=1)), None),
        (MORNING, None, MORNING),
    ],
)
def test_an_edition_is_due_once_for_its_moment(
    now: datetime, last: Edition | None, due: datetime | None
) -> None:
    """However long the program was away it is one; a clock that was set back makes no second."""
    slot = due_slot(digest(), UTC, MORNING - 9 * DAY, last, now)
    assert (slot.at if slot else None) == due


def test_a_moment_before_the_digest_was_known_is_nobodys() -> None:
    """Who adds a digest at noon gets the next morning's first."""
    noon = MORNING + timedelta(hours=5)
    assert due_slot(digest(), UTC, noon, None, noon) is None
    assert due_slot(digest(), UTC, noon, None, MORNING + DAY) is not None


def test_a_late_edition_ends_now_and_a_punctual_one_at_its_moment() -> None:
    """So that what came while the program was away is in it."""
    for late, end in ((timedelta(minutes=1), MORNING), (timedelta(hours=3), MORNING + timedelta(hours=3))):
        slot = due_slot(digest(), UTC, MORNING - 9 * DAY, None, MORNING + late)
        assert slot is not None
        assert (slot.at, slot.until) == (MORNING, end)


def test_an_edition_reaches_back_to_the_one_before() -> None:
    """By articles and not by the clock; without one before, to the moment before; or as far as the settings say."""
    last = edition(MORNING - 3 * DAY, 4, 17)
    assert period_of(digest(), MORNING, last) == (MORNING - 3 * DAY, 17)
    assert period_of(digest(), MORNING, None) == (MORNING - DAY, None)
    assert period_of(digest(at="0 7 * * 1"), MORNING, None) == (MORNING - 9 * DAY, None)
    assert period_of(digest(since="12h"), MORNING, last) == (MORNING - timedelta(hours=12), None)


def test_a_day_back_is_a_day_of_the_readers_clock() -> None:
    """Across the change to summer time it has 23 hours."""
    morning = datetime(2026, 3, 29, 7, 0, tzinfo=BERLIN)
    since, _ = period_of(digest(since="1d", zone="Europe/Berlin"), morning, None)
    assert (morning.astimezone(UTC) - since.astimezone(UTC)) == timedelta(hours=23)


# ------------------------------------------------------------------------------------------------- day by day


def test_every_morning_has_its_edition_and_every_article_is_in_one(desk: Desk) -> None:
    """Ten days of ticks: ten files, each article in exactly one, each edition made once."""
    service = desk.service
    for day in range(10):
        for hour in range(24):
            desk.clock.at = MORNING + day * DAY + timedelta(hours=hour - 7, minutes=1)
            if hour % 6 == 1:
                desk.publish(f"Story {day} {hour}")
            desk.tick(service)
    files = desk.files()
    assert [edition.number for edition in desk.made()] == list(range(1, 11))
    assert len(files) == 10
    for item in desk.items:
        title = item.split("|")[1]
        there = [name for name, page in files.items() if f">{title}<" in page]
        assert len(there) == 1 or item in desk.items[-4:], title
    assert {state for _, state in desk.states()} == {"sent"}


def test_after_a_pause_there_is_one_edition_with_everything(desk: Desk) -> None:
    """Not one for each morning that was missed."""
    service = desk.service
    desk.tick(service)
    desk.clock.at = MORNING + timedelta(minutes=1)
    desk.tick(service)
    desk.clock.at = MORNING + timedelta(hours=2)
    desk.publish("Before the pause")
    desk.clock.at = MORNING + 5 * DAY + timedelta(hours=3)
    service = desk.service  # started again
    desk.publish("After the pause")
    for _ in range(3):
        desk.tick(service)
    assert len(desk.made()) == 1 + 1
    page = list(desk.files().values())[-1]
    assert ">Before the pause<" in page
    assert ">After the pause<" in page


def test_a_second_edition_of_a_day_does_not_replace_the_first(desk: Desk) -> None:
    """Where the file is called by its day; one that is always called the same is meant to be replaced."""
    for hours, title in ((0, "The bell"), (1, "The anchor")):
        desk.publish(title)
        at = MORNING + timedelta(hours=hours)
        assert make_edition(desk.press, digest(output="{name}-{date}.html"), Slot(at, at)) is not None
        desk.clock.at = at + timedelta(hours=1)
        list(post_letters(desk.press))
    assert sorted(path.name for path in desk.folder.glob("morning-*")) == [
        f"morning-{MORNING:%Y-%m-%d}-2.html", f"morning-{MORNING:%Y-%m-%d}.html",
    ]  # fmt: skip


def test_a_late_edition_waits_for_what_came_meanwhile_but_not_for_ever(desk: Desk) -> None:
    """A feed that is due may have brought something; one that never ends does not hold it back."""
    desk.tick()
    desk.clock.at = MORNING + timedelta(hours=3)
    service = desk.service
    desk.archive.feeds.make_due(desk.clock())
    desk.tick(service)
    assert desk.made() == []
    desk.clock.forward(minutes=31)
    desk.tick(service)
    assert len(desk.made()) == 1


def test_an_article_that_is_recorded_while_an_edition_is_made_is_in_the_next(desk: Desk) -> None:
    """Though its time says that it came before the end of this one."""
    desk.tick()
    desk.clock.at = MORNING - DAY + timedelta(hours=2)
    desk.publish("Early")
    desk.clock.at = MORNING + timedelta(minutes=1)
    desk.tick()
    slow = Clock(MORNING - timedelta(minutes=1))  # taken before, recorded after
    desk.tools = tools(desk.archive, desk.web, slow)
    desk.clock, kept = slow, desk.clock
    desk.publish("Slow")
    desk.clock = kept
    desk.clock.at = MORNING + DAY + timedelta(minutes=1)
    desk.tick()
    first, second = desk.files().values()
    assert (">Slow<" in first, ">Slow<" in second) == (False, True)


def test_an_empty_period_has_a_quiet_edition(desk: Desk) -> None:
    """It is made all the same: silence is not distinguishable from a breakdown."""
    desk.tick()
    desk.clock.at = MORNING + timedelta(minutes=1)
    desk.tick()
    [page] = desk.files().values()
    assert "Enjoy the quiet." in page


def test_one_digest_that_cannot_be_made_holds_no_other_back(tmp_path: Path, archive: Archive) -> None:
    """It is told, and made as soon as it can be."""
    (tmp_path / "own.j2").write_text("{{ nothing.there }}", encoding="utf-8")
    desk = Desk(tmp_path, archive, digest(name="bad", template="own.j2", output="bad.html"), digest())
    service = desk.service
    desk.tick(service)
    desk.clock.at = MORNING + timedelta(minutes=1)
    desk.tick(service)
    assert (len(desk.made("bad")), len(desk.made())) == (0, 1)
    (tmp_path / "own.j2").write_text("<title>{{ digest.title }}</title>", encoding="utf-8")
    desk.clock.forward(minutes=6)
    desk.tick(service)
    assert (tmp_path / "bad.html").read_text(encoding="utf-8") == "<title>bad</title>"


def test_the_same_archive_and_period_give_the_same_digest(desk: Desk) -> None:
    """Asked twice, in any form."""
    desk.publish("One", "Two", "Three")
    wanted = wanted_edition(digest(), MORNING, None, 99)
    wanted = replace(wanted, since=MORNING - 9 * DAY)
    assert compile_wanted(desk.archive, wanted) == compile_wanted(desk.archive, wanted)
    assert compile_wanted(desk.archive, wanted).articles == 3


# ----------------------------------------------------------------------------------------------- what is in it


def titles_of(desk: Desk, **how: object) -> dict[str, list[str]]:
    wanted = replace(wanted_edition(digest(**how), MORNING, None, 99), since=MORNING - 9 * DAY)
    compiled = compile_wanted(desk.archive, wanted)
    return {s.title: sorted(e.title for e in (*s.entries, *s.brief)) for s in compiled.sections}


def test_a_query_chooses_and_sections_gather(desk: Desk) -> None:
    """What a search finds, and what of it another search finds."""
    desk.publish("Rain in Rome", "Rain in Riga", "Sun in Rome")
    assert titles_of(desk, query="title:rain") == {"Everything else": ["Rain in Riga", "Rain in Rome"]}
    parted = titles_of(desk, sections=parse_config(
        '[[digest]]\nname="m"\nsections=[{title="Roma",query="title:rome"},{title="Wet",query="title:rain"}]',
        name="c", folder=Path(), environ={}).digest[0].sections)  # fmt: skip
    assert parted == {"Roma": ["Rain in Rome", "Sun in Rome"], "Wet": ["Rain in Riga"]}


def test_what_changed_since_the_last_edition_is_told(desk: Desk) -> None:
    """An article that was corrected with the words that were changed, one that is gone, a source that fails."""
    desk.publish("The bell", "The reef")
    desk.clock.at = MORNING - timedelta(hours=9)
    db = desk.archive.db
    before = desk.archive.articles.get(1)
    assert before is not None
    db.execute(
        "INSERT INTO revisions (article_id, seen_at, replaced_at, title, text, verdict, kind)"
        " VALUES (1, ?, ?, ?, ?, 'full', ?)",
        ("2026-05-11T07:00:00Z", "2026-05-12T22:00:00Z", "The bell", before.text.replace("older", "younger", 1),
         Change.CORRECTION),
    )  # fmt: skip
    db.execute("UPDATE articles SET gone_at = '2026-05-12T20:00:00Z' WHERE id = 2")
    desk.web.status(FEED, 500)
    for _ in range(3):
        desk.archive.feeds.make_due(desk.clock())
        desk.service.poll()
        desk.clock.forward(hours=1)
    wanted = wanted_edition(digest(), MORNING, edition(MORNING - timedelta(hours=22), 1, 2), 99)
    changes = compile_wanted(desk.archive, wanted).changes
    [corrected], [gone], [trouble] = changes.corrected, changes.vanished, changes.troubles
    assert (corrected.title, corrected.kind) == ("The bell", "correction")
    assert ("removed", "younger") in corrected.passages[0]
    assert ("added", "older") in corrected.passages[0]
    assert gone.title == "The reef"
    assert [one.article_id for one in changes.shown] == [1, 2]
    assert trouble.kind == "failing"
    tomorrow = wanted_edition(digest(), MORNING + DAY, edition(MORNING, 2, 2), 99)
    assert not compile_wanted(desk.archive, tomorrow).changes, "each is told once"


def test_a_digest_that_was_first_known_ahead_of_time_is_known_from_now_on(
    tmp_path: Path, archive: Archive
) -> None:
    desk = Desk(tmp_path, archive)
    desk.clock.at = MORNING + 365 * DAY
    archive.editions.know("morning", desk.clock())
    for hours in (-1, 0):
        desk.clock.at = MORNING + timedelta(hours=hours)
        desk.tick()
    assert [one.slot for one in desk.made()] == [MORNING]


def test_a_clock_that_was_wrong_once_costs_no_edition(tmp_path: Path, archive: Archive) -> None:
    """Made a year ahead; when the clock is right again the next morning has its own, with what came since."""
    desk = Desk(tmp_path, archive)
    desk.tick()
    desk.publish("The bell")
    for days in (0, 365):
        desk.clock.at = MORNING + days * DAY + timedelta(minutes=1)
        desk.tick()
    desk.clock.at = MORNING + timedelta(hours=1)
    assert desk.service._due(desk.settings[0]) is None, "this morning had its own"
    desk.publish("The reef")
    for days in (1, 2):
        desk.clock.at = MORNING + days * DAY + timedelta(minutes=1)
        desk.tick()
    slots = [MORNING + days * DAY for days in (0, 365, 1, 2)]
    assert [(one.slot, one.articles) for one in desk.made()] == list(zip(slots, (1, 0, 1, 0), strict=True))


# -------------------------------------------------------------------------------------------------- the outbox


def test_what_cannot_be_sent_is_tried_again_and_sent_once(tmp_path: Path, archive: Archive) -> None:
    """The mail server is away, then full, then there: one letter, the same bytes as were recorded."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output=""))
    with PostOffice(answers={"END": "552 mailbox full"}) as office:
        desk.tick()
        desk.publish("The bell")
        desk.clock.at = MORNING + timedelta(minutes=1)
        desk.tick()
        assert desk.states() == [(1, "waiting")]
        assert "cannot be reached" in archive.editions.letters()[0].last_error
        desk.server = MailServer("127.0.0.1", office.port, "off", seconds=5)
        desk.tick()
        assert office.taken == [], "its time has not come"
        desk.clock.forward(minutes=2)
        desk.tick()
        assert "the mailbox is full for ana@home.example: 552" in archive.editions.letters()[0].last_error
        del office.answers["END"]
        desk.clock.forward(minutes=6)
        for _ in range(3):
            desk.tick()
    [letter] = office.letters
    assert office.taken[0][0] == "ana@home.example"
    assert "The bell" in letter.get_body(("plain",)).get_content()
    assert desk.states() == [(1, "sent")]


def test_a_letter_waits_when_the_mail_settings_are_gone(tmp_path: Path, archive: Archive) -> None:
    """It was made when there were some; what is behind it goes out."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output="x.html"))
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    archive.db.execute("UPDATE outbox SET id = id + 10 WHERE place = 'file'")  # behind the letter
    config = parse_config("[mail]\nhost = 'post.example'", name="config.toml", folder=tmp_path, environ={})
    press = press_of(config, archive)
    errors = {posted.letter.place: posted.error for posted in post_letters(press, "morning")}
    assert errors == {"smtp": "no mail server is set; give host and sender in [mail]", "file": ""}


def test_a_letter_is_given_up_after_a_week_and_can_be_sent_again(tmp_path: Path, archive: Archive) -> None:
    """Not silently: its state says so."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output="", at="0 7 1 1 *"))
    press = desk.press
    make_edition(press, desk.settings[0], Slot(MORNING, MORNING))
    tried = 0
    for _ in range(24 * 10):
        desk.clock.forward(hours=1)
        tried += len(list(post_letters(press)))
    assert desk.states() == [(1, "given-up")]
    assert tried < 40
    with PostOffice() as office:
        desk.server = MailServer("127.0.0.1", office.port, "off", seconds=5)
        archive.editions.send_again("morning", desk.clock())
        list(post_letters(press))
    assert len(office.letters) == 1


def test_one_reader_of_several_that_fails_has_the_letter_alone_again(
    tmp_path: Path, archive: Archive
) -> None:
    """Nobody gets a second one because another's mailbox is full."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example", "ben@home.example"), output=""))
    with PostOffice() as office:
        desk.server = MailServer("127.0.0.1", office.port, "off", seconds=5)
        make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
        first, *_ = post_letters(desk.press)
        office.answers["RCPT"] = "452 full"
        archive.editions.mark_failed(first.letter.id + 1, "later", desk.clock())
        del office.answers["RCPT"]
        list(post_letters(desk.press))
        list(post_letters(desk.press))
    assert sorted(to for to, _ in office.taken).count("ana@home.example") == 1
    assert len({one["Message-ID"] for one in office.letters}) == 2


@pytest.mark.parametrize(("in_doubt", "sent"), [("again", 2), ("never", 1)])
def test_a_letter_in_doubt_is_sent_again_or_never_as_the_reader_wants(
    tmp_path: Path, archive: Archive, in_doubt: str, sent: int
) -> None:
    """The server took it and the program ended before it heard so: again with the same identity, or not at all."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output="", in_doubt=in_doubt))
    with PostOffice() as office:
        desk.server = MailServer("127.0.0.1", office.port, "off", seconds=5)
        make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
        [waiting] = archive.editions.due_letters(desk.clock())
        archive.editions.mark_sending(waiting.id)
        office.taken.append((waiting.target, waiting.content))  # … and here the program ended
        list(post_letters(desk.press))
    assert len(office.taken) == sent
    assert len({one["Message-ID"] for one in office.letters}) == 1
    assert desk.states() == [(1, "sent")]
    assert bool(archive.editions.letters()[0].last_error) == (in_doubt == "never")


@pytest.mark.parametrize("after", ["MAIL", "RCPT", "DATA", "END", "TAKEN"])
def test_a_server_that_hangs_up_is_asked_again(tmp_path: Path, archive: Archive, after: str) -> None:
    """At whatever moment; only when it took the letter and did not say so, it gets it twice, as one."""
    desk = Desk(tmp_path, archive, digest(to=("ana@home.example",), output=""))
    with PostOffice(hangs_up_after=after) as office:
        desk.server = MailServer("127.0.0.1", office.port, "off", seconds=5)
        make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
        list(post_letters(desk.press))
        assert desk.states() == [(1, "waiting")]
        office.hangs_up_after = ""
        desk.clock.forward(hours=1)
        list(post_letters(desk.press))
    assert len(office.taken) == (2 if after == "TAKEN" else 1)
    assert len({one["Message-ID"] for one in office.letters}) == 1


def test_a_maildir_gets_a_letter_once(tmp_path: Path, archive: Archive) -> None:
    """Though it is put there again after a kill, and though it was read meanwhile."""
    desk = Desk(tmp_path, archive, digest(maildir="mail", output=""))
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    for _ in range(2):
        list(post_letters(desk.press))
        archive.editions.send_again("morning", desk.clock())
    [new] = (tmp_path / "mail" / "new").iterdir()
    new.rename(tmp_path / "mail" / "cur" / f"{new.name}:2,S")
    list(post_letters(desk.press))
    assert [len(list((tmp_path / "mail" / one).iterdir())) for one in ("tmp", "new", "cur")] == [0, 0, 1]


def test_a_letter_is_sent_when_its_place_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was not waited for is gone after a power cut, and what is recorded as sent is not sent again."""
    flush, flushed = os.fsync, list[tuple[str, int]]()
    new = tmp_path / "mail" / "new"

    def noted(descriptor: int) -> None:
        flushed.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), len(list(new.iterdir()))))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    for _ in range(2):  # the second time after a kill: it is there, but perhaps not for good
        flushed.clear()
        put_in_maildir(tmp_path / "mail", b"Subject: x\n\nx", "<1@a.example>", MORNING)
        assert (str(new), 1) in flushed


def test_a_folder_that_is_no_maildir_stays_as_it_is(tmp_path: Path, archive: Archive) -> None:
    """Nobody wants three folders in the middle of a home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("x")
    desk = Desk(tmp_path, archive, digest(maildir="home", output=""))
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    [posted] = post_letters(desk.press)
    assert "is not a Maildir" in posted.error
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["letter.txt"]


def test_a_command_gets_the_edition_and_no_shell(tmp_path: Path, archive: Archive) -> None:
    """On its input, in the folder of the settings; its environment says what is ours, its words what is the user's."""
    script = (
        "import os, sys; got = sys.stdin.buffer.read() + os.environ['AGGREGATOR_DIGEST_ID'].encode();"
        "open(sys.argv[1], 'wb').write(got)"
    )
    words = (sys.executable, "-c", script, "got; $(x)")
    desk = Desk(tmp_path, archive, digest(command=words, output="", format="text"))
    desk.publish("Title $(reboot) `x`")
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    [posted] = post_letters(desk.press)
    assert posted.error == ""
    assert (tmp_path / "got; $(x)").read_text(encoding="utf-8").endswith("morning/1/text")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("/nowhere/program",), "cannot be started: no such file"),
        (("a\0b",), "cannot be started: embedded null byte"),
        ((sys.executable, "-c", "import sys; sys.exit('no\\nroom')"), "ended with 1: no room"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "took longer than 0.5 s"),
    ],
)
def test_a_command_that_fails_is_told(
    tmp_path: Path, archive: Archive, words: tuple[str, ...], said: str
) -> None:
    """In a line; the edition stays in the outbox."""
    desk = Desk(
        tmp_path,
        archive,
        digest(command=words, output="", command_seconds=0.5 if "60" in words[-1] else 20.0),
    )
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    [posted] = post_letters(desk.press)
    assert said in posted.error
    assert desk.states() == [(1, "waiting")]


def test_what_a_command_left_behind_ends_with_it(tmp_path: Path, archive: Archive) -> None:
    """A shell that puts its work into the background has gone; "was ended" holds for the work."""
    script = (
        "import os, subprocess, sys;"
        " left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        " open(sys.argv[1], 'w').write(str(left.pid)); os._exit(0)"
    )
    words = (sys.executable, "-c", script, str(tmp_path / "left"))
    desk = Desk(tmp_path, archive, digest(command=words, output="", command_seconds=3.0))
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    [posted] = post_letters(desk.press)
    assert "was ended" in posted.error
    assert _is_ended(int((tmp_path / "left").read_text()))


def _is_ended(pid: int) -> bool:
    """Tell whether a process has ended; one that nobody has buried yet is dead all the same."""
    state = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] in {"Z", "X"}:
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_full_disk_leaves_the_old_file_and_the_new_edition_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until there is room."""
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_room)
        [posted] = post_letters(desk.press)
    assert "the disk is full" in posted.error
    assert desk.files() == {}
    desk.clock.forward(minutes=2)
    list(post_letters(desk.press))
    assert len(desk.files()) == 1


def _no_room(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_older_edition_never_replaces_a_newer_file(tmp_path: Path, archive: Archive) -> None:
    """One that could not be written yesterday is not written over today's."""
    (tmp_path / "latest").write_text("in the way")
    desk = Desk(tmp_path, archive, digest(output="latest/day.html"))
    make_edition(desk.press, desk.settings[0], Slot(MORNING, MORNING))
    list(post_letters(desk.press))
    (tmp_path / "latest").unlink()
    desk.publish("Newer")
    make_edition(desk.press, desk.settings[0], Slot(MORNING + DAY, MORNING + DAY))
    desk.clock.forward(days=2)
    list(post_letters(desk.press))
    assert ">Newer<" in (tmp_path / "latest" / "day.html").read_text(encoding="utf-8")
    assert desk.states() == [(1, "superseded"), (2, "sent")]


def test_all_forms_go_where_they_are_for(tmp_path: Path, archive: Archive) -> None:
    """Each file with its own ending; the feed lists the editions before."""
    forms = ("html", "epub", "atom", "json")
    desk = Desk(tmp_path, archive, digest(format=forms, output="out/{name}-{number}.{ext}"))
    desk.publish("The bell")
    for day in range(2):
        make_edition(desk.press, desk.settings[0], Slot(MORNING + day * DAY, MORNING + day * DAY))
        assert all(not posted.error for posted in post_letters(desk.press))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"morning-{n}.{ext}" for n in (1, 2) for ext in ("html", "epub", "xml", "json")}
    assert (tmp_path / "out" / "morning-2.xml").read_text(encoding="utf-8").count("<entry>") == 2


def test_only_the_newest_editions_keep_their_bytes(desk: Desk) -> None:
    """The archive does not grow by what can be made again; that they were sent stays known."""
    for day in range(25):
        make_edition(desk.press, desk.settings[0], Slot(MORNING + day * DAY, MORNING + day * DAY))
        list(post_letters(desk.press))
    kept = desk.archive.db.value("SELECT count(*) FROM outbox WHERE content IS NOT NULL")
    assert kept == 20
    assert len(desk.archive.editions.letters()) == 25


def test_an_edition_is_recorded_with_its_letters_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the second letter cannot be recorded there is no edition, and the next try makes it."""
    desk.publish("The bell")
    post, count = desk.archive.editions._post, 0

    def fails(*args: object) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise AggregatorError("the disk is full")
        post(*args)  # type: ignore[arg-type]

    settings = digest(format=("html", "text"))
    with monkeypatch.context() as full:
        full.setattr(desk.archive.editions, "_post", fails)
        with pytest.raises(AggregatorError):
            make_edition(desk.press, settings, Slot(MORNING, MORNING))
    assert desk.made() == []
    assert desk.archive.editions.letters() == []
    assert desk.archive.editions.that_showed(1) == []
    assert make_edition(desk.press, settings, Slot(MORNING, MORNING)) is not None
    assert make_edition(desk.press, settings, Slot(MORNING, MORNING)) is None
    assert [one.number for one in desk.archive.editions.that_showed(1)] == [1]


def test_an_edition_remembers_which_articles_it_showed_and_how(desk: Desk) -> None:
    """In full or in a line, for itself or behind another; what there was no room for is in none."""
    desk.publish("The bell", "The reef", "The lamp", "The mill")
    desk.archive.db.execute("UPDATE articles SET duplicate_of = 1 WHERE id = 2")
    settings = digest(stories=1, brief=1)
    assert make_edition(desk.press, settings, Slot(MORNING, MORNING)) is not None
    found = {id_: desk.archive.editions.that_showed(id_) for id_ in (1, 2, 3, 4)}
    told = {id_: (str(one.shown_as), one.behind) for id_, each in found.items() for one in each}
    leads = {id_: how for id_, (how, behind) in told.items() if behind is None}
    assert sorted(leads.values()) == ["line", "story"]
    assert {id_: told[id_] for id_ in told.keys() - leads} == ({2: (leads[1], 1)} if 1 in leads else {})


def test_what_was_changed_or_has_gone_is_in_the_edition_that_tells_so(desk: Desk) -> None:
    """Beside the edition in which it stood first."""
    desk.publish("The bell")
    assert make_edition(desk.press, digest(), Slot(MORNING, MORNING)) is not None
    desk.archive.db.execute("UPDATE articles SET gone_at = '2026-05-13T20:00:00Z' WHERE id = 1")
    assert make_edition(desk.press, digest(), Slot(MORNING + DAY, MORNING + DAY)) is not None
    found = desk.archive.editions.that_showed(1)
    assert [(one.number, str(one.shown_as)) for one in found] == [(1, "story"), (2, "change")]


# ---------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('zone = "Mars/Phobos"', "zone: 'Mars/Phobos' is not a time zone"),
        ('since = "sometimes"', "since: 'sometimes' must be 'last edition'"),
        ('at = "0 7 31 2 *"', "never comes"),
        ('format = ["html", "pdf"]', "format: 'pdf' is not a format"),
        ('format = ["html", "text"]\noutput = "x"', "several formats need {ext}"),
        ('format = "epub"\ntemplate = "own.j2"', "template: makes text, and epub is none"),
        ('format = ["json", "json-feed"]', "both end in .json"),
        ('output = ""', "goes nowhere"),
        ('to = ["ana@home.example"]', "needs host and sender in [mail]"),
        ('to = ["ana"]', "to: 'ana' is not a mail address"),
        ('to = ["a..b@home.example"]', "to: 'a..b@home.example' is not a mail address"),
        ('to = ["a@höme.example"]', "write its domain in ASCII"),
        ('maildir = "~nobody-here/mail"', "maildir = '~nobody-here/mail': there is no such user"),
        ('to = ["a@b.example\\r\\nBcc: c@d.example"]', "is not a mail address"),
        (
            'sections = [{ title = "A", query = "a" }, { title = "A", query = "b" }]',
            "two have the same title",
        ),
        ('sections = [{ title = "A", qery = "a" }]', "sections"),
        ("weights = { a = -1 }", "weights"),
        ('command = [""]', "its first word must be a program"),
        ('[[digest]]\nname = "morning"', "is that of an earlier"),
        ('[mail]\nhost = "smtp://x"', "[mail] host"),
        ('[mail]\nsender = "nobody"', "[mail] sender"),
        ('[mail]\nhost = "x"\nusername = "u"\npassword = "p"\ntls = "off"', "would show the password"),
        ('[mail]\npassword = "p"', "needs username"),
        ('[mail]\nusername = "u"\npassword_env = "NOT_THERE"', "is not set in the environment"),
        ('[mail]\nusername = "u"\npassword_env = "NOT_THERE"\npassword = "p"', "needs only one of"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(line: str, said: str) -> None:
    """Not at seven in the morning."""
    with pytest.raises(ConfigError) as told:
        parse_config(f'[[digest]]\nname = "morning"\n{line}', name="config.toml", folder=Path(), environ={})
    assert said in str(told.value)


def test_the_settings_know_every_format() -> None:
    """They stand on the floor of the digest, and cannot ask it."""
    assert tuple(FORMATS) == digests.FORMATS


def test_the_password_of_the_mail_server_is_shown_nowhere() -> None:
    """It comes from the environment or from a file."""
    text = '[mail]\nhost = "x"\nsender = "a@b.example"\nusername = "u"\npassword_env = "SECRET"'
    config: Config = parse_config(text, name="config.toml", folder=Path(), environ={"SECRET": "hunter2"})
    assert config.mail_password(lambda _: "") == "hunter2"
    assert "hunter2" not in repr(config)
    text = text.replace('password_env = "SECRET"', 'password_file = "f"')
    config = parse_config(text, name="config.toml", folder=Path(), environ={})
    assert config.mail_password(lambda _: "from file\n") == "from file"


# ------------------------------------------------------------------------------------------------ command line

SETTINGS = """
[[digest]]
name = "morning"
zone = "UTC"
maildir = "mail"
[[digest]]
name = "other"
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        desk = Desk(tmp_path, archive)
        desk.clock.at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        desk.publish("The bell", "The reef")
    program = Program(tmp_path)
    program.configure(SETTINGS, b"<opml/>")
    return program


def test_a_digest_by_hand_in_every_form(program: Program) -> None:
    """To a file or the terminal; a period without articles is exit 1."""
    for form in ("html", "markdown", "text", "epub", "mail", "atom", "json-feed", "json"):
        code, _, err = program.run("digest", "--format", form, "-o", f"day.{form}")
        assert code == 0, err
        assert (program.folder / f"day.{form}").stat().st_size > 200
    code, out, _ = program.run("digest", "--query", "title:bell", "--format", "text")
    assert code == 0
    assert "The bell" in out
    assert "The reef" not in out
    assert program.run("digest", "--date", "2020-01-01", "--format", "text")[0] == 1


def test_a_digest_by_hand_has_the_form_that_whoever_reads_it_wants(program: Program) -> None:
    """By the ending of its file; on a terminal as text, in a pipe as a page."""
    begins = {
        "epub": b"PK",
        "md": b"# Digest",
        "txt": b"Digest\n=",
        "json": b"{",
        "html": b"<!DOCTYPE",
    }
    for ending, begin in begins.items():
        program.run("digest", "-o", f"day.{ending}")
        assert (program.folder / f"day.{ending}").read_bytes().startswith(begin), ending
    code, _, err = program.run("digest", "-o", "day.pdf")
    assert (code, "its ending tells no form" in err) == (2, True)
    assert program.run("digest", "-o", "-")[1].startswith("<!DOCTYPE html>")
    command = (sys.executable, "-m", "aggregator", "digest")
    assert plain(seen(command, program.folder, program.environ)).startswith("Digest\n======")
    assert program.run("digest")[1].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--edition", "evening"), "no [[digest]] is called 'evening'"),
        (("--resend",), "--resend needs --edition"),
        (("--edition", "morning", "--resend", "--dry-run"), "leave out --dry-run"),
        (("--edition", "morning", "--resend", "--since", "1d"), "leave out --dry-run"),
        (("--date", "today", "--since", "1d"), "--date is a whole day"),
        (("--since", "2026-01-02", "--until", "2026-01-01"), "would end before it begins"),
        (("--since", "sometime"), "is not a time"),
    ],
)
def test_what_cannot_be_asked_is_told(program: Program, words: tuple[str, ...], said: str) -> None:
    """With what there is instead."""
    code, out, err = program.run("digest", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_an_edition_from_the_command_line(program: Program) -> None:
    """A dry run tells and makes nothing; then it is made and sent; then sent again; and the outbox says so."""
    code, out, err = program.run("digest", "--edition", "morning", "--dry-run")
    assert code == 0, err
    assert "No. 1" in out
    assert "maildir mail" in out
    assert not (program.folder / "digests").exists()
    assert program.run("digest", "--edition", "morning", "--resend")[0] == 1
    code, _, err = program.run("digest", "--edition", "morning")
    assert code == 0, err
    assert "made morning no. 1" in err
    assert len(list((program.folder / "digests").iterdir())) == 1
    assert len(list((program.folder / "mail" / "new").iterdir())) == 1
    code, _, err = program.run("digest", "--edition", "morning", "--resend")
    assert code == 0
    assert "morning no. 1 again" in err
    assert len(list((program.folder / "mail" / "new").iterdir())) == 1
    code, out, _ = program.run("digest", "--outbox")
    assert code == 0
    assert out.count("sent") == 2


def test_why_names_the_editions_that_showed_an_article(program: Program) -> None:
    """One that was only looked at is none, and the next one begins behind it."""
    assert program.run("digest", "--edition", "morning", "-o", "look.html")[0] == 0
    assert program.ask("why", "1")["digests"] == []
    assert program.run("digest", "--edition", "morning")[0] == 0
    assert program.run("digest", "--edition", "morning", "--resend")[0] == 0
    assert program.run("digest", "--edition", "other")[0] == 0
    code, out, _ = program.run("why", "https://a.example/g0")
    assert code == 0
    assert "in a digest     morning no. 1, with its first sentences" in out
    assert "in a digest     other no. 1, with its first sentences" in out
    life = program.ask("why", "https://a.example/g0")
    assert [(one["name"], one["number"], one["shown_as"], one["behind"]) for one in life["digests"]] == [
        ("morning", 1, "story", None),
        ("other", 1, "story", None),
    ]
    times = [event["at"] for event in life["events"] if event["at"]]
    assert times == sorted(times)


def test_an_edition_that_cannot_be_sent_is_exit_3(program: Program) -> None:
    """And goes out the next time, beside the next one of the same day, if that is another moment."""
    (program.folder / "digests").write_text("in the way")
    code, _, err = program.run("digest", "--edition", "other")
    assert code == 3
    assert "a part of the path is a file" in err
    (program.folder / "digests").unlink()
    assert program.run("digest", "--edition", "other")[0] == 0
    assert len(list((program.folder / "digests").iterdir())) == program.count("editions")


def test_while_the_service_works_an_edition_can_be_looked_at_and_not_made(program: Program) -> None:
    """Exit 4 says that the archive is in use."""
    with open_archive(program.folder / "aggregator.db", writable=True):
        assert program.run("digest", "--edition", "morning", "-o", "look.html")[0] == 0
        assert program.run("digest", "--edition", "morning")[0] == 4


# ------------------------------------------------------------------------------------------------------- kills


@pytest.mark.slow
def test_no_edition_is_lost_and_none_is_doubled_whatever_kills_the_program(tmp_path: Path) -> None:
    """SIGKILL at 100 random moments of real services around editions that come every minute of a fast clock.

    Every edition is a file, a letter in a Maildir, a letter to a server and a run of a command. In the end the
    numbers have no gap, no two are for one moment, the article is in one of them, every letter of each has arrived, in
    the Maildir once; and what a server or a command got more than once has one identity, and only as often as it was
    killed in the act.
    """
    chance = random.Random(7)
    kills = 0
    log = tmp_path / "got.jsonl"
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        desk = Desk(tmp_path, archive)
        desk.clock.at = MORNING
        desk.publish("The bell")
    with PostOffice() as office:
        words = [sys.executable, "-m", "tests.ticking", str(tmp_path), str(office.port), str(log)]
        while kills < 100:
            running = subprocess.Popen(words, stderr=subprocess.PIPE)
            time.sleep(0.55 + 1.1 * chance.random())
            running.send_signal(signal.SIGKILL)
            _, err = running.communicate()
            assert running.returncode == -signal.SIGKILL, err.decode()
            kills += 1
        done = subprocess.run([*words, "last"], stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, done.stderr.decode()
    with open_archive(tmp_path / "aggregator.db", writable=False) as archive:
        assert archive.check() == ""
        made = archive.editions.recent("morning", 10_000)[::-1]
        states = archive.editions.letters(limit=100_000)
        assert [one.number for one in archive.editions.that_showed(1)] == [1]
    numbers = [one.number for one in made]
    assert numbers == list(range(1, len(made) + 1))
    assert len(made) > 10  # how many depends on how fast the machine starts a program
    assert len({one.slot for one in made}) == len(made)
    assert all(after.since == before.until for before, after in pairwise(made))
    assert {one.state for one in states} == {"sent"}
    assert len(states) == 4 * len(made)
    assert len(list((tmp_path / "digests").iterdir())) == len(made)
    assert len(list((tmp_path / "mail" / "new").iterdir())) == len(made)
    mailed = [one["Message-ID"] for one in office.letters]
    ran = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    print(f"{kills} kills, {len(made)} editions, {len(mailed)} letters taken, {len(ran)} runs of the command")
    assert len(set(mailed)) == len(made)
    assert len(set(ran)) == len(made)
    assert len(mailed) - len(made) + len(ran) - len(made) <= kills


def test_a_feed_that_was_taken_out_of_the_list_is_no_trouble(desk: Desk) -> None:
    """Nobody wants to hear of it."""
    desk.publish("The bell")
    desk.web.status(FEED, 500)
    desk.archive.feeds.make_due(desk.clock())
    desk.service.poll()
    desk.archive.db.execute("UPDATE feeds SET state = ?", (FeedState.PAUSED,))
    wanted = replace(wanted_edition(digest(), MORNING, None, 99), since=MORNING - 9 * DAY)
    assert compile_wanted(desk.archive, wanted).changes.troubles == ()
