"""Imports through the API: the eleven real lists, the dry run, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Order
from tests.unit.lists.real import EXPECTED, REAL, Kind, RealList, as_csv, as_xlsx
from tests.unit.releases.world import ADVISER, GROUND, HEAD, MINISTER, World

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"csv": "text/csv", "xlsx": XLSX, "ods": "application/vnd.oasis.opendocument.spreadsheet"}
ABSENT_LIST, ABSENT_GRANT = "lst_" + "0" * 24, "grt_" + "0" * 24


def holder(name: str = "Robin Reader", **changes: str) -> dict[str, str]:
    email = f"{name.lower().replace(' ', '.')}@moe.gov.example"
    return {"name": name, "email": email, "held_from_on": "2024-01-02", **changes}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("real", REAL, ids=[one.title[:30] for one in REAL])
def test_each_real_list_imports_and_keeps_its_defects(world: World, real: RealList, kind: Kind) -> None:
    release_id = world.release(order="uk" if real.order is Order.UK else "scotland")
    answer = world.post(
        world.statistician,
        f"/releases/{release_id}/lists/imports",
        params={"ground": GROUND, "complete": str(real.complete).lower()},
        content=real.sheet(kind, 1),
        headers={"Content-Type": MEDIA[kind]},
    )
    made = world.done(answer, 201)
    unnamed = [one["row"] for one in made["problems"] if one["code"] == "holder_missing"]
    assert unnamed == sorted({row["row"] for row in made["to_add"]})
    made["problems"] = [one for one in made["problems"] if one["code"] != "holder_missing"]
    seats, left_out, codes = EXPECTED[real.title]
    assert (len(made["to_add"]), len(made["left_out_rows"]), len(made["problems"])) == (
        seats,
        left_out,
        sum(codes.values()),
    )
    listed = world.done(world.get(world.statistician, f"/lists/{made['draft']['list_id']}"))
    kept = {defect for grant in listed["grants"] for defect in grant["defects"]}
    reported = {one["detail"] for one in made["problems"]}
    noted = {note.split(": ", 1)[1] for note in listed["notes"]}
    assert kept | noted == reported
    (entry,) = world.service.entries(EntryKind.LIST_IMPORTED)
    assert (entry["said"]["warnings"], entry["said"]["complete"]) == (dict(sorted(codes.items())), real.complete)


def test_dry_run_changes_nothing_and_names_every_bucket(world: World) -> None:
    release_id = world.release()
    before = world.counts()
    entries = len(world.service.entries())
    wrong = ["", "BEIS", "24", "", "", ""]
    tried = world.done(world.imported(release_id, MINISTER, wrong, dry_run="true"))
    assert world.counts() == before
    assert len(world.service.entries()) == entries
    assert tried["draft"] is None
    assert [row["post"] for row in tried["to_add"]] == ["Minister for Examples"]
    assert tried["people_to_add"] == [{"name": "Morgan Minister", "email": "morgan@moe.gov.example"}]
    assert [(one["row"], one["column"], one["code"], one["severity"]) for one in tried["problems"]] == [
        (3, "Post", "post_missing", "error")
    ]


def test_import_with_errors_is_refused_whole_and_the_log_has_it(world: World) -> None:
    release_id = world.release()
    world.service.headers(world.statistician)
    before = world.counts()
    answer = world.imported(release_id, MINISTER, ["=1+1", "BEIS", "24", "", "", ""])
    assert world.code(answer) == (422, "import_rejected")
    assert answer.json()["rows"] == [
        {
            "row": 3,
            "column": "Post",
            "code": "formula",
            "detail": "The cell begins like a formula (=, + or @). Give plain words.",
            "severity": "error",
        }
    ]
    assert world.counts() == before
    (entry,) = world.service.entries(EntryKind.LIST_IMPORT_REFUSED)
    assert (entry["outcome"], entry["said"]["errors"]) == ("refused", {"formula": 1})
    assert entry["id"] in answer.json()["instance"]


def test_t33_import_of_a_shared_mailbox_is_refused_and_a_near_miss_is_on_record(world: World) -> None:
    release_id = world.release()
    row = ["Press Officer", "DoF", "24", "Pat Press", "dof.pressoffice@finance.gov.example", "2024-01-02"]
    assert world.code(world.imported(release_id, row)) == (422, "import_rejected")
    assert world.incidents() == [("shared_mailbox", True)]


@pytest.mark.parametrize(
    ("content", "media", "status", "code"),
    [
        (b"", "text/csv", 422, "sheet_unreadable"),
        (b"PK\x03\x04", XLSX, 422, "sheet_unreadable"),
        (b"a,b\x00", "text/csv", 422, "sheet_unreadable"),
        (b"x" * (5 * 1024**2 + 1), "text/csv", 422, "sheet_unreadable"),
        (b"Post,Organisation", "application/json", 415, "unsupported_media_type"),
        (b"nothing,to,see\r\n", "text/csv", 422, "import_rejected"),
    ],
)
def test_file_that_is_no_sheet_is_refused(world: World, content: bytes, media: str, status: int, code: str) -> None:
    release_id = world.release()
    path = f"/releases/{release_id}/lists/imports"
    answer = world.post(world.statistician, path, content=content, headers={"Content-Type": media})
    assert world.code(answer) == (status, code)
    assert world.done(world.get(world.head, f"/releases/{release_id}/lists"))["results"] == []


def test_second_import_needs_leave_to_set_the_draft_aside_and_keeps_holders(world: World) -> None:
    release_id = world.release()
    first = world.draft(release_id)
    bare = [*MINISTER[:3], "", "", ""]
    assert world.code(world.imported(release_id, bare)) == (409, "already_exists")
    made = world.done(world.imported(release_id, bare, replace_draft="true"), 201)
    assert ([row["post"] for row in made["already_on_list"]], [seat["post"] for seat in made["no_longer_on_list"]]) == (
        ["Minister for Examples"],
        ["Chief Economic Adviser"],
    )
    second = world.done(world.get(world.head, f"/lists/{made['draft']['list_id']}"))
    assert [one["holder_email"] for one in second["grants"]] == ["morgan@moe.gov.example"]
    states = world.done(world.get(world.head, f"/releases/{release_id}/lists"))["results"]
    assert [(one["version"], one["state"]) for one in states] == [(2, "draft"), (1, "superseded")]
    assert world.code(
        world.post(world.head, f"/lists/{first['list_id']}/approval", revision=first["revision"] + 1)
    ) == (409, "wrong_state")


def test_import_with_the_same_key_makes_one_draft(world: World) -> None:
    release_id = world.release()
    sent: dict[str, Any] = {
        "content": as_csv([HEAD, MINISTER]),
        "headers": {"Content-Type": "text/csv", "Idempotency-Key": "0123456789abcdef"},
    }
    path = f"/releases/{release_id}/lists/imports"
    first, second = (world.post(world.statistician, path, **sent) for _ in range(2))
    assert (first.status_code, second.json()) == (201, first.json())
    sent["content"] = as_csv([HEAD, ADVISER])
    assert world.code(world.post(world.statistician, path, **sent)) == (409, "idempotency_key_reused")


def test_xlsx_with_a_formula_is_refused_by_its_row(world: World) -> None:
    release_id = world.release()
    path = f"/releases/{release_id}/lists/imports"
    content = as_xlsx([["Post", "Organisation", "Hours"], ["Economist", '=HYPERLINK("x")', 24]])
    answer = world.post(world.statistician, path, content=content, headers={"Content-Type": XLSX})
    assert [(row["row"], row["column"], row["code"]) for row in answer.json()["rows"]] == [
        (2, "Organisation", "formula")
    ]
