"""A byline as the names of people and of bodies, as far as that can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass

# words that no person is called by: the name is that of a body
_BODIES = re.compile(
    r"\b(?:agency|agencies|agence|agentur|associated|bureau|collective|council|desk|editorial|editors?|foundation"
    r"|institute|magazine|media|ministry|network|news|office|press|redacción|redaktion|rédaction|redazione|report"
    r"|reporters?|reuters|service|staff|team|times|university|wire|writers?|afp|ap|bbc|cnn|dpa|pa)\b",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    "af al bin da das de del della den der des di do dos du el el- la le ten ter van von zu zum zur".split()
)
_SUFFIX = re.compile(r"(?:jr|sr)\.?|i{2,3}|iv", re.IGNORECASE)
_LATIN_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-])*")  # noqa: RUF001  as in O'Neill
# in capitals as well, as whole bylines are: BibTeX parts names at "and" in whatever case
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+(?:and|und|et|&)\s+", re.IGNORECASE)
_FEWEST, _MOST = 2, 5  # words of a person's name


@dataclass(frozen=True, slots=True)
class Name:
    """A name; `family` is "" where it cannot be told, and then `literal` is all there is."""

    literal: str
    given: str = ""
    family: str = ""
    suffix: str = ""


def names_in(byline: str) -> list[Name]:
    """Return the names of a byline, which are parted by commas, semicolons or "and"."""
    parts = _BETWEEN.split(" ".join(byline.split()))
    return [_name(part) for part in dict.fromkeys(parts) if part]


def _name(text: str) -> Name:
    words = text.split()
    suffix = words.pop() if len(words) > _FEWEST and _SUFFIX.fullmatch(words[-1]) else ""
    if (
        not _FEWEST <= len(words) <= _MOST
        or _BODIES.search(text)
        or not all(_is_of_a_name(word) for word in words)
    ):
        return Name(text)
    at = next((n for n, word in enumerate(words) if n and word.lower() in _PARTICLES), len(words) - 1)
    return Name(text, " ".join(words[:at]), " ".join(words[at:]), suffix)


def _is_of_a_name(word: str) -> bool:
    """Tell whether a word is one of a name in a script that has capitals; others keep the family name first."""
    return bool(_LATIN_NAME.fullmatch(word)) and (word[0].isupper() or word.lower() in _PARTICLES)
