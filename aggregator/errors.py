"""What can go wrong that a person must be told, sorted by whose fault it is.

An expected failure of the world (a 404, a time-out, a page without text) is a value, not an exception:
see `models.Failure`. The command line turns an `AggregatorError` into one line without a traceback. Whatever else is
raised is a bug of ours, unless the machine is at its end.
"""

SET_ASIDE = "set aside because of a bug of ours: "  # so begins what is said of such an entry or feed
_TOLD = 200  # characters of an error: those of some libraries have the whole document in them


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


class ProgramChangedError(AggregatorError):
    """The program was upgraded on disk while it ran: its parts would not understand one another."""

    exit_code = 70

    def __init__(self) -> None:
        super().__init__("the program was changed on disk while it ran; start it again")


class UsageError(AggregatorError):
    """What was asked for does not exist or does not make sense."""


def is_bug(error: BaseException) -> bool:
    """Tell whether the same work would fail in the same way for ever, with the machine in the best of health.

    A full disk, a locked or damaged archive, want of memory and the wish to stop are none: they strike whatever comes.
    """
    return isinstance(error, Exception) and not isinstance(error, AggregatorError | OSError | MemoryError)


def told_of_bug(error: BaseException) -> str:
    """Return what to write down of something that a bug struck: one line, of bounded length."""
    told = " ".join(repr(error).split())[:_TOLD]
    return SET_ASIDE + told.encode("utf-8", "backslashreplace").decode()
