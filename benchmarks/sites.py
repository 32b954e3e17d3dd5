"""What the memory of a site gains: texts of pages whose site has been seen, and what they cost on a known site.

    AGGREGATOR_CORPUS=… python -m benchmarks.sites [--quick] [--json FILE]

*Siblings*: real pages of hosts that have two or more in a collection; each is read after the others of its host were
learnt from (leave one out), once without any known text, once with the others' texts known as from a full-text feed.
Most collections have one sibling a host, and fundus' are from before and after a change of layout on purpose.
*Native*: the Rust blogs, two dozen pages of one layout each, whose feeds give the texts; read in order of time.
*Made*: real pages of newspapers, each reprinted with the texts of other articles: a site of many pages, for the cost.
"""

from __future__ import annotations

import gzip
import json
import logging
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lxml import html
from trafilatura import bare_extraction
from trafilatura.settings import Document

from aggregator.extract import extract_article, learn
from aggregator.models import Hint, SiteMemory
from aggregator.urls import host_of
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report
from benchmarks.pages import KnownPage, known_pages, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

COLLECTIONS = ("fundus", "newspaper3k", "wcxb")
NATIVE = ("rust-blog", "inside-rust")
SETTINGS: dict[str, Callable[..., Any]] = {
    "default": bare_extraction,
    "precision": partial(bare_extraction, favor_precision=True),
    "recall": partial(bare_extraction, favor_recall=True),
    "fast": partial(bare_extraction, fast=True),
}
GAIN = 0.012  # F1 above trafilatura's best setting where another page of the site has been seen
CHEAPER = 0.5  # of trafilatura's CPU time with metadata
DIFFERENT = 0.002  # F1 of one page: less is neither better nor worse
MADE_PAGES = 14  # of a made site; the first ones teach
LESSONS = 8
MADE_SITES = 24  # at most
_SHORT = 60  # characters; a shorter paragraph is not replaced: it may be furniture
_QUICK = 4

Sites = dict[str, list[KnownPage]]


@dataclass
class Ways:
    """The texts that each way of reading gave for the same pages."""

    known: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def f1(self, way: str) -> float:
        return score(list(zip(self.known, self.texts[way], strict=True))).f1

    def best(self) -> str:
        return max(SETTINGS, key=self.f1)

    def compared(self, way: str, other: str) -> tuple[int, int]:
        """Return on how many pages `way` is better, and on how many worse, than `other`."""
        rows = zip(self.known, self.texts[way], self.texts[other], strict=True)
        gains = [score([(known, mine)]).f1 - score([(known, theirs)]).f1 for known, mine, theirs in rows]
        return sum(gain > DIFFERENT for gain in gains), sum(gain < -DIFFERENT for gain in gains)


def siblings(corpus: Path, collection: str) -> Sites:
    sites: Sites = defaultdict(list)
    for page in known_pages(corpus, collection):
        if page.text and (host := host_of(page.url)):
            sites[host].append(page)
    return {host: pages for host, pages in sites.items() if len(pages) > 1}


def native(corpus: Path, name: str) -> list[KnownPage]:
    told = json.loads((corpus / "native" / name / "native.json").read_text(encoding="utf-8"))
    pages = []
    for row in sorted(told["pages"], key=lambda row: str(row["date"])):
        body = gzip.decompress((corpus / row["versions"][-1]["file"]).read_bytes())
        gold = corpus / "native" / name / "gold" / f"{row['path'].replace('/', '__')}.txt.gz"
        text = gzip.decompress(gold.read_bytes()).decode()
        pages.append(KnownPage(row["url"], row["url"], body, text, row["title"], frozenset(), frozenset()))
    return pages


def remember(pages: Iterable[KnownPage], memory: SiteMemory | None = None, *, known: bool) -> SiteMemory:
    """Return what pages teach, one after the other; with their texts known or without."""
    memory = memory or SiteMemory()
    for page in pages:
        hint = Hint(content=page.text or "") if known else Hint()
        learnt = extract_article(page.body, page.url, hint, "text/html", memory).learnt
        memory = learn(memory, learnt) if learnt else memory
    return memory


def read(page: KnownPage, memory: SiteMemory | None = None) -> str:
    return extract_article(page.body, page.url, Hint(), "text/html", memory or SiteMemory()).text


def trafilaturas(page: KnownPage, setting: str = "default", *, with_metadata: bool = False) -> str:
    extract = SETTINGS[setting]
    found = extract(page.body, url=page.url or None, include_comments=False, with_metadata=with_metadata)
    return (found.text or "") if isinstance(found, Document) else ""


def leave_one_out(sites: Sites) -> Ways:
    ways = Ways()
    for pages in sites.values():
        for page in pages:
            others = [other for other in pages if other is not page]
            ways.known.append(page.text or "")
            for name in SETTINGS:
                ways.texts[name].append(trafilaturas(page, name))
            ways.texts["alone"].append(read(page))
            ways.texts["unsupervised"].append(read(page, remember(others, known=False)))
            ways.texts["supervised"].append(read(page, remember(others, known=True)))
    return ways


def in_order(pages: Sequence[KnownPage]) -> Ways:
    """Read the pages of one site one after the other, each with what those before it have taught."""
    ways = Ways()
    memories = {"unsupervised": SiteMemory(), "supervised": SiteMemory()}
    for page in pages:
        ways.known.append(page.text or "")
        for name in SETTINGS:
            ways.texts[name].append(trafilaturas(page, name))
        ways.texts["alone"].append(read(page))
        for way, memory in memories.items():
            ways.texts[way].append(read(page, memory))
            memories[way] = remember([page], memory, known=way == "supervised")
    return ways


def show(name: str, ways: Ways, gain: float | None = GAIN) -> Iterable[Figure]:
    best = ways.best()
    print(f"\n{name}: {len(ways.known)} pages; trafilatura's best setting: {best}")
    for way in (best, "alone", "unsupervised", "supervised"):
        result = score(list(zip(ways.known, ways.texts[way], strict=True)))
        better, worse = ways.compared(way, "alone")
        print(
            f"{way:13} F1 {result.f1:.4f} P {result.precision:.4f} R {result.recall:.4f} exact {result.exact:.2f}"
            f"  than alone: {better} better, {worse} worse"
        )
    for way in ("unsupervised", "supervised"):
        over_alone = ways.f1(way) - ways.f1("alone")
        if gain is not None:
            yield Figure(f"sites.{name}.{way}.gain", ways.f1(way) - ways.f1(best), "F1", ">=", gain)
        yield Figure(f"sites.{name}.{way}.over_alone", over_alone, "F1", ">=", -DIFFERENT / 2)


# ------------------------------------------------------------------------------------------ made sites


def made_site(template: KnownPage, stories: Sequence[KnownPage]) -> list[KnownPage]:
    """Reprint a page with the texts of other articles, paragraph by paragraph; nothing if too little can be."""
    pages = []
    for number, story in enumerate(stories):
        body = template.body.decode("utf-8", "replace").replace('"articleBody"', '"formerBody"')
        tree = html.document_fromstring(body.encode(), parser=html.HTMLParser(encoding="utf-8"))
        printed = _reprint(tree, template.text or "", story.text or "")
        if len(printed) < _SHORT * 10:
            return []
        made = html.tostring(tree, encoding="utf-8", doctype="<!DOCTYPE html>")
        pages.append(replace(story, url=f"{template.url}-{number}", body=made, text=printed))
    return pages


def _reprint(tree: html.HtmlElement, gold: str, story: str) -> str:
    """Put a story's paragraphs where the page has paragraphs of its text; return the text that is there now."""
    wanted = {" ".join(line.split()) for line in gold.splitlines()}
    lines = iter([line for line in story.splitlines() if len(line) > _SHORT])
    printed = []
    for element in list(tree.iter("p")):
        old = " ".join(element.text_content().split())
        if old not in wanted:
            continue
        new = next(lines, "")
        if len(old) > _SHORT:
            for child in list(element):
                element.remove(child)
            element.text = old = new
        printed.append(old)
    return "\n\n".join(filter(None, printed))


@dataclass
class Costs:
    ours_s: float = 0.0
    theirs_s: float = 0.0
    pages: int = 0
    templated: int = 0


def cost(pages: list[KnownPage], costs: Costs, ways: Ways) -> None:
    """Learn from the first pages of a made site and read the others, turn by turn with trafilatura."""
    memory = remember(pages[:LESSONS], known=False)
    for number, page in enumerate(pages[LESSONS:]):
        for who in ("ours", "theirs")[:: -1 if number % 2 else 1]:
            started = time.process_time()
            if who == "ours":
                found = extract_article(page.body, page.url, Hint(), "text/html", memory)
                costs.ours_s += time.process_time() - started
                ways.texts["known site"].append(found.text)
                costs.templated += bool(found.learnt and not found.learnt.blocks)
            else:
                text = trafilaturas(page, with_metadata=True)
                costs.theirs_s += time.process_time() - started
                ways.texts["default"].append(text)
        ways.texts["alone"].append(read(page))
        ways.known.append(page.text or "")
        costs.pages += 1


def made(corpus: Path, step: int) -> Iterable[Figure]:
    papers = [page for page in known_pages(corpus, "fundus") if page.text and len(page.text) > _SHORT * 20]
    costs, ways, sites = Costs(), Ways(), 0
    for start, template in list(enumerate(papers))[::step]:
        stories = (papers[start + 1 :] + papers[:start])[:MADE_PAGES]
        pages = made_site(template, stories)
        if sites < MADE_SITES and pages:
            sites += 1
            cost(pages, costs, ways)
    print(f"\nmade: {sites} sites, {costs.pages} pages, {costs.templated} of them by template")
    for way in ("default", "alone", "known site"):
        better, worse = ways.compared(way, "alone")
        print(f"{way:13} F1 {ways.f1(way):.4f}  than alone: {better} better, {worse} worse")
    ours, theirs = (1000 * seconds / max(1, costs.pages) for seconds in (costs.ours_s, costs.theirs_s))
    print(f"CPU: ours {ours:.1f} ms a page, trafilatura with metadata {theirs:.1f} ms")
    yield Figure("sites.made.f1_over_alone", ways.f1("known site") - ways.f1("alone"), "F1", ">=", 0.0)
    yield Figure("sites.made.templated", costs.templated / max(1, costs.pages), "share", ">=", 0.8)
    yield Figure("sites.known.cpu_ratio", ours / theirs, "times", "<=", CHEAPER)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"every {_QUICK}th host and made site only")
    asked = parser.parse_args()
    corpus, step = corpus_folder(parser, "pages/"), _QUICK if asked.quick else 1
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    figures: list[Figure] = []
    for name in COLLECTIONS:
        sites = siblings(corpus, name)
        figures += show(name, leave_one_out(dict(list(sites.items())[::step])))
    for name in NATIVE[:: 1 if step == 1 else -2]:
        # No gain is asked for: trafilatura's F1 is 0.985 and more.
        figures += show(name, in_order(native(corpus, name)), gain=None)
    figures += made(corpus, 1 if not asked.quick else _QUICK)
    print()
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())
