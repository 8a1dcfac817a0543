"""Searches of the log that auditors keep under a name: saved, named anew, shared, run, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field, StringConstraints

from app.actions import saved_searches, searching
from app.api.asking import ActorHere, IdempotencyKey, RevisionHere, ToolsHere, create_once, etag
from app.api.audit import EXPORTED, EntryPageOut, FormatHere, as_file, entry_page
from app.api.log_filters import After, Limit, Order, SearchIn, place_in_log
from app.api.people import OrganisationId
from app.api.places import LimitHere
from app.api.schemas import PROBLEM_RESPONSES, In, Line, Moment, Out
from app.audit.asked import Search

router = APIRouter(prefix="/api/v1", tags=["audit"])

SavedSearchId = Annotated[str, StringConstraints(pattern=r"^svs_[0-9a-f]{24}$")]
Name = Annotated[Line, StringConstraints(max_length=100)]
_ID = "svs_0a1b2c3d4e5f60718293a4b5"
_NAME = "Refused before the window"
_ORGANISATION = "org_4d3c2b1a0f9e8d7c6b5a4938"
_FILTERS = {"kind": "access_decided", "reason": "window_not_open"}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in sorted({401, 403, 422, 500, 503, *statuses})}


class SavedSearchIn(In):
    """A search, and the name to keep it under."""

    name: Name = Field(examples=[_NAME])
    search: SearchIn = Field(examples=[_FILTERS])
    order: Order = "oldest"
    shared: bool = Field(False, description="Let the other auditors of the same producer, or of the service, run it.")
    organisation_id: OrganisationId | None = Field(
        None, description="As whose auditor; left out: as the service's, or else the only producer's."
    )


class SavedSearchChangeIn(In):
    """What of it changes."""

    name: Name | None = Field(None, examples=[_NAME])
    shared: bool | None = None


class SavedSearchOut(Out):
    """A search kept under a name."""

    saved_search_id: str = Field(examples=[_ID])
    name: str = Field(examples=[_NAME])
    search: dict[str, str] = Field(description="The filters that are set.", examples=[_FILTERS])
    order: str = Field(examples=["oldest"])
    shared: bool
    own: bool = Field(description="Whether you keep it; others' are shared with you.")
    owner: str = Field(examples=["Ari Campion"])
    organisation_id: str | None = Field(description="Null: of the service.", examples=[_ORGANISATION])
    saved_at: Moment
    revision: int = Field(examples=[1])


class SavedSearchesOut(Out):
    """One page of searches, your own and those shared with you."""

    results: list[SavedSearchOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


@router.post(
    "/audit/searches",
    operation_id="save_search",
    summary="Keep a search of the log under a name",
    status_code=201,
    response_model=SavedSearchOut,
    responses=_answers(409),
)
def save_search(
    request: Request, tools: ToolsHere, actor: ActorHere, body: SavedSearchIn, key: IdempotencyKey = None
) -> JSONResponse:
    """For auditors. A name is given once by each person."""

    def act(once: Any) -> SavedSearchOut:
        made = saved_searches.save_search(
            once,
            actor,
            body.search.search(),
            name=body.name,
            shared=body.shared,
            newest_first=body.order == "newest",
            organisation_id=body.organisation_id,
        )
        return _out(made, actor.person_id)

    return create_once(request, tools, actor, key, body, act, revision_of=lambda made: made.revision)


@router.get("/audit/searches", operation_id="list_searches", summary="See saved searches", responses=_answers())
def list_searches(
    tools: ToolsHere,
    actor: ActorHere,
    limit: LimitHere = 50,
    after: Annotated[SavedSearchId | None, Query(description="`next` of the page before.")] = None,
) -> SavedSearchesOut:
    """Your own, and those that other auditors of the same share with you."""
    found = saved_searches.list_searches(tools, actor, limit=limit + 1, after=after)
    more = found[limit - 1].saved_search_id if len(found) > limit else None
    return SavedSearchesOut(results=[_out(one, actor.person_id) for one in found[:limit]], next=more)


@router.get(
    "/audit/searches/{saved_search_id}",
    operation_id="get_search",
    summary="See a saved search",
    responses=_answers(404),
)
def get_search(
    tools: ToolsHere, actor: ActorHere, saved_search_id: SavedSearchId, response: Response
) -> SavedSearchOut:
    """What it asks for; nothing of the log is read."""
    saved = saved_searches.get_search(tools, actor, saved_search_id)
    etag(response, saved.revision)
    return _out(saved, actor.person_id)


@router.patch(
    "/audit/searches/{saved_search_id}",
    operation_id="change_search",
    summary="Name a saved search anew, share it or share it no longer",
    responses=_answers(404, 409, 412, 428),
)
def change_search(
    tools: ToolsHere,
    actor: ActorHere,
    saved_search_id: SavedSearchId,
    body: SavedSearchChangeIn,
    revision: RevisionHere,
    response: Response,
) -> SavedSearchOut:
    """For whoever keeps it. What it asks for stays: save another for that."""
    saved = saved_searches.change_search(
        tools, actor, saved_search_id, name=body.name, shared=body.shared, revision=revision
    )
    etag(response, saved.revision)
    return _out(saved, actor.person_id)


@router.delete(
    "/audit/searches/{saved_search_id}",
    operation_id="forget_search",
    summary="Delete a saved search",
    status_code=204,
    response_class=Response,
    responses=_answers(404),
)
def forget_search(tools: ToolsHere, actor: ActorHere, saved_search_id: SavedSearchId) -> Response:
    """For whoever keeps it."""
    saved_searches.forget_search(tools, actor, saved_search_id)
    return Response(status_code=204)


@router.get(
    "/audit/searches/{saved_search_id}/entries",
    operation_id="run_search",
    summary="Run a saved search",
    responses=_answers(404),
)
def run_search(
    tools: ToolsHere, actor: ActorHere, saved_search_id: SavedSearchId, after: After = None, limit: Limit = 50
) -> EntryPageOut:
    """What you may see of what it asks for, whoever saved it. The reading is on record with the search's name."""
    saved = saved_searches.get_search(tools, actor, saved_search_id)
    return entry_page(
        searching.search_log(
            tools,
            searching.asking(tools, actor),
            Search.from_given(saved.filters),
            after=place_in_log(after),
            limit=limit,
            newest_first=saved.newest_first,
            saved=saved,
        )
    )


@router.get(
    "/audit/searches/{saved_search_id}/export",
    operation_id="export_saved_search",
    summary="Take what a saved search finds away",
    response_class=StreamingResponse,
    responses={200: EXPORTED, **_answers(404)},
)
def export_saved_search(
    tools: ToolsHere, actor: ActorHere, saved_search_id: SavedSearchId, fmt: FormatHere = "ndjson"
) -> StreamingResponse:
    """As `audit/entries/export`, on record with the search's name."""
    saved = saved_searches.get_search(tools, actor, saved_search_id)
    who, search = searching.asking(tools, actor), Search.from_given(saved.filters)
    return as_file(searching.export_search(tools, who, search, fmt, newest_first=saved.newest_first, saved=saved), fmt)


def _out(saved: saved_searches.SavedSearch, person_id: str | None) -> SavedSearchOut:
    return SavedSearchOut(
        saved_search_id=saved.saved_search_id,
        name=saved.name,
        search=saved.filters,
        order="newest" if saved.newest_first else "oldest",
        shared=saved.shared,
        own=saved.owner_id == person_id,
        owner=saved.owner_name,
        organisation_id=saved.organisation_id,
        saved_at=saved.saved_at,
        revision=saved.revision,
    )
