"""Reading the archive again: kept page → read by the rules of today → decide → record, or only tell.

The way that a page took when it came, without the network. Each is read with what the pages of its site had taught
before; what it teaches itself is learnt once. A batch is recorded in one transaction, which also marks its articles
as read by these rules, so that a run that is killed goes on where it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from aggregator.decide import Gain, PageLook, Reread, decide_reread, unreadable
from aggregator.errors import PageError, told_of_bug
from aggregator.extract import VERSION, learn
from aggregator.models import Crash, Response
from aggregator.pipeline.bugs import Struck, guarded, record_all, tell_bug
from aggregator.pipeline.duplicates import link_article
from aggregator.pipeline.stories import tell_article
from aggregator.pipeline.tools import run
from aggregator.pipeline.walls import see_through_wall
from aggregator.reading import read_entry
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import PastReading, SiteMemory
    from aggregator.pipeline.tools import Work

    Seen = tuple[PastReading, PageLook | str]  # an article, and what its page says or why that cannot be had

BATCH = 64  # articles to a transaction
AHEAD = 8  # pages under way at once; few, so that each is read with what those before it taught
SITES = 64  # memories that are held at once: the articles of one host come together


@dataclass(frozen=True, slots=True)
class Rereading:
    """How the archive is read again."""

    archive: Archive
    work: Work
    threads: Executor  # they wait for the workers
    clock: Callable[[], datetime]
    applies: bool = False  # False: nothing is written
    force: bool = False  # worse readings replace better ones as well


def reread_articles(how: Rereading, ids: Sequence[int]) -> Iterator[Reread]:
    """Read these articles again and yield what becomes of each, once that is recorded.

    Articles of one host should stand together. What is yielded is without its texts.
    """
    memories = _Memories(how.archive)
    batch: list[Seen] = []
    for past, look in _looks(how, memories, ids):
        learnt = guarded(memories.learn)(look)
        batch.append((past, _told(past, learnt) if isinstance(learnt, Struck) else look))
        if len(batch) >= BATCH:
            yield from _settle(how, memories, batch)
            batch = []
    yield from _settle(how, memories, batch)


def _looks(how: Rereading, memories: _Memories, ids: Sequence[int]) -> Iterator[Seen]:
    """Yield each article with what its page says by the rules of today, or why that cannot be had."""
    left = iter(ids)
    under_way = deque(_begun(how, memories, left, AHEAD))
    while under_way:
        past, look = under_way.popleft()
        seen = look.result()
        under_way.extend(_begun(how, memories, left, 1))
        yield past, _told(past, seen) if isinstance(seen, Struck) else seen


def _begun(
    how: Rereading, memories: _Memories, left: Iterator[int], most: int
) -> Iterator[tuple[PastReading, Future[PageLook | str | Struck[PastReading]]]]:
    """Begin to read so many of the articles that are left."""
    known = (past for article_id in left if (past := how.archive.rereads.past(article_id)) is not None)
    for past in islice(known, most):
        yield past, how.threads.submit(guarded(partial(_look, how, memories)), past)


def _look(how: Rereading, memories: _Memories, past: PastReading) -> PageLook | str:
    try:
        page = how.archive.pages.newest(past.known.id)
    except PageError as error:
        return str(error)
    if page is None:
        return "no page is kept"
    answer = Response(page.url, page.final_url, page.status, page.headers, page.body)
    memory = memories.of(host_of(page.final_url))
    reading = run(how.work, read_entry, past.entry.parsed, answer, memory, of=page.url)
    if isinstance(reading, Crash):
        return f"reading the page was given up: {reading.reason}"
    answer = replace(answer, body=b"")  # a batch of pages can be large, and this one has been read
    return PageLook(past.entry, answer, reading.extracted, arrived_at=reading.arrived_at, page=reading.page)


def _settle(how: Rereading, memories: _Memories, batch: Sequence[Seen]) -> Iterator[Reread]:
    """Decide about a batch and, if it is to be recorded, do so in one transaction."""

    def decide(seen: Seen) -> Reread:
        return _decided(how, *seen)

    def record(part: Sequence[Seen]) -> list[Reread]:
        rereads = [decide(seen) for seen in part]
        how.archive.rereads.mark([one.id for one in rereads if one.gain is not Gain.UNREADABLE], VERSION)
        memories.keep(how.clock())
        return rereads

    def set_aside(seen: Seen, error: Exception) -> list[Reread]:
        return [unreadable(seen[0], _told(seen[0], Struck(seen[0], error)))]

    if how.applies:
        yield from record_all(how.archive, batch, record, set_aside)
    else:
        for seen, decided in zip(batch, map(guarded(decide), batch), strict=True):
            yield decided if isinstance(decided, Reread) else set_aside(seen, decided.error)[0]
    memories.let_go()


def _told(past: PastReading, struck: Struck[Any]) -> str:
    """Log what a bug has struck, and return it as the reason why the article stays as it is."""
    tell_bug("reading a page again", struck.error, article=past.known.id, url=past.url)
    return told_of_bug(struck.error)


def _decided(how: Rereading, past: PastReading, look: PageLook | str) -> Reread:
    """Decide about one article and record that, if it is to be; each decision rests on those before it."""
    if isinstance(look, str):
        return unreadable(past, look)
    look = see_through_wall(how.archive, look, past.known, how.clock(), marks=how.applies)
    reread = decide_reread(past, look, how.clock(), force=how.force)
    if how.applies and reread.archived is not None:
        how.archive.rereads.record(reread.archived)
        link_article(how.archive, past.known.id, look.extracted, how.clock(), past.known)
        tell_article(how.archive, past.known.id, how.clock(), past.known)
    return replace(reread, archived=None)


class _Memories:
    """What pages have taught about their sites, with those of this run; the archive has it when a batch is recorded."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._held: dict[str, SiteMemory] = {}
        self._fresh: set[str] = set()

    def of(self, host: str) -> SiteMemory:
        return self._held.get(host) or self._archive.sites.memory(host)

    def learn(self, look: PageLook | str) -> None:
        """Learn from a page; one that has taught before teaches nothing."""
        learnt = look.extracted.learnt if isinstance(look, PageLook) else None
        if learnt is None:
            return
        memory = learn(self.of(learnt.host), learnt)
        self._held.pop(learnt.host, None)  # the one that was changed last stands last
        self._held[learnt.host] = memory
        self._fresh.add(learnt.host)

    def keep(self, now: datetime) -> None:
        """Keep what was learnt; part of the caller's transaction."""
        for host in self._fresh:
            self._archive.sites.keep(self._held[host], now)

    def let_go(self) -> None:
        """Let go of what was kept, and of the sites that were left behind."""
        self._fresh.clear()
        for host in list(self._held)[:-SITES]:
            del self._held[host]
