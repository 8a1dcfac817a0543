"""Signing in through an organisation, in a real browser, at a provider that other people made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.actions import providers
from app.outside.clock import SystemClock
from tests.browser.serving import DESK, PHONE, chromium, fill, press, served
from tests.browser.walking import Town, Walk
from tests.live import free_port
from tests.oidc import other_peoples_provider
from tests.story import Story
from tests.unit.providers.town import OPERATOR

DOMAIN = "treasury.gov.example"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    story = Story(tmp_path_factory.mktemp("provider"), SystemClock().now())
    ours, theirs = free_port(), free_port()
    address = f"http://127.0.0.1:{ours}"
    # The provider has the machine's own clock, so the service has it too.
    tools = replace(story.tools, clock=SystemClock(), policy=replace(story.tools.policy, public_address=address))
    story.service.person("Robin Reader", f"robin@{DOMAIN}")
    known = providers.approve_provider(
        tools,
        OPERATOR,
        providers.propose_provider(
            tools,
            OPERATOR,
            organisation_id=story.service.organisation("Example Treasury of the Browser"),
            issuer=f"http://127.0.0.1:{theirs}",
            client_id="pra",
            secret="a-secret",
            domains=(DOMAIN,),
            required=False,
        ).provider_id,
    )
    client: dict[str, object] = {
        "client_id": "pra",
        "client_secret": "a-secret",
        "id_token_signed_response_alg": "ES256",
        "redirect_uris": [f"{address}/sign-in/from/{known.provider_id}"],
    }
    with (
        other_peoples_provider(theirs, domain=DOMAIN, clients=[client]),
        chromium() as browser,
        served(tools, ours) as where,
    ):
        yield Town(story, where, browser)
    story.service.close()


def at_the_provider(walk: Walk, name: str) -> None:
    """Its own pages: a name and any password, then that we may know who one is."""
    page = walk.page
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    with page.expect_navigation():
        page.locator("button[type=submit]").click()
    if "/interaction/" in page.url:
        with page.expect_navigation():
            page.locator("button[type=submit]").click()


@pytest.mark.parametrize(("viewport", "scripts"), [(DESK, True), (PHONE, False)], ids=["desk", "phone"])
def test_person_signs_in_through_their_organisation(town: Town, viewport: dict[str, int], scripts: bool) -> None:
    walk = Walk(town, f"provider-{viewport['width']}", viewport, scripts=scripts)
    page = walk.page
    page.goto("/sign-in?then=/account")
    walk.looks("address")
    fill(page, page.locator("#email"), f"robin@{DOMAIN}")
    press(page, "Enter", walk.button("Continue"))
    walk.looks("way-there")
    press(page, "Enter", walk.page.get_by_role("button", name="Go on to Example Treasury of the Browser"))
    at_the_provider(walk, "robin")
    page.wait_for_url("**/account")
    assert "Robin Reader" in page.inner_text("main")
    walk.looks("signed-in")
    assert walk.complaints == []
    walk.context.close()


def test_person_nobody_knows_is_told_what_to_do(town: Town) -> None:
    walk = Walk(town, "provider-unknown", PHONE, scripts=True)
    page = walk.page
    page.goto("/sign-in")
    fill(page, page.locator("#email"), f"nobody@{DOMAIN}")
    press(page, "Enter", walk.button("Continue"))
    press(page, "Enter", walk.page.get_by_role("button", name="Go on to Example Treasury of the Browser"))
    at_the_provider(walk, "nobody")
    page.get_by_role("heading", name="You could not be signed in").wait_for()
    assert "Begin again from the sign-in page" in page.inner_text("main")
    walk.looks("refused")
    walk.context.close()
