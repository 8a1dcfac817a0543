"""How long records are kept: never less than seven years, by whichever Order, and longer while something holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.reasons import ReasonCode
from app.rules.retention import Kept, destroyed_from, person_reasons, retention_reasons, years_kept

PUBLISHED = datetime(2019, 3, 12, 9, 30, tzinfo=UTC)
LONG_AFTER = date(2100, 1, 1)


def kept(order: Order = Order.UK, **changes: object) -> Kept:
    release = Release(
        "rel_a",
        Producer("prd_a", "Office for Examples"),
        "Examples",
        order,
        Sensitivity.ORDINARY,
        ReleaseState.PUBLISHED,
        PUBLISHED,
        published_at=PUBLISHED,
    )
    return replace(Kept(release), **changes)  # type: ignore[arg-type]  # deliberate: a test names what it changes


def of(release_kept: Kept, **changes: object) -> Kept:
    return replace(release_kept, release=replace(release_kept.release, **changes))  # type: ignore[arg-type]  # deliberate: as above


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("policy", [0, 6, 7, 10, 100])
def test_nothing_younger_than_seven_years_is_ever_destroyed(order: Order, policy: int) -> None:
    first = destroyed_from(kept(order, retention_years=policy))
    assert first is not None
    assert first > date(2026, 3, 12)
    day = date(2019, 3, 12)
    while day <= date(2026, 3, 12):
        assert retention_reasons(kept(order, retention_years=policy), day) != ()
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("order", "policy", "years"),
    [
        (Order.SCOTLAND, 7, 7),
        (Order.SCOTLAND, 20, 7),
        (Order.WALES, 20, 7),
        (Order.UK, 20, 20),
        (Order.UK, 1, 7),
        (Order.NORTHERN_IRELAND, 8, 8),
    ],
)
def test_scottish_and_welsh_records_are_kept_seven_years_and_others_as_the_producer_says(
    order: Order, policy: int, years: int
) -> None:
    assert years_kept(order, policy) == years
    first = date(2019 + years, 3, 13)
    assert destroyed_from(kept(order, retention_years=policy)) == first
    before, on = (retention_reasons(kept(order, retention_years=policy), first + timedelta(days=n)) for n in (-1, 0))
    assert ([reason.code for reason in before], on) == ([ReasonCode.RETENTION_RUNS], ())


def test_period_runs_by_london_days_and_keeps_the_whole_anniversary() -> None:
    late = of(kept(), published_at=datetime(2019, 6, 12, 23, 30, tzinfo=UTC))  # 13 June in London
    assert destroyed_from(late) == date(2026, 6, 14)
    (reason,) = retention_reasons(late, date(2026, 6, 13))
    assert reason.until == datetime(2026, 6, 13, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "state", [s for s in ReleaseState if s not in (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)]
)
def test_release_that_is_still_to_be_published_is_kept_for_ever(state: ReleaseState) -> None:
    waiting = of(kept(), state=state, published_at=None)
    (reason,) = retention_reasons(waiting, LONG_AFTER)
    assert (destroyed_from(waiting), reason.code, reason.until) == (None, ReasonCode.RETENTION_RUNS, None)


@pytest.mark.parametrize(
    ("declared_at", "first"),
    [
        (None, date(2026, 3, 13)),
        (PUBLISHED - timedelta(days=30), date(2026, 3, 13)),
        (PUBLISHED, date(2026, 3, 13)),
        (datetime(2019, 12, 31, 12, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_period_runs_from_the_later_of_publication_and_its_declaration(
    declared_at: datetime | None, first: date
) -> None:
    assert destroyed_from(kept(declared_at=declared_at)) == first


def test_cancelled_release_is_kept_from_its_cancellation() -> None:
    cancelled = of(kept(cancelled_on=date(2020, 2, 29)), state=ReleaseState.CANCELLED, published_at=None)
    assert destroyed_from(cancelled) == date(2027, 3, 2)


def test_each_thing_that_holds_is_named_however_long_ago_it_was() -> None:
    held = kept(holds=("An inquiry.",), open_incidents=(3, 4), unanswered=2, erased=True)
    assert [reason.code.value for reason in retention_reasons(held, LONG_AFTER)] == [
        "legal_hold",
        "incident_open",
        "incident_open",
        "record_asked_for",
        "already_erased",
    ]


def test_person_is_kept_while_one_release_that_names_them_is_and_until_each_is_destroyed() -> None:
    uk, scottish = kept(retention_years=9), kept(Order.SCOTLAND)
    assert person_reasons((), date(2020, 1, 1)) == ()
    found = person_reasons((uk, scottish), date(2027, 1, 1))
    assert [(reason.source, reason.until is None) for reason in found] == [
        ("Producer policy: retention", False),
        ("SSI 2008/399 Sch. para 8(2)", True),
    ]
    assert len(person_reasons((uk, scottish), LONG_AFTER)) == 2
