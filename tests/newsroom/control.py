"""The switchboard of a newsroom, for shell scripts that run the real command between two steps.

Rules of this file: GET or POST alike. `/step` tells the present step, `/step/2` goes there, `/requests` is the
record as one JSON object a line, `/feeds.opml` the subscription list, `/forget` empties the record.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from tests.newsroom.server import Ask, Reply, wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.newsroom.asked import Asked

_USAGE = "ask for /step, /step/NUMBER, /requests, /feeds.opml or /forget\n"


class Controlled(Protocol):
    step: int

    @property
    def requests(self) -> tuple[Asked, ...]: ...

    def opml(self) -> bytes: ...

    def forget(self) -> None: ...


def answer_control(newsroom: Controlled, ask: Ask) -> Reply:
    match ask.target.strip("/").split("/"):
        case ["step"]:
            return _text(f"{newsroom.step}\n")
        case ["step", number] if number.isdecimal():
            newsroom.step = int(number)
            return _text(f"{newsroom.step}\n")
        case ["requests"]:
            return _text(_lines(newsroom.requests), "application/x-ndjson")
        case ["feeds.opml"]:
            return _text(newsroom.opml().decode(), "text/x-opml")
        case ["forget"]:
            newsroom.forget()
            return _text("forgotten\n")
        case _:
            return _text(_USAGE, status=404)


def _lines(rows: Iterable[Asked]) -> str:
    return "".join(json.dumps(asdict(row)) + "\n" for row in rows)


def _text(text: str, kind: str = "text/plain", status: int = 200) -> Reply:
    return Reply(status, wire(status, {"Content-Type": f"{kind}; charset=utf-8"}, text.encode()))
