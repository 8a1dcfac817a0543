"""How recalls and statements are written as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.recalls import DecisionAbout, PersonView, RecallView
from app.actions.statements import AskedOfMe
from app.api.schemas import TEXT_PATTERN, In, Line, Moment, Out, Paragraphs
from app.rules.openings_seen import OpeningSeen
from app.rules.recalls import Finding, FindingKind, RecallCause
from app.rules.statements import Did

RecallId = Annotated[str, StringConstraints(pattern=r"^rcl_[0-9a-f]{24}$")]
# Signed together, at most 16 KiB: so these are shorter than other texts.
_Words = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True, pattern=TEXT_PATTERN)]

_RECALL = "rcl_4d3c2b1a09f8e7d6c5b4a392"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_ENTRY = "ent_0f1e2d3c4b5a69788796a5b4"
_POST = "Private Secretary, Example Treasury"
_WHY = "Table 3 shows figures for the wrong month."


class RecallReleaseIn(In):
    """Why, as everyone who was served will read it; and whether the documents themselves stay."""

    reason: Paragraphs = Field(min_length=1, examples=[_WHY])
    copies_only: bool = Field(
        False,
        description="After a move: ask those who read before the window as it now stands to delete their copies. The "
        "documents stay, and can be opened once the window opens.",
    )


class StatementIn(In):
    """What you did with what was recalled."""

    did: Literal["not_opened", "opened_and_deleted", "opened_and_kept"] = Field(examples=["opened_and_deleted"])
    printed: bool = Field(False, description="You printed it.")
    kept_where: _Words = Field("", description="Where the copy is, if you keep one.", examples=["My work laptop"])
    forwarded_to: _Words = Field("", description="To whom you passed anything of it on, if you did.", examples=[""])
    note: _Words = Field("", description="Anything you wish to add.", examples=[""])
    typed_name: Line = Field(description="Your own name.", examples=["Robin Speedwell"])
    agreed: bool = Field(description="You state this as true to the best of your knowledge.", examples=[True])


class StatementDecisionIn(In):
    """A decision on one person: that no statement is waited for, or what to make of one that the log contradicts."""

    about: Literal["missing", "contradiction"] = Field(examples=["missing"])
    reason: Paragraphs = Field(min_length=1, examples=["On long-term sick leave; the machine is locked away."])

    @property
    def wanted(self) -> DecisionAbout:
        """What is settled."""
        return DecisionAbout(self.about)


class RecallClosingIn(In):
    """What came of the recall."""

    note: Paragraphs = Field(min_length=1, examples=["All copies are deleted; the corrected table was sent out."])


class OpeningSeenOut(Out):
    """What the log shows of one opening of what was recalled."""

    opening_id: str = Field(examples=["opn_1234567890abcdef12345678"])
    number: str = Field(description="Stands in the mark on the copy.", examples=["K7F3-9QXM"])
    copy_sent_whole: bool
    sent_bytes: int = Field(examples=[204800])
    end_unknown: bool = Field(description="A copy began, and nobody knows how far it came.")
    passphrase_shown: bool
    entry_ids: list[str] = Field(description="The entries that bear it out.", examples=[[_ENTRY]])


class FindingOut(Out):
    """One thing that comparing a statement with the log found."""

    kind: FindingKind
    words: str = Field(examples=["They state that nothing was opened; the log shows 1 copy sent whole."])
    contradicts: bool = Field(description="Statement and log cannot both be right.")
    entry_ids: list[str] = Field(description="The entries concerned.", examples=[[_ENTRY]])


class StatementOut(Out):
    """A statement as it was signed."""

    statement_id: str = Field(examples=["stm_0f1e2d3c4b5a69788796a5b4"])
    did: Did
    printed: bool
    kept_where: str = Field(examples=[""])
    forwarded_to: str = Field(examples=[""])
    note: str = Field(examples=[""])
    given_at: Moment
    jws: str = Field(
        description="What was signed, a compact JWS of type `pra-statement+jws`; verifies with `keys/declarations`.",
        examples=["eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl"],
    )


class AskedPersonOut(Out):
    """One person on the board of a recall."""

    person_id: str = Field(examples=[_PERSON])
    name: str = Field(examples=["Robin Speedwell"])
    post: str = Field(examples=[_POST])
    served: bool = Field(description="A copy was begun for them.")
    openings: list[OpeningSeenOut]
    asked_at: Moment
    reminded_at: Moment | None
    reminded_again_at: Moment | None
    escalated_at: Moment | None = Field(description="When the head of profession was told that it is missing.")
    statement: StatementOut | None
    statements: int = Field(description="How many they have made; the newest counts.", examples=[1])
    findings: list[FindingOut]
    contradicted: bool = Field(description="Something contradicts, and nobody has decided on it.")
    excused: str = Field(description="Why no statement is waited for; empty while one is.", examples=[""])
    decision: str = Field(description="The reason of the last decision.", examples=[""])


class LackOut(Out):
    """One thing for which a recall cannot be closed yet."""

    where: str = Field(description="The person concerned.", examples=[_PERSON])
    what: str = Field(examples=[f"No statement from {_POST}, and no reason for that."])


class RecallOut(Out):
    """A recall with its board."""

    recall_id: str = Field(examples=[_RECALL])
    release_id: str = Field(examples=[_RELEASE])
    cause: RecallCause
    document_ids: list[str] = Field(examples=[["doc_77aa88bb99cc00dd11ee22ff"]])
    reason: str = Field(examples=[_WHY])
    begun_at: Moment
    begun_by: str = Field(examples=[_PERSON])
    closed_at: Moment | None
    closed_by: str | None = Field(description="Null while open, and where there was nobody to ask.")
    closed_note: str = Field(examples=[""])
    people_asked: int = Field(examples=[2])
    people_stated: int = Field(examples=[1])
    people: list[AskedPersonOut]
    lacks: list[LackOut] = Field(description="Everything for which it cannot be closed yet.")
    revision: int = Field(description="Send it as If-Match to close it.", examples=[1])


class RecallsOut(Out):
    """The recalls of a release, the first begun first."""

    results: list[RecallOut]
    offered_people: int = Field(
        description="How many read before the window as a move has left it and were not asked yet: recall their copies "
        "with `copies_only`.",
        examples=[0],
    )
    next: str | None = Field(None, description="Always null: a release has few recalls.")


class MyRecallOut(Out):
    """What you are asked about one recall, and what you have stated."""

    recall_id: str = Field(examples=[_RECALL])
    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(description="Of the release.", examples=["Claimant count"])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    reason: str = Field(description="Why; told only to those who were sent a copy.", examples=[_WHY])
    numbers: list[str] = Field(description="Of your own openings of it.", examples=[["K7F3-9QXM"]])
    asked_at: Moment
    still_asked: bool = Field(description="A statement of yours is waited for.")
    statement: StatementOut | None
    findings: list[FindingOut] = Field(description="What comparing it with the log found.")
    contradicted: bool = Field(description="Your statement and the log cannot both be right: make another, or explain.")


class MyRecallPageOut(Out):
    """What you are or were asked, newest first."""

    results: list[MyRecallOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


def recall_out(view: RecallView) -> RecallOut:
    """Write a recall with its board."""
    row = view.row
    return RecallOut(
        recall_id=row.recall_id,
        release_id=row.release_id,
        cause=row.cause,
        document_ids=list(row.document_ids),
        reason=row.reason,
        begun_at=row.begun_at,
        begun_by=row.begun_by,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        closed_note=row.closed_note,
        people_asked=len(view.people),
        people_stated=view.stated,
        people=[_person(one) for one in view.people],
        lacks=[LackOut(**one) for one in view.lacks],
        revision=row.revision,
    )


def my_recall_out(asked: AskedOfMe) -> MyRecallOut:
    """Write what one person is asked about one recall."""
    view = asked.view
    return MyRecallOut(
        recall_id=asked.row.recall_id,
        release_id=asked.row.release_id,
        title=asked.title,
        producer=asked.producer,
        contact=asked.contact,
        reason=asked.reason,
        numbers=list(asked.numbers),
        asked_at=view.asked.chased.asked_at,
        still_asked=asked.still_asked,
        statement=_statement(view),
        findings=[_finding(one) for one in view.findings],
        contradicted=view.contradicted,
    )


def _person(one: PersonView) -> AskedPersonOut:
    asked = one.asked
    return AskedPersonOut(
        person_id=asked.person_id,
        name=asked.name,
        post=asked.post,
        served=asked.served,
        openings=[_seen(each) for each in one.seen],
        asked_at=asked.chased.asked_at,
        reminded_at=asked.chased.reminded_at,
        reminded_again_at=asked.chased.reminded_again_at,
        escalated_at=asked.chased.escalated_at,
        statement=_statement(one),
        statements=one.statements,
        findings=[_finding(each) for each in one.findings],
        contradicted=one.contradicted,
        excused=asked.excused,
        decision=asked.decision,
    )


def _statement(view: PersonView) -> StatementOut | None:
    row = view.statement
    if row is None:
        return None
    said = row.statement
    return StatementOut(
        statement_id=row.statement_id,
        did=said.did,
        printed=said.printed,
        kept_where=said.kept_where,
        forwarded_to=said.forwarded_to,
        note=said.note,
        given_at=row.given_at,
        jws=row.jws,
    )


def _finding(one: Finding) -> FindingOut:
    return FindingOut(kind=one.kind, words=one.words, contradicts=one.contradicts, entry_ids=list(one.entry_ids))


def _seen(one: OpeningSeen) -> OpeningSeenOut:
    return OpeningSeenOut(
        opening_id=one.opening_id,
        number=one.number,
        copy_sent_whole=one.whole,
        sent_bytes=one.sent_bytes,
        end_unknown=one.end_unknown,
        passphrase_shown=one.revealed,
        entry_ids=list(one.entry_ids),
    )
