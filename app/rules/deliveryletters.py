"""What is written to a producer's team about letters that did not arrive."""

from __future__ import annotations

from collections.abc import Sequence

from app.rules.facts import Release
from app.rules.lettertexts import title_of

UNDELIVERED = "undelivered"
_NAMED = 50  # a letter that lists everybody is read by nobody


def subject(release: Release) -> str:
    """Write the subject of the letter."""
    return f"Letters that did not arrive: “{release.title[:200]}”"


def body(release: Release, lost: Sequence[tuple[str, str]], where: str) -> str:
    """Write to somebody of the producer's team which letters did not arrive, and what is left to do.

    Args:
        release: What the letters were about.
        lost: Name of the person and kind of the letter, for each.
        where: The address of the page that shows every letter.

    Source:
        SI 2008/2998 Sch. para 6(1)
    """
    named = [f"- {name}: {title_of(kind)}" for name, kind in lost[:_NAMED]]
    more = f"- and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    missed = (
        "Whoever did not get one may not know what it says: that the embargo goes on, say, or that their access has "
        "ended. Reach them another way today, by telephone if you can, and have their address put right."
    )
    return "\n\n".join(
        (
            f"These letters about “{release.title}” did not arrive:",
            "\n".join([*named, *([more] if more else [])]),
            missed,
            f"How far every letter about this release came: {where}\n",
        )
    )
