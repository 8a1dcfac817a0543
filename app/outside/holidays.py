"""Bank holidays as a maintained list outside gives them, the days proclaimed for one year only among them.

They are data: what was loaded is on record with its source, and what is missing there makes a window shorter.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from app.rules.errors import Unavailable
from app.rules.workingdays import BankHoliday, Part

logger = logging.getLogger(__name__)
_ROOT = Path(__file__).parents[2]
_SUBDIVISIONS = {Part.ENGLAND_AND_WALES: "ENG", Part.SCOTLAND: "SCT", Part.NORTHERN_IRELAND: "NIR"}
_FIRST_YEAR, _LAST_YEAR = 1975, 2199  # the list has no days that could be meant outside these
_SATURDAY = 5
_PATIENCE_SECONDS = 60
_KEPT = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH")


@lru_cache(maxsize=16)
def bank_holidays(first_year: int, last_year: int) -> tuple[BankHoliday, ...]:
    """Give the bank holidays that fall on weekdays, each day once for each part, by part and day.

    Args:
        first_year: First year wanted.
        last_year: Last year wanted, included. Years outside 1975 to 2199 have none here.

    Raises:
        Unavailable: The list cannot be read.
    """
    if last_year < max(first_year, _FIRST_YEAR) or first_year > _LAST_YEAR:
        return ()
    return tuple(one for one in _every_one() if first_year <= one.day.year <= last_year)


@cache
def _every_one() -> tuple[BankHoliday, ...]:
    # A process of its own reads them, once in our life: for one country the library reads those of all the others,
    # 11 MB that a server would keep.
    try:
        told = subprocess.run(  # noqa: S603  # deliberate: our own interpreter and our own words
            [sys.executable, "-m", __spec__.name],
            capture_output=True,
            check=True,
            cwd="/",
            env={**{name: os.environ[name] for name in _KEPT if name in os.environ}, "PYTHONPATH": str(_ROOT)},
            timeout=_PATIENCE_SECONDS,
        ).stdout
        listed = json.loads(told)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        said = (getattr(error, "stderr", None) or b"")[-2_000:].decode("utf-8", "replace")
        logger.error("the list of bank holidays cannot be read: %s %s", type(error).__name__, said)
        raise Unavailable("the list of bank holidays cannot be read") from error
    source = f"python-holidays {version('holidays')}"
    return tuple(BankHoliday(Part(part), date.fromisoformat(day), name, source) for part, day, name in listed)


def _read() -> list[tuple[str, str, str]]:
    import holidays  # noqa: PLC0415  # slow, and large: only in the process that is there for it

    found: list[tuple[str, str, str]] = []
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    for part, subdivision in _SUBDIVISIONS.items():
        listed = holidays.country_holidays("GB", subdiv=subdivision, years=years, language="en_GB")
        found.extend(
            (part.value, day.isoformat(), name.replace("(observed)", "(substitute day)"))
            for day, name in sorted(listed.items())
            if day.weekday() < _SATURDAY and day.year in years
        )
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_read()))
