"""A producer's releases: what is missing for each day, one release as a list of tasks, and its window as it runs."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import (
    alarms,
    breaches,
    calendar,
    deliveries,
    deputies,
    documents,
    eligibility,
    incident_clock,
    moves,
    openings,
    producer_settings,
    publication,
    readiness,
    releases,
    retention,
)
from app.actions.readiness import Prepared
from app.actions.releases import PREPARERS, ReleaseView
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId, place_of, read_place
from app.rules.deputies import DeputyState
from app.rules.errors import NotFound
from app.rules.facts import DocumentState, ListState, ReleaseState, Role, london_date
from app.rules.incidents import KIND_WORDS
from app.rules.listlife import frozen_since, list_is_frozen
from app.web.asking import Form, FormHere, PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_CURRENT = (DocumentState.DRAFT, DocumentState.FINAL)
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_REVISION = re.compile(r"[0-9]{1,9}")


@router.get("/producer")
def dashboard(request: Request, tools: ToolsHere, person: PersonHere, after: After = None) -> Response:
    """Show the releases this person prepares or audits by the day they are due, with what each of them lacks."""
    found = releases.list_releases(tools, person, after=read_place(after), limit=ON_A_PAGE + 1, over=False)
    shown = found[:ON_A_PAGE]
    last = shown[-1].row.release if len(found) > ON_A_PAGE else None
    prepared = readiness.prepared_of(tools, person, [_id_of(view) for view in shown])
    lines = [_line(view, prepared[_id_of(view)]) for view in shown if _id_of(view) in prepared]
    days = [(on, list(those)) for on, those in groupby(lines, key=_day_of)]
    more = place_of(last.publishes_at, last.release_id) if last else None
    waiting = breaches.list_incidents(tools, person, near_miss=False, unfinished=True, limit=ON_A_PAGE).incidents
    clocks = incident_clock.clocks(tools, waiting)
    registers = any(held.role in PREPARERS for held in person.roles)
    shown_besides: dict[str, Any] = {"waiting": waiting, "clocks": clocks, "kind_words": KIND_WORDS}
    shown_besides["sees_calendars"] = bool(calendar.list_calendars(tools, person))
    return page(request, "dashboard.html", days=days, next=more, registers=registers, **shown_besides)


@router.get("/producer/releases/{release_id}")
def tasks_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show one release as a list of tasks, with what was moved."""
    return page(request, "tasks.html", **_tasks(tools, person, release_id))


@router.post("/producer/releases/{release_id}/announcement")
def announce(tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Announce a planned release."""
    moves.announce_release(tools, person, release_id, revision=revision_of(form))
    return go_to(f"/producer/releases/{release_id}")


@router.post("/producer/releases/{release_id}/sign-off")
def sign_off(tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Sign a release off as final."""
    moves.sign_off_release(tools, person, release_id, revision=revision_of(form))
    return go_to(f"/producer/releases/{release_id}")


@router.post("/producer/releases/{release_id}/public-list")
def publish_list(tools: ToolsHere, person: PersonHere, release_id: ReleaseId, _form: FormHere) -> Response:
    """Publish the list of posts, as it is enforced."""
    publication.publish_list_of_posts(tools, person, release_id)
    return go_to(f"/producer/releases/{release_id}")


@router.post("/producer/releases/{release_id}/publication")
def declare(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Declare that the release has been published."""
    if not form["reason"]:
        faults = {"reason": "Say how you know that it is public"}
        return page(request, "tasks.html", status=422, faults=faults, **_tasks(tools, person, release_id))
    moves.declare_published(tools, person, release_id, revision=revision_of(form), reason=form["reason"])
    return go_to(f"/producer/releases/{release_id}")


@router.get("/producer/releases/{release_id}/board")
def board(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show who on the list has opened what, and who has not yet."""
    view = staffed(tools, person, release_id)
    in_force = eligibility.list_in_force(tools, person, release_id)
    opened = openings.openings_of_release(tools, person, release_id, limit=1000)
    by_person: dict[str | None, list[Any]] = {}
    for one in opened:
        by_person.setdefault(one.person_id, []).append(one)
    named = [(row, by_person.get(row.grant.person_id, [])) for row in (in_force.rows if in_force else ())]
    listed = {row.grant.person_id for row, _ in named}
    return page(
        request,
        "board.html",
        view=view,
        release=view.row.release,
        named=named,
        decides=person.has(view.row.organisation_id, Role.HEAD_OF_PROFESSION) and view.row.release.state not in _OVER,
        opened_by=sum(1 for _, theirs in named if theirs),
        others=[one for one in opened if one.person_id not in listed],
        back={one.person_id: since for one, since in deliveries.troubles_of_release(tools, person, release_id)},
    )


def staffed(tools: Tools, person: Actor, release_id: str) -> ReleaseView:
    """Give a release to somebody who has a role with its producer; to others there is no such page.

    Raises:
        NotFound: They have none, or there is no such release.
    """
    view = releases.read_release(tools, person, release_id)
    if not _reads(person, view):
        raise NotFound("")
    return view


def staffed_by(tools: Tools, person: Actor, release_id: str, *wanted: Role) -> ReleaseView:
    """Give a release to somebody who has one of these roles with its producer, before their form is looked at.

    Raises:
        NotFound: They have no role there, or there is no such release.
        Refused: Their role there is another.
    """
    view = staffed(tools, person, release_id)
    producer_settings.demand_role(tools, person, view.row.release.producer.producer_id, *wanted)
    return view


def _tasks(tools: Tools, person: Actor, release_id: str) -> dict[str, Any]:
    view = staffed(tools, person, release_id)
    return {
        **_prepared(tools, person, view),
        "frozen": list_is_frozen(view.row.release, tools.clock.now()) is not None,
        "frozen_since": frozen_since(view.row.release),
        "moved": releases.read_history(tools, person, release_id),
        "alarms": sum(one.row.rings for one in alarms.list_alarms(tools, person, release_id)),
        "deputies_asked": sum(
            one.state is DeputyState.ASKED for one in deputies.list_deputies(tools, person, release_id)
        ),
        "back": len(deliveries.troubles_of_release(tools, person, release_id)),
        "keeps": person.has(view.row.organisation_id, *retention.READING),
        "prepares": person.has(view.row.organisation_id, *PREPARERS) and view.row.release.state not in _OVER,
    }


def _reads(person: Actor, view: ReleaseView) -> bool:
    return person.has(view.row.organisation_id, *PREPARERS, Role.AUDITOR)


def _prepared(tools: Tools, person: Actor, view: ReleaseView) -> dict[str, Any]:
    release_id = view.row.release.release_id
    versions = eligibility.list_versions(tools, person, release_id, with_rows=False)
    current = [row for row in documents.list_documents(tools, person, release_id) if row.card.state in _CURRENT]
    in_force = next((row for row in versions if row.eligibility_list.state is ListState.APPROVED), None)
    return {
        "view": view,
        "release": view.row.release,
        "in_force": in_force,
        "draft": next((row for row in versions if row.eligibility_list.state is ListState.DRAFT), None),
        "documents": current,
        "final": [row for row in current if row.card.state is DocumentState.FINAL],
    }


def _line(view: ReleaseView, prepared: Prepared) -> dict[str, Any]:
    return {"view": view, "release": view.row.release, "lacking": _lacking(view.row.release.state, prepared)}


def _lacking(state: ReleaseState, prepared: Prepared) -> list[str]:
    """Say what is not there yet, in the order in which it is done."""
    told = (
        (state is ReleaseState.PLANNED, "not announced"),
        (not prepared.listed, "no approved list"),
        (not prepared.documents, "no document"),
        (prepared.fixed < prepared.documents, "a document is not fixed"),
        (state is not ReleaseState.FINAL, "not signed off"),
    )
    return [text for missing, text in told if missing]


def _id_of(view: ReleaseView) -> str:
    return view.row.release.release_id


def _day_of(line: dict[str, Any]) -> Any:
    return london_date(line["release"].publishes_at)


def revision_of(form: Form) -> int:
    """Give the revision that a form was written for; none there ever was where it names none."""
    return int(form["revision"]) if _REVISION.fullmatch(form["revision"]) else -1
