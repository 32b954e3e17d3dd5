"""Articles as a Parquet file, for data frames and column stores. pyarrow lives here only, and is an extra."""

from __future__ import annotations

from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.models import Article

ROWS = 500  # of a row group, which is what is held in memory
_TEXTS = (
    "url",
    "title",
    "byline",
    "site",
    "language",
    "verdict",
    "reason",
    "published_from",
    "section",
    "text",
)
_INSTANTS = ("published_at", "dated_at", "archived_at", "modified_at", "gone_at")


def write_parquet(stream: IO[bytes], articles: Iterable[Article]) -> int:
    """Write the articles to `stream`, row group by row group; return how many there were.

    Raises:
        UsageError: pyarrow is not installed.

    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and slow to import
        from pyarrow import parquet  # noqa: PLC0415  as above
    except ImportError as error:
        raise UsageError("--to parquet needs pyarrow: pip install pyarrow") from error
    schema = _schema(pa)
    count = 0
    rows = iter(articles)
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        while batch := [_row(article) for article in islice(rows, ROWS)]:
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _schema(pa: Any) -> Any:
    return pa.schema(
        [
            ("id", pa.int64()),
            *((name, pa.string()) for name in _TEXTS),
            *((name, pa.timestamp("s", tz="UTC")) for name in _INSTANTS),
            ("duplicate_of", pa.int64()),
            ("tags", pa.list_(pa.string())),
            ("feeds", pa.list_(pa.string())),
        ]
    )


def _row(article: Article) -> dict[str, object]:
    feeds = dict.fromkeys(sighting.feed_url for sighting in article.sightings)
    return {
        "id": article.id,
        **{name: str(getattr(article, name)) for name in _TEXTS},
        **{name: getattr(article, name) for name in _INSTANTS},
        "duplicate_of": article.duplicate_of,
        "tags": list(article.tags),
        "feeds": list(feeds),
    }
