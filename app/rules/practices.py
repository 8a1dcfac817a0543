"""The practices of the Code, edition by edition, and which of them an incident engages by its kind.

Only practices whose content is established are here: of the 2009 edition, Protocol 2 practices 4 and 8; of the 2018
edition and its revision of 2022, T3.3, T3.4 and T3.6; of the 2025 edition, Standard 3 with 3.3 and 3.4. No
number is proposed by guesswork.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.rules.facts import Order, london_date
from app.rules.incidents import IncidentKind


class Edition(StrEnum):
    """An edition of the Code, or an Order, to which the Code applies as if it included it."""

    CODE_2009 = "2009"
    CODE_2018 = "2018"
    CODE_2022 = "2018 as revised in 2022"
    CODE_2025 = "2025"
    ORDER = "order"


# Edition 2.0 bears the date February 2018 and was released near that month's end; for an occurrence earlier in that
# month, whoever signs the report checks which edition was meant.
CODE_2018_FROM = date(2018, 2, 26)
# Edition 2.1: another time than 9:30am may be granted, and the time is to be announced with the date.
CODE_2022_FROM = date(2022, 5, 5)
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
_T3_3, _T3_3_OF_2022 = (
    Practice(edition, "T3.3", "limit access before release to those who produce, and keep a record of them")
    for edition in (Edition.CODE_2018, Edition.CODE_2022)
)
_T3_4, _T3_4_OF_2022 = (
    Practice(edition, "T3.4", "give the final form before release only to recipients eligible under the Order")
    for edition in (Edition.CODE_2018, Edition.CODE_2022)
)
_T3_6 = Practice(Edition.CODE_2018, "T3.6", "release to everyone at 9:30am on a weekday")
_T3_6_OF_2022 = Practice(
    Edition.CODE_2022,
    "T3.6",
    "release to everyone at 9:30am on a weekday, or at another time that was granted, kept to and announced beforehand",
)
_S3 = Practice(Edition.CODE_2025, "3", "release openly at a standard time, announced beforehand")
_S3_3 = Practice(
    Edition.CODE_2025, "3.3", "limit access before release, list those who have it, and let no indication become public"
)
_S3_4 = Practice(Edition.CODE_2025, "3.4", "follow the Order on pre-release access to the final form")

_K = IncidentKind
TOO_EARLY = (_K.ACCESS_BEFORE_WINDOW, _K.ACCESS_MADE_OVER_LONG)
TO_OTHERS = (_K.ONWARD_SHARING, _K.UNAUTHORISED_DISCLOSURE, _K.WRONG_ATTACHMENT)
NOT_ENTITLED = (_K.NOT_ON_LIST, _K.POST_NOT_HELD, _K.DECLARATION_NOT_VALID, _K.RECEIVED_IN_ERROR)

_OF_2018 = (_T3_3, _T3_4, _T3_6)
_OF_2022 = (_T3_3_OF_2022, _T3_4_OF_2022, _T3_6_OF_2022)
OF_THE_CODE = (_P2_4, _P2_8, *_OF_2018, *_OF_2022, _S3, _S3_3, _S3_4)


def _t3(limited: Practice, eligible: Practice, at_once: Practice) -> dict[IncidentKind, tuple[Practice, ...]]:
    """What engages T3.3, T3.4 and T3.6; the revision of 2022 changed what they ask, and not what engages them."""
    return {
        **dict.fromkeys((*TOO_EARLY, _K.INDICATION_GIVEN), (eligible,)),
        **dict.fromkeys((*TO_OTHERS, *NOT_ENTITLED), (limited, eligible)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (limited, eligible, at_once)),
        _K.LATE_PUBLICATION: (at_once,),
    }


ENGAGED: dict[Edition, dict[IncidentKind, tuple[Practice, ...]]] = {
    # In 2009 access too early was reported under the Order alone; no practice that covers it is established.
    Edition.CODE_2009: {
        **dict.fromkeys((*TO_OTHERS, *NOT_ENTITLED, _K.INDICATION_GIVEN), (_P2_8,)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (_P2_4, _P2_8)),
        _K.LATE_PUBLICATION: (_P2_4,),
    },
    Edition.CODE_2018: _t3(*_OF_2018),
    Edition.CODE_2022: _t3(*_OF_2022),
    Edition.CODE_2025: {
        **dict.fromkeys(TOO_EARLY, (_S3_4,)),
        _K.INDICATION_GIVEN: (_S3_3,),
        **dict.fromkeys((*TO_OTHERS, *NOT_ENTITLED), (_S3_3, _S3_4)),
        **dict.fromkeys((_K.EARLY_PUBLICATION, _K.WRONGFUL_RELEASE_REPORTED), (_S3, _S3_3, _S3_4)),
        _K.LATE_PUBLICATION: (_S3,),
    },
}


def edition_at(at: datetime) -> Edition:
    """Say which edition of the Code was in force at an instant, by the London day.

    Args:
        at: Aware.
    """
    day = london_date(at)
    if day >= CODE_2025_FROM:
        return Edition.CODE_2025
    if day >= CODE_2022_FROM:
        return Edition.CODE_2022
    return Edition.CODE_2018 if day >= CODE_2018_FROM else Edition.CODE_2009
