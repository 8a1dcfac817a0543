"""What every store promises, whatever it is made of: whole or not at all, and never another's bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from app.outside.clock import SystemClock
from app.rules.errors import Broken, Code, Conflict, SealBroken, Unavailable
from app.vault.bucket import SMALL_BYTES, BucketStore
from app.vault.bucket_source import AHEAD_BYTES, WHOLE_BYTES
from app.vault.store import ESCROW_SUFFIX, LocalStore, new_name
from tests import azure, s3

NAME = "0123456789abcdef0123456789abcdef"
LARGE_BYTES = 2 * SMALL_BYTES + 12_345
"""Sent in parts where a store has parts."""


@dataclass(frozen=True)
class Kept:
    """A store, and a look at all that lies in it, finished or not."""

    store: LocalStore | BucketStore
    lies: Callable[[], list[str]]


def _folder(tmp_path: Path) -> Kept:
    root = tmp_path / "shelf"
    return Kept(LocalStore(root), lambda: sorted(path.name for path in root.iterdir()))


def _s3(_: Path) -> Kept:
    return in_a_bucket(s3.a_store(s3.new_bucket()))


def _azure(_: Path) -> Kept:
    return in_a_bucket(azure.a_store(azure.new_bucket()))


def in_a_bucket(store: BucketStore) -> Kept:
    return Kept(store, lambda: sorted(meta["path"] for meta in obstore.list(store._bucket).collect()))


@pytest.fixture(params=[_folder, _s3, _azure], ids=["folder", "s3", "azure"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    made: Kept = request.param(tmp_path)
    return made


def read_all(kept: Kept, name: str) -> bytes:
    with kept.store.open(name) as source:
        return source.read_at(0, source.size_bytes)


def pieces(of_bytes: int, seed: bytes = b"0123456789") -> Iterator[bytes]:
    """Bytes that differ from place to place, in pieces that fit nothing."""
    whole = seed * (of_bytes // len(seed) + 1)
    return (whole[start : min(of_bytes, start + 700_001)] for start in range(0, of_bytes, 700_001))


@pytest.mark.parametrize("of_bytes", [0, 7, SMALL_BYTES, SMALL_BYTES + 1, LARGE_BYTES])
def test_put_stores_the_bytes_and_says_how_many(kept: Kept, of_bytes: int) -> None:
    assert kept.store.put(NAME, pieces(of_bytes)) == of_bytes
    assert read_all(kept, NAME) == b"".join(pieces(of_bytes))
    assert kept.lies() == [NAME]


@pytest.mark.parametrize("second", [3, LARGE_BYTES])
def test_put_under_a_taken_name_leaves_the_first_object(kept: Kept, second: int) -> None:
    kept.store.put(NAME, [b"first"])
    with pytest.raises(Conflict) as caught:
        kept.store.put(NAME, pieces(second))
    assert caught.value.code is Code.ALREADY_EXISTS
    assert read_all(kept, NAME) == b"first"
    assert kept.lies() == [NAME]


def test_put_while_the_same_name_is_being_stored_is_refused(kept: Kept) -> None:
    refused: list[Code] = []

    def chunks() -> Iterator[bytes]:
        yield from pieces(LARGE_BYTES)
        with pytest.raises(Conflict) as caught:
            kept.store.put(NAME, pieces(LARGE_BYTES, b"second"))
        refused.append(caught.value.code)
        yield b"wins"

    kept.store.put(NAME, chunks())
    assert refused == [Code.ALREADY_EXISTS]
    assert read_all(kept, NAME) == b"".join(pieces(LARGE_BYTES)) + b"wins"
    assert kept.lies() == [NAME]


@pytest.mark.parametrize("after_bytes", [100_000, LARGE_BYTES])
@pytest.mark.parametrize(
    "error", [ValueError("torn"), KeyboardInterrupt(), GeneratorExit(), OSError("network"), FileNotFoundError("theirs")]
)
def test_put_of_chunks_that_fail_midway_leaves_nothing_and_passes_their_error_on(
    kept: Kept, error: BaseException, after_bytes: int
) -> None:
    def chunks() -> Iterator[bytes]:
        yield from pieces(after_bytes)
        assert kept.store.names() == []
        raise error

    with pytest.raises(type(error)) as caught:
        kept.store.put(NAME, chunks())
    assert caught.value is error
    assert kept.lies() == []


@pytest.mark.parametrize(
    "name",
    ["", "..", "../" + NAME, NAME + "/..", NAME.upper(), NAME[:-1], NAME + "\n", NAME + ".part", "x" * 32, NAME + "\0"],
)
def test_every_act_on_a_name_that_is_not_ours_is_refused(kept: Kept, name: str) -> None:
    kept.store.put(NAME, [b"ours"])
    acts = (
        lambda: kept.store.put(name, [b"x"]),
        lambda: kept.store.replace(name, [b"x"]),
        lambda: kept.store.open(name),
        lambda: kept.store.remove(name),
    )
    for act in acts:
        with pytest.raises(SealBroken):
            act()
    assert kept.lies() == [NAME]


def test_open_of_a_missing_object_says_so(kept: Kept) -> None:
    with pytest.raises(SealBroken) as caught:
        kept.store.open(NAME)
    assert (caught.value.detail, caught.value.extra) == ("The sealed file is missing.", {"stage": "missing"})


@pytest.mark.parametrize("of_bytes", [10, WHOLE_BYTES + 1, AHEAD_BYTES * 2 + 5])
def test_read_at_gives_any_part_and_less_only_at_the_end(kept: Kept, of_bytes: int) -> None:
    whole = b"".join(pieces(of_bytes))
    kept.store.put(NAME, [whole])
    parts = [(0, 3), (4, 4), (8, 10), (of_bytes - 2, 10), (of_bytes, 1), (of_bytes + 5, 1), (3, 0), (0, of_bytes)]
    parts += [(start, 65_552) for start in range(0, of_bytes, 65_552)]  # one behind another, as a copy is made
    parts += [(start, 99) for start in range(of_bytes - 99, -1, -500_000)]  # and backwards
    with kept.store.open(NAME) as source:
        assert source.size_bytes == of_bytes
        for offset, length in parts:
            assert source.read_at(offset, length) == whole[offset : offset + length]


def test_read_at_after_close_is_refused(kept: Kept) -> None:
    kept.store.put(NAME, [b"abc"])
    source = kept.store.open(NAME)
    source.close()
    source.close()
    with pytest.raises(Unavailable):
        source.read_at(0, 1)


def test_remove_takes_the_object_away_and_twice_is_no_error(kept: Kept) -> None:
    kept.store.put(NAME, [b"abc"])
    kept.store.remove(NAME)
    kept.store.remove(NAME)
    assert (kept.store.names(), kept.lies()) == ([], [])


def test_names_lists_whole_objects_alone(kept: Kept) -> None:
    names = sorted(new_name() for _ in range(3))
    for name in names:
        kept.store.put(name, [b"abc"])
    kept.store.put(names[0] + ESCROW_SUFFIX, [b"key"])
    seen: list[list[str]] = []

    def chunks() -> Iterator[bytes]:
        yield from pieces(LARGE_BYTES)
        seen.append(kept.store.names())

    kept.store.put(NAME, chunks())
    assert seen == [sorted([*names, names[0] + ESCROW_SUFFIX])]
    assert kept.store.names() == sorted([*names, names[0] + ESCROW_SUFFIX, NAME])


def test_names_before_an_instant_leave_out_what_is_newer(kept: Kept) -> None:
    kept.store.put(NAME, [b"abc"])
    now = SystemClock().now()
    found = [kept.store.names(before=at) for at in (now - timedelta(hours=1), now + timedelta(hours=1))]
    assert found == [[], [NAME]]


@pytest.mark.parametrize("of_bytes", [6, LARGE_BYTES])
@pytest.mark.parametrize("taken", [True, False])
def test_replace_puts_the_new_object_in_the_place_of_what_may_be_there(kept: Kept, taken: bool, of_bytes: int) -> None:
    if taken:
        kept.store.put(NAME, [b"the first, longer"])
    assert kept.store.replace(NAME, pieces(of_bytes)) == of_bytes
    assert read_all(kept, NAME) == b"".join(pieces(of_bytes))
    assert kept.lies() == [NAME]


@pytest.mark.parametrize("after_bytes", [7, LARGE_BYTES])
def test_replace_that_fails_midway_leaves_the_old_object(kept: Kept, after_bytes: int) -> None:
    def chunks() -> Iterator[bytes]:
        yield from pieces(after_bytes)
        raise OSError("network")

    kept.store.put(NAME, [b"first"])
    with pytest.raises(OSError, match="network"):
        kept.store.replace(NAME, chunks())
    assert read_all(kept, NAME) == b"first"
    assert kept.lies() == [NAME]


def test_put_may_be_fed_from_another_object_of_the_same_store(kept: Kept) -> None:
    kept.store.put(NAME, pieces(LARGE_BYTES))
    other = new_name()
    with kept.store.open(NAME) as source:
        parts = (source.read_at(start, 1_000_000) for start in range(0, LARGE_BYTES, 1_000_000))
        assert kept.store.put(other, parts) == LARGE_BYTES
    assert read_all(kept, other) == b"".join(pieces(LARGE_BYTES))


def test_claim_of_a_store_that_is_ours_or_nobodys_is_silent_and_of_anothers_is_refused(kept: Kept) -> None:
    kept.store.claim("ent_ours")
    kept.store.claim("ent_ours")
    with pytest.raises(Broken) as caught:
        kept.store.claim("ent_theirs")
    assert caught.value.detail.startswith("The sealed documents of another service lie there.")
    assert (kept.store.names(), kept.lies()) == ([], ["belongs-to"])


def test_claim_of_an_empty_place_by_a_service_with_documents_is_refused_and_writes_nothing(kept: Kept) -> None:
    for _ in range(2):
        with pytest.raises(Broken) as caught:
            kept.store.claim("ent_ours", known={new_name(), new_name()})
        assert caught.value.detail.startswith("The records know 2 documents, and nothing of that lies there")
    assert kept.lies() == []


def test_claim_of_a_place_from_before_it_was_claimed_is_silent_when_one_known_object_lies_there(kept: Kept) -> None:
    kept.store.put(NAME, [b"sealed"])
    kept.store.claim("ent_ours", known={NAME, new_name()})
    assert "belongs-to" in kept.lies()


def test_claim_of_our_own_place_is_silent_when_all_documents_in_it_are_lost(kept: Kept) -> None:
    kept.store.claim("ent_ours")
    kept.store.claim("ent_ours", known={new_name()})
    assert kept.lies() == ["belongs-to"]
