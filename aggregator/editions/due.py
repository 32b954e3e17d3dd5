"""When an edition is due, and what it is to be of. Decisions only: the clock and what was made before come in.

An edition is due when the last moment of its schedule has none yet. However long the program was away, that is one:
it reaches back to the edition before it, so nothing is skipped. A moment before the digest was first known is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.config import LAST_EDITION
from aggregator.cron import parse_cron
from aggregator.editions.contents import Wanted
from aggregator.models import Outline
from aggregator.times import parse_moment

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from aggregator.config import DigestSettings
    from aggregator.models import Edition

LATE = timedelta(
    minutes=10
)  # after its moment: the program was away, and what came meanwhile is to be fetched first


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment for which an edition is due."""

    at: datetime  # UTC
    until: datetime  # where the edition ends: then, or now if it is late; in the digest's zone


def zone_of(settings: DigestSettings, machine: tzinfo) -> tzinfo:
    return ZoneInfo(settings.zone) if settings.zone else machine


def due_slot(
    settings: DigestSettings, machine: tzinfo, known_at: datetime, last: Edition | None, now: datetime
) -> Slot | None:
    """Return the moment for which an edition is due; None if there is none."""
    zone = zone_of(settings, machine)
    at = parse_cron(settings.at).latest(now, zone)
    if at < known_at or (last is not None and at <= last.slot):
        return None
    return Slot(at, (now if is_late(at, now) else at).astimezone(zone))


def is_late(at: datetime, now: datetime) -> bool:
    return now - at > LATE


def period_of(settings: DigestSettings, until: datetime, last: Edition | None) -> tuple[datetime, int | None]:
    """Return since when an edition tells, and the last article that the one before it could see, if that counts.

    That counts by articles and not by the clock, so that one which is recorded while an edition is being made is in
    this or in the next.
    """
    if settings.since != LAST_EDITION:
        return parse_moment(settings.since, until).astimezone(until.tzinfo), None
    if last is None:
        return _moment_before(settings, until), None
    since = last.until if last.until < until else _moment_before(settings, until)
    return since.astimezone(until.tzinfo), last.last_article


def _moment_before(settings: DigestSettings, until: datetime) -> datetime:
    """Return the moment of the schedule before its last one: where a first edition begins."""
    cron, zone = parse_cron(settings.at), until.tzinfo
    assert zone is not None  # `until` is an instant
    last = cron.latest(until, zone)
    return cron.latest(last - timedelta(seconds=1), zone).astimezone(zone)


def wanted_edition(settings: DigestSettings, until: datetime, last: Edition | None, newest: int) -> Wanted:
    """Return what the next edition is to be of; `newest` is the id of the newest article there is."""
    since, after = period_of(settings, until, last)
    return Wanted(
        since=since,
        until=until,
        outline=outline_of(settings),
        query=settings.query,
        sections=tuple((section.title, section.query) for section in settings.sections),
        after=after,
        last=newest,
        number=1 if last is None else last.number + 1,
    )


def outline_of(settings: DigestSettings) -> Outline:
    return Outline(
        title=settings.title or settings.name,
        top=settings.top,
        stories=settings.stories,
        per_section=settings.per_section,
        brief=settings.brief,
        weights=settings.weights,
        images=settings.images,
        full_texts="epub" in (*settings.formats, *settings.attach),
    )
