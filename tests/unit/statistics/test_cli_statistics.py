"""``pra audit statistics``: the figures at the machine of the service, as lines or as a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import wiring
from app.cli.main import app
from tests.unit.statistics.test_statistics import told

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

NAME = "Office for Example Statistics"


def test_command_counts_by_name_or_id_writes_a_sheet_and_says_what_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = told(tmp_path)
    monkeypatch.setattr(wiring, "service_tools", lambda: story.tools)
    runner = CliRunner()
    by_name = runner.invoke(app, ["audit", "statistics", NAME, "--year", "2026"])
    assert by_name.exit_code == 0, by_name.output
    lines = by_name.output.splitlines()
    assert lines[:3] == [
        f"Pre-release access, 2026: {NAME}",
        "Releases whose time has passed: 2",
        "Recipients, each counted once for each release: 7",
    ]
    assert "Recipients who opened something: 4 of 7 (57.1%)" in lines
    assert "On time as the watch saw it: no cases [2 left out]" in lines
    days = ["--from", "2026-01-01", "--until", "2026-12-31"]
    by_id = runner.invoke(app, ["audit", "statistics", story.sat.producer_id, *days])
    assert by_id.output.splitlines()[1:] == lines[1:]
    sheet = tmp_path / "out.csv"
    written = runner.invoke(app, ["audit", "statistics", NAME, "--year", "2026", "--file", str(sheet)])
    assert written.exit_code == 0, written.output
    assert sheet.read_text("utf-8-sig").startswith("Section,Key,Figure,Value")
    for wrong in (
        ["Office for Nothing", "--year", "2026"],
        [NAME],
        [NAME, "--year", "2026", "--series", f"ser_{'0' * 24}"],
        [NAME, "--year", "2026", "--file", "out.pdf"],
    ):
        assert runner.invoke(app, ["audit", "statistics", *wrong]).exit_code != 0
    story.service.close()
