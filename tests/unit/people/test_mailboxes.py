"""T33: an address that several people read is no person's. Both ways, so that ordinary names go through."""

from __future__ import annotations

import pytest

from app.rules.errors import Code, Malformed
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox

ODD = "what stands before the @ has characters, or dots at places, that this service does not take"
SHARED = (
    "press.office@ons.gov.example",
    "pressoffice@ons.gov.example",
    "press-office@ons.gov.example",
    "press_office2@ons.gov.example",
    "dof.pressoffice@finance.gov.example",
    "dofpressoffice@finance.gov.example",
    "bill.press@ons.gov.example",
    "press@ons.gov.example",
    "statistics@transport.gov.example",
    "labour.market.statistics@ons.gov.example",
    "stats@transport.gov.example",
    "crime-stats@home.gov.example",
    "enquiries@ons.gov.example",
    "statistical.enquiries@ons.gov.example",
    "mediaenquiries@ons.gov.example",
    "info@ons.gov.example",
    "team@ons.gov.example",
    "labour.market.team@ons.gov.example",
    "labourmarketteam@ons.gov.example",
    "trade-team@trade.gov.example",
    "jo.example+team@trade.gov.example",
    "private.office@health.gov.example",
    "privateoffice@health.gov.example",
    "ministerprivateoffice@health.gov.example",
    "ps.someminister@health.gov.example",
    "ps-someminister@health.gov.example",
    "pps.chancellor@treasury.gov.example",
    "ps@health.gov.example",
    "newsdesk@health.gov.example",
    "news@health.gov.example",
    "comms@health.gov.example",
    "healthcomms@health.gov.example",
    "communications@health.gov.example",
    "mailbox@health.gov.example",
    "prices.mailbox@ons.gov.example",
    "noreply@ons.gov.example",
    "do-not-reply@ons.gov.example",
    "no-reply@ons.gov.example",
    "shared.prices@ons.gov.example",
    "prices-group@ons.gov.example",
    "pricesgroup@ons.gov.example",
    "prices.inbox@ons.gov.example",
    "a.office-smith@ons.gov.example",
    "prices.unit@ons.gov.example",
    "helpdesk@ons.gov.example",
    "service.desk@ons.gov.example",
    "hr@ons.gov.example",
    "all@ons.gov.example",
    "secretary.state@health.gov.example",
    "minister@health.gov.example",
    "pra@ons.gov.example",
    "data@ons.gov.example",
)
PERSONAL = (
    "ana.example@ons.gov.example",
    "a.example@ons.gov.example",
    "example@ons.gov.example",
    "ana.example2@ons.gov.example",
    "ana_example@ons.gov.example",
    "ana-maria.o'example@ons.gov.example",
    "jo.impressive@ons.gov.example",
    "jo.officer@ons.gov.example",
    "jo.newsome@ons.gov.example",
    "jo.steam@ons.gov.example",
    "j.steam@ons.gov.example",
    "jo.unitt@ons.gov.example",
    "jo.infold@ons.gov.example",
    "jo.branch@ons.gov.example",
    "jo.board@ons.gov.example",
    "jo.root@ons.gov.example",
    "jo.service@ons.gov.example",
    "pr.example@ons.gov.example",
    "it.example@ons.gov.example",
    "p.s.example@ons.gov.example",
    "psmith@ons.gov.example",
    "pstone@ons.gov.example",
    "alex.admin@ons.gov.example",
    "datta.example@ons.gov.example",
    "statham.example@ons.gov.example",
    "deskin.example@ons.gov.example",
    "groupe.example@ons.gov.example",
    "hall.all@ons.gov.example",
    "ana.example@press.gov.example",
    "ana.example@statistics.gov.example",
)


@pytest.mark.parametrize("address", SHARED)
def test_t33_shared_mailbox_is_refused_with_why_and_what_to_do(address: str) -> None:
    assert normalise_address(address) == address
    with pytest.raises(Malformed) as refused:
        refuse_shared_mailbox(address, "Ana Example")
    assert refused.value.code is Code.SHARED_MAILBOX
    assert refused.value.detail.startswith(f"{address} looks like a shared mailbox: ")
    assert "Give the work address of the one person who will read it." in refused.value.detail


@pytest.mark.parametrize("address", PERSONAL)
def test_personal_address_with_an_odd_name_is_taken(address: str) -> None:
    assert normalise_address(address) == address
    refuse_shared_mailbox(address, "Ana Example")


@pytest.mark.parametrize("name", ["Prices Team", "Press Office", "Minister's Private Office", "ONS Communications"])
def test_shared_mailbox_with_the_name_of_a_group_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as refused:
        refuse_shared_mailbox("prices@ons.gov.example", name)
    assert refused.value.code is Code.SHARED_MAILBOX


@pytest.mark.parametrize("name", ["Bill Press", "Jo Branch", "Teamu Example"])
def test_name_of_a_human_with_a_word_like_a_group_is_taken(name: str) -> None:
    refuse_shared_mailbox("b.example@ons.gov.example", name)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ana.Example@ONS.GOV.example \n", "ana.example@ons.gov.example"),
        ("ANA@A-B.EXAMPLE", "ana@a-b.example"),
        ("a" * 64 + "@x.example", "a" * 64 + "@x.example"),
        ("o'ana&co@x.example", "o'ana&co@x.example"),
    ],
)
def test_address_as_typed_is_brought_to_one_form(typed: str, stored: str) -> None:
    assert normalise_address(typed) == stored


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("ana.example", "it must have exactly one @"),
        ("ana@b@x.example", "it must have exactly one @"),
        ("ana example@x.example", "it has spaces or control characters in it"),
        ("ana\r\nBcc: b@x.example", "it has spaces or control characters in it"),
        ("ana\x00@x.example", "it has spaces or control characters in it"),
        ("ana@x.example\x7f", "it has spaces or control characters in it"),
        ("än@x.example", "it has letters outside ASCII in it"),
        ("ana@éx.example", "it has letters outside ASCII in it"),
        ("@x.example", "there is nothing before the @"),
        ("a" * 65 + "@x.example", "there are more than 64 characters before the @"),
        ("ana@" + "x" * 60 + ("." + "x" * 60) * 3 + ".example", "it is longer than 254 characters"),
        (
            ".ana@x.example",
            ODD,
        ),
        (
            "a..b@x.example",
            ODD,
        ),
        (
            '"a"@x.example',
            ODD,
        ),
        ("ana@x", "what stands after the @ is no full domain name"),
        ("ana@-x.example", "what stands after the @ is no domain name"),
        ("ana@x..example", "what stands after the @ is no domain name"),
        ("ana@192.0.2.1", "what stands after the @ is no domain name"),
        ("ana@[192.0.2.1]", "what stands after the @ is no domain name"),
        ("ana@xn--bcher-kva.example", "internationalised domain names are not taken"),
    ],
)
def test_address_that_is_none_is_refused_with_why(typed: str, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        normalise_address(typed)
    assert refused.value.code is Code.INVALID_REQUEST
    assert refused.value.extra == {"errors": [{"where": "email", "what": why}]}
    assert refused.value.detail == f"That is no e-mail address this service takes: {why}."
