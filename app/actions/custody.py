"""The key ring, as an operator sees it. Every change is on record before it takes effect."""

from __future__ import annotations

from collections.abc import Callable

from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.rules.errors import Malformed
from app.vault.age import Recipient

PURPOSES = ("log", "tokens", "declarations", "kek", "sessions")


def describe_ring(tools: Tools) -> list[str]:
    """Give the public parts of the ring, a line each."""
    lines = [f"log: {vkey}" for vkey in tools.keys.checkpoint_vkeys(tools.policy.origin)]
    lines += [f"declarations: {jwk['kid']}" for jwk in tools.keys.declaration_jwk_set()["keys"]]
    return [*lines, f"escrow: {tools.keys.escrow_recipient_text or 'none set; see pra keys escrow'}"]


def rotate_key(tools: Tools, purpose: str) -> str:
    """Make a new current key for one purpose.

    Returns:
        The new key's kid.

    Raises:
        Malformed: There is no such purpose.
    """
    if purpose not in PURPOSES:
        raise Malformed(f"There is no purpose “{purpose}”; there are {', '.join(PURPOSES)}.")
    with tools.transaction() as tx:
        said = {"act": "rotate", "purpose": purpose}
        tx.append(Entry(EntryKind.KEY_RING_CHANGED, tools.clock.now(), actor_id="operator", said=said))
    kid: str = tools.keys.rotate(purpose)
    return kid


def set_escrow(tools: Tools, recipient: str, keep: Callable[[str], None]) -> None:
    """Set the offline recipient to which documents' keys are sealed too.

    Args:
        recipient: ``age1…``.
        keep: Writes the recipient into the ring's folder.

    Raises:
        Malformed: It is no age recipient.
    """
    text = str(Recipient.parse(recipient.strip()))
    with tools.transaction() as tx:
        said = {"act": "set escrow recipient", "recipient": text}
        tx.append(Entry(EntryKind.KEY_RING_CHANGED, tools.clock.now(), actor_id="operator", said=said))
    keep(text)
