"""From bytes to an extracted text: the order of the steps, and which source wins for each field."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

from aggregator.extract.facts.claims import of_feed, with_metadata
from aggregator.extract.facts.metadata import read_metadata
from aggregator.extract.site.finding import find_text, with_site
from aggregator.extract.text.furniture import Known, without_furniture
from aggregator.extract.text.standfirst import with_standfirst
from aggregator.extract.tree.blocks import page_blocks
from aggregator.extract.tree.charset import decode
from aggregator.extract.tree.kinds import is_plain_text, not_a_page
from aggregator.extract.tree.layout import without_layout_tables
from aggregator.extract.tree.loading import TOO_DEEP, load
from aggregator.extract.tree.unseen import without_unseen
from aggregator.extract.verdict.evidence import evidence_of
from aggregator.extract.verdict.judging import Evidence, judge, without_prompts
from aggregator.markup import without_controls
from aggregator.models import Dropped, ExtractedText, Hint, Verdict
from aggregator.urls import site_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from aggregator.models import SiteMemory

_MOST_BYTES = 5 << 20  # what follows is cut off: articles begin early, and the time grows with the size
_TOO_LONG = "only the first 5 MB of the page were read"
_SCORE_IN_PART = 0.4
_MOST_DROPPED, _MOST_DROPPED_TEXT = 20, 500  # blocks, and characters of each, that a person may check
# What such a page says is the wall's, unless its metadata are those of an article that a script was to bring.
_NOT_THE_ARTICLE = frozenset((Verdict.BLOCKED, Verdict.GONE))


def read_page(body: bytes, url: str, hint: Hint, content_type: str, memory: SiteMemory) -> ExtractedText:
    """Return what the page says. Bugs of the libraries below come out as exceptions."""
    if what := not_a_page(body, content_type):
        return replace(_nothing(url, hint, f"{what}, not a page"), verdict=Verdict.NOT_ARTICLE)
    text = decode(body[:_MOST_BYTES], content_type)
    if is_plain_text(body, content_type):
        extracted = _read_plain(text, url, hint)
    else:
        tree, flaw = load(text)
        if tree is None:
            return _nothing(url, hint, "the page is empty")
        without_unseen(tree)
        without_layout_tables(tree)
        extracted = _read_tree(tree, url, hint, memory)
        if flaw and extracted.verdict is Verdict.EMPTY:
            return replace(extracted, reason=flaw)
        if flaw and flaw != TOO_DEEP:
            return _in_part(extracted, flaw)
    return _in_part(extracted, _TOO_LONG) if len(body) > _MOST_BYTES else extracted


def _in_part(extracted: ExtractedText, reason: str) -> ExtractedText:
    if extracted.verdict is not Verdict.FULL:
        return extracted
    return replace(
        extracted, verdict=Verdict.PARTIAL, reason=reason, score=min(extracted.score, _SCORE_IN_PART)
    )


def _read_tree(tree: HtmlElement, url: str, hint: Hint, memory: SiteMemory) -> ExtractedText:
    page = read_metadata(tree, url, hint)
    site_blocks = page_blocks(tree)
    known = Known(
        titles=(hint.title, *page.confirmed),  # another heading would be lost with the words of it
        summaries=(hint.summary, *page.descriptions),
        authors=(hint.author, *hint.author.split(", "), *page.named),
        labels=(page.site, *page.sections),
    )
    found = find_text(tree, url, site_blocks, memory, hint, known.titles)
    passages, dropped = without_furniture([replace(p, text=_clean(p.text)) for p in found.passages], known)
    if not found.chosen:  # the memory knows where the site has its standfirsts
        passages = with_standfirst(passages, site_blocks, known.summaries, known.titles)
    blocks = [passage.text for passage in passages]
    evidence = evidence_of(tree, url, blocks, dropped, page, hint)
    verdict, reason, score = judge(blocks, evidence)
    if verdict is Verdict.PAYWALLED:
        blocks, prompts = without_prompts(blocks)
        dropped = [*dropped, *(Dropped("prompt of a paywall", prompt) for prompt in prompts)]
    if verdict in _NOT_THE_ARTICLE:
        nothing = replace(_nothing(url, hint, reason), verdict=verdict)
        return with_metadata(nothing, page, hint) if page.is_of_article else nothing
    extracted = ExtractedText(
        text=_joined(blocks, verdict),
        verdict=verdict,
        reason=reason,
        score=score,
        page_titles=" | ".join(page.titles),
        canonical=page.canonical,
        sent_to=evidence.signs.sent_to if evidence.signs and verdict is Verdict.EMPTY else "",
        dropped=_recorded([*found.dropped, *dropped]),
    )
    extracted = with_metadata(extracted, page, hint)
    return with_site(extracted, url, site_blocks, hint, found.chosen)


def _recorded(dropped: list[Dropped]) -> tuple[Dropped, ...]:
    return tuple(replace(d, text=d.text[:_MOST_DROPPED_TEXT]) for d in dropped[:_MOST_DROPPED])


def _read_plain(text: str, url: str, hint: Hint) -> ExtractedText:
    blocks = [
        b
        for piece in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
        if (b := _clean(piece).strip("\n")).strip()
    ]
    verdict, reason, score = judge(blocks, Evidence(url=url, announced=(hint.content, hint.summary)))
    return replace(_nothing(url, hint, reason), text=_joined(blocks, verdict), verdict=verdict, score=score)


def _nothing(url: str, hint: Hint, reason: str) -> ExtractedText:
    return of_feed(ExtractedText(text="", verdict=Verdict.EMPTY, reason=reason, site=site_of(url)), hint)


def _joined(blocks: list[str], verdict: Verdict) -> str:
    return "" if verdict is Verdict.EMPTY else "\n\n".join(blocks)


def _clean(block: str) -> str:
    return normalize("NFC", without_controls(block))
