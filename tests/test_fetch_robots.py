"""robots.txt by RFC 9309: asked for before pages, kept for a day, obeyed; feeds are what a person asked for."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from aggregator.fetch import Fetcher, HostBudget
from aggregator.fetch.failing import NoAnswer
from aggregator.fetch.robots import KEPT_S, LOOK_AGAIN_S, PATIENCE_S, Robots, Rules, read_rules
from aggregator.models import Access, Failure, FailureKind, Response
from tests.fetching import Clock, failed, failure, feed, got, limits, page, raw, said
from tests.servers import Answer, Answers, Server, Wire, answer, closed_port, redirect

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 24 * 3600.0
CLOSED = b"User-agent: *\nDisallow: /\n"


def asks(robots: Answer, target: str = "/page", **changes: object) -> tuple[Response | Failure, list[str]]:
    """Fetch a page of a site with these rules; return what came of it, and what the site was asked for."""
    table: Answers = {"/robots.txt": robots, target: said(b"text"), "/moved": said(CLOSED)}
    with Server(table) as server, Fetcher(limits(robots=True, **changes)) as fetcher:
        return fetcher.fetch(page(server.url(target))), server.targets


@pytest.mark.parametrize(
    ("rules", "target", "allowed"),
    [
        (b"", "/page", True),
        (CLOSED, "/page", False),
        (b"User-agent: *\r\nDisallow: /page\r\n", "/page", False),
        (b"User-agent: *\rDisallow: /page", "/page", False),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /", "/page", False),
        (b"User-agent: *\nDisallow:\n", "/page", True),
        (b"User-agent: *\nDisallow: /\nAllow: /page\n", "/page", True),
        (b"User-agent: *\nDisallow: /page\nAllow: /page\n", "/page", True),
        (b"User-agent: *\nAllow: /p\nDisallow: /page\n", "/page/1", False),
        (b"User-agent: *\nDisallow: /*.html$\n", "/a.html", False),
        (b"User-agent: *\nDisallow: /*.html$\n", "/a.html?x", True),
        (b"User-agent: *\nDisallow: /a%3cb\n", "/a%3Cb", False),
        (b"User-agent: aggregator\nDisallow: /\n", "/page", False),
        (b"User-agent: Aggregator\nDisallow: /\n", "/page", False),
        (b"User-agent: a\nUser-agent: aggregator\nDisallow: /\n", "/page", False),
        (b"User-agent: newsaggregator\nDisallow: /\n", "/page", True),
        (b"User-agent: agg\nUser-agent: or\nDisallow: /\n", "/page", True),
        (b"user agent  AGGREGATOR/1.0 (news) # us\nDisallow: /\n", "/page", False),
        (b"User-agent: *\nAllow: /\n\nUser-agent: a\nUser-agent: b\nDisallow: /\n", "/page", True),
        (b"User-agent:\nDisallow: /\n", "/page", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: aggregator\nDisallow: /private\n", "/page", True),
        (b"User-agent: otherbot\nDisallow: /\n", "/page", True),
        (b"Disallow: /\n", "/page", True),
        (b"<html>not found, sorry</html>", "/page", True),
        (b"\x00\xff\xfe" * 1000, "/page", True),
        (b"User-agent: *\nDisallow: http://[\nDisallow: \xed\xa0\x80\nCrawl-delay: 1e999\n", "/page", True),
    ],
)
def test_a_page_is_asked_for_only_if_the_rules_allow_it(rules: bytes, target: str, allowed: bool) -> None:
    """The longest rule counts, allow wins a draw, our own group replaces the general one (2.2.1, 2.2.2)."""
    outcome, asked = asks(said(rules), target)
    if allowed:
        assert got(outcome).body == b"text"
        assert asked == ["/robots.txt", target]
    else:
        refused = failure(outcome)
        assert refused.kind is FailureKind.ROBOTS
        assert refused.message == "robots.txt does not allow us to read this page"
        assert asked == ["/robots.txt"]


def test_a_crowd_of_agents_does_not_multiply_the_rules() -> None:
    """In a process that may have half a gigabyte: ten thousand times ten thousand rules would be ten."""
    script = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
from aggregator.fetch.robots import Robots
from aggregator.models import Response
crowd = "".join(f"User-agent: a{n}\\n" for n in range(10_000)) + "".join(f"Disallow: /{n}\\n" for n in range(10_000))
answer = Response("https://a.example/robots.txt", "https://a.example/robots.txt", 200, {}, crowd.encode())
print(Robots(lambda: 0.0).permit("https://a.example/page", lambda url: answer))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0.0\n", "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204, 304])
def test_where_there_are_no_rules_everything_is_allowed(status: int) -> None:
    """Unavailable is not unreachable (2.3.1.3)."""
    got(asks(answer(status, CLOSED if status >= 400 else b""))[0])


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_where_the_rules_cannot_be_had_nothing_is_asked_for_now(status: int) -> None:
    """It is nobody's fault and not for ever (2.3.1.4)."""
    outcome, asked = asks(answer(status))
    held = failure(outcome)
    assert held.kind is FailureKind.HELD
    assert held.message == "robots.txt could not be fetched, so no page is requested"
    assert held.retry_after == pytest.approx(LOOK_AGAIN_S, abs=60)
    assert asked == ["/robots.txt"]


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (raw("HTTP/1.1 200 OK\nContent-Length: 500", b"User-agent: *"), FailureKind.TRUNCATED),
        (said(gzip.compress(CLOSED)[:-9], Content_Encoding="gzip"), FailureKind.TRUNCATED),
        (b"HELLO\r\n\r\n", FailureKind.BAD_ANSWER),
        (Wire.hang, FailureKind.TIMEOUT),
    ],
    ids=["cut", "cut gzip", "no HTTP", "hangs"],
)
def test_rules_that_break_off_are_not_taken_for_whole_ones(sent: Answer, kind: FailureKind) -> None:
    """The first page says why, the next ones are not asked for; half a file could lack the one line that counts."""
    answers = sent if callable(sent) else (lambda wire: wire.send(sent))
    with (
        Server({"/robots.txt": answers}) as server,
        Fetcher(limits(robots=True, deadline=0.3)) as fetcher,
    ):
        first = failure(fetcher.fetch(page(server.url("/1"))))
        assert failed(fetcher.fetch(page(server.url("/2")))) is FailureKind.HELD
    assert first.kind is kind
    assert first.message.startswith("robots.txt: ")
    assert server.targets == ["/robots.txt"]


def test_a_host_that_cannot_be_reached_is_told_as_it_is() -> None:
    """It is the host that is away, and the next page may find it there again."""
    with Fetcher(limits(robots=True)) as fetcher:
        for _ in range(2):
            outcome = failure(fetcher.fetch(page(f"http://127.0.0.1:{closed_port()}/")))
            assert (outcome.kind, outcome.message) == (FailureKind.CONNECT, "connection refused")


def test_redirects_of_the_rules_are_followed_and_the_rules_are_for_the_first_host() -> None:
    assert failed(asks(redirect("/moved"))[0]) is FailureKind.ROBOTS
    with Server({"/robots.txt": said(CLOSED)}, address="127.0.0.2") as other:
        outcome, asked = asks(redirect(other.url("/robots.txt"), 301))
    assert failed(outcome) is FailureKind.ROBOTS
    assert asked == other.targets == ["/robots.txt"]


@pytest.mark.parametrize("location", ["/robots.txt", "http://[", "ftp://example.org/"])
def test_redirects_that_lead_nowhere_mean_no_rules(location: str) -> None:
    """More than five in a row, or to no address (2.3.1.2)."""
    got(asks(redirect(location))[0])


def test_rules_beyond_the_cap_are_left_unread() -> None:
    """500 KiB are read in any case (2.5), and a bomb costs no more than that."""
    early = b"User-agent: *\nDisallow: /page\n" + b"# nothing\n" * 10**6
    within = b"User-agent: *\n" + b"# nothing\n" * 50_000 + b"Disallow: /page\n"
    beyond = b"User-agent: *\n" + b"# nothing\n" * 100_000 + b"Disallow: /page\n"
    bomb = gzip.compress(b"User-agent: *\n" + b"\0" * 2**26)
    assert failed(asks(said(early))[0]) is FailureKind.ROBOTS
    assert failed(asks(said(within))[0]) is FailureKind.ROBOTS
    got(asks(said(beyond))[0])
    got(asks(said(bomb, Content_Encoding="gzip"))[0])


def test_rules_are_asked_for_once_a_host() -> None:
    with Server({"/robots.txt": said(b"User-agent: *\nDisallow: /private")}) as server:
        with Fetcher(limits(robots=True)) as fetcher:
            for number in range(3):
                got(fetcher.fetch(page(server.url(f"/{number}"))))
            assert failed(fetcher.fetch(page(server.url("/private/1")))) is FailureKind.ROBOTS
        assert server.targets == ["/robots.txt", "/0", "/1", "/2"]
        assert server.asked[0].header("User-Agent") == server.asked[1].header("User-Agent")


def test_every_hop_of_a_page_is_permitted_by_its_own_host() -> None:
    with (
        Server({"/robots.txt": said(CLOSED), "/there": said(b"x")}, address="127.0.0.2") as other,
        Server({"/": redirect(other.url("/there"))}) as server,
        Fetcher(limits(robots=True)) as fetcher,
    ):
        assert failed(fetcher.fetch(page(server.url("/")))) is FailureKind.ROBOTS
    assert server.targets == ["/robots.txt", "/"]
    assert other.targets == ["/robots.txt"]


def test_feeds_are_asked_for_whatever_the_rules_say() -> None:
    with (
        Server({"/robots.txt": said(CLOSED), "/feed": said(b"x")}) as server,
        Fetcher(limits(robots=True)) as fetcher,
    ):
        got(fetcher.fetch(feed(server.url("/feed"))))
    assert server.targets == ["/feed"]


def test_the_users_own_site_need_not_be_asked() -> None:
    """Neither by a feed's setting nor by the general one; the leave ends at the host."""
    with (
        Server({"/robots.txt": said(CLOSED), "/": said(b"x")}, address="127.0.0.2") as other,
        Server({"/robots.txt": said(CLOSED), "/": said(b"x"), "/out": redirect(other.url("/"))}) as own,
    ):
        with Fetcher(limits(robots=False)) as fetcher:
            got(fetcher.fetch(page(own.url("/"))))
        with Fetcher(limits(robots=True)) as fetcher:
            got(fetcher.fetch(page(own.url("/"), Access(obey_robots=False))))
            outcome = fetcher.fetch(page(own.url("/out"), Access(obey_robots=False)))
    assert failed(outcome) is FailureKind.ROBOTS
    assert own.targets == ["/", "/", "/out"]
    assert other.targets == ["/robots.txt"]


def test_crawl_delay_lies_between_two_pages() -> None:
    """Not between robots.txt and the page that it was asked for, nor between the hops of one page."""
    clock = Clock()
    budget = HostBudget(1.0, clock=clock, sleep=clock.sleep)
    table: Answers = {
        "/robots.txt": said(b"User-agent: *\nCrawl-delay: 20"),
        "/1": redirect("/2"),
        "/2": said(b"x"),
    }
    with Server(table) as server, Fetcher(limits(robots=True), budget) as fetcher:
        got(fetcher.fetch(page(server.url("/1"))))
        assert clock.now == 2.0
        got(fetcher.fetch(page(server.url("/1"))))
    assert clock.slept == [1.0, 1.0, 20.0, 1.0]


# --------------------------------------------------------------------------------------- the memory of rules


def rules(text: bytes = b"", status: int = 200) -> Callable[[str], Response]:
    return lambda url: Response(url, url, status, {}, text)


def no_answer(kind: FailureKind = FailureKind.TIMEOUT) -> Callable[[str], Failure]:
    return lambda url: Failure(url, kind, "no answer in time")


def unasked(url: str) -> Response:
    raise AssertionError(url)


def refusal(robots: Robots, ask: Callable[[str], Response | Failure]) -> FailureKind:
    with pytest.raises(NoAnswer) as told:
        robots.permit("https://a.org/1", ask)
    return told.value.kind


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def robots(clock: Clock) -> Robots:
    return Robots(clock)


def test_rules_are_kept_for_a_day(robots: Robots, clock: Clock) -> None:
    robots.permit("https://a.org/1", rules(b"User-agent: *\nDisallow: /2\nCrawl-delay: 7"))
    clock.now = KEPT_S - 1
    assert robots.permit("http://a.org/1", unasked) == 7.0
    clock.now = KEPT_S
    assert refusal(robots, rules(CLOSED)) is FailureKind.ROBOTS


def test_rules_are_asked_for_at_the_pages_own_origin(robots: Robots) -> None:
    asked: list[str] = []

    def ask(url: str) -> Response:
        asked.append(url)
        return Response(url, url, 404, {})

    for url in ("https://a.org/x/y?z", "http://a.org:8080/x", "https://[2606:4700::1]/x"):
        robots.permit(url, ask)
    assert asked == [
        "https://a.org/robots.txt",
        "http://a.org:8080/robots.txt",
        "https://[2606:4700::1]/robots.txt",
    ]


@pytest.mark.parametrize("answers", [rules(status=503), no_answer()])
def test_a_host_whose_rules_are_away_for_a_day_has_none(
    answers: Callable[[str], Response | Failure], robots: Robots, clock: Clock
) -> None:
    """Asked again every quarter of an hour; as soon as there are rules again, they count."""
    while clock.now < PATIENCE_S:
        assert refusal(robots, answers) in {FailureKind.HELD, FailureKind.TIMEOUT}
        assert refusal(robots, unasked) is FailureKind.HELD
        clock.now += LOOK_AGAIN_S
    assert robots.permit("https://a.org/1", answers) == 0.0
    assert robots.permit("https://a.org/1", unasked) == 0.0
    clock.now += LOOK_AGAIN_S
    assert refusal(robots, rules(CLOSED)) is FailureKind.ROBOTS


def test_good_rules_end_the_count_of_bad_hours(robots: Robots, clock: Clock) -> None:
    refusal(robots, no_answer())
    clock.now = DAY
    robots.permit("https://a.org/1", rules(b""))
    clock.now = 3 * DAY
    assert refusal(robots, no_answer()) is FailureKind.TIMEOUT


@pytest.mark.parametrize("kind", [FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.HELD])
def test_a_host_that_was_away_is_asked_again_at_once(kind: FailureKind, robots: Robots) -> None:
    assert refusal(robots, no_answer(kind)) is kind
    robots.permit("https://a.org/1", rules(b""))


def reading(clock: Clock) -> tuple[Robots, list[str]]:
    """Return a memory of rules, and the texts that it has read."""
    read: list[str] = []

    def note(text: str) -> Rules:
        read.append(text)
        return read_rules(text)

    return Robots(clock, note), read


def test_rules_are_read_once_for_all_pages_of_a_host(clock: Clock) -> None:
    """Again when they are asked for again, and by their new words."""
    robots, read = reading(clock)
    for number in range(50):
        robots.permit(f"https://a.org/{number}", rules(b"User-agent: *\nDisallow: /x"))
    assert len(read) == 1
    clock.now = KEPT_S
    assert refusal(robots, rules(CLOSED)) is FailureKind.ROBOTS
    assert refusal(robots, unasked) is FailureKind.ROBOTS
    assert len(read) == 2


def test_the_memory_of_rules_that_are_ready_is_bounded(clock: Clock) -> None:
    """Those of the largest texts are read again when their turn comes; the texts are still known."""
    robots, read = reading(clock)
    text = b"User-agent: *\n" + b"Disallow: /private/section\n" * 3_500  # 90 kB
    for _ in range(2):
        for number in range(20):
            robots.permit(f"https://a{number}.org/", rules(text))
    assert len(read) == 40
    robots.permit("https://a19.org/", unasked)
    assert len(read) == 40
    huge = b"User-agent: *\n" + b"Disallow: /private/section\n" * 30_000
    for _ in range(2):
        robots.permit("https://b.org/", rules(huge))
    assert len(read) == 42


def test_the_memory_of_rules_is_bounded(robots: Robots) -> None:
    """The one that was used last stays longest; hosts without rules count too."""
    big = b"# " + b"x" * 400_000
    robots.permit("https://a.org/1", rules(big))
    for number in range(100):
        robots.permit(f"https://b{number}.org/", rules(big))
        robots.permit("https://a.org/1", unasked)
    assert len(robots) < 45
    for number in range(20_000):
        robots.permit(f"https://c{number}.org/", rules(status=404))
    assert len(robots) <= 16 * 1024
