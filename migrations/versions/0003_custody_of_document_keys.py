"""Custody of documents' keys: who recalled, whom a key is escrowed to, and when a key was destroyed.

Expand: four columns that may be empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("recalled_by", sa.String(length=40), nullable=True))
    op.add_column("documents", sa.Column("escrow_recipient", sa.String(length=62), nullable=True))
    op.add_column("documents", sa.Column("key_destroyed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("key_destroyed_by", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Refuse: the log and the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
