"""The warning on copies: in versions, by two people, and each copy keeps the one of its opening."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import pyzipper

from app.actions import copies, openings, warning_texts
from app.audit.entries import EntryKind
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import Order, Role
from app.vault.copies.marks import readme_name
from tests.unit.documents.world import World

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

FIRST = "Treat as Official Sensitive until published."
NEW = "Nobody but you may see this, and you may not say what it says."


def of(world: World, role: Role) -> str:
    return world.sat.people[role]


def proposed(world: World, text: str = NEW, order: Order = Order.UK) -> warning_texts.WarningRow:
    actor = world.actor(of(world, Role.STATISTICIAN))
    return warning_texts.propose_warning(world.tools, actor, world.sat.producer_id, order=order, text=text)


def approved(world: World, row: warning_texts.WarningRow, role: Role = Role.HEAD_OF_PROFESSION) -> None:
    warning_texts.approve_warning(world.tools, world.actor(of(world, role)), world.sat.producer_id, row.warning_id)


def notice_in_a_copy(world: World, opening_id: str, passphrase: str) -> str:
    delivery = copies.begin(world.tools, world.actor(world.minister.person_id), opening_id)
    held = b""
    while group := delivery.next_group():
        delivery.handing_over(len(group))
        held += group
    delivery.close(handed_over_whole=True)
    with pyzipper.AESZipFile(io.BytesIO(held)) as archive:
        archive.setpassword(passphrase.encode())
        return archive.read(readme_name("RESTRICTED")).decode()


def test_copy_carries_the_warning_in_force_when_it_was_opened_also_when_it_is_fetched_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed()
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    row = proposed(world)
    before = openings.open_document(world.tools, actor, document.card.document_id)
    passphrase = openings.reveal(world.tools, actor, before.opening_id).passphrase
    assert FIRST in notice_in_a_copy(world, before.opening_id, passphrase)
    approved(world, row)
    assert FIRST in notice_in_a_copy(world, before.opening_id, passphrase)
    after = openings.open_document(world.tools, actor, document.card.document_id)
    notice = notice_in_a_copy(world, after.opening_id, openings.reveal(world.tools, actor, after.opening_id).passphrase)
    assert (NEW in notice, FIRST in notice) == (True, False)
    assert (before.warning_version, after.warning_version) == (0, 1)
    first, second = (
        entry for entry in world.service.entries(EntryKind.ACCESS_DECIDED) if entry["outcome"] == "permitted"
    )
    words = {"label": "RESTRICTED", "lines": [], "requirements": [], "warning": NEW}
    assert second["said"]["marking_sha256"] == after.marking_sha256 == sha256_hex(canonical_json(words))
    assert (first["said"]["warning_version"], second["said"]["warning_version"]) == (0, 1)


def test_warning_for_one_order_leaves_copies_under_another_as_they_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed()
    approved(world, proposed(world, order=Order.WALES))
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    assert openings.open_document(world.tools, actor, document.card.document_id).warning_version == 0


def test_warning_is_approved_by_another_person_with_the_role_and_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor = world.actor(of(world, Role.HEAD_OF_PROFESSION))
    row = warning_texts.propose_warning(world.tools, actor, world.sat.producer_id, order=Order.UK, text=NEW)
    with pytest.raises(Refused):
        approved(world, row)
    with pytest.raises(Refused):
        approved(world, row, Role.STATISTICIAN)
    with pytest.raises(NotFound):
        warning_texts.approve_warning(
            world.tools, world.actor(world.minister.person_id), world.sat.producer_id, row.warning_id
        )
    assert world.service.entries(EntryKind.WARNING_APPROVED) == []
    approved(world, row, Role.LEAD_OFFICIAL)
    with pytest.raises(OutOfOrder) as caught:
        approved(world, row, Role.LEAD_OFFICIAL)
    assert caught.value.code is Code.WRONG_STATE
    (kept,) = warning_texts.list_warnings(world.tools, actor, world.sat.producer_id)
    assert (kept.text, kept.approved_by) == (NEW, of(world, Role.LEAD_OFFICIAL))


def test_older_warning_than_the_one_in_force_cannot_come_into_force(tmp_path: Path) -> None:
    world = World(tmp_path)
    older, newer = proposed(world), proposed(world, "Newer words.")
    approved(world, newer)
    with pytest.raises(OutOfOrder) as caught:
        approved(world, older)
    assert caught.value.detail == ("Version 2 of this warning is in force, and this is version 1. Propose it anew.")


@pytest.mark.parametrize(("text", "code"), [("  \n ", Code.INVALID_REQUEST), (f" {FIRST}\n", Code.NO_CHANGE)])
def test_warning_that_says_nothing_or_nothing_new_is_refused(tmp_path: Path, text: str, code: Code) -> None:
    world = World(tmp_path)
    with pytest.raises(Malformed) as caught:
        proposed(world, text)
    assert caught.value.code is code
    assert world.service.entries(EntryKind.WARNING_PROPOSED) == []
