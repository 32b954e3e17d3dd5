"""The article as the feed gives it: instead of a page, or because the page yields less."""

from __future__ import annotations

from dataclasses import replace

from aggregator.extract.verdict import count_words
from aggregator.models import ExtractedText, Hint, Verdict

_AS_MUCH = 0.9  # of the feed's words; below, what is missing is text and not a caption or a button


def feed_text(hint: Hint, reason: str, verdict_without: Verdict) -> ExtractedText:
    """Return what the feed said as the article; `verdict_without` if it said nothing but a title."""
    text = hint.content or hint.summary
    return ExtractedText(
        text=text,
        verdict=Verdict.FEED_ONLY if text else verdict_without,
        reason=reason,
        title=hint.title,
        byline=hint.author,
        language=hint.language,
        published_at=hint.published_at,
        published_from="feed" if hint.published_at else "",
    )


def better_text(page: ExtractedText, hint: Hint) -> ExtractedText:
    """Return `page`, or the same with the feed's words if those are more than what the page yields."""
    ours = count_words(page.text)
    if page.verdict is Verdict.FULL:
        theirs = count_words(hint.content)
        if ours >= theirs * _AS_MUCH:
            return page
        reason = f"the page has {ours} words, the feed {theirs}"
        return replace(page, text=hint.content, verdict=Verdict.FEED_ONLY, reason=reason)
    text = max(hint.content, hint.summary, key=count_words)
    if count_words(text) <= ours:
        return page
    return replace(page, text=text, verdict=Verdict.FEED_ONLY, reason=page.reason)
