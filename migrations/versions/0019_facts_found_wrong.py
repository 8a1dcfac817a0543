"""Facts found wrong later, what is to be looked at again because of a change, what was found; networks of an opening.

Expand: new tables, and columns that may be empty, so the code before this runs on with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "wrong_facts",
        sa.Column("wrong_fact_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("subject_id", sa.String(length=40)),
        sa.Column("from_on", sa.Date()),
        sa.Column("until_on", sa.Date()),
        sa.Column("from_at", sa.DateTime(timezone=True)),
        sa.Column("until_at", sa.DateTime(timezone=True)),
        sa.Column("fast_seconds", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.String(length=40)),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_wrong_facts_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_wrong_facts_release_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_wrong_facts_person_id"),
        sa.PrimaryKeyConstraint("wrong_fact_id", name="pk_wrong_facts"),
    )
    op.create_index("ix_wrong_facts_producer_id", "wrong_facts", ["producer_id"])
    op.create_index("ix_wrong_facts_release_id", "wrong_facts", ["release_id"])
    op.create_index("ix_wrong_facts_person_id", "wrong_facts", ["person_id"])
    op.create_table(
        "facts_changes",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_facts_changes"),
    )
    op.create_table(
        "review_marks",
        sa.Column("mark_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("mark_key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("from_at", sa.DateTime(timezone=True)),
        sa.Column("until_at", sa.DateTime(timezone=True)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transaction_number", sa.BigInteger()),
        sa.Column("behind", sa.String(length=40), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("mark_id", name="pk_review_marks"),
        sa.UniqueConstraint("mark_key", name="uq_review_marks_mark_key"),
    )
    op.create_table(
        "review_findings",
        sa.Column("opening_id", sa.String(length=40), nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_review_findings_incident_id"),
        sa.PrimaryKeyConstraint("opening_id", "finding", name="pk_review_findings"),
    )
    op.create_index("ix_review_findings_incident_id", "review_findings", ["incident_id"])
    op.create_index("ix_openings_opened_at", "openings", ["opened_at"])
    op.add_column("openings", sa.Column("networks", sa.Text()))
    op.add_column("openings", sa.Column("networks_asked_at", sa.DateTime(timezone=True)))
    op.add_column("openings", sa.Column("networks_answer", sa.String(length=10)))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
