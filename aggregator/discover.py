"""Where the feeds of a page are: what it links to, and where to look when it links to none.

RSS autodiscovery (`<link rel="alternate">`, www.rssboard.org/rss-autodiscovery), JSON Feed's likewise, and the
links that people would click on. The best comes first: what the head announces in its own order, then links in
the text, then feeds of comments, which hardly anybody wants to follow. Pure: nothing is asked for here, and
nothing that a page says raises. Places that are only guessed at are on the page's own site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from lxml import etree

from aggregator.charsets import codec_of, label_in_header, label_in_page, marked
from aggregator.markup import clean_text, without_controls
from aggregator.urls import LONGEST_URL, absolute, canonical_url, is_http, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_LINKS = 100  # that are returned; honest pages have up to 40
MAX_PLACES = 8  # guesses; each is a request
_LONGEST_TITLE = 200  # characters

HEAD, BODY, COMMENTS = "head", "body", "comments"  # where a link was found, the best first

_TYPES = frozenset(
    f"{main}/{sub}"
    for main in ("application", "text")
    for sub in "rss+xml atom+xml rdf+xml rss atom rdf x-rss+xml x-atom+xml feed+json rss+json xml".split()
)
_MAYBE_TYPES = frozenset(
    ("", "application/json", "text/plain", "text/html")
)  # if the address looks like a feed's
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?:)", re.IGNORECASE)
# The end of a path, or a query, by which the programs of the web name their feeds.
_LOOKS_LIKE = re.compile(
    r"\.(?:rss|atom|rdf)$|(?:^|[/._-])(?:rss|feeds?|atom|index|news|blog)\d?\.(?:xml|json)$"
    r"|/(?:feeds?|rss2?|atom)/?$|/feeds?/(?:posts/default|rss2?|atom|json|rdf)/?$|\?(?:.*&)?feed=(?:rss2?|atom|rdf|json)\b",
    re.IGNORECASE,
)
_ENDS_IN_XML = re.compile(r"\.xml$", re.IGNORECASE)
_SAYS_SO = re.compile(
    r"\b(?:rss|atom)(?:[\s-]*feeds?)?(?:\s*[\d.]+)?$|^(?:xml|json|web)?[\s-]?feeds?$", re.IGNORECASE
)
_LONGEST_LABEL = 40  # characters of a link's text that names a feed, not an article about one
_NO_FEED = re.compile(
    r"/wp-json(?:/|$)|[?&]rest_route=|oembed|sitemap|opensearch|/osd\.xml|xmlrpc|manifest\.json$|/rsd\.xml",
    re.IGNORECASE,
)
_ADDRESS_WITHIN = re.compile(
    r"(?:https?|feed)(?::|%3a)(?:/|%2f)", re.IGNORECASE
)  # "subscribe with …": a service
_OF_COMMENTS = re.compile(
    r"\b(?:comments?|kommentar\w*|commenta?ires?|comentarios?|comentários?|commenti|reacties|komentarz\w*|komment\w*"
    r"|коммент\w*|yorum\w*|replies)\b|コメント|评论|評論|댓글",
    re.IGNORECASE,
)
_COMMENTS_PATH = re.compile(r"/comments?(?:/|\.|$)|[/_-]comments?[/_-]?(?:feed|rss)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A link to what seems to be a feed."""

    url: str  # absolute http(s)
    title: str = ""  # what the page calls it
    type: str = ""  # as announced, lower case; "" where nothing was
    where: str = HEAD


def find_feed_links(page: bytes, url: str, content_type: str = "") -> tuple[FeedLink, ...]:
    """Return the feeds that a page links to, each once, the best first. `url` is where the page came from."""
    links = _read(_text(page, content_type))
    base = absolute(url, links.base) or url
    found: dict[str, FeedLink] = {}
    for link in sorted(links.feeds(base), key=lambda link: _rank(link, url)):
        found.setdefault(canonical_url(link.url), link)
    found.pop(canonical_url(url), None)  # the page itself is none
    return tuple(found.values())[:MAX_LINKS]


def _rank(link: FeedLink, page: str) -> tuple[int, bool, bool]:
    """Sort by where it was found; in the text the page's own site and addresses like a feed's come first."""
    in_text = link.where == BODY
    return (
        (HEAD, BODY, COMMENTS).index(link.where),
        in_text and site_of(link.url) != site_of(page),
        in_text and not _LOOKS_LIKE.search(_path(link.url)),
    )


# ---------------------------------------------------------------------------------------------- reading


class _Links:
    """Receives lxml's parser events and keeps the links; nothing of it depends on how deep a page is."""

    def __init__(self) -> None:
        self.base = ""
        self._head: list[Mapping[str, str]] = []
        self._anchors: list[tuple[str, list[str]]] = []  # address; what stands in the link
        self._open = False

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:
        attributes = {str(name): str(value) for name, value in attrib.items()}
        if tag == "base":
            self.base = self.base or attributes.get("href", "")
        elif tag == "link":
            self._head.append(attributes)
        elif tag in {"a", "area"} and "href" in attributes:
            labels = [attributes.get(name, "") for name in ("title", "aria-label", "alt")]
            self._anchors.append((attributes["href"], labels))
            self._open = tag == "a"
        elif tag == "img" and self._open:
            self._anchors[-1][1].append(attributes.get("alt", ""))

    def end(self, tag: str | bytes) -> None:
        if tag == "a":
            self._open = False

    def data(self, data: str | bytes) -> None:
        if self._open:
            self._anchors[-1][1].append(str(data))

    def comment(self, text: str | bytes) -> None:
        """Comments link to nothing."""

    def close(self) -> None:
        """Tell lxml that there is no tree."""

    def feeds(self, base: str) -> Iterator[FeedLink]:
        for attributes in self._head:
            if link := _announced(attributes, base):
                yield link
        for href, labels in self._anchors:
            if link := _clickable(href, labels, base):
                yield link


def _read(text: str) -> _Links:
    links = _Links()
    parser = etree.HTMLParser(target=links, encoding="utf-8", huge_tree=True)
    try:
        parser.feed(text.encode("utf-8"))
        parser.close()
    except etree.LxmlError:
        pass  # libxml2 gave up in the middle: what it had read so far is what we have
    return links


def _text(page: bytes, content_type: str) -> str:
    """Return a page as text; what no encoding explains is read as windows-1252 (only titles would suffer)."""
    named = map(codec_of, (label_in_header(content_type), label_in_page(page)))
    for codec in filter(None, (marked(page), "utf-8", *named)):
        try:
            return without_controls(page.decode(codec).removeprefix("\ufeff"))
        except UnicodeError:
            continue
    return without_controls(page.decode("cp1252", "replace"))


# ---------------------------------------------------------------------------------------------- judging


def _announced(attributes: Mapping[str, str], base: str) -> FeedLink | None:
    """Return what a link element announces, if it is a feed."""
    rel = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    url = _address(attributes.get("href", ""), base)
    if not url or _NO_FEED.search(url) or "stylesheet" in rel or not {"alternate", "feed"} & set(rel):
        return None
    # A page in another language or for another screen has no type, or one of a page.
    unlike = kind in _MAYBE_TYPES and not ("feed" in rel or _LOOKS_LIKE.search(_path(url)))
    if unlike or (kind not in _TYPES and kind not in _MAYBE_TYPES) or (not kind and "hreflang" in attributes):
        return None
    return _link(url, attributes.get("title", ""), kind, HEAD)


def _clickable(href: str, labels: Iterable[str], base: str) -> FeedLink | None:
    """Return what a link in the text leads to, if its address or its words say that it is a feed."""
    url = _address(href, base)
    if not url or _NO_FEED.search(url) or _ADDRESS_WITHIN.search(url, len("https:")):
        return None
    label = next((text for each in labels if (text := clean_text(each))), "")
    path = _path(url)
    says_so = len(label) <= _LONGEST_LABEL and _SAYS_SO.search(label)
    if not (says_so or _LOOKS_LIKE.search(path) or _ENDS_IN_XML.search(path)):
        return None
    return _link(url, label, "", BODY)


def _link(url: str, title: str, kind: str, where: str) -> FeedLink:
    title = clean_text(title)[:_LONGEST_TITLE]
    of_comments = _OF_COMMENTS.search(title) or _COMMENTS_PATH.search(_path(url))
    return FeedLink(url, title, kind, COMMENTS if of_comments else where)


def _address(href: str, base: str) -> str:
    """Return the address of a link; a scheme of its own (feed://…) means http."""
    href = _FEED_SCHEME.sub("", href.strip())
    if href.lower().startswith("feed://"):
        href = "http" + href[len("feed") :]
    url = absolute(base, href) if href and len(href) <= LONGEST_URL else ""
    return url.partition("#")[0]


def _path(url: str) -> str:
    """Return path and query: what names a document on its host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


# ---------------------------------------------------------------------------------------------- guessing

_AT_ROOT = ("feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss", "feed.json", "?feed=rss2")
_IN_FOLDER = ("feed", "index.xml")  # of blogs that are a part of a site: WordPress, Hugo


def common_places(url: str) -> tuple[str, ...]:
    """Return where a site's feeds often are, likeliest first: all on the same site, none of them known to exist."""
    if not is_http(url):
        return ()
    parts = urlsplit(absolute(url, ""))
    segments = [
        quote(segment, safe="%@:!$&'()*+,;=~-._", errors="replace")
        for segment in parts.path.split("/")
        if segment
    ]
    own = _OWN.get(site_of(url).removeprefix("m.").removeprefix("old."))
    paths = own(segments, parts.query) if own else _usual(segments)
    return tuple(
        dict.fromkeys(urlunsplit((parts.scheme, parts.netloc, "", "", "")) + path for path in paths)
    )[:MAX_PLACES]


def _usual(segments: list[str]) -> list[str]:
    folder = segments[:-1] if segments and "." in segments[-1] else segments
    own = [f"/{'/'.join(folder)}/{name}" for name in _IN_FOLDER] if folder else []
    person = (
        [f"/{segments[0]}.rss"] if segments and segments[0].startswith("@") else []
    )  # Mastodon and its kin
    return [*person, *own, *(f"/{name}" for name in _AT_ROOT)]


def _youtube(segments: list[str], query: str) -> list[str]:
    named = parse_qs(query)
    ids = {"playlist_id": named.get("list", [""])[0], "channel_id": "", "user": ""}
    match segments:
        case ["channel", name, *_]:
            ids["channel_id"] = name
        case ["user", name, *_]:
            ids["user"] = name
    return [f"/feeds/videos.xml?{key}={quote(value, safe='%')}" for key, value in ids.items() if value]


def _github(segments: list[str], _query: str) -> list[str]:
    match segments:
        case [owner]:
            return [f"/{owner}.atom"]
        case [owner, repository, *_]:
            return [f"/{owner}/{repository}/{name}.atom" for name in ("releases", "tags", "commits")]
    return []


def _reddit(segments: list[str], _query: str) -> list[str]:
    return [f"/{'/'.join(segments[:2])}/.rss" if segments else "/.rss"]


def _medium(segments: list[str], _query: str) -> list[str]:
    return [f"/feed/{segments[0]}"] if segments else []


_OWN = {"youtube.com": _youtube, "github.com": _github, "reddit.com": _reddit, "medium.com": _medium}
