"""Grants that wait for a decision: paused, resumed, or extended exceptionally.

An extension is a decision of the head of profession about somebody who is listed already (SI 2008/2998 Sch. para
5(1)(a), SSI 2008/399 Sch. para 4(3), WSI 2009/2818 Sch. para 4(3), SR 2009/71 Sch. para 5(1)(a)): it adds nobody, so it
needs no second person, but it makes a new version of the list, whose public list, where the Order asks for one, must be
published again with the reasons. What the Orders for Scotland and Wales ask for afterwards is raised as a duty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.actions import considering, desk, owing
from app.actions.lists import demand_open
from app.actions.tools import Actor, Tools, Transaction, require_no_own_access, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, grants, releases
from app.records.grants import GrantRow
from app.records.releases import ReleaseRow
from app.rules import granting, letters, lettersubjects
from app.rules.eligibility import list_sha256
from app.rules.errors import Code, Malformed, OutOfOrder, Refused
from app.rules.facts import EligibilityList, ExceptionalGrant, Grant, ListState, ReleaseState, Role
from app.rules.failures import PastFailure, consideration_missing
from app.rules.window import NO_WINDOW, is_beyond_limit, opens_at_for, window_of

_MINUTE = timedelta(minutes=1)
_LONGEST_MINUTES = 60 * 24 * 62


@dataclass(frozen=True, slots=True)
class _Deciding:
    """A grant of the list in force while it is decided on."""

    tools: Tools
    tx: Transaction
    actor: Actor
    row: GrantRow
    listed: EligibilityList
    release: ReleaseRow
    at: datetime


def pause_grant(tools: Tools, actor: Actor, grant_id: str, *, reason: str) -> GrantRow:
    """Let a grant of the list in force wait for a decision; it serves nobody meanwhile.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
        OutOfOrder: The grant is not on the list in force, waits already, or the release is over.
        Malformed: No reason is given.
    """
    _demand_reason(reason)
    with tools.transaction() as tx:
        deciding = _decide(tools, tx, actor, grant_id)
        if deciding.row.grant.paused_reason:
            raise OutOfOrder("The grant is paused already.")
        grants.pause(tx.connection, grant_id, reason)
        tx.append(_entry(deciding, EntryKind.GRANT_PAUSED, {"cause": "decided"}, reason))
        return grants.get(tx.connection, grant_id)


def resume_grant(tools: Tools, actor: Actor, grant_id: str, *, reason: str, failures_considered: str = "") -> GrantRow:
    """Let a paused grant serve again, from when its window opens as it now stands and not before.

    Args:
        tools: The tools.
        actor: The head of profession.
        grant_id: The grant, on the list in force.
        reason: Why.
        failures_considered: What the actor took into account of the holder's past failures.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, or the grant is their own; or a past failure must be considered first.
        OutOfOrder: The grant is not on the list in force, is not paused, or the release is over.
        Malformed: No reason is given.

    Source:
        SI 2008/2998 Sch. para 4; SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 8
    """
    _demand_reason(reason)
    with tools.transaction() as tx:
        deciding = _decide(tools, tx, actor, grant_id)
        require_no_own_access(actor, {deciding.row.grant.person_id})
        if not deciding.row.grant.paused_reason:
            raise OutOfOrder("The grant is not paused.")
        failures = _demand_considered(deciding, failures_considered)
        grants.pause(tx.connection, grant_id, "")
        if failures:
            kept = _considered_too(deciding, failures_considered)
            eligibility.note_considered(tx.connection, deciding.row.list_id, kept)
        entry = _entry(deciding, EntryKind.GRANT_RESUMED, {"cause": "decided"}, reason)
        tx.append(_with_failures(entry, failures, failures_considered))
        made = grants.get(tx.connection, grant_id)
        _tell(deciding, made, "access resumed")
        return made


def extend_grant(
    tools: Tools,
    actor: Actor,
    grant_id: str,
    *,
    reasons: str,
    board_informed_at: datetime | None = None,
    asked_minutes: int | None = None,
    failures_considered: str = "",
) -> GrantRow:
    """Extend a grant exceptionally, as a new version of the list in force; a pause of it ends.

    Args:
        tools: The tools.
        actor: The head of profession.
        grant_id: The grant, on the list in force.
        reasons: The reasons that are published, or told to the Board.
        board_informed_at: When the Statistics Board was informed. Aware, not in the future. The UK and Northern
            Ireland Orders ask for it beforehand; the others for no more than a notice afterwards, if any.
        asked_minutes: How long before publication access may begin; None for from now on.
        failures_considered: What the actor took into account of the holder's past failures.

    Returns:
        The grant as it stands on the new version, with its new id.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role, or the grant is their own; or the governing Order does not allow it, or
            a past failure must be considered first, with every reason.
        OutOfOrder: The grant is not on the list in force, or the release is over or has no time set.
        Malformed: No reasons, an instant in the future, or a span that is not longer than the ordinary limit.

    Source:
        SI 2008/2998 Sch. para 5(1)(a); SI 2008/2998 Sch. para 5(4); SSI 2008/399 Sch. para 4(3);
        SSI 2008/399 Sch. para 7; WSI 2009/2818 Sch. para 4(3); WSI 2009/2818 Sch. para 8; SR 2009/71 Sch. para 5(1)(a)
    """
    _demand_reason(reasons)
    with tools.transaction(once=True) as tx:
        deciding = _decide(tools, tx, actor, grant_id)
        require_no_own_access(actor, {deciding.row.grant.person_id})
        if deciding.release.release.state is ReleaseState.POSTPONED:
            raise OutOfOrder("The release is postponed and has no time set from which a span could be counted.")
        if board_informed_at is not None and board_informed_at > deciding.at:
            what = "The Board cannot have been informed in the future."
            errors = [{"where": "board_informed_at", "what": what}]
            raise Malformed(f"{what} Nothing was done.", code=Code.INVALID_INSTANT, errors=errors)
        exceptional = ExceptionalGrant(reasons, board_informed_at)
        changed = replace(deciding.row.grant, exceptional=exceptional, paused_reason="")
        asked = _asked(deciding, changed, asked_minutes)
        changed = replace(changed, asked=asked)
        failures = _demand_considered(deciding, failures_considered)
        kept = _considered_too(deciding, failures_considered if failures else "")
        new_id = _new_version(deciding, replace(changed, grant_id=tools.new_id("grt")), kept)
        said: dict[str, str | int] = {
            "cause": "exceptional",
            "asked_minutes": int(asked.total_seconds() // 60),
            "replaces": grant_id,
        }
        made = grants.get(tx.connection, new_id)
        entry = _entry(replace(deciding, row=made), EntryKind.GRANT_RESUMED, said, reasons)
        tx.append(_with_failures(entry, failures, failures_considered))
        owing.raise_duties(tools, tx, actor, deciding.release, made.list_id, deciding.at)
        _tell(deciding, made, "access extended exceptionally")
        return made


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Malformed(
            "Say why. Nothing was done.",
            code=Code.REASON_REQUIRED,
            errors=[{"where": "reason", "what": "is missing"}],
        )


def _decide(tools: Tools, tx: Transaction, actor: Actor, grant_id: str) -> _Deciding:
    kept = eligibility.get(tx.connection, grants.get(tx.connection, grant_id).list_id)
    releases.keep(tx.connection, kept.release_id)
    row = grants.get(tx.connection, grant_id)  # anew: somebody else may have decided until now
    listed = eligibility.get(tx.connection, row.list_id)
    release = releases.get_row(tx.connection, listed.release_id)
    require_role(actor, release.organisation_id, Role.HEAD_OF_PROFESSION)
    demand_open(release)
    if listed.state is not ListState.APPROVED:
        raise OutOfOrder(f"The grant stands on a version that is {listed.state.value}, not on the list in force.")
    return _Deciding(tools, tx, actor, row, listed, release, tools.clock.now())


def _asked(deciding: _Deciding, grant: Grant, asked_minutes: int | None) -> timedelta:
    """Say how long before publication access may begin, to the whole minute."""
    release = deciding.release.release
    refusal = window_of(release).refusal
    if refusal is not None:
        raise Malformed(f"{refusal.detail} Nothing was done.", code=NO_WINDOW[refusal.code])
    from_now = -((deciding.at - release.publishes_at) // _MINUTE)
    minutes = from_now if asked_minutes is None else asked_minutes
    asked = timedelta(minutes=min(max(minutes, 0), _LONGEST_MINUTES))
    longer = replace(grant, asked=asked)
    if minutes > _LONGEST_MINUTES or not is_beyond_limit(release, longer):
        what = "An extension is longer than the ordinary limit, and at most 62 days. Otherwise resume the grant."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "asked_minutes", "what": what}])
    _demand_lawful(deciding, longer)
    if opens_at_for(release, longer) != release.publishes_at - asked:
        what = "The governing Order lets no grant of this class begin earlier than its ordinary limit."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "asked_minutes", "what": what}])
    return asked


def _demand_lawful(deciding: _Deciding, longer: Grant) -> None:
    """Stop where the governing Order does not allow a grant as it would be."""
    release = deciding.release.release
    if granting.tied_clause(release, longer) is not None:
        what = "Shared access is as long as that of the recipient who shares it. Extend the recipient's."
        raise Malformed(f"{what} Nothing was done.", errors=[{"where": "asked_minutes", "what": what}])
    lacking = granting.grant_reasons(release, longer, deciding.listed)
    if lacking:
        raise Refused(" ".join(one.detail for one in lacking), code=Code.LIST_NOT_SOUND, reasons=lacking)


def _demand_considered(deciding: _Deciding, considered: str) -> tuple[PastFailure, ...]:
    """Stop until the actor has said what they considered of past failures that must count for this one grant."""
    alone = replace(deciding.listed, grants=(deciding.row.grant,))
    failures = considering.past_failures(deciding.tx.connection, alone, deciding.release.release)
    missing = consideration_missing(failures, considered)
    if missing:
        raise Refused(" ".join(one.detail for one in missing), code=Code.LIST_NOT_SOUND, reasons=missing)
    return failures


def _considered_too(deciding: _Deciding, considered: str) -> str:
    """Give what was said of past failures for the list so far, and now."""
    before = eligibility.get_row(deciding.tx.connection, deciding.row.list_id).failures_considered
    return "\n\n".join(text for text in (before, considered.strip()) if text)


def _with_failures(entry: Entry, failures: tuple[PastFailure, ...], considered: str) -> Entry:
    if not failures:
        return entry
    must = sum(one.weight.must for one in failures)
    said = {**entry.said, "failures": len(failures), "failures_that_must_count": must}
    return replace(entry, said=said, sealed={**entry.sealed, "failures_considered": considered})


def _new_version(deciding: _Deciding, changed: Grant, considered: str) -> str:
    """Make the version in force anew with one grant changed; gives that grant's new id."""
    tx, tools, actor = deciding.tx, deciding.tools, deciding.actor
    listed = EligibilityList(
        list_id=tools.new_id("lst"),
        release_id=deciding.listed.release_id,
        version=eligibility.newest_version(tx.connection, deciding.listed.release_id) + 1,
        state=ListState.DRAFT,
        prepared_by=actor.actor_id,
    )
    eligibility.add(tx.connection, listed, prepared_at=deciding.at, edited_by=[actor.actor_id])
    for one in grants.of_list(tx.connection, deciding.listed.list_id):
        mine = one.grant.grant_id == deciding.row.grant.grant_id
        grant = changed if mine else replace(one.grant, grant_id=tools.new_id("grt"))
        grants.add(tx.connection, listed.list_id, one.row, one.post_id, grant)
    digest = list_sha256(eligibility.get(tx.connection, listed.list_id))
    before = eligibility.get_row(tx.connection, deciding.listed.list_id)
    eligibility.approve(
        tx.connection,
        listed.list_id,
        revision=1,
        approved_by=actor.actor_id,
        approved_at=deciding.at,
        sha256=digest,
        # Nobody is let in along with it: it relies on the holdings that the version before it relied on.
        holdings_as_of=before.holdings_as_of or deciding.at,
        failures_considered=considered,
    )
    said = {"list_id": listed.list_id, "version": listed.version, "sha256": digest, "cause": "exceptional"}
    tx.append(
        Entry(
            EntryKind.LIST_APPROVED,
            deciding.at,
            actor_id=actor.actor_id,
            person_id=actor.person_id,
            producer_id=deciding.release.release.producer.producer_id,
            release_id=listed.release_id,
            said={**said, "grants": len(deciding.listed.grants)},
        )
    )
    return changed.grant_id


def _entry(deciding: _Deciding, kind: EntryKind, said: dict[str, str | int], reason: str) -> Entry:
    return Entry(
        kind,
        deciding.at,
        actor_id=deciding.actor.actor_id,
        person_id=deciding.row.grant.person_id,
        producer_id=deciding.release.release.producer.producer_id,
        release_id=deciding.listed.release_id,
        said={"grant_id": deciding.row.grant.grant_id, "list_id": deciding.row.list_id, **said},
        sealed={"reason": reason[:2000]},
    )


def _tell(deciding: _Deciding, made: GrantRow, what: str) -> None:
    if made.grant.person_id is None:
        return
    release = deciding.release.release
    desk.queue_notice(
        deciding.tools,
        deciding.tx,
        at=deciding.at,
        email=made.holder_email,
        person_id=made.grant.person_id,
        kind="grant_decided",
        reason_key=f"{deciding.tools.new_id('not')}:{made.grant.grant_id}",
        subject=lettersubjects.decided(release, what),
        body=letters.decided(release, made.grant, what, deciding.release.contact),
        release_id=release.release_id,
    )
