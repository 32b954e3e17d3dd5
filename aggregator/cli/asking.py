"""What the commands that ask the archive have in common: the words of a query and the options beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.terminal import note
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.models import Query

# -bird, -"red list", -title:x and -(a b) are words to leave out
_LEFT_OUT = re.compile(r"-[^\W\d_]\S|-[\"“(]")
_PATH = re.compile(r"[/\\~]")  # in no word
_MINUS = "\N{MINUS SIGN}"  # the language takes it for what it is, and click does not see an option


class QueryCommand(click.Command):
    """A command whose words may begin with a minus sign, without `--` before them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        ctx.meta["given"] = frozenset(args[:end])
        before = ["", *args]
        read = [
            arg if self._takes_value(last) else self._read(arg)
            for last, arg in zip(before, args[:end], strict=False)
        ]
        return super().parse_args(ctx, [*read, *args[end:]])

    def _takes_value(self, arg: str) -> bool:
        """Whether an argument is an option that the next one is the value of."""
        option = self._option(arg)
        return option is not None and not isinstance(option.flag_value, str)

    def _option(self, name: str) -> click.Option | None:
        """Return the option of this name that has a value."""
        for each in self.params:
            if isinstance(each, click.Option) and name in each.opts and not each.is_flag:
                return each
        return None

    def _read(self, arg: str) -> str:
        """Return an argument as click is to read it; raise UsageError when it may be an option or a word."""
        if not _LEFT_OUT.match(arg):
            return arg
        option = self._option(arg[:2])
        if option is not None:
            value = arg[2:].removeprefix("=")
            if (
                value != arg[2:] or value[0].isdigit() or _PATH.search(value)
            ):  # -n=20, -n20, -ofolder/hits.csv
                return f"{arg[:2]}{value}"
            if not isinstance(option.type, click.IntRange):
                raise UsageError(
                    f"{arg} can be read in two ways: write {arg[:2]} {value} for the option, "
                    f"or NOT {arg[1:]} for a word to leave out"
                )
        return f"{_MINUS}{arg[1:]}"


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
