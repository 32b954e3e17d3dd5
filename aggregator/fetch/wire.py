"""A wire: HTTP/1.1 over our own lines, one request at a time, with a few kept connections.

On the direct way there is nothing between us and `http.client`: `requests` and urllib3 are made for any method, any
body and any retry, and cost three times as much as the request itself. What reads the answer is http.client's own
`HTTPResponse`; only its head is read here. By way of a proxy it is `proxied.py` that asks.
Host, SNI and the certificate check keep the name, whatever address was connected to.
"""

from __future__ import annotations

import http.client
import select
import ssl
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from aggregator.fetch.failing import OUTSIDE, cause_of, is_stale_connection
from aggregator.fetch.hops import AS_IT_IS

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from _typeshed import ReadableBuffer, WriteableBuffer

    from aggregator.fetch.line import Line

_CHUNK = 128 * 2**10  # most bodies are no longer than that, and come in one piece that is not copied again
_KEPT = 4  # connections that one wire keeps open; the pages of one host come one after the other
# seconds; behind a router that has forgotten a connection, a request on it waits in vain for its whole deadline
_STALE = 30.0
_LONGEST_LINE = 64 * 2**10  # bytes of a header, and …
_MOST_HEADERS = 100  # … how many there may be: the bounds of http.client
_LONGEST_NUMBER = 18  # digits of a length
_DEFAULT_PORT = {"http": 80, "https": 443}
_LISTS = frozenset(("content-encoding",))  # whose members are done one after the other, the same twice, too


class Answer(Protocol):
    """An answer whose body is still on the wire."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case; values of one name joined by commas (RFC 9110, 5.3)."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes; raise one of `failing.OUTSIDE` when it breaks off."""


class Asking(Protocol):
    """What a trip needs of a wire."""

    line: Line
    last_host: str  # whose connection is most likely still open

    def ask(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Answer]:
        """Send a GET and give its answer for as long as it is needed.

        `url` is in ASCII and without userinfo and fragment. Raises NoAnswer.
        """

    def close(self) -> None: ...


class TimedTLSSocket(ssl.SSLSocket):
    """Lowers its time-out to what is left before each read and write, as `line.TimedSocket` does."""

    line: Line | None = None  # None during the handshake

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        if self.line:
            self.settimeout(self.line.remaining())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        if self.line:
            self.settimeout(self.line.remaining())
        return super().send(data, flags)


@lru_cache(maxsize=4)
def tls_context(ca_file: str, verify: bool) -> ssl.SSLContext:
    """Return the one context for a set of authorities: reading certifi's costs more than a whole request."""
    import certifi  # noqa: PLC0415  only where there is TLS

    context = ssl.create_default_context(cafile=ca_file or certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TimedTLSSocket
    return context


class _Answer(http.client.HTTPResponse):
    """http.client's answer, with a head that is read a good deal faster than by the parser of e-mails."""

    headers: Mapping[str, str]  # type: ignore[assignment]  # a plain dictionary, names in lower case

    def begin(self) -> None:
        """Read status and headers and tell how long the body is (RFC 9112, 6.3)."""
        version, status, reason = self._final_status()
        self.status = self.code = status
        self.reason = reason.strip()
        if not version.startswith("HTTP/"):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version in {"HTTP/1.0", "HTTP/0.9"} else 11
        self.headers = _read_headers(self.fp)
        # the last coding frames the answer; some servers and a proxy of theirs both name it (RFC 9112, 6.1)
        codings = self.headers.get("transfer-encoding", "").lower().split(",")
        self.chunked = codings[-1].strip() == "chunked"
        self.chunk_left = None
        self.will_close = self._check_close()  # type: ignore[attr-defined]  # unknown to typeshed
        self.length = None if self.chunked else self._announced_length()
        if self.length is None and not self.chunked:
            self.will_close = True

    def _announced_length(self) -> int | None:
        if self.status in {http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED}:
            return 0
        lengths = {length.strip() for length in self.headers.get("content-length", "").split(",")}
        if len(lengths) > 1:  # RFC 9112, 6.3: nobody knows where it ends
            raise http.client.HTTPException("contradicting lengths")
        length = lengths.pop()
        is_length = length.isascii() and length.isdigit() and len(length) <= _LONGEST_NUMBER
        return int(length) if is_length else None

    def _final_status(self) -> tuple[str, int, str]:
        """Pass over every interim answer (RFC 9110, 15.2)."""
        while True:
            version, status, reason = self._read_status()  # type: ignore[attr-defined]  # unknown to typeshed
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:  # nobody asked for that
                raise http.client.BadStatusLine(reason)
            if status >= http.HTTPStatus.OK:
                return version, status, reason
            _read_headers(self.fp)

    def _read_next_chunk_size(self) -> int:
        """Return the size of a chunk; of a negative one http.client reads all that comes, past every cap."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # unknown to typeshed
        if size < 0:
            raise ValueError("negative size of a chunk")
        return size

    def chunks(self) -> Iterator[bytes]:
        while not self.isclosed():
            chunk = self.read(_CHUNK)
            if not chunk:
                break
            yield chunk
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)


def _read_headers(file: Any) -> dict[str, str]:
    """Read header lines up to the empty one; a line that is none is passed over, as browsers do.

    A head that breaks off is no answer (RFC 9112, 8): it would be one without a body, or without a date to wait for.
    A line that comes twice counts once: sent back twice, the date of a document would be none.
    """
    headers: dict[str, str] = {}
    last = ""
    for _ in range(_MOST_HEADERS + 1):
        line: bytes = file.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        if line in {b"\r\n", b"\n"}:
            return headers
        text = line.decode("iso-8859-1")
        if text[0] in " \t":  # the line before goes on (RFC 9112, 5.2)
            if last:
                headers[last] = f"{headers[last]} {text.strip()}"
            continue
        name, colon, value = text.partition(":")
        last = name.lower() if colon and name.isprintable() and name.isascii() and " " not in name else ""
        if last:
            value, before = value.strip(), headers.get(last)
            if before is None or (before == value and last not in _LISTS):
                headers[last] = value
            else:
                headers[last] = f"{before}, {value}"
    raise http.client.HTTPException(f"more than {_MOST_HEADERS} headers")


class Wire:
    """A direct way, for one thread at a time."""

    def __init__(self, line: Line, ca_file: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self.line = line
        self.last_host = ""
        self._ca_file = ca_file
        self._clock = clock
        # with the moment from which each is kept; the one used last is the last one
        self._kept: dict[tuple[str, str, int], tuple[socket.socket, float]] = {}

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Send a GET and give its answer, its body still on the wire; see `Asking`.

        A connection that was kept may turn out to be closed: then it is asked once more (RFC 9110, 9.2.2).
        """
        origin, target = _destination(url)
        head = _head(target, _host_header(origin), headers)
        sock, answer = self._answered(origin, head)
        try:
            yield answer
        finally:
            self._settle(origin, sock, answer)

    def _answered(self, origin: tuple[str, str, int], head: bytes) -> tuple[socket.socket, _Answer]:
        kept = self._taken(origin)
        if kept is not None:
            try:
                return kept, _begun(kept, head)
            except OUTSIDE as e:
                kept.close()
                if not is_stale_connection(e):
                    raise cause_of(e) from e
        sock = None
        try:
            sock = self._opened(origin)
            return sock, _begun(sock, head)
        except OUTSIDE as e:
            if sock is not None:
                sock.close()
            raise cause_of(e) from e
        except BaseException:
            if sock is not None:
                sock.close()
            raise

    def _taken(self, origin: tuple[str, str, int]) -> socket.socket | None:
        """Return a kept connection, unless it is old, or the server has closed it or says something unasked."""
        sock, since = self._kept.pop(origin, (None, 0.0))
        if sock is None:
            return None
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if self._clock() - since < _STALE and not poll.poll(0):
            return sock
        sock.close()
        return None

    def _opened(self, origin: tuple[str, str, int]) -> socket.socket:
        scheme, host, port = origin
        sock = self.line.connect(host, port)
        if scheme == "http":
            return sock
        try:
            context = tls_context(self._ca_file, self.line.route.verify_tls)
            secured = context.wrap_socket(sock, server_hostname=host.rstrip("."))
        except BaseException:
            sock.close()
            raise
        assert isinstance(secured, TimedTLSSocket)
        secured.line = self.line
        return secured

    def _settle(self, origin: tuple[str, str, int], sock: socket.socket, answer: _Answer) -> None:
        """Keep the connection if the answer was read to its end and another one may follow."""
        is_over = answer.isclosed() and not answer.will_close
        answer.close()
        if not is_over:
            sock.close()
            return
        self._kept[origin] = sock, self._clock()
        while len(self._kept) > _KEPT:
            self._kept.pop(next(iter(self._kept)))[0].close()

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1][0].close()


def _begun(sock: socket.socket, head: bytes) -> _Answer:
    sock.sendall(head)
    answer = _Answer(sock, method="GET")
    try:
        answer.begin()
    except BaseException:
        answer.close()
        raise
    if answer.length == 0:
        answer.close()  # there is no body: the answer is over
    return answer


def _destination(url: str) -> tuple[tuple[str, str, int], str]:
    """Return the origin of an address (scheme, host, port), and the target of a request there."""
    if plain := AS_IT_IS.fullmatch(url):  # a good deal faster
        scheme, host, number, path, query = plain.groups("")
        return (scheme, host, int(number or 0) or _DEFAULT_PORT[scheme]), (path or "/") + query
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORT[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return (parts.scheme, parts.hostname or "", port), target


def _host_header(origin: tuple[str, str, int]) -> str:
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return name if port == _DEFAULT_PORT[scheme] else f"{name}:{port}"


def _head(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """Return the head of a request; what goes in is known to be free of line ends (`hops.is_sendable`)."""
    lines = [f"GET {target} HTTP/1.1"]
    if not any(name.lower() == "host" for name in headers):
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1")
