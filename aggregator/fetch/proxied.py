"""A wire by way of a proxy: requests and urllib3 over our own lines, for they know how to speak to one.

Host, SNI and the certificate check keep the name, whatever address was connected to. `_new_conn` and `_dns_host`
belong to urllib3's inside, `_tunnel` and `_read_status` to http.client's; tests fail if they move.
"""

from __future__ import annotations

import http.client
import logging
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from aggregator.fetch.failing import OUTSIDE as PLAIN
from aggregator.fetch.failing import cause_of, is_stale_connection
from aggregator.fetch.wire import TimedTLSSocket, tls_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

    from aggregator.fetch.line import Line


OUTSIDE = (*PLAIN, HTTPError)  # all that a hostile server or proxy can make the libraries raise
_CHUNK = 64 * 2**10
_KEPT_HOSTS = 4  # connections that one wire keeps open; the pages of one host come one after the other
# A malformed header is the server's affair, and urllib3 would print a traceback with the address in it.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class _Answer(http.client.HTTPResponse):
    def _read_status(self) -> tuple[str, int, str]:
        """Pass over every interim answer (RFC 9110, 15.2); http.client takes all but 100 for the final one."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # unknown to typeshed
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:  # nobody asked for that
                raise http.client.BadStatusLine(reason)
            if not http.HTTPStatus.CONTINUE < status < http.HTTPStatus.OK:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Connection(HTTPConnection):
    response_class = _Answer

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.connect(self._dns_host, self.port or self.default_port)


class _TLSConnection(_Connection, HTTPSConnection):
    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(self.line.remaining())  # holds for the whole TLS handshake, which follows

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, TimedTLSSocket)
        self.sock.line = self.line


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection

    def _validate_conn(self, conn: Any) -> None:
        """Connect, without urllib3's warning each time: a check that is off was switched off by the user."""
        if conn.is_closed:
            conn.connect()


class ProxiedWire(HTTPAdapter):
    """A way by a proxy, for one thread at a time, with a few kept connections.

    Used without `requests.Session`, which would read the body of a redirect, keep cookies, and look into
    netrc and the environment for credentials and proxies.
    """

    def __init__(self, line: Line, ca_file: str = "") -> None:
        self.line = line
        self.last_host = ""  # whose connection is most likely still open
        self._ca_file = ca_file
        super().__init__(pool_connections=_KEPT_HOSTS, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools: Any = {"http": partial(_Pool, line=self.line), "https": self._tls_pool}
        self._pools = pools  # called, never asked for their type
        self.poolmanager.pool_classes_by_scheme = pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Let connections to a proxy be ours too; only http:// proxies come here (`config.py`)."""
        found = super().proxy_manager_for(proxy, **kwargs)
        found.pool_classes_by_scheme = self._pools
        return found

    def _tls_pool(self, *args: Any, **kwargs: Any) -> _TLSPool:
        kwargs["ssl_context"] = tls_context(self._ca_file, self.line.route.verify_tls)
        return _TLSPool(*args, line=self.line, **kwargs)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the pool alone: its context verifies; requests would read certifi's file each time."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap the answer without looking at its cookies: none are kept, so none need be parsed."""
        response = requests.Response()
        response.request, response.raw, response.status_code = req, resp, resp.status
        return response

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str]) -> Iterator[ProxiedAnswer]:
        """Send a GET and give its answer, its body still on the wire; see `wire.Asking`."""
        prepared = requests.Request("GET", url).prepare()
        prepared.headers.update(headers)
        with closing(self._ask_twice(prepared)) as raw:
            yield ProxiedAnswer(raw)

    def _ask_twice(self, prepared: requests.PreparedRequest) -> BaseHTTPResponse:
        """Ask once more if a kept connection turns out to be closed (RFC 9110, 9.2.2)."""
        opened = self.line.opened
        try:
            return self._ask(prepared)
        except OUTSIDE as e:
            if self.line.opened > opened or not is_stale_connection(e):
                raise cause_of(e) from e
        try:
            return self._ask(prepared)
        except OUTSIDE as e:
            raise cause_of(e) from e

    def _ask(self, prepared: requests.PreparedRequest) -> BaseHTTPResponse:
        route = self.line.route
        proxies = {"http": route.proxy, "https": route.proxy}
        verify, timeout = route.verify_tls, self.line.remaining()
        raw: BaseHTTPResponse = self.send(
            prepared, stream=True, timeout=timeout, verify=verify, proxies=proxies
        ).raw
        return raw


class ProxiedAnswer:
    """urllib3's answer as a trip needs it."""

    def __init__(self, raw: BaseHTTPResponse) -> None:
        self._raw = raw
        self.status = raw.status
        self.headers = {name.lower(): value for name, value in raw.headers.itermerged()}

    def chunks(self) -> Iterator[bytes]:
        # Never ask for more than is left: before 3.12 http.client's read1 forgets what it has handed out, and
        # bytes beyond Content-Length would be taken for the body.
        raw = self._raw
        try:
            while chunk := raw.read1(min(_CHUNK, raw.length_remaining or _CHUNK), decode_content=False):
                yield chunk
        except HTTPError as e:
            raise cause_of(e) from e
