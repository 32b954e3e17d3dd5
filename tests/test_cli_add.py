"""`feeds add`: what a person types, what is offered for it, and what is written down in the end."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.cli.adding import Tools, addresses, find_feeds
from aggregator.errors import UsageError
from aggregator.models import Crash, Response
from tests.fakes import FakeWeb, here
from tests.program import SETTINGS, Program
from tests.servers import Server, answer, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def rss(title: str, *items: str) -> bytes:
    entries = "".join(
        f"<item><title>{item}</title><link>https://harbour.example/{item}</link>"
        f"<pubDate>Mon, 02 Mar 2026 0{n}:00:00 GMT</pubDate></item>"
        for n, item in enumerate(items)
    )
    channel = f"<channel><title>{title}</title><link>https://harbour.example/</link>{entries}</channel>"
    return answer(200, f'<rss version="2.0">{channel}</rss>'.encode(), Content_Type="application/rss+xml")


def page(*links: tuple[str, str], body: str = "") -> bytes:
    named = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{href}" title="{title}">'
        for href, title in links
    )
    return answer(
        200, f"<html><head>{named}</head><body>{body}</body></html>".encode(), Content_Type="text/html"
    )


WEB = {
    "/feed.xml": rss("Harbour", "bell", "quay"),
    "/sports.xml": rss("Sports", "race"),
    "/again.xml": rss("Harbour, again", "bell", "quay"),
    "/comments/feed": rss("Comments", "well said"),
    "/": page(("/comments/feed", "Comments"), ("/feed.xml", "News"), ("/again.xml", "The same"), ("/sports.xml", "S")),
    "/one": page(("/comments/feed", "Comments"), ("/feed.xml", "News"), ("/missing.xml", "Gone")),
    "/text": page(body='<a href="/sports.xml">RSS</a>'),
    "/blog/": page(body="nothing here"),
    "/blog/index.xml": rss("Blog", "first"),
    "/moved.xml": redirect("/feed.xml", 301),
    "/lent.xml": redirect("/feed.xml", 302),
    "/evil": page(("http://127.99.0.1:1/feed", "x"), ("file:///etc/passwd", "y"), ("/feed.xml", "\x1b[2Jz")),
}  # fmt: skip


def test_older_entries_that_cannot_be_had_are_told(program: Program) -> None:
    """Nothing found is not the same as nothing there."""
    older = '<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="/older.xml"/>'
    body = f'<rss version="2.0"><channel><title>Harbour</title>{older}<item><guid>1</guid></item></channel></rss>'
    with Server({"/feed.xml": answer(200, body.encode(), Content_Type="application/rss+xml")}) as server:
        assert program.run("feeds", "add", server.url("/feed.xml"))[0] == 0
        assert program.run("poll")[0] == 0
        code, _, err = program.run("feeds", "backfill", "Harbour")
        assert f"Harbour: {server.url('/older.xml')}: the server answered 404" in err
    assert code == 1


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(WEB) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.configure(SETTINGS)
    return program


def followed(program: Program) -> list[tuple[str, str]]:
    code, out, err = program.run("feeds", "list", "--json")
    assert code in {0, 1}, err
    return [(feed["url"], feed["title"]) for feed in json.loads(out)]


# ------------------------------------------------------------------------------------------- one feed


@pytest.mark.parametrize(
    ("typed", "feed", "title"),
    [
        pytest.param("/feed.xml", "/feed.xml", "Harbour", id="a feed"),
        pytest.param("/one", "/feed.xml", "Harbour", id="a page with one that works, and one of comments"),
        pytest.param("/text", "/sports.xml", "Sports", id="a link in the text"),
        pytest.param("/blog/", "/blog/index.xml", "Blog", id="a page that names none"),
        pytest.param("/moved.xml", "/feed.xml", "Harbour", id="moved for good"),
        pytest.param("/lent.xml", "/lent.xml", "Harbour", id="moved for now"),
    ],
)
def test_a_single_feed_is_taken(program: Program, server: Server, typed: str, feed: str, title: str) -> None:
    """Whether it was named itself or by a page; nobody is asked."""
    code, _, err = program.run("feeds", "add", server.url(typed))
    assert code == 0, err
    assert followed(program) == [(server.url(feed), title)]
    assert ("moved for good" in err) == (typed == "/moved.xml")


def test_an_address_needs_no_scheme(program: Program, server: Server) -> None:
    """https is asked first, then http; the title is the person's own if they give one."""
    program.configure(SETTINGS.replace("deadline = 5", "deadline = 1"))  # the server knows no TLS and waits
    bare = server.url("/one").removeprefix("http://")
    code, _, err = program.run("feeds", "add", bare, "--title", "Mine", "--category", "A/B")
    assert code == 0, err
    assert followed(program) == [(server.url("/feed.xml"), "Mine")]


def test_a_feed_is_not_added_twice(program: Program, server: Server) -> None:
    """Not by its address, nor by way of its page."""
    assert program.run("feeds", "add", server.url("/feed.xml"))[0] == 0
    for typed in ("/feed.xml", "/one", "/moved.xml"):
        code, _, err = program.run("feeds", "add", server.url(typed))
        assert (code, "is already in" in err) == (2, True)
    assert len(followed(program)) == 1


def test_several_addresses_are_several_feeds(program: Program, server: Server) -> None:
    """One that is no feed keeps none of the others out."""
    typed = (server.url("/feed.xml"), server.url("/blog/"), "nonsense", server.url("/sports.xml"))
    code, _, err = program.run("feeds", "add", *typed)
    assert code == 2
    assert "nonsense: is not an http or https address" in err
    assert [title for _, title in followed(program)] == ["Harbour", "Blog", "Sports"]
    assert program.run("feeds", "add", "a.example", "b.example", "--title", "Both")[0] == 2


# --------------------------------------------------------------------------------------------- several


def test_several_feeds_are_listed_where_nobody_can_be_asked(program: Program, server: Server) -> None:
    """With title, count, newest entry and address; the same entries a second time are no choice."""
    code, out, err = program.run("feeds", "add", server.url("/"))
    assert code == 2
    assert "--yes takes the first, or name one of these" in err
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[:4] for row in rows[1:]] == [["1", "Harbour", "2", "quay"], ["2", "Sports", "1", "race"]]
    assert [row[-1] for row in rows[1:]] == [server.url("/feed.xml"), server.url("/sports.xml")]
    assert followed(program) == []


def test_yes_takes_the_first(program: Program, server: Server) -> None:
    """For scripts."""
    assert program.run("feeds", "add", server.url("/"), "--yes")[0] == 0
    assert followed(program) == [(server.url("/feed.xml"), "Harbour")]


@pytest.mark.parametrize("typed", ["/", "/feed.xml"])
def test_a_list_adds_nothing(program: Program, server: Server, typed: str) -> None:
    """It only shows."""
    code, out, _ = program.run("feeds", "add", server.url(typed), "--list", "--yes")
    assert code == 0
    assert "Harbour" in out
    assert followed(program) == []


@pytest.mark.parametrize(
    ("keys", "feed"), [(b"\n", "/feed.xml"), (b"2\n", "/sports.xml"), (b"7\n2\n", "/sports.xml")]
)
def test_a_person_at_a_terminal_is_asked(program: Program, server: Server, keys: bytes, feed: str) -> None:
    """The return key alone means the first; a number that is not there is asked for again."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, keys)
        ran = subprocess.run(
            [sys.executable, "-m", "aggregator", "feeds", "add", server.url("/")],
            cwd=program.folder, env=program.environ, stdin=theirs, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert ran.returncode == 0, ran.stderr
    assert b"Which one" in ran.stderr
    assert [url for url, _ in followed(program)] == [server.url(feed)]


# ------------------------------------------------------------------------------------------ none at all


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/deaf", "an HTML page, not a feed, and no feed was found from there"),
        ("/missing", "the server answered 404"),
    ],
)
def test_where_there_is_no_feed_the_reason_is_told(program: Program, typed: str, says: str) -> None:
    """In one line, with the way to add it all the same; a page without feeds costs eight guesses at most."""
    with Server({"/deaf": page(body="nothing here")}) as server:
        code, out, err = program.run("feeds", "add", server.url(typed))
        assert len(server.asked) <= 9
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err
    assert "--unchecked" in err
    assert program.run("feeds", "add", server.url(typed), "--unchecked")[0] == 0
    assert len(followed(program)) == 1


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", "", "feed", "http://["]
)
def test_what_is_no_address_is_refused(program: Program, typed: str) -> None:
    """Before anybody is asked."""
    code, _, err = program.run("feeds", "add", "--unchecked", "--", typed)
    assert (code, "not an http or https address" in err) == (2, True)
    assert followed(program) == []


def test_a_page_leads_nowhere_that_is_not_allowed(tmp_path: Path, server: Server) -> None:
    """What a page names is under the same guard as any address; its words do not reach the terminal's controls."""
    program = Program(tmp_path)
    program.configure(SETTINGS.replace("127.0.0.0/8", "127.0.0.1/32"))
    code, out, err = program.run("feeds", "add", server.url("/evil"), "--list")
    assert code == 0, err
    assert [line.split("\t")[-1] for line in out.splitlines()[1:]] == [server.url("/feed.xml")]
    assert "\x1b" not in out + err


# ------------------------------------------------------------------------------- without the command line


def tools(web: FakeWeb, work: Any = None) -> Tools:
    return Tools(web.fetch, work or here)


def html(web: FakeWeb, url: str, body: str) -> None:
    web.answers[url] = Response(url, url, 200, {"content-type": "text/html"}, f"<html>{body}".encode())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("site.example", ("https://site.example", "http://site.example")),
        ("site.example:8080/x", ("https://site.example:8080/x", "http://site.example:8080/x")),
        ("localhost/x", ("https://localhost/x", "http://localhost/x")),
        (" http://site.example/ ", ("http://site.example/",)),
        ("feed://site.example/x", ("https://site.example/x", "http://site.example/x")),
        ("feed:https://site.example/x", ("https://site.example/x",)),
    ],
)
def test_what_an_address_may_mean(typed: str, meant: tuple[str, ...]) -> None:
    """The schemes that programs put in front of feeds' addresses mean http."""
    assert addresses(typed) == meant


def test_no_more_than_six_feeds_of_a_page_are_looked_at() -> None:
    """However many it names."""
    web = FakeWeb()
    links = "".join(f'<link rel=alternate type=application/rss+xml href="/{n}.rss">' for n in range(40))
    html(web, "https://site.example/", links)
    for n in range(40):
        web.feed(f"https://site.example/{n}.rss", f"guid-{n}", title=f"Feed {n}")
    found = find_feeds(tools(web), "https://site.example/")
    assert [feed.parsed.title for feed in found] == [f"Feed {n}" for n in range(6)]
    assert len(web.asked) == 7


@pytest.mark.parametrize("status", [429, 503, 0])
def test_a_server_that_wants_no_questions_is_asked_no_more(status: int) -> None:
    """Guessing ends with the first answer of that kind."""
    web = FakeWeb()
    html(web, "https://site.example/", "nothing")
    if status:
        web.status("https://site.example/feed", status)
    with pytest.raises(UsageError, match="no feed was found"):
        find_feeds(tools(web), "https://site.example/")
    assert [request.url for request in web.asked] == ["https://site.example/", "https://site.example/feed"]


def test_a_feed_that_kills_the_worker_is_passed_over() -> None:
    """It is no feed that could be followed, and the others are still offered."""
    web = FakeWeb()
    html(web, "https://site.example/", "<a href=/bad.rss>RSS</a> <a href=/good.rss>RSS</a>")
    web.feed("https://site.example/bad.rss", "x")
    web.feed("https://site.example/good.rss", "y")

    def work(func: Any, *args: Any) -> Any:
        return Crash("took longer than 15 s") if "bad" in args[1] else func(*args)

    found = find_feeds(tools(web, work), "https://site.example/")
    assert [feed.url for feed in found] == ["https://site.example/good.rss"]
    with pytest.raises(UsageError, match="took longer"):
        find_feeds(tools(web, lambda *_: Crash("took longer than 15 s")), "https://site.example/bad.rss")


def test_of_two_silences_the_first_is_told() -> None:
    """What was typed most likely meant https."""
    with pytest.raises(UsageError, match=rf"^https://127.0.0.1:{(port := closed_port())}/"):
        find_feeds(tools(FakeWeb()), f"127.0.0.1:{port}/")
