"""Which known texts hold lines of the page: what the benchmark of the extraction leaves out of its second share."""

from __future__ import annotations

import pytest

from benchmarks.furnished import has_furniture
from benchmarks.pages import KnownPage

TEXT = "The ferry is back in the harbour.\n\nFollow the coast road to see also the old pier; related boats lie there."
BODY = b"<title>Ferry is back | Courier</title><h1>The ferry is back</h1><p>The ferry is back in the harbour.</p>"


def known(text: str | None) -> KnownPage:
    return KnownPage("1", "https://courier.example/1", BODY, text, "", frozenset(), frozenset())


@pytest.mark.parametrize(
    "line",
    [
        "Related:", "ALSO READ: Five boats", "Follow us on Twitter", "View full size image", "Photos: Getty Images",
        "Richard Roe/AP", "Originally published on Live Courier.", "By Jane Roe", "Updated August 02, 2014.",
        "Reporting by Jane Roe; Editing by Richard Roe)",
    ],
)  # fmt: skip
def test_a_line_of_the_page_is_told(line: str) -> None:
    assert has_furniture(known(f"{TEXT}\n\n{line}"))


def test_the_title_once_more_is_told() -> None:
    assert has_furniture(known(f"The Ferry Is Back\n\n{TEXT}"))


@pytest.mark.parametrize(
    "text", [TEXT, "", None, "By nine the boats were out, and nobody had told the clerk why."]
)
def test_a_text_without_such_lines_is_not_told(text: str | None) -> None:
    assert not has_furniture(known(text))
