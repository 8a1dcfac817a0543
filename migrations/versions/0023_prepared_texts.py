"""Texts prepared for the day of a release, sealed version by version until publication is confirmed.

Expand: the code before this runs on with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "prepared_texts",
        sa.Column("prepared_text_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ready_from_at", sa.DateTime(timezone=True)),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.String(length=40), nullable=False),
        sa.Column("prepared_for_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String(length=40)),
        sa.Column("decided_for_at", sa.DateTime(timezone=True)),
        sa.Column("decided_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("told_of", sa.String(length=100), server_default="", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.String(length=40)),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("taken_by", sa.String(length=40)),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["people.person_id"], name="fk_prepared_texts_owner_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_prepared_texts_release_id"),
        sa.PrimaryKeyConstraint("prepared_text_id", name="pk_prepared_texts"),
    )
    op.create_index("ix_prepared_texts_release_id", "prepared_texts", ["release_id"])
    op.create_index("ix_prepared_texts_released_at", "prepared_texts", ["released_at"])
    op.create_table(
        "prepared_text_versions",
        sa.Column("version_id", sa.String(length=40), nullable=False),
        sa.Column("prepared_text_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bound_to", sa.String(length=60), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_identity", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["prepared_text_id"],
            ["prepared_texts.prepared_text_id"],
            name="fk_prepared_text_versions_prepared_text_id",
        ),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_prepared_text_versions_release_id"),
        sa.PrimaryKeyConstraint("version_id", name="pk_prepared_text_versions"),
        sa.UniqueConstraint("prepared_text_id", "version", name="uq_prepared_text_versions_prepared_text_id_version"),
    )
    op.create_index("ix_prepared_text_versions_release_id", "prepared_text_versions", ["release_id"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
