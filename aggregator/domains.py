"""Which hosts belong together: the registered domain, one label below a public suffix.

Pure. There are two answers, by the Public Suffix List (publicsuffix.org) as the `tld` package carries it. The list is
looked up here: the package and the tree that it makes of it take as long to load as asking fifty feeds. For sparing
servers only suffixes that registries run count: `*.substack.com` is a thousand publications behind one set of servers.
For telling publishers apart those count as well that companies rent out, as each of the thousand speaks for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from aggregator.urls import host_of, site_of

# Rented out as well, one name below them for each publication, but not on the list (and blogspot in each country).
_RENTED = frozenset(
    """
    substack.com wordpress.com tumblr.com medium.com typepad.com weebly.com ghost.io beehiiv.com livejournal.com
    over-blog.com exblog.jp fc2.com write.as
    """.split()
)
_ADDRESS = re.compile(r"[\d.]+|\[.*")  # of a machine
_PORT = re.compile(r":\d+$")
_RULE = re.compile(r"^(?:// (?=xn--))?([^/\s]\S*)", re.MULTILINE)


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """Return the registered domain of a host as `urls.host_of` writes it.

    What has no suffix on the list stands for itself: an IP address with its port, a name of a private network.
    """
    return _domain(_hostname(host), _suffixes()[0]) or host


@lru_cache(maxsize=4096)
def publisher_of(url: str) -> str:
    """Return the domain of whoever publishes what is at an address; "" if it has no host.

    `news.site.example` and `www.site.example` are one, two blogs of one service are not.
    """
    host = _hostname(host_of(url))
    domain = _domain(host, _suffixes()[1])
    if domain:
        return site_of(url) if domain in _RENTED or domain.startswith("blogspot.") else domain
    if _ADDRESS.fullmatch(host):
        return host
    return ".".join(host.split(".")[-2:])  # the list's own rule for what is not on it


def _hostname(host: str) -> str:
    return _PORT.sub("", host)


def _domain(host: str, suffixes: frozenset[str]) -> str:
    """Return the domain one label below the longest suffix of a host, or "" if there is none.

    A host that is a suffix is a domain, too: somebody answers there.
    """
    labels = host.rstrip(".").split(".")
    domain = ""
    for start in range(len(labels)):
        name, below = ".".join(labels[start:]), ".".join(labels[start + 1 :])
        if f"!{name}" in suffixes:  # an exception from the rule for its neighbours
            return name
        if name in suffixes or f"*.{below}" in suffixes:
            return domain or name
        domain = name
    return ""


@lru_cache(maxsize=1)
def _suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """Return the rules that registries run, and those with what companies rent out."""
    package = find_spec("tld")
    assert package is not None and package.origin is not None  # noqa: PT018  we depend on it
    text = (Path(package.origin).parent / "res" / "effective_tld_names.dat.txt").read_text("utf-8")
    public, _, private = text.partition("// ===BEGIN PRIVATE DOMAINS===")
    of_registries = frozenset(_rules(public))
    return of_registries, of_registries.union(_rules(private))


def _rules(lines: str) -> list[str]:
    """Return the rules among lines; names that are not ASCII stand there in Punycode too, in a comment."""
    return _RULE.findall(lines)
