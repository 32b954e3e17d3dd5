"""The Markdown of an article: what is kept of its page's form, and that nothing hostile comes alive in it."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from aggregator.extract import extract_article
from aggregator.extract.text.alignment import align
from aggregator.extract.text.inline import escaped
from aggregator.extract.text.markdown import to_markdown
from aggregator.extract.text.passages import passages_of
from aggregator.extract.tree.blocks import page_blocks
from aggregator.extract.tree.loading import load
from aggregator.models import Hint
from benchmarks.pages import known_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "https://paper.example/2026/rain.html"
ORDINARY = frozenset("p h1 h2 h3 h4 h5 h6 ul ol li blockquote strong em code pre a br".split())


class Rendered(HTMLParser):
    """What a reader of the rendered Markdown gets: its words, its elements, its links."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.links: list[str] = []
        self.feed(MarkdownIt("commonmark").render(markdown))

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.links += [value or "" for name, value in attributes if name in {"href", "src"}]
        self.text += "" if tag in {"strong", "em", "code", "a"} else "\n"

    def handle_endtag(self, tag: str) -> None:
        self.text += "" if tag in {"strong", "em", "code", "a"} else "\n"

    def handle_data(self, data: str) -> None:
        self.text += data


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def markdown_of(body: str) -> str:
    """Return the Markdown of all blocks of a page, or its text where that is all there is."""
    tree, _ = load(f"<html><body>{body}</body></html>")
    assert tree is not None
    blocks = page_blocks(tree)
    lines = "\n\n".join(passage.text for passage in passages_of(blocks)).split("\n")
    return to_markdown(lines, blocks, align(blocks, lines), URL) or "\n".join(map(escaped, lines))


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("<h2>Rain</h2><p>It fell.</p>", "## Rain\n\nIt fell."),
        ("<p>It <b>fell</b> <i>all</i> day.</p>", "It **fell** *all* day."),
        ("<p>See <a href='/a?b=1&amp;c=2'>the notes</a>.</p>",
         "See [the notes](https://paper.example/a?b=1&c=2)."),
        ("<ul><li>one<li>two<ul><li>deep</ul></ul>", "- one\n- two\n  - deep"),
        ("<ol><li>one<ul><li>deep</ul><li>two</ol>", "1. one\n   - deep\n1. two"),
        ("<blockquote><p>Said one.</p><p>Said two.</p></blockquote><p>So.</p>",
         "> Said one.\n>\n> Said two.\n\nSo."),
        ("<pre>if x:\n    y</pre><p>Then.</p>", "```\nif x:\n    y\n```\n\nThen."),
        ("<p>Call <code>a`b</code> now.</p>", "Call ``a`b`` now."),
        ("<p>Line one<br>line two</p><h3>C #</h3>", "Line one\\\nline two\n\n### C \\#"),
        ("<table><tr><th>A<th>B<tr><td>1<td>2</table>", "A | B\\\n1 | 2"),
        ("<p>a <b> spaced </b> word</p>", "a **spaced** word"),
        ("<p>in<b>'side'</b>word <i>yes</i></p>", "in'side'word *yes*"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_form_survives(body: str, markdown: str) -> None:
    assert markdown_of(body) == markdown


def test_plain_paragraphs_need_no_markdown() -> None:
    """Markdown is "" when it adds nothing to the text."""
    paragraph = "It rained on the second day of the fair, and nobody minded much. " * 5
    found = extract_article(f"<p>{paragraph}</p><p>{paragraph}</p>".encode(), URL, Hint())
    assert found.text
    assert not found.markdown


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "java\nscript:alert(1)", " JavaScript:alert(1)", "data:text/html,<b>", "#top",
     "vbscript:x", "file:///etc/passwd", "mailto:a@b.example", "http://"],
)  # fmt: skip
def test_links_lead_to_the_web_only(href: str) -> None:
    assert not Rendered(markdown_of(f"<p>A <a href='{href}'>word</a> <b>here</b></p>")).links


def test_an_address_cannot_leave_its_link() -> None:
    """Brackets, quotes, entities and line breaks in an address stay in it."""
    rendered = Rendered(markdown_of("<p><a href='/a)(b] \"x\" &amp;copy; <i>\n**'>word</a> <b>x</b></p>"))
    assert rendered.text.split() == ["word", "x"]
    (link,) = rendered.links
    assert link.startswith("https://paper.example/a")
    assert "©" not in link


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "# no heading", "1. no list", "- no list", "+ no list", "> no quote", "***",
     "---", "===", "```", "~~~", "[a](javascript:alert(1))", "![a](http://x.example/y)", "&lt;b&gt;", "a\\", "a_b_c",
     "*a*", "_a_", "**a**", "`a`", "<http://x.example>", "[a]: http://x.example", "2) no", "    four", "a ~~b~~"],
)  # fmt: skip
def test_what_looks_like_markdown_stays_text(text: str) -> None:
    """Signs in a text are shown as they are, at the start of a line and after a break, too."""
    html = text.replace("&", "&amp;").replace("<", "&lt;")
    rendered = Rendered(
        markdown_of(f"<p>{html}</p><h2>Head</h2><p>first<br>{html}<br>last</p><ul><li>{html}</ul>")
    )
    assert rendered.elements <= {"p", "h2", "br", "ul", "li"}
    assert not rendered.links
    expected = "".join(f"{text} Head first {text} last {text}".split())
    assert "".join(rendered.text.split()) == expected


def test_markdown_is_as_clean_as_the_text() -> None:
    """No control characters, and letters composed, as in the text itself."""
    told = "It rained on the cafe\u0301 of the fair, and nobody\x9b[31m minded much. " * 5
    found = extract_article(f"<p>{told}</p><p>{told}<b>So.</b></p>".encode(), URL, Hint())
    assert "caf\u00e9" in found.markdown
    assert "**So.**" in found.markdown
    assert "\x9b" not in found.markdown


INLINE = st.sampled_from(["b", "i", "code", "a href='/x'", "a href='javascript:1'", "span", "u"])
BLOCK = st.sampled_from(["p", "h2", "ul", "ol", "li", "blockquote", "pre", "div", "td", "table", "tr", "br"])
TEXT = st.text(st.sampled_from("ab1 \n*_`[]()<>#&-+.!~|\\\"'é字"), max_size=12)


@st.composite
def markup(draw: st.DrawFn, depth: int = 3) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        text = draw(TEXT).replace("&", "&amp;").replace("<", "&lt;")
        if depth and draw(st.booleans()):
            opened = draw(BLOCK | INLINE)
            text = f"<{opened}>{draw(markup(depth - 1))}</{opened.split(None, 1)[0]}>{text}"
        parts.append(text)
    return "".join(parts)


@settings(max_examples=300)
@given(markup())
def test_any_page_keeps_its_words_and_makes_no_other_elements(body: str) -> None:
    """Rendered, the Markdown has the letters of the text, ordinary elements, and links to the web."""
    tree, _ = load(f"<html><body>x{body}</body></html>")
    assert tree is not None
    blocks = page_blocks(tree)
    lines = "\n\n".join(passage.text for passage in passages_of(blocks)).split("\n")
    rendered = Rendered(
        to_markdown(lines, blocks, align(blocks, lines), URL) or "\n\n".join(map(escaped, lines))
    )
    assert "".join(words(rendered.text)) == "".join(words("\n".join(lines)))
    assert rendered.elements <= ORDINARY
    assert all(link.startswith("https://paper.example/") for link in rendered.links)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif("AGGREGATOR_CORPUS" not in os.environ, reason="needs the corpus")
def test_real_pages_keep_their_words() -> None:
    """The Markdown of real articles, rendered, has the words of their texts."""
    for page in known_pages(Path(os.environ["AGGREGATOR_CORPUS"]), "fundus", every=6):
        found = extract_article(page.body, page.url, Hint(), "text/html")
        rendered = Rendered(found.markdown or "\n\n".join(map(escaped, found.text.split("\n"))))
        assert words(rendered.text) == words(found.text), page.id
        assert rendered.elements <= ORDINARY
