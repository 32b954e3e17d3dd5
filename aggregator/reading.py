"""Reading an entry's page together with what the feed said: the better text of the two, with a verdict.

Pure, and picklable in and out: this is what runs in a worker process. It joins `extract` (what a page says) and
the feed's own words; it decides nothing about the archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.dedupe import leads_there
from aggregator.extract import better_text, extract_article, feed_text, page_failure
from aggregator.markup import html_to_text
from aggregator.models import ExtractedText, Hint, Response, Verdict

if TYPE_CHECKING:
    from aggregator.models import Failure, ParsedEntry


@dataclass(frozen=True, slots=True)
class Reading:
    extracted: ExtractedText
    wants_retry: bool = False  # the page may be had another time
    arrived_at: str = ""  # address of the page, if it is the article's


def read_entry(parsed: ParsedEntry, answer: Response | Failure | None) -> Reading:
    """Return the best text that can be had of an entry; `answer` is None when the entry names no page."""
    if answer is None:
        return without_page(parsed, "the entry names no page")
    hint = hint_of(parsed)
    failure = page_failure(answer)
    if failure is not None:
        return Reading(feed_text(hint, failure.reason, failure.verdict), failure.retry)
    assert isinstance(answer, Response)  # anything else is a page failure
    extracted = extract_article(answer.body, answer.final_url, hint, answer.headers.get("content-type", ""))
    if not leads_there(parsed.link, answer.final_url, parsed.title, extracted.page_titles):
        reason = f"the link leads to another page, {answer.final_url}"
        return Reading(feed_text(hint, reason, Verdict.GONE))
    return Reading(better_text(extracted, hint), arrived_at=answer.final_url)


def without_page(parsed: ParsedEntry, reason: str, *, wants_retry: bool = False) -> Reading:
    """Return what the feed said, and why there is no more."""
    return Reading(feed_text(hint_of(parsed), reason, Verdict.EMPTY), wants_retry)


def hint_of(parsed: ParsedEntry) -> Hint:
    return Hint(
        title=parsed.title,
        author=parsed.author,
        summary=html_to_text(parsed.summary_html),
        content=html_to_text(parsed.content_html),
        language=parsed.language,
        published_at=parsed.published_at,
    )
