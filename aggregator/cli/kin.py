"""How the copies of an article, and what is related to it, are told: for `show` and `why`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.cli.terminal import one_line
from aggregator.counting import counted
from aggregator.times import ago
from aggregator.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from aggregator.models import Family, Link, Relative


MINUS = "\u2212"


def family_lines(article_id: int, family: Family, today: datetime) -> Iterator[str]:
    """Yield who was first, who carries the text as well, and what is related to it; nothing for a text alone."""
    if len(family.members) > 1:
        first = family.members[0]
        sites = counted(family.sites, "site")
        yield f"first seen {ago(first.dated_at, today)} on {_site(first)}, carried by {sites}"
        for member in family.members:
            yield f"  {_member(article_id, member, family, today)}"
        if family.members_in_all > len(family.members):
            yield f"  … and {family.members_in_all - len(family.members):,} more"
    for other in family.related:
        yield f"related: #{other.id} {one_line(other.title)} · {_site(other)} · {_alike(other.link)}"
    for other in family.apart:
        yield f"taken apart by hand from: #{other.id} {one_line(other.title)} · {_site(other)}"


def _member(article_id: int, member: Relative, family: Family, today: datetime) -> str:
    parts = [f"#{member.id}", _site(member), ago(member.dated_at, today)]
    if member.is_original:
        parts.append("the original")
    else:
        parts.append(_later(member.dated_at - family.members[0].dated_at))
    if member.is_shown:
        parts += [] if member.is_original else ["shown, as it is the fullest"]
    elif member.link is not None:
        parts.append(_changes(member.link, member.id))
        parts.append(_alike(member.link))
    else:
        parts.append("the same text")
    if member.id == article_id:
        parts.append("this one")
    return " · ".join(parts)


def _later(passed: timedelta) -> str:
    """Return in a word or two how much later than the original a copy was published."""
    minutes = round(passed.total_seconds() / 60)
    if minutes < 1:
        return "at the same time"
    if minutes < 120:  # noqa: PLR2004  two of the next unit
        return f"{minutes} min later"
    return f"{minutes // 60} h later" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days later"


def _changes(link: Link, member_id: int) -> str:
    """Return what a member of a family has that the other does not have, and what it has not."""
    more, less = (link.added, link.removed) if link.article_id == member_id else (link.removed, link.added)
    return f"+{more} {MINUS}{less} words"


def _alike(link: Link | None) -> str:
    if link is None:
        return ""
    return f"{link.similarity:.0%} similar, shares {link.containment:.0%} of the shorter text"


def reason_of(link: Link, article_id: int) -> str:
    """Return what spoke for a link, in words, as seen from one of its articles."""
    return f"{_changes(link, article_id)}, {_alike(link)}"


def _site(member: Relative) -> str:
    return one_line(member.site) or site_of(member.url) or member.url


def family_json(article_id: int, family: Family) -> dict[str, object]:
    """Return the family as JSON knows it; the names are a promise. `link` is null where no evidence was kept."""
    first = family.members[0] if family.members else None
    shown = next((member.id for member in family.members if member.is_shown), None)
    return {
        "copy_of": first.id if first and first.id != article_id else None,
        "sites": family.sites,
        "family": list(family.members) if len(family.members) > 1 else [],
        "related": list(family.related),
        "apart": list(family.apart),
        "shown": shown,
    }
