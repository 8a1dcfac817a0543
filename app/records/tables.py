"""The whole schema on one page. SQLite and PostgreSQL; migrations make it, a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from app.database import Instant, metadata
from app.records.triggers import keep_places

ID = String(40)
# SQLite numbers rows by itself only for a column of type INTEGER.
SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str) -> Column[str]:
    return Column(name, ID, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[str]:
    return Column(name, ID, ForeignKey(target), nullable=nullable, index=index)


def _where_given(table: str, column: str) -> Index:
    """Index a column that rows may leave empty, in those that do not."""
    given = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=given, postgresql_where=given)


organisations = Table(
    "organisations",
    metadata,
    _id("organisation_id"),
    Column("name", String(200), nullable=False, unique=True),
)
producers = Table(
    "producers",
    metadata,
    _id("producer_id"),
    Column("organisation_id", ID, ForeignKey("organisations.organisation_id"), nullable=False, unique=True),
    Column("declaration_for_all", Boolean, nullable=False),
    Column("declaration_days", Integer, nullable=False),
    Column("contact", String(300), nullable=False),
    Column("warning", Text, nullable=False),
    Column("training_days", Integer),  # how long a training record counts; NULL where none is asked for
    Column("retention_years", Integer, nullable=False, server_default="7"),  # where the Order states no period
    Column("confirm_days", Integer, nullable=False, server_default="7"),  # before publication coordinators are asked
)
people = Table(
    "people",
    metadata,
    _id("person_id"),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("added_at", Instant, nullable=False),
)
posts = Table(
    "posts",
    metadata,
    _id("post_id"),
    _ref("organisation_id", "organisations.organisation_id"),
    Column("title", String(300), nullable=False),
    Column("unit", String(200), nullable=False, server_default=""),
    UniqueConstraint("organisation_id", "title", "unit"),
)
holdings = Table(
    "holdings",
    metadata,
    _id("holding_id"),
    _ref("post_id", "posts.post_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    Column("held_from_on", Date, nullable=False),
    Column("held_until_on", Date),
    Column("recorded_at", Instant),  # a list in force relies on what was on record when it was approved
)
roles = Table(
    "roles",
    metadata,
    _id("role_id"),
    _ref("person_id", "people.person_id", index=True),
    _ref("organisation_id", "organisations.organisation_id", nullable=True, index=True),
    Column("role", String(40), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
suspensions = Table(
    "suspensions",
    metadata,
    _id("suspension_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("subject_kind", String(20), nullable=False),  # person | post | organisation | unit
    Column("subject_id", ID, nullable=False, index=True),
    Column("unit", String(200), nullable=False, server_default=""),  # of the organisation, where a unit is suspended
    Column("reason", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("needs_training", Boolean, nullable=False, server_default=false()),
    Column("needs_reapplication", Boolean, nullable=False, server_default=false()),
    Column("incident_id", ID),
    Column("from_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", Text),
    Column("by_person_id", ID, nullable=False),
)
reapplications = Table(  # to be let back after a suspension
    "reapplications",
    metadata,
    _id("reapplication_id"),
    _ref("suspension_id", "suspensions.suspension_id", index=True),
    _ref("person_id", "people.person_id"),
    Column("statement", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("decision", String(20), nullable=False, server_default=""),  # approved | declined, once decided
    Column("decided_at", Instant),
    Column("decided_by", ID),
    Column("decision_reason", Text, nullable=False, server_default=""),
)
training_records = Table(
    "training_records",
    metadata,
    _id("training_id"),
    _ref("person_id", "people.person_id", index=True),
    _ref("producer_id", "producers.producer_id"),
    Column("course", String(300), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("valid_until_on", Date),  # where the course itself sets an end
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", ID, nullable=False),
    Column("withdrawn_at", Instant),
)
failures = Table(  # what the person responsible may, or must, take into account before granting again
    "failures",
    metadata,
    _id("failure_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    _ref("release_id", "releases.release_id", nullable=True),
    _ref("incident_id", "incidents.incident_id", nullable=True),
    Column("governing_order", String(30), nullable=False),
    Column("what", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", ID),  # NULL when a rule recorded it
    Column("withdrawn_at", Instant),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
)
sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    _id("code_id"),
    _ref("person_id", "people.person_id", nullable=True),  # NULL for an address we do not know
    Column("address_hash", String(64), nullable=False, index=True),
    Column("network_hash", String(64), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("used_at", Instant),
)
sessions = Table(
    "sessions",
    metadata,
    _id("session_id"),
    Column("token_hash", String(64), nullable=False, unique=True),
    _ref("person_id", "people.person_id", index=True),
    Column("how", String(60), nullable=False),
    Column("authenticated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
sign_in_providers = Table(  # by which an organisation's people sign in; see app/rules/providers.py
    "sign_in_providers",
    metadata,
    _id("provider_id"),
    _ref("organisation_id", "organisations.organisation_id", index=True),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("wrapped_secret", LargeBinary),  # NULL where the provider knows us without one
    Column("domains", Text, nullable=False),
    Column("required", Boolean, nullable=False, server_default=false()),
    Column("acr", Text, nullable=False, server_default=""),
    Column("amr", Text, nullable=False, server_default=""),
    Column("made_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("approved_at", Instant),  # NULL: proposed, and answers for nobody yet
    Column("approved_by", ID),
    Column("ended_at", Instant),
)
provider_domains = Table(  # of approved providers that stand: for each domain there is one
    "provider_domains",
    metadata,
    Column("domain", String(254), primary_key=True),
    _ref("provider_id", "sign_in_providers.provider_id", index=True),
)
provider_accounts = Table(  # whom a provider's own name for somebody means; bound once, at the first sign-in
    "provider_accounts",
    metadata,
    _id("account_id"),
    Column("issuer", String(500), nullable=False),
    Column("subject", String(255), nullable=False),
    _ref("person_id", "people.person_id", index=True),
    Column("bound_at", Instant, nullable=False),
    UniqueConstraint("issuer", "subject"),
    UniqueConstraint("issuer", "person_id"),
)
provider_attempts = Table(  # sign-ins under way; each is used once
    "provider_attempts",
    metadata,
    _id("attempt_id"),
    _ref("provider_id", "sign_in_providers.provider_id", index=True),
    Column("browser_hash", String(64), nullable=False),
    Column("place", String(300), nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("begun_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)
service_credentials = Table(
    "service_credentials",
    metadata,
    _id("client_id"),
    Column("secret_hash", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    _ref("organisation_id", "organisations.organisation_id", nullable=True),
    Column("role", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
person_keys = Table(
    "person_keys",
    metadata,
    _id("key_id"),
    _ref("person_id", "people.person_id", index=True),
    Column("thumbprint", String(64), nullable=False, unique=True),
    Column("jwk", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
age_keys = Table(  # to which a person's copies can be sealed
    "age_keys",
    metadata,
    _id("age_key_id"),
    _ref("person_id", "people.person_id", index=True),
    Column("recipient", String(80), nullable=False, unique=True),  # age1…; public
    Column("registered_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(  # at most one of each person stands
        "ix_age_keys_standing",
        "person_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
attempts = Table(  # counted by the rate limits, which replicas must share
    "attempts",
    metadata,
    Column("attempt_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("subject_hash", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_attempts_kind_subject_at", "kind", "subject_hash", "at"),
)
series = Table(
    "series",
    metadata,
    _id("series_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("title", String(300), nullable=False),
    Column("standing_from_list_id", ID),  # the approved list that the standing list was last taken from
    Column("standing_revision", Integer, nullable=False, server_default="0"),
    Column("standing_edited_by", Text, nullable=False, server_default="[]"),  # canonical JSON; since it was taken
    UniqueConstraint("producer_id", "title"),
)
closed_days = Table(  # days that a count of working days leaves out, beside Saturdays and Sundays
    "closed_days",
    metadata,
    _id("closed_day_id"),
    _ref("producer_id", "producers.producer_id", nullable=True, index=True),  # NULL for a bank holiday
    Column("part", String(30), nullable=False, server_default=""),  # of the United Kingdom, for a bank holiday
    Column("day", Date, nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("source", String(200), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", ID),  # NULL when the service loaded it
    Column("approved_at", Instant),  # a day counts as closed only from then on
    Column("approved_by", ID),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ID),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
)
releases = Table(
    "releases",
    metadata,
    _id("release_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    _ref("series_id", "series.series_id", nullable=True, index=True),
    Column("title", String(300), nullable=False),
    Column("governing_order", String(30), nullable=False),
    Column("sensitivity", String(30), nullable=False),
    Column("also_market_sensitive", Boolean, nullable=False, server_default=false()),
    Column("state", String(20), nullable=False),
    Column("publishes_at", Instant, nullable=False, index=True),
    Column("published_at", Instant),
    Column("public_url", String(500)),
    Column("time_exemption", Text, nullable=False, server_default=""),
    _ref("lead_official_id", "people.person_id", nullable=True),
    Column("rehearsal", Boolean, nullable=False, server_default=false()),
    Column("rehearsal_of", ID),  # the release whose day a rehearsal plays through
    Column("rehearsal_quiet", Boolean, nullable=False, server_default=false()),  # nobody but staff gets its letters
    Column("calendar_uid", String(200), index=True),  # what a calendar that was imported calls it
    Column("list_frozen_at", Instant),  # by a person; the opening of the window freezes the list by itself
    Column("prepared_by", ID, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
)
release_moves = Table(
    "release_moves",
    metadata,
    _id("move_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("move", String(30), nullable=False),
    Column("from_state", String(20), nullable=False),
    Column("to_state", String(20), nullable=False),
    Column("from_publishes_at", Instant, nullable=False),
    Column("to_publishes_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
    Column("reason", Text, nullable=False),
)
lists = Table(
    "lists",
    metadata,
    _id("list_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("prepared_by", ID, nullable=False),
    Column("prepared_at", Instant, nullable=False),
    Column("edited_by", Text, nullable=False, server_default="[]"),  # everyone who changed it: none may approve
    Column("approved_by", ID),
    Column("approved_at", Instant),
    Column("sha256", String(64), nullable=False, server_default=""),
    Column(
        "notes", Text, nullable=False, server_default="[]"
    ),  # JSON array: what the import reported of the whole sheet
    Column("holdings_as_of", Instant),  # holdings recorded later do not count; the approval's instant
    Column("override_reason", Text, nullable=False, server_default=""),  # why it was changed after the freeze
    Column("failures_considered", Text, nullable=False, server_default=""),  # what the approver said of past failures
    Column("submitted_by", ID),  # who sent the draft as it is for approval; a change of it takes that back
    Column("submitted_at", Instant),
    Column("growth_reason", Text, nullable=False, server_default=""),  # why it is longer than the one before it
    Column("revision", Integer, nullable=False),
    UniqueConstraint("release_id", "version"),
)
confirmations = Table(  # what a receiving organisation's coordinator was asked, and answered, of one version of a list
    "confirmations",
    metadata,
    _id("confirmation_id"),
    _ref("list_id", "lists.list_id", index=True),
    _ref("release_id", "releases.release_id", index=True),
    _ref("organisation_id", "organisations.organisation_id", index=True),
    Column("state", String(20), nullable=False),  # asked | confirmed | changes_wanted
    Column("asked_at", Instant, nullable=False),
    Column("reminded_at", Instant),
    Column("escalated_at", Instant),
    Column("answered_at", Instant),
    Column("answered_by", ID),
    Column("rows_sha256", String(64), nullable=False, server_default=""),  # of the rows asked about, or answered on
    Column("changes", Text, nullable=False, server_default="[]"),  # JSON array: what the coordinator wants changed
    Column("note", Text, nullable=False, server_default=""),
    UniqueConstraint("list_id", "organisation_id"),
)
deputies = Table(  # somebody who stands in for a recipient on leave, for one release
    "deputies",
    metadata,
    _id("deputy_id"),
    _ref("release_id", "releases.release_id", index=True),
    _ref("for_person_id", "people.person_id"),
    Column("name", String(200), nullable=False),  # as they were named; nobody is added before approval
    Column("email", String(254), nullable=False),
    Column("post_title", String(300), nullable=False),
    _ref("organisation_id", "organisations.organisation_id"),
    Column("held_from_on", Date, nullable=False),
    _ref("person_id", "people.person_id", nullable=True),  # once approved, as is the post
    _ref("post_id", "posts.post_id", nullable=True),
    Column("reason", Text, nullable=False),
    Column("state", String(20), nullable=False),  # asked | approved | declined | withdrawn
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", ID, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", ID),
    Column("decision_reason", Text, nullable=False, server_default=""),
)
ready_letters = Table(  # letters “your documents are ready”, set to go at an instant
    "ready_letters",
    metadata,
    _id("ready_letter_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("send_at", Instant, nullable=False),
    Column("person_ids", Text, nullable=False, server_default="[]"),  # JSON array; empty for everybody on the list
    Column("state", String(20), nullable=False),  # scheduled | sent | withheld | withdrawn
    Column("scheduled_at", Instant, nullable=False),
    Column("scheduled_by", ID, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ID),
    Column("reason", Text, nullable=False, server_default=""),  # why it was withdrawn
    Column("outcome", Text, nullable=False, server_default="[]"),  # JSON array: each reader, and why not
    Index("ix_ready_letters_state_send_at", "state", "send_at"),
)
standing_grants = Table(  # the standing list of a series, from which a release's own list is derived
    "standing_grants",
    metadata,
    _id("standing_grant_id"),
    _ref("series_id", "series.series_id", index=True),
    Column("row", Integer, nullable=False),
    _ref("post_id", "posts.post_id"),
    _ref("person_id", "people.person_id", nullable=True),
    Column("grant_class", String(30), nullable=False),
    Column("ground", Text, nullable=False),
    Column("ground_letter", String(10), nullable=False, server_default=""),
    Column("asked_minutes", Integer),
    Column("seat", Integer, nullable=False),
    Column("conditions", Text, nullable=False, server_default=""),
    _ref("for_person_id", "people.person_id", nullable=True),
    Column("place", String(300), nullable=False, server_default=""),
    Column("is_group", Boolean, nullable=False, server_default=false()),
)
public_lists = Table(  # each publishing of the list of posts, as it was published
    "public_lists",
    metadata,
    _id("public_list_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("list_version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", Text, nullable=False),  # canonical JSON
    Column("published_at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
)
grants = Table(
    "grants",
    metadata,
    _id("grant_id"),
    _ref("list_id", "lists.list_id", index=True),
    Column("row", Integer, nullable=False),
    _ref("post_id", "posts.post_id"),
    _ref("person_id", "people.person_id", nullable=True),
    Column("grant_class", String(30), nullable=False),
    Column("ground", Text, nullable=False),
    Column("asked_minutes", Integer),
    Column("seat", Integer, nullable=False),
    Column("conditions", Text, nullable=False, server_default=""),
    Column("exceptional_reasons", Text, nullable=False, server_default=""),
    Column("board_informed_at", Instant),
    Column("paused_reason", Text, nullable=False, server_default=""),
    Column("ground_letter", String(10), nullable=False, server_default=""),  # of the Order's own list of grounds
    Column("for_person_id", ID),  # the recipient whom a supporter or deputy is tied to
    Column("place", String(300), nullable=False, server_default=""),  # the secure place of a lock-in
    Column("agreement", Text, nullable=False, server_default=""),  # the written agreement to pass on
    Column("holding_id", ID),  # the time in the post that was decided on together with this grant, as for a deputy
    Column("cloned", Boolean, nullable=False, server_default=false()),  # came from another release's list
    Column("confirmed_at", Instant),  # that the holder still holds the post and still needs it
    Column("confirmed_by", ID),
    Column("is_group", Boolean, nullable=False, server_default=false()),
    Column("defects", Text, nullable=False, server_default="[]"),  # JSON array of sentences
    _where_given("grants", "for_person_id"),
    Index("ix_grants_person_id_list_id", "person_id", "list_id"),
)
declarations = Table(
    "declarations",
    metadata,
    _id("declaration_id"),
    _ref("person_id", "people.person_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("list_version", Integer, nullable=False),
    Column("scope", String(20), nullable=False, server_default="release"),  # release | series
    Column("series_id", ID, index=True),
    Column("reminded_at", Instant),  # that it is about to lapse
    Column("undertaking_version", String(40), nullable=False),
    Column("undertaking_sha256", String(64), nullable=False),
    Column("undertaking_text", Text, nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("lapses_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("how", String(20), nullable=False),  # sealed_by_service | own_key
    Column("jws", Text, nullable=False),
    Index("ix_declarations_person_id_release_id", "person_id", "release_id"),
    Index("ix_declarations_person_id_signed_at", "person_id", "signed_at"),
)
producer_words = Table(  # what a producer adds to the words of the undertaking, every version kept
    "producer_words",
    metadata,
    _id("words_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("governing_order", String(30), nullable=False),
    Column("version", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    UniqueConstraint("producer_id", "governing_order", "version"),
)
warning_texts = Table(  # what stands on copies beside the words of the Order, every version kept
    "warning_texts",
    metadata,
    _id("warning_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("governing_order", String(30), nullable=False),
    Column("version", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", ID, nullable=False),
    Column("approved_at", Instant),  # NULL while it waits for a second person
    Column("approved_by", ID),
    UniqueConstraint("producer_id", "governing_order", "version"),
)
documents = Table(
    "documents",
    metadata,
    _id("document_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("file_name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    _ref("replaces_id", "documents.document_id", nullable=True),
    Column("note", Text, nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    Column("rehearsal", Boolean, nullable=False, server_default=false()),
    Column("sha256", String(64), nullable=False, index=True),
    Column("crc32", BigInteger, nullable=False),
    Column("plain_bytes", BigInteger, nullable=False),
    Column("sealed_bytes", BigInteger, nullable=False),
    Column("object_name", String(80), nullable=False, unique=True),
    Column("wrapped_identity", LargeBinary, nullable=False),
    Column("escrowed_identity", LargeBinary),
    Column("uploaded_by", ID, nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("fixed_by", ID),
    Column("fixed_at", Instant),
    Column("recalled_at", Instant),
    Column("recall_reason", Text),
    Column("recalled_by", ID),
    Column("escrow_recipient", String(62)),  # to whom escrowed_identity is sealed; NULL where that is not on record
    Column("key_destroyed_at", Instant),  # of a recalled document; at the end of retention it goes with the records
    Column("key_destroyed_by", ID),
    Column("scan_state", String(20)),  # clean | not_scanned | found; NULL where there was no scanner
    Column("scan_why", String(20)),
    Column("scan_signature", String(200)),
    Column("scan_engine", String(60)),
    Column("scan_signatures", String(20)),
    Column("scanned_at", Instant),
    Column("revision", Integer, nullable=False),
)
uploads = Table(  # documents on their way, and for a while what became of them
    "uploads",
    metadata,
    _id("upload_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("begun_by", ID, nullable=False, index=True),
    Column("file_name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("plain_bytes", BigInteger, nullable=False),  # as announced
    Column("sha256", String(64)),  # as announced; NULL where it was not
    _ref("replaces_id", "documents.document_id", nullable=True),
    Column("note", Text, nullable=False, server_default=""),
    Column("state", String(20), nullable=False),  # receiving | complete | refused
    Column("kept_bytes", BigInteger, nullable=False),
    Column("parts", Integer, nullable=False),
    _ref("document_id", "documents.document_id", nullable=True),  # what it became
    Column("problem", Text),  # why it was refused: code and detail as JSON
    Column("begun_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
)
upload_parts = Table(
    "upload_parts",
    metadata,
    _id("part_id"),
    _ref("upload_id", "uploads.upload_id"),
    Column("number", Integer, nullable=False),  # from 1, in the order of the bytes
    Column("plain_bytes", BigInteger, nullable=False),
    Column("object_name", String(80), nullable=False, unique=True),
    Column("wrapped_identity", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
    UniqueConstraint("upload_id", "number"),
)
upload_turns = Table(  # whose turn it is to add to an upload; renewed as long as they are at it
    "upload_turns",
    metadata,
    Column("upload_id", ID, ForeignKey("uploads.upload_id"), primary_key=True),
    Column("held_by", String(40)),
    Column("held_until", Instant),
    Column("completing", Boolean, nullable=False, server_default=false()),
)
openings = Table(
    "openings",
    metadata,
    _id("opening_id"),
    Column("number", String(20), nullable=False, unique=True),  # what a person can read from the mark on a page
    _ref("document_id", "documents.document_id", index=True),
    _ref("release_id", "releases.release_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    _ref("grant_id", "grants.grant_id", index=True),
    Column("session_id", ID, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
    Column("window_opened_at", Instant, nullable=False),
    Column("copy_format", String(20), nullable=False),
    Column("wrapped_passphrase", LargeBinary),
    Column("warning_version", Integer),  # that the copy carries; NULL in openings older than versions: 0
    Column("marking_sha256", String(64)),  # of all words on the copy that say how it is to be treated
    Column("age_key_id", ID),  # to which the copy is sealed, instead of being locked with a passphrase
    Column("revealed_at", Instant),
    Column("stopped_at", Instant),
    Column("stopped_reason", Text),
    Column("started_at", Instant),
    Column(
        "outcome", String(20), nullable=False
    ),  # unfetched | running | part | completed | aborted | stopped | unknown
    Column("sent_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("copy_sha256", String(64)),
    Column(
        "copy_turn", Integer, nullable=False, server_default=text("0")
    ),  # how often it was fetched, whole or in part
    Column("copy_owner", Integer),  # the process that makes the copy, by records/presence.py; NULL where none was kept
    Column("copy_tag", String(64)),  # names the bytes that what follows is about; NULL where each making differs
    Column("copy_bytes", BigInteger),
    Column("copy_reached_bytes", BigInteger, nullable=False, server_default=text("0")),  # sent from the start, no gap
    Column("copy_code", LargeBinary),  # the authentication code behind the document, once a pass has worked it out
    Column(
        "other_copy_held", Boolean, nullable=False, server_default=false()
    ),  # the recipient may hold a part of a copy with other bytes
    Column("networks", Text),  # JSON array: keyed hash of each network it was used from, in turn; NULL: not kept
    Column("networks_asked_at", Instant),  # when the person was asked whether all of them are theirs
    Column("networks_answer", String(10)),  # mine | not_mine, once they answered
    _where_given("openings", "copy_sha256"),
    Index(  # few run at a time, and each process looks for them every few seconds
        "ix_openings_running",
        "started_at",
        sqlite_where=text("outcome = 'running'"),
        postgresql_where=text("outcome = 'running'"),
    ),
)
incidents = Table(
    "incidents",
    metadata,
    _id("incident_id"),
    Column("number", Integer, nullable=False, unique=True),
    _ref("release_id", "releases.release_id", nullable=True, index=True),
    _ref("producer_id", "producers.producer_id", nullable=True, index=True),
    Column("kind", String(40), nullable=False),
    Column("near_miss", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("opened_by", ID),  # NULL when a rule opened it
    Column("rule_key", String(200), unique=True),  # one incident for one cause, however often the rule runs
    Column("summary", Text, nullable=False),
    Column("facts", Text, nullable=False),  # canonical JSON
    Column("practices", Text),  # JSON array of labels as a person corrected them; NULL while they are as proposed
    Column("closed_at", Instant),  # when it was last closed or completed
    Column("note", Text, nullable=False, server_default=""),  # why it was last changed, e.g. closed as no breach
    Column("revision", Integer, nullable=False),
    Column("caused_by", Text),  # JSON array of person ids, as a person named them; NULL where nobody is named
    Column("causes", Text),  # JSON array of causes, as a person gave them; NULL where none is given
    Column("head_told_at", Instant),  # when the head of profession was told, as somebody put on record
    Column("head_told_how", Text, nullable=False, server_default=""),
    Column("head_told_recorded_at", Instant),
    Column("head_told_by", ID),  # who put it on record
    Column("untold_step", Integer, nullable=False, server_default="0"),  # letters that nobody has told the head so far
    Column("unreported_step", Integer, nullable=False, server_default="0"),  # letters that no report has gone so far
)
incident_links = Table(  # where a person corrected which earlier incidents an incident is linked to
    "incident_links",
    metadata,
    Column("incident_id", ID, ForeignKey("incidents.incident_id"), primary_key=True),
    Column("earlier_id", ID, ForeignKey("incidents.incident_id"), primary_key=True),
    Column("linked", Boolean, nullable=False),  # added by a person, or else struck out by one
    Column("reason", Text, nullable=False),
    Column("corrected_at", Instant, nullable=False),
    Column("corrected_by", ID, nullable=False),
)
corrective_actions = Table(  # what is to be done because of an incident, by whom and until when
    "corrective_actions",
    metadata,
    _id("corrective_action_id"),
    _ref("incident_id", "incidents.incident_id", index=True),
    Column("what", Text, nullable=False),
    Column("long_term", Boolean, nullable=False),
    Column("owner", String(300), nullable=False),  # a post or role
    Column("due_on", Date, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", ID, nullable=False),
    Column("outcome", String(20), nullable=False, server_default=""),  # done | dropped, once ended
    Column("ended_at", Instant),
    Column("ended_by", ID),
    Column("ended_how", Text, nullable=False, server_default=""),
    Column("owner_id", ID),  # the person who does it, where the service knows them; they get the letters
    Column("letter_step", Integer, nullable=False, server_default="0"),  # letters about its day so far
    Column("confirmed_at", Instant),  # when a second person confirmed that it is done
    Column("confirmed_by", ID),
    Column("confirmed_how", Text, nullable=False, server_default=""),
)
suspension_actions = Table(  # what must be done and confirmed before a suspension can end
    "suspension_actions",
    metadata,
    Column("suspension_id", ID, ForeignKey("suspensions.suspension_id"), primary_key=True),
    Column(
        "corrective_action_id",
        ID,
        ForeignKey("corrective_actions.corrective_action_id"),
        primary_key=True,
        index=True,
    ),
)
report_versions = Table(  # what a report said, each time a person changed it
    "report_versions",
    metadata,
    _id("report_version_id"),
    _ref("incident_id", "incidents.incident_id"),
    Column("number", Integer, nullable=False),
    Column("form", String(10), nullable=False),
    Column("with_names", Boolean, nullable=False),
    Column("content", Text, nullable=False),  # canonical JSON; emptied when the release's records are destroyed
    Column("sha256", String(64), nullable=False),  # of the content
    Column("note", Text, nullable=False, server_default=""),
    Column("made_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("made_as", String(30), nullable=False),  # the role in which
    Column("signed_at", Instant),
    Column("signed_by", ID),
    Column("signed_as", String(30)),
    UniqueConstraint("incident_id", "number"),
)
report_submissions = Table(  # what a person says they sent; the service sends none
    "report_submissions",
    metadata,
    _id("report_submission_id"),
    _ref("report_version_id", "report_versions.report_version_id", index=True),
    Column("submitted_at", Instant, nullable=False),
    Column("submitted_by", String(300), nullable=False),
    Column("to_whom", String(300), nullable=False),
    Column("how", String(300), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", ID, nullable=False),
)
duties = Table(  # what an Order asks of the producer because of a grant: inform the Board, publish an increase
    "duties",
    metadata,
    _id("duty_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    _ref("release_id", "releases.release_id", nullable=True, index=True),
    Column("grant_id", ID),
    Column("kind", String(40), nullable=False),
    Column("reason_key", String(200), nullable=False, unique=True),  # one duty for one cause
    Column("source", String(80), nullable=False),
    Column("particulars", Text, nullable=False),  # canonical JSON: what the Order says must be told
    Column("raised_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("done_by", ID),
    Column("done_note", Text, nullable=False, server_default=""),
)
production_access = Table(  # the register beside pre-release access, and never mixed with it
    "production_access",
    metadata,
    _id("production_access_id"),
    _ref("release_id", "releases.release_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    Column("purpose", String(30), nullable=False),  # production | quality_assurance | publishing | operational
    Column("why", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("restriction_sha256", String(64), nullable=False),
    Column("restriction_text", Text, nullable=False),
    Column("accepted_at", Instant),
    Column("accepted_how", String(200), nullable=False, server_default=""),
    Column("accepted_by", ID),  # the person, or whoever recorded their written acceptance
    Column("permitted_at", Instant),
    Column("permitted_by", ID),
    Column("ended_at", Instant),
    Column("end_reason", Text, nullable=False, server_default=""),
    Column("added_at", Instant, nullable=False),
    Column("added_by", ID, nullable=False),
    Column("revision", Integer, nullable=False),
)
annual_lists = Table(  # each publishing of the list of statistics with pre-release access
    "annual_lists",
    metadata,
    _id("annual_list_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("governing_order", String(30), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", Text, nullable=False),  # canonical JSON
    Column("published_at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
)
arrangements = Table(  # the published statement of how a producer keeps to its Order, every revision
    "arrangements",
    metadata,
    _id("arrangements_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("version", Integer, nullable=False),
    Column("statement", Text, nullable=False),
    Column("role_words", Text, nullable=False, server_default=""),  # the role of the head of profession in them
    Column("sha256", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
    UniqueConstraint("producer_id", "version"),
)
record_requests = Table(  # for the record that the Scottish and Welsh Orders make public on request
    "record_requests",
    metadata,
    _id("record_request_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    _ref("release_id", "releases.release_id", index=True),
    Column("requester", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),  # for correspondence
    Column("asked_for", Text, nullable=False, server_default=""),
    Column("asked_on", Date, nullable=False),
    Column("due_on", Date),  # where the Order sets a time
    Column("taken_at", Instant, nullable=False),
    Column("taken_by", ID, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", ID),
    Column("answer_sha256", String(64)),
    Column("answer", Text),  # canonical JSON, as it was given
)
representations = Table(  # what was said or written to the producer about format, content or timing
    "representations",
    metadata,
    _id("representation_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("by_person_id", ID),  # NULL where it was nobody the service knows
    Column("by_words", String(300), nullable=False, server_default=""),  # who it was then
    Column("about", String(20), nullable=False),  # format | content | timing
    Column("made_at", Instant, nullable=False),
    Column("words", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", ID, nullable=False),
)
legal_holds = Table(  # what must not be destroyed while it stands
    "legal_holds",
    metadata,
    _id("hold_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    _ref("release_id", "releases.release_id", nullable=True),  # NULL for everything of the producer
    Column("reason", Text, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", Text, nullable=False, server_default=""),
    Column("end_proposed_by", ID),
    Column("end_proposed_at", Instant),
    Column("ended_by", ID),  # the second person
)
erasures = Table(  # what was erased, when and why; never what it was
    "erasures",
    metadata,
    _id("erasure_id"),
    _ref("producer_id", "producers.producer_id", nullable=True, index=True),  # NULL for one person
    _ref("release_id", "releases.release_id", nullable=True, index=True),
    Column("person_id", ID),
    Column("cause", String(30), nullable=False),  # retention | person
    Column("reason", Text, nullable=False),
    Column("counts", Text, nullable=False),  # canonical JSON: how many of each
    Column("at", Instant, nullable=False),
    Column("by_person_id", ID, nullable=False),
    Column("state", String(20), nullable=False, server_default="done"),  # asked | taken_up | refused | proposed | …
    Column("release_ids", Text, nullable=False, server_default="[]"),  # JSON array: of a proposal, its releases
    Column("proposed_by", ID),
    Column("approved_by", ID),
    Column("decided_at", Instant),
)
contingencies = Table(  # releases whose final documents this service itself has made public, the site being down
    "contingencies",
    metadata,
    _id("contingency_id"),
    Column("release_id", ID, ForeignKey("releases.release_id"), nullable=False, unique=True),  # one decision for each
    Column("document_ids", Text, nullable=False),  # JSON array: what was released
    Column("reason", Text, nullable=False),
    Column("released_at", Instant, nullable=False, index=True),
    Column("released_by", ID, nullable=False),
    Column("site_back_at", Instant),  # when the watch saw it on the producer's own site
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ID),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="1"),
)
recalls = Table(  # something taken back, about which everyone who had or could have had it is asked
    "recalls",
    metadata,
    _id("recall_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("cause", String(30), nullable=False),  # document | release | moved_after_reading
    Column("document_ids", Text, nullable=False),  # JSON array
    Column("reason", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", ID, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", ID),  # NULL when there was nobody to ask
    Column("closed_note", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False),
)
recall_people = Table(  # each person who was asked, when they were chased, and what was decided about their answer
    "recall_people",
    metadata,
    _id("recall_person_id"),
    _ref("recall_id", "recalls.recall_id", index=True),
    _ref("release_id", "releases.release_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    Column("post", Text, nullable=False),  # title and organisation, as they stood on the list
    Column("served", Boolean, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("reminded_at", Instant),
    Column("reminded_again_at", Instant),
    Column("escalated_at", Instant),
    Column("excused", Text, nullable=False, server_default=""),  # why no statement is waited for any more
    Column("decided_on", ID),  # the statement that a contradiction was decided on
    Column("decided_at", Instant),
    Column("decided_by", ID),
    Column("decision", Text, nullable=False, server_default=""),
    UniqueConstraint("recall_id", "person_id"),
)
statements = Table(  # what people state they did with what was recalled; every one is kept, the newest counts
    "statements",
    metadata,
    _id("statement_id"),
    _ref("recall_id", "recalls.recall_id", index=True),
    _ref("release_id", "releases.release_id", index=True),
    _ref("person_id", "people.person_id", index=True),
    Column("did", String(30), nullable=False),  # not_opened | opened_and_deleted | opened_and_kept
    Column("printed", Boolean, nullable=False),
    Column("kept_where", Text, nullable=False, server_default=""),
    Column("forwarded_to", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("given_at", Instant, nullable=False),
    Column("jws", Text, nullable=False),
)
notices = Table(
    "notices",
    metadata,
    _id("notice_id"),
    Column("email", String(254), nullable=False),
    _ref("person_id", "people.person_id", nullable=True, index=True),
    Column("kind", String(40), nullable=False),
    Column("reason_key", String(200), nullable=False, unique=True),
    Column("subject", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("secret", LargeBinary),  # wrapped; put in place of {secret} at sending, then forgotten
    Column("queued_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("sent_at", Instant),
    Column("given_up_at", Instant),  # stale, or failed too often: it will never go
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("release_id", ID, index=True),  # what it is about, where that is one release
    Column("text_version", Integer),  # of the letter's text; NULL where it was queued before texts were numbered
    Column("in_hand", Boolean, nullable=False, server_default=false()),  # taken, and how it ended not on record yet
    Column("doubt", String(16), nullable=False, server_default=""),  # perhaps_twice | twice
    Column("handed_id", String(64), nullable=False, server_default=""),  # the mail system's own name for it
    Column("delivered_at", Instant),
    Column("bounced_at", Instant),
    Column("bounce", String(12)),  # permanent | temporary
    Column("raised_at", Instant),  # when the producer's team was told that it did not arrive
    Column("sent_again", Integer, nullable=False, server_default="0"),  # how often the operator had it go once more
)
notice_checks = Table(  # when a mail service is to be asked what became of a letter; bookkeeping
    "notice_checks",
    metadata,
    Column("notice_id", ID, ForeignKey("notices.notice_id"), primary_key=True),
    Column("ask_at", Instant, nullable=False, index=True),
    Column("asked", Integer, nullable=False, server_default="0"),
)
jobs = Table(  # work that is due at an instant; bookkeeping: what is done is logged by whoever does it
    "jobs",
    metadata,
    _id("job_id"),
    Column("kind", String(30), nullable=False),  # look | tell_unwatched | tell_overdue | call_alarm
    _ref("release_id", "releases.release_id", index=True),
    Column("reason_key", String(200), nullable=False, unique=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("note", Text, nullable=False, server_default=""),  # what the next run needs of the last, as JSON
    Column("runs", Integer, nullable=False, server_default="0"),
    Column("lease_by", String(60)),
    Column("lease_until", Instant),
    Column("done_at", Instant),
)
alarms = Table(
    "alarms",
    metadata,
    _id("alarm_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("kind", String(30), nullable=False),
    Column("reason_key", String(200), nullable=False, unique=True),
    Column("publishes_at", Instant, nullable=False),  # the time that was set when it was raised
    Column("raised_at", Instant, nullable=False),
    Column("summary", Text, nullable=False),
    Column("called", Integer, nullable=False, server_default="0"),  # how many rungs of the ladder
    Column("called_at", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", ID),
    Column("note", Text, nullable=False, server_default=""),
    Column("ended_at", Instant),
    Column("ended_because", String(30), nullable=False, server_default=""),
)
rosters = Table(  # whom an alarm reaches, beside the lead official and the head of profession
    "rosters",
    metadata,
    Column("producer_id", ID, ForeignKey("producers.producer_id"), primary_key=True),
    Column("content", Text, nullable=False),  # canonical JSON; people by their ids
    Column("set_at", Instant, nullable=False),
    Column("set_by", ID, nullable=False),
    Column("revision", Integer, nullable=False),
)
watched_hosts = Table(  # where the watch may look for a producer
    "watched_hosts",
    metadata,
    _id("host_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("host", String(260), nullable=False),
    Column("allowed_at", Instant, nullable=False),
    Column("allowed_by", ID, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("ended_at", Instant),
    Column("ended_by", ID),
)
watch_plans = Table(
    "watch_plans",
    metadata,
    Column("release_id", ID, ForeignKey("releases.release_id"), primary_key=True),
    Column("page_url", String(500), nullable=False),
    Column("marker", String(300), nullable=False, server_default=""),
    Column("file_urls", Text, nullable=False, server_default="[]"),  # JSON array
    Column("declares", Boolean, nullable=False, server_default=false()),
    Column("unsure_minutes", Integer, nullable=False, server_default="5"),
    Column("set_at", Instant, nullable=False),
    Column("set_by", ID, nullable=False),
    Column("revision", Integer, nullable=False),
)
probes = Table(  # changes, and one in so many that saw the same
    "probes",
    metadata,
    _id("probe_id"),
    _ref("release_id", "releases.release_id"),
    Column("publishes_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("content", Text, nullable=False),  # canonical JSON
    Index("ix_probes_release", "release_id", "at"),
)
verdicts = Table(  # what the probes mean, each time that changed
    "verdicts",
    metadata,
    _id("verdict_id"),
    _ref("release_id", "releases.release_id"),
    Column("publishes_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("origin_at", Instant),
    Column("public_at", Instant),
    Column("absent_at", Instant),
    Column("delay_ms", BigInteger),
    Index("ix_verdicts_release", "release_id", "at"),
)
wrong_facts = Table(  # what was taken for a fact and was found wrong later; it counts while it is not withdrawn
    "wrong_facts",
    metadata,
    _id("wrong_fact_id"),
    Column("kind", String(20), nullable=False),  # clock | declaration | approval | holding | deputy
    _ref("producer_id", "producers.producer_id", nullable=True, index=True),  # NULL for a clock: it is everybody's
    _ref("release_id", "releases.release_id", nullable=True, index=True),  # of a list, or of a deputy
    _ref("person_id", "people.person_id", nullable=True, index=True),
    Column("subject_id", ID),  # the declaration, the version of a list, the post, the request for a deputy
    Column("from_on", Date),  # London days on which a post was not held
    Column("until_on", Date),
    Column("from_at", Instant),  # when the clock could not be trusted, by that clock
    Column("until_at", Instant),
    Column("fast_seconds", Integer),  # how far ahead of the truth it stood; NULL where nobody knows
    Column("reason", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", ID, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ID),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
)
facts_changes = Table(  # how often something was changed that a decision about access may rest on
    "facts_changes",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
review_marks = Table(  # changes because of which the rule is to be asked again about past openings; gone once it was
    "review_marks",
    metadata,
    Column("mark_id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("mark_key", ID, nullable=False, unique=True),  # the entry of the change, or an id of its own
    Column("kind", String(50), nullable=False),  # of that entry; empty where the records were looked through
    Column("release_id", ID),  # whose openings: by release, person, producer or time; by nothing, all
    Column("person_id", ID),
    Column("producer_id", ID),
    Column("from_at", Instant),
    Column("until_at", Instant),
    Column("at", Instant, nullable=False),
    Column("transaction_number", BigInteger),  # of the change; PostgreSQL alone needs it
    Column("behind", ID, nullable=False, server_default=""),  # the last opening that was looked at
    Column("due_at", Instant),  # when it is tried again, where it could not be followed up
)
review_findings = Table(  # what the rule, asked again, holds against an opening: one row for each sort, ever
    "review_findings",
    metadata,
    Column("opening_id", ID, primary_key=True),
    Column("finding", String(20), primary_key=True),  # window | list | post | declaration | clock
    _ref("incident_id", "incidents.incident_id", index=True),
    Column("found_at", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),  # of what the incident says of it
    Column("ended_at", Instant),  # since when it stands no longer
)
page_confirmations = Table(  # the publishing team's word that a page is scheduled, each time it was given
    "page_confirmations",
    metadata,
    _id("confirmation_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("publishes_at", Instant, nullable=False),
    Column("page_url", String(500), nullable=False),
    Column("scheduled_by", String(300), nullable=False),
    Column("seen", Text, nullable=False),
    Column("documents_sha256", String(64), nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("confirmed_by", ID, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ID),
    Column("ended_because", String(20)),  # withdrawn | replaced | moved | documents_changed
    Column("reason", Text, nullable=False, server_default=""),
)
prepared_texts = Table(  # what is to be sent once a release is published; its words lie sealed, version by version
    "prepared_texts",
    metadata,
    _id("prepared_text_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("kind", String(20), nullable=False),  # tweet | press_line | briefing_email
    Column("channel", String(100), nullable=False),
    _ref("owner_id", "people.person_id"),
    Column("version", Integer, nullable=False),
    Column("ready_from_at", Instant),
    Column("prepared_at", Instant, nullable=False),
    Column("prepared_by", ID, nullable=False),
    Column("prepared_for_at", Instant, nullable=False),  # the time set for publication when it was first written
    Column("written_at", Instant, nullable=False),  # its present version
    Column("decided_at", Instant),  # when the head of profession last let it stand
    Column("decided_by", ID),
    Column("decided_for_at", Instant),
    Column("decided_reason", Text, nullable=False, server_default=""),
    Column("told_of", String(100), nullable=False, server_default=""),  # the hold that was last told of
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ID),
    Column("withdrawn_reason", Text, nullable=False, server_default=""),
    Column("released_at", Instant, index=True),
    Column("taken_at", Instant),
    Column("taken_by", ID),
    Column("revision", Integer, nullable=False, server_default="1"),
)
prepared_text_versions = Table(
    "prepared_text_versions",
    metadata,
    _id("version_id"),
    _ref("prepared_text_id", "prepared_texts.prepared_text_id"),
    _ref("release_id", "releases.release_id", index=True),
    Column("version", Integer, nullable=False),
    Column("bound_to", String(60), nullable=False),  # what the wrapped identity is bound to
    Column("sealed_words", LargeBinary, nullable=False),  # a whole age file
    Column("wrapped_identity", LargeBinary, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("written_by", ID, nullable=False),
    UniqueConstraint("prepared_text_id", "version"),
)
readiness_marks = Table(  # who has been told of what is missing before a release, so that each is told once
    "readiness_marks",
    metadata,
    _id("mark_id"),
    _ref("release_id", "releases.release_id"),
    Column("publishes_at", Instant, nullable=False),
    Column("need", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    Column("rung", String(20), nullable=False),
    Column("told_at", Instant, nullable=False),
    UniqueConstraint("release_id", "publishes_at", "need", "cause", "rung"),
)
calendar_links = Table(  # private addresses of a producer's calendar; whoever holds one needs no sign-in
    "calendar_links",
    metadata,
    _id("link_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("name", String(300), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ID),
)
webhooks = Table(  # where a producer's own systems are told what is public
    "webhooks",
    metadata,
    _id("webhook_id"),
    _ref("producer_id", "producers.producer_id", index=True),
    Column("name", String(300), nullable=False),
    Column("url", String(500), nullable=False),
    Column("kinds", Text, nullable=False),  # JSON array: types of the news it is sent
    Column("made_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("failing_since", Instant),  # NULL while messages are taken
    Column("stopped_at", Instant),  # by the service, after long failure
    Column("stopped_because", String(20), nullable=False, server_default=""),  # failing | gone
    Column("ended_at", Instant),
    Column("ended_by", ID),
)
webhook_secrets = Table(  # that messages are signed with; gone once they count no more
    "webhook_secrets",
    metadata,
    _id("secret_id"),
    _ref("webhook_id", "webhooks.webhook_id", index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ends_at", Instant),  # NULL for the current one
)
webhook_deliveries = Table(  # messages to webhooks: ids, instants and links of what is public
    "webhook_deliveries",
    metadata,
    _id("delivery_id"),
    _ref("webhook_id", "webhooks.webhook_id"),
    _ref("release_id", "releases.release_id", nullable=True, index=True),  # NULL for one that shows that they arrive
    Column("kind", String(40), nullable=False),
    Column("number", Integer, nullable=False),  # of what this webhook is sent of this release
    Column("reason_key", String(200), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("due_at", Instant, index=True),  # NULL once it was taken, or given up
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("tried_at", Instant),
    Column("last_status", Integer),
    Column("last_trouble", String(30), nullable=False, server_default=""),
    Column("delivered_at", Instant),
    Column("given_up_at", Instant),
    Column("lease_by", String(60)),
    Column("lease_until", Instant),
    Index("ix_webhook_deliveries_webhook", "webhook_id", "queued_at"),
)
idempotency = Table(
    "idempotency",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Instant, nullable=False),
)


def _searched(name: str, *columns: str, beside: tuple[str, ...] = ()) -> Index:
    """Index the entries by these columns, and by time after them; most entries leave the first one empty.

    Args:
        beside: Columns that are asked of what the index leads to, so that entries that do not pass are not fetched.
    """
    filled = text(f"{columns[0]} IS NOT NULL")
    every = (*columns, "at", "arrival", *beside)
    return Index(f"ix_entries_{name}_at", *every, sqlite_where=filled, postgresql_where=filled)


entries = Table(
    "entries",
    metadata,
    Column("arrival", SEQUENCE, primary_key=True, autoincrement=True),
    Column("entry_id", ID, nullable=False, unique=True),
    Column("kind", String(50), nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("producer_id", ID),
    Column("release_id", ID),
    Column("document_id", ID),
    Column("person_id", ID),
    Column("leaf", LargeBinary, nullable=False),  # canonical JSON, at most 4 KiB: the leaf of the tree
    Column("leaf_index", BigInteger, unique=True),  # of those that had their place before entry_places; no longer given
    Column("labelled", Boolean),  # None until its labels stand in entry_labels
    Index("ix_entries_release", "release_id", "arrival"),
    # What auditors search by, each in the order of time.
    _searched("release", "release_id"),
    _searched("document", "document_id"),
    _searched("person", "person_id", beside=("kind", "outcome")),
    _searched("producer", "producer_id"),
    _searched("producer_kind", "producer_id", "kind", "outcome"),
    Index("ix_entries_kind_outcome_at", "kind", "outcome", "at", "arrival"),
    Index("ix_entries_outcome_at", "outcome", "at", "arrival"),
    Index("ix_entries_at", "at"),
    Index(  # by which they are counted against entry_places and entries_waiting
        "ix_entries_apart",
        "arrival",
        sqlite_where=text("leaf_index IS NULL"),
        postgresql_where=text("leaf_index IS NULL"),
    ),
    Index(
        "ix_entries_unlabelled",
        "arrival",
        sqlite_where=text("labelled IS NULL"),
        postgresql_where=text("labelled IS NULL"),
    ),
)
entry_places = Table(  # where each stands in the tree: given by the sequencer, dense, added and never changed
    "entry_places",
    metadata,
    Column("leaf_index", SEQUENCE, primary_key=True, autoincrement=False),
    Column("arrival", BigInteger, nullable=False, unique=True),
)
entries_waiting = Table(  # which have no place yet; a trigger adds each entry, whoever appends it
    "entries_waiting",
    metadata,
    Column("arrival", SEQUENCE, primary_key=True, autoincrement=False),
)
keep_places(entries, entries_waiting)
entry_labels = Table(  # what entries are searched by besides; all of it is in the leaf or in a clear value
    "entry_labels",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", String(300), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
disclosures = Table(  # the clear values behind the commitments; erasing a row leaves the tree as it is
    "disclosures",
    metadata,
    Column("entry_id", ID, primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("clear_value", Text, nullable=False),
)
witnesses = Table(  # of the log: what each last cosigned; bookkeeping, and silence is logged by whoever tells of it
    "witnesses",
    metadata,
    Column("vkey", String(400), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),  # the checkpoint, with this witness's cosignature
    Column("watched_from", Instant, nullable=False),
    Column("asked_at", Instant),
    Column("answered_at", Instant),  # by our clock
    Column("cosigned_at", Instant),  # by the witness's
    Column("failing_since", Instant),
    Column("silent_since", Instant),
    Column("fault", String(30), nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("lease_by", String(60)),
    Column("lease_until", Instant),
)
saved_searches = Table(  # searches of the log that auditors keep under a name
    "saved_searches",
    metadata,
    _id("saved_search_id"),
    _ref("owner_id", "people.person_id"),
    _ref("organisation_id", "organisations.organisation_id", nullable=True, index=True),  # None: of the service
    Column("name", String(300), nullable=False),
    Column("filters", Text, nullable=False),  # JSON object, by the names of the filters
    Column("newest_first", Boolean, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("owner_id", "name"),
)
release_seals = Table(  # what the log held about a release when its window closed, and again when more came
    "release_seals",
    metadata,
    _id("seal_id"),
    _ref("release_id", "releases.release_id"),
    Column("number", Integer, nullable=False),
    Column("through", BigInteger, nullable=False),  # how many entries of the log it has looked at
    Column("newest_arrival", BigInteger, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    Column("entry_id", ID, nullable=False),
    Column("statement", Text, nullable=False),  # canonical JSON; its hash stands in the entry
    Column("filler_seed", LargeBinary, nullable=False),  # of the places that stand for nobody
    UniqueConstraint("release_id", "number"),
)
seal_places = Table(  # where each person stands in a seal's tree; the leaf alone outlives an erasure
    "seal_places",
    metadata,
    Column("seal_id", ID, ForeignKey("release_seals.seal_id"), primary_key=True),
    Column("place", String(32), primary_key=True),  # 128 bits, hexadecimal
    Column("leaf", LargeBinary, nullable=False),
    Column("salt", LargeBinary),
    Column("record", Text),
)
log_state = Table(
    "log_state",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", Text, nullable=False),  # JSON array of hexadecimal hashes
    Column("checkpoint", Text, nullable=False),
)
