"""The figures of reading: who opened, for how many of the hours allowed, who never did, and who had signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from app.rules.counted import Counted
from app.rules.figures import Figure, Section
from app.rules.granting import declaration_is_asked

_HOUR = timedelta(hours=1)


def of_reading(known: Sequence[Counted], left_out: int, never_in: int) -> list[Figure]:
    """Count who opened, who never did, and anything opened before its window.

    Args:
        known: The releases whose records are there.
        left_out: How many releases have none any more.
        never_in: In how many releases of the period somebody must have been listed to count as never opening.
    """
    section = Section("reading")
    listed: Counter[str] = Counter(person_id for one in known for person_id in one.people)
    opened: Counter[str] = Counter(
        person_id for one in known for person_id in one.people if person_id in one.first_visits
    )
    often = [person_id for person_id, times in listed.items() if times >= never_in]
    visits = [visit for one in known for visit in one.visits]
    moved, unknown = _before_window_now(known)
    return [
        section.share(
            "opened.share", "Recipients who opened something", opened.total(), listed.total(), left_out=left_out
        ),
        section.share(
            "opened.never",
            f"People listed for {never_in} releases or more who opened nothing of any",
            sum(not opened[person_id] for person_id in often),
            len(often),
        ),
        section.count("openings.total", "Openings", len(visits), left_out=left_out),
        section.count(
            "openings.before_window",
            "Openings before the window, as it was counted then",
            sum(visit.early_then for visit in visits),
        ),
        section.count(
            "openings.before_window_as_moved",
            "Openings before the window, as it is counted now",
            moved,
            left_out=unknown,
        ),
        section.share(
            "openings.approval_found_wrong",
            "Openings by a list whose approval was found wrong",
            sum(visit.by_wrong for visit in visits),
            len(visits),
        ),
        *_hours(section, known, left_out),
        *_signed(section, known, left_out),
    ]


def _before_window_now(known: Sequence[Counted]) -> tuple[int, int]:
    before = unknown = 0
    for one in known:
        windows = one.windows
        for visit in one.visits:
            opens = windows.get(visit.person_id)
            unknown += opens is None
            before += opens is not None and visit.opened_at < opens
    return before, unknown


def _hours(section: Section, known: Sequence[Counted], left_out: int) -> list[Figure]:
    allowed: list[float] = []
    used: list[float] = []
    unknown = left_out
    for one in known:
        if one.release.published_at is None or one.found_wrong:  # it allowed nobody an hour
            unknown += 1
            continue
        first = one.first_visits
        for person_id, opens in one.windows.items():
            if opens < one.ends_at:
                allowed.append((one.ends_at - opens) / _HOUR)
                if person_id in first:
                    used.append(max(timedelta(0), one.ends_at - max(opens, first[person_id])) / _HOUR)
    return [
        section.share(
            "hours.used",
            "Hours from first opening to publication, of those allowed",
            sum(used),
            sum(allowed),
            left_out=unknown,
            unit="hours",
        ),
        section.mean("hours.allowed_mean", "Hours allowed to a recipient, on average", allowed, "hours"),
        section.mean("hours.used_mean", "Hours used by a recipient who opened something, on average", used, "hours"),
    ]


def _signed(section: Section, known: Sequence[Counted], left_out: int) -> list[Figure]:
    asked = stands = lapsed = 0
    for one in known:
        asks = {id(terms) for terms, _ in one.terms if declaration_is_asked(one.release, terms)}
        of_everybody = len(asks) == len(one.terms)
        for person_id, theirs in one.people.items():
            if of_everybody or any(id(terms) in asks for terms in theirs):
                asked += 1
                stood = person_id in one.stood
                stands += stood
                lapsed += not stood and person_id in one.signed
    words = "Recipients of whom a declaration is asked"
    return [
        section.share("declarations.stood", f"{words} and stood at publication", stands, asked, left_out=left_out),
        section.share("declarations.out_of_date", f"{words} that was out of date by then", lapsed, asked),
        section.share("declarations.none", f"{words} and had none by then", asked - stands - lapsed, asked),
    ]
