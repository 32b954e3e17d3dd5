"""Identity: equal texts are found, walls and chance are not taken for it, addresses are believed with care."""

from __future__ import annotations

import pytest

from aggregator.dedupe import addresses_of, fingerprint, is_plausible, leads_there, original_of
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


def test_the_earliest_is_the_original() -> None:
    """Later copies link to it, and so do copies of copies."""
    assert original_of("b.example", "Bell found", [known(1), known(2, duplicate_of=1)]) == 1
    assert original_of("b.example", "Bell found", [known(2, duplicate_of=1)]) == 1
    assert original_of("b.example", "Bell found", []) is None


def test_one_text_under_two_headlines_of_one_site_is_a_template() -> None:
    """It is no copy; under the same headline it is."""
    assert original_of("a.example", "Weather", [known(1)]) is None
    assert original_of("a.example", "Bell  found!", [known(1)]) == 1


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
