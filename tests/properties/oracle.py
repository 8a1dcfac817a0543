"""A second opinion on access, written from the Order and the design and not from ``app/rules``.

One flat function and plain words for the codes. It takes nothing from the rule but the shape of the facts, so that a
slip in the rule is not repeated here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.rules.facts import AccessFacts

_FAR = 10**18


def _micros(at: datetime) -> int:
    whole = int(at.astimezone(UTC).replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond


def what_stands_against(  # noqa: C901  # deliberate: a second opinion is read from top to bottom
    facts: AccessFacts, at: datetime
) -> set[str]:
    """The codes that a refusal at this instant must give; none means a permit."""
    now = _micros(at)
    against: set[str] = set()
    release, document = facts.release, facts.document

    if release.state == "cancelled":
        against.add("release_cancelled")
    if release.state == "postponed":
        against.add("release_postponed")
    if release.state == "planned" or release.state == "announced":
        against.add("release_not_final")
    if release.published_at is None:
        if release.state == "published":
            against.add("already_published")
    elif now >= _micros(release.published_at):
        against.add("already_published")

    under_uk_order = release.order == "uk"
    if not under_uk_order or release.sensitivity not in ("ordinary", "market_sensitive"):
        against.add("order_not_built")

    if document.state == "draft" or document.state == "superseded":
        against.add("document_not_final")
    if document.state == "recalled":
        against.add("document_recalled")

    if facts.eligibility_list is None or facts.eligibility_list.state != "approved":
        against.add("list_not_approved")
    if len(facts.grants) == 0:
        against.add("not_on_list")
    for grant in facts.grants:
        if grant.person_id != facts.person.person_id:
            against.add("not_on_list")

    for suspension in facts.suspensions:
        begun = _micros(suspension.from_at) <= now
        over = suspension.ended_at is not None and _micros(suspension.ended_at) <= now
        if begun and not over:
            against.add("suspended")

    demanded = release.producer.declaration_for_all
    if under_uk_order and release.sensitivity == "market_sensitive":
        demanded = True
    if demanded:
        verdict, newest = "declaration_missing", -_FAR
        for declaration in facts.declarations:
            if declaration.person_id != facts.person.person_id or _micros(declaration.signed_at) > now:
                continue
            if declaration.withdrawn_at is not None and _micros(declaration.withdrawn_at) <= now:
                this = "declaration_withdrawn"
            elif facts.undertaking_sha256 == "" or declaration.undertaking_sha256 != facts.undertaking_sha256:
                this = "declaration_superseded"
            elif _micros(declaration.lapses_at) <= now:
                this = "declaration_lapsed"
            else:
                verdict = "signed"
                break
            if _micros(declaration.signed_at) >= newest:
                verdict, newest = this, _micros(declaration.signed_at)
        if verdict != "signed":
            against.add(verdict)

    best: tuple[int, int, int, set[str]] | None = None
    for grant in facts.grants:
        wrong: set[str] = set()
        told = grant.exceptional is not None and grant.exceptional.reasons.strip() != ""
        informed = grant.exceptional is not None and grant.exceptional.board_informed_at is not None
        part_one = grant.grant_class in ("eligible_person", "adviser", "exceptional_person")
        micros = 24 * 3600 * 1_000_000
        if grant.asked is not None:
            asked = (grant.asked.days * 86_400 + grant.asked.seconds) * 1_000_000 + grant.asked.microseconds
            micros = asked if asked < micros or (part_one and told and informed) else micros
        opens = _micros(release.publishes_at) - micros
        if under_uk_order and now < opens:
            wrong.add("window_not_open")
        today = at.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%d")
        if grant.held_from_on is None or grant.held_from_on.isoformat() > today:
            wrong.add("post_not_held")
        if grant.held_until_on is not None and grant.held_until_on.isoformat() < today:
            wrong.add("post_not_held")
        if grant.paused_reason != "":
            wrong.add("grant_paused")
        if not part_one:
            wrong.add("class_not_built")
        if grant.grant_class == "exceptional_person":
            if not told:
                wrong.add("exceptional_not_published")
            if not informed:
                wrong.add("board_not_informed")
        lasting = len(wrong - {"window_not_open"})
        candidate = (lasting, len(wrong), opens if under_uk_order else _FAR, wrong)
        if best is None or candidate[:3] < best[:3]:
            best = candidate
    return against if best is None else against | best[3]
