"""An article as an item of CSL-JSON (citation-style-language/schema, csl-data.json), which Zotero and pandoc read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.export.people import Name, names_in
from aggregator.markup import clean_text
from aggregator.urls import site_of

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.models import Article


def csl_item(article: Article) -> dict[str, Any]:
    """Return the item: an "article-newspaper" if it is dated, else a "webpage"."""
    item: dict[str, Any] = {
        "id": f"aggregator-{article.id}",
        "type": "article-newspaper" if article.published_at else "webpage",
        "title": clean_text(article.title) or article.url,
        "container-title": clean_text(article.site) or site_of(article.url),
        "URL": article.url,
        "accessed": _date(article.archived_at),
    }
    if people := names_in(clean_text(article.byline)):
        item["author"] = [_person(person) for person in people]
    if article.published_at:
        item["issued"] = _date(article.published_at)
    if article.language:
        item["language"] = clean_text(article.language)
    if article.section:
        item["section"] = clean_text(article.section)
    if article.tags:
        item["keyword"] = ", ".join(clean_text(tag) for tag in article.tags)
    return item


def _person(person: Name) -> dict[str, str]:
    if not person.family:
        return {"literal": person.literal}
    suffix = {"suffix": person.suffix} if person.suffix else {}
    return {"family": person.family, "given": person.given, **suffix}


def _date(moment: datetime) -> dict[str, list[list[int]]]:
    return {"date-parts": [[moment.year, moment.month, moment.day]]}
