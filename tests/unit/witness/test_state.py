"""What a witness remembers survives; what is missing or damaged is never taken for nothing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from app.audit.witness.commands import main
from app.audit.witness.key import read_key
from app.audit.witness.state import KEY_NAME, LOGS_NAME, STATE_NAME, Seen, State, hold
from app.audit.witness.trouble import WitnessTrouble
from tests.unit.audit.logs import KEY, ToyKey, a_log, grow, some_entries
from tests.witnesses import NAME, NOW_SECONDS, a_witness_folder, opened, submission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_witness_folder(tmp_path / "w", KEY.vkey)
    return tmp_path / "w"


def test_witness_that_is_made_keeps_its_key_for_its_owner_alone(folder: Path) -> None:
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in (KEY_NAME, STATE_NAME, LOGS_NAME)}
    assert modes == {KEY_NAME: 0o600, STATE_NAME: 0o600, LOGS_NAME: 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_witness_whose_key_others_may_read_does_not_start(folder: Path) -> None:
    (folder / KEY_NAME).chmod(0o640)
    with pytest.raises(WitnessTrouble, match="others may read"):
        read_key(folder / KEY_NAME)


def test_witness_made_again_in_its_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / KEY_NAME).read_bytes()
    assert main(["key", str(folder), "--name", NAME], lambda: NOW_SECONDS) == 1
    assert (folder / KEY_NAME).read_bytes() == before
    (folder / STATE_NAME).unlink()
    assert main(["key", str(folder), "--name", NAME], lambda: NOW_SECONDS) == 1
    assert "made once" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\x07b", "naïve"])
def test_witness_with_a_name_that_cannot_be_signed_under_is_not_made(tmp_path: Path, name: str) -> None:
    assert main(["key", str(tmp_path / "w"), "--name", name], lambda: NOW_SECONDS) == 1
    assert not (tmp_path / "w" / KEY_NAME).exists()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "{}",
        "[]",
        '{"v": 2, "logs": {}}',
        '{"v": 1, "logs": {"a": {}}}',
        '{"v": 1, "logs": {"a": {"size": -1, "root": "", "at_seconds": 0}}}',
        '{"v": 1, "logs": {"a": {"size": "5", "root": "' + "A" * 43 + '=", "at_seconds": 0}}}',
    ],
)
def test_witness_with_a_damaged_state_does_not_start(folder: Path, written: str) -> None:
    (folder / STATE_NAME).write_text(written)
    with pytest.raises(WitnessTrouble, match="damaged"):
        State(folder)


def test_witness_whose_state_is_gone_does_not_start(folder: Path) -> None:
    (folder / STATE_NAME).unlink()
    assert main(["serve", str(folder), "--port", "0"], lambda: NOW_SECONDS) == 1


def test_witness_started_twice_on_a_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with hold(folder):
        assert main(["serve", str(folder), "--port", "0"], lambda: NOW_SECONDS) == 1
    assert "another process serves" in capsys.readouterr().err


def test_witness_whose_disk_refuses_cosigns_nothing_and_remembers_what_was_before(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = a_log(tmp_path / "log", 5)
    witness = opened(folder)
    assert witness.add_checkpoint(submission(tiles, 0).to_bytes(), lambda: NOW_SECONDS).status == 200
    grow(tiles, 5, some_entries(2, 5))
    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", _refuse)
        with pytest.raises(OSError, match="no space"):
            witness.add_checkpoint(submission(tiles, 5).to_bytes(), lambda: NOW_SECONDS)
    assert State(folder).all_seen() == {KEY.name: Seen(5, tiles.root(5), NOW_SECONDS)}
    assert witness.add_checkpoint(submission(tiles, 5).to_bytes(), lambda: NOW_SECONDS).status == 200


def _refuse(descriptor: int) -> None:
    raise OSError(28, "no space left")


def test_witness_shows_what_it_cosigned(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = ToyKey("other.pra.gov.example")
    assert main(["follow", str(folder), other.vkey], lambda: NOW_SECONDS) == 0
    assert main(["follow", str(folder), other.vkey], lambda: NOW_SECONDS) == 1
    assert main(["follow", str(folder), "no key"], lambda: NOW_SECONDS) == 1
    tiles = a_log(tmp_path / "log", 5)
    opened(folder).add_checkpoint(submission(tiles, 0).to_bytes(), lambda: NOW_SECONDS)
    capsys.readouterr()
    assert main(["show", str(folder)], lambda: NOW_SECONDS) == 0
    assert capsys.readouterr().out.splitlines() == [
        read_key(folder / KEY_NAME).verifier.to_text(),
        f"{KEY.name}: 5 entries, cosigned 2026-02-25T06:13:20+00:00",
        "other.pra.gov.example: nothing cosigned yet",
    ]


def test_witness_state_is_written_whole(folder: Path) -> None:
    State(folder).advance("a", Seen(1, bytes(32), 7))
    assert json.loads((folder / STATE_NAME).read_text())["logs"]["a"]["at_seconds"] == 7
    assert list((folder / ".writing").iterdir()) == []
