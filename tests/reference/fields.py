"""Fields of what `--json` prints: seen on a small archive, so that no list of them can be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.reference.commands import commands
from tests.reference.words import given, meaning
from tests.sample import edited

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tests.program import Program


@dataclass(frozen=True)
class Field:
    path: str  # "sightings[].feed_url"
    says: str  # "" when nobody does


def outputs(program: Program) -> dict[str, list[Field]]:
    """Return the fields that each command with --json prints, in their order."""
    names = [command.name for command in commands() if command.has_json]
    calls = _calls(program, names)
    maps = given()["maps"]
    return {
        name: [Field(path, meaning(path, name)) for path in _paths(program, calls[name], maps.get(name, ()))]
        for name in names
    }


def _calls(program: Program, names: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return how each command is called to see its fields; `words.toml` has the words for those that need any."""
    article_id = edited(program)
    address = str(program.ask("show", str(article_id))["url"])
    page = program.folder / "page.html"
    page.write_text(
        "<html><title>A page</title><article><p>" + "Some words. " * 60 + "</p></article></html>", "utf-8"
    )
    program.run(
        "watch", "add", "harbours", "harbour", "--to", str(program.folder / "harbours.jsonl"), "--past"
    )
    program.run("watch", "run")
    asked = {name: given()["calls"].get(name, [""]) for name in names}
    return {
        name: [
            [
                *name.split(),
                *one.format(edited=article_id, address=address, page=page, folder=program.folder).split(),
            ]
            for one in words
        ]
        for name, words in asked.items()
    }


def _paths(program: Program, calls: list[list[str]], maps: Collection[str]) -> list[str]:
    found: dict[str, None] = {}
    for call in calls:
        found.update(dict.fromkeys(_below(program.ask(*call), "", maps)))
    return [path for path in found if path]


def _below(value: Any, path: str, maps: Collection[str]) -> Iterator[str]:
    """Yield the path of every field; of `maps` the names are data (a verdict, a state), so none is below them."""
    if isinstance(value, list):
        for one in value:
            yield from _below(one, f"{path}[]" if path else "", maps)
    elif isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            if here not in maps:
                yield from _below(inner, here, maps)


def nameless(seen: Mapping[str, Sequence[Field]]) -> Iterator[str]:
    """Yield what is not described, a line each."""
    for name, fields in seen.items():
        if not fields:
            yield f"aggregator {name} --json: printed no field; give it words under [calls] in words.toml"
        yield from (
            f"aggregator {name} --json, {one.path}: nothing says what it is" for one in fields if not one.says
        )
