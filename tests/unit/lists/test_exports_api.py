"""A version of a list as a sheet, through the API: who may take it, what is logged, and that it imports again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.outside.sheets import read_sheet
from app.rules.canonical import sha256_hex
from tests.unit.lists.real import Kind
from tests.unit.releases.world import ADVISER, GROUND, HEAD, MINISTER, World

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.service.close()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_exported_list_imports_again_as_what_is_there_and_the_log_has_who_took_it(world: World, kind: Kind) -> None:
    release_id = world.release()
    listed = world.approved(release_id)
    answer = world.get(world.auditor, f"/lists/{listed['list_id']}/export", params={"format": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA[kind])
    assert answer.headers["content-disposition"] == f'attachment; filename="list-version-1.{kind}"'
    rows = read_sheet(answer.content, kind=kind, limit_bytes=10**6)
    assert [row[:2] for row in rows] == [["Post", "Organisation"], MINISTER[:2], ADVISER[:2]]
    (entry,) = world.service.entries(EntryKind.LIST_EXPORTED)
    assert (entry["said"]["format"], entry["said"]["seats"]) == (kind, 2)
    assert entry["said"]["sha256"] == sha256_hex(answer.content)
    assert "morgan" not in str(entry).lower()
    sent = {"content": answer.content, "headers": {"Content-Type": MEDIA[kind]}, "params": {"dry_run": "true"}}
    told = world.done(world.post(world.statistician, f"/releases/{release_id}/lists/imports", **sent))
    assert (told["to_add"], told["no_longer_on_list"], told["people_to_add"], told["problems"]) == ([], [], [], [])
    assert [one["ground"] for one in told["already_on_list"]] == [GROUND, GROUND]


def test_list_is_exported_to_nobody_without_business_in_it(world: World) -> None:
    listed = world.draft(world.release())
    path = f"/lists/{listed['list_id']}/export"
    assert world.code(world.get(world.stranger, path)) == (404, "not_found")
    assert world.code(world.get(None, path)) == (401, "not_signed_in")
    assert world.code(world.get(world.auditor, "/lists/lst_" + "0" * 24 + "/export")) == (404, "not_found")
    assert world.code(world.get(world.auditor, path, params={"format": "pdf"})) == (422, "invalid_request")
    assert world.service.entries(EntryKind.LIST_EXPORTED) == []


def test_exported_cells_do_nothing_in_a_spreadsheet_program(world: World) -> None:
    release_id = world.release()
    row = ["Head of Examples", "'=HYPERLINK(1)", *MINISTER[2:]]
    listed = world.draft(release_id, row)
    answer = world.get(world.statistician, f"/lists/{listed['list_id']}/export")
    assert listed["grants"][0]["organisation"] == "=HYPERLINK(1)"
    assert read_sheet(answer.content, kind="csv", limit_bytes=10**6)[1][1] == "'=HYPERLINK(1)"


def test_dry_run_names_the_rows_that_nobody_is_named_for(world: World) -> None:
    release_id = world.release()
    world.draft(release_id, MINISTER)
    bare = [
        ["Minister for Examples", *MINISTER[1:3], "", "", ""],
        ["Chief Economic Adviser", *ADVISER[1:3], "", "", ""],
    ]
    told = world.done(world.imported(release_id, *bare, head=HEAD, dry_run="true"))
    assert [(one["row"], one["column"], one["code"]) for one in told["problems"]] == [(3, "Email", "holder_missing")]


def test_day_beside_a_shared_mailbox_gives_no_remark_of_its_own(world: World) -> None:
    row = ["Press Officer", "DoF", "24", "Pat Press", "dof.pressoffice@finance.gov.example", "2024-01-02"]
    told = world.done(world.imported(world.release(), row, dry_run="true"))
    assert [(one["column"], one["code"]) for one in told["problems"]] == [("Email", "shared_mailbox")]
