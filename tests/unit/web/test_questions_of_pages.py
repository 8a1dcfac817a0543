"""A page asks the database as many questions in a large service as in a small one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.application import client_of
from tests.bench.page_table import LOOKS, page_paths, unlike
from tests.bench.pages import PageWatch, more_ids
from tests.bench.planting import Size, plant
from tests.build import london
from tests.service import Service

FEW = Size(people=40, releases=7, entries=1_000, listed=6, letters=6)
THREE_TIMES_AS_MANY = Size(people=120, releases=21, entries=3_000, listed=18, letters=18)

AT_MOST = 35  # none needs more, however much it shows; twenty lines that ask twice each would


def test_pages_of_the_benchmark_are_all_that_the_application_has() -> None:
    assert unlike(page_paths()) == frozenset()
    assert unlike(page_paths() | {"/a-new-page"}) == {"/a-new-page"}
    assert unlike(page_paths() - {"/releases"}) == {"/releases"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many questions each page of the small service asks."""
    return asked(tmp_path_factory.mktemp("small") / "few", FEW)


def test_pages_with_three_times_as_much_behind_them_ask_as_many_questions(tmp_path: Path, few: dict[str, int]) -> None:
    many = asked(tmp_path / "many", THREE_TIMES_AS_MANY)
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}


def test_no_page_asks_about_each_of_its_lines(few: dict[str, int]) -> None:
    # A page is cut off at twenty lines or more in a small service too, so that the test above does not see these.
    assert {page: count for page, count in few.items() if count > AT_MOST} == {}


def asked(folder: Path, size: Size) -> dict[str, int]:
    """Count the questions of every page."""
    folder.mkdir()
    service = Service(folder, london(2026, 3, 10, 12, 0))
    planted = plant(service.tools, size)
    watch = PageWatch(service.tools, client_of(service.tools).app)
    ids = {**planted.ids, **more_ids(watch, planted)}
    found = {}
    for look in LOOKS:
        if not look.is_file:
            seen = watch.look(look.address(ids), planted.people.get(look.who))
            found[f"{look.path}{look.query} ({look.who})"] = seen.questions
    service.close()
    return found
