"""What a page says about itself: titles, author, site, language, dates, canonical address.

Read from one parsed tree: JSON-LD (schema.org), Open Graph and other meta elements, then the markup. That is quicker
than trafilatura's own metadata and finds more titles; only the author in the markup and the date in the text,
which need heuristics, are asked of trafilatura and htmldate, and only when nothing better is known.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING, Any

from htmldate import find_date
from trafilatura.metadata import extract_author

from aggregator.markup import clean_text
from aggregator.urls import absolute, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml.html import HtmlElement

_ARTICLE_TYPES = frozenset(
    """
    article newsarticle blogposting reportagenewsarticle analysisnewsarticle opinionnewsarticle
    backgroundnewsarticle reviewnewsarticle askpublicnewsarticle satiricalarticle liveblogposting
    scholarlyarticle medicalscholarlyarticle techarticle socialmediaposting report advertisercontentarticle
    """.split()
)
_LINKED_DATA_NODES = 2000  # of JSON-LD that are looked at: the largest seen in news pages is about 600
_HEADINGS = 3  # h1 elements that are looked at: some pages make every teaser one
_TITLE_ENDS = re.compile(r"\s+[|\u2013—·•»]+\s+|\s+[-:]{1,2}\s+")
_AUTHOR_METAS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "byl",
    "citation_author",
)
_DATE_METAS = (
    "article:published_time", "datepublished", "og:published_time", "parsely-pub-date", "sailthru.date",
    "article.published", "dc.date.issued", "dcterms.created", "pubdate", "publishdate", "publish-date", "date",
)  # fmt: skip
_DESCRIPTION_METAS = ("og:description", "description", "twitter:description")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,4}")
_BY = re.compile(r"^(?:by|von|por|par|di|door|av|af)\s*:?\s+(?=\S+ \S)", re.IGNORECASE)
_LONGEST_TITLE = 500  # characters; more is no title
_LONGEST_NAME = 80  # characters; more is a sentence about the author
_AND = re.compile(r"\s+(?:and|und|et|en|og|och|y|e|&)\s+")
_NO_NAME = re.compile(r"\d|^(?:updated|posted|published|view|written|about)\b", re.IGNORECASE)
_OLDEST, _NEWEST = 1990, 2099  # years; anything else is a slip of the keyboard
_LAST_DAY = f"{_NEWEST}-12-31"  # htmldate would take today: the same page shall have the same date on any day


@dataclass(frozen=True, slots=True)
class PageMetadata:
    titles: tuple[str, ...] = ()  # every one the page gives itself, the best first
    byline: str = ""
    site: str = ""
    language: str = ""
    published_at: datetime | None = None
    descriptions: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    canonical: str = ""
    window_title: str = ""  # as the browser shows it
    is_free: bool = True  # schema.org isAccessibleForFree
    full_text: str = ""  # schema.org articleBody


def read_metadata(tree: HtmlElement, url: str) -> PageMetadata:
    """Return what the page at `url` declares."""
    metas = _metas(tree)
    linked = _article_in(_linked_data(tree))
    site = _named(_first(metas, ("og:site_name",))) or _name_of(linked.get("publisher")) or site_of(url)
    return PageMetadata(
        titles=_titles(tree, metas, linked, site),
        byline=_declared_byline(metas, linked, site),
        site=site,
        language=_language(tree, metas, linked),
        published_at=_declared_date(tree, metas, linked),
        descriptions=tuple(
            _unique([_text(linked.get("description")), *(_first(metas, (k,)) for k in _DESCRIPTION_METAS)])
        ),
        sections=tuple(
            _unique([*map(_text, _listed(linked.get("articleSection"))), *metas["article:section"]])
        ),
        canonical=_canonical(tree, url),
        window_title=_window_title(tree),
        is_free=str(linked.get("isAccessibleForFree", True)).lower() != "false",
        full_text=linked["articleBody"] if isinstance(linked.get("articleBody"), str) else "",
    )


def byline_in(tree: HtmlElement) -> str:
    """Return the author as the markup shows it (rel=author, class=byline, …)."""
    names = (extract_author(tree) or "").split("; ")
    return ", ".join(name for name in names if name and not _NO_NAME.search(name))


def date_in(tree: HtmlElement, url: str) -> datetime | None:
    """Return the day on which the page was first published, guessed from address, markup and text."""
    with warnings.catch_warnings():  # dateutil complains about time zones that it does not know
        warnings.simplefilter("ignore")
        # original_date: the default would be the last change (right for 50 % of pages instead of 88 %).
        return _instant(find_date(tree, url=url, original_date=True, max_date=_LAST_DAY) or "")


# ---------------------------------------------------------------------------------------- the sources


def _metas(tree: HtmlElement) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for meta in tree.iter("meta"):
        content = clean_text(meta.get("content") or "")
        if content:
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                if key := meta.get(attribute):
                    found[key.strip().lower()].append(content)
    return found


def _first(metas: Mapping[str, list[str]], keys: tuple[str, ...]) -> str:
    return next((unescape(metas[key][0]) for key in keys if key in metas), "")


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield the objects of the page's JSON-LD that may describe the page, outermost first."""
    scripts = (s for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower())
    queue = deque(_loaded(script.text or "") for script in scripts)
    for _ in range(_LINKED_DATA_NODES):
        if not queue:
            return
        node = queue.popleft()
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node)


def _loaded(text: str) -> Any:
    """Return what a JSON-LD script holds; None if it cannot be read."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    try:
        return json.loads(text, strict=False)  # line breaks in strings are common
    except (ValueError, RecursionError):
        return None


def _article_in(nodes: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the object that describes the article: the first with a headline, else the first, else nothing."""
    articles = [
        node for node in nodes if _ARTICLE_TYPES & {_text(t).lower() for t in _listed(node.get("@type"))}
    ]
    return next((node for node in articles if node.get("headline")), articles[0] if articles else {})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    """Return a JSON-LD string without markup and doubly escaped entities; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return clean_text(re.sub(r"<[a-zA-Z/][^>]{0,200}>", "", unescape(unescape(value))))


def _name_of(value: Any) -> str:
    """Return the name of a person or an organisation: an object, a string, or a list of such."""
    names = [_text(v.get("name")) if isinstance(v, dict) else _text(v) for v in _listed(value)]
    return next(filter(None, names), "")


def _named(name: str) -> str:
    """Return the name unless there is nothing in it to read: "/"."""
    return name if any(map(str.isalnum, name)) else ""


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, values)))


# ----------------------------------------------------------------------------------------- the fields


def _titles(
    tree: HtmlElement, metas: Mapping[str, list[str]], linked: dict[str, Any], site: str
) -> tuple[str, ...]:
    headings = [clean_text(" ".join(h1.itertext())) for h1 in tree.iter("h1")][:_HEADINGS]
    headline = _without_site(_text(linked.get("headline")), site)
    shared = _without_site(_first(metas, ("og:title",)), site)
    window = _without_site(_window_title(tree), site)
    # Measured on three collections: a headline in JSON-LD is the best; without one a heading that has words in
    # common with what is declared is better than what is declared.
    confirmed = [h for h in headings if any(_has_words_of(h, title) for title in (headline, shared, window))]
    titles = _unique([headline, *confirmed, shared, window, *headings])
    return tuple(title for title in titles if len(title) <= _LONGEST_TITLE)


def _window_title(tree: HtmlElement) -> str:
    element = tree.find(".//head/title")
    return "" if element is None else clean_text(element.text_content())


def _has_words_of(heading: str, title: str) -> bool:
    ours, theirs = (set(re.findall(r"\w+", text.casefold())) for text in (heading, title))
    return len(ours) > 1 and len(ours & theirs) * 3 > min(len(ours), len(theirs))


def _without_site(title: str, site: str) -> str:
    """Cut the name of the site from an end of the title: "Rain at last | The Daily Sieve"."""
    ends = list(_TITLE_ENDS.finditer(title))
    if not ends or not site:
        return title
    name = _squeezed(site)
    if _squeezed(title[ends[-1].end() :]) == name:
        return title[: ends[-1].start()]
    return title[ends[0].end() :] if _squeezed(title[: ends[0].start()]) == name else title


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _declared_byline(metas: Mapping[str, list[str]], linked: dict[str, Any], site: str) -> str:
    names = [_name_of(author) for author in _listed(linked.get("author"))]
    if not any(names):
        names = next((metas[key] for key in _AUTHOR_METAS if key in metas), [])
    return ", ".join(_unique(_person(name) for name in names if _squeezed(name) != _squeezed(site)))


def _person(name: str) -> str:
    """Return a name without "By"; "" for addresses of profiles and accounts. "A B and C D" are two."""
    name = clean_text(_BY.sub("", unescape(name)))
    if "://" in name or name.startswith("@") or len(name) > _LONGEST_NAME:
        return ""
    both = _AND.split(name)
    return ", ".join(both) if all(" " in part for part in both) else name


def _language(tree: HtmlElement, metas: Mapping[str, list[str]], linked: dict[str, Any]) -> str:
    declared = (
        tree.get("lang") or tree.get("xml:lang") or "",
        _first(metas, ("og:locale", "content-language", "dc.language", "inlanguage")),
        _text(linked.get("inLanguage")),
    )
    tags = (language.strip().lower().replace("_", "-") for language in declared)
    return next(filter(_LANGUAGE.fullmatch, tags), "")


def _declared_date(
    tree: HtmlElement, metas: Mapping[str, list[str]], linked: dict[str, Any]
) -> datetime | None:
    times = tree.xpath(".//time[@pubdate or @itemprop='datePublished']/@datetime")
    declared = [
        _text(linked.get("datePublished")),
        *(_first(metas, (key,)) for key in _DATE_METAS),
        *times[:1],
    ]
    return next(filter(None, map(_instant, declared)), None)


def _instant(text: str) -> datetime | None:
    """Read an ISO 8601 or RFC 5322 date; without a zone it is UTC."""
    text = re.sub(r"(?<=\d) (?=[+-]\d\d:?\d\d$)", "", text.strip())
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        try:
            read = parsedate_to_datetime(text)
        except (ValueError, IndexError):  # IndexError: python/cpython#86723
            return None
    if not _OLDEST <= read.year <= _NEWEST:
        return None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _canonical(tree: HtmlElement, url: str) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return absolute(url, link.get("href") or "") if (link.get("href") or "").strip() else ""
    return ""
