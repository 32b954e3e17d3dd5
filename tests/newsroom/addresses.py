"""Every host of a newsroom has a loopback address of its own: translating true addresses to local and back.

Rules of this file: pure text work. All hosts share one port; `http://host/…` and `https://host/…` both become
`http://127.77.x.y:PORT/…`. In documents only references to known hosts are touched, byte by byte, so that
any encoding that contains ASCII survives; UTF-16 is decoded for it and encoded again.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.newsroom.manifest import Routes, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NETWORK = "127.0.0.0/8"
_FIRST = (127, 77)  # the hosts are 127.77.0.1, 127.77.0.2, …, 127.77.0.254, 127.77.1.1, …
_A_BLOCK = 254  # .0 and .255 look like network and broadcast addresses to some tools

# A host's name and what may follow it. Atomic groups keep the name whole: `host.com:8080` must not match as
# `host.co`; a default port is dropped; before an "@" it would be a user's name.
_HOST = (
    rb"(?>(?P<host>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?::(?!80\b|443\b)\d+)?))(?>(?::(?:80|443)\b)?)(?![@:])"
)
# Slashes may be escaped as in JSON. Both patterns begin with a literal, which makes them 20 times faster.
_WITH_SCHEME = re.compile(rb"https?:(?P<slashes>(?:\\?/){2})" + _HOST)
_WITHOUT_SCHEME = re.compile(  # only where an attribute or a word begins: elsewhere "//" is part of a path
    rb"(?P<slashes>/(?:(?<=[\"'=(\s,>]/)|(?<=[\"'=(\s,>]\\/)\\)/)" + _HOST
)


class AddressBook:
    """The one mapping between the true web and the local one."""

    def __init__(self, routes: Routes, port: int) -> None:
        self.port = port
        self._address = dict(zip(sorted(routes), addresses(len(routes)), strict=True))
        self._host = {address: host for host, address in self._address.items()}
        self._routes = routes
        self._local = {h.encode(): f"{a}:{port}".encode() for h, a in self._address.items()}

    def host_at(self, address: str) -> str:
        return self._host[address]

    def local(self, url: str) -> str:
        """Return where `url` is served; a KeyError for a host that is not in the manifest."""
        parts = urlsplit(url)
        netloc = f"{self._address[parts.netloc.lower()]}:{self.port}"
        return parts._replace(scheme="http", netloc=netloc, path=parts.path or "/").geturl()

    def true(self, url: str) -> str:
        """Return the true form of a local address, in the manifest's spelling if it is there, else with https.

        A fragment is kept, and an address that is not local comes back as it is.
        """
        parts = urlsplit(url)
        host = self._host.get(parts.hostname or "")
        if host is None or parts.port != self.port:
            return url
        target = place_of(url)[1]
        known = self._routes[host].get(target)
        found = known.url if known else f"https://{host}{target}"
        return f"{found}#{parts.fragment}" if parts.fragment else found

    def translated(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Return a document with all references to known hosts made local."""
        codec = _wide_codec(body, headers)
        if codec is None:
            return self._made_local(body)
        text = body.decode(codec).encode("utf-8", "surrogatepass")
        return self._made_local(text).decode("utf-8", "surrogatepass").encode(codec)

    def _made_local(self, text: bytes) -> bytes:
        with_scheme = _WITH_SCHEME.sub(lambda match: self._replaced(match, b"http:"), text)
        return _WITHOUT_SCHEME.sub(lambda match: self._replaced(match, b""), with_scheme)

    def _replaced(self, match: re.Match[bytes], scheme: bytes) -> bytes:
        local = self._local.get(match["host"].lower())
        return scheme + match["slashes"] + local if local else match.group()


def addresses(count: int) -> Iterable[str]:
    """Return the first `count` loopback addresses for hosts."""
    for number in range(count):
        block, last = divmod(number, _A_BLOCK)
        if block > 255:
            raise ValueError("a newsroom has room for 65,024 hosts")
        yield f"{_FIRST[0]}.{_FIRST[1]}.{block}.{last + 1}"


def _wide_codec(body: bytes, headers: Mapping[str, str]) -> str | None:
    """Return the UTF-16 codec that a document is written in, or None for all that contains ASCII."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if body.startswith(b"<\0"):
        return "utf-16-le"
    if body.startswith(b"\0<"):
        return "utf-16-be"
    declared = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    return "utf-16-be" if "utf-16" in declared.lower() and b"\0" in body else None  # RFC 2781, 4.3
