"""Making an edition: compiled once, written in every form that is asked for, and recorded whole before any is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.config import LAST_EDITION
from aggregator.digest import (
    FORMATS,
    READER,
    SENDER,
    Envelope,
    edition_of,
    message_id,
    render,
    render_mail,
    render_own,
)
from aggregator.editions.contents import compile_wanted
from aggregator.editions.due import wanted_edition
from aggregator.models import Letter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.config import DigestSettings
    from aggregator.editions.contents import Wanted
    from aggregator.editions.due import Slot
    from aggregator.editions.press import Press
    from aggregator.models import Digest, Edition


def make_edition(press: Press, settings: DigestSettings, slot: Slot) -> Edition | None:
    """Make the edition for a moment and record it with all that is to be sent; None if there is one already.

    Raises:
        AggregatorError: it cannot be made as the settings say; nothing is recorded.

    """
    shelf = press.archive.editions
    earlier = shelf.recent(settings.name)
    wanted = _bounded(
        press,
        settings,
        wanted_edition(
            settings, slot.until, earlier[0] if earlier else None, press.archive.period.newest_article()
        ),
    )
    digest = compile_wanted(press.archive, wanted)
    edition = edition_of(digest, settings.name, slot.at, wanted.last)
    letters = list(_letters(press, settings, digest, earlier))
    return edition if shelf.record(edition, letters, press.clock()) else None


def _bounded(press: Press, settings: DigestSettings, wanted: Wanted) -> Wanted:
    """Say by articles where an edition begins and ends, so that the next can go on behind it and skip nothing."""
    period = press.archive.period
    if settings.since != LAST_EDITION:
        return replace(wanted, last=period.newest_before(wanted.until))
    if wanted.after is None:
        return replace(wanted, after=period.newest_before(wanted.since))
    return wanted


def write_form(
    press: Press, settings: DigestSettings, digest: Digest, form: str, earlier: Sequence[Edition]
) -> bytes:
    """Return a digest in one form, by the user's own template if there is one for it.

    Raises:
        AggregatorError: the template is missing or wrong.

    """
    if settings.template and form == settings.formats[0]:
        path = press.folder / Path(settings.template).expanduser()
        return render_own(digest, press.read(path), str(path)).encode()
    return render(digest, form, earlier, name=settings.name)


def file_name(settings: DigestSettings, digest: Digest, form: str, pattern: str) -> str:
    return pattern.format(
        name=settings.name,
        date=f"{digest.until:%Y-%m-%d}",
        time=f"{digest.until:%H%M}",
        number=digest.number,
        ext=FORMATS[form].extension,
    )


def _pattern(output: str, digest: Digest, earlier: Sequence[Edition]) -> str:
    """Return what the file is called; one that is called by its day alone must not replace an edition of that day."""
    by_day = "{date}" in output and "{time}" not in output and "{number}" not in output
    zone = digest.until.tzinfo
    if not by_day or all(one.until.astimezone(zone).date() != digest.until.date() for one in earlier):
        return output
    path = Path(output)
    return str(path.with_name(f"{path.stem}-{{number}}{path.suffix}"))


def _letters(
    press: Press, settings: DigestSettings, digest: Digest, earlier: Sequence[Edition]
) -> Iterator[Letter]:
    """Yield all that is to be sent of an edition: a form for each file and for the command, a letter a reader."""
    forms = settings.formats if settings.output or settings.command else ()
    pattern = _pattern(settings.output, digest, earlier)
    for form in forms:
        content = write_form(press, settings, digest, form, earlier)
        if settings.output:
            path = press.folder / Path(file_name(settings, digest, form, pattern)).expanduser()
            yield Letter("file", str(path), form, content)
        if settings.command:
            yield Letter("command", json.dumps(settings.command), form, content)
    attachments = {
        file_name(settings, digest, form, "{name}-{date}.{ext}"): render(
            digest, form, earlier, name=settings.name
        )
        for form in settings.attach
    }
    readers = [("smtp", address, address) for address in settings.to]
    if settings.maildir:
        folder = str(press.folder / Path(settings.maildir).expanduser())
        readers.append(("maildir", folder, settings.to[0] if settings.to else READER))
    for place, target, address in readers:
        envelope = Envelope(press.sender or SENDER, address, settings.name, attachments)
        letter = render_mail(digest, envelope)
        yield Letter(place, target, "mail", letter, message_id(digest, envelope))
