"""Between the true web and the local one: every reference to a known host is translated, and nothing else."""

from __future__ import annotations

import itertools
from urllib.parse import urlsplit

import pytest

from tests.newsroom import Answer, Manifest, Newsroom, Page
from tests.newsroom.addresses import AddressBook
from tests.newsroom.asking import ask
from tests.newsroom.manifest import normal_target

FEED = "https://a.example/feed.xml"


def page_of(body: bytes, **headers: str) -> Manifest:
    """A newsroom with one document, and a second known host for it to mention."""
    shown = Answer(200, {k.replace("_", "-"): v for k, v in headers.items()}, body)
    return Manifest(pages=(Page(FEED, (shown,)), Page("https://www.b.example/", (Answer(),))))


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("see https://www.b.example/x?y=1#z.", "see http://{b}/x?y=1#z."),
        ("<a href=//www.b.example/x>", "<a href=//{b}/x>"),
        ('{{"u":"http:\\/\\/www.b.example\\/x"}}', '{{"u":"http:\\/\\/{b}\\/x"}}'),
        ('{{"u":"\\/\\/www.b.example\\/x"}}', '{{"u":"\\/\\/{b}\\/x"}}'),
        ("https://WWW.B.Example:443/", "http://{b}/"),
        ("It stands on http://www.b.example.", "It stands on http://{b}."),
        ("http://b.example/ is another host", "http://b.example/ is another host"),
        ("http://www.b.example.org/", "http://www.b.example.org/"),
        ("http://x.www.b.example/", "http://x.www.b.example/"),
        ("http://www.b.example:8080/", "http://www.b.example:8080/"),
        ("http://www.b.example@evil.example/", "http://www.b.example@evil.example/"),
        ("a path//www.b.example/ is none", "a path//www.b.example/ is none"),
        ("tag:www.b.example,2026:1", "tag:www.b.example,2026:1"),
    ],
)
def test_references_to_known_hosts_become_local_and_no_others(written: str, served: str) -> None:
    """Absolute, protocol-relative and JSON-escaped references are found; look-alikes are left alone."""
    with Newsroom(page_of(written.format().encode())) as newsroom:
        there = urlsplit(newsroom.local("https://www.b.example/")).netloc
        assert ask(newsroom.local(FEED)).body.decode() == served.format(b=there)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_documents_keep_their_encoding(codec: str) -> None:
    """Translated is what the ASCII says; all else comes through as it was, byte-order mark included."""
    text = '<?xml version="1.0"?><p>é ü</p><a href="https://www.b.example/é">ß</a>'
    with Newsroom(page_of(text.encode(codec))) as newsroom:
        there = newsroom.local("https://www.b.example/")
        expected = text.replace("https://www.b.example/", there)
        assert ask(newsroom.local(FEED)).body == expected.encode(codec)


def test_hosts_have_addresses_by_name_alone() -> None:
    """The same hosts get the same addresses, whatever the order in which they are listed."""
    urls = ("https://b.example/", "https://a.example/")
    for order in (urls, urls[::-1]):
        book = AddressBook(Manifest(pages=tuple(Page(url, (Answer(),)) for url in order)).routes(), 8080)
        assert book.local("http://a.example") == "http://127.77.0.1:8080/"
        assert book.local("https://b.example/x#y") == "http://127.77.0.2:8080/x#y"
    with pytest.raises(KeyError):
        book.local("https://elsewhere.example/")


def test_of_two_schemes_the_one_that_answers_is_served() -> None:
    """http and https share an address, so a redirect between them would lead to itself: it is left out."""
    target = Page("http://a.example/x", (Answer(200, {}, b"here"),))
    hop = Page("https://a.example/x", (Answer(301, {"Location": target.url}),))
    for pages in itertools.permutations((target, hop)):
        with Newsroom(Manifest(pages=pages)) as newsroom:
            assert ask(newsroom.local(hop.url)).body == b"here"
            assert newsroom.true(newsroom.local(hop.url)) == target.url


@pytest.mark.parametrize(
    ("one", "other"),
    [("/%7euser/%c3%a9", "/~user/%C3%A9"), ("/a|b", "/a%7Cb"), ("/a b", "/a%20b")],
)
def test_spellings_of_percent_escapes_are_one_address(one: str, other: str) -> None:
    """Clients differ in what they escape; that makes no other page of it (RFC 3986, 6.2.2)."""
    assert normal_target(one) == normal_target(other)
    assert normal_target("/a%2Fb") != normal_target("/a/b")
