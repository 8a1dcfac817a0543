"""The undertaking's words and the statement that is signed. No store, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.declarations import Signing, lapses_at, receipt, reminder_due, same_name, statement
from app.rules.facts import DeclarationScope, GrantClass, Order, Release
from app.rules.undertakings.basis import Basis, ProducerWords
from app.rules.undertakings.words import Undertaking, undertaking, words_sha256
from tests.build import a_grant, a_producer, a_release, london

WARNING = "Treat as Official Sensitive until published."
CONTACT = "Release desk, 01632 960000"
SIGNED_AT = london(2026, 11, 1, 15, 0)
SIGNING = Signing(
    declaration_id="dcl_0a1b2c3d4e5f60718293a4b5",
    person_id="per_9d8c7b6a5f4e3d2c1b0a9f8e",
    person_name="Robin Example",
    list_version=2,
    signed_at=SIGNED_AT,
    lapses_at=SIGNED_AT + timedelta(days=365),
    authenticated_by="one-time code by e-mail",
    authenticated_at=SIGNED_AT - timedelta(minutes=1),
    typed_name="robin  example",
)


def basis(release: Release, *conditions: str, warning: str = WARNING, contact: str = CONTACT, **changes: Any) -> Basis:
    grants = tuple(a_grant(conditions=one) for one in conditions) or (a_grant(),)
    return replace(Basis(release, grants, ProducerWords(0, warning), contact), **changes)


def test_words_restate_every_duty_of_the_order_and_what_the_producer_adds() -> None:
    release = a_release()
    text = undertaking(basis(release, "Read only in room 4.12", "", "Read only in room 4.12")).text
    for clause in ("paragraph 6(1)", "paragraph 6(2)", "paragraph 7", "paragraph 3(1)(f)", "SI 2008/2998"):
        assert clause in text
    for said in (release.title, release.producer.name, CONTACT, WARNING, "uk-2026-1", "at once"):
        assert said in text
    assert text.count("Read only in room 4.12") == 1
    assert text.endswith("I have read this, and I undertake to comply with it.\n")


@pytest.mark.parametrize(
    ("order", "version", "sha256"),
    [
        (Order.UK, "uk-2026-1", "26fd18dd82a47ab16ce724537921e7b5fd652c3ac13dc2a96bc149c4aba71769"),
        (Order.SCOTLAND, "scotland-2026-1", "7e6f36e2f68210f5ab9f0872791a27fb0a956fb6e7ae3de4442bc2587916b4f1"),
        (Order.WALES, "wales-2026-1", "7ce65564cea1b88691c272f51662fc42f8422a97814a7e4cbdf58343752b7e69"),
        (
            Order.NORTHERN_IRELAND,
            "northern-ireland-2026-1",
            "ae4dcc74afe1b084e39c6ec9e833fb1dbb70803f70387b49404b893d53a39ffd",
        ),
    ],
)
def test_words_of_this_version_never_change(order: Order, version: str, sha256: str) -> None:
    """Other words need another version: whoever changes them must also change it, and this hash."""
    release = replace(a_release(), order=order, title="T", producer=replace(a_release().producer, name="P"))
    words = undertaking(basis(release, "C", warning="W", contact="K"))
    assert (words.version, words.sha256) == (version, sha256_hex(words.text.encode()))
    assert words.sha256 == sha256


def test_words_depend_on_conditions_warning_contact_and_title_but_not_on_the_time_set() -> None:
    release = a_release()
    same = words_sha256(basis(release, "a"))
    moved = replace(release, publishes_at=release.publishes_at + timedelta(days=3))
    assert words_sha256(basis(moved, "a")) == same
    others = {
        words_sha256(basis(release, "b")),
        words_sha256(basis(release)),
        words_sha256(basis(release, "a", warning="")),
        words_sha256(basis(release, "a", contact="elsewhere")),
        words_sha256(basis(replace(release, title="Another"), "a")),
        words_sha256(basis(release, "a", own_words=ProducerWords(1, WARNING))),
        words_sha256(basis(release, grants=(a_grant(conditions="a", place="Room 4.12"),))),
    }
    assert len(others | {same}) == 8


def test_words_cannot_be_forged_by_a_title_that_breaks_the_line() -> None:
    forged = "Jobs\n\n1. I may disclose everything."
    release = replace(a_release(), title=forged)
    assert "Statistics: Jobs 1. I may disclose everything.\n" in undertaking(basis(release)).text
    series = undertaking(basis(release, scope=DeclarationScope.SERIES, series_title=forged))
    assert "series “Jobs 1. I may disclose everything.” to which I am given access\n" in series.text


def test_words_for_a_series_are_the_same_for_each_of_its_releases_and_not_those_for_one() -> None:
    july, august = replace(a_release(), title="Jobs, July"), replace(a_release(), title="Jobs, August")
    for_series = {"scope": DeclarationScope.SERIES, "series_title": "Jobs"}
    assert words_sha256(basis(july, **for_series)) == words_sha256(basis(august, **for_series))
    assert words_sha256(basis(july, **for_series)) != words_sha256(basis(july))
    assert words_sha256(basis(july)) != words_sha256(basis(august))
    assert "July" not in undertaking(basis(july, **for_series)).text


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("order", Order.NORTHERN_IRELAND),
        ("producer", a_producer(name="Another office")),
    ],
)
def test_words_for_a_series_are_others_under_another_order_or_producer(change: str, value: object) -> None:
    for_series: dict[str, Any] = {"scope": DeclarationScope.SERIES, "series_title": "Jobs"}
    other = replace(a_release(), **{change: value})
    assert words_sha256(basis(a_release(), **for_series)) != words_sha256(basis(other, **for_series))


def test_words_are_none_for_nobody_and_for_no_series() -> None:
    assert words_sha256(basis(a_release(), grants=())) == ""
    assert words_sha256(basis(a_release(), scope=DeclarationScope.SERIES)) == ""
    assert words_sha256(basis(a_release(), scope=DeclarationScope.SERIES, series_title=" ")) == ""


@pytest.mark.parametrize(
    ("order", "instrument", "clauses"),
    [
        (
            Order.SCOTLAND,
            "SSI 2008/399",
            ["2(2)(a)", "3(2)", "3(3)", "5(2)", "5(3)", "5(4)", "5(5)", "5(6)", "5(7) and (8)"],
        ),
        (
            Order.WALES,
            "WSI 2009/2818",
            [
                "1(2)(a)",
                "paragraph 3",
                "5(2)",
                "5(3) and (4)",
                "5(5)",
                "5(6)",
                "5(7) and (8)",
                "5(9) and (10)",
                "ph 6)",
            ],
        ),
        (Order.NORTHERN_IRELAND, "SR 2009/71", ["6(1)", "6(2)", "paragraph 7", "paragraph 8"]),
    ],
)
def test_words_restate_each_paragraph_that_binds_a_recipient(order: Order, instrument: str, clauses: list[str]) -> None:
    text = undertaking(basis(a_release(order=order), grants=(a_grant(ground_letter="a"),))).text
    assert [clause for clause in (instrument, *clauses) if clause not in text] == []
    assert CONTACT in text


@pytest.mark.parametrize("order", [Order.SCOTLAND, Order.WALES])
def test_words_under_an_order_without_a_declaration_say_that_it_is_the_producers_rule(order: Order) -> None:
    words = undertaking(basis(a_release(order=order), grants=(a_grant(ground_letter="e"), a_grant(ground_letter="a"))))
    assert "asks for no signed declaration: this one is a rule of the producer, Office for Weather" in _on_one_line(
        words
    )
    assert words.ground_letter == "a, e"
    assert words.text.index("– (a) so that") < words.text.index("– (e) so that")
    assert "“Confidential Statistics”" in words.text
    assert "“Restricted Statistics”" in words.text


@pytest.mark.parametrize("order", [Order.SCOTLAND, Order.WALES])
def test_words_for_ground_h_let_nothing_be_shared(order: Order) -> None:
    by_name = undertaking(basis(a_release(order=order), grants=(a_grant(ground_letter="h"),))).text
    other = undertaking(basis(a_release(order=order), grants=(a_grant(ground_letter="b"),))).text
    assert ("Access on ground (h)" in by_name, "technical support." in by_name) == (True, False)
    assert "Access on ground (h)" not in other


@pytest.mark.parametrize("order", [Order.SCOTLAND, Order.WALES])
def test_words_for_a_supporter_say_whom_they_serve_and_for_nobody_a_ground_that_is_not_named(order: Order) -> None:
    supporter = a_grant(grant_class=GrantClass.ADMINISTRATIVE_SUPPORT)
    assert (
        "– to give administrative or technical support"
        in undertaking(basis(a_release(order=order), grants=(supporter,))).text
    )
    assert "– The producer has not named it." in undertaking(basis(a_release(order=order), grants=(a_grant(),))).text


def test_words_name_the_power_by_which_conditions_were_set() -> None:
    for grant_class, power in (
        (GrantClass.ELIGIBLE_PERSON, "Schedule, paragraph 3(1)(f)"),
        (GrantClass.BANK_OR_TREASURY, "Schedule, paragraph 12(8)"),
        (GrantClass.JOURNALIST, "Schedule, paragraph 14(6)"),
    ):
        grant = a_grant(grant_class=grant_class, conditions="No telephones", place="Room 4.12")
        text = undertaking(basis(a_release(), grants=(grant,))).text
        assert (
            f"set for me ({power}):\n   – No telephones\n   – I read it at this place and nowhere else: Room 4.12."
            in (text)
        )


def test_statement_has_exactly_these_members_and_one_canonical_form() -> None:
    release = a_release()
    words = undertaking(basis(release))
    said = statement(release, words, SIGNING)
    assert said == {
        "type": "pra-declaration/1",
        "declaration_id": "dcl_0a1b2c3d4e5f60718293a4b5",
        "person_id": "per_9d8c7b6a5f4e3d2c1b0a9f8e",
        "person_name": "Robin Example",
        "scope": "release",
        "release_id": release.release_id,
        "release_title": release.title,
        "series_id": None,
        "producer": release.producer.name,
        "order": "uk",
        "ground_letter": "",
        "undertaking_version": "uk-2026-1",
        "undertaking_sha256": words.sha256,
        "list_version": 2,
        "signed_at": "2026-11-01T15:00:00.000Z",
        "lapses_at": "2027-11-01T15:00:00.000Z",
        "authenticated_by": "one-time code by e-mail",
        "authenticated_at": "2026-11-01T14:59:00.000Z",
        "typed_name": "robin  example",
    }
    assert canonical_json(said) == canonical_json(dict(reversed(said.items())))


def test_statement_of_a_naive_instant_is_refused() -> None:
    words = undertaking(basis(a_release()))
    with pytest.raises(ValueError, match="naive"):
        statement(a_release(), words, replace(SIGNING, signed_at=datetime(2026, 11, 1)))


def test_receipt_says_who_signed_what_and_until_when_it_counts() -> None:
    release = a_release()
    words = undertaking(basis(release))
    text = receipt(statement(release, words, SIGNING), words)
    head, _, rest = text.partition("SHA-256 of the words: ")
    assert head == (
        "RECEIPT FOR DECLARATION dcl_0a1b2c3d4e5f60718293a4b5\n\n"
        "Robin Example declared on Sunday 1 November 2026, 3:00pm (UK time) to have read the words below and to comply "
        "with them.\n"
        f"It covers “{release.title}” ({release.producer.name}) and its eligibility list, version 2.\n"
        "It lapses on Monday 1 November 2027, 3:00pm (UK time), or earlier if the words change.\n"
    )
    assert rest == f"{words.sha256}\n\n{words.text}"


def test_lapse_counts_days_of_24_hours() -> None:
    assert lapses_at(datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == datetime(2026, 3, 30, 12, tzinfo=UTC)


def test_same_name_forgives_capitals_and_blanks_alone() -> None:
    assert same_name("  siân   EXAMPLE ", "Siân Example")
    assert not same_name("Sian Example", "Siân Example")
    assert not same_name("", "Siân Example")


def test_statement_for_a_series_names_the_series_and_the_release_it_was_signed_at() -> None:
    release = replace(a_release(), series_id="ser_rain")
    words = undertaking(basis(release, scope=DeclarationScope.SERIES, series_title="Rainfall"))
    said = statement(release, words, SIGNING)
    assert (said["scope"], said["series_id"], said["release_id"]) == ("series", "ser_rain", release.release_id)
    assert "It covers every release of the series named below, and was signed for “Rainfall, Oct" in receipt(
        said, words
    )
    assert statement(release, undertaking(basis(release)), SIGNING)["series_id"] is None


def test_reminder_is_due_fourteen_and_three_days_before_the_lapse_once_each() -> None:
    lapses, day = london(2026, 11, 30, 12), timedelta(days=1)
    second = timedelta(seconds=1)
    assert reminder_due(lapses, None, lapses - 14 * day - second) is None
    assert reminder_due(lapses, None, lapses - 14 * day) == 14
    assert reminder_due(lapses, lapses - 14 * day, lapses - 3 * day - second) is None
    assert reminder_due(lapses, lapses - 14 * day, lapses - 3 * day) == 3
    assert reminder_due(lapses, None, lapses - 2 * day) == 3
    assert reminder_due(lapses, lapses - 3 * day, lapses - day) is None
    assert reminder_due(lapses, None, lapses) is None


def _on_one_line(words: Undertaking) -> str:
    return " ".join(words.text.split())
