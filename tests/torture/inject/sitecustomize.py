"""Put on the path of a program under torture: kills it (SIGKILL) before or after a statement, by name and count.

TORTURE_KILL = "before|COMMIT|3": before the third statement in which COMMIT is found.
"""

import os
import re
import signal
import sqlite3

_WHEN, _PATTERN, _COUNT = (os.environ.get("TORTURE_KILL", "") + "||").split("|")[:3]

if _PATTERN:
    _wanted = re.compile(_PATTERN)
    _left = [int(_COUNT)]

    def _passes(sql: str, when: str) -> None:
        if when == _WHEN and _wanted.search(sql):
            _left[0] -= 1
            if not _left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    class _Watched(sqlite3.Connection):
        def execute(self, sql, *args):  # type: ignore[no-untyped-def]  # runs in the program, not here
            _passes(sql, "before")
            done = super().execute(sql, *args)
            _passes(sql, "after")
            return done

        def executemany(self, sql, *args):  # type: ignore[no-untyped-def]  # as above
            _passes(sql, "before")
            done = super().executemany(sql, *args)
            _passes(sql, "after")
            return done

    _connect = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: _connect(*args, **{"factory": _Watched, **kwargs})
