"""Somebody's own production access by the page, and one by one, is what it is when all of it is given at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.actions import registers
from app.actions.producing import ProductionView
from app.actions.tools import Actor
from app.records import production
from app.rules.errors import NotFound
from app.rules.production import Purpose
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.world import session_of

BEGUN, DUE = london(2026, 3, 2, 10, 0), london(2026, 3, 10, 9, 30)
CHECKER = Reader("Cleo Cherry", "cleo.cherry@statistics.gov.example", "Statistician")
OTHER = Reader("Oli Other", "oli.other@statistics.gov.example", "Statistician")
NOBODYS = "pac_" + "0" * 24


def propose(story: Story, who: Reader, purpose: Purpose, **more: str) -> dict[str, Any]:
    body = {"person_id": story.id_of(who), "purpose": purpose, "why": "Checks them.", "from_on": "2026-03-02", **more}
    return dict(done(story.post(story.statistician, _register(story), json=body), 201))


def _register(story: Story) -> str:
    return f"/releases/{story.told.release_id}/production-access"


def _acts(story: Story, row: dict[str, Any], act: str, who: str, **body: str) -> dict[str, Any]:
    there = f"{_register(story)}/{row['production_access_id']}/{act}"
    return dict(done(story.post(who, there, headers={"If-Match": f'"{row["revision"]}"'}, json=body or None)))


def several(story: Story) -> None:
    """Rows of two people on three registers, of which some were proposed at one instant, in every state."""
    story.ready(DUE, CHANCELLOR, ADVISER)
    for number in range(3):
        if number:
            story.clock.forward(seconds=1)
            story.release(DUE + timedelta(days=7 * number), title=f"Figures {number}", time_exemption="A trial.")
        rows = [propose(story, CHECKER, one) for one in Purpose]
        propose(story, OTHER, Purpose.PRODUCTION)
        taken = _acts(story, rows[0], "acceptance", story.statistician, how="On paper.")
        _acts(story, rows[1], "end", story.statistician, reason="Done.")
        if number == 1:
            _acts(story, taken, "permission", story.head)
    story.clock.forward(seconds=1)
    story.release(DUE + timedelta(days=30), title="Figures for a day", time_exemption="A trial.")
    propose(story, CHECKER, Purpose.PRODUCTION, until_on="2026-03-02")
    story.clock.forward(days=1)


def of_line(one: registers.OwnAccess | ProductionView) -> tuple[Any, ...]:
    row = one.row
    return row.production_access_id, row.release_title, row.purpose, row.from_on, one.state, one.shared_from_on


def by_pages(story: Story, actor: Actor, size: int) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    while shown := registers.list_own_access(
        story.tools, actor, limit=size, after=str(found[-1][0]) if found else None
    ):
        assert len(shown) <= size
        found += map(of_line, shown)
    return found


def test_pages_and_single_rows_are_those_of_the_whole(tmp_path: Path, any_database_url: str) -> None:
    story = Story(tmp_path, BEGUN, database_url=any_database_url)
    several(story)
    for who, amount in ((CHECKER, 13), (OTHER, 3), (STRANGER, 0)):
        actor = session_of(story.tools, story.id_of(who)).actor
        whole = registers.own_access(story.tools, actor)
        assert len(whole) == amount
        for size in (1, 3, 4, 50):
            assert by_pages(story, actor, size) == [of_line(one) for one in whole]
        assert [registers.read_own_access(story.tools, actor, one.row.production_access_id) for one in whole] == whole
    story.service.close()


def test_row_of_somebody_else_is_as_one_that_does_not_exist(tmp_path: Path) -> None:
    story = Story(tmp_path, BEGUN)
    several(story)
    actor, other = (session_of(story.tools, story.id_of(who)).actor for who in (CHECKER, OTHER))
    theirs = registers.own_access(story.tools, other)[1].row.production_access_id
    said = []
    for ident in (theirs, NOBODYS):
        with pytest.raises(NotFound) as refused:
            registers.read_own_access(story.tools, actor, ident)
        said.append((refused.value.detail, refused.value.extra))
        begun = registers.list_own_access(story.tools, actor, limit=5, after=ident)
        assert begun == registers.list_own_access(story.tools, actor, limit=5)
    assert said[0] == said[1]
    story.service.close()


def test_rows_of_a_person_for_one_release_are_those_of_all_that_are_for_it(
    tmp_path: Path, any_database_url: str
) -> None:
    story = Story(tmp_path, BEGUN, database_url=any_database_url)
    several(story)
    with story.tools.reading() as connection:
        for who in (CHECKER, OTHER, STRANGER):
            person_id = story.id_of(who)
            whole = production.of_person(connection, person_id)
            for release_id in {NOBODYS, *(row.release_id for row in whole)}:
                alone = production.of_person_for(connection, person_id, release_id)
                assert alone == tuple(row for row in whole if row.release_id == release_id)
    story.service.close()
