"""How statistics are marked before they are public: by the words of the Order where it has some, by ours elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.canonical import canonical_json, sha256_hex
from app.rules.facts import Order, Release
from app.rules.rehearsals import HEADING
from app.rules.undertakings.requirements import numbered, requirements

CONFIDENTIAL = "Confidential Statistics"
RESTRICTED = "Restricted Statistics"
PLAIN = "RESTRICTED"
_OF_REAL = (PLAIN, RESTRICTED, CONFIDENTIAL)
LABELS = (*_OF_REAL, *(f"{HEADING} - {label}" for label in _OF_REAL))
"""Every label there is; a rehearsal's says first that it is one."""

_MARKED_BY_LAW = (Order.SCOTLAND, Order.WALES)


@dataclass(frozen=True, slots=True)
class Marking:
    """What stands on a copy of a release, and what goes with it.

    Attributes:
        label: Stands first, on the copy and in its file name.
        lines: What the Order wants to accompany the statistics; whole sentences, one a line.
        requirements: What paragraph 5 asks of whoever holds a copy, numbered, one a line; too long for every page of a
            PDF, so it stands in the notice and the letter.
    """

    label: str
    lines: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


def marking_sha256(marked: Marking, warning: str) -> str:
    """Name the words on a copy that say how it is to be treated, so that what it carried can be shown later.

    Args:
        marked: By the Order.
        warning: The producer's, as in force when the document was opened.

    Returns:
        SHA-256, in hexadecimal, of the canonical JSON of ``label``, ``lines``, ``requirements`` and ``warning``.
    """
    said = {"label": marked.label, "lines": marked.lines, "requirements": marked.requirements, "warning": warning}
    return sha256_hex(canonical_json(said))


def marking(release: Release, contact: str) -> Marking:
    """Say how a release is marked.

    Args:
        release: With its governing Order and its class.
        contact: How the producer is told of an accident.

    Source:
        SSI 2008/399 Sch. para 5(2); WSI 2009/2818 Sch. para 3; WSI 2009/2818 Sch. para 1(2)
    """
    label = label_of(release)
    binding_you = numbered(requirements(release.order, contact))
    if release.order is not Order.WALES:
        return Marking(label, requirements=binding_you)
    told = " ".join(contact.split()) or "the contact named on its web site"
    granted = (
        "Pre-release access to them has been granted under the Pre-release Access to Official Statistics (Wales) Order "
        "2009 (WSI 2009/2818)."
    )
    report = f"If they are, or might be, disclosed otherwise than that Order permits, tell the producer: {told}."
    binding = "Paragraph 5 of the Schedule to that Order contains certain requirements."
    return Marking(label, (f"These are “{label}”.", granted, binding, report), binding_you)


def label_of(release: Release) -> str:
    """Give the label alone, for subjects and file names.

    Source:
        SSI 2008/399 Sch. para 5(2); WSI 2009/2818 Sch. para 3
    """
    label = PLAIN
    if release.order in _MARKED_BY_LAW:
        label = CONFIDENTIAL if release.is_market_sensitive else RESTRICTED
    return f"{HEADING} - {label}" if release.rehearsal else label
