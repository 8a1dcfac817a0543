"""Laws of the tree, against a naive recursion that follows the words of RFC 6962 and shares nothing with ours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofFailed,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_from,
    root_of,
)

ENTRIES = [f"entry {number}".encode() for number in range(300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def naive_root(entries: Sequence[bytes]) -> bytes:
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = naive_split(len(entries))
    return hashlib.sha256(b"\1" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = naive_split(len(entries))
    if m < k:
        return [*naive_path(m, entries[:k]), naive_root(entries[k:])]
    return [*naive_path(m - k, entries[k:]), naive_root(entries[:k])]


def naive_subproof(m: int, entries: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [naive_root(entries)]
    k = naive_split(len(entries))
    if m <= k:
        return [*naive_subproof(m, entries[:k], whole), naive_root(entries[k:])]
    return [*naive_subproof(m - k, entries[k:], False), naive_root(entries[:k])]


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def all_nodes() -> dict[tuple[int, int], bytes]:
    frontier = Frontier()
    return {(level, index): hashed for leaf in LEAVES for level, index, hashed in frontier.append(leaf)}


NODES = all_nodes()


def flipped(content: bytes, bit: int) -> bytes:
    whole = bytearray(content)
    whole[bit // 8 % len(content)] ^= 1 << bit % 8
    return bytes(whole)


def test_merkle_equals_the_naive_tree() -> None:
    for size in range(301):
        assert root_of(LEAVES[:size]) == naive_root(ENTRIES[:size])


def test_nodes_of_the_frontier_are_the_naive_subtrees() -> None:
    assert {
        (level, index): naive_root(ENTRIES[index << level : (index + 1) << level])
        for level in range(9)
        for index in range(300 >> level)
    } == NODES


def test_frontier_restored_at_any_size_continues_as_if_never_put_away() -> None:
    for size in range(301):
        grown = Frontier()
        grown.extend(LEAVES[:size])
        restored = Frontier.restored(size, grown.hashes())
        assert Frontier.of_tree(size, node).hashes() == grown.hashes()
        assert root_from(size, node) == grown.root()
        restored.extend(LEAVES[size:])
        assert (restored.size, restored.root()) == (300, root_of(LEAVES))


def test_inclusion_proofs_equal_the_naive_paths_and_check() -> None:
    for size in range(1, 131):
        root = root_of(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert proof == naive_path(index, ENTRIES[:size])
            check_inclusion(LEAVES[index], index, size, proof, root)


def test_consistency_proofs_equal_the_naive_proofs_and_check() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(131)]
    for new in range(1, 131):
        assert consistency_proof(0, new, node) == []
        check_consistency(0, EMPTY_ROOT, new, roots[new], [])
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, node)
            assert proof == naive_subproof(old, ENTRIES[:new], True)
            check_consistency(old, roots[old], new, roots[new], proof)


def test_an_inclusion_proof_serves_its_own_leaf_place_and_size_only() -> None:
    for size in range(1, 34):
        root = root_of(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            for wrong in [
                (LEAVES[index ^ 1], index, size, proof, root),
                (LEAVES[index], index + 1, size, proof, root),
                (LEAVES[index], index - 1, size, proof, root),
                (LEAVES[index], index, index, proof, root),
                (LEAVES[index], index, size, [*proof, root], root),
                (LEAVES[index], index, size, [root, *proof], root),
            ]:
                with pytest.raises(ProofFailed):
                    check_inclusion(*wrong)
            if proof:
                with pytest.raises(ProofFailed):
                    check_inclusion(LEAVES[index], index, size, proof[:-1], root)


def test_a_consistency_proof_joins_its_own_two_trees_only() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(35)]
    for new in range(1, 34):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, node)
            for wrong in [
                (old, roots[old - 1], new, roots[new], proof),
                (old, roots[old], new, roots[new + 1], proof),
                (new + 1, roots[new + 1], new, roots[new], proof),
                (old, roots[old], new, roots[new], [*proof, roots[new]]),
                (old, roots[old], new, roots[new], [roots[new], *proof]),
            ]:
                with pytest.raises(ProofFailed):
                    check_consistency(*wrong)
            if proof:
                with pytest.raises(ProofFailed):
                    check_consistency(old, roots[old], new, roots[new], proof[:-1])


@given(st.integers(2, 300), st.data())
def test_one_flipped_bit_breaks_every_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size - 1))
    bit = data.draw(st.integers(0, 255))
    root, old_root = root_of(LEAVES[:size]), root_of(LEAVES[:old])

    proof = inclusion_proof(index, size, node)
    broken = [
        (LEAVES[index], [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]], root) for at in range(len(proof))
    ]
    for leaf, altered, head in [
        *broken,
        (flipped(LEAVES[index], bit), proof, root),
        (LEAVES[index], proof, flipped(root, bit)),
    ]:
        with pytest.raises(ProofFailed):
            check_inclusion(leaf, index, size, altered, head)

    proof = consistency_proof(old, size, node)
    altered_proofs = [[*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]] for at in range(len(proof))]
    for first, altered, head in [
        *((old_root, altered, root) for altered in altered_proofs),
        (flipped(old_root, bit), proof, root),
        (old_root, proof, flipped(root, bit)),
    ]:
        with pytest.raises(ProofFailed):
            check_consistency(old, first, size, head, altered)


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_proofs_hold_for_entries_of_any_bytes(entries: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    frontier = Frontier()
    nodes = {(level, index): hashed for leaf in leaves for level, index, hashed in frontier.append(leaf)}
    assert frontier.root() == naive_root(entries)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, len(leaves), lambda level, at: nodes[level, at])
        check_inclusion(leaf, index, len(leaves), proof, frontier.root())


def test_proofs_outside_the_tree_are_refused() -> None:
    for index, size in [(-1, 3), (3, 3), (0, 0)]:
        with pytest.raises(ProofFailed):
            inclusion_proof(index, size, node)
    for old, new in [(-1, 3), (4, 3)]:
        with pytest.raises(ProofFailed):
            consistency_proof(old, new, node)
    with pytest.raises(ProofFailed):
        check_consistency(0, LEAVES[0], 3, root_of(LEAVES[:3]), [])
    with pytest.raises(ProofFailed):
        check_consistency(3, LEAVES[0], 3, root_of(LEAVES[:3]), [])
    with pytest.raises(ProofFailed):
        check_consistency(2, root_of(LEAVES[:2]), 3, root_of(LEAVES[:3]), [LEAVES[2][:31]])
    with pytest.raises(ProofFailed):
        check_consistency(3, root_of(LEAVES[:3]), 5, root_of(LEAVES[:5]), [])


def test_a_frontier_of_the_wrong_shape_is_refused() -> None:
    for size, hashes in [(3, LEAVES[:1]), (0, LEAVES[:1]), (1, [LEAVES[0][:31]]), (-1, LEAVES[:1])]:
        with pytest.raises(ProofFailed):
            Frontier.restored(size, hashes)
