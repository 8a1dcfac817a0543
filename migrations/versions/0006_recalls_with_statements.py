"""Recalls, the people who are asked about one, their statements; and what a rehearsal is the twin of.

Expand: new tables and columns, of which the code before this knows nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("recall_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("document_ids", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.String(length=40)),
        sa.Column("closed_note", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_recalls_release_id"),
        sa.PrimaryKeyConstraint("recall_id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_release_id", "recalls", ["release_id"])

    op.create_table(
        "recall_people",
        sa.Column("recall_person_id", sa.String(length=40), nullable=False),
        sa.Column("recall_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("served", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True)),
        sa.Column("reminded_again_at", sa.DateTime(timezone=True)),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("excused", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_on", sa.String(length=40)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String(length=40)),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_recall_people_person_id"),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.recall_id"], name="fk_recall_people_recall_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_recall_people_release_id"),
        sa.PrimaryKeyConstraint("recall_person_id", name="pk_recall_people"),
        sa.UniqueConstraint("recall_id", "person_id", name="uq_recall_people_recall_id_person_id"),
    )
    op.create_index("ix_recall_people_person_id", "recall_people", ["person_id"])
    op.create_index("ix_recall_people_recall_id", "recall_people", ["recall_id"])
    op.create_index("ix_recall_people_release_id", "recall_people", ["release_id"])

    op.create_table(
        "statements",
        sa.Column("statement_id", sa.String(length=40), nullable=False),
        sa.Column("recall_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("did", sa.String(length=30), nullable=False),
        sa.Column("printed", sa.Boolean(), nullable=False),
        sa.Column("kept_where", sa.Text(), server_default="", nullable=False),
        sa.Column("forwarded_to", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_statements_person_id"),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.recall_id"], name="fk_statements_recall_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_statements_release_id"),
        sa.PrimaryKeyConstraint("statement_id", name="pk_statements"),
    )
    op.create_index("ix_statements_person_id", "statements", ["person_id"])
    op.create_index("ix_statements_recall_id", "statements", ["recall_id"])
    op.create_index("ix_statements_release_id", "statements", ["release_id"])

    op.add_column("releases", sa.Column("rehearsal_of", sa.String(length=40)))
    op.add_column("releases", sa.Column("rehearsal_quiet", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
