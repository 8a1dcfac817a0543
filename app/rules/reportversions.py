"""A report as a person leaves it: what a version holds, how one follows from another, and what still waits."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from app.rules.account import AccountLine
from app.rules.errors import Malformed
from app.rules.reasons import instant_text
from app.rules.reportparts import Answer, Report, Section
from app.rules.reports import FORM_FREE
from app.rules.waiting import waits_for_a_person

OPENING_WORDS = (
    "This report covers the Code of Practice and the Order on pre-release access, to which the Code applies. Its "
    "account rests on the log of the pre-release access service; each entry is an exhibit that anyone can check."
)
_SHOWN_NOWHERE = frozenset(("Cc", "Cn", "Co", "Cs"))  # controls, and what stands for no letter
_UNSEEN = frozenset(("Cf", "Zl", "Zp", "Zs"))
PARAGRAPHS_LIMIT = 200
_DRAFT = "Draft"

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """How the answer to one question differs between two versions: paragraphs taken out, and paragraphs put in."""

    heading: str
    question: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


def content_of(report: Report) -> Content:
    """Give what a version holds, JSON-ready; its hash is over this as canonical JSON.

    Args:
        report: As drafted from the log.
    """
    record = report.as_record()
    title = report.title
    if title.startswith(f"{_DRAFT}. "):
        title = title.removeprefix(f"{_DRAFT}. ")
    return {
        "type": "pra-report/1",
        "incident_id": report.incident_id,
        "number": report.number,
        "form": report.form,
        "title": title.replace(f"{_DRAFT} record", "Record"),
        "opening_words": OPENING_WORDS,
        "drafted_at": instant_text(report.drafted_at),
        "sections": record["sections"],
        "account": record["account"],
        "exhibits": record["exhibits"],
    }


def report_of(content: Content, standing: tuple[str, ...]) -> Report:
    """Give a version as a report.

    Args:
        content: As ``content_of`` gave it, or ``edited``.
        standing: What it is worth, one sentence each.
    """
    return Report(
        incident_id=content["incident_id"],
        number=content["number"],
        form=content["form"],
        title=content["title"],
        opening_words=content["opening_words"],
        sections=tuple(
            Section(one["heading"], tuple(Answer(a["question"], tuple(a["paragraphs"])) for a in one["answers"]))
            for one in content["sections"]
        ),
        account=tuple(
            AccountLine(datetime.fromisoformat(one["at"]), one["text"], one["entry_id"]) for one in content["account"]
        ),
        exhibits=tuple(one["entry_id"] for one in content["exhibits"]),
        drafted_at=datetime.fromisoformat(content["drafted_at"]),
        standing=standing,
    )


def edited(content: Content, section: int, answers: Mapping[str, Sequence[str]]) -> Content:
    """Give the content with other answers in one section; every other word of it stays.

    The questions are the form's; in the free form they are the writer's own, and take the place of those there were.

    Args:
        section: Which, counted from 1.
        answers: Paragraphs by question; questions left out keep their answer, but in the free form.

    Raises:
        Malformed: There is no such section or question, or an answer is too long or empty.
    """
    sections = content["sections"]
    if not 1 <= section <= len(sections):
        raise Malformed(f"This form has sections 1 to {len(sections)}.")
    old = sections[section - 1]
    for question in answers:
        _demand_legible(question)
    given = {question: _paragraphs(question, texts) for question, texts in answers.items()}
    if content["form"] == FORM_FREE:
        new = [{"question": question, "paragraphs": texts} for question, texts in given.items()]
    else:
        known = [one["question"] for one in old["answers"]]
        unknown = [question for question in given if question not in known]
        if unknown:
            raise Malformed(
                f"Section {section} has no question {' or '.join(repr(one) for one in unknown)}. It asks: "
                f"{'; '.join(known)}."
            )
        new = [{**one, "paragraphs": given.get(one["question"], one["paragraphs"])} for one in old["answers"]]
    changed = {**old, "answers": new}
    return {**content, "sections": [changed if one is old else one for one in sections]}


def _paragraphs(question: str, texts: Sequence[str]) -> list[str]:
    found = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    if not found:
        raise Malformed(f"“{question}” would have no answer. Write one; “None.” is an answer too.")
    for paragraph in found:
        _demand_legible(paragraph)
    if len(found) > PARAGRAPHS_LIMIT:
        raise Malformed(f"“{question}” has {len(found)} paragraphs; at most {PARAGRAPHS_LIMIT} are kept.")
    return found


def _demand_legible(text: str) -> None:
    """Stop at text that no format shows, or not all of it: what is signed is what can be read."""
    kinds = {unicodedata.category(letter) for letter in text if letter != "\t"}
    if kinds & _SHOWN_NOWHERE or kinds <= _UNSEEN:
        raise Malformed("A question or an answer holds letters that no report can show. Type it again.")


def waiting_in(content: Content) -> tuple[str, ...]:
    """Give each question whose answer still waits for a person, with the heading of its section."""
    return tuple(
        f"{section['heading']}: {answer['question']}"
        for section in content["sections"]
        for answer in section["answers"]
        if any(map(waits_for_a_person, answer["paragraphs"]))
    )


def differences(before: Content, after: Content) -> tuple[AnswerChange, ...]:
    """Say how two versions differ, answer by answer: in the order of the later one, then what only the earlier had."""
    old, new = _answers(before), _answers(after)
    found = []
    for place in dict.fromkeys((*new, *old)):
        was, now = old.get(place, []), new.get(place, [])
        steps = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
        removed = tuple(text for step, a, b, _, _ in steps if step != "equal" for text in was[a:b])
        added = tuple(text for step, _, _, a, b in steps if step != "equal" for text in now[a:b])
        if removed or added:
            found.append(AnswerChange(*place, removed, added))
    return tuple(found)


def _answers(content: Content) -> dict[tuple[str, str], list[str]]:
    return {
        (section["heading"], answer["question"]): answer["paragraphs"]
        for section in content["sections"]
        for answer in section["answers"]
    }
