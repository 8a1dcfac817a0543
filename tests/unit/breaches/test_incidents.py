"""Incidents on record: one for one cause, told to those who answer, seen by those who may, taken further."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.actions import breaches, concerns, desk, openings
from app.actions.tools import Actor
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.account import SENTENCES
from app.rules.breaches import IncidentKind, after_move, log_damaged
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder, Refused, TooManyTries
from app.rules.facts import Role
from app.rules.incidents import IncidentDraft, IncidentState
from tests.unit.documents.world import INSIDE, OPENS_AT, PUBLISHES_AT, World


def opened(world: World) -> str:
    """Have the minister open a document; gives the opening's id."""
    document = world.fixed().card
    world.sign(world.minister.person_id)
    return openings.open_document(world.tools, world.actor(world.minister.person_id), document.document_id).opening_id


def put_on_record(world: World, draft: IncidentDraft) -> str | None:
    """Have the desk put a draft on record."""
    at = world.clock.now()
    with world.tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, at))
        return desk.open_incident(world.tools, tx, draft, at=at)


def near_miss(world: World) -> IncidentDraft:
    return IncidentDraft(
        IncidentKind.REPEATED_REFUSALS,
        True,
        "refusals:x",
        world.release.release_id,
        world.sat.producer_id,
        world.clock.now(),
        "Three attempts.",
        {},
    )


def notices(world: World) -> list[tuple[str, str]]:
    """Who is owed a notice of an incident, and its subject."""
    with world.tools.reading() as connection:
        rows = connection.execute(select(tables.notices).where(tables.notices.c.kind == "incident")).all()
    return sorted((row.email, row.subject) for row in rows)


def report(world: World, person_id: str, kind: IncidentKind, **more: Any) -> concerns.Acknowledgement:
    return concerns.report_concern(world.tools, world.actor(person_id), kind=kind, text="Something happened.", **more)


def test_repeated_rule_for_one_cause_puts_one_incident_on_record(tmp_path: Path) -> None:
    world = World(tmp_path)
    first = put_on_record(world, near_miss(world))
    before = len(world.service.entries())
    assert put_on_record(world, near_miss(world)) is None
    assert world.kinds(before) == [("clock_checked", "done")]
    (entry,) = world.service.entries(EntryKind.INCIDENT_OPENED)
    assert entry["said"] == {"incident_id": first, "number": 1, "kind": "repeated_refusals", "near_miss": True}
    assert "Three attempts" not in str(entry)
    assert [email for email, _ in notices(world)] == sorted(
        world.service.email_of(world.sat.people[role]) for role in (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
    )


def test_incident_of_a_release_with_a_lead_official_tells_that_one_and_the_head(tmp_path: Path) -> None:
    world = World(tmp_path)
    other = world.service.person("Lee Lead", "lee.lead@officeforexamplestat.gov.example")
    with world.tools.transaction() as tx:
        tx.connection.execute(update(tables.releases).values(lead_official_id=other))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, world.clock.now()))
    put_on_record(world, near_miss(world))
    assert notices(world) == sorted(
        (world.service.email_of(person_id), "Near miss 1: repeated attempts that were refused")
        for person_id in (other, world.sat.people[Role.HEAD_OF_PROFESSION])
    )


def test_incident_of_the_service_tells_its_administrators_and_auditors_and_no_producer(tmp_path: Path) -> None:
    world = World(tmp_path)
    admin, auditor = world.service.administrator(), world.service.auditor()
    incident_id = put_on_record(world, log_damaged(world.clock.now()))
    assert incident_id is not None
    assert [email for email, _ in notices(world)] == sorted(map(world.service.email_of, (admin, auditor)))
    assert breaches.get_incident(world.tools, world.actor(admin), incident_id).producer_id is None
    with pytest.raises(NotFound):
        breaches.get_incident(world.tools, world.staff(Role.HEAD_OF_PROFESSION), incident_id)


def test_recipient_who_should_not_have_it_t40_loses_access_and_the_producer_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    told = report(world, world.minister.person_id, IncidentKind.RECEIVED_IN_ERROR, release_id=world.release.release_id)
    assert (told.access_stopped, told.number, told.reported_at) == (True, 1, INSIDE)
    with world.tools.reading() as connection:
        grant = connection.execute(select(tables.grants.c.paused_reason)).scalar_one()
        stopped_at = connection.execute(select(tables.openings.c.stopped_at)).scalar_one()
    assert (grant, stopped_at) == ("The recipient says they should not have this.", INSIDE)
    document_id = openings.get_opening(world.tools, world.actor(world.minister.person_id), opening_id).document_id
    with pytest.raises(Refused) as caught:
        openings.open_document(world.tools, world.actor(world.minister.person_id), document_id)
    assert [reason.code.value for reason in caught.value.reasons] == ["grant_paused"]
    assert len(notices(world)) == 2
    card = breaches.get_incident(world.tools, world.staff(Role.LEAD_OFFICIAL), told.incident_id)
    assert card.summary == (
        "Reported about “Claimant count, February 2026” by the holder of the post Minister for Examples, Ministry of "
        "Examples: a recipient says they should not have this."
    )
    drafted = breaches.draft_report(world.tools, world.staff(Role.LEAD_OFFICIAL), told.incident_id)
    post = "by or for the post of Minister for Examples, Ministry of Examples"
    why = "window opens Monday 9 March 2026, 9:30am (UK time), because: grant paused"
    assert [line.text for line in drafted.account][-3:] == [
        f"A grant was paused, {post}.",
        "An incident was opened, number 1.",
        f"Access was asked for, {post}, refused, {why}.",
    ]


def test_report_about_a_release_one_may_not_know_of_is_refused_as_nothing_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(NotFound):
        report(world, world.stranger, IncidentKind.INDICATION_GIVEN, release_id=world.release.release_id)
    assert world.service.entries(EntryKind.INCIDENT_OPENED) == []


def test_stranger_with_a_marked_copy_learns_nothing_and_the_producer_hears_of_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    opened(world)
    with world.tools.reading() as connection:
        number = connection.execute(select(tables.openings.c.number)).scalar_one()
    told = report(world, world.stranger, IncidentKind.RECEIVED_IN_ERROR, mark_number=number)
    made_up = report(world, world.stranger, IncidentKind.RECEIVED_IN_ERROR, mark_number="AAAA-0000")
    assert (told.access_stopped, made_up.access_stopped) == (False, False)
    card = breaches.get_incident(world.tools, world.staff(Role.HEAD_OF_PROFESSION), told.incident_id)
    assert (card.release_id, card.facts["mark_number"]) == (world.release.release_id, number)
    with pytest.raises(NotFound):
        breaches.get_incident(world.tools, world.actor(world.stranger), told.incident_id)


def test_report_by_a_program_or_of_a_kind_found_by_rule_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    program = Actor(actor_id="cli_1", name="feed", roles=())
    with pytest.raises(Refused):
        concerns.report_concern(world.tools, program, kind=IncidentKind.OTHER, text="x")
    with pytest.raises(Malformed):
        report(world, world.stranger, IncidentKind.CLOCK_WRONG)
    with pytest.raises(Malformed) as caught:
        concerns.report_concern(
            world.tools,
            world.actor(world.stranger),
            kind=IncidentKind.OTHER,
            text="x",
            occurred_at=INSIDE + timedelta(microseconds=1),
        )
    assert caught.value.code is Code.INVALID_INSTANT


def test_concerns_without_a_sign_in_are_limited_by_network(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.service.administrator()
    for _ in range(concerns.CONCERNS_PER_NETWORK_PER_HOUR):
        concerns.report_wrongful_release(world.tools, text="Seen it.", contact="", network="192.0.2.1")
    with pytest.raises(TooManyTries) as caught:
        concerns.report_wrongful_release(world.tools, text="Seen it.", contact="", network="192.0.2.1")
    assert caught.value.extra == {"retry_after_seconds": 3601}
    concerns.report_wrongful_release(world.tools, text="Seen it.", contact="", network="192.0.2.2")
    world.clock.forward(hours=1, seconds=1)
    concerns.report_wrongful_release(world.tools, text="Seen it.", contact="me@example.org", network="192.0.2.1")
    opened_entries = world.service.entries(EntryKind.INCIDENT_OPENED)
    assert len(opened_entries) == concerns.CONCERNS_PER_NETWORK_PER_HOUR + 2
    assert [entry for entry in opened_entries if "release_id" in entry or "producer_id" in entry] == []


def test_concerns_from_many_networks_do_not_shut_out_one_that_has_sent_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concerns, "CONCERNS_PER_HOUR", 4)
    monkeypatch.setattr(concerns, "FIRST_CONCERNS_PER_HOUR", 6)
    world = World(tmp_path)
    world.service.administrator()

    def reports(network: str) -> None:
        concerns.report_wrongful_release(world.tools, text="Seen it.", contact="", network=network)

    for network in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"):
        reports(network)
    for network in ("192.0.2.1", "192.0.2.2"):
        with pytest.raises(TooManyTries):
            reports(network)
    reports("192.0.2.3")
    reports("192.0.2.4")
    with pytest.raises(TooManyTries):  # so many that somebody owns networks without end
        reports("192.0.2.5")
    assert len(world.service.entries(EntryKind.INCIDENT_OPENED)) == 6


def test_openings_before_the_window_t39_open_one_incident_when_the_rule_is_played_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    opening_id = opened(world)
    assert breaches.review_openings(world.tools, world.release.release_id) is None
    early = OPENS_AT - timedelta(minutes=18)
    with world.tools.transaction() as tx:  # as a clock that was eighteen minutes fast would have let it
        tx.connection.execute(update(tables.openings).values(opened_at=early))
        tx.append(Entry(EntryKind.OPENINGS_REVIEWED, world.clock.now()))
    incident_id = breaches.review_openings(world.tools, world.release.release_id)
    assert incident_id is not None
    assert breaches.review_openings(world.tools, world.release.release_id) is None
    card = breaches.get_incident(world.tools, world.staff(Role.AUDITOR), incident_id)
    assert (card.kind, card.occurred_at) == (IncidentKind.ACCESS_BEFORE_WINDOW, early)
    assert [(one["opening_id"], one["seconds_before_window"]) for one in card.facts["openings"]] == [(opening_id, 1080)]
    practices = breaches.draft_report(world.tools, world.staff(Role.AUDITOR), incident_id).sections[1].answers[0]
    assert [text.split(": ")[1].split(", ")[-1] for text in practices.paragraphs] == ["3.4", "SI 2008/2998 Sch. para 4"]


def test_openings_that_a_move_put_on_record_are_not_put_there_again_by_review(tmp_path: Path) -> None:
    world = World(tmp_path)
    opened(world)
    later = PUBLISHES_AT + timedelta(days=3)
    with world.tools.reading() as connection:
        facts = breaches._replay(connection, world.release.release_id)[1]
    world.change_release(publishes_at=later)
    with world.tools.reading() as connection:
        after = breaches._replay(connection, world.release.release_id)[0]
    draft = after_move(world.release, after, [fact for fact, _ in facts], world.clock.now())
    assert draft is not None
    assert put_on_record(world, draft) is not None
    assert breaches.review_openings(world.tools, world.release.release_id) is None


def test_report_of_a_moved_release_holds_nobodys_name_or_address(tmp_path: Path) -> None:
    world = World(tmp_path)
    opened(world)
    told = report(world, world.minister.person_id, IncidentKind.RECEIVED_IN_ERROR, release_id=world.release.release_id)
    drafted = breaches.draft_report(world.tools, world.staff(Role.HEAD_OF_PROFESSION), told.incident_id, "2009")
    text = str(drafted.as_record())
    with world.tools.reading() as connection:
        people = connection.execute(select(tables.people)).all()
    assert len(people) == 6
    assert [p.name for p in people for kept in (p.name, p.email, p.person_id) if kept in text] == []
    entry = world.service.entries()[-1]
    assert (entry["kind"], entry["said"]["form"]) == ("report_drafted", "2009")
    assert set(drafted.exhibits) <= {e["id"] for e in world.service.entries() if e["kind"] in SENTENCES}


def test_change_of_an_incident_takes_it_step_by_step_and_is_logged(tmp_path: Path) -> None:
    world = World(tmp_path)
    incident_id = put_on_record(world, near_miss(world))
    assert incident_id is not None
    head = world.staff(Role.HEAD_OF_PROFESSION)

    def change(revision: int, **more: Any) -> breaches.IncidentCard:
        return breaches.change_incident(world.tools, head, incident_id, revision=revision, **more)

    with pytest.raises(OutOfOrder):
        change(1, state=IncidentState.REPORTED)
    with pytest.raises(Malformed):
        change(1)
    with pytest.raises(Malformed):
        change(1, practices=["T9.9"])
    with pytest.raises(Malformed, match=r"under its Order: WSI 2009/2818 Sch\. para 5\(2\)\. Known: P2/4, "):
        change(1, practices=["T3.4", "WSI 2009/2818 Sch. para 5(2)"])
    reviewed = change(1, state=IncidentState.UNDER_REVIEW, practices=["T3.4", "T3.3"])
    assert (reviewed.revision, reviewed.practices) == (2, ("T3.3", "T3.4"))
    with pytest.raises(Conflict):
        change(1, state=IncidentState.REPORTED)
    closed = change(2, state=IncidentState.CLOSED_NO_BREACH, note="It was a drill by Ash.")
    assert breaches.get_incident(world.tools, head, incident_id) == closed
    last = world.service.entries(EntryKind.INCIDENT_CHANGED)[-1]
    assert last["said"] == {
        "incident_id": incident_id,
        "from_state": "under_review",
        "state": "closed_no_breach",
        "kind": "repeated_refusals",
        "near_miss": True,
        "practices": ["T3.3", "T3.4"],
    }
    assert "Ash" not in str(last)


def test_change_by_someone_who_may_only_read_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    incident_id = put_on_record(world, near_miss(world))
    assert incident_id is not None
    for role in (Role.STATISTICIAN, Role.AUDITOR):
        assert breaches.get_incident(world.tools, world.staff(role), incident_id).number == 1
        with pytest.raises(Refused):
            breaches.change_incident(
                world.tools, world.staff(role), incident_id, revision=1, state=IncidentState.UNDER_REVIEW
            )
    with pytest.raises(NotFound):
        breaches.get_incident(world.tools, world.actor(world.minister.person_id), incident_id)


def test_list_of_incidents_shows_each_reader_their_own_and_keeps_near_misses_apart(tmp_path: Path) -> None:
    world = World(tmp_path)
    put_on_record(world, near_miss(world))
    report(world, world.minister.person_id, IncidentKind.INDICATION_GIVEN, release_id=world.release.release_id)
    put_on_record(world, log_damaged(world.clock.now()))
    admin, auditor = world.actor(world.service.administrator()), world.actor(world.service.auditor())
    head = world.staff(Role.HEAD_OF_PROFESSION)

    def numbers(actor: Actor, **more: Any) -> list[int]:
        return [card.number for card in breaches.list_incidents(world.tools, actor, **more).incidents]

    assert (numbers(head), numbers(auditor), numbers(admin)) == ([2, 1], [3, 2, 1], [3])
    assert (numbers(head, near_miss=True), numbers(head, near_miss=False)) == ([1], [2])
    assert numbers(world.actor(world.minister.person_id)) == []
    first = breaches.list_incidents(world.tools, auditor, limit=2)
    assert first.next_before == 2
    assert numbers(auditor, before=first.next_before) == [1]
    assert numbers(auditor, state=IncidentState.UNDER_REVIEW) == []
