"""The cleaning of single values, the same for every format: titles, HTML, links, languages, numbers.

HTML is sanitised here, at the door, with nh3 (the HTML standard's own parsing rules); feedparser's sanitiser
can be got around. Of what loads, runs, frames or styles only images survive; links are absolute http, https
or mailto.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

import nh3

from aggregator.markup import clean_text, html_to_text, without_controls
from aggregator.models import Enclosure
from aggregator.urls import LONGEST_URL, absolute, is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_ENTRIES = 2_000  # a feed; the largest honest ones hold a few hundred
TITLE_LIMIT = 16 * 1024  # characters
HTML_LIMIT = 5_000_000  # characters of one summary or content
LIST_LIMIT = 100  # categories, enclosures or authors of one entry
_NAME_LIMIT = 1_024  # characters of a category, or of an author's name: journals put twenty into one
_LONGEST_TTL = 366 * 24 * 60  # minutes
_LARGEST = 2**63 - 1  # what SQLite can keep

DEEPEST = 1_000  # open elements; an unclosed <p> counts too, and long articles have hundreds
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "bdo"} | {"tfoot"}
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "abbr": {"title"},
}
_DROPPED = {  # with all that stands in them: what browsers do not show as text
    "script", "style", "template", "noscript", "noembed", "noframes", "iframe", "object", "svg", "math",
    "textarea", "title", "select",
}  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,4}")


def title_of(text: str) -> str:
    """Return a title that is plain text as it stands."""
    return clean_text(text)[:TITLE_LIMIT]


def title_of_html(html: str) -> str:
    """Return a title that is written in HTML as plain text."""
    return title_of(html_to_text(html[: 4 * TITLE_LIMIT]))


def html_of(html: str, base: str) -> str:
    """Return HTML from a stranger as HTML that may be shown; text without any tag becomes paragraphs."""
    html = html[:HTML_LIMIT]
    if "<" not in html:
        return html_of_text(unescape(html))
    if _is_too_deep(html):
        return html_of_text(html_to_text(html))
    return _cleaner(base).clean(without_controls(html).replace("\r\n", "\n")).strip()


@lru_cache(maxsize=8)  # a document has one base, or few; making one costs as much as cleaning a paragraph
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=_against(base),
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _is_too_deep(html: str) -> bool:
    """Tell whether elements may be nested so deeply that sanitising would take seconds: its cost is quadratic."""
    if html.count("<") - html.count("</") <= DEEPEST:
        return False
    open_tags = 0
    for tag in _TAG.finditer(html):
        open_tags = max(open_tags + (-1 if tag[1] else 1), 0) if tag[2].lower() not in _VOID else open_tags
        if open_tags > DEEPEST:
            return True
    return False


def html_of_text(text: str) -> str:
    """Return plain text as HTML: an empty line parts paragraphs, a line end is a break."""
    paragraphs = re.split(r"\n[ \t\r]*\n", without_controls(text[:HTML_LIMIT]))
    lines = ([escape(clean_text(line), quote=False) for line in p.splitlines()] for p in paragraphs)
    return "".join(f"<p>{'<br>'.join(filter(None, p))}</p>" for p in lines if any(p))


def _against(base: str) -> Callable[[str, str, str], str | None]:
    """Return nh3's filter that makes addresses absolute and drops those that cannot be."""

    def absolute_attribute(_tag: str, name: str, value: str) -> str | None:
        if name not in {"href", "src"}:
            return value
        if name == "href" and value.strip().lower().startswith("mailto:"):
            return value.strip()
        return absolute(base, value) or None

    return absolute_attribute


def first_link(base: str, candidates: Iterable[object]) -> str:
    """Return the first candidate that is or becomes an absolute http(s) address of bearable length, or ""."""
    for candidate in candidates:
        if (
            isinstance(candidate, str)
            and candidate.strip()
            and len(candidate) <= LONGEST_URL
            and (link := absolute(base, without_controls(candidate)))
        ):
            return link
    return ""


def base_of(url: str, base: object) -> str:
    """Return the address that relative links stand against: the document's own, if it can be used."""
    return (absolute(url, base) if isinstance(base, str) and base else "") or url


def language_of(*candidates: object) -> str:
    """Return the first candidate that is a BCP 47 tag, in lower case, or ""."""
    for candidate in candidates:
        tag = candidate.strip().lower().replace("_", "-") if isinstance(candidate, str) else ""
        if _LANGUAGE.fullmatch(tag):
            return tag
    return ""


def names_of(candidates: Iterable[object]) -> tuple[str, ...]:
    """Return names (of authors, of categories) cleaned, each once, in order."""
    cleaned = (clean_text(html_to_text(c[:_NAME_LIMIT])) for c in candidates if isinstance(c, str))
    return tuple(dict.fromkeys(filter(None, cleaned)))[:LIST_LIMIT]


def whole_number(value: object) -> int | None:
    """Return a whole number of bytes or minutes, or None: feeds hold signs, words and 5,000 digits there."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    digits = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(_LARGEST)):
        return None
    number = int(digits)
    return number if number <= _LARGEST else None


def ttl_of(value: object) -> int | None:
    minutes = whole_number(value)
    return minutes if minutes and minutes <= _LONGEST_TTL else None


def enclosures_of(base: str, candidates: Iterable[tuple[object, object, object]]) -> tuple[Enclosure, ...]:
    """Return (address, type, length) triples as enclosures, each address once."""
    found: dict[str, Enclosure] = {}
    for address, kind, length in candidates:
        link = first_link(base, (address,))
        if is_http(link) and link not in found and len(found) < LIST_LIMIT:
            kind_text = clean_text(kind)[:_NAME_LIMIT].lower() if isinstance(kind, str) else ""
            found[link] = Enclosure(link, kind_text, whole_number(length) or None)
    return tuple(found.values())
