"""One figure of the statistics: what was counted, out of how many, and that there were no cases apart from nought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What a figure is."""

    COUNT = "count"
    SHARE = "share"
    MEAN = "mean"
    MEDIAN = "median"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        key: Names it for programs, e.g. ``recipients.mean``.
        words: Names it for people.
        value: The count, or the mean, median or highest; None where there are no cases.
        of: Of a share what it is a share of; of a mean, median or highest how many cases there are; None for a count.
        left_out: How many were left out, for want of what it is counted from.
        unit: What the value counts, e.g. ``hours``.
    """

    section: str
    key: str
    words: str
    sort: Sort
    value: float | None
    of: float | None = None
    left_out: int = 0
    unit: str = ""

    @property
    def share(self) -> float | None:
        """Give the value over what it is a share of; None where that is nought, and where it is no share."""
        if self.sort is not Sort.SHARE or self.value is None or not self.of:
            return None
        return round(self.value / self.of, 4)

    @property
    def shown(self) -> str:
        """Give the value as people read it: ``12 of 40 (30%)``, ``24.5 hours``, ``no cases``."""
        if self.value is None or (self.sort is Sort.SHARE and not self.of):
            return "no cases"
        if self.share is not None and self.of is not None:
            return f"{_figure(self.value)} of {_figure(self.of)} ({_percent(self.share)})"
        return f"{_figure(self.value)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Section:
    """Makes the figures of one section."""

    name: str

    def count(self, key: str, words: str, value: int, *, left_out: int = 0, unit: str = "") -> Figure:
        """Make a count."""
        return Figure(self.name, key, words, Sort.COUNT, value, left_out=left_out, unit=unit)

    def share(self, key: str, words: str, value: float, of: float, *, left_out: int = 0, unit: str = "") -> Figure:
        """Make a share: so many of so many."""
        return Figure(self.name, key, words, Sort.SHARE, _rounded(value), _rounded(of), left_out, unit)

    def mean(self, key: str, words: str, values: Sequence[float], unit: str, *, left_out: int = 0) -> Figure:
        """Make a mean, to two places."""
        value = round(sum(values) / len(values), 2) if values else None
        return Figure(self.name, key, words, Sort.MEAN, value, len(values), left_out, unit)

    def median(self, key: str, words: str, values: Sequence[float], unit: str, *, left_out: int = 0) -> Figure:
        """Make a median: the one in the middle, or the mean of the two there."""
        ordered = sorted(values)
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2 if ordered else None
        return Figure(self.name, key, words, Sort.MEDIAN, middle, len(ordered), left_out, unit)

    def highest(self, key: str, words: str, values: Sequence[float], unit: str, *, left_out: int = 0) -> Figure:
        """Make the highest of some values."""
        return Figure(self.name, key, words, Sort.HIGHEST, max(values, default=None), len(values), left_out, unit)

    def counts(
        self, key: str, words: str, names: Iterable[str] | Counter[str], in_words: Mapping[str, str]
    ) -> list[Figure]:
        """Make one count for each name, those with most cases first.

        Args:
            key: What each key begins with.
            words: What each one's words begin with.
            names: One for each case.
            in_words: What a name is called; one that is not there is its own.
        """
        counted = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
        return [self.count(f"{key}.{name}", f"{words}: {in_words.get(name, plain(name))}", n) for name, n in counted]


def plain(name: str) -> str:
    """Write one of our own names in words."""
    return name.replace("_", " ")


def _rounded(value: float) -> float:
    return round(value, 2)


def _figure(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%".replace(".0%", "%")
