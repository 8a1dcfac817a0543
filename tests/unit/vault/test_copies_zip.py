"""ZIP copies: AES-256, streamed, of a length known beforehand."""

from __future__ import annotations

import os
import subprocess
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from app.rules.errors import SealBroken
from app.vault.copies.marks import Mark, readme_name
from app.vault.copies.zip import marked_zip, zip_copy_bytes
from tests.needs import need_program

# stream_zip and pyzipper take what ZIP encryption asks for, 1,000 rounds of SHA-1, from defaults that are to go away.
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

MARK = Mark("Siân Example", "Adviser", "Office of Examples", "09:30 on 20 July 2016", "OP-4711", "Do not\npass on.")
PASSPHRASE = "tabon-rivek-mulid-sofan-genok-pirum"
AT = datetime(2016, 7, 19, 8, 30, 20, tzinfo=UTC)
FIGURES = b"period,rate\n2016-05,4.9\n" * 5_000
NOTICE = (
    "RESTRICTED until 09:30 on 20 July 2016\r\n\r\n"
    "Copy for Siân Example, Adviser, Office of Examples – opening OP-4711\r\n\r\n"
    "Do not pass on.\r\n\r\n"
).encode()


def copy_of(plain: bytes = FIGURES, name: str = "figures.csv", **changes: Any) -> bytes:
    asked: dict[str, Any] = {
        "chunks": (plain[at : at + 50_000] for at in range(0, len(plain), 50_000)),
        "size_bytes": len(plain),
        "crc32": zlib.crc32(plain),
        "modified_at": AT,
        "passphrase": PASSPHRASE,
    }
    return b"".join(marked_zip(name, MARK, **(asked | changes)))


def test_marked_zip_opens_with_its_passphrase_alone() -> None:
    with pyzipper.AESZipFile(BytesIO(copy_of())) as opened:
        assert opened.namelist() == [readme_name("RESTRICTED"), "figures.csv"]
        for wrong in (None, b"wrong"):
            with pytest.raises(RuntimeError):
                opened.read("figures.csv", pwd=wrong)
        assert opened.read("figures.csv", pwd=PASSPHRASE.encode()) == FIGURES
        assert opened.read(readme_name("RESTRICTED"), pwd=PASSPHRASE.encode()) == NOTICE
        assert {member.wz_aes_strength for member in opened.infolist()} == {3}
        assert {member.date_time for member in opened.infolist()} == {(2016, 7, 19, 9, 30, 20)}


def test_marked_zip_holds_no_plaintext() -> None:
    copy = copy_of()
    assert len(copy) > len(FIGURES)
    assert [piece in copy for piece in (b"4.9", b"OP-4711", b"Example", b"RESTRICTED until")] == [False] * 4


def test_marked_zip_is_accepted_by_another_program(tmp_path: Path) -> None:
    program = need_program("7z")
    (tmp_path / "copy.zip").write_bytes(copy_of())
    listed = subprocess.run(
        [program, "l", "-slt", tmp_path / "copy.zip"], check=True, capture_output=True, timeout=60, text=True
    )
    assert listed.stdout.count("AES-256 Store") == 2
    subprocess.run(
        [program, "x", f"-p{PASSPHRASE}", f"-o{tmp_path}", tmp_path / "copy.zip"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert (tmp_path / "figures.csv").read_bytes() == FIGURES
    assert (tmp_path / readme_name("RESTRICTED")).read_bytes() == NOTICE


@pytest.mark.parametrize("size_bytes", [1, 65_535, 65_536, 65_537, 1_000_000])
@pytest.mark.parametrize("name", ["a", "ffigyrau Môn.csv", "x" * 200])
def test_zip_copy_bytes_is_the_exact_length(size_bytes: int, name: str) -> None:
    assert zip_copy_bytes(name, MARK, size_bytes) == len(copy_of(os.urandom(size_bytes), name))


def test_marked_zip_after_2038_keeps_its_date() -> None:
    copy = copy_of(modified_at=datetime(2040, 1, 2, 3, 4, 6, tzinfo=UTC))
    with pyzipper.AESZipFile(BytesIO(copy)) as opened:
        assert opened.infolist()[1].date_time == (2040, 1, 2, 3, 4, 6)


def test_marked_zip_with_a_naive_date_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        copy_of(modified_at=AT.replace(tzinfo=None))


@pytest.mark.parametrize("changes", [{"crc32": 1}, {"size_bytes": len(FIGURES) - 1}])
def test_marked_zip_of_another_document_is_broken_and_does_not_open(changes: dict[str, int]) -> None:
    given_out = b""
    pieces = marked_zip(
        "figures.csv",
        MARK,
        [FIGURES],
        **({"size_bytes": len(FIGURES), "crc32": zlib.crc32(FIGURES), "modified_at": AT, "passphrase": "x"} | changes),
    )
    broken = None
    try:
        for piece in pieces:
            given_out += piece
    except SealBroken as error:
        broken = error
    assert broken is not None
    with pytest.raises(pyzipper.BadZipFile):
        pyzipper.AESZipFile(BytesIO(given_out))


def test_marked_zip_passes_on_a_broken_seal() -> None:
    def chunks() -> Iterator[bytes]:
        yield FIGURES
        raise SealBroken("chunk 3")

    with pytest.raises(SealBroken, match="chunk 3"):
        copy_of(chunks=chunks())


def test_marked_zip_left_early_closes_its_chunks() -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(100_000)
        finally:
            closed.append(True)

    pieces = marked_zip("figures.csv", MARK, chunks(), size_bytes=10**9, crc32=0, modified_at=AT, passphrase=PASSPHRASE)
    for _ in range(3):
        next(pieces)
    pieces.close()
    assert closed == [True]


def test_marked_zip_of_a_large_document_takes_flat_memory() -> None:
    block = os.urandom(1_000_000)
    crc32, count = 0, 60
    for _ in range(count):
        crc32 = zlib.crc32(block, crc32)
    pieces = marked_zip(
        "figures.csv",
        MARK,
        (block for _ in range(count)),
        size_bytes=count * len(block),
        crc32=crc32,
        modified_at=AT,
        passphrase=PASSPHRASE,
    )
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in pieces)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == zip_copy_bytes("figures.csv", MARK, count * len(block))
    assert peak_bytes < 10_000_000
