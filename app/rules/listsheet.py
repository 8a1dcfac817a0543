"""A list as rows of a sheet, in headings that the import knows: what is exported can be imported without loss."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.rules import wording
from app.rules.facts import Grant
from app.rules.reasons import instant_text

# Each heading is one of the calls of its column in ``columns.NAMES``.
HEADINGS: tuple[tuple[str, str], ...] = (
    ("post", "Post"),
    ("organisation", "Organisation"),
    ("seat", "Seat"),
    ("count", "Count"),
    ("period", "Hours"),
    ("class", "Class"),
    ("ground", "Ground"),
    ("name", "Name"),
    ("email", "Email"),
    ("held_from", "Held from"),
    ("conditions", "Conditions"),
    ("exceptional", "Exceptional reasons"),
    ("board_informed", "Board informed"),
    ("ground_letter", "Ground letter"),
    ("supports", "Supports"),
    ("place", "Place"),
    ("agreement", "Agreement"),
)
Cell = str | int | date | None


def list_rows(seats: Iterable[tuple[Grant, str, str]]) -> list[list[Cell]]:
    """Write a list as rows, the headings first.

    Args:
        seats: Each grant with its holder's name and address, empty where nobody is named.
    """
    headings: list[Cell] = [heading for _, heading in HEADINGS]
    listed = list(seats)
    addresses = {grant.person_id: email for grant, _, email in listed}
    return [headings, *(_row(grant, name, email, addresses.get(grant.for_person_id)) for grant, name, email in listed)]


def _row(grant: Grant, name: str, email: str, supports: str | None) -> list[Cell]:
    exceptional = grant.exceptional
    informed_at = exceptional.board_informed_at if exceptional else None
    cells: dict[str, Cell] = {
        "post": grant.post_title,
        "organisation": grant.organisation,
        "seat": grant.seat,
        # A count of one says that the title names one post, though it may read like a group.
        "count": None if grant.is_group else 1,
        "period": _period(grant),
        "class": grant.grant_class.value.replace("_", " "),
        "ground": grant.ground,
        "name": name,
        "email": email,
        "held_from": grant.held_from_on if email else None,
        "conditions": grant.conditions,
        "exceptional": exceptional.reasons if exceptional else "",
        "board_informed": instant_text(informed_at) if informed_at else "",
        "ground_letter": grant.ground_letter,
        "supports": supports if grant.for_person_id and supports else "",
        "place": grant.place,
        "agreement": grant.agreement,
    }
    return [_quoted(cells[name]) for name, _ in HEADINGS]


def _period(grant: Grant) -> Cell:
    if grant.asked is None:
        return None
    minutes = round(grant.asked.total_seconds() / 60)
    if minutes % 60 == 0:
        return minutes // 60
    return f"{minutes} minutes" if minutes < 10_000 else f"{minutes / 60:.4f} hours"


def _quoted(cell: Cell) -> Cell:
    return wording.quoted(cell) if isinstance(cell, str) else cell
