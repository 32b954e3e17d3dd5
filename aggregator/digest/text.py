"""A digest as plain text for a terminal, a printer without fonts, and the plain half of a letter.

Lines are at most `COLUMNS` wide as the eye measures them, addresses aside, which are never broken. Nothing in it can
drive a terminal: `one_line` has been over everything.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from aggregator.counting import counted
from aggregator.digest import wording
from aggregator.digest.clean import one_line, safe_href, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.models import Changes, Corrected, Digest, DigestEntry, Section

COLUMNS: Final = 72
_INDENT: Final = "    "


def render_text(digest: Digest) -> str:
    """Return the whole digest; the same digest gives the same bytes."""
    blocks = [_masthead(digest)]
    for section in digest.sections:
        blocks += _section(digest, section)
    if not digest.sections:
        blocks.append(wording.EMPTY)
    if digest.changes:
        blocks += _changes(digest, digest.changes)
    if digest.sections:
        blocks.append(_end(digest))
    return "\n\n".join(blocks) + "\n"


def _masthead(digest: Digest) -> str:
    title = one_line(digest.title)
    said = [wording.period(digest), wording.edition(digest)]
    if digest.sections:
        said += [wording.counts(digest), wording.reading(digest)]
    return "\n".join(
        [title, "=" * min(width(title), COLUMNS), *_wrapped(" · ".join(part for part in said if part))]
    )


def _end(digest: Digest) -> str:
    more = counted(digest.left_out, "more story", "more stories")
    rest = f"\nThere was no room for {more}." if digest.left_out else ""
    return f"* * *\n\n{wording.THE_END}{rest}"


def _heading(text: str) -> str:
    line = one_line(text)
    return f"{line}\n{'-' * min(width(line), COLUMNS)}"


def _section(digest: Digest, section: Section) -> Iterator[str]:
    yield _heading(section.title)
    for entry in section.entries:
        yield "\n".join(_entry(digest, entry))
    if section.brief:
        yield "\n".join(line for entry in section.brief for line in _brief(digest, entry))
    if section.left_out:
        yield f"({wording.left_out(section.left_out)})"


def _entry(digest: Digest, entry: DigestEntry) -> Iterator[str]:
    yield from _wrapped(one_line(entry.title))
    said = [entry.source, entry.byline, wording.when(digest, entry), wording.duration(entry.minutes)]
    said.append(wording.standing(digest, entry))
    yield from _indented(" · ".join(one_line(part) for part in said if part))
    if entry.lead:
        yield from _indented(one_line(entry.lead))
    if entry.also_in:
        yield from _indented("Also in " + ", ".join(one_line(name) for name, _ in entry.also_in))
    if url := safe_href(entry.url):
        yield _INDENT + url


def _indented(text: str) -> list[str]:
    return _wrapped(text, _INDENT, _INDENT)


def _brief(digest: Digest, entry: DigestEntry) -> Iterator[str]:
    said = f"{one_line(entry.title)} ({one_line(entry.source)}, {wording.when(digest, entry)})"
    yield from _item(said, entry.url)


def _item(said: str, url: str) -> Iterator[str]:
    yield from _wrapped(said, first="  - ", rest=_INDENT)
    if href := safe_href(url):
        yield _INDENT + href


def _changes(digest: Digest, changes: Changes) -> Iterator[str]:
    yield _heading(wording.CHANGED)
    if changes.moved:
        told = (
            (f"{one_line(o.title)} ({one_line(o.source)}; {wording.moved(digest, o)})", o.url)
            for o in changes.moved
        )
        yield "\n".join([f"{wording.MOVED}:", *(line for said, url in told for line in _item(said, url))])
    if changes.corrected:
        yield "\n".join(
            [f"{wording.CORRECTED}:", *(line for one in changes.corrected for line in _corrected(one))]
        )
    if changes.vanished:
        told = ((f"{one_line(o.title)} ({one_line(o.source)})", o.url) for o in changes.vanished)
        yield "\n".join([f"{wording.VANISHED}:", *(line for said, url in told for line in _item(said, url))])
    if changes.troubles:
        told = ((f"{one_line(o.source)}: {one_line(o.said)}", o.url) for o in changes.troubles)
        yield "\n".join([f"{wording.TROUBLES}:", *(line for said, url in told for line in _item(said, url))])
    if changes.left_out:
        yield f"(and {counted(changes.left_out, 'more change')})"


def _corrected(one: Corrected) -> Iterator[str]:
    kind = wording.KINDS.get(one.kind, one.kind)
    yield from _item(f"{one_line(one.title)} ({one_line(one.source)}; {kind})", one.url)
    for passage in one.passages:
        yield from _wrapped(
            " ".join(_piece(kind, one_line(words)) for kind, words in passage), _INDENT, _INDENT
        )


def _piece(kind: str, words: str) -> str:
    return {"removed": f"[-{words}-]", "added": f"[+{words}+]"}.get(kind, words)


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Lay out a paragraph by its width: a wide character takes two columns, and may end a line anywhere."""
    if width(text) == len(text):
        return textwrap.wrap(
            text,
            COLUMNS,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=True,
            break_on_hyphens=False,
        )
    lines, line, used, indent = [], first, len(first), first
    for word in _words(text):
        wide = width(word.rstrip())
        if used > len(indent) and used + wide > COLUMNS:
            lines.append(line.rstrip())
            line, used, indent = rest, len(rest), rest
        line += word
        used += width(word)
    return [*lines, line.rstrip()]


def _words(text: str) -> Iterator[str]:
    """Yield the pieces between which a line may break, each with the blank behind it."""
    for word in text.split(" "):
        if width(word) < len(word) + 2:  # hardly any wide character
            yield word + " "
        else:
            yield from word[:-1]
            yield word[-1:] + " "
