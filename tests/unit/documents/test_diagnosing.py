"""“It does not open”: asked at the door about one's own opening. What was found is on record, what was typed is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.actions import documents, openings
from app.actions.diagnosing import TRIES_PER_OPENING_PER_HOUR
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.facts import ReleaseState, Role
from tests.build import london
from tests.unit.documents.world import FIGURES, INSIDE, PUBLISHES_AT, World, a_pdf, sha256

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


class Asking:
    """The minister with an opening whose passphrase was shown, and the door at which they ask."""

    def __init__(self, folder: Path, content: bytes = FIGURES, name: str = "figures.bin", **more: Any) -> None:
        self.world = World(folder, **more)
        media_type = "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
        self.document = self.world.fixed(content, name, media_type)
        self.person_id = self.world.minister.person_id
        self.world.sign(self.person_id)
        actor = self.world.actor(self.person_id)
        self.opening = openings.open_document(self.world.tools, actor, self.document.card.document_id)
        self.client = self.world.client()
        self.address = f"/api/v1/openings/{self.opening.opening_id}"

    def reveal(self) -> str:
        return openings.reveal(self.world.tools, self.world.actor(self.person_id), self.opening.opening_id).passphrase

    def fetch(self, **headers: str) -> Any:
        return self.client.get(f"{self.address}/content", headers={**self.world.headers(self.person_id), **headers})

    def ask(self, *, person_id: str = "", fresh: bool = True, **told: Any) -> Any:
        headers = self.world.headers(person_id or self.person_id, fresh=fresh)
        return self.client.post(f"{self.address}/diagnose", headers=headers, json=told)

    def codes(self, **told: Any) -> list[str]:
        return [one["code"] for one in self.ask(**told).json()["findings"]]


def test_right_passphrase_and_whole_file_are_found_so_on_record_once_and_no_access(
    tmp_path: Path, any_database_url: str | None
) -> None:
    asking = Asking(tmp_path, database_url=any_database_url)
    copy, passphrase = asking.fetch().content, asking.reveal()
    before = len(asking.world.service.entries())
    answer = asking.ask(passphrase=passphrase, size_bytes=len(copy), sha256=sha256(copy).upper())
    said = answer.json()
    assert (answer.status_code, [one["code"] for one in said["findings"]]) == (
        200,
        ["passphrase_right", "file_complete"],
    )
    assert said["window"] == {
        "state": "open",
        "detail": "Your access stands, and so does this opening.",
        "ended_at": None,
        "reasons": [],
    }
    assert said["opens_with"].startswith("A ZIP opens with 7-Zip or WinZip, not with Windows Explorer by itself")
    added = [one for one in asking.world.service.entries()[before:] if one["kind"] != EntryKind.SIGNED_IN.value]
    assert [(one["kind"], one["outcome"], one["document_id"], one["said"]) for one in added] == [
        (
            "copy_diagnosed",
            "done",
            asking.document.card.document_id,
            {
                "opening_id": asking.opening.opening_id,
                "number": asking.opening.number,
                "window": "open",
                "closed_by": [],
                "found": ["passphrase_right", "file_complete"],
            },
        )
    ]
    asking.world.service.close()


def test_what_was_typed_is_told_back_nowhere_and_kept_nowhere(tmp_path: Path) -> None:
    asking = Asking(tmp_path)
    passphrase = asking.reveal()
    typed = passphrase.title().replace("-", " ")
    answer = asking.ask(passphrase=typed)
    (found,) = answer.json()["findings"]
    assert (found["code"], found["slips"]) == ("passphrase_slips", ["case", "hyphens"])
    pairs = [f"{first}{between}{then}" for first, then in pairwise(passphrase.split("-")) for between in ("-", " ", "")]
    assert [pair for pair in pairs if pair in answer.text.lower()] == []
    with asking.world.tools.reading() as connection:
        kept = [repr(row) for table in tables.metadata.sorted_tables for row in connection.execute(table.select())]
    assert [pair for pair in pairs if any(pair in row.lower() for row in kept)] == []
    assert any(asking.opening.number in row for row in kept)  # the search does find what is there


def test_passphrase_that_was_never_shown_is_not_compared(tmp_path: Path) -> None:
    asking = Asking(tmp_path)
    assert asking.codes(passphrase="tabon-merik-solat-bidur-famel-gorit") == ["passphrase_not_revealed"]
    assert asking.opening.revealed_at is None


def test_cut_zip_says_from_where_to_go_on_and_the_rest_completes_it(tmp_path: Path) -> None:
    asking = Asking(tmp_path, os.urandom(5000))
    whole = asking.fetch()
    have = whole.content[:3000]
    (found,) = asking.ask(size_bytes=len(have), sha256=sha256(have)).json()["findings"]
    assert (found["code"], found["resume_from"]) == ("file_cut", 3000)
    assert f"3000 of the copy's {len(whole.content)} bytes" in found["detail"]
    rest = asking.fetch(**{"Range": f"bytes={found['resume_from']}-", "If-Range": whole.headers["etag"]})
    have += rest.content
    assert (rest.status_code, asking.codes(size_bytes=len(have), sha256=sha256(have))) == (206, ["file_complete"])


def test_zip_of_which_another_copy_may_be_held_is_to_be_fetched_whole(tmp_path: Path) -> None:
    asking = Asking(tmp_path, os.urandom(5000))
    first = asking.fetch().content
    asking.world.change_release(publishes_at=london(2026, 3, 10, 9, 0))
    asking.fetch()
    (found,) = asking.ask(size_bytes=3000).json()["findings"]
    assert (found["code"], found["resume_from"]) == ("file_differs", None)
    assert asking.codes(sha256=sha256(first)) == ["file_differs"]


def test_pdf_made_anew_each_time_is_compared_with_the_copy_that_was_sent_last(tmp_path: Path) -> None:
    asking = Asking(tmp_path, a_pdf(), "bulletin.pdf")
    assert asking.codes(size_bytes=10) == ["file_not_fetched"]
    first = asking.fetch().content
    (cut,) = asking.ask(size_bytes=len(first) - 1).json()["findings"]
    assert (cut["code"], cut["resume_from"], cut["remedy"]) == (
        "file_cut",
        None,
        "Delete what you have and fetch the whole copy again.",
    )
    assert asking.codes(size_bytes=len(first)) == ["file_length_right"]
    assert asking.codes(sha256=sha256(first)) == ["file_complete"]
    second = asking.fetch().content
    assert (asking.codes(sha256=sha256(first)), asking.codes(sha256=sha256(second))) == (
        ["file_differs"],
        ["file_complete"],
    )
    assert asking.codes(size_bytes=10) == ["file_differs"]  # it may be the first one, or its start


def recall(asking: Asking) -> None:
    row = asking.document
    documents.recall_document(
        asking.world.tools,
        asking.world.staff(Role.LEAD_OFFICIAL),
        row.card.document_id,
        reason="A table is from the wrong month.",
        revision=row.revision,
    )


def publish(asking: Asking) -> None:
    asking.world.clock.put(PUBLISHES_AT)
    asking.world.change_release(state=ReleaseState.PUBLISHED, published_at=PUBLISHES_AT)


def instant(at: Any) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    ("close", "code", "source", "since", "until", "found"),
    [
        (recall, "document_recalled", "Producer policy: recalls", INSIDE, None, "not_compared"),
        (
            lambda asking: asking.world.suspend(asking.person_id),
            "suspended",
            "SI 2008/2998 Sch. para 3(1)(e)",
            INSIDE,
            None,
            "not_compared",
        ),
        (
            lambda asking: asking.world.change_release(publishes_at=london(2026, 3, 11, 9, 30)),
            "window_not_open",
            "SI 2008/2998 Sch. para 4",
            None,
            london(2026, 3, 10, 9, 30),
            "not_compared",
        ),
        (publish, "already_published", "SI 2008/2998 Sch. para 6(1)", PUBLISHES_AT, None, "passphrase_right"),
    ],
)
def test_closed_window_is_told_first_with_its_instant_and_clause(
    tmp_path: Path,
    close: Callable[[Asking], None],
    code: str,
    source: str,
    since: Any,
    until: Any,
    found: str,
) -> None:
    asking = Asking(tmp_path)
    passphrase = asking.reveal()
    close(asking)
    refused = len(asking.world.service.entries(EntryKind.ACCESS_DECIDED))
    said = asking.ask(passphrase=passphrase).json()
    (reason,) = said["window"]["reasons"]
    assert (said["window"]["state"], [one["code"] for one in said["findings"]]) == ("closed", [found])
    assert (reason["code"], reason["source"], reason["since"], reason["until"]) == (
        code,
        source,
        since and instant(since),
        until and instant(until),
    )
    assert said["window"]["detail"] == reason["detail"]
    assert len(asking.world.service.entries(EntryKind.ACCESS_DECIDED)) == refused  # no attempt at an access


def test_opening_that_ran_out_or_was_ended_is_told_apart_from_a_closed_window(tmp_path: Path) -> None:
    asking = Asking(tmp_path)
    asking.world.clock.put(asking.opening.expires_at)
    window = asking.ask().json()["window"]
    assert (window["state"], window["ended_at"], window["reasons"]) == (
        "opening_ended",
        instant(asking.opening.expires_at),
        [],
    )
    assert window["detail"].startswith("This opening ran out on Monday 9 March 2026, 3:00pm (UK time).")


def test_opening_that_its_owner_ended_says_so(tmp_path: Path) -> None:
    asking = Asking(tmp_path)
    openings.stop_opening(asking.world.tools, asking.world.actor(asking.person_id), asking.opening.opening_id)
    window = asking.ask().json()["window"]
    assert (window["state"], window["ended_at"]) == ("opening_ended", instant(INSIDE))
    assert window["detail"].startswith("This opening was ended: ended by the recipient.")


def test_somebody_else_is_told_that_nothing_is_there_and_a_stale_sign_in_is_refused(tmp_path: Path) -> None:
    asking = Asking(tmp_path)
    other = asking.world.listed("Olu Other", "olu@examples.gov.example", "Permanent Secretary")
    answers = [asking.ask(person_id=other.person_id), asking.ask(fresh=False)]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (404, "not_found"),
        (403, "fresh_sign_in_required"),
    ]
    assert asking.world.service.entries(EntryKind.COPY_DIAGNOSED) == []


def test_more_tries_than_ten_within_an_hour_are_refused_until_it_is_over(
    tmp_path: Path, any_database_url: str | None
) -> None:
    asking = Asking(tmp_path, database_url=any_database_url)
    answers = [asking.ask(passphrase="wrong") for _ in range(TRIES_PER_OPENING_PER_HOUR + 1)]
    assert [one.status_code for one in answers] == [200] * TRIES_PER_OPENING_PER_HOUR + [429]
    assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("too_many_tries", "3600")
    assert answers[-1].json()["detail"] == "Too many questions about this opening. Wait 60 minutes."
    asking.world.clock.forward(hours=1)
    assert asking.ask(passphrase="wrong").status_code == 200
    assert len(asking.world.service.entries(EntryKind.COPY_DIAGNOSED)) == TRIES_PER_OPENING_PER_HOUR + 1
    asking.world.service.close()


@pytest.mark.parametrize(
    "told",
    [
        {"passphrase": ""},
        {"passphrase": "x" * 301},
        {"passphrase": "xxx\x00"},
        {"size_bytes": -1},
        {"sha256": "ab"},
        {"file": "x"},
    ],
)
def test_what_cannot_be_read_is_refused_without_repeating_it(tmp_path: Path, told: dict[str, Any]) -> None:
    answer = Asking(tmp_path).ask(**told)
    assert (answer.status_code, answer.json()["code"], "xxx" in answer.text) == (422, "invalid_request", False)
