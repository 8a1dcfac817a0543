"""Why a copy does not open: a table of what is told, and the one finding for each thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.rules.diagnosis import Finding, KnownCopy, Told, findings
from app.rules.diagnosiswords import FINDINGS, OPENS_WITH, FindingCode
from app.rules.slips import Slip, slips_in

TRUE = "tabon-merik-solat-bidur-famel-gorit"
SHA, OTHER_SHA = "ab" * 32, "cd" * 32
KNOWN = KnownCopy(
    "K7F3-9QXM",
    "zip",
    TRUE,
    revealed=True,
    fetched=True,
    of_bytes=1000,
    sha256=SHA,
    same_each_time=True,
    only_one=True,
)
ANEW = {"same_each_time": False, "copy_format": "pdf"}


def the_one(told: Told, known: KnownCopy = KNOWN) -> Finding:
    (found,) = findings(told, known)
    return found


@pytest.mark.parametrize(
    ("typed", "slips"),
    [
        (TRUE, ()),
        (f" {TRUE}\n", (Slip.BLANKS_AROUND,)),
        (TRUE.upper(), (Slip.CASE,)),
        (TRUE.capitalize(), (Slip.CASE,)),
        (TRUE.replace("-", " "), (Slip.HYPHENS,)),
        (TRUE.replace("-", ""), (Slip.HYPHENS,)),
        (TRUE.replace("-", "\u2013"), (Slip.HYPHENS,)),
        (f" {TRUE.replace('-', '_')} ", (Slip.HYPHENS,)),
        (TRUE.replace("o", "0"), (Slip.LOOKALIKES,)),
        (TRUE.replace("i", "1").replace("s", "5"), (Slip.LOOKALIKES,)),
        (TRUE.replace("l", "I"), (Slip.LOOKALIKES,)),
        (TRUE.replace("l", "|"), (Slip.LOOKALIKES,)),
        (TRUE.replace("m", "rn"), (Slip.LOOKALIKES,)),
        (TRUE.title().replace("-", " "), (Slip.CASE, Slip.HYPHENS)),
        (TRUE.title().replace("-", " ").replace("o", "0"), (Slip.LOOKALIKES, Slip.CASE, Slip.HYPHENS)),
        (f" {TRUE.upper()}", (Slip.BLANKS_AROUND, Slip.CASE)),
        (TRUE[:-1] + "k", None),
        (TRUE[:-1], None),
        (f"{TRUE}-{TRUE}", None),
        ("-".join(reversed(TRUE.split("-"))), None),
        ("\ud800", None),
        ("", None),
    ],
)
def test_slips_are_the_fewest_that_explain_what_was_typed(typed: str, slips: tuple[Slip, ...] | None) -> None:
    assert slips_in(typed, TRUE) == slips


@pytest.mark.parametrize(
    ("typed", "changes", "code"),
    [
        (TRUE, {}, FindingCode.PASSPHRASE_RIGHT),
        (TRUE.upper(), {}, FindingCode.PASSPHRASE_SLIPS),
        ("k7f39qxm", {}, FindingCode.PASSPHRASE_IS_NUMBER),
        (TRUE[:32], {}, FindingCode.PASSPHRASE_SHORT),
        (f"{TRUE}-tabon", {}, FindingCode.PASSPHRASE_LONG),
        (TRUE.replace("tabon", "tabun"), {}, FindingCode.PASSPHRASE_DIFFERS),
        (TRUE, {"revealed": False}, FindingCode.PASSPHRASE_NOT_REVEALED),
        (TRUE, {"passphrase": None}, FindingCode.PASSPHRASE_FORGOTTEN),
        (TRUE, {"stopped": True}, FindingCode.NOT_COMPARED),
        (TRUE, {"published": True, "standing": False}, FindingCode.PASSPHRASE_RIGHT),
    ],
)
def test_passphrase_has_one_finding(typed: str, changes: dict[str, Any], code: FindingCode) -> None:
    found = the_one(Told(passphrase=typed), replace(KNOWN, **changes))
    assert (found.about, found.code, found.resume_from) == ("passphrase", code, None)


@pytest.mark.parametrize(
    ("size", "sha256", "changes", "code", "resume_from"),
    [
        (1000, SHA, {}, FindingCode.FILE_COMPLETE, None),
        (None, SHA, {}, FindingCode.FILE_COMPLETE, None),
        (1000, None, {}, FindingCode.FILE_LENGTH_RIGHT, None),
        (1000, OTHER_SHA, {"sha256": None}, FindingCode.FILE_LENGTH_RIGHT, None),
        (999, None, {}, FindingCode.FILE_CUT, 999),
        (999, OTHER_SHA, {}, FindingCode.FILE_CUT, 999),
        (0, None, {}, FindingCode.FILE_CUT, 0),
        (999, None, {"standing": False}, FindingCode.FILE_CUT, None),
        (999, None, ANEW, FindingCode.FILE_CUT, None),
        (1001, None, {}, FindingCode.FILE_LONGER, None),
        (1000, OTHER_SHA, {}, FindingCode.FILE_DIFFERS, None),
        (None, OTHER_SHA, {}, FindingCode.FILE_DIFFERS, None),
        (999, None, {"only_one": False}, FindingCode.FILE_DIFFERS, None),
        (999, None, {"only_one": False, **ANEW}, FindingCode.FILE_DIFFERS, None),
        (None, SHA, {"sha256": None}, FindingCode.FILE_NOT_COMPARABLE, None),
        (1000, None, {"of_bytes": None}, FindingCode.FILE_NOT_COMPARABLE, None),
        (1000, None, {"fetched": False, "of_bytes": None}, FindingCode.FILE_NOT_FETCHED, None),
        (999, None, {"stopped": True}, FindingCode.NOT_COMPARED, None),
    ],
)
def test_file_has_one_finding(
    size: int | None, sha256: str | None, changes: dict[str, Any], code: FindingCode, resume_from: int | None
) -> None:
    found = the_one(Told(size_bytes=size, sha256=sha256), replace(KNOWN, **changes))
    assert (found.about, found.code, found.resume_from) == ("file", code, resume_from)


def test_each_thing_told_has_its_finding_and_nothing_told_has_none() -> None:
    assert [one.code for one in findings(Told(TRUE, 999, None), KNOWN)] == [
        FindingCode.PASSPHRASE_RIGHT,
        FindingCode.FILE_CUT,
    ]
    assert findings(Told(), KNOWN) == ()


def test_what_is_said_of_a_cut_file_names_both_lengths_and_where_to_go_on() -> None:
    found = the_one(Told(size_bytes=700))
    assert (found.detail, found.remedy) == (
        "The file was cut: it has 700 of the copy's 1000 bytes. No program opens that.",
        "Fetch the rest: ask for “Range: bytes=700-”, with the copy's ETag as “If-Range”.",
    )


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        (ANEW, "Delete what you have and fetch the whole copy again."),
        ({"standing": False}, "Delete what you have and open the document again: this opening has ended."),
        ({"standing": False, "published": True}, "It has been published by now: read it where everybody can."),
    ],
)
def test_remedy_for_a_cut_file_is_one_that_can_be_done(changes: dict[str, Any], remedy: str) -> None:
    assert the_one(Told(size_bytes=700), replace(KNOWN, **changes)).remedy == remedy


def test_no_finding_holds_a_word_of_the_passphrase() -> None:
    wrong = ("", TRUE.upper(), TRUE.replace("-", ""), TRUE[:-1], f"{TRUE}x", TRUE.replace("tabon", "tabun"))
    told = " ".join(f"{one.detail} {one.remedy}" for typed in wrong for one in findings(Told(typed, 1, SHA), KNOWN))
    assert [word for word in TRUE.split("-") if word in told.lower()] == []
    assert TRUE not in repr(KNOWN) + repr(Told(TRUE))


def test_every_finding_has_its_words_and_every_format_its_programs() -> None:
    assert set(FINDINGS) == set(FindingCode)
    assert set(OPENS_WITH) == {"pdf", "docx", "xlsx", "pptx", "zip"}
