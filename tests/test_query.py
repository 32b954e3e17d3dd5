"""Queries: what is typed means what the language says, and any text at all is a query."""

# ruff: noqa: RUF001  marks of other keyboards are what this is about

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.models import (
    AllOf,
    AnyOf,
    Facet,
    Field,
    Filter,
    Near,
    Node,
    Not,
    Period,
    Query,
    Sort,
    Words,
)
from aggregator.query import DEEPEST, MOST_TERMS, explain_query, parse_query
from aggregator.query.scanning import RUN

NOW = datetime(2026, 11, 28, 19, 0, tzinfo=ZoneInfo("Europe/Berlin"))  # a Saturday
A, B, C, D = (Words(letter) for letter in "abcd")
NOTHING = AnyOf(())


def tree(typed: str) -> Node | None:
    return parse_query(typed, NOW).tree


def hint(typed: str) -> str:
    return parse_query(typed, NOW).hint


def exact(text: str, field: Field = Field.ANY) -> Words:
    return Words(text, field, exact=True)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("a", A),
        ("a b", AllOf((A, B))),
        ("a a", A),
        ("(a b)", AllOf((A, B))),
        ("((a) ((b)))", AllOf((A, B))),
        ("a OR b", AnyOf((A, B))),
        ("a | b || c", AnyOf((A, B, C))),
        ("a OR (b OR c)", AnyOf((A, B, C))),
        ("a b OR c", AllOf((A, AnyOf((B, C))))),
        ("a OR b c", AllOf((AnyOf((A, B)), C))),
        ("a AND b", AllOf((A, B))),
        ("a AND b OR c AND d", AnyOf((AllOf((A, B)), AllOf((C, D))))),
        ("(a OR b) (c OR d)", AllOf((AnyOf((A, B)), AnyOf((C, D))))),
        ("a -b", AllOf((A, Not(B)))),
        ("a \N{EN DASH}b", AllOf((A, Not(B)))),
        ("a NOT b", AllOf((A, Not(B)))),
        ("a AND NOT b", AllOf((A, Not(B)))),
        ("a OR -b", AnyOf((A, Not(B)))),
        ("-(a b)", Not(AllOf((A, B)))),
        ("a -(b OR c)", AllOf((A, Not(AnyOf((B, C)))))),
        ("-(-a)", A),
        ('a -"b c"', AllOf((A, Not(exact("b c"))))),
        ('"a b"', exact("a b")),
        ('"a   b"', exact("a b")),
        ("“a b” „c“ «d» 「e」", AllOf(tuple(map(exact, ("a b", "c", "d", "e"))))),
        ('x"a b"y', AllOf((Words("x"), exact("a b"), Words("y")))),
        ("a*", Words("a", prefix=True)),
        ('"a b"*', Words("a b", exact=True, prefix=True)),
        ("NEAR(a b)", Near((A, B), 10)),
        ("NEAR(a b, 3)", Near((A, B), 3)),
        ('NEAR("a b" c*, 99999)', Near((exact("a b"), Words("c", prefix=True)), 500)),
        ("a NEAR/5 b", Near((A, B), 5)),
        ("a NEAR b", Near((A, B), 10)),
        ("title:NEAR(a b, 2)", Near((Words("a", Field.TITLE), Words("b", Field.TITLE)), 2)),
        ("-NEAR(a b)", Not(Near((A, B)))),
        ("NEAR(a)", A),
        ("title:a", Words("a", Field.TITLE)),
        ("TITLE:a", Words("a", Field.TITLE)),
        ("title\N{FULLWIDTH COLON}a", Words("a", Field.TITLE)),
        ('author:"jane doe"', exact("jane doe", Field.BYLINE)),
        ("text:a", Words("a", Field.TEXT)),
        ("title:(a OR b)", AnyOf((Words("a", Field.TITLE), Words("b", Field.TITLE)))),
        ("title:(a author:b)", AllOf((Words("a", Field.TITLE), Words("b", Field.BYLINE)))),
        ("-title:a", Not(Words("a", Field.TITLE))),
        ("feed:bbc", Filter(Facet.FEED, "bbc")),
        ("feed:https://a.example/feed?x=1", Filter(Facet.FEED, "https://a.example/feed?x=1")),
        ("feed:(bbc OR reuters)", AnyOf((Filter(Facet.FEED, "bbc"), Filter(Facet.FEED, "reuters")))),
        ('site:"The Times"', Filter(Facet.SITE, "The Times")),
        ("site:example.org", Filter(Facet.SITE, "example.org")),
        ("category:Science", Filter(Facet.CATEGORY, "Science")),
        ("lang:de", Filter(Facet.LANGUAGE, "de")),
        ("lang:German", Filter(Facet.LANGUAGE, "de")),
        ("lang:de-AT", Filter(Facet.LANGUAGE, "de")),
        ("lang:日本語", Filter(Facet.LANGUAGE, "ja")),
        ("verdict:full", Filter(Facet.VERDICT, "full")),
        ("verdict:FeedOnly", Filter(Facet.VERDICT, "feed-only")),
        ('verdict:"feed only"', Filter(Facet.VERDICT, "feed-only")),
        ("is:copy", Filter(Facet.IS, "copy")),
        ("-is:duplicate", Not(Filter(Facet.IS, "copy"))),
        ("C++", Words("C++")),
        ("(C++)", Words("C++")),
        ("AT&T, don't node.js U.S.", AllOf(tuple(map(Words, ("AT&T", "don't", "node.js", "U.S."))))),
        ("the end.", AllOf((Words("the"), Words("end")))),
        (".NET $5 #tag", AllOf((Words(".NET"), Words("$5"), Words("#tag")))),
        ("press@example.org covid-19", AllOf((Words("press@example.org"), Words("covid-19")))),
        ("f(x) (g(y))", AllOf((Words("f(x)"), Words("g(y)")))),
        ("word(a b)", AllOf((Words("word"), A, B))),
        ("东京（都）", Words("东京(都)")),
        ("https://a.example/x?y=1", Words("https://a.example/x?y=1")),
        ("a & b", AllOf((A, B))),
        ("a,b;c", AllOf((A, B, C))),
        ("1,000", Words("1,000")),
        ("北京，上海。", AllOf((Words("北京"), Words("上海")))),
        ("https://x.example/a,b", Words("https://x.example/a,b")),
        ("site:x,y", Filter(Facet.SITE, "x,y")),
        ("f(x,y)", Words("f(x,y)")),
        ("--a", A),
        ("+a", A),
        ("a:) b", AllOf((A, B))),
    ],
)  # fmt: skip
def test_what_is_typed_means_what_the_language_says(typed: str, wanted: Node) -> None:
    """Each form has one meaning, and an ordinary form needs no comment."""
    assert tree(typed) == wanted
    assert not hint(typed) or "only leaves out" in hint(typed) or "bracket" in hint(typed)


@pytest.mark.parametrize(
    ("typed", "since", "before"),
    [
        ("since:2026-11-20", "2026-11-20T00:00", None),
        ("after:2026-11-20", "2026-11-20T00:00", None),
        ("before:2026-11", None, "2026-11-01T00:00"),
        ("until:2026-11", None, "2026-12-01T00:00"),
        ("on:2026-11", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("on:yesterday", "2026-11-27T00:00", "2026-11-28T00:00"),
        ("on:2026-11-01..2026-11-07", "2026-11-01T00:00", "2026-11-08T00:00"),
        ("since:7d", "2026-11-21T19:00", None),
        ("since:3 days ago", "2026-11-25T19:00", None),
        ("since:last week", "2026-11-16T00:00", None),
        ('since:"last week"', "2026-11-16T00:00", None),
        ("on:last week", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("on:this week", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("on:last month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("on:last year", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("since:past week", "2026-11-21T19:00", None),
        ("since:last 2 weeks", "2026-11-14T19:00", None),
        ("since:last monday", "2026-11-23T00:00", None),
        ("on:12 nov 2026", "2026-11-12T00:00", "2026-11-13T00:00"),
        ("on:december", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("on:12.11.2026", "2026-11-12T00:00", "2026-11-13T00:00"),
        ("on:2026-W47", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("on:7d", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("since:2026-11-01 before:yesterday since:2026-11-10", "2026-11-10T00:00", "2026-11-27T00:00"),
    ],
)
def test_dates_are_those_of_a_person(typed: str, since: str | None, before: str | None) -> None:
    """A day begins and ends where the person is; two conditions narrow each other."""
    read = tree(typed)
    assert isinstance(read, Period)
    zone = NOW.tzinfo
    shown = [at and at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for at in (read.since, read.before)]
    assert shown == [since, before]
    assert all(at is None or at.tzinfo is UTC for at in (read.since, read.before))


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("a sort:new", Query(A, Sort.NEW)),
        ("sort:oldest a", Query(A, Sort.OLD)),
        ("sort:new", Query(None, Sort.NEW)),
        ("a in:revisions", Query(A, in_revisions=True)),
        ("a OR in:revisions b", Query(AllOf((A, B)), in_revisions=True)),
        ("asof:2026-11-20 a", Query(A, as_of=datetime(2026, 11, 20, 23, tzinfo=UTC))),
        ("", Query()),
        (" \u3000\n", Query()),
    ],
)
def test_some_fields_are_about_the_whole_search(typed: str, query: Query) -> None:
    """Order, earlier texts and the day that is looked back to; they may stand anywhere."""
    assert parse_query(typed, NOW) == query


def test_options_narrow_what_was_typed() -> None:
    """--since, --before and --feed stand beside the query, whatever it is."""
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    read = parse_query("a OR b", NOW, since=moment, before=moment, feed="bbc", limit=5)
    assert read.tree == AllOf((AnyOf((A, B)), Period(moment, moment), Filter(Facet.FEED, "bbc")))
    assert read.limit == 5
    assert parse_query("since:2026-12-01", NOW, since=moment).tree == tree("since:2026-12-01")


@pytest.mark.parametrize("typed", ["…", "***", '"…"', "-…", "🤖!", "\x00", '""', "()", "( - )", "|"])
def test_only_punctuation_finds_nothing_and_says_so(typed: str) -> None:
    """A query without a letter or digit is not "everything": it finds nothing, with a hint."""
    assert tree(typed) == NOTHING
    assert hint(typed).startswith("nothing to search for in")


@pytest.mark.parametrize(
    ("typed", "wanted", "said"),
    [
        ('title:""', Words("title"), "title: stands alone"),
        ("title: a", AllOf((Words("title"), A)), "title: stands alone"),
        ("foo:bar", Words("foo:bar"), "foo: is not a field, so “foo:bar” was searched as words"),
        ("auther:penn", Words("auther:penn"), "did you mean author:?"),
        ("intitle:penn", Words("intitle:penn"), "did you mean title:?"),
        ("verdict:ful", Words("verdict:ful"), "did you mean verdict:full?"),
        ("lang:germn", Words("lang:germn"), "did you mean lang:german?"),
        ("title:-flood", Words("flood", Field.TITLE), "-title:flood leaves it out"),
        ("is:nice", Words("is:nice"), "there are copy, original, revised, gone"),
        ("sort:newer", Words("sort:newer"), "did you mean sort:new?"),
        ("in:title", Words("in:title"), "there are revisions"),
        ("since:someday", Words("since:someday"), "someday is not a time; write 2026-11-12"),
        ("-sort:new", Not(Words("sort:new")), "sort: cannot be left out"),
        ('a "b', AllOf((A, B)), "a quote is not closed"),
        ("(a", A, "unmatched brackets"),
        ("a)", A, ""),
        (") a", A, "unmatched brackets"),
        ("a OR", AllOf((A, Words("OR"))), "OR was searched as a word"),
        ("AND a", AllOf((Words("AND"), A)), "AND was searched as a word"),
        ("a NOT", AllOf((A, Words("NOT"))), "NOT was searched as a word"),
        ("a NEAR (b)", AllOf((A, B)), ""),
        ("a NEAR/3 -b", AllOf((A, Not(B))), "NEAR stands between words only"),
        ("-a", Not(A), "“-a” only leaves out"),
        ("A NOT B", AllOf((Words("A"), Not(Words("B")))), "NOT was read as an operator"),
        ("AND OR NOT", AllOf((Words("AND"), Words("OR"), Words("NOT"))), ""),
        ("OR", Words("OR"), ""),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_searched_as_words(typed: str, wanted: Node, said: str) -> None:
    """And the hint says how it was read, with what was probably meant."""
    assert tree(typed) == wanted
    assert said in hint(typed)


@pytest.mark.parametrize(
    "typed",
    ["(" * 500 + "a" + ")" * 500, "-(" * 300 + "a" + ")" * 300, "(" * 5000, "a OR (" * 60 + "a" + ")" * 60],
)
def test_brackets_have_a_floor(typed: str) -> None:
    """However deep they are nested, the tree is one that can be walked."""
    assert _depth(tree(typed)) <= 3 * DEEPEST
    assert (
        "a" in explain_query(parse_query(typed, NOW))[0]
        or tree(typed) in {A, Not(A)}
        or tree(typed) == NOTHING
    )


@pytest.mark.parametrize(
    "typed", ["w{} " * 10_000, "w{}." * 10_000, '"' + "w{} " * 10_000 + '"', "w{} OR " * 9_000]
)
def test_a_long_query_is_cut(typed: str) -> None:
    """However much is pasted, the archive is asked for a bounded number of words."""
    query = parse_query(typed.format(*range(10_000)), NOW)
    assert sum(len(RUN.findall(words.text)) for words in _leaves(query.tree)) <= MOST_TERMS
    assert f"only the first {MOST_TERMS} words were used" in query.hint


_TOKENS = st.sampled_from(
    [
        *"""a b OR AND NOT NEAR NEAR( NEAR/3 - * " ( ) title: author: lang: is: since: sort:new in:revisions asof: : + |
        東京 C++ “ ” « 」 ： － last week de full copy 7d , 5 . ' ’ \x00""".split(),
        " ",
        "\ud800",
    ]
)  # fmt: skip


@given(
    st.one_of(
        st.text(), st.lists(_TOKENS, max_size=40).map("".join), st.lists(_TOKENS, max_size=40).map(" ".join)
    )
)
@settings(max_examples=600)
def test_any_text_at_all_is_a_query(typed: str) -> None:
    """For every text there is a tree of bounded size, every word of it can be looked for, and it can be explained."""
    query = parse_query(typed, NOW)
    leaves = list(_leaves(query.tree))
    assert all(RUN.search(words.text) for words in leaves)
    assert sum(len(RUN.findall(words.text)) for words in leaves) <= MOST_TERMS
    assert _depth(query.tree) <= 3 * DEEPEST
    assert "\n" not in query.hint
    assert explain_query(query)
    assert parse_query(typed, NOW) == query
    assert query.tree is not None or not typed.strip() or "sort" in typed or "in:" in typed or "asof" in typed


@given(st.lists(_TOKENS, max_size=20).map(" ".join))
@settings(max_examples=200)
def test_a_tree_is_simple(typed: str) -> None:
    """No list in a list of its kind, none of one, no double negation: the archive need not tidy up."""
    for node in _nodes(tree(typed)):
        match node:
            case AllOf(nodes) | AnyOf(nodes):
                assert len(nodes) > 1 or node == NOTHING
                assert not any(isinstance(each, type(node)) for each in nodes)
            case Not(inner):
                assert not isinstance(inner, Not)


def test_a_query_is_explained() -> None:
    """As a small tree of plain words."""
    query = parse_query('title:(mine OR "coal pit") -lang:de NEAR(a b, 3) since:2026-11 pit* sort:old', NOW)
    assert explain_query(query, NOW.tzinfo) == [
        "all of",
        "├─ any of",
        "│  ├─ title: mine",
        "│  └─ title: “coal pit”",
        "├─ not lang: de",
        "├─ a, b within 3 words of each other",
        "├─ dated from 2026-11-01 00:00 CET",
        "└─ pit…",
        "oldest first",
    ]


def test_the_whole_archive_is_explained() -> None:
    assert explain_query(parse_query("in:revisions asof:2026", NOW)) == [
        "every article",
        "earlier texts are searched as well",
        "the texts are those of 2026-12-31T23:00:00Z",
        "newest first",
    ]
    assert explain_query(parse_query("…", NOW))[0] == "nothing"
    assert explain_query(parse_query("-(a b)", NOW))[:2] == ["not", "└─ all of"]


def _nodes(node: Node | None) -> list[Node]:
    match node:
        case None:
            return []
        case AllOf(nodes) | AnyOf(nodes):
            return [node, *(each for inner in nodes for each in _nodes(inner))]
        case Not(inner):
            return [node, *_nodes(inner)]
        case _:
            return [node]


def _leaves(node: Node | None) -> list[Words]:
    found: list[Words] = []
    for each in _nodes(node):
        found.extend([each] if isinstance(each, Words) else each.words if isinstance(each, Near) else ())
    return found


def _depth(node: Node | None) -> int:
    match node:
        case AllOf(nodes) | AnyOf(nodes):
            return 1 + max((_depth(each) for each in nodes), default=0)
        case Not(inner):
            return 1 + _depth(inner)
        case _:
            return 0
