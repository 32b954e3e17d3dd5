"""Who wrote an article: names as a page declares them, else as its markup shows them.

Only names come out: no addresses, no "By", no dates, no roles, and the site's own name only if no person is known.
trafilatura's search for the author finds fewer names than this one, more that are none, and takes twice the time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lxml.etree import XPath

from aggregator.extract.facts import wording
from aggregator.extract.facts.metas import every, first
from aggregator.extract.facts.surroundings import Surroundings
from aggregator.extract.letters import squeeze
from aggregator.extract.text.wording import IS
from aggregator.markup import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from aggregator.extract.facts.linked_data import LinkedData
    from aggregator.extract.facts.metas import Metas

_LONGEST_NAME = 80  # characters; more is a sentence about the author
_LONGEST_LINE = 160  # characters of a line that may be a byline
_MOST_WORDS = 6  # of one name
_WORDS = range(2, 5)  # of a name that nothing else tells to be one
_MOST_NAMES = 12
_MOST_PLACES = 40  # of the markup that are looked at
_MOST_ELEMENTS = 20_000
_MOST_LINES = 150  # elements after the heading in which a line with "By" is looked for
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg"))
_SURROUNDINGS = Surroundings(
    "promo|carousel|more-|social|share|newsletter", ("figure", "figcaption"), levels=8, near=5
)
_TELLING = XPath("//*[@rel or @itemprop or @property]")
_UNSHOWN = frozenset(("meta", "link"))
_LIKE_PROFILE = re.compile("|".join(wording.PROFILE_PARTS))
_LIKE_CLASS = re.compile("|".join(wording.CLASS_PARTS))
_ADDRESS = re.compile(r"\s*\(?\b(?:www\.)?[\w-]+\.[a-z]{2,6}\)?\s*$")
_INNER_NAME = XPath(
    ".//*[@itemprop='name' or @rel='author' or contains(@class,'name') or contains(@class,'fn') or self::a]"
)


class Byline(NamedTuple):
    names: str  # joined by ", "
    source: str  # "json-ld", "meta" or "page"


def declared_bylines(metas: Metas, linked: LinkedData, own: set[str]) -> list[Byline]:
    """Return the names that the page declares; the site's `own` names, squeezed, count after any other."""
    found = [
        Byline(_joined(_others(linked.names("author") or linked.names("creator"), own)), "json-ld"),
        Byline(_joined(_others(_in_metas(metas), own)), "meta"),
    ]
    return sorted((b for b in found if b.names), key=lambda byline: is_own(byline.names, own))


def byline_in(tree: HtmlElement) -> str:
    """Return the names that the markup shows, joined by ", "; "" if there are none to be found."""
    for places in (
        _declared_places(tree),
        _linked_places(tree),
        _classed_places(tree),
        _lines(tree),
        _signed(tree),
    ):
        for place in islice(places, _MOST_PLACES):
            if names := _joined([place]):
                return names
    return ""


def is_own(name: str, own: set[str]) -> bool:
    """Tell whether a name is the site's: "The Daily Sieve", "sieve.example", "Daily Sieve (www.sieve.example)"."""
    return squeeze(name) in own or squeeze(_ADDRESS.sub("", name)) in own


def _others(names: list[str], own: set[str]) -> list[str]:
    """Return the names without those of the site, unless there is no other."""
    return [name for name in names if not is_own(name, own)] or names


def _in_metas(metas: Metas) -> list[str]:
    for key in wording.METAS:
        names = [_turned(name) if key == "citation_author" else name for name in every(metas, (key,))]
        if _joined(names):
            return names
    for number in ("1", "2"):
        if wording.WRITTEN_BY.fullmatch(first(metas, (f"twitter:label{number}",))):
            return every(metas, (f"twitter:data{number}",))
    return []


def _turned(name: str) -> str:
    """Return "Roe, Jane" as "Jane Roe": citations are filed by surname."""
    last, comma, rest = name.partition(", ")
    return f"{rest} {last}" if comma and "," not in rest else name


# ------------------------------------------------------------------------------------ from the markup


def _declared_places(tree: HtmlElement) -> Iterator[str]:
    for element in _inside(filter(_is_declared, _TELLING(tree))):
        inner = element.xpath(".//*[@itemprop='name']")
        yield _text(inner[0] if inner else element)


def _is_declared(element: HtmlElement) -> bool:
    return element.tag not in _UNSHOWN and (
        element.get("rel") in {"author", "author nofollow"}
        or element.get("itemprop") == "author"
        or "author" in element.get("property", "")
    )


def _linked_places(tree: HtmlElement) -> Iterator[str]:
    for link in _inside(link for link in tree.iter("a") if _LIKE_PROFILE.search(link.get("href") or "")):
        if wording.PROFILE.search(link.get("href") or ""):
            yield _text(link)


def _classed_places(tree: HtmlElement) -> Iterator[str]:
    for element in _inside(filter(_is_named_like_a_byline, tree.iter())):
        if wording.CLASS.search(" ".join(element.get(name) or "" for name in ("class", "id", "data-testid"))):
            yield from (_text(inner) for inner in islice(_INNER_NAME(element), 3))
            yield _text(element)


def _is_named_like_a_byline(element: HtmlElement) -> bool:
    """Tell it quickly: a search by XPath takes ten times as long."""
    classes, name, test_id = element.get("class"), element.get("id"), element.get("data-testid")
    return bool(
        (classes and _has_class_like_a_byline(classes))
        or (name and ("author" in name or "byline" in name))
        or (test_id and "yline" in test_id)
    )


@lru_cache(maxsize=4096)
def _has_class_like_a_byline(classes: str) -> bool:
    return _LIKE_CLASS.search(classes) is not None


def _lines(tree: HtmlElement) -> Iterator[str]:
    """Yield short lines that begin with "By", from the heading on."""
    heading = next(tree.iter("h1"), None)
    following = islice(_after(heading), _MOST_LINES)
    lines = ((text, element) for element in following for text in (element.text, element.tail) if text)
    for text, element in lines:
        line = clean_text(text[: _LONGEST_LINE + 1])
        by = wording.BY.match(line) if len(line) <= _LONGEST_LINE else None
        if by and not line[by.end() : by.end() + 1].islower() and next(_inside([element]), None) is not None:
            yield line


def _signed(tree: HtmlElement) -> Iterator[str]:
    """Yield lines that a text follows which tells who that is: "Jane Roe", "Jane Roe is a reporter …"."""
    name = ""
    for element in islice(tree.iter(), _MOST_ELEMENTS):
        text = (element.text or "").strip() if element.tag not in _UNSEEN else ""
        if name and text.startswith(name) and IS.match(text, len(name)):
            yield name
        words = text.split() if 0 < len(text) <= _LONGEST_NAME else []
        if text:
            name = text if len(words) in _WORDS and all(word[0].isupper() for word in words) else ""


def _after(element: HtmlElement | None) -> Iterator[HtmlElement]:
    """Yield what follows an element, in the order of the page."""
    while element is not None:
        for sibling in element.itersiblings():
            yield from (each for each in sibling.iter() if each.tag not in _UNSEEN)
        element = element.getparent()


def _inside(elements: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield those that do not stand with comments, other stories or in a footer."""
    for element in islice(elements, 10 * _MOST_PLACES):
        if not _SURROUNDINGS.hold(element):
            yield element


def _text(element: HtmlElement) -> str:
    texts = islice(element.itertext(), _MOST_PLACES)
    return clean_text(" ".join(texts))[: _LONGEST_LINE + 1]


# -------------------------------------------------------------------------------------- from text to names


def _joined(names: Iterable[str]) -> str:
    people = (person for name in islice(names, 4 * _MOST_NAMES) for person in _people(name))
    return ", ".join(islice(dict.fromkeys(people), _MOST_NAMES))


def _people(line: str) -> list[str]:
    """Return the names in a byline: "By A B and C D | Staff" are two."""
    whole = clean_text(unescape(line[: 4 * _LONGEST_NAME]).replace("\u00ad", ""))
    line = wording.BY.sub("", whole)
    is_prose = line != whole and line[:1].islower() and " " in line  # "by the sea", but "by ada"
    if is_prose or "://" in line or line.startswith("@"):
        return []
    line = wording.DEGREE.sub(r" \1", wording.ROLE.sub("", wording.PARTS.split(line)[0]))
    people: list[str] = []
    for part in _listed(line):
        if people and wording.IS_ROLE.search(part):
            break  # what follows is the rest of a title
        if not _is_name(part):
            return []
        people.append(part)
    return people


def _listed(line: str) -> list[str]:
    parts: list[str] = []
    for piece in line.split(","):
        both = [part.strip(" ,*.") for part in wording.AND.split(piece)]
        parts += both if all(" " in part for part in both) else [piece.strip(" ,*.")]
    return list(filter(None, parts))


def _is_name(text: str) -> bool:
    return (
        any(map(str.isalpha, text))
        and len(text) <= _LONGEST_NAME
        and len(text.split()) <= _MOST_WORDS
        and not wording.NO_NAME.search(text)
    )
