"""Many incidents at once, on both databases: numbers stay single, and so does each cause."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.actions import breaches
from app.rules.facts import Role
from app.rules.incidents import IncidentKind
from tests.unit.breaches.test_incidents import near_miss, opened, put_on_record, report
from tests.unit.documents.world import World


def test_incidents_opened_at_once_have_each_a_number_and_each_cause_one(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    drafts = [replace(near_miss(world), rule_key=f"refusals:{n % 4}") for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        made = [one for one in pool.map(lambda draft: put_on_record(world, draft), drafts) if one is not None]
    found = breaches.list_incidents(world.tools, world.staff(Role.AUDITOR)).incidents
    assert sorted(card.incident_id for card in found) == sorted(made)
    assert [card.number for card in found] == [4, 3, 2, 1]
    world.service.close()


def test_report_and_draft_of_an_incident_work_on_each_database(tmp_path: Path, any_database_url: str) -> None:
    world = World(tmp_path, database_url=any_database_url)
    opened(world)
    told = report(world, world.minister.person_id, IncidentKind.RECEIVED_IN_ERROR, release_id=world.release.release_id)
    drafted = breaches.draft_report(world.tools, world.staff(Role.HEAD_OF_PROFESSION), told.incident_id)
    assert (told.access_stopped, drafted.number, drafted.form) == (True, 1, "2018")
    assert breaches.review_openings(world.tools, world.release.release_id) is None
    world.service.close()
