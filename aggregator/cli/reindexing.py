"""reindex: make the index anew from the articles; searches go on with the old one meanwhile."""

from __future__ import annotations

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.terminal import json_out, note, out
from aggregator.counting import counted

EACH = 10_000  # articles after which progress is told


@click.command()
@click.option("--json", "wants_json", is_flag=True, help="How many articles were indexed, as JSON.")
@pass_session
def reindex(session: Session, wants_json: bool) -> int:
    """Make the index anew from the articles.

    Searches are answered by the old index until the new one is complete. What is interrupted goes on from where it
    was: by this command, or by the service, which also does this by itself when a newer program has other rules.
    """
    from aggregator.app import open_archive

    told = 0
    with open_archive(session.config, writable=True) as archive:
        archive.index.restart()
        while (progress := archive.index.reindex()) is not None:
            if progress.done >= told + EACH:
                told = progress.done
                note(f"{progress.done} of {progress.of}")
        articles = archive.index.size()
    if wants_json:
        json_out({"articles": articles})
    else:
        out(f"{counted(articles, 'article')} indexed anew")
    return 0
