"""One line of an eligibility list as JSON: what goes in and what comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.actions.eligibility import Holder
from app.actions.lists import GrantRow
from app.api.people import Day
from app.api.schemas import In, Line, Moment, Out, Paragraphs
from app.api.sign_in import Address
from app.rules.facts import ExceptionalGrant, Grant, GrantClass

_LIST = "lst_8899aabbccddeeff00112233"
_GRANT = "grt_44556677889900aabbccddee"
_POST = "pst_2b3c4d5e6f708192a3b4c5d6"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_GROUND = "Answers questions on the figures in the hour after publication."
_LONGEST_MINUTES = 60 * 24 * 62
_MAY_BE_NULL = ("asked", "exceptional", "for_person_id")

OrganisationName = Annotated[Line, Field(max_length=200)]
Class = Annotated[GrantClass, Field(strict=False)]
Letter = Annotated[str, StringConstraints(pattern=r"^([a-h]|i|ii|1|5a|5b)?$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^per_[0-9a-f]{24}$")]
Place = Annotated[Paragraphs, Field(max_length=300)]
_LETTER = (
    "The Order's own ground by its letter: a to h under the Orders for Scotland and Wales; 1, 5a or 5b for the Bank of "
    "England and the Treasury (para 12); i or ii, if wanted, elsewhere."
)
_BEHIND = "The recipient on the same list whose access is shared, or who is stood in for."
Minutes = Annotated[int, Field(ge=1, le=_LONGEST_MINUTES)]


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
    ground_letter: Letter = Field("", description=_LETTER, examples=["e"])
    asked_minutes: Minutes | None = Field(None, description="Left out: the Order's own limit.", examples=[1260])
    conditions: Paragraphs = Field("", examples=["Read in the department's own building only."])
    exceptional: ExceptionalIn | None = None
    holder: HolderIn | None = None
    for_person_id: PersonId | None = Field(None, description=_BEHIND, examples=[None])
    place: Place = Field(
        "", description="The secure place of a lock-in; a journalist's grant needs one.", examples=["Room 2.14"]
    )
    agreement: Paragraphs = Field(
        "", description="Where the prior written agreement to pass on is kept (Scotland).", examples=["Letter of 2 May"]
    )

    def grant(self) -> Grant:
        """Give it as a fact, without an id."""
        return Grant(
            grant_id="",
            post_title=self.post_title,
            organisation=self.organisation,
            grant_class=self.grant_class,
            ground=self.ground,
            ground_letter=self.ground_letter,
            asked=_span(self.asked_minutes),
            conditions=self.conditions,
            for_person_id=self.for_person_id,
            place=self.place,
            agreement=self.agreement,
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
    ground_letter: Letter | None = Field(None, description=_LETTER, examples=["e"])
    for_person_id: PersonId | None = Field(None, description=f"{_BEHIND} Null: nobody.", examples=[None])
    place: Place | None = Field(None, examples=["Room 2.14"])
    agreement: Paragraphs | None = Field(None, examples=["Letter of 2 May"])
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
        kept = {name: text for name, text in sent.items() if text is not None or name in _MAY_BE_NULL}
        return replace(grant, **kept)


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
    ground_letter: str = Field(description=_LETTER, examples=["e"])
    for_person_id: str | None = Field(description=_BEHIND, examples=[None])
    place: str = Field(examples=[""])
    agreement: str = Field(examples=[""])
    asked_minutes: int | None
    conditions: str = Field(examples=["Read in the department's own building only."])
    exceptional: ExceptionalOut | None
    paused_reason: str = Field(examples=[""])
    confirm_needed: bool = Field(
        description="The row came from another list, and nobody has confirmed the holder since.", examples=[False]
    )
    is_group: bool
    defects: list[str] = Field(examples=[["“Advisor” is a variant spelling of “Adviser”."]])


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
        ground_letter=grant.ground_letter,
        for_person_id=grant.for_person_id,
        place=grant.place,
        agreement=grant.agreement,
        asked_minutes=minutes_of(grant.asked),
        conditions=grant.conditions,
        exceptional=ExceptionalOut(reasons=exceptional.reasons, board_informed_at=exceptional.board_informed_at)
        if exceptional
        else None,
        paused_reason=grant.paused_reason,
        confirm_needed=grant.confirm_needed,
        is_group=grant.is_group,
        defects=list(grant.defects),
    )


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def minutes_of(span: timedelta | None) -> int | None:
    """Write a span in whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)
