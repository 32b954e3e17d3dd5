"""A pool of worker processes: a task that hangs, eats memory or crashes the interpreter costs that one task.

Rules of this room: it knows processes, pipes and limits, and nothing of feeds or pages. A worker owns nothing
that outlives its task, so ending one is always SIGKILL. A task that a worker did not survive is a value
(`Crash`); an exception that the task raised is raised again in the caller. Workers are fresh interpreters that
import what a task names when it first comes: not forks (unsafe beside threads), and not `multiprocessing`, which
would run the main script a second time in each worker and keep a tracker process of its own.
"""

from aggregator.workers.pool import WorkerPool

__all__ = ["WorkerPool"]
