"""Articles of a period → Digest → something to read.

Rules of this room: pure; a digest says when it was made only through its period; the same articles give the
same bytes in every form. What the articles carry is hostile until `clean` has been over it, and every form escapes it
in its own way. A new form is a module with one function and a line in `FORMATS`. jinja2 lives here only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aggregator.digest import wording
from aggregator.digest.clean import safe_href
from aggregator.digest.compile import Material, compile_digest
from aggregator.digest.epub import render_epub
from aggregator.digest.feeds import render_atom, render_json_feed
from aggregator.digest.html import render_fragment, render_html, render_own
from aggregator.digest.json import render_json
from aggregator.digest.lead import reading_minutes
from aggregator.digest.mail import READER, SENDER, Envelope, message_id, render_mail
from aggregator.digest.markdown import render_markdown
from aggregator.digest.naming import source_of, title_of
from aggregator.digest.text import render_text
from aggregator.errors import UsageError
from aggregator.models import Edition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from aggregator.models import Article, Digest

    Write = Callable[
        [Digest, Sequence[Edition], str], bytes
    ]  # editions before it, newest first; the digest's name

__all__ = [
    "FORMATS",
    "READER",
    "SENDER",
    "Envelope",
    "Material",
    "article_names",
    "compile_digest",
    "edition_of",
    "message_id",
    "reading_minutes",
    "render",
    "render_fragment",
    "render_mail",
    "render_own",
    "wording",
]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a digest down."""

    extension: str
    write: Write
    full_texts: bool = False  # it prints the texts themselves


def render(
    digest: Digest,
    format: str,  # noqa: A002 - the word a user types
    earlier: Sequence[Edition] = (),
    name: str = "digest",
) -> bytes:
    """Return the digest in one of `FORMATS`; another one raises `UsageError`.

    `earlier`: editions that a feed of editions lists behind this one. `name`: of the digest among others, by which
    feed readers and mail programs know it.
    """
    if format not in FORMATS:
        names = list(FORMATS)
        raise UsageError(
            f"there is no digest format {format!r}: choose {', '.join(names[:-1])} or {names[-1]}"
        )
    return FORMATS[format].write(digest, earlier, name)


def article_names(article: Article) -> tuple[str, str, str]:
    """Return what an article, its source and its address are in a digest."""
    return title_of(article), source_of(article), safe_href(article.url)


def edition_of(digest: Digest, name: str, slot: datetime, last_article: int = 0) -> Edition:
    """Return a digest as an edition: what is recorded of it, and what a feed of editions shows."""
    by_id = {one.article_id: one for one in (*digest.changes.shown, *digest.shown)}
    return Edition(
        name=name,
        number=digest.number,
        slot=slot,
        since=digest.since,
        until=digest.until,
        title=digest.title,
        last_article=last_article,
        articles=digest.articles,
        page=render_fragment(digest),
        shown=tuple(by_id.values()),
    )


def _text(write: Callable[[Digest], str]) -> Write:
    return lambda digest, *_: write(digest).encode()


def _feed(write: Callable[[Sequence[Edition]], str]) -> Write:
    def of_editions(digest: Digest, earlier: Sequence[Edition], name: str) -> bytes:
        newest = edition_of(digest, name, digest.until)
        return write([newest, *(one for one in earlier if one.page)]).encode()

    return of_editions


FORMATS: Final[Mapping[str, Form]] = {
    "html": Form("html", _text(render_html)),
    "markdown": Form("md", _text(render_markdown)),
    "text": Form("txt", _text(render_text)),
    "epub": Form("epub", lambda digest, *_: render_epub(digest), full_texts=True),
    "mail": Form("eml", lambda digest, _, name: render_mail(digest, Envelope(name=name))),
    "atom": Form("xml", _feed(render_atom)),
    "json-feed": Form("json", _feed(render_json_feed)),
    "json": Form("json", _text(render_json)),
}
