"""Versions of breach reports, signed off and submitted; corrective actions; who and what caused an incident.

Expand: three new tables and two columns that may be NULL, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("caused_by", sa.Text()))
    op.add_column("incidents", sa.Column("causes", sa.Text()))
    op.create_table(
        "corrective_actions",
        sa.Column("corrective_action_id", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("long_term", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.Column("ended_how", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_corrective_actions_incident_id"),
        sa.PrimaryKeyConstraint("corrective_action_id", name="pk_corrective_actions"),
    )
    op.create_index("ix_corrective_actions_incident_id", "corrective_actions", ["incident_id"])
    op.create_table(
        "report_versions",
        sa.Column("report_version_id", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("with_names", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_as", sa.String(length=30), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
        sa.Column("signed_by", sa.String(length=40)),
        sa.Column("signed_as", sa.String(length=30)),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_report_versions_incident_id"),
        sa.PrimaryKeyConstraint("report_version_id", name="pk_report_versions"),
        sa.UniqueConstraint("incident_id", "number", name="uq_report_versions_incident_id_number"),
    )
    op.create_table(
        "report_submissions",
        sa.Column("report_submission_id", sa.String(length=40), nullable=False),
        sa.Column("report_version_id", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=300), nullable=False),
        sa.Column("to_whom", sa.String(length=300), nullable=False),
        sa.Column("how", sa.String(length=300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_version_id"],
            ["report_versions.report_version_id"],
            name="fk_report_submissions_report_version_id",
        ),
        sa.PrimaryKeyConstraint("report_submission_id", name="pk_report_submissions"),
    )
    op.create_index("ix_report_submissions_report_version_id", "report_submissions", ["report_version_id"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
