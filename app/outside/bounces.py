"""Reads messages by which mail systems say that a letter did not arrive.

Trust line: anybody can write to the address that our letters come from. So a message counts only where it names a
letter of ours by an id that nobody can guess and nobody but its reader has seen, and the very address it went to.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Sequence
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from itertools import islice

from app.rules.mailanswers import Became, Returned

MESSAGE_LIMIT_BYTES = 1024**2
_PARTS = 50
_ID = re.compile(r"<?(?P<reference>not_[0-9a-f]{24}(?:-\d{1,4})?)@[A-Za-z0-9.-]{1,255}>?")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# Not "delayed": that is a warning that the letter is still on its way, and says nothing of how it ends.
_ACTIONS = {"failed": Became.BOUNCED, "delivered": Became.DELIVERED}


def read_returned(octets: bytes) -> tuple[Returned, ...]:
    """Read a delivery status notification.

    Args:
        octets: One Internet message, at most 1 MiB.

    Returns:
        What it says of each address of a letter of ours; empty where it is no such message, or names none.

    Source:
        RFC 3464 sections 2.1, 2.2.1, 2.3.2, 2.3.3 and 2.3.4; RFC 3463 section 2
    """
    if len(octets) > MESSAGE_LIMIT_BYTES:
        return ()
    try:
        message = email.message_from_bytes(octets, policy=policy.default)
        return tuple(_told(message))
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # The library's parser meets broken messages in many ways; whichever it is, the message names no letter of ours.
        return ()


def _told(message: EmailMessage) -> Iterator[Returned]:
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return
    parts = list(islice(message.walk(), _PARTS))
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None or not status.is_multipart():
        return
    groups = [one for one in status.get_payload() if isinstance(one, Message)]
    reference = _reference(groups, parts)
    if reference is None:
        return
    for group in groups[:_PARTS]:
        became = _ACTIONS.get(str(group.get("Action", "")).strip().lower())
        address = _address(group.get("Original-Recipient")) or _address(group.get("Final-Recipient"))
        if became is None or not address:
            continue
        found = _STATUS.search(str(group.get("Status", "")))
        code = found[0] if found else ""
        # Given up after days of trying, or refused by policy: the address may be a good one.
        # Source: RFC 3463 sections 2 and 3.8
        for_now = became is Became.BOUNCED and code.startswith(("4.", "5.7."))
        yield Returned(reference, address, Became.DELAYED if for_now else became, code)


def _reference(groups: Sequence[Message], parts: Sequence[Message]) -> str | None:
    """Find which letter of ours it is about: by the envelope's id that we gave, or by the letter that is sent back."""
    named = [str(group.get("Original-Envelope-Id", "")) for group in groups]
    sent_back = [part for part in parts if part.get_content_type() in ("message/rfc822", "text/rfc822-headers")]
    for part in sent_back:
        inner = part.get_payload()
        if isinstance(inner, list):
            named += [str(one.get("Message-ID", "")) for one in inner if isinstance(one, Message)]
        elif isinstance(inner, str):
            named.append(str(email.message_from_string(inner).get("Message-ID", "")))
    found = [match["reference"] for text in named if (match := _ID.fullmatch(text.strip())) is not None]
    return found[0] if len(set(found)) == 1 else None


def _address(field: object) -> str:
    """Give the address of a field such as ``rfc822; ana.example@department.gov.example``."""
    kind, _, address = str(field or "").partition(";")
    return address.strip().strip("<>").lower() if kind.strip().lower() == "rfc822" else ""
