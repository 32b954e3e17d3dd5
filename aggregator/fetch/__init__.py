"""HTTP, politely and safely: the only room that knows requests, urllib3 and sockets.

`Fetcher` turns a `Request` into a `Response` or a `Failure` and never raises for what the network does.
`HostBudget` spaces what is sent to one host, `Crew` keeps threads busy with hosts whose turn it is.
"""

from aggregator.fetch.budget import HostBudget
from aggregator.fetch.crew import Crew
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import FetchLimits

__all__ = ["Crew", "FetchLimits", "Fetcher", "HostBudget"]
