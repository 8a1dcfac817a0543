"""Moving the sealed documents to another store: verified, repeatable, nothing overwritten, nothing brought back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app import wiring
from app.actions import custody, escrow, storing
from app.actions.storing import StoreCopied
from app.audit.entries import EntryKind
from app.cli.main import app
from app.outside.clock import SystemClock
from app.records import documents
from app.rules.errors import Broken, Unavailable
from app.vault.bucket import SMALL_BYTES
from app.vault.store import ESCROW_SUFFIX, LocalStore
from app.vault.transfer import try_out
from tests import azure, s3
from tests.build import london
from tests.story import CHANCELLOR, FIGURES, Story, done
from tests.unit.custody.test_destroying import destroys, recalls
from tests.unit.custody.test_escrow import recovered

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
LARGE = os.urandom(SMALL_BYTES + 100_000)

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release with a large document and a small one, the small one being the story's own."""
    told = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    told.release(PUBLISHES_AT)
    told.list_with(CHANCELLOR)
    told.sealed(LARGE, "large.bin", "application/octet-stream")
    told.sealed()
    told.signed_off()
    told.signed(CHANCELLOR)
    yield told
    told.service.close()


def a_folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "other")


def a_bucket(_: Path) -> Any:
    return s3.a_store(s3.new_bucket())


def a_container(_: Path) -> Any:
    return azure.a_store(azure.new_bucket())


def copied(story: Story, target: Any) -> tuple[StoreCopied, list[str]]:
    said: list[str] = []
    return storing.copy_store(story.tools, target, said.append), said


def content(store: Any) -> dict[str, bytes]:
    found = {}
    for name in store.names():
        source = store.open(name)
        found[name] = source.read_at(0, source.size_bytes)
        source.close()
    return found


def body_of(story: Story) -> str:
    """The object name of the story's own document."""
    with story.tools.reading() as connection:
        return documents.get(connection, story.told.document_id).object_name


@dataclass
class Wayward:
    """A real store, one of whose acts goes wrong."""

    store: Any
    put: Callable[[str, Iterable[bytes]], int]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.mark.parametrize(
    ("origin", "target"),
    [(a_folder, a_bucket), (a_bucket, a_folder), (a_bucket, a_bucket), (a_bucket, a_container)],
)
def test_copy_of_a_store_holds_the_same_and_is_served_from(
    story: Story, tmp_path: Path, origin: Callable[[Path], Any], target: Callable[[Path], Any]
) -> None:
    if origin is a_bucket:
        bucket = a_bucket(tmp_path)
        copied(story, bucket)
        story.tools = replace(story.tools, store=bucket)
    other = target(tmp_path)
    assert copied(story, other) == (StoreCopied(bodies=2, there=0, keys=2, taken_away=0, left=0), [])
    assert content(other) == content(story.tools.store)
    assert copied(story, other) == (StoreCopied(bodies=0, there=2, keys=0, taken_away=0, left=0), [])
    story.tools = replace(story.tools, store=other)
    story.clock.put(PUBLISHES_AT - timedelta(hours=20))
    assert story.reads(CHANCELLOR) == FIGURES
    where = {"documents": 2, "to": other.where}
    assert [entry["said"] for entry in story.entries(EntryKind.STORE_COPIED)][-2:] == [where, where]


def test_copy_is_recovered_with_plain_age(story: Story, tmp_path: Path) -> None:
    other = a_bucket(tmp_path)
    copied(story, other)
    story.tools = replace(story.tools, store=other)
    folder = tmp_path / "export"
    folder.mkdir()

    def keep(name: str, chunks: Iterator[bytes]) -> None:
        (folder / name).write_bytes(b"".join(chunks))

    escrow.export_escrow(story.tools, keep)
    assert sorted(recovered(folder, story.service.escrow.secret_text()).values()) == sorted([FIGURES, LARGE])


def test_copy_that_was_cut_short_goes_on_where_it_was(story: Story, tmp_path: Path) -> None:
    other = a_bucket(tmp_path)
    taken: list[str] = []

    def once(name: str, chunks: Iterable[bytes]) -> int:
        if taken:
            raise Unavailable("the line went dead")
        taken.append(name)
        return int(other.put(name, chunks))

    with pytest.raises(Unavailable):
        copied(story, Wayward(other, once))
    assert other.names() == [taken[0], taken[0] + ESCROW_SUFFIX]
    assert copied(story, other) == (StoreCopied(bodies=1, there=1, keys=1, taken_away=0, left=0), [])


@pytest.mark.parametrize("longer", [b"", b"x"])
def test_copy_leaves_alone_what_is_something_else_under_the_same_name(
    story: Story, tmp_path: Path, longer: bytes
) -> None:
    other, name = a_bucket(tmp_path), body_of(story)
    ours = content(story.tools.store)[name]
    theirs = bytes(len(ours)) + longer
    other.put(name, [theirs])
    done_, said = copied(story, other)
    assert done_ == StoreCopied(bodies=1, there=0, keys=1, taken_away=0, left=1)
    words = "Another object lies there under the name of this document's, and was left alone."
    assert said == [f"{story.told.document_id}: {words} Look at it before anything is removed."]
    assert content(other)[name] == theirs


def test_copy_that_does_not_come_back_as_it_was_is_removed_and_told(story: Story, tmp_path: Path) -> None:
    other, name = a_bucket(tmp_path), body_of(story)

    def altering(into: str, chunks: Iterable[bytes]) -> int:
        whole = b"".join(chunks)
        return int(other.put(into, [whole[:-1] + bytes([whole[-1] ^ 1]) if into == name else whole]))

    done_, said = copied(story, Wayward(other, altering))
    assert (done_.bodies, done_.left) == (1, 1)
    assert said == [f"{story.told.document_id}: What was copied does not come back as it was. It was removed again."]
    assert name not in other.names()


def test_copy_of_a_store_that_lost_a_document_names_it(story: Story, tmp_path: Path) -> None:
    story.tools.store.remove(body_of(story))
    done_, said = copied(story, a_bucket(tmp_path))
    assert (done_.bodies, done_.left, said) == (1, 1, [f"{story.told.document_id}: The sealed file is missing."])


def test_document_destroyed_after_it_was_copied_is_taken_away_by_the_next_run(story: Story, tmp_path: Path) -> None:
    other, name = a_bucket(tmp_path), body_of(story)
    copied(story, other)
    story.clock.put(PUBLISHES_AT - timedelta(hours=20))
    recalls(story, story.lead)
    done(destroys(story, story.head))
    assert name in other.names()
    assert copied(story, other) == (StoreCopied(bodies=0, there=1, keys=0, taken_away=2, left=0), [])
    assert [one for one in other.names() if one.startswith(name)] == []


def test_document_destroyed_while_it_is_copied_is_no_trouble_and_not_there(story: Story, tmp_path: Path) -> None:
    other, name = a_bucket(tmp_path), body_of(story)
    story.clock.put(PUBLISHES_AT - timedelta(hours=20))
    recalls(story, story.lead)

    def destroyed_first(into: str, chunks: Iterable[bytes]) -> int:
        if into == name:
            done(destroys(story, story.head))
        return int(other.put(into, chunks))

    assert copied(story, Wayward(other, destroyed_first)) == (StoreCopied(1, 0, 1, 0, 0), [])
    assert [one for one in other.names() if one.startswith(name)] == []


def test_document_that_arrived_meanwhile_is_told_of(story: Story, tmp_path: Path) -> None:
    other = a_bucket(tmp_path)

    def arriving(into: str, chunks: Iterable[bytes]) -> int:
        if not story.told.listed.get("late"):
            story.told.listed["late"] = True
            sent = {"params": {"file_name": "late.csv"}, "headers": {"Content-Type": "text/csv"}, "content": b"a,b\n"}
            done(story.post(story.statistician, f"/releases/{story.told.release_id}/documents", **sent), 201)
        return int(other.put(into, chunks))

    assert copied(story, Wayward(other, arriving)) == (StoreCopied(2, 0, 2, 0, 1), [])
    assert copied(story, other) == (StoreCopied(1, 2, 1, 0, 0), [])


def test_key_sealed_anew_after_the_copy_gives_way_to_the_one_on_record(story: Story, tmp_path: Path) -> None:
    other, name = a_bucket(tmp_path), body_of(story) + ESCROW_SUFFIX
    copied(story, other)
    other.replace(name, [b"an older key"])
    assert copied(story, other) == (StoreCopied(0, 2, 1, 0, 0), [])
    assert content(other) == content(story.tools.store)


def test_copy_into_the_store_of_another_service_is_refused_and_leaves_it_as_it_was(
    story: Story, tmp_path: Path
) -> None:
    other = a_bucket(tmp_path)
    other.claim("ent_theirs")
    with pytest.raises(Broken):
        copied(story, other)
    assert (other.names(), story.entries(EntryKind.STORE_COPIED)) == ([], [])


def test_start_and_doctor_with_a_place_where_none_of_the_documents_lies_are_refused(
    story: Story, tmp_path: Path
) -> None:
    kept_there, elsewhere = story.tools, a_folder(tmp_path)
    story.tools = replace(story.tools, store=elsewhere)
    for refused in (custody.sweep_orphans, storing.check_store):
        with pytest.raises(Broken) as caught:
            refused(story.tools)
        assert caught.value.detail.startswith("The records know 2 documents, and nothing of that lies there")
    assert list((tmp_path / "other").iterdir()) == []
    assert custody.sweep_orphans(kept_there) == 0
    storing.copy_store(kept_there, elsewhere, lambda _: None)
    assert custody.sweep_orphans(story.tools) == 0


# -- the commands ------------------------------------------------------------------------------------------------------


def pra(story: Story, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setattr(wiring, "service_tools", lambda: story.tools)
    return CliRunner().invoke(app, list(words))


def test_copy_command_says_what_was_done_and_fails_while_something_is_missing(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = s3.new_bucket()
    at = ["--endpoint", s3.server(), "--region", s3.REGION, "--credentials-file", str(s3.credentials())]
    first = pra(story, monkeypatch, "store", "copy", url, *at)
    assert (first.exit_code, first.stdout.splitlines(), first.stderr) == (
        0,
        [
            "2 documents were copied and read back; 0 were there already, the very same.",
            "2 sealed keys were put beside them.",
            "Every document is there. For how to go over to it, see section 16 of docs/operator.md.",
        ],
        "",
    )
    assert content(s3.a_store(url)) == content(story.tools.store)
    story.tools.store.remove(body_of(story))
    back = pra(story, monkeypatch, "store", "copy", str(tmp_path / "back"))
    assert (back.exit_code, back.stdout.splitlines()[-1]) == (1, "Documents that are not there yet: 1. Run this again.")
    assert back.stderr == f"not copied: {story.told.document_id}: The sealed file is missing.\n"


def test_doctor_tries_the_store_out(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story.clock.put(SystemClock().now())
    bucket = a_bucket(tmp_path)
    copied(story, bucket)
    for store, words in ((story.tools.store, "a folder of this machine"), (bucket, "an S3 bucket")):
        story.tools = replace(story.tools, store=store)
        kept = store.names()
        line = f"✓ sealed documents: in {words}; an object was put there, read, listed and removed"
        assert line in pra(story, monkeypatch, "doctor").stdout.splitlines()
        assert store.names() == kept
    story.tools = replace(story.tools, store=s3.a_store("s3://pra-nobody-made-it"))
    refusal = pra(story, monkeypatch, "doctor")
    assert refusal.exit_code == 1
    assert (
        "✗ sealed documents: The stored object could not be listed: there is no such bucket or container."
        in refusal.stdout.splitlines()
    )


def test_doctor_tells_of_a_store_that_is_another_services(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.clock.put(SystemClock().now())
    bucket = a_bucket(tmp_path)
    bucket.claim("ent_theirs")
    story.tools = replace(story.tools, store=bucket)
    refusal = pra(story, monkeypatch, "doctor")
    assert refusal.exit_code == 1
    (line,) = [line for line in refusal.stdout.splitlines() if line.startswith("✗")]
    assert line.startswith("✗ sealed documents: The sealed documents of another service lie there.")


# -- a store that does something else ----------------------------------------------------------------------------------


def overwriting(store: Any) -> Any:
    return Wayward(store, store.replace)


def garbling(store: Any) -> Any:
    return Wayward(store, lambda name, chunks: store.put(name, [b"".join(chunks)[::-1]]))


class Keeping(Wayward):
    def remove(self, name: str) -> None:
        """Keep it."""


class Unlisted(Wayward):
    def names(self, **_: object) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("kind", "hours", "words"),
    [
        (overwriting, 0, "The store lets one object take another's place without being told to."),
        (garbling, 0, "The store gives back something else than was put there."),
        (lambda store: Keeping(store, store.put), 0, "The store still gives what was removed from it."),
        (
            lambda store: Unlisted(store, store.put),
            0,
            "The store does not list what it holds, or its clock is far ahead of ours.",
        ),
        (
            lambda store: store,
            1,
            "The store's clock is far behind ours: what is new there would be taken for left behind.",
        ),
        (lambda store: store, -1, "The store does not list what it holds, or its clock is far ahead of ours."),
    ],
)
def test_store_that_does_not_do_what_is_relied_on_is_found_out(
    tmp_path: Path, kind: Callable[[Any], Any], hours: int, words: str
) -> None:
    store = a_bucket(tmp_path)
    with pytest.raises(Broken) as caught:
        try_out(kind(store), SystemClock().now() + timedelta(hours=hours))
    assert caught.value.detail == words
    if kind.__name__ != "<lambda>" or hours:
        assert store.names() == []
