"""Identity of texts: is this text, letter for letter, one that we have. Pure."""

from __future__ import annotations

import re
import string
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.dedupe.shingles import beyond_ascii
from aggregator.models import FROM_PAGE, READ, KnownArticle, Verdict
from aggregator.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below this many letters and digits two texts may be equal by chance or by template ("Read more on our site").
TELLING = 200
_ASCII_MARKS = bytes(set(range(128)) - set((string.ascii_letters + string.digits).encode()))
_OTHER_MARK = re.compile(r"[^\w\x00-\x7f]")
WALL = 3  # headlines above one text: two may be one article that was announced twice


def fingerprint(text: str, verdict: Verdict) -> str:
    """Return the fingerprint of a text's letters and digits, case and typography aside.

    "" when the text says nothing about identity: too short, or not the article's own (a wall is the same on
    many pages, and must not make them duplicates).
    """
    if verdict not in READ:
        return ""
    return _fingerprint(text)


@lru_cache(maxsize=4)  # whoever looks for a wall and then records the article asks twice
def _fingerprint(text: str) -> str:
    letters = _letters(text)
    if len(letters) < TELLING:
        return ""
    return blake2b(letters.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _letters(text: str) -> str:
    """Return the letters and digits of a text, folded. The many marks that are ASCII go first, as bytes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    few = folded.encode("utf-8", "surrogatepass").translate(None, _ASCII_MARKS)
    if few.isascii():
        return few.decode()
    letters = few.decode("utf-8", "surrogatepass")
    for mark in filter(_OTHER_MARK.match, beyond_ascii(letters)):
        letters = letters.replace(mark, "")
    return letters


def is_same_text(one: KnownArticle, other: KnownArticle) -> bool:
    """Tell whether two articles have one text, letter for letter, and it can be an article.

    One site that shows one text under different headlines shows a template.
    """
    if not one.fingerprint or one.fingerprint != other.fingerprint:
        return False
    return not is_one_site(one, other) or _folded(one.title) == _folded(other.title)


def is_one_site(one: KnownArticle, other: KnownArticle) -> bool:
    if one.site == other.site:
        return True
    here, there = (site_of(article.canonical_url.removeprefix("entry:")) for article in (one, other))
    return here == there and bool(here)


def is_wall(article: KnownArticle, twins: Sequence[KnownArticle]) -> bool:
    """Tell whether a page's text, that these articles have as well, is what a site shows instead of its articles.

    One text under WALL headlines of one site, or one that was known for a wall before. `article` is as it was just
    read; its earlier state may be among the twins.
    """
    here = [twin for twin in twins if is_one_site(article, twin)]
    if any(twin.verdict is Verdict.BLOCKED for twin in here):
        return True
    titles = {_folded(twin.title) for twin in here if twin.verdict in FROM_PAGE and twin.id != article.id}
    return len(titles | {_folded(article.title)}) >= WALL


def _folded(title: str) -> str:
    return re.sub(r"\W+", "", title.casefold())
