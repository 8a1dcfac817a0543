"""The places of entries in the tree in a table of their own, and what waits for one known by a trigger.

Expand: no entry is touched here. Those that have their place in the column keep it there. A version before this that
still runs can append, and its entries wait like all others; it can give no place any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADD_WAITING = "INSERT INTO entries_waiting (arrival) VALUES (NEW.arrival)"
_REFUSAL = "'entries have their places in entry_places'"
_AFTER, _BEFORE = "AFTER INSERT ON entries", "BEFORE UPDATE OF leaf_index ON entries"
_SQLITE = (
    f"CREATE TRIGGER entries_wait {_AFTER} BEGIN {_ADD_WAITING}; END",
    f"CREATE TRIGGER entries_keep_place {_BEFORE} BEGIN SELECT RAISE(ABORT, {_REFUSAL}); END",
)
_FUNCTION = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
_POSTGRESQL = (
    _FUNCTION.format("entries_wait", f"{_ADD_WAITING}; RETURN NULL"),
    f"CREATE TRIGGER entries_wait {_AFTER} FOR EACH ROW EXECUTE FUNCTION entries_wait()",
    _FUNCTION.format("entries_keep_place", f"RAISE EXCEPTION {_REFUSAL}"),
    f"CREATE TRIGGER entries_keep_place {_BEFORE} FOR EACH ROW EXECUTE FUNCTION entries_keep_place()",
)


def upgrade() -> None:
    op.create_table(
        "entry_places",
        sa.Column("leaf_index", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_entry_places"),
        sa.UniqueConstraint("arrival", name="uq_entry_places_arrival"),
    )
    op.create_table(
        "entries_waiting",
        sa.Column("arrival", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("arrival", name="pk_entries_waiting"),
    )
    # Before the triggers nothing is read: on PostgreSQL they wait for whoever appends or gives places just then.
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)
    op.execute(sa.text("INSERT INTO entries_waiting (arrival) SELECT arrival FROM entries WHERE leaf_index IS NULL"))
    # The ones that waited, which it led to, stand apart now. By its successor all that stand apart are counted.
    op.drop_index("ix_entries_waiting", "entries")
    apart = sa.text("leaf_index IS NULL")
    op.create_index("ix_entries_apart", "entries", ["arrival"], sqlite_where=apart, postgresql_where=apart)


def downgrade() -> None:
    """Refuse: the log would lose its order."""
    raise RuntimeError("migrations only go forward")
