"""Days that a count of working days leaves out: bank holidays, loaded; and the days a producer adds itself.

No window is stored, so a change here moves windows by itself, at once and for everybody. Each window that moved is put
on record with when it opened before and when it opens now. A producer's own day opens windows earlier, so it counts
only once a second person has approved it; one person alone may withdraw it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from app.actions import recounting
from app.actions.recounting import Change
from app.actions.seconding import ask_for_second
from app.actions.tools import Actor, Tools, Transaction, require_no_own_access, require_role, require_second_person
from app.audit.entries import Entry, EntryKind
from app.records import closed_days, eligibility, organisations, people, releases
from app.records.closed_days import ClosedDayRow as ClosedDayRow
from app.rules.canonical import sha256_hex
from app.rules.errors import NOTHING_THERE, Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import Grant, Order, Role, Sensitivity, london_date
from app.rules.secondletters import closed_day_waits
from app.rules.window import Window, counts_own_closed_days, days_left_out, parts_of, window
from app.rules.workingdays import BankHoliday, Part

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)

YEARS_BACK, YEARS_AHEAD = 1, 3
_FURTHEST_BACK, _FURTHEST_AHEAD = timedelta(days=366), timedelta(days=1096)
_SATURDAY = 5
_OWN_DAYS_COUNT = tuple(order for order in Order if counts_own_closed_days(order))


def load_bank_holidays(tools: Tools) -> int:
    """Put the bank holidays of the years around now on record, each once; what was withdrawn stays so.

    Args:
        tools: The tools; ``tools.bank_holidays`` gives the dates.

    Returns:
        How many days were added; 0 when all were there.
    """
    at = tools.clock.now()
    year = london_date(at).year
    first, last = year - YEARS_BACK, year + YEARS_AHEAD
    listed = tools.bank_holidays(first, last)
    with tools.reading() as connection:
        if not _unknown(connection, listed, first, last):
            return 0
    try:
        with tools.transaction() as tx:
            wanted = _unknown(tx.connection, listed, first, last)
            before = recounting.opens_now(tx.connection, tuple(Order))
            for holiday in wanted:
                closed_days.add_bank_holiday(tx.connection, _ident(holiday), holiday, added_at=at, added_by=None)
            for one in sorted({holiday.day.year for holiday in wanted}):
                tx.append(_loaded([holiday for holiday in wanted if holiday.day.year == one], one, at))
            # Days are loaded again and again; each change has a letter of its own.
            loaded = Change(tuple(Order), "bank_holidays_loaded", f"loaded_{at:%Y%m%dT%H%M%S%f}", "rule", None, at)
            recounting.follow(tools, tx, before, loaded)
    except Conflict:  # another process of the service loads the same at this moment
        return 0
    return len(wanted)


def add_bank_holiday(tools: Tools, *, part: Part, day: date, name: str, source: str) -> ClosedDayRow:
    """Put a bank holiday on record that was proclaimed for one year, before the list outside has it.

    Args:
        part: The part of the United Kingdom in which it is one.
        name: What it is for.
        source: Where it was proclaimed.

    Raises:
        Malformed: It falls on a weekend, or the name or source is missing.
        Conflict: It is on record already.
    """
    at = tools.clock.now()
    _demand_words(name=name, source=source)
    _demand_day(day, at)
    made = tools.new_id("cld")
    with tools.transaction() as tx:
        if closed_days.standing_on(tx.connection, day, producer_id=None, part=part):
            raise Conflict("This bank holiday is on record already. Nothing was done.", code=Code.ALREADY_EXISTS)
        orders = _orders_of(part)
        before = recounting.opens_now(tx.connection, orders)
        holiday = BankHoliday(part, day, name, source)
        closed_days.add_bank_holiday(tx.connection, made, holiday, added_at=at, added_by="operator")
        row = closed_days.get(tx.connection, made)
        tx.append(_entry(EntryKind.CLOSED_DAY_ADDED, row, at, "operator", {}))
        recounting.follow(tools, tx, before, Change(orders, made, "added", "operator", None, at))
    return row


def withdraw_bank_holiday(tools: Tools, closed_day_id: str, *, reason: str) -> ClosedDayRow:
    """Withdraw a bank holiday that was recorded wrongly; days that count again make windows shorter.

    Raises:
        NotFound: There is no such bank holiday.
        Malformed: There is no reason.
        OutOfOrder: It is withdrawn already.
    """
    at = tools.clock.now()
    _demand_words(reason=reason)
    with tools.transaction() as tx:
        row = closed_days.get(tx.connection, closed_day_id)
        if row.part is None:
            raise NotFound(NOTHING_THERE)
        return _withdraw(tools, tx, row, _orders_of(row.part), at, "operator", reason)


def add_closed_day(tools: Tools, actor: Actor, producer_id: str, *, day: date, name: str, reason: str) -> ClosedDayRow:
    """Propose a day on which a producer's offices are closed, or a day of public thanksgiving or mourning.

    It counts as closed, and moves windows, once a second person has approved it.

    Args:
        day: London day, a weekday.
        name: What the day is, e.g. ``Local holiday``.
        reason: Why it is left out, or where it was appointed.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there, or is on a list that it bears on.
        Malformed: It falls on a weekend or too far away, or the name or reason is missing.
        Conflict: The day is on record already.

    Source:
        SSI 2008/399 art. 2
    """
    at = tools.clock.now()
    made = tools.new_id("cld")
    with tools.transaction(once=True) as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        _demand_words(name=name, reason=reason)
        _demand_day(day, at)
        if closed_days.standing_on(tx.connection, day, producer_id=producer_id, part=None):
            raise Conflict("This day is on record already. Nothing was done.", code=Code.ALREADY_EXISTS)
        listed = _listed(tx.connection, producer_id)
        require_no_own_access(actor, {*listed})
        closed_days.add(
            tx.connection,
            made,
            producer_id=producer_id,
            day=day,
            name=name,
            source=reason,
            added_at=at,
            added_by=actor.actor_id,
        )
        row = closed_days.get(tx.connection, made)
        tx.append(_entry(EntryKind.CLOSED_DAY_ADDED, row, at, actor.actor_id, {"name": name, "reason": reason}))
        could = people.people_with_role(tx.connection, producer.organisation_id, *DECIDING, at=at)
        waiting = closed_day_waits(producer.name, day)
        where = f"/producer/closed-days/{producer_id}"
        ask_for_second(tools, tx, actor, could, waiting, key=made, where=where, at=at, cannot=listed)
    return row


def approve_closed_day(tools: Tools, actor: Actor, producer_id: str, closed_day_id: str) -> ClosedDayRow:
    """Approve a producer's own day as a second person: it counts as closed from now on, and windows become longer.

    Raises:
        NotFound: There is no such day of this producer, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there, or proposed it; or one of the two is
            named on the list of a release that it bears on.
        OutOfOrder: It is approved or withdrawn already.

    Source:
        SSI 2008/399 art. 2; Producer policy: two persons
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        row = closed_days.get(tx.connection, closed_day_id)
        if row.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        if row.withdrawn_at is not None:
            raise OutOfOrder("This day is withdrawn. Propose it anew.", code=Code.ALREADY_ENDED)
        require_second_person(actor, {row.added_by or ""}, "this day")
        listed = _listed(tx.connection, producer_id)
        require_no_own_access(actor, {*listed})
        if row.added_by in listed:
            raise OutOfOrder("Whoever proposed this day is on a list that it bears on. Withdraw it; propose it anew.")
        before = recounting.opens_now(tx.connection, _OWN_DAYS_COUNT, producer_id)
        if not closed_days.approve(tx.connection, closed_day_id, at=at, by=actor.actor_id):
            raise OutOfOrder("This day is approved already.", code=Code.WRONG_STATE)
        approved = closed_days.get(tx.connection, closed_day_id)
        tx.append(_entry(EntryKind.CLOSED_DAY_APPROVED, approved, at, actor.actor_id, {}))
        change = Change(_OWN_DAYS_COUNT, closed_day_id, "approved", actor.actor_id, producer_id, at)
        recounting.follow(tools, tx, before, change)
    return approved


def withdraw_closed_day(
    tools: Tools, actor: Actor, producer_id: str, closed_day_id: str, *, reason: str
) -> ClosedDayRow:
    """Withdraw a producer's own day, approved or not; it counts again from now on, and windows become shorter.

    Raises:
        NotFound: There is no such day of this producer, or the actor has no business with it.
        Refused: The actor is neither lead official nor head of profession there.
        Malformed: There is no reason.
        OutOfOrder: It is withdrawn already.

    Source:
        SSI 2008/399 art. 2
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        producer = organisations.get_producer(tx.connection, producer_id)
        require_role(actor, producer.organisation_id, *DECIDING)
        _demand_words(reason=reason)
        row = closed_days.get(tx.connection, closed_day_id)
        if row.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        return _withdraw(tools, tx, row, _OWN_DAYS_COUNT, at, actor.actor_id, reason)


def list_closed_days(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50, after: str | None = None
) -> tuple[ClosedDayRow, ...]:
    """Give a producer's own days, withdrawn or not, by day.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return closed_days.of_producer(connection, producer_id, limit=limit, after=after)


def list_bank_holidays(tools: Tools, year: int | None = None, *, part: Part | None = None) -> tuple[ClosedDayRow, ...]:
    """Give the bank holidays of a year that are on record and count, by day and part.

    Args:
        year: The year; this year when left out.
        part: One part of the United Kingdom only.
    """
    year = year or london_date(tools.clock.now()).year
    with tools.reading() as connection:
        return closed_days.bank_holidays(connection, date(year, 1, 1), date(year, 12, 31), part=part)


def calculate_window(
    tools: Tools, order: Order, sensitivity: Sensitivity, publishes_at: datetime, own: frozenset[date], grant: Grant
) -> Window:
    """Say when a window opens, by the bank holidays on record; for a release that need not exist.

    Args:
        own: Days on which the producer's offices are closed.
        grant: Whose window.
    """
    known = _known_holidays(tools, london_date(publishes_at)) if parts_of(order) else {}
    left_out = days_left_out(order, known, own)
    return window(order, sensitivity, publishes_at, closed_on=left_out, own_days=own, grant=grant)


def _known_holidays(tools: Tools, last: date) -> dict[Part, set[date]]:
    """Give the bank holidays up to a day: those on record, and for years without any those of the list outside."""
    first = last - closed_days.LOOK_BACK
    with tools.reading() as connection:
        recorded = closed_days.bank_holidays(connection, first, last, withdrawn=True)
    by_part: dict[Part, set[date]] = {part: set() for part in Part}
    for row in recorded:
        if row.part is not None and row.withdrawn_at is None:
            by_part[row.part].add(row.day)
    missing = {first.year, last.year} - {row.day.year for row in recorded}
    for holiday in tools.bank_holidays(min(missing), max(missing)) if missing else ():
        if holiday.day.year in missing:
            by_part[holiday.part].add(holiday.day)
    return by_part


def _ident(holiday: BankHoliday) -> str:
    """Name a loaded day after itself, so that it cannot be loaded twice."""
    return f"cld_{sha256_hex(f'{holiday.part.value} {holiday.day.isoformat()}'.encode())[:24]}"


def _unknown(connection: Connection, listed: Sequence[BankHoliday], first: int, last: int) -> list[BankHoliday]:
    between = date(first, 1, 1), date(last, 12, 31)
    known = {(row.part, row.day) for row in closed_days.bank_holidays(connection, *between, withdrawn=True)}
    return [holiday for holiday in listed if (holiday.part, holiday.day) not in known]


def _orders_of(part: Part) -> tuple[Order, ...]:
    return tuple(order for order in Order if part in parts_of(order))


def _listed(connection: Connection, producer_id: str) -> frozenset[str]:
    """Give everybody whose own access a day of this producer's can change."""
    awaited = releases.awaited(connection, orders=_OWN_DAYS_COUNT, producer_id=producer_id)
    return eligibility.people_on_live_lists(connection, [one.release_id for one in awaited])


def _demand_words(**words: str) -> None:
    for where, text in words.items():
        if not text.strip():
            code = Code.REASON_REQUIRED if where == "reason" else Code.INVALID_REQUEST
            raise Malformed(
                f"Give a {where}. Nothing was done.", code=code, errors=[{"where": where, "what": "is missing"}]
            )


def _demand_day(day: date, at: datetime) -> None:
    today = london_date(at)
    what = ""
    if day.weekday() >= _SATURDAY:
        what = "is a Saturday or a Sunday, which is left out already"
    elif not today - _FURTHEST_BACK <= day <= today + _FURTHEST_AHEAD:
        what = "is more than a year ago, or more than three years ahead"
    if what:
        raise Malformed(f"The day {what}. Nothing was done.", errors=[{"where": "day", "what": what}])


def _withdraw(
    tools: Tools, tx: Transaction, row: ClosedDayRow, orders: Collection[Order], at: datetime, by: str, reason: str
) -> ClosedDayRow:
    before = recounting.opens_now(tx.connection, orders, row.producer_id)
    if not closed_days.withdraw(tx.connection, row.closed_day_id, at=at, by=by, reason=reason):
        raise OutOfOrder("This day is withdrawn already.", code=Code.ALREADY_ENDED)
    withdrawn = closed_days.get(tx.connection, row.closed_day_id)
    tx.append(_entry(EntryKind.CLOSED_DAY_WITHDRAWN, withdrawn, at, by, {"reason": reason}))
    recounting.follow(tools, tx, before, Change(tuple(orders), row.closed_day_id, "withdrawn", by, row.producer_id, at))
    return withdrawn


def _entry(kind: EntryKind, row: ClosedDayRow, at: datetime, actor_id: str, sealed: dict[str, str]) -> Entry:
    said = {"closed_day_id": row.closed_day_id, "day": row.day.isoformat()}
    if row.part is not None:
        said |= {"part": row.part.value, "name": row.name, "source": row.source}
    return Entry(kind, at, actor_id=actor_id, producer_id=row.producer_id, said=said, sealed=sealed)


def _loaded(holidays: Sequence[BankHoliday], year: int, at: datetime) -> Entry:
    days = {
        part.value: [holiday.day.isoformat() for holiday in holidays if holiday.part is part]
        for part in Part
        if any(holiday.part is part for holiday in holidays)
    }
    said = {"year": year, "source": holidays[0].source, "days": days}
    return Entry(EntryKind.BANK_HOLIDAYS_LOADED, at, said=said)
