"""“It does not open”: one finding for each thing that is told of a copy, and the state of the window before all."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from app.actions import diagnosing
from app.api.asking import ActorHere, ToolsHere
from app.api.places import OpeningId
from app.api.schemas import PROBLEM_RESPONSES, In, MomentOut, Out, ReasonOut, Typed

router = APIRouter(prefix="/api/v1", tags=["openings"])


class DiagnosisIn(In):
    """What does not open. Tell what you know; with none of it you are told how the window stands."""

    passphrase: Typed | None = Field(
        None,
        repr=False,
        description="As you typed it. It is compared and then forgotten: it is put on no record.",
        examples=["Tabon Merik Solat Bidur Famel Gorit"],
    )
    size_bytes: int | None = Field(None, ge=0, le=2**53, description="How long your file is.", examples=[131072])
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)] | None = Field(
        None, description="The SHA-256 of your file.", examples=["9f" * 32]
    )


class ClosureOut(ReasonOut):
    """One thing that closed the window, and since when, where that is on record."""

    since: MomentOut | None


class DiagnosedWindowOut(Out):
    """How your access and this opening stand."""

    state: Literal["open", "opening_ended", "closed"] = Field(
        description="`opening_ended`: your access stands; open the document again. `closed`: see `reasons`.",
        examples=["open"],
    )
    detail: str = Field(examples=["Your access stands, and so does this opening."])
    ended_at: MomentOut | None = Field(description="When the opening itself ended.")
    reasons: list[ClosureOut]


class FindingOut(Out):
    """What was found about one thing that you told."""

    about: Literal["passphrase", "file"]
    code: str = Field(examples=["passphrase_slips"])
    detail: str = Field(examples=["The file was cut: it has 131072 of the copy's 204800 bytes."])
    remedy: str = Field(examples=["Put that right, and nothing else."])
    slips: list[Literal["lookalikes", "blanks_around", "case", "hyphens"]] = Field(
        description="In what alone the passphrase differs.", examples=[["case"]]
    )
    resume_from: int | None = Field(
        description="The first byte that is missing, where the rest can be fetched with `Range`.", examples=[131072]
    )


class DiagnosisOut(Out):
    """Why your copy does not open."""

    opening_id: str = Field(examples=["opn_1234567890abcdef12345678"])
    number: str = Field(description="Stands in the file's name and in the mark.", examples=["K7F3-9QXM"])
    at: MomentOut
    window: DiagnosedWindowOut
    findings: list[FindingOut] = Field(description="One for each thing told: the passphrase, then the file.")
    opens_with: str = Field(
        description="Which programs open this kind of file.", examples=["A ZIP opens with 7-Zip or WinZip."]
    )


@router.post(
    "/openings/{opening_id}/diagnose",
    operation_id="diagnose_copy",
    summary="Why your copy does not open",
    responses={status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 422, 429, 500, 503)},
)
def diagnose_copy(tools: ToolsHere, actor: ActorHere, opening_id: OpeningId, body: DiagnosisIn) -> DiagnosisOut:
    """Say what is wrong: the window is closed, the passphrase was typed wrongly, the file is cut or another.

    Needs a fresh sign-in. It is never an access. What was found is on record, what you typed is not. Ten times an hour
    for one opening.
    """
    told = diagnosing.Told(body.passphrase, body.size_bytes, body.sha256)
    return _out(diagnosing.diagnose(tools, actor, opening_id, told))


def _out(found: diagnosing.Diagnosis) -> DiagnosisOut:
    window = found.window
    return DiagnosisOut.model_validate(
        {
            "opening_id": found.opening_id,
            "number": found.number,
            "at": found.at,
            "window": {
                "state": window.state.value,
                "detail": window.detail,
                "ended_at": window.ended_at,
                "reasons": [{**one.reason.as_record(), "since": one.since} for one in window.closures],
            },
            "findings": [
                {
                    "about": one.about,
                    "code": one.code.value,
                    "detail": one.detail,
                    "remedy": one.remedy,
                    "slips": [slip.value for slip in one.slips],
                    "resume_from": one.resume_from,
                }
                for one in found.findings
            ],
            "opens_with": found.opens_with,
        }
    )
