"""Identity of texts: is this text, letter for letter, one that we have. Pure."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.models import KnownArticle, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below this many letters and digits two texts may be equal by chance or by template ("Read more on our site").
TELLING = 200
READ = frozenset({Verdict.FULL, Verdict.PARTIAL, Verdict.FEED_ONLY})


def fingerprint(text: str, verdict: Verdict) -> str:
    """Return the fingerprint of a text's letters and digits, case and typography aside.

    "" when the text says nothing about identity: too short, or not the article's own (a wall is the same on
    many pages, and must not make them duplicates).
    """
    if verdict not in READ:
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = re.sub(r"[\W_]+", "", folded)
    if len(letters) < TELLING:
        return ""
    return blake2b(letters.encode("utf-8", "replace"), digest_size=16).hexdigest()


def original_of(site: str, title: str, twins: Sequence[KnownArticle]) -> int | None:
    """Return the id of the article that a text with these twins (earliest first) repeats, or None.

    One site that shows one text under different headlines shows a template, not an article.
    """
    for twin in twins:
        if twin.site != site or _same_words(twin.title, title):
            return twin.duplicate_of or twin.id
    return None


def _same_words(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one.casefold()) == re.sub(r"\W+", "", other.casefold())
