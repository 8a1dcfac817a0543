"""What the watch at 09:30 needs: work due at an instant, alarms and their roster, plans, probes and verdicts.

Expand: new tables only, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("reason_key", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_by", sa.String(length=60)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_jobs_release_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
        sa.UniqueConstraint("reason_key", name="uq_jobs_reason_key"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])
    op.create_index("ix_jobs_release_id", "jobs", ["release_id"])

    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("reason_key", sa.String(length=200), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("called", sa.Integer(), server_default="0", nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", sa.String(length=40)),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String(length=30), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_alarms_release_id"),
        sa.PrimaryKeyConstraint("alarm_id", name="pk_alarms"),
        sa.UniqueConstraint("reason_key", name="uq_alarms_reason_key"),
    )
    op.create_index("ix_alarms_release_id", "alarms", ["release_id"])

    op.create_table(
        "rosters",
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_rosters_producer_id"),
        sa.PrimaryKeyConstraint("producer_id", name="pk_rosters"),
    )

    op.create_table(
        "watched_hosts",
        sa.Column("host_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed_by", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_watched_hosts_producer_id"),
        sa.PrimaryKeyConstraint("host_id", name="pk_watched_hosts"),
    )
    op.create_index("ix_watched_hosts_producer_id", "watched_hosts", ["producer_id"])

    op.create_table(
        "watch_plans",
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("page_url", sa.String(length=500), nullable=False),
        sa.Column("marker", sa.String(length=300), server_default="", nullable=False),
        sa.Column("file_urls", sa.Text(), server_default="[]", nullable=False),
        sa.Column("declares", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("unsure_minutes", sa.Integer(), server_default="5", nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_watch_plans_release_id"),
        sa.PrimaryKeyConstraint("release_id", name="pk_watch_plans"),
    )

    op.create_table(
        "probes",
        sa.Column("probe_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_probes_release_id"),
        sa.PrimaryKeyConstraint("probe_id", name="pk_probes"),
    )
    op.create_index("ix_probes_release", "probes", ["release_id", "at"])

    op.create_table(
        "verdicts",
        sa.Column("verdict_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("origin_at", sa.DateTime(timezone=True)),
        sa.Column("public_at", sa.DateTime(timezone=True)),
        sa.Column("absent_at", sa.DateTime(timezone=True)),
        sa.Column("delay_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_verdicts_release_id"),
        sa.PrimaryKeyConstraint("verdict_id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_release", "verdicts", ["release_id", "at"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
