"""What there is to judge a page by: its tree, its metadata and the feed, as far as the text leaves it in doubt.

The walk over the markup costs a few milliseconds; a long text on a page that declares an article does not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.extract.tree.loading import shown_text
from aggregator.extract.verdict.judging import SCANT, Evidence, is_in_doubt, size_of
from aggregator.extract.verdict.signs import declared_types, read_signs
from aggregator.extract.verdict.sorts import is_article_type

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from aggregator.extract.facts.claims import PageMetadata
    from aggregator.models import Dropped, Hint


def evidence_of(
    tree: HtmlElement, url: str, blocks: list[str], dropped: list[Dropped], page: PageMetadata, hint: Hint
) -> Evidence:
    """Return what is known of the page at `url` beside the text: its `blocks`, and those that were `dropped`."""
    size = size_of(blocks)
    doubted = is_in_doubt(size.prose, url, lambda: is_article_type(declared_types(tree)))
    return Evidence(
        url=url,
        window_title=page.window_title,
        titles=page.titles,
        title=hint.title,
        shown=shown_text(tree) if size.words < SCANT else "",
        announced=(hint.content, hint.summary),
        dropped=tuple(d.text for d in dropped),
        described=page.descriptions,
        declared=page.full_text,
        is_free=page.is_free,
        size=size,
        signs=read_signs(tree, url) if doubted else None,
    )
