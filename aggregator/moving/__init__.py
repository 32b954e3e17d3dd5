"""Moving in: what other programs kept → subscriptions, and entries of ours.

Pure: bytes and rows in, records out. One module a program says what its fields mean (`newsboat`, `readerdb`,
`greader` for FreshRSS, `miniflux`); `cleaning` makes of a kept entry what a feed would have made of it, with a guid by
which the next visit of the feed knows it again. Whatever a file holds, the answer is a record or a UsageError.
"""

from aggregator.moving.cleaning import Cleaned, cleaned_entries
from aggregator.moving.exports import read_export
from aggregator.moving.lists import parse_list
from aggregator.moving.newsboat import keepsake_of_newsboat, parse_urls
from aggregator.moving.readerdb import keepsake_of_reader

__all__ = [
    "Cleaned",
    "cleaned_entries",
    "keepsake_of_newsboat",
    "keepsake_of_reader",
    "parse_list",
    "parse_urls",
    "read_export",
]
