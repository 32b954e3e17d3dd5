"""New hits of a watch as they are told: lines for a file or a letter, one JSON object for a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aggregator.letters import coding, domain_of, hashed, new_letter
from aggregator.markup import clean_text
from aggregator.models import ReportForm
from aggregator.times import to_text
from aggregator.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.models import Article, Report, Watch


def render_report(watch: Watch, articles: Sequence[Article], at: datetime) -> str:
    """Return what is delivered: the same for the same articles, whenever it is made."""
    if watch.command:
        hits = [_record(watch, article) for article in articles]
        numbers = f"{articles[0].id}-{articles[-1].id}-{len(articles)}"
        said = {"watch": watch.name, "query": watch.query, "report": numbers, "at": to_text(at), "hits": hits}
        return json.dumps(said, ensure_ascii=False) + "\n"
    if watch.form is ReportForm.TEXT or watch.mail:
        return "".join(_lines(article) for article in articles)
    return "".join(json.dumps(_record(watch, article), ensure_ascii=False) + "\n" for article in articles)


def render_letter(watch: Watch, report: Report, sender: str) -> bytes:
    """Return a report as a letter: the same bytes and the same Message-ID whenever it is tried."""
    identity = hashed(watch.name, watch.mail, report.at.isoformat(), report.payload)
    letter = new_letter(
        sender, watch.mail, f"New for {watch.name}", report.at, f"<{identity}.watch@{domain_of(sender)}>"
    )
    letter.set_content(report.payload, cte=coding(report.payload))
    return letter.as_bytes()


def _record(watch: Watch, article: Article) -> dict[str, Any]:
    return {
        "watch": watch.name,
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "byline": article.byline,
        "site": article.site,
        "language": article.language,
        "published_at": to_text(article.published_at) if article.published_at else None,
        "dated_at": to_text(article.dated_at),
        "archived_at": to_text(article.archived_at),
        "verdict": article.verdict.value,
        "feeds": list(dict.fromkeys(sighting.feed_url for sighting in article.sightings)),
    }


def _lines(article: Article) -> str:
    title, site = clean_text(article.title) or article.url, clean_text(article.site) or site_of(article.url)
    return (
        f"{article.dated_at:%Y-%m-%d %H:%M}  {title} ({site}) #{article.id}\n    {clean_text(article.url)}\n"
    )
