"""Letters that the documents of a release are ready.

Expand: one new table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "ready_letters",
        sa.Column("ready_letter_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_ready_letters_release_id"),
        sa.PrimaryKeyConstraint("ready_letter_id", name="pk_ready_letters"),
    )
    op.create_index("ix_ready_letters_release_id", "ready_letters", ["release_id"])
    op.create_index("ix_ready_letters_state_send_at", "ready_letters", ["state", "send_at"])


def downgrade() -> None:
    """Refuse: the records would go with the table."""
    raise RuntimeError("migrations only go forward")
