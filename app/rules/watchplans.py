"""How one sees that a release is public: where to look, for what, what a look shows of it, and when to look next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.errors import Malformed
from app.rules.probes import Found, Look, Trouble
from app.rules.reasons import utc

LOOKS_AHEAD = timedelta(hours=24)
SECOND_BY_SECOND = (timedelta(seconds=-5), timedelta(minutes=1))
_AHEAD_EVERY = timedelta(minutes=5)
_OVERDUE_EVERY = (
    (timedelta(minutes=10), timedelta(seconds=5)),
    (timedelta(hours=1), timedelta(seconds=15)),
    (timedelta(days=1), timedelta(minutes=1)),
)
_LONGEST = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=14)
SHORTEST_MARKER = 8
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_HTTPS_ADDRESS = re.compile(r"https://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)(?:[/?#][!-~]*)?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to look, and for what.

    Attributes:
        hosts: The hosts that may be asked, each with ``:port`` where that is not 443.
        file_limit_bytes: The length of the longest document; a longer file is none of them.
    """

    page_url: str
    marker: str
    file_urls: tuple[str, ...]
    hosts: frozenset[str]
    file_limit_bytes: int


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """How one sees that a release is public.

    Attributes:
        marker: Words that stand on the landing page once the release is out, and not before; may be empty.
        file_urls: Addresses of the published files.
        sha256s: Hashes of the documents in final form; a published file is one of them, byte for byte.
        set_at: What was seen before was seen by another plan. Aware, UTC.
    """

    release_id: str
    publishes_at: datetime
    page_url: str
    marker: str
    file_urls: tuple[str, ...]
    sha256s: frozenset[str]
    set_at: datetime


def check_plan(page_url: str, marker: str, file_urls: tuple[str, ...], hosts: frozenset[str]) -> None:
    """Stop unless a plan can show that a release is public, at addresses where the watch may look.

    Args:
        page_url: The landing page.
        marker: Words on it; may be empty where there are files.
        file_urls: The published files.
        hosts: Where the watch may look for this producer.

    Raises:
        Malformed: Nothing would show it, or an address is not one that may be looked at. Every fault is named.
    """
    faults = []
    if not marker.strip() and not file_urls:
        faults.append(("marker", "is missing, and so are file_urls: a page that answers shows nothing by that alone"))
    if marker.strip() and len("".join(marker.split())) < SHORTEST_MARKER:
        faults.append(("marker", f"has fewer than {SHORTEST_MARKER} letters, and may stand there before the release"))
    for where, url in (("page_url", page_url), *((f"file_urls.{n}", one) for n, one in enumerate(file_urls))):
        host = host_of(url)
        if host is None:
            faults.append((where, "is not an https address with a host's name"))
        elif host not in hosts:
            faults.append((where, f"lies on {host}, where the watch may not look; the head of profession can allow it"))
    if faults:
        raise Malformed(
            "The plan cannot be worked from: "
            + "; ".join(f"{where} {what}" for where, what in faults)
            + ". Nothing was changed.",
            errors=[{"where": where, "what": what} for where, what in faults],
        )


def host_of(url: str) -> str | None:
    """Give the host of an https address in small letters, with its port where that is not 443; None for any other."""
    found = _HTTPS_ADDRESS.fullmatch(url)
    if found is None or not is_host(found[1].lower()):
        return None
    return found[1].lower().removesuffix(":443")


def is_host(text: str) -> bool:
    """Say whether a text names a host by name, as ``statistics.gov.example`` or with a port; never by address."""
    name, _, port = text.partition(":")
    labels = name.split(".")
    plain = all(label and label.strip("-") == label and set(label) <= _LABEL for label in labels)
    numbered = not port or (port.isdecimal() and 0 < int(port) < 65536)
    return plain and numbered and len(labels) > 1 and len(name) <= 253 and labels[-1][0].isalpha() and text[-1] != ":"


def shown(plan: WatchPlan, page: Look, files: tuple[Look, ...]) -> Found:
    """Say what the page and the files show together. A page that answers 200 shows nothing by that alone.

    Args:
        plan: What is looked for.
        page: The landing page.
        files: The published files, in the plan's order.

    Returns:
        There, when the marker stands on the page and every file is one of the documents; not there, when one of them
        certainly is not; otherwise unsure.
    """
    parts = [_of_page(page)] if plan.marker else []
    parts += [_of_file(plan, one) for one in files]
    if not parts or Found.NOT_THERE in parts:
        return Found.NOT_THERE if parts else Found.UNSURE
    return Found.UNSURE if Found.UNSURE in parts else Found.THERE


def looks_from(publishes_at: datetime, opens_at: datetime | None) -> datetime:
    """Say from when one looks: 24 hours before the time set, and from the window's opening where that is earlier.

    Args:
        publishes_at: The time set. Aware.
        opens_at: When access begins; None where there is no window. Aware.
    """
    ahead = utc(publishes_at) - LOOKS_AHEAD
    return ahead if opens_at is None else min(ahead, utc(opens_at))


def next_look(publishes_at: datetime, at: datetime) -> datetime | None:
    """Say when to look next: every few minutes before, every second around the time set, then less and less often.

    Args:
        publishes_at: The time set. Aware.
        at: When the last look ended. Aware.

    Returns:
        Aware UTC, later than ``at``; None when it has been looked for long enough.
    """
    due, at = utc(publishes_at), utc(at)
    begin, end = due + SECOND_BY_SECOND[0], due + SECOND_BY_SECOND[1]
    if at < begin:
        return min(at + _AHEAD_EVERY, begin)
    if at < end:
        return at.replace(microsecond=0) + timedelta(seconds=1)
    since = at - due
    if since > GIVEN_UP_AFTER:
        return None
    return at + next((every for until, every in _OVERDUE_EVERY if since < until), _LONGEST)


_GONE = (404, 410)
_READ = 200


def _of_page(page: Look) -> Found:
    if page.trouble is None and page.status == _READ:
        return Found.THERE if page.marker_found else Found.NOT_THERE
    return Found.NOT_THERE if page.status in _GONE else Found.UNSURE


def _of_file(plan: WatchPlan, file: Look) -> Found:
    if file.trouble is Trouble.TOO_LARGE:
        return Found.NOT_THERE  # longer than every document it could be
    if file.trouble is None and file.status == _READ:
        return Found.THERE if file.sha256 in plan.sha256s else Found.NOT_THERE
    return Found.NOT_THERE if file.status in _GONE else Found.UNSURE
