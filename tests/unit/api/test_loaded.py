"""What a process that serves has loaded: nothing that reads strangers' files, and nothing large that serving needs not.

``pra serve`` loads the commands too, and one of them loaded the libraries that read PDFs: they were in the process that
holds the keys, which the test of ``app.main`` alone did not see.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.live import ROOT, LiveServer, prepare
from tests.world import FIGURES, open_world

READ_FILES = {"pikepdf", "reportlab", "msoffcrypto", "PIL", "lxml"}
LARGE = {"openpyxl", "odf", "alembic", "mako", "docx", "typst", "obstore"}
NEEDED = {"fastapi", "sqlalchemy", "Crypto", "jose"}


def test_server_that_has_sent_a_copy_has_loaded_no_library_that_sending_does_not_need(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    tools = prepare(folder)
    world = open_world(tools, recipients=1)
    tools.database.close()
    headers = world.recipients[0].headers
    with LiveServer(folder, PYTHONPROFILEIMPORTTIME="1") as server, server.client() as client:
        asked = client.post(f"/api/v1/documents/{world.small.card.document_id}/openings", headers=headers)
        copy = client.get(asked.json()["content"], headers=headers)
        page = client.get("/", headers={"Accept": "text/html"})
        said = server.said()
    assert (asked.status_code, copy.status_code, page.status_code) == (201, 200, 200)
    assert (copy.content[:4], FIGURES in copy.content) == (b"PK\x03\x04", False)
    loaded = {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", said, re.MULTILINE)}
    assert (loaded & NEEDED, loaded & (READ_FILES | LARGE)) == (NEEDED, set())


def test_garbage_collector_leaves_alone_what_was_loaded_at_the_start(tmp_path: Path) -> None:
    # It stopped everybody for half a second every few hundred requests, to look through what is never garbage.
    prepare(tmp_path / "service").database.close()
    told = "import gc; from app.main import app; app(); print(gc.get_freeze_count(), gc.get_count()[2])"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PRA_")}
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={**ours, "PRA_VAR_DIR": str(tmp_path / "service"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    frozen, collected_since = map(int, done.stdout.split())
    assert (frozen > 100_000, collected_since) == (True, 0)
