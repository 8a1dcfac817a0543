"""The roster on a page: who is called today and for whom, leave and cover, and who may change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.actions import roles
from app.records import people
from app.rules.facts import Role
from tests.application import client_of
from tests.build import london
from tests.service import Sat, Service
from tests.unit.providers.town import OPERATOR
from tests.unit.web.browser import Visitor, words


class Office:
    def __init__(self, folder: Path) -> None:
        self.service = Service(folder, london(2026, 3, 9, 10, 0))
        self.service.use(client_of(self.service.tools))
        self.sat: Sat = self.service.producer()
        self.place = f"/producer/rosters/{self.sat.producer_id}"

    def at_pages(self, role: Role) -> Visitor:
        return self.of(self.sat.people[role])

    def of(self, person_id: str) -> Visitor:
        return Visitor(self.service.client, self.service.headers(person_id)["Authorization"].partition(" ")[2])

    def roster(self) -> list[tuple[str, object, list[tuple[str, str, str]]]]:
        headers = self.service.headers(self.sat.people[Role.HEAD_OF_PROFESSION])
        said = self.service.client.get(f"/api/v1/producers/{self.sat.producer_id}/roster", headers=headers).json()
        return [
            (
                one["person_id"],
                one["from_minute"],
                [(leave["from_on"], leave["until_on"], leave["cover_id"]) for leave in one["away"]],
            )
            for one in said["contacts"]
        ]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.service.close()


def a_leave(who: str, cover: str, **other: str) -> dict[str, str]:
    days = {"first_on-day": "9", "first_on-month": "3", "first_on-year": "2026"}
    until = {"last_on-day": "13", "last_on-month": "3", "last_on-year": "2026"}
    return {"away_id": who, "cover_id": cover, **days, **until, **other}


def test_roster_is_found_from_the_dashboard_and_says_who_is_called_today(office: Office) -> None:
    head = office.at_pages(Role.HEAD_OF_PROFESSION)
    assert "/producer/rosters" in head.asks("GET", "/producer").text
    assert head.asks("GET", "/producer/rosters").headers["location"] == office.place
    shown = head.looks(office.place)
    assert "1 minute after Example Head Of Profession, Example Lead Official" in shown or (
        "1 minute after Example Lead Official, Example Head Of Profession" in shown
    )
    assert "Nobody stands on it" in shown


def test_person_is_put_on_changed_and_taken_off(office: Office) -> None:
    lead, who = office.at_pages(Role.LEAD_OFFICIAL), office.sat.people[Role.STATISTICIAN]
    for minute, kept in (("5", 5), ("1", 1), ("leave", None)):
        lead.looks(office.place)
        done = lead.sends(
            f"{office.place}/contacts", person_id=who, from_minute=minute, revision=lead.field("revision")
        )
        assert (done.status_code, office.roster()) == (303, [(who, kept, [])])
    lead.looks(office.place)
    done = lead.sends(f"{office.place}/removal", person_id=who, leave="", revision=lead.field("revision"))
    assert (done.status_code, office.roster()) == (303, [])


def test_leave_is_put_down_seen_in_who_is_called_and_taken_off(office: Office) -> None:
    head, lead = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.LEAD_OFFICIAL]
    cover = office.sat.people[Role.STATISTICIAN]
    head.looks(office.place)
    head.sends(f"{office.place}/leaves", **a_leave(lead, cover), revision=head.field("revision"))
    assert office.roster() == [(lead, None, [("2026-03-09", "2026-03-13", cover)])]
    shown = head.looks(office.place)
    assert "Example Statistician (for Example Lead Official)" in shown
    assert "Away from 9 March 2026 to 13 March 2026, both days; Example Statistician is called instead." in shown
    head.sends(f"{office.place}/removal", person_id=lead, leave="0", revision=head.field("revision"))
    assert office.roster() == []


@pytest.mark.parametrize(
    ("other", "field", "said"),
    [
        ({"away_id": ""}, "away_id", "Choose who is away"),
        ({"cover_id": "per_" + "0" * 24}, "cover_id", "Choose who is called instead"),
        ({"first_on-day": "31", "first_on-month": "2"}, "first_on-day", "Enter the first day away, like 9 3 2026"),
        ({"last_on-day": "8"}, "last_on-day", "The last day lies before the first"),
    ],
)
def test_leave_that_cannot_be_taken_is_asked_for_again(
    office: Office, other: dict[str, str], field: str, said: str
) -> None:
    head, lead = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.LEAD_OFFICIAL]
    head.looks(office.place)
    sent = a_leave(lead, office.sat.people[Role.STATISTICIAN]) | other
    answer = head.sends(f"{office.place}/leaves", **sent, revision="0")
    assert (answer.status_code, words(answer).count(said), f'href="#{field}"' in answer.text) == (422, 2, True)
    assert office.roster() == []


def test_nobody_covers_themselves(office: Office) -> None:
    head, lead = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.LEAD_OFFICIAL]
    head.looks(office.place)
    answer = head.sends(f"{office.place}/leaves", **a_leave(lead, lead), revision="0")
    assert (answer.status_code, "Choose somebody else than the person who is away" in words(answer)) == (422, True)


def test_roster_that_somebody_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    head, who = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.STATISTICIAN]
    head.looks(office.place)
    for expected in (303, 409):
        answer = head.sends(f"{office.place}/contacts", person_id=who, from_minute="5", revision="0")
        assert answer.status_code in (expected, 412 if expected == 409 else expected)
        head.looks(office.place)
    assert office.roster() == [(who, 5, [])]


def test_statistician_sees_the_roster_and_changes_nothing(office: Office) -> None:
    page, who = office.at_pages(Role.STATISTICIAN), office.sat.people[Role.STATISTICIAN]
    assert "A lead official or a head of profession changes it." in page.looks(office.place)
    page.looks("/account")
    assert page.sends(f"{office.place}/contacts", person_id=who, from_minute="5", revision="0").status_code == 403
    assert page.sends(f"{office.place}/removal", person_id=who, leave="", revision="0").status_code == 403
    assert office.roster() == []


def test_stranger_is_told_that_nothing_is_there(office: Office) -> None:
    other = office.service.producer("Office for Other Statistics")
    stranger = office.of(other.people[Role.HEAD_OF_PROFESSION])
    assert stranger.asks("GET", office.place).status_code == 404
    recipient = office.of(office.service.person("Ana Example", "ana@department.gov.example"))
    assert "there is no roster for you" in recipient.looks("/producer/rosters")


def leaves(office: Office, person_id: str) -> None:
    tools = office.service.tools
    with tools.reading() as connection:
        (held,) = people.roles_of(connection, person_id, office.service.clock.now())
    roles.end_role(tools, OPERATOR, held.role_id)


def test_roster_can_be_changed_when_somebody_on_it_has_left(office: Office) -> None:
    head, lead = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.LEAD_OFFICIAL]
    leaver, stays = office.sat.people[Role.STATISTICIAN], office.sat.people[Role.HEAD_OF_PROFESSION]
    warning = "Somebody on it no longer works here. With the next change they are taken off it"
    for who in (leaver, stays):
        head.looks(office.place)
        head.sends(f"{office.place}/contacts", person_id=who, from_minute="5", revision=head.field("revision"))
    for cover, month in ((leaver, "3"), (stays, "4")):
        head.looks(office.place)
        later = {"first_on-month": month, "last_on-month": month}
        head.sends(f"{office.place}/leaves", **(a_leave(lead, cover) | later), revision=head.field("revision"))
    assert warning not in head.looks(office.place)
    leaves(office, leaver)
    assert warning in head.looks(office.place)
    done = head.sends(f"{office.place}/contacts", person_id=stays, from_minute="2", revision=head.field("revision"))
    assert (done.status_code, office.roster()) == (
        303,
        [(stays, 2, []), (lead, None, [("2026-04-09", "2026-04-13", stays)])],
    )
    assert warning not in head.looks(office.place)


def test_somebody_who_has_left_is_taken_off_with_the_leave_they_were_to_cover(office: Office) -> None:
    head, lead = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.LEAD_OFFICIAL]
    leaver = office.sat.people[Role.STATISTICIAN]
    head.looks(office.place)
    head.sends(f"{office.place}/contacts", person_id=leaver, from_minute="5", revision="0")
    head.looks(office.place)
    head.sends(f"{office.place}/leaves", **a_leave(lead, leaver), revision="1")
    leaves(office, leaver)
    head.looks(office.place)
    done = head.sends(f"{office.place}/removal", person_id=leaver, leave="", revision=head.field("revision"))
    assert (done.status_code, office.roster()) == (303, [])


@pytest.mark.parametrize("revision", ["9" * 5000, "9" * 9, "-1", "x", ""])
def test_revision_that_is_none_is_a_conflict(office: Office, revision: str) -> None:
    head, who = office.at_pages(Role.HEAD_OF_PROFESSION), office.sat.people[Role.STATISTICIAN]
    head.looks(office.place)
    sent = {"person_id": who, "from_minute": "5", "revision": revision}
    assert head.sends(f"{office.place}/contacts", **sent).status_code in (409, 412)
    assert office.roster() == []
