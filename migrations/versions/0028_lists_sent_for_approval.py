"""A draft of a list that is sent for approval: when, by whom, and why it is longer than the one before it.

Expand: the code before this runs on with the new columns, which it leaves empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("lists", sa.Column("submitted_by", sa.String(length=40)))
    op.add_column("lists", sa.Column("submitted_at", sa.DateTime(timezone=True)))
    op.add_column("lists", sa.Column("growth_reason", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Refuse, as every migration does."""
    raise RuntimeError("migrations only go forward")
