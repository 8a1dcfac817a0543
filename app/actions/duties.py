"""What a producer owes the Statistics Board or the public because of its grants: what is open, and that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import duties, organisations, people
from app.records.duties import DutyRow as DutyRow
from app.records.organisations import ProducerCard
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role, london_text

SETTLING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*SETTLING, Role.STATISTICIAN, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class SeenDuty:
    """One thing owed, as those who answer for it see it.

    Attributes:
        done_by: Name of whoever said that it was done; empty while it is owed, and where nobody did.
    """

    producer: ProducerCard
    row: DutyRow
    done_by: str


def list_duties(
    tools: Tools, actor: Actor, producer_id: str, *, done: bool | None = None, limit: int = 50, after: str | None = None
) -> list[DutyRow]:
    """Give what a producer owes or owed, the first raised first.

    Args:
        tools: The tools.
        actor: Who asks.
        producer_id: Whose.
        done: Only what is done, or only what is owed still; None for both.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        return duties.page(connection, producer_id, is_done=done, limit=limit, after=after)


def see_duty(tools: Tools, actor: Actor, producer_id: str, duty_id: str) -> SeenDuty:
    """Give one thing that a producer owes or owed, with who said that it was done.

    Raises:
        NotFound: There is no such duty of this producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        row = duties.get(connection, duty_id)
        if row.producer_id != producer_id:
            raise NotFound(NOTHING_THERE)
        said_by = people.find(connection, row.done_by) if row.done_by else None
        return SeenDuty(producer, row, said_by.name if said_by else "")


def settle_duty(tools: Tools, actor: Actor, duty_id: str, *, done_at: datetime, how: str) -> DutyRow:
    """Put on record when and how the Board was informed, or an increase or reasons published.

    Args:
        tools: The tools.
        actor: The lead official or head of profession.
        duty_id: What was owed.
        done_at: When it was done. Aware.
        how: How: the letter, the page.

    Raises:
        NotFound: There is no such duty, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there.
        Malformed: It is not said how, or the instant lies in the future or before the duty arose, as it now stands.
        OutOfOrder: It was done already.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6;
        WSI 2009/2818 Sch. para 4(4); WSI 2009/2818 Sch. para 7; SR 2009/71 Sch. para 5(4)(a)
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = duties.get(tx.connection, duty_id)
        producer = organisations.get_producer(tx.connection, row.producer_id)
        require_role(actor, producer.organisation_id, *SETTLING)
        _demand_account(how, done_at, row.raised_at, at)
        if not duties.settle(tx.connection, duty_id, at=done_at, done_by=actor.actor_id, note=how.strip()):
            raise OutOfOrder("This was done already.", code=Code.ALREADY_ENDED)
        tx.append(
            Entry(
                EntryKind.DUTY_DONE,
                at,
                actor_id=actor.actor_id,
                producer_id=row.producer_id,
                release_id=row.release_id,
                said={"duty_id": duty_id, "kind": row.kind, "source": row.source},
                sealed={"how": how.strip()[:2000]},
            )
        )
        return duties.get(tx.connection, duty_id)


def _demand_account(how: str, done_at: datetime, raised_at: datetime, at: datetime) -> None:
    if not how.strip():
        what = "Say how it was done, such as by which letter or on which page."
        raise Malformed(
            f"{what} Nothing was done.", code=Code.REASON_REQUIRED, errors=[{"where": "how", "what": "is missing"}]
        )
    if done_at > at:
        what = "It cannot have been done in the future."
        raise Malformed(
            f"{what} Nothing was done.", code=Code.INVALID_INSTANT, errors=[{"where": "done_at", "what": what}]
        )
    if done_at < raised_at:
        what = f"It arose on {london_text(raised_at)}, and cannot have been done before."
        raise Malformed(
            f"{what} Nothing was done.", code=Code.INVALID_INSTANT, errors=[{"where": "done_at", "what": what}]
        )
