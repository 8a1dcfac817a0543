"""What goes in and out about kept versions of reports."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.api.incident_schemas import AccountLineOut, ExhibitOut, SectionOut
from app.api.schemas import In, Line, Moment, MomentOut, Out, Paragraphs

ReportVersionId = Annotated[str, StringConstraints(pattern=r"^rpv_[0-9a-f]{24}$")]
ReportForm = Literal["2018", "2009", "free"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

_VERSION, _INCIDENT = "rpv_0a1b2c3d4e5f60718293a4b5", "inc_5f0c1d2e3a4b59687786f5e4"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class VersionIn(In):
    """From what a version is begun."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"form": "2018", "note": "First draft for review."}]})

    form: ReportForm | None = Field(None, description="Left out: the form in force when the incident occurred.")
    names: bool = Field(
        False, description="Names beside posts. Left out unless you choose so; the choice is put on record."
    )
    note: Paragraphs = Field("", description="Why.")


class ReportAnswerIn(In):
    """What is to stand as the answer to one question."""

    question: Line = Field(
        description="As the form asks it; in the free form, your own heading.", examples=["Externally"]
    )
    paragraphs: Annotated[list[Paragraphs], Field(min_length=1, max_length=200)] = Field(
        examples=[["No reaction is known to us."]]
    )


class EditIn(In):
    """One section written anew; questions left out keep their answers, but in the free form."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "section": 3,
                    "answers": [{"question": "Externally", "paragraphs": ["No reaction is known to us."]}],
                    "note": "Asked the press office.",
                }
            ]
        }
    )

    section: Annotated[int, Field(ge=1, le=20)]
    answers: Annotated[list[ReportAnswerIn], Field(min_length=1, max_length=50)]
    note: Paragraphs = Field("", description="Why.")


class SignOffIn(In):
    """What was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sha256": _SHA256}]})

    sha256: Sha256 = Field(description="Of the version, as it was read.")


class SubmissionIn(In):
    """What was sent. The service sends nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "submitted_at": "2026-03-11T15:20:00Z",
                    "submitted_by": "Head of Profession",
                    "to": "National Statistician",
                    "how": "by e-mail",
                }
            ]
        }
    )

    submitted_at: Moment = Field(description="After it was signed off, and not later than now.")
    submitted_by: Line = Field(description="By whom: a post or a role.")
    to: Line = Field(description="To whom.")
    how: Line = Field(description="By which way.")


class SubmissionOut(Out):
    """What a person says they sent."""

    report_submission_id: str = Field(examples=["rps_0a1b2c3d4e5f60718293a4b5"])
    submitted_at: MomentOut
    submitted_by: str = Field(examples=["Head of Profession"])
    to: str = Field(examples=["National Statistician"])
    how: str = Field(examples=["by e-mail"])
    recorded_at: MomentOut
    recorded_by: str = Field(examples=["per_0a1b2c3d4e5f60718293a4b5"])


class ReportVersionOut(Out):
    """One kept version, without what it says."""

    report_version_id: str = Field(examples=[_VERSION])
    incident_id: str = Field(examples=[_INCIDENT])
    number: int = Field(description="Counted from 1 for each incident.", examples=[3])
    form: ReportForm
    names: bool = Field(description="Whether somebody chose to have names in it.")
    sha256: str = Field(description="Of its content as canonical JSON (RFC 8785).", examples=[_SHA256])
    note: str = Field(description="Why, in the words of whoever made it.", examples=["Asked the press office."])
    newest: bool
    waiting: list[str] = Field(
        description="The questions whose answers still wait for a person; with one of them it cannot be signed off.",
        examples=[["3. Impact of the breach: Externally"]],
    )
    made_at: MomentOut
    made_by: str = Field(examples=["per_0a1b2c3d4e5f60718293a4b5"])
    made_as: str = Field(examples=["statistician"])
    signed_at: MomentOut | None
    signed_by: str | None = Field(examples=["per_1b2c3d4e5f60718293a4b5c6"])
    signed_as: str | None = Field(examples=["head_of_profession"])
    submissions: list[SubmissionOut]


class ReportContentOut(Out):
    """What a version says; its SHA-256 is over exactly this."""

    type: Literal["pra-report/1"]
    incident_id: str = Field(examples=[_INCIDENT])
    number: int = Field(description="Of the incident.", examples=[12])
    form: ReportForm
    title: str = Field(examples=["Report of a breach of the Code of Practice for Statistics"])
    opening_words: str = Field(
        examples=["This report covers the Code of Practice and the Order on pre-release access."]
    )
    drafted_at: str = Field(
        description="When its account was taken from the log.", examples=["2026-03-11T09:00:00.000Z"]
    )
    sections: list[SectionOut]
    account: list[AccountLineOut]
    exhibits: list[ExhibitOut]


class WholeReportVersionOut(ReportVersionOut):
    """One kept version with what it says; null once that was destroyed with the records of the release."""

    report: ReportContentOut | None


class ReportVersionsOut(Out):
    """Every version of one report, newest first."""

    results: list[ReportVersionOut]


class AnswerChangeOut(Out):
    """How the answer to one question differs."""

    heading: str = Field(examples=["3. Impact of the breach"])
    question: str = Field(examples=["Externally"])
    removed: list[str] = Field(examples=[["[to be completed by the head of profession: reactions and impact outside]"]])
    added: list[str] = Field(examples=[["No reaction is known to us."]])


class ReportDifferencesOut(Out):
    """How one version differs from an earlier one: who changed what, and when."""

    report_version_id: str = Field(examples=[_VERSION])
    number: int = Field(examples=[3])
    made_at: MomentOut
    made_by: str = Field(examples=["per_0a1b2c3d4e5f60718293a4b5"])
    note: str = Field(description="Why, in the words of whoever made it.", examples=["Asked the press office."])
    earlier_id: str | None = Field(description="Null for the first version.", examples=["rpv_1b2c3d4e5f60718293a4b5c6"])
    earlier_number: int | None = Field(examples=[2])
    changes: list[AnswerChangeOut]


def submission_out(one: Any) -> SubmissionOut:
    """Give a submission as it is shown."""
    return SubmissionOut(
        report_submission_id=one.report_submission_id,
        submitted_at=one.submitted_at,
        submitted_by=one.submitted_by,
        to=one.to_whom,
        how=one.how,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
    )
