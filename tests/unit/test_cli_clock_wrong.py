"""`pra clock-wrong`: an operator puts on record that the clock was wrong, in one line and with one answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import wiring
from app.audit.entries import EntryKind
from app.cli.main import app
from app.records import wrong_facts
from app.rules.errors import Malformed
from tests.build import london
from tests.service import Service

SPAN = ["--from", "2026-03-09T09:20:00+00:00", "--until", "2026-03-09T10:05:00+00:00"]


def test_clock_found_wrong_by_an_operator_is_on_record_with_its_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(tmp_path, london(2026, 3, 10, 12, 0))
    monkeypatch.setattr(wiring, "service_tools", lambda: service.tools)
    reason = ["--reason", "The time server was wrong."]
    done = CliRunner().invoke(app, ["clock-wrong", *SPAN, "--fast-seconds", "90", *reason])
    with service.tools.reading() as connection:
        (row,) = wrong_facts.page(connection, None, limit=10)
    assert (done.exit_code, done.output.split()[0]) == (0, row.wrong_fact_id)
    assert (row.from_at, row.until_at, row.fast_seconds) == (london(2026, 3, 9, 9, 20), london(2026, 3, 9, 10, 5), 90)
    (entry,) = service.entries(EntryKind.FACT_FOUND_WRONG)
    assert (entry["said"]["kind"], "time server" in str(entry)) == ("clock", False)
    service.close()


def test_clock_cannot_be_found_wrong_for_a_time_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(tmp_path, london(2026, 3, 9, 10, 0))
    monkeypatch.setattr(wiring, "service_tools", lambda: service.tools)
    refused = CliRunner().invoke(app, ["clock-wrong", *SPAN, "--reason", "It will be."])
    assert isinstance(refused.exception, Malformed)
    assert service.entries(EntryKind.FACT_FOUND_WRONG) == []
    service.close()
