"""A run of text as CommonMark: emphasis, code and links kept, everything else escaped so that it stays text.

CommonMark 0.31. What a page says cannot become HTML, a heading, a link or an image: the characters that make them are
escaped, and links lead to absolute http(s) addresses only.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from aggregator.urls import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.extract.tree.blocks import Style

_SPECIAL = re.compile(r"[\\`*\[\]<_&~]")
_LINE_START = re.compile(r"#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=](?=[-=\s]*$)|~(?=~~)")
_NUMBER_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_IN_ADDRESS = re.compile(r"[\s()<>\\`*_\[\]|\"'\x00-\x1f]")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_BACKTICKS = re.compile(r"`+")
_LONGEST_ADDRESS = 2000  # characters; more is data
_MOST_PIECES = 2000  # of one block: in one with more only the words are kept


def escaped(text: str) -> str:
    """Return plain text such that CommonMark shows it as it is, also at the start of a line."""
    return start_escaped(_SPECIAL.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    """Escape a character that may mean something where it stands."""
    text, place, char = found.string, found.start(), found.group()
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    harmless = (
        (char == "_" and before.isalnum() and after.isalnum())
        or (char == "&" and not _ENTITY.match(text, place))
        or (char == "~" and "~" not in (before, after))
    )
    return char if harmless else "\\" + char


def start_escaped(line: str) -> str:
    line = (
        _LINE_START.sub(lambda found: "\\" + found.group(), line, count=1)
        if _LINE_START.match(line)
        else line
    )
    return _NUMBER_START.sub(r"\1\\\2", line, count=1) if _NUMBER_START.match(line) else line


def inline_markdown(pieces: Sequence[tuple[str, Style]], url: str) -> list[str]:
    """Return the lines of a run of text; links are resolved against `url`."""
    if len(pieces) == 1 and not any(pieces[0][1]):
        plain = escaped(" ".join(pieces[0][0].split()))
        return [plain] if plain else []
    lines: list[str] = []
    for is_break, group in groupby(_collapsed(pieces), key=lambda piece: piece[0] == "\n"):
        if not is_break:
            line = _linked_line(list(group), url)
            lines += [start_escaped(line)] if line else []
    return lines


def _collapsed(pieces: Sequence[tuple[str, Style]]) -> list[tuple[str, Style]]:
    """Collapse white space within and across pieces; breaks stay pieces of their own."""
    collapsed: list[tuple[str, Style]] = []
    space = True  # at the start of a line there is none
    for text, style in pieces:
        if text == "\n":
            collapsed.append((text, style))
            space = True
            continue
        words = " ".join(text.split())
        if not words:
            if text and not space:
                collapsed.append((" ", style))
                space = True
            continue
        lead = " " if text[0].isspace() and not space else ""
        space = text[-1].isspace()
        collapsed.append((lead + words + (" " if space else ""), style))
    return collapsed


def _linked_line(pieces: list[tuple[str, Style]], url: str) -> str:
    if len(pieces) > _MOST_PIECES:
        return _SPECIAL.sub(_escape, "".join(text for text, _ in pieces)).strip()
    whole = "".join(text for text, _ in pieces)
    parts: list[str] = []
    position = 0
    # by where they lead: code beside code that leads nowhere, too, must become one run of backticks
    for target, group in groupby(pieces, key=lambda piece: _target(piece[1].href, url)):
        together = list(group)
        inner = _styled_run(together, whole, position)
        position += sum(len(text) for text, _ in together)
        if target and parts and parts[-1].endswith("!"):
            parts[-1] = parts[-1][:-1] + "\\!"  # else the link would be an image
        parts.append(_around(inner, "[", f"]({target})") if target else inner)
    return "".join(parts).strip()


def _styled_run(pieces: list[tuple[str, Style]], whole: str, position: int) -> str:
    parts: list[str] = []
    for style, group in groupby(
        pieces, key=lambda piece: (True, False, False) if piece[1].code else (False, *piece[1][1:3])
    ):
        text = "".join(text for text, _ in group)
        before, after = whole[:position][-1:], whole[position + len(text) :][:1]
        position += len(text)
        parts.append(_styled(text, style, before, after))
    return "".join(parts)


def _styled(text: str, style: tuple[bool, bool, bool], before: str, after: str) -> str:
    code, strong, emphasis = style
    bare = text.strip()
    if not bare:
        return text
    if code:
        return _around(text, *_code_marks(bare))
    inner = _SPECIAL.sub(_escape, text)
    mark = "**" * strong + "*" * emphasis
    # A mark beside a letter on one side and punctuation on the other would be shown as it is (6.2, flanking runs).
    opens = bare[0].isalnum() or text[0].isspace() or not before.isalnum()
    closes = bare[-1].isalnum() or text[-1].isspace() or not after.isalnum()
    return _around(inner, mark, mark[::-1]) if mark and opens and closes else inner


def _code_marks(bare: str) -> tuple[str, str]:
    longest = max(map(len, _BACKTICKS.findall(bare)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if bare.startswith("`") or bare.endswith("`") else ""
    return fence + pad, pad + fence


def _around(text: str, start: str, end: str) -> str:
    """Put marks around a text, its outer spaces outside."""
    bare = text.strip()
    if not bare:
        return text
    lead = text[: len(text) - len(text.lstrip())]
    tail = text[len(text.rstrip()) :]
    return f"{lead}{start}{bare}{end}{tail}"


def _target(href: str, url: str) -> str:
    """Return where a link leads as CommonMark writes it; "" if that is nowhere we would lead to."""
    if not href or href.lstrip().startswith("#") or len(href) > _LONGEST_ADDRESS:
        return ""
    address = absolute(url, href)
    address = _IN_ADDRESS.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), address
    )
    return _ENTITY.sub("&amp;", address)
