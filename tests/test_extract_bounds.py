"""Pages that are larger than any article: what is read of them is bounded, and the verdict says so."""

from __future__ import annotations

import re

import pytest

from aggregator.extract import extract_article
from aggregator.extract.letters import folded, squeeze
from aggregator.extract.tree.loading import TOO_LONG, TOO_MANY, load
from aggregator.extract.verdict.walls import WALLS
from aggregator.extract.verdict.wording import PAYWALL, PAYWALL_LOOSE
from aggregator.models import Hint, Verdict

URL = "https://www.courier.example/2025/02/ferries"
LINE = "Two boats will cross the sound between dusk and dawn, the clerk of the council said. "
ARTICLE = "".join(f"<p>{n} {LINE * 3}</p>" for n in range(12))


def page(body: str) -> str:
    return f"<!doctype html><html><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("rest", "flaw"),
    [
        ("<a href=/1>x</a> " * 50_000, TOO_MANY),
        ("<time>x</time>" * 100_000, TOO_MANY),
        (f"<p>{LINE * 20_000}</p>", TOO_LONG),
        ("<b>x</b>" + LINE * 20_000, TOO_LONG),
        ("<p>" + "\x0b\x0c\x85\u2028 é" * 400_000, TOO_LONG),
    ],
)
def test_what_follows_after_too_much_is_cut_off(rest: str, flaw: str) -> None:
    tree, found = load(page(f"<article>{ARTICLE}</article><div>{rest}</div><footer>END</footer>"))
    assert tree is not None
    assert found == flaw
    assert sum(1 for _ in tree.iter()) <= 15_001
    text = tree.text_content()
    assert len(text) <= 1_010_000
    assert text.startswith("0 Two boats")
    assert "END" not in text


def test_the_verdict_on_a_page_that_was_cut_off_is_partial() -> None:
    html = page(f"<article>{ARTICLE}</article>" + "<i></i>" * 20_000)
    found = extract_article(html.encode(), URL, Hint(), "text/html")
    assert (found.verdict, found.reason) == (Verdict.PARTIAL, TOO_MANY)
    assert found.text.count("Two boats") == 36


def test_a_tag_with_thousands_of_attributes_is_left_out() -> None:
    """The parser compares each with each; what stands in the element stays."""
    many = " ".join(f"a{number}=1" for number in range(50_000))
    tree, _ = load(page(f"<p {many}>Two boats</p><p>will cross</p>"))
    assert tree is not None
    assert tree.text_content() == "Two boatswill cross"
    assert all(len(element.attrib) < 10 for element in tree.iter())


def test_what_stands_after_a_second_root_is_read() -> None:
    body = f"<p>Rain.</p></body></html><html><body><article>{ARTICLE}</article></body></html>"
    tree, _ = load(page(body))
    assert tree is not None
    assert tree.text_content().count("Two boats") == 36
    assert not [*tree.itersiblings()]


def test_a_text_that_is_printed_again_and_again_is_kept_once() -> None:
    paragraphs = [f"<p>{n} {LINE}</p>" for n in "abcdef"]
    own = "".join(f"<p>{n} {LINE * 3}</p>" for n in range(9))
    found = extract_article(page("".join(paragraphs * 3) + own).encode(), URL, Hint(), "text/html")
    assert [found.text.count(f"{n} Two") for n in "abcdef"] == [1] * 6
    assert found.text.count("Two boats") == 6 + 27


def test_phrases_are_in_small_letters() -> None:
    """Otherwise they would never be found in folded text."""
    every = [phrase.pattern for wall in WALLS for phrase in wall.phrases]
    every += [phrase.pattern for phrase in (*PAYWALL, *PAYWALL_LOOSE)]
    bare = [re.sub(r"\\.", "", pattern) for pattern in every]
    assert bare == [text.lower() for text in bare]


@pytest.mark.parametrize("text", ["JUST  a\u00a0Moment", "ERİŞİMİNİZ KISITLANDI", "You\u2019re a robot"])
def test_folding_takes_away_case_and_spacing(text: str) -> None:
    again = folded(text)
    assert again == folded(again)
    assert again.upper() != again
    assert "  " not in again
    assert "\u2019" not in again


@pytest.mark.parametrize("text", ["Ferry, 12 — Ölpreis_x", "plain ascii: 3.5%", "\uff21\uff0d\uff42", ""])
def test_squeezing_leaves_letters_and_digits(text: str) -> None:
    assert squeeze(text) == "".join(filter(str.isalnum, text)).casefold()
