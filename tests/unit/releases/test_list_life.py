"""Between import and publication: a list is confirmed, compared, frozen, and approved all the same with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.records import eligibility
from app.rules.reasons import instant_text
from tests.unit.releases.world import ADVISER, GROUND, MINISTER, PUBLISHES_AT, World

PRESS = ["Press Officer", "Ministry of Examples", "24", "Pat Press", "pat@moe.gov.example", "2024-01-02"]
OPENS = PUBLISHES_AT - timedelta(hours=24)
WHY = "The minister was appointed this morning."


def draft_of(world: World, release_id: str, **body: Any) -> dict[str, Any]:
    return dict(world.done(world.post(world.statistician, f"/releases/{release_id}/lists", json=body), 201))


def cloned(world: World, *rows: list[str]) -> dict[str, Any]:
    """A draft that is a copy of another release's list."""
    other = world.release()
    world.approved(other, *rows)
    return draft_of(world, world.release(title="Examples, April 2026"), from_release_id=other)


def confirm(world: World, draft: dict[str, Any], place: int, *, revision: int, who: str = "") -> Any:
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][place]['grant_id']}/confirm"
    return world.post(who or world.statistician, path, revision=revision)


def approval(world: World, draft: dict[str, Any], **body: Any) -> Any:
    sent = {"json": body} if body else {}
    return world.post(world.head, f"/lists/{draft['list_id']}/approval", revision=draft["revision"], **sent)


def test_list_copied_from_another_release_is_approved_once_every_holder_is_confirmed(world: World) -> None:
    draft = cloned(world)
    assert draft["unconfirmed"] == [one["grant_id"] for one in draft["grants"]]
    refused = approval(world, draft)
    assert [(one["code"], one["source"]) for one in refused.json()["reasons"]] == [
        ("holder_not_confirmed", "Producer policy: confirmed holders")
    ] * 2
    draft = world.done(confirm(world, draft, 0, revision=1))
    assert [one["confirm_needed"] for one in draft["grants"]] == [False, True]
    assert world.code(confirm(world, draft, 0, revision=2)) == (422, "no_change")
    assert world.code(confirm(world, draft, 1, revision=1)) == (412, "changed_meanwhile")
    assert world.code(confirm(world, draft, 1, revision=2, who=world.auditor)) == (403, "role_required")
    assert world.code(confirm(world, draft, 1, revision=2, who=world.stranger)) == (404, "not_found")
    draft = world.done(confirm(world, draft, 1, revision=2))
    assert (draft["unconfirmed"], draft["lacking"]) == ([], [])
    assert world.done(approval(world, draft))["state"] == "approved"
    said = [one["said"] for one in world.service.entries(EntryKind.LIST_CHANGED)]
    assert [one["change"] for one in said] == ["derived", "holder_confirmed", "holder_confirmed"]


def test_versions_without_their_rows_are_the_versions_in_everything_else(world: World) -> None:
    release_id = world.release()
    world.approved(release_id, PRESS)
    draft_of(world, release_id)
    with world.service.tools.reading() as connection:
        whole = eligibility.versions_of(connection, release_id)
        alone = eligibility.versions_alone(connection, release_id)
        assert eligibility.versions_alone(connection, "rel_of_nothing") == ()
    assert [bool(one.rows) for one in whole] == [True, True]
    assert alone == tuple(
        replace(one, rows=(), eligibility_list=replace(one.eligibility_list, grants=())) for one in whole
    )


def test_whoever_confirms_a_holder_has_had_a_hand_in_the_list(world: World) -> None:
    draft = cloned(world, MINISTER)
    draft = world.done(confirm(world, draft, 0, revision=1, who=world.head))
    assert world.code(approval(world, draft)) == (403, "second_person_required")


def test_naming_the_same_holder_again_counts_as_confirmation_and_changing_the_terms_does_not(world: World) -> None:
    draft = cloned(world, MINISTER)
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][0]['grant_id']}"
    draft = world.done(world.ask(world.lead, "PATCH", path, revision=1, json={"ground": "Answers in the House"}))
    assert draft["grants"][0]["confirm_needed"] is True
    renamed = {"post_title": "Minister of State for Examples"}
    draft = world.done(world.ask(world.lead, "PATCH", path, revision=2, json=renamed))
    assert draft["grants"][0]["confirm_needed"] is True
    body = {"email": MINISTER[4], "held_from_on": "2024-01-02"}
    draft = world.done(world.ask(world.lead, "PUT", f"{path}/holder", revision=3, json=body))
    assert (draft["grants"][0]["confirm_needed"], draft["lacking"]) == (False, [])


def test_holder_who_waits_to_be_confirmed_is_not_laundered_by_an_import_that_does_not_name_them(world: World) -> None:
    draft = cloned(world)
    nameless = [[*row[:3], "", "", ""] for row in (MINISTER, ADVISER)]
    again = world.draft(draft["release_id"], *nameless, replace_draft="true")
    assert [(one["holder_email"], one["confirm_needed"]) for one in again["grants"]] == [
        (MINISTER[4], True),
        (ADVISER[4], True),
    ]
    named = world.draft(draft["release_id"], MINISTER, nameless[1], replace_draft="true")
    assert [one["confirm_needed"] for one in named["grants"]] == [False, True]


def test_remark_of_an_import_goes_once_the_row_is_put_right(world: World) -> None:
    row = ["Chief Economic Advisor", "Ministry of Examples", "24", "Ash Adviser", "", ""]
    draft = world.draft(world.release(), row, MINISTER)
    before = draft["grants"][0]["defects"]
    assert any("A name without an address" in one for one in before)
    assert any("variant spelling" in one for one in before)
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][0]['grant_id']}"
    body = {"email": ADVISER[4], "name": "Ash Adviser", "held_from_on": "2024-01-02"}
    draft = world.done(world.ask(world.lead, "PUT", f"{path}/holder", revision=1, json=body))
    assert ["variant spelling" in one for one in draft["grants"][0]["defects"]] == [True]
    draft = world.done(world.ask(world.lead, "PATCH", path, revision=2, json={"post_title": ADVISER[0]}))
    assert draft["grants"][0]["defects"] == []


def test_differences_name_what_was_added_removed_and_changed(world: World) -> None:
    release_id = world.release()
    first = world.approved(release_id, MINISTER, ADVISER)
    shorter = [*MINISTER[:2], "2", "New Minister", "new@moe.gov.example", "2026-01-05"]
    second = world.draft(release_id, shorter, PRESS)
    found = world.done(world.get(world.auditor, f"/lists/{second['list_id']}/differences"))
    assert (found["version"], found["against_version"], found["against_list_id"]) == (2, 1, first["list_id"])
    assert [one["holder_name"] for one in found["added"]] == ["Pat Press"]
    assert [one["holder_name"] for one in found["removed"]] == ["Ash Adviser"]
    (terms,), (holders,) = found["changed_terms"], found["changed_holders"]
    assert (terms["terms"], terms["before"]["asked_minutes"], terms["after"]["asked_minutes"]) == (["asked"], 1440, 120)
    assert (holders["before"]["holder_name"], holders["after"]["holder_name"]) == ("Morgan Minister", "New Minister")
    first = world.done(world.get(world.head, f"/lists/{first['list_id']}/differences"))
    assert (first["against_version"], len(first["added"]), first["removed"]) == (None, 2, [])


def test_differences_compare_any_two_lists_of_the_producer_and_no_others(world: World) -> None:
    mine = world.approved(world.release(), MINISTER)
    other = world.approved(world.release(title="Examples, April 2026"), MINISTER, PRESS)
    path = f"/lists/{mine['list_id']}/differences"
    found = world.done(world.get(world.head, path, params={"against": other["list_id"]}))
    assert [one["holder_name"] for one in found["removed"]] == ["Pat Press"]
    absent = world.get(world.head, path, params={"against": "lst_" + "0" * 24})
    assert world.code(absent) == (404, "not_found")
    for person in (world.stranger, mine["grants"][0]["person_id"]):
        assert world.code(world.get(person, path)) == (404, "not_found")


def test_approver_sees_growth_and_who_never_opened_anything_on_each_database(
    tmp_path: Path, any_database_url: str
) -> None:
    world, series = World(tmp_path, database_url=any_database_url), "Examples, monthly"
    before, listed, document_id = world.final(series=series)
    world.clock.put(OPENS)
    world.opened(before, listed, document_id, row=0)
    later = instant_text(PUBLISHES_AT + timedelta(days=2))
    release_id = world.release(title="Examples, next", series=series, publishes_at=later)
    draft = world.draft(release_id, MINISTER, ADVISER, PRESS)
    (earlier,) = draft["growth"]
    assert (earlier["release_id"], earlier["grants_count"], earlier["people_count"], earlier["more_now"]) == (
        before,
        2,
        2,
        1,
    )
    assert draft["never_opened"] == []
    world.done(world.post(world.lead, f"/releases/{before}/public-list"), 201)
    world.clock.put(PUBLISHES_AT + timedelta(minutes=1))
    world.done(world.move(world.lead, before, "publication", reason="Seen live."))
    now = world.done(world.get(world.head, f"/lists/{draft['list_id']}"))
    assert [(one["holder_name"], one["posts"], one["releases_count"]) for one in now["never_opened"]] == [
        ("Ash Adviser", ["Chief Economic Adviser, Ministry of Examples"], 1)
    ]
    assert world.code(world.get(world.head, f"/lists/{draft['list_id']}", params={"releases_back": 0})) == (
        422,
        "invalid_request",
    )
    world.service.close()


def test_same_ground_for_more_than_five_rows_is_remarked_and_does_not_stand_in_the_way(world: World) -> None:
    rows = [
        [f"Desk {n}", "Ministry of Examples", "24", f"Reader {n}", f"r{n}@moe.gov.example", "2024-01-02"]
        for n in range(6)
    ]
    draft = world.draft(world.release(), *rows)
    (remark,) = draft["remarks"]
    assert remark.startswith(f"6 rows give the same ground, word for word: “{GROUND}”.")
    assert world.done(approval(world, draft))["state"] == "approved"


@pytest.mark.parametrize("way", ["window", "by hand"])
def test_frozen_list_is_changed_only_with_a_reason_that_is_kept(world: World, way: str) -> None:
    release_id = world.release()
    world.approved(release_id)
    if way == "by hand":
        frozen = world.post(world.head, f"/releases/{release_id}/freeze-list", revision=1, json={"reason": "Ready."})
        assert world.done(frozen)["by_hand_at"] == instant_text(world.clock.now())
    else:
        world.clock.put(OPENS)
    draft = world.draft(release_id, MINISTER, ADVISER, PRESS)
    assert [one["code"] for one in draft["lacking"]] == ["list_frozen"]
    assert draft["frozen_since"] == instant_text(world.clock.now())
    refused = approval(world, draft)
    assert world.code(refused) == (409, "list_frozen")
    assert "giving the reason for the override" in refused.json()["detail"]
    assert world.code(approval(world, draft, override_reason="   ")) == (409, "list_frozen")
    assert world.done(world.get(world.head, f"/lists/{draft['list_id']}"))["state"] == "draft"
    assert len(world.service.entries(EntryKind.LIST_APPROVAL_REFUSED)) == 2
    approved = world.done(approval(world, draft, override_reason=WHY))
    assert (approved["state"], approved["override_reason"]) == ("approved", WHY)
    seen = world.done(world.get(world.auditor, f"/lists/{draft['list_id']}"))
    assert seen["override_reason"] == WHY
    (entry,) = world.service.entries(EntryKind.LIST_FREEZE_OVERRIDDEN)
    assert (entry["said"]["override"], entry["said"]["list_id"]) == (True, draft["list_id"])
    assert (WHY in str(entry), "reason" in entry["sealed"]) == (False, True)
    assert world.service.entries(EntryKind.LIST_APPROVED)[-1]["said"]["override"] is True


def test_override_does_not_help_a_list_that_is_not_sound(world: World) -> None:
    release_id = world.release()
    world.clock.put(OPENS)
    draft = world.draft(release_id, [*MINISTER[:3], "", "", ""], ADVISER)
    assert [one["code"] for one in draft["lacking"]] == ["holder_missing", "list_frozen"]
    both = approval(world, draft)
    assert (world.code(both), [one["code"] for one in both.json()["reasons"]]) == (
        (422, "list_not_sound"),
        ["holder_missing", "list_frozen"],
    )
    refused = approval(world, draft, override_reason=WHY)
    assert [one["code"] for one in refused.json()["reasons"]] == ["holder_missing"]


def test_list_that_was_never_approved_before_its_window_opened_needs_an_override(world: World) -> None:
    draft = world.draft(world.release())
    world.clock.put(OPENS - timedelta(seconds=1))
    assert world.done(world.get(world.head, f"/lists/{draft['list_id']}"))["lacking"] == []
    world.clock.put(OPENS)
    assert world.code(approval(world, draft)) == (409, "list_frozen")
    assert world.done(approval(world, draft, override_reason=WHY))["override_reason"] == WHY


def test_people_are_taken_off_a_frozen_list_without_an_override(world: World) -> None:
    release_id = world.release()
    world.approved(release_id)
    world.clock.put(OPENS)
    draft = draft_of(world, release_id)
    assert [one["code"] for one in draft["lacking"]] == ["list_frozen"]
    path = f"/lists/{draft['list_id']}/grants/{draft['grants'][1]['grant_id']}"
    draft = world.done(world.ask(world.statistician, "DELETE", path, revision=1))
    assert draft["lacking"] == []
    approved = world.done(approval(world, draft, override_reason=WHY))
    assert (approved["state"], approved["override_reason"]) == ("approved", "")
    assert world.service.entries(EntryKind.LIST_FREEZE_OVERRIDDEN) == []


def test_reason_given_where_nothing_is_frozen_is_not_kept_as_an_override(world: World) -> None:
    approved = world.done(approval(world, world.draft(world.release()), override_reason=WHY))
    assert (approved["override_reason"], world.service.entries(EntryKind.LIST_FREEZE_OVERRIDDEN)) == ("", [])


def test_freeze_by_hand_is_the_heads_and_can_be_taken_back_until_the_window_opens(world: World) -> None:
    release_id = world.release()
    path = f"/releases/{release_id}"
    for person, status in ((world.statistician, 403), (world.auditor, 403), (world.stranger, 404)):
        assert world.post(person, f"{path}/freeze-list", revision=1).status_code == status
        assert world.post(person, f"{path}/unfreeze-list", revision=1, json={"reason": "x"}).status_code == status
    assert world.code(world.post(world.head, f"{path}/freeze-list", revision=9)) == (412, "changed_meanwhile")
    nobody = world.post(world.head, f"{path}/unfreeze-list", revision=1, json={"reason": "x"})
    assert world.code(nobody) == (409, "wrong_state")
    frozen = world.done(world.post(world.head, f"{path}/freeze-list", revision=1))
    assert frozen["frozen_since"] == instant_text(world.clock.now())
    assert world.code(world.post(world.head, f"{path}/freeze-list", revision=2)) == (409, "wrong_state")
    silent = world.post(world.head, f"{path}/unfreeze-list", revision=2, json={"reason": " "})
    assert world.code(silent) == (422, "reason_required")
    thawed = world.post(world.head, f"{path}/unfreeze-list", revision=2, json={"reason": "One more is expected."})
    assert world.done(thawed) == {
        "release_id": release_id,
        "frozen_since": instant_text(OPENS),
        "by_hand_at": None,
        "revision": 3,
    }
    world.done(world.post(world.head, f"{path}/freeze-list", revision=3))
    world.clock.put(OPENS)
    late = world.post(world.head, f"{path}/unfreeze-list", revision=4, json={"reason": "x"})
    assert world.code(late) == (409, "wrong_state")
    kinds = [world.service.entries(kind) for kind in (EntryKind.LIST_FROZEN, EntryKind.LIST_UNFROZEN)]
    assert [len(found) for found in kinds] == [2, 1]


def test_move_that_puts_the_window_off_lets_the_list_change_again(world: World) -> None:
    release_id, _, _ = world.final()
    world.clock.put(OPENS)
    later = {"publishes_at": instant_text(PUBLISHES_AT + timedelta(days=2)), "reason": "An error."}
    world.done(world.move(world.head, release_id, "rescheduling", **later))
    draft = world.draft(release_id, MINISTER, PRESS)
    assert draft["lacking"] == []
    assert world.done(approval(world, draft))["override_reason"] == ""


def test_holder_who_has_left_is_named_with_both_reasons(world: World) -> None:
    other = world.release()
    listed = world.approved(other, MINISTER)
    world.end_holding(listed["grants"][0]["person_id"], date(2026, 3, 1))
    draft = draft_of(world, world.release(title="Examples, April 2026"), from_release_id=other)
    assert [one["code"] for one in draft["lacking"]] == ["post_not_held", "holder_not_confirmed"]
    draft = world.done(confirm(world, draft, 0, revision=1))
    assert [one["code"] for one in draft["lacking"]] == ["post_not_held"]
