"""digest: one page of what came in, by hand; or one of the configured editions, made and sent."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.asking import read_query
from aggregator.cli.exits import NOTHING_FOUND, SOME_FAILED
from aggregator.cli.safetext import without_surrogates
from aggregator.cli.terminal import note, or_stdout, out, table
from aggregator.config.digests import FORMATS
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from aggregator.config import DigestSettings
    from aggregator.editions import Press, Wanted
    from aggregator.models import Digest


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    date: str
    since: str
    until: str
    query: str
    format: str
    title: str
    images: bool
    output: Path | None

    @property
    def is_by_hand(self) -> bool:
        """Tell whether an edition is only to be looked at, because something about it was typed."""
        return bool(
            self.date
            or self.since
            or self.until
            or self.query
            or self.format
            or self.title
            or self.images
            or self.output
        )


@click.command()
@click.option("--date", default="", metavar="DAY", help="One whole day: yesterday, today, 2026-11-20.")
@click.option("--since", default="", metavar="WHEN", help="Start: 1d, yesterday, 2026-11-20.  [default: 1d]")
@click.option("--until", default="", metavar="WHEN", help="End.  [default: now]")
@click.option("--query", default="", help="Only what this search finds.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default=None,
              help="Default: told by the ending of FILE; on a terminal text, else html.")  # fmt: skip
@click.option("--title", default="", help="The digest's name.")
@click.option("--images", is_flag=True, help="Show lead images; a reader then loads them from their sites.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=or_stdout,
    help="The file; default: stdout.",
)
@click.option(
    "--edition", metavar="NAME", default="", help="One of the [[digest]] in config.toml: make it, send it."
)
@click.option("--dry-run", is_flag=True, help="Tell what would be in it and where it would go; make nothing.")
@click.option("--resend", is_flag=True, help="With --edition: send the last one again, as it was.")
@click.option("--outbox", is_flag=True, help="List what was sent, and what still waits and why.")
@pass_session
def digest(session: Session, /, edition: str, dry_run: bool, resend: bool, outbox: bool, **typed: Any) -> int:
    """Write a digest of what came in during a period; or make one of the configured editions and send it.

    \b
    aggregator digest                              of the last day, to read here
    aggregator digest -o today.html
    aggregator digest --date yesterday -o yesterday.epub
    aggregator digest --query "climate OR warming" --since 1w --format text
    aggregator digest --edition morning --dry-run
    aggregator digest --edition morning            make it now and send it
    aggregator digest --edition morning --resend   the last one again
    """
    from aggregator.errors import UsageError

    asked = Asked(format=str(typed.pop("format_") or ""), **typed)
    if outbox:
        return _outbox(session, edition)
    if resend and not edition:
        raise UsageError("--resend needs --edition NAME: it sends the last edition of a [[digest]] again")
    if resend and (dry_run or asked.is_by_hand):
        raise UsageError(
            "--resend sends the last edition as it was: leave out --dry-run and what it should be of"
        )
    if resend:
        return _resend(session, edition)
    if edition and not dry_run and not asked.is_by_hand:
        return _make(session, edition)
    return _show(session, edition, asked, dry_run=dry_run)


# ------------------------------------------------------------------------------------------------------ by hand


def _show(session: Session, name: str, asked: Asked, *, dry_run: bool) -> int:
    """Write a digest to a file or to the terminal; nothing is recorded and nothing sent."""
    from aggregator.app import local_now, open_archive, press_of
    from aggregator.editions import compile_wanted, write_form

    settings = _settings(session, name)
    if asked.query:
        read_query((asked.query,), None, None, "")  # says how it is read, where that may surprise
    with open_archive(session.config, writable=False) as archive:
        press = press_of(session.config, archive)
        form = _form(asked, settings)
        wanted = _wanted(press, settings, asked, local_now(), form, is_edition=bool(name))
        compiled = compile_wanted(archive, wanted)
        if dry_run:
            return _tell(settings, compiled, is_edition=bool(name))
        earlier = archive.editions.recent(name) if name else ()
        content = write_form(press, settings, compiled, form, earlier)
    _write(content, form, asked.output)
    if asked.output is not None:
        from aggregator.digest.wording import counts

        note(f"wrote {asked.output}: {counts(compiled)}")
    if not compiled.articles:
        note("nothing matched in that period" if asked.query else "nothing came in during that period")
    return 0 if compiled.articles else NOTHING_FOUND


def _settings(session: Session, name: str) -> DigestSettings:
    """Return the settings of a configured digest; without a name those that one has by default.

    Raises:
        UsageError: there is no such digest.

    """
    from aggregator.config import DigestSettings
    from aggregator.errors import UsageError

    if not name:
        return DigestSettings(name="digest", title="Digest")
    known = {one.name: one for one in session.config.digest}
    if name not in known:
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        raise UsageError(f"no [[digest]] is called {name!r} in {session.config_path}; {there}")
    return known[name]


def _form(asked: Asked, settings: DigestSettings) -> str:
    """Return the form that was typed, that the file's name tells, or that whoever looks at it can read."""
    if asked.format:
        return asked.format
    if asked.output is None:
        return "text" if sys.stdout.isatty() else settings.formats[0]
    from aggregator.digest import FORMATS as FORMS
    from aggregator.errors import UsageError

    told = {f".{form.extension}": name for name, form in FORMS.items()}  # .json is that of "json", the last
    told |= {".htm": "html", ".markdown": "markdown", ".text": "text"}
    suffix = asked.output.suffix.lower()
    if suffix not in told:
        raise UsageError(
            f"-o {asked.output}: its ending tells no form; --format names one: {', '.join(FORMS)}"
        )
    return told[suffix]


def _wanted(
    press: Press, settings: DigestSettings, asked: Asked, today: datetime, form: str, *, is_edition: bool
) -> Wanted:
    from dataclasses import replace
    from datetime import timedelta

    from aggregator.editions import wanted_edition, zone_of

    zone = zone_of(settings, press.zone)
    since, until = _period(asked, today.astimezone(zone), zone)
    if not (is_edition or asked.date or asked.until):
        until = until.replace(microsecond=0) + timedelta(seconds=1)  # with what came in within this second
    last = press.archive.editions.last(settings.name) if is_edition else None
    wanted = wanted_edition(settings, until, last, press.archive.period.newest_article())
    if not is_edition or since is not None:
        wanted = replace(wanted, since=since or _one_day_before(until), after=None, number=0)
    outline = replace(
        wanted.outline,
        title=asked.title or wanted.outline.title,
        images=asked.images or wanted.outline.images,
        full_texts=form == "epub",
    )
    return replace(wanted, outline=outline, query=asked.query or wanted.query)


def _period(asked: Asked, today: datetime, zone: tzinfo) -> tuple[datetime | None, datetime]:
    """Return the period that was typed; its start is None if none was."""
    from aggregator.errors import UsageError
    from aggregator.times import parse_moment

    if asked.date and (asked.since or asked.until):
        raise UsageError("--date is a whole day: leave out --since and --until, or it")
    if asked.date:
        first, last = parse_moment(asked.date, today), parse_moment(asked.date, today, end=True)
        return first.astimezone(zone), last.astimezone(zone)
    until = parse_moment(asked.until or "now", today, end=True).astimezone(zone)
    since = parse_moment(asked.since, today).astimezone(zone) if asked.since else None
    if since is not None and since >= until:
        raise UsageError("the digest would end before it begins; check --since and --until")
    return since, until


def _one_day_before(until: datetime) -> datetime:
    from aggregator.times import parse_moment

    return parse_moment("1d", until).astimezone(until.tzinfo)


def _write(content: bytes, form: str, output: Path | None) -> None:
    from aggregator.deliver import write_bytes, write_stream
    from aggregator.errors import UsageError

    if output is not None:
        write_bytes(output, content)
    elif form == "epub":
        if sys.stdout.isatty():
            raise UsageError("an EPUB cannot be shown on a terminal; name a file with -o")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_stream(sys.stdout, content.decode())


# ----------------------------------------------------------------------------------------------------- editions


def _make(session: Session, name: str) -> int:
    """Make an edition now, reaching back to the one before it, and send it."""
    from aggregator.app import open_archive, press_of
    from aggregator.editions import Slot, make_edition, zone_of

    settings = _settings(session, name)
    with open_archive(session.config, writable=True) as archive:
        press = press_of(session.config, archive)
        now = press.clock()
        archive.editions.know(name, now)
        made = make_edition(press, settings, Slot(now, now.astimezone(zone_of(settings, press.zone))))
        if made is None:
            note(f"{name}: there is an edition for this moment already; what waits of it is sent")
        else:
            note(f"made {name} no. {made.number}: {counted(made.articles, 'article')}")
        return _post(press, name)


def _resend(session: Session, name: str) -> int:
    from aggregator.app import open_archive, press_of

    _settings(session, name)
    with open_archive(session.config, writable=True) as archive:
        press = press_of(session.config, archive)
        edition = archive.editions.send_again(name, press.clock())
        if edition is None:
            note(f"{name}: there is no edition yet to send again; leave out --resend to make one")
            return NOTHING_FOUND
        note(f"{name} no. {edition.number} again")
        return _post(press, name)


def _post(press: Press, name: str) -> int:
    from aggregator.editions import post_letters

    failed = 0
    for posted in post_letters(press, name):
        where = posted.letter.target if posted.letter.place != "command" else "the command"
        if posted.error:
            failed += 1
            then = "given up" if posted.given_up else "the service tries again, and so does this command"
            note(f"not sent to {where}: {posted.error}; {then}")
        else:
            note(f"sent to {where}")
    return SOME_FAILED if failed else 0


def _tell(settings: DigestSettings, compiled: Digest, *, is_edition: bool) -> int:
    """Say what would be in a digest, and where it would go."""
    from aggregator.digest import wording

    for line in (*_contents(compiled), *(_places(settings) if is_edition else ())):
        out(line)
    if not compiled.articles:
        note(wording.EMPTY)
    return 0 if compiled.articles else NOTHING_FOUND


def _contents(compiled: Digest) -> Iterator[str]:
    from aggregator.digest import wording

    head = [compiled.title, wording.edition(compiled), wording.period(compiled), wording.counts(compiled)]
    yield " · ".join(part for part in head if part)
    for section in compiled.sections:
        rest = f", {section.left_out} left out" if section.left_out else ""
        yield f"  {section.title}: {len(section.entries)} with summaries, {len(section.brief)} as one-liners{rest}"
    changes = compiled.changes
    kinds = (
        (len(changes.moved), "story moved on", "stories moved on"),
        (len(changes.corrected), "correction", "corrections"),
        (len(changes.vanished), "article taken down", "articles taken down"),
        (len(changes.troubles), "source in trouble", "sources in trouble"),
    )
    if changes:
        yield f"  {wording.CHANGED}: {', '.join(counted(*one) for one in kinds if one[0])}"


def _places(settings: DigestSettings) -> Iterator[str]:
    if settings.output:
        yield f"  file {settings.output} as {', '.join(settings.formats)}"
    if settings.maildir:
        yield f"  maildir {settings.maildir}"
    if settings.to:
        yield f"  mail to {', '.join(settings.to)}"
    if settings.command:
        yield f"  command {settings.command[0]}"


def _outbox(session: Session, name: str) -> int:
    from aggregator.app import local_now, open_archive
    from aggregator.times import ago

    with open_archive(session.config, writable=False) as archive:
        letters = archive.editions.letters(without_surrogates(name))
    now, rows = local_now(), []
    for one in letters:
        when = one.sent_at or one.next_try_at
        target = "command" if one.place == "command" else one.target
        shown = ago(when, now) if when else ""
        rows.append((f"{one.name} {one.number}", one.format, target, one.state, shown, one.last_error))
    if not rows:
        note(f"no edition of {name!r} was made yet" if name else "no edition was made yet")
        return NOTHING_FOUND
    table(rows, ("edition", "format", "to", "state", "when", "trouble"))
    return 0
