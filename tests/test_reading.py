"""A page and the feed's words about it: which of both is kept, and what is said of the page."""

from __future__ import annotations

from aggregator.models import Page, ParsedEntry, Response, Verdict
from aggregator.reading import behind_wall, read_again, read_entry
from tests.makers import NOW

URL = "https://harbour.example/2026/03/lost-bell"
HTML = {"content-type": "text/html"}
SAID = " ".join(
    f"In part {n} the divers tell how they looked for the bell below the quay, and what they found."
    for n in range(9)
)
ENTRY = ParsedEntry("1", URL, "Divers look for the lost bell", content_html=f"<p>{SAID}</p>")


def page(text: str, title: str = ENTRY.title) -> bytes:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    head = f"<html lang=en><head><title>{title}</title></head>"
    return f"{head}<body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()


def answer(body: bytes, final_url: str = URL, **headers: str) -> Response:
    return Response(URL, final_url, 200, HTML | headers, body)


def story(place: str) -> str:
    return "\n\n".join(
        f"In paragraph {n} the divers of Nordhaven tell how they looked for the bell below {place}, what they found"
        f" there, and why the harbour master, who had waited {n} hours in the rain, did not believe a word of it."
        for n in range(5)
    )


def test_an_entry_without_a_page_is_what_its_feed_said() -> None:
    reading = read_entry(ENTRY, None)
    assert (reading.extracted.text, reading.extracted.verdict) == (SAID, Verdict.FEED_ONLY)
    assert (reading.page, reading.arrived_at, reading.wants_retry) == (Verdict.EMPTY, "", False)


def test_a_link_that_leads_to_another_page_of_the_site_has_lost_its_article() -> None:
    """The feed's words are kept, none of the other page's, and the address is asked again another time."""
    reading = read_entry(
        ENTRY, answer(page(story("the quay"), "All news"), "https://harbour.example/news/archive")
    )
    assert reading.extracted.text == SAID
    assert (reading.page, reading.arrived_at, reading.wants_retry) == (Verdict.GONE, "", True)


def test_a_link_that_leads_to_a_wall_is_blocked_and_not_gone() -> None:
    """The article is where it was; we were not let in."""
    wall = page(
        "Checking your browser before you go on. Please enable JavaScript and cookies.", "Just a moment..."
    )
    reading = read_entry(ENTRY, answer(wall, "https://harbour.example/account/login"))
    assert reading.extracted.text == SAID
    assert (reading.page, reading.arrived_at, reading.wants_retry) == (Verdict.BLOCKED, "", True)


def test_what_differs_between_two_pages_is_seen_by_reading_both_by_the_same_rules() -> None:
    kept = Page(URL, URL, 200, HTML, page(story("the quay")), NOW)
    reading = read_again(ENTRY, answer(page(story("the pier"))), kept)
    assert reading.before is not None
    assert (reading.before.text, reading.extracted.text) == (story("the quay"), story("the pier"))


def test_nothing_is_an_edit_where_the_article_is_not_found_any_more() -> None:
    """A page that leads elsewhere says nothing about what the article says now."""
    kept = Page(URL, URL, 200, HTML, page(story("the quay")), NOW)
    elsewhere = answer(page(story("the pier"), "All news"), "https://harbour.example/news/archive")
    assert read_again(ENTRY, elsewhere, kept).before is None


def test_behind_a_wall_the_feeds_words_are_kept_and_the_page_is_asked_for_again() -> None:
    reading = behind_wall(ENTRY, "all pages of the site say the same")
    assert (reading.extracted.text, reading.extracted.verdict) == (SAID, Verdict.FEED_ONLY)
    assert reading.extracted.reason.startswith("all pages of the site say the same")
    assert (reading.page, reading.wants_retry) == (Verdict.BLOCKED, True)
