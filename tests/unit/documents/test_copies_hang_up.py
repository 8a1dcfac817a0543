"""A recipient's program that hangs up the moment it has the announced length has the whole copy.

Found by playing the manual with curl: the log said of whole copies that they had been broken off.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from app.actions import copies, openings
from app.api.sending import CopyResponse
from app.audit.entries import EntryKind
from tests.unit.documents.world import World

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

Message = MutableMapping[str, Any]


class Reader:
    """A recipient's end of the line: it hangs up once it has so many bytes."""

    def __init__(self, hangs_up_after_bytes: int) -> None:
        self.got = 0
        self._enough = hangs_up_after_bytes
        self._has_enough = anyio.Event()

    async def receive(self) -> Message:
        await self._has_enough.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.got += len(message.get("body", b""))
        if self.got >= self._enough:
            self._has_enough.set()


async def _fetch(delivery: copies.Delivery, short_by_bytes: int) -> int:
    reader = Reader(delivery.part.length_bytes - short_by_bytes)
    await CopyResponse(delivery)({"type": "http"}, reader.receive, reader.send)
    return reader.got


@pytest.mark.parametrize("size", [5, 3 * 1024 * 1024])
def test_copy_whose_reader_hangs_up_with_all_of_it_is_completed(tmp_path: Path, size: int) -> None:
    world = World(tmp_path)
    delivery = _begun(world, bytes(size))
    got = anyio.run(_fetch, delivery, 0)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["sent_bytes"], got) == ("completed", got, delivery.part.length_bytes)


def test_copy_whose_reader_hangs_up_before_the_last_group_is_aborted(tmp_path: Path) -> None:
    world = World(tmp_path)
    delivery = _begun(world, bytes(3 * 1024 * 1024))
    got = anyio.run(_fetch, delivery, 2 * 1024 * 1024)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert entry["outcome"] == "aborted"
    assert got <= entry["said"]["sent_bytes"] < delivery.part.length_bytes


def _begun(world: World, content: bytes) -> copies.Delivery:
    document = world.fixed(content, "figures.bin", "application/octet-stream")
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    opening_id = openings.open_document(world.tools, actor, document.card.document_id).opening_id
    return copies.begin(world.tools, actor, opening_id)
