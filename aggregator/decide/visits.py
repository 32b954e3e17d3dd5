"""What follows from an answer to a poll: the visit, and the feed as it shall be afterwards.

Pure: records in, records out. A failure changes nothing but counts and dates: validators, hash and entries stay what
the last good visit made them. Rules of HTTP are those of RFC 9110 and 9111; when to come back is `schedule`'s.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from aggregator.decide.looks import (
    PARTIAL,
    TOO_MANY,
    FeedLook,
    outcome_of,
    visit_of,
)
from aggregator.models import (
    Asks,
    Failure,
    Feed,
    FeedState,
    Move,
    Outcome,
    ParsedFeed,
    Response,
    Validators,
    Visit,
)
from aggregator.schedule import (
    GONE_APART,
    Hints,
    Rhythm,
    cadence_from_text,
    cadence_to_text,
    hints_of,
    next_check,
    weight_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.models import Cadence, EntryChange

# A server whose validators lie hides entries for ever; so now and then the whole document is asked for.
GUARD = timedelta(days=7)
GUARD_OF_LIARS = timedelta(days=1)
# A permanent redirect is believed when it was the answer so often, for so long: a captive portal gives one too.
MOVE_TIMES = 5
MOVE_LASTS = timedelta(days=7)
OFFLINE_PAUSE = timedelta(minutes=10)
SHORTEST_PAUSE = timedelta(seconds=10)
RATE_PAUSE = timedelta(hours=4)  # after a 429 that does not say how long

_GOOD = frozenset((Outcome.NEW, Outcome.SAME, Outcome.NOT_MODIFIED))


class _Changed(TypedDict, total=False):
    """What a visit changes of a feed. All of it is put into one record: making one costs more than deciding."""

    asks: Asks
    body_hash: str
    cadence: str
    failures: int
    gap_url: str
    gaps: int
    gone_at: datetime | None
    last_error: str
    last_new_at: datetime | None
    lied: bool
    move: Move | None
    next_check_at: datetime | None
    older_url: str
    site_url: str
    state: FeedState
    validators: Validators
    validators_of: str
    weight: float
    whole_at: datetime | None


def validators_to_send(feed: Feed, now: datetime) -> Validators:
    """Return what makes a request conditional; nothing when it is time to see the whole document again."""
    guard = GUARD_OF_LIARS if feed.lied else GUARD
    if feed.whole_at is None or now - feed.whole_at >= guard:
        return Validators()
    return feed.validators


def decide_visit(
    look: FeedLook,
    changes: Sequence[EntryChange],
    now: datetime,
    rhythm: Rhythm,
    *,
    cadence: Cadence | None = None,
    offline: bool = False,
) -> Visit:
    """Return the visit that a look amounts to.

    `cadence` is what the new entries teach of the feed's rhythm; without any, what was learnt before holds.
    `offline`: it was the network's fault, not the feed's.
    """
    outcome, error = (
        (Outcome.OFFLINE, _offline(look))
        if offline
        else outcome_of(look.answer, look.parsed, whole=look.whole)
    )
    if outcome in {Outcome.OFFLINE, Outcome.HELD}:
        return _not_met(look, outcome, error, now)
    parsed = look.parsed if isinstance(look.parsed, ParsedFeed) else None
    gap = _is_gap(look, parsed, changes)
    after = _met(look, outcome, error, changes, now)
    feed = replace(look.feed, **_in_rhythm(look, after, outcome, now, rhythm, cadence, gap=gap))
    return visit_of(
        look,
        feed,
        outcome,
        now,
        changes=tuple(changes),
        own_title=parsed.title if parsed else "",
        error=error,
        seen=parsed.seen if parsed else 0,
        prints=parsed.prints if parsed else None,
        gap=gap,
        moves_to=feed.move.to if feed.move and _is_believed(feed.move, now) else "",
    )


def _in_rhythm(
    look: FeedLook,
    after: _Changed,
    outcome: Outcome,
    now: datetime,
    rhythm: Rhythm,
    cadence: Cadence | None,
    *,
    gap: bool,
) -> _Changed:
    """Return what is `after` the answer with what was learnt of the feed's rhythm, and when to come back.

    After a gap that is as soon as the user and the publisher allow.
    """
    feed = look.feed
    kept = None if gap or rhythm.price is None else cadence or cadence_from_text(feed.cadence)
    hints = _hints(look.answer, after.get("asks", feed.asks), now)
    return {
        **after,
        "cadence": cadence_to_text(cadence) if cadence else feed.cadence,
        "weight": weight_of(cadence, now) if cadence else feed.weight,
        "gaps": feed.gaps + gap,
        "gap_url": feed.gap_url or (after.get("older_url", feed.older_url) if gap else ""),
        "next_check_at": next_check(feed.id, outcome, after["failures"], now, rhythm, hints, kept),
    }


def _met(
    look: FeedLook, outcome: Outcome, error: str, changes: Sequence[EntryChange], now: datetime
) -> _Changed:
    """Return what the answer changes of the feed, but for its rhythm."""
    feed = look.feed
    parsed = look.parsed if isinstance(look.parsed, ParsedFeed) else None
    return {
        **_with_document(look, outcome, parsed, now),
        "site_url": feed.site_url or (parsed.site_url if parsed else ""),
        "state": _state(feed, outcome, now),
        "gone_at": (feed.gone_at or now) if outcome is Outcome.GONE else None,
        "failures": feed.failures + 1 if error else 0,
        "last_error": error,
        "last_new_at": now if any(change.id is None for change in changes) else feed.last_new_at,
        # what we never met before is ours wherever it is
        "move": _move(look, outcome, now, ours=feed.last_new_at is None or _is_ours(parsed, changes)),
    }


def _not_met(look: FeedLook, outcome: Outcome, error: str, now: datetime) -> Visit:
    """Return a visit that says nothing about the feed: nobody is blamed, it is due again before long."""
    held = isinstance(look.answer, Failure) and outcome is Outcome.HELD
    pause = held_pause(look.answer) if held and isinstance(look.answer, Failure) else OFFLINE_PAUSE
    feed = replace(look.feed, next_check_at=now + pause)
    return visit_of(look, feed, outcome, now, error=error)


def held_pause(answer: Failure) -> timedelta:
    """Return how long to leave a host alone that was not asked; never so short that it passes at once."""
    if answer.retry_after is None:
        return OFFLINE_PAUSE
    return max(timedelta(seconds=math.ceil(answer.retry_after) + 1), SHORTEST_PAUSE)


def _offline(look: FeedLook) -> str:
    said = look.answer.message if isinstance(look.answer, Failure) else ""
    return f"{said}; nobody else answers either, so the network seems to be down"


def _state(feed: Feed, outcome: Outcome, now: datetime) -> FeedState:
    """One 410 may be a mishap; two a day apart are meant."""
    if outcome is Outcome.GONE and feed.gone_at is not None and now - feed.gone_at >= GONE_APART:
        return FeedState.GONE
    return feed.state


def _hints(answer: Response | Failure, asks: Asks, now: datetime) -> Hints:
    headers = {} if isinstance(answer, Failure) else answer.headers
    hints = hints_of(
        headers,
        now,
        asks.ttl_minutes,
        update_minutes=asks.update_minutes,
        skip_hours=asks.skip_hours,
        skip_days=asks.skip_days,
    )
    if isinstance(answer, Failure):
        return hints
    if answer.status == TOO_MANY and hints.retry_after is None:
        return replace(hints, retry_after=RATE_PAUSE)
    return hints


# ----------------------------------------------------------------------------------------------- validators


def _with_document(look: FeedLook, outcome: Outcome, parsed: ParsedFeed | None, now: datetime) -> _Changed:
    """Keep validators only with the body they stand for, and only if that body was read whole."""
    feed, answer = look.feed, look.answer
    if not isinstance(answer, Response) or outcome not in _GOOD:
        return {}
    if parsed is not None and not parsed.whole:  # it broke off: the rest must not be hidden behind a 304
        return {"validators": Validators(), "validators_of": "", "body_hash": ""}
    sent = Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
    if outcome is Outcome.NOT_MODIFIED:  # RFC 9111, 4.3.4: what comes with it replaces what we have
        return {"validators": _merged(sent, feed.validators)}
    partial = answer.status == PARTIAL
    return {
        "validators": sent,
        "validators_of": answer.final_url if sent else "",
        "body_hash": feed.body_hash if partial else look.body_hash or feed.body_hash,
        "whole_at": now if look.whole else feed.whole_at,
        "lied": feed.lied or _has_lied(look, sent),
        "older_url": (parsed.prev_archive_url or parsed.next_url) if parsed else feed.older_url,
        "asks": _asked_by(parsed) if parsed else feed.asks,
    }


def _asked_by(parsed: ParsedFeed) -> Asks:
    return Asks(parsed.ttl_minutes, parsed.update_minutes, parsed.skip_hours, parsed.skip_days)


def _merged(sent: Validators, kept: Validators) -> Validators:
    return Validators(sent.etag or kept.etag, sent.last_modified or kept.last_modified)


def _has_lied(look: FeedLook, sent: Validators) -> bool:
    """Tell whether the same validators came with another document: a conditional request would have hidden it."""
    is_another = look.parsed is not None and look.body_hash != look.feed.body_hash
    return look.whole and bool(sent) and sent == look.feed.validators and is_another


# ------------------------------------------------------------------------------------------ gaps and moves


def _is_gap(look: FeedLook, parsed: ParsedFeed | None, changes: Sequence[EntryChange]) -> bool:
    """Tell whether the document has nothing that we know, although we know the feed."""
    if parsed is None or not parsed.seen or look.feed.last_new_at is None:
        return False
    if isinstance(look.answer, Response) and look.answer.status == PARTIAL:
        return False
    return not _is_ours(parsed, changes)


def _is_ours(parsed: ParsedFeed | None, changes: Sequence[EntryChange]) -> bool:
    """Tell whether the document is of the feed that we know: it has an entry of ours, or is the one we had."""
    return parsed is None or sum(1 for change in changes if change.id is None) < parsed.seen


def _move(look: FeedLook, outcome: Outcome, now: datetime, *, ours: bool) -> Move | None:
    """Count permanent redirects to one and the same address; another answer starts anew, no answer says nothing.

    Whether it is our feed that moved is told by the first document that is met there: once it is recorded, the
    entries of a stranger are known too.
    """
    move, answer = look.feed.move, look.answer
    if isinstance(answer, Failure):
        return move
    to = answer.moved_to
    is_step_down = look.feed.url.startswith("https:") and not to.startswith("https:")
    if outcome not in _GOOD or not to or to == look.feed.url or is_step_down:
        return None
    if move is not None and move.to == to:
        return replace(move, times=move.times + 1)
    return Move(to, 1, now, ours)


def _is_believed(move: Move, now: datetime) -> bool:
    return move.ours and move.times >= MOVE_TIMES and now - move.since >= MOVE_LASTS
