"""What an operator writes down about witnesses, and what the shell does with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import wiring
from app.audit.witness.key import read_key
from app.audit.witness.state import KEY_NAME
from app.audit.witness_list import read_witnesses
from app.cli.main import app
from app.outside.witnesses import is_usable
from app.rules.errors import Broken
from app.rules.witnesses import WitnessPlace
from tests.unit.audit.logs import KEY
from tests.unit.witness.world import Watched
from tests.unit.witness.world import watched as watched
from tests.witnesses import NAME, a_witness_folder


def test_list_of_witnesses_is_read_line_by_line(tmp_path: Path) -> None:
    vkey = a_witness_folder(tmp_path / "w").to_text()
    (tmp_path / "list").write_text(f"# ours\n\n{vkey}  https://witness.regulator.example/prefix\n")
    expected = WitnessPlace(NAME, vkey, "https://witness.regulator.example/prefix")
    assert read_witnesses(tmp_path / "list", is_usable) == (expected,)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{witness}", "line 2: behind the key"),
        ("{witness} http://witness.regulator.example", "line 2: behind the key"),
        ("{log} https://witness.regulator.example", "line 2: the verifier key is not of the type 04"),
        ("nonsense https://witness.regulator.example", "line 2: a verifier key is name"),
        ("{witness} https://one.example\n{witness} https://two.example", "line 3: this witness stands there already"),
    ],
)
def test_list_of_witnesses_with_a_bad_line_stops_the_start_and_names_it(tmp_path: Path, line: str, says: str) -> None:
    vkey = a_witness_folder(tmp_path / "w").to_text()
    (tmp_path / "list").write_text("# ours\n" + line.format(witness=vkey, log=KEY.vkey) + "\n")
    with pytest.raises(Broken, match=says):
        read_witnesses(tmp_path / "list", is_usable)


def test_list_of_witnesses_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        read_witnesses(tmp_path / "list", is_usable)


def test_witness_is_made_and_shown_by_pra(tmp_path: Path) -> None:
    folder = str(tmp_path / "w")
    made = CliRunner().invoke(app, ["witness", "key", folder, "--name", NAME])
    vkey = read_key(tmp_path / "w" / KEY_NAME).verifier.to_text()
    assert (made.exit_code, made.stdout) == (0, f"{vkey}\n")
    assert CliRunner().invoke(app, ["witness", "follow", folder, KEY.vkey]).exit_code == 0
    shown = CliRunner().invoke(app, ["witness", "show", folder])
    assert shown.stdout == f"{vkey}\n{KEY.name}: nothing cosigned yet\n"
    assert CliRunner().invoke(app, ["witness", "serve", str(tmp_path / "nowhere")]).exit_code == 1


def test_kit_is_written_and_checked_by_pra(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched.serving():
        watched.ask()
    monkeypatch.setattr(wiring, "service_tools", lambda: watched.tools)
    (watched.folder / "log.vkey").write_text(watched.log_vkey + "\n")
    (watched.folder / "witness.vkey").write_text(watched.key.to_text() + "\n")
    kit = str(watched.folder / "kit.zip")
    assert CliRunner().invoke(app, ["audit", "kit", kit]).exit_code == 0
    keys = ["--key", str(watched.folder / "log.vkey"), "--witness", str(watched.folder / "witness.vkey")]
    checked = CliRunner().invoke(app, ["audit", "verify", kit, *keys])
    assert (checked.exit_code, checked.stdout.splitlines()[0].endswith("all of them in this kit.")) == (0, True)
    assert CliRunner().invoke(app, ["audit", "kit", kit]).exit_code == 1
