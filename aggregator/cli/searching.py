"""search, entries: reading what is in the archive. These open it read-only and never wait for the service."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli import Session, pass_session
from aggregator.cli.asking import QueryCommand, query_options, read_query
from aggregator.cli.exits import NOTHING_FOUND
from aggregator.cli.safetext import without_surrogates
from aggregator.cli.terminal import Line, Span, draws, hit_lines, json_out, note, out, table
from aggregator.counting import counted
from aggregator.models import AnyOf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.archive import Archive
    from aggregator.models import Hit, Query

_ALL_FACETS = "feed,site,author,lang,verdict,day"


@dataclass(frozen=True, slots=True)
class Shape:
    """How hits are to be shown."""

    form: str  # "list", "json", "jsonl", "csv", "template" or "table"
    fields: tuple[str, ...] = ()  # () : those that the form usually has
    template: str = ""
    full: bool = False  # with the whole texts

    @property
    def with_text(self) -> bool:
        return self.full or "text" in self.fields


def _shape(*, json: bool, jsonl: bool, as_csv: bool, template: str | None, fields: str, full: bool) -> Shape:
    """Return the one form that was asked for; raise UsageError when there are two."""
    from aggregator.cli.hitforms import fields_of, read_fields
    from aggregator.errors import UsageError

    wanted = {"json": json, "jsonl": jsonl, "csv": as_csv, "template": template is not None}
    forms = [name for name, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise UsageError("use only one of --json, --jsonl, --csv and --format")
    if template is not None:
        return Shape("template", fields_of(template), template, full)
    names = read_fields(fields)
    return Shape(forms[0] if forms else "table" if names else "list", names, full=full)


@click.command(cls=QueryCommand)
@query_options()
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    metavar="N",
    help="Hits on a page.  [default: 20]",
)
@click.option(
    "--page",
    type=click.IntRange(1, 10_000),
    default=1,
    metavar="N",
    help="Show page N of the hits.",
)
@click.option(
    "--after", default="", metavar="CURSOR", help="The page after this hit, whatever was archived since."
)
@click.option("--all-copies", is_flag=True, help="Show every copy of a text as a hit of its own.")
@click.option("--full", is_flag=True, help="Include the full texts.")
@click.option("--json", "json", is_flag=True, help="One JSON list.")
@click.option("--jsonl", is_flag=True, help="JSON Lines: a hit a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, harmless in a spreadsheet.")
@click.option("--format", "template", metavar="TEMPLATE", help=r"A line a hit, such as '{title}\t{url}'.")
@click.option(
    "--fields", default="", metavar="A,B,…", help="Only these fields, as a table or in the form above."
)
@click.option("--count", is_flag=True, help="Print only the number of hits.")
@click.option(
    "--facets", is_flag=False, flag_value=_ALL_FACETS, metavar="[A,B,…]",
    help="How they are spread: feed, site, author, lang, verdict, category, day.",
)  # fmt: skip
@click.option("--open", "opens", type=click.IntRange(min=1), metavar="N", help="Open hit N in the browser.")
@click.option("--explain", is_flag=True, help="Only show how the query is read.")
@pass_session
def search(
    session: Session, words: tuple[str, ...], since: str | None, before: str | None, feed: str, limit: int, page: int,
    after: str, all_copies: bool, full: bool, json: bool, jsonl: bool, as_csv: bool, template: str | None,
    fields: str, count: bool, facets: str | None, opens: int | None, explain: bool,
) -> int:  # fmt: skip
    """Search the archive. All words must match; the best hits come first, copies of one text as one.

    \b
    aggregator search climate summit
    aggregator search '"red list"' -bird         a phrase, and a word that must not occur
    aggregator search '(election OR vote) NEAR(mayor resigns)' since:7d feed:bbc
    aggregator search 'title:micro* lang:german is:revised sort:new'
    aggregator search climate --facets           over feeds, sites and time
    aggregator search climate --format '{dated_at} {title}\\t{url}'

    \b
    Fields: title author text feed site category lang verdict is since before on sort in asof
    docs/query-language.md tells all of it; whatever you type is a query.
    """
    from aggregator.app import open_archive
    from aggregator.cli.facets import is_facets, read_facets

    attached = f"--facets={facets}" in click.get_current_context().meta["given"]
    if (
        facets and not attached and not is_facets(facets)
    ):  # it stood before the words and took the first of them
        words, facets = (facets, *words), _ALL_FACETS
    shape = _shape(json=json, jsonl=jsonl, as_csv=as_csv, template=template, fields=fields, full=full)
    kinds = read_facets(facets) if facets else ()
    query, today = read_query(words, since, before, feed, limit=limit)
    query = replace(query, folds=not all_copies, after=after)
    _refuse_what_is_no_cursor(after)
    if explain:
        return _explain(query, today)
    with open_archive(session.config, writable=False) as archive:
        if count or kinds:
            return _show_counts(archive, query, kinds, json=json, count=count)
        return _search(archive, query, page, shape, today, opens)


def _refuse_what_is_no_cursor(after: str) -> None:
    """Say so: a script that cuts its cursors short would read the first page for ever."""
    from aggregator.archive.index.cursors import read_cursor
    from aggregator.errors import UsageError

    if after and read_cursor(after) is None:
        raise UsageError(f"--after: {after[:40]!r} is not a cursor; each hit of --json has one")


def _search(
    archive: Archive, query: Query, page: int, shape: Shape, today: datetime, opens: int | None
) -> int:
    query = _at_page(archive, query, page)
    hits = archive.index.search(query)
    before = (page - 1) * query.limit  # hits on earlier pages
    if opens is not None and hits:
        return _open(hits, opens - before)
    _show(archive, hits, shape, today, first=before + 1)
    if not hits:
        note(_nothing(archive) if page == 1 and not query.after else "no more hits")
    elif len(hits) == query.limit and draws(sys.stdout):
        by_cursor = query.after and page == 1
        note(f"more with --after {hits[-1].cursor}" if by_cursor else f"more with --page {page + 1}")
    return 0 if hits else NOTHING_FOUND


def _nothing(archive: Archive) -> str:
    """Say that there is no hit, and that there can be none, where that is so."""
    if archive.period.newest_article():
        return "nothing found"
    return "nothing found: there is no article yet; `aggregator status` tells what is under way"


def _explain(query: Query, today: datetime) -> int:
    from aggregator.query import explain_query

    for line in explain_query(query, today.tzinfo):
        out(line)
    return 0


def _at_page(archive: Archive, query: Query, page: int) -> Query:
    """Return the query for a page that is counted from where `query` begins."""
    for _ in range(page - 1):
        hits = archive.index.search(query)
        if len(hits) < query.limit:
            return replace(query, tree=AnyOf(()))
        query = replace(query, after=hits[-1].cursor)
    return query


def _show_counts(archive: Archive, query: Query, kinds: Sequence[Any], *, json: bool, count: bool) -> int:
    from aggregator.cli.facets import MOST_VALUES, show_facets

    total = archive.index.count(query) if count or json else None
    counted = archive.index.facets(query, kinds, MOST_VALUES) if kinds else {}
    if json:
        said = {facet.value: {"exact": c.exact, "counts": dict(c.values)} for facet, c in counted.items()}
        json_out({"count": total, **({"facets": said} if kinds else {})})
    elif count:
        out(str(total))
    if kinds and not json:
        show_facets(counted)
    found = total if total is not None else sum(n for c in counted.values() for _, n in c.values)
    if not found:
        note("nothing found")
    return 0 if found else NOTHING_FOUND


def _open(hits: Sequence[Hit], number: int) -> int:
    """Open a hit of the page in the browser; only what is on the web."""
    import webbrowser

    from aggregator.errors import UsageError
    from aggregator.urls import is_http

    if not 1 <= number <= len(hits):
        raise UsageError(f"--open: this page has {counted(len(hits), 'hit')}")
    article = hits[number - 1].article
    if not is_http(article.url):
        raise UsageError(f"--open: {article.url[:80]!r} is not an http or https address")
    note(f"opening {article.url}")
    if not webbrowser.open(article.url):
        raise UsageError("--open: no browser could be started; BROWSER names one")
    return 0


# --------------------------------------------------------------------------------------------------- forms


def _show(archive: Archive, hits: Sequence[Hit], shape: Shape, today: datetime, first: int) -> None:
    if shape.form == "list":
        for number, hit in enumerate(hits, first):
            _show_hit(archive, hit, today, number, full=shape.full)
        return
    from aggregator.cli import hitforms

    records = [hitforms.record_of(hit, _text(archive, hit) if shape.with_text else None) for hit in hits]
    match shape.form:
        case "json":
            json_out([hitforms.chosen(record, shape.fields) for record in records])
        case "jsonl":
            hitforms.write_jsonl(hitforms.chosen(record, shape.fields) for record in records)
        case "csv":
            usual = (*hitforms.CSV_FIELDS, "text") if shape.full else hitforms.CSV_FIELDS
            hitforms.write_csv(records, shape.fields or usual)
        case "template":
            hitforms.write_template(records, shape.template)
        case _:
            rows = [[hitforms.cell(record[name]) for name in shape.fields] for record in records]
            table(rows, shape.fields)


def _show_hit(archive: Archive, hit: Hit, today: datetime, number: int, *, full: bool) -> None:
    shown = replace(hit, snippet="") if full else hit
    for line in hit_lines(shown, today, number):
        out(line)
    if full:
        for paragraph in _text(archive, hit).split("\n"):
            out(Line((Span(paragraph),), indent=4))
        out()


def _text(archive: Archive, hit: Hit) -> str:
    """Return the text that was found: the article's, or the earlier one."""
    if hit.found_in is not None:
        for revision in archive.articles.revisions(hit.article.id):
            if revision.id == hit.found_in.revision:
                return revision.text
    article = archive.articles.get(hit.article.id)
    return article.text if article else ""


@click.command()
@click.option("--feed", default="", metavar="TEXT", help="Only from feeds with this in title or address.")
@click.option("--state", type=click.Choice(["pending", "retrying", "archived", "set-aside"]), default=None)
@click.option("--since", metavar="WHEN", help="Only what was first seen from then on.")
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N",
              help="At most N entries; default: 50, with --json all.")  # fmt: skip
@click.option("--json", "wants_json", is_flag=True, help="One JSON list.")
@pass_session
def entries(
    session: Session, feed: str, state: str | None, since: str | None, limit: int | None, wants_json: bool
) -> int:
    """List what was announced, by which feed, and in which state it is. Newest first."""
    from aggregator.app import local_now, open_archive
    from aggregator.times import ago, parse_moment

    today = local_now()
    most = limit or (None if wants_json else 50)
    with open_archive(session.config, writable=False) as archive:
        found = archive.entries.announced(
            feed=without_surrogates(feed),
            state=state or "",
            since=parse_moment(since, today) if since else None,
            limit=most,
        )
    if wants_json:
        json_out(found)
    elif found:
        table(
            [
                (ago(e.first_seen_at, today), e.state, e.article_id, e.title or e.link, e.feed, e.last_error)
                for e in found
            ],
            ("seen", "state", "article", "title", "feed", "trouble"),
        )
    else:
        note("no entry matches" if feed or state or since else "nothing announced yet")
    return 0 if found else NOTHING_FOUND
