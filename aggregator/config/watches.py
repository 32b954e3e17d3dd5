"""`[[watch]]`: saved searches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from aggregator.checks import bad_address, bad_path
from aggregator.config.base import Section
from aggregator.models import ReportForm, Watch
from aggregator.times import from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.config.digests import MailSettings

_MAIL = "mailto:"


class WatchSettings(Section, frozen=True):
    """One `[[watch]]`: a search whose new hits are told, each once."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w .-]{1,60}$")]
    query: str  # as one types it after `aggregator search`
    to: str | tuple[str, ...]  # a file that grows, mailto:…, or a list: a program and its arguments
    format: Annotated[str, msgspec.Meta(pattern="^(jsonl|text)$")] = "jsonl"  # of the file
    past: bool = False  # tell what was there before, too
    since: str = ""  # when it was made (`watch add` writes it); "": when the program first sees it


def watch_of(one: WatchSettings, folder: Path) -> Watch:
    """Return the saved search; a relative path starts in `folder`."""
    file = mail = ""
    if isinstance(one.to, str):
        mail = one.to.removeprefix(_MAIL) if one.to.startswith(_MAIL) else ""
        file = "" if mail else str(folder / Path(one.to).expanduser())
    return Watch(
        one.name,
        one.query,
        file=file,
        command=one.to if isinstance(one.to, tuple) else (),
        mail=mail,
        form=ReportForm(one.format),
        past=one.past,
        since=from_text(one.since) if one.since else None,
    )


def bad_watches(watches: tuple[WatchSettings, ...], mail: MailSettings | None) -> Iterator[str]:
    for number, one in enumerate(watches):
        where = f"[[watch]] {one.name}:"
        if one.name in {other.name for other in watches[:number]}:
            yield f"{where} name is that of an earlier [[watch]]"
        if not one.query.strip():
            yield f"{where} query is empty, so everything would be told"
        yield from (f"{where} {problem}" for problem in _bad_place(one, mail))
        try:
            if one.since:
                from_text(one.since)
        except ValueError:
            yield f"{where} since = {one.since!r}: must be an instant such as 2026-11-12T10:30:00Z"


def _bad_place(one: WatchSettings, mail: MailSettings | None) -> Iterator[str]:
    if not one.to or (isinstance(one.to, tuple) and not one.to[0]) or one.to == _MAIL:
        yield 'to must be a file, mailto:address, or a program with its arguments: ["program", "argument"]'
    elif isinstance(one.to, str) and one.to.startswith(_MAIL):
        yield from bad_address(one.to.removeprefix(_MAIL), "to")
        if mail is not None and not mail.is_set:
            yield "to: needs host and sender in [mail]"
    elif isinstance(one.to, str):
        yield from bad_path(one.to, "to")
