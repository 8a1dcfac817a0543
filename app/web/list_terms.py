"""The terms of a row as people fill them in, and as the API would be sent them."""

from __future__ import annotations

import re
from datetime import datetime

from app.actions.lists import GrantRow, ListView
from app.actions.standing import StandingRow
from app.api.grant_schemas import GrantChangeIn, GrantIn, HolderIn, minutes_of
from app.rules.acknowledgement import grounds_of
from app.rules.facts import LONDON, ExceptionalGrant, GrantClass, Order, Release
from app.rules.granting import classes_of
from app.rules.lacking import CLASS_WORDS
from app.web.asking import FaultyForm, Form, checked, typed_day, typed_instant

_HOURS = re.compile(r"([0-9]{1,4})(?::([0-5][0-9])|\.([0-9]))?")
_CLOCK_WITH_A_DOT = re.compile(r"([0-9]{1,4})\.([0-9]{2})")  # half past, or decimals: nobody but who typed it can tell
INFORMED, _HELD_FROM = "board_informed_on-day", "held_from_on-day"
_INFORMED_REST = ("board_informed_on-month", "board_informed_on-year", "board_informed_clock")
_TERMS = ("post_title", "organisation", "grant_class", "ground", "ground_letter", "conditions", "place", "agreement")
WORDS = {
    "post_title": "Enter the post, on one line of up to 300 letters",
    "organisation": "Enter the organisation, on one line of up to 200 letters",
    "grant_class": "Choose on what footing",
    "ground": "Say why, in up to 5,000 letters",
    "ground_letter": "Choose a ground of the list",
    "asked_minutes": "Enter hours, like 21 or 21:30, up to 62 days; or leave it empty",
    "conditions": "Shorten this to 5,000 letters",
    "place": "Name the place in up to 300 letters",
    "agreement": "Say where it is kept, in up to 5,000 letters",
    "for_person_id": "Choose somebody who stands on this list",
    "exceptional": "Give the reasons in up to 5,000 letters",
    "email": "Enter the work e-mail address that this person alone reads",
    "name": "Enter the person's name",
    "held_from_on": "Enter the first day, like 5 1 2027, or leave it empty",
}
_TWO_WAYS = "Enter hours and minutes with a colon, like 21:30; a dot takes one decimal only, like 21.5"
_BOARD = "Enter the day and the time at which the Board was informed, like 24 3 2027 and 4:00pm, or leave both empty"
LETTERS = {
    Order.UK: {
        "i": "answers and statements at or shortly after publication: paragraph 3(1)(a)(i)",
        "ii": "action before, at or shortly after publication: paragraph 3(1)(a)(ii)",
        "1": "the Bank of England: paragraph 12(1)",
        "5a": "the Treasury: paragraph 12(5)(a)",
        "5b": "the Treasury: paragraph 12(5)(b)",
    },
    Order.NORTHERN_IRELAND: {
        "i": "answers and statements at or shortly after publication: paragraph 3(1)(a)(i)",
        "ii": "action before, at or shortly after publication: paragraph 3(1)(a)(ii)",
    },
}


def added(form: Form) -> tuple[GrantIn, HolderIn | None]:
    """Read a new row, and who holds the post where somebody is named.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    faults: dict[str, str] = {}
    given = holder = None
    try:
        given = checked(GrantIn, _sent(form), WORDS)
    except FaultyForm as error:
        faults |= error.faults
    try:
        holder = holder_of(form)
    except FaultyForm as error:
        faults |= error.faults
    if faults or given is None:
        raise FaultyForm(faults)
    return given, holder


def changed(form: Form, row: GrantRow) -> GrantChangeIn:
    """Read what of a row was filled in anew; what stands there as it stood is not sent.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    before = filled(row)
    given = {name for name in form.fields if form[name] != before.get(name, "").strip()}
    sent = {name: value for name, value in _sent(form).items() if name in given}
    if given & {INFORMED, "exceptional", *_INFORMED_REST}:
        sent["exceptional"] = _exceptional(form, row.grant.exceptional)
    if form.ticked("one_post"):
        sent["one_post"] = True
    return checked(GrantChangeIn, sent, WORDS)


def _sent(form: Form) -> dict[str, object]:
    """Give the terms of a row as the API would be sent them.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    faults = {name: WORDS[name] for name in ("post_title", "organisation") if not form[name]}
    sent: dict[str, object] = {name: form[name] for name in _TERMS}
    sent["for_person_id"] = form["for_person_id"] or None
    try:
        sent["asked_minutes"] = minutes(form["asked_minutes"])
    except ValueError as error:
        faults["asked_minutes"] = str(error)
    sent["exceptional"] = _exceptional(form)
    if _informed_at(form) is None and any(form[f"board_informed_on-{part}"] for part in ("day", "month", "year")):
        faults[INFORMED] = _BOARD
    if faults:
        raise FaultyForm(faults)
    return sent


def _exceptional(form: Form, known: ExceptionalGrant | None = None) -> dict[str, object] | None:
    """Give the exceptional terms as they are filled in; the instant on record stays while its minute does."""
    informed_at, on_record = _informed_at(form), known.board_informed_at if known is not None else None
    if on_record is not None and informed_at == on_record.replace(second=0, microsecond=0):
        informed_at = on_record
    if not form["exceptional"] and informed_at is None:
        return None
    return {"reasons": form["exceptional"], "board_informed_at": informed_at}


def minutes(typed: str) -> int | None:
    """Read a span in hours as people type it: ``21``, ``21.5``, ``21:30``; None where nothing is typed.

    Times of day may be typed with a dot, so ``21.30`` may be meant as ``21:30``: two decimals are asked about.

    Raises:
        ValueError: It is no such span, or can be read in two ways; says what to do.
    """
    if not typed:
        return None
    found = _HOURS.fullmatch(typed)
    if found is None:
        raise ValueError(_TWO_WAYS if _CLOCK_WITH_A_DOT.fullmatch(typed) else WORDS["asked_minutes"])
    return int(found[1]) * 60 + int(found[2] or 0) + int(found[3] or 0) * 6


def _hours(minutes: int | None) -> str:
    """Write a span in hours, so that it reads as it was typed."""
    if minutes is None:
        return ""
    return str(minutes // 60) if minutes % 60 == 0 else f"{minutes // 60}:{minutes % 60:02d}"


def _informed_at(form: Form) -> datetime | None:
    return typed_instant(form, "board_informed_on", "board_informed_clock")


def holder_of(form: Form) -> HolderIn | None:
    """Read who holds the post; None where nobody is named.

    Raises:
        FaultyForm: Something is missing, or cannot be read; by field.
    """
    try:
        held_from_on = typed_day(form, "held_from_on")
    except ValueError:
        raise FaultyForm({_HELD_FROM: WORDS["held_from_on"]}) from None
    if not form["email"]:
        if form["name"] or held_from_on:
            raise FaultyForm({"email": WORDS["email"]})
        return None
    sent: dict[str, object] = {"email": form["email"], "name": form["name"] or None}
    if held_from_on:
        sent["held_from_on"] = held_from_on
    try:
        return checked(HolderIn, sent, WORDS)
    except FaultyForm as error:
        raise FaultyForm(
            {_HELD_FROM if name == "held_from_on" else name: words for name, words in error.faults.items()}
        ) from None


def choices(release: Release, view: ListView, row: GrantRow | None) -> dict[str, list[dict[str, str]]]:
    """Give what there is to choose from: the footings and grounds of the Order, and the people on the list."""
    letters = grounds_of(release.order) or LETTERS.get(release.order, {})
    known = classes_of(release.order)
    own = row.grant if row is not None else None
    named = {one.grant.person_id or "": one.holder_name for one in view.row.rows if one.grant.person_id}
    found = {
        "classes": [(one.value, CLASS_WORDS[one]) for one in GrantClass if one in known],
        "letters": [("", "None named"), *((letter, f"({letter}) {words}") for letter, words in letters.items())],
        "people": [("", "Nobody"), *(one for one in named.items() if own is None or one[0] != own.person_id)],
    }
    if own is not None:  # what stands there is kept until somebody chooses anew, also where the Order has no such thing
        keep(found["classes"], own.grant_class.value, f"{CLASS_WORDS[own.grant_class]} (not known to this Order)")
        keep(found["letters"], own.ground_letter, f"({own.ground_letter}) is none of this Order’s")
        keep(found["people"], own.for_person_id or "", "Somebody who is not on this list")
    return {name: [{"value": value, "text": text} for value, text in those] for name, those in found.items()}


def keep(offered: list[tuple[str, str]], value: str, text: str) -> None:
    """Offer what stands there already, also where it would not be offered otherwise."""
    if value not in {one[0] for one in offered}:
        offered.append((value, text))


def filled(row: GrantRow | StandingRow) -> dict[str, str]:
    """Give the fields of a form as a row has them."""
    grant = row.grant
    found = {name: str(getattr(grant, name)) for name in _TERMS if name != "grant_class"}
    found |= {
        "grant_class": grant.grant_class.value,
        "for_person_id": grant.for_person_id or "",
        "asked_minutes": _hours(minutes_of(grant.asked)),
        "email": row.holder_email,
        "name": row.holder_name,
    }
    if grant.exceptional is not None:
        found["exceptional"] = grant.exceptional.reasons
        if grant.exceptional.board_informed_at is not None:
            at = grant.exceptional.board_informed_at.astimezone(LONDON)
            found |= {
                "board_informed_on-day": str(at.day),
                "board_informed_on-month": str(at.month),
                "board_informed_on-year": str(at.year),
                "board_informed_clock": f"{at:%H:%M}",
            }
    return found
