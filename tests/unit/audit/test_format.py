"""The worked example in ``app/audit/README.md``, and the logs that must be accepted, or refused, for ever."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from app.audit.checkpoint import Checkpoint
from app.audit.entries import Entry, EntryKind, Outcome, commitment, leaf_bytes
from app.audit.tiles import TileFolder
from app.audit.verify import LogRefused, verify_log, verify_receipt
from tests.unit.audit.logs import ToyKey, a_receipt, grow
from tests.verifiers import VerifierRefused, go_accepts, sigstore_accepts

REPOSITORY = Path(__file__).parents[3]
README = (REPOSITORY / "app/audit/README.md").read_text("utf-8")
VECTORS = REPOSITORY / "tests/vectors/log"
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE))
KEY = ToyKey(name="log.pra.gov.example", word="a toy")


def lines(name: str) -> list[str]:
    return BLOCKS[name].splitlines()


def written(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_example_log_made_again_from_the_readme_is_the_vector_to_the_byte(tmp_path: Path) -> None:
    entries = [line.encode() for line in lines("entries")]
    note = grow(TileFolder(tmp_path), 0, entries, KEY)
    assert note == BLOCKS["checkpoint"]
    assert lines("key") == [KEY.vkey]
    assert written(tmp_path) == written(VECTORS / "accepted")
    assert (VECTORS / "key.txt").read_text() == BLOCKS["key"]


def test_example_bytes_in_the_readme_are_those_of_the_vector() -> None:
    bundle = (VECTORS / "accepted/tile/entries/000.p/3").read_bytes()
    leaves = [bytes.fromhex(line) for line in lines("leaves")]
    node, root = [bytes.fromhex(line) for line in lines("nodes")]
    assert [len(line) for line in lines("entries")] == [207, 267, 244]
    assert (len(bundle), bundle[:48]) == (724, bytes.fromhex(BLOCKS["bundle"]))
    assert (VECTORS / "accepted/tile/0/000.p/3").read_bytes() == b"".join(leaves)
    assert leaves == [hashlib.sha256(b"\0" + line.encode()).digest() for line in lines("entries")]
    assert node == hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    assert root == hashlib.sha256(b"\1" + node + leaves[2]).digest()
    assert Checkpoint.parse(BLOCKS["checkpoint"].split("\n\n")[0] + "\n").root == root
    assert [base64.b64decode(line) for line in lines("inclusion")] == [leaves[0], leaves[2]]


def test_example_entries_are_what_the_service_writes_and_commits_to() -> None:
    for index, line in enumerate(lines("entries")):
        members = json.loads(line)
        actor = "rule" if index == 0 else "per_example"
        assert members["sealed"] == {"actor": commitment(bytes(range(16 * index, 16 * index + 16)), actor)}
        entry = Entry(
            kind=EntryKind(members["kind"]),
            at=datetime.fromisoformat(members["at"]),
            outcome=Outcome(members["outcome"]),
            release_id=members.get("release_id"),
            said=members["said"],
        )
        assert leaf_bytes(members["id"], entry, members["sealed"]) == line.encode()


def test_accepted_vectors_are_accepted_for_ever() -> None:
    log = verify_log(VECTORS / "accepted", KEY.vkey)
    assert [entry.decode() for entry in log.entries] == lines("entries")
    receipt = (VECTORS / "accepted.receipt.json").read_bytes()
    verified = verify_receipt(receipt, KEY.vkey)
    assert (verified.index, verified.disclosed) == (1, {"actor": "per_example"})
    given = json.loads(receipt)
    assert given["inclusion"] == lines("inclusion")
    del given["disclosed"]
    assert given == a_receipt(TileFolder(VECTORS / "accepted"), 1)


def test_refused_vectors_are_refused_for_ever() -> None:
    with pytest.raises(LogRefused) as log:
        verify_log(VECTORS / "refused", KEY.vkey)
    assert log.value.where == "entry 1"
    with pytest.raises(LogRefused) as receipt:
        verify_receipt((VECTORS / "refused.receipt.json").read_bytes(), KEY.vkey)
    assert receipt.value.where == "entry 1"


def test_refused_vector_differs_from_the_accepted_one_in_one_word() -> None:
    accepted, refused = written(VECTORS / "accepted"), written(VECTORS / "refused")
    bundle = "tile/entries/000.p/3"
    assert refused == {**accepted, bundle: accepted[bundle].replace(b'"refused"', b'"aborted"')}
    assert refused != accepted


def test_other_peoples_verifiers_agree_about_the_vectors() -> None:
    assert go_accepts(VECTORS / "accepted", KEY.vkey) == "accepted"
    with pytest.raises(VerifierRefused):
        go_accepts(VECTORS / "refused", KEY.vkey)
    assert sigstore_accepts(json.loads((VECTORS / "accepted.receipt.json").read_bytes()), KEY.vkey) == "accepted"
    with pytest.raises(VerifierRefused):
        sigstore_accepts(json.loads((VECTORS / "refused.receipt.json").read_bytes()), KEY.vkey)
