"""How much a request may cost: time, bytes, redirects, and which addresses it may reach."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models import Kind


@dataclass(frozen=True, slots=True)
class FetchLimits:
    user_agent: str
    connect_timeout: float = 10.0  # seconds for the name look-up, and for each address that it brought
    deadline: float = 30.0  # seconds for the whole request: look-up, connects, redirects, headers, body
    max_feed_bytes: int = 15 * 2**20  # content codings undone
    max_page_bytes: int = 10 * 2**20  # the same
    max_redirects: int = 5
    allow_networks: tuple[str, ...] = ()  # CIDR; may be asked although they are not public
    host_spacing: float = 1.0  # seconds between the starts of two requests to one host
    ca_file: str = ""  # PEM bundle to trust instead of certifi's

    def bytes_for(self, kind: Kind) -> int:
        return self.max_feed_bytes if kind is Kind.FEED else self.max_page_bytes
