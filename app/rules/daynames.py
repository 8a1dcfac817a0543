"""What days of the week and months are called in English, whatever the machine speaks.

Looked up: a page tells some hundred times, and writing them by their format takes longer than what is told.
"""

from __future__ import annotations

from datetime import date

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_name(on: date) -> str:
    """Give the day of the week, e.g. ``Tuesday``; of an instant that of its own zone."""
    return _DAYS[on.weekday()]


def month_name(on: date) -> str:
    """Give the month, e.g. ``March``; of an instant that of its own zone."""
    return _MONTHS[on.month - 1]
