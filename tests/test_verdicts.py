"""A verdict on every page: what it is judged to be, how sure that is, and when it is asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.archive import Archive, open_archive
from aggregator.archive.overview import FEWEST
from aggregator.dedupe import addresses_of, fingerprint
from aggregator.extract import extract_article
from aggregator.extract.verdict.judging import Evidence, judge
from aggregator.extract.verdict.signs import read_signs
from aggregator.models import Hint, Response, Verdict
from aggregator.pipeline import archive_entries, poll_feeds
from aggregator.reading import read_entry
from aggregator.schedule import RETRIES, next_try
from tests.fakes import Clock, FakeWeb, tools
from tests.makers import LEASE, NOW, PROSE, archived, article_text, plan, said, visit
from tests.verdict_pages import Labelled, answer, article, html, labelled_pages, prose, site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = labelled_pages()
NOT_READ = frozenset((Verdict.PAYWALLED, Verdict.BLOCKED, Verdict.GONE, Verdict.EMPTY, Verdict.NOT_ARTICLE))
URL = "https://www.courier.example/2025/02/ferries"
FEED = "https://a.example/feed"


# --------------------------------------------------------------------------------------- the labelled pages


def test_the_labelled_pages_are_many_and_of_all_kinds() -> None:
    """More than 150, unique by name, every verdict among them, and a part that was kept back."""
    assert len(PAGES) >= 150
    assert len({page.name for page in PAGES}) == len(PAGES)
    assert {page.verdict for page in PAGES} == set(Verdict)
    assert sum(page.held for page in PAGES) * 3 > len(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_labelled_page_has_its_verdict(page: Labelled) -> None:
    """As a person would judge it; with a reason unless it is full, and a score that fits."""
    found = read_entry(page.entry, page.answer).extracted
    assert found.verdict is page.verdict, found.reason
    assert (found.reason == "") is (found.verdict is Verdict.FULL)
    assert 0.0 <= found.score <= 1.0
    if found.verdict in {Verdict.BLOCKED, Verdict.GONE, Verdict.EMPTY}:
        assert (found.text, found.score) == ("", 0.0)
    if found.verdict in NOT_READ:
        assert fingerprint(found.text * 20, found.verdict) == ""


# ------------------------------------------------------------------------------------------------ the score


def test_the_score_rises_with_what_confirms_the_text() -> None:
    """A text that the feed knows and the page declares is surer than a scrap among links."""
    en = prose()["en"]
    whole = Evidence(declared="\n".join(en.paragraphs), announced=(en.paragraphs[0],))
    plain, confirmed = judge(list(en.paragraphs), Evidence()).score, judge(list(en.paragraphs), whole).score
    lines = judge(
        ["Boat one", "Boat two", "Harbour and quay", "Night ferries and day ferries"] * 3, Evidence()
    )
    assert lines.verdict is Verdict.FULL
    assert lines.score < plain < confirmed


def test_a_part_of_the_declared_text_scores_by_its_share() -> None:
    en = prose()["en"]
    found = judge(list(en.paragraphs[:1]), Evidence(declared="\n".join(en.paragraphs)))
    assert (found.verdict, found.reason) == (Verdict.PARTIAL, "25 of 162 words")
    assert found.score == pytest.approx(25 / 162, abs=0.01)


# ----------------------------------------------------------------------------------- conservative both ways


def test_a_long_text_is_kept_whatever_its_page_is_called() -> None:
    """Titled like a dead end, with a wall's words in it: long prose is the article."""
    lines = [*prose()["en"].paragraphs, *prose()["de"].paragraphs, *prose()["fr"].paragraphs]
    page = html(article(prose()["en"], [*lines, *prose()["es"].paragraphs]), "Just a moment...")
    assert extract_article(page.encode(), URL, Hint()).verdict is Verdict.FULL


def test_what_the_feed_said_overrules_every_suspicion() -> None:
    """The summary is found on what looks like a list of the site: then it is the article."""
    note = "Two boats will cross the sound every ninety minutes between dusk and dawn, the clerk of the council said."
    page = site(f"<main><p>{note}</p></main>", classes="archive")
    assert (
        extract_article(page.encode(), "https://courier.example/tag/boats", Hint()).verdict
        is Verdict.NOT_ARTICLE
    )
    told = Hint(summary=note)
    assert extract_article(page.encode(), "https://courier.example/tag/boats", told).verdict is Verdict.FULL


def test_the_words_on_a_page_that_is_no_article_are_kept() -> None:
    """A film's description is what there is to search; the feed's words are better if there are any."""
    film = next(page for page in PAGES if page.name == "sort-video-declared")
    found = read_entry(film.entry, film.answer).extracted
    assert found.verdict is Verdict.NOT_ARTICLE
    assert "Aboard with the crew" in found.text
    told = said("1", URL, content_html="<p>A film of nine minutes about a crossing.</p>")
    better = read_entry(told, film.answer).extracted
    assert (better.verdict, better.reason) == (Verdict.FEED_ONLY, "a video, not an article")
    assert better.text == "A film of nine minutes about a crossing."


@pytest.mark.parametrize(
    "canonical", ["/", "https://other.example/story", "https://www.courier.example/login"]
)
def test_no_canonical_address_merges_what_is_apart(canonical: str) -> None:
    """Of the front page, of another site, of a login: the article keeps the address where it was found."""
    page = site(article(prose()["en"]), head=f'<link rel="canonical" href="{canonical}">')
    found = extract_article(page.encode(), URL, Hint())
    assert found.verdict is Verdict.FULL
    assert addresses_of(URL, URL, found.canonical) == (URL,)


# ------------------------------------------------------------------------------------------ hostile wording


@pytest.mark.parametrize(
    "text",
    [
        "artikel" * 100_000,
        "page " + "you " * 50_000,
        "seite " * 100_000,
        "страница" * 50_000,
        "cookies " + "x" * 1_000_000,
        "cannot find the " * 30_000,
        "read more " * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_wording_makes_the_judgement_run_away(text: str) -> None:
    """Words that begin a wall's phrase a hundred thousand times, in one block or as all that a page shows."""
    for blocks, page in (([text], Evidence()), ([], Evidence(shown=text, window_title=text, titles=(text,)))):
        assert judge(blocks, page).verdict in set(Verdict)


@given(st.text(alphabet="<>/a \"'=hrefh1ulidvscptmewfxnob", max_size=300))
@settings(max_examples=80)
def test_signs_of_any_markup_can_be_read(markup: str) -> None:
    """Counts are never negative, whatever is nested in what."""
    from lxml.html import document_fromstring  # noqa: PLC0415 - heavy, and needed here only

    signs = read_signs(document_fromstring(f"<html><body>{markup}</body></html>"), URL)
    assert 0 <= signs.linked <= signs.letters
    assert 0.0 <= signs.linked_share <= 1.0


# ---------------------------------------------------------------------------------------------- the retries


def waits(verdict: Verdict | None) -> list[timedelta]:
    """Return after which times a page is asked for until it is left."""
    found: list[timedelta] = []
    while (at := next_try(len(found) + 1, NOW, None, verdict)) is not None:
        found.append(at - NOW)
        assert len(found) < 20
    return found


@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_retries_grow_apart_and_end(verdict: Verdict | None) -> None:
    """No page is asked for without end, and never in haste."""
    found = waits(verdict)
    assert found == sorted(found)
    assert all(wait >= timedelta(minutes=15) for wait in found)


def test_retries_fit_the_verdict() -> None:
    """What is whole, told by the feed, or no article stays; a server comes back soon, a wall seldom."""
    assert waits(None) == list(RETRIES)
    assert [v for v in Verdict if not waits(v)] == [Verdict.FULL, Verdict.FEED_ONLY, Verdict.NOT_ARTICLE]
    assert waits(Verdict.PARTIAL)[0] < timedelta(days=1) < waits(Verdict.PAYWALLED)[0]
    assert waits(Verdict.BLOCKED)[0] > waits(None)[0]
    assert next_try(1, NOW, timedelta(days=2), Verdict.BLOCKED) == NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("name", "page", "wants_retry"),
    [
        ("status-503-plain", None, True),
        ("status-429-plain", None, True),
        ("status-403-cf-mitigated", Verdict.BLOCKED, True),
        ("status-401-plain", Verdict.BLOCKED, False),
        ("status-404-plain", Verdict.GONE, True),
        ("status-410-plain", Verdict.GONE, False),
        ("worded-cloudflare-verify", Verdict.BLOCKED, True),
        ("worded-notfound", Verdict.GONE, True),
        ("worded-follow", Verdict.PARTIAL, True),
        ("shape-blank", Verdict.EMPTY, True),
        ("told-wall", Verdict.BLOCKED, True),  # the feed's words are kept, the page is asked for again
        ("told-cut", Verdict.PARTIAL, True),
        ("kind-pdf", Verdict.NOT_ARTICLE, False),
        ("whole-en", Verdict.FULL, False),
        ("untold-redirected-home", Verdict.GONE, True),
    ],
)
def test_a_page_is_asked_for_again_by_what_is_wrong_with_it(
    name: str, page: Verdict | None, wants_retry: bool
) -> None:
    """Whatever the feed's words made of the article; None: a server in trouble."""
    labelled = next(each for each in PAGES if each.name == name)
    reading = read_entry(labelled.entry, labelled.answer)
    assert (reading.page, reading.wants_retry) == (page, wants_retry)


# -------------------------------------------------------------------------------------- sent on by the page


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "archive.db", writable=True) as archive:
        archive.feeds.apply_plan(plan(FEED), NOW)
        yield archive


def sends_on(url: str, to: str) -> Response:
    return answer(html("", head=f'<meta http-equiv="Refresh" content="0;URL=\'{to}\'">'), url)


def archive_one(kept: Archive, web: FakeWeb) -> tuple[Verdict, str, str]:
    """Poll the feed and archive its one entry; return verdict, reason and text."""
    clock = Clock()
    web.feed(FEED, "1|Night ferries return to Port Ellery")
    list(poll_feeds(tools(kept, web, clock)))
    list(archive_entries(tools(kept, web, clock)))
    found = kept.articles.get(1)
    assert found is not None
    return found.verdict, found.reason, found.text


def test_a_page_that_sends_its_readers_on_is_followed_once(kept: Archive) -> None:
    """To another page of its site, as a redirect would be."""
    web = FakeWeb()
    web.answers["https://a.example/1"] = sends_on("https://a.example/1", "/story/1")
    web.page("https://a.example/story/1", PROSE, title="Night ferries return to Port Ellery")
    verdict, _, text = archive_one(kept, web)
    assert (verdict, text) == (Verdict.FULL, PROSE.strip())


@pytest.mark.parametrize("to", ["https://elsewhere.example/story/1", "ftp://a.example/1", "/2"])
def test_a_page_that_sends_its_readers_elsewhere_or_in_circles_is_empty(kept: Archive, to: str) -> None:
    """Another site's page is not asked for; a second page that sends us on is the last."""
    web = FakeWeb()
    web.answers["https://a.example/1"] = sends_on("https://a.example/1", to)
    web.answers["https://a.example/2"] = sends_on("https://a.example/2", "/1")
    verdict, reason, _ = archive_one(kept, web)
    assert verdict in {Verdict.EMPTY, Verdict.GONE}
    assert reason
    assert len([ask for ask in web.asked if ask.url != FEED]) <= 2


# ---------------------------------------------------------------------------------------------- the counts


def fill(kept: Archive, verdicts: list[Verdict], host: str) -> None:
    """Archive an article of each verdict at the host."""
    (feed,) = kept.feeds.all()
    entries = [said(f"{host}-{n}", f"https://{host}/{n}") for n in range(len(verdicts))]
    kept.visits.record([visit(feed, *entries)])
    left = list(verdicts)
    while claimed := kept.entries.claim(NOW, limit=1, lease=LEASE):
        says = article_text(claimed[0].parsed.link, verdict=left.pop())
        kept.articles.record(archived(claimed[0], says))
    assert not left


def test_the_sites_that_fail_most_are_counted(kept: Archive) -> None:
    """By the share of their newest articles that is not full; few articles and few failures are no news."""
    full, blocked, paid = Verdict.FULL, Verdict.BLOCKED, Verdict.PAYWALLED
    fill(kept, [blocked] * 6, "wall.example")
    fill(kept, [paid] * 3 + [full] * 3, "press.example")
    fill(kept, [full] * 9 + [blocked], "fine.example")
    fill(kept, [blocked] * (FEWEST - 1), "new.example")
    sites = kept.status(NOW).sites
    assert [(site.host, site.not_full, site.articles) for site in sites] == [
        ("wall.example", 6, 6),
        ("press.example", 3, 6),
    ]
    assert sites[1].verdicts == {"paywalled": 3, "full": 3}
    (feed,) = kept.feeds.all()
    assert kept.verdicts_by_feed() == {feed.id: {full: 12, blocked: 11, paid: 3}}
