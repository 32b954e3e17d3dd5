"""What trafilatura does not read is put aside while it works, and back again."""

from __future__ import annotations

import pytest
from lxml import html

from aggregator.extract.tree.loading import load
from aggregator.extract.tree.setaside import unread_set_aside

PAGE = """<html><head><title>Rain</title><meta name=a content=b>
<script type="application/ld+json">{"@type": "NewsArticle"}</script></head>
<body>before <nav>Menu <ul><li><a href="/">Home</a> end</li></ul> tail</nav> after
<p>The river <svg><path d="m0"/></svg>rose.</p>
<aside>Aside <div>deep <nav><a>x</a></nav> <script type="application/ld+json">{}</script> y</div> z</aside>
<footer>Foot <aside><p>in foot</p></aside> end</footer> last</body></html>"""


def test_the_page_is_the_same_afterwards() -> None:
    tree, _ = load(PAGE)
    assert tree is not None
    before = html.tostring(tree)
    with unread_set_aside(tree):
        during = html.tostring(tree).decode()
    assert html.tostring(tree) == before
    assert "Home" not in during
    assert "in foot" not in during
    assert "after" in during
    assert "rose." in during


def test_linked_data_stays_because_it_is_read() -> None:
    tree, _ = load(PAGE)
    assert tree is not None
    with unread_set_aside(tree):
        assert len([*tree.iter("script")]) == 2


def test_the_page_is_the_same_after_an_error() -> None:
    tree, _ = load(PAGE)
    assert tree is not None
    before = html.tostring(tree)
    with pytest.raises(ValueError, match="broken"), unread_set_aside(tree):
        raise ValueError("broken")
    assert html.tostring(tree) == before
