"""News agencies, recognised where a text itself says that it is theirs: byline, dateline, credit. Pure.

An agency that is only spoken of ("told Reuters", "die Nachrichtenagentur AFP berichtet") is not its source, so a name
counts in the forms alone in which agencies sign: as the byline, in brackets or before a dash at the beginning, in
brackets or after a copyright mark at the end.
"""

from __future__ import annotations

import re

# What is shown → how it signs. Short names are matched as they are written, others in any case.
_SHORT = {
    "AP": "AP",
    "AFP": "AFP",
    "dpa": "dpa|DPA|dpa-AFX|dpa/[a-z]+",
    "ANSA": "ANSA|Ansa",
    "EFE": "EFE",
    "TASS": "TASS",
    "PA": "PA",
    "APA": "APA",
    "KNA": "KNA",
    "epd": "epd|EPD",
    "SDA": "SDA|sda|Keystone-SDA|ATS|ats",
    "SID": "SID|sid",
    "ANP": "ANP",
    "NTB": "NTB",
    "TT": "TT",
    "STT": "STT",
    "Belga": "BELGA|Belga",
    "PTI": "PTI",
    "ANI": "ANI",
    "IANS": "IANS",
    "AAP": "AAP",
    "UPI": "UPI",
    "CNA": "CNA",
    "PAP": "PAP",
    "CTK": "\u010cTK|CTK|\u010cTK",
    "MTI": "MTI",
}
_LONG = {
    "AP": "Associated Press",
    "AFP": "Agence France[- ]Presse",
    "Reuters": "Reuters",
    "dpa": "Deutsche Presse-Agentur",
    "EFE": "Agencia EFE",
    "Xinhua": "Xinhua(?: News Agency)?|\u65b0\u534e\u793e",
    "TASS": "ITAR-TASS|\u0422\u0410\u0421\u0421",
    "Interfax": "Interfax|\u0418\u043d\u0442\u0435\u0440\u0444\u0430\u043a\u0441",
    "Kyodo": "Kyodo(?: News)?|\u5171\u540c\u901a\u4fe1",
    "PA": "Press Association|PA Media",
    "APA": "Austria Presse Agentur",
    "Europa Press": "Europa Press",
    "Adnkronos": "Adnkronos",
    "LaPresse": "LaPresse",
    "Lusa": "Ag\u00eancia Lusa",
    "Ritzau": "Ritzau",
    "Yonhap": "Yonhap(?: News Agency)?|\uc5f0\ud569\ub274\uc2a4",
    "Jiji": "Jiji Press|\u6642\u4e8b\u901a\u4fe1",
    "Bloomberg": "Bloomberg(?: News)?",
    "Anadolu": "Anadolu(?: Agency| Ajans\u0131)?",
    "Canadian Press": "(?:The )?Canadian Press",
}
BEGINNING = 160  # characters; a dateline stands before the first sentence
END = 160


def _named(forms: dict[str, str]) -> str:
    return "|".join(f"(?:{form})" for form in forms.values())


_SHORT_NAMES, _LONG_NAMES = _named(_SHORT), f"(?i:(?:the )?(?:{_named(_LONG)}))"
_NAME = rf"(?P<name>{_SHORT_NAMES}|{_LONG_NAMES})"
_ALSO = r"(?:\s*[/,+&\u00b7|-]\s*[\w.]+)*"  # (dpa/AFP), (AP/Reuters), dpa/lnw
_IN_BRACKETS = re.compile(rf"[(\[\uff08\u3010]\s*{_NAME}{_ALSO}\s*[)\]\uff09\u3011]")
_BEFORE_DASH = re.compile(rf"^(?:[^\n.!?]{{0,60}}[,\s])?{_NAME}{_ALSO}\s*[-\u2013\u2014]+\s")
_CREDIT = re.compile(
    rf"(?:\u00a9|\(c\)|(?i:copyright|source|quelle|fuente|fonte|bron))\W*(?:\d{{4}}\W+)?{_NAME}\b"
)
_AS_BYLINE = re.compile(
    rf"^(?:(?i:by|von|par|por|di|av|door)\s+)?(?:[^,;|/()]{{0,60}}[,;|/(]\s*)?{_NAME}{_ALSO}\)?\.?$"
)


def agency_of(byline: str, text: str, asides: str = "") -> str:
    """Return the agency that a text says it is from, by the name that it goes by; "" if it says none.

    `asides`: short lines that were left out of the text, datelines and credits among them.
    """
    beginning, end = text[:BEGINNING].lstrip(), text[-END:] if len(text) > END else ""
    found = (
        _AS_BYLINE.search(byline.strip()[:BEGINNING])
        or _IN_BRACKETS.search(beginning)
        or _BEFORE_DASH.search(beginning)
        or _CREDIT.search(end)
        or _IN_BRACKETS.search(end)
        or _CREDIT.search(asides)
        or _IN_BRACKETS.search(asides)
    )
    return _shown(found["name"]) if found else ""


def _shown(name: str) -> str:
    for shown, form in _SHORT.items():
        if re.fullmatch(form, name):
            return shown
    return next(
        (shown for shown, form in _LONG.items() if re.fullmatch(f"(?:the )?(?:{form})", name, re.IGNORECASE)),
        name,
    )
