"""config.toml → frozen, validated settings; every problem is told, all in one message.

Pure: text and the environment come in as arguments, paths are made absolute against the file's folder. An unknown
key is an error with a suggestion, because a setting that is silently ignored is worse than none. Each setting can
be overridden by `AGGREGATOR_<SECTION>_<KEY>`.
"""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
PREFIX = "AGGREGATOR_"


class Section(msgspec.Struct, frozen=True):
    """What every section is."""


class Subscriptions(Section, frozen=True):
    opml: str = "feeds.opml"  # the list of feeds, the source of truth


class ArchiveSettings(Section, frozen=True):
    path: str = "aggregator.db"  # one SQLite file with everything


class FetchSettings(Section, frozen=True):
    contact: str = ""  # an address or e-mail for the User-Agent, so that a publisher can reach you
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16  # downloads at the same time, all hosts together
    host_spacing: Seconds = 1.0  # seconds between two requests to one host
    deadline: Annotated[float, msgspec.Meta(gt=0)] = 30.0  # seconds for one download, redirects included
    max_feed_mb: Positive = 15
    max_page_mb: Positive = 10
    allow_networks: tuple[str, ...] = ()  # private networks that may be asked, e.g. "192.168.1.0/24"


class PollSettings(Section, frozen=True):
    interval: Annotated[int, msgspec.Meta(ge=15)] = 60  # minutes between two visits of a feed
    longest: Annotated[int, msgspec.Meta(ge=60)] = 1440  # minutes up to which a feed's own ttl is followed


class ServiceSettings(Section, frozen=True):
    tick: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 15  # seconds between two looks for due work
    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0  # processes that parse and extract; 0: one a core
    task_seconds: Annotated[float, msgspec.Meta(gt=0)] = 20.0  # time for one document
    task_memory_mb: Annotated[int, msgspec.Meta(ge=256)] = 1024  # memory of one worker process
    log_level: Annotated[str, msgspec.Meta(pattern="^(debug|info|warning|error)$")] = "info"


class DigestSettings(Section, frozen=True):
    """One `[[digest]]`: a digest that the service writes by itself."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w .-]{1,60}$")]
    at: str = "0 7 * * *"  # cron: minute hour day month weekday, in the machine's time zone
    since: Annotated[str, msgspec.Meta(pattern=r"^\d+(m|h|d|w|mo|y)$")] = "1d"  # how far back it reaches
    format: Annotated[str, msgspec.Meta(pattern="^(html|markdown)$")] = "html"
    output: str = "digests/{name}-{date}.{ext}"  # the file; {name}, {date} and {ext} are filled in


class Config(msgspec.Struct, frozen=True):
    """All settings, with absolute paths."""

    subscriptions: Subscriptions
    archive: ArchiveSettings
    fetch: FetchSettings
    poll: PollSettings
    service: ServiceSettings
    digest: tuple[DigestSettings, ...]
    folder: Path  # relative paths start here

    @property
    def opml_path(self) -> Path:
        return self.folder / Path(self.subscriptions.opml).expanduser()

    @property
    def archive_path(self) -> Path:
        return self.folder / Path(self.archive.path).expanduser()


_SECTIONS: dict[str, type[Section]] = {
    "subscriptions": Subscriptions,
    "archive": ArchiveSettings,
    "fetch": FetchSettings,
    "poll": PollSettings,
    "service": ServiceSettings,
}


def parse_config(text: str, *, name: str, folder: Path, environ: Mapping[str, str]) -> Config:
    """Read the text of config.toml; `name` is how messages call the file.

    Raises:
        ConfigError: with one line for each problem that there is.

    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not valid TOML: {error}") from error
    problems = list(_unknown_sections(document))
    sections = {
        key: _section(kind, document.get(key, {}), f"[{key}]", problems, _overrides(key, kind, environ))
        for key, kind in _SECTIONS.items()
    }
    digests = tuple(_digests(document.get("digest", []), problems))
    fetch = sections["fetch"]
    if isinstance(fetch, FetchSettings):
        problems.extend(_bad_networks(fetch.allow_networks))
    if problems:
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in problems))
    return Config(**sections, digest=digests, folder=folder.absolute())  # type: ignore[arg-type]  # keyed by section


def _unknown_sections(document: Mapping[str, Any]) -> Iterator[str]:
    for key in document:
        if key not in _SECTIONS and key != "digest":
            yield f"[{key}] is no section{_meant(key, [*_SECTIONS, 'digest'])}"


def _section(
    kind: type[Section], given: Any, where: str, problems: list[str], overrides: Mapping[str, Any]
) -> Section | None:
    """Convert one section key by key, so that every wrong key is told and not only the first."""
    if not isinstance(given, dict):
        problems.append(f"{where} must be a section of settings")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    good: dict[str, Any] = {}
    found = len(problems)
    for key, value in {**given, **overrides}.items():
        if key not in fields:
            problems.append(f"{where} {key} is not a setting{_meant(key, list(fields))}")
            continue
        try:
            good[key] = msgspec.convert(value, fields[key].type, strict=key not in overrides)
        except msgspec.ValidationError as error:
            problems.append(f"{where} {key} = {value!r}: {_in_words(str(error))}")
    missing = [
        name for name, field in fields.items() if field.required and name not in {**given, **overrides}
    ]
    problems.extend(f"{where} needs {name}" for name in missing)
    return kind(**good) if len(problems) == found else None


def _overrides(section: str, kind: type[Section], environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        value = environ.get(f"{PREFIX}{section}_{field.name}".upper())
        if value is not None:
            found[field.name] = value.split(",") if field.name == "allow_networks" else value
    return found


def _digests(given: Any, problems: list[str]) -> Iterator[DigestSettings]:
    if not isinstance(given, list):
        problems.append("digest is a list: write [[digest]], with two brackets")
        return
    for number, one in enumerate(given, 1):
        digest = _section(DigestSettings, one, f"[[digest]] {number}:", problems, {})
        if isinstance(digest, DigestSettings):
            yield digest


def _bad_networks(networks: tuple[str, ...]) -> Iterator[str]:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            yield f"[fetch] allow_networks: {error}; write for example 192.168.1.0/24"


def _meant(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"


_WORDS = {
    "Expected `int` >= ": "must be a whole number of at least ",
    "Expected `int` <= ": "must be a whole number of at most ",
    "Expected `float` >= ": "must be a number of at least ",
    "Expected `float` > ": "must be a number above ",
    "Expected `str` matching regex ": "must match ",
}


def _in_words(message: str) -> str:
    message = message.partition(" - at ")[0]
    for said, meant in _WORDS.items():
        if message.startswith(said):
            return meant + message.removeprefix(said)
    return message.replace("Expected", "must be", 1).replace("`", "")
