"""What a kill cut is settled before anything is loaded that serves; a start that is forbidden says why in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.actions import auditing, copies, openings
from app.records import openings as opened
from app.records import tables
from tests.live import ROOT, free_port, prepare
from tests.world import open_world

SERVING = "import sys; {before}from app.cli.main import run; run()"
WITHOUT_ROUTES = "sys.modules['app.application'] = None; "


def served(folder: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """Start the server on a folder on which it has to end by itself."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PRA_")}
    return subprocess.run(
        [sys.executable, "-c", SERVING.format(before=before), "serve", "--port", str(free_port())],
        cwd=folder,
        env={**ours, "PRA_VAR_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_a_kill_cut_is_settled_by_a_start_that_comes_no_further_than_its_routes(tmp_path: Path) -> None:
    tools = prepare(tmp_path)
    world = open_world(tools, recipients=1)
    reader = world.recipients[0].actor
    opening = openings.open_document(tools, reader, world.small.card.document_id)
    delivery = copies.begin(tools, reader, opening.opening_id)
    with tools.reading() as connection:
        assert len(opened.running(connection)) == 1
    done = served(tmp_path, WITHOUT_ROUTES)
    assert (done.returncode, "app.application" in done.stderr) == (1, True)
    with tools.reading() as connection:
        assert opened.running(connection) == ()
        outcome = tables.openings.select().where(tables.openings.c.opening_id == opening.opening_id)
        assert connection.execute(outcome).one().outcome == "unknown"
    del delivery
    tools.database.close()


def test_start_on_a_log_that_lost_entries_ends_with_one_line_that_says_so(tmp_path: Path) -> None:
    tools = prepare(tmp_path)
    open_world(tools, recipients=1)
    auditing.sequence(tools)
    (tmp_path / "log" / "checkpoint").unlink()
    tools.database.close()
    done = served(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("log_damaged: ")
    assert "no checkpoint is published" in done.stderr
    assert "Traceback" not in done.stderr
