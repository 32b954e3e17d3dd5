"""reextract: reading the kept pages again with the extraction of today, told before anything is replaced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND, SOME_FAILED
from aggregator.cli.terminal import Span, Style, json_out, note, out, progress, table
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.cli.terminal import Cell
    from aggregator.config import Config
    from aggregator.decide import Reread

SHOWN = 20  # of the most changed articles; --json has all
STYLES = {"better": Style.GOOD, "worse": Style.WARN, "unreadable": Style.BAD}


@click.command()
@click.option(
    "--since", metavar="WHEN", help="Only articles that came in from then on: 2026-11-20, 7d, yesterday."
)
@click.option("--site", default="", metavar="HOST", help="Only pages of this host and of hosts below it.")
@click.option("--all", "takes_all", is_flag=True, help="Also those that these rules have read already.")
@click.option("--apply", "applies", is_flag=True, help="Replace the texts; without it, nothing is written.")
@click.option("--force", is_flag=True, help="Count worse readings as replacements, too.")
@click.option(
    "--json", "wants_json", is_flag=True, help="The report, with every article that differs, as JSON."
)
@pass_session
def reextract(
    session: Session, since: str | None, site: str, takes_all: bool, applies: bool, force: bool,
    wants_json: bool,
) -> int:  # fmt: skip
    """Read the kept pages again with the extraction of today; tell what would be better, and what worse.

    The network is not asked. With --apply, texts that are better or of equal worth take the place of ours, which
    stay as revisions; a run that was stopped goes on where it was. Exit 3 when kept pages cannot be read.

    \b
    aggregator reextract                          what a new version would do to the whole archive
    aggregator reextract --site bbc.co.uk --all   one site, whatever has read it
    aggregator reextract --apply
    """
    from aggregator.app import local_now
    from aggregator.extract import VERSION
    from aggregator.times import parse_moment, span

    started = time.monotonic()
    from_then = parse_moment(since, local_now()) if since else None
    version = None if takes_all else VERSION
    rereads = _read(session.config, version, from_then, site, applies=applies, force=force)
    if wants_json:
        json_out(_as_json(rereads, applies=applies))
    elif rereads:
        _show(rereads)
    note(f"{_closing(rereads, applies=applies)} · {span(time.monotonic() - started)}")
    if not rereads:
        return NOTHING_FOUND
    return SOME_FAILED if any(one.gain == "unreadable" for one in rereads) else 0


def _read(
    config: Config, version: int | None, since: datetime | None, site: str, *, applies: bool, force: bool
) -> list[Reread]:
    from aggregator.app import open_archive, open_rereading
    from aggregator.errors import UsageError
    from aggregator.pipeline import reread_articles
    from aggregator.urls import host_of

    host = host_of(site if "://" in site else f"https://{site.strip('./')}")
    if site and not host:  # which would stand for all sites
        raise UsageError(f"--site: {site[:60]!r} is not a host; write for example bbc.co.uk")
    rereads = []
    with open_archive(config, writable=applies) as archive:
        ids = archive.rereads.to_read(version, since=since, site=host)
        with (
            open_rereading(config, archive, applies=applies, force=force) as how,
            progress(len(ids), "reextract") as bar,
        ):
            for reread in reread_articles(how, ids):
                rereads.append(reread)
                bar.advance(1, reread.title)
    return rereads


def _closing(rereads: Sequence[Reread], *, applies: bool) -> str:
    if not rereads:
        return "nothing to read again: no page is kept of such articles, or these rules have read them (see --all)"
    replaced = sum(one.replaces and one.gain != "same" for one in rereads)
    texts = counted(replaced, "text")
    said = f"{counted(len(rereads), 'page')} read again · "
    return said + (f"{texts} replaced" if applies else f"nothing was written; --apply replaces {texts}")


# ------------------------------------------------------------------------------------------- for a person


def _show(rereads: Sequence[Reread]) -> None:
    from aggregator.decide import Gain, sum_up

    summary = sum_up(rereads)
    table(
        [(Span(gain, STYLES.get(gain, Style.PLAIN)), summary.gains[gain], _MEANS[gain]) for gain in Gain],
        ("reading", "articles", ""),
    )
    if summary.verdicts:
        out()
        moves = summary.verdicts.most_common()
        table([(before, after, count) for (before, after), count in moves], ("verdict", "now", "articles"))
    out()
    out(
        f"words +{summary.gained:,} -{summary.lost:,} · {counted(summary.retitled, 'title')} changed · "
        f"{counted(summary.redated, 'date')} changed"
    )
    changed = _most_changed(rereads)[:SHOWN]
    if changed:
        out()
        table([_row(one) for one in changed], ("article", "reading", "words", "verdict", "title", "why"))


_MEANS = {
    "same": "word by word; other metadata may be new",
    "better": "a better verdict",
    "changed": "another text of the same worth",
    "worse": "kept as it is; --force takes the new reading",
    "unreadable": "kept as it is",
}


def _most_changed(rereads: Sequence[Reread]) -> list[Reread]:
    """Return those that differ, those first of which the most words come or go."""
    differing = [one for one in rereads if one.gain != "same"]
    return sorted(differing, key=lambda one: one.gained + one.lost, reverse=True)


def _row(one: Reread) -> tuple[Cell, ...]:
    verdict = one.before if one.before is one.after else f"{one.before} → {one.after}"
    words = f"+{one.gained:,} -{one.lost:,}"
    reading = Span(one.gain, STYLES.get(one.gain, Style.PLAIN))
    return Span(f"#{one.id}", link=one.url), reading, words, verdict, one.retitled or one.title, one.reason


# ------------------------------------------------------------------------------------------ for a script


def _as_json(rereads: Sequence[Reread], *, applies: bool) -> dict[str, object]:
    from aggregator.decide import Gain, sum_up
    from aggregator.extract import VERSION

    summary = sum_up(rereads)
    verdicts = [{"before": b, "after": a, "articles": n} for (b, a), n in summary.verdicts.most_common()]
    return {
        "applied": applies,
        "extractor": VERSION,
        "read_before_with": {str(version): count for version, count in sorted(summary.extractors.items())},
        "articles": len(rereads),
        **{str(gain): summary.gains[gain] for gain in Gain},
        "verdicts": verdicts,
        "words_gained": summary.gained,
        "words_lost": summary.lost,
        "titles_changed": summary.retitled,
        "dates_changed": summary.redated,
        "changed_articles": [_differing(one) for one in _most_changed(rereads)],
    }


def _differing(one: Reread) -> dict[str, object]:
    return {
        "id": one.id,
        "url": one.url,
        "title": one.title,
        "new_title": one.retitled,
        "reading": one.gain,
        "replaces": one.replaces,
        "verdict_before": one.before,
        "verdict_after": one.after,
        "words_gained": one.gained,
        "words_lost": one.lost,
        "date_changed": one.redated,
        "extractor_before": one.extractor,
        "reason": one.reason,
    }
