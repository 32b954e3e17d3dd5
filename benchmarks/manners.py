"""The poller's manners, judged from the publisher's side: every request that it got, with its simulated time.

    [AGGREGATOR_CORPUS=…] python -m benchmarks.manners [--quick] [--rule NAME] [--json FILE]

The program's own loops, fetcher and archive run against a real server on loopback; only the clock is simulated, so
that weeks pass in seconds. Each rule plays its own scene and tells every breach with its evidence; some rules hold
in all scenes (`scene.py`). With a corpus the scenarios of its `http/` are played too.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks import pace, scenarios, turns
from benchmarks.asked import options
from benchmarks.figures import Figure, report
from benchmarks.herd import herd
from benchmarks.scene import KINDS, Breach
from tests.newsroom import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RULES: dict[str, Callable[[bool], Iterator[Breach]]] = {
    rule.__name__: rule
    for rule in (
        pace.conditional_requests,
        pace.guarded_against_lies,
        pace.freshness,
        pace.retry_after,
        pace.documents_hints,
        turns.permanent_moves,
        turns.moves_to_a_followed_feed,
        turns.never_from_https_to_http,
        turns.failures_back_off,
        turns.gone_is_gone,
        turns.partial_answers,
        turns.network_away,
        turns.kills,
    )
}
SHOWN = 12  # lines of evidence for one rule


def judge(names: Iterable[str], *, quick: bool) -> list[Breach]:
    """Play the scenes of these rules and print what was wrong in each."""
    found: list[Breach] = []
    for name in names:
        began = time.monotonic()
        breaches = list(RULES[name](quick))
        _show(name, breaches, time.monotonic() - began)
        found += breaches
    return found


def _show(rule: str, breaches: list[Breach], took: float) -> None:
    print(
        f"rule {rule}: {'kept' if not breaches else f'{len(breaches)} breaches'} ({took:.1f} s)", flush=True
    )
    for breach in breaches[:SHOWN]:
        print(f"  {breach.kind}: {breach.evidence[:300]}")


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter scenes")
    parser.add_argument("--rule", choices=sorted(RULES), action="append", help="only this one")
    wanted = parser.parse_args()
    logging.getLogger("aggregator").setLevel(logging.ERROR)  # feeds fail here all the time
    breaches = judge(wanted.rule or RULES, quick=wanted.quick)
    figures: list[Figure] = []
    if not wanted.rule:
        began = time.monotonic()
        crowded, figures = herd(wanted.quick)
        _show("herd", crowded, time.monotonic() - began)
        breaches += crowded
        figures += _scenario_figures()
    counts = Counter(breach.kind for breach in breaches)
    figures += [Figure(f"manners.{kind}", counts[kind], "breaches", "==", 0) for kind in KINDS]
    return report(figures, wanted.json)


def _scenario_figures() -> list[Figure]:
    folder = corpus.root()
    if folder is None:
        print(f"scenarios: {corpus.VARIABLE} names no corpus, none are played")
        return []
    played = scenarios.play_all(folder / "http" / "scenarios.jsonl")
    for one in played:
        for line in one.wrong:
            print(f"scenario {one.name}: {line}")
    held = sum(1 for one in played if not one.wrong)
    return [Figure("manners.scenarios_held", held, "scenarios", "==", len(played))]


if __name__ == "__main__":
    sys.exit(main())
