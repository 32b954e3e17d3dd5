"""When to look again: at a feed after a visit, at a page after a failure. Plain arithmetic on instants.

`learn_cadence` learns a feed's rhythm from the times of its entries, `scale_for` turns the user's budget of requests
into the price of one, and `next_check` weighs both against bounds and hints. How well that does is in
`docs/polling.md`.
"""

from aggregator.schedule.cadence import (
    LEARN_AGAIN,
    cadence_from_text,
    cadence_to_text,
    is_time_to_learn,
    learn_cadence,
    posting_times,
    rate_of,
)
from aggregator.schedule.checks import BACKED_OFF, GONE_APART, Rhythm, next_check
from aggregator.schedule.headers import Hints, hints_of
from aggregator.schedule.planning import scale_for, wait_for, weight_of
from aggregator.schedule.rechecks import MISSING_TWICE, Rechecks, is_back_catalogue, looks_allowed, next_look
from aggregator.schedule.retries import RETRIES, after_bug, next_try
from aggregator.schedule.spread import Spread

__all__ = [
    "BACKED_OFF",
    "GONE_APART",
    "LEARN_AGAIN",
    "MISSING_TWICE",
    "RETRIES",
    "Hints",
    "Rechecks",
    "Rhythm",
    "Spread",
    "after_bug",
    "cadence_from_text",
    "cadence_to_text",
    "hints_of",
    "is_back_catalogue",
    "is_time_to_learn",
    "learn_cadence",
    "looks_allowed",
    "next_check",
    "next_look",
    "next_try",
    "posting_times",
    "rate_of",
    "scale_for",
    "wait_for",
    "weight_of",
]
