"""Stories on their way: told as articles are recorded, listed, shown once in a digest, counted."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.archive.stories import StoryShelf
from aggregator.models import Verdict
from aggregator.pipeline import archive_entries, poll_feeds, unlink_article
from aggregator.pipeline.duplicates import BATCH, link_back_catalogue
from aggregator.pipeline.stories import tell_article
from tests.fakes import Clock, FakeWeb, tools
from tests.kept import kept
from tests.makers import plan
from tests.test_stories import KESTREL_BUYS, KESTREL_RECALLS, QUAKE, QUAKE_AGAIN, QUAKE_IN_GERMAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.models import Archived, Story
    from tests.program import Program

TABLES = ("stories", "story_articles", "story_strands", "story_vectors", "story_terms", "story_words")


class World:
    """Sites that tell of events, each with a feed of its own, and the archive that reads them."""

    def __init__(self, archive: Archive) -> None:
        self.kept = archive
        self.web = FakeWeb()
        self.clock = Clock()

    def publish(self, site: str, guid: str, article: tuple[str, str]) -> None:
        feed = f"https://{site}/feed"
        self.kept.feeds.apply_plan(plan(feed), self.clock())
        self.web.feed(feed, f"{guid}|{article[0]}")
        self.web.page(f"https://{site}/{guid}", long(article), title=article[0])

    def run(self) -> list[Archived]:
        means = tools(self.kept, self.web, self.clock)
        list(poll_feeds(means))
        return list(archive_entries(means))

    def story(self, site: str) -> int | None:
        """Return the story of the only article of a site."""
        return self.kept.stories.story_of(
            self.kept.db.value("SELECT id FROM articles WHERE url LIKE ?", (f"https://{site}/%",))
        )

    def listed(self, **how: int | str) -> list[Story]:
        return self.kept.stories.list(self.clock().replace(year=2000), **how)  # type: ignore[arg-type]

    def rows(self) -> list[object]:
        return [[tuple(row) for row in self.kept.db.rows(f"SELECT * FROM {table}")] for table in TABLES]


def long(article: tuple[str, str]) -> str:
    """Return the text followed by enough of its own words to be read as an article."""
    title, text = article
    return "\n\n".join(
        [text]
        + [f"{text} That is what people in {n} said about it: {title}." for n in ("one", "two", "three")]
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        yield archive


@pytest.fixture
def world(archive: Archive) -> World:
    return World(archive)


def quake_and_deal(world: World) -> None:
    """Three sites tell of one event, one of them in German; a fourth has a copy; a fifth tells something else."""
    world.publish("a.example", "1", QUAKE)
    world.publish("b.example", "1", QUAKE_AGAIN)
    world.publish("c.example", "1", QUAKE_IN_GERMAN)
    world.run()
    world.publish("d.example", "1", QUAKE)
    world.publish("e.example", "1", KESTREL_BUYS)
    world.run()


# ------------------------------------------------------------------------------------------ as they come


def test_articles_are_told_as_they_are_recorded(world: World) -> None:
    """A copy is in its original's story, and no source of it."""
    quake_and_deal(world)
    quake = world.story("a.example")
    assert [world.story(f"{site}.example") for site in "bcd"] == [quake] * 3
    assert world.story("e.example") not in {quake, None}
    [story] = world.listed(least=2)
    assert (story.id, story.sources, len(story.articles)) == (quake, 3, 4)
    assert [article.source for article in story.articles if article.copy_of] == ["d.example"]
    status = world.kept.status(world.clock())
    assert (status.stories, status.shared_stories, status.duplicates) == (2, 1, 1)


def test_a_run_that_is_killed_is_done_again_and_tells_the_same(world: World, tmp_path: Path) -> None:
    """What was recorded in a transaction that never ended is not there; nothing is counted twice."""
    world.publish("a.example", "1", QUAKE)
    world.publish("b.example", "1", QUAKE_AGAIN)

    class KilledError(BaseException):
        pass

    def killed_run() -> None:
        with world.kept.transaction():
            world.run()
            raise KilledError

    with pytest.raises(KilledError):
        killed_run()
    assert world.rows() == [[]] * len(TABLES)
    world.run()
    told = world.rows()
    with open_archive(tmp_path / "other.db", writable=True) as other:
        unbroken = World(other)
        unbroken.publish("a.example", "1", QUAKE)
        unbroken.publish("b.example", "1", QUAKE_AGAIN)
        unbroken.run()
        assert unbroken.rows() == told
    for article_id in (1, 2):
        tell_article(world.kept, article_id, world.clock())
    assert world.rows() == told


def test_a_bug_costs_the_story_and_not_the_article(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the failing step had written already is taken back."""

    def fails(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(StoryShelf, "size", fails)
    world.publish("a.example", "1", QUAKE)
    assert len(world.run()) == 1
    assert world.kept.articles.get(1) is not None
    assert world.rows() == [[]] * len(TABLES)
    assert "a bug while telling a story article=1" in caplog.text


def test_a_text_that_became_another_is_told_again(world: World) -> None:
    """A correction stays where it is."""
    quake_and_deal(world)
    [known] = world.kept.articles.some([1])
    quake, deal = world.story("a.example"), world.story("e.example")

    def becomes(title: str, text: str, verdict: Verdict = Verdict.FULL) -> int | None:
        world.kept.db.execute(
            "UPDATE articles SET title = ?, text = ?, verdict = ? WHERE id = 1", (title, text, verdict)
        )
        tell_article(world.kept, 1, world.clock(), before[-1])
        before.extend(world.kept.articles.some([1]))
        return world.story("a.example")

    before = [known]
    assert becomes(known.title, known.text.replace("12", "13")) == quake
    assert becomes(KESTREL_BUYS[0], long(KESTREL_BUYS)) == deal
    assert becomes("Log in", "Log in to read on.", Verdict.BLOCKED) is None
    assert becomes(QUAKE[0], long(QUAKE)) == quake


def test_a_copy_that_was_freed_is_told_by_its_own_words(world: World) -> None:
    """It was in its original's story without a word of its own; from now on it is a source and leaves when it must."""
    quake_and_deal(world)
    copy = world.kept.db.value("SELECT id FROM articles WHERE url LIKE 'https://d.example/%'")
    before = len(world.kept.stories.members(world.story("d.example") or 0))
    assert unlink_article(world.kept, copy, None, world.clock()) == [1]
    assert world.story("d.example") == world.story("a.example"), "it does tell of that event"
    assert len(world.kept.stories.members(world.story("d.example") or 0)) == before + 1
    (story, *_) = world.listed(least=2)
    assert "d.example" in {article.source for article in story.articles if not article.copy_of}


def test_sites_of_one_publisher_are_one_source(world: World) -> None:
    world.publish("a.example", "1", QUAKE)
    world.publish("news.a.example", "1", QUAKE_AGAIN)
    world.run()
    assert world.story("a.example") == world.story("news.a.example")
    assert [story.sources for story in world.listed()] == [1]


def test_what_cannot_be_read_is_in_no_story(world: World) -> None:
    world.publish("a.example", "1", ("", ""))
    world.web.status("https://a.example/1", 404)
    world.run()
    assert world.listed() == []


def test_articles_of_an_older_program_are_told_step_by_step(world: World) -> None:
    """So many in a transaction; the result is the same however often it was broken off."""
    quake_and_deal(world)
    told = [world.story(f"{site}.example") for site in "abcde"]
    for table in reversed(TABLES):
        world.kept.db.execute(f"DELETE FROM {table}")
    world.kept.db.execute("DELETE FROM sketches")
    world.kept.db.execute("UPDATE articles SET compared = 0, duplicate_of = NULL")
    later = world.clock().replace(year=2027)
    assert [link_back_catalogue(world.kept, later, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert BATCH > 2
    found = [world.story(f"{site}.example") for site in "abcde"]
    assert [found.index(story) for story in found] == [told.index(story) for story in told]


def test_stories_are_found_by_feed_and_category(world: World) -> None:
    quake_and_deal(world)
    world.kept.db.execute("UPDATE feeds SET category = 'World/Quakes' WHERE url LIKE '%c.example%'")
    quake, deal = world.story("a.example"), world.story("e.example")
    assert [story.id for story in world.listed(feed="B.example")] == [quake]
    assert [story.id for story in world.listed(feed="e.example")] == [deal]
    assert [story.id for story in world.listed(category="quakes")] == [quake]
    assert world.listed(category="quakes", feed="e.example") == []


def test_the_best_read_article_leads_a_story(world: World) -> None:
    """No copy, however early; of those read equally well the earliest."""
    quake_and_deal(world)
    [story] = world.listed(least=2)
    assert story.lead.source == "a.example"
    articles = [
        replace(article, verdict=Verdict.PARTIAL) if article.source == "a.example" else article
        for article in story.articles
    ]
    assert replace(story, articles=tuple(articles)).lead.source == "b.example"
    for better, worse in pairwise(Verdict):
        of_two = (replace(story.articles[0], verdict=worse), replace(story.articles[1], verdict=better))
        assert replace(story, articles=of_two).lead.verdict is better
    copies = [replace(article, copy_of=99) if article.id == 2 else article for article in articles]
    assert replace(story, articles=tuple(copies)).lead.source == "c.example"


# -------------------------------------------------------------------------------------- what a person sees


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program beside an archive of six articles: three sources tell of a quake, with one copy, two of a firm."""
    folder = tmp_path_factory.mktemp("told")
    made = kept(folder, 0)
    with open_archive(made.path, writable=True) as archive:
        world = World(archive)
        world.clock.forward(hours=2)  # its feed was visited before
        quake_and_deal(world)
        world.publish("f.example", "1", KESTREL_RECALLS)
        world.run()
    return made


def test_the_list_names_stories_with_their_sources(program: Program) -> None:
    code, out, err = program.run("stories", "--since", "2026-02-01", "--until", "2026-04-01")
    assert (code, err) == (0, "")
    title, head, *articles = out.splitlines()
    assert title.split(maxsplit=1) == ["1", f"{QUAKE[0]} <https://a.example/1>"]
    assert head.strip().startswith("3 sources · ")
    assert [line.split(" · ")[0].strip() for line in articles] == [
        "a.example",
        "also d.example",
        "b.example",
        "c.example",
    ]


def test_json_has_the_names_that_scripts_count_on(program: Program) -> None:
    code, out, _ = program.run(
        "stories", "--since", "2026-02-01", "--until", "2026-04-01", "--least", "1", "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert [story["sources"] for story in found] == [3, 1, 1]
    assert list(found[0]) == ["id", "title", "sources", "first_at", "last_at", "articles"]
    assert list(found[0]["articles"][0]) == [
        "id", "title", "url", "source", "at", "language", "verdict", "copy_of",
    ]  # fmt: skip


def test_one_story_is_shown_whole(program: Program) -> None:
    """An id that was merged leads to what it was merged into."""
    with open_archive(program.path, writable=True) as archive:
        archive.db.execute(
            "INSERT INTO stories (id, first_at, last_at, merged_into)"
            " VALUES (99, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 1)"
        )
    code, out, err = program.run("stories", "99")
    assert (code, err) == (0, "story 99 proved to be story 1\n")
    assert len(out.splitlines()) == 6
    assert json.loads(program.run("stories", "99", "--json")[1])["id"] == 1
    assert program.run("stories", "98")[0] == 1


def test_nothing_found_says_why(program: Program) -> None:
    code, out, err = program.run("stories", "--since", "2026-02-01", "--until", "2026-02-02")
    assert (code, out) == (1, "")
    assert "no story of 2 sources or more in that time" in err


def test_an_article_says_which_story_it_is_in(program: Program) -> None:
    """One that is alone in its story says nothing."""
    assert "story 1: 3 sources: aggregator stories 1" in program.run("show", "1")[1]
    assert json.loads(program.run("show", "1", "--json")[1])["story"] == 1
    alone = json.loads(program.run("stories", "--since", "2026-02-01", "--least", "1", "--json")[1])[-1]
    assert "aggregator stories" not in program.run("show", str(alone["articles"][0]["id"]))[1]


def test_stories_are_counted(program: Program) -> None:
    assert "stories   3, 1 of them told by several sources" in program.run("status")[1]
    counts = json.loads(program.run("status", "--json")[1])
    assert (counts["stories"], counts["shared_stories"], counts["duplicates"]) == (3, 1, 1)


def test_a_digest_shows_a_story_once(program: Program) -> None:
    code, out, _ = program.run(
        "digest", "--since", "2026-02-01", "--until", "2026-04-01", "--format", "markdown"
    )
    assert code == 0
    assert out.count("### ") == 3
    assert out.index(QUAKE[0]) < out.index("Kestrel Pharma")
    assert "Also in " in out
    assert "5 articles from 6 feeds" in out
