"""What a page says about itself, where it says it, and which source is believed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from aggregator.extract import extract_article, feed_text
from aggregator.extract.facts.claims import with_metadata
from aggregator.extract.facts.dates import guessed
from aggregator.extract.facts.metadata import read_metadata
from aggregator.extract.facts.surroundings import Surroundings
from aggregator.extract.tree.charset import decode
from aggregator.extract.tree.loading import load
from aggregator.extract.verdict.signs import declared_types
from aggregator.extract.verdict.sorts import is_article_type
from aggregator.models import Claim, ExtractedText, Hint, Verdict
from benchmarks.pages import known_pages, names, words

URL = "https://www.harbour-courier.example/coast/night-ferries"
TITLE = "Night Ferries Return to Port Ellery"
TEXT = "".join(
    f"<p>{sentence}</p>"
    for sentence in (
        "The harbour council voted on Thursday to bring back the night ferries, fourteen months after the last one.",
        "Two boats will cross the sound every ninety minutes between dusk and dawn, the clerk of the council said.",
        "Fishermen had asked for the service in an open letter, because the bridge road adds an hour to the way home.",
    )
)
NO_HINT = Hint()
NOON = datetime(2025, 2, 14, 12, tzinfo=UTC)


def read(
    head: str = "", body: str = "", hint: Hint = NO_HINT, url: str = URL, html: str = "<html lang=en>"
) -> ExtractedText:
    page = f"<!doctype html>{html}<head>{head}</head><body>{body or f'<main>{TEXT}</main>'}</body></html>"
    return extract_article(page.encode(), url, hint, "text/html; charset=utf-8")


def with_text(top: str = "", bottom: str = "") -> str:
    return f"<main>{top}<div class='entry-content'>{TEXT}</div>{bottom}</main>"


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def claims(found: ExtractedText, field: str) -> list[tuple[str, str]]:
    return [(claim.source, claim.value) for claim in found.claims if claim.field == field]


# ------------------------------------------------------------------------------ of the article, or not


NEAR = Surroundings("promo", ("figure",), levels=3, near=2, far="related")
PAGEWIDE = Surroundings("menu", levels=4)


@pytest.mark.parametrize(
    ("surroundings", "page", "are_there"),
    [
        (NEAR, "<div><b>", False),
        (NEAR, "<div><b class=comment-by>", True),  # what every field has to fear
        (NEAR, "<div id=Promo><b>", True),  # what this one has to
        (NEAR, "<div class=promo><p><b>", False),  # too far to tell
        (NEAR, "<div class=related><p><b>", True),
        (NEAR, "<div class=related><p><i><s><b>", False),  # too far for that as well
        (NEAR, "<footer><p><b>", True),
        (NEAR, "<figure><p><b>", True),
        (NEAR, "<body class=no-sidebar><b>", True),
        (PAGEWIDE, "<figure><p><b>", False),
        (PAGEWIDE, "<div class=menu><p><i><s><b>", True),
        (PAGEWIDE, "<body class=no-sidebar><b>", False),  # tells of the whole page
    ],
)
def test_what_stands_around_an_article_is_told_from_it(
    surroundings: Surroundings, page: str, *, are_there: bool
) -> None:
    """By elements and words; each field has its own beside those of all, and how far from a place they count."""
    tree = document_fromstring(page)
    assert surroundings.hold(next(tree.iter("b"))) is are_there


# ----------------------------------------------------------------------------------------- provenance


def test_every_field_says_where_it_is_from() -> None:
    """Feed first, then the page's own sources in the order in which they are believed."""
    head = (
        linked(headline="Ferries Return", author={"name": "Ada Quill"}, datePublished="2025-02-14T11:58:00Z",
               dateModified="2025-02-15T08:00:00Z", articleSection="Coast", keywords=["ferries", "night"])
        + meta("og:site_name", "Harbour Courier") + meta("og:image", "/boat.jpg")
    )  # fmt: skip
    told = Hint(title=TITLE, author="A. Quill", published_at=NOON, language="en-gb", categories=("Sea",))
    found = read(head, hint=told)
    assert found.claims == (
        Claim("title", "feed", TITLE),
        Claim("title", "json-ld", "Ferries Return"),
        Claim("byline", "feed", "A. Quill"),
        Claim("byline", "json-ld", "Ada Quill"),
        Claim("site", "meta", "Harbour Courier"),
        Claim("language", "page", "en"),
        Claim("published_at", "feed", "2025-02-14T12:00:00Z"),
        Claim("published_at", "json-ld", "2025-02-14T11:58:00Z"),
        Claim("modified_at", "json-ld", "2025-02-15T08:00:00Z"),
        Claim("section", "json-ld", "Coast"),
        Claim("tags", "feed", "Sea"),
        Claim("tags", "json-ld", "ferries, night"),
        Claim("image", "meta", "https://www.harbour-courier.example/boat.jpg"),
    )
    assert (found.section, found.tags) == ("Coast", ("Sea", "ferries", "night"))
    assert found.image == "https://www.harbour-courier.example/boat.jpg"
    assert found.modified_at == datetime(2025, 2, 15, 8, tzinfo=UTC)


def test_what_is_said_twice_is_one_claim() -> None:
    """Whatever the typography, the case, or the country of the language; a day says no more than its hour."""
    head = (
        linked(headline="Night ferries return", author="ADA QUILL", datePublished="2025-02-14T12:00:00Z",
               inLanguage="en-GB")
        + meta("og:title", "Night Ferries Return!") + meta("author", "Ada Quill")
        + meta("article:published_time", "2025-02-14")
    )  # fmt: skip
    found = read(head)
    assert [len(claims(found, field)) for field in ("title", "byline", "published_at", "language")] == [1] * 4


def test_a_feed_without_a_page_has_its_claims_too() -> None:
    """What the feed says is known to be the feed's when there is no page."""
    told = Hint(title=TITLE, content="Some words.", published_at=NOON, categories=("Sea", "Uncategorized"))
    found = feed_text(told, "no page", Verdict.EMPTY)
    assert (found.title, found.published_at, found.published_from, found.tags) == (
        TITLE,
        NOON,
        "feed",
        ("Sea",),
    )
    assert claims(found, "title") == [("feed", TITLE)]


@pytest.mark.parametrize(
    "nobody", ["admin", "Web Desk Staff", "Harbour Courier", "editor", "noreply@courier.example"]
)
def test_an_author_who_is_nobody_gives_way(nobody: str) -> None:
    """An account or the site itself is kept as a claim; a desk that the page does not better is believed."""
    head = meta("og:site_name", "Harbour Courier") + meta("author", "Ada Quill")
    found = read(head, hint=Hint(author=nobody))
    believed = nobody if nobody == "Web Desk Staff" else "Ada Quill"
    assert found.byline == believed
    assert {value for _, value in claims(found, "byline")} == {nobody, "Ada Quill"}
    assert read(hint=Hint(author=nobody)).byline == nobody


# ---------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("told", "declared", "believed", "source"),
    [
        ("2025-02-14T12:00:00Z", "2025-02-14", "2025-02-14T12:00:00Z", "feed"),  # a time beats a day
        ("2025-02-14T12:00:00Z", "2025-02-12T09:00:00Z", "2025-02-12T09:00:00Z", "page"),  # after the last change
        ("2025-02-13T12:00:00Z", "2025-02-14T09:00:00Z", "2025-02-13T12:00:00Z", "feed"),
        ("2025-02-14T00:00:00Z", "2025-02-14T09:00:00Z", "2025-02-14T09:00:00Z", "page"),  # a day against its hour
        ("2025-02-14T00:00:00Z", "2025-02-13T09:00:00Z", "2025-02-14T00:00:00Z", "feed"),
        ("2085-02-14T12:00:00Z", "2025-02-14T09:00:00Z", "2025-02-14T09:00:00Z", "page"),
        ("1970-01-01T00:00:00Z", "2025-02-14T09:00:00Z", "2025-02-14T09:00:00Z", "page"),
        ("1985-02-14T12:00:00Z", "2025-02-14T09:00:00Z", "2025-02-14T09:00:00Z", "page"),
        ("1985-02-14T12:00:00Z", "", "1985-02-14T12:00:00Z", "feed"),
        ("2085-02-14T12:00:00Z", "", "2085-02-14T12:00:00Z", "feed"),  # nothing says better; it sorts as seen
        ("1970-01-01T00:00:00Z", "", "", ""),  # a clock that was never set
    ],
)  # fmt: skip
def test_a_time_is_believed_unless_the_page_contradicts_it(
    told: str, declared: str, believed: str, source: str
) -> None:
    """The feed's time stays as a claim, so that a person sees that it is odd."""
    head = linked(datePublished=declared) if declared else ""
    found = read(
        head, hint=Hint(published_at=datetime.fromisoformat(told)), url="https://courier.example/ferries"
    )
    expected = datetime.fromisoformat(believed) if believed else None
    assert (found.published_at, found.published_from) == (expected, source)
    if told[:10] != believed[:10] or source == "feed":  # else it says no more than the page
        assert ("feed", told) in claims(found, "published_at")


def test_a_page_changed_since_may_be_announced_again() -> None:
    """The feed's time is later than the publication, but not than the last change: it is no contradiction."""
    head = linked(datePublished="2025-02-01T09:00:00Z", dateModified="2025-02-14T11:00:00Z")
    found = read(head, hint=Hint(published_at=NOON))
    assert (found.published_at, found.published_from) == (NOON, "feed")
    assert found.modified_at is None  # a change before the publication is none


def test_the_feeds_update_is_a_change() -> None:
    updated = datetime(2025, 2, 16, tzinfo=UTC)
    assert read(hint=Hint(published_at=NOON, updated_at=updated)).modified_at == updated
    assert read(hint=Hint(published_at=NOON, updated_at=NOON)).modified_at is None


DAY = "2025-02-14"


@pytest.mark.parametrize(
    "shown",
    [
        "Published February 14, 2025", "• PublishedFebruary 14, 2025", "Fri, 14 Feb 2025 09:30", "14.02.2025, 9:30 Uhr",
        "Veröffentlicht am 14. Februar 2025", "Publié le 14 février 2025 à 09h30", "14 de febrero de 2025",
        "14 февраля 2025, 09:30", "14 lutego 2025", "14 Şubat 2025", "2025年2月14日 09:30", "2025년 2월 14일",
        "١٤ فبراير ٢٠٢٥", "14/02/2568",
    ],
)  # fmt: skip
def test_a_date_that_is_shown_is_read(shown: str) -> None:
    """In the languages of the larger web, in any digits, in the Thai reckoning of years, glued to what precedes it."""
    top = f'<h1>{TITLE}</h1><div class="post-date">{shown}</div>'
    found = read(body=with_text(top), url="https://courier.example/ferries")
    assert found.published_at is not None
    assert (found.published_at.date().isoformat(), claims(found, "published_at")[0][0]) == (DAY, "page")


UKRAINIAN = (
    "<p>Пором повернувся до гавані після чотирнадцяти місяців та знайшов новий екіпаж для нього.</p>" * 3
)
ENGLISH = (
    "<p>The ferry is back in the harbour after fourteen months, and the council has found a crew.</p>" * 3
)


def test_a_date_in_the_text_is_read_in_the_language_of_the_page() -> None:
    """In no other, as that takes a second; and what one page does not mean is read anew on the next."""
    dated = "<div><span>лютого 14, 2025</span></div>"

    def guess(words: str, lang: str = "") -> datetime | None:
        tree = document_fromstring(f"<html lang='{lang}'><body>{words}{dated}{words}</body></html>")
        return guessed(tree, "https://courier.example/ferries")

    day, year = datetime(2025, 2, 14, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    assert [guess(ENGLISH), guess(ENGLISH, "uk"), guess(UKRAINIAN), guess(ENGLISH, "xx-no-such")] == [
        year, day, day, year,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        linked(datePublished="2025-02-14T23:30:00-05:00"),
        linked(datePublished="Fri Feb 14 2025 23:30:00 GMT-0500 (EST)"),
        linked(datePublished="1739593800"),
        meta("article:published_time", "2025-02-15 04:30:00 UTC"),
        meta("article:published_time", "20250215T043000Z"),
        '<meta itemprop="datePublished" content="2025-02-15T04:30Z">',
    ],
)
def test_declared_times_are_kept_in_utc(head: str) -> None:
    """Whatever their zone and form."""
    assert read(head).published_at == datetime(2025, 2, 15, 4, 30, tzinfo=UTC)


def test_the_day_with_the_heading_counts() -> None:
    """Not that of another story, of a comment, of an event or of the last change."""
    top = f"""<div class="teaser"><time datetime="2025-03-01">1 March</time></div>
      <p class="entry-meta"><time class="updated" datetime="2025-02-20">20 February</time>
      <time class="entry-date" datetime="2025-02-14">14 February</time></p><h1>{TITLE}</h1>"""
    bottom = '<div class="comments"><time datetime="2025-02-18">18 February</time></div>'
    found = read(body=with_text(top, bottom), url="https://courier.example/ferries")
    assert claims(found, "published_at") == [("page", "2025-02-14T00:00:00Z")]


@pytest.mark.parametrize(
    ("changed", "day"),
    [("2025-03-01", DAY), ("2025-03-02", "2025-03-01")],
    ids=["the same day", "another day"],
)
def test_a_day_that_is_declared_twice_is_that_of_the_change(changed: str, day: str) -> None:
    """Some systems know one day only; what the page shows is earlier, and the first."""
    top = f'<h1>{TITLE}</h1><time class="entry-date" datetime="2025-02-14">14 February</time>'
    found = read(linked(datePublished="2025-03-01", dateModified=changed), with_text(top))
    assert found.published_at is not None
    assert found.published_at.date().isoformat() == day


@pytest.mark.parametrize(
    "path", ["/2025/02/14/ferries", "/2025/2/14/", "/news/2025-02-14-ferries", "/20250214/ferries"]
)
def test_the_day_in_an_address_counts(path: str) -> None:
    found = read(url=f"https://courier.example{path}")
    assert claims(found, "published_at") == [("url", "2025-02-14T00:00:00Z")]


@pytest.mark.parametrize("path", ["/2025/12/ferries", "/article/20251399", "/2025/02/45/", "/v2/1234/05/06/"])
def test_numbers_in_an_address_are_not_always_a_day(path: str) -> None:
    assert not [
        source
        for source, _ in claims(read(url=f"https://courier.example{path}"), "published_at")
        if source == "url"
    ]


# --------------------------------------------------------------------------------------------- titles


@pytest.mark.parametrize(
    ("head", "top", "title"),
    [
        # The browser's window has what is made for search engines: what differs from it is for readers.
        (linked(headline="SEO words") + "<title>SEO words</title>" + meta("og:title", "Ferries are back"), "",
         "Ferries are back"),
        (linked(headline="Ferries are back") + "<title>SEO words</title>" + meta("og:title", "SEO words"), "",
         "Ferries are back"),
        # A heading that leads to the front page is the name of the site.
        ("<title>Ellery Notes: Ferries are back</title>", '<h1><a href="/">Ellery Notes</a></h1><h2>Back</h2>',
         "Ellery Notes: Ferries are back"),
        (meta("og:title", "Ferries are back"), '<h1><a href="https://harbour-courier.example/">Ferries daily</a></h1>',
         "Ferries are back"),
        ("<title>Ferries are back | harbour-courier.example</title>", "", "Ferries are back"),
        ("<title>Ferries are back|Courier</title>" + meta("og:site_name", "Courier"), "", "Ferries are back"),
        (meta("og:title", "Rock &amp;amp; roll"), "", "Rock & roll"),
        ("<title>" + "words " * 20_000 + "</title>" + meta("og:title", "Ferries are back"), "", "Ferries are back"),
    ],
)  # fmt: skip
def test_the_title_is_that_for_readers(head: str, top: str, title: str) -> None:
    assert read(head, with_text(top)).title == title


# -------------------------------------------------------------------------------------------- bylines


@pytest.mark.parametrize(
    "top",
    [
        '<p class="byline">By <a href="/author/ada" rel="author">Ada Quill</a> | Staff Writer</p>',
        '<span itemprop="author"><span itemprop="name">Ada Quill</span></span>',
        '<a href="/autoren/ada-quill">Ada Quill</a>',
        '<div class="article__author__name">Ada Quill</div>',
        '<span class="author vcard"><a class="url fn n" href="/x">Ada Quill</a></span>',
        "<p>Von Ada Quill</p>",
        "<p>Text: Ada Quill</p>",
        "<p>By Ada Quill • 14 February 2025</p>",
        '<div class="byline">Written by Ada Quill, Editor at Large</div>',
    ],
)
def test_a_byline_in_the_markup_is_found(top: str) -> None:
    """By the standards, by the address of a profile, by a class, by the words."""
    found = read(body=with_text(f"<h1>{TITLE}</h1>{top}"))
    assert found.byline == "Ada Quill"
    assert claims(found, "byline") == [("page", "Ada Quill")]


def test_a_name_is_known_by_the_biography_below() -> None:
    bottom = "<p>Ada Quill</p><p>Ada Quill is a reporter for the Courier and lives by the sea.</p>"
    assert read(body=with_text(bottom=bottom)).byline == "Ada Quill"


@pytest.mark.parametrize(
    "other",
    [
        '<div class="related"><a href="/author/jo" rel="author">Jo Finn</a></div>',
        '<div class="comment"><span class="comment-author">Jo Finn</span></div>',
        '<aside><p class="byline">By Jo Finn</p></aside>',
        '<p class="byline">By the sea, in the morning, there is nobody to be seen but us.</p>',
        '<p class="author-date">February 2025</p>',
        '<a href="/author/jo">View all posts</a>',
    ],
)
def test_what_is_not_the_author_is_not_taken_for_one(other: str) -> None:
    assert read(body=with_text(f"<h1>{TITLE}</h1>", other)).byline == ""


@pytest.mark.parametrize(
    ("head", "byline"),
    [
        (linked(author=["Ada Quill", {"name": "Jo Finn"}]), "Ada Quill, Jo Finn"),
        (linked(author={"name": ["Ada Quill", "Jo Finn"]}), "Ada Quill, Jo Finn"),
        (linked(author={"name": "Ada Quill, MD, PhD"}), "Ada Quill MD, PhD"),
        (linked(author={"@type": "Person", "name": "Ada Quill, Senior Editor"}), "Ada Quill"),
        (linked(author="신현주 기자"), "신현주"),
        (linked(author=None) + meta("article:author", "https://social.example/ada"), ""),
        (meta("citation_author", "Quill, Ada") + meta("citation_author", "Finn, Jo"), "Ada Quill, Jo Finn"),
        (meta("twitter:label1", "Written by") + meta("twitter:data1", "Ada Quill"), "Ada Quill"),
        (meta("twitter:label1", "Est. reading time") + meta("twitter:data1", "3 minutes"), ""),
        (linked(author=["Harbour Courier", "Ada Quill"], publisher={"name": "Harbour Courier"}), "Ada Quill"),
    ],
)
def test_declared_names_come_out_as_names(head: str, byline: str) -> None:
    assert read(head).byline == byline


# ------------------------------------------------------------------------- section, tags, lead image


def test_categories_are_told_from_tags() -> None:
    """By rel, by the address; those of the menu and of other stories are not the article's."""
    top = f"""<nav><a href="/category/sport/">Sport</a></nav>
      <div class="cats"><a href="/category/coast/" rel="category tag">Coast</a> <a href="/?cat=7">Trade</a></div>
      <h1>{TITLE}</h1>"""
    bottom = """<div class="tags"><a href="/tag/ferries/" rel="tag">#ferries</a></div>
      <div class="related"><a href="/category/markets/" rel="category">Markets</a></div>"""
    found = read(body=with_text(top, bottom))
    assert (found.section, found.tags) == ("Coast", ("ferries", "Trade"))


def test_an_entity_in_an_entity_parts_no_tag() -> None:
    """Some templates escape twice."""
    assert read(meta("keywords", "Coast, Science &amp;amp; Health")).tags == ("Coast", "Science & Health")


def test_tags_are_few_and_short() -> None:
    """Each once, whatever its case; no sentences, and no more than twenty."""
    many = ", ".join(f"tag{number}" for number in range(500))
    found = read(
        meta("article:tag", "Ferries")
        + meta("keywords", many)
        + meta("news_keywords", f"ferries, {'x' * 99}")
    )
    assert found.tags == ("Ferries",)
    assert len(read(meta("keywords", many)).tags) == 20


@pytest.mark.parametrize(
    ("head", "image"),
    [
        (meta("og:image", "//img.example/a.jpg"), "https://img.example/a.jpg"),
        (meta("og:image", "data:image/png;base64,AAAA"), ""),
        (
            linked(image=[{"url": "https://img.example/b.jpg"}, "https://img.example/c.jpg"]),
            "https://img.example/b.jpg",
        ),
        (
            linked(image={"@type": "ImageObject", "contentUrl": "/d.jpg"}),
            "https://www.harbour-courier.example/d.jpg",
        ),
        (meta("og:image", "javascript:alert(1)") + linked(image="ftp://img.example/e.jpg"), ""),
    ],
)
def test_the_lead_image_is_an_address_on_the_web(head: str, image: str) -> None:
    assert read(head).image == image


def test_the_first_large_picture_of_the_article_stands_in() -> None:
    small = '<img src="/logo.png"><img src="/avatar.jpg" width="64">'
    top = f'{small}<figure><img src="/boat.jpg" width="900"></figure>'
    assert (
        read(body=f"<article>{top}{TEXT}</article>").image == "https://www.harbour-courier.example/boat.jpg"
    )


# ------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    "script",
    [
        '[{"@type":"WebSite"},{"@type":"Article","headline":"Ferries are back"}]',
        '{"@graph":[{"@type":"WebPage","mainEntity":{"@type":"NewsArticle","headline":"Ferries are back"}}]}',
        '<!-- {"@type":"NewsArticle","headline":"Ferries are back"} -->',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"Ferries are back"};\n//]]>',
        '{"@type":"NewsArticle","headline":"Ferries are back",}',
        '{"@type":"NewsArticle","headline":"Ferries\tare\nback"}',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;Ferries are back&quot;}",
    ],
)
def test_linked_data_is_read_in_any_shape(script: str) -> None:
    """As a list, a graph, a page's main entity, in a comment, with the slips of a template."""
    assert read(f'<script type="application/ld+json">{script}</script>').title == "Ferries are back"


@pytest.mark.parametrize("kind", ["SatiricalArticle", "MedicalScholarlyArticle", "DiscussionForumPosting"])
def test_every_kind_of_article_is_one(kind: str) -> None:
    """A thread in a forum is by whoever began it, not by whom the page shows first."""
    page = linked(**{"@type": kind}, author={"name": "Ada Quill"})
    assert read(page, f"<main><div class=author>Ben Reed</div>{TEXT}</main>").byline == "Ada Quill"
    assert is_article_type(declared_types(document_fromstring(page)))


@pytest.mark.parametrize(
    "script",
    [
        "", "null", "7", '"text"', "[[[[]]]]", '{"@type":7,"headline":{"a":1}}', '{"@type":"Article","headline":["x"]}',
        '{"@type":"Article","author":{"name":{"name":{"name":{"name":{"name":"deep"}}}}}}', "[" * 5000, '{"a":' * 3000,
        '{"@type":"Article","author":7,"image":[[[[["x"]]]]],"datePublished":["2025"],"keywords":{"a":"b"}}',
        '{"@graph":{"@graph":{"@graph":1}},"publisher":[null],"articleSection":[7,null,"Coast"]}',
    ],
)  # fmt: skip
def test_linked_data_that_makes_no_sense_costs_nothing(script: str) -> None:
    """The text is read all the same."""
    found = read(f'<title>Still a title</title><script type="application/ld+json">{script}</script>')
    assert found.title == "Still a title"
    assert "bring back the night ferries" in found.text


@pytest.mark.parametrize(
    "head",
    [
        linked(author=[{"name": f"Person Number{'x' * (n % 5)} {chr(65 + n % 26)}"} for n in range(10_000)]),
        meta("author", "Ada Quill") * 10_000,
        linked(headline="title " * 20_000, description="d" * 100_000, keywords="k, " * 50_000),
        meta("og:title", "x" * 100_000)
        + meta("article:tag", "y" * 100_000)
        + meta("og:image", "h" * 100_000),
        linked(datePublished="2" * 100_000, author="A " * 50_000),
        "".join(f'<link rel="canonical" href="/{n}">' for n in range(10_000)),
    ],
    ids=[
        "ten thousand authors",
        "ten thousand metas",
        "endless json-ld",
        "endless metas",
        "endless date",
        "links",
    ],
)
def test_no_page_fills_the_archive_with_claims(head: str) -> None:
    """All that is kept of a page's claims is bounded."""
    found = read(head)
    assert len(found.claims) <= 45
    assert all(len(claim.value) <= 500 for claim in found.claims)
    assert len(found.byline) < 1200
    assert len(found.title) <= 500


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ('<link rel="canonical" href="/">', "https://www.harbour-courier.example/"),
        ('<link rel="canonical" href="https://elsewhere.example/a">', "https://elsewhere.example/a"),
        ('<link rel="Canonical nofollow" href="//m.courier.example/a b">', "https://m.courier.example/a%20b"),
        ('<link rel="canonical" href="">', ""),
        ('<link rel="canonical" href="javascript:void(0)">', ""),
        ('<link rel="canonical" href="https://[::1">', ""),
        ('<link rel="amphtml" href="/amp">', ""),
    ],
)
def test_the_canonical_address_is_told_and_not_believed(link: str, canonical: str) -> None:
    """Absolute or nothing; it changes neither the site nor the title."""
    found = read(link)
    assert found.canonical == canonical
    assert found.site == "harbour-courier.example"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["og:title", "author", "article:published_time", "article:tag", "og:image", "og:site_name"]
            ),
            st.text(max_size=60),
        ),
        max_size=8,
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "@id", "url", "@type"]), inner, max_size=3)
        ),
        max_leaves=12,
    ),
)
@settings(max_examples=60)
def test_whatever_a_page_declares_is_read_without_raising(
    metas: list[tuple[str, str]], value: object
) -> None:
    """And what is believed is the first claim on its field."""
    head = "".join(
        f'<meta property="{name}" content="{content}">' for name, content in metas if '"' not in content
    )
    found = read(
        head + linked(author=value, datePublished=value, image=value, headline=value, publisher=value)
    )
    assert "the extractor failed" not in found.reason
    assert [value for _, value in claims(found, "title")][:1] == [found.title][: bool(found.title)]
    assert [value for _, value in claims(found, "byline")][:1] == [found.byline][: bool(found.byline)]


# ----------------------------------------------------------------------------- pages whose data are known

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")


@cache
def shares(collection: str) -> dict[str, float]:
    """Return which shares of titles, author sets and days are right without a feed's help."""
    right: dict[str, list[bool]] = {"title": [], "author": [], "date": []}
    for page in known_pages(Path(CORPUS), collection):
        tree, _ = load(decode(page.body, "text/html"))
        assert tree is not None
        told = with_metadata(
            ExtractedText(text="", verdict=Verdict.EMPTY), read_metadata(tree, page.url, NO_HINT), NO_HINT
        )
        day = told.published_at.date().isoformat() if told.published_at else ""
        if page.title:
            right["title"].append(words(told.title) == words(page.title))
        if page.authors:
            right["author"].append(names(told.byline.split(", ")) == page.authors)
        if page.days:
            right["date"].append(day in page.days)
    return {field: sum(marks) / len(marks) for field, marks in right.items()}


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of htmldate's libraries, which pages in the wild bring about
@pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder")
@pytest.mark.parametrize(
    ("collection", "field", "least"),
    [
        ("fundus", "title", 0.84), ("fundus", "author", 0.85), ("fundus", "date", 0.97),
        ("wcxb", "title", 0.87), ("wcxb", "author", 0.70), ("wcxb", "date", 0.83),
    ],
)  # fmt: skip
def test_titles_authors_and_days_are_mostly_right(collection: str, field: str, least: float) -> None:
    """Floors, from the page alone."""
    assert shares(collection)[field] >= least
