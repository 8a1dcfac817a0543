"""The rule asked again: whose openings a change concerns, by which time, and what happens where it cannot be asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import select

from app.actions import openings, reviewing, wrong_facts
from app.audit.entries import Entry, EntryKind
from app.records import grants, posts, tables
from app.rules.facts import Grant, GrantClass, Role
from tests.unit.documents.world import World

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
