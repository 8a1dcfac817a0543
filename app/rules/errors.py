"""The tree of mistakes and refusals. Codes, no HTTP.

    PraError                   code: Code            – no status, no HTML
    ├─ Refused                 reasons: tuple[Reason] – the law, or a role, says no
    ├─ Mistake                 the caller can mend it
    │   ├─ NotFound            nothing there, or nothing you may know of
    │   ├─ Malformed           what was sent cannot be read as what was asked for
    │   ├─ Conflict            someone moved first
    │   ├─ OutOfOrder          right thing, wrong state
    │   └─ TooManyTries        wait
    ├─ NotSignedIn             we do not know who you are
    ├─ Busy                    too many at once; nothing was done, try again
    └─ Broken                  we cannot vouch for our own state; nothing is served
        ├─ LogDamaged          the log contradicts itself or its last checkpoint
        ├─ SealBroken          a sealed document does not authenticate
        ├─ KeyMissing          a key we need is not in the ring
        ├─ UnrecordedChange    a transaction changed something and logged nothing
        ├─ ClockWrong          the clock cannot be trusted
        └─ Unavailable         a store did not answer in time; try again
            └─ NotBegun        the turn to write did not come in time; nothing was begun

``api/problems.py`` holds the one table from codes to problem documents.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # reasons imports nothing of ours; this keeps the tree readable on its own
    from app.rules.reasons import Reason


# The one text of every NotFound: what is absent and what is hidden must not be told apart.
NOTHING_THERE = "There is nothing here that you may see. Check the address, or ask the producer."


class Code(StrEnum):
    """Every problem the service can answer with. Each has a page at ``/problems/{code}``."""

    # Refused
    ACCESS_REFUSED = "access_refused"
    ROLE_REQUIRED = "role_required"
    SECOND_PERSON_REQUIRED = "second_person_required"
    FRESH_SIGN_IN_REQUIRED = "fresh_sign_in_required"
    FORM_NOT_OURS = "form_not_ours"
    PROVIDER_REQUIRED = "provider_required"
    LIST_NOT_SOUND = "list_not_sound"
    LIST_FROZEN = "list_frozen"
    LETTER_TOO_EARLY = "letter_too_early"
    PUBLICATION_BLOCKED = "publication_blocked"
    CONTINGENCY_REFUSED = "contingency_refused"
    TEXT_REFUSED = "text_refused"
    ERASURE_REFUSED = "erasure_refused"
    REINSTATEMENT_REFUSED = "reinstatement_refused"
    # NotFound
    NOT_FOUND = "not_found"
    # Malformed
    INVALID_REQUEST = "invalid_request"
    INVALID_INSTANT = "invalid_instant"
    IN_THE_PAST = "in_the_past"
    PAGE_TIME_DIFFERS = "page_time_differs"
    SHARED_MAILBOX = "shared_mailbox"
    ORDER_NOT_BUILT = "order_not_built"
    EXCEPTED_STATISTICS = "excepted_statistics"
    IMPORT_REJECTED = "import_rejected"
    SHEET_UNREADABLE = "sheet_unreadable"
    DECLARATION_NOT_VALID = "declaration_not_valid"
    KEY_NOT_VALID = "key_not_valid"
    DOCUMENT_EMPTY = "document_empty"
    DOCUMENT_TOO_LARGE = "document_too_large"
    DOCUMENT_UNREADABLE = "document_unreadable"
    CHECKSUM_DIFFERS = "checksum_differs"
    CHECKSUM_NOT_SUPPORTED = "checksum_not_supported"
    DOCUMENT_TOO_COMPLEX = "document_too_complex"
    DOCUMENT_NOT_INERT = "document_not_inert"
    MALWARE_FOUND = "malware_found"
    DOCUMENT_TYPE_DIFFERS = "document_type_differs"
    FILE_NAME_NOT_VALID = "file_name_not_valid"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    REASON_REQUIRED = "reason_required"
    NO_CHANGE = "no_change"
    IF_MATCH_REQUIRED = "if_match_required"
    IDEMPOTENCY_KEY_NOT_VALID = "idempotency_key_not_valid"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    TUS_VERSION_NOT_SUPPORTED = "tus_version_not_supported"
    # Conflict
    CHANGED_MEANWHILE = "changed_meanwhile"
    ALREADY_EXISTS = "already_exists"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    HASH_DIFFERS = "hash_differs"
    REHEARSAL_CROSSED = "rehearsal_crossed"
    UPLOAD_OFFSET_DIFFERS = "upload_offset_differs"
    UPLOAD_IN_USE = "upload_in_use"
    # OutOfOrder
    WRONG_STATE = "wrong_state"
    UPLOAD_ENDED = "upload_ended"
    TOO_MANY_UPLOADS = "too_many_uploads"
    ALREADY_REVEALED = "already_revealed"
    OPENING_ENDED = "opening_ended"
    ALREADY_ENDED = "already_ended"
    AGE_KEY_NEEDED = "age_key_needed"
    NO_PASSPHRASE = "no_passphrase"
    # TooManyTries
    TOO_MANY_TRIES = "too_many_tries"
    # NotSignedIn
    NOT_SIGNED_IN = "not_signed_in"
    CODE_NOT_ACCEPTED = "code_not_accepted"
    PROVIDER_NOT_ACCEPTED = "provider_not_accepted"
    PROVIDER_SILENT = "provider_silent"
    # Busy
    BUSY = "busy"
    # Broken
    BROKEN = "broken"
    LOG_DAMAGED = "log_damaged"
    SEAL_BROKEN = "seal_broken"
    KEY_MISSING = "key_missing"
    UNRECORDED_CHANGE = "unrecorded_change"
    CLOCK_WRONG = "clock_wrong"
    UNAVAILABLE = "unavailable"
    NOT_SCANNED = "not_scanned"


class PraError(Exception):
    """Root of everything this service raises on purpose.

    Args:
        code: What kind of problem, from the closed list.
        detail: One or two plain sentences for the person who meets it: what was wrong and what would put it right.
        extra: Extension members of the problem document; snake_case names, JSON-ready values, no secrets.
    """

    default_code: Code = Code.BROKEN

    def __init__(self, detail: str = "", *, code: Code | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.code: Code = code or self.default_code
        self.detail = detail
        self.extra: dict[str, Any] = extra


class Refused(PraError):
    """The law, or the person's role, says no. Carries every reason."""

    default_code = Code.ACCESS_REFUSED

    def __init__(
        self, detail: str = "", *, reasons: tuple[Reason, ...] = (), code: Code | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, code=code, **extra)
        self.reasons = reasons


class Mistake(PraError):
    """The caller can mend it."""

    default_code = Code.INVALID_REQUEST


class NotFound(Mistake):
    """Nothing there, or nothing this caller may know of. The two are never told apart."""

    default_code = Code.NOT_FOUND


class Malformed(Mistake):
    """What was sent cannot be read as what was asked for. ``errors`` in extra names the fields."""

    default_code = Code.INVALID_REQUEST


class Conflict(Mistake):
    """Someone moved first."""

    default_code = Code.CHANGED_MEANWHILE


class OutOfOrder(Mistake):
    """The right thing in the wrong state."""

    default_code = Code.WRONG_STATE


class TooManyTries(Mistake):
    """Wait. ``retry_after_seconds`` in extra says how long."""

    default_code = Code.TOO_MANY_TRIES


class NotSignedIn(PraError):
    """We do not know who is asking. The caller is told no cause; ``log_reason`` has it, for the log only."""

    default_code = Code.NOT_SIGNED_IN
    log_reason: str = ""


class Busy(PraError):
    """More is asked for at once than can be done. Nothing was done; ``retry_after_seconds`` says how long to wait."""

    default_code = Code.BUSY


class Broken(PraError):
    """We cannot vouch for our own state. Never retried silently, detail withheld from callers."""

    default_code = Code.BROKEN


class LogDamaged(Broken):
    """The log contradicts itself, or its last signed checkpoint."""

    default_code = Code.LOG_DAMAGED


class SealBroken(Broken):
    """A sealed document does not authenticate, or is missing or cut short."""

    default_code = Code.SEAL_BROKEN


class KeyMissing(Broken):
    """A key that is needed is not in the ring. Keys are never made silently."""

    default_code = Code.KEY_MISSING


class UnrecordedChange(Broken):
    """A transaction changed something and appended nothing to the log. It was rolled back."""

    default_code = Code.UNRECORDED_CHANGE


class ClockWrong(Broken):
    """The clock cannot be trusted, so no window can be judged."""

    default_code = Code.CLOCK_WRONG


class Unavailable(Broken):
    """A store did not answer in time. Nothing was served; whether a change persisted is not known."""

    default_code = Code.UNAVAILABLE


class NotBegun(Unavailable):
    """The turn to write did not come in time. No change was begun, so that it may safely be tried again."""
