"""What must be published about access: on a page for those who answer for it, and on one for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.actions import annual_lists
from app.audit.entries import EntryKind
from app.records import duties
from app.rules.errors import Conflict
from app.rules.facts import Order, Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor, by_day, words
from tests.unit.web.test_recall_pages import at_pages, seen
from tests.world import session_of

DUE = london(2026, 3, 10, 9, 30)
NOTHING = "prd_" + "0" * 24
BEFORE = london(2026, 3, 2, 10, 0)
SAID = "Access is given to the fewest people.\n\nLists are checked by a second person."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A release whose list of posts was published with it."""
    told = Story(tmp_path, BEFORE)
    told.ready(DUE, CHANCELLOR, ADVISER)
    told.clock.put(DUE)
    told.published()
    told.clock.forward(days=2)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/publications/{story.sat.producer_id}"


def title_of(story: Story) -> str:
    return str(story.get(story.head, f"/releases/{story.told.release_id}")["title"])


def public(story: Story) -> str:
    return f"/public-lists/{story.sat.producer_id}"


def looked_at(visitor: Visitor, story: Story, first: str = "2026-01-01", last: str = "2026-03-11") -> None:
    visitor.looks(here(story))
    days = {**by_day("from_on", first), **by_day("to_on", last)}
    assert visitor.sends(f"{here(story)}/annual-list", order="uk", **days).status_code == 200


def sent_as_looked_at(visitor: Visitor, story: Story, **changes: str) -> dict[str, str]:
    names = ("order", "from_on", "to_on", "sha256", "once")
    return {**{name: visitor.field(name) for name in names}, **changes}


def test_head_looks_at_the_list_of_statistics_and_publishes_it_once(story: Story) -> None:
    head = at_pages(story, story.head)
    assert "will be due on 10 March 2027" in head.looks(here(story))
    looked_at(head, story)
    assert title_of(story) in head.last.text
    assert "not published yet" in head.last.text
    sent = sent_as_looked_at(head, story)
    for _ in range(2):  # the button is pressed twice
        head.looks(here(story))
        assert head.sends(f"{here(story)}/annual-list", **sent).headers["location"] == here(story)
    assert len(story.entries(EntryKind.ANNUAL_LIST_PUBLISHED)) == 1
    assert "1 January 2026 to 11 March 2026" in at_pages(story, story.statistician).looks(public(story))


def test_list_that_changed_since_it_was_looked_at_is_shown_again_and_not_published(story: Story) -> None:
    head = at_pages(story, story.head)
    looked_at(head, story)
    answer = head.sends(f"{here(story)}/annual-list", **sent_as_looked_at(head, story, sha256="0" * 64))
    assert (answer.status_code, "has changed since you looked at it" in answer.text) == (200, True)
    assert story.entries(EntryKind.ANNUAL_LIST_PUBLISHED) == []


def test_list_that_changes_while_it_is_published_is_not_published(story: Story) -> None:
    tools = story.tools
    asked: dict[str, Any] = {"order": Order.UK, "from_on": date(2026, 1, 1), "to_on": date(2026, 3, 11)}
    head = session_of(tools, story.head).actor
    looked_at = annual_lists.preview_annual_list(tools, head, story.sat.producer_id, **asked)
    with pytest.raises(Conflict, match="has changed since it was looked at"):
        annual_lists.publish_annual_list(tools, head, story.sat.producer_id, **asked, shown="0" * 64)
    assert story.entries(EntryKind.ANNUAL_LIST_PUBLISHED) == []
    annual_lists.publish_annual_list(tools, head, story.sat.producer_id, **asked, shown=looked_at.sha256)
    assert len(story.entries(EntryKind.ANNUAL_LIST_PUBLISHED)) == 1


def test_statistician_looks_and_does_not_publish(story: Story) -> None:
    visitor = at_pages(story, story.statistician)
    assert "Publish this version" not in visitor.looks(here(story))
    looked_at(visitor, story)
    assert "Publish this list" not in visitor.last.text
    sha256 = story.get(
        story.head, f"/producers/{story.sat.producer_id}/annual-list?order=uk&from=2026-01-01&to=2026-03-11"
    )["sha256"]
    head = at_pages(story, story.head)
    looked_at(head, story)
    sent = {"order": "uk", "from_on": "2026-01-01", "to_on": "2026-03-11", "sha256": sha256}
    answer = visitor.sends(f"{here(story)}/annual-list", **sent, once=head.field("once"))
    assert answer.status_code == 403
    for statement in (SAID, ""):
        visitor.looks("/account")
        sent = {"statement": statement, "once": head.field("once")}
        assert visitor.sends(f"{here(story)}/arrangements", **sent).status_code == 403
    assert story.entries(EntryKind.ANNUAL_LIST_PUBLISHED) == story.entries(EntryKind.ARRANGEMENTS_PUBLISHED) == []


@pytest.mark.parametrize(
    ("order", "first", "last", "field"),
    [
        ("", "2026-01-01", "2026-03-11", "order"),
        ("uk", "soon", "2026-03-11", "from_on-day"),
        ("uk", "2026-01-01", "2026-13-40", "to_on-day"),
        ("uk", "2026-01-01", "2026-12-31", "to_on-day"),  # has not ended
        ("wales", "2026-01-01", "2026-03-11", "from_on-day"),  # is no calendar year
    ],
)
def test_period_that_cannot_be_listed_is_told_beside_its_field(
    story: Story, order: str, first: str, last: str, field: str
) -> None:
    head = at_pages(story, story.head)
    looked_at(head, story)
    days = {**by_day("from_on", first), **by_day("to_on", last)}
    looked = head.sends(f"{here(story)}/annual-list", order=order, **days)
    if looked.status_code == 200:  # only what would be published is held against the rule
        looked = head.sends(f"{here(story)}/annual-list", **sent_as_looked_at(head, story))
    assert (looked.status_code, f'href="#{field}"' in looked.text) == (422, True)
    assert story.entries(EntryKind.ANNUAL_LIST_PUBLISHED) == []


def test_head_publishes_arrangements_and_everybody_reads_the_newest(story: Story) -> None:
    head = at_pages(story, story.head)
    head.looks(here(story))
    empty = head.sends(f"{here(story)}/arrangements", statement=" ", once=head.field("once"))
    assert (empty.status_code, 'href="#statement"' in empty.text) == (422, True)
    for number, said in enumerate((SAID, SAID + "\n\nAnd by a third."), 1):
        head.looks(here(story))
        assert head.sends(f"{here(story)}/arrangements", statement=said, once=head.field("once")).status_code == 303
        assert f"Version {number}" in head.looks(here(story))
    assert "And by a third." in head.last.text  # stands in the form, to be changed
    faulty = head.sends(f"{here(story)}/annual-list", order="")
    assert (faulty.status_code, "And by a third." in faulty.text) == (422, True)
    head.looks(here(story))
    same = head.sends(f"{here(story)}/arrangements", statement=SAID + "\n\nAnd by a third.", once=head.field("once"))
    assert (same.status_code, "published already" in same.text) == (422, True)
    shown = words(at_pages(story, STRANGER).asks("GET", public(story)))
    assert "version 2" in shown


def test_everybody_sees_of_which_statistics_the_posts_are_published_and_no_name(story: Story) -> None:
    anybody = Visitor(story.client)
    anybody.looks("/public-lists")
    assert f'href="{public(story)}"' in anybody.last.text
    anybody.looks(public(story))
    shown = anybody.last.text
    assert title_of(story) in shown
    for kind in ("html", "csv", "ods"):
        (place,) = re.findall(rf'href="(/api/v1/releases/[^"]*/public-list\.{kind})"', shown)
        assert story.client.get(place).status_code == 200
    assert story.client.get(re.findall(r'href="([^"]*exceptional-grants.html)"', shown)[0]).status_code == 200
    assert [one for one in (CHANCELLOR.name, ADVISER.name, CHANCELLOR.email) if one in shown] == []
    assert "Rhestrau o swyddi 2026" in anybody.looks(f"{public(story)}?lang=cy")
    for absent in (f"{public(story)}?year=2025", f"/public-lists/{NOTHING}", f"/public-lists/{NOTHING}?year=2026"):
        assert anybody.asks("GET", absent).status_code == 404


def test_lists_of_posts_are_shown_year_by_year(story: Story) -> None:
    story.clock.put(london(2026, 12, 20, 10, 0))
    story.ready(london(2027, 1, 12, 9, 30), CHANCELLOR, title="The next one")
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    anybody = Visitor(story.client)
    anybody.looks(public(story))
    assert ("The next one" in anybody.last.text, 'href="?year=2026"' in anybody.last.text) == (True, True)
    assert "The next one" not in anybody.looks(f"{public(story)}?year=2026")


def test_producer_that_published_nothing_is_told_from_none_by_nobody(tmp_path: Path) -> None:
    story = Story(tmp_path, BEFORE)
    story.ready(DUE, CHANCELLOR)  # an approved list of an announced release, which is not published
    anybody = Visitor(story.client)
    assert "Nothing has been published here yet." in anybody.looks("/public-lists")
    ours, none = anybody.asks("GET", public(story)), anybody.asks("GET", f"/public-lists/{NOTHING}")
    assert seen(ours) == seen(none)
    assert ours.status_code == 404
    story.service.close()


@pytest.mark.parametrize("place", ["", "/{}"])
def test_those_without_a_role_are_shown_nothing_to_publish(story: Story, place: str) -> None:
    for who in (STRANGER, CHANCELLOR):
        visitor = at_pages(story, who)
        assert visitor.asks("GET", f"/producer/publications{place.format(story.sat.producer_id)}").status_code == 404
    auditor = at_pages(story, story.sat.people[Role.AUDITOR])
    assert "Publish this version" not in auditor.looks(here(story))


def test_duties_beyond_a_page_are_on_the_next(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.publications.ON_A_PAGE", 2)
    producer_id = story.sat.producer_id
    with story.tools.database.write() as (connection, _):
        for number in range(5):
            duties.add(
                connection,
                producer_id=producer_id,
                release_id=None,
                grant_id=None,
                kind=f"duty_{number}",
                reason_key=f"{producer_id}:{number}",
                source="SI 2008/2998 Sch. para 4",
                particulars={},
                at=DUE,
            )
    head, told, address = at_pages(story, story.head), [], here(story)
    owed = [duty.kind for duty in rows_owed(story)]
    for number in range(3):
        page = head.looks(address)
        assert ("will be due on 10 March 2027" in page) is (number == 0)
        told += [f"duty_{found}" for found in re.findall(r"Duty (\d):", head.last.text)]
        on = re.search(r'href="([^"]*)" rel="next"', head.last.text)
        assert (on is None) is (number == 2)
        address = on[1] if on else address
    assert (told, sorted(told)) == (owed, [f"duty_{number}" for number in range(5)])
    left = rows_owed(story)
    with story.tools.database.write() as (connection, _):
        for duty in left:
            duties.settle(connection, duty.duty_id, at=DUE, done_by=story.id_of(story.head), note="Told.")
    assert "There is nothing after this place" in head.looks(address)


def rows_owed(story: Story) -> list[duties.OwedDuty]:
    with story.tools.reading() as connection:
        return duties.owed_by(connection, story.sat.producer_id, limit=10)
