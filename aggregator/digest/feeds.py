"""Editions as a feed, so that a digest comes to any feed reader: Atom (RFC 4287) and JSON Feed 1.1.

Identities are tag addresses (RFC 4151) of a name that can belong to nobody; they are the same whenever the feed is
written again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aggregator.digest.clean import one_line
from aggregator.digest.html import render_template
from aggregator.times import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.models import Edition

_AUTHORITY: Final = "tag:aggregator.invalid,2026:digest"


def render_atom(editions: Sequence[Edition]) -> str:
    """Return an Atom feed of at least one edition, the newest first."""
    feed = _address(editions[0])
    return render_template(
        "feed.atom.j2",
        title=editions[0].title,
        feed_id=feed,
        updated=to_text(editions[0].until),
        entries=[(f"{feed}/{one.number}", _title(one), to_text(one.until), one.page) for one in editions],
    )


def render_json_feed(editions: Sequence[Edition]) -> str:
    """Return a JSON Feed of at least one edition, the newest first."""
    feed = _address(editions[0])
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(editions[0].title) or "Digest",
        "authors": [{"name": "aggregator"}],
        "items": [
            {
                "id": f"{feed}/{one.number}",
                "title": _title(one),
                "content_html": one.page,
                "date_published": to_text(one.until),
            }
            for one in editions
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _title(edition: Edition) -> str:
    number = f" No. {edition.number}," if edition.number else ","
    return f"{one_line(edition.title) or 'Digest'}{number} {edition.until:%Y-%m-%d}"


def _address(edition: Edition) -> str:
    return f"{_AUTHORITY}/{quote(edition.name.encode('utf-8', 'replace'), safe='')}"
