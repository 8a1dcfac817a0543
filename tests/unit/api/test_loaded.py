"""What a process that serves has loaded: nothing that reads strangers' files, and nothing large that serving needs not.

``pra serve`` loads the commands too, and one of them loaded the libraries that read PDFs: they were in the process that
holds the keys, which the test of ``app.main`` alone did not see.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.live import LiveServer, prepare
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
