"""The feeds of a page are found, the best first; what is no feed is not; no page can make it fail."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.discover import MAX_LINKS, MAX_PLACES, FeedLink, common_places, find_feed_links
from aggregator.urls import absolute, canonical_url, is_http, site_of

PAGE = "https://site.example/blog/post.html"


def urls(html: str, url: str = PAGE) -> list[str]:
    return [link.url for link in find_feed_links(html.encode(), url)]


def link(
    href: str = "/feed", rel: str = "alternate", kind: str = "application/rss+xml", more: str = ""
) -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}" {more}>'


# ---------------------------------------------------------------------------------------- what the head says


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(link(), id="RSS"),
        pytest.param(link(kind="application/atom+xml"), id="Atom"),
        pytest.param(link(kind="application/rdf+xml"), id="RDF"),
        pytest.param(link(kind="application/feed+json"), id="JSON Feed"),
        pytest.param(link(kind="text/xml"), id="XML"),
        pytest.param(
            link(kind=" Application/RSS+XML; charset=utf-8 "), id="a type with spaces and a charset"
        ),
        pytest.param(link(rel="Home ALTERNATE"), id="several relations in any case"),
        pytest.param(link(rel="feed", kind=""), id="the relation feed"),
        pytest.param(link(kind=""), id="no type, but the address of a feed"),
        pytest.param(link(" https://site.example/feed\n"), id="an address with spaces"),
        pytest.param(link("feed://site.example/feed").replace("feed://", "feed:https://"), id="feed:https:"),
        pytest.param("<LINK REL=alternate TYPE=application/rss+xml HREF=/feed>", id="no quotes, capitals"),
        pytest.param(f"<body><div><p>{link()}", id="in the body"),
        pytest.param(link() + link("/feed#top") + link("/feed/"), id="the same three times"),
        pytest.param("<div>" * 5_000 + link(), id="very deep"),
    ],
)
def test_a_link_in_the_head_is_a_feed(html: str) -> None:
    """However it is written."""
    assert urls(html) == ["https://site.example/feed"]


def test_a_scheme_of_readers_means_http() -> None:
    """It was made for programs that follow feeds; servers do not know it."""
    assert urls(link("feed://site.example/feed")) == ["http://site.example/feed"]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(link(rel="stylesheet alternate"), id="another style"),
        pytest.param(link(rel="next"), id="another relation"),
        pytest.param('<link rev="alternate" type="application/rss+xml" href="/feed">', id="rev"),
        pytest.param(link(kind="application/ rss+xml"), id="no type at all"),
        pytest.param(link("/de/", kind="text/html", more='hreflang="de"'), id="another language"),
        pytest.param(link("/amp", kind=""), id="another page"),
        pytest.param(link("/wp-json/wp/v2/posts/1", kind="application/json"), id="WordPress's interface"),
        pytest.param(link("/wp-json/oembed/1.0/embed?format=xml", kind="text/xml+oembed"), id="oEmbed"),
        pytest.param(link("/opensearch.xml", kind="application/xml"), id="a search description"),
        pytest.param(link("javascript:alert(1)"), id="a script"),
        pytest.param(link("data:application/rss+xml,x"), id="data"),
        pytest.param(link("file:///etc/passwd"), id="a file"),
        pytest.param(link(""), id="no address"),
        pytest.param(link("http://["), id="a broken address"),
        pytest.param(f"<!-- {link()} -->", id="in a comment"),
        pytest.param(f"<script>document.write('{link()}')</script>", id="in a script"),
        pytest.param(f"<textarea>{link()}</textarea>", id="in a form"),
    ],
)
def test_other_links_are_no_feeds(html: str) -> None:
    """A request for them would be in vain."""
    assert urls(html) == []


def test_titles_and_types_are_told_as_announced() -> None:
    """On one line, whatever the encoding of the page."""
    page = (
        f'<meta charset="iso-8859-1">{link(more="title=" + chr(34) + "Fähre" + chr(10) + "heute" + chr(34))}'
    )
    expected = FeedLink("https://site.example/feed", "Fähre heute", "application/rss+xml", "head")
    for body in (page.encode("latin-1"), page.encode(), page.encode("utf-16")):
        assert find_feed_links(body, PAGE) == (expected,)
    assert find_feed_links(
        page.partition(">")[2].encode("cp1251", "replace"), PAGE, "text/html; charset=bogus"
    )


def test_addresses_stand_against_the_base_of_the_page() -> None:
    """The first base element counts, for the links before it too; one that cannot be used is none."""
    page = link("a.rss") + '<base href="/there/"><base href="/elsewhere/">'
    assert urls(page) == ["https://site.example/there/a.rss"]
    assert urls(link("a.rss") + '<base href="javascript:x">') == ["https://site.example/blog/a.rss"]


# ---------------------------------------------------------------------------------------------- the order


def test_the_head_comes_first_then_the_text_and_comments_last() -> None:
    """In the head the author's own order counts: what stands first is the main feed."""
    html = (
        '<a href="/rss.xml">RSS</a>'
        + link("/comments/feed/", more='title="Site » Comments Feed"')
        + link("/post/feed/", more='title="Seite » Kommentar-Feed"')
        + link("/feed/", more='title="Site » Feed"')
        + link("/feed/atom/", kind="application/atom+xml")
    )
    paths = ["/feed/", "/feed/atom/", "/rss.xml", "/comments/feed/", "/post/feed/"]
    assert urls(html) == [f"https://site.example{path}" for path in paths]


def test_links_in_the_text_are_feeds_by_address_or_words() -> None:
    """Those of the same site and with an address like a feed's first; articles about RSS are none."""
    html = """
      <a href="https://other.example/feed.xml">A friend's</a>
      <a href="/subscribe"><img src="x.png" alt="RSS"></a>
      <a href="/about-rss">Why we love RSS and what became of it after all these years of neglect</a>
      <a href="/news/atom">Latest</a> <a href="/notes.rss">Notes</a>
      <a href="https://reader.example/add?u=https%3A%2F%2Fsite.example%2Ffeed">Reader</a>
      <a href="/sitemap.xml">Sitemap</a> <a href="/essay">essay</a> <a href="#rss">RSS</a> <a>RSS</a>
    """
    found = ["/news/atom", "/notes.rss", "/subscribe"]
    assert [u for u in urls(html) if "site.example" in u] == [f"https://site.example{path}" for path in found]
    assert urls(html)[-1] == "https://other.example/feed.xml"


# ------------------------------------------------------------------------------------------ common places


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("https://site.example", "https://site.example/feed"),
        ("https://site.example:8443/x/y.html", "https://site.example:8443/x/feed"),
        ("https://site.example/blog/", "https://site.example/blog/feed"),
        ("https://www.youtube.com/channel/UC12", "https://www.youtube.com/feeds/videos.xml?channel_id=UC12"),
        (
            "https://www.youtube.com/watch?v=1&list=PL1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
        ),
        ("https://www.youtube.com/user/ada", "https://www.youtube.com/feeds/videos.xml?user=ada"),
        ("https://github.com/lxml/lxml/issues", "https://github.com/lxml/lxml/releases.atom"),
        ("https://github.com/lxml", "https://github.com/lxml.atom"),
        ("https://old.reddit.com/r/rss/top", "https://old.reddit.com/r/rss/.rss"),
        ("https://medium.com/@ada/post-1", "https://medium.com/feed/@ada"),
        ("https://social.example/@ada", "https://social.example/@ada.rss"),
    ],
)
def test_places_where_feeds_often_are(url: str, first: str) -> None:
    """The likeliest first; big sites have places of their own."""
    assert common_places(url)[0] == first


def test_a_whole_site_is_searched_in_its_root() -> None:
    """By the names that blogging programs give."""
    names = ["feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss", "feed.json", "?feed=rss2"]
    assert common_places("https://site.example/") == tuple(f"https://site.example/{name}" for name in names)


# ------------------------------------------------------------------------------------------ never a failure

HTML = st.lists(
    st.sampled_from(
        [
            "<link rel=alternate type=application/rss+xml href=", "<a href=", "<base href='", "'", '"', ">", "</a>",
            "/feed", "http://[", "//x:99999/", "feed:", "RSS", "\x00", "\ud800", "<!--", "<script>", "&#xD800;", " ",
            "http://a.example/", "é", "<img alt=rss>", "<svg>", "<?xml version='1.0' encoding='x'?>", "\u202e",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip
BYTES = st.one_of(st.binary(max_size=200), HTML.map(lambda html: html.encode("utf-8", "surrogatepass")))
ADDRESSES = st.one_of(
    st.text(max_size=40), HTML, st.just(PAGE), st.text(max_size=20).map("https://github.com/".__add__)
)


@given(BYTES, ADDRESSES, st.text(max_size=30))
def test_any_page_has_an_answer(page: bytes, url: str, content_type: str) -> None:
    """Whatever the bytes, the address and the header: links that can be asked for, each once."""
    found = find_feed_links(page, url, content_type)
    assert all(is_http(each.url) for each in found)
    assert len({canonical_url(each.url) for each in found}) == len(found) <= MAX_LINKS


@given(ADDRESSES)
def test_guesses_stay_on_the_site(url: str) -> None:
    """Nobody is sent elsewhere by a guess."""
    places = common_places(url)
    assert len(set(places)) == len(places) <= MAX_PLACES
    assert all(is_http(place) and site_of(place) == site_of(url) for place in places)


def test_a_hundred_thousand_links_are_cut_short() -> None:
    """An honest page has a handful."""
    assert len(urls("".join(link(f"/feed/{n}.rss") for n in range(5_000)))) == MAX_LINKS


# ------------------------------------------------------------------------------------------- real pages

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
corpus = pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder of documents")
MIRROR = b"https://web.archive.org/web/20110926231958/"  # the pages were saved from there


def rows(path: Path) -> list[dict[str, Any]]:
    body = path.read_bytes()
    return [
        json.loads(line) for line in (gzip.decompress(body) if path.suffix == ".gz" else body).splitlines()
    ]


@pytest.mark.corpus
@corpus
def test_every_page_of_the_autodiscovery_suite_names_its_feed() -> None:
    """Quotes or none, capitals, carriage returns, distractions in rel, rev and type, a base."""
    folder = Path(CORPUS) / "feeds" / "autodiscovery"
    wrong = {}
    for row in rows(folder / "manifest.jsonl"):
        page = (folder / row["file"]).read_bytes().replace(MIRROR, b"")
        first = next(iter(find_feed_links(page, row["page_url"])), None)
        if first is None or first.url != row.get("expected_feed_url", first.url):
            wrong[row["id"]] = first
    assert wrong == {}


@pytest.mark.corpus
@corpus
@pytest.mark.slow
def test_every_feed_that_the_head_of_a_real_page_names_is_found() -> None:
    """796 pages, 965 feeds; pages with a base element are judged by it."""
    named = {row["page"]: row for row in rows(Path(CORPUS) / "urls" / "page_canonicals.jsonl.gz")}
    missing = []
    for manifest in (Path(CORPUS) / "pages").glob("*/manifest.jsonl"):
        for row in rows(manifest):
            known = named.get(row["id"], {})
            if not known.get("feed_links"):
                continue
            body = gzip.decompress((manifest.parent / row["html"]).read_bytes())
            if b"<base " in body:
                continue
            found = {canonical_url(each.url) for each in find_feed_links(body, known["url"])}
            wanted = {canonical_url(absolute(known["url"], each["href"])) for each in known["feed_links"]}
            missing += sorted(wanted - found - {""})
    assert missing == []
