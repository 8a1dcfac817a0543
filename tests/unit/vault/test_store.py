"""The local store: whole and durable, or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.rules.errors import Broken, Code, Conflict, SealBroken, Unavailable
from app.vault.store import ESCROW_SUFFIX, LocalStore, new_name

NAME = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def read_all(store: LocalStore, name: str) -> bytes:
    with store.open(name) as source:
        return source.read_at(0, source.size_bytes)


def test_put_stores_the_bytes_and_says_how_many(store: LocalStore, root: Path) -> None:
    assert store.put(NAME, [b"abc", b"", b"defg"]) == 7
    assert read_all(store, NAME) == b"abcdefg"
    assert [path.name for path in root.iterdir()] == [NAME]


def test_put_keeps_objects_for_the_owner_alone(store: LocalStore, root: Path) -> None:
    store.put(NAME, [b"abc"])
    assert (root.stat().st_mode & 0o777, (root / NAME).stat().st_mode & 0o777) == (0o700, 0o600)


def test_put_under_a_taken_name_leaves_the_first_object(store: LocalStore, root: Path) -> None:
    store.put(NAME, [b"first"])
    with pytest.raises(Conflict) as caught:
        store.put(NAME, [b"second"])
    assert caught.value.code is Code.ALREADY_EXISTS
    assert read_all(store, NAME) == b"first"
    assert [path.name for path in root.iterdir()] == [NAME]


def test_put_while_the_same_name_is_being_stored_is_refused(store: LocalStore) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"first "
        with pytest.raises(Conflict):
            store.put(NAME, [b"second"])
        yield b"wins"

    store.put(NAME, chunks())
    assert read_all(store, NAME) == b"first wins"


@pytest.mark.parametrize("error", [ValueError("torn"), KeyboardInterrupt(), GeneratorExit(), OSError("network")])
def test_put_of_chunks_that_fail_midway_leaves_nothing_and_passes_their_error_on(
    store: LocalStore, root: Path, error: BaseException
) -> None:
    def chunks() -> Iterator[bytes]:
        yield bytes(100_000)
        assert [path.name for path in root.iterdir()] == [NAME + ".part"]
        raise error

    with pytest.raises(type(error)) as caught:
        store.put(NAME, chunks())
    assert caught.value is error
    assert list(root.iterdir()) == []


def test_put_on_a_full_disk_leaves_nothing(store: LocalStore, root: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # the system's own refusal: EFBIG after a short write
    try:
        with pytest.raises(Unavailable) as caught:
            store.put(NAME, [bytes(40_000), bytes(40_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.detail == f"The stored object could not be stored: {os.strerror(errno.EFBIG)}."
    assert list(root.iterdir()) == []
    assert store.put(NAME, [bytes(80_000)]) == 80_000


@pytest.mark.parametrize("call", ["fsync", "write"])
@pytest.mark.parametrize("nth", [1, 2])
def test_put_with_a_failing_disk_leaves_nothing(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    real, calls = getattr(os, call), []

    def failing(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == nth:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(*arguments)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(Unavailable):
        store.put(NAME, [b"abc", b"def"])
    assert len(calls) == nth
    assert list(root.iterdir()) == []


def test_put_whose_rename_fails_leaves_nothing(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(Unavailable):
        store.put(NAME, [b"abc"])
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["", "..", "../" + NAME, NAME + "/..", NAME.upper(), NAME[:-1], NAME + "\n", NAME + ".part", "x" * 32, NAME + "\0"],
)
def test_every_act_on_a_name_that_is_not_ours_is_refused(store: LocalStore, root: Path, name: str) -> None:
    (root.parent / NAME).write_bytes(b"outside")
    for act in (lambda: store.put(name, [b"x"]), lambda: store.open(name), lambda: store.remove(name)):
        with pytest.raises(SealBroken):
            act()
    assert (root.parent / NAME).read_bytes() == b"outside"
    assert list(root.iterdir()) == []


def test_open_of_a_missing_object_says_so(store: LocalStore) -> None:
    with pytest.raises(SealBroken) as caught:
        store.open(NAME)
    assert caught.value.detail == "The sealed file is missing."


def test_open_does_not_follow_a_link_out_of_the_store(store: LocalStore, root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"outside")
    (root / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SealBroken):
        store.open(NAME)


def test_read_at_gives_any_part_and_less_only_at_the_end(store: LocalStore) -> None:
    store.put(NAME, [b"0123456789"])
    with store.open(NAME) as source:
        assert source.size_bytes == 10
        assert [source.read_at(*part) for part in ((0, 3), (4, 4), (8, 10), (10, 1), (3, 0))] == [
            b"012",
            b"4567",
            b"89",
            b"",
            b"",
        ]


def test_read_at_after_close_is_refused_and_the_file_is_let_go(store: LocalStore) -> None:
    store.put(NAME, [b"abc"])
    before = open_files()
    source = store.open(NAME)
    assert open_files() == before + 1
    source.close()
    source.close()
    assert open_files() == before
    with pytest.raises(Unavailable):
        source.read_at(0, 1)


def test_remove_takes_the_object_away_and_twice_is_no_error(store: LocalStore) -> None:
    store.put(NAME, [b"abc"])
    store.remove(NAME)
    store.remove(NAME)
    assert store.names() == []


def test_names_lists_whole_objects_alone(store: LocalStore, root: Path) -> None:
    names = sorted(new_name() for _ in range(3))
    for name in names:
        store.put(name, [b"abc"])
    store.put(names[0] + ESCROW_SUFFIX, [b"key"])
    (root / (NAME + ".part")).write_bytes(b"half")
    assert store.names() == sorted([*names, names[0] + ESCROW_SUFFIX])


def test_sweep_removes_what_a_dead_process_left_and_spares_what_is_being_written(store: LocalStore, root: Path) -> None:
    store.put(NAME, [b"whole"])
    dead, running = new_name(), new_name()
    (root / (dead + ".part")).write_bytes(b"half")
    (root / "something else.part").write_bytes(b"not ours")

    def chunks() -> Iterator[bytes]:
        yield b"still "
        assert store.sweep_unfinished() == 1
        yield b"here"

    store.put(running, chunks())
    assert read_all(store, running) == b"still here"
    assert sorted(path.name for path in root.iterdir()) == sorted([NAME, running, "something else.part"])


def test_put_whose_unfinished_file_was_swept_at_birth_stores_nothing(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def sweep_first(descriptor: int, how: int) -> None:
        (root / (NAME + ".part")).unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with pytest.raises(Unavailable):
        store.put(NAME, [b"abc"])
    assert list(root.iterdir()) == []


def test_claim_on_a_file_system_without_links_holds_too(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refusing)
    store.claim("ent_ours")
    with pytest.raises(Broken):
        store.claim("ent_theirs")
    assert [path.name for path in root.iterdir()] == ["belongs-to"]


def test_claim_that_fails_on_the_way_leaves_nothing(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", failing)
        with pytest.raises(Unavailable):
            store.claim("ent_ours")
    assert list(root.iterdir()) == []
    store.claim("ent_theirs")
    assert (root / "belongs-to").read_bytes() == b"ent_theirs"


@pytest.mark.parametrize("taken", [True, False])
def test_replace_puts_the_new_object_in_the_place_of_what_may_be_there(
    store: LocalStore, root: Path, taken: bool
) -> None:
    if taken:
        store.put(NAME, [b"the first, longer"])
    assert store.replace(NAME, [b"sec", b"ond"]) == 6
    assert read_all(store, NAME) == b"second"
    assert [path.name for path in root.iterdir()] == [NAME]


def test_replace_that_fails_midway_leaves_the_old_object(store: LocalStore, root: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half of"
        raise OSError("network")

    store.put(NAME, [b"first"])
    with pytest.raises(OSError, match="network"):
        store.replace(NAME, chunks())
    assert read_all(store, NAME) == b"first"
    assert [path.name for path in root.iterdir()] == [NAME]


def test_replace_takes_the_place_of_one_who_died_on_the_way_but_not_of_one_who_writes(
    store: LocalStore, root: Path
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"first "
        with pytest.raises(Conflict):
            store.replace(NAME, [b"second"])
        yield b"wins"

    store.put(NAME, [b"old"])
    store.replace(NAME, chunks())
    assert read_all(store, NAME) == b"first wins"
    (root / f"{NAME}.part").write_bytes(b"torn")
    store.replace(NAME, [b"third"])
    assert (read_all(store, NAME), [path.name for path in root.iterdir()]) == (b"third", [NAME])
