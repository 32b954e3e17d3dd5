"""Saved searches: each new hit is told once, whatever is killed when; nothing from outside is ever a command."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.app import reporter
from aggregator.archive import open_archive
from aggregator.cli.watching import without_table
from aggregator.config import parse_config
from aggregator.deliver import append_once, run_command
from aggregator.errors import AggregatorError, ConfigError
from aggregator.models import Report, ReportForm, Watch
from aggregator.pipeline import check_watches, deliver_reports
from tests.makers import HOUR, NOW
from tests.postoffice import PostOffice
from tests.program import Program
from tests.shelves import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.config import Config


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        yield archive


MAIL = '[mail]\nhost = "127.0.0.1"\nsender = "News <news@home.example>"\ntls = "off"\n'


def settings(text: str, folder: Path) -> Config:
    return parse_config(text, name="config.toml", folder=folder, environ={})


class Told:
    """Where reports arrive in a test; it can be told to fail."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.fails = False

    def __call__(self, watch: Watch, report: Report, note: Callable[[int], None]) -> None:
        if self.fails:
            raise AggregatorError("nobody is there")
        self.reports.append(report)

    @property
    def ids(self) -> list[int]:
        return [json.loads(line)["id"] for report in self.reports for line in report.payload.splitlines()]


def look(archive: Archive, watch: Watch, told: Told, hours: float) -> None:
    at = NOW + hours * HOUR
    check_watches(archive, [watch], at)
    deliver_reports(archive, [watch], told, at)


CORAL = Watch("coral", "coral", file="/nowhere")


def test_only_what_comes_after_it_was_made_is_told_and_each_hit_once(archive: Archive) -> None:
    """However often one looks."""
    put(archive, "old", "Coral of old")
    told = Told()
    look(archive, CORAL, told, 0)
    put(archive, "new", "Coral again", at=NOW + HOUR)
    put(archive, "else", "Something else", at=NOW + HOUR)
    for hours in (1, 1, 2, 30):
        look(archive, CORAL, told, hours)
    assert told.ids == [2]


def test_the_past_can_be_included(archive: Archive) -> None:
    put(archive, "old", "Coral of old")
    told = Told()
    look(archive, replace(CORAL, past=True), told, 0)
    look(archive, replace(CORAL, past=True), told, 1)
    assert told.ids == [1]


def test_a_watch_counts_from_when_it_was_saved(archive: Archive) -> None:
    """Not from when the service noticed."""
    put(archive, "before", "Coral before", at=NOW)
    put(archive, "between", "Coral between", at=NOW + 2 * HOUR)
    told = Told()
    look(archive, replace(CORAL, since=NOW + HOUR), told, 3)
    assert told.ids == [2]


def test_an_article_that_comes_to_match_is_a_new_hit(archive: Archive) -> None:
    """An edit, or the full text that follows the feed's words."""
    first = put(archive, "a", "Reefs")
    told = Told()
    look(archive, CORAL, told, 0)
    entry_of = archive.entries.claim(NOW + 400 * 24 * HOUR, limit=1, lease=HOUR)
    assert not entry_of
    archive.db.execute(
        "UPDATE articles SET text = 'Of coral.', changed_at = '2026-03-01T15:00:00Z' WHERE id = ?", (first,)
    )
    look(archive, CORAL, told, 4)
    assert told.ids == [first]


def test_copies_of_a_text_are_one_hit(archive: Archive) -> None:
    """Also when the copy comes later."""
    told = Told()
    look(archive, CORAL, told, 0)
    put(archive, "a", "Coral", at=NOW + HOUR)
    look(archive, CORAL, told, 1)
    put(archive, "b", "Coral", at=NOW + 2 * HOUR, duplicate_of=1)
    put(archive, "c", "Other coral", at=NOW + 2 * HOUR)
    put(archive, "d", "Other coral", at=NOW + 2 * HOUR, duplicate_of=3)
    look(archive, CORAL, told, 2)
    assert told.ids == [1, 3]


def test_a_changed_query_begins_again(archive: Archive) -> None:
    """What matches already is not news."""
    put(archive, "a", "Coral")
    put(archive, "b", "Kelp")
    told = Told()
    look(archive, CORAL, told, 0)
    kelp = replace(CORAL, query="kelp")
    look(archive, kelp, told, 1)
    put(archive, "c", "Kelp again", at=NOW + 2 * HOUR)
    look(archive, kelp, told, 2)
    assert told.ids == [3]


def test_what_cannot_be_delivered_is_tried_again_in_order(archive: Archive) -> None:
    """Later and later; whoever looks at the list sees why."""
    told = Told()
    look(archive, CORAL, told, 0)
    told.fails = True
    for number in range(3):
        put(archive, f"n{number}", f"Coral {number}", at=NOW + (1 + number) * HOUR)
        look(archive, CORAL, told, 1 + number)
    state = archive.watches.state("coral")
    assert state is not None
    assert (state.reported, state.owed, state.error) == (3, 3, "nobody is there")
    told.fails = False
    look(archive, CORAL, told, 3.01)
    assert told.ids == []
    look(archive, CORAL, told, 5)
    assert told.ids == [1, 2, 3]


def test_dates_of_a_query_move_with_the_clock(archive: Archive) -> None:
    """since:1d means the day before each look."""
    recent = replace(CORAL, query="coral since:1d")
    told = Told()
    look(archive, recent, told, 0)
    put(archive, "stale", "Coral", at=NOW + HOUR, dated_at=NOW - 72 * HOUR)
    put(archive, "fresh", "Coral reef", at=NOW + 40 * HOUR)
    look(archive, recent, told, 40)
    assert told.ids == [2]


def test_a_clock_that_was_wrong_once_costs_no_hit_and_puts_none_off(archive: Archive) -> None:
    """A look and a failed delivery a year ahead; then the clock is right again, and hours have passed."""
    told = Told()
    look(archive, CORAL, told, 0)
    put(archive, "a", "Coral", at=NOW + HOUR)
    told.fails = True
    look(archive, CORAL, told, 365 * 24)
    put(archive, "b", "Coral reef", at=NOW + 2 * HOUR)
    told.fails = False
    look(archive, CORAL, told, 9)
    assert told.ids == [1, 2]


# ------------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize("cut", [None, 0, 1, 5, 11])
def test_a_file_gets_a_text_once_wherever_the_first_try_ended(tmp_path: Path, cut: int | None) -> None:
    """Before the first byte, in the middle, behind the last; `cut` None: it was not begun."""
    file = tmp_path / "deep" / "hits.txt"
    file.parent.mkdir()
    file.write_text("before\n")
    text = "two\nlines\n€"
    content = text.encode()
    offsets: list[int] = []
    offset = None if cut is None else len("before\n")
    if cut is not None:
        file.write_bytes(b"before\n" + content[: cut if cut < 11 else len(content)])
    append_once(file, text, offset, offsets.append)
    assert file.read_text() == "before\n" + text
    append_once(file, text, len("before\n"), offsets.append)
    assert file.read_text() == "before\n" + text


def test_a_file_that_was_turned_over_or_written_to_by_others_is_appended_to(tmp_path: Path) -> None:
    """Nothing of theirs is written over."""
    file = tmp_path / "hits.txt"
    file.write_text("rotated\n")
    append_once(file, "text\n", 5000, lambda _: None)
    assert file.read_text() == "rotated\ntext\n"
    file.write_text("beforeSOMEBODY ELSE\n")
    append_once(file, "text\n", 6, lambda _: None)
    assert file.read_text() == "beforeSOMEBODY ELSE\ntext\n"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(AggregatorError, match=r"cannot write .*: is a directory"):
        append_once(tmp_path, "x", None, lambda _: None)


def test_a_command_reads_json_and_no_shell_sees_a_title(tmp_path: Path) -> None:
    """Whatever an article is called, it is data."""
    took = tmp_path / "took"
    script = f"import sys; open({str(took)!r}, 'w').write(sys.stdin.read())"
    nasty = '$(touch pwned); "`touch pwned`" \n'
    run_command((sys.executable, "-c", script), json.dumps({"title": nasty}).encode(), folder=tmp_path)
    assert json.loads(took.read_text())["title"] == nasty
    assert not (tmp_path / "pwned").exists()


def test_a_command_that_fails_hangs_or_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(AggregatorError, match=r"ended with 3: no more\Z"):
        run_command(
            (sys.executable, "-c", "import sys; sys.stderr.write('no\\nmore'); sys.exit(3)"),
            b"",
            folder=tmp_path,
        )
    with pytest.raises(AggregatorError, match="cannot be started"):
        run_command(("no-such-program-anywhere",), b"", folder=tmp_path)
    hang = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).wait()"
    with pytest.raises(AggregatorError, match="took longer than"):
        run_command((sys.executable, "-c", hang), b"x" * 1_000_000, folder=tmp_path, seconds=0.5)


def test_a_command_that_does_not_read_is_no_failure(tmp_path: Path) -> None:
    run_command((sys.executable, "-c", "pass"), b"x" * 1_000_000, folder=tmp_path)


def test_new_hits_arrive_as_a_letter(tmp_path: Path, archive: Archive) -> None:
    """One letter a report, with one identity however often it is sent; a server that takes none leaves it owed."""
    put(archive, "https://a.example/1", "Coral = reef\r\nBcc: eve@b.example", "Coral.")
    with PostOffice() as office:
        config = settings(
            f'{MAIL}port = {office.port}\n[[watch]]\nname = "coral"\nquery = "coral"\n'
            'to = "mailto:Ada <ada@home.example>"\npast = true\n',
            tmp_path,
        )
        assert check_watches(archive, config.watches, NOW) == 1
        office.answers["END"] = "451 later"
        assert deliver_reports(archive, config.watches, reporter(config), NOW) == 0
        assert "451 later" in archive.watches.states()[0].error
        office.answers.clear()
        office.hangs_up_after = "TAKEN"  # it has the letter, and nobody hears of it
        assert deliver_reports(archive, config.watches, reporter(config), NOW + HOUR) == 0
        office.hangs_up_after = ""
        assert deliver_reports(archive, config.watches, reporter(config), NOW + 2 * HOUR) == 1
        assert deliver_reports(archive, config.watches, reporter(config), NOW + 3 * HOUR) == 0
        first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["To"], first["Subject"]) == ("Ada <ada@home.example>", "New for coral")
    assert "Coral = reef Bcc: eve@b.example" in first.get_content()
    assert first["Bcc"] is None


def test_a_letter_without_a_server_is_told(tmp_path: Path) -> None:
    """Settings that could send none are refused; whoever hands over others is told."""
    watch = Watch("coral", "coral", mail="me@site.example")
    with pytest.raises(AggregatorError, match=r"give host and sender in \[mail\]"):
        reporter(settings("", tmp_path))(watch, Report(1, "coral", NOW, "text"), lambda _: None)


# --------------------------------------------------------------------------------------------------- kills

_PROGRAM = """
import os, signal, sys
from pathlib import Path
from datetime import datetime
left = int(sys.argv[3])
def count(event, args):
    global left
    if event in {"open", "os.truncate"} or event == "counted":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
import sqlite3
class Counted(sqlite3.Connection):
    def execute(self, *args):
        count("counted", None)
        return super().execute(*args)
connect = sqlite3.connect
sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Counted, **kwargs)
for name in ("pwrite", "ftruncate", "fsync"):
    def counted(*args, real=getattr(os, name), name=name):
        count("counted", None)
        if name == "pwrite" and left == 1:  # a write that is cut in the middle
            real(args[0], args[1][: len(args[1]) // 2], args[2])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)
    setattr(os, name, counted)
from aggregator.app import reporter
from aggregator.archive import open_archive
from aggregator.config import parse_config
from aggregator.models import Watch
from aggregator.pipeline import check_watches, deliver_reports
folder, at = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
config = parse_config("", name="config.toml", folder=folder, environ={})
watches = [Watch(name, name, file=str(folder / f"{name}.jsonl")) for name in ("coral", "reef")]
with open_archive(folder / "aggregator.db", writable=True) as archive:
    check_watches(archive, watches, at)
    deliver_reports(archive, watches, reporter(config), at)
"""


@pytest.mark.slow
def test_a_kill_at_any_statement_or_write_loses_no_hit_and_tells_none_twice(tmp_path: Path) -> None:
    """The same file grows over all the kills; at the end each hit stands in it once."""
    path = tmp_path / "aggregator.db"
    expected = []
    with open_archive(path, writable=True) as archive:
        check_watches(archive, [Watch("coral", "coral"), Watch("reef", "reef")], NOW)
    killed = 0
    for number, left in enumerate((*range(2, 60), 0)):
        at = NOW + (number + 1) * HOUR
        with open_archive(path, writable=True) as archive:
            expected.append(put(archive, f"n{number}", f"Coral reef {number} “ü”", at=at))
        words = [sys.executable, "-c", _PROGRAM, str(tmp_path), at.isoformat(), str(left)]
        killed += subprocess.run(words, check=False).returncode != 0
    assert killed > 40
    for name in ("coral", "reef"):
        lines = (tmp_path / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["id"] for line in lines] == expected


# ------------------------------------------------------------------------------------------- configuration


def test_watches_stand_in_the_configuration(tmp_path: Path) -> None:
    config = parse_config(
        MAIL + '[[watch]]\nname = "a"\nquery = "coral"\nto = "a.jsonl"\n'
        '[[watch]]\nname = "b"\nquery = "kelp"\nto = ["notify", "--me"]\npast = true\nsince = "2026-03-01T12:00:00Z"\n'
        '[[watch]]\nname = "c"\nquery = "kelp"\nto = "mailto:me@site.example"\nformat = "text"\n',
        name="config.toml", folder=tmp_path, environ={},
    )  # fmt: skip
    assert config.watches == (
        Watch("a", "coral", file=str(tmp_path / "a.jsonl")),
        Watch("b", "kelp", command=("notify", "--me"), past=True, since=NOW),
        Watch("c", "kelp", mail="me@site.example", form=ReportForm.TEXT),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\nquery = "x"', "needs to"),
        ('name = "a"\nquery = "x"\nto = ""', "to must be a file"),
        ('name = "a"\nquery = "x"\nto = []', "to must be a file"),
        ('name = "a"\nquery = "x"\nto = "mailto:"', "to must be a file"),
        ('name = "a"\nquery = "x"\nto = "mailto:me"', "'me' is not a mail address"),
        ('name = "a"\nquery = "x"\nto = "mailto:me@a.example"', r"needs host and sender in \[mail\]"),
        ('name = "a"\nquery = " "\nto = "f"', "query is empty"),
        ('name = "a"\nquery = "x"\nto = "f"\nsince = "soon"', "must be an instant"),
        ('name = "a"\nquery = "x"\nto = "f"\nformat = "xml"', "format"),
        ('name = "a"\nquery = "x"\nto = "f"\nqueri = "f"', "did you mean"),
        ('name = "a"\nquery = "x"\nto = "f"\n[[watch]]\nname = "a"\nquery = "y"\nto = "f"', "of an earlier"),
    ],
)
def test_a_wrong_watch_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_config(f"[[watch]]\n{text}\n", name="config.toml", folder=tmp_path, environ={})


def test_a_watch_is_taken_out_and_all_else_stays() -> None:
    """Comments, order and other tables are the user's."""
    text = (
        "# mine\n[fetch]\nthreads = 4 # few\n\n[[watch]] # first\nname = 'a'\nquery = \"x\"\nto = 'f'\n\n"
        "# about b\n[[watch]]\nname = \"b\"\nquery = '[x]'\nto = ['p',\n  'q']\n\n[poll]\ninterval = 60\n"
    )
    without = without_table(text, "a")
    assert without is not None
    assert [one["name"] for one in tomllib.loads(without)["watch"]] == ["b"]
    assert "# about b" in without
    assert "# mine" in without
    both = without_table(without, "b")
    assert both is not None
    assert tomllib.loads(both) == {"fetch": {"threads": 4}, "poll": {"interval": 60}}
    assert without_table(both, "b") is None


def test_the_command_line_saves_tries_tells_lists_and_removes(tmp_path: Path) -> None:
    """From end to end, through the installed program."""
    program = Program(tmp_path, "# mine\n")
    assert program.run("watch", "list")[0] == 1
    assert (
        program.run("watch", "add", "coral", "coral", "-kelp", "lang:englsh", "--to", "coral.jsonl")[0] == 0
    )
    assert 'query = "coral ' in (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert program.run("watch", "add", "coral", "x", "--to", "y")[0] == 2
    assert program.run("watch", "add", "two", "x", "--to", "y", "--run", "z")[0] == 2
    assert program.run("watch", "add", "bad/name", "x", "--to", "y")[0] == 2
    assert program.run("watch", "remove", "coral")[0] == 0
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == "# mine\n"
    assert program.run("watch", "add", "coral", "coral", "-kelp", "--to", "coral.jsonl", "--past")[0] == 0
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "Coral")
        put(archive, "b", "Coral and kelp")
    code, out, err = program.run("watch", "test", "coral")
    assert (code, "1. Coral" in out, "not kelp" in err) == (0, True, True)
    assert not (tmp_path / "coral.jsonl").exists()
    for _ in range(2):
        assert program.run("watch", "run")[0] == 0
    lines = (tmp_path / "coral.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Coral"]
    code, out, _ = program.run("watch", "list", "--json")
    assert [(one["name"], one["state"]["reported"]) for one in json.loads(out)] == [("coral", 1)]
    assert program.run("watch", "list")[0] == 0
    assert program.run("watch", "test", "no")[0] == 2
    code, _, err = program.run("watch", "test", "coral", "--deliver")
    assert code == 0
    assert "coral (test)" in (tmp_path / "coral.jsonl").read_text(encoding="utf-8")


def test_a_command_that_fails_is_an_exit_code(tmp_path: Path) -> None:
    """So that cron tells."""
    program = Program(tmp_path, "# mine\n")
    assert program.run("watch", "add", "coral", "coral", "--run", "false --now", "--past")[0] == 0
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "Coral")
    code, _, err = program.run("watch", "run")
    assert (code, err.count("command false: ended with 1")) == (3, 1)
    assert program.run("watch", "remove", "coral")[0] == 0
    assert program.run("watch", "add", "reef", "reef", "--to", "reef.txt", "--format", "text")[0] == 0
    assert program.run("watch", "run") == (0, "", "0 new hits · 0 reports delivered\n")


def test_a_test_says_that_it_is_one(tmp_path: Path) -> None:
    """In a file of text as in one of JSON."""
    program = Program(tmp_path, "")
    program.run("watch", "add", "coral", "coral", "--to", "coral.txt", "--format", "text")
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        put(archive, "a", "Coral")
    assert program.run("watch", "test", "coral", "--deliver")[0] == 0
    assert (tmp_path / "coral.txt").read_text(encoding="utf-8").startswith("A test of the watch coral:\n")


def test_a_command_line_can_ask_for_mail(tmp_path: Path) -> None:
    """If there is a server to send it."""
    program = Program(tmp_path, "# mine\n")
    code, _, err = program.run("watch", "add", "coral", "coral", "--to", "mailto:ada@home.example")
    assert (code, "needs host and sender in [mail]" in err) == (2, True)
    with PostOffice() as office:
        (tmp_path / "config.toml").write_text(f"{MAIL}port = {office.port}\n", encoding="utf-8")
        assert (
            program.run("watch", "add", "coral", "coral", "--to", "mailto:ada@home.example", "--past")[0] == 0
        )
        with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
            put(archive, "a", "Coral")
        assert program.run("watch", "run")[0] == 0
        assert [letter["Subject"] for letter in office.letters] == ["New for coral"]
