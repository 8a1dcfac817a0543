"""What one version of a list changes of another, in whole sentences."""

from __future__ import annotations

from datetime import timedelta

from app.actions.eligibility import DifferenceView
from app.actions.lists import ListRow, ListView
from app.api.grant_schemas import minutes_of
from app.rules.differences import Pair
from app.rules.facts import Grant
from app.rules.lacking import CLASS_WORDS
from app.web.words import lasted

_ORDERS_OWN = "the Order’s own limit"
_TEXTS = {"ground": "why they need it", "conditions": "conditions", "place": "place", "agreement": "agreement"}
_OTHERS = {
    "exceptional": "what is recorded of its being exceptional",
    "for_person_id": "behind whom it stands",
    "is_group": "whether its title names one post",
    "holding_id": "the time in the post that was decided on",
}


def change_lines(changes: DifferenceView) -> list[str]:
    """Say everything that the later version changes; nothing where it changes nothing."""
    found, after, before = changes.difference, _names(changes.after), _names(changes.before)
    lines = [f"Adds {_post(one)}{_held(after, one)}" for one in found.added]
    lines += [f"Takes off {_post(one)}{_held(before, one)}" for one in found.removed]
    for pair in found.changed_holders:
        now, then = after.get(pair.after.grant_id) or "nobody", before.get(pair.before.grant_id) or "nobody"
        lines.append(f"Another person for {_post(pair.after)}: {now} instead of {then}")
    for pair in found.changed_terms:
        lines.append(f"Other terms for {_post(pair.after)}: {'; '.join(_term(pair, name) for name in pair.terms)}")
    return lines


def growth_line(view: ListView) -> str:
    """Compare the length of a version with the list of the release before; empty where there was none."""
    if not view.growth:
        return ""
    last, rows = view.growth[0], len(view.row.rows)
    more = rows - last.grants_count
    if more == 0:
        return f"As many as for {last.title}."
    return f"{abs(more)} {'more' if more > 0 else 'fewer'} than for {last.title}."


def _names(listed: ListRow | None) -> dict[str, str]:
    return {one.grant.grant_id: one.holder_name for one in (listed.rows if listed else ())}


def _post(grant: Grant) -> str:
    return f"{grant.post_title}, {grant.organisation}"


def _held(names: dict[str, str], grant: Grant) -> str:
    name = names.get(grant.grant_id)
    return f" ({name})" if name else ""


def _term(pair: Pair, name: str) -> str:
    now, then = getattr(pair.after, name), getattr(pair.before, name)
    if name == "asked":
        return f"{_span(now)} before publication instead of {_span(then)}"
    if name == "grant_class":
        return f"as {CLASS_WORDS[now]} instead of {CLASS_WORDS[then]}"
    if name == "ground_letter":
        return f"ground ({now})" if now else "no ground of the Order named"
    if name in _TEXTS:
        return f"{_TEXTS[name]}, now “{now}”" if now else f"{_TEXTS[name]}, taken out"
    return _OTHERS.get(name, name.replace("_", " "))


def _span(asked: timedelta | None) -> str:
    minutes = minutes_of(asked)
    return _ORDERS_OWN if minutes is None else lasted(minutes)
