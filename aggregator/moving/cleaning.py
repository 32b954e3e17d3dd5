"""A kept entry → what a feed would have said: cleaned like any feed's, with a guid of its own.

Entries of another program are as hostile as feeds, so this runs in a worker process, and what it makes is made by the
same rules (`parse.fields`, `parse.identity`). Each entry counts as a document of its own: they were announced one after
another, so those that share a link are not told apart by standing side by side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.markup import clean_text
from aggregator.models import ParsedEntry
from aggregator.parse.fields import (
    enclosures_of,
    first_link,
    html_of,
    html_of_text,
    language_of,
    names_of,
    title_of,
    title_of_html,
)
from aggregator.parse.identity import with_guids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.models import KeptEntry

# Most programs keep titles as HTML: beyond doubt where there is a reference or an inline element.
_MARKED_UP = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,30});|</?(?:b|i|u|em|strong|sup|sub|span|br)\b"
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An entry that was kept elsewhere, as a feed would have announced it."""

    parsed: ParsedEntry
    kept_at: datetime | None  # when it was kept first; None: nobody says


def cleaned_entries(kept: Sequence[KeptEntry]) -> tuple[Cleaned, ...]:
    """Clean entries; one that says nothing at all is left out."""
    return tuple(
        Cleaned(parsed, one.kept_at or one.published_at)
        for one in kept
        for parsed in with_guids([_parsed(one)], one.site_url)
        if parsed.link or parsed.title or parsed.content_html or parsed.summary_html
    )


def _parsed(kept: KeptEntry) -> ParsedEntry:
    link = first_link(kept.site_url or kept.feed_url, (kept.link,))
    base = link or kept.site_url or kept.feed_url
    content, summary = (_html(text, base, is_text=kept.is_text) for text in (kept.content, kept.summary))
    return ParsedEntry(
        guid=clean_text(kept.guid),
        link=link,
        title=title_of_html(kept.title) if _MARKED_UP.search(kept.title) else title_of(kept.title),
        author=", ".join(names_of((kept.author,))),
        published_at=kept.published_at,
        updated_at=kept.updated_at,
        summary_html="" if summary == content else summary,
        content_html=content,
        language=language_of(kept.language),
        categories=names_of(kept.categories),
        enclosures=enclosures_of(base, kept.enclosures),
    )


def _html(text: str, base: str, *, is_text: bool) -> str:
    return html_of_text(text) if is_text else html_of(text, base)
