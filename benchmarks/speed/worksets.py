"""A made work set: feeds of varied kind and size, rendered once into one file, so that serving them costs nothing.

Sizes and kinds follow what was counted in real subscription lists: 40 % RSS with short HTML, 30 % WordPress RSS with
content:encoded, 20 % Atom, 5 % RDF, 5 % podcasts; 20 to 30 entries; 82 KB a feed in the mean. Words follow
Zipf-Mandelbrot over made-up words; markup is that of the generators. Nothing is anybody's text.

Of each feed five parts lie one after the other: head, two newer entries, entries, the two oldest, tail. The first
step is all but the newer two, the second all but the oldest two: both are sent without copying anything.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEWER = 2  # entries that come with the second step
_FORMAT = 7  # of this file's rendering: another one makes kept work sets anew
_WORDS, _PARAGRAPHS = 30_000, 12_000
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnrstv" for vowel in "aeio"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of one feed end in the file; it begins where the one before ends."""

    start: int
    head: int
    newer: int
    entries: int
    oldest: int
    tail: int


@dataclass(frozen=True, slots=True)
class WorkSet:
    folder: Path
    feeds: tuple[Parts, ...]
    entries: int  # of the first step, all feeds together

    @property
    def bodies(self) -> Path:
        return self.folder / "bodies.bin"

    def urls(self, port: int) -> list[str]:
        return [f"http://{host_of(n)}:{port}/feed/{n}.xml" for n in range(len(self.feeds))]


def host_of(number: int) -> str:
    """Return the loopback address that plays the host of a feed."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def work_set(folder: Path, feeds: int, port: int) -> WorkSet:
    """Return the work set that lies in `folder`, made now if there is none of this size."""
    index = folder / "index.json"
    if index.exists():
        kept = json.loads(index.read_text("utf-8"))
        if (kept["format"], kept["port"], len(kept["feeds"])) == (_FORMAT, port, feeds):
            return WorkSet(folder, tuple(Parts(**parts) for parts in kept["feeds"]), kept["entries"])
    folder.mkdir(parents=True, exist_ok=True)
    made = _render(folder, feeds, port)
    index.write_text(
        json.dumps(
            {
                "format": _FORMAT,
                "port": port,
                "entries": made.entries,
                "feeds": [asdict(p) for p in made.feeds],
            }
        ),
        encoding="utf-8",
    )
    return made


def write_opml(path: Path, urls: list[str]) -> None:
    outlines = "\n".join(
        f'<outline type="rss" text="Feed {n}" xmlUrl="{url}"/>' for n, url in enumerate(urls)
    )
    path.write_text(f'<opml version="2.0"><head/><body>\n{outlines}\n</body></opml>\n', encoding="utf-8")


# --------------------------------------------------------------------------------------------- rendering


class _Prose:
    """Makes words, sentences and paragraphs, the same for the same seed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(_WORDS)]
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(_WORDS)))
        self._paragraphs = [self._paragraph(words, weights) for _ in range(_PARAGRAPHS)]

    def _paragraph(self, words: list[str], weights: list[float]) -> str:
        text = chosen = self.chance.choices(words, cum_weights=weights, k=self.chance.randint(25, 90))
        marks = [word + ("," if self.chance.random() < 0.08 else "") for word in chosen]
        text = [" ".join(marks[i : i + 14]).capitalize() + "." for i in range(0, len(marks), 14)]
        return " ".join(text)

    def title(self, number: int) -> str:
        return (
            " ".join(self.chance.choice(self._paragraphs).split()[: self.chance.randint(4, 11)])
            + f" {number}"
        )

    def plain(self, characters: int) -> str:
        return self.chance.choice(self._paragraphs)[:characters]

    def html(self, characters: int, host: str) -> str:
        """Return paragraphs as an editor writes them: links, emphasis, lists, pictures, entities."""
        pieces: list[str] = []
        length = 0
        while length < characters:
            text = self.chance.choice(self._paragraphs)
            kind = self.chance.random()
            if kind < 0.4:
                first, _, rest = text.partition(" ")
                piece = (
                    f'<p><a href="http://{host}/tag/{first.lower().strip(".,")}/">{first}</a> {rest}</p>\n'
                )
            elif kind < 0.6:
                piece = (
                    f"<p>{text[:40]}<strong>{text[40:60]}</strong>{text[60:]} \u201c{text[:20]}\u201d</p>\n"
                )
            elif kind < 0.7:
                piece = (
                    "<ul>"
                    + "".join(f"<li>{line.strip()}</li>" for line in text.split(".") if line)
                    + "</ul>\n"
                )
            elif kind < 0.8:
                piece = (
                    f'<figure class="wp-block-image"><img src="/wp-content/{len(text)}.jpg" alt="" width="640"'
                    f' height="480" srcset="/a.jpg 640w, /b.jpg 320w"/><figcaption>{text[:80]}</figcaption></figure>\n'
                )
            else:
                piece = f'<p class="has-text-align-left">{text}</p>\n'
            pieces.append(piece)
            length += len(piece)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    url: str
    title: str
    minutes: int  # before the newest
    host: str
    port: int


def _render(folder: Path, feeds: int, port: int) -> WorkSet:
    prose = _Prose(random.Random(20_26))
    parts: list[Parts] = []
    entries = position = 0
    with (folder / "bodies.bin").open("wb") as file:
        for number in range(feeds):
            count = prose.chance.randint(20, 30)
            ends = [position]
            for piece in _feed(prose, number, count, port):
                position += file.write(piece)
                ends.append(position)
            parts.append(Parts(*ends))
            entries += count
    return WorkSet(folder, tuple(parts), entries)


def _feed(prose: _Prose, number: int, count: int, port: int) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    kinds: list[Callable[..., tuple[str, list[str], str]]] = (
        [_short] * 8 + [_wordpress] * 6 + [_atom] * 4 + [_rdf, _podcast]
    )
    host = host_of(number)
    entries = [
        _Entry(i, f"http://{host}:{port}/{number}/{i}/", prose.title(i), 97 * (count + NEWER - i), host, port)
        for i in range(count + NEWER, 0, -1)
    ]
    head, items, tail = kinds[number % len(kinds)](prose, f"Feed {number}", f"http://{host}:{port}/", entries)
    sections = (head, *("".join(items[a:b]) for a, b in ((0, NEWER), (NEWER, -NEWER), (-NEWER, None))), tail)
    return tuple(section.encode() for section in sections)  # type: ignore[return-value]  # five of them


_DAYS, _MONTHS = (
    "Thu Fri Sat Sun Mon Tue Wed".split(),
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
)


def _when(entry: _Entry) -> tuple[int, int, int, int]:
    """Return day of January 2026, hour, minute, second: enough to tell entries apart."""
    minutes = 30 * 24 * 60 - entry.minutes
    return minutes // 1440 + 1, minutes // 60 % 24, minutes % 60, entry.number % 60


def _rfc822(entry: _Entry) -> str:
    day, hour, minute, second = _when(entry)
    return f"{_DAYS[(day - 1) % 7]}, {day:02} Jan 2026 {hour:02}:{minute:02}:{second:02} +0000"


def _rfc3339(entry: _Entry) -> str:
    day, hour, minute, second = _when(entry)
    return f"2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def _short(prose: _Prose, title: str, site: str, entries: list[_Entry]) -> tuple[str, list[str], str]:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>\n'
        f"<title>{title}</title><link>{site}</link><description>All of it</description><language>en-gb</language>"
        f'<ttl>15</ttl><atom:link href="{site}feed" rel="self" type="application/rss+xml"/>\n'
    )
    items = [
        f'<item><title>{escape(e.title)}</title><link>{e.url}</link><guid isPermaLink="true">{e.url}</guid>'
        f"<pubDate>{_rfc822(e)}</pubDate><dc:creator>{prose.plain(14)}</dc:creator><category>{prose.plain(9)}</category>"
        f'<media:thumbnail url="{e.url}t.jpg" width="240" height="135"/>'
        f"<description>{escape(prose.html(prose.chance.randint(300, 2400), e.host))}</description></item>\n"
        for e in entries
    ]
    return head, items, "</channel></rss>\n"


def _wordpress(prose: _Prose, title: str, site: str, entries: list[_Entry]) -> tuple[str, list[str], str]:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"\n'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"\n'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n'
        f'<channel>\n<title>{title}</title>\n<atom:link href="{site}feed/" rel="self" type="application/rss+xml" />\n'
        f"<link>{site}</link>\n<description></description>\n"
        "<lastBuildDate>Fri, 30 Jan 2026 10:00:00 +0000</lastBuildDate>\n"
        "<language>en-US</language>\n<sy:updatePeriod>hourly</sy:updatePeriod>\n<sy:updateFrequency>1</sy:updateFrequency>\n"
        "<generator>https://wordpress.org/?v=6.5</generator>\n"
    )
    items = []
    for e in entries:
        body = prose.html(min(int(prose.chance.lognormvariate(8.12, 0.7)), 60_000), e.host)
        items.append(
            f"<item>\n<title>{escape(e.title)}</title>\n<link>{e.url}</link>\n<comments>{e.url}#respond</comments>\n"
            f"<dc:creator><![CDATA[{prose.plain(12)}]]></dc:creator>\n<pubDate>{_rfc822(e)}</pubDate>\n"
            f"<category><![CDATA[{prose.plain(8)}]]></category><category><![CDATA[{prose.plain(11)}]]></category>\n"
            f'<guid isPermaLink="false">{e.url}?p={e.number}</guid>\n'
            f"<description><![CDATA[{prose.plain(280)} [&#8230;]]]></description>\n"
            f"<content:encoded><![CDATA[{body}]]></content:encoded>\n<wfw:commentRss>{e.url}feed/</wfw:commentRss>\n"
            "<slash:comments>0</slash:comments>\n</item>\n"
        )
    return head, items, "</channel>\n</rss>\n"


def _atom(prose: _Prose, title: str, site: str, entries: list[_Entry]) -> tuple[str, list[str], str]:
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f'<title>{title}</title><link href="{site}"/><link rel="self" href="{site}atom.xml"/><id>{site}</id>'
        f"<updated>2026-01-30T10:00:00Z</updated><author><name>{title} writers</name></author>\n"
    )
    items = [
        f'<entry><title type="html">{escape(e.title)}</title><link rel="alternate" type="text/html" href="{e.url}"/>'
        f"<id>tag:{e.host},2026:{e.number}</id><published>{_rfc3339(e)}</published><updated>{_rfc3339(e)}</updated>"
        f'<author><name>{prose.plain(15)}</name></author><category term="{prose.plain(7).lower()}"/>'
        f"<summary>{prose.plain(200)}</summary>"
        f'<content type="html">{escape(prose.html(prose.chance.randint(500, 4_500), e.host))}</content></entry>\n'
        for e in entries
    ]
    return head, items, "</feed>\n"


def _rdf(prose: _Prose, title: str, site: str, entries: list[_Entry]) -> tuple[str, list[str], str]:
    listed = "".join(f'<rdf:li rdf:resource="{e.url}"/>' for e in entries[NEWER:])
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{site}"><title>{title}</title><link>{site}</link><description>All</description>'
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n"
    )
    items = [
        f'<item rdf:about="{e.url}"><title>{escape(e.title)}</title><link>{e.url}</link>'
        f"<description>{escape(prose.html(500, e.host))}</description><dc:date>{_rfc3339(e)}</dc:date>"
        f"<dc:creator>{prose.plain(13)}</dc:creator></item>\n"
        for e in entries
    ]
    return head, items, "</rdf:RDF>\n"


def _podcast(prose: _Prose, title: str, site: str, entries: list[_Entry]) -> tuple[str, list[str], str]:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        f' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>{title}</title><link>{site}</link>'
        f"<language>en</language><itunes:author>{title}</itunes:author><itunes:explicit>no</itunes:explicit>"
        f'<itunes:image href="{site}cover.jpg"/><itunes:category text="News"/>\n'
    )
    items = [
        f"<item><title>{escape(e.title)}</title><link>{e.url}</link><guid>{e.host}-{e.number}</guid>"
        f"<pubDate>{_rfc822(e)}</pubDate><itunes:duration>{1800 + e.number}</itunes:duration>"
        f"<itunes:summary>{prose.plain(180)}</itunes:summary>"
        f"<description><![CDATA[{prose.html(900, e.host)}]]></description>"
        f'<enclosure url="{e.url}audio.mp3" length="{20_000_000 + e.number}" type="audio/mpeg"/></item>\n'
        for e in entries
    ]
    return head, items, "</channel></rss>\n"
