"""How pages word and mark up who wrote them, in several languages. Data only; `bylines` decides what it means."""

from __future__ import annotations

import re

# Names of meta elements, the best first.
METAS = (
    "author", "article:author", "og:article:author", "og:author", "parsely-author", "sailthru.author",
    "cxenseparse:author", "dc.creator", "dcterms.creator", "dcsext.author", "byl", "creator", "citation_author",
)  # fmt: skip
# What some systems show below a link that is shared: twitter:label1 "Written by", twitter:data1 "Jane Roe".
WRITTEN_BY = re.compile(
    r"(?:written by|by|author|verfasst von|geschrieben von|escrito por|écrit par|auteur|autor\w{0,3}|scritto da|"
    r"geschreven door|автор)\s*:?",
    re.IGNORECASE,
)

_WRITTEN = (
    r"(?:(?:(?:this\s+)?(?:post|article|story)\s+(?:was\s+)?)?(?:written|posted|published|reported|words)|text|"
    r"interview|(?:ein\s+)?(?:artikel|beitrag|gastbeitrag|kommentar)|(?:verfasst|geschrieben)|publié|écrit|escrito|"
    r"publicado|scritto)"
)
BY = re.compile(
    rf"^\W*(?:{_WRITTEN}\s+)?(?:by|von|par|por|di|door|av|af|od|przez)\b(?:\s*:)?\s+(?=\S)"
    rf"|^\W*(?:{_WRITTEN}|authors?|autor(?:in|en|es|a)?|auteurs?|autor[ei]|writer|redakteur(?:in)?|автор|بقلم|작성자)"
    r"\s*:\s*"
    r"|^\W*(?:文|記者|记者|作者)\s*[:/\uff1a\uff0f]\s*",
    re.IGNORECASE,
)
AND = re.compile(r"\s+(?:and|und|et|en|og|och|y|e|i|&)\s+")
PARTS = re.compile(r"\s*(?:[|•·;/\u2013—]|\s-\s)\s*")  # between a name and what follows it

# What follows a name.
ROLE = re.compile(
    r"\s+(?:기자|記者|记者|(?:staff|contributing|senior|tech|chief|guest|freelance)\s+"
    r"(?:writer|reporter|editor|correspondent|contributor)|contributor|founder|reporter|correspondent)$"
    r"|,?\s*(?:reviewed|edited|updated|medically reviewed|fact[- ]checked|posted|published)\s+(?:by|on)\b.*$",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r",\s*((?:(?:MD|PhD|Ph\.D\.|DO|RN|RD|CFP|CPA|MBA|JD|Esq\.?|Jr\.?|Sr\.?|III?)(?:,\s*)?)+)(?=$|,)"
)
IS_ROLE = re.compile(
    r"\b(?:head|director|manager|editors?|reporters?|correspondents?|writers?|columnist|contributors?|founder|ceo|"
    r"president|chief|senior|staff|professor|photograph\w*|journalist(?:in)?|redakteur(?:in)?|in|for|at|on)\b",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"\d\D*\s|\s\D*\d|[:@{}<>]|^(?:updated|posted|published|view|written|about|name|author|autor|share|follow|read|"
    r"by|von|more|all|admin(?:istrator)?|user|unknown|none|null|undefined|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?",
    re.IGNORECASE,
)

# Addresses of the pages of authors.
PROFILE_PARTS = (
    "/aut", "/profil", "/reporter", "/contributor", "/staff", "/journalist", "/people/", "/by/", "/redak", "/writer",
    "/producers/",
)  # fmt: skip
PROFILE = re.compile(
    r"/(?:authors?|autore?s?|autoren|autor-?innen|auteurs?|profile?s?|reporters?|contributors?|staff(?:-[a-z]+)?|"
    r"journalist(?:en|s|as|es)?|people|by|redak\w+|writers?|producers)/[^/?#]{2,}",
    re.IGNORECASE,
)

# Classes and ids of bylines.
CLASS_PARTS = ("uthor", "yline", "writer", "wrote", "autor")
CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|byline|autor(?:in|en)?|writer|wrote|authors|bylines)(?:$|[\s_-]|name|link)"
    r"|[a-z]Author|[a-z]Byline",
    re.IGNORECASE,
)
