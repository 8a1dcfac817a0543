"""A draft report from facts, in the form of 2018 or in that of 2009."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from app.rules import answers, earlier
from app.rules.account import AccountLine, account
from app.rules.facts import london_date, london_text
from app.rules.practices import CODE_2018_FROM
from app.rules.rehearsals import HEADING
from app.rules.reportparts import Answer, Report, ReportFacts, Section
from app.rules.waiting import to_complete

FORM_2009 = "2009"
FORM_2018 = "2018"
FORM_FREE = "free"
# The form changed with the edition of the Code. What is asked for now is simpler still, but its fields are not
# established, so the form of 2018 serves for everything since.
FORM_2018_FROM: date = CODE_2018_FROM


def form_for(occurred_at: datetime) -> str:
    """Say which form was in force when something occurred, by the London day.

    Args:
        occurred_at: Aware.
    """
    return FORM_2018 if london_date(occurred_at) >= FORM_2018_FROM else FORM_2009


def draft_report(facts: ReportFacts, form: str | None = None) -> Report:
    """Fill a form from facts.

    Args:
        facts: Everything it is made from.
        form: ``2018``, ``2009`` or ``free``; None means the one in force when the incident occurred.

    Raises:
        ValueError: There is no such form.
    """
    chosen = form or form_for(facts.occurred_at)
    lines, left_off = account(facts.entries)
    if chosen == FORM_2018:
        sections, title = (
            _form_2018(facts, lines, left_off),
            "Report of a breach of the Code of Practice for Statistics",
        )
    elif chosen == FORM_2009:
        sections, title = _form_2009(facts, lines, left_off), "Breach of the Code of Practice for Official Statistics"
    elif chosen == FORM_FREE:
        sections, title = _form_free(facts, lines, left_off), "Report of an incident"
    else:
        raise ValueError(f"there is no form {chosen!r}")
    what = "Draft record of a near miss, in the form of: " if facts.near_miss else "Draft. "
    if facts.release is not None and facts.release.rehearsal:
        what = f"{HEADING}, no breach. {what}"
    return Report(
        incident_id=facts.incident_id,
        number=facts.number,
        form=chosen,
        title=what + title,
        opening_words=(
            "Drafted from the log of the pre-release access service. It covers the Code of Practice and the Order on "
            "pre-release access, to which the Code applies. Everything in square brackets, and everything proposed, "
            "waits for a person; nothing is submitted by the service."
        ),
        sections=sections,
        account=lines,
        exhibits=tuple(dict.fromkeys(line.entry_id for line in lines)),
        drafted_at=facts.drafted_at,
        standing=(
            "Draft, not signed off, not submitted.",
            f"Drafted {london_text(facts.drafted_at)}.",
        ),
    )


def _form_2018(facts: ReportFacts, lines: Sequence[AccountLine], left_off: int) -> tuple[Section, ...]:
    return (
        Section(
            "1. Core information",
            (
                Answer("Title and link to statistical output", answers.title(facts)),
                Answer("Name of producer organisation", answers.producer(facts)),
                Answer("Name and contact details of person dealing with report", (to_complete("name and contact"),)),
                Answer("Head of profession or lead official", facts.officials or (to_complete("name"),)),
                Answer("Link to published statement about the breach", (to_complete("link, or none"),)),
                Answer("Date of report", (answers.day(facts.drafted_at),)),
            ),
        ),
        Section(
            "2. Circumstances of breach",
            (
                Answer("Relevant principles and practices", answers.practices(facts)),
                Answer("Date of occurrence", answers.occurrence(facts)),
                Answer(
                    "Account of the breach, with roles, dates and times",
                    (
                        *answers.nature(facts),
                        *answers.told(lines, left_off),
                        *answers.recalled(facts),
                        *answers.reasons(facts),
                        *earlier.told_of(facts),
                    ),
                ),
            ),
        ),
        Section(
            "3. Impact of the breach",
            (
                Answer("Within the producer body", answers.shown(facts)),
                Answer("Externally", (*answers.unknown(facts), to_complete("reactions and impact outside"))),
            ),
        ),
        Section(
            "4. Corrective actions (taken or planned)",
            (
                Answer("Short-term actions", answers.short_term(facts)),
                Answer("Longer-term changes", answers.long_term(facts)),
            ),
        ),
    )


def _form_2009(facts: ReportFacts, lines: Sequence[AccountLine], left_off: int) -> tuple[Section, ...]:
    return (
        Section(
            "1. Background information",
            (
                Answer("Name of statistical output, with link", answers.title(facts)),
                Answer("Name of producer organisation", answers.producer(facts)),
                Answer(
                    "Head of profession (or lead official) submitting this report, and date of report",
                    (*(facts.officials or (to_complete("name and contact"),)), answers.day(facts.drafted_at)),
                ),
            ),
        ),
        Section(
            "2. Circumstances of breach",
            (
                Answer("Relevant principle or protocol, and practice", answers.practices(facts)),
                Answer("Date of occurrence", answers.occurrence(facts)),
                Answer(
                    "Nature of breach, including links with previous breaches",
                    (
                        *answers.nature(facts),
                        *answers.told(lines, left_off),
                        *answers.recalled(facts),
                        *earlier.told_of(facts),
                    ),
                ),
                Answer("Reasons for breach", answers.reasons(facts)),
            ),
        ),
        Section(
            "3. Reactions and impact",
            (
                Answer("Within the producer body", answers.shown(facts)),
                Answer("Outside", (*answers.unknown(facts), to_complete("reactions and impact outside"))),
            ),
        ),
        Section(
            "4. Corrective actions",
            (
                Answer("Short-term actions", answers.short_term(facts)),
                Answer("Long-term changes to procedures", answers.long_term(facts)),
            ),
        ),
        Section(
            "5. Links to published statements about this breach",
            (Answer("Links", (to_complete("links, or none"),)),),
        ),
        Section("6. Any other relevant supporting material", (Answer("Exhibits", answers.exhibits(lines)),)),
    )


def _form_free(facts: ReportFacts, lines: Sequence[AccountLine], left_off: int) -> tuple[Section, ...]:
    """Two sections whose questions the writer may replace, for bodies that have no form or another."""
    return (
        Section(
            "1. What happened",
            (
                Answer("Statistical output and producer", (*answers.title(facts), *answers.producer(facts))),
                Answer("When", answers.occurrence(facts)),
                Answer("Account", (*answers.nature(facts), *answers.told(lines, left_off), *answers.recalled(facts))),
            ),
        ),
        Section(
            "2. What follows from it",
            (
                Answer("Practices engaged", answers.practices(facts)),
                Answer("Reasons and impact", (*answers.reasons(facts), *answers.shown(facts), *answers.unknown(facts))),
                Answer("Earlier breaches", earlier.told_of(facts)),
                Answer("Actions", (*answers.short_term(facts), *answers.long_term(facts))),
            ),
        ),
    )
