"""Copies in parts: how often a copy was fetched, how far it came, and what a pass over it has worked out.

Expand. The version before goes on working on this schema: it leaves the new columns as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("openings", sa.Column("copy_turn", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("openings", sa.Column("copy_tag", sa.String(length=64)))
    op.add_column("openings", sa.Column("copy_bytes", sa.BigInteger()))
    op.add_column(
        "openings", sa.Column("copy_reached_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("openings", sa.Column("copy_code", sa.LargeBinary()))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
