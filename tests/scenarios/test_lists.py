"""T04, T29–T31, T33–T35 and T41: who is on a list, who is not, and what must be public about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.actions import copies, people
from app.audit.entries import EntryKind
from app.records import posts
from app.rules.errors import Refused
from app.rules.orders import uk
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, SECRETARY, STRANGER, Reader, codes, done, reasons
from tests.world import large_figures

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY = timedelta(days=1)
MONDAY, TUESDAY = london(2026, 3, 30, 9, 30), london(2026, 6, 16, 9, 30)
OFFICE = Reader("Duty Officer", "dof.pressoffice@fog.gov.example", "Press Officer", "Department for Fog")


def test_t04_mail_cannot_be_scheduled_for_friday_by_a_sheet_that_asks_for_65_hours(begin: Begin) -> None:
    story = begin(MONDAY - 8 * DAY)
    story.release(MONDAY)
    asks = Reader("Ash Alder", "ash.alder@treasury.gov.example", "Chancellor", hours="65.5")
    refused = story.imports(asks)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_rejected")
    assert [
        (row["row"], row["column"], row["code"]) for row in refused.json()["rows"] if row["severity"] == "error"
    ] == [(2, "Hours", "period_too_long")]
    assert story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"] == []


def test_t29_colleague_with_the_recipients_link_gets_nothing_until_they_have_a_grant_of_their_own(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY - timedelta(hours=20))
    opening = done(story.opens(CHANCELLOR), 201)
    assert story.opens(STRANGER).status_code == 404
    assert story.fetches(STRANGER, opening).status_code == 404
    assert story.post(STRANGER, f"/openings/{opening['opening_id']}/reveal").status_code == 404
    grant_id = story.grant_of(CHANCELLOR)["grant_id"]
    done(story.post(story.head, f"/grants/{grant_id}/pause", json={"reason": "On leave; a colleague stands in."}))
    assert codes(story.opens(CHANCELLOR)) == ["403", "grant_paused"]
    story.list_with(CHANCELLOR, STRANGER, override="A colleague stands in.")
    assert codes(story.opens(STRANGER)) == ["403", "declaration_missing"]
    story.signed(STRANGER)
    assert story.reads(STRANGER) == FIGURES
    assert codes(story.opens(CHANCELLOR)) == ["403", "grant_paused"]


def test_t30_list_taken_over_from_last_year_is_blocked_until_the_new_holder_is_confirmed(begin: Begin) -> None:
    last_year, friday = london(2020, 12, 4, 9, 30), london(2021, 12, 3, 9, 30)
    head_of_unit = Reader("Ash Alder", "ash.alder@fog.gov.example", "Head of Sponsorship Unit", "Department for Fog")
    successor = Reader("Dee Dogwood", "dee.dogwood@fog.gov.example", head_of_unit.post, head_of_unit.organisation)
    story = begin(last_year - 8 * DAY)
    story.release(last_year, series="Qualifications, yearly")
    listed = story.list_with(head_of_unit, ADVISER)
    series = story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"][0]["series_id"]
    taken = {"revision": 0, "json": {"list_id": listed["list_id"]}}
    done(story.post(story.head, f"/series/{series}/standing-list", **taken), 201)
    story.clock.put(friday - DAY + timedelta(hours=-1))
    held = story.grant_of(head_of_unit)
    with story.tools.reading() as connection:
        (holding,) = posts.holdings_of_person(connection, held["person_id"])
    done(story.post(story.statistician, f"/holdings/{holding.holding_id}/end", json={"until_on": "2021-11-30"}))
    release_id = story.release(friday, series="Qualifications, yearly")
    story.told.listed = done(story.post(story.statistician, f"/releases/{release_id}/lists", json={}), 201)
    assert [grant["holder_email"] for grant in story.told.listed["grants"]] == [head_of_unit.email, ADVISER.email]
    assert [code for code, _ in reasons(story.approves())] == [
        "post_not_held",
        "holder_not_confirmed",
        "holder_not_confirmed",
    ]
    path = f"/lists/{story.told.listed['list_id']}/grants"
    holder = {"email": successor.email, "name": successor.name, "held_from_on": "2021-12-01"}
    path_of_unit = f"{path}/{story.grant_of(head_of_unit)['grant_id']}/holder"
    named = story.ask(story.statistician, "PUT", path_of_unit, json=holder, revision=1)
    story.told.listed = done(named)
    assert [code for code, _ in reasons(story.approves())] == ["holder_not_confirmed"]
    still = f"{path}/{story.grant_of(ADVISER)['grant_id']}/confirm"
    story.told.listed = done(story.post(story.statistician, still, revision=2))
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    story.signed(successor, ADVISER)
    story.clock.put(friday - timedelta(hours=20))
    assert story.reads(successor) == FIGURES
    assert story.opens(head_of_unit).status_code == 404


def test_t31_change_asked_for_38_minutes_before_is_refused_and_an_override_is_on_record(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY - timedelta(minutes=38))
    story.draft_with(CHANCELLOR, SECRETARY)
    refused = story.approves()
    assert (refused.status_code, refused.json()["code"]) == (409, "list_frozen")
    assert reasons(refused) == [("list_frozen", "Producer policy: list freeze")]
    assert "frozen since Monday 15 June 2026, 9:30am (UK time)" in refused.json()["detail"]
    assert story.opens(SECRETARY).status_code == 404
    assert [leaf["said"]["reasons"] for leaf in story.entries(EntryKind.LIST_APPROVAL_REFUSED)] == [["list_frozen"]]
    why = "The Private Secretary answers for the minister, who is abroad."
    story.told.listed = done(story.approves(override=why))
    story.signed(SECRETARY)
    assert story.reads(SECRETARY) == FIGURES
    (overridden,) = story.entries(EntryKind.LIST_FREEZE_OVERRIDDEN)
    assert (overridden["at"], overridden["said"]["override"]) == ("2026-06-16T07:52:00.000Z", True)
    assert why not in str(overridden)
    seen = story.get(story.auditor, f"/releases/{story.told.release_id}/lists")["results"]
    assert [(one["version"], one["override_reason"]) for one in seen] == [(2, why), (1, "")]


def test_t33_press_office_mailbox_is_refused_wherever_it_is_tried_and_the_near_miss_is_on_record(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.release(TUESDAY)
    refused = story.imports(CHANCELLOR, OFFICE)
    (row,) = [row for row in refused.json()["rows"] if row["severity"] == "error"]
    assert (refused.status_code, row["row"], row["column"], row["code"]) == (422, 3, "Email", "shared_mailbox")
    assert "nobody could say who saw what" in row["detail"]
    (incident,) = story.incidents()
    assert (incident["kind"], incident["near_miss"]) == ("shared_mailbox", True)
    assert "dof.pressoffice" not in str(incident)
    person = {"name": "Vic Willow", "email": OFFICE.email}
    assert story.post(story.statistician, "/people", json=person).json()["code"] == "shared_mailbox"
    listed = story.draft_with(CHANCELLOR)
    path = f"/lists/{listed['list_id']}/grants/{story.grant_of(CHANCELLOR)['grant_id']}/holder"
    holder = {"email": OFFICE.email, "name": "Vic Willow"}
    named = story.ask(story.statistician, "PUT", path, json=holder, revision=listed["revision"])
    assert named.json()["code"] == "shared_mailbox"
    assert story.get(story.statistician, f"/lists/{listed['list_id']}")["revision"] == listed["revision"]
    asked = story.ask(None, "POST", "/sign-in/codes", json={"email": OFFICE.email})
    assert (asked.status_code, story.service.mailbag.to(OFFICE.email)) == (202, [])


def test_t34_person_with_two_posts_stands_twice_in_public_and_once_in_the_log(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    both = Reader(CHANCELLOR.name, CHANCELLOR.email, "Second Lord")
    story.ready(TUESDAY, CHANCELLOR, both)
    story.clock.put(TUESDAY - timedelta(hours=20))
    assert story.reads(both) == FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    rows = story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]
    assert [(row["post"], row["count"]) for row in rows] == [("Chancellor", 1), ("Second Lord", 1)]
    assert story.reads(CHANCELLOR) == FIGURES
    openings = story.get(story.auditor, f"/releases/{story.told.release_id}/openings")["results"]
    assert [one["person_id"] for one in openings] == [story.id_of(CHANCELLOR)] * 2
    assert story.id_of(CHANCELLOR) == story.id_of(both)
    assert len(story.decisions(both, "permitted")) == 2
    (counted,) = story.entries(EntryKind.LIST_APPROVED)
    assert [counted["said"][name] for name in ("grants", "people", "posts")] == [2, 1, 2]


def test_t35_access_taken_away_cuts_a_running_copy_within_one_look_and_leaves_the_earlier_reads_on_record(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.release(TUESDAY)
    story.list_with(CHANCELLOR, ADVISER)
    story.sealed(b"".join(large_figures(3 * 1024 * 1024)))
    story.signed_off()
    story.signed(CHANCELLOR, ADVISER)
    story.clock.put(TUESDAY - timedelta(hours=4))
    done(story.opens(CHANCELLOR), 201)
    story.clock.put(TUESDAY - timedelta(hours=2))
    opening = done(story.opens(CHANCELLOR), 201)
    token = story.headers(CHANCELLOR)["Authorization"].removeprefix("Bearer ")
    actor = people.actor_for_token(story.tools, token, network="192.0.2.7")
    running = copies.begin(story.tools, actor, opening["opening_id"])
    first = running.next_group()
    assert len(first) > 0
    path = f"/producers/{story.sat.producer_id}/suspensions"
    body = {"subject_id": story.id_of(CHANCELLOR), "reason": "An indication was given.", "conditions": "training"}
    suspended = done(story.post(story.head, path, json=body), 201)
    with pytest.raises(Refused) as cut:
        running.check_if_due(0)
    running.close(handed_over_whole=False)
    assert [(reason.code.value, reason.source) for reason in cut.value.reasons] == [("suspended", uk.PARA_3_1_E)]
    assert reasons(story.opens(CHANCELLOR)) == [("suspended", uk.PARA_3_1_E)]
    assert codes(story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal")) == ["403", "suspended"]
    assert story.opens(ADVISER).status_code == 201
    (outcome,) = story.entries(EntryKind.COPY_OUTCOME)
    assert (outcome["outcome"], outcome["said"]["stopped_by"]) == ("stopped", ["suspended"])
    assert [leaf["at"] for leaf in story.decisions(CHANCELLOR, "permitted")] == [
        "2026-06-16T04:30:00.000Z",
        "2026-06-16T06:30:00.000Z",
    ]
    ended = story.post(story.head, f"/suspensions/{suspended['suspension_id']}/end", json={"reason": "Training done."})
    done(ended)
    assert codes(story.opens(CHANCELLOR)) == ["403", "declaration_lapsed"]  # it lapsed with the suspension
    story.signed(CHANCELLOR)
    assert story.opens(CHANCELLOR).status_code == 201


def numbered(count: int) -> list[Reader]:
    return [
        Reader(f"Reader {'abcdefghijklmnopqrstuvwxyz'[n % 26]}{n}", f"robin.reader{n}@fog.gov.example", f"Desk {n}")
        for n in range(count)
    ]


def test_t41_publication_without_a_list_of_posts_is_blocked_under_para_9_b(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY)
    story.clock.put(TUESDAY)
    blocked = story.moves(story.lead, "publication", reason="Seen live.")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "publication_blocked")
    assert reasons(blocked) == [("list_of_posts_missing", uk.PARA_9_B)]
    assert story.phase() == "overdue"
    assert story.ask(None, "GET", f"/releases/{story.told.release_id}/public-list.json").status_code == 404
    assert story.published()["phase"] == "published"


def test_t41_publication_with_34_posts_but_31_grants_is_blocked_as_a_mismatch_and_names_no_person(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.release(TUESDAY)
    everyone = numbered(34)
    story.list_with(*everyone)
    story.sealed()
    story.signed_off()
    path = f"/releases/{story.told.release_id}/public-list"
    done(story.post(story.statistician, path), 201)
    story.list_with(*everyone[:31])
    story.clock.put(TUESDAY)
    blocked = story.moves(story.lead, "publication", reason="Seen live.")
    assert reasons(blocked) == [("list_of_posts_differs", uk.PARA_9_B)]
    assert "counts 34 and the enforced list 31" in blocked.json()["detail"]
    done(story.post(story.statistician, path), 201)
    done(story.moves(story.lead, "publication", reason="Seen live."))
    public = story.ask(None, "GET", f"{path}.json").text
    rows = story.get(None, f"{path}.json")["rows"]
    assert [row["post"] for row in rows] == [reader.post for reader in everyone[:31]]
    assert [name for reader in everyone for name in (reader.name, reader.email) if name in public] == []


def test_t41_recipient_who_lost_their_place_is_told_so_and_stays_bound(begin: Begin) -> None:
    story = begin(TUESDAY - 8 * DAY)
    story.ready(TUESDAY, CHANCELLOR, SECRETARY)
    story.clock.forward(hours=1)
    story.list_with(CHANCELLOR)
    story.clock.put(TUESDAY - timedelta(hours=20))
    assert codes(story.opens(SECRETARY)) == ["403", "not_on_list"]
    subject, body = story.letters(SECRETARY)[-1]
    assert "access ended" in subject
    assert "stays restricted until it is published" in body
