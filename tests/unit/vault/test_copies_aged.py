"""Copies sealed to a person's own key: of a length known beforehand, and without an end where something is wrong."""

from __future__ import annotations

import io
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from app.rules.errors import SealBroken
from app.vault import age
from app.vault.copies.aged import OpenZip, sealed_bytes, sealed_to
from app.vault.copies.zip import StoredDocument
from tests.build import london
from tests.needs import need_program
from tests.unit.vault.samples import MARK
from tests.unit.vault.test_copies_zip import shelf_of

FIGURES = b"North,1204\n" * 20_000
README = "READ ME FIRST - Confidential Statistics.txt"


def archive_of(plain: bytes, crc32: int | None = None) -> OpenZip:
    crc32 = zlib.crc32(plain) if crc32 is None else crc32
    return OpenZip(StoredDocument("Ffigurau Medi – 1.csv", len(plain), "", crc32, london(2026, 3, 9, 9, 30)), MARK)


@pytest.mark.parametrize("plain", [b"", FIGURES])
def test_open_zip_has_the_length_it_says_and_holds_the_notice_and_the_document(plain: bytes, tmp_path: Path) -> None:
    archive = archive_of(plain)
    made = b"".join(archive.read(shelf_of(plain)(0, None)))
    assert len(made) == archive.length_bytes
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == {
            README: MARK.notice(),
            "Ffigurau Medi – 1.csv": plain,
        }
        assert [info.date_time for info in opened.infolist()] == [(2026, 3, 9, 9, 30, 0)] * 2
    (tmp_path / "copy.zip").write_bytes(made)
    subprocess.run([need_program("7z"), "t", tmp_path / "copy.zip"], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("size_bytes", [0, 1, age.CHUNK_BYTES - 1, age.CHUNK_BYTES, age.CHUNK_BYTES + 1, 3_000_000])
def test_sealed_bytes_are_what_sealing_gives(size_bytes: int) -> None:
    identity = age.new_identity()
    sealed = b"".join(sealed_to(str(identity.recipient), [bytes(size_bytes)]))
    assert len(sealed) == sealed_bytes(size_bytes)
    assert age.open_small([identity], sealed) == bytes(size_bytes)


def test_copy_of_a_document_that_is_not_the_recorded_one_has_no_end_and_does_not_open() -> None:
    identity = age.new_identity()
    archive = archive_of(FIGURES, crc32=1)
    pieces = sealed_to(str(identity.recipient), archive.read(shelf_of(FIGURES)(0, None)))
    sealed = bytearray(next(pieces))
    with pytest.raises(SealBroken):
        sealed += b"".join(pieces)
    assert len(sealed) < sealed_bytes(archive.length_bytes)
    with pytest.raises(SealBroken):
        age.open_small([identity], bytes(sealed))
