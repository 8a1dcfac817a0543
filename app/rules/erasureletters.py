"""What is written when somebody asks that their own personal details be erased.

The answer to them tells no title, hold or incident: that a record names them may itself not be theirs to know.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.rules.facts import london_date
from app.rules.reasons import Reason
from app.rules.training import day_text


def erasure_asked(where: str) -> tuple[str, str]:
    """Write to an administrator that somebody asks for it. No name: it is read after signing in.

    Args:
        where: The address at which it is read.
    """
    return "Somebody asks that their personal details be erased", (
        f"Somebody whom this service knows asks that their personal details be erased.\n\n"
        f"Sign in and read it at {where}\n"
        "There you see what must still be kept. Where nothing must, propose the erasure; a second person approves it. "
        "Where something must, refuse it; the person is told the clause and the day.\n"
    )


def refusal_words(reasons: Sequence[Reason], needed: Sequence[str]) -> str:
    """Say to somebody in plain words why their details stay for now, and from which day to ask again.

    Args:
        reasons: Which records must be kept, each with its clause or policy.
        needed: For what they are still needed.

    Source:
        SSI 2008/399 Sch. para 8(2); WSI 2009/2818 Sch. para 9(2); Producer policy: retention
    """
    said = []
    if reasons:
        sources = "; ".join(dict.fromkeys(reason.source for reason in reasons))
        said.append(f"Records that name you must still be kept ({sources}).")
        days = [london_date(reason.until) for reason in reasons if reason.until is not None]
        if len(days) == len(reasons):
            said.append(f"Ask again from {day_text(max(days))}.")
        else:
            said.append("No day can be told yet from which they need not be. You can ask again at any time.")
    if needed:
        said.append(
            "You are still needed here: the details of somebody who holds a role, stands on the list of a series or is "
            "suspended stay until that has ended."
        )
    return " ".join(said)


def erasure_refused(name: str, words: str) -> tuple[str, str]:
    """Write to somebody that their details cannot be erased yet.

    Args:
        name: Who asked.
        words: Why, as :func:`refusal_words` says it.
    """
    return "Your personal details cannot be erased yet", (
        f"Dear {name},\n\nYou asked that your personal details be erased. That cannot be done yet.\n\n{words}\n\n"
        "If you think that this is wrong, ask the producer whose lists you were on, or answer to whoever runs this "
        "service.\n"
    )
