"""Who caused an incident, as far as a person says, and what followed for them: failures on record, and suspensions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.actions.drafting import CHANGERS, seen
from app.actions.subjects import Subject as Subject
from app.actions.subjects import subjects_of
from app.actions.tools import Actor, Tools
from app.records import corrective_actions, failures, people, releases, suspensions
from app.records.breaches import IncidentCard
from app.records.failures import FailureRow
from app.records.suspensions import SuspensionRow
from app.rules.facts import PRODUCING, Order, Person, Role, london_date
from app.rules.involved import people_involved
from app.rules.mailboxes import normalise_address
from app.rules.reportparts import CorrectiveAction


@dataclass(frozen=True, slots=True)
class Aftermath:
    """An incident with those who caused it and what followed.

    Attributes:
        named: Ids of those whom a person named as having caused it, each with the person where the actor may know them.
        told_of: Those of whom the facts of the incident tell, and who are not named; for whoever decides.
        sought: Whoever has the address that was asked for; for whoever decides.
        order: Which Order governs the release; None where the incident is about none.
        failures: Those put on record because of it.
        suspensions: Those begun because of it, the earliest first.
        subjects: Who and what can be suspended; for whoever decides.
        actions: Its corrective actions that were not dropped; for whoever decides.
        today: The London day.
    """

    card: IncidentCard
    named: tuple[tuple[str, Person | None], ...]
    told_of: tuple[Person, ...]
    sought: Person | None
    order: Order | None
    failures: tuple[FailureRow, ...]
    suspensions: tuple[SuspensionRow, ...]
    subjects: tuple[Subject, ...]
    actions: tuple[CorrectiveAction, ...]
    today: date


def see_aftermath(tools: Tools, actor: Actor, incident_id: str, *, email: str = "") -> Aftermath:
    """Give an incident with those who caused it and what followed.

    Args:
        email: Somebody else who may have a part in it; empty for nobody.

    Raises:
        NotFound: There is none, or none that this person may see.
        Malformed: That is no e-mail address.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        decides = card.organisation_id is not None and actor.has(card.organisation_id, *CHANGERS)
        # Auditors read by id alone whom somebody named, as the API gives it: to look a person up is for those who
        # prepare lists, and administrators. What was put on record of a person gives its name to every reader.
        knows = actor.has(None, Role.ADMINISTRATOR) or actor.has(card.organisation_id, *PRODUCING)
        named = tuple((one, people.find(connection, one) if knows else None) for one in card.caused_by)
        decides = decides or (card.organisation_id is None and knows)
        involved = sorted(people_involved(card.facts, ()) - set(card.caused_by)) if decides else []
        told_of = tuple(one for one in (people.find(connection, person_id) for person_id in involved) if one)
        sought = people.find_by_email(connection, normalise_address(email)) if decides and email.strip() else None
        around = [one for _, one in named if one] + [*told_of, *([sought] if sought else [])]
        found = corrective_actions.of_incident(connection, incident_id) if decides else []
        return Aftermath(
            card=card,
            named=named,
            told_of=told_of,
            sought=sought,
            order=releases.get(connection, card.release_id).order if card.release_id else None,
            failures=failures.of_incident(connection, incident_id),
            suspensions=suspensions.of_incident(connection, incident_id),
            subjects=subjects_of(connection, around, london_date(at)) if decides else (),
            actions=tuple(one for one in found if one.outcome != "dropped"),
            today=london_date(at),
        )
