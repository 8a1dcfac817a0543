"""Stored answers to requests that carried an Idempotency-Key."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from app.records.tables import idempotency


def find(connection: Connection, key_hash: str) -> tuple[str, str] | None:
    """Give (request hash, answer as JSON text or empty) of an earlier request with this key; None when none."""
    row = connection.execute(
        select(idempotency.c.request_sha256, idempotency.c.answer).where(idempotency.c.key_hash == key_hash)
    ).one_or_none()
    return (row.request_sha256, row.answer) if row else None


def keep(connection: Connection, key_hash: str, answer: str) -> None:
    """Keep the answer of a request whose key was claimed."""
    connection.execute(update(idempotency).where(idempotency.c.key_hash == key_hash).values(answer=answer, status=201))
