"""T13, T14, T18, T32, T36 and T37: grants that only some Orders know, each on that Order's own terms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.actions import auditing
from app.audit.entries import EntryKind
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, FIGURES, SECRETARY, Reader, Story, codes, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TUESDAY = london(2026, 6, 16, 9, 30)
SUPPORTER = Reader("Kit Kestrel", "kit.kestrel@treasury.gov.example", "Diary Secretary")
JOURNALIST = Reader("Jo Juniper", "jo.juniper@herald.example", "Economics Correspondent", "The Example Herald")
GOVERNOR = Reader("Gil Gorse", "gil.gorse@bank.example", "Governor", "Bank of Examples")
TREASURER = Reader("Tam Thorn", "tam.thorn@treasury.gov.example", "Treasury Representative")
SCOTTISH: dict[str, Any] = {"order": "scotland", "sensitivity": "ordinary", "title": "Housing statistics"}
WELSH: dict[str, Any] = {"order": "wales", "sensitivity": "ordinary", "title": "Ambulance services"}


def grant(reader: Reader, **terms: Any) -> dict[str, Any]:
    """A grant to a reader in their own post, on these terms."""
    holder = {"email": reader.email, "name": reader.name, "held_from_on": "2010-01-04"}
    own = {"post_title": reader.post, "organisation": reader.organisation, "holder": holder, "ground": reader.ground}
    return {**own, **terms}


def drafted(story: Story, *grants: dict[str, Any]) -> dict[str, Any]:
    """Begin a new draft with these grants and no others."""
    path = f"/releases/{story.told.release_id}/lists"
    story.told.listed = done(story.post(story.statistician, path, json={}), 201)
    _redrafted(story, *grants)
    return story.told.listed


def ready(story: Story, publishes_at: datetime, *grants: dict[str, Any], **release: Any) -> None:
    """A release that is signed off, with a list of these grants in force."""
    story.release(publishes_at, **release)
    drafted(story, *grants)
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()


def owed(story: Story) -> list[dict[str, Any]]:
    path = f"/producers/{story.sat.producer_id}/duties"
    return list(story.get(story.head, path, params={"done": "false"})["results"])


def public_posts(story: Story) -> list[str]:
    done(story.post(story.statistician, f"/releases/{story.told.release_id}/public-list"), 201)
    return [row["post"] for row in story.get(None, f"/releases/{story.told.release_id}/public-list.json")["rows"]]


# Scotland


@pytest.mark.parametrize("letter", ["a", "e", "h"])
def test_t13_access_to_scottish_gdp_is_refused_whatever_the_ground(begin: Begin, letter: str) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, order="scotland", sensitivity="excepted", title="Gross domestic product")
    drafted(story, grant(CHANCELLOR, ground_letter=letter))
    refused = story.approves()
    assert (refused.status_code, refused.json()["code"]) == (422, "excepted_statistics")
    assert reasons(refused) == [("excepted_statistics", "SSI 2008/399 Sch. para 4A(4)")]
    assert "legal check" in refused.json()["reasons"][0]["remedy"]
    assert owed(story) == []


def test_t14_scottish_ground_e_is_granted_three_weeks_ahead_with_its_reason_and_ground_on_record(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(
        story,
        TUESDAY,
        grant(CHANCELLOR, ground_letter="e", asked_minutes=21 * 24 * 60, ground="Housing bulletin, out the same day"),
        **SCOTTISH,
    )
    story.signed(CHANCELLOR)
    story.clock.put(TUESDAY - 21 * DAY)
    assert story.reads(CHANCELLOR, acknowledged=True) == FIGURES
    kept = story.grant_of(CHANCELLOR)
    assert (kept["ground_letter"], kept["ground"]) == ("e", "Housing bulletin, out the same day")
    (permitted,) = story.decisions(CHANCELLOR, "permitted")
    assert permitted["said"]["relied_on"] == ["SSI 2008/399 Sch. para 2(1)(e)", "SSI 2008/399 Sch. para 4(2)"]
    assert owed(story) == []


def test_t14_scottish_grant_without_a_ground_of_the_order_is_refused(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **SCOTTISH)
    drafted(story, grant(CHANCELLOR), grant(SECRETARY, grant_class="exceptional_person", ground_letter="a"))
    assert reasons(story.approves()) == [("ground_not_named", "SSI 2008/399 Sch. para 2(1)")] * 2


def test_scottish_increase_is_owed_to_the_public_with_its_five_particulars_until_it_is_published(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **SCOTTISH)
    long = {"ground_letter": "a", "asked_minutes": 14 * 24 * 60}
    drafted(story, grant(CHANCELLOR, **long))
    assert reasons(story.approves()) == [
        ("grant_too_long", "SSI 2008/399 Sch. para 4"),
        ("exceptional_not_published", "SSI 2008/399 Sch. para 4(5)"),
    ]
    path = f"/lists/{story.told.listed['list_id']}/grants/{story.grant_of(CHANCELLOR)['grant_id']}"
    why = {"exceptional": {"reasons": "Parliament is in recess.", "board_informed_at": None}}
    story.told.listed = done(
        story.ask(story.statistician, "PATCH", path, json=why, revision=story.told.listed["revision"])
    )
    story.told.listed = done(story.approves())
    (duty,) = owed(story)
    assert (duty["kind"], duty["source"]) == ("publish_increase", "SSI 2008/399 Sch. para 4(5)")
    assert list(duty["particulars"]) == ["duration", "explanation", "fact", "ground", "statistics"]
    assert duty["particulars"]["ground"] == "paragraph 2(1)(a)"
    assert [subject for subject, _ in story.letters(story.head)] == [
        "Housing statistics: to do, publish an increase of the maximum period"
    ]
    settle = f"/duties/{duty['duty_id']}/done"
    body = {"done_at": "2026-05-17T10:00:00Z", "how": "Page “Changes to access”, 17 May."}
    assert codes(story.post(story.statistician, settle, json=body)) == ["403", "role_required"]
    assert story.post(story.head, settle, json={**body, "how": " "}).json()["code"] == "reason_required"
    assert story.post(story.head, settle, json={**body, "done_at": "2026-06-30T10:00:00Z"}).status_code == 422
    story.clock.put(london(2026, 5, 18, 9))
    assert done(story.post(story.head, settle, json=body))["how"] == body["how"]
    assert story.post(story.head, settle, json=body).json()["code"] == "already_ended"
    assert owed(story) == []
    assert [entry["said"]["duty_id"] for entry in story.entries(EntryKind.DUTY_DONE)] == [duty["duty_id"]]


def test_scottish_ground_h_is_notified_to_the_board_once_and_not_again_with_the_next_version(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **SCOTTISH)
    other = grant(JOURNALIST, grant_class="exceptional_person", ground_letter="h", ground="Explains it to the public")
    drafted(story, other)
    story.told.listed = done(story.approves())
    (duty,) = owed(story)
    assert (duty["kind"], duty["source"]) == ("notify_board", "SSI 2008/399 Sch. para 6")
    assert (duty["particulars"]["individual"], duty["particulars"]["reason"]) == (JOURNALIST.name, other["ground"])
    assert JOURNALIST.name not in str(story.entries(EntryKind.DUTY_RAISED))
    drafted(story, other, grant(CHANCELLOR, ground_letter="a"))
    done(story.approves())
    assert [one["duty_id"] for one in owed(story)] == [duty["duty_id"]]
    assert story.ask(story.auditor, "GET", f"/producers/{story.sat.producer_id}/duties").status_code == 200
    assert story.ask(JOURNALIST, "GET", f"/producers/{story.sat.producer_id}/duties").status_code == 404


def test_scottish_statistics_are_passed_on_only_with_the_prior_agreement_and_for_the_same_ground(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **SCOTTISH)
    passed = {"grant_class": "passed_on", "ground_letter": "b", "for_person_id": story.id_of(CHANCELLOR)}
    drafted(story, grant(CHANCELLOR, ground_letter="a"), grant(SECRETARY, **passed))
    assert reasons(story.approves()) == [
        ("agreement_missing", "SSI 2008/399 Sch. para 3(3)(b)"),
        ("recipient_missing", "SSI 2008/399 Sch. para 3(3)"),
    ]
    agreed = {**passed, "ground_letter": "a", "agreement": "E-mail of the chief statistician, 2 May 2026"}
    _redrafted(story, grant(CHANCELLOR, ground_letter="a"), grant(SECRETARY, **agreed))
    story.told.listed = done(story.approves())
    story.sealed()
    story.signed_off()
    story.signed(CHANCELLOR, SECRETARY)
    story.clock.put(TUESDAY - 2 * DAY)
    assert story.reads(SECRETARY, acknowledged=True) == FIGURES
    assert public_posts(story) == ["Chancellor"]


def test_scottish_release_is_published_without_a_list_of_posts(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **SCOTTISH)
    story.clock.put(TUESDAY)
    done(story.moves(story.lead, "publication", reason="Seen live on the public page."))
    assert story.phase() == "published"


# Wales


def test_t18_welsh_ground_d_ten_days_early_is_granted_and_the_board_is_to_be_told_six_things(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(
        story,
        TUESDAY,
        grant(CHANCELLOR, ground_letter="d", asked_minutes=10 * 24 * 60, ground="Annual report, out the same day"),
        **WELSH,
    )
    (duty,) = owed(story)
    assert (duty["kind"], duty["source"]) == ("notify_board", "WSI 2009/2818 Sch. para 4(5)")
    assert duty["particulars"] == {
        "fact": "Pre-release access was given earlier than paragraph 4(1) provides for.",
        "statistics": "Ambulance services",
        "individual": "Ash Alder, Chancellor, Example Treasury",
        "given_from": "2026-06-06T08:30:00.000Z",
        "ground": "paragraph 1(1)(d)",
        "explanation": "Annual report, out the same day",
    }
    story.signed(CHANCELLOR)
    story.clock.put(TUESDAY - 10 * DAY)
    assert story.reads(CHANCELLOR, acknowledged=True) == FIGURES


def test_welsh_earlier_access_needs_its_reason_and_then_a_notice_to_the_board(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, **WELSH)
    early = {"ground_letter": "a", "asked_minutes": 14 * 24 * 60}
    drafted(story, grant(CHANCELLOR, **early), grant(SECRETARY, ground_letter="h"))
    assert reasons(story.approves()) == [
        ("grant_too_long", "WSI 2009/2818 Sch. para 4"),
        ("exceptional_not_published", "WSI 2009/2818 Sch. para 4(3)"),
    ]
    early["exceptional"] = {"reasons": "The minister is abroad.", "board_informed_at": None}
    _redrafted(story, grant(CHANCELLOR, **early), grant(SECRETARY, ground_letter="h"))
    done(story.approves())
    assert [(one["kind"], one["source"]) for one in sorted(owed(story), key=lambda one: one["source"])] == [
        ("notify_board", "WSI 2009/2818 Sch. para 4(4)"),
        ("notify_board", "WSI 2009/2818 Sch. para 7"),
    ]


def test_extension_under_the_welsh_order_needs_no_board_notice_beforehand_and_raises_it_afterwards(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    ready(story, TUESDAY, grant(CHANCELLOR, ground_letter="a"), **WELSH)
    path = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/extension"
    done(story.post(story.head, path, json={"reasons": "The minister is abroad.", "asked_minutes": 14 * 24 * 60}))
    (duty,) = owed(story)
    assert (duty["source"], duty["particulars"]["explanation"]) == (
        "WSI 2009/2818 Sch. para 4(4)",
        "The minister is abroad.",
    )


def test_extension_under_the_uk_order_is_refused_until_the_board_has_been_informed(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.ready(TUESDAY, CHANCELLOR)
    path = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/extension"
    body = {"reasons": "National mourning.", "asked_minutes": 3 * 24 * 60}
    refused = story.post(story.head, path, json=body)
    assert reasons(refused) == [
        ("grant_too_long", "SI 2008/2998 Sch. para 4"),
        ("board_not_informed", "SI 2008/2998 Sch. para 5(4)(b)"),
    ]
    done(story.post(story.head, path, json={**body, "board_informed_at": "2026-05-15T10:00:00Z"}))
    assert [one["source"] for one in owed(story)] == ["SI 2008/2998 Sch. para 5(4)(a)"]


# Support


@pytest.mark.parametrize(
    ("order", "letter", "clause"),
    [
        ("uk", "", "SI 2008/2998 Sch. para 11(1)"),
        ("northern_ireland", "", "SR 2009/71 Sch. para 11(1)"),
        ("scotland", "a", "SSI 2008/399 Sch. para 3(2)"),
        ("wales", "a", "WSI 2009/2818 Sch. para 6"),
    ],
)
def test_t32_supporter_reads_when_the_recipient_can_and_not_before_without_a_declaration(
    begin: Begin, order: str, letter: str, clause: str
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    own = grant(CHANCELLOR, ground_letter=letter, asked_minutes=120)
    tied = {"grant_class": "administrative_support", "for_person_id": story.id_of(CHANCELLOR), "asked_minutes": 120}
    ready(story, TUESDAY, own, grant(SUPPORTER, **tied), order=order)
    story.clock.put(TUESDAY - HOUR)
    assert reasons(story.opens(SUPPORTER)) == [("recipient_without_access", clause)]
    story.signed(CHANCELLOR)
    assert story.reads(SUPPORTER, acknowledged=True) == FIGURES
    assert [len(story.decisions(who, "permitted")) for who in (SUPPORTER, CHANCELLOR)] == [1, 0]
    # The log names both: who read, and whose access it was. The supporter has been told to pass nothing on.
    (permitted,) = story.decisions(SUPPORTER, "permitted")
    auditing.sequence(story.tools)
    told = story.get(story.auditor, f"/audit/entries/{permitted['id']}/receipt")["disclosed"]
    assert [told[name]["value"] for name in ("person", "recipients")] == [
        story.id_of(SUPPORTER),
        story.id_of(CHANCELLOR),
    ]
    assert clause in permitted["said"]["relied_on"]
    assert any("may be passed on before they are published" in body for _, body in story.letters(SUPPORTER))
    paused = f"/grants/{story.grant_of(CHANCELLOR)['grant_id']}/pause"
    done(story.post(story.head, paused, json={"reason": "On leave."}))
    assert reasons(story.opens(SUPPORTER)) == [("recipient_without_access", clause)]
    assert public_posts(story) == ["Chancellor"]


@pytest.mark.parametrize(
    ("order", "recipient", "clause"),
    [
        ("wales", {"ground_letter": "h"}, "WSI 2009/2818 Sch. para 6"),
        ("scotland", {"ground_letter": "h"}, "SSI 2008/399 Sch. para 3(2)"),
        (
            "uk",
            {"grant_class": "journalist", "asked_minutes": 45, "place": "Room 2.14"},
            "SI 2008/2998 Sch. para 11(1)",
        ),
    ],
)
def test_t32_supporter_of_whoever_may_not_share_is_refused_at_approval(
    begin: Begin, order: str, recipient: dict[str, Any], clause: str
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, order=order)
    tied = {"grant_class": "administrative_support", "for_person_id": story.id_of(CHANCELLOR)}
    drafted(story, grant(CHANCELLOR, **recipient), grant(SUPPORTER, **tied))
    assert reasons(story.approves()) == [("recipient_missing", clause)]


def test_t32_supporter_cannot_be_given_more_time_than_the_recipient(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY)
    tied = {"grant_class": "administrative_support", "for_person_id": story.id_of(CHANCELLOR)}
    drafted(story, grant(CHANCELLOR, asked_minutes=120), grant(SUPPORTER, **tied))
    assert reasons(story.approves()) == [("grant_too_long", "SI 2008/2998 Sch. para 11(1)")]


# Journalists


def test_t36_journalist_is_granted_45_minutes_in_a_named_room_and_stands_on_the_published_list(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    terms = {"grant_class": "journalist", "asked_minutes": 45, "place": "Room 2.14", "conditions": "No telephone."}
    ready(story, TUESDAY, grant(JOURNALIST, **terms))
    story.clock.put(TUESDAY - timedelta(minutes=45))
    assert reasons(story.opens(JOURNALIST)) == [("declaration_missing", "SI 2008/2998 Sch. para 14(8)")]
    story.signed(JOURNALIST)
    assert story.reads(JOURNALIST) == FIGURES
    assert public_posts(story) == ["Economics Correspondent"]


def test_t36_journalist_without_a_room_or_with_more_than_24_hours_is_refused_and_nothing_makes_it_longer(
    begin: Begin,
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY)
    known = {"reasons": "Wide interest.", "board_informed_at": "2026-05-15T10:00:00Z"}
    drafted(story, grant(JOURNALIST, grant_class="journalist", asked_minutes=24 * 60 + 1, exceptional=known))
    assert reasons(story.approves()) == [
        ("grant_too_long", "SI 2008/2998 Sch. para 14(1)"),
        ("place_missing", "SI 2008/2998 Sch. para 14(6)(a)"),
    ]


@pytest.mark.parametrize(
    ("order", "clause"),
    [
        ("scotland", "SSI 2008/399 Sch. para 3(1)"),
        ("wales", "WSI 2009/2818 Sch. para 2"),
        ("northern_ireland", "SR 2009/71 Sch. para 3(2)"),
    ],
)
def test_t36_journalist_is_no_class_of_the_other_orders(begin: Begin, order: str, clause: str) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, order=order)
    drafted(story, grant(JOURNALIST, grant_class="journalist", asked_minutes=45, place="Room 2.14"))
    assert reasons(story.approves()) == [("class_not_in_order", clause)]


# The Bank of England and the Treasury


def test_t37_bank_is_granted_72_hours_with_its_reason_signs_and_stands_on_the_published_list(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    bank = {"grant_class": "bank_or_treasury", "ground_letter": "1", "asked_minutes": 72 * 60}
    follows = {"grant_class": "bank_or_treasury", "ground_letter": "5a", "asked_minutes": 60}
    ready(story, TUESDAY, grant(GOVERNOR, **bank, ground="Sets the rate on Monday"), grant(TREASURER, **follows))
    assert "the time must be the minimum that serves the purpose" in story.told.listed["remarks"][0]
    story.clock.put(TUESDAY - 72 * HOUR)
    assert reasons(story.opens(GOVERNOR)) == [("declaration_missing", "SI 2008/2998 Sch. para 12(10)")]
    story.signed(GOVERNOR)
    assert story.reads(GOVERNOR) == FIGURES
    (permitted,) = story.decisions(GOVERNOR, "permitted")
    assert permitted["said"]["relied_on"][0] == "SI 2008/2998 Sch. para 12(14)"
    assert public_posts(story) == ["Governor", "Treasury Representative"]


def test_t37_treasury_without_a_grant_to_the_bank_or_a_named_purpose_is_refused(begin: Begin) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY)
    drafted(
        story,
        grant(TREASURER, grant_class="bank_or_treasury", ground_letter="5b"),
        grant(GOVERNOR, grant_class="bank_or_treasury"),
    )
    assert reasons(story.approves()) == [
        ("bank_grant_missing", "SI 2008/2998 Sch. para 12(3)"),
        ("ground_not_named", "SI 2008/2998 Sch. para 12(1)"),
    ]


@pytest.mark.parametrize(
    ("order", "terms", "clause"),
    [
        ("uk", {"grant_class": "international"}, "SI 2008/2998 Sch. para 13(1)"),
        ("uk", {"grant_class": "third_party"}, "SI 2008/2998 Sch. para 15(1)"),
        ("northern_ireland", {"grant_class": "international"}, "SR 2009/71 Sch. para 12(1)"),
        ("northern_ireland", {"grant_class": "third_party"}, "SR 2009/71 Sch. para 13(1)"),
    ],
)
def test_obligation_or_publication_that_nobody_names_is_no_ground(
    begin: Begin, order: str, terms: dict[str, Any], clause: str
) -> None:
    story = begin(TUESDAY - 30 * DAY)
    story.release(TUESDAY, order=order)
    drafted(story, {**grant(CHANCELLOR, **terms), "ground": ""})
    assert reasons(story.approves()) == [("ground_missing", clause)]


def _redrafted(story: Story, *grants: dict[str, Any]) -> None:
    """Put these grants in place of those of the draft."""
    draft = story.told.listed
    for old in draft["grants"]:
        one = f"/lists/{draft['list_id']}/grants/{old['grant_id']}"
        draft = done(story.ask(story.statistician, "DELETE", one, revision=draft["revision"]))
    for body in grants:
        into = f"/lists/{draft['list_id']}/grants"
        draft = done(story.post(story.statistician, into, json=body, revision=draft["revision"]), 201)
    story.told.listed = draft
