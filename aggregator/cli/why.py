"""why: the whole life of a link, in the order of time. It opens the archive read-only and waits for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.kin import family_json, reason_of
from aggregator.cli.terminal import Line, Span, Style, as_json, json_out, note, one_line, out
from aggregator.counting import counted
from aggregator.errors import SET_ASIDE
from aggregator.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import AnnouncedEntry, Article, Family, Life, Link


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a link. Its names in JSON are a promise."""

    at: datetime | None  # None: how things stand, or a time that was not kept
    what: str
    said: str


@click.command()
@click.argument("address", metavar="URL|ID")
@click.option("--json", "wants_json", is_flag=True, help="All of it as JSON.")
@pass_session
def why(session: Session, address: str, wants_json: bool) -> int:
    """Tell the life of a link: announced, fetched, read, merged, edited, in which digests, and what comes next.

    Any address that led to an article will do, in whatever spelling; so will an article's id.
    """
    from aggregator.app import local_now, open_archive

    with open_archive(session.config, writable=False) as archive:
        life = _life(archive, address)
        nearest = archive.lives.nearest(address) if life is None else []
    if life is None:
        note(f"{one_line(address)}: no entry or article has this address")
        for known in nearest:
            note(f"  known: {known}")
        return NOTHING_FOUND
    events = list(events_of(life))
    if wants_json:
        json_out(_as_json(life, events))
        return 0
    for line in _lines(life, events, local_now()):
        out(line)
    return 0


def _life(archive: Archive, address: str) -> Life | None:
    number = address.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:  # noqa: PLR2004  more is no row id
        return archive.lives.of(int(number))
    return archive.lives.at(address) or archive.lives.at(f"https://{address}")


# ------------------------------------------------------------------------------------------- the events


def events_of(life: Life) -> Iterator[Event]:
    """Yield what happened, in the order of time; then how things stand."""
    happened = [
        *_announcements(life),
        *_pages(life),
        *_readings(life),
        *_kin(life),
        *_edits(life),
        *_digests(life),
    ]
    yield from sorted(happened, key=lambda event: event.at.timestamp() if event.at else float("inf"))
    yield from _standing(life)


def _announcements(life: Life) -> Iterator[Event]:
    for entry in life.entries:
        said = f"by {entry.feed} as guid {entry.guid}"
        if life.article is not None and canonical_url(entry.link) != canonical_url(life.article.url):
            said += f", with the link {entry.link}"
        yield Event(entry.first_seen_at, "announced", said)
        if entry.changed_at is not None:
            yield Event(entry.changed_at, "announced anew", f"{entry.feed} changed its words")
        if entry.looked_at is not None:
            times = "once" if entry.looks == 1 else f"{entry.looks} times"
            yield Event(entry.looked_at, "looked again", f"for edits, {times} so far; this was the last time")


def _pages(life: Life) -> Iterator[Event]:
    for page in life.pages:
        yield Event(page.fetched_at, "fetched", f"{page.url}: {page.status}, {page.bytes:,} bytes, kept")
        if page.final_url != page.url:
            yield Event(page.fetched_at, "redirected", f"to {page.final_url}")


def _readings(life: Life) -> Iterator[Event]:
    article = life.article
    if article is None:
        return
    words = f"{len(article.text.split()):,} words"
    reason = f": {article.reason}" if article.reason else ""
    since = " (as it is today)" if life.revisions else ""
    yield Event(
        article.archived_at, "archived", f"as article {article.id}{since}: {article.verdict}, {words}{reason}"
    )
    for entry in life.entries:
        if entry.article_id == article.id and entry.first_seen_at > article.archived_at:
            yield Event(
                entry.first_seen_at, "merged", f"into article {article.id}: {_same_address(entry, article)}"
            )
    if article.gone_at is not None:
        yield Event(article.gone_at, "gone", "its page is not there any more; the text is kept")


def _same_address(entry: AnnouncedEntry, article: Article) -> str:
    if canonical_url(entry.link) == canonical_url(article.url):
        return "the same address"
    return f"{entry.link} leads to {article.url}"


def _kin(life: Life) -> Iterator[Event]:
    article, family = life.article, life.family
    if article is None or not family.members:
        return
    first = family.members[0]
    for member in family.members:
        copy_id = member.id if article.id == first.id else article.id
        link = _evidence(family, copy_id)
        told = f"article {member.id} on {member.site}, {member.url}: " + (
            reason_of(link, copy_id) if link else "the same text, letter for letter"
        )
        at = link.decided_at if link else None
        if member.id == first.id != article.id:
            yield Event(at, "copy", f"of {told}")
        elif article.id == first.id != member.id:
            yield Event(at, "copied", f"by {told}")
    for other in family.related:
        if other.link is not None:
            yield Event(
                other.link.decided_at,
                "related",
                f"to article {other.id}, {other.url}: {reason_of(other.link, article.id)}",
            )
    for other in family.apart:
        if other.link is not None:
            yield Event(other.link.undone_at, "taken apart", f"by hand from article {other.id}, {other.url}")


def _evidence(family: Family, copy_id: int) -> Link | None:
    """Return what was written down of a copy: beside what is shown, or of that beside the original."""
    copy = next(member for member in family.members if member.id == copy_id)
    return family.members[0].link if copy.is_shown else copy.link


def _edits(life: Life) -> Iterator[Event]:
    for past in life.revisions:
        yield Event(
            past.replaced_at, "edited", f"{past.kind}; before: {past.title}, {len(past.text.split()):,} words"
        )


def _digests(life: Life) -> Iterator[Event]:
    for one in life.digests:
        behind = f" behind article {one.behind}" if one.behind is not None else ""
        yield Event(
            one.made_at, "in a digest", f"{one.name} no. {one.number}, {_SHOWN_AS[one.shown_as]}{behind}"
        )


_SHOWN_AS = {
    "story": "with its first sentences",
    "line": "in a line",
    "change": "as one that was changed or has gone",
}


def _standing(life: Life) -> Iterator[Event]:
    article = life.article
    if article is None:
        yield Event(None, "no article", "nothing was archived of it yet")
    else:
        hidden = f", shown with article {article.duplicate_of}" if article.duplicate_of else ""
        yield Event(
            None, "indexed", "search finds it" + hidden if life.is_indexed else "no: search cannot find it"
        )
    if life.story is not None:
        others = counted(life.story.sources, "source")
        yield Event(None, "story", f"{life.story.id}: {life.story.lead.title}, {others}")
    for entry in life.entries:
        if entry.last_error:
            tries = counted(entry.attempts, "page")
            what = "set aside" if entry.last_error.startswith(SET_ASIDE) else "trouble"
            yield Event(None, what, f"{entry.feed}: {entry.last_error} ({tries} asked for)")
    planned = [entry.next_try_at for entry in life.entries if entry.next_try_at is not None]
    yield Event(min(planned, default=None), "next look", "is planned" if planned else "none is planned")


# ---------------------------------------------------------------------------------------------- telling


def _lines(life: Life, events: list[Event], today: datetime) -> Iterator[Line]:
    article = life.article
    title = article.title if article else next((entry.title for entry in life.entries), "")
    url = article.url if article else ""
    yield Line((Span(one_line(title) or one_line(life.asked), Style.STRONG, link=url),))
    yield Line((Span(f"times are {today:%Z}", Style.FAINT),))
    for event in events:
        at = event.at.astimezone(today.tzinfo).strftime("%Y-%m-%d %H:%M") if event.at else ""
        yield Line(
            (Span(f"{at:16}  ", Style.FAINT), Span(f"{event.what:14}  "), Span(one_line(event.said))), hang=34
        )


def _as_json(life: Life, events: list[Event]) -> dict[str, object]:
    """Return the life of a link; the names are a promise, new ones come at the end."""
    article = life.article
    planned = [entry.next_try_at for entry in life.entries if entry.next_try_at is not None]
    return {
        "asked": life.asked,
        "article": as_json(article, text=False) if article else None,
        "addresses": list(life.addresses),
        "entries": list(life.entries),
        "pages": list(life.pages),
        "revisions": [
            {"seen_at": past.seen_at, "replaced_at": past.replaced_at, "kind": past.kind, "title": past.title}
            for past in life.revisions
        ],
        **(family_json(article.id, life.family) if article else {}),
        "indexed": life.is_indexed,
        "next_look_at": min(planned) if planned else None,
        "events": events,
        "story": {"id": life.story.id, "title": life.story.lead.title, "sources": life.story.sources}
        if life.story
        else None,
        "digests": list(life.digests),
    }
