"""Whether a recipient may hold a part of another copy, so that the rest of this one is not joined to it.

Expand. The version before goes on working on this schema: it leaves the new column as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("openings", sa.Column("other_copy_held", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
