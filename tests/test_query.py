"""Queries: what is typed means what the language says, and nothing that can be typed is an error in the index."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.models import Query
from aggregator.query import MOST_TERMS, NOTHING, AllOf, AnyOf, Term, Without, compile_match, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator

# title, byline, text: the columns of the archive's index
ARTICLES = {
    "cpp": ("Why C++ still matters", "Ada Byron", "Modern C++ is not C. AT&T used it; don't forget node.js."),
    "covid": (
        "COVID-19 in the U.S.",
        "Jane Doe",
        "The covid-19 wave cost $5 million; write to press@who.int #health",
    ),
    "fox": ("The quick fox", "Jane Roe", "A quick brown fox jumps over the lazy dog near the river."),
    "dog": ("Dogs", "John Fox", "A lazy dog sleeps. Brown quick animals do not."),
    "cafe": ("Café society", "Zoë Müller", "Coffee in the cafe\u0301, naïve readers, Über-Cup."),
    "tokyo": ("東京都は暑い", "山田太郎", "今日の天気は晴れです。東京オリンピック。"),
}


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """The archive's index in memory: same columns, same tokenizer."""
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE articles_fts USING fts5(title, byline, text, tokenize='unicode61 remove_diacritics 2')"
    )
    db.executemany("INSERT INTO articles_fts VALUES (?, ?, ?)", ARTICLES.values())
    yield db
    db.close()


def found(index: sqlite3.Connection, typed: str) -> set[str]:
    """Return the names of the articles that match what is typed."""
    query = parse_query(typed)
    matching = _matching(index, query.match) if query.match else set(ARTICLES)
    unwanted = _matching(index, query.without) if query.without else set()
    texts = {name: "".join(article) for name, article in ARTICLES.items()}
    return {name for name in matching - unwanted if all(part in texts[name] for part in query.contains)}


def _matching(index: sqlite3.Connection, match: str) -> set[str]:
    names = list(ARTICLES)
    rows = index.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", (match,))
    return {names[rowid - 1] for (rowid,) in rows}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("quick dog", {"fox", "dog"}),
        ("QUICK Dog", {"fox", "dog"}),
        ('"quick brown"', {"fox"}),
        ("“quick brown”", {"fox"}),
        ("„quick brown“ fox", {"fox"}),
        ('"quick brown" lazy', {"fox"}),
        ('"brown quick"', {"dog"}),
        ("river OR sleeps", {"fox", "dog"}),
        ("river OR sleeps OR coffee", {"fox", "dog", "cafe"}),
        ("quick river OR sleeps", {"fox", "dog"}),
        ("(river OR sleeps) quick", {"fox", "dog"}),
        ("quick AND river", {"fox"}),
        ("quick -river", {"dog"}),
        ("-river quick", {"dog"}),
        ('quick -"lazy dog sleeps"', {"fox"}),
        ("quick -river -sleeps", set()),
        ("quick -title:fox", {"dog"}),
        ("jum*", {"fox"}),
        ('"quick bro"*', {"fox"}),
        ("title:fox", {"fox"}),
        ("author:fox", {"dog"}),
        ("Author:FOX", {"dog"}),
        ('author:"jane doe"', {"covid"}),
        ("author:ja*", {"covid", "fox"}),
        ("title:fox OR author:fox", {"fox", "dog"}),
        ("C++", {"cpp"}),
        ("AT&T", {"cpp"}),
        ("don't", {"cpp"}),
        ("don\u2019t", {"cpp"}),
        ("node.js", {"cpp"}),
        ("U.S.", {"covid"}),
        ("covid-19", {"covid"}),
        ("covid - 19", {"covid"}),
        ("#health", {"covid"}),
        ("press@who.int", {"covid"}),
        ("$5", {"covid"}),
        ("café", {"cafe"}),
        ("cafe", {"cafe"}),
        ("CAFE\u0301", {"cafe"}),
        ("über-cup muller", {"cafe"}),
        ("lazy:dog", {"fox", "dog"}),
        ('lazy "dog', {"fox", "dog"}),
        ("(lazy dog)", {"fox", "dog"}),
        ("lazy & dog", {"fox", "dog"}),
        ("lazy * dog", {"fox", "dog"}),
        ("--lazy", {"fox", "dog"}),
        ("東京", {"tokyo"}),
        ("今日の天気", {"tokyo"}),
        ("title:東京", {"tokyo"}),
        ("author:山田", {"tokyo"}),
        ("nothing-like-this", set()),
    ],
)
def test_what_is_typed_finds_what_it_means(index: sqlite3.Connection, typed: str, names: set[str]) -> None:
    """Each form of the language finds the articles that a reader would expect, and no others."""
    assert found(index, typed) == names


WILD = [
    '"', '""', '"""', '"a', 'a"', 'a"b', "'", "''", "'a", "*", "**", "*a", "a*b", "a**", "c++", "c#", "foo-bar",
    "-", "--", "-a", "- a", '-"', '-""', '-"a', "+a", "a+b", "^a", "a^", "don't", "node.js", "U.S.", "AND", "OR",
    "NOT", "AND OR NOT", "a AND", "OR b", "a OR OR b", "a OR", "NOT b", "a NOT", "a OR -b", "-a OR -b", "NEAR(",
    "NEAR(a b, 3)", "NEAR", "NEAR()", "title:", "title:*", 'title:"', "title:title:a", "-title:", "-title:a",
    "rowid:1", "articles_fts:a", "{title text}:a", "- {title}: a", ":", "::a", "(", ")", "()", "(a", "a)",
    "((((a", "(" * 500, ")" * 500, "a\x00b", "\x00", "\ud800", "a\udfffb", "\x1b[2J", "\u202e", "…", "🤖", "😀 a",
    "a, b; c.", "https://example.org/?a=1&b=2", "a\tb\nc", "a;DROP TABLE x--", "%_%", "\\", '\\"a\\"', "\u3000",
    "\u00ad", "e\u0301" * 50, "word " * 500, "x" * 10_000, "a." * 5_000, '"' * 9_999, "-a " * 100, "a OR " * 100,
]  # fmt: skip


@pytest.mark.parametrize("typed", WILD, ids=range(len(WILD)))
def test_no_typed_text_is_an_error_in_the_index(index: sqlite3.Connection, typed: str) -> None:
    """What would be a syntax error, an operator or a column name in the index language is words here."""
    query = parse_query(typed)
    assert query.match or query.contains or query.without or not typed.strip()
    if query.match:
        found(index, typed)


_TOKENS = st.sampled_from(
    [
        "a",
        "OR",
        "AND",
        "NOT",
        "NEAR(",
        "-",
        "*",
        '"',
        "(",
        ")",
        "title:",
        "author:",
        ":",
        "+",
        " ",
        "東京",
        "\x00",
    ]
)


@given(
    st.one_of(
        st.text(), st.lists(_TOKENS, max_size=40).map("".join), st.lists(_TOKENS, max_size=40).map(" ".join)
    )
)
@settings(max_examples=400, deadline=None)
def test_any_text_at_all_is_a_query(index: sqlite3.Connection, typed: str) -> None:
    """For every text, the compiled query is valid in the index."""
    found(index, typed)


@given(st.lists(st.sampled_from(["quick", "lazy", "fox", "river", "nowhere"]), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_more_words_never_find_more(index: sqlite3.Connection, words: list[str]) -> None:
    """A further word can only narrow, a further alternative only widen, a -word only take away."""
    found_by_all = found(index, " ".join(words))
    assert found_by_all <= found(index, words[0]) <= found(index, " OR ".join(words))
    assert found(index, f"{words[0]} -{words[-1]}") == found(index, words[0]) - found(index, words[-1])


@pytest.mark.parametrize("typed", ["", " ", "\n\t", "\u3000"])
def test_a_blank_query_matches_everything(typed: str) -> None:
    """Nothing typed means no condition on the words, and the other conditions stand."""
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    assert parse_query(typed, since=moment, before=moment, feed="bbc", limit=5) == Query(
        match="", since=moment, before=moment, feed="bbc", limit=5
    )


@pytest.mark.parametrize("typed", ["…", "***", '"…"', "-…", "🤖!", "\x00", '""'])
def test_only_punctuation_finds_nothing_and_says_so(index: sqlite3.Connection, typed: str) -> None:
    """A query without a letter or digit is not "everything": it finds nothing, with a hint."""
    assert parse_query(typed).match == NOTHING
    assert parse_query(typed).hint.startswith("nothing to search for in")
    assert found(index, typed) == set()


def test_only_words_to_leave_out_find_everything_else(index: sqlite3.Connection) -> None:
    """The index cannot say "everything but", the archive can."""
    assert found(index, "-fox -covid") == {"cafe", "cpp", "tokyo"}
    assert "only leaves out" in parse_query("-fox").hint


def test_a_word_in_unspaced_script_is_found_wherever_it_stands(index: sqlite3.Connection) -> None:
    """The index holds a whole run of such letters as one word; the archive looks inside."""
    assert found(index, "天気") == {"tokyo"}
    assert found(index, "天気 オリンピック -fox") == {"tokyo"}
    assert found(index, "天気 銀行") == set()


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("quick OR -fox", "OR beside a -word was not used"),
        ("-fox OR quick dog", "OR beside a -word was not used"),
        ("apple NOT fruit", "NOT was read as a word"),
        ("NEAR(a b, 3)", "NEAR was read as a word"),
        ("quick -(fox dog)", "brackets were read as spaces"),
        ("(a b) OR c", "brackets were read as spaces"),
        ("東京", "“東京” is looked for letter by letter"),
        ("東京 OR fox", "“東京” is found where a run of letters starts with it"),
        ("word " * 65, f"only the first {MOST_TERMS} words were used"),
    ],
)
def test_a_surprising_reading_is_told(typed: str, hint: str) -> None:
    """Where the language differs from what one might expect, the hint says how the query was read."""
    assert hint in parse_query(typed).hint


@pytest.mark.parametrize(
    "typed", ["quick fox", '"a b" c*', "a OR b", "don't (really)", "title:a -b", "C++", "OR"]
)
def test_an_ordinary_reading_is_not_commented(typed: str) -> None:
    """No hint where nothing surprises."""
    assert parse_query(typed).hint == ""


@pytest.mark.parametrize("typed", ["w " * 10_000, "w." * 10_000, '"' + "w " * 10_000 + '"', "w OR " * 10_000])
def test_a_long_query_is_cut(index: sqlite3.Connection, typed: str) -> None:
    """However much is pasted, the index is asked for a bounded number of words."""
    assert parse_query(typed).match.lower().count("w") <= MOST_TERMS
    assert parse_query(typed).hint
    found(index, typed)


def test_a_tree_compiles_with_its_shape_kept() -> None:
    """Groups are bracketed, so that the index's own precedence never matters; quotes are doubled."""
    tree = Without(
        AllOf((AnyOf((Term("a"), Term("b", prefix=True))), Term('c"d', column="title"))),
        AnyOf((Term("e"), Term("f"))),
    )
    assert compile_match(tree) == '(("a" OR "b"*) AND title : "c""d") NOT ("e" OR "f")'
