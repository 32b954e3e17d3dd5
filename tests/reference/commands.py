"""Commands and options, from click."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aggregator.cli import cli
from tests.reference.words import given

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Option:
    names: str
    says: str  # "" when it has no description
    default: str


@dataclass(frozen=True)
class Argument:
    name: str  # "ID"
    says: str  # "" when only the command's help tells


@dataclass(frozen=True)
class Command:
    name: str  # with its group: "feeds add"
    usage: str
    says: str  # paragraphs, separated by an empty line
    examples: tuple[str, ...]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    has_json: bool


def commands() -> list[Command]:
    """Return every command, in the order of the help, groups before what is in them."""
    return list(_below(cli, click.Context(cli, info_name="aggregator"), ""))


def _below(group: click.Group, context: click.Context, above: str) -> Iterator[Command]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        inner = click.Context(command, info_name=name, parent=context)
        yield _command(command, inner, f"{above}{name}")
        if isinstance(command, click.Group):
            yield from _below(command, inner, f"{above}{name} ")


def _command(command: click.Command, context: click.Context, name: str) -> Command:
    says, examples = _paragraphs(command.help or "")
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    return Command(
        name=name,
        usage=" ".join(["aggregator", name, *command.collect_usage_pieces(context)]),
        says=says,
        examples=examples,
        options=tuple(
            _option(each, context) for each in options if not each.hidden and "--help" not in each.opts
        ),
        arguments=tuple(_arguments(command, context)),
        has_json=any("--json" in each.opts for each in options),
    )


def _arguments(command: click.Command, context: click.Context) -> Iterator[Argument]:
    """Yield the arguments; one that can be of several kinds (`URL|ID`) is several."""
    for each in command.params:
        if isinstance(each, click.Argument):
            for name in re.findall(r"\w+", each.make_metavar(context)):
                yield Argument(name, given()["arguments"].get(name, ""))


def _paragraphs(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a help text's paragraphs, and the lines that stand as they are: its examples."""
    said: list[str] = []
    examples: list[str] = []
    for part in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if part.startswith("\b"):
            examples += part.split("\n")[1:]
        else:
            said.append(" ".join(part.split()))
    return "\n\n".join(said), tuple(examples)


def _option(option: click.Option, context: click.Context) -> Option:
    names, says = option.get_help_record(context) or ("", "")
    says = re.sub(r"\s*\[default: [^]]*\]\s*$", "", says)
    says = says or next((given()["options"][name] for name in option.opts if name in given()["options"]), "")
    shown = option.default if option.show_default else None
    default = str(shown) if isinstance(shown, str | int | float) and not option.is_flag else ""
    return Option(names, says, default)


def global_options() -> tuple[Option, ...]:
    context = click.Context(cli, info_name="aggregator")
    return tuple(_option(each, context) for each in cli.params if isinstance(each, click.Option))


def exit_codes() -> list[tuple[str, str]]:
    """Return what the program ends with, from the words that its help ends with and its module begins with."""
    text = " ".join((inspect.getmodule(cli).__doc__ or "").split())
    found = re.search(r"Exit codes: (.*?)\.", text)
    assert found, "aggregator/cli/__init__.py tells no exit codes"
    return [tuple(part.split(" ", 1)) for part in found[1].split(", ")]


def missing() -> Iterator[str]:
    for command in commands():
        if not command.says:
            yield f"aggregator {command.name}: has no help text"
        yield from (
            f"aggregator {command.name} {o.names}: has no help" for o in command.options if not o.says
        )
        yield from (
            f"aggregator {command.name}: does not say what {each.name} is"
            for each in command.arguments
            if not each.says and each.name not in f"{command.says} {command.examples}"
        )
