"""A digest as a book for e-readers: EPUB 3.3, with the whole text of every story, readable without a network.

A book is a ZIP file whose first member, uncompressed, says what it is (OCF 4.2); a package document lists its parts,
and a navigation document its chapters; older readers have a second one (NCX). The same digest gives the same bytes:
times in it are the digest's own.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from aggregator.digest import wording
from aggregator.digest.clean import one_line, without_long_runs
from aggregator.digest.html import render_template
from aggregator.times import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.models import Digest, DigestEntry, Section

_CONTAINER: Final = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="OEBPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_FIRST_YEAR: Final = 1980  # of a ZIP file's clock
_NAMESPACE: Final = uuid.UUID(
    "5d3d0f8e-6a0b-5d0c-9a55-4c1f6a7e2b10"
)  # chosen once, for the names of our books


@dataclass(frozen=True, slots=True)
class Chapter:
    """One story and the file that it has in the book."""

    file: str
    entry: DigestEntry
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One section and the file that opens it."""

    file: str
    section: Section
    chapters: tuple[Chapter, ...]


def render_epub(digest: Digest) -> bytes:
    """Return the whole book; the same digest gives the same bytes."""
    parts = tuple(_parts(digest))
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in _files(digest, parts):
            _add(archive, name, content, digest.until)
    return book.getvalue()


def _parts(digest: Digest) -> Iterator[Part]:
    number = 0
    for place, section in enumerate(digest.sections, 1):
        chapters = []
        for entry in section.entries:
            number += 1
            chapters.append(Chapter(f"story-{number}.xhtml", entry, tuple(_paragraphs(entry))))
        yield Part(f"section-{place}.xhtml", section, tuple(chapters))


def _paragraphs(entry: DigestEntry) -> Iterator[str]:
    """Yield the paragraphs of the text, without a first one that only repeats the title."""
    lines = (without_long_runs(one_line(block)) for block in entry.text.split("\n\n"))
    wanted = [line for line in lines if line]
    if wanted and wanted[0].casefold() == entry.title.casefold():
        del wanted[0]
    yield from wanted or ([entry.lead] if entry.lead else [])


def _files(digest: Digest, parts: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    """Yield the members of the ZIP file in their order."""
    title = one_line(digest.title) or "Digest"
    book = {
        "digest": digest,
        "title": f"{title}, {wording.period(digest)}",
        "parts": parts,
        "id": f"urn:uuid:{uuid.uuid5(_NAMESPACE, _identity(digest))}",
        "modified": to_text(digest.until)[:19] + "Z",
    }
    yield "mimetype", "application/epub+zip"
    yield "META-INF/container.xml", _CONTAINER
    for name in ("package.opf", "nav.xhtml", "toc.ncx", "front.xhtml"):
        yield f"OEBPS/{name}", render_template(f"epub/{name}.j2", **book)
    yield (
        "OEBPS/book.css",
        (files("aggregator.digest") / "templates/epub/book.css").read_text(encoding="utf-8"),
    )
    for part in parts:
        yield f"OEBPS/{part.file}", render_template("epub/section.xhtml.j2", **book, part=part)
        for chapter in part.chapters:
            yield f"OEBPS/{chapter.file}", render_template("epub/story.xhtml.j2", **book, chapter=chapter)
    if digest.changes:
        yield "OEBPS/changes.xhtml", render_template("epub/changes.xhtml.j2", **book)
    if digest.sections:
        yield "OEBPS/end.xhtml", render_template("epub/end.xhtml.j2", **book)


def _identity(digest: Digest) -> str:
    """Return what tells one book from another: a library shows two with one identity as one."""
    said = f"{digest.title}\0{digest.number}\0{to_text(digest.since)}\0{to_text(digest.until)}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _add(archive: zipfile.ZipFile, name: str, content: str, at: datetime) -> None:
    info = zipfile.ZipInfo(name, (max(at.year, _FIRST_YEAR), at.month, at.day, 0, 0, 0))
    info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
    info.create_system = 3  # the same on every system
    info.external_attr = 0o644 << 16
    archive.writestr(info, content.encode())
