"""Reading the archive again: told before anything is replaced, never worse, undoable, and it goes on after a kill."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.archive import open_archive
from aggregator.decide import Gain, Reread, sum_up
from aggregator.extract import VERSION
from aggregator.models import Change, Crash, Page, Verdict
from aggregator.pipeline import Rereading, archive_entries, poll_feeds, reread_articles
from tests.fakes import Clock, FakeWeb, here, tools
from tests.kept import FEED, kept, story
from tests.makers import LEASE, NOW, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aggregator.archive import Archive

OTHER = "https://b.example/feed"


class World:
    """An archive with three articles of one site and one of another, each read from its page."""

    def __init__(self, archive: Archive) -> None:
        self.kept = archive
        self.clock = Clock()
        web = FakeWeb()
        for about in ("bell", "anchor", "lantern"):
            web.page(f"https://a.example/{about}", story(about), title=f"The {about} of Nordhaven")
        web.page("https://b.example/mast", story("mast"), title="The mast of Nordhaven")
        web.feed(FEED, *(f"{name}|The {name} of Nordhaven" for name in ("bell", "anchor", "lantern")))
        web.feed(OTHER, "mast|The mast of Nordhaven")
        archive.feeds.apply_plan(plan(FEED, OTHER), self.clock())
        for loop in (poll_feeds, archive_entries):
            list(loop(tools(archive, web, self.clock)))
        self.ids = {
            article.title.split()[1]: article.id
            for article in archive.period.articles(NOW, self.clock() + LEASE)
        }
        self.clock.forward(days=1)

    def was_read_by_older_rules(self, about: str, text: str = "", verdict: Verdict = Verdict.FULL) -> None:
        """Let an article be as an older program read it."""
        self.kept.db.execute(
            "UPDATE articles SET extractor = 1, verdict = ?, text = coalesce(nullif(?, ''), text) WHERE id = ?",
            (verdict, text, self.ids[about]),
        )

    def reread(
        self, *, applies: bool = True, force: bool = False, takes_all: bool = False,
        work: Callable[..., Any] | None = None, stop_after: int | None = None,
    ) -> dict[str, Reread]:  # fmt: skip
        ids = self.kept.rereads.to_read(None if takes_all else VERSION)
        names = {id_: about for about, id_ in self.ids.items()}
        with ThreadPoolExecutor(2) as threads:
            how = Rereading(self.kept, work or here, threads, self.clock, applies=applies, force=force)
            read = {}
            for number, one in enumerate(reread_articles(how, ids), 1):
                read[names[one.id]] = one
                if number == stop_after:
                    break
        return read

    def article(self, about: str) -> tuple[str, Verdict]:
        article = self.kept.articles.get(self.ids[about])
        assert article is not None
        return article.text, article.verdict

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.kept.db.rows(sql)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        yield World(archive)


def test_what_these_rules_have_read_is_not_read_again(world: World) -> None:
    assert world.reread() == {}
    assert len(world.reread(takes_all=True)) == 4


def test_without_apply_nothing_is_written(world: World) -> None:
    """Told, and left alone."""
    world.was_read_by_older_rules("bell", "Skip to content. " + story("bell"))
    before = list(world.kept.db.connection.iterdump())
    read = world.reread(applies=False)
    assert read["bell"].gain is Gain.CHANGED
    assert (read["bell"].gained, read["bell"].lost) == (0, 3)
    assert list(world.kept.db.connection.iterdump()) == before


def test_a_better_text_replaces_and_the_old_one_stays_as_a_revision(world: World) -> None:
    world.was_read_by_older_rules("bell", "A bell, the feed says.", Verdict.FEED_ONLY)
    read = world.reread()["bell"]
    assert (read.gain, read.before, read.after) == (Gain.BETTER, Verdict.FEED_ONLY, Verdict.FULL)
    assert world.article("bell") == (story("bell"), Verdict.FULL)
    revision = world.kept.articles.revisions(world.ids["bell"])[-1]
    assert (revision.kind, revision.text) == (Change.REREAD, "A bell, the feed says.")
    assert world.kept.index.check() == ""
    assert world.reread() == {}, "it is done"


def test_another_text_of_equal_worth_replaces_as_well(world: World) -> None:
    world.was_read_by_older_rules("anchor", story("anchor") + "\n\nSubscribe to our letter")
    assert world.reread()["anchor"].gain is Gain.CHANGED
    assert world.article("anchor")[0] == story("anchor")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [(story("bell") * 3, Verdict.FULL), ("", Verdict.FULL)],
    ids=["the greater part would be lost", "same"],
)
def test_worse_never_replaces_better(world: World, text: str, verdict: Verdict) -> None:
    """It is marked as read all the same: the next run does not try it again."""
    world.was_read_by_older_rules("bell", text, verdict)
    read = world.reread()["bell"]
    assert read.gain is (Gain.WORSE if text else Gain.SAME)
    assert world.article("bell") == (text or story("bell"), verdict)
    assert world.kept.articles.revisions(world.ids["bell"]) == []
    assert world.reread() == {}


def test_a_worse_verdict_is_told_and_taken_only_by_force(world: World) -> None:
    """An older program took a wall for an article; the rules of today know better, and a person decides."""
    wall = b"<head><title>Just a moment...</title></head><body><p>Enable JavaScript and cookies to continue</p></body>"
    id_ = world.ids["mast"]
    world.kept.db.execute("DELETE FROM pages WHERE article_id = ?", (id_,))
    world.kept.pages.keep(Page("https://b.example/mast", "https://b.example/mast", 200, {}, wall, NOW), id_)
    world.was_read_by_older_rules("mast", "Enable JavaScript and cookies to continue")
    told = world.reread()["mast"]
    assert (told.gain, told.replaces, told.before) == (Gain.WORSE, False, Verdict.FULL)
    assert world.article("mast")[1] is Verdict.FULL
    assert sum_up([told]).verdicts == {(Verdict.FULL, told.after): 1}
    assert world.reread(takes_all=True, force=True)["mast"].replaces
    assert world.article("mast")[1] is told.after is not Verdict.FULL


def test_the_same_words_bring_their_new_metadata_and_no_revision(world: World) -> None:
    id_ = world.ids["lantern"]
    world.was_read_by_older_rules("lantern")
    world.kept.db.execute("UPDATE articles SET byline = '', changed_at = NULL WHERE id = ?", (id_,))
    world.kept.db.execute("DELETE FROM readings WHERE article_id = ?", (id_,))
    assert world.reread()["lantern"].gain is Gain.SAME
    assert world.rows(f"SELECT extractor, changed_at FROM articles WHERE id = {id_}") == [(VERSION, None)]
    assert world.rows(f"SELECT count(*) FROM readings WHERE article_id = {id_}") == [(1,)]
    assert world.kept.articles.revisions(id_) == []


def test_entries_addresses_and_dates_stay_as_they_are(world: World) -> None:
    """Whatever waits for another look goes on waiting; the article keeps its identity and its place."""
    asked = (
        "SELECT * FROM entries", "SELECT * FROM addresses", "SELECT * FROM pages",
        "SELECT id, canonical_url, dated_at, archived_at FROM articles",
    )  # fmt: skip
    before = [world.rows(sql) for sql in asked]
    world.was_read_by_older_rules("bell", "Short.", Verdict.PARTIAL)
    world.reread(takes_all=True)
    assert [world.rows(sql) for sql in asked] == before


def test_damaged_pages_and_pages_that_crash_the_reader_cost_themselves_only(world: World) -> None:
    """They stay as they are, are named, and are tried again the next time."""
    for about in world.ids:
        world.was_read_by_older_rules(about, story(about) + "\n\nold")
    world.kept.db.execute("UPDATE pages SET body = x'00' WHERE article_id = ?", (world.ids["mast"],))

    def work(func: Callable[..., Any], parsed: Any, *rest: Any) -> Any:
        return Crash("took longer than 15 s") if parsed.guid == "bell" else func(parsed, *rest)

    read = world.reread(work=work)
    assert {about: one.gain for about, one in read.items()} == {
        "bell": Gain.UNREADABLE, "mast": Gain.UNREADABLE, "anchor": Gain.CHANGED, "lantern": Gain.CHANGED,
    }  # fmt: skip
    assert "took longer" in read["bell"].reason
    assert "https://b.example/mast" in read["mast"].reason
    assert world.article("bell")[0] == story("bell") + "\n\nold"
    assert set(world.reread(applies=False)) == {"bell", "mast"}


def test_an_interrupted_run_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.pipeline.rereading.BATCH", 2)
    for about in world.ids:
        world.was_read_by_older_rules(about)
    first = world.reread(stop_after=1)
    assert len(first) == 1
    assert len(world.reread()) == 2, "a batch is recorded whole"
    assert world.reread() == {}


def test_the_choice_of_articles(world: World) -> None:
    for about in world.ids:
        world.was_read_by_older_rules(about)
    to_read = world.kept.rereads.to_read
    assert to_read(VERSION, site="b.example") == [world.ids["mast"]]
    assert to_read(VERSION, site="example") == to_read(VERSION), "hosts below it"
    assert to_read(VERSION, site="xample") == []
    assert len(to_read(VERSION, since=NOW)) == 4
    assert to_read(VERSION, since=world.clock()) == []
    world.kept.db.execute("DELETE FROM pages WHERE article_id = ?", (world.ids["mast"],))
    assert world.ids["mast"] not in to_read(VERSION)


def test_two_copies_never_become_copies_of_each_other(world: World) -> None:
    """Whichever is read first: the earlier one is the original."""
    world.kept.db.execute("UPDATE articles SET site = 'site ' || id")
    pages = {about: world.kept.pages.newest(id_) for about, id_ in world.ids.items()}
    bell, last = sorted(world.ids, key=lambda about: world.ids[about])[:: len(world.ids) - 1]
    kept = pages[bell]
    assert kept is not None
    world.kept.db.execute("DELETE FROM pages WHERE article_id = ?", (world.ids[last],))
    url = f"https://{'b' if last == 'mast' else 'a'}.example/{last}"
    world.kept.pages.keep(Page(url, url, 200, {"content-type": "text/html"}, kept.body, NOW), world.ids[last])
    for _ in range(2):
        world.reread(takes_all=True)
        links = {row[0]: row[1] for row in world.rows("SELECT id, duplicate_of FROM articles")}
        assert links[world.ids[last]] == world.ids[bell]
        assert links[world.ids[bell]] is None


def test_what_a_page_teaches_is_learnt_with_it(world: World) -> None:
    """The memory of the site is kept in the same transaction, and only when something is applied."""
    for about in world.ids:
        world.was_read_by_older_rules(about)
    world.kept.db.execute("DELETE FROM sites")
    world.reread(applies=False)
    assert world.rows("SELECT count(*) FROM sites") == [(0,)]
    world.reread()
    assert ("a.example",) in world.rows("SELECT host FROM sites")


# ---------------------------------------------------------------------------------------- the program


def test_the_command_tells_before_it_writes(tmp_path: Path) -> None:
    program = kept(tmp_path, 5)
    code, out, err = program.run("reextract")
    assert code == 0
    assert "changed\t5\tanother text of the same worth" in out
    assert "words +0 -5" in out
    assert "nothing was written; --apply replaces 5 texts" in err
    assert program.count("revisions") == 0
    report = json.loads(program.run("reextract", "--json", "--apply")[1])
    assert (report["applied"], report["articles"], report["changed"], report["worse"]) == (True, 5, 5, 0)
    assert report["changed_articles"][0]["words_lost"] == 1
    assert program.count("revisions WHERE kind = 'reread' AND text LIKE 'Home%'") == 5
    code, _, err = program.run("reextract")
    assert (code, "nothing to read again" in err) == (1, True)


def test_beside_a_running_service_it_tells_but_does_not_write(tmp_path: Path) -> None:
    program = kept(tmp_path, 2)
    with open_archive(program.path, writable=True):
        assert program.run("reextract")[0] == 0
        code, _, err = program.run("reextract", "--apply")
    assert code == 4
    assert "another aggregator is working on this archive; stop it, or wait if it is not a service" in err


def test_a_site_is_named_as_it_is_written_and_none_does_not_stand_for_all(tmp_path: Path) -> None:
    """In letters of its own; what is no host would read everything again."""
    program = kept(tmp_path, 1)
    with open_archive(program.path, writable=True) as archive:
        archive.db.execute("UPDATE articles SET url = 'https://xn--bcher-kva.example/1'")
    code, _, err = program.run("reextract", "--site", "bücher.example")
    assert (code, "1 page read again" in err) == (0, True)
    for site in ("https://", "a b"):
        code, _, err = program.run("reextract", "--site", site, "--apply")
        assert (code, "is not a host" in err) == (2, True)


@pytest.mark.slow
def test_a_kill_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """1,000 pages, three SIGKILLs: every text is read once, every old one is there, the file is sound."""
    program = kept(tmp_path, 1000)
    for _ in range(3):
        done = program.count("articles WHERE extractor > 0")
        with program.start("reextract", "--apply") as running:
            while program.count("articles WHERE extractor > 0") < done + 200 and running.poll() is None:
                time.sleep(0.05)
            running.send_signal(signal.SIGKILL)
            running.communicate()
    assert 600 <= program.count("articles WHERE extractor > 0") < 1000
    assert program.run("reextract", "--apply")[0] == 0
    assert program.count(f"articles WHERE extractor = {VERSION} AND text NOT LIKE 'Home%'") == 1000
    assert program.count("revisions WHERE kind = 'reread' AND text LIKE 'Home%'") == 1000
    assert program.count("(SELECT DISTINCT article_id FROM revisions)") == 1000
    assert program.count("pages") == 1000
    with open_archive(program.path, writable=True) as archive:
        assert archive.check() == ""
        assert archive.index.check() == ""
