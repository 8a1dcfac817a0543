"""What ``pra init`` makes, before anything is served."""

from __future__ import annotations

import stat
from pathlib import Path

from app import wiring
from tests.live import live_settings


def test_folder_of_a_new_service_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "there" / "service"
    wiring.migrate(live_settings(folder))
    assert (folder / "records.sqlite3").is_file()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
