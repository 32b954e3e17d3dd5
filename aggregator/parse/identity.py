"""Who is who: the guid of every entry in a document, and which announced entries are new or changed.

Within a document (`with_guids`):
1. The guid is what the feed says. Without one it is the link, unless that is the feed's front page; else a
   hash of title and content.
2. Entries with one guid and one link are one entry, of which the latest version stands (RFC 4287, 4.1.1: the
   one updated last; the first, where no dates tell).
3. Entries with one guid and different links are different entries, and so are entries without guid that share
   a link but not the title: all of them get guids qualified by what differs. All, not all but the first: the
   order in the document changes, and what an entry is called must not depend on its neighbours' order.

Against what the archive knows (`changed_entries`):
4. A known guid is the known entry, whatever else has changed. One that another program brought is also known by what
   that program makes of guids (`guid_forms`), until the feed has spoken of it.
5. An unknown guid is the known entry with the same link if that entry's guid no longer stands in the document
   (feeds that write new guids at every build), the link stands once in the document and belongs to one known
   entry only, and the link is not the front page of a site.
6. Anything else is new. Nothing is ever taken for gone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

from aggregator.models import EntryChange, KnownEntry, ParsedEntry
from aggregator.urls import canonical_url, is_front_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.models import Standing

GUID_LIMIT = 2_048  # characters; a longer one is replaced by its hash
# bytes; two of one feed that are taken for one: once in 10 ** 14 documents of 2,000 entries
PRINT_SIZE = 8
_NAME = b"name"
_VERSION = b"entry/1"  # a new version changes every hash, and the guids that are made here
HASHED = "sha256:"  # begins a guid of which another program kept only the hash
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def entry_hash(parsed: ParsedEntry) -> str:
    """Return a hash of what the feed says about an entry: its words and where they lead.

    No date counts: generators write the time of the build into `updated` and into `published`. The link counts
    in its canonical form: a new tracking parameter at every build is no news.
    """
    link = canonical_url(parsed.link) or parsed.link
    return _digest(link, parsed.title, parsed.author, parsed.summary_html, parsed.content_html)


def with_guids(entries: Iterable[ParsedEntry], site_url: str) -> tuple[ParsedEntry, ...]:
    """Give every entry of one document a guid that is its own, by the rules 1 to 3 above."""
    entries = list(entries)
    sharing = Counter(guid_of(entry, site_url) for entry in entries)
    latest: dict[tuple[str, str], ParsedEntry] = {}  # keeps the place of a key's first appearance
    for entry in entries:
        guid = guid_of(entry, site_url)
        who = (guid, _what_differs(entry) if sharing[guid] > 1 else "")
        known = latest.get(who)
        if known is None or (entry.updated_at or _LONG_AGO) > (known.updated_at or _LONG_AGO):
            latest[who] = entry
    left = Counter(guid for guid, _ in latest)
    return tuple(
        _called(entry, guid if left[guid] == 1 else f"{guid}#{_digest(what_differs)}")
        for (guid, what_differs), entry in latest.items()
    )


def _called(entry: ParsedEntry, guid: str) -> ParsedEntry:
    return entry if entry.guid == guid else replace(entry, guid=guid)


def changed_entries(
    parsed: Sequence[ParsedEntry], known: Sequence[KnownEntry], standing: Sequence[Standing] = ()
) -> tuple[EntryChange, ...]:
    """Return the entries to be recorded, new or changed, by the rules 4 to 6 above.

    `known` must hold the feed's archived entries that have a guid or a link key of those in `parsed`; more do no harm.
    Those that are `standing` beside them in the document are neither new nor changed.
    """
    by_guid = {entry.guid: entry for entry in known}
    brought = {entry.guid: entry for entry in known if not entry.hash}
    by_link = _movable(known, parsed, standing)
    changes: dict[str, EntryChange] = {}
    for entry in parsed:
        key = canonical_url(entry.link)
        forms = guid_forms(entry.guid) if brought else ()
        elsewhere = next((brought[form] for form in forms if form in brought), None)
        ours = by_guid.get(entry.guid) or elsewhere or by_link.get(key)
        change = EntryChange(entry, key, entry_hash(entry), ours.id if ours else None)
        if ours is None or (ours.guid, ours.hash) != (entry.guid, change.hash):
            changes.setdefault(entry.guid, change)
    return tuple(changes.values())


def unknown_entries(parsed: Sequence[ParsedEntry], known: Sequence[KnownEntry]) -> tuple[EntryChange, ...]:
    """Return of entries that another program kept those that the archive does not have, as far as can be told."""
    forms = {form for entry in known for form in guid_forms(entry.guid)}
    changes = changed_entries(parsed, known)
    return tuple(one for one in changes if one.id is None and one.parsed.guid not in forms)


def guid_forms(guid: str, *, hashed: bool = True) -> tuple[str, ...]:
    """Return a guid and what other programs make of it: Miniflux its hash, FreshRSS its ASCII characters.

    Without `hashed` the hash, which nearly nobody kept, is left out.
    """
    forms = (guid, f"{HASHED}{sha256(guid.encode('utf-8', 'replace')).hexdigest()}") if hashed else (guid,)
    ascii_only = "" if guid.isascii() else guid.encode("ascii", "ignore").decode("ascii")
    return (*forms, ascii_only) if ascii_only else forms


def _movable(
    known: Sequence[KnownEntry], parsed: Sequence[ParsedEntry], standing: Sequence[Standing]
) -> dict[str, KnownEntry]:
    """Return by link the known entries that may have got a new guid (rule 5)."""
    guids = {entry.guid for entry in parsed}
    there = {entry.guid_print for entry in standing}
    missing = [entry for entry in known if entry.guid not in guids and name_print(entry.guid) not in there]
    if not missing:
        return {}
    announced = Counter({entry.guid: canonical_url(entry.link) for entry in parsed}.values())
    taken = {entry.link_print for entry in standing}
    owned = Counter(entry.link_key for entry in known)
    return {
        entry.link_key: entry
        for entry in missing
        if announced[entry.link_key] == owned[entry.link_key] == 1
        and name_print(entry.link_key) not in taken
        and not _tells_nothing(entry.link_key)
    }


def name_print(name: str) -> bytes:
    """Return a hash of a guid or a link, by which an entry that stands as it stood is recognised."""
    return blake2b(name.encode("utf-8", "replace"), digest_size=PRINT_SIZE, person=_NAME).digest()


def _tells_nothing(link: str, site_url: str = "") -> bool:
    """Tell whether a link tells no entry from others: it is none, a site's front page, or the feed's own site."""
    key = canonical_url(link)
    return not key or is_front_page(key) or key == canonical_url(site_url)


def guid_of(entry: ParsedEntry, site_url: str) -> str:
    """Return what an entry is called by itself (rule 1)."""
    guid = entry.guid or ("" if _tells_nothing(entry.link, site_url) else entry.link)
    if guid and len(guid) <= GUID_LIMIT:
        return guid
    content = entry.content_html or entry.summary_html or "".join(e.url for e in entry.enclosures[:1])
    return f"blake2b:{_digest(guid) if guid else _digest(entry.title, content)}"


def _what_differs(entry: ParsedEntry) -> str:
    link = canonical_url(entry.link)
    return link if link and entry.guid else f"{link} {entry.title}"


def _digest(*parts: str) -> str:
    digest = blake2b(digest_size=16, person=_VERSION)
    for part in parts:
        octets = part.encode("utf-8", "replace")
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.hexdigest()
