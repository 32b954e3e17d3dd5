"""Marked-up and dirty text made plain: what a person would read, and nothing that could steer a terminal.

Ground level: every room may use it, it imports nothing of ours, and lxml is its only library. The reader of
HTML is event-driven, so depth costs nothing, and lenient (HTML5 leaves no document unreadable). What counts
as a block is the rendering section of the HTML standard, 15.3.3 to 15.3.8.
"""

from __future__ import annotations

import re
from html import unescape

from lxml import etree

_BLOCKS = frozenset(
    (
        "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li main menu nav ol "
        "optgroup option p pre search section select summary table tbody tfoot thead title tr ul"
    ).split()
)
_CELLS = frozenset(("td", "th"))
_UNSEEN = frozenset(("script", "style", "template", "noscript", "svg", "math", "object", "textarea"))

# What XML and a terminal must not see: C0 and C1 (white space apart), DEL, byte order mark, noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
# Embeddings, overrides and isolates reorder what stands around them (UAX 9). Marks (U+200E, U+200F) do not.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNWANTED = re.compile(_CONTROLS.pattern[:-1] + "\ud800-\udfff]")
_ASCII_CONTROLS = dict.fromkeys(code for code in range(0x80) if _CONTROLS.match(chr(code)))
_LONG = 2_000  # characters
_CONTROL_OCTETS = bytes(code for code in range(0x80) if _CONTROLS.match(chr(code)))
# the others in UTF-8; apart, because a pattern of one beginning is searched for ten times as fast
_C1 = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_MARKS = tuple(mark.encode() for mark in "\ufeff\ufffe\uffff")
_BREAK = "\x1e"  # between paragraphs while collecting; cannot occur in cleaned text
_NEW_LINE = "\x1f"


def clean_text(text: str) -> str:
    """Return `text` on one line: no controls, lone surrogates or bidi overrides, white space collapsed."""
    if text.isascii():
        return " ".join((text if text.isprintable() else without_controls(text)).split())
    return " ".join(_BIDI.sub("", without_controls(text)).split())


def without_controls(text: str) -> str:
    """Drop control characters other than white space, and put U+FFFD where half a surrogate pair stands."""
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII_CONTROLS)
    if len(text) > _LONG and not _may_have_controls(text):
        return text
    if _UNWANTED.search(text) is None:  # one look at each character instead of two
        return text
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def _may_have_controls(text: str) -> bool:
    """Tell it by the bytes of a long text: four times as fast as a look at each character."""
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair
        return True
    if len(octets.translate(None, _CONTROL_OCTETS)) < len(octets):
        return True
    return _C1.search(octets) is not None or any(mark in octets for mark in _MARKS)


def html_to_text(html: str) -> str:
    """Return what `html` says as plain text, paragraphs separated by one empty line.

    Block elements break a paragraph, `<br>` a line, inline elements nothing; two breaks in a row
    (`<br><br>`) are a paragraph too. Scripts, styles and drawings say nothing.
    """
    html = without_controls(html)
    if "<" not in html:
        return clean_text(unescape(html))
    collected = _Words()
    parser = etree.HTMLParser(target=collected, encoding="utf-8", huge_tree=True)
    try:
        # A body element up front keeps libxml2 from wrapping leading text in a paragraph of its own.
        parser.feed(b"<html><body>" + html.encode("utf-8"))
        parser.close()
    except etree.LxmlError:
        pass  # libxml2 gave up in the middle: what it had read so far is what we have
    return _paragraphs("".join(collected.pieces))


class _Words:
    """Receives lxml's parser events; breaks are written as control characters and resolved at the end."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._unseen = 0
        self._pre = 0

    def start(self, tag: str | bytes, _attributes: object) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "pre":
            self._pre += 1
        self._mark(tag)

    def end(self, tag: str | bytes) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        elif tag == "pre" and self._pre:
            self._pre -= 1
        if tag != "br":
            self._mark(tag)

    def data(self, data: str | bytes) -> None:
        if not self._unseen:
            text = str(data)
            self.pieces.append(text.replace("\n", _NEW_LINE) if self._pre else text)

    def comment(self, text: str | bytes) -> None:
        """Comments say nothing."""

    def close(self) -> None:
        """Tell lxml that there is no tree."""

    def _mark(self, tag: str | bytes) -> None:
        if tag == "br":
            self.pieces.append(_NEW_LINE)
        elif tag in _BLOCKS:
            self.pieces.append(_BREAK)
        elif tag in _CELLS:
            self.pieces.append(" ")


def _paragraphs(collected: str) -> str:
    """Turn break marks into lines and empty lines."""
    paragraphs = re.split(rf"{_BREAK}|{_NEW_LINE}[ \t\r\n]*{_NEW_LINE}", collected)
    cleaned = ("\n".join(filter(None, map(clean_text, p.split(_NEW_LINE)))) for p in paragraphs)
    return "\n\n".join(filter(None, cleaned))
