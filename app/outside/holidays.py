"""Bank holidays as a maintained list outside gives them, the days proclaimed for one year only among them.

They are data: what was loaded is on record with its source, and what is missing there makes a window shorter.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from app.rules.workingdays import BankHoliday, Part

_SUBDIVISIONS = {Part.ENGLAND_AND_WALES: "ENG", Part.SCOTLAND: "SCT", Part.NORTHERN_IRELAND: "NIR"}
_FIRST_YEAR, _LAST_YEAR = 1975, 2199  # the list has no days that could be meant outside these
_SATURDAY = 5


@lru_cache(maxsize=16)  # the same for as long as the process runs, as it is installed beside it
def bank_holidays(first_year: int, last_year: int) -> tuple[BankHoliday, ...]:
    """Give the bank holidays that fall on weekdays, each day once for each part, by part and day.

    Args:
        first_year: First year wanted.
        last_year: Last year wanted, included. Years outside 1975 to 2199 have none here.
    """
    import holidays  # noqa: PLC0415  # slow: most commands and requests need none

    source = f"python-holidays {version('holidays')}"
    years = range(max(first_year, _FIRST_YEAR), min(last_year, _LAST_YEAR) + 1)
    found: list[BankHoliday] = []
    for part, subdivision in _SUBDIVISIONS.items():
        listed = holidays.country_holidays("GB", subdiv=subdivision, years=years, language="en_GB") if years else {}
        found.extend(
            BankHoliday(part, day, name.replace("(observed)", "(substitute day)"), source)
            for day, name in sorted(listed.items())
            if day.weekday() < _SATURDAY and day.year in years
        )
    return tuple(found)
