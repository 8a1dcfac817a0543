"""What is to be looked at again because something changed, how far that has come, and what was found."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    insert,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)

from app.records.places import place_of_entry
from app.records.tables import (
    deputies,
    disclosures,
    entries,
    grants,
    incidents,
    lists,
    openings,
    organisations,
    posts,
    releases,
    review_findings,
    review_marks,
    training_records,
)
from app.rules.reviews import Finding

_THIS_TRANSACTION = text("pg_current_xact_id()::text::bigint")
_OLDEST_UNDER_WAY = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
_LONGEST_UNDER_WAY = timedelta(minutes=10)
_FOUND = ("fact_found_wrong", "wrong_fact_withdrawn")
_TRAINING = ("training_recorded", "training_withdrawn")


@dataclass(frozen=True, slots=True)
class Mark:
    """One change because of which the rule is asked again about openings.

    Attributes:
        key: The id of the entry of the change; an id of its own where the records were looked through.
        kind: Of that entry; empty where there is none.
        release_id, person_id, producer_id: Whose openings, a person's with those of who shares their access; with
            none of them, and no time, all.
        from_at, until_at: Those made between these instants alone. Aware, UTC.
        at: When it was changed. Aware, UTC.
        behind: The last opening that was looked at; empty at the beginning.
    """

    key: str
    kind: str
    at: datetime
    release_id: str | None = None
    person_id: str | None = None
    producer_id: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    behind: str = ""


@dataclass(frozen=True, slots=True)
class OpeningThen:
    """An opening, with what is needed to ask the rule about it again."""

    opening_id: str
    number: str
    document_id: str
    release_id: str
    person_id: str
    grant_id: str
    list_id: str
    opened_at: datetime
    window_opened_at: datetime
    post_title: str
    organisation: str
    release_state: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What is held against one opening.

    Attributes:
        sha256: Of what its incident says of it.
        ended_at: Since when it stands no longer. Aware, UTC.
    """

    opening_id: str
    finding: Finding
    incident_id: str
    found_at: datetime
    sha256: str
    ended_at: datetime | None = None


def leave(connection: Connection, mark: Mark) -> None:
    """Leave a mark, in the transaction that makes the change."""
    values = {name: getattr(mark, name) for name in Mark.__slots__ if name != "key"}
    added = insert(review_marks).values(mark_key=mark.key, **values)
    if connection.dialect.name == "postgresql":  # SQLite lets one writer in at a time, so there nobody is behind
        added = added.values(transaction_number=_THIS_TRANSACTION)
    connection.execute(added)


def is_waiting(connection: Connection, release_id: str) -> bool:
    """Say whether a release is to be looked at again already, for no change of its own."""
    same = and_(review_marks.c.release_id == release_id, review_marks.c.kind == "")
    return connection.execute(select(review_marks.c.mark_id).where(same).limit(1)).first() is not None


def oldest(connection: Connection, at: datetime, passed_over: Collection[str] = ()) -> Mark | None:
    """Give the oldest mark that can be followed up; None when there is none.

    On PostgreSQL an opening that was permitted by the facts before a change may be committed after it. So a mark waits
    until every transaction that was under way with it is over; but not for ever, since the numbers of transactions
    begin anew when records are restored elsewhere. What failed before comes behind what did not, and when it is due.

    Args:
        connection: Any connection.
        at: Now. Aware, UTC.
        passed_over: Keys of marks that are not asked for.
    """
    due_at = review_marks.c.due_at
    wanted = select(review_marks).order_by(due_at.is_not(None), due_at, review_marks.c.mark_id).limit(1)
    wanted = wanted.where(or_(due_at.is_(None), due_at <= at))
    if connection.dialect.name == "postgresql":
        nobody_behind = review_marks.c.transaction_number < _OLDEST_UNDER_WAY
        wanted = wanted.where(or_(nobody_behind, review_marks.c.at < at - _LONGEST_UNDER_WAY))
    if passed_over:
        wanted = wanted.where(review_marks.c.mark_key.not_in(sorted(passed_over)))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in Mark.__slots__ if name != "key"}
    return Mark(key=row.mark_key, **values)


def step(connection: Connection, mark: Mark, behind: str | None) -> bool:
    """Keep how far a mark has come, or that it is done.

    Args:
        connection: An open write transaction.
        mark: As it was read.
        behind: The last opening that was looked at; None when it was the last of all.

    Returns:
        False when somebody else has come as far, or further: nothing was kept.
    """
    same = and_(review_marks.c.mark_key == mark.key, review_marks.c.behind == mark.behind)
    if behind is None:
        return connection.execute(delete(review_marks).where(same)).rowcount == 1
    return connection.execute(update(review_marks).where(same).values(behind=behind, due_at=None)).rowcount == 1


def put_off(connection: Connection, keys: Collection[str], due_at: datetime) -> None:
    """Have marks that could not be followed up wait.

    Args:
        connection: An open write transaction.
        keys: Of the marks.
        due_at: When they are tried again. Aware, UTC.
    """
    failed = review_marks.c.mark_key.in_(sorted(keys))
    connection.execute(update(review_marks).where(failed).values(due_at=due_at))


def batch(connection: Connection, mark: Mark, limit: int) -> tuple[OpeningThen, ...]:
    """Give the openings that a mark is about, from where it has come to, in the order of their ids.

    Args:
        connection: Any connection.
        mark: Which.
        limit: How many at most.
    """
    wanted = (
        select(
            openings.c.opening_id,
            openings.c.number,
            openings.c.document_id,
            openings.c.release_id,
            openings.c.person_id,
            openings.c.grant_id,
            grants.c.list_id,
            openings.c.opened_at,
            openings.c.window_opened_at,
            posts.c.title.label("post_title"),
            organisations.c.name.label("organisation"),
            releases.c.state.label("release_state"),
        )
        .join(releases, releases.c.release_id == openings.c.release_id)
        .join(grants, grants.c.grant_id == openings.c.grant_id)
        .join(posts, posts.c.post_id == grants.c.post_id)
        .join(organisations, organisations.c.organisation_id == posts.c.organisation_id)
        .where(_concerned(mark), openings.c.opening_id > mark.behind)
        .order_by(openings.c.opening_id)
        .limit(limit)
    )
    return tuple(
        OpeningThen(**{name: getattr(row, name) for name in OpeningThen.__slots__})
        for row in connection.execute(wanted)
    )


def findings_of(connection: Connection, opening_ids: Iterable[str]) -> dict[tuple[str, Finding], FindingRow]:
    """Give everything that was ever held against these openings, by opening and sort.

    Args:
        connection: Any connection.
        opening_ids: At most a few hundred.
    """
    wanted = select(review_findings).where(review_findings.c.opening_id.in_(sorted(opening_ids)))
    found = [_finding(row) for row in connection.execute(wanted)]
    return {(one.opening_id, one.finding): one for one in found}


def keep_finding(connection: Connection, row: FindingRow, *, known: bool) -> None:
    """Keep what is held against an opening.

    Args:
        connection: An open write transaction.
        row: As it now is.
        known: There is a row for it already.

    Raises:
        IntegrityError: There was none, it was said, and there is one.
    """
    values = {name: getattr(row, name) for name in FindingRow.__slots__}
    values["finding"] = row.finding.value
    if not known:
        connection.execute(insert(review_findings), values)
        return
    same = and_(review_findings.c.opening_id == row.opening_id, review_findings.c.finding == row.finding.value)
    connection.execute(update(review_findings).where(same).values(values))


def newest_incident(connection: Connection, key: str) -> tuple[str, str, int] | None:
    """Give the id and the state of the newest incident of one sort, and which of them it is; None when there is none.

    Args:
        connection: Any connection.
        key: What its rule key begins with; behind that stands a number.
    """
    wanted = select(incidents.c.incident_id, incidents.c.state, incidents.c.rule_key)
    mine = incidents.c.rule_key.startswith(f"{key}:", autoescape=True)
    row = connection.execute(wanted.where(mine).order_by(incidents.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else (row.incident_id, row.state, int(row.rule_key.rsplit(":", 1)[1]))


def done_by(connection: Connection, mark: Mark) -> tuple[str, ...]:
    """Give whose act a mark tells of: whoever changed it; of something found wrong whoever had decided it.

    Args:
        connection: Any connection.
        mark: The mark; one that no entry left tells of nobody's act.

    Returns:
        Ids of people, in order; empty where nobody is known.
    """
    entry = connection.execute(select(entries.c.leaf).where(entries.c.entry_id == mark.key)).scalar()
    if entry is None:
        return ()
    said = json.loads(bytes(entry))["said"]
    subject = said.get("subject_id")
    by = disclosures.c
    asked = [select(by.clear_value).where(by.entry_id == mark.key, by.name == "actor")]
    if mark.kind in _FOUND:
        asked = [
            select(lists.c.approved_by).where(lists.c.list_id == subject),
            select(deputies.c.decided_by).where(deputies.c.deputy_id == subject),
        ]
    if mark.kind in _TRAINING:
        of = training_records.c
        asked = [select(of.recorded_by).where(of.training_id == said["training_id"])]
    found = [one for query in asked for one in connection.execute(query).scalars()]
    return tuple(sorted({one for one in found if one is not None and one.startswith("per_")}))


def evidence_of(connection: Connection, one: OpeningThen) -> tuple[str, int | None] | None:
    """Give the entry that permitted an opening, and its index in the log; None when it is not to be found.

    Args:
        connection: Any connection.
        one: The opening.

    Returns:
        The entry's id, and its index, which is None until the log has taken it in.
    """
    wanted = select(entries.c.entry_id, place_of_entry().label("leaf_index"), entries.c.leaf).where(
        entries.c.kind == "access_decided",
        entries.c.outcome == "permitted",
        entries.c.person_id == one.person_id,
        entries.c.document_id == one.document_id,
        entries.c.release_id == one.release_id,
    )
    named = one.opening_id.encode()
    found = [row for row in connection.execute(wanted) if named in row.leaf]
    return (found[0].entry_id, found[0].leaf_index) if found else None


def index_of(connection: Connection, entry_id: str) -> int | None:
    """Give the index of an entry in the log; None while it has none, or where there is no such entry."""
    found: int | None = connection.execute(
        select(place_of_entry()).where(entries.c.entry_id == entry_id)
    ).scalar_one_or_none()
    return found


def _concerned(mark: Mark) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = []
    if mark.release_id is not None:
        wanted.append(openings.c.release_id == mark.release_id)
    if mark.person_id is not None:
        # What they share with a supporter or a deputy stands while their own access does.
        mine, theirs, shared = openings.alias("mine"), openings.alias("theirs"), grants.alias("shared")
        own = select(mine.c.opening_id).where(mine.c.person_id == mark.person_id)
        lent = select(theirs.c.opening_id).join(shared, shared.c.grant_id == theirs.c.grant_id)
        lent = lent.where(shared.c.for_person_id == mark.person_id)
        # Each by its own index; with an “or” every opening there is would be looked at.
        wanted.append(openings.c.opening_id.in_(union_all(own, lent)))
    if mark.producer_id is not None:
        of_producer = select(releases.c.release_id).where(releases.c.producer_id == mark.producer_id)
        wanted.append(openings.c.release_id.in_(of_producer))
    if mark.from_at is not None:
        wanted.append(openings.c.opened_at >= mark.from_at)
    if mark.until_at is not None:
        wanted.append(openings.c.opened_at <= mark.until_at)
    return and_(true(), *wanted)


def _finding(row: Row[Any]) -> FindingRow:
    values = {name: getattr(row, name) for name in FindingRow.__slots__}
    return FindingRow(**{**values, "finding": Finding(row.finding)})
