"""Publishers: which addresses speak for one house, and which only share a landlord."""

from __future__ import annotations

import pytest

from aggregator.domains import publisher_of


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
