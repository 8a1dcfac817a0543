"""The five founding breaches, each told to the point at which its report is drafted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios import test_dwp_2016_the_tweet_in_the_locked_drawer as dwp
from tests.scenarios import test_home_office_2013_the_host_said_it_was_live as home_office
from tests.scenarios import test_homes_england_2020_the_draft_sent_to_a_press_officer as homes
from tests.scenarios import test_ipo_2020_nobody_scheduled_the_page as ipo
from tests.scenarios import test_ons_2020_the_test_email_with_the_real_tables as ons
from tests.scenarios.conftest import Begin
from tests.story import Story, done


def home_office_2013(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """31 January 2013: read by one recipient, public at 11:50, declared at 11:56."""
    story = home_office.overdue(begin)
    assert story.reads(home_office.CHIEF) == home_office.FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(home_office.LIVE + timedelta(minutes=6))
    seen = {"reason": "Two people have seen it.", "published_at": instant_text(home_office.LIVE)}
    done(story.moves(story.lead, "publication", **seen))
    return story, story.incidents()[0]


def dwp_2016(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """20 January 2016: the officer on the list had read it; an e-mail at 09:22 gave an indication, and is reported."""
    story = dwp.officer_has_read(begin)
    assert story.opens(dwp.COLLEAGUE).status_code == 404
    story.clock.put(london(2016, 1, 20, 9, 25))
    story.reports(
        story.lead,
        "indication_given",
        "An e-mail to 296 people gave the direction.",
        occurred_at=instant_text(london(2016, 1, 20, 9, 22)),
    )
    return story, story.incidents()[-1]


def ons_2020(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """16 March 2020: the tables were attached to a test message at 14:42; the document is recalled at 14:49."""
    story, real, _ = ons.rehearsed(begin)
    story.told = real
    story.clock.forward(minutes=7)
    document = story.get(story.head, f"/documents/{real.document_id}")
    body = {"reason": "The tables were attached to a test message."}
    done(story.post(story.head, f"/documents/{real.document_id}/recall", json=body, revision=document["revision"]))
    happened = instant_text(london(2020, 3, 16, 14, 42))
    story.reports(story.lead, "wrong_attachment", "Attached to a test message at 14:42.", occurred_at=happened)
    return story, story.incidents()[-1]


def homes_england_2020(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """14 July 2020: a draft press release with figures went to a press officer at 08:00."""
    story = homes.with_a_draft(begin)
    story.clock.put(homes.AT_0800)
    assert story.opens(homes.PRESS).status_code == 404
    story.clock.forward(minutes=120)
    happened = instant_text(homes.AT_0800)
    story.reports(story.lead, "onward_sharing", "Draft figures were shared at 08:00.", occurred_at=happened)
    return story, story.incidents()[-1]


def ipo_2020(begin: Begin) -> tuple[Story, dict[str, Any]]:
    """30 October 2020: nobody had scheduled the page; it was live at 12:00, and declared at 12:05."""
    story = ipo.at_0945(begin)
    assert story.reads(ipo.ADVISER) == ipo.FIGURES
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    story.clock.put(ipo.KNOWN)
    seen = {"reason": "Two people have seen it live.", "published_at": instant_text(ipo.LIVE)}
    done(story.moves(story.lead, "publication", **seen))
    return story, story.incidents()[0]


FOUNDING: dict[str, Callable[[Begin], tuple[Story, dict[str, Any]]]] = {
    "Home Office, January 2013": home_office_2013,
    "ONS and DWP, January 2016": dwp_2016,
    "ONS, March 2020": ons_2020,
    "Homes England, July 2020": homes_england_2020,
    "Intellectual Property Office, October 2020": ipo_2020,
}
