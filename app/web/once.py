"""What creates something is done once for each form that a page gave out, however often its button was pressed.

Each such form carries a key of its own. Pressed twice, or sent again by a browser that lost the answer, it leads where
the first one led, by the same records that keep an API client's Idempotency-Key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from fastapi.responses import Response

from app.actions import replays
from app.actions.tools import Actor, Claim, Tools
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Conflict
from app.web.asking import Form, not_ours
from app.web.cookies import TOKEN_FIELD
from app.web.sign_in import go_to

ONCE_FIELD = "once"
_KEY = re.compile(r"frm_[0-9a-f]{24}")
_SENT_BEFORE = (
    "This form has been sent before. Look whether what you asked for is there; if it is not, open the page anew and "
    "fill it in again. Nothing was done twice."
)


def fresh_key(tools: Tools) -> str:
    """Give the key that a form for something new carries."""
    return tools.new_id("frm")


def go_once(tools: Tools, person: Actor, form: Form, where: str, act: Callable[[Tools], str]) -> Response:
    """Do what a form asks for, unless that very form did it already, and lead the person to what was made.

    Args:
        tools: The tools.
        person: Who sent it.
        form: With the key that its page gave it.
        where: The address that it was sent to; part of what makes it the same form.
        act: Creates inside ``tools.transaction(once=True)``; gives the address of what was made.

    Raises:
        Refused: It carries no key that a page of ours gives (code ``form_not_ours``).
        Conflict: The form was sent before with something else in it, or its first sending was cut off.
    """
    claim = _claim(tools, person, form, where)
    try:
        made = replays.find_answer(tools, claim)
        place = str(json.loads(made)) if made is not None else act(tools.claiming(claim))
    except Conflict as error:
        if error.code is not Code.IDEMPOTENCY_KEY_REUSED:
            raise
        made = _done_meanwhile(tools, claim)
        if made is None:
            raise Conflict(_SENT_BEFORE, code=error.code) from error
        place = str(json.loads(made))
    if made is None:
        replays.keep_answer(tools, claim, json.dumps(place))
    return go_to(place)


def _done_meanwhile(tools: Tools, claim: Claim) -> str | None:
    """Give what the other press of the button made, between our look and our own try; None where it was none."""
    try:
        return replays.find_answer(tools, claim)
    except Conflict:
        return None


def _claim(tools: Tools, person: Actor, form: Form, where: str) -> Claim:
    key = form[ONCE_FIELD]
    if _KEY.fullmatch(key) is None:
        raise not_ours()
    asked = json.dumps([where, _said(form.fields)], ensure_ascii=False)
    return Claim(
        key_hash=tools.keys.keyed_hash("idempotency", f"{person.actor_id}\npage {key}"),
        request_sha256=sha256_hex(asked.encode("utf-8", "replace")),
    )


def _said(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in fields.items() if name != TOKEN_FIELD)
