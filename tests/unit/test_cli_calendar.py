"""``pra calendar``: bank holidays loaded, added, withdrawn and shown by an operator, and what the log says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import wiring
from app.audit.entries import EntryKind
from app.cli.main import app
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder, PraError
from tests.service import Service

PROCLAIMED = ("--part", "scotland", "--day", "2026-06-15", "--name", "Cup final", "--source", "Gazette 28,100")
Calendar = Callable[..., Result]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, datetime(2026, 3, 2, 9, tzinfo=UTC))
    yield made
    made.close()


@pytest.fixture
def calendar(service: Service, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    monkeypatch.setattr(wiring, "service_tools", lambda: service.tools)
    return lambda *arguments: CliRunner().invoke(app, ["calendar", *arguments])


def shown(calendar: Calendar, *arguments: str) -> list[str]:
    told = calendar("show", *arguments)
    assert told.exit_code == 0
    return told.stdout.splitlines()


def refused(told: Result) -> PraError:
    assert isinstance(told.exception, PraError)
    assert (told.exit_code, told.stdout) == (1, "")
    return told.exception


def test_load_adds_each_bank_holiday_once_and_says_so_when_there_is_nothing_to_add(
    calendar: Calendar, service: Service
) -> None:
    assert shown(calendar) == []
    first, again = calendar("load"), calendar("load")
    loaded = service.entries(EntryKind.BANK_HOLIDAYS_LOADED)
    count = sum(len(days) for entry in loaded for days in entry["said"]["days"].values())
    assert (first.exit_code, first.stdout) == (0, f"{count} bank holidays added.\n")
    assert (again.exit_code, again.stdout) == (0, "All bank holidays are on record already.\n")
    assert sorted(entry["said"]["year"] for entry in loaded) == [2025, 2026, 2027, 2028, 2029]
    assert service.entries(EntryKind.BANK_HOLIDAYS_LOADED) == loaded


def test_show_gives_the_days_of_one_year_and_one_part_by_day(calendar: Calendar) -> None:
    calendar("load")
    scottish = [line.split("  ")[:3] for line in shown(calendar, "--year", "2027", "--part", "scotland")]
    assert [part for day, part, _ in scottish if day == "2027-11-30"] == ["scotland"]  # St Andrew's Day
    assert {part for _, part, _ in scottish} == {"scotland"}
    assert [day for day, _, _ in scottish] == sorted(day for day, _, _ in scottish)
    assert {day[:4] for day, _, _ in scottish} == {"2027"}
    assert {line.split("  ")[0][:4] for line in shown(calendar)} == {"2026"}  # this year, when none is given


def test_added_day_is_shown_and_in_the_log_and_is_not_added_twice(calendar: Calendar, service: Service) -> None:
    added = calendar("add", *PROCLAIMED)
    (entry,) = service.entries(EntryKind.CLOSED_DAY_ADDED)
    closed_day_id = entry["said"]["closed_day_id"]
    assert (added.exit_code, added.stdout) == (0, f"On record as {closed_day_id}. Windows were counted anew.\n")
    assert shown(calendar) == [f"2026-06-15  scotland  Cup final  {closed_day_id}  (Gazette 28,100)"]
    assert (entry["said"]["part"], entry["said"]["day"]) == ("scotland", "2026-06-15")
    assert refused(calendar("add", *PROCLAIMED)).code is Code.ALREADY_EXISTS
    assert len(service.entries(EntryKind.CLOSED_DAY_ADDED)) == 1


@pytest.mark.parametrize(
    ("day", "source", "status"),
    [("2026-06-14", "Gazette", 1), ("2036-06-16", "Gazette", 1), ("2026-06-15", " ", 1), ("15 June", "Gazette", 2)],
    ids=["a Sunday", "too far ahead", "no source", "no date"],
)
def test_day_that_cannot_be_one_is_not_added(
    calendar: Calendar, service: Service, day: str, source: str, status: int
) -> None:
    told = calendar("add", "--part", "scotland", "--day", day, "--name", "Cup final", "--source", source)
    assert told.exit_code == status
    if status == 1:
        assert isinstance(refused(told), Malformed)
    assert (shown(calendar), service.entries(EntryKind.CLOSED_DAY_ADDED)) == ([], [])


def test_withdrawn_day_counts_again_once_and_a_load_does_not_bring_it_back(
    calendar: Calendar, service: Service
) -> None:
    calendar("load")
    line = next(line for line in shown(calendar, "--part", "scotland") if line.startswith("2026-11-30"))
    closed_day_id = line.split("  ")[3]
    nothing = calendar("withdraw", closed_day_id, "--reason", " ")
    assert refused(nothing).code is Code.REASON_REQUIRED
    told = calendar("withdraw", closed_day_id, "--reason", "Moved for this year.")
    assert (told.exit_code, told.stdout) == (0, "Withdrawn. Windows were counted anew.\n")
    assert line not in shown(calendar, "--part", "scotland")
    calendar("load")
    assert line not in shown(calendar, "--part", "scotland")
    again = refused(calendar("withdraw", closed_day_id, "--reason", "Again."))
    assert (type(again), again.code) == (OutOfOrder, Code.ALREADY_ENDED)
    assert isinstance(refused(calendar("withdraw", "cld_" + "0" * 24, "--reason", "None.")), NotFound)
    (entry,) = service.entries(EntryKind.CLOSED_DAY_WITHDRAWN)
    assert entry["said"]["closed_day_id"] == closed_day_id
