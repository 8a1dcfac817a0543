"""Our log before other people's verifiers: what we publish they accept, and what was altered they refuse."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from app.audit import merkle
from app.audit.tiles import TileFolder
from tests.unit.audit.logs import KEY, ToyKey, a_log, a_receipt, grow, resign, some_entries
from tests.verifiers import VerifierRefused, go_accepts, sigstore_accepts

SIZE = 600


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, SIZE])
def test_go_accepts_a_log_of_any_size(tmp_path: Path, size: int) -> None:
    a_log(tmp_path, size)
    assert go_accepts(tmp_path, KEY.vkey) == "accepted"


def test_go_accepts_a_log_of_three_tile_levels(tmp_path: Path) -> None:
    a_log(tmp_path, 66_000)
    assert go_accepts(tmp_path, KEY.vkey) == "accepted"


def test_go_accepts_that_a_log_continues_its_earlier_checkpoints(tmp_path: Path) -> None:
    tiles = TileFolder(tmp_path / "log")
    for start, end in [(0, 0), (0, 1), (1, 200), (200, 256), (256, 300), (300, SIZE)]:
        (tmp_path / str(end)).write_text(grow(tiles, start, some_entries(end - start, start)))
    for size in (0, 1, 200, 256, 300, SIZE):
        assert go_accepts(tmp_path / "log", KEY.vkey, tmp_path / str(size)) == "accepted"


def test_go_refuses_a_log_rewritten_behind_an_earlier_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(grow(TileFolder(tmp_path / "honest"), 0, some_entries(100)))
    grow(TileFolder(tmp_path / "rewritten"), 0, [b"{}", *some_entries(149)])
    assert go_accepts(tmp_path / "rewritten", KEY.vkey) == "accepted"
    with pytest.raises(VerifierRefused):
        go_accepts(tmp_path / "rewritten", KEY.vkey, tmp_path / "kept")
    a_log(tmp_path / "cut", 90)
    with pytest.raises(VerifierRefused):
        go_accepts(tmp_path / "cut", KEY.vkey, tmp_path / "kept")


def _flip(path: str, at: int) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        whole = bytearray((folder / path).read_bytes())
        whole[at] ^= 1
        (folder / path).write_bytes(whole)

    return alter


def _swap(folder: Path) -> None:
    path = folder / "tile/entries/000"
    width = len(path.read_bytes()) // 256
    whole = path.read_bytes()
    path.write_bytes(whole[width : 2 * width] + whole[:width] + whole[2 * width :])


def _cut(folder: Path) -> None:
    path = folder / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes()[:-1])


ALTERATIONS: dict[str, Callable[[Path], None]] = {
    "entry altered": _flip("tile/entries/001", 40),
    "leaf tile altered": _flip("tile/0/002.p/88", 40),
    "higher tile altered": _flip("tile/1/000.p/2", 40),
    "checkpoint altered": _flip("checkpoint", 45),
    "entries swapped": _swap,
    "bundle cut": _cut,
    "tile missing": lambda folder: (folder / "tile/0/001").unlink(),
    "bundle missing": lambda folder: (folder / "tile/entries/000").unlink(),
    "signed by another key": lambda folder: resign(folder, ToyKey(word="another")),
    "of another origin": lambda folder: resign(folder, origin="other.pra.gov.example"),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_go_refuses_an_altered_log(tmp_path: Path, alter: Callable[[Path], None]) -> None:
    a_log(tmp_path, SIZE)
    assert go_accepts(tmp_path, KEY.vkey) == "accepted"
    alter(tmp_path)
    with pytest.raises(VerifierRefused):
        go_accepts(tmp_path, KEY.vkey)


@pytest.mark.parametrize("size", [1, 2, 3, 256, 257, SIZE])
def test_sigstore_accepts_receipts_of_any_place(tmp_path: Path, size: int) -> None:
    tiles = a_log(tmp_path, size)
    for index in sorted({0, size // 2, size - 1}):
        assert sigstore_accepts(a_receipt(tiles, index), KEY.vkey) == "accepted"


def test_sigstore_refuses_an_altered_receipt(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, SIZE)
    receipt = a_receipt(tiles, 7)
    assert sigstore_accepts(receipt, KEY.vkey) == "accepted"
    sibling = base64.b64encode(merkle.leaf_hash(b"{}")).decode()
    for change in [
        {"entry": base64.b64encode(b"{}").decode()},
        {"index": 8},
        {"inclusion": receipt["inclusion"][:-1]},
        {"inclusion": [sibling, *receipt["inclusion"][1:]]},
        {"checkpoint": receipt["checkpoint"].replace("\n600\n", "\n601\n")},
        {"checkpoint": a_receipt(a_log(tmp_path / "other", SIZE, ToyKey(word="another")), 7)["checkpoint"]},
    ]:
        with pytest.raises(VerifierRefused):
            sigstore_accepts({**receipt, **change}, KEY.vkey)
    with pytest.raises(VerifierRefused):
        sigstore_accepts(receipt, ToyKey(word="another").vkey)
