"""Which practice of which edition of the Code an incident engages. Proposed from kind and day; a person corrects.

Only practices whose content is established are here: of the 2009 edition, Protocol 2 practices 4 and 8; of the 2018
edition, T3.3, T3.4 and T3.6; of the 2025 edition, Standard 3 with 3.3 and 3.4. No number is proposed by guesswork.
Of the Orders only the paragraphs of the one that governs the release are proposed, and none where there is no release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.rules.clauses import Clauses
from app.rules.facts import Order, Release, Sensitivity, london_date
from app.rules.granting import clauses_of
from app.rules.incidents import IncidentKind
from app.rules.orders import scotland


class Edition(StrEnum):
    """An edition of the Code, or an Order, to which the Code applies as if it included it."""

    CODE_2009 = "2009"
    CODE_2018 = "2018"
    CODE_2025 = "2025"
    ORDER = "order"


# Edition 2.0 bears the date February 2018 and was released near that month's end; for an occurrence earlier in that
# month, whoever signs the report checks which edition was meant.
CODE_2018_FROM = date(2018, 2, 26)
# Edition 3.0 was planned for this day; it was launched some days later.
CODE_2025_FROM = date(2025, 10, 30)


@dataclass(frozen=True, slots=True)
class Practice:
    """One numbered practice, or paragraph of an Order.

    Attributes:
        label: As cited in a report, e.g. ``T3.4``.
        words: What it asks, in our words.
        order: The Order whose paragraph it is; None for a practice of the Code.
    """

    edition: Edition
    label: str
    words: str
    order: Order | None = None

    @property
    def cited(self) -> str:
        """How a report cites it: edition, label and what it asks."""
        where = "" if self.edition is Edition.ORDER else f"Code of Practice {self.edition.value}, "
        return f"{where}{self.label}: {self.words}"


_P2_4 = Practice(Edition.CODE_2009, "P2/4", "release at the standard time of 9:30am on a weekday")
_P2_8 = Practice(
    Edition.CODE_2009,
    "P2/8",
    "give no indication of the substance to anyone not recorded as eligible before publication; report a wrongful "
    "release at once and investigate it",
)
_T3_3 = Practice(
    Edition.CODE_2018, "T3.3", "limit access before release to those who produce, and keep a record of them"
)
_T3_4 = Practice(
    Edition.CODE_2018, "T3.4", "give the final form before release only to recipients eligible under the Order"
)
_T3_6 = Practice(Edition.CODE_2018, "T3.6", "release to everyone at 9:30am on a weekday")
_S3 = Practice(Edition.CODE_2025, "3", "release openly at a standard time, announced beforehand")
_S3_3 = Practice(
    Edition.CODE_2025, "3.3", "limit access before release, list those who have it, and let no indication become public"
)
_S3_4 = Practice(Edition.CODE_2025, "3.4", "follow the Order on pre-release access to the final form")
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

_K = IncidentKind
_TOO_EARLY = (_K.ACCESS_BEFORE_WINDOW, _K.ACCESS_MADE_OVER_LONG)
_TO_OTHERS = (_K.ONWARD_SHARING, _K.UNAUTHORISED_DISCLOSURE, _K.WRONG_ATTACHMENT)
_NOT_ENTITLED = (_K.NOT_ON_LIST, _K.RECEIVED_IN_ERROR)

ENGAGED: dict[Edition, dict[IncidentKind, tuple[Practice, ...]]] = {
    # In 2009 access too early was reported under the Order alone; no practice that covers it is established.
    Edition.CODE_2009: {
        **dict.fromkeys((*_TO_OTHERS, *_NOT_ENTITLED, _K.INDICATION_GIVEN), (_P2_8,)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (_P2_4, _P2_8)),
        _K.LATE_PUBLICATION: (_P2_4,),
    },
    Edition.CODE_2018: {
        **dict.fromkeys((*_TOO_EARLY, _K.INDICATION_GIVEN), (_T3_4,)),
        **dict.fromkeys((*_TO_OTHERS, *_NOT_ENTITLED), (_T3_3, _T3_4)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (_T3_3, _T3_4, _T3_6)),
        _K.LATE_PUBLICATION: (_T3_6,),
    },
    Edition.CODE_2025: {
        **dict.fromkeys(_TOO_EARLY, (_S3_4,)),
        _K.INDICATION_GIVEN: (_S3_3,),
        **dict.fromkeys((*_TO_OTHERS, *_NOT_ENTITLED), (_S3_3, _S3_4)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (_S3, _S3_3, _S3_4)),
        _K.LATE_PUBLICATION: (_S3,),
    },
}


def _of_one_order(order: Order) -> dict[IncidentKind, tuple[Practice, ...]]:
    clauses: Clauses = clauses_of(order)
    asks = _ASKS[order]
    limit = Practice(Edition.ORDER, clauses.limit, asks.limit, order)
    no_disclosure = Practice(Edition.ORDER, clauses.no_disclosure, asks.no_disclosure, order)
    engaged = {
        **dict.fromkeys(_NOT_ENTITLED, (Practice(Edition.ORDER, clauses.may_be_granted, _WHO, order),)),
        **dict.fromkeys(_TOO_EARLY, (limit,)),
        **dict.fromkeys((*_TO_OTHERS, _K.INDICATION_GIVEN), (no_disclosure,)),
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
        *(_P2_4, _P2_8, _T3_3, _T3_4, _T3_6, _S3, _S3_3, _S3_4),
        *(one for of_kind in ENGAGED_OF_ORDER.values() for engaged in of_kind.values() for one in engaged),
        *_EXCEPTED.values(),
    )
}


def can_be_cited(practice: Practice, order: Order | None) -> bool:
    """Say whether a report about a release under an Order can cite a practice: never another Order's paragraph.

    Args:
        order: The governing Order; None where there is no release, and a person alone knows which one governs.
    """
    return practice.order is None or order is None or practice.order is order


def edition_at(at: datetime) -> Edition:
    """Say which edition of the Code was in force at an instant, by the London day.

    Args:
        at: Aware.
    """
    day = london_date(at)
    if day >= CODE_2025_FROM:
        return Edition.CODE_2025
    return Edition.CODE_2018 if day >= CODE_2018_FROM else Edition.CODE_2009


def practices_engaged(kind: IncidentKind, occurred_at: datetime, release: Release | None) -> tuple[Practice, ...]:
    """Propose the practices an incident engages, in the edition in force when it occurred, then the Order's paragraph.

    A near miss, or a fault of the service itself, engages none until a person judges otherwise.

    Args:
        kind: What sort of incident it is.
        occurred_at: When it happened. Aware.
        release: The release concerned, whose Order is the one that is cited; None where there is none.

    Source:
        Code 2009 P2/4; Code 2009 P2/8; Code 2018 T3.3; Code 2018 T3.4; Code 2018 T3.6; Code 2025 3; Code 2025 3.3;
        Code 2025 3.4
    """
    of_the_code = ENGAGED[edition_at(occurred_at)].get(kind, ())
    return of_the_code + (() if release is None else _of_the_order(kind, release))


def _of_the_order(kind: IncidentKind, release: Release) -> tuple[Practice, ...]:
    excepted = release.order is Order.SCOTLAND and release.sensitivity is Sensitivity.EXCEPTED
    if excepted and kind in _TOO_EARLY:
        return (_EXCEPTED[scotland.never_increased_by(release)],)
    return ENGAGED_OF_ORDER[release.order].get(kind, ())
