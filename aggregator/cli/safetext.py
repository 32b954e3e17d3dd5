"""Text from outside made safe to show: nothing in it can drive, overwrite or disorder a terminal.

Pure text work. Controls: ECMA-48 (C0, DEL, C1); what reorders a line: the property Bidi_Control of UAX #9.
"""

from __future__ import annotations

import re
from unicodedata import category

# C0 but tab and newline, DEL, C1; Bidi_Control; and what is there but cannot be seen: soft hyphen, zero-width
# space, word joiner, invisible operators, byte order mark, annotation anchors, tags and the variation
# selectors that can carry hidden text.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e"
    "\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_NEWLINE = re.compile("\r\n|[\x85\u2028\u2029]")
_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")  # one has a meaning in Persian and in emoji
_SURROGATE = re.compile("[\ud800-\udfff]")
_PILE = 8  # marks on one letter: Tibetan and Hebrew need fewer


def safe(text: str) -> str:
    """Return `text` without what could drive a terminal; newlines and tabs stay."""
    text = without_surrogates(_UNSAFE.sub("", _NEWLINE.sub("\n", text)))
    return text if text.isascii() else _without_piles(_JOINERS.sub(r"\1", text))


def one_line(text: str) -> str:
    """Return `text` made safe and on one line."""
    return " ".join(safe(text).split())


def piece_of_line(text: str) -> str:
    """Return `text` made safe for the middle of a line: blanks at its ends stay."""
    return re.sub(r"[\n\t]+", " ", safe(text))


def json_safe(text: str) -> str:
    """Escape in JSON what `safe` would remove: it is whole, and still cannot drive a terminal."""
    return _UNSAFE.sub(lambda found: _escaped(found.group()), without_surrogates(text))


def without_surrogates(text: str) -> str:
    """Put U+FFFD where half a surrogate pair stands: it cannot be encoded."""
    return _SURROGATE.sub("\ufffd", text)


def _escaped(char: str) -> str:
    """Write a character as JSON does: RFC 8259, section 7."""
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _without_piles(text: str) -> str:
    kept = []
    height = 0
    for char in text:
        height = height + 1 if category(char) in {"Mn", "Me"} else 0
        if height <= _PILE:
            kept.append(char)
    return "".join(kept)
