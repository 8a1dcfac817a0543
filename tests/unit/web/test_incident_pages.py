"""Incidents on pages: a list with its clocks, one incident, its report beside the evidence, the register."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from app.audit.entries import Entry, EntryKind
from app.records import corrective_actions
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Role
from app.web import breach_registers, incident_accounts
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, answered, done
from tests.unit.breaches.test_corrective_actions import reported
from tests.unit.breaches.test_report_versions import changes, moved, the_incident
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")
NOTHING = "0" * 24


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The head of profession moved a release after it was read; a near miss stands beside it."""
    told = moved(tmp_path)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/incidents/{the_incident(story)['incident_id']}"


def begun(story: Story, who: Any, form: str = "free") -> tuple[Visitor, str]:
    """Somebody who has begun a version on the page; and where it stands."""
    visitor = at_pages(story, who)
    visitor.looks(f"{here(story)}/report")
    answer = visitor.sends(f"{here(story)}/report", form=form, note="For review.")
    assert answer.status_code == 303, words(answer)
    return visitor, answer.headers["location"]


def test_list_shows_state_and_clock_and_is_narrowed(story: Story) -> None:
    story.clock.forward(minutes=125)
    lead = at_pages(story, story.lead)
    told = lead.looks("/producer/incidents")
    assert "Incident 1 Access made longer than allowed by a change of the publication time" in told
    assert "Head not told 2 hours and 5 minutes so far" in told
    assert "Head not told 2 hours and 5 minutes so far" in lead.looks("/producer")
    assert "There is none." in lead.looks("/producer/incidents?state=reported")
    assert "There is none." in lead.looks("/producer/incidents?sort=near_miss")
    assert "Incident 1" in lead.looks("/producer/incidents?state=unfinished&kind=access_made_over_long&sort=breach")
    assert "There is none." in lead.looks("/producer/incidents?kind=other")
    assert "Incident 1" in lead.looks("/producer/incidents?state=%22%3E%3Cscript%3E")
    assert "<script>" not in lead.last.text


@pytest.mark.parametrize("place", ["", "/account", "/exhibits", "/correction", "/actions", "/report"])
def test_incident_is_nothing_to_whoever_has_no_relation_to_it(story: Story, place: str) -> None:
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, CHANCELLOR, other):
        visitor = at_pages(story, who)
        real = seen(visitor.asks("GET", f"{here(story)}{place}"))
        assert real == seen(visitor.asks("GET", f"/producer/incidents/inc_{NOTHING}{place}"))
        assert real[0] == 404


def test_reader_without_a_role_sees_no_list_and_no_register(story: Story) -> None:
    for who in (STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", "/producer/incidents").status_code == 404
        assert visitor.asks("GET", f"/producer/breaches/{story.sat.producer_id}").status_code == 404
        assert "Incidents" not in visitor.looks("/releases")


def test_incident_shows_facts_and_the_account_with_the_numbers_of_its_entries(story: Story) -> None:
    auditor = at_pages(story, story.auditor)
    told = auditor.looks(here(story))
    assert "Known since" in told
    assert "Proposed by rule; nobody has confirmed them." in told
    assert "A lead official or the head of profession decides what becomes of it." in told
    assert "Take it further" not in told
    account = auditor.looks(f"{here(story)}/account")
    assert "The release was given another time, by the head of profession" in account
    assert CHANCELLOR.name not in account
    read = [one["said"] for one in story.entries(EntryKind.REPORT_DRAFTED)]
    assert [one["format"] for one in read] == ["account"]
    evidence = auditor.asks("GET", f"{here(story)}/exhibits")
    assert evidence.content.startswith(b"PK")
    assert evidence.headers["cache-control"] == "no-store"
    api = story.get(story.auditor, f"/incidents/{the_incident(story)['incident_id']}/account")
    assert [line["text"] in account for line in api["results"]] == [True] * len(api["results"])
    assert [line["receipt"].endswith(f"{line['entry_id']}/receipt") for line in api["results"]][:1] == [True]
    assert [isinstance(line["number"], int) for line in api["results"]] == [True] * len(api["results"])


def test_lead_tells_the_head_corrects_and_takes_it_further(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    wrong = lead.sends(f"{here(story)}/telling", **by_day("told_on", "soon"), how="By telephone.")
    assert (wrong.status_code, 'href="#told_on-day"' in wrong.text) == (422, True)
    assert lead.sends(f"{here(story)}/telling", how="").status_code == 422
    at = story.clock.now().strftime("%H:%M")
    sent = lead.sends(f"{here(story)}/telling", **by_day("told_on", "2026-03-09"), told_time=at, how="By telephone.")
    assert sent.status_code == 303
    assert "after less than a minute By telephone." in lead.looks(here(story))
    lead.looks(f"{here(story)}/correction")
    revision = lead.field("revision")
    kept = {"revision": revision, "kind": "access_before_window", "cause-step_missed": "yes"}
    no_reason = lead.sends(f"{here(story)}/correction", **kept)
    assert (no_reason.status_code, 'href="#reason"' in no_reason.text) == (422, True)
    assert lead.sends(f"{here(story)}/correction", **kept, reason="The log shows it.").status_code == 303
    changed = the_incident(story)
    assert (changed["kind"], changed["causes"], changed["practices"]) == ("access_before_window", ["step_missed"], None)
    lead.looks(f"{here(story)}/correction")
    place = re.search(r'for="practice-(\d+)">Code of Practice 2025, 3.4', lead.last.text)
    assert place is not None
    ticked = {**kept, "revision": lead.field("revision"), f"practice-{place[1]}": "yes", "confirm": "yes"}
    assert lead.sends(f"{here(story)}/correction", **ticked, reason="Checked.").status_code == 303
    assert the_incident(story)["practices"] == ["3.4"]
    lead.looks(here(story))
    assert lead.sends(f"{here(story)}/state", revision=lead.field("revision"), state="").status_code == 422
    nothing = lead.sends(f"{here(story)}/state", revision=lead.field("revision"), state="closed_no_breach")
    assert (nothing.status_code, 'href="#note"' in nothing.text) == (422, True)
    stale = lead.sends(f"{here(story)}/state", revision="1", state="under_review")
    assert stale.status_code == 412
    lead.looks(here(story))
    assert lead.sends(f"{here(story)}/state", revision=lead.field("revision"), state="under_review").status_code == 303


def test_whoever_it_is_about_is_told_so_and_offered_nothing_to_decide(story: Story) -> None:
    head = at_pages(story, story.head)  # who moved the release
    told = head.looks(here(story))
    assert "This is about what you did yourself." in told
    assert "Closed as no breach" not in told
    assert head.asks("GET", f"{here(story)}/correction").status_code == 404
    head.looks(here(story))
    forced = head.sends(f"{here(story)}/state", revision="1", state="closed_no_breach", note="Nothing.")
    assert forced.status_code == 403
    assert head.sends(f"{here(story)}/state", revision="1", state="under_review").status_code == 303


def test_action_is_added_done_and_confirmed_by_a_second_person_on_the_page(story: Story) -> None:
    done(changes(story, story.lead, state="under_review"))
    lead, place = at_pages(story, story.lead), f"{here(story)}/actions"
    lead.looks(place)
    wrong = lead.sends(place, what="", owner="Head of publishing", long_term="", **by_day("due_on", "soon"))
    assert [f'href="#{name}"' in wrong.text for name in ("what", "due_on-day", "long_term")] == [True] * 3
    assert "Head of publishing" in wrong.text
    fields = {
        "what": "Check <twice>",
        "owner": "Head of publishing",
        "long_term": "yes",
        **by_day("due_on", "2026-03-20"),
    }
    assert lead.sends(place, **fields).status_code == 303
    lead.looks(place)
    action = re.search(r"actions/(cac_[0-9a-f]{24})/end", lead.last.text)
    assert action is not None
    assert "&lt;twice&gt;" in lead.last.text
    assert lead.sends(f"{place}/{action[1]}/end", outcome="done").status_code == 422
    how = {f"how-{action[1]}": "The rota is in force."}
    assert lead.sends(f"{place}/{action[1]}/end", outcome="done", **how).status_code == 303
    assert "Not confirmed." in lead.looks(place)
    second = story.service.person("Elm Example", "elm@ons.gov.example")
    story.service.role(second, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    other = at_pages(story, second)
    other.looks(place)
    assert other.sends(f"{place}/{action[1]}/confirmation").status_code == 422
    seen_it = {f"how-{action[1]}": "I saw the rota."}
    assert other.sends(f"{place}/{action[1]}/confirmation", **seen_it).status_code == 303
    assert "Confirmed by a second person" in other.looks(place)


def test_person_who_owns_an_action_is_chosen_from_the_producers_staff_alone(story: Story) -> None:
    done(changes(story, story.lead, state="under_review"))
    lead, place = at_pages(story, story.lead), f"{here(story)}/actions"
    assert "Who in that post gets the letters?" in lead.looks(place)
    offered = re.findall(r'<option value="(per_[0-9a-f]{24})"', lead.last.text)
    assert sorted(offered) == sorted([story.statistician, story.lead, story.head])
    fields = {
        "what": "Check twice",
        "owner": "Head of publishing",
        "long_term": "yes",
        **by_day("due_on", "2026-03-20"),
    }
    wrong = lead.sends(place, **fields, owner_id=story.id_of(CHANCELLOR))
    assert (wrong.status_code, 'href="#owner_id"' in wrong.text) == (422, True)
    assert lead.sends(place, **fields, owner_id=story.statistician).status_code == 303
    with story.tools.reading() as connection:
        assert [
            one.owner_id for one in corrective_actions.of_incident(connection, the_incident(story)["incident_id"])
        ] == [story.statistician]


def test_report_is_drafted_written_beside_the_evidence_signed_and_put_on_record_as_sent(story: Story) -> None:
    writer, where = begun(story, story.statistician)
    told = writer.looks(where)
    assert "What still waits for a person" in told
    assert "It can be signed off once" not in told  # not theirs to sign
    for section in (1, 2):
        page = writer.looks(f"{where}/sections/{section}")
        assert "Exhibit 1" in page
        wrote = writer.sends(
            f"{where}/sections/{section}",
            **{"question-0": "What there is to say", "answer-0": "It was moved.\n\nThen read."},
        )
        assert wrote.status_code == 303, words(wrote)
        where = wrote.headers["location"]
        writer.looks(where)
    differs = writer.looks(f"{where}/differences")
    assert "Put in: It was moved." in differs
    assert "Version 3 beside version 2" in differs
    lead = at_pages(story, story.lead)
    lead.looks(where)
    sha256 = lead.field("sha256")
    assert lead.sends(f"{where}/sign-off", sha256="0" * 64).status_code == 412
    lead.looks(where)
    assert lead.sends(f"{where}/sign-off", sha256=sha256).status_code == 303
    assert f"SHA-256 of what it says: {sha256}" in lead.looks(where)
    wrong = lead.sends(f"{where}/submission", sent_time="", to="National Statistician")
    assert (wrong.status_code, 'href="#sent_on-day"' in wrong.text) == (422, True)
    done(changes(story, story.lead, state="under_review"))
    story.clock.forward(minutes=5)
    lead = at_pages(story, story.lead)
    lead.looks(where)
    now = story.clock.now()
    sent = {**by_day("sent_on", now.strftime("%Y-%m-%d")), "sent_time": now.strftime("%-I:%M%p")}
    sent["submitted_by"] = "Lead official"
    assert lead.sends(f"{where}/submission", **sent, to="National Statistician", how="by e-mail").status_code == 303
    assert the_incident(story)["state"] == "reported"
    for fmt, start in (("odt", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype"), ("exhibits", b"PK")):
        answer = lead.asks("GET", f"{where}/download/{fmt}")
        assert (answer.status_code, answer.content.startswith(start)) == (200, True), fmt
    assert lead.asks("GET", f"{where}/download/exe").status_code == 404


def test_section_that_is_wrong_keeps_what_was_typed(story: Story) -> None:
    writer, where = begun(story, story.statistician, "2018")
    writer.looks(f"{where}/sections/3")
    same = writer.sends(f"{where}/sections/3")
    assert same.status_code == 422
    writer.looks(f"{where}/sections/3")
    lead = story.get(story.statistician, f"/people/{story.lead}")["name"]
    named = writer.sends(f"{where}/sections/3", **{"answer-1": f"{lead} was rung up."})
    assert (named.status_code, f"{lead} was rung up." in words(named), 'href="#answer-0"' in named.text) == (
        422,
        True,
        True,
    )
    assert writer.asks("GET", f"{where}/sections/9").status_code == 404


@pytest.mark.parametrize("place", ["", "/sections/1", "/differences", "/download/pdf", "/download/exhibits"])
def test_report_is_nothing_to_whoever_has_no_relation_to_it(story: Story, place: str) -> None:
    _, where = begun(story, story.statistician)
    for who in (STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        real = seen(visitor.asks("GET", f"{where}{place}"))
        assert real == seen(visitor.asks("GET", f"/producer/reports/rpv_{NOTHING}{place}"))
        assert real[0] == 404
    auditor = at_pages(story, story.auditor)
    assert auditor.asks("GET", f"{where}{place}").status_code == (404 if place.startswith("/sections") else 200)


def test_register_is_shown_narrowed_and_taken_away(story: Story) -> None:
    auditor, where = at_pages(story, story.auditor), f"/producer/breaches/{story.sat.producer_id}"
    assert "Access made longer than allowed" in auditor.looks(where)
    assert "There is none." in auditor.looks(f"{where}?year=2025")
    assert "Breaches 1, of which a report was submitted: 0" in auditor.looks(f"{where}?year=2026&sort=breach")
    assert "There is a problem" in auditor.looks(f"{where}?year=soon")
    taken = auditor.asks("GET", f"{where}/breaches.csv?year=2026&sort=breach")
    rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    for kind in ("xlsx", "ods"):
        assert auditor.asks("GET", f"{where}/breaches.{kind}").content.startswith(b"PK")
    assert auditor.asks("GET", f"{where}/breaches.exe").status_code == 404
    assert len(story.entries(EntryKind.BREACH_REGISTER_TAKEN)) == 7


def followed(visitor: Visitor, place: str, found: str) -> list[list[str]]:
    """Follow a page to its next until the last; gives what was found on each."""
    pages: list[list[str]] = []
    while place:
        visitor.looks(place)
        pages.append(re.findall(found, visitor.last.text))
        further = re.search(r'href="(/producer/[^"]*[?;]after=[^"]*)"', visitor.last.text)
        place = html.unescape(further[1]) if further else ""
    return pages


def test_pages_of_an_account_follow_one_another_to_its_last_line(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, place = at_pages(story, story.auditor), f"{here(story)}/account"
    (whole,) = followed(visitor, place, r"<code[^>]*>(ent_\w+)</code>")
    monkeypatch.setattr(incident_accounts, "LINES_ON_A_PAGE", 3)
    pages = followed(visitor, place, r"<code[^>]*>(ent_\w+)</code>")
    assert [line for lines in pages for line in lines] == whole
    assert {len(lines) for lines in pages[:-1]} == {3}
    assert "The log holds" not in visitor.last.text
    assert visitor.asks("GET", f"{place}?after=elsewhere").status_code == 422


def test_page_of_an_account_is_on_record_by_the_hash_of_its_own_lines(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_accounts, "LINES_ON_A_PAGE", 3)
    visitor, place = at_pages(story, story.auditor), f"{here(story)}/account"
    pages = followed(visitor, place, r"<code[^>]*>(ent_\w+)</code>")
    answer = story.get(story.auditor, f"/incidents/{the_incident(story)['incident_id']}/account")
    *read, _ = [one["said"]["sha256"] for one in story.entries(EntryKind.REPORT_DRAFTED)]
    lines = [{name: line[name] for name in ("at", "uk_time", "text", "entry_id")} for line in answer["results"]]
    parts = [lines[first : first + 3] for first in range(0, len(read) * 3, 3)]
    assert len(pages) == len(read) > 1
    assert read[:-1] == [sha256_hex(canonical_json(part)) for part in parts[:-1]]


def test_page_of_an_account_passes_over_thousands_of_looks_at_a_page_in_few_questions(story: Story) -> None:
    visitor, place = at_pages(story, story.auditor), f"{here(story)}/account"
    (before,) = followed(visitor, place, r"<code[^>]*>(ent_\w+)</code>")
    with story.service.tools.transaction() as tx:
        for _ in range(2_500):
            tx.append(Entry(EntryKind.PAGE_PROBED, story.clock.now(), release_id=story.told.release_id))
    story.clock.forward(minutes=1)
    story.reports(story.lead, "other", "Somebody spoke of it.")
    asked: list[str] = []
    event.listen(story.service.tools.database.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    (after,) = followed(visitor, place, r"<code[^>]*>(ent_\w+)</code>")
    assert after[: len(before)] == before
    assert len(asked) < 30


def test_entry_whose_kind_was_altered_is_not_missing_from_a_page_of_the_account(story: Story) -> None:
    visitor, place = at_pages(story, story.auditor), f"{here(story)}/account"
    database = story.service.tools.database
    with database.write() as (connection, _):
        connection.execute(text("UPDATE entries SET kind = 'log_read' WHERE kind = 'release_moved'"))
    refused = visitor.asks("GET", place)
    assert (refused.status_code, "The release was" in refused.text) == (500, False)


def test_pages_of_a_register_follow_one_another_and_keep_how_it_was_narrowed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        story.clock.forward(minutes=1)
        story.reports(story.lead, "other", "Somebody spoke of it.")
    visitor, place = at_pages(story, story.auditor), f"/producer/breaches/{story.sat.producer_id}"
    assert len(followed(visitor, place, r'/producer/incidents/inc_\w+">(\d+)<')) == 1
    monkeypatch.setattr(breach_registers, "ON_A_PAGE", 2)
    assert followed(visitor, place, r'/producer/incidents/inc_\w+">(\d+)<') == [["1", "2"], ["3", "4"]]
    assert followed(visitor, f"{place}?year=2026&sort=breach", r'/producer/incidents/inc_\w+">(\d+)<') == [
        ["1", "2"],
        ["3", "4"],
    ]
    assert followed(visitor, f"{place}?year=2026&sort=near_miss&after=1", r'/incidents/inc_\w+">(\d+)<') == [[]]


def test_link_is_put_right_by_its_number(story: Story) -> None:
    story.clock.forward(minutes=1)
    story.reports(story.lead, "other", "Somebody spoke of it.")
    second = next(one for one in story.get(story.auditor, "/incidents")["results"] if one["number"] == 2)
    page, lead = f"/producer/incidents/{second['incident_id']}", at_pages(story, story.lead)
    assert "Incident 1" in lead.looks(page)
    wrong = lead.sends(f"{page}/links", earlier="77")
    assert [f'href="#{one}"' in wrong.text for one in ("earlier", "linked", "link_reason")] == [True] * 3
    sent = lead.sends(f"{page}/links", earlier="1", linked="no", link_reason="Another matter.")
    assert sent.status_code == 303
    assert "Struck out Another matter." in lead.looks(page)


def test_a_form_from_elsewhere_changes_nothing(story: Story) -> None:
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    forged = lead.asks(
        "POST", f"{here(story)}/state", data={"form_token": "0" * 64, "revision": "1", "state": "under_review"}
    )
    assert (forged.status_code, the_incident(story)["state"]) == (403, "open")


def test_day_when_the_clocks_change_has_an_hour_that_came_never_and_one_that_came_twice(story: Story) -> None:
    lead = at_pages(story, story.lead)
    story.clock.put(london(2026, 10, 26, 9, 0))
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    for on in ("2026-03-29", "2026-10-25"):
        wrong = lead.sends(f"{here(story)}/telling", **by_day("told_on", on), told_time="01:30", how="By telephone.")
        assert (wrong.status_code, 'href="#told_on-day"' in wrong.text) == (422, True)
        assert "the clocks changed, and this time came twice or never" in words(wrong)
    assert story.entries(EntryKind.HEAD_OF_PROFESSION_TOLD) == []
    once = lead.sends(
        f"{here(story)}/telling", **by_day("told_on", "2026-10-25"), told_time="02:00", how="By telephone."
    )
    assert once.status_code == 303
    (told,) = story.entries(EntryKind.HEAD_OF_PROFESSION_TOLD)
    assert told["said"]["told_at"].startswith("2026-10-25T02:00:00")


def test_practices_of_the_day_it_happened_are_shown_ticked_and_cited_as_in_the_report(tmp_path: Path) -> None:
    story = reported(tmp_path)
    what = story.reports(story.lead, "early_publication", "Found later.", occurred_at="2019-06-03T08:00:00Z")
    path = f"/incidents/{what['incident_id']}"
    proposed = ["T3.3", "T3.4", "T3.6"]
    lead = at_pages(story, story.lead)
    lead.looks(f"/producer{path}/correction")
    boxes = re.findall(r'id="practice-(\d+)"[^>]*?( checked)?><label[^>]*>(Code of Practice 2018[^<]*)', lead.last.text)
    assert [(checked, words[:27]) for _, checked, words in boxes] == [
        (" checked", f"Code of Practice 2018, {one}") for one in proposed
    ]
    ticked = {f"practice-{place}": "yes" for place, _, _ in boxes}
    kept = {"revision": lead.field("revision"), "kind": "early_publication", "confirm": "yes", "reason": "Checked."}
    assert lead.sends(f"/producer{path}/correction", **kept, **ticked).status_code == 303
    assert "revised in 2022" not in lead.looks(f"/producer{path}")
    found = story.get(story.lead, f"{path}/practices")
    assert (found["confirmed"], [one["label"] for one in found["results"]]) == (True, proposed)
    assert found["results"] == [one for one in found["known"] if one["label"] in proposed]
    assert [one["cited"] in answered(story.report(what)) for one in found["results"]] == [True] * 3
    story.service.close()
