"""Kind and outcome in the index of entries by person: of thousands about one person those that pass alone are fetched.

Expand: the version before it uses the index as it did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | None = None
depends_on: str | None = None

_NAME = "ix_entries_person_at"


def upgrade() -> None:
    filled = sa.text("person_id IS NOT NULL")
    op.drop_index(_NAME, "entries")
    columns = ["person_id", "at", "arrival", "kind", "outcome"]
    op.create_index(_NAME, "entries", columns, sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    """Refuse, as every migration does."""
    raise RuntimeError("migrations only go forward")
