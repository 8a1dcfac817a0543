"""A post's unit is corrected twice at the same moment, and the first one is suspended: the post does not slip out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.records import posts
from tests.build import london
from tests.meeting import at_once
from tests.story import CHANCELLOR, Story, done

T = london(2026, 6, 16, 9, 30)


@pytest.fixture
def story(any_database_url: str, tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=8), database_url=any_database_url)
    told.release(T)
    told.list_with(CHANCELLOR)
    yield told
    told.service.close()


def test_post_that_came_into_a_suspended_unit_meanwhile_stays_in_it(story: Story) -> None:
    post_id = story.grant_of(CHANCELLOR)["post_id"]
    with story.tools.reading() as connection:
        organisation = posts.get(connection, post_id).organisation_id
    story.headers(story.lead)

    def corrects(unit: str) -> Any:
        return story.ask(story.statistician, "PATCH", f"/posts/{post_id}", json={"unit": unit})

    def corrects_and_suspends() -> None:
        done(corrects("Fiscal Group"))
        body = {"subject_id": organisation, "unit": "Fiscal Group", "reason": "The bulletin was passed on."}
        done(story.post(story.lead, f"/producers/{story.sat.producer_id}/suspensions", json=body), 201)

    lock = r"^SELECT posts.post_id\s+FROM posts\s+WHERE posts.post_id = "
    at_once(story.tools.database, lambda: corrects("Press Office"), lock, corrects_and_suspends)
    with story.tools.reading() as connection:
        assert posts.get(connection, post_id).unit == "Fiscal Group"
