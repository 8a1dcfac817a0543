"""A person's own age key: registered, looked at and ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import own_age_keys, people
from app.actions.tools import Actor, Tools
from app.rules.errors import Code, Conflict, Malformed, Refused
from app.web.asking import Form, FormHere, PersonHere, ToolsHere
from app.web.language import to_translate
from app.web.page_route import PageRoute
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

AgeKeyId = Annotated[str, Path(pattern=r"^agk_[0-9a-f]{24}$")]


@router.get("/account/age-keys")
def age_keys_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show this person's age keys, and where to register one."""
    return _keys(request, tools, person, Form())


@router.post("/account/age-keys")
def register(request: Request, tools: ToolsHere, person: PersonHere, form: FormHere) -> Response:
    """Register the public half of a key."""
    if not form["recipient"]:
        faults = {"recipient": to_translate("Paste the public half of your key. It begins with age1")}
        return _keys(request, tools, person, form, faults=faults)
    try:
        own_age_keys.register_age_key(tools, person, form["recipient"])
    except Malformed:
        faults = {
            "recipient": to_translate(
                "This is no public half of an age key. Paste the whole line that begins with age1"
            )
        }
        return _keys(request, tools, person, form, faults=faults)
    except Conflict as error:
        return _keys(request, tools, person, form, faults={"recipient": error.detail})
    except Refused as error:
        if error.code is not Code.FRESH_SIGN_IN_REQUIRED:
            raise
        return _keys(request, tools, person, form, status=403)
    return go_to("/account/age-keys")


@router.post("/account/age-keys/{age_key_id}/end")
def end(tools: ToolsHere, person: PersonHere, age_key_id: AgeKeyId, _form: FormHere) -> Response:
    """End a key: no copy is sealed to it any more."""
    own_age_keys.end_age_key(tools, person, age_key_id)
    return go_to("/account/age-keys")


def _keys(
    request: Request,
    tools: Tools,
    person: Actor,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    rows = own_age_keys.list_age_keys(tools, person)
    shown = {
        "standing": [row for row in rows if row.ended_at is None],
        "ended": [row for row in rows if row.ended_at is not None],
        "known": people.me(tools, person),
        "form": form,
        "faults": faults or {},
    }
    return page(request, "age_keys.html", status=422 if faults else status, **shown)
