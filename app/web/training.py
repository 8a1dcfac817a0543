"""Training on pages: whether a producer asks for it, what is on record of whom, put on record and withdrawn."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import calendar, producer_settings, training
from app.actions.tools import Actor, Tools
from app.api.organisations import ProducerId
from app.api.people import PersonId
from app.api.places import place_of, read_place
from app.api.training import TrainingIn, TrainingPolicyIn, TrainingWithdrawalIn
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import PRODUCING, Role, london_date
from app.rules.training import counts_until
from app.web.addressed import whoever_has
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked, sent_day
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 20
_WORDS = {
    "training_days": "Enter for how many days training counts, from 1 to 3,660, or leave it empty to ask for none",
    "course": "Enter what the training is called, on one line of up to 300 characters",
    "done_on": "Enter the day on which it was done, like 2 3 2026",
    "valid_until_on": "Enter the last day on which it counts, like 2 3 2027, or leave it empty",
    "training_id": "Choose what should not be on record",
    "reason": "Say why it should not be on record, in up to 5,000 characters",
}
_NOTHING_STANDS = "All of this training was withdrawn already, or none was on record. Nothing was done."
_FIELDS = {"done_on": "done_on-day", "valid_until_on": "valid_until_on-day"}


@router.get("/producer/training")
def producers_page(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show with which producers this person may see training; where it is one, show that."""
    found = calendar.list_calendars(tools, person)
    if not found:
        raise NotFound("")
    if len(found) == 1:
        return go_to(f"/producer/training/{found[0][0]}")
    return page(request, "training_of.html", producers=found)


@router.get("/producer/training/{producer_id}")
def training_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, after: After = None
) -> Response:
    """Show whether a producer asks for training, and what is on record, the latest recorded first."""
    return _producer(request, tools, person, producer_id, Form(), after=after)


@router.post("/producer/training/{producer_id}/policy")
def set_policy(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Ask for training for every grant, or stop asking."""
    producer_settings.demand_role(tools, person, producer_id, Role.HEAD_OF_PROFESSION)
    try:
        given = checked(TrainingPolicyIn, {"training_days": form["training_days"] or None}, _WORDS)
        training.set_training_policy(tools, person, producer_id, training_days=given.training_days)
    except FaultyForm as error:
        return _producer(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _producer(request, tools, person, producer_id, form, faults={"training_days": error.detail})
    return go_to(f"/producer/training/{producer_id}")


@router.post("/producer/training/{producer_id}/people")
def look_up(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere
) -> Response:
    """Find somebody by their address, which thus stands in no address of ours: those are kept by browsers."""
    producer, _ = training.list_recorded(tools, person, producer_id, limit=1)
    if not person.has(producer.organisation_id, *PRODUCING):
        raise NotFound("")
    try:
        found = whoever_has(tools, person, form)
    except FaultyForm as error:
        return _producer(request, tools, person, producer_id, form, faults=error.faults)
    return go_to(_place(producer_id, found))


@router.get("/producer/training/{producer_id}/people/{person_id}")
def person_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, person_id: PersonId
) -> Response:
    """Show what training of somebody is on record with a producer."""
    return _person(request, tools, person, producer_id, person_id, Form())


@router.post("/producer/training/{producer_id}/people/{person_id}")
def record(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    person_id: PersonId,
    form: FormHere,
) -> Response:
    """Put training on record."""
    training.demand_recorder(tools, person, producer_id, person_id)
    sent: dict[str, object] = {"producer_id": producer_id, "course": form["course"]}
    try:
        given = checked(TrainingIn, sent | {name: sent_day(form, name) for name in _FIELDS}, _WORDS)

        def act(once: Tools) -> str:
            training.record_training(once, person, person_id, **given.model_dump())
            return _place(producer_id, person_id)

        return go_once(tools, person, form, request.url.path, act)
    except FaultyForm as error:
        faults = {_FIELDS.get(name, name): said for name, said in error.faults.items()}
    except Malformed as error:
        wrong = next((str(one["where"]) for one in error.extra.get("errors", ())), "")
        faults = {_FIELDS.get(wrong.removeprefix("body."), "course"): error.detail}
    return _person(request, tools, person, producer_id, person_id, form, faults)


@router.post("/producer/training/{producer_id}/people/{person_id}/withdrawal")
def withdraw(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    producer_id: ProducerId,
    person_id: PersonId,
    form: FormHere,
) -> Response:
    """Withdraw training that should not be on record."""
    training.demand_recorder(tools, person, producer_id, person_id)
    seen = training.see_training(tools, person, producer_id, person_id)
    if all(row.withdrawn_at is not None for row in seen.rows):
        raise OutOfOrder(_NOTHING_STANDS, code=Code.ALREADY_ENDED)
    known = {row.training_id for row in seen.rows}
    faults = {} if form["training_id"] in known else {"training_id": _WORDS["training_id"]}
    try:
        given = checked(TrainingWithdrawalIn, {"reason": form["reason"]}, _WORDS)
        if not faults:
            training.withdraw_training(tools, person, person_id, form["training_id"], reason=given.reason)
    except FaultyForm as error:
        faults |= error.faults
    except Malformed as error:
        if error.code is not Code.REASON_REQUIRED:
            raise
        faults = {"reason": _WORDS["reason"]}
    except OutOfOrder as error:
        faults = {"training_id": error.detail}
    if faults:
        return _person(request, tools, person, producer_id, person_id, form, faults)
    return go_to(_place(producer_id, person_id))


def _place(producer_id: str, person_id: str) -> str:
    return f"/producer/training/{producer_id}/people/{person_id}"


def _producer(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    after: str | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    producer, found = training.list_recorded(tools, person, producer_id, after=read_place(after), limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    last = shown[-1][1] if len(found) > ON_A_PAGE else None
    days = producer.training_days
    return page(
        request,
        "training.html",
        status=422 if faults else 200,
        producer=producer,
        found=[(who, row, counts_until(row.training, days)) for who, row in shown],
        next=place_of(last.recorded_at, last.training_id) if last else None,
        today=london_date(tools.clock.now()),
        decides=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        records=person.has(producer.organisation_id, *PRODUCING),
        form=Form({"training_days": str(days or ""), **form.fields}),
        faults=faults or {},
    )


def _person(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    person_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    seen = training.see_training(tools, person, producer_id, person_id)
    return page(
        request,
        "training_person.html",
        status=422 if faults else 200,
        seen=seen,
        producer=seen.producer,
        rows=[(row, counts_until(row.training, seen.producer.training_days)) for row in seen.rows],
        standing=[row for row in seen.rows if row.withdrawn_at is None],
        own=person_id == person.person_id,
        records=person.has(seen.producer.organisation_id, *PRODUCING) and person_id != person.person_id,
        form=form,
        faults=faults or {},
        once=fresh_key(tools),
    )
