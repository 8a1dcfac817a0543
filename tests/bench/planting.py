"""A service as it stands after some years: people, releases with all that belongs to them, and a long log.

One release, due in a few hours, is prepared with the actions. The others go into the same tables many rows at a time,
and the log is sequenced by the service's own sequencer. All of them are of one producer, and one recipient is on every
list: nobody's pages have more behind them than theirs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Table, select

from app.actions import auditing
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import tables
from app.rules.canonical import sha256_hex
from app.rules.reasons import instant_text
from tests.bench.amounts import SMALL as SMALL
from tests.bench.amounts import Size as Size
from tests.bench.amounts import id_of as _id
from tests.bench.amounts import working_days
from tests.bench.copying import copied
from tests.bench.longlog import KINDS, REASONS, add_many
from tests.bench.rows import put_rows
from tests.bench.staff import staff_around
from tests.bench.team_records import OWN_ROW, team_records
from tests.world import OpenWorld, Recipient, open_world

_ENTRIES_AT_ONCE = 20_000
_ORGANISATIONS = 50
_SERIES = 100
_OVER = 0.7  # of the releases
_SOON = 30  # releases to come that are signed off
_OPENED = 25  # of those listed
_ASKED = 6  # organisations that were asked to confirm a list


@dataclass(frozen=True, slots=True)
class Planted:
    """What there is.

    Attributes:
        today: The release that was prepared with the actions; its window is open.
        people: Somebody signed in, by what they are: ``recipient``, ``statistician`` and so on.
        ids: Something of each sort that pages are about, by the name that addresses call it.
    """

    today: OpenWorld
    people: dict[str, Recipient]
    ids: dict[str, str]


def plant(tools: Tools, size: Size) -> Planted:
    """Plant everything in an empty service whose log has begun."""
    today = open_world(tools, recipients=size.listed, large_bytes=1024)
    staff = staff_around(tools, today)
    made = _Making(tools, today, size, staff)
    with copied(tools.database.engine):
        made.write()
        _log(tools, made, size)
    return Planted(today, staff, made.ids())


class _Making:
    """All rows, table by table."""

    def __init__(self, tools: Tools, today: OpenWorld, size: Size, staff: dict[str, Recipient]) -> None:
        self.tools, self.today, self.size, self.staff = tools, today, size, staff
        self.at = tools.clock.now()
        self.producer_id = today.producer.producer_id
        self.release_ids = [today.release.release_id, *(_id("rel", number) for number in range(size.releases - 1))]
        self.over = int(size.releases * _OVER)
        self.days = working_days(self.at, self.over, size.releases)
        with tools.reading() as connection:
            self.like = {
                table.name: dict(connection.execute(select(table).limit(1)).one()._mapping)
                for table in (tables.declarations, tables.grants, tables.documents)
            }
            self.first_post = self.like["grants"]["post_id"]
            asked = select(tables.posts.c.organisation_id).where(tables.posts.c.post_id == self.first_post)
            self.ministry = connection.execute(asked).scalar_one()

    def ids(self) -> dict[str, str]:
        """Give one id of each sort; of what pages are about, something that there is much of."""
        with self.tools.reading() as connection:
            signed = select(tables.declarations.c.declaration_id).where(
                tables.declarations.c.person_id == self.staff["recipient"].person_id
            )
            of = tables.entries.c
            in_place = select(tables.entry_places.c.arrival)
            entries = select(of.entry_id).where(
                of.person_id == self.staff["recipient"].person_id, of.arrival.in_(in_place)
            )
            listed = select(tables.lists.c.list_id).where(tables.lists.c.release_id == self.release_ids[0])
            grants = select(tables.grants.c.grant_id).where(tables.grants.c.list_id.in_(listed))
            found = {
                "declaration_id": connection.execute(signed.limit(1)).scalar_one(),
                "entry_id": connection.execute(entries.limit(1)).scalar_one(),
                "list_id": connection.execute(listed).scalar_one(),
                "listed_grant_id": connection.execute(grants).scalars().first() or "",
            }
        return {
            **found,
            "release_id": self.release_ids[0],
            "document_id": self.today.small.card.document_id,
            "opening_id": _id("opn", 0, 0),
            "producer_id": self.producer_id,
            "organisation_id": self.ministry,
            "person_id": self.staff["recipient"].person_id,
            "other_release_id": self.release_ids[-1],
            "other_person_id": _id("per", 0),
            "post_id": self.first_post,
            "incident_id": _id("inc", 0),
            "recall_id": _id("rcl", 0),
            "recalled_id": _id("doc", 1, 1),
            "confirmation_id": _id("cnf", 0, 0),
            "webhook_id": _id("whk", 0),
            "published_id": _id("rel", 0),
            "duty_id": _id("dut", 0, 0),
            "record_request_id": _id("rrq", 0),
            "production_access_id": _id("pac", OWN_ROW),
        }

    # -- rows -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        with self.tools.transaction() as tx:
            put_rows(tx.connection, self._people())
            tx.append(Entry(EntryKind.PERSON_ADDED, self.at))
        at_once = 50
        for first in range(0, self.size.releases, at_once):
            made: dict[Table, list[dict[str, Any]]] = {}
            for number in range(first, min(first + at_once, self.size.releases)):
                for table, rows in self._release(number):
                    made.setdefault(table, []).extend(rows)
            with self.tools.transaction() as tx:
                put_rows(tx.connection, made)
                tx.append(Entry(EntryKind.RELEASE_REGISTERED, self.at))
        with self.tools.transaction() as tx:
            put_rows(tx.connection, self._beside())
            who = {"by": self._staffed("head"), "recipient": self.staff["recipient"].person_id}
            put_rows(tx.connection, team_records(self.producer_id, self.release_ids, self.at, **who))
            tx.append(Entry(EntryKind.WEBHOOK_MADE, self.at))

    def _people(self) -> dict[Table, list[dict[str, Any]]]:
        everybody = range(self.size.people)
        return {
            tables.organisations: [
                {"organisation_id": _id("org", number), "name": f"Department {number:03d}"}
                for number in range(_ORGANISATIONS)
            ],
            tables.people: [
                {
                    "person_id": _id("per", number), "name": f"Sandy Sedge{number:05d}",
                    "email": f"sandy.sedge{number}@departments.gov.example", "added_at": self.at,
                }
                for number in everybody
            ],
            tables.posts: [
                {
                    "post_id": _id("pst", number), "organisation_id": _id("org", number % _ORGANISATIONS),
                    "title": f"Deputy Director {number:05d}", "unit": f"Unit {number % 400}",
                }
                for number in everybody
            ],
            tables.holdings: [
                {
                    "holding_id": _id("hld", number), "post_id": _id("pst", number), "person_id": _id("per", number),
                    "held_from_on": date(2015, 1, 5), "recorded_at": None,
                }
                for number in everybody
            ],
            tables.series: [
                {"series_id": _id("ser", number), "producer_id": self.producer_id, "title": f"Series {number:03d}"}
                for number in range(_SERIES)
            ],
        }  # fmt: skip

    def _release(self, number: int) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        """Give the rows of one release; the first is there already, and gets what the actions did not leave."""
        yield from self._events(number)
        if number == 0:
            return
        release, due, over = self.release_ids[number], self.days[number], self._is_over(number)
        near = not over and number <= self.over + _SOON
        state = "published" if over else "final" if near else "announced" if number % 3 else "planned"
        yield tables.releases, [
            {
                "release_id": release, "producer_id": self.producer_id, "title": f"Statistics {number:04d}",
                "revision": 4, "governing_order": "uk", "sensitivity": "market_sensitive", "state": state,
                "publishes_at": due, "published_at": due if over else None,
                "prepared_by": self._staffed("statistician"), "added_at": due - timedelta(days=400),
                "series_id": _id("ser", number % _SERIES), "public_url": f"https://live.gov.example/{number}",
            }
        ]  # fmt: skip
        listed = list(self._listed(number))
        yield tables.lists, [
            {
                "list_id": _id("lst", number), "release_id": release, "version": 1, "state": "approved",
                "prepared_by": self._staffed("statistician"), "prepared_at": due - timedelta(days=12),
                "approved_at": due - timedelta(days=8), "approved_by": self._staffed("head"), "revision": 2,
                "sha256": "0" * 64,
            }
        ]  # fmt: skip
        like = self.like["grants"]
        yield tables.grants, [
            {**like, "grant_id": _id("grt", number, row), "list_id": _id("lst", number), "row": row, "seat": 1,
             "person_id": person, "post_id": post}
            for row, (person, post) in enumerate(listed, 1)
        ]  # fmt: skip
        signed = self.like["declarations"]
        yield tables.declarations, [
            {**signed, "declaration_id": _id("dcl", number, row), "release_id": release, "person_id": person,
             "signed_at": due - timedelta(days=6), "lapses_at": due + timedelta(days=300), "list_version": 1}
            for row, (person, _) in enumerate(listed, 1)
            if over or near
        ]  # fmt: skip
        fixed = self.like["documents"]
        recalled = {"state": "recalled", "recalled_at": self.at, "recall_reason": "A table is from the wrong month.",
                    "recalled_by": self._staffed("lead")}  # fmt: skip
        yield tables.documents, [
            {**fixed, "document_id": _id("doc", number, one), "release_id": release, "file_name": f"tables-{one}.csv",
             "object_name": _id("obj", number, one), "sha256": sha256_hex(f"{number}.{one}".encode()),
             **(recalled if (number, one) == (1, 1) else {})}
            for one in range(2)
            if over or near
        ]  # fmt: skip
        if not over:
            return
        yield tables.openings, list(self._openings(number, _id("doc", number, 0), listed, due))

    def _openings(
        self, number: int, document_id: str, listed: Sequence[tuple[str, str]], due: datetime
    ) -> Iterator[dict[str, Any]]:
        for row, (person, _) in enumerate(listed[:_OPENED]):
            opened = due - timedelta(hours=20, minutes=row)
            yield {
                "opening_id": _id("opn", number, row), "number": f"P{number:04d}-{row:03d}", "document_id": document_id,
                "release_id": self.release_ids[number], "person_id": person, "session_id": _id("ses", 0),
                "grant_id": self._grant(number, row), "opened_at": opened, "started_at": opened,
                "expires_at": opened + timedelta(hours=1), "window_opened_at": due - timedelta(hours=24),
                "copy_format": "zip", "outcome": "completed", "sent_bytes": 41, "copy_bytes": 41,
                "copy_sha256": sha256_hex(f"{number}.{row}".encode()), "networks": json.dumps(["0" * 64]),
            }  # fmt: skip

    def _grant(self, number: int, row: int) -> str:
        return self.like["grants"]["grant_id"] if number == 0 else _id("grt", number, row + 1)

    def _events(self, number: int) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        """Give what happened to a release."""
        release, due, over = self.release_ids[number], self.days[number], self._is_over(number)
        if number == 0:
            opened = self._openings(0, self.today.small.card.document_id, list(self._listed(0)), due)
            yield tables.openings, list(opened)
        by = self._staffed("head")
        steps = [("announce", "planned", "announced", 30), ("sign_off", "announced", "final", 2)]
        steps += [("declare_published", "final", "published", 0)] if over else []
        yield tables.release_moves, [
            {
                "move_id": _id("mov", number, step), "release_id": release, "move": move, "from_state": left,
                "to_state": to, "from_publishes_at": due, "to_publishes_at": due, "by_person_id": by,
                "at": due - timedelta(days=days), "reason": "As planned.",
            }
            for step, (move, left, to, days) in enumerate(steps)
        ]  # fmt: skip
        asked = [self.ministry, *(_id("org", (number + one) % _ORGANISATIONS) for one in range(1, _ASKED))]
        list_id = self._list_of(number)
        yield tables.confirmations, [
            {
                "confirmation_id": _id("cnf", number, place), "list_id": list_id, "release_id": release,
                "organisation_id": organisation, "state": "confirmed" if over else "asked",
                "asked_at": due - timedelta(days=7), "rows_sha256": "0" * 64,
            }
            for place, organisation in enumerate(asked)
        ]  # fmt: skip
        if over:
            yield tables.public_lists, [
                {
                    "public_list_id": _id("pbl", number), "release_id": release, "list_version": 1,
                    "sha256": "0" * 64, "rows": "[]", "published_at": due, "by_person_id": by,
                }
            ]  # fmt: skip
            yield tables.verdicts, [
                {
                    "verdict_id": _id("vrd", number), "release_id": release, "publishes_at": due, "at": due,
                    "kind": "live", "why": "The marker stands on the page.",
                }
            ]  # fmt: skip
        yield tables.notices, [
            {
                "notice_id": _id("ntc", number, letter), "email": f"sandy.sedge{letter}@departments.gov.example",
                "person_id": _id("per", letter % self.size.people), "kind": "readiness",
                "reason_key": f"bench:{number}:{letter}", "subject": "A letter", "body": "Its words.",
                "queued_at": due - timedelta(days=6), "due_at": due - timedelta(days=6),
                "sent_at": due - timedelta(days=6), "release_id": release, "handed_id": "1",
                "bounced_at": due - timedelta(days=6) if letter == 0 else None,
                "bounce": "permanent" if letter == 0 else None,
            }
            for letter in range(self.size.letters)
        ]  # fmt: skip
        if number % 4 == 0 and (over or number == 0):
            yield from self._incident(number // 4, release, due)
        if number % 50 == 0 and (over or number == 0):
            yield from self._recall(number // 50, number, due)

    def _incident(self, place: int, release: str, due: datetime) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        open_yet = place < 12
        incident = _id("inc", place)
        yield tables.incidents, [
            {
                "incident_id": incident, "number": place + 1, "release_id": release, "producer_id": self.producer_id,
                "kind": "received_in_error", "near_miss": place % 4 == 3, "state": "open" if open_yet else "reported",
                "opened_at": min(due, self.at), "occurred_at": min(due, self.at), "opened_by": None,
                "summary": "Somebody who had left the team was still given access.", "facts": "{}", "revision": 1,
                "closed_at": None if open_yet else due + timedelta(days=5),
            }
        ]  # fmt: skip
        yield tables.corrective_actions, [
            {
                "corrective_action_id": _id("cra", place, one), "incident_id": incident,
                "what": "Ask coordinators sooner.", "long_term": bool(one), "owner": "Head of Profession",
                "due_on": due.date() + timedelta(days=30),
                "added_at": due, "added_by": self._staffed("head"), "outcome": "" if open_yet else "done",
            }
            for one in range(2)
        ]  # fmt: skip

    def _recall(self, place: int, number: int, due: datetime) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        recall, release = _id("rcl", place), self.release_ids[number]
        begun = min(due, self.at) - timedelta(hours=3)
        documents = [_id("doc", number, 1)] if number else [self.today.large.card.document_id]
        yield tables.recalls, [
            {
                "recall_id": recall, "release_id": release, "cause": "document", "document_ids": json.dumps(documents),
                "reason": "A table is from the wrong month.", "begun_at": begun, "begun_by": self._staffed("lead"),
                "closed_at": begun + timedelta(days=2) if number else None, "revision": 1,
            }
        ]  # fmt: skip
        asked = [person for person, _ in self._listed(number)]
        yield tables.recall_people, [
            {
                "recall_person_id": _id("rcp", place, row), "recall_id": recall, "release_id": release,
                "person_id": person, "post": "Deputy Director, Department", "served": row < _OPENED, "asked_at": begun,
            }
            for row, person in enumerate(asked)
        ]  # fmt: skip
        yield tables.statements, [
            {
                "statement_id": _id("stm", place, row), "recall_id": recall, "release_id": release, "person_id": person,
                "did": "opened_and_deleted", "printed": False, "given_at": begun + timedelta(hours=1), "jws": "",
            }
            for row, person in enumerate(asked[1:])
        ]  # fmt: skip

    def _beside(self) -> dict[Table, list[dict[str, Any]]]:
        """Give what belongs to no single release, or to few."""
        hook, by = _id("whk", 0), self._staffed("head")
        return {
            tables.webhooks: [
                {
                    "webhook_id": hook, "producer_id": self.producer_id, "name": "Web desk", "made_by": by,
                    "url": "https://hooks.live.gov.example/news", "kinds": '["release.published"]',
                    "made_at": self.at - timedelta(days=900),
                }
            ],
            tables.webhook_deliveries: [
                {
                    "delivery_id": _id("whd", number), "webhook_id": hook, "release_id": self.release_ids[number],
                    "kind": "release.published", "number": 1, "reason_key": f"bench:{number}", "body": "{}",
                    "queued_at": self.days[number], "delivered_at": self.days[number],
                }
                for number in range(1, self.over)
            ],
            tables.contingencies: [
                {
                    "contingency_id": _id("ctg", number), "release_id": self.release_ids[number],
                    "document_ids": json.dumps([_id("doc", number, 0)]), "reason": "The site had failed.",
                    "released_at": self.days[number], "released_by": by,
                }
                for number in range(1, min(self.over, 20))
            ],
        }  # fmt: skip

    def _listed(self, number: int) -> Iterator[tuple[str, str]]:
        """Give person and post of each row of a release's list; the first recipient of today is on every one."""
        if number == 0:
            yield from ((one.person_id, "") for one in self.today.recipients)
            return
        yield self.staff["recipient"].person_id, self.first_post
        for row in range(1, self.size.listed):
            place = (number * 37 + row) % self.size.people
            yield _id("per", place), _id("pst", place)

    def _is_over(self, number: int) -> bool:
        return 0 < number <= self.over

    def _list_of(self, number: int) -> str:
        return self.like["grants"]["list_id"] if number == 0 else _id("lst", number)

    def _staffed(self, name: str) -> str:
        return self.staff[name].person_id

    # -- the log --------------------------------------------------------------------------------------------------

    def entry(self, place: int) -> Entry:
        """Give one entry of the log as it would stand there, about a release, or of the service itself."""
        chance = Random(place)
        kind, outcome, _ = chance.choices(KINDS, [weight for _, _, weight in KINDS])[0]
        number = self.over - place * (self.over + 1) // self.size.entries  # those of today come last
        of_service = kind is EntryKind.LOG_READ
        by_rule = kind in (EntryKind.NOTICE_QUEUED, EntryKind.NOTICE_SENT, EntryKind.PAGE_PROBED)
        row = chance.randrange(self.size.listed)
        person = self.staff["recipient"].person_id if row == 0 else _id("per", (number * 37 + row) % self.size.people)
        decided = kind is EntryKind.ACCESS_DECIDED
        said: dict[str, Any] = {"act": "open", "list_version": 1, "number": f"{place:09d}"}
        if outcome is Outcome.REFUSED:
            code, source = REASONS[chance.randrange(20) == 0]
            said["reasons"] = [{"code": code, "source": source}]
        if decided:
            said["opens_at"] = instant_text(self.days[number] - timedelta(hours=24))
        return Entry(
            kind,
            self.at - timedelta(days=3 * 365) * (1 - place / self.size.entries),
            outcome,
            actor_id="rule" if by_rule else person,
            person_id=None if of_service or kind is EntryKind.PAGE_PROBED else person,
            producer_id=None if of_service else self.producer_id,
            release_id=None if of_service else self.release_ids[number],
            document_id=_id("doc", number, 0) if decided else None,
            said=said,
            sealed={"network": f"{chance.randrange(500):064x}"} if decided else {},
        )


def _log(tools: Tools, made: _Making, size: Size) -> None:
    """Add the entries, and have them sequenced as they come."""
    for first in range(0, size.entries, _ENTRIES_AT_ONCE):
        add_many(tools, range(first, min(first + _ENTRIES_AT_ONCE, size.entries)), made.entry)
        auditing.sequence(tools)
