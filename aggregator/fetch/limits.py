"""How much a request may cost: time, bytes, redirects, and which addresses it may reach."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.models import Kind


@dataclass(frozen=True, slots=True)
class FetchLimits:
    user_agent: str
    connect_timeout: float = 10.0  # seconds for the name look-up, and for each address that it brought
    deadline: float = 30.0  # seconds for the whole request: look-up, connects, redirects, headers, body
    max_feed_bytes: int = 15 * 2**20  # content codings undone
    max_page_bytes: int = 10 * 2**20  # the same
    max_robots_bytes: int = (
        576 * 2**10
    )  # the same; more is left unread. RFC 9309, 2.5, asks for 500 KiB at least
    max_redirects: int = 5
    allow_networks: tuple[str, ...] = ()  # CIDR; may be asked although they are not public
    ca_file: str = ""  # PEM bundle to trust instead of certifi's
    robots: bool = True  # ask for robots.txt before pages, and obey it
    proxy: str = field(default="", repr=False)  # http://[name:password@]host:port for everything; "": none

    def bytes_for(self, kind: Kind) -> int:
        caps = {Kind.PAGE: self.max_page_bytes, Kind.ROBOTS: self.max_robots_bytes}
        return caps.get(kind, self.max_feed_bytes)
