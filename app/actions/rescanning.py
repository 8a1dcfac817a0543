"""The malware scanner itself, and documents in final form that are shown to it again when it knows more."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.scanning import scan_again
from app.actions.tools import Actor, Scanner, Tools
from app.records import documents, releases, scans
from app.rules.errors import Malformed, Unavailable
from app.rules.scans import Scanned, ScanState


@dataclass(frozen=True, slots=True)
class Rescanned:
    """What came of one document."""

    document_id: str
    release_id: str
    scanned: Scanned


def check_scanner(tools: Tools) -> str:
    """Say in words which scanner answers.

    Raises:
        Unavailable: One is configured, and does not answer.
    """
    return "none is configured" if tools.scanner is None else tools.scanner.check()


def scanner_state(tools: Tools) -> str:
    """Say whether the malware scanner answers, for anybody who may ask whether the service is ready."""
    scanner = tools.scanner
    if scanner is None:
        return "none"

    def check() -> str:
        try:
            scanner.check()
        except Unavailable:
            return "does not answer"
        return "answers"

    return tools.scanner_said.ask(check, tools.clock.monotonic_seconds)


def documents_to_rescan(tools: Tools) -> tuple[str, ...]:
    """Give the ids of documents in final form of releases not yet out, in which nothing was found so far.

    Raises:
        Malformed: No scanner is configured.
    """
    _scanner(tools)
    with tools.reading() as connection:
        return scans.final_and_embargoed(connection)


def rescan(tools: Tools, actor: Actor, document_id: str) -> Rescanned:
    """Scan one of them again. A find closes it to everybody at once, and is told.

    Args:
        tools: What this is done with.
        actor: Whoever set it going; the operator.
        document_id: One that ``documents_to_rescan`` gave.

    Raises:
        Malformed: No scanner is configured.
        NotFound: It was destroyed meanwhile.
        SealBroken, KeyMissing, Unavailable: The sealed document cannot be read.
    """
    scanner = _scanner(tools)
    with tools.reading() as connection:
        row = documents.get(connection, document_id)
        release = releases.get_row(connection, row.card.release_id)
    return Rescanned(document_id, row.card.release_id, scan_again(tools, scanner, actor, release, row))


def is_clean(rescanned: Rescanned) -> bool:
    """Say whether it was scanned, and nothing was found."""
    return rescanned.scanned.state is ScanState.CLEAN


def _scanner(tools: Tools) -> Scanner:
    if tools.scanner is None:
        raise Malformed("No malware scanner is configured: set PRA_SCANNER_ADDRESS.")
    return tools.scanner
