"""Which hosts belong together: the registered domain, one label below a public suffix.

Pure. There are two answers, by the Public Suffix List as the `tld` package carries it. For sparing servers only
suffixes that registries run count: `*.substack.com` is a thousand publications behind one set of servers. For telling
publishers apart those count as well that companies rent out, as each of the thousand speaks for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tld import get_fld

from aggregator.urls import host_of, site_of

# Rented out as well, one name below them for each publication, but not on the list (and blogspot in each country).
_RENTED = frozenset(
    """
    substack.com wordpress.com tumblr.com medium.com typepad.com weebly.com ghost.io beehiiv.com livejournal.com
    over-blog.com exblog.jp fc2.com write.as
    """.split()
)
_ADDRESS = re.compile(r"[\d.]+|\[.*")  # of a machine


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """Return the registered domain of a host as `urls.host_of` writes it.

    What has no suffix on the list stands for itself: an IP address with its port, a name of a private network.
    """
    return get_fld(f"http://{host}", fail_silently=True, search_private=False) or host


@lru_cache(maxsize=4096)
def publisher_of(url: str) -> str:
    """Return the domain of whoever publishes what is at an address; "" if it has no host.

    `news.site.example` and `www.site.example` are one, two blogs of one service are not.
    """
    host = re.sub(r":\d+$", "", host_of(url))
    domain = get_fld(f"http://{host}", fail_silently=True, search_private=True) if host else ""
    if domain:
        return site_of(url) if domain in _RENTED or domain.startswith("blogspot.") else domain
    if _ADDRESS.fullmatch(host):
        return host
    return ".".join(host.split(".")[-2:])  # the list's own rule for what is not on it
