"""What a legal hold keeps from being destroyed, and how that is said."""

from __future__ import annotations

from app.rules.reasons import Reason, ReasonCode


def hold_reasons(title: str, whys: tuple[str, ...]) -> tuple[Reason, ...]:
    """Say which legal holds stand on the records of a release; they keep its documents too.

    Args:
        whys: Why each hold stands, in the words of whoever began it.

    Source:
        Producer policy: retention
    """
    remedy = "Have the hold ended when its cause is gone."
    return tuple(
        Reason(
            ReasonCode.LEGAL_HOLD,
            "Producer policy: retention",
            f"The records of “{title}” are under a legal hold: {why}",
            remedy,
        )
        for why in whys
    )
