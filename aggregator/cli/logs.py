"""Log lines: one event each, as text or as JSON, safe for a terminal, without secrets.

An event is written `what happened key=%s key=%r`: a few words, then its context. As JSON the same words and the same
keys, with the values as they are.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

from aggregator.cli.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_AT = "%Y-%m-%dT%H:%M:%S"
_KEY = re.compile(r"\s*\b(\w+)=%[a-z]")
_LOGIN = re.compile(r"(?<=://)[^/@\s'\"]*@")
# Names end where the next could begin: addresses come from outside, can be endless, and are read in one pass.
_NAME = re.compile(r"[?&;]([^?=&;\s]*)=")
_SECRET = re.compile(r"token|key|auth|secret|passw|pwd|sig|session|credential|access", re.IGNORECASE)
_VALUE_END = re.compile(r"[&;\s'\"#]|\Z")


def without_secrets(text: str) -> str:
    """Return text without the names, passwords and tokens that addresses in it carry."""
    text = _LOGIN.sub("…@", text)
    kept, at = [], 0
    for name in _NAME.finditer(text):
        if name.start() >= at and _SECRET.search(name[1]) and (end := _VALUE_END.search(text, name.end())):
            kept += [text[at : name.end()], "…"]
            at = end.start()
    return "".join([*kept, text[at:]])


class TextLines(logging.Formatter):
    """One event, one line: what comes from outside can neither begin a line of its own nor drive a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", _AT)

    def format(self, record: logging.LogRecord) -> str:
        return one_line(without_secrets(super().format(record).replace("\n", " | ")))


class JsonLines(logging.Formatter):
    """One event, one JSON object: at, level, event, and the event's context."""

    def format(self, record: logging.LogRecord) -> str:
        event, context = _parted(record)
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower(), "event": event,
            **context,
        }  # fmt: skip
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps({name: _plain(value) for name, value in line.items()})


def _parted(record: logging.LogRecord) -> tuple[str, Mapping[str, Any]]:
    """Return the words of an event and its context by key."""
    template, values = str(record.msg), record.args if isinstance(record.args, tuple) else ()
    names = _KEY.findall(template)
    if len(names) != template.count("%") or len(names) != len(values):
        return one_line(record.getMessage()), {}
    return _KEY.sub("", template).strip(), dict(zip(names, values, strict=True))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else without_secrets(str(value))


def log_to_stderr(level: str, form: str = "text") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("aggregator").setLevel(level.upper())
