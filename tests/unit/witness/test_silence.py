"""Cosignatures stop, and come again: who is told, once, and what stands in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.actions import witnessing
from app.audit.entries import EntryKind
from app.rules.errors import LogDamaged
from app.rules.reasons import instant_text
from app.rules.witnesses import WitnessFault, WitnessWatch, is_silent, silence_letter
from tests.unit.witness.world import AT, Watched
from tests.unit.witness.world import watched as watched
from tests.witnesses import served

BOTH = ["alex.admin@service.gov.example", "ari.auditor@regulator.gov.example"]
LIMIT = timedelta(minutes=30)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_witness_that_falls_silent_is_told_of_once_and_its_return_too(watched: Watched) -> None:
    with watched.serving() as address:
        watched.ask()
        heard_at = watched.service.clock.now()
        port = int(address.rsplit(":", 1)[1])
    for _ in range(29):
        watched.ask(after_seconds=60)
    assert witnessing.tell_of_silence(watched.tools) == 0
    assert witnessing.witnesses_state(watched.tools) == "cosigning"
    for _ in range(2):
        watched.ask(after_seconds=60)
        witnessing.tell_of_silence(watched.tools)
    assert witnessing.tell_of_silence(watched.tools) == 0
    (silent,) = watched.service.entries(EntryKind.WITNESS_SILENT)
    assert silent["said"] == {
        "witness": watched.key.name,
        "since": instant_text(heard_at),
        "size": watched.standing()["cosigned_size"],
        "fault": "no_answer",
    }
    assert watched.letters("is silent") == BOTH
    assert watched.standing()["silent_since"] == instant_text(heard_at)
    assert witnessing.witnesses_state(watched.tools) == "silent"
    with served(watched.witness, watched.now_seconds, port):
        assert watched.ask(after_seconds=60) == 1
        watched.ask(after_seconds=61)
    (back,) = watched.service.entries(EntryKind.WITNESS_BACK)
    assert back["said"] == {"witness": watched.key.name, "since": instant_text(heard_at)}
    assert watched.letters("cosigns again") == BOTH
    assert watched.standing()["silent_since"] is None
    assert watched.incidents() == []


def test_witness_that_falls_silent_twice_is_told_of_twice(watched: Watched) -> None:
    for _ in range(2):
        with watched.serving():
            watched.ask(after_seconds=61)
        watched.ask(after_seconds=61)
        watched.ask(after_seconds=31 * 60)
        assert witnessing.tell_of_silence(watched.tools) == 1
    assert watched.letters("is silent") == sorted(BOTH * 2)


def test_witness_that_answers_while_its_silence_is_told_of_is_not_told_of(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched.serving():
        watched.ask()
    watched.ask(after_seconds=61)
    watched.ask(after_seconds=31 * 60)
    seen = [one.watch for one in witnessing.standings(watched.tools)]
    with watched.serving():
        assert watched.ask(after_seconds=61) == 1
    monkeypatch.setattr(witnessing, "_watches", lambda _: seen)  # it was looked at just before the answer came
    assert witnessing.tell_of_silence(watched.tools) == 0
    assert (watched.service.entries(EntryKind.WITNESS_SILENT), watched.letters("is silent")) == ([], [])


def test_letter_of_a_silence_sends_nobody_to_an_address_that_a_browser_cannot_open() -> None:
    watch = WitnessWatch("w", "w+00000000+x", 5, AT)
    _, body = silence_letter(watch, "https://pra.example")
    assert body.endswith(
        "A program that is signed in as you sees how each witness stands, by GET /api/v1/audit/witnesses at "
        "https://pra.example; a browser does not. The operator sees it by pra doctor.\n"
    )


def test_service_that_was_off_for_hours_does_not_blame_its_witness(watched: Watched) -> None:
    with watched.serving():
        watched.ask()
    watched.service.clock.forward(hours=5)
    watched.ask(after_seconds=0)  # the first question after the start meets nobody yet
    assert witnessing.tell_of_silence(watched.tools) == 0
    with watched.serving():
        assert watched.ask(after_seconds=60) == 1
    assert watched.service.entries(EntryKind.WITNESS_SILENT) == []


@pytest.mark.parametrize(
    ("heard", "failing", "asked", "silent"),
    [
        (29, 29, 0, False),
        (30, 30, 0, True),
        (300, 1, 0, False),
        (300, 30, 0, True),
        (30, None, 0, False),
        (30, None, 30, True),
        (None, 30, 0, True),
    ],
)
def test_silence_is_counted_from_what_was_heard_and_asked(
    heard: int | None, failing: int | None, asked: int, silent: bool
) -> None:
    watch = WitnessWatch(
        "w",
        "w+00000000+x",
        5,
        AT - minutes(1000),
        asked_at=AT - minutes(asked),
        answered_at=None if heard is None else AT - minutes(heard),
        failing_since=None if failing is None else AT - minutes(failing),
    )
    assert is_silent(watch, AT, LIMIT) is silent


def test_doctor_tells_of_each_witness_and_stops_at_one_that_contradicts(watched: Watched) -> None:
    assert witnessing.describe_witnesses(watched.tools) == "none is configured"
    with watched.serving():
        assert "not asked yet" in witnessing.describe_witnesses(watched.tools)
        watched.ask()
        at = instant_text(watched.service.clock.now())
        assert witnessing.describe_witnesses(watched.tools) == f"{watched.key.name} last cosigned {at}"
    watched.grow(2)
    watched.ask()
    assert witnessing.describe_witnesses(watched.tools) == (
        f"{watched.key.name} last cosigned {at}, 2 entries behind; it does not answer"
    )
    from app.records import witnesses

    with watched.tools.transaction() as tx:
        (watch,) = witnesses.watches(tx.connection, [watched.key.to_text()])
        (taken,) = witnesses.take(tx.connection, [watch.vkey], AT + minutes(60), by="x", until=AT + minutes(61))
        assert witnesses.unheard(
            tx.connection, taken, AT, by="x", fault=WitnessFault.CONTRADICTS, due_at=AT + minutes(61)
        )
    with pytest.raises(LogDamaged, match="contradicts"):
        witnessing.describe_witnesses(watched.tools)
