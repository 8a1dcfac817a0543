"""The register of access for production and quality assurance, as the housing case of 2020 would have needed it.

What happened: a head of communications was given draft figures on 8 July without the restrictions in writing, and the
    draft press release made from them reached the sponsor's press officer on 14 July, before any pre-release access.
What this service does: whoever works on the figures stands on a register of their own; the restriction is read and
    accepted in writing, and permitted by a second person, before anything is shared; and the register opens nothing.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from app.audit.entries import EntryKind
from app.rules.facts import Role, london_date
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, STRANGER, Reader, Story, codes, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2020, 7, 16, 9, 30)
ON_8_JULY = london(2020, 7, 8, 11, 0)
HEAD_OF_COMMS = Reader("Ash Alder", "ash.alder@homes.gov.example", "Head of Communications", "Example Homes")
CHECKER = Reader("Cleo Cherry", "cleo.cherry@homes.gov.example", "Statistician", "Example Homes")


def register(story: Story) -> str:
    return f"/releases/{story.told.release_id}/production-access"


def proposes(story: Story, who: Reader | str, purpose: str = "quality_assurance", **more: Any) -> dict[str, Any]:
    body = {
        "person_id": story.id_of(who),
        "purpose": purpose,
        "why": "Checks the tables before sign-off.",
        "from_on": london_date(story.clock.now()).isoformat(),
        **more,
    }
    return dict(done(story.post(story.statistician, register(story), json=body), 201))


def accepts(story: Story, who: Reader, row: dict[str, Any], **changes: Any) -> Any:
    body = {"restriction_sha256": row["restriction_sha256"], "typed_name": who.name, "agreed": True, **changes}
    return story.post(who, f"/me/production-access/{row['production_access_id']}/acceptance", json=body)


def permits(story: Story, row: dict[str, Any], who: str = "") -> Any:
    path = f"{register(story)}/{row['production_access_id']}"
    revision = story.get(story.auditor, path)["revision"]
    return story.post(who or story.head, f"{path}/permission", revision=revision)


def test_restriction_is_accepted_in_writing_and_permitted_by_a_second_person_before_anything_is_shared(
    begin: Begin,
) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE, title="Housing statistics", sensitivity="ordinary")
    row = proposes(story, CHECKER)
    assert (row["state"], row["shared_from_on"], row["warnings"]) == ("proposed", None, [])
    text = " ".join(row["restriction_text"].split())
    for words in (
        "This is not pre-release access",
        "(Code of Practice 2018, practice T3.3)",
        "That includes colleagues, press offices and those I work for.",
        "Once they are in their final form this access ends",
    ):
        assert words in text
    assert "SI 2008/2998" not in text  # paragraph 10 speaks of producing the publication, not of checking figures
    letter = story.letters(CHECKER)[-1][1]
    assert "before you have accepted this restriction" in letter
    assert "press offices and those I work for" in " ".join(letter.split())
    # Not permitted before it is accepted, by whomever.
    assert permits(story, row).json()["code"] == "wrong_state"
    # Accepted by the person alone, in their own name, and of these words alone.
    assert accepts(story, STRANGER, row).status_code == 404
    for wrong in ({"agreed": False}, {"typed_name": "Cleo"}, {"restriction_sha256": "0" * 64}):
        refused = accepts(story, CHECKER, row, **wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "declaration_not_valid")
    story.headers(CHECKER)
    story.clock.forward(hours=2)
    story._sessions[story.id_of(CHECKER)] = story.clock.now(), story._sessions[story.id_of(CHECKER)][1]
    assert accepts(story, CHECKER, row).json()["code"] == "fresh_sign_in_required"
    story._sessions.clear()
    assert done(accepts(story, CHECKER, row))["state"] == "accepted"
    assert accepts(story, CHECKER, row).json()["code"] == "wrong_state"
    # Permitted by somebody who did not propose it, and is not the person.
    assert permits(story, row, story.statistician).json()["code"] == "role_required"
    story.clock.forward(hours=30)
    permitted = done(permits(story, row))
    assert (permitted["state"], permitted["from_on"], permitted["shared_from_on"]) == (
        "permitted",
        "2020-07-08",
        "2020-07-09",
    )
    assert "may share the figures with you" in story.letters(CHECKER)[-1][1]
    (mine,) = story.get(CHECKER, "/me/production-access")["results"]
    assert (mine["state"], mine["restriction_text"]) == ("permitted", row["restriction_text"])
    kinds = ("PROPOSED", "ACCEPTED", "PERMITTED")
    logged = [story.entries(EntryKind[f"PRODUCTION_ACCESS_{kind}"])[0]["said"] for kind in kinds]
    assert {one["restriction_sha256"] for one in logged} == {row["restriction_sha256"]}


def test_whoever_proposed_or_recorded_the_acceptance_permits_nothing_and_nobody_permits_themselves(
    begin: Begin,
) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE)
    by_lead = done(
        story.post(
            story.lead,
            register(story),
            json={
                "person_id": story.id_of(CHECKER),
                "purpose": "production",
                "why": "Charts.",
                "from_on": "2020-07-08",
            },
        ),
        201,
    )
    done(accepts(story, CHECKER, by_lead))
    assert codes(permits(story, by_lead, story.lead)) == ["403", "second_person_required"]
    done(permits(story, by_lead, story.head))
    own = proposes(story, story.head, "operational")
    written = f"{register(story)}/{own['production_access_id']}/acceptance"
    how = {"how": "Signed on paper; kept in the release folder."}
    assert codes(story.post(story.head, written, json=how, revision=1)) == ["403", "second_person_required"]
    assert story.post(story.lead, written, json={"how": "x" * 201}, revision=1).status_code == 422
    assert story.post(story.lead, written, json=how).status_code == 428
    assert story.post(story.lead, written, json=how, revision=7).json()["code"] == "changed_meanwhile"
    accepted = done(story.post(story.lead, written, json=how, revision=1))
    assert (accepted["accepted_how"], accepted["accepted_by"]) == (how["how"], story.lead)
    for who in (story.head, story.lead):
        assert codes(permits(story, own, who)) == ["403", "second_person_required"]
    other = story.service.person("Lee Larch", "lee.larch@oes.gov.example")
    story.service.role(other, Role.LEAD_OFFICIAL, story.sat.organisation_id)
    assert done(permits(story, own, other))["state"] == "permitted"


def test_register_opens_nothing_and_stands_on_no_published_list(begin: Begin) -> None:
    story = begin(DUE - 8 * timedelta(days=1))
    story.ready(DUE, CHANCELLOR, title="Housing statistics")
    row = proposes(story, CHECKER, "production")
    done(accepts(story, CHECKER, row))
    done(permits(story, row))
    story.clock.put(DUE - timedelta(hours=2))
    # As to anybody who has nothing to do with the release: they are told nothing of the document.
    absent = story.opens(CHECKER, "doc_" + "0" * 24)
    refused = story.opens(CHECKER)
    assert (refused.status_code, refused.json()["detail"]) == (404, absent.json()["detail"])
    (decided,) = story.decisions(CHECKER)
    assert "not_on_list" in [reason["code"] for reason in decided["said"]["reasons"]]
    story.clock.put(DUE)
    story.published()
    path = f"/releases/{story.told.release_id}/public-list.json"
    published = story.ask(None, "GET", path)
    assert [row["post"] for row in published.json()["rows"]] == [CHANCELLOR.post]
    assert "cleo" not in published.text.lower()
    assert story.post(story.statistician, register(story), json=_body(story, STRANGER)).json()["code"] == "wrong_state"


def test_person_on_both_registers_is_shown_to_both_keepers_and_each_access_stays_what_it_is(begin: Begin) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE, sensitivity="ordinary")
    row = proposes(story, HEAD_OF_COMMS)
    assert story.draft_with(CHANCELLOR)["remarks"] == []
    drafted = story.draft_with(HEAD_OF_COMMS, CHANCELLOR, replace_draft=True)
    (remark,) = [remark for remark in drafted["remarks"] if "quality assurance" in remark]
    assert remark == (
        "Ash Alder has access for quality assurance from 8 July 2020 as well. It opens no document and is no ground "
        "for a grant; each access keeps its own purpose."
    )
    (seen,) = story.get(story.auditor, register(story))["results"]
    assert len(seen["warnings"]) == 1
    assert "eligibility list of the same release" in seen["warnings"][0]
    assert story.get(HEAD_OF_COMMS, "/me/production-access")["results"][0]["warnings"] == []
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    (seen,) = story.get(story.auditor, register(story))["results"]
    assert len(seen["warnings"]) == 2  # and the figures are in their final form, so that checking them is over
    assert "SI 2008/2998 Sch. para 10" in seen["warnings"][1]
    assert ("declaration_missing", "Producer policy: declarations") in reasons(story.opens(HEAD_OF_COMMS))
    path = f"{register(story)}/{row['production_access_id']}/end"
    assert story.post(story.statistician, path, json={"reason": " "}, revision=1).json()["code"] == "reason_required"
    ended = done(story.post(story.statistician, path, json={"reason": "The checks are done."}, revision=1))
    assert (ended["state"], ended["warnings"]) == ("ended", [])
    again = story.post(story.statistician, path, json={"reason": "Twice."}, revision=2)
    assert again.json()["code"] == "already_ended"
    listed = story.get(story.head, f"/lists/{story.told.listed['list_id']}")
    assert [remark for remark in listed["remarks"] if "quality assurance" in remark] == []


def test_register_is_hidden_from_whoever_has_nothing_to_do_with_the_release(begin: Begin) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE)
    row = proposes(story, CHECKER)
    other = story.service.producer("Office for Other Statistics").people[Role.HEAD_OF_PROFESSION]
    one = f"{register(story)}/{row['production_access_id']}"
    for who in (STRANGER, other, CHECKER):  # the person reads their own row elsewhere
        for method, path, sent in (
            ("GET", register(story), {}),
            ("GET", one, {}),
            ("GET", f"{register(story)}/export", {}),
            ("POST", register(story), {"json": _body(story, STRANGER)}),
            ("POST", f"{one}/permission", {"revision": 1}),
            ("POST", f"{one}/end", {"json": {"reason": "Mine."}, "revision": 1}),
            ("POST", f"{one}/acceptance", {"json": {"how": "On paper."}, "revision": 1}),
        ):
            assert story.ask(who, method, path, **sent).status_code == 404, (method, path)
    story.release(DUE, title="Another")
    astray = f"{register(story)}/{row['production_access_id']}"
    assert story.ask(story.head, "GET", astray).status_code == 404
    assert story.post(story.head, f"{astray}/permission", revision=1).status_code == 404


def test_register_leaves_as_a_sheet_for_the_auditor_and_that_is_logged_first(begin: Begin) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE)
    row = proposes(story, CHECKER, until_on="2020-07-15")
    done(accepts(story, CHECKER, row))
    sheet = story.ask(story.auditor, "GET", f"{register(story)}/export", params={"format": "csv"})
    assert sheet.status_code == 200
    (headings, cells) = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    shown = dict(zip(headings, cells, strict=True))
    assert (shown["Name"], shown["Purpose"], shown["State"], shown["Permitted"]) == (
        CHECKER.name,
        "quality assurance",
        "accepted",
        "",
    )
    assert shown["SHA-256 of the restriction"] == row["restriction_sha256"]
    (logged,) = story.entries(EntryKind.PRODUCTION_REGISTER_EXPORTED)
    assert (logged["said"]["format"], logged["said"]["rows"]) == ("csv", 1)


@pytest.mark.parametrize(
    ("changes", "where"),
    [({"from_on": "2020-07-07"}, "body.from_on"), ({"until_on": "2020-07-07"}, "body.until_on")],
)
def test_access_that_would_have_begun_before_it_was_permitted_is_refused(
    begin: Begin, changes: dict[str, str], where: str
) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE)
    refused = story.post(story.statistician, register(story), json={**_body(story, CHECKER), **changes})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, where)
    assert story.get(story.auditor, register(story))["results"] == []


def test_same_access_is_proposed_once_until_it_has_ended(begin: Begin) -> None:
    story = begin(ON_8_JULY)
    story.release(DUE)
    proposes(story, CHECKER, until_on="2020-07-09")
    again = story.post(story.statistician, register(story), json=_body(story, CHECKER))
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    story.clock.forward(minutes=1)
    proposes(story, CHECKER, "publishing")
    story.clock.put(london(2020, 7, 10, 0, 0))
    assert [row["state"] for row in story.get(story.auditor, register(story))["results"]] == ["ended", "proposed"]
    proposes(story, CHECKER)


def _body(story: Story, who: Reader) -> dict[str, Any]:
    return {
        "person_id": story.id_of(who),
        "purpose": "quality_assurance",
        "why": "Checks.",
        "from_on": london_date(story.clock.now()).isoformat(),
    }
