# ruff: noqa: RUF001 - titles and texts in many scripts
from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import pytest

from aggregator.decide.edits import WORTH
from aggregator.digest import FORMATS, Material, compile_digest
from aggregator.digest import render as render_bytes
from aggregator.digest.clean import cut, width
from aggregator.digest.folding import fold_copies, fold_stories
from aggregator.digest.lead import LEAD, first_sentences, reading_minutes, sentences
from aggregator.digest.wording import counts, duration, period, reading, when
from aggregator.errors import UsageError
from aggregator.models import FROM_PAGE, READ, Digest, DigestEntry, Outline, Section, Verdict
from tests.digest_sample import SINCE, UNTIL, article, sample_articles, sample_digest
from tests.test_digest_hostile import assert_harmless, elements, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.models import Article

XHTML = "{http://www.w3.org/1999/xhtml}"


FOR_PEOPLE = [form for form in FORMATS if form not in {"json", "mail"}]  # read without decoding


def compiled(*articles: Article, per_section: int = 12, stories: dict[int, int] | None = None) -> Digest:
    outline = Outline(per_section=per_section)
    return compile_digest(articles, SINCE, UNTIL, outline, Material(stories=stories or {}))


def render(digest: Digest, form: str) -> str:
    """Return what a person reads of a form: of a book all its pages."""
    written = render_bytes(digest, form)
    if form != "epub":
        return written.decode()
    with zipfile.ZipFile(io.BytesIO(written)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def page_of(digest: Digest) -> Any:
    """Parse the page as a browser does; any error of syntax is raised."""
    return html5lib.HTMLParser(strict=True).parse(render(digest, "html"))


def titles(digest: Digest) -> dict[str, list[str]]:
    return {s.title: [e.title for e in (*s.entries, *s.brief)] for s in digest.sections}


def only_entry(digest: Digest) -> DigestEntry:
    [section] = digest.sections
    [entry] = section.entries
    return entry


# -------------------------------------------------------------------------------------- folding and order


def test_a_site_that_signs_its_own_articles_is_named_once() -> None:
    """The source says it already."""
    signed = replace(sample_articles()[0], site="Treehugger", byline="TREEHUGGER")
    digest = compiled(signed)
    assert [entry.byline for section in digest.sections for entry in section.entries] == [""]


def test_a_copy_is_folded_into_its_original() -> None:
    """One text stands once, and says where else it was published."""
    original = article(1, "Rain", source="Wire", hour=10)
    copy = article(2, "Rain again", source="Ledger", hour=9, duplicate_of=1)
    digest = compiled(copy, original)
    entry = only_entry(digest)
    assert (entry.title, entry.source, digest.articles) == ("Rain", "Wire", 1)
    assert entry.also_in == (("Ledger", copy.url),)
    assert digest.feeds == 2


def test_the_earliest_copy_leads_when_the_original_is_not_in_the_period() -> None:
    """Copies of an absent original still stand once."""
    late = article(8, "Late", source="A", hour=9, duplicate_of=1)
    early = article(9, "Early", source="B", hour=3, duplicate_of=1)
    entry = only_entry(compiled(late, early))
    assert (entry.title, entry.also_in) == ("Early", (("A", late.url),))


def test_a_chain_of_copies_ends_at_its_first() -> None:
    """A copy of a copy belongs to the original."""
    chain = [article(n, f"T{n}", source=f"S{n}", duplicate_of=n - 1 or None) for n in (1, 2, 3)]
    entry = only_entry(compiled(*reversed(chain)))
    assert (entry.title, [source for source, _ in entry.also_in]) == ("T1", ["S2", "S3"])


def test_a_circle_of_copies_still_stands_once() -> None:
    """No links between copies can hang the digest or lose a text."""
    ring = [article(1, "One", source="A", duplicate_of=2), article(2, "Two", source="B", duplicate_of=1)]
    assert only_entry(compiled(*ring)).title == "One"
    assert only_entry(compiled(article(3, "Self", duplicate_of=3))).title == "Self"


def test_a_story_stands_once_with_its_sources() -> None:
    """The best read text leads, of these the earliest; the others are named, then who repeats any of them."""
    stub = article(1, "Rain stub", source="Stub", hour=1)
    early = article(2, "Rain", "It rained.", source="Wire", hour=5, category="World")
    late = article(3, "More rain", "It rained more.", source="Ledger", hour=9)
    copy = article(4, "Rain again", "It rained.", source="Mirror", hour=6, duplicate_of=2)
    apart = article(5, "Bread", "It is baked.", source="Wire", hour=12)
    stories = dict.fromkeys((1, 2, 3, 4), 17) | {5: 18}
    articles = [stub, early, late, copy, apart]
    digest = compiled(*articles, stories=stories)
    assert titles(digest) == {"World": ["Rain"], "Everything else": ["Bread"]}
    lead = digest.sections[0].entries[0]
    assert lead.also_in == (("Stub", stub.url), ("Ledger", late.url), ("Mirror", copy.url))
    assert (digest.articles, digest.feeds) == (4, 4)
    again = compiled(*articles[::-1], stories=stories)
    assert again == digest


def test_verdicts_are_listed_best_first() -> None:
    """Whoever sorts by their order rests on it: a digest, a story; what is worth replacing agrees."""
    told = [article(n, f"T{n}", hour=9 - n) for n in range(1, len(Verdict) + 1)]
    worse = [replace(one, verdict=verdict) for one, verdict in zip(told, Verdict, strict=True)]  # and earlier
    for best, *rest in (worse[n:] for n in range(len(worse))):
        [text] = fold_copies(replace(one, duplicate_of=99) for one in (*rest, best))
        assert text.article.id == best.id
        [story] = fold_stories(fold_copies((*rest, best)), dict.fromkeys(range(20), 1))
        assert story.article.id == best.id
    assert [WORTH[verdict] for verdict in Verdict] == sorted(WORTH.values(), reverse=True)
    assert tuple(Verdict)[: len(READ)] == READ
    assert READ[: len(FROM_PAGE)] == FROM_PAGE


def test_a_source_that_tells_of_an_event_twice_has_both_articles_named() -> None:
    """What has the same source is not elsewhere: it is named by its title and not lost."""
    both = [article(n, f"Rain {n}", "It rained.", source="Wire", hour=n) for n in (1, 2)]
    entry = only_entry(compiled(*both, stories={1: 1, 2: 1}))
    assert (entry.title, entry.also_in) == ("Rain 1", (("Rain 2", both[1].url),))


def test_what_clearly_more_sources_tell_of_comes_first() -> None:
    """The more the better, and copies are no sources; what is as new as the day is worth a second source."""
    told = [article(n, f"T{n}", "Text.", source=f"S{n}", hour=n) for n in range(1, 9)]
    copies = [replace(article(n, "C", source=f"S{n}", hour=1), duplicate_of=8) for n in range(20, 26)]
    stories = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 6, 7: 7, 8: 8} | {copy.id: 8 for copy in copies}
    digest = compiled(*told, *copies, stories=stories)
    assert titles(digest) == {"Everything else": ["T1", "T4", "T8", "T7", "T6"]}


def test_other_feeds_are_named_once_and_the_own_source_never() -> None:
    """What announces the same page is named without a second link to it."""
    entry = only_entry(compiled(article(1, "T", source="Wire", also=("Ledger", "WIRE", "Ledger"))))
    assert entry.also_in == (("Ledger", ""),)


def test_entries_come_newest_first_and_then_in_the_order_of_the_archive() -> None:
    """Equal moments do not make the order a matter of chance."""
    articles = [article(n, f"T{n}", hour=h) for n, h in ((4, 1), (3, 5), (1, 5), (2, 9))]
    assert titles(compiled(*articles)) == {"Everything else": ["T2", "T1", "T3", "T4"]}


def test_sections_are_sorted_by_name_and_the_nameless_is_last() -> None:
    """Case and accents do not part neighbours; folders are shown as a path."""
    names = ("", "World/Europe", "world", "Économie", "Film", "/ Arts //")
    digest = compiled(*(article(n, f"T{n}", category=name) for n, name in enumerate(names)))
    assert list(titles(digest)) == ["Arts", "Économie", "Film", "world", "World · Europe", "Everything else"]


def test_the_first_sighting_decides_the_section() -> None:
    """An article found in two categories stands in the one where it was seen first."""
    two = article(1, "T", also=("Other",))
    first, second = (replace(s, category=c) for s, c in zip(two.sightings, ("News", "Art"), strict=True))
    assert list(titles(compiled(replace(two, sightings=(second, first))))) == ["News"]


def test_what_is_over_the_limit_of_a_section_is_told_in_brief() -> None:
    """The rest keeps its order and loses its lead."""
    digest = compiled(*(article(n, f"T{n}", "Some text.", hour=20 - n) for n in range(5)), per_section=2)
    [section] = digest.sections
    assert [(e.title, e.lead) for e in section.entries] == [("T0", "Some text."), ("T1", "Some text.")]
    assert [(e.title, e.lead) for e in section.brief] == [("T2", ""), ("T3", ""), ("T4", "")]
    assert compiled(article(1, "T"), per_section=-1).sections[0].entries == ()


def test_the_order_of_the_articles_does_not_matter() -> None:
    """The same articles give the same bytes in every form."""
    forward, backward = sample_articles(), sample_articles()[::-1]
    for form in FORMATS:
        assert render_bytes(compiled(*forward), form) == render_bytes(compiled(*backward), form)


def test_names_fall_back_to_what_is_known() -> None:
    """An entry without title or site is called by its feed's words, then by its host."""
    bare = replace(article(1, "Announced"), title=" ", site="")
    assert only_entry(compiled(bare)).title == "Announced"
    assert only_entry(compiled(bare)).source == "The Morning Ledger"
    unseen = only_entry(compiled(replace(bare, sightings=(), url="https://www.a.example/x")))
    assert (unseen.title, unseen.source) == ("a.example", "a.example")
    nothing = only_entry(compiled(replace(bare, sightings=(), url="nothing")))
    assert (nothing.title, nothing.source, nothing.url) == ("Untitled", "Unknown source", "")


# ------------------------------------------------------------------------------------------ measure and choice


def day_of(count: int, **how: Any) -> list[Article]:
    return [article(n, f"T{n}", "Some text.", hour=n / count * 20, **how) for n in range(1, count + 1)]


def shown_in(digest: Digest) -> list[tuple[str, int, int, int]]:
    return [(s.title, len(s.entries), len(s.brief), s.left_out) for s in digest.sections]


def test_a_digest_has_a_measure_and_counts_what_it_leaves_out() -> None:
    """Told, in brief, counted: together they are all stories, however many there are."""
    outline = Outline(stories=6, per_section=4, brief=5)
    two = [*day_of(30, category="A"), *(replace(a, id=a.id + 100) for a in day_of(9, category="B"))]
    digest = compile_digest(two, SINCE, UNTIL, outline)
    assert shown_in(digest) == [("A", 4, 3, 23), ("B", 2, 2, 5)]
    none = compile_digest(two, SINCE, UNTIL, Outline(stories=0, brief=0))
    assert (none.sections, none.left_out, none.articles) == ((), 39, 39)


def test_every_section_has_its_best_story_before_any_has_its_second() -> None:
    """A loud section does not silence a quiet one."""
    loud = [article(n, f"L{n}", "Some text.", category="Loud", hour=20) for n in range(1, 9)]
    quiet = article(9, "Q", "Some text.", category="Quiet", hour=0)
    digest = compile_digest([*loud, quiet], SINCE, UNTIL, Outline(stories=3))
    assert {s.title: len(s.entries) for s in digest.sections} == {"Loud": 2, "Quiet": 1}


def test_what_many_tell_of_stands_before_all_sections() -> None:
    """As long as there is something: three independent sources are many."""
    told = [article(n, f"T{n}", "Text.", source=f"S{n}", category="World", hour=n) for n in range(1, 6)]
    known = Material(stories={1: 1, 2: 1, 3: 1, 4: 2, 5: 2})
    digest = compile_digest(told, SINCE, UNTIL, Outline(top=3), known)
    assert [(s.title, [e.title for e in s.entries]) for s in digest.sections] == [
        ("Top stories", ["T1"]),
        ("World", ["T4"]),
    ]
    assert digest.sections[0].entries[0].sources == 3


def test_sections_that_were_asked_for_come_first_and_take_what_they_find() -> None:
    """In the order in which they were named; a story is in the first that any of its articles is in."""
    articles = [article(n, f"T{n}", "Text.", source=f"S{n}", category="News", hour=n) for n in range(1, 5)]
    known = Material(stories={1: 1, 2: 1}, placed={2: "Zoo", 3: "Art"})
    digest = compile_digest(articles, SINCE, UNTIL, Outline(sections=("Zoo", "Art")), known)
    assert titles(digest) == {"Zoo": ["T1"], "Art": ["T3"], "News": ["T4"]}
    assert [s.title for s in digest.sections] == ["Zoo", "Art", "News"]


def test_a_readers_weights_move_stories_and_leave_them_out() -> None:
    """By a part of the category, the feed or the source; nothing is left of what weighs nothing."""
    articles = [
        article(n, f"T{n}", "Text.", source=s, hour=12) for n, s in ((1, "Dull"), (2, "Good"), (3, "Bad"))
    ]
    digest = compile_digest(articles, SINCE, UNTIL, Outline(weights={"good": 2, "bad.example": 0}))
    assert titles(digest) == {"Everything else": ["T2", "T1"]}
    assert digest.left_out == 0


def test_what_could_not_be_read_stands_behind_what_could() -> None:
    """A title alone tells less than a text."""
    unread, read = article(1, "Unread", hour=12), article(2, "Read", "Text.", hour=11)
    assert titles(compiled(unread, read)) == {"Everything else": ["Read", "Unread"]}


def test_the_better_text_of_two_copies_leads() -> None:
    """Full over partial, then the original over its copy."""
    original = replace(article(1, "Rain", "It", source="Wire", hour=1), verdict=Verdict.PARTIAL)
    copy = article(2, "Rain", "It rained.", source="Ledger", hour=2, duplicate_of=1)
    assert only_entry(compiled(original, copy)).source == "Ledger"
    assert only_entry(compiled(replace(original, verdict=Verdict.FULL), copy)).source == "Wire"


def test_a_story_that_began_before_says_so_and_is_named_among_what_changed() -> None:
    """With how many articles came since."""
    both = [article(n, f"T{n}", "Text.", source=f"S{n}", hour=n) for n in (1, 2)]
    known = Material(stories={1: 1, 2: 1}, began={1: SINCE - timedelta(days=2)})
    digest = compile_digest(both, SINCE, UNTIL, Outline(), known)
    [moved] = digest.changes.moved
    assert (moved.title, moved.articles) == ("T1", 2)
    assert "2 sources, developing since Thursday" in render(digest, "html")
    assert "2 new articles; began Thursday" in render(digest, "text")


def test_articles_may_come_without_their_texts() -> None:
    """Then only those that are told in full are asked for."""
    asked: list[int] = []

    def read(ids: Sequence[int]) -> dict[int, str]:
        asked.extend(ids)
        return dict.fromkeys(ids, "It rained.")

    light = [replace(one, text="", verdict=Verdict.FULL) for one in day_of(9)]
    known = Material(minutes={one.id: 3 for one in light}, texts=read)
    digest = compile_digest(light, SINCE, UNTIL, Outline(stories=2), known)
    assert len(asked) == 2
    assert {e.lead for s in digest.sections for e in s.entries} == {"It rained."}


# ---------------------------------------------------------------------------------------- leads and time

LEADS = {
    "abbreviations do not end a sentence": (
        "en",
        "Mr. Smith met Dr. J. R. Okafor of the U.S. Navy in St. Louis. It rained. Nobody, e.g. the mayor, came.",
        ["Mr. Smith met Dr. J. R. Okafor of the U.S. Navy in St. Louis.", "It rained.", None],
    ),
    "German": (
        "de",
        "Am 3. Oktober, d. h. heute, kamen ca. 40 Gäste, z. B. Dr. Krüger. „Schön!“, rief er. Dann ging er.",
        ["Am 3. Oktober, d. h. heute, kamen ca. 40 Gäste, z. B. Dr. Krüger.", None, None],
    ),
    "a number ends an English sentence": (
        "en",
        "He won by 12. They lost 3.5 million.",
        ["He won by 12.", None],
    ),
    "French": (
        "fr",
        "« C’est fini », dit M. Benali. Que faire\u202f? Rien.",
        ["« C’est fini », dit M. Benali.", "Que faire\u202f?", None],
    ),
    "Spanish": (
        "es",
        "¿Quién? La Sra. Díaz, de EE. UU., lo sabe. ¡Basta!",
        ["¿Quién?", "La Sra. Díaz, de EE. UU., lo sabe.", None],
    ),
    "Russian": (
        "ru",
        "Так сказал проф. А. И. Лебедев. До 2026 г. и далее.",
        ["Так сказал проф. А. И. Лебедев.", None],
    ),
    "Japanese": (
        "ja",
        "「予想もしなかった。」と話す。三年かかる。",
        ["「予想もしなかった。」と話す。", None],
    ),
    "Chinese": ("zh", "真的吗？是的！他走了。", ["真的吗？", "是的！", None]),
    "Arabic": ("ar", "هل يعود الزوار؟ نعم. قال د. سامي ذلك.", ["هل يعود الزوار؟", "نعم.", None]),
    "Urdu": ("ur", "یہ پہلا جملہ ہے۔ یہ دوسرا ہے۔", ["یہ پہلا جملہ ہے۔", None]),
    "Hindi": ("hi", "गिनती पूरी हुई। सवाल बाकी है।", ["गिनती पूरी हुई।", None]),
    "Korean": ("ko", "비가 왔다. 모두 집에 있었다.", ["비가 왔다.", None]),
    "a question inside a sentence": ("en", "“Why?” she asked. Nobody knew.", ["“Why?” she asked.", None]),
    "dots and addresses": (
        "en",
        "See example.com for more... Or do not.",
        ["See example.com for more...", None],
    ),
}


@pytest.mark.parametrize(("language", "text", "expected"), LEADS.values(), ids=LEADS)
def test_a_text_is_parted_into_sentences(language: str, text: str, expected: list[str | None]) -> None:
    """Every part but those given as None is as expected, and nothing is lost."""
    found = list(sentences(text, language))
    assert len(found) == len(expected)
    assert all(want is None or got == want for got, want in zip(found, expected, strict=True))
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_lead_is_the_first_sentences_within_its_measure() -> None:
    """Three sentences at most when they say enough, never a half one if a whole one fits."""
    sentence = "This sentence has some forty characters."
    assert first_sentences(" ".join([sentence] * 9), "T") == " ".join([sentence] * 3)
    long = "A " + "very " * 50 + "long one."
    assert first_sentences(f"{sentence} {sentence} {sentence} {long}", "T") == " ".join([sentence] * 3)
    assert first_sentences(f"Short. {long * 2}", "T").endswith("…")


def test_a_lead_without_sentences_is_cut_at_a_word() -> None:
    """A text without full stops still gives a lead, which says that it goes on."""
    lead = first_sentences("word " * 200, "T")
    assert lead.endswith("word…")
    assert width(lead) <= LEAD
    assert width(first_sentences("漢" * 500, "T")) <= LEAD


def test_a_lead_does_not_begin_with_the_title() -> None:
    """The title, with or without the site's name, is not said twice; a byline is no lead."""
    body = "BERLIN (Wire) – It rained."
    for first in ("Rain in Berlin", "RAIN IN BERLIN!", "Rain in Berlin", "By A. Writer\n\nRain in Berlin"):
        assert first_sentences(f"{first}\n\n{body}", "Rain in Berlin | Wire") == body
    assert first_sentences("Rain in Berlin. It was cold.", "Rain in Berlin") == "It was cold."
    assert first_sentences("Rain in Berlin", "Rain in Berlin") == ""
    assert first_sentences("Rain falls on Berlin today.", "Rain") == "Rain falls on Berlin today."


def test_captions_and_headings_are_no_part_of_a_lead() -> None:
    """Only prose leads, unless there is none."""
    text = "By Ruth Kent\n\nIt began.\n\nWhat happened\nPhoto: Wire\n\nThen it ended."
    assert first_sentences(text, "T") == "It began. Then it ended."
    assert first_sentences("By Ruth Kent", "T") == "By Ruth Kent"
    assert first_sentences("", "T") == ""


def test_a_standfirst_without_a_full_stop_is_set_apart() -> None:
    """Two paragraphs do not run into one another."""
    standfirst = (
        "Everything that you did not want to know about moss and did not dare to ask anybody else about"
    )
    assert first_sentences(f"{standfirst}\n\nIt grows.", "T") == f"{standfirst} – It grows."


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 1),
        ("word " * 230 * 3, 3),
        ("字" * 2000, 4),
        ("word " * 230 + "字" * 500, 2),
        ("비가 왔다 " * 230, 2),
    ],
)
def test_reading_time_counts_words_or_characters(text: str, minutes: int) -> None:
    """Scripts without spaces are read by the character, others by the word; a minute is the least."""
    assert reading_minutes(text) == minutes


def test_cutting_parts_no_character() -> None:
    """A letter keeps its marks and a family stays together."""
    assert cut("e\u0301" * 40, 8).removesuffix("…").endswith("\u0301")
    assert cut("x" * 8 + "👩\u200d👩\u200d👧", 12) == "x" * 8 + "…"
    assert cut("short", 80) == "short"


# ------------------------------------------------------------------------------------------------ words


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # the stubs take the zone for the fourth part


def in_period(since: datetime, until: datetime) -> Digest:
    return Digest(title="T", since=since, until=until)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (utc(2025, 5, 3), utc(2025, 5, 4), "Saturday, 3 May 2025"),
        (utc(2025, 5, 3), utc(2025, 5, 10), "3 to 9 May 2025"),
        (utc(2025, 4, 28), utc(2025, 5, 5), "28 April to 4 May 2025"),
        (utc(2024, 12, 30), utc(2025, 1, 6), "30 December 2024 to 5 January 2025"),
        (utc(2025, 5, 3, 6), utc(2025, 5, 3, 18, 30), "Saturday, 3 May 2025, 06:00 to 18:30 UTC"),
        (
            utc(2025, 5, 3, 6),
            utc(2025, 5, 4, 6),
            "Saturday, 06:00, to Sunday, 4 May 2025, 06:00 UTC",
        ),
    ],
)
def test_the_period_is_told_in_words(since: datetime, until: datetime, expected: str) -> None:
    """Whole days are named as days, anything else with its hours and their zone."""
    assert period(in_period(since, until)) == expected


def test_times_are_shown_in_the_zone_of_the_period() -> None:
    """Whoever compiles for a person elsewhere gives `until` in that person's zone."""
    there = timezone(timedelta(hours=9), "JST")
    digest = in_period(datetime(2025, 5, 2, 15, tzinfo=UTC), datetime(2025, 5, 4, tzinfo=there))
    assert period(digest) == "Saturday, 3 May 2025"
    assert when(digest, entry_at(datetime(2025, 5, 2, 16, 5, tzinfo=UTC))) == "01:05"


def entry_at(at: datetime) -> DigestEntry:
    return DigestEntry(title="T", url="", source="S", byline="", at=at, lead="", minutes=1)


def test_an_entry_tells_as_much_of_its_date_as_the_period_leaves_open() -> None:
    """A clock time within a day, the weekday within a week, the date beyond."""
    at = datetime(2025, 5, 3, 14, 5, tzinfo=UTC)
    for days, expected in ((1, "14:05"), (7, "Sat 14:05"), (31, "3 May")):
        assert when(in_period(SINCE, SINCE + timedelta(days=days)), entry_at(at)) == expected
    old = entry_at(at.replace(year=2019))
    assert when(in_period(SINCE, UNTIL), old) == "3 May 2019"


def test_counts_speak_english() -> None:
    """One is singular, hours are hours."""
    digest = replace(in_period(SINCE, UNTIL), articles=1, feeds=1)
    section = Section("S", (replace(entry_at(SINCE), minutes=61),))
    assert counts(replace(digest, sections=(section,))) == "1 article from 1 feed"
    assert reading(replace(digest, sections=(section,))) == "1 min to read"
    assert [duration(m) for m in (1, 59, 60, 125)] == ["1 min", "59 min", "1 h", "2 h 5 min"]


def test_an_unknown_format_names_the_choices() -> None:
    """The message is the cure."""
    with pytest.raises(UsageError, match=r"'pdf': choose html, markdown.*json-feed or json"):
        render(sample_digest(), "pdf")


# ------------------------------------------------------------------------------------------------- page


@pytest.mark.parametrize("digest", [sample_digest(), sample_digest(100), Digest("Quiet", SINCE, UNTIL)])
def test_the_page_is_valid_and_loads_nothing(digest: Digest) -> None:
    """The whole sample, and a day without news, parse without an error and without an outside load."""
    assert_harmless(page_of(digest))


def test_the_page_forbids_what_it_does_not_contain() -> None:
    """The policy stands in the page itself, because the page travels as a file."""
    page = render(sample_digest(), "html")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert '<meta name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_headings_step_down_by_one() -> None:
    """One h1, then h2 for sections and h3 below them: the page can be walked by its headings."""
    levels = [
        int(e.tag[-1]) for e in elements(page_of(sample_digest())) if re.fullmatch(XHTML + "h[1-6]", e.tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_local_link_has_its_target_and_sections_tell_their_size() -> None:
    """The table of contents leads to each section, and its counts add up to all stories."""
    digest = sample_digest()
    tree = page_of(digest)
    ids = [e.get("id") for e in elements(tree) if e.get("id")]
    local = [a.get("href")[1:] for a in tree.iter(f"{XHTML}a") if a.get("href").startswith("#")]
    assert len(set(ids)) == len(ids)
    assert set(local) <= set(ids)
    [nav] = tree.iter(f"{XHTML}nav")
    stories = sum(len(s.entries) + len(s.brief) + s.left_out for s in digest.sections)
    assert sum(int(span.text) for span in nav.iter(f"{XHTML}span")) == stories


def test_each_entry_says_its_language_and_finds_its_direction() -> None:
    """Hyphenation and fonts need the language; right-to-left texts need no markup from the feed."""
    articles = list(page_of(sample_digest()).iter(f"{XHTML}article"))
    assert {a.get("dir") for a in articles} == {"auto"}
    assert {"ar", "he", "ja", "zh", "de", "en"} <= {a.get("lang") for a in articles}


@pytest.mark.parametrize("form", FOR_PEOPLE)
def test_a_quiet_day_is_told_kindly(form: str) -> None:
    """An empty digest is one friendly sentence, without counts of nothing."""
    text = render(compiled(), form)
    assert "Enjoy the quiet." in text
    assert "0 articles" not in text


@pytest.mark.parametrize("form", FOR_PEOPLE)
def test_a_digest_has_an_end(form: str) -> None:
    """Nobody scrolls for more."""
    assert "That is all." in render(sample_digest(), form)


def test_the_forms_carry_the_same_articles() -> None:
    """Each title and each lead stands in both."""
    digest = sample_digest(3)
    page = " ".join("".join(page_of(digest).itertext()).split())
    text = " ".join(t.content or " " for t in tokens_of(digest) if t.type in {"text", "softbreak"})
    text = " ".join(text.split())
    for section in digest.sections:
        for entry in (*section.entries, *section.brief):
            assert entry.title in page
            assert entry.title in text
            lead = " ".join(entry.lead.split())
            assert lead in page
            assert lead in text


def test_markdown_lines_fit_a_terminal() -> None:
    """Prose is laid out in lines of at most 78 columns where words allow it."""
    prose = compiled(article(1, "T", "Plain words in a row make a line. " * 9))
    assert max(len(line) for line in render(prose, "markdown").splitlines()) <= 78


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme: str) -> None:
    """Every colour of text has at least 4.5:1 against the paper (WCAG 2.2, 1.4.3, level AA)."""
    sheet = (Path(__file__).parents[1] / "aggregator/digest/templates/digest.css").read_text(encoding="utf-8")
    palettes = re.findall(r"--paper:.*", sheet)[:2]
    palette = dict(re.findall(r"--(\w+): (#\w{6})", palettes[scheme == "dark"]))
    for ink in ("ink", "soft", "read", "accent"):
        assert contrast(palette[ink], palette["paper"]) >= 4.5


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
