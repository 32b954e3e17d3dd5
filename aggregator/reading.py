"""Reading an entry's page together with what the feed said: the better text of the two, with a verdict.

Pure, and picklable in and out: this is what runs in a worker process. It joins `extract` (what a page says) and
the feed's own words; it decides nothing about the archive.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.dedupe import leads_there, shingles_of
from aggregator.extract import better_text, extract_article, feed_text, page_failure
from aggregator.markup import html_to_text
from aggregator.models import READ, ExtractedText, Hint, Response, SiteMemory, Verdict
from aggregator.urls import is_http, site_of

if TYPE_CHECKING:
    from aggregator.models import Failure, Page, ParsedEntry


@dataclass(frozen=True, slots=True)
class Reading:
    extracted: ExtractedText
    wants_retry: bool = False  # the page may be had another time
    arrived_at: str = ""  # address of the page, if it is the article's
    page: Verdict | None = (
        None  # on the page itself, whatever the feed's words made of it; None: there was none
    )
    before: ExtractedText | None = None  # what the page says that was kept earlier, read by the same rules


NOTHING_LEARNT = SiteMemory()
# What may be otherwise another time; a full text is looked at again for edits only.
_PASSING = frozenset((Verdict.PARTIAL, Verdict.PAYWALLED, Verdict.BLOCKED, Verdict.GONE, Verdict.EMPTY))


def read_entry(
    parsed: ParsedEntry, answer: Response | Failure | None, memory: SiteMemory = NOTHING_LEARNT
) -> Reading:
    """Return the best text that can be had of an entry; `answer` is None when the entry names no page.

    `memory` is what other pages of the answer's host have taught.
    """
    return _shingled(_read_entry(parsed, answer, memory))


def _shingled(reading: Reading) -> Reading:
    """Add what a text is compared by; here, because it takes time and workers have it."""
    extracted = reading.extracted
    if extracted.verdict not in READ or not extracted.text:
        return reading
    shingles = array("I", shingles_of(extracted.text).hashes)  # a tenth of what a list of them takes up
    return replace(reading, extracted=replace(extracted, shingles=shingles))


def _read_entry(parsed: ParsedEntry, answer: Response | Failure | None, memory: SiteMemory) -> Reading:
    if answer is None:
        return _without_page(parsed, "the entry names no page")
    hint = hint_of(parsed)
    failure = page_failure(answer)
    if failure is not None:
        told = feed_text(hint, failure.reason, failure.verdict)
        return Reading(told, failure.retry, page=failure.page)
    assert isinstance(answer, Response)  # anything else is a page failure
    kind = answer.headers.get("content-type", "")
    extracted = extract_article(answer.body, answer.final_url, hint, kind, memory)
    if not leads_there(parsed.link, answer.final_url, parsed.title, extracted.page_titles):
        return _elsewhere(hint, answer, extracted)
    found = extracted.verdict
    return Reading(better_text(extracted, hint), found in _PASSING, answer.final_url, page=found)


def _elsewhere(hint: Hint, answer: Response, extracted: ExtractedText) -> Reading:
    """Return the reading of a link that was redirected to another page: a wall, or the article is not there."""
    verdict, reason = Verdict.GONE, f"the link leads to another page, {answer.final_url}"
    if extracted.verdict is Verdict.BLOCKED:
        verdict, reason = extracted.verdict, extracted.reason
    return Reading(feed_text(hint, reason, verdict), wants_retry=True, page=verdict)


def is_sent_on(reading: Reading, answer: Response) -> bool:
    """Tell whether the page was empty and sends its readers to another one of its site (a meta refresh)."""
    there = reading.extracted.sent_to
    return is_http(there) and site_of(there) == site_of(answer.final_url)


def read_again(
    parsed: ParsedEntry, answer: Response, kept: Page, memory: SiteMemory = NOTHING_LEARNT
) -> Reading:
    """Read a page, and the one that was kept of the same entry by the same rules: what differs is an edit.

    The rules and the memory of the site change; a text of today's is not compared with one of last month's.
    """
    reading = read_entry(parsed, answer, memory)
    if not reading.arrived_at:
        return reading
    earlier = Response(kept.url, kept.final_url, kept.status, kept.headers, kept.body)
    return replace(reading, before=read_entry(parsed, earlier, memory).extracted)


def without_page(parsed: ParsedEntry, reason: str, *, wants_retry: bool = False) -> Reading:
    """Return what the feed said, and why there is no more."""
    return _shingled(_without_page(parsed, reason, wants_retry=wants_retry))


def _without_page(parsed: ParsedEntry, reason: str, *, wants_retry: bool = False) -> Reading:
    return Reading(feed_text(hint_of(parsed), reason, Verdict.EMPTY), wants_retry, page=Verdict.EMPTY)


def behind_wall(parsed: ParsedEntry, reason: str) -> Reading:
    """Return what the feed said of an article whose page shows a wall instead."""
    told = feed_text(hint_of(parsed), reason, Verdict.BLOCKED)
    return _shingled(Reading(told, wants_retry=True, page=Verdict.BLOCKED))


def hint_of(parsed: ParsedEntry) -> Hint:
    return Hint(
        title=parsed.title,
        author=parsed.author,
        summary=html_to_text(parsed.summary_html),
        content=html_to_text(parsed.content_html),
        language=parsed.language,
        published_at=parsed.published_at,
        updated_at=parsed.updated_at,
        categories=parsed.categories,
    )
