"""The tree in a release's seal that says of each person what they opened: positions, leaves, proofs. Pure.

A sparse tree of ``HEIGHT`` levels. Where somebody stands follows from their id and the release's, so that there is one
place for each of them and no other: whoever shows what stands there has shown everything. A place that is taken holds a
salted hash, from which nothing can be told without its salt; every other place holds nothing. Besides people the tree
holds fillers, so that nobody learns from a proof of their own who else has a place.

The verifier uses it as well as the writer; it imports the standard library only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.audit.merkle import HASH_BYTES, ProofFailed, node_hash

HEIGHT = 128
FILLERS = 512
SALT_BYTES = 16
STATEMENT_TYPE = "pra-seal/1"
_PLACE_PREFIX = b"pra-seal/1\n"


def _empty_subtrees() -> tuple[bytes, ...]:
    roots = [hashlib.sha256(b"").digest()]
    for _ in range(HEIGHT):
        roots.append(node_hash(roots[-1], roots[-1]))
    return tuple(roots)


EMPTY = _empty_subtrees()
"""The root of a subtree with nothing in it, by its height."""


def place_of(release_id: str, person_id: str) -> int:
    """Say where a person stands in the trees of a release: the first 128 bits of a hash over both ids."""
    digest = hashlib.sha256(_PLACE_PREFIX + f"{release_id}\n{person_id}".encode()).digest()
    return int.from_bytes(digest[: HEIGHT // 8], "big")


def leaf_of(salt: bytes, record: str) -> bytes:
    """Hash what stands at a place.

    Args:
        salt: 16 random bytes, used once.
        record: Canonical JSON.

    Returns:
        32 bytes.
    """
    return hashlib.sha256(b"\x00" + salt + record.encode()).digest()


def fillers(seed: bytes) -> dict[int, bytes]:
    """Give places and leaves that stand for nobody.

    Args:
        seed: 32 random bytes; whoever does not know them cannot tell a filler from a person.
    """
    found = {}
    for number in range(FILLERS):
        drawn = hashlib.sha512(seed + number.to_bytes(4, "big")).digest()
        found[int.from_bytes(drawn[: HEIGHT // 8], "big")] = drawn[HASH_BYTES:]
    return found


class OpeningsTree:
    """The whole tree, as its writer holds it."""

    def __init__(self, leaves: Mapping[int, bytes]) -> None:
        """Compute every node that is not empty.

        Args:
            leaves: 32-byte leaf hashes by place.
        """
        self._levels: list[dict[int, bytes]] = [dict(leaves)]
        for height in range(HEIGHT):
            below = self._levels[-1]
            self._levels.append(
                {
                    parent: node_hash(below.get(parent << 1, EMPTY[height]), below.get(parent << 1 | 1, EMPTY[height]))
                    for parent in {place >> 1 for place in below}
                }
            )

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._levels[HEIGHT].get(0, EMPTY[HEIGHT])

    def siblings(self, place: int) -> list[dict[str, Any]]:
        """Give the path from a place to the root: of every height at which the sibling is not empty, its hash.

        Args:
            place: Taken or not.

        Returns:
            ``height`` and ``hash`` in base64, lowest first.
        """
        found = []
        for height in range(HEIGHT):
            sibling = self._levels[height].get(place >> height ^ 1)
            if sibling is not None:
                found.append({"height": height, "hash": base64.b64encode(sibling).decode()})
        return found


def root_through(place: int, leaf: bytes | None, siblings: Sequence[Any]) -> bytes:
    """Give the root that a path leads to.

    Args:
        place: Where it begins.
        leaf: What stands there; None for nothing.
        siblings: As :meth:`OpeningsTree.siblings` gives them; nothing in them is believed.

    Raises:
        ProofFailed: The path is not written in the one way it may be.
    """
    given: dict[int, bytes] = {}
    last = -1
    for sibling in siblings:
        height, digest = _sibling(sibling)
        if height <= last or height >= HEIGHT:
            raise ProofFailed("the heights of the path are not in order")
        given[height] = digest
        last = height
    running = EMPTY[0] if leaf is None else leaf
    for height in range(HEIGHT):
        beside = given.get(height, EMPTY[height])
        running = node_hash(beside, running) if place >> height & 1 else node_hash(running, beside)
    return running


def _sibling(sibling: Any) -> tuple[int, bytes]:
    if not isinstance(sibling, dict) or set(sibling) != {"height", "hash"}:
        raise ProofFailed("each step of the path is a height and a hash")
    height, word = sibling["height"], sibling["hash"]
    if type(height) is not int or not isinstance(word, str):
        raise ProofFailed("each step of the path is a height and a hash")
    try:
        digest = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ProofFailed("a hash of the path is not base64") from problem
    if len(digest) != HASH_BYTES or base64.b64encode(digest).decode() != word:
        raise ProofFailed(f"every hash of the path has {HASH_BYTES} bytes")
    return height, digest
