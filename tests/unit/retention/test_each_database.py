"""The same on SQLite and on PostgreSQL: pages of requests, annual lists, destroying records, erasing a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.actions import auditing, owed, record_requests, retention
from app.audit import verify
from app.records import tables
from app.records.erasing import ERASED_NAME
from tests.build import london
from tests.scenarios.test_published import annual, at_producer
from tests.scenarios.test_record_on_request import asked
from tests.scenarios.test_retention import erases, erases_person, published
from tests.story import CHANCELLOR, Story, done

TUESDAY = london(2026, 6, 16, 9, 30)


def test_records_are_asked_for_listed_destroyed_and_forgotten_on_each_database(
    tmp_path: Path, any_database_url: str
) -> None:
    story = Story(tmp_path, TUESDAY - timedelta(days=14), database_url=any_database_url)
    release_id = published(story, "wales", TUESDAY, "Waiting times")
    said = {"by": "Private Secretary", "about": "timing", "words": "Could it wait?", "made_at": "2026-06-15T10:00:00Z"}
    done(story.post(story.statistician, f"/releases/{release_id}/representations", json=said), 201)
    story.clock.put(TUESDAY + timedelta(days=1))
    taken = []
    for _ in range(3):
        taken.append(asked(story, release_id)["record_request_id"])
        story.clock.forward(minutes=1)
    path, found, after = at_producer(story, "record-requests"), [], None
    while True:
        page = story.get(story.auditor, path, params={"limit": 2, **({"after": after} if after else {})})
        found += [one["record_request_id"] for one in page["results"]]
        after = page["next"]
        if after is None:
            break
    assert found == taken[::-1]
    story.clock.put(london(2027, 1, 1, 9, 0))
    assert (owed.remind_of_annual_lists(story.tools), record_requests.remind_of_requests(story.tools)) == (1, 6)
    (row,) = done(annual(story, "wales", "2026-01-01", "2026-12-31"), 201)["rows"]
    assert row["statistic"] == "Waiting times"
    for record_request_id in taken:
        done(story.post(story.statistician, f"/record-requests/{record_request_id}/answer", json={}))
    story.clock.put(london(2034, 6, 20, 9, 0))
    assert [retention.tell_of_due(story.tools) for _ in range(2)] == [1, 0]
    vkey = auditing.log_vkeys(story.tools)[0]
    labelled = select(tables.entry_labels.c.arrival).where(tables.entry_labels.c.value == story.id_of(CHANCELLOR))
    with story.tools.reading() as connection:
        assert connection.execute(labelled).first() is not None
    (erased,) = done(erases(story, release_id))["results"]
    assert (erased["counts"]["representations"], erased["counts"]["requests"]) == (1, 3)
    first, second = story.service.administrator(), story.service.auditor()
    done(erases_person(story, story.id_of(CHANCELLOR), first, second))
    with story.tools.reading() as connection:
        names = connection.execute(select(tables.people.c.name)).scalars().all()
        assert connection.execute(labelled).all() == []  # nobody is found in the log by who was erased
    assert (CHANCELLOR.name in names, ERASED_NAME in names) == (False, True)
    auditing.sequence(story.tools)
    auditing.check_published(story.tools)
    assert verify.verify_log(story.exported("after"), vkey).checkpoint.size > 0
    story.service.close()
