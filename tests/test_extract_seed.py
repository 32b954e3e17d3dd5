"""The page that the project was founded on, as three sites would make it: nothing but the article shall be kept.

A careless extractor had kept the line of categories, the title twice, "Source: …", "• PublishedFebruary 14, 2025", the
author's name three times and a long biography. The story is ours; the furniture is that of the page.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.extract import extract_article
from aggregator.models import Hint, Verdict

if TYPE_CHECKING:
    from aggregator.models import ExtractedText

URL = "https://www.tideland-star.example/night-boats-carry-first-passengers/"
TITLE = "Saltmere, New Island Council Hold First High-Level Call"
AUTHOR = "Miriam Lund"
CATEGORIES = ("Outer Islands", "Saltmere Sound", "World")
STORY = """\
Saltmere's mayor Viktor Pell and the islands' interim speaker, Aron al-Sayed, have spoken by telephone, the first \
high-level contact between the two shores since the council changed hands in December, the Sound Gazette reports.

The call points to a possible turn in relations after the rise of al-Sayed and his Lantern Party.

Al-Sayed's supporters took over the council hall after a short campaign, and the former speaker, Basil Osgood, sought \
shelter in Saltmere.

According to a statement by the council, al-Sayed stressed during the call the importance of “strong ties between the \
two shores” and the islands' willingness to speak with “every party” in a way that serves “the interests of the \
islanders” and strengthens “the peace of the Sound.” The statement also said that Pell had invited the harbour \
commissioner, Asta Shay, to visit Saltmere.

The mayor's office published a statement of its own, which speaks of lasting support for “the unity and the self-rule \
of the islands.”

The conversation comes as Saltmere tries to keep its coaling station at Tarn and its airstrip at Hemming, both of them \
on the islands' western coast. Both are of great value to the town.

Reports in recent weeks suggested that the new council had asked for the return of Osgood in exchange for leaving the \
coaling station to Saltmere.

What becomes of the town's part in the islands remains to be seen as the ground keeps shifting.

Meanwhile, the interim council announced a preparatory committee of seven members, which is to help decide on the \
islands' further course."""
PARAGRAPHS = STORY.split("\n\n")
BIOGRAPHY = f"""\
{AUTHOR} is a 27-year-old journalist and editor for Tideland Star. Miriam has covered a variety of topics on both \
local (courts, ferries, weather, sports in the Sound) and wider matters (the Sound around the globe; tensions among \
the islands, shipping and politics, herring wars, strikes in the ports, etc.), shaping the tone and the quality \
of published content on Tideland Star, providing the readership with what it needs to form an opinion on what is \
happening. Miriam has also interviewed experts on the matters unfolding in the political landscape of the Sound, and \
those beyond it, to provide the readership with a better understanding of these complex processes."""
NAV = (
    '<a href="/">Home</a> <a href="/news">News</a> <a href="/sports">Sports</a> <a href="/about">About us</a>'
)
OTHERS = [
    ("Herring Fleet Stays in Port as Ice Returns", "/herring-fleet-stays/"),
    ("Lighthouse Keepers Vote to Strike Over Oil", "/lighthouse-keepers-vote/"),
    ("Saltmere Bridge Closed for Repairs Until May", "/bridge-closed/"),
]
TEASERS = "".join(
    f'<article class="related-card"><h3><a href="{link}">{title}</a></h3><span>{day} February 2025</span></article>'
    for day, (title, link) in enumerate(OTHERS, start=10)
)
FOOTER = "<p>© 2025 Tideland Star. All rights reserved.</p><p>Privacy policy · Terms of use · Contact</p>"


def paragraphs(tag: str) -> str:
    return "".join(f"<{tag}>{text}</{tag}>" for text in PARAGRAPHS)


CLASSIC_WORDPRESS = f"""\
<!doctype html><html lang="en-US"><head><title>{TITLE} - Tideland Star</title>
<meta property="og:site_name" content="Tideland Star"><meta property="og:title" content="{TITLE} - Tideland Star">
<meta property="article:published_time" content="2025-02-14T12:03:11+00:00">
<meta name="author" content="{AUTHOR}"><meta name="twitter:label1" content="Written by">
<meta name="twitter:data1" content="{AUTHOR}"></head>
<body class="post-template-default single single-post">
<header id="masthead" class="site-header"><p class="site-title"><a href="/">Tideland Star</a></p>
  <nav class="main-navigation"><ul class="menu"><li>{NAV}</li>
  <li><a href="/category/world/">World</a></li><li><a href="/category/opinion/">Opinion</a></li></ul></nav></header>
<div id="content"><main id="main"><article id="post-4711" class="post type-post hentry category-outer-islands">
  <header class="entry-header"><span class="cat-links">
    <a href="/category/outer-islands/" rel="category tag">Outer Islands</a>
    <a href="/category/saltmere-sound/" rel="category tag">Saltmere Sound</a>
    <a href="/category/world/" rel="category tag">World</a></span>
  <h1 class="entry-title">{TITLE}</h1></header>
  <div class="entry-content"><h2>{TITLE}</h2>
    <figure class="wp-caption"><img src="/wp-content/uploads/2025/02/call.jpg" width="1200">
      <figcaption>Source: Getty Images</figcaption></figure>
    <ul class="post-meta"><li>Published<time class="entry-date published" datetime="2025-02-14T12:03:11+00:00">February
      14, 2025</time></li></ul>
    {paragraphs("p")}<p>&nbsp;</p><p>&nbsp;</p><p>&nbsp;</p>
    <div class="author-box"><a class="author-name" href="/author/miriam/" rel="author">{AUTHOR}</a>
      <p class="author-description">{BIOGRAPHY}</p></div></div>
  <section class="related-posts"><h3>Related Posts</h3>{TEASERS}</section>
  <div id="comments"><h3>Leave a Reply</h3><form><p>Your email address will not be published.</p></form></div>
</article></main>
<aside id="secondary" class="widget-area"><h2 class="widget-title">Latest News</h2>{TEASERS}</aside></div>
<footer class="site-footer">{FOOTER}</footer></body></html>"""

BLOCKS_OF_DIVS = f"""\
<!doctype html><html lang="en"><head><title>{TITLE} &ndash; Tideland Star</title>
<meta property="og:title" content="{TITLE}"><meta property="og:image" content="/uploads/call.jpg">
</head><body><div class="wp-site-blocks">
<div class="wp-block-template-part header"><div class="wp-block-site-title"><a href="/">Tideland Star</a></div>
  <div class="wp-block-navigation">{NAV}</div></div>
<div class="wp-block-group is-layout-constrained">
  <div class="taxonomy-category wp-block-post-terms"><a href="/category/outer-islands/" rel="tag">Outer Islands</a>
    <a href="/category/saltmere-sound/" rel="tag">Saltmere Sound</a>
    <a href="/category/world/" rel="tag">World</a></div>
  <div class="wp-block-post-title"><h1>{TITLE}</h1></div>
  <div class="wp-block-group"><div class="wp-block-heading"><h2>{TITLE}</h2></div>
    <div class="wp-block-post-featured-image"><img src="/uploads/call.jpg" width="1200"></div>
    <div class="caption">Source: Getty Images</div>
    <div class="wp-block-group"><div class="wp-block-post-date">• Published<span>February 14, 2025</span></div></div>
  </div>
  <div class="entry-content wp-block-post-content">{paragraphs("div")}<div>&nbsp;</div><div>&nbsp;</div></div>
  <div class="wp-block-group"><div class="wp-block-post-author-name">{AUTHOR}</div>
    <div class="wp-block-post-author-biography">{BIOGRAPHY}</div></div>
  <div class="wp-block-group"><div class="wp-block-heading">More from Tideland Star</div>
    <div class="wp-block-query">{TEASERS}</div></div>
</div><div class="wp-block-template-part footer">{FOOTER}</div></div></body></html>"""

TABLES_AND_BREAKS = f"""\
<html><head><title>Tideland Star | {TITLE}</title></head><body bgcolor="#ffffff">
<table width="780"><tr><td colspan="3"><a href="/"><img src="/logo.gif"></a></td></tr>
<tr><td width="140" valign="top"><font size="1">{NAV.replace("</a> ", "</a><br>")}<br>
  <a href="/weather">Weather</a><br><a href="/tides">Tides</a><br><a href="/jobs">Jobs</a></font></td>
<td width="480" valign="top">
  <font size="1"><a href="/section.php?cat=4">Outer Islands</a> <a href="/section.php?cat=9">Saltmere Sound</a>
    <a href="/section.php?cat=1">World</a></font><br>
  <font size="5"><b>{TITLE}</b></font><br><br>
  <font size="4">{TITLE}</font><br><img src="/pictures/call.jpg" width="460"><br>
  <font size="1">Source: Getty Images</font><br>
  <font size="1">&bull; Published<b>February 14, 2025</b></font><br><br>
  <font size="2">{"<br><br>".join(PARAGRAPHS)}<br><br>&nbsp;<br><br>&nbsp;<br><br></font>
  <font size="2"><b><a href="/authors/17">{AUTHOR}</a></b></font><br><br>
  <font size="2">{BIOGRAPHY}</font><br><br>
</td><td width="160" valign="top"><font size="1"><b>Also today</b><br>
  {"<br>".join(f'<a href="{link}">{title}</a>' for title, link in OTHERS)}</font></td></tr>
<tr><td colspan="3" align="center"><font size="1">&copy; 2025 Tideland Star. All rights reserved.</font></td></tr>
</table></body></html>"""

LAYOUTS = {
    "classic WordPress": CLASSIC_WORDPRESS,
    "blocks of divs": BLOCKS_OF_DIVS,
    "tables and breaks": TABLES_AND_BREAKS,
}
FEED = Hint(
    title=TITLE,
    author=AUTHOR,
    summary=PARAGRAPHS[0][:160] + " […]",
    language="en-us",
    published_at=datetime(2025, 2, 14, 12, 3, 11, tzinfo=UTC),
    categories=CATEGORIES,
)


def read(html: str, hint: Hint) -> ExtractedText:
    return extract_article(html.encode(), URL, hint, "text/html; charset=utf-8")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("hint", [Hint(), FEED], ids=["without the feed", "with the feed"])
def test_exactly_the_nine_paragraphs_are_kept(layout: str, hint: Hint) -> None:
    """Neither categories, titles, credit and date above nor the author's name and biography below."""
    found = read(LAYOUTS[layout], hint)
    assert found.text.split("\n\n") == PARAGRAPHS
    assert found.verdict is Verdict.FULL


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("hint", [Hint(), FEED], ids=["without the feed", "with the feed"])
def test_what_stood_around_them_is_known_as_what_it_is(layout: str, hint: Hint) -> None:
    """Title, byline, day and the three categories, and no others."""
    found = read(LAYOUTS[layout], hint)
    assert (found.title, found.byline) == (TITLE, AUTHOR)
    assert found.published_at is not None
    assert found.published_at.date() == date(2025, 2, 14)
    assert {found.section, *found.tags} - {""} == set(CATEGORIES)
    assert found.image in {"", *(f"https://www.tideland-star.example/{path}call.jpg" for path in IMAGES)}


IMAGES = ("wp-content/uploads/2025/02/", "uploads/", "pictures/")
CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder")
@pytest.mark.parametrize("tag", ["p", "div"])
def test_the_founding_text_itself_comes_out_clean(tag: str) -> None:
    """Its lines as a careless site would have marked them up, one element each: nine paragraphs are left."""
    kept = min((Path(CORPUS) / "seed").glob("*.txt")).read_text(encoding="utf-8")
    lines = [line.strip() for line in kept.splitlines() if line.strip()]
    title, name, biography = lines[1], lines[-2], lines[-1]
    assert (lines[2], lines[3][:7], len(lines)) == (title, "Source:", 16)
    body = "".join(f"<{tag}>{line}</{tag}>" for line in lines[2:])
    html = (
        f"<html><head><title>{title}</title></head><body><main><div class='cats'>{lines[0]}</div>"
        f"<h1>{title}</h1><div class='content'>{body}</div></main></body></html>"
    )
    found = read(html, Hint(author=name))
    assert found.text.split("\n\n") == lines[5:14]
    assert biography not in found.text
