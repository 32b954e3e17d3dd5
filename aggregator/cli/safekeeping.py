"""backup, restore, verify, salvage, prune: the archive kept safe as a file, and proved to be what was recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import TROUBLE
from aggregator.cli.terminal import json_out, note, out
from aggregator.counting import MB, counted

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models.upkeep import BackupReport, ChainReport, PruneTier, SalvageReport

FILE = click.Path(dir_okay=False, path_type=Path)
as_json = click.option("--json", "wants_json", is_flag=True, help="The report as JSON.")


@click.command()
@click.argument("file", type=FILE)
@as_json
@pass_session
def backup(session: Session, file: Path, wants_json: bool) -> int:
    """Write a copy of the archive to FILE, consistent although the service goes on writing.

    FILE appears when the copy was verified from end to end, and not at all otherwise. An earlier backup of that
    name is replaced; anything else is not.

    \b
    aggregator backup /backups/news-$(date +%F).db
    """
    from aggregator.archive import back_up

    report = back_up(session.config.archive_path, file)
    if wants_json:
        json_out(report)
    else:
        out(f"{file}: {_contents(report)}, {report.bytes / MB:.1f} MB; verified")
    return 0


def _contents(report: BackupReport) -> str:
    return f"{counted(report.articles, 'article')}, {counted(report.entries, 'entry', 'entries')}"


@click.command()
@click.argument("file", type=FILE)
@as_json
@pass_session
def restore(session: Session, file: Path, wants_json: bool) -> int:
    """Put a verified copy of the backup FILE in the archive's place. Stop the service first.

    The archive that was there is kept beside it, under another name.
    """
    from aggregator.app import now
    from aggregator.archive import restore as put_back

    path = session.config.archive_path
    report, kept = put_back(path, file, now())
    if wants_json:
        json_out({"report": report, "kept": str(kept) if kept else ""})
        return 0
    out(f"{path}: {_contents(report)}; verified")
    if kept:
        out(f"the archive that was there is {kept}; delete it when you are sure")
    return 0


@click.command()
@click.option(
    "--head", default="", metavar="HEAD", help="Printed by an earlier `verify`: is it still in the chain?"
)
@click.option("--pages", is_flag=True, help="Also unpack every kept page and compare it with its hash.")
@as_json
@pass_session
def verify(session: Session, head: str, pages: bool, wants_json: bool) -> int:
    """Compare every article and every revision with the chain of what was recorded. Exit 2 when one was changed.

    The chain's head is told; noted down elsewhere, it later proves with --head that the chain itself was not made
    anew by someone who can write to the file.
    """
    from aggregator.app import open_archive
    from aggregator.errors import UsageError

    if head and not re.fullmatch(r"\d+:[0-9a-f]{32}", head):
        raise UsageError(f"--head: {head[:60]!r} is not a head; `verify` prints one, whole, such as 41:5f…")
    with open_archive(session.config, writable=False) as archive:
        report = archive.chain.verify()
        known = not head or archive.chain.holds(head)
        unreadable = archive.pages.unreadable() if pages else []
    if wants_json:
        json_out({"chain": report, "head_holds": known, "unreadable_pages": unreadable})
    else:
        _tell_chain(report)
        for said in unreadable:
            out(said)
        if not known:
            out(f"{head[:80]}: is not in the chain: the chain was made anew, or this is another archive")
    return 0 if known and not report.broken and not unreadable else TROUBLE


def _tell_chain(report: ChainReport) -> None:
    for broken in report.breaks:
        out(f"{broken.of} {broken.row_id}: {broken.said}")
    if report.broken > len(report.breaks):
        out(f"and {report.broken - len(report.breaks)} more")
    found = f"{report.broken} are not what was recorded" if report.broken else "all as they were recorded"
    counts = ((report.articles, "article"), (report.revisions, "revision"), (report.links, "link"))
    out(f"{', '.join(counted(*one) for one in counts)}: {found}")
    out(f"head {report.head}")


@click.command()
@click.argument("damaged", type=FILE)
@click.argument("new", type=FILE)
@as_json
def salvage(damaged: Path, new: Path, wants_json: bool) -> int:
    """Save everything readable of the DAMAGED archive into the archive NEW. The damaged file is only read.

    Articles that are lost and were announced become due again: the next `aggregator archive` asks for their pages.
    """
    from aggregator.app import now
    from aggregator.archive.rescue import rescue
    from aggregator.pipeline.duplicates import sketch_for

    report = rescue(damaged, new, now(), sketch_for)
    if wants_json:
        json_out(report)
    else:
        _tell_salvage(report, new)
    return 0


def _tell_salvage(report: SalvageReport, new: Path) -> None:
    out(f"{report.pages} pages, of which {report.damaged_pages} are damaged and {report.adopted_pages} were lost"
        " and found")  # fmt: skip
    for table in report.tables:
        lost = f", {table.unreadable} unreadable" if table.unreadable else ""
        left = f", {table.left_out} left out: what they belong to is lost" if table.left_out else ""
        out(f"{table.table:<16} {counted(table.rows, 'row')}{lost}{left}")
    for name, count in report.stand_ins.items():
        out(f"{count} lost {name} replaced by stand-ins, because other rows refer to them")
    for broken in report.changed:
        out(f"{broken.of} {broken.row_id}: {broken.said}")
    out(f"wrote {new}; name it in [archive] path, or move it there")


@click.command()
@click.option("--pages", "pages_age", metavar="AGE", help="Kept pages older than that: 1y, 6mo, 90d.")
@click.option(
    "--visits", "visits_age", metavar="AGE", help="Visits older than that; the newest of each feed stay."
)
@click.option("--apply", "applies", is_flag=True, help="Remove it; without this it is only told.")
@click.option(
    "--shrink", is_flag=True, help="With --apply: return the space to the disk; needs as much meanwhile."
)
@as_json
@pass_session
def prune(
    session: Session,
    pages_age: str | None,
    visits_age: str | None,
    applies: bool,
    shrink: bool,
    wants_json: bool,
) -> int:
    """Tell what removing old pages or visits would free; with --apply, remove them. Texts are never removed.

    Without a page its article can no longer be read again with better rules, nor be exported as WARC; its text,
    its revisions and its entries stay. A visit is what came of one poll.

    \b
    aggregator prune --pages 1y --visits 90d             what it would free
    aggregator prune --pages 1y --apply                  removes the pages
    """
    from aggregator.app import local_now, open_archive
    from aggregator.errors import UsageError

    if not (pages_age or visits_age):
        raise UsageError("say what may go: --pages AGE or --visits AGE, such as --pages 1y")
    today = local_now()
    pages, visits = (_before(age, today) if age else None for age in (pages_age, visits_age))
    with open_archive(session.config, writable=applies) as archive:
        tiers = archive.pruning.apply(pages, visits) if applies else archive.pruning.plan(pages, visits)
        back, stays = _room(archive, 0 if applies else sum(tier.bytes for tier in tiers))
        if applies and shrink:
            archive.pruning.shrink()
    if wants_json:
        json_out({"applied": applies, "tiers": tiers, "gives_back": back if shrink else None})
        return 0
    for tier, before in zip(tiers, [moment for moment in (pages, visits) if moment], strict=True):
        _tell_tier(tier, before, applied=applies)
    if shrink and not applies:
        out(_WOULD_SHRINK.format(back=back / MB, stays=stays / MB))
    note(_PRUNED if applies and shrink else _KEEPS_SIZE if applies else _NOT_YET)
    return 0


_WOULD_SHRINK = (
    "shrink: would give about {back:.1f} MB back to the disk, and needs {stays:.1f} MB of it meanwhile"
)
_NOT_YET = "nothing was removed; --apply does it, best after `aggregator backup`"
_KEEPS_SIZE = "the file keeps its size and fills the room again; --shrink gives it back"
_PRUNED = "the room was given back to the disk"


def _before(age: str, today: datetime) -> datetime:
    from aggregator.errors import UsageError
    from aggregator.times import parse_moment

    before = parse_moment(age, today)
    if before > today - timedelta(days=1):
        raise UsageError(
            f"{age}: is less than a day ago, too young to go; 6mo are six months, 6m six minutes"
        )
    return before


def _room(archive: Archive, freed: int) -> tuple[int, int]:
    """Return the bytes that a shrink gives back once so many more are free, and those that stay."""
    used, unused = archive.vitals.room()
    return unused + freed, max(used - freed, 0)


def _tell_tier(tier: PruneTier, before: datetime, *, applied: bool) -> None:
    verb = "removed" if applied else "would remove"
    stay = f"; {tier.kept} equally old are kept, because they are still needed" if tier.kept else ""
    out(
        f"{tier.name}: {verb} {tier.rows} from before {before:%Y-%m-%d %H:%M} UTC, about {tier.bytes / MB:.1f} MB{stay}"
    )
