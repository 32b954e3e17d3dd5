"""Where our reading of a feed agrees with another's, and why it does not where it does not.

A difference has a reason in words. Those in `MEANT` are rules of ours that differ from the other's on purpose;
any other names a field, and is to be looked into.
"""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from aggregator.markup import clean_text, html_to_text
from aggregator.urls import absolute, canonical_url, is_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aggregator.models import ParsedEntry, ParsedFeed

NOT_RESOLVED = "guid: kept as written, not resolved against an address"
OWN_GUID = "guid: qualified or made here, because it is missing, shared or endless"
THEIR_GUID = "guid: made up by the other, the document has none"
NO_PAGE = "link: http(s) or none (urn:, tag:, mailto: and the like are no pages)"
WRITTEN_OUT = "link: made absolute or escaped, the same page"
ORIGINAL = "link: the page itself, not FeedBurner's or another's redirect to it"
NO_SAY = "entries: those that say nothing, or are announced twice, are left out"
CUT_OFF = "entries: one in which the document breaks off is left for the next visit"
ONE_DATE = "dates: RSS has one date, when it was published"
NO_GUESS = "dates: one that can be read in two ways, or names no day, is none"
NAMES = "author: names alone, without the address; a feed that names itself names nobody"
HIDDEN = "text: what browsers do not show (script, style, object, iframe) is no text"
BARE = "link: a bare guid is no address of a page"
ONE_BODY = "text: one summary and one content; a caption or a third version is left out"
COPIED = "dates: an update is no publication"
REFUSED = "feed: refused on purpose (dangerous entities, HTML, nothing in it)"
MEANT = frozenset((
    NOT_RESOLVED, OWN_GUID, THEIR_GUID, NO_PAGE, WRITTEN_OUT, ORIGINAL, NO_SAY, ONE_DATE, NO_GUESS, NAMES, HIDDEN,
    ONE_BODY, CUT_OFF, BARE, COPIED, REFUSED,
))  # fmt: skip

_HIDES = re.compile(r"(?:<|&lt;|&#60;)(?:script|style|object|embed|iframe)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """What another reader says about one entry; None: it makes no claim."""

    id: str | None = None
    title: str | None = None
    link: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] | None = None
    text: str | None = None  # plain words of summary and content
    more: str | None = None  # of further contents
    enclosures: frozenset[str] | None = None
    categories: frozenset[str] | None = None

    @property
    def says_nothing(self) -> bool:
        return not (self.id or self.link or plain(self.title or "") or self.text or self.enclosures)


def plain(html: str) -> str:
    return clean_text(html_to_text(html))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def differences(
    ours: ParsedFeed, title: str | None, claims: Sequence[Claim], *, url: str, document: str
) -> set[str]:
    """Return the reasons for which our record is not what the other says."""
    found = set()
    if title is not None and words(plain(ours.title)) != words(plain(title)):
        found.add("feed: title")
    kept = [claim for claim in claims if not claim.says_nothing]
    if len(ours.entries) != len(claims):
        said = {name for entry in ours.entries for name in (entry.guid, entry.link) if name}
        repeated = all({clean_text(claim.id or ""), claim.link} & said for claim in kept)
        different = {(claim.id or claim.title, claim.link) for claim in kept}
        explained = repeated or len(ours.entries) in {len(kept), len(different)}
        missing = CUT_OFF if not ours.whole and len(ours.entries) + 1 == len(kept) else "entries: count"
        found.add(NO_SAY if explained else missing)
    pairs = _pairs(ours.entries, kept)
    for entry, claim in pairs:
        found |= set(
            _of_entry(entry, claim, url=url, document=document, rss=not ours.format.startswith("atom"))
        )
    return found


def _pairs(entries: Sequence[ParsedEntry], claims: Sequence[Claim]) -> Iterator[tuple[ParsedEntry, Claim]]:
    """Pair entries by place; where the counts differ, by title and link, the first of each."""
    if len(entries) == len(claims):
        yield from zip(entries, claims, strict=True)
        return
    by_name = {(words(entry.title)[:9].__repr__(), canonical_url(entry.link)): entry for entry in entries}
    for claim in claims:
        name = (words(plain(claim.title or ""))[:9].__repr__(), canonical_url(claim.link or ""))
        if name in by_name:
            yield by_name.pop(name), claim


def _of_entry(entry: ParsedEntry, claim: Claim, *, url: str, document: str, rss: bool) -> Iterator[str]:
    if claim.title is not None and words(plain(entry.title)) != words(plain(claim.title)):
        yield HIDDEN if _HIDES.search(document) else "title"
    if claim.id is not None and entry.guid != clean_text(claim.id):
        yield _of_guid(entry.guid, clean_text(claim.id), document)
    if claim.link is not None and entry.link != claim.link:
        bare = claim.id == claim.link and claim.link not in document
        yield BARE if bare else _of_link(entry.link, claim.link, url, document)
    yield from _of_dates(entry, claim, rss=rss)
    if claim.authors is not None:
        yield from _of_authors(entry.author, claim.authors)
    if claim.text is not None:
        said = set(words(plain(f"{entry.summary_html} {entry.content_html}")))
        if not _covers(said, claim.text):
            yield HIDDEN if _HIDES.search(document) else "text: other words" if said else "text: missing"
        if not _covers(said, claim.more or ""):
            yield ONE_BODY
    if claim.enclosures is not None and not claim.enclosures <= {each.url for each in entry.enclosures}:
        yield WRITTEN_OUT if entry.enclosures else "enclosures"
    if claim.categories is not None and not claim.categories <= set(entry.categories):
        yield "categories"


def _of_guid(ours: str, theirs: str, document: str) -> str:
    if ours.startswith(("blake2b:", f"{theirs}#")) or (theirs and f"{theirs}#" in ours):
        return OWN_GUID
    if not is_http(ours) and theirs.endswith(ours.lstrip("./")):
        return NOT_RESOLVED
    return "guid" if theirs in document else THEIR_GUID


def _of_link(ours: str, theirs: str, url: str, document: str) -> str:
    if not is_http(absolute(url, theirs)):
        return NO_PAGE if not ours else "link"
    if canonical_url(ours) == canonical_url(absolute(url, theirs)):
        return WRITTEN_OUT
    return (
        ORIGINAL
        if re.search(rf"origlink\W{{1,9}}{re.escape(ours)}", unescape(document), re.IGNORECASE)
        else "link"
    )


def _of_dates(entry: ParsedEntry, claim: Claim, *, rss: bool) -> Iterator[str]:
    for name, ours, theirs in (
        ("published", entry.published_at, claim.published),
        ("updated", entry.updated_at, claim.updated),
    ):
        if theirs is None or _same(ours, theirs):
            continue
        if rss and ours is None and _same(entry.published_at, theirs):
            yield ONE_DATE
        elif ours is None and name == "published" and _same(entry.updated_at, theirs):
            yield COPIED
        elif ours is None and not (rss and entry.published_at):
            yield (
                NO_GUESS
                if entry.published_at is None and entry.updated_at is None
                else f"date: {name} missing"
            )
        else:
            yield ONE_DATE if rss and name == "updated" else f"date: {name}"


def _same(ours: datetime | None, theirs: datetime) -> bool:
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return ours is not None and abs(ours - theirs) < timedelta(seconds=1)


def _of_authors(ours: str, theirs: Sequence[str]) -> Iterator[str]:
    named = [name for each in theirs if (name := plain(each))]
    if not named or all(name in ours for name in named):
        return
    mine = words(ours)
    yield NAMES if not mine or all(word in words(" ".join(named)) for word in mine) else "author"


def _covers(said: set[str], text: str) -> bool:
    """Tell whether all but a tenth of the words of `text` were said."""
    wanted = words(text)
    return sum(word not in said for word in wanted) <= len(wanted) // 10


def neutral(row: Mapping[str, Any]) -> list[Claim]:
    """Read the common shape in which other readers' results are kept; what is not there is not claimed."""
    return [
        Claim(
            id=entry.get("id"),
            title=entry.get("title"),
            link=entry.get("link"),
            published=_moment(entry.get("published")),
            updated=_moment(entry.get("updated")),
            # "author" is what feed-rs calls those that have only an address
            authors=tuple(name for name in entry.get("authors", ()) if name != "author") or None,
            text=plain(entry.get("content") or entry.get("summary") or "") or None,
        )
        for entry in row["entries"]
    ]


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def of_feedparser(entries: Sequence[Any], *, rss: bool) -> list[Claim]:
    """Say what feedparser claims with its defaults: sanitised, resolved, and guessed where nothing is said."""
    return [
        replace(
            _bodies(entry, rss=rss),
            id=entry.get("id"),
            title=entry.get("title"),
            link=entry.get("link"),
            published=_stamp(entry, "published"),
            updated=_stamp(entry, "updated"),
            authors=tuple(a.get("name") or a.get("email") or "" for a in entry.get("authors", ())) or None,
            enclosures=frozenset(e.href for e in entry.get("enclosures", ()) if is_http(e.get("href") or ""))
            or None,
            categories=frozenset(plain(t.get("label") or t.get("term") or "") for t in entry.get("tags", ()))
            - {""}
            or None,
        )
        for entry in entries
    ]


def _bodies(entry: Any, *, rss: bool) -> Claim:
    """Tell summary and longest content from further ones; in RSS plain text is another module's summary."""
    contents = sorted(entry.get("content", ()), key=lambda content: len(content.value), reverse=True)
    main = [content.value for content in contents if not (rss and content.get("type") == "text/plain")][:1]
    more = [content.value for content in contents if content.value not in main]
    text = plain(" ".join([entry.get("summary") or "", *main]))
    return Claim(text=text or None, more=plain(" ".join(more)) or None)


def _stamp(entry: Any, name: str) -> datetime | None:
    parsed = entry.get(f"{name}_parsed") if name in entry else None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None
