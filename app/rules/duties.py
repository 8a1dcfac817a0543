"""What an Order asks a producer to tell the Statistics Board, or the public, once a grant is made.

The Scottish and Welsh Orders ask for it “as soon as practicable”: it is owed from the approval on, until somebody says
when and how it was done. The UK and Northern Ireland Orders set no time (para 5(4)). Our reading: the Board is informed
and the reasons are written down before the grant, which rests on both; published they are owed from the approval on,
until the list of posts with them is published, or somebody says when and how it was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.eligibility import is_exceptional
from app.rules.facts import EligibilityList, Grant, GrantClass, Order, Release
from app.rules.reasons import instant_text
from app.rules.window import ORDERS, is_beyond_limit, limit_text, opens_at_for, span_text

SCOTLAND_4_5 = "SSI 2008/399 Sch. para 4(5)"
SCOTLAND_6 = "SSI 2008/399 Sch. para 6"
WALES_4_4 = "WSI 2009/2818 Sch. para 4(4)"
WALES_4_5 = "WSI 2009/2818 Sch. para 4(5)"
REASONS = {Order.UK: "SI 2008/2998 Sch. para 5(4)(a)", Order.NORTHERN_IRELAND: "SR 2009/71 Sch. para 5(4)(a)"}
WALES_7 = "WSI 2009/2818 Sch. para 7"
_OTHER_PERSON = "h"
_NO_PERIOD = "d"  # the Welsh ground to which neither period applies


class DutyKind(StrEnum):
    """What is owed."""

    NOTIFY_BOARD = "notify_board"
    PUBLISH_INCREASE = "publish_increase"
    PUBLISH_REASONS = "publish_reasons"


WORDS = {
    DutyKind.NOTIFY_BOARD: "inform the Statistics Board of a grant",
    DutyKind.PUBLISH_INCREASE: "publish an increase of the maximum period",
    DutyKind.PUBLISH_REASONS: "publish the reasons for an exceptional grant",
}


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing owed because of one grant.

    Attributes:
        source: The clause that asks for it.
        person_id: Whose grant it is.
        reason_key: The cause; the same grant on the same terms in a later version owes nothing again.
        particulars: What the clause says must be told, by name, in the order in which it says so.
    """

    kind: DutyKind
    source: str
    grant_id: str
    person_id: str
    reason_key: str
    particulars: dict[str, str]


def raised_by(release: Release, listed: EligibilityList, names: Mapping[str, str]) -> tuple[Duty, ...]:
    """Give everything that is owed because of the grants of a list.

    Args:
        release: The release.
        listed: The list as it was approved.
        names: Names of the people on it, by id: both Orders ask for the individual.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6;
        WSI 2009/2818 Sch. para 4(4); WSI 2009/2818 Sch. para 4(5); WSI 2009/2818 Sch. para 7;
        SR 2009/71 Sch. para 5(4)(a)
    """
    of_order = {Order.SCOTLAND: _under_scotland, Order.WALES: _under_wales}.get(release.order)
    found = []
    for grant in listed.grants:
        if grant.person_id is not None and grant.grant_class is not GrantClass.ADMINISTRATIVE_SUPPORT:
            name = names.get(grant.person_id, grant.person_id)
            found.extend(of_order(release, grant, name) if of_order else _exceptional(release, grant))
    return tuple(found)


def _exceptional(release: Release, grant: Grant) -> list[Duty]:
    """The reasons for an exceptional grant are published; they name the post and no person.

    Source:
        SI 2008/2998 Sch. para 5(4)(a); SR 2009/71 Sch. para 5(4)(a)
    """
    if grant.exceptional is None or not is_exceptional(release, grant):
        return []
    published = {
        "statistics": release.title,
        "post": f"{grant.post_title}, {grant.organisation}",
        "reasons": grant.exceptional.reasons,
    }
    return [_duty(DutyKind.PUBLISH_REASONS, REASONS[release.order], release, grant, published)]


def _under_scotland(release: Release, grant: Grant, name: str) -> list[Duty]:
    """An increase is published; a grant to another person is notified.

    Source:
        SSI 2008/399 Sch. para 4(5); SSI 2008/399 Sch. para 6
    """
    found = []
    if is_beyond_limit(release, grant) and grant.asked is not None:
        increase = {
            "fact": f"The maximum period, {limit_text(release)}, was increased.",
            "statistics": release.title,
            "duration": f"{span_text(grant.asked)} before publication",
            "ground": f"paragraph 2(1)({grant.ground_letter})",
            "explanation": grant.exceptional.reasons if grant.exceptional else "",
        }
        found.append(_duty(DutyKind.PUBLISH_INCREASE, SCOTLAND_4_5, release, grant, increase))
    if grant.ground_letter == _OTHER_PERSON:
        notice = {
            "statistics": release.title,
            "individual": name,
            "period": f"from {_begins(release, grant)} until publication, {instant_text(release.publishes_at)}",
            "reason": grant.ground,
        }
        found.append(_duty(DutyKind.NOTIFY_BOARD, SCOTLAND_6, release, grant, notice))
    return found


def _under_wales(release: Release, grant: Grant, name: str) -> list[Duty]:
    """Earlier access is told to the Board, also where no period applies; so is a grant for another purpose.

    Source:
        WSI 2009/2818 Sch. para 4(4); WSI 2009/2818 Sch. para 4(5); WSI 2009/2818 Sch. para 7
    """
    found = []
    person = f"{name}, {grant.post_title}, {grant.organisation}"
    opens, ordinary = opens_at_for(release, grant), ORDERS[release.order].earliest(release)
    if opens is not None and ordinary is not None and opens < ordinary:
        earlier = {
            "fact": "Pre-release access was given earlier than paragraph 4(1) provides for.",
            "statistics": release.title,
            "individual": person,
            "given_from": _begins(release, grant),
            "ground": f"paragraph 1(1)({grant.ground_letter})",
            "explanation": (grant.exceptional.reasons if grant.exceptional else "") or grant.ground,
        }
        clause = WALES_4_5 if grant.ground_letter == _NO_PERIOD else WALES_4_4
        found.append(_duty(DutyKind.NOTIFY_BOARD, clause, release, grant, earlier))
    if grant.ground_letter == _OTHER_PERSON:
        notice = {
            "statistics": release.title,
            "individual": person,
            "given_from": _begins(release, grant),
            "explanation": grant.ground,
        }
        found.append(_duty(DutyKind.NOTIFY_BOARD, WALES_7, release, grant, notice))
    return found


def _duty(kind: DutyKind, source: str, release: Release, grant: Grant, particulars: dict[str, str]) -> Duty:
    person_id = grant.person_id or ""
    cause = {**particulars, "release_id": release.release_id, "person_id": person_id, "source": source}
    reason_key = f"{kind.value}:{sha256_hex(canonical_json(cause))}"
    return Duty(kind, source, grant.grant_id, person_id, reason_key, particulars)


def _begins(release: Release, grant: Grant) -> str:
    opens = opens_at_for(release, grant)
    return instant_text(opens) if opens else "no time"
