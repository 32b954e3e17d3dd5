"""Stories: different texts on the same event, grouped as they come. Pure."""

from aggregator.stories.grouping import (
    COMPARED,
    WINDOW,
    assign,
    is_worth_splitting,
    should_merge,
    split_of,
)
from aggregator.stories.vectors import terms_of, weigh

__all__ = [
    "COMPARED",
    "WINDOW",
    "assign",
    "is_worth_splitting",
    "should_merge",
    "split_of",
    "terms_of",
    "weigh",
]
