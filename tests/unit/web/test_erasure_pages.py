"""Personal details: asked for on a page to be erased, refused in plain words while they must be kept, and erased."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import words
from tests.unit.web.test_recall_pages import at_pages, seen

T = london(2026, 6, 16, 9, 30)
DETAILS, ADMIN = "/account/details", "/admin/erasures"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The Chancellor stands on a list; the stranger on none."""
    told = Story(tmp_path, T - timedelta(days=8))
    told.release(T, title="Claimant count, secret so far")
    told.list_with(CHANCELLOR)
    told.id_of(STRANGER)
    yield told
    told.service.close()


def asked(story: Story, who: object) -> None:
    visitor = at_pages(story, who)  # type: ignore[arg-type]  # narrowing: a reader, or a person's id
    visitor.looks(DETAILS)
    answer = visitor.sends(f"{DETAILS}/erasures", sure="yes")
    assert answer.headers["location"] == DETAILS, words(answer)


def forms(text: str, act: str) -> list[str]:
    return re.findall(rf'action="(/[a-z/]+(?:era|per)_\w+/{act})"', text)


def test_person_asks_on_a_page_and_every_administrator_hears_of_it_without_a_name(story: Story) -> None:
    first, second = story.service.administrator(), story.service.administrator("bo.admin@service.gov.example")
    vic = at_pages(story, STRANGER)
    vic.looks("/account")
    assert f'href="{DETAILS}"' in vic.last.text
    told = vic.looks(DETAILS)
    assert "Vic Willow" in told
    assert "7 years from publication (SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2))" in told
    unsure = vic.sends(f"{DETAILS}/erasures")
    assert (unsure.status_code, 'href="#sure"' in unsure.text) == (422, True)
    assert story.entries(EntryKind.ERASURE_ASKED) == []
    vic.looks(DETAILS)
    vic.sends(f"{DETAILS}/erasures", sure="yes")
    told = vic.looks(DETAILS)
    assert ("Waits for an administrator" in told, "Ask for it" in told) == (True, False)
    for who in (first, second):
        ((_, body),) = [one for one in story.letters(who) if "personal details be erased" in one[0]]
        assert ("/admin/erasures" in body, "Vic" in body) == (True, False)
    (entry,) = story.entries(EntryKind.ERASURE_ASKED)
    assert set(entry["said"]) == {"erasure_id"}
    again = story.post(STRANGER, "/me/erasures")
    assert (again.status_code, "You have asked already" in again.text) == (409, True)


def test_person_takes_it_back_and_can_ask_again(story: Story) -> None:
    asked(story, STRANGER)
    vic = at_pages(story, STRANGER)
    vic.looks(DETAILS)
    (back,) = forms(vic.last.text, "withdrawal")
    assert vic.sends(back).headers["location"] == DETAILS
    assert "Withdrawn" in vic.looks(DETAILS)
    assert vic.sends(back).status_code == 409
    asked(story, STRANGER)
    other = at_pages(story, CHANCELLOR)
    other.looks(DETAILS)
    vic.looks(DETAILS)
    (back,) = forms(vic.last.text, "withdrawal")
    real, none = seen(other.sends(back)), f"{DETAILS}/erasures/era_{'0' * 24}/withdrawal"
    other.looks(DETAILS)
    assert (real, real[0]) == (seen(other.sends(none)), 404)


def test_what_must_be_kept_is_told_to_the_administrator_whole_and_to_the_person_without_a_title(story: Story) -> None:
    asked(story, CHANCELLOR)
    admin = at_pages(story, story.service.administrator())
    told = admin.looks(ADMIN)
    assert "Ash Alder Asks for it" in told
    assert "“Claimant count, secret so far” has not been published" in told
    assert "From Producer policy: retention." in told
    assert forms(admin.last.text, "erasure") == []
    (refusal,) = forms(admin.last.text, "refusal")
    assert admin.sends(refusal).headers["location"] == ADMIN
    assert "Refused for now" in admin.looks(ADMIN)
    told = at_pages(story, CHANCELLOR).looks(DETAILS)
    assert "Records that name you must still be kept (Producer policy: retention). No day can be told yet" in told
    ((_, letter),) = [one for one in story.letters(CHANCELLOR) if "cannot be erased yet" in one[0]]
    assert "Records that name you must still be kept (Producer policy: retention)." in letter
    assert ("secret so far" in letter, "secret so far" in told) == (False, False)
    (row,) = story.get(CHANCELLOR, "/me/erasures")["results"]
    assert (row["state"], row["why"].startswith("Records that name you")) == ("refused", True)
    admin.looks(ADMIN)
    admin.looks("/admin/people")
    assert admin.sends(refusal).status_code == 409
    assert len(story.entries(EntryKind.ERASURE_DECLINED)) == 1


def test_day_from_which_to_ask_again_is_told_where_every_record_has_one(story: Story) -> None:
    training = {"producer_id": story.sat.producer_id, "course": "Access", "done_on": "2026-06-01"}
    done(story.post(story.head, f"/people/{story.id_of(STRANGER)}/training", json=training), 201)
    asked(story, STRANGER)
    admin = at_pages(story, story.service.administrator())
    assert "keeps a record of training of this person to 8 June 2033." in admin.looks(ADMIN)
    (refusal,) = forms(admin.last.text, "refusal")
    admin.sends(refusal)
    assert "Ask again from 9 June 2033." in at_pages(story, STRANGER).looks(DETAILS)


def test_nothing_that_must_be_kept_is_no_reason_to_refuse_and_two_people_erase_it(story: Story) -> None:
    first, second = story.service.administrator(), story.service.auditor()
    asked(story, STRANGER)
    admin = at_pages(story, first)
    assert "Nothing stands in the way." in admin.looks(ADMIN)
    (row,) = story.get(first, "/erasures")["results"]
    refused = admin.sends(f"{ADMIN}/{row['erasure_id']}/refusal")
    assert (refused.status_code, "Propose the erasure instead." in words(refused)) == (409, True)
    early = admin.sends(f"{ADMIN}/{row['erasure_id']}/approval")
    assert (early.status_code, "Nobody has proposed this yet." in words(early)) == (409, True)
    admin.looks(ADMIN)
    (proposal,) = forms(admin.last.text, "erasure")
    assert admin.sends(proposal, how="here").headers["location"] == ADMIN
    assert "You proposed it, so another person approves it." in admin.looks(ADMIN)
    assert forms(admin.last.text, "approval") == []
    vic = at_pages(story, STRANGER)
    assert "Another one, or an auditor of the whole service, approves it." in vic.looks(DETAILS)
    ((_, letter),) = [one for one in story.letters(second) if "/admin/erasures" in one[1]]
    assert "Vic" not in letter
    auditor = at_pages(story, second)
    auditor.looks("/account")
    assert f'href="{ADMIN}"' in auditor.last.text
    told = auditor.looks(ADMIN)
    assert ("Vic Willow" in told, forms(auditor.last.text, "refusal")) == (True, [])
    (approval,) = forms(auditor.last.text, "approval")
    assert auditor.sends(approval).headers["location"] == ADMIN
    told = auditor.looks(ADMIN)
    assert ("Vic Willow" in told, "Erased" in told, story.id_of(STRANGER) in told) == (False, True, True)
    assert vic.asks("GET", DETAILS).status_code == 303
    assert len(story.entries(EntryKind.PERSON_ERASED)) == 1


def test_administrator_proposes_for_somebody_who_wrote_a_letter_or_hears_everything_that_must_be_kept(
    story: Story,
) -> None:
    admin = at_pages(story, story.service.administrator())
    where = f"/admin/people/{story.id_of(CHANCELLOR)}"
    admin.looks(where)
    refused = admin.sends(f"{where}/erasure", how="letter")
    assert refused.status_code == 409
    assert "has not been published, so the time for which its records are kept has not begun." in words(refused)
    where = f"/admin/people/{story.id_of(STRANGER)}"
    admin.looks(where)
    assert admin.sends(f"{where}/erasure", how="").status_code == 422
    admin.looks(where)
    assert admin.sends(f"{where}/erasure", how="letter").headers["location"] == ADMIN
    admin.looks(ADMIN)
    (withdrawal,) = forms(admin.last.text, "withdrawal")
    assert admin.sends(withdrawal).headers["location"] == ADMIN
    assert "Withdrawn" in admin.looks(ADMIN)


def test_page_is_for_administrators_and_auditors_of_the_whole_service_and_forms_are_ours(story: Story) -> None:
    asked(story, STRANGER)
    for who in (story.head, story.auditor, CHANCELLOR):
        assert at_pages(story, who).asks("GET", ADMIN).status_code == 403
    admin = at_pages(story, story.service.administrator())
    assert admin.asks("GET", ADMIN).status_code == 200
    (row,) = story.get(story.service.administrator("c@service.gov.example"), "/erasures")["results"]
    for act in ("refusal", "approval", "withdrawal"):
        assert admin.asks("POST", f"{ADMIN}/{row['erasure_id']}/{act}", data={}).status_code == 403
    assert admin.asks("POST", f"/admin/people/{story.id_of(STRANGER)}/erasure", data={"how": "here"}).status_code == 403
    assert at_pages(story, STRANGER).asks("POST", f"{DETAILS}/erasures", data={"sure": "yes"}).status_code == 403
    assert story.entries(EntryKind.ERASURE_PROPOSED) == []


def test_old_sign_in_asks_for_nothing_and_a_program_has_no_details(story: Story) -> None:
    vic = at_pages(story, STRANGER)
    vic.looks(DETAILS)
    story.clock.forward(minutes=16)
    stale = vic.sends(f"{DETAILS}/erasures", sure="yes")
    assert (stale.status_code, "sign-in within the last 15 minutes" in words(stale)) == (403, True)
    admin = story.service.administrator()
    body = {"name": "Importer", "role": "statistician", "organisation_id": story.sat.organisation_id}
    made = done(story.post(admin, "/credentials", json=body), 201)
    sent = {"client_id": made["client_id"], "secret": made["secret"]}
    headers = {"Authorization": f"Bearer {done(story.post(None, '/sign-in/tokens', json=sent), 201)['token']}"}
    assert story.client.post("/api/v1/me/erasures", headers=headers).status_code == 403
    assert story.client.get("/api/v1/me/erasures", headers=headers).json()["results"] == []
    assert story.entries(EntryKind.ERASURE_ASKED) == []


def test_suspended_person_who_holds_a_role_hears_that_they_are_needed(story: Story) -> None:
    who = story.service.person("Rae Rowan", "rae.rowan@ons.gov.example")
    story.service.role(who, Role.COORDINATOR, story.sat.organisation_id)
    asked(story, who)
    admin = at_pages(story, story.service.administrator())
    assert "This person holds a role. End that first." in admin.looks(ADMIN)
    (refusal,) = forms(admin.last.text, "refusal")
    admin.sends(refusal)
    assert "You are still needed here: the details of somebody who holds a role" in at_pages(story, who).looks(DETAILS)


def proposed(story: Story, who: str) -> str:
    """Propose what the stranger asked for; gives the place of the proposal."""
    admin = at_pages(story, who)
    admin.looks(ADMIN)
    (proposal,) = forms(admin.last.text, "erasure")
    assert admin.sends(proposal, how="here").headers["location"] == ADMIN
    admin.looks(ADMIN)
    (withdrawal,) = forms(admin.last.text, "withdrawal")
    return withdrawal.removesuffix("/withdrawal")


def states(story: Story) -> list[str]:
    return sorted(row["state"] for row in story.get(STRANGER, "/me/erasures")["results"])


def test_what_was_asked_waits_again_when_the_proposal_is_withdrawn_and_can_be_taken_back(story: Story) -> None:
    first = story.service.administrator()
    asked(story, STRANGER)
    place = proposed(story, first)
    assert states(story) == ["proposed", "taken_up"]
    admin = at_pages(story, first)
    admin.looks(ADMIN)
    assert admin.sends(f"{place}/withdrawal").headers["location"] == ADMIN
    assert states(story) == ["asked", "withdrawn"]
    assert "Vic Willow Asks for it" in admin.looks(ADMIN)
    vic = at_pages(story, STRANGER)
    told = vic.looks(DETAILS)
    assert ("Waits for an administrator" in told, "Ask for it" in told) == (True, False)
    (back,) = forms(vic.last.text, "withdrawal")
    assert vic.sends(back).headers["location"] == DETAILS
    assert states(story) == ["withdrawn", "withdrawn"]


def test_what_was_asked_waits_again_when_the_proposal_lapses_and_is_taken_up_anew_and_done(story: Story) -> None:
    first, second = story.service.administrator(), story.service.auditor()
    asked(story, STRANGER)
    place = proposed(story, first)
    story.clock.forward(days=30)
    assert states(story) == ["proposed", "taken_up"]
    story.clock.forward(minutes=1)
    assert states(story) == ["asked", "lapsed"]
    assert story.post(STRANGER, "/me/erasures").status_code == 409
    assert "Vic Willow Asks for it" in at_pages(story, first).looks(ADMIN)
    again = proposed(story, first)
    assert (again != place, states(story)) == (True, ["lapsed", "proposed", "taken_up"])
    auditor = at_pages(story, second)
    auditor.looks(ADMIN)
    assert auditor.sends(f"{again}/approval").headers["location"] == ADMIN
    told = auditor.looks(ADMIN)
    assert ("Nothing waits." in told, "Asks for it" in told) == (True, False)
    story.clock.forward(days=31)
    assert "Nothing waits." in at_pages(story, second).looks(ADMIN)


@pytest.mark.parametrize("act", ["withdrawal", "refusal"])
def test_what_was_asked_is_taken_back_or_refused_after_the_proposal_lapsed(story: Story, act: str) -> None:
    first = story.service.administrator()
    asked(story, STRANGER)
    proposed(story, first)
    story.clock.forward(days=31)
    if act == "withdrawal":
        vic = at_pages(story, STRANGER)
        vic.looks(DETAILS)
        (back,) = forms(vic.last.text, act)
        assert vic.sends(back).headers["location"] == DETAILS
        assert states(story) == ["lapsed", "withdrawn"]
        return
    story.service.role(story.id_of(STRANGER), Role.COORDINATOR, story.sat.organisation_id)
    admin = at_pages(story, first)
    admin.looks(ADMIN)
    (refusal,) = forms(admin.last.text, act)
    assert admin.sends(refusal).headers["location"] == ADMIN
    assert states(story) == ["lapsed", "refused"]
