"""The log asks its witnesses: what they cosign is kept and published, and nothing they do harms anything."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.audit.checkpoint import Checkpoint, NoteSignature, SignedNote
from app.audit.cosignature import cosigned_by
from app.audit.cosigned import read_cosigned, write_cosigned
from app.audit.entries import EntryKind
from app.audit.tiles import TileFolder
from app.audit.verify import verify_note
from app.audit.witness.state import Seen, State
from app.outside.witnesses import WitnessPost, is_usable
from app.rules.witnesses import WitnessFault
from tests.unit.audit.logs import some_entries
from tests.unit.witness.world import Watched, answering
from tests.unit.witness.world import watched as watched
from tests.witnesses import a_witness_folder, opened, served, submission


@pytest.fixture
def anywhere(tmp_path: Path, any_database_url: str) -> Iterator[Watched]:
    made = Watched(tmp_path, any_database_url)
    yield made
    made.pool.shutdown()
    made.service.close()


def cosigned(watched: Watched) -> tuple[int, list[int]]:
    """Size of the published cosigned checkpoint, and the times of its cosignatures by our witness."""
    note = read_cosigned(watched.tools.tiles)
    assert note is not None
    assert verify_note(note, watched.log_vkey).origin == watched.tools.policy.origin
    signed = SignedNote.parse(note)
    found = cosigned_by(signed.text, signed.signatures, watched.key)
    return Checkpoint.parse(signed.text).size, [found.at_seconds] if found else []


def published_size(watched: Watched) -> int:
    return Checkpoint.parse(SignedNote.parse(watched.tools.tiles.read_checkpoint() or "").text).size


def test_witness_cosigns_each_new_checkpoint_and_it_is_published_beside_the_plain_one(anywhere: Watched) -> None:
    watched = anywhere
    with watched.serving():
        assert watched.ask() == 1
        assert cosigned(watched) == (published_size(watched), [watched.now_seconds()])
        plain = watched.tools.tiles.read_checkpoint()
        watched.grow(300)
        assert watched.tools.tiles.read_checkpoint() != plain
        assert watched.ask() == 1
        assert cosigned(watched) == (published_size(watched), [watched.now_seconds()])
        assert watched.ask() == 0  # nothing is new
        assert watched.ask(after_seconds=61) == 1  # still, once a minute
    note = read_cosigned(watched.tools.tiles)
    headers = watched.service.headers(watched.auditor)
    answer = watched.service.client.get("/api/v1/audit/checkpoint/cosigned", headers=headers)
    assert (answer.status_code, answer.text) == (200, note)


def test_witness_is_asked_by_one_process_at_a_time(anywhere: Watched) -> None:
    from app.actions import witnessing

    with anywhere.serving():
        anywhere.ask()
        anywhere.grow()
        anywhere.service.clock.forward(seconds=5)
        mine = witnessing.take_turns(anywhere.tools, "one")
        assert [turn.by for turn in mine] == ["one"]
        assert witnessing.take_turns(anywhere.tools, "another") == []
        anywhere.service.clock.forward(seconds=61)  # whoever had it has died
        assert [turn.by for turn in witnessing.take_turns(anywhere.tools, "another")] == ["another"]
        assert not witnessing.ask(anywhere.tools, mine[0])  # the first comes to life again: nothing follows from it
        assert anywhere.standing()["cosigned_size"] < published_size(anywhere)


def test_witnesses_that_cosign_the_same_checkpoint_stand_under_it_together(watched: Watched) -> None:
    second = a_witness_folder(watched.folder / "second", watched.log_vkey, name="second.example/w")
    with (
        served(watched.witness, watched.now_seconds) as one,
        served(watched.folder / "second", watched.now_seconds) as two,
    ):
        watched.configure((watched.key.to_text(), one), (second.to_text(), two))
        assert watched.ask() == 2
    names = [line.key_name for line in SignedNote.parse(read_cosigned(watched.tools.tiles) or "").signatures]
    assert names == [watched.tools.policy.origin, "second.example/w", watched.key.name]


def test_cosignatures_that_another_process_published_stay_under_the_same_checkpoint(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
    tiles, whole = watched.tools.tiles, read_cosigned(watched.tools.tiles) or ""
    signed = SignedNote.parse(whole)
    plain, one = signed.signatures[0], signed.signatures[-1]
    other = NoteSignature("second.example/w", b"four", one.signature)
    write_cosigned(tiles, SignedNote(signed.text, (plain, other)).to_text())
    assert SignedNote.parse(read_cosigned(tiles) or "").signatures == (plain, other, one)
    newer = NoteSignature(one.key_name, one.key_hash, bytes(len(one.signature)))
    write_cosigned(tiles, SignedNote(signed.text, (plain, newer)).to_text())  # of one key the newer one stands
    assert SignedNote.parse(read_cosigned(tiles) or "").signatures == (plain, newer, other)


def test_cosignature_is_published_while_another_witness_is_still_waited_for(watched: Watched) -> None:
    seen: list[bool] = []
    second = a_witness_folder(watched.folder / "second", watched.log_vkey, name="second.example/w")
    with socket.create_server(("127.0.0.1", 0)) as listening, watched.serving() as good:

        def hold() -> None:
            connection, _ = listening.accept()
            with connection:
                waited = threading.Event()
                for _ in range(80):
                    if read_cosigned(watched.tools.tiles) is not None or waited.wait(0.05):
                        break
                seen.append(read_cosigned(watched.tools.tiles) is not None)

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        slow = f"http://127.0.0.1:{listening.getsockname()[1]}"
        watched.configure((watched.key.to_text(), good), (second.to_text(), slow))
        assert watched.ask() == 1
        thread.join(10)
    assert seen == [True]


def test_witness_whose_answer_was_lost_is_met_where_it_stands(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
        watched.grow(3)
        sent = submission(watched.tools.tiles, watched.standing()["cosigned_size"])
        assert opened(watched.witness).add_checkpoint(sent.to_bytes(), watched.now_seconds).status == 200
    watched.grow(3)
    with watched.serving():
        assert watched.ask() == 1
    assert cosigned(watched)[0] == published_size(watched)
    assert watched.incidents() == []


def test_witness_that_was_restored_is_met_where_it_stands_and_makes_no_incident(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
        shutil.copytree(watched.witness, watched.folder / "backup")
        watched.grow(5)
        watched.ask()
        watched.grow(5)
    with watched.serving(watched.folder / "backup"):
        assert watched.ask() == 1
    assert cosigned(watched)[0] == published_size(watched)
    assert watched.incidents() == []


def shown_a_fork(watched: Watched, size: int) -> None:
    """The log's own key signs another history, and the witness cosigns that one."""
    fork = TileFolder(watched.folder / f"fork{size}")
    entries = some_entries(size)
    from app.audit import merkle

    fork.write_range(0, [merkle.leaf_hash(entry) for entry in entries], entries)
    signer = watched.tools.keys.checkpoint_signer(watched.tools.policy.origin)
    fork.write_checkpoint(signer.sign_note(Checkpoint(watched.tools.policy.origin, size, fork.root(size)).to_text()))
    assert opened(watched.witness).add_checkpoint(submission(fork, 0).to_bytes(), watched.now_seconds).status == 200


@pytest.mark.parametrize("of", ["smaller", "same", "larger"])
def test_log_that_signed_two_histories_is_told_on_by_its_witness(watched: Watched, of: str) -> None:
    size = published_size(watched)
    shown_a_fork(watched, {"smaller": size - 1, "same": size, "larger": size + 1}[of])
    before = State(watched.witness).all_seen()
    with watched.serving():
        assert watched.ask() == 0
        assert watched.ask(after_seconds=120) == 0
    assert watched.standing()["fault"] == "contradicts"
    assert watched.incidents() == ["log_contradicted"]  # one a day
    assert read_cosigned(watched.tools.tiles) is None
    assert State(watched.witness).all_seen() == before
    assert watched.letters("Incident") == ["alex.admin@service.gov.example", "ari.auditor@regulator.gov.example"]
    assert watched.tools.trust.holds()  # a witness alone closes nothing: it may be the one that is wrong


SOMETHING_ELSE: list[tuple[int, bytes, str, WitnessFault]] = [
    (404, b"unknown\n", "text/plain", WitnessFault.NOT_FOLLOWED),
    (403, b"no\n", "text/plain", WitnessFault.KEY_NOT_TRUSTED),
    (400, b"no\n", "text/plain", WitnessFault.UNREADABLE),
    (500, b"", "text/plain", WitnessFault.UNREADABLE),
    (302, b"", "text/plain", WitnessFault.UNREADABLE),
    (200, b"", "text/plain", WitnessFault.UNREADABLE),
    (200, b"\xff\n", "text/plain", WitnessFault.UNREADABLE),
    (200, b"no signature\n", "text/plain", WitnessFault.UNREADABLE),
    (200, "— somebody.else/w AAAAAAAA\n".encode(), "text/plain", WitnessFault.SIGNATURE_WRONG),
    (200, b"x" * 20_000, "text/plain", WitnessFault.UNREADABLE),
    (409, b"1\n", "text/plain", WitnessFault.UNREADABLE),
    (409, b"one\n", "text/x.tlog.size", WitnessFault.UNREADABLE),
    (409, b"01\n", "text/x.tlog.size", WitnessFault.UNREADABLE),
    (409, b"9" * 30 + b"\n", "text/x.tlog.size", WitnessFault.UNREADABLE),
]


def test_witness_that_answers_something_else_is_named_and_changes_nothing(watched: Watched) -> None:
    for status, body, kind, fault in SOMETHING_ELSE:
        with answering(status, body, kind, Location="http://127.0.0.1:1/") as (address, sent):
            watched.configure((watched.key.to_text(), address))
            assert watched.ask(after_seconds=60) == 0
            assert (len(sent), watched.standing()["fault"]) == (1, fault.value), (status, body)
    assert read_cosigned(watched.tools.tiles) is None
    assert watched.incidents() == []


def test_witness_that_leads_from_size_to_size_is_left_after_three_questions(watched: Watched) -> None:
    with answering(409, b"2\n", "text/x.tlog.size") as (address, sent):
        watched.configure((watched.key.to_text(), address))
        watched.ask()
        # It names a size, refuses the proof from there, and so says that our tree of that size is not its own.
        assert [body.partition(b"\n")[0] for body in sent] == [b"old 0", b"old 2"]
    assert watched.incidents() == ["log_contradicted"]


def test_witness_that_signs_something_else_is_not_believed(watched: Watched) -> None:
    line = NoteSignature(watched.key.name, watched.key.key_hash, watched.now_seconds().to_bytes(8, "big") + bytes(64))
    with answering(200, line.to_text().encode()) as (address, _):
        watched.configure((watched.key.to_text(), address))
        assert watched.ask() == 0
    assert watched.standing()["fault"] == "signature_wrong"
    assert read_cosigned(watched.tools.tiles) is None


def skewed(watched: Watched, by_seconds: int) -> int:
    return watched.now_seconds() + by_seconds


def test_witness_whose_clock_is_far_from_ours_does_not_count(watched: Watched) -> None:
    for apart_seconds in (-301, 301):
        with served(watched.witness, partial(skewed, watched, apart_seconds)) as address:
            watched.configure((watched.key.to_text(), address))
            assert watched.ask(after_seconds=60) == 0
        assert watched.standing()["fault"] == "clock_apart"
        assert read_cosigned(watched.tools.tiles) is None


def test_witness_that_is_down_is_asked_less_and_less_often_and_again_when_it_is_back(watched: Watched) -> None:
    with watched.serving() as address:
        port = int(address.rsplit(":", 1)[1])
    assert watched.ask() == 0
    assert watched.standing()["fault"] == "no_answer"
    rests = []
    for _ in range(8):
        watched.grow()
        asked_at = watched.service.clock.now()
        with watched.tools.reading() as connection:
            from app.records.tables import witnesses

            rests.append(round((connection.execute(witnesses.select()).one().due_at - asked_at).total_seconds()))
        watched.ask(after_seconds=rests[-1])
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]
    with served(watched.witness, watched.now_seconds, port):
        assert watched.ask(after_seconds=60) == 1
    assert cosigned(watched)[0] == published_size(watched)


def test_witness_that_drips_its_answer_is_left_in_time_while_the_log_goes_on(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        watched.configure((watched.key.to_text(), f"http://127.0.0.1:{listening.getsockname()[1]}"), seconds=0.5)
        began = time.monotonic()
        asking = threading.Thread(target=watched.ask, daemon=True)
        asking.start()
        watched.grow(3)
        assert asking.is_alive()  # it is still waiting, and the log has been published
        asking.join(20)
        assert time.monotonic() - began < 10
        stop.set()
        thread.join(10)
    assert watched.standing()["fault"] in {"too_slow", "unreadable", "no_answer"}


def test_witness_over_tls_that_nobody_vouches_for_is_named(watched: Watched) -> None:
    with served(watched.witness) as address:
        answer = WitnessPost(seconds=5).submit(address.replace("http://", "https://"), b"")
    assert answer.fault is WitnessFault.TLS_NOT_TRUSTED


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://witness.regulator.example", True),
        ("https://witness.regulator.example:8443/some/prefix", True),
        ("http://127.0.0.1:8018", True),
        ("http://[::1]:8018", True),
        ("http://localhost:8018", True),
        ("http://witness.regulator.example", False),
        ("http://10.0.0.1", False),
        ("https://somebody@witness.regulator.example", False),
        ("https://witness.regulator.example/?a=b", False),
        ("https://witness.regulator.example:x", False),
        ("ftp://witness.regulator.example", False),
        ("witness.regulator.example", False),
        ("", False),
    ],
)
def test_address_of_a_witness_is_https_or_this_machine(url: str, usable: bool) -> None:
    assert is_usable(url) is usable


def test_log_whose_tiles_are_damaged_is_not_shown_to_a_witness(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
        watched.grow(3)
        (tile,) = (watched.folder / "service/log/tile/0").rglob(str(published_size(watched)))
        whole = bytearray(tile.read_bytes())
        whole[-1] ^= 1
        tile.write_bytes(whole)
        before = State(watched.witness).all_seen()
        assert watched.ask() == 0
        assert State(watched.witness).all_seen() == before
    assert watched.incidents() == []  # that is for the running check to say


def test_witness_is_asked_at_its_second_address_where_the_first_does_not_answer(watched: Watched) -> None:
    with watched.serving() as address:
        sent = submission(watched.tools.tiles, 0).to_bytes()
        port = address.rsplit(":", 1)[1]
        post = WitnessPost(resolve=lambda *_: ["::1", "127.0.0.1"])
        assert post.submit(f"http://localhost:{port}", sent).status == 200
        assert WitnessPost(resolve=lambda *_: []).submit(f"http://localhost:{port}", sent).fault == "no_answer"


def test_cosigned_checkpoint_is_for_auditors(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
    client, headers = watched.service.client, watched.service.headers
    (seen,) = client.get("/api/v1/audit/witnesses", headers=headers(watched.auditor)).json()["results"]
    assert seen == {
        "name": watched.key.name,
        "vkey": watched.key.to_text(),
        "cosigned_size": cosigned(watched)[0],
        "cosigned_at": seen["cosigned_at"],
        "lag_entries": published_size(watched) - cosigned(watched)[0],
        "silent_since": None,
        "fault": None,
    }
    for address, others in (("audit/checkpoint/cosigned", 403), ("audit/witnesses", 200)):
        assert client.get(f"/api/v1/{address}").status_code == 401
        assert client.get(f"/api/v1/{address}", headers=headers(watched.administrator)).status_code == others
        assert client.get(f"/api/v1/{address}", headers=headers(watched.auditor)).status_code == 200
    somebody = watched.service.person("Ana Example", "ana@department.gov.example")
    for address in ("audit/checkpoint/cosigned", "audit/witnesses"):
        assert client.get(f"/api/v1/{address}", headers=headers(somebody)).status_code == 403


def test_cosignature_makes_no_entry_of_the_log(watched: Watched) -> None:
    with watched.serving():
        before = len(watched.service.entries())
        watched.ask()
        assert len(watched.service.entries()) == before
        assert isinstance(State(watched.witness).seen(watched.tools.policy.origin), Seen)
    assert watched.service.entries(EntryKind.WITNESS_SILENT) == []
