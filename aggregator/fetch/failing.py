"""Why there is no answer: one exception of ours, and which one each foreign exception amounts to.

A connection passes through http.client, ssl and socket, to a proxy through requests and urllib3 as well, and each
wraps the errors of the next. What counts is the innermost cause, so the whole chain is searched. Only exceptions that
the outside can provoke are known here; anything else is a bug and passes. urllib3's are known by their names: to
import it takes a tenth of a second, and few have a proxy.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
from typing import TYPE_CHECKING

from aggregator.models import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterator

# All that a hostile server or address can make the libraries raise. ValueError is not too wide: an address
# that urllib3 or idna cannot read raises it bare, or as LocationParseError or UnicodeError.
OUTSIDE = (OSError, http.client.HTTPException, ValueError)

# The order is the order of what tells a person most, given a chain of causes.
_CAUSES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], FailureKind, str], ...] = (
    (TimeoutError, FailureKind.TIMEOUT, "no answer in time"),
    (http.client.RemoteDisconnected, FailureKind.CONNECT, "connection closed without an answer"),
    (http.client.IncompleteRead, FailureKind.TRUNCATED, "the answer ends early"),
    (ConnectionRefusedError, FailureKind.CONNECT, "connection refused"),
    ((ConnectionResetError, BrokenPipeError), FailureKind.CONNECT, "connection reset"),
    (http.client.HTTPException, FailureKind.BAD_ANSWER, "the answer is not HTTP"),
    (UnicodeError, FailureKind.BAD_URL, "not an address that can be asked"),
)
_CERTIFICATE = {  # X509_V_ERR_…, OpenSSL's own words are kept for the others
    10: "certificate expired",
    18: "certificate is self-signed",
    19: "certificate is self-signed",
    20: "certificate is from an unknown authority",
    62: "certificate is for another host",
    64: "certificate is for another host",
}


class NoAnswer(Exception):  # noqa: N818  # the expected outcome of asking, raised only through foreign frames
    """What ends a request without an answer; `Fetcher.fetch` turns it into a `Failure`."""

    def __init__(self, kind: FailureKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after  # seconds


def cause_of(error: BaseException) -> NoAnswer:
    """Return what `error`, one of `OUTSIDE`, means."""
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, NoAnswer):
            return link
        if isinstance(link, ssl.SSLError) and not isinstance(link, TimeoutError):
            return NoAnswer(FailureKind.TLS, _tls_message(link))
    for kinds, kind, message in _CAUSES:
        if any(isinstance(link, kinds) for link in chain):
            return NoAnswer(kind, message)
    for link in chain:
        if isinstance(link, OSError) and (message := _words(link)):
            return NoAnswer(FailureKind.CONNECT, message)
    if any(_is_urllib3_error(link) for link in chain):
        return NoAnswer(FailureKind.BAD_ANSWER, "the answer is not HTTP")
    return NoAnswer(FailureKind.BAD_URL, "not an address that can be asked")


def _is_urllib3_error(error: BaseException) -> bool:
    """Tell whether it is an error of urllib3's, but for those that an address provokes."""
    names = {kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "urllib3.exceptions"}
    return "HTTPError" in names and "LocationValueError" not in names


def lookup_failed(error: OSError) -> NoAnswer:
    """Return what a failed look-up of a name means."""
    if error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}:
        return NoAnswer(FailureKind.DNS, "the name servers do not answer")
    return NoAnswer(FailureKind.DNS, "no such host")


def is_stale_connection(error: BaseException) -> bool:
    """Tell whether `error` is what a kept connection shows that the server has closed in the meantime."""
    return any(isinstance(link, ConnectionResetError | BrokenPipeError) for link in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and the exceptions inside it, each once, in whichever way they are kept there."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inside = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        waiting += [each for each in inside if isinstance(each, BaseException)]


def _words(error: OSError) -> str:
    """Return what went wrong with a connection; http.client tells of a proxy's refusal in its words only."""
    if error.errno:
        return os.strerror(error.errno).lower()
    refused = re.match(r"Tunnel connection failed: (\d{3})", str(error))
    return f"the proxy answered {refused.group(1)}" if refused else ""


def _tls_message(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, f"certificate refused: {error.verify_message}")
    return f"TLS failed: {(error.reason or 'connection closed').replace('_', ' ').lower()}"
