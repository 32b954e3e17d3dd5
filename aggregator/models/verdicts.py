"""What is said of the text of an article, by itself: when to ask again for a page rests on it, and needs no more."""

from enum import StrEnum


class Verdict(StrEnum):
    """How good the text of an article is. Best first: others sort by this order."""

    FULL = "full"
    PARTIAL = "partial"  # taken from the page, but short or cut
    FEED_ONLY = "feed-only"  # the feed's own words; the reason says what was wrong with the page
    PAYWALLED = "paywalled"
    BLOCKED = "blocked"  # a bot wall, a consent wall, 401, 403, 429, 451
    GONE = "gone"  # 404, 410, and the feed said nothing either
    EMPTY = "empty"  # nothing that can be read
    NOT_ARTICLE = (
        "not-an-article"  # a video, a gallery, a list of articles, a PDF: nothing to read as one text
    )


FROM_PAGE = (Verdict.FULL, Verdict.PARTIAL)  # read from the page of the article
READ = (*FROM_PAGE, Verdict.FEED_ONLY)  # the text is the article's own, whoever gave it
