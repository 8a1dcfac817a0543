"""The nouns, frozen. What a rule may know; nothing here reads a clock or a store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.rules.daynames import day_name, month_name
from app.rules.reasons import utc
from app.rules.wrongfacts import WrongFact

LONDON = ZoneInfo("Europe/London")


class Order(StrEnum):
    """The instrument that governs a release."""

    UK = "uk"
    SCOTLAND = "scotland"
    WALES = "wales"
    NORTHERN_IRELAND = "northern_ireland"


class Sensitivity(StrEnum):
    """How a release is classed; the last two matter under the Scottish Order only."""

    ORDINARY = "ordinary"
    MARKET_SENSITIVE = "market_sensitive"
    ECONOMIC = "economic"
    EXCEPTED = "excepted"


class ReleaseState(StrEnum):
    """The states a release is stored in. *Open* and *overdue* follow from the clock: see ``lifecycle.phase``."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    FINAL = "final"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class ListState(StrEnum):
    """The life of one version of an eligibility list."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class DocumentState(StrEnum):
    """The life of one version of a document."""

    DRAFT = "draft"
    FINAL = "final"
    SUPERSEDED = "superseded"
    RECALLED = "recalled"


class DeclarationScope(StrEnum):
    """What one declaration covers."""

    RELEASE = "release"
    SERIES = "series"


class GrantClass(StrEnum):
    """On what footing a person has access. Which are built, and what each needs, stands in ``rules/orders``."""

    ELIGIBLE_PERSON = "eligible_person"
    ADVISER = "adviser"
    EXCEPTIONAL_PERSON = "exceptional_person"
    BANK_OR_TREASURY = "bank_or_treasury"
    JOURNALIST = "journalist"
    THIRD_PARTY = "third_party"
    INTERNATIONAL = "international"
    ADMINISTRATIVE_SUPPORT = "administrative_support"
    PASSED_ON = "passed_on"
    DEPUTY = "deputy"


class Role(StrEnum):
    """What a person may do for an organisation. A recipient is no role: that is a grant."""

    STATISTICIAN = "statistician"
    LEAD_OFFICIAL = "lead_official"
    HEAD_OF_PROFESSION = "head_of_profession"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PUBLISHER = "publisher"


PRODUCING = (Role.STATISTICIAN, Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)  # held in a producer's organisation only
PREPARING = (*PRODUCING, Role.ADMINISTRATOR)  # those who may add the people and posts that lists need


@dataclass(frozen=True, slots=True)
class Person:
    """A human with a verified e-mail address."""

    person_id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Producer:
    """The organisation that produces and publishes.

    Attributes:
        declaration_for_all: The producer's own policy asks for a declaration even where no Order does.
        training_days: For how many days training counts; None where the producer asks for none.
    """

    producer_id: str
    name: str
    declaration_for_all: bool = True
    training_days: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One statistical output for one period, published at one instant.

    Attributes:
        publishes_at: The time set for publication. Aware, UTC.
        published_at: When publication happened, once it is confirmed. Aware, UTC.
        public_url: Where the public finds it.
        closed_on: London days, beside Saturdays and Sundays, that the governing Order leaves out of a count. Days that
            are not known make a window shorter, never longer.
        also_market_sensitive: A Scottish release of economic or excepted statistics is market sensitive besides.
        list_frozen_at: When a person froze the list; the opening of the window freezes it by itself. Aware, UTC.
    """

    release_id: str
    producer: Producer
    title: str
    order: Order
    sensitivity: Sensitivity
    state: ReleaseState
    publishes_at: datetime
    published_at: datetime | None = None
    public_url: str | None = None
    series_id: str | None = None
    rehearsal: bool = False
    closed_on: frozenset[date] = frozenset()
    list_frozen_at: datetime | None = None
    also_market_sensitive: bool = False

    def __post_init__(self) -> None:
        utc(self.publishes_at)
        _all_aware(self.published_at, self.list_frozen_at)

    @property
    def is_market_sensitive(self) -> bool:
        """Whether the statistics are market sensitive, by their class or besides it."""
        return self.also_market_sensitive or self.sensitivity is Sensitivity.MARKET_SENSITIVE


@dataclass(frozen=True, slots=True)
class ExceptionalGrant:
    """What SI 2008/2998 Sch. para 5(4) asks of a grant that goes beyond para 4 or para 3(1)(b).

    Attributes:
        reasons: The published reasons, as text. Empty means not published.
        board_informed_at: When the Statistics Board was informed. Aware, UTC.
    """

    reasons: str = ""
    board_informed_at: datetime | None = None

    def __post_init__(self) -> None:
        _all_aware(self.board_informed_at)


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of an eligibility list: a post, its holder, the ground and from when.

    Attributes:
        person_id: The holder, or None while nobody has been named.
        ground: Why this post needs it, in the producer's words.
        asked: How long before publication, when less (or, exceptionally, more) than the Order's own limit.
        held_from_on, held_until_on: First and last London day on which the person holds the post.
        seat: 1 for the first row of this post, 2 for the second holder, and so on.
        conditions: Conditions set by the person responsible (SI 2008/2998 Sch. para 3(1)(f)).
        paused_reason: Set when the grant waits for a decision, e.g. after a move made it over-long.
        defects: What was noticed about the row when it was imported.
        ground_letter: Which of the Order's own grounds, by its letter, e.g. ``e``; empty where none is named.
        for_person_id: The recipient whom a supporter, a deputy or somebody it is passed on to is tied to.
        place: The secure place to which the access is bound.
        agreement: The written agreement of the person responsible that it may be passed on.
        holding_id: The time in the post that was decided on together with the grant, whenever it was recorded.
        confirm_needed: The row came from another release's list, and nobody has confirmed the holder since.
    """

    grant_id: str
    post_title: str
    organisation: str
    person_id: str | None = None
    grant_class: GrantClass = GrantClass.ELIGIBLE_PERSON
    ground: str = ""
    asked: timedelta | None = None
    held_from_on: date | None = None
    held_until_on: date | None = None
    seat: int = 1
    conditions: str = ""
    exceptional: ExceptionalGrant | None = None
    paused_reason: str = ""
    is_group: bool = False
    defects: tuple[str, ...] = ()
    ground_letter: str = ""
    for_person_id: str | None = None
    place: str = ""
    agreement: str = ""
    holding_id: str | None = None
    confirm_needed: bool = False


@dataclass(frozen=True, slots=True)
class EligibilityList:
    """Who may have access to a release. Versioned; the public list is computed from it."""

    list_id: str
    release_id: str
    version: int
    state: ListState
    grants: tuple[Grant, ...] = ()
    prepared_by: str = ""
    approved_by: str | None = None
    approved_at: datetime | None = None
    sha256: str = ""

    def __post_init__(self) -> None:
        _all_aware(self.approved_at)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A recipient's signed undertaking.

    Attributes:
        undertaking_sha256: Hash of the exact words agreed to.
        lapses_at: When it stops counting. Aware, UTC.
        suspended_at: When the producer first suspended the signer after the signing, if it did. Aware, UTC.
    """

    declaration_id: str
    person_id: str
    undertaking_sha256: str
    list_version: int
    signed_at: datetime
    lapses_at: datetime
    withdrawn_at: datetime | None = None
    scope: DeclarationScope = DeclarationScope.RELEASE
    suspended_at: datetime | None = None

    def __post_init__(self) -> None:
        _all_aware(self.signed_at, self.lapses_at, self.withdrawn_at, self.suspended_at)


@dataclass(frozen=True, slots=True)
class Training:
    """Training that somebody has done.

    Attributes:
        done_on: London day.
        valid_until_on: Last London day on which it counts, where the course itself sets an end.
    """

    done_on: date
    valid_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """A person, a post, a unit or an organisation kept from one producer's releases until conditions are met.

    Attributes:
        conditions: What must be met besides, in words.
        needs_training: Everybody it covers does training after it began.
        needs_reapplication: An application to be let back is approved.
        needs_actions: Corrective actions that are done, and confirmed by a second person; each in a line.
    """

    suspension_id: str
    subject: str
    reason: str
    conditions: str
    from_at: datetime
    ended_at: datetime | None = None
    needs_training: bool = False
    needs_reapplication: bool = False
    needs_actions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _all_aware(self.from_at, self.ended_at)


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A file of a release, without its bytes.

    Attributes:
        sha256: Hash of the plain bytes, 64 hexadecimal digits.
        plain_bytes: Length of the plain bytes.
        malware: What the malware scanner found in it, in its words; empty where it found nothing.
    """

    document_id: str
    release_id: str
    file_name: str
    media_type: str
    sha256: str
    plain_bytes: int
    state: DocumentState
    version: int = 1
    rehearsal: bool = False
    malware: str = ""


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """Everything the rule may look at when one person asks for one document.

    Attributes:
        eligibility_list: The list in force, or None when none has ever been approved.
        grants: This person's grants in that list; empty means not on it.
        declarations: Every declaration of this person that covers the release.
        undertaking_sha256: Hash of the words that this person would have to sign for this release today.
        series_undertaking_sha256: The same for the whole series; empty where the release belongs to none.
        suspensions: Those of this person, their posts and units, with this producer.
        trainings: What this person has on this producer's record; read only where the producer asks for training.
        recipients: The same facts about each recipient to whom a grant of this person is tied, one deep.
        wrong: What was found wrong of all this, and stands as found.

    Raises:
        ValueError: The document or the list belongs to another release, or a rehearsal carries a real document or the
            reverse: a mistake of ours; nothing is decided on it.
    """

    person: Person
    release: Release
    document: DocumentCard
    eligibility_list: EligibilityList | None = None
    grants: tuple[Grant, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    undertaking_sha256: str = ""
    series_undertaking_sha256: str = ""
    suspensions: tuple[Suspension, ...] = field(default=())
    trainings: tuple[Training, ...] = ()
    recipients: tuple[AccessFacts, ...] = ()
    wrong: tuple[WrongFact, ...] = ()

    def __post_init__(self) -> None:
        release_id = self.release.release_id
        if self.document.release_id != release_id:
            raise ValueError("the document belongs to another release")
        if self.document.rehearsal is not self.release.rehearsal:
            raise ValueError("a rehearsal carries rehearsal documents only, and nothing else carries them")
        if self.eligibility_list is not None and self.eligibility_list.release_id != release_id:
            raise ValueError("the eligibility list belongs to another release")
        if any(one.release.release_id != release_id for one in self.recipients):
            raise ValueError("a recipient's facts are about another release")


def london_date(at: datetime) -> date:
    """Give the London calendar day of an aware instant."""
    return _london_date(utc(at))


@lru_cache(maxsize=4096)
def _london_date(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def london_text(at: datetime) -> str:
    """Write an instant for people: ``Tuesday 10 March 2026, 9:30am (UK time)``.

    Seconds are told where there are any, thousandths never: the machine-readable instant beside it has them.
    In the hour that comes twice when the clocks go back, the brackets say which of the two it is: (BST) or (GMT).

    Args:
        at: Aware, any zone.
    """
    return _london_text(utc(at))


@lru_cache(maxsize=4096)  # a page tells the same few instants many times
def _london_text(at: datetime) -> str:
    local = at.astimezone(LONDON)
    hour = local.hour % 12 or 12
    seconds = f":{local.second:02d}" if local.second or local.microsecond else ""
    half = "am" if local.hour < 12 else "pm"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    zone = local.tzname() if twice else "UK time"
    on = f"{day_name(local)} {local.day} {month_name(local)} {local.year}"
    return f"{on}, {hour}:{local.minute:02d}{seconds}{half} ({zone})"


def _all_aware(*instants: datetime | None) -> None:
    for at in instants:
        if at is not None:
            utc(at)
