"""Indexes of columns by which rows are looked for, or that a destruction follows from the row they point to.

Expand: the code before this runs on with them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | None = None
depends_on: str | None = None

_OF = (
    ("roles", "organisation_id"),
    ("releases", "series_id"),
    ("documents", "sha256"),
    ("erasures", "release_id"),
    ("confirmations", "release_id"),
    ("openings", "grant_id"),
    ("suspension_actions", "corrective_action_id"),
)
_WHERE_GIVEN = (("grants", "for_person_id"), ("openings", "copy_sha256"))


def upgrade() -> None:
    for table, column in _OF:
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table, column in _WHERE_GIVEN:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    """Refuse, as every migration does."""
    raise RuntimeError("migrations only go forward")
