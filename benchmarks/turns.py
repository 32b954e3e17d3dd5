"""What the poller makes of trouble: moves, errors, the network away, kills. Each rule plays its scene."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from aggregator.models import FeedState
from benchmarks.publisher import Asked, Honest, InTurn, Said, resolve, rss
from benchmarks.scene import Breach, Scene, shown
from tests.servers import Server, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.reader import Reader

FEED = rss("one", "two", "three")
OTHER = rss("four", "five")
LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>"
DAY = timedelta(days=1)

# ------------------------------------------------------------------------------------------------ moves


@dataclass(frozen=True, slots=True)
class Way:
    """How an old address answers from the second day on, and what there is at the new one."""

    name: str
    status: Callable[[timedelta], int]  # by the time since the first redirect; 200: the feed is here again
    moves: bool  # the program shall follow for good
    target: Said | None = None  # None: the feed itself, with one entry more
    to: str = ""  # another address than the usual


def _always(status: int) -> Callable[[timedelta], int]:
    return lambda _since: status


WAYS = (
    Way("moved-301", _always(301), moves=True),
    Way("moved-308", _always(308), moves=True),
    Way("found-302", _always(302), moves=False),
    Way("other-303", _always(303), moves=False),
    Way("found-307", _always(307), moves=False),
    Way("six-days", lambda since: 301 if since < timedelta(days=6) else 200, moves=False),
    Way("on-and-off", lambda since: 301 if since // timedelta(hours=18) % 2 else 200, moves=False),
    Way("to-a-login", _always(301), moves=False, target=Said(200, {"Content-Type": "text/html"}, LOGIN)),
    Way("to-another-feed", _always(301), moves=False, target=Said(200, {}, OTHER)),
    Way("to-nothing", _always(301), moves=False, target=Said(404)),
    Way("to-a-private-host", _always(301), moves=False, to="http://10.0.0.1/feed.xml"),
    Way("by-way-of-302", _always(301), moves=False, target=Said(302, {"Location": "/end.xml"})),
)


def permanent_moves(quick: bool) -> Iterator[Breach]:
    """A move is adopted after a week of the same permanent answer, if it leads to the same feed; nothing else is."""
    with Scene() as scene, scene.reader(hours=24 if quick else 6) as reader:
        start = scene.clock() + DAY
        for way in WAYS:
            reader.follow(_published(scene, way, start))
        reader.run(days=12)
        for way in WAYS:
            yield from _wrong_move(scene, reader, way)
        yield from scene.standing_breaches()


def _published(scene: Scene, way: Way, start: datetime) -> str:
    new = way.to or scene.publisher.url(f"new-{way.name}.example/feed.xml")

    def old(asked: Asked) -> Said:
        status = way.status(asked.at - start) if asked.at >= start else 200
        return Said(status, {"Location": new}) if status != 200 else Said(200, {}, FEED)

    target = Honest(rss("zero", "one", "two", "three"), f'"{way.name}"')
    scene.publisher.serve(f"new-{way.name}.example/feed.xml", InTurn([way.target]) if way.target else target)
    scene.publisher.serve(f"new-{way.name}.example/end.xml", target)
    return scene.publisher.serve(f"old-{way.name}.example/feed.xml", old)


def _wrong_move(scene: Scene, reader: Reader, way: Way) -> Iterator[Breach]:
    known = {feed.url: feed for feed in reader.archive.feeds.all()}
    old = known.get(scene.publisher.url(f"old-{way.name}.example/feed.xml"))
    new = known.get(scene.publisher.url(f"new-{way.name}.example/feed.xml"))
    feed = new if way.moves else old
    if feed is None:
        found = "stayed" if way.moves else "moved"
        yield Breach("moves_wrong", f"{way.name}: {found}")
        return
    most = {"to-another-feed": 5}.get(way.name, 4)
    if not 3 <= feed.entries <= most:
        yield Breach("moves_wrong", f"{way.name}: {feed.entries} entries, not 3 or {most}")
    if feed.state is not FeedState.ACTIVE:
        yield Breach("moves_wrong", f"{way.name}: is {feed.state}")
    last = scene.publisher.to(f"old-{way.name}.example/feed.xml")[-1]
    if way.moves and scene.clock() - last.at < timedelta(days=2):
        yield Breach("moves_wrong", f"{shown(last)}: the old address is still asked")


def moves_to_a_followed_feed(quick: bool) -> Iterator[Breach]:
    """Two subscriptions that turn out to be one feed become one, and nothing is lost."""
    with Scene() as scene, scene.reader(hours=24 if quick else 6) as reader:
        start = scene.clock() + DAY
        new = scene.publisher.serve("new.example/feed.xml", Honest(FEED, '"new"'))

        def old(asked: Asked) -> Said:
            return Said(301, {"Location": new}) if asked.at >= start else Said(200, {}, FEED)

        scene.may_be_shared.add("new.example/feed.xml")
        reader.follow(scene.publisher.serve("old.example/feed.xml", old), new)
        reader.run(days=12)
        active = [feed for feed in reader.archive.feeds.all() if feed.state is FeedState.ACTIVE]
        if [feed.url for feed in active] != [new]:
            yield Breach("moves_wrong", f"merging: active are {[feed.url for feed in active]}")
        before = len(scene.publisher.to("old.example/feed.xml"))
        reader.run(days=4)
        if len(scene.publisher.to("old.example/feed.xml")) > before:
            yield Breach("moves_wrong", "merging: the old address is still asked")
        yield from scene.standing_breaches()


def never_from_https_to_http(quick: bool) -> Iterator[Breach]:
    """A move that gives up encryption is followed, and never adopted."""
    with Scene() as scene:
        certificate = _certificate(scene.folder)
        if certificate is None:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        plain = scene.publisher.serve("secure.example/plain.xml", Honest(FEED, '"a"'))
        first = answer(200, FEED, Content_Type="application/rss+xml")
        answers = {"/feed.xml": [first, redirect(plain, 301)]}
        with (
            Server(answers, tls=context) as server,
            scene.reader(hours=8 if quick else 6, ca_file=str(certificate)) as reader,
        ):
            secure = server.url("/feed.xml", host="secure.example")
            reader.follow(secure)
            reader.run(days=10)
            if reader.feed(secure) is None:
                yield Breach("moves_wrong", "https to http: adopted")
            if len(server.asked) < 8:
                yield Breach("missed", f"https to http: asked {len(server.asked)} times in 10 days")
            yield from scene.standing_breaches()


def _certificate(folder: Path) -> Path | None:
    """Return a file with a key and a certificate for secure.example, or None where openssl is not there."""
    if shutil.which("openssl") is None:
        return None
    file = folder / "secure.pem"
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout {file} -out {file}.crt"
    words += " -subj /CN=secure.example -addext subjectAltName=DNS:secure.example"
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + file.with_name("secure.pem.crt").read_bytes())
    return file


# ------------------------------------------------------------------------------------------------ errors


def failures_back_off(quick: bool) -> Iterator[Breach]:
    """Errors are asked about more and more seldom, up to a week, and never given up; one good answer heals."""
    days = 30 if quick else 100
    with Scene() as scene, scene.reader() as reader:
        healed = scene.clock() + timedelta(days=days)
        urls = []
        for status in (403, 404) if quick else (401, 403, 404, 500):

            def answering(asked: Asked, status: int = status) -> Said:
                return Said(200, {"ETag": '"a"'}, FEED) if asked.at >= healed else Said(status, {}, b"no")

            urls.append(scene.publisher.serve(f"s{status}.example/feed.xml", answering))
        reader.follow(*urls)
        reader.run(days=days)
        for url in urls:
            yield from _wrong_back_off(scene, url, days)
        reader.run(days=9)
        for url in urls:
            feed = reader.feed(url)
            if feed is None or feed.failures or feed.next_check_at is None or feed.entries != 3:
                yield Breach("states_wrong", f"{url}: has not recovered within one probe")
            elif feed.next_check_at - scene.clock() > 2 * DAY:
                yield Breach("states_wrong", f"{url}: waits until {feed.next_check_at} although it is well")
        yield from scene.standing_breaches()


def _wrong_back_off(scene: Scene, url: str, days: int) -> Iterator[Breach]:
    asked = scene.publisher.to(f"{url.split('/')[2].partition(':')[0]}/feed.xml")
    gaps = [after.at - before.at for before, after in pairwise(asked)]
    if any(after < 0.8 * before for before, after in pairwise(gaps)):
        yield Breach("states_wrong", f"{url}: asked faster after more errors: {[str(gap) for gap in gaps]}")
    if max(gaps) > 1.25 * timedelta(days=7):
        yield Breach("missed", f"{url}: not asked for {max(gaps)}")
    if days >= 100 and max(gaps) < 0.9 * timedelta(days=7):
        yield Breach("states_wrong", f"{url}: after {days} days of errors still asked every {max(gaps)}")


def gone_is_gone(quick: bool) -> Iterator[Breach]:
    """410 twice, a day apart, ends the polling; one 410 between good answers does not."""
    with Scene() as scene, scene.reader(hours=6 if quick else 1) as reader:
        fine, gone = Said(200, {}, FEED), Said(410)
        ended = scene.publisher.serve("ended.example/feed.xml", InTurn([fine, gone]))
        wavering = scene.publisher.serve("wavering.example/feed.xml", InTurn([fine, gone], around=True))
        reader.follow(ended, wavering)
        reader.run(days=40)
        asked = scene.publisher.to("ended.example/feed.xml")
        if len(asked) != 3 or asked[2].at - asked[1].at < DAY:
            yield Breach("states_wrong", f"{ended}: asked at {[str(each.at) for each in asked]}")
        states = [feed.state if (feed := reader.feed(url)) else None for url in (ended, wavering)]
        if states != [FeedState.GONE, FeedState.ACTIVE]:
            yield Breach("states_wrong", f"after 410: {states}")
        if (feed := reader.feed(ended)) is None or feed.entries != 3:
            yield Breach("states_wrong", f"{ended}: its entries are not kept")
        yield from scene.standing_breaches()


def partial_answers(_quick: bool) -> Iterator[Breach]:
    """226 IM Used (RFC 3229) brings what is new and takes nothing away."""
    with Scene() as scene, scene.reader() as reader:
        row = [
            Said(200, {"ETag": '"1"'}, FEED),
            Said(226, {"ETag": '"2"', "IM": "feed"}, rss("zero")),
            Said(304, {}),
        ]
        url = scene.publisher.serve("delta.example/feed.xml", InTurn(row))
        reader.follow(url)
        reader.run(hours=80)
        asked = scene.publisher.to("delta.example/feed.xml")
        if "feed" not in asked[-1].headers.get("a-im", ""):
            yield Breach("headers_wrong", f"{shown(asked[-1])}: offers no A-IM: feed")
        if (feed := reader.feed(url)) is None or feed.entries != 4:
            yield Breach(
                "missed", f"{url}: {feed.entries if feed else 0} entries after a partial answer, not 4"
            )
        if len(asked) > 2 and asked[2].etag != '"2"':
            yield Breach("validators_wrong", f'{shown(asked[2])}: sent {asked[2].etag}, not "2"')
        yield from scene.standing_breaches()


# --------------------------------------------------------------------------------------------- the network


@dataclass
class Names:
    """Name servers that can be out of reach, for all names or for some."""

    away: bool = False
    lost: frozenset[str] = frozenset()

    def __call__(self, host: str, port: int) -> Sequence[str]:
        if self.away:
            raise OSError(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host in self.lost:
            raise OSError(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, port)


def network_away(quick: bool) -> Iterator[Breach]:
    """When nobody can be reached no feed is blamed, and all are asked soon after; one dead host is blamed."""
    names = Names(lost=frozenset(("dead.example",)))
    with Scene() as scene, scene.reader(look_up=names) as reader:
        urls = [
            scene.publisher.serve(f"host-{number}.example/feed.xml", Honest(FEED, '"a"'))
            for number in range(10 if quick else 30)
        ]
        dead = scene.publisher.url("dead.example/feed.xml")
        reader.follow(*urls, dead)
        reader.run(hours=6)
        names.away = True
        reader.run(hours=3 if quick else 6)
        for url in urls:
            feed = reader.feed(url)
            if feed is None or feed.failures or feed.state is not FeedState.ACTIVE:
                yield Breach("blamed", f"{url}: {feed.failures if feed else 'lost'} failures counted")
        names.away, back = False, scene.clock()
        reader.run(minutes=75)
        served = {each.asked.host for each in scene.publisher.log if each.asked.at >= back}
        for url in urls:
            if url.split("/")[2].partition(":")[0] not in served:
                yield Breach("missed", f"{url}: not asked within 75 minutes after the network was back")
        if (feed := reader.feed(dead)) is None or not feed.failures:
            yield Breach("states_wrong", f"{dead}: its own failure was excused")
        yield from scene.standing_breaches()


# -------------------------------------------------------------------------------------------------- kills


def kills(quick: bool) -> Iterator[Breach]:
    """Killed before the answer, after it and before the record, or just like that: never asked again too soon."""
    with Scene() as scene:
        new = iter(range(1000))

        def answering(_asked: Asked) -> Said:
            return Said(200, {}, rss(f"entry-{next(new)}"), hang=scene.holds)

        url = scene.publisher.serve("killed.example/feed.xml", answering)
        with scene.reader() as reader:
            reader.follow(url)
        for number in range(3 if quick else 10):
            killed_at = _due(scene)
            _kill(scene, ("asking", "reading", "anytime")[number % 3], 0.01 * number)
            with scene.reader() as reader:
                reader.run(hours=3)
            last = scene.publisher.to("killed.example/feed.xml")[-1]
            if last.at == killed_at:
                yield Breach(
                    "missed", f"{shown(last)}: was killed then, and not asked again within three hours"
                )
        yield from scene.standing_breaches()


def _due(scene: Scene) -> datetime:
    """Move the clock to when the next feed is due."""
    with scene.reader() as reader:
        due = min(feed.next_check_at for feed in reader.archive.feeds.all() if feed.next_check_at)
    scene.clock.at = max(scene.clock.at, due)
    return scene.clock.at


def _kill(scene: Scene, when: str, after: float) -> None:
    """Start one poll in a process of its own, and end it with SIGKILL."""
    before = len(scene.publisher.log)
    scene.holds = when == "asking"
    pause = "pause" if when == "reading" else "-"
    words = ["-m", "benchmarks.reader", str(scene.folder), scene.clock.at.isoformat(), pause]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE) as victim:
        until = time.monotonic() + 30
        while len(scene.publisher.log) == before and time.monotonic() < until and victim.poll() is None:
            time.sleep(0.002)
        if when == "reading" and victim.stdout:
            victim.stdout.readline()
        time.sleep(after)
        victim.send_signal(signal.SIGKILL)
    scene.holds = False
