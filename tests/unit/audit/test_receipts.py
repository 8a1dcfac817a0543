"""Receipts, and the clear values behind commitments: what holds, and every tampering with it refused."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from app.audit.tiles import TileFolder
from app.audit.verify import verify_log, verify_receipt
from tests.unit.audit.logs import KEY, ToyKey, a_log, a_receipt, grow, refusal, some_entries

SALT = "00112233445566778899aabbccddeeff"


def test_receipt_of_every_entry_holds(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 300)
    for index in (0, 1, 255, 256, 299):
        receipt = a_receipt(tiles, index)
        for given in (receipt, json.dumps(receipt), json.dumps(receipt).encode()):
            verified = verify_receipt(given, KEY.vkey)
            assert (verified.index, verified.entry) == (index, some_entries(1, index)[0])
            assert (verified.checkpoint.size, verified.disclosed) == (300, {})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"entry": base64.b64encode(b"{}").decode()}, "entry 7"),
        ({"index": 8}, "entry 8"),
        ({"index": 300}, "entry 300"),
        ({"index": -1}, "entry -1"),
        ({"index": True}, "the receipt"),
        ({"index": "7"}, "the receipt"),
        ({"inclusion": []}, "entry 7"),
        ({"inclusion": "AAAA"}, "the receipt"),
        ({"inclusion": [7]}, "the receipt's inclusion hash 0"),
        ({"inclusion": ["AAAA"]}, "entry 7"),
        ({"entry": None}, "the receipt's entry"),
        ({"entry": "e30"}, "the receipt's entry"),
        ({"entry": "e31="}, "the receipt's entry"),
        ({"checkpoint": "x"}, "the receipt's checkpoint"),
        ({"checkpoint": None}, "the receipt"),
        ({"remark": "unproven"}, "the receipt"),
    ],
)
def test_receipt_tampered_with_is_refused(tmp_path: Path, change: dict[str, Any], where: str) -> None:
    receipt = a_receipt(a_log(tmp_path, 300), 7)
    assert refusal(lambda: verify_receipt({**receipt, **change}, KEY.vkey))[0] == where


def test_receipt_of_another_log_is_refused(tmp_path: Path) -> None:
    receipt = a_receipt(a_log(tmp_path, 3, ToyKey(word="another")), 1)
    assert refusal(lambda: verify_receipt(receipt, KEY.vkey))[0] == "the receipt's checkpoint"


@pytest.mark.parametrize("text", ["", "[]", "7", '{"index":1,"index":2}', '{"index":NaN}', "[" * 100_000, b"\xff"])
def test_receipt_that_is_not_one_json_object_is_refused(text: str | bytes) -> None:
    assert refusal(lambda: verify_receipt(text, KEY.vkey))[0] == "the receipt"


def test_receipt_without_a_member_is_refused(tmp_path: Path) -> None:
    receipt = a_receipt(a_log(tmp_path, 3), 1)
    for name in receipt:
        rest = {member: value for member, value in receipt.items() if member != name}
        assert refusal(lambda rest=rest: verify_receipt(rest, KEY.vkey))[0] == "the receipt"


def committed(value: str, salt: str = SALT) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def a_log_with_names(folder: Path) -> TileFolder:
    sealed = {"actor": committed("per_1"), "person": committed("per_2")}
    tiles = TileFolder(folder)
    grow(tiles, 0, [json.dumps({"id": "ent_0", "sealed": sealed}).encode(), b'{"id":"ent_1"}'])
    return tiles


def test_clear_values_that_fit_are_given(tmp_path: Path) -> None:
    receipt = a_receipt(a_log_with_names(tmp_path), 0)
    disclosed = {"actor": {"value": "per_1", "salt": SALT}}
    assert verify_receipt({**receipt, "disclosed": disclosed}, KEY.vkey).disclosed == {"actor": "per_1"}
    assert verify_receipt({**receipt, "disclosed": {}}, KEY.vkey).disclosed == {}


BAD_DISCLOSURES: list[Any] = [
    {"actor": {"value": "per_2", "salt": SALT}},
    {"person": {"value": "per_1", "salt": SALT}},
    {"name": {"value": "per_1", "salt": SALT}},
    {"actor": {"value": "per_1", "salt": SALT[:-2] + "00"}},
    # The same bytes, with the border between salt and value moved.
    {"actor": {"value": "er_1", "salt": SALT + "70"}},
    {"actor": {"value": "\u007fper_1", "salt": SALT[:-2]}},
    {"actor": {"value": "per_1", "salt": SALT.upper()}},
    {"actor": {"value": "per_1", "salt": SALT, "more": 1}},
    {"actor": {"value": "per_1"}},
    {"actor": {"value": 1, "salt": SALT}},
    {"actor": {"value": "\ud800", "salt": SALT}},
    {"actor": "per_1"},
    {"actor": None},
    ["actor"],
    None,
]


@pytest.mark.parametrize("disclosed", BAD_DISCLOSURES)
def test_clear_value_that_does_not_fit_its_commitment_is_refused(tmp_path: Path, disclosed: Any) -> None:
    receipt = a_receipt(a_log_with_names(tmp_path), 0)
    assert refusal(lambda: verify_receipt({**receipt, "disclosed": disclosed}, KEY.vkey))[0] == "entry 0"


def test_clear_value_for_an_entry_without_commitments_is_refused(tmp_path: Path) -> None:
    receipt = a_receipt(a_log_with_names(tmp_path), 1)
    disclosed = {"actor": {"value": "per_1", "salt": SALT}}
    assert refusal(lambda: verify_receipt({**receipt, "disclosed": disclosed}, KEY.vkey))[0] == "entry 1"


def test_disclosures_beside_the_log_are_checked_line_by_line(tmp_path: Path) -> None:
    a_log_with_names(tmp_path)
    good = json.dumps({"entry_id": "ent_0", "disclosed": {"actor": {"value": "per_1", "salt": SALT}}})
    erased = json.dumps({"entry_id": "ent_1", "disclosed": {}})
    beside = tmp_path / "disclosures.ndjson"
    beside.write_text(f"{good}\n{erased}\n")
    assert verify_log(tmp_path, KEY.vkey, keep_entries=False).size == 2
    for wrong, where in [
        (good.replace("per_1", "per_2"), "disclosures.ndjson line 2, entry 0"),
        (good.replace("ent_0", "ent_1"), "disclosures.ndjson line 2, entry 1"),
        (good.replace("ent_0", "ent_2"), "disclosures.ndjson line 2"),
        (good.replace('"ent_0"', "[]"), "disclosures.ndjson line 2"),
        ("{}", "disclosures.ndjson line 2"),
        ("", "disclosures.ndjson line 2"),
    ]:
        beside.write_text(f"{good}\n{wrong}\n")
        assert refusal(lambda: verify_log(tmp_path, KEY.vkey))[0] == where
