"""The reference says what the code says, all of it; `python -m tests.reference --write` makes it so again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.program import Program
from tests.reference import commands, fields, render, settings, tables
from tests.reference.__main__ import DOCS
from tests.reference.words import given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.reference.fields import Field

AGAIN = "run `python -m tests.reference --write`"


@pytest.fixture(scope="module")
def seen(sampled: Program, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Field]]:
    folder = tmp_path_factory.mktemp("seen") / "copy"
    shutil.copytree(sampled.folder, folder)
    return fields.outputs(Program(folder))


def test_the_reference_is_that_of_the_code(seen: Mapping[str, Sequence[Field]]) -> None:
    assert (DOCS / "reference.md").read_text("utf-8") == render.reference(seen), AGAIN


def test_the_manual_page_is_that_of_the_code() -> None:
    assert (DOCS / "aggregator.1").read_text("utf-8") == render.manual(), AGAIN


def test_every_command_option_and_setting_is_described() -> None:
    """A new one without a word of what it does is not finished."""
    assert [*commands.missing(), *settings.missing()] == []


def test_every_table_and_column_is_described() -> None:
    assert list(tables.missing()) == []


def test_every_field_of_json_is_described(seen: Mapping[str, Sequence[Field]]) -> None:
    assert list(fields.nameless(seen)) == []


def test_what_the_words_are_for_is_there(seen: Mapping[str, Sequence[Field]]) -> None:
    """Words for a command, an option or an argument that is no more are taken out."""
    names = {command.name for command in commands.commands()}
    places = names | {f"table {table.name}" for table in tables.tables()}
    general = {"calls", "maps", "arguments", "options", "settings", "everywhere", "tables"}
    assert set(given()) <= places | general
    assert set(given()["calls"]) | set(given()["maps"]) <= set(seen)
    told = {argument.name for command in commands.commands() for argument in command.arguments}
    assert set(given()["arguments"]) <= told


def test_what_is_not_described_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks above can fail: without the words for arguments, and without the comments of config.toml."""
    monkeypatch.setitem(given(), "arguments", {})
    assert "aggregator history: does not say what ID is" in list(commands.missing())
    monkeypatch.setattr(settings, "_told", dict)
    assert "[fetch] threads: config.toml says nothing of it" in list(settings.missing())
    monkeypatch.setitem(given(), "everywhere", {})
    assert "table articles, column byline: has no comment" in list(tables.missing())
