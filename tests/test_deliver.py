from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.deliver import open_file, write_file, write_stream
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
LINUX = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    """A shell passes on bytes that are no UTF-8 as half characters."""
    with pytest.raises(AggregatorError, match=r"cannot write .*: '\\udcff' is not text; type it in UTF-8"):
        write_file(tmp_path / "x", "caf\udcff")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_as_utf8_in_folders_that_are_made(tmp_path: Path) -> None:
    """A missing folder is no reason to miss a digest."""
    path = tmp_path / "a" / "b" / "day.html"
    write_file(path, "Größe: 漢字\n")
    assert path.read_bytes() == "Größe: 漢字\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["day.html"]


def test_a_file_is_replaced_not_rewritten(tmp_path: Path) -> None:
    """Who has the old digest open reads it to its end."""
    path = tmp_path / "day.html"
    path.write_text("old")
    with path.open() as reader:
        write_file(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o644)])
def test_the_umask_is_respected(tmp_path: Path, umask: int, mode: int) -> None:
    """A digest may be read by all unless the user said otherwise."""
    before = os.umask(umask)
    try:
        write_file(tmp_path / "day.html", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "day.html").stat().st_mode & 0o777 == mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link names is written, the link itself remains."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.html"
    link.symlink_to(tmp_path / "real" / "day.html")
    write_file(link, "x")
    assert link.is_symlink()
    assert (tmp_path / "real" / "day.html").read_text() == "x"


def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    """Devices and pipes stay what they are."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_file(pipe, "digest")
    reader.join(10)
    assert read == ["digest"]
    assert pipe.is_fifo()


def a_folder(tmp_path: Path) -> Path:
    return tmp_path


def below_a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("x")
    return tmp_path / "file" / "day.html"


def a_loop_of_links(tmp_path: Path) -> Path:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return tmp_path / "loop" / "day.html"


def too_long(tmp_path: Path) -> Path:
    return tmp_path / ("x" * 300)


def in_a_locked_folder(tmp_path: Path) -> Path:
    (tmp_path / "locked").mkdir(mode=0o500)
    return tmp_path / "locked" / "day.html"


def on_a_full_disk(tmp_path: Path) -> Path:
    return Path("/dev/full")


@pytest.mark.parametrize(
    ("place", "cure"),
    [
        (a_folder, "this is a folder; name a file in it"),
        (below_a_file, "choose another path"),
        (a_loop_of_links, ""),
        (too_long, "choose a shorter one"),
        pytest.param(in_a_locked_folder, "permission denied; choose", marks=ROOT),
        pytest.param(on_a_full_disk, "the disk is full; free some space", marks=LINUX),
    ],
)
def test_a_failure_is_one_line_with_place_and_cure(
    tmp_path: Path, place: Callable[[Path], Path], cure: str
) -> None:
    """The message names the path and what to do, and nothing is left behind."""
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AggregatorError) as caught:
        write_file(path, "x")
    message = str(caught.value)
    assert message.startswith(f"cannot write {path}: ")
    assert cure in message
    assert "\n" not in message
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_fills_up_keeps_the_old_file(tmp_path: Path) -> None:
    """A write that fails half way leaves the old digest whole and no half one beside it."""
    path = tmp_path / "day.html"
    path.write_text("old")
    # A limit on the size of files stands for the full disk: it fails in the same place, for this process alone.
    program = (
        "import resource, signal, sys; from pathlib import Path; from aggregator.deliver import write_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write_file(Path(sys.argv[1]), 'x' * 100_000)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"AggregatorError cannot write {path}: ")
    assert [p.name for p in tmp_path.iterdir()] == ["day.html"]
    assert path.read_text() == "old"


def test_a_text_that_cannot_be_encoded_leaves_nothing_behind(tmp_path: Path) -> None:
    """A lone surrogate is what a word in another encoding becomes: it is told before anything is written."""
    with pytest.raises(AggregatorError, match="is not text"):
        write_file(tmp_path / "day.html", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_stream_gets_the_whole_text_at_once(tmp_path: Path) -> None:
    """Text goes out as it is where the encoding can say it, and is flushed."""
    stream = io.StringIO()
    write_stream(stream, "漢字\n")
    assert stream.getvalue() == "漢字\n"
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        write_stream(file, "漢字\n")
        assert (tmp_path / "out").read_text(encoding="utf-8") == "漢字\n"


def test_a_stream_with_few_characters_gets_references() -> None:
    """HTML and Markdown can say any character in ASCII."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    write_stream(stream, "ä漢")
    assert raw.getvalue() == b"&#228;&#28450;"


@LINUX
def test_a_stream_onto_a_full_disk_is_one_line() -> None:
    """The message says which stream and what to do."""
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a stream that must fail to close too
    with pytest.raises(AggregatorError, match="cannot write to /dev/full: the disk is full"):
        write_stream(stream, "x")
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        stream.close()


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    """`aggregator digest | head` ends as pipes end; the command line knows how."""
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w", encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        write_stream(stream, "x")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_what_was_private_stays_private(tmp_path: Path) -> None:
    """A list of feeds may hold secrets in its addresses."""
    target = tmp_path / "feeds.opml"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    write_file(target, "new")
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_written_piece_by_piece_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """An error on the way leaves the old file, and nothing beside it."""
    target = tmp_path / "pages.warc.gz"
    target.write_bytes(b"old")

    def half_written() -> None:
        with open_file(target) as file:
            file.write(b"half")
            raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        half_written()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("pages.warc.gz", b"old")]
    with open_file(target) as file:
        file.write(b"new ")
        file.write(b"and whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("pages.warc.gz", b"new and whole")
    ]
