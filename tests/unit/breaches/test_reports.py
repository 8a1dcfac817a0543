"""Draft reports: both forms filled from facts, nothing invented, nobody named."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.reports_rendering import as_html, as_markdown
from app.rules import breaches
from app.rules.engaged import BY_LABEL, labelled
from app.rules.incidents import IncidentKind
from app.rules.reportparts import Report
from app.rules.reports import draft_report, form_for
from tests.build import a_release, london
from tests.unit.breaches.facts import FRIDAY, MONDAY, MOVED_AT, an_opening, report_facts

MOVED = breaches.after_move(a_release(publishes_at=FRIDAY), a_release(publishes_at=MONDAY), [an_opening()], MOVED_AT)
assert MOVED is not None  # the draft is there, or nothing below has anything to be made from
HEAD = "[to be completed by the head of profession: "
PROPOSED = "Proposed, to be confirmed by the head of profession: "
POST = "Head of Flood Policy, Department for Fog"
READ = "Thursday 8 September 2022, 9:30am (UK time)"
MOVE = "Thursday 8 September 2022, 8:00pm (UK time)"


def answers(report: Report) -> dict[str, list[str]]:
    """Every answer by the number of its section and its question."""
    return {
        f"{section.heading[0]} {answer.question}": list(answer.paragraphs)
        for section in report.sections
        for answer in section.answers
    }


def test_report_of_a_moved_release_fills_the_2018_form_from_the_log() -> None:
    report = draft_report(report_facts(MOVED))
    assert report.form == "2018"
    assert report.title == "Draft. Report of a breach of the Code of Practice for Statistics"
    assert [section.heading for section in report.sections] == [
        "1. Core information",
        "2. Circumstances of breach",
        "3. Impact of the breach",
        "4. Corrective actions (taken or planned)",
    ]
    told = answers(report)
    assert told["1 Title and link to statistical output"] == [
        "Rainfall, October 2026",
        "https://weather.gov.example/rainfall",
        "Series: Rainfall",
    ]
    assert told["1 Date of report"] == ["Friday 9 September 2022"]
    assert told["1 Head of profession or lead official"] == [f"{HEAD}name]"]
    practice, paragraph = labelled("T3.4", MOVED_AT), BY_LABEL["SI 2008/2998 Sch. para 4"]
    assert practice.cited.startswith(
        "Code of Practice 2018 as revised in 2022, T3.4: give the final form before release only to recipients"
    )
    assert told["2 Relevant principles and practices"] == [PROPOSED + practice.cited, PROPOSED + paragraph.cited]
    assert told["2 Date of occurrence"] == [MOVE]
    window = "which opens Sunday 11 September 2022, 9:30am (UK time)"
    asked = f"Access was asked for, by or for the post of {POST}, permitted, window opens {READ}."
    earlier = "access made longer than allowed by a change of the publication time, reported"
    assert told["2 Account of the breach, with roles, dates and times"][1:] == [
        f"Opening K7F3-9QXM, {POST}: {READ}, 72 hours before the window as it stands, {window}.",
        "From the log, in UK time:",
        "Thursday 1 September 2022, 10:00am (UK time): The eligibility list was approved. [ent_a]",
        f"{READ}: {asked} [ent_b]",
        f"{MOVE}: The release was given another time. [ent_c]",
        f"The publication time was changed after access had begun: {MOVE}.",
        f"{HEAD}why it was changed then]",
        f"Earlier, same series: incident 3, Monday 1 March 2021, {earlier}.",
    ]
    sent = "204800 bytes sent (completed); passphrase shown Thursday 8 September 2022, 9:31am (UK time)"
    assert told["3 Within the producer body"] == [
        "The log shows 1 opening by 1 post; 204800 bytes were sent.",
        f"Opening K7F3-9QXM, {POST}: opened {READ}; {sent}.",
    ]
    assert told["3 Externally"] == [
        "The log cannot know whether a delivered copy was read, kept, printed, shown or spoken of: ask each post.",
        f"{HEAD}reactions and impact outside]",
    ]
    assert report.exhibits == ("ent_a", "ent_b", "ent_c")


def test_report_of_a_moved_release_fills_the_2009_form_when_asked() -> None:
    report = draft_report(report_facts(MOVED), "2009")
    assert report.title == "Draft. Breach of the Code of Practice for Official Statistics"
    assert [section.heading for section in report.sections] == [
        "1. Background information",
        "2. Circumstances of breach",
        "3. Reactions and impact",
        "4. Corrective actions",
        "5. Links to published statements about this breach",
        "6. Any other relevant supporting material",
    ]
    told = answers(report)
    assert told["2 Reasons for breach"] == [
        f"The publication time was changed after access had begun: {MOVE}.",
        f"{HEAD}why it was changed then]",
    ]
    assert told["6 Exhibits"] == [
        f"Entry ent_{letter}, receipt at /api/v1/audit/entries/ent_{letter}/receipt" for letter in "abc"
    ]


def test_form_in_force_follows_the_day_of_occurrence() -> None:
    days = [london(2018, 2, 25, 23, 59), london(2018, 2, 26), london(2026, 1, 5)]
    assert [form_for(day) for day in days] == ["2009", "2018", "2018"]
    with pytest.raises(ValueError, match="no form"):
        draft_report(report_facts(MOVED), "1999")


def test_report_with_practices_corrected_by_a_person_states_them_as_theirs() -> None:
    corrected = report_facts(MOVED, practices=(BY_LABEL["T3.3"],))
    assert answers(draft_report(corrected))["2 Relevant principles and practices"] == [BY_LABEL["T3.3"].cited]


def test_report_of_a_near_miss_says_so_and_that_nothing_left() -> None:
    draft = breaches.after_refusals(a_release(), "per_ash", 3, MOVED_AT, 3, True)
    assert draft is not None
    report = draft_report(report_facts(draft, deliveries=(), entries=(), earlier=()))
    assert report.title.startswith("Draft record of a near miss, in the form of: ")
    told = answers(report)
    assert told["3 Within the producer body"] == [
        "The log shows no opening: nothing of the documents left the service."
    ]
    assert told["2 Relevant principles and practices"] == [
        f"{HEAD}the practices engaged, if any; none is proposed from the facts]"
    ]


def test_account_of_a_refusal_names_its_reasons_and_no_person() -> None:
    facts = report_facts(MOVED)
    refused = facts.entries[0].__class__(
        "ent_r",
        MOVED_AT,
        "access_decided",
        "refused",
        "someone with no post on the list",
        {"reasons": [{"code": "not_on_list", "source": "x"}, {"code": "release_postponed", "source": "y"}]},
    )
    (line,) = draft_report(report_facts(MOVED, entries=(refused,))).account
    assert line.text == (
        "Access was asked for, by or for someone with no post on the list, refused, because: not on list, release "
        "postponed."
    )


class _Text(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_title_with_markup_in_it_stays_text_in_both_renderings() -> None:
    hostile = "<script>alert(1)</script> *bold* [x](http://evil.example) | # 1. one"
    report = draft_report(report_facts(MOVED, release=a_release(title=hostile), producer_name="1. <b>x</b>"))
    page = _Text()
    page.feed(as_html(report))
    assert hostile in page.text
    assert {"script", "b"}.isdisjoint(page.tags)
    text = as_markdown(report)
    assert r"\<script\>alert(1)\</script\> \*bold\* \[x\](http://evil.example) \| \# 1. one" in text
    assert "\n1\\. \\<b\\>x\\</b\\>\n" in text


def test_html_report_has_one_first_heading_and_a_table_that_says_what_it_is() -> None:
    page = _Text()
    page.feed(as_html(draft_report(report_facts(MOVED))))
    headings = [tag for tag in page.tags if re.fullmatch(r"h\d", tag)]
    assert headings.count("h1") == 1
    assert headings[0] == "h1"
    assert [page.tags.count(tag) for tag in ("title", "main", "caption", "th", "tr")] == [1, 1, 1, 3, 4]


@given(
    name=st.sampled_from(["Ash Rowan", "Zoë O’Bramble"]), address=st.emails(), kind=st.sampled_from(list(IncidentKind))
)
def test_reporters_words_and_contact_are_never_in_a_report(name: str, address: str, kind: IncidentKind) -> None:
    draft = breaches.reported(
        kind,
        a_release(),
        text=f"{name} <{address}> told me.",
        reporter="a person who was signed in",
        occurred_at=MOVED_AT,
    )
    facts = report_facts(draft, facts={**draft.facts, "contact": address, "person_id": "per_ash"})
    for form in ("2018", "2009"):
        report = draft_report(facts, form)
        for rendered in (as_html(report), as_markdown(report), json.dumps(report.as_record(), ensure_ascii=False)):
            assert "what the reporter stated, on file with incident 7" in rendered
            assert [kept for kept in (name, address, "told me", "per_ash") if kept in rendered] == []
