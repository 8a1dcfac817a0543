"""Every kind of entry the log can hold. Tagged; members are only ever added, never renamed or removed.

An entry's leaf is canonical JSON of at most 4 KiB::

    {"v":1, "id":…, "kind":…, "at":…, "outcome":…, "release_id":…, "document_id":…, "producer_id":…,
     "said":{…}, "sealed":{name: commitment}}

``said`` holds what may be read by anyone who holds the log. Personal details stand under ``sealed`` as commitments,
SHA-256 of a 16-byte salt followed by the value; salt and value lie beside the entry in the database, so that erasing
them leaves the tree valid.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.rules.canonical import canonical_json
from app.rules.reasons import instant_text

LEAF_LIMIT_BYTES = 4096


class EntryKind(StrEnum):
    """What happened."""

    LOG_BEGUN = "log_begun"
    ORGANISATION_ADDED = "organisation_added"
    PRODUCER_ADDED = "producer_added"
    PERSON_ADDED = "person_added"
    POST_ADDED = "post_added"
    HOLDING_BEGUN = "holding_begun"
    HOLDING_ENDED = "holding_ended"
    ROLE_GIVEN = "role_given"
    ROLE_ENDED = "role_ended"
    SUSPENSION_BEGUN = "suspension_begun"
    SUSPENSION_ENDED = "suspension_ended"
    REAPPLICATION_MADE = "reapplication_made"
    REAPPLICATION_DECIDED = "reapplication_decided"
    TRAINING_RECORDED = "training_recorded"
    TRAINING_WITHDRAWN = "training_withdrawn"
    TRAINING_POLICY_CHANGED = "training_policy_changed"
    FAILURE_RECORDED = "failure_recorded"
    FAILURE_WITHDRAWN = "failure_withdrawn"
    PRODUCTION_ACCESS_PROPOSED = "production_access_proposed"
    PRODUCTION_ACCESS_ACCEPTED = "production_access_accepted"
    PRODUCTION_ACCESS_PERMITTED = "production_access_permitted"
    PRODUCTION_ACCESS_ENDED = "production_access_ended"
    PRODUCTION_REGISTER_EXPORTED = "production_register_exported"
    CREDENTIAL_MADE = "credential_made"
    CREDENTIAL_ENDED = "credential_ended"
    KEY_REGISTERED = "key_registered"
    KEY_ENDED = "key_ended"
    AGE_KEY_REGISTERED = "age_key_registered"
    AGE_KEY_ENDED = "age_key_ended"
    SIGN_IN_CODE_ASKED = "sign_in_code_asked"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    TOKEN_ISSUED = "token_issued"
    TOKEN_REFUSED = "token_refused"
    SERIES_ADDED = "series_added"
    RELEASE_REGISTERED = "release_registered"
    RELEASE_CHANGED = "release_changed"
    RELEASE_MOVED = "release_moved"
    BANK_HOLIDAYS_LOADED = "bank_holidays_loaded"
    CLOSED_DAY_ADDED = "closed_day_added"
    CLOSED_DAY_APPROVED = "closed_day_approved"
    CLOSED_DAY_WITHDRAWN = "closed_day_withdrawn"
    WINDOW_CHANGED = "window_changed"
    MOVE_REFUSED = "move_refused"
    LIST_IMPORTED = "list_imported"
    LIST_IMPORT_REFUSED = "list_import_refused"
    LIST_EXPORTED = "list_exported"
    CALENDAR_IMPORTED = "calendar_imported"
    CALENDAR_IMPORT_REFUSED = "calendar_import_refused"
    LIST_CHANGED = "list_changed"
    LIST_APPROVED = "list_approved"
    LIST_APPROVAL_REFUSED = "list_approval_refused"
    LIST_FROZEN = "list_frozen"
    LIST_UNFROZEN = "list_unfrozen"
    LIST_FREEZE_OVERRIDDEN = "list_freeze_overridden"
    STANDING_LIST_CHANGED = "standing_list_changed"
    GRANT_PAUSED = "grant_paused"
    GRANT_RESUMED = "grant_resumed"
    DUTY_RAISED = "duty_raised"
    DUTY_CHANGED = "duty_changed"
    DUTY_DONE = "duty_done"
    CONFIRMATION_POLICY_CHANGED = "confirmation_policy_changed"
    CONFIRMATION_ASKED = "confirmation_asked"
    CONFIRMATION_CARRIED = "confirmation_carried"
    CONFIRMATION_REMINDED = "confirmation_reminded"
    CONFIRMATION_ANSWERED = "confirmation_answered"
    DECLARATION_REMINDED = "declaration_reminded"
    DEPUTY_ASKED = "deputy_asked"
    DEPUTY_DECIDED = "deputy_decided"
    PUBLIC_LIST_PUBLISHED = "public_list_published"
    ANNUAL_LIST_PUBLISHED = "annual_list_published"
    ARRANGEMENTS_PUBLISHED = "arrangements_published"
    REPRESENTATION_RECORDED = "representation_recorded"
    RECORD_ASKED_FOR = "record_asked_for"
    RECORD_GIVEN = "record_given"
    RECORD_ANSWER_READ = "record_answer_read"
    HOLD_BEGUN = "hold_begun"
    HOLD_END_PROPOSED = "hold_end_proposed"
    HOLD_ENDED = "hold_ended"
    RETENTION_CHANGED = "retention_changed"
    ERASURE_PROPOSED = "erasure_proposed"
    ERASURE_WITHDRAWN = "erasure_withdrawn"
    RECORDS_ERASED = "records_erased"
    PERSON_ERASED = "person_erased"
    UNDERTAKING_WORDS_GIVEN = "undertaking_words_given"
    DECLARATION_SIGNED = "declaration_signed"
    DECLARATION_REFUSED = "declaration_refused"
    DECLARATION_WITHDRAWN = "declaration_withdrawn"
    DOCUMENT_SEALED = "document_sealed"
    DOCUMENT_REFUSED = "document_refused"
    DOCUMENT_FIXED = "document_fixed"
    DOCUMENT_RECALLED = "document_recalled"
    RECALL_BEGUN = "recall_begun"
    STATEMENT_GIVEN = "statement_given"
    STATEMENT_REMINDED = "statement_reminded"
    STATEMENT_DECIDED = "statement_decided"
    RECALL_CLOSED = "recall_closed"
    ACCESS_DECIDED = "access_decided"
    COPY_STARTED = "copy_started"
    COPY_OUTCOME = "copy_outcome"
    OPENING_ENDED = "opening_ended"
    PASSPHRASE_REVEALED = "passphrase_revealed"
    REVEAL_REFUSED = "reveal_refused"
    COPY_TRACED = "copy_traced"
    ACTION_REFUSED = "action_refused"
    REQUEST_REFUSED = "request_refused"
    LOG_READ = "log_read"
    LOG_EXPORTED = "log_exported"
    NOTICE_QUEUED = "notice_queued"
    NOTICES_TAKEN = "notices_taken"
    NOTICE_SENT = "notice_sent"
    NOTICE_FAILED = "notice_failed"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_CHANGED = "incident_changed"
    REPORT_DRAFTED = "report_drafted"
    CLOCK_CHECKED = "clock_checked"
    LOG_CHECKED = "log_checked"
    OBJECTS_SWEPT = "objects_swept"
    KEY_RING_CHANGED = "key_ring_changed"
    DOCUMENT_KEY_ESCROWED = "document_key_escrowed"
    SECRETS_REWRAPPED = "secrets_rewrapped"
    DOCUMENT_KEY_DESTROYED = "document_key_destroyed"
    ESCROW_EXPORTED = "escrow_exported"
    POST_CHANGED = "post_changed"
    READY_LETTER_SCHEDULED = "ready_letter_scheduled"
    READY_LETTER_WITHDRAWN = "ready_letter_withdrawn"
    READY_LETTER_SENT = "ready_letter_sent"
    READY_LETTER_REFUSED = "ready_letter_refused"
    OVERDUE_TOLD = "overdue_told"
    ALARM_RAISED = "alarm_raised"
    ALARM_CALLED = "alarm_called"
    ALARM_ACKNOWLEDGED = "alarm_acknowledged"
    ALARM_ENDED = "alarm_ended"
    ROSTER_CHANGED = "roster_changed"
    WATCHED_HOST_CHANGED = "watched_host_changed"
    WATCH_PLANNED = "watch_planned"
    UNWATCHED_TOLD = "unwatched_told"
    PAGE_PROBED = "page_probed"
    VERDICT_CHANGED = "verdict_changed"
    REFUSALS_FOLDED = "refusals_folded"
    COPY_DIAGNOSED = "copy_diagnosed"
    MALWARE_FOUND = "malware_found"
    DOCUMENT_SCANNED = "document_scanned"
    RELEASE_SEALED = "release_sealed"
    UPLOAD_BEGUN = "upload_begun"
    UPLOAD_PART_KEPT = "upload_part_kept"
    UPLOAD_ENDED = "upload_ended"
    UPLOAD_FORGOTTEN = "upload_forgotten"
    WARNING_PROPOSED = "warning_proposed"
    WARNING_APPROVED = "warning_approved"
    STORE_COPIED = "store_copied"
    REPORT_VERSION_MADE = "report_version_made"
    REPORT_SIGNED_OFF = "report_signed_off"
    REPORT_SUBMITTED = "report_submitted"
    BREACH_REGISTER_TAKEN = "breach_register_taken"
    CORRECTIVE_ACTION_ADDED = "corrective_action_added"
    CORRECTIVE_ACTION_ENDED = "corrective_action_ended"
    WITNESS_SILENT = "witness_silent"
    WITNESS_BACK = "witness_back"
    KIT_GIVEN = "kit_given"
    SEARCH_EXPORTED = "search_exported"
    SEARCH_SAVED = "search_saved"
    SEARCH_CHANGED = "search_changed"
    SEARCH_FORGOTTEN = "search_forgotten"
    FACT_FOUND_WRONG = "fact_found_wrong"
    WRONG_FACT_WITHDRAWN = "wrong_fact_withdrawn"
    OPENINGS_REVIEWED = "openings_reviewed"
    NETWORKS_CHANGED = "networks_changed"
    NETWORKS_ANSWERED = "networks_answered"
    INCIDENT_LINK_CORRECTED = "incident_link_corrected"
    HEAD_OF_PROFESSION_TOLD = "head_of_profession_told"
    INCIDENT_CHASED = "incident_chased"
    CORRECTIVE_ACTION_CHASED = "corrective_action_chased"
    CORRECTIVE_ACTION_CONFIRMED = "corrective_action_confirmed"
    SUSPENSION_CONDITIONS_CHANGED = "suspension_conditions_changed"
    PAGE_CONFIRMED = "page_confirmed"
    PAGE_CONFIRMATION_ENDED = "page_confirmation_ended"
    READINESS_TOLD = "readiness_told"
    CONTINGENCY_RELEASED = "contingency_released"
    CONTINGENCY_SITE_BACK = "contingency_site_back"
    CONTINGENCY_WITHDRAWN = "contingency_withdrawn"
    CONTINGENCY_READ = "contingency_read"
    CALENDAR_LINK_MADE = "calendar_link_made"
    CALENDAR_LINK_ENDED = "calendar_link_ended"
    PREPARED_TEXT_WRITTEN = "prepared_text_written"
    PREPARED_TEXT_READ = "prepared_text_read"
    PREPARED_TEXT_WITHDRAWN = "prepared_text_withdrawn"
    PREPARED_TEXT_HELD = "prepared_text_held"
    PREPARED_TEXT_KEPT = "prepared_text_kept"
    PREPARED_TEXT_RELEASED = "prepared_text_released"
    PREPARED_TEXT_TAKEN = "prepared_text_taken"
    NOTICE_DELIVERED = "notice_delivered"
    NOTICE_BOUNCED = "notice_bounced"
    NOTICE_SENT_AGAIN = "notice_sent_again"
    NOTICES_RAISED = "notices_raised"
    WEBHOOK_MADE = "webhook_made"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_STOPPED = "webhook_stopped"
    WEBHOOK_QUEUED = "webhook_queued"
    WEBHOOKS_TAKEN = "webhooks_taken"
    WEBHOOK_SENT = "webhook_sent"
    WEBHOOK_FAILED = "webhook_failed"
    PROVIDER_PROPOSED = "provider_proposed"
    PROVIDER_APPROVED = "provider_approved"
    PROVIDER_CHANGED = "provider_changed"
    PROVIDER_ENDED = "provider_ended"
    PROVIDER_SIGN_IN_BEGUN = "provider_sign_in_begun"
    PROVIDER_ANSWERED = "provider_answered"
    PROVIDER_ACCOUNT_BOUND = "provider_account_bound"
    PROVIDER_ACCOUNTS_UNBOUND = "provider_accounts_unbound"
    LIST_SUBMITTED = "list_submitted"
    CREDENTIAL_RENEWED = "credential_renewed"
    ERASURE_ASKED = "erasure_asked"
    ERASURE_DECLINED = "erasure_declined"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    PERMITTED = "permitted"
    REFUSED = "refused"
    COMPLETED = "completed"
    ABORTED = "aborted"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be logged.

    Attributes:
        at: When. Aware, UTC.
        person_id: The person it is about, for auditors' filters; in the leaf only as a commitment.
        actor_id: Who did it: a person, a client, or ``rule`` for the service itself; in the leaf as a commitment.
        said: JSON-ready members anyone with the log may read. No names, no addresses, no secrets.
        sealed: Personal details, by name; they enter the leaf as commitments.
    """

    kind: EntryKind
    at: datetime
    outcome: Outcome = Outcome.DONE
    actor_id: str = "rule"
    person_id: str | None = None
    producer_id: str | None = None
    release_id: str | None = None
    document_id: str | None = None
    said: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, str] = field(default_factory=dict)


def commitment(salt: bytes, clear_value: str) -> str:
    """Commit to a value: SHA-256 of the salt followed by the value, as 64 hexadecimal digits.

    Args:
        salt: 16 random bytes, used once.
    """
    return hashlib.sha256(salt + clear_value.encode()).hexdigest()


def leaf_bytes(entry_id: str, entry: Entry, commitments: dict[str, str]) -> bytes:
    """Write an entry as the leaf of the tree.

    Raises:
        ValueError: The leaf would be longer than 4 KiB.
    """
    record: dict[str, Any] = {
        "v": 1,
        "id": entry_id,
        "kind": entry.kind.value,
        "at": instant_text(entry.at),
        "outcome": entry.outcome.value,
        "producer_id": entry.producer_id,
        "release_id": entry.release_id,
        "document_id": entry.document_id,
        "said": entry.said,
        "sealed": commitments,
    }
    leaf = canonical_json({name: value for name, value in record.items() if value is not None})
    if len(leaf) > LEAF_LIMIT_BYTES:
        raise ValueError(f"an entry of {len(leaf)} bytes is longer than {LEAF_LIMIT_BYTES}")
    return leaf
