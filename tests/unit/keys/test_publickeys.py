"""Public keys that a person may register."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from app.keys import check_public_jwk
from app.keys.publickeys import public_jwk, thumbprint
from app.rules.errors import Code, Malformed
from tests.unit.keys.forge import b64, without

# The example key of RFC 7517 appendix A.1.
EXAMPLE = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
FULL = public_jwk(generate_private_key(SECP256R1()).public_key())


def refusal(jwk: Any) -> str:
    with pytest.raises(Malformed) as raised:
        check_public_jwk(jwk)
    assert raised.value.code == Code.KEY_NOT_VALID
    return raised.value.detail.removeprefix("The public key cannot be taken. ")


def test_public_key_of_the_rfc_is_taken_in_its_normal_form() -> None:
    kid = thumbprint(EXAMPLE)
    assert check_public_jwk(EXAMPLE) == {**EXAMPLE, "alg": "ES256", "use": "sig", "kid": kid}
    assert kid == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"


def test_thumbprint_of_the_rfc_8037_key_is_the_one_the_rfc_gives() -> None:
    members = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(members) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_public_key_in_its_normal_form_is_taken_as_it_is() -> None:
    assert check_public_jwk(FULL) == FULL


def test_public_key_as_a_browser_exports_it_is_taken() -> None:
    assert check_public_jwk({**EXAMPLE, "ext": True, "key_ops": ["verify"]}) == check_public_jwk(EXAMPLE)


def test_public_key_with_a_chosen_name_gets_its_thumbprint_instead() -> None:
    assert check_public_jwk({**EXAMPLE, "kid": FULL["kid"]}) == check_public_jwk(EXAMPLE)


def test_private_key_is_refused_and_its_owner_told() -> None:
    assert refusal({**EXAMPLE, "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}) == (
        "This is a private key. Never send it; make a new pair and send the public half."
    )


@pytest.mark.parametrize("member", ["kty", "crv", "x", "y"])
def test_public_key_without_a_member_is_refused(member: str) -> None:
    assert refusal(without(EXAMPLE, member)) == f"Missing members: {member}."


@pytest.mark.parametrize(
    "changed",
    [{"kty": "RSA"}, {"kty": "oct"}, {"kty": "OKP"}, {"kty": "ec"}, {"kty": None}]
    + [{"crv": crv} for crv in ("P-384", "P-521", "secp256k1", "Ed25519", "p-256", 256)],
)
def test_public_key_of_another_kind_is_refused(changed: dict[str, Any]) -> None:
    assert refusal({**EXAMPLE, **changed}) == "Only EC keys on the curve P-256 are taken."


@pytest.mark.parametrize("member", ["x5c", "x5u", "jku", "k", "n", "e", "oth", "comment"])
def test_public_key_with_other_members_is_refused(member: str) -> None:
    assert refusal({**EXAMPLE, member: "AAAA"}) == ("It has members that a plain public key for ES256 does not have.")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("alg", "HS256"),
        ("alg", "ECDH-ES"),
        ("alg", None),
        ("use", "enc"),
        ("key_ops", ["sign"]),
        ("key_ops", ["verify", "sign"]),
        ("key_ops", "verify"),
        ("key_ops", []),
        ("ext", 1),
    ],
)
def test_public_key_meant_for_something_else_is_refused(member: str, value: Any) -> None:
    assert refusal({**EXAMPLE, member: value}) == f"Its member {member} does not say that it verifies ES256 signatures."


@pytest.mark.parametrize("kid", [7, None, "a" * 256])
def test_public_key_whose_name_is_no_short_text_is_refused(kid: Any) -> None:
    assert refusal({**EXAMPLE, "kid": kid}) == "Its kid must be a text of at most 255 characters."


@pytest.mark.parametrize("member", ["x", "y"])
@pytest.mark.parametrize("noise", ["=", " ", "\n", "+", ""])
def test_public_key_whose_coordinate_is_not_base64url_is_refused(member: str, noise: str) -> None:
    changed = EXAMPLE[member] + noise if noise else ""
    assert refusal({**EXAMPLE, member: changed}) == f"Its {member} is not base64url without padding."


@pytest.mark.parametrize("value", [7, None, ["AAAA"], True])
def test_public_key_whose_coordinate_is_no_text_is_refused(value: Any) -> None:
    assert refusal({**EXAMPLE, "x": value}) == "Its x is not base64url without padding."


@pytest.mark.parametrize("length", [1, 31, 33, 64, 100_000])
def test_public_key_whose_coordinate_has_another_length_is_refused(length: int) -> None:
    assert refusal({**EXAMPLE, "y": b64(b"\x01" * length)}) == "Its y must be exactly 32 bytes."


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (EXAMPLE["x"], EXAMPLE["x"]),
        (EXAMPLE["y"], EXAMPLE["x"]),
        (b64(bytes(32)), b64(bytes(32))),
        (b64(b"\xff" * 32), EXAMPLE["y"]),
    ],
)
def test_public_key_whose_point_is_not_on_the_curve_is_refused(x: str, y: str) -> None:
    assert refusal({**EXAMPLE, "x": x, "y": y}) == "Its point does not lie on the curve P-256."


@pytest.mark.parametrize("other", [None, [], "text", 7])
def test_public_key_that_is_no_object_is_refused(other: Any) -> None:
    assert refusal(other) == "It must be a JSON object."
