"""The warning on copies in versions, and which of them each opening's copy carries.

Expand: a new table and two columns that may be empty, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "warning_texts",
        sa.Column("warning_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("governing_order", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.String(length=40)),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_warning_texts_producer_id"),
        sa.PrimaryKeyConstraint("warning_id", name="pk_warning_texts"),
        sa.UniqueConstraint(
            "producer_id", "governing_order", "version", name="uq_warning_texts_producer_id_governing_order_version"
        ),
    )
    op.create_index("ix_warning_texts_producer_id", "warning_texts", ["producer_id"])
    op.add_column("openings", sa.Column("warning_version", sa.Integer()))
    op.add_column("openings", sa.Column("marking_sha256", sa.String(length=64)))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
