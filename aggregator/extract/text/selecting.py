"""trafilatura's lists of what it keeps and leaves out, looked up without XPath; the answers are the same.

More than half of the time that it takes for a page went to `re:test`, which lxml answers through Python for each
element and each condition. Nearly all of its expressions ask for elements of some names that have a class, an id or
the like with one of many words: here each attribute is searched once for all of them. What is put in another way
stays XPath.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lxml.etree import XPath
from trafilatura import xpaths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

    _Test = Callable[[_Element], bool]

# Those that are asked for a text; comments and metadata are not read by trafilatura here.
_ASKED: tuple[list[Any], ...] = (
    xpaths.BODY_XPATH,
    xpaths.DISCARD_IMAGE_ELEMENTS,
    xpaths.OVERALL_DISCARD_XPATH,
    xpaths.RAW_TREE_PRUNE_XPATH,
    xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    xpaths.TEASER_DISCARD_XPATH,
)
_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
_REMEMBERED = 4096  # values of an attribute, for one expression
_LONGEST = 200  # characters of such a value
_PREDICATE = r"\[(?:[^\[\]']|'[^']*')*\]"
_PATH = re.compile(
    rf"\s*(?P<all>\()?\s*\.//(?P<name>\*|[a-z]\w*)(?P<predicates>(?:\s*{_PREDICATE})*?)\s*"
    rf"(?(all)\)\s*(?P<first>\[1\])|(?P<each>\[1\])?)\s*(?:\||$)"
)
_ATTRIBUTES = r"@[\w-]+(?:\|@[\w-]+)*"
_ASKS = rf"""
    re:test\(\s*(?P<tested>{_ATTRIBUTES})\s*,\s*'(?P<pattern>[^']*)'\s*(?P<any_case>,\s*'i'\s*)?\)
    | (?P<function>contains|starts-with)\(\s*(?:(?P<asked>{_ATTRIBUTES})
        | translate\(\s*(?P<folded>{_ATTRIBUTES})\s*,\s*'(?P<capitals>[A-Z]+)'\s*,\s*'(?P<smalls>[a-z]+)'\s*\)
        )\s*,\s*'(?P<part>[^']+)'\s*\)
    | (?P<equal>@[\w-]+)\s*=\s*'(?P<value>[^']*)'
    | (?P<there>@[\w-]+)
    """
_CONDITION = re.compile(rf"\s*(?:{_ASKS})\s*(?:\bor\b|$)", re.VERBOSE)
# What a predicate may be made of that XPath is asked for one element: nothing in it counts, or knows of a position.
_OF_ONE = re.compile(rf"(?:{_ASKS}|\s|[()]|\b(?:and|or|not)\b|self::[a-z]\w*|\.//[a-z]\w*)*", re.VERBOSE)
_NOT_BESIDE_OTHERS = re.compile(r"\\\d|\(\?[A-Za-z]")  # groups by their number, flags of the whole
_NAMES = re.compile(r"\[\s*self::[a-z]\w*(?:\s+or\s+self::[a-z]\w*)*\s*\]")


class UnknownFormError(Exception):
    """An expression is put in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class _Path:
    """One of the ways to elements that an expression joins by "|"."""

    names: tuple[str, ...]  # of elements; "*" for all
    tests: tuple[_Test, ...]  # all of which they pass
    first: bool = False  # only the first of them
    of_each: bool = False  # only the first child of each parent

    def find(self, tree: _Element) -> Iterator[_Element]:
        parents: set[_Element | None] = set()
        for element in tree.iterdescendants(*self.names):
            for test in self.tests:
                if not test(element):
                    break
            else:
                if self.of_each:
                    if (parent := element.getparent()) in parents:
                        continue
                    parents.add(parent)
                yield element
                if self.first:
                    return


class Selection:
    """Selects what an XPath expression selects, in the order of the document.

    Raises:
        UnknownFormError: the expression is none of those that are known here.

    """

    def __init__(self, expression: XPath) -> None:
        self.path: str = expression.path
        self._paths = tuple(_paths_in(self.path))

    def __call__(self, tree: _Element) -> list[_Element]:
        if len(self._paths) == 1:
            return list(self._paths[0].find(tree))
        elements = list(tree.iterdescendants())  # held, so that lxml does not make them anew for each path
        found = {element for path in self._paths for element in path.find(tree)}
        return [element for element in elements if element in found]


def _paths_in(expression: str) -> Iterator[_Path]:
    at = 0
    while at < len(expression.rstrip()):
        path = _PATH.match(expression, at)
        if path is None:
            raise UnknownFormError(expression)
        at = path.end()
        predicates = re.findall(_PREDICATE, path["predicates"])
        names = (path["name"],)
        if predicates and names == ("*",) and _NAMES.fullmatch(predicates[0]):
            names = tuple(re.findall("self::([a-z]\\w*)", predicates.pop(0)))
        yield _Path(names, tuple(map(_test, predicates)), bool(path["first"]), bool(path["each"]))


def _test(predicate: str) -> _Test:
    """Return a function that tells whether an element passes a predicate."""
    words = _words(predicate[1:-1].rstrip())
    if words is None:
        return _by_xpath(predicate[1:-1])
    has_word = {names: _remembered(re.compile("|".join(patterns))) for names, patterns in words.items()}
    one = {names[0]: has for names, has in has_word.items() if len(names) == 1}
    several = [(names, has) for names, has in has_word.items() if len(names) > 1]

    def test(element: _Element) -> bool:
        attributes = element.items()
        for name, value in attributes:
            has = one.get(name)
            if has is not None and has(value):
                return True
        for names, has in several:
            for name, value in attributes:
                if name in names:  # XPath takes the first of several attributes as a text
                    if has(value):
                        return True
                    break
        return False

    return test


def _words(predicate: str) -> dict[tuple[str, ...], list[str]] | None:
    """Return of which attributes one of the patterns must be found; None if the predicate is more than that."""
    words = defaultdict(list)
    at = 0
    while at < len(predicate):
        condition = _CONDITION.match(predicate, at)
        if condition is None or _is_beyond_us(condition):
            return None
        at = condition.end()
        attributes, pattern = _pattern(condition)
        words[tuple(attributes.replace("@", "").split("|"))].append(pattern)
    return words


def _is_beyond_us(condition: re.Match[str]) -> bool:
    """Tell whether a condition means something else when it is asked beside others, or of what is there only."""
    pattern = condition["pattern"]
    if pattern is not None:
        return bool(_NOT_BESIDE_OTHERS.search(pattern) or re.search(pattern, ""))
    return not set(condition["part"] or "").isdisjoint(condition["capitals"] or "")


def _remembered(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Return a function that searches a value: those of one site come again and again."""

    @lru_cache(maxsize=_REMEMBERED)
    def known(value: str) -> bool:
        return pattern.search(value) is not None

    return lambda value: known(value) if len(value) <= _LONGEST else pattern.search(value) is not None


def _pattern(condition: re.Match[str]) -> tuple[str, str]:
    """Return of which attributes a condition speaks, and the pattern that one of them has."""
    if condition["tested"]:
        return condition["tested"], f"(?{'i' if condition['any_case'] else ''}:{condition['pattern']})"
    if condition["function"]:
        start = r"\A" if condition["function"] == "starts-with" else ""
        either = {
            small: f"[{small}{capital}]"
            for capital, small in zip(condition["capitals"] or "", condition["smalls"] or "", strict=True)
        }
        part = "".join(either.get(letter) or re.escape(letter) for letter in condition["part"])
        return condition["asked"] or condition["folded"], start + part
    if condition["equal"]:
        return condition["equal"], rf"\A{re.escape(condition['value'])}\Z"
    return condition["there"], ""


def _by_xpath(predicate: str) -> _Test:
    if not _OF_ONE.fullmatch(predicate):
        raise UnknownFormError(predicate)
    passes = XPath(f"boolean(self::*[{predicate}])", namespaces=_NAMESPACES)
    return lambda element: bool(passes(element))


def quicken() -> None:
    """Have trafilatura select by selections: its modules share the lists, and ask an expression as a function."""
    for expressions in _ASKED:
        expressions[:] = map(quickened, expressions)
    baseline = vars(import_module("trafilatura.baseline"))  # the package has a function of that name
    baseline["BASIC_CLEAN_XPATH"] = quickened(baseline["BASIC_CLEAN_XPATH"])


def quickened(expression: Any) -> Any:
    """Return what selects the same in less time; the expression itself where none is known."""
    if not isinstance(expression, XPath):
        return expression
    try:
        return Selection(expression)
    except UnknownFormError:
        return expression
