"""An edition or a report to a program of the user's: on its standard input, never on its command line.

No shell is involved: the words are those of the configuration, and what comes from outside is only ever input.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMAND_SECONDS = 60.0
_SAID = 200  # characters of its complaint that are repeated


def run_command(
    words: Sequence[str],
    content: bytes,
    about: Mapping[str, str] = MappingProxyType({}),
    seconds: float = COMMAND_SECONDS,
    folder: Path | None = None,
) -> None:
    """Run a program in a folder and wait for it; `about` is added to its environment.

    Raises:
        AggregatorError: it cannot be started, ends with another code than 0, or takes too long and is ended.

    """
    name = words[0]
    try:
        running = subprocess.Popen(  # noqa: S603 - the words are the user's own
            list(words),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **about},
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except (OSError, ValueError) as error:  # no such program; a character that no argument can have
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AggregatorError(f"command {name}: cannot be started: {str(reason).lower()}") from error
    is_over = False
    try:
        _, complaint = running.communicate(content, timeout=seconds)
        is_over = True
    except subprocess.TimeoutExpired as error:
        raise AggregatorError(f"command {name}: took longer than {seconds:g} s and was ended") from error
    except BrokenPipeError:  # it did not want to read everything: its code says whether all is well
        complaint = b""
    finally:
        _end(running, is_over=is_over)
    if running.returncode:
        said = " ".join(complaint.decode("utf-8", "replace").split())[:_SAID]
        raise AggregatorError(f"command {name}: ended with {running.returncode}{': ' + said if said else ''}")


def _end(running: subprocess.Popen[bytes], *, is_over: bool) -> None:
    """End what is left of it, also where it has gone itself and what it started keeps us waiting."""
    if not is_over:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    for pipe in (running.stdin, running.stderr):
        if pipe is not None and not pipe.closed:
            pipe.close()
