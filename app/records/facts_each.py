"""What the rule looks at of one person, about many releases at once: to show how they stand with each.

The facts are those that ``documents.facts_about`` gathers for one release, and a test holds the two together. What is
seldom there, a suspension or something found wrong, is asked for release by release once it is known to be there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.plain import plain
from app.records import covering, eligibility, people, suspensions, training, wrong_facts
from app.records.documents import DocumentRow, row_of
from app.records.grants import GrantRow
from app.records.tables import documents
from app.rules.facts import (
    AccessFacts,
    DocumentCard,
    DocumentState,
    Person,
    Release,
    Suspension,
    Training,
    london_date,
)
from app.rules.wrongfacts import WrongFact

# Built once: putting a statement together costs several times what running it does.
_OF_THESE = (
    select(documents)
    .where(documents.c.release_id.in_(bindparam("release_ids", expanding=True)))
    .order_by(documents.c.uploaded_at, documents.c.document_id)
)


def facts_about_each(
    connection: Connection, *, person_id: str, releases: Collection[Release], at: datetime
) -> dict[str, AccessFacts]:
    """Gather everything the rule may look at when a person asks for any document of each of some releases.

    Args:
        connection: Any connection.
        person_id: Who would ask.
        releases: At most a few hundred.
        at: The instant asked about. Aware, UTC.

    Returns:
        By release id.
    """
    found = _facts(connection, person_id, releases, at)
    tied: dict[str, list[Release]] = {}
    for facts in found.values():
        for one in {grant.for_person_id for grant in facts.grants if grant.for_person_id} - {person_id}:
            tied.setdefault(one, []).append(facts.release)
    for recipient in sorted(tied):
        theirs = _facts(connection, recipient, tied[recipient], at)
        for release_id, facts in theirs.items():
            found[release_id] = replace(found[release_id], recipients=(*found[release_id].recipients, facts))
    return found


def documents_of_each(connection: Connection, release_ids: Collection[str]) -> dict[str, tuple[DocumentRow, ...]]:
    """Give every document of some releases by release id, in every state, in the order of their arrival.

    Args:
        connection: Any connection.
        release_ids: At most a few hundred.
    """
    found: dict[str, list[DocumentRow]] = {}
    for row in plain(connection.execute(_OF_THESE, {"release_ids": sorted(release_ids)})):
        found.setdefault(row.release_id, []).append(row_of(row))
    return {release_id: tuple(rows) for release_id, rows in found.items()}


def _facts(
    connection: Connection, person_id: str, releases: Collection[Release], at: datetime
) -> dict[str, AccessFacts]:
    if not releases:
        return {}
    ids = [release.release_id for release in releases]
    # A program is no person of ours; it is on no list, and the rule says so.
    person = people.find(connection, person_id) or Person(person_id, "", "")
    listed = eligibility.in_force_for_each(connection, ids, person_id, on=london_date(at))
    signed = covering.covering_person(connection, person_id, [(one.release_id, one.series_id) for one in releases])
    mine = {one: listed[one].rows if one in listed else () for one in ids}
    against = _Against(connection, person_id, releases, mine, at)
    return {
        release.release_id: AccessFacts(
            person=person,
            release=release,
            document=DocumentCard(
                "", release.release_id, "", "", "", 0, DocumentState.DRAFT, rehearsal=release.rehearsal
            ),
            eligibility_list=listed[release.release_id].eligibility_list if release.release_id in listed else None,
            grants=tuple(row.grant for row in mine[release.release_id]),
            declarations=signed[release.release_id],
            suspensions=against.suspended(release),
            trainings=against.trained(release),
            wrong=against.wrong(release),
        )
        for release in releases
    }


class _Against:
    """What may stand against a person; asked of a release only where there is any of it with its producer."""

    def __init__(
        self,
        connection: Connection,
        person_id: str,
        releases: Collection[Release],
        mine: Mapping[str, Sequence[GrantRow]],
        at: datetime,
    ) -> None:
        self._connection, self._person_id, self._mine, self._at = connection, person_id, mine, at
        producers = {release.producer.producer_id for release in releases}
        posts = tuple(sorted({row.post_id for rows in mine.values() for row in rows}))
        self._suspending = suspensions.producers_suspending(connection, producers, person_id, at, posts)
        self._found_wrong = wrong_facts.producers_with_any(connection, producers, mine, person_id)
        asking = {one.producer.producer_id for one in releases if one.producer.training_days is not None}
        self._trained = {one: training.of_people(connection, one, {person_id}).get(person_id, ()) for one in asking}

    def suspended(self, release: Release) -> tuple[Suspension, ...]:
        """Give the suspensions that keep the person from a release."""
        if release.producer.producer_id not in self._suspending:
            return ()
        return suspensions.suspensions_for(
            self._connection,
            producer_id=release.producer.producer_id,
            person_id=self._person_id,
            at=self._at,
            post_ids=tuple(row.post_id for row in self._mine[release.release_id]),
        )

    def trained(self, release: Release) -> tuple[Training, ...]:
        """Give what the person has on the producer's record, where the producer asks for training."""
        return self._trained.get(release.producer.producer_id, ())

    def wrong(self, release: Release) -> tuple[WrongFact, ...]:
        """Give what was found wrong of what their access rests on."""
        if release.producer.producer_id not in self._found_wrong:
            return ()
        return wrong_facts.about(
            self._connection,
            producer_id=release.producer.producer_id,
            release_id=release.release_id,
            person_id=self._person_id,
            rows=self._mine[release.release_id],
        )
