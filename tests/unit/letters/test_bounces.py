"""Messages that came back: what they say of a letter of ours, and everything that says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outside.bounces import MESSAGE_LIMIT_BYTES, read_returned
from app.rules.mailanswers import Became, Returned

REFERENCE = "not_0a1b2c3d4e5f60718293a4b5"
ANA = "ana.example@department.gov.example"


def returned(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    address: str = ANA,
    message_id: str = f"<{REFERENCE}@service.gov.example>",
    envelope: str = "",
    sent_back: str = "text/rfc822-headers",
    report: str = "delivery-status",
    final: str = "Final-Recipient",
) -> bytes:
    """A delivery status notification as Postfix and Exchange write them."""
    ident = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    return f"""From: MAILER-DAEMON@mx.gov.example (Mail Delivery System)
To: pra@service.gov.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report}; boundary="A/B"

--A/B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--A/B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.gov.example
{ident}Arrival-Date: Mon,  2 Mar 2026 09:00:00 +0000 (GMT)

{final}: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: no such mailbox

--A/B
Content-Type: {sent_back}

From: pra@service.gov.example
To: {address}
Subject: A subject
Message-ID: {message_id}

--A/B--
""".encode()


@pytest.mark.parametrize("sent_back", ["text/rfc822-headers", "message/rfc822"])
def test_message_that_came_back_names_the_letter_and_the_address(sent_back: str) -> None:
    told = read_returned(returned(sent_back=sent_back))
    assert told == (Returned(REFERENCE, ANA, Became.BOUNCED, "5.1.1"),)


def test_letter_is_named_by_the_envelope_id_where_nothing_is_sent_back() -> None:
    told = read_returned(returned(envelope=f"{REFERENCE}-2@service.gov.example", message_id="", sent_back="text/plain"))
    assert told == (Returned(f"{REFERENCE}-2", ANA, Became.BOUNCED, "5.1.1"),)


@pytest.mark.parametrize(
    ("action", "status", "became"),
    [
        ("failed", "5.1.1", Became.BOUNCED),
        ("Failed", "5.2.2", Became.BOUNCED),
        ("failed", "5.7.1", Became.DELAYED),
        ("failed", "4.4.1", Became.DELAYED),
        ("delivered", "2.0.0", Became.DELIVERED),
    ],
)
def test_what_became_of_it_is_told_in_our_words(action: str, status: str, became: Became) -> None:
    assert read_returned(returned(action=action, status=status)) == (Returned(REFERENCE, ANA, became, status),)


def test_address_it_was_sent_to_counts_before_the_one_it_was_forwarded_to() -> None:
    both = returned(final="Original-Recipient").replace(
        b"Action:", b"Final-Recipient: rfc822; elsewhere@x.example\nAction:"
    )
    assert [one.email for one in read_returned(both)] == [ANA]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: I am on leave\n\nBack on Monday.\n",
        returned(report="disposition-notification"),
        returned(action="relayed"),
        returned(action="delayed", status="4.4.1"),  # a warning: it is still on its way
        returned(message_id="<somebody@else.example>"),
        returned(message_id=f"<{REFERENCE[:-1]}@service.gov.example>"),
        returned(message_id=f"<x{REFERENCE}@service.gov.example>"),
        returned(envelope="not_ffffffffffffffffffffffff@service.gov.example"),  # two letters named: neither
        returned(address=""),
        returned().replace(b"message/delivery-status", b"text/plain"),
        returned() + b" " * MESSAGE_LIMIT_BYTES,
    ],
)
def test_message_that_names_no_letter_of_ours_says_nothing(octets: bytes) -> None:
    assert read_returned(octets) == ()


@given(st.binary(max_size=400), st.integers(0, 900))
def test_message_that_was_cut_or_spoilt_never_raises(junk: bytes, place: int) -> None:
    whole = returned()
    for octets in (junk, whole[:place], whole[:place] + junk + whole[place:]):
        assert isinstance(read_returned(octets), tuple)
