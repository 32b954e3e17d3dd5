"""No two articles have one address, and one article has few: real pairs of addresses, and every rule for trackers.

    AGGREGATOR_CORPUS=… python -m benchmarks.identity [--json FILE]

Two addresses that a site tells apart must not become one. What is one is known from the sites: a page's
rel=canonical, a feed's origLink. What is a tracker is known from two public lists; one that our list lacks costs a
second look at a page, one that it has wrongly would cost an article.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
from collections import defaultdict
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from aggregator.dedupe import addresses_of
from aggregator.urls import TRACKING, canonical_url, is_http, without_tracking
from benchmarks.asked import corpus_folder, options
from benchmarks.figures import Figure, report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# In both lists, and left alone all the same: on other sites than the tracker's own they name the article.
KEPT = frozenset(
    {"ref", "source", "from", "id", "sid", "cid", "s", "v", "t", "ei", "source_id", "campaign_id", "si"}
)
ARTICLE = "https://site.example/news?story=4711"


def rows(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def vectors(folder: Path) -> Iterator[Figure]:
    """WHATWG vectors: what has one address there has one here; our form never changes when it is made again."""
    with gzip.open(folder / "wpt_urltestdata.json.gz", "rt", encoding="utf-8") as file:
        known = [row for row in json.load(file) if isinstance(row, dict) and is_http(row.get("href", ""))]
    forms = {row["href"]: canonical_url(row["href"]) for row in known}
    unstable = [form for form in forms.values() if canonical_url(form) != form]
    # articles stand at names, and nobody asks for what is written with a NUL
    spelt = [
        row["input"] for row in known if is_http(row["input"]) and _is_named(row) and "\\" not in row["input"]
    ]
    apart = [
        row for row in known if row["input"] in spelt and canonical_url(row["input"]) != forms[row["href"]]
    ]
    for row in apart:
        print(
            "spelt otherwise",
            repr(row["input"]),
            row["href"],
            canonical_url(row["input"]),
            forms[row["href"]],
        )
    yield Figure("identity.vectors", len(forms), "addresses", ">=", 150)
    yield Figure("identity.unstable", len(unstable), "addresses", "==", 0)
    yield Figure("identity.spellings_apart", len(apart), "addresses", "<=", 8)
    yield Figure("identity.vectors_collapsed", len(list(collapsed(forms))), "addresses", "==", 0)


def _is_named(row: Any) -> bool:
    host = row["hostname"]
    return not re.fullmatch(r"[\d.]+|\[.*\]", host) and not re.search(r"[\x00-\x1f\x7f]", row["input"])


def collapsed(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs that have one canonical form and differ in more than a server would see as the same."""
    seen: dict[str, str] = {}
    for address in addresses:
        first = seen.setdefault(canonical_url(address), address)
        if first != address and _plain(first) != _plain(address):
            print("one form", first, address)
            yield first, address


def _plain(address: str) -> tuple[str, str]:
    """Return host with path, and query, as servers tell articles apart: what the form may drop is not in it."""
    parts = urlsplit(without_tracking(address))
    unquoted = re.sub(r"%([0-9a-fA-F]{2})", lambda m: _decoded(m.group(1)), parts.path.rstrip("/"))
    return (parts.hostname or "").rstrip(".") + unquoted, "&".join(p for p in parts.query.split("&") if p)


def _decoded(escape: str) -> str:
    letter = chr(int(escape, 16))
    return letter if re.fullmatch(r"[\w.~-]", letter, re.ASCII) else f"%{escape.upper()}"


def canonicals(folder: Path) -> Iterator[Figure]:
    """Pages whose site says what they are called: one address leads to one page, and a wrong claim is not believed."""
    pages = [row for row in rows(folder / "page_canonicals.jsonl.gz") if is_http(row["url"])]
    led: dict[str, set[str]] = defaultdict(set)
    agree = claimed = 0
    for row in pages:
        claim = urljoin(row["url"], row.get("rel_canonical") or "")
        addresses = addresses_of(canonical_url(row["url"]), row["url"], claim)
        for address in addresses:
            led[address].add(row["url"])
        claimed += bool(row.get("rel_canonical"))
        agree += bool(row.get("rel_canonical")) and canonical_url(claim) in addresses
    shared = {address: urls for address, urls in led.items() if len(urls) > 1}
    for address, urls in shared.items():
        print("several pages at", address, *sorted(urls))
    fronts = [
        address for address in led if urlsplit(address).path in {"", "/"} and not urlsplit(address).query
    ]
    own = {canonical_url(row["url"]) for row in pages}
    yield Figure("identity.pages", len(pages), "pages", ">=", 700)
    yield Figure("identity.pages_collapsed", len(shared), "addresses", "==", 0)
    yield Figure("identity.front_pages_believed", len(set(fronts) - own), "claims", "==", 0)
    yield Figure("identity.canonicals_believed", agree / claimed, "share", ">=", 0.9)


def links(folder: Path) -> Iterator[Figure]:
    """Links of feeds with what their entries name as the true address: one form, and as many forms as entries."""
    pairs = rows(folder / "feed_link_pairs.jsonl.gz")
    true_of = {unescape(row["link"]): unescape(row.get("feedburner_origLink") or "") for row in pairs}
    apart = [
        (link, true)
        for link, true in true_of.items()
        if urlsplit(link).hostname == urlsplit(true).hostname and canonical_url(link) != canonical_url(true)
    ]
    for link, true in apart:
        print("two forms", link, true)
    marked = [link for link in true_of if "utm_" in link]
    left = [link for link in marked if "utm_" in canonical_url(link)]
    forms = {canonical_url(link) for link in true_of}
    yield Figure("identity.feed_links", len(true_of), "links", ">=", 100)
    yield Figure("identity.feed_links_collapsed", len(true_of) - len(forms), "links", "==", 0)
    yield Figure("identity.feed_links_apart", len(apart), "links", "==", 0)
    yield Figure("identity.trackers_left", len(left), "links", "==", 0)


def trackers(folder: Path) -> Iterator[Figure]:
    """Count the names in both public lists that we drop, and those of ours that either list knows."""
    with (folder / "tracking_params.csv").open(encoding="utf-8") as file:
        listed = {row["name"].strip().lower() for row in csv.DictReader(file)}
    with gzip.open(folder / "clearurls_data.min.json.gz", "rt", encoding="utf-8") as packed:
        rules = json.load(packed)["providers"]["globalRules"]["rules"]
    known = [re.compile(f"(?:{rule})$", re.IGNORECASE) for rule in rules]
    dropped = [name for name in listed if canonical_url(f"{ARTICLE}&{name}=1") == canonical_url(ARTICLE)]
    kept = sorted(listed - set(dropped) - KEPT)
    strangers = sorted(n for n in TRACKING if n not in listed and not any(rule.match(n) for rule in known))
    print("listed, and left alone:", *kept)
    print("ours alone:", *strangers)
    needed = [
        name for name in KEPT if canonical_url(f"{ARTICLE}&{name}=1") == canonical_url(f"{ARTICLE}&{name}=2")
    ]
    yield Figure("identity.trackers_dropped", len(dropped) / len(listed), "share", ">=", 0.7)
    yield Figure("identity.needed_dropped", len(needed), "names", "==", 0)


def main() -> int:
    parser = options(__doc__)
    asked = parser.parse_args()
    urls = corpus_folder(parser, "urls/") / "urls"
    return report([*vectors(urls), *canonicals(urls), *links(urls), *trackers(urls)], asked.json)


if __name__ == "__main__":
    sys.exit(main())
