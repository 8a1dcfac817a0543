"""What a witness answers to a submission. Nothing is cosigned that does not continue what it cosigned before.

The order within one answer is what makes it safe to be killed at any instant: check, make the new state durable, sign,
answer. One submission at a time, so that two cannot both continue the same old tree.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.audit import merkle
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote, VerifierKey
from app.audit.witness.key import Cosigner
from app.audit.witness.state import Seen, State
from app.audit.witness.submission import SIZE_TYPE, Submission, head_of

PLAIN = "text/plain; charset=utf-8"
BELIEVED_SECONDS = 24 * 3600
"""A clock that stands by less before the last cosignature has gone back; by more, that one's time was wrong."""
Evidence = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status of HTTP, what the body is, and the body."""

    status: int
    kind: str
    body: bytes


class _Declined(Exception):
    """The submission is not cosigned."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.answer = Answer(status, PLAIN, f"{why}\n".encode())


class Witness:
    """One witness, with the logs it follows."""

    def __init__(
        self,
        cosigner: Cosigner,
        state: State,
        followed: Mapping[str, Sequence[VerifierKey]],
        keep_evidence: Evidence,
    ) -> None:
        """Take what a witness is made of.

        Args:
            cosigner: Its key.
            state: What it remembers, held by this process.
            followed: Public keys of the logs, by origin; several where a log has changed its key.
            keep_evidence: Keeps, under a name, a submission that a log signed and that does not continue the last one.
        """
        self._cosigner = cosigner
        self._state = state
        self._followed = followed
        self._keep_evidence = keep_evidence
        self._lock = threading.Lock()

    def add_checkpoint(self, body: bytes, now_seconds: Callable[[], int]) -> Answer:
        """Answer a submission; cosign it when every check passes.

        Args:
            body: As it came.
            now_seconds: Gives seconds since 1970.

        Returns:
            200 with the cosignature; else 400, 403, 404, 409, 422, or 503 where the witness's own clock has gone back.

        Raises:
            OSError: The state could not be made durable; nothing was cosigned.

        Source:
            C2SP tlog-witness, add-checkpoint
        """
        try:
            submission, signed, head = _read(body)
            self._check_signed(signed, head)
            if submission.old_size > head.size:
                raise _Declined(400, "the old size is larger than the checkpoint's")
            with self._lock:
                return self._decide(submission, signed, head, body, now_seconds())
        except _Declined as declined:
            return declined.answer

    def _check_signed(self, signed: SignedNote, head: Checkpoint) -> None:
        keys = self._followed.get(head.origin)
        if not keys:
            raise _Declined(404, "this witness does not follow a log of that origin")
        signed_by = [_signed_by(signed, key) for key in keys]
        if not any(signed_by):
            raise _Declined(403, "no signature by a key of that log that this witness trusts")

    def _decide(
        self, submission: Submission, signed: SignedNote, head: Checkpoint, body: bytes, at_seconds: int
    ) -> Answer:
        seen = self._state.seen(head.origin) or Seen(0, merkle.EMPTY_ROOT, 0)
        contradicts = head.size == seen.size and head.root != seen.root
        if contradicts:
            self._keep(signed, body)
        if submission.old_size != seen.size or contradicts:
            return Answer(409, SIZE_TYPE, f"{seen.size}\n".encode())
        try:
            merkle.check_consistency(seen.size, seen.root, head.size, head.root, submission.proof)
        except merkle.ProofFailed as problem:
            self._keep(signed, body)
            raise _Declined(422, str(problem)) from problem
        if at_seconds < seen.at_seconds <= at_seconds + BELIEVED_SECONDS:
            raise _Declined(503, "this witness's clock has gone back; nothing is cosigned until it is right")
        self._state.advance(head.origin, Seen(head.size, head.root, at_seconds))
        line = self._cosigner.cosign(signed.text, at_seconds)
        return Answer(200, PLAIN, line.to_text().encode())

    def _keep(self, signed: SignedNote, body: bytes) -> None:
        # By what the log signed: only its key can make us keep another one.
        self._keep_evidence(hashlib.sha256(signed.text.encode()).hexdigest(), body)


def _read(body: bytes) -> tuple[Submission, SignedNote, Checkpoint]:
    try:
        submission = Submission.parse(body)
        signed, head = head_of(submission.note)
    except CheckpointMalformed as problem:
        raise _Declined(400, str(problem)) from problem
    return submission, signed, head


def _signed_by(signed: SignedNote, key: VerifierKey) -> bool:
    """Say whether a key signed the note; a line that claims so and does not fit refuses the whole note."""
    ours = [line for line in signed.signatures if (line.key_name, line.key_hash) == (key.name, key.key_hash)]
    try:
        for line in ours:
            Ed25519PublicKey.from_public_bytes(key.public_key).verify(line.signature, signed.text.encode())
    except (InvalidSignature, ValueError) as problem:
        raise _Declined(403, f"the signature by {key.name} does not fit") from problem
    return bool(ours)
