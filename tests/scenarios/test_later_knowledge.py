"""What was opened rightly, and turns out otherwise: a false name, a wrong list, a post not held, a clock, a move.

Told on both databases, through the API; the worker asks the rule again, and an incident is there before anybody has to
remember to write it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.actions import auditing, reviewing
from app.audit.entries import Entry, EntryKind
from app.records import posts, tables
from app.rules.reasons import instant_text
from app.worker.loop import Worker
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, SECRETARY, Reader, Story, answered, codes, done, practices

DAY = timedelta(days=1)
OPENS_AT = london(2026, 6, 15, 9, 30)
PUBLISHES_AT = OPENS_AT + DAY
FOUND_AT = OPENS_AT + timedelta(hours=2)


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    return begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)


def works(story: Story) -> None:
    """Let the worker do everything that is due, twice: nothing may come of the second time."""
    auditing.sequence(story.tools)  # which has a thread of its own beside the worker
    Worker(story.tools)._tick(0)
    before = (
        len(story.service.entries(EntryKind.INCIDENT_OPENED)),
        len(story.service.entries(EntryKind.INCIDENT_CHANGED)),
    )
    Worker(story.tools)._tick(0)
    after = (
        len(story.service.entries(EntryKind.INCIDENT_OPENED)),
        len(story.service.entries(EntryKind.INCIDENT_CHANGED)),
    )
    assert after == before


def opened(story: Story, *readers: Reader) -> list[dict[str, Any]]:
    story.ready(PUBLISHES_AT, *readers)
    story.clock.put(OPENS_AT)
    made = [done(story.opens(reader), 201) for reader in readers]
    works(story)
    assert story.incidents() == []
    story.clock.put(FOUND_AT)
    return made


def found_wrong(story: Story, who: str, **body: Any) -> dict[str, Any]:
    sent = {"reason": "It came out when the travel records were looked at.", **body}
    return dict(done(story.post(who, "/wrong-facts", json=sent), 201))


def held(incident: dict[str, Any]) -> list[tuple[str, list[str], bool, bool]]:
    """Give of each opening its number, why it does not stand, whether it was right then, and whether that is over."""
    return [
        (
            one["number"],
            [why["code"] for why in one["why"]],
            one["right_when_made"],
            "no_longer_stands_since" in one,
        )
        for one in incident["facts"]["openings"]
    ]


def test_declaration_signed_by_somebody_else_is_found_for_the_opening_that_rested_on_it(story: Story) -> None:
    first, _ = opened(story, CHANCELLOR, ADVISER)
    declared = story.get(CHANCELLOR, "/me/declarations")["results"][0]["declaration_id"]
    wrong = found_wrong(story, story.lead, kind="declaration", declaration_id=declared)
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_missing"]
    assert story.opens(ADVISER).status_code == 201
    works(story)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"], incident["opened_by_rule"]) == (
        "declaration_not_valid",
        False,
        True,
    )
    assert held(incident) == [(first["number"], ["declaration_missing"], True, False)]
    (one,) = incident["facts"]["openings"]
    assert (one["opened_at"], one["known_at"]) == (instant_text(OPENS_AT), instant_text(FOUND_AT))
    index = one["evidence"]["index"]
    assert story.service.entries()[index]["said"]["opening_id"] == first["opening_id"]
    (because,) = incident["facts"]["because"]
    assert story.service.entries()[because["index"]]["said"]["wrong_fact_id"] == wrong["wrong_fact_id"]
    assert "By what was known when they were made, they were right." in incident["summary"]
    report = story.report(incident)
    assert practices(report)[0] == "3.3"
    told = answered(report)
    assert f"Opening {first['number']}, Chancellor, Example Treasury: Monday 15 June 2026, 9:30am (UK time)" in told
    assert "Against it: declaration missing (SI 2008/2998 Sch. para 8)." in told
    assert "It became known at Monday 15 June 2026, 11:30am (UK time): something that had been taken for a fact" in told
    assert not any(word in str(report) for word in (CHANCELLOR.name, CHANCELLOR.email, "travel records"))

    story.clock.forward(hours=1)
    path = f"/wrong-facts/{wrong['wrong_fact_id']}/withdrawal"
    done(story.post(story.head, path, json={"reason": "The travel record was of another person."}))
    works(story)
    (incident,) = story.incidents()
    assert held(incident) == [(first["number"], ["declaration_missing"], True, True)]
    assert "What had been found of 1 opening no longer stands since Monday 15 June 2026, 12:30pm" in incident["summary"]
    told = [subject for subject, _ in story.letters(story.head) if subject.startswith("Incident 1")]
    assert [subject.endswith("something more is known") for subject in told] == [False, True]
    bodies = [body for subject, body in story.letters(story.head) if subject.startswith("Incident 1")]
    page = f"{story.tools.policy.public_address}/producer/incidents/{incident['incident_id']}"
    assert [body.splitlines()[-1] for body in bodies] == [f"Read it, and its draft report, at {page}"] * 2
    second = done(story.opens(CHANCELLOR), 201)

    again = found_wrong(story, story.lead, kind="declaration", declaration_id=declared)
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_missing"]
    story.clock.forward(minutes=1)
    story.signed(CHANCELLOR)  # what they sign themselves counts
    assert story.opens(CHANCELLOR).status_code == 201
    works(story)
    (incident,) = story.incidents()
    numbers = [first["number"], second["number"]]
    assert held(incident) == [(number, ["declaration_missing"], True, False) for number in numbers]
    assert incident["facts"]["openings"][0]["had_not_stood"][0]["since"] == instant_text(FOUND_AT + timedelta(hours=1))
    assert again["wrong_fact_id"] != wrong["wrong_fact_id"]


def test_approval_found_wrong_closes_the_list_and_holds_every_opening_by_it_against_one_incident(story: Story) -> None:
    made = opened(story, CHANCELLOR, ADVISER)
    body = {"kind": "approval", "list_id": story.told.listed["list_id"]}
    assert story.post(story.lead, "/wrong-facts", json={**body, "reason": "x"}).status_code == 403
    found_wrong(story, story.head, **body)
    assert codes(story.opens(ADVISER)) == ["403", "list_not_approved"]
    works(story)
    (incident,) = story.incidents()
    assert incident["kind"] == "not_on_list"
    assert sorted(held(incident)) == sorted((one["number"], ["list_not_approved"], True, False) for one in made)
    again = story.post(story.head, "/wrong-facts", json={**body, "reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    # Whoever approved it does not decide on what came of it: before, they could close it as no breach.
    path = f"/incidents/{incident['incident_id']}"
    change = {"state": "closed_no_breach", "note": "The list was right after all."}
    refused = story.ask(story.head, "PATCH", path, json=change, revision=incident["revision"])
    assert (refused.status_code, incident["facts"]["done_by"]) == (403, [story.head])
    done(story.ask(story.lead, "PATCH", path, json=change, revision=incident["revision"]))


def test_post_not_held_on_the_day_is_found_however_it_comes_on_record(story: Story) -> None:
    first, second = opened(story, CHANCELLOR, ADVISER)
    people = {one["person_id"]: one for one in story.told.listed["grants"]}
    grant = people[story.id_of(CHANCELLOR)]
    found_wrong(
        story,
        story.lead,
        kind="holding",
        producer_id=story.sat.producer_id,
        post_id=grant["post_id"],
        person_id=story.id_of(CHANCELLOR),
        from_on="2026-06-01",
    )
    assert codes(story.opens(CHANCELLOR)) == ["403", "post_not_held"]
    with story.tools.reading() as connection:
        (holding,) = posts.holdings_of_post(connection, people[story.id_of(ADVISER)]["post_id"])
    done(story.post(story.statistician, f"/holdings/{holding.holding_id}/end", json={"until_on": "2026-06-14"}))
    works(story)
    (incident,) = story.incidents()
    assert incident["kind"] == "post_not_held"
    assert sorted(held(incident)) == sorted(
        [(first["number"], ["post_not_held"], True, False), (second["number"], ["post_not_held"], True, False)]
    )
    assert len(incident["facts"]["because"]) == 2


def test_clock_found_wrong_by_a_known_span_holds_the_openings_it_let_in_against_their_true_time(story: Story) -> None:
    admin = story.service.administrator()
    made = opened(story, CHANCELLOR, ADVISER)
    body = {
        "kind": "clock",
        "from_at": instant_text(OPENS_AT - timedelta(minutes=5)),
        "until_at": instant_text(OPENS_AT + timedelta(minutes=5)),
        "reason": "The time server was wrong.",
    }
    assert story.post(story.head, "/wrong-facts", json=body).status_code == 403
    doubt = found_wrong(story, admin, **body)
    works(story)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("clock_wrong", False)
    assert sorted(held(incident)) == sorted((one["number"], [], True, False) for one in made)
    assert "nobody can say whether the window had opened" in incident["summary"]

    known = found_wrong(story, admin, **{**body, "fast_seconds": 90})
    done(story.post(admin, f"/wrong-facts/{doubt['wrong_fact_id']}/withdrawal", json={"reason": "It is known now."}))
    works(story)
    doubted, early = story.incidents()
    assert [one[3] for one in held(doubted)] == [True, True]
    assert early["kind"] == "access_before_window"
    assert [(one["opened_at"], one["opened_by_the_clock_at"]) for one in early["facts"]["openings"]] == [
        (instant_text(OPENS_AT - timedelta(seconds=90)), instant_text(OPENS_AT))
    ] * 2
    assert [one["seconds_before_window"] for one in early["facts"]["openings"]] == [90, 90]
    assert "the times told here are corrected" in early["summary"]
    assert "1 minute 30 seconds before the window" in answered(story.report(early))
    listed = story.get(story.head, "/wrong-facts")["results"]
    assert {one["wrong_fact_id"]: one["withdrawn_reason"] for one in listed} == {
        doubt["wrong_fact_id"]: "It is known now.",
        known["wrong_fact_id"]: "",
    }


def test_release_moved_after_reading_and_moved_back_says_on_its_one_incident_that_it_no_longer_stands(
    story: Story,
) -> None:
    (first,) = opened(story, CHANCELLOR)
    later = instant_text(PUBLISHES_AT + 2 * DAY)
    done(story.moves(story.head, "rescheduling", publishes_at=later, reason="A data problem."))
    works(story)
    (incident,) = story.incidents()
    assert incident["kind"] == "access_made_over_long"
    story.clock.forward(minutes=5)
    later = instant_text(PUBLISHES_AT + 3 * DAY)
    done(story.moves(story.head, "rescheduling", publishes_at=later, reason="And another day."))
    works(story)
    (incident,) = story.incidents()
    assert [one["window_opens_at_now"] for one in incident["facts"]["openings"]] == [instant_text(OPENS_AT + 3 * DAY)]
    story.clock.forward(minutes=5)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(PUBLISHES_AT), reason="It is ready."))
    works(story)
    (incident,) = story.incidents()
    assert [one["number"] for one in incident["facts"]["openings"]] == [first["number"]]
    assert "What had been found of 1 opening no longer stands" in incident["summary"]


def test_deputys_paper_found_not_to_count_is_held_against_the_deputys_openings_alone(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    asked = {
        "name": SECRETARY.name,
        "email": SECRETARY.email,
        "post_title": SECRETARY.post,
        "organisation": SECRETARY.organisation,
        "held_from_on": "2026-01-05",
        "reason": "On leave.",
    }
    request = done(story.post(CHANCELLOR, f"/releases/{story.told.release_id}/deputies", json=asked), 201)
    done(story.post(story.head, f"/deputies/{request['deputy_id']}/approval", json={}))
    story.signed(SECRETARY)
    story.clock.put(OPENS_AT)
    made = done(story.opens(SECRETARY), 201)
    done(story.opens(ADVISER), 201)
    works(story)
    assert story.incidents() == []
    found_wrong(story, story.lead, kind="deputy", deputy_id=request["deputy_id"])
    assert codes(story.opens(SECRETARY)) == ["403", "not_on_list"]
    works(story)
    (incident,) = story.incidents()
    assert (incident["kind"], held(incident)) == ("not_on_list", [(made["number"], ["not_on_list"], True, False)])


def test_wrong_fact_that_does_not_say_what_it_is_about_is_told_what_is_missing_and_what_is_strange(
    story: Story,
) -> None:
    body = {"kind": "holding", "post_id": "pst_" + "0" * 24, "fast_seconds": 3, "reason": "x"}
    refused = story.post(story.head, "/wrong-facts", json=body)
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [
            {"where": "body.producer_id", "what": "is missing"},
            {"where": "body.person_id", "what": "is missing"},
            {"where": "body.fast_seconds", "what": "is not for “holding”"},
        ],
    )


def test_wrong_facts_of_a_producer_are_nothing_to_anybody_else(story: Story) -> None:
    opened(story, CHANCELLOR)
    other = story.service.producer("Office for Other Statistics")
    (outsider, *_) = other.people.values()
    declared = story.get(CHANCELLOR, "/me/declarations")["results"][0]["declaration_id"]
    body = {"kind": "declaration", "declaration_id": declared, "reason": "x"}
    nothing = story.post(outsider, "/wrong-facts", json={**body, "declaration_id": "dcl_" + "0" * 24})
    for who in (outsider, CHANCELLOR):
        refused = story.post(who, "/wrong-facts", json=body)
        assert (refused.status_code, refused.json()["detail"]) == (404, nothing.json()["detail"])
    wrong = found_wrong(story, story.lead, kind="declaration", declaration_id=declared)
    for who in (outsider, CHANCELLOR):
        path = f"/wrong-facts/{wrong['wrong_fact_id']}/withdrawal"
        assert story.post(who, path, json={"reason": "x"}).status_code == 404
        assert story.ask(who, "GET", f"/producers/{story.sat.producer_id}/wrong-facts").status_code == 404
    listed = story.get(story.auditor, f"/producers/{story.sat.producer_id}/wrong-facts")["results"]
    assert [one["wrong_fact_id"] for one in listed] == [wrong["wrong_fact_id"]]


def test_openings_of_a_long_list_are_looked_at_a_few_at_a_time_whoever_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "BATCH", 2)
    monkeypatch.setattr(reviewing, "BATCHES_AT_ONCE", 1)
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    story.clock.put(OPENS_AT)
    made = [done(story.opens(reader), 201) for reader in (CHANCELLOR, ADVISER) * 3]
    while reviewing._oldest(story.tools) is not None:
        reviewing.review_marks(story.tools)
    story.clock.put(FOUND_AT)
    found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
    mark = reviewing._oldest(story.tools)
    assert mark is not None
    asked = reviewing._ask(story.tools, mark)  # and stopped here, with nothing kept
    assert [reviewing.review_marks(story.tools) for _ in range(5)] == [2, 2, 2, 0, 0]
    with pytest.raises(reviewing._Overtaken):  # somebody who comes late keeps nothing
        reviewing._keep(story.tools, asked)
    (incident,) = story.incidents()
    told = [one["opening_id"] for one in incident["facts"]["openings"]]
    assert sorted(told) == sorted(one["opening_id"] for one in made)
    assert [entry["said"]["found"] for entry in story.entries(EntryKind.OPENINGS_REVIEWED)][-3:] == [2, 2, 2]
    assert len([subject for subject, _ in story.letters(story.head) if subject.startswith("Incident 1")]) == 1


def test_workers_that_ask_at_once_hold_each_opening_once_against_one_incident(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "BATCH", 3)
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    story.clock.put(OPENS_AT)
    made = [done(story.opens(reader), 201) for reader in (CHANCELLOR, ADVISER) * 5]
    while reviewing._oldest(story.tools) is not None:
        reviewing.review_marks(story.tools)
    story.clock.put(FOUND_AT)
    found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
    with ThreadPoolExecutor(3) as workers:
        while reviewing._oldest(story.tools) is not None:
            list(workers.map(reviewing.review_marks, [story.tools] * 3))
    (incident,) = story.incidents()
    told = [one["opening_id"] for one in incident["facts"]["openings"]]
    assert sorted(told) == sorted(one["opening_id"] for one in made)
    kept = [entry["said"] for entry in story.entries(EntryKind.OPENINGS_REVIEWED) if entry["said"]["found"]]
    assert sum(one["found"] for one in kept) == len(made)


def test_opening_committed_after_a_change_that_was_made_beside_it_is_looked_at_all_the_same(
    begin: Begin, postgres_url: str
) -> None:
    """On SQLite there is one writer at a time, so nothing is beside anything."""
    story = begin(PUBLISHES_AT - 8 * DAY, database_url=postgres_url)
    (first,) = opened(story, CHANCELLOR)
    with story.tools.database.engine.connect() as beside, beside.begin():  # an opening on its way to its commit
        beside.execute(update(tables.openings).values(sent_bytes=1))
        found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
        assert reviewing.review_marks(story.tools) == 0
    works(story)
    (incident,) = story.incidents()
    assert [one["number"] for one in incident["facts"]["openings"]] == [first["number"]]


def test_change_that_cannot_be_followed_up_is_told_and_holds_up_no_other(story: Story) -> None:
    (first,) = opened(story, CHANCELLOR)
    with story.tools.transaction() as tx:
        tx.connection.execute(update(tables.documents).values(rehearsal=True))  # a mistake of ours
        tx.append(Entry(EntryKind.RELEASE_CHANGED, story.clock.now(), release_id=story.told.release_id))
    with pytest.raises(ValueError, match="rehearsal"):
        reviewing.review_marks(story.tools)
    assert story.incidents() == []
    body = {"kind": "approval", "list_id": story.told.listed["list_id"]}
    found_wrong(story, story.head, **body)
    with story.tools.transaction() as tx:
        tx.connection.execute(update(tables.documents).values(rehearsal=False))
        tx.append(Entry(EntryKind.DOCUMENT_SCANNED, story.clock.now()))
    works(story)
    (incident,) = story.incidents()
    assert [one["number"] for one in incident["facts"]["openings"]] == [first["number"]]


def test_facts_changed_while_the_rule_is_asked_let_nothing_stale_be_kept(story: Story) -> None:
    opened(story, CHANCELLOR)
    wrong = found_wrong(story, story.head, kind="approval", list_id=story.told.listed["list_id"])
    mark = reviewing._oldest(story.tools)
    assert mark is not None
    asked = reviewing._ask(story.tools, mark)
    assert asked.differs
    done(story.post(story.head, f"/wrong-facts/{wrong['wrong_fact_id']}/withdrawal", json={"reason": "It was right."}))
    with pytest.raises(reviewing._Overtaken):
        reviewing._keep(story.tools, asked)
    works(story)
    assert story.incidents() == []
