"""T27 and T38–T42: a clock that is wrong, attempts that failed, reads that should not have been, and a log that lies.

Told on both databases the service runs on.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from app.actions import auditing, breaches
from app.audit import verify
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.errors import ClockWrong, LogDamaged
from app.rules.orders import uk
from app.worker.loop import Worker
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, Story, answered, codes, done, practices

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
OPENS_AT = london(2026, 6, 15, 9, 30)
PUBLISHES_AT = OPENS_AT + DAY


@pytest.fixture
def story(begin: Begin, any_database_url: str) -> Story:
    return begin(PUBLISHES_AT - 8 * DAY, database_url=any_database_url)


def by_the_worker(story: Story) -> None:
    """Let the worker do everything that is due, once."""
    Worker(story.tools)._tick(0)


def test_t27_server_whose_clock_is_five_minutes_out_refuses_to_start_and_an_incident_says_so(story: Story) -> None:
    admin = story.service.administrator()
    story.ready(PUBLISHES_AT)
    story.clock.put(OPENS_AT)
    story.clock.wrong_by = timedelta(minutes=5)
    with pytest.raises(ClockWrong, match=r"300\.0 seconds"), Worker(story.tools).running():
        pass
    (incident,) = story.incidents(admin)
    assert (incident["kind"], incident["facts"]["difference_ms"]) == ("clock_wrong", 300_000)
    assert codes(story.opens(CHANCELLOR))[0] in ("500", "503")
    assert story.entries(EntryKind.ACCESS_DECIDED) == []
    story.clock.wrong_by = timedelta(0)
    with Worker(story.tools).running():
        assert story.reads(CHANCELLOR) == FIGURES


def test_t38_readers_called_40_minutes_early_by_other_means_unlock_nothing_and_the_near_miss_says_who_read_it_nobody(
    story: Story,
) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    story.clock.put(OPENS_AT - timedelta(minutes=40))
    for _ in range(story.tools.policy.refusals_before_incident):
        for reader in (CHANCELLOR, ADVISER):
            refused = story.opens(reader)
            assert (codes(refused), refused.json()["opens_at"]) == (
                ["403", "window_not_open"],
                "2026-06-15T08:30:00.000Z",
            )
            story.clock.forward(seconds=20)
    incidents = story.incidents()
    assert [(one["kind"], one["near_miss"]) for one in incidents] == [("repeated_refusals", True)] * 2
    assert [one["facts"]["person_id"] for one in incidents] == [story.id_of(CHANCELLOR), story.id_of(ADVISER)]
    assert [one["facts"]["read_by"] for one in incidents] == [[], []]
    assert all(one["facts"]["before_window"] for one in incidents)
    assert "asked for and refused 3 times before the window had opened" in incidents[0]["summary"]
    assert incidents[0]["summary"].endswith("It was read by: nobody.")
    assert story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"] == []
    report = story.report(incidents[0])
    assert "The log shows no opening: nothing of the documents left the service." in answered(report)
    assert practices(report) == []
    story.clock.put(OPENS_AT)
    assert story.reads(CHANCELLOR) == FIGURES


def test_t39_two_readers_let_in_by_a_fast_clock_are_found_once_it_is_known_how_fast_it_was(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    fast = timedelta(minutes=18)
    for reader, truly_at in (
        (CHANCELLOR, OPENS_AT - timedelta(minutes=18)),
        (ADVISER, OPENS_AT - timedelta(minutes=6)),
    ):
        story.clock.put(truly_at + fast)
        assert story.reads(reader) == FIGURES
    story.clock.put(OPENS_AT + timedelta(hours=1))
    by_the_worker(story)
    assert story.incidents() == []
    incident_id = breaches.review_openings(story.tools, story.told.release_id, clock_fast_by=fast)
    (incident,) = story.incidents()
    assert (incident["incident_id"], incident["kind"]) == (incident_id, "access_before_window")
    assert incident["occurred_at"] == "2026-06-15T08:12:00.000Z"
    assert [
        (one["person_id"], one["post_title"], one["opened_at"], one["seconds_before_window"])
        for one in incident["facts"]["openings"]
    ] == [
        (story.id_of(CHANCELLOR), "Chancellor", "2026-06-15T08:12:00.000Z", 18 * 60),
        (story.id_of(ADVISER), "Chief Economic Adviser", "2026-06-15T08:24:00.000Z", 6 * 60),
    ]
    assert "The clock stood 1080 seconds ahead then" in incident["summary"]
    report = story.report(incident)
    assert practices(report) == ["3.4", uk.PARA_4]
    told = answered(report)
    assert "18 minutes before the window" in told
    assert "Chief Economic Adviser, Example Treasury" in told
    assert not any(name in str(report) for reader in (CHANCELLOR, ADVISER) for name in (reader.name, reader.email))
    assert breaches.review_openings(story.tools, story.told.release_id, clock_fast_by=fast) is None


def test_t39_readers_let_in_by_a_time_stored_wrongly_are_found_by_the_worker_once_it_is_right(story: Story) -> None:
    story.ready(PUBLISHES_AT, CHANCELLOR)
    story.clock.put(OPENS_AT)
    assert story.reads(CHANCELLOR) == FIGURES
    by_the_worker(story)
    assert story.incidents() == []
    with story.tools.transaction() as tx:  # as a repair of the records would: the true time had been an hour later
        tx.connection.execute(update(tables.releases).values(publishes_at=PUBLISHES_AT + timedelta(hours=1)))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, story.clock.now(), release_id=story.told.release_id))
    by_the_worker(story)
    (incident,) = story.incidents()
    assert (incident["kind"], incident["opened_by_rule"]) == ("access_before_window", True)
    assert [one["seconds_before_window"] for one in incident["facts"]["openings"]] == [3600]
    told = [subject for subject, _ in story.letters(story.head) if subject.startswith("Incident")]
    assert [subject.startswith("Incident 1: access before the window") for subject in told] == [True]
    by_the_worker(story)
    assert len(story.incidents()) == 1


def test_t40_recipient_who_should_not_have_this_loses_access_and_the_producer_has_a_draft(story: Story) -> None:
    story.ready(PUBLISHES_AT, SECRETARY, ADVISER)
    story.clock.put(OPENS_AT)
    opening = done(story.opens(SECRETARY), 201)
    told = story.reports(SECRETARY, "received_in_error", "I moved to another team last month.")
    assert (told["number"], told["access_stopped"]) == (1, True)
    assert codes(story.opens(SECRETARY)) == ["403", "grant_paused"]
    fetched = story.fetches(SECRETARY, opening)
    assert (fetched.status_code, fetched.json()["code"]) == (409, "opening_ended")
    assert story.opens(ADVISER).status_code == 201
    (incident,) = story.incidents()
    assert (incident["kind"], incident["opened_by_rule"]) == ("received_in_error", False)
    for alerted in (story.head, story.lead):
        subject, body = story.letters(alerted)[-1]
        assert subject == "Incident 1: a recipient says they should not have this"
        assert incident["incident_id"] in body
        assert SECRETARY.name not in body
    report = story.report(incident)
    assert practices(report) == ["3.3", "3.4", uk.PARA_3_1]
    assert "Opening " + opening["number"] in answered(report)
    assert "I moved to another team" not in str(report)


def test_t42_entry_altered_in_the_database_is_named_and_nothing_is_exported_without_the_warning(story: Story) -> None:
    story.ready(PUBLISHES_AT)
    story.clock.put(OPENS_AT - timedelta(minutes=1))
    story.opens(CHANCELLOR)
    vkey = auditing.log_vkeys(story.tools)[0]
    sound = story.exported("sound")
    size = verify.verify_log(sound, vkey).size
    (refused,) = [leaf for leaf in story.entries(EntryKind.ACCESS_DECIDED) if leaf["outcome"] == "refused"]
    forged = json.dumps({**refused, "outcome": "permitted"}, sort_keys=True, separators=(",", ":")).encode()
    with story.tools.database.engine.begin() as connection:  # past every rule of ours, as an intruder would
        changed = connection.execute(
            update(tables.entries).where(tables.entries.c.entry_id == refused["id"]).values(leaf=forged)
        )
        index = connection.execute(
            text(
                "SELECT p.leaf_index FROM entry_places p JOIN entries e ON e.arrival = p.arrival "
                "WHERE e.entry_id = :named"
            ),
            {"named": refused["id"]},
        ).scalar_one()
    assert changed.rowcount == 1
    named = f"entry {index} ({refused['id']}) in the database is not the one that was published"
    with pytest.raises(LogDamaged, match=f"entry {index} "):
        story.exported("damaged")
    assert not (story.folder / "damaged").exists()
    despite = story.exported("despite", despite_damage=True)
    assert named in (despite / "WARNING.txt").read_text("utf-8")
    assert not (sound / "WARNING.txt").exists()
    assert verify.verify_log(despite, vkey).size > size


def test_t42_exported_entry_altered_on_its_way_is_refused_by_the_verifier_that_names_the_first_bad_one(
    story: Story,
) -> None:
    story.ready(PUBLISHES_AT)
    story.clock.put(OPENS_AT - timedelta(minutes=1))
    story.opens(CHANCELLOR)
    folder, vkey = story.exported("exported"), auditing.log_vkeys(story.tools)[0]
    (bundle,) = [path for path in (folder / "tile" / "entries").rglob("*") if path.is_file()]
    content = bundle.read_bytes()
    assert content.count(b'"outcome":"refused"') >= 1
    bundle.write_bytes(content.replace(b'"outcome":"refused"', b'"outcome":"granted"', 1))
    leaves = [leaf["outcome"] for leaf in story.service.entries()]
    with pytest.raises(verify.LogRefused) as refused:
        verify.verify_log(folder, vkey)
    assert refused.value.where == f"entry {leaves.index('refused')}"
