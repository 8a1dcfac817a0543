"""What a witness answers, and that it never cosigns two trees of which neither continues the other."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, SignedNote, signature_lines
from app.audit.cosignature import cosigned_by
from app.audit.tiles import TileFolder
from app.audit.witness.protocol import Answer
from app.audit.witness.state import State
from app.audit.witness.submission import Submission
from tests.unit.audit.logs import KEY, ToyKey, a_log, grow, some_entries
from tests.witnesses import NOW_SECONDS, a_witness_folder, opened, submission

PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


def ask(folder: Path, sent: Submission | bytes, at_seconds: int = NOW_SECONDS) -> Answer:
    body = sent if isinstance(sent, bytes) else sent.to_bytes()
    return opened(folder).add_checkpoint(body, lambda: at_seconds)


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    a_witness_folder(tmp_path / "witness", KEY.vkey)
    return tmp_path / "witness"


@pytest.fixture
def tiles(tmp_path: Path) -> TileFolder:
    return a_log(tmp_path / "log", 5)


def test_witness_cosigns_a_first_checkpoint_as_the_specification_spells_it(witness: Path, tiles: TileFolder) -> None:
    answer = ask(witness, submission(tiles, 0))
    assert (answer.status, answer.kind) == (200, PLAIN)
    (line,) = signature_lines(answer.body.decode())
    key = opened(witness)._cosigner.verifier
    assert (line.key_name, line.key_hash, line.signature[:8]) == (
        key.name,
        key.key_hash,
        NOW_SECONDS.to_bytes(8, "big"),
    )
    text = SignedNote.parse(tiles.read_checkpoint() or "").text
    said = f"cosignature/v1\ntime {NOW_SECONDS}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(line.signature[8:], said)


def test_witness_follows_a_log_that_grows(witness: Path, tiles: TileFolder) -> None:
    assert ask(witness, submission(tiles, 0)).status == 200
    for old, new in pairwise((5, 6, 255, 256, 257, 600)):
        grow(tiles, old, some_entries(new - old, old))
        assert ask(witness, submission(tiles, old)).status == 200
    assert [(one.size, one.root) for one in State(witness).all_seen().values()] == [(600, tiles.root(600))]


def test_witness_asked_again_for_the_same_checkpoint_cosigns_with_the_new_time(
    witness: Path, tiles: TileFolder
) -> None:
    ask(witness, submission(tiles, 0))
    answer = ask(witness, submission(tiles, 5), NOW_SECONDS + 60)
    found = cosigned_by(
        SignedNote.parse(tiles.read_checkpoint() or "").text,
        signature_lines(answer.body.decode()),
        opened(witness)._cosigner.verifier,
    )
    assert found is not None
    assert found.at_seconds == NOW_SECONDS + 60


@pytest.mark.parametrize("old_size", [0, 3, 4])
def test_witness_asked_from_another_size_tells_its_own(witness: Path, tiles: TileFolder, old_size: int) -> None:
    ask(witness, submission(tiles, 0))
    grow(tiles, 5, some_entries(3, 5))
    assert ask(witness, submission(tiles, old_size)) == Answer(409, SIZE, b"5\n")


def test_witness_of_a_log_that_it_never_saw_tells_zero(witness: Path, tiles: TileFolder) -> None:
    assert ask(witness, submission(tiles, 3)) == Answer(409, SIZE, b"0\n")


def test_witness_shown_a_smaller_tree_tells_its_own_size(witness: Path, tmp_path: Path, tiles: TileFolder) -> None:
    ask(witness, submission(tiles, 0))
    assert ask(witness, submission(a_log(tmp_path / "cut", 3), 3)) == Answer(409, SIZE, b"5\n")


def test_witness_shown_another_tree_of_the_same_size_refuses_and_keeps_it(
    witness: Path, tmp_path: Path, tiles: TileFolder
) -> None:
    ask(witness, submission(tiles, 0))
    fork = TileFolder(tmp_path / "fork")
    grow(fork, 0, [b"{}", *some_entries(4)])
    sent = submission(fork, 5)
    assert ask(witness, sent) == Answer(409, SIZE, b"5\n")
    assert [path.read_bytes() for path in (witness / "evidence").iterdir()] == [sent.to_bytes()]
    ask(witness, Submission(5, (), sent.note))
    assert len(list((witness / "evidence").iterdir())) == 1


def test_witness_shown_a_fork_that_has_grown_refuses_and_keeps_it(
    witness: Path, tmp_path: Path, tiles: TileFolder
) -> None:
    ask(witness, submission(tiles, 0))
    fork = TileFolder(tmp_path / "fork")
    grow(fork, 0, [b"{}", *some_entries(9)])
    answer = ask(witness, submission(fork, 5))
    assert (answer.status, answer.kind) == (422, PLAIN)
    assert len(list((witness / "evidence").iterdir())) == 1
    assert State(witness).all_seen()[KEY.name].root == tiles.root(5)
    grow(tiles, 5, some_entries(1, 5))
    assert ask(witness, submission(tiles, 5)).status == 200


@pytest.mark.parametrize(
    "proof",
    [(), (merkle.EMPTY_ROOT,), (merkle.EMPTY_ROOT,) * 4],
    ids=["none", "one", "four"],
)
def test_witness_given_a_wrong_proof_refuses(witness: Path, tiles: TileFolder, proof: tuple[bytes, ...]) -> None:
    ask(witness, submission(tiles, 0))
    grow(tiles, 5, some_entries(3, 5))
    assert ask(witness, Submission(5, proof, tiles.read_checkpoint() or "")).status == 422


def test_witness_given_a_proof_from_nothing_refuses(witness: Path, tiles: TileFolder) -> None:
    assert ask(witness, Submission(0, (merkle.EMPTY_ROOT,), tiles.read_checkpoint() or "")).status == 422


def test_witness_of_another_origin_answers_that_it_does_not_follow_it(witness: Path, tmp_path: Path) -> None:
    other = ToyKey("other.pra.gov.example")
    assert ask(witness, submission(a_log(tmp_path / "other", 2, other), 0)).status == 404


def test_witness_shown_a_checkpoint_by_a_key_it_does_not_trust_refuses(witness: Path, tmp_path: Path) -> None:
    assert ask(witness, submission(a_log(tmp_path / "other", 2, ToyKey(word="another")), 0)).status == 403


def test_witness_shown_an_altered_checkpoint_refuses(witness: Path, tiles: TileFolder) -> None:
    sent = submission(tiles, 0)
    assert ask(witness, Submission(0, (), sent.note.replace("\n5\n", "\n6\n"))).status == 403


def test_witness_passes_over_signatures_of_keys_it_does_not_know(witness: Path, tiles: TileFolder) -> None:
    sent = submission(tiles, 0)
    stranger = ToyKey("stranger.example", "a stranger").sign(SignedNote.parse(sent.note).text)
    line = SignedNote.parse(stranger).signatures[0].to_text()
    assert ask(witness, Submission(0, (), sent.note + line)).status == 200


def test_witness_given_an_old_size_above_the_checkpoints_answers_400(witness: Path, tiles: TileFolder) -> None:
    assert ask(witness, Submission(6, (), tiles.read_checkpoint() or "")).status == 400


def test_witness_cosigns_lines_of_extension_with_the_rest(witness: Path) -> None:
    text = Checkpoint(KEY.name, 0, merkle.EMPTY_ROOT).to_text() + "an extension\n"
    answer = ask(witness, Submission(0, (), KEY.sign(text)))
    assert answer.status == 200
    key = opened(witness)._cosigner.verifier
    assert cosigned_by(text, signature_lines(answer.body.decode()), key) is not None


@pytest.mark.parametrize(
    "alter",
    [
        lambda body: body[:0],
        lambda body: body[:20],
        lambda body: body.replace(b"old 0", b"old 00"),
        lambda body: body.replace(b"old 0", b"old -1"),
        lambda body: body.replace(b"old 0", b"Old 0"),
        lambda body: body.replace(b"old 0\n", b"old 0\nnot base64\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\nAAAA\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64),
        lambda body: body.replace(b"\n\n", b"\n", 1),
        lambda body: body.replace(b"\n5\n", b"\n05\n"),
        lambda body: body + b"\xff",
        lambda body: body[:-1],
    ],
)
def test_witness_sent_something_malformed_answers_400(witness: Path, tiles: TileFolder, alter: object) -> None:
    body = submission(tiles, 0).to_bytes()
    assert callable(alter)
    assert ask(witness, alter(body)).status == 400
    assert ask(witness, body).status == 200


def test_witness_whose_clock_has_gone_back_cosigns_nothing(witness: Path, tiles: TileFolder) -> None:
    ask(witness, submission(tiles, 0))
    grow(tiles, 5, some_entries(1, 5))
    assert ask(witness, submission(tiles, 5), NOW_SECONDS - 1).status == 503
    assert State(witness).all_seen()[KEY.name].size == 5
    assert ask(witness, submission(tiles, 5), NOW_SECONDS).status == 200


def test_witness_whose_clock_was_years_ahead_for_a_moment_goes_on_once_it_is_right(
    witness: Path, tiles: TileFolder
) -> None:
    ask(witness, submission(tiles, 0), NOW_SECONDS + 10 * 365 * 86_400)
    grow(tiles, 5, some_entries(1, 5))
    assert ask(witness, submission(tiles, 5), NOW_SECONDS).status == 200
    assert State(witness).all_seen()[KEY.name].at_seconds == NOW_SECONDS


def test_witness_with_two_keys_of_a_log_accepts_either(tmp_path: Path) -> None:
    newer = ToyKey(word="a newer toy")
    a_witness_folder(tmp_path / "witness", KEY.vkey, newer.vkey)
    tiles = a_log(tmp_path / "log", 4)
    assert ask(tmp_path / "witness", submission(tiles, 0)).status == 200
    grow(tiles, 4, some_entries(2, 4), newer)
    assert ask(tmp_path / "witness", submission(tiles, 4)).status == 200
