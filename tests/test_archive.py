"""The contract of an archive: one class of tests that every implementation passes, and what is SQLite's own."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database as UtilsDatabase

from aggregator import archive as archive_package
from aggregator.archive import open_archive
from aggregator.archive.sites import MOST_READ
from aggregator.errors import ArchiveError, ArchiveLockedError
from aggregator.models import (
    ArticleDetails,
    Change,
    Claim,
    Dropped,
    EntryState,
    FeedState,
    Outcome,
    Page,
    SiteMemory,
    Subscription,
    SubscriptionPlan,
    Validators,
    Verdict,
)
from aggregator.models.queries import AllOf, Facet, Filter, Not, Period, Query, Words
from tests.killing import open_and_kill
from tests.makers import HOUR, LEASE, NOW, PROSE, archived, article_text, new, plan, said, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.archive import Archive
    from aggregator.models import Feed, PendingEntry


class ArchiveContract:
    """What holds for every archive. A subclass gives the fixture `archive`: empty and open for writing."""

    @pytest.fixture
    def feed(self, archive: Archive) -> Feed:
        archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
        return archive.feeds.claim(NOW, limit=1, lease=LEASE)[0]

    @pytest.fixture
    def pending(self, archive: Archive, feed: Feed) -> PendingEntry:
        archive.visits.record([visit(feed, said("1"))])
        return archive.entries.claim(NOW, limit=1, lease=LEASE)[0]

    # ------------------------------------------------------------------------------------ subscriptions

    def test_a_new_feed_is_due_at_once(self, archive: Archive) -> None:
        """Nobody waits an hour for the first articles."""
        archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
        assert [feed.url for feed in archive.feeds.claim(NOW, limit=9, lease=LEASE)] == [
            "https://a.example/feed"
        ]

    @pytest.mark.parametrize(("outcome", "failures"), [(Outcome.NO_ANSWER, 1), (Outcome.OFFLINE, 0)])
    def test_feeds_that_could_not_be_read_come_after_the_others(
        self, archive: Archive, outcome: Outcome, failures: int
    ) -> None:
        """A crowd that hangs keeps no one waiting, also where it was taken for the network's fault."""
        archive.feeds.apply_plan(plan("https://a.example/feed", "https://b.example/feed"), NOW)
        first, second = archive.feeds.claim(NOW, limit=9, lease=LEASE)
        failed = replace(
            visit(first), outcome=outcome, feed=replace(first, failures=failures, next_check_at=NOW)
        )
        archive.visits.record([failed, visit(second, next_check_at=NOW + HOUR)])
        claimed = archive.feeds.claim(NOW + 2 * HOUR, limit=9, lease=LEASE)
        assert [feed.id for feed in claimed] == [second.id, first.id]

    def test_a_feed_that_is_no_longer_wanted_is_paused_and_keeps_everything(
        self, archive: Archive, pending: PendingEntry
    ) -> None:
        """Removing a subscription removes nothing from the archive."""
        archive.articles.record(archived(pending))
        archive.feeds.apply_plan(SubscriptionPlan(pause=(pending.feed_url,)), NOW)
        assert archive.feeds.claim(NOW + 9 * HOUR, limit=9, lease=LEASE) == []
        assert archive.feeds.all()[0].state is FeedState.PAUSED
        assert archive.status(NOW).articles == {"full": 1}

    def test_a_feed_that_is_wanted_again_goes_on(self, archive: Archive, feed: Feed) -> None:
        """A pause ends where it began: same feed, same entries, due when it was, and not asked before its time."""
        archive.visits.record([visit(feed)])
        due = archive.feeds.all()[0].next_check_at
        archive.feeds.apply_plan(SubscriptionPlan(pause=(feed.url,)), NOW)
        archive.feeds.apply_plan(SubscriptionPlan(resume=(Subscription(feed.url, "New", "World"),)), NOW)
        assert archive.feeds.claim(NOW, limit=9, lease=LEASE) == []
        assert due is not None
        again = archive.feeds.claim(due, limit=9, lease=LEASE)
        assert [(f.id, f.title, f.category) for f in again] == [(feed.id, "New", "World")]

    def test_a_pause_during_a_visit_is_not_undone_by_it(self, archive: Archive, feed: Feed) -> None:
        """What the user said last counts."""
        archive.feeds.apply_plan(SubscriptionPlan(pause=(feed.url,)), NOW)
        archive.visits.record([visit(feed)])
        assert archive.feeds.all()[0].state is FeedState.PAUSED

    # -------------------------------------------------------------------------------------------- claims

    def test_a_claimed_feed_is_claimed_once(self, archive: Archive, feed: Feed) -> None:
        """Two workers never visit one feed at a time."""
        assert archive.feeds.claim(NOW, limit=9, lease=LEASE) == []

    def test_a_lease_heals(self, archive: Archive, feed: Feed) -> None:
        """What a killed worker had claimed becomes due again by itself."""
        assert archive.feeds.claim(NOW + LEASE, limit=9, lease=LEASE) == [feed]

    def test_an_entrys_lease_heals_without_a_second_copy(
        self, archive: Archive, pending: PendingEntry
    ) -> None:
        """The same entry comes back, and both workers may record it: there is one article."""
        again = archive.entries.claim(NOW + LEASE, limit=9, lease=LEASE)
        assert [entry.id for entry in again] == [pending.id]
        first = archive.articles.record(archived(pending))
        second = archive.articles.record(archived(again[0], article_id=first, says=None))
        assert first == second
        assert archive.status(NOW).articles == {"full": 1}

    def test_a_visited_feed_is_due_when_it_says(self, archive: Archive, feed: Feed) -> None:
        """Due-ness is a fact in the archive, not a timer."""
        archive.visits.record([visit(feed, next_check_at=NOW + 2 * HOUR)])
        assert archive.feeds.claim(NOW + HOUR, limit=9, lease=LEASE) == []
        assert len(archive.feeds.claim(NOW + 2 * HOUR, limit=9, lease=LEASE)) == 1

    def test_a_feed_can_be_made_due(self, archive: Archive, feed: Feed) -> None:
        """`poll --force` asks now."""
        archive.visits.record([visit(feed)])
        archive.feeds.make_due(NOW, [feed.url])
        assert len(archive.feeds.claim(NOW, limit=9, lease=LEASE)) == 1

    def test_one_host_does_not_fill_a_batch(self, archive: Archive) -> None:
        """A hundred feeds on one host leave room for the others."""
        archive.feeds.apply_plan(plan(*(f"https://big.example/{n}" for n in range(100))), NOW)
        archive.feeds.apply_plan(plan("https://small.example/feed"), NOW)
        claimed = archive.feeds.claim(NOW, limit=20, lease=LEASE)
        assert "https://small.example/feed" in {feed.url for feed in claimed}
        assert len(claimed) < 20

    def test_entries_without_a_link_are_all_claimed(self, archive: Archive, feed: Feed) -> None:
        """No address is not one and the same address."""
        entries = [replace(said(f"n{n}"), link="") for n in range(20)]
        archive.visits.record([visit(feed, *entries)])
        assert len(archive.entries.claim(NOW, limit=50, lease=LEASE)) == 20

    def test_a_feed_is_named_in_whatever_case_its_letters_are(self, archive: Archive, feed: Feed) -> None:
        """Letters beyond ASCII have cases, too."""
        titled = Subscription(feed.url, title="Österreich", category="ÄRZTE")
        archive.feeds.apply_plan(SubscriptionPlan(change=(titled,)), NOW)
        archive.visits.record([visit(feed, said("1"))])
        for name in ("Österreich", "ÖSTER", "öster"):
            assert len(archive.entries.announced(feed=name)) == 1

    def test_entries_that_share_a_link_keep_their_words_when_another_feed_brings_its_article(
        self, archive: Archive
    ) -> None:
        """A list of notes that all lead to one page; a feed that announces the page itself settles none of them."""
        archive.feeds.apply_plan(plan("https://a.example/feed", "https://b.example/feed"), NOW)
        page, notes = archive.feeds.claim(NOW, limit=2, lease=LEASE)
        link = "https://site.example/page"
        archive.visits.record(
            [visit(page, said("page", link)), visit(notes, said("one", link), said("two", link))]
        )
        first = next(entry for entry in archive.entries.claim(NOW, limit=1, lease=LEASE))
        assert first.parsed.guid == "page"
        archive.articles.record(archived(first))
        states = {entry.guid: entry.state for entry in archive.entries.announced()}
        assert states == {"page": EntryState.ARCHIVED, "one": EntryState.PENDING, "two": EntryState.PENDING}

    # --------------------------------------------------------------------------------------------- visits

    def test_validators_are_saved_with_the_entries_they_stand_for(self, archive: Archive, feed: Feed) -> None:
        """A visit whose entries cannot be recorded leaves the old validators, or the next 304 loses them."""
        good = visit(replace(feed, validators=Validators('"new"', "")), said("1"))
        broken = replace(good, changes=(replace(good.changes[0], hash=None),))  # type: ignore[arg-type]  # NOT NULL
        with pytest.raises(sqlite3.IntegrityError):
            archive.visits.record([broken])
        assert archive.feeds.all()[0].validators == Validators()
        assert archive.entries.announced() == []
        archive.visits.record([good])
        assert archive.feeds.all()[0].validators == Validators('"new"', "")
        assert len(archive.entries.announced()) == 1

    def test_an_entry_is_recorded_once(self, archive: Archive, feed: Feed) -> None:
        """A visit that is recorded twice (by two workers whose lease overlapped) adds nothing."""
        archive.visits.record([visit(feed, said("1"))])
        archive.visits.record([visit(feed, said("1"))])
        assert len(archive.entries.announced()) == 1

    def test_known_entries_are_found_by_guid_and_by_link(self, archive: Archive, feed: Feed) -> None:
        """Both identities that `changed_entries` needs."""
        archive.visits.record([visit(feed, said("1"), said("2"), said("3"))])
        known = archive.entries.known(feed.id, ["1"], ["https://site.example/2", ""])
        assert {entry.guid for entry in known} == {"1", "2"}

    def test_changed_words_bring_the_entry_back(self, archive: Archive, pending: PendingEntry) -> None:
        """When the feed says something else, the article is looked at again."""
        article_id = archive.articles.record(archived(pending))
        later = NOW + HOUR
        feed = archive.feeds.claim(later, limit=1, lease=LEASE)[0]
        change = replace(new(said("1", title="Another title"))[0], id=pending.id)
        archive.visits.record([replace(visit(feed, at=later), changes=(change,))])
        again = archive.entries.claim(later, limit=9, lease=LEASE)
        assert [(entry.parsed.title, entry.article_id) for entry in again] == [("Another title", article_id)]

    def test_a_new_guid_alone_is_no_news(self, archive: Archive, pending: PendingEntry) -> None:
        """A feed that renames its entries at every build does not make us fetch every page again."""
        archive.articles.record(archived(pending))
        feed = archive.feeds.claim(NOW + HOUR, limit=1, lease=LEASE)[0]
        change = replace(new(said("1"))[0], id=pending.id, parsed=replace(said("1"), guid="other"))
        archive.visits.record([replace(visit(feed, at=NOW + HOUR), changes=(change,))])
        assert archive.entries.claim(NOW + HOUR, limit=9, lease=LEASE) == []
        assert [entry.guid for entry in archive.entries.announced()] == ["other"]

    # ---------------------------------------------------------------------------------------------- holds

    def test_a_hold_outlives_the_process_and_ends_in_time(self, archive: Archive) -> None:
        """The longer of two counts; one that a wrong clock wrote does not."""
        archive.holds.keep({"a.example": 600.0, "b.example": 60.0}, NOW)
        archive.holds.keep({"a.example": 60.0}, NOW)
        assert archive.holds.left(NOW) == {"a.example": 600.0, "b.example": 60.0}
        assert archive.holds.left(NOW + HOUR) == {}
        archive.holds.keep({"c.example": 60.0}, NOW + 9000 * HOUR)
        assert archive.holds.left(NOW) == {}

    def test_a_hold_is_forgotten_when_the_user_insists(self, archive: Archive) -> None:
        """For the hosts that are named."""
        archive.holds.keep({"a.example": 600.0, "b.example": 60.0}, NOW)
        archive.holds.forget(["a.example"])
        assert archive.holds.left(NOW) == {"b.example": 60.0}

    # ------------------------------------------------------------------------------------------- articles

    def test_an_archived_entry_is_done(self, archive: Archive, pending: PendingEntry) -> None:
        """Its state says so, and it is not claimed again."""
        article_id = archive.articles.record(archived(pending))
        entry = archive.entries.announced()[0]
        assert (entry.state, entry.article_id, entry.attempts) == (EntryState.ARCHIVED, article_id, 1)
        assert archive.entries.claim(NOW + 99 * HOUR, limit=9, lease=LEASE) == []

    def test_an_entry_to_be_tried_again_is_due_then(self, archive: Archive, pending: PendingEntry) -> None:
        """A page that was not to be had leaves an article and a date."""
        archive.articles.record(archived(pending, retry_at=NOW + HOUR))
        assert archive.entries.announced()[0].state is EntryState.RETRYING
        assert archive.entries.claim(NOW, limit=9, lease=LEASE) == []
        assert len(archive.entries.claim(NOW + HOUR, limit=9, lease=LEASE)) == 1

    def test_two_feeds_that_announce_one_address_share_one_article(self, archive: Archive) -> None:
        """One fetch, one article, two sightings."""
        archive.feeds.apply_plan(plan("https://a.example/feed", "https://b.example/feed"), NOW)
        for feed in archive.feeds.claim(NOW, limit=2, lease=LEASE):
            archive.visits.record([visit(feed, said(f"{feed.id}", link="https://site.example/story"))])
        claimed = archive.entries.claim(NOW, limit=9, lease=LEASE)
        assert len(claimed) == 1
        article = archive.articles.get(archive.articles.record(archived(claimed[0])))
        assert article is not None
        assert {sighting.feed_url for sighting in article.sightings} == {
            "https://a.example/feed",
            "https://b.example/feed",
        }
        assert {entry.state for entry in archive.entries.announced()} == {EntryState.ARCHIVED}

    def test_an_article_is_found_at_each_of_its_addresses(
        self, archive: Archive, pending: PendingEntry
    ) -> None:
        """The announced address and the one it redirects to lead to the same article."""
        article_id = archive.articles.record(archived(pending, article_text("https://site.example/final")))
        for address in ("https://site.example/1", "https://site.example/final"):
            known = archive.articles.at(["https://nowhere.example/", address])
            assert known is not None
            assert known.id == article_id
        assert archive.articles.at(["https://nowhere.example/"]) is None

    def test_a_replaced_text_stays_as_a_revision(self, archive: Archive, pending: PendingEntry) -> None:
        """Every change of a published text is kept; the index knows the current one."""
        article_id = archive.articles.record(archived(pending))
        edited = article_text(pending.parsed.link, text=PROSE + " The bell rang again.")
        archive.articles.record(
            archived(pending, edited, article_id=article_id, keeps_revision=Change.SUBSTANCE)
        )
        article = archive.articles.get(article_id)
        assert article is not None
        assert article.text.endswith("The bell rang again.")
        assert [(past.text, past.kind) for past in archive.articles.revisions(article_id)] == [
            (PROSE, Change.SUBSTANCE)
        ]
        assert [hit.article.id for hit in archive.index.search(Query(Words("rang")))] == [article_id]

    def test_how_an_article_was_read_is_kept(self, archive: Archive, pending: PendingEntry) -> None:
        """Everything that was found out, and the newest of it when it is read again."""
        says = replace(
            article_text(pending.parsed.link), modified_at=NOW + HOUR, score=0.75, image="https://site.example/i.jpg",
            section="World", tags=("bells", "Köln"), markdown="# A *title*", extractor=2,
            claims=(Claim("title", "feed", "A title"),), dropped=(Dropped("furniture", "Share"),),
        )  # fmt: skip
        article_id = archive.articles.record(archived(pending, says))
        article = archive.articles.get(article_id)
        assert article is not None
        assert (article.modified_at, article.score, article.image) == (says.modified_at, 0.75, says.image)
        assert (article.section, article.tags) == ("World", ("bells", "Köln"))
        assert archive.articles.details(article_id) == ArticleDetails(
            "# A *title*", says.claims, says.dropped, 2
        )
        assert archive.articles.known(article_id).announced == "A title"
        again = replace(says, markdown="", claims=(), extractor=3)
        archive.articles.record(archived(pending, again, article_id=article_id))
        assert archive.articles.details(article_id) == ArticleDetails("", (), says.dropped, 3)
        assert archive.articles.details(99) == ArticleDetails()

    def test_the_memory_of_a_site_is_kept(self, archive: Archive) -> None:
        """As it is given, in the place of the one before; what grew beyond all bounds is not."""
        memory = SiteMemory("a.example", 7, {"p.text": (90, 2)}, {"ab12": 3}, 1)
        archive.sites.keep(memory, NOW)
        assert archive.sites.memory("a.example") == memory
        assert archive.sites.memory("b.example") == SiteMemory("b.example")
        archive.sites.keep(replace(memory, blocks={str(n): (n, n) for n in range(99_999)}), NOW)
        assert archive.sites.memory("a.example") == memory

    def test_what_is_asked_after_the_end_opens_nothing(self, tmp_path: Path) -> None:
        """A download that ends after Ctrl-C must leave no files behind."""
        with open_archive(tmp_path / "other.db", writable=True) as archive:
            pass
        with pytest.raises(ArchiveError, match="was closed"):
            archive.sites.committed("a.example")
        assert not list(tmp_path.glob("other.db-*"))

    def test_a_memory_is_read_while_another_is_being_written(self, archive: Archive) -> None:
        """A thread that asks waits for no transaction; it sees what the last one left, also of one taken back."""
        before = SiteMemory("a.example", 7, {"p.text": (90, 2)}, {"ab12": 3}, 1)
        archive.sites.keep(before, NOW)

        def write_and_fail() -> None:
            with archive.transaction(), ThreadPoolExecutor(1) as thread:
                archive.sites.keep(replace(before, pages=8), NOW)
                assert archive.sites.memory("a.example").pages == 8
                assert thread.submit(archive.sites.committed, "a.example").result(timeout=10) == before
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write_and_fail()
        assert archive.sites.memory("a.example") == archive.sites.committed("a.example") == before

    def test_of_many_sites_the_memory_is_the_right_one(self, archive: Archive) -> None:
        """Also when it is not held any more, and when another program has written it."""
        memories = [SiteMemory(f"{n}.example", n, {"p": (n, 1)}, {"ab": n}) for n in range(2 * MOST_READ)]
        for memory in memories:
            archive.sites.keep(memory, NOW)
        assert [archive.sites.memory(memory.host) for memory in memories] == memories
        archive.db.execute("UPDATE sites SET memory = replace(memory, '\"pages\":47', '\"pages\":5')")
        assert archive.sites.memory("47.example") == replace(memories[47], pages=5)

    def test_a_page_is_looked_at_again_when_it_says(self, archive: Archive, pending: PendingEntry) -> None:
        """With the validators of the page that was kept; apart from what is pending."""
        page = Page("https://site.example/1", "https://site.example/2", 200, {"etag": '"x"'}, b"<p>", NOW)
        archive.articles.record(archived(pending, recheck_at=NOW + HOUR, page=page))
        assert archive.entries.announced()[0].state is EntryState.ARCHIVED
        assert archive.status(NOW).entries == {"archived": 1}
        assert archive.entries.claim(NOW + HOUR, limit=9, lease=LEASE) == []
        assert archive.entries.claim_looks(NOW, limit=9, lease=LEASE) == []
        (entry,) = archive.entries.claim_looks(NOW + HOUR, limit=9, lease=LEASE)
        assert (entry.recheck, entry.checks, entry.attempts) == (True, 0, 1)
        assert (entry.validators, entry.validators_of) == (Validators('"x"', ""), "https://site.example/2")
        assert archive.entries.looked_since(NOW, NOW + HOUR) == 1
        look = replace(
            archived(entry, article_id=entry.article_id, at=NOW + HOUR, recheck_at=NOW + 2 * HOUR), missing=1
        )
        archive.articles.record(look)
        assert archive.entries.looked_since(NOW, NOW + 9 * HOUR) == 1
        (entry,) = archive.entries.claim_looks(NOW + 2 * HOUR, limit=9, lease=LEASE)
        assert (entry.checks, entry.missing, entry.attempts) == (1, 1, 1)

    def test_words_that_change_end_the_waiting_for_a_look(
        self, archive: Archive, pending: PendingEntry
    ) -> None:
        """The page is looked at now, and read anew."""
        archive.articles.record(archived(pending, recheck_at=NOW + 9 * HOUR))
        feed = archive.feeds.claim(NOW + HOUR, limit=1, lease=LEASE)[0]
        change = replace(new(said("1", title="Another title"))[0], id=pending.id)
        archive.visits.record([replace(visit(feed, at=NOW + HOUR), changes=(change,))])
        (entry,) = archive.entries.claim(NOW + HOUR, limit=9, lease=LEASE)
        assert (entry.recheck, entry.validators) == (False, Validators())

    def test_a_page_that_is_gone_says_since_when(self, archive: Archive, pending: PendingEntry) -> None:
        """The first time that it was known counts, until it is back."""
        article_id = archive.articles.record(archived(pending))
        for at, gone, since in (
            (HOUR, True, NOW + HOUR),
            (2 * HOUR, True, NOW + HOUR),
            (3 * HOUR, None, NOW + HOUR),
            (4 * HOUR, False, None),
        ):
            archive.articles.record(replace(archived(pending, article_id=article_id, at=NOW + at), gone=gone))
            article = archive.articles.get(article_id)
            assert article is not None
            assert article.gone_at == since

    def test_the_page_is_kept_as_it_came(self, archive: Archive, pending: PendingEntry) -> None:
        """Byte for byte, with status and headers, so that it can be read again."""
        page = Page(
            "https://site.example/1", "https://site.example/1", 200, {"etag": '"x"'}, b"\x00<p>\xff", NOW
        )
        article_id = archive.articles.record(archived(pending, page=page))
        assert archive.pages.newest(article_id) == page

    def test_twins_are_found_by_fingerprint(self, archive: Archive, feed: Feed) -> None:
        """Earliest first; no fingerprint, no twins."""
        archive.visits.record([visit(feed, said("1"), said("2"), said("3"))])
        for entry, mark in zip(
            archive.entries.claim(NOW, limit=3, lease=LEASE), ("same", "same", ""), strict=True
        ):
            archive.articles.record(archived(entry, article_text(entry.parsed.link, fingerprint=mark)))
        assert [twin.id for twin in archive.articles.with_fingerprint("same")] == [1, 2]
        assert archive.articles.with_fingerprint("") == []

    def test_a_transaction_is_whole(self, archive: Archive, pending: PendingEntry) -> None:
        """What is recorded inside a transaction that fails was never there."""

        def record_and_fail() -> None:
            with archive.transaction():
                archive.articles.record(archived(pending))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            record_and_fail()
        assert archive.status(NOW).articles == {}
        assert archive.entries.announced()[0].state is EntryState.PENDING

    # --------------------------------------------------------------------------------------------- search

    @pytest.fixture
    def library(self, archive: Archive, feed: Feed) -> Archive:
        texts = {
            "1": ("Bell found", "Divers found the bell of the old church in the harbour."),
            "2": ("Weather", "Rain over the harbour; the bell tower is closed."),
            "3": ("Märkte", "Die Straße nach Köln bleibt gesperrt."),
        }
        archive.visits.record([visit(feed, *(said(guid, title=title) for guid, (title, _) in texts.items()))])
        for number, entry in enumerate(archive.entries.claim(NOW, limit=9, lease=LEASE)):
            title, text = texts[entry.parsed.guid]
            text_of = article_text(
                entry.parsed.link, title=title, text=text, dated_at=NOW - number * 24 * HOUR
            )
            archive.articles.record(archived(entry, text_of))
        return archive

    def test_a_hit_in_the_title_comes_first(self, library: Archive) -> None:
        """It says more about an article than one in its text."""
        assert [hit.article.title for hit in library.index.search(Query(Words("bell")))] == [
            "Bell found",
            "Weather",
        ]

    def test_hits_are_marked_in_the_snippet(self, library: Archive) -> None:
        """With marks that no text can contain."""
        hit = library.index.search(Query(Words("divers")))[0]
        assert hit.snippet == "\x02Divers\x03 found the bell of the old church in the harbour."
        assert hit.article.text == ""
        assert hit.score > 0

    def test_diacritics_are_folded(self, library: Archive) -> None:
        """koln finds Köln."""
        assert len(library.index.search(Query(Words("koln")))) == 1

    def test_what_the_index_cannot_find_is_looked_for_in_the_text(self, archive: Archive, feed: Feed) -> None:
        """Scripts without spaces, and queries that only leave out."""
        archive.visits.record([visit(feed, said("1"), said("2"))])
        for entry, text in zip(
            archive.entries.claim(NOW, limit=2, lease=LEASE), ("今日の天気は晴れ", PROSE), strict=True
        ):
            archive.articles.record(archived(entry, article_text(entry.parsed.link, text=text)))
        hits = archive.index.search(Query(Words("天気")))
        assert [hit.snippet for hit in hits] == ["今日の\x02天気\x03は晴れ"]
        assert [hit.article.id for hit in archive.index.search(Query(Not(Words("harbour"))))] == [1]
        assert archive.index.search(Query(AllOf((Words("harbour"), Words("天気"))))) == []

    def test_filters_narrow_a_search(self, library: Archive) -> None:
        """By time and by feed; together with words, or alone."""
        assert len(library.index.search(Query(AllOf((Words("harbour"), Period(since=NOW - HOUR)))))) == 1
        assert len(library.index.search(Query(AllOf((Words("harbour"), Period(before=NOW - HOUR)))))) == 1
        assert len(library.index.search(Query(Filter(Facet.FEED, "A.EXAMPLE")))) == 3
        assert library.index.search(Query(AllOf((Words("harbour"), Filter(Facet.FEED, "b.example"))))) == []

    def test_without_words_the_newest_come_first(self, library: Archive) -> None:
        """An empty query lists the archive."""
        assert [hit.article.title for hit in library.index.search(Query(None, limit=2))] == [
            "Bell found",
            "Weather",
        ]

    def test_the_period_of_a_digest_is_half_open(self, library: Archive) -> None:
        """What came in at the very end belongs to the next edition."""
        assert len(list(library.period.articles(NOW, NOW + HOUR))) == 3
        assert list(library.period.articles(NOW - HOUR, NOW)) == []

    def test_counts_add_up(self, library: Archive) -> None:
        """Status counts everything once."""
        status = library.status(NOW + 2 * HOUR)
        assert status.feeds == {"active": 1}
        assert (status.entries, status.articles, status.due) == ({"archived": 3}, {"full": 3}, 1)


class TestSqliteArchive(ArchiveContract):
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[Archive]:
        with open_archive(tmp_path / "archive.db", writable=True) as archive:
            yield archive
            assert archive.check() == ""
            assert archive.index.check() == ""


# --------------------------------------------------------------------------------------- what is SQLite's own


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def filled(path: Path) -> Path:
    with open_archive(path, writable=True) as archive:
        archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
        feed = archive.feeds.claim(NOW, limit=1, lease=LEASE)[0]
        archive.visits.record([visit(feed, said("1"))])
        archive.articles.record(archived(archive.entries.claim(NOW, limit=1, lease=LEASE)[0]))
    return path


def test_every_verb_that_the_archive_names_is_there(path: Path) -> None:
    """The list at the head of the package is what a newcomer reads first."""
    named = re.findall(r"^    archive\.(\w+) {2,}(.+)$", archive_package.__doc__ or "", re.MULTILINE)
    with open_archive(path, writable=True) as archive:
        missing = [
            f"{shelf}.{verb}"
            for shelf, verbs in named
            for verb in verbs.split()
            if not callable(getattr(getattr(archive, shelf), verb, None))
        ]
    assert {shelf for shelf, _ in named} == {*archive_package._SHELVES}
    assert not missing


def test_sqlite_utils_can_search_the_file_as_it_is(filled: Path) -> None:
    """The index carries the name and the shape that sqlite-utils and Datasette look for."""
    db = UtilsDatabase(sqlite3.connect(filled), execute_plugins=False)
    try:
        assert db.table("articles").detect_fts() == "articles_fts"
        assert [row["title"] for row in db.table("articles").search("harbour")] == ["A title"]
    finally:
        db.close()


def test_an_update_of_unindexed_columns_leaves_the_index_alone(filled: Path) -> None:
    """What the index knows nothing of does not index the text again; nor does a fact that stays what it is."""
    with open_archive(filled, writable=True) as archive:
        before = archive.db.value("SELECT count(*) FROM articles_fts_data")
        changes = archive.db.connection.total_changes
        archive.db.execute("UPDATE articles SET image = 'x', score = 0.5, verdict = 'full', title = title")
        assert archive.db.connection.total_changes - changes == 1
        assert archive.db.value("SELECT count(*) FROM articles_fts_data") == before


def test_a_damaged_index_is_seen_and_mended(filled: Path) -> None:
    """Only the check with rank 1 compares the index with the articles."""
    with open_archive(filled, writable=True) as archive:
        archive.db.execute(
            "INSERT INTO articles_fts (rowid, title, byline, text) VALUES (99, 'ghost', '', '')"
        )
        assert archive.index.check() != ""
        archive.index.rebuild()
        assert archive.index.check() == ""


def test_a_second_writer_is_told(filled: Path) -> None:
    """One service per archive; any number of readers."""
    with open_archive(filled, writable=True):
        with pytest.raises(ArchiveLockedError, match="another aggregator is working on this archive"):
            open_archive(filled, writable=True)
        with open_archive(filled, writable=False) as reader:
            assert reader.status(NOW).articles == {"full": 1}


def test_a_reader_cannot_write(filled: Path) -> None:
    """Searching never changes the archive."""
    with (
        open_archive(filled, writable=False) as reader,
        pytest.raises(ArchiveError, match="cannot be written"),
    ):
        reader.feeds.make_due(NOW)


def test_a_missing_archive_is_not_made_by_reading(path: Path) -> None:
    """A mistyped path gets a clear line, not an empty file."""
    with pytest.raises(ArchiveError, match="there is no archive yet"):
        open_archive(path, writable=False)
    assert not path.exists()


def test_a_newer_archive_is_left_alone(filled: Path) -> None:
    """An old program does not touch what it does not understand."""
    conn = sqlite3.connect(filled)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    before = filled.read_bytes()
    for writable in (True, False):
        with pytest.raises(ArchiveError, match="written by a newer aggregator"):
            open_archive(filled, writable=writable)
    assert filled.read_bytes() == before


def test_another_programs_file_is_refused(path: Path) -> None:
    """A browser's history is no archive of ours."""
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE moz_places (id INTEGER)")
    conn.commit()
    conn.close()
    with pytest.raises(ArchiveError, match="is not an archive of aggregator"):
        open_archive(path, writable=True)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """Garbage gets a line that names the file."""
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ArchiveError, match="is not an SQLite file"):
        open_archive(path, writable=True)


def test_leases_of_the_dead_end_when_the_next_one_opens(path: Path) -> None:
    """Whoever holds the lock knows that nobody else holds a lease."""
    with open_archive(path, writable=True) as archive:
        archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
        assert len(archive.feeds.claim(NOW, limit=1, lease=LEASE)) == 1
    with open_archive(path, writable=True) as archive:
        assert len(archive.feeds.claim(NOW, limit=1, lease=LEASE)) == 1


def test_threads_share_the_archive(path: Path) -> None:
    """The poll and the archive loop record at the same time, and nothing is lost."""
    with open_archive(path, writable=True) as archive:
        archive.feeds.apply_plan(plan(*(f"https://h{n}.example/" for n in range(40))), NOW)
        feeds = archive.feeds.claim(NOW, limit=40, lease=LEASE)

        def record(part: list[Feed]) -> None:
            for feed in part:
                archive.visits.record([visit(feed, *(said(f"{feed.id}-{n}") for n in range(5)))])

        threads = [threading.Thread(target=record, args=(feeds[n::4],)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(archive.entries.announced()) == 200


def test_what_was_recorded_survives_a_kill(path: Path) -> None:
    """A process that is killed right after a record has lost nothing, and its lock is free."""
    program = f"""
import os, signal
from pathlib import Path
from aggregator.archive import open_archive
from tests.makers import NOW, plan
archive = open_archive(Path({str(path)!r}), writable=True)
archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path.cwd())
    assert killed.returncode == -signal.SIGKILL
    with open_archive(path, writable=True) as archive:
        assert len(archive.feeds.all()) == 1


def test_a_verdict_is_one_of_ours(filled: Path) -> None:
    """The archive gives back records, not rows."""
    with open_archive(filled, writable=False) as archive:
        article = archive.articles.get(1)
        assert article is not None
        assert article.verdict is Verdict.FULL
        assert article.dated_at == NOW
        assert archive.articles.get(2) is None


@pytest.mark.slow
def test_a_kill_while_the_archive_is_made_leaves_one_that_can_be_made(path: Path) -> None:
    """At whatever statement: the next start goes on."""
    statement = 1
    while True:
        ended = open_and_kill(path, statement)
        with open_archive(path, writable=True) as archive:
            assert archive.check() == ""
        for file in path.parent.iterdir():
            file.unlink()
        if ended != -signal.SIGKILL:
            break
        statement += 3
    assert statement > 50
