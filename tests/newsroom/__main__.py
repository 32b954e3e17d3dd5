"""Serve a newsroom by hand: `python -m tests.newsroom`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.newsroom import corpus, own
from tests.newsroom.play import Newsroom

if TYPE_CHECKING:
    from tests.newsroom.manifest import Manifest


def main() -> None:
    wanted = _arguments()
    manifest = _manifest(wanted.corpus)
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background job is started to ignore it
    with contextlib.suppress(KeyboardInterrupt), Newsroom(manifest, port=wanted.port) as newsroom:
        newsroom.step = wanted.step
        if wanted.write:
            _write(newsroom, wanted.write, quick=wanted.quick)
        print(_what_next(newsroom, wanted.write), flush=True)
        time.sleep(wanted.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.newsroom",
        description="Serve a small web of feeds and pages on loopback addresses.",
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        default=corpus.root(),
        metavar="DIR",
        help=f"play the newsroom of this corpus (default: ${corpus.VARIABLE}; if that is unset, our own web)",
    )
    parser.add_argument("--own", dest="corpus", action="store_const", const=None, help="play our own web")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write config.toml and feeds.opml there")
    parser.add_argument(
        "--quick", action="store_true", help="in config.toml: no pause between requests to a host"
    )
    parser.add_argument(
        "--step", type=int, default=0, metavar="K", help="the step to begin with (default: 0)"
    )
    parser.add_argument("--port", type=int, default=0, help="the same as last time keeps addresses the same")
    parser.add_argument(
        "--seconds", type=float, default=3600, metavar="N", help="end after N (default: 3600)"
    )
    return parser.parse_args()


def _manifest(folder: Path | None) -> Manifest:
    return corpus.manifest(folder) if folder else own.manifest()


def _write(newsroom: Newsroom, folder: Path, *, quick: bool) -> None:
    networks = ", ".join(f'"{network}"' for network in newsroom.allow)
    lines = [
        "[subscriptions]",
        'opml = "feeds.opml"',
        "",
        "[archive]",
        'path = "aggregator.db"',
        "",
        "[fetch]",
        f"allow_networks = [{networks}]",
        *(["host_spacing = 0.0"] if quick else []),
        "",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text("\n".join(lines), "utf-8")
    (folder / "feeds.opml").write_bytes(newsroom.opml())


def _what_next(newsroom: Newsroom, folder: Path | None) -> str:
    feeds, last = len(newsroom.manifest.feeds), newsroom.manifest.steps - 1
    config = (folder / "config.toml") if folder else "config.toml (--write DIR makes one)"
    return f"""{feeds} feeds at step {newsroom.step} of 0..{last}, on port {newsroom.port}.

In another shell:
  aggregator --config {config} poll
  curl {newsroom.control}/step/{min(newsroom.step + 1, last)}     # the feeds move on: poll again
  curl {newsroom.control}/requests   # what was asked, one JSON object a line

Ctrl-C ends it."""


if __name__ == "__main__":
    main()
