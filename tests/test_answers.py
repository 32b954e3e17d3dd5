"""What a worker answers is a value: whatever is written into the pickle, nothing of it acts."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from array import array
from collections import Counter, OrderedDict, deque
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml.etree import LxmlError

from aggregator.answers import opened, travels
from aggregator.deliver import run_command
from aggregator.discover import find_feed_links
from aggregator.errors import ParseError
from aggregator.models import Access, Crash, Kind, ParsedFeed, Response, Verdict
from aggregator.parse import parse_feed
from aggregator.reading import read_entry
from aggregator.workers import WorkerPool

if TYPE_CHECKING:
    from pathlib import Path

FEED = b"""<rss version="2.0"><channel><title>t</title><item><title>x</title><link>https://a.example/1</link>
<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><enclosure url="https://a.example/x.mp3" type="audio/mpeg" length="5"/>
<description>The bell</description></item></channel></rss>"""
PAGE = (
    b"<html lang=en><head><title>The bell</title></head><body><article><h1>The bell</h1>%s</article></body></html>"
    % (
        b"<p>The divers of Nordhaven looked for the bell below the quay, and in the end they found it there.</p>"
        * 9
    )
)


def pickled(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


@pytest.mark.parametrize(
    "value",
    [
        None, b"x", "é", 1.5, 2**70, (1, [2]), {"a": {3}}, frozenset((4,)), array("I", [1, 2]), Counter("aab"),
        OrderedDict(a=1), deque([1]), datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1), timedelta(1), Verdict.FULL,
        Kind.FEED, Crash("x"), Access("a", "b"), {Verdict.FULL: [Crash("x")]},
    ],
)  # fmt: skip
def test_a_value_is_itself(value: object) -> None:
    assert opened(pickled(value)) == value


def test_what_workers_answer_comes_whole() -> None:
    """Feeds, pages and links, and what is wrong with them."""
    feed = parse_feed(FEED, "https://a.example/feed")
    answer = Response("https://a.example/1", "https://a.example/1", 200, {"content-type": "text/html"}, PAGE)
    reading = read_entry(feed.entries[0], answer)
    assert reading.extracted.shingles
    links = find_feed_links(b"<link rel=alternate type=application/rss+xml href=/f>", "https://a.example/")
    for value in (feed, reading, links):
        assert opened(pickled(value)) == value
    error = opened(pickled(ParseError("no feed")))
    assert isinstance(error, ParseError)
    assert str(error) == "no feed"


def test_a_member_of_an_enumeration_may_be_named() -> None:
    """The first releases of Python 3.11 write it as an attribute of its class."""
    assert opened(pickled(Call(getattr, Verdict, "FULL"))) is Verdict.FULL


@pytest.mark.parametrize(
    ("error", "does"), [(ValueError("x"), True), (ParseError("x"), True), (LxmlError("x"), False)]
)
def test_only_exceptions_that_everyone_has_travel(error: Exception, does: bool) -> None:
    """Of a library only a worker has loaded it."""
    assert travels(error) is does


class Call:
    """A pickle that calls."""

    def __init__(self, what: Any, *words: Any) -> None:
        self.call = what, words

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


def altering(what: type, name: str, *, value: object) -> bytes:
    """Return GLOBAL, (None, {name: value}), BUILD: pickle sets what stands in such a state with `setattr`."""
    state = pickle.dumps((None, {name: value}), 2)[2:-1]
    return b"\x80\x02c" + f"{what.__module__}\n{what.__name__}\n".encode() + state + b"b."


@pytest.mark.parametrize(
    "call",
    [
        Call(os.system, "touch pwned"), Call(subprocess.Popen, ["touch", "pwned"]), Call(eval, "open('pwned', 'w')"),
        Call(exec, "open('pwned', 'w')"), Call(open, "pwned", "w"), Call(run_command, ["touch", "pwned"], "", "."),
        Call(__import__, "antigravity"), Call(getattr, os, "system"), Call(getattr, Crash, "__init__"),
        Call(WorkerPool, 1, 1.0, 1), Call(type, "X", (), {}), Call(sys.exit),
    ],
)  # fmt: skip
def test_nothing_is_called(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what the interpreter has nor what is ours and does something."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((pickle.UnpicklingError, AttributeError, TypeError)):
        opened(pickled(call))
    assert list(tmp_path.iterdir()) == []
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("what", [ParsedFeed, Access, Verdict, ParseError, Counter])
def test_no_class_is_altered(what: type) -> None:
    """Were it, every feed would be asked without a check of its certificate, for example."""
    before = dict(vars(what))
    with suppress(
        pickle.UnpicklingError, AttributeError, TypeError
    ):  # or what is altered is a maker, in vain
        opened(altering(what, "verify_tls", value=False))
    assert dict(vars(what)) == before


def test_an_answer_that_would_act_is_a_crash(tmp_path: Path) -> None:
    """From a worker that somebody has taken over."""
    with WorkerPool(1, 20.0, 1 << 30) as pool:
        outcome = pool.run(Call, os.mkdir, str(tmp_path / "pwned"))
    assert isinstance(outcome, Crash)
    assert not (tmp_path / "pwned").exists()
