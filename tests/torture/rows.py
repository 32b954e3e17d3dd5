"""The rows of docs/reliability.md that tests of the ordinary run already try, each by the names of its tests.

A row's figures are how many cases were tried and how many held, as pytest counts them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.figures import Figure

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    number: int  # in docs/reliability.md
    name: str
    tests: str  # file:beginning of a test's name, and so on


NETWORK = (
    Row(15, "slow_answers", "fetch_failures:a_server_that_drips fetch_failures:all_redirects_share"
        " fetch_tls:the_deadline fetch_redirects:slow_redirects fetch_failures:a_name_server"),
    Row(16, "endless_answers", "fetch_bodies:an_endless fetch_bodies:endless fetch_bodies:a_bomb fetch_bodies:the_cap"),
    Row(17, "bombs", "fetch_bodies:a_gibibyte fetch_redirects:a_bomb fetch_redirects:the_body_of_a_redirect"),
    Row(18, "malformed_answers", "fetch_bodies:what_is_not_http fetch_bodies:a_truncated fetch_bodies:no_byte_beyond"
        " fetch_failures:a_connection fetch_bodies:an_error_keeps fetch_bodies:interim fetch_bodies:a_change"),
    Row(19, "malformed_addresses", "fetch_redirects:a_hostile fetch_redirects:a_sloppy fetch_redirects:a_loop"
        " fetch_failures:an_address fetch_redirects:a_redirect_without"),
    Row(20, "private_addresses", "fetch_guard:what_is_not_public fetch_guard:no_spelling fetch_guard:no_redirect"
        " fetch_guard:robots fetch_guard:of_mixed fetch_guard:a_name_of"),
    Row(21, "changing_names", "fetch_guard:a_name_server_that_changes"),
    Row(22, "leaks", "fetch_access:credentials fetch_access:no_secret fetch_access:secrets fetch_access:a_proxy"
        " fetch_access:what_was_set fetch_routes:a_proxy_is_not_asked fetch_redirects:validators_go"),
    Row(23, "certificates", "fetch_tls:a_bad fetch_tls:https_to fetch_routes:leave_to_skip fetch_routes:https_goes"),
)  # fmt: skip
CONTENT = (
    Row(27, "dangerous_entities", "parse:dangerous_entities parse:an_article_about opml:entities"),
    Row(30, "hostile_pages", "extract_hostile:a_hostile_page"),
    Row(31, "depth", "parse:depth_costs parse:content_that_is_nested parse:json_of_any_shape"),
    Row(32, "encodings", "parse:encodings parse:a_declared parse:clean_text parse:no_document parse:junk_before"),
    Row(33, "dates_and_numbers", "parse:what_is_no_date parse:dates_of_the_wild parse:numbers parse:a_missing_date"
        " decide:a_date_in_the_future fetch_holds:retry_after"),
    Row(34, "guids", "parse:who_is_who parse:a_shared_guid parse:a_guid_is parse:a_document_fed parse:no_entry_of"
        " pipeline:entries_that_share parse:of_two_versions"),
    Row(35, "feeds_that_lose_their_entries", "pipeline:a_feed_that_is_suddenly decide:a_text_that_lost"
        " decide:good_text pipeline:articles_that_all_lead decide:a_document_that_breaks"),
    Row(36, "scripts", "digest:no_text_becomes digest:only_http digest:the_page digest:whatever_is_said parse:html_is"
        " parse:links_are"),
    Row(38, "terminal", "terminal:nothing_from terminal:no_field terminal:only_our_own terminal:json_is_whole"
        " terminal:safe_text"),
    Row(40, "queries", "query:no_typed query:any_text query:only_punctuation query:a_long query:a_blank"),
    Row(41, "lists", "opml:what_cannot opml:a_list_that opml:what_is_written opml:public_lists"),
)  # fmt: skip


def play(rows: tuple[Row, ...], title: str) -> list[Figure]:
    """Run the tests of these rows and return two figures for each."""
    wanted = [(row, *one.partition(":")[::2]) for row in rows for one in row.tests.split()]
    files = sorted({str(ROOT / f"test_{file}.py") for _, file, _ in wanted})
    names = " or ".join(sorted({f"test_{name}" for _, _, name in wanted}))
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "said.xml"
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={xml}",
            "-k",
            names,
        ]
        subprocess.run([*words, *files], cwd=ROOT.parent, stdout=subprocess.DEVNULL, check=False)
        cases = list(ET.parse(xml).getroot().iter("testcase"))
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for case in cases:
        file, name = case.attrib["classname"].rpartition(".test_")[2], case.attrib["name"]
        for row in {row for row, of, begins in wanted if of == file and name.startswith(f"test_{begins}")}:
            if case.find("skipped") is None:
                tried[row.name] += 1
                held[row.name] += case.find("failure") is None and case.find("error") is None
    return [
        figure
        for row in rows
        for figure in (
            Figure(f"{title}.{row.number}_{row.name}_tried", tried[row.name], "cases", ">=", 1),
            Figure(f"{title}.{row.number}_{row.name}_held", held[row.name], "cases", "==", tried[row.name]),
        )
    ]
