"""Offline kits while they are made: what arrives meanwhile, and what is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.actions import auditing, kits
from app.audit import kit as making
from app.audit.tiles import TileFolder
from tests.story import ADVISER
from tests.unit.audit.kits import KitStory


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KitStory]:
    made = KitStory(tmp_path_factory.mktemp("kits"))
    made.publish_and_seal()
    made.cosign()
    made.more(3)
    yield made
    made.story.service.close()


def test_kit_made_while_entries_arrive_has_all_that_its_head_covers(
    told: KitStory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up, here = kits._seal, told.folder
    told.folder = tmp_path

    def and_somebody_asks(*asked: Any) -> Any:
        found = looked_up(*asked)
        told.story.opens(ADVISER)
        auditing.sequence(told.story.tools)
        return found

    monkeypatch.setattr(kits, "_seal", and_somebody_asks)
    monkeypatch.setattr("app.audit.kit.export.cosigned_up_to", lambda *_: None)  # the newest head, not the witness's
    kit = told.kit("racing", told.release_id)
    monkeypatch.undo()
    told.folder = here
    found = told.verified(kit)
    covered = told.story.service.entries()[: found.size]
    assert found.entries == sum(1 for leaf in covered if leaf.get("release_id") == told.release_id)


def test_kit_of_the_whole_log_holds_no_connection_while_tiles_are_copied_and_hashed(
    told: KitStory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, finished = TileFolder.export, making._finish
    pool: Any = told.story.tools.database.engine.pool
    seen: list[int] = []

    def copying(*given: Any) -> Any:
        seen.append(pool.checkedout())
        return copied(*given)

    def finishing(*given: Any, **how: Any) -> str:
        seen.append(pool.checkedout())
        return finished(*given, **how)

    monkeypatch.setattr(TileFolder, "export", copying)
    monkeypatch.setattr(making, "_finish", finishing)
    here, told.folder = told.folder, tmp_path
    told.kit("whole")
    told.folder = here
    assert seen == [0, 0]
