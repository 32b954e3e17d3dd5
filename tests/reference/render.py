"""The reference as Markdown, and the manual page as man(7) reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.reference.commands import commands, exit_codes, global_options
from tests.reference.settings import settings
from tests.reference.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.reference.commands import Command, Option
    from tests.reference.fields import Field

HEAD = """\
# Reference

Written from the code by `python -m tests.reference --write`; a test fails when the two differ.

"""


def reference(fields: Mapping[str, Sequence[Field]]) -> str:
    """Return docs/reference.md; `fields` are those that each command prints with --json."""
    parts = [HEAD, *_commands(fields), *_settings(), *_exit_codes(), *_tables()]
    return "".join(parts)


def _commands(fields: Mapping[str, Sequence[Field]]) -> Iterator[str]:
    yield "## Commands\n\nBefore the command:\n\n"
    yield from _options(global_options())
    for command in commands():
        yield f"### {command.name}\n\n    {command.usage}\n\n{command.says}\n\n"
        if command.examples:
            yield "".join(f"    {line.strip()}\n" for line in command.examples) + "\n"
        if command.arguments:
            yield "".join(f"- {_code(a.name)}: {a.says or 'see above'}\n" for a in command.arguments) + "\n"
        yield from _options(command.options)
        if fields.get(command.name):
            yield "With `--json`:\n\n| field | what it is |\n|---|---|\n"
            yield (
                "".join(f"| {_code(one.path)} | {_cell(one.says)} |\n" for one in fields[command.name]) + "\n"
            )


def _options(options: Sequence[Option]) -> Iterator[str]:
    if options:
        yield "| option | what it does | default |\n|---|---|---|\n"
        yield (
            "".join(f"| {_code(o.names)} | {_cell(o.says)} | {_code(o.default)} |\n" for o in options) + "\n"
        )


def _settings() -> Iterator[str]:
    yield "## Settings\n\nIn config.toml. Each can be overridden by `AGGREGATOR_SECTION_NAME` in the environment.\n"
    section = ""
    for one in settings():
        if one.section != section:
            section = one.section
            yield f"\n### {section}\n\n| setting | kind | default | what for |\n|---|---|---|---|\n"
        default = _code(one.default) if one.default else "must be given"
        yield f"| {_code(one.name)} | {_cell(one.kind)} | {default} | {_cell(one.says)} |\n"
    yield "\n"


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n\n| code | meaning |\n|---|---|\n"
    yield "".join(f"| {code} | {meaning} |\n" for code, meaning in exit_codes()) + "\n"


def _tables() -> Iterator[str]:
    yield "## Tables of the archive\n\nOne file. Instants are UTC in ISO 8601 with `Z`; a key is marked with *.\n"
    for table in tables():
        yield f"\n### {table.name}\n\nOne row: {table.says}.\n\n| column | type | what it is |\n|---|---|---|\n"
        for column in table.columns:
            yield f"| {_code(column.name)}{'*' * column.is_key} | {column.type or 'TEXT'} | {_cell(column.says)} |\n"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|") if text else ""


def _cell(text: str) -> str:
    """Return text as the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


# -------------------------------------------------------------------------------------------- manual page


def manual() -> str:
    """Return docs/aggregator.1: the commands with their options, the exit codes, the files."""
    lines = [
        '.TH AGGREGATOR 1 "" aggregator "User commands"',
        ".SH NAME",
        "aggregator \\- follow feeds, keep the full text behind every entry, search it, read it as a digest",
        ".SH SYNOPSIS",
        ".B aggregator",
        "[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...",
        ".SH OPTIONS",
        *_man_options(global_options()),
        ".SH COMMANDS",
        *(line for command in commands() for line in _man_command(command)),
        ".SH EXIT STATUS",
        *(line for code, meaning in exit_codes() for line in (".TP", f".B {code}", _roff(meaning))),
        ".SH FILES",
        ".TP", ".I config.toml", "The settings: in the current folder, or in that of the user's configuration.",
        ".TP", ".I feeds.opml", "The list of feeds.",
        ".TP", ".I aggregator.db", "The archive, one SQLite file.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _man_command(command: Command) -> Iterator[str]:
    yield ".SS " + _roff(command.usage)
    for paragraph in command.says.split("\n\n"):
        yield from (_roff(paragraph), ".PP")
    if command.examples:
        yield from (".nf", *(_roff("  " + line.strip()) for line in command.examples), ".fi")
    yield from _man_options(command.options)


def _man_options(options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        says = option.says + (f" Default: {option.default}." if option.default else "")
        yield from (".TP", f".B {_roff(option.names)}", _roff(says))


def _roff(text: str) -> str:
    """Return text that groff prints as it is: no line is a request, no character an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
