"""A list on pages, from its first draft to approval: begun, mended row by row, confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Story, done
from tests.unit.web.browser import unquoted, words
from tests.unit.web.listing import at_pages, drafted, grants, place, row_place, sheet

DUE = london(2026, 3, 10, 9, 30)
ROW = {
    "post_title": "Permanent Secretary",
    "organisation": "Example Treasury",
    "grant_class": "eligible_person",
    "ground": "Answers questions at the time of publication",
    "email": "dee.dogwood@treasury.gov.example",
    "name": "Dee Dogwood",
    "held_from_on-day": "5",
    "held_from_on-month": "1",
    "held_from_on-year": "2026",
}


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("lists"), london(2026, 2, 2, 10, 0))
    told.release(DUE, series="Claimant count, monthly")
    yield told
    told.service.close()


def test_draft_begins_empty_from_an_earlier_release_or_from_the_list_in_force(story: Story) -> None:
    person = at_pages(story, story.statistician)
    person.looks(place(story))
    none = person.sends(place(story), once=person.field("once"))
    assert (none.status_code, 'href="#source"' in none.text) == (422, True)
    story.list_with(CHANCELLOR, ADVISER)
    assert "A copy of version 1, which is in force" in person.looks(place(story))
    assert "Empty" not in words(person.last)
    first = story.told.release_id
    story.release(london(2026, 4, 14, 9, 30), title="April", series="Claimant count, monthly")
    shown = person.looks(place(story))
    assert "The list of Claimant count 2 rows" in shown
    token, once = person.token, person.field("once")
    sent = {"form_token": token, "once": once, "source": first}
    answers = [person.asks("POST", place(story), data=sent) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == [answers[0].headers["location"]] * 2
    list_place = answers[0].headers["location"]
    assert person.asks("GET", place(story)).headers["location"] == list_place
    assert "Holder waits to be confirmed" in person.looks(list_place)
    row = row_place(story, list_place)
    assert "Is Ash Alder still right?" in person.looks(row)
    person.sends(f"{row}/confirmation", revision=person.field("revision"))
    assert [one["confirm_needed"] for one in grants(story, list_place)] == [False, True]


def test_empty_draft_is_filled_row_by_row_once_for_each_form(story: Story) -> None:
    person = at_pages(story, story.statistician)
    person.looks(place(story))
    made = person.sends(place(story), once=person.field("once"), source="empty")
    list_place = made.headers["location"]
    assert "There are no rows yet." in person.looks(list_place)
    person.looks(f"{list_place}/rows/new")
    fields = {"form_token": person.token, "once": person.field("once"), "revision": person.field("revision"), **ROW}
    answers = [person.asks("POST", f"{list_place}/rows/new", data=fields) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, list_place)] * 2
    (grant,) = grants(story, list_place)
    assert {name: grant[name] for name in ("post_title", "holder_name", "held_from_on", "asked_minutes")} == {
        "post_title": "Permanent Secretary",
        "holder_name": "Dee Dogwood",
        "held_from_on": "2026-01-05",
        "asked_minutes": None,
    }
    assert "Dee Dogwood Permanent Secretary, Example Treasury" in person.looks(list_place)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"post_title": ""}, "post_title", "Enter the post"),
        ({"organisation": ""}, "organisation", "Enter the organisation"),
        ({"asked_minutes": "a day"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "0"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "9999"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "21:75"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "21:3"}, "asked_minutes", "Enter hours"),
        ({"asked_minutes": "21.30"}, "asked_minutes", "with a colon, like 21:30"),
        ({"asked_minutes": "1.50"}, "asked_minutes", "with a colon, like 21:30"),
        ({"email": "press.office@treasury.gov.example"}, "email", "looks like a shared mailbox"),
        ({"email": ""}, "email", "that this person alone reads"),
        ({"name": ""}, "name", "name"),
        ({"held_from_on-month": "13"}, "held_from_on-day", "Enter the first day"),
        ({"held_from_on-day": ""}, "held_from_on-day", "Enter the first day"),
        ({"held_from_on-year": "9" * 5000}, "held_from_on-day", "Enter the first day"),
        ({"board_informed_on-day": "1"}, "board_informed_on-day", "at which the Board was informed"),
        (
            {
                "board_informed_on-day": "3",
                "board_informed_on-month": "2",
                "board_informed_on-year": "99999999999",
                "board_informed_clock": "9:00am",
            },
            "board_informed_on-day",
            "at which the Board was informed",
        ),
        (
            {
                "board_informed_on-day": "3",
                "board_informed_on-month": "2",
                "board_informed_on-year": "2026",
                "board_informed_clock": "9:00am",
            },
            "board_informed_on-day",
            "cannot have been informed in the future",
        ),
        ({"ground_letter": "z"}, "ground_letter", "Choose a ground"),
        ({"for_person_id": "nobody"}, "for_person_id", "who stands on this list"),
    ],
)
def test_row_that_cannot_be_taken_says_so_beside_the_field(
    story: Story, changes: dict[str, str], field: str, says: str
) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR)
    person.looks(f"{list_place}/rows/new")
    keys = {"once": person.field("once"), "revision": person.field("revision")}
    answer = person.sends(f"{list_place}/rows/new", **keys, **{**ROW, **changes})
    assert (answer.status_code, says in words(answer)) == (422, True)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert f'action="{list_place}/rows/new"' in answer.text  # so that it can be put right and sent again
    assert len(grants(story, list_place)) == 1


def test_terms_of_a_row_change_as_they_are_filled_in_and_the_rest_stays(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR, ADVISER)
    row = row_place(story, list_place)
    before = grants(story, list_place)
    person.looks(row)
    sent = {
        "post_title": "Chancellor",
        "organisation": "Example Treasury",
        "grant_class": "exceptional_person",
        "ground": CHANCELLOR.ground,
        "ground_letter": "ii",
        "asked_minutes": "21:30",
        "conditions": "Read in room 4.12",
        "for_person_id": before[1]["person_id"],
        "exceptional": "The release was moved.",
        "board_informed_on-day": "1",
        "board_informed_on-month": "2",
        "board_informed_on-year": "2026",
        "board_informed_clock": "4:00pm",
    }
    answer = person.sends(row, revision=person.field("revision"), **sent)
    assert answer.status_code == 303
    after = grants(story, list_place)
    assert after[1] == before[1]
    changed = {name: value for name, value in after[0].items() if value != before[0][name]}
    assert changed == {
        "grant_class": "exceptional_person",
        "ground_letter": "ii",
        "asked_minutes": 1290,
        "conditions": "Read in room 4.12",
        "for_person_id": before[1]["person_id"],
        "exceptional": {
            "reasons": "The release was moved.",
            "board_informed_at": "2026-02-01T16:00:00.000Z",
        },
    }
    shown = person.looks(row)
    assert 'value="21:30"' in person.last.text
    assert "Read in room 4.12" in shown
    revision = person.field("revision")
    same = person.sends(row, revision=revision, **{**sent, "board_informed_clock": "16:00"})
    assert (same.status_code, grants(story, list_place)) == (303, after)
    person.looks(row)
    person.sends(row, revision=person.field("revision"), **{**sent, "asked_minutes": "21.5"})
    assert grants(story, list_place) == after  # 21.5 hours are 21:30


def test_instant_at_which_the_board_was_informed_stays_to_the_second_until_its_minute_changes(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR)
    row = row_place(story, list_place)
    exact = {"reasons": "The release was moved.", "board_informed_at": "2026-02-01T16:00:42.000Z"}
    path, revision = row.replace("/rows/", "/grants/"), story.get(story.head, list_place)["revision"]
    done(story.ask(story.statistician, "PATCH", path, json={"exceptional": exact}, revision=revision))
    sent = {
        "post_title": "Chancellor",
        "organisation": "Example Treasury",
        "grant_class": "eligible_person",
        "ground": CHANCELLOR.ground,
        "exceptional": "The release was moved by a day.",
        "board_informed_on-day": "1",
        "board_informed_on-month": "2",
        "board_informed_on-year": "2026",
    }
    for clock, informed_at in (
        ("16:00", "2026-02-01T16:00:42.000Z"),
        ("4:00pm", "2026-02-01T16:00:42.000Z"),
        ("16:01", "2026-02-01T16:01:00.000Z"),
    ):
        person.looks(row)
        person.sends(row, revision=person.field("revision"), **sent, board_informed_clock=clock)
        (grant,) = grants(story, list_place)
        assert grant["exceptional"] == {
            "reasons": "The release was moved by a day.",
            "board_informed_at": informed_at,
        }


def test_holder_is_named_and_the_row_is_taken_off(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR, ADVISER)
    row = row_place(story, list_place)
    person.looks(row)
    empty = person.sends(f"{row}/holder", revision=person.field("revision"), email="")
    assert (empty.status_code, 'href="#email"' in empty.text) == (422, True)
    who = {"email": SECRETARY.email, "name": SECRETARY.name}
    assert person.sends(f"{row}/holder", revision=person.field("revision"), **who).status_code == 303
    assert [one["holder_name"] for one in grants(story, list_place)] == ["Cam Cedar", "Bay Birch"]
    person.looks(row)
    stale = person.sends(f"{row}/removal", revision="1")
    assert (stale.status_code, "Somebody changed it first" in words(stale)) == (412, True)
    person.looks(row)
    assert person.sends(f"{row}/removal", revision=person.field("revision")).status_code == 303
    assert [one["holder_name"] for one in grants(story, list_place)] == ["Bay Birch"]


def test_organisation_without_a_coordinator_is_not_said_to_have_been_asked(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR, ADVISER)
    person.looks(f"{list_place}/confirmations")
    assert person.sends(f"{list_place}/confirmations").status_code == 303
    shown = person.looks(f"{list_place}/confirmations")
    assert "1 of 1 has not answered about the rows as they are now; 1 cannot be asked: no coordinator." in shown
    assert "each was asked" not in shown


def test_coordinators_are_asked_and_what_they_want_stands_beside_the_rows(story: Story) -> None:
    organisation = "Example Treasury"
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR, ADVISER)
    assert "no coordinator of this organisation is on record" in person.looks(f"{list_place}/confirmations")
    first = story.get(story.head, f"{list_place}/confirmations")["results"][0]
    coordinator = story.service.person("Co Example", "co.example@treasury.gov.example")
    story.service.role(coordinator, Role.COORDINATOR, first["organisation_id"])
    assert f"{organisation} How it stands Not asked" in person.looks(f"{list_place}/confirmations")
    assert ["Ask everybody who was not asked" in words(person.last), "each was asked" in words(person.last)] == [1, 0]
    for _ in range(2):
        assert person.sends(f"{list_place}/confirmations").status_code == 303
        assert "How it stands Asked" in person.looks(f"{list_place}/confirmations")
        assert "1 of 1 has not answered about the rows as they are now; each was asked." in words(person.last)
        assert f'action="{list_place}/confirmations"' not in person.last.text
    (asked,) = story.get(coordinator, "/confirmations")["results"]
    found = story.get(coordinator, f"/confirmations/{asked['confirmation_id']}")
    wants = {"grant_id": found["rows"][1]["grant_id"], "what": "left_post", "since_on": "2026-01-31"}
    answer = {"answer": "changes_wanted", "rows_sha256": found["rows_sha256"], "changes": [wants]}
    assert story.post(coordinator, f"/confirmations/{asked['confirmation_id']}/answer", json=answer).status_code == 200
    shown = person.looks(f"{list_place}/confirmations")
    assert "Changes wanted" in shown
    assert "Chief Economic Adviser: the holder has left the post, since 31 January 2026. Put it right" in shown
    assert "Their organisation: changes wanted" in person.looks(list_place)
    person.looks(row_place(story, list_place, 1))
    person.sends(f"{row_place(story, list_place, 1)}/removal", revision=person.field("revision"))
    assert "Answered, changed since" in person.looks(f"{list_place}/confirmations")
    for offered in ("Ask everybody who was not asked", "Ask Example Treasury again"):
        assert offered in words(person.last)
    person.sends(f"{list_place}/confirmations", organisation_id=first["organisation_id"])
    assert f"{organisation} How it stands Asked" in person.looks(f"{list_place}/confirmations")
    assert f'action="{list_place}/confirmations"' not in person.last.text


def test_post_of_each_row_is_a_link_for_those_who_have_its_page_and_for_nobody_else(story: Story) -> None:
    list_place = drafted(story, at_pages(story, story.statistician), CHANCELLOR, ADVISER)
    posts = [f"/posts/{one['post_id']}" for one in grants(story, list_place)]
    administrator = story.service.person("Ad Example", "ad.example@stats.gov.example")
    story.service.role(administrator, Role.ADMINISTRATOR, None)
    story.service.role(administrator, Role.AUDITOR, None)
    led = {}
    for who in (story.statistician, story.head, story.auditor, administrator):
        person = at_pages(story, who)
        assert "Chancellor, Example Treasury" in person.looks(list_place)
        shown = re.findall(r'<a class="govuk-link" href="(/posts/pst_\w+)">Ch', person.last.text)
        led[who] = shown, {person.asks("GET", path).status_code for path in posts}
    assert list(led.values()) == [(posts, {200}), (posts, {200}), ([], {403}), (posts, {200})]


def test_approver_reads_in_words_what_a_version_changes_and_how_it_grew(story: Story) -> None:
    story.list_with(CHANCELLOR, ADVISER)
    person = at_pages(story, story.statistician)
    person.looks(place(story))
    list_place = person.sends(place(story), once=person.field("once"), source="in_force").headers["location"]
    row = row_place(story, list_place)
    person.looks(row)
    terms = {"post_title": "Chancellor", "organisation": "Example Treasury", "ground": "Speaks first"}
    person.sends(row, revision=person.field("revision"), asked_minutes="4", **terms)
    person.looks(row)
    person.sends(f"{row}/holder", revision=person.field("revision"), email=SECRETARY.email, name=SECRETARY.name)
    shown = at_pages(story, story.head).looks(list_place)
    assert "Another person for Chancellor, Example Treasury: Cam Cedar instead of Ash Alder" in shown
    assert (
        "Other terms for Chancellor, Example Treasury: why they need it, now “Speaks first”; "
        "4 hours before publication instead of 1 day"
        in shown
        or "4 hours before publication instead of" in shown
    )
    story.release(london(2026, 4, 14, 9, 30), title="April", series="Claimant count, monthly")
    longer = drafted(story, person, CHANCELLOR, ADVISER, SECRETARY)
    assert "This version: 3 grants. 1 more than for Claimant count." in at_pages(story, story.head).looks(longer)


def test_only_a_head_of_profession_is_offered_to_approve(story: Story) -> None:
    first = at_pages(story, story.statistician)
    place = drafted(story, first, CHANCELLOR)
    offered = ["Approve this version" in at_pages(story, who).looks(place) for who in (story.statistician, story.head)]
    assert offered == [False, True]


def test_list_is_approved_on_its_page_after_it_was_prepared_on_pages(story: Story) -> None:
    first, head = at_pages(story, story.statistician), at_pages(story, story.head)
    list_place = drafted(story, first, CHANCELLOR, ADVISER)
    assert "Change Chancellor, Example Treasury" in first.looks(list_place)
    head.looks(list_place)
    assert head.sends(f"{list_place}/approval", revision=head.field("revision")).status_code == 303
    shown = first.looks(list_place)
    assert ("Approved" in shown, "Change Chancellor" in shown, "Add a row" in shown) == (True, False, False)
    assert first.asks("GET", f"{list_place}/rows/new").status_code == 404
    assert "Begin a new version" in first.looks(f"/producer/releases/{story.told.release_id}")


def test_approval_that_is_refused_says_what_lacks_beside_its_field_and_keeps_what_was_typed(story: Story) -> None:
    list_place = drafted(story, at_pages(story, story.statistician), CHANCELLOR)
    story.clock.put(DUE - timedelta(hours=20))  # the list is frozen by now
    head = at_pages(story, story.head)
    head.looks(list_place)
    path = f"{list_place}/approval"
    refused = head.sends(path, revision=head.field("revision"), override_reason="")
    assert (refused.status_code, 'href="#override_reason"' in refused.text) == (422, True)
    assert re.search(r"It was not approved, and that is on record: ent_[0-9a-f]{24}", words(refused))
    assert story.entries(EntryKind.LIST_APPROVAL_REFUSED)[-1]["said"]["reasons"] == ["list_frozen"]
    why = "A new chancellor was appointed this morning."
    assert head.sends(path, revision=head.field("revision"), override_reason=why).status_code == 303


def test_pages_of_a_list_are_nothing_to_others_and_an_auditor_changes_nothing(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR)
    row = row_place(story, list_place)
    nothing = f"/lists/lst_{'0' * 24}"
    there = [f"{list_place}/rows/new", row, f"{list_place}/confirmations", place(story), f"{place(story)}/import"]
    for who in (CHANCELLOR, STRANGER):
        other = at_pages(story, who)
        none = unquoted(other.asks("GET", f"{nothing}/confirmations"))
        assert [(other.asks("GET", path).status_code, unquoted(other.last)) for path in there] == [(404, none)] * 5
        for path in (row, f"{row}/holder", f"{row}/removal", f"{row}/confirmation", f"{list_place}/confirmations"):
            other.looks("/account")
            assert (path, other.sends(path, revision="1", **ROW).status_code) == (path, 404)
        other.looks("/account")
        assert other.sends(f"{list_place}/rows/new", once=f"frm_{'0' * 24}", **ROW).status_code == 404
        other.looks("/account")
        data = {"form_token": other.token}
        sent = other.asks(
            "POST", f"{place(story)}/sheet", data=data, files={"file": ("a.csv", sheet(ADVISER), "text/csv")}
        )
        assert sent.status_code == 404
    auditor = at_pages(story, story.sat.people[Role.AUDITOR])
    shown = auditor.looks(list_place)
    assert ("Ash Alder" in shown, "Change" in shown) == (True, False)
    assert auditor.asks("GET", row).status_code == 404
    assert "Ask everybody" not in auditor.looks(f"{list_place}/confirmations")
    auditor.looks("/account")
    refused = auditor.sends(f"{row}/removal", revision="1")
    assert (refused.status_code, "Another role is needed" in words(refused)) == (403, True)
    assert [one["holder_name"] for one in grants(story, list_place)] == ["Ash Alder"]


def test_list_is_sent_for_approval_with_why_it_is_longer(story: Story) -> None:
    story.list_with(CHANCELLOR)
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR, ADVISER)
    person.looks(list_place)
    empty = person.sends(f"{list_place}/submission", revision=person.field("revision"))
    assert (empty.status_code, words(empty).count("It has 1 more row than the list before it. Say why.")) == (422, 2)
    assert 'href="#growth_reason"' in empty.text
    assert f'action="{list_place}/submission"' in empty.text
    sent = person.sends(
        f"{list_place}/submission", revision=person.field("revision"), growth_reason="One adviser more."
    )
    assert (sent.status_code, sent.headers["location"]) == (303, list_place)
    assert "Sent for approval" in person.looks(f"/producer/releases/{story.told.release_id}")
    shown = at_pages(story, story.head).looks(list_place)
    assert "One adviser more. Sent for approval at 10:00am on Monday 2 February 2026" in shown
    assert "the eligibility list of Claimant count" in story.letters(story.head)[-1][1]
