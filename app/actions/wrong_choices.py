"""What of a release can be found wrong, and what a producer has found wrong: for somebody who decides on a page.

Nothing is put on record here: that is ``wrong_facts``, which asks again whether it may.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.tools import NOTHING_THERE, Actor, Tools, require_no_own_access, require_role
from app.records import organisations, releases, wrong_choices, wrong_facts
from app.records.releases import ReleaseRow
from app.records.wrong_choices import Choice as Choice
from app.records.wrong_choices import Described as Described
from app.rules.errors import Code, Malformed, NotFound, OutOfOrder
from app.rules.facts import Role
from app.rules.wrongfacts import WrongKind

_CLOCK = "The clock is no fact of one release. An administrator, or an auditor of the whole service, says it was wrong."
DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)
READING = (*DECIDING, Role.STATISTICIAN, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Choosing:
    """What of one release somebody may put on record as found wrong.

    Attributes:
        kinds: Those that this person may: an approval is for the head of profession alone.
        kind: The one that was chosen; None before.
        choices: Of that kind; none about whoever asks, since nobody decides on access of their own.
        own: How many were left out because of that.
    """

    release: ReleaseRow
    kinds: tuple[WrongKind, ...]
    kind: WrongKind | None
    choices: tuple[Choice, ...]
    own: int


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What was found wrong of a producer's records, and of the clock; withdrawn ones too, the first recorded first.

    Attributes:
        withdrawable: Ids of those that whoever asks may withdraw.
    """

    producer_id: str
    producer: str
    found: tuple[Described, ...]
    clock: tuple[Described, ...]
    withdrawable: frozenset[str]


def choose(tools: Tools, actor: Actor, release_id: str, kind: WrongKind | None) -> Choosing:
    """Give what of a release could be found wrong.

    Args:
        tools: What this is done with.
        actor: Who asks.
        release_id: Of which release.
        kind: Of which kind; None to choose one first.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor is neither lead official nor head of profession there; for an approval, not head of
            profession.
        Malformed: The clock is none of a release's facts.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *DECIDING)
        kinds = [WrongKind.DECLARATION, WrongKind.HOLDING, WrongKind.DEPUTY]
        if actor.has(row.organisation_id, Role.HEAD_OF_PROFESSION):
            kinds.insert(1, WrongKind.APPROVAL)
        if kind is None:
            return Choosing(row, tuple(kinds), None, (), 0)
        if kind is WrongKind.CLOCK:
            raise Malformed(_CLOCK, errors=[{"where": "query.kind", "what": _CLOCK}])
        if kind is WrongKind.APPROVAL:
            require_role(actor, row.organisation_id, Role.HEAD_OF_PROFESSION)
            found = wrong_choices.approvals_of(connection, release_id)
        elif kind is WrongKind.HOLDING:
            found = wrong_choices.holdings_of(connection, release_id)
        elif kind is WrongKind.DEPUTY:
            found = wrong_choices.deputies_of(connection, release_id)
        else:
            found = wrong_choices.declarations_of(connection, release_id, row.release.series_id)
    others = tuple(one for one in found if one.person_id is None or one.person_id != actor.person_id)
    return Choosing(row, tuple(kinds), kind, others, len(found) - len(others))


def demand_withdrawable(tools: Tools, actor: Actor, producer_id: str, wrong_fact_id: str) -> None:
    """Stop somebody who could not withdraw now what was found wrong of a producer's records, whatever their reason.

    Raises:
        NotFound: There is none of this producer, or the actor has no business with it.
        Refused: The actor could not have put it on record either, or it is about themselves.
        OutOfOrder: That was said already.
    """
    with tools.reading() as connection:
        organisation_id = organisations.get_producer(connection, producer_id).organisation_id
        require_role(actor, organisation_id, *READING)
        row = wrong_facts.get(connection, wrong_fact_id)
    if row.producer_id != producer_id:
        raise NotFound(NOTHING_THERE)
    require_role(actor, organisation_id, *((Role.HEAD_OF_PROFESSION,) if row.kind is WrongKind.APPROVAL else DECIDING))
    require_no_own_access(actor, {row.person_id} if row.person_id else set())
    if row.withdrawn_at is not None:
        raise OutOfOrder("This was withdrawn already.", code=Code.ALREADY_ENDED)


def read_on_record(
    tools: Tools, actor: Actor, producer_id: str, *, limit: int = 50, after: str | None = None
) -> OnRecord:
    """Give what was found wrong of a producer's records, with the names behind it, and of the clock.

    Args:
        tools: What this is done with.
        actor: Who asks.
        producer_id: Whose.
        limit: How many of the producer's at most; of the clock the first 50.
        after: Id of the last one on the page before; None to begin.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READING)
        rows = wrong_facts.page(connection, producer_id, limit=limit, after=after)
        clock = wrong_facts.page(connection, None, limit=50)
        found = wrong_choices.describe(connection, rows)
        of_clock = wrong_choices.describe(connection, clock)
    head = actor.has(producer.organisation_id, Role.HEAD_OF_PROFESSION)
    decides = actor.has(producer.organisation_id, *DECIDING)
    may = frozenset(
        row.wrong_fact_id
        for row in rows
        if row.withdrawn_at is None
        and (head if row.kind is WrongKind.APPROVAL else decides)
        and (row.person_id is None or row.person_id != actor.person_id)
    )
    return OnRecord(producer_id, producer.name, tuple(found), tuple(of_clock), may)
