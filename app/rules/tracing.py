"""From what was found in a stray copy to the openings it may have come from: how sure that is, and why.

A trace names whose copy it was. Who passed it on, it cannot say; and whoever can write a number into a file can point
at somebody else. So findings that disagree are told as disagreeing, and then none of them counts for much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.rules import tracewords as words


class Means(StrEnum):
    """By what an opening was found."""

    WHOLE_COPY = "whole_copy"
    MARK = "mark"
    FILE_NAME = "file_name"
    TYPED = "typed"
    LOOK_ALIKE = "look_alike"
    ONE_LETTER_OFF = "one_letter_off"
    DOCUMENT = "document"


class Confidence(StrEnum):
    """How sure it is that the copy is the one of an opening; the surest first."""

    CERTAIN = "certain"
    VERY_LIKELY = "very_likely"
    LIKELY = "likely"
    POSSIBLE = "possible"


_WHY = {
    Means.WHOLE_COPY: words.WHOLE_COPY,
    Means.MARK: words.MARK,
    Means.FILE_NAME: words.FILE_NAME,
    Means.TYPED: words.TYPED,
    Means.LOOK_ALIKE: words.LOOK_ALIKE,
    Means.ONE_LETTER_OFF: words.ONE_LETTER_OFF,
    Means.DOCUMENT: words.DOCUMENT,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that points at one opening.

    Attributes:
        where: Where a number stood, for people; empty for other means.
        document_id: What that opening opened.
    """

    means: Means
    opening_id: str
    document_id: str
    number: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SameDocument:
    """A document that the file is, byte for byte.

    Attributes:
        carried_bare: Copies carry it as it is, beside their mark; otherwise the mark is inside and alters it.
        opened: How many openings of it there are.
    """

    document_id: str
    file_name: str
    carried_bare: bool
    opened: int


@dataclass(frozen=True, slots=True)
class Lead:
    """An opening that the copy may have come from, with what points there, in words."""

    opening_id: str
    confidence: Confidence
    means: tuple[Means, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the findings come to.

    Attributes:
        leads: The surest first.
        disagree: They cannot all be true.
        words: What must be said of the whole, whole sentences.
    """

    leads: tuple[Lead, ...]
    disagree: bool
    words: tuple[str, ...]


def weigh(
    findings: Iterable[Finding], *, same: Iterable[SameDocument] = (), nowhere: Iterable[tuple[str, bool]] = ()
) -> Weighed:
    """Say what findings come to.

    Args:
        findings: All of them, of openings that whoever asks may see.
        same: The documents that the file is, byte for byte.
        nowhere: Numbers in the file that lead to no opening they may see, and whether each stood in a mark rather
            than in a name, where anything can look like a number.
    """
    by_opening: dict[str, list[Finding]] = {}
    for one in findings:
        by_opening.setdefault(one.opening_id, []).append(one)
    same, nowhere = tuple(same), tuple(nowhere)
    known = {one.document_id for one in same}
    disagree = _disagree(by_opening, known, nowhere)
    leads = [_lead(opening_id, of, known, disagree=disagree) for opening_id, of in by_opening.items()]
    order = list(Confidence)
    leads.sort(key=lambda lead: (order.index(lead.confidence), by_opening[lead.opening_id][0].number))
    said = [_words_of(one) for one in same]
    said += [words.NO_OPENING.format(number=number) for number, _ in nowhere]
    said += [words.DISAGREE] if disagree else []
    said += [words.WHOSE_NOT_WHO] if leads else [words.NOTHING_FOUND]
    return Weighed(tuple(leads), disagree, tuple(said))


def _disagree(by_opening: dict[str, list[Finding]], known: set[str], nowhere: tuple[tuple[str, bool], ...]) -> bool:
    """Say whether the file points at several openings, at one that is not known, or at one of another document."""
    inside = (Means.WHOLE_COPY, Means.MARK, Means.FILE_NAME)
    pointed = {one.opening_id: one.document_id for of in by_opening.values() for one in of if one.means in inside}
    if len(pointed) > 1 or (pointed and any(in_mark for _, in_mark in nowhere)):
        return True
    return bool(known) and any(document_id not in known for document_id in pointed.values())


def _lead(opening_id: str, of: list[Finding], known: set[str], *, disagree: bool) -> Lead:
    confidence = _confidence(of, known)
    why = [_why(one) for one in of]
    if disagree and confidence is not Confidence.CERTAIN:
        confidence = Confidence.POSSIBLE
        why.append(words.ANOTHER_WAY)
    return Lead(opening_id, confidence, tuple(one.means for one in of), tuple(why))


def _confidence(of: list[Finding], known: set[str]) -> Confidence:
    means = {one.means for one in of}
    if Means.WHOLE_COPY in means:
        return Confidence.CERTAIN
    if Means.TYPED in means:
        return Confidence.VERY_LIKELY
    marks = sum(len(one.where) for one in of if one.means is Means.MARK)
    named = Means.FILE_NAME in means
    in_known = of[0].document_id in known
    if marks > 1 or (marks and named) or ((marks or named) and in_known):
        return Confidence.VERY_LIKELY
    if marks or Means.LOOK_ALIKE in means:
        return Confidence.LIKELY
    return Confidence.POSSIBLE


def _why(one: Finding) -> str:
    return _WHY[one.means].format(number=one.number, places=", ".join(one.where))


def _words_of(one: SameDocument) -> str:
    if not one.carried_bare:
        return words.MARKED_INSIDE.format(name=one.file_name)
    count = "nobody" if not one.opened else "one opening" if one.opened == 1 else f"{one.opened} openings"
    return words.UNMARKED.format(name=one.file_name, count=count)
