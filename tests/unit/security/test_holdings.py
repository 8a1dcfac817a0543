"""Attack: a preparer says who holds a post, and so lets somebody in on a list that is in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.naming import Naming
from app.actions.tools import Actor
from app.records import posts, tables
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, FIGURES, Reader, Story, codes, done

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
INSIDE = PUBLISHES_AT - timedelta(hours=20)  # the afternoon of 15 June
ENDED = "2026-06-14"

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """The Chancellor's time in the post ended yesterday, on a list that is in force and whose window is open."""
    told = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    told.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    told.clock.put(INSIDE)
    assert told.reads(CHANCELLOR) == FIGURES
    end_of_chancellor(told)
    assert codes(told.opens(CHANCELLOR)) == ["403", "post_not_held"]
    return told


def end_of_chancellor(story: Story) -> None:
    listed = story.get(story.head, f"/lists/{story.told.listed['list_id']}")["grants"]
    post_id, person_id = listed[0]["post_id"], listed[0]["person_id"]
    with story.tools.reading() as connection:
        (held,) = [one for one in posts.holdings_of_person(connection, person_id) if one.post_id == post_id]
    done(story.post(story.statistician, f"/holdings/{held.holding_id}/end", json={"until_on": ENDED}))


def holding(story: Story, who: str, from_on: str, until_on: str | None = None) -> None:
    grant = story.grant_of(CHANCELLOR)
    body = {"person_id": grant["person_id"], "from_on": from_on, "until_on": until_on}
    done(story.post(who, f"/posts/{grant['post_id']}/holdings", json=body), 201)


def by_preparer_of_another_producer(story: Story) -> None:
    other = story.service.producer("Another Office").people[Role.STATISTICIAN]
    holding(story, other, "2026-06-15")


def by_back_dated_holding(story: Story) -> None:
    holding(story, story.statistician, "2000-01-03", "2009-12-31")
    holding(story, story.statistician, "2026-06-15")


def by_import_that_is_never_approved(story: Story) -> None:
    rows = [["Post", "Organisation", "Hours", "Name", "Email", "In post from", "Ground"], CHANCELLOR.row()]
    rows[1][5] = "2026-06-15"
    sheet = "\n".join(",".join(row) for row in rows).encode()
    done(story.import_sheet(sheet, "text/csv"), 201)


def by_naming_on_a_draft(story: Story) -> None:
    draft = done(story.post(story.statistician, f"/releases/{story.told.release_id}/lists", json={}), 201)
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][0]['grant_id']}/holder"
    body = {"email": CHANCELLOR.email, "held_from_on": "2026-06-15"}
    done(story.ask(story.statistician, "PUT", path, revision=draft["revision"], json=body))


def by_ending_and_beginning_again(story: Story) -> None:
    holding(story, story.statistician, "2026-06-15", "2026-06-15")
    holding(story, story.statistician, "2026-06-16")


ATTACKS: tuple[Callable[[Story], None], ...] = (
    by_preparer_of_another_producer,
    by_back_dated_holding,
    by_import_that_is_never_approved,
    by_naming_on_a_draft,
    by_ending_and_beginning_again,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_holding_recorded_after_approval_lets_nobody_in(story: Story, attack: Callable[[Story], None]) -> None:
    attack(story)
    refused = story.opens(CHANCELLOR)
    assert codes(refused) == ["403", "post_not_held"]
    assert "a new version of the list, approved by the head of profession" in refused.json()["reasons"][0]["remedy"]
    story.clock.forward(seconds=1)
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    assert story.opens(ADVISER).status_code == 201


def test_new_version_approved_by_the_head_of_profession_relies_on_what_is_on_record_by_then(story: Story) -> None:
    by_preparer_of_another_producer(story)
    story.list_with(CHANCELLOR, ADVISER, override="The Chancellor was appointed again.")
    assert story.reads(CHANCELLOR) == FIGURES


def test_extension_of_somebody_else_lets_nobody_in_along_with_it(story: Story) -> None:
    by_preparer_of_another_producer(story)
    longer: dict[str, Any] = {
        "reasons": "A statement must be made early.",
        "board_informed_at": "2026-06-15T10:00:00Z",
        "asked_minutes": 2880,
    }
    done(story.post(story.head, f"/grants/{story.grant_of(ADVISER)['grant_id']}/extension", json=longer))
    assert story.reads(ADVISER) == FIGURES
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]


def test_version_that_takes_somebody_off_a_frozen_list_lets_nobody_in_along_with_it(story: Story) -> None:
    by_preparer_of_another_producer(story)
    draft = done(story.post(story.statistician, f"/releases/{story.told.release_id}/lists", json={}), 201)
    path = f"/lists/{draft['list_id']}/grants"
    adviser, chancellor = story_grant(draft, ADVISER), story_grant(draft, CHANCELLOR)
    gone = story.ask(story.statistician, "DELETE", f"{path}/{adviser}", revision=draft["revision"])
    story.told.listed = done(gone)
    refused = story.approves()
    assert (refused.status_code, refused.json()["code"]) == (409, "list_frozen")
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    gone = story.ask(story.statistician, "DELETE", f"{path}/{chancellor}", revision=story.told.listed["revision"])
    assert [one["code"] for one in done(gone)["lacking"]] == ["list_empty"]


def test_version_that_only_takes_people_off_relies_on_no_newer_holdings_than_the_one_before(tmp_path: Path) -> None:
    story = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    before = story.told.listed["holdings_as_of"]
    assert before == story.told.listed["approved_at"]
    story.clock.put(INSIDE)
    draft = done(story.post(story.statistician, f"/releases/{story.told.release_id}/lists", json={}), 201)
    path = f"/lists/{draft['list_id']}/grants/{story_grant(draft, ADVISER)}"
    story.told.listed = done(story.ask(story.statistician, "DELETE", path, revision=draft["revision"]))
    approved = done(story.approves())
    assert (approved["holdings_as_of"], approved["override_reason"]) == (before, "")
    assert codes(story.opens(ADVISER)) == ["403", "not_on_list"]
    assert story.opens(CHANCELLOR).status_code == 201


def story_grant(listed: dict[str, Any], reader: Reader) -> str:
    return str(next(one["grant_id"] for one in listed["grants"] if one["holder_email"] == reader.email))


def test_holdings_count_as_they_were_at_approval_and_their_end_at_once_on_each_database(
    tmp_path: Path, any_database_url: str
) -> None:
    story = Story(tmp_path, PUBLISHES_AT - timedelta(days=8), database_url=any_database_url)
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(INSIDE)
    assert story.opens(CHANCELLOR).status_code == 201
    end_of_chancellor(story)
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    by_preparer_of_another_producer(story)
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    story.list_with(CHANCELLOR, override="The Chancellor was appointed again.")
    assert story.opens(CHANCELLOR).status_code == 201
    story.service.close()


def test_holding_recorded_by_an_import_counts_from_when_it_was_written_and_not_from_when_the_import_began(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, PUBLISHES_AT - timedelta(days=8))
    story.release(PUBLISHES_AT)
    began = story.clock.now()
    actor = Actor(story.statistician, "Sam", (), story.statistician)
    story.clock.forward(seconds=2)
    with story.tools.transaction() as tx:
        naming = Naming(story.tools, tx, actor, story.sat.producer_id, began)
        post_id = naming.post_id("Chancellor", "Example Treasury")
        naming.begin_holding(post_id, story.auditor, date(2026, 6, 15))
        held = tx.connection.execute(select(tables.holdings.c.recorded_at)).scalars().all()
    assert held == [story.clock.now()]
