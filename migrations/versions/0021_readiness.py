"""The publishing team's confirmations, marks of who was told what is missing, and private addresses of calendars.

Expand: the code before this runs on with them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "page_confirmations",
        sa.Column("confirmation_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_url", sa.String(length=500), nullable=False),
        sa.Column("scheduled_by", sa.String(length=300), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("documents_sha256", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.Column("ended_because", sa.String(length=20)),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_page_confirmations_release_id"),
        sa.PrimaryKeyConstraint("confirmation_id", name="pk_page_confirmations"),
    )
    op.create_index("ix_page_confirmations_release_id", "page_confirmations", ["release_id"])
    op.create_table(
        "readiness_marks",
        sa.Column("mark_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_readiness_marks_release_id"),
        sa.PrimaryKeyConstraint("mark_id", name="pk_readiness_marks"),
        sa.UniqueConstraint(
            "release_id",
            "publishes_at",
            "need",
            "cause",
            "rung",
            name="uq_readiness_marks_release_id_publishes_at_need_cause_rung",
        ),
    )
    op.create_table(
        "calendar_links",
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_calendar_links_producer_id"),
        sa.PrimaryKeyConstraint("link_id", name="pk_calendar_links"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_links_token_hash"),
    )
    op.create_index("ix_calendar_links_producer_id", "calendar_links", ["producer_id"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
