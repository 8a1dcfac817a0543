"""One lying provider for each file of tests, honest again before each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.application import client_of
from tests.build import london
from tests.provider import LyingProvider, lying_provider
from tests.service import Service
from tests.twins import FrozenClock
from tests.unit.providers.town import Town, a_town

BEGUN = london(2026, 3, 2, 10, 0)


@pytest.fixture(scope="module")
def running() -> Iterator[LyingProvider]:
    with lying_provider(FrozenClock(BEGUN)) as provider:
        yield provider


@pytest.fixture
def provider(running: LyingProvider) -> LyingProvider:
    running.honest()
    running.asked.clear()
    return running


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, BEGUN)
    made.use(client_of(made.tools))
    yield made
    made.close()


@pytest.fixture
def town(service: Service, provider: LyingProvider) -> Town:
    provider.clock = service.clock
    return a_town(service, provider)
