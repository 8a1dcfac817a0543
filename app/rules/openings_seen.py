"""What the log shows of a person's openings: what was sent, which passphrases were shown, and which entries say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.rules.account import LoggedFact

EVIDENCE_KINDS = ("access_decided", "copy_started", "copy_outcome", "passphrase_revealed")
"""The kinds of entry that a statement is compared with."""


@dataclass(frozen=True, slots=True)
class OpeningSeen:
    """What the log shows of one opening.

    Attributes:
        whole: A copy was handed over whole.
        sent_bytes: Of all its copies together.
        end_unknown: A copy began, and nobody knows how far it came.
        revealed: Its passphrase was shown.
        entry_ids: The entries that bear it out, in their order.
    """

    opening_id: str
    number: str
    whole: bool = False
    sent_bytes: int = 0
    end_unknown: bool = False
    revealed: bool = False
    entry_ids: tuple[str, ...] = ()

    @property
    def anything_sent(self) -> bool:
        """Whether anything of a copy may have reached the person."""
        return self.whole or self.sent_bytes > 0 or self.end_unknown


def openings_seen(entries: Sequence[LoggedFact]) -> tuple[OpeningSeen, ...]:
    """Gather what the log shows of each opening of one person.

    Args:
        entries: Theirs, of the kinds in ``EVIDENCE_KINDS``, oldest first; refusals are passed over.

    Returns:
        One for each opening, in the order of their first entries.
    """
    found: dict[str, list[LoggedFact]] = {}
    for one in entries:
        opening_id = one.said.get("opening_id")
        if isinstance(opening_id, str) and one.kind in EVIDENCE_KINDS:
            found.setdefault(opening_id, []).append(one)
    return tuple(_seen(opening_id, of_it) for opening_id, of_it in found.items())


def _whole(ends: Sequence[LoggedFact]) -> bool:
    """Say whether a copy was handed over whole, at once or in parts that leave no gap."""
    parts = []
    for one in ends:
        first, of_bytes = one.said.get("first_byte"), one.said.get("of_bytes")
        if one.outcome == "completed" and first is None:
            return True
        if isinstance(of_bytes, int):
            parts.append((int(first or 0), int(one.said.get("sent_bytes") or 0), of_bytes))
    reached = 0
    for start, sent_bytes, of_bytes in sorted(parts):
        if start > reached:
            return False
        reached = max(reached, start + sent_bytes)
        if reached >= of_bytes > 0:
            return True
    return False


def _seen(opening_id: str, entries: Sequence[LoggedFact]) -> OpeningSeen:
    ends = [one for one in entries if one.kind == "copy_outcome"]
    begun = sum(one.kind == "copy_started" for one in entries)
    return OpeningSeen(
        opening_id=opening_id,
        number=str(entries[0].said.get("number", "")),
        whole=_whole(ends),
        sent_bytes=sum(int(one.said.get("sent_bytes") or 0) for one in ends),
        end_unknown=begun > len(ends) or any(one.outcome == "unknown" for one in ends),
        revealed=any(one.kind == "passphrase_revealed" for one in entries),
        entry_ids=tuple(one.entry_id for one in entries),
    )
