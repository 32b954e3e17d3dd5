"""The two loops: claim → fetch → decide → record. This room orders the calls and decides nothing.

Everything it needs comes in as an argument: the archive, the means to fetch and to compute, the clock. Threads
wait for the network (`crew`), processes do the work (`work`); whatever has come back is decided and recorded in
one transaction by the thread that runs the loop. Killed at any instruction, the next run goes on: what was claimed
becomes due again, what was recorded is there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aggregator.pipeline.tools import CAPACITY, LEASE, Pricing, Tools

if TYPE_CHECKING:
    from aggregator.pipeline.archive import archive_entries
    from aggregator.pipeline.duplicates import unlink_article
    from aggregator.pipeline.moving import MovingIn, move_in
    from aggregator.pipeline.poll import backfill_feed, poll_feeds
    from aggregator.pipeline.rereading import Rereading, reread_articles
    from aggregator.pipeline.watching import check_watches, deliver_reports

__all__ = [
    "CAPACITY",
    "LEASE",
    "MovingIn",
    "Pricing",
    "Rereading",
    "Tools",
    "archive_entries",
    "backfill_feed",
    "check_watches",
    "deliver_reports",
    "move_in",
    "poll_feeds",
    "reread_articles",
    "unlink_article",
]

# A poll reads no page, so it need not load what does: that takes as long as asking a thousand feeds.
_HOME = {
    "archive_entries": "archive",
    "backfill_feed": "poll",
    "check_watches": "watching",
    "deliver_reports": "watching",
    "MovingIn": "moving",
    "move_in": "moving",
    "poll_feeds": "poll",
    "Rereading": "rereading",
    "reread_articles": "rereading",
    "unlink_article": "duplicates",
}


def __getattr__(name: str) -> Any:
    """Load a loop when it is first named (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
