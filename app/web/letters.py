"""How far the letters about a release came, to whom of its people letters come back, and the words of every letter."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.actions import deliveries
from app.api.places import ReleaseId, place_of, read_place
from app.rules.deliveries import STATE_MEANS, STATE_WORDS, DeliveryState, Doubt, state_of
from app.rules.errors import NotFound
from app.rules.lettertexts import title_of
from app.web.asking import PersonHere, ToolsHere
from app.web.page_route import PageRoute
from app.web.releases import After
from app.web.shell import page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

LetterKind = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
ON_A_PAGE = 100
_STYLES = {
    DeliveryState.QUEUED: "govuk-tag--grey",
    DeliveryState.SENT: "govuk-tag--blue",
    DeliveryState.DELIVERED: "govuk-tag--green",
    DeliveryState.BOUNCED: "govuk-tag--red",
    DeliveryState.DELAYED: "govuk-tag--orange",
    DeliveryState.FAILED: "govuk-tag--red",
    DeliveryState.WITHHELD: "govuk-tag--grey",
    DeliveryState.NOT_NEEDED: "govuk-tag--grey",
}
_SHORT = {
    DeliveryState.QUEUED: "Waiting",
    DeliveryState.SENT: "Handed over",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.BOUNCED: "Came back",
    DeliveryState.DELAYED: "Came back for now",
    DeliveryState.FAILED: "Not sent",
    DeliveryState.WITHHELD: "Withheld",
    DeliveryState.NOT_NEEDED: "Not needed",
}
_DOUBTS = {Doubt.PERHAPS_TWICE: "It may have gone twice.", Doubt.TWICE: "It went twice."}


@router.get("/producer/releases/{release_id}/letters")
def letters_page(
    request: Request, tools: ToolsHere, person: PersonHere, release_id: ReleaseId, after: After = None
) -> Response:
    """Show each letter about a release with how far it came, the newest first."""
    found = deliveries.letters_of_release(tools, person, release_id, before=read_place(after), limit=ON_A_PAGE + 1)
    shown = found.letters[:ON_A_PAGE]
    states = [(one, state_of(one.track)) for one in shown]
    last = shown[-1] if len(found.letters) > ON_A_PAGE else None
    return page(
        request,
        "letters.html",
        release=found.row.release,
        troubles=found.troubles,
        letters=[(one, title_of(one.kind), _SHORT[state], _STYLES[state]) for one, state in states],
        doubts=_DOUBTS,
        meant=[(STATE_WORDS[state], STATE_MEANS[state]) for state in DeliveryState if state in {s for _, s in states}],
        next=place_of(last.track.queued_at, last.notice_id) if last else None,
    )


@router.get("/letter-texts")
def texts_page(request: Request, person: PersonHere) -> Response:
    """Show everybody who has a role which letters there are, for whom, and in which version."""
    return page(request, "letter_texts.html", texts=deliveries.list_texts(person))


@router.get("/letter-texts/{kind}")
def text_page(request: Request, person: PersonHere, kind: LetterKind) -> Response:
    """Show the words of one letter, written from made-up facts."""
    found = [one for one in deliveries.list_texts(person) if one[0] == kind]
    if not found:
        raise NotFound("")
    _, text, examples = found[0]
    return page(request, "letter_text.html", text=text, examples=examples)
