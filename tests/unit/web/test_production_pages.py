"""The register of production access on pages: proposed, accepted, permitted by a second person, ended, taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen

DUE = london(2026, 3, 10, 9, 30)
CHECKER = Reader("Cleo Cherry", "cleo.cherry@statistics.gov.example", "Statistician")
NOBODYS = "pac_" + "0" * 24
WHY = "Checks the seasonal adjustment."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/production-access"


def filled(**changes: str) -> dict[str, str]:
    days = {**by_day("from_on", "2026-03-02"), **by_day("until_on", "")}
    return {"email": CHECKER.email, "name": CHECKER.name, "purpose": "production", "why": WHY, **days, **changes}


def proposed(story: Story, visitor: Visitor | None = None, **changes: str) -> str:
    """Have somebody proposed on the page, as the statistician; gives where their row is."""
    visitor = visitor or at_pages(story, story.statistician)
    visitor.looks(here(story))
    made = visitor.sends(here(story), **filled(**changes), once=visitor.field("once"))
    assert made.status_code == 303, words(made)
    return str(made.headers["location"])


def accepted(story: Story) -> str:
    """Have it accepted in writing, as the statistician records."""
    place = proposed(story)
    visitor = at_pages(story, story.statistician)
    visitor.looks(place)
    sent = visitor.sends(f"{place}/acceptance", how="Signed on paper.", revision=visitor.field("revision"))
    assert sent.headers["location"] == place
    return place


def test_somebody_new_is_proposed_once_however_often_the_button_is_pressed(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    assert "Nobody stands on it yet" in visitor.looks(here(story))
    sent = {**filled(**by_day("until_on", "2026-03-09")), "once": visitor.field("once")}
    places = {visitor.sends(here(story), **sent).headers["location"] for _ in range(2) if visitor.looks(here(story))}
    assert len(places) == len(story.entries(EntryKind.PRODUCTION_ACCESS_PROPOSED)) == 1
    shown = visitor.looks(places.pop())
    told = ("Restriction not accepted yet", WHY, "From 2 March 2026 to 9 March 2026", "May be shared from Nothing yet")
    assert [one for one in told if one not in shown] == []
    assert CHECKER.name in visitor.looks(here(story))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "press.office@statistics.gov.example"}, "email"),
        ({"name": ""}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"why": " "}, "why"),
        (by_day("from_on", "2026-02-30"), "from_on-day"),
        (by_day("from_on", ""), "from_on-day"),
        (by_day("from_on", "2026-03-01"), "from_on-day"),  # nothing is shared on a day that is over
        (by_day("until_on", "2026-03-01"), "until_on-day"),
    ],
)
def test_proposal_that_cannot_be_taken_is_told_beside_its_field_and_stays_typed(
    story: Story, changes: dict[str, str], field: str
) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    answer = visitor.sends(here(story), **filled(**changes), once=visitor.field("once"))
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert f'id="{field}"' in answer.text
    kept = {"why": WHY, "name": CHECKER.name} | changes
    assert all(kept[name].strip() in answer.text for name in ("why", "name"))
    assert story.entries(EntryKind.PRODUCTION_ACCESS_PROPOSED) == []
    assert story.get(story.statistician, "/people", params={"email": CHECKER.email})["results"] == []


def test_nobody_is_added_or_proposed_from_a_form_of_a_release_that_is_over_by_now(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    sent = {"form_token": visitor.token, "once": visitor.field("once"), **filled()}
    done(story.moves(story.head, "cancellation", reason="The survey was given up."))
    answer = visitor.asks("POST", here(story), data=sent)
    assert (answer.status_code, "The release is cancelled" in words(answer)) == (409, True)
    assert 'href="#' not in answer.text.partition("<main")[2]
    assert story.get(story.statistician, "/people", params={"email": CHECKER.email})["results"] == []


def test_those_who_propose_nobody_are_refused_whatever_the_form_lacks(story: Story) -> None:
    for sent in (filled(), filled(email="")):
        auditor = at_pages(story, story.auditor)
        auditor.looks("/account")
        assert auditor.sends(here(story), **sent, once=f"frm_{'0' * 24}").status_code == 403
    place = proposed(story)
    for act in ("acceptance", "end"):
        auditor.looks("/account")
        assert auditor.sends(f"{place}/{act}", how="", reason="").status_code == 403


def test_same_access_is_not_proposed_twice(story: Story) -> None:
    proposed(story)
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    again = visitor.sends(here(story), **filled(), once=visitor.field("once"))
    assert (again.status_code, "is proposed already" in words(again)) == (422, True)


def test_restriction_is_accepted_in_the_account_on_a_fresh_sign_in(story: Story) -> None:
    place = proposed(story)
    own = place.replace(here(story), "/account/production-access")
    person = at_pages(story, CHECKER)
    assert f"{story.tools.policy.public_address}/account/production-access" in story.letters(CHECKER)[-1][1]
    assert "Nothing is shared before you have accepted" in person.looks("/account")
    assert "Yours to accept" in person.looks("/account/production-access")
    assert "I use the figures for that and for nothing else." in person.looks(own)
    sent = {"restriction_sha256": person.field("restriction_sha256"), "typed_name": CHECKER.name, "agreed": "yes"}
    for wrong, field in (({"agreed": ""}, "agreed"), ({"typed_name": "Somebody"}, "typed_name")):
        answer = person.sends(own, **{**sent, **wrong})
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    other = person.sends(own, **{**sent, "restriction_sha256": "0" * 64})
    assert (other.status_code, "not the words of this restriction" in words(other)) == (422, True)
    assert person.sends(own, **sent).headers["location"] == own
    assert "You have accepted it." in person.looks(own)
    assert "Accept the restriction" not in words(person.last)
    assert "to accept" not in person.looks("/account")
    assert "by the person" in at_pages(story, story.head).looks(place)


def test_old_sign_in_leads_back_to_the_restriction(story: Story) -> None:
    own = proposed(story).replace(here(story), "/account/production-access")
    person = at_pages(story, CHECKER)
    story.clock.forward(minutes=20)
    assert "sign in again, and you come back here" in person.looks(own)
    assert f'href="/sign-in?then={own}"' in person.last.text
    assert 'name="typed_name"' not in person.last.text


def test_own_restriction_is_nobody_elses(story: Story) -> None:
    own = proposed(story).replace(here(story), "/account/production-access")
    other = at_pages(story, CHANCELLOR)
    none = other.asks("GET", f"/account/production-access/{NOBODYS}")
    assert (none.status_code, seen(other.asks("GET", own))) == (404, seen(none))
    assert "nobody has proposed you" in other.looks("/account/production-access")


def test_second_person_permits_what_is_accepted(story: Story) -> None:
    place = accepted(story)
    head = at_pages(story, story.head)
    head.looks(place)
    assert head.sends(f"{place}/permission", revision=head.field("revision")).headers["location"] == place
    assert "May be shared from 2 March 2026" in head.looks(place)
    assert "Permit this access" not in words(head.last)
    assert len(story.entries(EntryKind.PRODUCTION_ACCESS_PERMITTED)) == 1


def test_whoever_proposed_it_is_told_that_somebody_else_permits_it(story: Story) -> None:
    head = at_pages(story, story.head)
    place = proposed(story, head)
    visitor = at_pages(story, story.statistician)
    visitor.looks(place)
    visitor.sends(f"{place}/acceptance", how="On paper.", revision=visitor.field("revision"))
    assert "You proposed it, so you cannot permit it." in head.looks(place)
    assert "Permit this access" not in words(head.last)
    refused = head.sends(f"{place}/permission", revision="2")
    assert (refused.status_code, "cannot approve it" in words(refused)) == (403, True)
    assert "Permit this access" in at_pages(story, story.lead).looks(place)
    assert "Permit this access" not in at_pages(story, story.statistician).looks(place)


def test_nobody_records_or_permits_access_of_their_own(story: Story) -> None:
    email = story.service.email_of(story.lead)
    place = proposed(story, email=email, name="")
    lead = at_pages(story, story.lead)
    assert "This is your own access." in lead.looks(place)
    assert "Record this acceptance" not in words(lead.last)
    answer = lead.sends(f"{place}/acceptance", how="I said so.", revision=lead.field("revision"))
    assert (answer.status_code, "access of their own" in words(answer)) == (403, True)
    visitor = at_pages(story, story.statistician)
    visitor.looks(place)
    visitor.sends(f"{place}/acceptance", how="On paper.", revision=visitor.field("revision"))
    assert "nobody decides on access of their own" in lead.looks(place)


def test_row_that_changed_meanwhile_is_shown_as_it_is_now(story: Story) -> None:
    place = proposed(story)
    visitor = at_pages(story, story.statistician)
    visitor.looks(place)
    old = visitor.field("revision")
    visitor.sends(f"{place}/acceptance", how="On paper.", revision=old)
    for act, typed in (("acceptance", {"how": "Again."}), ("end", {"reason": "The checks are done."})):
        visitor.looks(place)
        answer = visitor.sends(f"{place}/{act}", **typed, revision=old)
        assert (answer.status_code, "Somebody changed this since you read it." in words(answer)) == (409, True)
    assert "The checks are done." in visitor.last.text
    for said in ("", "Again."):
        visitor.looks(place)
        answer = visitor.sends(f"{place}/acceptance", how=said, revision=visitor.field("revision"))
        assert (answer.status_code, 'href="#how"' in answer.text) == (409, False)
    head = at_pages(story, story.head)
    head.looks(place)
    assert head.sends(f"{place}/permission", revision=old).status_code == 409


def test_access_is_ended_with_a_reason_and_stays_on_the_register(story: Story) -> None:
    place = accepted(story)
    visitor = at_pages(story, story.statistician)
    for said in ("", " "):
        visitor.looks(place)
        empty = visitor.sends(f"{place}/end", reason=said, revision=visitor.field("revision"))
        assert (empty.status_code, 'href="#reason"' in empty.text) == (422, True)
    assert visitor.sends(f"{place}/end", reason="Done.", revision=visitor.field("revision")).status_code == 303
    assert "Done." in visitor.looks(place)
    assert "Take the proposal back" not in words(visitor.last)
    assert "Ended" in visitor.looks(here(story))


def test_register_is_taken_away_as_a_sheet_and_that_is_on_record(story: Story) -> None:
    proposed(story)
    auditor = at_pages(story, story.auditor)
    assert "Propose this person" not in auditor.looks(here(story))
    places = re.findall(rf'href="({here(story)}/sheets/\w+)"', auditor.last.text)
    assert [auditor.asks("GET", place).status_code for place in places] == [200, 200, 200]
    assert len(story.entries(EntryKind.PRODUCTION_REGISTER_EXPORTED)) == 3
    assert auditor.asks("GET", f"{here(story)}/sheets/pdf").status_code == 404


def test_register_of_many_is_shown_by_twenty(story: Story) -> None:
    for number in range(21):
        reader = Reader(f"Cleo Cherry {number}", f"cleo.{number}@statistics.gov.example", "Statistician")
        body = {"person_id": story.id_of(reader), "purpose": "production", "why": WHY, "from_on": "2026-03-02"}
        done(story.post(story.statistician, here(story).removeprefix("/producer"), json=body), 201)
    visitor = at_pages(story, story.statistician)
    visitor.looks(here(story))
    (more,) = re.findall(r'href="(\?after=pac_\w+)"', visitor.last.text)
    assert len(re.findall(r"Cleo Cherry \d+", words(visitor.last))) == 20
    assert len(re.findall(r"Cleo Cherry \d+", visitor.looks(here(story) + more))) == 1


def test_own_access_of_many_releases_is_shown_by_twenty(story: Story) -> None:
    body = {"person_id": story.id_of(CHECKER), "why": WHY, "from_on": "2026-03-02", "purpose": "production"}
    for number in range(21):
        story.clock.forward(seconds=1)
        story.release(DUE + timedelta(days=7), title=f"Figures {number}", time_exemption="A trial.")
        done(story.post(story.statistician, here(story).removeprefix("/producer"), json=body), 201)
    person = at_pages(story, CHECKER)
    assert len(re.findall(r"Figures \d+", person.looks("/account/production-access"))) == 20
    (more,) = re.findall(r'href="(\?after=pac_\w+)"', person.last.text)
    assert "Figures 0" in person.looks("/account/production-access" + more)


def test_nobody_is_proposed_for_a_release_that_is_over(story: Story) -> None:
    story.clock.put(DUE)
    story.published()
    visitor = at_pages(story, story.statistician)
    visitor.looks(f"/producer/releases/{story.told.release_id}")
    shown = visitor.looks(here(story))
    assert ("The release is over" in shown, "Propose this person" in shown) == (True, False)


def test_register_is_not_there_for_whoever_has_no_role_with_the_producer(story: Story) -> None:
    place = proposed(story)
    other = story.service.producer("Office for Other Statistics")
    publisher = story.service.person("Pat Publisher", "pat.publisher@x.gov.example")
    story.service.role(publisher, Role.PUBLISHER, story.sat.organisation_id)
    for who in (STRANGER, CHANCELLOR, publisher, other.people[Role.HEAD_OF_PROFESSION]):
        visitor = at_pages(story, who)
        for address in (here(story), place, f"{here(story)}/sheets/csv"):
            assert visitor.asks("GET", address).status_code == 404
        visitor.looks("/account")
        for act in ("", "/acceptance", "/permission", "/end"):
            sent = visitor.sends((place if act else here(story)) + act, how="x", reason="x", revision="1")
            assert sent.status_code == 404
            visitor.looks("/account")
    nobodys = at_pages(story, story.head)
    assert nobodys.asks("GET", f"{here(story)}/{NOBODYS}").status_code == 404
