"""Stories: different texts on the same event, grouped as they come. Pure."""

from aggregator.stories.grouping import (
    COMPARED,
    WINDOW,
    assign,
    fit_of_two,
    is_worth_splitting,
    should_merge,
    split_of,
)
from aggregator.stories.vectors import tells_another, terms_of, weigh

__all__ = [
    "COMPARED",
    "WINDOW",
    "assign",
    "fit_of_two",
    "is_worth_splitting",
    "should_merge",
    "split_of",
    "tells_another",
    "terms_of",
    "weigh",
]
