"""The command line: one module a group of commands, thin; data on stdout, messages on stderr.

A command's module is imported only when it is called, and heavy libraries only where they are used, so that
`--help` and `search` start at once. Exit codes: 0 done, 1 nothing found, 2 usage or configuration or a finding of
doctor and verify, 3 some of it failed, 4 the archive is locked by another process, 70 the program was changed on disk
while it ran, 130 interrupted.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, NoReturn

import click

from aggregator import __version__
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.config import Config

# command → (module, what it is for); in the order of a newcomer's day
_COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "init": ("running", "Write a config.toml and a feeds.opml to start from."),
        "run": ("running", "Run the service: poll, archive and write digests until stopped."),
        "poll": ("running", "Visit the feeds that are due, once."),
        "archive": ("running", "Archive the article behind every pending entry, once."),
    },
    "Read": {
        "search": ("searching", "Search the archive."),
        "show": ("showing", "Show one article."),
        "why": ("why", "Tell the whole life of a link: who announced it, what became of it."),
        "history": ("history", "Show the versions of an article, and what was changed."),
        "stories": ("stories", "List stories: what several sources tell of, most sources first."),
        "entries": ("searching", "List what feeds announced, and what became of it."),
        "watch": ("watching", "Save searches, and be told of their new hits."),
        "digest": ("editions", "Write a digest of a period as one page."),
    },
    "Look after": {
        "feeds": ("feeds", "List, add, remove, import, export and check feeds."),
        "service": ("servicing", "Run it as a systemd service of your own."),
        "status": ("upkeep", "Count feeds, entries and articles."),
        "doctor": ("upkeep", "Check configuration, archive and machine."),
        "backup": ("safekeeping", "Write a verified copy of the archive, also while the service runs."),
        "restore": ("safekeeping", "Put a backup in the archive's place; the old one is kept."),
        "verify": ("safekeeping", "Check that nothing recorded was changed from outside."),
        "salvage": ("safekeeping", "Save everything readable of a damaged archive into a new one."),
        "prune": ("safekeeping", "Remove old pages or visits, when you say so."),
        "unlink": ("unlinking", "Take a copy out of its family, for good."),
        "reextract": ("rereading", "Read kept pages again, and tell what gets better."),
        "reindex": ("reindexing", "Make the index anew, while the old one serves."),
        "import": ("moving", "Take in the entries that another program kept."),
        "export": (
            "exporting",
            "Write what a search finds as JSONL, CSV, Markdown, references, Parquet or WARC.",
        ),
        "extract": ("upkeep", "Try the extraction on one page from a file."),
    },
}
_INTERRUPTED = 128 + 2  # what a shell reports for a program that SIGINT ended
EXAMPLES = """\b
Examples:
  aggregator init && aggregator run
  aggregator search "climate summit" --since 7d
  aggregator digest --since 1d --format html -o today.html
  aggregator poll && aggregator archive          (the same by hand, for cron)

\b
Exit codes: 0 done, 1 nothing found, 2 usage, configuration or a finding, 3 some of it failed,
4 the archive is locked by another process.
"""


@dataclass
class Session:
    """What a command gets: where the configuration is; it is read when first needed."""

    config_name: str | None = None
    _config: Config | None = field(default=None, repr=False)

    @property
    def config_path(self) -> Path:
        from aggregator.app import find_config

        return find_config(self.config_name)

    @property
    def config(self) -> Config:
        if self._config is None:
            from aggregator.app import load_config

            self._config = load_config(self.config_path)
        return self._config


pass_session = click.make_pass_decorator(Session, ensure=True)


class Commands(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return [name for group in _COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as above
        for group in _COMMANDS.values():
            if cmd_name in group:
                module = import_module(f"aggregator.cli.{group[cmd_name][0]}")
                command: click.Command = getattr(module, cmd_name + "_" * iskeyword(cmd_name))
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None:
            import difflib

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            meant = f"; did you mean {close[0]}?" if close else "; `aggregator --help` names them"
            ctx.fail(f"there is no command {args[0]!r}{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  as above
        for title, group in _COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, what) for name, (_, what) in group.items()])


def _show_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    import sqlite3

    python = ".".join(str(part) for part in sys.version_info[:3])
    click.echo(f"aggregator {__version__} (Python {python}, SQLite {sqlite3.sqlite_version})")
    ctx.exit()


@click.group(cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_name",
    metavar="FILE",
    help="The configuration; default: ./config.toml, then the one of your config folder.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version,
              help="Show the versions and exit.")  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, config_name: str | None) -> None:
    """Follow feeds, keep the full text behind every entry, search it, read it as a digest."""
    ctx.obj = Session(config_name)


def main() -> NoReturn:
    """Run the command line; turn what a person must be told into one line and an exit code."""
    try:
        _run()
    except KeyboardInterrupt:  # while something is still being loaded, or said
        sys.exit(_INTERRUPTED)


def _run() -> NoReturn:
    from aggregator.cli.pipes import quiet_pipe

    with quiet_pipe():
        try:
            code = cli.main(standalone_mode=False)
        except AggregatorError as error:
            _tell(*(f"aggregator: {line}" for line in str(error).splitlines()))
            code = error.exit_code
        except click.ClickException as error:
            error.show()
            code = 2
        except (click.Abort, KeyboardInterrupt):
            code = _INTERRUPTED
        except BrokenPipeError:
            raise  # `quiet_pipe` knows what that means
        except OSError as error:  # the output cannot be written, say to a full disk
            _tell(f"aggregator: {error.filename or 'output'}: {error.strerror}")
            code = 2
        sys.exit(code if isinstance(code, int) else 0)


def _tell(*lines: str) -> None:
    from aggregator.cli.terminal import note  # what most commands need, and `--help` does not

    for line in lines:
        note(line)
