"""The malware scanner: Debian's own daemon with one made-up signature, and one that does everything wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import wiring
from app.actions import documents, notices, rescanning
from app.actions.kept import SAID_SECONDS, LastSaid
from app.audit.entries import EntryKind
from app.cli.main import app
from app.cli.seed import OPERATOR
from app.outside.clamav import ClamAv
from app.records import documents as records
from app.rules.errors import Broken, Code, Malformed, PraError, Refused, Unavailable
from app.rules.facts import Role
from app.rules.reasons import ReasonCode
from app.rules.scans import NEVER, NotScanned, ScanState, is_due
from tests.clamav import MARKER, SIGNATURE, Manner, clamd, hostile, saying, swallow
from tests.unit.documents.test_copies import begun, groups, opened
from tests.unit.documents.world import FIGURES, World, a_pdf

BAD = FIGURES + MARKER + b"\n"
LIMIT_BYTES = 2 * 1024 * 1024


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    with clamd() as address:
        yield address


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.service.close()


def with_scanner(world: World, address: str, *, required: bool = False, seconds: float = 10) -> None:
    scanner = ClamAv(address, limit_seconds=seconds, limit_bytes=LIMIT_BYTES)
    policy = replace(world.tools.policy, scanner_required=required)
    world.tools = world.service.tools = replace(world.tools, scanner=scanner, policy=policy)


def kept(world: World) -> list[str]:
    return sorted(path.name for path in (world.service.folder / "sealed").iterdir())


def refused(world: World, content: bytes) -> PraError:
    with pytest.raises(PraError) as caught:
        world.upload(content)
    return caught.value


def test_document_that_holds_nothing_is_recorded_as_clean_with_the_engine(world: World, daemon: str) -> None:
    with_scanner(world, daemon, required=True)
    row = world.upload()
    assert (row.scanned.state, row.scanned.why, row.scanned.at) == (ScanState.CLEAN, None, world.clock.now())
    assert row.scanned.engine.startswith("ClamAV 1.")
    with world.tools.reading() as connection:
        assert records.get(connection, row.card.document_id).scanned == row.scanned


def test_find_refuses_the_upload_and_keeps_nothing(world: World, daemon: str) -> None:
    with_scanner(world, daemon)
    administrator = world.service.administrator()
    error = refused(world, BAD)
    assert (type(error), error.code, error.extra) == (Malformed, Code.MALWARE_FOUND, {"signature": SIGNATURE})
    assert kept(world) == []
    [entry] = world.service.entries(EntryKind.MALWARE_FOUND)
    assert (entry["outcome"], entry["release_id"], entry["said"]["signature"]) == (
        "refused",
        world.release.release_id,
        SIGNATURE,
    )
    notices.send_due(world.tools)
    told = {world.service.email_of(world.sat.people[Role.HEAD_OF_PROFESSION]), world.service.email_of(administrator)}
    letters = [letter for letter in world.service.mailbag.letters if "malware scanner" in letter.subject]
    assert {letter.to for letter in letters} == told
    for letter in letters:
        assert SIGNATURE in letter.body
        assert world.release.title not in letter.subject + letter.body
        assert "claimants" not in letter.subject + letter.body


def test_find_between_two_pieces_is_found(world: World, daemon: str) -> None:
    with_scanner(world, daemon)
    with pytest.raises(Malformed) as caught:
        world.upload(iter([FIGURES, MARKER[:9], MARKER[9:]]))
    assert caught.value.code is Code.MALWARE_FOUND


def test_find_tried_again_writes_no_second_letter(world: World, daemon: str) -> None:
    with_scanner(world, daemon)
    refused(world, BAD)
    refused(world, BAD)
    notices.send_due(world.tools)
    assert len(world.service.entries(EntryKind.MALWARE_FOUND)) == 2
    head = world.service.email_of(world.sat.people[Role.HEAD_OF_PROFESSION])
    assert len([letter for letter in world.service.mailbag.to(head) if "malware" in letter.subject]) == 1


@pytest.mark.parametrize("stream_limit", ["4M", "1M"])
def test_document_beyond_the_limit_is_recorded_or_refused(world: World, stream_limit: str) -> None:
    content = b"North,120455\n" * (3 * LIMIT_BYTES // 26 if stream_limit == "4M" else LIMIT_BYTES * 3 // 52)
    with clamd(stream_limit=stream_limit) as address:
        with_scanner(world, address)
        scanned = world.upload(content).scanned
        assert (scanned.state, scanned.why) == (ScanState.NOT_SCANNED, NotScanned.TOO_LARGE)
        before = kept(world)
        with_scanner(world, address, required=True)
        assert refused(world, content).code is Code.DOCUMENT_TOO_LARGE
        assert kept(world) == before


def hang(line: socket.socket) -> None:
    swallow(line)
    line.recv(1)


def read_nothing(line: socket.socket) -> None:
    line.recv(1)
    line.close()


def drip(line: socket.socket) -> None:
    swallow(line)
    while True:
        line.sendall(b"x")


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        (hang, NotScanned.TOO_SLOW),
        (read_nothing, NotScanned.CUT_OFF),
        (swallow, NotScanned.CUT_OFF),
        (drip, NotScanned.UNCLEAR),
        (saying(b"stream: OK"), NotScanned.CUT_OFF),
        (saying(b"stream: OK and more\0"), NotScanned.UNCLEAR),
        (saying(b"\xff\xfe\0"), NotScanned.UNCLEAR),
        (saying(b"\0"), NotScanned.UNCLEAR),
        (saying(b"INSTREAM size limit exceeded. ERROR\0"), NotScanned.TOO_LARGE),
        (saying(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"), NotScanned.TOO_LARGE),
    ],
)
def test_daemon_that_misbehaves_is_never_taken_for_clean(world: World, manner: Manner, why: NotScanned) -> None:
    with hostile(manner) as address:
        with_scanner(world, address, seconds=0.5)
        scanned = world.upload().scanned
        assert (scanned.state, scanned.why) == (ScanState.NOT_SCANNED, why)
        before = kept(world)
        with_scanner(world, address, required=True, seconds=0.5)
        error = refused(world, FIGURES)
        assert error.code is (Code.DOCUMENT_TOO_LARGE if why is NotScanned.TOO_LARGE else Code.NOT_SCANNED)
        assert kept(world) == before


@pytest.mark.parametrize("version", [None, b"SSH-2.0-OpenSSH\0", b"ClamAV \0"])
def test_daemon_that_does_not_say_who_it_is_is_shown_nothing(world: World, version: bytes | None) -> None:
    with hostile(saying(b"stream: OK\0"), version) as address:
        with_scanner(world, address, seconds=0.5)
        assert world.upload().scanned.state is ScanState.NOT_SCANNED
        with pytest.raises(Unavailable):
            rescanning.check_scanner(world.tools)


def test_scanner_that_is_down_refuses_at_the_door_where_a_scan_is_demanded(world: World, tmp_path: Path) -> None:
    with_scanner(world, f"unix:{tmp_path}/none.sock", required=True)
    headers = {**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": "text/csv"}
    where = f"/api/v1/releases/{world.release.release_id}/documents?file_name=claimants.csv"
    answer = world.service.client.post(where, content=FIGURES, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_scanned")
    assert kept(world) == []
    assert world.service.client.get("/readyz").json()["malware_scanner"] == "does not answer"


def test_scanner_that_hangs_makes_one_caller_wait_and_nobody_else() -> None:
    known, seconds, asked = LastSaid(), [0.0], []

    def check() -> str:
        asked.append(known.ask(check, lambda: seconds[0]))  # somebody else, while it does not answer
        return "answers"

    said = []
    for seconds[0] in (0.0, 4.9, 5.0):
        said.append(known.ask(check, lambda: seconds[0]))
    assert (said, asked) == (["answers"] * 3, ["not known yet", "answers"])


def test_what_was_said_a_minute_ago_is_not_known_while_it_is_asked_again() -> None:
    known, seconds, asked = LastSaid(), [0.0], list[str]()

    def check() -> str:
        asked.append(known.ask(check, lambda: seconds[0]))
        return "answers"

    for seconds[0] in (0.0, 64.9, 129.8):
        known.ask(check, lambda: seconds[0])
    assert asked == ["not known yet"] * 3


def test_check_that_fails_is_told_as_failed_and_asked_no_sooner_again() -> None:
    known, seconds, asked = LastSaid(), [0.0], list[float]()

    def check() -> str:
        asked.append(seconds[0])
        if 0 < seconds[0] < 20:
            raise Unavailable("no process is to be had")
        return "answers"

    told = []
    for seconds[0] in (0.0, 10.0, 14.9, 15.0, 25.0):
        try:
            told.append(known.ask(check, lambda: seconds[0]))
        except Unavailable:
            told.append("failed")
    assert told == ["answers", "failed", "failed", "failed", "answers"]
    assert asked == [0.0, 10.0, 15.0, 25.0]


def test_readiness_asks_the_scanner_once_in_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(world.clock, "monotonic_seconds", lambda: seconds[0])
    with hostile(swallow) as address:
        with_scanner(world, address)
        client = world.service.client
        assert client.get("/readyz").json()["malware_scanner"] == "answers"
    assert client.get("/readyz").json()["malware_scanner"] == "answers"  # nobody has asked it again
    seconds[0] += SAID_SECONDS
    assert client.get("/readyz").json()["malware_scanner"] == "does not answer"


def test_find_is_told_at_the_door_with_its_name(world: World, daemon: str) -> None:
    with_scanner(world, daemon)
    headers = {**world.headers(world.sat.people[Role.STATISTICIAN]), "Content-Type": "text/csv"}
    where = f"/api/v1/releases/{world.release.release_id}/documents?file_name=claimants.csv"
    answer = world.service.client.post(where, content=BAD, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["signature"]) == (422, "malware_found", SIGNATURE)
    clean = world.service.client.post(where, content=FIGURES, headers=headers)
    assert clean.json()["scan"]["state"] == "clean"
    assert world.service.client.get("/readyz").json()["malware_scanner"] == "answers"


def fix(world: World, row: documents.DocumentRow) -> documents.DocumentRow:
    with world.not_signed_off():
        return documents.fix_document(
            world.tools,
            world.staff(Role.HEAD_OF_PROFESSION),
            row.card.document_id,
            sha256=row.card.sha256,
            revision=row.revision,
        )


def test_fixing_scans_what_was_never_scanned_and_refuses_a_find(world: World, daemon: str) -> None:
    row = world.upload(BAD)
    assert row.scanned == replace(NEVER, at=world.clock.now())
    with_scanner(world, daemon)
    for _ in range(2):  # what was found once stays found
        with pytest.raises(Malformed) as caught:
            fix(world, row)
        assert caught.value.code is Code.MALWARE_FOUND
    [entry] = world.service.entries(EntryKind.MALWARE_FOUND)
    assert entry["document_id"] == row.card.document_id
    world.tools = world.service.tools = replace(world.tools, scanner=None)
    with pytest.raises(Malformed):  # and without a scanner too
        fix(world, row)


def test_fixing_relies_on_a_fresh_scan_and_does_an_old_one_again(world: World, daemon: str) -> None:
    with_scanner(world, daemon, required=True)
    first, second = world.upload(), world.upload(FIGURES + b"East,7\n")
    fix(world, first)
    assert world.service.entries(EntryKind.DOCUMENT_SCANNED) == []
    world.clock.forward(hours=25)
    with world.not_signed_off():
        fixed = fix(world, second)
    assert [entry["document_id"] for entry in world.service.entries(EntryKind.DOCUMENT_SCANNED)] == [
        second.card.document_id
    ]
    assert (fixed.scanned.state, fixed.scanned.at) == (ScanState.CLEAN, world.clock.now())
    assert fixed.revision == second.revision + 1


def test_fixing_is_refused_while_a_demanded_scan_cannot_be_had(world: World, tmp_path: Path) -> None:
    row = world.upload()
    with_scanner(world, f"unix:{tmp_path}/none.sock", required=True)
    with pytest.raises(Unavailable) as caught:
        fix(world, row)
    assert caught.value.code is Code.NOT_SCANNED


def test_whoever_may_not_fix_sets_no_scan_going(world: World, daemon: str) -> None:
    row = world.upload(BAD)
    with_scanner(world, daemon)
    for person_id in (world.sat.people[Role.STATISTICIAN], world.stranger):
        with pytest.raises(PraError) as caught, world.not_signed_off():
            documents.fix_document(
                world.tools,
                world.actor(person_id),
                row.card.document_id,
                sha256=row.card.sha256,
                revision=row.revision,
            )
        assert caught.value.code is not Code.MALWARE_FOUND
    assert world.service.entries(EntryKind.MALWARE_FOUND) == []


def test_find_in_a_final_document_closes_it_and_stops_a_running_copy(world: World, daemon: str) -> None:
    """Nobody looked for malware when it was fixed; the scanner came later, as new signatures do."""
    row = world.fixed(a_pdf("Labour market " + MARKER.decode()) + MARKER, "bulletin.pdf", "application/pdf")
    delivery = begun(world, opened(world, row))
    pieces = groups(delivery)
    with_scanner(world, daemon)
    [document_id] = rescanning.documents_to_rescan(world.tools)
    done = rescanning.rescan(world.tools, OPERATOR, document_id)
    assert (done.scanned.state, rescanning.is_clean(done)) == (ScanState.FOUND, False)
    assert rescanning.documents_to_rescan(world.tools) == ()
    world.clock.forward(seconds=2)
    with pytest.raises(Refused) as stopped:
        b"".join(pieces)
    delivery.close(handed_over_whole=False)
    assert [reason.code for reason in stopped.value.reasons] == [ReasonCode.MALWARE_FOUND]
    minister = world.actor(world.minister.person_id)
    with pytest.raises(Refused) as refusal:
        documents.get_document(world.tools, minister, document_id)
    [reason] = refusal.value.reasons
    assert (reason.code, MARKER.decode() in reason.detail + reason.remedy) == (ReasonCode.MALWARE_FOUND, False)
    [entry] = world.service.entries(EntryKind.MALWARE_FOUND)
    assert (entry["document_id"], entry["said"]["signature"]) == (document_id, SIGNATURE)


def test_final_document_without_a_find_stays_open_after_a_scan(world: World, daemon: str) -> None:
    row = world.fixed()
    with_scanner(world, daemon)
    [document_id] = rescanning.documents_to_rescan(world.tools)
    assert rescanning.is_clean(rescanning.rescan(world.tools, OPERATOR, document_id))
    with world.tools.reading() as connection:
        kept_row = records.get(connection, row.card.document_id)
    assert (kept_row.scanned.state, kept_row.card) == (ScanState.CLEAN, row.card)
    world.sign(world.minister.person_id)
    minister = world.actor(world.minister.person_id)
    assert documents.get_document(world.tools, minister, document_id).card == row.card


def told(world: World, monkeypatch: pytest.MonkeyPatch, command: str) -> Result:
    monkeypatch.setattr(wiring, "service_tools", lambda: world.tools)
    return CliRunner().invoke(app, [command])


def test_rescan_command_names_each_document_and_fails_once_on_a_find(
    world: World, daemon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = world.fixed().card.document_id
    bad = world.fixed(BAD, "more.csv").card.document_id
    with_scanner(world, daemon)
    first, second = told(world, monkeypatch, "rescan"), told(world, monkeypatch, "rescan")
    assert (first.exit_code, second.exit_code) == (1, 0)
    scanner, *lines, sum_up = first.stdout.splitlines()
    engine = scanner.removeprefix("Malware scanner: ").partition(",")[0]
    of = f"of {world.release.release_id}:"
    assert sorted(lines) == sorted(
        [f"{clean} {of} Nothing found ({engine})", f"{bad} {of} Malware found: {SIGNATURE} ({engine})"]
    )
    assert sum_up == "2 scanned, 1 not known to be clean."
    assert second.stdout.splitlines()[-1] == "1 scanned, 0 not known to be clean."


def test_rescan_command_without_a_scanner_says_so_and_scans_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fixed()
    refusal = told(world, monkeypatch, "rescan")
    assert (refusal.exit_code, refusal.stdout) == (1, "")
    assert str(refusal.exception) == "No malware scanner is configured: set PRA_SCANNER_ADDRESS."


def test_doctor_tells_which_scanner_answers_or_that_there_is_none(
    world: World, daemon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(world, monkeypatch, "doctor").stdout.splitlines()[-1] == "✓ malware scanner: none is configured"
    with_scanner(world, daemon)
    assert told(world, monkeypatch, "doctor").stdout.splitlines()[-1].startswith("✓ malware scanner: ClamAV 1.")


@pytest.mark.parametrize("address", ["192.0.2.7:3310", "scanner.gov.example:3310", "unix:relative", "127.0.0.1", ""])
def test_scanner_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(Broken):
        ClamAv(address, limit_seconds=1, limit_bytes=1024)


def test_clean_scan_is_good_for_its_hours_and_no_longer(world: World) -> None:
    at = world.clock.now()
    clean = replace(NEVER, state=ScanState.CLEAN, why=None, at=at)
    day = timedelta(hours=24)
    assert [is_due(clean, at + day, day), is_due(clean, at + day + timedelta.resolution, day)] == [
        False,
        True,
    ]
