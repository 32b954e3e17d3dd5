"""Where a request goes next, and what may be told there: the decisions behind each hop, without the network.

Pure. What was given for one address is told to no other:
- validators to the very address that gave them (RFC 9110, 13.1), whichever hop that is;
- name and password in the address to its origin;
- what the user set for a feed (`Access`: name and password, headers, User-Agent, leave to skip TLS checks and
  robots.txt) to the feed's host, the secrets among it never over http when they were meant for https.
Only the proxy stays for all redirects: it is the way there, and a redirect must not lead around it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urldefrag, urlsplit, urlunsplit

from aggregator.fetch.failing import NoAnswer
from aggregator.models import Access, FailureKind, Kind, Request, Validators
from aggregator.urls import absolute, host_of, is_http

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCEPT = {
    Kind.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.3, */*;q=0.1",
    Kind.PAGE: "text/html, application/xhtml+xml, application/xml;q=0.8, */*;q=0.1",
    Kind.ROBOTS: "text/plain, */*;q=0.1",
}
# Addresses that every library sends as they are written: ASCII without anything that would be escaped, or left out.
# Their scheme, host, port, path and query.
AS_IT_IS = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?"
    r"(/[a-zA-Z0-9._~/,@:=&+-]*)?(\?[a-zA-Z0-9._~/,@:=&+-]+)?"
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_UNSENDABLE = re.compile(r"[^\t -~\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Hop:
    """One address on the way, and what may be told to it."""

    url: str  # without userinfo and fragment
    userinfo: str  # as in the address that was asked for; only ever for that origin
    validators: Validators  # of `validators_of`
    validators_of: str  # the one address that may be told them, without userinfo and fragment
    access: Access = Access()

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
    told = _without_userinfo(absolute("", request.validators_of))[0] if request.validators_of else ""
    return Hop(url, userinfo, request.validators, told or url, _first_access(url, request))


def next_hop(hop: Hop, location: str) -> Hop:
    """Return where it leads, without userinfo of the server's making (RFC 9110, 4.2.4)."""
    url, _ = _without_userinfo(absolute(hop.url, _readable(location)) if location.strip() else "")
    if not url:
        raise NoAnswer(FailureKind.BAD_URL, "redirected to something that is not an http or https address")
    userinfo = hop.userinfo if _same_origin(hop.url, url) else ""
    return replace(hop, url=url, userinfo=userinfo, access=_access_at(url, hop.access, hop.url))


def _first_access(url: str, request: Request) -> Access:
    given_for = request.access_of or url
    if host_of(given_for) != host_of(url):
        return Access()  # not even its proxy: this is no redirect of the feed's
    return _access_at(url, request.access, given_for)


def _access_at(url: str, access: Access, given_for: str) -> Access:
    """Return what of `access`, which is for the host of `given_for`, may be used at `url`."""
    if url == given_for:
        return access
    if host_of(url) != host_of(given_for):
        return Access(proxy=access.proxy)
    if not _same_origin(given_for, url):  # from https down to http
        return replace(access, username="", password="", headers=())
    return access


def _without_userinfo(url: str) -> tuple[str, str]:
    """Return an http(s) address without userinfo and fragment, and the userinfo; ("", "") for anything else.

    A backslash in the authority is refused: each reader ends the authority at another place.
    """
    if AS_IT_IS.fullmatch(url):
        return url, ""
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
    """Return the headers of a request: ours, then the user's own, which replace ours in any spelling."""
    headers = {"User-Agent": user_agent, "Accept": _ACCEPT[kind], "Accept-Encoding": "gzip, deflate"}
    if hop.url == hop.validators_of:
        headers |= _conditions(hop.validators, kind)
    headers |= _credentials(hop)
    if is_sendable(hop.access.user_agent):
        headers["User-Agent"] = hop.access.user_agent
    own = {name: value for name, value in hop.access.headers if _TOKEN.fullmatch(name) and is_sendable(value)}
    replaced = {name.lower() for name in own}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | own


def _conditions(validators: Validators, kind: Kind) -> dict[str, str]:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    headers = {name: value for name, value in headers.items() if is_sendable(value)}
    if headers and kind is Kind.FEED:
        headers["A-IM"] = "feed"  # RFC 3229 with its extension for feeds: 226 and the new entries will do
    return headers


def _credentials(hop: Hop) -> dict[str, str]:
    name, _, password = map(unquote_to_bytes, hop.userinfo.partition(":"))
    if hop.access.username:
        name, password = hop.access.username.encode(), hop.access.password.encode()
    if not name and not password:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(name + b':' + password).decode('ascii')}"}


def is_sendable(value: str) -> bool:
    """Tell whether a header value can go out as it came in: not empty, one line, latin-1 (RFC 9110, 5.5)."""
    return value != "" and value == value.strip(" \t") and _UNSENDABLE.search(value) is None
