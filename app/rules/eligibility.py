"""What makes an eligibility list sound, what is signed of it, and the public list of posts computed from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.rules import granting, lacking, listlife
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import EligibilityList, Grant, GrantClass, Release, london_date, london_text
from app.rules.reasons import Reason, instant_text, utc
from app.rules.window import from_text, is_beyond_limit, opens_at_for, window_of


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One line of the published list: a post and its organisation, never a person.

    Attributes:
        count: How many people hold access by this post on these terms.
        from_text: From when, in words.
        reasons: The published reasons of an exceptional grant, else empty.
    """

    post: str
    organisation: str
    count: int
    from_text: str
    exceptional: bool
    reasons: str = ""

    def as_record(self) -> dict[str, Any]:
        """Give the row as JSON-ready members."""
        return {
            "post": self.post,
            "organisation": self.organisation,
            "count": self.count,
            "from": self.from_text,
            "exceptional": self.exceptional,
            "reasons": self.reasons,
        }


def soundness(listed: EligibilityList, release: Release, at: datetime) -> tuple[Reason, ...]:
    """Say everything for which a list cannot be approved; empty when it is sound.

    Args:
        listed: The list with its grants.
        release: The release it is for.
        at: When approval is asked for. Aware.

    Returns:
        Reasons in the list's own order.

    Source:
        SI 2008/2998 Sch. para 3(1); SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1);
        SR 2009/71 Sch. para 3(1)
    """
    utc(at)
    refusal = window_of(release).refusal
    if refusal is not None:
        return (refusal,)
    if not listed.grants:
        return (lacking.empty(granting.clauses_of(release.order)),)
    return tuple(reason for grant in listed.grants for reason in _grant_reasons(grant, release, listed, at))


def public_list(listed: EligibilityList, release: Release) -> tuple[PublicRow, ...]:
    """Compute the public list: every post granted access by the enforced list, each person counted, nobody named.

    Those with whom a recipient shares access are granted nothing by the person responsible, and do not stand there:
    supporters, and those to whom it is passed on. The Orders for Scotland and Wales ask for no such list; where one is
    published all the same it follows the same rule.

    Args:
        listed: The enforced list.
        release: The release, whose Order's own limit holds where a grant asks for nothing else.

    Returns:
        One row for each post on the same terms, in the list's own order.

    Source:
        SI 2008/2998 Sch. para 9(b); SI 2008/2998 Sch. para 5(4)(a)
    """
    counted: dict[tuple[str, str, str, bool, str], int] = {}
    for grant in listed.grants:
        if granting.tied_clause(release, grant) is not None:
            continue
        exceptional = is_exceptional(release, grant)
        reasons = grant.exceptional.reasons if exceptional and grant.exceptional else ""
        terms = (grant.post_title, grant.organisation, from_text(release, grant), exceptional, reasons)
        counted[terms] = counted.get(terms, 0) + 1
    return tuple(
        PublicRow(post, organisation, count, from_text, exceptional, reasons)
        for (post, organisation, from_text, exceptional, reasons), count in counted.items()
    )


def public_bytes(rows: Iterable[PublicRow]) -> bytes:
    """Write the public list as canonical JSON, so that two can be compared by their hash."""
    return canonical_json([row.as_record() for row in rows])


def list_sha256(listed: EligibilityList) -> str:
    """Hash what an approval stands for: every grant with its holder and terms, in the list's own order.

    A pause is a later decision about a grant and no part of it.

    Returns:
        64 hexadecimal digits of SHA-256 over canonical JSON.
    """
    record = {
        "release_id": listed.release_id,
        "version": listed.version,
        "grants": [_grant_record(grant) for grant in listed.grants],
    }
    return sha256_hex(canonical_json(record))


def is_exceptional(release: Release, grant: Grant) -> bool:
    """Say whether a grant goes beyond the ordinary rules.

    Source:
        SI 2008/2998 Sch. para 5(1)(a); SSI 2008/399 Sch. para 4(3); WSI 2009/2818 Sch. para 4(3);
        SR 2009/71 Sch. para 5(1)(a)
    """
    return grant.grant_class is GrantClass.EXCEPTIONAL_PERSON or is_beyond_limit(release, grant)


def _grant_reasons(grant: Grant, release: Release, listed: EligibilityList, at: datetime) -> tuple[Reason, ...]:
    clauses = granting.clauses_of(release.order)
    found = [*granting.grant_reasons(release, grant, listed), *granting.tied_reasons(release, grant, listed)]
    if (later := granting.board_informed_later(release, grant, at)) is not None:
        found.append(replace(later, detail=f"{lacking.where(grant)}: {later.detail}"))
    if grant.is_group:
        found.append(lacking.group(grant, clauses))
    elif grant.person_id is None:
        found.append(lacking.holder_missing(grant, clauses))
    elif not _holds(grant, release, at):
        found.append(lacking.not_held(grant, clauses))
    if (unconfirmed := listlife.holder_is_confirmed(grant)) is not None:
        found.append(unconfirmed)
    return tuple(found)


def _holds(grant: Grant, release: Release, at: datetime) -> bool:
    """Say whether the holder holds the post on the day the window opens, or today when it has opened."""
    opens = opens_at_for(release, grant)
    on = london_date(max(at, opens) if opens is not None else at)
    begun = grant.held_from_on is not None and grant.held_from_on <= on
    return begun and (grant.held_until_on is None or grant.held_until_on >= on)


def window_text(grant: Grant, release: Release) -> str:
    """Say for one listed person when their window opens; empty when there is none.

    Source:
        SI 2008/2998 Sch. para 4; SI 2008/2998 Sch. para 6(1)
    """
    opens = opens_at_for(release, grant)
    if opens is None:
        return ""
    return (
        f"You may read it from {london_text(opens)}. It is to be published on {london_text(release.publishes_at)}, "
        "and the embargo ends with publication itself, not with the clock."
    )


def _grant_record(grant: Grant) -> dict[str, Any]:
    exceptional = grant.exceptional
    informed = exceptional.board_informed_at if exceptional else None
    # Members that came later stand there only where they say something, so that earlier hashes stay what they were.
    later = {
        "ground_letter": grant.ground_letter,
        "for_person_id": grant.for_person_id,
        "place": grant.place,
        "agreement": grant.agreement,
        "holding_id": grant.holding_id,
    }
    return {
        **{name: value for name, value in later.items() if value},
        "grant_id": grant.grant_id,
        "post": grant.post_title,
        "organisation": grant.organisation,
        "person_id": grant.person_id,
        "class": grant.grant_class.value,
        "ground": grant.ground,
        "asked_minutes": None if grant.asked is None else int(grant.asked.total_seconds() // 60),
        "seat": grant.seat,
        "conditions": grant.conditions,
        "exceptional_reasons": exceptional.reasons if exceptional else "",
        "board_informed_at": instant_text(informed) if informed else None,
        "is_group": grant.is_group,
    }
