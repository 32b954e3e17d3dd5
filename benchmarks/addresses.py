"""No way leads to an address that may not be asked: a canary on loopback counts the connections it is given.

    python -m benchmarks.addresses [--quick] [--json FILE]

Every vector (a spelling, an encoding, a range, a name that resolves to one) is offered at every entrance: the
address of a feed, the target of a redirect, the page behind an entry, an imported OPML list, discovery. The installed
command does the work, as a person would start it; only name servers that lie are played inside this process.
127.0.0.2 is allowed and plays the public web; everything else is as configured by default.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

from aggregator.fetch import Fetcher, FetchLimits
from aggregator.models import Failure, FailureKind, Kind, Request
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from tests.servers import Answer, Server, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PUBLIC = "127.0.0.2"
CANARY = "127.0.0.1"
FEED = b'<rss version="2.0"><channel><title>Inside</title><item><guid>secret</guid></item></channel></rss>'
REFUSALS = (FailureKind.FORBIDDEN_ADDRESS, FailureKind.BAD_URL, FailureKind.DNS)
GRACE = 180  # seconds for one command

# Ways to write a loopback address that some reader takes for one.
SPELLINGS = """
    127.0.0.1 localhost LOCALHOST localhost. 127.0.0.1. 2130706433 0x7f000001 0X7F000001 0x7f.1 0x7f.0x0.0x0.0x1
    017700000001 0177.0.0.1 0177.0.0.01 127.1 127.0.1 127.00.00.01 127.0.0.53 127.1.2.3 127.255.255.254 0 0.0.0.0
    0x0 00000000 [::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]
    [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [::ffff:0:127.0.0.1] [::1%25lo] [::1%lo]
    \u2460\u2461\u2466.\u24ea.\u24ea.\u2460 127\u30020\u30020\u30021 \uff11\uff12\uff17.0.0.1 %31%32%37.0.0.1
    127.0.0.1%00.example user@127.0.0.1
    user:8.8.8.8@127.0.0.1 8.8.8.8@127.0.0.1 127.0.0.1:80@127.0.0.1 ip6-localhost ip6-loopback
""".split()
# Ranges that are not the public internet; nothing listens there, so what counts is that nobody even tries.
RANGES = """
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 169.254.169.254 169.254.0.1 0.1.2.3
    192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
    240.0.0.1 255.255.255.255 [fc00::1] [fd12:3456::1] [fe80::1] [fec0::1] [ff02::1] [2001:db8::1] [2001::1] [100::1]
    [64:ff9b:1::1] [64:ff9b::10.0.0.1] [64:ff9b::a9fe:a9fe] [2002:a00:1::1] [2002:c0a8:101::]
    [::ffff:10.0.0.1] [::ffff:169.254.169.254]
""".split()
# What is no http address at all.
SCHEMES = (
    "file:///etc/hostname",
    "ftp://127.0.0.1/feed",
    "gopher://127.0.0.1:{port}/_GET",
    "feed:http://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}",
    "http:///127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1:{port}/",
    "http://\t127.0.0.1:{port}/",
    "javascript:alert(1)",
    "data:text/xml,<rss/>",
    "|id",
    "exec:id",
)


def vectors(port: int) -> list[str]:
    """Return every address that must not be asked, with the canary's port where there is one to choose."""
    hosts = [f"http://{host}:{port}/" for host in (*SPELLINGS, *RANGES)]
    return [*hosts, *(text.replace("{port}", str(port)) for text in SCHEMES)]


class Canary:
    """Listens on every loopback address that a vector means, and counts who comes; answers with a feed."""

    def __init__(self) -> None:
        self.connections = 0
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        first = socket.create_server((CANARY, 0))
        self.port = int(first.getsockname()[1])
        others = [
            socket.create_server((host, self.port)) for host in ("127.0.0.53", "127.1.2.3", "127.255.255.254")
        ]
        self._listeners = [first, *others]
        with contextlib.suppress(OSError):  # a machine without IPv6
            self._listeners.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for listener in self._listeners:
            listener.close()

    def _listen(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for listener in self._listeners:
                waiting.register(listener, selectors.EVENT_READ, listener)
            while not self._closing.is_set():
                for key, _ in waiting.select(0.05):
                    sock, _ = key.data.accept()
                    self.connections += 1
                    with sock, contextlib.suppress(OSError):
                        sock.sendall(answer(200, FEED, Content_Type="application/rss+xml"))


@dataclass
class Found:
    """What one entrance came to."""

    entrance: str
    offered: int
    connections: int = 0
    not_refused: list[str] = field(default_factory=list)


# --------------------------------------------------------------------------------- in this process: the fetcher


def by_fetcher(canary: Canary, offered: Sequence[str]) -> Found:
    """Ask the fetcher for every vector: each must end as a refusal, without a connection."""
    before = canary.connections
    found = Found("fetch", len(offered))
    with Fetcher(
        FetchLimits("test/1", deadline=2.0, connect_timeout=1.0, allow_networks=(PUBLIC,))
    ) as fetcher:
        for url in offered:
            outcome = fetcher.fetch(Request(url, Kind.PAGE))
            if not (isinstance(outcome, Failure) and outcome.kind in REFUSALS):
                found.not_refused.append(f"{url}: {outcome}")
    found.connections = canary.connections - before
    return found


PATTERNS = (
    (PUBLIC, CANARY),
    (CANARY, PUBLIC),
    (PUBLIC, f"{PUBLIC} {CANARY}"),
    (f"{CANARY} {PUBLIC}", f"{PUBLIC} {CANARY}"),
    (f"::1 {PUBLIC}", CANARY),
    (f"::ffff:{CANARY}", PUBLIC),
    (PUBLIC, "::1"),
)


class Rebinding:
    """A name server that answers differently each time it is asked."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._answers: dict[str, Iterator[str]] = {}

    def __call__(self, host: str, _port: int) -> list[str]:
        if host not in self._answers:
            self._answers[host] = itertools.cycle(self._chance.choice(PATTERNS))
        return next(self._answers[host]).split()


def by_rebinding(canary: Canary, tries: int, seed: int = 7) -> Found:
    """Ask for names whose addresses change between public and private, with a redirect to the same name inside."""
    before = canary.connections
    found = Found("rebinding", tries)
    closing = {"Connection": "close"}
    answers: dict[str, Answer] = {"/end": answer(200, FEED, **closing), "/": redirect("/end")}
    limits = FetchLimits("test/1", deadline=5.0, allow_networks=(PUBLIC,))
    with Server(answers, address=PUBLIC, port=canary.port) as public:
        resolve = Rebinding(seed)
        for number in range(tries):
            url = f"http://r{number // 2}.test:{canary.port}/"  # each name twice
            with Fetcher(limits, resolve=resolve) as fetcher:
                fetcher.fetch(Request(url, Kind.FEED))
        if not public.connections:
            found.not_refused.append("the public server was never reached: nothing was tried")
    found.connections = canary.connections - before
    return found


# ------------------------------------------------------------------------------ the installed command, from outside


class Installation:
    """A folder with a configuration and a list of feeds, and the installed command run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = f'[fetch]\nallow_networks = ["{PUBLIC}/32"]\nhost_spacing = 0.0\ndeadline = 3.0\n'
        (folder / "config.toml").write_text(config, encoding="utf-8")
        self.follow()

    def follow(self, *urls: str, name: str = "feeds.opml") -> Path:
        outlines = "".join(f'<outline type="rss" text="v" xmlUrl="{escape(url)}"/>' for url in urls)
        file = self.folder / name
        file.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")
        return file

    def run(self, *words: str) -> None:
        command = [
            str(Path(sys.executable).with_name("aggregator")),
            "--config",
            str(self.folder / "config.toml"),
        ]
        done = subprocess.run([*command, *words], capture_output=True, timeout=GRACE, check=False)
        if b"Traceback" in done.stderr:
            raise SystemExit(f"aggregator {' '.join(words)}\n{done.stderr.decode()}")


def by_command(canary: Canary, entrance: str, offered: Sequence[str]) -> Found:
    """Offer the vectors at one entrance of the installed command."""
    before = canary.connections
    with (
        tempfile.TemporaryDirectory(prefix="aggregator-addresses-") as folder,
        Server(_public_answers(offered), address=PUBLIC) as public,
    ):
        _ENTRANCES[entrance](Installation(Path(folder)), public, offered)
        reached = len(public.asked)
    found = Found(entrance, len(offered), canary.connections - before)
    if entrance in {"redirect", "page"} and not reached:
        found.not_refused.append("the public server was never asked: nothing was tried")
    return found


def _public_answers(offered: Sequence[str]) -> dict[str, Answer]:
    """Return a public web that leads to the vectors: redirects, entries of a feed, a page that names feeds."""
    answers: dict[str, Answer] = {f"/r/{n}": redirect(_sendable(url), 301) for n, url in enumerate(offered)}
    items = "".join(
        f"<item><guid>{n}</guid><link>{escape(url)}</link></item>" for n, url in enumerate(offered)
    )
    feed = f'<rss version="2.0"><channel><title>Links</title>{items}</channel></rss>'
    answers["/feed"] = answer(200, feed.encode(), Content_Type="application/rss+xml")
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{escape(url)}">' for url in offered
    )
    page = f"<html><head><title>Feeds</title>{links}</head><body></body></html>"
    answers["/page"] = answer(200, page.encode(), Content_Type="text/html; charset=utf-8")
    return answers


def _sendable(url: str) -> str:
    """Return a Location as it would be on the wire: UTF-8, which servers send as it is."""
    return url.replace("\t", "%09").encode().decode("latin-1")


def _as_feeds(here: Installation, _public: Server, offered: Sequence[str]) -> None:
    here.follow(*offered)
    here.run("poll")


def _as_redirects(here: Installation, public: Server, offered: Sequence[str]) -> None:
    here.follow(*(public.url(f"/r/{number}") for number in range(len(offered))))
    here.run("poll")


def _as_pages(here: Installation, public: Server, _offered: Sequence[str]) -> None:
    here.follow(public.url("/feed"))
    here.run("poll")
    here.run("archive")


def _as_import(here: Installation, _public: Server, offered: Sequence[str]) -> None:
    here.run("feeds", "import", str(here.follow(*offered, name="other.opml")))
    here.run("poll")


def _as_discovery(here: Installation, public: Server, offered: Sequence[str]) -> None:
    here.run("feeds", "add", public.url("/page"))
    for url in offered:
        here.run("feeds", "add", url)
    here.run("poll")


_ENTRANCES = {
    "feed": _as_feeds,
    "redirect": _as_redirects,
    "page": _as_pages,
    "import": _as_import,
    "discovery": _as_discovery,
}


def judge(*, quick: bool) -> list[Found]:
    with Canary() as canary:
        offered = vectors(canary.port)
        few = offered[:: len(offered) // 5] if quick else offered  # a process each
        return [
            by_fetcher(canary, offered),
            by_rebinding(canary, 200 if quick else 1000),
            *(by_command(canary, name, few if name == "discovery" else offered) for name in _ENTRANCES),
        ]


def figures(found: Iterable[Found]) -> Iterator[Figure]:
    for one in found:
        print(f"entrance {one.entrance}: {one.offered} offered, {one.connections} connections to the canary")
        for line in one.not_refused[:12]:
            print(f"  not refused: {line[:300]}")
        yield Figure(f"addresses.{one.entrance}_connections", one.connections, "connections", "==", 0)
        yield Figure(f"addresses.{one.entrance}_offered", one.offered, "vectors")
    yield Figure("addresses.not_refused", sum(len(one.not_refused) for one in found), "vectors", "==", 0)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer tries, few addresses at discovery")
    wanted = parser.parse_args()
    found = judge(quick=wanted.quick)
    offered = Figure("addresses.vectors", len(vectors(1)), "vectors", ">=", 60)
    return report([offered, *figures(found)], wanted.json)


if __name__ == "__main__":
    sys.exit(main())
