"""What auditors search the log by: labels beside the entries, and indexes in the order of time.

Expand: no entry is touched here. Those that stand already, and those that an older process still appends, are given
their labels by the worker.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
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
    op.create_table(
        "saved_searches",
        sa.Column("saved_search_id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("organisation_id", sa.String(40), nullable=True),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("newest_first", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("saved_search_id", name="pk_saved_searches"),
        sa.ForeignKeyConstraint(["owner_id"], ["people.person_id"], name="fk_saved_searches_owner_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_saved_searches_organisation_id"
        ),
        sa.UniqueConstraint("owner_id", "name", name="uq_saved_searches_owner_id_name"),
    )
    op.create_index("ix_saved_searches_organisation_id", "saved_searches", ["organisation_id"])
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
