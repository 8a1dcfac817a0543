"""A service that is told to stop does what would be lost or late, and nothing that whoever stops it would wait for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from app.worker import loop
from app.worker.loop import DUTIES, Duty, Worker
from tests.service import Service


def test_stop_does_what_each_tick_does_and_what_would_be_lost_and_no_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The check of a log of ten million entries took minutes, and a service that is stopped is killed after seconds.
    service = Service(tmp_path, datetime(2026, 3, 10, 12, tzinfo=UTC))
    done: list[str] = []
    noted = [Duty(one.name, partial(_note, done, one.name), one.every_ticks, one.at_stop) for one in DUTIES]
    monkeypatch.setattr(loop, "DUTIES", noted)
    with Worker(service.tools, every_seconds=3600).running():
        assert done == []
    service.close()
    assert {"write what was counted of refusals", "write how often public documents were read"} <= set(done)
    assert [name for name in done if name.startswith(("check ", "look for ", "remind ", "load "))] == []


def _note(done: list[str], name: str, _tools: object) -> None:
    done.append(name)
