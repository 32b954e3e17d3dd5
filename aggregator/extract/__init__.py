"""What a page says, and how much of it is the article: bytes and the feed's hints in, text and verdict out.

The public face of this room. Pure: no clock, no network, no disk, no log; the same bytes give the same answer.
trafilatura and htmldate live here only (`text.body`, `text.selecting`, `facts.dates`), imported when a page is read:
they take half a second and 60 MB, which only the processes that read pages should pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.extract.hints import better_text, feed_text
from aggregator.extract.site.memory import learn
from aggregator.extract.verdict.failures import page_failure
from aggregator.models import ExtractedText, SiteMemory, Verdict

if TYPE_CHECKING:
    from aggregator.models import Hint

__all__ = ["VERSION", "better_text", "extract_article", "feed_text", "learn", "page_failure"]

VERSION = 5  # of the rules that read a page; an article says with which it was read
_NOTHING_LEARNT = SiteMemory()


def extract_article(
    body: bytes, url: str, hint: Hint, content_type: str = "", memory: SiteMemory = _NOTHING_LEARNT
) -> ExtractedText:
    """Return what the body of a 200 answer from `url` says; no bytes whatever make it raise.

    `content_type` is the header's value. The feed's title, author and time win over the page's.
    `memory` is what other pages of the host have taught; what this one teaches is `learnt` in the answer.
    """
    from aggregator.extract.page import read_page  # noqa: PLC0415 - heavy: see the head of this file

    try:
        return read_page(body, url, hint, content_type, memory)
    except MemoryError:
        raise  # not the page's fault alone: the worker's limit decides
    except Exception as error:  # noqa: BLE001 - lxml, trafilatura and htmldate break on some page every year
        reason = f"the extractor failed: {type(error).__name__}: {error}"
        return ExtractedText(text="", verdict=Verdict.EMPTY, reason=reason[:200], title=hint.title)
