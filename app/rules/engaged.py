"""What an incident engages: practices of the Code, then paragraphs of the Order. Proposed by rule; a person corrects.

Only the Order that governs the release is cited, and none where there is no release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.clauses import Clauses
from app.rules.facts import Order, Release, Sensitivity
from app.rules.granting import clauses_of
from app.rules.incidents import IncidentKind
from app.rules.orders import scotland
from app.rules.practices import (
    ENGAGED,
    NOT_ENTITLED,
    OF_THE_CODE,
    TO_OTHERS,
    TOO_EARLY,
    Edition,
    Practice,
    edition_at,
)

_K = IncidentKind
_WHO = "who may be given access before publication"
_DAY_BEFORE = "no access earlier than 24 hours before the time set for publication"
_NO_TREND = "no disclosure of the statistics, or of the size or direction of a trend, until published"
_WITH_THE_STATISTICS = "publish the list of posts with access no later than the statistics themselves"


@dataclass(frozen=True, slots=True)
class _Asks:
    """What one Order asks, in our words; where it says so stands in its own file."""

    limit: str
    no_disclosure: str
    list_of_posts: str = ""


_ASKS = {
    Order.UK: _Asks(_DAY_BEFORE, _NO_TREND, _WITH_THE_STATISTICS),
    Order.SCOTLAND: _Asks(
        "no access for longer than the working days before publication that it allows for the class of statistics",
        "no disclosure of the statistics, or of a broad indication of their content or of what they may show, to "
        "anyone who was not given access likewise",
    ),
    Order.WALES: _Asks(
        "no access earlier than 24 hours before the intended time of publication where market sensitive, or than the "
        "fifth day before its date otherwise, with excluded time left out",
        "no disclosure of the statistics, or of any indication of their content or of what they may show",
    ),
    Order.NORTHERN_IRELAND: _Asks(_DAY_BEFORE, _NO_TREND, _WITH_THE_STATISTICS),
}
# Paragraph 4 sets no period for excepted statistics; which of these does depends on the day of publication.
_EXCEPTED = {
    clause: Practice(Edition.ORDER, clause, words, Order.SCOTLAND)
    for clause, words in (
        (scotland.PARA_4A_2, "no access to excepted statistics for longer than 1 working day before publication"),
        (scotland.PARA_4A_3, "no access to excepted statistics for longer than four hours before publication"),
        (scotland.PARA_4A_4, "no access to excepted statistics before publication"),
    )
}


def _of_one_order(order: Order) -> dict[IncidentKind, tuple[Practice, ...]]:
    clauses: Clauses = clauses_of(order)
    asks = _ASKS[order]
    limit = Practice(Edition.ORDER, clauses.limit, asks.limit, order)
    no_disclosure = Practice(Edition.ORDER, clauses.no_disclosure, asks.no_disclosure, order)
    engaged: dict[IncidentKind, tuple[Practice, ...]] = {
        **dict.fromkeys(NOT_ENTITLED, (Practice(Edition.ORDER, clauses.may_be_granted, _WHO, order),)),
        **dict.fromkeys(TOO_EARLY, (limit,)),
        **dict.fromkeys((*TO_OTHERS, _K.INDICATION_GIVEN), (no_disclosure,)),
    }
    if clauses.list_of_posts is not None:
        listed = Practice(Edition.ORDER, clauses.list_of_posts, asks.list_of_posts, order)
        engaged[_K.LIST_OF_POSTS_LATE] = (listed,)
    return engaged


ENGAGED_OF_ORDER: dict[Order, dict[IncidentKind, tuple[Practice, ...]]] = {
    order: _of_one_order(order) for order in Order
}

BY_LABEL: dict[str, Practice] = {
    practice.label: practice
    for practice in (
        *OF_THE_CODE,
        *(one for of_kind in ENGAGED_OF_ORDER.values() for engaged in of_kind.values() for one in engaged),
        *_EXCEPTED.values(),
    )
}


def labelled(label: str, occurred_at: datetime) -> Practice:
    """Give the practice that a label means; T3.4, say, in the edition in force when something occurred, if it has one.

    Args:
        label: A key of ``BY_LABEL``.
        occurred_at: Aware.
    """
    edition = edition_at(occurred_at)
    of_then = (practice for practice in OF_THE_CODE if (practice.edition, practice.label) == (edition, label))
    return next(of_then, BY_LABEL[label])


def can_be_cited(practice: Practice, order: Order | None) -> bool:
    """Say whether a report about a release under an Order can cite a practice: never another Order's paragraph.

    Args:
        order: The governing Order; None where there is no release, and a person alone knows which one governs.
    """
    return practice.order is None or order is None or practice.order is order


def practices_engaged(kind: IncidentKind, occurred_at: datetime, release: Release | None) -> tuple[Practice, ...]:
    """Propose the practices an incident engages, in the edition in force when it occurred, then the Order's paragraph.

    A near miss, or a fault of the service itself, engages none until a person judges otherwise.

    Args:
        kind: What sort of incident it is.
        occurred_at: When it happened. Aware.
        release: The release concerned, whose Order is the one that is cited; None where there is none.

    Returns:
        Each once; none where nothing that is established covers it.

    Source:
        Code 2009 P2/4; Code 2009 P2/8; Code 2018 T3.3; Code 2018 T3.4; Code 2018 T3.6; Code 2025 3; Code 2025 3.3;
        Code 2025 3.4
    """
    of_the_code = ENGAGED[edition_at(occurred_at)].get(kind, ())
    return of_the_code + (() if release is None else _of_the_order(kind, release))


def _of_the_order(kind: IncidentKind, release: Release) -> tuple[Practice, ...]:
    excepted = release.order is Order.SCOTLAND and release.sensitivity is Sensitivity.EXCEPTED
    if excepted and kind in TOO_EARLY:
        return (_EXCEPTED[scotland.never_increased_by(release)],)
    return ENGAGED_OF_ORDER[release.order].get(kind, ())
