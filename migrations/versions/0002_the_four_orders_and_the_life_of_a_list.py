"""What the four Orders and the life of a list need.

Expand: new tables, and new columns that are empty or have a default, so the code before this runs on with them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "annual_lists",
        sa.Column("annual_list_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("governing_order", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_annual_lists_producer_id"),
        sa.PrimaryKeyConstraint("annual_list_id", name="pk_annual_lists"),
    )
    op.create_index("ix_annual_lists_producer_id", "annual_lists", ["producer_id"])

    op.create_table(
        "arrangements",
        sa.Column("arrangements_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("role_words", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_arrangements_producer_id"),
        sa.PrimaryKeyConstraint("arrangements_id", name="pk_arrangements"),
        sa.UniqueConstraint("producer_id", "version", name="uq_arrangements_producer_id_version"),
    )
    op.create_index("ix_arrangements_producer_id", "arrangements", ["producer_id"])

    op.create_table(
        "closed_days",
        sa.Column("closed_day_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("part", sa.String(length=30), server_default="", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=40)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.String(length=40)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.String(length=40)),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_closed_days_producer_id"),
        sa.PrimaryKeyConstraint("closed_day_id", name="pk_closed_days"),
    )
    op.create_index("ix_closed_days_day", "closed_days", ["day"])
    op.create_index("ix_closed_days_producer_id", "closed_days", ["producer_id"])

    op.create_table(
        "producer_words",
        sa.Column("words_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("governing_order", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_producer_words_producer_id"),
        sa.PrimaryKeyConstraint("words_id", name="pk_producer_words"),
        sa.UniqueConstraint(
            "producer_id",
            "governing_order",
            "version",
            name="uq_producer_words_producer_id_governing_order_version",
        ),
    )
    op.create_index("ix_producer_words_producer_id", "producer_words", ["producer_id"])

    op.create_table(
        "training_records",
        sa.Column("training_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("course", sa.String(length=300), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_training_records_person_id"),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_training_records_producer_id"),
        sa.PrimaryKeyConstraint("training_id", name="pk_training_records"),
    )
    op.create_index("ix_training_records_person_id", "training_records", ["person_id"])

    op.create_table(
        "reapplications",
        sa.Column("reapplication_id", sa.String(length=40), nullable=False),
        sa.Column("suspension_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=20), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String(length=40)),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_reapplications_person_id"),
        sa.ForeignKeyConstraint(
            ["suspension_id"], ["suspensions.suspension_id"], name="fk_reapplications_suspension_id"
        ),
        sa.PrimaryKeyConstraint("reapplication_id", name="pk_reapplications"),
    )
    op.create_index("ix_reapplications_suspension_id", "reapplications", ["suspension_id"])

    op.create_table(
        "standing_grants",
        sa.Column("standing_grant_id", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("grant_class", sa.String(length=30), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("ground_letter", sa.String(length=10), server_default="", nullable=False),
        sa.Column("asked_minutes", sa.Integer()),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("conditions", sa.Text(), server_default="", nullable=False),
        sa.Column("for_person_id", sa.String(length=40)),
        sa.Column("place", sa.String(length=300), server_default="", nullable=False),
        sa.Column("is_group", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["for_person_id"], ["people.person_id"], name="fk_standing_grants_for_person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_standing_grants_person_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name="fk_standing_grants_post_id"),
        sa.ForeignKeyConstraint(["series_id"], ["series.series_id"], name="fk_standing_grants_series_id"),
        sa.PrimaryKeyConstraint("standing_grant_id", name="pk_standing_grants"),
    )
    op.create_index("ix_standing_grants_series_id", "standing_grants", ["series_id"])

    op.create_table(
        "deputies",
        sa.Column("deputy_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("for_person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("post_title", sa.String(length=300), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("held_from_on", sa.Date(), nullable=False),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("post_id", sa.String(length=40)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String(length=40)),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["for_person_id"], ["people.person_id"], name="fk_deputies_for_person_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_deputies_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_deputies_person_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name="fk_deputies_post_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_deputies_release_id"),
        sa.PrimaryKeyConstraint("deputy_id", name="pk_deputies"),
    )
    op.create_index("ix_deputies_release_id", "deputies", ["release_id"])

    op.create_table(
        "duties",
        sa.Column("duty_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("grant_id", sa.String(length=40)),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason_key", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("particulars", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.String(length=40)),
        sa.Column("done_note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_duties_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_duties_release_id"),
        sa.PrimaryKeyConstraint("duty_id", name="pk_duties"),
        sa.UniqueConstraint("reason_key", name="uq_duties_reason_key"),
    )
    op.create_index("ix_duties_producer_id", "duties", ["producer_id"])
    op.create_index("ix_duties_release_id", "duties", ["release_id"])

    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="done", nullable=False),
        sa.Column("release_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("proposed_by", sa.String(length=40)),
        sa.Column("approved_by", sa.String(length=40)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_erasures_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_erasures_release_id"),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_producer_id", "erasures", ["producer_id"])

    op.create_table(
        "legal_holds",
        sa.Column("hold_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("end_proposed_by", sa.String(length=40)),
        sa.Column("end_proposed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(length=40)),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_legal_holds_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_legal_holds_release_id"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_legal_holds"),
    )
    op.create_index("ix_legal_holds_producer_id", "legal_holds", ["producer_id"])

    op.create_table(
        "production_access",
        sa.Column("production_access_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("restriction_sha256", sa.String(length=64), nullable=False),
        sa.Column("restriction_text", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_how", sa.String(length=200), server_default="", nullable=False),
        sa.Column("accepted_by", sa.String(length=40)),
        sa.Column("permitted_at", sa.DateTime(timezone=True)),
        sa.Column("permitted_by", sa.String(length=40)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_production_access_person_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_production_access_release_id"),
        sa.PrimaryKeyConstraint("production_access_id", name="pk_production_access"),
    )
    op.create_index("ix_production_access_person_id", "production_access", ["person_id"])
    op.create_index("ix_production_access_release_id", "production_access", ["release_id"])

    op.create_table(
        "record_requests",
        sa.Column("record_request_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_for", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.String(length=40)),
        sa.Column("answer_sha256", sa.String(length=64)),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_record_requests_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_record_requests_release_id"),
        sa.PrimaryKeyConstraint("record_request_id", name="pk_record_requests"),
    )
    op.create_index("ix_record_requests_producer_id", "record_requests", ["producer_id"])
    op.create_index("ix_record_requests_release_id", "record_requests", ["release_id"])

    op.create_table(
        "representations",
        sa.Column("representation_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("by_person_id", sa.String(length=40)),
        sa.Column("by_words", sa.String(length=300), server_default="", nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_representations_release_id"),
        sa.PrimaryKeyConstraint("representation_id", name="pk_representations"),
    )
    op.create_index("ix_representations_release_id", "representations", ["release_id"])

    op.create_table(
        "confirmations",
        sa.Column("confirmation_id", sa.String(length=40), nullable=False),
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True)),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.String(length=40)),
        sa.Column("rows_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("changes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lists.list_id"], name="fk_confirmations_list_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_confirmations_organisation_id"
        ),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_confirmations_release_id"),
        sa.PrimaryKeyConstraint("confirmation_id", name="pk_confirmations"),
        sa.UniqueConstraint("list_id", "organisation_id", name="uq_confirmations_list_id_organisation_id"),
    )
    op.create_index("ix_confirmations_list_id", "confirmations", ["list_id"])
    op.create_index("ix_confirmations_organisation_id", "confirmations", ["organisation_id"])

    op.create_table(
        "failures",
        sa.Column("failure_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("incident_id", sa.String(length=40)),
        sa.Column("governing_order", sa.String(length=30), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=40)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_failures_incident_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_failures_person_id"),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_failures_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_failures_release_id"),
        sa.PrimaryKeyConstraint("failure_id", name="pk_failures"),
    )
    op.create_index("ix_failures_person_id", "failures", ["person_id"])
    op.create_index("ix_failures_producer_id", "failures", ["producer_id"])

    op.add_column("declarations", sa.Column("scope", sa.String(length=20), server_default="release", nullable=False))
    op.add_column("declarations", sa.Column("series_id", sa.String(length=40)))
    op.add_column("declarations", sa.Column("reminded_at", sa.DateTime(timezone=True)))
    op.create_index("ix_declarations_series_id", "declarations", ["series_id"])

    op.add_column("grants", sa.Column("ground_letter", sa.String(length=10), server_default="", nullable=False))
    op.add_column("grants", sa.Column("for_person_id", sa.String(length=40)))
    op.add_column("grants", sa.Column("place", sa.String(length=300), server_default="", nullable=False))
    op.add_column("grants", sa.Column("agreement", sa.Text(), server_default="", nullable=False))
    op.add_column("grants", sa.Column("holding_id", sa.String(length=40)))
    op.add_column("grants", sa.Column("cloned", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("grants", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("grants", sa.Column("confirmed_by", sa.String(length=40)))

    op.add_column("holdings", sa.Column("recorded_at", sa.DateTime(timezone=True)))

    op.add_column("incidents", sa.Column("closed_at", sa.DateTime(timezone=True)))
    # When earlier ones were closed is not in the table: counted from now, no record goes too early.
    op.execute("UPDATE incidents SET closed_at = CURRENT_TIMESTAMP WHERE state IN ('closed_no_breach', 'completed')")

    op.add_column("lists", sa.Column("holdings_as_of", sa.DateTime(timezone=True)))
    op.add_column("lists", sa.Column("override_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("lists", sa.Column("failures_considered", sa.Text(), server_default="", nullable=False))

    op.add_column("producers", sa.Column("training_days", sa.Integer()))
    op.add_column("producers", sa.Column("retention_years", sa.Integer(), server_default="7", nullable=False))
    op.add_column("producers", sa.Column("confirm_days", sa.Integer(), server_default="7", nullable=False))

    op.add_column(
        "releases", sa.Column("also_market_sensitive", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("releases", sa.Column("calendar_uid", sa.String(length=200)))
    op.add_column("releases", sa.Column("list_frozen_at", sa.DateTime(timezone=True)))
    op.create_index("ix_releases_calendar_uid", "releases", ["calendar_uid"])

    op.add_column("series", sa.Column("standing_from_list_id", sa.String(length=40)))
    op.add_column("series", sa.Column("standing_revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column("series", sa.Column("standing_edited_by", sa.Text(), server_default="[]", nullable=False))

    op.add_column("suspensions", sa.Column("unit", sa.String(length=200), server_default="", nullable=False))
    op.add_column("suspensions", sa.Column("needs_training", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "suspensions", sa.Column("needs_reapplication", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("suspensions", sa.Column("incident_id", sa.String(length=40)))


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
