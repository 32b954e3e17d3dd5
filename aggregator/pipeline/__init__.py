"""The two loops: claim → fetch → decide → record. This room orders the calls and decides nothing.

Everything it needs comes in as an argument: the archive, the means to fetch and to compute, the clock. Threads
wait for the network (`crew`), processes do the work (`work`); whatever has come back is decided and recorded in
one transaction by the thread that runs the loop. Killed at any instruction, the next run goes on: what was claimed
becomes due again, what was recorded is there.
"""

from typing import TYPE_CHECKING

from aggregator.lazily import named
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
__getattr__ = named(
    __name__,
    {
        "archive": "archive_entries",
        "duplicates": "unlink_article",
        "moving": "MovingIn move_in",
        "poll": "backfill_feed poll_feeds",
        "rereading": "Rereading reread_articles",
        "watching": "check_watches deliver_reports",
    },
)
