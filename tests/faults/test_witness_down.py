"""The real service and a real witness, each a process of its own: one dies, stops answering, or comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.actions import auditing
from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.verify_head import verify_witnesses
from tests.live import LiveServer, free_port, prepare
from tests.witnesses import WitnessProcess, a_witness_folder

PATIENCE_SECONDS = 90


def size(path: Path) -> int:
    """How many entries a checkpoint covers; 0 where there is none."""
    return Checkpoint.parse(SignedNote.parse(path.read_bytes()).text).size if path.exists() else 0


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; it must within a while."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < patience, f"{what} was waited for in vain"
        time.sleep(0.05)


def test_service_and_witness_outlive_each_other(tmp_path: Path) -> None:
    folder, witness = tmp_path / "service", tmp_path / "witness"
    folder.mkdir()
    tools = prepare(folder)
    vkey = auditing.log_vkeys(tools)[0]
    tools.database.close()
    key, port = a_witness_folder(witness, vkey), free_port()
    (folder / "witnesses.txt").write_text(f"# ours\n{key.to_text()} http://127.0.0.1:{port}\n")
    plain, cosigned = folder / "log/checkpoint", folder / "log/checkpoint.cosigned"
    server = LiveServer(folder, PRA_WITNESSES_FILE=str(folder / "witnesses.txt"))
    running = WitnessProcess(witness, port)
    try:
        server.start()

        def grow() -> int:
            """Have the log grow; gives the size that is published then."""
            before = size(plain)
            with server.client() as client:
                client.post("/api/v1/sign-in/sessions", json={"code_id": "cod_" + "0" * 24, "code": "00000000"})
            until(lambda: size(plain) > before, "a larger checkpoint")
            return size(plain)

        grown = grow()
        until(lambda: size(cosigned) >= grown, "a cosignature")
        with server.client() as client:
            assert client.get("/readyz").json()["witnesses"] == "cosigning"
        running.stop_answering()  # it holds the connection, and says nothing
        grown = grow()
        assert grow() > grown  # the log goes on
        running.kill()
        server.kill()
        server.start()
        grown = grow()
        assert size(cosigned) < grown
        running = WitnessProcess(witness, port)
        until(lambda: size(cosigned) >= grown, "a cosignature after both came back")
        (one,) = verify_witnesses(folder / "log", vkey, [key.to_text()])
        assert one.size == size(cosigned)
    finally:
        running.kill()
        server.stop()
