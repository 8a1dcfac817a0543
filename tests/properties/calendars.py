"""A second opinion on windows, counted the long way: forwards, day by day, and minute by minute.

It takes nothing from ``app/rules`` but the shape of a release. Good Fridays stand written out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.rules.facts import Release

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)

_TABLE = (
    "2019-04-19 2020-04-10 2021-04-02 2022-04-15 2023-04-07 2024-03-29 2025-04-18 2026-04-03 2027-03-26 2028-04-14 "
    "2029-03-30 2030-04-19 2031-04-11 2032-03-26 2033-04-15 2034-04-07 2035-03-23 2036-04-11 2037-04-03 2038-04-23 "
    "2039-04-08 2040-03-30 2041-04-19"
)
GOOD_FRIDAYS = frozenset(map(date.fromisoformat, _TABLE.split()))


def limit_of(release: Release) -> datetime | None:
    """The first instant of ordinary access; None where there is no window. Publication on a whole minute."""
    order, kind = str(release.order), str(release.sensitivity)
    at = release.publishes_at.astimezone(UTC)
    known = (
        ("ordinary", "market_sensitive", "economic", "excepted")
        if order == "scotland"
        else ("ordinary", "market_sensitive")
    )
    if kind not in known:
        return None
    if order in ("uk", "northern_ireland"):
        return datetime.fromtimestamp(at.timestamp() - 86_400, UTC)
    if order == "wales":
        return _wales_by_the_minute(release, at) if kind == "market_sensitive" else _wales_by_the_day(release, at)
    if kind == "excepted":
        day = at.astimezone(LONDON).strftime("%Y-%m-%d")
        if day > "2023-04-21":
            return None
        if day > "2022-04-21":
            return datetime.fromtimestamp(at.timestamp() - 4 * 3600, UTC)
    return _scotland(release, at, 5 if kind == "ordinary" else 1)


def days_before(at: datetime, days: int) -> list[date]:
    """The London days before an instant, the earliest first."""
    today = at.astimezone(LONDON).date()
    return [date.fromordinal(today.toordinal() - back) for back in range(days, 0, -1)]


def _is_weekend(day: date) -> bool:
    return f"{day:%a}" in ("Sat", "Sun")


def _instants_of(day: date, hour: int, minute: int) -> list[datetime]:
    """Every instant at which the London clock shows this on this day, tried in UTC."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    tried = [noon + (hour - 12) * 60 * MINUTE + minute * MINUTE - shift * 60 * MINUTE for shift in (0, 1)]
    shown = [(one, one.astimezone(LONDON)) for one in tried]
    return [one for one, by in shown if (by.date(), by.hour, by.minute) == (day, hour, minute)]


def _scotland(release: Release, at: datetime, days: int) -> datetime:
    working = [day for day in days_before(at, 130) if not _is_weekend(day) and day not in release.closed_on]
    clock = at.astimezone(LONDON)
    return max(_instants_of(working[-days], clock.hour, clock.minute))


def _wales_counts(release: Release, day: date) -> bool:
    christmas = (day.month, day.day) == (12, 25)
    return not (_is_weekend(day) or christmas or day in GOOD_FRIDAYS or day in release.closed_on)


def _wales_by_the_day(release: Release, at: datetime) -> datetime:
    counted = [day for day in days_before(at, 130) if _wales_counts(release, day)]
    return max(_instants_of(counted[-5], 0, 0))


def _wales_by_the_minute(release: Release, at: datetime) -> datetime:
    counted, counts = (
        0,
        {day: _wales_counts(release, day) for day in [*days_before(at, 60), at.astimezone(LONDON).date()]},
    )
    while counted < 24 * 60:
        at -= MINUTE
        counted += counts[at.astimezone(LONDON).date()]
    return at
