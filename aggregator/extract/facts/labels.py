"""How a page files its article: section, categories, tags, and the picture that stands for it."""

from __future__ import annotations

import re
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from aggregator.extract.facts.linked_data import text_of
from aggregator.extract.facts.metas import every, first
from aggregator.extract.facts.surroundings import Surroundings
from aggregator.markup import clean_text
from aggregator.urls import absolute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from aggregator.extract.facts.linked_data import LinkedData
    from aggregator.extract.facts.metas import Metas

MOST_TAGS = 20
_LONGEST = 60  # characters; more is a sentence
_MOST_PLACES = 200
_MOST_LINKS = 5000  # that are looked at
_MOST_TEXTS = 6  # in a link
_SECTIONS = (
    "article:section",
    "og:article:section",
    "og:section",
    "parsely-section",
    "articlesection",
    "section",
)
_TAGS = (
    "article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "mrf:tags", "dc.subject", "tags",
)  # fmt: skip
_SPARE_TAGS = ("keywords",)  # written for search engines of old
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_FILED = re.compile(r"ategor|[/?&](?:kategori|cat=|tag|topic|section|rubri|ressort|thema|keyword)")
_CATEGORY = re.compile(
    r"/(?:categor(?:y|ies|ia|ias|ie)|kategorien?|sections?|rubri(?:k|que|ca|c)s?|ressorts?)/[^?#]*[^/?#]|[?&]cat(?:egory)?=",
    re.IGNORECASE,
)
_TAG = re.compile(r"/(?:tags?|topics?|themen?|thema|keywords?|schlagwort\w*)/[^/?#]", re.IGNORECASE)
_SURROUNDINGS = Surroundings(  # pictures may be of a carousel; some systems mark an article itself as "promoted"
    r"\b(?:nav|menu|menus|navbar|navigation)\b|-(?:nav|menu)\b|\bmenu-|\bnav-|tag-?cloud|site-header|masthead",
    ("p",),
    levels=6,
)
_PICTURED = ("article", "main", "figure")
_NO_PICTURE = re.compile(
    r"logo|avatar|gravatar|icon|sprite|pixel|placeholder|spacer|blank\.|emoji|1x1", re.IGNORECASE
)
_SMALLEST = 200  # pixels in width; less is an icon


class Label(NamedTuple):
    text: str
    source: str  # "json-ld", "meta" or "page"


class Filing(NamedTuple):
    sections: list[Label]  # the best first
    tags: list[Label]


def filing(tree: HtmlElement, metas: Metas, linked: LinkedData) -> Filing:
    """Return how the page files its article; categories beyond the first are tags, too."""
    sections = [
        *_labels("json-ld", linked.texts("articleSection")),
        *_labels("meta", every(metas, _SECTIONS)),
    ]
    tags = [
        *_labels("json-ld", (part for text in linked.texts("keywords") for part in _parted(text))),
        *_labels("meta", (part for text in every(metas, _TAGS) for part in _parted(text))),
    ]
    if not sections or not tags:
        shown_sections, shown_tags = _shown(tree)
        sections = sections or _labels("page", shown_sections)
        tags = tags or _labels("page", shown_tags)
    tags = tags or _labels("meta", _parted(first(metas, _SPARE_TAGS)))
    return Filing(sections[:MOST_TAGS], tags[: 4 * MOST_TAGS])


def images(tree: HtmlElement, url: str, metas: Metas, linked: LinkedData) -> list[Label]:
    """Return the addresses of the pictures that the page gives as its own, absolute, the best first."""
    logos = set(_addresses(linked.article.get("publisher"), 0))
    found = [
        *(Label(link, "meta") for link in every(metas, _IMAGES)),
        *(Label(link, "json-ld") for link in _addresses(linked.article.get("image"), 0) if link not in logos),
    ]
    said = [Label(link, label.source) for label in found if (link := absolute(url, label.text))]
    return list(dict.fromkeys(said)) or _first_picture(tree, url)


def _addresses(value: object, depth: int) -> Iterator[str]:
    """Yield the addresses in an image of schema.org: a string, an object, a list of either."""
    if isinstance(value, str):
        yield text_of(value)
    elif isinstance(value, list) and depth < 3:  # noqa: PLR2004 - lists of objects with lists
        for each in value[:MOST_TAGS]:
            yield from _addresses(each, depth + 1)
    elif isinstance(value, dict) and depth < 3:  # noqa: PLR2004
        for key in ("url", "contentUrl", "logo"):
            yield from _addresses(value.get(key), depth + 1)


def _first_picture(tree: HtmlElement, url: str) -> list[Label]:
    for picture in islice(tree.iter("img"), _MOST_PLACES):
        link = picture.get("data-src") or picture.get("src") or ""
        width = re.match(r"\d{1,6}", picture.get("width") or "")
        if _NO_PICTURE.search(f"{link} {picture.get('class') or ''}") or (
            width and int(width[0]) < _SMALLEST
        ):
            continue
        inside = next(picture.iterancestors(*_PICTURED), None) is not None
        if inside and (whole := absolute(url, link)) and not _SURROUNDINGS.hold(picture):
            return [Label(whole, "page")]
    return []


def _shown(tree: HtmlElement) -> tuple[list[str], list[str]]:
    """Return categories and tags among the links around the article."""
    sections: list[str] = []
    tags: list[str] = []
    filed = (link for link in islice(tree.iter("a"), _MOST_LINKS) if _files(link))
    for link in islice(filed, _MOST_PLACES):
        text = clean_text("".join(islice(link.itertext(), _MOST_TEXTS)))
        if text and len(text) <= _LONGEST and not _SURROUNDINGS.hold(link):
            (sections if _is_category(link) else tags).append(text)
    return sections, tags


def _files(link: HtmlElement) -> bool:
    rel = (link.get("rel") or "").lower()
    return "category" in rel or "tag" in rel.split() or bool(_FILED.search(link.get("href") or ""))


def _is_category(link: HtmlElement) -> bool:
    rel, href = (link.get("rel") or "").lower(), unquote(link.get("href") or "")
    return "category" in rel or (bool(_CATEGORY.search(href)) and not _TAG.search(urlsplit(href).path))


def _parted(text: str) -> list[str]:
    return re.split(r"\s*[,;|]\s*", unescape(text))  # some write &amp;amp;: its semicolon parts nothing


def _labels(source: str, texts: Iterable[str]) -> list[Label]:
    cleaned = (text.strip(" #,").removeprefix("tag:") for text in texts)
    return [Label(text, source) for text in dict.fromkeys(cleaned) if text and len(text) <= _LONGEST]
