"""Dates as feeds and pages write them → aware instants in UTC; None when there is none, or when it would be a guess.

RFC 3339 and RFC 822 first, then the forms seen in the wild: day.month.year, names of months in the larger
languages, 2014年12月21日, Unix time, in the digits of any script. An ambiguous date (03/04/2020) is None: a wrong
date is worse than none. A date without a zone is taken as UTC. Our own reading goes before feedparser's, which
takes "21-12-2014" for 2021-12-20, "2014/12/21" for 2014-11-01, "2026-13-45" for 2027-01-01 and drops the zone "CET".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

FIRST_YEAR, LAST_YEAR = 1970, 9998  # 9999 would overflow in any reckoning with a time zone or a span

# One line a month.
_MONTH_NAMES = """\
jan january januar jänner janv janvier ene enero gen gennaio janeiro januari января январь stycznia styczeń ocak يناير
feb february februar fév févr février febrero febbraio fev fevereiro februari февраля февраль lutego luty şubat فبراير
mar march mär märz mrz mars marzo março mrt maart марта март marca marzec mart مارس
apr april avr avril abr abril aprile апреля апрель kwietnia kwiecień nisan أبريل ابريل
may mai mayo mag maggio maio mei maj мая май maja mayıs مايو
jun june juni juin junio giu giugno junho июня июнь czerwca czerwiec haziran يونيو
jul july juli juil juillet julio lug luglio julho июля июль lipca lipiec temmuz يوليو
aug august août aout ago agosto augustus augusti августа август sierpnia sierpień ağustos أغسطس
sep sept september septembre septiembre set settembre setembro сентября сентябрь września wrzesień eylül سبتمبر
oct october okt oktober octobre octubre ott ottobre out outubro октября октябрь października październik ekim أكتوبر
nov november novembre noviembre novembro ноября ноябрь listopada kasım نوفمبر
dec december dez dezember déc décembre dic diciembre dicembre dezembro декабря декабрь grudnia grudzień aralık ديسمبر
"""  # noqa: RUF001 - Turkish has a dotless i
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES.splitlines(), start=1) for name in names.split()
}
# RFC 822, 5.1, and those that European and Asian feeds write. Hours from UTC.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "bst": 1, "cet": 1, "mez": 1, "west": 1, "cest": 2, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
}  # fmt: skip

_CLOCK = (
    r"(?:\D{0,6}?(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?)?\s*(?:uhr\b)?\s*"
    r"(?:(?:gmt|utc)(?=[+-]))?(?P<zone>[+-]\d\d:?\d\d|[a-z]{1,5}\b)?"
)
_WEEKDAY = r"\s*(?:[^\W\d_]{2,12}(?:[.,]+\s*|\s+))?"
_ISO = re.compile(
    r"\s*(?P<year>\d{4})([-/])(?P<month>\d\d?)\2(?P<day>\d\d?)(?:[t\s]+|$)" + _CLOCK, re.IGNORECASE
)
_BASIC = re.compile(
    r"\s*(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[t\s](?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)?(?:[.,]\d+)?(?P<zone>z|[+-]\d\d:?\d\d)?|\s*$)",
    re.IGNORECASE,
)
_DAY_NAME = re.compile(
    _WEEKDAY
    + r"(?P<day>\d\d?)(?:\.|st|nd|rd|th)?[\s-]+(?:de\s+)?(?P<name>[^\W\d_]{3,12})\.?,?[\s-]+(?:de\s+)?"
    r"(?P<year>\d{4}|\d\d(?!:))\b" + _CLOCK,
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    _WEEKDAY + r"(?P<name>[^\W\d_]{3,12})\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})\b" + _CLOCK,
    re.IGNORECASE,
)
_EAST_ASIAN = re.compile(
    r"\s*(?P<year>\d{4})\s*[年년]\s*(?P<month>\d\d?)\s*[月월]\s*(?P<day>\d\d?)\s*[日일]?" + _CLOCK,
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    _WEEKDAY + r"(?P<first>\d\d?)(?P<mark>[./-])(?P<other>\d\d?)(?P=mark)(?P<year>\d{4})\b" + _CLOCK,
    re.IGNORECASE,
)
_UNIX = re.compile(r"\s*(\d{9,10})(?:\d{3})?\s*$")
_NUMERIC = re.compile(r"\s*[-+]?\d+[./-]\d|\s*\d{5,}")
_LONGEST = 100  # characters; no date is longer, and the patterns need not be tried on a novel


def parse_date(text: str) -> datetime | None:
    """Return the instant that `text` names, or None."""
    text = text[:_LONGEST]
    if unix := _UNIX.match(text):
        return within(datetime.fromtimestamp(int(unix[1]), UTC))
    for pattern in (_ISO, _BASIC, _DAY_NAME, _NAME_DAY, _EAST_ASIAN, _NUMBERS):
        if match := pattern.match(text):
            return _instant(match.groupdict())
    return None


def looks_numeric(text: str) -> bool:
    """Tell whether `text` has the shape of a numeric date, whether such a day exists or not."""
    return bool(_NUMERIC.match(text))


def within(at: datetime) -> datetime | None:
    """Return `at` if its year is one that an article can have."""
    return at if FIRST_YEAR <= at.year <= LAST_YEAR else None


def _instant(parts: dict[str, str | None]) -> datetime | None:
    date = _date(parts)
    clock = _clock(parts)
    if date is None or clock is None:
        return None
    try:
        day = datetime(*date, tzinfo=_zone(parts.get("zone") or ""))
        return within((day + clock).astimezone(UTC))
    except (ValueError, OverflowError):  # the 31st of February; the year 0
        return None


def _date(parts: dict[str, str | None]) -> tuple[int, int, int] | None:
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:  # noqa: PLR2004 - two digits, RFC 2822, 4.3
        year += 2000 if year < 50 else 1900  # noqa: PLR2004 - the same paragraph's turn of the century
    if name := parts.get("name"):
        month = _MONTHS.get(name.lower(), 0)
        return (year, month, int(parts["day"] or 0))
    if "first" in parts:
        return _by_mark(year, parts)
    return (year, int(parts["month"] or 0), int(parts["day"] or 0))


def _by_mark(year: int, parts: dict[str, str | None]) -> tuple[int, int, int] | None:
    """Read first/other/year: dots are day first; else only what can be read in one way, or with am and pm."""
    first, other = int(parts["first"] or 0), int(parts["other"] or 0)
    months = 12
    if parts["mark"] == "." or first > months or first == other:
        return (year, other, first)
    if other > months or parts.get("half"):  # only the United States write both slashes and am
        return (year, first, other)
    return None


def _clock(parts: dict[str, str | None]) -> timedelta | None:
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 - ISO 8601 knows 24:00 and leap seconds
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _zone(name: str) -> timezone:
    """Return the zone; an unknown name is UTC, as RFC 2822, 4.3, asks for."""
    if name[:1] in {"+", "-"}:
        digits = name[1:].replace(":", "")
        span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-span if name[0] == "-" else span)
    return timezone(timedelta(hours=_ZONES.get(name.lower(), 0)))
