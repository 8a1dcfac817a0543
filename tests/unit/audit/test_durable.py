"""Files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.audit.durable import write_whole


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
