"""What became of each letter: handed over, delivered, come back; of which text, and about which release.

Expand: the code before this runs on with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("release_id", sa.String(length=40)))
    op.add_column("notices", sa.Column("text_version", sa.Integer()))
    op.add_column("notices", sa.Column("in_hand", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("notices", sa.Column("doubt", sa.String(length=16), server_default="", nullable=False))
    op.add_column("notices", sa.Column("handed_id", sa.String(length=64), server_default="", nullable=False))
    op.add_column("notices", sa.Column("delivered_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("bounced_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("bounce", sa.String(length=12)))
    op.add_column("notices", sa.Column("raised_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("sent_again", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_notices_release_id", "notices", ["release_id"])
    op.create_index("ix_notices_person_id", "notices", ["person_id"])
    op.create_table(
        "notice_checks",
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_notice_checks_notice_id"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notice_checks"),
    )
    op.create_index("ix_notice_checks_ask_at", "notice_checks", ["ask_at"])


def downgrade() -> None:
    """Refuse: the records would go with the columns."""
    raise RuntimeError("migrations only go forward")
