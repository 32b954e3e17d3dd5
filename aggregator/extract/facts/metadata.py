"""What a page says about itself, and where: in its JSON-LD, its meta elements, its markup or its address.

Read from one parsed tree, which is quicker than trafilatura's own metadata and finds more. One module a field:
`titles`, `bylines`, `dates`, `labels`; what is dear to find is looked for only where the feed has not said it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.extract.facts.bylines import byline_in, declared_bylines, is_own
from aggregator.extract.facts.claims import PageMetadata
from aggregator.extract.facts.dates import guessed, modified, published
from aggregator.extract.facts.labels import filing, images
from aggregator.extract.facts.linked_data import LinkedData
from aggregator.extract.facts.metas import first, read_metas
from aggregator.extract.facts.titles import names_in_host, titles_of, window_title
from aggregator.extract.letters import squeeze
from aggregator.models import Claim
from aggregator.times import to_text
from aggregator.urls import absolute, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from aggregator.extract.facts.metas import Metas
    from aggregator.models import Hint

_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_LANGUAGES = ("og:locale", "content-language", "dc.language", "inlanguage")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,4}")
_LONGEST_SITE = 100  # characters of a site's name


def read_metadata(tree: HtmlElement, url: str, hint: Hint) -> PageMetadata:
    """Return what the page at `url` says; of author and day only what it declares, if `hint` has them."""
    metas, linked = read_metas(tree), LinkedData(tree)
    site = next((value for value, _ in _sites(url, metas, linked)), "")
    titles = titles_of(tree, url, metas, linked, site)
    filed = filing(tree, metas, linked)
    claims = (
        *_claims("title", titles),
        *_claims("byline", _bylines(tree, metas, linked, _own_names(url, metas, linked), hint)),
        *_claims("site", _sites(url, metas, linked)),
        *_claims("language", _languages(tree, metas, linked)),
        *_claims("published_at", _days(tree, url, metas, linked, hint)),
        *_claims("modified_at", ((to_text(at), source) for at, source in modified(metas, linked))),
        *_claims("section", filed.sections),
        *_claims("tags", filed.tags),
        *_claims("image", images(tree, url, metas, linked)),
    )
    return PageMetadata(
        claims=claims,
        titles=tuple(title.text for title in titles),
        confirmed=tuple(title.text for title in titles if title.source),
        descriptions=_unique([linked.text("description"), *(first(metas, (key,)) for key in _DESCRIPTIONS)]),
        sections=_unique(label.text for label in filed.sections),
        canonical=_canonical(tree, url),
        window_title=window_title(tree),
        is_of_article=bool(linked.text("headline") and linked.text("datePublished")),
        is_free=str(linked.article.get("isAccessibleForFree", True)).lower() != "false",
        full_text=_full_text(linked),
        named=_unique(
            name for c in claims if c.field == "byline" for name in (c.value, *c.value.split(", "))
        ),
    )


def _claims(field: str, said: Iterable[tuple[str, str]]) -> Iterator[Claim]:
    return (Claim(field, source, value) for value, source in said if value and source)


def _sites(url: str, metas: Metas, linked: LinkedData) -> list[tuple[str, str]]:
    named = [
        (first(metas, ("og:site_name",)), "meta"),
        *((name, "json-ld") for name in linked.names("publisher")[:1]),
    ]
    readable = [(name, source) for name, source in named if squeeze(name) and len(name) <= _LONGEST_SITE]
    return readable or [(site_of(url), "url")]


def _own_names(url: str, metas: Metas, linked: LinkedData) -> set[str]:
    return {squeeze(name) for name, _ in _sites(url, metas, linked)} | names_in_host(url)


def _bylines(
    tree: HtmlElement, metas: Metas, linked: LinkedData, own: set[str], hint: Hint
) -> list[tuple[str, str]]:
    declared = declared_bylines(metas, linked, own)
    if hint.author or any(not is_own(byline.names, own) for byline in declared):
        return [*declared]
    shown = byline_in(tree)
    if declared and shown.islower() and " " not in shown:  # a word, and hardly a name
        return [*declared, (shown, "page")]
    return [(shown, "page"), *declared]


def _days(tree: HtmlElement, url: str, metas: Metas, linked: LinkedData, hint: Hint) -> list[tuple[str, str]]:
    is_asked = hint.published_at is None
    said = published(tree, url, metas, linked, thorough=is_asked)
    if not said and is_asked and (guess := guessed(tree, url)):
        return [(to_text(guess), "page")]
    return [(to_text(at), source) for at, source in said]


def _languages(tree: HtmlElement, metas: Metas, linked: LinkedData) -> Iterator[tuple[str, str]]:
    declared = (
        (tree.get("lang") or tree.get("xml:lang") or "", "page"),
        (first(metas, _LANGUAGES), "meta"),
        (linked.text("inLanguage"), "json-ld"),
    )
    tags = ((language.strip().lower().replace("_", "-"), source) for language, source in declared)
    return ((tag, source) for tag, source in tags if _LANGUAGE.fullmatch(tag))


def _full_text(linked: LinkedData) -> str:
    body = linked.article.get("articleBody")
    return body if isinstance(body, str) else ""


def _canonical(tree: HtmlElement, url: str) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return absolute(url, link.get("href") or "") if (link.get("href") or "").strip() else ""
    return ""


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))
