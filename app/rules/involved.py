"""Whom an incident is about, as far as its facts and a person's word go: they do not decide on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Where the facts of an incident name who did something: the id of a person or a program.
_DID = ("person_id", "moved_by", "set_by")


def people_involved(facts: Mapping[str, Any], caused_by: Iterable[str]) -> frozenset[str]:
    """Give the ids of everyone an incident is about.

    Those whose openings it tells of, whoever was refused, moved the release, changed the days that count, approved what
    was found wrong, or set the letter to go; and whoever a person named as having caused it. Who reports an incident,
    or finds a fact wrong, is not among them.

    Args:
        facts: The incident's own.
        caused_by: Ids that a person named.
    """
    opened = (one.get("person_id") for one in facts.get("openings", []))
    did = (*(facts.get(name) for name in _DID), *facts.get("done_by", ()))
    return frozenset(one for one in (*did, *opened, *caused_by) if isinstance(one, str))
