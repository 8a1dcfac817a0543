"""Laws of the seal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.errors import SealBroken
from app.vault import age

CHUNK = age.CHUNK_BYTES
IDENTITY = age.new_identity()
PATTERN = bytes(range(251)) * 8_400  # no chunk is like another: 251 does not divide 65,536

lengths = st.one_of(
    st.integers(0, 300),
    st.builds(
        lambda chunks, shift: max(0, chunks * CHUNK + shift), st.sampled_from([1, 2, 16, 17, 32]), st.integers(-2, 2)
    ),
)


def opened_until_broken(sealed: bytes) -> tuple[bytes, SealBroken | None]:
    given_out = b""
    try:
        for piece in age.open_sealed([IDENTITY], age.InMemory(sealed)).read():
            given_out += piece
    except SealBroken as error:
        return given_out, error
    return given_out, None


def in_pieces(plain: bytes, size: int) -> Iterator[bytes]:
    return (plain[at : at + size] for at in range(0, len(plain), size))


@settings(deadline=None, max_examples=60)
@given(length=lengths, size=st.sampled_from([7_001, 65_535, 65_536, 65_537, 2_000_000]))
def test_seal_round_trips(length: int, size: int) -> None:
    plain = PATTERN[:length]
    sealed = b"".join(age.seal([IDENTITY.recipient], in_pieces(plain, size)))
    reader = age.open_sealed([IDENTITY], age.InMemory(sealed))
    assert b"".join(reader.read()) == plain
    assert reader.plaintext_bytes == length


@settings(deadline=None, max_examples=80)
@given(length=lengths, data=st.data())
def test_any_part_equals_the_slice(length: int, data: st.DataObject) -> None:
    plain = PATTERN[:length]
    offset = data.draw(st.integers(0, length))
    wanted = data.draw(st.one_of(st.none(), st.integers(0, length + 5)))
    reader = age.open_sealed([IDENTITY], age.InMemory(age.seal_small([IDENTITY.recipient], plain)))
    assert b"".join(reader.read(offset, wanted)) == plain[offset : None if wanted is None else offset + wanted]


SHORT = age.seal_small([IDENTITY.recipient], PATTERN[:20])
LONG_PLAIN = PATTERN[: 3 * CHUNK + 9]
LONG = age.seal_small([IDENTITY.recipient], LONG_PLAIN)
LONG_PAYLOAD_AT = len(LONG) - (4 * age.TAG_BYTES + len(LONG_PLAIN))


def test_one_flipped_bit_anywhere_breaks_a_short_seal_and_yields_nothing() -> None:
    for at in range(len(SHORT)):
        for bit in range(8):
            flipped = bytearray(SHORT)
            flipped[at] ^= 1 << bit
            given_out, broken = opened_until_broken(bytes(flipped))
            assert (given_out, broken is not None) == (b"", True), (at, bit)


@settings(deadline=None, max_examples=100)
@given(at=st.integers(LONG_PAYLOAD_AT, len(LONG) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_yields_only_the_chunks_before_it(at: int, bit: int) -> None:
    flipped = bytearray(LONG)
    flipped[at] ^= 1 << bit
    given_out, broken = opened_until_broken(bytes(flipped))
    assert broken is not None
    assert given_out == LONG_PLAIN[: (at - LONG_PAYLOAD_AT) // age.SEALED_CHUNK_BYTES * CHUNK]


@settings(deadline=None, max_examples=100)
@given(kept=st.integers(0, len(LONG) - 1))
def test_a_cut_seal_yields_no_further_byte(kept: int) -> None:
    given_out, broken = opened_until_broken(LONG[:kept])
    assert broken is not None
    assert given_out == LONG_PLAIN[: max(0, kept - LONG_PAYLOAD_AT) // age.SEALED_CHUNK_BYTES * CHUNK]


@settings(deadline=None, max_examples=50)
@given(tail=st.binary(min_size=1, max_size=70_000))
def test_a_lengthened_seal_is_broken(tail: bytes) -> None:
    given_out, broken = opened_until_broken(LONG + tail)
    assert broken is not None
    assert given_out == LONG_PLAIN[: 3 * CHUNK]


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 2), (1, 2)])
def test_a_swapped_seal_yields_no_further_byte(one: int, other: int) -> None:
    def chunk(index: int) -> slice:
        start = LONG_PAYLOAD_AT + index * age.SEALED_CHUNK_BYTES
        return slice(start, start + age.SEALED_CHUNK_BYTES)

    swapped = bytearray(LONG)
    swapped[chunk(one)], swapped[chunk(other)] = LONG[chunk(other)], LONG[chunk(one)]
    given_out, broken = opened_until_broken(bytes(swapped))
    assert broken is not None
    assert given_out == LONG_PLAIN[: one * CHUNK]


def test_a_chunk_of_another_document_is_broken() -> None:
    other = age.seal_small([IDENTITY.recipient], LONG_PLAIN)
    spliced = LONG[: -age.SEALED_CHUNK_BYTES] + other[-age.SEALED_CHUNK_BYTES :]
    whole, _ = opened_until_broken(other)
    given_out, broken = opened_until_broken(spliced)
    assert (whole, broken is not None) == (LONG_PLAIN, True)
    assert given_out == LONG_PLAIN[: 2 * CHUNK]
