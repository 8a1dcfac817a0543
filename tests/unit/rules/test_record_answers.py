"""The record of access: what stands in it under each Order, what is given of it, by when, and when to be reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.api.record_formats import as_markdown, as_page, as_rows
from app.rules.facts import Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.incidents import IncidentKind
from app.rules.record_answers import answer_due_on, on_request, reminders_since
from app.rules.record_facts import RecordedAccess, RecordFacts, ReportReceived, Representation, Told
from app.rules.statutory_record import statutory_record
from app.rules.workingdays import start_of

AT = datetime(2026, 6, 16, 8, 30, tzinfo=UTC)
NOW = AT + timedelta(days=1)
ADDRESS = "ana@example.gov.example"


def facts(order: Order) -> RecordFacts:
    release = Release(
        "rel_a",
        Producer("prd_a", "Office"),
        "Waiting <times>",
        order,
        Sensitivity.ORDINARY,
        ReleaseState.PUBLISHED,
        AT,
        published_at=AT,
    )
    ana = RecordedAccess("Ana", "Secretary", "Health", ADDRESS, "eligible_person", "Briefs", "a", "", "", AT, AT)
    ben = replace(
        ana, name="Ben", ground_letter="h", ground="A vigil", agreement="Letter of 2 May", for_whom="Secretary"
    )
    reports = (
        ReportReceived(IncidentKind.INDICATION_GIVEN, "It was hinted at.", "Ana", AT, by_recipient=True),
        ReportReceived(IncidentKind.ONWARD_SHARING, "It was sent on.", "Cai", AT),
        ReportReceived(None, "Late to report.", "Cai", AT),
    )
    told = (Told("An increase.", "4(5)", AT, to_board=False), Told("A notice.", "7", AT, to_board=True))
    said = (Representation("Ana", "timing", AT, "Could it wait?"),)
    return RecordFacts(release, (ana, ben), said, reports, told)


def test_scottish_record_has_items_a_to_h_each_with_what_belongs_there() -> None:
    record = statutory_record(facts(Order.SCOTLAND), NOW)
    rows = {section.letter: section.rows for section in record.sections}
    assert "".join(rows) == "abcdefgh"
    assert [row[0] for row in rows["b"]] == ["Ana", "Ben"]
    assert [row[2:] for row in rows["d"]] == [("(a)", "Briefs"), ("(h)", "A vigil")]
    assert rows["e"][0][1:] == ("Ana", "timing", "Could it wait?")
    assert [row[0] for row in rows["f"]] == ["Ben"]
    assert [row[1] for row in rows["g"]] == ["An increase."]
    assert len(rows["h"]) == 3


def test_welsh_record_has_items_a_to_k_each_with_what_belongs_there() -> None:
    record = statutory_record(facts(Order.WALES), NOW)
    rows = {section.letter: section.rows for section in record.sections}
    assert "".join(rows) == "abcdefghijk"
    assert [row[-1] for row in rows["b"]] == [ADDRESS, ADDRESS]
    assert [row[2] for row in rows["e"]] == ["A vigil"]
    assert [row[1] for row in rows["g"]] == ["A notice."]
    assert ([row[1] for row in rows["h"]], [row[2] for row in rows["i"]]) == (["Ana"], ["Late to report."])
    assert "sent on" in rows["j"][0][2]
    assert "hinted" in rows["k"][0][2]


@pytest.mark.parametrize("order", [Order.UK, Order.NORTHERN_IRELAND])
def test_other_orders_have_no_record_kept_and_none_is_given(order: Order) -> None:
    for made in (statutory_record, on_request):
        with pytest.raises(ValueError, match="record"):
            made(facts(order), NOW)


def test_welsh_answer_leaves_out_contact_details_and_everything_after_item_g() -> None:
    given = on_request(facts(Order.WALES), NOW).as_record()
    assert "".join(section["letter"] for section in given["sections"]) == "abcdefg"
    for text in (str(given), str(as_rows(given)), as_markdown(given), as_page(given)):
        assert (ADDRESS in text, "hinted" in text, "Late to report" in text, "Could it wait?" in text) == (
            False,
            False,
            False,
            True,
        )


def test_scottish_answer_names_those_on_ground_h_and_others_only_where_the_producer_chooses() -> None:
    by_title = on_request(facts(Order.SCOTLAND), NOW).sections[0].rows
    assert [row[0] for row in by_title] == ["", "Ben"]
    by_name = on_request(facts(Order.SCOTLAND), NOW, people_by="name").sections[0].rows
    assert [row[0] for row in by_name] == ["Ana", "Ben"]


def test_formats_let_no_word_of_the_record_become_markup() -> None:
    given = on_request(facts(Order.WALES), NOW).as_record()
    assert "<times>" not in as_page(given)
    assert "\\<times\\>" in as_markdown(given)


@pytest.mark.parametrize(
    ("received", "holidays", "due"),
    [
        ("2026-06-01", [], "2026-06-29"),
        ("2026-06-06", [], "2026-07-03"),  # received on a Saturday
        ("2026-08-05", ["2026-08-31"], "2026-09-03"),
        ("2026-12-10", ["2026-12-28", "2027-01-01"], "2027-01-12"),  # Christmas Day is left out by itself
        ("2026-03-16", ["2026-04-06"], "2026-04-15"),  # and so is Good Friday
    ],
)
def test_welsh_answer_is_due_on_the_twentieth_working_day_after_the_day_of_receipt(
    received: str, holidays: list[str], due: str
) -> None:
    days = frozenset(map(date.fromisoformat, holidays))
    assert answer_due_on(Order.WALES, date.fromisoformat(received), days) == date.fromisoformat(due)
    assert answer_due_on(Order.SCOTLAND, date.fromisoformat(received), days) is None


def test_reminders_come_before_the_day_on_it_and_each_week_after() -> None:
    asked, due = date(2026, 6, 1), date(2026, 6, 29)

    def on(day: date, due_on: date | None = due) -> tuple[str, ...]:
        return reminders_since(asked, due_on, start_of(day))

    assert [on(due + timedelta(days=n)) for n in (-6, -5, -1, 0, 6, 7, 14)] == [
        (),
        ("soon",),
        ("soon",),
        ("today",),
        ("today",),
        ("late-1",),
        ("late-2",),
    ]
    assert [on(asked + timedelta(days=n), None) for n in (6, 7, 13, 14)] == [(), ("week-1",), ("week-1",), ("week-2",)]
