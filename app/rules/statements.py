"""What a person states they did with what was recalled: the words they may choose, and what is signed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.rules.errors import Malformed

STATEMENT_TYPE = "pra-statement/1"


class Did(StrEnum):
    """What somebody states that they did."""

    NOT_OPENED = "not_opened"
    OPENED_AND_DELETED = "opened_and_deleted"
    OPENED_AND_KEPT = "opened_and_kept"


DID_WORDS = {
    Did.NOT_OPENED: "not opened",
    Did.OPENED_AND_DELETED: "opened and deleted",
    Did.OPENED_AND_KEPT: "opened and kept",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person states they did with what was recalled.

    Attributes:
        kept_where: Where a copy still is; empty unless kept.
        forwarded_to: To whom it was passed on, in their own words; empty when to nobody.
        note: Anything they wish to add.
    """

    did: Did
    printed: bool = False
    kept_where: str = ""
    forwarded_to: str = ""
    note: str = ""

    def as_record(self) -> dict[str, Any]:
        """Give the statement as JSON-ready members, as it is signed."""
        return {
            "did": self.did.value,
            "printed": self.printed,
            "kept_where": self.kept_where,
            "forwarded_to": self.forwarded_to,
            "note": self.note,
        }


def check_statement(statement: Statement) -> None:
    """Stop when a statement contradicts itself, before it is compared with anything.

    Raises:
        Malformed: A copy is kept and nobody knows where, or is kept or printed though nothing was opened.
    """
    kept = statement.did is Did.OPENED_AND_KEPT
    where = what = ""
    if kept and not statement.kept_where.strip():
        where, what = "kept_where", "Say where the copy is kept."
    elif statement.kept_where.strip() and not kept:
        where, what = "kept_where", "A place was named, but the statement does not say that a copy is kept."
    elif statement.printed and statement.did is Did.NOT_OPENED:
        where, what = "printed", "What was not opened cannot have been printed."
    if what:
        raise Malformed(f"{what} Nothing was put on record.", errors=[{"where": where, "what": what}])


def signed_record(
    statement: Statement, *, ids: dict[str, str], person_name: str, given: dict[str, str]
) -> dict[str, Any]:
    """Give what is signed when somebody makes a statement; its canonical form is the payload.

    Args:
        statement: What they state.
        ids: Of the statement, the recall, the release and the person, by their names.
        person_name: The person's own.
        given: When it was given, how and when they signed in, and the name as they typed it; JSON-ready.
    """
    return {"type": STATEMENT_TYPE, **ids, "person_name": person_name, **statement.as_record(), **given}
