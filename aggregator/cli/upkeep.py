"""status, doctor, extract: how things stand, what is wrong, and a trial of the extraction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import TROUBLE
from aggregator.cli.terminal import json_out, out
from aggregator.counting import MB, counted

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command()
@click.option("--json", "wants_json", is_flag=True, help="The counts as JSON.")
@pass_session
def status(session: Session, wants_json: bool) -> int:
    """Count feeds, entries and articles."""
    from aggregator.app import local_now, now, open_archive
    from aggregator.times import ago

    with open_archive(session.config, writable=False) as archive:
        counts = archive.status(now())
    if wants_json:
        json_out(counts)
        return 0
    today = local_now()
    out(f"feeds     {_counted(counts.feeds)}; {counts.failing} failing, {counts.due} due")
    out(
        f"          {counts.gaps} with gaps, {counted(counts.holds, 'host')} on hold;"
        " `aggregator feeds check` says more"
    )
    out(f"entries   {_counted(counts.entries)}")
    out(f"articles  {_counted(counts.articles)}")
    copies = f"{counts.duplicates} of {counted(counts.families, 'text')}" if counts.duplicates else "none"
    out(f"copies    {copies}; {counted(counts.related, 'pair')} related")
    out(f"stories   {counts.stories}, {counts.shared_stories or 'none'} of them told by several sources")
    for number, site in enumerate(counts.sites):
        label = "worst" if number == 0 else ""
        kinds = ", ".join(
            f"{n} {verdict}" for verdict, n in sorted(site.verdicts.items(), key=lambda c: -c[1])
        )
        out(f"{label:9} {site.host}: {site.not_full} of {site.articles} not full ({kinds})")
    out(f"pages     {counts.pages} kept; the archive is {counts.archive_bytes / MB:.1f} MB")
    out(f"visits    last {ago(counts.last_visit_at, today) if counts.last_visit_at else 'never'}, "
        f"next {ago(counts.next_check_at, today) if counts.next_check_at else 'not scheduled'}")  # fmt: skip
    return 0


def _counted(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda c: -c[1]))
    return f"{total} ({parts})" if parts else "none"


@click.command()
@click.option("--json", "wants_json", is_flag=True, help="The findings as JSON.")
@pass_session
def doctor(session: Session, wants_json: bool) -> int:
    """Check everything that the program rests on, with one line of cure for each. Exit 2 when something is wrong.

    Machine, libraries, configuration, subscriptions, permissions, archive, records, disk, clock, log, leases, bugs,
    feeds, index, leftovers. Nothing is changed.
    """
    from aggregator.doctor import examine

    findings = examine(session.config_name)
    if wants_json:
        json_out(findings)
    else:
        for finding in findings:
            cure = f" → {finding.cure}" if finding.cure else ""
            out(f"{'ok  ' if finding.ok else 'BAD '} {finding.what:<14} {finding.said}{cure}")
    return 0 if all(finding.ok for finding in findings) else TROUBLE


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--url", required=True, help="The page's address.")
@click.option("--content-type", default="", help="What the server said it is.")
@click.option("--json", "wants_json", is_flag=True, help="Text and metadata as JSON.")
def extract(file: Path, url: str, content_type: str, wants_json: bool) -> int:
    """Extract the article from one page in a file, as the archive would."""
    from aggregator.app import read_bytes
    from aggregator.extract import extract_article
    from aggregator.models import Hint

    extracted = extract_article(read_bytes(file), url, Hint(), content_type)
    if wants_json:
        json_out(extracted)
    else:
        about = " · ".join(part for part in (extracted.byline, extracted.site, extracted.language) if part)
        out(
            f"{extracted.title}\n{about}\n{extracted.verdict}{': ' if extracted.reason else ''}{extracted.reason}\n"
        )
        out(extracted.text)
    return 0 if extracted.text else 1
