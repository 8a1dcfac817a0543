"""Pages that take a file, and what surrounds them: upload, trace, recall, age keys, “It does not open”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import Request
from pyrage.x25519 import Identity
from sqlalchemy import select
from starlette.types import Message

from app.audit.entries import EntryKind
from app.records import tables
from app.rules.errors import Malformed
from app.web.files import FIELDS_LIMIT_BYTES, _Reading
from tests.build import london
from tests.faults.failing import files_holding
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story
from tests.unit.web.browser import Visitor, words

DUE = london(2026, 3, 10, 9, 30)
TABLE = b"region,claimants\nNorth,120455\nSouth,98811\n"
AGE_KEY = str(Identity.generate().to_public())


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Story]:
    story = Story(tmp_path, london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    yield story
    story.service.close()


def sent(visitor: Visitor, path: str, content: bytes, name: str = "regions.csv", **fields: str) -> Any:
    form = {"form_token": visitor.token, **fields}
    return visitor.asks("POST", path, data=form, files={"file": (name, content, "application/vnd.ms-excel")})


def documents_of(story: Story) -> list[tuple[str, str]]:
    found = story.get(story.head, f"/releases/{story.told.release_id}/documents")["results"]
    return [(one["file_name"], one["state"]) for one in found]


def test_document_is_uploaded_on_its_page_and_is_nowhere_on_disk_in_the_clear(told: Story, tmp_path: Path) -> None:
    visitor = at_pages(told, told.statistician)
    path = f"/producer/releases/{told.told.release_id}/documents"
    visitor.looks(path)
    large = TABLE + b"West,77123\n" * 200_000  # several hops, and more than is held before a form is on disk elsewhere
    answer = sent(visitor, path, large)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert ("regions.csv", "draft") in documents_of(told)
    (row,) = told.entries(EntryKind.DOCUMENT_SEALED)[-1:]
    assert row["said"]["plain_bytes"] == len(large)
    assert files_holding(tmp_path, b"West,77123\nWest,77123") == []
    assert "regions.csv" in visitor.looks(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("", b"", "Choose a file"),
        ("regions.pdf", TABLE, "regions.pdf"),
        ("a.exe", b"MZ", "program"),
    ],
)
def test_file_that_cannot_be_taken_is_told_beside_the_field(told: Story, name: str, content: bytes, says: str) -> None:
    visitor = at_pages(told, told.statistician)
    path = f"/producer/releases/{told.told.release_id}/documents"
    visitor.looks(path)
    before = documents_of(told)
    body = (
        (
            f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{visitor.token}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        ).encode()
        + content
        + b"\r\n--x--\r\n"
    )
    answer = visitor.asks("POST", path, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 422
    assert says in words(answer) or (name not in ("",) and "Error:" in words(answer))
    assert documents_of(told) == before


def test_file_without_the_token_before_it_or_from_elsewhere_is_refused_unread(told: Story) -> None:
    visitor = at_pages(told, told.statistician)
    path = f"/producer/releases/{told.told.release_id}/documents"
    visitor.looks(path)
    before = documents_of(told)
    token = f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{visitor.token}\r\n'.encode()
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
    typed = {"Content-Type": "multipart/form-data; boundary=x"}
    too_long = b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n' + b"n" * (FIELDS_LIMIT_BYTES + 1) + b"\r\n"
    for body, headers, status in (
        (file + token + b"--x--\r\n", typed, 422),
        (token + file + b"--x--\r\n", {**typed, "Sec-Fetch-Site": "cross-site"}, 403),
        (token + file + b"--x--\r\n", {"Content-Type": "application/x-www-form-urlencoded"}, 403),
        (token + too_long + file + b"--x--\r\n", typed, 422),
        (token + file + file + b"--x--\r\n", typed, 422),
        (token + file, typed, 422),
        (b"no form", typed, 422),
    ):
        assert visitor.asks("POST", path, content=body, headers=headers).status_code == status
    assert documents_of(told) == before


def test_upload_and_recall_are_not_there_for_those_who_may_not(told: Story) -> None:
    release = f"/producer/releases/{told.told.release_id}"
    (document,) = told.get(told.statistician, f"/releases/{told.told.release_id}/documents")["results"][:1]
    outsider = at_pages(told, STRANGER)
    outsider.looks("/account/age-keys")
    assert sent(outsider, f"{release}/documents", TABLE).status_code == 404
    for who in (STRANGER, told.statistician):
        visitor = at_pages(told, who)
        for path in (f"{release}/recall", f"/documents/{document['document_id']}/recall"):
            assert visitor.asks("GET", path).status_code == 404
    assert at_pages(told, CHANCELLOR).asks("GET", "/trace").status_code == 404


def test_recall_of_one_document_is_begun_on_its_page_with_a_reason(told: Story) -> None:
    visitor = at_pages(told, told.head)
    documents = f"/producer/releases/{told.told.release_id}/documents"
    visitor.looks(documents)
    link = re.search(r"/documents/doc_[0-9a-f]{24}/recall", visitor.last.text)
    assert link is not None
    said = visitor.looks(link[0])
    assert "This is done at once and cannot be taken back." in said
    revision = visitor.field("revision")
    wrong = visitor.sends(link[0], revision=revision, reason="")
    assert (wrong.status_code, told.entries(EntryKind.RECALL_BEGUN)) == (422, [])
    answer = visitor.sends(link[0], revision=revision, reason="Table 3 shows the wrong month.")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/producer/releases/{told.told.release_id}/recalls",
    )
    assert "Table 3 shows the wrong month." in visitor.looks(answer.headers["location"])


def test_recall_of_a_release_is_begun_on_its_page(told: Story) -> None:
    visitor = at_pages(told, told.lead)
    path = f"/producer/releases/{told.told.release_id}/recall"
    visitor.looks(path)
    assert visitor.sends(path, reason="Wrong month.").status_code == 422
    assert visitor.sends(path, reason="Wrong month.", what="all").status_code == 303
    assert [state for _, state in documents_of(told)] == ["recalled"]
    assert "Recall this release" not in visitor.looks(f"/producer/releases/{told.told.release_id}/recalls")


def test_copy_is_traced_on_the_page_by_its_number_and_by_the_file(told: Story) -> None:
    told.clock.put(london(2026, 3, 9, 14, 0))
    told.reads(CHANCELLOR)
    with told.tools.reading() as connection:
        number = connection.execute(select(tables.openings.c.number)).scalar_one()
    visitor = at_pages(told, told.head)
    visitor.looks("/trace")
    answer = visitor.sends("/trace/number", number=number.lower())
    assert (answer.status_code, CHANCELLOR.name in words(answer)) == (200, True)
    visitor.looks("/trace")
    found = sent(visitor, "/trace/file", b"leaked", f"RESTRICTED {number} tables.csv.zip")
    assert (found.status_code, f"Opening {number}" in words(found)) == (200, True)
    visitor.looks("/trace")
    assert "Enter the number" in words(visitor.sends("/trace/number", number=""))
    visitor.looks("/trace")
    assert "Choose the file that was found" in words(sent(visitor, "/trace/file", b"", ""))
    assert len(told.entries(EntryKind.COPY_TRACED)) == 2


def test_age_key_is_registered_on_its_page_and_a_copy_is_sealed_to_it_when_asked(told: Story) -> None:
    visitor = at_pages(told, CHANCELLOR)
    visitor.looks("/account/age-keys")
    secret = "AGE-SECRET-KEY-1QQQQ"
    for typed in (secret, f" {secret.lower()}", f"# created: today\n# public key: {AGE_KEY}\n{secret}"):
        refused = visitor.sends("/account/age-keys", recipient=typed)
        assert (refused.status_code, secret in refused.text.upper()) == (422, False)
    assert visitor.sends("/account/age-keys", recipient=AGE_KEY).status_code == 303
    assert AGE_KEY in visitor.looks("/account/age-keys")
    told.clock.put(london(2026, 3, 9, 14, 0))
    (document,) = told.get(CHANCELLOR, f"/releases/{told.told.release_id}/documents")["results"]
    visitor = at_pages(told, CHANCELLOR)
    path = f"/documents/{document['document_id']}/open"
    assert "Seal my copy to my own age key" in visitor.looks(path)
    opened = visitor.sends(path, acknowledged="yes", own_key="yes")
    assert "It opens with the private half" in visitor.looks(opened.headers["location"])
    visitor.looks("/account/age-keys")
    ended = re.search(r"/account/age-keys/agk_[0-9a-f]{24}/end", visitor.last.text)
    assert ended is not None
    assert visitor.sends(ended[0]).status_code == 303
    assert "Seal my copy" not in visitor.looks(path)


def test_copy_that_does_not_open_is_explained_and_what_was_typed_is_not_shown_again(told: Story) -> None:
    told.clock.put(london(2026, 3, 9, 14, 0))
    (document,) = told.get(CHANCELLOR, f"/releases/{told.told.release_id}/documents")["results"]
    opening = told.opens(CHANCELLOR, document["document_id"]).json()
    visitor = at_pages(told, CHANCELLOR)
    path = f"/openings/{opening['opening_id']}/diagnosis"
    visitor.looks(path)
    typed = "tabon-merik-solat-bidur-famel-gorit"
    answer = visitor.sends(path, passphrase=typed, size_bytes="12 x")
    assert (answer.status_code, typed in answer.text) == (422, False)
    answer = visitor.sends(path, passphrase=typed, size_bytes="1,024")
    assert (answer.status_code, typed in answer.text, "What we found" in words(answer)) == (200, False, True)
    assert at_pages(told, ADVISER).asks("GET", path).status_code == 404


def test_form_whose_line_has_died_without_a_word_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.files.STALLED_SECONDS", 0.01)

    async def silent() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def reads() -> None:
        request = Request({"type": "http", "method": "POST", "headers": []}, silent)
        await _Reading(request, b"x").up_to_file()

    with pytest.raises(Malformed, match="cut off"):
        anyio.run(reads)


def test_upload_of_somebody_who_was_signed_out_while_it_arrived_puts_nothing_on_record(told: Story) -> None:
    visitor = at_pages(told, told.statistician)
    path = f"/producer/releases/{told.told.release_id}/documents"
    visitor.looks(path)
    token, before = visitor.token, documents_of(told)
    elsewhere = at_pages(told, told.statistician)
    elsewhere.cookies = dict(visitor.cookies)  # the same session, in another window
    elsewhere.looks("/account")

    def arriving() -> Iterator[bytes]:
        yield f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'.encode()
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nregion,claimants\r\n'
        assert elsewhere.sends("/sign-out").status_code == 303
        yield b"North,1\r\n--x--\r\n"

    typed = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = visitor.asks("POST", path, content=arriving(), headers=typed)
    assert (answer.status_code, answer.headers.get("location", "")) == (401, "")
    assert documents_of(told) == before
