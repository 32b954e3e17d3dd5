"""export: what a search finds, for other programs. It opens the archive read-only and holds a few articles at a time.

A file appears whole or not at all. In a folder what is there with the same content is left as it is, so that an export
that was cut off goes on where it ended; what differs is written anew.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.asking import QueryCommand, query_options, read_query
from aggregator.cli.exits import NOTHING_FOUND, SOME_FAILED
from aggregator.cli.terminal import note, progress
from aggregator.counting import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aggregator.archive import Archive
    from aggregator.cli.terminal import Progress
    from aggregator.models import Article, Page, Query

_ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".bib": "bibtex", ".json": "csl-json",
            ".parquet": "parquet", ".warc": "warc", ".warc.gz": "warc"}  # fmt: skip
FORMS = ("jsonl", "csv", "markdown", "bibtex", "csl-json", "parquet", "warc")
CSV_FIELDS = ("id", "title", "url", "site", "byline", "language", "published_at", "dated_at", "verdict", "reason",
              "text")  # fmt: skip


@click.command(cls=QueryCommand)
@query_options()
@click.option(
    "--to", "form", type=click.Choice(FORMS), help="The form; by default told by the ending of PATH."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PATH",
              help="The file, or for markdown the folder; default: stdout, where the form is text.")  # fmt: skip
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), metavar="N", help="The best hits only; default: all."
)
@click.option("--all-copies", is_flag=True, help="Every copy of a text too.")
@click.option("--warc", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The same as --to warc -o FILE.")  # fmt: skip
@pass_session
def export(
    session: Session, words: tuple[str, ...], since: str | None, before: str | None, feed: str, form: str | None,
    output: Path | None, limit: int | None, all_copies: bool, warc: Path | None,
) -> int:  # fmt: skip
    """Write what a search finds, or the whole archive, in the form of another program.

    jsonl, csv and parquet are tables with the texts; bibtex and csl-json are references; markdown is a folder with
    a file for each article; warc has the kept pages as they came, every version of them, gzipped unless the name
    ends with .warc. Exit 1 when there is nothing, and then no file is written; 3 when some could not be written.

    \b
    aggregator export climate summit --to jsonl -o climate.jsonl
    aggregator export 'feed:bbc since:2026-11' --to markdown -o notes/
    aggregator export 'title:coral' -o coral.bib
    aggregator export -o everything.warc.gz
    """
    from aggregator.app import open_archive, user_agent

    form, path = _form(form, output, warc)
    query, _ = read_query(words, since, before, feed, limit=-1)
    query = replace(query, folds=not all_copies and form != "warc")
    with open_archive(session.config, writable=False) as archive:
        ids, total = _ids(archive, query, limit)
        if form == "warc":
            return _export_pages(archive, list(ids), path, user_agent(session.config))
        if form == "markdown":
            return _export_folder(archive, ids, path, total)
        return _export_file(archive, ids, form, path, total)


def _form(form: str | None, output: Path | None, warc: Path | None) -> tuple[str, Path]:
    """Return the form and the path ("-" is stdout); raise UsageError where they do not fit."""
    from aggregator.errors import UsageError

    if warc is not None:
        if form not in {None, "warc"} or output is not None:
            raise UsageError("--warc FILE stands for --to warc -o FILE; leave out the others")
        return "warc", warc
    path = output or Path("-")
    name = path.name.lower()
    form = form or next((form for ending, form in _ENDINGS.items() if name.endswith(ending)), None)
    if form is None:
        raise UsageError(f"--to names the form: {', '.join(FORMS)}; or let the ending of -o PATH tell it")
    if str(path) == "-" and form in {"markdown", "parquet", "warc"}:
        raise UsageError(f"--to {form} needs -o PATH")
    return form, path


def _ids(archive: Archive, query: Query, limit: int | None) -> tuple[Iterator[int], int]:
    """Return the ids of all hits, in the order of the archive, or of the best; and how many there are."""
    if limit is None:
        return archive.index.stream(query), archive.index.count(query)
    best = archive.index.ids(replace(query, limit=limit))
    return iter(best), len(best)


def _articles(archive: Archive, ids: Iterable[int], bar: Progress) -> Iterator[Article]:
    """Yield the articles with their texts, one at a time; one that has gone meanwhile is left out."""
    for id_ in ids:
        bar.advance()
        if (article := archive.articles.get(id_)) is not None:
            yield article


# --------------------------------------------------------------------------------------------- into a file


def _export_file(archive: Archive, ids: Iterator[int], form: str, path: Path, total: int) -> int:
    from aggregator.deliver import open_file

    first = next(ids, None)
    if first is None:
        note("nothing found; nothing was written")
        return NOTHING_FOUND
    where = "" if str(path) == "-" else f" to {_told(path)}"
    with progress(total, "export") as bar:
        articles = _articles(archive, _chained(first, ids), bar)
        if str(path) == "-":
            sys.stdout.flush()
            count = _write(sys.stdout.buffer, articles, form)
            sys.stdout.buffer.flush()
        else:
            with open_file(path) as stream:
                count = _write(stream, articles, form)
    note(f"{counted(count, 'article')} written{where}")
    return 0


def _told(file: Path) -> str:
    """Return how a file that is to be written is named: a folder that is made for it may be a mistyped one."""
    return str(file) if file.parent.exists() else f"{file} in a new folder"


def _chained(first: int, rest: Iterator[int]) -> Iterator[int]:
    yield first
    yield from rest


def _write(stream: BinaryIO, articles: Iterable[Article], form: str) -> int:
    from aggregator.parquet import write_parquet

    if form == "parquet":
        return write_parquet(stream, articles)
    count = 0
    for text in _FORMS[form](articles):
        stream.write(text.encode())
        count += 1
    return count - (form == "csv") - 2 * (form == "csl-json")


def _jsonl(articles: Iterable[Article]) -> Iterator[str]:
    from aggregator.cli.jsontext import as_json, json_line

    for article in articles:
        yield json_line({**as_json(article), "section": article.section, "tags": article.tags})


def _csv(articles: Iterable[Article]) -> Iterator[str]:
    from aggregator.cli.hitforms import csv_line
    from aggregator.cli.jsontext import as_json, plain_record

    yield csv_line(CSV_FIELDS)
    for article in articles:
        record = plain_record(as_json(article))
        yield csv_line(record[name] for name in CSV_FIELDS)


def _bibtex(articles: Iterable[Article]) -> Iterator[str]:
    from aggregator.export import bibtex_entry

    for article in articles:
        yield bibtex_entry(article) + "\n"


def _csl(articles: Iterable[Article]) -> Iterator[str]:
    """Write one JSON list, item by item."""
    from aggregator.cli.safetext import json_safe
    from aggregator.export import csl_item

    yield "["
    for number, article in enumerate(articles):
        yield (",\n" if number else "\n") + json_safe(json.dumps(csl_item(article), ensure_ascii=False))
    yield "\n]\n"


_FORMS: dict[str, Callable[[Iterable[Article]], Iterator[str]]] = {
    "jsonl": _jsonl, "csv": _csv, "bibtex": _bibtex, "csl-json": _csl,
}  # fmt: skip


# ------------------------------------------------------------------------------------------- into a folder


def _export_folder(archive: Archive, ids: Iterable[int], folder: Path, total: int) -> int:
    from aggregator.export import file_name, markdown_page

    written = there = failed = 0
    with progress(total, "export") as bar:
        for article in _articles(archive, ids, bar):
            target = folder / file_name(article, ".md")
            content = markdown_page(article, archive.articles.details(article.id).markdown)
            match _put(target, content):
                case "written":
                    written += 1
                case "there":
                    there += 1
                case trouble:
                    failed += 1
                    note(trouble)
    if not written + there + failed:
        note("nothing found; nothing was written")
        return NOTHING_FOUND
    note(f"{counted(written, 'article')} written to {folder}" + (f", {there} there already" if there else ""))
    return SOME_FAILED if failed else 0


def _put(target: Path, content: str) -> str:
    """Write a file unless it is there with this content; return "written", "there" or what was in the way."""
    from aggregator.deliver import write_file
    from aggregator.errors import AggregatorError

    if target.is_symlink():
        return f"{target}: is a link and was left alone"
    try:
        if target.is_file() and target.read_bytes() == content.encode():
            return "there"
        write_file(target, content)
    except OSError as error:
        return f"{target}: {error.strerror}"
    except AggregatorError as error:
        return str(error)
    return "written"


# ---------------------------------------------------------------------------------------------- kept pages


def _export_pages(archive: Archive, found: list[int], file: Path, software: str) -> int:
    from aggregator.deliver import open_file
    from aggregator.warc import write_warc

    ids = archive.pages.kept_of(found)
    if not ids:
        note("no page is kept of such articles; nothing was written")
        return NOTHING_FOUND
    damaged: list[str] = []
    where = _told(file)
    with open_file(file) as stream, progress(len(ids), "export") as bar:
        count = write_warc(
            stream, _pages(archive, ids, damaged, bar), software, file.name, gzip=file.suffix != ".warc"
        )
    for one in damaged:
        note(one)
    note(f"{counted(count, 'page')} of {counted(len(ids), 'article')} written to {where}")
    return SOME_FAILED if damaged else 0


def _pages(archive: Archive, ids: Iterable[int], damaged: list[str], bar: Progress) -> Iterator[Page]:
    """Yield every page of these articles; one that cannot be read is named in `damaged`."""
    from aggregator.errors import PageError

    for article_id in ids:
        bar.advance()
        for page_id in archive.pages.ids_of(article_id):
            try:
                yield archive.pages.get(page_id)
            except PageError as error:
                damaged.append(str(error))
