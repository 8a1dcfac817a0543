"""What producers have published about access before publication, for everybody, in one place for each."""

from __future__ import annotations

from dataclasses import dataclass

from app.actions.tools import NOTHING_THERE, Tools
from app.records import annual_lists, arrangements, organisations, public_lists
from app.records.annual_lists import AnnualListRow
from app.records.arrangements import ArrangementsRow
from app.records.public_lists import Listed
from app.rules.errors import NotFound
from app.rules.facts import london_date


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """What one producer has published of who had access.

    Attributes:
        arrangements: The newest statement; None where none is published.
        annual: The lists of statistics, the newest first.
        years: Of the releases whose list of posts is published, by the London day set for them; the latest first.
        year: Of ``listed``; None where no list of posts is published.
        listed: The releases of that year, the latest first.
    """

    producer_id: str
    producer_name: str
    arrangements: ArrangementsRow | None
    annual: tuple[AnnualListRow, ...]
    years: tuple[int, ...]
    year: int | None
    listed: tuple[Listed, ...]


def list_publishing(tools: Tools) -> tuple[tuple[str, str], ...]:
    """Give the id and the name of each producer that has published anything about access before publication, by name.

    Source:
        SI 2008/2998 Sch. para 9(a); SI 2008/2998 Sch. para 9(b); SI 2008/2998 Sch. para 9(c);
        SR 2009/71 Sch. para 9(a); SR 2009/71 Sch. para 9(b); SR 2009/71 Sch. para 9(c);
        WSI 2009/2818 Sch. para 10(1); WSI 2009/2818 Sch. para 10(3)
    """
    with tools.reading() as connection:
        return public_lists.producers_publishing(connection)


def newest_statement(tools: Tools, producer_id: str) -> tuple[bool, ArrangementsRow | None]:
    """Say whether :func:`read_public_access` gives anything of a producer, and its newest statement of arrangements.

    Source:
        SI 2008/2998 Sch. para 9(c); SR 2009/71 Sch. para 9(c); WSI 2009/2818 Sch. para 10(3)
    """
    with tools.reading() as connection:
        stated = arrangements.versions_of(connection, producer_id)
        return public_lists.has_published(connection, producer_id), next(iter(stated), None)


def read_public_access(tools: Tools, producer_id: str, year: int | None = None) -> PublicAccess:
    """Give what a producer has published about access before publication, to anybody.

    Args:
        tools: The tools.
        producer_id: Whose.
        year: Of which the lists of posts are wanted; None for the latest of which there are any.

    Raises:
        NotFound: There is no such producer, it has published nothing, or no list of posts of that year; these are never
            told apart.

    Source:
        SI 2008/2998 Sch. para 9(a); SI 2008/2998 Sch. para 9(b); SI 2008/2998 Sch. para 9(c);
        SR 2009/71 Sch. para 9(a); SR 2009/71 Sch. para 9(b); SR 2009/71 Sch. para 9(c);
        WSI 2009/2818 Sch. para 10(1); WSI 2009/2818 Sch. para 10(3)
    """
    with tools.reading() as connection:
        if not public_lists.has_published(connection, producer_id):
            raise NotFound(NOTHING_THERE)
        name = organisations.get_producer(connection, producer_id).name
        stated = arrangements.versions_of(connection, producer_id)
        annual = annual_lists.of_producer(connection, producer_id)
        listed = public_lists.listed_of(connection, producer_id)
    years = tuple(sorted({_year(one) for one in listed}, reverse=True))
    if year is not None and year not in years:
        raise NotFound(NOTHING_THERE)
    wanted = year if year is not None else next(iter(years), None)
    of_year = tuple(one for one in listed if _year(one) == wanted)
    return PublicAccess(producer_id, name, next(iter(stated), None), annual, years, wanted, of_year)


def _year(listed: Listed) -> int:
    return london_date(listed.publishes_at).year
