"""Selections beside the XPath expressions that they stand for: on trees of chance, and on real pages."""

from __future__ import annotations

import gzip
import os
import re
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.etree import Element, SubElement, XPath, _Element

from aggregator.extract.text import body, selecting  # noqa: F401  body has trafilatura's lists quickened
from aggregator.extract.text.selecting import Selection, quickened
from aggregator.extract.tree.loading import load

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
ASKED = [
    *(each for expressions in selecting._ASKED for each in expressions),
    vars(import_module("trafilatura.baseline"))["BASIC_CLEAN_XPATH"],
]
AS_XPATH = [XPath(each.path, namespaces=NAMESPACES) for each in ASKED]
TAGS = sorted(
    {tag for each in ASKED for tag in re.findall(r"(?:self::|//)([a-z]\w*)", each.path)} | {"b", "h1"}
)
# what the expressions look for, and its neighbourhood
WORDS = sorted(
    {
        word
        for each in ASKED
        for quoted in re.findall("'([^']+)'", each.path)
        for word in re.split(r"[|()?:^\[\]]+", quoted)
        if len(word) > 1
    }
)
VALUES = st.lists(st.sampled_from([*WORDS, "", " ", "x", "Teaser", "NAV", "Main-content"]), max_size=3).map(
    "".join
)
NAMES = st.sampled_from(
    [
        "class",
        "id",
        "role",
        "style",
        "itemprop",
        "aria-hidden",
        "data-component",
        "data-lp-replacement-content",
        "rel",
    ]
)
NODES = st.tuples(st.sampled_from(TAGS), st.integers(0, 30), st.lists(st.tuples(NAMES, VALUES), max_size=3))


def tree_of(nodes: list[tuple[str, int, list[tuple[str, str]]]]) -> _Element:
    """Build a tree in which each node stands in one of those before it, its attributes in the order given."""
    made = [Element("html")]
    for tag, parent, attributes in nodes:
        node = SubElement(made[parent % len(made)], tag)
        for name, value in attributes:
            node.set(name, value)
        made.append(node)
    return made[0]


def test_every_expression_that_is_asked_for_a_text_is_known() -> None:
    """A newer trafilatura that puts one in another way is as good, and slower: then this says so."""
    assert [each.path for each in ASKED if not isinstance(each, Selection)] == []


@given(st.lists(NODES, max_size=25))
@settings(max_examples=300)
def test_trees_of_chance_give_what_xpath_gives(nodes: list[tuple[str, int, list[tuple[str, str]]]]) -> None:
    tree = tree_of(nodes)
    for selection, xpath in zip(ASKED, AS_XPATH, strict=True):
        assert selection(tree) == xpath(tree), selection.path


@pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder")
def test_real_pages_give_what_xpath_gives() -> None:
    for path in sorted(Path(CORPUS).glob("pages/*/html/*.gz"))[::10]:
        tree, _ = load(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
        if tree is not None:
            for selection, xpath in zip(ASKED, AS_XPATH, strict=True):
                assert selection(tree) == xpath(tree), (path, selection.path)


def test_a_long_value_is_searched_and_not_remembered() -> None:
    tree = tree_of([("div", 0, [("class", "x" * 5000 + " footer")]), ("div", 0, [("class", "x" * 5000)])])
    assert len(Selection(XPath(".//div[contains(@class, 'footer')]"))(tree)) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "//div",
        ".//div//a[@href]",
        ".//div[2]",
        ".//div[last()]",
        ".//div[count(a)]",
        ".//div[@class='a' and position()=1]",
        ".//div[a]/b",
        "count(.//div)",
        ".//div[@class='a']/@id",
    ],
)
def test_what_is_put_in_another_way_stays_xpath(expression: str) -> None:
    xpath = XPath(expression)
    assert quickened(xpath) is xpath


@pytest.mark.parametrize(
    "predicate",
    [
        r"re:test(@class, '(a|b)\1')",
        "re:test(@class, '(?i)AB')",
        "re:test(@class, 'x?')",
        "contains(translate(@class, 'A', 'a'), 'Ab')",
        "@class and @id",
        "not(@class)",
        "contains(@class|@id, 'ab')",
        "@class='' or @id",
    ],
)
@given(
    nodes=st.lists(
        st.tuples(
            st.just("div"),
            st.integers(0, 3),
            st.lists(
                st.tuples(
                    st.sampled_from(["class", "id"]),
                    st.sampled_from(["", "a", "aa", "ab", "AB", "bb", "Ab", "xab"]),
                ),
                max_size=2,
            ),
        ),
        max_size=8,
    )
)
@settings(max_examples=30)
def test_what_means_something_else_beside_others_is_not_joined(
    predicate: str, nodes: list[tuple[str, int, list[tuple[str, str]]]]
) -> None:
    xpath, tree = XPath(f".//div[{predicate}]", namespaces=NAMESPACES), tree_of(nodes)
    assert quickened(xpath)(tree) == xpath(tree)
