"""What a producer asked of its recipients at an instant that is past: words beside those of the Order, and training.

Only what the producer itself adds has a history. The words of an Order change with an edition of this service, and the
name, the contact or the title that stand in the words are not played back: those that were signed are taken for right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.facts import Declaration

# A change counts from the instant at which somebody asked for it, and is there for others only when it is committed,
# which can take this long. Whoever opened in between was let in by what stood before, and did nothing wrong.
COMMITTED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class WordsGiven:
    """One version of a producer's own words for an Order, asked for from an instant on. Aware, UTC."""

    from_at: datetime
    version: int
    text: str

    @property
    def added(self) -> str:
        """What it adds to the words that are signed: nothing, or its number and its text."""
        return f"{self.version}: {self.text.strip()}" if self.text.strip() else ""


@dataclass(frozen=True, slots=True)
class TrainingAsked:
    """For how many days training counted from an instant on; None where none was asked for. Aware, UTC."""

    from_at: datetime
    days: int | None


@dataclass(frozen=True, slots=True)
class AskedThen:
    """What a producer asked, as it changed.

    Attributes:
        words: Every version of its own words for the Order of one release, the first given first.
        warning: What stood there before the first, as far as is known: no history of it is kept.
        trainings: Every change of what training it asks for, the first first.
        days_at_first: What training it asked for before the first change.
    """

    words: tuple[WordsGiven, ...] = ()
    warning: str = ""
    trainings: tuple[TrainingAsked, ...] = ()
    days_at_first: int | None = None

    def training_days(self, at: datetime) -> int | None:
        """Say for how many days training counted at an instant; None where none was asked for.

        Just after a change the one that asks for less counts.
        """
        days = [self.days_at_first]
        for one in self.trainings:
            if one.from_at <= at - COMMITTED_WITHIN:
                days = [one.days]
            elif one.from_at <= at:
                days.append(one.days)
        asked = [one for one in days if one is not None]
        return max(asked) if len(asked) == len(days) else None

    def superseded(self, signed: Iterable[Declaration], at: datetime) -> frozenset[str]:
        """Give the ids of declarations in the place of whose words the producer had given others by an instant.

        Just after words were given those before them count too.

        Args:
            signed: With the instants of their signing, by the same clock as ``at``.
            at: The instant. Aware.

        Source:
            SI 2008/2998 Sch. para 8
        """
        then = {self._words(at - COMMITTED_WITHIN)}
        then |= {one.added for one in self.words if at - COMMITTED_WITHIN < one.from_at <= at}
        return frozenset(one.declaration_id for one in signed if self._words(one.signed_at) not in then)

    def _words(self, at: datetime) -> str:
        added = WordsGiven(at, 0, self.warning).added
        for one in self.words:
            if one.from_at <= at:
                added = one.added
        return added
