"""Saved searches: what is watched for, and what is owed to whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportForm(StrEnum):
    """How hits are written for a file."""

    JSONL = "jsonl"  # a JSON object a line
    TEXT = "text"  # a line with when, title and source, a line with the address


@dataclass(frozen=True, slots=True)
class Watch:
    """A search whose new hits are reported, each once."""

    name: str
    query: str  # as typed
    file: str = ""  # absolute path of a file that grows
    command: tuple[str, ...] = ()  # program and arguments; gets JSON on its standard input
    mail: str = ""  # address
    form: ReportForm = ReportForm.JSONL
    past: bool = False  # what was there before it was made is reported, too
    since: datetime | None = None  # when it was made; None: when it was first seen


@dataclass(frozen=True, slots=True)
class Report:
    """Hits that are owed: recorded together with what makes them known, and gone once delivered."""

    id: int
    watch: str
    at: datetime
    payload: str  # what is delivered, in full
    offset: int | None = None  # size of the file before it was written to; None: not tried yet
    tries: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class WatchState:
    """How a watch is doing."""

    name: str
    query: str  # as it was when it was last looked at
    since: datetime
    checked_at: datetime
    reported: int  # hits, those that are owed included
    owed: int  # reports that could not be delivered yet
    error: str = ""  # of the last try
