"""Settings: names, kinds and defaults from config.py, reasons from the comments of config.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from aggregator import config
from aggregator.config.base import Section
from tests.reference.words import given

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parent.parent.parent / "config.toml"
_LINE = re.compile(r"^(?:# )?(\w+) = (.*?)(?:\s+# (.*))?$")
_SECTION = re.compile(r"^(?:# )?\[{1,2}(\w+)\]{1,2}$")
_MORE = re.compile(r"^(?:#)?\s{8,}# (.*)$")


@dataclass(frozen=True)
class Setting:
    section: str  # "[fetch]", "[[feed]]"
    name: str
    kind: str
    default: str  # as TOML; "" when it must be given
    says: str  # "" when config.toml does not tell


def settings() -> list[Setting]:
    told = _told()
    found = []
    for section, kind in _sections():
        bare = section.strip("[]")
        for field in msgspec.structs.fields(kind):
            default = "" if field.required else _toml(_default(field))
            says = told.get((bare, field.name)) or given()["settings"].get(f"{bare}.{field.name}", "")
            found.append(Setting(section, field.name, _kind(field.type), default, says))
    return found


def _sections() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Yield each section of the settings with its record, as `Config` has them."""
    for field in msgspec.structs.fields(config.Config):
        inner = getattr(field.type, "__args__", (field.type,))[0]
        if isinstance(inner, type) and issubclass(inner, Section):
            yield (f"[[{field.name}]]" if inner is not field.type else f"[{field.name}]"), inner


def _default(field: Any) -> object:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return "{}" if isinstance(value, dict) else str(value)


def _kind(type_: Any) -> str:
    """Return a type in words, with its bounds."""
    meta = next(
        (m for m in getattr(type_, "__metadata__", ()) if isinstance(m, msgspec.Meta)), msgspec.Meta()
    )
    base = getattr(type_, "__origin__", type_) if meta != msgspec.Meta() else type_
    names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
    word = names.get(base) or _container(str(base))
    choices = re.fullmatch(r"\^\(([\w|]+)\)\$", meta.pattern or "")
    if choices:
        return " or ".join(choices[1].split("|"))
    low = meta.ge if meta.ge is not None else meta.gt
    above = "above " if meta.gt is not None else "from "
    if low is not None and meta.le is not None:
        return f"{word}, {above}{low:,} to {meta.le:,}".replace(",", " ").replace("  ", ", ", 1)
    return f"{word}, {above}{low}" if low is not None else word


def _container(type_: str) -> str:
    if "dict" in type_:
        return "table"
    return "text or list" if "str |" in type_ else "list"


def _told() -> dict[tuple[str, str], str]:
    """Return the comment behind each setting of config.toml, those of several lines as one."""
    told: dict[tuple[str, str], str] = {}
    section, last = "", ("", "")
    for line in FILE.read_text("utf-8").splitlines():
        if found := _SECTION.match(line):
            section = found[1]
        elif found := _LINE.match(line):
            last = (section, found[1])
            told[last] = found[3] or ""
        elif (found := _MORE.match(line)) and told.get(last):
            told[last] += f" {found[1]}"
    return told


def missing() -> Iterator[str]:
    for setting in settings():
        if not setting.says:
            yield f"{setting.section} {setting.name}: config.toml says nothing of it"
    there = {(setting.section.strip("[]"), setting.name) for setting in settings()}
    for section, name in _told():
        if (section, name) not in there:
            yield f"[{section}] {name}: stands in config.toml and is no setting"
