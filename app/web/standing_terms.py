"""The terms of a line of a standing list as people fill them in, and as the API would be sent them."""

from __future__ import annotations

from app.actions.standing import StandingRow, StandingView
from app.api.grant_schemas import GrantChangeIn
from app.api.series import StandingChangeIn
from app.rules.acknowledgement import grounds_of
from app.rules.facts import GrantClass, Order
from app.rules.granting import classes_of
from app.rules.lacking import CLASS_WORDS
from app.rules.listlife import FOR_ONE_RELEASE
from app.web.asking import FaultyForm, Form, checked
from app.web.list_terms import LETTERS, WORDS, filled, keep, minutes

_CHANGEABLE = ("grant_class", "ground", "conditions")
_CALLED = {
    "email": "Address of the holder",
    "grant_class": "Footing",
    "ground": "Why the post needs it",
    "asked_minutes": "Hours before publication",
    "conditions": "Conditions",
}


def changed(form: Form, row: StandingRow) -> GrantChangeIn:
    """Read what of a line was filled in anew; what stands there as it stood is not sent.

    Raises:
        FaultyForm: Something cannot be read; by field.
    """
    before = filled(row)
    sent: dict[str, object] = {name: form[name] for name in _CHANGEABLE if form[name] != before[name].strip()}
    if form["asked_minutes"] != before["asked_minutes"]:
        try:
            sent["asked_minutes"] = minutes(form["asked_minutes"])
        except ValueError as error:
            raise FaultyForm({"asked_minutes": str(error)}) from None
    given = checked(StandingChangeIn, sent, WORDS)
    return GrantChangeIn(**{name: getattr(given, name) for name in given.model_fields_set})


def as_it_stands(form: Form, row: StandingRow) -> tuple[tuple[str, str], ...]:
    """Give, by name, how a line stands now wherever something else was typed; whoever sends that again replaces it."""
    now = filled(row)
    other = [name for name in _CALLED if name in form.fields and form[name] != now[name].strip()]
    told = {**now, "grant_class": CLASS_WORDS[row.grant.grant_class]}
    return tuple((_CALLED[name], told[name] or "Nothing") for name in other)


def choices(view: StandingView, row: StandingRow | None) -> dict[str, list[dict[str, str]]]:
    """Give what there is to choose from: the footings and grounds of the series' Order, and the people on the list.

    What is decided for one release alone is not offered. A ground has its letter from one Order, so none is offered
    where releases of the series have several Orders, or there is none yet.
    """
    orders = view.orders or frozenset(Order)
    known = frozenset(one for order in orders for one in classes_of(order)) - frozenset(FOR_ONE_RELEASE)
    letters = [
        (letter, f"({letter}) {words}")
        for order in (orders if len(orders) == 1 else ())
        for letter, words in (grounds_of(order) or LETTERS.get(order, {})).items()
    ]
    named = {one.grant.person_id: one.holder_name for one in view.rows if one.grant.person_id}
    classes = [(one.value, CLASS_WORDS[one]) for one in GrantClass if one in known]
    if row is not None:
        keep(classes, row.grant.grant_class.value, f"{CLASS_WORDS[row.grant.grant_class]} (as it stands)")
    found = {
        "classes": classes,
        "letters": [("", "None named"), *letters] if letters else [],
        "people": [("", "Nobody"), *named.items()],
    }
    return {name: [{"value": value, "text": text} for value, text in those] for name, those in found.items()}
