"""Pages of our own with known verdicts: walls as sites word them, previews, dead ends, lists, and whole articles.

The words are in `tests/data/verdicts`; what is said of a page's markup is made here. A part of the pages was kept
back while rules were written, and judged once, blindly: 87 of 97 right. What failed then was mended in general terms,
so the part is a test of regressions since, like the other.
"""
# ruff: noqa: E501 - a page's markup is one line

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.models import ParsedEntry, Response, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "data" / "verdicts"
URL = "https://www.courier.example/2025/02/ferries"
HTML = {"content-type": "text/html; charset=utf-8"}
SHORT = 2  # paragraphs of a preview


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page, how a person would judge it, and the entry of a feed that leads there."""

    name: str
    verdict: Verdict
    answer: Response
    entry: ParsedEntry
    held: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """A short article."""

    language: str
    title: str
    paragraphs: tuple[str, ...]


def labelled_pages() -> list[Labelled]:
    """Return all pages; names are unique."""
    return [
        *_worded(),
        *_answers(),
        *_gates(),
        *_other_sorts(),
        *_dead_shapes(),
        *_articles(),
        *_told_by_the_feed(),
    ]


@cache
def prose() -> dict[str, Prose]:
    """Return one article in each of several languages."""
    found = {}
    for head, lines in _records("prose.txt"):
        found[head] = Prose(head, lines[0].removeprefix("# "), tuple(lines[1:]))
    return found


def _records(name: str) -> Iterator[tuple[str, list[str]]]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for record in text.split("=== ")[1:]:
        head, *lines = record.strip().splitlines()
        yield head, lines


# ------------------------------------------------------------------------------------------------ markup

MENU = "".join(
    f'<li><a href="/{word.lower()}">{word}</a></li>'
    for word in ("News", "Coast", "Trade", "Culture", "Weather", "Opinion", "Sport", "Letters")
)
FOOT = (
    '<footer><p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a> <a href="/contact">Contact</a></p>'
    "<p>© 2025 Harbour Courier</p></footer>"
)
OTHERS = "".join(
    f'<li><a href="/2025/02/{n}"><h3>{title}</h3></a></li>'
    for n, title in enumerate(
        (
            "The lighthouse that nobody wanted to keep",
            "Herring prices fall for a third week",
            "A choir of forty moves into the old customs house",
            "Why the tide tables were wrong in March",
            "School boat to sail twice a day from autumn",
            "Nine photographs from the regatta",
        )
    )
)


def entry(title: str = "", summary: str = "", content: str = "", link: str = URL) -> ParsedEntry:
    return ParsedEntry(guid=link, link=link, title=title, summary_html=summary, content_html=content)


def answer(body: str, url: str = URL, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(url, url, status, HTML | (headers or {}), body.encode())


def html(body: str, title: str = "", head: str = "", lang: str = "en", classes: str = "") -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f'<body class="{classes}">{body}</body></html>'
    )


def site(main: str, title: str = "", head: str = "", lang: str = "en", classes: str = "") -> str:
    """Return a page with all that stands around its middle."""
    body = (
        f'<header><a href="/">Harbour Courier</a><nav><ul>{MENU}</ul></nav></header>{main}'
        f"<aside><h2>More stories</h2><ul>{OTHERS}</ul></aside>{FOOT}"
    )
    return html(body, f"{title} - Harbour Courier", head, lang, classes)


def paragraphs(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def article(text: Prose, lines: tuple[str, ...] | list[str] | None = None, end: str = "") -> str:
    return (
        f'<main><article><h1>{text.title}</h1><div class="entry-content">'
        f"{paragraphs(text.paragraphs if lines is None else lines)}{end}</div></article></main>"
    )


def declared(kind: str, **fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": kind, **fields})}</script>'


# ----------------------------------------------------------------------------------- as sites word them


def _worded() -> Iterator[Labelled]:
    for head, lines in _records("walls.txt"):
        verdict, part, name = head.split()
        build = _preview if lines[0].startswith("@ ") else _wall
        yield Labelled(
            f"worded-{name}",
            Verdict(verdict),
            answer(build(lines, verdict)),
            entry("Night ferries"),
            part == "held",
        )


def _wall(lines: list[str], verdict: str) -> str:
    """Return a wall on an empty page, or a dead end within its site."""
    title, words = lines[0].removeprefix("# "), lines[1:]
    if verdict == "gone":
        return html(
            f'<header><nav><ul>{MENU}</ul></nav></header><main class="error-page"><h1>{words[0]}</h1>'
            f"{paragraphs(words[1:])}</main>{FOOT}",
            title,
        )
    return html(f'<div class="main-wrapper"><h1>{words[0]}</h1>{paragraphs(words[1:])}</div>', title)


def _preview(lines: list[str], _verdict: str) -> str:
    """Return the beginning of an article, and the prompt below it."""
    text = prose()[lines[0].removeprefix("@ ")]
    end = "".join(f"<p>{line}</p>" for line in lines[1:])
    return site(article(text, text.paragraphs[:SHORT], end), text.title, lang=text.language)


# ---------------------------------------------------------------------------------- statuses and headers


def _answers() -> Iterator[Labelled]:
    wall = html("<h1>Sorry</h1>")
    for status, headers, verdict in (
        (401, {}, Verdict.BLOCKED),
        (403, {}, Verdict.BLOCKED),
        (403, {"cf-mitigated": "challenge"}, Verdict.BLOCKED),
        (503, {"cf-mitigated": "challenge"}, Verdict.BLOCKED),
        (202, {"x-amzn-waf-action": "challenge"}, Verdict.BLOCKED),
        (405, {"x-amzn-waf-action": "captcha"}, Verdict.BLOCKED),
        (429, {}, Verdict.BLOCKED),
        (451, {}, Verdict.BLOCKED),
        (402, {}, Verdict.PAYWALLED),
        (404, {}, Verdict.GONE),
        (410, {}, Verdict.GONE),
        (500, {}, Verdict.EMPTY),
        (503, {}, Verdict.EMPTY),
        (204, {}, Verdict.EMPTY),
    ):
        name = f"status-{status}-{'-'.join(headers) or 'plain'}"
        yield Labelled(name, verdict, answer(wall, status=status, headers=headers), entry("Night ferries"))


# ----------------------------------------------------------------------------- gates without known words


def _gates() -> Iterator[Labelled]:
    bodies = {
        "challenge-only": '<div id="cf-wrapper"></div><script src="/cdn-cgi/challenge-platform/h/b.js"></script>',
        "captcha-frame": '<iframe src="https://geo.captcha-delivery.com/captcha/?initialCid=A"></iframe>',
        "captcha-unknown-language": '<p>Mholweni.</p><div class="g"></div><script src="https://hcaptcha.com/1/api.js"></script>',
        "app-shell": '<div id="root"></div><script src="/static/js/main.4f2.js"></script>',
        "app-shell-next": '<div id="__next"></div><script src="/_next/a.js"></script><script src="/_next/b.js"></script>',
        "app-shell-noscript": '<app-root></app-root><noscript>Inahitaji hati.</noscript><script src="a.js"></script>',
        "password-unknown-language": '<form><p>Ingia</p><input name="u"><input type="password"><button>Endelea</button></form>',
    }
    for number, (name, body) in enumerate(bodies.items()):
        yield Labelled(
            f"gate-{name}", Verdict.BLOCKED, answer(html(body)), entry("Feri"), held=bool(number % 2)
        )


# -------------------------------------------------------------------------------------------- other sorts


def _other_sorts() -> Iterator[Labelled]:
    for name, body, url, held in (
        ("video-declared", site(_about("Film: the first crossing"), head=declared("VideoObject", name="x")), URL, False),
        ("video-player", site(_about("Watch the first crossing") + _PLAYER), "https://courier.example/video/ferries", True),
        ("video-og", site(_about("Crossing"), head='<meta property="og:type" content="video.other">'), URL, True),
        ("gallery", site(_PICTURES), "https://courier.example/gallery/regatta", False),
        ("gallery-declared", site(_PICTURES, head=declared("ImageGallery")), URL, True),
        ("tag", site(_TEASERS, classes="archive tag tag-harbour"), "https://courier.example/tag/harbour/", False),
        ("category", site(_TEASERS), "https://courier.example/category/coast/", True),
        ("author", site(_TEASERS, head=declared("CollectionPage")), "https://courier.example/authors/ada-quill", True),
        ("home", site(_TEASERS, classes="home blog"), "https://courier.example/", False),
        ("home-german", site(_TEASERS, lang="de"), "https://bote.example/", True),
        ("search", site(_TEASERS, classes="search-results"), "https://courier.example/?s=ferries", False),
        ("search-typed", site(_TEASERS, head=declared("SearchResultsPage")), "https://x.example/find?q=boat", True),
        ("forum-index", site(_TOPICS, classes="section-viewforum"), "https://forum.example/viewforum.php?f=4", False),
        ("forum-list", site(_TOPICS), "https://forum.example/latest", True),
        ("product", site(_about("Rope, 20 m"), head=declared("Product", offers={"price": "9"})), URL, False),
        ("product-og", site(_about("Lamp"), head='<meta property="og:type" content="product">'), URL, True),
    ):  # fmt: skip
        yield Labelled(
            f"sort-{name}", Verdict.NOT_ARTICLE, answer(body, url), entry("Night ferries", link=url), held
        )
    for name, content, kind in (
        ("pdf", b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        ("pdf-as-html", b"%PDF-1.4\n", "text/html"),
        ("image", b"\xff\xd8\xff\xe0\x00", "image/jpeg"),
        ("sound", b"ID3\x04", "audio/mpeg"),
        ("film", b"\x00\x00\x00 ftypisom", "video/mp4"),
        ("archive", b"PK\x03\x04", "application/zip"),
        ("feed", b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "text/xml"),
        ("json", b'{"a": 1}', "application/json"),
    ):
        yield Labelled(
            f"kind-{name}",
            Verdict.NOT_ARTICLE,
            Response(URL, URL, 200, {"content-type": kind}, content),
            entry("Night ferries"),
        )


def _about(title: str) -> str:
    return f"<main><h1>{title}</h1><p>Aboard with the crew on a night without wind, from quay to quay.</p></main>"


_PLAYER = '<iframe src="https://player.example/embed/41" allowfullscreen></iframe>'
_PICTURES = (
    "<main><h1>The regatta in pictures</h1>"
    + "".join(
        f'<figure><img src="/{n}.jpg" alt=""><figcaption>Boat {n} at the buoy.</figcaption></figure>'
        for n in range(12)
    )
    + "</main>"
)
_TEASERS = (
    "<main>"
    + "".join(
        f'<article class="teaser"><h2><a href="/2025/02/{n}">{title}</a></h2><p>{line} <a href="/2025/02/{n}">Go</a></p>'
        "</article>"
        for n, (title, line) in enumerate(
            (
                (
                    "Night ferries return to Port Ellery",
                    "Two boats will cross the sound between dusk and dawn.",
                ),
                ("The lighthouse that nobody wanted", "A keeper was found at last, and he brings two cats."),
                ("Herring prices fall", "For a third week the market opened lower than it had closed."),
                (
                    "A choir moves into the customs house",
                    "Forty voices and one stove: the rooms are said to be cold.",
                ),
                ("School boat to sail twice a day", "From autumn on nobody has to run for the last one."),
                ("The tide tables were wrong", "An hour had been counted twice, the printer says."),
                ("New ropes for the southern quay", "The old ones had been there since the great storm."),
            )
        )
    )
    + '<nav><a rel="next" href="?page=2">Older</a></nav></main>'
)
_TOPICS = (
    "<main><h1>Boats and engines</h1><table>"
    + "".join(
        f'<tr><td><a href="/viewtopic.php?t={n}">{title}</a></td><td>{n * 3}</td><td><a href="/u/{n}">user{n}</a></td></tr>'
        for n, title in enumerate(
            (
                "Which paint for a wooden hull below the water line?",
                "Diesel engine runs hot after ten minutes",
                "Looking for a berth near Port Ellery in May",
                "Show us your boat: the long thread",
                "Anchor chain: 8 or 10 mm for a six metre boat",
                "Autopilot goes in circles since the update",
                "Second hand sails, what to look for",
            )
            * 3
        )
    )
    + "</table></main>"
)


# -------------------------------------------------------------------------------------- dead shapes of pages


def _dead_shapes() -> Iterator[Labelled]:
    frames = '<html><head><title>x</title></head><frameset cols="20%,80%"><frame src="menu.html"><frame src="text.html"></frameset></html>'
    bodies = {
        "blank": html(""),
        "spaces": html("<p>&nbsp;</p>" * 40),
        "chrome-only": html(f"<header><nav><ul>{MENU}</ul></nav></header>{FOOT}"),
        "frames": frames,
        "refresh": html("", head='<meta http-equiv="refresh" content="0; url=/2025/02/ferries-new">'),
        "refresh-script": html("<script>window.location.href = '/2025/02/ferries-new';</script>"),
        "picture-only": html('<img src="scan.jpg" alt="">'),
        "comment-only": "<!-- nothing to see -->",
        "template-only": html("<template><p>" + "word " * 80 + "</p></template>"),
        "nested-too-deeply": "<div>" * 3000 + "text",
    }
    for name, body in bodies.items():
        yield Labelled(f"shape-{name}", Verdict.EMPTY, answer(body), entry("Night ferries"))


# ---------------------------------------------------------------------------------------- whole articles


def _articles() -> Iterator[Labelled]:
    for number, text in enumerate(prose().values()):
        page = site(article(text), text.title, lang=text.language)
        yield Labelled(
            f"whole-{text.language}", Verdict.FULL, answer(page), entry(text.title), held=bool(number % 2)
        )
    for name, page, told in _hard_articles():
        yield Labelled(f"whole-{name}", Verdict.FULL, answer(page), told, held=name.endswith("*"))


def _hard_articles() -> Iterator[tuple[str, str, ParsedEntry]]:
    """Yield whole articles that look like something else."""
    en, de = prose()["en"], prose()["de"]
    none = entry(en.title)
    yield "print-view", html(f"<h1>{en.title}</h1>{paragraphs(en.paragraphs)}", en.title), none
    amp = '<link rel="canonical" href="https://www.courier.example/2025/02/ferries">'
    yield "amp*", html(article(en), en.title, head=amp).replace("<html", "<html amp"), none
    yield "canonical-to-home", site(article(en), en.title, head='<link rel="canonical" href="/">'), none
    banner = "<div><p>We use cookies to improve your experience.</p><button>Accept all</button></div>"
    yield "cookie-banner", site(banner + article(en), en.title), none
    login = '<form><input name="u"><input type="password"><button>Log in</button></form>'
    yield "login-in-header*", site(login + article(en), en.title), none
    yield "says-not-free*", site(article(en, en.paragraphs + de.paragraphs), en.title, declared("NewsArticle", isAccessibleForFree=False)), none  # fmt: skip
    prompt = "<p>Subscribe to our newsletter and never miss a boat.</p>"
    yield "newsletter-below", site(article(en, en.paragraphs + de.paragraphs, prompt), en.title), none
    robots = Prose("en", "The captcha that nobody passes", ("The site asks every visitor to prove that they are not a robot.", *en.paragraphs))  # fmt: skip
    yield "about-robots", site(article(robots), robots.title), entry(robots.title)
    cookies = Prose("en", "Accept all: how a banner won", ("“We value your privacy”, the banner says, and means the contrary.", *en.paragraphs))  # fmt: skip
    yield "about-consent*", site(article(cookies), cookies.title), entry(cookies.title)
    missing = Prose("en", "Page not found: the story of an error", ("For thirty years a 404 error has told readers that they are lost.", *en.paragraphs))  # fmt: skip
    yield "about-404*", site(article(missing), missing.title), entry(missing.title)
    note = "First ferry back. The harbour smells of chips again, and of diesel."
    yield "note-confirmed", site(article(en, [note]), "Ferry"), entry("Ferry", summary=note)
    yield "under-video-path*", site(article(en, en.paragraphs + de.paragraphs), en.title).replace("</h1>", "</h1>" + _PLAYER), entry(en.title)  # fmt: skip
    yield "theme-says-archive*", site(article(de, de.paragraphs + en.paragraphs), de.title, lang="de", classes="archive blog"), entry(de.title)  # fmt: skip


# ------------------------------------------------------------------------------- what the feed makes of it


def _told_by_the_feed() -> Iterator[Labelled]:
    en = prose()["en"]
    told = entry(en.title, content=paragraphs(en.paragraphs))
    wall = html("<h1>Just a moment...</h1><p>Checking your browser before accessing the site.</p>")
    for name, page in {
        "wall": answer(wall),
        "403": answer("", status=403),
        "404": answer("", status=404),
        "500": answer("", status=500),
        "pdf": Response(URL, URL, 200, {"content-type": "application/pdf"}, b"%PDF-1.7"),
        "list": answer(site(_TEASERS, classes="home"), "https://www.courier.example/"),
        "cut": answer(site(article(en, en.paragraphs[:1], "<p>Read more</p>"), en.title)),
        "redirected-home": replace(answer(site(_TEASERS)), final_url="https://www.courier.example/"),
    }.items():
        yield Labelled(f"told-{name}", Verdict.FEED_ONLY, page, replace(told, link=page.url))
    whole = answer(site(article(en), en.title))
    yield Labelled("told-whole-page", Verdict.FULL, whole, told)
    gone = replace(answer(site(_TEASERS)), final_url="https://www.courier.example/")
    yield Labelled("untold-redirected-home", Verdict.GONE, gone, entry(en.title))
    walled = replace(
        answer(html("<p>You must log in to continue.</p>", "Log in")),
        final_url="https://www.courier.example/login",
    )
    yield Labelled("untold-redirected-login", Verdict.BLOCKED, walled, entry(en.title))
