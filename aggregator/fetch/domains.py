"""Which hosts belong together: the registered domain, one label below a public suffix.

Pure. Only suffixes that registries run count (the ICANN part of the Public Suffix List, as the `tld` package
carries it), not those that companies rent out: `*.substack.com` is a thousand publications behind one set of
servers, and it is the servers that are to be spared.
"""

from __future__ import annotations

from functools import lru_cache

from tld import get_fld


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """Return the registered domain of a host as `urls.host_of` writes it.

    What has no suffix on the list stands for itself: an IP address with its port, a name of a private network.
    """
    return get_fld(f"http://{host}", fail_silently=True, search_private=False) or host
