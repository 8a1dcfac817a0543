"""Organisations' own sign-in providers, the accounts bound to people, and sign-ins under way.

Expand: the code before this runs on without the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "sign_in_providers",
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.Column("organisation_id", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("wrapped_secret", sa.LargeBinary(), nullable=True),
        sa.Column("domains", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("acr", sa.Text(), server_default="", nullable=False),
        sa.Column("amr", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_sign_in_providers_organisation_id"
        ),
        sa.PrimaryKeyConstraint("provider_id", name="pk_sign_in_providers"),
    )
    op.create_index("ix_sign_in_providers_organisation_id", "sign_in_providers", ["organisation_id"])
    op.create_table(
        "provider_domains",
        sa.Column("domain", sa.String(254), nullable=False),
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["sign_in_providers.provider_id"], name="fk_provider_domains_provider_id"
        ),
        sa.PrimaryKeyConstraint("domain", name="pk_provider_domains"),
    )
    op.create_index("ix_provider_domains_provider_id", "provider_domains", ["provider_id"])
    op.create_table(
        "provider_accounts",
        sa.Column("account_id", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_provider_accounts_person_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_provider_accounts"),
        sa.UniqueConstraint("issuer", "subject", name="uq_provider_accounts_issuer_subject"),
        sa.UniqueConstraint("issuer", "person_id", name="uq_provider_accounts_issuer_person_id"),
    )
    op.create_index("ix_provider_accounts_person_id", "provider_accounts", ["person_id"])
    op.create_table(
        "provider_attempts",
        sa.Column("attempt_id", sa.String(40), nullable=False),
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["sign_in_providers.provider_id"], name="fk_provider_attempts_provider_id"
        ),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_provider_attempts"),
    )
    op.create_index("ix_provider_attempts_provider_id", "provider_attempts", ["provider_id"])
    op.create_index("ix_provider_attempts_begun_at", "provider_attempts", ["begun_at"])


def downgrade() -> None:
    """Refuse: the records would go with the tables."""
    raise RuntimeError("migrations only go forward")
