"""Posts on pages: who holds them is shown to whom it concerns; begun, handed over and ended; past holders stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.audit.entries import Entry, EntryKind
from app.records import posts, tables
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor, words
from tests.unit.web.test_recall_pages import at_pages, seen

T = london(2026, 6, 16, 9, 30)
NOTHING = "0" * 24
NEW = {"email": "nia.new@treasury.gov.example", "name": "Nia New"}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A list in force names the Chancellor and the Adviser; another producer's statistician stands by."""
    told = Story(tmp_path, T - timedelta(days=8))
    told.release(T)
    told.list_with(CHANCELLOR, ADVISER)
    yield told
    told.service.close()


def post_of(story: Story) -> str:
    return str(story.grant_of(CHANCELLOR)["post_id"])


def treasury(story: Story) -> str:
    with story.tools.reading() as connection:
        return posts.get(connection, post_of(story)).organisation_id


def day(name: str, number: int, month: int, year: int = 2026) -> dict[str, str]:
    return {f"{name}-day": str(number), f"{name}-month": str(month), f"{name}-year": str(year)}


def change_of(visitor: Visitor, story: Story) -> str:
    """The page on which the Chancellor's holding is ended or handed over, as the post's page links to it."""
    visitor.looks(f"/posts/{post_of(story)}")
    (found,) = re.findall(r'href="(/posts/pst_\w+/holdings/hld_\w+)"', visitor.last.text)
    return str(found)


def held(story: Story) -> list[tuple[str, str, str | None]]:
    """Who holds the Chancellor's post, as the API tells an administrator."""
    admin = story.service.administrator(f"a{len(story.service.entries())}@service.gov.example")
    found = story.get(admin, f"/posts/{post_of(story)}/holdings")["results"]
    return [(one["name"], one["from_on"], one["until_on"]) for one in found]


def test_administrator_comes_from_the_organisation_to_its_posts_and_their_holders(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    admin.looks(f"/admin/organisations/{treasury(story)}")
    assert f'href="/posts/of/{treasury(story)}"' in admin.last.text
    assert f'href="/posts/{post_of(story)}"' in admin.last.text
    told = admin.looks(f"/posts/of/{treasury(story)}")
    assert "Chancellor None recorded Ash Alder, since 4 January 2010" in told
    told = admin.looks(f"/posts/{post_of(story)}")
    assert "Ash Alder ash.alder@treasury.gov.example 4 January 2010 Goes on End or hand over : Ash Alder" in told


def test_producer_sees_whom_its_list_in_force_names_and_another_producer_sees_nobody(story: Story) -> None:
    other = story.service.producer("Another Office").people[Role.STATISTICIAN]
    own = at_pages(story, story.statistician)
    own.looks("/producer")
    assert 'href="/posts"' in own.last.text
    assert "Example Treasury" in own.looks("/posts")
    assert "Ash Alder" in own.looks(f"/posts/of/{treasury(story)}")
    told = own.looks(f"/posts/{post_of(story)}")
    assert ("Ash Alder" in told, "Whether others hold it is shown to those who prepare lists in" in told) == (
        True,
        True,
    )
    them = at_pages(story, other)
    assert "Chancellor None recorded Not shown to you" in them.looks(f"/posts/of/{treasury(story)}")
    told = them.looks(f"/posts/{post_of(story)}")
    assert ("Ash Alder" in told, "ash.alder" in told, "End or hand over" in told) == (False, False, False)
    # A post that nobody holds looks the same to them.
    with story.tools.reading() as connection:
        empty = posts.get(connection, post_of(story))
    added = them.sends(f"/posts/of/{treasury(story)}", title="Empty Chair", unit="").headers["location"]
    bare = words(them.asks("GET", added)).replace("Empty Chair", "Chancellor")
    assert bare == words(them.asks("GET", f"/posts/{empty.post_id}"))


def test_holding_that_is_not_ones_business_answers_as_none_at_all(story: Story) -> None:
    other = at_pages(story, story.service.producer("Another Office").people[Role.HEAD_OF_PROFESSION])
    place = change_of(at_pages(story, story.service.administrator()), story)
    none = f"/posts/{post_of(story)}/holdings/hld_{NOTHING}"
    assert seen(other.asks("GET", place)) == seen(other.asks("GET", none))
    assert other.last.status_code == 404
    for act, sent in (("end", day("last_on", 1, 6)), ("handover", {**NEW, **day("first_on", 2, 6)})):
        other.looks(f"/posts/{post_of(story)}")
        real = seen(other.sends(f"{place}/{act}", **sent))
        other.looks(f"/posts/{post_of(story)}")
        assert (real, real[0]) == (seen(other.sends(f"{none}/{act}", **sent)), 404)
    assert story.entries(EntryKind.HOLDING_ENDED) == []
    admin = story.service.administrator("bo.admin@service.gov.example")
    assert story.get(admin, "/people", params={"email": NEW["email"]})["results"] == []


def test_nobody_is_added_for_a_post_that_is_not_there(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    place = f"/posts/{post_of(story)}"
    admin.looks(place)
    nowhere = admin.sends(f"/posts/pst_{NOTHING}/holdings", **NEW, **day("first_on", 1, 6))
    assert nowhere.status_code == 404
    other = story.service.administrator("bo.admin@service.gov.example")
    assert story.get(other, "/people", params={"email": NEW["email"]})["results"] == []
    admin.looks(place)
    assert admin.sends(f"{place}/holdings", **NEW, **day("first_on", 1, 6)).headers["location"] == place


def test_pages_are_for_those_who_prepare_lists_and_administrators(story: Story) -> None:
    auditor = at_pages(story, story.auditor)
    told = auditor.looks(f"/posts/of/{treasury(story)}")
    assert ("Chancellor" in told, "Ash Alder" in told, "Add a post" in told) == (True, False, False)
    assert auditor.asks("GET", f"/posts/{post_of(story)}").status_code == 403
    for place in ("/posts", f"/posts/of/{treasury(story)}", f"/posts/{post_of(story)}"):
        assert at_pages(story, STRANGER).asks("GET", place).status_code == 403
        assert Visitor(story.client).asks("GET", place).status_code == 303


def test_holding_is_begun_for_somebody_new_and_ended_and_stands_as_history(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    place = f"/posts/{post_of(story)}"
    admin.looks(place)
    answer = admin.sends(f"{place}/holdings", email=NEW["email"], **day("first_on", 1, 6))
    assert (answer.status_code, "Enter their name, and they are added" in words(answer)) == (422, True)
    answer = admin.sends(f"{place}/holdings", **NEW, **day("first_on", 1, 6), **day("last_on", 5, 6))
    assert answer.headers["location"] == place, words(answer)
    told = admin.looks(place)
    assert "Holder First day Last day Nia New nia.new@treasury.gov.example 1 June 2026 5 June 2026" in told
    place = change_of(admin, story)
    admin.looks(place)
    answer = admin.sends(f"{place}/end", **day("last_on", 30, 6))
    assert answer.headers["location"] == f"/posts/{post_of(story)}"
    assert "4 January 2010 30 June 2026" in admin.looks(f"/posts/{post_of(story)}")
    admin.looks(place)
    answer = admin.sends(f"{place}/end", **day("last_on", 1, 7))
    assert (answer.status_code, "It ends on 2026-06-30 already." in words(answer)) == (422, True)
    admin.sends(f"{place}/end", **day("last_on", 7, 6))
    assert "This has ended. It stands as history." in admin.looks(place)
    assert len(story.entries(EntryKind.HOLDING_ENDED)) == 2
    assert [subject for subject, _ in story.letters(story.head)][-1].endswith("Chancellor")


def test_holding_is_handed_over_in_one_act_or_not_at_all(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    place = change_of(admin, story)
    for sent, field, said in (
        ({**NEW, **day("first_on", 31, 2)}, "first_on-day", "Enter the first day, like 2 3 2026"),
        ({"email": "x", **day("first_on", 10, 6)}, "email", "That is no e-mail address"),
        ({"email": CHANCELLOR.email, **day("first_on", 10, 6)}, "email", "That is who holds it already."),
        ({**NEW, **day("first_on", 4, 1, 2010)}, "first_on-day", "That is not after the first day"),
        (
            {"email": "press.office@treasury.gov.example", "name": "P", **day("first_on", 10, 6)},
            "email",
            "shared mailb",
        ),
    ):
        admin.looks(place)
        answer = admin.sends(f"{place}/handover", **sent)
        found = (answer.status_code, said in words(answer), f'href="#{field}"' in answer.text)
        assert found == (422, True, True), words(answer)
        assert story.entries(EntryKind.HOLDING_ENDED) == []
    answer = admin.sends(f"{place}/handover", **NEW, **day("first_on", 10, 6))
    assert answer.headers["location"] == f"/posts/{post_of(story)}", words(answer)
    assert held(story) == [("Ash Alder", "2010-01-04", "2026-06-09"), ("Nia New", "2026-06-10", None)]
    (ended,), begun = story.entries(EntryKind.HOLDING_ENDED), story.entries(EntryKind.HOLDING_BEGUN)[-1]
    assert ended["said"]["producers_told"] == [story.sat.producer_id]
    assert (begun["said"]["from_on"], ended["at"]) == ("2026-06-10", begun["at"])
    assert "Nia New nia.new@treasury.gov.example 10 June 2026 (to come) Goes on" in admin.looks(
        f"/posts/{post_of(story)}"
    )


def test_handover_to_somebody_who_holds_it_then_undoes_the_end_as_well(story: Story) -> None:
    admin = story.service.administrator()
    bay = story.id_of(ADVISER)
    done(story.post(admin, f"/posts/{post_of(story)}/holdings", json={"person_id": bay, "from_on": "2026-07-01"}), 201)
    visitor = at_pages(story, admin)
    visitor.looks(f"/posts/{post_of(story)}")
    place = next(
        one
        for one in re.findall(r'href="(/posts/pst_\w+/holdings/hld_\w+)"', visitor.last.text)
        if "Ash Alder" in visitor.looks(one)
    )
    answer = visitor.sends(f"{place}/handover", email=ADVISER.email, **day("first_on", 10, 6))
    said = "This person holds this post on some of these days already."
    assert (answer.status_code, said in words(answer)) == (422, True)
    assert held(story) == [("Ash Alder", "2010-01-04", None), ("Bay Birch", "2026-07-01", None)]


def test_shared_mailbox_that_came_on_record_before_is_flagged(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    assert "Shared mailbox" not in admin.looks(f"/posts/of/{treasury(story)}")
    with story.tools.transaction() as tx:
        ash = tables.people.c.email == CHANCELLOR.email
        tx.connection.execute(update(tables.people).where(ash).values(email="press.office@treasury.gov.example"))
        tx.append(Entry(EntryKind.PERSON_ADDED, story.clock.now()))
    assert "Ash Alder, since 4 January 2010 Shared mailbox" in admin.looks(f"/posts/of/{treasury(story)}")
    told = admin.looks(f"/posts/{post_of(story)}")
    assert "nobody could say who saw what. End that holding" in told


def test_post_is_added_with_a_unit_that_is_corrected(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    where = f"/posts/of/{treasury(story)}"
    admin.looks(where)
    wrong = admin.sends(where, title="", unit="")
    assert (wrong.status_code, "Enter the title as it is published" in words(wrong)) == (422, True)
    again = admin.sends(where, title="Chancellor", unit="")
    assert (again.status_code, "There is a post of this title in this unit already" in words(again)) == (422, True)
    place = admin.sends(where, title="Deputy Director", unit="Fiscal Group").headers["location"]
    assert "Example Treasury, Fiscal Group Deputy Director" in admin.looks(place)
    same = admin.sends(f"{place}/unit", unit="Fiscal Group")
    assert (same.status_code, "That is its unit already." in words(same)) == (422, True)
    assert admin.sends(f"{place}/unit", unit="").headers["location"] == place
    assert "Deputy Director None recorded Nobody" in admin.looks(where)


def test_form_without_its_token_changes_nothing(story: Story) -> None:
    admin = at_pages(story, story.service.administrator())
    place = change_of(admin, story)
    for where, sent in (
        (f"{place}/end", day("last_on", 7, 6)),
        (f"{place}/handover", {**NEW, **day("first_on", 10, 6)}),
        (f"/posts/{post_of(story)}/holdings", {**NEW, **day("first_on", 10, 6)}),
    ):
        assert admin.asks("POST", where, data=sent).status_code == 403
    assert held(story) == [("Ash Alder", "2010-01-04", None)]
