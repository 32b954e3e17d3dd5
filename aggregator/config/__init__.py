"""config.toml → frozen, validated settings; every problem is told, all in one message.

Pure: text and the environment come in as arguments, paths are made absolute against the file's folder. An unknown
key is an error with a suggestion, because a setting that is silently ignored is worse than none. Each setting can
be overridden by `AGGREGATOR_<SECTION>_<KEY>`. Passwords, headers and proxies are shown neither by `repr` nor in a
message.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from aggregator.checks import (
    RECHECK_WORDS,
    bad_contact,
    bad_headers,
    bad_listen,
    bad_networks,
    bad_path,
    bad_proxy,
    bad_recheck,
)
from aggregator.config.base import SECRET, Section
from aggregator.config.digests import LAST_EDITION, DigestSettings, MailSettings, bad_digests
from aggregator.config.saying import in_words, meant, nearest
from aggregator.config.watches import WatchSettings, bad_watches, watch_of
from aggregator.errors import ConfigError
from aggregator.models import Access
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aggregator.models import Watch

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
PREFIX = "AGGREGATOR_"
_TYPO = 0.8  # of their letters two names have in common, when one is likely meant to be the other

__all__ = [
    "LAST_EDITION", "Config", "DigestSettings", "FeedSettings", "parse_config",
]  # fmt: skip


class Subscriptions(Section, frozen=True):
    opml: str = "feeds.opml"  # the list of feeds, the source of truth

    def problems(self) -> Iterator[str]:
        yield from bad_path(self.opml, "[subscriptions] opml")


class ArchiveSettings(Section, frozen=True):
    path: str = "aggregator.db"  # one SQLite file with everything
    recheck: str | tuple[str, ...] = "auto"  # whose pages are looked at again for edits: off, auto or a list

    def problems(self) -> Iterator[str]:
        yield from bad_path(self.path, "[archive] path")
        yield from bad_recheck(self.recheck)


class FetchSettings(Section, frozen=True):
    contact: str = ""  # an address or e-mail for the User-Agent, so that a publisher can reach you
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16  # downloads at the same time, all hosts together
    host_spacing: Seconds = 1.0  # seconds between two requests to one host
    deadline: Annotated[float, msgspec.Meta(gt=0)] = 30.0  # seconds for one download, redirects included
    max_feed_mb: Positive = 15
    max_page_mb: Positive = 10
    allow_networks: tuple[str, ...] = ()  # private networks that may be asked, e.g. "192.168.1.0/24"
    robots: bool = True  # ask for robots.txt before pages, and obey it
    proxy: str = ""  # http://[name:password@]host:port for everything

    def problems(self) -> Iterator[str]:
        yield from bad_contact(self.contact)
        yield from bad_networks(self.allow_networks)
        yield from bad_proxy(self.proxy, "[fetch]")


class PollSettings(Section, frozen=True):
    # Requests for a feed and day, in the mean of all feeds; 0: every feed at `interval`.
    requests_per_day: Annotated[float, msgspec.Meta(ge=0, le=96)] = 8.0
    # Minutes between two visits of a feed, at least …
    interval: Annotated[int, msgspec.Meta(ge=15, le=10_080)] = 60
    # … and at most; errors back off further.
    longest: Annotated[int, msgspec.Meta(ge=60, le=43_200)] = 1440

    def problems(self) -> Iterator[str]:
        if self.interval > self.longest:
            yield f"[poll] interval = {self.interval}: is longer than longest = {self.longest}"


class ServiceSettings(Section, frozen=True):
    tick: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 15  # seconds between two looks for due work
    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0  # processes that parse and extract; 0: one a core
    task_seconds: Annotated[float, msgspec.Meta(gt=0)] = 20.0  # time for one document
    task_memory_mb: Annotated[int, msgspec.Meta(ge=256)] = 1024  # memory of one worker process
    log_level: Annotated[str, msgspec.Meta(pattern="^(debug|info|warning|error)$")] = "info"
    log_format: Annotated[str, msgspec.Meta(pattern="^(text|json)$")] = "text"
    listen: str = ""  # where /healthz and /metrics are, such as "127.0.0.1:9464"; "": nowhere

    def problems(self) -> Iterator[str]:
        yield from bad_listen(self.listen)


class FeedSettings(Section, frozen=True):
    """One `[[feed]]`: how one feed is asked, and its pages on the same host."""

    url: str  # exactly as in the list of feeds
    username: str = ""
    password: str = ""
    password_env: str = ""  # the environment variable that holds it, instead
    password_file: str = ""  # the file that holds it, instead
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    user_agent: str = ""
    proxy: str = ""
    verify_tls: bool = True
    obey_robots: bool = True


class Config(msgspec.Struct, frozen=True):
    """All settings, with absolute paths."""

    subscriptions: Subscriptions
    archive: ArchiveSettings
    fetch: FetchSettings
    poll: PollSettings
    service: ServiceSettings
    mail: MailSettings
    digest: tuple[DigestSettings, ...]
    feed: tuple[FeedSettings, ...]
    watch: tuple[WatchSettings, ...]
    folder: Path  # relative paths start here

    @property
    def opml_path(self) -> Path:
        return self.folder / Path(self.subscriptions.opml).expanduser()

    @property
    def archive_path(self) -> Path:
        return self.folder / Path(self.archive.path).expanduser()

    @property
    def watches(self) -> tuple[Watch, ...]:
        return tuple(watch_of(one, self.folder) for one in self.watch)

    def mail_password(self, read: Callable[[Path], str]) -> str:
        """Return the password of the mail server; `read` reads its file."""
        if not self.mail.password_file:
            return self.mail.password
        return read(self.folder / Path(self.mail.password_file).expanduser()).rstrip("\r\n")

    def accesses(self, read: Callable[[Path], str]) -> dict[str, Access]:
        """Return how each feed that has a `[[feed]]` is asked, by its address; `read` reads a password's file."""
        return {one.url: self._access(one, read) for one in self.feed}

    def _access(self, one: FeedSettings, read: Callable[[Path], str]) -> Access:
        password = one.password
        if one.password_file:
            password = read(self.folder / Path(one.password_file).expanduser()).rstrip("\r\n")
        return Access(
            username=one.username,
            password=password,
            headers=tuple(one.headers.items()),
            user_agent=one.user_agent,
            proxy=one.proxy,
            verify_tls=one.verify_tls,
            obey_robots=one.obey_robots,
        )


_SECTIONS: dict[str, type[Section]] = {
    "subscriptions": Subscriptions,
    "archive": ArchiveSettings,
    "fetch": FetchSettings,
    "poll": PollSettings,
    "service": ServiceSettings,
    "mail": MailSettings,
}
_LISTS = ("digest", "feed", "watch")
S = TypeVar("S", bound=Section)


def parse_config(text: str, *, name: str, folder: Path, environ: Mapping[str, str]) -> Config:
    """Read the text of config.toml; `name` is how messages call the file.

    Raises:
        ConfigError: with one line for each problem that there is.

    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not valid TOML: {error}") from error
    problems = [*_unknown_sections(document), *_unknown_variables(environ)]
    sections = {
        key: _section(kind, document.get(key, {}), f"[{key}]", problems, _overrides(key, kind, environ))
        for key, kind in _SECTIONS.items()
    }
    digests = tuple(_tables(DigestSettings, "digest", document, problems))
    feeds = tuple(_with_password(one, environ) for one in _tables(FeedSettings, "feed", document, problems))
    watches = tuple(_tables(WatchSettings, "watch", document, problems))
    for section in sections.values():
        problems.extend(section.problems() if section else ())
    mail = sections["mail"]
    mail = _with_mail_password(mail, environ, problems) if isinstance(mail, MailSettings) else None
    sections["mail"] = mail
    problems.extend(_bad_feeds(feeds))
    for found in (bad_digests(digests, mail), bad_watches(watches, mail)):
        problems.extend(found)
    if problems:
        raise ConfigError("\n".join(_placed(problem, name, environ) for problem in problems))
    return Config(**sections, digest=digests, feed=feeds, watch=watches, folder=folder.absolute())  # type: ignore[arg-type]  # keyed by section


def _placed(problem: str, name: str, environ: Mapping[str, str]) -> str:
    """Return a problem with where it stands: in the environment, if the value came from there, else in the file."""
    found = re.match(r"\[(\w+)\] (\w+)", problem)
    variable = f"{PREFIX}{found[1]}_{found[2]}".upper() if found else ""
    if found and variable in environ:
        return f"{variable}{problem[found.end() :]}"
    return problem if problem.startswith(PREFIX) else f"{name}: {problem}"


def _unknown_sections(document: Mapping[str, Any]) -> Iterator[str]:
    for key in document:
        if key in _SECTIONS or key in _LISTS:
            continue
        homes = [name for name, kind in _SECTIONS.items() if key in kind.__struct_fields__]
        if homes:
            yield f"{key} stands outside of its section: put it under [{homes[0]}]"
        else:
            yield f"[{key}] is not a section{meant(key, [*_SECTIONS, *_LISTS])}"


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables that are nearly those of a setting.

    Others are somebody else's: Kubernetes sets AGGREGATOR_SERVICE_HOST where a service of that name runs.
    """
    for section, kind in _SECTIONS.items():
        start = f"{PREFIX}{section}_".upper()
        known = [key.upper() for key in kind.__struct_fields__]
        for key in (name.removeprefix(start) for name in environ if name.startswith(start)):
            if key not in known and (close := nearest(key, known, cutoff=_TYPO)):
                yield f"{start}{key} is not a setting; did you mean {start}{close}?"


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
            problems.append(f"{where} {key} is not a setting{meant(key, list(fields))}")
            continue
        try:
            good[key] = msgspec.convert(value, fields[key].type, strict=key not in overrides)
        except msgspec.ValidationError as error:
            shown = "" if key in SECRET else f" = {value!r}"
            variable = f"{PREFIX}{where.strip('[]')}_{key}".upper() if key in overrides else f"{where} {key}"
            problems.append(f"{variable}{shown}: {in_words(str(error))}")
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
            found[field.name] = _listed(value) if _is_list(field.name, value) else value
    return found


def _is_list(name: str, value: str) -> bool:
    return name == "allow_networks" or (name == "recheck" and value not in RECHECK_WORDS)


def _listed(value: str) -> list[str]:
    """Return a list that is written with commas, or as in the file."""
    with contextlib.suppress(tomllib.TOMLDecodeError):
        if value.lstrip().startswith("["):
            return list(tomllib.loads(f"list = {value}")["list"])
    return [one.strip() for one in value.split(",") if one.strip()]


def _tables(kind: type[S], key: str, document: Mapping[str, Any], problems: list[str]) -> Iterator[S]:
    given = document.get(key, [])
    if not isinstance(given, list):
        problems.append(f"{key} is a list: write [[{key}]], with two brackets")
        return
    for number, one in enumerate(given, 1):
        table = _section(kind, one, f"[[{key}]] {number}:", problems, {})
        if isinstance(table, kind):
            yield table


def _with_password(one: FeedSettings, environ: Mapping[str, str]) -> FeedSettings:
    if not one.password and (found := environ.get(one.password_env)):
        return msgspec.structs.replace(one, password=found, password_env="")
    return one


def _with_mail_password(mail: MailSettings, environ: Mapping[str, str], problems: list[str]) -> MailSettings:
    if not mail.password_env:
        return mail
    if mail.password_env not in environ:
        problems.append(f"[mail] password_env: {mail.password_env} is not set in the environment")
    return msgspec.structs.replace(mail, password=environ.get(mail.password_env, ""), password_env="")


def _bad_feeds(feeds: tuple[FeedSettings, ...]) -> Iterator[str]:
    for number, one in enumerate(feeds, 1):
        where = f"[[feed]] {number}:"
        if not is_http(one.url):
            yield f"{where} url must be an http or https address"
        if one.url in {other.url for other in feeds[: number - 1]}:
            yield f"{where} url is that of an earlier [[feed]]"
        yield from bad_path(one.password_file, f"{where} password_file")
        yield from _bad_login(one, where)
        yield from bad_headers({**one.headers, "User-Agent": one.user_agent or "-"}, where)
        yield from bad_proxy(one.proxy, where)


def _bad_login(one: FeedSettings, where: str) -> Iterator[str]:
    given = [bool(each) for each in (one.password, one.password_env, one.password_file)]
    if one.password_env and not one.password:
        yield f"{where} password_env: {one.password_env} is not set in the environment"
    if sum(given) > 1:
        yield f"{where} needs only one of password, password_env and password_file"
    if any(given) and not one.username:
        yield f"{where} needs username for the password"
    if ":" in one.username:
        yield f"{where} username must not contain a colon"
