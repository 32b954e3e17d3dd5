"""What is asked of the network and what comes back, and work that crashed on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified exactly as the server sent them (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


class Kind(StrEnum):
    """What a request is for: it decides the Accept header and the cap on bytes."""

    FEED = "feed"
    PAGE = "page"
    ROBOTS = "robots"  # the rules of a host, asked for before its pages


@dataclass(frozen=True, slots=True)
class Access:
    """How the user wants one feed to be asked. Secrets stay out of `repr`, and so out of logs and tracebacks."""

    username: str = ""  # for Basic authentication (RFC 7617); "": none
    password: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # sent along, often a token
    user_agent: str = ""  # instead of our own
    proxy: str = field(default="", repr=False)  # http://[name:password@]host:port; "": the general setting
    verify_tls: bool = True
    obey_robots: bool = True  # False only for the user's own sites


@dataclass(frozen=True, slots=True)
class Request:
    url: str
    kind: Kind
    validators: Validators = Validators()
    validators_of: str = ""  # the address that gave them, told to no other; "": that of the request
    access: Access = Access()
    access_of: str = ""  # the address whose host it is for, told to no other; "": that of the request


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of whatever status; the body is whole, or there would be a `Failure` instead."""

    url: str  # what was asked for
    final_url: str  # where the answer came from, after redirects
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""  # content codings undone
    moved_to: str = ""  # the last address of an unbroken chain of 301/308 from `url`; else ""
    elapsed_ms: int = 0


class FailureKind(StrEnum):
    """Why there is no answer."""

    BAD_URL = "bad-url"  # not an http(s) address that can be asked
    FORBIDDEN_ADDRESS = "forbidden-address"  # private, loopback, …, and not allowed by the configuration
    DNS = "dns"
    CONNECT = "connect"  # refused, reset, unreachable
    TLS = "tls"
    TIMEOUT = "timeout"  # the total deadline passed
    TOO_LARGE = "too-large"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    TRUNCATED = "truncated"  # fewer bytes than announced, or a compressed body that ends early
    BAD_ANSWER = "bad-answer"  # not HTTP
    HELD = "held"  # not asked: the host wants to be left alone for longer than this request may take
    ROBOTS = "robots"  # not asked: robots.txt does not allow it


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that brought no usable answer. A value: it flows on and is recorded."""

    url: str
    kind: FailureKind
    message: str  # one line for a person, without the address
    elapsed_ms: int = 0
    retry_after: float | None = None  # seconds; known only when the host is on hold


@dataclass(frozen=True, slots=True)
class Crash:
    """A piece of work that killed or outlasted the worker process that it was given to. A value, like a `Failure`."""

    reason: str  # "took longer than 15 s"
