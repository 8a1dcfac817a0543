"""Each numbered case, T01 to T45, is told through the whole service by a test in this folder named after it."""

from __future__ import annotations

import re
from pathlib import Path

REQUIRED = set(range(1, 46))
HERE = Path(__file__).parent
# These ask the rules themselves, without a service. What they tell has to be told again by somebody who really asks.
OF_THE_RULES_ALONE = {"test_windows.py", "test_numbers.py"}


def numbers_of(page: Path) -> set[int]:
    """The numbers in the names of a module's tests, each followed by words."""
    named = re.findall(r"^ *def test((?:_t\d{2})+)_[a-z]", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {int(number) for name in named for number in re.findall(r"\d{2}", name)}


def test_each_of_the_45_cases_is_told_through_the_whole_service() -> None:
    pages = [page for page in HERE.glob("test_*.py") if page.name not in OF_THE_RULES_ALONE]
    told = set().union(*(numbers_of(page) for page in pages))
    assert told == REQUIRED


def test_each_case_that_computes_a_window_is_also_asked_of_the_rules_alone() -> None:
    assert numbers_of(HERE / "test_windows.py") >= set(range(1, 21))


def test_number_is_read_from_the_name_of_a_test_and_from_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "test_page.py"
    page.write_text('"""T09 and t10."""\ndef test_t03_t04_words() -> None: ...\ndef tells_t07_words() -> None: ...\n')
    assert numbers_of(page) == {3, 4}
