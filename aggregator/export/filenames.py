"""Titles as names of files that every file system takes and no title can misuse.

Letters of all scripts stay. What separates folders or is forbidden on Windows becomes a dash (learn.microsoft.com,
"Naming Files, Paths, and Namespaces"), as do control characters. The number of the article makes each name the only
one of its kind, also where A and a are the same letter.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from aggregator.markup import clean_text

if TYPE_CHECKING:
    from aggregator.models import Article

MOST_BYTES = 200  # of a name: most file systems take 255, some programs add an ending of their own
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u206f]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def file_name(article: Article, ending: str) -> str:
    """Return a name such as "2026-11-20 A title (4711).md"; the same article always has the same one."""
    tail = f" ({article.id}){ending}"
    head = f"{article.dated_at:%Y-%m-%d} {article.title}" if article.title else f"{article.dated_at:%Y-%m-%d}"
    return f"{safe_name(head, MOST_BYTES - len(tail.encode()))}{tail}"


def safe_name(text: str, most_bytes: int = MOST_BYTES) -> str:
    """Return `text` as a name of a file or a folder, never empty, of at most so many bytes."""
    name = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", clean_text(text)))
    name = _shortened(name.lstrip(" .-~"), most_bytes).rstrip(" .")
    if not name:
        return "untitled"
    return f"_{name}"[:most_bytes] if _RESERVED.match(name) else name


def _shortened(name: str, most: int) -> str:
    """Cut between letters, and take no letter without its marks."""
    if len(name.encode()) <= most:
        return name
    at = len(name.encode()[:most].decode("utf-8", "ignore"))
    while at and (unicodedata.combining(name[at]) or name[at] in "\u200d\ufe0f" or name[at - 1] == "\u200d"):
        at -= 1
    return name[:at]
