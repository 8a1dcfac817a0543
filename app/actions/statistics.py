"""A producer's statistics of a period, for those who prepare its releases and for auditors. Counts only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.drafting import READERS
from app.actions.tools import NOTHING_THERE, Actor, Tools, require_role
from app.records import breach_register, counted, organisations
from app.records.organisations import ProducerCard
from app.rules.errors import NotFound
from app.rules.facts import london_date
from app.rules.periods import Period
from app.rules.reasons import utc
from app.rules.statistics import Statistics, StatisticsFacts, statistics
from app.rules.workingdays import start_of

NEVER_IN = 3


@dataclass(frozen=True, slots=True)
class Told:
    """The statistics of one producer, or of one of its series.

    Attributes:
        series: Every series of the producer: titles by id.
        series_id: The one that was asked for, or None.
    """

    producer_id: str
    producer_name: str
    told: Statistics
    series: dict[str, str] = field(default_factory=dict)
    series_id: str | None = None
    never_in: int = NEVER_IN


@dataclass(frozen=True, slots=True)
class Counting:
    """A producer whose statistics somebody may see."""

    producer_id: str
    name: str


def read_statistics(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    period: Period,
    *,
    series_id: str | None = None,
    never_in: int = NEVER_IN,
) -> Told:
    """Count a producer's statistics. They name nobody and read no entry of the log, so that reading them leaves none.

    Args:
        period: Releases count by the London day of the time set, incidents by that on which they occurred.
        series_id: Of one series alone, or None.
        never_in: In how many releases somebody must have been listed to count as never opening.

    Raises:
        NotFound: There is no such producer or series, or the actor has no business with it.
        Refused: The actor's role there is another.
    """
    at = tools.clock.now()
    first, before = start_of(period.from_on), start_of(period.until_on + timedelta(days=1))
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        require_role(actor, producer.organisation_id, *READERS)
        titles = counted.series_titles(connection, producer_id)
        if series_id is not None and series_id not in titles:
            raise NotFound(NOTHING_THERE)
        # Time alone changes them too: as a release's time passes, and day by day what is due for deletion.
        passed = counted.due_by(connection, producer_id, first, before, at)
        key = ("statistics", producer_id, period, series_id, never_in, passed, london_date(at))
        told = tools.figures.get(connection, key, producer_id)
        if told is None:
            told = _counted(connection, producer, period, series_id, never_in, at)
            tools.figures.keep(connection, key, told)
    return Told(producer_id, producer.name, replace(told, at=utc(at)), titles, series_id, never_in)


def _counted(
    connection: Connection, producer: ProducerCard, period: Period, series_id: str | None, never_in: int, at: datetime
) -> Statistics:
    producer_id = producer.producer_id
    first, before = start_of(period.from_on), start_of(period.until_on + timedelta(days=1))
    every = counted.releases_of(connection, producer.organisation_id)
    incidents = breach_register.of_producer(connection, producer_id, every)
    known = {ident: one for ident, one in every.items() if series_id is None or one.series_id == series_id}
    chosen = [one for one in known.values() if first <= one.publishes_at < before]
    facts = StatisticsFacts(
        period=period,
        at=at,
        releases=counted.counted_of(connection, producer_id, chosen, first, before),
        incidents=[
            one for one in incidents if series_id is None or (one.release and one.release.series_id == series_id)
        ],
        kept=counted.kept_of(connection, producer_id, known),
        never_in=never_in,
    )
    return statistics(facts)


def producers_to_count(tools: Tools, actor: Actor) -> tuple[Counting, ...]:
    """Give the producers whose statistics the actor may see, by name."""
    with tools.reading() as connection:
        every = organisations.list_producers(connection)
    return tuple(Counting(one.producer_id, one.name) for one in every if actor.has(one.organisation_id, *READERS))
