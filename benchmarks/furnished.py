"""Known texts that hold lines which are no part of the article: the tool that wrote them did not leave them out.

Such a text can be met word by word only by an extractor that keeps the same lines, which no reader wants: "Follow us on
Twitter", "Related:", who took a picture, the title once more. So the share of the others is the most that an extractor
of articles can reach there. The wording is the benchmark's own, not the extractor's, and is narrow: a line counts only
if it is plainly of the page. What it does not know counts as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml.html import document_fromstring

if TYPE_CHECKING:
    from benchmarks.pages import KnownPage

_LONGEST = 200  # characters of a line; more is prose
_TOP = 3  # lines, among which a title is one that was repeated
_NETWORKS = r"(?:facebook|twitter|instagram|google\+?|pinterest)"
_LINE = re.compile(
    rf"""\W*(?:
    # Leads elsewhere, with or without what it leads to.
    (?:also\ (?:read|see)|see\ also|read\ more|watch|related(?:\ (?:articles?|stories|links))?)\s*(?::.*)?
    | more\ (?:from|on)\b.{{0,40}} | top\ picks | just\ for\ you | topics:\s.* | filed\ under\b.*
    # Asks for something.
    | (?:like|follow)\s.{{1,60}}\bon\ {_NETWORKS}\b.* | share\ (?:this|on)\b.{{0,40}} | \d+\s?shares\b.{{0,40}}
    | tweet | pin\ it | email | advertisement | sign\ up\ (?:for|to)\b.* | subscribe\ (?:to|now)\b.*
    # Says whose pictures and whose words they are.
    | (?:photos?|images?|pictures?)(?:\ (?:credit|by|courtesy))?\s*:.* | credit:.* | .{{0,60}}\bgetty\ images\W*
    | \w[\w.\ -]{{2,40}}/(?:ap|afp|reuters|getty|wireimage)\b\W* | view\ full\ size\ image\b.* | loading\ photo\ gallery
    | \d+\ of\ \d+\.\s.* | by\ [\w.'\u2019 -]{{3,40}} | by
    | reporting\ by\b.*\bediting\ by\b.* | copyright\b.* | .*\ball\ rights\ reserved\b.*
    | (?:this\ (?:article|story|post)\ )?original(?:ly|\ article)\ (?:appeared|published|on)\b.*
    | this\ (?:article|story|post)\ originally\ appeared\b.*
    # Is the page's own.
    | (?:updated|posted|published)\s*:?\s(?:on\ )?(?:\w+,\ )?\w+\ \d{{1,2}},?\ \d{{4}}\b.{{0,60}} | javascript\ is\b.*
    | inappropriate\ video\b.*
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)


def has_furniture(page: KnownPage) -> bool:
    """Tell whether the page's known text holds a line that is plainly not the article's."""
    if not page.text:
        return False
    lines = [line.strip() for line in page.text.splitlines() if line.strip()]
    titles = _titles(page.body)
    return any(_bare(line) in titles for line in lines[:_TOP]) or any(
        len(line) <= _LONGEST and _LINE.fullmatch(line) for line in lines
    )


def _titles(body: bytes) -> set[str]:
    tree = document_fromstring(body)
    shown = [element.text_content() for element in (*tree.iter("h1"), *tree.iter("title"))]
    declared = [str(text) for text in tree.xpath("//meta[@property='og:title']/@content")]
    return {_bare(title) for title in (*shown, *declared)} - {""}


def _bare(text: str) -> str:
    return "".join(re.findall(r"\w", text.casefold()))
