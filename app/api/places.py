"""Ids in addresses; cursors of pages that are ordered by an instant and then an id, checked when they come back."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from app.rules.errors import Malformed
from app.rules.reasons import utc

AfterHere = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
LimitHere = Annotated[int, Query(ge=1, le=100, description="How many results at most.")]

ReleaseId = Annotated[str, StringConstraints(pattern=r"^rel_[0-9a-f]{24}$")]
DocumentId = Annotated[str, StringConstraints(pattern=r"^doc_[0-9a-f]{24}$")]
OpeningId = Annotated[str, StringConstraints(pattern=r"^opn_[0-9a-f]{24}$")]
AnnualListId = Annotated[str, StringConstraints(pattern=r"^ann_[0-9a-f]{24}$")]
RecordRequestId = Annotated[str, StringConstraints(pattern=r"^rrq_[0-9a-f]{24}$")]
ErasureId = Annotated[str, StringConstraints(pattern=r"^era_[0-9a-f]{24}$")]
UploadId = Annotated[str, StringConstraints(pattern=r"^upl_[0-9a-f]{24}$")]
HoldId = Annotated[str, StringConstraints(pattern=r"^hol_[0-9a-f]{24}$")]
DeclarationId = Annotated[str, StringConstraints(pattern=r"^dcl_[0-9a-f]{24}$")]

_IDENT = re.compile(r"[a-z]{3}_[0-9a-f]{24}")


def place_of(at: datetime, ident: str) -> str:
    """Write where a page ended, as its ``next``.

    Args:
        at: Instant of the last result. Aware.
        ident: Its id.
    """
    return base64.urlsafe_b64encode(f"{utc(at).isoformat()} {ident}".encode()).decode().rstrip("=")


def read_place(cursor: str | None) -> tuple[datetime, str] | None:
    """Read a ``next`` that came back as ``after``; None where there is none.

    Args:
        cursor: As it came back.

    Raises:
        Malformed: It is not one that this service gave.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        instant, _, ident = text.partition(" ")
        at = utc(datetime.fromisoformat(instant))
        if _IDENT.fullmatch(ident):
            return at, ident
    except (binascii.Error, ValueError, OverflowError):
        pass
    raise Malformed("`after` is not a place this service gave.", errors=[{"where": "query.after", "what": "not ours"}])
