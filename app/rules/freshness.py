"""For how long a published answer may be given again without being looked up anew.

It goes by the time of day alone. Were it shorter around each release, it would tell of some that nobody has announced.
"""

from __future__ import annotations

from datetime import datetime, time

from app.rules.facts import LONDON

USUAL_SECONDS = 10
AT_PUBLICATION_SECONDS = 2
_FROM, _UNTIL = time(9, 29), time(9, 40)


def fresh_seconds(at: datetime) -> int:
    """Say for how many seconds what is public now may be given again: fewer around 9:30, when statistics come out.

    Args:
        at: When it was looked up. Aware.
    """
    return AT_PUBLICATION_SECONDS if _FROM <= at.astimezone(LONDON).time() < _UNTIL else USUAL_SECONDS
