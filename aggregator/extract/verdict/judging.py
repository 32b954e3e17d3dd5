"""How good an extraction is: a pure judgement of a text, of what its page says, and of what was to be expected.

Conservative both ways: a long text is full whatever it says, and a wall's wording counts in short texts only. What
the feed said of the article, found in the text, overrules every suspicion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aggregator.extract.letters import folded, squeeze
from aggregator.extract.verdict.sorts import LONG, may_be_list, sort_of
from aggregator.extract.verdict.walls import GONE, LOGIN, ROBOT, SCRIPTS, WALLS, Wall
from aggregator.extract.verdict.wording import CUT, ELLIPSIS, PAYWALL, PAYWALL_LOOSE, UNFINISHED
from aggregator.models import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.extract.verdict.signs import Signs

# Words; news has 300 to 800.
_NOTHING = 5
SCANT = 25  # below, all that the page shows is searched for a wall
_SHORT_OF_EXPECTED = 60
_ONE_PHRASE = 60  # with more, one phrase is not enough: notes of that length speak of robots and cookies, too
_MENUS = 200  # that may stand around a wall, and are no text
_MUCH_ELSE = 40  # words beside the phrases that a wall of few words does not have
_SHORT_PREVIEW = 250
_SHORT_CUT = 200
_UNFINISHED = 300
_TITLED = 400  # the largest wall; and a page that is titled "Not found" is that, although it goes on with other stories
_TITLE_WORDS = 8
_PREVIEW_END = 3  # blocks
_PROMPT = 600  # characters at the end that a paywall's prompt has
_LINE = 40  # characters of "Read more" and its like
_LOOKED_AT = 6000  # characters in which a wall's wording is looked for: a wall has fewer
_MOST_OF_DECLARED, _HALF_OF_DECLARED = 0.7, 0.5
_HARDLY_MORE = 1.5  # times the letters of the text
_NEARLY = 0.8  # of what was expected
_KEY = 60  # letters of the feed's words that prove that this is the article
_EXCERPT = 30  # letters of a description that are found again in the text
_SENTENCE = 12  # words that a block of prose has at least
_ALL_LINKED = 0.7  # of the letters: a page that is all menus
_BARE = 600  # letters: a page that shows no more is nothing but its gate

_WORD = re.compile(r"\w+")
# Most texts have only letters of Windows-1252: there counting is a matter of spaces.
_SPACES_BETWEEN_WORDS = bytes(
    code if _WORD.match(bytes((code,)).decode("cp1252", "replace")) else ord(" ") for code in range(256)
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_PER_WORD = 2  # in writing without spaces, roughly
_ENDS = re.compile(r"[.!?…。！？।؟۔:]\W*$")  # noqa: RUF001 - ends of sentences
_TITLE_PARTS = re.compile(r"\s+[|\u2013\u2014\u2022\u00b7:-]+\s+")


class Judgement(NamedTuple):
    """A verdict, why it is not "full", and how sure it is (0 to 1) that the text is the whole article."""

    verdict: Verdict
    reason: str = ""
    score: float = 0.0


def count_words(text: str) -> int:
    """Count words, also in writing without spaces."""
    try:
        return len(text.encode("cp1252").translate(_SPACES_BETWEEN_WORDS).split())
    except UnicodeEncodeError:
        pass
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text) if unspaced else text)) + unspaced // _LETTERS_PER_WORD


class Size(NamedTuple):
    """How long a text is."""

    words: int
    prose: int  # words of it that stand in sentences


def size_of(blocks: list[str]) -> Size:
    return Size(count_words("\n\n".join(blocks)), prose_words(blocks))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a page beside the text that was found."""

    url: str = ""
    window_title: str = ""
    titles: tuple[str, ...] = ()  # all that the page calls itself
    title: str = ""  # as the feed announced it
    shown: str = ""  # all that it shows; may be left out when the text has more than SCANT words
    announced: tuple[str, ...] = ()  # what the feed says: summary, content
    dropped: tuple[str, ...] = ()  # lines that stand around the text: prompts are among them
    described: tuple[str, ...] = ()  # what the page says of itself in a sentence
    declared: str = ""  # the text as the page's metadata have it
    is_free: bool = True
    size: Size | None = None  # of the text; None if it is still to be counted
    signs: Signs | None = None  # None: nobody doubted that it is an article


def is_in_doubt(prose: int, url: str, is_declared: Callable[[], bool]) -> bool:
    """Tell whether the page's markup has to be looked at: its text is short, or nothing says that it is an article."""
    return prose < _SHORT_PREVIEW or may_be_list(url) or (prose < LONG and not is_declared())


def prose_words(blocks: list[str]) -> int:
    """Count the words that stand in sentences."""
    return sum(
        words
        for line in "\n".join(blocks).split("\n")
        if (_ENDS.search(line[-20:]) or _UNSPACED.search(line[-20:]))  # Thai ends no sentence with a sign
        and (words := count_words(line)) >= _SENTENCE
    )


def judge(blocks: list[str], page: Evidence) -> Judgement:
    """Return the verdict on the article `blocks` of a page."""
    size = page.size or size_of(blocks)
    words = size.words
    if not _is_confirmed(blocks, page.announced):
        found = _wall(blocks, words, page) or _gate(words, page.signs) or _other_sort(size, page)
        if found:
            return found
    is_nothing = words < _NOTHING and not _is_all(blocks, page.signs)
    if is_nothing or (words < SCANT and not size.prose and _is_menu(page.signs)):
        return Judgement(Verdict.EMPTY, _why_nothing(page.signs))
    found = _preview(blocks, words, page) or _scant(words, page.announced)
    return found or Judgement(Verdict.FULL, "", _score(blocks, size, page))


def _is_menu(signs: Signs | None) -> bool:
    return signs is not None and signs.linked_share >= _ALL_LINKED


def _is_all(blocks: list[str], signs: Signs | None) -> bool:
    """Tell whether a few words are all that the page shows, and there is nothing in it that could bring more."""
    letters = sum(len(squeeze(block)) for block in blocks)
    if signs is None or signs.scripts or signs.frames or signs.sent_to or signs.passwords or signs.films:
        return False
    return 0 < signs.letters <= letters * _HARDLY_MORE


def _is_confirmed(blocks: list[str], announced: tuple[str, ...]) -> bool:
    """Tell whether the text has what the feed says of it: then it is the article and no wall."""
    keys = [key for said in announced if len(key := squeeze(said[: 4 * _KEY])[:_KEY]) == _KEY]
    text = squeeze("".join(blocks)) if keys else ""
    return any(key in text for key in keys)


# ---------------------------------------------------------------------------------- walls and other sorts


def _wall(blocks: list[str], words: int, page: Evidence) -> Judgement | None:
    """Return which wall a text of so many words is. More than one phrase is asked of a longer one."""
    if words > _TITLED:
        return None
    pieces, size = (blocks, words) if words >= SCANT else ([page.shown], count_words(page.shown) - _MENUS)
    pieces = [folded(piece) for piece in "\n".join([*page.titles, *pieces])[:_LOOKED_AT].split("\n")]
    title = "" if _is_announced(page) else folded(page.window_title[:_PROMPT])
    for wall in WALLS:
        if size > wall.most_words or (wall is LOGIN and words >= SCANT and _is_paywalled(pieces)):
            continue
        titled = _says(wall, title) and (words < _ONE_PHRASE or any(_says(wall, piece) for piece in pieces))
        if titled or _is_said(wall, pieces):
            return Judgement(wall.verdict, wall.reason)
    if not _is_announced(page) and any(_names(GONE, each) for each in page.titles):
        return Judgement(GONE.verdict, GONE.reason)
    return None


def _is_paywalled(pieces: list[str]) -> bool:
    """Tell whether those who are to log in are subscribers: then what precedes is a preview."""
    return any(phrase.search(piece) for piece in pieces for phrase in PAYWALL)


def without_prompts(blocks: list[str]) -> tuple[list[str], list[str]]:
    """Return the blocks of a preview without what asks for payment at its end, and that."""
    start = max(0, len(blocks) - _PREVIEW_END)
    for number, block in enumerate(blocks[start:], start):
        if len(block) < _PROMPT and any(phrase.search(folded(block)) for phrase in PAYWALL):
            return blocks[:number], blocks[number:]
    return blocks, []


def _is_announced(page: Evidence) -> bool:
    """Tell whether the page is titled as the feed announced it: "Page not found" is a story then."""
    return bool(page.title) and squeeze(page.title) in squeeze(page.window_title)


def _says(wall: Wall, text: str) -> bool:
    return any(phrase.search(text) for phrase in wall.phrases)


def _names(wall: Wall, title: str) -> bool:
    """Tell whether a title is the wall's words and hardly more, the name of the site aside."""
    parts = (
        part for part in _TITLE_PARTS.split(folded(title[:_PROMPT])) if len(part.split()) <= _TITLE_WORDS
    )
    return any(_says(wall, part) for part in parts)


def _is_said(wall: Wall, pieces: list[str]) -> bool:
    """Tell whether the wall's phrases are what there is to read, and not a line in a note about something else."""
    text = " ".join(pieces)
    hits = sum(1 for phrase in wall.phrases if phrase.search(text))
    if not hits or (hits == 1 and count_words(text) >= _ONE_PHRASE):
        return False
    others = sum(count_words(piece) for piece in pieces if _is_prose(piece) and not _says(wall, piece))
    return hits > 2 or others < _MUCH_ELSE  # noqa: PLR2004 - three phrases are no chance


def _is_prose(piece: str) -> bool:
    return count_words(piece) >= _SENTENCE


def _gate(words: int, signs: Signs | None) -> Judgement | None:
    """Return what stands between us and a page that has next to no words, whatever its language."""
    if signs is None or words >= SCANT or signs.letters >= _BARE or signs.sent_to or signs.frames:
        return None
    if signs.is_challenged:
        return Judgement(ROBOT.verdict, ROBOT.reason)
    if signs.passwords and signs.letters:
        return Judgement(Verdict.BLOCKED, "the page is for those who are logged in")
    if (signs.is_app and signs.scripts) or (not signs.letters and (signs.scripts > 1 or signs.passwords)):
        return Judgement(SCRIPTS.verdict, SCRIPTS.reason)
    return None


def _other_sort(size: Size, page: Evidence) -> Judgement | None:
    if page.signs is None:
        return None
    sort = sort_of(page.signs, page.url, *size)
    return Judgement(Verdict.NOT_ARTICLE, sort) if sort else None


def _why_nothing(signs: Signs | None) -> str:
    if signs and signs.sent_to:
        return f"the page sends its readers to {signs.sent_to}"
    if signs and signs.frames:
        return f"the page is made of frames: {', '.join(signs.frames)}"
    return "no text was found on the page"


# ------------------------------------------------------------------------------------ less than the whole


def _preview(blocks: list[str], words: int, page: Evidence) -> Judgement | None:
    declared = count_words(page.declared)
    share = round(min(1.0, words / declared), 2) if declared else 0.2
    if not page.is_free and words < max(_SHORT_PREVIEW, declared * _MOST_OF_DECLARED):
        return Judgement(Verdict.PAYWALLED, "the page says that it is not free", share)
    end = folded(" ".join(blocks[-_PREVIEW_END:] if words < _SHORT_PREVIEW else blocks[-1:]))
    prompts = PAYWALL + PAYWALL_LOOSE if words < _SHORT_PREVIEW else PAYWALL
    lines = [folded(line) for line in page.dropped if len(line) < _PROMPT] if words < _SHORT_PREVIEW else []
    if any(phrase.search(said) for said in (end[-_PROMPT:], *lines) for phrase in prompts):
        return Judgement(Verdict.PAYWALLED, "the text ends at a paywall", share)
    if words < _SHORT_CUT and (
        looks_cut(end) or any(len(line) <= _LINE and looks_cut(line) for line in lines)
    ):
        return Judgement(Verdict.PARTIAL, "the text is cut", share)
    if words < declared * _HALF_OF_DECLARED:
        return Judgement(Verdict.PARTIAL, f"{words} of {declared} words", share)
    if words < _UNFINISHED and any(
        UNFINISHED.search(folded(b[:_LOOKED_AT])) for b in (*blocks[:1], *blocks[-1:])
    ):
        return Judgement(Verdict.PARTIAL, "the article is still being written", 0.4)
    return None


def looks_cut(text: str) -> bool:
    """Tell whether a text ends with "…", "read more" or the like."""
    end = folded(text[-_PROMPT:])
    return bool(CUT.search(end) or ELLIPSIS.search(end))


def _scant(words: int, announced: tuple[str, ...]) -> Judgement | None:
    most = max(map(count_words, announced), default=0)
    if words < _SHORT_OF_EXPECTED and words * 2 < most:
        return Judgement(Verdict.PARTIAL, f"{words} words where {most} were expected", round(words / most, 2))
    if words < SCANT and (not most or words < most * _NEARLY):
        return Judgement(Verdict.PARTIAL, f"only {words} words", 0.2)
    return None


def _score(blocks: list[str], size: Size, page: Evidence) -> float:
    """Return how sure it is that a full text is all of the article and nothing else."""
    words = size.words
    score = 0.35 + 0.25 * size.prose / max(1, words) + 0.15 * min(1.0, words / _SHORT_PREVIEW)
    text = squeeze("\n".join(blocks)[:_LOOKED_AT])  # summaries are of the beginning
    known = [*page.announced, *page.described]
    score += 0.1 * any(_is_found(each, text) for each in known)
    score += 0.05 * bool(_ENDS.search(blocks[-1][-20:]))
    if page.declared:
        declared = count_words(page.declared)
        score = 0.4 * score + 0.6 * min(words, declared) / max(words, declared, 1)
    if page.signs is not None:
        score -= 0.2 * page.signs.linked_share
    return round(min(1.0, max(0.0, score)), 2)


def _is_found(known: str, text: str) -> bool:
    key = squeeze(known[: 4 * _KEY])[:_EXCERPT]
    return len(key) == _EXCERPT and key in text
