"""The same text, once: copies are found wherever they come from, the earliest full one is shown, walls are no text."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.archive.links import MOST_MOVED, SHOWN
from aggregator.cli.why import events_of
from aggregator.decide import decide_kinship, kin_of
from aggregator.dedupe import fingerprint, shingles_of, sketch_of
from aggregator.models import Archived, ExtractedText, Kinship, KnownArticle, Response, Tier, Verdict
from aggregator.models.queries import Query, Words
from aggregator.pipeline import archive_entries, poll_feeds
from aggregator.pipeline.duplicates import link_article, link_back_catalogue
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import LEASE, NOW, archived, article_text, plan, said, visit
from tests.program import SETTINGS, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive

DAY = timedelta(days=1)
SITES = ("a", "b", "c", "d")
FEEDS = [f"https://{site}.example/feed" for site in SITES]


def prose(seed: int, sentences: int = 24) -> str:
    """Make a text of its own of a few hundred words, in paragraphs."""
    chance = random.Random(seed)
    words = [
        "".join(chance.choices("bdfgklmnprst", k=2)) + chance.choice(("ane", "ola", "iru"))
        for _ in range(400)
    ]
    lines = [" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(sentences)]
    return "\n\n".join(" ".join(lines[at : at + 4]) for at in range(0, sentences, 4))


TEXT = prose(1)
CUT = "\n\n".join(TEXT.split("\n\n")[:4])


def known(
    id_: int,
    text: str = TEXT,
    *,
    site: str = "",
    days: float = 0,
    verdict: Verdict = Verdict.FULL,
    title: str = "Bell",
) -> KnownArticle:
    site = site or f"{id_}.example"
    return KnownArticle(
        id_,
        f"https://{site}/{id_}",
        site,
        title,
        verdict,
        text,
        fingerprint(text, verdict),
        None,
        NOW + days * DAY,
    )


# ------------------------------------------------------------------------------------------ decisions


def test_the_earliest_full_text_is_the_original() -> None:
    """Whichever was archived first; what is not full is hidden behind what is."""
    assert decide_kinship(known(2), [known(1)], NOW).joins == ((2, 1),)
    assert decide_kinship(known(2, days=-1), [known(1)], NOW).joins == ((1, 2),)
    assert decide_kinship(known(2, days=1), [known(1, CUT, verdict=Verdict.FEED_ONLY)], NOW).joins == (
        (1, 2),
    )
    assert decide_kinship(known(2, CUT, verdict=Verdict.PARTIAL, days=-1), [known(1)], NOW).joins == ((2, 1),)


def test_a_fuller_text_is_shown_though_a_bulletin_was_first() -> None:
    """A short version hides nothing; furniture and some more lines do not make a text fuller."""
    short = "\n\n".join(TEXT.split("\n\n")[:3])
    made = decide_kinship(known(2, days=1), [known(1, short)], NOW)
    assert made.joins == ((1, 2),)
    (link,) = made.links
    assert (link.article_id, link.other_id, link.tier) == (2, 1, Tier.COPY), (
        "the later one leads to the earlier"
    )
    assert link.added == len(TEXT.split()) - len(short.split())
    assert decide_kinship(known(2, days=1), [known(1, CUT)], NOW).joins == ((2, 1),)
    third = decide_kinship(known(3, short, days=2), [known(2, days=1)], NOW)
    assert third.joins == ((3, 2),)


def test_the_evidence_is_kept() -> None:
    """From the copy to its original: how alike, what was added, what was removed."""
    link = kin_of(known(2, CUT, days=1), known(1), NOW)
    assert link is not None
    assert (link.article_id, link.other_id, link.tier, link.added) == (2, 1, Tier.COPY, 0)
    assert link.containment == 1.0
    assert 0.5 < link.similarity < 0.8
    assert link.removed == len(TEXT.split()) - len(CUT.split())


def test_an_original_of_several_families_joins_them() -> None:
    """Two cuts that have nothing in common, and then the whole."""
    begin, end = "\n\n".join(TEXT.split("\n\n")[:4]), "\n\n".join(TEXT.split("\n\n")[1:])
    made = decide_kinship(known(3, days=-1), [known(1, begin), known(2, end)], NOW)
    assert sorted(made.joins) == [(1, 3), (2, 3)]
    parted = decide_kinship(known(3, days=-1), [known(1, begin), known(2, end)], NOW, {frozenset((1, 2))})
    assert parted.joins == ((1, 3),)
    assert [
        (link.other_id, link.article_id, link.tier) for link in parted.links if link.tier is Tier.RELATED
    ] == [(3, 2, Tier.RELATED)]


def test_what_was_taken_apart_is_never_joined() -> None:
    assert decide_kinship(known(2), [known(1)], NOW, {frozenset((1, 2))}) == Kinship()


def test_a_round_up_is_no_kin_of_what_it_has_in_full() -> None:
    """Its headline is about what it has beside that; under the headline of the other it is the same article."""
    piece, rest = prose(3, 16), prose(4, 40)
    first = known(1, f"Grainau votes today.\n\n{piece}", title="Grainau votes")
    longer = f"Grainau votes today.\n\n{piece}\n\nHolmsund sails.\n\n{rest}"
    assert kin_of(first, known(2, longer, title="Holmsund sails"), NOW) is None
    assert kin_of(first, known(2, longer, title="Grainau votes"), NOW) is not None


def test_walls_and_strangers_have_no_kin() -> None:
    assert decide_kinship(known(2, verdict=Verdict.BLOCKED), [known(1)], NOW) == Kinship()
    assert decide_kinship(known(2, prose(2)), [known(1)], NOW) == Kinship()


# --------------------------------------------------------------------------------------------- the way


class World:
    """Four sites with a feed each, and the loops between them and an archive."""

    def __init__(self, archive: Archive) -> None:
        self.kept, self.web, self.clock = archive, FakeWeb(), Clock()
        self.items: dict[str, list[str]] = {feed: [] for feed in FEEDS}
        archive.feeds.apply_plan(plan(*FEEDS), NOW)
        for feed in FEEDS:
            self.web.feed(feed)

    def publish(self, site: str, guid: str, text: str, title: str = "Bell found", dated: str = "") -> None:
        """Put a page on a site and announce it."""
        url, feed = f"https://{site}.example/{guid}", f"https://{site}.example/feed"
        self.items[feed].append(f"{guid}|{title}")
        self.web.feed(feed, *self.items[feed])
        self.web.page(url, text, title=title)
        if dated:
            page = self.web.answers[url]
            assert isinstance(page, Response)
            meta = f'<head><meta property="article:published_time" content="{dated}">'.encode()
            self.web.answers[url] = replace(page, body=page.body.replace(b"<head>", meta))

    def run(self, **later: float) -> list[Archived]:
        self.clock.forward(**(later or {"hours": 2}))
        self.kept.feeds.make_due(self.clock())
        means = tools(self.kept, self.web, self.clock)
        list(poll_feeds(means))
        return list(archive_entries(means))

    def copies(self) -> dict[str, str | None]:
        """Return for each article, by its address, the address of its original."""
        rows = self.kept.db.rows(
            "SELECT a.url, o.url FROM articles a LEFT JOIN articles o ON o.id = a.duplicate_of ORDER BY a.id"
        )
        short = {row[0]: row[0].removeprefix("https://").replace(".example", "") for row in rows}
        return {short[row[0]]: short[row[1]] if row[1] else None for row in rows}

    def id_of(self, name: str) -> int:
        site, _, guid = name.partition("/")
        found: int = self.kept.db.value(
            "SELECT id FROM articles WHERE url = ?", (f"https://{site}.example/{guid}",)
        )
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        yield World(archive)


def test_a_cut_copy_on_another_site_is_linked(world: World) -> None:
    """No fingerprint would find it; a stranger is left alone."""
    world.publish("a", "1", TEXT)
    world.run()
    world.publish("b", "1", CUT)
    world.publish("c", "1", prose(2), title="Rain")
    world.run()
    assert world.copies() == {"a/1": None, "b/1": "a/1", "c/1": None}
    family = world.kept.links.family(1)
    assert [(member.site, member.is_original) for member in family.members] == [
        ("a.example", True),
        ("b.example", False),
    ]
    assert family.members[1].link is not None
    assert (family.sites, family.members[1].link.added) == (2, 0)


def test_a_bulletin_that_was_first_is_named_first_and_not_shown(world: World) -> None:
    """And it is shown again when the fuller text is taken out."""
    world.publish("a", "1", "\n\n".join(TEXT.split("\n\n")[:3]))
    world.run()
    world.publish("b", "1", TEXT)
    world.run()
    world.publish("c", "1", CUT)
    world.run()
    assert world.copies() == {"a/1": "b/1", "b/1": None, "c/1": "b/1"}
    first, shown, third = world.kept.links.family(3).members
    assert (first.id, first.is_original, first.is_shown) == (1, True, False)
    assert (shown.id, shown.is_original, shown.is_shown, shown.link) == (2, False, True, None)
    assert (first.link and (first.link.article_id, first.link.other_id)) == (2, 1)
    assert (third.link and (third.link.article_id, third.link.other_id)) == (3, 2)
    world.kept.links.unlink(2, None, NOW)
    assert world.copies() == {"a/1": None, "b/1": None, "c/1": "a/1"}


def test_a_family_gets_a_new_original_when_an_earlier_one_comes(world: World) -> None:
    """Its copies go with it."""
    world.publish("b", "1", TEXT)
    world.run()
    world.publish("c", "1", CUT)
    world.run()
    assert world.copies() == {"b/1": None, "c/1": "b/1"}
    world.publish("a", "1", TEXT, dated="2026-02-28T08:00:00Z")
    world.run()
    assert world.copies() == {"b/1": "a/1", "c/1": "a/1", "a/1": None}


def test_a_text_that_becomes_another_leaves_its_family(world: World) -> None:
    """One address whose text changes from day to day hides nothing, and is not hidden."""
    for site in ("a", "b", "c"):
        world.publish(site, "today", TEXT)
        world.run()
    assert world.copies() == {"a/today": None, "b/today": "a/today", "c/today": "a/today"}
    world.items["https://a.example/feed"] = []
    world.publish("a", "today", prose(5), title="Bell found and lost")
    world.run()
    assert world.copies() == {"a/today": None, "b/today": None, "c/today": "b/today"}
    world.items["https://c.example/feed"] = []
    world.publish("c", "today", prose(5), title="Bell found and lost")
    world.run()
    assert world.copies() == {"a/today": None, "b/today": None, "c/today": "a/today"}
    rows = world.kept.db.rows("SELECT article_id, other_id FROM links ORDER BY 1")
    assert [tuple(row) for row in rows] == [(3, 1)], "the evidence about earlier texts of a and c is gone"


def test_the_story_of_a_text_is_told_on_when_its_original_becomes_another(world: World) -> None:
    """What was a copy speaks for it from then on, so that the next article on the event finds it."""
    for site in ("a", "b", "c"):
        world.publish(site, "today", TEXT)
        world.run()
    (story,) = set(map(world.kept.stories.story_of, (1, 2, 3)))
    assert story is not None
    world.items["https://a.example/feed"] = []
    world.publish("a", "today", prose(5), title="Rain")
    world.run()
    assert set(map(world.kept.stories.story_of, (2, 3))) == {story}
    assert world.kept.stories.story_of(1) != story
    assert [member.article_id for member in world.kept.stories.members(story)] == [2]


def test_a_corrected_copy_stays_one(world: World) -> None:
    """And so does the family of a corrected original."""
    for site in ("a", "b"):
        world.publish(site, "1", TEXT)
        world.run()
    for site in ("b", "a"):
        world.items[f"https://{site}.example/feed"] = []
        world.publish(
            site, "1", TEXT + "\n\nThis text was corrected in the evening.", title="Bell found again"
        )
        world.run()
        assert world.copies() == {"a/1": None, "b/1": "a/1"}
    found = world.kept.sketches.candidates(sketch_of(shingles_of(world.kept.articles.known(1).text)))
    assert sorted(one.article_id for one in found) == [1, 2]
    assert all(one.common == 32 for one in found), "the sketch of the earlier text has gone"


def test_an_article_is_compared_by_the_text_that_was_recorded(world: World) -> None:
    """What a worker has hashed counts only when that very text was recorded."""
    for site in ("a", "b"):
        world.publish(site, "1", TEXT)
    world.run()
    other = ExtractedText(prose(2), Verdict.FULL, shingles=shingles_of(prose(2)).hashes)
    link_article(world.kept, 1, other, NOW)
    assert world.copies() == {"a/1": None, "b/1": "a/1"}
    assert not world.kept.sketches.candidates(sketch_of(shingles_of(prose(2))))


def test_one_text_under_many_headlines_of_a_site_is_a_wall(world: World) -> None:
    """Those that were believed are taken back and asked for again; another site's article is not touched."""
    wall = "We value your privacy. " + prose(7)
    for number, title in enumerate(("Rain", "Snow"), 1):
        world.publish("a", str(number), wall, title=title)
    world.publish("b", "1", TEXT)
    world.run()
    assert world.copies() == {"a/1": None, "a/2": None, "b/1": None}
    world.publish("a", "3", wall, title="Hail")
    world.run()
    verdicts = [row[0] for row in world.kept.db.rows("SELECT verdict FROM articles ORDER BY id")]
    assert verdicts == ["blocked", "blocked", "full", "blocked"]
    world.publish("a", "4", wall, title="Sun")
    world.run()
    assert world.kept.db.value("SELECT verdict FROM articles WHERE url LIKE '%a.example/4'") == "blocked"
    for number, title in enumerate(("Rain", "Snow", "Hail", "Sun"), 1):
        world.web.page(f"https://a.example/{number}", prose(20 + number), title=title)
    world.run(days=2)
    assert [row[0] for row in world.kept.db.rows("SELECT DISTINCT verdict FROM articles")] == ["full"]
    assert set(world.copies().values()) == {None}
    assert world.kept.db.value("SELECT count(*) FROM revisions") == 0


def test_copies_of_what_turned_out_to_be_a_wall_find_each_other(world: World) -> None:
    """Two other sites have printed that text as an article; it tells one story, of the one that is shown."""
    for number, title in enumerate(("Rain", "Snow"), 1):
        world.publish("a", str(number), TEXT, title=title)
    world.run()
    for site in "bcd":
        world.publish(site, "1", TEXT, title="Rain")
        world.run(hours=1)
    assert world.copies() == {"a/1": None, "a/2": None, "b/1": "a/1", "c/1": "a/1", "d/1": "a/1"}
    world.publish("a", "3", TEXT, title="Hail")
    world.run()
    assert world.copies() == {
        "a/1": None, "a/2": None, "a/3": None, "b/1": None, "c/1": "b/1", "d/1": "b/1",
    }  # fmt: skip
    stories = world.kept.db.rows("SELECT story_id, count(*) FROM story_articles GROUP BY 1")
    assert [row[1] for row in stories] == [3]
    members = world.kept.db.rows("SELECT article_id FROM story_articles ORDER BY 1")
    assert [world.kept.articles.some([row[0]])[0].site for row in members] == [
        "b.example",
        "c.example",
        "d.example",
    ]


def test_the_same_guid_for_different_texts_merges_nothing(world: World) -> None:
    for site, seed in (("a", 1), ("b", 2), ("c", 3)):
        world.publish(site, "guid", prose(seed))
    world.run()
    assert set(world.copies().values()) == {None}


# ---------------------------------------------------------------------------------------------- undoing


@pytest.fixture
def family(world: World) -> World:
    """A text on four sites."""
    for site in SITES:
        world.publish(site, "1", TEXT)
        world.run()
    assert set(world.copies().values()) == {None, "a/1"}
    return world


def test_an_article_is_taken_out_for_good(family: World) -> None:
    """Not even another original brings it back."""
    assert sorted(family.kept.links.unlink(3, None, NOW)) == [1, 2, 4]
    assert family.copies() == {"a/1": None, "b/1": "a/1", "c/1": None, "d/1": "a/1"}
    family.items["https://c.example/feed"] = []
    family.publish("c", "1", TEXT + "\n\nAnd one more line for everybody.", title="Bell found again")
    family.run()
    assert family.copies()["c/1"] is None
    family.publish("d", "2", TEXT, dated="2026-02-28T08:00:00Z")
    family.run()
    assert (family.copies()["a/1"], family.copies()["c/1"]) == ("d/2", None)
    assert [other.id for other in family.kept.links.family(3).apart] == [1, 2, 4]


def test_an_original_that_is_taken_out_leaves_the_next_one(family: World) -> None:
    family.kept.links.unlink(1, None, NOW)
    assert family.copies() == {"a/1": None, "b/1": None, "c/1": "b/1", "d/1": "b/1"}


def test_of_a_pair_the_copy_goes(family: World) -> None:
    """The rest of the family stays as it is; two that are not linked cannot be taken apart."""
    assert family.kept.links.unlink(1, 2, NOW) == [2]
    assert family.copies() == {"a/1": None, "b/1": None, "c/1": "a/1", "d/1": "a/1"}
    assert family.kept.links.unlink(2, 4, NOW) == []
    assert family.kept.links.unlink(3, 4, NOW) == [4]
    assert family.copies() == {"a/1": None, "b/1": None, "c/1": None, "d/1": "a/1"}


def test_a_family_that_is_too_large_keeps_its_original(world: World) -> None:
    """A million near-identical notices that come in the wrong order cost no more than others."""
    for site in ("a", "b"):
        world.publish(site, "1", TEXT)
        world.run()
    world.kept.db.execute(
        f"""
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MOST_MOVED})
        INSERT INTO articles (url, canonical_url, dated_at, archived_at, verdict, duplicate_of)
        SELECT 'x' || n, 'x' || n, '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 'full', 1 FROM n
        """
    )
    world.publish("c", "1", TEXT, dated="2026-02-28T08:00:00Z")
    world.run()
    assert (world.copies()["c/1"], world.copies()["a/1"]) == ("a/1", None)


def test_of_a_large_family_the_one_that_is_asked_for_is_told(family: World) -> None:
    """However many were earlier: `why` and `show` speak of it."""
    family.kept.db.execute(
        f"""
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {SHOWN + 1})
        INSERT INTO articles (url, canonical_url, dated_at, archived_at, verdict, duplicate_of)
        SELECT 'x' || n, 'x' || n, '2026-04-01T00:00:00Z', '2026-04-01T00:00:00Z', 'full', 1 FROM n
        """
    )
    last = family.kept.db.value("SELECT max(id) FROM articles")
    members = family.kept.links.family(last).members
    assert (members[0].id, members[-1].id, len(members)) == (1, last, SHOWN)
    life = family.kept.lives.of(last)
    assert life is not None
    assert "copy" in {event.what for event in events_of(life)}


def test_nobody_is_hidden_behind_what_is_hidden_itself(family: World) -> None:
    """A fuller text takes in two families, the first too large to move: it goes there, and so does the other."""
    kept = family.kept
    kept.db.execute(
        f"""
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MOST_MOVED})
        INSERT INTO articles (url, canonical_url, dated_at, archived_at, verdict, duplicate_of)
        SELECT 'x' || n, 'x' || n, '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 'full', 1 FROM n
        """
    )
    other, fuller = (
        kept.db.execute(
            "INSERT INTO articles (url, canonical_url, dated_at, archived_at, verdict)"
            f" VALUES ('{name}', '{name}', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 'full')"
        )
        for name in ("other", "fuller")
    )
    kept.links.record(Kinship((), ((1, fuller), (other, fuller))))
    assert kept.links.shown_for([other, fuller, 1]) == {other: 1, fuller: 1, 1: 1}


# ------------------------------------------------------------------------------------- the back catalogue


def test_an_older_archive_is_compared_step_by_step(world: World) -> None:
    """In any number of steps, and again, with the same result."""
    world.kept.visits.record([visit(world.kept.feeds.claim(NOW, limit=1, lease=LEASE)[0], *map(said, "123"))])
    texts = {"1": TEXT, "2": prose(9), "3": "BERLIN (dpa) - " + CUT}
    for entry in world.kept.entries.claim(NOW, limit=9, lease=LEASE):
        guid = entry.parsed.guid
        says = replace(article_text(f"https://{guid}.example/x", text=texts[guid]), site=f"{guid}.example")
        world.kept.articles.record(archived(entry, says))
    assert [link_back_catalogue(world.kept, NOW, limit=2) for _ in range(3)] == [2, 1, 0]
    assert list(world.copies().values()) == [None, None, "1/x"]
    assert [row[0] for row in world.kept.db.rows("SELECT agency FROM articles")] == ["", "", "dpa"]
    world.kept.db.execute("UPDATE articles SET compared = 0")
    link_back_catalogue(world.kept, NOW)
    assert list(world.copies().values()) == [None, None, "1/x"]
    assert world.kept.db.value("SELECT count(*) FROM links") == 1


# ----------------------------------------------------------------------------------------------- search


def test_search_folds_copies(family: World) -> None:
    """The original stands for all; unfolded, each is a hit."""
    word = f'"{TEXT.split()[3].strip(".,")}"'
    folded = family.kept.index.search(Query(Words(word)))
    assert [(hit.article.id, [copy.site for copy in hit.copies]) for hit in folded] == [
        (1, ["b.example", "c.example", "d.example"])
    ]
    assert len(family.kept.index.search(Query(Words(word), folds=False))) == 4
    assert [hit.article.id for hit in family.kept.index.search(Query(None))] == [1]


def test_a_copy_that_alone_matches_stands_for_itself(world: World) -> None:
    world.publish("a", "1", TEXT)
    world.run()
    world.publish("b", "1", TEXT + "\n\nAlways ask the quillfeather first.")
    world.run()
    assert set(world.copies().values()) == {None, "a/1"}
    hits = world.kept.index.search(Query(Words("quillfeather")))
    assert [(hit.article.id, hit.copies) for hit in hits] == [(2, ())]


def test_copies_take_no_room_from_other_hits(world: World) -> None:
    """As many hits as were asked for, however many copies the best of them has."""
    for number in range(60):
        world.publish(
            SITES[number % 4], f"c{number}", "Quillfeather quillfeather. " + TEXT, title=f"Bell {number % 15}"
        )
    for number in range(3):
        world.publish("a", f"o{number}", prose(50 + number) + "\n\nQuillfeather.", title=f"Other {number}")
    world.run()
    world.kept.db.execute("UPDATE articles SET duplicate_of = 1 WHERE id > 1 AND url LIKE '%/c%'")
    hits = world.kept.index.search(Query(Words("quillfeather"), limit=3))
    assert len(hits) == 3
    assert sum(bool(hit.copies) for hit in hits) <= 1


# ------------------------------------------------------------------------------------------- the program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A text on three sites, a page behind a redirect, and an entry whose page is not there."""
    folder = tmp_path_factory.mktemp("kin")
    program = Program(folder)
    program.configure(SETTINGS)
    with open_archive(folder / "aggregator.db", writable=True) as archive:
        world = World(archive)
        for site in ("a", "b", "c"):
            world.publish(site, "bell-found", TEXT if site != "b" else CUT)
            world.run()
        world.publish("d", "rain-in-nordhaven", prose(4), title="Rain in Nordhaven")
        world.web.moves("https://d.example/rain-in-nordhaven", "https://d.example/2026/rain-in-nordhaven")
        world.publish("d", "lost", "", title="Lost")
        world.web.status("https://d.example/lost", 503)
        world.run()
    return program


def test_show_names_the_family(program: Program) -> None:
    code, out, err = program.run("show", "2")
    assert (code, err) == (0, "")
    assert "on a.example, carried by 3 sites" in out
    assert "#1 · a.example" in out
    assert "words" in out
    record = program.ask("show", "2")
    assert (record["copy_of"], record["sites"], len(record["family"])) == (1, 3, 3)
    assert record["family"][1]["link"]["containment"] == 1.0


@pytest.mark.parametrize(
    "asked",
    ["https://d.example/rain-in-nordhaven", "HTTP://D.example/2026/rain-in-nordhaven?utm_source=x#top",
     "d.example/rain-in-nordhaven", "4"],
)  # fmt: skip
def test_why_tells_the_life_of_any_address_that_led_there(program: Program, asked: str) -> None:
    code, out, err = program.run("why", asked)
    assert (code, err) == (0, "")
    for said_so in (
        "announced",
        "as guid rain-in-nordhaven",
        "redirected",
        "archived",
        "full",
        "indexed",
        "next look",
    ):
        assert said_so in out


def test_why_tells_what_a_copy_is_merged_into(program: Program) -> None:
    life = program.ask("why", "https://b.example/bell-found")
    assert life["copy_of"] == 1
    assert any(event["what"] == "copy" and "100% of the shorter" in event["said"] for event in life["events"])
    times = [event["at"] for event in life["events"] if event["at"]]
    assert times == sorted(times)
    assert any(event["what"] == "trouble" for event in program.ask("why", "https://d.example/lost")["events"])


def test_a_copy_says_how_much_later_it_came_and_which_story_it_is_in(program: Program) -> None:
    out = program.run("show", "3")[1]
    assert "#1 · a.example" in out
    assert "h later" in out
    life = program.ask("why", "https://c.example/bell-found")
    assert life["story"]["sources"] == 1, "copies count once"
    assert any(event["what"] == "story" for event in life["events"])


def test_why_names_the_nearest_when_nothing_led_there(program: Program) -> None:
    code, out, err = program.run("why", "https://elsewhere.example/x/bell-found")
    assert (code, out) == (1, "")
    assert "known: https://a.example/bell-found" in err
    assert "d.example" in program.run("why", "https://d.example/zzz")[2]
    assert program.run("why", "999")[0] == 1
    assert program.run("why", "%")[0] == 1


def test_unlink_and_search_on_the_command_line(program: Program) -> None:
    word = f'"{" ".join(TEXT.split()[2:6])}"'
    assert [len(hit["copies"]) for hit in program.ask("search", word)] == [2]
    assert "+2 copies: b.example, c.example" in program.run("search", word)[1]
    assert len(program.ask("search", word, "--all-copies")) == 3
    assert program.ask("status")["families"] == 1
    assert program.run("unlink", "3")[0] == 0
    assert program.run("unlink", "3")[0] == 1
    assert program.run("unlink", "99")[0] == 1
    assert len(program.ask("search", word)) == 2
    assert "taken apart by hand" in program.run("show", "3")[1]


def test_no_step_of_linking_reads_the_whole_archive(world: World) -> None:
    """Each statement finds its rows by an index: a scan of all articles would show in nothing but time."""
    world.publish("a", "1", TEXT)
    world.run()
    asked: list[str] = []
    world.publish("b", "1", CUT, dated="2026-02-28T08:00:00Z")
    world.publish("c", "1", TEXT)
    world.kept.db.connection.set_trace_callback(asked.append)
    world.run()
    world.kept.db.connection.set_trace_callback(None)
    about = [sql for sql in asked if re.search(r"\b(links|sketches|articles)\b", sql) and "EXISTS" not in sql]
    linking = [sql for sql in about if re.match(r"\s*(SELECT|UPDATE|WITH|DELETE)", sql) and "_fts" not in sql]
    assert len(linking) > 10
    for sql in linking:
        plan_of = [row[3] for row in world.kept.db.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [
            step for step in plan_of if re.fullmatch(r"SCAN (articles|links|sketches|a|l|b)", step)
        ], sql
