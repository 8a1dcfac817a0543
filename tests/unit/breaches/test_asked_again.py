"""The rule asked again: whose openings a change concerns, by which time, and what happens where it cannot be asked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.actions import breaches, openings, reviewing, wrong_facts
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import grants, posts, reviews, tables
from app.rules.facts import Grant, GrantClass, Role
from tests.unit.documents.world import INSIDE, OPENS_AT, World

OF_NOTHING = "rel_" + "f" * 24


def drained(world: World) -> None:
    for _ in range(20):
        if not reviewing.review_marks(world.tools) and reviewing._oldest(world.tools) is None:
            return
    raise AssertionError("marks are left")


def held(world: World) -> set[tuple[str, str, bool]]:
    with world.tools.reading() as connection:
        rows = connection.execute(select(tables.review_findings)).all()
    return {(row.opening_id, row.finding, row.ended_at is None) for row in rows}


def supporter_of(world: World, recipient_id: str) -> str:
    person_id = world.service.person("Pat Support", "pat.support@examples.gov.example")
    post_id = world.tools.new_id("pst")
    grant = Grant(
        world.tools.new_id("grt"),
        "Diary Secretary",
        "Ministry of Examples",
        person_id,
        ground="",
        grant_class=GrantClass.ADMINISTRATIVE_SUPPORT,
        for_person_id=recipient_id,
    )
    with world.tools.transaction() as tx:
        posts.add(tx.connection, post_id=post_id, organisation_id=world.ministry, title="Diary Secretary", unit="")
        posts.add_holding(
            tx.connection,
            holding_id=world.tools.new_id("hld"),
            post_id=post_id,
            person_id=person_id,
            from_on=date(2024, 1, 1),
            recorded_at=world.approved_at,
        )
        grants.add(tx.connection, world.list_id, 2, post_id, grant)
        tx.append(Entry(EntryKind.LIST_CHANGED, world.clock.now()))
    return person_id


def test_declaration_found_wrong_is_held_against_openings_of_those_who_share_its_access(
    tmp_path: Path, any_database_url: str
) -> None:
    world = World(tmp_path, database_url=any_database_url)
    declared = world.sign(world.minister.person_id)
    supporter = supporter_of(world, world.minister.person_id)
    document_id = world.fixed().card.document_id
    own = openings.open_document(world.tools, world.actor(world.minister.person_id), document_id)
    shared = openings.open_document(world.tools, world.actor(supporter), document_id)
    drained(world)
    assert held(world) == set()
    world.clock.forward(hours=1)
    wrong = wrong_facts.find_declaration_wrong(
        world.tools, world.staff(Role.LEAD_OFFICIAL), declared, reason="Signed by another."
    )
    drained(world)
    assert held(world) == {(own.opening_id, "declaration", True), (shared.opening_id, "list", True)}
    wrong_facts.withdraw_wrong_fact(
        world.tools, world.staff(Role.LEAD_OFFICIAL), wrong.wrong_fact_id, reason="It was they."
    )
    drained(world)
    assert held(world) == {(own.opening_id, "declaration", False), (shared.opening_id, "list", False)}
    world.service.close()


def test_openings_inside_by_a_clock_put_right_leave_no_mark_however_often_they_are_looked_through(
    tmp_path: Path, any_database_url: str
) -> None:
    """Found by review: a mark each minute, for an opening that the rule had long said stands."""
    world = World(tmp_path, OPENS_AT - timedelta(hours=1), database_url=any_database_url)
    world.sign(world.minister.person_id)
    document_id = world.fixed().card.document_id
    world.clock.put(INSIDE)
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document_id)
    early = OPENS_AT - timedelta(minutes=18)
    with world.tools.transaction() as tx:  # as a clock that was twenty minutes slow would tell it
        tx.connection.execute(update(tables.openings).values(opened_at=early))
        tx.append(Entry(EntryKind.OPENINGS_REVIEWED, world.clock.now()))
    assert breaches.review_recent(world.tools) == [world.release.release_id]  # as long as nobody knows of the clock
    admin = world.actor(world.service.administrator())
    about = {"from_at": early - timedelta(minutes=1), "until_at": early + timedelta(minutes=1)}
    slow = wrong_facts.find_clock_wrong(world.tools, admin, **about, fast_seconds=-1200, reason="The time server.")
    drained(world)
    assert breaches.review_recent(world.tools) == []
    assert breaches.review_openings(world.tools, world.release.release_id) is None
    assert held(world) == set()
    wrong_facts.withdraw_wrong_fact(world.tools, admin, slow.wrong_fact_id, reason="It was another machine.")
    drained(world)
    assert held(world) == {(opening.opening_id, "window", True)}
    assert breaches.review_recent(world.tools) == []
    world.service.close()


def test_many_marks_that_cannot_be_followed_up_hold_up_no_other_and_are_tried_again(
    tmp_path: Path, any_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by review: as many as one turn of the worker takes kept every later mark waiting for ever."""
    world = World(tmp_path, database_url=any_database_url)
    declared = world.sign(world.minister.person_id)
    document_id = world.fixed().card.document_id
    opening = openings.open_document(world.tools, world.actor(world.minister.person_id), document_id)
    drained(world)
    failing = reviewing.BATCHES_AT_ONCE + 1
    with world.tools.transaction() as tx:
        for number in range(failing):
            reviews.leave(tx.connection, reviews.Mark(f"mrk_{number}", "", world.clock.now(), OF_NOTHING))
        tx.append(Entry(EntryKind.LOG_READ, world.clock.now()))
    asked: list[str] = []
    really = reviewing._ask

    def ask(tools: Tools, mark: reviews.Mark) -> reviewing._Asked:
        if mark.release_id == OF_NOTHING:
            asked.append(mark.key)
            raise ValueError("cannot be followed up")
        return really(tools, mark)

    monkeypatch.setattr(reviewing, "_ask", ask)
    wrong_facts.find_declaration_wrong(world.tools, world.staff(Role.LEAD_OFFICIAL), declared, reason="x")
    for _ in range(2):
        with pytest.raises(ValueError, match="cannot be followed up"):
            reviewing.review_marks(world.tools)
    assert held(world) == {(opening.opening_id, "declaration", True)}
    assert sorted(asked) == [f"mrk_{number}" for number in range(failing)]
    assert reviewing.review_marks(world.tools) == 0
    assert len(asked) == failing  # not again at once
    monkeypatch.setattr(reviewing, "_ask", really)
    world.clock.forward(seconds=61)
    for _ in range(2):
        reviewing.review_marks(world.tools)
    with world.tools.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.review_marks)).scalar_one() == 0
    world.service.close()
