"""A person's own age keys, and the key that the copy of an opening is sealed to.

Expand: a new table and an empty column, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "age_keys",
        sa.Column("age_key_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_age_keys_person_id"),
        sa.PrimaryKeyConstraint("age_key_id", name="pk_age_keys"),
        sa.UniqueConstraint("recipient", name="uq_age_keys_recipient"),
    )
    op.create_index("ix_age_keys_person_id", "age_keys", ["person_id"])
    op.create_index(
        "ix_age_keys_standing",
        "age_keys",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("openings", sa.Column("age_key_id", sa.String(length=40)))


def downgrade() -> None:
    """Refuse: the records would go with the table."""
    raise RuntimeError("migrations only go forward")
