"""How many feeds and pages of a corpus are read as they should be, and why the others are not.

Measured on the collections of the folder that AGGREGATOR_CORPUS names. Expected values are another reader's
(feedparser with its defaults, feed-rs, fastfeedparser) or counts; a document agrees if every title, address, guid,
author, date, text, enclosure and category that is expected is in our record, or differs by a rule of ours that
`agreement.MEANT` names. Targets are what was measured; they keep what has been reached.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import feedparser

from aggregator.discover import find_feed_links
from aggregator.errors import ParseError
from aggregator.parse import parse_feed
from aggregator.urls import absolute, canonical_url
from benchmarks.agreement import CUT_OFF, MEANT, REFUSED, differences, neutral, of_feedparser
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.models import ParsedFeed

URL = "http://example.com/feed.xml"
QUICK = 5  # with --quick, every so-manieth document
MIRROR = b"https://web.archive.org/web/20110926231958/"  # the autodiscovery pages were saved from there
# (share of documents that agree but for rules of ours, share that agree wholly)
FLOORS = {
    "feedparser": (0.99, 0.82),
    "feed-rs": (1, 0.3),
    "fastfeedparser": (1, 0.78),
    "real": (0.97, 0.69),
}
SLACK = 0.1  # with --quick: a few documents weigh more
_BASE = re.compile(rb"<base\s[^>]*?href\s*=\s*[\"']?([^\"'>\s]+)", re.IGNORECASE)


def rows(path: Path) -> list[dict[str, Any]]:
    body = path.read_bytes()
    return [
        json.loads(line) for line in (gzip.decompress(body) if path.suffix == ".gz" else body).splitlines()
    ]


def documents(folder: Path, every: int) -> Iterator[tuple[dict[str, Any], bytes, str, str]]:
    """Yield row, body, address and Content-Type of the documents of a collection."""
    for row in rows(folder / "manifest.jsonl")[::every]:
        headers = {name.lower(): value for name, value in (row.get("http_headers") or {}).items()}
        body = (folder / row["file"]).read_bytes()
        body = gzip.decompress(body) if row["file"].endswith(".gz") else body
        url = headers.get("content-location") or row.get("url") or URL
        yield row, body, url, headers.get("content-type", "application/xml")


def ours(body: bytes, url: str, content_type: str) -> ParsedFeed | str | Exception:
    """Read a document: a record, the reason of a refusal, or a fault of ours."""
    try:
        return parse_feed(body, url, content_type)
    except ParseError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it must not have come
        return error


class Tally:
    """The documents of one collection, by what became of them."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, name: str, reasons: set[str]) -> None:
        self.counts["documents"] += 1
        self.counts["exact"] += not reasons
        self.counts["agree"] += reasons <= MEANT
        for reason in reasons:
            self.reasons[reason] += 1
            self.examples.setdefault(reason, []).append(name)

    def share(self, what: str) -> float:
        return self.counts[what] / max(self.counts["documents"], 1)

    def show(self) -> None:
        print(f"\n{self.collection}: {self.counts['documents']} documents, {self.counts['agree']} as expected "
              f"({self.counts['exact']} without any difference)")  # fmt: skip
        for reason, count in self.reasons.most_common():
            mark = " " if reason in MEANT else "!"
            named = "" if reason in MEANT else "  " + " ".join(self.examples[reason][:4])
            print(f"  {mark} {count:5d}  {reason}{named}")


# -------------------------------------------------------------------------------------------- collections


def against_feedparser(corpus: Path, collection: str, every: int) -> Tally:
    """Compare with feedparser as it is by default, document by document."""
    tally = Tally(collection)
    for row, body, url, content_type in documents(corpus / "feeds" / collection, every):
        if body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"{", b"["}:
            continue  # feedparser reads no JSON Feed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own fallbacks
            headers = {"content-location": url, "content-type": content_type}
            theirs = feedparser.parse(io.BytesIO(body), response_headers=headers)
        record = ours(body, url, content_type)
        if isinstance(record, (str, Exception)):
            refused = isinstance(record, str) and not theirs.entries
            reason = CUT_OFF if "cut off" in str(record) else f"feed: {record}"
            tally.add(row["id"], {REFUSED if refused else reason})
            continue
        document = body.decode("utf-8", "replace")
        title, claims = (
            theirs.feed.get("title"),
            of_feedparser(theirs.entries, rss=theirs.version.startswith("rss")),
        )
        tally.add(row["id"], differences(record, title, claims, url=url, document=document))
    return tally


def against_neutral(corpus: Path, collection: str, every: int) -> Tally:
    """Compare with what another library made of its own test documents."""
    tally = Tally(collection)
    folder = corpus / "feeds" / collection
    expected = {row["id"]: row for row in rows(folder / "neutral.jsonl.gz")}
    for row, body, url, content_type in documents(folder, every):
        known = expected.get(row["id"])
        record = ours(body, url, content_type)
        if known is None:
            continue
        if isinstance(record, (str, Exception)):
            tally.add(row["id"], {f"feed: {record}"})
            continue
        document = body.decode("utf-8", "replace")
        title = known["feed"].get("title")
        tally.add(row["id"], differences(record, title, neutral(known), url=url, document=document))
    return tally


def never_crashing(corpus: Path, every: int) -> list[Figure]:
    """Read right and wrong documents: each is read or refused."""
    became = Counter(
        type(ours(body, url, content_type)).__name__
        for _, body, url, content_type in documents(corpus / "feeds" / "feedvalidator", every)
    )
    print("\nfeedvalidator:", dict(became))
    read, refused = became.pop("ParsedFeed", 0), became.pop("str", 0)
    return [
        Figure("feeds.feedvalidator.crashes", became.total(), "documents", "==", 0),
        Figure("feeds.feedvalidator.read", read / (read + refused), "share", ">=", 0.96),
    ]


def discovery(corpus: Path, every: int) -> list[Figure]:
    """Find the feeds of made-up and of real pages."""
    folder = corpus / "feeds" / "autodiscovery"
    right = total = 0
    for row in rows(folder / "manifest.jsonl"):
        found = find_feed_links((folder / row["file"]).read_bytes().replace(MIRROR, b""), row["page_url"])
        if "expected_feed_url" in row:
            total += 1
            right += bool(found) and found[0].url == row["expected_feed_url"]
    named = {row["page"]: row for row in rows(corpus / "urls" / "page_canonicals.jsonl.gz")}
    counts: Counter[str] = Counter()
    for manifest in sorted((corpus / "pages").glob("*/manifest.jsonl")):
        for row in rows(manifest)[::every]:
            if row["id"] in named:
                counts += _of_page(
                    named[row["id"]], gzip.decompress((manifest.parent / row["html"]).read_bytes())
                )
    print("\ndiscovery:", dict(counts))
    return [
        Figure("discovery.autodiscovery", right / total, "share", ">=", 1),
        Figure("discovery.links", counts["found"] / counts["links"], "share", ">=", 1),
        Figure("discovery.pages_first", counts["first"] / counts["with links"], "share", ">=", 0.98),
        Figure("discovery.pages_only_text", counts["only in text"], "pages"),
    ]


def _of_page(known: dict[str, Any], page: bytes) -> Counter[str]:
    """Count the feed links of a head that are found, and whether the page's first is ours, too."""
    links = find_feed_links(page, known["url"])
    found = [canonical_url(link.url) for link in links]
    declared = _BASE.search(page)
    base = absolute(known["url"], declared[1].decode("ascii", "replace")) if declared else known["url"]
    wanted = [canonical_url(absolute(base, link["href"])) for link in known.get("feed_links", ())]
    wanted = [url for url in dict.fromkeys(wanted) if url]
    if not wanted:
        return Counter({"pages": 1, "only in text": int(bool(found))})
    return Counter({
        "pages": 1, "with links": 1, "links": len(wanted), "found": len(set(wanted) & set(found)),
        "first": int(found[:1] == wanted[:1]),
    })  # fmt: skip


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only every {QUICK}th document")
    asked = parser.parse_args()
    corpus, every = corpus_folder(parser, "feeds/"), QUICK if asked.quick else 1
    tallies = [
        against_feedparser(corpus, "feedparser", every),
        *(against_neutral(corpus, name, 1) for name in ("feed-rs", "fastfeedparser")),
        against_feedparser(corpus, "real", every),
    ]
    figures = []
    for tally in tallies:
        tally.show()
        for what, floor in zip(("agree", "exact"), FLOORS[tally.collection], strict=True):
            target = round(floor - SLACK if asked.quick else floor, 3)
            name = f"feeds.{tally.collection}.{what}"
            figures.append(Figure(name, tally.share(what), "share", ">=", target))
    figures += never_crashing(corpus, every)
    figures += discovery(corpus, every)
    print()
    return report(figures, asked.json)


if __name__ == "__main__":
    sys.exit(main())
