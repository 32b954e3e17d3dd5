"""An article as a BibTeX entry that classic BibTeX and biblatex both read.

An article of a dated publication is `@article`, with its site as the journal; anything else is `@misc`. Text is
UTF-8; what LaTeX would take for a command is written out, braces by their names, because BibTeX counts even those
behind a backslash (Patashnik, BibTeXing, 1988).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from aggregator.export.people import Name, names_in
from aggregator.markup import clean_text
from aggregator.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.models import Article

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{char: f"\\{char}" for char in "$&#_%"},
}  # fmt: skip
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def bibtex_entry(article: Article) -> str:
    """Return the entry; its key is made of the first author, the year and the article's number in the archive."""
    kind = "article" if article.published_at else "misc"
    fields = ",\n".join(f"  {name} = {value}" for name, value in _fields(article, kind))
    return f"@{kind}{{{_key(article)},\n{fields}\n}}\n"


def _fields(article: Article, kind: str) -> Iterator[tuple[str, str]]:
    people = names_in(article.byline)
    if people:
        yield "author", f"{{{' and '.join(_author(person) for person in people)}}}"
    yield (
        "title",
        f"{{{{{escaped(clean_text(article.title) or article.url)}}}}}",
    )  # double: styles must not change capitals
    site = escaped(article.site or site_of(article.url))
    yield ("journal" if kind == "article" else "howpublished"), f"{{{site}}}"
    if article.published_at:
        yield "year", f"{{{article.published_at.year:04}}}"
        yield "month", _MONTHS[article.published_at.month - 1]  # the name of a string that every style knows
        yield "day", f"{{{article.published_at.day}}}"
    yield "url", f"{{{_address(article.url)}}}"
    yield "urldate", f"{{{article.archived_at:%Y-%m-%d}}}"
    if article.language:
        yield "language", f"{{{escaped(article.language)}}}"


def escaped(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in clean_text(text))


def _author(person: Name) -> str:
    if not person.family:
        return f"{{{escaped(person.literal)}}}"
    suffix = f", {escaped(person.suffix)}" if person.suffix else ""
    return f"{escaped(person.family)}{suffix}, {escaped(person.given)}"


def _address(url: str) -> str:
    """Write an address for \\url: braces and what is not ASCII as percent escapes."""
    return quote(url, safe="%/:@!$&'()*+,;=-._~?[]#|", errors="replace")


def _key(article: Article) -> str:
    people = names_in(article.byline)
    name = (people[0].family or people[0].literal) if people else site_of(article.url)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z0-9]", "", plain.lower())[:30] or "article"
    year = f"{article.published_at.year:04}" if article.published_at else ""
    return f"{word}{year}-{article.id}"
