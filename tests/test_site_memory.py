"""The memory of a site: what its pages teach, what that is used for, and what it may never do."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.extract import extract_article, learn
from aggregator.extract.site.memory import MOST_LINES, MOST_SIGNATURES, is_furniture, is_text
from aggregator.extract.site.template import FULL_EVERY, FURNITURE, READY, RECURS
from aggregator.extract.text.alignment import align
from aggregator.extract.tree.blocks import MOST_BLOCKS, Kind, page_blocks
from aggregator.extract.tree.loading import load
from aggregator.models import ExtractedText, Hint, SiteMemory, SitePage

HOST = "paper.example"
SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to vu".split()
ODD_NOTE = "<div class='inread'><p>{}</p></div>"  # reads like text, stands in the text, is none


def prose(seed: str, sentences: int = 3) -> str:
    """Return a paragraph that no other seed gives."""
    dice = random.Random(seed)
    told = [
        " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(1, 3))) for _ in range(12)).capitalize()
        for _ in range(sentences)
    ]
    return ". ".join(told) + "."


PROMPT = prose("the end of every page", 1)


def paragraphs(name: str) -> list[str]:
    return [prose(f"{name} {number}") for number in range(6)]


def page(name: str, *, body: str = "story", inside: str = "", prompt: str = PROMPT) -> bytes:
    """Return a page of our site, as it is before (`body="story"`) or after a redesign."""
    told = [f"<p>{paragraph}</p>" for paragraph in paragraphs(name)]
    told.insert(3, inside)
    teasers = "".join(f"<li><a href='/{name}{n}'>{prose(f'{name} teaser {n}', 1)}</a></li>" for n in range(4))
    return f"""<html lang="en"><head><title>{name}</title></head><body>
    <nav class="top"><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
    <main><article class="{body}-frame"><h1 class="{body}-title">{name}</h1>
    <div class="{body}-text">{"".join(told)}<p class="last">{prompt}</p></div></article></main>
    <aside class="more"><h3>More stories</h3><ul>{teasers}</ul></aside>
    <footer class="end"><p>All rights reserved by the paper.</p></footer></body></html>""".encode()


def read(
    name: str, memory: SiteMemory | None = None, *, hint: Hint | None = None, **form: str
) -> ExtractedText:
    url = f"https://{HOST}/{name}"
    return extract_article(page(name, **form), url, hint or Hint(), "text/html", memory or SiteMemory())


def learnt(
    names: list[str], memory: SiteMemory | None = None, *, known: bool = False, **form: str
) -> SiteMemory:
    """Return what the pages of these names teach, one after the other."""
    memory = memory or SiteMemory()
    for name in names:
        hint = Hint(content="\n\n".join(paragraphs(name))) if known else Hint()
        taught = read(name, memory, hint=hint, **form).learnt
        memory = learn(memory, taught) if taught else memory
    return memory


def text_of(name: str) -> str:
    return "\n\n".join(paragraphs(name))


SOME = [f"Story {number}" for number in range(20)]


# --------------------------------------------------------------------------------------------- blocks


def test_blocks_are_what_a_reader_sees() -> None:
    """Paragraphs, headings, items, rows and captions, in order; scripts, forms and templates are none."""
    tree, _ = load(
        "<body><h2>Head</h2>loose <b>words</b><p>one<br><br>two</p><script>no()</script><template>no</template>"
        "<ul><li>item<ul><li>deeper</ul></ul><table><tr><td>a<td>b</table><form><button>no</button></form>"
        "<figure><figcaption>told</figcaption></figure><pre>x\n  y</pre>"
    )
    assert tree is not None
    blocks = page_blocks(tree)
    assert [(block.place.kind, block.text) for block in blocks] == [
        (Kind.HEADING, "Head"),
        (Kind.PARAGRAPH, "loose words"),
        (Kind.PARAGRAPH, "one"),
        (Kind.PARAGRAPH, "two"),
        (Kind.ITEM, "item"),
        (Kind.ITEM, "deeper"),
        (Kind.ROW, "a | b"),
        (Kind.CAPTION, "told"),
        (Kind.CODE, "x\n  y"),
    ]


def test_a_signature_is_the_same_on_every_page_of_a_layout() -> None:
    """Numbers and hashes in classes and ids are left out; other places, and links, have other signatures."""
    first, second, elsewhere, linked = (
        signatures(f"<div class='{outer}' id='{name}'><p class='{inner}'>{text}</p></div>")
        for outer, name, inner, text in (
            ("story", "post-1234", "css-1x2y3z4", "a word"),
            ("story", "post-99", "css-9q8w7e6", "a word"),
            ("promo", "post-99", "css-9q8w7e6", "a word"),
            ("story", "post-99", "css-9q8w7e6", "<a href='/x'>a word</a>"),
        )
    )
    assert first == second
    assert len({*first, *elsewhere, *linked}) == 3


def signatures(body: str) -> list[str]:
    tree, _ = load(f"<html><body>{body}</body></html>")
    assert tree is not None
    return [block.signature for block in page_blocks(tree)]


def test_a_headline_in_a_menu_is_not_taken_for_the_headline() -> None:
    """Of blocks with the same words the one amid the text is the text's."""
    tree, _ = load(
        "<body><nav><p>Same words</p></nav><p>Before it all.</p><p>Same words</p><p>After it all.</p>"
    )
    assert tree is not None
    assert align(page_blocks(tree), ["Before it all.", "Same words", "After it all."]) == [
        (),
        (0,),
        (1,),
        (2,),
    ]


# ------------------------------------------------------------------------------------------------ use


def test_furniture_that_reads_like_text_is_known_once_a_feed_has_told_the_text() -> None:
    """One page whose text the feed gave is enough to leave out the notes of all others, and this is said."""
    note = ODD_NOTE.format(prose("a note on the first page"))
    memory = learnt(SOME[:1], known=True, inside=note)
    other = ODD_NOTE.format(prose("another note"))
    assert prose("another note") in read(SOME[1], inside=other).text
    found = read(SOME[1], memory, inside=other)
    assert found.text == text_of(SOME[1])
    assert (FURNITURE, prose("another note")) in [(each.rule, each.text) for each in found.dropped]


def test_what_stands_at_the_end_of_every_page_is_not_text() -> None:
    memory = learnt(SOME[:2])
    assert PROMPT in read(SOME[2]).text
    found = read(SOME[2], memory)
    assert found.text == text_of(SOME[2])
    assert PROMPT in [each.text for each in found.dropped if each.rule == RECURS]


def test_a_new_line_at_the_end_is_noticed_on_a_site_that_is_known_for_long() -> None:
    """What was usual fades: fifteen pages outweigh all that came before."""
    memory = learnt([f"Early {number}" for number in range(45)])
    new = prose("a new end", 1)
    memory = learnt([f"Late {number}" for number in range(15)], memory, prompt=new)
    assert read("Latest", memory, prompt=new).text == text_of("Latest")


def test_what_begins_every_text_of_a_series_is_text_if_the_feed_has_it() -> None:
    """A series opens with the same words each time; where the feeds give the texts, they stay."""
    opening = "<p>" + prose("every time") + "</p>"
    memory = SiteMemory()
    for name in SOME[:4]:
        content = prose("every time") + "\n\n" + text_of(name)
        taught = read(name, memory, hint=Hint(content=content), inside=opening).learnt
        assert taught is not None
        assert taught.known
        memory = learn(memory, taught)
    assert prose("every time") in read(SOME[5], memory, inside=opening).text


def test_the_same_page_teaches_once() -> None:
    """A page that is looked at again does not make its own lines recur."""
    memory = learnt([SOME[0]] * 5, known=False)
    assert memory.pages == 1
    assert read(SOME[0], memory).text == read(SOME[0]).text


def test_a_cut_or_foreign_feed_text_is_not_the_truth() -> None:
    """What the feed gives counts as known if the page has it and it is whole."""
    for content in ("\n\n".join(paragraphs(SOME[0])[:2]), text_of("another story"), text_of(SOME[0]) + " …"):
        taught = read(SOME[0], hint=Hint(content=content)).learnt
        assert taught is None or not taught.known


# ----------------------------------------------------------------------------------------- by template


def test_a_well_known_site_is_read_from_memory_alone() -> None:
    """The text is the same as that of a full reading; now and then a page is read in full."""
    memory = learnt(SOME[:READY])
    alone = []
    for name in (f"Later {number}" for number in range(FULL_EVERY + 2)):
        found = read(name, memory)
        assert found.text == text_of(name)
        assert found.learnt is not None
        alone.append(not found.learnt.blocks)
        memory = learn(memory, found.learnt)
    assert alone == [*[True] * FULL_EVERY, False, True]


@pytest.mark.parametrize(
    ("body", "inside"),
    [("tale", ""), ("story", f"<div class='new'><p>{prose('in a place of its own', 9)}</p></div>")],
    ids=["redesign", "new place"],
)
def test_another_layout_is_read_in_full(body: str, inside: str) -> None:
    """A redesign, or much text in a place that is not known, is not the memory's to judge."""
    found = read("A new look", learnt(SOME[:6]), body=body, inside=inside)
    assert found.text == read("A new look", learnt(SOME[:1]), body=body, inside=inside).text
    assert found.learnt is not None
    assert found.learnt.blocks


def test_the_feed_is_believed_against_the_template() -> None:
    """When the feed's words are on the page but not in what the template finds, the page is read in full."""
    memory = learnt(SOME[:READY])
    summary = prose("told outside of the usual place", 3)
    found = read(
        "Odd", memory, hint=Hint(summary=summary), inside=f"<div class='more'><h3>{summary}</h3></div>"
    )
    assert found.learnt is not None
    assert found.learnt.blocks


# ------------------------------------------------------------------------------------------- learning


def test_a_redesign_is_learnt_in_a_few_pages() -> None:
    memory = learnt(SOME[:8])
    assert memory.pages == READY  # the others were read from memory, and confirm nothing
    memory = learnt(SOME[8:9], memory, body="tale")
    assert memory.pages < READY
    memory = learnt(SOME[9:13], memory, body="tale")
    found = read(SOME[14], memory, body="tale")
    assert found.text == text_of(SOME[14])
    assert found.learnt is not None
    assert not found.learnt.blocks


def test_what_was_taught_wrongly_is_unlearnt() -> None:
    """A page that calls the text furniture is outvoted by those that follow."""
    wrong = learnt(SOME[:1])
    wrong = replace(wrong, blocks={name: (out, into) for name, (into, out) in wrong.blocks.items()})
    right = learnt(SOME[1:5], wrong)
    place = max(right.blocks, key=lambda name: right.blocks[name][0])
    assert is_text(right, place)
    assert not is_furniture(right, place)


def test_a_memory_that_contradicts_most_of_a_text_is_not_believed() -> None:
    """However wrong it is, it cannot take away half of an article."""
    wrong = learnt(SOME[:1], known=True)
    wrong = replace(wrong, blocks=dict.fromkeys(wrong.blocks, (0, 1000)), lines={})
    assert read(SOME[1], wrong).text == read(SOME[1]).text


WORDS = st.text("0123456789abcdef#=", min_size=1, max_size=12)
PAGES = st.builds(
    SitePage,
    host=st.just(HOST),
    blocks=st.dictionaries(WORDS, st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), max_size=60),
    lines=st.frozensets(WORDS, max_size=60),
    known=st.booleans(),
)


@settings(max_examples=30)
@given(st.lists(PAGES, max_size=20))
def test_learning_is_bounded(pages: list[SitePage]) -> None:
    """Whatever pages say, the memory stays small, its counts are counts, and it can be kept as JSON."""
    memory = SiteMemory()
    for taught in pages:
        memory = learn(memory, taught)
        assert len(memory.blocks) <= MOST_SIGNATURES
        assert len(memory.lines) <= MOST_LINES
        assert all(0 <= count <= 12_000 for counts in memory.blocks.values() for count in counts)


def test_hostile_pages_do_not_fill_the_memory() -> None:
    """Pages of nothing but new classes and new lines leave 32 KB at most."""
    memory = SiteMemory()
    for number in range(4):
        blocks = "".join(
            f"<div class='{prose(f'{number} {n}', 1)}'><p>{prose(f'{n}', 1)}</p></div>" for n in range(250)
        )
        body = f"<html><body><main>{blocks}</main></body></html>".encode()
        taught = extract_article(body, f"https://{HOST}/{number}", Hint(), "text/html", memory).learnt
        memory = learn(memory, taught) if taught else memory
    kept = json.dumps([dict(memory.blocks), dict(memory.lines)], separators=(",", ":"))
    assert memory.blocks
    assert len(kept) <= 32 * 1024


@pytest.mark.parametrize(
    "body",
    [
        "<p>" + "<a href='/x'>link</a> " * 100_000,
        "<div>" * 5000 + "deep" + "</div>" * 5000,
        "<p>x</p>" * (MOST_BLOCKS * 2),
        "<b><i>" * 5000 + "x",
        "<br>" * 100_000 + "x",
        "<table><tr>" + "<td>x" * 50_000,
        "<p class='" + "a" * 500_000 + "'>x</p>" * 10,
    ],
    ids=["links", "deep", "many", "inline", "breaks", "cells", "class"],
)
def test_hostile_markup_is_walked_and_bounded(body: str) -> None:
    """Every page gives a list of blocks, or none where it has too many."""
    tree, _ = load(f"<html><body>{body}</body></html>")
    assert tree is not None
    assert len(page_blocks(tree)) < MOST_BLOCKS
