"""What an incident engages, as the rule proposes it, and everything that could be cited of it."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.drafting import seen
from app.actions.tools import Actor, Tools
from app.records import releases
from app.rules.engaged import BY_LABEL, can_be_cited, labelled, practices_engaged
from app.rules.practices import Practice


@dataclass(frozen=True, slots=True)
class Citable:
    """The practices of the Code, and the paragraphs of the release's Order, that concern an incident.

    Attributes:
        proposed: As found by rule, whatever a person made of it.
        stands: As a person corrected them, or as proposed while nobody has.
        confirmed: A person confirmed or corrected them.
        known: All that can be cited, each in the edition in force when the incident occurred, where it has one.
    """

    proposed: tuple[Practice, ...]
    stands: tuple[Practice, ...]
    confirmed: bool
    known: tuple[Practice, ...]


def practices_of(tools: Tools, actor: Actor, incident_id: str) -> Citable:
    """Say what an incident engages, and what else could be cited.

    Raises:
        NotFound: There is none, or none that this person may see.
    """
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        release = releases.get(connection, card.release_id) if card.release_id else None
    proposed = practices_engaged(card.kind, card.occurred_at, release)
    order = release.order if release else None
    of_then = {label: labelled(label, card.occurred_at) for label in BY_LABEL}  # as the report cites them
    known = tuple(one for one in of_then.values() if can_be_cited(one, order))
    if card.practices is None:
        return Citable(proposed, proposed, False, known)
    return Citable(proposed, tuple(of_then[label] for label in card.practices if label in of_then), True, known)
