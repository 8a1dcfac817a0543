"""Cases that comparable systems are tested by, told through our whole service, with their numbers.

``peers.md`` beside this file says of each of the 110 what became of it: covered, and by which test; met by design in
another way, and by which test; or the issue it waits for. A test below holds that table to the tests there are.
"""

from __future__ import annotations

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, Story, codes, done

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
INSIDE = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
TESTS = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("peers.md")


def utc_at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def story(begin: Begin) -> Story:
    """The release of nearly every case, at the instant of most, with one sound recipient."""
    made = begin(PUBLISHES_AT - timedelta(days=8))
    made.ready(PUBLISHES_AT)
    made.clock.put(INSIDE)
    return made


def test_peers_002_copy_begun_in_the_last_millisecond_has_its_start_and_its_completion_on_record(story: Story) -> None:
    story.clock.put(utc_at("2026-06-16T08:29:59.999Z"))
    assert story.reads(CHANCELLOR) == FIGURES
    (started,), (ended,) = story.entries(EntryKind.COPY_STARTED), story.entries(EntryKind.COPY_OUTCOME)
    assert (started["at"], ended["at"], ended["outcome"]) == (*["2026-06-16T08:29:59.999Z"] * 2, "completed")


def test_peers_004_015_refusal_after_publication_leads_to_the_public_page(story: Story) -> None:
    story.clock.put(utc_at("2026-06-16T08:30:04Z"))
    story.published()
    story.clock.put(utc_at("2026-06-16T08:32:00Z"))
    refused = story.opens(CHANCELLOR)
    assert codes(refused) == ["403", "already_published"]
    assert "https://stats.gov.example/claimant-count" in refused.json()["reasons"][0]["remedy"]
    assert story.incidents() == []


def test_peers_005_087_publication_seen_early_ends_access_and_is_an_incident_and_not_an_error(story: Story) -> None:
    story.clock.put(utc_at("2026-06-16T00:30:00Z"))
    story.published("Seen live by the night desk.")
    (incident,) = story.incidents()
    assert (incident["kind"], incident["facts"]["difference_seconds"]) == ("early_publication", 8 * 3600)
    story.clock.put(utc_at("2026-06-16T01:30:00Z"))
    assert codes(story.opens(CHANCELLOR)) == ["403", "already_published"]


def test_peers_006_window_status_is_told_in_utc_and_in_london(story: Story) -> None:
    story.clock.put(utc_at("2026-06-15T10:24:00Z"))
    shown = story.get(CHANCELLOR, f"/releases/{story.told.release_id}")
    assert {name: shown[name] for name in ("phase", "opens_at", "opens_at_london", "publishes_at")} == {
        "phase": "open",
        "opens_at": "2026-06-15T08:30:00.000Z",
        "opens_at_london": "Monday 15 June 2026, 9:30am (UK time)",
        "publishes_at": "2026-06-16T08:30:00.000Z",
    }
    assert shown["publishes_at_london"] == "Tuesday 16 June 2026, 9:30am (UK time)"


def test_peers_010_012_place_on_one_list_opens_no_other_release_of_the_series(story: Story) -> None:
    march = story.told
    story.clock.put(PUBLISHES_AT - timedelta(days=7))
    story.ready(PUBLISHES_AT, ADVISER, title="Claimant count, second release")
    story.clock.put(INSIDE)
    assert story.opens(CHANCELLOR).status_code == 404
    assert story.opens(CHANCELLOR, march.document_id).status_code == 201
    (logged,) = story.decisions(CHANCELLOR)
    assert [reason["code"] for reason in logged["said"]["reasons"]] == ["not_on_list"]
    assert logged["release_id"] == story.told.release_id


def test_peers_016_024_025_invitation_waits_for_approval_and_carries_the_times_of_the_schedule(begin: Begin) -> None:
    publishes_at = utc_at("2020-09-09T07:30:00Z")
    story = begin(publishes_at - timedelta(days=8))
    story.release(publishes_at, time_exemption="Agreed with the regulator.")
    story.draft_with(CHANCELLOR, ADVISER)
    assert [story.letters(reader) for reader in (CHANCELLOR, ADVISER)] == [[], []]
    done(story.approves())
    for reader in (CHANCELLOR, ADVISER):
        ((_, body),) = story.letters(reader)
        assert "Tuesday 8 September 2020, 8:30am (UK time)" in body
        assert "Wednesday 9 September 2020, 8:30am (UK time)" in body
        assert "9:30am" not in body


def test_peers_023_029_dry_run_sorts_into_buckets_and_names_each_bad_row_and_sends_nothing(story: Story) -> None:
    letters = len(story.letters(CHANCELLOR))
    shouted = Reader(ADVISER.name, ADVISER.email.upper(), ADVISER.post)
    tried = done(story.imports(CHANCELLOR, ADVISER, dry_run="true"))
    assert [row["email"] for row in tried["already_on_list"]] == [CHANCELLOR.email]
    assert [row["email"] for row in tried["to_add"]] == [ADVISER.email]
    twice = done(story.imports(CHANCELLOR, ADVISER, shouted, dry_run="true"))
    assert [one["row"] for one in twice["problems"] if one["severity"] == "error"] == [4]
    bad = [Reader("Eli Elm", "invalid-1", "Desk 1"), Reader("Fay Fir", "invalid-2", "Desk 2")]
    refused = story.imports(CHANCELLOR, ADVISER, *bad)
    assert [(row["row"], row["column"]) for row in refused.json()["rows"] if row["severity"] == "error"] == [
        (4, "Email"),
        (5, "Email"),
    ]
    assert len(story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"]) == 1
    assert len(story.letters(CHANCELLOR)) == letters


def test_peers_033_064_065_anonymous_caller_gets_the_same_answer_for_what_is_there_and_what_never_was(
    story: Story,
) -> None:
    there, never = story.told, ("rel_" + "0" * 24, "doc_" + "0" * 24)
    for real, invented in (
        (f"/releases/{there.release_id}/public-list.json", f"/releases/{never[0]}/public-list.json"),
        (f"/releases/{there.release_id}", f"/releases/{never[0]}"),
        (f"/documents/{there.document_id}", f"/documents/{never[1]}"),
    ):
        answers = [story.ask(None, "GET", path) for path in (real, invented)]
        assert answers[0].status_code in (401, 404)
        assert len({answer.status_code for answer in answers}) == 1
        assert {**answers[0].json(), "instance": ""} == {**answers[1].json(), "instance": ""}
        assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 2
    assert story.opens(CHANCELLOR).status_code == 201


def test_peers_036_088_opening_in_hand_is_worth_nothing_after_publication_or_to_another(story: Story) -> None:
    openings = [done(story.opens(CHANCELLOR), 201) for _ in range(3)]
    assert story.fetches(STRANGER, openings[0]).status_code == 404
    story.clock.put(PUBLISHES_AT - timedelta(minutes=1))
    openings.append(done(story.opens(CHANCELLOR), 201))
    story.clock.put(PUBLISHES_AT)
    story.published()
    assert codes(story.fetches(CHANCELLOR, openings[3])) == ["403", "already_published"]
    assert {story.fetches(CHANCELLOR, opening).json()["code"] for opening in openings[:3]} == {"opening_ended"}


def test_peers_037_062_refusal_is_kept_by_no_cache_and_two_seconds_later_it_is_no_refusal(story: Story) -> None:
    story.clock.put(utc_at("2026-06-15T08:29:59Z"))
    early, nobody = story.opens(CHANCELLOR), story.opens(STRANGER)
    assert [(one.status_code, one.headers["cache-control"]) for one in (early, nobody)] == [
        (403, "no-store"),
        (404, "no-store"),
    ]
    story.clock.put(utc_at("2026-06-15T08:30:01Z"))
    assert story.opens(CHANCELLOR).status_code == 201


def test_peers_039_040_opening_serves_from_its_first_instant_and_to_the_millisecond_before_its_end(
    story: Story,
) -> None:
    minutes = story.tools.policy.opening_minutes
    first, second = done(story.opens(CHANCELLOR), 201), done(story.opens(CHANCELLOR), 201)
    assert story.fetches(CHANCELLOR, first).status_code == 200
    story.clock.put(INSIDE + timedelta(minutes=minutes) - timedelta(milliseconds=1))
    assert story.fetches(CHANCELLOR, second).status_code == 200
    story.clock.put(INSIDE + timedelta(minutes=minutes))
    ended = story.fetches(CHANCELLOR, second)
    assert (ended.status_code, ended.json()["code"]) == (409, "opening_ended")


def test_peers_041_042_place_taken_away_before_the_window_stays_taken_and_its_instant_does_not_move(
    story: Story,
) -> None:
    story.clock.put(utc_at("2026-06-12T09:00:00Z"))
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {"subject_id": story.id_of(CHANCELLOR), "reason": "Left the department.", "conditions": "a new grant"}
    begun = done(story.post(story.head, path, json=body), 201)
    story.clock.put(utc_at("2026-06-15T08:30:00Z"))
    assert codes(story.opens(CHANCELLOR)) == ["403", "suspended"]
    end = f"/suspensions/{begun['suspension_id']}/end"
    ended = done(story.post(story.head, end, json={"reason": "A mistake."}))
    story.clock.forward(hours=1)
    again = story.post(story.head, end, json={"reason": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")
    (kept,) = story.get(story.head, path)["results"]
    assert (kept["ended_at"], kept["ended_at"] == ended["ended_at"]) == ("2026-06-15T08:30:00.000Z", True)


def test_peers_047_declaration_without_the_tick_counts_as_none(begin: Begin) -> None:
    story = begin(PUBLISHES_AT - timedelta(days=8))
    story.release(PUBLISHES_AT)
    story.list_with(CHANCELLOR)
    story.sealed()
    story.signed_off()
    story.clock.put(INSIDE)
    unticked = story.signs(CHANCELLOR, agreed=False)
    assert (unticked.status_code, unticked.json()["code"]) == (422, "declaration_not_valid")
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_missing"]
    (signed,) = story.signed(CHANCELLOR)
    (entry,) = story.entries(EntryKind.DECLARATION_SIGNED)
    assert entry["said"]["undertaking_sha256"] == signed["undertaking_sha256"]
    assert story.reads(CHANCELLOR) == FIGURES


def test_peers_060_two_officers_saving_two_releases_while_a_third_lists_them_all_succeed(story: Story) -> None:
    first = story.told.release_id
    second = story.release(PUBLISHES_AT, title="Another")
    etags = {one: story.get(story.head, f"/releases/{one}")["revision"] for one in (first, second)}
    for who in (story.head, story.lead, story.auditor):
        story.headers(who)
    body = {"publishes_at": instant_text(PUBLISHES_AT + timedelta(days=1)), "reason": "Agreed."}
    with ThreadPoolExecutor(3) as together:
        saved = [
            together.submit(
                story.ask, story.head, "POST", f"/releases/{one}/rescheduling", json=body, revision=etags[one]
            )
            for one in (first, second)
        ]
        listing = together.submit(story.ask, story.auditor, "GET", "/releases")
    assert [one.result().status_code for one in (*saved, listing)] == [200, 200, 200]
    assert {one["release_id"] for one in listing.result().json()["results"]} == {first, second}


def test_peers_068_name_in_the_body_never_becomes_the_actor(story: Story) -> None:
    forged = {"kind": "other", "statement": "x", "requested_by": story.id_of(CHANCELLOR)}
    assert story.post(STRANGER, "/incidents", json=forged).json()["code"] == "invalid_request"
    entry = {"kind": "access_decided", "actor_id": story.id_of(CHANCELLOR)}
    assert story.post(STRANGER, "/audit/entries", json=entry).status_code == 405
    honest = {"kind": "other", "statement": "Something was odd."}
    made = done(story.post(STRANGER, "/incidents", json=honest), 201)
    admin_sees = [one for one in story.entries(EntryKind.INCIDENT_OPENED) if one["said"]["number"] == made["number"]]
    assert len(admin_sees) == 1
    assert len(story.entries(EntryKind.ACCESS_DECIDED)) == 0


def test_peers_074_mail_system_that_does_not_answer_delays_no_decision(story: Story) -> None:
    story.service.mailbag.down = True
    assert story.reads(CHANCELLOR) == FIGURES
    story.clock.put(PUBLISHES_AT)
    assert story.published()["phase"] == "published"
    assert [subject for subject, _ in story.letters(CHANCELLOR) if "published" in subject] == []
    story.service.mailbag.down = False
    story.clock.forward(hours=2)
    assert [subject for subject, _ in story.letters(CHANCELLOR) if "published" in subject] == [
        "Claimant count: published"
    ]


def test_peers_079_release_taken_back_to_review_is_refused_inside_its_window(story: Story) -> None:
    story.clock.put(utc_at("2026-06-15T12:00:00Z"))
    done(story.moves(story.head, "reopening", reason="Table 3 is wrong."))
    story.clock.put(utc_at("2026-06-15T12:00:01Z"))
    assert codes(story.opens(CHANCELLOR)) == ["403", "release_not_final"]


def test_peers_097_record_of_who_had_access_outlives_the_access(begin: Begin) -> None:
    story = begin(PUBLISHES_AT - timedelta(days=8))
    twelve = [
        CHANCELLOR,
        *(Reader(f"Reader {n:02}", f"reader.{n:02}@fog.gov.example", f"Desk {n:02}") for n in range(11)),
    ]
    story.release(PUBLISHES_AT)
    story.list_with(*twelve)
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR)
    story.clock.put(INSIDE)
    assert story.reads(CHANCELLOR) == FIGURES
    story.clock.put(PUBLISHES_AT)
    story.published()
    story.clock.put(utc_at("2026-09-01T10:00:00Z"))
    listed = story.get(story.auditor, f"/lists/{story.told.listed['list_id']}")
    assert [grant["holder_email"] for grant in listed["grants"]] == [reader.email for reader in twelve]
    assert listed["approved_at"] == instant_text(PUBLISHES_AT - timedelta(days=8))
    (opening,) = story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"]
    assert (opening["person_id"], opening["opened_at"]) == (story.id_of(CHANCELLOR), instant_text(INSIDE))
    (signed,) = story.get(story.auditor, f"/releases/{story.told.release_id}/declarations")["results"]
    assert signed["person_id"] == story.id_of(CHANCELLOR)


def test_peers_063_099_100_administrator_program_and_forged_token_are_no_recipients(story: Story) -> None:
    admin = story.service.administrator()
    refused = story.opens(admin)
    assert (refused.status_code, "not_on_list" in codes(refused)) == (403, True)
    wanted = {"name": "Nightly check", "role": Role.AUDITOR.value, "organisation_id": None}
    made = done(story.post(admin, "/credentials", json=wanted), 201)
    secret = {"client_id": made["client_id"], "secret": made["secret"]}
    token = done(story.ask(None, "POST", "/sign-in/tokens", json=secret), 201)["token"]
    path = f"/documents/{story.told.document_id}/openings"
    for sent, status in ((token, (403, 404)), (token[:-4] + "AAAA", (401,)), ("pra_forged", (401,))):
        answer = story.ask(None, "POST", path, headers={"Authorization": f"Bearer {sent}"})
        assert answer.status_code in status
    assert story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"] == []
    assert len([one for one in story.entries(EntryKind.REQUEST_REFUSED) if one["said"]["code"] == "not_signed_in"]) == 2


def test_peers_098_person_on_the_list_is_served_and_one_who_is_not_learns_nothing(story: Story) -> None:
    assert story.opens(CHANCELLOR).status_code == 201
    assert story.opens(SECRETARY).status_code == 404


# -- the table -----------------------------------------------------------------------------------------------------

ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| (covered|met otherwise|later|not ours) \| ([^|]+) \|$", re.MULTILINE)


def rows() -> list[tuple[int, str, str]]:
    """Each row of the table: number, what became of it, where."""
    return [(int(number), fate, where) for number, _, fate, where in ROW.findall(TABLE.read_text(encoding="utf-8"))]


def names_in(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_table_of_peers_names_every_case_once_and_in_order() -> None:
    assert [number for number, _, _ in rows()] == list(range(110))


def test_table_of_peers_names_only_tests_that_there_are() -> None:
    faults = []
    for number, fate, where in rows():
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", where)
        faults += [
            f"{number}: {path}::{name}"
            for path, name in named
            if not (TESTS / path).exists() or name not in names_in(TESTS / path)
        ]
        if fate in ("covered", "met otherwise") and not named:
            faults.append(f"{number}: {fate}, and no test is named")
    assert faults == []


def test_table_of_peers_lists_every_numbered_test_of_this_file_where_it_belongs() -> None:
    told = {number: where for number, _, where in rows()}
    faults = [
        f"{name}: {number}"
        for name in sorted(names_in(Path(__file__)))
        if name.startswith("test_peers_")
        for number in re.findall(r"_(\d{3})(?=_)", name)
        if name not in told[int(number)]
    ]
    assert faults == []
