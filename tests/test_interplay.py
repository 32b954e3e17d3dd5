"""Features used together, on a whole small web and on the corpus's: what one of them writes while others read.

Each play is polled and archived by the installed program; a test works on a copy of its folder.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.newsroom import Newsroom, corpus, own
from tests.newsroom.manifest import Answer
from tests.program import SETTINGS, Program
from tests.servers import Server, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NEEDS_CORPUS = pytest.mark.skipif(corpus.root() is None, reason=f"{corpus.VARIABLE} is not set")
HTML = {"Content-Type": "text/html; charset=utf-8"}
TOLD = """
[[digest]]
name = "morning"
at = "0 7 * * *"
query = {query}
format = "json"
output = "{{name}}-{{number}}.json"

[[watch]]
name = "told"
query = {query}
to = "told.jsonl"
past = true
"""


@dataclass
class Play:
    newsroom: Newsroom
    folder: Path

    def copied(self, to: Path) -> Program:
        shutil.copytree(self.folder, to)
        return Program(to)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("own", id="own web"),
        pytest.param("corpus", id="corpus", marks=[pytest.mark.slow, pytest.mark.corpus, NEEDS_CORPUS]),
    ],
)
def play(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    root = corpus.root()
    manifest = corpus.manifest(root) if request.param == "corpus" and root else own.manifest()
    with Newsroom(manifest) as newsroom:
        program = Program(tmp_path_factory.mktemp("played"))
        program.follow(newsroom, manifest.steps)
        yield Play(newsroom, program.folder)


def the_most_copied(program: Program) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return an original that was read well, and its copies on other sites."""
    found = {
        hit["id"]: hit for hit in program.ask("search", "verdict:full", "--all-copies", "--limit", "1000")
    }
    copies = Counter(hit["duplicate_of"] for hit in found.values() if hit["duplicate_of"] in found)
    best = max(copies, key=lambda original: (copies[original], -original))
    return found[best], [hit for hit in found.values() if hit["duplicate_of"] == best]


def look_again(program: Program, *articles: dict[str, Any]) -> None:
    """Have the pages of these articles looked at, as if their time had come."""
    with closing(sqlite3.connect(program.folder / "aggregator.db")) as db, db:
        for article in articles:
            db.execute(
                "UPDATE entries SET next_try_at = '2000-01-01T00:00:00Z', recheck = 1 WHERE article_id = ?",
                (article["id"],),
            )
    assert program.run("archive")[0] == 0


def pages_of(program: Program, article: dict[str, Any]) -> list[str]:
    links = [entry["link"] for entry in program.ask("entries") if entry["article_id"] == article["id"]]
    return [*links, article["url"]]


def corrected(body: bytes, text: str) -> tuple[bytes, str, str]:
    """Return the page with one long word of its text written otherwise, the word, and what stands there now."""
    word = max((w for w in text.split() if w.isalpha() and w.islower()), key=len)
    changed = f"{word}, as we now know,"
    return body.replace(f" {word} ".encode(), f" {changed} ".encode()), word, changed


def test_a_watch_and_a_digest_over_a_story_that_was_corrected_and_whose_copies_vanished(
    play: Play, tmp_path: Path
) -> None:
    """The story is told once by each; the correction and the loss are told once more, and nothing is lost."""
    program = play.copied(tmp_path / "work")
    original, copies = the_most_copied(program)
    query = json.dumps(f'title:"{original["title"]}"')
    program.configure(SETTINGS + TOLD.format(query=query), play.newsroom.opml())

    assert program.run("digest", "--edition", "morning")[0] == 0
    assert program.run("watch", "run")[0] == 0
    told = (program.folder / "told.jsonl").read_text(encoding="utf-8")
    assert original["id"] in {json.loads(line)["id"] for line in told.splitlines()}
    first = json.loads((program.folder / "morning-1.json").read_text(encoding="utf-8"))
    assert json.dumps(first["sections"]).count(json.dumps(original["url"])) == 1

    text = program.ask("show", str(original["id"]))["text"]
    urls = pages_of(program, original)
    body, word, changed = corrected(play.newsroom.body(urls[-1]), text)
    for url in urls:
        play.newsroom.answers(url, Answer(200, HTML, body))
    for copy in copies:
        for url in pages_of(program, copy):
            play.newsroom.answers(url, Answer(404, HTML, b"gone"))
    for _ in range(2):  # one miss is an accident
        look_again(program, original, *copies)
    time.sleep(1.1)  # an edition leaves what comes within its own second to the next

    assert program.run("digest", "--edition", "morning")[0] == 0
    changes = json.loads((program.folder / "morning-2.json").read_text(encoding="utf-8"))["changes"]
    assert changed in json.dumps(changes["corrected"], ensure_ascii=False)
    assert {copy["title"] for copy in copies} <= {one["title"] for one in changes["vanished"]}
    assert program.run("watch", "run")[0] in {0, 1}
    assert (program.folder / "told.jsonl").read_text(encoding="utf-8") == told
    assert word in program.ask("history", str(original["id"]))["versions"][0]["text"]
    for copy in copies:
        assert program.ask("show", str(copy["id"]))["text"]
    assert sound(program)


def sound(program: Program) -> bool:
    return program.run("doctor")[0] == 0 and program.run("verify", "--pages")[0] == 0


def meanwhile(program: Program, words: tuple[str, ...], beside: Callable[[], object], least: int = 2) -> int:
    """Run a command, and something else again and again until it has ended; return the command's exit code."""
    times = 0
    with program.start(*words) as running:
        while running.poll() is None or times < least:
            beside()
            times += 1
        _, err = running.communicate(timeout=60)
    assert "Traceback" not in err, err
    return running.returncode


def test_a_backup_during_a_reextract_is_one_state(play: Play, tmp_path: Path) -> None:
    """Whichever moment it caught, it opens, is whole, and has every article."""
    program = play.copied(tmp_path / "work")
    articles = sum(program.ask("status")["articles"].values())
    made: list[int] = []

    def back_up() -> None:
        report = program.ask("backup", str(tmp_path / f"copy-{len(made)}.db"))
        made.append(report["articles"])

    assert meanwhile(program, ("reextract", "--all", "--apply"), back_up) in {0, 3}
    assert set(made) == {articles}
    assert sound(program)
    newest = Program(tmp_path / "restored")
    newest.folder.mkdir()
    newest.configure(f'[archive]\npath = "{tmp_path / f"copy-{len(made) - 1}.db"}"\n')
    assert sum(newest.ask("status")["articles"].values()) == articles
    assert newest.run("verify", "--pages")[0] == 0


def test_searches_do_not_notice_a_prune(play: Play, tmp_path: Path) -> None:
    """Old pages go, and the room is given back, while others search: same hits, same order."""
    program = play.copied(tmp_path / "work")
    with closing(sqlite3.connect(program.folder / "aggregator.db")) as db, db:
        db.execute("UPDATE pages SET fetched_at = '2020-01-01T00:00:00Z'")
    before = hits(program)
    assert before

    def search() -> None:
        assert hits(program) == before

    assert meanwhile(program, ("prune", "--pages", "1y", "--apply", "--shrink"), search) == 0
    assert hits(program) == before
    assert program.ask("status")["pages"] < len(before)
    assert sound(program)


def hits(program: Program) -> list[int]:
    return [hit["id"] for hit in program.ask("search", "the OR der OR la", "--limit", "200")]


# ------------------------------------------------------------------------------- a feed with a long past

PAGES, ON_A_PAGE = 12, 25


def past(server: Server) -> dict[str, Any]:
    """Return a feed in RFC 5005's pages, the newest entries first."""
    return {
        f"/feed-{page}": answer(200, _page(server, page), Content_Type="application/atom+xml")
        for page in range(PAGES)
    }


def _page(server: Server, page: int) -> bytes:
    older = f'<link rel="next" href="{server.url(f"/feed-{page + 1}")}"/>' if page + 1 < PAGES else ""
    entries = "".join(
        f"<entry><id>tag:{page}.{n}</id><title>Entry {page}.{n}</title><updated>2026-01-{28 - page:02d}T00:{n:02d}:00Z"
        f'</updated><link href="{server.url(f"/a/{page}.{n}")}"/><summary>What happened, {page}.{n}.</summary></entry>'
        for n in range(ON_A_PAGE)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Past</title><id>tag:f</id>{older}{entries}</feed>'.encode()


def test_a_digest_during_a_backfill_is_one_moment(tmp_path: Path) -> None:
    """It is written whole, again and again, while older entries come in; each of them comes in once."""
    program = Program(tmp_path)
    with Server() as server:
        server.answers = past(server)
        program.configure(SETTINGS)
        assert program.run("feeds", "add", server.url("/feed-0"))[0] == 0
        assert program.run("poll")[0] == 0
        assert program.run("archive")[0] == 0

        def digest() -> None:
            code, out, err = program.run("digest", "--since", "1d", "--format", "json")
            assert code == 0, err
            assert json.loads(out)["title"]

        assert meanwhile(program, ("feeds", "backfill", "Past"), digest) == 0
        entries = program.ask("entries")
    assert len(entries) == len({entry["guid"] for entry in entries}) == PAGES * ON_A_PAGE
    assert sound(program)
