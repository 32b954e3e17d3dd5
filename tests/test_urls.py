"""Addresses: which ones can be asked, on which host they are, and which of them name the same article."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.urls import absolute, canonical_url, host_of, is_front_page, is_http, site_of

A = "https://example.org/a"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (A, A),
        ("http://example.org/a", A),
        ("HTTPS://EXAMPLE.ORG/a", A),
        ("https://example.org/a/", A),
        ("https://example.org/a///", A),
        ("https://example.org/a#comments", A),
        ("https://example.org:443/a", A),
        ("http://example.org:80/a", A),
        ("https://example.org./a", A),
        ("https://user:secret@example.org/a", A),
        ("  https://example.org/a\n", A),
        ("https://exam\tple.org/a", A),
        ("https://example.org/./b/../a", A),
        ("https://example.org/b/%2e%2e/a", A),
        ("https://example.org/%61", A),
        ("https://example.org/a?", A),
        ("https://example.org/a?utm_source=rss&utm_medium=feed", A),
        ("https://example.org/a?UTM_Source=rss", A),
        ("https://example.org/a?%75tm_source=rss", A),
        ("https://example.org/a?fbclid=1&&gclid=2", A),
        ("https://example.org/a?ref=rss", A),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/A", "https://example.org/A"),
        ("https://www.example.org/a", "https://www.example.org/a"),
        ("https://example.org:8080/a", "https://example.org:8080/a"),
        ("https://example.org/a?id=1", f"{A}?id=1"),
        ("https://example.org/a?b=2&a=1", f"{A}?b=2&a=1"),
        ("https://example.org/a?id=1&utm_source=x&page=2", f"{A}?id=1&page=2"),
        ("https://example.org/a?source=hn&ref=hn&eid=7&gallery=1", f"{A}?source=hn&ref=hn&eid=7&gallery=1"),
        ("https://example.org/a?q=a%26b%3dc", f"{A}?q=a%26b%3Dc"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/a%2561", "https://example.org/a%2561"),
        ("https://example.org/100%", "https://example.org/100%"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/zürich", "https://example.org/z%C3%BCrich"),
        ("https://example.org/z%c3%bcrich", "https://example.org/z%C3%BCrich"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("http://[2001:db8::1]:81/a", "https://[2001:db8::1]:81/a"),
        ("https://example.org/\ud800", "https://example.org/%EF%BF%BD"),
    ],
)
def test_one_article_has_one_canonical_address(url: str, canonical: str) -> None:
    """What sites serve alike is one address; what could tell two articles apart is left alone."""
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "example.org/a",
        "//example.org/a",
        "/a",
        "ftp://example.org/a",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/hostname",
        "feed:https://example.org/a",
        "http:",
        "http://",
        "http:///a",
        "http://.",
        "http://?a",
        "http://[",
        "http://[::1",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://exa mple.org/",
        "http://exa<mple.org/",
        "http://a\\b/",
        "http://example.org\\@other.example/",
        "tag:example.org,2026:1",
    ],
)
def test_what_cannot_be_asked_has_no_canonical_address(url: str) -> None:
    """Only http and https addresses with a host are addresses of articles."""
    assert not is_http(url)
    assert canonical_url(url) == ""
    assert absolute("", url) == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.ORG/a", "example.org"),
        ("http://example.org:80/", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("http://example.org:443/", "example.org:443"),
        ("http://example.org:8080/", "example.org:8080"),
        ("http://example.org./", "example.org"),
        ("http://user@example.org/", "example.org"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("/a", ""),
        ("http://[", ""),
    ],
)
def test_a_host_has_one_name_in_the_budget(url: str, host: str) -> None:
    """However a host is written, it is one server; another port is another server."""
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://example.org", True), ("http://example.org/#top", True), ("https://example.org:8080/", True),
        ("https://example.org/?utm_source=rss", True), ("https://example.org/./", True),
        ("https://example.org/?p=12", False), ("https://example.org/en", False), ("https://example.org/a/", False),
        ("", False), ("tag:example.org,2026:1", False), ("/", False),
    ],
)  # fmt: skip
def test_a_front_page_is_the_root_of_a_host(url: str, is_one: bool) -> None:
    """However it is written; a parameter that only tracks asks for nothing."""
    assert is_front_page(url) is is_one


def test_a_site_is_named_as_a_reader_would() -> None:
    """Neither a port nor a leading "www." is part of a site's name, and its letters are its own."""
    assert site_of("https://www.example.org:8080/a") == "example.org"
    assert site_of("https://bücher.example/") == "bücher.example"
    assert site_of("nonsense") == ""


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("b", "https://example.org/x/b"),
        ("/b", "https://example.org/b"),
        ("//other.example/b", "https://other.example/b"),
        ("?page=2", "https://example.org/x/?page=2"),
        ("http://other.example/b", "http://other.example/b"),
        (" b c\n", "https://example.org/x/b%20c"),
        ("java\nscript:alert(1)", ""),
        ("mailto:a@example.org", ""),
        ("http://[", ""),
    ],
)
def test_a_link_is_resolved_against_its_page(link: str, url: str) -> None:
    """A relative link becomes absolute; what is not http(s) then becomes nothing."""
    assert absolute("https://example.org/x/", link) == url


_PIECES = st.sampled_from(
    ["http://", "https://", "example.org", "a", "/", "//", ".", "..", "%2e", "%2F", "%", "?", "&", "=", "#", "@", ":",
     "[", "]", "::1", "80", "utm_source", "ü", "\u3002", "\uff0e", "\uff3b", "\u3000", " ", "\x00", "\ud800", "\\"]
)  # fmt: skip
_ADDRESSES = st.one_of(
    st.text(),
    st.text().map("http://".__add__),
    st.text().map("https://example.org/".__add__),
    st.lists(_PIECES, max_size=12).map("".join),
    st.lists(_PIECES, max_size=12).map(lambda pieces: "https://a" + "".join(pieces)),
)


@given(_ADDRESSES)
@settings(max_examples=1000)
@example("http://a/%2e%2e/b/%2E/..")
@example("http://a\u3002/")
@example("http://\uff3b/")
def test_the_canonical_form_is_its_own_canonical_form(url: str) -> None:
    """For every text: no exception, idempotent, and there exactly if it can be asked."""
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    assert bool(canonical) == is_http(url)
    assert not canonical or canonical.startswith("https://")
    canonical.encode()


@given(_ADDRESSES, _ADDRESSES)
@settings(max_examples=500)
def test_no_text_is_an_error(base: str, link: str) -> None:
    """Addresses come from outside: whatever they are, there is an answer, and what is absolute can be asked."""
    joined = absolute(base, link)
    assert joined == "" or is_http(joined)
    assert (host_of(joined) != "") == (joined != "")
    assert isinstance(site_of(link), str)


# ------------------------------------------------------------------------------------------------- corpus


@pytest.fixture(scope="module")
def corpus() -> Path:
    folder = os.environ.get("AGGREGATOR_CORPUS")
    if not folder:
        pytest.skip("AGGREGATOR_CORPUS names no folder")
    return Path(folder)


@pytest.mark.corpus
def test_the_vectors_of_the_url_standard_are_no_errors(corpus: Path) -> None:
    """WHATWG's own test addresses, right and wrong, give an answer, and equal ones are equal here too."""
    vectors = json.loads(gzip.decompress((corpus / "urls/wpt_urltestdata.json.gz").read_bytes()))
    for vector in (row for row in vectors if isinstance(row, dict)):
        url = absolute(vector["base"] or "", vector["input"])
        assert canonical_url(canonical_url(url)) == canonical_url(url)
        assert (host_of(url) != "") == (url != "")


@pytest.mark.corpus
def test_variants_of_an_address_are_one_article_and_articles_stay_apart(corpus: Path) -> None:
    """In the newsroom every variant collapses into its article's address, and no two articles do."""
    expected = json.loads((corpus / "newsroom/expected.json").read_bytes())
    for row in expected["url_variants"]:
        assert canonical_url(row["variant"]) == canonical_url(row["canonical"]), row["how"]
    urls = {article["url"] for article in expected["articles"].values()}
    assert len({canonical_url(url) for url in urls}) == len(urls)


@pytest.mark.corpus
def test_pages_and_tracked_links_stay_apart_or_meet_as_they_should(corpus: Path) -> None:
    """Real pages keep their own identity; a link that FeedBurner tracked meets the one it stands for."""
    pages = _rows(corpus / "urls/page_canonicals.jsonl.gz")
    urls = {row["url"] for row in pages if is_http(row["url"])}  # nine pages have a name instead
    assert len({canonical_url(url) for url in urls}) == len(urls)
    tracked = _rows(corpus / "urls/feed_link_pairs.jsonl.gz")
    assert all("utm_" not in canonical_url(row["link"].replace("&#038;", "&")) for row in tracked)


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
