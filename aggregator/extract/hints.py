"""The article as the feed gives it: instead of a page, or because the page yields less."""

from __future__ import annotations

from dataclasses import replace

from aggregator.extract.facts.claims import of_feed
from aggregator.extract.verdict.judging import count_words, looks_cut
from aggregator.models import ExtractedText, Hint, Verdict

_AS_MUCH = 0.9  # of the feed's words; below, what is missing is text and not a caption or a button
_SAYS_SOMETHING = 5  # words
_LONG = 150  # words: with fewer, a feed's content is often the beginning alone


def feed_text(hint: Hint, reason: str, verdict_without: Verdict) -> ExtractedText:
    """Return what the feed said as the article; `verdict_without` if it said nothing but a title."""
    text = hint.content or hint.summary
    verdict = Verdict.FEED_ONLY if text else verdict_without
    return of_feed(ExtractedText(text=text, verdict=verdict, reason=reason, score=_score(hint)), hint)


def better_text(page: ExtractedText, hint: Hint) -> ExtractedText:
    """Return `page`, or the same with the feed's words if those are more, or if the page is no article."""
    ours = count_words(page.text)
    if page.verdict is Verdict.FULL:
        theirs = count_words(hint.content)
        if ours >= theirs * _AS_MUCH:
            return page
        return _told(page, hint, hint.content, f"the page has {ours} words, the feed {theirs}")
    text = max(hint.content, hint.summary, key=count_words)
    needed = _SAYS_SOMETHING if page.verdict is Verdict.NOT_ARTICLE else ours + 1
    return _told(page, hint, text, page.reason) if count_words(text) >= max(1, needed) else page


def _told(page: ExtractedText, hint: Hint, text: str, reason: str) -> ExtractedText:
    return replace(
        page, text=text, markdown="", dropped=(), verdict=Verdict.FEED_ONLY, reason=reason, score=_score(hint)
    )


def _score(hint: Hint) -> float:
    """Return how sure it is that the feed's words are the whole article: a summary hardly ever is."""
    if not hint.content:
        return 0.1 if hint.summary else 0.0
    if looks_cut(hint.content):
        return 0.2
    return 0.7 if count_words(hint.content) >= _LONG else 0.4
