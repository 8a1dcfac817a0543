"""What a refusal says on a page in Welsh: from its code and its instant, never from its English sentences.

In English a reason is told in its own words. In Welsh its code has a heading and what to do; where the English says
more than the code does, such as who suspended whom and why, it follows, marked as English. Where one code has several
causes, only those that the Welsh is true of are told in Welsh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.reasons import Reason, ReasonCode
from app.web.language import WELSH, to_translate, translated


@dataclass(frozen=True, slots=True)
class Worded:
    """A reason as a page says it.

    Attributes:
        heading: What was wrong.
        remedy: What puts it right.
        until: When it ends by itself, aware, UTC; None where it does not.
        source: The clause or policy it comes from.
        in_english: What stays English: all of it, in order, where the page is in Welsh and this is not.
        whole: Whether heading and remedy are in the page's own language.
    """

    heading: str
    remedy: str
    until: datetime | None
    source: str
    in_english: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Words:
    """Words for a code.

    Attributes:
        of: What a reason of this code tells people to do, in English, where these words say all that it says. The same
            code with another remedy has another cause, of which these words would be untrue. Empty where they say what
            is true of every reason of the code, and the English says more.
    """

    heading: str
    remedy: str
    of: tuple[str, ...] = ()


_SIGN_AGAIN = to_translate("Read and sign the declaration again, then try again.")
_WAIT = to_translate("Wait for the producer; you will be told.")
WORDS: dict[ReasonCode, _Words] = {
    ReasonCode.NOT_ON_LIST: _Words(
        to_translate("You are not on the eligibility list of this release."),
        to_translate(
            "If you need access, ask the producer to consider a grant in your own name before the window opens."
        ),
        of=("If you need access, ask the producer to consider a grant in your own name before the window opens.",),
    ),
    ReasonCode.WINDOW_NOT_OPEN: _Words(
        to_translate("Your access has not begun yet."),
        to_translate("Try again when it has begun."),
        of=("Try again at that time.",),
    ),
    ReasonCode.ALREADY_PUBLISHED: _Words(
        to_translate("The release has been published; pre-release access has ended."),
        to_translate("Read it where everybody can."),
    ),
    ReasonCode.DECLARATION_MISSING: _Words(
        to_translate("There is no declaration of yours that counts for this release."),
        to_translate("Read and sign the declaration yourself, then try again."),
        of=(
            "Read and sign the declaration yourself, then try again.",
            "Read and sign the declaration, then try again.",
        ),
    ),
    ReasonCode.DECLARATION_SUPERSEDED: _Words(
        to_translate("The words of the declaration have changed since you signed it."), _SIGN_AGAIN
    ),
    ReasonCode.DECLARATION_LAPSED: _Words(
        to_translate("The declaration that you signed counts no longer."), _SIGN_AGAIN
    ),
    ReasonCode.DECLARATION_WITHDRAWN: _Words(to_translate("You have withdrawn your declaration."), _SIGN_AGAIN),
    ReasonCode.SUSPENDED: _Words(
        to_translate("Access is suspended."),
        to_translate("It is given back when the conditions for that are met; the producer can tell you which."),
    ),
    ReasonCode.RELEASE_POSTPONED: _Words(
        to_translate("The release has been postponed and has no new time yet. What you have seen of it is restricted."),
        _WAIT,
        of=("Wait until the producer sets the new time; you will be told.",),
    ),
    ReasonCode.RELEASE_CANCELLED: _Words(
        to_translate("The release has been cancelled. What you have seen of it is restricted."),
        to_translate("Nothing more is needed from you; ask the producer if you think this is a mistake."),
        of=("Nothing more is needed from you; ask the producer if you think this is a mistake.",),
    ),
    ReasonCode.RELEASE_NOT_FINAL: _Words(
        to_translate("The release has not been signed off in its final form."),
        to_translate("Wait for the producer to sign the release off."),
        of=("Wait for the producer to sign the release off.",),
    ),
    ReasonCode.LIST_NOT_APPROVED: _Words(
        to_translate("No eligibility list stands approved for this release."),
        to_translate("Wait for the head of profession to approve the list."),
    ),
    ReasonCode.POST_NOT_HELD: _Words(
        to_translate("The access belongs to a post that you do not hold today."), to_translate("Ask the producer.")
    ),
    ReasonCode.GRANT_PAUSED: _Words(
        to_translate("Your access is paused."),
        to_translate("The producer decides whether it resumes; you will be told."),
    ),
    ReasonCode.DOCUMENT_RECALLED: _Words(
        to_translate("The producer has recalled this document."),
        to_translate("Delete any copy you hold and tell the producer that you have."),
        of=("Delete any copy you hold and tell the producer that you have.",),
    ),
    ReasonCode.DOCUMENT_NOT_FINAL: _Words(
        to_translate("This is not the final form of the document."),
        to_translate("Open the newest version, or wait for the producer to fix it."),
    ),
    ReasonCode.ACKNOWLEDGEMENT_MISSING: _Words(
        to_translate("You have not confirmed that you have read what binds you."),
        to_translate("Open the document again, read what is shown first, and confirm it."),
    ),
}


def worded(reason: Reason, language: str) -> Worded:
    """Give a reason as a page in a language says it."""
    given = (reason.until, reason.source)
    if language != WELSH:
        return Worded(reason.detail, reason.remedy, *given)
    known = WORDS.get(reason.code)
    if known is None or (known.of and reason.remedy not in known.of):
        return Worded(reason.detail, reason.remedy, *given, whole=False)
    more = () if known.of else (reason.detail, reason.remedy)
    return Worded(translated(known.heading, WELSH), translated(known.remedy, WELSH), *given, in_english=more)
