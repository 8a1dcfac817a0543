"""What each action is handed: clock, transaction, keys, mail, store. And who is asking."""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, column, insert, table
from sqlalchemy.exc import IntegrityError

from app.actions.kept import Crowd, LastSaid, Shelf, may_alter_what_is_public
from app.actions.kept_figures import KeptFigures
from app.actions.kept_providers import KnownProviders
from app.actions.kept_public import PublicDesk
from app.audit import log
from app.audit.entries import Entry, EntryKind
from app.audit.folding import Refusals
from app.audit.reviewed import concerned, leaving_marks, span
from app.database import Database, Instant
from app.records import facts_changes, reviews
from app.records.presence import Presence
from app.rules.errors import NOTHING_THERE as NOTHING_THERE
from app.rules.errors import Broken, Code, Conflict, NotFound, Refused, UnrecordedChange
from app.rules.facts import Role
from app.rules.mailanswers import Returned, Sighting
from app.rules.probes import Probe
from app.rules.reasons import Reason, ReasonCode
from app.rules.scans import Scanned
from app.rules.watchplans import Target
from app.rules.webhooks import PostAnswer
from app.rules.witnesses import WitnessPlace
from app.rules.workingdays import BankHoliday
from app.vault.arriving import Looking
from app.vault.workshop.pool import Workshop

_IDEMPOTENCY = table(
    "idempotency",
    column("at", Instant),
    *map(column, ("key_hash", "request_sha256", "status", "answer")),
)


class Clock(Protocol):
    """Where the present instant comes from."""

    def now(self) -> datetime:
        """Give the present instant, aware UTC."""
        ...

    def monotonic_seconds(self) -> float:
        """Give seconds of a counter that never goes back."""
        ...

    def check(self, not_before: datetime | None = None) -> dict[str, str]:
        """Compare the clock with its references; raises ClockWrong."""
        ...


class Prober(Protocol):
    """What looks at public pages from outside."""

    def probe(self, target: Target, at: datetime) -> Probe:
        """Look once; never raises, but tells what stood in the way."""
        ...


class Scan(Protocol):
    """One document being shown to a malware scanner."""

    def take(self, chunk: bytes) -> None:
        """Show it one piece; never raises."""
        ...

    def end(self) -> Scanned:
        """Say that the document has ended; gives what was found, or why nothing is known."""
        ...

    def close(self) -> None:
        """Let go of the scanner."""
        ...


class Scanner(Protocol):
    """What knows malware."""

    def begin(self) -> Scan:
        """Begin to show it a document; never raises."""
        ...

    def check(self) -> str:
        """Say which engine answers, or raise Unavailable."""
        ...


class WitnessPost(Protocol):
    """What carries a submission to a witness of the log."""

    def submit(self, url: str, body: bytes) -> Any:
        """Send it; never raises. Gives ``status``, ``kind`` and ``body``, or a ``fault``."""
        ...


class WebhookPost(Protocol):
    """What carries messages to producers' own systems."""

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> PostAnswer:
        """Send one; never raises, but tells what came of it."""
        ...


class ProviderPost(Protocol):
    """What carries requests to organisations' sign-in providers."""

    def is_usable(self, url: str) -> bool:
        """Say whether an address may be asked."""
        ...

    def get(self, url: str, *, bearer: str = "") -> Any:
        """Fetch something; never raises. Gives ``status`` and ``body``, or a ``fault`` in words."""
        ...

    def post_form(self, url: str, fields: Mapping[str, str], *, client: tuple[str, str] | None) -> Any:
        """Send a form, showing who we are; never raises. Gives what ``get`` gives."""
        ...


class Mail(Protocol):
    """What carries notices away."""

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> str | None:
        """Carry one notice away, or raise OSError or NotTaken; gives the mail system's own name for it, or nothing."""
        ...


class MailTracker(Protocol):
    """A mail system that can say what became of a letter it took."""

    def find(self, message_id: str) -> Sighting | None:
        """Say what became of a letter; None where it has none of it. Raises OSError."""
        ...

    def check(self) -> str:
        """Say in words that it answers, or raise Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The figures the service is run by; set in ``settings.py``, units in the names."""

    code_minutes: int = 10
    code_tries: int = 5
    codes_per_address_per_hour: int = 6  # from one network
    codes_per_address_everywhere_per_hour: int = 30
    codes_per_network_per_hour: int = 60
    public_requests_per_network_per_minute: int = 600  # a department may stand behind one address
    public_choices_per_network_per_minute: int = 120  # pages and versions, each made anew for whoever asks
    made_public_requests_per_network_per_minute: int = 12_000  # and all of it reads what its own site cannot show
    refusals_of_strangers_per_minute: int = 20  # entries of their own; the others are counted
    session_minutes: int = 600
    fresh_minutes: int = 15
    opening_minutes: int = 60
    document_limit_bytes: int = 5 * 1024**3
    pdf_limit_bytes: int = 64 * 1024**2
    pdf_page_limit: int = 2000
    whole_limit_bytes: int = 128 * 1024**2
    sheet_limit_bytes: int = 5 * 1024**2
    scanner_required: bool = False
    scan_good_hours: int = 24
    upload_hours: int = 24
    uploads_per_person: int = 5
    uploads_per_producer: int = 20
    upload_held_bytes: int = 20 * 1024**3
    public_held_bytes: int = 256 * 1024**2
    public_downloads_at_once: int = 4000
    refusals_before_incident: int = 3
    origin: str = "pra-gatekeeper.example"
    public_address: str = "http://127.0.0.1:8000"
    mail_callback_token: str = field(default="", repr=False)  # empty where a mail service may tell us nothing
    witnesses: tuple[WitnessPlace, ...] = ()
    witness_silent_minutes: int = 30


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """One role of the person or client who is asking; ``organisation_id`` None means the whole service."""

    role: Role
    organisation_id: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, as the records say at this moment.

    Attributes:
        actor_id: The person's id, or the client's for a program.
        person_id: The person, or None for a program: only a named person can open a document or sign.
        authenticated_at: When the person last proved who they are. Aware, UTC.
        how: How they did.
        network_hash: Keyed hash of the network address, for incidents; never the address.
    """

    actor_id: str
    name: str
    roles: tuple[RoleHeld, ...]
    person_id: str | None = None
    email: str = ""
    session_id: str = ""
    authenticated_at: datetime | None = None
    how: str = ""
    network_hash: str = ""

    def has(self, organisation_id: str | None, *wanted: Role) -> bool:
        """Say whether the actor has one of the roles in this organisation, or in the whole service."""
        return any(r.role in wanted and r.organisation_id in (organisation_id, None) for r in self.roles)

    def has_any_role_in(self, organisation_id: str) -> bool:
        """Say whether the actor has any business with this organisation."""
        return any(r.organisation_id == organisation_id for r in self.roles)

    @property
    def organisation_ids(self) -> frozenset[str] | None:
        """Where the actor has any business; None where that is the whole service."""
        held = frozenset(r.organisation_id for r in self.roles)
        return None if None in held else frozenset(one for one in held if one is not None)


@dataclass(frozen=True, slots=True)
class Claim:
    """An Idempotency-Key that the next creating transaction uses up."""

    key_hash: str
    request_sha256: str


class Transaction:
    """An open write transaction. It commits only if something was appended to the log."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.kinds: set[EntryKind] = set()
        self._appended: list[tuple[str, Entry]] = []

    def append(self, entry: Entry) -> str:
        """Append one entry to the log, in this transaction; gives the entry's opaque id."""
        self.kinds.add(entry.kind)
        entry_id = log.append(self.connection, entry)
        self._appended.append((entry_id, entry))
        return entry_id

    def mark_changes(self, written: set[str]) -> None:
        """Leave what tells others that facts were changed; the last thing before the commit.

        Whoever has read facts sees that they may have changed, and the worker asks the rule again about openings that
        rested on them.

        Args:
            written: The tables that this transaction has changed.
        """
        touched = bool(written & facts_changes.FACT_TABLES)
        for entry_id, entry in leaving_marks(self._appended, touched=touched):
            release_id, person_id, producer_id = concerned(entry)
            from_at, until_at = span(entry)
            mark = reviews.Mark(
                entry_id, entry.kind.value, entry.at, release_id, person_id, producer_id, from_at, until_at
            )
            reviews.leave(self.connection, mark)
        if touched:
            facts_changes.count_one(self.connection)


class Trust:
    """What the checks that run beside the requests last found. While one of them fails, no document is opened."""

    def __init__(self) -> None:
        self._lost: dict[str, Broken] = {}
        self._turns: dict[str, int] = {}

    def holds(self) -> bool:
        """Say whether no check fails."""
        return not self._lost

    def lose(self, what: str, found: Broken) -> None:
        """Stop trusting something, e.g. ``the clock``, because of what was found."""
        self._lost[what] = found

    def turn_of(self, what: str, turn: int) -> int:
        """Give the part to check in this turn: the next one, or, while trust is lost, the one checked last.

        Args:
            turn: Of the next part.
        """
        if what not in self._lost:
            self._turns[what] = turn
        return self._turns.setdefault(what, turn)

    def regain(self, what: str) -> None:
        """Trust something again."""
        self._lost.pop(what, None)

    def why_lost(self, what: str) -> str | None:
        """Say what the check found because of which something is not trusted; None while it is trusted.

        Args:
            what: E.g. ``the clock``.
        """
        found = self._lost.get(what)
        return found.detail if found is not None else None

    def demand(self) -> None:
        """Stop while something cannot be trusted.

        Raises:
            Broken: The error that the check found.
        """
        for found in list(self._lost.values()):
            raise type(found)(found.detail)


@dataclass(frozen=True, slots=True)
class Tools:
    """Handed to every action by the door that calls it. Made only in ``wiring.py``, and by tests.

    ``keys`` is the keys room (``app/keys``), ``store`` the object store of the vault, ``tiles`` the folder of the
    published log, ``read_sheet`` reads an uploaded CSV, XLSX or ODS into rows of text, ``write_sheet`` writes rows as
    one, ``write_rows`` as many as come, and ``write_report`` a report's pages as a document; ``read_calendar`` and
    ``write_calendar`` do the same with iCalendar; ``bank_holidays`` gives those of some years; ``read_returned``
    reads a message by which a mail system says that a letter did not arrive, and ``mail_tracker`` asks one about
    letters; ``workshop`` reads documents in processes of its own, and makes copies there. ``witness_post`` carries
    submissions to the witnesses of the log, ``webhook_post`` messages to producers' own systems, and
    ``provider_post`` requests to sign-in providers. ``presence`` lets the other processes know that this one is
    alive. ``trust``, ``underway`` and ``refusals`` are this process's own: what its checks found, the copies it has
    begun, each as long as somebody holds it, and the refusals of strangers that it has only counted so far; and so
    are the published answers it keeps on its ``shelf``, the ``crowd`` that asks for them, what its ``public_desk``
    knows of releases made public here, what sign-in providers publish, in ``known_providers``, and the ``figures``
    that it has counted.
    """

    clock: Clock
    database: Database
    keys: Any
    store: Any
    workshop: Workshop
    tiles: Any
    mail: Mail
    prober: Prober
    read_sheet: Callable[..., list[list[str]]]
    write_sheet: Callable[..., bytes]
    write_rows: Callable[..., None]
    write_report: Callable[..., bytes]
    read_calendar: Callable[..., Any]
    write_calendar: Callable[..., bytes]
    bank_holidays: Callable[[int, int], tuple[BankHoliday, ...]]
    read_returned: Callable[[bytes], tuple[Returned, ...]]
    presence: Presence
    provider_post: ProviderPost
    mail_tracker: MailTracker | None = None  # None where the mail system cannot be asked about a letter
    scanner: Scanner | None = None  # None where no scanner is configured
    witness_post: WitnessPost | None = None  # None where no witness is configured
    webhook_post: WebhookPost | None = None  # None where no message goes anywhere, as in the demo
    scanner_said: LastSaid = field(default_factory=LastSaid)
    reading_said: LastSaid = field(default_factory=LastSaid)
    policy: Policy = field(default_factory=Policy)
    claim: Claim | None = None
    trust: Trust = field(default_factory=Trust)
    underway: dict[str, weakref.ref[Any]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)
    shelf: Shelf = field(default_factory=Shelf)
    crowd: Crowd = field(default_factory=Crowd)
    public_desk: PublicDesk = field(default_factory=PublicDesk)
    known_providers: KnownProviders = field(default_factory=KnownProviders)
    figures: KeptFigures = field(default_factory=KeptFigures)

    @contextmanager
    def transaction(self, *, once: bool = False) -> Iterator[Transaction]:
        """Open a write transaction. No entry, no commit.

        Args:
            once: This transaction creates something: it uses up the request's Idempotency-Key, if there is one.

        Raises:
            UnrecordedChange: Something was changed and nothing was logged; everything is rolled back.
            Conflict: The Idempotency-Key has been used already.
            Unavailable: The database did not answer in time; if it was the commit, nobody knows whether it was done.
        """
        kinds: set[EntryKind] = set()
        try:
            with self.database.write() as (connection, watch):
                if once and self.claim is not None:
                    self._use_claim(connection, self.claim)
                tx = Transaction(connection)
                kinds = tx.kinds
                yield tx
                if watch.unrecorded:
                    raise UnrecordedChange(f"changed without an entry: {', '.join(sorted(watch.unrecorded))}")
                tx.mark_changes(watch.written_tables)
        finally:  # also where it failed: of a commit without an answer nobody knows whether it was done
            if may_alter_what_is_public(kinds):
                self.shelf.empty()
                self.public_desk.forget()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a reading transaction; it cannot write."""
        with self.database.read() as connection:
            yield connection

    def one_state(self) -> AbstractContextManager[None]:
        """Have everything that this thread reads meanwhile be of one state, until it writes."""
        return self.database.one_state()

    def new_id(self, prefix: str) -> str:
        """Make an opaque id, e.g. ``rel_0f…`` with 24 hexadecimal digits; nothing can be told from it."""
        return f"{prefix}_{secrets.token_hex(12)}"

    def claiming(self, claim: Claim | None) -> Tools:
        """Give the same tools, bound to one request's Idempotency-Key."""
        return replace(self, claim=claim)

    def looking(self) -> Looking:
        """Give how a document that arrives is looked through."""
        policy = self.policy
        return Looking(self.workshop, policy.whole_limit_bytes, policy.pdf_limit_bytes, policy.pdf_page_limit)

    def _use_claim(self, connection: Connection, claim: Claim) -> None:
        try:
            connection.execute(
                insert(_IDEMPOTENCY),
                {
                    "key_hash": claim.key_hash,
                    "request_sha256": claim.request_sha256,
                    "status": 0,
                    "answer": "",
                    "at": self.clock.now(),
                },
            )
        except IntegrityError as error:
            raise Conflict(
                "This Idempotency-Key has been used, and the first request is still being carried out or was cut off.",
                code=Code.IDEMPOTENCY_KEY_REUSED,
            ) from error


def require_role(actor: Actor, organisation_id: str, *wanted: Role) -> None:
    """Stop unless the actor has one of the roles in this organisation.

    Someone with no role there at all is told that nothing is there; someone with another role is told which is needed.

    Raises:
        NotFound: The actor has no business with this organisation.
        Refused: The actor has a role there, but not one of those wanted.
    """
    if actor.has(organisation_id, *wanted):
        return
    if not actor.has_any_role_in(organisation_id):
        raise NotFound(NOTHING_THERE)
    raise _role_refusal(wanted)


def require_service_role(actor: Actor, *wanted: Role) -> None:
    """Stop unless the actor has one of the roles for the whole service.

    Raises:
        Refused: The actor has none of them.
    """
    if any(held.role in wanted and held.organisation_id is None for held in actor.roles):
        return
    raise _role_refusal(wanted)


def require_anywhere(actor: Actor, *wanted: Role) -> None:
    """Stop unless the actor has one of the roles, in whichever organisation.

    Raises:
        Refused: The actor has none of them.
    """
    if not any(held.role in wanted for held in actor.roles):
        raise _role_refusal(wanted)


def require_second_person(actor: Actor, prepared_by: set[str], what: str, *, did: str = "prepared or changed") -> None:
    """Stop when the actor prepared what they are about to approve.

    Args:
        prepared_by: Person ids of everyone who prepared or changed it.
        what: What is being approved, for the message, e.g. ``this list``.
        did: What they did, for the message.

    Raises:
        Refused: The actor is one of them, or is a program.

    Source:
        Producer policy: two persons
    """
    if actor.person_id is not None and actor.person_id not in prepared_by:
        return
    detail = f"Whoever {did} {what} cannot approve it."
    remedy = "Ask another lead official or the head of profession to do it."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    raise Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def require_no_own_access(actor: Actor, person_ids: set[str | None]) -> None:
    """Stop when the actor would decide on access of their own.

    Args:
        person_ids: Of everyone whose access is decided on; None where nobody is named yet.

    Raises:
        Refused: The actor is one of them.

    Source:
        Producer policy: two persons
    """
    if actor.person_id is None or actor.person_id not in person_ids:
        return
    detail, remedy = "Nobody decides on access of their own.", "Ask another head of profession to do it."
    reason = Reason(ReasonCode.SECOND_PERSON_REQUIRED, "Producer policy: two persons", detail, remedy)
    raise Refused(f"{detail} {remedy}", code=Code.SECOND_PERSON_REQUIRED, reasons=(reason,))


def require_fresh_sign_in(actor: Actor, at: datetime, policy: Policy) -> None:
    """Stop unless the person proved who they are within the last few minutes.

    Raises:
        Refused: The sign-in is older than ``policy.fresh_minutes``, or the actor is a program.

    Source:
        Producer policy: fresh sign-in
    """
    limit = timedelta(minutes=policy.fresh_minutes)
    if actor.authenticated_at is not None and at - actor.authenticated_at <= limit:
        return
    raise Refused(
        f"This needs a sign-in within the last {policy.fresh_minutes} minutes. Sign in again, then repeat it.",
        code=Code.FRESH_SIGN_IN_REQUIRED,
    )


def require_revision(stored: int, sent: int) -> None:
    """Stop when somebody else changed the thing since the caller read it.

    Args:
        stored: Its revision now.
        sent: The revision that the caller read.

    Raises:
        Conflict: The revisions differ.
    """
    if stored != sent:
        raise Conflict(
            "Somebody changed this since you read it. Read it again, then repeat your change.", revision=stored
        )


def _role_refusal(wanted: tuple[Role, ...]) -> Refused:
    names = " or ".join(role.value.replace("_", " ") for role in wanted)
    reason = Reason(
        ReasonCode.ROLE_REQUIRED,
        "Producer policy: roles",
        f"This needs the role of {names}.",
        "Ask someone who has that role, or an administrator to give it to you.",
    )
    return Refused(f"{reason.detail} {reason.remedy}", code=Code.ROLE_REQUIRED, reasons=(reason,))
