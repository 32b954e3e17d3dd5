"""An article's text for a person at a terminal: CommonMark drawn as lines, with headings, lists, quotes and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.cli.terminal import Line, Span, Style
from aggregator.urls import is_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_STEP = 3  # cells that a quote or a list in a list is set in
_BLANK = Line(())
_STRONG = {"strong_open": 1, "strong_close": -1}
_EMPHASIS = {"em_open": 1, "em_close": -1}


def text_lines(text: str, markdown: str = "") -> Iterator[Line]:
    """Yield the lines of a text, a paragraph a line, with a blank line between blocks."""
    if not markdown:
        for paragraph in text.split("\n"):
            yield Line((Span(paragraph),)) if paragraph.strip() else _BLANK
        return
    from markdown_it import MarkdownIt

    yield from _Place().drawn(MarkdownIt("commonmark", {"html": False}).parse(markdown))


@dataclass
class _Place:
    """Where in a document we are while its blocks are drawn."""

    lists: list[int | None] = field(
        default_factory=list
    )  # around us: the number of the last item; None: bullets
    quotes: int = 0
    heading: bool = False
    marker: str = ""  # of the item that begins with the next block
    close: bool = False  # the next block follows without a blank line: an item of a list without any
    first: bool = True  # nothing was drawn, or a list begins

    def drawn(self, tokens: Sequence[Token]) -> Iterator[Line]:
        started = False
        for token in tokens:
            if token.type not in {"inline", "fence", "code_block", "hr"}:
                self._move(token)
                continue
            if started and not (self.close and not self.first):
                yield _BLANK
            started, self.first = True, False
            yield from self._block(token)

    def _move(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.first = not self.lists
                start = int(token.attrGet("start") or 1) - 1
                self.lists.append(start if token.type == "ordered_list_open" else None)
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.marker = self._next_marker()
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "heading_open" | "heading_close":
                self.heading = token.nesting > 0
            case "paragraph_open":
                self.close = token.hidden

    def _next_marker(self) -> str:
        last = self.lists[-1]
        if last is None:
            return "• "
        self.lists[-1] = last + 1
        return f"{last + 1}. "

    def _block(self, token: Token) -> Iterator[Line]:
        indent = _STEP * (self.quotes + max(0, len(self.lists) - 1))
        if token.type in {"fence", "code_block"}:
            for code in token.content.rstrip("\n").split("\n"):
                yield Line((Span(code, Style.FAINT),), indent=indent + _STEP)
            return
        rows = list(_rows(token.children or [], strong=self.heading, emphasis=self.quotes > 0))
        if token.type == "hr":
            rows = [(Span("* * *", Style.FAINT),)]
        for row in rows:
            marker, self.marker = self.marker, ""
            lead = marker or (" " * 2 if self.lists else "")
            yield Line((Span(lead), *row) if lead else row, indent=indent, hang=len(lead))


def _rows(pieces: Sequence[Token], *, strong: bool, emphasis: bool) -> Iterator[tuple[Span, ...]]:
    """Yield the lines of one run of text: what is strong, emphasised or leads somewhere looks so."""
    row: list[Span] = []
    bold, italic, link = int(strong), int(emphasis), ""
    for piece in pieces:
        bold += _STRONG.get(piece.type, 0)
        italic += _EMPHASIS.get(piece.type, 0)
        match piece.type:
            case "hardbreak":
                yield tuple(row)
                row = []
            case "link_open":
                target = str(piece.attrGet("href") or "")
                link = target if is_http(target) else ""
            case "link_close":
                link = ""
            case "softbreak":
                row.append(Span(" "))
            case _ if piece.content:
                style = Style.STRONG if bold else Style.EMPHASIS if italic else Style.PLAIN
                row.append(Span(piece.content, style, link))
    if row:
        yield tuple(row)
