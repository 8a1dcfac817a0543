"""Grants by person and list, declarations by person and release and by person and instant.

Of somebody on a thousand lists, those of one page were found by reading all thousand rows.

Expand: the version before it finds a person's by the first column of each, as it did by an index of that column alone.
What is dropped is dropped first: a lock taken twice, the second time for more, would wait for those who wait for it.
"""

from __future__ import annotations

from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.drop_index("ix_grants_person_id", "grants")
    op.create_index("ix_grants_person_id_list_id", "grants", ["person_id", "list_id"])
    op.drop_index("ix_declarations_person_id", "declarations")
    op.create_index("ix_declarations_person_id_release_id", "declarations", ["person_id", "release_id"])
    op.create_index("ix_declarations_person_id_signed_at", "declarations", ["person_id", "signed_at"])


def downgrade() -> None:
    """Refuse, as every migration does."""
    raise RuntimeError("migrations only go forward")
