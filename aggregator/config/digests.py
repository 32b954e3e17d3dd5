"""`[mail]` and `[[digest]]`: which digests there are, when they are made, what is in them and where they go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec

from aggregator.checks import bad_address, bad_path
from aggregator.config.base import Section
from aggregator.cron import parse_cron

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST_EDITION = "last edition"
FORMATS = ("html", "markdown", "text", "epub", "mail", "atom", "json-feed", "json")
_NO_TEXT = ("epub", "mail")  # so no template can make them
FILLED_IN = ("name", "date", "time", "number", "ext")
_SINCE = re.compile(rf"\d{{1,4}}(m|h|d|w|mo|y)|{LAST_EDITION}")
_LOOPBACK = re.compile(r"localhost|127\.[\d.]+|::1")

Count = Annotated[int, msgspec.Meta(ge=0, le=2000)]
Weight = Annotated[float, msgspec.Meta(ge=0, le=100)]


class MailSettings(Section, frozen=True):
    """`[mail]`: the server that takes letters."""

    host: str = ""  # "": no letters are sent
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0  # 0: 587, with tls = "tls" 465, with "off" 25
    tls: Annotated[str, msgspec.Meta(pattern="^(starttls|tls|off)$")] = "starttls"
    sender: str = ""  # the From address: Name <name@example.org>
    username: str = ""
    password: str = ""
    password_env: str = ""  # the environment variable that holds it, instead
    password_file: str = ""  # the file that holds it, instead
    seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 60.0  # for one answer of the server

    @property
    def at_port(self) -> int:
        return self.port or {"starttls": 587, "tls": 465, "off": 25}[self.tls]

    @property
    def is_set(self) -> bool:
        return bool(self.host and self.sender)

    def problems(self) -> Iterator[str]:
        if self.sender:
            yield from bad_address(self.sender, "[mail] sender")
        yield from bad_path(self.password_file, "[mail] password_file")
        if re.search(r"[\s/]", self.host):
            yield f"[mail] host: {self.host!r} must be the name of a server, without a scheme"
        given = [bool(each) for each in (self.password, self.password_env, self.password_file)]
        if sum(given) > 1:
            yield "[mail] needs only one of password, password_env and password_file"
        if any(given) and not self.username:
            yield "[mail] needs username for the password"
        if any(given) and self.tls == "off" and not _LOOPBACK.fullmatch(self.host):
            yield '[mail] tls = "off" would show the password to everybody on the way; use starttls or tls'


class SectionSettings(Section, frozen=True, forbid_unknown_fields=True):
    """One of a digest's own sections: what a search finds."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    query: Annotated[str, msgspec.Meta(min_length=1)]


class DigestSettings(Section, frozen=True):
    """One `[[digest]]`: a digest that the service makes by itself."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w .-]{1,60}$")]
    title: str = ""  # what stands at its head; "": its name
    at: str = "0 7 * * *"  # cron: minute hour day month weekday
    zone: str = ""  # whose clock that is, such as "Europe/Berlin"; "": this machine's
    since: str = LAST_EDITION  # how far back it reaches: that, or 12h, 1d, 1w
    query: str = ""  # only what this search finds
    sections: tuple[SectionSettings, ...] = ()  # sections that stand before those of the feeds' categories
    top: Count = 3  # stories of many sources that stand before all sections
    stories: Count = 60  # told with their first sentences
    per_section: Count = 12  # … in one section
    brief: Count = 120  # told in one line
    # Part of a category, feed or source → how much it counts; 0: not at all.
    weights: dict[str, Weight] = msgspec.field(default_factory=dict)
    images: bool = False  # show lead images, which are then loaded from their sites
    format: str | tuple[str, ...] = "html"  # one of `FORMATS`, or several
    output: str = "digests/{name}-{date}.{ext}"  # the file; "": none
    template: str = ""  # a Jinja template of your own, instead of what the format looks like
    maildir: str = ""  # a Maildir folder into which letters are put
    to: tuple[str, ...] = ()  # mail addresses; [mail] says how they are reached
    attach: tuple[str, ...] = ()  # formats that go along with a letter, such as "epub"
    command: tuple[str, ...] = ()  # a program and its arguments, which gets the digest on its input
    command_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0  # time for it
    # Whether it is sent again when a kill left open if it went out.
    in_doubt: Annotated[str, msgspec.Meta(pattern="^(again|never)$")] = "again"

    @property
    def formats(self) -> tuple[str, ...]:
        return (self.format,) if isinstance(self.format, str) else self.format


def bad_digests(digests: tuple[DigestSettings, ...], mail: MailSettings | None) -> Iterator[str]:
    for number, one in enumerate(digests):
        where = f"[[digest]] {one.name}:"
        if one.name in {other.name for other in digests[:number]}:
            yield f"{where} name is that of an earlier [[digest]]"
        yield from (f"{where} {problem}" for problem in _bad_schedule(one))
        yield from (f"{where} {problem}" for problem in _bad_forms(one))
        yield from (f"{where} {problem}" for problem in _bad_places(one, mail))


def _bad_schedule(one: DigestSettings) -> Iterator[str]:
    try:
        parse_cron(one.at)
    except ValueError as error:
        yield f"at: {error}"
    try:
        ZoneInfo(one.zone or "UTC")
    except (KeyError, ValueError, OSError):
        yield f"zone: {one.zone!r} is not a time zone; write for example Europe/Berlin"
    if not _SINCE.fullmatch(one.since):
        yield f"since: {one.since!r} must be {LAST_EDITION!r} or how long back: 90m, 12h, 1d, 1w, 1mo"


def _bad_forms(one: DigestSettings) -> Iterator[str]:
    for key, formats in (("format", one.formats), ("attach", one.attach)):
        for name in formats:
            if name not in FORMATS:
                yield f"{key}: {name!r} is not a format; choose among {', '.join(FORMATS)}"
    if one.template and one.formats[0] in _NO_TEXT:
        yield f"template: makes text, and {one.formats[0]} is none; let format begin with html, markdown or text"
    titles = [section.title for section in one.sections]
    if len(set(titles)) < len(titles):
        yield "sections: two have the same title"
    if re.search(r"[{}]", re.sub(rf"\{{({'|'.join(FILLED_IN)})\}}", "", one.output)):
        yield f"output: only {', '.join(f'{{{name}}}' for name in FILLED_IN)} are filled in"
    if one.output and {"json", "json-feed"} <= set(one.formats):
        yield "format: json and json-feed both end in .json, and would replace each other; make two digests of it"
    if len(one.formats) > 1 and one.output and "{ext}" not in one.output:
        yield "output: several formats need {ext} in it, or they replace each other"


def _bad_places(one: DigestSettings, mail: MailSettings | None) -> Iterator[str]:
    for name in ("output", "template", "maildir"):
        yield from bad_path(getattr(one, name), name)
    if not (one.output or one.maildir or one.to or one.command):
        yield "goes nowhere: give it output, maildir, to or command"
    for address in one.to:
        yield from bad_address(address, "to")
    if one.to and mail is not None and not mail.is_set:
        yield "to: needs host and sender in [mail]"
    if one.command and not one.command[0]:
        yield "command: its first word must be a program"
