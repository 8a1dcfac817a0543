"""Versions of a document: which may take another's place, so that recipients are never given two at once."""

from __future__ import annotations

from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import DocumentCard, DocumentState

_CURRENT = (DocumentState.DRAFT, DocumentState.FINAL)


def check_replaceable(replaced: DocumentCard, note: str) -> None:
    """Stop unless a new version may be uploaded in the place of this document.

    Args:
        replaced: The document whose place it is to take.
        note: What changed.

    Raises:
        OutOfOrder: The document is not current.
        Malformed: It is not said what changed.
    """
    if replaced.state not in _CURRENT:
        raise OutOfOrder(
            f"The document to be replaced is {replaced.state.value}.", allowed=[one.value for one in _CURRENT]
        )
    if not note.strip():
        raise Malformed("Say what changed in the new version.", code=Code.REASON_REQUIRED)


def check_place_free(replaced: DocumentCard) -> None:
    """Stop when another version has been fixed in the place of this document: recipients would be given both.

    Args:
        replaced: The document whose place a draft is to take now. A recalled one may still be followed.

    Raises:
        OutOfOrder: Another version took its place.
    """
    if replaced.state is DocumentState.SUPERSEDED:
        raise OutOfOrder(
            f"Another version has taken the place of version {replaced.version} already. Upload this one as a new "
            "version of that.",
            allowed=[one.value for one in _CURRENT],
        )
