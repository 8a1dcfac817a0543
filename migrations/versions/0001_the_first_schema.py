"""The first schema.

Expand: nothing was there before. From here on the schema changes only by further migrations, never by editing this one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_kind_subject_at", "attempts", ["kind", "subject_hash", "at"])

    op.create_table(
        "disclosures",
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("clear_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "name", name="pk_disclosures"),
    )

    op.create_table(
        "entries",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("document_id", sa.String(length=40)),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger()),
        sa.PrimaryKeyConstraint("arrival", name="pk_entries"),
        sa.UniqueConstraint("entry_id", name="uq_entries_entry_id"),
        sa.UniqueConstraint("leaf_index", name="uq_entries_leaf_index"),
    )
    op.create_index("ix_entries_at", "entries", ["at"])
    op.create_index("ix_entries_document", "entries", ["document_id", "arrival"])
    op.create_index("ix_entries_kind", "entries", ["kind", "arrival"])
    op.create_index("ix_entries_person", "entries", ["person_id", "arrival"])
    op.create_index("ix_entries_release", "entries", ["release_id", "arrival"])
    op.create_index(
        "ix_entries_waiting",
        "entries",
        ["arrival"],
        sqlite_where=sa.text("leaf_index IS NULL"),
        postgresql_where=sa.text("leaf_index IS NULL"),
    )

    op.create_table(
        "idempotency",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_idempotency"),
    )

    op.create_table(
        "log_state",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_log_state"),
    )

    op.create_table(
        "organisations",
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
        sa.UniqueConstraint("name", name="uq_organisations_name"),
    )

    op.create_table(
        "people",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
    )

    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason_key", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_notices_person_id"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.UniqueConstraint("reason_key", name="uq_notices_reason_key"),
    )
    op.create_index("ix_notices_due_at", "notices", ["due_at"])

    op.create_table(
        "person_keys",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_person_keys_person_id"),
        sa.PrimaryKeyConstraint("key_id", name="pk_person_keys"),
        sa.UniqueConstraint("thumbprint", name="uq_person_keys_thumbprint"),
    )
    op.create_index("ix_person_keys_person_id", "person_keys", ["person_id"])

    op.create_table(
        "posts",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_posts_organisation_id"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_posts"),
        sa.UniqueConstraint("organisation_id", "title", "unit", name="uq_posts_organisation_id_title_unit"),
    )

    op.create_table(
        "producers",
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("declaration_for_all", sa.Boolean(), nullable=False),
        sa.Column("declaration_days", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("warning", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_producers_organisation_id"
        ),
        sa.PrimaryKeyConstraint("producer_id", name="pk_producers"),
        sa.UniqueConstraint("organisation_id", name="uq_producers_organisation_id"),
    )

    op.create_table(
        "roles",
        sa.Column("role_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=40)),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_roles_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_roles_person_id"),
        sa.PrimaryKeyConstraint("role_id", name="pk_roles"),
    )
    op.create_index("ix_roles_person_id", "roles", ["person_id"])

    op.create_table(
        "service_credentials",
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.String(length=40)),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_service_credentials_organisation_id"
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_service_credentials"),
    )

    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=60), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_sessions_person_id"),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])

    op.create_table(
        "sign_in_codes",
        sa.Column("code_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("network_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_sign_in_codes_person_id"),
        sa.PrimaryKeyConstraint("code_id", name="pk_sign_in_codes"),
    )
    op.create_index("ix_sign_in_codes_address_hash", "sign_in_codes", ["address_hash"])
    op.create_index("ix_sign_in_codes_network_hash", "sign_in_codes", ["network_hash"])

    op.create_table(
        "holdings",
        sa.Column("holding_id", sa.String(length=40), nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("held_from_on", sa.Date(), nullable=False),
        sa.Column("held_until_on", sa.Date()),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_holdings_person_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name="fk_holdings_post_id"),
        sa.PrimaryKeyConstraint("holding_id", name="pk_holdings"),
    )
    op.create_index("ix_holdings_person_id", "holdings", ["person_id"])
    op.create_index("ix_holdings_post_id", "holdings", ["post_id"])

    op.create_table(
        "series",
        sa.Column("series_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_series_producer_id"),
        sa.PrimaryKeyConstraint("series_id", name="pk_series"),
        sa.UniqueConstraint("producer_id", "title", name="uq_series_producer_id_title"),
    )
    op.create_index("ix_series_producer_id", "series", ["producer_id"])

    op.create_table(
        "suspensions",
        sa.Column("suspension_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text()),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_suspensions_producer_id"),
        sa.PrimaryKeyConstraint("suspension_id", name="pk_suspensions"),
    )
    op.create_index("ix_suspensions_producer_id", "suspensions", ["producer_id"])
    op.create_index("ix_suspensions_subject_id", "suspensions", ["subject_id"])

    op.create_table(
        "releases",
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("producer_id", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=40)),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("governing_order", sa.String(length=30), nullable=False),
        sa.Column("sensitivity", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("public_url", sa.String(length=500)),
        sa.Column("time_exemption", sa.Text(), server_default="", nullable=False),
        sa.Column("lead_official_id", sa.String(length=40)),
        sa.Column("rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("prepared_by", sa.String(length=40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lead_official_id"], ["people.person_id"], name="fk_releases_lead_official_id"),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_releases_producer_id"),
        sa.ForeignKeyConstraint(["series_id"], ["series.series_id"], name="fk_releases_series_id"),
        sa.PrimaryKeyConstraint("release_id", name="pk_releases"),
    )
    op.create_index("ix_releases_producer_id", "releases", ["producer_id"])
    op.create_index("ix_releases_publishes_at", "releases", ["publishes_at"])

    op.create_table(
        "declarations",
        sa.Column("declaration_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("undertaking_version", sa.String(length=40), nullable=False),
        sa.Column("undertaking_sha256", sa.String(length=64), nullable=False),
        sa.Column("undertaking_text", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_declarations_person_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_declarations_release_id"),
        sa.PrimaryKeyConstraint("declaration_id", name="pk_declarations"),
    )
    op.create_index("ix_declarations_person_id", "declarations", ["person_id"])
    op.create_index("ix_declarations_release_id", "declarations", ["release_id"])

    op.create_table(
        "documents",
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.String(length=40)),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("plain_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sealed_bytes", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=80), nullable=False),
        sa.Column("wrapped_identity", sa.LargeBinary(), nullable=False),
        sa.Column("escrowed_identity", sa.LargeBinary()),
        sa.Column("uploaded_by", sa.String(length=40), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixed_by", sa.String(length=40)),
        sa.Column("fixed_at", sa.DateTime(timezone=True)),
        sa.Column("recalled_at", sa.DateTime(timezone=True)),
        sa.Column("recall_reason", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_documents_release_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["documents.document_id"], name="fk_documents_replaces_id"),
        sa.PrimaryKeyConstraint("document_id", name="pk_documents"),
        sa.UniqueConstraint("object_name", name="uq_documents_object_name"),
    )
    op.create_index("ix_documents_release_id", "documents", ["release_id"])

    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.String(length=40)),
        sa.Column("producer_id", sa.String(length=40)),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("near_miss", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=40)),
        sa.Column("rule_key", sa.String(length=200)),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("practices", sa.Text()),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.producer_id"], name="fk_incidents_producer_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_incidents_release_id"),
        sa.PrimaryKeyConstraint("incident_id", name="pk_incidents"),
        sa.UniqueConstraint("number", name="uq_incidents_number"),
        sa.UniqueConstraint("rule_key", name="uq_incidents_rule_key"),
    )
    op.create_index("ix_incidents_producer_id", "incidents", ["producer_id"])
    op.create_index("ix_incidents_release_id", "incidents", ["release_id"])

    op.create_table(
        "lists",
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("prepared_by", sa.String(length=40), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Text(), server_default="[]", nullable=False),
        sa.Column("approved_by", sa.String(length=40)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_lists_release_id"),
        sa.PrimaryKeyConstraint("list_id", name="pk_lists"),
        sa.UniqueConstraint("release_id", "version", name="uq_lists_release_id_version"),
    )
    op.create_index("ix_lists_release_id", "lists", ["release_id"])

    op.create_table(
        "public_lists",
        sa.Column("public_list_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_public_lists_release_id"),
        sa.PrimaryKeyConstraint("public_list_id", name="pk_public_lists"),
    )
    op.create_index("ix_public_lists_release_id", "public_lists", ["release_id"])

    op.create_table(
        "release_moves",
        sa.Column("move_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("move", sa.String(length=30), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("from_publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_publishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_release_moves_release_id"),
        sa.PrimaryKeyConstraint("move_id", name="pk_release_moves"),
    )
    op.create_index("ix_release_moves_release_id", "release_moves", ["release_id"])

    op.create_table(
        "grants",
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40)),
        sa.Column("grant_class", sa.String(length=30), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("asked_minutes", sa.Integer()),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("conditions", sa.Text(), server_default="", nullable=False),
        sa.Column("exceptional_reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("board_informed_at", sa.DateTime(timezone=True)),
        sa.Column("paused_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("is_group", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("defects", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lists.list_id"], name="fk_grants_list_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_grants_person_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name="fk_grants_post_id"),
        sa.PrimaryKeyConstraint("grant_id", name="pk_grants"),
    )
    op.create_index("ix_grants_list_id", "grants", ["list_id"])
    op.create_index("ix_grants_person_id", "grants", ["person_id"])

    op.create_table(
        "openings",
        sa.Column("opening_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("copy_format", sa.String(length=20), nullable=False),
        sa.Column("wrapped_passphrase", sa.LargeBinary()),
        sa.Column("revealed_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_reason", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("sent_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("copy_sha256", sa.String(length=64)),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name="fk_openings_document_id"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.grant_id"], name="fk_openings_grant_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_openings_person_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.release_id"], name="fk_openings_release_id"),
        sa.PrimaryKeyConstraint("opening_id", name="pk_openings"),
        sa.UniqueConstraint("number", name="uq_openings_number"),
    )
    op.create_index("ix_openings_document_id", "openings", ["document_id"])
    op.create_index("ix_openings_person_id", "openings", ["person_id"])
    op.create_index("ix_openings_release_id", "openings", ["release_id"])


def downgrade() -> None:
    """Refuse: the log and the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
