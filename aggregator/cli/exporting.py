"""export: kept pages as WARC, for web archives and other tools. It opens the archive read-only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.terminal import note, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.archive import Archive
    from aggregator.cli.terminal import Progress
    from aggregator.models import Page
    from aggregator.models.queries import Query

NOTHING_FOUND, SOME_FAILED = 1, 3
EVERYTHING = 2**62  # hits


@click.command()
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--warc",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write WARC/1.1 here, gzipped unless the name ends with .warc; a file that is there is replaced.",
)
@click.option(
    "--since", metavar="WHEN", help="Only articles from then on: 2026-11-20, 7d, yesterday, 2026-11."
)
@click.option("--before", metavar="WHEN", help="Only articles before then.")
@click.option("--feed", default="", metavar="TEXT", help="Only from feeds with this in title or address.")
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=None, help="The best hits only; default: all."
)
@pass_session
def export(
    session: Session, words: tuple[str, ...], file: Path, since: str | None, before: str | None, feed: str,
    limit: int | None,
) -> int:  # fmt: skip
    """Write the kept pages of articles as they came, those of all hits of a search or of the whole archive.

    Exit 1 when there is no page, and then no file is written; exit 3 when some pages cannot be read.

    \b
    aggregator export --warc all.warc.gz
    aggregator export --warc climate.warc.gz climate summit --since 2026-11
    """
    from aggregator.app import local_now, open_archive, user_agent
    from aggregator.query import asked
    from aggregator.times import parse_moment

    today = local_now()
    query = asked(
        " ".join(words),
        since=parse_moment(since, today) if since else None,
        before=parse_moment(before, today) if before else None,
        feed=feed,
        limit=limit or EVERYTHING,
    )
    if query.hint:
        note(query.hint)
    with open_archive(session.config, writable=False) as archive:
        return _export(archive, query, file, user_agent(session.config))


def _export(archive: Archive, query: Query, file: Path, software: str) -> int:
    from aggregator.deliver import open_file
    from aggregator.warc import write_warc

    ids = archive.pages.kept_of(archive.index.ids(query))
    if not ids:
        note("no page is kept of such articles; nothing was written")
        return NOTHING_FOUND
    damaged: list[str] = []
    with open_file(file) as stream, progress(len(ids), "export") as bar:
        count = write_warc(
            stream, _pages(archive, ids, damaged, bar), software, file.name, gzip=file.suffix != ".warc"
        )
    for one in damaged:
        note(one)
    note(f"{count} pages of {len(ids)} articles written to {file}")
    return SOME_FAILED if damaged else 0


def _pages(archive: Archive, ids: Sequence[int], damaged: list[str], bar: Progress) -> Iterator[Page]:
    """Yield every page of these articles; one that cannot be read is named in `damaged`."""
    from aggregator.errors import PageError

    for article_id in ids:
        bar.advance()
        for page_id in archive.pages.ids_of(article_id):
            try:
                yield archive.pages.get(page_id)
            except PageError as error:
                damaged.append(str(error))
