"""How one version of an eligibility list differs from another: seats, holders, terms. Facts in, facts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from app.rules.facts import EligibilityList, Grant

# What says which grant it is, who holds it, or what was decided or noticed since; everything else is a term of it.
_NO_TERMS = {
    "grant_id",
    "post_title",
    "organisation",
    "person_id",
    "seat",
    "held_from_on",
    "held_until_on",
    "paused_reason",
    "defects",
    "confirm_needed",
}
TERMS = tuple(one.name for one in fields(Grant) if one.name not in _NO_TERMS)


@dataclass(frozen=True, slots=True)
class Pair:
    """A seat that stands on both versions.

    Attributes:
        terms: Names of the terms that are not the same.
    """

    after: Grant
    before: Grant
    terms: tuple[str, ...]

    @property
    def other_holder(self) -> bool:
        """Whether another person is named, or somebody where nobody was."""
        return self.after.person_id != self.before.person_id

    @property
    def other_days(self) -> bool:
        """Whether the holder is recorded as holding the post on other days."""
        after, before = self.after, self.before
        return (after.held_from_on, after.held_until_on) != (before.held_from_on, before.held_until_on)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a later version adds to an earlier one, takes from it, and leaves with other terms or another holder."""

    added: tuple[Grant, ...]
    removed: tuple[Grant, ...]
    pairs: tuple[Pair, ...]

    @property
    def changed_terms(self) -> tuple[Pair, ...]:
        """The seats whose terms are not the same."""
        return tuple(pair for pair in self.pairs if pair.terms)

    @property
    def changed_holders(self) -> tuple[Pair, ...]:
        """The seats whose holder is not the same."""
        return tuple(pair for pair in self.pairs if pair.other_holder)


def difference(after: Iterable[Grant], before: Iterable[Grant]) -> Difference:
    """Compare two versions. The same person in the same post is one seat, whatever number the seat has.

    Args:
        after: The grants of the later version.
        before: The grants of the earlier one.

    Returns:
        Added and paired grants in the order of the later version, removed ones in the order of the earlier.
    """
    added, pairs, gone = [], [], list(before)
    left = []
    for grant in after:
        same = next((one for one in gone if _post(one) == _post(grant) and one.person_id == grant.person_id), None)
        if same is None:
            left.append(grant)
        else:
            gone.remove(same)
            pairs.append(_pair(grant, same))
    for grant in left:
        same = next((one for one in gone if _post(one) == _post(grant)), None)
        if same is None:
            added.append(grant)
        else:
            gone.remove(same)
            pairs.append(_pair(grant, same))
    return Difference(tuple(added), tuple(gone), tuple(pairs))


def only_takes_away(after: EligibilityList, before: EligibilityList | None) -> bool:
    """Say whether a version takes people off the one before it and changes nothing else, not even since when they hold.

    Args:
        after: The version that is to be approved.
        before: The version in force; None when there is none.
    """
    if before is None:
        return False
    found = difference(after.grants, before.grants)
    changed = any(pair.terms or pair.other_holder or pair.other_days for pair in found.pairs)
    return bool(found.removed) and not found.added and not changed


def _post(grant: Grant) -> tuple[str, str]:
    return grant.post_title.casefold(), grant.organisation.casefold()


def _pair(after: Grant, before: Grant) -> Pair:
    return Pair(after, before, tuple(name for name in TERMS if getattr(after, name) != getattr(before, name)))
