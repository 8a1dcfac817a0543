"""Eligibility lists as JSON: what goes in and what comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.actions.eligibility import Holder
from app.actions.lists import Earlier, GrantRow, ListRow, ListView, Unopened
from app.api.people import Day
from app.api.places import ReleaseId
from app.api.schemas import In, Line, Moment, MomentOut, Out, Paragraphs, ReasonOut
from app.api.sign_in import Address
from app.rules.facts import ExceptionalGrant, Grant, GrantClass
from app.rules.failures import PastFailure

_LIST = "lst_8899aabbccddeeff00112233"
_GRANT = "grt_44556677889900aabbccddee"
_POST = "pst_2b3c4d5e6f708192a3b4c5d6"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
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


class DerivingIn(In):
    """Whence a new draft is copied."""

    from_release_id: ReleaseId | None = Field(
        None, description="Another release of the same producer; left out: this one's list in force."
    )
    from_series: bool | None = Field(
        None,
        description="True: the standing list of the series. Left out: the same, for the first draft of a release.",
        examples=[None],
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


class ApprovalIn(In):
    """What an approval needs where something stands in its way."""

    override_reason: Paragraphs = Field(
        "",
        description="Why it is approved although the list is frozen. Kept, logged, and seen by auditors.",
        examples=["The minister who answers questions was appointed this morning."],
    )
    failures_considered: Paragraphs = Field(
        "",
        description="What was considered of the past failures that bear on the list; needed where one must be.",
        examples=["The training was done in May, and the briefing cannot be given without this post."],
    )


class DecisionIn(In):
    """Why; kept in the log."""

    reason: Paragraphs = Field("", examples=["They gave a written statement that nothing was passed on."])


class ExtensionIn(In):
    """An exceptional extension, as the governing Order allows it."""

    reasons: Paragraphs = Field("", examples=["The release was moved by a national event after access had begun."])
    board_informed_at: Moment | None = Field(
        None, description="Needed under the UK and Northern Ireland Orders, which ask for it beforehand."
    )
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


class PastFailureOut(Out):
    """A past failure that bears on a grant, and what the governing Order makes of it."""

    failure_id: str = Field(examples=["fai_98877665544a5b4b3c2d1e0f"])
    person_id: str = Field(description="Whose grant it bears on.", examples=[_PERSON])
    of_person: str = Field(description="Who failed.", examples=["Ana Example"])
    shared_with: bool = Field(description="It was one with whom the recipient had shared, not the recipient.")
    what: str = Field(examples=["Told a press office the direction of the figures before publication."])
    occurred_on: date
    release_title: str | None = Field(examples=["Claimant count"])
    incident_id: str | None = Field(examples=["inc_1e0f98877665544a5b4b3c2d"])
    order: str = Field(description="The Order that governed the access in which it happened.", examples=["uk"])
    must: bool = Field(description="It must be taken into account; otherwise it may be.")
    source: str = Field(description="The clause that says so.", examples=["SI 2008/2998 Sch. para 3(1)(e)"])


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
    holdings_as_of: Moment | None = Field(
        description="A list in force relies on no holding of a post that was recorded later."
    )
    override_reason: str = Field(
        description="Why it was approved although the list was frozen; empty where it was not.", examples=[""]
    )
    revision: int = Field(description="Send it as If-Match with a change.", examples=[4])


class EarlierOut(Out):
    """The list of an earlier release of the series."""

    release_id: str = Field(examples=[_RELEASE])
    title: str = Field(examples=["Examples, February 2026"])
    publishes_at: Moment
    version: int = Field(examples=[2])
    grants_count: int = Field(examples=[17])
    people_count: int = Field(examples=[16])
    posts_count: int = Field(examples=[17])
    more_now: int = Field(description="How many more grants this version has; negative: fewer.", examples=[2])


class UnopenedOut(Out):
    """Somebody who opened nothing of the earlier releases for which they were listed."""

    person_id: str = Field(examples=[_PERSON])
    holder_name: str = Field(examples=["Robin Example"])
    posts: list[str] = Field(examples=[["Chief Economic Adviser, Department for Examples"]])
    releases_count: int = Field(
        description="For how many of the published releases looked at they were listed.", examples=[3]
    )


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
    frozen_since: MomentOut | None = Field(description="Since when, or from when, a change needs an override.")
    unconfirmed: list[str] = Field(
        description="Grants whose holders wait to be confirmed; none of them can be approved.", examples=[[_GRANT]]
    )
    growth: list[EarlierOut] = Field(description="Earlier releases of the series and their lists, the latest first.")
    never_opened: list[UnopenedOut] = Field(description="Those it may no longer be needed for.")
    remarks: list[str] = Field(
        description="What an approver should look at, though nothing of it stands in the way.", examples=[[]]
    )
    failures: list[PastFailureOut] = Field(description="Past failures that bear on its grants.")
    failures_considered: str = Field(description="What the approver said of them.", examples=[""])


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
        frozen_since=view.frozen_since,
        unconfirmed=list(view.unconfirmed),
        growth=[_earlier_out(one, len(view.row.rows)) for one in view.growth],
        never_opened=[_unopened_out(one, view.row) for one in view.never_opened],
        remarks=list(view.remarks),
        failures=[_failure_out(one) for one in view.failures],
        failures_considered=view.row.failures_considered,
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
        holdings_as_of=row.holdings_as_of,
        override_reason=row.override_reason,
        revision=row.revision,
    )


def _earlier_out(one: Earlier, grants_now: int) -> EarlierOut:
    return EarlierOut(
        release_id=one.release_id,
        title=one.title,
        publishes_at=one.publishes_at,
        version=one.version,
        grants_count=one.grants_count,
        people_count=one.people_count,
        posts_count=one.posts_count,
        more_now=grants_now - one.grants_count,
    )


def _unopened_out(one: Unopened, row: ListRow) -> UnopenedOut:
    mine = [grant for grant in row.rows if grant.grant.person_id == one.person_id]
    return UnopenedOut(
        person_id=one.person_id,
        holder_name=mine[0].holder_name,
        posts=[f"{grant.grant.post_title}, {grant.grant.organisation}" for grant in mine],
        releases_count=one.releases,
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


def _failure_out(failure: PastFailure) -> PastFailureOut:
    return PastFailureOut(
        failure_id=failure.failure_id,
        person_id=failure.person_id,
        of_person=failure.of_person,
        shared_with=failure.shared_with,
        what=failure.what,
        occurred_on=failure.occurred_on,
        release_title=failure.release_title,
        incident_id=failure.incident_id,
        order=failure.order.value,
        must=failure.weight.must,
        source=failure.weight.source,
    )


def seat_out(seat: tuple[str, str, int]) -> SeatOut:
    """Write one seat."""
    return SeatOut(post=seat[0], organisation=seat[1], seat=seat[2])


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def minutes_of(span: timedelta | None) -> int | None:
    """Write a span in whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)
