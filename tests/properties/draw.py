"""Facts drawn at random, with a liking for the edges, and the table of single things that can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from app.rules.facts import (
    AccessFacts,
    DeclarationScope,
    DocumentState,
    ExceptionalGrant,
    GrantClass,
    ListState,
    Order,
    ReleaseState,
    Sensitivity,
    Suspension,
    Training,
    london_date,
)
from app.rules.wrongfacts import WrongFact, WrongKind
from tests.build import (
    DAY,
    MICROSECOND,
    PUBLISHES_AT,
    WORDS_SHA256,
    a_declaration,
    a_document,
    a_grant,
    a_person,
    a_producer,
    a_release,
    an_approved_list,
    facts_that_permit,
)

OPENS_AT = PUBLISHES_AT - DAY
INSIDE = PUBLISHES_AT - timedelta(hours=10)
SUSPENSION = Suspension("sus_1", "Ash Rowan", "forwarded a copy.", "training taken again", INSIDE - timedelta(hours=2))
MADE_KNOWN = ExceptionalGrant("Flooding was expected.", PUBLISHES_AT - 6 * DAY)

# Instants at which something begins or ends in the facts below, with the smallest step to either side.
EDGES = tuple(
    edge + step
    for edge in (OPENS_AT - 2 * DAY, OPENS_AT, INSIDE, PUBLISHES_AT - timedelta(hours=2), PUBLISHES_AT)
    for step in (-MICROSECOND, timedelta(0), MICROSECOND)
)
instants = st.one_of(
    st.sampled_from(EDGES),
    st.integers(-4 * 86_400_000_000, 86_400_000_000).map(lambda micros: PUBLISHES_AT + timedelta(microseconds=micros)),
)
days = st.none() | st.sampled_from(EDGES).map(london_date)

exceptional = st.none() | st.builds(ExceptionalGrant, st.sampled_from(["", " ", "Flooding."]), st.none() | instants)
grants = st.builds(
    a_grant,
    grant_id=st.sampled_from(["grt_1", "grt_2", "grt_3"]),
    person_id=st.sampled_from(["per_ash", "per_ash", "per_ash", "per_ash", "per_elm", None]),
    grant_class=st.sampled_from([GrantClass.ELIGIBLE_PERSON] * 6 + list(GrantClass)),
    asked=st.none() | st.sampled_from([0, 1, 2, 24, 25, 72]).map(lambda hours: timedelta(hours=hours)),
    held_from_on=days,
    held_until_on=days,
    exceptional=exceptional,
    ground_letter=st.sampled_from(["", "a", "a", "e", "d", "h", "1", "5a", "i", "z"]),
    for_person_id=st.sampled_from([None, "per_elm", "per_elm", "per_ash"]),
    paused_reason=st.sampled_from(["", "", "", "The release was moved."]),
)
declarations = st.builds(
    a_declaration,
    declaration_id=st.sampled_from(["dcl_ash", "dcl_1", "dcl_2"]),
    person_id=st.sampled_from(["per_ash", "per_ash", "per_ash", "per_elm"]),
    undertaking_sha256=st.sampled_from([WORDS_SHA256, WORDS_SHA256, WORDS_SHA256, "0f" * 32, ""]),
    signed_at=instants,
    lapses_at=st.just(PUBLISHES_AT + 300 * DAY) | instants,
    withdrawn_at=st.none() | instants,
    scope=st.sampled_from([DeclarationScope.RELEASE, DeclarationScope.RELEASE, DeclarationScope.SERIES]),
    suspended_at=st.none() | st.none() | instants,
)
suspensions = st.builds(
    Suspension, st.just("sus_1"), st.just("Ash"), st.just("r"), st.just("c"), instants, st.none() | instants
)
trainings = st.builds(
    Training,
    st.sampled_from([-500, -365, -364, -1, 0, 1]).map(lambda n: london_date(INSIDE + n * DAY)),
    st.none() | st.sampled_from([-1, 0, 1]).map(lambda n: london_date(INSIDE + n * DAY)),
)
# What was found wrong, of every kind; most of it about something that the facts rest on, the rest about something else.
SUBJECTS = {
    WrongKind.CLOCK: [""],
    WrongKind.DECLARATION: ["dcl_ash", "dcl_1", "dcl_2", "dcl_else"],
    WrongKind.APPROVAL: ["lst_rain", "lst_else"],
    WrongKind.HOLDING: ["pst_1"],
    WrongKind.DEPUTY: ["dpt_1"],
}


def _wrong_of(kind: WrongKind) -> st.SearchStrategy[WrongFact]:
    return st.builds(
        WrongFact,
        st.just("wrg_1"),
        st.just(kind),
        st.sampled_from(SUBJECTS[kind]),
        st.just(INSIDE),
        from_on=days,
        until_on=days,
        from_at=st.none() | instants,
        until_at=st.none() | instants,
        grant_ids=st.frozensets(st.sampled_from(["grt_flood", "grt_1", "grt_2", "grt_3"])),
    )


wrongs = st.sampled_from(WrongKind).flatmap(_wrong_of)
_facts = st.builds(
    AccessFacts,
    person=st.just(a_person()),
    release=st.builds(
        a_release,
        producer=st.builds(
            a_producer, declaration_for_all=st.booleans(), training_days=st.sampled_from([None, None, None, 365, 1])
        ),
        order=st.sampled_from([Order.UK] * 4 + list(Order)),
        sensitivity=st.sampled_from([Sensitivity.MARKET_SENSITIVE] * 3 + list(Sensitivity)),
        state=st.sampled_from([ReleaseState.FINAL] * 6 + list(ReleaseState)),
        published_at=st.none() | instants,
    ),
    document=st.builds(a_document, state=st.sampled_from([DocumentState.FINAL] * 4 + list(DocumentState))),
    eligibility_list=st.sampled_from([an_approved_list()] * 4 + [None, an_approved_list(state=ListState.DRAFT)]),
    grants=st.lists(grants | st.just(a_grant()), max_size=3).map(tuple),
    declarations=st.lists(declarations | st.just(a_declaration()), max_size=3).map(tuple),
    undertaking_sha256=st.sampled_from([WORDS_SHA256] * 5 + [""]),
    series_undertaking_sha256=st.sampled_from([WORDS_SHA256, "0f" * 32, ""]),
    suspensions=st.lists(suspensions, max_size=2).map(tuple),
    trainings=st.lists(trainings, max_size=2).map(tuple),
    wrong=st.just(()) | st.lists(wrongs, max_size=2).map(tuple),
)


def _tied(facts: AccessFacts, recipients: list[AccessFacts]) -> AccessFacts:
    about = {"release": facts.release, "document": facts.document, "recipients": ()}
    return replace(facts, recipients=tuple(replace(one, person=ELM, **about) for one in recipients))


def _of_elm(facts: AccessFacts) -> AccessFacts:
    """Let most of what was drawn for one person be another's."""
    grants = tuple(
        replace(one, person_id="per_elm" if one.person_id == "per_ash" else "per_ash") for one in facts.grants
    )
    declarations = tuple(
        replace(one, person_id="per_elm" if one.person_id == "per_ash" else "per_ash") for one in facts.declarations
    )
    return replace(facts, grants=grants, declarations=declarations)


ELM = a_person(person_id="per_elm", name="Elm Oakley", email="elm.oakley@fog.gov.example")
any_facts = st.builds(_tied, _facts, st.lists(_facts.map(_of_elm), max_size=1))

Breaking = Callable[[AccessFacts], AccessFacts]


def of_facts(**changes: Any) -> Breaking:
    return lambda facts: replace(facts, **changes)


def of_release(**changes: Any) -> Breaking:
    return lambda facts: replace(facts, release=replace(facts.release, **changes))


def of_document(**changes: Any) -> Breaking:
    return lambda facts: replace(facts, document=replace(facts.document, **changes))


def of_declarations(**changes: Any) -> Breaking:
    return lambda facts: replace(facts, declarations=tuple(replace(d, **changes) for d in facts.declarations))


def of_grants(**changes: Any) -> Breaking:
    return lambda facts: replace(facts, grants=tuple(replace(grant, **changes) for grant in facts.grants))


def set_later(facts: AccessFacts) -> AccessFacts:
    return of_release(publishes_at=PUBLISHES_AT + 5 * DAY)(of_grants(asked=None)(facts))


def of_excepted(facts: AccessFacts) -> AccessFacts:
    return of_release(order=Order.SCOTLAND, sensitivity=Sensitivity.EXCEPTED)(of_grants(ground_letter="a")(facts))


LETTERED = (Order.SCOTLAND, Order.WALES)  # Orders whose grounds have letters


def behind(order: Order, own: GrantClass, letter: str, theirs: GrantClass | None, shared: str) -> AccessFacts:
    """Facts under an Order in which everything is made known and signed, and one person stands behind another."""
    grant = a_grant(grant_class=own, ground_letter=letter, for_person_id="per_elm", exceptional=MADE_KNOWN)
    facts = of_release(order=order)(facts_that_permit(grants=(grant,)))
    if theirs is None:
        return facts
    other = replace(grant, person_id="per_elm", grant_class=theirs, ground_letter=shared, for_person_id=None)
    signed = (a_declaration(person_id="per_elm"),)
    return replace(facts, recipients=(replace(facts, person=ELM, grants=(other,), declarations=signed),))


def of_stale_training(facts: AccessFacts) -> AccessFacts:
    stale = (Training(london_date(INSIDE - 400 * DAY)),)
    return of_release(producer=a_producer(training_days=365))(replace(facts, trainings=stale))


def of_found_wrong(kind: WrongKind) -> Breaking:
    """Let everything of a kind that the facts rest on be found wrong."""

    def breaking(facts: AccessFacts) -> AccessFacts:
        resting = frozenset(grant.grant_id for grant in facts.grants)
        wrong = (WrongFact("wrg_1", kind, one, INSIDE, grant_ids=resting) for one in SUBJECTS[kind])
        return replace(facts, wrong=(*facts.wrong, *wrong))

    return breaking


# What says of each kind that it was found wrong. Of the clock it is said of an opening, and never of what is asked now.
FOUND_WRONG: dict[WrongKind, str] = {
    WrongKind.DECLARATION: "declaration_missing",
    WrongKind.APPROVAL: "list_not_approved",
    WrongKind.HOLDING: "post_not_held",
    WrongKind.DEPUTY: "not_on_list",
}


# One row for each thing that can be wrong, at ``INSIDE``: its code, and what makes it so.
BREAKINGS: tuple[tuple[str, Breaking], ...] = (
    ("release_cancelled", of_release(state=ReleaseState.CANCELLED)),
    ("release_postponed", of_release(state=ReleaseState.POSTPONED)),
    ("release_not_final", of_release(state=ReleaseState.PLANNED)),
    ("release_not_final", of_release(state=ReleaseState.ANNOUNCED)),
    ("already_published", of_release(state=ReleaseState.PUBLISHED, published_at=INSIDE)),
    ("already_published", of_release(state=ReleaseState.PUBLISHED, published_at=None)),
    ("order_not_built", of_release(sensitivity=Sensitivity.ECONOMIC)),
    ("order_not_built", of_release(sensitivity=Sensitivity.EXCEPTED)),
    ("excepted_statistics", of_excepted),
    ("document_not_final", of_document(state=DocumentState.DRAFT)),
    ("document_not_final", of_document(state=DocumentState.SUPERSEDED)),
    ("document_recalled", of_document(state=DocumentState.RECALLED)),
    ("malware_found", of_document(malware="Pra.Test.Marker")),
    ("list_not_approved", of_facts(eligibility_list=None)),
    ("list_not_approved", of_facts(eligibility_list=an_approved_list(state=ListState.DRAFT))),
    ("list_not_approved", of_facts(eligibility_list=an_approved_list(state=ListState.SUPERSEDED))),
    ("not_on_list", of_facts(grants=())),
    ("not_on_list", of_grants(person_id="per_elm")),
    ("not_on_list", of_grants(person_id=None)),
    *((code, of_found_wrong(kind)) for kind, code in FOUND_WRONG.items()),
    ("suspended", of_facts(suspensions=(SUSPENSION,))),
    ("declaration_missing", of_facts(declarations=())),
    ("declaration_missing", of_declarations(signed_at=INSIDE + MICROSECOND)),
    ("declaration_missing", of_declarations(person_id="per_elm")),
    ("declaration_superseded", of_facts(undertaking_sha256="0f" * 32)),
    ("declaration_superseded", of_facts(undertaking_sha256="")),
    ("declaration_superseded", of_declarations(scope=DeclarationScope.SERIES)),
    ("declaration_lapsed", of_declarations(lapses_at=INSIDE)),
    ("declaration_lapsed", of_declarations(suspended_at=INSIDE)),
    ("declaration_withdrawn", of_declarations(withdrawn_at=INSIDE)),
    ("training_missing", of_release(producer=a_producer(training_days=365))),
    ("training_expired", of_stale_training),
    ("window_not_open", set_later),
    ("window_not_open", of_grants(asked=timedelta(hours=10) - MICROSECOND)),
    ("post_not_held", of_grants(held_from_on=None)),
    ("post_not_held", of_grants(held_from_on=london_date(INSIDE + DAY))),
    ("post_not_held", of_grants(held_until_on=london_date(INSIDE - DAY))),
    ("grant_paused", of_grants(paused_reason="The release was moved.")),
    ("class_not_in_order", of_grants(grant_class=GrantClass.PASSED_ON)),
    ("ground_not_named", of_grants(grant_class=GrantClass.BANK_OR_TREASURY)),
    ("recipient_without_access", of_grants(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT)),
    (
        "exceptional_not_published",
        of_grants(grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=replace(MADE_KNOWN, reasons="")),
    ),
    (
        "board_not_informed",
        of_grants(grant_class=GrantClass.EXCEPTIONAL_PERSON, exceptional=replace(MADE_KNOWN, board_informed_at=None)),
    ),
)


_SOUND = facts_that_permit()


def sound() -> AccessFacts:
    """Facts that permit at every instant of the window."""
    return _SOUND
