"""Entries are cut out of a document where they stand, or not at all."""

from __future__ import annotations

import pytest

from aggregator.parse.cutting import cut, without

ONE = b"<item><title>One</title></item>"
TWO = b'<item rdf:about="x"><title><![CDATA[a </item> <i>b</i>]]></title><!-- </item> --></item>'
THREE = b"<item>\n<description>3</description>\n</item>"
HEAD, TAIL = (
    b"<?xml version='1.0'?><rss><channel><items>x</items><title><![CDATA[<item>]]></title>",
    b"</channel></rss>",
)


def pieces(document: bytes) -> list[bytes]:
    return [document[start:end] for start, end in cut(document)]


def test_entries_are_found_where_they_stand() -> None:
    """End tags in CDATA and comments are none, nor is a start tag there."""
    assert pieces(HEAD + ONE + b"\n" + TWO + THREE + TAIL) == [ONE, TWO, THREE]


def test_atom_has_entries() -> None:
    assert pieces(b"<feed><item>no</item><entry><id>1</id></entry></feed>") == [b"<entry><id>1</id></entry>"]


def test_what_is_passed_over_leaves_its_place() -> None:
    document = HEAD + ONE + b"\n" + TWO + THREE + TAIL
    assert without(document, cut(document), {0, 2}) == HEAD + b"<item/>\n" + TWO + b"<item/>" + TAIL
    assert without(document, cut(document), ()) == document


@pytest.mark.parametrize(
    "odd",
    [
        b"<item/>",
        b'<item rdf:about="x"/>',
        b"<item>never closed",
        b"<item><item></item></item>",
        b"<item></item >",
        b"<item><![CDATA[ open </item>",
        b"<!-- open <item></item>",
        b"<!ELEMENT item ANY><item></item>",
        b"<itemised></itemised>",
        b"<?php echo '<item>' ?><item></item>",
    ],
)
def test_what_is_out_of_the_ordinary_is_not_cut(odd: bytes) -> None:
    assert cut(b"<rss><channel>" + ONE + TAIL) != ()
    assert cut(b"<rss><channel>" + odd + ONE + TAIL) == ()


def test_what_stands_around_the_root_is_no_entry() -> None:
    """Scripts print warnings before it and sign behind; a document type may name anything."""
    junk = (
        b"Warning: <item> at line 3\n<?xml version='1.0'?><!DOCTYPE rss [<!ELEMENT item ANY>]><!-- <item> -->"
    )
    assert pieces(junk + b"<rss><channel>" + ONE + TAIL + b"<!-- signed -->\n") == [ONE]
    assert cut(b"<html><body><item></item></body></html>") == ()
    assert cut(("<rss><channel><item>\u00e9</item></channel></rss>").encode("utf-16")) == ()
