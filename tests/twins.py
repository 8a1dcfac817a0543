"""Honest twins of the outside: a clock that stands still, and a mailbag. Keys come from ``Ring.in_memory``."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.outside.prober import Prober
from app.rules.errors import ClockWrong
from app.rules.probes import Look, Probe, Trouble
from app.rules.reasons import utc
from app.rules.watchplans import Target


class FrozenClock:
    """Stands where it was put. ``wrong_by`` makes its check fail, as a drifted clock's would."""

    def __init__(self, at: datetime) -> None:
        self.at = utc(at)
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        return self.at

    def put(self, at: datetime) -> None:
        self.at = utc(at)

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)

    def monotonic_seconds(self) -> float:
        return time.monotonic()

    def check(self, not_before: datetime | None = None) -> dict[str, str]:
        if abs(self.wrong_by) > timedelta(seconds=2):
            raise ClockWrong(
                f"the clock differs from the reference by {self.wrong_by.total_seconds():.1f} seconds",
                difference_ms=round(self.wrong_by.total_seconds() * 1000),
            )
        return {"twin": str(round(self.wrong_by.total_seconds() * 1000))}


class Street:
    """Leads to a publisher's site once one is put there; until then nobody answers."""

    def __init__(self) -> None:
        self.site: Prober | None = None

    def probe(self, target: Target, at: datetime) -> Probe:
        if self.site is not None:
            return self.site.probe(target, at)
        nobody = Look(target.page_url, trouble=Trouble.NO_CONNECTION)
        files = tuple(Look(url, trouble=Trouble.NO_CONNECTION) for url in target.file_urls)
        return Probe(at, 0, nobody, nobody, files, files)


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own: where the tests' providers are, and the service may not go."""
    return ipaddress.ip_address(address).is_loopback


@dataclass
class Letter:
    """One notice as it was carried away."""

    to: str
    subject: str
    body: str
    message_id: str


@dataclass
class Mailbag:
    """Keeps every letter; ``down`` makes the mail system fail."""

    letters: list[Letter] = field(default_factory=list)
    down: bool = False

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> None:
        if self.down:
            raise OSError("the mail system does not answer")
        self.letters.append(Letter(to, subject, body, message_id))

    def to(self, email: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.to == email]
