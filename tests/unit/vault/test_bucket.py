"""What a store in a bucket does that one in a folder does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import obstore
import pytest

from app.outside.clock import SystemClock
from app.rules.errors import SealBroken, Unavailable
from app.vault.bucket import SMALL_BYTES
from app.vault.bucket_source import AHEAD_BYTES, WHOLE_BYTES
from app.vault.store import new_name
from tests import s3
from tests.twins import FrozenClock

NAME = "0123456789abcdef0123456789abcdef"


def test_sweep_removes_old_markers_and_spares_what_may_still_be_written() -> None:
    url, now = s3.new_bucket(), SystemClock().now()
    store = s3.a_store(url)
    dead, running = new_name(), new_name()
    bucket = store._bucket
    for path in (f"{dead}.part", f"{running}.part", "something else.part", f"{NAME}"):
        obstore.put(bucket, path, b"")
    assert s3.a_store(url, clock=FrozenClock(now + timedelta(hours=23))).sweep_unfinished() == 0
    assert s3.a_store(url, clock=FrozenClock(now + timedelta(hours=25))).sweep_unfinished() == 2
    assert sorted(meta["path"] for meta in obstore.list(bucket).collect()) == sorted([NAME, "something else.part"])


def test_upload_whose_marker_was_swept_on_the_way_is_stored_all_the_same() -> None:
    url = s3.new_bucket()
    store = s3.a_store(url)
    later = s3.a_store(url, clock=FrozenClock(SystemClock().now() + timedelta(days=2)))

    def chunks() -> Iterator[bytes]:
        yield bytes(SMALL_BYTES + 1)
        assert later.sweep_unfinished() == 1
        yield b"end"

    assert store.put(NAME, chunks()) == SMALL_BYTES + 4
    assert store.names() == [NAME]


def test_two_prefixes_of_one_bucket_hold_different_objects() -> None:
    url = s3.new_bucket()
    ours, theirs = s3.a_store(url), s3.a_store(url + "/theirs")
    theirs.put(NAME, [b"theirs"])
    assert (ours.names(), theirs.names()) == ([], [NAME])
    with pytest.raises(SealBroken):
        ours.open(NAME)


def test_every_act_on_a_bucket_that_is_not_there_is_unavailable_and_no_missing_document() -> None:
    store = s3.a_store("s3://pra-nobody-made-it/sealed")
    said = set()
    acts = (
        lambda: store.put(NAME, [b"x"]),
        lambda: store.put(NAME, [bytes(SMALL_BYTES + 1)]),
        lambda: store.replace(NAME, [b"x"]),
        lambda: store.replace(NAME, [bytes(SMALL_BYTES + 1)]),
        lambda: store.open(NAME),
        lambda: store.remove(NAME),
        store.names,
        store.sweep_unfinished,
        lambda: store.claim("ent_ours"),
    )
    for act in acts:
        with pytest.raises(Unavailable) as caught:
            act()
        said.add(caught.value.detail)
    assert said == {
        f"The stored object could not be {what}: there is no such bucket or container."
        for what in ("stored", "listed", "removed")
    }


@pytest.mark.parametrize("at", [0, WHOLE_BYTES, AHEAD_BYTES])
def test_object_that_is_replaced_or_removed_while_open_gives_no_byte_of_another(at: int) -> None:
    store = s3.a_store(s3.new_bucket())
    store.put(NAME, [b"a" * (2 * AHEAD_BYTES)])
    source, other = store.open(NAME), store.open(NAME)
    assert source.read_at(0, 3) == b"aaa"
    store.replace(NAME, [b"b" * (2 * AHEAD_BYTES)])
    with pytest.raises(SealBroken) as caught:
        source.read_at(at, WHOLE_BYTES)
    assert caught.value.detail == "The sealed file was replaced while it was read."
    store.remove(NAME)
    with pytest.raises(SealBroken) as caught:
        other.read_at(at, WHOLE_BYTES)
    assert caught.value.detail == "The sealed file is missing."


def test_small_object_is_read_whole_when_it_is_opened_so_that_its_replacement_does_no_harm() -> None:
    store = s3.a_store(s3.new_bucket())
    store.put(NAME, [b"first"])
    with store.open(NAME) as source:
        store.replace(NAME, [b"second"])
        assert source.read_at(0, source.size_bytes) == b"first"
