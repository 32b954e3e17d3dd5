"""history: the versions of one article, and what was changed from each to the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.ids import ARTICLE_ID
from aggregator.cli.terminal import Line, Span, Style, json_out, note, one_line, out
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from aggregator.models import Article, Revision
    from aggregator.revision import Passage

_INDENT = 4
_SAID = {
    "first": "first seen",
    "headline": "headline changed",
    "correction": "corrected",
    "substance": "rewritten or extended",
    "removal": "passages removed",
    "reread": "read again by better rules; the page itself is the same",
}
_STYLES = {"same": Style.PLAIN, "removed": Style.REMOVED, "added": Style.ADDED}


@dataclass(frozen=True, slots=True)
class Version:
    """A state of an article. Its names in JSON are a promise."""

    number: int
    seen_at: datetime
    kind: str  # of the edit that made it; "first": it is the first one
    title: str
    verdict: str
    words: int
    text: str


@click.command()
@click.argument("article_id", type=ARTICLE_ID, metavar="ID")
@click.option("--diff/--no-diff", "wants_diff", default=True, help="Show which words were changed.")
@click.option("--json", "wants_json", is_flag=True, help="All versions with their texts and changes as JSON.")
@pass_session
def history(session: Session, article_id: int, wants_diff: bool, wants_json: bool) -> int:
    """Show the versions of an article, and word by word what was changed between them."""
    from aggregator.app import local_now, open_archive

    with open_archive(session.config, writable=False) as archive:
        article = archive.articles.get(article_id)
        revisions = archive.articles.revisions(article_id)
    if article is None:
        note(f"{article_id}: no such article; `aggregator search` shows the ids")
        return NOTHING_FOUND
    versions = versions_of(article, revisions)
    if wants_json:
        json_out(_as_json(article, versions, wants_diff=wants_diff))
        return 0
    for line in _lines(article, versions, local_now(), wants_diff=wants_diff):
        out(line)
    return 0


def versions_of(article: Article, revisions: Sequence[Revision]) -> list[Version]:
    """Return the states of an article, oldest first; the last one is what the archive shows."""
    states = [(past.title, past.verdict, past.text) for past in revisions]
    states.append((article.title, article.verdict, article.text))
    starts = [revisions[0].seen_at if revisions else article.archived_at]
    starts += [past.replaced_at for past in revisions]
    kinds = ["first", *(str(past.kind) for past in revisions)]
    return [
        Version(number, seen_at, kind, title, verdict, len(text.split()), text)
        for number, (seen_at, kind, (title, verdict, text)) in enumerate(
            zip(starts, kinds, states, strict=True), 1
        )
    ]


def _as_json(article: Article, versions: Sequence[Version], *, wants_diff: bool) -> dict[str, object]:
    from aggregator.revision import word_diff

    told: dict[str, object] = {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "gone_at": article.gone_at,
        "versions": list(versions),
    }
    if wants_diff:
        told["changes"] = [
            [
                [{"kind": piece.kind, "text": piece.text} for piece in passage.pieces]
                for passage in word_diff(old.text, new.text)
            ]
            for old, new in pairwise(versions)
        ]
    return told


# ------------------------------------------------------------------------------------------ for a person


def _lines(
    article: Article, versions: Sequence[Version], today: datetime, *, wants_diff: bool
) -> Iterator[Line | str]:
    from aggregator.times import ago

    yield Line((Span(one_line(article.title) or article.url, Style.STRONG, link=article.url),))
    count = counted(len(versions), "version")
    about = f"{count}, first seen {ago(versions[0].seen_at, today)}"
    if len(versions) > 1:
        about += f", last changed {ago(versions[-1].seen_at, today)}"
    yield Line((Span(about, Style.FAINT),))
    if article.gone_at is not None:
        yield Line(
            (Span(f"its page disappeared {ago(article.gone_at, today)}; the text is kept", Style.WARN),)
        )
    for at, version in enumerate(versions):
        yield ""
        yield _head(version, today)
        if at and wants_diff:
            yield from _changes(versions[at - 1], version)


def _head(version: Version, today: datetime) -> Line:
    when = version.seen_at.astimezone(today.tzinfo)
    return Line(
        (
            Span(f"{version.number:>2}. "),
            Span(f"{when:%Y-%m-%d %H:%M}", Style.STRONG),
            Span(f"  {_SAID.get(version.kind, version.kind)}"),
            Span(f" · {version.verdict} · {version.words} words", Style.FAINT),
        )
    )


def _changes(old: Version, new: Version) -> Iterator[Line]:
    from aggregator.revision import word_diff

    if old.title != new.title:
        pieces = (
            Span("title: ", Style.FAINT),
            Span(old.title, Style.REMOVED),
            Span(" "),
            Span(new.title, Style.ADDED),
        )
        yield Line(pieces, indent=_INDENT)
    for passage in word_diff(old.text, new.text):
        yield from _passage_lines(passage)


def _passage_lines(passage: Passage) -> Iterator[Line]:
    """Yield a passage, a line for each paragraph; an ellipsis stands for unchanged text that is left out."""
    spans: list[Span] = [Span("… ", Style.FAINT)] if passage.skips_before else []
    for piece in passage.pieces:
        first, *others = piece.text.split("\n")
        _append(spans, first, _STYLES[piece.kind])
        for part in others:
            if spans:
                yield Line(tuple(spans), indent=_INDENT)
            spans = []
            _append(spans, part, _STYLES[piece.kind])
    if passage.skips_after and spans:
        spans.append(Span(" …", Style.FAINT))
    if spans:
        yield Line(tuple(spans), indent=_INDENT)


def _append(spans: list[Span], text: str, style: Style) -> None:
    """Add words to a line, with a blank between them and what stands there."""
    words = one_line(text)
    if words:
        if spans and not spans[-1].text.endswith(" "):
            spans.append(Span(" "))
        spans.append(Span(words, style))
