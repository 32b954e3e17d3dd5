"""An article as a Markdown file: what is known of it in front, as YAML, then its text.

Each value in front is written as JSON, which YAML 1.2 is a superset of: no title can end it. The article's own
Markdown was made by us and is CommonMark; a plain text is escaped, so that it can make no markup.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aggregator.markup import clean_text, without_controls
from aggregator.times import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.models import Article

_INLINE = re.compile(r"[\\`*_\[\]<>|~]|&(?=#|\w)")
_AT_START = re.compile(r"^(?=[#+=:-])|^(\d{1,9})(?=[.)])", re.MULTILINE)


def markdown_page(article: Article, markdown: str = "") -> str:
    """Return the file; `markdown` is the article's text with its headings and links, if that is known."""
    front = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in _front(article))
    text = without_controls(markdown) if markdown else escaped(without_controls(article.text))
    title = escaped(clean_text(article.title))
    return f"---\n{front}\n---\n\n" + (f"# {title}\n\n" if title else "") + text.strip() + "\n"


def _front(article: Article) -> Iterator[tuple[str, object]]:
    yield "id", article.id
    for name in ("title", "byline", "site", "language", "section"):
        if value := clean_text(getattr(article, name)):
            yield name, value
    yield "url", article.url
    if article.published_at:
        yield "published", to_text(article.published_at)
    yield "archived", to_text(article.archived_at)
    yield "verdict", article.verdict.value
    if article.tags:
        yield "tags", [clean_text(tag) for tag in article.tags]


def escaped(text: str) -> str:
    """Escape what would be markup inside a line or at its start."""
    return _AT_START.sub(
        lambda found: f"{found[1] or ''}\\", _INLINE.sub(lambda found: f"\\{found.group()}", text)
    )
