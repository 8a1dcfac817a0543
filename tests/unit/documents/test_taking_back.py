"""Objects whose record failed, when it cannot even be settled whether it did."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from app.actions import shelving
from tests.unit.documents.world import World


def test_fault_of_the_settling_commit_takes_no_place_of_the_first_error_and_leaves_the_objects(tmp_path: Path) -> None:
    world = World(tmp_path)
    tools, asked = world.tools, []
    document = world.fixed()

    def is_recorded(_: Connection) -> bool:
        asked.append(True)
        raise RuntimeError("not one of ours")

    shelving.take_back(tools, world.release.release_id, [document.object_name], is_recorded, OSError("the first"))
    assert asked == [True]
    assert document.object_name in set(tools.store.names())
    world.service.close()
