"""Fifty people are in the middle of a download when the document is recalled, or their ministry is suspended.

Their readers take nothing, so that every copy truly is on its way: what ends it is our own look at the rule, and not
anything that the other side does.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.actions import documents, openings
from app.actions.documents import DocumentRow
from app.audit.entries import Entry, EntryKind
from app.records import suspensions
from app.rules.facts import Role
from tests.unit.documents.test_copies_over_the_network import read_to_the_end, serving, slow_connection, wait_for
from tests.unit.documents.world import World

RUNNING = 50
LENGTH = 16 * 1024 * 1024  # more than the buffers between two sockets hold


def recall(world: World, document: DocumentRow) -> None:
    documents.recall_document(
        world.tools,
        world.staff(Role.LEAD_OFFICIAL),
        document.card.document_id,
        reason="A table is from the wrong month.",
        revision=document.revision,
    )


def suspend_ministry(world: World, document: DocumentRow) -> None:
    with world.tools.transaction() as tx:
        suspensions.add(
            tx.connection,
            suspension_id=world.tools.new_id("sus"),
            producer_id=world.sat.producer_id,
            subject_kind="organisation",
            subject_id=world.ministry,
            reason="An indication was given.",
            conditions="Training",
            at=world.clock.now(),
            by_person_id=world.sat.people[Role.HEAD_OF_PROFESSION],
        )
        tx.append(Entry(EntryKind.SUSPENSION_BEGUN, world.clock.now(), document_id=document.card.document_id))


def begin_to_read(port: int, token: str, opening_id: str) -> tuple[socket.socket, int]:
    """Ask for a copy and read its head alone; gives the connection and the announced length."""
    connection = slow_connection(port)
    connection.sendall(
        f"GET /api/v1/openings/{opening_id}/content HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1024)
    assert head.startswith(b"HTTP/1.1 200 ")
    (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return connection, int(length.split(b":")[1])


@pytest.mark.parametrize(("act", "stopped_by"), [(recall, "document_recalled"), (suspend_ministry, "suspended")])
def test_act_that_ends_access_stops_every_copy_that_runs_and_none_completes(
    tmp_path: Path, act: Callable[[World, DocumentRow], None], stopped_by: str
) -> None:
    world = World(tmp_path)
    document = world.fixed(os.urandom(LENGTH), "figures.bin", "application/octet-stream")
    opened = []
    for number in range(RUNNING):
        seat = world.listed(f"Robin Reader{number}", f"robin.reader{number}@examples.gov.example", f"Adviser {number}")
        world.sign(seat.person_id)
        opening = openings.open_document(world.tools, world.actor(seat.person_id), document.card.document_id)
        opened.append((world.headers(seat.person_id)["Authorization"], opening.opening_id))
    with serving(world) as port, ExitStack() as held:
        reading = [begin_to_read(port, token, opening_id) for token, opening_id in opened]
        for connection, _ in reading:
            held.enter_context(connection)
        assert world.service.entries(EntryKind.COPY_OUTCOME) == []  # all of them run
        act(world, document)
        ended: list[dict[str, Any]] = wait_for(
            lambda: found if len(found := world.service.entries(EntryKind.COPY_OUTCOME)) == RUNNING else None
        )
        got = [read_to_the_end(connection) for connection, _ in reading]
    assert [(entry["outcome"], entry["said"]["stopped_by"]) for entry in ended] == [("stopped", [stopped_by])] * RUNNING
    assert {entry["said"]["opening_id"] for entry in ended} == {opening_id for _, opening_id in opened}
    assert all(entry["said"]["sent_bytes"] < length for entry in ended for _, length in reading)
    assert sum(got) <= sum(entry["said"]["sent_bytes"] for entry in ended)
