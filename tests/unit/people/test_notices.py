"""Notices: once for one reason, sent outside any transaction, tried again, and never in anybody's way."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions import desk, notices, sign_in
from app.audit.entries import Entry, EntryKind
from app.records import tables
from app.rules.errors import Unavailable
from tests.service import Service
from tests.unit.people.world import NETWORK, a_service

BO = "bo.example@department.gov.example"


def owe(service: Service, reason_key: str, *, email: str = BO, subject: str = "A subject") -> bool:
    with service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, service.clock.now()))
        return desk.queue_notice(
            service.tools,
            tx,
            at=service.clock.now(),
            email=email,
            person_id=None,
            kind="test",
            reason_key=reason_key,
            subject=subject,
            body="Words.",
        )


def rows(service: Service) -> list[dict[str, object]]:
    with service.tools.reading() as connection:
        found = connection.execute(tables.notices.select().order_by(tables.notices.c.reason_key)).mappings()
        return [dict(row) for row in found]


def test_notice_owed_twice_for_one_reason_is_owed_once(tmp_path: Path, any_database_url: str) -> None:
    service = a_service(tmp_path, database_url=any_database_url)
    assert (owe(service, "a"), owe(service, "a"), owe(service, "b")) == (True, False, True)
    assert notices.send_due(service.tools) == 2
    assert notices.send_due(service.tools) == 0
    assert len(service.mailbag.to(BO)) == 2
    assert len(service.entries(EntryKind.NOTICE_QUEUED)) == 2
    assert len(service.entries(EntryKind.NOTICE_SENT)) == 2
    service.close()


def test_notice_sent_has_a_message_id_made_of_its_own_id(service: Service) -> None:
    owe(service, "a")
    notices.send_due(service.tools)
    (row,) = rows(service)
    assert service.mailbag.letters[0].message_id == f"<{row['notice_id']}@twin.pra-gatekeeper.example>"


def test_notice_that_nothing_is_due_for_logs_nothing(service: Service) -> None:
    before = len(service.entries())
    assert notices.send_due(service.tools) == 0
    assert len(service.entries()) == before


def test_notice_with_the_mail_system_down_is_tried_again_later_and_later(service: Service) -> None:
    owe(service, "a")
    owe(service, "b")
    service.mailbag.down = True
    assert notices.send_due(service.tools) == 0
    assert [leaf["said"]["error"] for leaf in service.entries(EntryKind.NOTICE_FAILED)] == ["OSError", "OSError"]
    service.mailbag.down = False
    service.clock.forward(seconds=29)
    assert notices.send_due(service.tools) == 0
    service.clock.forward(seconds=1)
    assert notices.send_due(service.tools) == 2
    assert [(row["tries"], row["last_error"]) for row in rows(service)] == [(2, None), (2, None)]


@pytest.mark.parametrize(("tries", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (30, 3600)])
def test_pause_after_failed_tries_doubles_up_to_an_hour(tries: int, seconds: int) -> None:
    assert notices.pause_after(tries) == timedelta(seconds=seconds)


def test_notice_that_never_goes_is_given_up_after_thirty_tries(service: Service) -> None:
    owe(service, "a")
    service.mailbag.down = True
    for _ in range(40):
        notices.send_due(service.tools)
        service.clock.forward(hours=1)
    outcomes = [leaf["outcome"] for leaf in service.entries(EntryKind.NOTICE_FAILED)]
    assert outcomes == ["aborted"] * 29 + ["stopped"]


class Choosy:
    """A mail system that does not take one address; everything else goes into the bag."""

    def __init__(self, service: Service, refused: str) -> None:
        self.bag, self.refused = service.mailbag, refused

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        if to == self.refused:
            raise ValueError("the mail server does not take this address")
        self.bag.send(to=to, subject=subject, body=body, message_id=message_id)


def with_mail(service: Service, mail: object) -> object:
    from dataclasses import replace

    return replace(service.tools, mail=mail)


def test_notice_to_an_address_that_is_not_taken_keeps_no_other_waiting(service: Service) -> None:
    owe(service, "a", email="gone@department.gov.example")
    owe(service, "b")
    assert notices.send_due(with_mail(service, Choosy(service, "gone@department.gov.example"))) == 1
    assert [letter.to for letter in service.mailbag.letters] == [BO]


class Slow:
    """A mail system that lets others look while it sends."""

    def __init__(self, service: Service) -> None:
        self.service, self.seen = service, []

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        # No transaction is open: another can write, and another worker finds nothing to take.
        owe(self.service, f"while sending {len(self.seen)}")
        self.seen.append(to)


def test_notice_being_sent_holds_no_transaction_open(service: Service) -> None:
    owe(service, "a")
    slow = Slow(service)
    assert notices.send_due(with_mail(service, slow)) == 1
    assert slow.seen == [BO]
    assert len(rows(service)) == 2


def test_notices_due_with_two_workers_go_once(tmp_path: Path, any_database_url: str) -> None:
    service = a_service(tmp_path, database_url=any_database_url)
    for number in range(12):
        owe(service, f"{number:02d}")
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        notices.send_due(service.tools, 5)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notices.send_due(service.tools)
    ids = [letter.message_id for letter in service.mailbag.letters]
    assert (len(ids), len(set(ids))) == (12, 12)
    service.close()


class Dying:
    """A mail system that sends, and then the process is gone before that is marked."""

    def __init__(self, service: Service) -> None:
        self.bag = service.mailbag

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        self.bag.send(to=to, subject=subject, body=body, message_id=message_id)
        raise Unavailable("gone")


def test_notice_sent_but_not_marked_goes_again_with_the_same_message_id(service: Service) -> None:
    owe(service, "a")
    with pytest.raises(Unavailable):
        notices.send_due(with_mail(service, Dying(service)))
    assert notices.send_due(service.tools) == 0
    service.clock.forward(minutes=10)
    assert notices.send_due(service.tools) == 1
    first, second = service.mailbag.letters
    assert first == second


def test_code_no_longer_fresh_is_never_sent_and_its_secret_forgotten(service: Service) -> None:
    service.person("Bo Example", BO)
    sign_in.ask_for_code(service.tools, BO, network=NETWORK)
    assert rows(service)[0]["secret"] is not None
    service.clock.forward(minutes=10)
    assert notices.send_due(service.tools) == 0
    (row,) = rows(service)
    assert (row["secret"], row["sent_at"], row["given_up_at"]) == (None, None, service.clock.now())
    assert service.mailbag.letters == []


def test_code_sent_is_forgotten_by_the_notice(service: Service) -> None:
    service.person("Bo Example", BO)
    sign_in.ask_for_code(service.tools, BO, network=NETWORK)
    assert notices.send_due(service.tools) == 1
    assert "{secret}" not in service.mailbag.letters[0].body
    (row,) = rows(service)
    assert (row["secret"], "{secret}" in str(row["body"])) == (None, True)


def test_code_wrapped_for_another_notice_is_not_sent(service: Service) -> None:
    service.person("Bo Example", BO)
    service.person("Ana Example", "ana.example@department.gov.example")
    for email in (BO, "ana.example@department.gov.example"):
        sign_in.ask_for_code(service.tools, email, network=NETWORK)
    kept = {row["email"]: row for row in rows(service)}
    with service.tools.transaction() as tx:
        tx.append(Entry(EntryKind.CLOCK_CHECKED, service.clock.now()))
        swapped = tables.notices.update().where(tables.notices.c.email == BO)
        tx.connection.execute(swapped.values(secret=kept["ana.example@department.gov.example"]["secret"]))
    assert notices.send_due(service.tools) == 1
    assert [letter.to for letter in service.mailbag.letters] == ["ana.example@department.gov.example"]
    assert [leaf["said"]["error"] for leaf in service.entries(EntryKind.NOTICE_FAILED)] == ["seal_broken"]
