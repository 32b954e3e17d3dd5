"""Tables that lay out a page instead of showing figures: made into plain boxes, as browsers show them.

Pages of the nineties and newsletters of today stand in one large table, which would be read as the article's table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LETTERS = 1000  # in a cell; what a table of figures or of facts says in one is shorter
_BREAKS = 3
_BOXES = 5  # html, body, and three more
_PARTS = frozenset(("thead", "tbody", "tfoot", "tr", "td", "th", "caption"))
_CELLS = ("td", "th")


def without_layout_tables(tree: HtmlElement) -> None:
    """Turn every table of which a cell holds a running text into boxes, in place; tables within it stay."""
    cells = (cell for cell in tree.iter(*_CELLS) if _is_at_the_top(cell) and _is_text(cell))
    tables = dict.fromkeys(table for cell in cells for table in cell.iterancestors("table"))
    for table in tables:
        table.tag = "div"
    if tables:
        for part in tree.iter(*_PARTS):
            if next(part.iterancestors("table"), None) is None:
                part.tag = "div"


def _is_at_the_top(cell: HtmlElement) -> bool:
    """Tell whether no more than a few boxes are around the cell's tables: deeper down they belong to a text."""
    boxes = [
        element for element in cell.iterancestors() if element.tag not in _PARTS and element.tag != "table"
    ]
    return len(boxes) <= _BOXES


def _is_text(cell: HtmlElement) -> bool:
    """Tell whether a cell holds paragraphs, or lines with breaks between."""
    if next(cell.iter("p"), None) is None and sum(1 for _ in cell.iter("br")) <= _BREAKS:
        return False
    letters = 0
    for text in cell.itertext():
        letters += len(text.strip())
        if letters > _LETTERS:
            return True
    return False
