"""The two loops, with a web of our own making: what is announced is archived once, whatever goes wrong in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.archive import open_archive
from aggregator.decide import PageLook, decide_article
from aggregator.models import (
    Access,
    Archived,
    Change,
    Crash,
    EntryState,
    FailureKind,
    FeedState,
    Outcome,
    Response,
    SubscriptionPlan,
    Verdict,
    Visit,
)
from aggregator.models.queries import AllOf, Query, Words
from aggregator.pipeline import LEASE, Pricing, archive_entries, backfill_feed, poll_feeds
from aggregator.reading import without_page
from aggregator.schedule import Rechecks
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.pipeline import Tools

FEED = "https://a.example/feed"
OTHER = "https://b.example/feed"
PROXY = "http://proxy.example:8080"
LONG = "\n\n".join(
    f"In paragraph {n} the divers of Nordhaven tell how they looked for the bell, what they found below the quay, and"
    f" why the harbour master, who had waited {n} hours in the rain, did not believe a word of it until the end."
    for n in ("one", "two", "three", "four", "five")
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        archive.feeds.apply_plan(plan(FEED), Clock()())
        yield archive


class World:
    """An archive, a web and a clock, and the loops between them."""

    def __init__(self, archive: Archive) -> None:
        self.kept = archive
        self.web = FakeWeb()
        self.clock = Clock()
        self.work: Callable[..., Any] | None = None
        self.budget = 0.0  # requests a feed and day; 0: a fixed interval
        self.pricing: Pricing | None = None
        self.rechecks = Rechecks()
        self.accesses: dict[str, Access] = {}

    def poll(self) -> list[Visit]:
        self.pricing = self.pricing or Pricing(self.budget)
        return list(poll_feeds(replace(self.means(), pricing=self.pricing)))

    def archive(self) -> list[Archived]:
        return list(archive_entries(replace(self.means(), rechecks=self.rechecks)))

    def means(self) -> Tools:
        return replace(tools(self.kept, self.web, self.clock, self.work), accesses=self.accesses)

    def article(self, id_: int = 1) -> tuple[Verdict, str]:
        article = self.kept.articles.get(id_)
        assert article is not None
        return article.verdict, article.text


@pytest.fixture
def world(archive: Archive) -> World:
    return World(archive)


def test_what_a_feed_announces_can_be_found(world: World) -> None:
    """Feed, page, text, index: the whole way."""
    world.web.feed(FEED, "bell|The bell of Nordhaven")
    world.web.page("https://a.example/bell", LONG, title="The bell of Nordhaven")
    assert [(visit.outcome, visit.new) for visit in world.poll()] == [(Outcome.NEW, 1)]
    assert len(world.archive()) == 1
    assert world.article() == (Verdict.FULL, LONG)
    assert [hit.article.title for hit in world.kept.index.search(Query(Words("quay")))] == [
        "The bell of Nordhaven"
    ]


def test_nothing_is_asked_before_it_is_due(world: World) -> None:
    """A second poll right after the first makes no request."""
    world.web.feed(FEED, "1")
    world.poll()
    assert world.poll() == []
    assert world.web.asks(FEED) == 1


def test_an_unchanged_feed_costs_no_body(world: World) -> None:
    """The validators go back as they came, and 304 is no failure."""
    world.web.feed(FEED, "1", etag='W/"one"')
    world.poll()
    world.clock.forward(hours=2)
    assert [visit.outcome for visit in world.poll()] == [Outcome.NOT_MODIFIED]
    assert world.web.asked[-1].validators.etag == 'W/"one"'


def test_the_same_bytes_are_not_parsed_again(world: World) -> None:
    """A server without validators costs a download only."""
    world.web.feed(FEED, "1")
    world.poll()
    world.clock.forward(hours=2)
    world.work = lambda *_: pytest.fail("parsed again")
    assert [visit.outcome for visit in world.poll()] == [Outcome.SAME]


def test_a_body_is_known_by_the_hash_of_an_older_program(world: World) -> None:
    """The same bytes end there, are hashed anew, and nobody is called a liar for that."""
    world.web.feed(FEED, "1", etag='"1"')
    world.poll()
    answer = world.web.answers[FEED]
    assert isinstance(answer, Response)
    old = blake2b(answer.body, digest_size=16).hexdigest()
    world.kept.db.execute("UPDATE feeds SET body_hash = ?", (old,))
    world.clock.at += timedelta(days=8)  # the whole document is asked for
    (visit,) = world.poll()
    assert (visit.outcome, visit.feed.lied) == (Outcome.SAME, False)
    assert visit.feed.body_hash not in {"", old}


def test_only_new_entries_are_new(world: World) -> None:
    """The ones we have are not announced again."""
    world.web.feed(FEED, "1", "2")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "2", "3")
    assert [visit.new for visit in world.poll()] == [1]
    assert {entry.guid for entry in world.kept.entries.announced()} == {"1", "2", "3"}


def test_a_feed_that_is_suddenly_empty_changes_nothing(world: World) -> None:
    """The archive never deletes by itself."""
    world.web.feed(FEED, "1", "2")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED)
    assert [visit.new for visit in world.poll()] == [0]
    assert len(world.kept.entries.announced()) == 2


def test_a_busy_feed_is_looked_at_more_often_than_a_quiet_one(world: World) -> None:
    """Its rhythm is learnt from its entries, and the budget goes where entries come."""
    world.kept.feeds.apply_plan(plan(OTHER), world.clock())
    world.budget = 6.0
    for hour in range(72):
        world.web.feed(FEED, *(f"n{n}" for n in range(max(hour - 9, 0), hour + 1)))
        world.web.feed(OTHER, "once")
        world.clock.forward(hours=1, minutes=10)
        world.poll()
    asked = world.web.asks(FEED), world.web.asks(OTHER)
    assert asked[0] > 2 * asked[1]
    busy, quiet = (feed for feed in world.kept.feeds.all())
    assert busy.weight > quiet.weight


def test_a_gap_is_recorded_and_filled_from_older_pages(world: World) -> None:
    """Nothing known in the document, and it names where older entries are (RFC 5005)."""
    world.web.feed(FEED, "1", "2")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", "9", older="https://a.example/older")
    world.web.feed("https://a.example/older", "2", "5", "6")
    assert [(visit.outcome, visit.new, visit.gap) for visit in world.poll()] == [
        (Outcome.NEW, 2, True),
        (Outcome.OLDER, 2, False),
    ]
    assert {entry.guid for entry in world.kept.entries.announced()} == {"1", "2", "5", "6", "8", "9"}
    assert world.kept.feeds.all()[0].gaps == 1


def test_older_pages_that_go_in_a_circle_end(world: World) -> None:
    """Each is read once."""
    world.web.feed(FEED, "1", older="https://a.example/older")
    world.web.feed("https://a.example/older", "2", older=FEED)
    world.poll()
    feed = world.kept.feeds.all()[0]
    backfilled = list(backfill_feed(tools(world.kept, world.web, world.clock), feed, 50))
    assert [visit.new for visit in backfilled] == [1, 0]


def test_a_feed_that_moved_goes_on_at_its_new_address(world: World) -> None:
    """After a week of the same answer: one feed, its entries, its former address."""
    world.web.feed(FEED, "1")
    world.poll()
    for day in range(8):
        world.clock.forward(days=1)
        world.web.feed(FEED, "1", f"day{day}")
        world.web.moves(FEED, OTHER)
        world.poll()
    feed = world.kept.feeds.all()[0]
    assert (feed.url, feed.former_urls) == (OTHER, (FEED,))
    assert feed.entries == 9


@pytest.mark.parametrize(
    ("to", "told"),
    [("https://a.example/new", Access("ada", "secret", proxy=PROXY)), (OTHER, Access(proxy=PROXY))],
)
def test_what_is_told_to_a_feeds_host_moves_with_the_feed_to_no_other(
    world: World, to: str, told: Access
) -> None:
    """Nor with its pages: a redirect would not have been told either, however often it was given."""
    world.accesses = {FEED: Access("ada", "secret", proxy=PROXY)}
    world.web.feed(FEED, "1")
    world.poll()
    for day in range(8):
        world.clock.forward(days=1)
        world.web.feed(FEED, "1", f"day{day}")
        world.web.moves(FEED, to)
        world.poll()
    world.archive()
    world.clock.forward(days=1)
    world.poll()
    assert world.web.asked[-1].url == to
    assert world.web.asked[-1].access == told
    assert {request.access for request in world.web.asked if request.url == "https://a.example/1"} == {told}


def test_a_feed_that_moved_to_one_we_follow_ends_there(world: World) -> None:
    """The other goes on, and nothing is doubled."""
    world.kept.feeds.apply_plan(plan(OTHER), world.clock())
    world.web.feed(OTHER, "1")
    world.web.feed(FEED, "1")
    world.poll()
    for _ in range(8):
        world.clock.forward(days=1)
        world.web.moves(FEED, OTHER)
        world.poll()
    states = {feed.url: feed.state for feed in world.kept.feeds.all()}
    assert states == {FEED: FeedState.MOVED, OTHER: FeedState.ACTIVE}


def test_nobody_is_blamed_when_the_network_is_away(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """All of them are tried again soon, none is counted as failing; the log says it once."""
    urls = [f"https://h{n}.example/feed" for n in range(6)]
    world.kept.feeds.apply_plan(plan(*urls), world.clock())
    assert {visit.outcome for visit in world.poll()} == {Outcome.OFFLINE}
    assert [record.getMessage().partition(" again")[0] for record in caplog.records] == ["offline feeds=7"]
    assert {(feed.failures, feed.last_error) for feed in world.kept.feeds.all()} == {(0, "")}
    world.clock.forward(minutes=11)
    for url in urls[:-1]:
        world.web.feed(url, "1")
    outcomes = {visit.feed.url: visit.outcome for visit in world.poll()}
    assert outcomes[urls[0]] == Outcome.NEW
    assert outcomes[urls[-1]] == Outcome.NO_ANSWER


def test_a_kill_between_request_and_record_asks_no_feed_too_early(world: World, tmp_path: Path) -> None:
    """The request left, nothing was recorded, the program starts again: not before the hour is over."""
    world.web.feed(FEED, "1")

    def killed(*_: object) -> None:
        raise SystemExit

    world.work = killed
    with pytest.raises(SystemExit):
        world.poll()
    world.kept.close()
    with open_archive(tmp_path / "archive.db", writable=True) as world.kept:
        world.work = None
        assert world.poll() == []
        world.clock.forward(hours=1)
        assert [visit.new for visit in world.poll()] == [1]


def test_a_page_whose_host_wants_to_be_left_alone_waits(world: World) -> None:
    """No stopgap, no attempt; it is asked for when the hold is over."""
    world.web.feed(FEED, "1|The bell|Divers found the bell.")
    world.web.held("https://a.example/1", 7200)
    world.poll()
    assert world.archive() == []
    entry = world.kept.entries.announced()[0]
    assert (entry.state, entry.attempts) == (EntryState.PENDING, 0)
    world.clock.forward(hours=2, seconds=1)
    world.web.page("https://a.example/1", LONG)
    assert len(world.archive()) == 1


def test_one_bad_feed_does_not_stop_the_others(world: World) -> None:
    """Each failure is a value with a name; everything else goes on."""
    urls = [f"https://h{n}.example/feed" for n in range(6)]
    world.kept.feeds.apply_plan(plan(*urls), world.clock())
    world.web.status(urls[0], 404)
    world.web.fails(urls[1], FailureKind.TLS, "certificate expired")
    world.web.page(urls[2], LONG)
    world.web.status(urls[3], 200)
    world.web.feed(urls[4], "1")
    world.web.feed(FEED, "1")
    outcomes = {visit.feed.url: visit.outcome for visit in world.poll()}
    assert outcomes == {
        urls[0]: Outcome.HTTP_ERROR,
        urls[1]: Outcome.NO_ANSWER,
        urls[2]: Outcome.NOT_A_FEED,
        urls[3]: Outcome.NOT_A_FEED,
        urls[4]: Outcome.NEW,
        urls[5]: Outcome.NO_ANSWER,
        FEED: Outcome.NEW,
    }


def test_a_document_that_kills_the_parser_costs_one_visit(world: World) -> None:
    """The worker dies, the feed is marked, the service lives."""
    world.web.feed(FEED, "1")
    world.work = lambda *_: Crash("the worker died (signal 11)")
    visit = world.poll()[0]
    assert (visit.outcome, visit.feed.failures) == (Outcome.CRASHED, 1)
    assert "signal 11" in visit.error


def test_two_feeds_one_article(world: World) -> None:
    """Announced twice, under a tracking parameter: fetched once, kept once, seen twice."""
    world.kept.feeds.apply_plan(plan(OTHER), world.clock())
    world.web.feed(FEED, "bell")
    world.web.feed(OTHER, "x")
    announced = world.web.answers[OTHER]
    assert isinstance(announced, Response)
    body = announced.body.replace(b"https://b.example/x", b"https://a.example/bell?utm_source=b")
    world.web.answers[OTHER] = Response(OTHER, OTHER, 200, {}, body)
    world.web.page("https://a.example/bell", LONG)
    world.web.page("https://a.example/bell?utm_source=b", LONG)
    world.poll()
    world.archive()
    article = world.kept.articles.get(1)
    assert article is not None
    assert len(article.sightings) == 2
    assert world.kept.status(world.clock()).articles == {"full": 1}


def test_a_redirect_leads_to_the_article_we_have(world: World) -> None:
    """Another link, the same final address, the announced title: one article."""
    world.web.feed(FEED, "short|The bell is found", "bell|The bell is found")
    world.web.page("https://a.example/bell", LONG, title="The bell is found")
    world.web.page(
        "https://a.example/short", LONG, title="The bell is found", final_url="https://a.example/bell"
    )
    world.poll()
    world.archive()
    assert world.kept.status(world.clock()).articles == {"full": 1}


def test_articles_that_all_lead_to_a_login_stay_apart(world: World) -> None:
    """Each keeps its title and the feed's words; none is lost in another."""
    world.web.feed(FEED, *(f"{n}|Story number {n}|Words of story {n}." for n in range(4)))
    for n in range(4):
        world.web.page(
            f"https://a.example/{n}", LONG, title="Log in", final_url="https://a.example/account/login"
        )
    world.poll()
    world.archive()
    for n in range(4):
        hits = world.kept.index.search(Query(AllOf((Words("story"), Words(f"{n}")))))
        assert [hit.article.title for hit in hits] == [f"Story number {n}"]
        assert hits[0].article.verdict is Verdict.FEED_ONLY


def test_the_longest_words_of_any_feed_are_kept_while_there_is_no_page(world: World) -> None:
    """A teaser here, the whole text there, the page gone."""
    world.kept.feeds.apply_plan(plan("https://a.example/full"), world.clock())
    world.web.feed(FEED, "1|The bell|A teaser.")
    world.web.feed("https://a.example/full", "1|The bell|" + LONG.replace("\n\n", " "))
    world.web.status("https://a.example/1", 410)
    world.poll()
    world.archive()
    assert len(world.article()[1]) > 500
    assert {entry.state for entry in world.kept.entries.announced()} == {EntryState.ARCHIVED}


def test_words_that_change_while_the_article_is_being_archived_are_not_lost(world: World) -> None:
    """The poll and the archive loop run at the same time: what came in between is looked at again."""
    world.web.feed(FEED, "1|The bell|First words.")
    world.web.status("https://a.example/1", 404)
    world.poll()
    claimed = world.kept.entries.claim(world.clock(), limit=1, lease=LEASE)
    world.clock.forward(hours=2)
    world.web.feed(FEED, "1|The bell|Other words, and more of them.")
    world.poll()
    made = decide_article(
        PageLook(claimed[0], None, without_page(claimed[0].parsed, "gone").extracted), None, world.clock()
    )
    world.kept.articles.record(made)
    assert len(world.archive()) == 1
    assert world.article()[1] == "Other words, and more of them."


def test_a_clock_that_was_wrong_once_stops_nothing(world: World) -> None:
    """What it put off by years is due when time is right again."""
    world.web.feed(FEED, "1")
    world.web.status("https://a.example/1", 503)
    world.clock.forward(days=1500)
    world.poll()
    world.archive()
    world.clock.forward(days=-1500)
    assert len(world.poll()) == 1
    assert len(world.archive()) == 1


def test_a_copy_on_another_site_is_linked(world: World) -> None:
    """Kept, and linked to the first."""
    world.kept.feeds.apply_plan(plan(OTHER), world.clock())
    world.web.feed(FEED, "1")
    world.web.feed(OTHER, "2")
    world.web.page("https://a.example/1", LONG)
    world.web.page("https://b.example/2", LONG)
    world.poll()
    world.archive()
    copies = [world.kept.articles.get(id_) for id_ in (1, 2)]
    assert [copy.duplicate_of for copy in copies if copy] == [None, 1]


def test_a_page_that_fails_leaves_the_feeds_words_until_it_comes(world: World) -> None:
    """Archived at once, asked for again, replaced by the full text; no revision is made of a stopgap."""
    world.web.feed(FEED, "1|The bell|Divers found the bell.")
    world.web.status("https://a.example/1", 503)
    world.poll()
    world.archive()
    assert world.article() == (Verdict.FEED_ONLY, "Divers found the bell.")
    assert world.kept.entries.announced()[0].state is EntryState.RETRYING
    assert world.archive() == []
    world.web.page("https://a.example/1", LONG)
    world.clock.forward(minutes=16)
    assert len(world.archive()) == 1
    assert world.article() == (Verdict.FULL, LONG)
    assert world.kept.articles.revisions(1) == []
    assert world.kept.entries.announced()[0].state is EntryState.ARCHIVED


@pytest.mark.parametrize(("status", "verdict"), [(404, Verdict.GONE), (403, Verdict.BLOCKED)])
def test_a_page_without_text_and_a_feed_without_words_leave_a_title(
    world: World, status: int, verdict: Verdict
) -> None:
    """Even then the entry is in the archive, and says why there is no more."""
    world.web.feed(FEED, "1|The bell of Nordhaven")
    world.web.status("https://a.example/1", status)
    world.poll()
    world.archive()
    assert world.article() == (verdict, "")
    assert len(world.kept.index.search(Query(Words("nordhaven")))) == 1


def test_an_update_in_the_feed_makes_a_revision(world: World) -> None:
    """The feed changes its words, the page has changed too: both texts are kept."""
    world.web.feed(FEED, "1|The bell|Divers look.")
    world.web.page("https://a.example/1", LONG)
    world.poll()
    world.archive()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "1|The bell is found|Divers found it.")
    world.web.page(
        "https://a.example/1", LONG + "\n\nThe bell hangs in the tower again, and on Sundays it is rung."
    )
    world.poll()
    world.archive()
    assert world.article()[1].endswith("it is rung.")
    assert [past.text for past in world.kept.articles.revisions(1)] == [LONG]


def test_a_page_that_kills_the_extractor_leaves_the_feeds_words(world: World) -> None:
    """One verdict is the whole cost."""
    world.web.feed(FEED, "1|The bell|Divers found the bell.")
    world.web.page("https://a.example/1", LONG)
    world.poll()
    world.work = lambda *_: Crash("took longer than 20 s")
    world.archive()
    assert world.article() == (Verdict.FEED_ONLY, "Divers found the bell.")


def test_what_a_dead_worker_had_claimed_is_done_later_and_once(world: World) -> None:
    """The lease ends, the work is done, nothing is there twice."""
    world.web.feed(FEED, "1", "2")
    for guid in ("1", "2"):
        world.web.page(f"https://a.example/{guid}", LONG + guid)
    world.kept.feeds.claim(world.clock(), limit=9, lease=LEASE)
    assert world.poll() == []
    world.clock.forward(minutes=15)
    assert len(world.poll()) == 1
    world.kept.entries.claim(world.clock(), limit=1, lease=LEASE)
    assert len(world.archive()) == 1
    world.clock.forward(minutes=15)
    assert len(world.archive()) == 1
    assert world.kept.status(world.clock()).articles == {"full": 2}


def test_a_paused_feed_is_left_alone_but_its_entries_are_still_archived(world: World) -> None:
    """What was announced while we followed it is ours to keep."""
    world.web.feed(FEED, "1")
    world.web.page("https://a.example/1", LONG)
    world.poll()
    world.kept.feeds.apply_plan(SubscriptionPlan(pause=(FEED,)), world.clock())
    world.clock.forward(hours=5)
    assert world.poll() == []
    assert len(world.archive()) == 1


def test_a_bug_is_seen_and_costs_one_document(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It stands in the log with its trace; all others are read."""
    world.kept.feeds.apply_plan(plan(OTHER), world.clock())
    world.web.feed(FEED, "1")
    world.web.feed(OTHER, "2")

    def broken(func: Callable[..., Any], *args: Any) -> Any:
        if FEED in args or (args and getattr(args[0], "guid", "") == "2"):
            raise ZeroDivisionError
        return func(*args)

    world.work = broken
    outcomes = {visit.feed.url: visit.outcome for visit in world.poll()}
    assert outcomes == {FEED: Outcome.CRASHED, OTHER: Outcome.NEW}
    assert "ZeroDivisionError" in caplog.text
    assert len(world.archive()) == 1
    assert world.kept.entries.announced()[0].state is EntryState.RETRYING


def test_what_is_no_fault_of_a_document_stops_loudly(world: World) -> None:
    """And leaves nothing half recorded."""
    world.web.feed(FEED, "1")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    world.work = interrupted
    with pytest.raises(KeyboardInterrupt):
        world.poll()
    assert world.kept.entries.announced() == []


def test_entries_that_share_a_link_stay_apart(world: World) -> None:
    """A changelog page, a status page: the link names none of them, so each is kept in the feed's own words."""
    page = "https://a.example/changelog"
    world.web.page(page, LONG)
    world.web.feed(FEED, "v1|Version one|Words about the apple.")
    world.web.relink(FEED, page)
    world.poll()
    world.archive()
    world.clock.forward(days=2)
    world.web.feed(FEED, "v3|Version three|Words about the cherry.", "v2|Version two|Words about the banana.",
                   "v1|Version one|Words about the apple.")  # fmt: skip
    world.web.relink(FEED, page)
    world.poll()
    world.archive()
    for word, title in (("banana", "Version two"), ("cherry", "Version three")):
        assert [hit.article.title for hit in world.kept.index.search(Query(Words(f"{word}")))] == [title]
    assert world.web.asks(page) == 1


def test_a_gap_whose_older_page_fails_is_filled_later(world: World) -> None:
    """What is owed stands in the archive, until it has been read."""
    world.web.feed(FEED, "1")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", older="https://a.example/older")
    world.web.status("https://a.example/older", 503)
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", "9", older="https://a.example/older")
    world.web.feed("https://a.example/older", "1", "5")
    world.poll()
    assert {entry.guid for entry in world.kept.entries.announced()} == {"1", "5", "8", "9"}
    asked = world.web.asks("https://a.example/older")
    world.clock.forward(hours=2)
    world.poll()
    assert world.web.asks("https://a.example/older") == asked


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_gap_whose_older_page_is_gone_is_given_up(world: World, status: int) -> None:
    """What will never come is not asked for at every visit."""
    older = "https://a.example/older"
    world.web.feed(FEED, "1")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", older=older)
    world.web.status(older, status)
    for _ in range(3):
        world.poll()
        world.clock.forward(hours=2)
    assert world.web.asks(older) == 1


def test_filling_a_gap_leaves_the_feed_as_it_is(world: World) -> None:
    """An old document says nothing about validators or about when to come back."""
    world.web.feed(FEED, "1")
    world.poll()
    world.clock.forward(hours=2)
    world.web.feed(FEED, "8", etag='"new"', older="https://a.example/older")
    world.web.feed("https://a.example/older", "5")
    world.poll()
    feed = world.kept.feeds.all()[0]
    assert feed.validators.etag == '"new"'
    assert feed.next_check_at is not None
    assert feed.next_check_at > world.clock()


def test_a_host_that_is_held_for_a_moment_is_not_asked_in_a_loop(world: World) -> None:
    """Instants are kept in whole seconds; a hold of less is a hold all the same."""
    world.web.held(FEED, 0.4)
    assert len(world.poll()) == 1
    world.web.feed(FEED, "1")
    world.clock.forward(minutes=1)
    world.poll()
    world.web.held("https://a.example/1", 0.4)
    assert world.archive() == []


def test_a_claim_that_ran_out_while_it_waited_is_not_asked_twice(world: World) -> None:
    """A machine that slept: what is claimed again is asked once."""
    world.web.feed(FEED, "1")
    first = world.kept.feeds.claim(world.clock(), limit=1, lease=LEASE)[0]
    world.clock.forward(minutes=16)
    world.poll()
    assert not world.kept.feeds.mark_asked(first.id, world.clock(), world.clock())


# ---------------------------------------------------------------------------------------------- looking again

MORE = (
    "The bell hangs in the tower again, and on Sundays it is rung for all who looked for it in the harbour."
)
PAGE = "https://a.example/1"


@pytest.fixture
def watched(world: World) -> World:
    """Make a world where pages are looked at again, with one article in it."""
    world.rechecks = Rechecks(on=True)
    world.web.feed(FEED, "1|The bell|Divers look.")
    world.web.page(PAGE, LONG, title="The bell")
    world.poll()
    world.archive()
    return world


def look_again(world: World, hours: float) -> list[Archived]:
    world.clock.forward(hours=hours)
    return world.archive()


def kinds(world: World) -> list[Change]:
    return [past.kind for past in world.kept.articles.revisions(1)]


def test_a_page_is_looked_at_again_ever_more_rarely(watched: World) -> None:
    """Six times in thirty days, and the entry is archived all the while."""
    hours = []
    for hour in range(1, 24 * 45):
        watched.clock.forward(hours=1)
        if watched.archive():
            hours.append(hour)
    assert len(hours) == 6
    assert hours == sorted(hours)
    assert 1 <= hours[0] <= 2
    assert 24 * 30 <= hours[-1] <= 24 * 33 + 1
    entry = watched.kept.entries.announced()[0]
    assert (entry.state, entry.attempts, entry.next_try_at) == (EntryState.ARCHIVED, 1, None)


def test_a_look_is_no_retry(watched: World) -> None:
    """What waits to be looked at is archived, not retrying; nothing is due."""
    assert watched.kept.status(watched.clock()).entries == {"archived": 1}
    assert watched.kept.entries.announced(state="retrying") == []
    watched.clock.forward(hours=2)
    assert watched.kept.entries.due(watched.clock()) == 0


def test_an_edit_that_no_feed_announces_is_seen(watched: World) -> None:
    """The new text is the article's, the old one stays."""
    watched.web.page(PAGE, f"{LONG}\n\n{MORE}", title="The bell")
    assert [one.keeps_revision for one in look_again(watched, 2)] == [Change.SUBSTANCE]
    assert watched.article()[1].endswith(MORE)
    assert kinds(watched) == [Change.SUBSTANCE]


def test_what_ticks_is_no_edit(watched: World) -> None:
    """Neither a revision nor another text."""
    watched.web.page(PAGE, f"{LONG}\n\nUpdated 12 minutes ago", title="The bell")
    assert len(look_again(watched, 2)) == 1
    assert watched.article() == (Verdict.FULL, LONG)
    assert kinds(watched) == []


def test_a_headline_is_read_from_the_page(watched: World) -> None:
    """The feed keeps the old one, or has long forgotten the entry; each change is one revision."""
    watched.web.page(PAGE, LONG, title="The bell of Nordhaven is found")
    look_again(watched, 2)
    look_again(watched, 6)
    article = watched.kept.articles.get(1)
    assert article is not None
    assert article.title == "The bell of Nordhaven is found"
    assert kinds(watched) == [Change.HEADLINE]


def test_a_look_is_conditional(watched: World) -> None:
    """The validators of the page that we have go along, and 304 changes nothing."""
    served = watched.web.answers[PAGE]
    assert isinstance(served, Response)
    watched.web.answers[PAGE] = replace(
        served, body=served.body.replace(b"five", b"six"), headers={**served.headers, "etag": '"2"'}
    )
    look_again(watched, 2)
    assert not watched.web.asked[-1].validators
    look_again(watched, 6)
    assert watched.web.asked[-1].validators.etag == '"2"'
    assert watched.web.asked[-1].validators_of == PAGE
    assert kinds(watched) == [Change.CORRECTION]


def test_the_same_bytes_are_not_read_again(watched: World) -> None:
    """A server without validators costs a download only."""
    watched.work = lambda *_: pytest.fail("read again")
    assert len(look_again(watched, 2)) == 1


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_look_that_fails_changes_nothing(watched: World, status: int) -> None:
    """And does not ask again before the next look is due."""
    watched.web.status(PAGE, status)
    assert len(look_again(watched, 2)) == 1
    assert watched.article() == (Verdict.FULL, LONG)
    assert look_again(watched, 1) == []
    assert watched.kept.entries.announced()[0].state is EntryState.ARCHIVED
    assert len(look_again(watched, 5)) == 1


def test_a_page_that_ends_early_is_broken(watched: World) -> None:
    """A wall that came later, in front of the greater part of the text."""
    watched.web.page(PAGE, LONG[: int(len(LONG) * 0.6)] + " … Subscribe to read on.", title="The bell")
    look_again(watched, 2)
    assert watched.article() == (Verdict.FULL, LONG)


def test_a_page_is_gone_when_it_is_not_there_twice(watched: World) -> None:
    """A day apart; the text stays, and nobody looks any more, until the feed speaks of it again."""
    watched.web.status(PAGE, 404)
    look_again(watched, 2)
    gone = watched.kept.articles.get(1)
    assert gone is not None
    assert gone.gone_at is None
    look_again(watched, 25)
    gone = watched.kept.articles.get(1)
    assert gone is not None
    assert (gone.gone_at, gone.text) == (watched.clock(), LONG)
    assert look_again(watched, 24 * 20) == []
    watched.web.page(PAGE, LONG, title="The bell")
    watched.web.feed(FEED, "1|The bell|Divers look again.")
    watched.poll()
    watched.archive()
    back = watched.kept.articles.get(1)
    assert back is not None
    assert back.gone_at is None


def test_a_page_that_is_back_was_not_gone(watched: World) -> None:
    """Two looks that found nothing count only in a row."""
    watched.web.status(PAGE, 404)
    look_again(watched, 2)
    watched.web.page(PAGE, LONG, title="The bell")
    look_again(watched, 25)
    watched.web.status(PAGE, 404)
    look_again(watched, 24 * 3)
    article = watched.kept.articles.get(1)
    assert article is not None
    assert article.gone_at is None


def test_new_entries_go_first(watched: World) -> None:
    """Looks begin when nothing else is due."""
    watched.clock.forward(hours=2)
    watched.web.feed(FEED, "1|The bell|Divers look.", "2|A bridge", "3|A ferry")
    for guid in ("2", "3"):
        watched.web.page(f"https://a.example/{guid}", LONG.replace("bell", f"thing {guid}"))
    watched.poll()
    pages = [one.entry.parsed.guid for one in watched.archive()]
    assert pages[-1] == "1"
    assert set(pages) == {"1", "2", "3"}


def test_looks_are_bounded(world: World) -> None:
    """What a pause has made due at once is spread: so many an hour, and six for each new entry."""
    world.rechecks = Rechecks(on=True)
    world.web.feed(FEED, *(str(n) for n in range(50)))
    for n in range(50):
        world.web.page(f"https://a.example/{n}", LONG.replace("quay", f"quay {n}"))
    world.poll()
    world.archive()
    world.clock.forward(hours=30)
    assert len(world.archive()) == 30
    assert world.archive() == []
    world.clock.forward(hours=1, minutes=1)
    assert len(world.archive()) == 20


def test_an_old_entry_is_not_watched(world: World) -> None:
    """The back catalogue of a feed was edited long ago."""
    world.rechecks = Rechecks(on=True)
    world.web.feed(FEED, "1")
    served = world.web.answers[FEED]
    assert isinstance(served, Response)
    dated = served.body.replace(b"</item>", b"<pubDate>Sun, 01 Feb 2026 08:00:00 GMT</pubDate></item>")
    world.web.answers[FEED] = replace(served, body=dated)
    world.web.page(PAGE, LONG)
    world.poll()
    assert [one.recheck_at for one in world.archive()] == [None]


@pytest.mark.parametrize(
    ("rechecks", "looks"),
    [
        (Rechecks(), 0),
        (Rechecks(on=True, only=("b.example",)), 0),
        (Rechecks(on=True, only=("B.example", "A.example")), 1),
        (Rechecks(on=True, only=("/feed",)), 1),
    ],
)
def test_only_what_is_wanted_is_watched(world: World, rechecks: Rechecks, looks: int) -> None:
    """Nobody, or those whose page or feed has a part in its address."""
    world.rechecks = rechecks
    world.web.feed(FEED, "1")
    world.web.page(PAGE, LONG)
    world.poll()
    world.archive()
    assert len(look_again(world, 2)) == looks


def test_a_page_teaches_its_site_once(watched: World) -> None:
    """However often it is looked at: else its own lines would seem to stand on every page."""
    watched.web.page(PAGE, f"{LONG}\n\n{MORE}", title="The bell")
    taught = watched.kept.sites.memory("a.example")
    look_again(watched, 2)
    assert watched.kept.sites.memory("a.example") == taught
    assert taught.pages == 1


def test_a_page_that_is_reached_by_a_refresh_need_not_come_again(world: World) -> None:
    """What leads there says nothing of its own; "not modified" is said where the text is."""
    there = "https://a.example/full"
    world.rechecks = Rechecks(on=True)
    world.web.feed(FEED, "1")
    refresh = f'<html><head><meta http-equiv="refresh" content="0; url={there}"></head><body></body></html>'
    world.web.answers[PAGE] = Response(PAGE, PAGE, 200, {"content-type": "text/html"}, refresh.encode())
    world.web.page(there, LONG)
    served = world.web.answers[there]
    assert isinstance(served, Response)
    world.web.answers[there] = replace(served, headers={"content-type": "text/html", "etag": '"1"'})
    world.poll()
    assert [one.error for one in world.archive()] == [""]
    assert world.article()[1] == LONG
    [again] = look_again(world, 2)
    assert world.web.asked[-1].validators.etag == '"1"'
    assert (again.error, again.recheck_at is not None) == ("", True)
