"""What the malware scanner said of each document.

Expand: empty columns, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("scan_state", sa.String(length=20)))
    op.add_column("documents", sa.Column("scan_why", sa.String(length=20)))
    op.add_column("documents", sa.Column("scan_signature", sa.String(length=200)))
    op.add_column("documents", sa.Column("scan_engine", sa.String(length=60)))
    op.add_column("documents", sa.Column("scan_signatures", sa.String(length=20)))
    op.add_column("documents", sa.Column("scanned_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Refuse: the records would go with the columns."""
    raise RuntimeError("migrations only go forward")
