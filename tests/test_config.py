"""Settings: read once, checked whole, every problem told in one message."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from aggregator.config import Config, DigestSettings, FeedSettings, parse_config
from aggregator.errors import ConfigError
from aggregator.models import Access

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
    for section in ("subscriptions", "archive", "fetch", "poll", "service", "mail"):
        for key in getattr(config(""), section).__struct_fields__:
            assert f"\n{key} = " in shipped


def test_the_file_we_ship_shows_every_list() -> None:
    """Commented out, with the default of each of its settings; without the marks it can be read."""
    shipped = DEFAULTS.read_text(encoding="utf-8")
    start = shipped.index("# How one feed")
    uncommented = "\n".join(
        line.removeprefix("# ") for line in shipped[start:].splitlines() if " = " in line or "[[" in line
    )
    read = config(uncommented)
    assert read.digest[0] == DigestSettings(name="morning")
    assert read.feed[0] == FeedSettings(url=read.feed[0].url)
    for kind in (DigestSettings, FeedSettings):
        for key in kind.__struct_fields__:
            assert f"\n{key} = " in uncommented


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
    assert "[fetch] threads = 'x': must be a whole number, not text" in lines[2]
    assert "at least 15" in lines[3]


SPOILT = (
    "=",
    "[",
    "]",
    '"',
    "\n[[digest]]",
    "-1",
    "1e999",
    "9" * 30,
    "[[1]]",
    "{a = 1}",
    "true",
    "\u202e",
    "\x00",
    "#",
)


@pytest.mark.parametrize("seed", range(60))
def test_a_file_that_was_spoilt_is_read_or_refused(seed: int) -> None:
    """Each problem in a line that names the file, the section or the key; nothing else is ever raised."""
    dice = random.Random(seed)
    lines = DEFAULTS.read_text(encoding="utf-8").replace("\n# ", "\n").splitlines()
    lines = [line for line in lines if " = " in line or line.startswith("[")]
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(lines))
        key, equals, value = lines[at].partition(" = ")
        begins = dice.randrange(len(lines[at]) + 1)
        lines[at] = dice.choice((
            f"{key}{equals}{dice.choice(SPOILT)}", f"{key}x{equals}{value}", lines[at] + "\n" + lines[at],
            lines[at][:begins] + dice.choice(SPOILT) + lines[at][begins:], "",
        ))  # fmt: skip
    try:
        config("\n".join(lines))
    except ConfigError as error:
        for line in str(error).splitlines():
            assert "config.toml" in line
            assert len(line) > len("config.toml: ")


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("threads = 1", {}, "threads stands outside of its section: put it under [fetch]"),
        (
            "",
            {"AGGREGATOR_FETCH_THREDS": "3"},
            "AGGREGATOR_FETCH_THREDS is not a setting; did you mean AGGREGATOR_FETCH_THREADS?",
        ),
        ("[poll]\ninterval = 600\nlongest = 60", {}, "[poll] interval = 600: is longer than longest = 60"),
        ("[service]\nlog_level = 'loud'", {}, "must be one of debug, info, warning, error"),
        ("[fetch]\nrobots = 'yes'", {}, "must be true or false, not text"),
    ],
)
def test_a_mistake_is_told_in_words(text: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as told:
        config(text, **environ)
    assert said in str(told.value)


def test_variables_of_others_are_left_alone() -> None:
    """Kubernetes sets these for a service that is called aggregator."""
    others = {
        "AGGREGATOR_SERVICE_HOST": "10.0.0.1",
        "AGGREGATOR_SERVICE_PORT": "80",
        "AGGREGATOR_SERVICE_PORT_HTTP": "80",
    }
    assert config("", **others) == config("")


def test_a_contact_that_no_header_can_hold_is_told() -> None:
    """By the setting's own name, before anything is asked for."""
    with pytest.raises(ConfigError, match=r"\[fetch\] contact = 'Zażółć': must be one line of Latin letters"):
        config('[fetch]\ncontact = "Zażółć"')
    assert config('[fetch]\ncontact = "Köln, me@home.example"').fetch.contact.startswith("K")


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


@pytest.mark.parametrize(
    "text",
    [
        "[archive]\npath = '~nobody-here/a.db'",
        "[subscriptions]\nopml = '~nobody-here/feeds.opml'",
        "[[watch]]\nname = 'w'\nquery = 'q'\nto = '~nobody-here/hits'",
        '[archive]\npath = "a\\u0000.db"',
    ],
)
def test_a_path_that_leads_nowhere_is_refused(text: str) -> None:
    """In a line, whatever the command."""
    with pytest.raises(ConfigError, match=r"there is no such user|has no such character"):
        config(text)


@pytest.mark.parametrize(
    "line", ['at = "61 7 * * *"', 'at = "daily"', 'output = "{nope}.html"', 'output = "{"']
)
def test_a_digest_that_could_not_be_written_is_refused_at_once(line: str) -> None:
    """Not at seven in the morning."""
    with pytest.raises(ConfigError, match=r"\[\[digest\]\] morning: "):
        config(f'[[digest]]\nname = "morning"\n{line}')


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
    with pytest.raises(ConfigError, match=r"^AGGREGATOR_FETCH_THREADS = 'many'"):
        config("", AGGREGATOR_FETCH_THREADS="many")


def test_a_list_in_the_environment_is_written_with_commas_or_as_in_the_file() -> None:
    """What is wrong with it is told of the variable, not of the file."""
    for written in ("127.0.0.0/8, 10.0.0.0/8", '["127.0.0.0/8", "10.0.0.0/8"]'):
        networks = config("", AGGREGATOR_FETCH_ALLOW_NETWORKS=written).fetch.allow_networks
        assert networks == ("127.0.0.0/8", "10.0.0.0/8")
    assert config("", AGGREGATOR_FETCH_ALLOW_NETWORKS="").fetch.allow_networks == ()
    with pytest.raises(ConfigError, match=r"^AGGREGATOR_FETCH_ALLOW_NETWORKS: .*10.0.0.0/33"):
        config("", AGGREGATOR_FETCH_ALLOW_NETWORKS="10.0.0.0/33")


# ------------------------------------------------------------------------------------------- one feed's own

FEED = '[[feed]]\nurl = "https://example.org/feed"\n'
LOGIN = FEED + 'username = "reader"\n'


def unread(path: Path) -> str:
    raise AssertionError(path)


def test_a_feed_can_be_asked_in_its_own_way() -> None:
    """The record says what was written, and only what was written."""
    text = LOGIN + (
        'password = "s:cret"\nheaders = { X-Api-Key = "k3y" }\nuser_agent = "mine/1"\n'
        'proxy = "http://me:s3cret@127.0.0.1:8118"\nverify_tls = false\nobey_robots = false\n'
    )
    access = config(text).accesses(unread)["https://example.org/feed"]
    assert (access.username, access.password, access.headers) == ("reader", "s:cret", (("X-Api-Key", "k3y"),))
    assert (access.user_agent, access.proxy) == ("mine/1", "http://me:s3cret@127.0.0.1:8118")
    assert (access.verify_tls, access.obey_robots) == (False, False)
    assert config(FEED).accesses(unread) == {"https://example.org/feed": Access()}


def test_a_password_can_stay_out_of_the_file() -> None:
    """In a variable, or in a file of which the end of its line is no part; the path starts at the configuration."""
    by_name = config(LOGIN + 'password_env = "FEED_PASSWORD"', FEED_PASSWORD=" s3cret ")
    assert by_name.accesses(unread)["https://example.org/feed"].password == " s3cret "
    by_file = config(LOGIN + 'password_file = "secrets/feed"')
    files = {Path("/news/secrets/feed"): "s3cret\n"}
    assert by_file.accesses(files.__getitem__)["https://example.org/feed"].password == "s3cret"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[feed]]\nusername = 'a'", "1: needs url"),
        ("[feed]\nurl = 'https://a.org/'", r"write \[\[feed\]\]"),
        ("[[feed]]\nurl = 'file:///etc/passwd'", "1: url must be an http or https address"),
        (FEED + FEED, "2: url is that of an earlier"),
        (FEED + "password = 'x'", "needs username"),
        (
            LOGIN + "password = 'x'\npassword_file = 'y'",
            "needs only one of password, password_env and password_file",
        ),
        (LOGIN + "password_env = 'NOT_THERE'", "password_env: NOT_THERE is not set"),
        (FEED + "username = 'a:b'", "username must not contain a colon"),
        (FEED + "headers = { 'X Y' = '1' }", "'X Y' cannot be the name of a header"),
        (FEED + 'headers = { X = "a\\nb" }', "the value of X must be one line"),
        (FEED + "headers = { X = '' }", "the value of X must be one line"),
        (FEED + "headers = { HOST = 'a' }", "HOST is set by aggregator itself"),
        (FEED + "headers = { If-None-Match = 'a' }", "If-None-Match is set by aggregator itself"),
        (FEED + 'user_agent = "a\\nb"', "the value of User-Agent must be one line"),
        (FEED + "proxy = 'socks5://127.0.0.1:9050'", "proxy must look like http://host:port"),
        (FEED + "proxy = 'http://127.0.0.1:99999'", "proxy must look like http://host:port"),
        (FEED + "proxi = 'http://127.0.0.1:1'", "did you mean proxy"),
        ("[fetch]\nproxy = '127.0.0.1:8118'", r"\[fetch\] proxy must look like"),
    ],
)
def test_what_no_feed_can_be_asked_with_is_told(text: str, message: str) -> None:
    """By the number of its [[feed]]."""
    with pytest.raises(ConfigError, match=message):
        config(text)


@pytest.mark.parametrize(
    "text",
    [
        LOGIN + "password = 53421",
        FEED + "headers = { X = 53421 }",
        FEED + "proxy = 'ftp://a:53421@b'",
        LOGIN + "password = '53421'\npassword_file = 'x'",
        FEED + "password = '53421'\nheaders = { X = \"53421\\n\" }",
        "[fetch]\nproxy = '53421'",
    ],
)
def test_no_message_tells_a_secret(text: str) -> None:
    """People paste messages into bug reports."""
    with pytest.raises(ConfigError) as told:
        config(text)
    assert "53421" not in str(told.value)


def test_no_setting_shows_a_secret() -> None:
    """A configuration may end in a traceback."""
    text = "[fetch]\nproxy = 'http://a:53421@b:1'\n" + LOGIN + "password = '53421'\nheaders = { X = '53421' }"
    assert "53421" not in repr(config(text))
    assert "reader" in repr(config(text))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", "auto"),
        ('recheck = "off"', "off"),
        ('recheck = ["bbc.co", "a.example"]', ("bbc.co", "a.example")),
    ],
)
def test_whose_pages_are_looked_at_again(line: str, wanted: object) -> None:
    """Everybody's, nobody's, or those that are named."""
    assert config(f"[archive]\n{line}").archive.recheck == wanted


@pytest.mark.parametrize("line", ['recheck = "of"', 'recheck = ["a.example", ""]', "recheck = true"])
def test_a_recheck_that_makes_no_sense_is_told(line: str) -> None:
    """It would silently be none."""
    with pytest.raises(ConfigError, match=r"\[archive\] recheck"):
        config(f"[archive]\n{line}")


@pytest.mark.parametrize(
    ("value", "wanted"), [("off", "off"), ("a.example,b.example", ("a.example", "b.example"))]
)
def test_a_recheck_from_the_environment(value: str, wanted: object) -> None:
    """A word, or a list with commas."""
    found = parse_config("", name="c", folder=Path("/"), environ={"AGGREGATOR_ARCHIVE_RECHECK": value})
    assert found.archive.recheck == wanted
