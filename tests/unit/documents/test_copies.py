"""A copy on its way: on record before its first byte, re-checked while it runs, its end on record."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msoffcrypto
import openpyxl
import pikepdf
import pytest
import pyzipper
from sqlalchemy import select

from app.actions import copies, documents, openings
from app.actions.copies import Delivery
from app.actions.tools import Policy
from app.audit.entries import Entry, EntryKind
from app.records import copies as kept
from app.records import openings as rows
from app.records import tables
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder, Refused, SealBroken, UnrecordedChange
from app.rules.facts import ReleaseState, Role
from app.vault.copies.marks import readme_name
from tests.unit.documents.world import FIGURES, World, a_pdf, sha256
from tests.unit.vault.samples import workbook

# The ZIP library derives its keys as the AE-2 format prescribes, which its own crypto library calls weak.
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

BIG = 3 * 1024 * 1024


def opened(world: World, document: documents.DocumentRow) -> str:
    world.sign(world.minister.person_id)
    actor = world.actor(world.minister.person_id)
    return openings.open_document(world.tools, actor, document.card.document_id).opening_id


def begun(world: World, opening_id: str) -> Delivery:
    return copies.begin(world.tools, world.actor(world.minister.person_id), opening_id)


def groups(delivery: Delivery) -> Iterator[bytes]:
    while group := delivery.next_group():
        delivery.handing_over(len(group))
        yield group


def outcome(world: World, opening_id: str) -> tuple[str, int, str | None]:
    with world.tools.reading() as connection:
        row = connection.execute(select(tables.openings).where(tables.openings.c.opening_id == opening_id)).one()
    return row.outcome, row.sent_bytes, row.copy_sha256


def test_copy_as_zip_opens_with_the_passphrase_and_holds_the_document_and_its_mark(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    actor = world.actor(world.minister.person_id)
    passphrase = openings.reveal(world.tools, actor, opening_id).passphrase
    delivery = begun(world, opening_id)
    copy = b"".join(groups(delivery))
    delivery.close(handed_over_whole=True)
    number = openings.get_opening(world.tools, actor, opening_id).number
    assert (delivery.planned.media_type, delivery.planned.file_name, delivery.part.length_bytes) == (
        "application/zip",
        f"RESTRICTED {number} claimants.csv.zip",
        len(copy),
    )
    assert FIGURES not in copy
    with pyzipper.AESZipFile(io.BytesIO(copy)) as archive:
        archive.setpassword(passphrase.encode())
        assert archive.namelist() == [readme_name("RESTRICTED"), "claimants.csv"]
        assert archive.read("claimants.csv") == FIGURES
        mark = archive.read(readme_name("RESTRICTED")).decode()
    assert mark == (
        "RESTRICTED until publication, set for Tuesday 10 March 2026, 9:30am (UK time)\r\n\r\n"
        f"Copy for Morgan Minister, Minister for Examples, Ministry of Examples – opening {number}\r\n\r\n"
        "Treat as Official Sensitive until published.\r\n\r\n"
    )
    assert outcome(world, opening_id) == ("completed", len(copy), sha256(copy))


def test_copy_as_pdf_opens_with_the_passphrase_alone_and_carries_the_opening_number(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(a_pdf(), "bulletin.pdf", "application/pdf"))
    shown = openings.reveal(world.tools, world.actor(world.minister.person_id), opening_id)
    delivery = begun(world, opening_id)
    copy = b"".join(groups(delivery))
    delivery.close(handed_over_whole=True)
    assert (delivery.planned.media_type, delivery.planned.file_name) == (
        "application/pdf",
        f"RESTRICTED {shown.number} bulletin.pdf",
    )
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(copy))
    with pikepdf.open(io.BytesIO(copy), password=shown.passphrase) as pdf:
        assert str(pdf.docinfo["/OpeningNumber"]) == shown.number
    assert outcome(world, opening_id) == ("completed", len(copy), sha256(copy))


def test_copy_as_workbook_opens_with_the_passphrase_alone_and_carries_the_opening_number(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(workbook(), "tables.xlsx", "application/octet-stream"))
    shown = openings.reveal(world.tools, world.actor(world.minister.person_id), opening_id)
    delivery = begun(world, opening_id)
    copy = b"".join(groups(delivery))
    delivery.close(handed_over_whole=True)
    assert (delivery.planned.media_type, delivery.planned.file_name) == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        f"RESTRICTED {shown.number} tables.xlsx",
    )
    locked, plain = msoffcrypto.OfficeFile(io.BytesIO(copy)), io.BytesIO()
    locked.load_key(password=shown.passphrase, verify_password=True)
    locked.decrypt(plain, verify_integrity=True)
    properties = {p.name: p.value for p in openpyxl.load_workbook(plain).custom_doc_props.props}
    assert properties["OpeningNumber"] == shown.number
    assert outcome(world, opening_id) == ("completed", len(copy), sha256(copy))


def test_workbook_that_is_none_is_refused_at_upload_and_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    before = world.service.entries()
    hidden = workbook().replace(b"[Content_Types].xml", b"[Content_Types].xmx")
    with pytest.raises(Malformed) as caught:
        world.upload(hidden, "tables.xlsx", "application/octet-stream")
    assert caught.value.code is Code.DOCUMENT_UNREADABLE
    assert [entry["kind"] for entry in world.service.entries()[len(before) :]] == ["signed_in"]


def test_copy_of_a_pdf_too_large_to_mark_is_a_zip(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(pdf_limit_bytes=1024))
    pdf = a_pdf("figures " * 200)
    assert len(pdf) > 1024
    opening_id = opened(world, world.fixed(pdf, "bulletin.pdf", "application/pdf"))
    delivery = begun(world, opening_id)
    assert (delivery.planned.media_type, delivery.planned.file_name[-16:]) == (
        "application/zip",
        " bulletin.pdf.zip"[-16:],
    )
    delivery.close(handed_over_whole=False)


def test_copy_is_on_record_as_started_before_a_byte_can_be_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    before = len(world.service.entries())
    delivery = begun(world, opening_id)
    assert world.kinds(before)[-1] == ("copy_started", "permitted")
    assert (delivery.sent_bytes, outcome(world, opening_id)[0]) == (0, "running")
    delivery.close(handed_over_whole=False)
    delivery.close(handed_over_whole=True)
    assert world.kinds(before)[-1] == ("copy_outcome", "aborted")
    assert len(world.service.entries(EntryKind.COPY_OUTCOME)) == 1


def test_copy_of_several_groups_is_on_record_with_the_hash_of_all_its_bytes(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream"))
    delivery = begun(world, opening_id)
    found = list(groups(delivery))
    delivery.close(handed_over_whole=True)
    assert len(found) == 4
    assert outcome(world, opening_id) == ("completed", delivery.part.length_bytes, sha256(b"".join(found)))


def test_copy_left_halfway_is_aborted_with_what_was_handed_over(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream"))
    delivery = begun(world, opening_id)
    first = next(groups(delivery))
    delivery.close(handed_over_whole=False)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["sent_bytes"], entry["said"]["of_bytes"]) == (
        "aborted",
        len(first),
        delivery.part.length_bytes,
    )
    assert outcome(world, opening_id) == ("aborted", len(first), None)


def test_copy_all_of_whose_bytes_left_while_the_recipient_hung_up_is_aborted(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    copy = b"".join(groups(delivery))
    delivery.close(handed_over_whole=False)
    assert outcome(world, opening_id) == ("aborted", len(copy), None)


def test_copy_that_ends_while_others_write_waits_for_its_turn_however_long_they_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fifty copies stopped by one suspension, on a slow disk: one was told that the database is busy, and of that copy
    # the log could only say that nobody knows how it ended.
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    monkeypatch.setattr("app.database.WRITE_WAIT_SECONDS", 0.5)
    line, refused = world.tools.database._line, threading.Semaphore(0)

    def acquire(timeout_seconds: float, inner: Callable[[float], bool] = line.acquire) -> bool:
        if not (had := inner(timeout_seconds)):
            refused.release()
        return had

    monkeypatch.setattr(line, "acquire", acquire)
    ending = threading.Thread(target=delivery.close, kwargs={"handed_over_whole": False})
    with world.tools.transaction() as tx:
        tx.append(Entry(EntryKind.SIGNED_IN, world.clock.now()))
        ending.start()
        assert refused.acquire(timeout=30)
    ending.join()
    assert outcome(world, opening_id)[0] == "aborted"
    assert len(world.service.entries(EntryKind.COPY_OUTCOME)) == 1


def test_copy_of_a_second_fetch_while_one_runs_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    with pytest.raises(OutOfOrder) as caught:
        begun(world, opening_id)
    assert caught.value.code is Code.WRONG_STATE
    delivery.close(handed_over_whole=False)
    begun(world, opening_id).close(handed_over_whole=False)


def test_t35_copy_that_runs_stops_at_the_next_look_after_a_suspension(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream"))
    delivery = begun(world, opening_id)
    first = next(groups(delivery))
    world.suspend(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        delivery.check_if_due(0)
    delivery.close(handed_over_whole=False)
    assert [reason.code.value for reason in caught.value.reasons] == ["suspended"]
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["stopped_by"], entry["said"]["sent_bytes"]) == (
        "stopped",
        ["suspended"],
        len(first),
    )


def test_copy_begun_but_not_yet_read_stops_before_its_first_byte_after_a_recall(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed()
    opening_id = opened(world, document)
    delivery = begun(world, opening_id)
    documents.recall_document(
        world.tools,
        world.staff(Role.LEAD_OFFICIAL),
        document.card.document_id,
        reason="Wrong month.",
        revision=document.revision,
    )
    with pytest.raises(Refused):
        delivery.next_group()
    delivery.close(handed_over_whole=False)
    assert outcome(world, opening_id) == ("stopped", 0, None)


def test_copy_stops_when_its_recipient_ends_the_opening(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    openings.stop_opening(world.tools, world.actor(world.minister.person_id), opening_id)
    with pytest.raises(OutOfOrder):
        delivery.next_group()
    delivery.close(handed_over_whole=False)
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], entry["said"]["stopped_by"]) == ("stopped", ["opening_ended"])


def test_copy_that_runs_is_not_stopped_by_publication(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    world.change_release(state=ReleaseState.PUBLISHED, published_at=world.clock.now())
    assert len(b"".join(groups(delivery))) == delivery.part.length_bytes
    delivery.close(handed_over_whole=True)
    with pytest.raises(Refused):
        begun(world, opening_id)


def test_copy_for_somebody_else_is_not_found(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    other = world.listed("Olu Other", "olu@examples.gov.example", "Permanent Secretary")
    for person_id in (other.person_id, world.stranger, world.sat.people[Role.HEAD_OF_PROFESSION]):
        with pytest.raises(NotFound):
            copies.begin(world.tools, world.actor(person_id), opening_id)
    assert world.service.entries(EntryKind.COPY_STARTED) == []


def test_copy_of_an_opening_that_ran_out_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    world.clock.forward(minutes=60)
    with pytest.raises(OutOfOrder) as caught:
        begun(world, opening_id)
    assert caught.value.code is Code.OPENING_ENDED


def flip_a_bit_of_the_sealed_file(folder: Path, place: int) -> None:
    (path,) = [path for path in (folder / "sealed").iterdir() if path.suffix == ""]
    sealed = bytearray(path.read_bytes())
    sealed[place] ^= 1
    path.chmod(0o600)
    path.write_bytes(sealed)


def test_copy_of_a_document_damaged_halfway_gives_no_damaged_byte_and_opens_an_incident(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed(os.urandom(BIG), "figures.bin", "application/octet-stream"))
    flip_a_bit_of_the_sealed_file(tmp_path, -1000)
    delivery = begun(world, opening_id)
    with pytest.raises(SealBroken):
        b"".join(groups(delivery))
    delivery.close(handed_over_whole=False)
    got = delivery.sent_bytes
    assert 0 < got < BIG
    assert outcome(world, opening_id) == ("aborted", got, None)
    with world.tools.reading() as connection:
        assert connection.execute(select(tables.incidents.c.kind)).scalars().all() == ["seal_broken"]


def test_copy_of_a_document_whose_header_is_damaged_never_begins_to_be_sent(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    flip_a_bit_of_the_sealed_file(tmp_path, 40)
    with pytest.raises(SealBroken):
        begun(world, opening_id)
    assert outcome(world, opening_id) == ("aborted", 0, None)
    with world.tools.reading() as connection:
        assert connection.execute(select(tables.incidents.c.kind)).scalars().all() == ["seal_broken"]


def test_settle_unknown_after_a_crash_says_that_nobody_knows(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    begun(world, opening_id)
    assert openings.settle_unknown(world.tools) == 1
    assert openings.settle_unknown(world.tools) == 0
    (entry,) = world.service.entries(EntryKind.COPY_OUTCOME)
    assert (entry["outcome"], outcome(world, opening_id)) == ("unknown", ("unknown", 0, None))


def test_settle_copy_whose_end_was_kept_since_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world, world.fixed())
    delivery = begun(world, opening_id)
    with world.tools.reading() as connection:
        seen = rows.get(connection, opening_id)
    delivery.close(handed_over_whole=False)
    ended = outcome(world, opening_id)
    with pytest.raises(UnrecordedChange), world.tools.transaction() as tx:
        assert kept.settle_copy(tx.connection, seen) is False
    assert (ended[0], outcome(world, opening_id)) == ("aborted", ended)
