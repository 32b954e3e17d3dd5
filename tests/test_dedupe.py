"""Identity: equal texts are found, walls and chance are not taken for it, addresses are believed with care."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.dedupe import (
    addresses_of,
    agency_of,
    fingerprint,
    is_plausible,
    is_same_text,
    is_wall,
    leads_there,
)
from aggregator.models import KnownArticle, Verdict
from tests.makers import PROSE


def known(
    id_: int, *, site: str = "a.example", title: str = "Bell found", duplicate_of: int | None = None
) -> KnownArticle:
    return KnownArticle(id_, f"https://{site}/{id_}", site, title, Verdict.FULL, PROSE, "mark", duplicate_of)


@pytest.mark.parametrize(
    "other",
    [
        PROSE.upper(),
        PROSE.replace(" ", "\n\n"),
        PROSE.replace("-", "\u2013"),
        PROSE.replace("harbour", "har\u2010bour"),
    ],
)
def test_typography_does_not_change_a_text(other: str) -> None:
    """Case, white space, dashes and hyphens say nothing."""
    assert fingerprint(other, Verdict.FULL) == fingerprint(PROSE, Verdict.FULL) != ""


def test_another_number_is_another_text() -> None:
    """Templated notices differ in their numbers."""
    assert fingerprint(PROSE + "1", Verdict.FULL) != fingerprint(PROSE + "2", Verdict.FULL)


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.PAYWALLED, Verdict.EMPTY, Verdict.GONE])
def test_a_wall_is_no_text(verdict: Verdict) -> None:
    """The same wall on a hundred pages is not one story."""
    assert fingerprint(PROSE, verdict) == ""


def test_a_short_text_says_nothing() -> None:
    """Two texts of one line may be equal by chance."""
    assert fingerprint("Read more on our website.", Verdict.FULL) == ""


def test_one_text_on_two_sites_is_one() -> None:
    """Under whatever headline."""
    assert is_same_text(known(1), known(2, site="b.example", title="Found: a bell"))
    assert not is_same_text(known(1), replace(known(2), fingerprint="other"))
    assert not is_same_text(replace(known(1), fingerprint=""), replace(known(2), fingerprint=""))


def test_one_text_under_two_headlines_of_one_site_is_a_template() -> None:
    """It is no copy; under the same headline it is."""
    assert not is_same_text(known(1), known(2, title="Weather"))
    assert is_same_text(known(1), known(2, title="Bell  found!"))


def test_one_text_under_three_headlines_of_one_site_is_a_wall() -> None:
    """Two may be chance, and other sites do not count."""
    twins = [known(2, title="Rain"), known(3, title="Snow")]
    assert is_wall(known(1), twins)
    assert not is_wall(known(1), twins[:1])
    assert not is_wall(known(1), [known(2), known(3), known(4)])
    assert not is_wall(known(1), [known(n, site=f"{n}.example", title=f"Title {n}") for n in range(2, 9)])
    assert not is_wall(known(1), [known(1, title="As it was"), known(2, title="Rain")])


def test_a_wall_that_is_known_is_one_at_once() -> None:
    """The second page that shows it need not wait for a third."""
    assert is_wall(known(1), [replace(known(2, title="Rain"), verdict=Verdict.BLOCKED)])


@pytest.mark.parametrize(
    ("byline", "text", "agency"),
    [
        ("", "BERLIN (dpa) - Der Zoll hat am Montag", "dpa"),
        ("", "Berlin (dpa/lnw) - Der Zoll hat am Montag", "dpa"),
        ("", "PARIS (AP) \u2014 Divers found the bell.", "AP"),
        ("", "LONDON, March 3 (Reuters) - Divers found the bell.", "Reuters"),
        ("", "ROMA, 3 MAR (ANSA) - Il sindaco ha detto", "ANSA"),
        ("", "BEIJING, March 3 (Xinhua) -- Divers found the bell.", "Xinhua"),
        ("", "Madrid, 3 mar (EFE).- Los buzos", "EFE"),
        ("AFP", "Divers found the bell.", "AFP"),
        ("By Ada Penn, Associated Press", "Divers found the bell.", "AP"),
        ("Ada Penn (Reuters)", "Divers found the bell.", "Reuters"),
        ("", "Divers found it. " * 20 + "\n\n\u00a9 2026 AFP", "AFP"),
        ("", "Divers found it. " * 20 + "\n\nCopyright 2026 The Associated Press.", "AP"),
        ("Ada Penn", "Divers told Reuters on Monday that AP had asked them.", ""),
        ("Ada Penn", "Die Nachrichtenagentur dpa meldet, die Glocke sei da.", ""),
        ("Papa Smith", "The PAP party (papa) won.", ""),
        ("", "", ""),
    ],
)
def test_an_agency_is_known_by_its_signature(byline: str, text: str, agency: str) -> None:
    """Not where it is only spoken of."""
    assert agency_of(byline, text) == agency


def test_a_dateline_that_was_left_out_is_read_for_the_agency() -> None:
    """It is no part of the text, but says whose it is."""
    assert agency_of("", "Divers found the bell.", "Nordhaven (KNA)") == "KNA"


@pytest.mark.parametrize(
    ("claimed", "address", "plausible"),
    [
        ("https://a.example/news/bell-found", "https://a.example/news/bell-found.html", True),
        ("https://a.example/bell-found", "https://www.a.example/2026/03/bell-found", True),
        ("https://a.example/story/bell/7", "https://a.example/bell?id=7", True),
        ("https://a.example/story", "https://a.example/story?id=7", False),
        ("https://a.example/", "https://a.example/bell-found", False),
        ("https://b.example/bell-found", "https://a.example/bell-found", False),
        ("https://a.example/weather", "https://a.example/bell-found", False),
        ("https://a.example/bell-found", "https://a.example/bell-found/amp", True),
        ("https://a.example/bell-found", "https://amp.a.example/amp/bell-found.amp.html", True),
        ("https://www.a.example/bell-found", "https://m.a.example/bell-found?m=1", True),
        ("https://a.example/bell-found", "https://a.example/bell-found?outputType=amp", True),
        ("https://a.example/bell-found", "https://blog.a.example/bell-found", False),
        ("https://a.example/rain", "https://a.example/bell-found/amp", False),
    ],
)
def test_a_canonical_link_is_believed_when_it_names_the_same_article(
    claimed: str, address: str, plausible: bool
) -> None:
    """Not the front page, not another site, not another article."""
    assert is_plausible(claimed, address) is plausible


def test_the_address_after_redirects_is_the_identity() -> None:
    """The announced one and a plausible rel=canonical lead there too."""
    assert addresses_of("https://short.example/x", "http://a.example/bell/?utm_source=rss", "") == (
        "https://a.example/bell",
        "https://short.example/x",
    )
    assert addresses_of("https://a.example/bell", "", "https://a.example/bell/more") == (
        "https://a.example/bell",
    )


@pytest.mark.parametrize(
    ("link", "arrived", "titles", "there"),
    [
        ("https://a.example/bell", "https://a.example/bell/", "", True),
        (
            "https://a.example/?p=7",
            "https://a.example/2026/bell-found",
            "Bell found in the harbour | A",
            True,
        ),
        ("https://a.example/old/bell-found", "https://a.example/2026/bell-found.html", "", True),
        ("https://short.example/x", "https://a.example/2026/bell-found", "Anything", True),
        ("https://a.example/bell-found", "https://a.example/account/login", "Log in", False),
        ("https://a.example/bell-found", "https://a.example/news/archive", "All news", False),
        ("https://a.example/bell-found", "https://a.example/", "A", False),
        ("https://short.example/x", "https://a.example/", "Bell found in the harbour", False),
    ],
)
def test_a_redirect_is_followed_to_the_article_and_not_to_a_stand_in(
    link: str, arrived: str, titles: str, there: bool
) -> None:
    """A login, a section or the front page is where a site sends readers of an article that is gone."""
    assert leads_there(link, arrived, "Bell found in the harbour", titles) is there


def test_an_endless_name_of_a_page_is_none() -> None:
    """A page may claim any address to be its own; one of megabytes would be compared for a minute."""
    there = "https://a.example/bell"
    assert addresses_of(there, there, there + "/" + "é" * 100_000) == (there,)
