"""T09–T12, T15–T17, T19 and T20 again, where somebody really asks: registered, granted, and read to the millisecond."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.actions import closed_days
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_special_classes import grant, ready
from tests.story import CHANCELLOR, FIGURES, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

AFTER_EASTER = london(2026, 4, 7, 9, 30)
EASTER_MONDAY = "2026-04-06"
SCOTS_HOLIDAY = london(2026, 6, 16, 9, 30)


@pytest.mark.parametrize(
    ("order", "sensitivity", "publishes_at", "closed_on", "opens_at"),
    [
        ("scotland", "ordinary", AFTER_EASTER, None, "2026-03-30T08:30:00.000Z"),
        ("scotland", "ordinary", AFTER_EASTER, EASTER_MONDAY, "2026-03-27T09:30:00.000Z"),
        ("scotland", "market_sensitive", AFTER_EASTER, None, "2026-04-06T08:30:00.000Z"),
        ("scotland", "market_sensitive", AFTER_EASTER, EASTER_MONDAY, "2026-04-02T08:30:00.000Z"),
        ("scotland", "economic", london(2026, 3, 31, 9, 30), None, "2026-03-30T08:30:00.000Z"),
        ("wales", "ordinary", london(2026, 4, 9, 9, 30), None, "2026-03-30T23:00:00.000Z"),
        ("wales", "market_sensitive", london(2026, 12, 1, 9, 30), None, "2026-11-27T09:30:00.000Z"),
        ("wales", "market_sensitive", london(2026, 7, 14, 9, 30), None, "2026-07-10T08:30:00.000Z"),
        ("northern_ireland", "ordinary", london(2026, 3, 10, 9, 30), None, "2026-03-09T09:30:00.000Z"),
        ("scotland", "ordinary", SCOTS_HOLIDAY, None, "2026-06-08T08:30:00.000Z"),
        ("uk", "ordinary", SCOTS_HOLIDAY, None, "2026-06-15T08:30:00.000Z"),
    ],
    ids=["t09", "t10", "t11", "t11-closed", "t12", "t15", "t16", "t17", "t19", "t20-scotland", "t20-england"],
)
def test_t09_t10_t11_t12_t15_t16_t17_t19_t20_window_of_each_order_opens_at_its_own_instant_for_whoever_asks(
    begin: Begin, order: str, sensitivity: str, publishes_at: datetime, closed_on: str | None, opens_at: str
) -> None:
    story = begin(publishes_at - timedelta(days=30))
    closed_days.load_bank_holidays(story.service.tools)
    if closed_on:
        body = {"day": closed_on, "name": "Easter Monday", "reason": "The offices are closed."}
        days = f"/producers/{story.sat.producer_id}/closed-days"
        closed = done(story.post(story.lead, days, json=body), 201)
        done(story.post(story.head, f"{days}/{closed['closed_day_id']}/approval"))
    letter = "a" if order in ("scotland", "wales") else ""
    ready(story, publishes_at, grant(CHANCELLOR, ground_letter=letter), order=order, sensitivity=sensitivity)
    story.signed(CHANCELLOR)
    release = f"/releases/{story.told.release_id}"
    assert story.get(CHANCELLOR, release)["opens_at"] == story.get(story.head, release)["opens_at"] == opens_at
    first = datetime.fromisoformat(opens_at)
    story.clock.put(first - timedelta(milliseconds=1))
    assert "window_not_open" in codes(story.opens(CHANCELLOR))
    story.clock.put(first)
    assert story.reads(CHANCELLOR, acknowledged=True) == FIGURES
