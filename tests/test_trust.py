"""What keeps the service trustworthy: its pulse, what it tells systemd and monitors, its log, its units, the doctor."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.cli.logs import JsonLines, TextLines, without_secrets
from aggregator.config import parse_config
from aggregator.errors import ArchiveError, ConfigError
from aggregator.service import START_AGAIN
from aggregator.service.endpoint import endpoint
from aggregator.service.notify import notify, watch_interval
from aggregator.service.pulse import STUCK_SECONDS, Pulse
from aggregator.units import user_unit
from tests.kept import kept
from tests.makers import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.program import Program

ROOT = Path(__file__).parent.parent


class Seconds:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


# ------------------------------------------------------------------------------------------ the pulse


def test_a_service_that_works_or_rests_is_well() -> None:
    """Between two ticks nothing is at work, and that is as it should be."""
    clock = Seconds()
    pulse = Pulse(tick=15, clock=clock)
    with pulse.job("poll") as beat:
        for _ in range(5):
            clock.at += STUCK_SECONDS - 1
            beat()
            assert pulse.health().ok
    clock.at += 100
    assert pulse.health().ok


def test_a_job_that_gets_nowhere_is_told() -> None:
    """Although another one goes on."""
    clock = Seconds()
    pulse = Pulse(tick=15, clock=clock)
    with pulse.job("archive"), pulse.job("poll") as beat:
        clock.at += STUCK_SECONDS + 1
        beat()
        health = pulse.health()
        assert not health.ok
        assert health.said == "archive got nowhere for 901 s"


def test_a_clock_that_begins_nothing_is_told() -> None:
    """The scheduler itself may be what hangs."""
    clock = Seconds()
    pulse = Pulse(tick=15, clock=clock)
    clock.at += STUCK_SECONDS + 1
    assert pulse.health().said.startswith("nothing was begun")


def test_what_failed_is_told_until_it_works_again() -> None:
    """A full disk is no reason to be restarted, but one to look."""
    pulse = Pulse(tick=15)
    with pytest.raises(ArchiveError), pulse.job("poll"):
        raise ArchiveError("the disk is full")
    assert pulse.health().ok
    assert pulse.health().said == "poll: the disk is full"
    with pulse.job("poll"):
        pass
    assert pulse.health().said == ""


# ------------------------------------------------------------------------------------------ systemd


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a path or at an abstract address; without systemd nothing happens."""
    for address in (str(tmp_path / "notify"), f"@aggregator-test-{os.getpid()}"):
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
            line.bind("\0" + address[1:] if address.startswith("@") else address)
            monkeypatch.setenv("NOTIFY_SOCKET", address)
            notify("READY=1", "STATUS=well")
            assert line.recv(99) == b"READY=1\nSTATUS=well"
        notify("READY=1")  # nobody listens any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("", "", 30), ("120000000", "", 60), ("120000000", "1", 30), ("nonsense", "", 30), ("1", "", 0.1)],
)
def test_signs_of_life_come_twice_as_often_as_they_must(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, seconds: float
) -> None:
    """As sd_watchdog_enabled(3) says."""
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert watch_interval() == seconds


def test_a_unit_runs_exactly_the_command() -> None:
    """Whatever its path is made of."""
    unit = user_unit(
        ("/opt/a b/python", "-m", "aggregator", "--config", '/home/x/100%"$HOME/c.toml'), Path("/home/x%")
    )
    assert (
        'ExecStart="/opt/a b/python" "-m" "aggregator" "--config" "/home/x/100%%\\"$$HOME/c.toml"\n' in unit
    )
    assert "WorkingDirectory=/home/x%%\n" in unit
    assert "Type=notify" in unit
    assert "WatchdogSec=" in unit


@pytest.mark.parametrize("kind", ["of the machine", "of a user"])
def test_units_are_in_order(tmp_path: Path, kind: str) -> None:
    """As systemd itself reads them."""
    systemd = subprocess.run(["which", "systemd-analyze"], check=False, capture_output=True, text=True)
    if systemd.returncode:
        pytest.skip("needs systemd-analyze")
    text = (ROOT / "deploy" / "aggregator.service").read_text("utf-8")
    if kind == "of a user":
        text = user_unit((sys.executable, "-m", "aggregator", "run"), tmp_path)
    unit = tmp_path / "aggregator.service"
    unit.write_text(text.replace("/opt/aggregator/bin/aggregator", "/bin/true"), "utf-8")
    mode = ["--user"] if kind == "of a user" else []
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    said = subprocess.run(
        ["systemd-analyze", *mode, "verify", unit], check=False, capture_output=True, text=True, env=environ
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_a_unit_is_installed_and_removed(tmp_path: Path) -> None:
    """Without systemd, or without a session of it, the unit is there and the cure is told."""
    program = kept(tmp_path, pages=1)
    program.environ |= {"XDG_CONFIG_HOME": str(tmp_path / "own"), "XDG_RUNTIME_DIR": str(tmp_path)}
    unit = tmp_path / "own" / "systemd" / "user" / "aggregator.service"
    assert program.run("service", "install", "--no-start")[0] == 0
    assert f'"{tmp_path / "config.toml"}" "run"' in unit.read_text("utf-8")
    code, out, _ = program.run("service", "status")
    assert (code, "nobody is working" in out) == (2, True)
    with open_archive(program.path, writable=True):
        assert "a process is working" in program.run("service", "status")[1]
        unit.unlink()
        code, _, err = program.run("service", "install")
        assert (code, "a process is working on it already" in err, unit.exists()) == (2, True, False)
        program.run("service", "install", "--no-start")
    assert program.run("service", "uninstall")[0] == 0
    assert not unit.exists()
    assert program.run("service", "uninstall")[0] == 0


# ------------------------------------------------------------------------------------------ the endpoint


@pytest.fixture
def window() -> Iterator[tuple[str, Pulse, Seconds]]:
    clock = Seconds()
    pulse = Pulse(tick=15, clock=clock)
    with endpoint("127.0.0.1:0", pulse, lambda: {"feeds_due": 3}) as port:
        yield f"http://127.0.0.1:{port}", pulse, clock


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_monitor_sees_whether_the_service_is_well(window: tuple[str, Pulse, Seconds]) -> None:
    """200 while it is, 503 while it is not, with a reason."""
    url, pulse, clock = window
    assert get(f"{url}/healthz")[0] == 200
    with pulse.job("poll"):
        clock.at += STUCK_SECONDS + 1
        code, said = get(f"{url}/healthz")
    assert (code, json.loads(said)["said"]) == (503, "poll got nowhere for 901 s")


def test_prometheus_gets_its_numbers(window: tuple[str, Pulse, Seconds]) -> None:
    """What was done since the start by its outcome, and what the archive says now."""
    url, pulse, _ = window
    pulse.count("visits", "new", 2)
    pulse.count("articles", "full")
    code, said = get(f"{url}/metrics")
    assert code == 200
    for line in ('aggregator_visits_total{outcome="new"} 2.0', 'aggregator_articles_total{outcome="full"} 1.0',
                 "aggregator_feeds_due 3.0", "aggregator_healthy 1.0"):  # fmt: skip
        assert line in said


def test_a_browser_that_was_sent_here_sees_nothing(window: tuple[str, Pulse, Seconds]) -> None:
    """By a name that its own DNS gave us."""
    url, _, _ = window
    assert get(f"{url}/metrics", Host="evil.example")[0] == 403
    assert get(f"{url}/metrics", Host="localhost:99")[0] == 200
    assert get(f"{url}/other")[0] == 404


def test_numbers_that_cannot_be_had_are_left_out() -> None:
    """The service still tells what it knows itself."""

    def fails() -> dict[str, float]:
        raise ArchiveError("is damaged")

    with endpoint("127.0.0.1:0", Pulse(15), fails) as port:
        code, said = get(f"http://127.0.0.1:{port}/metrics")
    assert (code, "aggregator_healthy" in said, "feeds_due" in said) == (200, True, False)


def test_a_port_that_is_taken_is_told() -> None:
    """With the setting's name."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"\[service\] listen"), endpoint(place, Pulse(15), dict):
            pass
    with endpoint("", Pulse(15), dict) as port:
        assert port == 0


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:9464", "192.168.1.2:80", "9464", "localhost:9464", "127.0.0.1:99999", "x"]
)
def test_the_endpoint_is_for_this_machine_alone(listen: str) -> None:
    """Anything else is refused with the settings."""
    with pytest.raises(ConfigError, match="an address of this machine alone"):
        parse_config(f'[service]\nlisten = "{listen}"', name="c", folder=Path(), environ={})


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "[::1]:9464", "127.3.2.1:1", ""])
def test_addresses_of_this_machine_are_taken(listen: str) -> None:
    """Or none."""
    found = parse_config(f'[service]\nlisten = "{listen}"', name="c", folder=Path(), environ={})
    assert found.service.listen == listen


def test_the_gauges_of_an_archive_cost_no_look_at_its_texts(tmp_path: Path) -> None:
    """Each by a name that Prometheus takes."""
    program = kept(tmp_path, pages=3)
    with open_archive(program.path, writable=False) as archive:
        gauges = archive.vitals.gauges(NOW + timedelta(hours=2))
    assert gauges["articles_archived"] == gauges["entries_announced"] == 3
    assert (gauges["feeds_active"], gauges["feeds_due"]) == (1, 1)
    assert gauges["feeds_overdue_seconds"] == pytest.approx(3600, abs=1)


# ------------------------------------------------------------------------------------------ the log


def record(message: str, *values: object, error: Exception | None = None) -> logging.LogRecord:
    about = (type(error), error, None) if error else None
    return logging.LogRecord("aggregator", logging.INFO, "x.py", 1, message, values, about)


def test_an_event_is_a_line_as_text_and_as_json() -> None:
    """The same words, the same keys."""
    event = record("visit feed=%s outcome=%s new=%d error=%r", "https://a.example/", "new", 3, "it's late")
    assert (
        TextLines()
        .format(event)
        .endswith('INFO visit feed=https://a.example/ outcome=new new=3 error="it\'s late"')
    )
    said = json.loads(JsonLines().format(event))
    assert said | {"at": ""} == {
        "at": "", "level": "info", "event": "visit", "feed": "https://a.example/", "outcome": "new", "new": 3,
        "error": "it's late",
    }  # fmt: skip


def test_every_event_names_its_values() -> None:
    """Wherever one is logged: a value without a key would make an event of its own each time in a log of JSON."""
    for path in (ROOT / "aggregator").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.") and call.args:
                for text in ast.walk(call.args[-1] if ast.unparse(call.func) == "log.log" else call.args[0]):
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        values = text.value.count("%")
                        assert len(re.findall(r"\b\w+=%[a-z]", text.value)) == values, f"{path}: {text.value}"


@pytest.mark.parametrize("form", [TextLines, JsonLines])
def test_nothing_from_outside_makes_a_second_line(form: type[logging.Formatter]) -> None:
    """Nor drives a terminal; a traceback is part of its line."""
    bad = "x\n2026-01-01T00:00:00 INFO service stopped\x1b[2J\u202e"
    for event in (record("article url=%s", bad), record("a bug", error=ValueError(bad)), record(bad)):
        line = form().format(event)
        assert "\n" not in line
        assert "\x1b" not in line
        assert "\u202e" not in line


@pytest.mark.parametrize(
    "secret",
    [
        "https://ada:CANARY@a.example/feed", "http://CANARY@a.example/", "https://a.example/f?token=CANARY",
        "https://a.example/f?x=1&api_key=CANARY&y=2", "https://a.example/f?Signature=CANARY#x",
        "https://a.example/f?sessionid=CANARY", "https://a.example/f?x=1?token=CANARY?y=2", "error='no answer from https://u:CANARY@b.example/?a=b'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [TextLines, JsonLines])
def test_a_log_keeps_secrets(form: type[logging.Formatter], secret: str) -> None:
    """Wherever in an event they stand."""
    for event in (record("visit feed=%s", secret), record("visit error=%r", secret), record(secret)):
        assert "CANARY" not in form().format(event)
    assert "a.example" in without_secrets(secret) or "b.example" in without_secrets(secret)


@pytest.mark.parametrize("part", ["?", "?key", "&token", "://", "://u:", "?a?key=b", ";sig="])
def test_an_endless_address_is_logged_in_one_pass(part: str) -> None:
    """What a feed calls a link is written down while everything else waits: a second look at each letter is hours."""
    assert without_secrets("article url=https://a.example/" + part * (1_000_000 // len(part)))


def test_what_is_no_secret_stays() -> None:
    """An address is still an address."""
    url = "https://a.example/2026/keyboards?page=2&id=9&utm_source=x"
    assert without_secrets(url) == url


# ------------------------------------------------------------------------------------------ settings read again


def test_a_service_reads_its_settings_again(tmp_path: Path) -> None:
    """On SIGHUP; wrong ones change nothing, and it works on."""
    program = kept(tmp_path, pages=1)
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><body/></opml>", "utf-8")
    settings = tmp_path / "config.toml"
    settings.write_text('[service]\nlog_format = "json"\n', "utf-8")
    with program.start("run") as running:
        assert running.stderr

        def until(event: str) -> None:
            for line in running.stderr or ():
                said = json.loads(line) if line.startswith("{") else {"event": line.split(" ", 2)[2]}
                if said["event"].startswith(event):
                    return
            pytest.fail(f"{event} was never said")

        until("service started")
        settings.write_text("[nonsense]", "utf-8")
        running.send_signal(signal.SIGHUP)
        until("settings not reloaded")
        until("service started")
        settings.write_text('[archive]\npath = "other.db"\n', "utf-8")
        running.send_signal(signal.SIGHUP)
        until("settings not reloaded")
        until("service started")
        settings.write_text("", "utf-8")
        running.send_signal(signal.SIGHUP)
        until("settings reloaded")
        until("service started")
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    assert running.returncode == 0
    assert not (tmp_path / "other.db").exists()


def test_a_service_whose_program_was_upgraded_ends_and_asks_to_be_started_again(tmp_path: Path) -> None:
    """A supervisor does so; without one the log says what to do."""
    program = kept(tmp_path, pages=1)
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><body/></opml>", "utf-8")
    copied = shutil.copytree(ROOT / "aggregator", tmp_path / "lib" / "aggregator")
    program.environ |= {"PYTHONPATH": str(tmp_path / "lib"), "WATCHDOG_USEC": "400000"}
    with program.start("run") as running:
        assert running.stderr
        for line in running.stderr:
            if "service started" in line:
                (copied / "cli" / "why.py").touch()
        assert "start it again" in line or "service stopped" in line
    assert running.returncode == START_AGAIN


# ------------------------------------------------------------------------------------------ the doctor


@pytest.fixture
def patient(tmp_path: Path) -> Program:
    program = kept(tmp_path, pages=3)
    (tmp_path / "feeds.opml").write_text("<opml version='2.0'><body/></opml>", "utf-8")
    return program


def bad(program: Program) -> dict[str, str]:
    """Return what the doctor finds wrong, and the cure."""
    code, out, _ = program.run("doctor", "--json")
    found = {one["what"]: one["cure"] for one in json.loads(out) if not one["ok"]}
    assert code == (2 if found else 0)
    return found


def test_a_sound_installation_is_told_so(patient: Program) -> None:
    """Every look has its line."""
    assert bad(patient) == {}
    _, out, _ = patient.run("doctor")
    looks = (
        "machine libraries configuration subscriptions permissions archive records disk clock log leases bugs"
    )
    assert [line.split()[1] for line in out.splitlines()] == [*looks.split(), "feeds", "index", "leftovers"]


def test_the_doctor_finds_what_is_wrong(patient: Program) -> None:
    """Each with its cure."""
    (patient.folder / "config.toml").write_text(
        '[[feed]]\nurl = "https://a.example/f"\nusername = "a"\npassword = "b"\n'
    )
    (patient.folder / "config.toml").chmod(0o644)
    (patient.folder / ".aggregator.before-schema-8.db.part").write_text("half")
    patient.path.chmod(0o646)
    with open_archive(patient.path, writable=True) as archive:
        archive.db.execute(
            "UPDATE articles SET text = 'Other words.', archived_at = '2199-01-01T00:00:00Z' WHERE id = 1"
        )
        archive.db.execute("UPDATE feeds SET leased_until = '2199-01-01T00:00:00Z'")
        archive.db.connection.execute("PRAGMA foreign_keys = OFF")
        archive.db.execute("UPDATE entries SET article_id = 99 WHERE id = 2")
    found = bad(patient)
    assert set(found) == {
        "configuration",
        "permissions",
        "archive",
        "records",
        "clock",
        "leases",
        "leftovers",
    }
    assert all(found.values())


def test_the_doctor_looks_for_passwords_where_they_are_written(patient: Program) -> None:
    """In the file itself: one that only names a variable has none, and the mail server's counts."""
    file = patient.folder / "config.toml"
    mail = '[mail]\nhost = "x"\nsender = "a@b.example"\nusername = "u"\n'
    patient.environ["MAIL_PASSWORD"] = "hunter2"
    file.write_text(mail + 'password_env = "MAIL_PASSWORD"\n')
    file.chmod(0o644)
    assert bad(patient) == {}
    file.write_text(mail + 'password = "hunter2"\n')
    assert bad(patient) == {"configuration": "chmod 600 config.toml"}


def test_a_damaged_archive_is_told_with_its_cure(patient: Program) -> None:
    """Whatever is left of it."""
    patient.path.write_bytes(patient.path.read_bytes()[:8192])
    assert "reliability.md" in bad(patient)["archive"] or "salvage" in bad(patient)["archive"]
    patient.path.write_bytes(b"Dear Ada, " * 99)
    assert "archive" in bad(patient)


# ------------------------------------------------------------------------------------------ by hand


def test_safekeeping_by_hand(patient: Program) -> None:
    """Backup, verify, prune, salvage, restore: each says in a line what it did."""
    code, out, _ = patient.run("backup", "copy.db")
    assert (code, "3 articles, 3 entries" in out, "verified" in out) == (0, True, True)
    code, out, _ = patient.run("verify", "--pages")
    assert code == 0
    head = out.split("head ")[1].strip()
    assert patient.run("verify", "--head", head)[0] == 0
    assert patient.run("verify", "--head", "7:00")[0] == 2
    code, out, err = patient.run("prune", "--pages", "1d")
    assert (code, "would remove 3" in out, "nothing was removed" in err) == (0, True, True)
    code, out, _ = patient.run("prune", "--pages", "1d", "--shrink")
    assert (code, "shrink: would give about" in out, patient.count("pages")) == (0, True, 3)
    assert patient.run("prune", "--apply")[0] == 2
    assert patient.run("prune", "--pages", "1d", "--apply", "--shrink")[0] == 0
    assert patient.count("pages") == 0
    assert patient.run("salvage", "aggregator.db", "new.db")[0] == 0
    assert patient.run("salvage", "aggregator.db", "new.db")[0] == 2
    code, out, _ = patient.run("restore", "copy.db")
    assert (code, "is kept" in out or "delete it when you are sure" in out) == (0, True)
    assert patient.count("pages") == 3
    with open_archive(patient.path, writable=True):
        assert patient.run("restore", "copy.db")[0] == 4
        assert patient.run("prune", "--pages", "1d", "--apply")[0] == 4
        assert patient.run("backup", "second.db")[0] == 0
    with open_archive(patient.path, writable=True) as archive:
        archive.db.execute("UPDATE articles SET text = 'x' WHERE id = 2")
    code, out, _ = patient.run("verify")
    assert (code, "article 2: is not what was recorded" in out) == (2, True)
