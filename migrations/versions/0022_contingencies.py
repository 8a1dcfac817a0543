"""Releases whose final documents this service itself has made public.

Expand: the code before this runs on with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "contingencies",
        sa.Column("contingency_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("document_ids", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(length=40), nullable=False),
        sa.Column("site_back_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.String(length=40)),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_contingencies_release_id"),
        sa.PrimaryKeyConstraint("contingency_id", name="pk_contingencies"),
        sa.UniqueConstraint("release_id", name="uq_contingencies_release_id"),
    )
    op.create_index("ix_contingencies_released_at", "contingencies", ["released_at"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
