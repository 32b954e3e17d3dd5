"""How good an extraction is: a pure judgement of a text, of what its page says, and of what was to be expected.

Conservative both ways: a long text is full whatever it says, and a wall's wording counts in short texts only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.extract.furniture import squeezed
from aggregator.extract.wording import CUT, ELLIPSIS, PAYWALL, WALLS
from aggregator.models import Verdict

# Words; news has 300 to 800.
_NOTHING = 5
SCANT = 25  # below, all that the page shows is searched for a wall
_SHORT_OF_EXPECTED = 60
_ONE_PHRASE = 120
_SHORT_PREVIEW = 250
_SHORT_CUT = 200
_PREVIEW_END = 3  # blocks
_PROMPT = 600  # characters at the end that a paywall's prompt has
_MOST_OF_DECLARED, _HALF_OF_DECLARED = 0.7, 0.5
_NEARLY = 0.8  # of what was expected
_KEY = 60  # letters of the feed's words that prove that this is the article

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_PER_WORD = 2  # in writing without spaces, roughly

Judgement = tuple[Verdict, str]


def count_words(text: str) -> int:
    """Count words, also in writing without spaces."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text) if unspaced else text)) + unspaced // _LETTERS_PER_WORD


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a page beside the text that was found."""

    window_title: str = ""
    shown: str = ""  # all that it shows; may be left out when the text has more than SCANT words
    announced: tuple[str, ...] = ()  # what the feed says: summary, content
    declared: str = ""  # the text as the page's metadata have it
    is_free: bool = True


def judge(blocks: list[str], page: Evidence) -> Judgement:
    """Return verdict and reason for the article `blocks` of a page."""
    text = "\n\n".join(blocks)
    words = count_words(text)
    if not any(_confirms(known, text) for known in page.announced):
        wall = _wall(page.window_title, text if words >= SCANT else page.shown, words)
        if wall:
            return wall
    if words < _NOTHING:
        return Verdict.EMPTY, "no text was found on the page"
    return _preview(blocks, words, page) or _scant(words, page.announced) or (Verdict.FULL, "")


def _confirms(known: str, text: str) -> bool:
    """Tell whether the text has what the feed says of it: then it is the article and no wall."""
    key = squeezed(known)[:_KEY]
    return len(key) == _KEY and key in squeezed(text)


def _wall(title: str, text: str, words: int) -> Judgement | None:
    """Return which wall a text of so many words is. More than one phrase is asked of a longer one."""
    title, text = _plain(title), _plain(text)
    needed = 1 if count_words(text) < _ONE_PHRASE else 2
    for wall in WALLS:
        if words > wall.most_words:
            continue
        titled = words < _ONE_PHRASE and any(phrase.search(title) for phrase in wall.phrases)
        if titled or sum(1 for phrase in wall.phrases if phrase.search(text)) >= needed:
            return wall.verdict, wall.reason
    return None


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())


def _preview(blocks: list[str], words: int, page: Evidence) -> Judgement | None:
    declared = count_words(page.declared)
    if not page.is_free and words < max(_SHORT_PREVIEW, declared * _MOST_OF_DECLARED):
        return Verdict.PAYWALLED, "the page says that it is not free"
    end = _plain(" ".join(blocks[-_PREVIEW_END:] if words < _SHORT_PREVIEW else blocks[-1:]))
    if any(phrase.search(end[-_PROMPT:]) for phrase in PAYWALL):
        return Verdict.PAYWALLED, "the text ends at a paywall"
    if words < _SHORT_CUT and (CUT.search(end) or ELLIPSIS.search(end)):
        return Verdict.PARTIAL, "the text is cut"
    if words < declared * _HALF_OF_DECLARED:
        return Verdict.PARTIAL, f"{words} of {declared} words"
    return None


def _scant(words: int, announced: tuple[str, ...]) -> Judgement | None:
    most = max(map(count_words, announced), default=0)
    if words < _SHORT_OF_EXPECTED and words * 2 < most:
        return Verdict.PARTIAL, f"{words} words where {most} were expected"
    if words < SCANT and (not most or words < most * _NEARLY):
        return Verdict.PARTIAL, f"only {words} words"
    return None
