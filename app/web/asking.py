"""Who is asking, and what they sent from one of our forms.

A form is taken only from our own pages: the browser must not say that another site sent it, and it must carry the token
that was written for whoever sends it. No handler sees a field before both hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.actions import people
from app.actions.tools import Actor, Tools
from app.api.asking import network_of, the_tools
from app.rules.errors import Code, Malformed, NotSignedIn, Refused
from app.rules.facts import LONDON
from app.web import cookies
from app.web.language import to_translate

FORM_TYPE = "application/x-www-form-urlencoded"
FIELDS_AT_MOST = 600  # an organisation may have 500 rows on a list
_PLACE = re.compile(r"/[A-Za-z0-9_\-/]*(?:\?[A-Za-z0-9_=&\-]*)?")
PLACE_LETTERS = 300
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2}) ?(am|pm)?", re.IGNORECASE)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, by field. A field that was not sent is empty."""

    fields: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        """Say whether a box was ticked."""
        return self[name] == "yes"


class FaultyForm(Exception):
    """Something in a form cannot be taken; says by field what to do about it."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def uk_instant(typed: datetime) -> datetime | None:
    """Give the instant that a day and a time mean in the UK; None where the clocks change and it came twice or never.

    Args:
        typed: As they were typed, of the London zone.

    Raises:
        OverflowError: It lies outside what a calendar can tell.
    """
    early, late = (typed.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return early if early == late else None


def uk_clock(on: date, typed: str) -> datetime | None:
    """Give the instant that a time, as people type it, means on a day in the UK: ``9:30``, ``9.30am``, ``14:00``.

    Args:
        on: The London day.
        typed: The time.

    Returns:
        Aware, UTC; None where it is no time, or comes twice or never that day.
    """
    try:
        return uk_instant(datetime.combine(on, read_clock(typed), LONDON))
    except (ValueError, OverflowError):
        return None


def read_clock(typed: str) -> time:
    """Read a time of day as people type it: ``9:30``, ``9.30am``, ``14:00``.

    Raises:
        ValueError: It is none.
    """
    found = _CLOCK.fullmatch(typed.strip())
    if found is None:
        raise ValueError(typed)
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(typed)
    return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, int(found[2]))


def typed_day(form: Form, name: str) -> str:
    """Read a day of three fields, as it was typed in a form, and give it as the API has it; empty where nothing was.

    Args:
        form: The form.
        name: What the names of its fields begin with: ``due_on`` for ``due_on-day`` and so on.

    Raises:
        ValueError: It is no day.
    """
    typed = [form[f"{name}-{part}"] for part in ("year", "month", "day")]
    if not any(typed):
        return ""
    if not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in typed):
        raise ValueError(typed)
    return date(*map(int, typed)).isoformat()


def sent_day(form: Form, name: str) -> str | None:
    """Give a day of three fields as the API takes one; None where nothing was typed.

    Args:
        form: The form.
        name: What the names of its fields begin with: ``due_on`` for ``due_on-day`` and so on.

    Returns:
        What is no day stays none, so that whatever checks it for the API refuses it.
    """
    try:
        return typed_day(form, name) or None
    except ValueError:
        return "no day"


def typed_instant(form: Form, day: str, time: str) -> datetime | None:
    """Read a day of three fields, and a time, as they were typed in a form; UK time.

    Args:
        form: The form.
        day: What the names of the day's fields begin with: ``publishes_on`` for ``publishes_on-day`` and so on.
        time: Name of the field of the time.

    Returns:
        Aware, UTC; None where they are none, or come twice or never that day.
    """
    try:
        typed = typed_day(form, day)
        return uk_clock(date.fromisoformat(typed), form[time]) if typed else None
    except (ValueError, OverflowError):
        return None


def the_visitor(request: Request) -> Actor | None:
    """Say who is asking; None for somebody who has not signed in."""
    token = cookies.session_token(request)
    if token is None:
        return None
    try:
        actor = people.actor_for_token(request.app.state.tools, token, network=network_of(request))
    except NotSignedIn:
        return None
    request.state.actor = actor
    return actor


async def the_person(visitor: Annotated[Actor | None, Depends(the_visitor)]) -> Actor:
    """Say who is asking, where nobody else may. Async, since a hop to a thread costs more than this does.

    Raises:
        NotSignedIn: They have not signed in, or their session has ended.
    """
    return _known(visitor)


def ask_again_who(request: Request) -> Actor:
    """Say, once more, who is asking: whoever was signed out meanwhile is nobody.

    Raises:
        NotSignedIn: They have not signed in, or their session has ended.
    """
    return _known(the_visitor(request))


def _known(visitor: Actor | None) -> Actor:
    if visitor is None:
        raise NotSignedIn(to_translate("Sign in to go on."))
    return visitor


async def the_form(request: Request) -> Form:
    """Read a form that one of our own pages sent.

    Raises:
        Refused: It comes from elsewhere, or lacks its token (code ``form_not_ours``).
        Malformed: It is no form.

    Source:
        OWASP ASVS 5.0.0 V3.5.1
    """
    demand_own_site(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise not_ours()
    try:
        text = (await request.body()).decode("ascii")
        sent = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_AT_MOST, errors="strict")
    except ValueError:
        raise Malformed(to_translate("The form cannot be read. Nothing was done."), errors=[]) from None
    fields = {name: value.replace("\r\n", "\n") for name, value in sent}
    demand_token(request, fields.get(cookies.TOKEN_FIELD, ""))
    return Form(fields)


def demand_own_site(request: Request) -> None:
    """Stop what the browser says another site sent.

    Raises:
        Refused: Code ``form_not_ours``.

    Source:
        OWASP ASVS 5.0.0 V3.5.1
    """
    site, origin = request.headers.get("sec-fetch-site", "same-origin"), request.headers.get("origin", "null")
    # Our pages send no referrer, so browsers name their origin “null”: then the token alone decides.
    try:
        elsewhere = origin != "null" and urlsplit(origin).netloc != request.headers.get("host", "")
    except ValueError:  # no address at all
        elsewhere = True
    if site not in ("same-origin", "none") or elsewhere:
        raise not_ours()


def demand_token(request: Request, sent: str) -> None:
    """Stop a form without the token that was written for whoever sends it.

    Raises:
        Refused: Code ``form_not_ours``.

    Source:
        OWASP ASVS 5.0.0 V3.5.1
    """
    if not cookies.is_ours(request, request.app.state.tools, sent):
        raise not_ours()


def checked(model: type[M], sent: Mapping[str, object], words: dict[str, str]) -> M:
    """Check fields against what the API takes for the same.

    Args:
        model: The API's own body.
        sent: By field.
        words: What to do about each field that may be wrong.

    Raises:
        FaultyForm: Some cannot be taken.
    """
    try:
        return model.model_validate(sent, strict=False)
    except ValidationError as error:
        wrong = [str(fault["loc"][0]) for fault in error.errors() if fault["loc"]]
        raise FaultyForm(
            {name: words.get(name, to_translate("Check this")) for name in sent if name in wrong}
        ) from None


def place(then: str) -> str:
    """Give a place of this service to go on to; the releases where what was sent is none, too long, or elsewhere."""
    ours = len(then) <= PLACE_LETTERS and _PLACE.fullmatch(then) and not then.startswith("//")
    return then if ours else "/releases"


def not_ours() -> Refused:
    """Make the refusal of a form that none of our pages, still open, has sent."""
    return Refused(
        to_translate("This form did not come from a page of this service that is still open. Nothing was done."),
        code=Code.FORM_NOT_OURS,
    )


ToolsHere = Annotated[Tools, Depends(the_tools)]
VisitorHere = Annotated[Actor | None, Depends(the_visitor)]
PersonHere = Annotated[Actor, Depends(the_person)]
FormHere = Annotated[Form, Depends(the_form)]
