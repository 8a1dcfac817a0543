"""What goes in and out as JSON. Strict: an unknown field is an error, a number is not a string."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from app.rules.reasons import instant_text, utc

_CONTROL = r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
# As above, but for line ends and tabs: PostgreSQL takes no NUL, and a person reading must see what is there.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
TEXT_PATTERN = _TEXT  # for texts with lengths of their own
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _usable(at: datetime) -> datetime:
    at = utc(at)
    if not 2000 <= at.year <= 2100:
        raise ValueError("a time between the years 2000 and 2100 is expected")
    return at


def ident(prefix: str) -> Any:
    """Give the type of an opaque id, e.g. ``rel_`` and 24 hexadecimal digits."""
    return Annotated[str, StringConstraints(pattern=rf"^{prefix}_[0-9a-f]{{24}}$")]


def _written_out(sent: object) -> object:
    # Left to itself the framework would take a number of seconds for an instant. A raw "+" arrives as a space.
    if isinstance(sent, datetime) or (isinstance(sent, str) and _RFC3339.fullmatch(sent)):
        return sent
    raise ValueError(
        "an instant with its offset is expected, such as 2026-03-10T09:30:00Z; in an address write + as %2B"
    )


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    Field(strict=False, examples=["2026-03-10T09:30:00+00:00"]),
    AfterValidator(_usable),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
# As told: a window can open before the first year that is taken as a time of publication.
MomentOut = Annotated[
    AwareDatetime,
    Field(examples=["2026-03-10T09:30:00+00:00"]),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True, pattern=_CONTROL)]
LineOrNothing = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True, pattern=_CONTROL)]
Typed = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_TEXT)]  # blanks around it stay
Paragraphs = Annotated[str, StringConstraints(max_length=5000, strip_whitespace=True, pattern=_TEXT)]


class In(BaseModel):
    """A request body."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class ReasonOut(Out):
    """One thing that was wrong: its clause, what would put it right, and until when it holds by itself."""

    code: str = Field(examples=["window_not_open"])
    source: str = Field(examples=["SI 2008/2998 Sch. para 4"])
    detail: str = Field(examples=["The window has not opened yet."])
    remedy: str = Field(examples=["Wait until it opens."])
    until: str | None


class ProblemOut(BaseModel):
    """An RFC 9457 problem document. ``type`` is an address of this service that explains it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/access_refused"])
    title: str = Field(examples=["Access refused"])
    status: int = Field(examples=[403])
    detail: str = Field(examples=["The window opens on Monday 9 March 2026 at 9:30am (UK time)."])
    code: str
    instance: str | None = Field(None, description="Receipt: an opaque address of the log entry.")
    reasons: list[ReasonOut] | None = None


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemOut, "description": text, "content": {"application/problem+json": {}}}
    for status, text in {
        400: "A checksum of a kind that is not known",
        401: "Not signed in",
        403: "Refused, with every reason",
        404: "Nothing here that you may see",
        409: "Not possible in this state, or somebody was first",
        410: "It has ended",
        412: "Changed meanwhile",
        413: "Too large",
        415: "Unsupported content",
        416: "None of the bytes asked for is there",
        422: "Not understood",
        423: "Somebody is at it just now",
        428: "If-Match is missing",
        429: "Too many tries",
        460: "The bytes did not come as they were sent",
        500: "The service cannot vouch for its own state",
        503: "Not available just now; nothing was done",
    }.items()
}
