"""Which addresses may be asked: public ones, and those that the configuration allows.

Pure. What is judged is the number that a socket is about to connect to, never a name or its spelling: that
leaves nothing to parse differently (`0x7f000001`, `127.1`) and no second look-up to lie in. Ranges follow the
IANA special-purpose registries (RFC 6890) rather than `ipaddress.is_global` alone, which lets multicast,
NAT64, 6to4, 192.88.99.0/24 and fec0::/10 through and changes with the version of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DENIED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
)
# Global unicast is 2000::/3 and nothing else (RFC 4291, 2.4), without these. 2001::/23 holds Teredo.
_UNICAST_6 = IPv6Network("2000::/3")
_DENIED_6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; 64:ff9b:1::/48 is for local use and stays denied


def is_forbidden(ip: Address, allowed: Iterable[Network] = ()) -> bool:
    """Tell whether nothing may be sent to `ip`. The networks in `allowed` win over every denial."""
    inner = _inner(ip)
    if any(ip in network or inner in network for network in allowed):
        return False
    if inner.is_multicast or not inner.is_global:
        return True
    if isinstance(inner, IPv4Address):
        return any(inner in network for network in _DENIED_4)
    return inner not in _UNICAST_6 or any(inner in network for network in _DENIED_6)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that `texts` name in CIDR notation; a single address is a network of one.

    Raises:
        ValueError: one of them is none; those of the settings were looked at by `checks.bad_networks`.

    """
    return tuple(map(ip_network, texts))


def _inner(ip: Address) -> Address:
    """Return the IPv4 address that an IPv6 address is a wrapping of, else `ip`: the packet ends up there."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
