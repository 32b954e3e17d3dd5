"""A service's editions on a fast clock, to be killed: `python -m tests.ticking FOLDER PORT LOG [last]`.

A minute passes at every tick, and every minute has an edition. The time goes on from the newest one, so that a killed
program goes on where it was; with `last` it sends what waits, makes nothing new, and ends.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.archive import open_archive
from aggregator.config import DigestSettings
from aggregator.deliver import MailServer
from aggregator.editions import Press, due_slot, make_edition, post_letters

START = datetime(2026, 5, 13, 7, 0, tzinfo=UTC)


class _FastClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def main(folder: Path, port: int, log: str, *, last: bool) -> None:
    settings = DigestSettings(
        name="morning",
        at="* * * * *",
        zone="UTC",
        output="digests/{name}-{number}.{ext}",
        maildir="mail",
        to=("ana@home.example",),
        command=("/bin/sh", "-c", 'cat >/dev/null; printf \'"%s"\\n\' "$AGGREGATOR_DIGEST_ID" >>"$0"', log),
    )
    with open_archive(folder / "aggregator.db", writable=True) as archive:
        before = archive.editions.last("morning")
        clock = _FastClock(before.slot if before else START)
        press = Press(
            archive, clock, UTC, folder, {"morning": settings}, lambda path: path.read_text(encoding="utf-8"),
            lambda: MailServer("127.0.0.1", port, "off", seconds=10), "press@news.example",
        )  # fmt: skip
        archive.editions.know("morning", START)
        while True:
            tick(press, settings, makes=not last)
            clock.at += timedelta(minutes=1)
            if last and not archive.editions.due_letters(clock() + timedelta(days=1)):
                return


def tick(press: Press, settings: DigestSettings, *, makes: bool) -> None:
    known, last = (
        press.archive.editions.know(settings.name, press.clock()),
        press.archive.editions.last(settings.name),
    )
    slot = due_slot(settings, UTC, known, last, press.clock())
    if slot is not None and makes:
        make_edition(press, settings, slot)
    for _ in post_letters(press):
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], last="last" in sys.argv[4:])
