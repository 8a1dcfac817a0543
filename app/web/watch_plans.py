"""The watch on pages: at which hosts it may look for a producer, and how one sees that a release is public."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import producer_settings, watch_plans
from app.actions.tools import Actor, Tools
from app.actions.watch_plans import PlanRow
from app.api.organisations import ProducerId
from app.api.places import ReleaseId
from app.api.watch import HostId, HostIn, WatchIn
from app.rules.errors import Conflict, Malformed, NotFound
from app.rules.facts import PRODUCING, ReleaseState, Role
from app.rules.probes import Look
from app.rules.verdicts import VerdictKind
from app.rules.webhookletters import TROUBLE_WORDS
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.once import fresh_key, go_once
from app.web.page_route import PageRoute
from app.web.producer_settings import Done
from app.web.producing import revision_of, staffed
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SHOWN = 20
_OVER = (ReleaseState.PUBLISHED, ReleaseState.CANCELLED)
_DECLARING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
_VERDICTS = {
    VerdictKind.NOT_YET: ("Not there yet", "govuk-tag--grey"),
    VerdictKind.LIVE: ("Public", "govuk-tag--green"),
    VerdictKind.EARLY: ("Public too early", "govuk-tag--red"),
    VerdictKind.LATE: ("Late", "govuk-tag--orange"),
    VerdictKind.CANNOT_TELL: ("Cannot tell", "govuk-tag--yellow"),
}
_HOSTS_DONE = {
    "allowed": "The watch may look at that host from now on.",
    "ended": "The watch looks at that host no more, from its next look on.",
}
_PLAN_DONE = {"set": "The plan is set. The watch works by it from its next look on."}
_HOST_WORDS = {
    "host": "Enter the name of a host, like www.statistics.gov.example",
    "reason": "Shorten this to 5,000 characters",
}
_WORDS = {
    "page_url": "Enter a whole address that begins with https://, in up to 500 characters",
    "marker": "Enter words on one line, in up to 300 characters",
    "file_urls": "Enter up to 5 addresses, each on a line of its own and beginning with https://",
    "unsure_minutes": "Enter a number of minutes from 1 to 60",
}
_SHOWS_NOTHING = "Enter words that stand on the page once the release is out, or the address of a published file"
_CHANGED = (
    "Somebody changed the plan since you looked at it. What it is now stands above the form, which keeps what you "
    "typed. Nothing was changed."
)


@router.get("/producer/watched-hosts/{producer_id}")
def hosts_page(
    request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, done: Done = ""
) -> Response:
    """Show at which hosts the watch may look for a producer."""
    return _hosts(request, tools, person, producer_id, Form(), done=_HOSTS_DONE.get(done, ""))


@router.post("/producer/watched-hosts/{producer_id}")
def allow(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere) -> Response:
    """Let the watch look at a host."""
    producer_settings.demand_role(tools, person, producer_id, Role.HEAD_OF_PROFESSION)
    try:
        given = checked(HostIn, {"host": form["host"], "reason": form["reason"]}, _HOST_WORDS)

        def add(once: Tools) -> str:
            watch_plans.allow_host(once, person, producer_id, host=given.host, reason=given.reason)
            return f"/producer/watched-hosts/{producer_id}?done=allowed"

        return go_once(tools, person, form, request.url.path, add)
    except FaultyForm as error:
        return _hosts(request, tools, person, producer_id, form, faults=error.faults)
    except Malformed as error:
        return _hosts(request, tools, person, producer_id, form, faults={"host": error.detail})


@router.post("/producer/watched-hosts/{producer_id}/{host_id}/end")
def end(tools: ToolsHere, person: PersonHere, producer_id: ProducerId, host_id: HostId, _form: FormHere) -> Response:
    """Let the watch look at a host no longer."""
    if host_id not in {one.host_id for one in watch_plans.list_hosts(tools, person, producer_id)}:
        raise NotFound("")
    watch_plans.end_host(tools, person, host_id)
    return go_to(f"/producer/watched-hosts/{producer_id}?done=ended")


@router.get("/producer/releases/{release_id}/watch")
def watch_page(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, done: Done = ""
) -> Response:
    """Show how one sees that a release is public, and what the watch has seen of it."""
    return _watch(request, tools, person, release_id, None, done=_PLAN_DONE.get(done, ""))


@router.post("/producer/releases/{release_id}/watch")
def set_plan(request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, form: FormHere) -> Response:
    """Set the plan, unless it is another by now than the one that was looked at."""
    staffed(tools, person, release_id)
    watch_plans.demand_plannable(tools, person, release_id)
    sent = {
        "page_url": form["page_url"] or None,
        "marker": form["marker"],
        "file_urls": [line.strip() for line in form["file_urls"].splitlines() if line.strip()],
        "declares": form.ticked("declares"),
        "unsure_minutes": form["unsure_minutes"],
    }
    try:
        given = checked(WatchIn, sent, _WORDS)
        plan = {**given.model_dump(), "file_urls": tuple(given.file_urls)}
        watch_plans.set_plan(tools, person, release_id, revision=revision_of(form), **plan)
    except FaultyForm as error:
        return _watch(request, tools, person, release_id, form, faults=error.faults)
    except Malformed as error:
        return _watch(request, tools, person, release_id, form, faults=_faults(error))
    except Conflict:
        return _watch(request, tools, person, release_id, form, notice=_CHANGED)
    return go_to(f"/producer/releases/{release_id}/watch?done=set")


def _faults(error: Malformed) -> dict[str, str]:
    """Say by field what is wrong with a plan, in the words of the form; the first fault of each field."""
    found: dict[str, str] = {}
    for one in error.extra.get("errors", ()):
        field, _, number = str(one["where"]).partition(".")
        what, _, remedy = str(one["what"]).partition("; ")
        if field == "marker":
            said = _SHOWS_NOTHING if what.startswith("is missing") else f"This {what}"
        else:
            which = f"Address {int(number) + 1}" if number else "This address"
            said = f"{which} {what}" + (f". {remedy[:1].upper()}{remedy[1:]}" if remedy else "")
        found.setdefault(field, said)
    return found or {"page_url": error.detail}


def _hosts(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    *,
    done: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    producer = producer_settings.read_producer(tools, person, producer_id)
    found = watch_plans.list_hosts(tools, person, producer_id)
    did = {who for one in found for who in (one.allowed_by, one.ended_by)}
    return page(
        request,
        "watched_hosts.html",
        status=422 if faults else 200,
        producer=producer,
        allowed=[one for one in found if one.ended_at is None],
        ended=[one for one in found if one.ended_at is not None],
        names=producer_settings.names_of(tools, person, producer_id, did),
        allows=person.has(producer.organisation_id, Role.HEAD_OF_PROFESSION),
        limit=watch_plans.HOSTS_LIMIT,
        form=form,
        faults=faults or {},
        done=done,
        once=fresh_key(tools),
    )


def _watch(
    request: Request,
    tools: Tools,
    person: Actor,
    release_id: str,
    form: Form | None,
    *,
    done: str = "",
    notice: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    release = staffed(tools, person, release_id).row
    view = watch_plans.get_watch(tools, person, release_id)
    declaring = person.has(release.organisation_id, *_DECLARING)
    declares = view.plan is not None and view.plan.declares
    hosts = watch_plans.list_hosts(tools, person, release.release.producer.producer_id)
    probes = watch_plans.list_probes(tools, person, release_id, limit=SHOWN)
    return page(
        request,
        "watch.html",
        status=422 if faults else 409 if notice else 200,
        release=release.release,
        plan=view.plan,
        revision=view.plan.revision if view.plan else 0,
        verdicts=view.verdicts[: -SHOWN - 1 : -1],
        verdict_words=_VERDICTS,
        probes=[(one, _seen(one.plain), _seen(one.fresh)) for one in probes],
        hosts=[one.host for one in hosts if one.ended_at is None],
        sets=person.has(release.organisation_id, *PRODUCING)
        and release.release.state not in _OVER
        and (declaring or not declares),
        waits_for_lead=declares and not declaring,
        declaring=declaring,
        form=form or _of_plan(view.plan, release.release.public_url or ""),
        faults=faults or {},
        notice=notice,
        done=done,
    )


def _of_plan(plan: PlanRow | None, public_url: str) -> Form:
    """Give the form as it stands for the plan there is, to be changed."""
    if plan is None:
        return Form({"page_url": public_url, "unsure_minutes": "5"})
    return Form(
        {
            "page_url": plan.page_url,
            "marker": plan.marker,
            "file_urls": "\n".join(plan.file_urls),
            "declares": "yes" if plan.declares else "",
            "unsure_minutes": str(plan.unsure_minutes),
        }
    )


def _seen(look: Look) -> str:
    """Say what one look at the page showed."""
    if look.trouble is not None:
        return TROUBLE_WORDS[look.trouble].capitalize()
    marker = {True: ", the words were there", False: ", the words were not there", None: ""}[look.marker_found]
    return f"Answered {look.status}{marker}"
