"""Somebody named in a form by the address that they alone read: found, or added where they are new."""

from __future__ import annotations

from app.actions import people
from app.actions.tools import Actor, Tools
from app.api.people import PersonIn
from app.rules.errors import Conflict, Malformed
from app.web.asking import FaultyForm, Form, checked

_EMAIL = "Enter the work e-mail address that this person alone reads"
_NEW = "Nobody here has this address yet. Enter their name, and they are added"


def whoever_has(tools: Tools, person: Actor, form: Form) -> str:
    """Give the id of whoever has the address in the field ``email``; they are added where the field ``name`` is filled.

    Args:
        tools: The tools.
        person: Who asks.
        form: With both fields.

    Raises:
        FaultyForm: It is no address, one of several people, or a new one without a name.
    """
    try:
        known = people.find_person(tools, person, form["email"])
        if known is not None:
            return known.person_id
        if not form["name"]:
            raise FaultyForm({"name": _NEW})
        given = checked(
            PersonIn, {"name": form["name"], "email": form["email"]}, {"name": "Enter a name", "email": _EMAIL}
        )
        return people.add_person(tools, person, name=given.name, email=given.email).person_id
    except Malformed as error:
        raise FaultyForm({"email": error.detail if form["email"] else _EMAIL}) from None
    except Conflict as error:
        raise FaultyForm({"email": error.detail}) from None
