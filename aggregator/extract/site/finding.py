"""What a page and the memory of its site do for each other: the memory helps to read, what was read is learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.extract.site.memory import lesson
from aggregator.extract.site.template import by_template, mended, without_recurring
from aggregator.extract.text.alignment import align
from aggregator.extract.text.body import article_passages
from aggregator.extract.text.markdown import to_markdown
from aggregator.extract.text.passages import passages_of
from aggregator.extract.verdict.judging import count_words, looks_cut
from aggregator.models import Verdict
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from aggregator.extract.text.passages import Passage
    from aggregator.extract.tree.blocks import Block
    from aggregator.models import Dropped, ExtractedText, Hint, SiteMemory, SitePage

_WHOLE = 0.8  # of the words that the page yields: a feed that has as many gave the text as a whole
_LEAST_WHOLE = 100  # words: a shorter text may be a summary
_ON_PAGE = 0.8  # of the feed's words must stand in the page's blocks


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on a page with the help of the memory."""

    passages: list[Passage]
    dropped: list[Dropped]
    chosen: list[Block]  # those that are the text, where the memory alone told; else none


def find_text(
    tree: HtmlElement,
    url: str,
    blocks: Sequence[Block],
    memory: SiteMemory,
    hint: Hint,
    titles: Sequence[str] = (),
) -> Found:
    """Return the passages of the article; `blocks` are the page's, `tree` stays as it is."""
    chosen = by_template(blocks, memory, hint)
    if chosen:
        return Found(*without_recurring(passages_of(chosen), memory), chosen)
    return Found(*mended(article_passages(tree, url, blocks, titles), blocks, memory), [])


def with_site(
    extracted: ExtractedText, url: str, blocks: Sequence[Block], hint: Hint, chosen: Sequence[Block]
) -> ExtractedText:
    """Return the extracted text with its Markdown, and with what the page teaches about its site."""
    if not blocks or not extracted.text:
        return extracted
    lines = extracted.text.split("\n")
    found = align(chosen or blocks, lines)
    markdown = to_markdown(lines, chosen or blocks, found, url)
    if chosen:
        places = dict(zip(map(id, chosen), found, strict=True))
        found = [places.get(id(block), ()) for block in blocks]
    learnt = _lesson(extracted, url, blocks, found, hint)
    if learnt and chosen:
        learnt = replace(learnt, blocks={})  # it would only confirm itself
    return replace(extracted, markdown=markdown, learnt=learnt)


def _lesson(
    extracted: ExtractedText, url: str, blocks: Sequence[Block], found: list[tuple[int, ...]], hint: Hint
) -> SitePage | None:
    host = host_of(url)
    words = count_words(hint.content)
    is_long = words >= _LEAST_WHOLE and words >= count_words(extracted.text) * _WHOLE
    if is_long and not looks_cut(hint.content):
        known = align(blocks, hint.content.split("\n"))
        inside = sum(block.words for block, numbers in zip(blocks, known, strict=True) if numbers)
        if inside >= words * _ON_PAGE:
            return lesson(host, blocks, known, known=True)
    return lesson(host, blocks, found) if extracted.verdict is Verdict.FULL else None
