"""A day's articles, written for this project, to look at a digest with: `python -m tests.digest_sample > day.html`.

Several languages and scripts, copies of one text, long and hostile titles, an article without text, a word of
ten thousand letters: what a real day brings, in one small list that is the same every time.
"""

# ruff: noqa: E501, RUF001 - prose in many scripts; wide characters count twice

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.digest import Material, compile_digest, render
from aggregator.models import (
    Article,
    Changes,
    Corrected,
    Digest,
    Outline,
    Sighting,
    Trouble,
    Vanished,
    Verdict,
)

SINCE = datetime(2025, 5, 3, tzinfo=UTC)
UNTIL = datetime(2025, 5, 4, tzinfo=UTC)

_MORE = (
    "The report runs to some four hundred pages and took three years to write. Nobody who spoke to us expects "
    "it to be the last word. It does, however, put numbers to what had been a matter of opinion, and it names "
    "the places where those numbers are still missing.\n\n"
)


def article(
    number: int,
    title: str,
    text: str = "",
    *,
    source: str = "The Morning Ledger",
    category: str = "",
    language: str = "en",
    byline: str = "",
    hour: float = 12.0,
    also: tuple[str, ...] = (),
    duplicate_of: int | None = None,
) -> Article:
    """Return an article as the archive would give it; `also` names further feeds that announced it."""
    at = SINCE + timedelta(hours=hour)
    url = f"https://{_host(source)}/2025/05/{number}"
    return Article(
        id=number,
        url=url,
        title=title,
        byline=byline,
        site=source,
        language=language,
        published_at=at,
        published_from="feed",
        dated_at=at,
        archived_at=at + timedelta(minutes=4),
        verdict=Verdict.FULL if text else Verdict.EMPTY,
        reason="",
        duplicate_of=duplicate_of,
        text=text,
        sightings=tuple(
            Sighting(
                feed_url=f"https://{_host(name)}/feed",
                feed_title=name,
                category=category,
                guid=url,
                link=url,
                title=title,
                first_seen_at=at + timedelta(minutes=5 * (place + 1)),
            )
            for place, name in enumerate((source, *also))
        ),
    )


def _host(source: str) -> str:
    letters = "".join(c for c in source.casefold() if c.isascii() and c.isalnum())
    return f"{letters or f'news{sum(map(ord, source))}'}.example"


def sample_articles() -> list[Article]:
    """Return the whole day."""
    return [*_world(), *_told_by_many(), *_europe(), *_science(), *_technology(), *_culture(), *_rest()]


def sample_digest(per_section: int = 5, *, full_texts: bool = False, images: bool = False) -> Digest:
    outline = Outline(
        "The daily reading",
        top=3,
        per_section=per_section,
        full_texts=full_texts,
        images=images,
        sections=("Rivers",),
    )
    material = Material(
        stories={1: 1, 2: 1, 3: 1, 4: 1, 28: 1, 29: 1, 30: 1, 8: 2, 7: 3, 31: 3},
        began={1: SINCE - timedelta(days=3), 2: SINCE + timedelta(hours=18), 3: SINCE - timedelta(days=40)},
        placed={12: "Rivers"},
        changes=sample_changes(),
    )
    return replace(compile_digest(sample_articles(), SINCE, UNTIL, outline, material), number=12)


def sample_changes() -> Changes:
    """Return what changed since the edition before: an article corrected, one retitled, one gone, sources in trouble."""
    at = SINCE + timedelta(hours=8)
    return Changes(
        corrected=(
            Corrected(
                "Council approves the night bus after all",
                "https://harbourpost.example/2025/05/1",
                "Harbour Post",
                at,
                "correction",
                passages=(
                    (
                        ("same", "… the line will cost"),
                        ("removed", "4.1 million"),
                        ("added", "1.4 million"),
                        ("same", "a year, according to the council’s treasurer …"),
                    ),
                ),
                language="en",
            ),
            Corrected(
                "Moor unter Wasser: Anwohner sorgen sich um ihre Keller",
                "https://kstenblatt.example/2025/05/2",
                "Küstenblatt",
                at,
                "headline",
                former_title="Moor unter Wasser: Anwohner klagen über nasse Keller",
                passages=(
                    (
                        ("same", "Moor unter Wasser: Anwohner"),
                        ("removed", "klagen über nasse"),
                        ("added", "sorgen sich um ihre"),
                        ("same", "Keller"),
                    ),
                ),
                language="de",
            ),
        ),
        vanished=(
            Vanished(
                "Minister’s brother wins harbour contract",
                "https://wireservice.example/x",
                "Wire Service",
                at,
                "en",
            ),
        ),
        troubles=(
            Trouble(
                "Slow Letters",
                "https://slowletters.example/",
                "nothing new for 31 days, which is unusual for it",
                "silent",
            ),
            Trouble(
                "كل يوم", "https://news1655.example/", "503 Service Unavailable (4 times in a row)", "failing"
            ),
        ),
    )


def _world() -> list[Article]:
    canal = article(
        1,
        "Ships wait for nine days as drought narrows the canal",
        "PANAMA CITY (Wire) – Captains call it the longest car park in the world. On Friday, 114 ships lay at "
        "anchor off the Pacific entrance, and the authority said that St. Lucia's flagged bulk carrier had waited "
        "since 24 April. Dr. Inés Moreno, who models the lake that feeds the locks, expects rain only in June.\n\n"
        + _MORE
        * 4,
        source="Wire Service",
        category="World",
        byline="Tomás Aguilar and Ruth Kent",
        hour=20.6,
    )
    copies = [
        replace(article(n, canal.title, canal.text, source=name, category="World", hour=h), duplicate_of=1)
        for n, name, h in ((2, "The Morning Ledger", 21.0), (3, "Harbour Post", 21.5), (4, "كل يوم", 22.0))
    ]
    return [
        canal,
        *copies,
        article(
            5,
            "المدينة القديمة تفتح أسواقها من جديد بعد ترميم استمر عشر سنوات",
            "عاد التجار صباح السبت إلى السوق المسقوف في المدينة القديمة. وقال د. سامي الحلبي إن أعمال الترميم "
            "حافظت على أكثر من 400 محل تاريخي. هل يعود الزوار أيضا؟ يأمل أصحاب المحلات ذلك قبل نهاية الصيف.\n\n"
            + "وتعتزم البلدية افتتاح متحف صغير في الخان المجاور خلال العام المقبل. "
            * 12,
            source="كل يوم",
            category="World/Middle East",
            language="ar",
            byline="ليلى منصور",
            hour=9.25,
            also=("The Morning Ledger",),
        ),
        article(
            6,
            "הרכבת הראשונה יצאה לדרך, באיחור של שש שנים",
            "הרכבת הראשונה בקו החדש יצאה הבוקר מהתחנה המרכזית. „חיכינו לזה הרבה זמן”, אמרה נוסעת אחת. "
            "המחיר: 12 שקלים לנסיעה.",
            source="Kav Rakevet",
            category="World/Middle East",
            language="he",
            hour=7.0,
        ),
        article(
            7,
            "Island parliament votes to move its capital inland",
            "The vote was 31 to 4. The sea took the old customs house in February; by the government's own reckoning "
            "the parliament building has fifteen years. “We are not fleeing,” the prime minister said. “We are "
            "choosing where to stand.”\n\n" + _MORE * 2,
            category="World",
            hour=5.5,
            also=("Wire Service", "Harbour Post"),
        ),
    ]


def _told_by_many() -> list[Article]:
    """Return what others tell of events that stand elsewhere in the day, in words of their own."""
    titles = (
        (28, "Canal authority auctions the last slots before the rains", "Harbour Post", 13.0),
        (29, "Dürre am Kanal: Reedereien weichen um das Kap aus", "Küstenblatt", 15.5),
        (30, "La sequía frena el canal y encarece el trigo", "El Puerto", 17.0),
        (31, "Islanders pack up the capital", "Field Notes", 8.0),
    )
    return [
        article(number, title, f"{title}. " + _MORE, source=source, category="World", hour=hour)
        for number, title, source, hour in titles
    ]


def _europe() -> list[Article]:
    return [
        article(
            8,
            "Die Wiedervernässungsgenossenschaft: Wie ein Dorf in Vorpommern sein Moor zurückholt",
            "Seit dem 3. Oktober steht das Wasser wieder. Etwa 40 Hektar, d. h. ein Drittel der Gemarkung, hat die "
            "Genossenschaft bisher überflutet; ca. 60 weitere sollen folgen. „Man muss das wollen“, sagt Dr. Anke "
            "Behrens, Vorsitzende und Milchbäuerin. Ihr Vater hat das Moor einst trockengelegt.\n\n"
            + "Die Grundwasserneubildung ist messbar gestiegen, die Kreisverwaltung spricht von einem Modell. "
            * 30,
            source="Küstenblatt",
            category="World/Europe",
            language="de",
            byline="Jörg Петров",
            hour=18.2,
        ),
        article(
            9,
            "À Marseille, les pêcheurs reviennent au filet de coton",
            "« Le plastique, c’est fini », dit M. Benali en repliant son filet. Depuis janvier, douze bateaux du "
            "Vieux-Port ont changé de matériel\u202f; la région paie la moitié. Reste une question\u202f: qui va réparer\u202f?",
            source="La Digue",
            category="World/Europe",
            language="fr",
            hour=11.75,
        ),
        article(
            10,
            "Ο τελευταίος σιδηροδρομικός σταθμός της γραμμής ξαναγίνεται βιβλιοθήκη",
            "Το κτίριο έμεινε κλειστό τριάντα χρόνια. Τώρα στεγάζει 12.000 βιβλία και ένα καφενείο. Οι κάτοικοι "
            "ήρθαν με τις καρέκλες τους.",
            source="Γραμμή",
            category="World/Europe",
            language="el",
            hour=6.1,
        ),
        article(
            11,
            "Реставраторы нашли под штукатуркой фреску XV века",
            "Фреску нашли случайно, когда чинили крышу. По словам проф. А. И. Лебедева, её не видели почти 300 лет. "
            "Работы продлятся до осени 2026 г. и обойдутся в 40 млн. рублей.",
            source="Северный листок",
            category="World/Europe",
            language="ru",
            hour=4.4,
        ),
    ]


def _science() -> list[Article]:
    return [
        article(
            12,
            "A moss that survives being boiled",
            "A moss that survives being boiled\n\nBy Hana Sato\n\nIt should not be alive. Kept at 98 °C for an hour, the "
            "moss turned black, was left on a windowsill by mistake, and was green again on the ninth day. The U.S. and "
            "Japanese teams that describe it this week (Plant Letters, vol. 12, p. 88) have three explanations, which "
            "cannot all be right.\n\n" + _MORE * 6,
            source="Field Notes",
            category="Science",
            byline="Hana Sato",
            hour=16.0,
        ),
        article(
            13,
            "深海の温泉から見つかった細菌、プラスチックを食べる",
            "海洋研究チームは3日、水深2400メートルの熱水噴出孔で採取した細菌がプラスチックを分解することを確認したと発表した。"
            "「予想もしなかった」と研究者は話す。実用化には十年以上かかる見通しだ。\n\n"
            + "研究チームは来年、より深い海域で調査を続ける予定である。"
            * 40,
            source="海の新聞",
            category="Science",
            language="ja",
            byline="佐藤 花",
            hour=14.5,
        ),
        article(
            14,
            "हिमालय के ग्लेशियर: नई गिनती, पुराने सवाल",
            "वैज्ञानिकों ने पहली बार सभी छोटे ग्लेशियरों की गिनती पूरी की है। इनमें से आधे सन् 2100 तक गायब हो सकते हैं। "
            "गाँवों के लिए पानी का सवाल सबसे बड़ा है।",
            source="पहाड़ समाचार",
            category="Science",
            language="hi",
            hour=10.0,
        ),
        article(
            15,
            "Why the " + "o" * 10_000 + " sound carries",
            "a" * 10_000,
            source="Field Notes",
            category="Science",
            hour=3.0,
        ),
    ]


def _technology() -> list[Article]:
    titles = (
        "The compiler that fits on a floppy disk, and the four people who use it",
        "Battery prices fall for the tenth year",
        "An open map of every bench in the country",
        (
            "Old satellites, new ears: how radio amateurs rescued a weather archive that its owner had given up for "
            "lost, one cassette at a time, over eleven winters and with the help of a retired lighthouse keeper"
        ),
        "Your printer has a new opinion",
        "What we learnt from 10 years of keeping logs",
        "<script>alert('title')</script> & other things people put in titles",
        "Release 4.2: fewer options, on purpose",
    )
    return [
        article(
            16 + place,
            title,
            "It is a small thing and it took a long time. “We kept removing parts until it stopped working, then put "
            "one back,” says J. R. Okafor, who has maintained it since 2009. The rest is patience.\n\n"
            + _MORE
            * place,
            source=("Bits & Pieces", "Field Notes")[place % 2],
            category="Technology",
            hour=19.0 - 2 * place,
        )
        for place, title in enumerate(titles)
    ]


def _culture() -> list[Article]:
    return [
        article(
            24,
            "老城里的最后一家照相馆决定再开一年",
            "照相馆的橱窗里还摆着1962年的全家福。“不是为了钱。”老板说。他的孙女今年学会了修相机，于是他决定再开一年。"
            "附近的居民自发来帮忙粉刷墙面。",
            source="老城晚报",
            category="Culture",
            language="zh",
            hour=13.3,
        ),
        article(
            25,
            "นักดนตรีข้างถนนเปิดโรงเรียนใต้สะพาน",
            "ทุกเย็นวันเสาร์ เด็กในชุมชนจะมารวมตัวกันใต้สะพานเพื่อเรียนดนตรีโดยไม่เสียค่าใช้จ่าย ครูบอกว่าเริ่มจากกีตาร์เพียงตัวเดียว "
            "และตอนนี้มีนักเรียนกว่าหกสิบคน",
            source="บางกอกวันนี้",
            category="Culture",
            language="th",
            hour=12.9,
        ),
    ]


def _rest() -> list[Article]:
    return [
        article(26, "A letter from the allotment", source="Slow Letters", hour=8.0),
        article(
            27,
            "On doing one thing",
            "I bought a radio that is only a radio.\n\nIt has a knob. I have never once picked it up to check the "
            "time and found myself, twenty minutes later, reading about otters.",
            source="Slow Letters",
            byline="M. Ferrant",
            hour=7.5,
        ),
    ]


if __name__ == "__main__":
    form = sys.argv[1] if len(sys.argv) > 1 else "html"
    sys.stdout.buffer.write(render(sample_digest(full_texts=form == "epub"), form))
