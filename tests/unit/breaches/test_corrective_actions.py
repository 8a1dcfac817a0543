"""What is to be done because of an incident: owner and date, in the report, and followed to its end. And its causes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from app.audit.entries import Entry, EntryKind
from app.records import erasing
from app.rules.causes import CAUSE_WORDS, Cause
from tests.build import london
from tests.story import STRANGER, Story, answered, codes, done
from tests.unit.breaches.test_report_versions import changes, the_incident

DUE = london(2026, 3, 10, 9, 30)
ACTION = {
    "what": "Two people check the schedule.",
    "owner": "Head of publishing",
    "due_on": "2026-03-20",
    "long_term": True,
}


def reported(folder: Path, database_url: str | None = None) -> Story:
    """An incident of a release, reported by the lead official."""
    story = Story(folder, DUE - timedelta(days=8), database_url=database_url)
    story.release(DUE)
    story.reports(story.lead, "other", "The page was not there.")
    return story


def adds(story: Story, who: Any = None, **changed: Any) -> Any:
    path = f"/incidents/{the_incident(story)['incident_id']}/corrective-actions"
    return story.post(who or story.lead, path, json={**ACTION, **changed})


def ends(story: Story, action: dict[str, Any], outcome: str = "done", who: Any = None) -> Any:
    path = f"/corrective-actions/{action['corrective_action_id']}/end"
    return story.post(who or story.lead, path, json={"outcome": outcome, "how": "The rota is in force."})


def listed(story: Story) -> list[dict[str, Any]]:
    path = f"/incidents/{the_incident(story)['incident_id']}/corrective-actions"
    return list(story.get(story.auditor, path)["results"])


def test_action_on_record_stands_in_the_report_in_the_place_of_proposals(tmp_path: Path) -> None:
    story = reported(tmp_path)
    before = answered(story.report(the_incident(story)))
    assert before.count("[to be completed by the head of profession: further actions, with owners and dates]") == 2
    action = done(adds(story), 201)
    dropped = done(adds(story, what="Print it"), 201)
    done(ends(story, dropped, "dropped"))
    told = answered(story.report(the_incident(story)))
    assert "Two people check the schedule. Head of publishing, by 20 March 2026." in told
    assert "Print it" not in told
    assert told.count("further actions, with owners and dates]") == 1
    done(ends(story, action))
    assert "by 20 March 2026. Done Monday 2 March 2026." in answered(story.report(the_incident(story)))
    story.service.close()


def test_action_past_its_day_is_overdue_until_it_is_ended_once(tmp_path: Path, any_database_url: str) -> None:
    story = reported(tmp_path, any_database_url)
    action = done(adds(story), 201)
    story.clock.put(london(2026, 3, 20, 23, 59))
    assert [one["overdue"] for one in listed(story)] == [False]
    story.clock.put(london(2026, 3, 21, 0, 0))
    assert [one["overdue"] for one in listed(story)] == [True]
    ended = done(ends(story, action))
    assert (ended["outcome"], ended["ended_by"], ended["overdue"]) == ("done", story.lead, False)
    again = ends(story, action, "dropped")
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    kinds = (EntryKind.CORRECTIVE_ACTION_ADDED, EntryKind.CORRECTIVE_ACTION_ENDED)
    said = [entry for kind in kinds for entry in story.entries(kind)]
    assert [entry["said"]["corrective_action_id"] for entry in said] == [action["corrective_action_id"]] * 2
    assert [kept for kept in ("Two people", "Head of publishing", "rota") if kept in str(said)] == []
    story.service.close()


def test_incident_is_completed_only_when_no_action_is_open(tmp_path: Path, any_database_url: str) -> None:
    story = reported(tmp_path, any_database_url)
    action = done(adds(story), 201)
    for state in ("under_review", "reported", "actions_tracked"):
        done(changes(story, story.lead, state=state))
    refused = changes(story, story.lead, state="completed")
    assert (refused.status_code, "Two people check the schedule." in refused.json()["detail"]) == (409, True)
    done(ends(story, action))
    assert done(changes(story, story.lead, state="completed"))["state"] == "completed"
    late = adds(story)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    story.service.close()


def test_action_is_added_and_ended_by_lead_or_head_and_is_nothing_to_others(tmp_path: Path) -> None:
    story = reported(tmp_path)
    action = done(adds(story, story.head), 201)
    for who in (story.statistician, story.auditor):
        assert codes(adds(story, who)) == ["403", "role_required"]
        assert codes(ends(story, action, who=who)) == ["403", "role_required"]
    nothing = {"corrective_action_id": f"cac_{'0' * 24}"}
    assert codes(ends(story, action, who=STRANGER)) == codes(ends(story, nothing, who=STRANGER)) == ["404"]
    assert codes(adds(story, STRANGER)) == ["404"]
    assert adds(story, due_on="2026-03-01").status_code == 422
    assert adds(story, due_on="soon").status_code == 422
    story.service.close()


def test_action_is_not_ended_by_whoever_the_incident_is_about_and_names_nobody(tmp_path: Path) -> None:
    story = reported(tmp_path)
    lead = story.get(story.statistician, f"/people/{story.lead}")["name"]
    for words in ({"what": f"{lead} is trained."}, {"owner": lead.upper()}):
        refused = adds(story, story.head, **words)
        assert (refused.status_code, lead in refused.json()["detail"]) == (422, True)
    action = done(adds(story, story.head), 201)
    done(changes(story, story.head, caused_by=[story.lead]))
    for outcome in ("done", "dropped"):
        assert codes(ends(story, action, outcome)) == ["403", "second_person_required"]
    done(ends(story, action, who=story.head))
    story.service.close()


def test_causes_are_put_on_record_told_in_the_report_and_counted_in_the_year(tmp_path: Path) -> None:
    story = reported(tmp_path)
    changed = done(changes(story, story.lead, causes=["step_missed", "leave_cover"]))
    assert changed["causes"] == ["leave_cover", "step_missed"]
    told = answered(story.report(the_incident(story)))
    assert "Put on record as its causes: cover for somebody on leave; a step of publication was missed." in told
    figures = story.get(story.head, f"/producers/{story.sat.producer_id}/breach-return", params={"year": 2026})
    assert figures["by_cause"] == {"leave_cover": 1, "step_missed": 1}
    (row,) = story.get(story.head, f"/producers/{story.sat.producer_id}/breaches")["results"]
    assert row["causes"] == ["leave_cover", "step_missed"]
    assert changes(story, story.lead, causes=["bad luck"]).status_code == 422
    assert done(changes(story, story.lead, causes=[]))["causes"] == []
    story.service.close()


def test_every_cause_has_its_words() -> None:
    assert set(CAUSE_WORDS) == set(Cause)


def test_destroyed_records_take_what_was_to_be_done_and_leave_that_it_was(tmp_path: Path) -> None:
    story = reported(tmp_path)
    done(adds(story), 201)
    with story.tools.transaction() as tx:
        erasing.destroy(tx.connection, story.told.release_id, story.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, story.clock.now(), release_id=story.told.release_id))
    assert [(one["what"], one["owner"], one["due_on"]) for one in listed(story)] == [
        (erasing.GONE, erasing.GONE, "2026-03-20")
    ]
    story.service.close()
