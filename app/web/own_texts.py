"""A producer's own words on pages: in the declaration that recipients sign, and the warning on every copy."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.actions import producer_settings, producer_words, warning_texts
from app.actions.tools import Actor, Tools
from app.actions.warning_texts import WarningRow
from app.api.organisations import ProducerId
from app.api.producer_words import WordsIn
from app.api.warning_texts import WarningId, WarningIn
from app.rules.errors import Code, Conflict, Malformed
from app.rules.facts import Order, Role
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, not_ours
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.registering import ORDERS
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Chosen = Annotated[Order | None, Query()]
_LONG = "Shorten this to 5,000 characters, without control characters"
_WORDS = {"words": _LONG}
_WARNING_WORDS = {"text": _LONG}
_VERSION = re.compile(r"[0-9]{1,9}")
_GIVEN = {"given": "The words are given. Whoever has to sign again is written to."}
_WARNED = {
    "proposed": "The warning is proposed. Copies carry the old one until a second person has approved it.",
    "approved": "The warning is approved. Copies of every opening from now on carry it.",
}
_CHANGED = "Somebody gave new words since you looked. Those are what stands here now. Nothing was done."


@router.get("/producer/undertaking-words/{producer_id}")
def words_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    order: Chosen = None,
    done: Done = "",
) -> Response:
    """Show what a producer adds to the undertaking under each Order, and ask for new words under the one chosen."""
    return _words(request, tools, person, producer_id, order, None, done=_GIVEN.get(done, ""))


@router.post("/producer/undertaking-words/{producer_id}")
def give_words(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Show what new words would do, or give them as they were looked at."""
    order = _order(form)
    try:
        given = checked(WordsIn, {"order": form["order"], "words": form["words"]}, _WORDS)
        text = given.words
        if not form.ticked("looked_at"):
            return _check(request, tools, person, producer_id, order, text)

        def give(once: Tools) -> str:
            shown = int(form["shown"]) if _VERSION.fullmatch(form["shown"]) else -1
            producer_words.give_words(once, person, producer_id, order=order, text=text, shown=shown)
            return f"/producer/undertaking-words/{producer_id}?done=given"

        try:
            return go_once(tools, person, form, request.url.path, give)
        except Conflict as error:
            if error.code is not Code.CHANGED_MEANWHILE:
                raise
        return _check(request, tools, person, producer_id, order, text, notice=_CHANGED)
    except FaultyForm as error:
        return _words(request, tools, person, producer_id, order, form, faults=error.faults)
    except Malformed as error:
        return _words(request, tools, person, producer_id, order, form, faults={"words": error.detail})


@router.get("/producer/warnings/{producer_id}")
def warnings_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    order: Chosen = None,
    done: Done = "",
) -> Response:
    """Show the warning on copies under each Order, what waits, and ask for another under the one chosen."""
    return _warnings(request, tools, person, producer_id, order, None, done=_WARNED.get(done, ""))


@router.post("/producer/warnings/{producer_id}")
def propose_warning(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Propose another warning; copies carry it once a second person has approved it."""
    order = _order(form)
    try:
        given = checked(WarningIn, {"order": form["order"], "text": form["text"]}, _WARNING_WORDS)

        def propose(once: Tools) -> str:
            warning_texts.propose_warning(once, person, producer_id, order=given.order, text=given.text)
            return f"/producer/warnings/{producer_id}?done=proposed"

        return go_once(tools, person, form, request.url.path, propose)
    except FaultyForm as error:
        return _warnings(request, tools, person, producer_id, order, form, faults=error.faults)
    except Malformed as error:
        return _warnings(request, tools, person, producer_id, order, form, faults={"text": error.detail})


@router.post("/producer/warnings/{producer_id}/{warning_id}/approval")
def approve_warning(
    tools: ToolsHere, person: PersonHere, producer_id: ProducerId, warning_id: WarningId, _form: FormHere
) -> Response:
    """Approve a warning as the second person."""
    warning_texts.approve_warning(tools, person, producer_id, warning_id)
    return go_to(f"/producer/warnings/{producer_id}?done=approved")


def _order(form: Form) -> Order:
    """Give the Order that a form of ours carries; no page of ours sends another."""
    found = next((one for one in Order if one.value == form["order"]), None)
    if found is None:
        raise not_ours()
    return found


def _check(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    order: Order,
    text: str,
    *,
    notice: str = "",
) -> Response:
    preview = producer_words.preview_words(tools, person, producer_id, order=order, text=text)
    return page(
        request,
        "undertaking_words_check.html",
        producer=producer_settings.read_producer(tools, person, producer_id),
        preview=preview,
        order=order,
        order_words=ORDERS[order],
        text=text,
        notice=notice,
        once=fresh_key(tools),
    )


def _words(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    order: Order | None,
    form: Form | None,
    *,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    found = producer_words.list_words(tools, person, producer_id)
    newest = {one.order: one for one in reversed(found)}
    stands = newest[order].words.text if order in newest else producer.warning
    return page(
        request,
        "undertaking_words.html",
        status=422 if faults else 200,
        producer=producer,
        found=found,
        newest=newest,
        orders=ORDERS,
        chosen=order,
        gives=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        names=producer_settings.names_of(tools, person, producer_id, {one.made_by for one in found}),
        form=form or Form({"words": stands}),
        faults=faults or {},
        done=done,
    )


def _warnings(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    order: Order | None,
    form: Form | None,
    *,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    found = warning_texts.list_warnings(tools, person, producer_id)
    in_force = {one.order: one for one in reversed(found) if one.approved_at is not None}
    stands = in_force[order].text if order in in_force else producer.warning
    waiting = [one for one in found if _waits(one, in_force.get(one.order))]
    return page(
        request,
        "warnings.html",
        status=422 if faults else 200,
        producer=producer,
        waiting=waiting,
        decided=[one for one in found if one not in waiting],
        in_force=in_force,
        orders=ORDERS,
        chosen=order,
        proposes=person.has(producer.organisation_id, *warning_texts.PROPOSING),
        approves=person.has(producer.organisation_id, *warning_texts.APPROVING),
        names=producer_settings.names_of(
            tools, person, producer_id, {who for one in found for who in (one.proposed_by, one.approved_by)}
        ),
        form=form or Form({"text": stands}),
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )


def _waits(row: WarningRow, in_force: WarningRow | None) -> bool:
    return row.approved_at is None and (in_force is None or in_force.version < row.version)
