"""What an edit of an archived article is: what the publisher changed, and what of the earlier state is kept.

Pure. Two readings of one page differ by the publisher's edits and by our rules; only the first are news. So a page
that is looked at again is compared with the page that was kept, both read by the rules of today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.models import FROM_PAGE, Change, ExtractedText, KnownArticle, Verdict
from aggregator.revision import Text, change_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.models import ArticleText, Dropped

# Which text is better to have.
WORTH = {
    Verdict.FULL: 3,
    Verdict.PARTIAL: 2,
    Verdict.PAYWALLED: 1,
    Verdict.FEED_ONLY: 1,
    Verdict.BLOCKED: 0,
    Verdict.GONE: 0,
    Verdict.EMPTY: 0,
    Verdict.NOT_ARTICLE: 0,
}


def title_now(announced: str, now: ExtractedText, before: ExtractedText | None, current: KnownArticle) -> str:
    """Return the title that an article has after another look at its page; `announced` is the feed's of today.

    The feed's title wins when it is new. Else the page's is the fresher one: a feed forgets an entry long before
    its headline is changed for the last time.
    """
    if not current.title or not _are_alike(announced, current.announced):
        return announced
    shown, had = _own_title(now), _own_title(before) if before is not None else ""
    return shown if shown and had and not _are_alike(shown, had) else current.title


def _own_title(page: ExtractedText) -> str:
    """Return what the page calls itself; where it says nothing else, it agrees with the feed."""
    said = (claim.value for claim in page.claims if claim.field == "title" and claim.source != "feed")
    return next(said, page.title)


def _are_alike(one: str, other: str) -> bool:
    titles = Text(one, ""), Text(other, "")
    return change_of(*titles) is Change.COSMETIC and change_of(*titles[::-1]) is Change.COSMETIC


def change_since(says: ArticleText, before: ExtractedText | None, current: KnownArticle) -> Change:
    """Return what the publisher changed since we last looked; `before` is the kept page, read by today's rules."""
    if before is None or before.verdict not in FROM_PAGE:
        return change_of(Text(current.title, current.text), Text(says.title, says.text))
    return change_of(
        Text(current.title, _without(before.text, says.dropped)),
        Text(says.title, _without(says.text, before.dropped)),
    )


def _without(text: str, dropped: Sequence[Dropped]) -> str:
    """Return a text without the lines that our rules left out of the other reading: no edit of the publisher's."""
    left_out = {" ".join(block.text.split()) for block in dropped}
    return "\n".join(line for line in text.splitlines() if " ".join(line.split()) not in left_out)


def revision_kind(says: ArticleText, current: KnownArticle, change: Change | None) -> Change | None:
    """Return the kind of the revision that keeps the text to be replaced; None if none is kept of it."""
    if change is None or not _was_published(current, says):
        return None
    if change is not Change.COSMETIC:
        return change
    ours = change_of(Text(current.title, current.text), Text(says.title, says.text))
    return None if ours is Change.COSMETIC else Change.REREAD  # the rules changed, not the page


def _was_published(current: KnownArticle, says: ArticleText) -> bool:
    """Tell whether the text to be replaced is an earlier state of the same words, not a stopgap for them."""
    return (
        bool(current.text)
        and WORTH[current.verdict] >= WORTH[Verdict.FEED_ONLY]
        and (current.verdict is not Verdict.FEED_ONLY or says.verdict is Verdict.FEED_ONLY)
    )
