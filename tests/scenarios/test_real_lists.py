"""The eleven really published lists come in through the API, as CSV and as XLSX, with their defects named row by row.

None of them could be approved as it was published: they speak of posts, and access is for people. What each lacks is
asserted with the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest

from app.rules.facts import Order
from tests.build import london
from tests.story import Story, codes, done
from tests.unit.lists.real import REAL, RealList

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
MEDIA_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Said once of a whole sheet, and of every row of these lists: none gives a ground, none names a holder.
OF_THE_SHEET = ("incomplete", "group_not_kept")
OF_EVERY_ROW = ("ground_missing", "holder_missing")
GROUPS_OF_SCOTLAND = [(row, code) for row in (2, 3, 4) for code in ("group", "period_in_days")]

# title: (seats, each defect by row and code, what stands in the way of approval by count)
KNOWN: dict[str, tuple[int, list[tuple[int, str]], dict[str, int]]] = {
    "Student Support for Higher Education in England 2023": (
        33,
        [
            (4, "group"),
            (4, "misspelling"),
            (5, "group"),
            (5, "misspelling"),
            (8, "misspelling"),
            (16, "counted"),
            (17, "counted"),
            (18, "group"),
            (20, "counted"),
            (22, "misspelling"),
            (30, "group_counted"),
            (30, "counted"),
        ],
        {"ground_missing": 33, "holder_missing": 30, "group_not_a_person": 3},
    ),
    "Index of Production, August 2013": (
        14,
        [(13, "duplicate_row"), (14, "duplicate_row"), (15, "duplicate_row")],
        {"ground_missing": 14, "holder_missing": 14},
    ),
    "Public sector finances, UK: April 2016": (
        16,
        [(12, "duplicate_row")],
        {"ground_missing": 16, "holder_missing": 16},
    ),
    "Construction output in Great Britain: Feb 2017": (
        24,
        [(5, "misspelling"), (13, "duplicate_row"), (24, "duplicate_row")],
        {"ground_missing": 24, "holder_missing": 24},
    ),
    "Crime Statistics, period ending March 2013": (
        32,
        [(12, "group_counted"), (12, "counted"), (21, "group"), (22, "group"), (31, "group")],
        {"ground_missing": 32, "holder_missing": 29, "group_not_a_person": 3},
    ),
    "UK labour market statistics: July 2016": (
        19,
        [
            (6, "misspelling"),
            (9, "misspelling"),
            (17, "misspelling"),
            (18, "misspelling"),
            (18, "duplicate_row"),
        ],
        {"ground_missing": 19, "holder_missing": 19},
    ),
    "Statistics on International Development: final UK ODA spend 2023": (
        19,
        [(4, "counted"), *((row, "group_counted") for row in (5, 6, 7, 8, 9))],
        {"ground_missing": 19, "holder_missing": 19},
    ),
    "Delayed Discharges in NHSScotland (monthly)": (
        4,
        [*GROUPS_OF_SCOTLAND, (5, "group"), (5, "period_in_days")],
        {"ground_missing": 4, "ground_not_named": 4, "group_not_a_person": 4},
    ),
    "Hospital Standardised Mortality Ratios (HSMR), quarterly": (
        3,
        [*GROUPS_OF_SCOTLAND, *((row, "other_footing") for row in range(5, 40))],
        {"ground_missing": 3, "ground_not_named": 3, "group_not_a_person": 3},
    ),
    "COVID-19 wider impacts on the health care system (dashboard)": (
        3,
        GROUPS_OF_SCOTLAND,
        {"ground_missing": 3, "ground_not_named": 3, "group_not_a_person": 3},
    ),
    "Public service productivity baselines, November 2023 (exceptional pre-release access)": (
        8,
        [(2, "counted"), (2, "period_unreadable"), (3, "counted"), (3, "period_unreadable")],
        {"ground_missing": 8, "holder_missing": 8},
    ),
}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One producer imports them all, each for a release of its own."""
    made = Story(tmp_path_factory.mktemp("lists"), PUBLISHES_AT - timedelta(days=8))
    yield made
    made.service.close()


def test_lists_that_were_really_published_are_all_here() -> None:
    assert sorted(KNOWN) == sorted(real.title for real in REAL)
    assert len(KNOWN) == 11


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("real", REAL, ids=[one.title[:30] for one in REAL])
def test_real_list_comes_in_with_each_known_defect_and_is_not_approved_as_published(
    story: Story, real: RealList, kind: Literal["csv", "xlsx"]
) -> None:
    seats, defects, lacking = KNOWN[real.title]
    story.release(PUBLISHES_AT, title=real.title, order="uk" if real.order is Order.UK else "scotland")
    sheet, complete = real.sheet(kind, 1), str(real.complete).lower()
    tried = done(story.import_sheet(sheet, MEDIA_TYPES[kind], complete=complete, dry_run="true"))
    assert story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"] == []
    made = done(story.import_sheet(sheet, MEDIA_TYPES[kind], complete=complete), 201)
    assert made["problems"] == tried["problems"]
    found = [(one["row"], one["code"]) for one in made["problems"]]
    named = [(row, code) for row, code in found if code not in (*OF_THE_SHEET, *OF_EVERY_ROW)]
    assert sorted(named) == sorted(defects)
    other = {row for row, code in defects if code == "other_footing"}
    rows = sorted(set(range(2, len(real.rows) + 2)) - other)
    for code in OF_EVERY_ROW:
        assert sorted(row for row, said in found if said == code) == rows
    assert ("incomplete" in {one["code"] for one in made["problems"]}) is not real.complete
    story.told.listed = story.get(story.statistician, f"/lists/{made['draft']['list_id']}")
    assert len(story.told.listed["grants"]) == seats
    refused = codes(story.approves())
    assert (refused[0], dict(Counter(refused[1:]))) == ("422", lacking)
