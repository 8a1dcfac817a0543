"""The worked example of a seal in ``app/audit/README.md``, and the proofs accepted, or refused, for ever."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.audit import seals
from app.audit.exported import LogRefused
from app.audit.verify_seal import check_complete, verify_proof, verify_seal

REPOSITORY = Path(__file__).parents[3]
VECTORS = REPOSITORY / "tests/vectors"
README = (REPOSITORY / "app/audit/README.md").read_text("utf-8")
RECORD = '{"count":1,"first_at":"2026-11-02T09:30:00.000Z","last_at":"2026-11-02T09:30:00.000Z"}'


def test_example_of_the_readme_is_the_vector() -> None:
    (block,) = re.findall(r"^```seal\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    place = seals.place_of("rel_example", "per_example")
    leaf = seals.leaf_of(bytes(range(16)), RECORD)
    tree = seals.OpeningsTree({place: leaf, **seals.fillers(bytes(32))})
    assert block.splitlines() == [f"{place:032x}", leaf.hex(), tree.root.hex()]
    key = (VECTORS / "log/key.txt").read_text("utf-8")
    proof = verify_proof((VECTORS / "seal/accepted.json").read_bytes(), key)
    assert proof.seal.statement["openings_root"] == tree.root.hex()
    assert (proof.person_id, proof.count, proof.first_at) == ("per_example", 1, "2026-11-02T09:30:00.000Z")


def test_proof_of_ones_own_proves_the_same_and_cannot_be_counted() -> None:
    key = (VECTORS / "log/key.txt").read_text("utf-8")
    whole, own = (verify_proof((VECTORS / "seal" / name).read_bytes(), key) for name in ("accepted.json", "own.json"))
    assert (own.person_id, own.count, own.first_at) == (whole.person_id, whole.count, whole.first_at)
    assert (own.seal.release_id, own.seal.sealed_at, own.seal.said) == (
        whole.seal.release_id,
        whole.seal.sealed_at,
        whole.seal.said,
    )
    with pytest.raises(LogRefused, match="given without its statement"):
        check_complete(own.seal, {})


def test_seal_without_its_statement_is_refused_where_it_stands_alone() -> None:
    seal = json.loads((VECTORS / "seal/own.json").read_bytes())["seal"]
    with pytest.raises(LogRefused, match="must have the members statement, a text, and receipt"):
        verify_seal(seal, (VECTORS / "log/key.txt").read_text("utf-8"))


def test_refused_vector_is_refused() -> None:
    with pytest.raises(LogRefused, match="does not lead to the seal's root of openings"):
        verify_proof((VECTORS / "seal/refused.json").read_bytes(), (VECTORS / "log/key.txt").read_text("utf-8"))
