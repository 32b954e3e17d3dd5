"""A document as bytes → its text and its root: the part of reading a feed that comes before any parser.

Encodings as XML 1.0, appendix F, and RFC 7303 order them: byte order mark, then the protocol, then the
document's own declaration, then guesses. The text handed on has no byte order mark, no control characters,
no references to characters that XML forbids (they make feedparser raise), and a prolog that we wrote: from
the original one only harmless entities survive. Chains of entities have crashed expat (CVE-2024-8176).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from aggregator.charsets import codec_of, label_in_header, marked
from aggregator.errors import ParseError
from aggregator.markup import without_controls

MAX_ENTITIES = 256  # HTML's own list of names has 253
MAX_ENTITY_LENGTH = 64  # characters of one replacement text; "&a;" then grows at most twentyfold
_JUNK_LIMIT = 64 * 1024  # characters of warnings and blanks that may stand before the document proper

_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1

_UNMARKED = (  # how "<?xm", or "<" and a letter, begins in encodings that are not ASCII's children
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"[<{]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_DECLARED = re.compile(
    rb"^[^<]{0,200}<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.IGNORECASE
)

_BAD_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[1245-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f])"  # controls; then surrogates
    r"|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3])|x0*d[89a-f][0-9a-f]{2}"
    r"|x0*fff[ef]|0*[1-9]\d{6,}|x0*(?:1[1-9a-f][0-9a-f]{4}|[2-9a-f][0-9a-f]{5}|[1-9a-f][0-9a-f]{6,}));",
    re.IGNORECASE,
)
_START = re.compile(r"<(?:\?xml\b|!doctype\b|(?:[\w.-]+:)?(?:rss|feed|rdf|channel|html)\b)", re.IGNORECASE)
_NAME = re.compile(r"<([A-Za-z_][\w.:-]{0,200})")  # of a root element; those of feeds are ASCII
_ENTITY = re.compile(r"<!ENTITY\s+([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")
_EXTERNAL_SET = re.compile(r"<!ENTITY\s+%\s+[\w.:-]+\s+(?:PUBLIC|SYSTEM)\b[^>]*>")  # HTML's names, in RSS 1.0
_BLANKS = re.compile(r"\s*")
_INSTRUCTION = re.compile(r"<\?.*?\?>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype[^\[>]*(?:\[.*?\]\s{0,100})?>", re.DOTALL | re.IGNORECASE)
_CHARACTER = re.compile(r"&#(?:\d{1,7}|x[0-9a-f]{1,6});", re.IGNORECASE)
_PREDEFINED = frozenset(
    ("amp", "lt", "gt", "quot", "apos")
)  # XML 1.0, 4.6: declared or not, they mean the same


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document, ready for a parser."""

    text: str  # prolog, then from the root element on
    root: str  # the root element's name as written; "{" or "[" for JSON
    encoding: str = "utf-8"  # in which it came, by Python's name


def read_document(body: bytes, content_type: str = "") -> Document:
    """Return the text of `body`; raise ParseError for an empty one and for dangerous declarations."""
    if body.startswith(_GZIP):
        raise ParseError("compressed data that no header announced")
    text, encoding = _decoded(body, content_type)
    text = without_controls(text).strip()
    if not text:
        raise ParseError("empty body")
    if text[0] in "{[":
        return Document(text, text[0], encoding)
    doctype, position = _prolog(text)
    root = _NAME.search(text, position)
    if root is None:
        raise ParseError("neither XML nor JSON")
    rest = text[root.start() :]
    if "&#" in rest:
        rest = _BAD_REFERENCE.sub("&#xFFFD;", rest)
    return Document(_own_prolog(doctype) + rest, root[1], encoding)


def _decoded(body: bytes, content_type: str) -> tuple[str, str]:
    """Return `body` as text, and its encoding. Never fails: what no encoding explains is read as windows-1252."""
    for encoding in _candidates(body, content_type):
        try:
            return body.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeError:
            continue
    return body.decode("cp1252", "replace"), "cp1252"


def _candidates(body: bytes, content_type: str) -> list[str]:
    if encoding := marked(body):
        return [encoding]
    head = body[:400].lstrip(b" \t\r\n")
    sniffed = [encoding for pattern, encoding in _UNMARKED if pattern.match(head)]
    declared = _DECLARED.match(body[:500])
    labels = (label_in_header(content_type), declared[1].decode("ascii") if declared else "")
    # UTF-16 is seen by its bytes or not at all: many a plain file only says that it is that.
    known = [codec for codec in map(codec_of, labels) if codec and not codec.startswith("utf-16")]
    if known and known[0] == "cp1252":
        # What a document is called by default. Nearly every byte is a letter in it; valid UTF-8 was never meant so.
        known.insert(0, "utf-8")
    return [*sniffed, *known, "utf-8", "cp1252"]


def _prolog(text: str) -> tuple[str, int]:
    """Return the document type declaration and where the prolog ends (XML 1.0, 2.8)."""
    position = _junk_end(text)
    doctype = ""
    while True:
        position = _next(_BLANKS, text, position)
        if text.startswith("<?", position):
            position = _next(_INSTRUCTION, text, position)
        elif text.startswith("<!--", position):
            position = _next(_COMMENT, text, position)
        elif text[position : position + 9].lower() == "<!doctype":
            end = _next(_DOCTYPE, text, position)
            doctype = text[position:end]
            position = end
        else:
            return doctype, position


def _next(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where what begins at `position` ends; it has no end: at the end of the text."""
    match = pattern.match(text, position)
    return match.end() if match else len(text)


def _junk_end(text: str) -> int:
    """Return where the document proper begins: scripts print warnings and comments before it."""
    if text.startswith(("<?", "<!")):
        return 0
    found = _START.search(text, 0, _JUNK_LIMIT)
    return found.start() if found else 0


def _own_prolog(doctype: str) -> str:
    """Write a prolog that declares the same harmless entities; raise ParseError for any other declaration."""
    subset = _EXTERNAL_SET.sub("", doctype[doctype.find("[") + 1 :] if "[" in doctype else "")
    entities = {name: single or double for name, double, single in _ENTITY.findall(subset)}
    if len(re.findall(r"<!ENTITY", subset, re.IGNORECASE)) > min(len(entities), MAX_ENTITIES):
        raise ParseError("declares XML entities that are external, repeated or too many")
    lines = [f'<!ENTITY {name} "{_value(entities[name])}">' for name in entities if name not in _PREDEFINED]
    if lines:
        return "<!DOCTYPE feed [\n" + "\n".join(lines) + "\n]>\n"
    # feedparser tells the two kinds of RSS 0.91 apart by this word alone.
    return '<!DOCTYPE rss SYSTEM "netscape">\n' if "netscape" in doctype.lower() else ""


def _value(value: str) -> str:
    """Return the text that an entity stands for, if it is nothing but text."""
    if len(value) > MAX_ENTITY_LENGTH or "&" in _CHARACTER.sub("", value):
        raise ParseError("declares XML entities that are long or refer to others")
    text = without_controls(unescape(value))
    if any(mark in text for mark in '&<%"'):
        raise ParseError("declares XML entities that hold markup")
    return text
