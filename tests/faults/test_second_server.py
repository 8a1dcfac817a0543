"""Two servers on one SQLite file would settle each other's running copies, and sequence one log twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.live import ROOT, LiveServer, free_port, prepare


def test_second_server_on_one_folder_is_refused_in_one_line_and_the_first_goes_on(tmp_path: Path) -> None:
    prepare(tmp_path).database.close()
    with LiveServer(tmp_path) as first, first.client() as client:
        done = subprocess.run(
            [sys.executable, "-c", "from app.cli.main import run; run()", "serve", "--port", str(free_port())],
            cwd=tmp_path,
            env={**os.environ, "PRA_VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            f"broken: Another process serves {tmp_path} already. End it first, or use PostgreSQL, on which several "
            "processes may serve together.\n"
        )
        assert client.get("/readyz").status_code == 200


def test_server_after_one_that_was_killed_starts(tmp_path: Path) -> None:
    prepare(tmp_path).database.close()
    with LiveServer(tmp_path) as server, server.client() as client:
        server.kill()
        server.start()
        assert client.get("/readyz").status_code == 200
