"""Eligibility lists as JSON: what goes in and what comes out."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from app.actions.lists import Earlier, ListRow, ListView, Unopened
from app.api.grant_schemas import GrantOut, Minutes, grant_out
from app.api.places import ReleaseId
from app.api.schemas import In, Moment, MomentOut, Out, Paragraphs, ReasonOut
from app.rules.failures import PastFailure

_LIST = "lst_8899aabbccddeeff00112233"
_GRANT = "grt_44556677889900aabbccddee"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"


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


_CONSIDERED = "What was considered of the holder's past failures; needed under the Orders for Scotland and Wales."
_CONSIDERED_EXAMPLE = "The training was done in May, and the briefing cannot be given without this post."


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


class SubmissionIn(In):
    """What whoever approves should know."""

    growth_reason: Paragraphs = Field(
        "",
        description="Why it has more rows than the list before it; needed where it has.",
        examples=["The new minister answers questions at publication, and one adviser prepares them."],
    )


class ResumptionIn(DecisionIn):
    """Why; and what was considered of the holder's past failures."""

    failures_considered: Paragraphs = Field("", description=_CONSIDERED, examples=[_CONSIDERED_EXAMPLE])


class ExtensionIn(In):
    """An exceptional extension, as the governing Order allows it."""

    reasons: Paragraphs = Field("", examples=["The release was moved by a national event after access had begun."])
    board_informed_at: Moment | None = Field(
        None, description="Needed under the UK and Northern Ireland Orders, which ask for it beforehand."
    )
    asked_minutes: Minutes | None = Field(None, description="Left out: access goes on from now.", examples=[2880])
    failures_considered: Paragraphs = Field("", description=_CONSIDERED, examples=[_CONSIDERED_EXAMPLE])


class PastFailureOut(Out):
    """A past failure that bears on a grant, and what the governing Order makes of it."""

    failure_id: str = Field(examples=["fai_98877665544a5b4b3c2d1e0f"])
    person_id: str = Field(description="Whose grant it bears on.", examples=[_PERSON])
    of_person: str = Field(description="Who failed.", examples=["Ana Example"])
    shared_with: bool = Field(description="It was one with whom the recipient had shared, not the recipient.")
    what: str = Field(examples=["Told a press office the direction of the figures before publication."])
    occurred_on: date = Field(examples=["2026-03-09"])
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
    submitted_by: str | None = Field(description="Who sent it for approval as it is.", examples=[_PERSON])
    submitted_at: Moment | None = Field(description="Null where nobody did, or it was changed since.")
    growth_reason: str = Field(
        description="Why it has more rows than the list before it; empty once it was changed since.", examples=[""]
    )


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
        submitted_by=view.row.submitted_by,
        submitted_at=view.row.submitted_at,
        growth_reason=view.row.growth_reason,
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
