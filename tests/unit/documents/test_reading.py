"""A document is read in the workshop or not at all: without one nothing is taken, and no copy of a PDF is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.actions import copies, documents
from app.actions.documents import Arriving
from app.rules.errors import Unavailable
from app.rules.facts import Role
from app.vault.workshop.pool import Workshop
from tests.unit.documents.test_copies import opened
from tests.unit.documents.world import World, a_pdf


def closed() -> Workshop:
    shop = Workshop(1)
    shop.close()
    return shop


def test_upload_of_a_pdf_without_a_workshop_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    tools = replace(world.tools, workshop=closed())
    arriving = Arriving("bulletin.pdf", "application/pdf", [a_pdf()])
    with pytest.raises(Unavailable):
        documents.upload_document(tools, world.staff(Role.STATISTICIAN), world.release.release_id, arriving)
    assert list((tmp_path / "sealed").iterdir()) == []


def test_copy_of_a_pdf_without_a_workshop_is_refused_and_its_end_is_on_record(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(a_pdf(), "bulletin.pdf", "application/pdf"))
    tools = replace(world.tools, workshop=closed())
    with pytest.raises(Unavailable):
        copies.begin(tools, world.actor(world.minister.person_id), opening_id)
    last = world.service.entries()[-1]
    assert (last["kind"], last["outcome"]) == ("copy_outcome", "aborted")
