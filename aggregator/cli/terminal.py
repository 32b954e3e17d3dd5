"""What a person sees: lines, tables, search hits, progress; and the same for a pipe.

Everything that is shown is made safe here, so that no title, address or error message from outside can drive
the terminal; a command therefore never prints by itself. On a terminal rich draws (NO_COLOR, FORCE_COLOR and
TERM=dumb are honoured); it is imported only then. In a pipe a line is plain text and a table is tab-separated
and whole. Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from typing import TYPE_CHECKING, Literal, TextIO
from urllib.parse import quote

from aggregator.cli.jsontext import as_json, hit_json, json_out
from aggregator.cli.pipes import quiet_pipe
from aggregator.cli.safetext import one_line, piece_of_line, safe
from aggregator.times import ago, to_text
from aggregator.urls import is_http, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID
    from rich.text import Text

    from aggregator.models import Article, FoldedCopy, Hit

__all__ = [
    "Cell", "Line", "Progress", "Span", "Style", "as_json", "draws", "hit_json", "hit_lines", "json_out",
    "marked_spans", "note", "one_line", "out", "progress", "quiet_pipe", "safe", "table",
]  # fmt: skip

# -------------------------------------------------------------------------------------------------- lines


class Style(StrEnum):
    """Why a piece of text looks different, in rich's words."""

    PLAIN = ""
    STRONG = "bold"
    FAINT = "dim"
    EMPHASIS = "italic"
    HIT = "bold yellow"  # a word that was searched for: **word** where there is no colour
    GOOD = "green"
    WARN = "yellow"
    BAD = "bold red"
    REMOVED = "red strike"  # words that are gone: [-words-] where there is no colour
    ADDED = "green underline"  # words that came: {+words+}, as wdiff writes them


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line."""

    text: str
    style: Style = Style.PLAIN
    link: str = ""  # an http(s) address to click on; <address> behind the text where that cannot be


@dataclass(frozen=True, slots=True)
class Line:
    """A line with styles; indents are in cells."""

    spans: tuple[Span, ...]
    indent: int = 0
    hang: int = 0  # how much further in a continuation begins, where lines are wrapped


def or_stdout(_ctx: object, _param: object, output: Path | None) -> Path | None:
    """Return the file of an option, None for the standard output, which "-" means too; click calls it."""
    return None if str(output) == "-" else output


def out(line: str | Line = "") -> None:
    """Show a result."""
    _show(sys.stdout, line)


def note(line: str | Line) -> None:
    """Show what is said about a result, on stderr."""
    _show(sys.stderr, line)


def _show(stream: TextIO, line: str | Line) -> None:
    if isinstance(line, Line) and draws(stream):
        _draw_line(_console(stream), line)
    else:
        print(_plain(line), file=_writable(stream))


def _draw_line(console: Console, line: Line) -> None:
    """Wrap a line by the cells that its letters take, and indent the continuations."""
    for at, row in enumerate(_wrapped(_rich_text(line.spans), console, line)):
        row.rstrip()
        row.pad_left(line.indent + (line.hang if at else 0))
        console.print(row, soft_wrap=True)


def _wrapped(text: Text, console: Console, line: Line) -> list[Text]:
    """Return the first row, and the narrower ones of what is left."""
    first, *others = text.wrap(console, max(console.width - line.indent, _NARROWEST), overflow="fold")
    if not others:
        return [first]
    left = len(text.plain[len(first) :].lstrip())
    width = max(console.width - line.indent - line.hang, _NARROWEST)
    return [first, *text[len(text) - left :].wrap(console, width, overflow="fold")]


_NARROWEST = 20  # cells: below that, lines that are too long read better than a column of letters


def _plain(line: str | Line) -> str:
    if isinstance(line, str):
        return safe(line)
    return " " * line.indent + "".join(_plain_span(span) for span in line.spans)


def _plain_span(span: Span) -> str:
    text = piece_of_line(span.text)
    before, after = _MARKS.get(span.style, ("", ""))
    marked = f"{before}{text}{after}" if text else text
    return f"{marked} <{_linked(span.link)}>" if _linked(span.link) else marked


_MARKS = {Style.HIT: ("**", "**"), Style.REMOVED: ("[-", "-]"), Style.ADDED: ("{+", "+}")}
_LONGEST_LINK = (
    2083  # what terminals take (https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda)
)


def _linked(link: str) -> str:
    """Return a link in ASCII, fit for an escape sequence or angle brackets; "" if it is no http(s) address."""
    quoted = quote(link, safe="%/:@!$&'()*+,;=-._~?[]#|", errors="replace")
    return quoted if is_http(link) and len(quoted) <= _LONGEST_LINK else ""


# ------------------------------------------------------------------------------------------- the terminal


def draws(stream: TextIO) -> bool:
    """Tell whether a person looks at `stream` and it understands escape sequences (or FORCE_COLOR says so)."""
    if os.environ.get("TERM") == "dumb" or stream is None:
        return False
    forced = bool(os.environ.get("FORCE_COLOR")) and not os.environ.get("NO_COLOR")
    return forced or stream.isatty()


def _writable(stream: TextIO) -> TextIO:
    """Let a stream in an old encoding show a question mark instead of failing."""
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")
    return stream


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # slow, rarely needed

    return Console(file=_writable(stream), highlight=False, markup=False, emoji=False)


def _rich_text(spans: Sequence[Span]) -> Text:
    from rich.style import Style as RichStyle  # slow, rarely needed
    from rich.text import Text  # slow, rarely needed

    text = Text()
    for span in spans:
        style = RichStyle.parse(span.style) + RichStyle(link=_linked(span.link) or None)
        text.append(piece_of_line(span.text), style)
    return text


# ------------------------------------------------------------------------------------------------- tables

Cell = str | int | float | datetime | Span | None


def table(rows: Sequence[Sequence[Cell]], columns: Sequence[str]) -> None:
    """Show rows under their column names: drawn for a person, tab-separated and whole for a pipe."""
    if draws(sys.stdout):
        _draw_table(rows, columns)
        return
    for row in (columns, *rows):
        print("\t".join(one_line(_span(cell).text) for cell in row), file=_writable(sys.stdout))


def _draw_table(rows: Sequence[Sequence[Cell]], columns: Sequence[str]) -> None:
    from rich.table import Table  # slow, rarely needed

    console = _console(sys.stdout)
    texts = [[_rich_text([_span(cell)]) for cell in row] for row in (columns, *rows)]
    widths = _fitted(
        [max(text.cell_len for text in column) for column in zip(*texts, strict=True)], console.width
    )
    drawn = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for at, width in enumerate(widths):
        numbers = bool(rows) and all(isinstance(row[at], int | float | None) for row in rows)
        side: Literal["right", "left"] = "right" if numbers else "left"
        drawn.add_column(texts[0][at], justify=side, width=width, no_wrap=True, overflow="ellipsis")
    for row in texts[1:]:
        drawn.add_row(*row)
    console.print(drawn)


_GAP = 2  # cells between two columns


def _fitted(widths: list[int], room: int) -> list[int]:
    """Take from the widest columns until all fit: short ones stay whole."""
    room -= _GAP * (len(widths) - 1)
    fitted = [min(width, room) for width in widths]
    while sum(fitted) > room and max(fitted) > 1:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _span(cell: Cell) -> Span:
    match cell:
        case Span():
            return cell
        case None:
            return Span("")
        case datetime():
            return Span(to_text(cell))
        case _:
            return Span(str(cell))


# --------------------------------------------------------------------------------------------------- hits


_HIT_INDENT = len(" 1. ")
_SITES_NAMED = 4


def hit_lines(hit: Hit, now: datetime, number: int) -> tuple[Line, ...]:
    """Return a search hit as a person reads it: title, where from and when, the words around the match."""
    article = hit.article
    title = Span(one_line(article.title) or article.url, Style.STRONG, link=article.url)
    lines: tuple[Line, ...] = (
        Line((Span(f"{number:>2}. "), title), hang=_HIT_INDENT),
        Line(_origin(article, now), indent=_HIT_INDENT),
    )
    if hit.found_in:
        stood = f"{ago(hit.found_in.since, now)} to {ago(hit.found_in.until, now)}"
        earlier = f"in the text that stood from {stood}: {one_line(hit.found_in.title)}"
        lines += (Line((Span(earlier, Style.FAINT),), indent=_HIT_INDENT),)
    if hit.copies:
        lines += (Line((Span(_folded(hit.copies), Style.FAINT),), indent=_HIT_INDENT),)
    snippet = marked_spans(" ".join(hit.snippet.split()))
    return (*lines, Line(snippet, indent=_HIT_INDENT)) if snippet else lines


def _folded(copies: Sequence[FoldedCopy]) -> str:
    """Return how many copies stand behind a hit, and on which sites."""
    sites = list(dict.fromkeys(one_line(copy.site) or site_of(copy.url) for copy in copies))
    named = ", ".join(sites[:_SITES_NAMED]) + (" …" if len(sites) > _SITES_NAMED else "")
    return f"+{len(copies)} {'copy' if len(copies) == 1 else 'copies'}: {named}"


def _origin(article: Article, now: datetime) -> tuple[Span, ...]:
    from aggregator.models import Verdict  # what a poll does without

    source = one_line(article.site) or site_of(article.url)
    parts = [Span(source, Style.FAINT), Span(ago(article.dated_at, now), Style.FAINT)]
    if article.verdict is not Verdict.FULL:
        parts.append(Span(article.verdict, Style.WARN))
    parts.append(Span(f"#{article.id}", Style.FAINT))
    dot = Span(" · ", Style.FAINT)
    return tuple(each for part in parts for each in (dot, part))[1:]


def marked_spans(text: str) -> tuple[Span, ...]:
    """Split at the marks around words that were searched for; a mark without its partner changes nothing."""
    from aggregator.models import MARK_END, MARK_START  # as above

    spans = []
    for at, piece in enumerate(re.split(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}", text)):
        if piece:
            spans.append(Span(piece, Style.HIT if at % 2 else Style.PLAIN))
    return tuple(spans)


# ----------------------------------------------------------------------------------------------- progress


class Progress:
    """How far a long run has come; this one says nothing."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Count steps as done, and show `note` beside the bar."""


class _Bar(Progress):
    def __init__(self, drawn: RichProgress, task: TaskID) -> None:
        self._drawn = drawn
        self._task = task

    def advance(self, steps: int = 1, note: str = "") -> None:
        self._drawn.update(self._task, advance=steps, note=one_line(note))


@contextmanager
def progress(total: int | None, label: str) -> Iterator[Progress]:
    """Show a bar on stderr while the block runs, if a person looks at it; `total` None: not known."""
    if not (draws(sys.stderr) and sys.stderr.isatty()):
        yield Progress()
        return
    from rich import progress as parts  # slow, rarely needed

    says, adds = (
        parts.TextColumn(f"{{task.{name}}}", markup=False) for name in ("description", "fields[note]")
    )
    drawn = parts.Progress(
        says, parts.BarColumn(bar_width=30), parts.MofNCompleteColumn(), parts.TimeElapsedColumn(), adds,
        console=_console(sys.stderr), transient=True, redirect_stdout=sys.stdout.isatty(),
    )  # fmt: skip
    with drawn:
        yield _Bar(drawn, drawn.add_task(one_line(label), total=total, note=""))
