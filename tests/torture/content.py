"""content: documents made to do harm, served to the running service beside sound ones. It lives, they go on."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import ParseError
from aggregator.models import Crash, ParsedFeed
from aggregator.parse import parse_feed
from aggregator.workers import WorkerPool
from benchmarks.figures import Figure
from tests.servers import Server, answer
from tests.torture import rows
from tests.torture.ground import Ground
from tests.torture.growing import GrowingWeb, story

SOUND = 6
RSS = "<rss version='2.0'><channel><title>x</title>{}</channel></rss>"
ITEM = "<item><guid>g</guid><link>http://127.0.0.1/x</link><title>t</title>{}</item>"
RESTARTS = 3
NOWHERE = "http://127.0.0.10:9/"
DEAR = ("author", "attributes", "comments", "items", "nested", "ampersands")
DEAR_LIMIT = 10.0  # seconds for each
_READS = """
import json, sys
from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Response
from aggregator.parse import parse_feed
from aggregator.reading import read_entry
URL = "https://a.example/"
for body in json.load(sys.stdin):
    try:
        parse_feed(body.encode(), URL, "application/xml")
    except ParseError:
        pass
    answer = Response(URL, URL, 200, {"content-type": "text/html"}, body.encode())
    read_entry(ParsedEntry(guid="1", link=URL, title="x"), answer)
"""


def feeds(canary: str) -> dict[str, bytes]:
    """Return hostile feeds by name (rows 26 to 29, 31, 32)."""
    chain = "".join(f"<!ENTITY a{n} '&a{n - 1};'>" for n in range(1, 60_000))
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    nest = "<a>" * 100_000
    made = {
        "path": "/etc/hostname", "endless path": "/dev/zero", "file": "file:///etc/passwd", "address": canary,
        "entity chain": f"<!DOCTYPE r [<!ENTITY a0 'x'>{chain}]>{RSS.format(ITEM.format('&a59999;'))}",
        "billion laughs": f"<!DOCTYPE r [<!ENTITY l0 'lol'>{laughs}]>{RSS.format(ITEM.format('&l9;'))}",
        "quadratic": f"<!DOCTYPE r [<!ENTITY a '{'x' * 50_000}'>]>{RSS.format(ITEM.format('&a;' * 20_000))}",
        "xxe file": f"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{RSS.format(ITEM.format('&a;'))}",
        "xxe address": f"<!DOCTYPE r [<!ENTITY a SYSTEM '{canary}'>]>{RSS.format(ITEM.format('&a;'))}",
        "xxe parameter": f"<!DOCTYPE r [<!ENTITY % a SYSTEM '{canary}'> %a;]>{RSS.format(ITEM.format(''))}",
        "xxe dtd": f"<!DOCTYPE r SYSTEM '{canary}'>{RSS.format(ITEM.format(''))}",
        "author 50k": RSS.format(ITEM.format(f"<author>{'a' * 50_000}</author>")),
        "author 100k": RSS.format(ITEM.format(f"<author>{'(a@b ' * 20_000}</author>")),
        "attributes 20k": RSS.format(_attributes(20_000)),
        "attributes 50k": RSS.format(_attributes(50_000)),
        "comments": RSS.format(ITEM.format(f"<description>{'&lt;!--' * 66_000}</description>")),
        "items 100k": RSS.format("<item><title>t</title></item>" * 100_000),
        "nested 100k": RSS.format(nest), "nested divs": RSS.format(
            ITEM.format(f"<description>{'&lt;div&gt;' * 50_000}</description>")),
        "ampersands": RSS.format(ITEM.format(f"<description>{'&amp;' * 100_000}</description>")),
        "json depth": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * 100_000,
        "json digits": '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + "9" * 5000 + "}]}",
        "surrogates": RSS.format(ITEM.format("<author>&#xD800;</author>")),
        "undefined codec": f"<?xml version='1.0' encoding='undefined'?>{RSS.format('')}",
        "hex codec": f"<?xml version='1.0' encoding='hex'?>{RSS.format('')}",
    }  # fmt: skip
    return {name: document.encode() for name, document in made.items()} | {
        "nul": RSS.format(ITEM.format("\x00")).encode(), "utf-16 without a mark": RSS.format("").encode("utf-16-le"),
    }  # fmt: skip


def _attributes(count: int) -> str:
    return "<item " + " ".join(f"a{n}='1'" for n in range(count)) + "></item>"


def pages() -> dict[str, bytes]:
    """Return hostile pages by name (row 30)."""
    return {
        "links": b"<p>" + b"".join(b"<a href='/%d'>%d</a> " % (n, n) for n in range(50_000)),
        "links in one": b"<p>" + b"<a href='/x'>y</a>" * 100_000 + b"</p>",
        "table": b"<table>" + b"<tr><td>a</td></tr>" * 30_000 + b"</table>",
        "long": b"<article>" + b"<p>A sentence that goes on and on for long.</p>" * 200_000,
        "deep": b"<div>" * 100_000 + b"text",
        "ld+json": b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script><p>text</p>",
    }


@dataclass(frozen=True)
class Outcome:
    seconds: float
    looked_at: int  # hostile documents that the service is done with
    sound: int  # articles of the sound feeds
    canary: int
    alive: bool
    restarts: int
    memory_mb: float
    leaked: int  # texts in the archive that only a file of this machine or the canary says


def suite(*, quick: bool) -> list[Figure]:
    return [
        *rows.play(rows.CONTENT, "content"),
        *named_files_stay_closed(),
        *bombs(),
        *served(patience=150 if quick else 400),
    ]


def named_files_stay_closed() -> list[Figure]:
    """Row 26: watch the system calls while documents are read that name a file or an address, or declare one."""
    if (strace := shutil.which("strace")) is None:
        return [Figure("content.26_watched", 0, "documents")]
    with tempfile.TemporaryDirectory(prefix="aggregator-named-") as name:
        planted, log = Path(name) / "planted.xml", Path(name) / "calls"
        planted.write_text(RSS.format(ITEM.format("")), encoding="utf-8")
        bodies = [body.decode().replace("/etc/passwd", str(planted)) for body in feeds(NOWHERE).values()]
        naming = [body for body in bodies if str(planted) in body or NOWHERE in body]
        named = [str(planted), *naming]
        watched = [
            strace,
            "-f",
            "-e",
            "trace=open,openat,connect",
            "-o",
            str(log),
            sys.executable,
            "-c",
            _READS,
        ]
        subprocess.run(watched, input=json.dumps(named), text=True, check=True, cwd=rows.ROOT.parent)
        calls = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        Figure("content.26_watched", len(named), "documents", ">=", 5),
        Figure("content.26_calls_seen", len(calls), "calls", ">=", 1),
        Figure("content.26_files_opened", sum(planted.name in call for call in calls), "calls", "==", 0),
        Figure("content.26_connections", sum("AF_INET" in call for call in calls), "calls", "==", 0),
    ]


def bombs() -> list[Figure]:
    """Row 29: documents that cost the processor dear, all at once, with a sound one behind them."""
    dear = [body for name, body in feeds(NOWHERE).items() if name.startswith(DEAR)]
    sound = RSS.format(ITEM.format("")).encode()

    def read(body: bytes) -> object:
        try:
            return pool.run(parse_feed, body, "https://a.example/feed", "application/xml")
        except ParseError as error:
            return error

    with WorkerPool(2, DEAR_LIMIT, 1 << 30) as pool, ThreadPoolExecutor(len(dear) + 1) as threads:
        began = time.monotonic()
        said = list(threads.map(read, [*dear, sound]))
        took = time.monotonic() - began
    return [
        Figure("content.29_bombs", len(dear), "documents", ">=", 8),
        Figure("content.29_given_up", sum(isinstance(one, Crash) for one in said), "documents"),
        Figure("content.29_sound_read", isinstance(said[-1], ParsedFeed), "documents", "==", 1),
        Figure("content.29_all", took, "s", "<=", DEAR_LIMIT * len(dear) / 2),
    ]


def served(patience: float) -> list[Figure]:
    """Serve all of it to the running service."""
    with tempfile.TemporaryDirectory(prefix="aggregator-content-") as folder:
        hostile = len(feeds("")) + len(pages())
        outcome = _served(Path(folder), patience)
    return [
        Figure("content.hostile_documents", hostile, "documents"),
        Figure("content.done_with", outcome.looked_at, "documents", ">=", hostile),
        Figure("content.sound_articles", outcome.sound, "articles", ">=", SOUND * (1 + RESTARTS)),
        Figure("content.canary_asked", outcome.canary, "requests", "==", 0),
        Figure("content.leaked", outcome.leaked, "texts", "==", 0),
        Figure("content.service_died", not outcome.alive, "service", "==", 0),
        Figure("content.restarts_well", outcome.restarts, "restarts", "==", RESTARTS),
        Figure("content.service_memory", outcome.memory_mb, "MB", "<=", 400),
        Figure("content.seconds", outcome.seconds, "s"),
    ]


def _served(folder: Path, patience: float) -> Outcome:
    with (
        Server(address="127.0.0.9") as bad,
        Server({"/": answer(200, b"canary")}, address="127.0.0.10") as canary,
    ):
        evil = feeds(canary.url("/"))
        bad.answers = {
            **{f"/f{n}": answer(200, body, Content_Type="application/xml") for n, body in enumerate(evil.values())},
            **{f"/p{n}": answer(200, body, Content_Type="text/html") for n, body in enumerate(pages().values())},
            "/pages": answer(200, _announcing(bad).encode(), Content_Type="application/rss+xml"),
        }  # fmt: skip
        urls = [bad.url(f"/f{n}") for n in range(len(evil))] + [bad.url("/pages")]
        with GrowingWeb(SOUND) as web:
            ground = Ground(folder, with_feeds(web.opml(), urls), more="task_seconds = 10")
            began = time.monotonic()
            alive = _look(ground, web, len(urls), patience)
            took = time.monotonic() - began
            well = sum(_restart(ground, web) for _ in range(RESTARTS))
        said = json.dumps(ground.ask("SELECT text, title FROM articles")) + json.dumps(
            ground.ask("SELECT title, summary_html, content_html FROM entries")
        )
        local = [Path("/etc/hostname").read_text(encoding="utf-8").strip() or "?", "root:x:0", "canary"]
        read = ground.ask(
            f"SELECT count(*) FROM entries WHERE article_id IS NOT NULL AND link LIKE '{bad.url('/p')}%'"
        )
        visited = ground.ask(
            f"SELECT count(*) FROM feeds WHERE last_visit_at IS NOT NULL AND url LIKE '{bad.url('/')}%'"
        )
        return Outcome(
            seconds=took, looked_at=visited[0][0] - 1 + read[0][0], sound=len(_sound(ground, web)),
            canary=len(canary.asked), alive=alive, restarts=well,
            memory_mb=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            leaked=sum(one in said for one in local),
        )  # fmt: skip


def _announcing(bad: Server) -> str:
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><link>{bad.url(f'/p{n}')}</link><title>Page {n}</title>"
        f"<description>{story(99, n)[0]}</description></item>"
        for n in range(len(pages()))
    )
    return RSS.format(items)


def with_feeds(opml: str, urls: list[str]) -> str:
    more = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    return opml.replace("</body>", f"{more}</body>")


def _sound(ground: Ground, web: GrowingWeb) -> set[str]:
    wanted = {web.page_url(feed, number) for feed in range(SOUND) for number in range(web.step + 1)}
    return wanted & ground.acknowledged.articles


def _look(ground: Ground, web: GrowingWeb, hostile: int, patience: float) -> bool:
    """Let the service meet all of it; tell whether it lives."""
    bad = "SELECT count(*) FROM feeds WHERE last_visit_at IS NOT NULL"
    waiting = "SELECT count(*) FROM entries WHERE article_id IS NULL"
    with ground.start() as running:
        running.ready()
        running.until(
            lambda: ground.ask(bad)[0][0] >= hostile + SOUND and not ground.ask(waiting)[0][0], patience
        )
        alive = running.process.poll() is None
        running.signal(signal.SIGTERM)
        return alive and running.wait() == 0


def _restart(ground: Ground, web: GrowingWeb) -> bool:
    """Start again with everything due: no crash loop, and what is sound comes at once."""
    web.step += 1
    ground.make_due()
    with ground.start() as running:
        ready = running.ready() is not None
        running.until(lambda: len(_sound(ground, web)) >= SOUND * (web.step + 1), 90)
        alive = running.process.poll() is None
        running.signal(signal.SIGTERM)
        return ready and alive and running.wait() == 0
