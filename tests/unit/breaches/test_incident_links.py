"""Earlier incidents of the same series, team and cause: found, shown, corrected by a person, and in the report."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.audit.entries import Entry, EntryKind
from app.records import erasing
from app.rules.causes import Cause
from app.rules.facts import Role
from app.rules.incidents import IncidentKind
from app.rules.links import GROUND_WORDS, Linkable, LinkCorrection, LinkGround, close_links, links
from tests.build import london
from tests.story import STRANGER, Story, answered, codes, done

DUE = london(2026, 3, 10, 9, 30)
NEVER = london(2026, 1, 5)
NOTHING = f"inc_{'0' * 24}"


def an_incident(number: int, **changes: Any) -> Linkable:
    known = {"kind": IncidentKind.OTHER, "near_miss": False, "state": "open", **changes}
    known.setdefault("occurred_at", NEVER + timedelta(days=number))
    return Linkable(f"inc_{number}", number, **known)


def grounds(incident: Linkable, other: Linkable, said: dict[str, LinkCorrection] | None = None) -> list[LinkGround]:
    return [ground for link in links(incident, [incident, other], said) for ground in link.grounds]


def test_close_links_of_all_are_those_that_each_has_with_every_other() -> None:
    chance = Random(7)
    known = [
        an_incident(
            number,
            series_id=chance.choice([None, "ser_a", "ser_b", "ser_c"]),
            teams=frozenset(chance.sample(["prices", "rents", "trade"], chance.randrange(3))),
            causes=tuple(chance.sample([Cause.FORWARDED, Cause.UNTRAINED, Cause.OTHER], chance.randrange(3))),
            near_miss=chance.random() < 0.2,
            state=chance.choice(["open", "reported", "closed_no_breach"]),
            occurred_at=NEVER + timedelta(days=chance.randrange(40)),
        )
        for number in range(1, 41)
    ]
    said = {
        one.incident_id: {
            other.incident_id: LinkCorrection(chance.random() < 0.5, "So it is.", NEVER, "per_1")
            for other in chance.sample(known, 4)
        }
        for one in chance.sample(known, 20)
    }
    said.setdefault("inc_40", {})["inc_gone"] = LinkCorrection(True, "Of a rehearsal.", NEVER, "per_1")
    one_by_one = {
        one.incident_id: close
        for one in known
        if (close := tuple(link for link in links(one, known, said.get(one.incident_id)) if link.is_close))
    }
    assert close_links(known, said) == one_by_one
    assert len(one_by_one) > 20


@pytest.mark.parametrize(
    ("shared", "found"),
    [
        ({"series_id": "ser_a"}, LinkGround.SERIES),
        ({"teams": frozenset({"prices", "rents"})}, LinkGround.TEAM),
        ({"causes": (Cause.FORWARDED, Cause.UNTRAINED)}, LinkGround.CAUSE),
    ],
)
def test_link_names_what_two_incidents_share(shared: dict[str, Any], found: LinkGround) -> None:
    assert grounds(an_incident(2, **shared), an_incident(1, **shared)) == [found, LinkGround.PRODUCER]
    assert grounds(an_incident(2, **shared), an_incident(1)) == [LinkGround.PRODUCER]


def test_link_leads_back_only_and_something_else_is_no_common_cause() -> None:
    assert links(an_incident(2), [an_incident(2), an_incident(3)]) == ()
    vague = {"causes": (Cause.OTHER,)}
    assert grounds(an_incident(2, **vague), an_incident(1, **vague)) == [LinkGround.PRODUCER]
    newest_first = links(an_incident(3), [an_incident(1), an_incident(2)])
    assert [one.earlier.number for one in newest_first] == [2, 1]


def test_breach_that_came_to_light_before_and_happened_after_is_no_earlier_one() -> None:
    march = an_incident(9, series_id="ser_a", occurred_at=london(2026, 3, 1))
    before = an_incident(2, series_id="ser_a", occurred_at=london(2026, 1, 1))
    same_instant = an_incident(4, series_id="ser_a", occurred_at=london(2026, 3, 1))
    after = an_incident(5, series_id="ser_a", occurred_at=london(2026, 6, 1))
    assert [one.earlier.number for one in links(march, [after, same_instant, before])] == [2]
    said = {"inc_5": LinkCorrection(True, "The same rota.", NEVER, "per_a")}
    assert [one.earlier.number for one in links(march, [after], said)] == []


@pytest.mark.parametrize("apart", [{"near_miss": True}, {"state": "closed_no_breach"}])
def test_near_miss_and_what_was_no_breach_are_linked_by_a_person_alone(apart: dict[str, Any]) -> None:
    later, other = an_incident(2, series_id="ser_a"), an_incident(1, series_id="ser_a", **apart)
    assert grounds(later, other) == []
    said = LinkCorrection(True, "The same rota.", NEVER, "per_a")
    assert grounds(later, other, {"inc_1": said}) == [LinkGround.PERSON, LinkGround.SERIES, LinkGround.PRODUCER]


def test_link_struck_out_by_a_person_stands_no_more() -> None:
    said = LinkCorrection(False, "Another matter.", NEVER, "per_a")
    (one,) = links(an_incident(2), [an_incident(1)], {"inc_1": said})
    assert (one.stands, one.is_close, one.struck) == (False, False, True)


def test_every_ground_has_its_words() -> None:
    assert set(GROUND_WORDS) == set(LinkGround)


def two(folder: Path, database_url: str | None = None) -> Story:
    """Two incidents of releases of one series: the second one is the story's own now."""
    story = Story(folder, DUE - timedelta(days=8), database_url=database_url)
    story.release(DUE, series="Rents", lead_official_id=story.lead)
    story.reports(story.statistician, "other", "The page was not there.")
    story.release(london(2026, 4, 10, 9, 30), title="Rents, April", series="Rents", lead_official_id=story.lead)
    story.clock.forward(hours=1)
    story.reports(story.statistician, "other", "Nor was this one.")
    return story


def of(story: Story, number: int) -> dict[str, Any]:
    found = story.get(story.auditor, "/incidents")["results"]
    return next(one for one in found if one["number"] == number)


def linked(story: Story, number: int = 2) -> list[dict[str, Any]]:
    return list(story.get(story.auditor, f"/incidents/{of(story, number)['incident_id']}/links")["results"])


def corrects(story: Story, who: Any, on: bool, number: int = 1, **changed: Any) -> Any:
    path = f"/incidents/{of(story, 2)['incident_id']}/links/{of(story, number)['incident_id']}"
    return story.ask(who, "PUT", path, json={"linked": on, "reason": "It was another rota.", **changed})


def causes(story: Story, number: int, *given: str) -> None:
    one = of(story, number)
    path = f"/incidents/{one['incident_id']}"
    done(story.ask(story.lead, "PATCH", path, revision=one["revision"], json={"causes": list(given)}))


def test_links_are_found_shown_in_report_and_register_and_struck_out_with_a_reason(
    tmp_path: Path, any_database_url: str
) -> None:
    story = two(tmp_path, any_database_url)
    (link,) = linked(story)
    assert (link["number"], link["grounds"], link["in_report"]) == (1, ["series", "producer"], True)
    assert linked(story, 1) == []
    causes(story, 1, "leave_cover")
    causes(story, 2, "leave_cover", "step_missed")
    unit = {"organisation_id": story.sat.organisation_id, "title": "Head of Rents", "unit": "Prices"}
    post = done(story.post(story.head, "/posts", json=unit), 201)["post_id"]
    held = {"person_id": story.lead, "from_on": "2026-01-01"}
    done(story.post(story.head, f"/posts/{post}/holdings", json=held), 201)
    (link,) = linked(story)
    assert link["grounds"] == ["series", "team", "cause", "producer"]
    told = "Earlier, same series, same team, same cause: incident 1, Monday 2 March 2026, something else, open."
    assert told in answered(story.report(of(story, 2)))
    rows = story.get(story.auditor, f"/producers/{story.sat.producer_id}/breaches")["results"]
    assert [[one["number"] for one in row["linked"]] for row in rows] == [[], [1]]
    sheet = story.ask(
        story.auditor, "GET", f"/producers/{story.sat.producer_id}/breaches", params={"format": "csv"}
    ).text
    assert "1 (same series, same team, same cause)" in sheet
    struck = done(corrects(story, story.lead, False))
    assert (struck["struck"], struck["in_report"], struck["corrected_by"]) == (True, False, story.lead)
    assert "No earlier breach is linked: a person struck out what the service found." in answered(
        story.report(of(story, 2))
    )
    assert story.get(story.auditor, f"/producers/{story.sat.producer_id}/breaches")["results"][1]["linked"] == []
    again = corrects(story, story.head, False)
    assert (again.status_code, again.json()["code"]) == (422, "no_change")
    assert done(corrects(story, story.head, True))["grounds"][0] == "person"
    said = [entry["said"] for entry in story.entries(EntryKind.INCIDENT_LINK_CORRECTED)]
    assert [one["linked"] for one in said] == [False, True]
    assert "rota" not in json.dumps(said)
    story.service.close()


def test_link_is_corrected_by_lead_or_head_never_by_whom_it_is_about_and_is_nothing_to_others(tmp_path: Path) -> None:
    story = two(tmp_path)
    for who in (story.statistician, story.auditor):
        assert codes(corrects(story, who, False)) == ["403", "role_required"]
    second = of(story, 2)["incident_id"]
    real = f"/incidents/{second}/links/{of(story, 1)['incident_id']}"
    other = story.service.producer("Office for Other Statistics")
    stranger_head = other.people[Role.HEAD_OF_PROFESSION]
    for who in (STRANGER, stranger_head):
        for path in (real, f"/incidents/{second}/links/{NOTHING}", f"/incidents/{NOTHING}/links/{NOTHING}"):
            assert codes(story.ask(who, "PUT", path, json={"linked": True, "reason": "So."})) == ["404"]
        assert story.ask(who, "GET", f"/incidents/{second}/links").status_code == 404
    assert codes(
        story.ask(story.lead, "PUT", f"/incidents/{second}/links/{NOTHING}", json={"linked": True, "reason": "So."})
    ) == ["404"]
    lead = story.get(story.statistician, f"/people/{story.lead}")["name"]
    assert corrects(story, story.head, False, reason=f"{lead} says so.").status_code == 422
    assert corrects(story, story.head, False, reason=" ").status_code == 422
    assert corrects(story, story.head, True, number=2).status_code == 422
    one = of(story, 2)
    path = f"/incidents/{second}"
    done(story.ask(story.head, "PATCH", path, revision=one["revision"], json={"caused_by": [story.lead]}))
    assert codes(corrects(story, story.lead, False)) == ["403", "second_person_required"]
    done(corrects(story, story.head, False))
    story.service.close()


def test_incident_of_a_lower_number_that_happened_later_is_neither_linked_nor_can_be(tmp_path: Path) -> None:
    story = two(tmp_path)
    long_ago = "2026-03-01T09:00:00Z"  # reported last, and before both others
    story.reports(story.statistician, "other", "This was the first of all.", occurred_at=long_ago)
    assert linked(story, 3) == []
    path = f"/incidents/{of(story, 3)['incident_id']}/links/{of(story, 1)['incident_id']}"
    refused = story.ask(story.lead, "PUT", path, json={"linked": True, "reason": "It was another rota."})
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "Incident 1 is not earlier than incident 3: an earlier one has a lower number, and happened before.",
    )
    story.service.close()


def test_destroyed_records_take_the_reason_of_a_correction(tmp_path: Path) -> None:
    story = two(tmp_path)
    done(corrects(story, story.lead, False))
    with story.tools.transaction() as tx:
        erasing.destroy(tx.connection, of(story, 2)["release_id"], story.clock.now())
        tx.append(Entry(EntryKind.RECORDS_ERASED, story.clock.now()))
    assert [(one["struck"], one["reason"]) for one in linked(story)] == [(True, "")]
    story.service.close()
