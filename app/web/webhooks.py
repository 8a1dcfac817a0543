"""Webhooks of a producer: which systems are told of what is public, what they were sent, and a secret told once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.actions import webhook_deliveries, webhooks
from app.actions.tools import Actor, Tools
from app.actions.webhooks import NewSecret
from app.api.organisations import ProducerId
from app.api.places import place_of, read_place
from app.api.webhooks import DeliveryId, WebhookId, WebhookIn, delivery_state, view_state
from app.rules.errors import Malformed, NotFound
from app.rules.probes import Trouble
from app.rules.publicnews import TITLES, NewsKind
from app.rules.webhookletters import TROUBLE_WORDS
from app.rules.webhooks import TRIAL
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ON_A_PAGE = 50
_WORDS = {
    "name": "Say what it is for, on one line",
    "url": "Enter an address that begins with https:// and names a host, not a number",
    "kinds": "Choose at least one",
}
_STATES = {
    "running": ("Running", "govuk-tag--green"),
    "stopped": ("Stopped", "govuk-tag--red"),
    "ended": ("Ended", "govuk-tag--grey"),
}
_BECAME = {
    "waiting": ("Waiting", "govuk-tag--yellow"),
    "delivered": ("Taken", "govuk-tag--green"),
    "given_up": ("Given up", "govuk-tag--red"),
}


@router.get("/producer/webhooks")
def all_webhooks(request: Request, tools: ToolsHere, person: PersonHere) -> Response:
    """Show which systems are told of what is public, for each producer of this person's."""
    found = webhooks.list_own(tools, person)
    return page(request, "webhooks.html", found=found, state_of=view_state, states=_STATES)


@router.get("/producer/producers/{producer_id}/webhook")
def new_page(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId) -> Response:
    """Ask where messages are to go, and of what."""
    return _form(request, tools, person, producer_id, Form({_box(kind): "yes" for kind in NewsKind}))


@router.post("/producer/producers/{producer_id}/webhook")
def make(request: Request, tools: ToolsHere, person: PersonHere, producer_id: ProducerId, form: FormHere) -> Response:
    """Make a webhook, and show its secret this once."""
    kinds = [kind.value for kind in NewsKind if form.ticked(_box(kind))]
    try:
        given = checked(WebhookIn, {"name": form["name"], "url": form["url"], "kinds": kinds}, _WORDS)
        made = webhooks.make_webhook(
            tools, person, producer_id, name=given.name, url=given.url, kinds=tuple(given.kinds)
        )
    except FaultyForm as error:
        return _form(request, tools, person, producer_id, form, error.faults)
    except Malformed as error:
        where = {str(one["where"]).rpartition(".")[2] for one in error.extra.get("errors", ())}
        faults = {name: words for name, words in _WORDS.items() if name in where} or {"url": error.detail}
        return _form(request, tools, person, producer_id, form, faults)
    return _secret(request, made)


@router.get("/producer/webhooks/{webhook_id}")
def webhook_page(
    request: Request, tools: ToolsHere, person: PersonHere, webhook_id: WebhookId, after: After = None
) -> Response:
    """Show one webhook, and what it was sent."""
    view = webhooks.read_webhook(tools, person, webhook_id)
    found = webhook_deliveries.list_deliveries(tools, person, webhook_id, after=read_place(after), limit=ON_A_PAGE + 1)
    last = found[ON_A_PAGE - 1] if len(found) > ON_A_PAGE else None
    return page(
        request,
        "webhook.html",
        view=view,
        row=view.row,
        state=view_state(view).value,
        states=_STATES,
        titles={**{kind.value: words for kind, words in TITLES.items()}, TRIAL: "A message that tells nothing"},
        troubles={trouble.value: words for trouble, words in TROUBLE_WORDS.items() if trouble in Trouble},
        deliveries=[(one, *_BECAME[delivery_state(one).value]) for one in found[:ON_A_PAGE]],
        next=place_of(last.queued_at, last.delivery_id) if last else None,
    )


@router.post("/producer/webhooks/{webhook_id}/secret")
def rotate(request: Request, tools: ToolsHere, person: PersonHere, webhook_id: WebhookId, _form: FormHere) -> Response:
    """Give it a new secret, and show it this once."""
    return _secret(request, webhooks.rotate_secret(tools, person, webhook_id))


@router.post("/producer/webhooks/{webhook_id}/trial")
def try_it(tools: ToolsHere, person: PersonHere, webhook_id: WebhookId, _form: FormHere) -> Response:
    """Send it a message that tells nothing."""
    webhooks.try_webhook(tools, person, webhook_id)
    return go_to(f"/producer/webhooks/{webhook_id}")


@router.post("/producer/webhooks/{webhook_id}/resumption")
def resume(tools: ToolsHere, person: PersonHere, webhook_id: WebhookId, _form: FormHere) -> Response:
    """Let it run again."""
    webhooks.resume_webhook(tools, person, webhook_id)
    return go_to(f"/producer/webhooks/{webhook_id}")


@router.post("/producer/webhooks/{webhook_id}/end")
def end(tools: ToolsHere, person: PersonHere, webhook_id: WebhookId, _form: FormHere) -> Response:
    """End it."""
    webhooks.end_webhook(tools, person, webhook_id)
    return go_to(f"/producer/webhooks/{webhook_id}")


@router.post("/producer/webhook-deliveries/{delivery_id}/repetition")
def send_again(tools: ToolsHere, person: PersonHere, delivery_id: DeliveryId, _form: FormHere) -> Response:
    """Send a message once more."""
    again = webhook_deliveries.send_again(tools, person, delivery_id)
    return go_to(f"/producer/webhooks/{again.webhook_id}")


def _form(
    request: Request,
    tools: Tools,
    person: Actor,
    producer_id: str,
    form: Form,
    faults: dict[str, str] | None = None,
) -> Response:
    producer = next(
        (one for one in webhooks.list_own(tools, person) if one.producer_id == producer_id and one.may_make), None
    )
    if producer is None:
        raise NotFound(webhooks.NOTHING_THERE)
    kinds = [(_box(kind), TITLES[kind], form.ticked(_box(kind))) for kind in NewsKind]
    shown = {"producer": producer, "kinds": kinds, "form": form, "faults": faults or {}}
    return page(request, "webhook_new.html", status=422 if faults else 200, **shown)


def _secret(request: Request, made: NewSecret) -> Response:
    return page(request, "webhook_secret.html", view=made.view, row=made.view.row, secret=made.secret)


def _box(kind: NewsKind) -> str:
    return "kind-" + kind.value.replace(".", "-").replace("_", "-")
