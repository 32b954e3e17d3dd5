"""show and export: one article as a person reads it, and kept pages as WARC."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from aggregator.archive import open_archive
from aggregator.cli import terminal
from aggregator.cli.articletext import text_lines
from aggregator.cli.showing import odd_date
from aggregator.models import Article, Change, Claim, Dropped, Verdict
from tests.kept import kept, story
from tests.makers import NOW, archived, article_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.program import Program

ARTICLE = Article(
    id=1, url="https://site.example/1", title="A title", byline="", site="", language="", published_at=NOW,
    published_from="feed", dated_at=NOW, archived_at=NOW, verdict=Verdict.FULL, reason="", duplicate_of=None, text="",
)  # fmt: skip


def drawn(markdown: str) -> list[str]:
    """Return the lines as a pipe would have them."""
    return [terminal._plain(line).rstrip() for line in text_lines("", markdown)]


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("# One\n\nTwo *three* **four**\n\nFive", ["One", "", "Two three four", "", "Five"]),
        ("Before\n\n- one\n- two\n\nAfter", ["Before", "", "• one", "• two", "", "After"]),
        ("1. one\n1. two\n   - deep\n   - so\n1. three", ["1. one", "2. two", "   • deep", "   • so", "3. three"]),
        ("- one\n\n  more of it\n\n- two", ["• one", "", "  more of it", "", "• two"]),
        ("> said\n>\n> so\n\nhe", ["   said", "", "   so", "", "he"]),
        ("```\nx = 1\n  y\n```", ["   x = 1", "     y"]),
        ("one\\\ntwo", ["one", "two"]),
        ("[a page](https://x.example/1) here", ["a page <https://x.example/1> here"]),
        ("[bad](javascript:alert(1)) [odd](mailto:x@y.example)", ["[bad](javascript:alert(1)) odd"]),
        ("a \\<b\\> &amp; c", ["a <b> & c"]),
        ("1\\. no list", ["1. no list"]),
        ("***", ["* * *"]),
    ],
)  # fmt: skip
def test_markdown_is_drawn_as_lines(markdown: str, lines: list[str]) -> None:
    assert drawn(markdown) == lines


def test_plain_text_is_drawn_paragraph_by_paragraph() -> None:
    assert [terminal._plain(line) for line in text_lines("one\n\n# two")] == ["one", "", "# two"]


@given(st.text(alphabet=st.sampled_from("ab *_`#>-+1.[]()<&\\\n\x1b\u202e"), max_size=80))
def test_no_text_drives_the_terminal_or_breaks_the_drawing(markdown: str) -> None:
    """Whatever the Markdown is, it becomes lines, and no control character comes through."""
    for line in drawn(markdown):
        assert line.isprintable() or line == ""


@pytest.mark.parametrize(
    ("published", "says"),
    [
        (NOW, ""),
        (None, ""),
        (NOW + timedelta(days=400), "later than it was seen"),
        (datetime(1970, 1, 1, tzinfo=NOW.tzinfo), "can hardly be"),
    ],
)
def test_a_date_that_cannot_be_is_flagged(published: datetime | None, says: str) -> None:
    found = odd_date(replace(ARTICLE, published_at=published))
    assert says in found
    assert bool(found) == bool(says)


# ------------------------------------------------------------------------------------------ the program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Three kept pages; the first article has an earlier version, a heading and claims, and its page is gone."""
    program = kept(tmp_path_factory.mktemp("kept"), 3)
    with open_archive(program.path, writable=True) as archive:
        past = archive.rereads.past(1)
        assert past is not None
        says = replace(
            article_text("https://site.example/n0", title="The bell \x1b[31m", text="Found\n\n" + story("bell")),
            markdown="## Found\n\n" + story("bell"),
            score=0.9,
            section="Harbour",
            tags=("bells", "divers"),
            claims=(
                Claim("title", "feed", "The bell"), Claim("title", "json-ld", "The bell of Nordhaven"),
                Claim("byline", "meta", "Ada Penn"),
            ),
            dropped=(Dropped("furniture of the site", "Subscribe now"),),
            published_at=NOW + timedelta(days=999),
            extractor=2,
        )  # fmt: skip
        archive.articles.record(
            replace(
                archived(past.entry, says, article_id=1),
                says=says,
                keeps_revision=Change.SUBSTANCE,
                gone=True,
            )
        )
    return program


def test_show_tells_what_a_reader_should_know(program: Program) -> None:
    code, out, err = program.run("show", "1")
    head, _, text = out.partition("\n\n")
    assert (code, err) == (0, "")
    assert head.startswith("The bell [31m\nAda Penn · Site")
    for said in (
        "Harbour",
        "its page disappeared",
        "later than it was seen",
        "1 earlier version: aggregator history 1",
    ):
        assert said in head
    assert text.startswith("## Found\n\nIn paragraph one")


def test_details_give_the_source_of_each_fact_and_what_was_left_out(program: Program) -> None:
    out = program.run("show", "1", "--details")[1]
    for line in (
        "verdict\tfull, 90% sure", "tags\tbells, divers", "title\tfeed\tThe bell\tbelieved",
        "title\tjson-ld\tThe bell of Nordhaven\t", "byline\tmeta\tAda Penn\tbelieved",
        "furniture of the site\tSubscribe now",
    ):  # fmt: skip
        assert line in out.splitlines()
    assert "kept\t1 page, " in out
    assert "`aggregator reextract`" in program.run("show", "2", "--details")[2], (
        "an older program read that one"
    )


def test_json_has_all_of_it(program: Program) -> None:
    known = json.loads(program.run("show", "1", "--json")[1])
    assert known["claims"][1] == {"field": "title", "source": "json-ld", "value": "The bell of Nordhaven"}
    assert known["dropped"] == [{"rule": "furniture of the site", "text": "Subscribe now"}]
    assert (known["revisions"], known["pages"]["count"], known["score"]) == (1, 1, 0.9)
    assert known["markdown"].startswith("## Found")
    assert known["gone_at"]
    assert known["odd_date"]


def test_a_person_sees_it_drawn(program: Program) -> None:
    """Headings are bold, and no mark of the Markdown is left."""
    program.environ["FORCE_COLOR"] = "1"
    out = program.run("show", "1")[1]
    program.environ.pop("FORCE_COLOR")
    assert "\x1b[1mFound\x1b[0m" in out
    assert "##" not in out
    assert "\x1b[31m" not in out


def test_export_writes_the_pages_of_the_hits(program: Program) -> None:
    code, _, err = program.run("export", "--warc", "some.warc.gz", "n1", "OR", "n2")
    assert (code, err) == (0, "2 pages of 2 articles written to some.warc.gz\n")
    with (program.folder / "some.warc.gz").open("rb") as file:
        found = [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    assert found[0][0] == "warcinfo"
    assert {uri for _, uri, _ in found[1:]} == {"https://site.example/n1", "https://site.example/n2"}
    assert all(b"<h1>A title</h1>" in body for _, _, body in found[1:])


def test_export_of_everything_is_the_whole_archive(program: Program) -> None:
    assert program.run("export", "--warc", "all.warc")[0] == 0
    content = (program.folder / "all.warc").read_bytes()
    assert content.startswith(b"WARC/1.1\r\n"), "a name that ends with .warc is not compressed"
    assert len(list(ArchiveIterator(io.BytesIO(content)))) == 4


def test_nothing_found_writes_nothing(program: Program) -> None:
    code, _, err = program.run("export", "--warc", "none.warc.gz", "xylophonequartet")
    assert (code, "no page is kept" in err) == (1, True)
    assert not (program.folder / "none.warc.gz").exists()


@pytest.mark.parametrize(("file", "says"), [(".", "directory"), ("config.toml/x.warc.gz", "cannot write")])
def test_a_file_that_cannot_be_written_is_told(program: Program, file: str, says: str) -> None:
    code, _, err = program.run("export", "--warc", file)
    assert (code, says in err) == (2, True)


def test_a_damaged_page_costs_itself_only(tmp_path: Path) -> None:
    program = kept(tmp_path, 3)
    with open_archive(program.path, writable=True) as archive:
        archive.db.execute("UPDATE pages SET body = substr(body, 1, 20) WHERE id = 3")
    code, _, err = program.run("export", "--warc", "all.warc.gz")
    assert code == 3
    assert "page 3 of article 3 (https://site.example/n2): its kept bytes cannot be read" in err
    assert "2 pages of 3 articles written" in err
