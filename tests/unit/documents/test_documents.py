"""Documents: sealed as they arrive, fixed by a second person, superseded, recalled; nothing left of what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import documents, notices, openings
from app.actions.documents import Arriving
from app.actions.tools import Actor, Policy
from app.audit.entries import EntryKind
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, PraError, Refused
from app.rules.facts import DocumentState, ReleaseState, Role
from app.vault.inspecting.specimens import packed
from tests.unit.documents.test_copies import begun, opened
from tests.unit.documents.world import FIGURES, OPENS_AT, World, a_pdf, sha256


def stored(folder: Path) -> list[Path]:
    sealed = folder / "sealed"
    return sorted(sealed.iterdir())


def states(world: World) -> list[str]:
    rows = documents.list_documents(world.tools, world.staff(Role.STATISTICIAN), world.release.release_id)
    return [row.card.state.value for row in rows]


def refused(world: World, arriving: Arriving, role: Role = Role.STATISTICIAN) -> PraError:
    with pytest.raises(PraError) as caught:
        documents.upload_document(world.tools, world.staff(role), world.release.release_id, arriving)
    return caught.value


def test_upload_seals_a_document_and_says_what_is_on_the_shelf(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = world.upload()
    (entry,) = world.service.entries(EntryKind.DOCUMENT_SEALED)
    assert entry["said"] == {
        "sha256": sha256(FIGURES),
        "plain_bytes": len(FIGURES),
        "media_type": "text/csv",
        "version": 1,
        "escrowed": True,
        "replaces_id": None,
    }
    assert (row.card.state, row.card.sha256, row.card.plain_bytes) == (
        DocumentState.DRAFT,
        sha256(FIGURES),
        len(FIGURES),
    )
    assert [path.name for path in stored(tmp_path)] == [row.object_name, f"{row.object_name}.escrow"]
    assert all(b"claimants" not in path.read_bytes() for path in stored(tmp_path))


@pytest.mark.parametrize(
    "file_name",
    ["", "no-extension", "../up.csv", "a/b.csv", "a\\b.csv", "nul\0.csv", "bell\a.csv", "\u202ecsv.exe", "CON.csv",
     "aux.tar.gz", " blank.csv", "dot.csv.", ".csv", "x" * 117 + ".csv", "line\nbreak.csv"],
)  # fmt: skip
def test_upload_under_a_name_that_cannot_be_used_leaves_nothing(tmp_path: Path, file_name: str) -> None:
    world = World(tmp_path)
    error = refused(world, Arriving(file_name, "text/csv", [FIGURES]))
    assert (error.code, stored(tmp_path)) == (Code.FILE_NAME_NOT_VALID, [])


def test_upload_under_the_longest_name_is_taken(tmp_path: Path) -> None:
    assert World(tmp_path).upload(file_name="x" * 116 + ".csv").card.version == 1


@pytest.mark.parametrize(
    ("content", "media_type", "said_bytes", "code"),
    [
        ([], "text/csv", None, Code.DOCUMENT_EMPTY),
        ([b""], "text/csv", 0, Code.DOCUMENT_EMPTY),
        ([b"x" * 600, b"x" * 401], "text/csv", None, Code.DOCUMENT_TOO_LARGE),
        ([FIGURES], "text/csv", len(FIGURES) + 1, Code.DOCUMENT_UNREADABLE),
        ([FIGURES], "text/csv", len(FIGURES) - 1, Code.DOCUMENT_UNREADABLE),
        ([b"%PDF-1.7 broken"], "application/pdf", None, Code.DOCUMENT_TYPE_DIFFERS),
        ([b"%PDF-1.7 broken"], "text/csv", None, Code.DOCUMENT_TYPE_DIFFERS),
        ([FIGURES, b"\0"], "text/csv", None, Code.DOCUMENT_TYPE_DIFFERS),
        ([FIGURES], "multipart/form-data", None, Code.UNSUPPORTED_MEDIA_TYPE),
        ([FIGURES], "application/x-www-form-urlencoded", None, Code.UNSUPPORTED_MEDIA_TYPE),
        ([FIGURES], "text/csv\r\nX-Evil: 1", None, Code.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_upload_of_what_cannot_be_kept_leaves_nothing(
    tmp_path: Path, content: list[bytes], media_type: str, said_bytes: int | None, code: Code
) -> None:
    world = World(tmp_path, policy=Policy(document_limit_bytes=1000))
    error = refused(world, Arriving("claimants.csv", media_type, content, said_bytes))
    assert (error.code, stored(tmp_path), world.service.entries(EntryKind.DOCUMENT_SEALED)) == (code, [], [])


@pytest.mark.parametrize(
    ("file_name", "content", "code"),
    [
        ("claimants.pdf", b"%PDF-1.7 broken", Code.DOCUMENT_UNREADABLE),
        ("claimants.xlsm", b"PK", Code.DOCUMENT_NOT_INERT),
        ("claimants.zip", packed({"../claimants.csv": "1"}), Code.DOCUMENT_NOT_INERT),
        ("claimants.zip", packed({"a.csv": b"0" * (8 * 1024**2)}), Code.DOCUMENT_TOO_COMPLEX),
        ("claimants.ods", packed({"a.csv": b"0"}), Code.DOCUMENT_TYPE_DIFFERS),
        ("claimants.png", b"\x89PNG\r\n\x1a\n" + b"0" * 2048, Code.DOCUMENT_TOO_LARGE),
    ],
)
def test_upload_of_what_is_refused_inside_leaves_nothing(
    tmp_path: Path, file_name: str, content: bytes, code: Code
) -> None:
    world = World(tmp_path, policy=Policy(whole_limit_bytes=16 * 1024 if code is not Code.DOCUMENT_TOO_LARGE else 1024))
    pieces = [content[:700], content[700:]]
    error = refused(world, Arriving(file_name, "application/octet-stream", pieces))
    assert (error.code, stored(tmp_path), world.service.entries(EntryKind.DOCUMENT_SEALED)) == (code, [], [])


def test_upload_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(document_limit_bytes=1000))
    assert world.upload(b"x" * 1000).card.plain_bytes == 1000


def test_upload_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)

    def cut() -> Iterator[bytes]:
        yield FIGURES
        raise Malformed("The upload was cut off.", code=Code.DOCUMENT_UNREADABLE)

    refused(world, Arriving("claimants.csv", "text/csv", cut()))
    assert stored(tmp_path) == []


def test_upload_belongs_to_those_who_prepare_and_is_hidden_from_others(tmp_path: Path) -> None:
    world = World(tmp_path)
    arriving = Arriving("claimants.csv", "text/csv", [FIGURES])
    assert refused(world, arriving, Role.AUDITOR).code is Code.ROLE_REQUIRED
    for person_id in (world.minister.person_id, world.stranger, world.service.administrator()):
        with pytest.raises(NotFound):
            documents.upload_document(world.tools, world.actor(person_id), world.release.release_id, arriving)
    assert stored(tmp_path) == []


@pytest.mark.parametrize("state", [ReleaseState.PUBLISHED, ReleaseState.CANCELLED])
def test_upload_to_a_release_that_is_over_is_out_of_order(tmp_path: Path, state: ReleaseState) -> None:
    world = World(tmp_path, state=state)
    assert refused(world, Arriving("claimants.csv", "text/csv", [FIGURES])).code is Code.WRONG_STATE


def test_upload_whose_release_is_published_meanwhile_leaves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)

    def slow() -> Iterator[bytes]:
        yield FIGURES
        world.change_release(state=ReleaseState.PUBLISHED, published_at=world.clock.now())

    assert refused(world, Arriving("claimants.csv", "text/csv", slow())).code is Code.WRONG_STATE
    assert stored(tmp_path) == []


def test_fix_after_the_sign_off_needs_a_document_it_corrects_and_somebody_who_may_sign_off(tmp_path: Path) -> None:
    """Found by review: what was fixed after the sign-off was open to recipients though nobody had signed it off."""
    world = World(tmp_path)
    first = world.fixed()
    world.clock.forward(minutes=1)
    added = world.upload(b"never signed off")
    world.clock.forward(minutes=1)
    correcting = Arriving(
        "claimants.csv", "text/csv", [b"v2"], replaces_id=first.card.document_id, note="South corrected"
    )
    lead, head = world.staff(Role.LEAD_OFFICIAL), world.staff(Role.HEAD_OF_PROFESSION)
    second = documents.upload_document(world.tools, lead, world.release.release_id, correcting)

    def fix(row: documents.DocumentRow, who: Actor) -> documents.DocumentRow:
        return documents.fix_document(world.tools, who, row.card.document_id, sha256=row.card.sha256, revision=1)

    with pytest.raises(OutOfOrder) as caught:
        fix(added, head)
    assert caught.value.extra["allowed"] == ["reopen"]
    with pytest.raises(Refused) as other:
        fix(second, world.staff(Role.STATISTICIAN))
    assert other.value.code is Code.ROLE_REQUIRED
    assert states(world) == ["final", "draft", "draft"]
    fix(second, head)
    assert states(world) == ["superseded", "draft", "final"]
    world.sign(world.minister.person_id)
    minister = world.actor(world.minister.person_id)
    with pytest.raises(Refused):
        openings.open_document(world.tools, minister, added.card.document_id)
    assert openings.open_document(world.tools, minister, second.card.document_id).opened_at == world.clock.now()


def test_fix_needs_a_second_person_the_right_hash_and_a_draft(tmp_path: Path) -> None:
    world = World(tmp_path, state=ReleaseState.ANNOUNCED)
    row = world.upload()
    fixing = {"sha256": row.card.sha256, "revision": 1}
    ident = row.card.document_id
    with pytest.raises(Refused) as same:
        documents.fix_document(world.tools, world.staff(Role.STATISTICIAN), ident, sha256=row.card.sha256, revision=1)
    with pytest.raises(Conflict) as other:
        documents.fix_document(world.tools, world.staff(Role.LEAD_OFFICIAL), ident, sha256="0" * 64, revision=1)
    with pytest.raises(Conflict) as stale:
        documents.fix_document(world.tools, world.staff(Role.LEAD_OFFICIAL), ident, sha256=row.card.sha256, revision=2)
    assert [same.value.code, other.value.code, stale.value.code] == [
        Code.SECOND_PERSON_REQUIRED,
        Code.HASH_DIFFERS,
        Code.CHANGED_MEANWHILE,
    ]
    fixed = documents.fix_document(
        world.tools, world.staff(Role.LEAD_OFFICIAL), ident, sha256=str(fixing["sha256"]).upper(), revision=1
    )
    assert (fixed.card.state, fixed.fixed_by, fixed.fixed_at, fixed.revision) == (
        DocumentState.FINAL,
        world.sat.people[Role.LEAD_OFFICIAL],
        world.clock.now(),
        2,
    )
    with pytest.raises(OutOfOrder):
        documents.fix_document(world.tools, world.staff(Role.LEAD_OFFICIAL), ident, sha256=row.card.sha256, revision=2)


def test_new_version_takes_the_place_of_the_old_one_when_it_is_fixed_and_not_before(tmp_path: Path) -> None:
    world = World(tmp_path)
    first = world.fixed()
    world.clock.forward(minutes=1)
    statistician = world.staff(Role.STATISTICIAN)
    without_note = Arriving("claimants.csv", "text/csv", [b"v2"], replaces_id=first.card.document_id)
    assert refused(world, without_note).code is Code.REASON_REQUIRED
    second = documents.upload_document(
        world.tools,
        statistician,
        world.release.release_id,
        Arriving("claimants.csv", "text/csv", [b"v2"], replaces_id=first.card.document_id, note="South corrected"),
    )
    assert (second.card.version, states(world)) == (2, ["final", "draft"])
    documents.fix_document(
        world.tools, world.staff(Role.LEAD_OFFICIAL), second.card.document_id, sha256=second.card.sha256, revision=1
    )
    assert states(world) == ["superseded", "final"]
    world.sign(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), first.card.document_id)
    assert [reason.code.value for reason in caught.value.reasons] == ["document_not_final"]


def test_new_version_of_another_releases_document_is_not_found(tmp_path: Path) -> None:
    world = World(tmp_path)
    arriving = Arriving("claimants.csv", "text/csv", [FIGURES], replaces_id="doc_" + "0" * 24, note="x")
    assert refused(world, arriving).code is Code.NOT_FOUND


def test_recall_ends_openings_tells_everyone_served_and_opens_for_nobody(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed()
    other = world.listed("Olu Other", "olu@examples.gov.example", "Permanent Secretary")
    opening_id = opened(world, document)
    begun(world, opening_id).close(handed_over_whole=True)
    world.sign(other.person_id)
    openings.open_document(world.tools, world.actor(other.person_id), document.card.document_id)
    recalled = documents.recall_document(
        world.tools,
        world.staff(Role.HEAD_OF_PROFESSION),
        document.card.document_id,
        reason="Table 3 is wrong.",
        revision=document.revision,
    )
    (entry,) = world.service.entries(EntryKind.DOCUMENT_RECALLED)
    assert (entry["said"]["openings_ended"], entry["said"]["people_served"]) == (2, 1)
    assert (recalled.card.state, recalled.recall_reason) == (DocumentState.RECALLED, "Table 3 is wrong.")
    notices.send_due(world.tools)
    assert [letter.subject for letter in world.service.mailbag.to("morgan@examples.gov.example")] == [
        "RESTRICTED: a document you opened has been recalled"
    ]
    # Who opened it and fetched nothing is told too, without the reason: it can say more than they were ever shown.
    (told,) = world.service.mailbag.to("olu@examples.gov.example")
    assert told.subject == "RESTRICTED: a document has been recalled; do not open it"
    assert "Table 3 is wrong." not in told.body
    with pytest.raises(Refused):
        openings.open_document(world.tools, world.actor(other.person_id), document.card.document_id)
    with pytest.raises(OutOfOrder) as caught:
        documents.recall_document(
            world.tools,
            world.staff(Role.HEAD_OF_PROFESSION),
            document.card.document_id,
            reason="again",
            revision=recalled.revision,
        )
    assert caught.value.code is Code.ALREADY_ENDED


def test_recall_needs_a_reason_and_more_than_a_statistician(tmp_path: Path) -> None:
    world = World(tmp_path)
    ident = world.fixed().card.document_id
    with pytest.raises(Malformed) as caught:
        documents.recall_document(world.tools, world.staff(Role.LEAD_OFFICIAL), ident, reason=" ", revision=2)
    assert caught.value.code is Code.REASON_REQUIRED
    with pytest.raises(Refused):
        documents.recall_document(world.tools, world.staff(Role.STATISTICIAN), ident, reason="why", revision=2)


def test_list_shows_recipients_only_what_they_may_open_at_that_moment(tmp_path: Path) -> None:
    world = World(tmp_path, OPENS_AT)
    final = world.fixed()
    world.clock.forward(minutes=1)  # two that arrive at one instant have no order
    draft = world.upload(a_pdf(), "bulletin.pdf", "application/pdf")
    release_id = world.release.release_id
    minister = world.actor(world.minister.person_id)
    with pytest.raises(Refused) as unsigned:
        documents.list_documents(world.tools, minister, release_id)
    assert [reason.code.value for reason in unsigned.value.reasons] == ["declaration_missing"]
    world.sign(world.minister.person_id)
    assert documents.list_documents(world.tools, minister, release_id) == (final,)
    assert documents.get_document(world.tools, minister, final.card.document_id) == final
    with pytest.raises(Refused):
        documents.get_document(world.tools, minister, draft.card.document_id)
    assert documents.list_documents(world.tools, world.staff(Role.AUDITOR), release_id) == (final, draft)
    world.clock.put(OPENS_AT - timedelta(hours=1))
    with pytest.raises(Refused) as early:
        documents.list_documents(world.tools, minister, release_id)
    assert [reason.code.value for reason in early.value.reasons] == ["declaration_missing", "window_not_open"]


def test_list_of_a_release_without_documents_says_to_recipients_what_is_missing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sign(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        documents.list_documents(world.tools, world.actor(world.minister.person_id), world.release.release_id)
    assert [reason.code.value for reason in caught.value.reasons] == ["document_not_final"]


def test_list_and_card_are_hidden_from_strangers(tmp_path: Path) -> None:
    world = World(tmp_path)
    ident = world.fixed().card.document_id
    stranger = world.actor(world.stranger)
    with pytest.raises(NotFound):
        documents.list_documents(world.tools, stranger, world.release.release_id)
    with pytest.raises(NotFound):
        documents.get_document(world.tools, stranger, ident)
