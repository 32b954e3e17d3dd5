"""What an answer without a page means for the article: verdict, reason, and whether to ask again.

RFC 9110, section 15. A page that is gone or forbidden is not asked for again; a server in trouble is.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models import Failure, FailureKind, Response, Verdict

_USABLE = frozenset((200, 203))  # 203: changed by a proxy on the way
_REFUSALS = {
    401: (Verdict.BLOCKED, "the page asks for a login"),
    402: (Verdict.PAYWALLED, "the page asks for payment"),
    403: (Verdict.BLOCKED, "the site refuses us"),
    404: (Verdict.GONE, "the page is not there"),
    407: (Verdict.BLOCKED, "a proxy asks for a login"),
    410: (Verdict.GONE, "the page is gone for good"),
    429: (Verdict.BLOCKED, "the site says that we ask too often"),
    451: (Verdict.BLOCKED, "the page is withheld for legal reasons"),
}
_RETRIED = frozenset((403, 408, 425, 429))  # 403: bot walls change their mind
_SERVER_ERROR = 500
_RETRIED_FAILURES = frozenset(
    (
        FailureKind.DNS,
        FailureKind.CONNECT,
        FailureKind.TLS,
        FailureKind.TIMEOUT,
        FailureKind.TRUNCATED,
        FailureKind.BAD_ANSWER,
    )
)


@dataclass(frozen=True, slots=True)
class PageFailure:
    """Why there is no page to read."""

    verdict: Verdict  # if the feed said nothing either
    reason: str
    retry: bool


def page_failure(answer: Response | Failure) -> PageFailure | None:
    """Return what is wrong with the answer; None if its body can be read."""
    if isinstance(answer, Failure):
        return PageFailure(Verdict.EMPTY, answer.message, answer.kind in _RETRIED_FAILURES)
    status = answer.status
    if status in _USABLE:
        return None if answer.body else PageFailure(Verdict.EMPTY, "the page is empty", retry=False)
    verdict, reason = _REFUSALS.get(status, (Verdict.EMPTY, "the server gave no page"))
    return PageFailure(
        verdict, f"{reason} (HTTP {status})", retry=status >= _SERVER_ERROR or status in _RETRIED
    )
