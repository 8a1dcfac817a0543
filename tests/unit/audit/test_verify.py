"""The offline verifier against every way we know to tamper with an export; each names the first bad record."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.audit import merkle, verify
from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.tiles import TileFolder, bundle_bytes
from app.audit.verify import verify_log, verify_note
from tests.unit.audit.logs import KEY, ORIGIN, ToyKey, a_log, grow, refusal, resign, some_entries

SIZE = 600
LAST_BUNDLE = "tile/entries/002.p/88"
LAST_LEAVES = "tile/0/002.p/88"


def rewrite(folder: Path, path: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the entries of one bundle, and leave everything else as it is."""
    index = int(path.split("/")[2].removesuffix(".p"))
    width = 256 if ".p" not in path else int(path.rsplit("/", 1)[1])
    (folder / path).write_bytes(bundle_bytes(change(TileFolder(folder).read_bundle(index, width))))


def test_log_that_holds_is_given_whole(tmp_path: Path) -> None:
    for size in (0, 1, 255, 256, 257, SIZE):
        tiles = a_log(tmp_path / str(size), size)
        log = verify_log(tmp_path / str(size), KEY.vkey)
        assert log.entries == tuple(some_entries(size))
        assert (log.origin, log.size, log.root) == (ORIGIN, size, tiles.root(size))
        assert verify_log(tmp_path / str(size), KEY.vkey, keep_entries=False).entries == ()


@pytest.mark.parametrize(
    ("change", "where", "why"),
    [
        (lambda kept: kept[:7] + kept[8:], "entry 7", "its bytes in tile/entries/000 do not fit tile/0/000"),
        (lambda kept: kept[:-1], "entry 255", "is missing or cut short in tile/entries/000"),
        (
            lambda kept: [*kept[:9], kept[9].replace(b"read", b"dear"), *kept[10:]],
            "entry 9",
            "its bytes in tile/entries/000 do not fit tile/0/000",
        ),
        (
            lambda kept: [*kept[:5], kept[6], kept[5], *kept[7:]],
            "entry 5",
            "its bytes in tile/entries/000 do not fit tile/0/000",
        ),
        (
            lambda kept: [*kept[:5], b"{}", *kept[5:]],
            "entry 5",
            "its bytes in tile/entries/000 do not fit tile/0/000",
        ),
        (lambda kept: [*kept, b"{}"], "entry 256", "tile/entries/000 holds more than 256 entries"),
    ],
    ids=["deleted", "last deleted", "byte altered", "swapped", "inserted", "appended"],
)
def test_tampered_bundle_is_refused(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], where: str, why: str
) -> None:
    a_log(tmp_path, SIZE)
    rewrite(tmp_path, "tile/entries/000", change)
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (where, why)


def test_bundle_cut_short_is_refused_at_the_entry_it_cuts(tmp_path: Path) -> None:
    a_log(tmp_path, SIZE)
    bundle = (tmp_path / LAST_BUNDLE).read_bytes()
    last = len(bundle) // 88
    for cut, index in [(1, 599), (last - 1, 599), (last, 599), (last + 1, 598), (len(bundle), 512)]:
        (tmp_path / LAST_BUNDLE).write_bytes(bundle[:-cut])
        assert refusal(lambda: verify_log(tmp_path, KEY.vkey))[0] == f"entry {index}"


def test_every_byte_of_every_file_counts(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            refusal(lambda: verify_log(tmp_path, KEY.vkey))
        path.write_bytes(whole)
    assert verify_log(tmp_path, KEY.vkey).size == 3


def test_tampering_carried_through_all_tiles_is_refused_by_the_signed_root(tmp_path: Path) -> None:
    entries = some_entries(SIZE)
    entries[300] = entries[300].replace(b"read", b"dear")
    a_log(tmp_path / "honest", SIZE)
    forged = TileFolder(tmp_path / "forged")
    forged.write_range(0, [merkle.leaf_hash(entry) for entry in entries], entries)
    (tmp_path / "forged/checkpoint").write_bytes((tmp_path / "honest/checkpoint").read_bytes())
    assert refusal(lambda: verify_log(tmp_path / "forged", KEY.vkey)) == (
        "checkpoint",
        "the first 600 entries do not give the root signed for them",
    )


def test_leaf_tile_altered_is_refused_at_its_entry(tmp_path: Path) -> None:
    a_log(tmp_path, SIZE)
    path = tmp_path / LAST_LEAVES
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey))[0] == "entry 599"


def test_higher_tile_altered_is_refused_by_its_path(tmp_path: Path) -> None:
    a_log(tmp_path, SIZE)
    path = tmp_path / "tile/1/000.p/2"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (
        "tile/1/000.p/2",
        "its hash 1 is not that of the tile below",
    )


def test_tile_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path, SIZE)
    path = tmp_path / LAST_LEAVES
    path.write_bytes(path.read_bytes() + bytes(32))
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (LAST_LEAVES, "has 2848 bytes, not 2816")


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        "tile/entries/000",
        "tile/entries/001",
        LAST_BUNDLE,
        "tile/0/000",
        "tile/0/001",
        LAST_LEAVES,
        "tile/1/000.p/2",
    ],
)
def test_missing_file_is_refused_by_its_path(tmp_path: Path, path: str) -> None:
    a_log(tmp_path, SIZE)
    (tmp_path / path).unlink()
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (path, "is missing")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/003",
        "tile/0/003.p/1",
        "tile/0/002.p/89",
        "tile/0/002",
        "tile/0/x000/000",
        "tile/2/000.p/1",
        "tile/entries/003.p/1",
        "tile/0/002.p/087",
        "tile/0/002.p/0",
        "tile/0/002.p/x",
        "tile/0/002.p/\u0663",
        "tile/notes.txt",
        "tile/0/.hidden",
    ],
)
def test_file_that_does_not_belong_is_refused_by_its_path(tmp_path: Path, path: str) -> None:
    a_log(tmp_path, SIZE)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes((tmp_path / LAST_LEAVES).read_bytes()[:32])
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (path, "does not belong to a log of 600 entries")


def test_linked_folder_under_tile_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path / "log", SIZE)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "log/tile/3").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert refusal(lambda: verify_log(tmp_path / "log", KEY.vkey))[0] == "tile/3"


def test_partial_tiles_of_earlier_checkpoints_may_stay_but_not_differ(tmp_path: Path) -> None:
    tiles = TileFolder(tmp_path)
    for size in (3, 5, 9):
        start = {3: 0, 5: 3, 9: 5}[size]
        grow(tiles, start, some_entries(size - start, start))
    assert (tmp_path / "tile/0/000.p/5").is_file()
    assert verify_log(tmp_path, KEY.vkey).size == 9
    for path in ("tile/0/000.p/5", "tile/entries/000.p/5"):
        whole = (tmp_path / path).read_bytes()
        for altered in (whole[:-1] + b"\0", whole[:-32], b""):
            (tmp_path / path).write_bytes(altered)
            assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (
                path,
                f"is not the beginning of {path[:-1]}9",
            )
        (tmp_path / path).write_bytes(whole)


def test_wrong_key_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    other = ToyKey(word="another")
    assert refusal(lambda: verify_log(tmp_path, other.vkey)) == (
        "checkpoint",
        f"is not signed by the key {ORIGIN}+{other.verifier.key_hash.hex()}",
    )
    assert refusal(lambda: verify_log(tmp_path, "no key"))[0] == "the key"


def test_signature_that_claims_our_key_but_is_not_ours_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    other = ToyKey(word="another")
    text, block = (tmp_path / "checkpoint").read_text().split("\n\n")
    forged = other.sign(text + "\n").split("\n\n")[1]
    raw = base64.b64decode(forged.split(" ")[2])
    claimed = base64.b64encode(KEY.verifier.key_hash + raw[4:]).decode()
    for lines in (f"\u2014 {ORIGIN} {claimed}\n", f"{block}\u2014 {ORIGIN} {claimed}\n"):
        (tmp_path / "checkpoint").write_text(f"{text}\n\n{lines}")
        assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (
            "checkpoint",
            f"the signature by {ORIGIN} does not fit",
        )


def test_tiles_altered_and_signed_again_by_another_key_are_refused(tmp_path: Path) -> None:
    a_log(tmp_path, SIZE)
    rewrite(tmp_path, LAST_BUNDLE, lambda kept: [*kept[:-1], b"{}"])
    tile = (tmp_path / LAST_LEAVES).read_bytes()
    (tmp_path / LAST_LEAVES).write_bytes(tile[:-32] + merkle.leaf_hash(b"{}"))
    thief = ToyKey(word="a thief")
    resign(tmp_path, thief)
    assert verify_log(tmp_path, thief.vkey).entries[-1] == b"{}"
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (
        "checkpoint",
        f"is not signed by the key {ORIGIN}+{KEY.verifier.key_hash.hex()}",
    )


def test_checkpoint_of_another_origin_is_refused_though_our_key_signed_it(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    resign(tmp_path, origin="other.pra.gov.example")
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey)) == (
        "checkpoint",
        f"is of the log 'other.pra.gov.example', not of '{ORIGIN}'",
    )


def test_checkpoint_with_a_strangers_signature_beside_ours_holds(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    note = (tmp_path / "checkpoint").read_text()
    stranger = ToyKey("witness.example", "w").sign(SignedNote.parse(note).text).split("\n\n")[1]
    (tmp_path / "checkpoint").write_text(note + stranger)
    assert verify_log(tmp_path, KEY.vkey).size == 3


def test_log_that_continues_every_earlier_checkpoint_holds(tmp_path: Path) -> None:
    tiles = TileFolder(tmp_path)
    notes = [grow(tiles, size, some_entries(100, size)) for size in (0, 100, 200)]
    assert verify_log(tmp_path, KEY.vkey, previous=[notes[1], notes[0], notes[2]]).size == 300


def test_log_rewritten_and_signed_by_our_own_key_is_refused_by_an_earlier_checkpoint(tmp_path: Path) -> None:
    kept = grow(TileFolder(tmp_path / "honest"), 0, some_entries(100))
    tiles = TileFolder(tmp_path / "rewritten")
    grow(tiles, 0, [b"{}", *some_entries(149)])
    assert verify_log(tmp_path / "rewritten", KEY.vkey).size == 150
    assert refusal(lambda: verify_log(tmp_path / "rewritten", KEY.vkey, previous=[kept])) == (
        "checkpoint",
        "the first 100 entries do not give the root signed for them",
    )


def test_log_cut_back_and_signed_by_our_own_key_is_refused_by_an_earlier_checkpoint(tmp_path: Path) -> None:
    kept = grow(TileFolder(tmp_path / "honest"), 0, some_entries(100))
    a_log(tmp_path / "cut", 90)
    assert refusal(lambda: verify_log(tmp_path / "cut", KEY.vkey, previous=[kept])) == (
        "checkpoint",
        "covers 90 entries, but an earlier one covered 100",
    )


def test_earlier_checkpoint_signed_by_another_key_is_refused(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    stranger = ToyKey(word="another").sign(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT).to_text())
    assert refusal(lambda: verify_log(tmp_path, KEY.vkey, previous=[stranger]))[0] == "previous checkpoint 1"


def test_note_alone_is_checked(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 3)
    note = tiles.read_checkpoint()
    assert note is not None
    assert verify_note(note, KEY.vkey) == Checkpoint(ORIGIN, 3, tiles.root(3))
    assert refusal(lambda: verify_note(note.replace("\n3\n", "\n4\n"), KEY.vkey))[0] == "checkpoint"


def test_main_says_in_one_line_whether_the_log_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiles = TileFolder(tmp_path / "log")
    (tmp_path / "kept").write_text(grow(tiles, 0, some_entries(2)))
    grow(tiles, 2, some_entries(1, 2))
    argv = [str(tmp_path / "log"), "--key", KEY.vkey]
    root = base64.b64encode(tiles.root(3)).decode()
    assert verify.main([*argv, "--previous", str(tmp_path / "kept")]) == 0
    assert capsys.readouterr() == (f"accepted: {ORIGIN}, 3 entries, root {root}\n", "")
    assert verify.main([*argv, "--previous", str(tmp_path / "lost")]) == 1
    assert capsys.readouterr() == ("", "refused: lost: is missing\n")
    (tmp_path / "log/tile/0/\x1b[2J\n").write_bytes(b"")
    assert verify.main(argv) == 1
    assert capsys.readouterr() == ("", "refused: tile/0/\\x1b[2J\\n: does not belong to a log of 3 entries\n")


LOADED = ("checkpoint", "cosignature", "exported", "merkle", "verify_head")


def test_module_run_by_itself_loads_nothing_of_the_service(tmp_path: Path) -> None:
    a_log(tmp_path, 3)
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['verify', {str(tmp_path)!r}, '--key', {KEY.vkey!r}]\n"
        "try:\n"
        "    runpy.run_module('app.audit.verify', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'app'))\n"
        "print(sorted({'sqlalchemy', 'fastapi', 'pydantic', 'jose'} & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(verify.__file__).parents[2],
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert said.stdout.splitlines()[1:] == [
        str(["app", *(f"app.audit{one}" for one in ("", *(f".{name}" for name in LOADED)))]),
        "[]",
    ]
