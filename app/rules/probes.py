"""One look at the public page, as it was seen. What it means is judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.rules.reasons import instant_text, utc


class Trouble(StrEnum):
    """Why a look shows nothing."""

    NOT_HTTPS = "not_https"
    HOST_NOT_ALLOWED = "host_not_allowed"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    NAME_NOT_FOUND = "name_not_found"
    NO_CONNECTION = "no_connection"
    TLS_NOT_TRUSTED = "tls_not_trusted"
    TOO_SLOW = "too_slow"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


class Found(StrEnum):
    """What a look shows of a release."""

    THERE = "there"
    NOT_THERE = "not_there"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Look:
    """One address, as it answered once.

    Attributes:
        url: The last address asked, after redirects.
        status: Of its answer; None when there was none.
        sha256: Of the body as the publisher meant it, 64 hexadecimal digits; empty when it was not read to its end.
        marker_found: Whether the marker stands in the body; None when it was not looked for.
        evidence: What the headers say of caches and versions, by name. Evidence, never proof.
        trouble: Why it shows nothing; None when there was an answer that could be read.
    """

    url: str
    status: int | None = None
    sha256: str = ""
    marker_found: bool | None = None
    redirects: int = 0
    evidence: tuple[tuple[str, str], ...] = ()
    duration_ms: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One look from outside: past the caches, and plain as the public sees it.

    Attributes:
        at: When it began. Aware, UTC.
        duration_ms: Until the last answer; what was seen was so no later than that.
        fresh, plain: The landing page past the caches, and plain.
        fresh_files, plain_files: The published files, in the plan's order.
    """

    at: datetime
    duration_ms: int
    fresh: Look
    plain: Look
    fresh_files: tuple[Look, ...] = ()
    plain_files: tuple[Look, ...] = ()

    def __post_init__(self) -> None:
        utc(self.at)

    @property
    def finished_at(self) -> datetime:
        """When the last answer was in; aware UTC."""
        return utc(self.at) + timedelta(milliseconds=self.duration_ms)


def same_sight(one: Probe, other: Probe) -> bool:
    """Say whether two probes saw the same: nothing between them is worth keeping."""
    return _sight(one) == _sight(other)


def probe_record(probe: Probe) -> dict[str, Any]:
    """Write a probe as JSON-ready members."""
    return {
        "at": instant_text(probe.at),
        "duration_ms": probe.duration_ms,
        "fresh": _look_record(probe.fresh),
        "plain": _look_record(probe.plain),
        "fresh_files": [_look_record(one) for one in probe.fresh_files],
        "plain_files": [_look_record(one) for one in probe.plain_files],
    }


def probe_from(record: dict[str, Any]) -> Probe:
    """Read a probe back.

    Args:
        record: As ``probe_record`` wrote it.
    """
    return Probe(
        at=datetime.fromisoformat(record["at"]),
        duration_ms=record["duration_ms"],
        fresh=_look_from(record["fresh"]),
        plain=_look_from(record["plain"]),
        fresh_files=tuple(map(_look_from, record["fresh_files"])),
        plain_files=tuple(map(_look_from, record["plain_files"])),
    )


def _sight(probe: Probe) -> list[tuple[Any, ...]]:
    looks = (probe.fresh, probe.plain, *probe.fresh_files, *probe.plain_files)
    # Pages carry clocks and tokens, so that their hash changes at every look; that of a file counts.
    return [
        (one.status, one.trouble, one.marker_found, one.sha256 if place > 1 else "") for place, one in enumerate(looks)
    ]


def _look_record(look: Look) -> dict[str, Any]:
    return {
        "url": look.url,
        "status": look.status,
        "sha256": look.sha256,
        "marker_found": look.marker_found,
        "redirects": look.redirects,
        "evidence": dict(look.evidence),
        "duration_ms": look.duration_ms,
        "trouble": look.trouble.value if look.trouble else None,
    }


def _look_from(record: dict[str, Any]) -> Look:
    trouble = Trouble(record["trouble"]) if record["trouble"] else None
    return Look(**{**record, "evidence": tuple(sorted(record["evidence"].items())), "trouble": trouble})
