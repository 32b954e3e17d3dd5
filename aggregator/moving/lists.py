"""A list of feeds, whatever program wrote it: OPML, newsboat's `urls`, or the feeds that an export of entries names."""

from __future__ import annotations

from aggregator.errors import UsageError
from aggregator.moving.exports import read_export
from aggregator.moving.newsboat import parse_urls
from aggregator.opml import ParsedOpml, parse_opml


def parse_list(text: bytes, name: str) -> ParsedOpml:
    """Read a list of feeds; `name` is what messages call the file.

    Raises:
        ConfigError, UsageError: it is none.

    """
    head = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise UsageError(f"{name}: is empty")
    if head.startswith(b"<"):
        return parse_opml(text, name)
    if head.startswith((b"{", b"[")):
        return ParsedOpml(read_export(text, name).subscriptions)
    if b"\0" in text:
        raise UsageError(f"{name}: is neither OPML nor newsboat's urls file")
    listed = parse_urls(text, name)
    if not listed.subscriptions:
        raise UsageError(f"{name}: names no feed; is it OPML, newsboat's urls file, or an export?")
    return listed
