"""Where a request goes next, and what may be told there: the decisions behind each hop, without the network.

Pure. Validators and credentials belong to the address that they were given for: validators go to the address
that sent them and to no other (RFC 9110, 13.1), credentials never to another origin.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urldefrag, urlsplit, urlunsplit

from aggregator.fetch.failing import NoAnswer
from aggregator.models import FailureKind, Kind, Request, Validators
from aggregator.urls import absolute, host_of, is_http

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCEPT = {
    Kind.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.3, */*;q=0.1",
    Kind.PAGE: "text/html, application/xhtml+xml, application/xml;q=0.8, */*;q=0.1",
}
_UNSENDABLE = re.compile(r"[^\t -~\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Hop:
    """One address on the way, and what may be told to it."""

    url: str  # without userinfo and fragment
    userinfo: str  # as in the address that was asked for; only ever for that origin
    validators: Validators  # of `validators_of`
    validators_of: str  # the one address that may be told them, without userinfo and fragment

    @property
    def full_url(self) -> str:
        if not self.userinfo:
            return self.url
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=f"{self.userinfo}@{parts.netloc}"))


def first_hop(request: Request) -> Hop:
    url, userinfo = _without_userinfo(absolute("", request.url))
    if not url:
        raise NoAnswer(FailureKind.BAD_URL, "not an http or https address")
    validators_of, _ = _without_userinfo(absolute("", request.validators_of))
    return Hop(url, userinfo, request.validators, validators_of or url)


def next_hop(hop: Hop, location: str) -> Hop:
    """Return where it leads, without userinfo of the server's making (RFC 9110, 4.2.4)."""
    url, _ = _without_userinfo(absolute(hop.url, _readable(location)) if location.strip() else "")
    if not url:
        raise NoAnswer(FailureKind.BAD_URL, "redirected to something that is no http or https address")
    return replace(hop, url=url, userinfo=hop.userinfo if _same_origin(hop.url, url) else "")


def _without_userinfo(url: str) -> tuple[str, str]:
    """Return an http(s) address without userinfo and fragment, and the userinfo; ("", "") for anything else.

    A backslash in the authority is refused: each reader ends the authority at another place.
    """
    parts = urlsplit(urldefrag(url).url)
    if not is_http(url) or "\\" in parts.netloc:
        return "", ""
    userinfo, _, netloc = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=netloc)), userinfo


def _readable(location: str) -> str:
    """Undo http.client's reading of the header as latin-1: servers that send more than ASCII mean UTF-8."""
    sent = location.encode("latin-1", "replace")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return location


def _same_origin(old: str, new: str) -> bool:
    """Tell whether credentials for `old` may go to `new`: same scheme, host, port; or http up to https."""
    a, b = urlsplit(old), urlsplit(new)
    upgraded = (a.scheme, b.scheme) == ("http", "https") and a.port in {None, 80} and b.port in {None, 443}
    return host_of(old) == host_of(new) and (a.scheme == b.scheme or upgraded)


def request_headers(hop: Hop, kind: Kind, user_agent: str) -> Mapping[str, str]:
    headers = {"User-Agent": user_agent, "Accept": _ACCEPT[kind], "Accept-Encoding": "gzip, deflate"}
    validators = hop.validators if hop.url == hop.validators_of else Validators()
    if is_sendable(validators.etag):
        headers["If-None-Match"] = validators.etag
    if is_sendable(validators.last_modified):
        headers["If-Modified-Since"] = validators.last_modified
    if hop.userinfo:
        name, _, password = hop.userinfo.partition(":")
        secret = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
        headers["Authorization"] = f"Basic {base64.b64encode(secret).decode('ascii')}"
    return headers


def is_sendable(value: str) -> bool:
    """Tell whether a header value can go out as it came in: not empty, one line, latin-1 (RFC 9110, 5.5)."""
    return value != "" and value == value.strip(" \t") and _UNSENDABLE.search(value) is None
