"""The folder of tiles: names, bytes, growth, repetition after a crash."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.checkpoint import Checkpoint, SignedNote
from app.audit.merkle import leaf_hash, root_of
from app.audit.tiles import TileFolder, bundle_bytes, bundle_entries, tile_path, tiles_of
from app.audit.verify import LogRefused, verify_log
from app.rules.errors import LogDamaged
from tests.unit.audit.logs import KEY, ToyKey, a_log, grow, some_entries


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def leaves(entries: list[bytes]) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 256, "tile/0/999"),
        (1, 1000, 256, "tile/1/x001/000"),
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (63, 1_234_067, 1, "tile/63/x001/x234/067.p/1"),
        ("entries", 5, 255, "tile/entries/005.p/255"),
    ],
)
def test_tile_path_is_as_the_specification_writes_it(level: int | str, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path


def test_tiles_of_seventy_thousand_are_those_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    assert sum(1 for level, _, width in tiles if (level, width) == (0, 256)) == 273
    assert [tile for tile in tiles if tile[0] > 0 or tile[2] < 256] == [
        (0, 273, 112),
        (1, 0, 256),
        (1, 1, 17),
        (2, 0, 1),
    ]


def test_bundle_written_and_read_is_the_same() -> None:
    entries = [b"", b"a", b"b" * 65_535]
    assert bundle_entries(bundle_bytes(entries)) == entries
    assert bundle_bytes([b"ab", b""]) == b"\x00\x02ab\x00\x00"


def test_bundle_of_an_entry_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="65535"):
        bundle_bytes([b"a" * 65_536])


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x01", b"\x00\x01ab", b"\x00\x01a\x00"])
def test_bundle_that_ends_inside_an_entry_is_damaged(bundle: bytes) -> None:
    with pytest.raises(LogDamaged):
        bundle_entries(bundle)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 600])
def test_folder_grown_in_any_steps_exports_the_same(tmp_path: Path, size: int) -> None:
    entries = some_entries(size)
    at_once = TileFolder(tmp_path / "once")
    note = grow(at_once, 0, entries)
    at_once.export(tmp_path / "export", note)
    steps = TileFolder(tmp_path / "steps")
    for start in range(0, size, 97):
        grow(steps, start, entries[start : start + 97])
    steps.export(tmp_path / "again", note)
    assert files(tmp_path / "again") == files(tmp_path / "export")
    assert sorted(files(tmp_path / "export")) == sorted(
        ["checkpoint"]
        + [tile_path(level, index, width) for level, index, width in tiles_of(size)]
        + [tile_path("entries", index, width) for level, index, width in tiles_of(size) if level == 0]
    )
    assert verify_log(tmp_path / "export", KEY.vkey).entries == tuple(entries)
    assert verify_log(tmp_path / "steps", KEY.vkey).entries == tuple(entries)


def test_folder_of_seventy_thousand_has_the_root_of_its_leaves(tmp_path: Path) -> None:
    entries = some_entries(70_000)
    tiles = TileFolder(tmp_path)
    grow(tiles, 0, entries[:65_000])
    grow(tiles, 65_000, entries[65_000:])
    assert tiles.root(70_000) == root_of(leaves(entries))
    assert len(tiles.read_tile(2, 0, 1)) == 32
    assert verify_log(tmp_path, KEY.vkey, keep_entries=False).size == 70_000


def test_entries_and_leaf_hashes_are_read_back_over_any_range(tmp_path: Path) -> None:
    entries = some_entries(600)
    tiles = a_log(tmp_path, 600)
    for start, end in [(0, 0), (0, 600), (255, 257), (300, 301), (512, 600), (599, 600)]:
        assert list(tiles.entries(start, end)) == entries[start:end]
        assert list(tiles.leaf_hashes(start, end)) == leaves(entries[start:end])


def test_reading_beyond_the_end_is_damage(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 10)
    for read in [
        lambda: list(tiles.entries(0, 11)),
        lambda: list(tiles.leaf_hashes(0, 11)),
        lambda: [tiles.node(0, 10)],
        lambda: [tiles.node(8, 0)],
        lambda: [tiles.root(11)],
    ]:
        with pytest.raises(LogDamaged):
            read()


@pytest.mark.parametrize(("old", "new"), [(0, 3), (3, 9), (250, 300), (256, 300), (250, 600)])
def test_range_written_twice_is_the_same_and_damage_to_it_is_seen(tmp_path: Path, old: int, new: int) -> None:
    entries = some_entries(new)
    tiles = TileFolder(tmp_path)
    if old:
        grow(tiles, 0, entries[:old])
    tiles.write_range(old, leaves(entries[old:]), entries[old:])
    once = files(tmp_path)
    tiles.write_range(old, leaves(entries[old:]), entries[old:])
    assert files(tmp_path) == once
    other = [*entries[old:-1], b"another"]
    with pytest.raises(LogDamaged):
        tiles.write_range(old, leaves(other), other)
    assert files(tmp_path) == once


def test_range_half_written_before_a_crash_is_completed(tmp_path: Path) -> None:
    entries = some_entries(600)
    whole = TileFolder(tmp_path / "whole")
    grow(whole, 0, entries[:250])
    whole.write_range(250, leaves(entries[250:]), entries[250:])
    complete = files(tmp_path / "whole")
    made = sorted(set(complete) - set(files(a_log(tmp_path / "before", 250).folder)))
    assert len(made) == 7  # three bundles, three leaf tiles, one above; the checkpoint is not among them
    for lost in made:
        shutil.rmtree(tmp_path / "crashed", ignore_errors=True)
        shutil.copytree(tmp_path / "whole", tmp_path / "crashed")
        (tmp_path / "crashed" / lost).unlink()
        TileFolder(tmp_path / "crashed").write_range(250, leaves(entries[250:]), entries[250:])
        assert files(tmp_path / "crashed") == complete


def test_range_with_a_leaf_hash_of_another_entry_is_refused(tmp_path: Path) -> None:
    for hashes in [leaves([b"a", b"c"]), leaves([b"a"])]:
        with pytest.raises(LogDamaged):
            TileFolder(tmp_path).write_range(0, hashes, [b"a", b"b"])
    assert files(tmp_path) == {}


def test_range_after_a_lost_tile_is_refused(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 10)
    (tmp_path / "tile/0/000.p/10").unlink()
    with pytest.raises(LogDamaged, match=r"^tile/0/000\.p/10 is missing$"):
        tiles.write_range(10, leaves([b"a"]), [b"a"])


def test_tile_of_the_wrong_length_is_damage(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 10)
    path = tmp_path / "tile/0/000.p/10"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LogDamaged):
        tiles.read_tile(0, 0, 3)


def test_bundle_of_the_wrong_number_is_damage(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 10)
    (tmp_path / "tile/entries/000.p/10").write_bytes(bundle_bytes(some_entries(9)))
    with pytest.raises(LogDamaged):
        tiles.read_bundle(0, 3)


def test_outgrown_partial_tiles_are_removed_and_older_proofs_still_read(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 200)
    early = tiles.root(200)
    tiles.write_range(200, leaves(some_entries(100, 200)), some_entries(100, 200))
    assert (tmp_path / "tile/0/000.p/200").is_file()
    tiles.remove_outgrown(300)
    assert not (tmp_path / "tile/0/000.p").exists()
    assert not (tmp_path / "tile/entries/000.p").exists()
    assert tiles.root(200) == early
    assert list(tiles.entries(0, 200)) == some_entries(200)
    tiles.remove_outgrown(300)


def test_reading_while_partial_tiles_are_removed_finds_the_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = a_log(tmp_path, 200)
    early = tiles.root(200)
    tiles.write_range(200, leaves(some_entries(100, 200)), some_entries(100, 200))
    listing, listed = Path.iterdir, list[Path]()

    def removed_before_it_is_listed(folder: Path) -> Iterator[Path]:
        listed.append(folder)
        if len(listed) == 1:
            tiles.remove_outgrown(300)
        return listing(folder)

    monkeypatch.setattr(Path, "iterdir", removed_before_it_is_listed)
    assert tiles.root(200) == early
    assert (listed[0].name, listed[0].exists()) == ("000.p", False)


def test_removal_since_an_earlier_size_looks_only_at_tiles_completed_after_it(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 200)
    tiles.write_range(200, leaves(some_entries(400, 200)), some_entries(400, 200))
    (tmp_path / "tile/0/001.p").mkdir()
    (tmp_path / "tile/0/001.p/7").write_bytes((tmp_path / "tile/0/001").read_bytes()[: 7 * 32])
    tiles.remove_outgrown(600, since=256)
    assert (tmp_path / "tile/0/000.p/200").is_file()
    assert not (tmp_path / "tile/0/001.p").exists()
    tiles.remove_outgrown(600, since=255)
    assert not (tmp_path / "tile/0/000.p").exists()
    assert (tmp_path / "tile/1/000.p/2").is_file()


def test_partial_tile_without_its_whole_one_is_never_removed(tmp_path: Path) -> None:
    tiles = a_log(tmp_path, 200)
    with pytest.raises(LogDamaged):
        tiles.remove_outgrown(256)
    assert (tmp_path / "tile/0/000.p/200").is_file()


def test_checkpoint_is_replaced_only_by_one_that_does_not_contradict_it(tmp_path: Path) -> None:
    tiles = TileFolder(tmp_path)
    assert tiles.read_checkpoint() is None
    note = grow(tiles, 0, some_entries(10))
    smaller = KEY.sign(Checkpoint(KEY.name, 9, tiles.root(9)).to_text())
    forked = KEY.sign(Checkpoint(KEY.name, 10, tiles.root(9)).to_text())
    stranger = KEY.sign(Checkpoint("another.example", 11, tiles.root(9)).to_text())
    for wrong in [smaller, forked, stranger, "", SignedNote.parse(note).text]:
        with pytest.raises(LogDamaged):
            tiles.write_checkpoint(wrong)
    assert tiles.read_checkpoint() == note
    tiles.write_checkpoint(note)
    cosigned = note + ToyKey("witness.example", "w").sign(SignedNote.parse(note).text).split("\n\n")[1]
    tiles.write_checkpoint(cosigned)
    assert tiles.read_checkpoint() == cosigned


def test_export_of_damaged_tiles_is_refused(tmp_path: Path) -> None:
    tiles = a_log(tmp_path / "log", 10)
    note = tiles.read_checkpoint()
    assert note is not None
    path = tmp_path / "log/tile/0/000.p/10"
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    with pytest.raises(LogDamaged):
        tiles.export(tmp_path / "export", note)
    assert not (tmp_path / "export").exists()


def test_live_folder_between_tiles_and_checkpoint_exports_as_of_the_checkpoint(tmp_path: Path) -> None:
    tiles = a_log(tmp_path / "log", 200)
    note = tiles.read_checkpoint()
    assert note is not None
    tiles.write_range(200, leaves(some_entries(100, 200)), some_entries(100, 200))
    with pytest.raises(LogRefused):
        verify_log(tmp_path / "log", KEY.vkey)
    tiles.export(tmp_path / "export", note)
    assert verify_log(tmp_path / "export", KEY.vkey).entries == tuple(some_entries(200))
