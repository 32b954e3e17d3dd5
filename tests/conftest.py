"""What several test files share: what asks servers on loopback; one small archive, for it takes seconds to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from aggregator.fetch import Fetcher
from tests.fetching import limits, make_certificates
from tests.sample import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.program import Program


# What takes long on a busy machine is no failure: no test is about the time that it takes.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(limits()) as fetcher:
        yield fetcher


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of certificates for servers on loopback, good ones and bad ones."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Return the program beside an archive of our own web, which is being served; copy the folder to change it."""
    with sample(tmp_path_factory.mktemp("sample")) as program:
        yield program
