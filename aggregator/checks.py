"""What a setting may not say, in words for the person who wrote it. Pure; each yields a line for each problem."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.headerregistry import Address

RECHECK_WORDS = ("off", "auto")
_OURS = frozenset(  # headers that belong to one request or one connection
    """
    host connection content-length transfer-encoding te trailer upgrade expect range accept-encoding
    if-none-match if-modified-since a-im proxy-authorization
    """.split()
)


def bad_headers(headers: Mapping[str, str], where: str) -> Iterator[str]:
    """Yield what cannot be sent (RFC 9110, 5.1 and 5.5), and what the fetcher decides by itself."""
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            yield f"{where} headers: {name[:40]!r} cannot be the name of a header"
        elif name.lower() in _OURS:
            yield f"{where} headers: {name} is set by aggregator itself"
        elif not re.fullmatch(r"[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?", value):
            yield f"{where} headers: the value of {name} must be one line of Latin letters"


def bad_contact(contact: str) -> Iterator[str]:
    """Yield why it cannot stand in the User-Agent (RFC 9110, 10.1.5), which has letters of Latin-1 alone."""
    if not re.fullmatch(r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?", contact):
        yield f"[fetch] contact = {contact!r}: must be one line of Latin letters, such as a mail or web address"


def bad_proxy(proxy: str, where: str) -> Iterator[str]:
    try:
        parts = urlsplit(proxy)
        good = parts.scheme == "http" and parts.hostname and parts.path in {"", "/"} and parts.port != 0
    except ValueError:  # a port that is none
        good = False
    if proxy and not good:
        yield f"{where} proxy must look like http://host:port or http://name:password@host:port"


def bad_recheck(recheck: str | tuple[str, ...]) -> Iterator[str]:
    if (isinstance(recheck, str) and recheck not in RECHECK_WORDS) or not all(recheck):
        yield f'[archive] recheck = {recheck!r}: must be "off", "auto" or a list of parts of addresses'


def bad_networks(networks: tuple[str, ...]) -> Iterator[str]:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            yield f"[fetch] allow_networks: {error}; write for example 192.168.1.0/24"


def bad_listen(listen: str) -> Iterator[str]:
    host, _, port = listen.rpartition(":")
    try:
        good = ipaddress.ip_address(host.strip("[]")).is_loopback and port.isdecimal() and int(port) < 2**16
    except ValueError:  # not an address
        good = False
    if listen and not good:
        yield f'[service] listen = {listen!r}: must be an address of this machine alone, such as "127.0.0.1:9464"'


def bad_path(path: str, where: str) -> Iterator[str]:
    try:
        Path(path).expanduser()
    except RuntimeError:
        yield f"{where} = {path!r}: there is no such user; write the whole path"
    if "\0" in path:
        yield f"{where} = {path!r}: a path has no such character"


def bad_address(address: str, where: str) -> Iterator[str]:
    try:
        address_of(address)
    except ValueError as error:
        yield f"{where}: {error}"


def address_of(text: str) -> Address:
    """Return the one mailbox that `text` names: "a@b.example" or "A Name <a@b.example>".

    Raises:
        ValueError: it names none; also when it could end its header.

    """
    from email.errors import HeaderParseError  # noqa: PLC0415  slow, and most settings name no mailbox
    from email.headerregistry import Address  # noqa: PLC0415  as above

    found = re.fullmatch(r"(?:([^<>\r\n]*?)[ \t]*<([^<>\s]+@[^<>\s]+)>|([^<>\s]+@[^<>\s]+))", text)
    if not found:
        raise ValueError(f"{text!r} is not a mail address: write name@example.org or Name <name@example.org>")
    try:
        address = Address((found[1] or "").strip('"'), addr_spec=found[2] or found[3])
    except (ValueError, IndexError, HeaderParseError) as error:
        raise ValueError(f"{text!r} is not a mail address: {error}") from None
    if not address.domain.isascii():  # RFC 5321, 2.3.5; few servers take more
        raise ValueError(f"{text!r} is not a mail address: write its domain in ASCII, as xn--…")
    return address
