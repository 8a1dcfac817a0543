"""Every letter to those who prepare statistics or answer for a release, written from made-up facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from app.rules import (
    askingletters,
    contingency_letters,
    dayletters,
    deliveryletters,
    deputies,
    lettersubjects,
    postletters,
    readinessletters,
    readywords,
    recall_letters,
)
from app.rules.alarms import AlarmKind
from app.rules.letterexamples import ADDRESS, AT, CONTACT, GRANT, RELEASE, TO_READERS, Example
from app.rules.lettertexts import TEXTS
from app.rules.officeexamples import TO_OFFICE
from app.rules.pageconfirmations import Ended
from app.rules.readiness import Line
from app.rules.readinessfacts import Need, Standing
from app.rules.readyletters import Judged
from app.rules.recalls import Finding, FindingKind
from app.rules.rungs import Rung, Stage
from app.rules.verdicts import Verdict, VerdictKind

_DEPARTMENT = "Department for Examples"
_WHERE = f"{ADDRESS}/producer/releases/{RELEASE.release_id}"
_LINE = Line(
    Need.PAGE_CONFIRMED,
    Stage.DAY_BEFORE,
    Standing.LATE,
    AT - timedelta(days=1),
    "the publishing team",
    "Nobody has confirmed that the page is scheduled.",
)
_UNSURE = Verdict(VerdictKind.CANNOT_TELL, "The site turned the watch away.", unsure_since=AT)
_VERDICT = Verdict(VerdictKind.LIVE, "Both looks found the words that stand on the page once it is out.", public_at=AT)


def _one(subject: str, body: str) -> Callable[[], tuple[Example, ...]]:
    return lambda: (Example("", subject, body),)


def _alarm() -> tuple[Example, ...]:
    late = dayletters.not_confirmed(RELEASE, signed_off=True, known=dayletters.seen(None))
    early = f"“{RELEASE.title}”: the public page had it at 9:26am."
    kinds = {AlarmKind.NOT_CONFIRMED: ("it is not out", late), AlarmKind.EARLY: ("it came out early", early)}
    subject = dayletters.alarm_subject(RELEASE, 2, first=True)
    where = f"{ADDRESS}/alarms"
    return tuple(
        Example(case, subject, dayletters.alarm_body(summary, to_do=dayletters.TO_DO[kind], where=where, others=2))
        for kind, (case, summary) in kinds.items()
    )


def _question() -> tuple[Example, ...]:
    first = askingletters.question(RELEASE, _DEPARTMENT, _WHERE, CONTACT, again=False)
    again = askingletters.reminder(RELEASE, _DEPARTMENT, _WHERE, CONTACT, escalated=False)
    return (
        Example("it is asked", lettersubjects.question(RELEASE), first),
        Example("nobody has answered", lettersubjects.question_reminder(RELEASE), again),
    )


def _open_question() -> tuple[Example, ...]:
    late = askingletters.unanswered(RELEASE, _DEPARTMENT, AT - timedelta(days=5), _WHERE)
    nobody = askingletters.nobody_to_ask(RELEASE, _DEPARTMENT, _WHERE)
    return (
        Example("it has not answered", lettersubjects.unanswered(RELEASE, _DEPARTMENT), late),
        Example("it has nobody who could be asked", lettersubjects.nobody_to_ask(RELEASE, _DEPARTMENT), nobody),
    )


_JUDGED = (Judged("per_9d8c7b6a5f4e3d2c1b0a9f8e", f"{GRANT.post_title}, {GRANT.organisation}", told_before=True),)
_DIFFERS = (
    Finding(FindingKind.LOG_SAYS_OTHERWISE, "The log has an opening that the statement denies.", contradicts=True),
)
_LIVE = dayletters.seen_live_body(RELEASE, _VERDICT, by_itself=False, blocked=(), where=f"{_WHERE}/publication")

TO_TEAMS: Mapping[str, Callable[[], tuple[Example, ...]]] = {
    "alarm": _alarm,
    "confirmation": _question,
    "confirmation_answer": _one(
        lettersubjects.wishes(RELEASE, _DEPARTMENT),
        askingletters.wishes(RELEASE, _DEPARTMENT, ("Deputy Director, Prices: has left",), 1, _WHERE),
    ),
    "confirmation_open": _open_question,
    "declarations_unsigned": _one(
        lettersubjects.unsigned(RELEASE), askingletters.unsigned(RELEASE, ("Ana Example",), AT - timedelta(days=1))
    ),
    "deputy_asked": _one(
        lettersubjects.deputy_asked(RELEASE), deputies.request_text(RELEASE, GRANT.post_title, _DEPARTMENT, _WHERE)
    ),
    "holding_ended": _one(
        lettersubjects.post_ended(GRANT.post_title),
        postletters.holding_ended("Ana Example", GRANT.post_title, date(2026, 3, 31), (RELEASE.title,), "Co Example"),
    ),
    "page_confirmation": _one(
        lettersubjects.confirm_anew(RELEASE), readinessletters.confirm_anew(RELEASE, Ended.MOVED, f"{_WHERE}/page")
    ),
    "readiness": _one(
        readinessletters.subject(RELEASE, Rung.LEAD_OFFICIAL),
        readinessletters.body(RELEASE, Rung.LEAD_OFFICIAL, (_LINE,), f"{_WHERE}/readiness", AT - timedelta(hours=20)),
    ),
    "ready_letter_outcome": _one(
        readywords.outcome_subject(RELEASE, withheld=False),
        readywords.outcome_body(RELEASE, _JUDGED, withheld=False, at=AT),
    ),
    "seen_live": _one(lettersubjects.seen_live(RELEASE), _LIVE),
    "site_back": _one(
        lettersubjects.site_back(RELEASE), contingency_letters.site_back_body(RELEASE, AT, f"{_WHERE}/contingency")
    ),
    "statement_differs": _one(
        lettersubjects.statement_differs(RELEASE),
        recall_letters.contradicted(RELEASE, GRANT.post_title, _DIFFERS, f"{_WHERE}/recalls"),
    ),
    "statements_missing": _one(
        lettersubjects.statements_missing(RELEASE),
        recall_letters.missing(RELEASE, (f"Ana Example, {GRANT.post_title}",), f"{_WHERE}/recalls"),
    ),
    "undelivered": _one(
        deliveryletters.subject(RELEASE),
        deliveryletters.body(RELEASE, (("Ana Example", "release_moved"),), f"{_WHERE}/letters"),
    ),
    "unsure": _one(lettersubjects.unsure(RELEASE), dayletters.unsure_body(RELEASE, _UNSURE)),
    "unwatched": _one(lettersubjects.unwatched(RELEASE), dayletters.unwatched_body(RELEASE, f"{_WHERE}/watch")),
}


def examples_of(kind: str) -> tuple[Example, ...]:
    """Write every case of one kind of letter from made-up facts.

    Args:
        kind: One of ``lettertexts.TEXTS``.
    """
    return {**TO_READERS, **TO_TEAMS, **TO_OFFICE}[kind]()


def all_examples() -> dict[str, tuple[Example, ...]]:
    """Write every letter that this service writes from made-up facts, by kind."""
    return {kind: examples_of(kind) for kind in TEXTS}
