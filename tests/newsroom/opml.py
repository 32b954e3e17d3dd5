"""The subscription list of a newsroom (OPML 2.0), written by hand so that it does not lean on what is under test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from tests.newsroom.manifest import Feed

Translate = Callable[[str], str]


def opml(feeds: Iterable[Feed], local_site: Translate, local: Translate) -> bytes:
    """Return the feeds in folders as their categories say, in the manifest's order."""
    top = _Folder()
    for feed in feeds:
        folder = top
        for name in filter(None, feed.category.split("/")):
            folder = folder.folders.setdefault(name, _Folder())
        attributes = {"type": "rss", "text": feed.title or feed.url, "xmlUrl": local(feed.url)}
        if feed.site_url:
            attributes["htmlUrl"] = local_site(feed.site_url)
        folder.outlines.append(_tag(attributes, "/"))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "<head><title>Newsroom</title></head>",
        "<body>",
        *top.lines(),
        "</body>",
        "</opml>",
        "",
    ]
    return "\n".join(lines).encode()


class _Folder:
    def __init__(self) -> None:
        self.outlines: list[str] = []
        self.folders: dict[str, _Folder] = {}

    def lines(self) -> list[str]:
        found = [*self.outlines]
        for name, folder in self.folders.items():
            found += [_tag({"text": name, "title": name}), *folder.lines(), "</outline>"]
        return found


def _tag(attributes: dict[str, str], end: str = "") -> str:
    return f"<outline {' '.join(f'{name}={quoteattr(value)}' for name, value in attributes.items())}{end}>"
