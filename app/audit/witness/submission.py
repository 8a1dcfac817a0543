"""What a log sends a witness, printed and parsed: an old size, a consistency proof, a checkpoint. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.merkle import HASH_BYTES

PROOF_LIMIT = 63
SUBMISSION_LIMIT_BYTES = 64 * 1024
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint with the proof that it continues an older one.

    Attributes:
        old_size: Of the tree that the proof begins with; 0 where the witness has seen none.
        proof: 32 bytes each, as RFC 6962 section 2.1.2 orders them.
        note: The checkpoint, as the log signed it.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    def to_bytes(self) -> bytes:
        """Print it.

        Source:
            C2SP tlog-witness, add-checkpoint
        """
        lines = "".join(f"{base64.b64encode(node).decode('ascii')}\n" for node in self.proof)
        return f"old {self.old_size}\n{lines}\n{self.note}".encode()

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Read it.

        Raises:
            CheckpointMalformed: It is not written as the specification demands. The note itself is not looked at.

        Source:
            C2SP tlog-witness, add-checkpoint
        """
        try:
            head, blank, note = body.decode("utf-8").partition("\n\n")
        except UnicodeDecodeError as problem:
            raise CheckpointMalformed("a submission is UTF-8") from problem
        if not blank:
            raise CheckpointMalformed("there is no empty line before the checkpoint")
        old, *lines = head.split("\n")
        size = _OLD.fullmatch(old)
        if size is None:
            raise CheckpointMalformed("the first line is `old`, a space and a size")
        if len(lines) > PROOF_LIMIT:
            raise CheckpointMalformed(f"more than {PROOF_LIMIT} lines of proof")
        return cls(int(size[1]), tuple(_node(line) for line in lines), note)


def head_of(note: str) -> tuple[SignedNote, Checkpoint]:
    """Read a checkpoint of whichever log: lines of extension, which ours has none of, are signed and say nothing here.

    Returns:
        The note, and what its first three lines say.

    Raises:
        CheckpointMalformed: It is not a signed checkpoint.

    Source:
        C2SP tlog-checkpoint, note text
    """
    signed = SignedNote.parse(note)
    lines = signed.text.split("\n")
    if any(not line for line in lines[3:-1]):
        raise CheckpointMalformed("a line of extension is empty")
    return signed, Checkpoint.parse("\n".join(lines[:3]) + "\n")


def _node(line: str) -> bytes:
    try:
        node = base64.b64decode(line.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise CheckpointMalformed("a line of the proof is not base64") from problem
    if len(node) != HASH_BYTES or base64.b64encode(node).decode("ascii") != line:
        raise CheckpointMalformed(f"a line of the proof is not {HASH_BYTES} bytes of canonical base64")
    return node
