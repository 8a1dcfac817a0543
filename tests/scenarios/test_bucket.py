"""A whole story with its documents in a bucket; and the same bucket under hands that alter, swap and lose."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import httpx2
import obstore
import pytest

from app.actions import copies, custody, openings
from app.audit.entries import EntryKind
from app.rules.errors import Broken, Unavailable
from app.worker.loop import Worker
from tests import azure, s3
from tests.between import Answer, Asked, PassOn, as_it_is, between
from tests.build import london
from tests.faults.failing import anew
from tests.story import CHANCELLOR, FIGURES, Story, done
from tests.unit.documents.world import World
from tests.world import MEBIBYTE

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

PUBLISHED = london(2016, 7, 20, 9, 30)
PREPARED = london(2016, 7, 13, 9)
WITHHELD = "The stored document was altered, cut or lost. Not one doubtful byte is served."


def story_in(folder: Path, url: str, *, database_url: str | None = None, endpoint: str | None = None) -> Story:
    """A story whose documents lie in a bucket."""
    story = Story(folder, PREPARED, database_url=database_url)
    cloud = azure if url.startswith("az:") else s3
    store = cloud.a_store(url, endpoint=endpoint, timeout_seconds=2, clock=story.clock)
    story.tools = replace(story.tools, store=store)
    return story


def ready_story(folder: Path, url: str, **how: str | None) -> Story:
    story = story_in(folder, url, **how)
    story.ready(PUBLISHED, CHANCELLOR)
    story.clock.at = london(2016, 7, 19, 10)
    return story


def incidents(story: Story) -> list[str]:
    return [incident["kind"] for incident in story.incidents()]


@pytest.mark.parametrize("cloud", [s3, azure], ids=["s3", "azure"])
def test_document_is_uploaded_to_a_bucket_opened_copied_and_read_from_it(tmp_path: Path, cloud: ModuleType) -> None:
    url = cloud.new_bucket()
    story = ready_story(tmp_path, url)
    assert story.reads(CHANCELLOR) == FIGURES
    bucket = story.tools.store._bucket
    lying = {meta["path"]: bytes(obstore.get(bucket, meta["path"]).bytes()) for meta in obstore.list(bucket).collect()}
    (name,) = [name for name in lying if not name.endswith(".escrow")]
    assert sorted(lying) == [name, f"{name}.escrow"]
    assert [body.startswith(b"age-encryption.org/v1\n") for body in lying.values()] == [True, True]
    assert [FIGURES in body for body in lying.values()] == [False, False]
    assert list((tmp_path / "sealed").iterdir()) == []


def test_two_services_share_a_bucket_and_each_opens_what_the_other_took(tmp_path: Path, any_database_url: str) -> None:
    url = s3.new_bucket()
    story = ready_story(tmp_path, url, database_url=any_database_url)
    ours = story.tools
    story.tools = anew(ours, store=s3.a_store(url, clock=story.clock))
    assert story.reads(CHANCELLOR) == FIGURES
    assert [custody.sweep_orphans(tools) for tools in (ours, story.tools)] == [0, 0]
    story.tools.database.close()
    story.tools = ours
    assert story.reads(CHANCELLOR) == FIGURES
    story.tools.database.close()


def test_service_with_other_records_removes_nothing_from_a_bucket_that_is_not_its_own(tmp_path: Path) -> None:
    url = s3.new_bucket()
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    story = ready_story(tmp_path / "ours", url)
    assert custody.sweep_orphans(story.tools) == 0
    other = story_in(tmp_path / "theirs", url)
    other.clock.forward(days=4_000)  # by which every object is old
    with pytest.raises(Broken) as caught:
        custody.sweep_orphans(other.tools)
    assert caught.value.detail.startswith("The sealed documents of another service lie there.")
    assert story.reads(CHANCELLOR) == FIGURES


def test_service_on_the_bucket_of_another_does_not_start(tmp_path: Path) -> None:
    story = story_in(tmp_path, s3.new_bucket())
    story.tools.store.claim("ent_theirs")
    with pytest.raises(Broken) as caught, Worker(story.tools).running():
        pass
    assert caught.value.detail.startswith("The sealed documents of another service lie there.")


def bodies(story: Story) -> list[str]:
    return [name for name in story.tools.store.names() if not name.endswith(".escrow")]


def uploaded(story: Story) -> httpx2.Response:
    """Another document of the release, of the same length."""
    path = f"/releases/{story.told.release_id}/documents"
    headers = {"Content-Type": "text/csv"}
    content = FIGURES.replace(b"120455", b"777777")
    return story.post(story.statistician, path, params={"file_name": "late.csv"}, content=content, headers=headers)


def unwilling(asked: Asked, pass_on: PassOn) -> Answer:
    return Answer(503)


def altered(content: bytes) -> bytes:
    return content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]


@pytest.mark.parametrize("harm", ["altered", "cut", "missing", "swapped"])
def test_document_that_was_harmed_in_the_bucket_gives_no_byte_and_opens_an_incident(tmp_path: Path, harm: str) -> None:
    story = ready_story(tmp_path, s3.new_bucket())
    store, bucket = story.tools.store, story.tools.store._bucket
    (name,) = bodies(story)
    with store.open(name) as source:
        sealed = source.read_at(0, source.size_bytes)
    if harm == "missing":
        store.remove(name)
    elif harm == "swapped":
        uploaded(story)
        (other,) = set(bodies(story)) - {name}
        with store.open(other) as source:
            store.replace(name, [source.read_at(0, source.size_bytes)])
        store.replace(other, [sealed])
    else:
        obstore.put(bucket, name, altered(sealed) if harm == "altered" else sealed[:-20])
    opening = done(story.opens(CHANCELLOR), 201)
    copy = story.fetches(CHANCELLOR, opening)
    if harm == "altered":  # which shows only where the document's bytes are to begin: nothing is sent
        assert (copy.status_code, copy.content) == (200, b"")
    else:
        assert (copy.status_code, copy.json()["code"], copy.json()["detail"]) == (500, "seal_broken", WITHHELD)
    assert incidents(story) == ["seal_broken"]
    (outcome,) = story.entries(EntryKind.COPY_OUTCOME)
    assert (outcome["outcome"], outcome["said"]["sent_bytes"]) == ("aborted", 0)


def test_bucket_that_does_not_answer_is_a_clear_problem_for_each_and_no_incident(tmp_path: Path) -> None:
    url = s3.new_bucket()
    with between(s3.server()) as line:
        story = ready_story(tmp_path, url, endpoint=line.address)
        opening = done(story.opens(CHANCELLOR), 201)
        line.manner = unwilling
        copy = story.fetches(CHANCELLOR, opening)
        assert (copy.status_code, copy.json()["code"]) == (503, "unavailable")
        upload = uploaded(story)
        assert (upload.status_code, upload.json()["code"]) == (503, "unavailable")
        assert url.split("/")[2] not in copy.text + upload.text
        line.manner = as_it_is
        assert story.fetches(CHANCELLOR, opening).status_code == 200
        story.reads(CHANCELLOR)
    assert incidents(story) == []
    assert [entry["outcome"] for entry in story.entries(EntryKind.COPY_OUTCOME)] == [
        "aborted",
        "completed",
        "completed",
    ]


def test_bucket_that_falls_silent_in_the_midst_of_a_copy_ends_it_on_record(tmp_path: Path) -> None:
    """What was sent is sound, no incident is opened, and the same opening can be fetched anew."""
    url, content = s3.new_bucket(), os.urandom(9 * MEBIBYTE)
    with between(s3.server()) as line:
        world = World(tmp_path)
        store = s3.a_store(url, endpoint=line.address, timeout_seconds=2)
        world.tools = replace(world.tools, store=store)
        document = world.fixed(content, "figures.bin", "application/octet-stream")
        world.sign(world.minister.person_id)
        actor = world.actor(world.minister.person_id)
        opening = openings.open_document(world.tools, actor, document.card.document_id)
        reads: list[str] = []

        def fall_silent(asked: Asked, pass_on: PassOn) -> Answer:
            reads.extend([asked.path] if asked.method == "GET" else [])
            return Answer(500) if len(reads) > 2 else pass_on(asked)

        line.manner = fall_silent
        broken = copies.begin(world.tools, actor, opening.opening_id)
        with pytest.raises(Unavailable):
            sent_over(broken)
        broken.close(handed_over_whole=False)
        line.manner = as_it_is
        whole = copies.begin(world.tools, actor, opening.opening_id)
        sent_over(whole)
        whole.close(handed_over_whole=True)
    said = [(one["outcome"], one["said"]["sent_bytes"]) for one in world.service.entries(EntryKind.COPY_OUTCOME)]
    assert said == [("aborted", broken.sent_bytes), ("completed", whole.part.of_bytes)]
    assert 0 < broken.sent_bytes < len(content)
    assert world.service.entries(EntryKind.INCIDENT_OPENED) == []


def sent_over(delivery: copies.Delivery) -> None:
    while group := delivery.next_group():
        delivery.handing_over(len(group))
