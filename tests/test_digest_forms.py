"""Every form of a digest, read by the programs that it is for: books, feeds, letters, pages, plain text.

What needs a program that is not Python's is skipped where that is missing: Chromium, Java with epubcheck or vnu
(`npm install vnu-jar`), axe-core (`npm install axe-core`); AGGREGATOR_NODE_MODULES names the folder of the last two.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import html5lib
import pytest
from lxml import etree

from aggregator.checks import address_of
from aggregator.digest import (
    FORMATS,
    Envelope,
    compile_digest,
    edition_of,
    message_id,
    render,
    render_mail,
)
from aggregator.digest.clean import width
from aggregator.digest.mail import MOST_BYTES
from aggregator.digest.text import COLUMNS
from aggregator.models import Digest, Outline
from tests import browser
from tests.digest_sample import SINCE, UNTIL, article, sample_articles, sample_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = Path(os.environ.get("AGGREGATOR_NODE_MODULES", "node_modules"))
AXE = MODULES / "axe-core" / "axe.min.js"
VNU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
JAVA = shutil.which("java")
CHROMIUM = pytest.mark.skipif(browser.find() is None, reason="no Chromium on this machine")
ATOM = "{http://www.w3.org/2005/Atom}"
QUIET = Digest("Quiet", SINCE, UNTIL)


def rich(**how: Any) -> Digest:
    return sample_digest(3, full_texts=True, **how)


def many(count: int = 500) -> Digest:
    """Return a digest of a loud day."""
    articles = [
        article(
            n, f"{sample_articles()[n % 20].title} ({n})", "It rained. " * 40, category=f"Category {n % 9}"
        )
        for n in range(1, count + 1)
    ]
    return compile_digest(
        articles, SINCE, UNTIL, Outline("A loud day", stories=200, per_section=40, brief=2000)
    )


DIGESTS: dict[str, Callable[[], Digest]] = {
    "sample": rich,
    "quiet": lambda: QUIET,
    "one": lambda: compile_digest(sample_articles()[:1], SINCE, UNTIL, Outline("One", full_texts=True)),
    "loud": many,
}
EACH = pytest.mark.parametrize("digest", [make() for make in DIGESTS.values()], ids=list(DIGESTS))


@EACH
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_digest_gives_the_same_bytes(digest: Digest, form: str) -> None:
    """Nothing in any form comes from a clock or from chance."""
    assert render(digest, form) == render(digest, form)


# ------------------------------------------------------------------------------------------------------ books


def book_of(digest: Digest) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(render(digest, "epub")))


@EACH
def test_a_book_lists_exactly_its_parts(digest: Digest) -> None:
    """Its first member says what it is, uncompressed; what the package names is there, and every link leads on."""
    with book_of(digest) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert book.read("mimetype") == b"application/epub+zip"
        package = etree.fromstring(book.read("OEBPS/package.opf"))
        parts = {item.get("href") for item in package.iter("{*}item")}
        there = {name.removeprefix("OEBPS/") for name in book.namelist() if name.startswith("OEBPS/")}
        assert parts == there - {"package.opf"}
        for name in there:
            if name.endswith(".xhtml"):
                page = etree.fromstring(book.read(f"OEBPS/{name}"))
                links = {a.get("href") for a in page.iter("{*}a")}
                assert {link for link in links if not link.startswith("http")} <= there


def test_a_book_has_the_whole_texts() -> None:
    """Every paragraph of every story that is told, and the contents name each."""
    digest = rich()
    with book_of(digest) as book:
        pages = {name: "".join(etree.fromstring(book.read(name)).itertext())
                 for name in book.namelist() if name.endswith(".xhtml")}  # fmt: skip
    text = " ".join(" ".join(pages.values()).split())
    for section in digest.sections:
        for entry in section.entries:
            assert entry.title in pages["OEBPS/nav.xhtml"]
            if len(entry.text) < 5000:
                for paragraph in entry.text.split("\n\n")[1:]:
                    assert " ".join(paragraph.split()) in text


@pytest.mark.slow
@pytest.mark.skipif(
    not (JAVA and EPUBCHECK.exists()), reason="no epubcheck on this machine (Debian: epubcheck)"
)
@EACH
def test_epubcheck_finds_nothing(digest: Digest, tmp_path: Path) -> None:
    """Neither an error nor a warning."""
    file = tmp_path / "day.epub"
    file.write_bytes(render(digest, "epub"))
    done = subprocess.run(
        [str(JAVA), "-jar", str(EPUBCHECK), str(file)], capture_output=True, text=True, check=False
    )
    assert "0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------------------ feeds


def editions() -> tuple[Digest, tuple[Any, ...]]:
    digest = rich()
    earlier = [
        Digest("The daily reading", SINCE - timedelta(days=n), UNTIL - timedelta(days=n), number=12 - n)
        for n in (1, 2, 3)
    ]
    return digest, tuple(edition_of(one, "daily", one.until) for one in earlier)


def test_an_atom_feed_is_what_the_standard_asks_for() -> None:
    """RFC 4287, 4.1: one id, title, updated and author; each entry with its own id, and no two alike."""
    digest, earlier = editions()
    feed = etree.fromstring(render(digest, "atom", earlier, "daily"))
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 4
    for one in (feed, *entries):
        children = [child.tag.removeprefix(ATOM) for child in one]
        assert all(children.count(name) == 1 for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(one.findtext(f"{ATOM}updated")).tzinfo is not None
        assert re.fullmatch(r"tag:[a-z.]+,\d{4}:[\w/%.-]+", one.findtext(f"{ATOM}id"))
        assert set(children) <= set("id title updated author generator published content entry".split())
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    assert len(set(ids)) == 4
    assert [one.find(f"{ATOM}content").get("type") for one in entries] == ["html"] * 4
    assert [number.rpartition("/")[2] for number in ids] == ["12", "11", "10", "9"]


def test_a_feed_reader_reads_the_feed() -> None:
    """With the titles and the contents of every edition."""
    digest, earlier = editions()
    read = feedparser.parse(io.BytesIO(render(digest, "atom", earlier, "daily")))
    assert not read.bozo
    assert len(read.entries) == 4
    assert "Island parliament votes" in read.entries[0].content[0].value
    assert read.entries[0].updated_parsed[:3] == (2025, 5, 4)


def test_an_edition_keeps_its_identity_in_the_next_feed() -> None:
    """Else a reader would show it again."""
    digest, earlier = editions()
    newer = edition_of(digest, "daily", digest.until)
    following = Digest("The daily reading", UNTIL, UNTIL + timedelta(days=1), number=13)
    first = etree.fromstring(render(digest, "atom", earlier, "daily"))
    second = etree.fromstring(render(following, "atom", (newer, *earlier), "daily"))
    ids = [[one.findtext(f"{ATOM}id") for one in feed.findall(f"{ATOM}entry")] for feed in (first, second)]
    assert ids[1][1:] == ids[0]


def test_a_json_feed_is_what_version_1_1_asks_for() -> None:
    """https://www.jsonfeed.org/version/1.1/: version, title, items with an id and a content; dates of RFC 3339."""
    digest, earlier = editions()
    feed = json.loads(render(digest, "json-feed", earlier, "daily"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert set(feed) <= {"version", "title", "authors", "items"}
    assert all(isinstance(author["name"], str) for author in feed["authors"])
    assert len({item["id"] for item in feed["items"]}) == 4
    for item in feed["items"]:
        assert set(item) == {"id", "title", "content_html", "date_published"}
        assert all(isinstance(value, str) and value for value in item.values())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["date_published"])


def test_json_carries_the_digest() -> None:
    """All that people see of it, under names that stay; no texts."""
    digest = rich()
    said = json.loads(render(digest, "json"))
    assert said["version"] == 1
    assert set(said) == {
        *(
            "version",
            "title",
            "since",
            "until",
            "sections",
            "articles",
            "feeds",
            "changes",
            "number",
            "left_out",
        )
    }
    told = [entry["title"] for section in said["sections"] for entry in section["entries"]]
    assert told == [entry.title for section in digest.sections for entry in section.entries]
    assert "text" not in said["sections"][0]["entries"][0]
    [first, _] = said["changes"]["corrected"]
    assert {"kind": "added", "text": "1.4 million"} in first["passages"][0]


# ---------------------------------------------------------------------------------------------------- letters

HERE = Envelope("The Press <press@news.example>", "Ana Reader <ana@home.example>", "Morning")


def letter(digest: Digest, envelope: Envelope = HERE) -> Any:
    return email.message_from_bytes(render_mail(digest, envelope), policy=email.policy.default)


@EACH
def test_a_letter_is_small_and_passes_any_server(digest: Digest) -> None:
    """Below what mail programs cut, in lines that RFC 5321 allows, in ASCII."""
    written = render_mail(digest, HERE)
    assert len(written) <= MOST_BYTES
    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) <= 998


def test_a_letter_that_is_cut_says_how_much_it_leaves_out() -> None:
    """Nothing is dropped silently: what is shown and what is counted are all stories of the day."""
    digest = many(900)
    page = letter(digest).get_body(("html",)).get_content()
    shown = len(re.findall(r"<h3 |<li dir", page))
    rest = sum(int(count.replace(",", "")) for count in re.findall(r"and ([\d,]+) more stor", page))
    room = re.search(r"no room for ([\d,]+) more", page)
    assert shown + rest + (int(room[1].replace(",", "")) if room else 0) == 900


def test_a_letter_has_a_thread_and_a_list() -> None:
    """All editions of one digest share them; each has an identity of its own, the same whenever it is made."""
    one, other = letter(rich()), letter(many())
    assert one["References"] == other["References"] == one["In-Reply-To"]
    assert one["List-Id"] == other["List-Id"] == "<morning.digest.news.example>"
    assert one["Message-ID"] != other["Message-ID"]
    assert one["Message-ID"] == message_id(rich(), HERE)
    assert one["Message-ID"] != message_id(rich(), Envelope(HERE.sender, "other@home.example", "Morning"))
    assert str(one["To"]) == "Ana Reader <ana@home.example>"
    assert one["Date"].datetime == UNTIL


def test_a_letter_has_both_bodies_and_its_styles_in_its_elements() -> None:
    """No wider than 600 pixels, nothing loaded, and every story in both."""
    message = letter(rich())
    assert message.get_content_type() == "multipart/alternative"
    text, page = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    tree = html5lib.HTMLParser(strict=True).parse(page)
    widths = [int(found) for found in re.findall(r"(?:max-)?width[:=]\"?(\d+)(?:px|\")", page)]
    assert widths
    assert max(widths) <= 600
    assert not list(tree.iter("{*}img"))
    said = " ".join("".join(tree.itertext()).split())
    for section in rich().sections:
        for entry in section.entries:
            assert entry.title in said
            assert entry.title.split()[0] in text


def test_a_letter_brings_a_book_along() -> None:
    """As an attachment with a name and its own type."""
    book = render(rich(), "epub")
    message = letter(rich(), Envelope(HERE.sender, HERE.to, "Morning", {"morning.epub": book}))
    [attached] = message.iter_attachments()
    assert attached.get_content() == book
    assert (attached.get_content_type(), attached.get_filename()) == ("application/epub+zip", "morning.epub")


def test_another_reader_reads_the_letter_alike() -> None:
    """A parser that shares no code with Python's finds the same subject and the same bodies."""
    other = pytest.importorskip("fast_mail_parser", reason="fast-mail-parser is not installed")
    written = render_mail(rich(), HERE)
    theirs = other.parse_email(written.decode("ascii"))
    ours = letter(rich())
    assert theirs.subject == ours["Subject"]
    for kind, found in (("plain", theirs.text_plain), ("html", theirs.text_html)):
        assert [" ".join(one.split()) for one in found] == [
            " ".join(ours.get_body((kind,)).get_content().split())
        ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "a@b@c",
        "a@",
        "@b",
        "x <y>",
        "a@b.example\r\nBcc: c@d.example",
        "A\n <a@b.example>",
        "<a@b>c",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Before any letter is made."""
    with pytest.raises(ValueError, match="is not a mail address"):
        address_of(text)


# ------------------------------------------------------------------------------------------------- plain text


@EACH
def test_text_fits_a_terminal(digest: Digest) -> None:
    """Lines of at most 72 columns as the eye measures them; addresses are whole."""
    for line in render(digest, "text").decode().splitlines():
        assert width(line) <= COLUMNS or re.fullmatch(r" *https?://\S+", line), line


def test_text_tells_what_was_changed() -> None:
    """In the marks of word diffs."""
    text = render(rich(), "text").decode()
    assert "[-4.1 million-] [+1.4 million+]" in " ".join(text.split())
    assert "Sources gone quiet or failing" in text


# ------------------------------------------------------------------------------------- pages, by other programs


def pages(folder: Path) -> Iterator[Path]:
    for name, make in DIGESTS.items():
        digest = make()
        for form in ("html", "mail"):
            file = folder / f"{name}-{form}.html"
            page = (
                letter(digest).get_body(("html",)).get_content()
                if form == "mail"
                else render(digest, form).decode()
            )
            file.write_text(page, encoding="utf-8")
            yield file


@pytest.mark.slow
@pytest.mark.skipif(not (JAVA and VNU.exists()), reason="no vnu.jar here (npm install vnu-jar)")
def test_the_validator_of_the_w3c_finds_nothing(tmp_path: Path) -> None:
    """In pages and in the bodies of letters; what it says of CSS that it does not know yet is no error of ours."""
    files = [str(file) for file in pages(tmp_path)]
    done = subprocess.run(
        [str(JAVA), "-jar", str(VNU), "--errors-only", "--format", "json", *files],
        capture_output=True,
        check=False,
    )
    found = [
        (one["url"].rpartition("/")[2], one["message"])
        for one in json.loads(done.stderr)["messages"]
        if not one["message"].startswith("CSS:")
    ]
    assert not found


@pytest.mark.slow
@CHROMIUM
@pytest.mark.skipif(not AXE.exists(), reason="no axe-core here (npm install axe-core)")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(tmp_path: Path, *, dark: bool) -> None:
    """No violation of its rules, at the widths of a telephone and of a desk."""
    with browser.Browser() as chromium:
        for file in pages(tmp_path):
            for columns in (390, 1280):
                chromium.open(file, columns, dark=dark)
                chromium.run(AXE.read_text(encoding="utf-8") + "; 1")
                found = chromium.run(
                    "axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
                )
                assert found == [], (file.name, columns)


@pytest.mark.slow
@CHROMIUM
@pytest.mark.parametrize("columns", [320, 390, 820, 1280])
def test_no_page_is_wider_than_its_window(tmp_path: Path, columns: int) -> None:
    """Whatever is in it: long words, long addresses, wide letters."""
    with browser.Browser() as chromium:
        for file in pages(tmp_path):
            chromium.open(file, columns)
            assert chromium.run("document.documentElement.scrollWidth") <= columns, file.name


@pytest.mark.slow
@CHROMIUM
def test_a_page_asks_for_images_only_if_they_were_wanted(tmp_path: Path) -> None:
    """And then for those of the stories, without telling where from."""
    pictured = [replace(article(n, f"T{n}", "Text."), image=f"https://img.example/{n}.jpg") for n in (1, 2)]
    asked = {}
    with browser.Browser() as chromium:
        for images in (False, True):
            file = tmp_path / f"{images}.html"
            file.write_bytes(render(compile_digest(pictured, SINCE, UNTIL, Outline(images=images)), "html"))
            chromium.open(file)
            asked[images] = set(chromium.poke().requests)
    assert asked == {False: set(), True: {"https://img.example/1.jpg", "https://img.example/2.jpg"}}


def test_dates_are_of_the_digest() -> None:
    """Not of the moment in which it was written."""
    assert f"{datetime.now(UTC):%Y-%m-%d}" not in render(rich(), "atom").decode()
