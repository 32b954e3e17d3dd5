"""What changed since the last digest: articles whose words were changed, pages that went away, sources in trouble.

A source is told of once: when it falls quiet or begins to fail, not every day until it recovers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.digest import article_names
from aggregator.health import Kind, ailments
from aggregator.models import Change, Changes, Corrected, FeedState, Shown, ShownAs, Trouble, Vanished
from aggregator.revision import Text, change_of, word_diff

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime, timedelta

    from aggregator.archive import Archive
    from aggregator.models import Article, Feed, Revision
    from aggregator.revision import Passage

MOST = 10  # of one kind; what is beyond is counted
ASKED = 200  # of one kind that are looked at
PASSAGES = 2  # of one edit that are shown
CONTEXT = 8  # words on either side of a change
PIECES = 12  # runs of words in one passage that are shown
LONGEST = 400  # characters of one run of words


def changes_between(
    archive: Archive, since: datetime, until: datetime, chosen: Collection[int] | None
) -> Changes:
    """Return what changed; with `chosen` (article ids) only of these articles, and nothing of sources."""
    revised = archive.period.revised(since, until, ASKED)
    edits = [
        (article, one)
        for article, past in revised
        if _is_chosen(article, chosen)
        for one in _corrected(article, past)
    ]
    gone = [one for one in archive.period.gone(since, until, ASKED) if _is_chosen(one, chosen)]
    troubles = list(_troubles(archive, since, until)) if chosen is None else []
    shown = (*(article for article, _ in edits[:MOST]), *gone[:MOST])
    return Changes(
        corrected=tuple(one for _, one in edits[:MOST]),
        vanished=tuple(map(_vanished, gone[:MOST])),
        troubles=tuple(troubles[:MOST]),
        left_out=sum(max(0, len(found) - MOST) for found in (edits, gone, troubles)),
        shown=tuple(Shown(article.id, ShownAs.CHANGE) for article in shown),
    )


def _is_chosen(article: Article, chosen: Collection[int] | None) -> bool:
    return chosen is None or article.id in chosen


# ----------------------------------------------------------------------------------------------------- articles


def _corrected(article: Article, past: Revision) -> Iterator[Corrected]:
    """Yield the edit between what an article said and says; none if it was taken back."""
    kind = change_of(Text(past.title, past.text), Text(article.title, article.text))
    if kind is Change.COSMETIC:
        return
    title, source, url = article_names(article)
    was = article_names(replace(article, title=past.title))[0] if past.title.strip() else title
    passages = (
        *word_diff(was, title, LONGEST),
        *islice(word_diff(past.text, article.text, CONTEXT), PASSAGES),
    )
    yield Corrected(
        title=title,
        url=url,
        source=source,
        at=past.replaced_at,
        kind=str(kind),
        former_title=was if was != title else "",
        passages=tuple(map(_pieces, passages)),
        language=article.language,
    )


def _pieces(passage: Passage) -> tuple[tuple[str, str], ...]:
    """Return a passage's runs of words, the long ones cut, with an ellipsis where text is left out around it."""
    pieces = [(str(piece.kind), _cut(" ".join(piece.text.split()))) for piece in passage.pieces]
    pieces = [piece for piece in pieces if piece[1]]
    before = [("same", "…")] if passage.skips_before else []
    after = [("same", "…")] if passage.skips_after or len(pieces) > PIECES else []
    del pieces[PIECES:]
    return (*before, *pieces, *after)


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[:LONGEST].rpartition(" ")[0] + " …"


def _vanished(article: Article) -> Vanished:
    title, source, url = article_names(article)
    assert article.gone_at is not None  # that is what was asked for
    return Vanished(title, url, source, article.gone_at, article.language)


# ------------------------------------------------------------------------------------------------------ sources


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of all sources, beside themselves."""

    pauses: dict[int, timedelta]
    failing: dict[int, datetime]


def _troubles(archive: Archive, since: datetime, until: datetime) -> Iterator[Trouble]:
    known = _Known(archive.feeds.usual_pauses(), archive.period.failing_since())
    feeds: Iterable[Feed] = sorted(archive.feeds.all(), key=lambda feed: feed.url)
    for feed in feeds:
        if feed.state is FeedState.PAUSED:
            continue
        for said, kind in _begun(feed, known, since, until):
            yield Trouble(feed.title or feed.url, feed.site_url or feed.url, said, kind)


def _begun(feed: Feed, known: _Known, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    """Yield what began to be wrong with a feed in the period."""
    pause = known.pauses.get(feed.id)
    was_silent = any(one.kind is Kind.SILENT for one in ailments(feed, since, pause))
    failing = known.failing.get(feed.id)
    for one in ailments(feed, until, pause):
        if (
            (one.kind is Kind.SILENT and not was_silent)
            or (one.kind is Kind.FAILING and failing is not None and since <= failing < until)
            or (one.kind is Kind.GONE and feed.gone_at is not None and since <= feed.gone_at < until)
        ):
            yield one.said, str(one.kind)
