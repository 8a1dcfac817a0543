"""What an auditor takes away of a search: every row tied to the log, no formula, the taking on record."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.actions import auditing, searching
from app.audit.entries import Entry, EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, Story, done

T = london(2026, 6, 16, 9, 30)
FORMULA = '=HYPERLINK("https://evil.example")'


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, T - timedelta(days=8))
    told.ready(T, CHANCELLOR, ADVISER)
    assert told.opens(ADVISER).status_code == 403
    with told.tools.transaction() as tx:
        tx.append(
            Entry(
                EntryKind.RELEASE_CHANGED,
                told.clock.now(),
                actor_id=FORMULA,
                producer_id=told.sat.producer_id,
                release_id=told.told.release_id,
                said={"reasons": [{"code": "window_not_open", "source": "@SUM(A1)"}]},
            )
        )
    auditing.sequence(told.tools)
    yield told
    told.service.close()


def taken(story: Story, fmt: str, /, **query: Any) -> Any:
    answer = story.ask(story.auditor, "GET", "/audit/entries/export", params={"format": fmt, **query})
    assert answer.status_code == 200, answer.text
    return answer


def test_export_as_ndjson_has_every_entry_found_with_its_place_and_hash_in_the_tree(story: Story) -> None:
    query = {"release_id": story.told.release_id}
    shown = story.get(story.auditor, "/audit/entries", params={**query, "limit": 100})["results"]
    answer = taken(story, "ndjson", **query)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows == shown
    assert answer.headers["Rows"] == str(len(rows))
    for row in rows:
        receipt = story.get(story.auditor, f"/audit/entries/{row['entry_id']}/receipt")
        assert (receipt["index"], receipt["entry"]) == (row["index"], row["leaf_base64"])
    published = [hash_.hex() for hash_ in story.tools.tiles.leaf_hashes(0, rows[-1]["index"] + 1)]
    assert [row["leaf_hash"] for row in rows] == [published[row["index"]] for row in rows]


def test_export_as_csv_and_as_xlsx_say_the_same_and_begin_no_cell_like_a_formula(story: Story) -> None:
    query = {"release_id": story.told.release_id, "order": "newest"}
    from_csv = list(csv.reader(io.StringIO(taken(story, "csv", **query).content.decode("utf-8-sig"), newline="")))
    book = openpyxl.load_workbook(io.BytesIO(taken(story, "xlsx", **query).content))
    from_xlsx = [["" if cell is None else str(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
    assert from_csv == from_xlsx
    assert from_csv[0] == list(searching.HEADINGS)
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert [cell for row in from_csv for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
    (formula,) = [row for row in from_csv if "HYPERLINK" in row[11]]
    assert (formula[11], formula[13]) == (f"'{FORMULA}", "'@SUM(A1)")
    assert [int(row[0]) for row in from_csv[1:]] == sorted((int(row[0]) for row in from_csv[1:]), reverse=True)


def test_export_is_on_record_with_its_filters_rows_and_hash_before_it_is_sent(story: Story) -> None:
    query = {"person_id": story.id_of(ADVISER), "outcome": "refused"}
    answer = taken(story, "csv", **query)
    (entry,) = story.entries(EntryKind.SEARCH_EXPORTED)
    size = int(story.tools.tiles.read_checkpoint().splitlines()[1])
    assert entry["said"] == {
        "filters": ["outcome", "person_id"],
        "asked": {"outcome": "refused"},
        "format": "csv",
        "rows": 1,
        "sha256": hashlib.sha256(answer.content).hexdigest(),
        "log_size": size,
    }
    assert sorted(entry["sealed"]) == ["actor", "asked_person_id"]


def test_export_leaves_out_what_no_checkpoint_covers_yet(story: Story) -> None:
    query = {"release_id": story.told.release_id, "kind": "access_decided"}
    before = taken(story, "ndjson", **query).text
    assert story.opens(ADVISER).status_code == 403
    assert taken(story, "ndjson", **query).text == before
    auditing.sequence(story.tools)
    assert len(taken(story, "ndjson", **query).text.splitlines()) == len(before.splitlines()) + 1


def test_export_of_more_than_one_file_holds_is_refused_and_gives_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(searching.MOST_ROWS, "csv", 3)
    answer = story.ask(story.auditor, "GET", "/audit/entries/export", params={"format": "csv"})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "query.format")
    assert story.entries(EntryKind.SEARCH_EXPORTED) == []


def test_export_by_others_is_refused_or_holds_nothing_of_this_producer(story: Story) -> None:
    refused = story.ask(story.head, "GET", "/audit/entries/export", params={"release_id": story.told.release_id})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    other = story.service.producer("Office for Other Statistics").people[Role.AUDITOR]
    empty = story.ask(other, "GET", "/audit/entries/export", params={"release_id": story.told.release_id})
    assert (empty.status_code, empty.content) == (200, b"")


# -- searches under a name --------------------------------------------------------------------------------------------


def saved(story: Story, who: str, name: str, **more: Any) -> Any:
    body = {"name": name, "search": {"reason": "window_not_open", "person_id": story.id_of(ADVISER)}, **more}
    return done(story.post(who, "/audit/searches", json=body), 201)


def another_auditor(story: Story) -> str:
    person_id = story.service.person("Ari Other", "ari.other@stats.gov.example")
    story.service.role(person_id, Role.AUDITOR, story.sat.organisation_id)
    return person_id


def test_saved_search_is_run_and_taken_away_with_its_name_on_record(story: Story) -> None:
    made = saved(story, story.auditor, "Refused early", order="newest")
    path = f"/audit/searches/{made['saved_search_id']}"
    assert story.get(story.auditor, path) == made
    found = story.get(story.auditor, f"{path}/entries")["results"]
    assert [one["leaf"]["id"] for one in found] == [one["id"] for one in story.decisions(ADVISER)]
    exported = story.ask(story.auditor, "GET", f"{path}/export", params={"format": "ndjson"})
    assert [json.loads(line)["entry_id"] for line in exported.text.splitlines()] == [one["entry_id"] for one in found]
    query = {"actor_id": story.auditor, "limit": 100}
    whole = story.get(story.service.auditor(), "/audit/entries", params=query)["results"]
    told = [one for one in whole if one["leaf"]["said"].get("saved_search_id") == made["saved_search_id"]]
    assert [one["leaf"]["kind"] for one in told] == ["search_saved", "log_read", "search_exported"]
    assert {one["disclosed"]["saved_search"]["value"] for one in told} == {"Refused early"}
    assert {one["disclosed"]["asked_person_id"]["value"] for one in told} == {story.id_of(ADVISER)}


def test_saved_search_is_seen_by_others_only_while_it_is_shared_and_only_by_auditors_of_the_same(story: Story) -> None:
    made, other = saved(story, story.auditor, "Refused early"), another_auditor(story)
    elsewhere = story.service.producer("Office for Other Statistics").people[Role.AUDITOR]
    path = f"/audit/searches/{made['saved_search_id']}"

    def seen_by(who: str) -> tuple[int, list[str]]:
        listed = story.get(who, "/audit/searches")["results"]
        return story.ask(who, "GET", f"{path}/entries").status_code, [one["name"] for one in listed]

    assert seen_by(other) == (404, [])
    shared = done(story.ask(story.auditor, "PATCH", path, json={"shared": True, "name": "Early"}, revision=1))
    assert (shared["name"], shared["shared"], shared["search"]) == ("Early", True, made["search"])
    assert seen_by(other) == (200, ["Early"])
    assert [seen_by(who) for who in (elsewhere, story.service.auditor())] == [(404, []), (404, [])]
    assert story.ask(other, "PATCH", path, json={"name": "Mine"}, revision=2).status_code == 403
    assert story.ask(other, "DELETE", path).status_code == 403
    done(story.ask(story.auditor, "PATCH", path, json={"shared": False}, revision=2))
    assert seen_by(other) == (404, [])
    assert story.ask(story.auditor, "DELETE", path).status_code == 204
    assert seen_by(story.auditor) == (404, [])


def test_saved_search_run_by_an_auditor_of_another_producer_shows_what_that_one_may_see(story: Story) -> None:
    other = story.service.producer("Office for Other Statistics")
    both = other.people[Role.AUDITOR]
    story.service.role(both, Role.AUDITOR, story.sat.organisation_id)
    made = saved(story, both, "Refused early", shared=True, organisation_id=story.sat.organisation_id)
    path = f"/audit/searches/{made['saved_search_id']}/entries"
    assert len(story.get(both, path)["results"]) == len(story.get(story.auditor, path)["results"]) == 1


def test_saved_search_that_cannot_be_kept_says_why(story: Story) -> None:
    saved(story, story.auditor, "Refused early")
    body = {"name": "Refused early", "search": {"outcome": "refused"}}
    twice = story.post(story.auditor, "/audit/searches", json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_exists")
    strange = story.post(story.auditor, "/audit/searches", json={"name": "X", "search": {"persn_id": "x"}})
    assert (strange.status_code, strange.json()["errors"][0]["where"]) == (422, "body.search.persn_id")
    foreign = {"name": "X", "search": {}, "organisation_id": "org_" + "0" * 24}
    refused = story.post(story.auditor, "/audit/searches", json=foreign)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.organisation_id")
    assert story.post(story.head, "/audit/searches", json=body).status_code == 403
    empty = story.post(story.auditor, "/audit/searches", json={"name": "Everything", "search": {}})
    assert (empty.status_code, empty.json()["errors"][0]["where"]) == (422, "body.search")
