"""Reading pages: which words are the article, what the page says of itself, and how good it is."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.extract import better_text, extract_article, feed_text, page_failure
from aggregator.models import ExtractedText, Failure, FailureKind, Hint, Response, Verdict

URL = "https://www.harbour-courier.example/2025/02/ferries"
TEXT = """\
The harbour council of Port Ellery voted on Thursday to bring back the night ferries, fourteen months after the last \
one tied up for want of a crew.

Two boats will cross the sound every ninety minutes between dusk and dawn, the council's clerk said, and a third will \
stand by at the southern quay for the fog that comes with the spring tides.

Fishermen had asked for the service in an open letter, signed by most of the fleet, because the bridge road adds an \
hour to the way home from the market.

The boats are old but sound: both were overhauled in the winter, and one has been given an engine that runs on \
cooking oil collected from the kitchens along the quay.

“We are not buying nostalgia, we are buying an hour of sleep,” said the harbour master, who will sail on the first \
crossing himself.

Tickets will cost what they did before the service stopped. Children and dogs travel free of charge."""
PARAGRAPHS = TEXT.split("\n\n")
TITLE = "Night Ferries Return to Port Ellery"


def page(body: str, head: str = "", lang: str = "en") -> bytes:
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()


def article(text: str = TEXT, top: str = "", bottom: str = "") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    return f'<main><article>{top}<div class="entry-content">{paragraphs}</div>{bottom}</article></main>'


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


NO_HINT = Hint()


def read(body: bytes, hint: Hint = NO_HINT, content_type: str = "text/html; charset=utf-8") -> ExtractedText:
    return extract_article(body, URL, hint, content_type)


# ----------------------------------------------------------------------------------------- the article

CLUTTERED = page(
    head=f"<title>{TITLE} - Harbour Courier</title>",
    body=f"""
    <header><nav><a href="/">Home</a> <a href="/coast">Coast</a> <a href="/trade">Trade</a></nav></header>
    <main><article class="post">
      <div class="cats"><a href="/category/north">North Coast</a> <a href="/category/trade">Sea Trade</a>
        <a href="/category/world">World</a></div>
      <h1 class="entry-title">{TITLE}</h1>
      <div class="entry-content">
        <h2>{TITLE}</h2>
        <figure><img src="boat.jpg" alt=""><figcaption>Source: Coastal Images</figcaption></figure>
        <ul class="meta"><li>Published<time datetime="2025-02-14T09:30:00+00:00" itemprop="datePublished">February 14,
          2025</time></li></ul>
        {"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}
        <p>&nbsp;</p><p>&nbsp;</p>
        <p><a rel="author" href="/author/ada">Ada Quill</a></p>
        <p>Ada Quill is a 31-year-old reporter and editor for the Harbour Courier. Ada has covered the coast, its
        markets and its storms (herring, tolls, lighthouses and the like) for nine years, and she makes sure that
        what the Courier prints is what was said. Ada has also spoken with many experts on ropes.</p>
      </div>
      <div class="author-box"><span class="name">Ada Quill</span></div>
    </article></main>
    <footer><p>© 2025 Harbour Courier. All rights reserved.</p></footer>""",
)


def test_a_cluttered_news_page_yields_exactly_its_paragraphs() -> None:
    """Categories above, the title twice, a credit, a dateline, the author three times and a biography below."""
    found = read(CLUTTERED)
    assert found.text == TEXT
    assert found.verdict is Verdict.FULL
    assert (found.title, found.byline) == (TITLE, "Ada Quill")
    assert found.published_at == datetime(2025, 2, 14, 9, 30, tzinfo=UTC)
    assert found.published_from == "page"


def test_lists_tables_and_code_keep_their_lines() -> None:
    """One block each, with an empty line around it and none within."""
    top, rest = TEXT.split("\n\n", 1)
    body = article(rest).replace(
        '<div class="entry-content">',
        f'<div class="entry-content"><p>{top}</p><ul><li>Dusk boat</li><li>Dawn boat</li></ul>'
        "<pre><code>def fare(age):\n    return 0 if age &lt; 12 else 3</code></pre>",
    )
    text = read(page(body)).text
    assert "\n\n- Dusk boat\n- Dawn boat\n\n" in text
    assert "def fare(age):\n    return 0 if age < 12 else 3\n\n" in text


def test_what_precedes_the_feeds_excerpt_is_cut() -> None:
    """The feed's summary is the beginning of the first paragraph: the breadcrumb line above it is no text."""
    body = article("You are reading the morning edition of Friday, all times are local\n\n" + TEXT)
    assert read(page(body), Hint(summary=PARAGRAPHS[0][:90] + "…")).text == TEXT


def test_an_excerpt_from_the_middle_cuts_nothing() -> None:
    """Some summaries quote the best sentence, not the first."""
    assert read(page(article()), Hint(summary=PARAGRAPHS[3])).text == TEXT


def test_the_feeds_title_is_dropped_from_the_text_too() -> None:
    """The page repeats the headline that the feed gives, whatever the page calls itself."""
    body = article("Ferries by night, again\n\n" + TEXT)
    assert read(page(body), Hint(title="Ferries by Night, Again!")).text == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Quill",
        "February 14, 2025",
        "14. Februar 2025",
        "Updated: 14 Feb 2025, 10:30 am",
        "Publié le 14 février 2025 à 10h30",
        "Publicado el 14 de febrero de 2025",
        "Photo: Coastal Images/Jo Finn",
        "Quelle: Hafenbilder",
        "Sea Trade",
        "Harbour Courier",
    ],
)
def test_a_line_of_furniture_on_top_is_dropped(line: str) -> None:
    """Byline, dateline, credit, section, name of the site."""
    head = linked(
        author={"name": "Ada Quill"}, publisher={"name": "Harbour Courier"}, articleSection=["Sea Trade"]
    )
    assert read(page(article(f"{line}\n\n{TEXT}"), head)).text == TEXT


def test_an_ornament_on_top_is_not_taken_for_a_missing_name() -> None:
    """Nothing is known of title, author and site: a line without letters equals none of them."""
    assert read(page(article(f"* * *\n\n{TEXT}"))).text.startswith("* * *")


@pytest.mark.parametrize(
    "heading", ["Related stories", "About the author", "Ähnliche Artikel", "Articles similaires", "関連記事"]
)
def test_a_list_of_other_things_at_the_end_is_cut(heading: str) -> None:
    body = article(f"{TEXT}\n\n{heading}\n\nThe lighthouse that nobody wanted to keep, and who keeps it now")
    assert read(page(body)).text == TEXT


def test_a_heading_like_related_early_on_cuts_nothing() -> None:
    """Only the end of a page is a place for other stories."""
    body = article(TEXT.replace(PARAGRAPHS[1], "Related stories\n\n" + PARAGRAPHS[1]))
    assert PARAGRAPHS[-1] in read(page(body)).text


def test_text_is_composed_and_free_of_controls() -> None:
    """NFC, no C0 controls, whatever the page has."""
    body = article(TEXT.replace("harbour master", "harbour\x00 mast\u0065\u0301r\x1b"))
    assert "harbour mastér," in read(page(body)).text.replace("\u2019", "'")


# ------------------------------------------------------------------------------------------- metadata


def test_the_feeds_title_author_and_time_win() -> None:
    """The page's metadata are for what the feed does not say."""
    head = linked(headline="Another headline", author={"name": "Web Desk"}, datePublished="2025-02-20")
    told = Hint(
        title=TITLE, author="Ada Quill", published_at=datetime(2025, 2, 14, tzinfo=UTC), language="en-gb"
    )
    found = read(page(article(), head, lang=""), told)
    assert (found.title, found.byline, found.published_at) == (TITLE, "Ada Quill", told.published_at)
    assert (found.published_from, found.language) == ("feed", "en-gb")


SITE = '<meta property="og:site_name" content="Harbour Courier">'
SHARED_TITLE = '<meta property="og:title" content="Ferries return">'
GRAPH = """<script type="application/ld+json">
{"@graph": [{"@type": "WebSite"}, {"@type": ["Article"], "author": {"name": "Ada Quill"}}]}</script>"""


@pytest.mark.parametrize(
    ("head", "top", "title"),
    [
        (linked(headline="From JSON-LD"), "<h1>A heading that differs</h1>", "From JSON-LD"),
        (SHARED_TITLE, "<h1>Ferries return at night</h1>", "Ferries return at night"),
        (SHARED_TITLE, "<h1>The Courier</h1>", "Ferries return"),
        (f"<title>Ferries return | Harbour Courier</title>{SITE}", "", "Ferries return"),
        (linked(headline="Rock &amp;amp; roll <em>ferries</em>"), "", "Rock & roll ferries"),
        ('<script type="application/ld+json">{not json</script><title>Still a title</title>', "", "Still a title"),
    ],
)  # fmt: skip
def test_the_best_title_is_found(head: str, top: str, title: str) -> None:
    """A headline in JSON-LD, else a heading that others confirm, else what is declared, without the site's name."""
    assert read(page(article(top=top), head)).title == title


@pytest.mark.parametrize(
    ("head", "byline"),
    [
        (
            linked(author=[{"@type": "Person", "name": "Ada Quill"}, {"name": "Jo Finn"}]),
            "Ada Quill, Jo Finn",
        ),
        (linked(author="By Ada Quill"), "Ada Quill"),
        (linked(author="Ada Quill and Jo Finn"), "Ada Quill, Jo Finn"),
        (linked(author="Marks and Sparks"), "Marks and Sparks"),
        (linked(author={"name": "https://x.example/ada"}), ""),
        (
            linked(author={"name": "Harbour Courier"}, publisher={"name": "Harbour Courier"}),
            "Harbour Courier",
        ),
        ('<meta name="author" content="Ada Quill">', "Ada Quill"),
        (GRAPH, "Ada Quill"),
    ],
)
def test_the_byline_is_found(head: str, byline: str) -> None:
    """JSON-LD in its many shapes, then meta elements; addresses are nobody's name."""
    assert read(page(article(), head)).byline == byline


DAY = datetime(2025, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (linked(datePublished="2025-02-14T10:30:00+01:00"), datetime(2025, 2, 14, 9, 30, tzinfo=UTC)),
        (linked(datePublished="2025-02-14 10:30:00 +0100"), datetime(2025, 2, 14, 9, 30, tzinfo=UTC)),
        ('<meta property="article:published_time" content="2025-02-14">', DAY),
        ('<meta name="date" content="Fri, 14 Feb 2025 09:30:00 GMT">', datetime(2025, 2, 14, 9, 30, tzinfo=UTC)),
        ('<meta name="date" content="0001-01-01"><meta name="pubdate" content="2025-02-14">', DAY),
    ],
)  # fmt: skip
def test_the_date_is_found(head: str, expected: datetime) -> None:
    """In UTC; dates that no page can have are passed over."""
    found = read(page(article(), head))
    assert (found.published_at, found.published_from) == (expected, "page")


def test_site_language_and_canonical_address_are_found() -> None:
    """The canonical address is absolute; whether to believe it is not decided here."""
    head = (
        '<meta property="og:site_name" content="Harbour Courier"><link rel="canonical" href="/ferries?a=1">'
    )
    found = read(page(article(), head, lang="en_GB"))
    assert (found.site, found.language) == ("Harbour Courier", "en-gb")
    assert found.canonical == "https://www.harbour-courier.example/ferries?a=1"
    assert read(page(article())).site == "harbour-courier.example"


# -------------------------------------------------------------------------------------------- charsets

PLAIN_QUOTES = dict.fromkeys(map(ord, "“”\u2019"), "'")
WORDS = (
    TEXT.translate(PLAIN_QUOTES).replace("sound", "Grüße aus Łódź").replace("harbour", "Hafen für Žluťoučký")
)


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "iso-8859-1", "text/html; charset=iso-8859-1"),  # UTF-8 whatever is claimed
        ("utf-8-sig", "", "text/html"),
        ("utf-16", "", "text/html"),  # with its mark
        ("cp1250", "windows-1250", "text/html"),
        ("cp1250", "", "text/html; charset=windows-1250"),
        ("cp1250", "windows-1250", "text/html; charset=ISO-8859-1"),  # the server's default
        ("iso-8859-2", "no-such-charset", "text/html; charset=ISO-8859-2"),
    ],
)
def test_text_comes_out_right_whatever_the_charset(encoding: str, declared: str, content_type: str) -> None:
    """Byte order mark, valid UTF-8, then the claims."""
    html = page(article(WORDS), f'<meta charset="{declared}">' if declared else "").decode()
    body = html.encode(encoding)
    assert read(body, content_type=content_type).text == WORDS


@pytest.mark.parametrize(
    ("encoding", "claim", "text"),
    [
        ("gb18030", "gb2312", "港口委员会周四投票决定恢复夜间渡轮服务。" * 12),
        ("cp932", "shift_jis", "港湾評議会は木曜日、夜間フェリーの再開を決めた。" * 12),
        ("cp949", "euc-kr", "항만 위원회는 목요일 야간 여객선을 다시 운항하기로 했다. " * 12),
        ("koi8-r", "koi8-r", "Портовый совет в четверг решил вернуть ночные паромы. " * 12),
        ("cp1251", "", "Портовый совет в четверг решил вернуть ночные паромы, сообщил секретарь. " * 12),
    ],
)
def test_charsets_of_other_scripts(encoding: str, claim: str, text: str) -> None:
    """A claimed charset is read as the larger one that is meant; without a claim it is detected."""
    body = page(article(text), f'<meta charset="{claim}">' if claim else "").decode().encode(encoding)
    found = read(body, content_type="text/html")
    assert found.text == text.strip()
    assert found.verdict is Verdict.FULL


def test_utf8_with_a_few_broken_bytes_stays_utf8() -> None:
    """A page cut in the middle of a character, or with one spliced in."""
    body = page(article(WORDS)).replace(b"Tickets", b"\xfcTickets")
    assert "Grüße aus Łódź" in read(body, content_type="text/html; charset=iso-8859-1").text


# -------------------------------------------------------------------------------------------- verdicts


BLOCKED, GONE = Verdict.BLOCKED, Verdict.GONE


@pytest.mark.parametrize(
    ("title", "text", "verdict"),
    [
        ("Just a moment...", "Checking your browser before accessing the site.", BLOCKED),
        ("Attention", "Verify you are human by completing the action below. Security by Nobody", BLOCKED),
        ("Courier", "You need to enable JavaScript to run this app.", BLOCKED),
        ("Kurier", "Bitte aktivieren Sie JavaScript in Ihrem Browser, um diese Seite zu lesen.", BLOCKED),
        ("Kurier", "Wir und unsere 842 Partner speichern Informationen. Zustimmen und weiter", BLOCKED),
        ("Courrier", "Nous et nos 612 partenaires stockons des informations. Continuer sans accepter", BLOCKED),
        ("Correo", "Confirme que no soy un robot para seguir en esta página, por favor.", BLOCKED),
        ("Курьер", "Подтвердите, что вы человек: я не робот. Доступ ограничен для вашего адреса.", BLOCKED),
        ("Login", "You must be logged in to read this page. Please sign in with your account.", BLOCKED),
        ("Page not found", "Sorry, there is nothing here. Try the search, or go back to the front page.", GONE),
        ("Fehler", "Die Seite wurde leider nicht gefunden. Zurück zur Startseite oder zur Suche.", GONE),
    ],
)  # fmt: skip
def test_a_wall_is_not_an_article(title: str, text: str, verdict: Verdict) -> None:
    """Its words, title and author are not kept: the same wall on a hundred pages is not one story."""
    found = read(page(article(text), f"<title>{title}</title>"), Hint(title=TITLE))
    assert (found.verdict, found.text, found.title) == (verdict, "", TITLE)
    assert found.reason


def test_a_shell_that_needs_javascript_is_blocked() -> None:
    """Nothing to extract, but the page says why."""
    found = read(
        page('<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>')
    )
    assert found.verdict is Verdict.BLOCKED


def test_an_article_about_walls_is_an_article() -> None:
    """Long texts are not walls, and neither are short ones in which the feed's summary is found."""
    about = "The site asks every visitor to verify you are human, a captcha that nobody passes. " + TEXT
    assert read(page(article(about))).verdict is Verdict.FULL
    short = (
        "Accept all cookies, they said: the baker's slogan won the harbour prize for signs this year, again."
    )
    assert read(page(article(short)), Hint(summary=short)).verdict is Verdict.FULL


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (PARAGRAPHS[0] + "\n\nSubscribe to continue reading. Already a subscriber? Log in.", ""),
        (PARAGRAPHS[0] + "\n\nDieser Artikel ist nur für Abonnenten lesbar.", ""),
        (TEXT + "\n\nIl vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.", ""),
        (PARAGRAPHS[0] + "\n\n" + PARAGRAPHS[1], linked(isAccessibleForFree="False")),
        (TEXT, linked(isAccessibleForFree=False, articleBody=TEXT + TEXT)),
    ],
)
def test_a_preview_is_paywalled(text: str, head: str) -> None:
    """By wording at the end, or by the page's own metadata; the preview is kept."""
    found = read(page(article(text), head))
    assert found.verdict is Verdict.PAYWALLED
    assert PARAGRAPHS[0] in found.text


def test_a_whole_text_behind_a_soft_paywall_is_full() -> None:
    """Many sites declare that they are not free and serve everything."""
    long = f"{TEXT}\n\n{TEXT}"
    assert read(page(article(long), linked(isAccessibleForFree=False))).verdict is Verdict.FULL


@pytest.mark.parametrize(
    "end", ["Read more", "[…]", "Weiterlesen »", "Lire la suite", "and so the boats…", "続きを読む"]
)
def test_a_cut_text_is_partial(end: str) -> None:
    found = read(page(article(f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]} {end}")))
    assert (found.verdict, found.reason) == (Verdict.PARTIAL, "the text is cut")


def test_much_less_than_the_feed_says_is_partial() -> None:
    found = read(page(article(PARAGRAPHS[5])), Hint(content=TEXT))
    assert (found.verdict, found.reason) == (Verdict.PARTIAL, "17 words where 167 were expected")


def test_a_short_post_that_the_feed_confirms_is_full() -> None:
    """A note of nine words is whole if the feed has the same nine."""
    note = "First ferry back. The harbour smells of chips again."
    assert read(page(article(note)), Hint(summary=note)).verdict is Verdict.FULL


def test_a_page_without_text_is_empty() -> None:
    found = read(page("<p></p>"))
    assert (found.verdict, found.reason) == (Verdict.EMPTY, "no text was found on the page")
    assert replace(found, reason="", language="", claims=()) == replace(read(b""), reason="", claims=())
    assert read(b"").reason == "the page is empty"


# ------------------------------------------------------------------------------------ not a page at all


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"%PDF-1.7 ...", "text/html", "a PDF document, not a page"),
        (b"...", "application/pdf", "a PDF document, not a page"),
        (b"\xff\xd8\xff\xe0", "", "an image, not a page"),
        (b"...", "image/webp", "an image, not a page"),
        (b"...", "audio/mpeg", "a sound, not a page"),
        (b"...", "video/mp4", "a video, not a page"),
        (b"<?xml version='1.0'?><rss version='2.0'/>", "text/xml", "a feed, not a page"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "text/html", "a feed, not a page"),
        (b'{"a": 1}', "application/json", "a JSON document, not a page"),
        (b"PK\x03\x04", "application/octet-stream", "a file to download, not a page"),
    ],
)
def test_what_is_not_a_page_says_what_it_is(body: bytes, content_type: str, reason: str) -> None:
    found = read(body, Hint(title=TITLE), content_type)
    assert (found.verdict, found.reason, found.text, found.title) == (Verdict.NOT_ARTICLE, reason, "", TITLE)


@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "application/octet-stream", "text/plain", "", "nonsense"]
)
def test_a_page_under_a_wrong_content_type_is_read(content_type: str) -> None:
    assert read(page(article()), content_type=content_type).text == TEXT


def test_plain_text_is_the_text() -> None:
    """Its paragraphs stay as they are."""
    body = (TEXT.replace("\n\n", "\r\n\r\n\r\n") + "\r\n").encode()
    found = read(body, content_type="text/plain")
    assert (found.text, found.verdict) == (TEXT, Verdict.FULL)


# ------------------------------------------------------------------------------------------- hostility


def test_deep_nesting_is_a_verdict() -> None:
    found = read(page("<div>" * 50_000 + TEXT))
    assert (found.verdict, found.reason) == (Verdict.EMPTY, "the page is nested too deeply")


@pytest.mark.parametrize(
    "body",
    [
        b"<!---->" * 20_000 + b"x",
        b" " * 1_000_000,
        b"<" * 300_000,
        b'<script type="application/ld+json">' + b"[" * 200_000,
        b"<h1>" + b"long " * 200_000,
        b"<p>" + b"... " * 200_000,
        b"<meta charset=" + b"x" * 500_000,
        b"\xff\xfe" + b"\x00" * 500_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_adversarial_repetition_gives_an_answer(body: bytes) -> None:
    """No pattern of ours runs away, no depth is fatal, no title is a megabyte."""
    found = read(body)
    assert not found.reason.startswith("the extractor failed")
    assert len(found.title) <= 500


def test_only_the_first_five_megabytes_are_read() -> None:
    """The article is found, and the verdict says that there was more."""
    found = read(page(article() + "<!--" + "x" * (6 << 20) + "-->"))
    assert (found.text, found.verdict) == (TEXT, Verdict.PARTIAL)
    assert found.reason == "only the first 5 MB of the page were read"


@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "text/plain", "text/html; charset=utf-16"]))
@settings(max_examples=60)
def test_any_bytes_whatever_give_an_answer(body: bytes, content_type: str) -> None:
    """No exception, and no text without a reason to trust it."""
    found = read(body, content_type=content_type)
    assert not found.reason.startswith("the extractor failed"), found.reason
    assert found.text == "" or found.verdict is not Verdict.EMPTY


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(CLUTTERED)),
            st.sampled_from([b"<", b">", b"</div>", b"<table>", b"<!--", b"]]>", b"\x00", b"\xff\xfe", b"&#x110000;",
                             b"<svg><style>", b"<script>", b'"', b"<p lang='\xe9'>", b"<head>", b"<br/>" * 50, b""]),
            st.integers(0, 200),
        ),
        max_size=6,
    )
)  # fmt: skip
@settings(max_examples=60)
def test_mutilated_pages_give_an_answer(cuts: list[tuple[int, bytes, int]]) -> None:
    """Whatever is put in or left out."""
    body = CLUTTERED
    for at, put_in, left_out in cuts:
        body = body[:at] + put_in + body[at + left_out :]
    assert not read(body).reason.startswith("the extractor failed")


def test_the_same_page_gives_the_same_answer_again() -> None:
    """Nothing is remembered from page to page."""
    first = read(CLUTTERED)
    for _ in range(5):
        assert read(CLUTTERED) == first


def test_the_door_is_light() -> None:
    """Whoever only names the function (to send it to a worker) does not pay for the libraries."""
    code = (
        "import sys, aggregator.extract; "
        "print([m for m in ('trafilatura', 'htmldate', 'lxml.html') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------- the feed's words

TOLD = Hint(title=TITLE, author="Ada Quill", summary=PARAGRAPHS[0], content=TEXT)


def test_the_feeds_words_are_the_article_when_there_is_no_page() -> None:
    """Its content, else its summary, else nothing with the verdict of the failure."""
    full = feed_text(TOLD, "HTTP 404", Verdict.GONE)
    assert (full.text, full.verdict, full.reason, full.title) == (TEXT, Verdict.FEED_ONLY, "HTTP 404", TITLE)
    assert feed_text(replace(TOLD, content=""), "HTTP 404", Verdict.GONE).text == PARAGRAPHS[0]
    assert feed_text(Hint(title=TITLE), "HTTP 404", Verdict.GONE).verdict is Verdict.GONE
    cut = feed_text(replace(TOLD, content=f"{TOLD.content.strip()} [\u2026]"), "HTTP 404", Verdict.GONE)
    assert 0 < cut.score < full.score, "words that break off are not the whole"


FROM_PAGE = ExtractedText(text=TEXT, verdict=Verdict.FULL, title=TITLE, site="Harbour Courier")
SCRAP = replace(FROM_PAGE, text=PARAGRAPHS[5], verdict=Verdict.PARTIAL, reason="the text is cut")
WALL = replace(FROM_PAGE, text="", verdict=Verdict.BLOCKED, reason="a wall")


@pytest.mark.parametrize(
    ("found", "hint", "text", "verdict"),
    [
        (FROM_PAGE, TOLD, TEXT, Verdict.FULL),  # as much as the feed has
        (FROM_PAGE, replace(TOLD, content=""), TEXT, Verdict.FULL),
        (FROM_PAGE, replace(TOLD, content=TEXT + TEXT), TEXT + TEXT, Verdict.FEED_ONLY),  # half of it
        (SCRAP, TOLD, TEXT, Verdict.FEED_ONLY),
        (SCRAP, replace(TOLD, content=""), PARAGRAPHS[0], Verdict.FEED_ONLY),
        (SCRAP, Hint(summary="Boats."), PARAGRAPHS[5], Verdict.PARTIAL),  # the scrap is more
        (WALL, TOLD, TEXT, Verdict.FEED_ONLY),
        (WALL, Hint(title=TITLE), "", Verdict.BLOCKED),
    ],
)
def test_the_better_text_is_kept(found: ExtractedText, hint: Hint, text: str, verdict: Verdict) -> None:
    """The page's, unless the feed has clearly more; the verdict then says so and why."""
    better = better_text(found, hint)
    assert (better.text, better.verdict) == (text, verdict)
    assert better.site == "Harbour Courier"
    assert (better.reason == "") is (verdict is Verdict.FULL)


# ----------------------------------------------------------------------------------------- no page at all


@pytest.mark.parametrize(
    ("status", "verdict", "retry"),
    [
        (404, Verdict.GONE, True),
        (202, Verdict.EMPTY, True),
        (410, Verdict.GONE, False),
        (401, Verdict.BLOCKED, False),
        (402, Verdict.PAYWALLED, False),
        (403, Verdict.BLOCKED, True),
        (429, Verdict.BLOCKED, True),
        (451, Verdict.BLOCKED, False),
        (400, Verdict.EMPTY, False),
        (408, Verdict.EMPTY, True),
        (204, Verdict.EMPTY, False),
        (304, Verdict.EMPTY, False),
        (500, Verdict.EMPTY, True),
        (503, Verdict.EMPTY, True),
    ],
)
def test_a_status_without_a_page_has_its_verdict(status: int, verdict: Verdict, retry: bool) -> None:
    """What is gone for good or wants a login is not asked for again; what is broken, busy or early is."""
    failure = page_failure(Response(URL, URL, status, {}, b"<p>sorry</p>"))
    assert failure is not None
    assert (failure.verdict, failure.retry) == (verdict, retry)
    assert str(status) in failure.reason


@pytest.mark.parametrize(
    ("kind", "retry"),
    [
        (FailureKind.BAD_URL, False),
        (FailureKind.FORBIDDEN_ADDRESS, False),
        (FailureKind.TOO_LARGE, False),
        (FailureKind.TOO_MANY_REDIRECTS, False),
        (FailureKind.DNS, True),
        (FailureKind.CONNECT, True),
        (FailureKind.TLS, True),
        (FailureKind.TIMEOUT, True),
        (FailureKind.TRUNCATED, True),
        (FailureKind.BAD_ANSWER, True),
    ],
)
def test_no_answer_has_its_verdict(kind: FailureKind, retry: bool) -> None:
    failure = page_failure(Failure(URL, kind, "what happened"))
    assert failure is not None
    assert (failure.verdict, failure.reason, failure.retry) == (Verdict.EMPTY, "what happened", retry)


def test_a_page_is_no_failure() -> None:
    assert page_failure(Response(URL, URL, 200, {}, page(article()))) is None
    assert page_failure(Response(URL, URL, 200, {})) is not None
