"""What can go wrong that a person must be told, sorted by whose fault it is.

An expected failure of the world (a 404, a time-out, a page without text) is a value, not an exception:
see `models.Failure`. The command line turns an `AggregatorError` into one line without a traceback.
"""


class AggregatorError(Exception):
    """The root: its message is one line that names the thing and the cure."""

    exit_code = 2


class ConfigError(AggregatorError):
    """The configuration or the subscription list cannot be used as it is."""


class ArchiveError(AggregatorError):
    """The archive file cannot be used: missing, foreign, damaged, or from a newer version."""


class ArchiveLockedError(AggregatorError):
    """Another process works on this archive."""

    exit_code = 4


class PageError(ArchiveError):
    """The kept bytes of one page cannot be read; everything else in the archive can."""


class ParseError(AggregatorError):
    """A document that was received is not what it claims to be; the message says why, not where."""


class UsageError(AggregatorError):
    """What was asked for does not exist or does not make sense."""
