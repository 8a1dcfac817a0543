"""Every letter to people who read statistics early, written from made-up facts: how it looks when it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from app.rules import (
    askingletters,
    dayletters,
    deputies,
    letters,
    lettersubjects,
    networks,
    personletters,
    readywords,
    recall_letters,
    suspensionletters,
)
from app.rules.deputies import DeputyState
from app.rules.eligibility import window_text
from app.rules.facts import Grant, Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.lifecycle import Move

AT = datetime(2026, 3, 24, 9, 30, tzinfo=UTC)
ADDRESS = "https://pra.department.gov.example"
CONTACT = "Release desk, 01632 960000"
PRODUCER = Producer("prd_1a2b3c4d5e6f708192a3b4c5", "Office for Example Statistics")
RELEASE = Release(
    release_id="rel_5f3a9c1e7b2d4a6088c9d1e2",
    producer=PRODUCER,
    title="Example index, February 2026",
    order=Order.UK,
    sensitivity=Sensitivity.MARKET_SENSITIVE,
    state=ReleaseState.FINAL,
    publishes_at=AT,
    public_url="https://statistics.gov.example/example-index",
)
WELSH = replace(RELEASE, order=Order.WALES)
MOVED = replace(RELEASE, publishes_at=AT + timedelta(days=2))
GRANT = Grant(
    "grt_7b8c9d0e1f2a3b4c5d6e7f80", "Deputy Director, Prices", "Department for Examples", ground="briefs ministers"
)
GRANTED = replace(GRANT, ground_letter="a")
_IN_WALES = "the Welsh Order governs the release"
NAME = "Ana Example"
WHY = "The site of the publishing team is being moved."
WHERE = f"{ADDRESS}/statement"


@dataclass(frozen=True, slots=True)
class Example:
    """A letter as it goes out, from made-up facts.

    Attributes:
        case: When it is written like this, as part of a sentence; empty where there is one case alone.
    """

    case: str
    subject: str
    body: str


def example_of(case: str, letter: tuple[str, str]) -> Example:
    """Give a letter, subject and body, as the example of a case."""
    return Example(case, *letter)


def _moved(case: str, move: Move, after: Release) -> Example:
    body = letters.moved_body(RELEASE, after, move, reason=WHY, grants=(GRANT,), paused=False, contact=CONTACT)
    return Example(case, letters.moved_subject(RELEASE, move), body)


def _decided() -> tuple[Example, ...]:
    paused = replace(GRANT, paused_reason="The release was moved.")
    return (
        Example(
            "resumed",
            lettersubjects.decided(RELEASE, "access resumed"),
            letters.decided(RELEASE, GRANT, "access resumed", CONTACT),
        ),
        Example(
            "paused",
            lettersubjects.decided(RELEASE, lettersubjects.ACCESS_PAUSED),
            letters.decided(RELEASE, paused, "your access is paused", CONTACT),
        ),
    )


def _recalled() -> tuple[Example, ...]:
    why = "A table was not in its final form."
    return (
        Example(
            "to somebody who was given a copy",
            lettersubjects.recalled(RELEASE, served=True),
            recall_letters.recalled(RELEASE, NAME, why, ("K7Q2-M4XD",), WHERE, CONTACT),
        ),
        Example(
            "to somebody who was not",
            lettersubjects.recalled(RELEASE, served=False),
            recall_letters.not_to_open(RELEASE, NAME, WHERE, CONTACT),
        ),
    )


def _deputy(state: DeputyState) -> Example:
    subject = lettersubjects.deputy_decided(RELEASE, state.value)
    return Example(state.value, subject, deputies.decision_text(RELEASE, "Bo Example", state, "They are new.", CONTACT))


def _producing() -> tuple[Example, ...]:
    asked = suspensionletters.production_proposed(f"{ADDRESS}/production", "The words of the restriction stand here.")
    told = {"proposed": asked, "permitted": "From 2 March 2026 the producer may share the figures with you."}
    return tuple(
        example_of(
            state,
            suspensionletters.production_access(
                PRODUCER.name, "quality assurance", state, RELEASE.title, words, CONTACT
            ),
        )
        for state, words in told.items()
    )


TO_READERS: Mapping[str, Callable[[], tuple[Example, ...]]] = {
    "sign_in_code": lambda: (example_of("", personletters.sign_in_code(AT, ADDRESS)),),
    "list_approved": lambda: (
        Example("", lettersubjects.access_given(RELEASE), letters.invitation(RELEASE, (GRANT,), CONTACT)),
        Example(_IN_WALES, lettersubjects.access_given(WELSH), letters.invitation(WELSH, (GRANTED,), CONTACT)),
    ),
    "access_ended": lambda: (Example("", lettersubjects.access_ended(RELEASE), letters.farewell(RELEASE, CONTACT)),),
    "invitation": lambda: (
        Example("", RELEASE.title, letters.invitation(RELEASE, (GRANT,), CONTACT)),
        Example(_IN_WALES, WELSH.title, letters.invitation(WELSH, (GRANTED,), CONTACT)),
    ),
    "release_moved": lambda: (
        _moved("it gets a new time", Move.RESCHEDULE, MOVED),
        _moved("it is postponed", Move.POSTPONE, RELEASE),
        _moved("it is cancelled", Move.CANCEL, RELEASE),
        _moved("it is published", Move.DECLARE_PUBLISHED, RELEASE),
    ),
    "window_changed": lambda: (
        Example(
            "", lettersubjects.window_changed(RELEASE), letters.window_changed(RELEASE, MOVED, (GRANT,), paused=False)
        ),
    ),
    "grant_decided": _decided,
    "overdue": lambda: (Example("", dayletters.overdue_subject(RELEASE), dayletters.overdue_body(RELEASE, CONTACT)),),
    "ready_letter": lambda: (
        Example("", readywords.ready_subject(RELEASE), readywords.ready_body(RELEASE, f"{ADDRESS}/releases", CONTACT)),
        Example(
            _IN_WALES, readywords.ready_subject(WELSH), readywords.ready_body(WELSH, f"{ADDRESS}/releases", CONTACT)
        ),
    ),
    "recall": _recalled,
    "statement_missing": lambda: (
        Example(
            "", lettersubjects.statement_reminder(RELEASE), recall_letters.reminder(RELEASE, NAME, AT, WHERE, CONTACT)
        ),
    ),
    "declaration_call": lambda: (
        Example(
            "",
            lettersubjects.call_to_sign(RELEASE),
            askingletters.call_to_sign(
                RELEASE,
                window_text(GRANT, RELEASE),
                f"{ADDRESS}/declarations",
                CONTACT,
            ),
        ),
    ),
    "declaration_lapses": lambda: (
        example_of("", personletters.lapses(NAME, f"“{RELEASE.title}”", PRODUCER.name, AT, CONTACT)),
    ),
    "declaration_superseded": lambda: (example_of("", personletters.words_changed(NAME, PRODUCER.name, AT, CONTACT)),),
    "deputy_decided": lambda: (_deputy(DeputyState.APPROVED), _deputy(DeputyState.DECLINED)),
    "networks": lambda: (
        Example(
            "",
            networks.question_subject(RELEASE),
            networks.question_body(RELEASE, "K7Q2-M4XD", AT, where=f"{ADDRESS}/openings", contact=CONTACT),
        ),
    ),
    "production_access": _producing,
    "training": lambda: (example_of("", personletters.training_ends(PRODUCER.name, date(2026, 4, 30), CONTACT)),),
}
