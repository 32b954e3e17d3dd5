"""unlink: take apart what was wrongly linked; it is remembered and never linked again."""

from __future__ import annotations

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.ids import ARTICLE_ID
from aggregator.cli.terminal import json_out, note, out


@click.command()
@click.argument("article_id", type=ARTICLE_ID, metavar="ID")
@click.argument("other_id", type=ARTICLE_ID, metavar="[OTHER]", required=False)
@click.option("--json", "wants_json", is_flag=True, help="The ids that it is apart from now, as JSON.")
@pass_session
def unlink(session: Session, article_id: int, other_id: int | None, wants_json: bool) -> int:
    """Take an article out of the family of its copies, or apart from one OTHER article only.

    It is never linked to them again. Nothing is deleted; `aggregator show ID` tells what an article is linked to.
    """
    from aggregator.app import now, open_archive
    from aggregator.pipeline import unlink_article

    with open_archive(session.config, writable=True) as archive:
        missing = [
            id_ for id_ in (article_id, other_id) if id_ is not None and archive.articles.get(id_) is None
        ]
        parted = [] if missing else unlink_article(archive, article_id, other_id, now())
    if wants_json:
        json_out({"id": article_id, "apart_from": parted})
    elif missing:
        note(f"{missing[0]}: no such article; `aggregator search` shows the ids")
    elif not parted:
        note(f"{article_id}: is not linked" + (f" to {other_id}" if other_id else ", it has no copies"))
    else:
        out(f"article {article_id} is now kept apart from {', '.join(map(str, parted))}")
    return 0 if parted else NOTHING_FOUND
