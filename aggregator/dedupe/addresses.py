"""Identity of addresses: do these addresses lead to one article, is this page the one that was announced.

Pure. Addresses are evidence of different strength: where the article was fetched from is its identity; what the
page names as canonical is believed only when it can hardly be another article's address.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, urlsplit

from aggregator.urls import LONGEST_URL, canonical_url, is_front_page, site_of

_VARIANT_HOSTS = frozenset({"m", "mobile", "amp"})
_VARIANT_OF = frozenset({("amp", "1"), ("amp", "true"), ("outputtype", "amp"), ("output", "amp"), ("m", "1")})
AGREEING = 0.6  # of a title's words; sites shorten and decorate their headlines


def leads_there(link: str, arrived: str, announced: str, page_titles: str) -> bool:
    """Tell whether a link that was redirected still led to the article that was announced under this title.

    A site sends us to its front page, its login or its archive when an article is gone: then that page is not the
    article, and everything that is sent there is not one article. The new address has what told the article apart,
    or the page has the announced title; a redirector on another site (a shortener) is believed as well.
    """
    old, new = canonical_url(link), canonical_url(arrived)
    if old == new or (is_front_page(old) and site_of(old) == site_of(new)):
        return True
    if not new or is_front_page(new):
        return False
    is_titled = bool(announced) and agree(announced, page_titles)
    return site_of(old) != site_of(new) or is_plausible(new, old) or is_titled


def agree(announced: str, shown: str) -> bool:
    """Tell whether most words of the announced title stand in what is shown; no title agrees with all."""
    words = _words(announced)
    return not words or len(words & _words(shown)) >= AGREEING * len(words)


def addresses_of(link_key: str, arrived: str, rel_canonical: str) -> tuple[str, ...]:
    """Return the canonical addresses that an article goes by, its identity first: where it was found.

    `arrived` is "" when no page of the article was found.
    """
    addresses = [canonical_url(arrived), link_key]
    claimed = canonical_url(rel_canonical) if len(rel_canonical) <= LONGEST_URL else ""
    if claimed and arrived and is_plausible(claimed, addresses[0]):
        addresses.append(claimed)
    return tuple(dict.fromkeys(address for address in addresses if address))


def is_plausible(claimed: str, address: str) -> bool:
    """Tell whether `claimed` can be another name of the article at `address`. Both are canonical.

    Same site, not its front page, and nothing lost that could tell this article from its neighbours: the last
    part of the path and every value of the query must be found again. What makes an address the AMP or the mobile
    form of another tells no articles apart.
    """
    if _publisher(claimed) != _publisher(address) or is_front_page(claimed):
        return False
    there = set(re.split(r"[/?&=.]", claimed.partition("://")[2]))
    parts = urlsplit(address)
    segments = [part for part in parts.path.split("/") if part not in {"", "amp"}]
    last = segments[-1].partition(".")[0] if segments else ""
    values = [
        value for name, value in parse_qsl(parts.query) if (name.lower(), value.lower()) not in _VARIANT_OF
    ]
    return all(needed in there for needed in (last, *values) if needed)


def _publisher(url: str) -> str:
    """Return the site without the label that stands for its mobile or AMP form (m.site.example)."""
    site = site_of(url)
    label, _, rest = site.partition(".")
    return rest if label in _VARIANT_HOSTS and "." in rest else site


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
