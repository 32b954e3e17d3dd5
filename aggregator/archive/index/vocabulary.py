"""The words of the archive: which forms belong together. Worked out once for each new form, not for each text."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, NamedTuple

from aggregator.terms import (
    are_forms,
    asked_keys,
    is_part,
    keys_of,
    known_language,
    languages_of,
    ranges_of,
    spellings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.archive.db import Database
    from aggregator.archive.index.schema import Generation
    from aggregator.terms import Term

# Forms that are remembered as written, so that they are not written again: a hash of each (8 bytes), in the place that
# its lowest bits name. One that takes another's place costs the other a row that is there already.
KNOWN = 1 << 19
MOST_FORMS = 60  # of one word: each costs a look-up in the index
MOST_BEGUN = 400  # stems that begin alike: more would be mistaken for others, see `weights.hash_of`
_MOST_UNDER = 500  # rows under the keys of one word, in all its languages
_MOST_PARTS = 400  # forms that are looked at for one that has the word as a part
_LAST = "\U0010ffff"


class Forms(NamedTuple):
    """What a word is found by."""

    forms: list[str]
    are_all: bool  # that have one of its stems: then a stem finds nothing else


class Kept(NamedTuple):
    language: str
    stem: str
    form: str


class Vocabulary:
    """The list from keys to forms of one generation."""

    def __init__(self, db: Database, generation: Generation) -> None:
        self._db = db
        self._table = generation.words
        self._known = array("q")  # empty until something is written: readers need none

    def learn(self, terms: Iterable[Term], language: str) -> None:
        """Write down the forms that are new; in the caller's transaction."""
        language = known_language(language)
        if not self._known:
            self._known = array("q", bytes(8 * KNOWN))
        known = self._known
        fresh: dict[int, Term] = {}
        for term in terms:
            mark = hash((language, term[2]))
            if known[mark % KNOWN] != mark and term[2]:
                fresh[mark] = term
        rows: list[tuple[str, str]] = []
        for term in fresh.values():
            form, stem, word = term
            own = language if word.isascii() else known_language(language, word)
            rows += [(key, form) for key in keys_of(word, form, own, stem)]
        if rows:
            self._db.connection.executemany(
                f"INSERT OR IGNORE INTO {self._table} VALUES (?, ?)", sorted(rows)
            )
        for mark in fresh:
            known[mark % KNOWN] = mark

    def forget(self) -> None:
        """Take nothing for written any more: the transaction was taken back."""
        self._known = array("q")

    def forms(self, word: str, *, exact: bool) -> Forms:
        """Return the forms in the index that a plain word finds; its own spellings come first."""
        own = spellings(word)
        if exact:
            return Forms(list(own), are_all=False)
        under = self._under(asked_keys(word))
        kept = [
            form
            for language, stem, form in _of_its_languages(under, own)
            if are_forms(own[0], form, language)
        ]
        are_all = len(set(kept)) == len({form for _, _, form in under})
        found = dict.fromkeys([*own, *kept])
        for form in list(found)[: MOST_FORMS // 4]:
            found.update(dict.fromkeys(self._with_part(form)))
        return Forms(list(found)[:MOST_FORMS], are_all=are_all)

    def stems(self, word: str) -> list[str]:
        """Return the stems that the word has in some article, or its own forms."""
        found = dict.fromkeys(spellings(word))
        keys = [key for key in asked_keys(word) if key[2:3] == ":"]
        rows = self._db.rows(
            f"SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM {self._table} WHERE key = value)",
            (json.dumps(keys, ensure_ascii=False),),
        )
        found.update(dict.fromkeys(row[0][3:] for row in rows))
        return list(found)

    def beginning(self, form: str) -> list[str]:
        """Return stems that begin so: what a word that may go on is ranked by."""
        found: dict[str, None] = {}
        for language in languages_of(form):
            start = f"{language}:{form}"
            rows = self._db.rows(
                f"SELECT DISTINCT key FROM {self._table} WHERE key >= ? AND key < ? LIMIT {MOST_BEGUN}",
                (start, start + _LAST),
            )
            found.update(dict.fromkeys(row[0][3:] for row in rows))
        return list(found)[:MOST_BEGUN]

    def _under(self, keys: Iterable[str]) -> list[Kept]:
        rows = self._db.rows(
            f"""
            SELECT w.key, w.form FROM json_each(?) k JOIN {self._table} w ON w.key = k.value
            ORDER BY length(w.form), w.form LIMIT {_MOST_UNDER}
            """,
            (json.dumps(list(keys), ensure_ascii=False),),
        )
        return [Kept(row[0][:2], row[0][3:], row[1]) for row in rows]

    def _with_part(self, form: str) -> list[str]:
        found: list[str] = []
        for beginning in ranges_of(form):
            rows = self._db.rows(
                f"SELECT key, form FROM {self._table} WHERE key >= ? AND key < ? LIMIT {_MOST_PARTS}",
                (beginning, beginning + _LAST),
            )
            found += [row[1] for row in rows if is_part(beginning, row[0])]
        return found


def _of_its_languages(under: list[Kept], own: tuple[str, ...]) -> list[Kept]:
    """Leave out what a word finds only by the rules of a language that it is no word of: English climate, clima.

    It is a word of the languages in whose texts it stands as it was typed. Where it is none of, it finds what
    goes on after it as it was typed. A word that stands nowhere may be of any language.
    """
    at_home = {each.language for each in under if each.form in own}
    return [each for each in under if not at_home or each.language in at_home or each.stem in own]
