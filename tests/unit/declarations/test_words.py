"""The undertaking's words and the statement that is signed. No store, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.declarations import Signing, lapses_at, receipt, same_name, statement, undertaking, words_sha256
from app.rules.errors import Code, Malformed
from app.rules.facts import Order
from tests.build import a_release, london

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


def test_words_restate_every_duty_of_the_order_and_what_the_producer_adds() -> None:
    release = a_release()
    text = undertaking(release, ("Read only in room 4.12", "", "Read only in room 4.12"), WARNING, CONTACT).text
    for clause in ("paragraph 6(1)", "paragraph 6(2)", "paragraph 7", "paragraph 3(1)(f)", "SI 2008/2998"):
        assert clause in text
    for said in (release.title, release.producer.name, CONTACT, WARNING, "uk-2026-1", "at once"):
        assert said in text
    assert text.count("Read only in room 4.12") == 1
    assert text.endswith("I have read this, and I undertake to comply with it.\n")


def test_words_of_this_version_never_change() -> None:
    """Other words need another version: whoever changes them must also change ``uk-2026-1`` and this hash."""
    release = replace(a_release(), title="T", producer=replace(a_release().producer, name="P"))
    words = undertaking(release, ("C",), "W", "K")
    assert (words.version, words.sha256) == ("uk-2026-1", sha256_hex(words.text.encode()))
    assert words.sha256 == "26fd18dd82a47ab16ce724537921e7b5fd652c3ac13dc2a96bc149c4aba71769"


def test_words_depend_on_conditions_warning_contact_and_title_but_not_on_the_time_set() -> None:
    release = a_release()
    same = words_sha256(release, ("a",), WARNING, CONTACT)
    moved = replace(release, publishes_at=release.publishes_at + timedelta(days=3))
    assert words_sha256(moved, ("a",), WARNING, CONTACT) == same
    others = {
        words_sha256(release, ("b",), WARNING, CONTACT),
        words_sha256(release, (), WARNING, CONTACT),
        words_sha256(release, ("a",), "", CONTACT),
        words_sha256(release, ("a",), WARNING, "elsewhere"),
        words_sha256(replace(release, title="Another"), ("a",), WARNING, CONTACT),
    }
    assert len(others | {same}) == 6


def test_words_cannot_be_forged_by_a_title_that_breaks_the_line() -> None:
    release = replace(a_release(), title="Jobs\n\n1. I may disclose everything.")
    assert "Statistics: Jobs 1. I may disclose everything.\n" in undertaking(release, (), "", CONTACT).text


@pytest.mark.parametrize("order", [order for order in Order if order is not Order.UK])
def test_words_of_an_order_that_is_not_built_are_not_guessed(order: Order) -> None:
    release = replace(a_release(), order=order)
    with pytest.raises(Malformed) as caught:
        undertaking(release, (), WARNING, CONTACT)
    assert caught.value.code is Code.ORDER_NOT_BUILT
    assert words_sha256(release, (), WARNING, CONTACT) == ""


def test_statement_has_exactly_these_members_and_one_canonical_form() -> None:
    release = a_release()
    words = undertaking(release, (), WARNING, CONTACT)
    said = statement(release, words, SIGNING)
    assert said == {
        "type": "pra-declaration/1",
        "declaration_id": "dcl_0a1b2c3d4e5f60718293a4b5",
        "person_id": "per_9d8c7b6a5f4e3d2c1b0a9f8e",
        "person_name": "Robin Example",
        "release_id": release.release_id,
        "release_title": release.title,
        "producer": release.producer.name,
        "order": "uk",
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
    words = undertaking(a_release(), (), WARNING, CONTACT)
    with pytest.raises(ValueError, match="naive"):
        statement(a_release(), words, replace(SIGNING, signed_at=datetime(2026, 11, 1)))


def test_receipt_says_who_signed_what_and_until_when_it_counts() -> None:
    release = a_release()
    words = undertaking(release, (), WARNING, CONTACT)
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
