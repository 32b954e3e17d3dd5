"""What an edit is: noise is none, every real one has its kind, and the words that changed can be shown."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.models import Change
from aggregator.revision import Passage, Text, change_of, word_diff
from aggregator.revision.cosmetic import without_furniture, words_of
from aggregator.revision.matching import Match, gaps, matches

FIRST = (
    "The harbour of Nordhaven was closed for nine days while divers looked for the lost bell of the old church,"
    " which had hung in the tower since 1743."
)
SECOND = (
    "On Tuesday 14 people were rescued from the cold water, said the harbour master, who had waited in the rain for"
    " hours and did not believe a word of it."
)
THIRD = "Nobody was hurt, and the ferry to Ostmere sails again from Thursday, its captain told this paper."
BODY = f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
OLD = Text("The bell of Nordhaven", BODY)


def kind(text: str = BODY, title: str = OLD.title) -> Change:
    return change_of(OLD, Text(title, text))


# --------------------------------------------------------------------------------------------- no edit at all


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Updated 5 minutes ago", "Updated 2 hours ago"),
        ("12 comments", "1,344 Comments"),
        ("Share 34", "Share 1.2k"),
        ("5 min read", "6 min read"),
        ("By Ada Penn | Updated 5 minutes ago", "By Ada Penn | Updated an hour ago"),
        ("Stand: 14:30 Uhr", "Stand: 23. November 2026, 15:02 Uhr"),
        ("vor 3 Minuten", "vor 2 Stunden"),
        ("Il y a 3 heures", "Il y a 2 jours"),
        ("Mis à jour le 5 mars 2026 à 14h30", "Mis à jour le 6 mars 2026 à 9h05"),
        ("Hace 5 minutos", "Hace 3 horas"),
        ("Aktualizacja: 5 marca", "Aktualizacja: 7 marca"),
        ("5分前", "3時間前"),
        ("Last updated on November 23, 2026 at 4:05 pm", "Last updated on November 24, 2026 at 9:00 am"),
        ("No comments yet", "3 comments"),
        ("Teilen", ""),
    ],
)
def test_counters_and_clocks_are_no_edit(before: str, after: str) -> None:
    """Wherever they stand, as long as they stand by themselves."""
    for place in ("{0}\n\n" + BODY, BODY + "\n\n{0}", FIRST + "\n\n{0}\n\n" + SECOND):
        assert change_of(Text("", place.format(before)), Text("", place.format(after))) is Change.COSMETIC


@pytest.mark.parametrize(
    "line",
    [
        "He died 5 years ago.",
        "Death toll: 14",
        "Correction: 14",
        "| Monday | 14:00 | 3-6pm |",
        "Polls close at 8 pm in Nordhaven",
        "Three comments were made",
        "Step 5",
    ],
)
def test_a_fact_is_no_counter(line: str) -> None:
    """A short line with a number can be what the article is about."""
    assert without_furniture(line) == line


@pytest.mark.parametrize(
    "text",
    [
        BODY.replace(" ", "  ").replace("\n\n", "\n"),
        BODY.replace(" ", "\u00a0"),
        BODY.replace("lost bell", "lost\u00ad bell\u200b"),
        BODY + "\n\n",
        f"{FIRST}\n\n{SECOND} {THIRD}",
    ],
)
def test_blanks_and_breaks_are_no_edit(text: str) -> None:
    """Nor is what cannot be seen."""
    assert kind(text) is Change.COSMETIC


def test_typography_is_no_edit() -> None:
    """Quotes, dashes, dots: another house style."""
    plain = "He said: \"It's the bell - the old one...\" and left at 3-4 o'clock."
    fine = (
        "He said: \u201cIt\u2019s the bell \u2013 the old one\u2026\u201d and left at 3\u20134 o\u2019clock."
    )
    assert change_of(Text("A 'bell'", plain), Text("A \u2018bell\u2019", fine)) is Change.COSMETIC


def test_labels_that_move_are_no_edit() -> None:
    """A box that stands elsewhere says the same."""
    assert change_of(Text("", f"Harbour news\n{BODY}"), Text("", f"{BODY}\nHarbour news")) is Change.COSMETIC


# ------------------------------------------------------------------------------------------------ real edits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BODY.replace("14 people", "15 people"), Change.CORRECTION),
        (BODY.replace("1743", "1,743"), Change.CORRECTION),
        (BODY.replace("Ostmere", "Westmere"), Change.CORRECTION),
        (BODY.replace("was closed", "was not closed"), Change.CORRECTION),
        (BODY.replace(" from the cold water", ""), Change.CORRECTION),
        (f"{BODY}\n\nCorrection: an earlier version of this article said that divers stole it.", Change.CORRECTION),
        (f"{BODY}\n\nIn einer früheren Version dieses Textes stand, sie sei gestohlen worden.", Change.CORRECTION),
        (f"{BODY}\n\nIt was found below the quay on Wednesday and hangs in its tower again.", Change.SUBSTANCE),
        (f"{FIRST}\n\nThe mayor would not say who pays, nor when the council meets.\n\n{THIRD}", Change.SUBSTANCE),
        (f"{SECOND}\n\n{FIRST}\n\n{THIRD}", Change.SUBSTANCE),
        (f"{FIRST}\n\n{THIRD}", Change.REMOVAL),
        (BODY.replace(SECOND[SECOND.index(", said") : -1], ""), Change.REMOVAL),
        ("", Change.REMOVAL),
    ],
)  # fmt: skip
def test_every_edit_has_its_kind(text: str, expected: Change) -> None:
    """As a reader would call it."""
    assert kind(text) is expected


@pytest.mark.parametrize("sign", ["$5", "€5", "5 %", "-5", "5", "5.1", "50"])
def test_signs_that_change_a_number_are_read(sign: str) -> None:
    """Typography ends where the meaning begins."""
    others = {"$5", "€5", "5 %", "-5", "5", "5.1", "50"} - {sign}
    line = "The price of a crossing rose by {} in the third month of the strike, the company told its shareholders."
    for other in others:
        assert change_of(Text("", line.format(sign)), Text("", line.format(other))) is Change.CORRECTION


def test_an_edit_in_a_script_without_blanks_is_as_small_as_it_is() -> None:
    """A changed word is a correction, not another paragraph."""
    old = "港で失われた鐘を探すために、ダイバーたちは九日間働いた。" * 3
    assert change_of(Text("", old), Text("", old.replace("九日間", "十日間", 1))) is Change.CORRECTION


def test_a_headline_is_an_edit_of_its_own() -> None:
    """But only where the text is as it was; a title that has got lost is none."""
    assert kind(title="The bell is found") is Change.HEADLINE
    assert kind(title="THE BELL OF NORDHAVEN") is Change.COSMETIC
    assert kind(title="") is Change.COSMETIC
    assert kind(BODY.replace("14", "15"), title="The bell is found") is Change.CORRECTION


# ------------------------------------------------------------------------------------------------ what changed


def shown(old: str, new: str) -> list[tuple[str, str]]:
    return [piece for passage in word_diff(old, new) for piece in passage.pieces if piece.kind != "same"]


def test_the_words_that_changed_are_shown_with_some_around_them() -> None:
    """And where text is left out, that is said."""
    (passage,) = word_diff(BODY, BODY.replace("14 people", "15 people"))
    assert [piece.kind for piece in passage.pieces] == ["same", "removed", "added", "same"]
    assert [piece.text for piece in passage.pieces[1:3]] == ["14", "15"]
    assert passage.pieces[0].text.endswith("On Tuesday")
    assert passage.pieces[3].text.startswith("people were rescued")
    assert (passage.skips_before, passage.skips_after) == (True, True)


def test_edits_that_are_far_apart_are_two_passages() -> None:
    """Each with its own surroundings."""
    passages = word_diff(BODY, BODY.replace("nine", "ten").replace("Thursday", "Friday"))
    assert len(passages) == 2
    assert shown(BODY, BODY.replace("nine", "ten")) == [("removed", "nine"), ("added", "ten")]


def test_a_paragraph_that_came_is_shown_whole() -> None:
    """With its break."""
    assert shown(BODY, f"{BODY}\n\nThe bell is back.") == [("added", "The bell is back.\n")]


def test_what_is_no_edit_is_not_shown() -> None:
    """Typography and breaks."""
    assert word_diff(BODY, BODY.replace("\n\n", "\n").replace("old church", "\u201cold\u201d church")) == []


def side(passages: list[Passage], kind: str) -> list[str]:
    pieces = (piece.text for passage in passages for piece in passage.pieces if piece.kind in {"same", kind})
    return words_of(" ".join(pieces))


WORDS = st.text(alphabet="ab c\n.-5\u2019", max_size=60)


@given(WORDS, WORDS)
def test_a_whole_diff_holds_both_texts(old: str, new: str) -> None:
    """With all the context there is, what is the same and what is gone is the old text, word by word."""
    passages = word_diff(old, new, context=1000)
    if passages:
        assert side(passages, "removed") == words_of(" ".join(old.split()))
        assert side(passages, "added") == words_of(" ".join(new.split()))
    else:
        assert words_of(" ".join(old.split())) == words_of(" ".join(new.split()))


@given(WORDS, WORDS)
def test_an_edit_is_seen_from_both_sides(old: str, new: str) -> None:
    """The same text is no edit, and what is none one way is none the other way."""
    assert change_of(Text("", old), Text("", old)) is Change.COSMETIC
    there, back = change_of(Text("", old), Text("", new)), change_of(Text("", new), Text("", old))
    assert (there is Change.COSMETIC) == (back is Change.COSMETIC)


# -------------------------------------------------------------------------------------------------- matching


def is_sound(a: list[str], b: list[str], found: list[Match]) -> bool:
    in_order = all(m.a + m.size <= n.a and m.b + m.size <= n.b for m, n in pairwise(found))
    return in_order and all(a[m.a : m.a + m.size] == b[m.b : m.b + m.size] for m in found)


@given(st.lists(st.sampled_from("abcdefg")), st.lists(st.sampled_from("abcdefg")))
def test_matches_are_in_order_and_true(a: list[str], b: list[str]) -> None:
    """And with the gaps they make up both sequences."""
    found = matches(a, b)
    assert is_sound(a, b, found)
    lost = sum(gap.a_end - gap.a for gap in gaps(len(a), len(b), found))
    assert lost + sum(match.size for match in found) == len(a)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_few_edits_in_a_long_text_are_found(seed: int, edits: int) -> None:
    """As few words differ as were changed, though the words repeat."""
    dice = random.Random(seed)
    old = [str(dice.randrange(500)) for _ in range(5000)]
    new = list(old)
    for _ in range(edits):
        new[dice.randrange(len(new))] = f"new{dice.randrange(9)}"
    found = matches(old, new)
    assert is_sound(old, new, found)
    assert len(new) - sum(match.size for match in found) <= edits


@pytest.mark.parametrize(
    "make",
    [
        lambda dice, size: " ".join(dice.choice("ab") for _ in range(size)),
        lambda dice, size: "\n".join(dice.choice("ab") for _ in range(size)),
        lambda dice, size: "\n".join(
            " ".join(dice.choice("abc") for _ in range(9)) for _ in range(size // 9)
        ),
        lambda dice, size: " ".join(str(dice.randrange(size // 2)) for _ in range(size)),
    ],
    ids=["one paragraph", "lines", "paragraphs", "many words"],
)
def test_texts_without_order_come_to_an_end(make: object) -> None:
    """A hundred thousand words that repeat and share no order: quadratic work would not end in this test."""
    assert callable(make)
    dice = random.Random(1)
    old, new = make(dice, 100_000), make(dice, 100_000)
    assert change_of(Text("", old), Text("", new)) is Change.SUBSTANCE
