"""What a malware scanner said of a document, and when a scan is too old to rely on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ScanState(StrEnum):
    """What is known."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"
    FOUND = "found"


class NotScanned(StrEnum):
    """Why a document was not scanned. Members are only ever added."""

    NO_SCANNER = "no_scanner"
    TOO_LARGE = "too_large"
    NOT_REACHED = "not_reached"
    TOO_SLOW = "too_slow"
    CUT_OFF = "cut_off"
    UNCLEAR = "unclear"


WHY: dict[NotScanned, str] = {
    NotScanned.NO_SCANNER: "no scanner is configured",
    NotScanned.TOO_LARGE: "larger than the scanner looks through",
    NotScanned.NOT_REACHED: "the scanner could not be reached",
    NotScanned.TOO_SLOW: "the scanner took too long",
    NotScanned.CUT_OFF: "the scanner broke off",
    NotScanned.UNCLEAR: "the scanner's answer could not be understood",
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan found.

    Attributes:
        why: Why it was not scanned; None where it was.
        signature: The name of what was found, in the scanner's words; empty where nothing was.
        engine: The scanner and its version, where it said.
        signatures: The version of its signature database, where it said.
        at: When; None while it has not been put on record. Aware, UTC.
    """

    state: ScanState
    why: NotScanned | None = None
    signature: str = ""
    engine: str = ""
    signatures: str = ""
    at: datetime | None = None

    @property
    def words(self) -> str:
        """Say it to a person."""
        by = f" ({self.engine}{', signatures ' + self.signatures if self.signatures else ''})" if self.engine else ""
        if self.state is ScanState.FOUND:
            return f"Malware found: {self.signature}{by}"
        if self.state is ScanState.CLEAN:
            return f"Nothing found{by}"
        return f"Not scanned: {WHY[self.why or NotScanned.UNCLEAR]}"


NEVER = Scanned(ScanState.NOT_SCANNED, NotScanned.NO_SCANNER)


def is_due(scanned: Scanned, at: datetime, good_for: timedelta) -> bool:
    """Say whether a document must be scanned again before anybody relies on what is known.

    What was found once is not asked again: it stays found.

    Args:
        scanned: What is known.
        at: Now. Aware.
        good_for: How long a clean scan is relied on.
    """
    if scanned.state is ScanState.FOUND:
        return False
    return scanned.state is not ScanState.CLEAN or scanned.at is None or at - scanned.at > good_for
