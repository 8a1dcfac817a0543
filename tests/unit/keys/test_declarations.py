"""Declarations: the exact bytes that were signed come back, or nothing does; others' libraries agree."""

from __future__ import annotations

import json
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from app.keys import Keys, Purpose, Ring, check_public_jwk
from app.keys.publickeys import public_jwk
from app.rules.errors import Code, Malformed
from tests.unit.keys.forge import b64, forge, unb64, without

RING = Ring.in_memory()
KEYS = Keys(RING)
PAYLOAD = b'{"name":"Ada Example","undertaking_sha256":"00"}'
SEALED = KEYS.sign_declaration(PAYLOAD)
PERSON = generate_private_key(SECP256R1())
PERSON_JWK = public_jwk(PERSON.public_key())
HEADER = {"alg": "ES256", "kid": PERSON_JWK["kid"], "typ": "pra-declaration+jws"}


def refusal(declaration: Any, public_keys: Any = None) -> str:
    with pytest.raises(Malformed) as raised:
        KEYS.verify_declaration(declaration, public_keys)
    assert raised.value.code == Code.DECLARATION_NOT_VALID
    return raised.value.detail.removeprefix("The declaration does not verify: ").removesuffix(".")


def test_declaration_sealed_by_the_service_gives_back_its_exact_bytes() -> None:
    assert KEYS.verify_declaration(SEALED) == PAYLOAD
    assert json.loads(unb64(SEALED.split(".")[0])) == {
        "alg": "ES256",
        "kid": RING.declarations.current.kid,
        "typ": "pra-declaration+jws",
    }


@given(st.binary(min_size=1, max_size=2000))
def test_declaration_of_any_bytes_gives_them_back(payload: bytes) -> None:
    assert KEYS.verify_declaration(KEYS.sign_declaration(payload)) == payload


def test_declaration_verifies_with_another_library_and_the_published_set_alone() -> None:
    published = json.loads(json.dumps(KEYS.declaration_jwk_set()))
    kid = pyjwt.get_unverified_header(SEALED)["kid"]
    key = next(pyjwt.PyJWK(jwk) for jwk in published["keys"] if jwk["kid"] == kid)
    assert pyjwt.PyJWS().decode(SEALED, key.key, algorithms=["ES256"]) == PAYLOAD


def test_declaration_signed_by_a_person_verifies_with_the_registered_key() -> None:
    signed = forge(PERSON, HEADER, PAYLOAD)
    assert KEYS.verify_declaration(signed, PERSON_JWK) == PAYLOAD
    assert KEYS.verify_declaration(signed, {"keys": [*KEYS.declaration_jwk_set()["keys"], PERSON_JWK]}) == PAYLOAD


def test_declaration_signed_by_another_library_with_the_persons_key_verifies() -> None:
    signed = pyjwt.PyJWS().encode(PAYLOAD, PERSON, algorithm="ES256", headers=without(HEADER, "alg"))
    assert KEYS.verify_declaration(signed, PERSON_JWK) == PAYLOAD


def test_declaration_of_a_person_is_no_declaration_of_the_service_nor_the_other_way_round() -> None:
    unknown = "its kid names none of the keys it may be signed with"
    assert refusal(forge(PERSON, HEADER, PAYLOAD)) == unknown
    assert refusal(SEALED, PERSON_JWK) == unknown


def test_declaration_signed_by_a_stranger_under_the_persons_kid_is_refused() -> None:
    stranger = generate_private_key(SECP256R1())
    assert refusal(forge(stranger, HEADER, PAYLOAD), PERSON_JWK) == "the signature does not verify"


def test_declaration_against_an_empty_set_is_refused() -> None:
    assert refusal(SEALED, {"keys": []}) == "its kid names none of the keys it may be signed with"


@pytest.mark.parametrize(
    "changed",
    [
        {"crit": ["b64"], "b64": False},
        {"jwk": PERSON_JWK},
        {"jku": "https://attacker.gov.example/keys"},
        {"x5u": "https://attacker.gov.example/chain"},
        {"x5c": ["MIIB"]},
        {"cty": "json"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"typ": "pra-token+jwt"},
        {"typ": "JWT"},
        {"kid": 7},
    ],
)
def test_declaration_with_any_other_header_is_refused(changed: dict[str, Any]) -> None:
    assert refusal(forge(PERSON, {**HEADER, **changed}, PAYLOAD), PERSON_JWK).startswith("header ")


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
def test_declaration_without_a_header_member_is_refused(member: str) -> None:
    assert refusal(forge(PERSON, without(HEADER, member), PAYLOAD), PERSON_JWK).startswith("header ")


def test_declaration_whose_kid_is_chosen_by_the_person_is_refused() -> None:
    named = {**PERSON_JWK, "kid": "my-laptop"}
    assert KEYS.verify_declaration(forge(PERSON, HEADER, PAYLOAD), named) == PAYLOAD
    signed = forge(PERSON, {**HEADER, "kid": "my-laptop"}, PAYLOAD)
    assert refusal(signed, named) == "its kid names none of the keys it may be signed with"


def test_token_presented_as_a_declaration_is_refused() -> None:
    tokens = RING.tokens.current
    token = forge(tokens.key, {"alg": "ES256", "kid": tokens.kid, "typ": "pra-token+jwt"}, PAYLOAD)
    assert refusal(token, KEYS.declaration_jwk_set()) == "header typ is not pra-declaration+jws"


def test_declaration_against_a_key_that_is_private_is_refused_as_a_key() -> None:
    with pytest.raises(Malformed) as raised:
        KEYS.verify_declaration(SEALED, {**PERSON_JWK, "d": "AAAA"})
    assert raised.value.code == Code.KEY_NOT_VALID


def test_declaration_sealed_before_a_rotation_still_verifies_and_both_keys_are_published() -> None:
    ring = Ring.in_memory()
    keys = Keys(ring)
    old = keys.sign_declaration(PAYLOAD)
    first = ring.declarations.current.kid
    second = keys.rotate("declarations")
    assert [jwk["kid"] for jwk in keys.declaration_jwk_set()["keys"]] == [second, first]
    assert keys.verify_declaration(old) == PAYLOAD
    assert json.loads(unb64(keys.sign_declaration(PAYLOAD).split(".")[0]))["kid"] == second


def test_declaration_key_set_has_public_members_only_and_no_key_of_another_purpose() -> None:
    published = KEYS.declaration_jwk_set()["keys"]
    assert [sorted(jwk) for jwk in published] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]
    secret = b64(RING.declarations.current.key.private_numbers().private_value.to_bytes(32, "big"))
    assert secret not in json.dumps(published)
    assert [check_public_jwk(jwk) for jwk in published] == published
    assert published[0]["kid"] not in {RING.tokens.current.kid, RING.log.current.kid}


@pytest.mark.parametrize("payload", [b"", b"x" * 12_300])
def test_declaration_that_is_empty_or_too_long_is_not_sealed(payload: bytes) -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        KEYS.sign_declaration(payload)


@given(segment=st.integers(0, 2), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_declaration_with_any_one_bit_changed_is_refused(segment: int, place: int, bit: int) -> None:
    segments = SEALED.split(".")
    octets = bytearray(unb64(segments[segment]))
    octets[place % len(octets)] ^= 1 << bit
    segments[segment] = b64(bytes(octets))
    assert refusal(".".join(segments)) != ""


def test_declaration_key_that_was_forgotten_is_no_longer_published() -> None:
    ring = Ring.in_memory()
    keys = Keys(ring)
    sealed = keys.sign_declaration(PAYLOAD)
    first = ring.declarations.current.kid
    ring.rotate(Purpose.DECLARATIONS)
    assert keys.verify_declaration(sealed) == PAYLOAD
    ring.forget(Purpose.DECLARATIONS, first)
    with pytest.raises(Malformed, match="names none of the keys"):
        keys.verify_declaration(sealed)
