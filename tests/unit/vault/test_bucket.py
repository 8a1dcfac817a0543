"""What a store in a bucket does that one in a folder does not."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import obstore
import pytest
from obstore.exceptions import BaseError

from app.outside.clock import SystemClock
from app.rules.errors import SealBroken, Unavailable
from app.vault.bucket import SMALL_BYTES, BucketStore
from app.vault.bucket_source import AHEAD_BYTES, WHOLE_BYTES
from app.vault.places import open_bucket
from app.vault.store import new_name
from tests import azure, s3
from tests.twins import FrozenClock

NAME = "0123456789abcdef0123456789abcdef"


@pytest.fixture(params=[s3, azure], ids=["s3", "azure"])
def cloud(request: pytest.FixtureRequest) -> ModuleType:
    provider: ModuleType = request.param
    return provider


def test_sweep_removes_old_markers_and_spares_what_may_still_be_written(cloud: ModuleType) -> None:
    url, now = cloud.new_bucket(), SystemClock().now()
    store = cloud.a_store(url)
    dead, running = new_name(), new_name()
    bucket = store._bucket
    for path in (f"{dead}.part", f"{running}.part", "something else.part", f"{NAME}"):
        obstore.put(bucket, path, b"")
    assert cloud.a_store(url, clock=FrozenClock(now + timedelta(hours=23))).sweep_unfinished() == 0
    assert cloud.a_store(url, clock=FrozenClock(now + timedelta(hours=25))).sweep_unfinished() == 2
    assert sorted(meta["path"] for meta in obstore.list(bucket).collect()) == sorted([NAME, "something else.part"])


def test_upload_whose_marker_was_swept_on_the_way_is_stored_all_the_same(cloud: ModuleType) -> None:
    url = cloud.new_bucket()
    store = cloud.a_store(url)
    later = cloud.a_store(url, clock=FrozenClock(SystemClock().now() + timedelta(days=2)))

    def chunks() -> Iterator[bytes]:
        yield bytes(SMALL_BYTES + 1)
        assert later.sweep_unfinished() == 1
        yield b"end"

    assert store.put(NAME, chunks()) == SMALL_BYTES + 4
    assert store.names() == [NAME]


def test_two_prefixes_of_one_bucket_hold_different_objects(cloud: ModuleType) -> None:
    url = cloud.new_bucket()
    ours, theirs = cloud.a_store(url), cloud.a_store(url + "/theirs")
    theirs.put(NAME, [b"theirs"])
    assert (ours.names(), theirs.names()) == ([], [NAME])
    with pytest.raises(SealBroken):
        ours.open(NAME)


def test_every_act_on_a_bucket_that_is_not_there_is_unavailable_and_no_missing_document(cloud: ModuleType) -> None:
    store = cloud.a_store(cloud.NOWHERE)
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
def test_object_that_is_replaced_or_removed_while_open_gives_no_byte_of_another(cloud: ModuleType, at: int) -> None:
    store = cloud.a_store(cloud.new_bucket())
    store.put(NAME, [b"a" * (2 * AHEAD_BYTES)])
    source, other = store.open(NAME), store.open(NAME)
    assert source.read_at(0, 3) == b"aaa"
    store.replace(NAME, [b"b" * (2 * AHEAD_BYTES)])
    with pytest.raises(SealBroken) as caught:
        source.read_at(at, WHOLE_BYTES)
    assert caught.value.detail == "The sealed file was replaced or removed while it was read."
    store.remove(NAME)
    with pytest.raises(SealBroken) as caught:
        other.read_at(at, WHOLE_BYTES)
    assert caught.value.detail == "The sealed file was replaced or removed while it was read."


def test_small_object_is_read_whole_when_it_is_opened_so_that_its_replacement_does_no_harm(cloud: ModuleType) -> None:
    store = cloud.a_store(cloud.new_bucket())
    store.put(NAME, [b"first"])
    with store.open(NAME) as source:
        store.replace(NAME, [b"second"])
        assert source.read_at(0, source.size_bytes) == b"first"


def test_key_that_the_provider_does_not_know_is_told_in_our_words(tmp_path: Path) -> None:
    """Azurite looks at signatures, as Azure does; moto believes them all."""
    wrong = base64.b64encode(b"another key than theirs").decode()
    (tmp_path / "file").write_text(f"AZURE_STORAGE_ACCOUNT_NAME={azure.ACCOUNT}\nAZURE_STORAGE_ACCOUNT_KEY={wrong}\n")
    bucket = open_bucket(azure.new_bucket(), endpoint=azure.server(), credentials_file=tmp_path / "file")
    store = BucketStore(bucket, SystemClock().now, "a container")
    for act in (lambda: store.put(NAME, [b"x"]), lambda: store.open(NAME), lambda: store.remove(NAME), store.names):
        with pytest.raises(Unavailable) as caught:
            act()
        assert caught.value.detail.endswith(": the bucket does not accept the credentials, or they lack the right.")


def test_name_of_a_bucket_and_its_address_are_in_no_message_and_no_trace() -> None:
    bucket = open_bucket("s3://statistics-pra", endpoint="http://127.0.0.1:9", credentials_file=s3.credentials())
    store = BucketStore(bucket, SystemClock().now, "a bucket")
    with pytest.raises(BaseError) as theirs:
        obstore.head(bucket, NAME)
    assert "http://127.0.0.1:9/statistics-pra/" in str(theirs.value)  # what the library's own words give away
    with pytest.raises(Unavailable) as caught:
        store.open(NAME)
    assert caught.value.detail == "The stored object could not be found: the bucket cannot be reached."
    told = "".join(traceback.format_exception(caught.value))
    assert [word in told for word in ("127.0.0.1", "statistics-pra")] == [False, False]
