"""A statement beside the log: what contradicts, what is only evidence, and when somebody is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.rules.account import LoggedFact
from app.rules.chasing import Chase, Chased, chase_due, working_morning
from app.rules.errors import Malformed
from app.rules.openings_seen import OpeningSeen, openings_seen
from app.rules.recalls import Answered, closing_lacks, compare
from app.rules.statements import Did, Statement, check_statement
from app.rules.workingdays import counting
from tests.build import london

READ = OpeningSeen("opn_1", "AAAA-1111", True, 900, False, True, ("ent_1", "ent_2"))
FETCHED = replace(READ, revealed=False)
ASKED_FOR = OpeningSeen("opn_1", "AAAA-1111", entry_ids=("ent_1",))
LOST = replace(ASKED_FOR, end_unknown=True)
WORKED = counting(frozenset({date(2026, 4, 3), date(2026, 4, 6)}))  # Good Friday and Easter Monday


@pytest.mark.parametrize(
    ("did", "seen", "found"),
    [
        (Did.NOT_OPENED, [], []),
        (Did.NOT_OPENED, [ASKED_FOR], []),
        (Did.NOT_OPENED, [READ], [("log_says_otherwise", True)]),
        (Did.NOT_OPENED, [FETCHED], [("log_says_otherwise", True), ("fetched_not_revealed", False)]),
        (Did.NOT_OPENED, [LOST], [("fetched_not_revealed", False)]),
        (Did.NOT_OPENED, [replace(ASKED_FOR, revealed=True)], [("log_says_otherwise", True)]),
        (Did.OPENED_AND_DELETED, [READ], []),
        (Did.OPENED_AND_DELETED, [], [("known_from_elsewhere", True)]),
        (Did.OPENED_AND_DELETED, [ASKED_FOR], [("known_from_elsewhere", True)]),
        (Did.OPENED_AND_DELETED, [FETCHED], [("known_from_elsewhere", True), ("fetched_not_revealed", False)]),
        (Did.OPENED_AND_DELETED, [READ, replace(FETCHED, opening_id="opn_2")], [("fetched_not_revealed", False)]),
        (Did.OPENED_AND_KEPT, [READ], [("still_held", False)]),
    ],
)
def test_statement_is_compared_with_what_the_log_shows(
    did: Did, seen: list[OpeningSeen], found: list[tuple[str, bool]]
) -> None:
    stated = Statement(did, kept_where="A drawer" if did is Did.OPENED_AND_KEPT else "")
    assert [(one.kind.value, one.contradicts) for one in compare(stated, seen)] == found


def test_contradiction_names_the_entries_and_never_says_that_somebody_read() -> None:
    (first, second) = compare(Statement(Did.NOT_OPENED), [FETCHED])
    assert first.entry_ids == second.entry_ids == ("ent_1", "ent_2")
    assert first.words == "They state that nothing was opened; the log shows 1 copy sent whole."
    assert second.words == (
        "Opening AAAA-1111: a whole copy may have arrived, and its passphrase was never shown. That copy could not "
        "have been read with a passphrase from this service. The log cannot know of any other copy."
    )


def test_forwarding_and_printing_are_found_beside_the_rest() -> None:
    stated = Statement(Did.OPENED_AND_DELETED, printed=True, forwarded_to="A colleague")
    assert [one.kind.value for one in compare(stated, [READ])] == ["forwarded", "still_held"]


@pytest.mark.parametrize(
    ("stated", "where"),
    [
        (Statement(Did.OPENED_AND_KEPT), "kept_where"),
        (Statement(Did.OPENED_AND_DELETED, kept_where="A drawer"), "kept_where"),
        (Statement(Did.NOT_OPENED, printed=True), "printed"),
    ],
)
def test_statement_that_contradicts_itself_is_not_taken(stated: Statement, where: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_statement(stated)
    assert refused.value.extra["errors"][0]["where"] == where


def test_openings_are_gathered_from_entries_and_a_copy_without_an_end_is_unknown() -> None:
    def entry(number: int, kind: str, outcome: str, **said: object) -> LoggedFact:
        at = london(2026, 3, 9, 9, 30) + timedelta(minutes=number)
        return LoggedFact(f"ent_{number}", at, kind, outcome, "", {"opening_id": "opn_1", "number": "K", **said})

    whole = [
        entry(1, "access_decided", "permitted"),
        entry(2, "copy_started", "permitted"),
        entry(3, "copy_outcome", "aborted", sent_bytes=10),
        entry(4, "copy_started", "permitted"),
        entry(5, "copy_outcome", "completed", sent_bytes=90),
        entry(6, "passphrase_revealed", "done"),
    ]
    (seen,) = openings_seen(whole)
    assert (seen.whole, seen.sent_bytes, seen.end_unknown, seen.revealed) == (True, 100, False, True)
    assert seen.entry_ids == ("ent_1", "ent_2", "ent_3", "ent_4", "ent_5", "ent_6")
    (cut,) = openings_seen(whole[:2])
    assert (cut.whole, cut.sent_bytes, cut.end_unknown, cut.anything_sent) == (False, 0, True, True)
    refusal = LoggedFact("ent_9", london(2026, 3, 9, 9, 30), "access_decided", "refused", "", {"act": "open"})
    assert openings_seen([refusal]) == ()


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([(0, 40, "aborted"), (40, 60, "completed")], True),
        ([(40, 60, "completed"), (0, 40, "completed")], True),
        ([(0, 50, "aborted"), (40, 60, "completed")], True),
        ([(40, 60, "completed")], False),
        ([(0, 30, "completed"), (40, 60, "completed")], False),
        ([(0, 40, "completed")], False),
    ],
)
def test_copy_fetched_in_parts_is_whole_only_without_a_gap(parts: list[tuple[int, int, str]], whole: bool) -> None:
    at = london(2026, 3, 9, 9, 30)
    ends = [
        LoggedFact(
            f"ent_{number}",
            at,
            "copy_outcome",
            outcome,
            "",
            {"opening_id": "opn_1", "number": "K", "sent_bytes": sent, "of_bytes": 100, "first_byte": first},
        )
        for number, (first, sent, outcome) in enumerate(parts)
    ]
    (seen,) = openings_seen(ends)
    assert (seen.whole, seen.anything_sent) == (whole, True)


@pytest.mark.parametrize(
    ("asked_at", "morning"),
    [
        (london(2026, 3, 9, 14, 0), london(2026, 3, 10, 9, 0)),
        (london(2026, 3, 10, 6, 59), london(2026, 3, 10, 9, 0)),
        (london(2026, 3, 10, 7, 1), london(2026, 3, 11, 9, 0)),
        (london(2026, 3, 27, 16, 0), london(2026, 3, 30, 9, 0)),  # over a weekend on which the clocks change
        (london(2026, 4, 2, 16, 0), london(2026, 4, 7, 9, 0)),  # over Easter
    ],
)
def test_second_reminder_goes_on_the_next_working_morning(asked_at: datetime, morning: datetime) -> None:
    assert working_morning(asked_at, WORKED) == morning


def test_chase_goes_first_then_in_the_morning_then_to_the_head_and_makes_up_for_nothing() -> None:
    asked = london(2026, 3, 9, 14, 0)
    never = Chased(asked)
    at_16, at_9, at_noon = london(2026, 3, 9, 16, 0), london(2026, 3, 10, 9, 0), london(2026, 3, 10, 12, 0)
    assert chase_due(never, WORKED, at_16 - timedelta(seconds=1)) is None
    assert chase_due(never, WORKED, at_16) is Chase.FIRST
    once = replace(never, reminded_at=at_16)
    assert chase_due(once, WORKED, at_9 - timedelta(seconds=1)) is None
    assert chase_due(once, WORKED, at_9) is Chase.SECOND
    assert chase_due(never, WORKED, at_9) is Chase.SECOND
    twice = replace(once, reminded_again_at=at_9)
    assert chase_due(twice, WORKED, at_noon - timedelta(seconds=1)) is None
    assert chase_due(twice, WORKED, at_noon) is Chase.ESCALATE
    assert chase_due(never, WORKED, at_noon + timedelta(days=9)) is Chase.ESCALATE
    assert chase_due(replace(twice, escalated_at=at_noon), WORKED, at_noon + timedelta(days=9)) is None


def test_recall_lacks_each_missing_and_each_contradicted_statement_until_there_is_a_reason() -> None:
    whole = Answered("per_1", "Adviser, Treasury", Did.NOT_OPENED, False, "")
    assert closing_lacks([whole, replace(whole, did=None, excused="On leave.")]) == ()
    assert closing_lacks([replace(whole, did=None), replace(whole, person_id="per_2", contradicted=True)]) == (
        {"where": "per_1", "what": "No statement from Adviser, Treasury, and no reason for that."},
        {"where": "per_2", "what": "What Adviser, Treasury states and the log cannot both be right, undecided."},
    )
