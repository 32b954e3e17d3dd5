"""What one look at a feed brought, and what it came to. Pure; the rules of HTTP are those of RFC 9110."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from aggregator.models import Crash, Failure, FailureKind, Feed, Outcome, ParsedFeed, Response, Visit

if TYPE_CHECKING:
    from datetime import datetime

# 203: changed by a proxy on the way. 226: only what is new since the validators that we sent (RFC 3229).
PARTIAL = 226
WITH_BODY = frozenset((200, 203, PARTIAL))
NOT_MODIFIED, GONE, TOO_MANY, UNAVAILABLE = 304, 410, 429, 503


@dataclass(frozen=True, slots=True)
class FeedLook:
    """What one look at a feed brought."""

    feed: Feed
    answer: Response | Failure
    body_hash: str = ""  # "" when there is no body to read
    parsed: ParsedFeed | Crash | str | None = None  # str: why it is no feed; None: nothing was read
    whole: bool = False  # no validators were sent


def has_body(answer: Response | Failure | None) -> TypeGuard[Response]:
    """Tell whether an answer brought what was asked for."""
    return isinstance(answer, Response) and answer.status in WITH_BODY


def outcome_of(
    answer: Response | Failure, parsed: ParsedFeed | Crash | str | None, *, whole: bool = True
) -> tuple[Outcome, str]:
    if isinstance(answer, Failure):
        return (Outcome.HELD if answer.kind is FailureKind.HELD else Outcome.NO_ANSWER), answer.message
    if answer.status == NOT_MODIFIED and not whole:  # else nobody asked whether (RFC 9110, 15.4.5)
        return Outcome.NOT_MODIFIED, ""
    if answer.status in WITH_BODY:
        return _outcome_of_reading(parsed)
    if answer.status == GONE:
        return Outcome.GONE, "the server says that the feed is gone for good (410)"
    if answer.status == TOO_MANY or (answer.status == UNAVAILABLE and "retry-after" in answer.headers):
        return Outcome.RATE_LIMITED, f"the server asks to come back later ({answer.status})"
    return Outcome.HTTP_ERROR, f"the server answered {answer.status}"


def _outcome_of_reading(parsed: ParsedFeed | Crash | str | None) -> tuple[Outcome, str]:
    if parsed is None:
        return Outcome.SAME, ""
    if isinstance(parsed, Crash):
        return Outcome.CRASHED, f"reading the document was given up: {parsed.reason}"
    if isinstance(parsed, str):
        return Outcome.NOT_A_FEED, parsed
    return Outcome.NEW, ""


def visit_of(look: FeedLook, feed: Feed, outcome: Outcome, now: datetime, **brought: Any) -> Visit:
    answered = look.answer if isinstance(look.answer, Response) else None
    return Visit(
        feed=feed,
        at=now,
        outcome=outcome,
        status=answered.status if answered else None,
        bytes=len(answered.body) if answered else 0,
        elapsed_ms=look.answer.elapsed_ms,
        **brought,
    )
