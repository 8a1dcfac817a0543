"""The standing list of a series on pages: seen, taken from a list in force, changed line by line, and begun from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.actions import standing
from app.audit.entries import EntryKind
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Story
from tests.unit.web.browser import Visitor, unquoted, words
from tests.unit.web.listing import at_pages, place

SERIES = "Claimant count, monthly"
LINE = {
    "post_title": "Permanent Secretary",
    "organisation": "Example Treasury",
    "grant_class": "adviser",
    "ground": "Answers questions at the time of publication",
    "asked_minutes": "21:30",
    "email": "dee.dogwood@treasury.gov.example",
    "name": "Dee Dogwood",
    "held_from_on-day": "5",
    "held_from_on-month": "1",
    "held_from_on-year": "2026",
}


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("standing"), london(2026, 2, 2, 10, 0))
    told.release(london(2026, 3, 10, 9, 30), series=SERIES)
    told.list_with(CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def series_of(story: Story) -> str:
    (one,) = story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"]
    return str(one["series_id"])


def page_of(story: Story) -> str:
    return f"/producer/series/{series_of(story)}"


def lines(story: Story) -> list[dict[str, Any]]:
    return list(story.get(story.head, f"/series/{series_of(story)}/standing-list")["grants"])


def holders(story: Story) -> list[str]:
    return [one["holder_name"] for one in lines(story)]


def line_place(story: Story, number: int = 0) -> str:
    return f"{page_of(story)}/lines/{lines(story)[number]['standing_grant_id']}"


def taken(story: Story) -> Visitor:
    """The head of profession at the page of the series, with a standing list that they took there."""
    head = at_pages(story, story.head)
    head.looks(f"{page_of(story)}?list={story.told.listed['list_id']}")
    fields = {name: head.field(name) for name in ("once", "revision")}
    made = head.sends(f"{page_of(story)}/standing-list", **fields, list_id=story.told.listed["list_id"])
    assert (made.status_code, made.headers["location"]) == (303, page_of(story)), words(made)
    head.looks(page_of(story))
    return head


def sends(person: Visitor, story: Story, where: str, **fields: str) -> Any:
    """Send the form of a line with what its page gave it."""
    person.looks(where.removesuffix("/holder").removesuffix("/removal"))
    kept = {name: person.field(name) for name in ("revision", "once") if f'name="{name}"' in person.last.text}
    return person.sends(where, **{**kept, **fields})


def test_standing_list_is_taken_on_the_page_to_which_the_list_leads(story: Story) -> None:
    head, list_place = at_pages(story, story.head), f"/lists/{story.told.listed['list_id']}"
    assert "Take this list as the standing list of its series" in head.looks(list_place)
    (led,) = re.findall(r'href="(/producer/series/[^"]*)"', head.last.text)
    assert led == f"{page_of(story)}?list={story.told.listed['list_id']}"
    shown = head.looks(led)
    assert "There is none yet." in shown
    assert "The list of Claimant count, version 1 9:30am on Tuesday 10 March 2026: 2 rows" in shown
    assert re.search(rf'value="{story.told.listed["list_id"]}" checked', head.last.text) is not None
    none = head.sends(f"{page_of(story)}/standing-list", once=head.field("once"), revision="0")
    assert (none.status_code, 'href="#list_id"' in none.text, holders(story)) == (422, True, [])
    taken(story)
    assert holders(story) == ["Ash Alder", "Bay Birch"]
    (entry,) = story.entries(EntryKind.STANDING_LIST_CHANGED)
    assert (entry["said"]["change"], entry["said"]["revision"]) == ("taken", 1)
    person = at_pages(story, story.statistician)
    assert "Calendar" in person.looks(f"/producer/calendars/{story.sat.producer_id}")
    assert f"{SERIES} Kept" in person.looks(f"/producer/calendars/{story.sat.producer_id}/series")
    shown = person.looks(page_of(story))
    assert "Ash Alder Chancellor, Example Treasury Change" in shown
    assert ("Take it anew" in shown, "The approved list that it was taken from" in shown) == (False, True)
    assert "Take this list" not in person.looks(list_place)
    assert f'href="{page_of(story)}"' in person.last.text


def test_standing_list_taken_twice_by_one_form_is_taken_once_and_never_over_a_change(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(page_of(story))
    data = {"form_token": head.token, "list_id": story.told.listed["list_id"]}
    data |= {name: head.field(name) for name in ("once", "revision")}
    where = f"{page_of(story)}/standing-list"
    answers = [head.asks("POST", where, data=data) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == [page_of(story)] * 2
    assert len(story.entries(EntryKind.STANDING_LIST_CHANGED)) == 1
    head.looks(page_of(story))
    data |= {"form_token": head.token, "once": head.field("once"), "revision": head.field("revision")}
    sends(at_pages(story, story.statistician), story, f"{line_place(story)}/removal")
    late = head.asks("POST", where, data=data)
    assert (late.status_code, "Somebody changed it first" in words(late), holders(story)) == (412, True, ["Bay Birch"])


def test_list_to_which_a_link_leads_is_offered_though_later_ones_fill_the_page(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = story.told.listed["list_id"]
    story.release(london(2026, 4, 14, 9, 30), title="April", series=SERIES)
    story.list_with(CHANCELLOR)
    later = story.told.listed["list_id"]
    monkeypatch.setattr(standing, "_TAKEABLE_SHOWN", 1)
    head = at_pages(story, story.head)
    for named, offered in ((first, [later, first]), (later, [later]), (f"lst_{'0' * 24}", [later]), ("", [later])):
        head.looks(f"{page_of(story)}?list={named}")
        assert re.findall(r'name="list_id" type="radio" value="([^"]*)"', head.last.text) == offered
        ticked = re.findall(r'type="radio" value="([^"]*)" checked', head.last.text)
        assert ticked == ([named] if named in offered else [])


def test_draft_cannot_be_taken_and_the_page_says_why(story: Story) -> None:
    person = at_pages(story, story.statistician)
    person.looks(place(story))
    draft = person.sends(place(story), once=person.field("once"), source="in_force").headers["location"][7:]
    head = at_pages(story, story.head)
    assert draft not in head.looks(page_of(story)) + head.last.text
    fields = {name: head.field(name) for name in ("once", "revision")}
    wrong = head.sends(f"{page_of(story)}/standing-list", **fields, list_id=draft)
    assert (wrong.status_code, "This version is draft" in words(wrong), holders(story)) == (422, True, [])


def test_lines_are_added_changed_given_a_holder_and_taken_off(story: Story) -> None:
    taken(story)
    person, here = at_pages(story, story.statistician), page_of(story)
    person.looks(f"{here}/lines/new")
    data = {"form_token": person.token, "once": person.field("once"), "revision": person.field("revision"), **LINE}
    answers = [person.asks("POST", f"{here}/lines/new", data=data) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, here)] * 2
    assert holders(story) == ["Ash Alder", "Bay Birch", "Dee Dogwood"]
    last = lines(story)[-1]
    assert [last[name] for name in ("post_title", "grant_class", "asked_minutes", "ground")] == [
        "Permanent Secretary",
        "adviser",
        1290,
        "Answers questions at the time of publication",
    ]
    where = line_place(story, 2)
    person.looks(where)
    assert 'value="21:30"' in person.last.text
    terms = {"grant_class": "adviser", "ground": "Speaks first", "asked_minutes": "", "conditions": "In room 4.12"}
    assert sends(person, story, where, **terms).status_code == 303
    changed = lines(story)[2]
    assert [changed[name] for name in ("ground", "asked_minutes", "conditions", "holder_name", "grant_class")] == [
        "Speaks first",
        None,
        "In room 4.12",
        "Dee Dogwood",
        "adviser",
    ]
    revision = story.get(story.head, f"/series/{series_of(story)}")["revision"]
    assert sends(person, story, where, **terms).status_code == 303  # nothing of it is new, so nothing is done
    assert story.get(story.head, f"/series/{series_of(story)}")["revision"] == revision
    assert sends(person, story, f"{where}/holder", email=SECRETARY.email, name=SECRETARY.name).status_code == 303
    assert holders(story) == ["Ash Alder", "Bay Birch", "Cam Cedar"]
    assert sends(person, story, f"{where}/removal").status_code == 303
    assert holders(story) == ["Ash Alder", "Bay Birch"]
    assert [one["said"]["change"] for one in story.entries(EntryKind.STANDING_LIST_CHANGED)] == [
        "taken",
        "grant_added",
        "grant_changed",
        "grant_changed",
        "grant_removed",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"post_title": ""}, "post_title", "Enter the post"),
        ({"organisation": ""}, "organisation", "Enter the organisation"),
        ({"asked_minutes": "21.30"}, "asked_minutes", "with a colon, like 21:30"),
        ({"grant_class": "friend"}, "grant_class", "Choose on what footing"),
        ({"grant_class": "deputy"}, "grant_class", "is decided on for one release alone. Choose another"),
        ({"email": "press.office@treasury.gov.example"}, "email", "looks like a shared mailbox"),
        ({"email": ""}, "email", "that this person alone reads"),
        ({"name": ""}, "name", "name"),
        ({"held_from_on-month": "13"}, "held_from_on-day", "Enter the first day"),
        ({"post_title": "Chancellor", "email": CHANCELLOR.email}, "email", "stands on the list for this post already"),
    ],
)
def test_line_that_cannot_be_taken_says_so_beside_the_field(
    story: Story, changes: dict[str, str], field: str, says: str
) -> None:
    taken(story)
    answer = sends(at_pages(story, story.statistician), story, f"{page_of(story)}/lines/new", **{**LINE, **changes})
    assert (answer.status_code, says in words(answer)) == (422, True)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert len(lines(story)) == 2


@pytest.mark.parametrize(
    ("part", "sent", "field"),
    [
        ("", {"asked_minutes": "a day"}, "asked_minutes"),
        ("", {"grant_class": "friend"}, "grant_class"),
        ("", {"grant_class": "exceptional_person"}, "grant_class"),
        ("/holder", {"email": ""}, "email"),
        ("/holder", {"email": "press.office@treasury.gov.example", "name": "Press Office"}, "email"),
    ],
)
def test_change_that_cannot_be_taken_says_so_beside_the_field(
    story: Story, part: str, sent: dict[str, str], field: str
) -> None:
    taken(story)
    before, where = lines(story), line_place(story)
    kept = {"grant_class": "eligible_person", "ground": before[0]["ground"], "asked_minutes": "24"}
    answer = sends(at_pages(story, story.statistician), story, f"{where}{part}", **{**kept, **sent})
    assert (answer.status_code, f'href="#{field}"' in answer.text, lines(story)) == (422, True, before)


def test_holder_named_as_they_stand_there_is_no_change_and_nobodys_hand(story: Story) -> None:
    taken(story)
    person, where = at_pages(story, story.statistician), line_place(story)
    unaltered = {"email": CHANCELLOR.email.upper(), "name": CHANCELLOR.name}
    assert sends(person, story, f"{where}/holder", **unaltered).status_code == 303
    assert "changed it since" not in person.looks(page_of(story))
    assert [one["said"]["change"] for one in story.entries(EntryKind.STANDING_LIST_CHANGED)] == ["taken"]
    since = {"held_from_on-day": "5", "held_from_on-month": "1", "held_from_on-year": "2025"}
    assert sends(person, story, f"{where}/holder", **unaltered, **since).status_code == 303
    assert "1 person has changed it since: you." in person.looks(page_of(story))


def test_stale_page_of_a_line_changes_nothing(story: Story) -> None:
    taken(story)
    person, where = at_pages(story, story.statistician), line_place(story)
    terms = {"ground": "Another", "grant_class": "adviser"}
    for part, fields in (("", terms), ("/holder", {"email": SECRETARY.email}), ("/removal", {})):
        stale = sends(person, story, f"{where}{part}", revision="0", **fields)
        assert (stale.status_code, "Somebody changed it first" in words(stale)) == (412, True)
    assert holders(story) == ["Ash Alder", "Bay Birch"]


def test_what_was_typed_on_a_stale_page_is_kept_beside_how_the_line_stands_and_can_be_sent_again(story: Story) -> None:
    taken(story)
    person, where = at_pages(story, story.statistician), line_place(story)
    person.looks(where)
    seen = person.field("revision")
    sends(at_pages(story, story.head), story, where, ground="Theirs", grant_class="eligible_person", asked_minutes="24")
    typed = {"ground": "Mine & yours", "grant_class": "eligible_person", "asked_minutes": "24", "conditions": ""}
    late = person.sends(where, revision=seen, **typed)
    assert late.status_code == 412
    told = words(late)
    assert "What you typed is kept below." in told
    stands = told.partition("where you typed something else ")[2].partition(" Lists that began")[0]
    assert stands == "Why the post needs it Theirs"
    assert ">Mine &amp; yours</textarea>" in late.text
    again = {"ground": "Mine & yours", "revision": person.field("revision")}
    assert person.sends(where, **{**typed, **again}).status_code == 303
    assert lines(story)[0]["ground"] == "Mine & yours"


def test_holder_and_line_typed_on_a_stale_page_are_kept(story: Story) -> None:
    taken(story)
    person, where = at_pages(story, story.statistician), line_place(story)
    late = sends(person, story, f"{where}/holder", revision="0", email=SECRETARY.email, name="Cas Cedar")
    assert (late.status_code, f'value="{SECRETARY.email}"' in late.text, 'value="Cas Cedar"' in late.text) == (
        412, True, True,
    )  # fmt: skip
    assert f"Address of the holder {CHANCELLOR.email}" in words(late)
    new = {"post_title": "Press Officer", "organisation": "Department", "ground": "To brief", "grant_class": "adviser"}
    late = sends(person, story, f"{page_of(story)}/lines/new", revision="0", **new)
    assert (late.status_code, 'value="Press Officer"' in late.text) == (412, True)
    assert holders(story) == ["Ash Alder", "Bay Birch"]


def test_line_that_somebody_took_off_meanwhile_was_changed_first_for_whoever_still_sees_it(story: Story) -> None:
    taken(story)
    person, gone = at_pages(story, story.statistician), line_place(story, 1)
    person.looks(gone)
    seen = person.field("revision")
    sends(person, story, f"{gone}/removal")
    for part, fields in (
        ("", {"ground": "Another", "grant_class": "adviser"}),
        ("/holder", {"email": SECRETARY.email}),
    ):
        person.looks(page_of(story))
        late = person.sends(f"{gone}{part}", revision=seen, **fields)
        assert (late.status_code, "Somebody changed it first" in words(late)) == (412, True)


def test_new_release_begins_from_the_standing_list_and_whoever_changed_that_cannot_approve(story: Story) -> None:
    head = taken(story)
    story.release(london(2026, 4, 14, 9, 30), title="April", series=SERIES)
    sends(head, story, f"{line_place(story, 1)}/removal")
    shown = head.looks(page_of(story))
    assert "1 person has changed it since: you. Whoever changed it approves no list that begins with it." in shown
    person = at_pages(story, story.statistician)
    assert f"The standing list of “{SERIES}”" in person.looks(place(story))
    assert f'href="{page_of(story)}"' in person.last.text
    draft = person.sends(place(story), once=person.field("once"), source="standing").headers["location"]
    assert "Ash Alder Chancellor, Example Treasury Change" in person.looks(draft)
    assert "Holder waits to be confirmed" in words(person.last)
    row = f"{draft}/rows/{story.get(story.head, draft)['grants'][0]['grant_id']}"
    person.looks(row)
    person.sends(f"{row}/confirmation", revision=person.field("revision"))
    head.looks(draft)
    refused = head.sends(f"{draft}/approval", revision=head.field("revision"))
    assert (refused.status_code, story.get(story.head, draft)["state"]) == (403, "draft")


def test_series_and_standing_lists_are_nothing_to_others_and_an_auditor_changes_nothing(story: Story) -> None:
    taken(story)
    here, where = page_of(story), line_place(story)
    series = f"/producer/calendars/{story.sat.producer_id}/series"
    for who in (CHANCELLOR, STRANGER):
        other = at_pages(story, who)
        none = unquoted(other.asks("GET", f"/producer/series/ser_{'0' * 24}"))
        there = [series, here, where, f"{here}/lines/new"]
        assert [(other.asks("GET", path).status_code, unquoted(other.last)) for path in there] == [(404, none)] * 4
        for path in (where, f"{where}/holder", f"{where}/removal", f"{here}/lines/new", f"{here}/standing-list"):
            other.looks("/account")
            sent = {**LINE, "list_id": story.told.listed["list_id"], "revision": "1", "once": f"frm_{'0' * 24}"}
            assert (path, other.sends(path, **sent).status_code) == (path, 404)
    auditor = at_pages(story, story.auditor)
    shown = auditor.looks(here)
    assert [text in shown for text in ("Ash Alder", "Change", "Add a line", "Take it")] == [True, False, False, False]
    assert '"/posts/' not in auditor.last.text
    assert SERIES in auditor.looks(series)
    assert auditor.asks("GET", where).status_code == 404
    for who in (story.auditor, story.statistician):
        other = at_pages(story, who)
        other.looks("/account")
        sent = {"list_id": story.told.listed["list_id"], "revision": "1", "once": f"frm_{'1' * 24}"}
        assert other.sends(f"{here}/standing-list", **sent).status_code == 403
    auditor.looks("/account")
    assert auditor.sends(f"{where}/removal", revision="1").status_code == 403
    assert holders(story) == ["Ash Alder", "Bay Birch"]
    fresh = at_pages(story, story.statistician)
    fresh.looks(here)
    story.release(london(2026, 5, 12, 9, 30), title="Rents", series="Rents")
    (rents,) = [
        one["series_id"]
        for one in story.get(story.head, f"/producers/{story.sat.producer_id}/series")["results"]
        if one["title"] == "Rents"
    ]
    assert "There is none yet. The head of profession takes one" in fresh.looks(f"/producer/series/{rents}")
    assert fresh.asks("GET", f"/producer/series/{rents}/lines/new").status_code == 404
    assert "No release of the series has a list in force" in at_pages(story, story.head).looks(
        f"/producer/series/{rents}"
    )
