"""Stories, the pure part: words fold so that wordings meet; what belongs together is put together, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models.stories import Frequencies, Member, Strand, Vector
from aggregator.stories import WINDOW, assign, is_worth_splitting, should_merge, split_of, terms_of, weigh
from aggregator.stories.vectors import likeness
from aggregator.stories.words import fold, tokens_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

QUAKE = (
    "Strong earthquake shakes southern Peru, at least 12 dead",
    (
        "A magnitude 7.1 earthquake struck near Arequipa early on Tuesday, killing at least 12 people."
        " Rescuers searched the rubble of adobe houses in the district of Caravelí."
    ),
)
QUAKE_AGAIN = (
    "7.1 quake near Arequipa kills a dozen",
    (
        "Peru's civil defence said a dozen people died when a 7.1-magnitude earthquake hit Arequipa before dawn."
        " Rescuers could not reach Caravelí, where houses fell."
    ),
)
QUAKE_IN_GERMAN = (
    "Schweres Erdbeben im Süden von Peru: 12 Tote",
    (
        "Ein Beben der Stärke 7,1 hat die Region Arequipa erschüttert. Mindestens 12 Menschen starben. In Caravelí sind"
        " Häuser eingestürzt, und die Straßen nach Arequipa waren nicht mehr zu befahren."
    ),
)
KESTREL_BUYS = (
    "Kestrel Pharma to buy Ondine Bio for $8.4 billion",
    "The group agreed to acquire the maker of cancer drugs in cash. Shareholders get a premium of 62 percent.",
)
KESTREL_RECALLS = (
    "Kestrel Pharma recalls asthma inhalers over faulty valve",
    "Patients should return affected batches to a pharmacy, the medicines agency said, because a part may stick.",
)


def vector(article: tuple[str, str], language: str = "") -> Vector:
    return weigh(terms_of(*article, language), Frequencies())


def strand(*articles: tuple[str, str], story: int = 1, at: datetime = AT) -> Strand:
    vectors = [vector(article) for article in articles]
    total: dict[int, float] = {}
    for one in vectors:
        for word, weight in one.weights.items():
            total[word] = total.get(word, 0) + weight
    return Strand(story, vectors[0].language, len(vectors), total, at, at)


# -------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erdoğan", "Erdogan"),
        ("STRASSE", "straße"),
        ("Путина", "Putin"[:5] + "a"),
        ("Łódź", "lodz"),
        ("Αθήνα", "αθηνα"),
        ("governments", "governmental"),
        ("الحكومة", "حكومة"),
    ],
)
def test_wordings_of_one_word_meet(one: str, other: str) -> None:
    """Case, accents, script, endings and the Arabic article do not keep a word apart."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("80,000 homes", "80000"),
        ("80.000 Haushalte", "80000"),
        ("2,25 Prozent", "2.25"),
        ("2.25 percent", "2.25"),
        ("won 3-2", "3:2"),
        ("gewann 3:2", "3:2"),
        ("٢٠٢٦", "2026"),
    ],
)
def test_numbers_meet_however_they_are_written(text: str, word: str) -> None:
    assert word in [token for token, _ in tokens_of(text, 10)]


def test_a_name_is_written_large_inside_a_sentence() -> None:
    tokens = dict(tokens_of("Police arrested Igor. Crowds left.", 10))
    assert tokens[fold("Igor")]
    assert not tokens[fold("Police")]
    assert not tokens[fold("Crowds")]


def test_unspaced_text_is_read_in_pairs() -> None:
    assert [token for token, _ in tokens_of("重庆暴雨", 10)] == ["重庆", "庆暴", "暴雨"]


@pytest.mark.parametrize(
    ("text", "claimed", "language"),
    [
        (QUAKE[1], "de", "en"),
        (QUAKE_IN_GERMAN[1], "en-US", "de"),
        ("重庆市连日暴雨引发山洪", "", "zh"),
        ("スウェーデン王立科学アカデミーは発表した", "zh", "ja"),
        ("Vela-3", "sv", "sv"),
        ("Vela-3", "", ""),
    ],
)
def test_the_language_is_what_the_words_say(text: str, claimed: str, language: str) -> None:
    """What a feed claims is believed only where the text does not tell."""
    assert (
        terms_of("", text, claimed).language == language or terms_of(text, "", claimed).language == language
    )


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=5))
def test_any_text_has_a_vector(title: str, text: str, language: str) -> None:
    """Of length 1, or there is nothing in it."""
    weights = weigh(terms_of(title, text, language), Frequencies()).weights
    assert not weights or sum(weight * weight for weight in weights.values()) == pytest.approx(1)


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert terms_of("", "word " * 1_000) == terms_of("", "word " * 1_000_000)


def test_a_headline_that_its_text_does_not_bear_out_makes_no_story() -> None:
    """Headlines are used again; two long texts that have nothing else in common tell two stories."""
    one = " ".join(f"harbour{chr(97 + n // 9)}{chr(97 + n % 9)} reopened" for n in range(60))
    other = " ".join(f"{chr(97 + n // 9)}{chr(97 + n % 9)}cattle grazed" for n in range(60))
    title = QUAKE[0]
    assert assign(vector((title, other)), AT, [strand((title, one))]).story_id is None
    assert assign(vector((title, "")), AT, [strand((title, ""))]).story_id == 1


def test_what_the_archive_has_often_seen_weighs_less() -> None:
    terms = terms_of("harbour bell", "")
    harbour, bell = terms.emphasis
    weights = weigh(terms, Frequencies(1000, {harbour: 900, bell: 2})).weights
    assert weights.get(harbour, 0) < weights[bell] / 10


# ----------------------------------------------------------------------------------------------- placing


def test_two_wordings_of_one_event_are_one_story() -> None:
    assert assign(vector(QUAKE_AGAIN), AT, [strand(QUAKE, story=7)]).story_id == 7


def test_another_language_joins_by_names_and_numbers() -> None:
    german = vector(QUAKE_IN_GERMAN)
    assert german.language == "de"
    assert assign(german, AT, [strand(QUAKE, story=7)]).story_id == 7


def test_a_name_alone_makes_no_story() -> None:
    """Two stories of one company on one day stay two."""
    assert assign(vector(KESTREL_RECALLS), AT, [strand(KESTREL_BUYS)]).story_id is None


def test_without_candidates_a_story_begins() -> None:
    assert assign(vector(QUAKE), AT, []).story_id is None


def test_what_one_site_alone_tells_must_be_more_alike() -> None:
    """Its articles share form and words, whatever they tell; another site's do not."""
    candidates = [replace(strand(QUAKE, KESTREL_BUYS), told_by="a.example")]
    assert assign(vector(QUAKE_AGAIN), AT, candidates, "b.example").story_id == 1
    assert assign(vector(QUAKE_AGAIN), AT, candidates, "a.example").story_id is None
    assert assign(vector(QUAKE), AT, candidates, "a.example").story_id == 1


def test_the_best_of_several_stories_is_taken() -> None:
    candidates = [strand(KESTREL_BUYS, story=3), strand(QUAKE, story=7)]
    assert assign(vector(QUAKE_AGAIN), AT, candidates).story_id == 7


@pytest.mark.parametrize("late", [WINDOW + HOUR, -WINDOW - HOUR])
def test_out_of_the_window_the_same_words_are_another_story(late: timedelta) -> None:
    assert assign(vector(QUAKE), AT + late, [strand(QUAKE)]).story_id is None
    assert assign(vector(QUAKE), AT + late / 2, [strand(QUAKE)]).story_id == 1


def test_what_an_article_shows_to_be_one_story_is_merged() -> None:
    placement = assign(vector(QUAKE), AT, [strand(QUAKE_AGAIN, story=3), strand(QUAKE, story=7)])
    assert (placement.story_id, placement.joins) == (7, (3,))


def test_stories_that_share_little_are_not_merged() -> None:
    assert should_merge([strand(QUAKE)], [strand(QUAKE, QUAKE_AGAIN, story=2)])
    assert not should_merge([strand(KESTREL_BUYS)], [strand(KESTREL_RECALLS, story=2)])
    assert not should_merge([strand(QUAKE)], [strand(QUAKE, story=2, at=AT + WINDOW + HOUR)])


# ---------------------------------------------------------------------------------------------- splitting


def members(*articles: tuple[str, str]) -> list[Member]:
    return [Member(number, AT + number * HOUR, vector(article)) for number, article in enumerate(articles, 1)]


def test_a_story_that_fell_apart_is_split() -> None:
    """The part with the oldest article is not among those that leave."""
    parts = split_of(members(QUAKE, KESTREL_BUYS, QUAKE_AGAIN, KESTREL_BUYS, QUAKE_IN_GERMAN))
    assert parts == [(2, 4)]


def test_a_story_that_holds_together_is_not_split() -> None:
    assert split_of(members(QUAKE, QUAKE_AGAIN, QUAKE, QUAKE_IN_GERMAN)) == []
    assert split_of([]) == []


def test_splitting_is_asked_ever_more_rarely() -> None:
    """So that the work per article stays the same."""
    assert [count for count in range(70) if is_worth_splitting(count)] == [4, 8, 16, 32, 64]


@given(
    st.dictionaries(st.integers(0, 20), st.floats(0, 1)), st.dictionaries(st.integers(0, 20), st.floats(0, 1))
)
def test_likeness_knows_no_order(one: dict[int, float], other: dict[int, float]) -> None:
    assert likeness(one, other) == pytest.approx(likeness(other, one))
