"""What a name means: comments of the records' fields, and `words.toml` for what they leave open."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "aggregator"
_FIELD = re.compile(r"^ {4}(\w+): [^=\n]+")


@cache
def given() -> dict[str, Any]:
    return tomllib.loads((HERE / "words.toml").read_text("utf-8"))


def meaning(path: str, place: str) -> str:
    """Return what a name means in a place, a command or a table; "" when nobody says.

    What `words.toml` says of it in that place comes first, then what it says of the name everywhere, then the comments
    that fields of that name have, if they agree.
    """
    name = path.rpartition(".")[2].removesuffix("[]")
    for words in (given().get(place, {}), given()["everywhere"]):
        for key in (path, name):
            if key in words:
                return str(words[key])
    told = comments().get(name, set())
    return next(iter(told)) if len(told) == 1 else ""


@cache
def comments() -> dict[str, set[str]]:
    """Return the comments of the fields of the records that rooms hand to each other, by name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((PACKAGE / "models").glob("*.py")):
        text = path.read_text("utf-8")
        if "@dataclass" not in text:
            continue
        lines = text.splitlines()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (field := _FIELD.match(lines[token.start[0] - 1])):
                found[field[1]].add(token.string.lstrip("# "))
    return dict(found)
