"""The Merkle tree of RFC 6962 over SHA-256: hashes, the frontier, proofs and their checks. Pure.

A *node* is the hash of a complete subtree, addressed by ``(level, index)``: it covers the leaves from
``index << level`` up to, not including, ``(index + 1) << level``. A node never changes once its leaves exist, so a
``NodeSource`` may be a table, a folder of tiles or a list.

Everything that checks raises :class:`ProofFailed`; nothing here returns ``False``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeSource = Callable[[int, int], bytes]
"""Gives the 32-byte hash of the complete subtree at (level, index)."""


class ProofFailed(ValueError):
    """A proof does not lead from what it starts with to the root it claims."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry as a leaf.

    Args:
        entry: Its exact bytes.

    Returns:
        32 bytes.

    Source:
        RFC 6962 section 2.1
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children, 32 bytes each, as their parent.

    Source:
        RFC 6962 section 2.1
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its largest complete subtrees, which is all that appending needs.

    Attributes:
        size: How many leaves have been appended.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # largest subtree first: one for each 1 in the binary form of size

    @classmethod
    def restored(cls, size: int, hashes: Sequence[bytes]) -> Frontier:
        """Make a frontier again from its size and what :meth:`hashes` gave.

        Raises:
            ProofFailed: The number or the length of the hashes does not fit the size.
        """
        if size < 0 or len(hashes) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in hashes):
            raise ProofFailed(f"{len(hashes)} hashes do not make a frontier of size {size}")
        frontier = cls()
        frontier.size = size
        frontier._peaks = list(hashes)
        return frontier

    @classmethod
    def of_tree(cls, size: int, node: NodeSource) -> Frontier:
        """Make the frontier of an existing tree by asking for the nodes on its right edge."""
        peaks = []
        start = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                peaks.append(node(level, start >> level))
                start += 1 << level
        return cls.restored(size, peaks)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append one leaf hash.

        Returns:
            Every node this leaf completes, itself first, as (level, index, hash).
        """
        completed = [(0, self.size, leaf)]
        level, index = 0, self.size
        while index & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            level, index = level + 1, index >> 1
            completed.append((level, index, leaf))
        self._peaks.append(leaf)
        self.size += 1
        return completed

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append many leaf hashes, in order."""
        for leaf in leaves:
            self.append(leaf)

    def hashes(self) -> list[bytes]:
        """Give what :meth:`restored` needs: one 32-byte hash for each 1 in the binary form of size, largest first."""
        return list(self._peaks)

    def root(self) -> bytes:
        """Give the root of the tree as it stands; of no leaves, the hash of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Give the root over leaf hashes in order.

    Args:
        leaf_hashes: 32 bytes each.

    Source:
        RFC 6962 section 2.1
    """
    row = list(leaf_hashes)
    while len(row) > 1:  # pair by pair; one that is left over rises as it is, which gives the same tree
        paired = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = [*paired, *row[2 * len(paired) :]]
    return row[0] if row else EMPTY_ROOT


def root_from(size: int, node: NodeSource) -> bytes:
    """Give the root of the tree of the first ``size`` leaves, from nodes."""
    return Frontier.of_tree(size, node).root()


def inclusion_proof(index: int, size: int, node: NodeSource) -> list[bytes]:
    """Prove that the leaf at ``index`` is in the tree of the first ``size`` leaves.

    Args:
        index: Position of the leaf; 0 <= index < size.
        size: How many leaves the tree has.
        node: Gives nodes of a tree at least that large.

    Returns:
        The audit path, from the leaf's sibling upwards.

    Raises:
        ProofFailed: There is no such leaf.

    Source:
        RFC 6962 section 2.1.1
    """
    if not 0 <= index < size:
        raise ProofFailed(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old_size: int, new_size: int, node: NodeSource) -> list[bytes]:
    """Prove that the first ``old_size`` leaves of the tree of ``new_size`` are the older tree.

    Args:
        old_size: How many leaves the older tree has; at least 0. From nothing, and from the same
            size, the proof is empty.
        new_size: How many leaves the newer tree has; at least old_size.
        node: Gives nodes of a tree of at least new_size leaves.

    Returns:
        The proof's hashes, 32 bytes each, lowest first.

    Raises:
        ProofFailed: The sizes are not in order.

    Source:
        RFC 6962 section 2.1.2
    """
    if not 0 <= old_size <= new_size:
        raise ProofFailed(f"a tree of {new_size} cannot continue a tree of {old_size}")
    if old_size in (0, new_size):
        return []
    path: list[bytes] = []
    start, end = 0, new_size
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    if start > 0:  # otherwise the old tree is itself a node, whose root the checker already holds
        path.append(_range_hash(start, end, node))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at ``index`` in the tree of ``size`` leaves with this root.

    Raises:
        ProofFailed: It does not, or the proof has another shape than it must.

    Source:
        RFC 9162 section 2.1.3.2
    """
    if not 0 <= index < size:
        raise ProofFailed(f"there is no leaf {index} in a tree of {size}")
    _check_lengths(proof)
    running = leaf
    for sibling, is_left in _turns(index, size - 1, proof):
        running = node_hash(sibling, running) if is_left else node_hash(running, sibling)
    if running != root:
        raise ProofFailed(f"the inclusion proof of leaf {index} does not lead to the root")


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of ``new_size`` continues the tree of ``old_size`` without changing a leaf of it.

    Args:
        old_size: How many leaves the older tree has.
        old_root: 32 bytes.
        new_size: How many leaves the newer tree has.
        new_root: 32 bytes.
        proof: As :func:`consistency_proof` gives it; nothing in it is believed.

    Raises:
        ProofFailed: It does not, or the proof has another shape than it must.

    Source:
        RFC 9162 section 2.1.4.2
    """
    if not 0 <= old_size <= new_size:
        raise ProofFailed(f"a tree of {new_size} cannot continue a tree of {old_size}")
    _check_lengths(proof)
    if old_size in (0, new_size):
        _check_trivial_consistency(old_size, old_root, new_size, new_root, proof)
        return
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    # An old tree that is itself a node is not repeated in the proof: its root is already held.
    first, siblings = (proof[:1], proof[1:]) if old_size & (old_size - 1) else ([old_root], proof)
    if not first:
        raise ProofFailed("the consistency proof is too short")
    old_running = new_running = first[0]
    for sibling, is_left in _turns(position, last, siblings):
        if is_left:
            old_running = node_hash(sibling, old_running)
        new_running = node_hash(sibling, new_running) if is_left else node_hash(new_running, sibling)
    if old_running != old_root:
        raise ProofFailed(f"the consistency proof does not lead to the root at {old_size}")
    if new_running != new_root:
        raise ProofFailed(f"the consistency proof does not lead to the root at {new_size}")


def _turns(position: int, last: int, siblings: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Walk from a node to the root and say of each sibling whether it stands on the left.

    Args:
        position: Where the node stands on its level.
        last: Where the last node of that level stands.
        siblings: One for each turn, lowest first; neither more nor fewer.
    """
    for sibling in siblings:
        if last == 0:
            raise ProofFailed("the proof is too long")
        is_left = bool(position & 1) or position == last
        if is_left:
            # On the right edge a node may rise several levels before it meets a sibling.
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        yield sibling, is_left
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofFailed("the proof is too short")


def _check_trivial_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ProofFailed("the consistency proof is too long")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofFailed("the root of the empty tree is not the hash of nothing")
    if old_size == new_size and old_root != new_root:
        raise ProofFailed(f"two roots at the one size {new_size}")


def _check_lengths(proof: Sequence[bytes]) -> None:
    if any(len(sibling) != HASH_BYTES for sibling in proof):
        raise ProofFailed(f"every hash of a proof has {HASH_BYTES} bytes")


def _split(width: int) -> int:
    """Give the largest power of two smaller than width, which is at least 2."""
    return 1 << (width - 1).bit_length() - 1


def _range_hash(start: int, end: int, node: NodeSource) -> bytes:
    """Hash the leaves from start up to end, where start is aligned as RFC 6962 splits a tree."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(_range_hash(start, middle, node), _range_hash(middle, end, node))
