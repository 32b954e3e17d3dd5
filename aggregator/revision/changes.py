"""What kind of edit lies between two states of an article."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aggregator.models import Change
from aggregator.revision.cosmetic import without_furniture, words_of
from aggregator.revision.matching import gaps, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEW = 12  # words, gone or new: a correction, as long as it is not most of what there is
SHARE = 0.25  # … of the text
PASSAGE = 8  # words: a paragraph of fewer that comes or goes is a heading or a caption
MOVED = 5  # words: a line of fewer that only moves is a label or a button
MOST_LINES = 20_000  # of an article; what has more is a list or an attack, and is compared as it is
MOSTLY = 4  # times as many words gone as new: something was taken away

# Words of a note that says: we were wrong.
_NOTE = re.compile(
    r"\b(correct(?:ion|ions|ed)|clarification|erratum|errata|editor.?s note|an earlier version of"
    r"|(?:a|the) previous version|retract(?:ed|ion)|korrektur|berichtigung|richtigstellung|anmerkung der redaktion"
    r"|in einer (?:früheren|ersten) version|frühere version|correctif|rectificatif|une version précédente"
    r"|corrección|fe de errores|rectificación|una versión anterior|correção|errata corrige|correzione|rettifica"
    r"|rectificatie|correctie|een eerdere versie|rättelse|rettelse|oikaisu|sprostowanie|исправлен\w+|уточнени\w+)\b"
    r"|訂正|更正|정정",
    re.IGNORECASE,
)


class Text(NamedTuple):
    """A state of an article, as far as an edit can be seen in it."""

    title: str
    text: str


@dataclass(slots=True)
class _Tally:
    gone: int = 0  # words
    new: int = 0
    passage_gone: bool = False
    passage_new: bool = False
    moved: bool = False
    note: bool = False


def change_of(old: Text, new: Text) -> Change:
    """Return what kind of edit made `new` of `old`; COSMETIC if it says the same."""
    tally = _Tally()
    total = 0
    if old.text != new.text:
        total = _count(_paragraphs(old.text), _paragraphs(new.text), tally)
    if tally.gone or tally.new or tally.moved:
        return _kind(tally, total)
    return Change.HEADLINE if _says_other(old.title, new.title) else Change.COSMETIC


def _says_other(old: str, new: str) -> bool:
    """Tell whether a title was changed; one that has got lost was not."""
    words = words_of(new.casefold())
    return bool(words) and words != words_of(old.casefold())


def _kind(tally: _Tally, total: int) -> Change:
    most = max(tally.gone, tally.new)
    if tally.note:
        return Change.CORRECTION
    if tally.gone >= PASSAGE and tally.gone >= MOSTLY * tally.new and (tally.passage_gone or most > FEW):
        return Change.REMOVAL
    is_few = most <= FEW and most <= max(3, SHARE * total)
    if is_few and not (tally.passage_new or tally.passage_gone or tally.moved):
        return Change.CORRECTION
    return Change.SUBSTANCE


def _paragraphs(text: str) -> list[str]:
    """Return what each line says, as words between blanks; lines that say nothing are left out."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        return [said for line in lines if (said := " ".join(line.split()))]
    told = {line: " ".join(words_of(without_furniture(line))) for line in set(lines)}
    return [said for line in lines if (said := told[line])]


def _count(old: list[str], new: list[str], tally: _Tally) -> int:
    """Count what is gone and what is new into `tally`; return the words of the old text."""
    found = matches(old, new)
    parts = [(old[gap.a : gap.a_end], new[gap.b : gap.b_end]) for gap in gaps(len(old), len(new), found)]
    moved = Counter(_flat(gone for gone, _ in parts)) & Counter(_flat(added for _, added in parts))
    tally.moved = any(len(line.split()) >= MOVED for line in moved)
    left, came = Counter(moved), Counter(moved)
    for gone, added in parts:
        _count_part(_without(gone, left), _without(added, came), tally)
    return sum(line.count(" ") + 1 for line in old)


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [line for lines in lists for line in lines]


def _without(lines: Sequence[str], moved: Counter[str]) -> list[str]:
    """Return the lines that did not only move."""
    kept = []
    for line in lines:
        if moved[line] > 0:
            moved[line] -= 1
        else:
            kept.append(line)
    return kept


def _count_part(gone: list[str], added: list[str], tally: _Tally) -> None:
    old, new = " ".join(gone).split(), " ".join(added).split()
    found = matches(old, new)
    same = sum(match.size for match in found)
    tally.gone += len(old) - same
    tally.new += len(new) - same
    tally.passage_gone |= not added and any(line.count(" ") >= PASSAGE - 1 for line in gone)
    tally.passage_new |= not gone and any(line.count(" ") >= PASSAGE - 1 for line in added)
    if not tally.note:
        came = (" ".join(new[gap.b : gap.b_end]) for gap in gaps(len(old), len(new), found))
        tally.note = bool(_NOTE.search(" \n ".join(came))) and not _NOTE.search(" ".join(gone))
