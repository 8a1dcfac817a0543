"""Witnesses of the log: when one counts as silent, and the words in which people are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.rules.facts import london_date, london_text
from app.rules.incidents import IncidentDraft, IncidentKind
from app.rules.reasons import instant_text, utc

AT_MOST = 32
"""How many witnesses a log can have: each is asked in a thread of its own."""


class WitnessFault(StrEnum):
    """Why a witness gave no cosignature."""

    NO_ANSWER = "no_answer"
    TOO_SLOW = "too_slow"
    TLS_NOT_TRUSTED = "tls_not_trusted"
    NOT_FOLLOWED = "not_followed"
    KEY_NOT_TRUSTED = "key_not_trusted"
    UNREADABLE = "unreadable"
    SIGNATURE_WRONG = "signature_wrong"
    CLOCK_APART = "clock_apart"
    AHEAD = "ahead"
    CONTRADICTS = "contradicts"


FAULT_WORDS: dict[WitnessFault, str] = {
    WitnessFault.NO_ANSWER: "it does not answer",
    WitnessFault.TOO_SLOW: "it answers too slowly",
    WitnessFault.TLS_NOT_TRUSTED: "its certificate is not trusted",
    WitnessFault.NOT_FOLLOWED: "it does not follow this log: its owner has to add the log's public key",
    WitnessFault.KEY_NOT_TRUSTED: "it does not trust the key that signs this log's checkpoints",
    WitnessFault.UNREADABLE: "its answer is none that the specification knows",
    WitnessFault.SIGNATURE_WRONG: "its cosignature does not fit the key in PRA_WITNESSES_FILE",
    WitnessFault.CLOCK_APART: "its clock is too far from ours",
    WitnessFault.AHEAD: "it had seen a newer checkpoint than the one it was sent, and is asked again",
    WitnessFault.CONTRADICTS: "it says that this log contradicts what it saw before",
}


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """A witness that is asked for cosignatures.

    Attributes:
        name: As it signs.
        vkey: Its public key, one word.
        url: Where ``add-checkpoint`` stands below.
    """

    name: str
    vkey: str
    url: str


@dataclass(frozen=True, slots=True)
class WitnessWatch:
    """How it stands with one witness. Instants are aware, UTC.

    Attributes:
        size: Of the newest checkpoint that it cosigned; 0 before the first.
        watched_from: When it was first to be asked.
        asked_at: When it was last asked; None before the first time.
        answered_at: When its last good cosignature came, by our clock.
        cosigned_at: When it made it, by its own.
        failing_since: When it first gave none, since its last good one; None while all is well.
        silent_since: Since when people were told that it is silent; None while it is not.
    """

    name: str
    vkey: str
    size: int
    watched_from: datetime
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    cosigned_at: datetime | None = None
    failing_since: datetime | None = None
    silent_since: datetime | None = None
    fault: WitnessFault | None = None
    tries: int = 0

    @property
    def heard_at(self) -> datetime:
        """When it last gave a good cosignature, or was first to be asked."""
        return self.answered_at or self.watched_from


def is_silent(watch: WitnessWatch, at: datetime, limit: timedelta) -> bool:
    """Say whether cosignatures of a witness have stopped.

    That the service itself was off is no silence of the witness: it has failed for as long, or nobody asked it.

    Args:
        watch: How it stands.
        at: Now. Aware, UTC.
        limit: How long none may come.
    """
    failing = watch.failing_since is not None and at - watch.failing_since >= limit
    unasked = at - (watch.asked_at or watch.watched_from) >= limit
    return at - watch.heard_at >= limit and (failing or unasked)


def silence_letter(watch: WitnessWatch, address: str) -> tuple[str, str]:
    """Give subject and body of the letter that a witness has fallen silent.

    Args:
        watch: How it stands.
        address: The service's public address.
    """
    why = FAULT_WORDS[watch.fault] if watch.fault else "it was not asked; look at the service's own log"
    body = (
        f"No cosignature of the audit log has come from {watch.name} since {london_text(watch.heard_at)}: {why}.\n\n"
        "Documents are served as before, and the log is published as before. What is missing is somebody else's word "
        "that the log is one and the same for everybody. Keep checkpoints yourself until it is back.\n\n"
        "A program that is signed in as you sees how each witness stands, by GET /api/v1/audit/witnesses at "
        f"{address}; a browser does not. The operator sees it by pra doctor.\n"
    )
    return f"The witness {watch.name} is silent", body


def return_letter(watch: WitnessWatch, at: datetime) -> tuple[str, str]:
    """Give subject and body of the letter that a witness is back.

    Args:
        watch: How it stood before.
        at: When it cosigned again. Aware, UTC.
    """
    body = (
        f"{watch.name} cosigned the audit log again at {london_text(at)}, and with it everything since "
        f"{london_text(watch.heard_at)}: it saw that the log continues what it had cosigned before.\n"
    )
    return f"The witness {watch.name} cosigns again", body


def contradicted(watch: WitnessWatch, at: datetime, *, own_size: int, their_size: int | None) -> IncidentDraft:
    """Draft an incident, for the whole service, for a witness that says that the log contradicts itself: one a day.

    Args:
        watch: How it stood with the witness.
        at: When it said so. Aware.
        own_size: How many entries the checkpoint covers that was sent to it.
        their_size: How many entries the witness says it has cosigned; None where it refused the proof.
    """
    said = (
        "refused the proof that the log continues what it had cosigned"
        if their_size is None
        else f"holds a checkpoint of {their_size} entries that this log does not continue"
    )
    return IncidentDraft(
        kind=IncidentKind.LOG_CONTRADICTED,
        near_miss=False,
        rule_key=f"witness:{watch.vkey.split('+')[1]}:{london_date(at).isoformat()}",
        release_id=None,
        producer_id=None,
        occurred_at=utc(at),
        summary=f"The witness {watch.name} {said}, at {london_text(at)}. Either the log's key has signed two "
        "histories, or entries were lost, or the witness is wrong. Compare the witness's checkpoint with this log "
        "before anything else.",
        facts={
            "witness": watch.name,
            "said_at": instant_text(at),
            "own_size": own_size,
            "their_size": their_size,
            "size_cosigned_before": watch.size,
        },
    )
