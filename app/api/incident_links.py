"""What an incident engages, the earlier incidents that it is linked to, and putting that right."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.actions import citing, linking
from app.actions.linking import Link
from app.api.asking import ActorHere, ToolsHere
from app.api.incident_schemas import IncidentId
from app.api.schemas import PROBLEM_RESPONSES, In, MomentOut, Out, Paragraphs
from app.rules.incidents import IncidentKind, IncidentState
from app.rules.links import LinkGround
from app.rules.practices import Practice

router = APIRouter(prefix="/api/v1", tags=["incidents"])


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (401, 404, 422, 500, 503, *statuses)}


class LinkIn(In):
    """Whether two incidents belong together, and why a person says so."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"linked": True, "reason": "The same rota was in force on both days."}]}
    )

    linked: bool = Field(description="They belong together; or else they do not, whatever the rule finds.")
    reason: Annotated[Paragraphs, Field(min_length=1)] = Field(description="Put on record; it stands in no report.")


class LinkOut(Out):
    """One earlier incident, and why it is linked."""

    incident_id: str = Field(description="The earlier one.", examples=["inc_4e0c1d2e3a4b59687786f5e3"])
    number: int = Field(examples=[7])
    kind: IncidentKind
    near_miss: bool
    state: IncidentState
    occurred_at: MomentOut
    grounds: list[LinkGround] = Field(
        description="The strongest first. `team`: a unit in which both releases' lead officials held a post then.",
        examples=[["series", "cause", "producer"]],
    )
    in_report: bool = Field(description="Whether a report that is drafted now tells of it.")
    struck: bool = Field(description="A person says that it does not belong here.")
    reason: str = Field(description="What a person said of it; empty while nobody did.", examples=[""])
    corrected_at: MomentOut | None
    corrected_by: str | None = Field(examples=[None])


class LinksOut(Out):
    """Everything an incident is linked to, newest first."""

    results: list[LinkOut]


class PracticeOut(Out):
    """A practice of the Code, or a paragraph of an Order."""

    label: str = Field(examples=["T3.4"])
    cited: str = Field(
        examples=["Code of Practice 2018, T3.4: give the final form before release only to eligible recipients"]
    )


class PracticesOut(Out):
    """What an incident engages."""

    results: list[PracticeOut] = Field(description="As a person corrected them, or as proposed while nobody has.")
    confirmed: bool = Field(description="Whether a person confirmed or corrected them.")
    proposed: list[PracticeOut]
    known: list[PracticeOut] = Field(description="All that can be cited of it.")


@router.get(
    "/incidents/{incident_id}/practices",
    operation_id="get_incident_practices",
    summary="What an incident engages, and what else could be cited",
    responses=_answers(),
)
def get_incident_practices(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> PracticesOut:
    """In the edition of the Code in force when it occurred, and of the release's Order; a person corrects it."""
    found = citing.practices_of(tools, actor, incident_id)
    return PracticesOut(
        results=list(map(_practice, found.stands)),
        confirmed=found.confirmed,
        proposed=list(map(_practice, found.proposed)),
        known=list(map(_practice, found.known)),
    )


@router.get(
    "/incidents/{incident_id}/links",
    operation_id="list_incident_links",
    summary="Earlier incidents of the same series, team, cause or producer",
    responses=_answers(),
)
def list_incident_links(tools: ToolsHere, actor: ActorHere, incident_id: IncidentId) -> LinksOut:
    """As found by rule now and corrected by people. Near misses, and what was no breach, where a person said so."""
    return LinksOut(results=list(map(_out, linking.list_links(tools, actor, incident_id))))


@router.put(
    "/incidents/{incident_id}/links/{earlier_id}",
    operation_id="correct_incident_link",
    summary="Link an earlier incident, or strike a link out",
    responses=_answers(403),
)
def correct_incident_link(
    tools: ToolsHere, actor: ActorHere, incident_id: IncidentId, earlier_id: IncidentId, body: LinkIn
) -> LinkOut:
    """By a lead official or the head of profession whom the incident is not about. Kept versions of the report stay."""
    return _out(linking.correct_link(tools, actor, incident_id, earlier_id, linked=body.linked, reason=body.reason))


def _practice(one: Practice) -> PracticeOut:
    return PracticeOut(label=one.label, cited=one.cited)


def _out(link: Link) -> LinkOut:
    one, said = link.earlier, link.correction
    return LinkOut(
        incident_id=one.incident_id,
        number=one.number,
        kind=one.kind,
        near_miss=one.near_miss,
        state=IncidentState(one.state),
        occurred_at=one.occurred_at,
        grounds=list(link.grounds),
        in_report=link.stands,
        struck=link.struck,
        reason=said.reason if said else "",
        corrected_at=said.at if said else None,
        corrected_by=said.by if said else None,
    )
