"""A digest as CommonMark that reads as well in a terminal as it does rendered.

Links are by reference, numbered, their addresses at the end of each section, so that the text is not torn by
them. What comes from outside can make no markup of its own: what means something inside a line is escaped
there, what means something at the start of a line (CommonMark 0.31, 4 and 5) once the lines are laid. The
schemes of bare addresses are broken up too, because GitHub and others make links of them.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from aggregator.counting import counted
from aggregator.digest import wording
from aggregator.digest.clean import one_line, safe_href

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.models import Changes, Corrected, Digest, DigestEntry, MovedOn, Section, Vanished

_COLUMNS: Final = 78
_INLINE = re.compile(r"[\\`*_\[\]<>|~@]|&(?=#|\w)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=#?\w+;)")  # would be read as a character even in an address
_ESCAPED = r"\\&"
_CLOSING = re.compile(r"#(?=#*$)")  # would be taken for the end of a heading
_AT_START = re.compile(r"^(?=[#+=:-])|^(\d{1,9})(?=[.)])")


def render_markdown(digest: Digest) -> str:
    """Return the whole digest; the same digest gives the same bytes."""
    blocks = [_heading("#", _inline(digest.title)), *_masthead(digest)]
    number = 1
    for section in digest.sections:
        links = _Links(number)
        blocks += _section(digest, section, links)
        number = links.next
    if not digest.sections:
        blocks.append(wording.EMPTY)
    if digest.changes:
        blocks += _changes(digest, digest.changes, _Links(number))
    if digest.sections:
        blocks += ["---", _end(digest)]
    return "\n\n".join(blocks) + "\n"


class _Links:
    """The links of a section: their numbers as they are made, their addresses to be written at its end."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.definitions: list[str] = []

    def to(self, url: str, text: str) -> str:
        """Return `text` as a link, or as it is if there is no address to go to."""
        href = safe_href(url)
        if not href:
            return text
        address = _ENTITY.sub(_ESCAPED, href)
        self.definitions.append(f"[{self.next}]: <{address}>")
        self.next += 1
        return f"[{text}][{self.next - 1}]"


def _masthead(digest: Digest) -> Iterator[str]:
    yield " · ".join(part for part in (wording.period(digest), wording.edition(digest)) if part)
    if digest.sections:
        yield f"{wording.counts(digest)} · {wording.reading(digest)}"
        yield "\n".join(
            _item(f"{_inline(s.title)} ({len(s.entries) + len(s.brief) + s.left_out})")
            for s in digest.sections
        )


def _section(digest: Digest, section: Section, links: _Links) -> Iterator[str]:
    yield _heading("##", _inline(section.title))
    for entry in section.entries:
        yield from _entry(digest, entry, links)
    if section.brief:
        yield "### In brief"
        yield "\n".join(_brief(digest, entry, links) for entry in section.brief)
    if section.left_out:
        yield f"*{wording.left_out(section.left_out)}*"
    if links.definitions:
        yield "\n".join(links.definitions)


def _entry(digest: Digest, entry: DigestEntry, links: _Links) -> Iterator[str]:
    yield _heading("###", links.to(entry.url, _inline(entry.title)))
    said = [entry.source, entry.byline, wording.when(digest, entry), wording.duration(entry.minutes)]
    said.append(wording.standing(digest, entry))
    yield _lines(" · ".join(_inline(part) for part in said if part))
    if href := safe_href(entry.image):
        yield f"![](<{_ENTITY.sub(_ESCAPED, href)}>)"
    if entry.lead:
        yield _lines(_inline(entry.lead))
    if entry.also_in:
        yield _lines("Also in " + ", ".join(links.to(url, _inline(name)) for name, url in entry.also_in))


def _brief(digest: Digest, entry: DigestEntry, links: _Links) -> str:
    said = f"{_inline(entry.source)}, {wording.when(digest, entry)}"
    return _item(f"{links.to(entry.url, _inline(entry.title))} ({said})")


def _changes(digest: Digest, changes: Changes, links: _Links) -> Iterator[str]:
    yield _heading("##", wording.CHANGED)
    for heading, items in _changed(digest, changes, links):
        if items:
            yield _heading("###", heading)
            yield "\n".join(items)
    if changes.left_out:
        yield f"*and {counted(changes.left_out, 'more change')}*"
    if links.definitions:
        yield "\n".join(links.definitions)


def _changed(digest: Digest, changes: Changes, links: _Links) -> Iterator[tuple[str, list[str]]]:
    def told(one: MovedOn | Corrected | Vanished, said: str) -> str:
        return _item(f"{links.to(one.url, _inline(one.title))} ({_inline(one.source)}{said})")

    yield wording.MOVED, [told(one, f"; {wording.moved(digest, one)}") for one in changes.moved]
    yield (
        wording.CORRECTED,
        [
            told(one, f"; {wording.KINDS.get(one.kind, _inline(one.kind))}") + "".join(_diff(one))
            for one in changes.corrected
        ],
    )
    yield wording.VANISHED, [told(one, "") for one in changes.vanished]
    yield (
        wording.TROUBLES,
        [_item(f"{links.to(one.url, _inline(one.source))}: {_inline(one.said)}") for one in changes.troubles],
    )


def _diff(one: Corrected) -> Iterator[str]:
    """Yield the changed words, in the marks of word diffs: [-gone-] [+new+]."""
    for passage in one.passages:
        yield f"\n\n  {_at_start(' '.join(_piece(kind, words) for kind, words in passage))}"


def _piece(kind: str, words: str) -> str:
    said = _inline(words)
    return {"removed": rf"\[-{said}-\]", "added": rf"\[+{said}+\]"}.get(kind, said)


def _end(digest: Digest) -> str:
    if not digest.left_out:
        return wording.THE_END
    more = counted(digest.left_out, "more story", "more stories")
    return f"{wording.THE_END} There was no room for {more}."


def _inline(text: str) -> str:
    return _INLINE.sub(r"\\\g<0>", one_line(text))


def _heading(level: str, text: str) -> str:
    closed = _CLOSING.sub(r"\\#", text)
    return f"{level} {closed}"


def _item(text: str) -> str:
    return f"- {_at_start(text)}"


def _at_start(line: str) -> str:
    return _AT_START.sub(r"\1\\", line)


def _lines(text: str) -> str:
    """Lay out a paragraph. Long words are left whole: an escape must not be torn from what it escapes."""
    laid = textwrap.wrap(text, _COLUMNS, break_long_words=False, break_on_hyphens=False)
    return "\n".join(_at_start(line) for line in laid)
