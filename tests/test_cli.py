"""The command line as a person meets it: against a small web of our own, through the installed program."""

from __future__ import annotations

import fcntl
import json
import signal
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.archive import open_archive
from tests.makers import LEASE, NOW, plan
from tests.newsroom import Newsroom, own
from tests.program import EMPTY_OPML, SETTINGS, Program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(own.manifest()) as newsroom:
        yield newsroom


@pytest.fixture(scope="module")
def filled(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that has polled and archived every step of our web."""
    program = Program(tmp_path_factory.mktemp("filled"))
    program.follow(newsroom, own.STEPS)
    return program


# ---------------------------------------------------------------------------------------- the main job


def test_every_announced_article_is_archived_once(filled: Program, newsroom: Newsroom) -> None:
    """Each expected entry, under its feed, in its state, with an article."""
    entries = filled.ask("entries")
    kept = sorted((newsroom.true(entry["feed"]), entry["state"]) for entry in entries)
    wanted = sum(own.expected().new_entries)
    assert len(kept) == wanted
    assert {state for _, state in kept} <= {"archived", "retrying"}
    assert len({(entry["feed"], entry["guid"]) for entry in entries}) == wanted


def test_every_article_is_found_by_its_own_word(filled: Program, newsroom: Newsroom) -> None:
    """A word that stands in the body only: full text, extracted and indexed, in every language."""
    missed = []
    for article in own.expected().articles:
        hits = filled.ask("search", article.word, "--all-copies")
        if article.url not in {newsroom.true(hit["url"]) for hit in hits}:
            missed.append((article.word, article.url))
    assert missed == []


def test_an_article_says_all_that_is_known_of_it(filled: Program) -> None:
    """The keys that other programs count on."""
    hit = filled.ask("search", "harbour", "--limit", "1")[0]
    keys = "id url title byline site language published_at archived_at verdict duplicate_of feeds".split()
    assert [key for key in keys if key not in hit] == []
    assert {"score", "snippet"} <= hit.keys()
    assert "text" not in hit
    article = filled.ask("show", str(hit["id"]))
    assert article["text"]
    assert article["sightings"][0]["feed_url"] in article["feeds"]
    code, out, _ = filled.run("show", str(hit["id"]))
    assert code == 0
    assert article["title"] in out


def test_a_copy_names_its_original(filled: Program, newsroom: Newsroom) -> None:
    """The same text on another host is kept and linked."""
    by_url = {newsroom.true(a["url"]): a for a in filled.ask("search", "--all-copies", "--limit", "500")}
    ids = {a["id"] for a in by_url.values()}
    copies = [a for a in by_url.values() if a["duplicate_of"]]
    assert len(copies) == len(own.expected().duplicates)
    assert {a["duplicate_of"] for a in copies} <= ids


def test_status_counts_and_doctor_agrees(filled: Program) -> None:
    """All is well, and says so."""
    status = filled.ask("status")
    assert status["entries"].get("pending", 0) == 0
    assert sum(status["articles"].values()) > 20
    code, out, _ = filled.run("doctor")
    assert code == 0, out
    assert "agrees with the articles" in out
    assert all(finding["ok"] for finding in filled.ask("doctor"))


def test_a_digest_is_written(filled: Program) -> None:
    """As one page, or as Markdown on stdout."""
    code, _, err = filled.run("digest", "--since", "1d", "-o", "out/today.html")
    assert code == 0
    assert "wrote out/today.html" in err
    assert "<html" in (filled.folder / "out" / "today.html").read_text(encoding="utf-8")
    code, out, _ = filled.run("digest", "--format", "markdown")
    assert code == 0
    assert out.startswith("# ")


def test_feeds_are_listed_checked_and_exported(filled: Program, newsroom: Newsroom) -> None:
    """With what each feed is and what troubles it."""
    listed = filled.ask("feeds", "list")
    assert {newsroom.true(feed["url"]) for feed in listed} >= set(own.expected().entries)
    code, out, err = filled.run("feeds", "check")
    assert code in {0, 3}
    assert "in trouble" in err
    assert "redirects to" in out
    code, out, err = filled.run("feeds", "check", "gazette")
    assert code == 0
    assert "not-modified" in out
    assert "next visit in" in err
    code, out, _ = filled.run("feeds", "export")
    assert code == 0
    assert out.count("xmlUrl=") == len(listed)


def test_in_an_empty_archive_nothing_can_be_found(program: Program) -> None:
    """Which is said, with where to look."""
    program.configure(SETTINGS)
    program.run("poll")
    code, _, err = program.run("search", "harbour")
    assert (code, "there is no article yet; `aggregator status`" in err) == (1, True)


def test_nothing_found_is_exit_1(filled: Program) -> None:
    """As grep does."""
    code, out, err = filled.run("search", "xylophonequartet")
    assert (code, out) == (1, "")
    assert "nothing found" in err
    assert filled.run("search", "xylophonequartet", "--json")[:2] == (1, "[]\n")
    assert filled.run("search", "xylophonequartet", "--open", "1") == (1, "", "nothing found\n")
    code, out, err = filled.run("show", "99999")
    assert (code, out) == (1, "")
    assert "no such article" in err


@pytest.mark.parametrize(
    "typed", ['"', "C++", "don't", "a AND", "NEAR(", "*", "-x", "title:", "(((", "foo-bar", "\udcff"]
)
def test_whatever_is_typed_is_no_error(filled: Program, typed: str) -> None:
    """Never a traceback, never an SQL message."""
    code, _, err = filled.run("search", "--", typed)
    assert code in {0, 1}
    assert "fts5" not in err.lower()
    assert "sql" not in err.lower()


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("entries", "--feed", "\udcff"), {1}),
        (("stories", "--feed", "\udcff", "--category", "\udcff"), {1}),
        (("digest", "--outbox", "--edition", "\udcff"), {1}),
        (("watch", "add", "name", "\udcff", "--to", "hits"), {2}),
    ],
)
def test_bytes_that_are_no_text_are_no_error_of_ours(
    filled: Program, words: tuple[str, ...], codes: set[int]
) -> None:
    """A shell in another encoding passes them on as half characters, which neither SQLite nor a file takes."""
    assert filled.run(*words)[0] in codes


def test_a_feed_that_has_moved_is_removed_by_the_address_that_is_shown(program: Program) -> None:
    """The list has its former one; and of two feeds that became one only that one is exported."""
    old, new, other = (f"https://{name}.example/feed" for name in ("old", "new", "other"))
    program.configure(
        SETTINGS, f'<opml><body><outline xmlUrl="{old}"/><outline xmlUrl="{other}"/></body></opml>'
    )
    with open_archive(program.folder / "aggregator.db", writable=True) as archive:
        archive.feeds.apply_plan(plan(old, other), NOW)
        for feed in archive.feeds.claim(NOW, limit=2, lease=LEASE):
            archive.visits.move(feed, new, NOW)
    assert program.run("feeds", "export")[1].count("xmlUrl=") == 1
    assert [feed["url"] for feed in program.ask("feeds", "list") if feed["state"] == "active"] == [new]
    assert program.run("feeds", "remove", new)[0] == 0
    assert old not in (program.folder / "feeds.opml").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------------- the first steps


def test_init_writes_what_run_needs(program: Program) -> None:
    """Every setting, some feeds, and the next command."""
    code, _, err = program.run("init")
    assert code == 0
    assert "next: aggregator" in err
    assert program.run("feeds", "list")[0] == 0
    assert program.run("init")[0] == 2
    assert len(program.ask("feeds", "list")) >= 20


def test_init_takes_nothing_away(program: Program) -> None:
    """What is missing is written; what is replaced stays beside it."""
    program.run("init")
    (program.folder / "config.toml").write_text("[fetch]\nthreads = 3\n")
    (program.folder / "feeds.opml").unlink()
    code, _, err = program.run("init")
    assert (code, "kept config.toml" in err, "wrote feeds.opml" in err) == (0, True, True)
    for number in ("", "1"):
        code, _, err = program.run("init", "--force")
        assert (code, f"config.toml: the former one is config.toml.bak{number}" in err) == (0, True)
    assert (program.folder / "config.toml.bak").read_text() == "[fetch]\nthreads = 3\n"


def test_a_feed_is_removed_by_a_part_of_its_title(program: Program) -> None:
    """If one alone is called so."""
    program.run("init")
    titles = [feed["title"] for feed in program.ask("feeds", "list")]
    assert program.run("feeds", "remove", titles[0].upper())[0] == 0
    code, _, err = program.run("feeds", "remove", "e")
    assert (code, "feeds are called so" in err) == (2, True)
    assert [feed["state"] for feed in program.ask("feeds", "list")].count("active") in {0, len(titles) - 1}


def test_help_and_version(program: Program) -> None:
    """Every command is explained, with examples and exit codes."""
    code, out, _ = program.run("--help")
    assert code == 0
    for word in ("search", "digest", "Examples:", "4 the archive is locked"):
        assert word in out
    for command in ("init run poll archive search show entries digest feeds status doctor extract").split():
        assert program.run(command, "--help")[0] == 0
    assert program.run("--version")[1].startswith("aggregator ")


def test_feeds_are_added_and_removed(program: Program, newsroom: Newsroom) -> None:
    """A look first, so that a mistyped address is seen at once; removing keeps the articles."""
    program.configure(SETTINGS)
    newsroom.step = 0
    url = newsroom.local(own.GAZETTE_FEED)
    code, _, err = program.run("feeds", "add", url, "--category", "World/North")
    assert code == 0, err
    assert program.ask("feeds", "list")[0]["category"] == "World/North"
    assert "already" in program.run("feeds", "add", url)[2]
    assert program.run("poll")[0] == 0
    assert program.run("feeds", "remove", url)[0] == 0
    assert program.run("poll")[0] == 0
    feed = program.ask("feeds", "list")[0]
    assert feed["state"] == "paused"
    _, _, said = program.run("poll", "--force", feed["url"])
    assert (
        f"is paused, because it is not in feeds.opml; `aggregator feeds add {feed['url']}` resumes it" in said
    )
    assert feed["entries"] > 0


def test_another_list_is_imported_with_its_folders(program: Program, newsroom: Newsroom) -> None:
    """What is followed already stays as it is."""
    program.configure(SETTINGS)
    (program.folder / "theirs.opml").write_bytes(newsroom.opml())
    code, _, err = program.run("feeds", "import", "theirs.opml")
    assert code == 0
    assert "feeds added, 0 there already" in err
    assert "0 feeds added" in program.run("feeds", "import", "theirs.opml")[2]


def test_one_page_from_a_file_is_extracted(program: Program) -> None:
    """For trying, without configuration or archive."""
    paragraph = (
        "The divers of Nordhaven tell how they looked for the bell, and what they found below the quay. " * 3
    )
    body = f"<article><h1>The bell</h1><p>{paragraph}</p><p>{paragraph}x</p></article>"
    page = f"<html><title>The bell</title><body>{body}"
    (program.folder / "page.html").write_text(page, encoding="utf-8")
    extracted = program.ask("extract", "page.html", "--url", "https://a.example/bell")
    assert extracted["title"] == "The bell"
    assert "below the quay" in extracted["text"]


# ------------------------------------------------------------------------------------------------ bad input


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("config", "opml", "says"),
    [
        ("[fetch", EMPTY_OPML, "config.toml: is not valid TOML"),
        ("[fetch]\nthread = 1", EMPTY_OPML, "did you mean threads?"),
        ("[archive]\npath = 3", EMPTY_OPML, "[archive] path = 3"),
        ("", "<opml><body><outline", "feeds.opml"),
        ("", "not xml at all", "feeds.opml"),
        ('[subscriptions]\nopml = "nowhere.opml"', EMPTY_OPML, "nowhere.opml: No such file"),
        ('[archive]\npath = "feeds.opml"', EMPTY_OPML, "feeds.opml: is not an SQLite file"),
        ('[archive]\npath = "/proc/nowhere/a.db"', EMPTY_OPML, "/proc/nowhere"),
    ],
)
def test_a_bad_setting_is_one_line_and_exit_2(program: Program, config: str, opml: str, says: str) -> None:
    """It names the file and the cure."""
    program.configure(config, opml)
    code, out, err = program.run("poll")
    assert (code, out) == (2, "")
    assert says in err
    assert len(lines(err)) == 1


def test_a_missing_configuration_is_told(program: Program) -> None:
    """With what writes one."""
    program.environ["XDG_CONFIG_HOME"] = str(program.folder / "xdg")
    code, _, err = program.run("status")
    assert code == 2
    assert "aggregator init" in err
    assert program.run("--config", "no.toml", "status")[0] == 2


@pytest.mark.parametrize("words", [("search", "x"), ("show", "1"), ("status",), ("digest",), ("entries",)])
def test_reading_before_the_first_poll_says_what_to_do(program: Program, words: tuple[str, ...]) -> None:
    """And makes no empty archive."""
    program.configure("")
    code, _, err = program.run(*words)
    assert code == 2
    assert "aggregator poll" in err
    assert not (program.folder / "aggregator.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "x"), "'x' is not an id; `aggregator search` shows the ids"),
        (("history", "99999999999999999999999"), "is not an id"),
        (("search", "x", "--since", "soonish"), "soonish"),
        (("poll", "nobody"), "nobody: no such feed"),
        (("feeds", "add", "javascript:alert(1)"), "not an http or https address"),
        (("feeds", "add", "http://127.77.0.1:9/feed"), "--unchecked"),
        (("feeds", "remove", "https://nobody.example/"), "is not in"),
        (("nonsense",), "there is no command 'nonsense'"),
        (("serch", "x"), "there is no command 'serch'; did you mean search?"),
        (("prune", "--pages", "6m"), "6m: is less than a day ago"),
        (("verify", "--head", "41288:3f"), "is not a head"),
        (("search", "--facets=foo"), "'foo' is not a facet"),
        (("digest", "--format", "pdf"), "pdf"),
    ],
)
def test_a_wrong_request_is_exit_2(filled: Program, words: tuple[str, ...], says: str) -> None:
    """With a line that says what is wrong."""
    code, _, err = filled.run(*words)
    assert code == 2
    assert says in err


def test_a_locked_archive_is_exit_4(filled: Program) -> None:
    """Two writers never meet; readers go on."""
    with (filled.folder / "aggregator.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in ("poll", "archive", "run"):
            code, _, err = filled.run(command)
            assert code == 4
            assert "another aggregator is working on this archive" in err
        assert filled.run("search", "harbour")[0] == 0


def test_an_archive_from_the_future_is_left_alone(program: Program) -> None:
    """An older program says so and changes nothing."""
    program.configure("")
    assert program.run("poll")[0] == 0
    conn = sqlite3.connect(program.folder / "aggregator.db")
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    for command in ("poll", "status"):
        code, _, err = program.run(command)
        assert code == 2
        assert "newer aggregator" in err


def test_troubled_feeds_are_named_and_the_rest_goes_on(program: Program, newsroom: Newsroom) -> None:
    """Unreachable, refused, not a feed: one line each, exit 3, and the good feed is archived."""
    newsroom.step = 0
    good = newsroom.local(own.GAZETTE_FEED)
    urls = [
        good,
        "http://no-such-host.invalid/feed",
        "http://127.77.255.254:9/feed",
        good.replace(":", ":", 1) + ".none",
    ]
    outlines = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    program.configure(SETTINGS, f'<opml version="2.0"><body>{outlines}</body></opml>')
    code, _, err = program.run("poll")
    assert code == 3
    assert [url for url in urls[1:] if f"{url}: " not in err] == []
    assert "4 feeds" in err
    assert program.run("archive")[0] == 0
    assert sum(program.ask("status")["articles"].values()) > 0


def test_private_addresses_are_refused_unless_allowed(program: Program, newsroom: Newsroom) -> None:
    """The message names the setting."""
    program.configure("[fetch]\nhost_spacing = 0.0", newsroom.opml())
    before = len(newsroom.requests)
    code, _, err = program.run("poll")
    assert code == 3
    assert "allow_networks" in err
    assert len(newsroom.requests) == before


def test_a_broken_pipe_is_quiet(filled: Program) -> None:
    """`aggregator entries | head -1` says nothing on stderr."""
    with filled.start("entries", "--json") as running:
        assert running.stdout is not None
        running.stdout.read(1)
        running.stdout.close()
        running.wait(timeout=30)
        assert running.stderr is not None
        assert running.stderr.read() == ""


# ---------------------------------------------------------------------------------------------- the service


def wait_until(ready: Any, running: subprocess.Popen[str]) -> None:
    for _ in range(400):
        if ready():
            return
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.05)
    raise AssertionError("it did not come about")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_does_it_all_and_stops_cleanly(
    program: Program, newsroom: Newsroom, number: signal.Signals
) -> None:
    """It polls, archives, follows feeds.opml, writes its digests, and ends with 0 when told to."""
    newsroom.step = 0
    program.configure(SETTINGS + "[service]\ntick = 1\n", newsroom.opml())
    with program.start("run") as running:

        def archived() -> bool:
            try:
                counts = program.ask("status")
            except (AssertionError, json.JSONDecodeError):
                return False
            return sum(counts["entries"].values()) > 0 and set(counts["entries"]) <= {"archived", "retrying"}

        wait_until(archived, running)
        (program.folder / "feeds.opml").write_text(EMPTY_OPML, encoding="utf-8")
        wait_until(lambda: {feed["state"] for feed in program.ask("feeds", "list")} == {"paused"}, running)
        running.send_signal(number)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "service stopped" in err
    assert "Traceback" not in err


def test_a_service_that_is_killed_goes_on_where_it_was(program: Program, newsroom: Newsroom) -> None:
    """SIGKILL in the middle: the lock is free, the work is done by the next one, nothing is doubled."""
    newsroom.step = 0
    program.configure(SETTINGS, newsroom.opml())
    with program.start("run") as running:
        wait_until((program.folder / "aggregator.db").exists, running)
        running.kill()
    assert program.run("poll")[0] in {0, 3}
    assert program.run("archive")[0] == 0
    entries = program.ask("entries")
    assert len({(entry["feed"], entry["guid"]) for entry in entries}) == len(entries)
    assert program.run("doctor")[0] == 0
