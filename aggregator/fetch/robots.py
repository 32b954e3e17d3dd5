"""robots.txt by RFC 9309, for pages: a host's rules are asked for once a day and kept in memory.

Feeds are not asked about: following one is what a person wants (so do Feedly and others); the pages behind
its entries are nearer to crawling. What an answer to /robots.txt means:
- 2xx: its rules; beyond the cap it is not read (2.5).
- 4xx but 429, more than five redirects, a redirect to no address: there are no rules (2.3.1.2, 2.3.1.3).
- 429, 5xx, an answer that breaks off: no page may be asked for (2.3.1.4), and we look again in 15 minutes.
  After a day of that there are no rules. The RFC lets a crawler of whole sites wait for 30 days; we ask for a
  few pages that a reader is waiting for.
- The host cannot be reached: neither can its pages; that is told as it is, and not remembered as a refusal.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from aggregator.fetch.failing import NoAnswer
from aggregator.models import Failure, FailureKind, Response
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "aggregator"  # noqa: S105  # our product token: the name by which rules may be made for us
KEPT_S = 24 * 3600.0  # RFC 9309, 2.4
LOOK_AGAIN_S = 15 * 60.0
PATIENCE_S = 24 * 3600.0  # without an answer
_CACHE_BYTES = 16 * 2**20  # of text
# Of text whose rules are kept ready, those used last: rules take 23 times the room of their text, so 15 MiB at most,
# and reading them anew takes 0.2 ms for 60 of them, 160 ms for the largest text.
_READY_BYTES = 640 * 2**10

_NO_RULES = frozenset((FailureKind.TOO_MANY_REDIRECTS, FailureKind.BAD_URL))
_UNREACHABLE = frozenset(
    (FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.FORBIDDEN_ADDRESS, FailureKind.HELD)
)
_AGENT = re.compile(r"\s*user[- ]?agent\b[\s:]*([^#]*)", re.IGNORECASE)  # as protego reads it
_NOBODY = "-"  # an agent that is not us
_OK, _REDIRECTION, _TOO_MANY, _SERVER_ERROR = 200, 300, 429, 500


@dataclass(frozen=True, slots=True)
class _Known:
    text: str | None  # None: not to be had at the moment
    until: float  # ask again from this instant on
    failing_since: float | None = None


class Rules(Protocol):
    """What a robots.txt says."""

    def can_fetch(self, url: str, agent: str) -> bool: ...

    def crawl_delay(self, agent: str) -> float | None: ...


def read_rules(text: str) -> Rules:
    from protego import Protego  # noqa: PLC0415  a poll asks for no page

    rules: Rules = Protego.parse(text)
    return rules


class Robots:
    """Thread-safe. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], read: Callable[[str], Rules] = read_rules) -> None:
        self._clock = clock
        self._read = read
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()  # by host, the one used last at the end
        self._size = 0
        self._ready: OrderedDict[str, Rules] = OrderedDict()  # the rules of known texts, the same way
        self._ready_size = 0

    def permit(self, url: str, ask: Callable[[str], Response | Failure]) -> float:
        """Return the Crawl-delay for `url` in seconds, 0.0 if there is none.

        Raises NoAnswer if `url` may not be asked for, or not now. `ask` fetches the rules, if need be.
        """
        known = self._look_up(host_of(url)) or self._learn(url, ask)
        if known.text is None:
            message = "robots.txt could not be fetched, so no page is requested"
            raise NoAnswer(FailureKind.HELD, message, known.until - self._clock())
        if not known.text:
            return 0.0
        rules = self._rules(host_of(url), known)
        if not rules.can_fetch(url, TOKEN):
            raise NoAnswer(FailureKind.ROBOTS, "robots.txt does not allow us to read this page")
        return rules.crawl_delay(TOKEN) or 0.0

    def _rules(self, host: str, known: _Known) -> Rules:
        """Return the rules of a text, read once for as long as it is known and used now and then."""
        with self._lock:
            if self._known.get(host) is known and host in self._ready:
                self._ready.move_to_end(host)
                return self._ready[host]
        rules = self._read(known.text or "")
        with self._lock:
            if self._known.get(host) is known and host not in self._ready:  # else it was forgotten meanwhile
                self._ready[host] = rules
                self._ready_size += _size(known)
                while self._ready_size > _READY_BYTES:
                    self._put_away(next(iter(self._ready)))
        return rules

    def _put_away(self, host: str) -> None:
        if self._ready.pop(host, None) is not None:
            self._ready_size -= _size(self._known[host])

    def _look_up(self, host: str) -> _Known | None:
        with self._lock:
            known = self._known.get(host)
            if known is None or known.until <= self._clock():
                return None
            self._known.move_to_end(host)
            return known

    def _learn(self, url: str, ask: Callable[[str], Response | Failure]) -> _Known:
        answer = ask(urljoin(url, "/robots.txt"))
        host, now = host_of(url), self._clock()
        with self._lock:
            old = self._known.get(host)
            known = _read(answer, now, old.failing_since if old else None)
            self._remember(host, known)
        if isinstance(answer, Failure) and known.text is None:
            message = answer.message if answer.kind in _UNREACHABLE else f"robots.txt: {answer.message}"
            raise NoAnswer(answer.kind, message, answer.retry_after)
        return known

    def _remember(self, host: str, known: _Known) -> None:
        self._forget(host)
        self._known[host] = known
        self._size += _size(known)
        while self._size > _CACHE_BYTES:
            self._forget(next(iter(self._known)))

    def _forget(self, host: str) -> None:
        self._put_away(host)
        if forgotten := self._known.pop(host, None):
            self._size -= _size(forgotten)

    def __len__(self) -> int:
        """Return how many hosts are remembered."""
        return len(self._known)


def _size(known: _Known) -> int:
    return 1024 + len(known.text or "")  # a host without rules costs something too


def _read(answer: Response | Failure, now: float, failing_since: float | None) -> _Known:
    """Return what an answer to a request for /robots.txt means."""
    text = _text(answer)
    if text is not None:
        return _Known(text, now + KEPT_S)
    since = now if failing_since is None else failing_since
    if isinstance(answer, Failure) and answer.kind in _UNREACHABLE:
        return _Known("" if now - since >= PATIENCE_S else None, now, since)
    return _Known("" if now - since >= PATIENCE_S else None, now + LOOK_AGAIN_S, since)


def _text(answer: Response | Failure) -> str | None:
    """Return the rules, "" if there are none, None if it is not known."""
    if isinstance(answer, Failure):
        return "" if answer.kind in _NO_RULES else None
    if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
        return None
    if not _OK <= answer.status < _REDIRECTION:
        return ""
    return "\n".join(map(_for_us, answer.body.decode("utf-8-sig", "replace").splitlines()))


def _for_us(line: str) -> str:
    """Return a line of robots.txt with all agents but us under one name.

    A parser keeps the rules of a group for each of its agents: ten thousand of both are more than a machine holds.
    An agent is us by its whole product token (RFC 9309, 2.2.1).
    """
    agent = _AGENT.match(line)
    name = agent[1].strip().lower() if agent else ""
    if not name or name == "*":
        return line
    product = re.split(r"[/\s]", name, maxsplit=1)[0].strip("*")
    return f"User-agent: {TOKEN if product == TOKEN else _NOBODY}"
