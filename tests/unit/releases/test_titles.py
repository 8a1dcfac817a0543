"""The releases that a form offers to choose from are those of the list, in its order, and nobody else's."""

from __future__ import annotations

from pathlib import Path

from app.actions import moves, releases
from app.actions.tools import Actor, RoleHeld, Tools
from app.rules.facts import Order, Role, Sensitivity
from tests.build import london
from tests.service import Service
from tests.world import open_world

DUE = london(2026, 3, 24, 9, 30)


def listed(tools: Tools, actor: Actor, *, over: bool) -> tuple[tuple[str, str], ...]:
    found = releases.list_releases(tools, actor, limit=5, over=over, latest_first=over)
    return tuple((one.row.release.release_id, one.row.release.title) for one in found)


def test_titles_are_those_of_the_list_of_releases(tmp_path: Path, any_database_url: str) -> None:
    service = Service(tmp_path, london(2026, 3, 10, 10, 0), database_url=any_database_url)
    tools, sat = service.tools, service.producer()
    world = open_world(tools, recipients=1, large_bytes=1024)
    statistician = Actor(
        "per_1",
        "Example",
        (RoleHeld(Role.HEAD_OF_PROFESSION, sat.organisation_id),),
        sat.people[Role.HEAD_OF_PROFESSION],
    )
    for number in range(7):
        releases.register_release(
            tools,
            statistician,
            producer_id=sat.producer_id,
            title=f"Table {number}",
            order=Order.UK,
            sensitivity=Sensitivity.ORDINARY,
            publishes_at=DUE,
        )
    for row in [one.row for one in releases.list_releases(tools, statistician, limit=9) if one.row.revision == 1][:2]:
        moves.cancel_release(tools, statistician, row.release.release_id, revision=row.revision, reason="Not needed.")
    whole = Actor("per_2", "Auditor", (RoleHeld(Role.AUDITOR, None),), "per_2")
    stranger, program = Actor("per_3", "Nobody", (), "per_3"), Actor("cli_1", "Program", ())
    recipient = world.recipients[0].actor
    for actor in (statistician, whole, stranger, program, recipient):
        for over in (False, True):
            assert releases.list_titles(tools, actor, limit=5, over=over) == listed(tools, actor, over=over)
        bare = tuple((one.release_id, one.title) for one in releases.list_over(tools, actor, limit=5))
        assert bare == listed(tools, actor, over=True)
    offered = [len(releases.list_titles(tools, one, limit=5, over=False)) for one in (whole, stranger, program)]
    assert offered == [5, 0, 0]
    assert releases.list_titles(tools, recipient, limit=5, over=False) == (
        (world.release.release_id, world.release.title),
    )
    service.close()
