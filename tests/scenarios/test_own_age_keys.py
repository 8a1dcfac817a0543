"""A reader's own age key: their copy opens with it before Debian's age, carries the mark, and has no passphrase."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from app.vault.age import Identity, new_identity
from app.vault.trace import marks_in
from tests.build import london
from tests.needs import need_program
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, Reader, Story, done
from tests.unit.vault.samples import MADE, OPEN
from tests.unit.vault.test_copies_pdf import a_pdf

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
DAY_BEFORE = london(2026, 3, 9, 9, 30)
LOW_ORDER = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
KINDS = {
    "bulletin.pdf": ("application/pdf", a_pdf),
    "tables.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", MADE["xlsx"]),
    "tables.ods": (ODS, OPEN["ods"]),
    "claimants.csv": ("text/csv", lambda: FIGURES),
}


def told(begin: Begin, file_name: str = "claimants.csv", *readers: Reader) -> Story:
    """A release whose document is open to its readers."""
    media_type, content = KINDS[file_name]
    story = begin(london(2026, 3, 2, 9, 30))
    story.release(PUBLISHES_AT)
    story.list_with(*(readers or (CHANCELLOR,)))
    story.sealed(content(), file_name, media_type)
    story.signed_off()
    story.signed(*(readers or (CHANCELLOR,)))
    story.clock.put(DAY_BEFORE)
    return story


def registers(story: Story, who: Reader, identity: Identity) -> dict[str, Any]:
    story.signs_in(who)
    answer = story.post(who, "/me/age-keys", json={"recipient": str(identity.recipient)})
    made: dict[str, Any] = done(answer, 201)
    return made


def opens_as_age(story: Story, who: Reader = CHANCELLOR) -> Any:
    return story.post(who, f"/documents/{story.told.document_id}/openings", json={"copy_as": "age"})


def opened(copy: bytes, identity: Identity, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Open a copy as its holder does, with Debian's age and a file that holds the key."""
    key = folder / "key.txt"
    key.write_text(identity.secret_text())
    return subprocess.run([need_program("age"), "-d", "-i", key], input=copy, capture_output=True, timeout=60)


@pytest.mark.parametrize("file_name", KINDS)
def test_copy_as_age_opens_with_the_readers_own_key_and_carries_the_mark(
    begin: Begin, tmp_path: Path, file_name: str
) -> None:
    story, identity = told(begin, file_name), new_identity()
    key = registers(story, CHANCELLOR, identity)
    opening = done(opens_as_age(story), 201)
    assert (opening["copy_format"], opening["age_key_id"]) == ("age", key["age_key_id"])
    described = story.client.head(opening["content"], headers=story.headers(CHANCELLOR))
    copy = story.fetches(CHANCELLOR, opening)
    assert (copy.status_code, copy.headers["Accept-Ranges"], copy.headers["Content-Type"]) == (
        200,
        "none",
        "application/octet-stream",
    )
    assert described.headers["Content-Disposition"] == copy.headers["Content-Disposition"]
    assert f'{opening["number"]} {file_name}.age"' in copy.headers["Content-Disposition"]
    assert int(copy.headers["Content-Length"]) == len(copy.content)
    found = opened(copy.content, identity, tmp_path)
    assert (found.returncode, found.stderr) == (0, b"")
    assert {mark.number for mark in marks_in(found.stdout)} == {opening["number"]}
    other = opened(copy.content, new_identity(), tmp_path)
    assert (other.returncode, other.stdout) == (1, b"")
    if file_name.endswith(".csv"):
        with zipfile.ZipFile(io.BytesIO(found.stdout)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["READ ME FIRST - RESTRICTED.txt", file_name]
            assert archive.read(file_name) == FIGURES


def test_copy_as_age_is_on_record_with_the_key_at_each_step_and_nobody_is_shown_a_passphrase(begin: Begin) -> None:
    story, identity = told(begin), new_identity()
    key = registers(story, CHANCELLOR, identity)
    opening = done(opens_as_age(story), 201)
    story.fetches(CHANCELLOR, opening)
    refused = story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_passphrase")
    assert story.incidents() == []
    steps = [
        (leaf["kind"], leaf["outcome"], leaf["said"].get("age_key_id"))
        for leaf in story.service.entries()
        if leaf["kind"] in ("age_key_registered", "access_decided", "copy_started", "copy_outcome", "reveal_refused")
    ]
    assert steps == [
        ("age_key_registered", "done", key["age_key_id"]),
        ("access_decided", "permitted", key["age_key_id"]),
        ("copy_started", "permitted", key["age_key_id"]),
        ("copy_outcome", "completed", None),
    ]
    assert str(identity.recipient) not in str(story.service.entries())


def test_copy_as_age_without_a_key_is_refused_and_nothing_is_opened(begin: Begin) -> None:
    story = told(begin)
    story.signs_in(CHANCELLOR)
    refused = opens_as_age(story)
    assert (refused.status_code, refused.json()["code"]) == (409, "age_key_needed")
    assert story.get(CHANCELLOR, "/me/openings")["results"] == []
    assert story.reads(CHANCELLOR) == FIGURES


def test_age_key_that_has_ended_takes_no_copy_any_more(begin: Begin) -> None:
    story = told(begin)
    key = registers(story, CHANCELLOR, new_identity())
    opening = done(opens_as_age(story), 201)
    ended = story.client.delete(f"/api/v1/me/age-keys/{key['age_key_id']}", headers=story.headers(CHANCELLOR))
    assert ended.status_code == 204
    answers = (opens_as_age(story), story.fetches(CHANCELLOR, opening))
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "age_key_needed")] * 2
    again = story.client.delete(f"/api/v1/me/age-keys/{key['age_key_id']}", headers=story.headers(CHANCELLOR))
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    (listed,) = story.get(CHANCELLOR, "/me/age-keys")["results"]
    assert (listed["age_key_id"], listed["ended_at"]) == (key["age_key_id"], "2026-03-09T09:30:00.000Z")
    second = registers(story, CHANCELLOR, new_identity())
    assert done(opens_as_age(story), 201)["age_key_id"] == second["age_key_id"]


def test_age_key_is_its_owners_alone(begin: Begin) -> None:
    story = told(begin, "claimants.csv", CHANCELLOR, ADVISER)
    administrator = story.service.administrator()
    key = registers(story, CHANCELLOR, new_identity())
    for who in (ADVISER, administrator):
        tried = story.client.delete(f"/api/v1/me/age-keys/{key['age_key_id']}", headers=story.headers(who))
        assert (tried.status_code, story.get(who, "/me/age-keys")["results"]) == (404, [])
    sent = {"recipient": str(new_identity().recipient), "person_id": story.id_of(CHANCELLOR)}
    assert story.post(administrator, "/me/age-keys", json=sent).status_code == 422
    assert story.get(CHANCELLOR, "/me/age-keys")["results"] == [key]
    assert opens_as_age(story, ADVISER).json()["code"] == "age_key_needed"


def test_age_key_is_one_at_a_time_and_never_registered_twice(begin: Begin) -> None:
    story, identity = told(begin, "claimants.csv", CHANCELLOR, ADVISER), new_identity()
    registers(story, CHANCELLOR, identity)
    story.signs_in(ADVISER)
    tries = {CHANCELLOR: new_identity(), ADVISER: identity}
    answers = [story.post(who, "/me/age-keys", json={"recipient": str(one.recipient)}) for who, one in tries.items()]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "already_exists")] * 2


def test_age_key_registered_long_after_the_sign_in_needs_a_fresh_one(begin: Begin) -> None:
    story = told(begin)
    story.signs_in(CHANCELLOR)
    headers = story.headers(CHANCELLOR)
    story.clock.put(london(2026, 3, 9, 10, 30))
    sent = {"recipient": str(new_identity().recipient)}
    refused = story.client.post("/api/v1/me/age-keys", json=sent, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_sign_in_required")


@pytest.mark.parametrize("recipient", ["", "age1", LOW_ORDER, "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"])
def test_age_key_that_is_none_is_refused(begin: Begin, recipient: str) -> None:
    story = told(begin)
    story.signs_in(CHANCELLOR)
    refused = story.post(CHANCELLOR, "/me/age-keys", json={"recipient": recipient})
    assert (refused.status_code, refused.json()["code"]) == (422, "key_not_valid")


def test_open_document_copy_under_a_passphrase_is_marked_inside_its_zip(begin: Begin) -> None:
    story = told(begin, "tables.ods")
    opening = done(story.opens(CHANCELLOR), 201)
    described = story.client.head(opening["content"], headers=story.headers(CHANCELLOR))
    copy = story.fetches(CHANCELLOR, opening)
    assert (opening["copy_format"], described.headers["Accept-Ranges"]) == ("zip", "none")
    assert (copy.status_code, copy.headers["Content-Type"]) == (200, "application/zip")
    assert "ETag" not in copy.headers
    assert story.fetches(CHANCELLOR, opening).content == copy.content
    shown = done(story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal"))
    with pyzipper.AESZipFile(io.BytesIO(copy.content)) as archive:
        archive.setpassword(shown["passphrase"].encode("ascii"))
        assert archive.namelist() == ["READ ME FIRST - RESTRICTED.txt", "tables.ods"]
        inside = archive.read("tables.ods")
    assert {mark.where for mark in marks_in(inside)} == {"part meta.xml", "part styles.xml"}
    assert {mark.number for mark in marks_in(inside)} == {opening["number"]}
