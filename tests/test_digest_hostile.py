"""Whatever a publisher writes into any field, in any form of a digest it stays text.

The corpus is `tests/xss.py`. Every vector goes into every field at once, past what the compiler cleans and through it;
what comes out is parsed by the readers that each form is for, and shown to a real browser with a trap in it.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import feedparser
import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from aggregator.digest import Envelope, compile_digest, render, render_fragment, render_mail, render_own
from aggregator.digest.clean import one_line, safe_href
from aggregator.errors import UsageError
from aggregator.models import (
    Changes,
    Corrected,
    Digest,
    DigestEntry,
    MovedOn,
    Outline,
    Section,
    Trouble,
    Vanished,
)
from tests import browser
from tests.digest_sample import SINCE, UNTIL, article
from tests.xss import ADDRESSES, VECTORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Maker = Callable[..., Digest]
SAFE = "https://a.example/x"
XHTML = "{http://www.w3.org/1999/xhtml}"
ALLOWED = frozenset(
    """
    html head meta title style link body a header h1 h2 h3 p nav ol ul li span bdi main section article time div footer
    figure img del ins small em br table tbody tr td
    """.split()
)
ATTRIBUTES = frozenset(
    """
    lang dir class id href rel charset name content http-equiv datetime aria-label aria-labelledby style role width alt
    cellpadding cellspacing border align src loading decoding referrerpolicy type epub:type xmlns:epub
    """.split()
)
FORBIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")


def hostile_digest(text: str, address: str, image: str = "") -> Digest:
    """Return a digest with `text` and `address` in every field that has one, past what `compile` cleans."""
    entry = DigestEntry(
        title=text,
        url=address,
        source=text,
        byline=text,
        at=SINCE,
        lead=text,
        minutes=1,
        language=text,
        also_in=((text, address), (text, address)),
        sources=3,
        began_at=SINCE.replace(year=2024),
        image=image,
        text=f"{text}\n\n{text}",
    )
    section = Section(text, (entry, entry), (entry,), left_out=2)
    changes = Changes(
        moved=(MovedOn(text, address, text, SINCE, 2, text),),
        corrected=(
            Corrected(
                text,
                address,
                text,
                SINCE,
                "correction",
                text,
                ((("same", text), ("removed", text), ("added", text)),),
                text,
            ),
        ),
        vanished=(Vanished(text, address, text, SINCE, text),),
        troubles=(Trouble(text, address, text, "failing"),),
        left_out=1,
    )
    return Digest(text, SINCE, UNTIL, (section, section), 3, 1, changes, number=7, left_out=4)


def compiled_hostile(text: str, address: str, image: str = "") -> Digest:
    """Return the same by way of articles."""
    one = article(1, text, f"{text}\n\n{text}", source=text, category=text, language=text, byline=text)
    seen = tuple(replace(s, feed_title=f"x{text}", link=address) for s in one.sightings * 2)
    bad = replace(one, url=address, sightings=seen, image=image)
    outline = Outline(text, per_section=1, images=bool(image), full_texts=True)
    return compile_digest([bad, replace(bad, id=2)], SINCE, UNTIL, outline)


MAKERS = pytest.mark.parametrize(
    "make", [hostile_digest, pytest.param(compiled_hostile, marks=pytest.mark.slow)], ids=["past", "through"]
)


def elements(tree: Any) -> Iterator[Any]:
    return (element for element in tree.iter() if isinstance(element.tag, str))


def assert_harmless(tree: Any, *, images: frozenset[str] = frozenset()) -> None:
    """No element, attribute, scheme or style but those that our templates have."""
    for element in elements(tree):
        tag = element.tag.removeprefix(XHTML)
        assert tag in ALLOWED
        for name, value in element.attrib.items():
            plain = name.removeprefix("{http://www.w3.org/XML/1998/namespace}").replace(
                "{http://www.idpf.org/2007/ops}", "epub:"
            )
            assert plain in ATTRIBUTES, plain
            if plain == "href" and tag != "link":
                assert re.match(r"https?://|#[a-z]|[a-z]+(-\d+)?\.xhtml$", value), value
            if plain == "src":
                assert tag == "img"
                assert value in images
            if plain == "style":
                assert "url" not in value.lower()
                assert "expression" not in value.lower()
        if tag == "link":
            assert dict(element.attrib) == {"rel": "stylesheet", "type": "text/css", "href": "book.css"}
        if tag == "style":
            assert not re.search(r"url\(|@import|expression", element.text)


def shown(tree: Any) -> str:
    return "".join(tree.itertext())


def assert_page(page: str, **how: Any) -> None:
    """It is valid HTML (any error of syntax is raised), and harmless."""
    tree = html5lib.HTMLParser(strict=True).parse(page)
    assert_harmless(tree, **how)
    assert not FORBIDDEN.search(shown(tree))


def assert_fragment(page: str, **how: Any) -> None:
    for tree in html5lib.HTMLParser(strict=False).parseFragment(page):
        assert_harmless(tree, **how)


def parts_of(letter: bytes) -> dict[str, str]:
    message = email.message_from_bytes(letter, policy=email.policy.default)
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


# ------------------------------------------------------------------------------------------------- each form


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup_in_html(make: Maker, vector: str) -> None:
    """In any field, past or through the compiler, text stays text, and the page stays valid."""
    assert_page(render(make(vector, SAFE), "html").decode())
    assert_fragment(render_fragment(make(vector, SAFE)))


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup_in_a_letter(make: Maker, vector: str) -> None:
    """It has the headers that it has, one of each, and both its bodies are harmless; its lines pass any server."""
    letter = render_mail(make(vector, SAFE), Envelope(name=vector))
    message = email.message_from_bytes(letter, policy=email.policy.default)
    assert [name.lower() for name in message] == (
        "from to subject date message-id auto-submitted in-reply-to references list-id precedence"
        " mime-version content-type"
    ).split()
    assert not message.defects
    assert max(map(len, letter.split(b"\r\n"))) <= 998
    assert b"\n" not in letter.replace(b"\r\n", b"")
    bodies = parts_of(letter)
    assert set(bodies) == {"text/plain", "text/html"}
    assert_page(bodies["text/html"])
    assert not FORBIDDEN.search(bodies["text/plain"])
    assert len(letter) <= 100_000 or make is hostile_digest  # no entry of a compiled one is ever so long


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup_in_a_book(make: Maker, vector: str) -> None:
    """Every document in it is well-formed XML without entities, and nothing in it comes from outside."""
    digest = make(vector, SAFE, "https://evil.example/pixel.gif")
    with zipfile.ZipFile(io.BytesIO(render(digest, "epub"))) as book:
        for name in book.namelist():
            if name.endswith((".xhtml", ".opf", ".ncx")):
                tree = etree.fromstring(
                    book.read(name), etree.XMLParser(resolve_entities=False, no_network=True)
                )
                assert tree.getroottree().docinfo.doctype == ""
                if name.endswith(".xhtml"):
                    assert_harmless(tree)
            assert re.fullmatch(r"[\w./-]+", name)


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup_in_feeds_and_json(make: Maker, vector: str) -> None:
    """They are well-formed, and what they carry as HTML is harmless."""
    digest = make(vector, SAFE)
    atom = render(digest, "atom", name=vector)
    [entry] = etree.fromstring(atom).findall("{*}entry")
    assert_fragment(entry.findtext("{*}content"))
    parsed = feedparser.parse(io.BytesIO(atom))
    assert not parsed.bozo
    [item] = json.loads(render(digest, "json-feed", name=vector))["items"]
    assert_fragment(item["content_html"])
    said = json.loads(render(digest, "json"))
    assert not FORBIDDEN.search(json.dumps(said, ensure_ascii=False))


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_drives_a_terminal(make: Maker, vector: str) -> None:
    """Plain text has no characters that do anything but be seen, and nothing but line feeds ends a line."""
    text = render(make(vector, SAFE), "text").decode()
    assert not FORBIDDEN.search(text)
    assert text.splitlines() == text.removesuffix("\n").split("\n")


def addresses_in(digest: Digest, form: str) -> set[str]:
    """Return where the links of a form lead, its own parts aside."""
    written = render(digest, form)
    match form:
        case "html":
            pages = [written.decode()]
        case "mail":
            pages = [parts_of(written)["text/html"]]
        case "epub":
            with zipfile.ZipFile(io.BytesIO(written)) as book:
                pages = [book.read(name).decode() for name in book.namelist() if name.endswith(".xhtml")]
        case "atom":
            pages = [etree.fromstring(written).findtext("{*}entry/{*}content")]
        case "json-feed":
            pages = [json.loads(written)["items"][0]["content_html"]]
        case _:
            raise AssertionError(form)
    links = (a.get("href") for page in pages for a in html5lib.parse(page).iter(f"{XHTML}a"))
    return {link for link in links if link and not re.fullmatch(r"#[\w-]+|[\w-]+\.xhtml", link)}


@MAKERS
@pytest.mark.parametrize("form", ["html", "mail", "epub", "atom", "json-feed"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_only_http_addresses_become_links(make: Maker, form: str, address: str) -> None:
    """What is no http(s) address is shown as text without a link, in every form; so for images."""
    digest = make("Title", address, address)
    links = addresses_in(digest, form)
    assert all(link.startswith("https://a.example/") for link in links)
    assert bool(links) == address.startswith("https://a.example")
    if form == "html":
        images = frozenset({safe_href(address)} - {""})
        assert_page(render(digest, "html").decode(), images=images)


# -------------------------------------------------------------------------------------------------- Markdown


def tokens_of(digest: Digest) -> list[Any]:
    """Return every block and inline token of the Markdown, with tables, strikethrough and raw HTML understood."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [
        t
        for block in reader.parse(render(digest, "markdown").decode())
        for t in (block, *(block.children or ()))
    ]


PLAIN_TOKENS = frozenset(
    """
    heading_open heading_close paragraph_open paragraph_close inline text softbreak link_open link_close
    bullet_list_open bullet_list_close list_item_open list_item_close hr em_open em_close
    """.split()
)


def shape(digest: Digest) -> list[str]:
    return [t.type for t in tokens_of(digest) if t.type not in {"text", "softbreak"}]


@MAKERS
@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup_in_markdown(make: Maker, vector: str) -> None:
    """Exactly the headings, links and lists that a harmless digest of the same shape has."""
    hostile = tokens_of(make(vector, SAFE))
    assert {t.type for t in hostile} <= PLAIN_TOKENS
    assert {t.attrs["href"] for t in hostile if t.type == "link_open"} == {SAFE}
    if make is hostile_digest and one_line(vector):
        assert shape(make(vector, SAFE)) == shape(make("Harmless.", SAFE))


@MAKERS
@pytest.mark.parametrize("address", ADDRESSES)
def test_only_http_addresses_become_links_in_markdown(make: Maker, address: str) -> None:
    """An address can neither be another scheme nor end its own definition."""
    tokens = tokens_of(make("Title", address))
    assert {t.type for t in tokens} <= PLAIN_TOKENS
    links = {t.attrs["href"] for t in tokens if t.type == "link_open"}
    assert all(link.startswith("https://a.example/") for link in links)
    assert bool(links) == address.startswith("https://a.example")


NASTY = st.text("ab1 \n\t\\`*_[](){}<>#+-.!|~:=&;@/\"'www", min_size=1, max_size=200).filter(one_line)


@settings(max_examples=150, derandomize=True)
@given(text=NASTY)
def test_whatever_is_said_the_shape_stays(text: str) -> None:
    """For any text in any field Markdown has the structure of a harmless digest, and the text reads as it was."""
    hostile = hostile_digest(text, SAFE)
    assert shape(hostile) == shape(hostile_digest("Harmless", SAFE))
    title = next(t for t in tokens_of(hostile) if t.type == "inline")
    assert "".join(t.content for t in title.children) == one_line(text)


@settings(max_examples=60, derandomize=True)
@given(text=st.text(max_size=300))
def test_whatever_is_said_every_form_can_be_read(text: str) -> None:
    """For any text at all, lone surrogates too, every form is written, and read by what it is for."""
    digest = hostile_digest(text, SAFE)
    assert_page(render(digest, "html").decode())
    assert_page(parts_of(render(digest, "mail"))["text/html"])
    etree.fromstring(render(digest, "atom"))
    json.loads(render(digest, "json"))
    with zipfile.ZipFile(io.BytesIO(render(digest, "epub"))) as book:
        for name in book.namelist():
            if name.endswith(".xhtml"):
                etree.fromstring(book.read(name))


def test_a_title_reads_the_same_after_its_escaping() -> None:
    """Escaping takes nothing away from what a person reads."""
    title = (
        "1. *Stars* & <tags> [are] _not_ `markup`; see https://x.example, www.x.example, a@b.example # + - ="
    )
    [heading] = [t for t in tokens_of(hostile_digest(title, "")) if t.type == "inline" and t.level == 1][:1]
    assert "".join(t.content for t in heading.children) == title


def test_an_address_keeps_its_meaning() -> None:
    """Only what an address may not contain is encoded; what is encoded already stays."""
    assert (
        safe_href("https://münchen.example/ä?q=a%20b&c=[1]#f") == "https://münchen.example/ä?q=a%20b&c=[1]#f"
    )
    assert safe_href("http://[::1]:80/a b\"<>'`") == "http://[::1]:80/a%20b%22%3C%3E%27%60"
    assert safe_href("https://") == ""


# ---------------------------------------------------------------------------------------- the user's template


def test_a_template_of_ones_own_is_escaped_as_ours_are() -> None:
    """The articles are as hostile to it as to any other."""
    page = render_own(
        hostile_digest("<script>alert(1)</script>", SAFE),
        "<!DOCTYPE html><title>{{ digest.title }}</title>"
        "{% for s in digest.sections %}<p>{{ s.title }}</p>{% endfor %}",
        "own.html",
    )
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 3


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for %}", "own.html, line 1"),
        ("\n\n{{ digest.titel }}", "titel"),
        ("{{ digest.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{{ digest.title + 1 }}", "str"),
    ],
)
def test_a_wrong_template_is_told(template: str, said: str) -> None:
    """With its name and what is wrong; and it reaches nothing but the digest."""
    with pytest.raises(UsageError, match=said):
        render_own(hostile_digest("x", SAFE), template, "own.html")


# ------------------------------------------------------------------------------------------------ in a browser


@pytest.mark.slow
@pytest.mark.skipif(browser.find() is None, reason="no Chromium on this machine")
def test_nothing_runs_and_nothing_is_loaded_in_a_browser(tmp_path: Path) -> None:
    """Every vector, shown by Chromium, hovered, focused and clicked: no dialog, no request, no visit, no script."""
    wrote: dict[str, Callable[[Digest], str]] = {
        "html": lambda digest: render(digest, "html").decode(),
        "mail": lambda digest: parts_of(render(digest, "mail"))["text/html"],
        "feed": lambda digest: f"<!DOCTYPE html><meta charset=utf-8>{render_fragment(digest)}",
        "book": _chapters,
    }
    with browser.Browser() as chromium:
        for form, write in wrote.items():
            for number, digest in enumerate(_crowded()):
                file = tmp_path / f"{form}-{number}.html"
                file.write_text(write(digest), encoding="utf-8")
                chromium.open(file)
                noted = chromium.poke()
                assert not noted, (form, number, noted)
                assert chromium.run("document.scripts.length") == 0


@pytest.mark.slow
@pytest.mark.skipif(browser.find() is None, reason="no Chromium on this machine")
def test_the_trap_catches(tmp_path: Path) -> None:
    """A page that does what the vectors want is noted: else the test above would say nothing."""
    with browser.Browser() as chromium:
        for number, vector in enumerate(TRAPS):
            file = tmp_path / f"{number}.html"
            file.write_text(f"<!DOCTYPE html><meta charset=utf-8><title>x</title>{vector}", encoding="utf-8")
            chromium.open(file)
            assert chromium.poke(), vector


TRAPS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "<details open ontoggle=alert(1)>x</details>",
    "<a href='javascript:alert(1)'>x</a>",
    "<div onmouseover=alert(1)>x</div>",
    "<img src=https://evil.example/pixel.gif>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{background:url(https://evil.example/s.png)}</style>",
    "<iframe src=https://evil.example/></iframe>",
)


def _crowded() -> Iterator[Digest]:
    """Yield digests that have every vector and every address in every field, a dozen of them in one page."""
    pairs = [(vector, ADDRESSES[number % len(ADDRESSES)]) for number, vector in enumerate(VECTORS)]
    for group in batched([*pairs, *((VECTORS[0], address) for address in ADDRESSES)], 12):
        digests = [hostile_digest(text, address) for text, address in group]
        together: dict[str, Any] = {
            kind: tuple(one for d in digests for one in getattr(d.changes, kind)) for kind in _CHANGED
        }
        changes = replace(digests[0].changes, **together)
        yield replace(digests[0], sections=tuple(s for d in digests for s in d.sections), changes=changes)


_CHANGED = ("moved", "corrected", "vanished", "troubles")


def batched(pairs: Sequence[tuple[str, str]], size: int) -> Iterator[Sequence[tuple[str, str]]]:
    return (pairs[at : at + size] for at in range(0, len(pairs), size))


def _chapters(digest: Digest) -> str:
    with zipfile.ZipFile(io.BytesIO(render(digest, "epub"))) as book:
        pages = [book.read(name).decode() for name in book.namelist() if name.endswith(".xhtml")]
    flat = (re.sub(r"<\?xml.*?\?>|<link [^>]*>", "", page) for page in pages)
    return re.sub(r'href="([\w-]+)\.xhtml"', r'href="#\1"', "\n".join(flat))
