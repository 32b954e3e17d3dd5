"""A small window on the service for monitors of this machine: /healthz and, for Prometheus, /metrics.

Off unless `[service] listen` is set, and then on loopback only. It answers GET and HEAD, shows counts and no
contents, and only to who asks for this machine by name: a page in a browser that was sent here by its DNS does not.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from aggregator.errors import AggregatorError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.core import Metric

    from aggregator.service.pulse import Pulse

    Gauges = Callable[[], Mapping[str, float]]

_PATIENCE = 5.0  # seconds for one request
_OK, _BUSY, _FORBIDDEN, _NOT_FOUND = 200, 503, 403, 404


@contextmanager
def endpoint(listen: str, pulse: Pulse, gauges: Gauges) -> Iterator[int]:
    """Answer at an address for as long as the block lasts; yields the port. "": at none (0).

    Raises:
        ConfigError: somebody else listens there.

    """
    if not listen:
        yield 0
        return
    host, _, port = listen.rpartition(":")
    try:
        server = _server(host.strip("[]"))(
            (host.strip("[]"), int(port)), _asked(pulse, _registry(pulse, gauges))
        )
    except OSError as error:
        raise ConfigError(f"[service] listen = {listen!r}: {error.strerror}; name another port") from error
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="endpoint", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(host: str) -> type[ThreadingHTTPServer]:
    import socket  # noqa: PLC0415  for its number alone

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        block_on_close = False  # a monitor that hangs must not keep the service from stopping

        def handle_error(self, *_: Any) -> None:
            """Say nothing about a monitor that went away."""

    return Server


def _asked(pulse: Pulse, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Asked(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version, sys_version = "aggregator", ""
        protocol_version = "HTTP/1.1"
        answers: ClassVar[dict[str, Callable[[], tuple[int, str, bytes]]]] = {
            "/healthz": lambda: _health(pulse),
            "/metrics": lambda: (_OK, CONTENT_TYPE_LATEST, generate_latest(registry)),
        }

        def do_GET(self) -> None:
            status, kind, body = self._answer()
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815  as above

        def _answer(self) -> tuple[int, str, bytes]:
            if not _is_here(self.headers.get("Host") or "localhost"):
                return _FORBIDDEN, "text/plain", b"ask for localhost\n"
            answer = self.answers.get(self.path.partition("?")[0])
            return answer() if answer else (_NOT_FOUND, "text/plain", b"/healthz and /metrics\n")

        def log_message(self, *_: Any) -> None:
            """Say nothing: that somebody looked is no event."""

    return Asked


def _is_here(host: str) -> bool:
    """Tell whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:  # another name, or none at all
        return False


def _health(pulse: Pulse) -> tuple[int, str, bytes]:
    health = pulse.health()
    return _OK if health.ok else _BUSY, "application/json", json.dumps(asdict(health)).encode() + b"\n"


def _registry(pulse: Pulse, gauges: Gauges) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counts(pulse, gauges))
    return registry


class _Counts(Collector):
    """Everything is counted elsewhere; here it gets the names that Prometheus expects."""

    def __init__(self, pulse: Pulse, gauges: Gauges) -> None:
        self._pulse, self._gauges = pulse, gauges

    def collect(self) -> Iterator[Metric]:
        health = self._pulse.health()
        yield GaugeMetricFamily("aggregator_healthy", "1: every job gets on with its work", health.ok)
        yield GaugeMetricFamily("aggregator_up_seconds", "since the service started", health.up_seconds)
        yield GaugeMetricFamily(
            "aggregator_idle_seconds", "since a job last got anywhere", health.idle_seconds
        )
        families: dict[str, CounterMetricFamily] = {}
        for (what, kind), count in sorted(self._pulse.counts().items()):
            family = families.setdefault(
                what, CounterMetricFamily(f"aggregator_{what}", f"{what} since the start", labels=["outcome"])
            )
            family.add_metric([kind], count)
        yield from families.values()
        try:
            found = self._gauges()
        except AggregatorError:  # the archive cannot be read just now; what the service knows itself is told
            return
        for name, value in found.items():
            yield GaugeMetricFamily(f"aggregator_{name}", name.replace("_", " "), value)
