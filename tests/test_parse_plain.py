"""The reader of usual documents says what feedparser says, of every document that it takes."""
# ruff: noqa: E501  snippets of markup are easier to compare one a line

from __future__ import annotations

import itertools
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError
from aggregator.models import Standing
from aggregator.parse import parse_feed
from aggregator.parse.document import read_document
from aggregator.parse.identity import PRINT_SIZE, name_print
from aggregator.parse.xmlfeed import Said, parse_xml, say_by_feedparser, say_plainly
from aggregator.urls import canonical_url
from tests.test_parse_corpus import CORPUS, FEEDS, URL, documents

if TYPE_CHECKING:
    from aggregator.models import ParsedEntry, ParsedFeed
    from aggregator.parse.document import Document

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "a": "http://www.w3.org/2005/Atom",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "fb": "http://rssnamespace.org/feedburner/ext/1.0",
        "odd": "https://odd.example/ns",
        "thr": "http://purl.org/syndication/thread/1.0",
    }.items()
)
TEXTS = (
    "", " ", "plain", "One &amp; two", "caf\u00e9 \u2013 \u00c3\u00a9", "&#147;quoted&#148; &#8220;well&#8221;", "a &lt;b&gt;bold&lt;/b&gt; word",
    "<![CDATA[<p>One <em>two</em> &eacute;</p>]]>", "x &lt;br&gt; y", "5 &lt; 6 &amp;&amp; 7", "<!-- said --> apart", "\n  lines\n\n and more\n",
    "&amp;nbsp;", "AT&amp;amp;T",
)  # fmt: skip
LINKS = (
    "", "https://a.example/1", "/relative", "https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&amp;amp;b=2", "http:///a.example/x", "tag:a.example,2026:1", "HTTPS://A.example/x", "https://a.example/\u00e9",
)  # fmt: skip
DATES = (
    "",
    "Thu, 01 Jan 2026 10:00:00 +0100",
    "2026-01-01T10:00:00Z",
    "2026-01-01",
    "yesterday",
    "Thu Jan  1 10:00:00 2026",
    "2026-13-45",
)
PEOPLE = (
    "",
    "Ann",
    "ann@a.example (Ann Lee)",
    "Ann &lt;ann@a.example&gt;",
    "(Ann)",
    "ann@a.example",
    "Ann, Bob &amp; Co",
)
ANYWHERE = (
    "<title>{text}</title>", "<link>{link}</link>", '<a:link href="{link}"/>', '<a:link rel="self" href="{link}" type="application/rss+xml"/>',
    "<dc:creator>{person}</dc:creator>", "<itunes:summary>{text}</itunes:summary>", "<description>{text}</description>", "<itunes:author>{person}</itunes:author>",
    "<itunes:image href='https://a.example/i.png'/>", "<odd:thing><odd:more>{text}</odd:more></odd:thing>", "<odd:thing about='{link}'>{text}</odd:thing>",
    "<thr:total>3</thr:total>", "<category>{text}</category>", "<guid>{link}</guid>", "<copyright>{text}</copyright>", "<author>{person}</author>",
    '<site xmlns="com-wordpress:feed-additions:1">7</site>', "<media:thumbnail url='{link}'/>", "<language>{text}</language>", "<dc:language>fr</dc:language>",
)  # fmt: skip
IN_FEED = (
    "<ttl>60</ttl>", "<sy:updatePeriod>hourly</sy:updatePeriod>", "<sy:updateFrequency>2</sy:updateFrequency>", "<skipHours><hour>3</hour></skipHours>",
    "<image><url>{link}</url><title>{text}</title><link>{link}</link></image>", "<managingEditor>{person}</managingEditor>", "<generator>{text}</generator>",
    "<itunes:owner><itunes:name>{person}</itunes:name><itunes:email>a@b.example</itunes:email></itunes:owner>", '<itunes:category text="News"><itunes:category text="Local"/></itunes:category>',
    "<lastBuildDate>{date}</lastBuildDate>", "<textInput><title>{text}</title><link>{link}</link><name>q</name></textInput>", "<fb:info uri='x'/>",
    "<pubDate>{date}</pubDate>", "<cloud domain='a.example'/>", "<odd:x title='{text}'/>", "<image>{text}</image>",
)  # fmt: skip
IN_ENTRY = (
    "<guid isPermaLink='false'>{text}</guid>", "<guid isPermaLink='true'>{link}</guid>", "<pubDate>{date}</pubDate>", "<dc:date>{date}</dc:date>",
    "<content:encoded>{text}</content:encoded>", "<enclosure url='{link}' type='Audio/MPEG' length='12'/>", "<category domain='{link}'>{text}</category>",
    "<media:content url='{link}' medium='video' fileSize='12'><media:title>{text}</media:title><media:description type='plain'>{text}</media:description></media:content>",
    "<media:group><media:content url='{link}' type='video/mp4'/><media:title type='html'>{text}</media:title><media:thumbnail url='{link}'/></media:group>",
    "<source url='{link}'>{text}</source>", "<comments>{link}</comments>", "<fb:origLink>{link}</fb:origLink>", "<itunes:keywords>{text}, b,c</itunes:keywords>",
    "<media:keywords>{text}, b</media:keywords>", "<dcterms:created>{date}</dcterms:created>", "<dcterms:modified>{date}</dcterms:modified>",
    "<media:category scheme='x'>{text}</media:category>", "<dc:subject>{text}</dc:subject>", "<description><b>{text}</b></description>", "<title><i>{text}</i></title>",
    "<media:description>{text}</media:description>", "<dc:title>{text}</dc:title>", "<odd:pubDate>{date}</odd:pubDate>", "<itunes:category text='News'/>",
    "<description xml:lang='de'>{text}</description>", "<title type='html'>{text}</title>", '<post-id xmlns="com-wordpress:feed-additions:1">9</post-id>',
)  # fmt: skip
OF_ATOM = (
    "<title type='{type}'>{text}</title>", "<summary type='{type}'>{text}</summary>", "<content type='{type}'>{text}</content>", "<content type='{type}' xml:base='{link}' xml:lang='de'>{text}</content>",
    "<content type='html' xml:lang=''>{text}</content>", "<id>{link}</id>", "<link href='{link}'/>", "<link rel='alternate' type='text/html' href='{link}' thr:count='2'/>",
    "<link rel='enclosure' href='{link}' length='7' type='audio/ogg'/>", "<published>{date}</published>", "<updated>{date}</updated>", "<author><name>{text}</name><uri>{link}</uri></author>",
    "<author><name>Ann</name><email>ann@a.example</email></author>", "<author><name/></author>", "<category term='{text}' label='{text}'/>", "<category term='a' scheme='{link}'/>",
    "<contributor><name>{text}</name></contributor>", "<rights>{text}</rights>", "<dc:creator>{person}</dc:creator>", "<media:group><media:title>{text}</media:title><media:description>{text}</media:description></media:group>",
    "<odd:thing>{text}</odd:thing>", "<source><title>{text}</title></source>", "<summary>{text}</summary>", "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{text}</div></content>",
    "<thr:in-reply-to ref='{link}'/>", "<author>{person}</author>",
)  # fmt: skip
OF_ATOM_FEED = (
    "<title type='{type}'>{text}</title>", "<id>{link}</id>", "<link href='{link}'/>", "<link rel='self' href='{link}'/>", "<link rel='next' href='{link}'/>", "<updated>{date}</updated>", "<subtitle>{text}</subtitle>",
    "<author><name>{text}</name></author>", "<logo>{link}</logo>", "<generator uri='{link}'>{text}</generator>", "<category term='{text}'/>", "<rights>{text}</rights>", "<odd:thing>{text}</odd:thing>",
)  # fmt: skip


OF_AN_ENTRY = ("", "", ' xml:lang="de"', ' xml:base="/sub/"')
VERSIONS = ("2.0", "0.92", "")


def filled(chance: random.Random, snippets: tuple[str, ...], at_most: int) -> str:
    return "\n".join(
        snippet.format(
            text=chance.choice(TEXTS),
            link=chance.choice(LINKS),
            date=chance.choice(DATES),
            person=chance.choice(PEOPLE),
            type=chance.choice(("text", "html", "HTML", "text/html", "xhtml", "image/png")),
        )
        if "type='" not in snippet or "{type}" in snippet or "{" in snippet
        else snippet
        for snippet in chance.choices(snippets, k=chance.randint(0, at_most))
    )


def rss(chance: random.Random) -> str:
    items = "".join(
        f"<item>{filled(chance, ANYWHERE + IN_ENTRY, 7)}</item>" for _ in range(chance.randint(1, 4))
    )
    head, tail = (filled(chance, ANYWHERE + IN_FEED, 4) for _ in range(2))
    language = chance.choice(("", ' xml:lang="en_GB"', ' xml:base="https://base.example/x/"'))
    return f'<rss version="{chance.choice(VERSIONS)}" {NAMESPACES}{language}><channel>{head}{items}{tail}</channel></rss>'


def atom(chance: random.Random) -> str:
    entries = "".join(
        f"<entry{chance.choice(OF_AN_ENTRY)}>{filled(chance, OF_ATOM, 8)}</entry>"
        for _ in range(chance.randint(1, 4))
    )
    language = chance.choice(("", ' xml:lang="en"', ' xml:base="https://base.example/x/"'))
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}{language}>{filled(chance, OF_ATOM_FEED, 5)}{entries}</feed>'


def rdf(chance: random.Random) -> str:
    names = ANYWHERE + IN_ENTRY
    items = "".join(
        f'<item rdf:about="{chance.choice(LINKS)}">{filled(chance, names, 5)}</item>'
        for _ in range(chance.randint(1, 4))
    )
    spaces = NAMESPACES.replace('xmlns:a="http://www.w3.org/2005/Atom"', 'xmlns:a="https://other.example/"')
    return (
        f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {spaces}>'
        f"<channel rdf:about='x'>{filled(chance, ANYWHERE + IN_FEED, 3)}</channel>{items}</rdf:RDF>"
    )


def read_by(say: object, document: Document, url: str) -> ParsedFeed | str | None:
    """Return the record by one way of reading, without the prints that only one of them gives."""

    def chosen(of: Document, text: str) -> Said:
        said = say_plainly(text) if say is say_plainly else say_by_feedparser(of, text)
        if said is None:
            raise LookupError
        return said

    try:
        return parse_xml(document, url, say=chosen)
    except LookupError:
        return None
    except ParseError as error:
        return str(error)


def taken(body: bytes, url: str = URL, content_type: str = "") -> bool:
    """Assert that both ways say the same; tell whether the plain one took the document."""
    try:
        document = read_document(body, content_type)
    except ParseError:
        return False
    if document.root in {"{", "["}:
        return False
    plainly = read_by(say_plainly, document, url)
    if plainly is None or isinstance(plainly, str):
        return False
    assert plainly == read_by(say_by_feedparser, document, url)
    return True


@pytest.mark.parametrize("make", [rss, atom, rdf])
def test_made_documents_are_read_alike(make: object) -> None:
    """Hundreds of documents that are put together from what feeds hold, in any order, usual and not."""
    took = 0
    for seed in range(400):
        assert callable(make)
        took += taken(make(random.Random(seed)).encode())
    assert took > 60


def in_rss(item: str, channel: str = "", root: str = 'version="2.0"', tail: str = "") -> str:
    entry = f"<item><guid>1</guid><title>One</title>{item}</item>"
    return f"<rss {NAMESPACES} {root}><channel{channel}><title>T</title>{entry}{tail}</channel></rss>"


def in_atom(entry: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}><title>T</title><entry><id>1</id><title>One</title>{entry}</entry></feed>'


RDF = 'xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
UNUSUAL = {
    "words beside the parts of an author": in_atom("<author><name>Ann</name>of the harbour</author>"),
    "an author with an attribute": in_rss("<author role='boss'>Ann</author>"),
    "markup in an author's name": in_atom("<author><name><b>Ann</b></name></author>"),
    "an enclosure with something in it": in_rss(
        "<enclosure url='https://a.example/x.mp3'><b>x</b></enclosure>"
    ),
    "a category of a podcast with a text": in_rss("<itunes:category text='News'>Sea</itunes:category>"),
    "a description of the feed with markup": in_rss("", tail="<description><b>bold</b></description>"),
    "an author of the feed with parts that none has": in_rss(
        "", tail="<itunes:author><b>Ann</b></itunes:author>"
    ),
    "two titles of the feed": in_rss("", tail="<title>Other</title>"),
    "a base of an entry before elements of the feed": in_rss("", tail="<ttl>60</ttl>").replace(
        "<item>", "<item xml:base='/sub/'>"
    ),
    "a channel with an attribute": in_rss("", " lang='de'"),
    "a root with a language of its own": in_rss("", root='version="2.0" lang="de"'),
    "a prefix that usually means something else": in_rss(
        "", root='version="2.0" xmlns:georss="http://search.yahoo.com/mrss/"'
    ),
    "a prefix that comes to mean something else": in_rss(
        "<odd:x xmlns:odd='https://else.example/'>x</odd:x>"
    ),
    "a base on what says nothing": in_rss("<odd:x xml:base='/y/'>x</odd:x>"),
    "an entry with an attribute": in_rss("").replace("<item>", "<item lang='de'>"),
    "a link with an attribute that none has": in_atom("<link href='/one' onclick='x()'/>"),
    "an item and no channel": "<rss version='2.0'><item><guid>1</guid><title>One</title></item></rss>",
    "a channel behind its items": f"<rdf:RDF {RDF}><item><title>One</title><link>/1</link></item><channel><title>T</title></channel></rdf:RDF>",
    "a loud stranger beside the items": f"<rdf:RDF {RDF}><channel><title>T</title></channel><item><title>One</title><link>/1</link></item><p>x</p></rdf:RDF>",
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_is_not_usual_is_left_to_feedparser_and_read(what: str) -> None:
    """The list says what may be there: whatever is not on it may mean something."""
    body = UNUSUAL[what].encode()
    assert not taken(body)
    assert [entry.title for entry in parse_feed(body, URL).entries] == ["One"]


USUAL = {
    "a silent part of an author": in_atom("<author><name>Ann</name><thr:total>3</thr:total></author>"),
    "a category of media without a scheme": in_rss("<media:category>Sea</media:category>"),
    "Userland's own name of its words": in_rss(
        "<u:comments xmlns:u='http://backend.userland.com/rss2'>x</u:comments>"
    ),
}


@pytest.mark.parametrize("what", USUAL)
def test_what_is_usual_is_taken(what: str) -> None:
    assert taken(USUAL[what].encode())


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder of documents")
@pytest.mark.parametrize(
    ("collection", "at_least"),
    [("real", 160), ("feedparser", 380), ("feed-rs", 47), ("fastfeedparser", 9), ("feedvalidator", 400)],
)
def test_documents_of_the_corpus_are_read_alike(collection: str, at_least: int) -> None:
    """What was measured: how many of a collection the plain reader takes; all of them say the same."""
    assert (FEEDS / collection).is_dir()
    took = sum(taken(body, row.get("url") or URL, kind) for row, body, kind in documents(collection))
    assert took >= at_least


# ---------------------------------------------------------------------------------------------- prints


_ENTRY_END = re.compile("</(item|entry)>")


def _with_own_names(document: str) -> str:
    numbers = itertools.count()

    def named(end: re.Match[str]) -> str:
        number = next(numbers)
        own = f"<id>urn:{number}</id>" if end[1] == "entry" else f"<guid isPermaLink='false'>{number}</guid>"
        return own + end[0]

    return _ENTRY_END.sub(named, document)


def standing(entry: ParsedEntry) -> Standing:
    return Standing(name_print(entry.guid), name_print(canonical_url(entry.link)))


def recognised_of(body: bytes, url: str, chance: random.Random, content_type: str = "") -> int:
    """Assert that a document is the same to those who know some or all of its prints; return how many are recognised."""
    try:
        first = parse_feed(body, url, content_type)
    except ParseError:
        return 0
    around, rows = first.prints[:PRINT_SIZE], first.prints[PRINT_SIZE:]
    marks = [rows[at : at + 3 * PRINT_SIZE] for at in range(0, len(rows), 3 * PRINT_SIZE)]
    some = b"".join(mark for mark in marks if chance.random() < 0.5)
    for known in (around + some, first.prints):
        again = parse_feed(body, url, content_type, known)
        assert set(again.entries) <= set(first.entries)
        assert {*map(standing, again.entries), *again.standing} == {*map(standing, first.entries)}
        assert replace(again, entries=(), standing=(), prints=b"") == replace(first, entries=(), prints=b"")
        assert again.seen == first.seen
        assert sorted(again.prints) == sorted(first.prints)
    # what is left of a document of an old encoding may be plain ASCII: then it is read whole
    assert len(again.standing) in {0, len(marks)}
    return len(again.standing)


@pytest.mark.parametrize("make", [rss, atom, rdf])
def test_what_is_not_read_again_is_recognised(make: object) -> None:
    """Given its own prints, a document has the same entries: read, or told by what they are called and where they lead."""
    recognised = 0
    for seed in range(300):
        assert callable(make)
        chance = random.Random(seed)
        body = _with_own_names(make(chance)).encode()
        recognised += recognised_of(body, URL, chance)
    assert recognised > 50


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder of documents")
def test_documents_of_the_corpus_are_recognised() -> None:
    chance = random.Random(1)
    found = [
        recognised_of(body, row.get("url") or URL, chance, kind) for row, body, kind in documents("real")
    ]
    assert sum(map(bool, found)) >= 125


ITEM = (
    "<item><guid>{n}</guid><title>Item {n}</title><description>&lt;p&gt;Text {n}{more}</description></item>"
)


def feed_of(*items: str, title: str = "News") -> bytes:
    return f"<rss version='2.0'><channel><title>{title}</title>{''.join(items)}</channel></rss>".encode()


def test_what_stands_as_it_stood_is_not_read() -> None:
    """Of a document with one new entry and one changed, these two are read."""
    before = parse_feed(feed_of(*(ITEM.format(n=n, more="") for n in (1, 2, 3))), URL)
    body = feed_of(*(ITEM.format(n=n, more="!" if n == 2 else "") for n in (4, 1, 2, 3)))
    after = parse_feed(body, URL, known=before.prints)
    assert [(e.guid, e.summary_html) for e in after.entries] == [
        ("4", "<p>Text 4</p>"), ("2", "<p>Text 2!</p>"),
    ]  # fmt: skip
    assert after.standing == tuple(standing(entry) for entry in before.entries if entry.guid != "2")
    assert sorted(after.prints) == sorted(parse_feed(body, URL).prints)


def test_what_is_inherited_counts() -> None:
    """The same words in a document of another title may mean something else (its author may be it)."""
    items = [ITEM.format(n=1, more="")]
    before = parse_feed(feed_of(*items), URL)
    assert not parse_feed(feed_of(*items, title="Other"), URL, known=before.prints).standing
    assert not parse_feed(feed_of(*items), URL + "?2", known=before.prints).standing


def test_better_rules_read_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an entry said by rules that were mended since is not kept for as long as its bytes stay."""
    items = [ITEM.format(n=1, more="")]
    before = parse_feed(feed_of(*items), URL)
    monkeypatch.setattr("aggregator.parse.xmlfeed.READ_BY", 0)
    assert not parse_feed(feed_of(*items), URL, known=before.prints).standing


def test_a_guid_that_others_use_too_is_read_again() -> None:
    """What such an entry is called depends on its neighbours, which may come and go."""
    one = "<item><guid>x</guid><link>https://a.example/1</link><title>One</title></item>"
    two = "<item><guid>x</guid><link>https://a.example/2</link><title>Two</title></item>"
    alone = parse_feed(feed_of(one), URL)
    both = parse_feed(feed_of(one, two), URL, known=alone.prints)
    assert [len(both.entries), len(both.standing)] == [2, 0]
    assert parse_feed(feed_of(one, two), URL, known=both.prints) == both
    assert [e.title for e in parse_feed(feed_of(two), URL, known=both.prints).entries] == ["Two"]


@pytest.mark.parametrize(
    "before",
    [
        "<!-- as it was: <rss version='2.0'><channel>{items}</channel></rss> -->",
        "<!DOCTYPE feed [<!-- <rss ><channel>{items}</channel> -->]>",
    ],
)
def test_entries_in_a_comment_before_the_root_are_none_that_stand(before: str) -> None:
    """A former version of the feed in a comment has as many entries as the feed, and never changes."""

    def body(*numbers: int) -> bytes:
        entries = "".join(
            f"<entry><id>urn:{n}</id><title>News {n}</title><link href='https://e.example/{n}'/></entry>"
            for n in numbers
        )
        old = before.format(items="".join(f"<item><title>Old {n}</title></item>" for n in numbers))
        return f"{old}<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{entries}</feed>".encode()

    first = parse_feed(body(3, 2, 1), URL)
    again = parse_feed(
        body(6, 5, 4).replace(b"Old 6", b"Old 3").replace(b"Old 5", b"Old 2").replace(b"Old 4", b"Old 1"),
        URL,
        known=first.prints,
    )
    assert [entry.title for entry in again.entries] == ["News 6", "News 5", "News 4"]
    assert not again.standing
