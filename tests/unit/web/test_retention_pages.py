"""How long records are kept, on pages: the period, what may go and by whose word, and legal holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import event

from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER, Story, done
from tests.unit.web.browser import Visitor
from tests.unit.web.test_recall_pages import at_pages, both_producers

DUE = london(2026, 3, 10, 9, 30)
LATER = london(2034, 6, 20, 10, 0)
WHY = "Seven years have passed; nothing holds them."


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Eight years after a release was published."""
    told = Story(tmp_path, london(2026, 3, 2, 10, 0))
    told.ready(DUE, CHANCELLOR, ADVISER)
    told.clock.put(DUE)
    told.published()
    told.clock.put(LATER)
    yield told
    told.service.close()


def here(story: Story) -> str:
    return f"/producer/retention/{story.sat.producer_id}"


def holds(story: Story) -> str:
    return f"/producer/legal-holds/{story.sat.producer_id}"


def proposed(visitor: Visitor, story: Story, **changes: str) -> int:
    visitor.looks(here(story))
    sent = {story.told.release_id: "yes", "reason": WHY, "once": visitor.field("once"), **changes}
    return visitor.sends(f"{here(story)}/erasures", **sent).status_code


def erasure(story: Story) -> str:
    return str(story.entries(EntryKind.ERASURE_PROPOSED)[-1]["said"]["erasure_id"])


def test_head_sets_the_period_and_nothing_less_than_seven_years(story: Story) -> None:
    head = at_pages(story, story.head)
    assert "It is 7 years ." in head.looks(here(story))
    for years, said in (("6", "from 7 to 100"), ("many", "from 7 to 100"), ("7", "It is 7 years already")):
        answer = head.sends(f"{here(story)}/period", years=years)
        assert (answer.status_code, 'href="#years"' in answer.text, said in answer.text) == (422, True, True)
        assert f'value="{years}"' in answer.text
    assert head.sends(f"{here(story)}/period", years="10").headers["location"] == f"{here(story)}?done=period"
    shown = head.looks(f"{here(story)}?done=period")
    assert ("It is 10 years ." in shown, "are kept for 10 years, to 10 March 2036" in shown) == (True, True)
    assert "Producer policy: retention 11 March 2036" in shown
    lead = at_pages(story, story.lead)
    assert "The head of profession sets it." in lead.looks(here(story))
    assert lead.sends(f"{here(story)}/period", years="12").status_code == 403


def test_records_are_proposed_once_approved_by_another_and_destroyed(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    lead.looks(here(story))
    sent = {story.told.release_id: "yes", "reason": WHY, "once": lead.field("once")}
    for _ in range(2):  # the button is pressed twice
        assert lead.sends(f"{here(story)}/erasures", **sent).headers["location"] == f"{here(story)}?done=proposed"
        lead.looks(here(story))
    assert len(story.entries(EntryKind.ERASURE_PROPOSED)) == 1
    assert "A head of profession approves it." in lead.looks(here(story))
    assert "Approve, and destroy" not in lead.last.text
    assert f'value="yes" id="{story.told.release_id}"' not in lead.last.text  # it waits already
    assert "destroying what may go 1 waits" in head.looks(f"/producer/settings/{story.sat.producer_id}")
    assert "Proposed by Example Lead Official" in head.looks(here(story))
    approval = f"/producer/erasures/{erasure(story)}/approval"
    assert lead.sends(approval).status_code == 403
    assert head.sends(approval).headers["location"] == f"{here(story)}?done=destroyed"
    shown = head.looks(f"{here(story)}?done=destroyed")
    assert "Destroyed Proposed by Example Lead Official, approved by Example Head Of Profession" in shown
    assert len(story.entries(EntryKind.RECORDS_ERASED)) == 1


def test_head_who_proposed_approves_nothing_and_may_withdraw(story: Story) -> None:
    head = at_pages(story, story.head)
    assert proposed(head, story) == 303
    assert "You proposed it, so another head of profession approves it." in head.looks(here(story))
    assert "Approve, and destroy" not in head.last.text
    refused = head.sends(f"/producer/erasures/{erasure(story)}/approval")
    assert (refused.status_code, "cannot approve it" in refused.text) == (403, True)
    withdrawal = f"/producer/erasures/{erasure(story)}/withdrawal"
    assert head.sends(withdrawal).headers["location"] == f"{here(story)}?done=withdrawn"
    assert "Withdrawn" in head.looks(here(story))


def test_proposal_that_nobody_approves_lapses(story: Story) -> None:
    lead = at_pages(story, story.lead)
    assert proposed(lead, story) == 303
    story.clock.forward(days=31)
    shown = at_pages(story, story.head).looks(here(story))
    assert ("Lapsed: nobody approved it" in shown, "Proposed to be destroyed" in shown) == (True, False)


@pytest.mark.parametrize(("changes", "field"), [({"reason": " "}, "reason"), ({"reason": "x" * 2001}, "reason")])
def test_proposal_without_a_reason_keeps_what_was_chosen(story: Story, changes: dict[str, str], field: str) -> None:
    lead = at_pages(story, story.lead)
    assert proposed(lead, story, **changes) == 422
    ticked = f'id="{story.told.release_id}" name="{story.told.release_id}" type="checkbox" value="yes" checked'
    assert (f'href="#{field}"' in lead.last.text, ticked in lead.last.text) == (True, True)
    lead.looks(here(story))
    answer = lead.sends(f"{here(story)}/erasures", reason=WHY, once=lead.field("once"))
    assert (answer.status_code, 'href="#release_ids"' in answer.text, WHY in answer.text) == (422, True, True)
    assert answer.text.count('id="release_ids"') == 1


def test_proposal_needs_a_sign_in_just_now_and_keeps_what_was_typed(story: Story) -> None:
    lead = at_pages(story, story.lead)
    story.clock.forward(minutes=20)
    assert proposed(lead, story) == 403
    assert ("Sign in again" in lead.last.text, WHY in lead.last.text) == (True, True)
    assert "once you have signed in again the form is empty" in lead.last.text
    (back,) = re.findall(r'href="/sign-in\?then=([^"]+)"', lead.last.text)
    assert unquote(back) == here(story)
    lead.looks(here(story))
    lead.sends(
        f"{here(story)}/erasures",
        **{story.told.release_id: "yes"},
        reason=WHY,
        once=lead.field("once"),
        after="rel_" + "0" * 24,
    )
    (back,) = re.findall(r'href="/sign-in\?then=([^"]+)"', lead.last.text)
    assert unquote(back) == f"{here(story)}?after=rel_{'0' * 24}"
    assert story.entries(EntryKind.ERASURE_PROPOSED) == []


def test_hold_is_begun_by_one_and_ended_by_two(story: Story) -> None:
    lead, head = at_pages(story, story.lead), at_pages(story, story.head)
    lead.looks(f"/producer/releases/{story.told.release_id}")
    place = f"{holds(story)}?release_id={story.told.release_id}"
    assert f'href="{place}"' in lead.last.text
    assert "Hold the records of “Claimant count”" in lead.looks(place)
    sent = {"release_id": story.told.release_id, "once": lead.field("once")}
    empty = lead.sends(holds(story), **sent, reason="")
    assert (empty.status_code, 'href="#reason"' in empty.text) == (422, True)
    assert "Hold the records of “Claimant count”" in empty.text
    sent["once"] = lead.field("once")
    for _ in range(2):  # the button is pressed twice
        assert (
            lead.sends(holds(story), **sent, reason="An inquiry.").headers["location"] == f"{holds(story)}?done=begun"
        )
        lead.looks(holds(story))
    (entry,) = story.entries(EntryKind.HOLD_BEGUN)
    hold = f"{holds(story)}/{entry['said']['hold_id']}"
    assert "under a legal hold: An inquiry." in lead.looks(here(story))
    lead.looks(holds(story))
    empty = lead.sends(f"{hold}/end")
    assert (empty.status_code, f'href="#why-{entry["said"]["hold_id"]}"' in empty.text) == (422, True)
    why = {f"why-{entry['said']['hold_id']}": "It has reported."}
    assert lead.sends(f"{hold}/end", **why).headers["location"] == f"{holds(story)}?done=proposed"
    assert "You proposed it, so another person confirms it." in lead.looks(holds(story))
    assert lead.sends(f"{hold}/confirmation").status_code == 403
    assert "being destroyed 1 waits" in head.looks(f"/producer/settings/{story.sat.producer_id}")
    assert "Example Lead Official proposed at" in head.looks(holds(story))
    assert head.sends(f"{hold}/confirmation").headers["location"] == f"{holds(story)}?done=ended"
    assert "by Example Lead Official and Example Head Of Profession. It has reported." in head.looks(holds(story))
    refused = proposed(lead, story)
    assert (refused, "lately proposed or confirmed the end of a legal hold" in lead.last.text) == (403, True)


def test_proposal_to_end_a_hold_lapses_and_is_made_again(story: Story) -> None:
    head = at_pages(story, story.head)
    path = f"/producers/{story.sat.producer_id}/legal-holds"
    hold = done(story.post(story.head, path, json={"reason": "An inquiry."}), 201)["hold_id"]
    done(story.post(story.head, f"/legal-holds/{hold}/end", json={"reason": "Over."}))
    assert "End proposed" in head.looks(holds(story))
    story.clock.forward(days=31)
    head = at_pages(story, story.head)
    shown = head.looks(holds(story))
    assert ("End proposed" in shown, "Propose to end it" in shown, "Everything of the producer" in shown) == (
        False,
        True,
        True,
    )


def test_hold_is_ended_under_its_own_producer_alone_and_asks_for_no_reason_once_that_is_proposed(story: Story) -> None:
    head, lead = at_pages(story, story.head), at_pages(story, story.lead)
    path = f"/producers/{story.sat.producer_id}/legal-holds"
    hold = done(story.post(story.head, path, json={"reason": "An inquiry."}), 201)["hold_id"]
    for producer_id in (f"prd_{'0' * 24}", both_producers(story)):
        elsewhere = f"/producer/legal-holds/{producer_id}/{hold}"
        for why in ("It has reported.", ""):
            head.looks(holds(story))
            assert head.sends(f"{elsewhere}/end", **{f"why-{hold}": why}).status_code == 404
    assert story.entries(EntryKind.HOLD_END_PROPOSED) == []
    done(story.post(story.lead, f"/legal-holds/{hold}/end", json={"reason": "Over."}))
    head.looks(holds(story))
    assert head.sends(f"{elsewhere}/confirmation").status_code == 404
    assert story.entries(EntryKind.HOLD_ENDED) == []
    lead.looks(holds(story))
    late = lead.sends(f"{holds(story)}/{hold}/end")
    assert (late.status_code, "its end is proposed already" in late.text) == (409, True)
    auditor = at_pages(story, story.auditor)
    auditor.looks("/account")
    assert auditor.sends(f"{holds(story)}/{hold}/end").status_code == 403


def test_release_of_another_producer_cannot_be_held_here(story: Story) -> None:
    lead = at_pages(story, story.lead)
    strange = "rel_" + "0" * 24
    assert lead.asks("GET", f"{holds(story)}?release_id={strange}").status_code == 404
    lead.looks(holds(story))
    sent = {"release_id": strange, "reason": "An inquiry.", "once": lead.field("once")}
    assert lead.sends(holds(story), **sent).status_code == 404


def test_auditor_reads_others_are_refused_or_told_that_nothing_is_there(story: Story) -> None:
    for path in (here(story), holds(story)):
        auditor = at_pages(story, story.auditor)
        auditor.looks(path)
        assert "<form" not in auditor.last.text.partition("<main")[2]
        assert at_pages(story, story.statistician).asks("GET", path).status_code == 403
        other = story.service.producer(f"Office of {path[10:15]}").people[Role.HEAD_OF_PROFESSION]
        for who in (STRANGER, CHANCELLOR, other):
            assert at_pages(story, who).asks("GET", path).status_code == 404
    auditor = at_pages(story, story.auditor)
    for place in (f"{here(story)}/period", f"{here(story)}/erasures", holds(story)):
        auditor.looks("/account")
        assert auditor.sends(place, years="", reason="").status_code == 403  # and not told what the form lacks
    lead = at_pages(story, story.lead)
    lead.looks(here(story))
    assert lead.sends(f"{here(story)}/period", years="a few").status_code == 403
    settings = at_pages(story, story.statistician).looks(f"/producer/settings/{story.sat.producer_id}")
    assert "Legal holds" not in settings


def test_page_asks_as_many_questions_for_three_old_releases_as_for_one(story: Story) -> None:
    asked: list[str] = []
    event.listen(story.tools.database.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    counts = []
    for number in range(2):
        head = at_pages(story, story.head)
        head.looks(here(story))
        asked.clear()
        head.looks(here(story))
        counts.append(len(asked))
        if number == 0:
            for _ in range(2):
                story.release(london(2034, 7, 20, 9, 30))
                done(story.moves(story.head, "cancellation", reason="It is not needed."))
            story.clock.put(LATER.replace(year=2043))
    assert head.last.text.count('type="checkbox"') == 3
    assert counts[1] <= counts[0]
