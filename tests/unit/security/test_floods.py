"""Attack: send rubbish without signing in, as fast as one can, and fill the log with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import refusals
from app.actions.tools import Policy
from app.audit.entries import EntryKind
from app.audit.folding import KINDS_NAMED, Refusals, kind_of
from app.rules.errors import Unavailable
from app.worker.loop import Worker
from tests.build import london
from tests.service import Service

ENTRIES_PER_MINUTE = Policy().refusals_of_strangers_per_minute
AT = london(2026, 3, 10, 9, 30)
NOT_SIGNED_IN = {"code": "not_signed_in", "method": "GET", "route": "/api/v1/me"}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path, AT)


def knock(service: Service, times: int, **asked: str) -> list[str | None]:
    """Knock without a token; gives the receipt of each refusal."""
    answers = [service.client.request(asked.get("method", "GET"), "/api/v1/me") for _ in range(times)]
    assert {answer.status_code for answer in answers} == ({405} if asked else {401})
    return [answer.json().get("instance") for answer in answers]


def test_flood_of_a_stranger_becomes_the_first_entries_and_one_count(service: Service) -> None:
    before = len(service.entries())
    receipts = knock(service, 300)
    own = service.entries(EntryKind.REQUEST_REFUSED)
    quoted = [f"/api/v1/audit/entries/{one['id']}/receipt" for one in own]
    assert receipts == [*quoted, *[None] * (300 - ENTRIES_PER_MINUTE)]
    refusals.fold_refusals(service.tools)
    assert len(service.entries()) == before + ENTRIES_PER_MINUTE  # the minute is not over
    service.clock.forward(minutes=1)
    refusals.fold_refusals(service.tools)
    refusals.fold_refusals(service.tools)
    assert len(service.entries()) == before + ENTRIES_PER_MINUTE + 1
    (folded,) = service.entries(EntryKind.REFUSALS_FOLDED)
    assert (folded["outcome"], folded["said"]) == (
        "refused",
        {
            "from_at": "2026-03-10T09:30:00.000Z",
            "until_at": "2026-03-10T09:31:00.000Z",
            "count": 280,
            "kinds": [{**NOT_SIGNED_IN, "count": 280}],
            "kinds_more": 0,
        },
    )


def test_minute_that_is_over_is_written_by_the_next_refusal(service: Service) -> None:
    knock(service, ENTRIES_PER_MINUTE + 3)
    service.clock.forward(seconds=60)
    (receipt,) = knock(service, 1)
    assert [one["said"]["count"] for one in service.entries(EntryKind.REFUSALS_FOLDED)] == [3]
    assert receipt == f"/api/v1/audit/entries/{service.entries()[-1]['id']}/receipt"


def test_refusals_of_somebody_we_know_are_each_an_entry_in_the_midst_of_a_flood(service: Service) -> None:
    sat = service.producer()
    headers = service.headers(next(iter(sat.people.values())))
    knock(service, ENTRIES_PER_MINUTE + 1)
    before = len(service.entries(EntryKind.REQUEST_REFUSED))
    answers = [service.client.get(f"/api/v1/releases/rel_{'0' * 24}", headers=headers) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {404}
    own = service.entries(EntryKind.REQUEST_REFUSED)[before:]
    assert [f"/api/v1/audit/entries/{one['id']}/receipt" for one in own] == [one.json()["instance"] for one in answers]


def test_method_that_a_stranger_makes_up_is_not_kept(service: Service) -> None:
    knock(service, ENTRIES_PER_MINUTE + 2, method="X" * 5000)
    service.clock.forward(minutes=1)
    refusals.fold_refusals(service.tools)
    kinds = [one["said"]["method"] for one in service.entries(EntryKind.REQUEST_REFUSED)]
    assert kinds == ["other"] * ENTRIES_PER_MINUTE
    (folded,) = service.entries(EntryKind.REFUSALS_FOLDED)
    assert [(one["method"], one["count"]) for one in folded["said"]["kinds"]] == [("other", 2)]


def test_entry_of_many_kinds_stays_small_and_says_how_many_it_leaves_out(service: Service) -> None:
    for number in range(60):
        for _ in range(60 - number):
            kind = kind_of("not_signed_in", "DELETE", f"/api/v1/{'x' * 110}/{number}")
            service.tools.refusals.counted(kind, AT, entries_per_minute=ENTRIES_PER_MINUTE)
    service.clock.forward(minutes=1)
    refusals.fold_refusals(service.tools)
    (folded,) = service.entries(EntryKind.REFUSALS_FOLDED)
    assert folded["said"]["count"] == sum(range(1, 61)) - ENTRIES_PER_MINUTE
    counts = [one["count"] for one in folded["said"]["kinds"]]
    assert counts == [59, 58, 57, 56, 55, 54, 53, 52, 51, 50]
    assert folded["said"]["kinds_more"] == 60 - KINDS_NAMED


def test_counts_that_could_not_be_written_go_into_the_next_entry(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    knock(service, ENTRIES_PER_MINUTE + 5)
    service.clock.forward(minutes=1)

    def out(*_: object, **__: object) -> None:
        raise Unavailable("the database is out")

    with monkeypatch.context() as broken:
        broken.setattr(type(service.tools), "transaction", out)
        with pytest.raises(Unavailable):
            refusals.fold_refusals(service.tools)
    knock(service, ENTRIES_PER_MINUTE + 2)
    service.clock.forward(minutes=1)
    refusals.fold_refusals(service.tools)
    assert [one["said"]["count"] for one in service.entries(EntryKind.REFUSALS_FOLDED)] == [5, 2]


def test_worker_that_ends_writes_what_the_unfinished_minute_counted(service: Service) -> None:
    with Worker(service.tools, every_seconds=3600).running():
        knock(service, ENTRIES_PER_MINUTE + 7)
    assert [one["said"]["count"] for one in service.entries(EntryKind.REFUSALS_FOLDED)] == [7]


def test_counts_of_two_minutes_that_wait_become_one_with_both_ends() -> None:
    counting, kind = Refusals(), kind_of("not_found", "GET", "/api/v1/me")
    for minute in (0, 1):
        for _ in range(ENTRIES_PER_MINUTE + 1):
            counting.counted(kind, AT + timedelta(minutes=minute, seconds=59), entries_per_minute=ENTRIES_PER_MINUTE)
    folded = counting.take(AT + timedelta(minutes=2))
    assert folded is not None
    assert (folded.from_at, folded.until_at) == (AT, AT + timedelta(minutes=2))
    assert dict(folded.counts) == {kind: 2}
    assert counting.take(AT + timedelta(minutes=9)) is None
