"""From bytes to an extracted text: the order of the steps, and which source wins for each field."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

from aggregator.extract.body import article_blocks, load, shown_text
from aggregator.extract.charset import decode
from aggregator.extract.furniture import without_furniture
from aggregator.extract.kinds import is_plain_text, not_a_page
from aggregator.extract.metadata import byline_in, date_in, read_metadata
from aggregator.extract.verdict import SCANT, Evidence, count_words, judge
from aggregator.markup import without_controls
from aggregator.models import ExtractedText, Hint, Verdict
from aggregator.urls import site_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MOST_BYTES = 5 << 20  # what follows is cut off: articles begin early, and the time grows with the size
_NOT_THE_ARTICLE = frozenset((Verdict.BLOCKED, Verdict.GONE))  # what it says is the wall's


def read_page(body: bytes, url: str, hint: Hint, content_type: str) -> ExtractedText:
    """Return what the page says. Bugs of the libraries below come out as exceptions."""
    if what := not_a_page(body, content_type):
        return _nothing(url, hint, f"{what}, not a page")
    text = decode(body[:_MOST_BYTES], content_type)
    if is_plain_text(body, content_type):
        extracted = _read_plain(text, url, hint)
    else:
        tree, whole = load(text)
        if tree is None:
            return _nothing(url, hint, "the page is empty")
        extracted = _read_tree(tree, url, hint)
        if extracted.verdict is Verdict.EMPTY and not whole:
            extracted = replace(extracted, reason="the page is nested too deeply")
    if extracted.verdict is Verdict.FULL and len(body) > _MOST_BYTES:
        return replace(extracted, verdict=Verdict.PARTIAL, reason="only the first 5 MB of the page were read")
    return extracted


def _read_tree(tree: HtmlElement, url: str, hint: Hint) -> ExtractedText:
    page = read_metadata(tree, url)
    byline = hint.author or page.byline or byline_in(tree)
    blocks = [_clean(block) for block in article_blocks(tree, url)]
    blocks = without_furniture(
        blocks,
        titles=(hint.title, *page.titles),
        summaries=(hint.summary, *page.descriptions),
        authors=(byline, *byline.split(", ")),
        labels=(page.site, *page.sections),
    )
    evidence = Evidence(
        window_title=page.window_title,
        shown=shown_text(tree) if count_words("\n".join(blocks)) < SCANT else "",
        announced=(hint.content, hint.summary),
        declared=page.full_text,
        is_free=page.is_free,
    )
    verdict, reason = judge(blocks, evidence)
    if verdict in _NOT_THE_ARTICLE:
        return replace(_nothing(url, hint, reason), verdict=verdict)
    published_at = hint.published_at or page.published_at or date_in(tree, url)
    return ExtractedText(
        text=_joined(blocks, verdict),
        verdict=verdict,
        reason=reason,
        title=hint.title or next(iter(page.titles), ""),
        byline=byline,
        site=page.site,
        language=page.language or hint.language,
        published_at=published_at,
        published_from="feed" if hint.published_at else "page" if published_at else "",
        page_titles=" | ".join(page.titles),
        canonical=page.canonical,
    )


def _read_plain(text: str, url: str, hint: Hint) -> ExtractedText:
    blocks = [
        b
        for piece in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
        if (b := _clean(piece).strip("\n")).strip()
    ]
    verdict, reason = judge(blocks, Evidence(announced=(hint.content, hint.summary)))
    return replace(_nothing(url, hint, reason), text=_joined(blocks, verdict), verdict=verdict)


def _nothing(url: str, hint: Hint, reason: str) -> ExtractedText:
    return ExtractedText(
        text="",
        verdict=Verdict.EMPTY,
        reason=reason,
        title=hint.title,
        byline=hint.author,
        site=site_of(url),
        language=hint.language,
        published_at=hint.published_at,
        published_from="feed" if hint.published_at else "",
    )


def _joined(blocks: list[str], verdict: Verdict) -> str:
    return "" if verdict is Verdict.EMPTY else "\n\n".join(blocks)


def _clean(block: str) -> str:
    return normalize("NFC", without_controls(block))
