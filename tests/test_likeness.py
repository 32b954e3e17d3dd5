"""Likeness: copies are found in whatever dress, notices of one form are never taken for each other."""

from __future__ import annotations

import random
import re
import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe import (
    Likeness,
    Tier,
    are_of_one_subject,
    are_on_subject,
    likeness,
    shingles_of,
    sketch_of,
    tier_of,
)
from aggregator.dedupe.shingles import LEAST, MOST, SKETCH
from benchmarks.edits import FURNITURE
from benchmarks.notices import FORMS, fill, notices

WORDS = """harbour council bell ferry winter budget teacher river engine garden market signal copper window letter
    bridge doctor valley summer police school hunter island paper forest driver singer mirror castle ribbon""".split()
NAMES = "Lisbon Okafor Petrosky Ellison Calder Nakamura Whitby Ortiz Brandt Moreau Kassel Adeyemi Selby Goole".split()


def article(seed: int, paragraphs: int = 8) -> list[str]:
    """Return paragraphs of made-up prose with names and numbers, others for every seed."""
    chance = random.Random(seed)

    def sentence() -> str:
        words = [
            chance.choice(WORDS) + chance.choice(["", "s", "ed", "ing"]) for _ in range(chance.randint(9, 16))
        ]
        words.insert(4, chance.choice(NAMES))
        if chance.random() < 0.5:
            words.insert(7, str(chance.randint(2, 9000)))
        return f"The {' '.join(words)}."

    return [" ".join(sentence() for _ in range(4)) for _ in range(paragraphs)]


ARTICLE = article(1)
OTHER = article(2)


def alike(one: list[str] | str, other: list[str] | str) -> Likeness:
    texts = ("\n\n".join(text) if isinstance(text, list) else text for text in (one, other))
    return likeness(*map(shingles_of, texts))


def tier(one: list[str] | str, other: list[str] | str, days: float = 0) -> Tier | None:
    return tier_of(alike(one, other), days)


def changed(paragraphs: list[str], old: str, new: str) -> list[str]:
    return [part.replace(old, new) for part in paragraphs]


# ---------------------------------------------------------------------------------------- a text as it is compared


@pytest.mark.parametrize(
    "other",
    [
        "\u201cWe\u2019re here\u201d, the council said \u2013 at last",
        "WE'RE HERE THE COUNCIL SAID AT LAST",
        "We're here \u2014 the coun\u00adcil\u200b said,\u00a0at\nlast\u2026",
        unicodedata.normalize("NFD", "We're here the council said at last"),
    ],
)
def test_typography_does_not_change_shingles(other: str) -> None:
    """Case, quotes, dashes, white space and what is not seen say nothing."""
    assert shingles_of(other).hashes == shingles_of('"We\'re here", the council said - at last').hashes


def test_hashes_are_the_same_for_ever() -> None:
    """They are kept in archives: another Python, machine or version must find them again."""
    assert shingles_of("Bell found in harbour").hashes == [1181035078, 569224720]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("東京で会議", ["東", "京", "で", "会", "議"]),
        ("경제 뉴스", ["경", "제", "뉴", "스"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("İstanbul'da ΐδιο Straße", ["İstanbul", "da", "ΐδιο", "Straße"]),
        ("«Le mot» — d\u2019accord", ["Le", "mot", "d", "accord"]),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str]) -> None:
    """A character is a word where words are not spaced; marks stay with their letters."""
    assert shingles_of(text).words() == words


@given(st.text(max_size=400))
def test_any_text_has_as_many_words_as_it_has_hashed(text: str) -> None:
    """What is found by a shingle's place is shown by the word's place."""
    shingles = shingles_of(text)
    words = len(shingles.words())
    assert len(shingles.hashes) == max(0, words - 2)
    assert shingles.length in {words, 0}


@given(st.text("ab \u2019\u00ad\u65b0", max_size=80))
def test_hashes_may_be_worked_out_elsewhere(text: str) -> None:
    """Then only the rest is, when it is asked for."""
    made = shingles_of(text)
    told = shingles_of(text, list(made.hashes))
    assert (told.hashes, told.words(), told.length) == (made.hashes, made.words(), made.length)
    assert shingles_of(text, [7, 8, 9]).hashes == [7, 8, 9]


def test_a_short_text_has_no_sketch() -> None:
    """It would meet others by chance."""
    assert sketch_of(shingles_of("Read more on our website.")) == ()
    assert sketch_of(shingles_of("buy now " * 5000)) == ()


def test_a_sketch_is_the_smallest_hashes() -> None:
    """Of any text: few or many shingles, spread evenly or not."""
    for paragraphs in (1, 8, 60):
        shingles = shingles_of("\n".join(article(3, paragraphs)))
        assert len(shingles.distinct) >= LEAST
        assert list(sketch_of(shingles)) == sorted(shingles.distinct)[:SKETCH]


def test_what_is_too_long_is_compared_in_part_and_hides_nothing() -> None:
    """Five megabytes cost what two hundred thousand characters cost."""
    long = "\n".join(article(4, 700))
    shingles = shingles_of(long * 20)
    assert len(shingles.text) == MOST
    assert tier(long * 20, long * 19) is Tier.RELATED
    assert len(shingles_of("\ufdfa" * MOST).text) <= 3 * MOST


# -------------------------------------------------------------------------------------------------- copies


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("the same", ARTICLE),
        (
            "agency frame",
            ["LONDON, 3 May (Reuters) - " + ARTICLE[0], *ARTICLE[1:], "(Editing by the night desk)"],
        ),
        ("furniture around a cut", [*FURNITURE[:2], *ARTICLE[:3], *ARTICLE[5:], *FURNITURE[2:4]]),
        ("a new lead", [OTHER[0], *ARTICLE[1:]]),
        ("the first third", ARTICLE[:3]),
        ("upper case", [part.upper() for part in ARTICLE]),
        ("another order", [*ARTICLE[4:], *ARTICLE[:4]]),
        ("numbers spelt otherwise", [re.sub(r"(\d)(\d{3})", r"\1,\2", part) for part in ARTICLE]),
        ("one name spelt otherwise", changed(ARTICLE, "Lisbon", "Lisboa")),
    ],
)
def test_a_copy_is_known_in_other_dress(name: str, copy: list[str]) -> None:
    """Newsrooms frame, cut and rewrite the lead."""
    assert tier(ARTICLE, copy) is Tier.COPY, name
    assert tier(copy, ARTICLE) is Tier.COPY, name


def test_what_was_added_and_removed_is_counted() -> None:
    """In words, from the earlier to the later text."""
    found = alike(ARTICLE, [*ARTICLE[:6], "Seven more words than there were before."])
    assert found.added == 7
    assert found.removed == len(" ".join(ARTICLE[6:]).split())
    back = alike([*ARTICLE[:6], "Seven more words than there were before."], ARTICLE)
    assert (back.added, back.removed) == (found.removed, found.added)


def test_a_copy_is_printed_within_days() -> None:
    """Later it is related, and after a month nothing."""
    assert tier(ARTICLE, ARTICLE, days=6) is Tier.COPY
    assert tier(ARTICLE, ARTICLE, days=-6) is Tier.COPY
    assert tier(ARTICLE, ARTICLE, days=20) is Tier.RELATED
    assert tier(ARTICLE, ARTICLE, days=40) is None


def test_a_site_seldom_prints_a_text_twice() -> None:
    """The same to the word it may be; a touch more is another notice of its form."""
    touched = changed(changed(ARTICLE, "Lisbon", "Porto"), "Okafor", "Obi")
    assert tier_of(alike(ARTICLE, ARTICLE), 0, one_site=True) is Tier.COPY
    assert tier_of(alike(ARTICLE, touched), 0, one_site=True) is Tier.RELATED


# --------------------------------------------------------------------------------------------- look-alikes


def test_other_figures_are_another_text() -> None:
    """Next year's report, in the words of this year's."""
    figures = ["".join(str(9 - int(c)) if c.isdigit() else c for c in part) for part in ARTICLE]
    found = alike(ARTICLE, figures)
    assert found.numbers == 0
    assert tier(ARTICLE, figures) is Tier.RELATED


@pytest.mark.parametrize(
    ("name", "stranger"),
    [
        ("shares the furniture", [*OTHER, *FURNITURE]),
        ("shares the background at the end", [*OTHER, *ARTICLE[6:]]),
        ("quotes a paragraph", [*OTHER[:4], ARTICLE[3], *OTHER[4:]]),
        ("shares nothing", OTHER),
        ("has no words", ""),
        ("has one word", "Bell"),
    ],
)
def test_what_is_shared_at_the_edge_makes_no_kin(name: str, stranger: list[str] | str) -> None:
    """Furniture, background and quotations are not what an article is about."""
    assert tier([*ARTICLE, *FURNITURE], stranger) is None, name


def test_a_story_in_a_round_up_is_not_the_round_up() -> None:
    """Or all stories of the day would be copies of it, and of each other."""
    round_up = [part for seed in range(10, 20) for part in article(seed)]
    assert tier(round_up, article(14)) is Tier.RELATED
    assert tier(article(10), round_up) is Tier.RELATED


@pytest.mark.parametrize("form", FORMS)
def test_notices_of_one_form_are_never_copies(form: str) -> None:
    """Not even on different sites and on one day; the same notice elsewhere is."""
    chance = random.Random(7)
    texts = [fill(form, chance) for _ in range(12)]
    looks = [shingles_of(text) for text in texts]
    assert not [1 for one, other in combinations(looks, 2) if tier_of(likeness(one, other), 0) is Tier.COPY]
    if len(looks[0].distinct) >= 100:
        assert tier(texts[0], "LEEDS (AP) - " + texts[0] + " All rights reserved.") is Tier.COPY


def test_notices_are_the_same_in_every_run() -> None:
    """A benchmark that draws anew proves nothing."""
    assert notices(2, 5) == notices(2, 5) != notices(2, 6)


def test_a_wall_under_two_headlines_is_no_copy() -> None:
    """Neither headline speaks of the consent text that was taken for the article."""
    wall = " ".join(FURNITURE)
    shingles = shingles_of(wall)
    assert not are_on_subject(
        "Swiss limit exports of masks", "Indian driver cleans hands of guests", shingles
    )
    assert tier_of(likeness(shingles, shingles), 0, on_subject=False) is Tier.RELATED
    assert are_on_subject("Swiss limit exports of masks", "Swiss curb mask exports", shingles)
    assert are_on_subject("Join our newsletter", "Something else entirely", shingles)
    assert are_on_subject("", "Something else entirely", shingles)


def test_a_text_about_something_else_is_not_what_it_quotes() -> None:
    """Its title speaks of what it has beside the other text; a short version's title speaks of the whole."""
    report = f"Ferry runs aground at Whitby. {' '.join(ARTICLE)}"
    roundup = f"{report} Vineyards of Tolberg reopen. {' '.join(OTHER)} {' '.join(article(3))}"
    short = f"Ferry runs aground at Whitby. {' '.join(ARTICLE[:2])}"
    whole, longer, cut = map(shingles_of, (report, roundup, short))

    assert tier_of(likeness(whole, longer), 0) is Tier.COPY
    assert not are_of_one_subject("Ferry runs aground", whole, "Tolberg: vineyards reopen", longer)
    assert are_of_one_subject("Ferry runs aground", whole, "Whitby: trouble in the harbour", cut)
    assert are_of_one_subject("Ferry runs aground", whole, "Vineyards reopen, ferry aground", longer), "alike"
    assert are_of_one_subject("", whole, "Tolberg: vineyards reopen", longer), "nothing to go by"
    assert are_of_one_subject("2026", whole, "2026 in pictures", longer), "a year says nothing"


# -------------------------------------------------------------------------------------------- in any case


@given(st.lists(st.sampled_from([*WORDS[:4], "7", "12", "Selby"]), max_size=80), st.data())
def test_likeness_has_no_side(words: list[str], data: st.DataObject) -> None:
    """Shares are shares; which text came first changes only what is called added."""
    others = data.draw(st.lists(st.sampled_from([*WORDS[:4], "7", "13", "Goole"]), max_size=80))
    one, other = shingles_of(" ".join(words)), shingles_of(" ".join(others))
    there, back = likeness(one, other), likeness(other, one)
    for share in ("jaccard", "containment", "size", "begins", "numbers", "names", "replaced"):
        assert 0 <= getattr(there, share) <= 1, share
    assert (there.shared, there.jaccard, there.containment) == (back.shared, back.jaccard, back.containment)
    assert 0 <= there.added <= len(others)
    assert 0 <= there.removed <= len(words)


def test_a_text_that_repeats_itself_takes_no_longer() -> None:
    """Ten thousand times the same words, against themselves: one pass."""
    chant = shingles_of("all we are saying is give us the harbour bell back " * 3000)
    assert tier_of(likeness(chant, chant), 0) is None
