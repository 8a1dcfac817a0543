"""What pages in Welsh say that is written elsewhere in English, for the catalogue.

The titles and words of the problems that a recipient meets stand in the API's table, and a few sentences with the
actions. ``make catalogue`` asks for them here.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.actions import provider_sign_in, sign_in
from app.api.problems import PROBLEMS
from app.audit.entries import Outcome
from app.rules.deliveries import BY_CODE
from app.rules.deputies import DeputyState
from app.rules.errors import NOTHING_THERE, Code
from app.rules.facts import Role
from app.rules.lifecycle import Phase
from app.rules.providers import BY_PROVIDER
from app.web.words import plain

MET_BY_RECIPIENTS = (
    Code.ACCESS_REFUSED,
    Code.FRESH_SIGN_IN_REQUIRED,
    Code.FORM_NOT_OURS,
    Code.PROVIDER_REQUIRED,
    Code.NOT_FOUND,
    Code.INVALID_REQUEST,
    Code.WRONG_STATE,
    Code.ALREADY_REVEALED,
    Code.OPENING_ENDED,
    Code.ALREADY_ENDED,
    Code.TOO_MANY_TRIES,
    Code.NOT_SIGNED_IN,
    Code.CODE_NOT_ACCEPTED,
    Code.PROVIDER_NOT_ACCEPTED,
    Code.PROVIDER_SILENT,
    Code.BUSY,
    Code.BROKEN,
    Code.CHANGED_MEANWHILE,
    Code.ALREADY_EXISTS,
    Code.SHARED_MAILBOX,
    Code.ROLE_REQUIRED,
    Code.CLOCK_WRONG,
    Code.UNAVAILABLE,
)


def said_elsewhere() -> Iterator[str]:
    """Give each of them, in English."""
    for code in MET_BY_RECIPIENTS:
        row = PROBLEMS[code]
        yield from (row.title, row.meaning, row.remedy)
    yield from (sign_in.NOT_ACCEPTED, provider_sign_in.NOT_ACCEPTED, NOTHING_THERE, BY_CODE, BY_PROVIDER)
    for known in (Phase, DeputyState, Outcome, Role):
        for one in known:
            yield plain(one.value).capitalize()


def extract(*_asked: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """Give them to Babel, as it wants what stands in a file: line, function, words and comments."""
    for text in said_elsewhere():
        yield 1, None, text, []
