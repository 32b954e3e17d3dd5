"""A feed document becomes a ParsedFeed, or there is a ParseError that says why; nothing else ever happens."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.dates import parse_date
from aggregator.errors import ParseError
from aggregator.markup import clean_text, html_to_text, without_controls
from aggregator.models import Enclosure, EntryChange, KnownEntry, ParsedEntry, ParsedFeed
from aggregator.parse import parse_feed
from aggregator.parse.fields import MAX_ENTRIES, TITLE_LIMIT, html_of
from aggregator.parse.identity import GUID_LIMIT, changed_entries, entry_hash, with_guids
from aggregator.urls import canonical_url

URL = "https://feeds.example/dir/feed"
DOCUMENTS = Path(__file__).parent / "data" / "feeds"
WILD = sorted(path.name for path in DOCUMENTS.iterdir() if not path.name.endswith(".expected.json"))


def shown(value: Any) -> Any:
    """Return a record as JSON would hold it, without what it does not say."""
    if isinstance(value, dict):
        silent = [("whole", True), ("complete", False), ("same", False)]
        said = {
            key: shown(each) for key, each in value.items() if (key, each) not in silent and key != "prints"
        }
        return {key: each for key, each in said.items() if each not in ("", None, [])}
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else value


def rss(items: str, head: str = "<title>T</title><link>https://site.example/</link>") -> bytes:
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def only_entry(items: str) -> ParsedEntry:
    (entry,) = parse_feed(rss(items), URL).entries
    return entry


# ---------------------------------------------------------------------------------------- whole documents


@pytest.mark.parametrize("name", WILD)
def test_a_document_is_read_as_expected(name: str) -> None:
    """Each document under data/feeds yields the record beside it: to mend a wild feed, add two files."""
    expected = json.loads((DOCUMENTS / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert shown(asdict(parse_feed((DOCUMENTS / name).read_bytes(), URL))) == expected


@pytest.mark.parametrize("name", WILD)
def test_identity_does_not_move_with_the_address_of_the_feed(name: str) -> None:
    """A feed that moves to another host or folder announces the same entries."""
    body = (DOCUMENTS / name).read_bytes()
    here, there = (parse_feed(body, url).entries for url in (URL, "https://moved.example/elsewhere.xml"))
    given_by_feed = [
        entry.guid for entry in here if not entry.guid.startswith(("https://feeds.", "blake2b:"))
    ]
    assert [entry.guid for entry in there if entry.guid in given_by_feed] == given_by_feed


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty body", id="nothing"),
        pytest.param(b"\xef\xbb\xbf \n", "empty body", id="only a byte order mark"),
        pytest.param(b"<!DOCTYPE html><html><p>Hello</html>", "an HTML page, not a feed", id="HTML"),
        pytest.param(b"<p>Warning</p>", "an HTML page, not a feed", id="a piece of HTML"),
        pytest.param(b"/etc/passwd", "neither XML nor JSON", id="a path"),
        pytest.param(b"http://127.0.0.1/feed", "neither XML nor JSON", id="an address"),
        pytest.param(b"\x1f\x8b\x08\x00", "compressed", id="gzip in gzip"),
        pytest.param(b"<opml><body/></opml>", "OPML", id="a list of feeds"),
        pytest.param(b"<note><to>You</to></note>", "its root element is <note>", id="other XML"),
        pytest.param(b"<rss version='2.0'><channel><item><title>Cut", "cut off before", id="no whole entry"),
        pytest.param(b"<rss", "not well-formed", id="a torn tag"),
        pytest.param(b'{"error": "not found"}', "not a JSON Feed", id="other JSON"),
        pytest.param(b"[1, 2]", "not a JSON Feed", id="a list"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep list"),
        pytest.param(
            b'{"version": "https://jsonfeed.org/version/1", "items": [', "not well-formed", id="torn JSON"
        ),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    """The message is one line for a person."""
    with pytest.raises(ParseError, match=reason) as refused:
        parse_feed(body, URL)
    assert "\n" not in str(refused.value)


ENTITIES = {
    "nested": '<!ENTITY a "lol"><!ENTITY b "&a;&a;">',
    "markup": '<!ENTITY a "&#60;script/>">',
    "external": '<!ENTITY a SYSTEM "file:///etc/passwd">',
    "parametric": '<!ENTITY % a "x">',
    "long": f'<!ENTITY a "{"x" * 65}">',
    "many": "".join(f'<!ENTITY a{n} "x">' for n in range(257)),
    "chain": '<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n} "&a{n - 1};">' for n in range(1, 60_000)),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("kind", ENTITIES)
def test_dangerous_entities_are_refused_in_every_encoding(kind: str, encoding: str) -> None:
    """A chain of entities has crashed interpreters; no parser gets to see one."""
    text = f"<!DOCTYPE rss [{ENTITIES[kind]}]><rss version='2.0'><channel><title>&a;</title></channel></rss>"
    with pytest.raises(ParseError, match="declares XML entities"):
        parse_feed(text.encode(encoding), URL)


def test_an_article_about_entities_is_no_declaration() -> None:
    """Only the prolog declares; what stands in an entry is text."""
    assert only_entry("<item><title>How &lt;!ENTITY works</title></item>").title == "How <!ENTITY works"


@pytest.mark.parametrize(
    ("declared", "served", "encoding"),
    [
        ("utf-8", "", "utf-8"),
        ("iso-8859-1", "", "iso-8859-1"),
        ("iso-8859-1", "", "utf-8"),  # mislabelled: valid UTF-8 was never meant as Latin-1
        ("utf-8", "", "windows-1252"),  # and the other way round
        ("utf-16", "", "utf-8"),  # written by a program that re-coded the file and not its first line
        ("utf-8", "text/xml; charset=ISO-8859-1", "utf-8"),
        ("iso-8859-1", "application/xml; charset=utf-8", "utf-8"),
        ("hex", "", "utf-8"),
        ("undefined", "", "utf-8"),
        ("unicode_escape", "", "utf-8"),
    ],
)
def test_encodings_are_told_apart(declared: str, served: str, encoding: str) -> None:
    """Byte order mark, protocol, declaration, guess; labels that cannot be true are not believed."""
    text = f'<?xml version="1.0" encoding="{declared}"?>' + rss("", "<title>Käse: é</title>").decode()
    assert parse_feed(text.encode(encoding), URL, served).title == "Käse: é"


@pytest.mark.parametrize("encoding", ["koi8-r", "windows-1251", "utf-16", "utf-32"])
def test_a_declared_encoding_is_used(encoding: str) -> None:
    """Cyrillic comes through in each of its encodings."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + rss("", "<title>Привет</title>").decode()
    assert parse_feed(text.encode(encoding), URL).title == "Привет"


def test_junk_before_the_document_is_passed_over() -> None:
    """Scripts print warnings, blanks and byte order marks before the XML declaration."""
    junk = b"\xef\xbb\xbf\n<br />\n<b>Warning</b>: mysql in x.php\n<?xml version='1.0'?><!-- a --><?style x?>"
    assert parse_feed(junk + rss("<item><title>Read</title></item>"), URL).entries[0].title == "Read"


def test_a_feed_may_be_empty() -> None:
    """No entries is a state that feeds are in, not a fault."""
    assert parse_feed(rss(""), URL).entries == ()


def test_a_document_that_breaks_off_says_so() -> None:
    """Its complete entries count; that more may have been meant is told."""
    body = rss("<item><title>One</title></item><item><title>Two</title></item>")
    cut = parse_feed(body[: body.rindex(b"Two")], URL)
    assert ([entry.title for entry in cut.entries], cut.whole) == (["One"], False)
    assert parse_feed(body, URL).whole


def test_no_more_than_the_most_entries_are_taken() -> None:
    """A feed of a hundred thousand entries costs no more than one of two thousand; the document's first count."""
    body = rss("".join(f"<item><title>{n}</title></item>" for n in range(MAX_ENTRIES + 50)))
    parsed = parse_feed(body, URL)
    assert (len(parsed.entries), parsed.entries[-1].title, parsed.whole) == (
        MAX_ENTRIES,
        str(MAX_ENTRIES - 1),
        True,
    )


@settings(max_examples=150)
@given(st.data())
def test_no_document_raises_anything_but_parse_error(data: st.DataObject) -> None:
    """Documents torn, doubled and sprinkled with bytes are read or refused."""
    body = bytearray((DOCUMENTS / data.draw(st.sampled_from(WILD))).read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = start + data.draw(st.integers(0, 40))
        body[start:end] = data.draw(
            st.sampled_from(
                [b"", b"<", b"&", b"\x00", b"]]>", b"&#xD800;", b"\xff\xfe", bytes(body[start:end]) * 2]
            )
        )
    try:
        parsed = parse_feed(bytes(body), URL)
    except ParseError:
        return
    guids = [entry.guid for entry in parsed.entries]
    assert all(guids)
    assert json.dumps(shown(asdict(parsed))).encode("utf-8")


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "url",
                        "title",
                        "content_html",
                        "authors",
                        "name",
                        "tags",
                        "attachments",
                        "date_published",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_json_of_any_shape_is_read(item: Any) -> None:
    """A value of the wrong type is not there."""
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item, item], "title": item})
    assert len(parse_feed(body.encode("utf-8", "surrogatepass"), URL).entries) <= 2


# ------------------------------------------------------------------------------------------- single fields


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("&lt;b&gt;Bold&lt;/b&gt; news", "Bold news"),
        ("One&lt;br&gt;line", "One line"),
        ("The &lt;script&gt; element", "The <script> element"),
        ("Two\n   lines\t", "Two lines"),
        ("<![CDATA[<i>Cut</i>]]>", "Cut"),
        ("x" * 20_000, "x" * TITLE_LIMIT),
    ],
)
def test_titles_of_rss_are_plain_text(written: str, title: str) -> None:
    """RSS does not say what a title is: clear markup is taken away, anything else stays."""
    assert only_entry(f"<item><title>{written}</title></item>").title == title


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2014-12-21T10:00:00+01:00", "2014-12-21T09:00"),
        ("2014-12-21 10:00:00 UTC", "2014-12-21T10:00"),
        ("2014/12/21 10:00", "2014-12-21T10:00"),
        ("20141221T100000Z", "2014-12-21T10:00"),
        ("Sun, 21 Dec 2014 10:00:00 EST", "2014-12-21T15:00"),
        ("Sun,21 Dec 14 10:00 +0100", "2014-12-21T09:00"),
        ("Sun, 21 Dec 2014 10:00:00 CET", "2014-12-21T09:00"),
        ("So, 21. Dezember 2014, 10:00 Uhr", "2014-12-21T10:00"),
        ("21 de diciembre de 2014", "2014-12-21T00:00"),
        ("21 août 2014 à 10h30", "2014-08-21T10:30"),
        ("December 21, 2014 1:05 p.m.", "2014-12-21T13:05"),
        ("21.12.2014 10:00", "2014-12-21T10:00"),
        ("21-12-2014 10:00:00", "2014-12-21T10:00"),
        ("12/21/2014 12:05 AM", "2014-12-21T00:05"),
        ("1419156000", "2014-12-21T10:00"),
        ("2014-12-21T24:00:00Z", "2014-12-22T00:00"),
    ],
)
def test_dates_of_the_wild_are_read(text: str, instant: str) -> None:
    """Standards first, then the forms that feeds have been seen to write."""
    assert parse_date(text) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "03/04/2014", "2026-13-45", "31 Feb 2020", "0001-01-01T00:00:00Z", "9999-12-31", "1969-12-31",
     "99999-01-01", "2014-12-21T25:00:00Z", "2014-12", "-5", "9" * 5000],
)  # fmt: skip
def test_what_is_no_date_or_could_be_two_is_none(text: str) -> None:
    """A wrong date is worse than none."""
    assert parse_date(text) is None
    assert only_entry(f"<item><title>x</title><pubDate>{text}</pubDate></item>").published_at is None


def test_a_missing_date_is_not_made_up() -> None:
    """feedparser answers with the other date; RSS's only date is that of publication."""
    entry = only_entry("<item><title>x</title><pubDate>Tue, 06 Jan 2026 08:30:00 GMT</pubDate></item>")
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 1, 6, 8, 30, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://[", "mailto:a@b.c"]
)
def test_links_are_http_or_nothing(link: str) -> None:
    """No other scheme leaves this room."""
    assert only_entry(f"<item><title>x</title><link>{link}</link></item>").link == ""


HOSTILE = [
    '<script>alert(1)</script><p onclick="x()" style="a" class="b" id="c">text</p>',
    '<a href="java&#10;script:alert(1)">x</a><a href=" vbscript:x">y</a><a href="data:text/html,x">z</a>',
    '<math><a xlink:href="javascript:1">x</a></math><svg onload="x()"><style><img src=x onerror=1></style></svg>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<form action="javascript:1"><input onfocus=x autofocus></form><iframe srcdoc="<script>"></iframe>',
    '<base href="javascript:"><meta http-equiv=refresh content="0;url=javascript:1"><link rel=stylesheet href=x>',
    '<img srcset="http:a<script>" src="//cdn.example/x.png">',
]


@pytest.mark.parametrize("html", HOSTILE)
def test_html_is_sanitised(html: str) -> None:
    """Nothing runs, frames, styles or names itself; sanitising the result again changes nothing."""
    cleaned = html_of(html, "https://base.example/dir/")
    lowered = cleaned.lower()
    assert not [
        bad
        for bad in (
            "<script",
            "<style",
            "<iframe",
            "<form",
            "<svg",
            "javascript:",
            "vbscript:",
            " on",
            " style=",
            " id=",
            "srcset",
        )
        if bad in lowered
    ]
    assert nh3.clean(cleaned, link_rel=None, attributes={"a": {"href"}, "img": {"src"}}) == cleaned


def test_relative_links_in_html_stand_against_its_base() -> None:
    """Addresses are absolute; mail stays mail; what cannot be one goes."""
    html = '<a href="x?a=1&amp;b=2">1</a><a href="mailto:a@b.example">2</a><a href="tel:5">3</a><img src="/i.png">'
    assert html_of(html, "https://base.example/dir/page") == (
        '<a href="https://base.example/dir/x?a=1&amp;b=2">1</a><a href="mailto:a@b.example">2</a><a>3</a>'
        '<img src="https://base.example/i.png">'
    )


@pytest.mark.parametrize("sign", ["?", "a", "漢"])
def test_an_endless_link_is_none(sign: str) -> None:
    """Links are compared, kept and logged by the service itself: what no server takes is not worth its time."""
    link = "https://a.example/" + sign * 100_000
    body = f"<rss><channel><item><guid isPermaLink='false'>1</guid><link>{link}</link></item></channel></rss>"
    [entry] = parse_feed(body.encode(), URL).entries
    assert (entry.guid, entry.link) == ("1", "")


@pytest.mark.parametrize("number", ["7", "1747123456789012345", "9" * 5000])
def test_an_id_that_is_a_number_is_taken_as_text(number: str) -> None:
    """Whatever its length (JSON Feed 1.1, items, id): 19 digits are usual where ids are made of the time."""
    items = f'[{{"id": {number}, "title": "x", "url": "https://a.example/1"}}]'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}}}'.encode()
    [entry] = parse_feed(body, URL).entries
    assert entry.guid == number or (len(number) > GUID_LIMIT and entry.guid.startswith("blake2b:"))


@pytest.mark.parametrize(
    "length", ["-5", "1e3", "٣", "²", "9" * 5000, "99999999999999999999", "0", "many", ""]
)
def test_numbers_that_are_none_are_dropped(length: str) -> None:
    """What SQLite or int() could not take never gets that far."""
    entry = only_entry(
        f'<item><title>x</title><enclosure url="https://a.example/x.mp3" type="audio/mpeg" length="{length}"/></item>'
    )
    assert entry.enclosures == (Enclosure("https://a.example/x.mp3", "audio/mpeg", None),)
    assert parse_feed(rss("", f"<title>T</title><ttl>{length}</ttl>"), URL).ttl_minutes is None


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("desk@harbour.example (The desk)", "The desk"),
        ("The desk &lt;desk@harbour.example&gt;", "The desk"),
        ("desk@harbour.example", "desk@harbour.example"),
        ("Ada Quay", "Ada Quay"),
    ],
)
def test_an_author_is_a_name_where_there_is_one(author: str, name: str) -> None:
    """RSS asks for an address and a name in brackets; people write anything."""
    assert only_entry(f"<item><title>x</title><author>{author}</author></item>").author == name


def test_a_feed_that_names_itself_as_author_names_nobody() -> None:
    """An Atom entry inherits its feed's author, unless that is the feed's title."""
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Post</title>'
    feed = head + "<author><name>{}</name></author><entry><id>x</id></entry></feed>"
    authors = [parse_feed(feed.format(name).encode(), URL).entries[0].author for name in ("the post", "Ada")]
    assert authors == ["", "Ada"]


# ------------------------------------------------------------------------------------ when and where to come


def head(said: str) -> ParsedFeed:
    namespaces = (
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"'
    )
    channel = f"<channel><title>T</title>{said}<item><title>x</title></item></channel>"
    return parse_feed(f'<rss version="2.0" {namespaces}>{channel}</rss>'.encode(), URL)


def all_of(kind: str, members: list[str]) -> str:
    return f"<skip{kind}s>{''.join(f'<{kind}>{m}</{kind}>' for m in members)}</skip{kind}s>"


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        pytest.param(all_of("Hour", ["7", "08"]), {7, 8}, id="plain"),
        pytest.param(all_of("Hour", ["24"]), {0}, id="early RSS counts to 24"),
        pytest.param(all_of("Hour", [str(n) for n in range(24)]), set(), id="all: nobody could come"),
        pytest.param(all_of("Hour", ["-1", "25", "99", "٣", "x", ""]), set(), id="no hours"),
        pytest.param("<skipHours><hour>1", set(), id="never closed"),
        pytest.param("<skipHours>" * 50_000, set(), id="very often"),
        pytest.param(f"<!-- {all_of('Hour', ['1'])} -->", set(), id="in a comment"),
        pytest.param(f"<description><![CDATA[{all_of('Hour', ['1'])}]]></description>", set(), id="quoted"),
    ],
)
def test_hours_to_skip(said: str, hours: set[int]) -> None:
    """What cannot be followed is not there."""
    assert head(said).skip_hours == hours


def test_days_to_skip() -> None:
    """By name, Monday first; a week without a day in it is nonsense."""
    assert head(all_of("Day", ["Monday", "SUN", "Caturday"])).skip_days == {0, 6}
    week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert head(all_of("Day", week)).skip_days == frozenset()


@pytest.mark.parametrize(
    ("period", "frequency", "minutes"),
    [
        ("hourly", "1", 60),
        ("hourly", "4", 15),
        ("daily", "", 1440),
        ("", "2", 720),
        ("yearly", "1", 525_600),
        ("monthly", "0", 43_200),
        ("hourly", "-3", 60),
        ("hourly", "9" * 5000, 60),
        ("hourly", "600000", 1),
        ("never", "1", None),
        ("", "", None),
    ],
)
def test_the_period_of_updates(period: str, frequency: str, minutes: int | None) -> None:
    """Period by frequency, in minutes; a frequency that is none counts as once."""
    said = f"<sy:updatePeriod>{period}</sy:updatePeriod>" if period else ""
    said += f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency else ""
    assert head(said).update_minutes == minutes


@pytest.mark.parametrize("href", ["javascript:alert(1)", "", "file:///etc/passwd", "http://[", "urn:x"])
def test_a_link_that_cannot_be_asked_is_none(href: str) -> None:
    """Only http and https are addresses; the next good one of the same kind counts."""
    assert head(f'<atom:link rel="next" href="{href}"/>').next_url == ""
    later = f'<atom:link rel="next" href="{href}"/><atom:link rel="next" href="/two"/>'
    assert head(later).next_url == "https://feeds.example/two"


@pytest.mark.parametrize("value", [7, None, "", "javascript:x", ["/a"], {"url": "/a"}])
def test_a_json_feed_may_say_anything_about_itself(value: object) -> None:
    """A value of the wrong kind is not there."""
    said = {"version": "https://jsonfeed.org/version/1.1", "items": [], "expired": "yes"}
    parsed = parse_feed(json.dumps(said | {"next_url": value}).encode(), URL)
    assert (parsed.next_url, parsed.complete) == ("", False)


# ------------------------------------------------------------------------------------------- plain text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>bold</b> word.</p><p>Two</p>", "One bold word.\n\nTwo"),
        ("un<i>broken</i>", "unbroken"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<p>x</p><script>no()</script><style>p{}</style>y", "x\n\ny"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("a < b", "a < b"),
        ("", ""),
        ("half \ud800 pair <i>x\x00</i>", "half \ufffd pair x"),
        ("<?xml version='1.0' encoding='utf-16'?><p>é</p>", "é"),
    ],
)
def test_html_becomes_paragraphs(html: str, text: str) -> None:
    """Blocks part paragraphs, breaks part lines, the rest flows."""
    assert html_to_text(html) == text


def test_depth_costs_nothing() -> None:
    """Fifty thousand nested elements are read like any other."""
    assert html_to_text("<div>" * 50_000 + "deep") == "deep"


@given(st.text())
def test_clean_text_cannot_steer_a_terminal(text: str) -> None:
    """One line, no controls, no overrides, always writable as UTF-8, and clean already when cleaned."""
    cleaned = clean_text(text)
    assert cleaned.encode("utf-8").decode("utf-8") == clean_text(cleaned)
    assert not [c for c in cleaned if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2028"]


# --------------------------------------------------------------------------------------------- identity


def said(guid: str = "", link: str = "", title: str = "", **more: Any) -> ParsedEntry:
    return ParsedEntry(guid=guid, link=link, title=title, **more)


def known(changes: tuple[EntryChange, ...], before: tuple[KnownEntry, ...] = ()) -> tuple[KnownEntry, ...]:
    """Return what an archive knows after it recorded `changes`."""
    entries = {entry.id: entry for entry in before}
    for change in changes:
        number = change.id or max(entries, default=0) + 1
        entries[number] = KnownEntry(number, change.parsed.guid, change.link_key, change.hash)
    return tuple(entries.values())


def polled(*documents: list[ParsedEntry]) -> list[list[int | None]]:
    """Return, poll by poll, which entry each change is about; None is a new one."""
    archive: tuple[KnownEntry, ...] = ()
    ids = []
    for document in documents:
        changes = changed_entries(with_guids(document, "https://s.example/"), archive)
        ids.append([change.id for change in changes])
        archive = known(changes, archive)
    return ids


case = pytest.param
A, B = "https://s.example/a", "https://s.example/b"
FRONT = "https://other.example/"
LATER = datetime(2026, 1, 2, tzinfo=UTC)


def test_controls_are_dropped_from_long_texts_as_from_short_ones() -> None:
    """A long text is looked at by its bytes first."""
    padding = "\u00e9\n" * 2_000
    for code in (*range(0x250), *range(0x2000, 0x2100), *range(0xD7F0, 0xE010), *range(0xFDC0, 0x10010)):
        letter = chr(code)
        assert (
            without_controls(padding + letter + padding)
            == padding + without_controls(f"\u00e9{letter}")[1:] + padding
        )


@pytest.mark.parametrize(
    ("documents", "ids"),
    [
        case([[said("1", A)], [said("1", A)]], [[None], []], id="the same again"),
        case([[said("1", A, "x")], [said("1", A, "y")]], [[None], [1]], id="another title"),
        case([[said("1", A)], [said("1", A, updated_at=LATER)]], [[None], []], id="only the update date moved"),
        case([[said("1", A)], [said("1", B)]], [[None], [1]], id="another link under a known guid"),
        case([[said("1", A)], [said("2", A)], [said("3", A)]], [[None], [1], [1]], id="a new guid at every build"),
        case([[said("1", A)], [said("2", A + "?utm_source=x")]], [[None], [1]], id="new guid, new tracking"),
        case([[said("", "http://s.example/a")], [said("", A)]], [[None], [1]], id="no guid, http becomes https"),
        case([[said("1", A)], [said("1", A), said("2", A)]], [[None], [None]], id="the old guid still stands"),
        case([[said("1", A)], [said("2", A), said("3", A)]], [[None], [None, None]], id="two share the link now"),
        case([[said("1", A), said("2", A)], [said("3", A)]], [[None, None], [None]], id="two shared the link then"),
        case([[said("1", FRONT)], [said("2", FRONT)]], [[None], [None]], id="a front page moves nothing"),
        case([[said("1")], [said("2")]], [[None], [None]], id="no link moves nothing"),
        case([[said("1", A)], [], [said("1", A)]], [[None], [], []], id="left and came back"),
        case([[said("1", A), said("2", B)], [said("2", B), said("1", A)]], [[None, None], []], id="another order"),
        case([[said("g", A)], [said("g", B), said("g", A)]], [[None], [None, 1]], id="a guid comes to be shared"),
    ],
)  # fmt: skip
def test_who_is_who(documents: list[list[ParsedEntry]], ids: list[list[int | None]]) -> None:
    """The rules at the head of `identity`, case by case."""
    assert polled(*documents) == ids


def test_a_shared_guid_is_qualified_the_same_in_any_order() -> None:
    """What an entry is called depends on itself and on there being others, not on their order."""
    document = [said("g", A, "a"), said("g", B, "b"), said("g", "", "c")]
    one, other = ({e.title: e.guid for e in with_guids(d, "")} for d in (document, document[::-1]))
    assert one == other
    assert len(set(one.values())) == 3


def test_of_two_versions_the_latest_stands() -> None:
    """Atom: entries with one id are one entry; in RSS the first in the document."""
    older, newer = (
        said("g", A, "older", updated_at=LATER.replace(year=2025)),
        said("g", A, "newer", updated_at=LATER),
    )
    assert [e.title for e in with_guids([older, newer], "")] == ["newer"]
    assert [e.title for e in with_guids([said("g", A, "first"), said("g", A, "second")], "")] == ["first"]


def test_a_guid_is_never_empty_nor_endless() -> None:
    """Without guid and link a hash stands in; so it does for a guid of ten thousand letters."""
    guids = [entry.guid for entry in with_guids([said(title="x"), said("y" * 10_000), said(title="z")], "")]
    assert all(0 < len(guid) < 100 for guid in guids)
    assert len(set(guids)) == 3


def test_the_hash_covers_what_is_said_and_no_more() -> None:
    """A change of any of these is news; another tracking parameter or date (of the build, often) is not."""
    entry = said("1", A, "t", author="a", summary_html="s", content_html="c", published_at=LATER)
    news = [
        replace(entry, link=B), replace(entry, title="u"), replace(entry, author="b"), replace(entry, summary_html="t"),
        replace(entry, content_html="d"), replace(entry, title="", author="ta"),
    ]  # fmt: skip
    assert len({entry_hash(each) for each in [entry, *news]}) == 7
    same = [
        replace(entry, published_at=None),
        replace(entry, updated_at=LATER),
        replace(entry, link=A + "?utm_source=x"),
        replace(entry, guid="2"),
    ]
    assert {entry_hash(each) for each in same} == {entry_hash(entry)}
    assert len(entry_hash(entry)) == 32


ENTRIES = st.builds(
    said,
    guid=st.sampled_from(["", "1", "2", "3"]),
    link=st.sampled_from(["", A, B, FRONT, A + "?utm_source=x", "https://s.example/"]),
    title=st.sampled_from(["", "x", "y"]),
)


@given(st.lists(ENTRIES, max_size=6), st.lists(ENTRIES, max_size=6))
def test_a_document_fed_twice_changes_nothing_the_second_time(
    before: list[ParsedEntry], document: list[ParsedEntry]
) -> None:
    """Whatever the archive had before; and no two changes of one document are about the same entry."""
    archive = known(changed_entries(with_guids(before, "https://s.example/"), ()))
    parsed = with_guids(document, "https://s.example/")
    changes = changed_entries(parsed, archive)
    assert changed_entries(parsed, known(changes, archive)) == ()
    about = [change.id for change in changes if change.id is not None]
    assert len(about) == len(set(about))


@given(st.lists(ENTRIES, max_size=6))
def test_no_entry_of_a_document_is_lost(document: list[ParsedEntry]) -> None:
    """Every link and every title that a document announces is in its entries, each under a guid of its own."""
    parsed = with_guids(document, "https://s.example/")
    assert {canonical_url(e.link) for e in parsed} == {canonical_url(e.link) for e in document}
    assert len({e.guid for e in parsed}) == len(parsed)
    guidless = {(canonical_url(e.link), e.title) for e in document if not e.guid}
    assert guidless <= {(canonical_url(e.link), e.title) for e in parsed}


def test_content_that_is_nested_beyond_reason_is_kept_as_text() -> None:
    """Sanitising it would take half a minute and cost the feed its visit."""
    deep = "&lt;div&gt;" * 40_000 + "the text inside"
    item = f"<item><guid>1</guid><description>{deep}</description></item>"
    body = f"<rss version='2.0'><channel><title>T</title>{item}</channel></rss>"
    entry = parse_feed(body.encode(), "https://a.example/feed").entries[0]
    assert entry.summary_html == "<p>the text inside</p>"


def test_elements_that_hold_nothing_are_not_nested() -> None:
    """Two thousand line breaks are a poem, and keep their markup."""
    item = f"<item><guid>1</guid><description>{'line&lt;br&gt;' * 2_000}</description></item>"
    entry = parse_feed(
        f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), "https://a.example/f"
    ).entries[0]
    assert entry.summary_html.count("<br>") == 2_000
