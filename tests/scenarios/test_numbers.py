"""Each numbered case that the main job must meet is told by some test in this folder that carries its number."""

from __future__ import annotations

import re
from pathlib import Path

REQUIRED = {1, 2, 3, 4, 5, 6, 7, 8, 23, 26, 27, 28, 33, 35, 38, 39, 40, 41, 42}
THROUGH_THE_SERVICE = ("test_served.py", "test_moves.py", "test_lists.py", "test_evidence.py")


def test_numbers_of_the_main_job_are_each_told_through_the_whole_service() -> None:
    told = {
        int(number)
        for name in THROUGH_THE_SERVICE
        for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
        if line.startswith("def test_")
        for number in re.findall(r"_t(\d{2})(?=_)", line)
    }
    assert told >= REQUIRED
