"""A recall on the pages: what somebody states they did, and the board that lays it beside the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import select

from app.records import tables
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, words

DUE = london(2026, 3, 10, 9, 30)
WHY = "Table 3 shows the wrong month."
NOBODYS = "rcl_" + "0" * 24


def recalled(place: Path) -> tuple[Story, str]:
    """The day before publication: the chancellor has read, the adviser could have, then everything is recalled."""
    story = Story(place, london(2026, 3, 2, 10, 0))
    story.ready(DUE, CHANCELLOR, ADVISER)
    story.clock.put(london(2026, 3, 9, 14, 0))
    story.reads(CHANCELLOR)
    path = f"/releases/{story.told.release_id}/recalls"
    return story, str(done(story.post(story.head, path, json={"reason": WHY}), 201)["recall_id"])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, str]]:
    story, recall_id = recalled(tmp_path_factory.mktemp("asked"))
    yield story, recall_id
    story.service.close()


@pytest.fixture
def read(asked: tuple[Story, str]) -> Story:
    return asked[0]


@pytest.fixture
def recall(asked: tuple[Story, str]) -> str:
    return asked[1]


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def mine(story: Story, who: Reader) -> dict[str, object]:
    return dict(story.get(who, "/me/recalls")["results"][0])


def both_producers(story: Story) -> str:
    """Have another producer of which the head of profession is head too; gives its id."""
    other = story.service.producer("Office for Distant Statistics")
    story.service.role(story.head, Role.HEAD_OF_PROFESSION, other.organisation_id)
    return other.producer_id


def seen(answer: Response) -> tuple[int, str]:
    """What somebody is told, apart from the number under which it is on record."""
    return answer.status_code, re.sub(r"ent_[0-9a-f]{24}", "", words(answer))


GIVEN = {"did": "not_opened", "typed_name": CHANCELLOR.name, "agreed": "yes"}


def test_letter_leads_to_the_page_that_asks(read: Story, recall: str) -> None:
    body = read.letters(CHANCELLOR)[-1][1]
    assert (f"{read.tools.policy.public_address}/recalls" in body, "/api/" in body) == (True, False)
    person = at_pages(read, CHANCELLOR)
    assert "a document you were given has been recalled" in person.looks("/releases")
    assert f'href="/recalls/{recall}"' in person.last.text
    assert "Claimant count" in person.looks("/recalls")
    assert WHY in person.looks(f"/recalls/{recall}")
    assert person.last.headers["cache-control"] == "no-store"
    other = at_pages(read, ADVISER)
    assert "A document you could have opened has been recalled" in other.looks(f"/recalls/{recall}")
    assert WHY not in words(other.last)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"did": ""}, "did", "Choose what you did with it"),
        ({"did": "lost"}, "did", "Choose what you did with it"),
        ({"did": "opened_and_kept"}, "kept_where", "Say where the copy is kept."),
        ({"kept_where": "A drawer"}, "kept_where", "the statement does not say that a copy is kept"),
        ({"printed": "yes"}, "printed", "What was not opened cannot have been printed."),
        ({"note": "x" * 1001}, "note", "Shorten what you add to 1,000 characters"),
        ({"typed_name": "Somebody Else"}, "typed_name", "Type your own name as it is on record."),
        ({"agreed": ""}, "agreed", "Tick the box if what you state is true"),
    ],
)
def test_statement_that_cannot_be_taken_is_asked_again_with_what_was_typed(
    read: Story, recall: str, change: dict[str, str], field: str, said: str
) -> None:
    person = at_pages(read, ADVISER)
    person.looks(f"/recalls/{recall}")
    sent = {**GIVEN, "typed_name": ADVISER.name, "forwarded_to": "My deputy", **change}
    answer = person.sends(f"/recalls/{recall}", **sent)
    assert (answer.status_code, words(answer).count(said)) == (422, 2)
    assert (f'href="#{field}"' in answer.text, 'value="My deputy"' in answer.text) == (True, True)
    assert mine(read, ADVISER)["statement"] is None


def test_statement_without_a_fresh_sign_in_is_not_asked_for_and_what_was_typed_is_shown(
    read: Story, recall: str
) -> None:
    person = at_pages(read, ADVISER)
    person.looks(f"/recalls/{recall}")
    token = person.token
    read.clock.put(read.clock.now() + timedelta(minutes=16))
    late = person.asks("POST", f"/recalls/{recall}", data={**GIVEN, "form_token": token, "note": "Was on leave."})
    assert (late.status_code, "Was on leave." in words(late)) == (403, True)
    assert "Sign in again" in person.looks(f"/recalls/{recall}")
    assert ('name="did"' in person.last.text, f"then=/recalls/{recall}" in person.last.text) == (False, True)
    assert mine(read, ADVISER)["statement"] is None


def test_form_of_elsewhere_states_nothing(read: Story, recall: str) -> None:
    person = at_pages(read, ADVISER)
    answer = person.asks("POST", f"/recalls/{recall}", data={**GIVEN, "typed_name": ADVISER.name})
    assert (answer.status_code, mine(read, ADVISER)["statement"]) == (403, None)


def test_opening_that_a_recall_ended_asks_for_a_statement_and_offers_no_new_copy(read: Story) -> None:
    with read.tools.reading() as connection:
        number = connection.execute(select(tables.openings.c.opening_id)).scalar_one()
    shown = at_pages(read, CHANCELLOR)
    assert "This opening has ended: the document was recalled. Delete every copy you hold" in shown.looks(
        f"/openings/{number}"
    )
    assert ("open it again" in words(shown.last), 'href="/recalls"' in shown.last.text) == (False, True)


@pytest.mark.parametrize("who", [SECRETARY, STRANGER], ids=["another of the department", "stranger"])
def test_recall_is_nothing_to_somebody_who_has_nothing_to_do_with_it(read: Story, recall: str, who: Reader) -> None:
    person = at_pages(read, who)
    for there, nowhere in (
        (f"/recalls/{recall}", f"/recalls/{NOBODYS}"),
        (f"/producer/recalls/{recall}", f"/producer/recalls/{NOBODYS}"),
    ):
        told = seen(person.asks("GET", there))
        assert (told, told[0]) == (seen(person.asks("GET", nowhere)), 404)
    person.looks("/report")
    token = person.token
    for path, sent in (
        (f"/recalls/{recall}", {"did": ""}),
        (f"/producer/recalls/{recall}/closing", {"note": ""}),
        (f"/producer/recalls/{recall}/people/{read.id_of(CHANCELLOR)}/decision", {"about": "missing"}),
    ):
        for at in (path, path.replace(recall, NOBODYS)):
            assert seen(person.asks("POST", at, data={"form_token": token, **sent})) == told


def test_board_flags_a_statement_that_the_log_contradicts_and_closes_once_all_is_decided(tmp_path: Path) -> None:
    story, recall = recalled(tmp_path)
    place = f"/producer/recalls/{recall}"
    head, person = at_pages(story, story.head), at_pages(story, CHANCELLOR)
    assert "Nothing yet Opening" in head.looks(place)
    assert "copy was sent whole" not in person.looks(f"/recalls/{recall}")
    assert person.sends(f"/recalls/{recall}", **GIVEN).headers["location"] == f"/recalls/{recall}"
    assert "What you state and the log cannot both be right" in person.looks(f"/recalls/{recall}")
    assert "a copy was sent whole; its passphrase was shown" in words(person.last)
    assert "look again" in person.looks("/releases")
    shown = head.looks(place)
    assert "Not opened" in shown
    assert "copy sent whole, passphrase shown Cannot both be right They state that nothing was opened" in shown
    assert "1 differs from the log" in head.looks(f"/producer/releases/{story.told.release_id}/recalls")
    watcher = at_pages(story, story.statistician)
    assert ("Cannot both be right" in watcher.looks(place), "<textarea" in watcher.last.text) == (True, False)
    for reader, about in ((CHANCELLOR, "contradiction"), (ADVISER, "missing")):
        head.looks(place)
        path, field = f"{place}/people/{story.id_of(reader)}/decision", f"reason-{story.id_of(reader)}"
        empty = head.sends(path, about=about, **{field: " "})
        assert (empty.status_code, f'href="#{field}"' in empty.text) == (422, True)
        assert head.sends(path, about=about, **{field: "Spoken to by telephone."}).status_code == 303
    shown = head.looks(place)
    assert ("Decided: Spoken to by telephone." in shown, "Cannot both be right" in shown) == (True, False)
    revision = head.field("revision")
    assert head.sends(f"{place}/closing", note="", revision=revision).status_code == 422
    assert head.sends(f"{place}/closing", note="All copies are gone.", revision="0").status_code == 412
    head.looks(place)
    head.sends(f"{place}/closing", note="All copies are gone.", revision=revision)
    assert "What came of it All copies are gone." in head.looks(place)
    assert story.get(story.head, f"/recalls/{recall}")["closed_at"] is not None
    story.service.close()
