"""How Alembic runs our migrations: one transaction, one at a time, on SQLite and on PostgreSQL.

The database is named by ``-x url=…``, or by ``config.attributes["url"]`` when our own code calls Alembic, or by
``PRA_DATABASE_URL``. There is no default: nobody migrates a database by accident.
"""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection

from app.connections import patient
from app.database import Database, Instant
from app.records.tables import metadata

# Any number, as long as every replica that starts takes the same one.
_ONE_AT_A_TIME = 20_081_201


def _url() -> str:
    url = (
        context.get_x_argument(as_dictionary=True).get("url")
        or context.config.attributes.get("url")
        or os.environ.get("PRA_DATABASE_URL")
    )
    if not url:
        raise SystemExit("Say which database: alembic -x url=sqlite:///var/service/records.sqlite3 upgrade head")
    return str(url)


def _render(kind: str, thing: Any, _autogen_context: Any) -> str | bool:
    """Write our own types as what they are in the database: a migration must not change when our code does."""
    if kind == "type" and isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def _begin(connection: Connection, is_sqlite: bool) -> None:
    if is_sqlite:
        # A table rebuilt in place would otherwise take the rows that point to it along; checked again in _finish.
        connection.exec_driver_sql("PRAGMA foreign_keys=off")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # an index on a long log takes its time
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")


def _finish(connection: Connection, is_sqlite: bool) -> None:
    if is_sqlite:
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if astray:
            raise RuntimeError(f"the migration left rows that point nowhere, so nothing was changed: {astray[:5]}")
    connection.commit()


def _migrate() -> None:
    database = Database(_url(), pool_size=1)
    try:
        with patient(), database.engine.connect() as connection:
            _begin(connection, database.is_sqlite)
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=database.is_sqlite,
                render_item=_render,
                compare_type=True,
                compare_server_default=False,
            )
            context.run_migrations()
            _finish(connection, database.is_sqlite)
    finally:
        database.close()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into a script: leave out --sql.")
_migrate()
