"""Requests for the record: what must be given to whoever asks, by when, and when to be reminded of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal

from app.rules.facts import Order, london_date, london_text
from app.rules.record_facts import RecordedAccess, RecordFacts
from app.rules.record_sections import ANY_OTHER, Section, rows_of, welsh_sections
from app.rules.statutory_record import StatutoryRecord, record_of
from app.rules.workingdays import counting, is_christmas_day, is_good_friday

SCOTLAND_ON_REQUEST = "SSI 2008/399 Sch. para 9(1)"
SCOTLAND_NO_EXEMPTION = "SSI 2008/399 Sch. para 9(2)"
WALES_ON_REQUEST = "WSI 2009/2818 Sch. para 11(1)"
WALES_WHAT = "WSI 2009/2818 Sch. para 11(2)"
WALES_DAYS = 20
PeopleBy = Literal["job_title", "name"]


def on_request(facts: RecordFacts, at: datetime, *, people_by: PeopleBy = "job_title") -> StatutoryRecord:
    """Put together what must be given to whoever asks.

    Under the Scottish Order: who was given access, and when. The Order lets the record itself be by name or by job
    title, and so may the producer here; access on the last ground is restricted to named individuals, who are named.
    Under the Welsh Order: items (a) to (g) of the record without anybody's contact details.

    Args:
        facts: Everything on record about the release.
        at: Now. Aware.
        people_by: How individuals are told of under the Scottish Order.

    Raises:
        ValueError: The governing Order gives nobody a right to a record; ask ``RECORDS`` first.

    Source:
        SSI 2008/399 Sch. para 9(1); SSI 2008/399 Sch. para 9(2); WSI 2009/2818 Sch. para 11(1);
        WSI 2009/2818 Sch. para 11(2)
    """
    if facts.release.order is Order.WALES:
        sections = tuple(section for section in welsh_sections(facts, contact=False) if section.letter <= "g")
        return record_of(facts, at, WALES_ON_REQUEST, sections, (f"Contact details are left out ({WALES_WHAT}).",))
    if facts.release.order is Order.SCOTLAND:
        note = (
            "No exemption under section 29 or 30 of the Freedom of Information (Scotland) Act 2002 is relied on "
            f"({SCOTLAND_NO_EXEMPTION})."
        )
        return record_of(facts, at, SCOTLAND_ON_REQUEST, (_who_and_when(facts, people_by),), (note,))
    raise ValueError("this Order gives nobody a right to a record")


def answer_due_on(order: Order, received_on: date, bank_holidays: frozenset[date]) -> date | None:
    """Give the last London day on which a request may be answered; None where the Order sets no time.

    The Welsh Order says “working day” and not what one is. A reading: every day but Saturdays, Sundays, Christmas Day,
    Good Friday and the bank holidays of England and Wales. Leaving out those of every part of the United Kingdom, as
    its paragraph on timing does, could only give a later day, so whoever answers by this one is in time either way.

    Args:
        order: The governing Order.
        received_on: London day on which the request was received; it is not counted itself.
        bank_holidays: Those of England and Wales. One that is not known makes the time shorter.

    Source:
        WSI 2009/2818 Sch. para 11(1)
    """
    if order is not Order.WALES:
        return None
    counts = counting(bank_holidays, by_the_order=lambda day: is_christmas_day(day) or is_good_friday(day))
    return day_forward(received_on, WALES_DAYS, counts)


def day_forward(day: date, days: int, counts: Callable[[date], bool]) -> date:
    """Go forward over days that count.

    Args:
        day: Where to begin; it is not counted itself.
        days: How many days that count to go forward.
        counts: Says which days count.
    """
    left = days
    while left:
        day += timedelta(days=1)
        left -= counts(day)
    return day


def _who_and_when(facts: RecordFacts, people_by: PeopleBy) -> Section:
    def told(one: RecordedAccess) -> tuple[str, ...]:
        named = people_by == "name" or one.ground_letter == ANY_OTHER
        until = london_text(one.until_at) if one.until_at else ""
        return (one.name if named else "", one.post, one.organisation, london_text(one.from_at), until)

    columns = ("Name", "Job title", "Organisation", "From", "Until")
    return Section("a", "Who was given access, and when", columns, rows_of(facts.accesses, told))


def reminders_since(asked_on: date, due_on: date | None, at: datetime) -> tuple[str, ...]:
    """Name the reminders of a request without an answer that are due by now: each is sent once.

    Where the Order sets a time: five days before it, on the day, and every week after. Where it sets none: every week
    after the request was received.

    Args:
        asked_on: London day on which it was received.
        due_on: London day by which it must be answered, or None.
        at: Now. Aware.

    Returns:
        A word for each, which tells it from every other one of the same request.
    """
    today, week = london_date(at), timedelta(days=7)
    if due_on is None:
        weeks = (today - asked_on) // week
        return (f"week-{weeks}",) if weeks > 0 else ()
    if today < due_on - timedelta(days=5):
        return ()
    if today < due_on:
        return ("soon",)
    weeks = (today - due_on) // week
    return (f"late-{weeks}",) if weeks else ("today",)
