"""The list of subscriptions is the user's file: read leniently, edited without a trace elsewhere, never a threat."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.markup import clean_text
from aggregator.models import Feed, FeedState, Move, Subscription, SubscriptionPlan
from aggregator.opml import add_subscription, parse_opml, plan_subscriptions, remove_subscription, render_opml
from tests.makers import NOW

CORPUS = os.environ.get("AGGREGATOR_CORPUS", "")
SHIPPED = Path(__file__).parent.parent / "feeds.opml"

MINE = b"""<?xml version="1.0" encoding="utf-8"?>
<!-- my list -->
<opml xmlns:x="https://x.example/" version="2.0">
  <head><title>Mine</title></head>
  <body>
    <!-- the world -->
    <outline text="World">
      <outline text="Post" xmlurl="https://post.example/feed" x:stars="5" custom="yes"/>
    </outline>
    <outline text="Last" type="rss" xmlUrl="https://last.example/feed"/>
  </body>
</opml>
"""


PLAIN = '<outline xmlUrl="https://a.example/"/>'


def opml(body: str) -> bytes:
    return f'<opml version="2.0"><body>{body}</body></opml>'.encode()


def only(body: str) -> Subscription:
    (subscription,) = parse_opml(opml(body)).subscriptions
    return subscription


# ---------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        ('<outline text="A" xmlUrl="https://a.example/" htmlUrl="https://site.example/"/>',
         Subscription("https://a.example/", "A", "", "https://site.example/")),
        ('<outline title="A" XMLURL=" https://a.example/ "/>', Subscription("https://a.example/", "A")),
        ('<outline text="" title="A" xmlurl="https://a.example/"/>', Subscription("https://a.example/", "A")),
        (PLAIN, Subscription("https://a.example/")),
        ('<outline text="Q&amp;amp;A &amp;quot;live&amp;quot;" xmlUrl="https://a.example/?b=1&amp;amp;c=2"/>',
         Subscription("https://a.example/?b=1&c=2", 'Q&A "live"')),
        ('<outline text="Q & A &nbsp;" xmlUrl="https://a.example/?b=1&c=2"/>',
         Subscription("https://a.example/?b=1&c=2", "Q & A")),
        ('<outline text="a < b" xmlUrl="https://a.example/"/>', Subscription("https://a.example/", "a < b")),
        (f'<outline text="A"><outline title=" B "><outline>{PLAIN}</outline></outline></outline>',
         Subscription("https://a.example/", "", "A/B")),
        ('<outline text="A" xmlUrl="https://a.example/" htmlUrl="javascript:1"/>',
         Subscription("https://a.example/", "A")),
        ('<outline text="\u202eA" xmlUrl="https://a.example/"/>', Subscription("https://a.example/", "A")),
    ],
)  # fmt: skip
def test_what_other_programs_write_is_understood(outline: str, expected: Subscription) -> None:
    """Capitals, missing titles, double escaping, bare ampersands and angle brackets, folders without names."""
    assert only(outline) == expected


def test_the_first_of_two_outlines_with_one_address_counts() -> None:
    """A feed in two folders is followed once."""
    twice = '<outline text="A"><outline text="{}" xmlUrl="https://a.example/"/></outline>'
    assert only(twice.format("first") + twice.format("second")).title == "first"


@pytest.mark.parametrize(
    "address",
    ["|~/fetch.py", "exec:rm", "filter:x:https://a.example/", "file:///etc/passwd", "ftp://a.example/",
     "a.example/feed", "javascript:alert(1)", "https://" + "a" * 1_000_000, "http://["],
)  # fmt: skip
def test_what_cannot_be_followed_is_told_and_passed_over(address: str) -> None:
    """Only http and https; an outline never names a command. The message says where."""
    listed = parse_opml(
        opml(f'\n<outline text="Odd" xmlUrl="{address}"/><outline xmlUrl="https://b.example/"/>'), "f.opml"
    )
    assert [s.url for s in listed.subscriptions] == ["https://b.example/"]
    (problem,) = listed.problems
    assert problem.startswith("f.opml, line 2: 'Odd' has no http(s) address: ")
    assert len(problem) < 200


def test_a_feed_without_an_address_is_told() -> None:
    """Folders and notes have no address and are none the worse."""
    listed = parse_opml(opml('<outline type="rss" text="Lost"/><outline text="Folder"/>'))
    assert listed.problems == ("OPML, line 1: 'Lost' has no http(s) address: no xmlUrl",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "f.opml, line 1: "),
        (b"feeds", "f.opml, line 1: "),
        (b"<opml>\n<body>\n<outline></body></opml>", "f.opml, line 3: "),
        (b'<opml>\n<outline text="a "b" c" xmlUrl="https://a.example/"/></opml>', "f.opml, line 2: "),
        (b"<rss><channel/></rss>", "f.opml, line 1: is not OPML, its root element is <rss>"),
        (b'<?xml version="1.0" encoding="nonsense"?><opml/>', "f.opml"),
        (b'<outline text="a">' * 20_000, "f.opml, line 1: "),
    ],
)
def test_a_list_that_cannot_be_read_says_where(text: bytes, reason: str) -> None:
    """Nothing is recovered: a list read by halves would pause the other half."""
    with pytest.raises(ConfigError) as refused:
        parse_opml(text, "f.opml")
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)


def test_entities_neither_explode_nor_open_files() -> None:
    """A billion laughs stay a word; an external entity is never looked at."""
    laughs = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    for declared in (laughs, '<!ENTITY a9 SYSTEM "file:///etc/hostname">'):
        text = f'<!DOCTYPE opml [{declared}]><opml><body><outline text="&a9;" xmlUrl="https://a.example/"/></body></opml>'
        try:
            assert all(len(s.title) < 100 for s in parse_opml(text.encode()).subscriptions)
        except ConfigError:
            continue


# ---------------------------------------------------------------------------------------------- writing

NAMES = st.text(max_size=12).map(clean_text) | st.sampled_from(
    ["Q&A", "&amp;", "&amp;amp;", "<b>", "World", "Europe", '"']
)
FOLDERS = st.lists(NAMES.map(lambda name: clean_text(name.replace("/", " "))).filter(bool), max_size=3).map(
    "/".join
)
ADDRESSES = st.builds(
    "https://{}.example/{}".format,
    st.sampled_from("abcdef"),
    st.sampled_from(["", "?a=1&b=2", "?x=&amp;y", "ü", "%20"]),
)
SUBSCRIPTIONS = st.builds(Subscription, ADDRESSES, NAMES, FOLDERS, st.just("") | ADDRESSES)
LISTS = st.lists(SUBSCRIPTIONS, max_size=8, unique_by=lambda subscription: subscription.url)


@given(LISTS)
def test_what_is_written_is_read_back_as_it_was(subscriptions: list[Subscription]) -> None:
    """Feeds of one folder stand together, in their order; nothing else changes, and writing again changes nothing."""
    read = parse_opml(render_opml(subscriptions, "Mine"))
    assert read.problems == ()
    assert sorted(read.subscriptions, key=lambda s: s.url) == sorted(subscriptions, key=lambda s: s.url)
    for folder in {s.category for s in subscriptions}:
        assert [s for s in read.subscriptions if s.category == folder] == [
            s for s in subscriptions if s.category == folder
        ]
    assert render_opml(read.subscriptions, "Mine") == render_opml(
        parse_opml(render_opml(read.subscriptions, "Mine")).subscriptions, "Mine"
    )


@given(LISTS, LISTS)
def test_adding_is_like_having_been_there(before: list[Subscription], added: list[Subscription]) -> None:
    """A list with feeds added names them all; an address that it names already is left as it is."""
    expected = {s.url: s for s in [*added, *before]} | {s.url: s for s in before}
    listed = add_subscription(render_opml(before, "Mine"), *added)
    assert {s.url: s for s in parse_opml(listed).subscriptions} == expected
    for url in expected:
        listed = remove_subscription(listed, url)
    assert parse_opml(listed).subscriptions == ()


def test_adding_touches_one_line() -> None:
    """Comments, foreign attributes, order and indentation of the user's file stay."""
    added = add_subscription(MINE, Subscription("https://new.example/feed", "New", "World"))
    new_line = '      <outline type="rss" text="New" title="New" xmlUrl="https://new.example/feed"/>'
    lines = MINE.decode().splitlines()
    assert added.decode().splitlines() == [*lines[:8], new_line, *lines[8:]]


def test_adding_makes_the_folders_that_are_missing() -> None:
    """In the deepest folder there is; and twice is once."""
    deep = Subscription("https://new.example/feed", "New", "World/Europe/North")
    added = add_subscription(MINE, deep)
    assert deep in parse_opml(added).subscriptions
    assert added.count(b'text="World"') == 1
    assert add_subscription(added, replace(deep, title="Other")) == added


def test_removing_takes_one_line() -> None:
    """The folder stays, and what was added can be removed without a trace."""
    removed = remove_subscription(MINE, "https://last.example/feed").decode().splitlines()
    assert removed == [line for line in MINE.decode().splitlines() if "last.example" not in line]
    added = add_subscription(MINE, Subscription("https://new.example/feed", "New", "World"))
    assert remove_subscription(added, "https://new.example/feed") == MINE


def test_a_folder_that_is_a_feed_too_keeps_its_feeds() -> None:
    """Only its address goes."""
    both = opml(
        '<outline text="A" xmlUrl="https://a.example/"><outline xmlUrl="https://b.example/"/></outline>'
    )
    kept = parse_opml(remove_subscription(both, "https://a.example/")).subscriptions
    assert kept == (Subscription("https://b.example/", "", "A"),)


# --------------------------------------------------------------------------------------------- planning


def applied(plan: SubscriptionPlan, feeds: list[Feed]) -> list[Feed]:
    """Do to records what the archive does to rows."""
    after = {feed.url: feed for feed in feeds}
    for s in plan.add:
        after[s.url] = Feed(len(after) + 1, s.url, s.title, s.category, s.site_url)
    for s in plan.change:
        feed = after[s.url]
        after[s.url] = replace(
            feed, title=s.title or feed.title, category=s.category, site_url=s.site_url or feed.site_url
        )
    for s in plan.resume:
        after[s.url] = replace(after[s.url], state=FeedState.ACTIVE)
    for url in plan.pause:
        after[url] = replace(after[url], state=FeedState.PAUSED)
    return list(after.values())


A = "https://a.example/"
KNOWN = Feed(1, A, "The feed's own title", "World", "https://site.example/")


@pytest.mark.parametrize(
    ("wanted", "known", "expected"),
    [
        pytest.param([Subscription(A)], [], SubscriptionPlan(add=(Subscription(A),)), id="new"),
        pytest.param([], [KNOWN], SubscriptionPlan(pause=(A,)), id="no longer wanted"),
        pytest.param([], [replace(KNOWN, state=FeedState.PAUSED)], SubscriptionPlan(), id="paused already"),
        pytest.param([], [replace(KNOWN, state=FeedState.GONE)], SubscriptionPlan(), id="gone and not wanted"),
        pytest.param([Subscription(A, "", "World")], [KNOWN], SubscriptionPlan(), id="title and site left open"),
        pytest.param([Subscription(A, "Mine", "World")], [KNOWN],
                     SubscriptionPlan(change=(Subscription(A, "Mine", "World"),)), id="another title"),
        pytest.param([Subscription(A)], [KNOWN], SubscriptionPlan(change=(Subscription(A),)), id="moved to the top"),
        pytest.param([Subscription(A, "", "World")], [replace(KNOWN, state=FeedState.PAUSED)],
                     SubscriptionPlan(resume=(Subscription(A, "", "World"),)), id="wanted again"),
        pytest.param([Subscription(A, "", "World")], [replace(KNOWN, state=FeedState.GONE)], SubscriptionPlan(),
                     id="gone and still wanted"),
        pytest.param([Subscription(A, "", "World"), Subscription(A, "x")], [KNOWN], SubscriptionPlan(),
                     id="named twice"),
    ],
)  # fmt: skip
def test_the_plan_is_what_has_to_change(
    wanted: list[Subscription], known: list[Feed], expected: SubscriptionPlan
) -> None:
    """By exact address; nothing is deleted, nothing that the list leaves open is taken away."""
    assert plan_subscriptions(wanted, known) == expected


def test_a_feed_that_moved_is_the_one_that_the_list_still_names_by_its_old_address() -> None:
    """The list need not be edited: neither is the old address followed anew nor the new one paused."""
    moved = Feed(1, "https://new.example/feed", former_urls=("https://old.example/feed",))
    assert not plan_subscriptions([Subscription("https://old.example/feed")], [moved])
    assert not plan_subscriptions([Subscription("https://new.example/feed")], [moved])


def test_a_feed_that_went_on_as_another_keeps_that_one_wanted() -> None:
    """The list names the one that moved: where it went is followed, even if it had been paused."""
    old = Feed(1, "http://a.example/feed", state=FeedState.MOVED, move=Move("https://a.example/feed", 5, NOW))
    there = Feed(2, "https://a.example/feed")
    assert not plan_subscriptions([Subscription(old.url)], [old, there])
    paused = replace(there, state=FeedState.PAUSED)
    assert [s.url for s in plan_subscriptions([Subscription(old.url)], [old, paused]).resume] == [there.url]


def test_feeds_that_point_at_each_other_are_both_followed() -> None:
    """Each says that it moved to the other: neither is lost."""
    one = Feed(1, "https://a.example/", state=FeedState.MOVED, move=Move("https://b.example/", 5, NOW))
    two = Feed(2, "https://b.example/", state=FeedState.MOVED, move=Move("https://a.example/", 5, NOW))
    plan = plan_subscriptions([Subscription(one.url), Subscription(two.url)], [one, two])
    assert {s.url for s in plan.resume} == {one.url, two.url}


@given(
    st.lists(SUBSCRIPTIONS, max_size=6), LISTS, st.lists(st.sampled_from(FeedState), min_size=8, max_size=8)
)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    wanted: list[Subscription], before: list[Subscription], states: list[FeedState]
) -> None:
    """And every feed that was known is known afterwards; what is wanted is followed, unless it is gone."""
    known = [
        Feed(n, s.url, s.title, s.category, s.site_url, state)
        for n, (s, state) in enumerate(zip(before, states, strict=False), 1)
    ]
    after = applied(plan_subscriptions(wanted, known), known)
    assert not plan_subscriptions(wanted, after)
    assert {feed.url for feed in after} >= {feed.url for feed in known}
    wanted_urls = {s.url for s in wanted}
    assert all(
        (feed.url in wanted_urls) == (feed.state is FeedState.ACTIVE)
        for feed in after
        if feed.state is not FeedState.GONE
    )


# ----------------------------------------------------------------------------------- the list that is shipped


def test_the_shipped_list_is_in_order() -> None:
    """Well-formed, titled, in folders, https, each address once, none of it tracked."""
    listed = parse_opml(SHIPPED.read_bytes())
    assert listed.problems == ()
    assert 20 <= len(listed.subscriptions) <= 40
    assert SHIPPED.read_bytes().count(b"xmlUrl=") == len(listed.subscriptions)
    for subscription in listed.subscriptions:
        assert subscription.title
        assert subscription.category
        assert subscription.url.startswith("https://")
        assert "utm_" not in subscription.url


corpus = pytest.mark.skipif(not CORPUS, reason="AGGREGATOR_CORPUS names no folder of documents")


@pytest.mark.corpus
@corpus
def test_every_shipped_address_is_known_elsewhere() -> None:
    """Each is in some public list, https or not: none was made up."""
    lists = [path.read_bytes() for path in Path(CORPUS, "opml").rglob("*") if path.is_file()]
    plain = [gzip.decompress(text) if text.startswith(b"\x1f\x8b") else text for text in lists]
    seen = b"\n".join(plain).decode("utf-8", "replace")
    for subscription in parse_opml(SHIPPED.read_bytes()).subscriptions:
        assert subscription.url.removeprefix("https") in seen, subscription.url


@pytest.mark.corpus
@corpus
def test_public_lists_are_read_whole_or_refused_with_a_line() -> None:
    """Of 155 documents 127 are read, and what is read has every feed in it that others counted.

    The others are FOAF (14), no XML even with ampersands and angle brackets mended (13: unescaped quotes, tags
    that do not match), or have another root (1). The one with fewer feeds has a command for an address.
    """
    read = refused = 0
    fewer = []
    for line in Path(CORPUS, "opml", "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["file"].endswith(".gz"):
            continue
        try:
            listed = parse_opml(Path(CORPUS, "opml", row["file"]).read_bytes(), row["file"])
        except ConfigError as error:
            assert row["file"] in str(error)  # noqa: PT017  only this exception may come, and it may come
            refused += 1
            continue
        read += 1
        if len(listed.subscriptions) < row.get("unique_feeds", 0):
            fewer.append(row["file"])
        again = parse_opml(render_opml(listed.subscriptions, "again"))
        assert set(again.subscriptions) == set(listed.subscriptions)
    assert (read, refused, fewer) == (127, 28, ["newsboat/piped.opml"])
