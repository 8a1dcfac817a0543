"""What goes in and out about incidents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.api.schemas import In, Line, Moment, Out, Paragraphs
from app.rules.causes import Cause
from app.rules.incidents import IncidentKind, IncidentState

IncidentId = Annotated[str, StringConstraints(pattern=r"^inc_[0-9a-f]{24}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]
ReleaseId = Annotated[str, StringConstraints(pattern=r"^rel_[0-9a-f]{24}$")]

_RELEASE = "rel_0f1e2d3c4b5a69788796a5b4"
_INCIDENT = "inc_5f0c1d2e3a4b59687786f5e4"
_OPENING: dict[str, Any] = {
    "opening_id": "opn_1a2b3c4d5e6f708192a3b4c5",
    "number": "K7F3-9QXM",
    "document_id": "doc_6f5e4d3c2b1a09f8e7d6c5b4",
    "person_id": "per_0a1b2c3d4e5f60718293a4b5",
    "post_title": "Chief Economic Adviser",
    "organisation": "Example Treasury",
    "opened_at": "2026-03-09T09:30:04.112Z",
    "window_opened_at": "2026-03-09T09:30:00.000Z",
    "window_opens_at_now": "2026-03-11T09:30:00.000Z",
    "seconds_before_window": 172795,
}


class ReportIn(In):
    """What a person reports."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "received_in_error",
                    "statement": "I moved to another team last month and should not have this.",
                    "release_id": _RELEASE,
                }
            ]
        }
    )

    kind: Literal[
        "received_in_error",
        "indication_given",
        "onward_sharing",
        "unauthorised_disclosure",
        "not_on_list",
        "wrong_attachment",
        "early_publication",
        "wrongful_release_reported",
        "other",
    ] = Field(
        description="`received_in_error` means “I should not have this”: your access to that release stops at once."
    )
    statement: Annotated[Paragraphs, StringConstraints(min_length=1)] = Field(
        description="What happened, in your words."
    )
    release_id: ReleaseId | None = None
    mark_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z-]{4,20}$")] | None = Field(
        None, description="The number in the mark on a copy you hold. You are not told what it belongs to."
    )
    occurred_at: Moment | None = Field(None, description="When it happened, if you know; not in the future.")


class ConcernIn(In):
    """A report without a sign-in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "statement": "A page with next week's figures could be read on a public web site this morning.",
                    "contact": "robin.reader@newsdesk.example",
                }
            ]
        }
    )

    statement: Annotated[Paragraphs, StringConstraints(min_length=1)]
    contact: Line | None = Field(None, description="Where you can be asked, if you wish.")


class ReceivedOut(Out):
    """What everyone is told who reports without a sign-in."""

    received: Literal[True] = True


class AcknowledgementOut(Out):
    """What a reporter is told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "incident_id": _INCIDENT,
                    "number": 12,
                    "reported_at": "2026-03-09T11:02:00.000Z",
                    "access_stopped": True,
                }
            ]
        }
    )

    incident_id: str
    number: int
    reported_at: Moment
    access_stopped: bool = Field(description="Whether your own access to the release was stopped.")


class ClockOut(Out):
    """How long a breach takes to come to the head of profession, and to be reported."""

    known_at: Moment = Field(description="When it was put on record.")
    head_told_at: Moment | None = Field(description="As somebody put on record; null while nobody has.")
    head_told_how: str = Field(examples=["By telephone."])
    head_told_by: str | None = Field(description="Id of whoever put it on record.")
    minutes_to_head: int | None = Field(description="By now, while it runs; null where it stopped without that.")
    waits_for_head: bool
    reported_at: Moment | None = Field(description="When a report was first sent, as somebody put on record.")
    minutes_to_report: int | None = Field(description="By now, while it runs; null where that is not on record.")
    waits_for_report: bool
    at_once: str = Field(
        examples=[""],
        description="The practice that asks for a report at once, where one is engaged. No number of days is known.",
    )


class HeadToldIn(In):
    """When and how the head of profession was told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"told_at": "2026-03-09T20:15:00Z", "how": "By telephone, by the lead official."}]
        }
    )

    told_at: Moment | None = Field(None, description="Left out: now.")
    how: Annotated[Paragraphs, StringConstraints(min_length=1)]


class IncidentOut(Out):
    """One incident as it is on record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "incident_id": _INCIDENT,
                    "number": 12,
                    "kind": "access_made_over_long",
                    "near_miss": False,
                    "state": "open",
                    "release_id": _RELEASE,
                    "producer_id": "prd_9a8b7c6d5e4f30211203f4e5",
                    "opened_at": "2026-03-09T20:00:00.000Z",
                    "occurred_at": "2026-03-09T20:00:00.000Z",
                    "opened_by_rule": True,
                    "summary": "“Labour market, March 2026” was moved after 1 opening had been made.",
                    "facts": {"moved_at": "2026-03-09T20:00:00.000Z", "openings": [_OPENING]},
                    "practices": ["T3.6"],
                    "note": "",
                    "causes": ["step_missed"],
                    "caused_by": [],
                    "revision": 1,
                    "clock": {
                        "known_at": "2026-03-09T20:00:00.000Z",
                        "head_told_at": "2026-03-09T20:15:00.000Z",
                        "head_told_how": "By telephone.",
                        "head_told_by": "per_0a1b2c3d4e5f60718293a4b5",
                        "minutes_to_head": 15,
                        "waits_for_head": False,
                        "reported_at": "2026-03-10T09:00:00.000Z",
                        "minutes_to_report": 780,
                        "waits_for_report": False,
                        "at_once": "",
                    },
                }
            ]
        }
    )

    incident_id: str
    number: int
    kind: IncidentKind
    near_miss: bool = Field(description="Only attempts, and all of them refused.")
    state: IncidentState
    release_id: str | None
    producer_id: str | None = Field(description="Null when it is about the service as a whole.")
    opened_at: Moment
    occurred_at: Moment
    opened_by_rule: bool
    summary: str
    facts: dict[str, Any] = Field(description="What it was opened on; people by id.")
    practices: list[str] | None = Field(description="As a person corrected them; null while they are as proposed.")
    note: str
    causes: list[Cause]
    caused_by: list[str] = Field(description="Ids of those whom a person named as having caused it.")
    revision: int
    clock: ClockOut | None = Field(description="Null for a near miss, a rehearsal, and the service as a whole.")


class IncidentPageOut(Out):
    """One page of incidents, newest first."""

    results: list[IncidentOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class IncidentChangeIn(In):
    """What is to change; whatever is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"state": "under_review"},
                {"state": "closed_no_breach", "note": "The opening was made under the extension published on 8 March."},
                {"kind": "onward_sharing", "practices": ["T3.3", "T3.4"], "note": "The log shows who passed it on."},
            ]
        }
    )

    state: Annotated[IncidentState, Field(strict=False)] | None = None
    kind: Annotated[IncidentKind, Field(strict=False)] | None = None
    near_miss: bool | None = None
    practices: Annotated[list[Line], Field(max_length=20)] | None = None
    causes: Annotated[list[Annotated[Cause, Field(strict=False)]], Field(max_length=20)] | None = Field(
        None, description="What let it happen."
    )
    caused_by: Annotated[list[PersonId], Field(max_length=20)] | None = Field(
        None, description="Who caused it, by id, as far as you can say. They decide nothing about it."
    )
    note: Paragraphs = Field("", description="Why. Needed to close as no breach, and to take up again.")


class AnswerOut(Out):
    """One question of the form with its answer."""

    question: str = Field(examples=["What happened?"])
    paragraphs: list[str] = Field(examples=[["One document was opened before its window, as it was later moved."]])


class SectionOut(Out):
    """One section of the form."""

    heading: str = Field(examples=["The breach"])
    answers: list[AnswerOut]


class AccountLineOut(Out):
    """One line of the account."""

    at: str = Field(examples=["2026-03-09T09:30:04.112Z"])
    uk_time: str = Field(examples=["Monday 9 March 2026, 9:30am (UK time)"])
    text: str = Field(examples=["A recipient opened a document."])
    entry_id: str = Field(examples=["ent_0f1e2d3c4b5a69788796a5b4"])


class NumberedLineOut(AccountLineOut):
    """One line of the account as the log stands now, with the number of its entry and where the receipt is."""

    number: int | None = Field(
        description="Of the entry in the log; null for some entries of the last second.", examples=[1042]
    )
    receipt: str = Field(examples=["/api/v1/audit/entries/ent_0f1e2d3c4b5a69788796a5b4/receipt"])


class AccountOut(Out):
    """An incident minute by minute, oldest first."""

    results: list[NumberedLineOut]
    left_off: int = Field(description="How many more lines there would be.", examples=[0])


class ExhibitOut(Out):
    """An entry that bears the account out, and where its receipt is."""

    entry_id: str = Field(examples=["ent_0f1e2d3c4b5a69788796a5b4"])
    receipt: str = Field(examples=["/api/v1/audit/entries/ent_0f1e2d3c4b5a69788796a5b4/receipt"])


class ReportOut(Out):
    """A draft report, as JSON."""

    incident_id: str = Field(examples=[_INCIDENT])
    number: int = Field(examples=[12])
    form: Literal["2018", "2009", "free"]
    state: Literal["draft"]
    title: str = Field(examples=["Draft breach report"])
    opening_words: str = Field(examples=["Drafted from the log; what no log can know stands in square brackets."])
    sections: list[SectionOut]
    account: list[AccountLineOut]
    exhibits: list[ExhibitOut]
