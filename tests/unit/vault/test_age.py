"""The age format, held against the public vectors and against two other implementations."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from app.rules.errors import Code, Malformed, SealBroken
from app.vault import age
from app.vault.header import HEADER_LIMIT_BYTES
from tests.needs import need_program

VECTORS = Path(__file__).parents[2] / "vectors" / "age"
VECTOR_NAMES = sorted(path.name for path in VECTORS.iterdir() if path.suffix != ".md")
STAGES = {
    "header failure": "header",
    "no match": "no_match",
    "HMAC failure": "hmac",
    "payload failure": "payload",
}
CHUNK = age.CHUNK_BYTES
LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 16 * CHUNK - 1, 16 * CHUNK, 16 * CHUNK + 1, 33 * CHUNK + 5]


@dataclass(frozen=True)
class Vector:
    expect: str
    payload: str | None
    identities: list[age.Identity]
    sealed: bytes


def read_vector(name: str) -> Vector:
    heading, _, sealed = (VECTORS / name).read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in heading.decode().splitlines()]
    keys = dict(pairs)
    if keys.get("compressed") == "zlib":
        sealed = zlib.decompress(sealed)
    identities = [age.Identity.parse(value) for key, value in pairs if key == "identity"]
    return Vector(keys["expect"], keys.get("payload"), identities, sealed)


def test_vectors_are_all_there() -> None:
    assert len(VECTOR_NAMES) == 67


@pytest.mark.parametrize("name", VECTOR_NAMES)
def test_vector_ends_as_expected_and_gives_out_exactly_its_payload(name: str) -> None:
    vector = read_vector(name)
    given = hashlib.sha256()
    outcome = "success"
    try:
        for piece in age.open_sealed(vector.identities, age.InMemory(vector.sealed)).read():
            given.update(piece)
    except SealBroken as error:
        outcome = next(expect for expect, stage in STAGES.items() if stage == error.extra["stage"])
    assert outcome == vector.expect
    assert vector.payload in (None, given.hexdigest())


@pytest.mark.parametrize("length", LENGTHS)
def test_seal_of_any_length_opens_with_another_implementation(length: int) -> None:
    identity, plain = age.new_identity(), os.urandom(length)
    sealed = age.seal_small([identity.recipient], plain)
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity.secret_text())]) == plain


@pytest.mark.parametrize("length", LENGTHS)
def test_open_of_another_implementations_file_gives_the_plaintext(length: int) -> None:
    theirs, plain = pyrage.x25519.Identity.generate(), os.urandom(length)
    identity = age.Identity.parse(str(theirs))
    assert str(identity.recipient) == str(theirs.to_public())
    assert age.open_small([identity], pyrage.encrypt(plain, [theirs.to_public()])) == plain


def test_age_program_opens_our_file_and_we_open_its(tmp_path: Path) -> None:
    program = need_program("age")
    identity, plain = age.new_identity(), os.urandom(3 * CHUNK + 7)
    (tmp_path / "key").write_text(identity.secret_text() + "\n")
    opened = subprocess.run(
        [program, "-d", "-i", str(tmp_path / "key")],
        input=age.seal_small([identity.recipient], plain),
        capture_output=True,
        check=True,
        timeout=30,
    )
    sealed = subprocess.run(
        [program, "-r", str(identity.recipient)], input=plain, capture_output=True, check=True, timeout=30
    )
    assert opened.stdout == plain
    assert age.open_small([identity], sealed.stdout) == plain


def test_seal_to_two_recipients_opens_for_each_and_for_nobody_else() -> None:
    first, second, stranger = age.new_identity(), age.new_identity(), age.new_identity()
    sealed = age.seal_small([first.recipient, second.recipient], b"both")
    assert [age.open_small([each], sealed) for each in (first, second)] == [b"both", b"both"]
    with pytest.raises(SealBroken) as caught:
        age.open_small([stranger], sealed)
    assert caught.value.extra["stage"] == "no_match"


def test_seal_to_nobody_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        age.seal_small([], b"secret")
    assert caught.value.code is Code.KEY_NOT_VALID


def test_seal_to_a_low_order_key_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        age.seal_small([age.Recipient(bytes(32))], b"secret")
    assert caught.value.code is Code.KEY_NOT_VALID


def test_seal_left_early_closes_its_chunks() -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(16 * CHUNK)
        finally:
            closed.append(True)

    sealing = age.seal([age.new_identity().recipient], chunks())
    next(sealing)
    next(sealing)
    sealing.close()
    assert closed == [True]


def test_seal_of_a_long_stream_takes_no_more_than_two_groups_ahead() -> None:
    taken: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield bytes(CHUNK)

    sealing = age.seal([age.new_identity().recipient], chunks())
    next(sealing)
    next(sealing)
    assert len(taken) == age.GROUP_CHUNKS + 1


def test_read_gives_groups_of_sixteen_chunks() -> None:
    identity = age.new_identity()
    sealed = age.seal_small([identity.recipient], bytes(33 * CHUNK))
    pieces = list(age.open_sealed([identity], age.InMemory(sealed)).read())
    assert [len(piece) for piece in pieces] == [16 * CHUNK, 16 * CHUNK, CHUNK]


class CountingSource(age.InMemory):
    def __init__(self, sealed: bytes) -> None:
        super().__init__(sealed)
        self.reads: list[tuple[int, int]] = []

    def read_at(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return super().read_at(offset, length)


def test_read_of_a_part_takes_only_its_chunks_and_the_last() -> None:
    identity = age.new_identity()
    plain = os.urandom(40 * CHUNK)
    source = CountingSource(age.seal_small([identity.recipient], plain))
    sealed = age.open_sealed([identity], source)
    source.reads.clear()
    assert b"".join(sealed.read(20 * CHUNK + 3, 10)) == plain[20 * CHUNK + 3 : 20 * CHUNK + 13]
    payload_at = source.size_bytes - 40 * age.SEALED_CHUNK_BYTES
    assert source.reads == [
        (payload_at + 39 * age.SEALED_CHUNK_BYTES, age.SEALED_CHUNK_BYTES),
        (payload_at + 20 * age.SEALED_CHUNK_BYTES, age.SEALED_CHUNK_BYTES),
    ]


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (4, 1), (0, -1)])
def test_read_of_a_part_outside_the_file_is_refused(offset: int, length: int) -> None:
    identity = age.new_identity()
    sealed = age.open_sealed([identity], age.InMemory(age.seal_small([identity.recipient], b"abc")))
    with pytest.raises(Malformed):
        list(sealed.read(offset, length))


@pytest.mark.parametrize("cut_chunks", [1, 2])
def test_read_of_a_part_of_a_cut_file_gives_nothing(cut_chunks: int) -> None:
    identity = age.new_identity()
    whole = age.seal_small([identity.recipient], os.urandom(4 * CHUNK))
    assert b"".join(age.open_sealed([identity], age.InMemory(whole)).read(0, 5)) != b""
    cut = whole[: -cut_chunks * age.SEALED_CHUNK_BYTES]
    reading = age.open_sealed([identity], age.InMemory(cut)).read(0, 5)
    with pytest.raises(SealBroken):
        next(reading)


def test_open_of_a_header_without_end_is_refused_at_its_limit() -> None:
    endless = b"age-encryption.org/v1\n" + b"-> grease\n\n" * 100_000
    source = CountingSource(endless)
    with pytest.raises(SealBroken) as caught:
        age.open_sealed([age.new_identity()], source)
    assert caught.value.extra["stage"] == "header"
    assert source.reads == [(0, HEADER_LIMIT_BYTES + 16)]


def test_open_of_a_passphrase_beside_another_recipient_is_refused() -> None:
    identity = age.new_identity()
    sealed = age.seal_small([identity.recipient], b"abc")
    version, _, rest = sealed.partition(b"\n")
    with pytest.raises(SealBroken) as caught:
        age.open_small([identity], version + b"\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA 10\n\n" + rest)
    assert caught.value.extra["stage"] == "header"


def test_open_of_a_passphrase_file_matches_no_identity() -> None:
    sealed = pyrage.passphrase.encrypt(b"abc", "far too short")
    with pytest.raises(SealBroken) as caught:
        age.open_small([age.new_identity()], sealed)
    assert caught.value.extra["stage"] == "no_match"


def test_identity_shown_never_holds_its_secret() -> None:
    identity = age.new_identity()
    shown = repr(identity) + str(identity) + f"{identity}"
    assert identity.secret_text() not in shown
    assert identity.secret_text()[len("AGE-SECRET-KEY-1") :][:20] not in shown
    assert shown == f"Identity(recipient={identity.recipient})" * 3


def test_identity_text_is_what_another_implementation_writes() -> None:
    theirs = pyrage.x25519.Identity.generate()
    assert age.Identity.parse(str(theirs)).secret_text() == str(theirs)


SECRET = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"
PUBLIC = str(age.Identity.parse(SECRET).recipient)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "AGE-SECRET-KEY-1",
        SECRET.lower(),
        SECRET[:-1] + "q",
        SECRET[:-1] + "Q",
        SECRET[:-1],
        SECRET + "Q",
        SECRET.replace("EGTZ", "EGTB"),
        SECRET.replace("AGE", "ÄGE"),
        SECRET + "\n",
        PUBLIC,
    ],
)
def test_identity_in_other_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        age.Identity.parse(text)
    assert caught.value.code is Code.KEY_NOT_VALID


@pytest.mark.parametrize("text", ["", PUBLIC.upper(), PUBLIC[:-1], PUBLIC + "q", SECRET, "age1qqqqqqqqqqqqq"])
def test_recipient_in_other_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        age.Recipient.parse(text)
    assert caught.value.code is Code.KEY_NOT_VALID


def test_recipient_text_round_trips() -> None:
    assert str(age.Recipient.parse(PUBLIC)) == PUBLIC
