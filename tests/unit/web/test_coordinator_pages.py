"""A coordinator's one page: every row said, looked at once more, sent; and nobody else's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.actions import notices
from app.web.shell import ENVIRONMENT
from tests.story import ADVISER, SECRETARY
from tests.unit.lists.test_confirmations import DAY, TUESDAY, World
from tests.unit.web.browser import Visitor, words


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.story.clock.put(TUESDAY - 7 * DAY)
    made.looks()
    yield made
    made.story.service.close()


def at_pages(world: World, who: str) -> Visitor:
    return Visitor(world.story.client, world.story.headers(who)["Authorization"].partition(" ")[2])


def place_of(world: World, who: str) -> str:
    return f"/coordinator/{world.asked(who)['confirmation_id']}"


def answers_of(page: Visitor) -> dict[str, str]:
    """What the form of the page that was looked at would send as it stands."""
    ticked = re.findall(r'<input[^>]*type="radio"[^>]*>', page.last.text)
    chosen = [one for one in ticked if " checked" in one]
    return {named(one): value(one) for one in chosen} | {"rows_sha256": page.field("rows_sha256")}


def named(tag: str) -> str:
    return re.search(r'name="([^"]+)"', tag)[1]  # type: ignore[index]  # narrowing: the tag was found by it


def value(tag: str) -> str:
    return re.search(r'value="([^"]+)"', tag)[1]  # type: ignore[index]  # narrowing: the tag was found by it


def state(world: World, organisation: str = ADVISER.organisation) -> tuple[str, bool]:
    return world.state(organisation)


@pytest.mark.parametrize("chosen", ["", "left_post", "right"])
def test_question_about_a_row_is_written_as_the_design_systems_own_macro_writes_it(chosen: str) -> None:
    asked = {
        "field": "what-7",
        "post": "Director of R&D <Prices>",
        "who": "Alex O'Ash, since 5 January",
        "chosen": chosen,
        "choices": [("right", "Still right"), ("left_post", "The holder's left"), ("other", "Somebody <else>")],
    }
    theirs = """{% from "govuk_frontend_jinja/components/radios/macro.html" import govukRadios %}{% set items = [] %}
        {% for value, text in choices %}{% set _ = items.append({"value": value, "text": text}) %}{% endfor %}
        {{ govukRadios({"idPrefix": field, "name": field, "classes": "govuk-radios--small", "fieldset": {"legend":
        {"text": post, "classes": "govuk-fieldset__legend--s"}}, "hint": {"text": who}, "value": chosen,
        "items": items}) }}"""
    ours = """{% from "row_choice.html" import row_choice %}{{ row_choice(field, post, who, chosen, choices) }}"""
    written = [re.sub(r"\s*([<>])\s*", r"\1", ENVIRONMENT.from_string(one).render(asked)) for one in (ours, theirs)]
    assert written[0] == written[1]
    assert written[0].count("<input") == 3
    assert written[0].count(" checked") == bool(chosen)


def test_letter_leads_to_the_page_with_the_rows_of_ones_own_organisation(world: World) -> None:
    notices.send_due(world.story.tools)
    letter = world.story.service.mailbag.to("co.cherry@treasury.gov.example")[-1]
    where = re.search(r"http://127\.0\.0\.1:8000(/coordinator/cnf_\w+)", letter.body)
    assert where is not None
    page = at_pages(world, world.treasury)
    shown = page.looks(where[1])
    assert (ADVISER.post in shown, SECRETARY.post in shown, "Chief Forecaster" in shown) == (True, True, False)
    assert where[1] in page.asks("GET", "/coordinator").text


def test_nothing_is_said_of_a_row_before_the_coordinator_says_it(world: World) -> None:
    page, place = at_pages(world, world.treasury), place_of(world, world.treasury)
    page.looks(place)
    sent = answers_of(page)
    assert sorted(sent) == ["rows_sha256"]
    for path in (f"{place}/check", place):
        answer = page.sends(path, **sent)
        assert (answer.status_code, words(answer).count("Say how it stands with this row")) == (422, 4)
        page.looks(place)
    half = page.sends(f"{place}/check", **sent, **{"what-1": "right"})
    assert (half.status_code, words(half).count("Say how it stands with this row")) == (422, 2)
    assert state(world) == ("asked", False)


def test_everything_right_is_said_row_by_row_and_is_confirmed(world: World) -> None:
    page, place = at_pages(world, world.treasury), place_of(world, world.treasury)
    page.looks(place)
    sent = answers_of(page) | {"what-1": "right", "what-2": "right"}
    checked = page.sends(f"{place}/check", **sent)
    assert (checked.status_code, "You confirm everything" in words(checked)) == (200, True)
    assert state(world) == ("asked", False)  # nothing was sent yet
    assert page.sends(place, **sent).headers["location"] == place
    assert state(world) == ("confirmed", True)
    assert "everything was right" in page.looks(place)
    assert answers_of(page) == sent


def test_changes_are_shown_before_they_are_sent_and_ask_for_what_is_needed(world: World) -> None:
    page, place = at_pages(world, world.treasury), place_of(world, world.treasury)
    page.looks(place)
    sent = answers_of(page) | {"what-1": "other_holder", "what-2": "left_post"}
    shown = words(page.sends(f"{place}/check", **sent))
    assert "You ask for 2 changes" in shown
    assert "their access is paused as soon as you send this" in shown
    missing = page.sends(place, **sent)
    assert (missing.status_code, words(missing).count("Enter the new holder's name")) == (422, 2)
    new = {"name-1": "Nia New", "email-1": "press.office@treasury.gov.example"}
    shared = page.sends(place, **sent, **new)
    assert (shared.status_code, "looks like a shared mailbox" in words(shared)) == (422, True)
    assert state(world) == ("asked", False)
    new |= {"email-1": "nia.new@treasury.gov.example", "since_on-1-day": "31", "since_on-1-month": "2"}
    wrong = page.sends(place, **sent, **new)
    assert (wrong.status_code, 'href="#since_on-1-day"' in wrong.text) == (422, True)
    new |= {"since_on-1-day": "1", "since_on-1-month": "6", "since_on-1-year": "2026"}
    assert page.sends(place, **sent, **new, note="From June.").status_code == 303
    asked: Any = world.asked(world.treasury)
    kept = [(one["what"], one["name"], one["email"], one["since_on"]) for one in asked["changes"]]
    assert kept == [
        ("other_holder", "Nia New", "nia.new@treasury.gov.example", "2026-06-01"),
        ("left_post", "", "", None),
    ]
    assert (asked["state"], asked["note"]) == ("changes_wanted", "From June.")
    assert answers_of_again(page, place) == {"what-1": "other_holder", "what-2": "left_post"}


def answers_of_again(page: Visitor, place: str) -> dict[str, str]:
    page.looks(place)
    return {name: said for name, said in answers_of(page).items() if name.startswith("what-")}


def test_row_about_which_nothing_is_said_is_asked_for(world: World) -> None:
    page, place = at_pages(world, world.treasury), place_of(world, world.treasury)
    page.looks(place)
    sent = answers_of(page) | {"what-2": "nonsense"}
    for path in (f"{place}/check", place):
        answer = page.sends(path, **sent)
        assert answer.status_code in (200, 422)
        page.looks(place)
    assert state(world) == ("asked", False)


def test_rows_that_changed_while_they_were_read_are_shown_again(world: World) -> None:
    page, place = at_pages(world, world.treasury), place_of(world, world.treasury)
    page.looks(place)
    sent = answers_of(page) | {"rows_sha256": "0" * 64}
    for path in (f"{place}/check", place):
        answer = page.sends(path, **sent)
        assert (answer.status_code, "The list was changed while you were reading" in words(answer)) == (409, True)
        page.looks(place)
    assert state(world) == ("asked", False)


def test_nobody_else_sees_or_answers_a_question(world: World) -> None:
    place = place_of(world, world.treasury)
    mine = at_pages(world, world.treasury)
    mine.looks(place)
    sent = answers_of(mine)
    for who in (world.fog, world.story.statistician, world.story.head):
        other = at_pages(world, who)
        assert other.asks("GET", place).status_code == 404
        other.looks("/account")
        assert other.sends(place, **sent).status_code == 404
        assert other.sends(f"{place}/check", **sent).status_code == 404
    assert state(world) == ("asked", False)
    assert "Nothing has been asked of you" in at_pages(world, world.story.statistician).looks("/coordinator")
