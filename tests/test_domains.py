"""Publishers: which addresses speak for one house, and which only share a landlord."""

from __future__ import annotations

import pytest
from tld import get_fld

from aggregator import domains
from aggregator.domains import publisher_of, registered_domain


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://www.site.org/a", "site.org"),
        ("https://news.site.org/a", "site.org"),
        ("https://news.site.co.uk:8443/a", "site.co.uk"),
        ("https://news.site.example/a", "site.example"),
        ("https://one.substack.com/p/a", "one.substack.com"),
        ("https://one.github.io/a", "one.github.io"),
        ("https://one.blogspot.de/a", "one.blogspot.de"),
        ("http://127.0.0.2:8000/a", "127.0.0.2"),
        ("http://[::1]:8000/a", "[::1]"),
        ("http://intranet/a", "intranet"),
        ("entry:12", ""),
        ("", ""),
    ],
)
def test_an_address_belongs_to_its_publisher(url: str, publisher: str) -> None:
    """Blogs of one service are not one publisher; a suffix that no list knows is its last label."""
    assert publisher_of(url) == publisher


@pytest.mark.parametrize("rented", [False, True])
def test_the_list_is_read_as_its_package_reads_it(rented: bool) -> None:
    """For names below every suffix on the list, with wildcards and exceptions, the answer is that of tld."""
    suffixes = domains._suffixes()[rented]
    names = [f"a.b.{rule.lstrip('!').replace('*', 'any')}" for rule in suffixes]
    assert len(names) > (9_000 if rented else 6_000)
    found = {name: domains._domain(name, suffixes) for name in names}
    expected = {name: get_fld(f"http://{name}", fail_silently=True, search_private=rented) for name in names}
    assert found == expected


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("news.site.co.uk:8443", "site.co.uk"),
        ("one.substack.com", "substack.com"),
        ("a.b.city.kawasaki.jp", "city.kawasaki.jp"),  # an exception from *.kawasaki.jp
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("127.0.0.2:8000", "127.0.0.2:8000"),
        ("intranet", "intranet"),
    ],
)
def test_a_host_belongs_to_its_domain(host: str, domain: str) -> None:
    """What no suffix on the list ends stands for itself, with its port."""
    assert registered_domain(host) == domain
