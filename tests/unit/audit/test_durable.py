"""Files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.audit.durable import write_many, write_whole


def test_write_makes_the_folders_and_replaces_the_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "a/b/file"
    for content in (b"a longer first", b"second"):
        write_whole(target, content, tmp_path / "writing")
        assert target.read_bytes() == content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list((tmp_path / "writing").iterdir()) == []


def test_write_that_fails_leaves_the_target_and_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(target, b"content", tmp_path / "writing")
    assert [path.name for path in target.iterdir()] == ["in the way"]
    assert list((tmp_path / "writing").iterdir()) == []


def test_write_of_many_of_which_one_fails_leaves_each_whole_or_as_it_was_and_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "tile" / "in the way" / "below").mkdir(parents=True)
    files = [(tmp_path / "tile" / name, name.encode()) for name in ("first", "in the way", "last")]
    with pytest.raises(OSError, match="directory"):
        write_many(files, tmp_path / "writing")
    assert sorted(path.name for path in (tmp_path / "tile").iterdir()) == ["first", "in the way"]
    assert (tmp_path / "tile" / "first").read_bytes() == b"first"
    assert list((tmp_path / "writing").iterdir()) == []
    write_many([files[0], files[2]], tmp_path / "writing")
    assert [files[2][0].read_bytes(), list((tmp_path / "writing").iterdir())] == [b"last", []]
