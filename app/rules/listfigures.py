"""The figures of lists: how many were listed, on what ground, exceptionally or not, and confirmed by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from app.rules.counted import Counted
from app.rules.duties import DutyKind
from app.rules.eligibility import is_exceptional
from app.rules.facts import Grant, Release
from app.rules.figures import Figure, Section, plain
from app.rules.limits import opens_at_for

BEFORE = timedelta(days=7)
"""How long before the time set a list is to be confirmed."""
_ORDINARY = Grant("", "", "")


def of_lists(known: Sequence[Counted], left_out: int) -> list[Figure]:
    """Count who was listed.

    Args:
        known: The releases whose records are there.
        left_out: How many releases have none any more.
    """
    section = Section("lists")
    sizes = [len(one.people) for one in known]
    listed = [size for size in sizes if size]
    return [
        section.count(
            "recipients.total", "Recipients, each counted once for each release", sum(sizes), left_out=left_out
        ),
        section.count(
            "recipients.people", "Different people among them", len({p for one in known for p in one.people})
        ),
        section.mean("recipients.mean", "Recipients of a release, on average", listed, "recipients", left_out=left_out),
        section.highest("recipients.highest", "Recipients of the longest list", listed, "recipients"),
        section.share("lists.none", "Releases with nobody listed", sizes.count(0), len(known), left_out=left_out),
        section.count(
            "lists.unnamed",
            "Lines on which nobody is named",
            sum(lines.unnamed for one in known for lines in one.lines),
        ),
        section.share(
            "lists.approval_found_wrong",
            "Releases whose list was approved, and the approval found wrong",
            sum(one.found_wrong for one in known),
            len(known),
            left_out=left_out,
        ),
        *_confirmed(section, known, left_out),
    ]


def _confirmed(section: Section, known: Sequence[Counted], left_out: int) -> list[Figure]:
    asked = [one for one in known if one.answers]
    unasked = len(known) - len(asked) + left_out
    early = sum(_all_confirmed(one, BEFORE) for one in asked)
    opening = sum(_all_confirmed(one, _ordinary_span(one)) for one in asked)
    return [
        section.share(
            "lists.confirmed_a_week_before",
            "Lists confirmed by every organisation asked, a week before the time set",
            early,
            len(asked),
            left_out=unasked,
        ),
        section.share(
            "lists.confirmed_before_window",
            "Lists confirmed by every organisation asked, before the ordinary window opened",
            opening,
            len(asked),
            left_out=unasked,
        ),
    ]


def _ordinary_span(one: Counted) -> timedelta:
    opens = opens_at_for(one.release, _ORDINARY)
    return timedelta(0) if opens is None else one.release.publishes_at - opens


def _all_confirmed(one: Counted, before: timedelta) -> bool:
    if one.found_wrong:
        return False  # what was confirmed is a list that should never have been in force
    by = one.release.publishes_at - before
    return all(answer.confirmed and answer.at is not None and answer.at <= by for answer in one.answers)


def of_grants(known: Sequence[Counted]) -> list[Figure]:
    """Count the lines of the lists by class and ground, and what exceptional ones asked for."""
    section = Section("grants")
    classes: Counter[str] = Counter()
    grounds: Counter[str] = Counter()
    beyond = written = informed = 0
    for one in known:
        for terms, number in one.terms:
            classes[terms.grant_class.value] += number
            grounds[_ground(one.release, terms)] += number
            if is_exceptional(one.release, terms):
                beyond += number
                written += number * bool(terms.exceptional and terms.exceptional.reasons.strip())
                informed += number * bool(terms.exceptional and terms.exceptional.board_informed_at)
    total = classes.total()
    owed = Counter(duty for one in known for duty in one.duties)
    return [
        section.count("grants.total", "Grants to named people", total),
        section.share(
            "grants.approval_found_wrong",
            "Grants on a list whose approval was found wrong",
            sum(number for one in known if one.found_wrong for _, number in one.terms),
            total,
        ),
        *section.counts("grants.class", "Grants by class", classes, {}),
        *section.counts("grants.ground", "Grants by ground of the Order", grounds, _ground_words(grounds)),
        section.share("exceptional.total", "Exceptional grants", beyond, total),
        section.share("exceptional.reasons", "Exceptional grants with their reasons written down", written, beyond),
        section.share("exceptional.board", "Exceptional grants of which the Board was informed", informed, beyond),
        *(
            section.share(f"duties.{kind.value}", words, owed[kind.value, True], _owed(owed, kind))
            for kind, words in (
                (DutyKind.NOTIFY_BOARD, "Notices owed to the Board that were given"),
                (DutyKind.PUBLISH_REASONS, "Reasons owed to the public that were published"),
                (DutyKind.PUBLISH_INCREASE, "Increases owed to the public that were published"),
            )
        ),
    ]


def _owed(owed: Counter[tuple[str, bool]], kind: DutyKind) -> int:
    return owed[kind.value, True] + owed[kind.value, False]


def _ground(release: Release, grant: Grant) -> str:
    return f"{release.order.value}.{grant.ground_letter}" if grant.ground_letter else "none"


def _ground_words(grounds: Iterable[str]) -> dict[str, str]:
    told = {"none": "no letter named"}
    for one in set(grounds) - {"none"}:
        order, _, letter = one.partition(".")
        told[one] = f"{'UK' if order == 'uk' else plain(order).title()}, ({letter})"
    return told
