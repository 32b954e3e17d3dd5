"""What the commands that ask the archive have in common: the words of a query and the options beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.models import Query

# -bird, -"red list", -title:x and -(a b) are words to leave out; -n and -n20 are options
_LEFT_OUT = re.compile(r"-(?![-nho](?:\d|$))[^\W\d_]\S|-[\"“(]|-[^\W\d_]+:")
_MINUS = "\N{MINUS SIGN}"  # the language takes it for what it is, and click does not see an option


class QueryCommand(click.Command):
    """A command whose words may begin with a minus sign, without `--` before them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        kept = [f"{_MINUS}{arg[1:]}" if _LEFT_OUT.match(arg) else arg for arg in args[:end]]
        return super().parse_args(ctx, [*kept, *args[end:]])


def query_options(metavar: str = "[QUERY]...") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the words of a query, --since, --before and --feed to a command."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option(
                "--feed", default="", metavar="TEXT", help="Only from feeds with this in title or address."
            ),
            click.option("--before", metavar="WHEN", help="Only articles before then."),
            click.option(
                "--since", metavar="WHEN", help="Only articles from then on: 2026-11-20, 7d, last week."
            ),
            click.argument("words", nargs=-1, metavar=metavar),
        ):
            command = option(command)
        return command

    return add


def read_query(
    words: tuple[str, ...], since: str | None, before: str | None, feed: str, *, limit: int = 20
) -> tuple[Query, datetime]:
    """Read a query as a person typed it; return it with the time that it was asked, in this machine's zone.

    How it was read, where that may surprise, is said on stderr.
    """
    from aggregator.app import local_now
    from aggregator.query import parse_query
    from aggregator.times import parse_moment

    today = local_now()
    query = parse_query(
        " ".join(words),
        today,
        since=parse_moment(since, today) if since else None,
        before=parse_moment(before, today) if before else None,
        feed=feed,
        limit=limit,
    )
    if query.hint:
        note(query.hint)
    return query, today
