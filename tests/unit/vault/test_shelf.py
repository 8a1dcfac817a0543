"""The shelf: sealed as it streams in, read only under the permit for it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.rules.access import Permit
from app.rules.errors import Broken, Code, KeyMissing, Malformed, SealBroken, Unavailable
from app.vault import age
from app.vault.shelf import SealedDocument, ShelfCard, destroy, open_document, seal_document
from app.vault.store import LocalStore
from tests.needs import need_program

AT = datetime(2016, 7, 19, 8, 30, tzinfo=UTC)
PLAIN = os.urandom(2 * age.GROUP_CHUNKS * age.CHUNK_BYTES + 100)
ESCROW = age.new_identity()


class KeyBox:
    """A wrapping key in a dictionary: what was wrapped can be unwrapped in its own context alone."""

    def __init__(self) -> None:
        self.kept: dict[bytes, tuple[bytes, str]] = {}

    def wrap(self, secret: bytes, context: str) -> bytes:
        ticket = os.urandom(16)
        self.kept[ticket] = (secret, context)
        return ticket

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        secret, bound_to = self.kept[wrapped]
        if bound_to != context:
            raise SealBroken("The wrapped key is another document's.")
        return secret


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "shelf")


@pytest.fixture
def keys() -> KeyBox:
    return KeyBox()


def permit(document_id: str = "doc-1", at: datetime = AT) -> Permit:
    return Permit(
        person_id="person-1",
        release_id="release-1",
        document_id=document_id,
        at=at,
        reasons=(),
        grant_id="grant-1",
        opens_at=AT - timedelta(hours=1),
    )


def sealed(store: LocalStore, keys: KeyBox, plain: bytes = PLAIN, **changes: Any) -> SealedDocument:
    pieces = (plain[at : at + 70_000] for at in range(0, len(plain), 70_000))
    asked: dict[str, Any] = {
        "document_id": "doc-1",
        "chunks": pieces,
        "wrap": keys.wrap,
        "escrow_recipient": ESCROW.recipient,
        "limit_bytes": 10_000_000,
    }
    return seal_document(store, **(asked | changes))


def card(document: SealedDocument, document_id: str = "doc-1") -> ShelfCard:
    return ShelfCard(
        document_id=document_id,
        object_name=document.object_name,
        wrapped_identity=document.wrapped_identity,
        plain_bytes=document.plain_bytes,
        sha256=document.sha256,
        crc32=document.crc32,
    )


def read(store: LocalStore, keys: KeyBox, document: SealedDocument, **changes: Any) -> bytes:
    asked: dict[str, Any] = {"at": AT, "card": card(document), "store": store, "unwrap": keys.unwrap}
    return b"".join(open_document(permit(), **(asked | changes)))


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_seal_document_counts_and_hashes_what_passed(store: LocalStore, keys: KeyBox) -> None:
    document = sealed(store, keys)
    assert (document.plain_bytes, document.sha256, document.crc32) == (
        len(PLAIN),
        hashlib.sha256(PLAIN).hexdigest(),
        zlib.crc32(PLAIN),
    )
    assert store.names() == [document.object_name, document.object_name + ".escrow"]
    assert document.sealed_bytes == len(PLAIN) + 33 * age.TAG_BYTES + 168 + 16


def test_seal_document_leaves_no_plaintext_on_the_disk(store: LocalStore, keys: KeyBox, tmp_path: Path) -> None:
    marker = b"GDP grew by 0.6 per cent"
    document = sealed(store, keys, marker * 10_000)
    secret = keys.unwrap(document.wrapped_identity, "doc-1")
    on_disk = b"".join(path.read_bytes() for path in (tmp_path / "shelf").iterdir())
    assert len(on_disk) > 240_000
    assert (marker in on_disk, secret in on_disk) == (False, False)
    assert read(store, keys, document) == marker * 10_000


def test_seal_document_gives_each_document_an_identity_of_its_own(store: LocalStore, keys: KeyBox) -> None:
    first, second = sealed(store, keys), sealed(store, keys)
    with pytest.raises(SealBroken):
        read(store, keys, dataclasses.replace(first, wrapped_identity=second.wrapped_identity))


@pytest.mark.parametrize("pieces", [[], [b""], [b"", b""]])
def test_seal_document_of_nothing_is_refused_and_leaves_nothing(
    store: LocalStore, keys: KeyBox, pieces: list[bytes]
) -> None:
    with pytest.raises(Malformed) as caught:
        sealed(store, keys, chunks=iter(pieces))
    assert caught.value.code is Code.DOCUMENT_EMPTY
    assert store.names() == []


def test_seal_document_accepts_the_limit_and_refuses_one_byte_more(store: LocalStore, keys: KeyBox) -> None:
    assert sealed(store, keys, limit_bytes=len(PLAIN)).plain_bytes == len(PLAIN)
    names = store.names()
    with pytest.raises(Malformed) as caught:
        sealed(store, keys, limit_bytes=len(PLAIN) - 1)
    assert caught.value.code is Code.DOCUMENT_TOO_LARGE
    assert store.names() == names


def test_seal_document_over_the_limit_stops_reading(store: LocalStore, keys: KeyBox) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        try:
            while True:
                taken.append(1)
                yield bytes(1_000_000)
        finally:
            taken.append(-1)

    with pytest.raises(Malformed):
        sealed(store, keys, chunks=endless(), limit_bytes=3_000_000)
    assert taken == [1, 1, 1, 1, -1]


def test_seal_document_without_a_wrapping_key_stores_nothing_and_closes_its_chunks(store: LocalStore) -> None:
    closed: list[bool] = []

    class Upload:
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("nothing may be read")

        def close(self) -> None:
            closed.append(True)

    def wrap(secret: bytes, context: str) -> bytes:
        raise KeyMissing(f"no key for {len(secret)} bytes of {context}")

    with pytest.raises(KeyMissing):
        sealed(store, KeyBox(), chunks=Upload(), wrap=wrap)
    assert (store.names(), closed) == ([], [True])


def test_seal_document_whose_escrow_cannot_be_stored_takes_the_body_back(tmp_path: Path, keys: KeyBox) -> None:
    class NoRoomForEscrow(LocalStore):
        def put(self, name: str, chunks: Any) -> int:
            if name.endswith(".escrow"):
                assert self.names() == [name.removesuffix(".escrow")]
                raise Unavailable("no room")
            return super().put(name, chunks)

    store = NoRoomForEscrow(tmp_path)
    with pytest.raises(Unavailable):
        sealed(store, keys)
    assert store.names() == []


def test_seal_document_without_escrow_stores_the_body_alone(store: LocalStore, keys: KeyBox) -> None:
    document = sealed(store, keys, escrow_recipient=None)
    assert document.escrowed_identity is None
    assert store.names() == [document.object_name]


def test_escrowed_document_opens_with_the_plain_age_program(store: LocalStore, keys: KeyBox, tmp_path: Path) -> None:
    program = need_program("age")
    document = sealed(store, keys)
    (tmp_path / "escrow.key").write_text(ESCROW.secret_text() + "\n")
    body = tmp_path / "shelf" / document.object_name
    subprocess.run(
        [program, "-d", "-i", tmp_path / "escrow.key", "-o", tmp_path / "doc.key", f"{body}.escrow"],
        check=True,
        timeout=30,
    )
    opened = subprocess.run(
        [program, "-d", "-i", tmp_path / "doc.key", body], check=True, capture_output=True, timeout=30
    )
    assert opened.stdout == PLAIN
    assert (tmp_path / "shelf" / f"{document.object_name}.escrow").read_bytes() == document.escrowed_identity


def test_open_document_gives_the_plaintext_and_lets_go_of_the_file(store: LocalStore, keys: KeyBox) -> None:
    document, before = sealed(store, keys), open_files()
    assert read(store, keys, document) == PLAIN
    assert open_files() == before


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 1), (0, None), (5, None), (len(PLAIN), None), (len(PLAIN) - 1, 99), (70_000, 2_000_000), (0, len(PLAIN))],
)
def test_open_document_gives_a_part(store: LocalStore, keys: KeyBox, offset: int, length: int | None) -> None:
    stop = None if length is None else offset + length
    assert read(store, keys, sealed(store, keys), offset=offset, length=length) == PLAIN[offset:stop]


@pytest.mark.parametrize(("offset", "length"), [(-1, None), (len(PLAIN) + 1, None), (0, -1)])
def test_open_document_outside_the_document_is_refused_before_anything_is_opened(
    store: LocalStore, keys: KeyBox, offset: int, length: int | None
) -> None:
    document, before = sealed(store, keys), open_files()
    with pytest.raises(Malformed):
        read(store, keys, document, offset=offset, length=length)
    assert open_files() == before


def test_open_document_left_early_lets_go_of_the_file(store: LocalStore, keys: KeyBox) -> None:
    document, before = sealed(store, keys), open_files()
    reading = open_document(permit(), at=AT, card=card(document), store=store, unwrap=keys.unwrap)
    assert open_files() == before + 1
    assert next(reading) == PLAIN[: 16 * age.CHUNK_BYTES]
    reading.close()
    assert open_files() == before
    assert list(reading) == []


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        (None, AT),
        ("doc-1", AT),
        (True, AT),
        (dataclasses.asdict(permit()), AT),
        (permit("doc-2"), AT),
        (permit(), AT + timedelta(microseconds=1)),
        (permit(), AT - timedelta(microseconds=1)),
        (permit(), AT.replace(tzinfo=None)),
    ],
)
def test_open_document_without_the_permit_for_it_opens_nothing(
    store: LocalStore, keys: KeyBox, shown: Any, at: datetime
) -> None:
    document, before = sealed(store, keys), open_files()
    assert read(store, keys, document) == PLAIN
    with pytest.raises(Broken) as caught:
        open_document(shown, at=at, card=card(document), store=store, unwrap=keys.unwrap)
    assert type(caught.value) is Broken
    assert open_files() == before


def test_open_document_with_anothers_wrapped_identity_is_refused(store: LocalStore, keys: KeyBox) -> None:
    document = sealed(store, keys)
    theirs = card(document, "doc-2")
    with pytest.raises(SealBroken):
        open_document(permit("doc-2"), at=AT, card=theirs, store=store, unwrap=keys.unwrap)


def test_open_document_with_an_unreadable_identity_is_refused(store: LocalStore, keys: KeyBox) -> None:
    document = sealed(store, keys)
    for wrong in (b"", b"\xff", b"AGE-SECRET-KEY-1QQQ"):
        with pytest.raises(SealBroken):
            read(store, keys, document, unwrap=lambda *_, wrong=wrong: wrong)


@pytest.mark.parametrize("change", ["cut chunk", "cut byte", "longer", "empty", "missing", "swapped"])
def test_open_document_of_an_altered_file_gives_no_byte_and_lets_go(
    store: LocalStore, keys: KeyBox, tmp_path: Path, change: str
) -> None:
    document, other = sealed(store, keys), sealed(store, keys)
    path = tmp_path / "shelf" / document.object_name
    body = path.read_bytes()
    altered = {
        "cut chunk": body[: -100 - age.TAG_BYTES],
        "cut byte": body[:-1],
        "longer": body + b"\0",
        "empty": b"",
        "swapped": (tmp_path / "shelf" / other.object_name).read_bytes(),
    }
    path.unlink()
    if change in altered:
        path.write_bytes(altered[change])
    before = open_files()
    with pytest.raises(SealBroken):
        open_document(permit(), at=AT, card=card(document), store=store, unwrap=keys.unwrap)
    assert open_files() == before


def test_open_document_with_a_flipped_bit_gives_the_chunks_before_it_and_lets_go(
    store: LocalStore, keys: KeyBox, tmp_path: Path
) -> None:
    document = sealed(store, keys)
    path = tmp_path / "shelf" / document.object_name
    body = bytearray(path.read_bytes())
    body[20 * age.SEALED_CHUNK_BYTES] ^= 1
    path.write_bytes(body)
    before = open_files()
    reading = open_document(permit(), at=AT, card=card(document), store=store, unwrap=keys.unwrap)
    assert [next(reading), next(reading)] == [
        PLAIN[: 16 * age.CHUNK_BYTES],
        PLAIN[16 * age.CHUNK_BYTES : 19 * age.CHUNK_BYTES],
    ]
    with pytest.raises(SealBroken):
        next(reading)
    assert open_files() == before
    assert list(reading) == []


def test_destroy_removes_body_and_escrow_and_twice_is_no_error(store: LocalStore, keys: KeyBox) -> None:
    document, kept = sealed(store, keys), sealed(store, keys)
    destroy(store, document.object_name)
    destroy(store, document.object_name)
    assert store.names() == [kept.object_name, kept.object_name + ".escrow"]
    with pytest.raises(SealBroken) as caught:
        read(store, keys, document)
    assert caught.value.detail == "The sealed file is missing."
