"""Seals of releases, and where each person stands in one.

Expand: two new tables, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "release_seals",
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("newest_arrival", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("filler_seed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_release_seals_release_id"),
        sa.PrimaryKeyConstraint("seal_id", name="pk_release_seals"),
        sa.UniqueConstraint("release_id", "number", name="uq_release_seals_release_id_number"),
    )
    op.create_table(
        "seal_places",
        sa.Column("seal_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("record", sa.Text()),
        sa.ForeignKeyConstraint(["seal_id"], ["release_seals.seal_id"], name="fk_seal_places_seal_id"),
        sa.PrimaryKeyConstraint("seal_id", "place", name="pk_seal_places"),
    )


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
