"""Moving in: what another program kept is here once, is known by the next poll, and asks nobody for anything."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.archive import open_archive
from aggregator.archive.foreign import open_foreign
from aggregator.errors import ArchiveError, UsageError
from aggregator.models import Crash, KeptEntry, Outcome, Response
from aggregator.moving import (
    cleaned_entries,
    keepsake_of_newsboat,
    keepsake_of_reader,
    parse_list,
    parse_urls,
    read_export,
)
from aggregator.parse.identity import changed_entries
from aggregator.pipeline import MovingIn, archive_entries, move_in, poll_feeds
from aggregator.schedule import Spread
from tests import foreign
from tests.fakes import Clock, FakeWeb, here, tools
from tests.makers import plan
from tests.program import SETTINGS, Program
from tests.servers import Server, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.models import Keepsake, MovedIn

BASE = "https://quay.example"
FEED = f"{BASE}/feed"
ALL = 6  # entries in the feed
PROGRAMS = list(foreign.WRITERS)


def keepsake(program: str, path: Path, **how: Any) -> Keepsake:
    written = foreign.WRITERS[program](path, BASE, FEED, **how)
    if written.read_bytes()[:6] != b"SQLite":
        return read_export(written.read_bytes(), "export")
    with open_foreign(written) as file:
        make = {"newsboat": keepsake_of_newsboat, "reader": keepsake_of_reader}[file.program]
        kept = make(file.feeds(), list(file.entries()), file.count())
        return replace(kept, entries=tuple(kept.entries))  # read while the file is open, and more than once


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        archive.feeds.apply_plan(plan(FEED), Clock()())
        yield archive


def moved(archive: Archive, kept: Keepsake, *, pages: bool = False) -> MovedIn:
    clock = Clock()
    how = MovingIn(archive, here, clock, Spread(clock()) if pages else None)
    batches = list(move_in(how, kept))
    return sum(batches[1:], batches[0])


def web() -> FakeWeb:
    served = FakeWeb()
    served.answers[FEED] = Response(
        FEED, FEED, 200, {"content-type": "application/rss+xml"}, foreign.feed(BASE)
    )
    return served


# --------------------------------------------------------------------------------- known by the next poll


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_was_moved_in_is_known_by_the_next_poll(program: str, archive: Archive, tmp_path: Path) -> None:
    """No entry twice, though no two programs keep the same of it; and a second import changes nothing."""
    kept = keepsake(program, tmp_path / "kept")
    assert moved(archive, kept).new == ALL
    before = rows(archive)
    assert (moved(archive, kept).new, rows(archive)) == (0, before)
    visits = list(poll_feeds(tools(archive, web(), Clock())))
    assert [(visit.outcome, visit.new, visit.gap) for visit in visits] == [(Outcome.NEW, 0, False)]
    assert len(rows(archive)) == ALL
    assert moved(archive, kept).new == 0
    assert len(rows(archive)) == ALL


def rows(archive: Archive) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in archive.db.rows(
            "SELECT guid, link, title, article_id, first_seen_at FROM entries ORDER BY id"
        )
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_was_polled_first_is_not_moved_in(program: str, archive: Archive, tmp_path: Path) -> None:
    """Whoever polls before moving in has the same archive."""
    list(poll_feeds(tools(archive, web(), Clock())))
    before = rows(archive)
    assert moved(archive, keepsake(program, tmp_path / "kept")).known == ALL
    assert rows(archive) == before


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_through_the_installed_program(program: str, tmp_path: Path) -> None:
    """Import, poll the same feed from a server, archive: every entry once, each with an article."""
    with Server() as server:
        base = server.url("")
        feed = base + "/feed"
        server.answers = {"/feed": answer(body=foreign.feed(base), Content_Type="application/rss+xml")}
        aggregator = Program(tmp_path)
        aggregator.configure(SETTINGS)
        file = foreign.WRITERS[program](tmp_path / "kept", base, feed)
        code, _, err = aggregator.run("import", "--follow", str(file))
        assert (code, f"{ALL} entries moved in from {program}" in err) == (0, True), err
        assert server.targets == []  # nobody was asked
        assert aggregator.run("poll")[0] == 0
        assert "0 entries moved in" in aggregator.run("import", str(file))[2]
    entries = aggregator.ask("entries")
    assert len(entries) == len({entry["title"] for entry in entries}) == ALL
    hit = aggregator.ask("search", "lost bell")[0]
    assert (hit["title"], hit["verdict"]) == ("The bell & the quay", "feed-only")
    assert hit["published_at"] == "2026-02-02T10:00:00Z"


# ------------------------------------------------------------------------------------------- the articles


@pytest.mark.parametrize("program", PROGRAMS)
def test_articles_are_made_of_what_was_kept(program: str, archive: Archive, tmp_path: Path) -> None:
    """Cleaned like any feed, dated as they were, first seen now, and nothing waits to be asked for."""
    moved(archive, keepsake(program, tmp_path / "kept"))
    entries = {entry.title: entry for entry in archive.entries.announced()}
    bell = entries["The bell & the quay"]
    assert bell.first_seen_at == Clock()()
    assert bell.published_at == datetime(2026, 2, 2, 10, tzinfo=UTC)
    article = archive.articles.get(bell.article_id or 0)
    assert article is not None
    assert article.dated_at == bell.published_at
    assert "nine days" in article.text
    assert "alert" not in article.text
    assert article.reason == f"moved in from {program}; its page was not asked for"
    assert archive.entries.due(Clock()()) == 0


@pytest.mark.parametrize("program", ["newsboat", "FreshRSS", "Miniflux"])
def test_history_is_no_news(program: str, archive: Archive, tmp_path: Path) -> None:
    """A digest of today does not hold ten years of another program; one of that day does."""
    moved(archive, keepsake(program, tmp_path / "kept"))
    day = datetime(2026, 2, 2, tzinfo=UTC)
    assert list(archive.period.articles(Clock()(), datetime(2027, 1, 1, tzinfo=UTC))) == []
    assert len(list(archive.period.articles(day, day.replace(day=3)))) == ALL


def test_pages_are_asked_for_only_when_that_is_wanted(archive: Archive, tmp_path: Path) -> None:
    """Without --fetch-pages none; with it one every half minute, also of what an earlier run brought."""
    kept = keepsake("newsboat", tmp_path / "kept", more=10)
    moved(archive, kept)
    asked = web()
    list(archive_entries(tools(archive, asked, Clock())))
    assert asked.asked == []
    again = moved(archive, kept, pages=True)
    assert (again.new, again.asked) == (0, ALL - 2 + 10)  # two share their page with another entry
    assert moved(archive, kept, pages=True).asked == 0
    clock = Clock()
    clock.forward(seconds=95)
    list(archive_entries(tools(archive, asked, clock)))
    assert len(asked.asked) == 4


def test_a_page_replaces_the_words_and_one_that_is_gone_does_not(archive: Archive, tmp_path: Path) -> None:
    """What another program kept is a stopgap for the page, and what is left where there is none."""
    moved(archive, keepsake("newsboat", tmp_path / "kept"), pages=True)
    pages = web()
    pages.page(f"{BASE}/1", "\n\n".join([f"Paragraph {n}: " + "the bell was found at last. " * 12 for n in range(4)]),
               "The bell & the quay")  # fmt: skip
    pages.status(f"{BASE}/6", 404)
    clock = Clock()
    clock.forward(hours=1)
    list(archive_entries(tools(archive, pages, clock)))
    found = {entry.title: entry for entry in archive.entries.announced()}
    bell, fees = (
        archive.articles.get(found[title].article_id or 0)
        for title in ("The bell & the quay", "The guid is the link")
    )
    assert bell is not None
    assert fees is not None
    assert (bell.verdict, "found at last" in bell.text) == ("full", True)
    assert (fees.verdict, fees.text) == ("feed-only", "Harbour fees rise in spring.")


def test_what_the_feed_still_announces_gets_its_page_like_any_entry(archive: Archive, tmp_path: Path) -> None:
    """And that the feed now speaks for itself is no change of its words."""
    moved(archive, keepsake("newsboat", tmp_path / "kept", more=10))
    list(poll_feeds(tools(archive, web(), Clock())))
    assert archive.entries.due(Clock()()) == ALL
    assert {entry.changed_at for entry in archive.entries.announced()} == {None}


def test_feeds_that_nobody_follows_are_paused(tmp_path: Path) -> None:
    """Their history is kept; following them is for the user to decide."""
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        said = moved(archive, keepsake("newsboat", tmp_path / "kept"))
        assert (said.new, said.paused) == (ALL, 1)
        assert [(feed.url, feed.state) for feed in archive.feeds.all()] == [(FEED, "paused")]


def test_a_run_that_is_killed_goes_on(archive: Archive, tmp_path: Path) -> None:
    """Each batch is recorded whole; the next run knows what is there."""
    kept = keepsake("newsboat", tmp_path / "kept", more=250)
    assert next(move_in(MovingIn(archive, here, Clock(), None), kept)).new == 100
    kept = keepsake("newsboat", tmp_path / "kept-again", more=250)
    assert moved(archive, kept).new == ALL + 250 - 100
    assert len(rows(archive)) == ALL + 250


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_for_real(tmp_path: Path) -> None:
    """SIGKILL three times in the middle: in the end every entry is there once, with its article."""
    aggregator = Program(tmp_path)
    aggregator.configure(SETTINGS)
    foreign.newsboat(tmp_path / "cache.db", BASE, FEED, more=900)
    for wanted in (100, 300, 500):
        with aggregator.start("import", "cache.db") as running:
            while running.poll() is None and counted(tmp_path) < wanted:
                time.sleep(0.02)
            running.kill()
            running.communicate()
    assert counted(tmp_path) < ALL + 900
    assert aggregator.run("import", "cache.db")[0] == 0
    assert counted(tmp_path) == ALL + 900
    with open_archive(tmp_path / "aggregator.db", writable=False) as archive:
        assert archive.check() == ""
        assert archive.db.value("SELECT count(*) FROM entries WHERE article_id IS NULL") == 0
        assert archive.db.value("SELECT count(*) - count(DISTINCT guid) FROM entries") == 0
        assert archive.db.value("SELECT count(*) FROM articles") == ALL + 900


def counted(folder: Path) -> int:
    try:
        with open_archive(folder / "aggregator.db", writable=False) as archive:
            return int(archive.db.value("SELECT count(*) FROM entries"))
    except (ArchiveError, sqlite3.Error):  # not made yet
        return 0


def test_an_answer_of_the_api_finds_its_feed_by_the_site(archive: Archive, tmp_path: Path) -> None:
    """Google Reader's own answers name the site, not the feed."""
    archive.db.execute("UPDATE feeds SET site_url = ?", (BASE,))
    document = json.loads(foreign.freshrss(tmp_path / "kept", BASE, FEED).read_text("utf-8"))
    for item in document["items"]:
        del item["origin"]["feedUrl"]
    document["items"][0]["origin"]["htmlUrl"] = "https://other.example"
    said = moved(archive, read_export(json.dumps(document).encode(), "export"))
    assert (said.new, said.homeless) == (ALL - 1, 1)


@pytest.mark.parametrize(("program", "name"), [("FreshRSS", "items"), ("Miniflux", "entries")])
def test_pages_of_answers_that_were_put_together_by_hand(program: str, name: str, tmp_path: Path) -> None:
    """A bare list of what their answers hold is as good as an answer."""
    written = foreign.WRITERS[program](tmp_path / "kept", BASE, FEED)
    listed = json.dumps(json.loads(written.read_text("utf-8"))[name]).encode()
    said, bare = read_export(written.read_bytes(), "export"), read_export(listed, "export")
    assert list(bare.entries) == list(said.entries)


def test_an_entry_of_miniflux_without_a_hash_has_no_guid_of_its_feed() -> None:
    """Then it is known by its link, like an entry that a feed gives none."""
    document = {"total": 1, "entries": [{"url": f"{BASE}/a", "title": "A", "feed": {"feed_url": FEED}}]}
    (one,) = read_export(json.dumps(document).encode(), "export").entries
    assert (one.guid, cleaned_entries([one])[0].parsed.guid) == ("", f"{BASE}/a")


# ---------------------------------------------------------------------------------------- lists of feeds


def test_newsboats_list() -> None:
    """Tags are categories, "~" is a title; what is no address is said, with its line."""
    listed = parse_urls(
        b"# mine\n\n"
        b'https://a.example/feed "Sea/Harbours" "~The \\"Quay\\"" other\n'
        b"https://b.example/feed !\n"
        b"https://a.example/feed again\n"
        b"exec:~/bin/make-feed tag\n"
        b'"filter:~/bin/f:https://c.example/feed"\n'
        b'"query:Unread:unread = \\"yes\\""\n'
        b"file:///home/me/feed.xml\n",
        "urls",
    )
    assert [(s.url, s.title, s.category) for s in listed.subscriptions] == [
        ("https://a.example/feed", 'The "Quay"', "Sea/Harbours"),
        ("https://b.example/feed", "", ""),
    ]
    assert [problem.partition(": ")[0] for problem in listed.problems] == [
        f"urls, line {line}" for line in (6, 7, 8, 9)
    ]
    assert "runs a program" in listed.problems[0]
    assert "search of newsboat's own" in listed.problems[2]


def test_freshrss_list_leaves_out_what_it_scrapes() -> None:
    """Pages that FreshRSS turns into feeds by its own rules are no feeds for others."""
    listed = parse_list(
        b'<opml xmlns:frss="https://freshrss.org/opml" version="2.0"><body><outline text="Sea">'
        b'<outline text="A" type="rss" xmlUrl="https://a.example/feed" frss:priority="main"/>'
        b'<outline text="B" type="HTML+XPath" xmlUrl="https://b.example/" frss:xPathItem="//li"/>'
        b"</outline></body></opml>",
        "FreshRSS.opml",
    )
    assert [(s.url, s.category) for s in listed.subscriptions] == [("https://a.example/feed", "Sea")]
    assert "'B' is a page scraped by FreshRSS" in listed.problems[0]


def test_a_list_is_told_by_what_stands_in_it() -> None:
    """Whatever its name: OPML, newsboat's lines, or an export of entries that names their feeds."""
    entries = b'{"entries": [{"hash": "1", "feed": {"feed_url": "https://a.example/feed"}}], "total": 1}'
    outline = b'<opml version="2.0"><body><outline xmlUrl="https://a.example/feed"/></body></opml>'
    for text in (outline, b"https://a.example/feed\n", entries, b"\xef\xbb\xbf" + outline):
        assert [one.url for one in parse_list(text, "list").subscriptions] == ["https://a.example/feed"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b" \n", "is empty"),
        (b"PNG\0\0", "is neither OPML nor newsboat's urls file"),
        (b"# no feed yet\n", "names no feed; is it OPML, newsboat's urls file, or an export[?]"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(text: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=f"^list: {reason}$"):
        parse_list(text, "list")


@pytest.mark.parametrize("program", ["reader", "Miniflux"])
def test_an_export_is_a_list_of_feeds_too(program: str, tmp_path: Path) -> None:
    file = foreign.WRITERS[program](tmp_path / "kept", BASE, FEED)
    aggregator = Program(tmp_path)
    aggregator.configure(SETTINGS)
    assert "1 feed added" in aggregator.run("feeds", "import", str(file))[2]
    assert "0 feeds added" in aggregator.run("feeds", "import", str(file))[2]
    feed = aggregator.ask("feeds", "list")[0]
    assert (feed["url"], feed["category"]) == (FEED, "Sea" if program == "Miniflux" else "")


# ----------------------------------------------------------------------------------------------- bad input


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)
    return path


BAD = {
    "empty": (b"", "is empty"),
    "encrypted": (bytes(range(256)) * 8, "is nothing that can be moved in, or is encrypted"),
    "opml": (b'<?xml version="1.0"?><opml/>', "is a list of feeds; `aggregator feeds import"),
    "json feed": (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "is a feed"),
    "other json": (b'{"hello": 1}', "is JSON of a program that is not known here"),
    "broken json": (b'{"items": [', "is not well-formed JSON"),
    "nested json": (b"[" * 100_000, "is not well-formed JSON: nested too deeply"),
    "no utf-8": (b'{"items": [{"title": "K\xf6ln"}]}', "is not UTF-8 text"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_export_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    text, reason = BAD[kind]
    with pytest.raises(UsageError, match=r"^export: ") as refused:
        read_export(text, "export")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_databases_of_others_are_refused_in_one_line(tmp_path: Path) -> None:
    """Of nobody, of a version that we do not know, damaged, our own: each says which."""
    foreign.newsboat(tmp_path / "whole.db", BASE, FEED, more=2_000)
    octets = (tmp_path / "whole.db").read_bytes()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(octets[:8192] + b"\xff" * 200_000 + octets[208_192:])
    open_archive(tmp_path / "ours.db", writable=True).close()
    cases = {
        database(tmp_path / "other.db", "CREATE TABLE photos (id)"): "its tables are photos",
        database(tmp_path / "none.db", "PRAGMA user_version = 1"): "it has no tables",
        database(
            tmp_path / "old.db", "CREATE TABLE rss_feed (rssurl, url, title)", "CREATE TABLE rss_item (guid)"
        ): "looks like newsboat, but of a version",
        database(
            tmp_path / "view.db",
            "CREATE TABLE rss_feed (rssurl, url, title)",
            "CREATE VIEW rss_item AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n",
        ): "its tables are rss_feed",
        damaged: "is damaged",
        tmp_path / "ours.db": "is an archive of aggregator itself",
    }
    for path, reason in cases.items():
        with pytest.raises(UsageError, match=r"^[^\n]+$") as refused, open_foreign(path) as file:
            list(file.entries())
        assert reason in str(refused.value), path.name


def test_bad_input_through_the_program(tmp_path: Path) -> None:
    """One line, exit code 2, and nothing was changed."""
    aggregator = Program(tmp_path)
    aggregator.configure(SETTINGS)
    (tmp_path / "junk").write_bytes(b"\0junk")
    for words in (
        ("import", "junk"),
        ("feeds", "import", "junk"),
        ("import", "missing"),
        ("import", str(tmp_path)),
    ):
        code, _, err = aggregator.run(*words)
        assert code == 2, err
        assert len(err.strip().splitlines()) == 1 or "Usage" in err
    assert not (tmp_path / "aggregator.db").exists()


def test_a_failure_of_our_own_archive_is_not_blamed_on_the_other_program(tmp_path: Path) -> None:
    """It is a bug, and to be seen as one."""
    path = foreign.newsboat(tmp_path / "cache.db", BASE, FEED)
    with pytest.raises(sqlite3.IntegrityError), open_foreign(path):
        raise sqlite3.IntegrityError("UNIQUE constraint failed: entries.guid")


def test_the_file_of_the_other_program_stays_as_it_is(tmp_path: Path) -> None:
    path = foreign.newsboat(tmp_path / "cache.db", BASE, FEED)
    before = path.read_bytes()
    with open_foreign(path) as file:
        list(file.entries())
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            file._conn.execute("DELETE FROM rss_item")
    assert path.read_bytes() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(FEED),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    "items entries id guid title url hash feed feed_url origin feedUrl htmlUrl published published_at content summary"
    " categories tags enclosures enclosure canonical alternate author crawlTimeMsec created_at total".split()
)


@given(st.dictionaries(NAMES, JSON | st.lists(st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON)))))
def test_whatever_json_holds_the_answer_is_entries_or_one_line(document: dict[str, Any]) -> None:
    try:
        kept = read_export(json.dumps(document).encode(), "export")
    except UsageError:
        return
    entries = cleaned_entries(list(kept.entries))
    assert all(entry.parsed.guid for entry in entries)
    changed_entries([entry.parsed for entry in entries], [])


@given(st.dictionaries(st.sampled_from("guid title author url feedurl pubDate content deleted".split()),
                       st.none() | st.integers() | st.floats() | st.text() | st.binary()))  # fmt: skip
def test_whatever_a_row_holds_the_answer_is_an_entry(values: dict[str, Any]) -> None:
    """SQLite keeps any type in any column."""
    columns = (
        "guid title author url feedurl pubDate content enclosure_url enclosure_type deleted content_mime_type"
    )
    row = dict.fromkeys(columns.split()) | {"feedurl": FEED} | values
    kept = list(keepsake_of_newsboat([], [row], 1).entries)
    assert all(entry.parsed.guid for entry in cleaned_entries(kept))


def test_a_row_that_is_torn_brings_what_can_be_read_of_it() -> None:
    """Columns of JSON may hold anything; an entry of no web feed is none."""
    columns = "id link title author published updated first_updated summary content enclosures"
    row = dict.fromkeys(columns.split(), None) | {"feed": FEED, "id": "1", "content": '[{"value": "Cut o'}
    kept = list(keepsake_of_reader([], [row, row | {"feed": "file:///home/me/feed.xml"}], 2).entries)
    assert [(one.guid, one.content) for one in kept] == [("1", "")]


def test_an_entry_that_is_the_end_of_a_worker_costs_itself_only(archive: Archive, tmp_path: Path) -> None:
    """What cannot be cleaned is counted; the rest of its batch is there."""

    def work(func: Any, *args: Any) -> Any:
        if func is cleaned_entries and any("bell" in one.content for one in args[0]):
            return Crash("took longer than 20 s")
        return func(*args)

    kept = keepsake("newsboat", tmp_path / "kept")
    batches = list(move_in(MovingIn(archive, work, Clock(), None), kept))
    assert [(one.new, one.unreadable) for one in batches] == [(ALL - 1, 1)]


def test_one_entry_says_what_a_feed_would_have_said() -> None:
    """Titles that are HTML are read as such, links are absolute, markup is sanitised."""
    kept = KeptEntry(
        FEED, "1", "/a?x=1", "Fish &amp; <b>chips</b>", content='<a href="/b" onclick="x()">b</a><script>y</script>',
        site_url=BASE,
    )  # fmt: skip
    parsed = cleaned_entries([kept])[0].parsed
    assert (parsed.link, parsed.title) == (f"{BASE}/a?x=1", "Fish & chips")
    assert parsed.content_html == f'<a href="{BASE}/b">b</a>'
