"""Settings: read once, checked whole, every problem told in one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, parse_config
from aggregator.errors import ConfigError

DEFAULTS = Path(__file__).parent.parent / "config.toml"


def config(text: str, **environ: str) -> Config:
    return parse_config(text, name="config.toml", folder=Path("/news"), environ=environ)


def test_an_empty_file_means_the_defaults() -> None:
    """Nothing has to be set."""
    assert config("").archive_path == Path("/news/aggregator.db")
    assert config("").opml_path == Path("/news/feeds.opml")


def test_the_file_we_ship_says_the_defaults() -> None:
    """Every setting stands in it, with the value that it has when left out."""
    shipped = DEFAULTS.read_text(encoding="utf-8")
    assert config(shipped) == config("")
    for section in ("subscriptions", "archive", "fetch", "poll", "service"):
        for key in getattr(config(""), section).__struct_fields__:
            assert f"\n{key} = " in shipped
    uncommented = shipped.replace("# [[", "[[").replace("\n# ", "\n")
    start = uncommented.index("[[digest]]")
    assert config(uncommented[start:]).digest[0].name == "morning"


def test_all_problems_are_told_at_once() -> None:
    """With the section, the key and a suggestion; nobody mends a file five times."""
    with pytest.raises(ConfigError) as told:
        config(
            '[fetsh]\na = 1\n[fetch]\nthread = 3\nthreads = "x"\nallow_networks = ["10.0.0.0/33"]\n[poll]\ninterval = 1'
        )
    lines = str(told.value).splitlines()
    assert len(lines) == 4
    assert "did you mean fetch?" in lines[0]
    assert "did you mean threads?" in lines[1]
    assert "[fetch] threads = 'x': must be int" in lines[2]
    assert "at least 15" in lines[3]


def test_a_bad_network_is_told() -> None:
    """By its section and its own words."""
    with pytest.raises(ConfigError, match=r"\[fetch\] allow_networks: .*10.0.0.0/33"):
        config('[fetch]\nallow_networks = ["10.0.0.0/33"]')


@pytest.mark.parametrize(
    "text",
    ["[fetch", "fetch = 3", "[digest]\nname = 'x'", "[[digest]]\nformat = 'pdf'", "[[digest]]\nname = 'a/b'"],
)
def test_what_cannot_be_used_is_an_error(text: str) -> None:
    """Broken TOML, a section that is none, a digest without a name or with one that is a path."""
    with pytest.raises(ConfigError, match=r"^config\.toml: "):
        config(text)


def test_the_environment_overrides_the_file() -> None:
    """Containers set paths that way."""
    set_by = config(
        "[archive]\npath = 'a.db'", AGGREGATOR_ARCHIVE_PATH="/data/b.db", AGGREGATOR_FETCH_THREADS="4"
    )
    assert (set_by.archive_path, set_by.fetch.threads) == (Path("/data/b.db"), 4)
    assert config("", AGGREGATOR_FETCH_ALLOW_NETWORKS="127.0.0.0/8,10.0.0.0/8").fetch.allow_networks == (
        "127.0.0.0/8",
        "10.0.0.0/8",
    )
    with pytest.raises(ConfigError, match="threads"):
        config("", AGGREGATOR_FETCH_THREADS="many")
