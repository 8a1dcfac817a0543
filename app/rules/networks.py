"""One opening used from several networks: who is asked about it, and when it becomes a near miss.

People travel. A laptop goes from the office to a train, a VPN takes another way, a passphrase is read on a telephone,
and a line with two sorts of address shows now one and now the other. So a first change is a question to the person
alone, whom it is most likely to be. Two people at two places look otherwise: the first network is used again after
the second, or there is a third. That is a near miss, put to those who answer for the release; nobody claims that
anything got out. It becomes an incident when the person says that it was not they. Who says that it was they says so of
the networks known by then: one that comes later is a question anew. No setting turns this off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from app.rules.facts import Release, london_text
from app.rules.incidents import IncidentDraft, IncidentKind, OpeningFact
from app.rules.reasons import instant_text, utc

KEPT = 12
"""How many changes are kept with an opening; by then everybody has been told."""


class Follows(StrEnum):
    """What follows from a use of an opening."""

    NOTHING = "nothing"
    QUESTION = "question"
    NEAR_MISS = "near_miss"


def after_use(networks: Sequence[str], network: str) -> tuple[tuple[str, ...], Follows]:
    """Say what follows when an opening is used from a network.

    Args:
        networks: Keyed hashes of those it was used from before, each change in turn; empty where nothing is known.
        network: The keyed hash of this one.

    Returns:
        The networks with this one, and what follows.
    """
    before = tuple(networks)
    if not before or before[-1] == network:
        return before or (network,), Follows.NOTHING
    follows = Follows.QUESTION if len(before) == 1 else Follows.NEAR_MISS
    return (*before, network)[-KEPT:], follows


def several_networks(
    release: Release,
    opening: OpeningFact,
    networks: Sequence[str],
    at: datetime,
    *,
    denied: bool,
    asked_at: datetime | None = None,
) -> IncidentDraft:
    """Draft a near miss for an opening that was used from several networks; an incident where the person denies it.

    Args:
        release: What was opened.
        opening: The opening.
        networks: Keyed hashes, each change in turn; the facts tell how many, never which.
        at: When it was found, or denied. Aware.
        denied: The person says that not all of it was they.
        asked_at: When they were asked; each question can become a near miss of its own. Aware.
    """
    who = f"{opening.post_title}, {opening.organisation}"
    count = len(set(networks))
    how = f"from {count} networks, {len(networks) - 1} times from another than just before"
    said = (
        "The person says that not all of them were theirs, so somebody else may hold the copy or its passphrase. The "
        "opening was ended."
        if denied
        else "They were asked whether all of them were theirs. A telephone, a train or a VPN explains it as well; ask "
        "them yourself."
    )
    asked = "" if denied or asked_at is None else f":{instant_text(asked_at)}"
    key = f"{'not_mine' if denied else 'networks'}:{opening.opening_id}{asked}"
    return IncidentDraft(
        kind=IncidentKind.TWO_NETWORKS,
        near_miss=not denied,
        rule_key=key,
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        occurred_at=utc(at),
        summary=(
            f"Opening {opening.number} of “{release.title}” ({who}) had been used {how}, by {london_text(at)}. {said}"
        ),
        facts={
            "openings": [opening.as_record()],
            "networks": count,
            "changes": len(networks) - 1,
            "found_at": instant_text(at),
            "denied": denied,
        },
    )


def question_subject(release: Release) -> str:
    """Give the subject of the letter that asks the person."""
    return f"{release.title[:200]}: was it you, from two networks?"


def question_body(release: Release, number: str, at: datetime, *, where: str, contact: str) -> str:
    """Write to the person whose opening was used from another network than before; it names no network.

    Args:
        release: What was opened.
        number: Of the opening.
        at: When it was used from the other network. Aware.
        where: The address at which they answer.
        contact: Of the producer.
    """
    return (
        f"Your opening {number} of “{release.title}” was used at {london_text(at)} from another network than before."
        "\n\n"
        "If that was you, with a telephone, on a train or through a VPN, all is well: say so. You are asked again\n"
        "only about a network that is new then.\n"
        "If it was not you, say that. The opening is ended at once, and the producer is told.\n\n"
        f"Answer: {where}\n"
        f"Or ask: {contact}\n"
    )
