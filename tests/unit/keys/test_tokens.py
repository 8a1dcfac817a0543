"""Machine tokens: every known way of getting one past a JOSE library, each on its own, and none past us."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jose import jwk as jose_jwk
from jose.backends.ecdsa_backend import ECDSAECKey

from app.keys import Keys, Purpose, Ring, TokenClaims
from app.keys.tokens import assert_backend
from app.rules.errors import Broken, Code, NotSignedIn
from tests.unit.keys.forge import b64, es256, forge, unb64, without

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
NOW = int(AT.timestamp())
RING = Ring.in_memory()
KEYS = Keys(RING)
KEY = RING.tokens.current
HEADER = {"alg": "ES256", "kid": KEY.kid, "typ": "pra-token+jwt"}
CLAIMS = {
    "iss": "https://pra.stats.gov.example",
    "sub": "credential-7",
    "aud": "pra-api",
    "jti": "3f6c",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 600,
}
DETAIL = "The access token was not accepted. Ask for a new one."


def verify(token: Any, at: datetime = AT, keys: Keys = KEYS, **changed: Any) -> TokenClaims:
    expected = {"audience": "pra-api", "issuer": "https://pra.stats.gov.example", **changed}
    return keys.verify_token(token, at=at, **expected)


def refusal(token: Any, at: datetime = AT, **changed: Any) -> str:
    """The cause for the log, after making sure that the caller sees nothing of it."""
    with pytest.raises(NotSignedIn) as raised:
        verify(token, at, **changed)
    seen = raised.value
    assert (type(seen), seen.code, seen.detail, seen.extra) == (NotSignedIn, Code.NOT_SIGNED_IN, DETAIL, {})
    assert (seen.__suppress_context__, seen.__cause__) == (True, None)
    return seen.log_reason


def with_header(**changed: Any) -> str:
    return forge(KEY.key, {**HEADER, **changed}, CLAIMS)


def with_claims(**changed: Any) -> str:
    return forge(KEY.key, HEADER, {**CLAIMS, **changed})


def issue(**changed: Any) -> str:
    wanted: dict[str, Any] = {"subject": "credential-7", "audience": "pra-api", "issuer": CLAIMS["iss"], "at": AT}
    return KEYS.issue_token(**{**wanted, **changed})


# What is accepted: the negative tests below are worth nothing unless their untouched twin passes.


def test_token_made_by_hand_in_the_one_accepted_form_verifies() -> None:
    assert verify(forge(KEY.key, HEADER, CLAIMS)) == TokenClaims(
        subject="credential-7",
        audience="pra-api",
        issuer="https://pra.stats.gov.example",
        token_id="3f6c",
        issued_at=AT,
        not_before_at=AT,
        expires_at=AT + timedelta(minutes=10),
    )


def test_token_issued_has_exactly_the_seven_claims_and_verifies() -> None:
    token = issue()
    header, claims, _ = token.split(".")
    assert json.loads(unb64(header)) == HEADER
    written = json.loads(unb64(claims))
    assert without(written, "jti") == without(CLAIMS, "jti")
    assert verify(token).token_id == written["jti"]


def test_token_issued_twice_has_two_names() -> None:
    assert verify(issue()).token_id != verify(issue()).token_id


def test_token_of_a_retired_key_verifies_until_the_key_is_forgotten() -> None:
    ring = Ring.in_memory()
    keys = Keys(ring)
    old = ring.tokens.current.kid
    token = keys.issue_token(subject="s", audience="pra-api", issuer=CLAIMS["iss"], at=AT)
    ring.rotate(Purpose.TOKENS)
    assert verify(token, keys=keys).subject == "s"
    ring.forget(Purpose.TOKENS, old)
    assert refusal(token, keys=keys) == "unknown kid"


@pytest.mark.parametrize(
    "lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(seconds=601), timedelta(milliseconds=1500)]
)
def test_token_issue_with_impossible_lifetime_raises(lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="lives for whole seconds"):
        issue(lifetime=lifetime)


@pytest.mark.parametrize("subject", ["", "a" * 256, "line\nbreak", "\ud800", None])
def test_token_issue_with_a_name_that_could_not_verify_raises(subject: Any) -> None:
    with pytest.raises(ValueError, match="printable"):
        issue(subject=subject)


def test_token_issue_and_verify_with_naive_instant_raise() -> None:
    token = issue()
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        issue(at=naive)
    with pytest.raises(ValueError, match="aware"):
        verify(token, naive)


# Signature and algorithm.


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_token_alg_none_is_refused_with_and_without_signature(alg: str) -> None:
    signed = with_header(alg=alg)
    assert refusal(signed) == "header alg is not ES256"
    assert refusal(signed.rpartition(".")[0] + ".") == "not base64url"
    assert refusal(signed.rpartition(".")[0] + ".AA") == "header alg is not ES256"


PUBLIC = KEY.key.public_key()
PUBLIC_FORMS = {
    "pem": PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "openssh": PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "der": PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "point": PUBLIC.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
}


@pytest.mark.parametrize("form", PUBLIC_FORMS)
@pytest.mark.parametrize(("alg", "digest"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
def test_token_hmac_with_the_public_key_as_secret_is_refused(form: str, alg: str, digest: str) -> None:
    message = f"{b64(json.dumps({**HEADER, 'alg': alg}).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    token = f"{message}.{b64(hmac.digest(PUBLIC_FORMS[form], message.encode(), digest))}"
    assert refusal(token) == "header alg is not ES256"


@pytest.mark.parametrize("form", PUBLIC_FORMS)
def test_token_hmac_under_an_honest_header_is_refused(form: str) -> None:
    message = f"{b64(json.dumps(HEADER).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    token = f"{message}.{b64(hmac.digest(PUBLIC_FORMS[form], message.encode(), 'sha512'))}"
    assert refusal(token) == "the signature does not verify"


@pytest.mark.parametrize("alg", ["ES384", "ES512", "RS256", "PS256", "EdDSA", "ES256K", "es256", ["ES256"], None, 1])
def test_token_of_any_other_algorithm_is_refused(alg: Any) -> None:
    assert refusal(with_header(alg=alg)) == "header alg is not ES256"


def test_token_without_alg_is_refused() -> None:
    assert refusal(forge(KEY.key, without(HEADER, "alg"), CLAIMS)) == "header alg is not ES256"


def test_token_signed_by_a_stranger_under_our_kid_is_refused() -> None:
    assert refusal(forge(generate_private_key(SECP256R1()), HEADER, CLAIMS)) == "the signature does not verify"


def test_token_with_the_empty_ecdsa_signature_is_refused() -> None:
    # r = s = 0, CVE-2022-21449 in another library.
    message = forge(KEY.key, HEADER, CLAIMS).rpartition(".")[0]
    assert refusal(f"{message}.{b64(bytes(64))}") == "the signature does not verify"


@pytest.mark.parametrize("tail", [b"", b"\0"])
def test_token_with_signature_in_der_or_of_another_length_is_refused(tail: bytes) -> None:
    message = forge(KEY.key, HEADER, CLAIMS).rpartition(".")[0]
    signature = es256(KEY.key, message.encode())
    cut = signature + tail if tail else signature[:-1]
    assert refusal(f"{message}.{b64(cut)}") == "the signature does not verify"


def test_token_signed_with_the_declarations_key_is_refused() -> None:
    other = RING.declarations.current
    assert refusal(forge(other.key, {**HEADER, "kid": other.kid}, CLAIMS)) == "unknown kid"


def test_declaration_presented_as_a_token_is_refused() -> None:
    sealed = KEYS.sign_declaration(json.dumps(CLAIMS).encode())
    assert refusal(sealed) == "header typ is not pra-token+jwt"


# Header members.


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("crit", ["exp"]),
        ("crit", ["http://example.gov.example/unknown"]),
        ("crit", []),
        ("jku", "https://attacker.gov.example/jwks.json"),
        ("jwk", {"kty": "EC"}),
        ("x5u", "https://attacker.gov.example/chain.pem"),
        ("x5c", ["MIIB"]),
        ("x5t", "AAAA"),
        ("x5t#S256", "AAAA"),
        ("cty", "JWT"),
        ("zip", "DEF"),
        ("b64", False),
        ("epk", {}),
        ("Alg", "ES256"),
        ("unknown", None),
    ],
)
def test_token_with_any_other_header_member_is_refused(member: str, value: Any) -> None:
    assert refusal(with_header(**{member: value})) == f"header member not allowed: {member!r}"


@pytest.mark.parametrize("kid", ["", None, 7, ["x"], {"kid": "x"}])
def test_token_whose_kid_is_no_text_is_refused(kid: Any) -> None:
    assert refusal(with_header(kid=kid)) == "header kid is missing or no text"


def test_token_without_kid_is_refused() -> None:
    assert refusal(forge(KEY.key, without(HEADER, "kid"), CLAIMS)) == "header kid is missing or no text"


@pytest.mark.parametrize(
    "kid",
    ["unknown", "../../etc/passwd", "' OR 1=1 --", KEY.kid + "A", KEY.kid[:-1]],
    ids=["another", "path", "statement", "longer", "shorter"],  # the kid is another on every run
)
def test_token_of_an_unknown_kid_is_refused(kid: str) -> None:
    assert refusal(with_header(kid=kid)) == "unknown kid"


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "PRA-TOKEN+JWT", "application/pra-token+jwt", "", None, 1])
def test_token_of_another_type_is_refused(typ: Any) -> None:
    assert refusal(with_header(typ=typ)) == "header typ is not pra-token+jwt"


def test_token_without_typ_is_refused() -> None:
    assert refusal(forge(KEY.key, without(HEADER, "typ"), CLAIMS)) == "header typ is not pra-token+jwt"


# Claims: present, of the right kind, for us, and now.


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_token_without_a_claim_is_refused(claim: str) -> None:
    assert refusal(forge(KEY.key, HEADER, without(CLAIMS, claim))) == f"claims missing or unknown: {claim!r}"


@pytest.mark.parametrize("claim", ["role", "scope", "admin", "cnf"])
def test_token_with_a_claim_we_do_not_issue_is_refused(claim: str) -> None:
    assert refusal(with_claims(**{claim: "x"})) == f"claims missing or unknown: {claim!r}"


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("written", ["text", "float", "bool", "null", "list", "negative", "huge"])
def test_token_whose_instant_is_no_whole_number_is_refused(claim: str, written: str) -> None:
    honest = CLAIMS[claim]
    other = {
        "text": str(honest),
        "float": float(honest),
        "bool": True,
        "null": None,
        "list": [honest],
        "negative": -1,
        "huge": 10**18,
    }[written]
    assert refusal(with_claims(**{claim: other})) == f"claim {claim} is not a whole number of seconds"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_token_whose_expiry_is_not_json_is_refused(number: bytes) -> None:
    claims = json.dumps(CLAIMS).encode().replace(str(NOW + 600).encode(), number)
    assert refusal(forge(KEY.key, HEADER, claims)) == f"{number.decode()} is not JSON"


def test_token_whose_expiry_has_five_thousand_digits_is_refused() -> None:
    claims = json.dumps(CLAIMS).encode().replace(str(NOW + 600).encode(), b"9" * 5000)
    assert refusal(forge(KEY.key, HEADER, claims)) == "not JSON in UTF-8"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "jti"])
@pytest.mark.parametrize("other", [["pra-api"], 7, True, None, {}, "", "a" * 256, "a\0b", "a\u202eb"])
def test_token_whose_name_is_no_plain_text_is_refused(claim: str, other: Any) -> None:
    log_reason = refusal(with_claims(**{claim: other}))
    assert log_reason == f"claim {claim} is not a text of 1 to 255 printable characters"


def test_token_for_another_audience_or_issuer_is_refused() -> None:
    token = issue()
    assert verify(token).audience == "pra-api"
    assert refusal(token, audience="pra-other") == "made for another audience"
    assert refusal(token, issuer="https://other.gov.example") == "made by another issuer"


@pytest.mark.parametrize("changed", [{"exp": NOW + 601}, {"iat": NOW - 1}, {"exp": NOW + 10**6}])
def test_token_that_lives_longer_than_ten_minutes_is_refused(changed: dict[str, int]) -> None:
    assert refusal(with_claims(**changed)) == "lives longer than 10 minutes"


@pytest.mark.parametrize("changed", [{"exp": NOW}, {"exp": NOW - 1}, {"nbf": NOW - 1}, {"nbf": NOW + 600}])
def test_token_whose_instants_are_out_of_order_is_refused(changed: dict[str, int]) -> None:
    assert refusal(with_claims(**changed)) == "iat, nbf and exp are out of order"


@pytest.mark.parametrize(
    ("offset", "leeway", "log_reason"),
    [
        (timedelta(milliseconds=-1), 0, "issued in the future"),
        (timedelta(0), 0, None),
        (timedelta(seconds=600, milliseconds=-1), 0, None),
        (timedelta(seconds=600), 0, "expired"),
        (timedelta(seconds=-30), 30, None),
        (timedelta(seconds=-30, milliseconds=-1), 30, "issued in the future"),
        (timedelta(seconds=630, milliseconds=-1), 30, None),
        (timedelta(seconds=630), 30, "expired"),
    ],
)
def test_token_is_judged_by_the_given_instant_to_the_millisecond(
    offset: timedelta, leeway: int, log_reason: str | None
) -> None:
    token = issue()
    if log_reason is None:
        assert verify(token, AT + offset, leeway_seconds=leeway).subject == "credential-7"
    else:
        assert refusal(token, AT + offset, leeway_seconds=leeway) == log_reason


def test_token_not_yet_in_force_is_refused() -> None:
    token = with_claims(nbf=NOW + 60)
    assert refusal(token, AT + timedelta(seconds=59)) == "not yet in force"
    assert verify(token, AT + timedelta(seconds=60)).not_before_at == AT + timedelta(seconds=60)


@pytest.mark.parametrize("leeway", [-1, 31, 3600])
def test_token_verify_with_leeway_outside_its_limits_raises(leeway: int) -> None:
    with pytest.raises(ValueError, match="leeway"):
        verify(issue(), leeway_seconds=leeway)


# Shape: one form of writing, read once.


@pytest.mark.parametrize("name", ["exp", "sub", "aud"])
def test_token_with_a_claim_written_twice_is_refused(name: str) -> None:
    first = json.dumps({name: CLAIMS[name]})[:-1]
    claims = f"{first}, {json.dumps(CLAIMS)[1:]}".encode()
    assert json.loads(claims) == CLAIMS  # a generous reader sees nothing wrong
    assert refusal(forge(KEY.key, HEADER, claims)) == "a name occurs twice"


def test_token_with_a_claim_written_twice_through_an_escape_is_refused() -> None:
    claims = b'{"\\u0065xp": 99999999999, ' + json.dumps(CLAIMS).encode()[1:]
    assert refusal(forge(KEY.key, HEADER, claims)) == "a name occurs twice"


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_token_with_a_header_member_written_twice_is_refused(name: str) -> None:
    header = f'{{"{name}": "none", {json.dumps(HEADER)[1:]}'.encode()
    assert json.loads(header) == HEADER
    assert refusal(forge(KEY.key, header, CLAIMS)) == "a name occurs twice"


@pytest.mark.parametrize(
    "written", [b"[]", b'"text"', b"1", b"null", b"\xff", b"\xef\xbb\xbf{}", b"{", b"{} {}", b"[" * 9000]
)
def test_token_whose_header_or_claims_are_no_json_object_is_refused(written: bytes) -> None:
    log_reasons = {"not a JSON object", "not JSON in UTF-8"}
    assert refusal(forge(KEY.key, written, CLAIMS)) in log_reasons
    assert refusal(forge(KEY.key, HEADER, written)) in log_reasons


def test_token_over_sixteen_kibibytes_is_refused() -> None:
    shape = "a" * 8190 + "." + "a" * 8190 + ".aa"
    assert len(shape) == 16384
    assert refusal(shape) != "longer than 16 KiB"
    assert refusal(shape + "a") == "longer than 16 KiB"


@pytest.mark.parametrize("parts", [0, 1, 2, 4, 5])
def test_token_of_other_than_three_segments_is_refused(parts: int) -> None:
    segments = [*issue().split("."), "AAAA", "AAAA"][:parts]
    assert refusal(".".join(segments)) == "not exactly three segments"


@pytest.mark.parametrize("segment", [0, 1, 2])
def test_token_with_an_empty_segment_is_refused(segment: int) -> None:
    segments = issue().split(".")
    segments[segment] = ""
    assert refusal(".".join(segments)) == "not base64url"


@pytest.mark.parametrize("other", [None, 7, b"a.b.c", ["a.b.c"]])
def test_token_that_is_no_text_is_refused(other: Any) -> None:
    assert refusal(other) == "not a text"


@pytest.mark.parametrize("segment", [0, 1, 2])
@pytest.mark.parametrize("noise", ["=", "==", "\n", " ", "+", "/", "\u00e9", "\0", "%3D"])
def test_token_with_padding_white_space_or_other_letters_is_refused(segment: int, noise: str) -> None:
    segments = issue().split(".")
    segments[segment] += noise
    assert refusal(".".join(segments)) == "not base64url"


def test_token_whose_last_letter_carries_unused_bits_is_refused() -> None:
    token = issue()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes of signature leave four unused bits in the last letter: fifteen other ways to write the same bytes.
    place = alphabet.index(token[-1])
    twins = [token[:-1] + alphabet[place + more] for more in range(1, 16)]
    assert {unb64(twin.split(".")[2]) for twin in twins} == {unb64(token.split(".")[2])}
    assert [refusal(twin) for twin in twins] == ["base64url not in canonical form"] * 15


def test_token_segment_of_an_impossible_length_is_refused() -> None:
    header, claims, signature = issue().split(".")
    assert refusal(f"{header}.{claims}.{signature[:81]}") == "base64url of an impossible length"


TOKEN = issue()


@given(place=st.integers(0, len(TOKEN) - 1), letter=st.characters(codec="utf-8"))
def test_token_with_any_one_character_changed_never_verifies(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed != TOKEN:
        assert refusal(changed) != ""


@given(segment=st.integers(0, 2), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_token_with_any_one_bit_changed_never_verifies(segment: int, place: int, bit: int) -> None:
    segments = TOKEN.split(".")
    octets = bytearray(unb64(segments[segment]))
    octets[place % len(octets)] ^= 1 << bit
    segments[segment] = b64(bytes(octets))
    assert refusal(".".join(segments)) != ""


OTHER = issue(subject="credential-8")


@given(picks=st.tuples(*(st.sampled_from([TOKEN, OTHER]),) * 3))
def test_token_put_together_from_two_verifies_only_when_it_is_one_of_them(picks: tuple[str, str, str]) -> None:
    mixed = ".".join(pick.split(".")[place] for place, pick in enumerate(picks))
    if mixed in (TOKEN, OTHER):
        assert verify(mixed).subject == ("credential-7" if mixed == TOKEN else "credential-8")
    else:
        assert refusal(mixed) == "the signature does not verify"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_token_of_noise_is_refused_and_nothing_else_happens(noise: str) -> None:
    assert refusal(noise) != ""


# The library underneath.


def test_backend_of_the_library_is_cryptography() -> None:
    assert_backend()
    built = jose_jwk.construct(PUBLIC, "ES256")
    assert type(built).__module__ == "jose.backends.cryptography_backend"


def test_backend_that_is_the_pure_python_one_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jose.backends.ECKey", ECDSAECKey)
    with pytest.raises(Broken, match="cryptography"):
        Keys(RING)
