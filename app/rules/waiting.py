"""What in a report waits for a person: what no log can know, and what a rule proposes."""

from __future__ import annotations

_HEAD = "[to be completed by the head of profession: "
_TO_CONFIRM = "Proposed, to be confirmed by the head of profession: "


def to_complete(what: str) -> str:
    """Mark what only a person can know."""
    return f"{_HEAD}{what}]"


def to_confirm(what: str) -> str:
    """Mark what a rule proposes, for a person to confirm or to strike."""
    return f"{_TO_CONFIRM}{what}"


def waits_for_a_person(paragraph: str) -> bool:
    """Say whether a paragraph still waits for a person: to be completed, or proposed and not confirmed.

    Args:
        paragraph: Any paragraph of an answer, as drafted or as a person left it.
    """
    return _HEAD in paragraph or _TO_CONFIRM in paragraph
