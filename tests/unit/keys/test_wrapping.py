"""Wrapping: the same secret comes back in the same context, or nothing does."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

import app.keys
from app.keys import Keys, Purpose, Ring
from app.keys.generations import Generations, RingKey
from app.keys.material import kid_of
from app.rules.errors import KeyMissing, SealBroken

RING = Ring.in_memory()
KEYS = Keys(RING)
SECRET = bytes(range(32))
CONTEXT = "document/7"
WRAPPED = KEYS.wrap(SECRET, CONTEXT)


@given(secret=st.binary(min_size=1, max_size=4096), context=st.text(min_size=1))
def test_wrap_round_trips_in_its_context(secret: bytes, context: str) -> None:
    context = context.encode("utf-8", errors="replace").decode("utf-8")
    wrapped = KEYS.wrap(secret, context)
    assert KEYS.unwrap(wrapped, context) == secret
    assert len(wrapped) == len(secret) + 82
    assert len(secret) < 8 or secret not in wrapped[54:]


def test_wrap_has_the_documented_form_byte_by_byte() -> None:
    kek = RING.kek.current
    prefix = b"pra-wrap/1\n" + kek.kid.encode()
    assert WRAPPED[:54] == prefix
    opened = AESGCM(kek.key).decrypt(WRAPPED[54:66], WRAPPED[66:], prefix + b"document/7")
    assert opened == SECRET


def test_wrapped_example_of_the_readme_opens_for_ever() -> None:
    key = bytes(range(32))
    rest = {purpose: getattr(RING, purpose) for purpose in Purpose if purpose is not Purpose.KEK}
    kek = Generations(RingKey(kid_of(Purpose.KEK, key), key))
    ring = Ring({**rest, Purpose.KEK: kek}, folder=None, escrow_recipient_text=None)
    readme = (Path(app.keys.__file__).parent / "README.md").read_text()
    wrapped = bytes.fromhex(readme.split("```")[1].strip())
    assert Keys(ring).unwrap(wrapped, "document/1") == b"secret"
    with pytest.raises(SealBroken):
        Keys(ring).unwrap(wrapped, "document/2")


def test_wrap_twice_gives_two_different_texts() -> None:
    assert KEYS.wrap(SECRET, CONTEXT) != WRAPPED


@given(context=st.text(min_size=1).filter(lambda text: text != CONTEXT and text.isprintable()))
def test_unwrap_in_another_context_is_refused(context: str) -> None:
    assert KEYS.unwrap(WRAPPED, CONTEXT) == SECRET
    with pytest.raises(SealBroken):
        KEYS.unwrap(WRAPPED, context)


@given(place=st.integers(0, len(WRAPPED) - 1), bit=st.integers(0, 7))
def test_unwrap_with_any_one_bit_changed_is_refused(place: int, bit: int) -> None:
    changed = bytearray(WRAPPED)
    changed[place] ^= 1 << bit
    # In the name of the wrapping key a changed bit names a key that does not exist; elsewhere the seal breaks.
    expected = KeyMissing if 11 <= place < 54 else SealBroken
    with pytest.raises(expected):
        KEYS.unwrap(bytes(changed), CONTEXT)


@given(cut=st.integers(0, len(WRAPPED) - 1))
def test_unwrap_of_a_cut_text_is_refused(cut: int) -> None:
    with pytest.raises(SealBroken):
        KEYS.unwrap(WRAPPED[:cut], CONTEXT)


def test_unwrap_of_a_lengthened_text_is_refused() -> None:
    with pytest.raises(SealBroken):
        KEYS.unwrap(WRAPPED + b"\0", CONTEXT)


def test_unwrap_with_another_ring_says_that_a_key_is_missing() -> None:
    with pytest.raises(KeyMissing):
        Keys(Ring.in_memory()).unwrap(WRAPPED, CONTEXT)


def test_unwrap_after_rotation_works_until_the_old_key_is_forgotten() -> None:
    ring = Ring.in_memory()
    keys = Keys(ring)
    old = ring.kek.current.kid
    wrapped = keys.wrap(SECRET, CONTEXT)
    assert wrapped.startswith(keys.current_prefix())
    keys.rotate("kek")
    assert not wrapped.startswith(keys.current_prefix())
    assert keys.unwrap(wrapped, CONTEXT) == SECRET
    assert keys.wrap(SECRET, CONTEXT).startswith(keys.current_prefix())
    ring.forget(Purpose.KEK, old)
    with pytest.raises(KeyMissing):
        keys.unwrap(wrapped, CONTEXT)


@pytest.mark.parametrize(("secret", "context"), [(b"", "c"), (b"x" * 4097, "c"), (b"x", "")])
def test_wrap_of_nothing_too_much_or_without_context_raises(secret: bytes, context: str) -> None:
    with pytest.raises(ValueError, match="wrap"):
        KEYS.wrap(secret, context)


def test_keyed_hash_is_hmac_of_purpose_and_value() -> None:
    expected = hmac.digest(RING.sessions.current.key, b"session\0abc", "sha256").hex()
    assert KEYS.keyed_hash("session", "abc") == expected


def test_keyed_hash_differs_by_purpose_value_and_ring() -> None:
    hashes = [KEYS.keyed_hash("session", "abc"), KEYS.keyed_hash("one_time_code", "abc")]
    hashes += [KEYS.keyed_hash("session", "abd"), Keys(Ring.in_memory()).keyed_hash("session", "abc")]
    assert len(set(hashes)) == 4


@pytest.mark.parametrize("purpose", ["", "Session", "a b", "a\0b", "7"])
def test_keyed_hash_for_a_purpose_that_is_no_name_raises(purpose: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        KEYS.keyed_hash(purpose, "abc")


def test_keyed_hash_after_rotation_no_longer_matches() -> None:
    keys = Keys(Ring.in_memory())
    before = keys.keyed_hash("session", "abc")
    keys.rotate("sessions")
    assert keys.keyed_hash("session", "abc") != before


def test_new_secret_token_has_forty_three_letters_and_never_repeats() -> None:
    made = [KEYS.new_secret_token() for _ in range(100)]
    assert ({len(token) for token in made}, len(set(made))) == ({43}, 100)


def test_unknown_purpose_cannot_be_rotated() -> None:
    with pytest.raises(ValueError, match="not a valid Purpose"):
        KEYS.rotate("everything")
