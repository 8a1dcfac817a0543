"""An auditor's pages: the log searched, one entry with its proof, searches kept under a name; and nobody else's."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from app import wiring
from app.actions import auditing, searching
from app.audit.entries import Entry, EntryKind
from app.cli.main import app
from app.rules.facts import Role
from app.web import audit
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Reader, Story
from tests.unit.web.browser import Visitor, by_day, words

T = london(2026, 6, 16, 9, 30)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("audit"), T - timedelta(days=8))
    told.ready(T, CHANCELLOR, ADVISER)
    assert told.opens(ADVISER).status_code == 403
    auditing.sequence(told.tools)
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def test_log_is_searched_on_the_page_by_address_kind_and_day_and_each_entry_shows_its_checked_proof(
    story: Story,
) -> None:
    visitor = at_pages(story, story.auditor)
    assert "What was found" not in visitor.looks("/audit")
    assert story.entries(EntryKind.LOG_READ) == []
    (decided,) = story.decisions(ADVISER)
    day = (T - timedelta(days=8)).date().isoformat()
    query = f"person={ADVISER.email}&kind=access_decided&outcome=refused&from_on={day}&until_on={day}&order=oldest"
    found = visitor.looks(f"/audit?{query}")
    assert "What was found" in found
    assert re.findall(r'/audit/entries/(ent_\w+)"', visitor.last.text) == [decided["id"]]
    read = story.entries(EntryKind.LOG_READ)[-1]
    assert read["said"]["filters"] == ["from_at", "kind", "outcome", "person_id", "until_at"]
    shown = visitor.looks(f"/audit/entries/{decided['id']}")
    receipt = story.get(story.auditor, f"/audit/entries/{decided['id']}/receipt")
    assert "The path holds" in shown
    assert "Window not open: SI 2008/2998 Sch. para 4" in shown
    leaf_hash = next(iter(story.tools.tiles.leaf_hashes(receipt["index"], receipt["index"] + 1))).hex()
    for told in (f"Index in the log {receipt['index']}", leaf_hash, story.id_of(ADVISER)):
        assert told in shown
    assert story.entries(EntryKind.LOG_READ)[-1]["said"]["asked"] == {"entry_id": decided["id"]}


def test_days_of_a_search_are_typed_in_three_fields_and_kept_in_what_leads_on(story: Story) -> None:
    visitor = at_pages(story, story.auditor)
    day = (T - timedelta(days=8)).date().isoformat()
    typed = {"kind": "access_decided", **by_day("from_on", day), **by_day("until_on", day)}
    assert "What was found" in visitor.looks(f"/audit?{urlencode(typed)}")
    found = re.findall(r'/audit/entries/(ent_\w+)"', visitor.last.text)
    assert found == [one["id"] for one in story.entries(EntryKind.ACCESS_DECIDED) if one["at"].startswith(day)][::-1]
    assert found != []
    assert f'href="/audit/export?kind=access_decided&amp;from_on={day}&amp;until_on={day}&amp;' in visitor.last.text
    saved = visitor.sends("/audit/searches", kind="access_decided", from_on=visitor.field("from_on"), name="")
    assert saved.status_code == 422
    for answer in (visitor.asks("GET", f"/audit?from_on={day}"), saved):
        assert dict(re.findall(r'name="(from_on-\w+)"[^>]* value="(\d+)"', answer.text)) == by_day("from_on", day)


def test_entry_whose_proof_does_not_hold_is_shown_with_a_warning(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    (decided,) = story.decisions(ADVISER)
    visitor = at_pages(story, story.auditor)
    true_receipt = searching.export.receipt

    def altered(*given: object) -> dict[str, object]:
        receipt = true_receipt(*given)  # type: ignore[arg-type]  # deliberate: as it is called
        return {**receipt, "index": receipt["index"] + 1}

    monkeypatch.setattr(searching.export, "receipt", altered)
    shown = visitor.looks(f"/audit/entries/{decided['id']}")
    assert "The proof does not hold" in shown
    assert "The path holds" not in shown


def test_entry_that_no_checkpoint_covers_yet_says_so(story: Story) -> None:
    with story.tools.transaction() as tx:
        entry = Entry(
            EntryKind.DOCUMENT_RECALLED,
            story.clock.now(),
            producer_id=story.sat.producer_id,
            said={"what": SCRIPT},
            sealed={"reason": SCRIPT},
        )
        entry_id = tx.append(entry)
    visitor = at_pages(story, story.auditor)
    assert "No checkpoint covers it yet" in visitor.looks(f"/audit/entries/{entry_id}")
    assert SCRIPT not in visitor.last.text
    assert visitor.last.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    auditing.sequence(story.tools)
    assert "The path holds" in visitor.looks(f"/audit/entries/{entry_id}")


def test_pages_of_a_search_follow_one_another_and_links_take_all_of_it_away(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ON_A_PAGE", 4)
    visitor = at_pages(story, story.auditor)
    place, shown, pages = f"/audit?release_id={story.told.release_id}&order=oldest", [], 0
    while place:
        pages += 1
        visitor.looks(place)
        shown += re.findall(r'/audit/entries/(ent_\w+)"', visitor.last.text)
        found = re.search(r'href="(/audit\?[^"]*after=[^"#]*)', visitor.last.text)
        place = found[1].replace("&amp;", "&") if found else ""
    of_release = [one["id"] for one in story.service.entries() if one.get("release_id") == story.told.release_id]
    assert (shown, pages) == (of_release, -(-len(of_release) // 4))
    answer = visitor.asks("GET", f"/audit/export?release_id={story.told.release_id}&order=oldest&format=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[2] for row in rows[1:]] == of_release


def test_search_that_cannot_be_read_says_what_to_enter_and_finds_nothing(story: Story) -> None:
    visitor = at_pages(story, story.auditor)
    before = len(story.entries(EntryKind.LOG_READ))
    for query, said in {
        "release_id=x": "Enter an identifier as it stands in an entry",
        "person=per_x": "Enter an e-mail address, or an identifier",
        "from_on=yesterday": "Enter a day, like 10 3 2026",
        "from_on-day=9": "Enter a day, like 10 3 2026",
        "until_on-day=31&until_on-month=2&until_on-year=2026": "Enter a day, like 10 3 2026",
        "network=192.0.2.1": "Enter the 64 digits",
        "from_on=2026-03-10&until_on=2026-03-09": "Enter a last day that does not lie before the first",
    }.items():
        answer = visitor.asks("GET", f"/audit?{query}")
        assert (answer.status_code, said in words(answer)) == (422, True), query
    assert len(story.entries(EntryKind.LOG_READ)) == before


def test_address_that_nobody_has_is_searched_exported_and_put_on_record_like_any_other(story: Story) -> None:
    visitor = at_pages(story, story.auditor)

    def asked(email: str) -> tuple[list[object], list[tuple[str, list[str], list[str]]]]:
        count = len(story.service.entries())
        query = f"person={email}&kind=kit_given"
        answers = [visitor.asks("GET", f"/audit/export?{query}&format=csv"), visitor.asks("GET", f"/audit?{query}")]
        kept = visitor.sends("/audit/searches", person=email, kind="kit_given", name="")
        told = [(one["kind"], one["said"]["filters"], sorted(one["sealed"])) for one in story.service.entries()[count:]]
        seen = [answers[1].status_code, "Nothing was found" in words(answers[1]), answers[0].status_code]
        return [*seen, answers[0].content, kept.status_code], told

    unknown, on_record = asked("nobody.known@x.gov.example")
    assert unknown[:3] == [200, True, 200]
    assert [kind for kind, _, _ in on_record] == ["search_exported", "log_read", "log_read"]
    assert (unknown, on_record) == asked(ADVISER.email)


def test_search_kept_is_the_one_made_or_none(story: Story) -> None:
    visitor = at_pages(story, story.auditor)
    visitor.looks("/audit?outcome=refused")
    sent = {"kind": "access_decided", "name": "What they were refused"}
    refused = visitor.sends("/audit/searches", person="nobody.known@x.gov.example", **sent)
    assert (refused.status_code, "Nothing that you may see is about this address" in words(refused)) == (422, True)
    elsewhere = at_pages(story, story.service.producer("Office for Third Statistics").people[Role.AUDITOR])
    elsewhere.looks("/audit")
    theirs = elsewhere.sends("/audit/searches", person=ADVISER.email, **sent)  # known here, and nothing for them
    assert (theirs.status_code, "Nothing that you may see is about this address" in words(theirs)) == (422, True)
    empty = visitor.sends("/audit/searches", name="Everything")
    assert (empty.status_code, "Nothing is searched for" in words(empty)) == (422, True)
    assert story.entries(EntryKind.SEARCH_SAVED) == []
    made = visitor.sends("/audit/searches", person=ADVISER.email, **sent)
    (kept,) = story.entries(EntryKind.SEARCH_SAVED)
    assert (made.status_code, kept["said"]["filters"]) == (303, ["kind", "person_id"])
    visitor.looks(made.headers["Location"])
    assert visitor.sends(f"{made.headers['Location']}/deletion").status_code == 303


def test_search_is_kept_under_a_name_run_shared_renamed_and_deleted(story: Story) -> None:
    visitor = at_pages(story, story.auditor)
    visitor.looks("/audit?outcome=refused&order=oldest")
    nameless = visitor.sends("/audit/searches", outcome="refused", order="oldest", name="")
    assert (nameless.status_code, "Enter a name" in words(nameless)) == (422, True)
    made = visitor.sends("/audit/searches", outcome="refused", order="oldest", name="Refused", shared="yes")
    place = made.headers["Location"]
    run = visitor.looks(place)
    assert "Outcome refused" in run
    other = story.service.person("Ari Other", "ari.other@stats.gov.example")
    story.service.role(other, Role.AUDITOR, story.sat.organisation_id)
    theirs = at_pages(story, other)
    assert "Refused , shared by" in theirs.looks("/audit")
    assert "Delete this saved search" not in theirs.looks(place)
    visitor.looks(place)
    changed = visitor.sends(f"{place}/change", revision=visitor.field("revision"), name="All refused", shared="")
    assert changed.status_code == 303
    assert "All refused" in visitor.looks(place)
    assert theirs.asks("GET", place).status_code == 404
    assert visitor.sends(f"{place}/deletion").status_code == 303
    assert "All refused" not in visitor.looks("/audit")


def _without_receipt(answer: Any) -> str:
    return re.sub(r"ent_[0-9a-f]{24}", "ent_", words(answer))


def test_pages_of_an_auditor_are_nothing_for_anybody_else(story: Story) -> None:
    (decided,) = story.decisions(ADVISER)
    places = ("/audit", f"/audit?release_id={story.told.release_id}", f"/audit/entries/{decided['id']}")
    for who in (CHANCELLOR, story.head, story.service.administrator(f"a{story.head[-6:]}@service.gov.example")):
        visitor = at_pages(story, who)
        nothing = _without_receipt(visitor.asks("GET", "/releases/rel_" + "0" * 24))
        for place in (*places, "/audit/export?format=csv&outcome=refused", "/audit/searches/svs_" + "0" * 24):
            answer = visitor.asks("GET", place)
            assert (answer.status_code, _without_receipt(answer)) == (404, nothing)
    elsewhere = at_pages(story, story.service.producer("Office for Other Statistics").people[Role.AUDITOR])
    assert elsewhere.asks("GET", places[2]).status_code == 404
    assert "Nothing was found that you may see" in elsewhere.looks(places[1])


def test_operator_searches_at_the_machine_with_the_same_filters(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(wiring, "service_tools", lambda: story.tools)
    (decided,) = story.decisions(ADVISER)
    asked = ["--person", story.id_of(ADVISER), "--kind", "access_decided", "--outcome", "refused"]
    told = CliRunner().invoke(app, ["audit", "search", *asked, "--json"])
    assert [json.loads(line)["entry_id"] for line in told.output.splitlines()] == [decided["id"]]
    (line,) = CliRunner().invoke(app, ["audit", "search", *asked]).output.splitlines()
    assert line.endswith(f"by {story.id_of(ADVISER)}  {decided['id']}")
    out = tmp_path / "found.csv"
    written = CliRunner().invoke(app, ["audit", "search", *asked, "--out", str(out)])
    assert (written.exit_code, written.output) == (0, f"1 entries in {out}.\n")
    assert decided["id"] in out.read_text("utf-8-sig")
    exported = story.entries(EntryKind.SEARCH_EXPORTED)[-1]["said"]
    assert (exported["rows"], exported["filters"]) == (1, ["kind", "outcome", "person_id"])
    for wrong in (["--kind", "x"], ["--from-at", "yesterday"], ["--out", str(tmp_path / "x.pdf")], ["--out", str(out)]):
        assert CliRunner().invoke(app, ["audit", "search", *wrong]).exit_code == 2, wrong


def test_the_kind_that_was_chosen_stays_chosen_and_the_next_look_without_one_finds_none(story: Story) -> None:
    chosen = re.compile(r'<option value="(\w*)"[^>]* selected>')
    for kind in ("access_decided", "statement_given", "access_decided"):
        text = at_pages(story, story.auditor).asks("GET", f"/audit?kind={kind}").text
        assert chosen.findall(text) == [kind]
        assert text.count('id="kind"') == 1
        offered = set(re.findall(r'<option value="(\w*)"', text))
        assert {one.value for one in EntryKind} <= offered
    assert chosen.findall(at_pages(story, story.auditor).asks("GET", "/audit").text) == []
    wrong = at_pages(story, story.auditor).asks("GET", "/audit?kind=nonsense")
    assert 'id="kind-error"' in wrong.text
    assert wrong.text.count('id="kind"') == 1
    assert 'id="kind-error"' not in at_pages(story, story.auditor).asks("GET", "/audit?kind=access_decided").text
