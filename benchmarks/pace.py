"""When the poller asks: conditional requests, freshness, hints, restarts. Each rule plays its scene."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.publisher import Asked, Honest, InTurn, Said, rss
from benchmarks.scene import Breach, Scene, early, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# How often a feed may be asked without validators, to see whether they lie; and one that was caught lying.
GUARDS = {"honest": timedelta(days=7), "liar": timedelta(days=1)}
FEED = rss("one", "two", "three")
# Validators as servers in the wild give them: (ETag, Last-Modified).
VALIDATORS = {
    "strong": ('"27dc5-556d73fd7fa43"', ""),
    "weak": ('W/"f00008527fff63e7daa1cc509244814d72b199d7"', ""),
    "comma": ('"a,b", "c"', ""),
    "latin": ('"caf\xe9-\xff-\xa1"', ""),
    "gzip": ('W/"x-gzip"', ""),
    "unquoted": ("78790a6a7d6bddd10f6f9c412f2aba97", ""),
    "long": ('"' + "x" * 4094 + '"', ""),
    "date": ('"Sat, 16 Nov 2041 19:11:00 GMT"', ""),
    "modified": ("", "Wed, 16 Aug 2017 04:22:52 GMT"),
    "odd": ("", "Wed, 16-Aug-17 04:22:52 GMT"),
    "both": ('"a"', "Wed, 16 Aug 2017 04:22:52 GMT"),
}
DIGITS = "9" * 5000


def conditional_requests(quick: bool) -> Iterator[Breach]:
    """48 hours, nothing changes, ten restarts: one request without validators, all others with exactly those."""
    with Scene() as scene, scene.reader() as reader:
        for name, (etag, modified) in VALIDATORS.items():
            reader.follow(scene.publisher.serve(f"{name}.example/feed.xml", Honest(FEED, etag, modified)))
        for _ in range(2 if quick else 10):
            reader.run(hours=4.8)
            reader.restart()
        for name, wanted in VALIDATORS.items():
            asked = scene.publisher.to(f"{name}.example/feed.xml")
            yield from _wrong_conditions(asked, wanted)
            yield from _missed(asked, 3, "in two days")
        yield from scene.standing_breaches()


def _wrong_conditions(asked: list[Asked], wanted: tuple[str, str]) -> Iterator[Breach]:
    for each in asked[1:]:
        if not each.conditional:
            yield Breach("unconditional_extra", f"{shown(each)}: a second request without validators")
        elif (each.etag, each.since) != wanted:
            yield Breach("validators_wrong", f"{shown(each)}: sent {(each.etag, each.since)}, not {wanted}")


def _missed(asked: list[Asked], least: int, when: str) -> Iterator[Breach]:
    if len(asked) < least:
        yield Breach("missed", f"{asked[0].place if asked else 'a feed'}: asked {len(asked)} times {when}")


def guarded_against_lies(quick: bool) -> Iterator[Breach]:
    """A server that says 304 for ever is seen through within a guard period; an honest one is not bothered."""
    days = 9 if quick else 22
    with Scene() as scene, scene.reader(hours=6) as reader:
        honest = scene.publisher.serve("honest.example/feed.xml", Honest(FEED, '"a"'))
        liar = scene.publisher.serve("liar.example/feed.xml", _liar(scene.clock()))
        reader.follow(honest, liar)
        reader.run(days=days)
        for name, guard in GUARDS.items():
            whole = [each for each in scene.publisher.to(f"{name}.example/feed.xml") if not each.conditional]
            for before, after in pairwise(whole):
                if after.at - before.at < guard:
                    gap = after.at - before.at
                    yield Breach("unconditional_extra", f"{shown(after)}: {gap} after the last without")
        found = reader.feed(liar)
        if found is None or found.entries < 4:
            yield Breach("missed", f"{liar}: what 304 hid was not found in {days} days")
        yield from _missed(scene.publisher.to("honest.example/feed.xml"), days, f"in {days} days")
        yield from scene.standing_breaches()


def _liar(start: datetime) -> Callable[[Asked], Said]:
    """Announce a fourth entry after a day, and never tell those who ask conditionally."""
    given = {"ETag": '"for-ever"', "Last-Modified": "Sat, 16 Nov 2041 19:11:00 GMT"}

    def answer(asked: Asked) -> Said:
        if asked.conditional:
            return Said(304, given)
        return Said(
            200, given, rss("four", "one", "two", "three") if asked.at > start + timedelta(1) else FEED
        )

    return answer


# ------------------------------------------------------------------------------------------- freshness

HALF_DAY = {"Cache-Control": "max-age=43200"}
HOUR = 3600
# name: headers of a 200, headers of a 304, seconds that follow from each
FRESH: dict[str, tuple[Mapping[str, str], Mapping[str, str], int, int]] = {
    "max-age": (HALF_DAY, {}, 43200, HOUR),
    "max-age-304": ({}, HALF_DAY, HOUR, 43200),
    "age": ({**HALF_DAY, "Age": "36000"}, {**HALF_DAY, "Age": "40000"}, 7200, HOUR),
    "age-garbage": ({**HALF_DAY, "Age": "-1"}, {**HALF_DAY, "Age": DIGITS}, 43200, HOUR),
    "no-cache": ({"Cache-Control": "no-cache, max-age=43200"}, {}, HOUR, HOUR),
    "quoted": ({"Cache-Control": 'public, Max-Age="43200"'}, HALF_DAY, 43200, 43200),
    "garbage": ({"Cache-Control": "max-age=abc"}, {"Cache-Control": "max-age=-1"}, HOUR, HOUR),
    "expires-zero": ({"Expires": "0"}, {"Expires": "-1"}, HOUR, HOUR),
    "expires-past": ({"Expires": "Mon, 01 Jan 1990 00:00:00 GMT"}, {"Expires": "garbage"}, HOUR, HOUR),
    "max-age-wins": ({**HALF_DAY, "Expires": "0"}, {}, 43200, HOUR),
}


def freshness(quick: bool) -> Iterator[Breach]:
    """Nobody is asked again before what he said to be fresh has aged, on whatever status he said it."""
    with Scene() as scene, scene.reader() as reader:
        for name, (on_200, on_304, *_) in FRESH.items():
            feed = Honest(FEED, '"a"', headers=on_200, headers_304=on_304)
            reader.follow(scene.publisher.serve(f"{name}.example/feed.xml", feed))
        for name, answering in _by_the_clock().items():
            reader.follow(scene.publisher.serve(f"{name}.example/feed.xml", answering))
        reader.run(hours=15 if quick else 48)
        for name, (*_, after_200, after_304) in FRESH.items():
            asked = scene.publisher.to(f"{name}.example/feed.xml")
            yield from early(asked, timedelta(seconds=after_200), name, timedelta(seconds=after_304))
            yield from _missed(asked, 2, "in half a day or more")
        for name in _by_the_clock():
            asked = scene.publisher.to(f"{name}.example/feed.xml")
            seconds = int(name.rpartition("-")[2])
            yield from early(asked, timedelta(seconds=seconds), name)
        yield from scene.standing_breaches()


def _by_the_clock() -> dict[str, Callable[[Asked], Said]]:
    """Return servers whose dates count from the moment; the seconds to wait stand at the end of their names."""

    def expires(
        after_h: float, clock_wrong_h: float = 0.0, *, tells_date: bool = True
    ) -> Callable[[Asked], Said]:
        def answer(asked: Asked) -> Said:
            date = asked.at + timedelta(hours=clock_wrong_h)
            headers = {"Expires": format_datetime(date + timedelta(hours=after_h), usegmt=True)}
            headers |= {"Date": format_datetime(date, usegmt=True) if tells_date else ""}
            return Said(304 if asked.conditional else 200, {"ETag": '"a"', **headers}, FEED)

        return answer

    def failing(status: int) -> Callable[[Asked], Said]:
        return lambda _: Said(status, HALF_DAY, b"sorry")

    return {
        "expires-18000": expires(5, tells_date=False),
        "expires-slow-clock-7200": expires(2, -300),
        "expires-fast-clock-7200": expires(2, 300),
        "fresh-404-43200": failing(404),
        "fresh-429-43200": failing(429),
        "fresh-503-43200": failing(503),
    }


# ------------------------------------------------------------------------------------------ Retry-After

CAP = timedelta(days=31)


def _retry_after(said: str, at: datetime) -> str:
    return format_datetime(at + timedelta(hours=3), usegmt=True) if said == "date" else said


NEAR = {"3600": HOUR, "7200": 7200, "date": 3 * HOUR, "-5": 0, "\xb2": 0, "soon": 0, "": 0}
FAR = ("1" + "0" * 20, DIGITS)


def retry_after(quick: bool) -> Iterator[Breach]:
    """After 429 or 503 with Retry-After nothing is asked of the whole host, not even after a restart."""
    near = {said: timedelta(seconds=wait) for said, wait in NEAR.items()}
    if quick:
        yield from _held({said: near[said] for said in ("date", "7200", "-5")}, timedelta(hours=5))
    else:
        yield from _held(near, timedelta(hours=10))
        yield from _held(dict.fromkeys(FAR, CAP), timedelta(days=36))


def _held(waits: Mapping[str, timedelta], length: timedelta) -> Iterator[Breach]:
    with Scene() as scene, scene.reader() as reader:
        hosts: dict[str, timedelta] = {}
        for status in (429, 503):
            for number, (said, wait) in enumerate(waits.items()):
                host = f"s{status}-{number}.example"
                hosts[host] = wait
                headers = {"Retry-After": _retry_after(said, scene.clock())} if said else {}
                row = [Said(status, headers, b"later"), Said(200, {"ETag": '"a"'}, FEED), Said(304)]
                urls = [
                    scene.publisher.serve(f"{host}/first.xml", InTurn(row)),
                    scene.publisher.serve(f"{host}/other.xml", Honest(FEED, '"b"')),
                ]
                reader.follow(*urls)
        reader.poll()
        reader.restart()
        reader.follow(*(scene.publisher.serve(f"{host}/late.xml", Honest(FEED, '"c"')) for host in hosts))
        reader.run(hours=length / timedelta(hours=1))
        for host, wait in hosts.items():
            yield from _too_soon(scene, host, wait, length)
        yield from scene.standing_breaches()


def _too_soon(scene: Scene, host: str, wait: timedelta, length: timedelta) -> Iterator[Breach]:
    refused = scene.publisher.to(f"{host}/first.xml")[0]
    later = [each.asked for each in scene.publisher.log if each.asked.host == host]
    later = later[later.index(refused) + 1 :]
    for each in later:
        if each.at - refused.at < wait:
            yield Breach("early", f"{shown(each)}: {each.at - refused.at} after Retry-After said {wait}")
    if wait < length and not any(each.target == "/first.xml" for each in later):
        yield Breach("missed", f"{host}/first.xml: not asked again within {length} after {wait} of quiet")


# ------------------------------------------------------------------------- what the document says itself

SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def _hours(*hours: object) -> str:
    return "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in hours) + "</skipHours>"


def _days(*days: str) -> str:
    return "<skipDays>" + "".join(f"<day>{day}</day>" for day in days) + "</skipDays>"


def _sy(period: str, frequency: str) -> str:
    return f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"


NIGHT, WEEKEND = frozenset(range(6)), frozenset((5, 6))
NONE: frozenset[int] = frozenset()
DAY = 24 * HOUR
# name: markup of the channel, seconds between requests, hours (UTC) and weekdays to leave out
HINTS: dict[str, tuple[str, int, frozenset[int], frozenset[int]]] = {
    "ttl": ("<ttl>1440</ttl>", DAY, NONE, NONE),
    "ttl-five-hours": ("<ttl> 300 </ttl>", 5 * HOUR, NONE, NONE),
    "ttl-negative": ("<ttl>-5</ttl>", HOUR, NONE, NONE),
    "ttl-words": ("<ttl>often</ttl>", HOUR, NONE, NONE),
    "ttl-float": ("<ttl>1e3</ttl>", HOUR, NONE, NONE),
    "ttl-squared": ("<ttl>&#178;</ttl>", HOUR, NONE, NONE),
    "ttl-digits": (f"<ttl>{DIGITS}</ttl>", HOUR, NONE, NONE),
    "night": (_hours(*range(6)), HOUR, NIGHT, NONE),
    "midnight-is-24": (_hours(24, 1, 2, 3, 4, 5), HOUR, NIGHT, NONE),
    "hours-garbage": (_hours(-1, 99, "x", "", DIGITS, 3), HOUR, frozenset((3,)), NONE),
    "all-hours": (_hours(*range(24)), HOUR, NONE, NONE),
    "weekend": (_days("Saturday", "Sunday"), HOUR, NONE, WEEKEND),
    "days-garbage": (_days("Caturday", "", "sunday"), HOUR, NONE, frozenset((6,))),
    "all-days": (
        _days(*"Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
        HOUR,
        NONE,
        NONE,
    ),
    "daily": (_sy("daily", "1"), DAY, NONE, NONE),
    "twice-daily": (_sy("daily", "2"), DAY // 2, NONE, NONE),
    "weekly": (_sy("weekly", "1"), DAY, NONE, NONE),
    "frequency-zero": (_sy("daily", "0"), HOUR, NONE, NONE),
    "period-garbage": (_sy("fortnightly", "-3"), HOUR, NONE, NONE),
    "frequency-digits": (_sy("hourly", DIGITS), HOUR, NONE, NONE),
}


def documents_hints(quick: bool) -> Iterator[Breach]:
    """ttl, skipHours, skipDays and sy:* are lower bounds; garbage in them is as if it were not there."""
    with Scene() as scene, scene.reader(hours=6 if quick else 3) as reader:
        for name, (channel, *_) in HINTS.items():
            body = rss("one", "two", channel=channel, namespaces=SY)
            reader.follow(scene.publisher.serve(f"{name}.example/feed.xml", Honest(body, '"a"')))
        reader.run(days=2 if quick else 8)
        for name, (_, gap, hours, days) in HINTS.items():
            asked = scene.publisher.to(f"{name}.example/feed.xml")
            yield from early(asked, timedelta(seconds=gap), name)
            for each in asked[1:]:
                if each.at.hour in hours or each.at.weekday() in days:
                    yield Breach("early", f"{shown(each)}: {name} leaves that time out")
            yield from _missed(asked, 2, "in days")
        yield from scene.standing_breaches()
