"""Every letter to those who answer for the service, or for what went wrong, written from made-up facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from app.rules import (
    actionletters,
    clockletters,
    erasureletters,
    lettersubjects,
    officeletters,
    personletters,
    providerletters,
    secondletters,
    suspensionletters,
    textletters,
    witnesses,
)
from app.rules.actionletters import Letter
from app.rules.headclock import HeadClock
from app.rules.incidents import KIND_WORDS, IncidentKind
from app.rules.letterexamples import ADDRESS, AT, CONTACT, NAME, PRODUCER, RELEASE, Example, example_of
from app.rules.preparedtexts import TextKind
from app.rules.reportparts import CorrectiveAction
from app.rules.retention import PersonRecord, person_reasons
from app.rules.scans import Scanned, ScanState
from app.rules.textstandings import Hold
from app.rules.webhookletters import stopped_letter
from app.rules.webhooks import PostAnswer, StoppedBecause
from app.rules.witnesses import WitnessFault, WitnessWatch

_WHERE = f"{ADDRESS}/producer/releases/{RELEASE.release_id}"
_INCIDENT = f"{ADDRESS}/producer/incidents/inc_0a1b2c3d4e5f60718293a4b5"
_EARLY = KIND_WORDS[IncidentKind.EARLY_PUBLICATION]
_CLOCK = HeadClock(AT, None, None, stopped=False, at_once="P2/8", at=AT + timedelta(days=1))
_ACTION = CorrectiveAction(
    "cac_0a1b2c3d4e5f60718293a4b5",
    "inc_0a1b2c3d4e5f60718293a4b5",
    "Two people look at each timed message before it is set",
    long_term=True,
    owner="Head of publishing",
    due_on=date(2026, 3, 31),
    added_at=AT,
    added_by="per_9d8c7b6a5f4e3d2c1b0a9f8e",
)
_WATCH = WitnessWatch("witness.regulator.example/w1", "", 4096, AT, answered_at=AT, fault=WitnessFault.NO_ANSWER)
_MALWARE = Scanned(ScanState.FOUND, signature="Example.Signature", engine="ClamAV 1.4", signatures="27500")
_CLOSED = secondletters.closed_day_waits(PRODUCER.name, date(2026, 4, 7))
_ANNUAL = "The annual list of statistics with pre-release access for 2025 is due on 31 March 2026."


def _one(subject: str, body: str) -> Callable[[], tuple[Example, ...]]:
    return lambda: (Example("", subject, body),)


def _actions() -> tuple[Example, ...]:
    return tuple(
        Example(
            letter.name.lower().replace("_", " "),
            actionletters.subject_of(letter, 7, rehearsal=False),
            actionletters.body_of(
                letter, _ACTION, number=7, where=_INCIDENT, waited_for=False, is_owner=True, owner_told=True
            ),
        )
        for letter in Letter
    )


def _incident() -> tuple[Example, ...]:
    summary = "The page was public 4 minutes before the time set."
    return (
        Example("it is put on record", *officeletters.incident_opened("Incident", 7, _EARLY, summary, _INCIDENT)),
        Example("more is known of it", *officeletters.incident_completed(7, _EARLY, summary, _INCIDENT, closed=False)),
    )


def _incident_clock() -> tuple[Example, ...]:
    told = clockletters.told_for_you(7, "24 March 2026, 10am", "By telephone.", _INCIDENT)
    return (
        Example("nobody has told the head", *clockletters.untold(_CLOCK, 7, _EARLY, _INCIDENT)),
        Example("it is neither reported nor closed", *clockletters.unreported(_CLOCK, 7, _EARLY, _INCIDENT)),
        Example("somebody put on record that the head was told", *told),
    )


def _reapplication() -> tuple[Example, ...]:
    made = officeletters.reapplication_made(
        PRODUCER.name, "Ana Example", "Ana Example", "I have done the training.", _WHERE
    )
    said = suspensionletters.reapplication_decided(
        PRODUCER.name, "approved", "Training was done.", CONTACT, approved=True
    )
    return Example("it is made", *made), Example("it is decided", *said)


def _watch() -> tuple[Example, ...]:
    silent = witnesses.silence_letter(_WATCH, ADDRESS)
    return Example("it is silent", *silent), Example("it is back", *witnesses.return_letter(_WATCH, AT))


def _suspended() -> tuple[Example, ...]:
    name, who = PRODUCER.name, "Ana Example"
    return (
        example_of("it begins", suspensionletters.suspended(name, who, "A copy was forwarded.", "training.", CONTACT)),
        example_of(
            "its conditions change",
            suspensionletters.conditions_changed(name, who, "New training.", "training.", CONTACT),
        ),
        example_of("it ends", suspensionletters.reinstated(name, who, "Training was done.", CONTACT)),
    )


def _failures() -> tuple[Example, ...]:
    on, name = date(2026, 2, 3), PRODUCER.name
    kept = personletters.failure_recorded(name, "A copy was forwarded.", on, CONTACT)
    gone = personletters.failure_withdrawn(name, on, "It was somebody else.", CONTACT)
    return example_of("it is put on record", kept), example_of("it is withdrawn", gone)


def _texts_held() -> tuple[Example, ...]:
    cases = {Hold.LATE: "publication is late", Hold.POSTPONED: "it is postponed", Hold.CANCELLED: "it is cancelled"}
    return tuple(
        Example(
            case,
            textletters.held_subject(RELEASE, barred=hold is Hold.CANCELLED),
            textletters.held_body(RELEASE, (hold,), f"{_WHERE}/texts"),
        )
        for hold, case in cases.items()
    )


def _text_ready() -> tuple[Example, ...]:
    ready = textletters.ready_body(RELEASE, TextKind.TWEET, AT, f"{_WHERE}/texts", in_stead=False)
    return (Example("", textletters.ready_subject(RELEASE), ready),)


def _provider() -> tuple[Example, ...]:
    whose, page = "Department for Examples", f"{ADDRESS}/admin/providers"
    named = (whose, "https://login.department.gov.example", ("department.gov.example",), "Bo Example", page)
    now = ("its people can have codes by e-mail too", "it has another secret")
    return (
        example_of("it is proposed", providerletters.proposed(*named)),
        example_of("it is approved", providerletters.approved(*named)),
        example_of("it is changed", providerletters.changed(whose, now, "Bo Example", page)),
        example_of("somebody is unbound", providerletters.unbound("Ana Example", "Bo Example", f"{ADDRESS}/admin")),
    )


def _not_erased() -> tuple[Example, ...]:
    kept = person_reasons((), AT.date(), on_record=(PersonRecord("a suspension", PRODUCER.name, date(2025, 6, 2)),))
    cases = {"a record must be kept": (kept, ()), "they are still needed": ((), ("a role",))}
    return tuple(
        example_of(case, erasureletters.erasure_refused(NAME, erasureletters.refusal_words(*why)))
        for case, why in cases.items()
    )


def _webhook() -> tuple[Example, ...]:
    host, page = "hooks.department.gov.example", f"{ADDRESS}/webhooks"
    cases = {StoppedBecause.FAILING: "it takes nothing", StoppedBecause.GONE: "it wants no more"}
    return tuple(
        example_of(case, stopped_letter("Release calendar", host, because, AT, PostAnswer(503), page))
        for because, case in cases.items()
    )


TO_OFFICE: Mapping[str, Callable[[], tuple[Example, ...]]] = {
    "annual_list_due": _one(
        *officeletters.annual_list_due(_ANNUAL, "SSI 2008/399 Sch. para 8(1)", f"{ADDRESS}/annual-list", overdue=False)
    ),
    "corrective_action": _actions,
    "duty": _one(
        *officeletters.duty_owed(RELEASE.title, "SI 2008/2998 Sch. para 5(4)(b)", "tell the Statistics Board", _WHERE)
    ),
    "incident": _incident,
    "incident_clock": _incident_clock,
    "malware_found": _one(*officeletters.malware_found(RELEASE.release_id, _MALWARE, kept=False)),
    "reapplication": _reapplication,
    "record_request": _one(
        *officeletters.record_unanswered(date(2026, 3, 2), RELEASE.title, date(2026, 3, 30), _WHERE)
    ),
    "erasure_asked": _one(*erasureletters.erasure_asked(f"{ADDRESS}/admin/erasures")),
    "erasure_refused": _not_erased,
    "retention_due": _one(*officeletters.records_old(3, f"{ADDRESS}/retention")),
    "second_person": _one(
        lettersubjects.second_wanted(_CLOSED.what), secondletters.second_wanted(_CLOSED, f"{ADDRESS}/closed-days")
    ),
    "provider_account_bound": _one(*providerletters.bound(ADDRESS, "Department for Examples")),
    "sign_in_provider": _provider,
    "text_ready": _text_ready,
    "texts_held": _texts_held,
    "webhook_stopped": _webhook,
    "witness": _watch,
    "past_failure": _failures,
    "suspension": _suspended,
}
