"""Because of which change the rule is asked again about openings, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.reasons import instant_text

_CAUSES: dict[str, str] = {
    "release_moved": "the release was moved",
    "release_changed": "the release was put right",
    "window_changed": "a day that counts was put right",
    "list_approved": "another version of the list was approved",
    "declaration_withdrawn": "a declaration was withdrawn",
    "holding_begun": "a time in a post was put on record",
    "holding_ended": "the end of a time in a post was put right",
    "deputy_decided": "a request for a deputy was decided or withdrawn",
    "training_recorded": "training was put on record",
    "training_withdrawn": "training was found to have been put on record wrongly",
    "fact_found_wrong": "something that had been taken for a fact was found wrong",
    "wrong_fact_withdrawn": "what had been found wrong was found right after all",
}
MOVES = frozenset({"release_moved", "window_changed"})


@dataclass(frozen=True, slots=True)
class Because:
    """The change because of which the rule was asked again.

    Attributes:
        key: The id of its entry, or an id of its own where the records were looked through.
        kind: The kind of that entry, as text; empty where there is none.
        at: When it was changed. Aware, UTC.
        index: Of that entry in the log, where it has one.
        done_by: Ids of those whose act it tells of: whoever changed it; of something found wrong whoever had decided
            it, and not whoever found it.
    """

    key: str
    kind: str
    at: datetime
    index: int | None = None
    done_by: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What was changed, in words."""
        return _CAUSES.get(self.kind, "the records were looked through again")

    def as_record(self) -> dict[str, Any]:
        """Give it as JSON-ready members."""
        entry = {"entry_id": self.key, "index": self.index} if self.kind else {}
        return {**entry, "kind": self.kind or "looked_through", "at": instant_text(self.at), "words": self.words}
