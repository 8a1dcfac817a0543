"""A second opinion on access, written from the Orders and the design and not from ``app/rules``.

Flat functions and plain words for the codes. They take nothing from the rule but the shape of the facts, so that a slip
in the rule is not repeated here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.rules.facts import AccessFacts, Grant, Release

_FAR = 10**18
_LONDON = ZoneInfo("Europe/London")
_HOUR = 3600 * 1_000_000
_UK, _SCOTLAND, _WALES, _NI = "uk", "scotland", "wales", "northern_ireland"

# Whom each Order knows.
_KNOWN = {
    _UK: "eligible_person adviser deputy exceptional_person bank_or_treasury journalist third_party international "
    "administrative_support",
    _NI: "eligible_person adviser deputy exceptional_person third_party international administrative_support",
    _SCOTLAND: "eligible_person adviser deputy exceptional_person administrative_support passed_on",
    _WALES: "eligible_person adviser deputy exceptional_person administrative_support",
}
# Who is never held to a number of hours, and who may let somebody help them.
_FREE = {_UK: "bank_or_treasury third_party international", _NI: "third_party international"}
_HELPED = {
    _UK: "eligible_person adviser deputy bank_or_treasury third_party",
    _NI: "eligible_person adviser deputy third_party",
    _SCOTLAND: "eligible_person adviser deputy",
    _WALES: "eligible_person adviser deputy",
}


def _micros(at: datetime) -> int:
    whole = int(at.astimezone(UTC).replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond


def _first_instant(release: Release) -> int | None:
    """When ordinary access begins; None where there is none. Enough for the days that are drawn: no year's end."""
    published = release.publishes_at.astimezone(_LONDON)
    if release.order in (_UK, _NI):
        if release.sensitivity not in ("ordinary", "market_sensitive"):
            return None
        return _micros(release.publishes_at) - 24 * _HOUR
    if release.order == _WALES and release.sensitivity not in ("ordinary", "market_sensitive"):
        return None
    if release.sensitivity == "excepted":
        return None
    days = 1 if release.sensitivity in ("market_sensitive", "economic") else 5
    day, left = published.date(), days
    while left:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day not in release.closed_on:
            left -= 1
    whole_day = release.order == _WALES and release.sensitivity == "ordinary"
    clock = datetime(day.year, day.month, day.day, tzinfo=_LONDON)
    if not whole_day:
        clock = clock.replace(hour=published.hour, minute=published.minute)
    return _micros(clock)


def _opens(release: Release, grant: Grant) -> int | None:
    first = _first_instant(release)
    if first is None or grant.asked is None:
        return first
    asked = (grant.asked.days * 86_400 + grant.asked.seconds) * 1_000_000 + grant.asked.microseconds
    wanted = _micros(release.publishes_at) - asked
    written = grant.exceptional is not None and grant.exceptional.reasons.strip() != ""
    told = written and grant.exceptional is not None and grant.exceptional.board_informed_at is not None
    if release.order == _SCOTLAND:
        longer = grant.ground_letter == "e" or (written and release.sensitivity != "economic")
    elif release.order == _WALES:
        longer = grant.ground_letter == "d" or written
    else:
        barred = ("journalist",) if release.order == _UK else ("journalist", "bank_or_treasury")
        longer = grant.grant_class in _FREE[release.order].split() or (told and grant.grant_class not in barred)
    return wanted if longer or wanted >= first else first


def _found_wrong(facts: AccessFacts, kind: str, subject_id: str) -> bool:
    """Whether this very thing stands as found wrong."""
    return any(one.kind.value == kind and one.subject_id == subject_id for one in facts.wrong)


def _signed(facts: AccessFacts, now: int) -> str:
    """Which code an absent or stale signature gives; nothing when one counts."""
    verdict, newest = "declaration_missing", -_FAR
    kept_away = any(
        _micros(one.from_at) <= now and (one.ended_at is None or _micros(one.ended_at) > now)
        for one in facts.suspensions
    )
    for declaration in facts.declarations:
        if declaration.person_id != facts.person.person_id or _micros(declaration.signed_at) > now:
            continue
        if _found_wrong(facts, "declaration", declaration.declaration_id):
            continue
        today = facts.series_undertaking_sha256 if declaration.scope == "series" else facts.undertaking_sha256
        since = declaration.suspended_at
        if declaration.withdrawn_at is not None and _micros(declaration.withdrawn_at) <= now:
            this = "declaration_withdrawn"
        elif today == "" or declaration.undertaking_sha256 != today:
            this = "declaration_superseded"
        elif since is not None and _micros(since) <= now and kept_away:
            return ""  # the suspension that runs is told instead
        elif (since is not None and _micros(since) <= now) or _micros(declaration.lapses_at) <= now:
            this = "declaration_lapsed"
        else:
            return ""
        if _micros(declaration.signed_at) >= newest:
            verdict, newest = this, _micros(declaration.signed_at)
    return verdict


def _wrong_with_grant(  # noqa: C901  # deliberate, as below
    facts: AccessFacts, grant: Grant, at: datetime
) -> tuple[set[str], bool]:
    """What is wrong with one grant, and whether waiting alone ends what is wrong with whom it is shared by."""
    release, now, wrong = facts.release, _micros(at), set()
    kind, order = grant.grant_class.value, release.order.value
    by_law = order in (_UK, _NI) and release.sensitivity == "market_sensitive"
    by_law = by_law and kind not in ("administrative_support", "international")
    by_policy = release.producer.declaration_for_all and kind != "administrative_support"
    if by_law or by_policy:
        wrong.add(_signed(facts, now))
        wrong.discard("")
    opens = _opens(release, grant)
    if opens is not None and now < opens:
        wrong.add("window_not_open")
    today = at.astimezone(_LONDON).strftime("%Y-%m-%d")
    if grant.held_from_on is None or grant.held_from_on.isoformat() > today:
        wrong.add("post_not_held")
    if grant.held_until_on is not None and grant.held_until_on.isoformat() < today:
        wrong.add("post_not_held")
    if grant.paused_reason != "":
        wrong.add("grant_paused")
    for one in facts.wrong:
        if grant.grant_id not in one.grant_ids:
            continue
        # Somebody else's row among them says already that this person is not on the list.
        if one.kind.value == "deputy" and all(row.person_id == facts.person.person_id for row in facts.grants):
            wrong.add("not_on_list")
        since = "0000-00-00" if one.from_on is None else one.from_on.isoformat()
        until = "9999-99-99" if one.until_on is None else one.until_on.isoformat()
        if one.kind.value == "holding" and since <= today <= until:
            wrong.add("post_not_held")
    if kind not in _KNOWN[order].split():
        wrong.add("class_not_in_order")
        return wrong, False
    if not _ground_serves(order, kind, grant.ground_letter):
        wrong.add("ground_not_named")
    if kind == "exceptional_person" and order in (_UK, _NI):
        if grant.exceptional is None or grant.exceptional.reasons.strip() == "":
            wrong.add("exceptional_not_published")
        if grant.exceptional is None or grant.exceptional.board_informed_at is None:
            wrong.add("board_not_informed")
    if order in (_UK, _NI) and grant.exceptional is not None and grant.exceptional.board_informed_at is not None:
        told_later = _micros(grant.exceptional.board_informed_at) > now
        first = _first_instant(release)
        long = first is not None and opens is not None and opens < first and now < first
        if told_later and (kind == "exceptional_person" or (long and kind not in _FREE[order].split())):
            wrong.add("board_not_informed")
    waiting = False
    if kind == "administrative_support" or kind == "passed_on":
        theirs = [_against_recipient(facts, one, grant, at) for one in facts.recipients]
        found = [one for one in theirs if one is not None]
        if not any(one == set() for one in found):
            wrong.add("recipient_without_access")
            waiting = any(one == {"window_not_open"} for one in found)
    return wrong, waiting


def _ground_serves(order: str, kind: str, letter: str) -> bool:
    if kind == "administrative_support":
        return True
    if order in (_UK, _NI):
        return kind != "bank_or_treasury" or letter in ("1", "5a", "5b")
    if kind == "exceptional_person":
        return letter == "h"
    if kind == "passed_on":
        return letter != "" and letter in "abcdefg"
    return letter != "" and letter in "abcdefgh"


def _against_recipient(facts: AccessFacts, theirs: AccessFacts, grant: Grant, at: datetime) -> set[str] | None:
    """What stands against the recipient who shares; None when this person is not one who may."""
    person_id, order = grant.for_person_id, facts.release.order.value
    if person_id is None or person_id == grant.person_id or theirs.person.person_id != person_id:
        return None
    may = [
        one for one in theirs.grants if one.person_id == person_id and one.grant_class.value in _HELPED[order].split()
    ]
    if order in (_SCOTLAND, _WALES):
        may = [one for one in may if one.ground_letter != "" and one.ground_letter in "abcdefg"]
    if grant.grant_class == "passed_on":
        may = [one for one in may if one.ground_letter == grant.ground_letter]
    return what_stands_against(replace(theirs, grants=tuple(may), recipients=()), at) if may else None


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

    if release.order == _SCOTLAND and release.sensitivity == "excepted":
        against.add("excepted_statistics")
    elif _first_instant(release) is None:
        against.add("order_not_built")

    if document.state == "draft" or document.state == "superseded":
        against.add("document_not_final")
    if document.state == "recalled":
        against.add("document_recalled")
    if document.malware != "":
        against.add("malware_found")

    if (
        facts.eligibility_list is None
        or facts.eligibility_list.state != "approved"
        or _found_wrong(facts, "approval", facts.eligibility_list.list_id)
    ):
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

    asked_for = release.producer.training_days
    if asked_for is not None:
        today = at.astimezone(_LONDON).date()
        done = [one for one in facts.trainings if one.done_on <= today]
        counting = [
            one
            for one in done
            if (today - one.done_on).days <= asked_for
            and (one.valid_until_on is None or one.valid_until_on.isoformat() >= today.isoformat())
        ]
        if not counting:
            against.add("training_expired" if done else "training_missing")

    best: tuple[int, int, int, set[str]] | None = None
    for grant in facts.grants:
        wrong, waiting = _wrong_with_grant(facts, grant, at)
        passing = {"window_not_open", "recipient_without_access"} if waiting else {"window_not_open"}
        opens = _opens(release, grant)
        candidate = (len(wrong - passing), len(wrong), _FAR if opens is None else opens, wrong)
        if best is None or candidate[:3] < best[:3]:
            best = candidate
    return against if best is None else against | best[3]
