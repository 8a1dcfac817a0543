"""Eligibility lists as JSON: what goes in and what comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from app.actions.eligibility import Holder
from app.actions.lists import GrantRow, ListRow, ListView
from app.api.people import Day
from app.api.places import ReleaseId
from app.api.schemas import In, Line, Moment, Out, Paragraphs, ReasonOut
from app.api.sign_in import Address
from app.rules.facts import ExceptionalGrant, Grant, GrantClass

_LIST = "lst_8899aabbccddeeff00112233"
_GRANT = "grt_44556677889900aabbccddee"
_POST = "pst_2b3c4d5e6f708192a3b4c5d6"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_GROUND = "Answers questions on the figures in the hour after publication."
_LONGEST_MINUTES = 60 * 24 * 62

OrganisationName = Annotated[Line, Field(max_length=200)]
Class = Annotated[GrantClass, Field(strict=False)]
Minutes = Annotated[int, Field(ge=1, le=_LONGEST_MINUTES)]


class DerivingIn(In):
    """Whence a new draft is copied."""

    from_release_id: ReleaseId | None = Field(
        None, description="Another release of the same producer; left out: this one's list in force."
    )


class HolderIn(In):
    """The one person who holds the post."""

    email: Address = Field(description="Their own work address.", examples=["robin.example@department.gov.example"])
    name: Annotated[Line, Field(max_length=200)] | None = Field(
        None, description="Needed where the address is not known yet.", examples=["Robin Example"]
    )
    held_from_on: Day | None = Field(None, description="Recorded as the first day on which they hold the post.")

    def holder(self) -> Holder:
        """Give it as the action takes it."""
        return Holder(self.email, self.name or "", self.held_from_on)


class ExceptionalIn(In):
    """What an exceptional grant needs: reasons that are published, and notice to the Statistics Board."""

    reasons: Paragraphs = Field("", examples=["The release was moved by a national event after access had begun."])
    board_informed_at: Moment | None = None

    def exceptional(self) -> ExceptionalGrant:
        """Give it as a fact."""
        return ExceptionalGrant(self.reasons, self.board_informed_at)


class GrantIn(In):
    """A line of the list."""

    post_title: Line = Field(examples=["Chief Economic Adviser"])
    organisation: OrganisationName = Field(examples=["Department for Examples"])
    grant_class: Class = Field(GrantClass.ELIGIBLE_PERSON, examples=["eligible_person"])
    ground: Paragraphs = Field("", examples=[_GROUND])
    asked_minutes: Minutes | None = Field(None, description="Left out: the Order's own limit.", examples=[1260])
    conditions: Paragraphs = Field("", examples=["Read in the department's own building only."])
    exceptional: ExceptionalIn | None = None
    holder: HolderIn | None = None

    def grant(self) -> Grant:
        """Give it as a fact, without an id."""
        return Grant(
            grant_id="",
            post_title=self.post_title,
            organisation=self.organisation,
            grant_class=self.grant_class,
            ground=self.ground,
            asked=_span(self.asked_minutes),
            conditions=self.conditions,
            exceptional=self.exceptional.exceptional() if self.exceptional else None,
        )


class GrantChangeIn(In):
    """What of a grant is to change; what is left out stays. Null for `asked_minutes` means the Order's own limit."""

    post_title: Line | None = Field(None, examples=["Chief Economic Adviser"])
    organisation: OrganisationName | None = Field(None, examples=["Department for Examples"])
    grant_class: Class | None = Field(None, examples=["adviser"])
    ground: Paragraphs | None = Field(None, examples=[_GROUND])
    asked_minutes: Minutes | None = Field(None, examples=[1260])
    conditions: Paragraphs | None = None
    exceptional: ExceptionalIn | None = None
    one_post: bool | None = Field(None, description="True: the title names one post, though it reads like a group.")

    def change(self, grant: Grant) -> Grant:
        """Apply what was sent, and nothing else."""
        sent: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"one_post"}}
        if "asked_minutes" in sent:
            sent["asked"] = _span(sent.pop("asked_minutes"))
        if "exceptional" in sent:
            exceptional = sent.pop("exceptional")
            sent["exceptional"] = exceptional.exceptional() if exceptional else None
        kept = {name: text for name, text in sent.items() if text is not None or name in ("asked", "exceptional")}
        return replace(grant, **kept)


class DecisionIn(In):
    """Why; kept in the log."""

    reason: Paragraphs = Field("", examples=["They gave a written statement that nothing was passed on."])


class ExtensionIn(In):
    """An exceptional extension under para 5(1)(a)."""

    reasons: Paragraphs = Field("", examples=["The release was moved by a national event after access had begun."])
    board_informed_at: Moment
    asked_minutes: Minutes | None = Field(None, description="Left out: access goes on from now.", examples=[2880])


class ExceptionalOut(Out):
    """The published reasons, and when the Board was informed."""

    reasons: str = Field(examples=["The release was moved by a national event after access had begun."])
    board_informed_at: Moment | None


class GrantOut(Out):
    """A line of the list, with its holder. For those who prepare the list only."""

    grant_id: str = Field(examples=[_GRANT])
    list_id: str = Field(examples=[_LIST])
    row: int = Field(examples=[1])
    post_id: str = Field(examples=[_POST])
    post_title: str = Field(examples=["Chief Economic Adviser"])
    organisation: str = Field(examples=["Department for Examples"])
    seat: int = Field(description="1 for the first holder of the post, 2 for the second.", examples=[1])
    person_id: str | None = Field(examples=[_PERSON])
    holder_name: str = Field(examples=["Robin Example"])
    holder_email: str = Field(examples=["robin.example@department.gov.example"])
    held_from_on: date | None
    held_until_on: date | None
    grant_class: GrantClass
    ground: str = Field(examples=[_GROUND])
    asked_minutes: int | None
    conditions: str = Field(examples=["Read in the department's own building only."])
    exceptional: ExceptionalOut | None
    paused_reason: str = Field(examples=[""])
    is_group: bool
    defects: list[str] = Field(examples=[["“Advisor” is a variant spelling of “Adviser”."]])


class SeatOut(Out):
    """One seat of the list."""

    post: str = Field(examples=["Chief Economic Adviser"])
    organisation: str = Field(examples=["Department for Examples"])
    seat: int = Field(examples=[1])


class ListSummaryOut(Out):
    """One version of a list, without its grants."""

    list_id: str = Field(examples=[_LIST])
    release_id: str = Field(examples=[_RELEASE])
    version: int = Field(examples=[2])
    state: str = Field(description="draft, approved or superseded", examples=["draft"])
    prepared_by: str = Field(examples=[_PERSON])
    prepared_at: Moment
    edited_by: list[str] = Field(
        description="Everyone who had a hand in it; none of them can approve it.", examples=[[_PERSON]]
    )
    approved_by: str | None
    approved_at: Moment | None
    sha256: str = Field(description="Of what was approved; empty before.", examples=[""])
    grants_count: int = Field(examples=[19])
    revision: int = Field(description="Send it as If-Match with a change.", examples=[4])


class ListOut(ListSummaryOut):
    """One version of a list. A draft says what it changes, and everything for which it could not be approved now."""

    notes: list[str] = Field(
        description="What the import reported of the sheet as a whole.",
        examples=[["Row 12 stands under a heading of its own."]],
    )
    grants: list[GrantOut]
    against_version: int | None = Field(description="The version in force that a draft is compared with.")
    added: list[SeatOut]
    removed: list[SeatOut]
    lacking: list[ReasonOut]


class ListsOut(Out):
    """Every version, newest first."""

    results: list[ListSummaryOut]
    next: str | None = Field(None, description="Always null: a list has few versions.")


def list_out(view: ListView) -> ListOut:
    """Write one version of a list."""
    return ListOut(
        **summary_out(view.row).model_dump(),
        notes=list(view.row.notes),
        grants=[grant_out(row) for row in view.row.rows],
        against_version=view.against_version,
        added=[seat_out(seat) for seat in view.added],
        removed=[seat_out(seat) for seat in view.removed],
        lacking=[ReasonOut.model_validate(reason.as_record()) for reason in view.lacking],
    )


def summary_out(row: ListRow) -> ListSummaryOut:
    """Write one version of a list without its grants."""
    listed = row.eligibility_list
    return ListSummaryOut(
        list_id=listed.list_id,
        release_id=listed.release_id,
        version=listed.version,
        state=listed.state.value,
        prepared_by=listed.prepared_by,
        prepared_at=row.prepared_at,
        edited_by=list(row.edited_by),
        approved_by=listed.approved_by,
        approved_at=listed.approved_at,
        sha256=listed.sha256,
        grants_count=len(listed.grants),
        revision=row.revision,
    )


def grant_out(row: GrantRow) -> GrantOut:
    """Write one grant."""
    grant = row.grant
    exceptional = grant.exceptional
    return GrantOut(
        grant_id=grant.grant_id,
        list_id=row.list_id,
        row=row.row,
        post_id=row.post_id,
        post_title=grant.post_title,
        organisation=grant.organisation,
        seat=grant.seat,
        person_id=grant.person_id,
        holder_name=row.holder_name,
        holder_email=row.holder_email,
        held_from_on=grant.held_from_on,
        held_until_on=grant.held_until_on,
        grant_class=grant.grant_class,
        ground=grant.ground,
        asked_minutes=minutes_of(grant.asked),
        conditions=grant.conditions,
        exceptional=ExceptionalOut(reasons=exceptional.reasons, board_informed_at=exceptional.board_informed_at)
        if exceptional
        else None,
        paused_reason=grant.paused_reason,
        is_group=grant.is_group,
        defects=list(grant.defects),
    )


def seat_out(seat: tuple[str, str, int]) -> SeatOut:
    """Write one seat."""
    return SeatOut(post=seat[0], organisation=seat[1], seat=seat[2])


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def minutes_of(span: timedelta | None) -> int | None:
    """Write a span in whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)
