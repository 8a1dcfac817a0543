"""My organisation's people on a list: still right, or not, said for every row, looked at once more, and sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import confirmations
from app.actions.confirmations import CoordinatorView, GrantRow
from app.api.confirmations import AnswerIn, ChangeIn, ConfirmationId
from app.api.places import place_of, read_place
from app.rules.confirmations import WANTED_WORDS, Change, ConfirmationState, Wanted
from app.rules.errors import Conflict, Malformed
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
RIGHT = "right"
CHANGED = "The list was changed while you were reading. Here it is as it stands now: look at it again, then answer."
_WORDS = {
    "name": "Enter the new holder's name",
    "email": "Enter the new holder's own work e-mail address",
    "since_on": "Enter the first day, like 5 1 2026, or leave it empty",
    "note": "Shorten this to 5,000 characters",
    "what": "Say how it stands with this row",
}
_CHOICES = {RIGHT: "still holds the post, and needs access", **{what.value: WANTED_WORDS[what] for what in Wanted}}


@dataclass(frozen=True, slots=True)
class Said:
    """What the coordinator says of one row; ``number`` counts the rows from 1, and names its fields."""

    number: int
    row: GrantRow
    choice: str

    @property
    def words(self) -> str:
        """What they say, in words."""
        return _CHOICES.get(self.choice, "nothing")


@router.get("/coordinator")
def questions_page(
    request: Request, tools: ToolsHere, person: PersonHere, after: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """Show every question to the organisations whose coordinator this person is, the newest first."""
    found = confirmations.list_asked(tools, person, limit=ON_A_PAGE + 1, after=read_place(after))
    shown = found[:ON_A_PAGE]
    more = place_of(shown[-1].asked_at, shown[-1].confirmation_id) if len(found) > ON_A_PAGE else None
    return page(request, "coordinator.html", asked=shown, next=more)


@router.get("/coordinator/{confirmation_id}")
def rows_page(request: Request, tools: ToolsHere, person: PersonHere, confirmation_id: ConfirmationId) -> Response:
    """Show the rows of their own organisation, and ask about each."""
    view = confirmations.read_asked(tools, person, confirmation_id)
    return _rows(request, view)


@router.post("/coordinator/{confirmation_id}/check")
def check_page(
    request: Request, tools: ToolsHere, person: PersonHere, confirmation_id: ConfirmationId, form: FormHere
) -> Response:
    """Show what would be sent, with what is still needed for it. Nothing is sent yet."""
    view = confirmations.read_asked(tools, person, confirmation_id)
    if form["rows_sha256"] != view.sha256:
        return _rows(request, view, notice=CHANGED)
    said = _said(view, form)
    missing = _missing(said)
    if missing:
        return _rows(request, view, form=form, faults=missing)
    return _check(request, view, said, form)


@router.post("/coordinator/{confirmation_id}")
def send(
    request: Request, tools: ToolsHere, person: PersonHere, confirmation_id: ConfirmationId, form: FormHere
) -> Response:
    """Send the answer, as it was shown."""
    view = confirmations.read_asked(tools, person, confirmation_id)
    if form["rows_sha256"] != view.sha256:
        return _rows(request, view, notice=CHANGED)
    said = _said(view, form)
    missing = _missing(said)
    if missing:
        return _rows(request, view, form=form, faults=missing)
    try:
        changes = _changes(said, form)
        state = ConfirmationState.CHANGES_WANTED if changes else ConfirmationState.CONFIRMED
        sent = {"answer": state.value, "rows_sha256": view.sha256, "note": form["note"]}
        note = checked(AnswerIn, sent, _WORDS).note
        confirmations.answer(
            tools, person, confirmation_id, state=state, sha256=view.sha256, changes=changes, note=note
        )
    except FaultyForm as error:
        return _check(request, view, said, form, error.faults)
    except Malformed as error:
        return _check(request, view, said, form, _place(error, said, form))
    except Conflict:  # between our reading and the answer's own
        return _rows(request, confirmations.read_asked(tools, person, confirmation_id), notice=CHANGED)
    return go_to(f"/coordinator/{confirmation_id}")


def _said(view: CoordinatorView, form: Form) -> list[Said]:
    return [Said(number, row, form[f"what-{number}"]) for number, row in enumerate(view.rows, 1)]


def _missing(said: list[Said]) -> dict[str, str]:
    return {f"what-{one.number}": _WORDS["what"] for one in said if one.choice not in _CHOICES}


def _changes(said: list[Said], form: Form) -> list[Change]:
    """Read what is wanted of each row that is not right.

    Raises:
        FaultyForm: Something is missing, or cannot be taken; by field.
    """
    found, faults = [], dict[str, str]()
    for one in said:
        if one.choice == RIGHT:
            continue
        sent: dict[str, object] = {"grant_id": one.row.grant.grant_id, "what": one.choice}
        wanted = ("name", "email") if one.choice == Wanted.OTHER_HOLDER else ()
        for name in wanted:
            sent[name] = form[f"{name}-{one.number}"]
            if not sent[name]:
                faults[f"{name}-{one.number}"] = _WORDS[name]
        try:
            since_on = _day(form, one.number)
            if since_on is not None:
                sent["since_on"] = since_on.isoformat()
            if not any(f"{name}-{one.number}" in faults for name in wanted):
                found.append(checked(ChangeIn, sent, _WORDS).change())
        except FaultyForm as error:
            faults |= {f"{name}-{one.number}": what for name, what in error.faults.items()}
    if faults:
        raise FaultyForm(faults)
    return found


def _day(form: Form, number: int) -> date | None:
    parts = [form[f"since_on-{number}-{part}"] for part in ("year", "month", "day")]
    if not any(parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        raise FaultyForm({"since_on": _WORDS["since_on"]}) from None


def _place(error: Malformed, said: list[Said], form: Form) -> dict[str, str]:
    """Give what the action could not take beside the address that it is about."""
    new = [one for one in said if one.choice == Wanted.OTHER_HOLDER]
    about = [one for one in new if form[f"email-{one.number}"].lower() in error.detail.lower()]
    field = f"email-{(about or new)[0].number}" if new else "note"
    return {field: error.detail}


def _rows(
    request: Request,
    view: CoordinatorView,
    *,
    form: Form | None = None,
    faults: dict[str, str] | None = None,
    notice: str = "",
) -> Response:
    # Only an answer that covers these very rows is shown as theirs: nobody confirms whom they have not looked at.
    covers = view.row.state is not ConfirmationState.ASKED and view.row.rows_sha256 == view.sha256
    answered = {change.grant_id: change.what.value for change in view.row.changes}
    before = [answered.get(row.grant.grant_id, RIGHT) if covers else "" for row in view.rows]
    choices = [one.choice for one in _said(view, form)] if form else before
    return page(
        request,
        "coordinator_rows.html",
        status=422 if faults else 409 if notice else 200,
        view=view,
        release=view.release.release,
        rows=[Said(number, row, choices[number - 1]) for number, row in enumerate(view.rows, 1)],
        faults=faults or {},
        notice=notice,
    )


def _check(
    request: Request, view: CoordinatorView, said: list[Said], form: Form, faults: dict[str, str] | None = None
) -> Response:
    return page(
        request,
        "coordinator_check.html",
        status=422 if faults else 200,
        view=view,
        release=view.release.release,
        said=said,
        changed=[one for one in said if one.choice != RIGHT],
        right=[one for one in said if one.choice == RIGHT],
        form=form,
        faults=faults or {},
    )
