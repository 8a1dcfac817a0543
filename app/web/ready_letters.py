"""The letters “your documents are ready” on a page: set to go, sent at once, taken back, and what came of each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import eligibility, ready_letters
from app.actions.lists import PREPARERS, GrantRow
from app.actions.tools import Actor, Tools
from app.api.places import ReleaseId
from app.api.ready_letters import LetterIn, LetterNowIn, LetterWithdrawalIn, ReadyLetterId
from app.rules import readyletters
from app.rules.errors import Code, Conflict, Malformed, NotFound, Refused
from app.rules.facts import Order, Release, ReleaseState
from app.rules.readyletters import LetterState
from app.rules.window import opens_at_for
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, typed_instant
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producing import staffed, staffed_by
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SHOWN_AT_MOST = 50
_NO_WINDOW = (ReleaseState.PUBLISHED, ReleaseState.POSTPONED, ReleaseState.CANCELLED)
_DAY, _READERS = "send_on-day", "readers"
_STATES = {
    LetterState.SCHEDULED: ("Set to go", "govuk-tag--yellow"),
    LetterState.SENT: ("Sent", "govuk-tag--green"),
    LetterState.WITHHELD: ("Withheld", "govuk-tag--red"),
    LetterState.WITHDRAWN: ("Taken back", "govuk-tag--grey"),
}
_WORDS = {
    "send_at": "Enter a day and a time in the UK, like 9 3 2026 and 9:30am",
    "person_ids": "Choose at most 200 readers, or nobody for everybody on the list",
    "reason": "Say why it is taken back, in up to 5,000 characters",
}
_FIELDS = {"send_at": _DAY, "person_ids": _READERS}
_CLAUSES = {
    Order.UK: "SI 2008/2998 Sch. para 4",
    Order.SCOTLAND: "SSI 2008/399 Sch. para 4",
    Order.WALES: "WSI 2009/2818 Sch. para 4",
    Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 4",
}


@router.get("/producer/releases/{release_id}/ready-letters")
def letters_page(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId) -> Response:
    """Show which letters are set to go, and what became of earlier ones, the last to go first."""
    return _shown(request, tools, person, release_id, Form())


@router.post("/producer/releases/{release_id}/ready-letters")
def call(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Set a letter to go at a time, or send it at once; once for each form that was given out."""
    staffed_by(tools, person, release_id, *PREPARERS)
    chosen = [name.removeprefix("to-") for name in form.fields if name.startswith("to-") and form.ticked(name)]
    here = f"/producer/releases/{release_id}/ready-letters"

    def act(once: Tools) -> str:
        if form["how"] == "now":
            now = checked(LetterNowIn, {"person_ids": chosen}, _WORDS)
            ready_letters.send_letter_now(once, person, release_id, person_ids=frozenset(now.person_ids))
            return here
        sent = {"send_at": typed_instant(form, "send_on", "send_clock"), "person_ids": chosen}
        given = checked(LetterIn, sent, _WORDS)
        readers = frozenset(given.person_ids)
        ready_letters.schedule_letter(once, person, release_id, send_at=given.send_at, person_ids=readers)
        return here

    try:
        return go_once(tools, person, form, here, act)
    except FaultyForm as error:
        faults = {_FIELDS[name]: said for name, said in error.faults.items()}
    except Malformed as error:
        where = next((str(one["where"]) for one in error.extra.get("errors", ())), "send_at")
        faults = {_FIELDS.get(where, _DAY): error.detail}
    except Conflict as error:
        if error.code is not Code.ALREADY_EXISTS:
            raise
        faults = {_DAY: error.detail}
    except Refused as error:
        if error.code is not Code.LETTER_TOO_EARLY:
            raise
        if form["how"] == "now":
            faults = {_READERS: error.detail}
        else:
            remedy = " ".join(reason.remedy for reason in error.reasons)
            faults = {_DAY: f"That is before access may begin. {remedy} The refusal is on record."}
    return _shown(request, tools, person, release_id, form, faults)


@router.post("/producer/releases/{release_id}/ready-letters/{ready_letter_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    release_id: ReleaseId,
    ready_letter_id: ReadyLetterId,
    form: FormHere,
) -> Response:
    """Take a letter back that has not gone."""
    staffed_by(tools, person, release_id, *PREPARERS)
    if ready_letters.read_letter(tools, person, ready_letter_id).release_id != release_id:
        raise NotFound("")
    field = f"why-{ready_letter_id}"
    try:
        given = checked(LetterWithdrawalIn, {"reason": form[field]}, _WORDS)
        ready_letters.withdraw_letter(tools, person, ready_letter_id, reason=given.reason)
    except (FaultyForm, Malformed):
        return _shown(request, tools, person, release_id, form, {field: _WORDS["reason"]})
    return go_to(f"/producer/releases/{release_id}/ready-letters")


def _readers(release: Release, rows: tuple[GrantRow, ...]) -> list[dict[str, Any]]:
    """Give everybody who is named on a list once, with their posts and when access may first begin for them."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.grant.person_id is None:
            continue
        opens = None if row.grant.paused_reason else opens_at_for(release, row.grant)
        known = found.setdefault(
            row.grant.person_id,
            {"person_id": row.grant.person_id, "name": row.holder_name, "posts": [], "opens": opens},
        )
        known["posts"].append(f"{row.grant.post_title}, {row.grant.organisation}")
        known["opens"] = min((one for one in (known["opens"], opens) if one is not None), default=None)
    return list(found.values())


def _shown(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    view, at = staffed(tools, person, release_id), tools.clock.now()
    release, prepares = view.row.release, person.has(view.row.organisation_id, *PREPARERS)
    listed = eligibility.list_in_force(tools, person, release_id)
    rows = listed.rows if listed else ()
    timed = release.state not in _NO_WINDOW
    readers = _readers(release, rows) if timed else []
    letters = tuple(reversed(ready_letters.list_letters(tools, person, release_id)))
    return page(
        request,
        "ready_letters.html",
        status=422 if faults else 200,
        release=release,
        letters=letters[:SHOWN_AT_MOST],
        more=max(0, len(letters) - SHOWN_AT_MOST),
        states=_STATES,
        posts={row.grant.person_id: f"{row.grant.post_title}, {row.grant.organisation}" for row in reversed(rows)},
        prepares=prepares,
        timed=timed,
        readers=readers,
        earliest=readyletters.earliest_at(release, [row.grant for row in rows]) if timed else None,
        calls_now=any(one["opens"] is not None and one["opens"] <= at for one in readers),
        clause=_CLAUSES[release.order],
        form=form,
        faults=faults or {},
        once=fresh_key(tools),
    )
