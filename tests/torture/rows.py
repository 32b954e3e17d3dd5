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
    tests: str = ""  # of the ordinary run: file:beginning of a test's name, and so on
    suites: str = ""  # of `python -m tests.torture`
    benchmarks: str = ""  # modules, where what counts is how much or how fast


_RULE = "manners:the_publisher_has_nothing_to_complain_about"
MANNERS = (
    Row(1, "conditional_requests", f"{_RULE}[conditional_requests {_RULE}[guarded_against_lies fetch_asking:an_etag"
        " fetch_asking:a_last_modified fetch_asking:a_validator decide:validators", benchmarks="manners"),
    Row(2, "hours_apart_over_restarts", f"{_RULE}[kills pipeline:a_kill_between pipeline:nothing_is_asked"
        " schedule:a_feed_is_visited", suites="soak clock", benchmarks="manners"),
    Row(3, "freshness", f"{_RULE}[freshness schedule:freshness schedule:no_header", benchmarks="manners"),
    Row(4, "retry_after", f"{_RULE}[retry_after fetch_holds:retry_after fetch_holds:nothing_of fetch_holds:a_date"
        " fetch_holds:a_hold schedule:retry_after fetch_budget:a_hold", benchmarks="manners"),
    Row(5, "moves", f"{_RULE}[permanent_moves {_RULE}[moves_to {_RULE}[never_from decide:a_permanent"
        " decide:another_answer decide:no_move decide:a_stranger fetch_redirects:a_feed_has_moved",
        benchmarks="manners"),
    Row(6, "failing_feeds", f"{_RULE}[failures_back_off {_RULE}[gone_is_gone schedule:failures decide:two_410"
        " health:only_what", benchmarks="manners"),
    Row(7, "one_request_a_host", "fetch_budget:requests_to_one fetch_budget:one_host_is fetch_budget:the_fetcher"
        " fetch_budget:the_hosts manners:a_slow_host manners:a_herd", benchmarks="manners hosts"),
    Row(8, "what_a_request_says", "fetch_asking:a_server_is_told fetch_access:credentials_of"
        " config:a_contact_that"),
    Row(9, "hints_of_documents", f"{_RULE}[documents_hints schedule:hints schedule:skipped schedule:a_feed_that_skips"
        " schedule:the_longer schedule:skips parse:hours_to parse:days_to parse:the_period", benchmarks="manners"),
    Row(10, "partial_answers_and_older_pages", f"{_RULE}[partial_answers fetch_asking:the_new_entries"
        " decide:only_what_is pipeline:a_gap pipeline:older_pages pipeline:filling", benchmarks="manners"),
    Row(11, "adaptive_polling", "cadence:", benchmarks="polling"),
    Row(12, "after_a_week_off", "manners:a_herd", benchmarks="manners"),
    Row(13, "robots", "fetch_robots:"),
    Row(14, "unchanged_bodies", "pipeline:the_same_bytes_are_not_parsed pipeline:an_unchanged decide:the_same_bytes"
        " costs:what_did_not", benchmarks="speed"),
)  # fmt: skip
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
    Row(24, "half_of_the_feeds_hang", suites="network", benchmarks="hosts"),
    Row(25, "network_away", f"{_RULE}[network_away outage: pipeline:nobody_is_blamed decide:nobody_is_blamed",
        suites="network"),
)  # fmt: skip
CONTENT = (
    Row(26, "bodies_that_name_files", "parse:what_is_no_feed", suites="content"),
    Row(27, "dangerous_entities", "parse:dangerous_entities parse:an_article_about opml:entities"),
    Row(28, "bombs_of_entities", "parse:dangerous_entities opml:entities", suites="content"),
    Row(29, "bombs_for_the_processor", "pipeline:a_document_that_kills workers:a_task_that_outlasts", suites="content"),
    Row(30, "hostile_pages", "extract_hostile:a_hostile_page"),
    Row(31, "depth", "parse:depth_costs parse:content_that_is_nested parse:json_of_any_shape"),
    Row(32, "encodings", "parse:encodings parse:a_declared parse:clean_text parse:no_document parse:junk_before"),
    Row(33, "dates_and_numbers", "parse:what_is_no_date parse:dates_of_the_wild parse:numbers parse:a_missing_date"
        " decide:a_date_in_the_future fetch_holds:retry_after"),
    Row(34, "guids", "parse:who_is_who parse:a_shared_guid parse:a_guid_is parse:a_document_fed parse:no_entry_of"
        " pipeline:entries_that_share parse:of_two_versions"),
    Row(35, "feeds_that_lose_their_entries", "pipeline:a_feed_that_is_suddenly decide:a_text_that_lost"
        " decide:good_text pipeline:articles_that_all_lead decide:a_document_that_breaks"),
    Row(36, "scripts", "digest_hostile:no_text_becomes digest_hostile:only_http digest_hostile:whatever_is_said"
        " digest_hostile:nothing_runs digest:the_page parse:html_is parse:links_are"),
    Row(37, "letters", "digest_hostile:no_text_becomes_markup_in_a_letter digest_hostile:whatever_is_said"
        " digest_forms:a_letter digest_forms:another_reader digest_forms:what_is_no_address editions:no_edition_is_lost"
        " editions:an_edition_is_recorded editions:a_letter editions:what_cannot"),
    Row(38, "terminal", "terminal:nothing_from terminal:no_field terminal:only_our_own terminal:json_is_whole"
        " terminal:safe_text"),
    Row(39, "names_of_files", "export:a_title_makes export:any_text_makes export:two_articles export:a_folder"
        " deliver:a_link_stays"),
    Row(40, "queries", "query:any_text query:only_punctuation query:a_long search:whatever_is_typed search:any_text"),
    Row(41, "lists", "opml:what_cannot opml:a_list_that opml:what_is_written opml:public_lists"
        " export:a_spreadsheet export:no_title digest_hostile:no_text_becomes_markup_in_markdown"),
    Row(42, "mutated_documents", suites="fuzz"),
)  # fmt: skip


DURABILITY = (
    Row(43, "kills", "archive:what_was_recorded archive:a_kill_while", suites="kills", benchmarks="newsroom"),
    Row(44, "power_cuts", suites="powercut"),
    Row(45, "validators_with_their_entries", "decide:a_document_that_breaks pipeline:a_kill_between", suites="kills"),
    Row(46, "disk", "deliver:a_disk_that_fills editions:a_full_disk migrations:without_room", suites="disk chaos"),
    Row(47, "damaged_files", "safekeeping: archive:a_damaged", suites="files"),
    Row(48, "migrations", "migrations:"),
    Row(49, "one_writer_many_readers", "cli:a_locked archive:a_second archive:threads search:nobody_waits",
        suites="readers"),
    Row(50, "long_readers_and_backups", "safekeeping:a_backup safekeeping:a_restore safekeeping:a_damaged",
        suites="readers", benchmarks="backups"),
    Row(51, "the_index_after_many_changes", "index:a_look index:reindexing index:what_is_taken index:any_text"
        " archive:an_update archive:a_damaged_index", benchmarks="search"),
)  # fmt: skip
OPERATION = (
    Row(52, "stops", "cli:the_service_does search:nobody_waits trust:a_service_reads terminal:a_reader_that",
        suites="stops"),
    Row(53, "stuck_workers", "workers: trust:a_job_that trust:a_clock_that trust:systemd", suites="stops"),
    Row(54, "clocks", "cron: service:plans service:a_clock times:a_day editions:a_day pipeline:a_clock",
        suites="clock"),
    Row(55, "wrong_settings", "config: cli:a_bad_setting cli:a_missing_configuration trust:a_port"),
    Row(56, "logs", "trust:a_log trust:nothing_from_outside trust:an_event trust:every_event trust:what_is_no_secret"
        " config:no_message config:no_setting", suites="soak"),
    Row(57, "health", "trust:a_monitor trust:prometheus trust:the_gauges trust:numbers trust:the_doctor cli:status",
        suites="soak"),
)  # fmt: skip
LOAD = (
    Row(58, "a_day_of_ten_thousand_feeds", suites="soak"),
    Row(59, "peak_and_rest", suites="load"),
    Row(60, "memory", "extract_hostile:a_worker_that", suites="soak", benchmarks="search"),
    Row(61, "a_million_articles", "costs:what_is_done_often", benchmarks="search speed.scale"),
    Row(62, "everything_at_once", suites="chaos"),
    Row(63, "starts", "cli:help_and search:help_is", suites="load kills"),
)  # fmt: skip
ALL = (*MANNERS, *NETWORK, *CONTENT, *DURABILITY, *OPERATION, *LOAD)


def suite() -> list[Figure]:
    """Play what ordinary tests hold of the rows that no other suite counts."""
    return play((*MANNERS, *DURABILITY, *OPERATION, *LOAD), "rows")


def play(rows: tuple[Row, ...], title: str) -> list[Figure]:
    """Run the tests of these rows and return two figures for each."""
    rows = tuple(row for row in rows if row.tests)
    wanted = [(row, *one.partition(":")[::2]) for row in rows for one in row.tests.split()]
    files = sorted({str(ROOT / f"test_{file}.py") for _, file, _ in wanted})
    names = " or ".join(
        sorted({f"test_{name.partition('[')[0]}" if name else f"test_{file}.py" for _, file, name in wanted})
    )
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
