"""Small forms and hidden parts are not read; large ones are the article."""

from __future__ import annotations

import pytest

from aggregator.extract import extract_article
from aggregator.models import Hint, Verdict

PROSE = (
    "The river rose again on Monday, and the bridge was closed for the third time in a week by the county."
)
TEXT = "".join(f"<p>{PROSE} The mayor spoke of chapter {number} of the flood.</p>" for number in range(1, 9))
ASKED = "Leave us your address and we will write to you once a week about all that happens in the valley."


def read(body: str) -> str:
    page = f"<html><head><title>The river</title></head><body><article>{body}</article></body></html>"
    return extract_article(page.encode(), "https://news.example/river", Hint(), "text/html").text


@pytest.mark.parametrize(
    "part",
    [
        f"<form><p>{ASKED}</p><input type=email></form>",
        f"<form><p>{ASKED}</p><div><input type='Search'></div></form>",
        f"<div style='color: red; display:none'><p>{ASKED}</p></div>",
        f"<section style='visibility: hidden'><p>{ASKED}</p></section>",
        f"<dialog><p>{ASKED}</p></dialog>",
    ],
)
def test_what_nobody_reads_is_no_text(part: str) -> None:
    text = read(TEXT + part + f"<p>{PROSE} That was the end of it.</p>")
    assert ASKED not in text
    assert text.count(PROSE) == 9


def test_a_form_around_the_page_is_the_page() -> None:
    """Some servers wrap all that they send into one."""
    assert read(f"<form>{TEXT}<input type=search></form>").count(PROSE) == 8


def test_a_text_that_waits_for_a_click_is_the_text() -> None:
    assert read(f"<p>{PROSE}</p><div style='display:none'>{TEXT}</div>").count(PROSE) == 9


def test_what_follows_an_element_that_is_taken_away_stays() -> None:
    assert PROSE in read(TEXT + f"<div>The <span style='display:none'>x</span>end. {PROSE}</div>")


def test_the_prompt_of_a_paywall_is_not_the_articles_text() -> None:
    prompt = "To continue reading, subscribe now. Already a subscriber? Log in."
    page = (
        f"<html><body><article><p>{PROSE}</p><p>{PROSE} It rains.</p><p>{prompt}</p></article></body></html>"
    )
    found = extract_article(page.encode(), "https://news.example/river", Hint(), "text/html")
    assert found.verdict is Verdict.PAYWALLED
    assert "subscriber" not in found.text
    assert PROSE in found.text
    assert any(prompt in dropped.text for dropped in found.dropped)


@pytest.mark.parametrize(
    "announced", ["These functions are new:", "The following functions were made stable."]
)
def test_a_list_of_links_that_the_text_announces_is_text(announced: str) -> None:
    """Release notes name what they link to; a list of headlines is another matter."""
    names = [
        "Vec::shrink_to",
        "String::shrink_to",
        "OsString::shrink_to",
        "HashMap::shrink_to",
        "slice::first",
    ]
    items = "".join(f"<li><a href='/api/{number}'>{name}</a></li>" for number, name in enumerate(names))
    text = read(f"{TEXT}<p>{announced}</p><ul>{items}</ul><p>{PROSE} So much for that.</p>")
    assert all(name in text for name in names)
