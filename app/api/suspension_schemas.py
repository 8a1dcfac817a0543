"""What goes in and out about suspensions, and about applying to be let back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.people import Unit
from app.api.schemas import In, Moment, Out, Paragraphs

SuspensionId = Annotated[str, StringConstraints(pattern=r"^sus_[0-9a-f]{24}$")]
ReapplicationId = Annotated[str, StringConstraints(pattern=r"^rap_[0-9a-f]{24}$")]
SubjectId = Annotated[str, StringConstraints(pattern=r"^(per|pst|org)_[0-9a-f]{24}$")]
IncidentId = Annotated[str, StringConstraints(pattern=r"^inc_[0-9a-f]{24}$")]
ActionIds = Annotated[list[Annotated[str, StringConstraints(pattern=r"^cac_[0-9a-f]{24}$")]], Field(max_length=20)]
SubjectKind = Literal["person", "post", "organisation", "unit"]
_PRODUCER = "prd_3e4f5a6b7c8d9e0f1a2b3c4d"
_SUSPENSION = "sus_5a4b3c2d1e0f98877665544a"
_ACTION = "cac_0a1b2c3d4e5f60718293a4b5"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_REAPPLICATION = "rap_4b3c2d1e0f98877665544a5b"
_INCIDENT = "inc_1e0f98877665544a5b4b3c2d"
_STATEMENT = "I have done the training and read the undertaking again. It will not happen again."
_NEEDS = "training done after 2 March 2026; a re-application that a second person has approved"


class SuspensionIn(In):
    """Whom or what it keeps away, why, and what must be met for it to end."""

    subject_id: SubjectId = Field(
        description="A person, a post or an organisation; for a unit, its organisation.", examples=[_PERSON]
    )
    unit: Unit = Field("", description="Only this unit of the organisation.", examples=[""])
    reason: Paragraphs = Field(
        description="Shown to those it covers.", examples=["The bulletin was passed on before publication."]
    )
    conditions: Paragraphs = Field(
        "", description="What must be met besides, in words.", examples=["A talk with the head of profession."]
    )
    needs_training: bool = Field(False, description="It cannot end before everybody it covers has done training.")
    needs_reapplication: bool = Field(
        False, description="It cannot end before an application to be let back is approved."
    )
    incident_id: IncidentId | None = Field(
        None, description="The incident that led to it, of the same producer.", examples=[_INCIDENT]
    )
    corrective_action_ids: ActionIds = Field(
        default_factory=list,
        description="It cannot end before each of these is done, and confirmed by a second person.",
        examples=[[_ACTION]],
    )


class SuspensionConditionsIn(In):
    """For which corrective actions a suspension waits from now on, and why."""

    corrective_action_ids: ActionIds = Field(
        description="In the place of those before; none lifts this condition.", examples=[[_ACTION]]
    )
    reason: Paragraphs = Field(examples=["The first plan was dropped; this takes its place."])


class SuspensionEndIn(In):
    """How the conditions were met."""

    reason: Paragraphs = Field(examples=["Training done on 3 March; application approved."])


class BareUnitPostOut(Out):
    """A post that carries no unit, so that no suspension of a unit covers it."""

    post_id: str = Field(examples=["pst_0a1b2c3d4e5f60718293a4b5"])
    title: str = Field(examples=["Private Secretary to the Minister"])


class SuspensionOut(Out):
    """A suspension from one producer's releases."""

    suspension_id: str = Field(examples=[_SUSPENSION])
    producer_id: str = Field(examples=[_PRODUCER])
    subject_kind: SubjectKind
    subject_id: str = Field(examples=[_PERSON])
    unit: str = Field(description="Empty unless a unit is suspended.", examples=[""])
    subject: str = Field(examples=["Ana Example"])
    reason: str = Field(examples=["The bulletin was passed on before publication."])
    conditions: str = Field(examples=["A talk with the head of profession."])
    needs_training: bool
    needs_reapplication: bool
    corrective_action_ids: list[str] = Field(
        description="What must be done, and confirmed by a second person, before it can end.", examples=[[_ACTION]]
    )
    needs: str = Field(description="Everything that must be met for it to end, in words.", examples=[_NEEDS])
    incident_id: str | None = Field(examples=[_INCIDENT])
    from_at: Moment
    ended_at: Moment | None
    end_reason: str | None
    posts_without_unit: list[BareUnitPostOut] = Field(
        description="When a unit is suspended, in that answer alone: posts of its organisation that it does not cover."
    )


class SuspensionsOut(Out):
    """One page of suspensions, the earliest first."""

    results: list[SuspensionOut]
    next: str | None = Field(description="Give this as `after` to go on; null at the end.")


class ReapplicationIn(In):
    """Why access should be given again, in the applicant's own words."""

    statement: Paragraphs = Field(examples=[_STATEMENT])


class ReapplicationDecisionIn(In):
    """What is decided of an application, and why."""

    decision: Literal["approved", "declined"]
    reason: Paragraphs = Field(examples=["The training was done, and the statement shows that it was understood."])


class ReapplicationOut(Out):
    """An application to be let back after a suspension."""

    reapplication_id: str = Field(examples=[_REAPPLICATION])
    suspension_id: str = Field(examples=[_SUSPENSION])
    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Ana Example"])
    statement: str = Field(examples=[_STATEMENT])
    made_at: Moment
    decision: Literal["", "approved", "declined"] = Field(description="Empty while it waits.")
    decided_at: Moment | None
    decided_by: str | None = Field(examples=["per_0f1e2d3c4b5a69788796a5b4"])
    decision_reason: str = Field(examples=["The training was done."])


class ReapplicationsOut(Out):
    """Every application made after one suspension, in the order in which they were made."""

    results: list[ReapplicationOut]
    next: str | None = Field(None, description="Always null: there are few.")


class OwnSuspensionOut(Out):
    """A suspension that covers you."""

    suspension_id: str = Field(examples=[_SUSPENSION])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    subject_kind: SubjectKind
    subject: str = Field(examples=["Ana Example"])
    reason: str = Field(examples=["The bulletin was passed on before publication."])
    needs: str = Field(description="Everything that must be met for it to end, in words.", examples=[_NEEDS])
    from_at: Moment
    reapplications: list[ReapplicationOut] = Field(description="Your own.")


class OwnSuspensionsOut(Out):
    """The suspensions that cover you now, the earliest first."""

    results: list[OwnSuspensionOut]
    next: str | None = Field(None, description="Always null: there are few.")
