"""Links between incidents, the clock to the head of profession, letters about corrective actions; conditions by them.

Expand: two new tables, and columns that may be NULL or have a default, so the code before this runs on without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    for column in (
        sa.Column("head_told_at", sa.DateTime(timezone=True)),
        sa.Column("head_told_how", sa.Text(), server_default="", nullable=False),
        sa.Column("head_told_recorded_at", sa.DateTime(timezone=True)),
        sa.Column("head_told_by", sa.String(length=40)),
        sa.Column("untold_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unreported_step", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("incidents", column)
    for column in (
        sa.Column("owner_id", sa.String(length=40)),
        sa.Column("letter_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed_by", sa.String(length=40)),
        sa.Column("confirmed_how", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("corrective_actions", column)
    op.create_table(
        "incident_links",
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("earlier_id", sa.String(length=40), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_incident_links_incident_id"),
        sa.ForeignKeyConstraint(["earlier_id"], ["incidents.incident_id"], name="fk_incident_links_earlier_id"),
        sa.PrimaryKeyConstraint("incident_id", "earlier_id", name="pk_incident_links"),
    )
    op.create_table(
        "suspension_actions",
        sa.Column("suspension_id", sa.String(length=40), nullable=False),
        sa.Column("corrective_action_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["suspension_id"], ["suspensions.suspension_id"], name="fk_suspension_actions_suspension_id"
        ),
        sa.ForeignKeyConstraint(
            ["corrective_action_id"],
            ["corrective_actions.corrective_action_id"],
            name="fk_suspension_actions_corrective_action_id",
        ),
        sa.PrimaryKeyConstraint("suspension_id", "corrective_action_id", name="pk_suspension_actions"),
    )


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
