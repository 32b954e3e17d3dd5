"""digest: one page of what came in, by hand; and the same for the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.terminal import note

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.config import Config, DigestSettings
    from aggregator.models import Digest

NOTHING_FOUND = 1
EXTENSIONS = {"html": "html", "markdown": "md"}


@click.command()
@click.option(
    "--since", default="1d", show_default=True, metavar="WHEN", help="Start: 1d, yesterday, 2026-11-20."
)
@click.option("--until", default="now", show_default=True, metavar="WHEN", help="End.")
@click.option("--format", "format_", type=click.Choice(list(EXTENSIONS)), default="html", show_default=True)
@click.option("--title", default="", help="The digest's name.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; default: stdout."
)
@pass_session
def digest(session: Session, since: str, until: str, format_: str, title: str, output: Path | None) -> int:
    """Write a digest of the articles that came in during a period, grouped by category.

    \b
    aggregator digest -o today.html
    aggregator digest --since yesterday --until today --format markdown
    """
    from aggregator.app import local_now, open_archive
    from aggregator.deliver import write_file, write_stream
    from aggregator.digest import render

    with open_archive(session.config, writable=False) as archive:
        compiled = compile_period(archive, since, until, title, local_now())
    rendered = render(compiled, format_)
    if output is None:
        write_stream(sys.stdout, rendered)
    else:
        write_file(output, rendered)
        note(f"wrote {output}: {compiled.articles} articles from {compiled.feeds} sources")
    if not compiled.articles:
        note("nothing came in during that time")
    return 0 if compiled.articles else NOTHING_FOUND


def compile_period(archive: Archive, since: str, until: str, title: str, today: datetime) -> Digest:
    """Compile what came in between two moments as a person names them, seen from `today`."""
    from aggregator.digest import compile_digest
    from aggregator.times import parse_moment

    first, last = parse_moment(since, today), parse_moment(until, today)
    articles = archive.articles.between(first, last)
    zone = today.tzinfo
    return compile_digest(
        articles,
        first.astimezone(zone),
        last.astimezone(zone),
        title=title or "Digest",
        stories=archive.stories.of_articles([article.id for article in articles]),
    )


def write_digest(config: Config, archive: Archive, settings: DigestSettings) -> str:
    """Write one of the configured digests; return the file's path."""
    from aggregator.app import local_now
    from aggregator.deliver import write_file
    from aggregator.digest import render

    today = local_now()
    compiled = compile_period(archive, settings.since, "now", settings.name, today)
    name = settings.output.format(
        name=settings.name, date=f"{today:%Y-%m-%d}", ext=EXTENSIONS[settings.format]
    )
    path = config.folder / Path(name).expanduser()
    write_file(path, render(compiled, settings.format))
    return str(path)
