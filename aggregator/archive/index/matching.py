"""A query's tree, written in the language of the index (SQLite FTS5, https://sqlite.org/fts5.html, section 3).

Every term is a quoted string, so nothing that is typed can be an operator. What an article is filtered by stands in
the index as marks; so words and filters are one expression, and the index joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from aggregator.archive.feeds import NAMED
from aggregator.archive.index import marks
from aggregator.models.queries import (
    AllOf,
    AnyOf,
    Facet,
    Field,
    Filter,
    Near,
    Not,
    Period,
    Words,
)
from aggregator.terms import ACROSS, asked_terms, is_word, signs_in, spellings
from aggregator.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.archive.db import Database
    from aggregator.archive.index.vocabulary import Vocabulary
    from aggregator.models.queries import Node
    from aggregator.terms import Term

EVERYTHING = f'"{marks.ALL}"'
NOTHING = f"{EVERYTHING} NOT {EVERYTHING}"
_MOST_NEARS = 64  # combinations of forms that stand near each other
_NEAR_FORMS = 16  # of one word among them
_COLUMNS = {Field.TITLE: "title", Field.BYLINE: "byline", Field.TEXT: "text"}


@dataclass(frozen=True, slots=True)
class Lead:
    """A word whose levels lead to articles."""

    stems: tuple[str, ...]  # of its forms
    beginning: str = ""  # of a word that may go on

    def at(self, level: int) -> str:
        """Return what finds the articles in which it has this level."""
        if self.beginning:
            return f"{_quoted(marks.level(level, self.beginning))}*"
        return " OR ".join(_quoted(marks.level(level, stem)) for stem in self.stems)


@dataclass(frozen=True, slots=True)
class Scored:
    """A word or a phrase that an article is ranked by."""

    expression: str  # finds it
    leads: tuple[Lead, ...]  # its words
    forms: frozenset[str] = frozenset()  # of a word
    spelt: tuple[tuple[str, ...], ...] = ()  # a phrase or a beginning as it stands in texts; (): a word

    @property
    def goes_on(self) -> bool:
        return bool(self.leads[-1].beginning)


@dataclass(frozen=True, slots=True)
class Match:
    expression: str
    scored: tuple[Scored, ...] = ()
    forms: frozenset[str] = frozenset()  # what is marked in a snippet
    beginnings: tuple[str, ...] = ()  # the same, of words that may go on
    since: datetime | None = None  # what days are too coarse for
    before: datetime | None = None
    has_choice: bool = False  # it matches without some of the words
    one_is_enough: bool = False  # nothing but alternatives: a level of any word finds nothing else
    all_are_enough: bool = False  # nothing but words: levels of all of them find nothing else


@dataclass(slots=True)
class Matcher:
    """Writes one tree; gathers on the way what articles are ranked by."""

    db: Database
    vocabulary: Vocabulary
    first: datetime  # dates of the oldest and the newest article
    last: datetime
    _scored: list[Scored] = field(default_factory=list)
    _forms: set[str] = field(default_factory=set)
    _beginnings: list[str] = field(default_factory=list)
    _are_all: bool = True  # forms that have the stems of the words: levels find nothing else

    def match(self, tree: Node | None) -> Match:
        if tree is None:
            return Match(EVERYTHING)
        since, before = _period(tree)
        expression = self._written(tree)
        return Match(
            expression,
            tuple(dict.fromkeys(self._scored)),
            frozenset(self._forms),
            tuple(self._beginnings),
            since,
            before,
            has_choice=_has_choice(tree),
            one_is_enough=self._are_all and _are_plain(tree, AnyOf),
            all_are_enough=self._are_all and _are_plain(tree, AllOf),
        )

    def _written(self, node: Node) -> str:  # noqa: PLR0911  one for each kind of node
        match node:
            case Words():
                return self._words(node)
            case Near():
                return self._near(node)
            case Filter():
                return _any(self._filter(node))
            case Period():
                return self._days(node)
            case Not(unwanted):
                return f"{EVERYTHING} NOT ({self._unscored(unwanted)})"
            case AllOf(nodes):
                return self._all(nodes)
            case AnyOf(nodes):
                return " OR ".join(f"({self._written(each)})" for each in nodes) or NOTHING

    def _all(self, nodes: Sequence[Node]) -> str:
        wanted = [self._written(each) for each in nodes if not isinstance(each, Not)]
        unwanted = [self._unscored(each.node) for each in nodes if isinstance(each, Not)]
        expression = " AND ".join(f"({each})" for each in wanted) or EVERYTHING
        if not unwanted:
            return expression
        return f"({expression}) NOT ({' OR '.join(f'({each})' for each in unwanted)})"

    def _unscored(self, node: Node) -> str:
        return Matcher(self.db, self.vocabulary, self.first, self.last)._written(node)  # noqa: SLF001  its own kind

    # ------------------------------------------------------------------------------------------- words

    def _words(self, words: Words) -> str:
        terms, goes_on = asked_terms(words.text)
        goes_on = goes_on or (words.prefix and bool(terms))
        signed = [_quoted(each) for each in sorted(signs_in(words.text))]
        found = [self._run(terms, words, goes_on=goes_on)] if terms else []
        column = _COLUMNS.get(words.field)
        if column:
            found = [f"{column} : ({each})" for each in found]
        if len(terms) == 1 and not goes_on and not words.exact and is_word(terms[0].form):
            found = [f"({found[0]}) NOT {_quoted(ACROSS + terms[0].form)}"]
        return " AND ".join(f"({each})" for each in found + signed) or NOTHING

    def _run(self, terms: list[Term], words: Words, *, goes_on: bool) -> str:
        if goes_on:
            self._beginnings.append(terms[-1].form)
            self._forms.update(term.form for term in terms[:-1])
        if len(terms) == 1 and not goes_on:
            return self._word(terms[0], exact=words.exact)
        if not goes_on:
            self._forms.update(term.form for term in terms)
        spelt = self._spelt(terms)
        expression = " OR ".join(f"{_phrase(each)}{'*' if goes_on else ''}" for each in spelt)
        leads = [self._lead(term, goes_on=goes_on and term is terms[-1]) for term in terms]
        self._scored.append(Scored(expression, tuple(leads), spelt=tuple(map(tuple, spelt))))
        return expression

    def _word(self, term: Term, *, exact: bool) -> str:
        forms = self._forms_of(term, exact=exact)
        self._forms.update(forms)
        expression = _any(forms)
        self._scored.append(Scored(expression, (self._lead(term),), frozenset(forms)))
        return expression

    def _forms_of(self, term: Term, *, exact: bool) -> list[str]:
        if not term.word:
            return [term.form]
        found = self.vocabulary.forms(term.word, exact=exact)
        self._are_all = self._are_all and found.are_all
        return found.forms

    def _lead(self, term: Term, *, goes_on: bool = False) -> Lead:
        if not term.word:
            return Lead((term.form,), term.form if goes_on else "")
        if goes_on:
            return Lead(tuple(self.vocabulary.beginning(term.form)), term.form)
        return Lead(tuple(self.vocabulary.stems(term.word)))

    def _spelt(self, terms: list[Term]) -> list[list[str]]:
        """Return the phrase as it stands in texts of any language: Vietnamese keeps its marks."""
        own = [spellings(term.word) if term.word else (term.form,) for term in terms]
        return [[each[0] for each in own]] + (
            [[each[-1] for each in own]] if any(len(each) > 1 for each in own) else []
        )

    def _near(self, near: Near) -> str:
        options: list[list[str]] = []
        for words in near.words:
            terms, _ = asked_terms(words.text)
            if not terms:
                continue
            if len(terms) == 1:
                options.append([_quoted(form) for form in self._near_forms(terms[0], words)])
            else:
                options.append([_phrase([term.form for term in terms])])
                self._forms.update(term.form for term in terms)
                self._scored += [
                    Scored(_quoted(term.form), (self._lead(term),), frozenset((term.form,))) for term in terms
                ]
        if not options:
            return NOTHING
        column = next((_COLUMNS[each.field] for each in near.words if each.field in _COLUMNS), "")
        found = [f"NEAR({' '.join(each)}, {near.distance})" for each in _first(product(*options))]
        return f"{column} : ({' OR '.join(found)})" if column else " OR ".join(found)

    def _near_forms(self, term: Term, words: Words) -> list[str]:
        self._word(term, exact=words.exact)
        return self._forms_of(term, exact=words.exact)[:_NEAR_FORMS]

    # ------------------------------------------------------------------------------------------ filters

    def _filter(self, wanted: Filter) -> list[str]:
        value = wanted.value.strip()
        match wanted.facet:
            case Facet.FEED:
                return [marks.feed(each) for each in self._feeds(value)]
            case Facet.SITE:
                return [marks.host(_as_host(value)), *self._sites(value)]
            case Facet.CATEGORY:
                return [marks.category(value), *(marks.feed(each) for each in self._feeds_in(value))]
            case Facet.LANGUAGE:
                return [marks.language(value)]
            case Facet.VERDICT:
                return [marks.verdict(value)]
            case Facet.IS:
                return [marks.state(value.casefold())]
            case Facet.DAY | Facet.AUTHOR:
                raise ValueError(f"{wanted.facet} is counted, not asked for")

    def _feeds(self, part: str) -> list[int]:
        rows = self.db.rows(f"SELECT f.id FROM feeds f WHERE {NAMED}", {"feed": part.casefold()})
        return [row[0] for row in rows]

    def _feeds_in(self, category: str) -> list[int]:
        wanted = category.casefold().strip("/")
        rows = self.db.rows("SELECT id, category FROM feeds WHERE category <> ''")
        return [
            row["id"]
            for row in rows
            if (path := row["category"].casefold()) == wanted or wanted in path.split("/")
        ]

    def _sites(self, part: str) -> list[str]:
        rows = self.db.rows("SELECT mark FROM index_sites WHERE instr(name, ?)", (part.casefold(),))
        return [row[0] for row in rows]

    def _days(self, period: Period) -> str:
        first = max(self.first, period.since) if period.since else self.first
        last = min(self.last, period.before - timedelta(microseconds=1)) if period.before else self.last
        first, last = first.astimezone(UTC), last.astimezone(UTC)
        if first > last:
            return NOTHING
        if first <= self.first and last >= self.last:
            return EVERYTHING
        return _any(marks.days(first.date(), last.date()))


def _as_host(value: str) -> str:
    """Return a host as addresses have it; one in letters of its own is another there (RFC 5891)."""
    return value if value.isascii() else host_of(f"https://{value}") or value


def _period(tree: Node) -> tuple[datetime | None, datetime | None]:
    """Return the moments that bound the whole tree; the days of the index are coarser."""
    nodes = tree.nodes if isinstance(tree, AllOf) else (tree,)
    periods = [each for each in nodes if isinstance(each, Period)]
    since = max((each.since for each in periods if each.since), default=None)
    before = min((each.before for each in periods if each.before), default=None)
    return since, before


def _are_plain(tree: Node, kind: type[AllOf | AnyOf]) -> bool:
    return _is_plain(tree) or (isinstance(tree, kind) and all(map(_is_plain, tree.nodes)))


def _is_plain(node: Node) -> bool:
    """Whether a node asks for one word, in any form and anywhere: whatever is ranked by it matches."""
    if not isinstance(node, Words) or node.field is not Field.ANY or node.exact or signs_in(node.text):
        return False
    terms, _ = asked_terms(node.text)
    return len(terms) == 1 and not is_word(terms[0].form)


def _has_choice(node: Node) -> bool:
    if isinstance(node, AllOf):
        return any(_has_choice(each) for each in node.nodes)
    return isinstance(node, AnyOf)


def _first(combinations: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [each for _, each in zip(range(_MOST_NEARS), combinations, strict=False)]


def _any(terms: Sequence[str]) -> str:
    return " OR ".join(map(_quoted, terms)) or NOTHING


def _phrase(forms: Iterable[str]) -> str:
    return _quoted(" ".join(forms))


def _quoted(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"'
