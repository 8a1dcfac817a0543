"""Administrators', coordinators' and rosters' pages in a real browser, wide and narrow; looked at by axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.actions import reminding
from app.rules.facts import Role
from app.worker.loop import each
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.build import london
from tests.story import ADVISER, SECRETARY, Story
from tests.unit.providers.town import a_provider

TUESDAY = london(2026, 6, 16, 9, 30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("administering"), TUESDAY - timedelta(days=8))
    story.release(TUESDAY, title="Labour market")
    story.list_with(ADVISER, SECRETARY)
    a_provider(story.service, "http://127.0.0.1:9", domains=("a-long-name-of-a-department.gov.example",), amr=("mfa",))
    with chromium() as browser, served(story.tools) as address:
        yield Town(story, address, browser)
    story.service.close()


def walks_of(town: Town, name: str) -> tuple[Walk, Walk]:
    return Walk(town, name, DESK, scripts=True), Walk(town, f"{name}-narrow", PHONE, scripts=True)


def test_administrator_looks_after_people_and_providers(town: Town) -> None:
    admin = town.story.service.administrator("bo.admin@service.gov.example")
    for walk in walks_of(town, "admin"):
        walk.signed_in_as(admin)
        page = walk.page
        page.goto("/admin")
        walk.looks("health")
        for link, what in (("Organisations’ own sign-in", "providers"), ("Organisations and producers", "places")):
            press(page, "Enter", walk.link(link))
            walk.looks(what)
            page.goto("/admin")
        press(page, "Enter", walk.link("People and their roles"))
        walk.looks("people")
        fill(page, page.get_by_label("Their name"), "Nia New")
        fill(page, page.get_by_label("Their own work e-mail address"), f"nia.{walk.wide}@trade.gov.example")
        press(page, "Enter", walk.button("Add this person"))
        walk.looks("person")
        press(page, "Enter", walk.button("Give this role"))
        walk.looks("no-role-chosen")
        page.get_by_label("Auditor").check()
        press(page, "Enter", walk.button("Give this role"))
        assert "Auditor, the whole service" in page.inner_text("main")
        page.goto(f"/admin/organisations/{town.story.sat.organisation_id}")
        walk.looks("organisation")
        assert walk.complaints == []
        walk.context.close()


def test_administrator_keeps_posts_programs_and_requests_to_erase(town: Town) -> None:
    story = town.story
    admin = story.service.administrator("cy.admin@service.gov.example")
    treasury = next(
        one["organisation_id"]
        for one in story.get(admin, "/organisations")["results"]
        if one["name"] == ADVISER.organisation
    )
    wide, narrow = walks_of(town, "keeping")
    plain = Walk(town, "keeping-plain", PHONE, scripts=False)
    for walk in (wide, narrow, plain):
        walk.signed_in_as(admin)
        page = walk.page
        page.goto(f"/admin/organisations/{treasury}")
        press(page, "Enter", walk.link("Who holds them, and add a post"))
        walk.looks("posts")
        fill(page, page.get_by_label("Its title"), f"Deputy Director {walk.name}")
        press(page, "Enter", walk.button("Add this post"))
        walk.looks("post")
        press(page, "Enter", walk.button("Put them on record"))
        walk.looks("post-wrong")
        assert page.title().startswith("Error: ")
        fill(page, page.get_by_label("Their own work e-mail address"), f"{walk.name}.one@treasury.gov.example")
        fill(page, page.get_by_label("Their name"), "Nia New")
        for part, text in (("day", "1"), ("month", "6"), ("year", "2026")):
            fill(page, page.locator(f"#first_on-{part}"), text)
        press(page, "Enter", walk.button("Put them on record"))
        press(page, "Enter", walk.link("End or hand over"))
        walk.looks("holding")
        fill(
            page, page.get_by_label("The new holder’s own work e-mail address"), f"{walk.name}.two@treasury.gov.example"
        )
        fill(page, page.get_by_label("Their name"), "Moe Mallow")
        for part, text in (("day", "1"), ("month", "7"), ("year", "2026")):
            fill(page, page.locator(f"#first_on-{part}"), text)
        press(page, "Enter", walk.button("Hand it over"))
        walk.looks("handed-over")
        assert "30 June 2026" in page.inner_text("main")
        page.goto("/admin/credentials")
        fill(page, page.get_by_label("Which program is it for?"), f"Check {walk.name}")
        press(page, "Enter", walk.button("Make a credential"))
        walk.looks("credential-wrong")
        page.get_by_label("Reads the log, as an auditor does").check()
        press(page, "Enter", walk.button("Make a credential"))
        walk.looks("secret")
        press(page, "Enter", walk.link("Go on to the credentials"))
        walk.looks("credentials")
        press(page, "Enter", page.get_by_role("button", name="End it").first)
        walk.looks("credential-ended")
        page.goto("/account")
        press(page, "Enter", walk.link("Your details, and asking that they be erased"))
        walk.looks("details")
        page.get_by_label("I want my personal details to be erased").check()
        press(page, "Enter", walk.button("Ask for it"))
        walk.looks("asked")
        page.goto("/admin/erasures")
        walk.looks("erasures")
        press(page, "Enter", walk.button("Refuse it for now"))
        walk.looks("refused")
        assert "Refused for now" in page.inner_text("main")
        assert walk.complaints == []
        walk.context.close()


def test_coordinator_answers_from_one_page_by_keyboard_and_without_javascript(town: Town) -> None:
    story = town.story
    states = story.get(story.statistician, f"/lists/{story.told.listed['list_id']}/confirmations")["results"]
    treasury = next(one["organisation_id"] for one in states if one["organisation"] == ADVISER.organisation)
    who = story.service.person("Co Cherry", "co.cherry@treasury.gov.example")
    story.service.role(who, Role.COORDINATOR, treasury)
    story.clock.put(TUESDAY - timedelta(days=7))
    each(reminding.questions_due, reminding.tend_question)(story.tools)
    wide, narrow = walks_of(town, "coordinator")
    plain = Walk(town, "coordinator-plain", PHONE, scripts=False)
    for walk in (wide, narrow, plain):
        walk.signed_in_as(who)
        page = walk.page
        page.goto("/coordinator")
        walk.looks("questions")
        press(page, "Enter", walk.link("Labour market"))
        walk.looks("rows")
        page.get_by_label("Somebody else holds it now").first.check()
        page.get_by_label("Still right").last.check()
        press(page, "Enter", walk.button("Look at my answer"))
        walk.looks("check")
        press(page, "Enter", walk.button("Send my answer"))
        walk.looks("missing")
        fill(page, page.get_by_label("Name of the new holder"), "Nia New")
        fill(page, page.get_by_label("Their own work e-mail address"), "nia.new@treasury.gov.example")
        press(page, "Enter", walk.button("Send my answer"))
        walk.looks("answered")
        assert "changes are asked for, and the producer decides" in page.inner_text("main")
        assert walk.complaints == []
        walk.context.close()


def test_lead_official_puts_leave_on_the_roster(town: Town) -> None:
    story = town.story
    for walk in walks_of(town, "roster"):
        walk.signed_in_as(story.lead)
        page = walk.page
        page.goto(f"/producer/rosters/{story.sat.producer_id}")
        walk.looks("roster")
        press(page, "Enter", walk.button("Put this leave down"))
        walk.looks("missing")
        page.locator("#away_id").select_option(index=1)
        page.locator("#cover_id").select_option(index=2)
        for field, number in (("first_on", "9"), ("last_on", "20")):
            for part, text in (("day", number), ("month", "6"), ("year", "2026")):
                fill(page, page.locator(f"#{field}-{part}"), text)
        press(page, "Enter", walk.button("Put this leave down"))
        walk.looks("on-leave")
        assert "Away from 9 June 2026 to 20 June 2026" in page.inner_text("main")
        press(page, "Enter", page.get_by_role("button", name="Take this leave off").first)
        assert walk.complaints == []
        walk.context.close()
