"""Bank holidays put on record, a producer's own closed days, and the windows that move with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import closed_days, moves, releases
from app.actions.tools import Actor, Tools
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.errors import Conflict, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Order, Role, Sensitivity
from app.rules.lifecycle import Phase
from app.rules.workingdays import Part
from tests.build import london
from tests.service import Sat, Service
from tests.unit.releases.world import World
from tests.world import session_of

START = london(2026, 5, 5, 9, 0)
TUESDAY = london(2026, 6, 16, 9, 30)
THURSDAY = date(2026, 6, 11)
NAMED = ("Local holiday", "The offices are closed for the city's holiday.")
OPEN_AFTER_ALL = "The offices are open after all."


@dataclass
class Place:
    """A producer with its staff, asking through the actions."""

    service: Service
    sat: Sat

    @property
    def tools(self) -> Tools:
        return self.service.tools

    def actor(self, role: Role = Role.HEAD_OF_PROFESSION) -> Actor:
        return session_of(self.tools, self.sat.people[role]).actor

    def release(self, order: Order, kind: Sensitivity = Sensitivity.ORDINARY, at: datetime = TUESDAY) -> str:
        made = releases.register_release(
            self.tools,
            self.actor(Role.STATISTICIAN),
            producer_id=self.sat.producer_id,
            title=f"{order} {kind}",
            order=order,
            sensitivity=kind,
            publishes_at=at,
            public_url="https://statistics.gov.example/examples",
        )
        return made.release.release_id

    def opens_at(self, release_id: str) -> datetime | None:
        return releases.read_release(self.tools, self.actor(), release_id).opens_at

    def propose(self, day: date = THURSDAY) -> str:
        """A day proposed by the lead official."""
        name, reason = NAMED
        made = closed_days.add_closed_day(
            self.tools, self.actor(Role.LEAD_OFFICIAL), self.sat.producer_id, day=day, name=name, reason=reason
        )
        return made.closed_day_id

    def approve(self, closed_day_id: str, role: Role = Role.HEAD_OF_PROFESSION) -> None:
        closed_days.approve_closed_day(self.tools, self.actor(role), self.sat.producer_id, closed_day_id)

    def add(self, day: date = THURSDAY) -> str:
        """A day proposed by the lead official and approved by the head of profession."""
        proposed = self.propose(day)
        self.approve(proposed)
        return proposed

    def withdraw(self, closed_day_id: str) -> None:
        closed_days.withdraw_closed_day(
            self.tools, self.actor(), self.sat.producer_id, closed_day_id, reason=OPEN_AFTER_ALL
        )

    def logged(self, kind: EntryKind) -> list[dict[str, Any]]:
        """What each entry of one kind says, in the order of the log."""
        with self.tools.reading() as connection:
            rows = connection.execute(select(tables.entries.c.leaf).order_by(tables.entries.c.arrival)).all()
        leaves = [json.loads(bytes(row.leaf)) for row in rows]
        return [leaf["said"] for leaf in leaves if leaf["kind"] == kind.value]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    service = Service(tmp_path, START)
    return Place(service, service.producer())


@pytest.fixture
def any_place(any_database_url: str | None, tmp_path: Path) -> Iterator[Place]:
    service = Service(tmp_path, START, database_url=any_database_url)
    yield Place(service, service.producer())
    service.close()


def half_past_nine(month: int, day: int) -> datetime:
    return london(2026, month, day, 9, 30)


# -- loading ---------------------------------------------------------------------------------------------------


def test_loading_puts_five_years_on_record_once_and_never_again(any_place: Place) -> None:
    number = closed_days.load_bank_holidays(any_place.tools)
    assert number > 5 * 3 * 8
    assert closed_days.load_bank_holidays(any_place.tools) == 0
    found = [row for year in range(2000, 2101) for row in closed_days.list_bank_holidays(any_place.tools, year)]
    assert len(found) == number
    assert {row.day.year for row in found} == {2025, 2026, 2027, 2028, 2029}
    assert closed_days.list_bank_holidays(any_place.tools) == tuple(row for row in found if row.day.year == 2026)
    logged = any_place.logged(EntryKind.BANK_HOLIDAYS_LOADED)
    assert [entry["year"] for entry in logged] == [2025, 2026, 2027, 2028, 2029]
    assert "2026-06-15" in logged[1]["days"]["scotland"]
    assert sum(len(days) for entry in logged for days in entry["days"].values()) == number


def test_loading_a_year_later_adds_one_year(place: Place) -> None:
    closed_days.load_bank_holidays(place.tools)
    place.service.clock.put(START + timedelta(days=365))
    assert 24 <= closed_days.load_bank_holidays(place.tools) <= 36
    assert place.logged(EntryKind.BANK_HOLIDAYS_LOADED)[-1]["year"] == 2030


def test_loading_moves_windows_and_says_which_from_when_to_when(place: Place) -> None:
    scottish = place.release(Order.SCOTLAND)
    others = [place.release(Order.UK), place.release(Order.NORTHERN_IRELAND)]
    assert place.opens_at(scottish) == half_past_nine(6, 9)  # nothing is known yet: shorter, never longer
    closed_days.load_bank_holidays(place.tools)
    assert place.opens_at(scottish) == half_past_nine(6, 8)  # T20: 15 June 2026 is one in Scotland only
    assert [place.opens_at(one) for one in others] == [half_past_nine(6, 15)] * 2
    assert place.logged(EntryKind.WINDOW_CHANGED) == [
        {
            "cause": "bank_holidays_loaded",
            "opens_at_before": "2026-06-09T08:30:00.000Z",
            "opens_at": "2026-06-08T08:30:00.000Z",
        }
    ]


def test_bank_holiday_that_was_withdrawn_is_not_loaded_again(place: Place) -> None:
    closed_days.load_bank_holidays(place.tools)
    scottish = place.release(Order.SCOTLAND)
    known = closed_days.list_bank_holidays(place.tools, 2026, part=Part.SCOTLAND)
    [withdrawn] = [row.closed_day_id for row in known if row.day == date(2026, 6, 15)]
    closed_days.withdraw_bank_holiday(place.tools, withdrawn, reason="It was never proclaimed.")
    assert place.opens_at(scottish) == half_past_nine(6, 9)
    assert closed_days.load_bank_holidays(place.tools) == 0
    assert place.opens_at(scottish) == half_past_nine(6, 9)
    with pytest.raises(OutOfOrder):
        closed_days.withdraw_bank_holiday(place.tools, withdrawn, reason="Again.")


def test_bank_holiday_proclaimed_for_one_year_moves_scottish_and_welsh_windows(place: Place) -> None:
    closed_days.load_bank_holidays(place.tools)
    made = [place.release(order) for order in (Order.SCOTLAND, Order.WALES, Order.UK)]
    midnights = london(2026, 6, 8), london(2026, 6, 5)
    assert [place.opens_at(one) for one in made] == [half_past_nine(6, 8), midnights[0], half_past_nine(6, 15)]
    row = closed_days.add_bank_holiday(
        place.tools, part=Part.SCOTLAND, day=date(2026, 6, 10), name="Coronation", source="Proclamation of 1 May"
    )
    assert [place.opens_at(one) for one in made] == [half_past_nine(6, 5), midnights[1], half_past_nine(6, 15)]
    assert [entry["cause"] for entry in place.logged(EntryKind.WINDOW_CHANGED)] == [row.closed_day_id] * 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"day": date(2026, 5, 25)}, Conflict),
        ({"day": date(2026, 6, 13)}, Malformed),
        ({"day": date(2031, 6, 12)}, Malformed),
        ({"name": " "}, Malformed),
        ({"source": ""}, Malformed),
    ],
    ids=["on record", "Saturday", "far ahead", "no name", "no source"],
)
def test_bank_holiday_that_cannot_be_meant_is_refused(
    loaded: Place, change: dict[str, Any], error: type[Exception]
) -> None:
    sound = {"day": date(2026, 6, 12), "name": "Coronation", "source": "Proclamation of 1 May"}
    with pytest.raises(error):
        closed_days.add_bank_holiday(loaded.tools, part=Part.SCOTLAND, **{**sound, **change})
    assert loaded.logged(EntryKind.CLOSED_DAY_ADDED) == []


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    service = Service(tmp_path_factory.mktemp("loaded"), START)
    closed_days.load_bank_holidays(service.tools)
    return Place(service, service.producer())


# -- a producer's own days -------------------------------------------------------------------------------------


def test_own_closed_day_moves_its_scottish_windows_and_no_others(any_place: Place) -> None:
    place = any_place
    elsewhere = Place(place.service, place.service.producer("Office for Other Statistics"))
    theirs = elsewhere.release(Order.SCOTLAND)
    mine = [place.release(Order.SCOTLAND), place.release(Order.SCOTLAND, Sensitivity.MARKET_SENSITIVE)]
    others = [place.release(order) for order in Order if order is not Order.SCOTLAND]
    was = [place.opens_at(one) for one in others]
    added = place.add()
    assert [place.opens_at(one) for one in mine] == [half_past_nine(6, 8), half_past_nine(6, 15)]
    assert [place.opens_at(one) for one in others] == was
    assert elsewhere.opens_at(theirs) == half_past_nine(6, 9)
    changed = {"cause": added, "opens_at_before": "2026-06-09T08:30:00.000Z", "opens_at": "2026-06-08T08:30:00.000Z"}
    assert place.logged(EntryKind.WINDOW_CHANGED) == [changed]
    place.withdraw(added)
    assert place.opens_at(mine[0]) == half_past_nine(6, 9)
    back = {"cause": added, "opens_at_before": "2026-06-08T08:30:00.000Z", "opens_at": "2026-06-09T08:30:00.000Z"}
    assert place.logged(EntryKind.WINDOW_CHANGED) == [changed, back]
    with pytest.raises(NotFound):
        closed_days.withdraw_bank_holiday(place.tools, added, reason="It is no bank holiday.")


def test_window_that_has_opened_closes_again_when_a_day_counts_after_all(place: Place) -> None:
    """Nothing is stored, so nothing has to be put right: the phase and the window follow from the days on record."""
    release_id = signed_off(place)
    added = place.add()
    place.service.clock.put(london(2026, 6, 8, 12))
    assert phase_of(place, release_id) == (Phase.OPEN, half_past_nine(6, 8))
    place.withdraw(added)
    assert phase_of(place, release_id) == (Phase.FINAL, half_past_nine(6, 9))


def test_day_added_late_opens_a_window_whose_beginning_has_passed(place: Place) -> None:
    release_id = signed_off(place)
    place.service.clock.put(london(2026, 6, 8, 12))
    assert phase_of(place, release_id) == (Phase.FINAL, half_past_nine(6, 9))
    place.add()
    assert phase_of(place, release_id) == (Phase.OPEN, half_past_nine(6, 8))


def test_move_of_a_release_counts_the_closed_days_before_its_new_time(place: Place) -> None:
    release_id = place.release(Order.SCOTLAND)
    place.add(date(2026, 6, 18))
    assert place.opens_at(release_id) == half_past_nine(6, 9)
    moves.announce_release(place.tools, place.actor(Role.STATISTICIAN), release_id, revision=1)
    moves.reschedule_release(
        place.tools,
        place.actor(),
        release_id,
        revision=2,
        publishes_at=half_past_nine(6, 23),
        reason="Late returns.",
    )
    assert place.opens_at(release_id) == half_past_nine(6, 15)
    assert place.logged(EntryKind.RELEASE_MOVED)[-1]["to_opens_at"] == "2026-06-15T08:30:00.000Z"


def test_own_day_counts_only_once_a_second_person_has_approved_it(any_place: Place) -> None:
    place = any_place
    release_id = place.release(Order.SCOTLAND)
    proposed = place.propose()
    assert place.opens_at(release_id) == half_past_nine(6, 9)
    with pytest.raises(Refused, match=r"two people|second|another"):
        place.approve(proposed, Role.LEAD_OFFICIAL)
    with pytest.raises(Refused):
        place.approve(proposed, Role.STATISTICIAN)
    assert place.opens_at(release_id) == half_past_nine(6, 9)
    assert place.logged(EntryKind.CLOSED_DAY_APPROVED) == place.logged(EntryKind.WINDOW_CHANGED) == []
    place.approve(proposed)
    assert place.opens_at(release_id) == half_past_nine(6, 8)
    assert [one["closed_day_id"] for one in place.logged(EntryKind.CLOSED_DAY_APPROVED)] == [proposed]
    with pytest.raises(OutOfOrder):
        place.approve(proposed)


def test_own_day_that_was_withdrawn_before_its_approval_cannot_be_approved(place: Place) -> None:
    release_id, proposed = place.release(Order.SCOTLAND), place.propose()
    place.withdraw(proposed)
    with pytest.raises(OutOfOrder):
        place.approve(proposed)
    assert place.opens_at(release_id) == half_past_nine(6, 9)


def test_withdrawing_twice_is_out_of_order_and_a_new_day_may_take_its_place(place: Place) -> None:
    added = place.add()
    place.withdraw(added)
    with pytest.raises(OutOfOrder):
        place.withdraw(added)
    assert place.add() != added
    with pytest.raises(Conflict):
        place.add()


def test_name_and_reason_of_an_own_day_are_sealed_in_the_log(place: Place) -> None:
    added = place.add()
    place.withdraw(added)
    with place.tools.reading() as connection:
        leaves = [bytes(row.leaf) for row in connection.execute(select(tables.entries.c.leaf))]
    about = [leaf for leaf in leaves if added.encode() in leaf]
    assert len(about) == 3
    assert not [leaf for leaf in about if b"holiday" in leaf or b"city" in leaf or b"after all" in leaf]


# -- through the door ------------------------------------------------------------------------------------------

BODY = {"day": THURSDAY.isoformat(), "name": NAMED[0], "reason": NAMED[1]}
WHY = {"reason": OPEN_AFTER_ALL}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("door"), START)
    closed_days.load_bank_holidays(made.tools)
    return made


def path_of(sat: Sat, *more: str) -> str:
    return "/".join([f"/producers/{sat.producer_id}/closed-days", *more])


def test_own_closed_days_are_shown_to_its_staff_with_those_withdrawn(door: World) -> None:
    sat = door.service.producer("Office for Reading")
    head, lead, auditor = (sat.people[role] for role in (Role.HEAD_OF_PROFESSION, Role.LEAD_OFFICIAL, Role.AUDITOR))
    first = door.done(door.post(head, path_of(sat), json=BODY), 201)
    second = door.done(door.post(lead, path_of(sat), json={**BODY, "day": "2026-06-12"}), 201)
    ended = door.done(door.post(lead, path_of(sat, first["closed_day_id"], "withdraw"), json=WHY))
    assert ended == {**first, "withdrawn_at": "2026-05-05T08:00:00.000Z", "withdrawn_reason": OPEN_AFTER_ALL}
    page = door.done(door.get(auditor, path_of(sat), params={"limit": 1}))
    assert page == {"results": [ended], "next": first["closed_day_id"]}
    rest = door.done(door.get(sat.people[Role.STATISTICIAN], path_of(sat), params={"after": page["next"]}))
    assert rest == {"results": [second], "next": None}
    assert (second["day"], second["withdrawn_at"]) == ("2026-06-12", None)


def test_own_closed_day_is_for_lead_officials_and_heads_and_unknown_to_others(door: World) -> None:
    sat, other = (door.service.producer(f"Office for {name}") for name in ("Closing", "Others"))
    head = sat.people[Role.HEAD_OF_PROFESSION]
    made = door.done(door.post(head, path_of(sat), json=BODY), 201)
    body, people = {**BODY, "day": "2026-06-12"}, sat.people
    refused = ((people[Role.STATISTICIAN], 403), (people[Role.AUDITOR], 403), (door.stranger, 404), (None, 401))
    for person, status in refused:
        assert door.post(person, path_of(sat), json=body).status_code == status
        assert door.post(person, path_of(sat, made["closed_day_id"], "withdraw"), json=WHY).status_code == status
    assert door.get(door.stranger, path_of(sat)).status_code == 404
    assert door.post(head, path_of(other), json=body).status_code == 404
    theirs = other.people[Role.HEAD_OF_PROFESSION]
    assert door.post(theirs, path_of(other, made["closed_day_id"], "withdraw"), json=WHY).status_code == 404
    assert door.done(door.get(head, path_of(sat)))["results"] == [made]


def test_own_closed_day_that_cannot_be_meant_is_refused(door: World) -> None:
    sat = door.service.producer("Office for Mistakes")
    head = sat.people[Role.HEAD_OF_PROFESSION]
    door.done(door.post(head, path_of(sat), json=BODY), 201)
    days = (
        {"day": "2026-06-13"},
        {"day": "2026-06-14"},
        {"day": "2024-06-12"},
        {"day": "2030-06-12"},
        {"day": "12 June"},
    )
    before = door.counts()
    for change in (*days, {"reason": " "}, {"name": ""}, {"name": "x" * 201}, {"reason": "x" * 201}):
        answer = door.post(head, path_of(sat), json={**BODY, **change})
        assert door.code(answer) == (422, "invalid_request"), change
    assert door.code(door.post(head, path_of(sat), json=BODY)) == (409, "already_exists")
    assert door.counts() == before


def test_repeat_with_the_same_key_gives_the_first_answer_again(door: World) -> None:
    sat = door.service.producer("Office for Repeats")
    head, key = sat.people[Role.HEAD_OF_PROFESSION], {"Idempotency-Key": "closing-1"}
    answers = [door.done(door.post(head, path_of(sat), json=BODY, headers=key), 201) for _ in range(2)]
    assert answers[0] == answers[1]


def test_bank_holidays_are_shown_to_anybody_signed_in(door: World) -> None:
    asked = {"year": 2026}
    found = door.done(door.get(door.stranger, "/bank-holidays", params={**asked, "part": "scotland"}))["results"]
    assert [row["day"] for row in found][:3] == ["2026-01-01", "2026-01-02", "2026-04-03"]
    assert {row["part"] for row in found} == {"scotland"}
    every = door.done(door.get(door.stranger, "/bank-holidays", params=asked))["results"]
    assert {row["part"] for row in every} == {part.value for part in Part}
    assert door.get(None, "/bank-holidays", params=asked).status_code == 401
    assert door.get(door.stranger, "/bank-holidays", params={"year": 1999}).status_code == 422


# -- what the tests above ask ----------------------------------------------------------------------------------


def phase_of(place: Place, release_id: str) -> tuple[Phase, datetime | None]:
    found = releases.read_release(place.tools, place.actor(), release_id)
    return found.phase, found.opens_at


def signed_off(place: Place) -> str:
    """A Scottish release that is final, made so by hand: lists and documents are other tests' business."""
    release_id = place.release(Order.SCOTLAND)
    with place.tools.transaction() as tx:
        tx.connection.execute(tables.releases.update().values(state="final"))
        tx.append(Entry(EntryKind.RELEASE_MOVED, place.tools.clock.now(), release_id=release_id))
    return release_id
