"""T44: how long records are kept, what holds them, and what is left of the log when they are destroyed."""

from __future__ import annotations

import base64
import inspect
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import auditing, custody, erasing, retention
from app.audit import verify
from app.audit.entries import Entry, EntryKind
from app.records import erasing as records_erasing
from app.records import tables
from app.records.erasing import ERASED_NAME
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.scenarios.test_published import NO_PRODUCER, at_producer, listed_on_ground
from tests.scenarios.test_record_on_request import REQUEST
from tests.scenarios.test_special_classes import SCOTTISH, WELSH, grant, ready
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done, reasons

DAY = timedelta(days=1)
TUESDAY = london(2026, 6, 16, 9, 30)
WHY = {"reason": "Seven years have passed; nothing holds them."}


def published(story: Story, order: str, publishes_at: datetime, title: str) -> str:
    """Have a release given to two people, opened and read by one of them, and published."""
    story.clock.put(publishes_at - 14 * DAY)
    sensitivity = "ordinary" if order in ("scotland", "wales") else "market_sensitive"
    story.release(publishes_at, order=order, sensitivity=sensitivity, title=title)
    if sensitivity == "ordinary":
        listed_on_ground(story, "a", CHANCELLOR, ADVISER)
    else:
        story.list_with(CHANCELLOR, ADVISER)
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR)
    story.clock.put(publishes_at - timedelta(hours=4))
    said = {"json": {"acknowledged": True}} if sensitivity == "ordinary" else {}
    done(story.post(CHANCELLOR, f"/documents/{story.told.document_id}/openings", **said), 201)
    story.clock.put(publishes_at)
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    done(story.moves(story.lead, "publication", reason="Seen live."))
    return story.told.release_id


def proposes(story: Story, *release_ids: str, who: Reader | str | None = None) -> Any:
    body = {"release_ids": list(release_ids), **WHY}
    return story.post(who or story.lead, at_producer(story, "erasures"), json=body)


def approves(story: Story, proposed: Any, who: Reader | str | None = None) -> Any:
    return story.post(who or story.head, f"/erasures/{proposed['erasure_id']}/approval")


def erases(story: Story, *release_ids: str) -> Any:
    """Have it proposed by the lead official and approved by the head of profession; gives the first refusal."""
    answer = proposes(story, *release_ids)
    return approves(story, answer.json()) if answer.status_code == 201 else answer


def erases_person(story: Story, person_id: str, first: str, second: str) -> Any:
    answer = story.post(first, f"/people/{person_id}/erasure", json={"reason": "Asked for by letter."})
    return approves(story, answer.json(), second) if answer.status_code == 201 else answer


def ends_hold(story: Story, hold: Any) -> Any:
    path = f"/legal-holds/{hold['hold_id']}/end"
    done(story.post(story.head, path, json={"reason": "Over."}))
    return done(story.post(story.lead, f"{path}/approval"))


def due(story: Story) -> dict[str, list[str]]:
    found = story.get(story.head, at_producer(story, "retention"))["releases"]
    return {one["title"]: [reason["code"] for reason in one["reasons"]] for one in found}


def everything(story: Story) -> str:
    """Give every text and every byte of the database but the people themselves, to look for what should be gone."""
    with story.tools.reading() as connection:
        return "\n".join(
            str(row)
            for table in tables.metadata.sorted_tables
            if table.name not in ("people", "roles", "sessions", "organisations", "posts", "holdings")
            for row in connection.execute(select(table))
        )


def kept_objects(story: Story) -> list[str]:
    return list(story.tools.store.names())


def test_t44_eight_years_on_scottish_and_welsh_records_may_go_and_uk_and_ni_ones_by_the_producer_s_policy(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 14 * DAY)
    done(story.ask(story.head, "PUT", at_producer(story, "retention"), json={"years": 10}))
    ids = {
        order: published(story, order, TUESDAY + number * DAY, order)
        for number, order in enumerate(("scotland", "wales", "uk", "northern_ireland"))
    }
    ids["younger"] = published(story, "scotland", london(2029, 6, 12, 9, 30), "younger")
    story.clock.put(london(2034, 6, 20, 9, 0))
    assert due(story) == {
        "scotland": [],
        "wales": [],
        "uk": ["retention_runs"],
        "northern_ireland": ["retention_runs"],
    }
    assert story.get(story.head, at_producer(story, "retention"))["years"] == 10
    before = everything(story)
    sources = {
        "uk": "Producer policy: retention",
        "northern_ireland": "Producer policy: retention",
        "younger": "SSI 2008/399 Sch. para 8(2)",
    }
    for order, source in sources.items():
        refused = erases(story, ids["scotland"], ids[order])
        assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
        assert reasons(refused) == [("retention_runs", source)]
    assert refused.json()["reasons"][0]["until"] == "2036-06-12T23:00:00.000Z"
    assert everything(story).count("scotland") == before.count("scotland")
    made = done(erases(story, ids["scotland"], ids["wales"]))["results"]
    assert [one["release_id"] for one in made] == [ids["scotland"], ids["wales"]]
    assert [(one["counts"]["grants"], one["counts"]["documents"], one["counts"]["openings"]) for one in made] == [
        (2, 1, 1),
        (2, 1, 1),
    ]
    story.clock.put(london(2036, 6, 20, 9, 0))
    done(erases(story, ids["uk"], ids["northern_ireland"], ids["younger"]))


def test_t44_nothing_younger_than_seven_years_goes_whatever_the_policy_says(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    path = at_producer(story, "retention")
    assert story.ask(story.head, "PUT", path, json={"years": 6}).status_code == 422
    release_id = published(story, "uk", TUESDAY, "Claimant count")
    last_day = london(2033, 6, 16, 23, 59)
    story.clock.put(last_day)
    assert reasons(erases(story, release_id)) == [("retention_runs", "Producer policy: retention")]
    story.clock.put(last_day + timedelta(minutes=1))
    done(erases(story, release_id))


def test_t44_what_is_destroyed_is_gone_and_the_log_still_verifies_with_every_proof(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "wales", TUESDAY, "Waiting times")
    kept = published(story, "wales", london(2027, 6, 15, 9, 30), "Kept")
    auditing.sequence(story.tools)
    vkey = auditing.log_vkeys(story.tools)[0]
    with story.tools.reading() as connection:
        of = tables.documents.c
        document = connection.execute(select(tables.documents).where(of.release_id == release_id)).one()
    (decided,) = [one for one in story.entries(EntryKind.ACCESS_DECIDED) if one["release_id"] == release_id]
    receipt_path = f"/audit/entries/{decided['id']}/receipt"
    before = story.get(story.auditor, receipt_path)
    assert before["disclosed"]["person"]["value"] == story.id_of(CHANCELLOR)
    leaf = base64.b64decode(before["entry"])
    story.clock.put(london(2034, 6, 20, 9, 0))
    story.letters(CHANCELLOR)
    marks = (document.wrapped_identity, f"'{story.id_of(CHANCELLOR)}'")
    (erased,) = done(erases(story, release_id))["results"]
    assert erased["counts"]["clear_values"] > 0

    with story.tools.reading() as connection:
        left = {
            table.name: len(connection.execute(select(table).where(table.c.release_id == release_id)).all())
            for table in (tables.openings, tables.declarations, tables.representations, tables.duties)
        }
        entries = connection.execute(select(tables.entries).where(tables.entries.c.release_id == release_id)).all()
        opened = {row.entry_id for row in connection.execute(select(tables.disclosures))}
        gone = connection.execute(select(tables.documents).where(of.release_id == release_id)).one()
    assert left == dict.fromkeys(left, 0)
    assert {row.person_id for row in entries} == {None}
    # Only the entry of the destruction itself says who: whoever decided it.
    assert [row.kind for row in entries if row.entry_id in opened] == ["records_erased"]
    assert (gone.wrapped_identity, gone.escrowed_identity, gone.sha256) == (b"", None, document.sha256)
    assert document.object_name not in "".join(kept_objects(story))
    assert len(kept_objects(story)) == 2  # the other release's document, and its escrowed key
    assert marks[0] not in everything(story).encode()
    assert story.get(None, f"/releases/{release_id}/public-list.json")["rows"] != []
    assert "public-list" not in str(story.get(story.head, f"/releases/{kept}"))

    folder = story.exported("after")
    assert verify.verify_log(folder, vkey).checkpoint.size > 0
    after = story.get(story.auditor, receipt_path)
    verify.verify_receipt(after, vkey)
    assert (base64.b64decode(after["entry"]), after["disclosed"]) == (leaf, {})
    disclosed = (folder / "disclosures.ndjson").read_text("utf-8")
    assert decided["id"] not in "".join(line for line in disclosed.splitlines() if '"person"' in line)
    (entry,) = story.entries(EntryKind.RECORDS_ERASED)
    assert (entry["release_id"], entry["said"]["counts"]) == (release_id, erased["counts"])
    listed = story.get(story.head, at_producer(story, "erasures"))["results"]
    assert [one for one in listed if one["release_id"]] == [erased]
    assert [(one["state"], one["release_ids"]) for one in listed if not one["release_id"]] == [("done", [release_id])]
    again = erases(story, release_id)
    assert reasons(again) == [("already_erased", "Producer policy: retention")]


def test_destruction_is_decided_by_the_head_of_profession_who_has_just_signed_in_and_never_by_the_clock(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "scotland", TUESDAY, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    for _ in range(2):
        assert retention.tell_of_due(story.tools) in (0, 1)
        assert erasing.remove_erased(story.tools) == 0
    told = [body for subject, body in story.letters(story.head) if "may be destroyed" in subject]
    assert len(told) == 1
    assert "The records of 1 releases" in told[0]
    for who, status in ((story.auditor, 403), (story.statistician, 403), (STRANGER, 404), (CHANCELLOR, 404)):
        assert proposes(story, release_id, who=who).status_code == status
    headers = story.headers(story.head)
    story.clock.forward(minutes=20)
    stale = story.ask(
        None, "POST", at_producer(story, "erasures"), json={"release_ids": [release_id], **WHY}, headers=headers
    )
    assert stale.json()["code"] == "fresh_sign_in_required"
    other = story.service.producer("Office for Other Statistics")
    path = f"/producers/{other.producer_id}/erasures"
    body = {"release_ids": [release_id], **WHY}
    assert story.post(other.people[Role.HEAD_OF_PROFESSION], path, json=body).status_code == 404
    assert story.post(story.head, f"/producers/{NO_PRODUCER}/erasures", json=body).status_code == 404
    assert due(story) == {"Waiting times": []}


def test_hold_an_open_incident_and_a_request_without_an_answer_each_win_over_the_end_of_the_period(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "scotland", TUESDAY, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    holds = at_producer(story, "legal-holds")
    body = {"reason": "An inquiry."}
    assert story.post(story.statistician, holds, json=body).status_code == 403
    one = done(story.post(story.lead, holds, json={**body, "release_id": release_id}), 201)
    everything_held = done(story.post(story.head, holds, json=body), 201)
    incident = story.reports(ADVISER, "indication_given", "Something was said.")
    asked = {**REQUEST, "asked_on": "2034-06-19"}
    request = done(story.post(story.statistician, f"/releases/{release_id}/record-requests", json=asked), 201)
    policy = "Producer policy: retention"
    assert reasons(erases(story, release_id)) == [
        ("legal_hold", policy),
        ("legal_hold", policy),
        ("incident_open", policy),
        ("record_asked_for", policy),
    ]
    for hold in (one, everything_held):
        path = f"/legal-holds/{hold['hold_id']}/end"
        assert story.post(story.head, f"{path}/approval").json()["code"] == "wrong_state"
        assert story.post(story.statistician, path, json={"reason": "Over."}).status_code == 403
        proposed = done(story.post(story.head, path, json={"reason": "Over."}))
        assert (proposed["end_reason"], proposed["ended_at"], proposed["ended_by"]) == ("Over.", None, None)
        assert story.post(story.head, f"{path}/approval").json()["code"] == "second_person_required"
        assert "legal_hold" in due(story)["Waiting times"]
        assert done(story.post(story.lead, f"{path}/approval"))["ended_by"] == story.lead
        assert story.post(story.head, path, json={"reason": "Over."}).json()["code"] == "already_ended"
    # For 30 days neither of the two who freed the records may propose, or approve, that they are destroyed.
    for who in (story.lead, story.head):
        assert proposes(story, release_id, who=who).json()["code"] == "second_person_required"
    story.clock.forward(minutes=30 * 24 * 60 + 1)
    assert [one["ended_at"] is None for one in story.get(story.auditor, holds)["results"]] == [False, False]
    done(story.post(story.statistician, f"/record-requests/{request['record_request_id']}/answer", json={}))
    assert reasons(erases(story, release_id)) == [("incident_open", policy)]
    path = f"/incidents/{incident['incident_id']}"
    revision = story.get(story.head, path)["revision"]
    closed = {"state": "closed_no_breach", "note": "Nothing was said."}
    done(story.ask(story.head, "PATCH", path, json=closed, revision=revision))
    # Closed is not forgotten: for 90 days somebody may take it up again.
    assert reasons(erases(story, release_id)) == [("incident_open", policy)]
    story.clock.forward(minutes=90 * 24 * 60)
    assert reasons(erases(story, release_id)) == [("incident_open", policy)]
    story.clock.forward(minutes=24 * 60)
    done(erases(story, release_id))
    assert (
        story.ask(story.head, "GET", f"/record-requests/{request['record_request_id']}/answer.json").status_code == 409
    )
    assert "Sam Asker" not in everything(story)
    assert "Something was said." not in everything(story)


def test_sealed_bytes_that_the_store_would_not_let_go_are_removed_later(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "scotland", TUESDAY, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    held = kept_objects(story)
    folder = story.folder / "sealed"
    folder.rename(story.folder / "away")
    assert erases(story, release_id).status_code == 503
    (story.folder / "away").rename(folder)
    assert kept_objects(story) == held
    # Its key is gone already: the bytes say nothing to anybody any more.
    with story.tools.reading() as connection:
        assert [row.wrapped_identity for row in connection.execute(select(tables.documents))] == [b""]
    assert custody.sweep_orphans(story.tools) == 0
    assert [erasing.remove_erased(story.tools) for _ in range(2)] == [2, 0]
    assert kept_objects(story) == []


def test_one_person_s_details_are_kept_while_any_record_that_names_them_must_be_and_erased_afterwards(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "wales", TUESDAY, "Waiting times")
    administrator = story.service.administrator()
    person_id = story.id_of(CHANCELLOR)
    second = story.service.auditor()
    path, body = f"/people/{person_id}/erasure", {"reason": "Asked for by letter."}
    assert story.post(story.head, path, json=body).status_code == 403
    refused = story.post(administrator, path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
    assert reasons(refused) == [("retention_runs", "WSI 2009/2818 Sch. para 9(2)")]
    assert refused.json()["reasons"][0]["until"] == "2033-06-16T23:00:00.000Z"
    story.clock.put(london(2034, 6, 20, 9, 0))
    story.letters(CHANCELLOR)
    refused = story.post(administrator, path, json=body)
    assert "Have the records of that release destroyed first." in str(refused.json()["reasons"])
    done(erases(story, release_id))
    auditing.sequence(story.tools)
    vkey = auditing.log_vkeys(story.tools)[0]
    (erased,) = done(erases_person(story, person_id, administrator, second))["results"]
    assert (erased["person_id"], erased["counts"]["people"]) == (person_id, 1)
    with story.tools.reading() as connection:
        who = connection.execute(select(tables.people).where(tables.people.c.person_id == person_id)).one()
        whole = "\n".join(
            str(row) for table in tables.metadata.sorted_tables for row in connection.execute(select(table))
        )
    assert (who.name, who.email) == (ERASED_NAME, f"{person_id}@erased.invalid")
    assert [name for name in (CHANCELLOR.name, CHANCELLOR.email) if name in whole] == []
    assert story.post(administrator, path, json=body).json()["code"] == "already_ended"
    assert verify.verify_log(story.exported("after"), vkey).checkpoint.size > 0
    assert story.post(administrator, f"/people/{story.head}/erasure", json=body).status_code == 409
    assert "holds a role" in story.post(administrator, f"/people/{administrator}/erasure", json=body).json()["detail"]


@pytest.mark.parametrize("terms", [SCOTTISH, WELSH], ids=lambda terms: str(terms["order"]))
def test_t44_publication_dated_back_before_its_sign_off_is_refused_and_destroys_nothing(
    begin: Begin, terms: dict[str, Any]
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **terms)
    signed_off_at = story.clock.now()
    story.signed(CHANCELLOR)
    story.clock.put(TUESDAY - timedelta(hours=1))
    story.reads(CHANCELLOR, acknowledged=True)
    story.clock.put(TUESDAY)
    for back in ("2010-06-16T08:30:00Z", instant_text(signed_off_at - timedelta(milliseconds=1))):
        refused = story.moves(story.lead, "publication", reason="Typed.", published_at=back)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_instant")
        assert "signed off" in refused.json()["detail"]
    assert story.phase() == "overdue"
    assert reasons(erases(story, story.told.release_id))[0][0] == "retention_runs"
    # Signed off again, it was not final before that either.
    done(story.moves(story.head, "reopening", reason="A figure was wrong."))
    story.clock.forward(minutes=30)
    done(story.moves(story.head, "sign-off"))
    refused = story.moves(story.lead, "publication", reason="Typed.", published_at=instant_text(TUESDAY))
    assert refused.json()["code"] == "invalid_instant"
    done(story.moves(story.lead, "publication", reason="Seen live.", published_at=instant_text(story.clock.now())))


@pytest.mark.parametrize("terms", [SCOTTISH, WELSH], ids=lambda terms: str(terms["order"]))
def test_t44_seven_years_run_from_the_declaration_of_publication_where_that_came_later(
    begin: Begin, terms: dict[str, Any]
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **terms)
    declared = london(2027, 3, 9, 12, 0)
    story.clock.put(declared)
    done(story.moves(story.lead, "publication", reason="Found late.", published_at=instant_text(TUESDAY)))
    assert story.incidents() == []
    story.clock.put(london(2033, 6, 17, 9, 0))
    refused = erases(story, story.told.release_id)
    assert [code for code, _ in reasons(refused)] == ["retention_runs"]
    assert refused.json()["reasons"][0]["until"] == "2034-03-10T00:00:00.000Z"
    # The refusal says what would put it right, in its words too.
    assert "Ask again from 10 March 2034." in refused.json()["detail"]
    assert story.get(story.head, at_producer(story, "retention"))["releases"][0]["destroyed_from"] == "2034-03-10"
    story.clock.put(london(2034, 3, 10, 0, 0))
    done(erases(story, story.told.release_id))


def test_declaration_for_a_series_outlives_the_release_it_was_signed_at_while_a_younger_one_relies_on_it(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 14 * DAY)
    first = story.release(TUESDAY, series="Monthly count")
    story.list_with(CHANCELLOR, ADVISER)
    story.sealed()
    story.signed_off()
    for reader in (CHANCELLOR, ADVISER):
        words = story.get(reader, f"/releases/{first}/undertaking", params={"scope": "series"})
        body = {"undertaking_sha256": words["sha256"], "typed_name": reader.name, "agreed": True, "scope": "series"}
        done(story.post(reader, f"/releases/{first}/declarations", json=body), 201)
    story.clock.put(TUESDAY)
    story.published()
    later = london(2027, 4, 13, 9, 30)
    story.clock.put(later - 10 * DAY)
    second = story.release(later, series="Monthly count")
    story.list_with(CHANCELLOR)
    story.sealed()
    story.signed_off()
    story.clock.put(later - timedelta(hours=1))
    done(story.opens(CHANCELLOR), 201)
    story.clock.put(later)
    story.published()

    def left() -> tuple[list[str], list[str]]:
        of, logged = tables.declarations.c, tables.entries.c
        with story.tools.reading() as connection:
            signers = connection.execute(select(of.person_id)).scalars().all()
            named = connection.execute(select(logged.person_id).where(logged.kind == "declaration_signed"))
            return list(signers), [one for one in named.scalars() if one]

    story.clock.put(london(2033, 6, 20, 9, 0))
    (erased,) = done(erases(story, first))["results"]
    assert erased["counts"]["declarations"] == 1
    relied_on = [story.id_of(CHANCELLOR)]
    assert left() == (relied_on, relied_on)
    assert reasons(erases(story, second)) == [("retention_runs", "Producer policy: retention")]
    story.clock.put(london(2034, 4, 20, 9, 0))
    (erased,) = done(erases(story, second))["results"]
    assert erased["counts"]["declarations"] == 1
    assert left() == ([], [])


def test_hold_on_everything_of_a_producer_keeps_a_person_s_details_where_its_records_name_them(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    administrator = story.service.administrator()
    other = story.service.producer("Office for Other Statistics")
    path = f"/producers/{other.producer_id}/legal-holds"
    done(story.post(other.people[Role.HEAD_OF_PROFESSION], path, json={"reason": "Their own matter."}), 201)
    done(story.post(story.head, at_producer(story, "legal-holds"), json={"reason": "An inquiry."}), 201)
    suspended = story.service.person("Ida Iris", "ida.iris@treasury.gov.example")
    body = {"subject_id": suspended, "reason": "Leaked at a party.", "conditions": "training"}
    made = done(story.post(story.head, at_producer(story, "suspensions"), json=body), 201)
    done(story.post(story.head, f"/suspensions/{made['suspension_id']}/end", json={"reason": "Over."}))
    trained = story.service.person("Oz Oxlip", "oz.oxlip@treasury.gov.example")
    body = {"producer_id": story.sat.producer_id, "course": "Access before publication", "done_on": "2026-05-01"}
    done(story.post(story.head, f"/people/{trained}/training", json=body), 201)
    unknown = story.service.person("Una Umber", "una.umber@treasury.gov.example")
    asked = {"reason": "Asked for by letter."}
    for person_id in (suspended, trained):
        refused = story.post(administrator, f"/people/{person_id}/erasure", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
        # Theirs alone: a hold of another producer, which names neither of them, says nothing here.
        assert [one for one in reasons(refused) if one[0] == "legal_hold"] == [
            ("legal_hold", "Producer policy: retention")
        ]
        assert "An inquiry." in refused.json()["detail"]
        assert "Their own matter." not in refused.json()["detail"]
        assert "Have the hold ended" in refused.json()["detail"]
    assert "Leaked at a party." in everything(story)
    # A hold says nothing of somebody whom nothing of that producer names.
    assert story.post(administrator, f"/people/{unknown}/erasure", json=asked).status_code < 300


def test_every_table_that_names_a_release_is_destroyed_emptied_or_kept_on_purpose() -> None:
    """A table that comes later must be given its place in ``records/erasing.py``, or here with its reason."""
    kept = {
        "releases": "its title and instants are public",
        "public_lists": "published",
        "webhook_deliveries": "ids, instants and links of what was public",
        "legal_holds": "why it was held",
        "erasures": "that it was destroyed",
        "release_seals": "counts and hashes that name nobody; what a seal says of each person is emptied",
    }
    parts = (
        records_erasing.destroy,
        records_erasing._destroy_recalls,
        records_erasing._forget_entries,
        records_erasing._forget_whole,
        records_erasing._forget_watch,
        records_erasing._empty_incidents,
        records_erasing._empty_notices,
        records_erasing._forget_uploads,
    )
    code = "".join(map(inspect.getsource, parts))
    code = " ".join(code.split())
    assert "for table in _OF_ONE_RELEASE" in code
    code += "".join(f"connection, {table.name}," for table in records_erasing._OF_ONE_RELEASE)
    names = {"release_id", "list_id", "grant_id", "document_id", "opening_id", "declaration_id"}
    about = {table.name for table in tables.metadata.sorted_tables if names & set(table.columns.keys())}
    assert {
        name for name in about - set(kept) if f"connection, {name}," not in code and f"update({name})" not in code
    } == set()


def test_destruction_takes_two_people_and_checks_everything_anew_when_the_second_approves(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "scotland", TUESDAY, "Waiting times")
    story.clock.put(london(2034, 6, 20, 9, 0))
    before = everything(story).count(story.id_of(CHANCELLOR))
    by_head = done(proposes(story, release_id, who=story.head), 201)
    assert (by_head["state"], by_head["counts"], by_head["proposed_by"]) == ("proposed", {}, story.head)
    alone = approves(story, by_head)
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person_required")
    for who, status in ((story.lead, 403), (story.statistician, 403), (STRANGER, 404), (CHANCELLOR, 404)):
        assert approves(story, by_head, who).status_code == status
    assert approves(story, {"erasure_id": "era_" + "0" * 24}).status_code == 404
    path = f"/erasures/{by_head['erasure_id']}/withdrawal"
    assert story.post(STRANGER, path).status_code == 404
    assert done(story.post(story.lead, path))["state"] == "withdrawn"
    other = story.service.person("Hal Hazel", "hal.hazel@stats.gov.example")
    story.service.role(other, Role.HEAD_OF_PROFESSION, story.sat.organisation_id)
    assert approves(story, by_head, other).json()["code"] == "already_ended"
    # One that waits for longer than 30 days lapses.
    late = done(proposes(story, release_id), 201)
    story.clock.forward(minutes=30 * 24 * 60 + 1)
    assert approves(story, late).json()["code"] == "wrong_state"
    states = [one["state"] for one in story.get(story.auditor, at_producer(story, "erasures"))["results"]]
    assert sorted(states) == ["lapsed", "withdrawn"]
    # What came meanwhile counts: a hold that one person began after it was proposed.
    waiting = done(proposes(story, release_id), 201)
    hold = done(story.post(story.lead, at_producer(story, "legal-holds"), json={"reason": "A claim."}), 201)
    assert reasons(approves(story, waiting)) == [("legal_hold", "Producer policy: retention")]
    ends_hold(story, hold)
    assert approves(story, waiting).json()["code"] == "second_person_required"
    assert approves(story, waiting, other).json()["code"] == "second_person_required"  # its proposer ended the hold
    assert everything(story).count(story.id_of(CHANCELLOR)) >= before
    assert [story.entries(kind) for kind in (EntryKind.RECORDS_ERASED, EntryKind.PERSON_ERASED)] == [[], []]
    story.clock.forward(minutes=31 * 24 * 60)
    (erased,) = done(approves(story, done(proposes(story, release_id), 201), other))["results"]
    assert (erased["proposed_by"], erased["approved_by"]) == (story.lead, other)
    late_hold = story.post(
        story.lead, at_producer(story, "legal-holds"), json={"reason": "x", "release_id": release_id}
    )
    assert late_hold.status_code == 409


def test_person_s_details_go_only_when_a_second_person_of_the_whole_service_approves(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    first, second = story.service.administrator(), story.service.administrator("bo.admin@service.gov.example")
    person_id = story.service.person("Una Umber", "una.umber@treasury.gov.example")
    asked = done(story.post(first, f"/people/{person_id}/erasure", json={"reason": "Asked."}), 201)
    refused = approves(story, asked, first)
    assert (refused.json()["code"], "Ask another administrator" in refused.text) == ("second_person_required", True)
    for who in (story.head, story.auditor, STRANGER):
        assert approves(story, asked, who).status_code == 404
    assert [one["state"] for one in story.get(second, "/erasures")["results"]] == ["proposed"]
    assert story.ask(story.head, "GET", "/erasures").status_code == 403
    (erased,) = done(approves(story, asked, second))["results"]
    assert (erased["state"], erased["proposed_by"], erased["approved_by"]) == ("done", first, second)
    assert approves(story, asked, second).json()["code"] == "already_ended"


def test_person_named_in_the_word_on_a_page_is_kept_with_it_and_gone_with_it(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    story.release(TUESDAY, title="Claimant count")
    page = f"/releases/{story.told.release_id}/page-confirmations"
    body = {
        "publishes_at": instant_text(TUESDAY),
        "page_url": "https://stats.gov.example/claimant-count",
        "scheduled_by": "Jo Bloggs of the web desk",
        "seen": "Sam Seen showed me, sam.seen@x.gov.example.",
    }
    said = done(story.post(story.statistician, page, json=body), 201)
    withdrawn = {"reason": "Wendy Withdrew it again."}
    done(story.post(story.lead, f"/page-confirmations/{said['page_confirmation_id']}/withdrawal", json=withdrawn))
    assert "pgc_" in everything(story)
    first, second = story.service.administrator(), story.service.auditor()
    names = {"JO BLOGGS": "jo@x.gov.example", "S. Seen": "SAM.SEEN@x.gov.example", "Wendy": "wendy@x.gov.example"}
    named = [story.service.person(name, email) for name, email in names.items()]
    for person_id in named:
        refused = erases_person(story, person_id, first, second)
        assert reasons(refused)[0] == ("retention_runs", "Producer policy: retention"), refused.text
    done(erases_person(story, story.service.person("No Body", "no.body@x.gov.example"), first, second))
    with story.tools.transaction() as tx:
        records_erasing.destroy(tx.connection, story.told.release_id, story.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, story.clock.now(), actor_id="rule"))
    left = everything(story)
    assert [
        word for word in ("Jo Bloggs", "sam.seen@", "Wendy Withdrew", "Confirm the page anew") if word in left
    ] == []


def test_erasing_a_namesake_or_a_longer_address_leaves_everybody_else_s_records_alone(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR)
    first, second = story.service.administrator(), story.service.auditor()
    body = {
        "name": "Jim Bo",
        "email": "jim.bo@x.gov.example",
        "post_title": "Clerk",
        "organisation": CHANCELLOR.organisation,
        "held_from_on": "2025-03-03",
        "reason": "jim.bo@x.gov.example covers",
        "for_person_id": story.id_of(CHANCELLOR),
    }
    deputy = done(story.post(story.statistician, f"/releases/{story.told.release_id}/deputies", json=body), 201)
    namesake = story.service.person(CHANCELLOR.name, "bo@x.gov.example")

    def values() -> set[tuple[str, str]]:
        """Every clear value but those of the namesake's own entries and of the erasure itself."""
        of, logged = tables.disclosures.c, tables.entries.c
        asked = select(of.entry_id, of.clear_value).join(tables.entries, logged.entry_id == of.entry_id)
        mine = logged.kind.in_(("erasure_proposed", "person_erased", "signed_in", "sign_in_code_sent"))
        with story.tools.reading() as connection:
            rows = connection.execute(asked.where(~mine, logged.person_id.is_distinct_from(namesake)))
            return {(row.entry_id, row.clear_value) for row in rows if row.clear_value != namesake}

    before = values()
    done(erases_person(story, namesake, first, second))
    assert before - values() == set()
    # Whose address a deputy's request, or a coordinator's wish, gives is named by that release.
    jim = story.service.person("Jim Bo", "jim.bo@x.gov.example")
    assert reasons(erases_person(story, jim, first, second))[0] == ("retention_runs", "Producer policy: retention")
    assert story.get(story.statistician, f"/deputies/{deputy['deputy_id']}")["email"] == "jim.bo@x.gov.example"


def test_records_of_a_person_that_hang_on_no_release_are_kept_for_seven_years(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    first, second = story.service.administrator(), story.service.auditor()
    person_id = story.service.person("Ida Iris", "ida.iris@treasury.gov.example")
    body = {"subject_id": person_id, "reason": "Leaked at a party.", "conditions": "training"}
    made = done(story.post(story.head, at_producer(story, "suspensions"), json=body), 201)
    done(story.post(story.head, f"/suspensions/{made['suspension_id']}/end", json={"reason": "Over."}))
    ended = story.clock.now().date()
    failed = {"person_id": person_id, "what": "Gave an indication.", "occurred_on": "2026-01-05", "order": "uk"}
    done(story.post(story.head, at_producer(story, "failures"), json=failed), 201)
    refused = erases_person(story, person_id, first, second)
    assert reasons(refused) == [("retention_runs", "Producer policy: retention")] * 2
    first_day = london(ended.year + 7, ended.month, ended.day + 1, 0, 0)
    assert {one["until"] for one in refused.json()["reasons"]} == {instant_text(first_day)}
    assert "Leaked at a party." in everything(story)
    story.clock.put(first_day - timedelta(minutes=1))
    assert erases_person(story, person_id, first, second).status_code == 409
    story.clock.put(first_day)
    done(erases_person(story, person_id, first, second))
    assert [text for text in ("Leaked at a party.", "Gave an indication.") if text in everything(story)] == []


def test_why_a_release_was_moved_goes_with_its_records(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    story.release(TUESDAY)
    done(story.moves(story.head, "cancellation", reason="Bo Bracken leaked it."))
    story.clock.put(london(2034, 6, 20, 9, 0))
    assert "Bo Bracken" in everything(story)
    done(erases(story, story.told.release_id))
    assert "Bo Bracken" not in everything(story)


def test_reading_the_answer_to_a_request_is_on_record_in_whichever_form(begin: Begin) -> None:
    story = begin(TUESDAY - 14 * DAY)
    release_id = published(story, "wales", TUESDAY, "Waiting times")
    story.clock.put(TUESDAY + DAY)
    request = {**REQUEST, "asked_on": "2026-06-16"}
    taken = done(story.post(story.statistician, f"/releases/{release_id}/record-requests", json=request), 201)
    path = f"/record-requests/{taken['record_request_id']}/answer"
    done(story.post(story.statistician, path, json={}))
    for form in ("csv", "ods", "json"):
        assert story.ask(story.head, "GET", f"{path}.{form}").status_code == 200
    assert story.ask(STRANGER, "GET", f"{path}.csv").status_code == 404
    read = story.entries(EntryKind.RECORD_ANSWER_READ)
    assert [(one["release_id"], one["said"]["form"]) for one in read] == [
        (release_id, form) for form in ("csv", "ods", "json")
    ]
