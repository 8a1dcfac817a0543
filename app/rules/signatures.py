"""Whether a signed declaration counts at an instant, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.facts import Declaration, london_text
from app.rules.reasons import ReasonCode


class DeclarationState(StrEnum):
    """How one declaration stands."""

    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a declaration does not count.

    Attributes:
        with_suspension: It lapsed when its signer was suspended.
    """

    code: ReasonCode
    detail: str
    with_suspension: bool = False


_STATES = {
    ReasonCode.DECLARATION_LAPSED: DeclarationState.LAPSED,
    ReasonCode.DECLARATION_SUPERSEDED: DeclarationState.SUPERSEDED,
    ReasonCode.DECLARATION_WITHDRAWN: DeclarationState.WITHDRAWN,
}


def fault_of(signed: Declaration, sha256_today: str, at: datetime) -> Fault | None:
    """Say why a declaration does not count at an instant; None when it does.

    Args:
        signed: The declaration; signed by then.
        sha256_today: Hash of the words its signer would have to sign today, for what it covers.
        at: Aware.

    Source:
        SI 2008/2998 Sch. para 8; SR 2009/71 Sch. para 8
    """
    if signed.withdrawn_at is not None and signed.withdrawn_at <= at:
        return Fault(ReasonCode.DECLARATION_WITHDRAWN, "You have withdrawn your declaration.")
    # No words at all are no words that anyone could have agreed to, so that two missing hashes never match.
    if not sha256_today or signed.undertaking_sha256 != sha256_today:
        detail = "The words of the declaration have changed since you signed it."
        return Fault(ReasonCode.DECLARATION_SUPERSEDED, detail)
    return lapse_of(signed, at)


def lapse_of(signed: Declaration, at: datetime) -> Fault | None:
    """Say why a declaration has lapsed by an instant, by its time or with a suspension; None when it has not.

    Args:
        signed: The declaration.
        at: Aware.
    """
    if signed.suspended_at is not None and signed.suspended_at <= at:
        detail = f"Your declaration lapsed when you were suspended, on {london_text(signed.suspended_at)}."
        return Fault(ReasonCode.DECLARATION_LAPSED, f"{detail} Sign again after your reinstatement.", True)
    if signed.lapses_at <= at:
        return Fault(ReasonCode.DECLARATION_LAPSED, f"Your declaration lapsed on {london_text(signed.lapses_at)}.")
    return None


def state_of(
    signed: Declaration, sha256_today: str | None, at: datetime, *, renewed_at: datetime | None = None
) -> tuple[DeclarationState, str]:
    """Tell the signer how their declaration stands, and why.

    Args:
        signed: The declaration.
        sha256_today: As for ``fault_of``; None where they would not be asked for any today, and words decide nothing.
        at: Aware.
        renewed_at: When they signed for the same again, if they did.

    Returns:
        How it stands, and a whole sentence that says why.
    """
    fault = fault_of(signed, signed.undertaking_sha256 if sha256_today is None else sha256_today, at)
    if fault is not None:
        return _STATES[fault.code], fault.detail
    if renewed_at is not None and renewed_at <= at:
        return (
            DeclarationState.SUPERSEDED,
            f"You signed again on {london_text(renewed_at)}; that declaration counts now.",
        )
    return (
        DeclarationState.IN_FORCE,
        f"It counts until {london_text(signed.lapses_at)}, unless the words change before.",
    )
