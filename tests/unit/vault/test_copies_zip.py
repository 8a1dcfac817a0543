"""ZIP copies: AES-256, streamed, of a length known beforehand."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tracemalloc
import zlib
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pyzipper
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_zip import NO_COMPRESSION_64, stream_zip

from app.rules.errors import SealBroken
from app.vault.copies.derivation import Derivation
from app.vault.copies.marks import Mark, readme_name
from app.vault.copies.zip import Pieces, Plain, StoredDocument, ZipCopy, ZipLayout, lay_out
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


SECRET = bytes(range(32))


def layout_of(plain: bytes = FIGURES, name: str = "figures.csv", secret: bytes = SECRET, **changes: Any) -> ZipLayout:
    recorded: dict[str, Any] = {
        "size_bytes": len(plain),
        "sha256": hashlib.sha256(plain).hexdigest(),
        "crc32": zlib.crc32(plain),
        "dated_at": AT,
    }
    return lay_out(StoredDocument(name, **(recorded | changes)), MARK, secret)


def shelf_of(plain: bytes) -> Plain:
    """Give the plaintext as the shelf does, in pieces."""

    def read(offset: int, length: int | None) -> Generator[bytes, None, None]:
        stop = len(plain) if length is None else offset + length
        for at in range(offset, stop, 50_000):
            yield plain[at : min(stop, at + 50_000)]

    return read


def copy_of(plain: bytes = FIGURES, name: str = "figures.csv", **changes: Any) -> bytes:
    return b"".join(ZipCopy(layout_of(plain, name, **changes), PASSPHRASE).read(shelf_of(plain)))


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
def test_length_of_a_layout_is_the_exact_length_of_the_copy(size_bytes: int, name: str) -> None:
    plain = os.urandom(size_bytes)
    assert layout_of(plain, name).length_bytes == len(copy_of(plain, name))


def test_marked_zip_after_2038_keeps_its_date() -> None:
    copy = copy_of(dated_at=datetime(2040, 1, 2, 3, 4, 6, tzinfo=UTC))
    with pyzipper.AESZipFile(BytesIO(copy)) as opened:
        assert opened.infolist()[1].date_time == (2040, 1, 2, 3, 4, 6)


def test_marked_zip_with_a_naive_date_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        copy_of(dated_at=AT.replace(tzinfo=None))


@pytest.mark.parametrize("changes", [{"crc32": 1}, {"size_bytes": len(FIGURES) - 1}])
def test_marked_zip_of_another_document_is_broken_and_does_not_open(changes: dict[str, int]) -> None:
    given_out = b""
    broken = None
    try:
        for piece in ZipCopy(layout_of(**changes), PASSPHRASE).read(lambda *_: shelf_of(FIGURES)(0, None)):
            given_out += piece
    except SealBroken as error:
        broken = error
    assert broken is not None
    with pytest.raises(pyzipper.BadZipFile):
        pyzipper.AESZipFile(BytesIO(given_out))


def test_marked_zip_passes_on_a_broken_seal() -> None:
    def chunks(*_: object) -> Generator[bytes, None, None]:
        yield FIGURES
        raise SealBroken("chunk 3")

    with pytest.raises(SealBroken, match="chunk 3"):
        b"".join(ZipCopy(layout_of(), PASSPHRASE).read(chunks))


def test_marked_zip_left_early_closes_its_chunks() -> None:
    closed: list[bool] = []

    def chunks(*_: object) -> Generator[bytes, None, None]:
        try:
            while True:
                yield bytes(100_000)
        finally:
            closed.append(True)

    pieces = ZipCopy(layout_of(size_bytes=10**9), PASSPHRASE).read(chunks)
    for _ in range(3):
        next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # narrowing: it is a generator
    assert closed == [True]


@pytest.mark.parametrize("behind_the_first", [0, 1])
def test_marked_zip_of_a_large_document_takes_flat_memory(behind_the_first: int) -> None:
    block = os.urandom(1_000_000)
    crc32, count = 0, 60
    for _ in range(count):
        crc32 = zlib.crc32(block, crc32)
    layout = layout_of(size_bytes=count * len(block), crc32=crc32)

    def chunks(offset: int, length: int | None) -> Generator[bytes, None, None]:
        left = count * len(block) - offset if length is None else length
        while left:
            yield block[:left]
            left -= len(block[:left])

    # All but the first bytes: the document passes twice, once to be sent and once to be authenticated.
    first = layout.length_bytes - len(block) * count // 2 if behind_the_first else 0
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in ZipCopy(layout, PASSPHRASE).read(chunks, first))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == layout.length_bytes - first
    assert peak_bytes < 10_000_000


# ── the same bytes, in parts ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size_bytes", [1, 15, 16, 17, 65_536, 150_001])
def test_marked_zip_is_byte_for_byte_what_an_independent_writer_makes_of_the_same_salts(size_bytes: int) -> None:
    plain = os.urandom(size_bytes)
    layout = layout_of(plain, "ffigyrau Môn.csv")
    salts, dated = iter(layout.salts), AT.astimezone(ZoneInfo("Europe/London"))
    members = [
        (name, dated, 0o600, NO_COMPRESSION_64(len(held), zlib.crc32(held)), [held])
        for name, held in ((readme_name("RESTRICTED"), layout.notice), ("ffigyrau Môn.csv", plain))
    ]
    theirs = stream_zip(
        members, password=PASSPHRASE, extended_timestamps=False, get_crypto_random=lambda _count: next(salts)
    )
    assert b"".join(ZipCopy(layout, PASSPHRASE).read(shelf_of(plain))) == b"".join(theirs)


@settings(max_examples=300)
@given(chosen=st.data())
def test_part_of_a_marked_zip_is_that_slice_of_the_whole(chosen: st.DataObject) -> None:
    plain = chosen.draw(st.sampled_from([b"x", FIGURES[:16], FIGURES[:333], FIGURES]))
    layout = layout_of(plain)
    whole = b"".join(ZipCopy(layout, PASSPHRASE).read(shelf_of(plain)))
    first = chosen.draw(st.integers(0, len(whole) - 1))
    behind = chosen.draw(st.integers(first + 1, len(whole)))
    assert b"".join(ZipCopy(layout, PASSPHRASE).read(shelf_of(plain), first, behind)) == whole[first:behind]


def test_part_that_reaches_the_authentication_code_works_it_out_once_and_says_when_to_look_up() -> None:
    passes: list[tuple[int, int | None]] = []

    def watched(offset: int, length: int | None) -> Pieces:
        passes.append((offset, length))
        return shelf_of(FIGURES)(offset, length)

    layout = layout_of()
    whole = copy_of()
    near_end = layout.length_bytes - 400
    made = ZipCopy(layout, PASSPHRASE)
    assert made.code is None
    pieces = list(made.read(watched, near_end))
    assert b"".join(pieces) == whole[near_end:]
    assert pieces.count(b"") == -(-len(FIGURES) // 50_000)
    assert made.code is not None
    assert made.code in whole
    again = ZipCopy(layout, PASSPHRASE, made.code)
    assert b"".join(again.read(watched, near_end)) == whole[near_end:]
    assert [one for one in passes if one == (0, None)] == [(0, None)]


def test_part_that_stops_before_the_code_and_the_directory_alone_need_no_pass_over_the_document() -> None:
    def refused(offset: int, length: int | None) -> Pieces:
        assert length is not None
        return shelf_of(FIGURES)(offset, length)

    layout, whole = layout_of(), copy_of()
    end = len(layout.directory())
    made = ZipCopy(layout, PASSPHRASE)
    for first, behind in ((5, 1_000), (len(whole) - end, len(whole)), (len(whole) - end - 300, len(whole) - end - 10)):
        assert b"".join(made.read(refused, first, behind)) == whole[first:behind]


def test_copies_that_differ_in_one_thing_share_no_salt_and_no_tag() -> None:
    other_mark = replace(MARK, restricted_until_text="09:30 on 27 July 2016")
    recorded = layout_of().document
    layouts = [
        layout_of(),
        layout_of(secret=bytes(32)),
        layout_of(name="figures.txt"),
        layout_of(sha256="0" * 64),
        layout_of(size_bytes=1),
        layout_of(dated_at=AT.replace(year=2017)),
        lay_out(recorded, other_mark, SECRET),
        lay_out(recorded, replace(MARK, label="Confidential Statistics"), SECRET),
    ]
    drawn = [salt for layout in layouts for salt in layout.salts] + [bytes.fromhex(layout.tag) for layout in layouts]
    assert len(set(drawn)) == len(drawn) == 24
    assert layout_of().salts == layouts[0].salts
    assert layout_of().tag == layouts[0].tag
    assert layout_of(dated_at=AT.replace(second=21)).tag == layouts[0].tag  # ZIP counts in two seconds


def test_derivation_keeps_parts_apart_and_tells_nothing_of_its_secret() -> None:
    assert Derivation(SECRET, b"ab", b"c").tag != Derivation(SECRET, b"a", b"bc").tag
    assert Derivation(SECRET, b"ab").draw("x", 16) != Derivation(SECRET, b"ab").draw("y", 16)
    assert SECRET.hex() not in repr(Derivation(SECRET))
