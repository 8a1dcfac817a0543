"""What may be asked of the log, as it stands in an address; and where a page of it ended."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import Field, StringConstraints

from app.api.duties import ProducerId
from app.api.people import OrganisationId, PersonId, PostId
from app.api.places import DocumentId, ReleaseId
from app.api.schemas import In, Moment
from app.api.series import SeriesId
from app.audit.asked import Place, Search
from app.audit.entries import EntryKind, Outcome
from app.rules.errors import Malformed
from app.rules.reasons import utc

_PAGING = frozenset({"after", "limit", "order", "format"})
_CURSOR = re.compile(r"entries:([0-9]{1,18}):([0-9]{1,18}):([0-9T:.+-]{20,40})", re.ASCII)

_REASON, _NETWORK, _LINE = "^[a-z][a-z0-9_]{0,79}$", "^[0-9a-f]{64}$", r"^[^\x00-\x1f\x7f]*$"

Order = Literal["oldest", "newest"]
OrderHere = Annotated[Order, Query(description="Which come first.")]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]
ActorId = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9a-f]{24}$|^[a-z]{3,20}$")]


def _ident(prefix: str, what: str) -> object:
    return Query(pattern=rf"^{prefix}_[0-9a-f]{{24}}$", description=what)


def the_search(
    request: Request,
    release_id: Annotated[str | None, _ident("rel", "Entries about this release.")] = None,
    person_id: Annotated[str | None, _ident("per", "Entries about this person.")] = None,
    post_id: Annotated[
        str | None, _ident("pst", "Entries about people while they held this post, and about the post itself.")
    ] = None,
    organisation_id: Annotated[
        str | None,
        _ident("org", "Entries about people while they held a post of this organisation, and about itself."),
    ] = None,
    document_id: Annotated[str | None, _ident("doc", "Entries about this document.")] = None,
    series_id: Annotated[str | None, _ident("ser", "Entries about the releases of this series.")] = None,
    producer_id: Annotated[str | None, _ident("prd", "Entries of this producer.")] = None,
    kind: Annotated[EntryKind | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    reason: Annotated[
        str | None, Query(pattern=_REASON, description="A refusal's code, such as `window_not_open`.")
    ] = None,
    source: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=300,
            pattern=_LINE,
            description="The clause a refusal names, such as `SI 2008/2998 Sch. para 4`.",
        ),
    ] = None,
    actor_id: Annotated[
        ActorId | None, Query(description="Who did it: a person, a program, `rule`, `operator` or `nobody`.")
    ] = None,
    network: Annotated[
        str | None,
        Query(pattern=_NETWORK, description="A network's keyed hash, as an entry discloses it; no address."),
    ] = None,
    from_at: Annotated[Moment | None, Query(description="First instant; mind to escape a plus sign.")] = None,
    until_at: Annotated[Moment | None, Query(description="The instant before which.")] = None,
) -> Search:
    """Read the filters of a search. A filter that is not known is refused: left out, it would show too much.

    Raises:
        Malformed: There is no filter of that name; the problem names it.
    """
    given = {name: value for name, value in locals().items() if name != "request"}
    strange = sorted(set(request.query_params) - set(given) - _PAGING)
    if strange:
        errors = [{"where": f"query.{name[:40]}", "what": "not a filter"} for name in strange[:10]]
        raise Malformed("The log cannot be searched by that. Nothing was read.", errors=errors)
    words = {name: getattr(value, "value", value) for name, value in given.items()}
    return Search(**words)


SearchHere = Annotated[Search, Depends(the_search)]


class SearchIn(In):
    """Filters of a search, as in an address; every one that is given must hold."""

    release_id: ReleaseId | None = None
    person_id: PersonId | None = None
    post_id: PostId | None = None
    organisation_id: OrganisationId | None = None
    document_id: DocumentId | None = None
    series_id: SeriesId | None = None
    producer_id: ProducerId | None = None
    kind: Annotated[EntryKind | None, Field(strict=False, examples=["access_decided"])] = None
    outcome: Annotated[Outcome | None, Field(strict=False, examples=["refused"])] = None
    reason: Annotated[str, StringConstraints(pattern=_REASON)] | None = None
    source: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_LINE)] | None = None
    actor_id: ActorId | None = None
    network: Annotated[str, StringConstraints(pattern=_NETWORK)] | None = None
    from_at: Moment | None = None
    until_at: Moment | None = None

    def search(self) -> Search:
        """Give the search."""
        return Search(**{name: getattr(value, "value", value) for name, value in iter(self)})


def cursor_of(place: Place) -> str:
    """Write where a page of the log ended, as its ``next``."""
    at = "" if place.at is None else utc(place.at).isoformat()
    return base64.urlsafe_b64encode(f"entries:{place.arrival}:{place.newest}:{at}".encode()).decode().rstrip("=")


def place_in_log(cursor: str | None) -> Place | None:
    """Read a ``next`` of the log that came back as ``after``; None where there is none.

    Args:
        cursor: As it came back.

    Raises:
        Malformed: It is not one that this service gave.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        found = _CURSOR.fullmatch(text)
        if found:
            return Place(utc(datetime.fromisoformat(found[3])), int(found[1]), int(found[2]))
    except (binascii.Error, ValueError, OverflowError):
        pass
    raise Malformed("`after` is not a place this service gave.", errors=[{"where": "query.after", "what": "not ours"}])
