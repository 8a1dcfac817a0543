"""Many releases come due at the same second, three servers share the work, and one of them is killed in its middle.

What is done at a time that passed with nothing live, telling those listed and giving alarm, is done once for each
release, whoever does it. A letter that the mail server had taken, and of which nobody could say so any more, may go a
second time, and the records say that it was tried twice.

Rows of some releases are held while the servers work, so that the kill comes while each of them has work in hand.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, create_engine, func, select, update

from app.actions import overdue, people, posts
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.cli.seed import OPERATOR, add_producer
from app.records import eligibility, grants, releases, tables
from app.rules.alarms import AlarmKind
from app.rules.facts import EligibilityList, Grant, ListState, Order, Producer, Release, ReleaseState, Sensitivity
from app.rules.timeliness import LATE_FROM
from tests.faults.crowd import exported_entries
from tests.faults.extent import FULL, extent, stated
from tests.live import LiveServer, free_port, prepare

SERVERS = 3
PATIENCE_SECONDS = 240
LEAD = timedelta(seconds=3)


@dataclass
class Postbox:
    """What the mail server has taken: how often each letter, by its Message-ID."""

    taken: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        (ident,) = [
            line.partition(b":")[2].strip().decode()
            for line in envelope.content.splitlines()
            if line.lower().startswith(b"message-id:")
        ]
        self.taken[ident.strip("<>").partition("@")[0]] += 1
        return "250 taken"


@contextmanager
def mail_server(postbox: Postbox) -> Iterator[int]:
    port = free_port()
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def wait_until(happened: Callable[[], bool], what: str) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < patience, f"waited in vain until {what}"
        time.sleep(0.05)


def serves(server: LiveServer) -> None:
    with server.client() as client:

        def ready() -> bool:
            try:
                return client.get("/readyz").status_code == 200
            except httpx2.TransportError:
                return False

        wait_until(ready, "the server can serve")


def releases_due(tools: Tools, count: int) -> tuple[list[str], datetime]:
    """Register as many releases, all due at one instant soon, with one reader on the list of each."""
    producer = add_producer(tools, "Office for Due Statistics", domain="due.gov.example", contact="Desk, 01632 960001")
    ministry = people.add_organisation(tools, OPERATOR, "Ministry of Due Examples")
    reader = people.add_person(tools, OPERATOR, name="Robin Reader", email="robin.reader@due.gov.example")
    post = posts.add_post(tools, OPERATOR, organisation_id=ministry.organisation_id, title="Private Secretary")
    begun = date(2024, 1, 1)
    posts.begin_holding(tools, OPERATOR, post_id=post.post_id, person_id=reader.person_id, from_on=begun)
    at = tools.clock.now()
    publishes_at = (at + LEAD - LATE_FROM).replace(microsecond=0)
    made = []
    with tools.transaction() as tx:
        for number in range(count):
            release = Release(
                release_id=tools.new_id("rel"),
                producer=Producer(producer.producer_id, "Office for Due Statistics"),
                title=f"Figures {number}",
                order=Order.UK,
                sensitivity=Sensitivity.ORDINARY,
                state=ReleaseState.FINAL,
                publishes_at=publishes_at,
            )
            releases.add(
                tx.connection,
                release,
                lead_official_id=None,
                time_exemption="a test by the real clock",
                prepared_by="operator",
                added_at=at,
            )
            listed = EligibilityList(
                tools.new_id("lst"), release.release_id, 1, ListState.APPROVED, approved_at=publishes_at
            )
            eligibility.add(tx.connection, listed, prepared_at=publishes_at, edited_by=[])
            grant = Grant(
                tools.new_id("grt"), post.title, ministry.name, reader.person_id, ground="Briefs the minister"
            )
            grants.add(tx.connection, listed.list_id, 1, post.post_id, grant)
            tx.append(Entry(EntryKind.RELEASE_REGISTERED, at, release_id=release.release_id))
            made.append(release.release_id)
    assert overdue.plan_overdue(tools) == count
    return made, publishes_at


class Board:
    """What the records say of the work, asked past the service's own limits on waiting."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url)

    def undone(self) -> list[Any]:
        of = tables.jobs.c
        asked = select(of.job_id, of.lease_by, of.lease_until).where(
            of.kind == overdue.TELL_OVERDUE, of.done_at.is_(None)
        )
        with self.engine.connect() as connection:
            return list(connection.execute(asked))

    def in_hand(self, at: datetime) -> Counter[str]:
        return Counter(one.lease_by for one in self.undone() if one.lease_by and one.lease_until > at)

    def unsent(self) -> set[str]:
        of = tables.notices.c
        asked = select(of.notice_id).where(of.sent_at.is_(None), of.given_up_at.is_(None))
        with self.engine.connect() as connection:
            return set(connection.execute(asked).scalars())

    def let_leases_end(self, at: datetime) -> None:
        """Two minutes pass for the work in hand of whoever is dead."""
        of = tables.jobs.c
        with self.engine.begin() as connection:
            mine = update(tables.jobs).where(of.done_at.is_(None), of.kind == overdue.TELL_OVERDUE)
            connection.execute(mine.values(lease_until=at))

    def let_letters_go(self, at: datetime) -> None:
        """Ten minutes pass for the letters in hand of whoever is dead."""
        of = tables.notices.c
        with self.engine.begin() as connection:
            mine = update(tables.notices).where(of.sent_at.is_(None), of.given_up_at.is_(None))
            connection.execute(mine.values(due_at=at))


def quiet(board: Board) -> bool:
    """See that nobody alive sends letters: those that are left have been the same for a while."""
    before, since = board.unsent(), time.monotonic()
    while time.monotonic() - since < 5:
        if board.unsent() != before:
            return False
        time.sleep(0.2)
    return True


def test_many_releases_due_at_one_second_are_each_done_once_though_one_of_three_servers_is_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    count, held = extent(24, 200), 12
    folder, postbox = tmp_path / "service", Postbox()
    tools = prepare(folder, postgres_url)
    board = Board(postgres_url)
    with mail_server(postbox) as port:
        mail = {"PRA_SMTP_HOST": "127.0.0.1", "PRA_SMTP_PORT": str(port), "PRA_SMTP_STARTTLS": "false"}
        servers = [LiveServer(folder, postgres_url, **mail) for _ in range(SERVERS)]
        try:
            servers[0].start()  # the first compiles for all
            for server in servers[1:]:
                server.begin()
            with ThreadPoolExecutor(SERVERS) as answering:
                list(answering.map(serves, servers))
            with board.engine.connect() as holding:
                due, publishes_at = releases_due(tools, count)
                of = tables.releases.c
                kept = select(of.release_id).where(of.release_id.in_(due[:held])).with_for_update()
                assert len(holding.execute(kept).all()) == held
                wait_until(lambda: len(board.undone()) == held, "all that is not held was done")
                wait_until(lambda: len(board.in_hand(tools.clock.now())) == SERVERS, "each has work in hand")
                servers[1].kill()
                holding.rollback()
            dead: Counter[str] = Counter()

            def only_the_dead_have_work() -> bool:
                nonlocal dead
                left, dead = board.undone(), board.in_hand(tools.clock.now())
                return len(dead) == 1 and sum(dead.values()) == len(left)

            wait_until(only_the_dead_have_work, "the others have done theirs")
            left = sum(dead.values())
            if not FULL:
                board.let_leases_end(tools.clock.now())
            wait_until(lambda: not board.undone(), "the work of the dead was taken up")
            wait_until(lambda: not board.unsent() or quiet(board), "the letters have gone")
            late = len(board.unsent())
            board.let_letters_go(tools.clock.now())
            wait_until(lambda: not board.unsent(), "the letters of the dead have gone")
        finally:
            for server in servers:
                server.stop()
    entries = exported_entries(tools, tmp_path / "export")
    demand_once(tools, entries, due, publishes_at)
    again = demand_letters_once(tools, postbox)
    stated(
        f"Due at one second: {count} releases, {SERVERS} servers on PostgreSQL, one killed with {left} in hand: each "
        f"done once; {sum(postbox.taken.values())} letters, {late} of them taken up for the dead, {again} sent twice"
    )
    tools.presence.close()
    tools.database.close()
    board.engine.dispose()


def demand_once(tools: Tools, entries: Any, due: list[str], publishes_at: datetime) -> None:
    told = Counter(one["release_id"] for one in entries if one["kind"] == EntryKind.OVERDUE_TOLD.value)
    raised = Counter(one["release_id"] for one in entries if one["kind"] == EntryKind.ALARM_RAISED.value)
    assert told == raised == Counter(due)
    called = Counter(
        (one["said"]["alarm_id"], one["said"]["minute"])
        for one in entries
        if one["kind"] == EntryKind.ALARM_CALLED.value
    )
    assert set(called.values()) == {1}
    with tools.reading() as connection:
        of = tables.alarms.c
        alarms = select(of.release_id, func.count()).where(
            of.kind == AlarmKind.NOT_CONFIRMED.value, of.publishes_at == publishes_at
        )
        assert dict(connection.execute(alarms.group_by(of.release_id)).all()) == dict.fromkeys(due, 1)
        letters = select(func.count()).where(tables.notices.c.kind == "overdue")
        assert connection.execute(letters).scalar_one() == len(due)


def demand_letters_once(tools: Tools, postbox: Postbox) -> int:
    """See that every letter went, and that at most one went twice, which the records show."""
    of = tables.notices.c
    with tools.reading() as connection:
        sent = {row.notice_id: row.tries for row in connection.execute(select(of.notice_id, of.tries))}
    assert set(postbox.taken) == set(sent)
    twice = [ident for ident, count in postbox.taken.items() if count > 1]
    assert len(twice) <= 1
    assert all(postbox.taken[ident] == sent[ident] == 2 for ident in twice)
    return len(twice)


@pytest.mark.parametrize("count", [1, 2])
def test_letter_counted_by_the_mail_server_twice_is_found(count: int) -> None:
    """The count above can fail."""
    postbox = Postbox(Counter({"not_1": count}))
    assert [ident for ident, times in postbox.taken.items() if times > 1] == (["not_1"] if count == 2 else [])
