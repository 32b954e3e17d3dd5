"""Which source is believed on each field of an article, and what the others say: the feed and the page, joined.

The feed's title, author and time win, unless they are no title, nobody or no time: an author that is an account or
the site itself, a time before there were pages or after everything that the page declares, a midnight where the page
knows the hour. What is not believed stays as a claim, so that a person sees that sources differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from aggregator.languages import believed_language
from aggregator.models import Claim
from aggregator.times import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.models import ExtractedText, Hint

_FIELDS = (
    "title", "byline", "site", "language", "published_at", "modified_at", "section", "tags", "image",
)  # fmt: skip
_MOST, _LONGEST = 5, 500  # claims on one field, and characters of each
_MOST_TAGS = 20
OLDEST = 1990  # year; pages are not older, and their feeds neither
_UNSET = date(1970, 1, 1)  # what a clock that was never set says
_DAY = timedelta(days=1)
_DECLARED = ("json-ld", "meta")
_NAMES_NOBODY = re.compile(
    r"(?:admin(?:istrator)?|webmaster|editors?|staff|redaktion|user|guest|author|wordpress|no ?reply\S*|info|unknown)",
    re.IGNORECASE,
)
_FILES_NOTHING = re.compile(
    r"(?:un(?:categorized|categorised|kategorisiert)|uncategorized\W.*|sans catégorie|non classé|sin categoría|"
    r"senza categoria|sem categoria|без рубрики|未分类)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page says about itself."""

    claims: tuple[Claim, ...] = ()  # of each field the best first; tags one by one
    titles: tuple[str, ...] = ()  # every one the page gives itself, the best first
    confirmed: tuple[str, ...] = ()  # of the titles: all but headings that nothing else on the page says
    descriptions: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()  # and categories
    canonical: str = ""
    window_title: str = ""  # as the browser shows it
    is_of_article: bool = False  # schema.org headline and datePublished of an article are there
    is_free: bool = True  # schema.org isAccessibleForFree
    full_text: str = ""  # schema.org articleBody
    named: tuple[str, ...] = ()  # all names of authors, wherever they are declared

    def first(self, name: str) -> str:
        """Return the best that the page says on a field of `ExtractedText`."""
        return next((claim.value for claim in self.claims if claim.field == name), "")

    @property
    def site(self) -> str:
        return self.first("site")


def with_metadata(extracted: ExtractedText, page: PageMetadata, hint: Hint) -> ExtractedText:
    """Return the same text with title, byline, time and the rest as `page` and `hint` have them."""
    claims = {name: _claims_on(name, page, hint) for name in _FIELDS}
    claims["published_at"] = _ranked_times(claims["published_at"], page)
    believed = {name: found[0].value if found else "" for name, found in claims.items()}
    published = claims["published_at"][0] if claims["published_at"] else None
    published_at = from_text(published.value) if published else None
    if published_at and published_at.date() == _UNSET:
        published = published_at = None
    changes = _later([*claims["modified_at"]], published_at)
    language = believed_language(believed["language"], extracted.text)
    if language != believed["language"]:
        claims["language"].insert(0, Claim("language", "text", language))
    return replace(
        extracted,
        title=believed["title"],
        byline=believed["byline"],
        site=believed["site"],
        language=language,
        published_at=published_at,
        published_from="" if published is None else "feed" if published.source == "feed" else "page",
        modified_at=from_text(changes[0].value) if changes else None,
        section=believed["section"],
        tags=tuple(_tags(claims["tags"], page.sections, believed["section"])),
        image=believed["image"],
        claims=tuple(_bounded({**claims, "tags": _joined(claims["tags"])})),
    )


def of_feed(extracted: ExtractedText, hint: Hint) -> ExtractedText:
    """Return the same text with what the feed says of the entry, and nothing else but its site."""
    site = (Claim("site", "url", extracted.site),) if extracted.site else ()
    return with_metadata(extracted, PageMetadata(claims=site), hint)


def _claims_on(name: str, page: PageMetadata, hint: Hint) -> list[Claim]:
    ours = [claim for claim in page.claims if claim.field == name]
    theirs = [Claim(name, "feed", value) for value in _of_feed(name, hint) if value]
    if name == "language" or (name == "byline" and ours and _names_nobody(hint.author, page.site)):
        return [*ours, *theirs]
    filed = [claim for claim in (*theirs, *ours) if not _FILES_NOTHING.fullmatch(claim.value)]
    return filed if name in {"section", "tags"} else [*theirs, *ours]


def _of_feed(name: str, hint: Hint) -> list[str]:
    return {
        "title": [hint.title],
        "byline": [hint.author],
        "language": [hint.language],
        "published_at": [to_text(hint.published_at)] if hint.published_at else [],
        "modified_at": [to_text(hint.updated_at)] if hint.updated_at else [],
        "tags": list(hint.categories),
    }.get(name, [])


def _names_nobody(author: str, site: str) -> bool:
    """Tell whether a feed's author is no person: an account, or the site itself."""
    return bool(_NAMES_NOBODY.fullmatch(author.strip())) or author.casefold() == site.casefold()


# -------------------------------------------------------------------------------------------------- times


def _ranked_times(claims: list[Claim], page: PageMetadata) -> list[Claim]:
    """Put the feed's time behind the page's where the page knows better."""
    feeds, pages = ([c for c in claims if (c.source == "feed") is wanted] for wanted in (True, False))
    if not feeds or not pages:
        return claims
    told, known = from_text(feeds[0].value), from_text(pages[0].value)
    declared = [
        from_text(c.value)
        for c in page.claims
        if c.field in {"published_at", "modified_at"} and c.source in _DECLARED
    ]
    is_odd = told.year < OLDEST or (bool(declared) and told > max(declared) + _DAY)
    is_less = _is_day(told) and timedelta() < known - told < _DAY and pages[0].source in _DECLARED
    return [*pages, *feeds] if is_odd or is_less else claims


def _is_day(at: datetime) -> bool:
    return at.astimezone(UTC).time() == time()


def _later(claims: list[Claim], published_at: datetime | None) -> list[Claim]:
    """Return the changes that came after the publication: many pages and feeds repeat its time."""
    return [claim for claim in claims if published_at is None or from_text(claim.value) > published_at]


# --------------------------------------------------------------------------------------------------- tags


def _tags(claims: list[Claim], sections: tuple[str, ...], section: str) -> list[str]:
    """Return what feed and page file the article under, beside its section."""
    labels = [*(claim.value for claim in claims), *sections]
    once = {label.casefold(): label for label in reversed(labels) if not _FILES_NOTHING.fullmatch(label)}
    ordered = dict.fromkeys(label.casefold() for label in labels)
    return [once[key] for key in ordered if key in once and key != section.casefold()][:_MOST_TAGS]


def _joined(claims: list[Claim]) -> list[Claim]:
    """Return one claim a source."""
    sources = dict.fromkeys(claim.source for claim in claims)
    return [
        Claim("tags", source, ", ".join(c.value for c in claims if c.source == source)) for source in sources
    ]


def _bounded(claims: dict[str, list[Claim]]) -> Iterator[Claim]:
    for found in claims.values():
        yield from (replace(claim, value=claim.value[:_LONGEST]) for claim in _once(found)[:_MOST])


def _what_is_said(claim: Claim) -> str:
    if claim.field == "language":
        return claim.value.partition("-")[0]
    if claim.field == "image":
        return claim.source  # one picture in many sizes
    return "".join(filter(str.isalnum, claim.value)).casefold() or claim.value


def _once(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims without those that say again what an earlier one says; a day says less than its hour."""
    said: dict[str, Claim] = {}
    days: set[str] = set()
    for claim in claims:
        key = _what_is_said(claim)
        day = claim.value[: len("2025-02-14")] if claim.field.endswith("_at") else ""
        if key in said or (day in days and claim.value.endswith("T00:00:00Z")):
            continue
        said[key] = claim
        days |= {day} - {""}
    return list(said.values())
