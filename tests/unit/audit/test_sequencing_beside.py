"""The log is sequenced beside everything else that the worker does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.actions import auditing
from app.audit.entries import Entry, EntryKind
from app.records import notices
from app.worker.loop import Worker
from tests.service import Service

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PATIENCE_SECONDS = 60


class SilentMail:
    """A mail system that takes a letter and says nothing until it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.let_go = threading.Event()

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        self.asked.set()
        self.let_go.wait(PATIENCE_SECONDS)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, NOON)
    yield made
    made.close()


def published_size(service: Service) -> int:
    published = auditing.sequencer(service.tools).published()
    return published.size if published else 0


def test_checkpoint_follows_while_the_mail_system_says_nothing(service: Service) -> None:
    mail = SilentMail()
    person_id = service.person("Ash Example", "ash@example.gov.example")
    with service.tools.transaction() as tx:
        notices.add(
            tx.connection,
            notice_id=service.tools.new_id("ntc"),
            kind="example",
            reason_key="example:1",
            email="ash@example.gov.example",
            person_id=person_id,
            subject="Example",
            body="Example",
            at=NOON,
        )
        tx.append(Entry(EntryKind.NOTICE_QUEUED, NOON))
    with Worker(replace(service.tools, mail=mail), every_seconds=0.01).running():
        assert mail.asked.wait(PATIENCE_SECONDS)
        before = published_size(service)
        with service.tools.transaction() as tx:
            tx.append(Entry(EntryKind.CLOCK_CHECKED, NOON))
        until = time.monotonic() + PATIENCE_SECONDS / 2
        while published_size(service) <= before and time.monotonic() < until:
            threading.Event().wait(0.02)
        covered, held_up = published_size(service) > before, not mail.let_go.is_set()
        mail.let_go.set()
    assert (covered, held_up) == (True, True)
