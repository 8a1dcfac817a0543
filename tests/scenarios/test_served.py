"""T01–T08 and T28 again, where somebody really asks: through the API, with the log and the mail that come with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.audit.entries import EntryKind
from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, codes, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAYS = timedelta(days=1)
T01 = london(2026, 3, 10, 9, 30)
T03 = london(2026, 3, 30, 9, 30)
FRIDAY = london(2026, 3, 27, 16, 0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_t01_reader_one_second_early_is_refused_with_the_instant_and_the_attempt_is_logged(begin: Begin) -> None:
    story = begin(T01 - 8 * DAYS)
    story.ready(T01)
    story.clock.put(at("2026-03-09T09:29:59+00:00"))
    story.signs_in(CHANCELLOR)
    refused = story.opens(CHANCELLOR)
    assert (refused.status_code, refused.json()["opens_at"]) == (403, "2026-03-09T09:30:00.000Z")
    assert reasons(refused) == [("window_not_open", uk.PARA_4)]
    (logged,) = story.decisions(CHANCELLOR)
    assert logged["at"] == "2026-03-09T09:29:59.000Z"
    assert logged["said"] == {
        "act": "open",
        "reasons": [{"code": "window_not_open", "source": uk.PARA_4}],
        "opens_at": "2026-03-09T09:30:00.000Z",
        "publishes_at": "2026-03-10T09:30:00.000Z",
        "list_version": 1,
    }
    assert refused.json()["instance"] == f"/api/v1/audit/entries/{logged['id']}/receipt"
    assert story.get(CHANCELLOR, "/me/openings")["results"] == []


def test_t02_reader_at_the_first_instant_reads_the_document_and_the_log_has_each_step(begin: Begin) -> None:
    story = begin(T01 - 8 * DAYS)
    story.ready(T01)
    story.clock.put(at("2026-03-09T09:30:00Z"))
    assert story.reads(CHANCELLOR) == FIGURES
    steps = [
        (leaf["kind"], leaf["outcome"], leaf["at"])
        for leaf in story.service.entries()
        if leaf["kind"] in ("access_decided", "copy_started", "copy_outcome", "passphrase_revealed")
    ]
    first_instant = "2026-03-09T09:30:00.000Z"
    assert steps == [
        ("access_decided", "permitted", first_instant),
        ("copy_started", "permitted", first_instant),
        ("copy_outcome", "completed", first_instant),
        ("passphrase_revealed", "done", first_instant),
    ]


def test_t03_monday_release_is_refused_on_friday_and_read_on_sunday(begin: Begin) -> None:
    story = begin(T03 - 8 * DAYS)
    story.ready(T03)
    story.clock.put(FRIDAY)
    refused = story.opens(CHANCELLOR)
    assert (codes(refused), refused.json()["opens_at"]) == (["403", "window_not_open"], "2026-03-29T08:30:00.000Z")
    story.clock.put(at("2026-03-29T09:30:00+01:00"))
    assert story.reads(CHANCELLOR) == FIGURES


def test_t04_grant_from_friday_is_not_approved_until_its_reasons_are_public_and_the_board_knows(begin: Begin) -> None:
    story = begin(T03 - 8 * DAYS)
    story.release(T03)
    story.draft_with(CHANCELLOR)
    from_friday = int((T03 - FRIDAY) / timedelta(minutes=1))
    path = f"/lists/{story.told.listed['list_id']}/grants/{story.grant_of(CHANCELLOR)['grant_id']}"

    def asks(**change: object) -> None:
        listed = story.told.listed
        story.told.listed = done(story.ask(story.statistician, "PATCH", path, json=change, revision=listed["revision"]))

    asks(asked_minutes=from_friday)
    blocked = story.approves()
    assert (blocked.status_code, blocked.json()["code"]) == (422, "list_not_sound")
    assert reasons(blocked) == [
        ("grant_too_long", uk.PARA_4),
        ("exceptional_not_published", uk.PARA_5_4_A),
        ("board_not_informed", uk.PARA_5_4_B),
    ]
    asks(exceptional={"reasons": "Flood warnings over the weekend."})
    assert reasons(story.approves()) == [("grant_too_long", uk.PARA_4), ("board_not_informed", uk.PARA_5_4_B)]
    asks(exceptional={"reasons": "Flood warnings over the weekend.", "board_informed_at": "2026-03-20T12:00:00Z"})
    done(story.approves())
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR)
    story.clock.put(FRIDAY - timedelta(milliseconds=1))
    assert codes(story.opens(CHANCELLOR)) == ["403", "window_not_open"]
    story.clock.put(FRIDAY)
    assert story.reads(CHANCELLOR) == FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    (row,) = story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]
    assert (row["exceptional"], row["reasons"]) == (True, "Flood warnings over the weekend.")
    assert row["access_from"] == "64 hours 30 minutes before the time set for publication"


@pytest.mark.parametrize(
    ("case", "publishes_at", "opens_at"),
    [
        ("t05", london(2026, 3, 30, 0, 1), "2026-03-28T23:01:00.000Z"),
        ("t06", london(2026, 10, 26, 0, 1), "2026-10-25T00:01:00.000Z"),
        ("t07", london(2026, 3, 30, 7, 0), "2026-03-29T06:00:00.000Z"),
    ],
)
def test_t05_t06_t07_release_at_another_hour_opens_24_elapsed_hours_before_for_whoever_asks(
    begin: Begin, case: str, publishes_at: datetime, opens_at: str
) -> None:
    story = begin(publishes_at - 8 * DAYS)
    story.ready(publishes_at, time_exemption=f"Agreed with the regulator for {case}.")
    assert story.get(CHANCELLOR, f"/releases/{story.told.release_id}")["opens_at"] == opens_at
    story.clock.put(at(opens_at) - timedelta(milliseconds=1))
    assert codes(story.opens(CHANCELLOR)) == ["403", "window_not_open"]
    story.clock.put(at(opens_at))
    assert story.opens(CHANCELLOR).status_code == 201


def test_t08_release_after_easter_monday_is_read_on_easter_monday(begin: Begin) -> None:
    publishes_at = london(2026, 4, 7, 9, 30)
    story = begin(publishes_at - 8 * DAYS)
    story.ready(publishes_at)
    story.clock.put(at("2026-04-06T09:30:00+01:00"))
    assert story.reads(CHANCELLOR) == FIGURES


def test_t28_reader_without_a_declaration_is_refused_under_para_8_and_served_once_it_is_signed(begin: Begin) -> None:
    story = begin(T01 - 8 * DAYS, declaration_for_all=False)
    story.release(T01)
    story.list_with(CHANCELLOR, ADVISER)
    story.sealed()
    story.signed_off()
    story.signed(ADVISER)
    story.clock.put(T01 - timedelta(hours=10))
    assert reasons(story.opens(CHANCELLOR)) == [("declaration_missing", uk.PARA_8)]
    assert story.opens(ADVISER).status_code == 201
    story.signed(CHANCELLOR)
    assert story.reads(CHANCELLOR) == FIGURES


def test_t28_reader_of_ordinary_statistics_needs_none_where_the_producer_asks_none(begin: Begin) -> None:
    story = begin(T01 - 8 * DAYS, declaration_for_all=False)
    story.release(T01, sensitivity="ordinary")
    story.list_with(SECRETARY)
    story.sealed()
    story.signed_off()
    story.clock.put(T01 - timedelta(hours=10))
    assert story.reads(SECRETARY) == FIGURES
    assert story.entries(EntryKind.DECLARATION_SIGNED) == []
