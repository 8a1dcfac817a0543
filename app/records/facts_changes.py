"""How often something was changed that a decision about access may rest on: one number, in one row.

Whoever has read facts can see with one look whether they may have changed since. The number goes up as the very last
thing in the transaction that makes the change, so that nobody holds it for longer than a commit takes, and whoever
holds it waits for nobody.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

# Whatever ``documents.access_facts`` and what an action adds to it are read from; a test compares the two.
FACT_TABLES = frozenset(
    {
        "closed_days",
        "corrective_actions",
        "declarations",
        "documents",
        "grants",
        "holdings",
        "lists",
        "organisations",
        "people",
        "posts",
        "producer_words",
        "producers",
        "releases",
        "series",
        "suspension_actions",
        "suspensions",
        "training_records",
        "wrong_facts",
    }
)
_COUNT = text(
    'INSERT INTO facts_changes ("only", number) VALUES (1, 1) '
    'ON CONFLICT ("only") DO UPDATE SET number = facts_changes.number + 1'
)
_NUMBER = text('SELECT number FROM facts_changes WHERE "only" = 1')
_NUMBER_KEPT = text('SELECT number FROM facts_changes WHERE "only" = 1 FOR SHARE')


def count_one(connection: Connection) -> None:
    """Count one change; the last statement of its transaction."""
    connection.execute(_COUNT)


def number(connection: Connection) -> int:
    """Give how many changes there were; read it before the facts, and a change in between shows later."""
    return connection.execute(_NUMBER).scalar_one_or_none() or 0


def number_kept(connection: Connection) -> int:
    """Give the same, and let nobody commit a change before this transaction is over; its last statement.

    Args:
        connection: An open write transaction. On SQLite there is only one at a time anyway.
    """
    asked = _NUMBER_KEPT if connection.dialect.name == "postgresql" else _NUMBER
    return connection.execute(asked).scalar_one_or_none() or 0
