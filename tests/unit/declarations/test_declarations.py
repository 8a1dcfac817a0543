"""Signing, by the service's seal and with one's own key; what is kept verifies with other people's software."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jose import jws as other_jose
from sqlalchemy import insert, update

from app.actions import declarations, openings, signatures
from app.actions.declarations import DeclarationRow
from app.actions.tools import Actor
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, Refused
from app.rules.facts import ReleaseState, Role
from tests.unit.documents.world import TITLE, World, sha256


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class OwnKey:
    """A person's own key pair, made and used with plain `cryptography`."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        required = {
            "crv": "P-256",
            "kty": "EC",
            "x": b64(numbers.x.to_bytes(32, "big")),
            "y": b64(numbers.y.to_bytes(32, "big")),
        }
        self.thumbprint = b64(
            hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
        )
        self.jwk = {**required, "alg": "ES256", "use": "sig", "kid": self.thumbprint}

    def sign(self, payload: bytes) -> str:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        header = {"alg": "ES256", "kid": self.thumbprint, "typ": "pra-declaration+jws"}
        signed = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def register(self, world: World, person_id: str) -> None:
        with world.tools.transaction() as tx:
            tx.connection.execute(
                insert(tables.person_keys),
                {
                    "key_id": world.tools.new_id("key"),
                    "person_id": person_id,
                    "thumbprint": self.thumbprint,
                    "jwk": json.dumps(self.jwk),
                    "registered_at": world.clock.now(),
                },
            )
            tx.append(Entry(EntryKind.KEY_REGISTERED, world.clock.now()))

    def end(self, world: World) -> None:
        with world.tools.transaction() as tx:
            tx.connection.execute(update(tables.person_keys).values(ended_at=world.clock.now()))
            tx.append(Entry(EntryKind.KEY_ENDED, world.clock.now()))


def signed(world: World, actor: Actor, **changes: Any) -> DeclarationRow:
    words = declarations.undertaking_for(world.tools, actor, world.release.release_id).words
    given: dict[str, Any] = {"undertaking_sha256": words.sha256, "typed_name": actor.name, "agreed": True, **changes}
    return declarations.sign_declaration(world.tools, actor, world.release.release_id, **given)


def prepared(world: World, actor: Actor) -> declarations.Prepared:
    words = declarations.undertaking_for(world.tools, actor, world.release.release_id).words
    return declarations.prepare_declaration(
        world.tools,
        actor,
        world.release.release_id,
        undertaking_sha256=words.sha256,
        typed_name=actor.name,
        agreed=True,
    )


def handed_in(world: World, actor: Actor, jws: str) -> DeclarationRow:
    return declarations.sign_declaration_with_key(world.tools, actor, world.release.release_id, jws=jws)


def test_sealed_declaration_verifies_offline_with_plain_cryptography_and_says_what_was_signed(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor = world.actor(world.minister.person_id)
    row = signed(world, actor, typed_name="  MORGAN minister ")
    keys = declarations.published_keys(world.tools)["keys"]
    header, payload, signature = row.jws.split(".")
    protected = json.loads(unb64(header))
    (jwk,) = [jwk for jwk in keys if jwk["kid"] == protected["kid"]]
    public = ec.EllipticCurvePublicNumbers(
        int.from_bytes(unb64(jwk["x"]), "big"), int.from_bytes(unb64(jwk["y"]), "big"), ec.SECP256R1()
    ).public_key()
    raw = unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, f"{header}.{payload}x".encode(), ec.ECDSA(hashes.SHA256()))
    assert set(protected) == {"alg", "kid", "typ"}
    assert json.loads(unb64(payload)) == {
        "type": "pra-declaration/1",
        "declaration_id": row.declaration.declaration_id,
        "person_id": world.minister.person_id,
        "person_name": "Morgan Minister",
        "scope": "release",
        "release_id": world.release.release_id,
        "release_title": TITLE,
        "series_id": None,
        "producer": "Office for Example Statistics",
        "order": "uk",
        "ground_letter": "",
        "undertaking_version": "uk-2026-1",
        "undertaking_sha256": sha256(row.undertaking_text.encode()),
        "list_version": 1,
        "signed_at": "2026-03-09T14:00:00.000Z",
        "lapses_at": "2027-03-09T14:00:00.000Z",
        "authenticated_by": "one-time code by e-mail",
        "authenticated_at": "2026-03-09T14:00:00.000Z",
        "typed_name": "  MORGAN minister ",
    }


def test_sealed_declaration_verifies_with_plain_jose_and_its_entry_names_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = signed(world, world.actor(world.minister.person_id))
    (jwk,) = declarations.published_keys(world.tools)["keys"]
    assert json.loads(other_jose.verify(row.jws, jwk, "ES256"))["declaration_id"] == row.declaration.declaration_id
    (entry,) = world.service.entries(EntryKind.DECLARATION_SIGNED)
    assert entry["said"] == {
        "declaration_id": row.declaration.declaration_id,
        "scope": "release",
        "series_id": None,
        "ground_letter": "",
        "undertaking_version": "uk-2026-1",
        "undertaking_sha256": row.declaration.undertaking_sha256,
        "list_version": 1,
        "jws_sha256": sha256(row.jws.encode()),
        "lapses_at": "2027-03-09T14:00:00.000Z",
        "how": "sealed_by_service",
    }


@pytest.mark.parametrize(
    "change",
    [{"agreed": False}, {"typed_name": "Somebody Else"}, {"typed_name": ""}, {"undertaking_sha256": "0" * 64}],
)
def test_sign_without_agreement_name_or_todays_words_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    world = World(tmp_path)
    with pytest.raises(Malformed) as caught:
        signed(world, world.actor(world.minister.person_id), **change)
    assert caught.value.code is Code.DECLARATION_NOT_VALID
    assert world.service.entries(EntryKind.DECLARATION_SIGNED) == []


def test_sign_with_an_old_sign_in_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(Refused) as caught:
        signed(world, world.actor(world.minister.person_id, fresh=False))
    assert caught.value.code is Code.FRESH_SIGN_IN_REQUIRED


def test_sign_is_for_people_on_the_list_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    program = Actor(actor_id="cli_" + "a" * 24, name="a program", roles=())
    for actor in (world.actor(world.stranger), world.staff(Role.HEAD_OF_PROFESSION), program):
        with pytest.raises(NotFound):
            declarations.undertaking_for(world.tools, actor, world.release.release_id)


@pytest.mark.parametrize("state", [ReleaseState.PUBLISHED, ReleaseState.CANCELLED])
def test_sign_for_a_release_that_is_over_is_out_of_order(tmp_path: Path, state: ReleaseState) -> None:
    world = World(tmp_path, state=state)
    with pytest.raises(OutOfOrder):
        declarations.undertaking_for(world.tools, world.actor(world.minister.person_id), world.release.release_id)


def test_own_key_declaration_is_taken_and_counts(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    actor, key = world.actor(world.minister.person_id), OwnKey()
    key.register(world, world.minister.person_id)
    ready = prepared(world, actor)
    world.clock.forward(minutes=10)
    row = handed_in(world, actor, key.sign(ready.payload))
    assert (row.how, row.declaration.declaration_id, row.declaration.signed_at) == (
        "own_key",
        ready.declaration_id,
        ready.expires_at - timedelta(minutes=10),
    )
    assert openings.open_document(world.tools, actor, document.document_id).person_id == actor.person_id


def test_own_key_declaration_handed_in_twice_is_a_conflict(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor, key = world.actor(world.minister.person_id), OwnKey()
    key.register(world, world.minister.person_id)
    jws = key.sign(prepared(world, actor).payload)
    handed_in(world, actor, jws)
    with pytest.raises(Conflict):
        handed_in(world, actor, jws)
    assert len(world.service.entries(EntryKind.DECLARATION_SIGNED)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"person_id": "per_" + "0" * 24},
        {"release_title": "Another"},
        {"lapses_at": "2099-01-01T00:00:00.000Z"},
        {"list_version": 2},
        {"declaration_id": "dcl_x"},
        {"typed_name": "Somebody Else"},
        {"signed_at": "2026-03-09T13:49:59.999Z"},
        {"signed_at": "2026-03-09T14:00:00.001Z"},
        {"signed_at": "2026-03-09T14:00:00.000"},
        {"signed_at": 5},
        {"extra": 1},
        {"undertaking_sha256": "0" * 64},
        {"authenticated_at": "2026-03-09T13:00:00.000Z"},
    ],
)
def test_own_key_declaration_that_says_anything_else_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    world = World(tmp_path)
    actor, key = world.actor(world.minister.person_id), OwnKey()
    key.register(world, world.minister.person_id)
    said = {**json.loads(prepared(world, actor).payload), **change}
    with pytest.raises(Malformed) as caught:
        handed_in(world, actor, key.sign(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()))
    assert caught.value.code is Code.DECLARATION_NOT_VALID


def test_own_key_declaration_in_another_form_of_the_same_json_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor, key = world.actor(world.minister.person_id), OwnKey()
    key.register(world, world.minister.person_id)
    payload = prepared(world, actor).payload
    for other in (
        payload + b" ",
        json.dumps(json.loads(payload), indent=1).encode(),
        b"[]",
        b"\xff",
        b"null",
        b"[" * 9000,
    ):
        with pytest.raises(Malformed):
            handed_in(world, actor, key.sign(other))


def test_own_key_declaration_must_be_signed_by_a_live_key_of_that_person(tmp_path: Path) -> None:
    world = World(tmp_path)
    actor, key = world.actor(world.minister.person_id), OwnKey()
    payload = prepared(world, actor).payload
    with pytest.raises(Malformed):
        handed_in(world, actor, key.sign(payload))
    key.register(world, world.stranger)
    with pytest.raises(Malformed):
        handed_in(world, actor, key.sign(payload))
    mine = OwnKey()
    mine.register(world, world.minister.person_id)
    mine.end(world)
    with pytest.raises(Malformed):
        handed_in(world, actor, mine.sign(payload))
    with pytest.raises(Malformed):  # the service's own seal is no signature of the person's
        handed_in(world, actor, world.tools.keys.sign_declaration(payload))


def test_changed_conditions_ask_for_a_new_declaration(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    world.sign(world.minister.person_id)
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.grants).values(conditions="Read only in room 4.12"))
        tx.append(Entry(EntryKind.LIST_CHANGED, world.clock.now()))
    actor = world.actor(world.minister.person_id)
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, actor, document.document_id)
    assert [reason.code.value for reason in caught.value.reasons] == ["declaration_superseded"]
    world.sign(world.minister.person_id)
    openings.open_document(world.tools, actor, document.document_id)


def test_withdrawn_declaration_counts_no_more_and_is_withdrawn_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    document = world.fixed().card
    actor = world.actor(world.minister.person_id)
    declaration_id = world.sign(world.minister.person_id)
    assert declarations.withdraw_declaration(world.tools, actor, declaration_id).declaration.withdrawn_at == (
        world.clock.now()
    )
    with pytest.raises(OutOfOrder) as again:
        declarations.withdraw_declaration(world.tools, actor, declaration_id)
    assert again.value.code is Code.ALREADY_ENDED
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, actor, document.document_id)
    assert [reason.code.value for reason in caught.value.reasons] == ["declaration_withdrawn"]


def test_declarations_are_shown_to_their_signer_and_the_producer_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    declaration_id = world.sign(world.minister.person_id)
    mine = world.actor(world.minister.person_id)
    row, text = signatures.get_declaration(world.tools, mine, declaration_id)
    assert [told.row for told in signatures.my_declarations(world.tools, mine)] == [row]
    assert text.startswith(f"RECEIPT FOR DECLARATION {declaration_id}\n")
    assert signatures.declarations_of_release(
        world.tools, world.staff(Role.STATISTICIAN), world.release.release_id
    ) == (row,)
    for person_id in (world.stranger, world.sat.people[Role.HEAD_OF_PROFESSION]):
        with pytest.raises(NotFound):
            signatures.get_declaration(world.tools, world.actor(person_id), declaration_id)
    with pytest.raises(NotFound):
        signatures.declarations_of_release(world.tools, mine, world.release.release_id)


def test_doors_show_words_sign_and_publish_keys_without_a_sign_in(tmp_path: Path) -> None:
    world = World(tmp_path)
    client, headers = world.client(), world.headers(world.minister.person_id)
    base = f"/api/v1/releases/{world.release.release_id}"
    words = client.get(f"{base}/undertaking", headers=headers).json()
    body = {"undertaking_sha256": words["sha256"], "typed_name": "Morgan Minister", "agreed": True}
    answer = client.post(f"{base}/declarations", json=body, headers=headers)
    assert (answer.status_code, sha256(words["text"].encode())) == (201, words["sha256"])
    declaration = answer.json()
    keys = client.get("/api/v1/keys/declarations/jwks.json").json()
    assert keys == declarations.published_keys(world.tools)
    assert json.loads(other_jose.verify(declaration["jws"], keys["keys"][0], "ES256"))["type"] == "pra-declaration/1"
    ident = declaration["declaration_id"]
    assert client.get(f"/api/v1/declarations/{ident}", headers=headers).json() == declaration
    mine = client.get("/api/v1/me/declarations", headers=headers).json()
    counts = "It counts until Tuesday 9 March 2027, 2:00pm (UK time), unless the words change before."
    assert mine == {"results": [{**declaration, "state": "in_force", "why": counts}], "next": None}
    receipt = client.get(f"/api/v1/declarations/{ident}/receipt", headers=headers)
    assert receipt.headers["content-type"] == "text/plain; charset=utf-8"
    assert receipt.text.endswith(words["text"])
    statement = client.post(f"{base}/declarations/statement", json=body, headers=headers).json()
    key = OwnKey()
    key.register(world, world.minister.person_id)
    own = client.post(
        f"{base}/declarations/signed", json={"jws": key.sign(unb64(statement["payload"]))}, headers=headers
    )
    assert (own.status_code, own.json()["how"], own.json()["declaration_id"]) == (
        201,
        "own_key",
        statement["declaration_id"],
    )
    gone = client.post(f"/api/v1/declarations/{ident}/withdrawal", headers=headers)
    assert (gone.status_code, gone.json()["withdrawn_at"]) == (200, "2026-03-09T14:00:00.000Z")


@pytest.mark.parametrize("missing", ["undertaking_sha256", "typed_name", "agreed"])
def test_door_refuses_a_body_with_a_field_missing_or_unknown(tmp_path: Path, missing: str) -> None:
    world = World(tmp_path)
    body = {"undertaking_sha256": "0" * 64, "typed_name": "Morgan Minister", "agreed": True, "also": 1}
    del body[missing]
    answer = world.client().post(
        f"/api/v1/releases/{world.release.release_id}/declarations",
        json=body,
        headers=world.headers(world.minister.person_id),
    )
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == [f"body.{missing}", "body.also"]
