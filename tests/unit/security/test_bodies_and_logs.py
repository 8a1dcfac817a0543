"""Attack: fill the memory before anybody asks who sends it; read in the operator's log what the records keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.api.bodies import JSON_LIMIT_BYTES
from app.records import tables
from tests.build import london
from tests.service import Service

PIECE = b" " * 10_000


def test_body_of_a_stranger_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    service = Service(tmp_path, london(2026, 3, 2, 9, 0))
    for path in ("/api/v1/sign-in/codes", "/api/v1/concerns", "/api/v1/people"):
        answer = service.client.post(path, content=PIECE * 100, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert answer.json()["detail"] == "The body of the request cannot be read. Nothing was done."


def test_body_without_an_announced_length_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"email": "ana@department.gov.example"'
        yield from [PIECE] * (JSON_LIMIT_BYTES // len(PIECE) + 1)
        yield b"}"

    service = Service(tmp_path, london(2026, 3, 2, 9, 0))
    headers = {"Content-Type": "application/json"}
    answer = service.client.post("/api/v1/sign-in/codes", content=pieces(), headers=headers)
    assert answer.status_code == 422
    short = b'{"email": "ana@department.gov.example"' + PIECE + b"}"
    assert service.client.post("/api/v1/sign-in/codes", content=short, headers=headers).status_code == 202


def test_error_of_the_database_quotes_nobodys_name(tmp_path: Path) -> None:
    service = Service(tmp_path, london(2026, 3, 2, 9, 0))
    held = {"person_id": None, "name": "Ana Secret", "email": "ana@secret.gov.example", "added_at": service.clock.now()}
    with pytest.raises(IntegrityError) as caught, service.tools.transaction() as tx:
        tx.connection.execute(insert(tables.people).values(held))
    text = str(caught.value)
    assert [word for word in ("Ana Secret", "ana@secret.gov.example") if word in text] == []
