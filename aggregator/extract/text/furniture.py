"""What stands around an article and is not the article: repeated titles, datelines, credits, lists of other stories.

Each rule was kept because it helped on several collections of real pages with known texts and hurt next to none. All
that a rule leaves out is said, so that a wrong one can be found. The wording is data (`wording`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING

from aggregator.extract.letters import squeeze
from aggregator.extract.text.wording import (
    ADDRESS,
    AGENCY,
    BARE_DATELINE,
    BUTTON,
    BY,
    COLOPHON,
    COOKIES,
    CREDIT,
    DATELINE,
    IMPRINT,
    IS,
    NOTICE,
    OTHERS,
    POINTER,
    TEASERS,
)
from aggregator.models import Dropped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aggregator.extract.text.passages import Passage

_DATELINES = (DATELINE, BARE_DATELINE, CREDIT)
_TITLE_BLOCKS = (
    3  # the title is repeated on top of the text, not later: a section may be called like the article
)
_HEAD_BLOCKS = 6  # datelines, bylines, credits
_EXCERPT_BLOCKS = 8  # the summary's first sentence is looked for in these
_EXCERPT_KEY = (30, 80)  # letters of the summary that must be found: at least, at most
_BEFORE_EXCERPT = 350  # letters in front of it that may be cut; more is text
_LIST, _UNLINKED = 4, 0.1  # items; share of link text
_OTHERS_AFTER = 0.45  # of the text must have passed before a heading like "Related stories" ends it
_ABOUT_AUTHOR_AFTER = 0.6
_ABOUT_AUTHOR_BLOCKS = 4  # a biography at the end is no longer than this
_COLOPHON_BLOCKS = 3
_SHORT_LINE = 200  # characters; more is prose
_HEADING_LINE = 80
_PRINTED_AGAIN = 4  # paragraphs that come again: they are the text; placeholders are one or two
_REPEATS, _LEAST_REPEATED = 3, 80  # times, letters: short lines that recur are labels of a series
_STAYS = 0.5  # of the text at least, or the rule is wrong about this page
_SERIES = frozenset(("list", "code", "table"))
_ALL_LINKS, _MOSTLY_LINKS, _HALF_LINKS = 0.97, 0.7, 0.5  # shares of link text
_BUTTON = 120  # characters
_TEASER = 300  # characters of the longest
_BAR = 400  # characters of a list of buttons
_HABIT = 3  # links below sections, from which it is the page's way to lead elsewhere
_HEADLINE = 25  # letters an item has on average in a list of headlines
_OF_HEADLINE = 4  # words; names and terms have fewer: with the sign of the list
_ENDS = (".", "!", "?", '"', "”", "“", "»", "\u2019", "…", ")", "]", "。", "」")
_LONGEST_IMPRINT = 300
_BULLET = "- "
_WORDS_OF_A_NAME = range(2, 5)
_SHORTEST_NAME = 5  # letters of an author, below which it is a word like any other


@dataclass(frozen=True, slots=True)
class Known:
    """What page and feed say of an article, by which furniture is told from text."""

    titles: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # names of the site and its sections


def without_furniture(passages: list[Passage], known: Known) -> tuple[list[Passage], list[Dropped]]:
    """Return the passages that are the article, and what was dropped by which rule."""
    dropped: list[Dropped] = []
    for name, rule in _RULES:
        kept = rule(passages, known)
        if len(kept) < len(passages):
            stay = set(map(id, kept))
            dropped += [Dropped(name, p.text) for p in passages if id(p) not in stay]
        passages = kept
    return passages, dropped


def _all_squeezed(names: Iterable[str]) -> set[str]:
    return {squeeze(name) for name in names} - {""}


def _without_title(passages: list[Passage], known: Known) -> list[Passage]:
    """Drop the title where it is repeated on top, and the short line above it: a kicker, the names of sections."""
    titles = _all_squeezed(known.titles)
    is_title = [squeeze(p.text) in titles for p in passages[:_TITLE_BLOCKS]]
    if is_title[:2] == [False, True] and _is_label(passages[0].text):
        is_title[0] = True
    top = [p for p, drop in zip(passages, is_title, strict=False) if not drop]
    return top + passages[_TITLE_BLOCKS:]


def _is_label(text: str) -> bool:
    return len(text) < _HEADING_LINE and "\n" not in text and not text.rstrip().endswith(_ENDS)


def _from_excerpt(passages: list[Passage], known: Known) -> list[Passage]:
    """Cut what precedes the block that begins as a summary does: feeds often excerpt the first paragraph."""
    least, most = _EXCERPT_KEY
    for summary in known.summaries:
        key = squeeze(summary)[:most]
        if len(key) < least:
            continue
        for index, passage in enumerate(passages[:_EXCERPT_BLOCKS]):
            if squeeze(passage.text).startswith(key):
                before = sum(len(squeeze(p.text)) for p in passages[:index])
                is_furniture = before <= _BEFORE_EXCERPT and not any(map(_tells, passages[:index]))
                return passages[index:] if is_furniture else passages
    return passages


def _tells(passage: Passage) -> bool:
    """Tell whether it is a list of things, and not of links and buttons."""
    items = passage.text.count("\n") + 1
    return passage.kind == "list" and items >= _LIST and passage.linked <= _UNLINKED


def _without_dateline(passages: list[Passage], known: Known) -> list[Passage]:
    names = _all_squeezed((*known.authors, *known.labels))
    titles = _all_squeezed(known.titles)
    top = [p for p in passages[:_HEAD_BLOCKS] if not _are_datelines(p.text.split("\n"), names, titles)]
    return [_undated(p, names) for p in top[:1]] + top[1:] + passages[_HEAD_BLOCKS:]


def _undated(passage: Passage, names: set[str]) -> Passage:
    """Return the first paragraph without the datelines that are set above it with mere line breaks."""
    lines = passage.text.split("\n")
    if passage.kind != "p" or not _is_dateline(lines[0], names):
        return passage
    kept = dropwhile(lambda line: _is_dateline(line, names), lines)
    return replace(passage, text="\n".join(kept))


def _are_datelines(lines: list[str], names: set[str], titles: set[str]) -> bool:
    """Tell whether all lines are; old pages have title, credit and date in one block, with breaks between."""
    several = len(lines) > 1
    return all(_is_dateline(line, names) or (several and squeeze(line) in titles) for line in lines)


def _is_dateline(line: str, names: set[str]) -> bool:
    by = BY.match(line)
    return (
        squeeze(line) in names
        or (by is not None and squeeze(line[by.end() :]) in names)
        or (len(line) < _SHORT_LINE and any(wording.fullmatch(line) for wording in _DATELINES))
    )


def _until_other_stories(passages: list[Passage], _: Known) -> list[Passage]:
    for index in _after(passages, _OTHERS_AFTER):
        text = passages[index].text
        if len(text) < _HEADING_LINE and (
            OTHERS.fullmatch(text) or (TEASERS.fullmatch(text) and _are_teasers(passages[index:]))
        ):
            return passages[:index]
    return passages


def _are_teasers(passages: list[Passage]) -> bool:
    """Tell whether all are headlines, each with a short paragraph at most."""
    in_a_row = any(one.kind == other.kind == "p" for one, other in pairwise(passages))
    return not in_a_row and all(len(p.text) < _TEASER for p in passages)


def _until_biography(passages: list[Passage], known: Known) -> list[Passage]:
    """Cut a biography at the end: the author's name alone, or "Jane Roe is a …"."""
    authors = [author for author in known.authors if len(squeeze(author)) >= _SHORTEST_NAME]
    names = _all_squeezed(authors)
    for index in _after(passages, _ABOUT_AUTHOR_AFTER):
        text = passages[index].text.lstrip(_BULLET)
        tells = any(text.startswith(author) and IS.match(text, len(author)) for author in authors)
        signs = squeeze(text) in names or _signs(text, passages[index + 1 : index + 2])
        if index and len(passages) - index <= _ABOUT_AUTHOR_BLOCKS and (tells or signs):
            return passages[:index]
    return passages


def _signs(name: str, following: list[Passage]) -> bool:
    """Tell whether a line is a name, and what follows begins to tell who that is."""
    words = name.split()
    return (
        len(words) in _WORDS_OF_A_NAME
        and all(word[0].isupper() for word in words)
        and any(p.text.startswith(name) and IS.match(p.text, len(name)) for p in following)
    )


def _without_colophon(passages: list[Passage], _: Known) -> list[Passage]:
    end = [p for p in passages[-_COLOPHON_BLOCKS:] if len(p.text) > _SHORT_LINE or not COLOPHON.match(p.text)]
    return passages[:-_COLOPHON_BLOCKS] + end


def _without_repeats(passages: list[Passage], _: Known) -> list[Passage]:
    """Drop what is said again and again: placeholders, prompts; of a text that is printed several times, the others."""
    times = Counter(squeeze(p.text) for p in passages if p.kind not in _SERIES)
    repeats = {text for text, count in times.items() if count >= _REPEATS and len(text) >= _LEAST_REPEATED}
    if not repeats:
        return passages
    if len(repeats) >= _PRINTED_AGAIN:
        once = {squeeze(p.text): p for p in reversed(passages) if p.kind not in _SERIES}
        return [p for p in passages if p is once.get(text := squeeze(p.text)) or text not in repeats]
    kept = [p for p in passages if squeeze(p.text) not in repeats]
    return kept if sum(len(p.text) for p in kept) >= _STAYS * sum(len(p.text) for p in passages) else passages


def _without_pointers(passages: list[Passage], _: Known) -> list[Passage]:
    """Drop links to other stories amid the text: "Read also: …", and lists of such between two paragraphs."""
    away = _links_below_sections(passages)
    return [p for index, p in enumerate(passages) if index not in away and not _points_away(passages, index)]


def _links_below_sections(passages: list[Passage]) -> set[int]:
    """Return the headlines of other stories that end sections, if that is the page's habit."""
    below: set[int] = set()
    for index in range(len(passages) - 2, -1, -1):
        ends = passages[index + 1].kind == "head" or index + 1 in below
        if ends and _is_headline(passages[index]):
            below.add(index)
    return below if len(below) >= _HABIT else set()


def _points_away(passages: list[Passage], index: int) -> bool:
    passage = passages[index]
    if passage.kind == "list":
        before = passages[index - 1].text.rstrip() if index else ""
        items = passage.text.count("\n") + 1
        headlines = (
            len(passage.text) >= _HEADLINE * items and len(passage.text.split()) >= _OF_HEADLINE * items
        )
        return (
            passage.linked >= _MOSTLY_LINKS
            and headlines
            and (before.endswith(_ENDS) or bool(POINTER.fullmatch(before)))
        )
    if passage.linked < _HALF_LINKS or len(passage.text) >= _SHORT_LINE:
        return False
    return bool(POINTER.fullmatch(passage.text))


def _is_headline(passage: Passage) -> bool:
    """Tell whether it is a link throughout, as long as a headline and no sentence."""
    text = passage.text.rstrip()
    return (
        passage.kind == "p"
        and passage.linked >= _ALL_LINKS
        and len(text) < _SHORT_LINE
        and len(text.split()) >= _OF_HEADLINE
        and not text.endswith((*_ENDS, ":"))
    )


def _without_notices(passages: list[Passage], _: Known) -> list[Passage]:
    """Drop short lines that are the page's, not the author's: "Advertisement", "Article content", picture credits."""
    return [p for p in passages if not _is_notice(p)]


def _is_notice(passage: Passage) -> bool:
    text = passage.text
    if passage.kind == "list":
        return len(text) < _BAR and all(map(BUTTON.fullmatch, text.split("\n")))
    if passage.kind == "table":
        return bool(COOKIES.match(text))
    if len(text) > _HEADING_LINE or passage.kind in _SERIES:
        return False
    return bool(NOTICE.fullmatch(text) or ADDRESS.fullmatch(text) or AGENCY.fullmatch(text))


def _without_imprint(passages: list[Passage], _: Known) -> list[Passage]:
    """Drop what is said about the text below it, and headings that nothing follows."""
    end = len(passages)
    while end > 1 and _is_imprint(passages[end - 1]):
        end -= 1
    return passages[:end]


def _without_last_date(passages: list[Passage], _: Known) -> list[Passage]:
    """Drop the dates below a text: when it was published, when it was changed."""
    undated = (len(passages) - n for n, p in enumerate(reversed(passages)) if not DATELINE.fullmatch(p.text))
    return passages[: next(undated, 0)]


def _is_imprint(passage: Passage) -> bool:
    text = passage.text.rstrip()
    if passage.linked >= _ALL_LINKS and passage.kind not in _SERIES:
        return True
    if len(text) > _LONGEST_IMPRINT:
        return False
    said = passage.kind == "head" or bool(IMPRINT.match(text)) or _is_notice(passage)
    return said or _is_button(passage, text)


def _is_button(passage: Passage, text: str) -> bool:
    """Tell whether it is a link, or little more, and no sentence."""
    short = len(text) < _SHORT_LINE and passage.linked >= _ALL_LINKS
    return short or (
        len(text) < _BUTTON and passage.linked >= _HALF_LINKS and not text.endswith((*_ENDS, ":"))
    )


def _after(passages: list[Passage], share: float) -> list[int]:
    """Return the indices of the passages that begin after `share` of the text."""
    whole, passed, indices = sum(len(p.text) for p in passages), 0, []
    for index, passage in enumerate(passages):
        if passed >= share * whole:
            indices.append(index)
        passed += len(passage.text)
    return indices


_RULES: tuple[tuple[str, Callable[[list[Passage], Known], list[Passage]]], ...] = (
    ("title", _without_title),
    ("before the excerpt", _from_excerpt),
    ("dateline", _without_dateline),
    ("said again and again", _without_repeats),
    ("leads elsewhere", _without_pointers),
    ("notice", _without_notices),
    ("other stories", _until_other_stories),
    ("biography", _until_biography),
    ("colophon", _without_colophon),
    ("imprint", _without_imprint),
    ("date below the text", _without_last_date),
)
