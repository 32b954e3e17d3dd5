"""When an article was published and changed: as a page declares it, as it shows it, as its address says.

htmldate reads the whole text, which takes as long as all the rest together: it is asked only if nothing else is known.
"""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from dateparser.data.languages_info import language_order
from htmldate import find_date
from htmldate.extractors import get_external_parser, try_date_expr

from aggregator.dates import parse_date
from aggregator.extract.facts.metas import first
from aggregator.extract.facts.surroundings import Surroundings
from aggregator.languages import likely_language
from aggregator.markup import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from lxml.html import HtmlElement

    from aggregator.extract.facts.linked_data import LinkedData
    from aggregator.extract.facts.metas import Metas

OLDEST, NEWEST = 1990, 2099  # years; anything else is a slip of the keyboard
_LAST_DAY = f"{NEWEST}-12-31"  # htmldate would take today: the same page shall have the same date on any day
_SAMPLE = 2000  # letters by which the language of a page is told
_AS_DATEPARSER_HAS_IT = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}
_BUDDHIST = 543  # years that the Thai calendar is ahead
_PUBLISHED = (
    "article:published_time", "datepublished", "og:published_time", "og:article:published_time", "parsely-pub-date",
    "sailthru.date", "article.published", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dc.date.issued",
    "dcterms.created", "date.created", "pubdate", "publishdate", "publish-date", "publish_date", "published",
)  # fmt: skip
_PERHAPS_PUBLISHED = ("date", "dc.date", "dcterms.date", "citation_publication_date", "og:publish_date")
_MODIFIED = (
    "article:modified_time", "datemodified", "og:updated_time", "article.updated", "date.modified", "dcterms.modified",
    "last-modified",
)  # fmt: skip
_DATED = re.compile(r"[dD]ate|ublish|osted|meta|byline")  # in a class
_LONGEST_LINE = 120  # characters around a date that is shown
_MOST_PLACES = 60
_MOST_ELEMENTS = 8000  # of a page that is searched for a date: the largest of news have a few thousand
_DAY = timedelta(days=1)
_SURROUNDINGS = Surroundings(
    r"promo|carousel|event|copyright|nav|-list(?:__|\b)", levels=6, near=4, far="related|comments"
)
_CHANGED = re.compile(
    r"updat|modif|edited|revised|aktualisiert|geändert|stand:|mis à jour|modifié|actualizad|atualizad|aggiornat|"
    r"bijgewerkt|oppdatert|uppdaterad|opdateret|обновлен|更新",
    re.IGNORECASE,
)
_STARTS = re.compile(r"(?<!\d)\d{1,4}(?!\d)|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}")
_IN_URL = re.compile(
    r"[/_-]((?:19|20)\d\d)([/-]?)([01]\d|(?<=[/-])[1-9])\2([0-3]\d|(?<=[/-])[1-9])(?=[/_.-]|$)"
)
_LONGEST_URL = 2000


class Dated(NamedTuple):
    at: datetime
    source: str  # "json-ld", "meta", "page" or "url"


def published(
    tree: HtmlElement, url: str, metas: Metas, linked: LinkedData, *, thorough: bool = True
) -> list[Dated]:
    """Return when the page says that it was first published, the best first; none but what is said outright.

    A day that is only shown is looked for if nothing is declared and the search is to be `thorough`.
    """
    declared = [
        *_dated("json-ld", [linked.text("datePublished")]),
        *_dated("meta", [first(metas, (key,)) for key in _PUBLISHED]),
    ]
    if declared and declared[0].at not in {each.at for each in modified(metas, linked)}:
        return declared
    if declared:
        seen = shown(tree, for_machines=True)
        # Some systems declare the last change as the first day.
        return [seen, *declared] if seen is not None and seen.at + _DAY < declared[0].at else declared
    seen = shown(tree) if thorough else None
    own = [seen] if seen else []
    located = _dated("url", [day_in(url)])
    weak = _dated("meta", [first(metas, (key,)) for key in _PERHAPS_PUBLISHED])
    if {each.at.date() for each in own} & {each.at.date() for each in located}:
        return [*own, *located, *weak]  # what is shown may have the hour
    return [*located, *own, *weak]


def modified(metas: Metas, linked: LinkedData) -> list[Dated]:
    """Return when the page says that it was last changed."""
    return [
        *_dated("json-ld", [linked.text("dateModified")]),
        *_dated("meta", [first(metas, (key,)) for key in _MODIFIED]),
    ]


def guessed(tree: HtmlElement, url: str) -> datetime | None:
    """Return the day on which the page was first published, guessed from address, markup and text.

    None for a huge page, which htmldate would take a minute for.
    """
    if next(islice(tree.iter(), _MOST_ELEMENTS, None), None) is not None:
        return None
    with _searching_in(_languages(tree)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dateutil complains about time zones that it does not know
        # original_date: the default would be the last change (right for 50 % of pages instead of 88 %).
        return instant(find_date(tree, url=url, original_date=True, max_date=_LAST_DAY) or "")


def _languages(tree: HtmlElement) -> set[str]:
    """Return the languages in which the page may write its dates: as it declares, as it is worded, and English."""
    declared = (tree.get("lang") or tree.get("xml:lang") or "").lower().replace("_", "-")
    words = (text for paragraph in islice(tree.iter("p"), _MOST_PLACES) for text in paragraph.itertext())
    return {"en", declared.split("-")[0], likely_language("", clean_text(" ".join(words))[:_SAMPLE])}


@contextmanager
def _searching_in(languages: set[str]) -> Iterator[None]:
    """Have htmldate's dateparser look for names of months in these languages alone.

    In all 205 that it knows, its first search takes more than a second, and each further one, nearly all in vain,
    ten milliseconds. What htmldate remembers of other pages was read in other languages.
    """
    parser = get_external_parser()
    known = {_AS_DATEPARSER_HAS_IT.get(language, language) for language in languages} & {*language_order}
    parser.languages = sorted(known)
    try_date_expr.cache_clear()
    try:
        yield
    finally:
        parser.languages = None
        try_date_expr.cache_clear()


def shown(tree: HtmlElement, *, for_machines: bool = False) -> Dated | None:
    """Return the day that stands nearest to the heading, if it is not that of a change.

    `for_machines` looks at `time` elements alone, which is quick.
    """
    places = tree.iter("h1", "time") if for_machines else filter(_may_be_dated, tree.iter())
    before: list[tuple[HtmlElement, datetime]] = []
    heading: HtmlElement | None = None
    for element in islice(places, 10 * _MOST_PLACES):
        if element.tag == "h1":
            heading = element if heading is None else heading
        elif not _SURROUNDINGS.hold(element) and (at := _day_of(element)):
            if heading is not None:
                return Dated(_nearer(tree, heading, before[-1:], (element, at)), "page")
            before.append((element, at))
    return Dated(before[-1 if heading is not None else 0][1], "page") if before else None


def _may_be_dated(element: HtmlElement) -> bool:
    return (
        element.tag in {"h1", "time"}
        or _DATED.search(element.get("class") or "") is not None
        or element.get("itemprop") == "datePublished"
    )


def _nearer(
    tree: HtmlElement,
    heading: HtmlElement,
    before: list[tuple[HtmlElement, datetime]],
    after: tuple[HtmlElement, datetime],
) -> datetime:
    """Return the day of the place before or after the heading, whichever has fewer elements between."""
    if not before or before[0][1] == after[1]:
        return after[1]
    places = {id(heading): 0, id(before[0][0]): 0, id(after[0]): 0}
    for number, element in enumerate(tree.iter()):
        if id(element) in places:
            places[id(element)] = number
    first_gap = places[id(heading)] - places[id(before[0][0])]
    return before[0][1] if first_gap < places[id(after[0])] - places[id(heading)] else after[1]


def day_in(url: str) -> str:
    """Return the day in an address as ISO 8601: "/2025/02/14/ferries"; "" if there is none."""
    found = _IN_URL.search(urlsplit(url[:_LONGEST_URL]).path) if url else None
    return f"{found[1]}-{int(found[3]):02}-{int(found[4]):02}" if found else ""


def instant(text: str) -> datetime | None:
    """Read a date in any of the usual forms; without a zone it is UTC."""
    read = parse_date(clean_text(text))
    if read is not None and read.year - _BUDDHIST >= OLDEST:
        try:
            read = read.replace(year=read.year - _BUDDHIST)
        except ValueError:  # 29 February
            return None
    return read if read is not None and OLDEST <= read.year <= NEWEST else None


def _dated(source: str, texts: Iterable[str]) -> list[Dated]:
    return [Dated(at, source) for text in texts if text and (at := instant(text))]


def _day_of(element: HtmlElement) -> datetime | None:
    if element.tag != "time" and next(element.iter("time"), None) is not None:
        return None  # that says it better
    text = clean_text(" ".join(islice(element.itertext(), _MOST_PLACES)))
    if len(text) > _LONGEST_LINE or _CHANGED.search(f"{element.get('class') or ''} {text}"):
        return None
    machine = element.get("datetime") or (element.get("content") if element.get("itemprop") else "") or ""
    return instant(machine) or next(filter(None, map(instant, _beginnings(text))), None)


def _beginnings(text: str) -> Iterator[str]:
    """Yield the text from each place where a date may begin: "Published: Friday, February 14, 2025"."""
    for found in islice(_STARTS.finditer(text), 5):
        yield text[found.start() :]
