"""watch: saved searches. They stand in config.toml; a running service follows it."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.asking import QueryCommand
from aggregator.cli.exits import NOTHING_FOUND, SOME_FAILED
from aggregator.cli.logs import log_to_stderr
from aggregator.cli.terminal import hit_lines, json_out, note, out, table
from aggregator.counting import counted

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.models import Watch, WatchState


@click.group()
def watch() -> None:
    """Save searches, and be told of their new hits: in a file, by mail or by a command. The service does it by itself.

    \b
    aggregator watch add coral 'coral reef' lang:english --to coral.jsonl
    aggregator watch add quakes 'title:(quake OR Erdbeben)' --run 'notify-me --quiet'
    aggregator watch list
    """


@watch.command(cls=QueryCommand)
@click.argument("name")
@click.argument("words", nargs=-1, required=True, metavar="QUERY...")
@click.option(
    "--to", "place", default="", metavar="PLACE",
    help="Append hits to this file, or mail them: mailto:you@example.org.",
)  # fmt: skip
@click.option(
    "--run",
    "command",
    default="",
    metavar="COMMAND",
    help="Run this program; it reads JSON. No shell is used.",
)
@click.option("--format", "form", type=click.Choice(["jsonl", "text"]), default="jsonl", help="Of the file.")
@click.option("--past", is_flag=True, help="Also report hits that are already there.")
@pass_session
def add(
    session: Session, name: str, words: tuple[str, ...], place: str, command: str, form: str, past: bool
) -> None:
    """Save a search in config.toml. What is archived from now on is told, each hit once."""
    from aggregator.app import now
    from aggregator.cli.asking import read_query
    from aggregator.errors import UsageError
    from aggregator.times import to_text

    if bool(place) == bool(command):
        raise UsageError("say where hits go: either --to PLACE or --run COMMAND")
    if any(one.name == name for one in session.config.watch):
        raise UsageError(f"{name}: there is a watch of this name; `aggregator watch remove` takes it out")
    read_query(words, None, None, "")  # says how it is read, where that may surprise
    to: str | list[str] = place or _split(command)
    settings = {
        "name": name,
        "query": " ".join(words),
        "to": to,
        "format": form,
        "past": past,
        "since": to_text(now()),
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    text = _read(session.config_path).rstrip("\n")
    _write(session, text + "\n\n[[watch]]\n" + "\n".join(lines) + "\n")
    note(f"watching for {name}; a running service tells what is new, without one `aggregator watch run` does")


def _split(command: str) -> list[str]:
    from aggregator.errors import UsageError

    try:
        return shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--run: {str(error).lower()}") from error


def _read(path: Path) -> str:
    from aggregator.app import read_text

    return read_text(path, "`aggregator init` writes one, --config names another")


def _write(session: Session, text: str) -> None:
    """Write config.toml, if it is one that can be read."""
    import os

    from aggregator.config import parse_config
    from aggregator.deliver import write_file

    path = session.config_path
    parse_config(text, name=str(path), folder=path.parent, environ=os.environ)
    write_file(path, text)


@watch.command()
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    """Take a saved search out of config.toml. Hits already reported stay known if you add it again."""
    from aggregator.errors import UsageError

    _named(session, name)
    kept = without_table(_read(session.config_path), name)
    if kept is None:
        raise UsageError(
            f"{session.config_path}: [[watch]] {name} is written in a way that only you can edit"
        )
    _write(session, kept)
    note(f"no longer watching for {name}")


def without_table(text: str, name: str) -> str | None:
    """Return the text of a config.toml without one `[[watch]]`, all else as it is; None if it cannot be told apart."""
    import tomllib

    lines = text.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if line.lstrip().startswith("[")] + [len(lines)]
    for start, next_start in pairwise(starts):
        if lines[start].strip().partition("#")[0].strip() != "[[watch]]":
            continue
        end = _end_of_values(lines, start, next_start)
        try:
            tables = tomllib.loads("".join(lines[start:end]))["watch"]
        except tomllib.TOMLDecodeError:  # a value over several lines
            continue
        if tables[0].get("name") == name:
            before = lines[:start]
            while before and not before[-1].strip():
                before.pop()
            return "".join([*before, *lines[end:]])
    return None


def _end_of_values(lines: list[str], start: int, end: int) -> int:
    """Return where a table's own lines end: comments before the next table are that one's."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


@watch.command("list")
@click.option("--json", "wants_json", is_flag=True, help="One JSON list.")
@pass_session
def list_(session: Session, wants_json: bool) -> int:
    """List the saved searches. What they have told, and what they could not tell yet."""
    from aggregator.app import local_now, open_archive
    from aggregator.times import ago

    watches = session.config.watches
    states: dict[str, WatchState] = {}
    if session.config.archive_path.exists():
        with open_archive(session.config, writable=False) as archive:
            states = {state.name: state for state in archive.watches.states()}
    if wants_json:
        json_out([{**_as_json(one), "state": states.get(one.name)} for one in watches])
    elif watches:
        rows = []
        for one in watches:
            state = states.get(one.name)
            checked = ago(state.checked_at, local_now()) if state else "not yet"
            rows.append((one.name, one.query, _target(one), checked, state.reported if state else 0,
                         state.owed if state else 0, state.error if state else ""))  # fmt: skip
        table(rows, ("name", "query", "to", "looked", "hits", "undelivered", "trouble"))
    else:
        note("no watches yet; `aggregator watch add NAME QUERY --to FILE` does")
    return 0 if watches else NOTHING_FOUND


def _as_json(one: Watch) -> dict[str, object]:
    return {"name": one.name, "query": one.query, "to": list(one.command) or one.file or f"mailto:{one.mail}",
            "format": one.form, "past": one.past, "since": one.since}  # fmt: skip


def _target(one: Watch) -> str:
    return shlex.join(one.command) or one.file or one.mail


def _named(session: Session, name: str) -> Watch:
    from aggregator.errors import UsageError

    for one in session.config.watches:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in session.config.watches) or "none"
    raise UsageError(f"{name[:60]}: there is no such watch; there are: {known}")


@watch.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@pass_session
def run(session: Session, names: tuple[str, ...]) -> int:
    """Report new hits, each once.

    Without a service, cron does this after `aggregator archive`.
    """
    from aggregator.app import local_now, open_archive, reporter
    from aggregator.pipeline import check_watches, deliver_reports

    log_to_stderr("error")  # what cannot be delivered is told below
    watches = [_named(session, name) for name in names] or list(session.config.watches)
    if not watches:
        note("no watches yet")
        return NOTHING_FOUND
    with open_archive(session.config, writable=True) as archive:
        found = check_watches(archive, watches, local_now())
        arrived = sum(
            deliver_reports(archive, [one], reporter(session.config), local_now(), one.name)
            for one in watches
        )
        asked = {one.name for one in watches}
        states = [state for state in archive.watches.states() if state.name in asked]
        troubles = [(state.name, state.error) for state in states if state.error]
    for name, error in troubles:
        note(f"{name}: {error}")
    note(f"{counted(found, 'new hit')} · {counted(arrived, 'report')} delivered")
    return SOME_FAILED if troubles else 0


@watch.command()
@click.argument("name")
@click.option("--deliver", is_flag=True, help="Also send the newest hit, marked as a test.")
@pass_session
def test(session: Session, name: str, deliver: bool) -> int:
    """Show how the query is read, and its newest hits.

    Nothing is recorded.
    """
    from dataclasses import replace

    from aggregator.app import local_now, open_archive, reporter
    from aggregator.cli.asking import read_query
    from aggregator.export.reports import render_report
    from aggregator.models import Report, Sort
    from aggregator.query import explain_query

    one = _named(session, name)
    query, today = read_query((one.query,), None, None, "", limit=5)
    for line in explain_query(query, today.tzinfo):
        note(line)
    with open_archive(session.config, writable=False) as archive:
        hits = archive.index.search(replace(query, sort=Sort.NEW))
    for number, hit in enumerate(hits, 1):
        for shown in hit_lines(hit, today, number):
            out(shown)
    if not hits:
        note("nothing found")
        return NOTHING_FOUND
    if deliver:
        payload = render_report(replace(one, name=f"{one.name} (test)"), [hits[0].article], local_now())
        if not payload.startswith("{"):
            payload = f"A test of the watch {one.name}:\n{payload}"
        reporter(session.config)(one, Report(0, one.name, local_now(), payload), lambda _: None)
        note(f"sent the newest hit to {_target(one)}")
    return 0
