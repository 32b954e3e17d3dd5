"""What is shown: on a terminal for a person, in a pipe for a program, and never what could drive the terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.cli.safetext import json_safe, one_line, safe
from aggregator.cli.terminal import (
    Line,
    Span,
    Style,
    as_json,
    hit_json,
    hit_lines,
    json_out,
    marked_spans,
    note,
    out,
    progress,
    quiet_pipe,
    table,
)
from aggregator.models import MARK_END, MARK_START, Article, Hit, Sighting, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)
ARTICLE = Article(
    id=7,
    url="https://example.org/river",
    title="The river rises",
    byline="Ada Byron",
    site="Example Post",
    language="en",
    published_at=datetime(2026, 11, 12, 12, tzinfo=UTC),
    published_from="feed",
    dated_at=datetime(2026, 11, 12, 12, tzinfo=UTC),
    archived_at=datetime(2026, 11, 12, 13, tzinfo=UTC),
    verdict=Verdict.FULL,
    reason="",
    duplicate_of=None,
    text="First.\n\nSecond.",
    sightings=tuple(
        Sighting(feed, "A feed", "News", "guid-1", "https://example.org/river", "River", NOW)
        for feed in ("https://a.example/feed", "https://b.example/feed", "https://a.example/feed")
    ),
)
SNIPPET = f"the {MARK_START}river{MARK_END} rises above the {MARK_START}bridge{MARK_END}"
HIT = Hit(replace(ARTICLE, text=""), 4.5, SNIPPET)

# Each would move the cursor, set a title, fill the clipboard, reorder, overwrite or hide, were it shown as it is.
VECTORS = [
    "\x1b[2J", "\x1b[1A\x1b[2K", "\x1b]0;pwn\x07", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
    "\x1b]8;;http://evil.example\x1b\\x", "\x1bP+q544e\x1b\\", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1bc", "\x1b(0",
    "\x9b31m", "\x9d0;pwn\x9c", "\x90x\x9c", "\x85", "good\rbad", "\x08\x08\x08", "\x07", "\x00", "\x7f", "\x0b\x0c",
    "\x0e", "\x18", "\u202egnp.exe", "\u202a\u202b\u202d\u202c", "\u2066x\u2069", "\u2067\u2068", "\u200e\u200f\u061c",
    "a\u200bb\u2060c\ufeffd", "\u00ad" * 9, "\U000e0041\U000e0042", "\U000e0100", "\u2028\u2029", "\ufff9x\ufffb",
    "a" + "\u0301" * 10_000, "\u200d" * 1_000, "\ud800", f"forged {MARK_START}mark{MARK_END}", "\x1b" * 3,
]  # fmt: skip
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


# ----------------------------------------------------------------------------------------------- safe text


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_nothing_from_outside_can_drive_the_terminal(vector: str) -> None:
    """No control but newline and tab, no reordering, nothing invisible, no pile of marks is left."""
    for shown in (safe(f"a{vector}b"), one_line(f"a{vector}b")):
        assert not DRIVES.search(shown)
        assert shown[0] == "a"
        assert shown[-1] == "b"
        assert len(shown) < 60


@given(st.text(alphabet=st.characters(), max_size=40))
@settings(max_examples=300)
def test_safe_text_is_safe_and_stays_as_it_is(text: str) -> None:
    """For every text: nothing that drives, encodable, and safe text is not changed again."""
    shown = safe(text)
    shown.encode()
    assert not DRIVES.search(shown)
    assert safe(shown) == shown
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines\tand a tab",
        "naïve Zürich Œuvre",
        "cafe\u0301",
        "שָׁלוֹם",
        "مرحبا",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "東京 서울 ไทย",
        "👩\u200d👩\u200d👧",
        "❤\ufe0f",
    ],
    ids=range(9),
)
def test_honest_text_is_left_alone(text: str) -> None:
    """Accents, vowel points, joiners with a meaning and emoji are what people write."""
    assert safe(text) == text


def test_line_ends_of_all_systems_are_newlines() -> None:
    """A carriage return alone would overwrite the line, so it goes."""
    assert safe("a\r\nb\u2028c\x85d\re") == "a\nb\nc\nde"


# ------------------------------------------------------------------------------------------------ in a pipe


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody forces colour."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("pipe")
def test_a_pipe_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """No escape sequences; a hit is **marked**, a link stands in angle brackets; notes go to stderr."""
    out("plain \x1b[31mtext")
    out(
        Line(
            (Span("a ", Style.BAD), Span("hit", Style.HIT), Span(" t", link="https://example.org/ü\x1b")),
            indent=2,
        )
    )
    note("a note")
    shown = capsys.readouterr()
    assert shown.out == "plain [31mtext\n  a **hit** t <https://example.org/%C3%BC%1B>\n"
    assert shown.err == "a note\n"


@pytest.mark.usefixtures("pipe")
def test_a_pipe_gets_tables_tab_separated_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """One row one line, nothing cut, instants in ISO-8601; a cell cannot break out of its column."""
    table(
        [["a\tb\nc", 1, None], ["x" * 300, 2.5, NOW], [Span("bad", Style.BAD), True, "\x1b[2J"]],
        ["t", "n", "at"],
    )
    assert capsys.readouterr().out.split("\n") == [
        "t\tn\tat",
        "a b c\t1\t",
        "x" * 300 + "\t2.5\t2026-11-12T15:30:00Z",
        "bad\tTrue\t[2J",
        "",
    ]


@pytest.mark.usefixtures("pipe")
def test_a_hit_reads_as_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Title and address; source, age and id; the words around the match."""
    for line in hit_lines(HIT, NOW, 1):
        out(line)
    assert capsys.readouterr().out == (
        " 1. The river rises <https://example.org/river>\n"
        "    Example Post · 3 h ago · #7\n"
        "    the **river** rises above the **bridge**\n"
    )


@pytest.mark.usefixtures("pipe")
def test_a_poor_hit_says_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a title the address stands there, without a site name its host; a verdict that is not full is shown."""
    poor = replace(HIT.article, title=" ", site="", verdict=Verdict.PAYWALLED)
    for line in hit_lines(Hit(poor, 1.0, ""), NOW, 12):
        out(line)
    assert capsys.readouterr().out == (
        "12. https://example.org/river <https://example.org/river>\n    example.org · 3 h ago · paywalled · #7\n"
    )


@pytest.mark.usefixtures("pipe")
@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_no_field_of_a_hit_can_drive_the_terminal(vector: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Title, address, site and snippet are from outside: three lines they are, and three they stay."""
    article = replace(HIT.article, title=f"a{vector}", url=f"https://example.org/{vector}", site=f"b{vector}")
    for line in hit_lines(Hit(article, 1.0, f"c{vector}"), NOW, 1):
        out(line)
    table([[vector]], ["c"])
    shown = capsys.readouterr().out
    assert not DRIVES.search(shown)
    assert shown.count("\n") == 5


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (SNIPPET, ["the ", "*river", " rises above the ", "*bridge"]),
        (f"{MARK_START}{MARK_END}a", ["*", "a"]),
        (f"{MARK_END}a{MARK_START}b", [f"{MARK_END}a{MARK_START}b"]),
        (f"{MARK_START}a{MARK_START}b{MARK_END}", [f"{MARK_START}a", "*b"]),
        ("", []),
    ],
)
def test_marks_become_spans(text: str, pieces: list[str]) -> None:
    """Only a mark with its partner highlights; one that is left over is removed when it is shown."""
    spans = [("*" if span.style is Style.HIT else "") + span.text for span in marked_spans(text)]
    assert [piece for piece in spans if piece != "*"] == [piece for piece in pieces if piece != "*"]


@pytest.mark.usefixtures("pipe")
def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A log or a mail from cron is not full of bars."""
    with progress(3, "feeds") as bar:
        bar.advance(2, "a feed")
    assert capsys.readouterr() == ("", "")


def test_an_old_encoding_gets_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that cannot show a letter is no reason to fail."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    out("東京 Zürich")
    stream.flush()
    assert stream.buffer.getvalue() == "?? Zürich\n".encode("latin-1")


# --------------------------------------------------------------------------------------------------- JSON


def test_the_json_of_an_article_is_a_promise() -> None:
    """These names in this order, instants in ISO-8601, each feed once."""
    record = as_json(ARTICLE)
    assert list(record) == [
        "id", "url", "title", "byline", "site", "language", "published_at", "archived_at", "verdict", "duplicate_of",
        "feeds", "text", "reason", "published_from", "dated_at",
    ]  # fmt: skip
    assert record["published_at"] == "2026-11-12T12:00:00Z"
    assert record["verdict"] == "full"
    assert record["duplicate_of"] is None
    assert record["feeds"] == ["https://a.example/feed", "https://b.example/feed"]
    assert "text" not in as_json(ARTICLE, text=False)


def test_sightings_are_in_the_json_only_when_asked_for() -> None:
    """They are objects with the names of the record."""
    sightings: Any = as_json(ARTICLE, sightings=True)["sightings"]
    assert len(sightings) == 3
    assert sightings[0] == {
        "feed_url": "https://a.example/feed",
        "feed_title": "A feed",
        "category": "News",
        "guid": "guid-1",
        "link": "https://example.org/river",
        "title": "River",
        "first_seen_at": "2026-11-12T15:30:00Z",
    }


def test_the_json_of_a_hit_has_a_clean_snippet() -> None:
    """The marks are for people."""
    record = hit_json(HIT)
    assert record["snippet"] == "the river rises above the bridge"
    assert record["score"] == 4.5
    assert "text" not in record


@dataclass(frozen=True)
class Nested:
    at: datetime
    names: tuple[str, ...]
    more: dict[str, object]


def test_records_of_any_shape_are_json(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Records, instants, enumerations, paths and sets, however nested, on one line of UTF-8."""
    json_out([Nested(NOW, ("Zürich",), {"v": Verdict.FULL, "p": Path("/a"), "s": {1}}), ARTICLE])
    written = capsysbinary.readouterr().out
    assert written.startswith(
        '[{"at": "2026-11-12T15:30:00Z", "names": ["Zürich"], "more": {"v": "full", "p": "/a", "s": [1]}}'.encode()
    )
    assert written.count(b"\n") == 1
    assert json.loads(written)[1]["text"] == ARTICLE.text


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_json_is_whole_and_cannot_drive_the_terminal(
    vector: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is removed for people is escaped for programs: they get every character back (but half characters)."""
    json_out({"a": vector})
    written = capsysbinary.readouterr().out.decode()
    assert not re.search("[\u2066-\u2069\u202a-\u202e\x00-\x09\x0b-\x1f\x7f-\x9f]", written)
    assert json.loads(written) == {"a": vector.replace("\ud800", "\ufffd")}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@settings(max_examples=200)
def test_json_escapes_are_what_they_stand_for(text: str) -> None:
    """For every text, what is read back is what was written."""
    assert json.loads(json_safe(json.dumps(text, ensure_ascii=False))) == text


def test_json_is_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8259: JSON between programs is UTF-8."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    json_out("東京")
    assert stream.buffer.getvalue() == '"東京"\n'.encode()


# -------------------------------------------------------------------------------------------- on a terminal


class Screen:
    """A pseudo-terminal in place of stdout and stderr; and what was written to it."""

    def __init__(self) -> None:
        self._there, here = pty.openpty()
        attributes = termios.tcgetattr(here)
        attributes[1] &= ~termios.OPOST  # newlines as they are written
        termios.tcsetattr(here, termios.TCSANOW, attributes)
        self.stream = os.fdopen(here, "w", encoding="utf-8")
        self._read = b""
        self._reader = Thread(target=self._look)
        self._reader.start()

    def _look(self) -> None:
        while not self._read.endswith(b"\f"):  # never written by us: the end of what there is to read
            self._read += os.read(self._there, 65_536)

    def shown(self) -> str:
        """Return what was written; the last look."""
        self.close()
        return self._read[:-1].decode()

    def close(self) -> None:
        if self._reader.is_alive():
            self.stream.write("\f")
            self.stream.flush()
            self._reader.join()

    def end(self) -> None:
        self.close()
        self.stream.close()
        os.close(self._there)


@contextmanager
def looked_at(**environment: str) -> Iterator[Screen]:
    """Let a person look at stdout and stderr. Not a fixture: pytest changes both between fixture and test."""
    screen = Screen()
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "FORCE_COLOR",
            "NO_COLOR",
            "COLORTERM",
            "COLUMNS",
            "LINES",
            "TTY_COMPATIBLE",
            "TTY_INTERACTIVE",
        ):
            patch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm-256color", "COLUMNS": "60", **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", screen.stream)
        patch.setattr(sys, "stderr", screen.stream)
        try:
            yield screen
        finally:
            screen.end()


ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")


def test_a_person_sees_a_hit_with_a_link_and_highlights() -> None:
    """The title is a link to click on, the words found stand out, the rest is quiet; no asterisks."""
    with looked_at() as screen:
        for line in hit_lines(HIT, NOW, 1):
            out(line)
        shown = screen.shown()
        assert re.search(r"\x1b]8;id=\d+;https://example.org/river\x1b\\", shown)
        assert "\x1b[1;33mriver\x1b[0m" in shown
        assert ESCAPES.sub("", shown).split("\n") == [
            " 1. The river rises",
            "    Example Post · 3 h ago · #7",
            "    the river rises above the bridge",
            "",
        ]


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_only_our_own_escapes_reach_the_screen(vector: str) -> None:
    """However hostile the fields, what is left after our own styles and links are taken away is harmless."""
    with looked_at() as screen:
        article = replace(
            HIT.article, title=f"a{vector}", url=f"https://example.org/{vector}", site=f"b{vector}"
        )
        for line in hit_lines(Hit(article, 1.0, f"c{vector}"), NOW, 1):
            out(line)
        table([[vector, Span(vector, Style.BAD, link=f"https://example.org/{vector}")]], ["c", "d"])
        note(vector)
        shown = screen.shown()
        assert not DRIVES.search(ESCAPES.sub("", shown))
        assert not [
            link for link in re.findall(r"\x1b]8;([^\x1b]*)", shown) if "evil" in link and "%1B" not in link
        ]


def test_long_lines_wrap_under_themselves() -> None:
    """A continuation is indented as its line is, and wide characters count as two cells."""
    with looked_at() as screen:
        out(Line((Span("東京" * 40), Span(" word" * 20, Style.HIT)), indent=4))
        lines = [line.rstrip() for line in ESCAPES.sub("", screen.shown()).splitlines()]
        assert len(lines) > 3
        assert all(line.startswith("    ") for line in lines)
        assert all(4 + 2 * sum(char > "\u3000" for char in line) <= 60 for line in lines)


def test_a_first_row_takes_the_whole_width() -> None:
    """However far the rows below it are indented."""
    with looked_at() as screen:
        out(Line((Span("2026-05-04 07:00  announced  by "), Span("https://example.org/feed a b c")), hang=29))
        assert ESCAPES.sub("", screen.shown()).splitlines() == [
            "2026-05-04 07:00  announced  by https://example.org/feed a b",
            " " * 29 + "c",
        ]


def test_a_long_title_hangs_behind_its_number() -> None:
    """The second line of a title begins where the first does."""
    with looked_at() as screen:
        out(hit_lines(Hit(replace(ARTICLE, title="東京オリンピック " * 6), 1.0, ""), NOW, 1)[0])
        assert ESCAPES.sub("", screen.shown()).splitlines() == [
            " 1. 東京オリンピック 東京オリンピック 東京オリンピック",
            "    東京オリンピック 東京オリンピック 東京オリンピック",
        ]


def test_a_table_is_aligned_and_fits() -> None:
    """Columns are as wide as their widest cell, numbers stand right, and what does not fit is cut with a sign."""
    with looked_at() as screen:
        table([["東京", 5, "x"], ["a", 1000, "y" * 100]], ["name", "count", "note"])
        lines = [line.rstrip() for line in ESCAPES.sub("", screen.shown()).splitlines()]
        assert lines[0] == "name  count  note"
        assert lines[1] == "東京      5  x"
        assert lines[2].startswith("a      1000  yyy")
        assert lines[2].endswith("…")
        assert len(lines[2]) <= 60


def test_an_empty_table_shows_its_columns() -> None:
    """No rows are no error."""
    with looked_at() as screen:
        table([], ["name", "count"])
        assert ESCAPES.sub("", screen.shown()).split() == ["name", "count"]


def test_markup_is_text() -> None:
    """Square brackets and colons in titles are no instructions to the drawing library."""
    with looked_at() as screen:
        out(Line((Span("[bold]a[/bold] :smile: [link=x]"),)))
        table([["[red]b[/red]"]], ["[i]c"])
        assert (
            ESCAPES.sub("", screen.shown()).split()
            == "[bold]a[/bold] :smile: [link=x] [i]c [red]b[/red]".split()
        )


def test_no_color_takes_the_colours() -> None:
    """With NO_COLOR bold may stay, colour may not (no-color.org)."""
    with looked_at(NO_COLOR="1") as screen:
        for line in hit_lines(HIT, NOW, 1):
            out(line)
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", screen.shown())


def test_a_dumb_terminal_gets_plain_text() -> None:
    """TERM=dumb understands nothing, so it is treated as a pipe is."""
    with looked_at(TERM="dumb") as screen:
        for line in hit_lines(HIT, NOW, 1):
            out(line)
        table([["a", 1]], ["b", "c"])
        assert "\x1b" not in screen.shown()


def test_colour_can_be_forced_into_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """FORCE_COLOR draws as on a terminal (for `less -R`), unless NO_COLOR says no."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out(Line((Span("a", Style.BAD),)))
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    out(Line((Span("a", Style.BAD),)))
    assert "\x1b[" not in capsys.readouterr().out


def test_progress_is_drawn_for_a_person() -> None:
    """Label, count and note are shown, safe and on one line, and gone at the end."""
    with looked_at() as screen:
        with progress(3, "fe\x1beds") as bar:
            bar.advance(2, "[b]a\nfeed\x1b[2J")
            bar.advance()
        shown = screen.shown()
        text = ESCAPES.sub("", shown)
        assert "feeds" in text
        assert "3/3" in text
        assert "\x1b[2J" not in shown


def test_json_is_indented_for_a_person() -> None:
    """A person reads it on several lines."""
    with looked_at() as screen:
        json_out({"a": [1]})
        assert screen.shown() == '{\n  "a": [\n    1\n  ]\n}\n'


# ------------------------------------------------------------------------------------------------ processes

ROOT = Path(__file__).parent.parent


def run(code: str, shell: str = '"$0" -c "$1"') -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, through a shell."""
    command = ["bash", "-c", shell, sys.executable, code]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)


def test_the_drawing_library_is_imported_for_a_terminal_only() -> None:
    """A command in a pipe, or one that prints plain lines, starts without it."""
    code = """if True:
        import sys
        from aggregator.cli.terminal import json_out, note, out, progress, table
        out("a"), table([["b"]], ["c"]), json_out(1)
        with progress(1, "d") as bar:
            bar.advance()
        note(str([name for name in sys.modules if name.startswith("rich")]))"""
    assert run(code).stderr == "[]\n"


LOTS = """if True:
    import sys
    from aggregator.cli.terminal import out, json_out, quiet_pipe
    with quiet_pipe():
        for number in range(20_000):
            out(f"line {number}")
        sys.exit(0)"""


def test_a_reader_that_leaves_ends_us_quietly() -> None:
    """`aggregator search x | head -1`: no traceback, and the exit code of a program that SIGPIPE ended."""
    done = run(LOTS, 'set -o pipefail; "$0" -c "$1" | head -1')
    assert (done.stdout, done.stderr, done.returncode) == ("line 0\n", "", 141)


def test_a_reader_that_leaves_at_once_ends_us_quietly() -> None:
    """The last flush finds nobody either: the interpreter does not complain."""
    code = LOTS.replace("20_000", "1")
    done = run(
        code,
        '"$0" -c "import time,sys; sys.stdin.read(); exec(sys.argv[1])" "$1" < <(sleep 0.2) | true; exit 0',
    )
    assert done.stderr == ""


def test_an_exit_code_passes_the_guard() -> None:
    """Nothing is changed for a program whose reader stays."""
    code = LOTS.replace("20_000", "1").replace("sys.exit(0)", "sys.exit(3)")
    done = run(code)
    assert (done.stdout, done.stderr, done.returncode) == ("line 0\n", "", 3)


def test_a_closed_stdout_is_no_error() -> None:
    """`>&-`: there is nowhere to write, so nothing is written."""
    done = run(LOTS, '"$0" -c "$1" >&-')
    assert (done.stderr, done.returncode) == ("", 0)


def test_another_broken_pipe_is_not_hidden(capfd: pytest.CaptureFixture[str]) -> None:
    """Only our own output may break quietly: elsewhere it is a fault."""
    with pytest.raises(BrokenPipeError), quiet_pipe():
        raise BrokenPipeError
    assert capfd.readouterr().out == ""
