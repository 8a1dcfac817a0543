"""A large document over a line that breaks: by ``pra upload`` as a producer types it, and by a tus client of others."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient

from app.actions.tools import Tools
from app.rules.facts import Role
from tests.cutting import CuttingLine
from tests.faults.failing import files_holding
from tests.live import ROOT, LiveServer, prepare
from tests.world import MEBIBYTE, OpenWorld, large_figures, open_world, staff_of

CONTENT = b"".join(large_figures(6 * MEBIBYTE))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CUTS = (5 * MEBIBYTE // 2, 3 * MEBIBYTE // 2)


@dataclass(frozen=True)
class Site:
    """A running server, and whoever sends documents to it."""

    folder: Path
    tools: Tools
    server: LiveServer
    world: OpenWorld
    token: str

    def documents(self) -> list[tuple[str, str]]:
        """Name and hash of every document of the release that was sent here."""
        with self.server.client() as client:
            answer = client.get(
                f"/api/v1/releases/{self.world.release.release_id}/documents",
                headers={"Authorization": f"Bearer {self.token}"},
            )
        return [(one["file_name"], one["sha256"]) for one in answer.json()["results"] if "line" in one["file_name"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("parts") / "service"
    tools = prepare(folder)
    world = open_world(tools, recipients=1)
    token = staff_of(tools, world.producer, Role.STATISTICIAN).headers["Authorization"].removeprefix("Bearer ")
    with LiveServer(folder) as server:
        yield Site(folder, tools, server, world, token)
    tools.database.close()


def pra_upload(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRA_")}
    return subprocess.run(
        [sys.executable, "-c", "from app.cli.main import run; run()", "upload", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "PRA_STATE_DIR": str(folder / "state"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_producer_sends_a_large_file_over_a_line_that_breaks_twice(site: Site, tmp_path: Path) -> None:
    (tmp_path / "by-line.csv").write_bytes(CONTENT)
    release = ("--release", site.world.release.release_id)
    with CuttingLine(site.server.port, CUTS).passing() as line:
        sent = pra_upload(
            tmp_path, "by-line.csv", *release, "--piece-mib", "1", PRA_URL=line.address, PRA_TOKEN=site.token
        )
        assert (sent.returncode, line.cut) == (0, 2), sent.stderr
    assert sent.stdout.endswith(f"SHA-256 {SHA256}. A second person fixes it by this hash.\n")
    assert sent.stderr.count("Not getting through: ") >= 2
    assert f"{len(CONTENT)} of {len(CONTENT)} bytes are kept." in sent.stderr
    assert ("by-line.csv", SHA256) in site.documents()
    assert list((tmp_path / "state").iterdir()) == []
    refused = pra_upload(
        tmp_path, "by-line.csv", "--release", "rel_" + "0" * 24, PRA_URL=site.server.address, PRA_TOKEN=site.token
    )
    assert (refused.returncode, refused.stderr.startswith("not_found: ")) == (1, True)


@pytest.mark.parametrize("checked", [False, True], ids=["plain", "with checksums"])
def test_client_of_others_goes_on_over_a_line_that_breaks_twice(site: Site, tmp_path: Path, *, checked: bool) -> None:
    name = f"tus-line-{int(checked)}.csv"
    (tmp_path / name).write_bytes(CONTENT)
    with CuttingLine(site.server.port, CUTS).passing() as line, (tmp_path / name).open("rb") as file:
        client = TusClient(
            f"{line.address}/api/v1/releases/{site.world.release.release_id}/uploads",
            headers={"Authorization": f"Bearer {site.token}"},
        )
        uploader: Any = client.uploader(
            file_stream=file,
            chunk_size=MEBIBYTE if checked else len(CONTENT),
            metadata={"filename": name, "filetype": "text/csv", "sha256": SHA256},
            retries=10,
            retry_delay=1,
            upload_checksum=checked,
        )
        uploader.upload()
        assert (line.cut, uploader.get_offset()) == (2, len(CONTENT))
    assert (name, SHA256) in site.documents()
    assert files_holding(site.folder, b"North,120455,South") == []
