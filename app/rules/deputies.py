"""Somebody who stands in for a recipient on leave: with a grant of their own, while the recipient's waits (T29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum

from app.rules.eligibility import is_exceptional
from app.rules.facts import Grant, GrantClass, Release, london_text
from app.rules.granting import GRANTS

# Whoever has access by a decision about them alone, or by another's, hands it on to nobody.
_CAN_HAVE = frozenset({GrantClass.ELIGIBLE_PERSON, GrantClass.ADVISER})


class DeputyState(StrEnum):
    """What became of the request."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


def cannot_have_deputy(release: Release, own: Grant) -> str | None:
    """Say why nobody can stand in for the holder of a grant; None where somebody can.

    Args:
        release: The release.
        own: The recipient's grant, on the list in force.

    Source:
        Producer policy: deputies
    """
    if own.paused_reason:
        return "The access waits for a decision itself, so nobody can take it over."
    other_person = getattr(GRANTS[release.order], "OTHER_PERSON", "")
    if own.grant_class not in _CAN_HAVE or (other_person and own.ground_letter == other_person):
        return "The access was decided on for this person alone. Whoever stands in needs a decision of their own."
    return None


def deputy_grant(
    own: Grant, release: Release, *, grant_id: str, post_title: str, person_id: str, held_from_on: date, seat: int
) -> Grant:
    """Make the grant of somebody who stands in: their own post and ground, on the recipient's terms.

    An exceptional period was decided on for the recipient alone, so the Order's ordinary limit holds instead.

    Args:
        own: The recipient's grant.
        release: The release.
        grant_id: The new grant's id.
        post_title: The deputy's own post, in the recipient's organisation.
        person_id: The deputy.
        held_from_on: The first London day on which the deputy holds that post.
        seat: Of that post on the list.

    Source:
        Producer policy: deputies
    """
    return replace(
        own,
        grant_id=grant_id,
        post_title=post_title,
        person_id=person_id,
        grant_class=GrantClass.DEPUTY,
        ground=f"Stands in for the {own.post_title}: {own.ground}",
        asked=None if is_exceptional(release, own) else own.asked,
        held_from_on=held_from_on,
        held_until_on=None,
        seat=seat,
        exceptional=None,
        paused_reason="",
        is_group=False,
        defects=(),
        for_person_id=own.person_id,
        agreement="",
        confirm_needed=False,
    )


def stands_in(post_title: str) -> str:
    """Say why a recipient's own grant waits while somebody stands in."""
    return f"While you are away, the {post_title} stands in for you."


def request_text(release: Release, recipient_post: str, organisation: str, where: str) -> str:
    """Write to the head of profession that a recipient asks for a deputy; posts, never names.

    Args:
        release: The release.
        recipient_post: The recipient's own post.
        organisation: The organisation of both.
        where: The address at which the request stands.
    """
    return (
        f"Somebody is to stand in for the {recipient_post}, {organisation}, for “{release.title}”, which is to be "
        f"published on {london_text(release.publishes_at)}.\n\n"
        "If you approve, they get a grant of their own on a new version of the list, and the recipient's own access is "
        "paused for this release. They must sign their own declaration.\n\n"
        f"Read the request and decide: {where}\n"
    )


def decision_text(release: Release, deputy_name: str, state: DeputyState, reason: str, contact: str) -> str:
    """Write to a recipient what was decided about their deputy.

    Args:
        release: The release.
        deputy_name: Who was to stand in.
        state: Approved or declined.
        reason: Why it was declined.
        contact: Whom to ask.
    """
    if state is DeputyState.APPROVED:
        said = (
            f"{deputy_name} stands in for you for “{release.title}”, with access of their own. Your own access to it "
            "is paused. Your access to later releases stays as it is. What you have seen already stays restricted "
            "until it is published, and you must not tell each other anything that only one of you has seen."
        )
    else:
        said = (
            f"{deputy_name} does not stand in for you for “{release.title}”. Reason: {reason}\n\nYour own access stays."
        )
    return f"{said}\n\nQuestions: {contact}\n"
