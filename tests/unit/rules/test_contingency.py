"""What stands against making a release public here is cited from the edition of the Code that is in force then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.rules.contingency import reasons_against
from tests.build import a_document, a_release, london


@pytest.mark.parametrize(
    ("due", "practice"),
    [
        (london(2018, 2, 23, 9, 30), "Code 2009 P2/4"),
        (london(2018, 2, 26, 9, 30), "Code 2018 T3.6"),
        (london(2022, 5, 5, 9, 30), "Code 2018 T3.6"),
        (london(2025, 10, 29, 9, 30), "Code 2018 T3.6"),
        (london(2025, 10, 30, 9, 30), "Code 2025 3"),
        (london(2026, 3, 24, 9, 30), "Code 2025 3"),
    ],
)
def test_time_not_reached_cites_the_edition_in_force_at_the_time_set(due: datetime, practice: str) -> None:
    found = reasons_against(a_release(publishes_at=due), [a_document()], None, due - timedelta(milliseconds=1))
    assert [(one.code.value, one.source) for one in found if one.code.value == "time_not_reached"] == [
        ("time_not_reached", practice)
    ]
