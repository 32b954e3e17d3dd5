"""The outbox, emptied: every letter to its place, and what came of it back into the archive.

What fails is tried again after a while, each time a longer one, and given up after a week; that is said, and
`--resend` begins anew. A letter to a server or a program is marked before it is handed over: if the program ends in
that moment, nobody knows whether it arrived, and the digest's `in_doubt` says what is done then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.checks import address_of
from aggregator.deliver import put_in_maildir, run_command, send_mail, write_bytes
from aggregator.errors import AggregatorError, is_bug, told_of_bug

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.editions.press import Press
    from aggregator.models import Letter

PAUSES = tuple(
    timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360)
)  # between tries; the last one from then on
PATIENCE = timedelta(days=7)  # after which a letter is given up
_SECONDS = 60.0  # for a command whose digest is no longer in the settings


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one try."""

    letter: Letter
    error: str = ""  # "": it arrived
    given_up: bool = False
    bug: Exception | None = None  # that was met on the way


def post_letters(press: Press, name: str = "") -> Iterator[Posted]:
    """Try every letter that is due, one after the other; with `name` all of that digest, due or not."""
    for letter in press.archive.editions.due_letters(press.clock(), name=name):
        yield _post(press, letter)


def _post(press: Press, letter: Letter) -> Posted:
    shelf = press.archive.editions
    if letter.in_doubt and _never_twice(press, letter):
        shelf.mark_sent(letter.id, press.clock(), "perhaps not sent: the program ended while it was")
        return Posted(letter)
    try:
        _hand_over(press, letter)
    except Exception as error:
        bug = error if is_bug(error) else None
        if bug is None and not isinstance(error, AggregatorError):
            raise
        again, said = _again(press, letter), told_of_bug(error) if bug else str(error)
        shelf.mark_failed(letter.id, said, again)
        return Posted(letter, said, given_up=again is None, bug=bug)
    shelf.mark_sent(letter.id, press.clock())
    return Posted(letter)


def _never_twice(press: Press, letter: Letter) -> bool:
    settings = press.digests.get(letter.name)
    return settings is not None and settings.in_doubt == "never"


def _again(press: Press, letter: Letter) -> datetime | None:
    """Return when a letter that failed is tried again; None if it has failed for too long."""
    now = press.clock()
    pause = PAUSES[min(letter.attempts, len(PAUSES) - 1)]
    tried = sum(PAUSES[: letter.attempts], timedelta()) + max(0, letter.attempts - len(PAUSES)) * PAUSES[-1]
    return now + pause if tried < PATIENCE else None


def _hand_over(press: Press, letter: Letter) -> None:
    """Bring a letter to its place; raises `AggregatorError` if that cannot be done."""
    about_to = partial(press.archive.editions.mark_sending, letter.id)
    match letter.place:
        case "file":
            write_bytes(Path(letter.target), letter.content)
        case "maildir":
            put_in_maildir(
                Path(letter.target), letter.content, letter.message_id, letter.made_at or press.clock()
            )
        case "smtp":
            server = press.server()  # tells what is missing in the settings
            sender, to = (address_of(one).addr_spec for one in (press.sender, letter.target))
            send_mail(server, sender, to, letter.content, about_to)
        case _:
            about_to()
            words, seconds = json.loads(letter.target), _seconds(press, letter)
            run_command(words, letter.content, _about(letter), seconds, folder=press.folder)


def _about(letter: Letter) -> dict[str, str]:
    """Return what a command is told in its environment; the identity is the same when it is run again."""
    return {
        "AGGREGATOR_DIGEST_NAME": letter.name,
        "AGGREGATOR_DIGEST_NUMBER": str(letter.number),
        "AGGREGATOR_DIGEST_FORMAT": letter.format,
        "AGGREGATOR_DIGEST_ID": f"{letter.name}/{letter.number}/{letter.format}",
    }


def _seconds(press: Press, letter: Letter) -> float:
    settings = press.digests.get(letter.name)
    return settings.command_seconds if settings is not None else _SECONDS
