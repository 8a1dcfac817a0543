"""What is written because of the letter “your documents are ready”: to its readers, and to whoever set it to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.rules.facts import Release, london_text
from app.rules.incidents import counted
from app.rules.languages import offer_of_welsh
from app.rules.readyletters import Judged


def ready_subject(release: Release) -> str:
    """Write the subject of the letter."""
    return f"{release.title[:200]}: your documents are ready"


def ready_body(release: Release, where: str, contact: str) -> str:
    """Write to one recipient that they can open the documents now. It says nothing of the statistics.

    Args:
        release: The release.
        where: The address at which they are opened.
        contact: Whom to ask.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    offered = f"{offer}\n\n" if (offer := offer_of_welsh(release)) else ""
    return (
        f"The documents of “{release.title}” are ready, and your access has begun.\n\n"
        f"Sign in and open them at {where}\n\n"
        f"They are under embargo until they are published, which is set for {london_text(release.publishes_at)}. The "
        "access is yours alone: do not forward this letter to have somebody else read for you, and give no indication "
        f"of the statistics to anyone.\n\n{offered}Questions: {contact}\n"
    )


def outcome_subject(release: Release, *, withheld: bool) -> str:
    """Write the subject of the letter to the producer about what became of it.

    Args:
        release: The release.
        withheld: It went to nobody.
    """
    what = "was not sent" if withheld else "did not go to everybody"
    return f"{release.title[:200]}: the letter “your documents are ready” {what}"


def outcome_body(release: Release, judged: Sequence[Judged], *, withheld: bool, at: datetime) -> str:
    """Write to the producer to whom the letter did not go, and why. Posts, no names.

    Args:
        release: The release.
        judged: Every reader.
        withheld: It went to nobody.
        at: When it was due. Aware.
    """
    without = [one for one in judged if not one.is_called]
    lines = "\n".join(f"- {one.post}: {_why(one)}" for one in without)
    head = f"The letter that the documents of “{release.title}” are ready was due on {london_text(at)}. "
    if withheld:
        said = "It was sent to nobody. Those who may not read now:"
        after = "Nothing was unlocked. Put it right, then set the letter to go again."
    else:
        said = f"It went to {counted(sum(one.is_called for one in judged), 'recipient')}, and not to:"
        after = "They were refused, not forgotten: put right what is lacking, then send the letter to them."
    return f"{head}{said}\n\n{lines or '- nobody is on the list'}\n\n{after}\n"


def _why(one: Judged) -> str:
    if one.told_before:
        return "had this letter before"
    return "; ".join(f"{reason.code.value.replace('_', ' ')} ({reason.source})" for reason in one.reasons)
