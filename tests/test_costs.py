"""The chores of a poll are no more work than they were: counted, since a busy machine has no say in that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.speed.counts import KEPT, counts, limit_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_no_chore_became_more_work(tmp_path: Path) -> None:
    """Ten per cent more than what is kept is seen; `python -m benchmarks run speed.counts --record` keeps anew."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    found = counts(tmp_path)
    assert set(found) == set(kept["figures"])
    assert not {name: n for name, n in found.items() if n > limit_of(kept, name)}


@pytest.mark.slow
def test_what_did_not_change_is_hardly_any_work(tmp_path: Path) -> None:
    """Of a document with two new entries, these are read and written and no others."""
    found = counts(tmp_path)
    assert found["304.calls"] < 0.1 * found["import.calls"]
    assert found["same.calls"] < 0.1 * found["import.calls"]
    assert found["new2.calls"] < 0.5 * found["import.calls"]
    assert found["new2.statements"] < 0.5 * found["import.statements"]
