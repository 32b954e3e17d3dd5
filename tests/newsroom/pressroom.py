"""How our own web is printed: article pages, and feeds in RSS 2.0, Atom, RSS 1.0 (RDF) and JSON Feed 1.1.

Rules of this file: text in, bytes out, by hand, so that nothing here leans on what is under test. All
addresses are true ones; the newsroom makes them local when it serves them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tests.newsroom.prose import Story

_RIGHT_TO_LEFT = frozenset({"ar"})


@dataclass(frozen=True, slots=True)
class Paper:
    """A site: its name, its address (with the final slash) and how its pages are laid out."""

    name: str
    home: str
    language: str
    layout: str = "news"  # or "blog"


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as a feed of ours shows it."""

    link: str
    story: Story
    published_at: datetime
    summary: str
    guid: str = ""  # "": the link


# ---------------------------------------------------------------------------------------- pages


def article_page(paper: Paper, url: str, story: Story, at: datetime) -> bytes:
    body = _blog_body if paper.layout == "blog" else _news_body
    direction = ' dir="rtl"' if story.language in _RIGHT_TO_LEFT else ""
    head = [
        '<meta charset="utf-8">',
        f"<title>{escape(story.title)} | {escape(paper.name)}</title>",
        f'<link rel="canonical" href="{escape(url)}">',
        f'<meta property="og:title" content="{escape(story.title)}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:site_name" content="{escape(paper.name)}">',
        f'<meta property="article:published_time" content="{at.isoformat()}">',
        f'<meta name="author" content="{escape(story.byline)}">',
        f'<script type="application/ld+json">{_linked_facts(paper, url, story, at)}</script>',
    ]
    return _document(f'<html lang="{story.language}"{direction}>', head, body(paper, story, at))


def home_page(paper: Paper, feeds: tuple[str, ...]) -> bytes:
    """Return a front page that lets a reader discover the feeds."""
    links = [f'<link rel="alternate" type="application/rss+xml" href="{escape(feed)}">' for feed in feeds]
    head = ['<meta charset="utf-8">', f"<title>{escape(paper.name)}</title>", *links]
    body = f"<body>{_navigation(paper)}<h1>{escape(paper.name)}</h1></body>"
    return _document(f'<html lang="{paper.language}">', head, body)


def _document(html: str, head: list[str], body: str) -> bytes:
    return "\n".join(["<!DOCTYPE html>", html, "<head>", *head, "</head>", body, "</html>", ""]).encode()


def _linked_facts(paper: Paper, url: str, story: Story, at: datetime) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": at.isoformat(),
        "author": {"@type": "Person", "name": story.byline},
        "publisher": {"@type": "Organization", "name": paper.name},
        "mainEntityOfPage": url,
    }
    return json.dumps(facts, ensure_ascii=False).replace("/", "\\/")  # as many sites write it


def _news_body(paper: Paper, story: Story, at: datetime) -> str:
    return f"""<body>
<div class="cookie-banner">We use cookies to count visits. <button>Accept</button> <a href="/privacy">More</a></div>
<header><a href="/">{escape(paper.name)}</a>{_navigation(paper)}</header>
<main><article>
<h1>{escape(story.title)}</h1>
<p class="byline">{escape(story.byline)} · <time datetime="{at.isoformat()}">{at:%d.%m.%Y %H:%M}</time></p>
<figure><img src="/pictures/lead.jpg" alt=""><figcaption>Photo: {escape(paper.name)} archive</figcaption></figure>
{_paragraphs(story)}
<div class="share"><a href="#">Share</a> <a href="#">Print</a></div>
</article>
<aside><h2>Most read</h2><ul><li><a href="/weather">Weather</a></li><li><a href="/puzzle">Puzzle</a></li></ul></aside>
</main>
<footer><p>© {escape(paper.name)}. All rights reserved. <a href="/imprint">Imprint</a></p></footer>
</body>"""


def _blog_body(paper: Paper, story: Story, at: datetime) -> str:
    return f"""<body class="post-template">
<div id="top"><a class="logo" href="/">{escape(paper.name)}</a>{_navigation(paper)}</div>
<div id="content" class="post">
<h2 class="post-title">{escape(story.title)}</h2>
<div class="meta">Posted on <time datetime="{at.isoformat()}">{at:%B %d, %Y}</time> by {escape(story.byline)}</div>
<div class="entry-content">
{_paragraphs(story)}
</div>
<div class="subscribe">Liked this? <a href="/subscribe">Get the next one by mail.</a></div>
</div>
<div id="sidebar"><h3>Archive</h3><ul><li><a href="/2025/">2025</a></li><li><a href="/2024/">2024</a></li></ul></div>
<div id="footer">Written by hand. <a href="/about">About</a></div>
</body>"""


def _paragraphs(story: Story) -> str:
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs)


def _navigation(paper: Paper) -> str:
    names = ("News", "Culture", "Sport", "Letters", "Archive")
    links = "".join(f'<li><a href="{escape(paper.home)}{name.lower()}/">{name}</a></li>' for name in names)
    return f"<nav><ul>{links}</ul></nav>"


# ---------------------------------------------------------------------------------------- feeds


def rss20(paper: Paper, url: str, items: tuple[Item, ...], *, full: bool = False) -> bytes:
    """Return an RSS 2.0 document; `full` puts the whole text into content:encoded."""
    return _xml(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
        f"<title>{escape(paper.name)}</title>",
        f"<link>{escape(paper.home)}</link>",
        f"<description>{escape(paper.name)}</description>",
        f"<language>{paper.language}</language>",
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(url)}"/>',
        *(_rss_item(item, full=full) for item in items),
        "</channel></rss>",
    )


def _rss_item(item: Item, *, full: bool) -> str:
    whole = escape(_paragraphs(item.story))
    return (
        f"<item><title>{escape(item.story.title)}</title><link>{escape(item.link)}</link>"
        f'<guid isPermaLink="{"false" if item.guid else "true"}">{escape(item.guid or item.link)}</guid>'
        f"<pubDate>{format_datetime(item.published_at)}</pubDate>"
        f"<dc:creator>{escape(item.story.byline)}</dc:creator>"
        f"<description>{escape(item.summary)}</description>"
        + (f"<content:encoded>{whole}</content:encoded>" if full else "")
        + "</item>"
    )


def atom(paper: Paper, url: str, items: tuple[Item, ...]) -> bytes:
    newest = max((item.published_at for item in items), default=None)
    return _xml(
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(paper.name)}</title>",
        f"<id>{escape(url)}</id>",
        f'<link rel="self" href="{escape(url)}"/>',
        f'<link href="{escape(paper.home)}"/>',
        f"<updated>{_iso(newest) if newest else '2026-01-01T00:00:00Z'}</updated>",
        *map(_atom_entry, items),
        "</feed>",
    )


def _atom_entry(item: Item) -> str:
    return (
        f'<entry xml:lang="{item.story.language}"><title>{escape(item.story.title)}</title>'
        f'<link rel="alternate" type="text/html" href="{escape(item.link)}"/>'
        f"<id>{escape(item.guid or item.link)}</id>"
        f"<published>{_iso(item.published_at)}</published><updated>{_iso(item.published_at)}</updated>"
        f"<author><name>{escape(item.story.byline)}</name></author>"
        f"<summary>{escape(item.summary)}</summary></entry>"
    )


def rdf(paper: Paper, url: str, items: tuple[Item, ...]) -> bytes:
    listed = "".join(f'<rdf:li rdf:resource="{escape(item.link)}"/>' for item in items)
    return _xml(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">',
        f'<channel rdf:about="{escape(url)}"><title>{escape(paper.name)}</title>',
        f"<link>{escape(paper.home)}</link><description>{escape(paper.name)}</description>",
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>",
        *(
            f'<item rdf:about="{escape(item.link)}"><title>{escape(item.story.title)}</title>'
            f"<link>{escape(item.link)}</link><description>{escape(item.summary)}</description>"
            f"<dc:date>{_iso(item.published_at)}</dc:date><dc:creator>{escape(item.story.byline)}</dc:creator></item>"
            for item in items
        ),
        "</rdf:RDF>",
    )


def json_feed(paper: Paper, url: str, items: tuple[Item, ...]) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.name,
        "home_page_url": paper.home,
        "feed_url": url,
        "items": [
            {
                "id": item.guid or item.link,
                "url": item.link,
                "title": item.story.title,
                "summary": item.summary,
                "date_published": _iso(item.published_at),
                "authors": [{"name": item.story.byline}],
                "language": item.story.language,
            }
            for item in items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _xml(*lines: str) -> bytes:
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', *lines, ""]).encode()


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
