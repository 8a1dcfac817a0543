"""Documents that are sent in parts, until each is whole.

Expand: three new tables, so the code before this runs on without them. It removes stored objects that its records do
not know, and so the parts: unfinished uploads are finished or taken back before going back to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("plain_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("replaces_id", sa.String(length=40)),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kept_bytes", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=40)),
        sa.Column("problem", sa.Text()),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_uploads_release_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["documents.document_id"], name="fk_uploads_replaces_id"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name="fk_uploads_document_id"),
        sa.PrimaryKeyConstraint("upload_id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_release_id", "uploads", ["release_id"])
    op.create_index("ix_uploads_begun_by", "uploads", ["begun_by"])
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_table(
        "upload_parts",
        sa.Column("part_id", sa.String(length=40), nullable=False),
        sa.Column("upload_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plain_bytes", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=80), nullable=False),
        sa.Column("wrapped_identity", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.upload_id"], name="fk_upload_parts_upload_id"),
        sa.PrimaryKeyConstraint("part_id", name="pk_upload_parts"),
        sa.UniqueConstraint("object_name", name="uq_upload_parts_object_name"),
        sa.UniqueConstraint("upload_id", "number", name="uq_upload_parts_upload_id_number"),
    )
    op.create_table(
        "upload_turns",
        sa.Column("upload_id", sa.String(length=40), nullable=False),
        sa.Column("held_by", sa.String(length=40)),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.Column("completing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.upload_id"], name="fk_upload_turns_upload_id"),
        sa.PrimaryKeyConstraint("upload_id", name="pk_upload_turns"),
    )


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
