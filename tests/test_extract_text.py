"""Which words of a page are the article's, without the feed's help and without a memory of its site."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from aggregator.extract import extract_article
from aggregator.extract.text.alignment import align
from aggregator.extract.text.body import unglued
from aggregator.extract.text.gaps import without_gaps
from aggregator.extract.text.passages import Passage
from aggregator.extract.text.rescue import text_around
from aggregator.extract.tree.blocks import Block, page_blocks
from aggregator.extract.tree.loading import load
from aggregator.models import ExtractedText, Hint, Verdict
from tests.test_extract import PARAGRAPHS, TEXT, TITLE, URL, article, page

SENTENCE = "The pilots of the sound have kept a log of every crossing since the bridge was built, in ink"
ENGINES = [f"{SENTENCE}, volume {number}." for number in range(1, 9)]


def read(body: bytes) -> ExtractedText:
    return extract_article(body, URL, Hint(), "text/html; charset=utf-8")


def described(text: str) -> str:
    return f'<title>{TITLE}</title><meta property="og:description" content="{text}">'


def as_paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def dropped(found: ExtractedText) -> set[tuple[str, str]]:
    return {(record.rule, record.text) for record in found.dropped}


def test_a_heading_that_is_not_the_title_is_not_lost() -> None:
    """The article goes by another name, so what stands above its text is said nowhere else."""
    heading = "How a crew was found"
    body = f"<article><h1>{heading}</h1>{as_paragraphs(ENGINES)}</article>"
    head = "<title>The harbour review</title>"
    assert read(page(body, head)).text.split("\n\n")[0] == heading
    told = extract_article(page(body, head), URL, Hint(title=heading), "text/html")
    assert told.text.split("\n\n")[0] == ENGINES[0]


# -------------------------------------------------------------------------------------- the standfirst

DECK = (
    "Fourteen months after the last boat was tied up, the council finds a crew, an engine and the oil for it."
)


def test_a_standfirst_outside_of_the_text_is_restored() -> None:
    """It stands under the headline, in a container of its own, and the page declares it as its description."""
    body = f"<header><h1>{TITLE}</h1><p class='deck'>{DECK}</p></header>" + article()
    assert read(page(body, described(DECK))).text == f"{DECK}\n\n{TEXT}"


def test_a_description_that_is_not_shown_is_no_text() -> None:
    assert read(page(f"<h1>{TITLE}</h1>" + article(), described(DECK))).text == TEXT


def test_a_standfirst_is_not_said_twice() -> None:
    body = f"<header><h1>{TITLE}</h1><p>{DECK}</p></header>" + article(f"{DECK}\n\n{TEXT}")
    assert read(page(body, described(DECK))).text.count(DECK) == 1


def test_a_description_in_a_caption_or_above_the_headline_is_no_standfirst() -> None:
    """Captions repeat it, and so do lists of stories above."""
    teaser = f"<ul><li>{DECK}</li></ul><p>{DECK}</p>"
    body = f"<div>{teaser}</div><h1>{TITLE}</h1><figure><figcaption>{DECK}</figcaption></figure>" + article()
    assert DECK not in read(page(body, described(DECK))).text


# -------------------------------------------------------------------------------------------- the gaps


def in_sections(heading: str, between: str = "") -> str:
    """Paragraphs under headings that an extractor takes for teasers by their class."""
    sections = "".join(
        f"<div class='teaser-title'>{heading.format(number)}</div><p>{paragraph}</p>{between}"
        for number, paragraph in enumerate(PARAGRAPHS, 1)
    )
    return f"<main><article><div class='entry-content'>{sections}</div></article></main>"


def test_section_headings_that_were_left_out_are_taken_in() -> None:
    """Several of a kind, each between two paragraphs."""
    text = read(page(in_sections("<h3>Part {}</h3>"))).text
    for number, (before, after) in enumerate(pairwise(PARAGRAPHS), 2):
        assert f"{before}\n\nPart {number}\n\n{after}" in text


@pytest.mark.parametrize(("sections", "are_taken"), [(6, True), (2, False)])
def test_headings_that_are_links_are_taken_in_where_they_are_many(sections: int, are_taken: bool) -> None:
    """Each heads a paragraph of the text; a few such are the headlines of other stories, with their first lines."""
    headed = "".join(
        f"<h2 class='head'><a href='/{number}'>Engine {number}</a></h2><p>{ENGINES[number]}</p>"
        for number in range(1, sections + 1)
    )
    tree, _ = load(f"<p>{ENGINES[0]}</p>{headed}{as_paragraphs(ENGINES[sections + 1 :])}")
    assert tree is not None
    blocks = page_blocks(tree)
    passages = without_gaps([Passage(line) for line in ENGINES], blocks, align(blocks, ENGINES), ())
    heads = [f"Engine {number}" for number in range(1, sections + 1)] if are_taken else []
    assert [p.text for p in passages if p.kind == "head"] == heads
    assert [p.text for p in passages if p.kind == "p"] == ENGINES


def test_a_single_heading_in_the_midst_stays_out() -> None:
    """A box that an extractor left out, with one heading and a link."""
    box = "<div class='teaser-title'><h3>Our shop</h3><a href='/shop'>Mugs with boats on them</a></div>"
    first, second, *rest = (f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    text = read(page(f"<article>{first}{box}{second}{''.join(rest)}</article>")).text
    assert "Our shop" not in text
    assert "Mugs" not in text


def test_a_run_of_paragraphs_that_was_left_out_is_taken_in() -> None:
    """The middle of the article stands in a container whose name says that it does not."""
    middle = "".join(f"<div class='related-widget'><p>{line}</p></div>" for line in ENGINES)
    first, *rest = (f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    text = read(page(f"<article>{first}{middle}{''.join(rest)}</article>")).text
    assert [line in text for line in ENGINES] == [True] * len(ENGINES)


# --------------------------------------------------------------------------------------- the furniture


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "Article content",
        "Story continues below advertisement",
        "4 min read",
        "Anzeige",
        "Jo Finn/AFP via Getty Images",
        "Photo by Jo Finn/Reuters",
        "newsdesk@harbour-courier.example",
    ],
)
def test_a_notice_between_paragraphs_is_dropped(line: str) -> None:
    """Whatever stands before and after it."""
    found = read(page(article("\n\n".join([*PARAGRAPHS[:3], line, *PARAGRAPHS[3:]]))))
    assert found.text == TEXT
    assert ("notice", line) in dropped(found)


def test_a_paragraph_that_mentions_an_agency_stays() -> None:
    """Only a line that names nothing else is a credit."""
    line = (
        "Two of the pictures were bought from Getty Images. The others are by the harbour master's daughter."
    )
    assert line in read(page(article(f"{TEXT}\n\n{line}"))).text


@pytest.mark.parametrize(
    "words", ["Read more:", "Lesen Sie auch:", "Lire aussi :", "Lee también:", "Читайте также:"]
)
def test_a_link_to_another_story_between_paragraphs_is_dropped(words: str) -> None:
    link = f'{words} <a href="/2024/lighthouse">The lighthouse that nobody wanted to keep</a>'
    found = read(page(article("\n\n".join([*PARAGRAPHS[:2], link, *PARAGRAPHS[2:]]))))
    assert found.text == TEXT
    assert {rule for rule, _ in dropped(found)} == {"leads elsewhere"}


def test_a_sentence_that_asks_to_read_more_stays() -> None:
    """Without a link it leads nowhere."""
    line = "Read more: that was the advice of the teachers on the island, whose library came by boat."
    assert line in read(page(article("\n\n".join([*PARAGRAPHS[:2], line, *PARAGRAPHS[2:]])))).text


def test_a_placeholder_that_is_said_again_and_again_is_dropped() -> None:
    """One for each film or post that the page would load."""
    notice = (
        "Your settings do not allow that content of other services is shown here; change them, and this film "
        "will be loaded together with all that the service wants to know of you."
    )
    found = read(page(article("\n\n".join([*(f"{p}\n\n{notice}" for p in PARAGRAPHS[:3]), *PARAGRAPHS[3:]]))))
    assert found.text == TEXT
    assert ("said again and again", notice) in dropped(found)


def test_a_refrain_stays() -> None:
    """Short lines that recur are labels of a series, and a text of little else is a poem."""
    labels = "\n\n".join(f"Where it moors:\n\n{p}" for p in PARAGRAPHS)
    assert read(page(article(labels))).text.count("Where it moors:") == len(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "This article was originally published by the Sound Gazette.",
        "Additional reporting by Jo Finn",
        "Sign up for our newsletter, and know what the tide brings.",
        "Dieser Artikel ist zuerst in der Sundzeitung erschienen.",
        "Follow Ada Quill on Twitter @adaquill",
    ],
)
def test_what_is_said_about_the_text_below_it_is_dropped(line: str) -> None:
    found = read(page(article(f"{TEXT}\n\n{line}")))
    assert found.text == TEXT
    assert line in {text for _, text in dropped(found)}


def test_what_is_dropped_is_bounded() -> None:
    """A page of nothing but notices does not fill the archive."""
    lines = "\n\n".join(f"{number} comments" for number in range(500))
    assert len(read(page(article(f"{TEXT}\n\n{lines}"))).dropped) <= 20


@pytest.mark.parametrize(
    "items", [("Tweet this", "Link this", "Share this", "Reprints"), ("", "12:03 pm |", "Permalink")]
)
def test_a_bar_of_buttons_is_dropped(items: tuple[str, ...]) -> None:
    bar = f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
    found = read(
        page(f"<article>{as_paragraphs(PARAGRAPHS[:3])}{bar}{as_paragraphs(PARAGRAPHS[3:])}</article>")
    )
    assert found.text == TEXT


def test_a_list_of_things_above_the_first_sentence_of_the_summary_stays() -> None:
    """A recipe: what is needed stands above what is to be done, and is no furniture."""
    things = ["A rope of forty feet", "Tar", "Two mooring posts", "A bucket"]
    listed = f"<ul>{''.join(f'<li>{thing}</li>' for thing in things)}</ul>"
    found = read(page(f"<article>{listed}{as_paragraphs(PARAGRAPHS)}</article>", described(PARAGRAPHS[0])))
    assert [thing in found.text for thing in things] == [True] * len(things)


def test_teasers_below_the_text_are_dropped() -> None:
    teasers = "".join(
        f"<h3><a href='/{n}'>A headline that leads to story number {n}</a></h3><p>And what it tells in short.</p>"
        for n in range(3)
    )
    found = read(page(f"<article>{as_paragraphs(PARAGRAPHS)}<h2>Trending now</h2>{teasers}</article>"))
    assert found.text == TEXT


def test_a_section_that_is_called_like_a_list_of_teasers_stays() -> None:
    """Prose follows it."""
    section = f"<h2>Popular</h2>{as_paragraphs(ENGINES[:3])}"
    found = read(page(f"<article>{as_paragraphs(PARAGRAPHS)}{section}</article>"))
    assert found.text.endswith("\n\n".join(("Popular", *ENGINES[:3])))


def test_paragraphs_at_the_end_that_are_links_throughout_are_dropped() -> None:
    """Teasers without a heading, each as long as a paragraph."""
    links = "".join(f"<p><a href='/{n}'>{line} {line}</a></p>" for n, line in enumerate(ENGINES[:3]))
    found = read(page(f"<article>{as_paragraphs(PARAGRAPHS)}{links}</article>"))
    assert found.text == TEXT


@pytest.mark.parametrize("line", ["Last updated on June 2, 2025", "Veröffentlicht am 24. Dezember 2014"])
def test_a_date_below_the_text_is_dropped(line: str) -> None:
    found = read(page(f"<article>{as_paragraphs([*ENGINES, line])}</article>"))
    assert found.text == "\n\n".join(ENGINES)
    assert ("date below the text", line) in dropped(found)


def test_a_date_amid_the_text_stays() -> None:
    lines = [*ENGINES[:7], "June 2, 2025", *ENGINES[7:]]
    assert read(page(f"<article>{as_paragraphs(lines)}</article>")).text == "\n\n".join(lines)


def test_a_date_and_a_line_break_above_the_first_paragraph_are_dropped() -> None:
    first = f"<p>24. Dezember 2014<br>{ENGINES[0]}</p>"
    assert read(page(f"<article>{first}{as_paragraphs(ENGINES[1:])}</article>")).text == "\n\n".join(ENGINES)


def test_the_names_of_sections_below_the_text_are_dropped() -> None:
    filed = "<p>Filed under:</p><ul><li><a href='/b'>Boats</a></li><li><a href='/h'>Harbour</a></li></ul>"
    assert read(page(f"<article>{as_paragraphs(ENGINES)}{filed}</article>")).text == "\n\n".join(ENGINES)


def test_the_list_of_a_sites_cookies_is_dropped() -> None:
    table = (
        "<table><tr><th>Cookie</th><th>Duration</th><th>Description</th></tr>"
        "<tr><td>consent-ads</td><td>11 months</td><td>This cookie remembers what was agreed to.</td></tr></table>"
    )
    found = read(page(f"<article>{as_paragraphs(PARAGRAPHS)}{table}</article>"))
    assert found.text == TEXT


# ---------------------------------------------------------------------------------------- the text around


def around_a_box(*, follows: bool) -> tuple[list[Block], list[tuple[int, ...]]]:
    """The blocks of a page with a box amid or above its prose, of which only the box was found."""
    rows = "".join(f"<div class='row'>{line}</div>" for line in ENGINES * 2)
    box = f"<div class='box'>{DECK}</div>"
    tree, _ = load(f"<body>{rows if follows else ''}{box}{rows}</body>")
    assert tree is not None
    blocks = page_blocks(tree)
    return blocks, [(0,) if block.text == DECK else () for block in blocks]


def test_the_text_around_a_box_that_was_taken_for_it_is_found() -> None:
    blocks, found = around_a_box(follows=True)
    assert text_around(blocks, found) == blocks


def test_comments_below_a_text_are_not_taken_for_it() -> None:
    blocks, found = around_a_box(follows=False)
    assert text_around(blocks, found) == []


# ------------------------------------------------------------------------------------------ a few words


def test_a_few_words_that_are_all_of_a_page_are_its_text() -> None:
    """Nothing in it could bring more."""
    found = read(b"<html><body>The ferry sails.</body></html>")
    assert (found.text, found.verdict) == ("The ferry sails.", Verdict.PARTIAL)


def test_a_few_words_on_a_page_of_scripts_are_none() -> None:
    found = read(b"<html><body>One moment<script src='app.js'></script></body></html>")
    assert found.text == ""


# ------------------------------------------------------------------------------- links below sections


def in_sections_with_links(sections: int) -> tuple[str, list[str]]:
    links = [f"See how boat number {number} was brought home" for number in range(1, sections + 1)]
    parts = [
        f"<h2>Part {number}</h2><p>{ENGINES[number]}</p><p><a href='/{number}'>{link}</a></p>"
        for number, link in enumerate(links)
    ]
    return f"<article>{as_paragraphs(PARAGRAPHS)}{''.join(parts)}<h2>Last</h2><p>{DECK}</p></article>", links


def test_links_to_other_stories_that_end_sections_are_dropped() -> None:
    body, links = in_sections_with_links(4)
    found = read(page(body))
    assert [link in found.text for link in links] == [False] * len(links)
    assert {("leads elsewhere", link) for link in links} <= dropped(found)


def test_a_single_link_that_ends_a_section_stays() -> None:
    body, links = in_sections_with_links(1)
    assert links[0] in read(page(body)).text


# ------------------------------------------------------------------------- what a page's makers have slipped in


def test_words_that_only_styles_part_are_parted() -> None:
    """A browser shows them apart because a style sheet says so."""
    first = "<p>Pros: a boat with good lasting security<strong>Cons:</strong> the price of the oil that it takes.</p>"
    text = read(page(f"<article>{first}{as_paragraphs(ENGINES)}</article>")).text
    assert text.startswith("Pros: a boat with good lasting security Cons: the price")


@pytest.mark.parametrize(
    "word", ["H<sub>O</sub>", "<b>T</b>he", "Mac<b>Book</b>", "lo<i>ng</i>er", "eBa<b>Y</b>s"]
)
def test_words_in_which_letters_are_styled_stay_whole(word: str) -> None:
    first = f"<p>Of the {word} that the harbour master bought nobody has seen a single one since.</p>"
    text = read(page(f"<article>{first}{as_paragraphs(ENGINES)}</article>")).text
    assert f"Of the {re.sub('<.*?>', '', word)} that" in text


def test_a_credit_that_is_glued_to_a_paragraph_is_taken_off() -> None:
    """As trafilatura does with a picture that precedes a paragraph; the page itself has the two apart."""
    tree, _ = load(f"<span>Jane Roe/COURIER</span>{as_paragraphs(ENGINES)}")
    assert tree is not None
    glued = [Passage(f"Jane Roe/COURIER{ENGINES[0]}"), *map(Passage, ENGINES[1:])]
    assert [p.text for p in unglued(glued, page_blocks(tree))] == ENGINES
    quoted = [Passage(f"Jane Roe: {line}") for line in ENGINES]
    assert unglued(quoted, page_blocks(tree)) == quoted


@pytest.mark.parametrize("control", ["button", "select", "object", "video"])
def test_a_control_that_is_never_closed_does_not_hide_the_article(control: str) -> None:
    """The parser has it hold all that follows, and nothing in a control is read."""
    top = f"<header><{control} class='menu'><div>Sections</div></header><nav><a href='/'>Home</a></nav>"
    found = read(page(f"{top}<main><h1>{TITLE}</h1><article>{as_paragraphs(ENGINES)}</article></main>"))
    assert found.text.split("\n\n")[-len(ENGINES) :] == ENGINES
    assert "Sections" not in found.text
