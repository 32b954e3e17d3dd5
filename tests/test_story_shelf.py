"""Stories in the archive: ids that stay, merging, splitting, copies, and an index that follows the news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.archive import open_archive
from aggregator.archive.stories import SCHEMA, StoryShelf
from aggregator.archive.strands import INDEXED, VECTORS
from aggregator.models.stories import Placement, Strand
from aggregator.pipeline.stories import tell_story
from aggregator.stories import WINDOW, terms_of, weigh
from tests.test_stories import KESTREL_BUYS, QUAKE, QUAKE_AGAIN, QUAKE_IN_GERMAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.archive import Archive
    from aggregator.models.stories import Vector

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(tmp_path / "aggregator.db", writable=True) as archive:
        if not archive.db.value("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'stories')"):
            for statement in SCHEMA:
                archive.db.execute(statement)
        yield archive


@pytest.fixture
def newsroom(archive: Archive) -> Newsroom:
    return Newsroom(archive)


class Newsroom:
    """Archives articles and tells their stories, an hour apart."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.shelf = StoryShelf(archive.db)
        self.count = 0

    def tell(
        self,
        article: tuple[str, str],
        *,
        source: str = "",
        copy_of: int | None = None,
        at: datetime | None = None,
    ) -> int:
        """Return the id of the article."""
        self.count += 1
        at = at or AT + self.count * HOUR
        self.archive.db.execute(
            "INSERT INTO articles (id, url, canonical_url, title, dated_at, archived_at, verdict, duplicate_of)"
            " VALUES (?1, ?1, ?1, ?2, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 'full', ?3)",
            (self.count, article[0], copy_of),
        )
        self.place(article, self.count, source=source, copy_of=copy_of, at=at)
        return self.count

    def place(
        self, article: tuple[str, str], number: int, *, source: str, copy_of: int | None, at: datetime
    ) -> int | None:
        source = source or f"site-{number}.example"
        with self.archive.transaction():
            return tell_story(
                self.shelf, number, *article, language="", source=source, at=at, now=at, copy_of=copy_of
            )

    def story(self, article_id: int) -> int:
        story_id = self.shelf.story_of(article_id)
        assert story_id is not None
        return story_id

    def vector(self, article: tuple[str, str]) -> Vector:
        terms = terms_of(*article)
        return weigh(terms, self.shelf.frequencies(terms))

    def rows(self, table: str) -> int:
        return int(self.archive.db.value(f"SELECT count(*) FROM {table}"))


def test_articles_on_one_event_are_one_story_in_any_language(newsroom: Newsroom) -> None:
    quake = [newsroom.tell(article) for article in (QUAKE, QUAKE_AGAIN, QUAKE_IN_GERMAN)]
    other = newsroom.tell(KESTREL_BUYS)
    assert len({newsroom.story(article) for article in quake}) == 1
    assert newsroom.story(other) != newsroom.story(quake[0])


def test_telling_twice_changes_nothing(newsroom: Newsroom) -> None:
    article = newsroom.tell(QUAKE)
    before = [newsroom.rows(table) for table in ("stories", "story_articles", "story_terms", "story_words")]
    newsroom.place(QUAKE, article, source="", copy_of=None, at=AT)
    assert [
        newsroom.rows(table) for table in ("stories", "story_articles", "story_terms", "story_words")
    ] == before


def test_a_text_without_words_is_in_no_story(newsroom: Newsroom) -> None:
    article = newsroom.tell(("", " … "))
    assert newsroom.shelf.story_of(article) is None
    assert newsroom.rows("stories") == 0


def test_stories_are_listed_by_their_independent_sources(newsroom: Newsroom) -> None:
    """Copies and second articles of a site count for nobody."""
    first = newsroom.tell(QUAKE, source="a.example")
    newsroom.tell(QUAKE_AGAIN, source="a.example")
    newsroom.tell(QUAKE, source="b.example", copy_of=first)
    newsroom.tell(KESTREL_BUYS, source="c.example")
    newsroom.tell(KESTREL_BUYS, source="d.example")
    deal, quake = newsroom.shelf.list(AT)
    assert (deal.sources, len(deal.articles)) == (2, 2)
    assert (quake.sources, len(quake.articles)) == (1, 3)
    assert [article.copy_of for article in quake.articles] == [None, None, first]
    assert quake.articles[0].title == QUAKE[0]
    assert quake.first_at == AT + HOUR
    assert quake.last_at == AT + 3 * HOUR
    assert [story.id for story in newsroom.shelf.list(AT, least=2)] == [deal.id]
    assert [story.id for story in newsroom.shelf.list(AT, limit=1)] == [deal.id]
    assert newsroom.shelf.list(AT + 6 * HOUR) == []
    assert [story.id for story in newsroom.shelf.list(AT, AT + 3 * HOUR)] == [quake.id]


def test_a_copy_adds_nothing_to_the_words_of_its_story(newsroom: Newsroom) -> None:
    original = newsroom.tell(QUAKE)
    newsroom.tell(KESTREL_BUYS, copy_of=original)
    assert newsroom.shelf.size(newsroom.story(original)) == 1
    assert newsroom.story(2) == newsroom.story(original)


def test_a_copy_of_what_is_in_no_story_is_told_by_itself(newsroom: Newsroom) -> None:
    original = newsroom.tell(("", ""))
    assert newsroom.story(newsroom.tell(QUAKE, copy_of=original))


def test_the_younger_story_goes_into_the_older_and_its_id_leads_there(newsroom: Newsroom) -> None:
    one, other = newsroom.tell(QUAKE), newsroom.tell(KESTREL_BUYS)
    older, younger = newsroom.story(one), newsroom.story(other)
    with newsroom.archive.transaction():
        assert newsroom.shelf.merge(younger, older) == older
    assert newsroom.shelf.resolve(younger) == older
    story = newsroom.shelf.get(younger)
    assert story is not None
    assert (story.id, [article.id for article in story.articles]) == (older, [one, other])
    assert newsroom.shelf.size(older) == 2
    assert newsroom.story(newsroom.tell(KESTREL_BUYS)) == older
    assert [story.id for story in newsroom.shelf.list(AT)] == [older]


def test_a_merged_story_can_be_joined_as_long_as_either(newsroom: Newsroom) -> None:
    """The older one's time would be up before that of the newest article in it."""
    first = newsroom.tell(QUAKE, at=AT)
    second = newsroom.tell(KESTREL_BUYS, at=AT + WINDOW - HOUR)
    with newsroom.archive.transaction():
        newsroom.shelf.merge(newsroom.story(first), newsroom.story(second))
    newsroom.shelf.prune(AT + WINDOW + 30 * HOUR)
    assert newsroom.story(newsroom.tell(KESTREL_BUYS, at=AT + WINDOW + 31 * HOUR)) == newsroom.story(first)


def test_a_merge_looks_at_no_other_stories(archive: Archive) -> None:
    steps = archive.db.rows("EXPLAIN QUERY PLAN UPDATE stories SET merged_into = 1 WHERE merged_into = 2")
    assert not any("SCAN" in row["detail"] for row in steps)


def test_what_is_in_no_strand_is_taken_from_none(newsroom: Newsroom) -> None:
    """A story keeps the strands of its first few languages; an article in another one leaves without a trace."""
    strand = Strand(newsroom.story(newsroom.tell(QUAKE)), "xx", 1, {7: 1.0}, AT, AT)
    before = newsroom.rows("story_strands")
    newsroom.shelf._strands.add(strand.story_id, strand, -1)
    assert newsroom.rows("story_strands") == before


def test_an_article_that_fits_two_stories_makes_them_one(newsroom: Newsroom) -> None:
    """Articles came at once, before they could find each other."""
    vector = newsroom.vector(QUAKE)
    for number in (1, 2):
        newsroom.archive.db.execute(
            "INSERT INTO articles (id, url, canonical_url, dated_at, archived_at, verdict)"
            " VALUES (?1, ?1, ?1, '2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z', 'full')",
            (number,),
        )
        newsroom.shelf.place(
            number, vector, Placement(), at=AT, source=f"{number}.example", told_until=AT + WINDOW
        )
    assert newsroom.story(1) != newsroom.story(2)
    newsroom.count = 2
    article = newsroom.tell(QUAKE_AGAIN)
    assert newsroom.story(article) == newsroom.story(1) == newsroom.story(2)


def test_a_story_knows_while_one_site_alone_tells_it(newsroom: Newsroom) -> None:
    """Another site's article makes it a story of several, and so does another site's copy."""
    for article, source, told_by in (
        (QUAKE, "a.example", "a.example"),
        (QUAKE, "a.example", "a.example"),
        (QUAKE_AGAIN, "b.example", ""),
    ):
        newsroom.tell(article, source=source)
        [strand] = newsroom.shelf.candidates(newsroom.vector(QUAKE), AT, WINDOW)
        assert strand.told_by == told_by
    first = newsroom.tell(KESTREL_BUYS, source="a.example")
    newsroom.tell(KESTREL_BUYS, source="b.example", copy_of=first)
    [strand] = newsroom.shelf.candidates(newsroom.vector(KESTREL_BUYS), AT, WINDOW)
    assert strand.told_by == ""


def test_a_story_that_fell_apart_is_split(newsroom: Newsroom) -> None:
    """The part with the oldest article keeps the id; a copy goes where its original goes."""
    articles = [newsroom.tell(article) for article in (QUAKE, KESTREL_BUYS, QUAKE_AGAIN)]
    story_id = newsroom.story(articles[0])
    with newsroom.archive.transaction():
        newsroom.shelf.merge(story_id, newsroom.story(articles[1]))
    copy = newsroom.tell(KESTREL_BUYS, copy_of=articles[1])
    last = newsroom.tell(QUAKE)  # the fourth article with words of its own
    assert [newsroom.story(article) for article in (articles[0], articles[2], last)] == [story_id] * 3
    split = newsroom.story(articles[1])
    assert split not in {story_id, None}
    assert newsroom.story(copy) == split
    assert (newsroom.shelf.size(story_id), newsroom.shelf.size(split)) == (3, 1)
    assert newsroom.story(newsroom.tell(KESTREL_BUYS)) == split


def test_an_article_that_is_taken_out_can_be_placed_anew(newsroom: Newsroom) -> None:
    article = newsroom.tell(QUAKE)
    old = newsroom.story(article)
    newsroom.shelf.remove(article)
    newsroom.shelf.remove(article)
    assert newsroom.shelf.story_of(article) is None
    assert [newsroom.rows(table) for table in ("story_terms", "story_strands", "story_vectors")] == [0, 0, 0]
    newsroom.place(KESTREL_BUYS, article, source="", copy_of=None, at=AT)
    assert newsroom.story(article) != old


def test_what_nobody_can_join_any_more_leaves_the_index(newsroom: Newsroom) -> None:
    """The story itself stays, and an article that comes after the window begins another."""
    first = newsroom.tell(QUAKE)
    newsroom.tell(QUAKE_AGAIN)
    later = newsroom.tell(QUAKE, at=AT + 2 * WINDOW)
    assert newsroom.story(later) != newsroom.story(first)
    assert newsroom.rows("story_strands") == newsroom.rows("story_vectors") == 1
    assert newsroom.rows("story_terms") <= INDEXED
    story = newsroom.shelf.get(newsroom.story(first))
    assert story is not None
    assert len(story.articles) == 2


def test_an_old_article_that_comes_late_finds_its_neighbours(newsroom: Newsroom) -> None:
    """A first import brings months: what counts is when articles were published."""
    new = newsroom.tell(QUAKE, at=AT)
    old = newsroom.tell(QUAKE, at=AT - 30 * 24 * HOUR)
    older = newsroom.tell(QUAKE_AGAIN, at=AT - 30 * 24 * HOUR - HOUR)
    assert newsroom.story(old) == newsroom.story(older) != newsroom.story(new)


def test_a_flood_of_one_notice_stays_bounded(newsroom: Newsroom) -> None:
    """One story, however many; its vectors and its index do not grow."""
    for _ in range(VECTORS + 8):
        newsroom.tell(QUAKE, at=AT)
    assert newsroom.rows("stories") == 1
    assert newsroom.rows("story_vectors") == VECTORS
    assert newsroom.rows("story_terms") <= INDEXED


def test_nothing_stays_of_a_transaction_that_failed(newsroom: Newsroom) -> None:
    def failing() -> None:
        with newsroom.archive.transaction():
            newsroom.tell(QUAKE)
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert newsroom.rows("stories") == newsroom.rows("story_words") == newsroom.rows("story_terms") == 0


def test_an_id_that_was_never_given_leads_nowhere(newsroom: Newsroom) -> None:
    assert newsroom.shelf.get(99) is None
    assert newsroom.shelf.story_of(99) is None
