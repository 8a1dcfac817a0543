"""What auditors search the log by: labels beside the entries, and indexes in the order of time.

Expand: no entry is touched here. Those that stand already, and those that an older process still appends, are given
their labels by the worker.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None

_OF = ("release_id", "document_id", "person_id", "producer_id")


def upgrade() -> None:
    op.create_table(
        "entry_labels",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("value", sa.String(300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrival", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "at", "arrival", name="pk_entry_labels"),
        sqlite_with_rowid=False,
    )
    op.add_column("entries", sa.Column("labelled", sa.Boolean(), nullable=True))
    for name in _OF:
        _by(name.removesuffix("_id"), name)
    _by("producer_kind", "producer_id", "kind", "outcome")
    op.create_index("ix_entries_kind_outcome_at", "entries", ["kind", "outcome", "at", "arrival"])
    op.create_index("ix_entries_outcome_at", "entries", ["outcome", "at", "arrival"])
    unlabelled = sa.text("labelled IS NULL")
    op.create_index(
        "ix_entries_unlabelled", "entries", ["arrival"], sqlite_where=unlabelled, postgresql_where=unlabelled
    )
    for name in ("document", "person", "kind"):  # what they gave, the new ones give
        op.drop_index(f"ix_entries_{name}", "entries")


def _by(name: str, *columns: str) -> None:
    filled = sa.text(f"{columns[0]} IS NOT NULL")
    op.create_index(
        f"ix_entries_{name}_at", "entries", [*columns, "at", "arrival"], sqlite_where=filled, postgresql_where=filled
    )


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
