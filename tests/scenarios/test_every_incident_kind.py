"""Each sort of incident that is found by rule, one named test for each; what people report has its own tests.

Early and late publication are in ``test_watch``, a seal that does not authenticate in the documents' tests.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.actions import auditing, listed_mailboxes
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.errors import LogDamaged
from app.rules.reasons import instant_text
from app.worker.loop import Worker
from tests.application import client_of
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, Reader, Story, codes, done

DAY = timedelta(days=1)
OPENS_AT = london(2026, 6, 15, 9, 30)
PUBLISHES_AT = OPENS_AT + DAY
OFFICE, TRAIN, ELSEWHERE = "192.0.2.10", "198.51.100.20", "203.0.113.30"


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    return begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)


class At:
    """Somebody at a network of their own."""

    def __init__(self, story: Story, who: Reader, network: str) -> None:
        self.story, self.who = story, who
        self.client = client_of(story.tools, client=(network, 50000))

    def post(self, path: str, **sent: Any) -> Any:
        return self.client.post(f"/api/v1{path}", headers=self.story.headers(self.who), **sent)

    def opens(self) -> dict[str, Any]:
        return dict(done(self.post(f"/documents/{self.story.told.document_id}/openings"), 201))

    def fetches(self, opening: dict[str, Any]) -> int:
        return int(self.client.get(opening["content"], headers=self.story.headers(self.who)).status_code)


def asked(story: Story, who: Reader) -> list[str]:
    return [body for subject, body in story.letters(who) if "was it you, from two networks?" in subject]


def test_opening_used_from_a_second_network_is_a_question_to_the_person_and_to_nobody_else(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    office, train = At(story, CHANCELLOR, OFFICE), At(story, CHANCELLOR, TRAIN)
    opening = office.opens()
    assert office.fetches(opening) == 200
    assert asked(story, CHANCELLOR) == []
    done(train.post(f"/openings/{opening['opening_id']}/reveal"))
    (letter,) = asked(story, CHANCELLOR)
    assert opening["number"] in letter
    assert not any(address in letter for address in (OFFICE, TRAIN))
    assert story.incidents() == []
    (entry,) = story.entries(EntryKind.NETWORKS_CHANGED)
    assert (entry["said"]["act"], entry["said"]["networks"]) == ("reveal", 2)
    assert TRAIN not in str(entry)
    path = f"/openings/{opening['opening_id']}/networks"
    answered = done(train.post(path, json={"all_mine": True}))
    assert answered["networks_answer"] == "mine"
    assert office.fetches(opening) == 200
    assert story.incidents() == []  # the person has said that it was they
    assert len(asked(story, CHANCELLOR)) == 1


def test_opening_used_again_from_the_first_network_after_a_second_is_one_near_miss(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    office, train = At(story, CHANCELLOR, OFFICE), At(story, CHANCELLOR, TRAIN)
    opening = office.opens()
    for place in (office, train, office, train, At(story, CHANCELLOR, ELSEWHERE)):
        assert place.fetches(opening) == 200
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("two_networks", True)
    assert [one["opening_id"] for one in incident["facts"]["openings"]] == [opening["opening_id"]]
    assert "ask them yourself" in incident["summary"]
    assert len(asked(story, CHANCELLOR)) == 1


def test_network_not_known_when_the_person_said_it_was_they_is_asked_about_anew_and_can_be_a_near_miss(
    story: Story,
) -> None:
    """Found by review: one yes turned the question and the near miss off for every network that came later."""
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    office, train = At(story, CHANCELLOR, OFFICE), At(story, CHANCELLOR, TRAIN)
    opening = office.opens()
    path = f"/openings/{opening['opening_id']}/networks"
    assert train.fetches(opening) == 200
    done(train.post(path, json={"all_mine": True}))
    story.clock.forward(minutes=1)
    for place in (office, train):
        assert place.fetches(opening) == 200
    assert len(asked(story, CHANCELLOR)) == 1
    assert At(story, CHANCELLOR, ELSEWHERE).fetches(opening) == 200
    assert len(asked(story, CHANCELLOR)) == 2
    assert story.incidents() == []
    shown = story.get(CHANCELLOR, f"/openings/{opening['opening_id']}")
    assert (shown["networks_asked_at"], shown["networks_answer"]) == (instant_text(story.clock.now()), None)
    assert At(story, CHANCELLOR, "203.0.113.31").fetches(opening) == 200
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("two_networks", True)
    story.clock.forward(minutes=1)
    done(train.post(path, json={"all_mine": True}))
    for number in (32, 33):
        assert At(story, CHANCELLOR, f"203.0.113.{number}").fetches(opening) == 200
    assert [one["near_miss"] for one in story.incidents()] == [True, True]
    assert len(asked(story, CHANCELLOR)) == 3


def test_opening_that_the_person_denies_is_ended_and_an_incident_whoever_else_asks_learns_nothing(
    story: Story,
) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    story.clock.put(OPENS_AT)
    office, train = At(story, CHANCELLOR, OFFICE), At(story, CHANCELLOR, TRAIN)
    opening = office.opens()
    path = f"/openings/{opening['opening_id']}/networks"
    assert office.post(path, json={"all_mine": False}).json()["code"] == "wrong_state"
    assert train.fetches(opening) == 200
    assert At(story, ADVISER, OFFICE).post(path, json={"all_mine": False}).status_code == 404
    done(office.post(path, json={"all_mine": False}))
    assert office.fetches(opening) == 409
    assert office.post(path, json={"all_mine": True}).json()["code"] == "already_ended"
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"], incident["facts"]["denied"]) == ("two_networks", False, True)
    assert story.report(incident)["number"] == incident["number"]


def _listed_as_an_office(story: Story) -> None:
    """As an address would be that came on record before the rule knew its word."""
    with story.tools.transaction() as tx:
        mine = tables.people.c.person_id == story.id_of(ADVISER)
        tx.connection.execute(update(tables.people).where(mine).values(email="press.office@treasury.gov.example"))
        tx.append(Entry(EntryKind.PERSON_ADDED, story.clock.now(), person_id=story.id_of(ADVISER)))


def test_shared_mailbox_found_on_a_list_in_force_waits_for_a_decision_and_is_a_near_miss_once(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    story.id_of(CHANCELLOR)
    Worker(story.tools)._tick(0)
    assert story.incidents() == []
    _listed_as_an_office(story)
    for _ in range(2):
        Worker(story.tools)._tick(0)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("shared_mailbox", True)
    assert "Chief Economic Adviser, Example Treasury" in incident["summary"]
    assert "press.office" not in str(incident)
    story.clock.put(OPENS_AT)
    assert codes(story.opens(ADVISER)) == ["403", "grant_paused"]
    assert story.opens(CHANCELLOR).status_code == 201
    grant = story.grant_of(ADVISER)
    done(story.post(story.head, f"/grants/{grant['grant_id']}/resumption", json={"reason": "It is one person's."}))
    Worker(story.tools)._tick(0)
    assert story.opens(ADVISER).status_code == 201
    assert len(story.incidents()) == 1


def test_shared_mailbox_from_which_documents_were_opened_is_an_incident_that_tells_of_them(story: Story) -> None:
    story.ready(PUBLISHES_AT, ADVISER)
    story.clock.put(OPENS_AT)
    opening = done(story.opens(ADVISER), 201)
    _listed_as_an_office(story)
    (found,) = listed_mailboxes.mailboxes_listed(story.tools)
    for _ in range(2):  # two workers that found the same
        listed_mailboxes.put_on_record(story.tools, found)
    (incident,) = story.incidents()
    assert (incident["near_miss"], incident["facts"]["openings"][0]["number"]) == (False, opening["number"])


def test_damaged_log_opens_an_incident_of_the_service_and_documents_stay_shut(story: Story) -> None:
    admin = story.service.administrator()
    story.ready(PUBLISHES_AT)
    story.clock.put(OPENS_AT)
    auditing.sequence(story.tools)
    with story.tools.database.engine.begin() as connection:  # past every rule of ours, as an intruder would
        newest = tables.entries.c.arrival == 2
        connection.execute(update(tables.entries).where(newest).values(leaf=b"{}"))
    for _ in range(2):
        with pytest.raises(LogDamaged):
            auditing.check_published(story.tools)
    (incident,) = story.incidents(admin)
    assert (incident["kind"], incident["release_id"], incident["near_miss"]) == ("log_damaged", None, False)
    assert codes(story.opens(CHANCELLOR))[0] in ("500", "503")
