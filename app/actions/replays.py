"""The answers to requests that carried an Idempotency-Key, so that a repeat changes nothing."""

from __future__ import annotations

from app.actions.tools import Claim, Tools
from app.records import answers
from app.rules.errors import Code, Conflict


def find_answer(tools: Tools, claim: Claim) -> str | None:
    """Give the stored answer of an earlier, equal request, as JSON text; None when there was none.

    Raises:
        Conflict: The key was used for another request, or the first one left no answer.
    """
    with tools.reading() as connection:
        stored = answers.find(connection, claim.key_hash)
    if stored is None:
        return None
    request_sha256, answer = stored
    if request_sha256 != claim.request_sha256:
        raise Conflict("This Idempotency-Key was used for another request.", code=Code.IDEMPOTENCY_KEY_REUSED)
    if not answer:
        raise Conflict(
            "The first request with this Idempotency-Key is still being carried out, or was cut off after it took "
            "effect. Look whether what you asked for exists before you ask again with a fresh key.",
            code=Code.IDEMPOTENCY_KEY_REUSED,
        )
    return answer


def keep_answer(tools: Tools, claim: Claim, answer: str) -> None:
    """Keep the answer for a repeat of the request.

    Args:
        answer: JSON text.
    """
    with tools.transaction() as tx:
        answers.keep(tx.connection, claim.key_hash, answer)
