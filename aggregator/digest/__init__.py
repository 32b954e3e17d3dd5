"""Articles of a period → Digest → a page to read.

Rules of this room: pure; a digest says when it was made only through its period; the same articles give the
same bytes. What the articles carry is hostile until `clean` has been over it, and every form escapes it in
its own way. A new form is a module with one function and a line in `FORMATS`. jinja2 lives here only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aggregator.digest.compile import compile_digest
from aggregator.digest.html import render_html
from aggregator.digest.markdown import render_markdown
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aggregator.models import Digest

__all__ = ["FORMATS", "compile_digest", "render"]

FORMATS: Final[Mapping[str, Callable[[Digest], str]]] = {"html": render_html, "markdown": render_markdown}


def render(digest: Digest, format: str) -> str:  # noqa: A002 - the word a user types
    """Return the digest in one of `FORMATS`; another one raises `UsageError`."""
    if format not in FORMATS:
        raise UsageError(f"there is no digest format {format!r}: choose {' or '.join(FORMATS)}")
    return FORMATS[format](digest)
