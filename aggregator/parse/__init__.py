"""Feed bytes → ParsedFeed. The only place that knows feedparser; JSON Feed stands beside it.

Pure: no clock, no network, no disk. Documents are hostile: whatever the bytes, the answer is a record or a
ParseError. Time and memory are bounded by the worker process in which this runs, not here. What the records
promise is said in `models`; who is who among the entries, in `identity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.models import ParsedFeed

__all__ = ["parse_feed"]


def parse_feed(body: bytes, url: str, content_type: str = "", known: bytes = b"") -> ParsedFeed:
    """Read a feed document; raise ParseError when it is none.

    `known` are the prints of a former document's entries: those that stand as they stood are not read again.
    `url` is the address that the subscription names: relative links are resolved against it, guids never.
    Of `content_type` only the charset counts: servers call feeds text/html, text/plain and worse.
    """
    # Loaded where documents are read, which is in the workers: who merely asks for feeds needs none of it.
    from aggregator.parse.document import read_document  # noqa: PLC0415
    from aggregator.parse.jsonfeed import parse_json  # noqa: PLC0415
    from aggregator.parse.prints import recognise  # noqa: PLC0415
    from aggregator.parse.xmlfeed import parse_rest, parse_xml  # noqa: PLC0415

    prints = recognise(body, known)
    if prints.rows and (rest := parse_rest(url, content_type, prints)):
        return rest
    document = read_document(body, content_type)
    if document.root in {"{", "["}:
        return parse_json(document.text, url)
    return parse_xml(document, url, prints)
