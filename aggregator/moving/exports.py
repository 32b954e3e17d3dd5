"""A JSON file of another program → what it kept; which program's it is, is told by its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.errors import UsageError
from aggregator.markup import clean_text
from aggregator.moving.greader import is_greader, keepsake_of_greader
from aggregator.moving.miniflux import is_miniflux, keepsake_of_miniflux
from aggregator.parse.jsonvalues import loaded, mapping_of, text_of

if TYPE_CHECKING:
    from aggregator.models import Keepsake

KNOWN = "newsboat's cache.db, reader's database, FreshRSS's articles (JSON) and Miniflux's /v1/entries (JSON)"
_LISTS = (b"<?xml", b"<opml", b"<!--", b"<!DOCTYPE")


def read_export(text: bytes, name: str) -> Keepsake:
    """Read the JSON that another program wrote; `name` is what messages call the file.

    Raises:
        UsageError: it is none, or of a program that we do not know.

    """
    head = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise UsageError(f"{name}: is empty")
    if head.startswith(_LISTS):
        raise UsageError(f"{name}: is a list of feeds; `aggregator feeds import {name}` takes it")
    if not head.startswith((b"{", b"[")):
        raise UsageError(f"{name}: is nothing that can be moved in, or is encrypted; there are {KNOWN}")
    document = _document(text, name)
    if is_miniflux(document):
        return keepsake_of_miniflux(document)
    if is_greader(document):
        return keepsake_of_greader(document)
    if "jsonfeed.org" in text_of(document.get("version")):
        raise UsageError(f"{name}: is a feed; `aggregator feeds add` takes its address")
    raise UsageError(f"{name}: is JSON of a program that is not known here; there are {KNOWN}")


def _document(text: bytes, name: str) -> dict[str, object]:
    try:
        document = loaded(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{name}: is not UTF-8 text") from None
    except ValueError as error:
        raise UsageError(f"{name}: is not well-formed JSON: {clean_text(str(error))[:200]}") from None
    if isinstance(document, list):  # pages of an answer that were put together by hand
        document = (
            {"entries": document} if document and "feed" in mapping_of(document[0]) else {"items": document}
        )
    return dict(mapping_of(document))
