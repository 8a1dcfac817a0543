"""A witness in a process of its own, over HTTP: bounded, alone, and safe to kill at the worst instant."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from app.audit.tiles import TileFolder
from app.audit.witness import serving
from tests.live import ROOT
from tests.unit.audit.logs import KEY, a_log, grow, some_entries
from tests.witnesses import WitnessProcess, a_witness_folder, served, submission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_witness_folder(tmp_path / "w", KEY.vkey)
    return tmp_path / "w"


@pytest.fixture
def tiles(tmp_path: Path) -> TileFolder:
    return a_log(tmp_path / "log", 5)


def test_witness_killed_between_state_and_answer_has_not_forgotten_and_cosigns_no_fork(
    folder: Path, tmp_path: Path, tiles: TileFolder
) -> None:
    die = "import os\nfrom app.audit.witness.key import Cosigner\nCosigner.cosign = lambda *_: os.kill(os.getpid(), 9)"
    process = WitnessProcess(folder, before=die)
    with pytest.raises(httpx2.TransportError):
        httpx2.post(f"{process.address}/add-checkpoint", content=submission(tiles, 0).to_bytes(), trust_env=False)
    assert process.ended() == -9
    again = WitnessProcess(folder)
    try:
        with httpx2.Client(base_url=again.address, trust_env=False) as client:

            def ask(sent: bytes) -> tuple[int, str]:
                answer = client.post("/add-checkpoint", content=sent)
                return answer.status_code, answer.text if answer.status_code == 409 else ""

            fork = TileFolder(tmp_path / "fork")
            grow(fork, 0, [b"{}", *some_entries(6)])
            assert ask(submission(fork, 0).to_bytes()) == (409, "5\n")
            assert ask(submission(fork, 5).to_bytes())[0] == 422
            assert ask(submission(tiles, 0).to_bytes()) == (409, "5\n")
            assert ask(submission(tiles, 5).to_bytes())[0] == 200
    finally:
        again.kill()


def test_witness_by_itself_loads_nothing_of_the_service() -> None:
    asked = "import sys, app.witness; print(*sorted(name for name in sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(said.stdout.split())
    assert "app.audit.witness.protocol" in loaded
    strangers = {"sqlalchemy", "fastapi", "pydantic", "starlette", "typer", "httpx2", "app.database", "app.wiring"}
    assert loaded & strangers == set()


def test_witness_asked_for_anything_else_answers_within_bounds(folder: Path, tiles: TileFolder) -> None:
    body = submission(tiles, 0).to_bytes()
    with served(folder) as address, httpx2.Client(base_url=address, trust_env=False) as client:
        assert client.post("/elsewhere", content=body).status_code == 404
        assert client.get("/add-checkpoint").status_code == 501
        assert client.post("/add-checkpoint", content=bytes(64 * 1024 + 1)).status_code == 413
        assert client.post("/add-checkpoint", content=iter([body])).status_code == 411
        assert client.post("/add-checkpoint", content=b"\x00" * 100).status_code == 400
        answer = client.post("/add-checkpoint", content=body)
        assert (answer.status_code, answer.headers["server"]) == (200, "pra-witness")
        again = client.post("/add-checkpoint", content=body)
        assert (again.status_code, again.headers["content-type"], again.text) == (409, "text/x.tlog.size", "5\n")


def test_witness_with_more_connections_than_it_takes_lets_the_next_one_go_and_recovers(
    folder: Path, tiles: TileFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS_LIMIT", 2)
    monkeypatch.setattr(serving, "CONNECTION_SECONDS", 0.5)
    with served(folder) as address:
        place = ("127.0.0.1", int(address.rsplit(":", 1)[1]))
        idle = [socket.create_connection(place, 10) for _ in range(3)]
        try:
            # The third is closed at once; the first two, which say nothing, when their time is over.
            assert [one.recv(1) for one in reversed(idle)] == [b"", b"", b""]
        finally:
            for one in idle:
                one.close()
        sent = submission(tiles, 0).to_bytes()
        transport = httpx2.HTTPTransport(retries=3)
        with httpx2.Client(base_url=address, trust_env=False, transport=transport) as client:
            assert client.post("/add-checkpoint", content=sent).status_code == 200
