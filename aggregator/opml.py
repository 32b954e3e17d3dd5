"""OPML ↔ subscriptions, and what has to change for the archive to follow them (OPML 2.0, opml.org/spec2.opml).

The file is the user's: reading is lenient about what other programs write (xmlurl, text escaped twice, folders
in folders), editing touches one outline and keeps the rest. Only http and https are addresses of feeds; an
outline never names a command or a file. Planning never deletes: what is no longer named is paused.
No clock, no disk; XML without network, external entities or recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.errors import ConfigError
from aggregator.markup import clean_text
from aggregator.models import Feed, FeedState, Subscription, SubscriptionPlan
from aggregator.urls import LONGEST_URL, is_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_Element = Any  # lxml's, whose types are private

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Three of four widely shared lists have a bare "&" in some title or address.
_BARE_AMPERSAND = re.compile(rb"&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|amp;|lt;|gt;|quot;|apos;)")
# A value in quotes on one line; a bare "<" in it is the second most common fault of shared lists.
_QUOTED = re.compile(rb"=\s*\"[^\"\r\n]*\"")
_FEED_TYPES = frozenset(("rss", "atom", "feed"))
# Pages that FreshRSS scrapes by rules of its own (FreshRSS docs, OPML): what their xmlUrl names is no feed.
_SCRAPED = ("html+xpath", "xml+xpath", "json+dotnotation")
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class ParsedOpml:
    """What a list says: the feeds in its order, each address once, and what in it cannot be followed."""

    subscriptions: tuple[Subscription, ...] = ()
    problems: tuple[str, ...] = ()  # one line each, with the line in the file


def parse_opml(text: bytes, name: str = "OPML") -> ParsedOpml:
    """Read a list of subscriptions; `name` is what its messages call the file.

    Raises:
        ConfigError: it is not well-formed, or not OPML.

    """
    found: dict[str, Subscription] = {}
    problems: list[str] = []
    for outline, category in _outlines(_parsed(text, name)):
        url = _url_of(outline)
        said = _text(outline, "text") or _text(outline, "title")
        if not url and _attribute(outline, "type").lower() not in _FEED_TYPES:
            continue  # a folder, or a note
        if _attribute(outline, "type").lower().startswith(_SCRAPED):
            problems.append(
                f"{name}, line {outline.sourceline}: {said[:80]!r} is a page scraped by FreshRSS, not a feed"
            )
        elif not is_http(url) or len(url) > LONGEST_URL:
            shown = clean_text(url)[:80] or "no xmlUrl"
            problems.append(
                f"{name}, line {outline.sourceline}: {said[:80]!r} has no http(s) address: {shown}"
            )
        else:
            found.setdefault(url, Subscription(url, said, category, _site_of(outline)))
    return ParsedOpml(tuple(found.values()), tuple(problems))


def render_opml(subscriptions: Sequence[Subscription], title: str) -> bytes:
    """Return a list of subscriptions, folders in folders, that `parse_opml` reads back as it was."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean_text(title)
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for subscription in subscriptions:
        _folder(folders, subscription.category).append(_outline(subscription))
    etree.indent(root, _INDENT)
    return _serialised(root)


def add_subscription(opml: bytes, *subscriptions: Subscription) -> bytes:
    """Return the list with these feeds at the end of their folders; one that it names already is left alone."""
    root = _parsed(opml, "OPML")
    body = next(_named(root, "body"), None)
    if body is None:
        body = etree.SubElement(root, "body")
    named = {_url_of(outline) for outline, _ in _outlines(root)}
    folders = {"": body} | {
        _joined(c, _folder_name(o)): o for o, c in reversed(list(_outlines(body))) if not _url_of(o)
    }
    for subscription in subscriptions:
        if subscription.url not in named:
            _append(_folder(folders, subscription.category), _outline(subscription))
            named.add(subscription.url)
    return _serialised(root)


def remove_subscription(opml: bytes, url: str) -> bytes:
    """Return the list without the outlines that name this feed; folders stay, empty or not."""
    root = _parsed(opml, "OPML")
    for outline in [outline for outline, _ in _outlines(root) if _url_of(outline) == url]:
        if len(outline):  # it is a folder too
            for key in [key for key in outline.attrib if key.lower() == "xmlurl"]:
                del outline.attrib[key]
        else:
            _remove(outline)
    return _serialised(root)


def plan_subscriptions(wanted: Sequence[Subscription], known: Sequence[Feed]) -> SubscriptionPlan:
    """Return what has to change in the archive.

    A feed is its exact address, or one that it had before it moved. What the list leaves open (title, site) is
    not taken away; the folder always counts, no folder being the top level. A feed that is gone stays gone,
    whatever the list says: the archive alone knows when to ask it again.
    """
    feeds = {feed.url: feed for feed in known}
    moved = {former: feed.url for feed in known for former in feed.former_urls if former not in feeds}
    moved |= {feed.url: feed.move.to for feed in known if feed.move and _went_on(feed, feeds)}
    listed: dict[str, Subscription] = {}
    for subscription in sorted(
        wanted, key=lambda s: s.url in moved
    ):  # what is named by its own address goes first
        url = moved.get(subscription.url, subscription.url)
        listed.setdefault(url, subscription if url == subscription.url else replace(subscription, url=url))
    both = [(s, feeds[url]) for url, s in listed.items() if url in feeds]
    return SubscriptionPlan(
        add=tuple(s for url, s in listed.items() if url not in feeds),
        change=tuple(s for s, feed in both if _differs(s, feed)),
        resume=tuple(s for s, feed in both if feed.state in {FeedState.PAUSED, FeedState.MOVED}),
        pause=tuple(f.url for f in known if f.state is FeedState.ACTIVE and f.url not in listed),
    )


def _went_on(feed: Feed, feeds: Mapping[str, Feed]) -> bool:
    """Tell whether a feed that moved to another's address is followed there."""
    there = feeds.get(feed.move.to) if feed.move else None
    return feed.state is FeedState.MOVED and there is not None and there.state is not FeedState.MOVED


def _differs(subscription: Subscription, feed: Feed) -> bool:
    return (
        subscription.category != feed.category
        or bool(subscription.title and subscription.title != feed.title)
        or bool(subscription.site_url and subscription.site_url != feed.site_url)
    )


# ---------------------------------------------------------------------------------------------- reading


def _parsed(text: bytes, name: str) -> _Element:
    """Return the root of an OPML document, with all that it holds."""
    text = text.lstrip(b" \t\r\n")
    try:
        root = _read_or_mend(text)
    except etree.XMLSyntaxError as error:
        reason, _, place = clean_text(error.msg or "is empty").rpartition(", line")
        raise ConfigError(f"{name}, line {error.lineno or 1}: {reason or place}") from None
    except (ValueError, LookupError) as error:
        raise ConfigError(f"{name}: {clean_text(str(error))}") from None
    if _tag(root) != "opml":
        raise ConfigError(
            f"{name}, line {root.sourceline}: is not OPML, its root element is <{_tag(root)[:40]}>"
        )
    return root


def _read_or_mend(text: bytes) -> _Element:
    """Read XML strictly, once more with bare ampersands and "<" in values escaped if need be.

    Mended, never recovered: a parser that recovers drops outlines, and their feeds would be paused.
    """
    try:
        return _read(text)
    except etree.XMLSyntaxError:
        mended = _BARE_AMPERSAND.sub(b"&amp;", text)
        return _read(_QUOTED.sub(lambda value: value[0].replace(b"<", b"&lt;"), mended))


def _read(text: bytes) -> _Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(text, parser)


def _outlines(root: _Element) -> Iterator[tuple[_Element, str]]:
    """Yield every outline with the category in which it stands, in the order of the document."""
    folders: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if _tag(element) != "outline":
            continue
        if event == "end":
            folders.pop()
        else:
            above = folders[-1] if folders else ""
            yield element, above
            folders.append(_joined(above, _folder_name(element)) if len(element) else above)


def _named(root: _Element, tag: str) -> Iterator[_Element]:
    return (child for child in root if _tag(child) == tag)


def _tag(element: _Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _attribute(outline: _Element, name: str) -> str:
    """Return an attribute's value; programs write xmlUrl, xmlurl and XMLURL."""
    value = outline.get(name)
    if value is None:
        value = next((v for k, v in outline.attrib.items() if k.lower() == name.lower()), "")
    return str(value).strip()


def _text(outline: _Element, name: str) -> str:
    """Return an attribute that is text; many programs escape it once more than XML asks for."""
    return clean_text(_REFERENCE.sub(lambda found: unescape(found[0]), _attribute(outline, name)))


def _url_of(outline: _Element) -> str:
    return _attribute(outline, "xmlUrl").replace("&amp;", "&")


def _site_of(outline: _Element) -> str:
    site = _attribute(outline, "htmlUrl").replace("&amp;", "&")
    return site if is_http(site) and len(site) <= LONGEST_URL else ""


def _folder_name(outline: _Element) -> str:
    name = _text(outline, "text") or _text(outline, "title")
    return "/".join(filter(None, (part.strip() for part in name.split("/"))))


def _joined(*parts: str) -> str:
    return "/".join(filter(None, parts))


# ---------------------------------------------------------------------------------------------- writing


def _serialised(root: _Element) -> bytes:
    """Return the document as UTF-8, comments and instructions around the root on lines of their own."""
    doctype = root.getroottree().docinfo.doctype
    before = [etree.tostring(e, encoding="utf-8", with_tail=False) for e in root.itersiblings(preceding=True)]
    after = [etree.tostring(e, encoding="utf-8", with_tail=False) for e in root.itersiblings()]
    lines = [b'<?xml version="1.0" encoding="utf-8"?>', doctype.encode("utf-8"), *reversed(before)]
    lines += [etree.tostring(root, encoding="utf-8", with_tail=False), *after]
    return b"\n".join(filter(None, lines)) + b"\n"


def _outline(subscription: Subscription) -> _Element:
    title = _written(subscription.title)
    attributes = {"type": "rss", "text": title, "title": title, "xmlUrl": _written_url(subscription.url)}
    if subscription.site_url:
        attributes["htmlUrl"] = _written_url(subscription.site_url)
    return etree.Element("outline", attributes)


def _written(text: str) -> str:
    """Return text so that reading, which undoes a second escaping, gives it back as it is."""
    text = clean_text(text)
    return text.replace("&", "&amp;") if _REFERENCE.search(text) else text


def _written_url(url: str) -> str:
    return clean_text(url).replace("&amp;", "&amp;amp;")


def _folder(folders: dict[str, _Element], category: str) -> _Element:
    """Return the outline of a folder, made with those above it where they are missing."""
    parts = [part for part in (clean_text(part) for part in category.split("/")) if part]
    depth = max(n for n in range(len(parts) + 1) if "/".join(parts[:n]) in folders)
    folder = folders["/".join(parts[:depth])]
    for n in range(depth + 1, len(parts) + 1):
        made = etree.Element("outline", {"text": _written(parts[n - 1]), "title": _written(parts[n - 1])})
        _append(folder, made)
        folder = folders["/".join(parts[:n])] = made
    return folder


def _append(parent: _Element, child: _Element) -> None:
    """Append an element on a line of its own, indented like its neighbours."""
    inner = "\n" + _INDENT * (1 + sum(1 for _ in parent.iterancestors()))
    if len(parent):
        last = parent[-1]
        child.tail = last.tail
        last.tail = parent.text if parent.text and not parent.text.strip() else inner
    else:
        parent.text = (parent.text or "").rstrip() + inner
        child.tail = inner[: -len(_INDENT)]
    parent.append(child)


def _remove(outline: _Element) -> None:
    """Remove an element and its line, so that those around it stay where they were."""
    parent = outline.getparent()
    before = outline.getprevious()
    if outline.getnext() is None:  # the line that follows belongs to the parent's end tag
        if before is not None:
            before.tail = outline.tail
        else:
            parent.text = outline.tail
    parent.remove(outline)
