"""What a benchmark is told: its options, and the folder of real documents that AGGREGATOR_CORPUS names."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.newsroom import corpus


def options(says: str | None) -> argparse.ArgumentParser:
    """Return the options of a benchmark with these words at its head; all have --json."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def corpus_folder(parser: argparse.ArgumentParser, holds: str) -> Path:
    """Return the corpus; where there is none, end with a line that says so, for there is nothing to measure."""
    folder = corpus.root()
    if folder is None:
        parser.error(f"set {corpus.VARIABLE} to the folder that holds {holds}")
    return folder
