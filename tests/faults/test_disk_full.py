"""R5: the disk of the real server is full: nothing opens, nothing is stored, the rest is answered, and it passes."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.rules.facts import Role
from tests.faults.crowd import about, exported_entries
from tests.faults.failing import files_holding
from tests.live import LiveServer, prepare
from tests.world import FIGURES, open_world, staff_of

LATE_FIGURES = b"region,claimants\nWest,331207\nIsles,7741\n"


@contextmanager
def no_room_for(pid: int) -> Iterator[None]:
    """Let a process write no file beyond its first byte, as if its disk were full."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_r5_server_whose_disk_is_full_opens_and_stores_nothing_and_recovers_by_itself(tmp_path: Path) -> None:
    tools = prepare(tmp_path / "service")
    world = open_world(tools, recipients=1)
    (reader,) = world.recipients
    statistician = staff_of(tools, world.producer, Role.STATISTICIAN)
    tools.database.close()
    opening = f"/api/v1/documents/{world.small.card.document_id}/openings"
    shelf = f"/api/v1/releases/{world.release.release_id}/documents"
    upload = {
        "content": LATE_FIGURES,
        "headers": {**statistician.headers, "Content-Type": "text/csv"},
        "params": {"file_name": "late.csv"},
    }
    with LiveServer(tmp_path / "service") as server, server.client() as client:
        made = client.post(opening, headers=reader.headers)
        content, card = made.json()["content"], f"/api/v1/openings/{made.json()['opening_id']}"
        with no_room_for(server.pid):
            refused = [
                client.post(opening, headers=reader.headers),
                client.get(content, headers=reader.headers),
                client.post(shelf, **upload),
            ]
            answered = [client.get(path, headers=reader.headers) for path in (card, "/api/v1/me", "/healthz")]
        after = [
            client.post(opening, headers=reader.headers),
            client.get(content, headers=reader.headers),
            client.post(shelf, **upload),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(503, "unavailable")] * 3
    assert [answer.status_code for answer in answered] == [200, 200, 200]
    assert answered[0].json() == made.json()
    assert [answer.status_code for answer in after] == [201, 200, 201]
    entries = exported_entries(tools, tmp_path / "export")
    acknowledged = [made.json()["opening_id"], after[0].json()["opening_id"]]
    assert about(entries, "access_decided", "permitted") == acknowledged
    assert about(entries, "copy_started", "permitted") == acknowledged[:1]
    assert len(tools.store.names()) == 3  # neither a part nor a whole of what was refused
    assert files_holding(tmp_path / "service", FIGURES, LATE_FIGURES) == []
    tools.database.close()
