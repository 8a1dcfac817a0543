"""The seal of a release, for auditors; and what it proves of one person, for auditors and for the person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from app.actions import sealing
from app.api.asking import ActorHere, ToolsHere
from app.api.audit import ReceiptOut
from app.api.people import PersonId
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, Out

router = APIRouter(prefix="/api/v1", tags=["audit"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 409, 422, 500, 503)
}
_OWN: dict[int | str, dict[str, Any]] = {status: PROBLEM_RESPONSES[status] for status in (401, 404, 409, 422, 500, 503)}


class SealOut(Out):
    """A seal. `pra audit verify-seal` checks it, offline."""

    statement: str | None = Field(
        description="Canonical JSON: how many entries about the release, of which kinds, from where to where; the list "
        "enforced, the documents, and the root of the tree that says of each person what they opened. For auditors: "
        "null in a proof of your own, which needs only the root in the log's entry.",
        examples=['{"cause":"published","counts":{"access_decided":{"permitted":2}},"entries":41,"number":1}'],
    )
    receipt: ReceiptOut = Field(description="Of the log's entry that holds the statement's SHA-256.")


class SiblingOut(Out):
    """One step of the path to the root. Where a height has none, nothing stands beside it."""

    height: int = Field(ge=0, le=127, examples=[119])
    hash: str = Field(description="32 bytes, base64.", examples=["nWAD0nwyDiNxPmHmzE5fF0DqVvTnOzEGrCe2n3yuQ0Y="])


class ProofOut(Out):
    """What a seal says of one person, and the path that proves it. `pra audit verify-seal` checks it, offline."""

    seal: SealOut
    person_id: str = Field(examples=["per_9d8c7b6a5f4e3d2c1b0a9f8e"])
    siblings: list[SiblingOut]
    salt: str | None = Field(
        description="16 bytes as hexadecimal digits; null where the seal has no place for them, which means the same "
        "as a count of 0.",
        examples=["00112233445566778899aabbccddeeff"],
    )
    record: str | None = Field(
        description="Canonical JSON: how often the rule let them in, first and last.", examples=['{"count":0}']
    )


@router.get(
    "/releases/{release_id}/seal",
    operation_id="release_seal",
    summary="What the log holds about a release, sealed when its window closed",
    responses=_ANSWERS,
)
def release_seal(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> SealOut:
    """The newest one; when more is logged about the release, another follows within the hour. Reading it is logged."""
    return SealOut(**sealing.get_seal(tools, actor, release_id))


@router.get(
    "/releases/{release_id}/seal/proof",
    operation_id="release_seal_proof",
    summary="Prove that a person did, or did not, open anything of a release",
    responses=_ANSWERS,
)
def release_seal_proof(
    tools: ToolsHere, actor: ActorHere, release_id: ReleaseId, person_id: Annotated[PersonId, Query()]
) -> ProofOut:
    """Within what the newest seal covers. Your reading is logged."""
    return ProofOut(**sealing.prove(tools, actor, release_id, person_id))


@router.get(
    "/me/releases/{release_id}/proof",
    operation_id="my_seal_proof",
    summary="Prove that you did, or did not, open anything of a release",
    responses=_OWN,
)
def my_seal_proof(tools: ToolsHere, actor: ActorHere, release_id: ReleaseId) -> ProofOut:
    """Within what the release's newest seal covers. It tells nothing of anybody else. Keep it: it needs no service."""
    return ProofOut(**sealing.prove_own(tools, actor, release_id))
