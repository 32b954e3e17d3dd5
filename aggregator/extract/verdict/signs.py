"""What a page is, as its markup tells beside its words: a list, a video, a shell of scripts, a gate.

Facts only, in terms of the markup and so in every language; `judging` decides what they mean. One linear walk over
the tree, which only pages that are in doubt have to pay for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from aggregator.urls import absolute

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TYPES = re.compile(r'"@type"\s*:\s*(?:"([\w:/.]{2,60})"|\[([^\]\[]{2,200})\])')
_LINKED_DATA = 300_000  # characters of JSON-LD that are searched for types
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "svg", "head", "select", "textarea", "option")
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_APP_ROOTS = frozenset(
    ("root", "app", "__next", "__nuxt", "app-root", "react-root", "main-app", "ember-app", "svelte")
)
# Where the large makers of such gates load their scripts from; seen on walls, and on articles with a form.
_CHALLENGES = """
    challenges.cloudflare.com /cdn-cgi/challenge-platform captcha-delivery.com px-cdn px-cloud px-captcha perimeterx
    hcaptcha.com /recaptcha/ _incapsula_resource awswaf.com geetest arkoselabs kasada turing.captcha smartcaptcha
    ddos-guard
""".split()
_REFRESH = re.compile(
    r"\s*(\d{0,9})(?:\.\d*)?\s*[;,]?\s*(?:url\s*=\s*)?[\"']?\s*([^\"'\s][^\"']*)", re.IGNORECASE
)
_SLOWEST_REFRESH = 30  # seconds; more is a page that renews itself or times out, not one that sends us on
_SCRIPTED = re.compile(
    r"""\b(?:window\.|document\.|top\.|self\.)?location(?:\.href)?\s*=\s*["']([^"'\s]{1,2000})["']|"""
    r"""\blocation\.(?:replace|assign)\(\s*["']([^"'\s]{1,2000})["']""",
)
_SHORT_SCRIPT = 2000  # characters; a page that does nothing but send us on has no more


@dataclass(frozen=True, slots=True)
class Signs:
    """What the markup of a page tells of its kind."""

    types: frozenset[str] = frozenset()  # schema.org types and "og:" + og:type, lower case
    classes: frozenset[str] = frozenset()  # of the html and body elements, lower case
    letters: int = 0  # of all that is shown
    linked: int = 0  # of these, in links
    teasers: int = 0  # headings that are links to different pages
    links: int = 0
    images: int = 0
    films: int = 0  # video elements and embedded players
    passwords: int = 0  # fields for one
    scripts: int = 0
    is_challenged: bool = False  # has scripts of a maker of bot walls
    is_app: bool = False  # has the empty root element of an application
    frames: tuple[str, ...] = ()  # addresses of a frameset
    sent_to: str = ""  # where the page sends its readers, absolute

    @property
    def linked_share(self) -> float:
        return self.linked / self.letters if self.letters else 0.0


def declared_types(tree: HtmlElement) -> frozenset[str]:
    """Return what the page says it is: schema.org types (JSON-LD, microdata) and "og:" + og:type, lower case."""
    types: set[str] = set()
    room = _LINKED_DATA
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for one, several in _TYPES.findall(script.text[:room]):
                types.update(one.split() or re.findall(r"[\w:/.]{2,60}", several))
            room = max(0, room - len(script.text))
    types.update(each for element in tree.xpath("//*[@itemscope]/@itemtype")[:50] for each in element.split())
    metas = tree.xpath("//meta[@property='og:type' or @name='og:type']/@content")[:3]
    return frozenset(
        [each.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower() for each in types]
        + [f"og:{meta.strip().lower()}" for meta in metas]
    )


def read_signs(tree: HtmlElement, url: str) -> Signs:
    """Return what the markup of the page at `url` tells. Linear in the size of the tree."""
    walk = _Walk()
    walk.over(tree)
    classes = " ".join(
        filter(None, (tree.get("class"), *tree.xpath("./body/@class"), *tree.xpath("./body/@id")))
    )
    return Signs(
        types=declared_types(tree),
        classes=frozenset(classes.lower().split()),
        letters=walk.letters,
        linked=walk.linked,
        teasers=len(walk.teasers),
        links=walk.links,
        images=walk.images,
        films=walk.films,
        passwords=walk.passwords,
        scripts=walk.scripts,
        is_challenged=walk.is_challenged,
        is_app=walk.is_app,
        frames=tuple(absolute(url, source) for source in walk.frames[:5]),
        sent_to=sent_to(tree, url),
    )


def sent_to(tree: HtmlElement, url: str) -> str:
    """Return the address that the page sends its readers to at once, absolute; "" if it does not."""
    for meta in tree.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh":
            found = _REFRESH.match(meta.get("content") or "")
            if found and int(found[1] or 0) <= _SLOWEST_REFRESH:
                return _elsewhere(url, found[2])
    scripts = [script.text for script in tree.iter("script") if script.text]
    if sum(map(len, scripts)) <= _SHORT_SCRIPT:
        for target in (one or other for script in scripts for one, other in _SCRIPTED.findall(script)):
            return _elsewhere(url, target)
    return ""


def _elsewhere(url: str, target: str) -> str:
    address = absolute(url, target.strip())
    return "" if address.partition("#")[0] == url.partition("#")[0] else address


class _Walk:
    """Counts while it goes over the elements once; the links it is in are counted by depth."""

    def __init__(self) -> None:
        self.letters = self.linked = self.links = self.images = self.films = self.passwords = self.scripts = 0
        self.teasers: set[str] = set()
        self.frames: list[str] = []
        self.is_challenged = self.is_app = False
        self._unseen = self._link = self._heading = 0
        self._target = ""

    def over(self, tree: HtmlElement) -> None:
        for event, element in etree.iterwalk(tree, events=("start", "end")):
            if event == "start":
                self._enter(element)
                self._say(element.text)
            else:
                self._leave(element.tag)
                self._say(element.tail)

    def _enter(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _UNSEEN:
            self._unseen += 1
            if tag == "script":
                self._meet_script(element)
        elif tag == "a":
            self._link += 1
            self.links += 1
            self._target = element.get("href") or ""
            self._meet_teaser()
        elif tag in _HEADINGS:
            self._heading += 1
            self._meet_teaser()
        else:
            self._meet_other(element, tag)

    def _meet_script(self, script: HtmlElement) -> None:
        self.scripts += 1
        if _is_challenge(script.get("src") or (script.text or "")[:_SHORT_SCRIPT]):
            self.is_challenged = True

    def _meet_teaser(self) -> None:
        if self._link and self._heading and not self._target.startswith("#"):
            self.teasers.add(self._target)

    def _meet_other(self, element: HtmlElement, tag: str) -> None:
        if tag == "img":
            self.images += 1
        elif tag in {"video", "iframe", "embed", "object"}:
            source = element.get("src") or element.get("data") or ""
            self.films += tag == "video" or bool(re.search(r"youtu|vimeo|video|player|embed", source))
            self.is_challenged = self.is_challenged or _is_challenge(source)
        elif tag == "input":
            self.passwords += (element.get("type") or "").lower() == "password"
        elif tag == "frame":
            self.frames.append(element.get("src") or "")
        elif (element.get("id") or "").lower() in _APP_ROOTS or tag == "app-root":
            self.is_app = True

    def _leave(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag == "a":
            self._link -= 1
        elif tag in _HEADINGS:
            self._heading -= 1

    def _say(self, text: str | None) -> None:
        if text and not self._unseen and (said := len("".join(text.split()))):
            self.letters += said
            if self._link:
                self.linked += said


def _is_challenge(source: str) -> bool:
    source = source.lower()
    return any(word in source for word in _CHALLENGES)  # quicker than one regular expression of all
