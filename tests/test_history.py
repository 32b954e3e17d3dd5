"""history: the versions of an article as a person and as a script see them; nothing in them drives a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.models import Change
from tests.makers import HOUR, LEASE, NOW, archived, article_text, plan, said, visit

if TYPE_CHECKING:
    from pathlib import Path

FIRST = (
    "Divers looked for the lost bell of the old church, and on Tuesday 14 people were rescued from the water."
)
SECOND = "Nobody was hurt, and the ferry to Ostmere sails again."
ADDED = "The bell \x1b[31mhangs in the tower\u202e again."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an installation with an article that was corrected, then rewritten, then taken down."""
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        archive.feeds.apply_plan(plan("https://a.example/feed"), NOW)
        archive.visits.record(
            [visit(archive.feeds.claim(NOW, limit=1, lease=LEASE)[0], said("1"), said("2"))]
        )
        entry, other = archive.entries.claim(NOW, limit=2, lease=LEASE)
        texts = [f"{FIRST}\n\n{SECOND}", f"{FIRST}\n\n{SECOND}".replace("14", "15"), f"{FIRST}\n\n{ADDED}"]
        says = [article_text(entry.parsed.link, text=text) for text in texts]
        archive.articles.record(archived(entry, says[0]))
        entry = replace(entry, article_id=1)
        archive.articles.record(
            archived(entry, says[1], article_id=1, at=NOW + HOUR, keeps_revision=Change.CORRECTION)
        )
        last = replace(says[2], title="The bell\x1b]0;x\x07 is found")
        rewritten = archived(entry, last, article_id=1, at=NOW + 9 * HOUR, keeps_revision=Change.SUBSTANCE)
        archive.articles.record(replace(rewritten, gone=True))
        archive.articles.record(archived(other))
    return tmp_path


def run(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "aggregator", "--config", str(folder / "config.toml"), "history", *words]
    plain = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR"}}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, encoding="utf-8",
        env={**plain, "TZ": "UTC", "TERM": "xterm", **environ},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_every_version_is_shown_with_what_was_changed(folder: Path) -> None:
    """Its date, what kind of edit it is, the words that went and came, the title."""
    code, out, _ = run(folder, "1")
    assert code == 0
    assert "3 versions" in out
    assert "its page disappeared" in out
    lines = out.splitlines()
    heads = [line for line in lines if line[:3].strip(" .").isdigit()]
    assert [head[4:].split("  ")[0] for head in heads] == [
        "2026-03-01 12:00",
        "2026-03-01 13:00",
        "2026-03-01 21:00",
    ]
    assert [head.split("  ")[-1].split(" · ")[0].strip() for head in heads] == [
        "first seen", "corrected", "rewritten or extended",
    ]  # fmt: skip
    assert any("on Tuesday [-14-] {+15+} people" in line for line in lines)
    assert any("[-Nobody was hurt," in line for line in lines)
    assert any("title: [-A title-] {+The bell" in line for line in lines)


def test_what_is_shown_cannot_drive_a_terminal(folder: Path) -> None:
    """Neither in a pipe nor in colour; the colours are ours."""
    for environ in ({}, {"FORCE_COLOR": "1"}):
        _, out, _ = run(folder, "1", **environ)
        assert "\x1b[31mhangs" not in out
        assert "\x1b]0;" not in out
        assert "\u202e" not in out
        assert ("\x1b[" in out) == bool(environ)


def test_the_words_can_be_left_out(folder: Path) -> None:
    """Versions only."""
    _, out, _ = run(folder, "1", "--no-diff")
    assert "corrected" in out
    assert "[-" not in out


def test_a_script_gets_everything(folder: Path) -> None:
    """Every version whole, and the changes between them."""
    code, out, _ = run(folder, "1", "--json")
    told = json.loads(out)
    assert code == 0
    assert [version["kind"] for version in told["versions"]] == ["first", "correction", "substance"]
    assert [version["seen_at"] for version in told["versions"]] == [
        "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "2026-03-01T21:00:00Z",
    ]  # fmt: skip
    assert told["versions"][0]["text"] == f"{FIRST}\n\n{SECOND}"
    assert told["gone_at"] == "2026-03-01T21:00:00Z"
    assert {"kind": "removed", "text": "14"} in told["changes"][0][0]
    assert "changes" not in json.loads(run(folder, "1", "--json", "--no-diff")[1])


def test_an_article_that_never_changed_has_one_version(folder: Path) -> None:
    """And nothing to compare."""
    code, out, _ = run(folder, "2")
    assert code == 0
    assert "1 version," in out
    assert "last changed" not in out


def test_no_such_article(folder: Path) -> None:
    """Exit 1, as for a search without hits."""
    code, out, err = run(folder, "99")
    assert (code, out) == (1, "")
    assert "no such article" in err
