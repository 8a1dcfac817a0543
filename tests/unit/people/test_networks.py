"""Which network a request came from: what the limits of tries are counted by."""

from __future__ import annotations

import pytest
from fastapi import Request

from app.api.asking import network_of


def from_address(host: str) -> str:
    """The network of a request from this address."""
    return network_of(Request({"type": "http", "headers": [], "client": (host, 4711)}))


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::ffff", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_network_of_an_address_is_the_address_or_the_first_64_bits(host: str, network: str) -> None:
    """Found by review: thirty addresses of one network were counted as thirty networks."""
    assert from_address(host) == network


def test_network_of_a_request_from_nowhere_is_one_network() -> None:
    assert network_of(Request({"type": "http", "headers": [], "client": None})) == "unknown"
