"""The corpus's HTTP scenarios: answers that a server gives one by one, and claims about the requests and the state.

A scenario's requests are counted over all addresses it names, redirects included. Times are simulated, except in
the few scenarios about slow and endless answers. Claims are read as they stand; where this project has decided
otherwise, `DECIDED` says so, and the claim is judged in that form.
"""

from __future__ import annotations

import json
import re
import resource
import time
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from aggregator.models import FeedState
from benchmarks.publisher import Asked, Exchange, InTurn, Said, rss
from benchmarks.scene import Scene
from tests.servers import Server, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


# A claim of a scenario that is read in another way, with the reason.
DECIDED: dict[str, dict[str, Any]] = {
    # One 410 may be a mishap of the server; two that are a day apart end the polling.
    "410-gone": {"max": 2, "always": 410},
    # A feed without validators is asked as often as others: once a day would lose entries of fast feeds. What its
    # document says and what was learnt of it still make it rarer.
    "daily-unconditional": {"min_gap_s": 3600},
}
PLACE = "a.example/feed.xml"
BODIES = {
    "A": rss("one", "two", "three", pages="http://a.example:{port}"),
    "B": rss("zero", "one", "two", "three", pages="http://a.example:{port}"),
    "gzip(A)": rss("one", "two", "three"),
    "<html>": b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>",
    "rss with <ttl>120</ttl><skipHours>0..5</skipHours>": rss(
        "one",
        channel="<ttl>120</ttl><skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(6)) + "</skipHours>",
    ),
    "rdf with sy:updatePeriod=daily": rss(
        "one",
        channel="<sy:updatePeriod>daily</sy:updatePeriod>",
        namespaces='xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"',
    ),
}
MB = 2**20
DAYS = 32
PERMANENT_DAYS = 12
DRIP_DEADLINE = 2.0  # seconds, in place of the 30 of the default


@dataclass
class Played:
    name: str
    wrong: list[str] = field(default_factory=list)


def play_all(file: Path, only: str = "") -> list[Played]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Played(row["id"], list(Play(row).wrong())) for row in rows if only in row["id"]]


class Play:
    """One scenario, played from its first answer until all that it claims can be judged."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.name = row["id"]
        self.responses: Sequence[Mapping[str, Any]] = row["responses"]
        self.decided: Mapping[str, Any] = DECIDED.get(self.name, {})
        self.given = 0
        self.peak_before = _peak_mb()
        self.new: dict[int, int] = {}  # number of the request → entries that its visit brought

    def wrong(self) -> Iterator[str]:
        if any(key in expect for expect in self.row["expect"] for key in ("ends_within_s", "bytes_read_max")):
            yield from self._endless()
            return
        with Scene() as self.scene:
            urls = self._serve()
            wanted = {"threads": 4, "spacing": 0.02} if "article" in self.name else {}
            with self.scene.reader(**wanted) as self.reader:
                self.url = urls[0]
                self.reader.follow(*urls)
                self._let_pass()
                self.log = [e for e in self.scene.publisher.log if e.asked.target in self._targets()]
                for expect in self.row["expect"]:
                    yield from self._judged(expect)

    # ------------------------------------------------------------------------------------------ the play

    def _serve(self) -> list[str]:
        """Make every address of the scenario answer; return those of its feeds."""
        places = dict.fromkeys(
            [response["url"].split("://")[1] for response in self.responses if "url" in response]
        )
        places = places or {PLACE: None}
        others = [r["headers"].get("Location", "") for r in self.responses]
        for place in [*places, *(each.split("://")[1] for each in others if "example" in each)]:
            self.scene.publisher.serve(place, self._answer)
        for page in ("zero", "one", "two", "three"):
            self.scene.publisher.serve(f"a.example/{page}", InTurn([_page(page)]))
        return [self.scene.publisher.url(place) for place in places]

    def _targets(self) -> set[str]:
        named = [r.get("url", "") for r in self.responses]
        named += [r["headers"].get("Location", "") for r in self.responses]
        return {"/feed.xml"} | {"/" + each.split("/", 3)[3] for each in named if each.count("/") >= 3}

    def _answer(self, asked: Asked) -> Said:
        response = self._next(asked)
        self.given += 1
        body = response["body"] or ""
        content = self._bytes(body)
        headers = {
            name: re.sub(r"https?://([\w.]+\.example)", rf"http://\1:{self.scene.publisher.port}", value)
            for name, value in response["headers"].items()
        }
        if body == "bomb":
            content = _bomb()
        if body == "bomb" or "Content-Length" in headers:  # it lies
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            return Said(200, raw=f"HTTP/1.1 200 OK\r\nConnection: close\r\n{head}\r\n".encode() + content)
        return Said(response["status"], headers, content)

    def _next(self, asked: Asked) -> Mapping[str, Any]:
        if any("url" in response for response in self.responses):
            return next(r for r in self.responses if r["url"].endswith(asked.place))
        if self.name == "stuck-304" and self.given:
            return self.responses[1 if asked.conditional else -1]
        if self.decided.get("always"):
            return self.responses[0]
        turn = self.given
        moves = len(self.responses) > 1 and any("Location" in r["headers"] for r in self.responses)
        return self.responses[turn % len(self.responses) if moves else min(turn, len(self.responses) - 1)]

    def _bytes(self, body: str) -> bytes:
        return BODIES.get(body, body.encode()).replace(b"{port}", str(self.scene.publisher.port).encode())

    def _let_pass(self) -> None:
        """Poll until every request that is spoken of has been made, or the longest claim can be judged."""
        until = self.scene.clock() + timedelta(days=self._days())
        restart = next((e["restart_after"] for e in self.row["expect"] if "restart_after" in e), 0)
        while self.scene.clock() < until and not self._enough():
            before = len(self.scene.publisher.log)
            new = sum(visit.new for visit in self.reader.poll())
            if "article" in self.name:
                self.reader.archive_pages()
            if len(self.scene.publisher.log) > before:
                self.new[self.given] = new
            if restart and self.given == restart:
                self.reader.restart()
            self.scene.clock.forward(minutes=10)

    def _days(self) -> float:
        spoken = [float(e.get("requests_within_s", 0)) / 86400 for e in self.row["expect"]]
        if any("feed_url_becomes" in e or "feed_url_stays" in e for e in self.row["expect"]):
            return PERMANENT_DAYS
        return max([*spoken, DAYS if self._needed() > 1 or self.name == "stuck-304" else 1 / 24])

    def _needed(self) -> int:
        """Return how many requests the claims speak of."""
        spoken: list[int] = [e.get("request", e.get("after", 0)) for e in self.row["expect"]]
        several = any("min_gap_s" in e or "gaps_grow" in e for e in self.row["expect"])
        return max(*spoken, 4 if several else 1, 2 if "article" in self.name else 1)

    def _enough(self) -> bool:
        waits = {"requests_within_s", "feed_url_becomes", "feed_url_stays"}
        if self.name == "stuck-304" or any(waits & set(e) for e in self.row["expect"]):
            return False
        return self.given >= self._needed()

    # --------------------------------------------------------------------------------------- the verdict

    def _judged(self, expect: Mapping[str, Any]) -> Iterator[str]:
        number = expect.get("request", 0)
        if number > len(self.log):
            yield f"request {number} was not made within {DAYS} days"
            return
        one = self.log[number - 1] if number else None
        for key, claim in expect.items():
            judge: Callable[[Any, Exchange | None], bool] | None = getattr(self, f"_is_{key}", None)
            if judge is not None and not judge(claim, one):
                asked = f" by request {number}: {dict(one.asked.headers)}" if one else ""
                yield f"{key} {claim!r} does not hold{asked}"
            elif judge is None and key not in KNOWN_ELSEWHERE:
                yield f"nobody judges {key}"

    def _is_has(self, claim: Mapping[str, str], one: Exchange | None) -> bool:
        return one is not None and all(one.asked.headers.get(n.lower()) == v for n, v in claim.items())

    def _is_has_one_of(self, claim: Sequence[Mapping[str, str]], one: Exchange | None) -> bool:
        return any(self._is_has(each, one) for each in claim)

    def _is_lacks(self, claim: Sequence[str], one: Exchange | None) -> bool:
        return one is not None and not any(name.lower() in one.asked.headers for name in claim)

    def _is_header_contains(self, claim: Mapping[str, str], one: Exchange | None) -> bool:
        return one is not None and all(v in one.asked.headers.get(n.lower(), "") for n, v in claim.items())

    def _is_header_matches(self, claim: Mapping[str, str], one: Exchange | None) -> bool:
        return one is not None and all(
            re.search(v, one.asked.headers.get(n.lower(), "")) for n, v in claim.items()
        )

    def _is_header_lacks_text(self, claim: Mapping[str, str], one: Exchange | None) -> bool:
        return one is not None and all(
            v not in one.asked.headers.get(n.lower(), "") for n, v in claim.items()
        )

    def _is_exact_target(self, _claim: bool, one: Exchange | None) -> bool:
        return one is not None and one.asked.target == "/feed.xml"

    def _wait(self, one: Exchange) -> float:
        before = self.log[self.log.index(one) - 1]
        return (one.asked.at - before.asked.at).total_seconds()

    def _is_not_before_s(self, claim: float, one: Exchange | None) -> bool:
        return one is not None and self._wait(one) >= claim

    def _is_not_after_s(self, claim: float, one: Exchange | None) -> bool:
        return one is not None and self._wait(one) <= claim + 600  # the step of the play

    def _is_not_in_gmt_hours(self, claim: Sequence[int], one: Exchange | None) -> bool:
        return one is not None and one.asked.at.hour not in claim

    def _is_new_items(self, claim: int | str, _: Exchange | None) -> bool:
        number = next(e["after"] for e in self.row["expect"] if e.get("new_items") == claim)
        new = self.new.get(number, 0)
        return new > 0 if claim == ">0" else new == claim

    def _gaps(self) -> list[float]:
        return [(b.asked.at - a.asked.at).total_seconds() for a, b in pairwise(self.log)]

    def _is_min_gap_s(self, claim: float, _: Exchange | None) -> bool:
        claim = self.decided.get("min_gap_s", claim)
        return min(self._gaps(), default=claim) >= claim

    def _is_gaps_grow(self, _claim: bool, _: Exchange | None) -> bool:
        return all(after > before for before, after in pairwise(self._gaps()))

    def _is_max(self, claim: int, _: Exchange | None) -> bool:
        most: int = self.decided.get("max", claim)
        return len(self.log) <= most

    def _is_feed_state(self, claim: str, _: Exchange | None) -> bool:
        feed = self.reader.feed(self.url)
        if claim == "gone":
            return feed is not None and feed.state is FeedState.GONE
        return feed is not None and feed.state is FeedState.ACTIVE and feed.failures > 0

    def _is_feed_url_becomes(self, claim: str, _: Exchange | None) -> bool:
        return self.reader.feed(self.scene.publisher.url(claim.split("://")[1])) is not None

    def _is_feed_url_stays(self, _claim: bool, _: Exchange | None) -> bool:
        return self.reader.feed(self.url) is not None

    def _is_max_hops(self, claim: int, _: Exchange | None) -> bool:
        return len(self.log) <= claim

    def _is_refused(self, _claim: bool, _: Exchange | None) -> bool:
        feed = self.reader.feed(self.url)
        return feed is not None and "allow it in" in feed.last_error

    def _unconditional_days(self) -> list[float]:
        first = self.log[0].asked.at
        return [(e.asked.at - first) / timedelta(days=1) for e in self.log[1:] if not e.asked.conditional]

    def _is_an_unconditional_request_within_days(self, claim: float, _: Exchange | None) -> bool:
        return min(self._unconditional_days(), default=claim + 1) <= claim

    def _is_but_not_within_days(self, claim: float, _: Exchange | None) -> bool:
        return min(self._unconditional_days(), default=claim + 1) > claim

    def _is_items_lost(self, claim: int, _: Exchange | None) -> bool:
        feed = self.reader.feed(self.url)
        return feed is not None and 3 - feed.entries == claim

    def _is_memory_max_mb(self, claim: float, _: Exchange | None) -> bool:
        # inside of a process that was larger before, what it grew by is all that can be told
        return _peak_mb() <= max(claim, self.peak_before + claim / 2)

    def _is_max_parallel_per_host(self, claim: int, _: Exchange | None) -> bool:
        return max(self.scene.publisher.most_at_once.values()) <= claim

    def _is_page_requests_max(self, claim: int, _: Exchange | None) -> bool:
        pages = [len(self.scene.publisher.to(f"a.example/{page}")) for page in ("one", "two", "three")]
        return max(pages) <= claim and min(pages) >= 1

    # ------------------------------------------------------------------------------- answers without an end

    def _endless(self) -> Iterator[str]:
        """Play an answer that drips or never ends, in real time."""
        sent = [0]

        def speak(wire: Wire) -> None:
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n")
            if "drip_bytes_per_s" in self.responses[0]:
                wire.drip(BODIES["A"])
            while not wire.closing.is_set():
                wire.send(b"<item></item>" * 1000)
                sent[0] += 13_000

        with (
            Scene() as scene,
            Server({"/feed.xml": speak}) as server,
            scene.reader(deadline=DRIP_DEADLINE) as reader,
        ):
            reader.follow(server.url("/feed.xml"))
            began = time.monotonic()
            visits = reader.poll()
            took = time.monotonic() - began
        if not visits or not visits[0].failed:
            yield "the feed is not in trouble"
        if took > DRIP_DEADLINE + 2:
            yield f"took {took:.1f} s with a deadline of {DRIP_DEADLINE} s"
        most = next((e["bytes_read_max"] for e in self.row["expect"] if "bytes_read_max" in e), None)
        if most is not None and sent[0] > most + 8 * MB:  # what the sockets hold was sent, not read
            yield f"{sent[0]} bytes were sent"


def _page(title: str) -> Said:
    words = "".join(f"<p>Sentence {number} of what page {title} says of itself.</p>" for number in range(40))
    text = f"<html><body><article><h1>{title}</h1>{words}</article></body></html>"
    return Said(200, {"Content-Type": "text/html"}, text.encode(), delay=0.02)


def _bomb() -> bytes:
    """Return 200 MB of nothing, compressed without ever being whole."""
    squeezing = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    return b"".join(squeezing.compress(bytes(MB)) for _ in range(200)) + squeezing.flush()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# Read together with another claim, or what to prefer where two are right.
KNOWN_ELSEWHERE = {"request", "after", "restart_after", "requests_within_s", "prefer"}
