"""What an answer without a page means for the article: verdict, reason, and whether to ask again.

RFC 9110, section 15. What is gone for good or wants a login is not asked for again; a server in trouble is, a page
that is announced too early is, and walls change their mind. Makers of bot walls say in a header that it was theirs.
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
_RETRIED = frozenset((202, 403, 404, 408, 425, 429))  # 202: "not yet"; 404: announced too early
_TROUBLE = frozenset((408, 425, 429))  # like 5xx: the server's, not the page's
_SERVER_ERROR = 500
_CHALLENGES = {  # header: value that tells of a challenge in place of the page
    "cf-mitigated": "challenge",  # developers.cloudflare.com/cloudflare-challenges
    "x-amzn-waf-action": "",  # "challenge" (202) or "captcha" (405): docs.aws.amazon.com/waf
    "x-datadome": "protected",
}
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
    page: Verdict | None = None  # on which the retries depend; None: a server in trouble, or no answer at all


def page_failure(answer: Response | Failure) -> PageFailure | None:
    """Return what is wrong with the answer; None if its body can be read."""
    if isinstance(answer, Failure):
        return PageFailure(Verdict.EMPTY, answer.message, answer.kind in _RETRIED_FAILURES)
    status = answer.status
    if _is_challenge(answer):
        reason = f"the site asks whether we are a robot (HTTP {status})"
        return PageFailure(Verdict.BLOCKED, reason, retry=True, page=Verdict.BLOCKED)
    if status in _USABLE:
        if answer.body:
            return None
        return PageFailure(Verdict.EMPTY, "the page is empty", retry=True, page=Verdict.EMPTY)
    verdict, reason = _REFUSALS.get(status, (Verdict.EMPTY, "the server gave no page"))
    in_trouble = status >= _SERVER_ERROR or status in _TROUBLE
    return PageFailure(
        verdict,
        f"{reason} (HTTP {status})",
        retry=in_trouble or status in _RETRIED,
        page=None if in_trouble else verdict,
    )


def _is_challenge(answer: Response) -> bool:
    """Tell whether a bot wall answered. DataDome marks its own refusals, and every page it lets pass."""
    for header, value in _CHALLENGES.items():
        said = answer.headers.get(header, "").lower()
        if said and value in said and (answer.status not in _USABLE or header != "x-datadome"):
            return True
    return False
