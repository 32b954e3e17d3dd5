"""What follows from what was seen: an answer becomes a `Visit`, a read page becomes an `Archived`.

Pure: records in, records out. Every rule about outcomes, states and "never worse" stands here; the pipeline only
calls in order, the archive only records.
"""

from typing import TYPE_CHECKING

from aggregator.lazily import named

if TYPE_CHECKING:
    from aggregator.decide.articles import (
        PageLook,
        addresses_of_look,
        decide_article,
        fingerprint_of_look,
        held_for,
        is_read,
        is_same_page,
        sighted_again,
    )
    from aggregator.decide.backfill import Unread, decide_backfill, decide_unread
    from aggregator.decide.bugs import decide_struck_feed, entry_again_at
    from aggregator.decide.duplicates import (
        decide_kinship,
        is_wall_look,
        kin_of,
        seen_as,
        shown_of,
        still_alike,
    )
    from aggregator.decide.looks import FeedLook, has_body
    from aggregator.decide.moving import decide_moved
    from aggregator.decide.rereads import Gain, Reread, RereadSummary, decide_reread, sum_up, unreadable
    from aggregator.decide.visits import OFFLINE_PAUSE, decide_visit, validators_to_send

__all__ = [
    "OFFLINE_PAUSE",
    "FeedLook",
    "Gain",
    "PageLook",
    "Reread",
    "RereadSummary",
    "Unread",
    "addresses_of_look",
    "decide_article",
    "decide_backfill",
    "decide_kinship",
    "decide_moved",
    "decide_reread",
    "decide_struck_feed",
    "decide_unread",
    "decide_visit",
    "entry_again_at",
    "fingerprint_of_look",
    "has_body",
    "held_for",
    "is_read",
    "is_same_page",
    "is_wall_look",
    "kin_of",
    "seen_as",
    "shown_of",
    "sighted_again",
    "still_alike",
    "sum_up",
    "unreadable",
    "validators_to_send",
]

# What is decided of feeds needs nothing of what is decided of articles, which takes a tenth of a second to load.
_NAMES = {
    "articles": "PageLook addresses_of_look decide_article fingerprint_of_look held_for is_read is_same_page"
    " sighted_again",
    "backfill": "Unread decide_backfill decide_unread",
    "bugs": "decide_struck_feed entry_again_at",
    "duplicates": "decide_kinship is_wall_look kin_of seen_as shown_of still_alike",
    "looks": "FeedLook has_body",
    "moving": "decide_moved",
    "rereads": "Gain Reread RereadSummary decide_reread sum_up unreadable",
    "visits": "OFFLINE_PAUSE decide_visit validators_to_send",
}
__getattr__ = named(__name__, _NAMES)
