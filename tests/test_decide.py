"""What follows from what was seen: outcomes of visits, and texts that are never replaced by worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.decide import (
    FeedLook,
    PageLook,
    decide_article,
    decide_unread,
    decide_visit,
    held_for,
    is_same_page,
    sighted_again,
    validators_to_send,
)
from aggregator.models import (
    Archived,
    Change,
    Claim,
    Crash,
    Dropped,
    ExtractedText,
    Failure,
    FailureKind,
    Feed,
    FeedState,
    KnownArticle,
    Move,
    Outcome,
    Page,
    ParsedFeed,
    PendingEntry,
    Response,
    Validators,
    Verdict,
    Visit,
)
from aggregator.schedule import Rechecks, Rhythm
from tests.makers import HOUR, NOW, PROSE, new, said

URL = "https://a.example/feed"
OLD = Validators('"old"', "yesterday")
FEED = Feed(id=1, url=URL, validators=OLD, body_hash="old", failures=2)
DAY = timedelta(days=1)


def answer(status: int = 200, body: bytes = b"x", **headers: str) -> Response:
    return Response(
        URL, URL, status, {name.replace("_", "-"): value for name, value in headers.items()}, body
    )


def visit(look: FeedLook, *guids: str) -> Visit:
    return decide_visit(look, new(*(said(guid) for guid in guids)), NOW, Rhythm())


def test_a_changed_document_is_news() -> None:
    """Its validators and hash are kept with it, failures are forgotten."""
    read = FeedLook(
        FEED, answer(etag='W/"new"'), "new", ParsedFeed("rss20", title="A", site_url="https://a.example/")
    )
    seen = visit(read, "1", "2")
    assert (seen.outcome, seen.new, seen.failed, seen.own_title) == (Outcome.NEW, 2, False, "A")
    assert seen.feed.validators == Validators('W/"new"', "")
    assert (seen.feed.body_hash, seen.feed.failures, seen.feed.last_new_at) == ("new", 0, NOW)
    assert seen.feed.site_url == "https://a.example/"


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    """From a cache that is broken: a feed that was never read would look well for ever."""
    made = visit(FeedLook(FEED, answer(304), whole=True))
    assert (made.outcome, made.error) == (Outcome.HTTP_ERROR, "the server answered 304")
    assert made.feed.validators == OLD


def test_a_304_keeps_validators_and_takes_new_ones() -> None:
    """RFC 9111, 4.3.4: headers that come with it replace the stored ones."""
    assert visit(FeedLook(FEED, answer(304))).feed.validators == OLD
    assert visit(FeedLook(FEED, answer(304, etag='"new"'))).feed.validators == Validators(
        '"new"', "yesterday"
    )


def test_the_same_bytes_are_no_news() -> None:
    """A server without working validators costs a download, not a parse."""
    seen = visit(FeedLook(FEED, answer(etag='"new"'), "old", None))
    assert (seen.outcome, seen.feed.validators.etag, seen.feed.failures) == (Outcome.SAME, '"new"', 0)


def test_a_document_that_breaks_off_is_asked_for_whole_next_time() -> None:
    """Its entries are taken, its validators are not: a 304 would hide the rest."""
    seen = visit(FeedLook(FEED, answer(etag='"new"'), "new", ParsedFeed("rss20", whole=False)), "1")
    assert (seen.new, seen.feed.validators, seen.feed.body_hash) == (1, Validators(), "")


@pytest.mark.parametrize(
    ("look", "outcome", "error"),
    [
        (FeedLook(FEED, Failure(URL, FailureKind.DNS, "no such host")), Outcome.NO_ANSWER, "no such host"),
        (FeedLook(FEED, answer(404)), Outcome.HTTP_ERROR, "answered 404"),
        (FeedLook(FEED, answer(500)), Outcome.HTTP_ERROR, "answered 500"),
        (FeedLook(FEED, answer(503)), Outcome.HTTP_ERROR, "answered 503"),
        (FeedLook(FEED, answer(503, retry_after="60")), Outcome.RATE_LIMITED, "come back later"),
        (FeedLook(FEED, answer(429)), Outcome.RATE_LIMITED, "come back later"),
        (FeedLook(FEED, answer(410)), Outcome.GONE, "gone for good"),
        (FeedLook(FEED, answer(), "new", "an HTML page, not a feed"), Outcome.NOT_A_FEED, "an HTML page"),
        (
            FeedLook(FEED, answer(), "new", Crash("took longer than 20 s")),
            Outcome.CRASHED,
            "took longer than 20 s",
        ),
    ],
)
def test_a_failure_changes_nothing_but_the_count(look: FeedLook, outcome: Outcome, error: str) -> None:
    """Validators and hash stay with the body that they stand for."""
    seen = visit(look)
    assert (seen.outcome, seen.feed.failures, seen.feed.state) == (outcome, 3, FeedState.ACTIVE)
    assert error in seen.error
    assert (seen.feed.validators, seen.feed.body_hash) == (OLD, "old")


def test_two_410_a_day_apart_are_believed() -> None:
    """One may be a mishap; anything else in between starts the count again."""
    first = visit(FeedLook(FEED, answer(410))).feed
    assert (first.state, first.gone_at) == (FeedState.ACTIVE, NOW)
    again = decide_visit(FeedLook(first, answer(410)), (), NOW + DAY, Rhythm()).feed
    assert again.state is FeedState.GONE
    assert decide_visit(FeedLook(first, answer(404)), (), NOW + DAY, Rhythm()).feed.gone_at is None


NEW_URL = "https://b.example/feed"
READ = ParsedFeed("rss20", entries=(said("1"), said("2")))


def test_validators_are_told_but_once_a_week_the_whole_is_asked_for() -> None:
    """A server whose validators lie would hide its entries for ever; one that lied is watched daily."""
    feed = replace(FEED, whole_at=NOW)
    assert validators_to_send(feed, NOW + 6 * DAY) == OLD
    assert validators_to_send(feed, NOW + 7 * DAY) == Validators()
    assert validators_to_send(replace(feed, lied=True), NOW + DAY) == Validators()
    assert validators_to_send(replace(feed, whole_at=None), NOW) == Validators()


def test_validators_that_stood_for_another_document_have_lied() -> None:
    """Seen when the whole is asked for: same validators, other bytes."""
    sent = answer(etag=OLD.etag, last_modified=OLD.last_modified)
    assert visit(FeedLook(FEED, sent, "new", READ, whole=True)).feed.lied
    assert not visit(FeedLook(FEED, sent, "old", None, whole=True)).feed.lied
    assert not visit(FeedLook(FEED, answer(etag='"new"'), "new", READ, whole=True)).feed.lied
    assert visit(FeedLook(FEED, sent, "new", READ, whole=True)).feed.whole_at == NOW


def test_only_what_is_new_is_no_gap_and_no_whole_document() -> None:
    """226 IM Used (RFC 3229): its validators count, its hash does not."""
    feed = replace(FEED, last_new_at=NOW)
    seen = visit(FeedLook(feed, answer(226, etag='"new"'), "part", READ), "1", "2")
    assert (seen.gap, seen.feed.body_hash, seen.feed.validators.etag) == (False, "old", '"new"')


def test_a_document_without_anything_known_is_a_gap() -> None:
    """Entries may have come and gone unseen; a first visit has no gap."""
    known_feed = replace(FEED, last_new_at=NOW, gaps=1)
    look = FeedLook(known_feed, answer(), "new", READ)
    assert (visit(look, "1", "2").gap, visit(look, "1", "2").feed.gaps) == (True, 2)
    assert not visit(look, "2").gap
    assert not visit(FeedLook(FEED, answer(), "new", READ), "1", "2").gap
    assert not visit(FeedLook(known_feed, answer(), "new", ParsedFeed("rss20"))).gap


def moved(feed: Feed, at: timedelta, to: str = NEW_URL, status: int = 200) -> Visit:
    redirected = replace(answer(status), final_url=to, moved_to=to)
    parsed = READ if status == 200 else None
    return decide_visit(FeedLook(feed, redirected, "new", parsed), new(said("2")), NOW + at, Rhythm())


def test_a_permanent_redirect_is_believed_after_a_week_of_the_same_answer() -> None:
    """Five times, seven days, a feed with entries of ours; then the feed is there."""
    feed = FEED
    for day in (0, 2, 4, 6):
        seen = moved(feed, day * DAY)
        assert seen.moves_to == ""
        feed = seen.feed
    assert moved(feed, 6.5 * DAY).moves_to == ""
    assert moved(feed, 7 * DAY).moves_to == NEW_URL


def test_another_answer_starts_the_count_anew_and_no_answer_says_nothing() -> None:
    """A captive portal redirects too, for a while."""
    feed = moved(moved(FEED, 0 * DAY).feed, DAY).feed
    assert feed.move is not None
    assert feed.move.times == 2
    assert visit(FeedLook(feed, answer(304))).feed.move is None
    assert moved(feed, 2 * DAY, to="https://c.example/").feed.move == Move(
        "https://c.example/", 1, NOW + 2 * DAY
    )
    assert visit(FeedLook(feed, Failure(URL, FailureKind.TIMEOUT, "slow"))).feed.move == feed.move


def test_no_move_to_plain_http_or_to_a_page_that_is_no_feed() -> None:
    """A step down in safety or a login page is never kept."""
    assert moved(FEED, 0 * DAY, to="http://a.example/feed").feed.move is None
    portal = replace(answer(), final_url=NEW_URL, moved_to=NEW_URL)
    assert visit(FeedLook(FEED, portal, "new", "an HTML page, not a feed")).feed.move is None


def test_a_stranger_at_the_new_address_is_not_our_feed() -> None:
    """A target that shares no entry with the archive is not followed."""
    redirected = replace(answer(), final_url=NEW_URL, moved_to=NEW_URL)
    known_feed = replace(FEED, last_new_at=NOW)
    met = visit(FeedLook(known_feed, redirected, "new", READ), "1", "2").feed
    assert met.move == Move(NEW_URL, 1, NOW, ours=False)
    later = replace(met, move=replace(met.move, times=9))
    again = decide_visit(FeedLook(later, redirected, "newer", READ), (), NOW + 30 * DAY, Rhythm())
    assert again.moves_to == ""


def test_a_feed_that_was_never_met_elsewhere_is_ours_where_it_is() -> None:
    """Subscribed to by an address that redirects: there is nothing to compare with."""
    redirected = replace(answer(), final_url=NEW_URL, moved_to=NEW_URL)
    assert visit(FeedLook(FEED, redirected, "new", READ), "1", "2").feed.move == Move(
        NEW_URL, 1, NOW, ours=True
    )


def test_nobody_is_blamed_while_the_network_is_away() -> None:
    """No failure is counted, the last error stays, and it is tried again soon."""
    look = FeedLook(FEED, Failure(URL, FailureKind.DNS, "no such host"))
    seen = decide_visit(look, (), NOW, Rhythm(), offline=True)
    assert (seen.outcome, seen.feed.failures, seen.feed.next_check_at) == (
        Outcome.OFFLINE,
        2,
        NOW + timedelta(minutes=10),
    )
    assert "network seems to be down" in seen.error


def test_a_feed_that_was_not_asked_is_not_blamed() -> None:
    """Its host wants to be left alone until then."""
    held = Failure(URL, FailureKind.HELD, "the host asked us to wait", retry_after=7200)
    seen = visit(FeedLook(FEED, held))
    assert (seen.outcome, seen.feed.failures, seen.feed.next_check_at) == (
        Outcome.HELD,
        2,
        NOW + 2 * HOUR + timedelta(seconds=1),
    )
    unsaid = visit(FeedLook(FEED, replace(held, retry_after=None)))
    assert unsaid.feed.next_check_at == NOW + timedelta(minutes=10), "soon, where nobody says how long"


@pytest.mark.parametrize(
    ("answer", "is_lost"),
    [
        (Failure(URL, FailureKind.TIMEOUT, "no answer in 30 s"), False),
        (Failure(URL, FailureKind.TOO_LARGE, "more than 10 MB"), True),
        (answer(503), False),
        (answer(404), True),
    ],
)
def test_a_page_of_older_entries_is_tried_again_unless_it_will_never_come(
    answer: Response | Failure, is_lost: bool
) -> None:
    """What is in trouble now may be well tomorrow; what is not there, or is too large, stays so."""
    unread = decide_unread(f"{URL}?page=2", answer, None)
    assert (unread.url, unread.is_lost) == (f"{URL}?page=2", is_lost)
    assert unread.reason


# ------------------------------------------------------------------------------------------------ articles

ENTRY = PendingEntry(
    id=7, feed_id=1, feed_url=URL, feed_title="A", parsed=said("1", link="https://a.example/bell?utm_source=rss"),
    link_key="https://a.example/bell", hash="h", shares_link=False, attempts=0, first_seen_at=NOW - HOUR,
)  # fmt: skip
TEXT = ExtractedText(PROSE, Verdict.FULL, title="Bell found", published_at=NOW - DAY, published_from="feed")


def known(verdict: Verdict, text: str = PROSE, id_: int = 3) -> KnownArticle:
    return KnownArticle(id_, "https://a.example/bell", "a.example", "Bell found", verdict, text, "mark", None)


def page(final_url: str = "https://a.example/bell", status: int = 200, **headers: str) -> Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(ENTRY.parsed.link, final_url, status, {"content-type": "text/html"} | sent, b"<p>")


def look_at(
    entry: PendingEntry, answer: Response | Failure | None, text: ExtractedText, *, wants_retry: bool = False
) -> PageLook:
    arrived = answer.final_url if isinstance(answer, Response) and answer.status == 200 else ""
    return PageLook(entry, answer, text, wants_retry, arrived)


def test_a_new_page_becomes_an_article() -> None:
    """With its identity, its site, its date, its page."""
    made = decide_article(look_at(ENTRY, page("http://A.example/bell/"), TEXT), None, NOW)
    assert made.says is not None
    assert (made.says.url, made.says.canonical_url) == ("http://A.example/bell/", "https://a.example/bell")
    assert (made.says.site, made.says.dated_at, made.asked, made.retry_at) == (
        "a.example",
        NOW - DAY,
        True,
        None,
    )
    assert made.page is not None


def test_a_date_in_the_future_does_not_pin_an_article_to_the_top() -> None:
    """It is kept as claimed, and sorts by when it was first seen."""
    made = decide_article(look_at(ENTRY, page(), replace(TEXT, published_at=NOW + 99 * DAY)), None, NOW)
    assert made.says is not None
    assert (made.says.published_at, made.says.dated_at) == (NOW + 99 * DAY, ENTRY.first_seen_at)


def test_a_page_that_is_not_to_be_had_leaves_the_feeds_words_and_a_date() -> None:
    """The entry is archived at once and its page asked for again; Retry-After counts."""
    stopgap = ExtractedText("What the feed said.", Verdict.FEED_ONLY, reason="the server answered 503")
    made = decide_article(look_at(ENTRY, page(status=503), stopgap, wants_retry=True), None, NOW)
    assert made.says is not None
    assert (made.says.verdict, made.page, made.error) == (Verdict.FEED_ONLY, None, "the server answered 503")
    assert made.retry_at == NOW + timedelta(minutes=15)
    later = decide_article(
        look_at(ENTRY, page(status=503, retry_after="7200"), stopgap, wants_retry=True), None, NOW
    )
    assert later.retry_at == NOW + 2 * HOUR


@pytest.mark.parametrize("verdict", [Verdict.FEED_ONLY, Verdict.EMPTY, Verdict.BLOCKED, Verdict.PARTIAL])
def test_better_text_replaces_a_stopgap(verdict: Verdict) -> None:
    """The full text, once it can be had; a stopgap was no published state of it."""
    made = decide_article(look_at(ENTRY, page(), TEXT), known(verdict, "Short."), NOW)
    assert made.says is not None
    assert made.article_id == 3
    assert made.keeps_revision is (Change.SUBSTANCE if verdict is Verdict.PARTIAL else None)


@pytest.mark.parametrize(
    "verdict", [Verdict.GONE, Verdict.BLOCKED, Verdict.EMPTY, Verdict.FEED_ONLY, Verdict.PAYWALLED]
)
def test_good_text_is_never_replaced_by_worse(verdict: Verdict) -> None:
    """A page that has gone keeps its last text; the sighting is recorded."""
    returning = replace(ENTRY, article_id=3)
    worse = ExtractedText("Please enable JavaScript.", verdict, reason="gone")
    made = decide_article(look_at(returning, page(), worse), known(Verdict.FULL), NOW)
    assert (made.says, made.page, made.article_id) == (None, None, 3)


def test_an_edit_is_a_revision() -> None:
    """When the feed announces an update, the new words are taken and the old ones kept."""
    returning = replace(ENTRY, article_id=3)
    edited = replace(TEXT, text=PROSE + " Corrected.")
    made = decide_article(look_at(returning, page(), edited), known(Verdict.FULL), NOW)
    assert made.says is not None
    assert made.keeps_revision


def test_a_text_that_lost_its_greater_part_is_a_broken_page() -> None:
    """Not an edit."""
    made = decide_article(
        look_at(replace(ENTRY, article_id=3), page(), replace(TEXT, text=PROSE[:90])),
        known(Verdict.FULL),
        NOW,
    )
    assert made.says is None


def test_the_same_words_again_change_nothing() -> None:
    """No revision, no second page."""
    made = decide_article(look_at(replace(ENTRY, article_id=3), page(), TEXT), known(Verdict.FULL), NOW)
    assert (made.says, made.page) == (None, None)


def test_an_entry_without_a_page_is_its_own_article() -> None:
    """Identified by feed and guid; nothing was asked."""
    entry = replace(ENTRY, parsed=replace(ENTRY.parsed, link=""), link_key="")
    made = decide_article(look_at(entry, None, replace(TEXT, verdict=Verdict.FEED_ONLY)), None, NOW)
    assert made.says is not None
    assert made.says.canonical_url == "entry:https://a.example/feed#1"
    assert (made.says.url, made.asked, made.error) == (URL, False, "")


def test_an_entry_whose_address_is_known_needs_no_page() -> None:
    """It is one more sighting."""
    made = sighted_again(ENTRY, known(Verdict.FULL), NOW)
    assert (made.article_id, made.says, made.asked) == (3, None, False)


def test_a_page_that_was_not_asked_for_waits_with_its_host() -> None:
    """No stopgap is made of it."""
    held = Failure(URL, FailureKind.HELD, "the host asked us to wait", retry_after=7200)
    assert held_for(look_at(ENTRY, held, TEXT)) == 2 * HOUR + timedelta(seconds=1)
    assert held_for(look_at(ENTRY, page(), TEXT)) is None


def test_many_links_that_lead_to_one_page_are_not_one_article() -> None:
    """A page that is there already, under another title, is somebody else's: the entry is its own article."""
    made = decide_article(
        look_at(ENTRY, page("https://a.example/section"), TEXT),
        replace(known(Verdict.FULL), canonical_url="https://a.example/section", title="Weather"),
        NOW,
    )
    assert made.article_id is None
    assert made.says is not None
    assert made.says.canonical_url == ENTRY.link_key
    assert made.page is None


@pytest.mark.parametrize(
    ("address", "is_it"),
    [("https://a.example/2026/bell.html", True), ("https://a.example/section", False)],
)
def test_an_entry_without_a_title_is_known_by_its_address(address: str, is_it: bool) -> None:
    """What its link leads to is its article if the address still says what the link said."""
    untitled = replace(ENTRY, parsed=replace(ENTRY.parsed, title=""))
    there = replace(known(Verdict.FULL), canonical_url=address, title="Weather")
    made = decide_article(look_at(untitled, page(address), TEXT), there, NOW)
    assert (made.article_id == there.id) is is_it


def test_what_is_no_page_of_text_is_not_kept() -> None:
    """A film has bytes that nothing here can read again."""
    film = decide_article(look_at(ENTRY, page(content_type="video/mp4"), TEXT), None, NOW)
    assert film.page is None
    assert decide_article(look_at(ENTRY, page(), TEXT), None, NOW).page is not None


def test_the_longer_words_of_another_feed_are_taken() -> None:
    """While the page is not to be had, the best that any feed said counts."""
    words = ExtractedText("Divers found the bell in the mud, says the harbour master.", Verdict.FEED_ONLY)
    made = decide_article(
        look_at(ENTRY, page(status=404), words), known(Verdict.FEED_ONLY, "Divers found it."), NOW
    )
    assert made.says is not None
    assert made.says.text == words.text
    shorter = decide_article(look_at(ENTRY, page(status=404), words), known(Verdict.PAYWALLED, PROSE), NOW)
    assert shorter.says is None


def test_a_broken_page_says_so() -> None:
    """The earlier text is kept, and the entry tells why."""
    made = decide_article(
        look_at(replace(ENTRY, article_id=3), page(), replace(TEXT, text=PROSE[:90])),
        known(Verdict.FULL),
        NOW,
    )
    assert "greater part of its text" in made.error


# -------------------------------------------------------------------------------------------- looking again

WATCHED = replace(ENTRY, article_id=3, recheck=True, validators=Validators('"x"', ""))
NOTE = "Subscribe to our letter and never miss a story from the harbour of this town again, dear reader."
ALL = Rechecks(on=True)


def look_for_edits(
    text: ExtractedText, before: ExtractedText | None, current: KnownArticle, entry: PendingEntry = WATCHED
) -> Archived:
    look = replace(look_at(entry, page(), text), before=before)
    return decide_article(look, current, NOW, ALL)


def test_two_readings_of_one_page_are_no_edit() -> None:
    """The rules have changed since the text was archived, the page has not."""
    made = look_for_edits(TEXT, TEXT, known(Verdict.FULL, f"{PROSE}\n\n{NOTE}"))
    assert (made.says, made.keeps_revision, made.page) == (None, None, None)


def test_an_edit_is_what_differs_between_two_pages() -> None:
    """Whatever the archived text says; the text that was archived is what is kept."""
    edited = replace(TEXT, text=PROSE.replace("nine days", "ten days"))
    made = look_for_edits(edited, TEXT, known(Verdict.FULL, f"{PROSE}\n\n{NOTE}"))
    assert made.says is not None
    assert (made.says.text, made.keeps_revision) == (edited.text, Change.CORRECTION)


def test_better_rules_are_told_from_an_edit() -> None:
    """What was partial is full now: the kept page, too, is full when it is read today."""
    made = look_for_edits(TEXT, TEXT, known(Verdict.PARTIAL, PROSE[:120]))
    assert made.says is not None
    assert made.keeps_revision is Change.REREAD


@pytest.mark.parametrize("before_has_it", [True, False])
def test_what_a_rule_left_out_was_not_taken_away(before_has_it: bool) -> None:
    """A block that is furniture in one template and text in the next."""
    whole = replace(TEXT, text=f"{PROSE}\n\n{NOTE}")
    cleaned = replace(TEXT, dropped=(Dropped("furniture of the site", NOTE),))
    before, now = (whole, cleaned) if before_has_it else (cleaned, whole)
    assert look_for_edits(now, before, known(Verdict.FULL, before.text)).says is None


def test_a_page_that_cannot_be_read_any_more_is_compared_with_the_archive() -> None:
    """The kept one, by rules that take it for a wall."""
    wall = ExtractedText("", Verdict.BLOCKED)
    assert look_for_edits(TEXT, wall, known(Verdict.FULL)).says is None


def claimed(title: str, shown: str) -> ExtractedText:
    claims = (Claim("title", "feed", title), Claim("title", "json-ld", shown))
    return replace(TEXT, title=title, claims=claims if shown != title else claims[:1])


@pytest.mark.parametrize(
    ("feed_now", "shown_before", "shown_now", "expected"),
    [
        ("Bell found", "Bell found", "Bell found", "Bell found"),
        ("Bell found", "Bell found", "Bell stolen", "Bell stolen"),
        ("Bell found", "BELL FOUND", "bell found", "Bell found"),
        ("Bell rings", "Bell found", "Bell found", "Bell rings"),
        ("Bell rings", "Bell found", "Bell rings again", "Bell rings"),
    ],
)
def test_the_newest_title_wins(feed_now: str, shown_before: str, shown_now: str, expected: str) -> None:
    """The feed's when it has changed, else the page's when that has."""
    current = replace(known(Verdict.FULL), announced="Bell found")
    made = look_for_edits(claimed(feed_now, shown_now), claimed(feed_now, shown_before), current)
    assert (made.says.title if made.says else current.title) == expected


def test_a_title_that_was_read_from_the_page_stays() -> None:
    """The feed repeats the old one with other words around it."""
    current = replace(known(Verdict.FULL), title="Bell stolen", announced="Bell found")
    again = claimed("Bell found", "Bell stolen")
    returning = replace(WATCHED, recheck=False)
    assert look_for_edits(again, again, current, returning).says is None


def test_a_text_that_ends_early_is_a_broken_page() -> None:
    """Not a removal, though more than half is there; a passage that is gone from the middle is."""
    lines = [
        f"In part {n} the divers tell what they saw below the quay on day {n} of their long search."
        for n in range(9)
    ]
    current = known(Verdict.FULL, "\n".join(lines))
    begun = replace(TEXT, text="\n".join([*lines[:5], "Read on with a subscription."]))
    gap = replace(TEXT, text="\n".join([*lines[:2], *lines[5:]]))
    assert look_for_edits(begun, replace(TEXT, text=current.text), current).says is None
    assert look_for_edits(gap, replace(TEXT, text=current.text), current).keeps_revision is Change.REMOVAL


def test_the_page_that_we_have_is_not_read() -> None:
    """A 304 to our validators, or the same bytes; but an entry that the feed has changed is read anew."""
    kept = Page("https://a.example/bell", "https://a.example/bell", 200, {}, b"<p>", NOW)
    assert is_same_page(WATCHED, page(status=304), None)
    assert is_same_page(WATCHED, page(), kept)
    assert not is_same_page(WATCHED, page(), replace(kept, body=b"<b>"))
    assert not is_same_page(replace(WATCHED, validators=Validators()), page(status=304), None)
    assert not is_same_page(replace(WATCHED, recheck=False), page(), kept)


def test_an_unchanged_page_is_looked_at_when_the_next_look_is_due() -> None:
    """And nothing else happens."""
    made = decide_article(PageLook.same(WATCHED, page(status=304)), known(Verdict.FULL), NOW, ALL)
    assert (made.says, made.page, made.retry_at, made.gone, made.error) == (None, None, None, False, "")
    assert made.recheck_at is not None
    assert NOW + 5 * HOUR <= made.recheck_at <= NOW + 6 * HOUR


@pytest.mark.parametrize(("missing", "gone", "waits"), [(0, None, True), (1, True, False), (2, True, False)])
def test_a_page_is_gone_when_two_looks_in_a_row_say_so(missing: int, gone: bool | None, waits: bool) -> None:
    """The first is looked into a day later."""
    entry = replace(WATCHED, missing=missing)
    nothing = ExtractedText("Feed.", Verdict.FEED_ONLY, reason="the page is not there (HTTP 404)")
    made = decide_article(look_at(entry, page(status=404), nothing), known(Verdict.FULL), NOW, ALL)
    assert (made.missing, made.gone, made.says) == (missing + 1, gone, None)
    assert (made.recheck_at is not None) is waits
    assert "the text is kept" in made.error
