"""Why a copy does not open: the passphrase or the file. One finding for each thing that was told.

Pure: what is known of the copy in, findings out. ``FINDINGS`` has all that is ever said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.rules.diagnosiswords import FINDINGS, OPENS_WITH, FindingCode
from app.rules.slips import SLIP_WORDS, Slip, letters_of, slips_in


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """What is known of the copy of an opening.

    Attributes:
        passphrase: The true one; None where it is kept no longer or was not taken out.
        revealed: It has been shown.
        fetched: A copy was begun at least once.
        of_bytes, sha256: Of the copy that was last sent, where known.
        same_each_time: Its bytes are the same at each fetch, so that the rest can be fetched.
        only_one: No copy with other bytes can be held.
        standing: It can still be fetched with this opening.
        stopped: Access is closed, other than by publication.
        published: Everybody may read it.
    """

    number: str
    copy_format: str
    passphrase: str | None = field(default=None, repr=False)
    revealed: bool = False
    fetched: bool = False
    of_bytes: int | None = None
    sha256: str | None = None
    same_each_time: bool = False
    only_one: bool = False
    standing: bool = True
    stopped: bool = False
    published: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells of what does not open; None for what they do not tell."""

    passphrase: str | None = field(default=None, repr=False)
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        about: ``passphrase`` or ``file``.
        slips: In what alone the passphrase differs.
        resume_from: The first byte that is missing, where the rest can be fetched.
    """

    about: str
    code: FindingCode
    detail: str
    remedy: str
    slips: tuple[Slip, ...] = ()
    resume_from: int | None = None


_LOST = "If you lost it, open the document again: you get a new copy, and a passphrase for that."
_PUBLIC = "It has been published by now: read it where everybody can."
_LENGTH_UNKNOWN = "its length is not known; it is on its way, or the line broke before it was made"
_IN_PARTS = "it was not sent in one piece to its end, so only its length tells something"


def findings(told: Told, known: KnownCopy) -> tuple[Finding, ...]:
    """Give one finding for each thing that was told: first the passphrase, then the file."""
    found = []
    if told.passphrase is not None:
        found.append(_of_passphrase(told.passphrase, known))
    if told.size_bytes is not None or told.sha256 is not None:
        found.append(_of_file(told.size_bytes, told.sha256, known))
    return tuple(found)


def _of_passphrase(typed: str, known: KnownCopy) -> Finding:
    if known.stopped:
        return _finding("passphrase", FindingCode.NOT_COMPARED, known)
    if not known.revealed:
        return _finding("passphrase", FindingCode.PASSPHRASE_NOT_REVEALED, known)
    if known.passphrase is None:
        return _finding("passphrase", FindingCode.PASSPHRASE_FORGOTTEN, known)
    slips = slips_in(typed, known.passphrase)
    if slips is not None:
        code = FindingCode.PASSPHRASE_SLIPS if slips else FindingCode.PASSPHRASE_RIGHT
        return _finding("passphrase", code, known, slips=slips)
    count, wanted = len(letters_of(typed)), len(letters_of(known.passphrase))
    if letters_of(typed) == letters_of(known.number):
        code = FindingCode.PASSPHRASE_IS_NUMBER
    elif count == wanted:
        code = FindingCode.PASSPHRASE_DIFFERS
    else:
        code = FindingCode.PASSPHRASE_SHORT if count < wanted else FindingCode.PASSPHRASE_LONG
    return _finding("passphrase", code, known, typed=count, wanted=wanted)


def _of_file(size: int | None, sha256: str | None, known: KnownCopy) -> Finding:
    code = _file_code(size, sha256, known)
    resumable = code is FindingCode.FILE_CUT and known.same_each_time and known.standing and known.only_one
    return _finding("file", code, known, size=size, resume_from=size if resumable else None)


def _file_code(size: int | None, sha256: str | None, known: KnownCopy) -> FindingCode:
    if known.stopped:
        return FindingCode.NOT_COMPARED
    if not known.fetched:
        return FindingCode.FILE_NOT_FETCHED
    if sha256 is not None and known.sha256 is not None and sha256 == known.sha256:
        return FindingCode.FILE_COMPLETE
    if size is not None and known.of_bytes is not None and size != known.of_bytes:
        if not known.only_one:  # it may be an earlier copy, whole, of another length
            return FindingCode.FILE_DIFFERS
        return FindingCode.FILE_CUT if size < known.of_bytes else FindingCode.FILE_LONGER
    if sha256 is not None and known.sha256 is not None:
        return FindingCode.FILE_DIFFERS
    comparable = size is not None and known.of_bytes is not None
    return FindingCode.FILE_LENGTH_RIGHT if comparable else FindingCode.FILE_NOT_COMPARABLE


def _finding(
    about: str,
    code: FindingCode,
    known: KnownCopy,
    *,
    slips: tuple[Slip, ...] = (),
    resume_from: int | None = None,
    **said: int | None,
) -> Finding:
    words = {
        "number": known.number,
        "opens": OPENS_WITH[known.copy_format],
        "of_bytes": known.of_bytes,
        "slips": "; and ".join(SLIP_WORDS[slip] for slip in slips),
        "whole": _whole(known),
        "fetch": _whole(known) if resume_from is None else _rest(resume_from),
        "lost": _PUBLIC if known.published else _LOST,
        "lacking": _LENGTH_UNKNOWN if known.of_bytes is None else _IN_PARTS,
        **said,
    }
    row = FINDINGS[code]
    return Finding(about, code, row.detail.format(**words), row.remedy.format(**words), slips, resume_from)


def _whole(known: KnownCopy) -> str:
    if known.published:
        return _PUBLIC
    if known.standing:
        return "Delete what you have and fetch the whole copy again."
    return "Delete what you have and open the document again: this opening has ended."


def _rest(size: int) -> str:
    return f"Fetch the rest: ask for “Range: bytes={size}-”, with the copy's ETag as “If-Range”."
