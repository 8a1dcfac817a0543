"""What becomes of an eligibility list between import and publication: compared, confirmed, frozen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.actions import eligibility, freezing, submitting
from app.actions.eligibility import DifferenceView
from app.actions.lists import GrantRow, ListRow
from app.api.asking import ActorHere, RevisionHere, ToolsHere, etag
from app.api.grant_schemas import GrantOut, grant_out
from app.api.list_schemas import DecisionIn, ListOut, SubmissionIn, list_out
from app.api.lists import GrantId, ListId
from app.api.places import ReleaseId
from app.api.schemas import PROBLEM_RESPONSES, MomentOut, Out
from app.rules.differences import Pair
from app.rules.facts import Grant

router = APIRouter(prefix="/api/v1", tags=["lists"])

_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_CHANGES = (403, 409, 412, 428)


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 404, 422, 500, 503, *statuses})}


class ChangedOut(Out):
    """A seat that stands on both versions with other terms or another holder."""

    after: GrantOut
    before: GrantOut
    terms: list[str] = Field(description="Names of the terms that differ.", examples=[["asked", "ground"]])


class DifferencesOut(Out):
    """How one version of a list differs from another. For those who prepare the list only: it names people."""

    list_id: str = Field(examples=["lst_8899aabbccddeeff00112233"])
    version: int = Field(examples=[2])
    against_list_id: str | None = Field(
        description="Null where there is none to compare with.", examples=["lst_8899aabbccddeeff00112234"]
    )
    against_version: int | None = Field(examples=[1])
    added: list[GrantOut]
    removed: list[GrantOut]
    changed_terms: list[ChangedOut]
    changed_holders: list[ChangedOut]


class FreezeOut(Out):
    """How it stands with the list of a release."""

    release_id: str = Field(examples=[_RELEASE])
    frozen_since: MomentOut | None = Field(
        description="Since when, or from when, a change of the list needs an override."
    )
    by_hand_at: MomentOut | None = Field(description="When the head of profession froze it; null where they did not.")
    revision: int = Field(description="Of the release.", examples=[4])


@router.get(
    "/lists/{list_id}/differences",
    operation_id="compare_lists",
    summary="See how two versions differ",
    responses=_answers(403),
)
def compare_lists(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    against: Annotated[
        ListId | None,
        Query(description="Any version of a list of the producer. Left out: the one in force, or the one before it."),
    ] = None,
) -> DifferencesOut:
    """Added, removed, other terms, other holders. The same person in the same post is one seat, whatever its number."""
    return _differences(eligibility.read_difference(tools, actor, list_id, against=against))


@router.post(
    "/lists/{list_id}/grants/{grant_id}/confirm",
    operation_id="confirm_holder",
    summary="Confirm who holds the post",
    responses=_answers(*_CHANGES),
)
def confirm_holder(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    grant_id: GrantId,
    revision: RevisionHere,
    response: Response,
) -> ListOut:
    """For a row that came from another list: the holder still holds the post, and still needs access."""
    view = eligibility.confirm_holder(tools, actor, list_id, grant_id, revision=revision)
    etag(response, view.row.revision)
    return list_out(view)


@router.post(
    "/lists/{list_id}/submission",
    operation_id="submit_list",
    summary="Send a draft for approval",
    responses=_answers(*_CHANGES),
)
def submit_list(
    tools: ToolsHere,
    actor: ActorHere,
    list_id: ListId,
    revision: RevisionHere,
    response: Response,
    body: SubmissionIn | None = None,
) -> ListOut:
    """For those who prepare it. Heads of profession who may approve it are written to; a change takes it back.

    Whoever sends it cannot approve it: their reason is part of what is approved.
    """
    reason = body.growth_reason if body else ""
    view = submitting.submit_list(tools, actor, list_id, revision=revision, growth_reason=reason)
    etag(response, view.row.revision)
    return list_out(view)


@router.post(
    "/releases/{release_id}/freeze-list",
    operation_id="freeze_list",
    summary="Freeze the list before the window opens",
    responses=_answers(*_CHANGES),
)
def freeze_list(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: DecisionIn | None = None,
) -> FreezeOut:
    """By the head of profession, with the release's ETag. From then on a change needs an override."""
    reason = body.reason if body else ""
    return _freeze(response, freezing.freeze_list(tools, actor, release_id, revision=revision, reason=reason))


@router.post(
    "/releases/{release_id}/unfreeze-list",
    operation_id="unfreeze_list",
    summary="Take a freeze back",
    responses=_answers(*_CHANGES),
)
def unfreeze_list(
    tools: ToolsHere,
    actor: ActorHere,
    release_id: ReleaseId,
    revision: RevisionHere,
    response: Response,
    body: DecisionIn,
) -> FreezeOut:
    """By the head of profession, with a reason. Not once the window has opened: then the list stays frozen."""
    return _freeze(response, freezing.unfreeze_list(tools, actor, release_id, revision=revision, reason=body.reason))


def _freeze(response: Response, found: freezing.Freeze) -> FreezeOut:
    etag(response, found.revision)
    return FreezeOut(
        release_id=found.release_id,
        frozen_since=found.frozen_since,
        by_hand_at=found.by_hand_at,
        revision=found.revision,
    )


def _differences(found: DifferenceView) -> DifferencesOut:
    after, before = _by_id(found.after), _by_id(found.before)
    listed, other = found.after.eligibility_list, found.before.eligibility_list if found.before else None

    def shown(rows: dict[str, GrantRow], grants: tuple[Grant, ...]) -> list[GrantOut]:
        return [grant_out(rows[grant.grant_id]) for grant in grants]

    def changed(pairs: tuple[Pair, ...]) -> list[ChangedOut]:
        return [
            ChangedOut(
                after=grant_out(after[pair.after.grant_id]),
                before=grant_out(before[pair.before.grant_id]),
                terms=list(pair.terms),
            )
            for pair in pairs
        ]

    return DifferencesOut(
        list_id=listed.list_id,
        version=listed.version,
        against_list_id=other.list_id if other else None,
        against_version=other.version if other else None,
        added=shown(after, found.difference.added),
        removed=shown(before, found.difference.removed),
        changed_terms=changed(found.difference.changed_terms),
        changed_holders=changed(found.difference.changed_holders),
    )


def _by_id(row: ListRow | None) -> dict[str, GrantRow]:
    return {one.grant.grant_id: one for one in row.rows} if row else {}
