"""Text and addresses from outside, made fit to stand in a line of ours.

Escaping is not done here: it differs from form to form. What goes is what no form can show and what could
reach beyond its own place: control characters, the characters that turn the direction of the text around
them (UAX 9 embeddings, overrides and isolates), and code points that are no characters. Direction marks and
joiners stay: Persian, Hebrew and emoji need them.
"""

from __future__ import annotations

import re
import unicodedata

from aggregator.urls import is_http

_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # a control character parts words, as a line break does
_NO_BREAK = ("\u00a0", "\u202f")  # French sets them before ":" and inside "« »"
_UNWELCOME = re.compile(
    "[\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides, isolates
    "\u206a-\u206f\ufff9-\ufffb\ufeff"  # deprecated format characters, interlinear notes, a stray BOM
    "\ud800-\udfff\ufdd0-\ufdef"  # lone surrogates, which no encoding can write, and non-characters
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]+"
)
_RUN = re.compile(
    r"([!-~]{40})[!-~]{40,}"
)  # an address, base64, a prank: ASCII only, other scripts have no spaces
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")  # the shape of BCP 47, not its registry
_NOT_IN_URL = re.compile(
    r"[ \"'<>\\^`{|}\u00a0\u202f]"
)  # no part of a URI (RFC 3986), or it could end a quotation


def one_line(text: str) -> str:
    """Return `text` on one line, without what the head of this file names."""
    return _SPACE.sub(_one_space, _UNWELCOME.sub("", text)).strip()


def safe_href(url: str) -> str:
    """Return an http(s) address that can end no attribute and no link; "" for anything else."""
    line = one_line(url)
    if not is_http(line):
        return ""
    return _NOT_IN_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), line)


def without_long_runs(text: str) -> str:
    """Shorten what no reader reads as a word and no line can hold."""
    return _RUN.sub(r"\1…", text)


def language_tag(language: str) -> str:
    """Return a well-formed language tag, or "", which in HTML says: not known."""
    return language if _LANGUAGE.fullmatch(language) else ""


def width(text: str) -> int:
    """Return how wide the text is to the eye: a wide character counts as two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for character in text if unicodedata.east_asian_width(character) in "WF")


def cut(text: str, limit: int) -> str:
    """Return `text`, if wider than `limit` shortened to it: at a word where there is one, with "…"."""
    if width(text) <= limit:
        return text
    end, left = 0, limit - 1
    while (left := left - width(text[end])) >= 0:
        end += 1
    at_word = text.rfind(" ", limit // 2, end + 1)
    end = at_word if at_word > 0 else _before_mark(text, end)
    return text[:end].rstrip(" ,;:\u2013\u2014-(") + "…"


def _before_mark(text: str, end: int) -> int:
    """Move `end` so that it parts no letter from its marks and no emoji from what it is joined with."""
    stop = max(0, end - 16)  # longer clusters are no writing
    while end > stop and (unicodedata.category(text[end])[0] == "M" or "\u200d" in text[end - 1 : end + 1]):
        end -= 1
    return end


def _one_space(found: re.Match[str]) -> str:
    return found.group() if found.group() in _NO_BREAK else " "
